/*
 * The jobs of the benchmark that are ours, and the ceiling.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "consent_header.h"
#include "consent_rewrite_stream.h"


/* What is counted stands in spans of the rewriter's own, not in slices. */

static void
bench_count(bench_t *b, const uint8_t *p, size_t len, consent_span_t kind)
{
    static const char  mark[] = " data-pc-service=\"";
    static const char  instead[] = "data:text/css,#";

    if (kind == CONSENT_SPAN_TEMP) {
        b->held += (memmem(p, len, mark, sizeof(mark) - 1) != NULL);
    }

    if (kind == CONSENT_SPAN_CONST) {
        b->defused += (memmem(p, len, instead, sizeof(instead) - 1) != NULL);
    }
}


static int
bench_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    bench_t  *b;

    b = data;
    b->sink += len;

    if (b->counting) {
        bench_count(b, p, len, kind);
    }

    return CONSENT_OK;
}


/* While counting: what the rewriter's hold has taken of the arena. */

static void
bench_hold(bench_t *b, const consent_rewrite_t *rw, const uint8_t **hold)
{
    if (b->counting && rw->hold != *hold) {
        *hold = rw->hold;
        b->hold += rw->hold_size;
    }
}


void
bench_rewrite(bench_t *b, const bench_page_t *page,
    const bench_setup_t *setup)
{
    size_t              at, n;
    const uint8_t      *hold;
    consent_rewrite_t  *rw;

    b->arena.used = 0;
    b->hold = 0;
    hold = NULL;

    rw = consent_rewrite_create(&setup->conf);

    if (rw == NULL) {
        exit(1);
    }

    for (at = 0; at < page->len; at += n) {
        n = page->len - at < BENCH_PIECE ? page->len - at : BENCH_PIECE;

        if (consent_rewrite_feed(rw, page->data + at, n,
                                 at + n == page->len) != CONSENT_OK)
        {
            fprintf(stderr, "the rewriter gave up\n");
            exit(1);
        }

        bench_hold(b, rw, &hold);
    }
}


void
bench_configure(bench_t *b, bench_setup_t *setup,
    const consent_rules_t *rules, int unknown, int granted)
{
    consent_page_t          *page;
    consent_rewrite_conf_t  *conf;

    page = &setup->page;
    conf = &setup->conf;

    if (consent_url_parse(&page->url, NULL,
                          consent_str("https://www.example.com/a/b"),
                          setup->buf)
        != CONSENT_OK)
    {
        exit(1);
    }

    page->site = consent_url_site(page->url.host);
    page->unclassified = unknown < 0 ? 0 : (uint32_t) 1 << unknown;
    page->unclassified_passive = page->unclassified;

    setup->choice.made = 1;
    setup->choice.granted = granted ? rules->all : rules->necessary;

    conf->rules = rules;
    conf->page = page;
    conf->choice = &setup->choice;
    conf->mem = &b->mem;
    conf->max_tag = 65536;
    conf->max_inline = 65536;
    conf->prefix = consent_str("/privacy-choices/");
    conf->emit = bench_emit;
    conf->data = b;
}


static void
bench_full(bench_t *b, const bench_page_t *page)
{
    bench_rewrite(b, page, &b->denied);
}


static void
bench_granted(bench_t *b, const bench_page_t *page)
{
    bench_rewrite(b, page, &b->granted);
}


static void
bench_peers(bench_t *b, const bench_page_t *page)
{
    bench_rewrite(b, page, &b->peers);
}


static void
bench_on_tag(void *data, consent_html_t *h)
{
    bench_t  *b;

    b = data;
    b->sink += h->tag.id;
}


static void
bench_tokens(bench_t *b, const bench_page_t *page)
{
    size_t          at, n;
    consent_html_t  h;

    static const consent_html_handler_t  handler = {
        bench_on_tag, NULL, NULL, NULL
    };

    consent_html_init(&h, &handler, b, 0);

    for (at = 0; at < page->len; at += n) {
        n = page->len - at < BENCH_PIECE ? page->len - at : BENCH_PIECE;
        consent_html_feed(&h, page->data + at, n);
    }
}


/* Each "<" found, and the search begun anew behind it. */

static void
bench_memchr(bench_t *b, const bench_page_t *page)
{
    const uint8_t  *p, *end;

    p = page->data;
    end = p + page->len;

    while ((p = memchr(p, '<', (size_t) (end - p))) != NULL) {
        p++;
        b->sink++;
    }
}


int
bench_is_tracker(bench_t *b, consent_str_t value, uint32_t type)
{
    uint8_t            buf[CONSENT_URL_BUF];
    consent_url_t      url;
    consent_verdict_t  verdict;

    if (consent_url_parse(&url, &b->peers.page.url, value, buf) != CONSENT_OK
        || !url.network)
    {
        return 0;
    }

    consent_rules_match(b->trackers, &b->peers.page, &url, type, &verdict);

    return !consent_choice_allows(&b->peers.choice, b->trackers, &verdict);
}


int
bench_is_held(bench_t *b, const char *element, const char *attribute,
    const char *value)
{
    int            held;
    size_t         i, pos;
    consent_str_t  s, url;

    static const char *const  elements[] = {
        "script", "iframe", "img", "link", "source", "embed", "input", "track"
    };

    for (i = 0; strcmp(elements[i], element) != 0; i++) {
        if (i == sizeof(elements) / sizeof(elements[0]) - 1) {
            return 0;
        }
    }

    s = (consent_str_t) { strlen(value), (const uint8_t *) value };

    if (strcmp(attribute, "src") == 0 || strcmp(attribute, "href") == 0
        || strcmp(attribute, "data") == 0)
    {
        return bench_is_tracker(b, s, CONSENT_TYPE_OTHER);
    }

    if (strcmp(attribute, "srcset") != 0) {
        return 0;
    }

    held = 0;
    pos = 0;

    while (consent_srcset_next(s, &pos, &url) == CONSENT_OK) {
        held |= bench_is_tracker(b, url, CONSENT_TYPE_OTHER);
    }

    return held;
}


const bench_job_t  bench_jobs[] = {
    { "memchr", bench_memchr },
    { "tokens", bench_tokens },
    { "peers", bench_peers },
    { "filter", bench_full },
    { "granted", bench_granted },
#ifdef BENCH_LIBXML2
    { "libxml2", bench_libxml2 },
#endif
#ifdef BENCH_GUMBO
    { "gumbo", bench_gumbo },
#endif
    { NULL, NULL }
};

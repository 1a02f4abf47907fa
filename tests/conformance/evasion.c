/*
 * Filters pages from standard input, for the tests of tests/evasion.  Each
 * is fed whole, byte by byte and at every split in two; then as a page that
 * comes again, in the same ways.
 *
 * usage: evasion RULES [step]
 *
 * A page: options (1 byte: 1 XHTML, 2 whole feeding alone, 4 a small bound
 * for tags and scripts), length (1 byte) and text of its Content-Type, length
 * (4 bytes, little-endian), the bytes.
 * Printed: number of feedings that came out different (4 bytes), length (1
 * byte) and name of the charset to be declared, "!" if the page can't be
 * read, length (4 bytes) and the filtered page.  With a step, only every
 * step-th split is tried.  Nothing is granted but what is necessary.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consent_reuse.h"
#include "consent_rewrite.h"


#define EVASION_PAGE   "http://www.site.example/dir/page"

#define EVASION_XML    1
#define EVASION_WHOLE  2
#define EVASION_SMALL  4


typedef struct evasion_block_s  evasion_block_t;

struct evasion_block_s {
    evasion_block_t  *next;
    max_align_t       data[];
};

typedef struct {
    uint8_t  *data;
    size_t    len;
    size_t    size;
} evasion_out_t;

/* A page on its way through the filter. */

typedef struct {
    consent_rewrite_conf_t  *conf;
    consent_sniff_t          sniff;
    consent_reuse_t         *reuse;     /* or NULL */
    consent_reuse_run_t     *rw;
} evasion_feed_t;


/* Blocks live until the list is let go. */

static void *
evasion_alloc(void *data, size_t size)
{
    evasion_block_t  *block, **list;

    list = data;
    block = malloc(sizeof(evasion_block_t) + size);

    if (block == NULL) {
        return NULL;
    }

    block->next = *list;
    *list = block;

    return block->data;
}


static void
evasion_free(evasion_block_t **list)
{
    evasion_block_t  *block;

    while (*list) {
        block = *list;
        *list = block->next;
        free(block);
    }
}


static int
evasion_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    uint8_t        *grown;
    evasion_out_t  *out;

    (void) kind;

    out = data;

    if (len > out->size - out->len) {
        grown = realloc(out->data, 2 * (out->len + len));

        if (grown == NULL) {
            return CONSENT_ERROR;
        }

        out->data = grown;
        out->size = 2 * (out->len + len);
    }

    memcpy(out->data + out->len, p, len);
    out->len += len;

    return CONSENT_OK;
}


static void
evasion_report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s:%u: %.*s\n", (int) fault->file.len,
            (const char *) fault->file.data, fault->line,
            (int) fault->message.len, (const char *) fault->message.data);
}


static int
evasion_feed(evasion_feed_t *f, const uint8_t *data, size_t len, int last)
{
    size_t            n;
    consent_sniff_t  *s;

    s = &f->sniff;

    if (!s->done) {
        n = consent_sniff_feed(s, data, len, last);

        if (!s->done || s->charset == CONSENT_CHARSET_UNREADABLE) {
            return CONSENT_OK;
        }

        f->conf->charset = s->charset;
        f->rw = consent_reuse_open(f->reuse, f->conf, f->conf->mem);

        if (f->rw == NULL
            || consent_reuse_feed(f->rw, s->data, s->len, 0) != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }

        data += n;
        len -= n;
    }

    return f->rw ? consent_reuse_feed(f->rw, data, len, last) : CONSENT_OK;
}


/* Feeds up to `split` in one piece and the rest in pieces of `step`. */

static int
evasion_run(evasion_feed_t *f, consent_str_t type, consent_str_t page,
    size_t split, size_t step)
{
    int       rc;
    size_t    at, n;
    uint8_t  *copy;

    ((evasion_out_t *) f->conf->data)->len = 0;

    f->rw = NULL;
    rc = CONSENT_OK;

    consent_sniff_init(&f->sniff, type,
                       f->conf->xml ? CONSENT_SNIFF_XML : 0);

    for (at = 0; at < page.len && rc == CONSENT_OK; at += n) {
        n = at < split ? split : step;
        n = page.len - at < n ? page.len - at : n;

        /* a piece of its own, so that sanitizers see its ends */

        copy = malloc(n);

        if (copy == NULL) {
            return CONSENT_ERROR;
        }

        memcpy(copy, page.data + at, n);
        rc = evasion_feed(f, copy, n, 0);
        free(copy);
    }

    if (rc == CONSENT_OK) {
        rc = evasion_feed(f, NULL, 0, 1);
    }

    if (f->rw) {
        consent_reuse_close(f->rw);
    }

    return rc;
}


static int
evasion_same(evasion_feed_t *f, const evasion_out_t *whole,
    consent_str_t type, consent_str_t page, size_t split, size_t step)
{
    int             rc;
    evasion_out_t  *out;

    rc = evasion_run(f, type, page, split, step);
    evasion_free(f->conf->mem->data);

    out = f->conf->data;

    return rc == CONSENT_OK && out->len == whole->len
           && (out->len == 0
               || memcmp(out->data, whole->data, out->len) == 0);
}


static void *
evasion_heap_alloc(void *data, size_t size)
{
    (void) data;

    return malloc(size);
}


static void
evasion_heap_free(void *data, void *p)
{
    (void) data;

    free(p);
}


/* The second time, the page is kept; from then on, it is compared. */

static uint32_t
evasion_again(evasion_feed_t *f, const evasion_out_t *whole,
    consent_str_t type, consent_str_t page)
{
    uint32_t  differs;

    static const consent_heap_t  heap = {
        evasion_heap_alloc, evasion_heap_free, NULL
    };

    f->reuse = consent_reuse_create(&heap, 16 * 1024 * 1024);

    if (f->reuse == NULL) {
        return 1;
    }

    differs = !evasion_same(f, whole, type, page, page.len, 1);
    differs += !evasion_same(f, whole, type, page, page.len / 3, 100);
    differs += !evasion_same(f, whole, type, page, page.len, 1);
    differs += !evasion_same(f, whole, type, page, 0, 1);
    differs += !evasion_same(f, whole, type, page, page.len / 2, page.len);

    consent_reuse_destroy(f->reuse);
    f->reuse = NULL;

    return differs;
}


static void
evasion_number(uint32_t n)
{
    putchar((int) (n & 0xff));
    putchar((int) (n >> 8 & 0xff));
    putchar((int) (n >> 16 & 0xff));
    putchar((int) (n >> 24));
}


static int
evasion_page(consent_rewrite_conf_t *conf, int options, consent_str_t type,
    consent_str_t page, size_t step)
{
    size_t          split;
    uint32_t        differs;
    const char     *name;
    evasion_out_t   whole, other;
    evasion_feed_t  f;

    memset(&whole, 0, sizeof(whole));
    memset(&other, 0, sizeof(other));

    conf->xml = options & EVASION_XML;
    conf->max_tag = options & EVASION_SMALL ? 64 : 65536;
    conf->max_inline = options & EVASION_SMALL ? 256 : 65536;
    conf->data = &whole;
    f.conf = conf;
    f.reuse = NULL;

    if (evasion_run(&f, type, page, page.len, 1) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    evasion_free(conf->mem->data);

    name = f.sniff.charset == CONSENT_CHARSET_UNREADABLE ? "!"
           : f.sniff.name ? f.sniff.name : "";

    conf->data = &other;
    differs = 0;

    if (!(options & EVASION_WHOLE)) {
        differs += !evasion_same(&f, &whole, type, page, 0, 1);

        for (split = 1; split < page.len; split += step) {
            differs += !evasion_same(&f, &whole, type, page, split,
                                     page.len);
        }

        differs += evasion_again(&f, &whole, type, page);
    }

    evasion_number(differs);
    putchar((int) strlen(name));
    fputs(name, stdout);
    evasion_number((uint32_t) whole.len);

    if (whole.len) {
        fwrite(whole.data, 1, whole.len, stdout);
    }

    free(whole.data);
    free(other.data);

    return CONSENT_OK;
}


static int
evasion_pages(consent_rewrite_conf_t *conf, size_t step)
{
    int            rc, options;
    size_t         len;
    uint8_t        size[4], *data, text[256];
    consent_str_t  type;

    while ((options = getchar()) != EOF) {

        if (fread(size, 1, 1, stdin) != 1
            || fread(text, 1, size[0], stdin) != size[0])
        {
            return CONSENT_ERROR;
        }

        type = (consent_str_t) { size[0], text };

        if (fread(size, 1, 4, stdin) != 4) {
            return CONSENT_ERROR;
        }

        len = (size_t) size[0] | (size_t) size[1] << 8
              | (size_t) size[2] << 16 | (size_t) size[3] << 24;
        data = malloc(len + 1);

        if (data == NULL || fread(data, 1, len, stdin) != len) {
            return CONSENT_ERROR;
        }

        rc = evasion_page(conf, options, type, (consent_str_t) { len, data },
                          step);
        free(data);

        if (rc != CONSENT_OK) {
            return rc;
        }
    }

    return CONSENT_OK;
}


int
main(int argc, char **argv)
{
    int                      rc;
    uint8_t                 *url;
    consent_str_t            name;
    consent_page_t           page;
    consent_rules_t         *rules;
    consent_choice_t         choice;
    consent_loader_t        *loader;
    consent_rewrite_conf_t   conf;

    static evasion_block_t     *blocks, *kept;
    static const consent_mem_t  mem = { evasion_alloc, &blocks };
    static const consent_mem_t  keep = { evasion_alloc, &kept };

    if (argc < 2) {
        return 2;
    }

    name = (consent_str_t) { strlen(argv[1]), (const uint8_t *) argv[1] };
    loader = consent_rules_create(&keep, evasion_report, NULL);

    if (loader == NULL) {
        return 2;
    }

    rc = consent_rules_load(loader, name);
    rules = consent_rules_compile(loader);
    url = consent_alloc(&keep, CONSENT_URL_BUF);

    memset(&page, 0, sizeof(page));

    if (rc != CONSENT_OK || rules == NULL || url == NULL
        || consent_url_parse(&page.url, NULL, consent_str(EVASION_PAGE), url)
           != CONSENT_OK)
    {
        return 2;
    }

    page.site = consent_url_site(page.url.host);
    page.unclassified = rules->all & ~rules->necessary;
    page.unclassified_passive = page.unclassified;

    memset(&choice, 0, sizeof(choice));
    choice.made = 1;
    choice.granted = rules->necessary;

    memset(&conf, 0, sizeof(conf));
    conf.rules = rules;
    conf.page = &page;
    conf.choice = &choice;
    conf.mem = &mem;
    conf.prefix = consent_str("/privacy-choices/");
    conf.emit = evasion_emit;

    rc = evasion_pages(&conf, argc > 2 ? (size_t) atol(argv[2]) : 1);

    consent_rules_destroy(rules);
    evasion_free(&kept);

    return rc == CONSENT_OK ? 0 : 1;
}

/*
 * What documents made to be costly take: CPU time for each of
 * tests/unit/unit_hostile.h, and for half of it.  Where time is linear the
 * last column stays near 2.
 *
 * usage: bench_hostile [NAME]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "consent_rewrite.h"
#include "unit_hostile.h"


#define HOSTILE_PIECE   16384
#define HOSTILE_ROUNDS  3


static const char  hostile_rules[] =
    "{\"version\":1,\"services\":[{\"id\":\"tracker\",\"name\":\"Tracker\","
    "\"purposes\":[\"marketing\"],\"match\":[{\"host\":\"tracker.example\"},"
    "{\"inline\":[\"trk(\\\"go\\\"\"]}]}]}";

static consent_page_t           hostile_page;
static consent_choice_t         hostile_choice;
static consent_rewrite_conf_t   hostile_conf;


static void *
hostile_heap(void *data, size_t size)
{
    (void) data;

    return malloc(size);
}


static int
hostile_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    (void) data;
    (void) p;
    (void) len;
    (void) kind;

    return CONSENT_OK;
}


static void
hostile_report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s\n", (int) fault->message.len, fault->message.data);
}


static void
hostile_configure(void)
{
    uint32_t           marketing;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    static uint8_t              buf[CONSENT_URL_BUF];
    static const consent_mem_t  heap = { hostile_heap, NULL };
    static const consent_mem_t  mem = { hostile_alloc, &hostile_arena };

    loader = consent_rules_create(&heap, hostile_report, NULL);

    if (loader == NULL
        || consent_rules_load_text(loader, consent_str("rules.json"),
                                   consent_str(hostile_rules)) != CONSENT_OK
        || (rules = consent_rules_compile(loader)) == NULL
        || consent_url_parse(&hostile_page.url, NULL,
                             consent_str("https://www.site.example/a/b"), buf)
           != CONSENT_OK)
    {
        exit(1);
    }

    marketing = (uint32_t) 1 << consent_rules_purpose(rules,
                                                      consent_str("marketing"));
    hostile_page.site = consent_url_site(hostile_page.url.host);
    hostile_page.unclassified = marketing;
    hostile_page.unclassified_passive = marketing;
    hostile_choice.granted = rules->necessary;

    hostile_conf.rules = rules;
    hostile_conf.page = &hostile_page;
    hostile_conf.choice = &hostile_choice;
    hostile_conf.mem = &mem;
    hostile_conf.max_tag = 65536;
    hostile_conf.max_inline = 65536;
    hostile_conf.prefix = consent_str("/privacy-choices/");
    hostile_conf.emit = hostile_emit;
}


static double
hostile_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static void
hostile_filter(const uint8_t *data, size_t len)
{
    size_t              at, n;
    consent_rewrite_t  *rw;

    hostile_arena.used = 0;
    rw = consent_rewrite_create(&hostile_conf);

    for (at = 0; rw != NULL && at < len; at += n) {
        n = len - at < HOSTILE_PIECE ? len - at : HOSTILE_PIECE;

        if (consent_rewrite_feed(rw, data + at, n, at + n == len)
            != CONSENT_OK)
        {
            fprintf(stderr, "the rewriter gave up\n");
            exit(1);
        }
    }
}


/* The best of some rounds. */

static double
hostile_time(const hostile_t *h, size_t n, size_t *len)
{
    int       i;
    double    seconds, best;
    uint8_t  *data;

    data = hostile_make(h, n, len);

    if (data == NULL) {
        exit(1);
    }

    best = 0;

    for (i = 0; i < HOSTILE_ROUNDS; i++) {
        seconds = hostile_now();
        hostile_filter(data, *len);
        seconds = hostile_now() - seconds;

        best = i == 0 || seconds < best ? seconds : best;
    }

    free(data);

    return best;
}


int
main(int argc, char **argv)
{
    size_t            i, len, half_len;
    double            full, half;
    const hostile_t  *h;

    hostile_configure();

    for (i = 0; i < HOSTILES; i++) {
        h = &hostile[i];

        if (argc > 1 && strcmp(argv[1], h->name) != 0) {
            continue;
        }

        half = hostile_time(h, h->n / 2, &half_len);
        full = hostile_time(h, h->n, &len);

        printf("%-36s %9zu bytes %8.2f ms %6.0f MB/s %6zu memory,"
               " %4.2f times half of it\n", h->name, len, full * 1e3,
               (double) len / full / 1e6, hostile_arena.used,
               full / (double) len * (double) half_len / half * 2);
    }

    return 0;
}

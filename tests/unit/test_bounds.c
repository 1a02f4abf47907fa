/*
 * What a document can cost.  Each of unit_hostile.h, at once, in pieces of
 * 16 KiB and byte by byte: the memory of a request stays within 64 KiB and
 * the bound of inline scripts, spans grow no faster than the document,
 * nothing that is denied comes out live, and it is counted.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_rewrite.h"
#include "unit_hostile.h"
#include "unit_rules.h"


#define BOUNDS_PIECE   16384

/* Sanitized programs are slow; their documents are smaller. */

#if defined(__SANITIZE_ADDRESS__)
#define BOUNDS_LESS  16
#else
#define BOUNDS_LESS  1
#endif

/* About how long a document is that is fed byte by byte. */
#define BOUNDS_SMALL  262144


typedef struct {
    const char  *live;          /* what is looked for in the output */
    unsigned     hashed:1;
    size_t       matched;
    unsigned     found;
    size_t       spans;
    size_t       bytes;
    uint64_t     hash;
    size_t       held;
    size_t       memory;
} result_t;


static consent_rules_t  *rules;


/* Live text may stand in two spans.  No text here begins anew in itself but
   by its first byte, so that going back that far is enough. */

static void
look_for_live(result_t *r, const uint8_t *p, size_t len)
{
    const uint8_t  *end;

    for (end = p + len; p < end; p++) {

        if ((uint8_t) r->live[r->matched] != *p) {
            r->matched = 0;
        }

        if (r->matched == 0) {
            p = memchr(p, r->live[0], (size_t) (end - p));

            if (p == NULL) {
                return;
            }
        }

        if (r->live[++r->matched] == '\0') {
            r->found++;
            r->matched = 0;
        }
    }
}


static int
on_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    size_t     i;
    result_t  *r;

    (void) kind;

    r = data;
    r->spans++;
    r->bytes += len;

    for (i = 0; r->hashed && i < len; i++) {
        r->hash = (r->hash ^ p[i]) * 1099511628211u;
    }

    if (r->live != NULL) {
        look_for_live(r, p, len);
    }

    return CONSENT_OK;
}


static void
on_seen(void *data, const consent_seen_t *seen)
{
    result_t  *r;

    r = data;
    r->held += seen->held;
}


static int
setup(void **state)
{
    (void) state;

    rules = unit_rules("{\"id\":\"tracker\",\"name\":\"Tracker\","
                       "\"purposes\":[\"marketing\"],\"match\":["
                       "{\"host\":\"tracker.example\"},"
                       "{\"inline\":[\"trk(\\\"go\\\"\"]}]}");
    return 0;
}


static int
teardown(void **state)
{
    (void) state;

    consent_rules_destroy(rules);
    unit_free();

    return 0;
}


static int
feed(const consent_rewrite_conf_t *conf, const uint8_t *data, size_t len,
    size_t step)
{
    int                 rc;
    size_t              at, n;
    consent_rewrite_t  *rw;

    rw = consent_rewrite_create(conf);

    if (rw == NULL) {
        return CONSENT_ERROR;
    }

    rc = CONSENT_OK;

    for (at = 0; at < len && rc == CONSENT_OK; at += n) {
        n = len - at < step ? len - at : step;
        rc = consent_rewrite_feed(rw, data + at, n, 0);
    }

    return rc == CONSENT_OK ? consent_rewrite_feed(rw, data, 0, 1) : rc;
}


static int
filter(const hostile_t *h, size_t n, size_t step, unsigned hashed,
    result_t *r)
{
    int                      rc;
    size_t                   len;
    uint8_t                  buf[CONSENT_URL_BUF], *data;
    consent_page_t           page;
    consent_choice_t         choice;
    consent_rewrite_conf_t   conf;

    static const consent_mem_t  mem = { hostile_alloc, &hostile_arena };

    memset(&page, 0, sizeof(page));
    memset(&choice, 0, sizeof(choice));
    memset(&conf, 0, sizeof(conf));
    memset(r, 0, sizeof(result_t));
    r->hashed = hashed;

    assert_int_equal(consent_url_parse(&page.url, NULL,
                         consent_str("https://www.site.example/dir/page"),
                         buf), CONSENT_OK);

    page.site = consent_url_site(page.url.host);
    page.unclassified = unit_purpose(rules, "marketing");
    page.unclassified_passive = page.unclassified;
    choice.granted = rules->necessary;

    conf.rules = rules;
    conf.page = &page;
    conf.choice = &choice;
    conf.mem = &mem;
    conf.max_tag = 65536;
    conf.max_inline = HOSTILE_INLINE;
    conf.prefix = consent_str("/privacy-choices/");
    conf.emit = on_emit;
    conf.seen = on_seen;
    conf.data = r;

    r->live = h->live;
    r->hash = 14695981039346656037u;    /* FNV-1a */
    hostile_arena.used = 0;

    data = hostile_make(h, n, &len);
    assert_non_null(data);

    rc = feed(&conf, data, len, step ? step : len);
    r->memory = hostile_arena.used;

    free(data);

    return rc;
}


static unsigned
complain(const hostile_t *h, const char *what, size_t is, size_t bound)
{
    print_error("%s: %s: %zu, expected %zu\n", h->name, what, is, bound);

    return 1;
}


/* Units that make a small document, beyond the bounds of tags and scripts. */

static size_t
small(const hostile_t *h)
{
    size_t  n;

    n = h->fill ? h->n / 8 : BOUNDS_SMALL / strlen(h->unit);

    return n < h->n ? n : h->n;
}


/* The document in full. */

static unsigned
check_full(const hostile_t *h, size_t step)
{
    size_t    n;
    unsigned  faults;
    result_t  r;

    faults = 0;
    n = h->n / BOUNDS_LESS > small(h) ? h->n / BOUNDS_LESS : small(h);

    if (filter(h, n, step, 0, &r) != CONSENT_OK) {
        return complain(h, "memory", r.memory, HOSTILE_MEMORY);
    }

    if (r.found) {
        faults += complain(h, "live text in the output", r.found, 0);
    }

    if (!h->still != (r.held != 0)) {
        faults += complain(h, "counted", r.held, !h->still);
    }

    return faults;
}


/* A few units: all ways of feeding agree, and the third of three equal parts
   makes no more spans than the second. */

static unsigned
check_small(const hostile_t *h)
{
    size_t    n;
    unsigned  i, faults;
    result_t  r, whole, two, three;

    static const size_t  steps[] = { 1, 1000, BOUNDS_PIECE };

    n = small(h);
    faults = 0;

    if (filter(h, n, 0, 1, &whole) != CONSENT_OK) {
        return complain(h, "memory", whole.memory, HOSTILE_MEMORY);
    }

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {

        if (filter(h, n, steps[i], 1, &r) != CONSENT_OK) {
            faults += complain(h, "memory, in pieces", r.memory,
                               HOSTILE_MEMORY);

        } else if (r.hash != whole.hash || r.bytes != whole.bytes) {
            faults += complain(h, "bytes, in pieces", r.bytes, whole.bytes);
        }

        faults += r.found ? complain(h, "live, in pieces", r.found, 0) : 0;
    }

    if (filter(h, 2 * n, BOUNDS_PIECE, 0, &two) != CONSENT_OK
        || filter(h, 3 * n, BOUNDS_PIECE, 0, &three) != CONSENT_OK)
    {
        return faults + complain(h, "memory of more", three.memory,
                                 HOSTILE_MEMORY);
    }

    if (!h->fill && three.spans > two.spans + 64
        && three.spans + whole.spans > 2 * two.spans + 64)
    {
        faults += complain(h, "spans of three", three.spans, two.spans);
    }

    return faults;
}


static void
test_full(void **state)
{
    size_t    i;
    unsigned  faults;

    (void) state;

    for (faults = 0, i = 0; i < HOSTILES; i++) {
        faults += check_full(&hostile[i], BOUNDS_PIECE);
        faults += check_full(&hostile[i], 0);
    }

    assert_int_equal(faults, 0);
}


static void
test_small(void **state)
{
    size_t    i;
    unsigned  faults;

    (void) state;

    for (faults = 0, i = 0; i < HOSTILES; i++) {
        faults += check_small(&hostile[i]);
    }

    assert_int_equal(faults, 0);
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_small)
    };

    return cmocka_run_group_tests_name("bounds", tests, setup, teardown);
}

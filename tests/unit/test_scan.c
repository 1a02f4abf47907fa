/*
 * Every search of every set against a loop that can't be wrong, at each
 * offset and length around the vectors' sizes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_scan.h"


#define PAGE  512


static const char  members[] = "<&\"'(@\\]~ \t";


/* Bytes of which about one in `rare` is a member. */

static void
fill(uint8_t *page, unsigned rare)
{
    size_t  i;

    for (i = 0; i < PAGE; i++) {
        page[i] = (rand() % (int) rare) ? (uint8_t) (rand() % 256)
                  : (uint8_t) members[(size_t) rand() % (sizeof(members) - 1)];
    }
}


/* Some of the page's own anchors; and lines that are continued. */

static void
fill_anchors(consent_scan_anchors_t *anchors, uint8_t *page, unsigned rare)
{
    size_t  i;

    memset(anchors, 0, sizeof(consent_scan_anchors_t));

    for (i = 0; i + CONSENT_SCAN_ANCHOR < PAGE; i++) {
        if (rand() % (8 * (int) rare) == 0) {
            memcpy(page + i, rand() % 2 ? "\\\n" : "\\\r", 2);
        }

        if (rand() % (8 * (int) rare) == 0) {
            consent_scan_anchors_add(anchors, page + i);
        }
    }
}


static size_t
slow_any(const uint8_t *page, size_t from, size_t to, const char *set)
{
    while (from < to && (page[from] == '\0'
                         || strchr(set, page[from]) == NULL))
    {
        from++;
    }

    return from;
}


/* 1 if the search for anchors, which may read from `first` on, is to stop at
   a place, right or not. */

static int
slow_stop(const uint8_t *page, size_t first, size_t at, size_t to,
    const consent_scan_anchors_t *anchors)
{
    return (consent_scan_grams_has(&anchors->grams,
                                   consent_scan_gram(page + at))
            && (at == first || to - at == CONSENT_SCAN_GRAM
                || consent_scan_anchors_has(anchors, page + at)
                || consent_scan_anchors_has(anchors, page + at - 1)))
           || memcmp(page + at, "\\\n", 2) == 0
           || memcmp(page + at, "\\\r", 2) == 0
           || memcmp(page + at + 1, "\\\n", 2) == 0
           || memcmp(page + at + 1, "\\\r", 2) == 0;
}


/* All places that the search tells from `from` on, one by one.  p: where
   page + first is. */

static void
compare_anchors(const consent_scan_t *scan,
    const consent_scan_anchors_t *anchors, const uint8_t *page, size_t first,
    size_t from, size_t to, const uint8_t *p)
{
    size_t                 at;
    const uint8_t         *end;
    consent_scan_stops_t   stops;

    at = from;
    end = p + (to - first);
    stops.next = p + (from - first);

    do {
        scan->anchors(anchors, p, stops.next, end, &stops);

        for ( /* void */ ; stops.bits != 0; stops.bits &= stops.bits - 1) {
            while (!slow_stop(page, first, at, to, anchors)) {
                at += 2;
                assert_true(to - at >= CONSENT_SCAN_GRAM);
            }

            assert_int_equal(first + (size_t) (stops.p - p)
                             + (size_t) __builtin_ctz(stops.bits), at);
            at += 2;
        }

        /* those that were told have brought it on */

    } while (end - stops.p >= CONSENT_SCAN_GRAM
             && end - stops.next >= CONSENT_SCAN_GRAM);

    for ( /* void */ ; at < to && to - at >= CONSENT_SCAN_GRAM; at += 2) {
        assert_false(slow_stop(page, first, at, to, anchors));
    }
}


/* The first place that is told, or the end of the search. */

static size_t
first_anchor(const consent_scan_t *scan,
    const consent_scan_anchors_t *anchors, const uint8_t *p, size_t len)
{
    consent_scan_stops_t  stops;

    scan->anchors(anchors, p, p, p + len, &stops);

    return (size_t) (stops.p - p)
           + (stops.bits ? (size_t) __builtin_ctz(stops.bits) : 0);
}


/* The bytes stand at the end of their memory: a sanitizer sees a read
   behind it. */

static void
compare(const consent_scan_t *scan, const consent_scan_anchors_t *anchors,
    const uint8_t *page, size_t from, size_t to)
{
    size_t               i;
    uint8_t             *copy;
    uint64_t             mask;
    const uint8_t       *p, *end;
    consent_scan_set_t   set;

    copy = malloc(to - from + 1);
    assert_non_null(copy);
    memcpy(copy + 1, page + from, to - from);

    p = copy + 1;
    end = p + (to - from);
    consent_scan_set(&set, members);

    assert_int_equal(scan->byte(p, end, '<') - p,
                     slow_any(page, from, to, "<") - from);
    assert_int_equal(scan->any(p, end, &set) - p,
                     slow_any(page, from, to, members) - from);
    if (to - from >= 64) {
        mask = scan->mask(p, &set);

        for (i = 0; i < 64; i++) {
            assert_int_equal(mask >> i & 1,
                slow_any(page, from + i, from + i + 1, members) == from + i);
        }
    }

    compare_anchors(scan, anchors, page, from, from, to, p);

    if (to - from > 5) {
        compare_anchors(scan, anchors, page, from, from + 5, to, p);
    }

    assert_int_equal(consent_scan_near(p, end, '<') - p,
                     slow_any(page, from, to, "<") - from);

    free(copy);
}


static void
test_all_agree(void **state)
{
    size_t                         from, to;
    uint8_t                        page[PAGE];
    unsigned                       n, rare;
    const consent_scan_t          *scan;
    static consent_scan_anchors_t  anchors;

    (void) state;

    for (n = 0; (scan = consent_scan_nth(n)) != NULL; n++) {
        for (rare = 2; rare <= 2000; rare *= 10) {
            fill(page, rare);
            fill_anchors(&anchors, page, rare);

            for (from = 0; from < 70; from++) {
                for (to = from; to <= PAGE; to += 7) {
                    compare(scan, &anchors, page, from, to);
                }
            }
        }
    }

    assert_true(n >= 1);
}


/* An anchor of a set is found, wherever it stands. */

static void
test_anchors(void **state)
{
    size_t                         i;
    uint8_t                        page[80];
    unsigned                       n;
    const consent_scan_t          *scan;
    static consent_scan_anchors_t  anchors;

    (void) state;

    memcpy(page, "grams", 5);
    consent_scan_anchors_add(&anchors, page);

    for (n = 0; (scan = consent_scan_nth(n)) != NULL; n++) {
        for (i = 0; i + 5 <= sizeof(page); i++) {
            memset(page, 'x', sizeof(page));
            memcpy(page + i, "grams", 5);

            assert_int_equal(first_anchor(scan, &anchors, page, sizeof(page)),
                             i + i % 2);

            if (i != 0 && i + 5 != sizeof(page)) {
                page[i] = 'x';
                assert_int_equal(first_anchor(scan, &anchors, page,
                                              sizeof(page)),
                                 sizeof(page) - 2);
            }
        }

        memset(page, '\\', sizeof(page));
        assert_int_equal(first_anchor(scan, &anchors, page, sizeof(page)),
                         sizeof(page) - 2);

        page[70] = '\r';
        assert_int_equal(first_anchor(scan, &anchors, page, sizeof(page)),
                         68);
    }
}


static void
test_last_is_scalar(void **state)
{
    unsigned  n;

    (void) state;

    for (n = 0; consent_scan_nth(n) != NULL; n++) { /* void */ }

    assert_string_equal(consent_scan_nth(n - 1)->name, "scalar");
    assert_ptr_equal(consent_scan(), consent_scan_nth(0));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_all_agree),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_last_is_scalar)
    };

    srand(1);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

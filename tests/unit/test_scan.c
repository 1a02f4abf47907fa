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


/* Some of the page's own grams; and lines that are continued. */

static void
fill_grams(consent_scan_grams_t *grams, uint8_t *page, unsigned rare)
{
    size_t  i;

    memset(grams, 0, sizeof(consent_scan_grams_t));

    for (i = 0; i + CONSENT_SCAN_GRAM < PAGE; i++) {
        if (rand() % (8 * (int) rare) == 0) {
            memcpy(page + i, rand() % 2 ? "\\\n" : "\\\r", 2);
        }

        if (rand() % (8 * (int) rare) == 0) {
            consent_scan_grams_add(grams, consent_scan_gram(page + i));

            if (rand() % 2) {
                consent_scan_grams_add(grams, consent_scan_gram(page + i + 1));
            }
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


/* What the search for grams is to stop at, right or not. */

static size_t
slow_grams(const uint8_t *page, size_t from, size_t to,
    const consent_scan_grams_t *grams)
{
    size_t  first;

    first = from;

    for ( /* void */ ; to - from >= CONSENT_SCAN_GRAM; from += 2) {
        if ((consent_scan_grams_has(grams, consent_scan_gram(page + from))
             && (from == first || to - from == CONSENT_SCAN_GRAM
                 || consent_scan_grams_has(grams,
                        consent_scan_gram(page + from + 1))
                 || consent_scan_grams_has(grams,
                        consent_scan_gram(page + from - 1))))
            || memcmp(page + from, "\\\n", 2) == 0
            || memcmp(page + from, "\\\r", 2) == 0
            || memcmp(page + from + 1, "\\\n", 2) == 0
            || memcmp(page + from + 1, "\\\r", 2) == 0)
        {
            break;
        }
    }

    return from;
}


/* The bytes stand at the end of their memory: a sanitizer sees a read
   behind it. */

static void
compare(const consent_scan_t *scan, const consent_scan_grams_t *grams,
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

    assert_int_equal(scan->grams(p, end, grams) - p,
                     slow_grams(page, from, to, grams) - from);
    assert_int_equal(consent_scan_near(p, end, '<') - p,
                     slow_any(page, from, to, "<") - from);

    free(copy);
}


static void
test_all_agree(void **state)
{
    size_t                       from, to;
    uint8_t                      page[PAGE];
    unsigned                     n, rare;
    const consent_scan_t        *scan;
    static consent_scan_grams_t  grams;

    (void) state;

    for (n = 0; (scan = consent_scan_nth(n)) != NULL; n++) {
        for (rare = 2; rare <= 2000; rare *= 10) {
            fill(page, rare);
            fill_grams(&grams, page, rare);

            for (from = 0; from < 70; from++) {
                for (to = from; to <= PAGE; to += 7) {
                    compare(scan, &grams, page, from, to);
                }
            }
        }
    }

    assert_true(n >= 1);
}


/* Five bytes that are two grams of a set are found, wherever they stand. */

static void
test_grams(void **state)
{
    size_t                       i;
    uint8_t                      page[80];
    unsigned                     n;
    const uint8_t               *p;
    const consent_scan_t        *scan;
    static consent_scan_grams_t  grams;

    (void) state;

    memcpy(page, "grams", 5);
    consent_scan_grams_add(&grams, consent_scan_gram(page));
    consent_scan_grams_add(&grams, consent_scan_gram(page + 1));

    for (n = 0; (scan = consent_scan_nth(n)) != NULL; n++) {
        for (i = 0; i + 5 <= sizeof(page); i++) {
            memset(page, 'x', sizeof(page));
            memcpy(page + i, "grams", 5);

            p = scan->grams(page, page + sizeof(page), &grams);
            assert_int_equal(p - page, i + i % 2);

            if (i != 0 && i + 5 != sizeof(page)) {
                page[i] = 'x';
                p = scan->grams(page, page + sizeof(page), &grams);
                assert_int_equal(page + sizeof(page) - p, 2);
            }
        }

        memset(page, '\\', sizeof(page));
        p = scan->grams(page, page + sizeof(page), &grams);
        assert_int_equal(page + sizeof(page) - p, 2);

        page[70] = '\r';
        p = scan->grams(page, page + sizeof(page), &grams);
        assert_int_equal(p - page, 68);
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
        cmocka_unit_test(test_grams),
        cmocka_unit_test(test_last_is_scalar)
    };

    srand(1);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

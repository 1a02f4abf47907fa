/*
 * The rules of the guard, read as guard.js reads them.
 */

#include "unit_rules.h"

#include "consent_guard.h"
#include "consent_header.h"


static const char  services[] =
    "{\"id\":\"shop\",\"name\":\"Shop\",\"purposes\":[\"necessary\"],"
     "\"match\":[{\"inline\":[\"shop(\"]}],\"storage\":["
         "{\"kind\":\"cookie\",\"name\":\"cart\"},"
         "{\"kind\":\"cookie\",\"name\":\"csrf_*\"},"
         "{\"kind\":\"localStorage\",\"name\":\"basket\"}]},"
    "{\"id\":\"count\",\"name\":\"Count\",\"purposes\":[\"analytics\"],"
     "\"match\":[{\"host\":\"count.test\"}],\"storage\":["
         "{\"kind\":\"cookie\",\"name\":\"_count\"},"
         "{\"kind\":\"localStorage\",\"name\":\"ct*\"},"
         "{\"kind\":\"indexedDB\",\"name\":\"counts\"},"
         "{\"kind\":\"localStorage\",\"name\":\"z*\"}]}";

static const char  csp[] =
    "default-src 'self' blob: data: site.test:* *.site.test:* pay.test "
    "*.pay.test exact.test wide.test/a/ file.test/b.js; img-src *; "
    "base-uri 'self'; report-uri /r";

static consent_rules_t  *rules;
static consent_page_t    page;


static int
group_setup(void **state)
{
    *state = rules = unit_rules(services);
    page.unclassified = unit_purpose(rules, "marketing");

    return 0;
}


static const char *
made(uint32_t granted, const uint8_t *use)
{
    consent_buf_t     b;
    consent_choice_t  choice;

    choice = unit_granting(rules, granted);

    consent_buf_init(&b, &unit_mem);
    consent_guard_write(&b, unit_str(csp), rules, &page, &choice, use);
    assert_false(b.failed);

    return (const char *) consent_str_dup(&unit_mem,
                                          consent_buf_str(&b)).data;
}


/* 1 if text begins with an entry. */
static int
has(const char *made, const char *text)
{
    char        *end;
    uint32_t     h;
    const char  *p;

    h = 0;

    for ( /* void */ ; *text; text++) {
        h = ((h ^ (uint8_t) *text) * 99999u) ^ (h >> 15);

        for (p = strchr(made, '.'); p && *p; p = end) {
            if (strtoul(p + 1, &end, 36) == h >> 8) {
                return 1;
            }
        }
    }

    return 0;
}


static void
test_hosts(void **state)
{
    size_t       i;
    const char  *g;

    static const struct {
        const char  *text;
        int          has;
    } cases[] = {
        { "d.site.test/", 1 },
        { "d.pay.test/x", 1 },
        { "d=pay.test/x", 0 },
        { "d.pay.tester/", 0 },
        { "d=exact.test/x", 1 },
        { "d.exact.test/x", 0 },
        { "d=wide.test/a/b", 1 },
        { "d=wide.test/ab", 0 },
        { "d=file.test/b.js", 1 },
        { "d=file.test/c.js", 0 },
        { "i./x", 1 },
        { "d./x", 0 },
        { "d.other.test/", 0 }
    };

    (void) state;

    g = made(0, NULL);
    assert_int_equal(strncmp(g, "i.", 2), 0);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (has(g, cases[i].text) != cases[i].has) {
            fail_msg("%s: not %d", cases[i].text, cases[i].has);
        }
    }
}


static void
test_names(void **state)
{
    uint8_t      use[8];
    const char  *g;

    (void) state;

    g = made(0, NULL);

    assert_true(has(g, "kcart="));
    assert_false(has(g, "kcarts="));
    assert_true(has(g, "kcsrf_1="));
    assert_false(has(g, "k_count="));
    assert_true(has(g, "lct1="));
    assert_true(has(g, "lcounts="));
    assert_false(has(g, "lbasket="));

    /* a prefix that short holds a site's own */
    assert_false(has(g, "lzoom="));

    g = made(unit_purpose(rules, "analytics"), NULL);

    assert_false(has(g, "lct1="));

    /* of a service with a host, once it is in use: else the guard asks */
    assert_false(has(g, "k_count="));

    memset(use, CONSENT_CSP_REPORTED, sizeof(use));
    g = made(unit_purpose(rules, "analytics"), use);

    assert_true(has(g, "k_count="));
}


/* Where unknown cookies are allowed, those are listed that are not. */

static void
test_unknown(void **state)
{
    const char  *g;

    (void) state;

    g = made(unit_purpose(rules, "marketing"), NULL);

    assert_int_equal(strncmp(g, "ik.", 3), 0);
    assert_true(has(g, "k_count="));
    assert_false(has(g, "kcart="));
}


static void
test_nothing(void **state)
{
    consent_buf_t     b;
    consent_choice_t  choice;

    (void) state;

    memset(&choice, 0, sizeof(consent_choice_t));
    consent_buf_init(&b, &unit_mem);
    consent_guard_write(&b, consent_str(""), rules, &page, &choice, NULL);

    assert_false(b.failed);
    assert_int_equal(b.len, 0);

    unit_no_memory = 1;
    consent_guard_write(&b, unit_str(csp), rules, &page, &choice, NULL);
    unit_no_memory = 0;

    assert_true(b.failed);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_nothing)
    };

    return cmocka_run_group_tests(tests, group_setup, unit_teardown);
}

/*
 * Identifiers on links.
 */

#include "unit_rules.h"

#include "consent_choice.h"
#include "consent_decoration.h"


static consent_rules_t  *rules;


static consent_choice_t
granting(const char *purpose)
{
    return unit_granting(rules, purpose ? unit_purpose(rules, purpose) : 0);
}


static void
check(const char *purpose, const char *query, const char *left,
    unsigned denied)
{
    size_t             len;
    uint8_t            out[512];
    unsigned           n;
    consent_choice_t   choice;

    choice = granting(purpose);
    len = consent_decoration_strip(rules, &choice, unit_str(query), out, &n);

    unit_assert_str(((consent_str_t) { len, out }), left);
    assert_int_equal(n, denied);
}


static void
test_strip(void **state)
{
    size_t  i;

    static const struct {
        const char  *query;
        const char  *left;
        unsigned     denied;
    } cases[] = {
        { "", "", 0 },
        { "a=1&b=2", "a=1&b=2", 0 },
        { "gclid=x", "", 1 },
        { "gclid", "", 1 },
        { "gclid=x&a=1", "a=1", 1 },
        { "a=1&gclid=x", "a=1", 1 },
        { "a=1&fbclid=x&b=2&_ga=3", "a=1&b=2", 2 },
        { "gclid=1&gclid=2", "", 2 },
        { "utm_source=x&gad_source=1&gad_campaignid=2", "utm_source=x", 2 },
        { "%67clid=x&g%63l%69d=y&a", "a", 2 },
        { "gclid%=x&gclid%6=x", "gclid%=x&gclid%6=x", 0 },
        { "GCLID=x&gclids=x&xgclid=x&gcli=x",
          "GCLID=x&gclids=x&xgclid=x&gcli=x", 0 },
        { "a=gclid&b=gclid=1", "a=gclid&b=gclid=1", 0 },
        { "gad_=1&gad=2", "gad=2", 1 },
        { "&a&&b&", "&a&&b&", 0 },
        { "&gclid=1&", "&", 1 },
        { "=x&a%26gclid=1", "=x&a%26gclid=1", 0 },
        { "a-name-that-is-longer-than-any-known-one-gclid=1",
          "a-name-that-is-longer-than-any-known-one-gclid=1", 0 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(NULL, cases[i].query, cases[i].left, cases[i].denied);
    }
}


static void
test_purposes(void **state)
{
    (void) state;

    check("marketing", "gclid=1&_gl=2", "gclid=1", 1);
    check("analytics", "gclid=1&_gl=2", "_gl=2", 1);
    check("embeds", "gclid=1&_gl=2", "", 2);
}


static int
group_setup(void **state)
{
    rules = unit_rules("{\"id\":\"a\",\"name\":\"A\",\"purposes\":"
                       "[\"analytics\"],\"match\":[{\"host\":\"a.test\"}]}");
    *state = rules;

    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_strip),
        cmocka_unit_test(test_purposes)
    };

    return cmocka_run_group_tests(tests, group_setup, unit_teardown);
}

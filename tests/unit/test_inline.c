/*
 * Inline scripts: code against strings, templates, comments and regexes.
 */

#include "unit_rules.h"


static consent_rules_t  *rules;

static const char  services[] =
    "{\"id\":\"pixel\",\"name\":\"Pixel\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"inline\":[\"fbq('init'\"]}]},"
    "{\"id\":\"player\",\"name\":\"Player\",\"purposes\":[\"embeds\"],"
    "\"match\":[{\"inline\":[\"new YT.Player (\", \"onYouTubeReady =\"]}]},"
    "{\"id\":\"tags\",\"name\":\"Tags\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"inline\":[\"src = 'https://tags.test/gtm.js\","
    "\"tags.push(arguments)\"]}]}";


/* The id of the service that is found, fed in pieces of `step`; "" if none. */
static const char *
inline_find(const char *script, size_t step)
{
    size_t             i, n, len;
    consent_verdict_t  verdict;
    consent_inline_t   in;

    len = strlen(script);
    consent_inline_init(&in);

    for (i = 0; i < len; i += n) {
        n = len - i < step ? len - i : step;
        (void) consent_inline_feed(rules, &in,
                                   (const uint8_t *) script + i, n);
    }

    consent_inline_verdict(rules, &in, &verdict);

    if (verdict.service == CONSENT_NO_SERVICE) {
        assert_int_equal(verdict.purposes, 0);
        assert_int_equal(verdict.rule, CONSENT_NO_RULE);
        return "";
    }

    assert_int_equal(rules->rules[verdict.rule].service, verdict.service);

    return (const char *) rules->services[verdict.service].id.data;
}


static void
inline_check(const char *script, const char *id)
{
    size_t             i;
    static const size_t  steps[] = { 1, 2, 3, 7, 100000 };

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(inline_find(script, steps[i]), id) != 0) {
            fail_msg("%s: found \"%s\", expected \"%s\" (step %zu)", script,
                     inline_find(script, steps[i]), id, steps[i]);
        }
    }
}


static void
test_code(void **state)
{
    (void) state;

    inline_check("fbq('init', '1');", "pixel");
    inline_check("fbq( \n \"init\"", "pixel");
    inline_check("fbq(`init`)", "pixel");
    inline_check("window.fbq ( 'init')", "pixel");
    inline_check("!function(){}(); fbq('init')", "pixel");
    inline_check("fbq('track')", "");
    inline_check("FBQ('init')", "");
    inline_check("var p=new YT . Player('x')", "player");
    inline_check("new\n\n  YT.Player(x)", "player");
    inline_check("newYT.Player(x)", "");
    inline_check("j.src='https://tags.test/gtm.js?id='+i", "tags");
    inline_check("j.src=\"https:\\/\\/tags.test\\/gtm.js\"", "tags");
    inline_check("j.src='http://tags.test/gtm.js'", "");
    inline_check("", "");
}


static void
test_word_start(void **state)
{
    (void) state;

    inline_check("myfbq('init')", "");
    inline_check("my_fbq('init')", "");
    inline_check("$fbq('init')", "");
    inline_check("\xc3\xa9" "fbq('init')", "");
    inline_check("my fbq('init')", "pixel");
    inline_check("(fbq('init'))", "pixel");
}


static void
test_strings(void **state)
{
    (void) state;

    inline_check("var a = \"fbq('init')\";", "");
    inline_check("var a = 'fbq(\\'init\\')';", "");
    inline_check("var a = `fbq('init')`;", "");
    inline_check("self.__next_f.push([1,\"fbq(\\\"init\\\")\"])", "");
    inline_check("a = 'it\\'s'; fbq('init')", "pixel");
    inline_check("a = \"'\"; fbq('init')", "pixel");
    inline_check("a = 'x\\\\'; fbq('init')", "pixel");

    /* A string ends with its line; a continued one does not. */
    inline_check("a = 'x\nfbq('init')", "pixel");
    inline_check("a = 'x\\\nfbq(\"init\")'", "");

    /* The string part of a literal stands in a string, and only there. */
    inline_check("src=https://tags.test/gtm.js", "");
    inline_check("a = 'src=\"https://tags.test/gtm.js\"'", "");
}


static void
test_templates(void **state)
{
    (void) state;

    inline_check("a = `x ${fbq('init')} y`", "pixel");
    inline_check("a = `x ${ {a: '}'} } fbq('init') `", "");
    inline_check("a = `x ${ `y ${z}` } fbq('init') `", "");
    inline_check("a = `x ${ 'q' } fbq('init') `", "");
    inline_check("a = `x ${ 'q' } ' + fbq('init')`", "");
    inline_check("a = `x ${y}`; fbq('init')", "pixel");
    inline_check("a = `$${1}`; fbq('init')", "pixel");
    inline_check("a = `\\${`; fbq('init')", "pixel");
    inline_check("a = `$`; fbq('init')", "pixel");
}


static void
test_comments(void **state)
{
    (void) state;

    inline_check("// fbq('init')", "");
    inline_check("// x\nfbq('init')", "pixel");
    inline_check("// it's\rfbq('init')", "pixel");
    inline_check("/* fbq('init') */", "");
    inline_check("/* it's **/ fbq('init')", "pixel");
    inline_check("/***\n*/fbq(/* x */'init')", "pixel");
    inline_check("fbq // x\n ('init')", "pixel");
    inline_check("new/**/YT.Player()", "player");
    inline_check("<!-- fbq('init')\n", "");
    inline_check("<!-- it's\nfbq('init')\n//-->", "pixel");
    inline_check("x\n  --> fbq('init')", "");
    inline_check("x --> fbq('init')", "pixel");
    inline_check("x\n--y; fbq('init')", "pixel");
    inline_check("a<!b; fbq('init')", "pixel");
    inline_check("a<!-b; fbq('init')", "pixel");
}


static void
test_regexes(void **state)
{
    (void) state;

    inline_check("a = /'/; fbq('init')", "pixel");
    inline_check("a = /[/']/g.test(x); fbq('init')", "pixel");
    inline_check("a = /\\/'/; fbq('init')", "pixel");
    inline_check("a = /fbq(\"init\"/", "");
    inline_check("return /'/.test(x) && fbq('init')", "pixel");
    inline_check("a = b / c; d = '/'; fbq('init')", "pixel");
    inline_check("a = (b) / c; fbq('init'); d / '", "pixel");
    inline_check("a = b[1] / c; fbq('init') / '", "pixel");
    inline_check("i++ / 2; fbq('init') / '", "pixel");
    inline_check("if (x) /'/.test(y); fbq('init')", "pixel");
    inline_check("while ((x)) /\"/.test(y); fbq('init')", "pixel");
    inline_check("if (x) { y } /'/.test(y); fbq('init')", "pixel");
    inline_check("a = { b: 1 } / 2; fbq('init') / '", "pixel");
    inline_check("a = 'x' / 2; fbq('init') / '", "pixel");
    inline_check("returned / 2; fbq('init') / '", "pixel");
}


static void
test_depth(void **state)
{
    size_t  i;
    char    script[4096];

    (void) state;

    /* Brackets beyond what is told apart; then all is well again. */

    for (i = 0; i < 1000; i++) {
        script[i] = '(';
        script[1000 + i] = ')';
    }

    (void) strcpy(script + 2000, "; `${a}`; fbq('init')");
    inline_check(script, "pixel");

    memset(script, '}', 1000);
    inline_check(script, "pixel");

    /* What is too deep to be told apart is no template's end. */

    memset(script, '{', 1000);
    memset(script + 1000, '}', 1000);
    memcpy(script, "`${", 3);
    memcpy(script + 1997, "fbq('init')", 12);
    inline_check(script, "pixel");
}


/* A script that uses several services is judged by all of them. */

static void
test_several(void **state)
{
    consent_verdict_t    verdict;
    consent_inline_t     in;
    static const char    script[] = "fbq('init'); fbq('init');"
                                    "tags.push(arguments);"
                                    "onYouTubeReady = 1";

    (void) state;

    consent_inline_init(&in);

    assert_int_equal(consent_inline_feed(rules, &in,
                                         (const uint8_t *) script, 11),
                     CONSENT_OK);
    consent_inline_verdict(rules, &in, &verdict);
    assert_int_equal(verdict.purposes, unit_purpose(rules, "marketing"));

    (void) consent_inline_feed(rules, &in, (const uint8_t *) script + 11,
                               sizeof(script) - 12);
    consent_inline_verdict(rules, &in, &verdict);

    assert_int_equal(verdict.service, unit_service(rules, "pixel"));
    assert_int_equal(verdict.purposes, unit_purpose(rules, "marketing")
                                       | unit_purpose(rules, "analytics")
                                       | unit_purpose(rules, "embeds"));

    assert_int_equal(consent_inline_found(rules, &in, 1, &verdict),
                     CONSENT_OK);
    assert_int_equal(verdict.service, unit_service(rules, "tags"));
    assert_int_equal(verdict.purposes, unit_purpose(rules, "analytics"));
    assert_int_equal(consent_inline_found(rules, &in, 2, &verdict),
                     CONSENT_OK);
    assert_int_equal(consent_inline_found(rules, &in, 3, &verdict),
                     CONSENT_DECLINED);
}


/* More services than are told apart: nothing short of all is enough. */

static void
test_too_many(void **state)
{
    int                 i;
    char                text[4096], script[1024];
    size_t              n, m;
    consent_rules_t    *many;
    consent_inline_t    in;
    consent_verdict_t   verdict;

    (void) state;

    for (i = 0, n = 0, m = 0; i < CONSENT_INLINE_FOUND + 1; i++) {
        n += (size_t) sprintf(text + n, "%s{\"id\":\"s%d\",\"name\":\"S\","
                              "\"purposes\":[\"analytics\"],"
                              "\"match\":[{\"inline\":[\"call%d(\"]}]}",
                              i ? "," : "", i, i);
        m += (size_t) sprintf(script + m, "call%d();", i);
    }

    many = unit_rules(text);
    consent_inline_init(&in);
    (void) consent_inline_feed(many, &in, (const uint8_t *) script, m);
    consent_inline_verdict(many, &in, &verdict);

    assert_int_equal(verdict.purposes, many->all);

    consent_rules_destroy(many);
}


/* Literals that share beginnings and ends. */

static void
test_overlaps(void **state)
{
    consent_rules_t    *set;
    consent_inline_t    in;
    consent_verdict_t   verdict;
    static const char   script[] = "x.abc.abd; y.bc.abe";

    (void) state;

    set = unit_rules("{\"id\":\"one\",\"name\":\"1\","
                     "\"purposes\":[\"analytics\"],"
                     "\"match\":[{\"inline\":[\"abc.abe\"]}]},"
                     "{\"id\":\"two\",\"name\":\"2\","
                     "\"purposes\":[\"marketing\"],"
                     "\"match\":[{\"inline\":[\"abd;y\"]}]},"
                     "{\"id\":\"three\",\"name\":\"3\","
                     "\"purposes\":[\"embeds\"],"
                     "\"match\":[{\"inline\":[\"x.abc.abd\"]}]},"
                     "{\"id\":\"four\",\"name\":\"4\","
                     "\"purposes\":[\"functional\"],"
                     "\"match\":[{\"inline\":[\"abc.\"]}]}");

    consent_inline_init(&in);
    (void) consent_inline_feed(set, &in, (const uint8_t *) script,
                               sizeof(script) - 1);
    consent_inline_verdict(set, &in, &verdict);

    assert_int_equal(verdict.purposes, unit_purpose(set, "marketing")
                                       | unit_purpose(set, "embeds")
                                       | unit_purpose(set, "functional"));

    consent_rules_destroy(set);
}


static int
inline_setup(void **state)
{
    (void) state;

    rules = unit_rules(services);

    return 0;
}


static int
inline_teardown(void **state)
{
    (void) state;

    consent_rules_destroy(rules);
    unit_free();

    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_word_start),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_regexes),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_overlaps)
    };

    return cmocka_run_group_tests(tests, inline_setup, inline_teardown);
}

/*
 * Rule files that are refused: where, what was found, what was expected.
 */

#include <sys/stat.h>
#include <unistd.h>

#include "unit_rules.h"


static char      faults[65536];
static unsigned  nfaults;
static char      folder[] = "/tmp/consent_unit_XXXXXX";


static void
faults_note(void *data, const consent_fault_t *fault)
{
    size_t  len;

    (void) data;

    len = strlen(faults);
    (void) snprintf(faults + len, sizeof(faults) - len, "%u:%u: %.*s\n",
                    fault->line, fault->column, (int) fault->message.len,
                    (const char *) fault->message.data);
    nfaults++;
}


/* Loads a text and compiles; all faults end up in `faults`. */
static void
faults_load(const char *text, size_t len)
{
    char              *exact;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    faults[0] = '\0';
    nfaults = 0;

    /* No byte behind the text: a sanitizer sees what reads on. */

    exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);

    loader = consent_rules_create(&unit_mem, faults_note, NULL);
    assert_non_null(loader);

    (void) consent_rules_load_text(loader, unit_str("unit.json"),
                                   unit_bytes(len, exact));
    free(exact);

    rules = consent_rules_compile(loader);

    if (nfaults != 0) {
        assert_null(rules);

    } else {
        assert_non_null(rules);
        consent_rules_destroy(rules);
    }
}


static void
faults_check(const char *text, const char *expected)
{
    faults_load(text, strlen(text));

    if (nfaults != 1 || strncmp(faults, expected, strlen(expected)) != 0) {
        fail_msg("%s\ngot:      %sexpected: %s", text, faults, expected);
    }
}


/* A service with `members` behind id, name and purposes. */
static void
faults_member(const char *members, const char *expected)
{
    char  *text;

    assert_true(asprintf(&text, "{\"version\":1,\"services\":[\n"
                         "{\"id\":\"s\",\"name\":\"S\","
                         "\"purposes\":[\"analytics\"],\n%s}]}", members)
                > 0);
    faults_check(text, expected);
    free(text);
}


static void
faults_good(const char *members)
{
    char  *text;

    assert_true(asprintf(&text, "{\"version\":1,\"services\":[{\"id\":\"s\","
                         "\"name\":\"S\",\"purposes\":[\"analytics\"],%s}]}",
                         members) > 0);
    faults_load(text, strlen(text));

    if (nfaults != 0) {
        fail_msg("%s\n%s", text, faults);
    }

    free(text);
}


static void
test_syntax(void **state)
{
    (void) state;

    faults_check("", "1:1: the file ends here; expected a value");
    faults_check("\n {", "2:3: the file ends here; expected a key in double "
                 "quotes");
    faults_check("{\"version\":1,}", "1:14: found '}', expected a key in "
                 "double quotes behind ','");
    faults_check("{\"version\" 1}", "1:12: found '1', expected ':' behind "
                 "the key");
    faults_check("{\n  version: 1\n}", "2:3: found 'v', expected a key in "
                 "double quotes");
    faults_check("{\"a\":1 \"b\":2}", "1:8: found '\"', expected ',' or '}'");
    faults_check("[1,\n 2,]", "2:4: found ']', expected a value behind ','");
    faults_check("[1 2]", "1:4: found '2', expected ',' or ']'");
    faults_check("{} {}", "1:4: found '{', expected nothing behind the first "
                 "value");
    faults_check("[tru]", "1:2: found 't', expected a value");
    faults_check("[01]", "1:3: found '1', expected no digit");
    faults_check("[1.]", "1:4: found ']', expected a digit");
    faults_check("[-]", "1:3: found ']', expected a digit");
    faults_check("[1e+]", "1:5: found ']', expected a digit");
    faults_check("[\"a\nb\"]", "1:4: found end of line, expected '\"' at the "
                 "end of the string");
    faults_check("[\"a", "1:4: the file ends here; expected '\"'");
    faults_check("[\"\\d\"]", "1:4: found 'd', expected one of");
    faults_check("[\"\\u12g4\"]", "1:7: found 'g', expected four");
    faults_check("[\"\\u0000\"]", "1:9: found '\"', expected another");
    faults_check("[\"\\ud800\"]", "1:9: found '\"', expected both halves");
    faults_check("[\"\\udc00\"]", "1:9: found '\"', expected both halves");
    faults_check("[\"\\ud800\\u0041\"]", "1:15: found '\"', expected the "
                 "second half");
    faults_check("// x\n{}", "1:1: found '/', expected a value");
    faults_check("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "1:17: found '[', "
                 "expected a value that is nested less deeply");
}


static void
test_utf8(void **state)
{
    size_t  i;

    static const char  *const bad[] = {
        "[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xc3\"]", "[\"\xe2\x82\"]",
        "[\"\xe0\x80\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]",
        "[\"\xf0\x80\x80\x80\"]", "[\"\x80\"]", "[\"\xc3"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        faults_load(bad[i], strlen(bad[i]));
        assert_non_null(strstr(faults, "1:3: "));
        assert_non_null(strstr(faults, "expected UTF-8"));
    }

    /* Columns count characters. */

    faults_check("{\"version\":1,\"\xc3\xa4\xe2\x82\xac\":1}",
                 "1:14: unknown key");
    faults_check("{\"note\":\"\xf0\x9f\x8d\xaa\",\"x\":1,\"version\":1}",
                 "1:13: unknown key \"x\"");
    faults_load("\xef\xbb\xbf{\"version\":1}", 16);
    assert_int_equal(nfaults, 0);
}


static void
test_file(void **state)
{
    (void) state;

    faults_check("[]", "1:1: a rule file: found a list in [ ], expected an "
                 "object in { }");
    faults_check("{}", "1:1: a rule file needs \"version\"");
    faults_check("{\"version\":2}", "1:12: \"version\" 2: expected 1");
    faults_check("{\"version\":\"1\"}", "1:12: version: found a string in "
                 "quotes, expected a number");
    faults_check("{\"version\":1,\n\"service\":[]}", "2:1: unknown key "
                 "\"service\" in a rule file; did you mean \"services\"?");
    faults_check("{\"version\":1,\"xyz\":[]}", "1:14: unknown key \"xyz\" in "
                 "a rule file\n");
    faults_check("{\"version\":1,\"version\":1}", "1:14: \"version\" stands "
                 "twice");
    faults_check("{\"version\":1,\"services\":{}}", "1:25: services: found an "
                 "object in { }, expected a list");
    faults_check("{\"version\":1,\"services\":[7]}", "1:26: a service: found "
                 "a number");
}


static void
test_service(void **state)
{
    (void) state;

    faults_load("{\"version\":1,\"services\":[{}]}", 29);
    assert_string_equal(faults, "1:26: a service needs \"id\"\n"
                        "1:26: a service needs \"name\"\n"
                        "1:26: a service needs \"purposes\"\n");

    faults_check("{\"version\":1,\"services\":[{\"id\":\"unclassified\","
                 "\"name\":\"S\",\"purposes\":[\"embeds\"]}]}",
                 "1:32: id \"unclassified\": expected another id");
    faults_check("{\"version\":1,\"services\":[{\"id\":\"A b\","
                 "\"name\":\"S\",\"purposes\":[\"embeds\"]}]}",
                 "1:32: id \"A b\": expected 1 to 64 of");
    faults_check("{\"version\":1,\"services\":[{\"id\":\"s\","
                 "\"name\":\" \",\"purposes\":[\"embeds\"]}]}",
                 "1:43: name \" \": expected a text");
    faults_check("{\"version\":1,\"services\":[{\"id\":\"s\","
                 "\"name\":\"S\",\"purposes\":[]}]}",
                 "1:58: purposes: expected at least one");
    faults_check("{\"version\":1,\"services\":[{\"id\":\"s\","
                 "\"name\":\"S\",\"purposes\":[\"embeds\",\"embeds\"]}]}",
                 "1:68: purpose \"embeds\" stands twice");
    faults_check("{\"version\":1,\"services\":[{\"id\":\"s\","
                 "\"name\":\"S\",\"purposes\":[\"analytic\"]}]}",
                 "1:59: unknown purpose \"analytic\"; did you mean "
                 "\"analytics\"?");
    faults_check("{\"version\":1,\"services\":[{\"id\":\"s\","
                 "\"name\":\"S\",\"purposes\":[\"zzz\"]}]}",
                 "1:59: unknown purpose \"zzz\"; no file defines it");
    faults_check("{\"version\":1,\"services\":[\n"
                 "{\"id\":\"s\",\"name\":\"S\",\"purposes\":[\"embeds\"]},\n"
                 "{\"id\":\"s\",\"name\":\"S\",\"purposes\":[\"embeds\"]}]}",
                 "3:1: service \"s\" is defined twice, first at unit.json:2");
}


static void
test_members(void **state)
{
    (void) state;

    faults_member("\"polciy_url\":\"https://x.test/\"",
                  "3:1: unknown key \"polciy_url\" in a service; did you "
                  "mean \"policy_url\"?");
    faults_member("\"country\":\"Ireland\"", "3:11: country \"Ireland\": "
                  "expected two capital letters");
    faults_member("\"policy_url\":\"x.test/privacy\"",
                  "3:14: policy_url \"x.test/privacy\": expected a whole "
                  "address");
    faults_member("\"policy_url\":\"javascript:x\"", "3:14: policy_url");
    faults_member("\"policy_url\":\"https://\"", "3:14: policy_url");
    faults_member("\"policy_url\":\"https://a..b/\"", "3:14: policy_url");
    faults_member("\"policy_url\":\"https://a.b:99999/\"",
                  "3:14: policy_url");
    faults_member("\"policy_url\":\"https://a.b/a b\"", "3:14: policy_url");
    faults_member("\"version\":1", "3:1: unknown key \"version\"");
    faults_member("\"$schema\":\"x\"", "3:1: unknown key \"$schema\"");
    faults_member("\"data\":[\"ip\",\"IP address\"]",
                  "3:14: data \"IP address\": expected a word");
    faults_member("\"placeholder\":\"\"", "3:15: placeholder \"\"");
    faults_member("\"stubs\":\"a..b\"", "3:9: stubs \"a..b\"");
    faults_member("\"stubs\":\"a  b\"", "3:9: stubs \"a  b\"");
    faults_member("\"stubs\":\"a>\"", "3:9: stubs \"a>\"");
    faults_member("\"stubs\":\"a \"", "3:9: stubs \"a \"");
    faults_member("\"controller\":7", "3:14: controller: found a number");
    faults_member("\"provenance\":[{\"checked\":\"2026-11-21\"}]",
                  "3:15: a source needs \"source\"");
    faults_member("\"provenance\":[{\"source\":\"x\","
                  "\"checked\":\"yesterday\"}]",
                  "3:39: checked \"yesterday\": expected a date");

    faults_good("\"note\":\"n\",\"category\":\"c\","
                "\"country\":\"IE\",\"data\":[\"ip\"],"
                "\"policy_url\":\"https://x.test/p\",\"placeholder\":"
                "\"video\",\"provenance\":[{\"source\":\"a\","
                "\"licence\":\"MIT\",\"checked\":\"2026-11-21\","
                "\"url\":\"https://x.test/\"}]");
}


static void
test_storage(void **state)
{
    size_t  i;
    char    text[256];

    static const char  *const good[] = { "session", "persistent", "P6M",
                                         "P1Y2M3D", "P2W", "PT30M",
                                         "P1DT12H30M1S" };
    static const char  *const bad[] = { "", "6 months", "P", "PT", "P6",
                                        "P6H", "P1D1Y", "P1DT", "PT1D",
                                        "p6m", "P1.5D", "P6MX", "P6M6M" };

    (void) state;

    faults_member("\"storage\":[{\"kind\":\"cookies\",\"name\":\"a\"}]",
                  "3:20: kind \"cookies\": expected \"cookie\", "
                  "\"localStorage\"");
    faults_member("\"storage\":[{\"kind\":\"cookie\"}]",
                  "3:12: a storage entry needs \"name\"");
    faults_member("\"storage\":[{\"kind\":\"cookie\",\"name\":\"**\"}]",
                  "3:36: name \"**\": expected a name");

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        (void) snprintf(text, sizeof(text), "\"storage\":[{\"kind\":"
                        "\"cookie\",\"name\":\"a\",\"retention\":\"%s\"}]",
                        good[i]);
        faults_good(text);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void) snprintf(text, sizeof(text), "\"storage\":[{\"kind\":"
                        "\"cookie\",\"name\":\"a\",\"retention\":\"%s\"}]",
                        bad[i]);
        faults_member(text, "3:52: retention ");
    }
}


static void
test_match(void **state)
{
    (void) state;

    faults_member("\"match\":[{}]", "3:10: a match entry needs \"host\", "
                  "\"path\", \"regex\" or \"inline\"");
    faults_member("\"match\":[{\"types\":[\"image\"]}]", "3:10: a match "
                  "entry needs");
    faults_member("\"match\":[{\"hosts\":\"x.test\"}]", "3:11: unknown key "
                  "\"hosts\" in a match entry; did you mean \"host\"?");
    faults_member("\"match\":[{\"host\":[\"x.test\"]}]", "3:18: host: found "
                  "a list");
    faults_member("\"match\":[{\"host\":\"x.test\",\"types\":[\"img\"]}]",
                  "3:36: unknown type \"img\"; did you mean \"image\"?");
    faults_member("\"match\":[{\"host\":\"x.test\",\"types\":[\"qqqq\"]}]",
                  "3:36: type \"qqqq\": expected script, image");
    faults_member("\"match\":[{\"host\":\"x.test\",\"types\":[]}]",
                  "3:35: types: an empty list");
    faults_member("\"match\":[{\"host\":\"x.test\",\"party\":\"3rd\"}]",
                  "3:35: party \"3rd\": expected \"first\"");
    faults_member("\"match\":[{\"path\":\"x\"}]", "3:18: path \"x\": "
                  "expected a path that begins");
    faults_member("\"match\":[{\"path\":\"/a b\"}]", "3:18: path \"/a b\": "
                  "expected a path as browsers send it");
    faults_member("\"match\":[{\"path\":\"/*\"}]", "3:10: this path without "
                  "a host matches every page");
    faults_member("\"match\":[{\"regex\":\"a(b\"}]", "3:19: regex \"a(b\": "
                  "missing closing parenthesis, at its byte 4");
    faults_member("\"match\":[{\"regex\":\"\"}]", "3:19: regex \"\"");
    faults_member("\"match\":[{\"inline\":[]}]", "3:20: inline: an empty");
    faults_member("\"match\":[{\"inline\":\"x.y()\"}]", "3:20: inline: found "
                  "a string");
    faults_member("\"match\":[{\"inline\":[\"// x\"]}]", "3:21: inline "
                  "\"// x\": expected a piece of code");
    faults_member("\"match\":[{\"inline\":[\"x.y()\",\"y.z()\"],"
                  "\"regex\":\"x\"}]",
                  "3:10: \"inline\" stands alone");

    faults_good("\"match\":[{\"inline\":[\"x.y()\"],\"note\":\"n\"},"
                "{\"host\":\"x.test\",\"path\":\"/\",\"regex\":\"x\","
                "\"types\":[\"script\"],\"party\":\"any\"}]");
}


static void
test_hosts(void **state)
{
    size_t  i;
    char    text[512], expected[512];

    static const struct {
        const char  *host;
        const char  *near;          /* NULL: nothing is proposed */
    } cases[] = {
        { "https://x.test/a", "x.test" },
        { "//x.test", "x.test" },
        { "x.test/a", "x.test" },
        { "x.test:8080", "x.test" },
        { "user@x.test", "x.test" },
        { "*.x.test", "x.test" },
        { ".x.test", "x.test" },
        { "x.test.", "x.test" },
        { "X.test", "x.test" },
        { "b\xc3\xbc" "cher.test", "xn--bcher-kva.test" },
        { "127.1", "127.0.0.1" },
        { "x..test", NULL },
        { "x test", NULL },
        { "x*.test", NULL },
        { "", NULL }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(text, sizeof(text), "\"match\":[{\"host\":\"%s\"}]",
                        cases[i].host);
        (void) snprintf(expected, sizeof(expected), "3:18: host \"%s\": "
                        "expected a host name alone, in lower case and "
                        "ASCII; it covers its subdomains%s%s%s",
                        cases[i].host,
                        cases[i].near ? "; did you mean \"" : "\n",
                        cases[i].near ? cases[i].near : "",
                        cases[i].near ? "\"?" : "");
        faults_member(text, expected);
    }
}


static void
test_purposes(void **state)
{
    int     i;
    char   *text;
    size_t  n;

    (void) state;

    faults_check("{\"version\":1,\"purposes\":[{\"key\":\"a\"}]}",
                 "1:26: a purpose needs \"title\"");
    faults_check("{\"version\":1,\"purposes\":[{\"key\":\"A\","
                 "\"title\":{\"en\":\"A\"}}]}", "1:33: key \"A\": expected");
    faults_check("{\"version\":1,\"purposes\":[{\"key\":\"a\","
                 "\"title\":{\"EN\":\"A\"}}]}", "1:46: \"EN\": expected a "
                 "language tag");
    faults_check("{\"version\":1,\"purposes\":[{\"key\":\"a\","
                 "\"title\":{}}]}", "1:45: title: expected a text in");
    faults_check("{\"version\":1,\"purposes\":[{\"key\":\"a\","
                 "\"title\":{\"en\":\"A\"},\"necessary\":1}]}",
                 "1:68: necessary: found a number, expected true or false");
    faults_check("{\"version\":1,\"purposes\":[{\"key\":\"a\","
                 "\"title\":{\"en\":\"A\"}},\n{\"key\":\"a\","
                 "\"title\":{\"en\":\"A\"}}]}",
                 "2:1: purpose \"a\" is defined twice");

    text = malloc(8192);
    assert_non_null(text);

    n = (size_t) sprintf(text, "{\"version\":1,\"purposes\":[");

    for (i = 0; i < 33; i++) {
        n += (size_t) sprintf(text + n, "%s\n{\"key\":\"p%d\","
                              "\"title\":{\"en\":\"P\"}}", i ? "," : "", i);
    }

    (void) strcpy(text + n, "]}");
    faults_check(text, "34:1: purpose \"p32\" is one too many; 32 are "
                 "possible");
    free(text);
}


/* Loading goes on behind a fault, so that all of them are seen. */

static void
test_several(void **state)
{
    static const char  text[] =
        "{\"version\":1,\"services\":[\n"
        "{\"id\":\"a\",\"name\":\"A\",\"purposes\":[\"nope\"],\n"
        "\"match\":[{\"host\":\"X.test\"},{\"regex\":\"(\"},"
        "{\"regex\":\"good\"}]},\n"
        "{\"id\":\"b\",\"purposes\":[\"embeds\"],\"datas\":[]}]}";

    (void) state;

    faults_load(text, sizeof(text) - 1);
    assert_int_equal(nfaults, 5);
    assert_non_null(strstr(faults, "3:18: host"));
    assert_non_null(strstr(faults, "3:37: regex"));
    assert_non_null(strstr(faults, "4:33: unknown key \"datas\""));
    assert_non_null(strstr(faults, "4:1: a service needs \"name\""));
    assert_non_null(strstr(faults, "2:34: unknown purpose \"nope\""));
}


/* Every cut of a good file is a fault, and no more than that. */

static void
test_cut(void **state)
{
    size_t             len;
    static const char  text[] =
        "{\"version\":1,\"services\":[{\"id\":\"a\",\"name\":\"\xc3\xa9\\n\","
        "\"purposes\":[\"embeds\"],\"match\":[{\"host\":\"x.test\","
        "\"regex\":\"x+\"},{\"inline\":[\"a.b('c')\"]}],\"storage\":"
        "[{\"kind\":\"cookie\",\"name\":\"c*\"}]}]}";

    (void) state;

    for (len = 0; len < sizeof(text) - 1; len++) {
        faults_load(text, len);
        assert_int_equal(nfaults, 1);
    }

    faults_load(text, len);
    assert_int_equal(nfaults, 0);
}


static void
faults_write(const char *name, const char *text)
{
    char   path[256];
    FILE  *f;

    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}


static consent_rules_t *
faults_load_files(const char *first, const char *second)
{
    size_t             i;
    char               path[256];
    const char        *names[] = { first, second };
    consent_loader_t  *loader;

    faults[0] = '\0';
    nfaults = 0;

    loader = consent_rules_create(&unit_mem, faults_note, NULL);
    assert_non_null(loader);

    for (i = 0; i < 2; i++) {
        if (names[i] != NULL) {
            (void) snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
            (void) consent_rules_load(loader, unit_str(path));
        }
    }

    return consent_rules_compile(loader);
}


#define FILE_A  "{\"version\":1,\"services\":[{\"id\":\"x\",\"name\":\"A\"," \
                "\"purposes\":[\"embeds\"]}]}"
#define FILE_B  "{\"version\":1,\"services\":[{\"id\":\"x\",\"name\":\"B\"," \
                "\"purposes\":[\"embeds\"]}]}"


static void
test_files(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    faults_write("a.json", FILE_A);
    faults_write("b.json", FILE_B);

    rules = faults_load_files("a.json", "b.json");
    assert_non_null(rules);
    unit_assert_str(rules->services[0].name, "B");
    consent_rules_destroy(rules);

    rules = faults_load_files("[b].json", "a*");
    assert_non_null(rules);
    unit_assert_str(rules->services[0].name, "A");
    consent_rules_destroy(rules);

    assert_null(faults_load_files("?.json", NULL));
    assert_int_equal(nfaults, 1);
    assert_non_null(strstr(faults, "service \"x\" is defined twice, first "
                           "at "));
    assert_non_null(strstr(faults, "/a.json:1"));

    assert_null(faults_load_files("c.json", NULL));
    assert_string_equal(faults, "0:0: cannot read the file: No such file or "
                        "directory\n");
    assert_null(faults_load_files("*.rules", NULL));
    assert_string_equal(faults, "0:0: no file matches this pattern\n");
    assert_null(faults_load_files("", NULL));
    assert_non_null(strstr(faults, "cannot read the file: it is a "
                           "directory"));
}


/* The files of a glob are taken in the order of their names. */

static void
test_order(void **state)
{
    int               i;
    char              name[16], text[256];
    consent_rules_t  *rules;

    (void) state;

    for (i = 9; i >= 0; i--) {
        (void) sprintf(name, "o%d.json", i * 7 % 10);
        (void) sprintf(text, "{\"version\":1,\"services\":[{\"id\":"
                       "\"s%d\",\"name\":\"S\",\"purposes\":"
                       "[\"embeds\"]}]}", i * 7 % 10);
        faults_write(name, text);
    }

    rules = faults_load_files("o*.json", NULL);
    assert_non_null(rules);
    assert_int_equal(rules->nservices, 10);

    for (i = 0; i < 10; i++) {
        (void) sprintf(name, "s%d", i);
        unit_assert_str(rules->services[i].id, name);
    }

    consent_rules_destroy(rules);
}


/* Without memory at any step: an error, no crash. */

static unsigned  faults_left;


static void *
faults_alloc(void *data, size_t size)
{
    if (faults_left == 0) {
        return NULL;
    }

    faults_left--;

    return unit_alloc(data, size);
}


static void
test_no_memory(void **state)
{
    unsigned             i;
    consent_rules_t     *rules;
    consent_loader_t    *loader;
    const consent_mem_t  mem = { faults_alloc, NULL };

    static const char    text[] =
        "{\"version\":1,\"purposes\":[{\"key\":\"embeds\",\"title\":"
        "{\"en\":\"E\"}}],\"services\":[{\"id\":\"a\",\"name\":\"A\","
        "\"purposes\":[\"embeds\"],\"data\":[\"ip\"],\"match\":"
        "[{\"host\":\"x.test\",\"regex\":\"abc+\"},"
        "{\"inline\":[\"a.b('c')\"]}],\"storage\":[{\"kind\":\"cookie\","
        "\"name\":\"c*\"}]}]}";

    (void) state;

    rules = NULL;

    for (i = 0; rules == NULL; i++) {
        assert_true(i < 1000);
        faults_left = i;

        loader = consent_rules_create(&mem, NULL, NULL);

        if (loader != NULL) {
            (void) consent_rules_load_text(loader, unit_str("x"),
                                           unit_str(text));
            rules = consent_rules_compile(loader);
        }
    }

    assert_true(i > 20);
    consent_rules_destroy(rules);
}


static int
faults_setup(void **state)
{
    (void) state;

    return mkdtemp(folder) == NULL;
}


static int
faults_teardown(void **state)
{
    size_t  i;
    char    path[256];

    static const char  *const names[] = {
        "a.json", "b.json", "o0.json", "o1.json", "o2.json", "o3.json",
        "o4.json", "o5.json", "o6.json", "o7.json", "o8.json", "o9.json"
    };

    (void) state;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void) unlink(path);
    }

    unit_free();

    return rmdir(folder);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_service),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_purposes),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_no_memory)
    };

    return cmocka_run_group_tests(tests, faults_setup, faults_teardown);
}

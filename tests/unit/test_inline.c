/*
 * Inline scripts: code against strings, templates, comments and regexes.
 */

#include "consent_inline.h"
#include "unit_rules.h"


static consent_rules_t  *rules;

static const char  services[] =
    "{\"id\":\"pixel\",\"name\":\"Pixel\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"inline\":[\"fbq('init'\"]}]},"
    "{\"id\":\"player\",\"name\":\"Player\",\"purposes\":[\"embeds\"],"
    "\"match\":[{\"inline\":[\"new YT.Player (\", \"onYouTubeReady =\","
    "\"new UET(\",\"('tube-js'\",\"'tube-id:'\",\"/ab\\\\\\\\/.tubes(\"]}]},"
    "{\"id\":\"tags\",\"name\":\"Tags\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"inline\":[\"src = 'https://tags.test/gtm.js\","
    "\"tags.push(arguments)\"]}]}";


/* Pieces of `step` bytes, of which the first `kept` are kept. */

static void
inline_feed(const consent_rules_t *set, consent_inline_t *in,
    const uint8_t *script, size_t len, size_t step, size_t kept)
{
    size_t  at, n;

    consent_inline_init(in);

    for (at = 0; at < len; at += n) {
        n = len - at < step ? len - at : step;

        if (at >= kept) {
            n = consent_inline_find(set, in, script + at, n);
            continue;
        }

        consent_inline_feed_kept(set, in, script, script + at, n);

        if (at + n >= kept) {
            consent_inline_settle(set, in, script, script + at, n);
        }
    }
}


/* The id of the service that is found; "" if none. */
static const char *
inline_find(const char *script, size_t step, size_t kept)
{
    consent_verdict_t  verdict;
    consent_inline_t   in;

    inline_feed(rules, &in, (const uint8_t *) script, strlen(script), step,
                kept);
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
    size_t               i, n;
    static const size_t  steps[] = { 1, 2, 3, 7, 100000 };
    static const size_t  kept[] = { 0, 4, SIZE_MAX };

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        for (n = 0; n < sizeof(kept) / sizeof(kept[0]); n++) {
            if (strcmp(inline_find(script, steps[i], kept[n]), id) != 0) {
                fail_msg("%s: found \"%s\", expected \"%s\" (step %zu, "
                         "kept %zu)", script,
                         inline_find(script, steps[i], kept[n]), id,
                         steps[i], kept[n]);
            }
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


/* What may stand around the bytes that the filter looks for. */

static void
test_anchors(void **state)
{
    (void) state;

    inline_check("var a=new UET(b)", "player");
    inline_check("new UET (b)", "player");
    inline_check("new UET\t(b)", "player");
    inline_check("new UET/**/(b)", "player");
    inline_check("new UET//\n(b)", "player");
    inline_check("new UET<!--\n(b)", "player");
    inline_check("new\rUET\r--> (\n(b)", "player");
    inline_check("new/**/UET(b)", "player");
    inline_check("new/*\n*/UET\n-->\n(b)", "player");
    inline_check("new UETs(b)", "");
    inline_check("renew UET(b)", "");
    inline_check("fbq/*x*/('init')", "pixel");
    inline_check("a('tube-js')", "player");
    inline_check("a(\"t\\\nube-js\")", "player");
    inline_check("a(`tu\\\r\nbe-js`)", "player");
    inline_check("a('tube\\\n-js')", "player");
    inline_check("a('\\\ntube-js')", "player");
    inline_check("a['\\\ntube-id:']", "player");
    inline_check("a[`tube-id:`]", "player");
    inline_check("a(<!--\n'tube-js')", "player");
    inline_check("a(/**/'tube-js')", "player");
    inline_check("a(\n-->\n'tube-js')", "player");
    inline_check("a = /ab\\\\/.tubes(x)", "player");
    inline_check("a = /ab\\\\/ . tubes(x)", "player");
    inline_check("a = /ab\\/.tubes(x)/", "");
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
    inline_check("a = 'x\\\r\ny'; fbq('init')", "pixel");
    inline_check("a = 'x\\\r\n'; fbq('init')", "pixel");
    inline_check("a = 'x\\\r\nfbq(\"init\")'", "");
    inline_check("a = 'x\\\ry\nfbq(\"init\")", "pixel");
    inline_check("a = 'x\\\r'; b = 'y\nfbq(\"init\")", "pixel");
    inline_check("fbq('in\\\r\nit'", "pixel");
    inline_check("fbq('in\\\r\n\nit'", "");

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

    /* it is read as far as what is found */

    assert_int_equal(consent_inline_find(rules, &in,
                                         (const uint8_t *) script,
                                         sizeof(script) - 1), 10);
    consent_inline_verdict(rules, &in, &verdict);
    assert_int_equal(verdict.purposes, unit_purpose(rules, "marketing"));

    consent_inline_init(&in);
    consent_inline_feed(rules, &in, (const uint8_t *) script,
                        sizeof(script) - 1);
    assert_int_equal(in.fed, sizeof(script) - 1);
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
    for (n = 0; n <= m; n++) {
        inline_feed(many, &in, (const uint8_t *) script, m, SIZE_MAX, n);
        consent_inline_verdict(many, &in, &verdict);
        assert_int_equal(verdict.purposes, many->all);
    }

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

    inline_feed(set, &in, (const uint8_t *) script, sizeof(script) - 1,
                SIZE_MAX, SIZE_MAX);
    consent_inline_verdict(set, &in, &verdict);

    assert_int_equal(verdict.purposes, unit_purpose(set, "marketing")
                                       | unit_purpose(set, "embeds")
                                       | unit_purpose(set, "functional"));

    consent_rules_destroy(set);
}


/*
 * Against the lexer and its automaton, given one byte after the other so that
 * nothing can be passed over: scripts made at random, of literals and of what
 * may stand in and around them.
 */

static const char  soup_services[] =
    "{\"id\":\"a\",\"name\":\"A\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"inline\":[\"fbq('init'\",\"window.va=window.va||\"]}]},"
    "{\"id\":\"b\",\"name\":\"B\",\"purposes\":[\"embeds\"],"
    "\"match\":[{\"inline\":[\"new YT.Player(\",\"new UET(\"]}]},"
    "{\"id\":\"c\",\"name\":\"C\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"inline\":[\".src='https://tags.test/gtm.js\","
    "\"+'//tags.test/gtm.js\",\"(document,'script','tags-js')\"]}]},"
    "{\"id\":\"d\",\"name\":\"D\",\"purposes\":[\"functional\"],"
    "\"match\":[{\"inline\":[\"`${host}/loads.js`\","
    "\"x.test(/pixel\\\\.js/\",\"/ab\\\\\\\\/.loads(\",\"('tags-js'\","
    "\"'tags-id:'\",\"a.tag<b.tag/2\",\"n.call?n.call-1\"]}]}";

/* One more, that has nothing to be found by. */

static const char  blind_services[] =
    "{\"id\":\"e\",\"name\":\"E\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"inline\":[\"s.t()\",\"loads.js=\"]}]},";

static const char *const  soup_parts[] = {
    "'", "'", "\"", "\"", "`", "${", "}", "{", "(", ")", "/", "//", "\\/",
    "/*", "*/", "<!--", "-->", "\n", "\n", " ", "  ", "\t", "\r\n", "\\\n",
    "\\", "\\'", ";", "=", "+", "-", "--", "<", ".", ",", "||", "[", "]", "a",
    "x1", "if", "return", "function", "window", "document", "script", "'init'",
    "https", ":", "tags.test", "gtm.js", "pixel", "\\u0041", "\xc3\xa9",
    "s.t()", "\\\r\n", "\\\r", "/**/", "//\n", "if(", "for(",
    "while (", "with(", "=>{", "/x/"
};

#define SOUP_PARTS  (sizeof(soup_parts) / sizeof(soup_parts[0]))


/* What takes long and means nothing, so that a literal's begin is far. */

static size_t
soup_gap(uint8_t *p)
{
    size_t  n;

    n = 100 + (size_t) rand() % 800;

    switch (rand() % 3) {
    case 0:
        memset(p, "  \n\t"[rand() % 4], n);
        return n;
    case 1:
        memset(p, "x*/ "[rand() % 4], n);
        memcpy(p, "/*", 2);
        memcpy(p + n, "*/", 2);
        return n + 2;
    default:
        memset(p, "x'- "[rand() % 4], n);
        memcpy(p, "//", 2);
        p[n] = '\n';
        return n + 1;
    }
}


/* A literal, as it may stand in a source; some of them are torn. */

static size_t
soup_literal(uint8_t *p, consent_str_t literal)
{
    int          gaps;
    size_t       i, n;
    uint8_t      c;
    const char  *part;

    n = 0;
    gaps = 2;

    for (i = 0; i < literal.len; i++) {
        c = literal.data[i];

        if (rand() % 32 == 0) {
            part = soup_parts[(size_t) rand() % SOUP_PARTS];
            memcpy(p + n, part, strlen(part));
            n += strlen(part);
        }

        if (strchr(".(=,+", c) != NULL && rand() % 24 == 0 && gaps-- > 0) {
            n += soup_gap(p + n);
        }

        if (c == '\'' || c == '"') {
            c = (uint8_t) "'\"`"[rand() % 3];
        }

        if (c == '/' && rand() % 4 == 0) {
            p[n++] = '\\';
        }

        p[n++] = c;
    }

    return n;
}


static size_t
soup_script(const consent_rules_t *set, uint8_t *p, size_t size)
{
    size_t       n;
    uint32_t     rule;
    const char  *part;

    for (n = 0; size - n > 2500; /* void */ ) {

        if (rand() % 12 == 0) {
            rule = (uint32_t) rand() % set->nrules;
            n += soup_literal(p + n, set->rules[rule].inline_literal);
            continue;
        }

        part = soup_parts[(size_t) rand() % SOUP_PARTS];
        memcpy(p + n, part, strlen(part));
        n += strlen(part);

        if (rand() % 8 == 0) {
            memset(p + n, "x \n'"[rand() % 4], 40);
            n += (size_t) rand() % 40;
        }
    }

    return n;
}


/* What is found, and behind which byte; steps: each byte by itself. */

typedef struct {
    unsigned  n;
    int       found[CONSENT_INLINE_FOUND];
    size_t    at[CONSENT_INLINE_FOUND];
    unsigned  full;
} soup_found_t;


static void
soup_slow(const consent_rules_t *set, soup_found_t *found,
    const uint8_t *script, size_t len)
{
    size_t            i;
    consent_str_t     byte;
    consent_inline_t  in;

    consent_inline_init(&in);
    found->n = 0;

    for (i = 0; i < len; i++) {
        byte = unit_bytes(1, script + i);
        (void) consent_inline_lex(set, &in, byte, 1, 0);

        while (found->n < in.nfound) {
            found->found[found->n] = in.found[found->n];
            found->at[found->n++] = i + 1;
        }
    }

    found->full = in.full;
}


/* The same through the filter: cut at random, kept as far as `kept`. */

static void
soup_compare(const consent_rules_t *set, const soup_found_t *found,
    const uint8_t *script, size_t len, size_t step, size_t kept)
{
    size_t            at, n, read;
    unsigned          have;
    uint8_t          *past, *piece;
    consent_inline_t  in;

    consent_inline_init(&in);

    for (at = 0; at < len; at += read) {
        n = 1 + (size_t) rand() % step;
        n = len - at < n ? len - at : n;
        n = at < kept && kept - at < n ? kept - at : n;

        /* blocks of their own: a sanitizer sees their ends */

        past = malloc(at + 1);
        piece = malloc(n);
        assert_true(past != NULL && piece != NULL);
        memcpy(past, script, at);
        memcpy(piece, script + at, n);

        have = in.nfound;
        read = n;

        if (at < kept) {
            consent_inline_feed_kept(set, &in, past, piece, n);

            if (at + n == kept) {
                consent_inline_settle(set, &in, past, piece, n);
            }

        } else {
            read = consent_inline_find(set, &in, piece, n);
        }

        free(past);
        free(piece);

        if (at >= kept && in.nfound > have) {
            assert_int_equal(in.nfound, have + 1);
            assert_int_equal(at + read, found->at[have]);
        }

        have = 0;

        while (have < found->n && found->at[have] <= at + read) {
            have++;
        }

        if (in.nfound != have || memcmp(in.found, found->found,
                                        have * sizeof(in.found[0])) != 0)
        {
            fail_msg("%u of %u found behind byte %zu (step %zu, kept %zu) "
                     "of: %.*s", in.nfound, have, at + read, step, kept,
                     (int) len, script);
        }
    }

    assert_int_equal(in.full, found->full);
}


static void
soup_rounds(consent_rules_t *set, unsigned rounds)
{
    size_t                   len;
    uint8_t                  script[8192];
    unsigned                 i, n;
    soup_found_t             found;
    const consent_scan_t    *scan;
    consent_inline_index_t  *literals;

    literals = ((consent_rules_index_t *) set->index)->literals;

    for (i = 0; i < rounds; i++) {
        len = soup_script(set, script, 2600 + (size_t) rand()
                                              % (sizeof(script) - 2600));
        soup_slow(set, &found, script, len);

        for (n = 0; (scan = consent_scan_nth(n)) != NULL; n++) {
            literals->scan = scan;
            soup_compare(set, &found, script, len, len, SIZE_MAX);
            soup_compare(set, &found, script, len, len, 0);
            soup_compare(set, &found, script, len, 200, SIZE_MAX);
            soup_compare(set, &found, script, len, 200,
                         (size_t) rand() % len);
            soup_compare(set, &found, script, len, 4, SIZE_MAX);
            soup_compare(set, &found, script, len, 1, len / 2);
        }
    }

}


/*
 * What is made at random is made anew for each seed: those of the command
 * line, or these.
 */

static unsigned  seeds[16] = { 1, 2, 3 };
static unsigned  nseeds = 3;


static void
each_seed(void **state, void (*test)(void **state))
{
    unsigned  i;

    for (i = 0; i < nseeds; i++) {
        print_message("# seed %u\n", seeds[i]);
        srand(seeds[i]);
        test(state);
    }
}


static void
filter_once(void **state)
{
    consent_rules_t               *set;
    const consent_inline_index_t  *literals;

    (void) state;

    set = unit_rules(soup_services);
    literals = ((consent_rules_index_t *) set->index)->literals;
    assert_false(literals->blind);
    soup_rounds(set, 700);
    consent_rules_destroy(set);
}


static void
test_filter(void **state)
{
    each_seed(state, filter_once);
}


/* A literal that has no anchor: all of every script is lexed. */

static void
blind_once(void **state)
{
    char                          *services;
    consent_rules_t               *set;
    const consent_inline_index_t  *literals;

    (void) state;

    assert_true(asprintf(&services, "%s%s", blind_services, soup_services)
                > 0);

    set = unit_rules(services);
    literals = ((consent_rules_index_t *) set->index)->literals;
    assert_true(literals->blind);
    soup_rounds(set, 150);
    consent_rules_destroy(set);
    free(services);
}


static void
test_filter_blind(void **state)
{
    each_seed(state, blind_once);
}


/* What is passed over leaves the lexer as if it had read each byte. */

static void
soup_same_state(const consent_inline_t *a, const consent_inline_t *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->continued, b->continued);
    assert_int_equal(a->last, b->last);
    assert_int_equal(a->gap, b->gap);
    assert_int_equal(a->bol, b->bol);
    assert_int_equal(a->depth, b->depth);
    assert_memory_equal(a->nest, b->nest,
                        a->depth < CONSENT_INLINE_NEST ? a->depth
                                                       : CONSENT_INLINE_NEST);

    if (a->last == ')' || a->last == '}') {
        assert_int_equal(a->closed, b->closed);
    }

    /* "++", "--" and "=>" are all that is looked at together */

    if (strchr("+->", a->last) != NULL) {
        assert_int_equal(a->before, b->before);
    }

    if (consent_inline_class[a->last] & CONSENT_INLINE_IS_WORD) {
        assert_int_equal(a->nword, b->nword);
        assert_memory_equal(a->word, b->word,
                            a->nword < sizeof(a->word) ? a->nword
                                                       : sizeof(a->word));
    }
}


static void
pass_once(void **state)
{
    size_t                         i, at, n, len;
    uint8_t                        script[8192];
    consent_rules_t               *set;
    consent_inline_t               slow, fast;
    consent_inline_out_t           out;
    const consent_inline_index_t  *literals;

    (void) state;

    set = unit_rules(soup_services);
    literals = ((consent_rules_index_t *) set->index)->literals;

    for (i = 0; i < 500; i++) {
        len = soup_script(set, script, sizeof(script));
        consent_inline_init(&slow);
        consent_inline_init(&fast);

        for (at = 0; at < len; /* void */ ) {
            n = 1 + (size_t) rand() % (rand() % 2 ? 8 : 500);
            n = len - at < n ? len - at : n;

            consent_inline_pass(literals, &fast, unit_bytes(n, script + at));

            for ( /* void */ ; n; n--) {
                consent_inline_byte(&slow, &out, script[at++]);
            }

            soup_same_state(&slow, &fast);
        }
    }

    consent_rules_destroy(set);
}


static void
test_pass(void **state)
{
    each_seed(state, pass_once);
}


/* A literal that begins far before its anchor, behind what is passed over. */

static void
test_far_begin(void **state)
{
    size_t               i, n;
    char                 script[4096];
    static const char   *const gaps[][3] = {
        { "/*", "x", "*/" }, { "//", "'", "\n" }, { "<!--", "(", "\r" },
        { "/*", "*", "/" }, { "/*", "\n", "*/" }, { "", " ", "" },
        { "", "\n", "" }, { "\n-->", "y", "\n" }
    };

    (void) state;

    for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        n = (size_t) sprintf(script, "%01000d;fbq(%s", 7, gaps[i][0]);
        memset(script + n, gaps[i][1][0], 1000);
        (void) sprintf(script + n + 1000, "%s'init')", gaps[i][2]);
        inline_check(script, "pixel");
    }
}


/*
 * Literals that are under way where another one may stand, before their own
 * anchors.  Far behind the script's begin, as what is near is lexed anyway.
 */

static const char  under_services[] =
    "{\"id\":\"a\",\"name\":\"A\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"inline\":[\"('tags-js'\",\"pixel.fire(\","
    "\"/ab/.loads(\",\"<b.tag/2\"]}]},"
    "{\"id\":\"b\",\"name\":\"B\",\"purposes\":[\"embeds\"],"
    "\"match\":[{\"inline\":[\"go.bar('tags-js').zqzqzqz(\","
    "\"go.bar('x').zqzqzqz(\",\"'x(`tags-js`zqzqzqz'\"]}]}";


static void
test_under(void **state)
{
    size_t              i, n;
    char                script[4096];
    consent_rules_t    *set;
    consent_inline_t    in;
    static const struct {
        const char  *script;
        unsigned     found;
    } cases[] = {
        { "go.bar('tags-js').zqzqzqz(", 2 },
        { "go.bar( 'tags-js' ) . zqzqzqz(", 2 },
        { "go /*             ('tags-js'               */.bar('tags-js')"
          ".zqzqzqz(", 2 },
        { "go.bar(/* ('tags-js' */'x').zqzqzqz(", 1 },
        { "go.bar(// ('tags-js'\n'x').zqzqzqz(", 1 },
        { "go.bar(/* pixel.fire( */'x').zqzqzqz(", 1 },
        { "go.bar(// pixel.fire(\n'x').zqzqzqz(", 1 },
        { "'x(`tags-js`zqzqzqz'", 1 },
        { "'x(\\\n`tags-js`zqzqzqz'", 1 },
        { "x = /ab/.loads(", 1 },
        { "x = /\\\nab/.loads(", 1 },
        { "a < b.tag / 2", 1 }
    };

    (void) state;

    set = unit_rules(under_services);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        n = (size_t) sprintf(script, "%01000d;%s", 7, cases[i].script);

        inline_feed(set, &in, (const uint8_t *) script, n, n, SIZE_MAX);

        if (in.nfound != cases[i].found) {
            fail_msg("%s: %u found, expected %u", cases[i].script, in.nfound,
                     cases[i].found);
        }
    }

    consent_rules_destroy(set);
}


/* What the filter is for: a script without a literal is not lexed. */

static void
test_filter_passes(void **state)
{
    consent_inline_t    in;
    static const char   plain[] = "var a = 'tags.test'; function b() { "
                                  "return window.c(document, 'init') }";
    static const char   loader[] = "var a = 1; fbq('init', 'x'); var b = 2";

    (void) state;

    inline_feed(rules, &in, (const uint8_t *) plain, sizeof(plain) - 1,
                sizeof(plain), SIZE_MAX);
    assert_int_equal(in.lexed, 0);

    inline_feed(rules, &in, (const uint8_t *) loader, sizeof(loader) - 1,
                sizeof(loader), SIZE_MAX);
    assert_int_equal(in.nfound, 1);
    assert_true(in.lexed > 20 && in.lexed < sizeof(loader) - 1);
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


/* Seeds may be given. */

int
main(int argc, char **argv)
{
    int                      i;
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_word_start),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_regexes),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_filter_blind),
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_far_begin),
        cmocka_unit_test(test_under),
        cmocka_unit_test(test_filter_passes)
    };

    if (argc > 1) {
        nseeds = 0;
    }

    for (i = 1; i < argc && nseeds < sizeof(seeds) / sizeof(seeds[0]); i++) {
        seeds[nseeds++] = (unsigned) strtoul(argv[i], NULL, 10);
    }

    return cmocka_run_group_tests(tests, inline_setup, inline_teardown);
}

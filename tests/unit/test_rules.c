/*
 * The compiled rule set: URLs, storage names, texts, the policy hash.
 */

#include "unit_rules.h"


static uint8_t  page_buf[CONSENT_URL_BUF];
static uint8_t  url_buf[CONSENT_URL_BUF];


static void
rules_page(consent_page_t *page, const char *url)
{
    memset(page, 0, sizeof(consent_page_t));

    assert_int_equal(consent_url_parse(&page->url, NULL, unit_str(url),
                                       page_buf), CONSENT_OK);
    page->site = consent_url_site(page->url.host);
    page->unclassified = 0x4000;
    page->unclassified_passive = 0x8000;
}


static void
rules_judge(const consent_rules_t *rules, const char *from, const char *url,
    uint32_t types, consent_verdict_t *verdict)
{
    consent_url_t   parsed;
    consent_page_t  page;

    rules_page(&page, from);

    assert_int_equal(consent_url_parse(&parsed, &page.url, unit_str(url),
                                       url_buf), CONSENT_OK);
    consent_rules_match(rules, &page, &parsed, types, verdict);
}


/* "" for none, "?" for unclassified. */
static const char *
rules_id(const consent_rules_t *rules, const char *from, const char *url,
    uint32_t types)
{
    consent_verdict_t  verdict;

    rules_judge(rules, from, url, types, &verdict);

    if (verdict.service != CONSENT_NO_SERVICE) {
        assert_int_equal(verdict.unclassified, 0);
        assert_int_equal(verdict.purposes,
                         rules->services[verdict.service].purposes);
        assert_int_equal(rules->rules[verdict.rule].service,
                         verdict.service);
        return (const char *) rules->services[verdict.service].id.data;
    }

    assert_int_equal(verdict.rule, CONSENT_NO_RULE);

    return verdict.unclassified ? "?" : "";
}


#define SITE   "https://www.shop.test/page"
#define ANY    CONSENT_TYPE_ANY
#define check(url, types, id)                                                 \
    assert_string_equal(rules_id(rules, SITE, url, types), id)


static consent_rules_t *
rules_with_match(const char *a, const char *b)
{
    char             *text;
    consent_rules_t  *rules;

    assert_true(asprintf(&text,
                         "{\"id\":\"a\",\"name\":\"A\","
                         "\"purposes\":[\"analytics\"],\"match\":[%s]},"
                         "{\"id\":\"b\",\"name\":\"B\","
                         "\"purposes\":[\"marketing\",\"embeds\"],"
                         "\"match\":[%s]}", a, b) > 0);
    rules = unit_rules(text);
    free(text);

    return rules;
}


/* What a script fills, as it stands in a page and as it is told; without, not
   a byte. */

static void
test_fills(void **state)
{
    consent_buf_t       b;
    consent_rules_t    *rules;
    consent_service_t  *s;

    (void) state;

    rules = unit_rules("{\"id\":\"a\",\"name\":\"A & \\\"\\u00e9'\","
                       "\"purposes\":[\"analytics\",\"embeds\"],"
                       "\"placeholder\":\"captcha\",\"fills\":["
                       "{\"element\":\".a, b[c=d]\"},"
                       "{\"element\":\"#e\",\"original\":\"href\","
                       "\"frame\":\"https://a.test/?x&y={name}\","
                       "\"otherwise\":true}]},"
                       "{\"id\":\"b\",\"name\":\"B\","
                       "\"purposes\":[\"embeds\"],\"fills\":[]}");
    s = rules->services;

    consent_buf_init(&b, &unit_mem);
    consent_rules_fills(&b, rules, &s[0]);
    unit_assert_str(consent_buf_str(&b),
                   "[\"a\",\"A & \\u0022\xc3\xa9'\",\"captcha\","
                   "[\"analytics\",\"embeds\"],"
                   "[[\".a, b[c=d]\",\"\",\"\",0],"
                   "[\"#e\",\"href\",\"https://a.test/?x&y={name}\",1]]]");
    unit_assert_str(s[0].filled,
                   "[&#34;a&#34;,&#34;A &amp; \\u0022&#233;&#39;&#34;,"
                   "&#34;captcha&#34;,[&#34;analytics&#34;,"
                   "&#34;embeds&#34;],[[&#34;.a, b[c=d]&#34;,&#34;&#34;,"
                   "&#34;&#34;,0],[&#34;#e&#34;,&#34;href&#34;,"
                   "&#34;https://a.test/?x&amp;y={name}&#34;,1]]]");
    assert_int_equal(s[1].filled.len, 0);

    consent_rules_destroy(rules);
}


static void
test_hosts(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"stats.test\"}",
                             "{\"host\":\"ads.stats.test\"},"
                             "{\"host\":\"192.0.2.1\"},"
                             "{\"host\":\"[::1]\"}");

    check("https://stats.test/", ANY, "a");
    check("http://STATS.test:8080/x?y", ANY, "a");
    check("//a.b.stats.test", ANY, "a");
    check("https://stats.test./", ANY, "a");
    check("https://x.ads.stats.test/", ANY, "b");
    check("https://xads.stats.test/", ANY, "a");
    check("https://xstats.test/", ANY, "?");
    check("https://test/", ANY, "?");
    check("https://stats.test.evil/", ANY, "?");
    check("http://3221225985/", ANY, "b");
    check("http://[0::1]/", ANY, "b");
    check("wss://stats.test/", CONSENT_TYPE_CONNECT, "a");
    check("/stats.test", ANY, "");
    check("data:,stats.test", ANY, "");

    consent_rules_destroy(rules);
}


static void
test_paths(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"v.test\",\"path\":\"/embed/\"},"
                             "{\"host\":\"v.test\",\"path\":\"/e/*/end\"}",
                             "{\"host\":\"v.test\",\"path\":\"/embed/ad\"},"
                             "{\"host\":\"v.test\",\"path\":\"/w?id=\"},"
                             "{\"host\":\"v.test\",\"path\":\"*?*&ad=1\"}");

    check("https://v.test/embed/1", ANY, "a");
    check("https://www.v.test/x/../embed/", ANY, "a");
    check("https://v.test/embed", ANY, "?");
    check("https://v.test/Embed/", ANY, "?");
    check("https://v.test/x/embed/", ANY, "?");
    check("https://v.test/embed/ads", ANY, "b");
    check("https://v.test/e/1/2/end?x", ANY, "a");
    check("https://v.test/e/end", ANY, "?");
    check("https://v.test/e/1?/end", ANY, "?");
    check("https://v.test/w?id=1", ANY, "b");
    check("https://v.test/w/?id=1", ANY, "?");
    check("https://v.test/any?x=1&ad=1", ANY, "b");

    consent_rules_destroy(rules);
}


static void
test_types(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"i.test\",\"types\":[\"image\","
                             "\"style\"]}",
                             "{\"host\":\"i.test\"}");

    check("https://i.test/", CONSENT_TYPE_IMAGE, "a");
    check("https://i.test/", CONSENT_TYPE_STYLE|CONSENT_TYPE_SCRIPT, "a");
    check("https://i.test/", CONSENT_TYPE_SCRIPT, "b");
    check("https://i.test/", CONSENT_TYPE_OTHER, "b");

    consent_rules_destroy(rules);
}


static void
test_regexes(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"regex\":\"^https://p\\\\.test/e/"
                             "[\\\\w-]{3}$\"},"
                             "{\"regex\":\"[?&]track(?:er)?=\\\\d+\"},"
                             "{\"regex\":\"(?i)/PIXEL\\\\.gif\"},"
                             "{\"host\":\"q.test\",\"regex\":\"x|y\"}",
                             "{\"host\":\"p.test\",\"path\":\"/e/\"}");

    check("https://p.test/e/a-1", ANY, "a");
    check("https://p.test/e/a-12", ANY, "b");
    check("https://any.test/?q&tracker=12", ANY, "a");
    check("https://any.test/?q&tracker=", ANY, "?");
    check("/own?track=1", ANY, "a");
    check("https://any.test/a/pixel.GIF", ANY, "a");
    check("https://q.test/aya", ANY, "a");
    check("https://r.test/aya", ANY, "?");

    assert_int_equal(rules->rules[0].named.len, 6);
    assert_int_equal(rules->rules[1].named.len, 0);
    unit_assert_str(rules->rules[3].named, "q.test");

    consent_rules_destroy(rules);
}


/* What is looked for first must stand in every match. */

static const struct {
    const char  *regex;
    const char  *url;
} prefilter_cases[] = {
    { "/abcd?e", "https://x.test/abce" },
    { "/abcd*e", "https://x.test/abce" },
    { "/abcd{0,2}e", "https://x.test/abce" },
    { "/abcd??e", "https://x.test/abce" },
    { "/ab(cdefg)?e", "https://x.test/abe" },
    { "/ab[cdefg]e", "https://x.test/abge" },
    { "/ab[]cdefg]e", "https://x.test/abge" },
    { "/ab[^]cdefg]e", "https://x.test/abhe" },
    { "abcdef|x", "https://x.test/" },
    { "(?:abcdef|x\\\\))", "https://abcdef.test/" },
    { "(abc|x)y", "https://xy.test/" },
    { "\\\\x61bcdef", "https://abcdef.test/" },
    { "/\\\\p{Ll}bcdef", "https://x.test/abcdef" },
    { "[[:alpha:]uvw]bcdef", "https://x.test/abcdef" },
    { "[u[:alpha:]vwxyz]bcdef", "https://x.test/abcdef" },
    { "(?x) abc   def", "https://x.test/abcdef" },
    { "/abc(?#note)def", "https://x.test/abcdef" },
    { "/abc\\\\Qdef\\\\Eghi", "https://x.test/abcdefghi" },
    { "/a(b)(c)\\\\2def", "https://x.test/abccdef" },
    { "/abc\\\\.def\\\\/ghi", "https://x.test/abc.def/ghi" },
    { "^https://x\\\\.test/", "https://x.test/abc" },
    { "^https://x\\\\.test/?", "https://x.test.evil/" },
    { "^https?://x\\\\.test(?:/|:)", "http://x.test:81/" },
    { "^https://(www\\\\.)?x\\\\.test/", "https://x.test/" },
    { "^https://x?y\\\\.test/", "https://y.test/" },
    { "x{1}y{2}abc", "https://xyyabc.test/" },
    { "^https?://www\\\\.s\\\\.(?:co\\\\.)?[a-z]{2}/",
      "https://www.s.co.uk/" },
    { "^https://x\\\\.test\\\\./", "https://x.test./" },
    { "^https://x\\\\.test\\\\.?/", "https://x.test./" },
    { "^https://x\\\\.test:8", "https://x.test:81/" },
    { "/(?:one|two)+\\\\.js", "https://x.test/a/two.js" },
    { "/(one|two|)\\\\.js", "https://x.test/.js" },
    { "/(one|two)?\\\\.js", "https://x.test/.js" },
    { "/(one|two){0,1}\\\\.js", "https://x.test/.js" },
    { "/(ones?|two)\\\\.js", "https://x.test/one.js" },
    { "/(one|t[wo]+)\\\\.js", "https://x.test/tow.js" },
    { "/(?=three)(?!one|two)thr", "https://x.test/three" },
    { "/(aaa|bbb|ccc|ddd|eee|fff|ggg|hhh|iii)x", "https://x.test/iiix" },
    { "/\\\\.?well", "https://x.test/well" },
    { "(\\\\(abc|\\\\|def)", "https://x.test/?(abc" }
};


static void
test_regex_prefilter(void **state)
{
    size_t            i;
    char             *match;
    const char       *regex, *url;
    consent_rules_t  *rules;

    (void) state;

    for (i = 0; i < sizeof(prefilter_cases) / sizeof(*prefilter_cases); i++) {
        regex = prefilter_cases[i].regex;
        url = prefilter_cases[i].url;

        assert_true(asprintf(&match, "{\"regex\":\"%s\"}", regex) > 0);
        rules = rules_with_match(match, "{\"host\":\"none.test\"}");
        free(match);

        if (strcmp(rules_id(rules, SITE, url, ANY), "a") != 0) {
            fail_msg("%s does not match %s", regex, url);
        }

        consent_rules_destroy(rules);
    }
}


/* A regex that PCRE2 gives up on counts as a match. */

static void
test_regex_limits(void **state)
{
    char              url[2048];
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"regex\":\"/(?:a+)+(?:a+)+!$\"}",
                             "{\"host\":\"none.test\"}");

    (void) strcpy(url, "https://x.test/");
    memset(url + 15, 'a', 1000);
    (void) strcpy(url + 1015, "!x");

    check(url, ANY, "a");
    check("https://x.test/b!x", ANY, "?");

    consent_rules_destroy(rules);
}


static void
test_precedence(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"m.test\",\"types\":[\"image\"]},"
                             "{\"host\":\"x.m.test\"},"
                             "{\"regex\":\"/short\"}",
                             "{\"host\":\"m.test\",\"path\":\"/a\"},"
                             "{\"host\":\"m.test\",\"path\":\"/short/er\"},"
                             "{\"host\":\"n.test\"}");

    check("https://m.test/a", CONSENT_TYPE_IMAGE, "b");
    check("https://x.m.test/a", CONSENT_TYPE_IMAGE, "a");
    check("https://m.test/short/er", ANY, "a");

    consent_rules_destroy(rules);

    /* Equal in all: the later loaded. */

    rules = rules_with_match("{\"host\":\"m.test\"}", "{\"host\":\"m.test\"}");
    check("https://m.test/", ANY, "b");
    consent_rules_destroy(rules);
}


static void
test_parties(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"shop.test\"},"
                             "{\"path\":\"/collect\"},"
                             "{\"host\":\"shop.test\",\"path\":\"/t.js\"}",
                             "{\"host\":\"cdn.shop.test\",\"party\":\"any\"},"
                             "{\"path\":\"/all\",\"party\":\"any\"},"
                             "{\"host\":\"o.test\",\"party\":\"first\"},"
                             "{\"regex\":\"/third\",\"party\":\"third\"}");

    check("/page", ANY, "");
    check("/collect?x", ANY, "a");
    check("https://other.test/collect", ANY, "?");
    check("/t.js", ANY, "a");
    check("https://cdn.shop.test/x", ANY, "b");
    check("/all", ANY, "b");
    check("https://other.test/all", ANY, "b");
    check("https://o.test/", ANY, "?");
    check("/third", ANY, "");
    check("https://other.test/third", ANY, "b");

    assert_string_equal(rules_id(rules, "https://o.test/", "/", ANY), "b");
    assert_string_equal(rules_id(rules, "https://o.test/",
                                 "https://shop.test/", ANY), "a");

    consent_rules_destroy(rules);
}


static void
test_hints(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"h.test\",\"path\":\"/long/path\","
                             "\"types\":[\"image\"]},"
                             "{\"host\":\"only.test\",\"path\":\"/x\"},"
                             "{\"regex\":\"^https://rx\\\\.test/e\"},"
                             "{\"host\":\"shop.test\",\"path\":\"/own\"},"
                             "{\"regex\":\"/free\"}",
                             "{\"host\":\"h.test\"}");

    check("https://h.test/long/path", CONSENT_TYPE_IMAGE, "a");
    check("https://h.test/long/path", CONSENT_TYPE_HINT, "b");
    check("https://only.test", CONSENT_TYPE_HINT, "a");
    check("https://a.only.test", CONSENT_TYPE_HINT, "a");
    check("https://only.test", ANY, "?");
    check("https://rx.test", CONSENT_TYPE_HINT, "a");
    check("https://a.rx.test", CONSENT_TYPE_HINT, "?");
    check("https://www.shop.test", CONSENT_TYPE_HINT, "");
    check("https://x.test/free", CONSENT_TYPE_HINT, "?");
    check("https://x.test/free", ANY, "a");

    consent_rules_destroy(rules);
}


static void
test_unclassified(void **state)
{
    consent_rules_t    *rules;
    consent_verdict_t   verdict;

    (void) state;

    rules = rules_with_match("", "{\"host\":\"b.test\"}");

    rules_judge(rules, SITE, "https://x.test/", CONSENT_TYPE_SCRIPT,
                &verdict);
    assert_int_equal(verdict.purposes, 0x4000);
    assert_int_equal(verdict.third_party, 1);
    assert_int_equal(verdict.unclassified, 1);

    rules_judge(rules, SITE, "https://x.test/",
                CONSENT_TYPE_IMAGE|CONSENT_TYPE_FONT, &verdict);
    assert_int_equal(verdict.purposes, 0x8000);

    rules_judge(rules, SITE, "https://x.test/",
                CONSENT_TYPE_IMAGE|CONSENT_TYPE_SCRIPT, &verdict);
    assert_int_equal(verdict.purposes, 0x4000);

    rules_judge(rules, SITE, "/x", CONSENT_TYPE_SCRIPT, &verdict);
    assert_int_equal(verdict.purposes, 0);
    assert_int_equal(verdict.third_party, 0);
    assert_int_equal(verdict.unclassified, 0);

    rules_judge(rules, SITE, "https://b.test/", CONSENT_TYPE_SCRIPT,
                &verdict);
    assert_int_equal(verdict.purposes, unit_purpose(rules, "marketing")
                                       | unit_purpose(rules, "embeds"));
    assert_int_equal(verdict.third_party, 1);

    consent_rules_destroy(rules);
}


static void
test_third_party(void **state)
{
    consent_page_t        page;
    const consent_str_t   first[] = { consent_string("shop-cdn.test") };

    (void) state;

    rules_page(&page, "https://www.shop.co.uk/");
    page.first_party = first;
    page.nfirst = 1;

    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("www.shop.co.uk")), 0);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("img.shop.co.uk")), 0);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("shop.co.uk")), 0);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("other.co.uk")), 1);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("a.shop-cdn.test")), 0);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("xshop-cdn.test")), 1);

    /* A public suffix as a site has only itself. */

    rules_page(&page, "https://github.io/");
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("github.io")), 0);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("user.github.io")), 1);

    /* Below a registrable domain there may be a public suffix. */

    rules_page(&page, "https://www.amazonaws.com/");
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("docs.amazonaws.com")), 0);
    assert_int_equal(consent_rules_third_party(&page,
                         unit_str("bucket.s3.amazonaws.com")), 1);
}


static void
rules_note(void *data, int rule)
{
    char  *list;

    list = data;
    (void) sprintf(list + strlen(list), "%d ", rule);
}


static void
test_match_all(void **state)
{
    char              list[512];
    consent_url_t     url;
    consent_page_t    page;
    consent_rules_t  *rules;

    (void) state;

    rules = rules_with_match("{\"host\":\"m.test\"},"
                             "{\"host\":\"a.m.test\",\"path\":\"/x\"},"
                             "{\"regex\":\"/x/y\"},{\"host\":\"n.test\"},"
                             "{\"host\":\"m.test\",\"path\":\"/x\"}",
                             "{\"host\":\"m.test\",\"types\":[\"image\"]}");

    rules_page(&page, SITE);
    assert_int_equal(consent_url_parse(&url, NULL,
                                       unit_str("https://a.m.test/x/y"),
                                       url_buf), CONSENT_OK);
    list[0] = '\0';
    consent_rules_match_all(rules, &page, &url, ANY, rules_note, list);
    assert_string_equal(list, "2 1 4 5 0 ");

    consent_rules_destroy(rules);
}


static const char  storage_services[] =
    "{\"id\":\"one\",\"name\":\"1\","
    "\"purposes\":[\"analytics\"],\"storage\":["
    "{\"kind\":\"cookie\",\"name\":\"_ga\"},"
    "{\"kind\":\"cookie\",\"name\":\"session\"},"
    "{\"kind\":\"cookie\",\"name\":\"_ga_*\"},"
    "{\"kind\":\"cookie\",\"name\":\"amp-*-token\"},"
    "{\"kind\":\"cookie\",\"name\":\"*_id*\"}]},"
    "{\"id\":\"two\",\"name\":\"2\","
    "\"purposes\":[\"marketing\"],\"storage\":["
    "{\"kind\":\"cookie\",\"name\":\"_ga_ads_*\"},"
    "{\"kind\":\"cookie\",\"name\":\"*_id_long*\"},"
    "{\"kind\":\"localStorage\",\"name\":\"key\"},"
    "{\"kind\":\"indexedDB\",\"name\":\"db\"},"
    "{\"kind\":\"cookie\",\"name\":\"session\"}]}";


static void
test_storage(void **state)
{
    size_t              i;
    consent_rules_t    *rules;
    consent_verdict_t   verdict;

    static const struct {
        consent_storage_kind_t   kind;
        const char              *name;
        const char              *id;
    } cases[] = {
        { CONSENT_STORAGE_COOKIE, "_ga", "one" },
        { CONSENT_STORAGE_COOKIE, "_ga_X", "one" },
        { CONSENT_STORAGE_COOKIE, "_ga_ads_X", "two" },
        { CONSENT_STORAGE_COOKIE, "_ga_ads_", "two" },
        { CONSENT_STORAGE_COOKIE, "_GA", "" },
        { CONSENT_STORAGE_COOKIE, "_g", "" },
        { CONSENT_STORAGE_COOKIE, "", "" },
        { CONSENT_STORAGE_COOKIE, "_ga_id_long_1", "two" },
        { CONSENT_STORAGE_COOKIE, "session", "two" },
        { CONSENT_STORAGE_COOKIE, "my_id_1", "one" },
        { CONSENT_STORAGE_COOKIE, "my_id", "one" },
        { CONSENT_STORAGE_COOKIE, "amp-x-token", "one" },
        { CONSENT_STORAGE_COOKIE, "amp-token", "" },
        { CONSENT_STORAGE_COOKIE, "amp-x-tokens", "" },
        { CONSENT_STORAGE_LOCAL, "_ga", "" },
        { CONSENT_STORAGE_LOCAL, "key", "two" },
        { CONSENT_STORAGE_SESSION, "key", "" },
        { CONSENT_STORAGE_INDEXED_DB, "db", "two" }
    };

    (void) state;

    rules = unit_rules(storage_services);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (consent_rules_storage(rules, cases[i].kind,
                                  unit_str(cases[i].name), &verdict)
            != CONSENT_OK)
        {
            if (cases[i].id[0] != '\0') {
                fail_msg("%s is unknown", cases[i].name);
            }

            continue;
        }

        unit_assert_str(rules->services[verdict.service].id, cases[i].id);
        assert_int_equal(verdict.purposes,
                         rules->services[verdict.service].purposes);
    }

    consent_rules_destroy(rules);
}


static consent_rules_t *
rules_of_files(const char *one, const char *two)
{
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    loader = consent_rules_create(&unit_mem, unit_report, NULL);
    assert_non_null(loader);

    assert_int_equal(consent_rules_load_text(loader, unit_str("one.json"),
                                             unit_str(one)), CONSENT_OK);
    assert_int_equal(consent_rules_load_text(loader, unit_str("two.json"),
                                             unit_str(two)), CONSENT_OK);

    rules = consent_rules_compile(loader);
    assert_non_null(rules);

    return rules;
}


/* A service of a later call replaces an earlier one as a whole. */

static void
test_later_wins(void **state)
{
    consent_rules_t    *rules;
    consent_verdict_t   verdict;

    (void) state;

    rules = rules_of_files(
        "{\"version\":1,\"services\":[{\"id\":\"s\",\"name\":\"Old\","
        "\"purposes\":[\"analytics\"],\"match\":[{\"host\":\"old.test\"},"
        "{\"host\":\"same.test\"},{\"regex\":\"/rx\"}],"
        "\"storage\":[{\"kind\":\"cookie\",\"name\":\"c\"}]},"
        "{\"id\":\"t\",\"name\":\"T\",\"purposes\":[\"embeds\"]}]}",
        "{\"version\":1,\"services\":[{\"id\":\"s\",\"name\":\"New\","
        "\"purposes\":[\"marketing\"],\"match\":[{\"host\":\"same.test\"}]}"
        "]}");

    assert_int_equal(rules->nservices, 2);
    assert_int_equal(rules->nrules, 1);
    unit_assert_str(rules->services[unit_service(rules, "s")].name, "New");

    check("https://old.test/rx", ANY, "?");
    check("https://same.test/", ANY, "s");
    assert_int_equal(consent_rules_storage(rules, CONSENT_STORAGE_COOKIE,
                                           unit_str("c"), &verdict),
                     CONSENT_DECLINED);
    assert_int_equal(consent_rules_service(rules, unit_str("u")),
                     CONSENT_NO_SERVICE);

    consent_rules_destroy(rules);
}


static void
test_purposes(void **state)
{
    consent_rules_t  *rules;

    (void) state;

    rules = rules_of_files(
        "{\"version\":1,\"purposes\":[{\"key\":\"base\",\"necessary\":true,"
        "\"title\":{\"en\":\"Base\"}},{\"key\":\"ads\","
        "\"title\":{\"en\":\"Ads\"}}]}",
        "{\"version\":1,\"purposes\":[{\"key\":\"ads\",\"gpc\":true,"
        "\"title\":{\"en\":\"Adverts\",\"de\":\"Werbung\"}},"
        "{\"key\":\"more\",\"title\":{\"de\":\"Mehr\"}}]}");

    assert_int_equal(rules->npurposes, 3);
    assert_int_equal(rules->all, 7);
    assert_int_equal(rules->necessary, 1);
    assert_int_equal(rules->gpc, 2);
    assert_int_equal(consent_rules_purpose(rules, unit_str("ads")), 1);
    assert_int_equal(consent_rules_purpose(rules, unit_str("analytics")),
                     -1);
    unit_assert_str(consent_rules_nearest_purpose(rules, unit_str("Adds"),
                                                  unit_str("")), "ads");
    unit_assert_str(consent_rules_nearest_purpose(rules, unit_str("zzzz"),
                                                  unit_str("")), "");
    unit_assert_str(consent_rules_nearest_purpose(rules, unit_str("alow"),
                                                  unit_str("allow")),
                    "allow");

    consent_rules_destroy(rules);
}


static void
test_texts(void **state)
{
    consent_text_t   item[] = {
        { consent_string("de"), consent_string("deutsch") },
        { consent_string("en"), consent_string("english") },
        { consent_string("pt-br"), consent_string("brasileiro") }
    };
    consent_texts_t  texts = { 3, item };

    (void) state;

    unit_assert_str(consent_texts_get(&texts, unit_str("de")), "deutsch");
    unit_assert_str(consent_texts_get(&texts, unit_str("de-AT")), "deutsch");
    unit_assert_str(consent_texts_get(&texts, unit_str("PT-BR")),
                    "brasileiro");
    unit_assert_str(consent_texts_get(&texts, unit_str("pt")), "brasileiro");
    unit_assert_str(consent_texts_get(&texts, unit_str("fr")), "english");
    unit_assert_str(consent_texts_get(&texts, unit_str("")), "english");

    texts.n = 1;
    unit_assert_str(consent_texts_get(&texts, unit_str("fr")), "deutsch");
    texts.n = 0;
    unit_assert_str(consent_texts_get(&texts, unit_str("fr")), "");
}


static void
rules_policy(const char *services, uint8_t *policy)
{
    consent_rules_t  *rules;

    rules = unit_rules(services);
    memcpy(policy, rules->policy, sizeof(rules->policy));
    consent_rules_destroy(rules);
}


#define SERVICE(id, name, purpose)                                            \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"purposes\":[\"" purpose       \
    "\"]}"

/* The hash tells what a new yes is needed for, and nothing else. */

static void
test_policy(void **state)
{
    uint8_t  one[12], other[12];

    (void) state;

    rules_policy(SERVICE("a", "A", "analytics") "," SERVICE("b", "B",
                 "embeds"), one);

    rules_policy(SERVICE("b", "B", "embeds") "," SERVICE("a", "A2",
                 "analytics"), other);
    assert_memory_equal(one, other, 12);

    rules_policy(SERVICE("a", "A", "analytics") "," SERVICE("b", "B",
                 "embeds") "," SERVICE("c", "C", "necessary"), other);
    assert_memory_equal(one, other, 12);

    rules_policy(SERVICE("a", "A", "analytics") "," SERVICE("b", "B",
                 "marketing"), other);
    assert_memory_not_equal(one, other, 12);

    rules_policy(SERVICE("a", "A", "analytics"), other);
    assert_memory_not_equal(one, other, 12);
}


/* Enough hosts for every table to be rebuilt larger, and none is lost. */

static void
test_many_hosts(void **state)
{
    int               i;
    char             *text, url[64];
    size_t            n;
    consent_rules_t  *rules;

    (void) state;

    text = malloc(200000);
    assert_non_null(text);

    for (i = 0, n = 0; i < 3000; i++) {
        n += (size_t) sprintf(text + n, "%s{\"host\":\"h%d.test\"}",
                              i ? "," : "", i);
    }

    rules = rules_with_match(text, "{\"host\":\"z.test\"}");
    free(text);

    for (i = 0; i < 3000; i++) {
        (void) sprintf(url, "https://www.h%d.test/", i);
        check(url, ANY, "a");
    }

    check("https://h3000.test/", ANY, "?");

    consent_rules_destroy(rules);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_fills),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_regexes),
        cmocka_unit_test(test_regex_prefilter),
        cmocka_unit_test(test_regex_limits),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_parties),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_unclassified),
        cmocka_unit_test(test_third_party),
        cmocka_unit_test(test_match_all),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_later_wins),
        cmocka_unit_test(test_purposes),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_many_hosts)
    };

    return cmocka_run_group_tests(tests, NULL, unit_end);
}

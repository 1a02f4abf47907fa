/*
 * Cookie, Set-Cookie, Link, Refresh.
 */

#include "unit_rules.h"

#include "consent_header.h"


static const char  services[] =
    "{\"id\":\"count\",\"name\":\"Count\",\"purposes\":[\"analytics\"],"
     "\"match\":[{\"host\":\"count.test\"}],"
     "\"storage\":[{\"kind\":\"cookie\",\"name\":\"_ct\"},"
                  "{\"kind\":\"cookie\",\"name\":\"_ct_*\"}]},"
    "{\"id\":\"shop\",\"name\":\"Shop\",\"purposes\":[\"necessary\"],"
     "\"match\":[{\"host\":\"shop.test\"}],"
     "\"storage\":[{\"kind\":\"cookie\",\"name\":\"cart\"}]},"
    "{\"id\":\"fonts\",\"name\":\"Fonts\",\"purposes\":[\"functional\"],"
     "\"match\":[{\"host\":\"fonts.test\",\"types\":[\"style\",\"font\"]}]}";

static consent_rules_t   *rules;
static consent_page_t     page;
static consent_choice_t   none, analytics, all;
static consent_cookies_t  ctx;
static uint8_t            page_buf[CONSENT_URL_BUF];
static char               told[1024];


static int
group_setup(void **state)
{
    static const uint8_t  random_id[16];

    *state = rules = unit_rules(services);

    if (consent_url_parse(&page.url, NULL,
                          unit_str("https://www.site.test/dir/page"),
                          page_buf)
        != CONSENT_OK)
    {
        return -1;
    }

    page.site = consent_url_site(page.url.host);
    page.unclassified = unit_purpose(rules, "marketing");
    page.unclassified_passive = page.unclassified;

    consent_choice_make(&none, rules, CONSENT_OPT_IN, CONSENT_ACTION_REJECT,
                        0, NULL, 0, 0, NULL, random_id, 1);
    analytics = unit_granting(rules, unit_purpose(rules, "analytics"));
    consent_choice_make(&all, rules, CONSENT_OPT_IN, CONSENT_ACTION_ACCEPT,
                        0, NULL, 0, 0, NULL, random_id, 1);

    ctx.rules = rules;
    ctx.choice = &none;
    ctx.page = &page;
    ctx.own = unit_str("pc");

    return 0;
}


static void
test_cookie_walk(void **state)
{
    size_t            pos;
    unsigned          count;
    consent_str_t     header;
    consent_cookie_t  cookie;

    (void) state;

    header = unit_str(" a=1 ;b = \"x=y\" ;; nameless; c=;=v");
    pos = 0;

    assert_int_equal(consent_cookie_next(header, &pos, &cookie), CONSENT_OK);
    unit_assert_str(cookie.name, "a");
    unit_assert_str(cookie.value, "1");
    assert_int_equal(cookie.start, 1);
    assert_int_equal(cookie.end, 4);

    assert_int_equal(consent_cookie_next(header, &pos, &cookie), CONSENT_OK);
    unit_assert_str(cookie.name, "b");
    unit_assert_str(cookie.value, "\"x=y\"");

    assert_int_equal(consent_cookie_next(header, &pos, &cookie), CONSENT_OK);
    unit_assert_str(cookie.name, "");
    unit_assert_str(cookie.value, "nameless");

    assert_int_equal(consent_cookie_next(header, &pos, &cookie), CONSENT_OK);
    unit_assert_str(cookie.name, "c");
    unit_assert_str(cookie.value, "");

    assert_int_equal(consent_cookie_next(header, &pos, &cookie), CONSENT_OK);
    unit_assert_str(cookie.name, "");
    unit_assert_str(cookie.value, "v");

    assert_int_equal(consent_cookie_next(header, &pos, &cookie),
                     CONSENT_DECLINED);

    header = unit_str("a=1; b=2; a=3");
    unit_assert_str(consent_cookie_find(header, unit_str("b"), &count), "2");
    assert_int_equal(count, 1);
    unit_assert_str(consent_cookie_find(header, unit_str("a"), &count), "");
    assert_int_equal(count, 2);
    unit_assert_str(consent_cookie_find(header, unit_str("A"), NULL), "");
}


static void
test_cookie_denied(void **state)
{
    consent_verdict_t  verdict;

    (void) state;

    assert_true(consent_cookie_denied(&ctx, unit_str("_ct"), 0, &verdict));
    assert_int_equal(verdict.service, unit_service(rules, "count"));
    assert_true(consent_cookie_denied(&ctx, unit_str("_ct_9"), 1, &verdict));
    assert_false(consent_cookie_denied(&ctx, unit_str("cart"), 0, &verdict));
    assert_false(consent_cookie_denied(&ctx, unit_str("pc"), 0, &verdict));

    assert_true(consent_cookie_denied(&ctx, unit_str("odd"), 0, &verdict));
    assert_true(verdict.unclassified);
    assert_int_equal(verdict.service, CONSENT_NO_SERVICE);
    assert_false(consent_cookie_denied(&ctx, unit_str("sid"), 1, &verdict));

    page.unclassified = 0;
    assert_false(consent_cookie_denied(&ctx, unit_str("odd"), 0, &verdict));
    page.unclassified = unit_purpose(rules, "marketing");
}


static void
tell(void *data, consent_str_t name, const consent_verdict_t *verdict)
{
    (void) data;

    assert_true(verdict->purposes != 0);
    sprintf(told + strlen(told), "%.*s ", (int) name.len,
            (const char *) name.data);
}


static void
test_cookie_strip(void **state)
{
    size_t    i, len;
    uint8_t   out[256];
    unsigned  denied;

    static const struct {
        const char  *in;
        const char  *out;
        unsigned     denied;
        const char  *told;
    } cases[] = {
        { "", "", 0, "" },
        { "a=1;b=2 ; c=3;", "a=1;b=2 ; c=3;", 0, "" },
        { "_ct=1", "", 1, "_ct " },
        { "_ct=1; a=1", "a=1", 1, "_ct " },
        { "a=1; _ct=1", "a=1", 1, "_ct " },
        { "a=1; _ct=1; b=2", "a=1; b=2", 1, "_ct " },
        { "a=1;_ct=1;b=2", "a=1;b=2", 1, "_ct " },
        { "_ct=1; _ct_x=2; pc=v; sid; _ct=3", "pc=v; sid", 3,
          "_ct _ct_x _ct " },
        { "a=_ct=1; ;;_ct=1", "a=_ct=1", 1, "_ct " }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        told[0] = '\0';
        len = consent_cookie_strip(&ctx, unit_str(cases[i].in), out, &denied,
                                   tell, NULL);
        assert_true(len <= strlen(cases[i].in));
        unit_assert_str(unit_bytes(len, out), cases[i].out);
        assert_int_equal(denied, cases[i].denied);
        assert_string_equal(told, cases[i].told);
    }

    ctx.choice = &analytics;
    len = consent_cookie_strip(&ctx, unit_str("_ct=1; a=1"), out, &denied,
                               NULL, NULL);
    unit_assert_str(unit_bytes(len, out), "_ct=1; a=1");
    ctx.choice = &none;
}


static const struct {
    const char  *field;
    unsigned     expires;
    unsigned     http_only;
} fields[] = {
    { "a=1", 0, 0 },
    { "a=1; httponly", 0, 1 },
    { "a=1;HttpOnly=x", 0, 1 },
    { "a=1; =HttpOnly", 0, 0 },
    { "a=1; Max-Age=0", 1, 0 },
    { "a=1; Max-Age=-1", 1, 0 },
    { "a=1; Max-Age=00", 1, 0 },
    { "a=1; Max-Age=60", 0, 0 },
    { "a=1; Max-Age=-", 0, 0 },
    { "a=1; Max-Age=0x", 0, 0 },
    { "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 1, 0 },
    { "a=1; expires=Thu, 01-Jan-70 00:00:01 GMT", 1, 0 },
    { "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", 0, 0 },
    { "a=1; Max-Age=0; Expires=Fri, 01 Jan 2038 00:00:00 GMT", 1, 0 },
    { "a=1; Expires=Fri, 01 Jan 2038 19:99:00 GMT", 0, 0 },
    { "a=1; Expires=Fri, 01-Jan-38 00:00:00 GMT", 0, 0 },
    { "a=1; Expires=00:00:00 1 Jan 1999", 1, 0 },
    { "a=1; Expires=", 0, 0 },
    { "a=1; Expires=123456", 0, 0 }
};


static void
test_set_cookie(void **state)
{
    size_t                i;
    consent_buf_t         b;
    consent_set_cookie_t  sc;

    (void) state;

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        assert_int_equal(consent_set_cookie_parse(unit_str(fields[i].field),
                                                  &sc), CONSENT_OK);
        unit_assert_str(sc.name, "a");

        if (sc.expires != fields[i].expires
            || sc.http_only != fields[i].http_only)
        {
            fail_msg("%s", fields[i].field);
        }
    }

    assert_int_equal(consent_set_cookie_parse(
                 unit_str(" n = v=w ; Domain=.Site.test; path=/x;domain=b"),
                 &sc), CONSENT_OK);
    unit_assert_str(sc.name, "n");
    unit_assert_str(sc.domain, "b");
    unit_assert_str(sc.path, "/x");

    assert_int_equal(consent_set_cookie_parse(unit_str("v; path=/"), &sc),
                     CONSENT_OK);
    unit_assert_str(sc.name, "");
    assert_int_equal(consent_set_cookie_parse(unit_str("; path=/"), &sc),
                     CONSENT_ERROR);
    assert_int_equal(consent_set_cookie_parse(unit_str(""), &sc),
                     CONSENT_ERROR);

    consent_buf_init(&b, &unit_mem);
    consent_set_cookie_expire(&b, unit_str("_ct"), unit_str(""));
    unit_assert_str(consent_buf_str(&b), "_ct=; Max-Age=0; "
                    "Path=/");

    consent_buf_init(&b, &unit_mem);
    consent_set_cookie_expire(&b, unit_str("__Secure-x"),
                              unit_str("site.test"));
    unit_assert_str(consent_buf_str(&b), "__Secure-x=; Max-Age=0; "
                    "Path=/; "
                    "Domain=site.test; Secure");

    consent_buf_init(&b, &unit_mem);
    consent_set_cookie_expire(&b, unit_str("__host-x"),
                              unit_str("site.test"));
    assert_null(strstr((const char *) consent_str_dup(&unit_mem,
                                        consent_buf_str(&b)).data, "Domain"));
}


static void
tell_link(void *data, const consent_url_t *url,
    const consent_verdict_t *verdict)
{
    (void) data;
    (void) verdict;

    sprintf(told + strlen(told), "%.*s ", url ? (int) url->host.len : 1,
            url ? (const char *) url->host.data : "?");
}


static void
test_link(void **state)
{
    size_t    i, len;
    uint8_t   out[512];
    unsigned  denied;

    static const struct {
        const char  *in;
        const char  *out;       /* NULL: as it is */
        const char  *told;
    } cases[] = {
        { "", NULL, "" },
        { "</a.css>; rel=preload; as=style", NULL, "" },
        { "<https://count.test/a.js>; rel=preload; as=script", "",
          "count.test " },
        { "<//count.test>; rel=\"preconnect\"", "", "count.test " },
        { "<https://count.test/>; rel=canonical", NULL, "" },
        { "<https://count.test/>", NULL, "" },
        { "</a>; rel=prefetch, <https://odd.test/b>; rel=prefetch , </c>",
          "</a>; rel=prefetch, </c>", "odd.test " },
        { "<https://count.test/a,b>; rel=prefetch; title=\"x, <y>\",</c>",
          "</c>", "count.test " },
        { " , ,<https://shop.test/>; rel=preload; as=script", NULL, "" },
        { "</x>; title=\"a \\\"b\\\", c\"; rel=next", NULL, "" },
        { "</x>; REL=next; rel=preload", "", "? " },
        { "</x>; rel=preload; as=style; as=script", "", "? " },
        { "</i.png>; rel=preload; as=image; "
          "imagesrcset=\"/i.png 1x, https://odd.test/i.png 2x\"", "",
          "odd.test " },
        { "</i.png>; rel=preload; as=image; imagesrcset=\"/i.png 1x\"", NULL,
          "" },
        { "<https://fonts.test/f>; rel=stylesheet", "", "fonts.test " },
        /* what can't be read */
        { "https://odd.test/; rel=preload", "", "? " },
        { "<https://odd.test/; rel=preload", "", "? " },
        { "</a>; title=\"x, <https://odd.test/>; rel=prefetch", "", "? " },
        { "</a>; title=x\"y, <https://odd.test/>; rel=prefetch\"", "", "? " },
        { "<https://odd.test/>; rel=\"pre\\load\"", "", "? " },
        /* a browser refuses the address */
        { "<http://>; rel=preload; as=script", NULL, "" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        told[0] = '\0';
        len = consent_link_strip(rules, &page, &none, unit_str(cases[i].in),
                                 out, &denied, tell_link, NULL);
        unit_assert_str(unit_bytes(len, out),
                        cases[i].out ? cases[i].out : cases[i].in);
        assert_string_equal(told, cases[i].told);
        assert_int_equal(denied > 0, cases[i].out != NULL);

        len = consent_link_strip(rules, &page, &all, unit_str(cases[i].in),
                                 out, &denied, NULL, NULL);
        unit_assert_str(unit_bytes(len, out), cases[i].in);
    }
}


static void
test_link_type(void **state)
{
    size_t  i;

    static const struct {
        const char  *rel;
        const char  *as;
        uint32_t     type;
    } cases[] = {
        { "", "", 0 },
        { "prev", "script", 0 },
        { "next", "", CONSENT_TYPE_PREFETCH },
        { "Stylesheet", "", CONSENT_TYPE_STYLE },
        { "alternate\tstylesheet", "", CONSENT_TYPE_STYLE },
        { "shortcut icon", "", CONSENT_TYPE_IMAGE },
        { "preload", "FONT", CONSENT_TYPE_FONT },
        { "preload", "", CONSENT_TYPE_ANY },
        { "modulepreload", "", CONSENT_TYPE_SCRIPT },
        { "modulepreload", "style", CONSENT_TYPE_STYLE },
        { "prefetch", "", CONSENT_TYPE_ANY },
        { "prefetch", "image", CONSENT_TYPE_PREFETCH|CONSENT_TYPE_IMAGE },
        { "preconnect dns-prefetch", "", CONSENT_TYPE_HINT },
        { "manifest", "", CONSENT_TYPE_MANIFEST }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(consent_link_type(unit_str(cases[i].rel),
                                           unit_str(cases[i].as)),
                         cases[i].type);
    }
}


static void
test_refresh(void **state)
{
    size_t         i, n, pos;
    consent_str_t  url;

    static const struct {
        const char  *in;
        const char  *urls[3];   /* that of the standard, and Chromium's */
    } cases[] = {
        { "", { NULL } },
        { "5", { NULL } },
        { " 5 ", { NULL } },
        { "5;", { NULL } },
        { "x; url=/a", { NULL } },
        { "5x; url=/a", { NULL } },
        { "5; url=", { NULL } },
        { "5; url=/a", { "/a" } },
        { "5;URL='/a b' c", { "/a b" } },
        { "5; url=\"/a", { "/a" } },
        { "5,/a", { "/a" } },
        { "5 /a", { "/a" } },
        { "0.5; url = /a", { "/a" } },
        { ".5; url=/a", { "/a" } },
        { "5; '/a'", { "/a" } },
        { "5; '/a'b", { "/a" } },
        { "5; '/a'b'", { "/a", "/a'b" } },
        { "5; url=\"//a\"@b\"c'\"d", { "//a", "//a\"@b\"c'" } },
        { "5; '/a\"'", { "/a\"" } },
        { "5; ''", { NULL } },
        { "5; '", { NULL } },
        { "5; u/a", { "u/a" } },
        { "5; urls", { "urls" } },
        { "5; url /a", { "url /a" } },
        { "5\n;\nurl\n=\n/a", { "/a" } }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pos = 0;

        for (n = 0; cases[i].urls[n]; n++) {
            assert_int_equal(consent_refresh_next(unit_str(cases[i].in), &pos,
                                                  &url), CONSENT_OK);
            unit_assert_str(url, cases[i].urls[n]);
        }

        assert_int_equal(consent_refresh_next(unit_str(cases[i].in), &pos,
                                              &url), CONSENT_DECLINED);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_cookie_walk),
        cmocka_unit_test(test_cookie_denied),
        cmocka_unit_test(test_cookie_strip),
        cmocka_unit_test(test_set_cookie),
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_link_type),
        cmocka_unit_test(test_refresh)
    };

    return cmocka_run_group_tests(tests, group_setup, unit_teardown);
}

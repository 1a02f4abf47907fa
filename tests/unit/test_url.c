/*
 * URL parsing and registrable domains.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_url.h"


typedef struct {
    const char  *in;
    const char  *base;          /* NULL: none */
    const char  *href;          /* NULL: a browser refuses it */
    const char  *host;
    const char  *path;
} url_case_t;


static consent_str_t
url_str(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
}


static void
url_assert_str(consent_str_t s, const char *expected, const char *in)
{
    if (!consent_str_eq(s, url_str(expected))) {
        fail_msg("\"%s\": got \"%.*s\", expected \"%s\"", in, (int) s.len,
                 s.len ? (const char *) s.data : "", expected);
    }
}


/* The buffers end where the contract says, so that a sanitizer sees more. */

static void
url_check(const url_case_t *c)
{
    int             rc;
    uint8_t        *buf, *base_buf;
    consent_url_t   url, base;

    buf = malloc(CONSENT_URL_BUF);
    base_buf = malloc(CONSENT_URL_BUF);
    assert_true(buf != NULL && base_buf != NULL);

    if (c->base != NULL) {
        assert_int_equal(consent_url_parse(&base, NULL, url_str(c->base),
                                           base_buf), CONSENT_OK);
    }

    rc = consent_url_parse(&url, c->base ? &base : NULL, url_str(c->in), buf);

    if (c->href == NULL) {
        if (rc == CONSENT_OK) {
            fail_msg("\"%s\" is taken", c->in);
        }

    } else {
        if (rc != CONSENT_OK) {
            fail_msg("\"%s\" is refused", c->in);
        }

        url_assert_str(url.href, c->href, c->in);
        url_assert_str(url.host, c->host, c->in);
        url_assert_str(url.path, c->path, c->in);
    }

    free(buf);
    free(base_buf);
}


static void
url_check_all(const url_case_t *cases, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        url_check(&cases[i]);
    }
}

#define url_check_table(t)  url_check_all(t, sizeof(t) / sizeof((t)[0]))


static void
test_absolute(void **state)
{
    static const url_case_t  cases[] = {
        { "https://shop.test/a/b?c=d#e", NULL, "https://shop.test/a/b?c=d",
          "shop.test", "/a/b" },
        { "HTTPS://Shop.TEST", NULL, "https://shop.test/", "shop.test", "/" },
        { "http://u:p@shop.test:8080/", NULL, "http://shop.test:8080/",
          "shop.test", "/" },
        { "https://a@evil.test@shop.test/", NULL, "https://shop.test/",
          "shop.test", "/" },
        { "https://shop.test:443/", NULL, "https://shop.test/", "shop.test",
          "/" },
        { "https://shop.test:00080/", NULL, "https://shop.test:80/",
          "shop.test", "/" },
        { "https://shop.test:65536/", NULL, NULL, NULL, NULL },
        { "https://shop.test:8a/", NULL, NULL, NULL, NULL },
        { "https://shop.test.", NULL, "https://shop.test./", "shop.test",
          "/" },
        { "wss://live.test/s", NULL, "wss://live.test/s", "live.test", "/s" },
        { "https:shop.test", NULL, "https://shop.test/", "shop.test", "/" },
        { "https:////shop.test/x", NULL, "https://shop.test/x", "shop.test",
          "/x" },
        { "https:\\\\shop.test\\x\\y", NULL, "https://shop.test/x/y",
          "shop.test", "/x/y" },
        { "  \thttps://shop.test/ \n", NULL, "https://shop.test/",
          "shop.test", "/" },
        { "ht\ntps:/\t/sh\rop.test/a\nb", NULL, "https://shop.test/ab",
          "shop.test", "/ab" },
        { "https://", NULL, NULL, NULL, NULL },
        { "https://@/x", NULL, NULL, NULL, NULL },
        { "https://sh op.test/", NULL, NULL, NULL, NULL },
        { "https://shop.test/a b\"<>?x='\"", NULL,
          "https://shop.test/a%20b%22%3C%3E?x=%27%22", "shop.test",
          "/a%20b%22%3C%3E" },
        { "/only/a/path", NULL, NULL, NULL, NULL },
        { "", NULL, NULL, NULL, NULL }
    };

    (void) state;

    url_check_table(cases);
}


static void
test_hosts(void **state)
{
    static const url_case_t  cases[] = {
        { "http://%73hop%2Etest/", NULL, "http://shop.test/", "shop.test",
          "/" },
        { "http://shop%00.test/", NULL, NULL, NULL, NULL },
        { "http://shop%2fx.test/", NULL, NULL, NULL, NULL },
        { "http://shop%.test/", NULL, NULL, NULL, NULL },
        { "http://B\xc3\xbc" "cher.test/", NULL,
          "http://xn--bcher-kva.test/", "xn--bcher-kva.test", "/" },
        { "http://stra\xc3\x9f" "e.test/", NULL, "http://xn--strae-oqa.test/",
          "xn--strae-oqa.test", "/" },
        { "http://\xef\xbc\xb3\xef\xbd\x88op\xe3\x80\x82test/", NULL,
          "http://shop.test/", "shop.test", "/" },
        { "http://sh\xc2\xado" "p.test/", NULL, "http://shop.test/",
          "shop.test", "/" },
        { "http://sh\xff" "op.test/", NULL, NULL, NULL, NULL },
        { "http://127.1/", NULL, "http://127.0.0.1/", "127.0.0.1", "/" },
        { "http://0x7f000001/", NULL, "http://127.0.0.1/", "127.0.0.1",
          "/" },
        { "http://2130706433/", NULL, "http://127.0.0.1/", "127.0.0.1",
          "/" },
        { "http://017700000001./", NULL, "http://127.0.0.1/", "127.0.0.1",
          "/" },
        { "http://0x7F.0.1/", NULL, "http://127.0.0.1/", "127.0.0.1", "/" },
        { "http://1.2.3.4.5/", NULL, NULL, NULL, NULL },
        { "http://0.0.0.0.0/", NULL, NULL, NULL, NULL },
        { "http://256.1.1.1/", NULL, NULL, NULL, NULL },
        { "http://4294967296/", NULL, NULL, NULL, NULL },
        { "http://shop.08/", NULL, NULL, NULL, NULL },
        { "http://9.shop/", NULL, "http://9.shop/", "9.shop", "/" },
        { "http://[0:0:0:0:0:0:0:1]/", NULL, "http://[::1]/", "[::1]", "/" },
        { "http://[2001:DB8::1:0:0:1]:81/", NULL,
          "http://[2001:db8::1:0:0:1]:81/", "[2001:db8::1:0:0:1]", "/" },
        { "http://[::ffff:192.0.2.1]/", NULL, "http://[::ffff:c000:201]/",
          "[::ffff:c000:201]", "/" },
        { "http://[::]/", NULL, "http://[::]/", "[::]", "/" },
        { "http://[1:2:3:4:5:6:7::]/", NULL, "http://[1:2:3:4:5:6:7:0]/",
          "[1:2:3:4:5:6:7:0]", "/" },
        { "http://[1::2::3]/", NULL, NULL, NULL, NULL },
        { "http://[:1]/", NULL, NULL, NULL, NULL },
        { "http://[1:2:3:4:5:6:7:8:9]/", NULL, NULL, NULL, NULL },
        { "http://[::1.2.3]/", NULL, NULL, NULL, NULL },
        { "http://[::01.2.3.4]/", NULL, NULL, NULL, NULL },
        { "http://[::1/", NULL, NULL, NULL, NULL }
    };

    (void) state;

    url_check_table(cases);
}


static void
test_relative(void **state)
{
    static const char         base[] = "https://shop.test:81/a/b/c?q#f";
    static const url_case_t   cases[] = {
        { "", base, "https://shop.test:81/a/b/c?q", "shop.test", "/a/b/c" },
        { "#x", base, "https://shop.test:81/a/b/c?q", "shop.test",
          "/a/b/c" },
        { "?x", base, "https://shop.test:81/a/b/c?x", "shop.test",
          "/a/b/c" },
        { "d", base, "https://shop.test:81/a/b/d", "shop.test", "/a/b/d" },
        { "/d", base, "https://shop.test:81/d", "shop.test", "/d" },
        { "\\d", base, "https://shop.test:81/d", "shop.test", "/d" },
        { "//cdn.test/d", base, "https://cdn.test/d", "cdn.test", "/d" },
        { "\\/cdn.test\\d", base, "https://cdn.test/d", "cdn.test", "/d" },
        { "/\\/\\cdn.test/d", base, "https://cdn.test/d", "cdn.test",
          "/d" },
        { "https:d", base, "https://shop.test:81/a/b/d", "shop.test",
          "/a/b/d" },
        { "http:d", base, "http://d/", "d", "/" },
        { "../../../d", base, "https://shop.test:81/d", "shop.test", "/d" },
        { "./.%2E/d/.", base, "https://shop.test:81/a/d/", "shop.test",
          "/a/d/" },
        { "%2e%2E/..", base, "https://shop.test:81/", "shop.test", "/" },
        { "...", base, "https://shop.test:81/a/b/...", "shop.test",
          "/a/b/..." },
        { "a//../b", base, "https://shop.test:81/a/b/a/b", "shop.test",
          "/a/b/a/b" },
        { "x", "http://shop.test./y", "http://shop.test./x", "shop.test",
          "/x" },
        { "x", "data:text/plain,y", NULL, NULL, NULL },
        { "#x", "data:text/plain,y", "data:text/plain,y", "",
          "text/plain,y" }
    };

    (void) state;

    url_check_table(cases);
}


static void
test_other_schemes(void **state)
{
    static const url_case_t  cases[] = {
        { "data:text/html,<p>", NULL, "data:text/html,<p>", "",
          "text/html,<p>" },
        { "javascript:a(1) //", NULL, "javascript:a(1) //", "", "a(1) //" },
        { "blob:https://shop.test/1", NULL, "blob:https://shop.test/1", "",
          "https://shop.test/1" },
        { "mailto:a@shop.test", NULL, "mailto:a@shop.test", "",
          "a@shop.test" },
        { "app://Host/x", NULL, "app://Host/x", "Host", "/x" },
        { "app:/..//x", NULL, "app:/.//x", "", "//x" },
        { "file:///c|/x", NULL, "file:///c:/x", "", "/c:/x" },
        { "file:///c:/../../x", NULL, "file:///c:/x", "", "/c:/x" },
        { "/x", "file:///c:/a/b", "file:///c:/x", "", "/c:/x" },
        { "//srv/x", "file:///c:/a", "file://srv/x", "srv", "/x" },
        { "x", "file:///a/b", "file:///a/x", "", "/a/x" },
        { "file://localhost/x", NULL, "file:///x", "", "/x" }
    };

    (void) state;

    url_check_table(cases);
}


static void
url_assert_network(const char *in, unsigned network, unsigned port)
{
    uint8_t        buf[CONSENT_URL_BUF];
    consent_url_t  url;

    assert_int_equal(consent_url_parse(&url, NULL, url_str(in), buf),
                     CONSENT_OK);
    assert_int_equal(url.network, network);
    assert_int_equal(url.port, port);
}


static void
test_network(void **state)
{
    (void) state;

    url_assert_network("https://shop.test/", 1, 0);
    url_assert_network("ws://shop.test:443/", 1, 443);
    url_assert_network("ftp://shop.test/", 1, 0);
    url_assert_network("data:,x", 0, 0);
    url_assert_network("blob:https://shop.test/1", 0, 0);
    url_assert_network("app://host/", 0, 0);
    url_assert_network("file:///x", 0, 0);
}


static void
test_query(void **state)
{
    uint8_t        buf[CONSENT_URL_BUF];
    consent_url_t  url;

    (void) state;

    assert_int_equal(consent_url_parse(&url, NULL,
                                       url_str("http://a.test?b/../c?d#e"),
                                       buf), CONSENT_OK);
    url_assert_str(url.query, "b/../c?d", "query");

    /* Path and query stand together in href. */
    assert_ptr_equal(url.path.data + url.path.len + 1, url.query.data);

    assert_int_equal(consent_url_parse(&url, NULL, url_str("http://a.test/"),
                                       buf), CONSENT_OK);
    assert_null(url.query.data);
}


/* Longest inputs; those whose result grows threefold; relative chains. */

static void
test_bounds(void **state)
{
    uint8_t        *in, *buf, *other;
    consent_url_t   url, base;

    (void) state;

    in = malloc(CONSENT_URL_MAX + 1);
    buf = malloc(CONSENT_URL_BUF);
    other = malloc(CONSENT_URL_BUF);
    assert_true(in != NULL && buf != NULL && other != NULL);

    memset(in, '"', CONSENT_URL_MAX + 1);
    memcpy(in, "http://a.test/", 14);

    assert_int_equal(consent_url_parse(&url, NULL,
                         (consent_str_t) { CONSENT_URL_MAX + 1, in }, buf),
                     CONSENT_OK);
    assert_true(consent_str_eq(url.host, consent_str("a.test")));
    assert_int_equal(consent_url_parse(&base, NULL,
                         (consent_str_t) { CONSENT_URL_MAX, in }, buf),
                     CONSENT_OK);
    assert_int_equal(base.href.len, 14 + (CONSENT_URL_MAX - 14) * 3);

    memset(in, '"', CONSENT_URL_MAX);
    in[0] = '?';

    assert_int_equal(consent_url_parse(&url, &base,
                         (consent_str_t) { CONSENT_URL_MAX, in }, other),
                     CONSENT_DECLINED);

    memset(in, 'a', CONSENT_URL_MAX);
    memcpy(in, "http://", 7);

    assert_int_equal(consent_url_parse(&url, NULL,
                         (consent_str_t) { CONSENT_URL_MAX, in }, buf),
                     CONSENT_OK);
    assert_int_equal(url.host.len, CONSENT_URL_MAX - 7);

    /* what is cut off could hold an "@" */

    in[CONSENT_URL_MAX] = 'a';
    assert_int_equal(consent_url_parse(&url, NULL,
                         (consent_str_t) { CONSENT_URL_MAX + 1, in }, buf),
                     CONSENT_DECLINED);

    memcpy(in, "data:,/", 7);
    assert_int_equal(consent_url_parse(&url, NULL,
                         (consent_str_t) { CONSENT_URL_MAX + 1, in }, buf),
                     CONSENT_OK);
    assert_int_equal(url.network, 0);

    free(in);
    free(buf);
    free(other);
}


static void
test_site(void **state)
{
    size_t  i;

    static const struct {
        const char  *host;
        const char  *site;
    } cases[] = {
        { "example.com", "example.com" },
        { "a.b.example.com", "example.com" },
        { "www.example.co.uk", "example.co.uk" },
        { "co.uk", "co.uk" },
        { "user.github.io", "user.github.io" },
        { "a.user.github.io", "user.github.io" },
        { "localhost", "localhost" },
        { "a.b.unknown-ending", "b.unknown-ending" },
        { "192.0.2.7", "192.0.2.7" },
        { "[::1]", "[::1]" },
        { "", "" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        url_assert_str(consent_url_site(url_str(cases[i].host)),
                       cases[i].site, cases[i].host);
    }
}


static void
test_within(void **state)
{
    (void) state;

    assert_true(consent_url_within(url_str("a.b.test"), url_str("b.test")));
    assert_true(consent_url_within(url_str("b.test"), url_str("b.test")));
    assert_false(consent_url_within(url_str("ab.test"), url_str("b.test")));
    assert_false(consent_url_within(url_str("test"), url_str("b.test")));
    assert_false(consent_url_within(url_str("b.test"), url_str("")));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_absolute),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_other_schemes),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_site),
        cmocka_unit_test(test_within)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

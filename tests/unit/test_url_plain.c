/*
 * The fast reading of plain URLs: where it gives an answer at all, it is the
 * one that the parser for every URL gives.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_url_parser.h"
#include "consent_url_run.h"


#define plain_n(table)  (sizeof(table) / sizeof((table)[0]))


static const char  *const plain_bases[] = {
    "https://www.example.com/a/b",
    "http://example.com:8080/a/b/c?d=/e#f",
    "https://host.test?",
    "https://host.test./a/",
    "http://[::1]:81/",
    "wss://user:secret@socket.test/x/y",
    "ftp://files.test/pub/a",
    "file:///C:/a/b",
    "file://host/a/b",
    "data:text/html,a",
    "about:blank",
    "odd://host/a/b",
    "odd:/a/b"
};


/* What URLs are made of, and what makes them odd. */

static const char  *const plain_pieces[] = {
    "https://", "http://", "https:", "HTTP://", "ws://", "file:", "data:",
    "data:image/gif;base64,", "javascript:", "odd:", "//", "/", "/", "/",
    "\\", "host.test", "www.example.com", "example.com", "a", "b.js", "Host",
    "1.2.3.4", "127", "0x7f", "x.1", "1.x", ".", "..", "...", ".a", "%2e",
    "%2E", "%2e%2E", ".%2e", "%", "%41", "%zz", "-", "_", "~", "|", "^", "`",
    "{", "}", "[", "]", "[::1]", "'", "\"", "<", ">", "(", "*", "!", "$",
    "&", "+", ",", ";", "=", ":", ":80", ":443", ":8080", "@", "user@",
    "?", "?", "?a=b&c=d", "#", "#frag", " ", "\t", "\n", "\r", "\f", "\x01",
    "\x1f", "\x7f", "\x80", "\xc3\xa9", "\xff", "xn--", "xn--bcher-kva",
    "C:", "C|", "aaaaaaaaaaaaaaaa", "/aaaaaaaaaaaaaaa", "/aaaaaaaaaaaaaa"
};


/* The buffers of two readings; each ends where the contract says. */

typedef struct {
    uint8_t  *base;
    uint8_t  *one;
    uint8_t  *two;
} plain_bufs_t;


static int
setup(void **state)
{
    static plain_bufs_t  bufs;

    bufs.base = malloc(CONSENT_URL_BUF);
    bufs.one = malloc(CONSENT_URL_BUF);
    bufs.two = malloc(CONSENT_URL_BUF);
    *state = &bufs;

    return bufs.base == NULL || bufs.one == NULL || bufs.two == NULL;
}


static int
teardown(void **state)
{
    plain_bufs_t  *bufs;

    bufs = *state;

    free(bufs->base);
    free(bufs->one);
    free(bufs->two);

    return 0;
}


static void
assert_slice(consent_str_t one, const uint8_t *buf, consent_str_t two,
    const uint8_t *other, const char *what, consent_str_t in)
{
    if (one.len != two.len || (one.data == NULL) != (two.data == NULL)
        || (one.len && memcmp(one.data, two.data, one.len) != 0)
        || (one.data != NULL && one.data - buf != two.data - other))
    {
        fail_msg("\"%.*s\": %s is \"%.*s\", not \"%.*s\"", (int) in.len,
                 (const char *) in.data, what, (int) one.len,
                 one.len ? (const char *) one.data : "", (int) two.len,
                 two.len ? (const char *) two.data : "");
    }
}


/* 1 if the URL was read as a plain one. */
static int
same(plain_bufs_t *bufs, const consent_url_t *base, consent_str_t in)
{
    consent_url_t  one, two;

    while (in.len && in.data[0] <= ' ') {
        in.data++;
        in.len--;
    }

    while (in.len && in.data[in.len - 1] <= ' ') {
        in.len--;
    }

    memset(&one, 0xff, sizeof(consent_url_t));

    if (consent_url_plain(&one, base, in, bufs->one) != CONSENT_OK) {
        return 0;
    }

    if (consent_url_parse_any(&two, base, in, bufs->two) != CONSENT_OK) {
        fail_msg("\"%.*s\" is refused", (int) in.len,
                 (const char *) in.data);
    }

    assert_slice(one.href, bufs->one, two.href, bufs->two, "href", in);
    assert_slice(one.scheme, bufs->one, two.scheme, bufs->two, "scheme", in);
    assert_slice(one.path, bufs->one, two.path, bufs->two, "path", in);
    assert_slice(one.query, bufs->one, two.query, bufs->two, "query", in);

    if (two.host.len || one.host.len) {
        assert_slice(one.host, bufs->one, two.host, bufs->two, "host", in);
    }

    if (one.port != two.port || one.special != two.special
        || one.network != two.network || one.opaque != two.opaque
        || one.authority != two.authority)
    {
        fail_msg("\"%.*s\": port or flags differ", (int) in.len,
                 (const char *) in.data);
    }

    return 1;
}


static const consent_url_t *
base_of(plain_bufs_t *bufs, consent_url_t *base, unsigned i)
{
    const char  *text;

    if (i == plain_n(plain_bases)) {
        return NULL;
    }

    text = plain_bases[i];

    assert_int_equal(consent_url_parse(base, NULL, (consent_str_t) {
                         strlen(text), (const uint8_t *) text }, bufs->base),
                     CONSENT_OK);

    return base;
}


static const char  *const plain_urls[] = {
    "https://cdn.host.test/path/to/file.min.js?v=1.2&a=[b]|c:d@e~f",
    "http://host.test",
    "//host.test/a.b/c%20d;e=(f),g+h!i*$&j:k@l",
    "/static/.well-known/%7Euser//x.js?y?z#fragment with \xff",
    "images/a.png",
    "?q=1",
    "#top"
};


/* Pages' own URLs are read fast; any byte in any place, as the other does. */

static void
test_bytes(void **state)
{
    size_t                at, len;
    unsigned              i, j, c;
    uint8_t               text[128];
    consent_url_t         url;
    const consent_url_t  *base;

    for (i = 0; i < plain_n(plain_urls); i++) {
        len = strlen(plain_urls[i]);
        base = base_of(*state, &url, 0);

        assert_true(same(*state, base, (consent_str_t) {
                             len, (const uint8_t *) plain_urls[i] }));

        for (j = 0; j <= plain_n(plain_bases); j++) {
            base = base_of(*state, &url, j);

            for (at = 0; at < len; at++) {
                memcpy(text, plain_urls[i], len);

                for (c = 0; c < 256; c++) {
                    text[at] = (uint8_t) c;
                    (void) same(*state, base, (consent_str_t) { len, text });
                    (void) same(*state, base,
                                (consent_str_t) { at + 1, text });
                }
            }
        }
    }
}


static uint32_t
next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;

    return *seed;
}


static void
test_pieces(void **state)
{
    size_t                len;
    uint8_t               text[512];
    unsigned              i, n, plain;
    uint32_t              seed;
    const char           *piece;
    consent_url_t         url;
    const consent_url_t  *base;

    seed = 20261122;
    plain = 0;
    base = NULL;

    for (i = 0; i < 400000; i++) {

        if (i % 64 == 0) {
            base = base_of(*state, &url,
                           next(&seed) % (plain_n(plain_bases) + 1));
        }

        len = 0;

        for (n = 1 + next(&seed) % 8; n; n--) {
            piece = plain_pieces[next(&seed) % plain_n(plain_pieces)];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }

        plain += (unsigned) same(*state, base, (consent_str_t) { len, text });
    }

    assert_true(plain > 4000);
}


/* Lengths around what is looked at, and around what the buffer holds. */

static void
test_long(void **state)
{
    int                   rc;
    size_t                len;
    uint8_t              *text;
    consent_url_t         url, base;
    plain_bufs_t         *bufs;

    bufs = *state;
    text = malloc(CONSENT_URL_MAX + 2);
    assert_non_null(text);

    memset(text, 'a', CONSENT_URL_MAX + 2);
    memcpy(text, "https://h.test/", 15);

    for (len = CONSENT_URL_MAX - 2; len <= CONSENT_URL_MAX + 2; len++) {
        assert_int_equal(same(bufs, NULL, (consent_str_t) { len, text }),
                         len <= CONSENT_URL_MAX);
    }

    /* a base that percent-encoding has tripled */

    memset(text + 15, '"', CONSENT_URL_MAX - 16);
    text[CONSENT_URL_MAX - 1] = '/';
    rc = consent_url_parse_any(&base, NULL,
                               (consent_str_t) { CONSENT_URL_MAX, text },
                               bufs->base);
    assert_int_equal(rc, CONSENT_OK);

    memset(text, 'a', CONSENT_URL_MAX);

    for (len = 1; len <= CONSENT_URL_MAX; len++) {
        if (!same(bufs, &base, (consent_str_t) { len, text })) {
            break;
        }
    }

    assert_true(len > 512 && len < 2048);

    rc = consent_url_parse(&url, &base, (consent_str_t) {
                               CONSENT_URL_MAX, text }, bufs->one);
    assert_int_equal(rc, CONSENT_DECLINED);

    free(text);
}


#if (CONSENT_SCAN_SSE2)

/* Vectors and their scalar twins: each byte at each place of two vectors. */

static void
test_runs(void **state)
{
    size_t    at, from;
    uint8_t   bytes[80];
    unsigned  c, before;

    (void) state;

    for (at = 1; at < 40; at++) {
        for (c = 0; c < 256; c++) {
            for (before = '/'; before < '1'; before++) {
                memset(bytes, 'a', sizeof(bytes));
                memset(bytes + 50, 0, 30);
                bytes[at] = (uint8_t) c;
                bytes[at - 1] = (uint8_t) before;
                from = 1 + at % 3;

                assert_ptr_equal(consent_url_run_host_sse2(bytes + from),
                                 consent_url_run_host_scalar(bytes + from));
                assert_ptr_equal(consent_url_run_path_sse2(bytes + from),
                                 consent_url_run_path_scalar(bytes + from));
                assert_ptr_equal(consent_url_run_query_sse2(bytes + from),
                                 consent_url_run_query_scalar(bytes + from));
                assert_ptr_equal(consent_url_run_opaque_sse2(bytes + from),
                                 consent_url_run_opaque_scalar(bytes + from));
            }
        }
    }
}

#endif


int
main(void)
{
    const struct CMUnitTest  tests[] = {
#if (CONSENT_SCAN_SSE2)
        cmocka_unit_test(test_runs),
#endif
        cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long, setup, teardown)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

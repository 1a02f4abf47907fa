/* Character encodings: labels, sniffing, masks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_charset.h"


#define HTML  "text/html"


typedef struct {
    const char         *type;
    const char         *page;
    consent_charset_t   charset;
    const char         *name;       /* to be declared; NULL: none */
    unsigned            flags;
} sniff_case_t;


static void *
heap_alloc(void *data, size_t size)
{
    (void) data;

    return malloc(size);
}


static void
find(const char *label, const char *name, consent_charset_t charset)
{
    const char         *found;
    consent_charset_t   c;

    c = CONSENT_CHARSET_UNSURE;
    found = consent_charset_find((consent_str_t) {
                                     strlen(label),
                                     (const uint8_t *) label }, &c);

    if (name == NULL) {
        assert_null(found);
        return;
    }

    assert_non_null(found);
    assert_string_equal(found, name);
    assert_int_equal(c, charset);
}


static void
test_labels(void **state)
{
    (void) state;

    find("utf8", "utf-8", CONSENT_CHARSET_UTF8);
    find("UTF-8", "utf-8", CONSENT_CHARSET_UTF8);
    find(" \tutf-8\n", "utf-8", CONSENT_CHARSET_UTF8);
    find("latin1", "windows-1252", CONSENT_CHARSET_PLAIN);
    find("iso-8859-1", "windows-1252", CONSENT_CHARSET_PLAIN);
    find("iso_8859-2:1987", "iso-8859-2", CONSENT_CHARSET_PLAIN);
    find("l6", "iso-8859-10", CONSENT_CHARSET_PLAIN);
    find("x-user-defined", "x-user-defined", CONSENT_CHARSET_PLAIN);
    find("ks_c_5601-1987", "euc-kr", CONSENT_CHARSET_PLAIN);
    find("x-euc-jp", "euc-jp", CONSENT_CHARSET_PLAIN);
    find("ms_kanji", "shift_jis", CONSENT_CHARSET_SJIS);
    find("Windows-31J", "shift_jis", CONSENT_CHARSET_SJIS);
    find("gb2312", "gbk", CONSENT_CHARSET_GB);
    find("gb18030", "gb18030", CONSENT_CHARSET_GB);
    find("big5-hkscs", "big5", CONSENT_CHARSET_BIG5);
    find("unicode", "utf-16le", CONSENT_CHARSET_UNREADABLE);
    find("utf-16be", "utf-16be", CONSENT_CHARSET_UNREADABLE);
    find("csiso2022jp", "iso-2022-jp", CONSENT_CHARSET_UNREADABLE);
    find("hz-gb-2312", "replacement", CONSENT_CHARSET_UNREADABLE);

    find("", NULL, 0);
    find(" ", NULL, 0);
    find("utf", NULL, 0);
    find("tf-8", NULL, 0);
    find("utf-8 utf8", NULL, 0);
    find("utf-32", NULL, 0);
    find("utf-7", NULL, 0);
    find("utf8mb4", NULL, 0);
    find("utf-8\xc3\xa9", NULL, 0);
    find("cseucpkdfmtjapanesecseucpkdfmtjapanese", NULL, 0);
}


static const sniff_case_t  sniff_cases[] = {

    /* Content-Type */

    { HTML "; charset=utf-8", "<p>", CONSENT_CHARSET_UTF8, NULL, 0 },
    { HTML ";charset=\"Shift_JIS\"", "<p>", CONSENT_CHARSET_SJIS, NULL, 0 },
    { HTML "; a=b; charset=big5; c=d", "", CONSENT_CHARSET_BIG5, NULL, 0 },
    { HTML ";\tCHARSET= gbk\t", "", CONSENT_CHARSET_GB, NULL, 0 },
    { HTML "; charset=\" big5 \"", "", CONSENT_CHARSET_BIG5, NULL, 0 },
    { HTML "; charset=; charset=big5", "", CONSENT_CHARSET_BIG5, NULL, 0 },
    { HTML "; charset=gbk; charset=big5", "", CONSENT_CHARSET_GB, NULL, 0 },
    { HTML "; a=\"; charset=gbk\"; charset=big5", "", CONSENT_CHARSET_BIG5,
      NULL, 0 },
    { HTML "; charset=\"big5", "", CONSENT_CHARSET_BIG5, NULL, 0 },
    { HTML "; charset=big5, text/html", "", CONSENT_CHARSET_BIG5, NULL, 0 },
    { HTML "; charset=big5, text/plain", "", CONSENT_CHARSET_UNSURE, NULL,
      0 },
    { HTML "; charset = big5", "", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML " charset=big5", "", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML "; xcharset=big5", "", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML "; charset='big5'", "", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML "; charset=none", "<p>", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML "; charset=none", "<meta charset=big5>", CONSENT_CHARSET_BIG5,
      "big5", 0 },
    { HTML "; charset=utf-16", "", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML "; charset=iso-2022-jp", "", CONSENT_CHARSET_UNREADABLE, NULL,
      0 },
    { HTML "; charset=gbk; charset='utf-16'", "",
      CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML " charset=utf-16", "", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { "", "<p>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { ",;,/,", "<p>", CONSENT_CHARSET_UNSURE, NULL, 0 },

    /* the order: mark, field, page */

    { HTML "; charset=gbk", "\xef\xbb\xbf<p>", CONSENT_CHARSET_UTF8, NULL,
      0 },
    { HTML "; charset=utf-16", "\xef\xbb\xbf<p>", CONSENT_CHARSET_UTF8, NULL,
      0 },
    { HTML "; charset=gbk", "\xef\xbb", CONSENT_CHARSET_GB, NULL, 0 },
    { HTML "; charset=utf-8", "\xff\xfe<", CONSENT_CHARSET_UNREADABLE, NULL,
      0 },
    { HTML, "\xfe\xff", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML, "\xfe", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "\xef\xbb\xbf<meta charset=big5>", CONSENT_CHARSET_UTF8, NULL,
      0 },
    { HTML "; charset=gbk", "<meta charset=big5>", CONSENT_CHARSET_GB, NULL,
      0 },

    /* meta */

    { HTML, "<meta charset=big5>", CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<META\nCHARSET='Big5'>", CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<meta charset = \" big5 \">", CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<meta/charset=\"gbk\"/>", CONSENT_CHARSET_GB, "gbk", 0 },
    { HTML, "<meta a b=c charset=gbk>", CONSENT_CHARSET_GB, "gbk", 0 },
    { HTML, "<meta charset=gbk charset=big5>", CONSENT_CHARSET_GB, "gbk",
      0 },
    { HTML, "<meta charset=utf-16>", CONSENT_CHARSET_UTF8, "utf-8", 0 },
    { HTML, "<meta charset=utf-16be>", CONSENT_CHARSET_UTF8, "utf-8", 0 },
    { HTML, "<meta charset=x-user-defined>", CONSENT_CHARSET_PLAIN,
      "windows-1252", 0 },
    { HTML, "<meta charset=iso-2022-jp>", CONSENT_CHARSET_UNREADABLE,
      "iso-2022-jp", 0 },
    { HTML, "<meta charset=hz-gb-2312>", CONSENT_CHARSET_UNREADABLE,
      "replacement", 0 },
    { HTML, "<meta charset=none><meta charset=big5>", CONSENT_CHARSET_BIG5,
      "big5", 0 },
    { HTML, "<meta charset=none>", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML, "<meta charset=>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<metal charset=big5>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta charset=big5", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "</meta charset=big5>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<p title='<meta charset=big5>'>", CONSENT_CHARSET_UNSURE, NULL,
      0 },
    { HTML, "<p title=<meta charset=big5>", CONSENT_CHARSET_UNSURE, NULL,
      0 },
    { HTML, "<p =a='><meta charset=gbk>'=x><meta charset=big5>",
      CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<title><meta charset=big5></title>", CONSENT_CHARSET_BIG5,
      "big5", 0 },
    { HTML, "< meta charset=gbk><meta charset=big5>", CONSENT_CHARSET_BIG5,
      "big5", 0 },
    { HTML, "<!-- <meta charset=gbk> --><meta charset=big5>",
      CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<!--><meta charset=big5>", CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<!---><meta charset=big5>", CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<!----!><meta charset=big5>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<!doctype html><? ><meta charset=big5>", CONSENT_CHARSET_BIG5,
      "big5", 0 },
    { HTML, "<!d '><meta charset=big5>'>", CONSENT_CHARSET_BIG5, "big5",
      0 },

    /* meta with a pragma */

    { HTML, "<meta http-equiv=Content-Type content='text/html;charset=gbk'>",
      CONSENT_CHARSET_GB, "gbk", 0 },
    { HTML, "<meta content='x charset = \"gbk\"' http-equiv=content-type>",
      CONSENT_CHARSET_GB, "gbk", 0 },
    { HTML, "<meta content=charset=gbk>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta name=description content='charset=none'>",
      CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta http-equiv=content-type content=charset=none>",
      CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML, "<meta http-equiv=content-type content='charset charset=gbk'>",
      CONSENT_CHARSET_GB, "gbk", 0 },
    { HTML, "<meta http-equiv=content-type content='charset=\"gbk'>",
      CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta http-equiv=refresh content=charset=gbk>",
      CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta charset=big5 http-equiv=content-type content=charset=gbk>",
      CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<meta http-equiv=content-type content=charset=gbk charset=big5>",
      CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, "<meta http-equiv=content-type content=charset=gbk charset=no>",
      CONSENT_CHARSET_UNREADABLE, NULL, 0 },

    /* an XML declaration, in HTML and in XHTML */

    { HTML, "<?xml version='1.0' encoding='big5'?>", CONSENT_CHARSET_BIG5,
      "big5", 0 },
    { HTML, "<?xml encoding = \"utf-16\"?>", CONSENT_CHARSET_UTF8, "utf-8",
      0 },
    { HTML, "<?xml encoding='gbk'?><meta charset=big5>",
      CONSENT_CHARSET_BIG5, "big5", 0 },
    { HTML, " <?xml encoding='gbk'?>", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<?xml encoding='gbk", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { "application/xhtml+xml", "<?xml encoding='gbk'?>", CONSENT_CHARSET_GB,
      "gbk", CONSENT_SNIFF_XML },
    { "application/xhtml+xml", "<?xml version='1.0'?>", CONSENT_CHARSET_UTF8,
      NULL, CONSENT_SNIFF_XML },
    { "application/xhtml+xml", "<meta charset='gbk'/>", CONSENT_CHARSET_UTF8,
      NULL, CONSENT_SNIFF_XML },
    { "application/xhtml+xml", "<?xml encoding='none'?>",
      CONSENT_CHARSET_UNREADABLE, NULL, CONSENT_SNIFF_XML },
    { "application/xhtml+xml; charset=big5", "<?xml encoding='gbk'?>",
      CONSENT_CHARSET_BIG5, NULL, CONSENT_SNIFF_XML },

    /* nothing, or nowhere to say it */

    { HTML, "", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<p>\x1b$B", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML, "<p>\x1b(J", CONSENT_CHARSET_UNREADABLE, NULL, 0 },
    { HTML, "<p>\x1b[1m", CONSENT_CHARSET_UNSURE, NULL, 0 },
    { HTML, "<meta charset=utf-8>\x1b$B", CONSENT_CHARSET_UTF8, "utf-8", 0 },
    { "", "<meta charset=big5>", CONSENT_CHARSET_UNSURE, NULL,
      CONSENT_SNIFF_UNTYPED },
    { "", "<meta charset=iso-2022-jp>", CONSENT_CHARSET_UNREADABLE, NULL,
      CONSENT_SNIFF_UNTYPED }
};


/* Feeds a page in pieces of so many bytes, until it is decided. */

static void
sniff(consent_sniff_t *s, const sniff_case_t *c, size_t len, size_t step)
{
    size_t          n, at;
    const uint8_t  *p;

    consent_sniff_init(s, (consent_str_t) { strlen(c->type),
                                            (const uint8_t *) c->type },
                       c->flags);

    p = (const uint8_t *) c->page;
    at = 0;

    do {
        n = len - at < step ? len - at : step;
        at += consent_sniff_feed(s, p + at, n, at + n == len);
    } while (!s->done && at < len);

    assert_true(s->done);
    assert_true(at <= CONSENT_SNIFF_MAX);
    assert_int_equal(s->len, at);
    assert_memory_equal(s->data, p, at);
}


static void
test_sniff(void **state)
{
    size_t               i, step, len;
    consent_sniff_t      s;
    const sniff_case_t  *c;

    (void) state;

    for (i = 0; i < sizeof(sniff_cases) / sizeof(sniff_cases[0]); i++) {
        c = &sniff_cases[i];
        len = strlen(c->page);

        for (step = 1; step <= len + 1; step++) {
            sniff(&s, c, len, step);

            if (s.charset != c->charset
                || (s.name == NULL) != (c->name == NULL)
                || (s.name && strcmp(s.name, c->name) != 0))
            {
                fail_msg("%s | %s by %zu: %u, %s", c->type, c->page, step,
                         s.charset, s.name ? s.name : "none");
            }
        }
    }
}


static void
test_sniff_bytes(void **state)
{
    consent_sniff_t  s;
    sniff_case_t     c;

    (void) state;

    memset(&c, 0, sizeof(c));
    c.type = HTML;

    c.page = "<\0?\0x\0m\0l\0";
    sniff(&s, &c, 10, 1);
    assert_int_equal(s.charset, CONSENT_CHARSET_UNREADABLE);

    c.page = "\0<\0?\0x\0m\0l";
    sniff(&s, &c, 10, 1);
    assert_int_equal(s.charset, CONSENT_CHARSET_UNREADABLE);

    c.page = "<\0p\0>\0";
    sniff(&s, &c, 6, 1);
    assert_int_equal(s.charset, CONSENT_CHARSET_UNSURE);

    c.flags = CONSENT_SNIFF_XML;
    sniff(&s, &c, 6, 1);
    assert_int_equal(s.charset, CONSENT_CHARSET_UNREADABLE);

    c.type = HTML "; charset=utf-8";
    sniff(&s, &c, 6, 1);
    assert_int_equal(s.charset, CONSENT_CHARSET_UTF8);
}


/* What counts stands in the first 1024 bytes, and is decided no later. */

static void
test_sniff_far(void **state)
{
    size_t           len, step;
    char             page[4096];
    sniff_case_t     c;
    consent_sniff_t  s;

    static const char    meta[] = "<meta charset=big5>";
    static const size_t  steps[] = { 1, 7, 1023, 1024, 1025, 4096 };

    (void) state;

    memset(&c, 0, sizeof(c));
    c.type = HTML;
    c.page = page;

    for (step = 0; step < 6; step++) {
        memset(page, 'x', sizeof(page));
        len = CONSENT_SNIFF_MAX - strlen(meta);

        memcpy(page + len, meta, strlen(meta));
        sniff(&s, &c, sizeof(page), steps[step]);
        assert_int_equal(s.charset, CONSENT_CHARSET_BIG5);

        memcpy(page + len, "<", 1);
        memcpy(page + len + 1, meta, strlen(meta));
        sniff(&s, &c, sizeof(page), steps[step]);
        assert_int_equal(s.charset, CONSENT_CHARSET_UNSURE);
        assert_int_equal(s.len, CONSENT_SNIFF_MAX);
    }

    /* decided as soon as it can be */

    memset(page, 'x', sizeof(page));
    memcpy(page, meta, strlen(meta));
    sniff(&s, &c, sizeof(page), 1);
    assert_int_equal(s.len, strlen(meta));

    c.type = HTML "; charset=utf-8";
    sniff(&s, &c, sizeof(page), 1);
    assert_int_equal(s.len, 1);
}


static void
mask(consent_charset_t charset, const char *in, const char *expected)
{
    size_t   i, len;
    uint8_t  lead, whole[64], single[64];

    len = strlen(in);
    lead = 0;
    consent_charset_mask(charset, &lead, (const uint8_t *) in, len, whole);
    assert_memory_equal(whole, expected, len);

    for (lead = 0, i = 0; i < len; i++) {
        consent_charset_mask(charset, &lead, (const uint8_t *) in + i, 1,
                             single + i);
    }

    assert_memory_equal(single, expected, len);
}


static void
test_mask(void **state)
{
    (void) state;

    mask(CONSENT_CHARSET_PLAIN, "a\xe9\\b", "a\xff\\b");
    mask(CONSENT_CHARSET_PLAIN, "\x83\\", "\xff\\");

    mask(CONSENT_CHARSET_SJIS, "\x83\\b", "\xff\xff" "b");
    mask(CONSENT_CHARSET_SJIS, "\x83\x83\\b", "\xff\xff\\b");
    mask(CONSENT_CHARSET_SJIS, "\xb1\\b", "\xff\\b");
    mask(CONSENT_CHARSET_SJIS, "\x85\\b", "\xff\\b");
    mask(CONSENT_CHARSET_SJIS, "\x98r\x98s", "\xff\xff\xffs");
    mask(CONSENT_CHARSET_SJIS, "\x83\"\x83<", "\xff\"\xff<");
    mask(CONSENT_CHARSET_SJIS, "\x80\\\xa0\\\xfd\\", "\xff\\\xff\\\xff\\");

    mask(CONSENT_CHARSET_GB, "\x81\\b", "\xff\xff" "b");
    mask(CONSENT_CHARSET_GB, "\xb1\\", "\xff\xff");
    mask(CONSENT_CHARSET_GB, "\x81" "0\x81" "0\\", "\xff" "0\xff" "0\\");
    mask(CONSENT_CHARSET_GB, "\x81" "0\x81\\b", "\xff" "0\xff\xff" "b");
    mask(CONSENT_CHARSET_GB, "\x80\\\xff\\", "\xff\\\xff\\");
    mask(CONSENT_CHARSET_GB, "\x81>", "\xff>");

    mask(CONSENT_CHARSET_BIG5, "\xa5\\b", "\xff\xff" "b");
    mask(CONSENT_CHARSET_BIG5, "\x81\\b", "\xff\\b");
    mask(CONSENT_CHARSET_BIG5, "\x87" "f\x87g", "\xff" "f\xff\xff");
    mask(CONSENT_CHARSET_BIG5, "\xa5\xa5\\", "\xff\xff\\");
}


static void
test_high(void **state)
{
    size_t   i, len;
    uint8_t  buf[40];

    (void) state;

    for (len = 0; len < sizeof(buf); len++) {
        memset(buf, 0x7f, sizeof(buf));
        buf[len] = 0x80;
        assert_false(consent_charset_is_high((consent_str_t) { len, buf }));

        for (i = 0; i < len; i++) {
            memset(buf, 0x7f, sizeof(buf));
            buf[i] = 0x80;
            assert_true(consent_charset_is_high((consent_str_t) { len,
                                                                  buf }));
        }
    }

    assert_false(consent_charset_is_split(consent_str("")));
    assert_false(consent_charset_is_split(consent_str("\xe9/\\@\xe9")));
    assert_true(consent_charset_is_split(consent_str("a\xe9@")));
    assert_true(consent_charset_is_split(consent_str("\x80\\")));
}


/* How many second bytes below 0x80 each encoding has, after its index. */

static void
test_mask_count(void **state)
{
    size_t    i;
    unsigned  lead, trail, n;
    uint8_t   before, in[2], out[2];

    static const struct {
        consent_charset_t  charset;
        unsigned           pairs;
    } counts[] = {
        { CONSENT_CHARSET_PLAIN, 0 },
        { CONSENT_CHARSET_SJIS, 3288 },
        { CONSENT_CHARSET_GB, 7938 },
        { CONSENT_CHARSET_BIG5, 7542 }
    };

    (void) state;

    for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        n = 0;

        for (lead = 0x80; lead < 0x100; lead++) {
            for (trail = 0; trail < 0x80; trail++) {
                in[0] = (uint8_t) lead;
                in[1] = (uint8_t) trail;
                before = 0;
                consent_charset_mask(counts[i].charset, &before, in, 2, out);
                assert_int_equal(out[0], 0xff);
                n += out[1] == 0xff;
            }
        }

        assert_int_equal(n, counts[i].pairs);
    }
}


static void
even(const char *in, const char *expected)
{
    char                    out[128];
    size_t                  n, at, len, plain, step, used;
    consent_str_t           put;
    consent_charset_even_t  e;

    len = strlen(in);

    for (step = 1; step <= len; step++) {
        memset(&e, 0, sizeof(e));
        n = 0;

        for (at = 0; at < len; at += used) {
            used = consent_charset_even(&e, (consent_str_t) {
                       len - at < step ? len - at : step,
                       (const uint8_t *) in + at }, &plain, &put);

            memcpy(out + n, in + at, plain);
            memcpy(out + n + plain, put.data, put.len);
            n += plain + put.len;
        }

        consent_charset_even_last(&e, &put);
        memcpy(out + n, put.data, put.len);
        out[n + put.len] = '\0';

        assert_string_equal(out, expected);
    }
}


static void
test_even(void **state)
{
    (void) state;

    even("a\\'b]]c", "a\\'b]]c");
    even("\xe9\\'", "\xe9 \\'");
    even("\xe9\\n", "\xe9\\n");
    even("\xe9\\Z", "\xe9\\Z");
    even("\xe9\\a", "\xe9 \\a");
    even("\xe9\\9", "\xe9 \\9");
    even("\xe9\\\\\"", "\xe9 \\\\\"");
    even("\xe9\\\xe9\\\"", "\xe9 \\\xe9 \\\"");
    even("\xe9\\", "\xe9 \\");
    even("\xe9]", "\xe9]");
    even("\xe9]]>", "\xe9 ]]>");
    even("\xe9]a]]", "\xe9]a]]");
    even("\xe9\x1b\\'", "\xe9\x1a\\'");
    even("\x1b$B\x1b(B", "\x1a$B\x1a(B");
}


static void
test_ascii(void **state)
{
    consent_buf_t  b;
    consent_mem_t  mem;

    (void) state;

    mem = (consent_mem_t) { heap_alloc, NULL };
    consent_buf_init(&b, &mem);
    consent_charset_add_ascii(&b, consent_str("a\xc3\xbc<\xe2\x82\xac>"
                                              "\xf0\x9f\x98\x80"));

    assert_false(b.failed);
    assert_int_equal(b.len, strlen("a&#252;<&#8364;>&#128512;"));
    assert_memory_equal(b.data, "a&#252;<&#8364;>&#128512;", b.len);
    free(b.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_sniff_bytes),
        cmocka_unit_test(test_sniff_far),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_mask_count),
        cmocka_unit_test(test_high),
        cmocka_unit_test(test_even),
        cmocka_unit_test(test_ascii)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What is told of style sheets; and that hopping, with every scanner and
 * however the bytes are cut, tells what looking at every byte tells.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_css.h"
#include "consent_rules.h"


#define TOLD  16384
#define SOUP  600


/* "start kind url;" for each that was told; kind as in kinds[] below. */

typedef struct {
    size_t    len;
    char      text[TOLD];
    uint64_t  last;
    int       disorder;
} told_t;


static void
found(void *data, const consent_css_url_t *url)
{
    told_t  *told;

    told = data;
    told->disorder |= url->start < told->last;
    told->last = url->start;

    if (told->len + url->url.len + 64 > TOLD) {
        return;
    }

    told->len += (size_t) snprintf(told->text + told->len, 64, "%d %s%s%s ",
        (int) url->start,
        url->type == CONSENT_TYPE_STYLE ? "style"
        : url->type == CONSENT_TYPE_FONT ? "font" : "image",
        url->maybe ? "?" : "", url->too_long ? "!" : "");

    memcpy(told->text + told->len, url->url.data, url->url.len);
    told->len += url->url.len;
    told->text[told->len++] = ';';
    told->text[told->len] = '\0';
}


/* step: bytes fed in one go; 0: all; -1: as many as chance says. */

static void
tell(told_t *told, consent_css_what_t what, const consent_scan_t *scan,
    const char *text, size_t len, int step)
{
    size_t          at, n;
    uint8_t        *copy;
    consent_css_t  *css;

    css = malloc(sizeof(consent_css_t));
    assert_non_null(css);

    memset(css, 0xa5, sizeof(consent_css_t));
    memset(told, 0, sizeof(told_t));

    consent_css_init(css, what, found, told, 0);
    css->scan = scan;

    for (at = 0; at < len; at += n) {
        n = step == 0 ? len : step > 0 ? (size_t) step
                                       : (size_t) rand() % 70 + 1;
        n = n < len - at ? n : len - at;

        copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, text + at, n);
        consent_css_feed(css, copy, n);
        free(copy);
    }

    consent_css_end(css);
    free(css);
}


static void
compare(consent_css_what_t what, const char *text, size_t len)
{
    unsigned               n;
    told_t                 exact, other;
    const consent_scan_t  *scan;
    size_t                 i;

    static const int  steps[] = { 0, 1, 17, -1 };

    tell(&exact, what, NULL, text, len, 0);
    assert_false(exact.disorder);

    for (n = 0; n == 0 || consent_scan_nth(n - 1) != NULL; n++) {
        scan = n ? consent_scan_nth(n - 1) : NULL;

        for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            tell(&other, what, scan, text, len, steps[i]);

            if (strcmp(exact.text, other.text) != 0) {
                fail_msg("%s in steps of %d:\n%.*s\ntells %s\nnot   %s",
                         scan ? scan->name : "all", steps[i], (int) len, text,
                         other.text, exact.text);
            }
        }
    }
}


static const struct {
    const char  *css;
    const char  *told;
}  sheets[] = {
    { "p{background:url(//x/a.gif)}", "17 image //x/a.gif;" },
    { "p{background:URL( '//x/a.gif' )}", "19 image //x/a.gif;" },
    { "p{background:u\\72 l(\\2f/x)}", "20 image //x;" },
    { "p{--x:#url(/*)}p{a:url(b)}", "" },
    { "p{--x:#url(\"/*)\");a:url(b)}", "12 image? /*);24 image b;" },
    { "<!--url(/*){}p{a:url(b)}", "8 image /*;21 image b;" },
    { "a:<!-url(\"b\")", "10 image? b;" },
    { "p{a:url(x ');b:url(c)}", "8 image x;19 image c;" },
    { "p{a:url(x\"y ');b:url(c)}", "21 image c;" },
    { "p{a:url(x\\\n');b:url(c)}", "20 image c;" },
    { "p{a:u\\\nrl(\"x\")}", "11 image? x;" },
    { "p{a:b\\\nurl(x)}", "11 image x;" },
    { "@namespace url(/*);@namespace \"x/\";p{a:url(b)}", "43 image b;" },
    { "@font-face{src:url(f)}p{a:url(b)}", "19 font f;30 image b;" },
    { "@import 'a' layer('b');p{c:'d'}", "9 style a;19 image? b;" },
    { "@import url(a)screen;@import \"b\"", "12 style a;30 style b;" },
    { "p{a:image-set('b' type('c') var(--d, 'e'))}",
      "15 image b;38 image e;" },
    { "p{a:image-set(var(--b,{}) 'c')}", "27 image c;" },
    { "p{--a:'b';--c :'d','e';f:'g','h';i : 'j'}",
      "7 image? b;16 image? d;20 image? e;" },
    { "p{a:b(c:'d')}[e='f']{}[g= 'h']", "9 image? d;" },
    { "@property --a{initial-value:'b';c:'d'}", "29 image? b;" },
    { "@function --a(){result:'b'}", "24 image? b;" },
    { "p{\\2d-a:'b';\\2d:'c'}", "9 image? b;" },
    { "/*@import 'a'*/p{b:'c'}", "" },
    { "@import//x;", "" },
    { "@import //x;", "8 style! ;" },
    { "@import /**/'a';", "13 style a;" },
    { "@import '\\\\x'", "9 style! \\x;" },
    { "p{}@import '\\\\x'", "12 style \\x;" },
    { "@charset \";@import //x;\"", "10 image?! ;@import ;19 style! ;" },
    { "@import ';@import //x;'", "9 style! ;@import ;18 style! ;" },
    { "@import /*;@import url(x);*/'a';", "19 style! ;29 style a;" },
    { "@import url(//a).b/c;", "12 style //a;16 style! ;" },
    { "@import url('//a');", "13 style //a;" },
    { "@import url(//a/)b;", "12 style //a/;" },
    { "p{}@import //x;", "" },
    { "p{a:url(data:b)}@import 'data:c'", "25 style data:c;" },
    { "p{a:url(b", "8 image b;" },
    { "p{a:url(\\62", "8 image b;" }
};


static void
test_sheets(void **state)
{
    size_t  i, len;
    told_t  told;

    (void) state;

    for (i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
        len = strlen(sheets[i].css);

        tell(&told, CONSENT_CSS_SHEET, NULL, sheets[i].css, len, 0);

        if (strcmp(told.text, sheets[i].told) != 0) {
            fail_msg("%s\ntells %s\nnot   %s", sheets[i].css, told.text,
                     sheets[i].told);
        }

        compare(CONSENT_CSS_SHEET, sheets[i].css, len);
    }
}


/* Only a sheet is read ahead. */

static void
test_declarations(void **state)
{
    told_t             told;
    static const char  text[] = "@import //x;a:url(b);--c:'d';e:'f'";

    (void) state;

    tell(&told, CONSENT_CSS_DECLARATIONS, NULL, text, sizeof(text) - 1, 0);
    assert_string_equal(told.text, "18 image b;26 image? d;");
    compare(CONSENT_CSS_DECLARATIONS, text, sizeof(text) - 1);
}


/* Deeper than brackets are kept, every string is a URL; a URL longer than
   the buffer is told as cut. */

static void
test_bounds(void **state)
{
    size_t       n;
    char         text[4 * CONSENT_CSS_URL_MAX];
    told_t       told;
    const char  *p;

    (void) state;

    assert_true(sizeof(consent_css_t) <= 2560);

    n = (size_t) snprintf(text, sizeof(text), "p{a:image-set(%*s", 60, "");
    memset(text + 14, '(', n - 14);
    n += (size_t) snprintf(text + n, sizeof(text) - n, "'b'");
    tell(&told, CONSENT_CSS_SHEET, NULL, text, n, 0);
    assert_string_equal(told.text, "75 image b;");
    compare(CONSENT_CSS_SHEET, text, n);

    n = (size_t) snprintf(text, sizeof(text), "p{a:%*s(x)%*s;b:'c'}%16s",
                          CONSENT_CSS_DEPTH_MAX, "", CONSENT_CSS_DEPTH_MAX,
                          "", "");
    memset(text + 4, '(', CONSENT_CSS_DEPTH_MAX);
    memset(text + 7 + CONSENT_CSS_DEPTH_MAX, ')', CONSENT_CSS_DEPTH_MAX);
    tell(&told, CONSENT_CSS_SHEET, NULL, text, n, 0);
    assert_string_equal(told.text, "75 image c;");
    compare(CONSENT_CSS_SHEET, text, n);

    memset(text, 'x', sizeof(text));
    memcpy(text, "p{a:url(", 8);
    tell(&told, CONSENT_CSS_SHEET, NULL, text, sizeof(text), 0);
    p = strchr(told.text, 'x');
    assert_non_null(p);
    assert_memory_equal(told.text, "8 image! x", 10);
    assert_int_equal(strspn(p, "x"), CONSENT_CSS_URL_MAX);
    compare(CONSENT_CSS_SHEET, text, sizeof(text));

    memset(text, '\\', sizeof(text));
    memcpy(text, "p{a:url(", 8);
    compare(CONSENT_CSS_SHEET, text, sizeof(text));
}


/* Sheets by chance, out of what matters in them. */

static const char  *const bits[] = {
    "url(", "URL(", "u\\72l(", "src(", "image-set(", "-webkit-image-set(",
    "type(", "var(", "--x(", "rgba(", "calc(", "#url(", "@url(", "\\url(",
    "@import ", "@import", "@font-face{", "@namespace ", "@media ", "@media",
    "@charset ", "@property --a{", "initial-value:", "result:", "--x:",
    "color:", "content:", "background : ", "\"", "'", "\"//x/a\"", "'b'",
    "//x/a.gif", "data:", "(", ")", "[", "]", "{", "}", ";", ":", ",", "=",
    " ", "\n", "\r\n", "\f", "\t", "/", "*", "/*", "*/", "/**/", "<", "<!--",
    "<!-", "-->", "-", "--", "#", "@", "\\", "\\\n", "\\\r\n", "\\2d ", "!",
    ".class", "a b c d e f g h i j k l m n o p q r s t",
    "margin:0 auto;padding:1px 2px 3px 4px;color:#fff", "\xc3\xa9", "\x01"
};


static size_t
soup(char *text)
{
    size_t       n, len;
    const char  *bit;
    unsigned     few;

    few = rand() % 3 ? (unsigned) (sizeof(bits) / sizeof(bits[0])) : 8;

    for (n = 0; n < SOUP - 64; n += len) {
        bit = bits[(size_t) rand() % few];
        len = strlen(bit);
        memcpy(text + n, bit, len);

        if (rand() % 64 == 0) {
            text[n] = (char) rand();
        }

        if (rand() % 100 == 0) {
            return n + len;
        }
    }

    return n;
}


static void
test_soup(void **state)
{
    char      text[SOUP];
    size_t    len;
    unsigned  i;

    (void) state;

    for (i = 0; i < 20000; i++) {
        len = soup(text);
        compare(i % 4 ? CONSENT_CSS_SHEET : CONSENT_CSS_DECLARATIONS, text,
                len);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_declarations),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_soup)
    };

    srand(1);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

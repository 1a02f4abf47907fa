/*
 * The short way through tags and comments (consent_html_quick.c) against the
 * states: fed byte by byte, a document never has room for it, so the states
 * tell every tag; fed whole, the same tags come by the short way.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "consent_carrier.h"
#include "consent_html_state.h"


#define ROUNDS  20000
#define LOG     65536


/* What was told, as text; and what of it even a tokenizer tells that is sparing
   in this way. */

typedef struct {
    unsigned        sparing;
    const uint8_t  *document;
    char            all[LOG];
    size_t          nall;
    char            some[LOG];
    size_t          nsome;
} told_t;


static told_t  slow, quick;


static const char *const  parts[] = {
    "<", "</", "<div", "<p", "<A", "<img", "<script>", "</script>", "<svg>",
    "</svg>", "<h1", "</h1>", "<noscript>", "</noscript>", "<x-long-name-of-a",
    "<custom-element-whose-name-is-longer-than-a-block-of-the-scanner",
    ">", ">", ">", ">", ">", "/>", "/ >", " ", " ", " ", "\n", "\t", "\f",
    "\r\n", "\v", "\0", "=", "= ", " =", "==", "\"", "'", "\"\"", "/", "//",
    " class=\"", " class=\"a b\"", " id=x", " src='//a.example/'",
    " src=\"https://a.example/b?c=d&amp;e\"", " STYLE=\"a\"", " style=\"\"",
    " href=/a/b", " href=\"x\"href=\"y\"", " data-some-thing-very-long-indeed-"
    "longer-than-a-block=\"v\"", " async", " ping", "<!-- ", "-->", "<!x>",
    " a1=\"2\"", " \xc3\xa9=\"\xc3\xa9\"", " xlink:href=\"#a\"", " {|}=\"~\"",
    " attributionsrc=\"\"", " attributionsrcs", "text", "0123456789abcdef",
    " title=\"a long value that takes more than one block > and has = and ' \"",
    "<textarea>", "</textarea>", "<title>", "</title >", "<template", "</p",
    " onclick=\"a\"", " ONCONTENTVISIBILITYAUTOSTATECHANGE=a", " on=\"a\"",
    " href=\"javascript:a\"", " href='JAVASCRIPT:a'", " href=\" java\"",
    " href=&#106;", " formaction=j", " fill=\"url(a)\"",
    " srcset=\"a 1x, b 2x\"", " src=a\"b", " src=a=b", "</div x=\">\">",
    "<meta", "<link", "</meta>", "<bgsound", "<hr", " content=\"5;url=a\"",
    " content=\"a\"", "<ScRipt>", "<sVg>",
    "</SELECT>", "<Select", " sRc=\"a\"", " Class=\"a\"", " oN=\"a\"",
    " a-b-c=\"d\"", " HTTP-equiv=\"refresh\"", " -=\"a\"", " -", " =\"",
    " =\"a\"src=\"b\"", "<@", "<-", "</-", "</`a>", "<[a href=\"/\">",
    " style=\"a: b\"", " style=\"a: url(b)\"", " style=\"a: &lpar;\"",
    "<!-->", "<!--->", "<!--a-b--c-", "--!>", "--", "-", "<!---", "--->",
    "<use", " href=\"#a\"", " href=\"#\"", " \xf0\x9f\x98\x80=\"a\""
};


static size_t
document(char *buf, size_t size)
{
    size_t  len, n, i;

    static const size_t  nparts = sizeof(parts) / sizeof(parts[0]);

    for (len = 0, n = 5 + (size_t) rand() % 40; n; n--) {
        i = (size_t) rand() % nparts;

        if (parts[i][0] == '\0') {
            buf[len++] = '\0';
            continue;
        }

        if (len + strlen(parts[i]) > size - 200) {
            break;
        }

        memcpy(buf + len, parts[i], strlen(parts[i]));
        len += strlen(parts[i]);
    }

    /* room for the last tag to be read whole */

    memset(buf + len, ' ', 150);

    return len + 150;
}


/* 1 if a <meta> has a carrier: its content is none without http-equiv. */

static unsigned
refreshes(const consent_tag_t *tag, uint32_t wanted)
{
    unsigned  i, others, refresh;

    others = 0;
    refresh = 0;

    for (i = 0; i < tag->nattrs; i++) {
        refresh |= tag->attr[i].id == CONSENT_ATTR_HTTP_EQUIV;
        others |= (wanted >> i & 1)
                  && tag->attr[i].id != CONSENT_ATTR_CONTENT;
    }

    return others || (refresh && wanted);
}


static void
on_tag(void *data, consent_html_t *h)
{
    int                   n;
    char                  line[2048];
    size_t                len;
    unsigned              i, flags, matters;
    uint32_t              wanted;
    told_t               *told;
    const consent_tag_t  *tag;

    told = data;
    tag = &h->tag;
    flags = consent_tag_flags(tag->id);
    matters = h->ntwice || flags & CONSENT_IS_TOLD
              || (h->tree.busy && tag->id != CONSENT_TAG_NONE)
              || (told->sparing == CONSENT_SPARING_HEAD
                  && !(flags & CONSENT_IS_VOID && flags & CONSENT_IS_HEAD));

    n = snprintf(line, sizeof(line), "%d-%d %d %.16s/%u%s%s%s%s %u",
                 (int) tag->start, (int) tag->end, tag->id,
                 (const char *) tag->name.text, tag->name.len,
                 tag->closing ? " closing" : "",
                 tag->self_closing ? " self" : "",
                 tag->overflow ? " over" : "", tag->foreign ? " foreign" : "",
                 tag->name_end);
    len = (size_t) n;
    wanted = 0;

    for (i = 0; i < tag->nattrs && !tag->closing; i++) {
        len += (size_t) snprintf(line + len, sizeof(line) - len,
                                 " %u:%u:%u:%u:%u", tag->attr[i].id,
                                 tag->attr[i].quote, tag->attr[i].name,
                                 tag->attr[i].value, tag->attr[i].value_len);
        wanted |= (uint32_t) (consent_carrier_wants(tag->id, tag->attr[i].id,
                                                    told->document + tag->start
                                                    + tag->attr[i].value,
                                                    tag->attr[i].value_len)
                              != 0) << i;
    }

    assert_true(!tag->looked || tag->wanted == wanted);
    matters |= tag->id == CONSENT_TAG_META ? refreshes(tag, wanted)
                                           : wanted != 0;

    line[len++] = '\n';

    assert_true(told->nall + len < LOG);
    memcpy(told->all + told->nall, line, len);
    told->nall += len;

    if (matters) {
        memcpy(told->some + told->nsome, line, len);
        told->nsome += len;
    }
}


static void
on_other(void *data, consent_html_t *h, int kind, uint64_t start,
    uint64_t end)
{
    told_t  *told;

    (void) h;

    told = data;
    assert_true(told->nall + 64 < LOG);
    told->nall += (size_t) snprintf(told->all + told->nall, 64,
                                    "%d-%d other %d\n", (int) start, (int) end,
                                    kind);
}


/* sparing: what this keeps to; matters: what counts as told.  What goes the
   short way has memory of its own, so that sanitizers see reads beyond it. */

static void
feed(told_t *told, const char *buf, size_t len, consent_html_state_pt way,
    unsigned sparing, unsigned matters)
{
    size_t          i;
    uint8_t        *exact;
    consent_html_t  h;

    static const consent_html_handler_t  handler = {
        on_tag, on_other, NULL, NULL
    };

    told->sparing = matters;
    told->document = (const uint8_t *) buf;
    told->nall = 0;
    told->nsome = 0;

    consent_html_init(&h, &handler, told, 0);
    h.sparing = sparing & 3;

    if (way != NULL) {
        exact = malloc(len);
        assert_non_null(exact);
        memcpy(exact, buf, len);

        h.quick = way;
        consent_html_feed(&h, exact, len);

        free(exact);
        return;
    }

    for (i = 0; i < len; i++) {
        consent_html_feed(&h, (const uint8_t *) buf + i, 1);
    }
}


static void
compare(const char *buf, size_t len, consent_html_state_pt way)
{
    unsigned  sparing;

    feed(&slow, buf, len, NULL, 0, 0);
    feed(&quick, buf, len, way, 0, 0);

    if (slow.nall != quick.nall
        || memcmp(slow.all, quick.all, slow.nall) != 0)
    {
        printf("document: %.*s\nstates:\n%.*squick:\n%.*s", (int) len, buf,
               (int) slow.nall, slow.all, (int) quick.nall, quick.all);
        fail();
    }

    for (sparing = CONSENT_SPARING_HEAD; sparing <= CONSENT_SPARING_ALL;
         sparing++)
    {
        feed(&slow, buf, len, NULL, 0, sparing);
        feed(&quick, buf, len, way, sparing, sparing);

        if (slow.nsome != quick.nsome
            || memcmp(slow.some, quick.some, slow.nsome) != 0)
        {
            printf("document: %.*s\nmatters:\n%.*stold:\n%.*s", (int) len,
                   buf, (int) slow.nsome, slow.some, (int) quick.nsome,
                   quick.some);
            fail();
        }
    }
}


static void
test_quick(void **state)
{
    char    buf[4096];
    size_t  i, len;

    (void) state;

    for (i = 0; i < ROUNDS; i++) {
        len = document(buf, sizeof(buf));

        /* of many the end cuts off something */

        len -= i % 2 ? (size_t) rand() % (len - 1) : 0;

        compare(buf, len, consent_html_quick);

#if (CONSENT_HTML_AVX2)
        if (consent_scan()->wide) {
            compare(buf, len, consent_html_quick_avx2);
        }
#endif
    }
}


#define LONG                                                                  \
    "a long way to the end of what began before there was so little room "    \
    "left that it would have been read in no short way at all, and so it "    \
    "goes on and on until the end of the piece is near"


/* Right behind the piece there may be no memory: nothing of it is read. */

static void
test_edge(void **state)
{
    int     n;
    char   *pages, *end, text[1024];
    size_t  i, len;

    static const char *const  closed[] = {
        "<!-- " LONG " -->", "<p title='" LONG "'>", "<img src=/" LONG ">",
        "<p " LONG ">", "</p " LONG ">", "<!-- a -->", "</p>", "<p>"
    };

    (void) state;

    pages = mmap(NULL, 2 * 65536, PROT_READ|PROT_WRITE,
                 MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);

    end = pages + 65536;
    assert_int_equal(mprotect(end, 65536, PROT_NONE), 0);

    for (i = 0; i < sizeof(closed) / sizeof(closed[0]) * 80; i++) {
        n = snprintf(text, sizeof(text), "<p>%s%.*s", closed[i / 80],
                     (int) (i % 80), "the rest of a text that is at the end of "
                     "a piece, with no tag in it and nothing behind");
        len = (size_t) n;

        /* so long that there is room for the short way */
        memset(end - 256 - len, ' ', 256);
        memcpy(end - len, text, len);

        compare(end - 256 - len, 256 + len, consent_html_quick);

#if (CONSENT_HTML_AVX2)
        if (consent_scan()->wide) {
            compare(end - 256 - len, 256 + len, consent_html_quick_avx2);
        }
#endif
    }

    assert_int_equal(munmap(pages, 2 * 65536), 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_quick),
        cmocka_unit_test(test_edge)
    };

    srand(1);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

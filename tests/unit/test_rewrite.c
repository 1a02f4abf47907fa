/*
 * The rewriter on whole documents: each case is fed at once, byte by byte,
 * and at every split in two, and must come out the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_rewrite.h"


#define OUT_MAX    262144
#define MEM_MAX    4194304

#define PAGE       "https://www.site.example/dir/page?q"

#define TRACKER    " data-pc-service=\"tracker\""                            \
                   " data-pc-purpose=\"marketing\""
#define UNKNOWN    " data-pc-service=\"unclassified\""                        \
                   " data-pc-purpose=\"marketing\""
#define VIDEO      " data-pc-service=\"video\" data-pc-purpose=\"embeds\""
#define INERT      " type=\"text/plain\""
#define SHEET      INERT " href=\"data:text/css,\""
#define IMAGE      " src=\"data:image/gif;base64,"                            \
                   "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==\""
#define FRAME(url) " src=\"/privacy-choices/placeholder?service=video"        \
                   "&amp;purpose=embeds&amp;url=" url "\""
#define BODY       "<privacy-choices></privacy-choices>"
#define LONG       "x=\"0123456789012345678901234567890123456789\""
#define ELSEWHERE  "<privacy-choices x></privacy-choices>"
#define SPOKEN     "<privacy-choices l></privacy-choices>"
#define POLICY     "<privacy-choices p></privacy-choices>"


static const char  rules_text[] =
    "{\"version\":1,\"services\":["
    "{\"id\":\"tracker\",\"name\":\"Tracker\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"host\":\"tracker.example\"},{\"path\":\"/collect\"},"
    "{\"inline\":[\"trk(\\\"go\\\"\"]}]},"
    "{\"id\":\"chat\",\"name\":\"Chat\",\"purposes\":[\"necessary\"],"
    "\"match\":[{\"inline\":[\"chat(\\\"go\\\"\"]}]},"
    "{\"id\":\"video\",\"name\":\"Video\",\"purposes\":[\"embeds\"],"
    "\"match\":[{\"host\":\"video.example\",\"path\":\"/embed/\"}]},"
    "{\"id\":\"check\",\"name\":\"C&\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"host\":\"check.example\"}],"
    "\"fills\":[{\"element\":\".c\"}]},"
    "{\"id\":\"second\",\"name\":\"S\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"host\":\"second.example\"}],"
    "\"fills\":[{\"element\":\".s\"}]},"
    "{\"id\":\"lib\",\"name\":\"Library\",\"purposes\":[\"necessary\"],"
    "\"match\":[{\"host\":\"cdn.example\"}]}]}";


typedef struct {
    uint8_t  data[MEM_MAX];
    size_t   used;
} arena_t;


typedef struct {
    char      text[OUT_MAX];
    size_t    len;
    unsigned  held;
    unsigned  seen;
    size_t    released;
} out_t;


static arena_t           rules_arena, arena;
static consent_rules_t  *rules;
static out_t             out;


static void *
arena_alloc(void *data, size_t size)
{
    arena_t  *a;
    void     *p;

    a = data;
    size = (size + 15) & ~(size_t) 15;

    if (size > MEM_MAX - a->used) {
        return NULL;
    }

    p = a->data + a->used;
    a->used += size;

    return p;
}


static int
out_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    out_t  *o;

    (void) kind;

    o = data;
    assert_true(len < OUT_MAX - o->len);

    memcpy(o->text + o->len, p, len);
    o->len += len;
    o->text[o->len] = '\0';

    return CONSENT_OK;
}


static void
out_seen(void *data, const consent_seen_t *seen)
{
    out_t  *o;

    o = data;
    o->seen++;
    o->held += seen->held;
}


static consent_parts_t
out_elsewhere(void *data, int elsewhere, int policy, consent_str_t lang)
{
    const consent_str_t  *s;

    static const consent_str_t  bodies[] = {
        consent_string(BODY), consent_string(POLICY),
        consent_string(ELSEWHERE), consent_string(SPOKEN)
    };

    (void) data;

    s = policy ? &bodies[1]
        : elsewhere ? &bodies[2]
        : consent_str_eq(lang, consent_str("pt-BR")) ? &bodies[3]
        : &bodies[0];

    return (consent_parts_t) { 1, s };
}


/* What is looked at afterwards is seen in the output. */

static void
out_release(void *data, void *p, size_t size)
{
    assert_ptr_equal(data, &out);

    out.released += size;
    memset(p, '!', size);
}


static void
report(void *data, const consent_fault_t *fault)
{
    (void) data;

    print_error("%.*s\n", (int) fault->message.len, fault->message.data);
}


static int
setup(void **state)
{
    consent_mem_t      mem;
    consent_loader_t  *loader;

    (void) state;

    mem = (consent_mem_t) { arena_alloc, &rules_arena };

    loader = consent_rules_create(&mem, report, NULL);
    assert_non_null(loader);

    assert_int_equal(
        consent_rules_load_text(loader, consent_str("rules.json"),
                                consent_str(rules_text)), CONSENT_OK);

    rules = consent_rules_compile(loader);

    return rules == NULL;
}


static int
teardown(void **state)
{
    (void) state;

    consent_rules_destroy(rules);

    return 0;
}


typedef struct {
    size_t    split;            /* the first piece */
    size_t    step;             /* the following ones */
    size_t    max_tag;
    size_t    max_inline;
    unsigned  observe:1;
    unsigned  body:1;           /* with something to put in */
    unsigned  whole:1;          /* ... into documents alone */
    unsigned  end:1;            /* and something at their end */
    unsigned  xml:1;
    unsigned  open:1;           /* consent_unclassified allow */
    unsigned  all:1;            /* everything granted */

    consent_charset_t  charset;
} how_t;


static void
feed(consent_rewrite_t *rw, consent_str_t in, const how_t *how)
{
    size_t  at, n;

    n = how->split < in.len ? how->split : in.len;
    assert_int_equal(consent_rewrite_feed(rw, in.data, n, 0), CONSENT_OK);

    for (at = n; at < in.len; at += n) {
        n = in.len - at < how->step ? in.len - at : how->step;
        assert_int_equal(consent_rewrite_feed(rw, in.data + at, n, 0),
                         CONSENT_OK);
    }
}


/* "<end check>" */

static consent_parts_t
out_end(void *data, consent_str_t filling)
{
    int                   service;
    size_t                pos;

    static char           text[256];
    static consent_str_t  part;

    (void) data;

    strcpy(text, "<end");

    for (pos = 0; /* void */ ; ) {
        service = consent_filling_next(filling, &pos);

        if (service == CONSENT_NO_SERVICE) {
            break;
        }

        strcat(text, " ");
        strncat(text, (const char *) rules->services[service].id.data,
                rules->services[service].id.len);
    }

    strcat(text, ">");
    part = (consent_str_t) { strlen(text), (const uint8_t *) text };

    return (consent_parts_t) { 1, &part };
}


static void
rewrite(consent_str_t in, const how_t *how)
{
    uint8_t                  buf[CONSENT_URL_BUF];
    consent_mem_t            mem;
    consent_page_t           page;
    consent_choice_t         choice;
    consent_rewrite_t       *rw;
    consent_rewrite_conf_t   conf;

    static const consent_str_t  body[] = {
        consent_string("<privacy-choices>"),
        consent_string("</privacy-choices>")
    };

    memset(&page, 0, sizeof(page));
    memset(&choice, 0, sizeof(choice));
    memset(&conf, 0, sizeof(conf));
    out.len = out.released = out.held = out.seen = 0;
    out.text[0] = '\0';
    arena.used = 0;

    assert_int_equal(consent_url_parse(&page.url, NULL, consent_str(PAGE),
                                       buf), CONSENT_OK);
    page.site = consent_url_site(page.url.host);

    if (!how->open) {
        page.unclassified = (uint32_t) 1
                            << consent_rules_purpose(rules,
                                                     consent_str("marketing"));
    }

    page.unclassified_passive = page.unclassified;

    choice.granted = how->all ? rules->all : rules->necessary;

    mem = (consent_mem_t) { arena_alloc, &arena };
    conf.rules = rules;
    conf.page = &page;
    conf.choice = &choice;
    conf.mem = &mem;
    conf.observe = how->observe;
    conf.xml = how->xml;
    conf.charset = how->charset;
    conf.max_tag = how->max_tag ? how->max_tag : 65536;
    conf.max_inline = how->max_inline ? how->max_inline : 65536;
    conf.prefix = consent_str("/privacy-choices/");
    conf.body = (consent_parts_t) { how->body ? 2 : 0, body };
    conf.body_other = out_elsewhere;
    conf.end = how->end ? out_end : NULL;
    conf.whole = how->whole;
    conf.emit = out_emit;
    conf.seen = out_seen;
    conf.release = out_release;
    conf.data = &out;

    rw = consent_rewrite_create(&conf);
    assert_non_null(rw);

    feed(rw, in, how);

    assert_int_equal(consent_rewrite_feed(rw, in.data, 0, 1), CONSENT_OK);
    assert_int_equal(consent_rewrite_pending(rw), 0);
}


static void
check(const char *in, const char *expected, how_t how)
{
    size_t         len;
    consent_str_t  s;

    len = strlen(in);
    s = (consent_str_t) { len, (const uint8_t *) in };

    how.split = len;
    rewrite(s, &how);
    assert_string_equal(out.text, expected);

    how.split = 0;
    how.step = 1;
    rewrite(s, &how);
    assert_string_equal(out.text, expected);

    how.step = len;

    for (how.split = 1; how.split < len; how.split++) {
        rewrite(s, &how);
        assert_string_equal(out.text, expected);
    }
}


typedef struct {
    const char  *in;
    const char  *out;           /* NULL: unchanged */
} case_t;


static const case_t  cases[] = {

    /* event handlers: only those of the name that is denied */

    { "<p onclick=\"trk('go')\" onfocus=\"f()\" ONCLICK='g()'>",
      "<p" TRACKER " data-pc-onclick=\"trk('go')\" onfocus=\"f()\""
      " data-pc-ONCLICK='g()'>" },
    { "<p onclick=\"f()\" onclick=\"trk('go')\" title=\"trk('go')\">",
      NULL },
    { "<p oncontentvisibilityautostatechange=trk(&quot;go&quot;)>",
      "<p" TRACKER " data-pc-oncontentvisibilityautostatechange="
      "trk(&quot;go&quot;)>" },
    { "<p onclick=\"chat('go')\" data-onclick=\"trk('go')\">", NULL },
    { "<p onclick=\"chat('go');trk('go')\">",
      "<p" TRACKER " data-pc-onclick=\"chat('go');trk('go')\">" },
    { "<a href=\"javascript:chat('go');trk('go')\">",
      "<a" TRACKER " data-pc-href=\"javascript:chat('go');trk('go')\">" },

    /* javascript: and data: */

    { "<a href=\" java\nscript:%74rk('go')\">a</a><a href=\"java:trk('go')\">",
      "<a" TRACKER " data-pc-href=\" java\nscript:%74rk('go')\">a</a>"
      "<a href=\"java:trk('go')\">" },
    { "<form action=javascript:trk('go')><button formaction=\"javascript:"
      "chat('go')\">",
      "<form" TRACKER " data-pc-action=javascript:trk('go')><button "
      "formaction=\"javascript:chat('go')\">" },
    { "<script src=\"data:,trk('go')\"></script>",
      "<script" INERT TRACKER " data-pc-src=\"data:,trk('go')\"></script>" },
    { "<script src=\"data:;base64,dHJrKCdnbycp\"></script>",
      "<script" INERT TRACKER
      " data-pc-src=\"data:;base64,dHJrKCdnbycp\"></script>" },
    { "<embed src=\"data:text/html,<img src=//tracker.example/>\">",
      "<embed" TRACKER
      " data-pc-src=\"data:text/html,<img src=//tracker.example/>\">" },
    { "<embed src=\"data:text/html;charset=utf-16,a\"><embed src=\""
      "data:text/html;charset=&quot;UTF-8&quot;,a\">",
      "<embed" UNKNOWN " data-pc-src=\"data:text/html;charset=utf-16,a\">"
      "<embed src=\"data:text/html;charset=&quot;UTF-8&quot;,a\">" },
    { "<embed src=\"data:text/html;base64,/v88\">",
      "<embed" UNKNOWN " data-pc-src=\"data:text/html;base64,/v88\">" },
    { "<embed src=\"data:text/plain,<img src=//tracker.example/>\"><img"
      " src=\"data:text/html,<img src=//tracker.example/>\">", NULL },

    /* svg: properties keep all but the URL, animations go */

    { "<svg><path fill=\"url(//tracker.example/a) red\"/></svg>",
      "<svg><path" TRACKER " fill=\"url(data:text/css,#//tracker.example/a)"
      " red\"/></svg>" },
    { "<svg><set attributeName=href to=//tracker.example/a></svg>",
      "<svg><set" TRACKER " attributeName=href data-pc-to="
      "//tracker.example/a></svg>" },
    { "<svg><animate values=\"a;//tracker.example/\" attributeName=href></svg>",
      "<svg><animate" TRACKER " data-pc-values=\"a;//tracker.example/\""
      " attributeName=href></svg>" },
    { "<svg><animate values=\"a;//tracker.example/\" attributeName=x></svg>",
      NULL },
    { "<base href=//tracker.example/><svg><use href=#a /></svg>", NULL },

    { "<svg><g"
      " fill=url(//tracker.example/a)"
      " stroke=url(//tracker.example/a)"
      " filter=url(//tracker.example/a)"
      " mask=url(//tracker.example/a)"
      " clip-path=url(//tracker.example/a)"
      ">",
      "<svg><g" TRACKER
      " fill=url(data:text/css,#//tracker.example/a)"
      " stroke=url(data:text/css,#//tracker.example/a)"
      " filter=url(data:text/css,#//tracker.example/a)"
      " mask=url(data:text/css,#//tracker.example/a)"
      " clip-path=url(data:text/css,#//tracker.example/a)"
      ">" },
    { "<svg><g"
      " cursor=url(//tracker.example/a)"
      " marker=url(//tracker.example/a)"
      " marker-start=url(//tracker.example/a)"
      " marker-mid=url(//tracker.example/a)"
      " marker-end=url(//tracker.example/a)"
      ">",
      "<svg><g" TRACKER
      " cursor=url(data:text/css,#//tracker.example/a)"
      " marker=url(data:text/css,#//tracker.example/a)"
      " marker-start=url(data:text/css,#//tracker.example/a)"
      " marker-mid=url(data:text/css,#//tracker.example/a)"
      " marker-end=url(data:text/css,#//tracker.example/a)"
      ">" },

    /* AMP */

    { "<amp-analytics type=a config=/c></amp-analytics>",
      "<amp-analytics" UNKNOWN " data-pc-type=a config=/c></amp-analytics>" },
    { "<amp-analytics><script type=application/json>"
      "{\"requests\":{\"a\":\"https://tracker.example/c\"}}</script>",
      "<amp-analytics><script" INERT TRACKER " data-pc-type=application/json>"
      "{\"requests\":{\"a\":\"https://tracker.example/c\"}}</script>" },
    { "<amp-analytics><script type=application/json>"
      "{\"vars\":{\"h\":\"x\"},\"a\":\"${h}/c\"}</script>",
      "<amp-analytics><script" INERT UNKNOWN " data-pc-type=application/json>"
      "{\"vars\":{\"h\":\"x\"},\"a\":\"${h}/c\"}</script>" },
    { "<amp-analytics><script type=application/json>"
      "{\"a\":\"https://${h}/c\"}</script>",
      "<amp-analytics><script" INERT UNKNOWN " data-pc-type=application/json>"
      "{\"a\":\"https://${h}/c\"}</script>" },
    { "<amp-analytics><script type=application/json>{\"a\":\"/own/c\","
      "\"where\":\"${here}\"}</script></amp-analytics>"
      "<script type=application/json>{\"a\":\"//tracker.example/\"}</script>",
      NULL },
    { "<amp-youtube data-videoid=a layout=fill>",
      "<amp-youtube" UNKNOWN " data-pc-data-videoid=a layout=fill>" },
    { "<amp-iframe srcdoc='<a ping=//tracker.example/>'>",
      "<amp-iframe srcdoc=\"<a data-pc-service=&quot;tracker&quot;"
      " data-pc-purpose=&quot;marketing&quot;"
      " data-pc-ping=//tracker.example/>\"" TRACKER
      " data-pc-srcdoc='<a ping=//tracker.example/>'>" },
    { "<amp-ad data-src=//tracker.example/><amp-ad data-src=/a>",
      "<amp-ad" TRACKER " data-pc-data-src=//tracker.example/>"
      "<amp-ad data-src=/a>" },

    /* nothing to do */

    { "", NULL },
    { "plain text < no tag > & done", NULL },
    { "<p class=a>text<br/></p><a href=\"https://tracker.example/\">x</a>",
      NULL },
    { "<script src=/js/app.js></script>", NULL },
    { "<script src=//static.site.example/app.js></script>", NULL },
    { "<script src=https://cdn.example/lib.js></script>", NULL },
    { "<img src=data:image/gif;base64,AA><img src=\"\"><img src>", NULL },
    { "<!-- <script src=//tracker.example/a.js></script> -->", NULL },
    { "<title><script src=//tracker.example/a.js></script></title>", NULL },
    { "<textarea><img src=//tracker.example/a.gif></textarea>", NULL },
    { "<style>/* <img src=//tracker.example/a.gif> */</style>", NULL },
    { "<script type=text/template><img src=//tracker.example/a></script>",
      NULL },
    { "<plaintext><img src=//tracker.example/a>", NULL },

    /* external scripts */

    { "<script src=\"https://tracker.example/a.js\" async></script>",
      "<script" INERT TRACKER
      " data-pc-src=\"https://tracker.example/a.js\" async></script>" },
    { "<script type=module src=//tracker.example/a.js>b()</script>",
      "<script" INERT TRACKER " data-pc-type=module"
      " data-pc-src=//tracker.example/a.js>b()</script>" },
    { "<SCRIPT/SRC=//tracker.example/a.js></SCRIPT>",
      "<SCRIPT" INERT TRACKER "/data-pc-SRC=//tracker.example/a.js></SCRIPT>" },
    { "<script src=//tracker.example/a src=/b></script>",
      "<script" INERT TRACKER " data-pc-src=//tracker.example/a"
      " data-pc-src=/b></script>" },
    { "<script src=/b src=//tracker.example/a></script>", NULL },
    { "<script src=//who.knows.example/a.js></script>",
      "<script" INERT UNKNOWN
      " data-pc-src=//who.knows.example/a.js></script>" },
    { "<script src=/collect/t.js></script>",
      "<script" INERT TRACKER " data-pc-src=/collect/t.js></script>" },

    /* the value as a browser reads it */

    { "<img src=\"h&#116;tps&colon;&sol;&sol;tracker.example/a\">",
      "<img" IMAGE TRACKER
      " data-pc-src=\"h&#116;tps&colon;&sol;&sol;tracker.example/a\">" },
    { "<img src='  ht\ttps:\\\\tracker.\nexample/a'>",
      "<img" IMAGE TRACKER
      " data-pc-src='  ht\ttps:\\\\tracker.\nexample/a'>" },
    { "<base href=//tracker.example/><img src=a.gif>",
      "<base href=//tracker.example/><img" IMAGE TRACKER
      " data-pc-src=a.gif>" },
    { "<base href=/x/><base href=//tracker.example/><img src=a.gif>", NULL },

    /* inline scripts */

    { "<script>trk('go', 1)</script>",
      "<script" INERT TRACKER ">trk('go', 1)</script>" },
    { "<script type=\"text/javascript\" id=x>a();trk( \"go\")</script><p>",
      "<script" INERT TRACKER " data-pc-type=\"text/javascript\" id=x>"
      "a();trk( \"go\")</script><p>" },
    { "<script>data = \"trk('go')\"</script>", NULL },

    /* from where it can't be told what a slash does, all that looks like an
       import of a module counts */

    { "<script type=module>b='import\"//tracker.example/a\"'</script>", NULL },
    { "<script type=module>(a)/1;import'//tracker.example/a';1/1</script>",
      "<script" INERT TRACKER " data-pc-type=module>"
      "(a)/1;import'//tracker.example/a';1/1</script>" },
    { "<script type=module>(a)/1;b='from\"';import'//tracker.example/a'"
      "</script>",
      "<script" INERT TRACKER " data-pc-type=module>"
      "(a)/1;b='from\"';import'//tracker.example/a'</script>" },
    { "<script type=module>(a)/1;b='//tracker.example/a';import 'c'</script>",
      NULL },
    { "<script type=module>//\xe2\x80\xa8import'//tracker.example/a'</script>",
      "<script" INERT TRACKER " data-pc-type=module>"
      "//\xe2\x80\xa8import'//tracker.example/a'</script>" },
    { "<script>// trk('go')\nx()</script>", NULL },
    { "<script>// a\xe2\x80\xa8trk('go')</script>",
      "<script" INERT TRACKER ">// a\xe2\x80\xa8trk('go')</script>" },
    { "<script>// a\xe2\x80\xe2\x80\xa9 trk(// b\xe2\x80\xa8'go')</script>",
      "<script" INERT TRACKER
      ">// a\xe2\x80\xe2\x80\xa9 trk(// b\xe2\x80\xa8'go')</script>" },
    { "<script>// a\xe2\x80\xaatrk('go')</script>", NULL },
    { "<script type=application/json>trk('go')</script>", NULL },
    { "<script>chat('go');x(1);trk('go')</script>",
      "<script" INERT TRACKER ">chat('go');x(1);trk('go')</script>" },
    { "<script>chat('go')</script>", NULL },
    { "<script type=0123456789abcdef-text/javascript>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=0123456789abcdef-text/javascript>trk('go')</script>" },
    { "<script type=rocketlazyloadscript>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=rocketlazyloadscript>trk('go')</script>" },
    { "<script type=litespeed/javascript>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=litespeed/javascript>trk('go')</script>" },
    { "<script type=pmdelayedscript>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=pmdelayedscript>trk('go')</script>" },
    { "<script type=nitropack/inlinescript>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=nitropack/inlinescript>trk('go')</script>" },
    { "<script type=javascript/blocked>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=javascript/blocked>trk('go')</script>" },
    { "<script type=text/partytown>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=text/partytown>trk('go')</script>" },
    { "<script type=text/psajs>trk('go')</script>",
      "<script" INERT TRACKER
      " data-pc-type=text/psajs>trk('go')</script>" },
    { "<script type=text/x-template>trk('go')</script>", NULL },
    { "<script type=text/plain>trk('go')</script>", NULL },
    { "<script><!--\ntrk('go')\n//--></script>",
      "<script" INERT TRACKER "><!--\ntrk('go')\n//--></script>" },

    /* images, sources, media */

    { "<img srcset=\"/a 1x, //tracker.example/b 2x\" src=/a>",
      "<img" TRACKER " data-pc-srcset=\"/a 1x, //tracker.example/b 2x\""
      " src=/a>" },
    { "<picture><source srcset=//tracker.example/a></picture>",
      "<picture><source" TRACKER
      " data-pc-srcset=//tracker.example/a></picture>" },
    { "<video poster=//tracker.example/a src=/b></video>",
      "<video" TRACKER " data-pc-poster=//tracker.example/a src=/b></video>" },
    { "<script src=//check.example/a></script><img src=//check.example/b>",
      "<script" INERT " data-pc-service=\"check\""
      " data-pc-purpose=\"marketing\" data-pc-fills=\""
      "[&#34;check&#34;,&#34;C&amp;&#34;,&#34;&#34;,[&#34;marketing&#34;],"
      "[[&#34;.c&#34;,&#34;&#34;,&#34;&#34;,0]]]\""
      " data-pc-src=//check.example/a></script><img" IMAGE
      " data-pc-service=\"check\" data-pc-purpose=\"marketing\""
      " data-pc-src=//check.example/b>" },
    { "<audio src=//tracker.example/a><track src=//tracker.example/b>",
      "<audio" TRACKER " data-pc-src=//tracker.example/a><track" TRACKER
      " data-pc-src=//tracker.example/b>" },
    { "<input type=IMAGE src=//tracker.example/a><input src=//tracker.example>",
      "<input" IMAGE TRACKER " type=IMAGE data-pc-src=//tracker.example/a>"
      "<input src=//tracker.example>" },
    { "<object data=//tracker.example/a><embed src=//tracker.example/b>",
      "<object" TRACKER " data-pc-data=//tracker.example/a><embed" TRACKER
      " data-pc-src=//tracker.example/b>" },

    /* frames */

    { "<iframe src=\"https://video.example/embed/1?a=b&amp;c\" width=9>x"
      "</iframe>",
      "<iframe" FRAME("https%3A%2F%2Fvideo.example%2Fembed%2F1%3Fa%3Db%26c")
      VIDEO " data-pc-src=\"https://video.example/embed/1?a=b&amp;c\" width=9>x"
      "</iframe>" },

    { "<iframe srcdoc=\"<style>a{}</style><style>b{}</style>\"></iframe>",
      NULL },
    { "<iframe srcdoc=\"<img src=//tracker.example/a>\"></iframe>"
      "<audio src=//tracker.example/b>",
      "<iframe srcdoc=\"<img src=&quot;data:image/gif;base64,"
      "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==&quot;"
      " data-pc-service=&quot;tracker&quot; data-pc-purpose=&quot;marketing"
      "&quot; data-pc-src=//tracker.example/a>\"" TRACKER
      " data-pc-srcdoc=\"<img src=//tracker.example/a>\"></iframe>"
      "<audio" TRACKER " data-pc-src=//tracker.example/b>" },

    /* links and meta */

    { "<link rel=stylesheet href=//tracker.example/a.css>",
      "<link" SHEET TRACKER " rel=stylesheet"
      " data-pc-href=//tracker.example/a.css>" },
    { "<link type='text/css' rel='alternate StyleSheet' media=print"
      " href=//tracker.example/a.css>",
      "<link" SHEET TRACKER " data-pc-type='text/css'"
      " rel='alternate StyleSheet' media=print"
      " data-pc-href=//tracker.example/a.css>" },
    { "<link rel='stylesheet preload' as=style href=//tracker.example/a.css>",
      "<link" TRACKER " rel='stylesheet preload' as=style"
      " data-pc-href=//tracker.example/a.css>" },
    { "<link href=//tracker.example rel='DNS-prefetch'>",
      "<link" TRACKER " data-pc-href=//tracker.example rel='DNS-prefetch'>" },
    { "<link rel=canonical href=//tracker.example/a>", NULL },
    { "<link rel=preload as=image imagesrcset='//tracker.example/a 1x'>",
      "<link" TRACKER
      " rel=preload as=image data-pc-imagesrcset='//tracker.example/a 1x'>" },
    { "<meta http-equiv=refresh content=\"0;url=//tracker.example/\">",
      "<meta" TRACKER
      " http-equiv=refresh data-pc-content=\"0;url=//tracker.example/\">" },
    { "<meta name=a content=\"0;url=//tracker.example/\">", NULL },

    /* style sheets */

    { "<style>@import 'https://tracker.example/a.css'; a { color: red }"
      "</style>",
      "<style>@import 'data:text/css,#https://tracker.example/a.css';"
      " a { color: red }</style>" },
    { "<style>a{b:url( //tracker.example/a.png )}c{d:url(\"/ok.png\")}</style>",
      "<style>a{b:url( data:text/css,#//tracker.example/a.png )}"
      "c{d:url(\"/ok.png\")}</style>" },
    { "<style>/* url(//tracker.example/a) */ b{c:u\\72l(//tracker.example/a)}"
      "</style>",
      "<style>/* url(//tracker.example/a) */"
      " b{c:u\\72l(data:text/css,#//tracker.example/a)}</style>" },
    { "<style>a{b:image-set('//tracker.example/a' 1x,'/b' 2x)}"
      "@namespace url(http://www.w3.org/2000/svg);</style>",
      "<style>a{b:image-set('data:text/css,#//tracker.example/a' 1x,'/b' 2x)}"
      "@namespace url(http://www.w3.org/2000/svg);</style>" },
    { "<p style=\"color:red;background:url('//tracker.example/a')\" id=x>",
      "<p" TRACKER " style=\"color:red;background:"
      "url('data:text/css,#//tracker.example/a')\" id=x>" },
    { "<p style='a:url(&quot;//tracker.example/a&quot;)'>",
      "<p" TRACKER " data-pc-style='a:url(&quot;//tracker.example/a&quot;)'>" },
    { "<p style=\"color:red;background:url('/own.png')\">", NULL },

    /* noscript, whose content is markup in one of its two readings */

    { "<noscript><img src=//tracker.example/a></noscript>",
      "<noscript><img" IMAGE TRACKER
      " data-pc-src=//tracker.example/a></noscript>" },

    { "<noscript><!-- </noscript><img src=//tracker.example/a> -->",
      "<noscript><!-- --></noscript><img" IMAGE TRACKER
      " data-pc-src=//tracker.example/a> -->" },
    { "<noscript><style></noscript><img src=//tracker.example/a></style>",
      "<noscript><style>--></style></noscript><img" IMAGE TRACKER
      " data-pc-src=//tracker.example/a></style>" },
    { "<noscript><img alt=\"</noscript ><img src=//tracker.example/a>\">",
      "<noscript></noscript ><img" IMAGE TRACKER
      " data-pc-src=//tracker.example/a>\">" },
    { "<noscript><p></noscripty></p></noscript>", NULL },

    /* svg and math */

    { "<svg><image xlink:href=//tracker.example/a /></svg>",
      "<svg><image" TRACKER " data-pc-xlink:href=//tracker.example/a /></svg>"
    },
    { "<svg><style><img src=//tracker.example/a></style></svg>",
      "<svg><style><img" IMAGE TRACKER
      " data-pc-src=//tracker.example/a></style></svg>" },
    { "<svg><![CDATA[<img src=//tracker.example/a>]]></svg>", NULL },
    { "<svg><desc><style><img src=//tracker.example/a></style></desc></svg>",
      NULL },
    { "<math><mi><![CDATA[<img src=//tracker.example/a>]]></math>", NULL },

    /* cut off */

    { "text<script>trk('go'", "text<script" INERT TRACKER ">trk('go'" },
    { "<p>text<img src=//tracker.example/a", "<p>text" },
    { "a <", NULL }
};


static void
test_cases(void **state)
{
    size_t  i;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(cases[i].in, cases[i].out ? cases[i].out : cases[i].in,
              (how_t) { .body = 0 });
    }
}


static const case_t  body_cases[] = {
    { "<!doctype html><html><head><title>a</title></head><body class=x><p>",
      "<!doctype html><html><head><title>a</title></head><body class=x>" BODY
      "<p>" },
    { "<title>a</title><script>b</script><p>c",
      "<title>a</title><script>b</script>" BODY "<p>c" },
    { "<head><noscript><img src=/a></noscript></head><body>b",
      "<head><noscript><img src=/a></noscript></head><body>" BODY "b" },
    { "<head><template><body><p></template></head><body>b",
      "<head><template><body><p></template></head><body>" BODY "b" },
    { "<base href=/x><body>b", "<base href=/x><body>" BODY "b" },
    { "<base href=//cdn.example/><body><iframe src=/embed/1></iframe>"
      "<iframe src=//video.example/embed/></iframe>",
      "<base href=//cdn.example/><body>" ELSEWHERE
      "<iframe src=/embed/1></iframe><iframe src=\"//www.site.example"
      "/privacy-choices/placeholder?service=video&amp;purpose=embeds"
      "&amp;url=https%3A%2F%2Fvideo.example%2Fembed%2F\"" VIDEO
      " data-pc-src=//video.example/embed/></iframe>" },
    { "<title></title>"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"a\">"
      "<!-- " LONG LONG " --><body>b",
      "<title></title>"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"a\">"
      "<!-- " LONG LONG " --><body>" POLICY "b" },
    { "<meta http-equiv=Content-Security-Policy content=\"a\"><body>b",
      "<meta http-equiv=Content-Security-Policy content=\"a\"><body>" POLICY
      "b" },
    { "<meta http-equiv=x content=\"a\"><body>b",
      "<meta http-equiv=x content=\"a\"><body>" BODY "b" },
    { "<frameset><frame src=/a></frameset>", NULL },
    { "only text", "only text" BODY }
};


/* What a script puts into a page is no document. */

static const case_t  whole_cases[] = {
    { "<!doctype html><p>a", "<!doctype html>" BODY "<p>a" },
    { "<!DOCTYPE x>a", "<!DOCTYPE x>a" BODY },
    { "<html><p>a", "<html>" BODY "<p>a" },
    { "<!-- a --><html lang=en><p>a",
      "<!-- a --><html lang=en>" BODY "<p>a" },
    { "<head><title>a</title></head><p>a",
      "<head><title>a</title></head>" BODY "<p>a" },
    { "<body><p>a", "<body>" BODY "<p>a" },
    { "", NULL },
    { "a", NULL },
    { "<p>a</p>", NULL },
    { "<!-- html --><div>a</div>", NULL },
    { "<title>a</title><main>a</main>", NULL },
    { "<script>a</script><p>a", NULL },
    { "<li>a</li><li>b</li><body>", NULL },
    { "<turbo-frame id=a></turbo-frame>", NULL }
};


static void
test_whole(void **state)
{
    size_t  i;

    (void) state;

    for (i = 0; i < sizeof(whole_cases) / sizeof(whole_cases[0]); i++) {
        check(whole_cases[i].in,
              whole_cases[i].out ? whole_cases[i].out : whole_cases[i].in,
              (how_t) { .body = 1, .whole = 1 });
    }
}


static void
test_body(void **state)
{
    size_t  i;

    (void) state;

    for (i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++) {
        check(body_cases[i].in,
              body_cases[i].out ? body_cases[i].out : body_cases[i].in,
              (how_t) { .body = 1 });
    }
}


/* What stands for that which a held script would have filled. */

#define CHECK  "<script src=//check.example/a></script>"
#define OTHER  "<script src=//second.example/a></script>"
#define HELD                                                                  \
    "<script" INERT " data-pc-service=\"check\""                              \
    " data-pc-purpose=\"marketing\" data-pc-fills=\""                         \
    "[&#34;check&#34;,&#34;C&amp;&#34;,&#34;&#34;,[&#34;marketing&#34;],"      \
    "[[&#34;.c&#34;,&#34;&#34;,&#34;&#34;,0]]]\""                              \
    " data-pc-src=//check.example/a></script>"
#define HELD_OTHER                                                            \
    "<script" INERT " data-pc-service=\"second\""                             \
    " data-pc-purpose=\"marketing\" data-pc-fills=\""                         \
    "[&#34;second&#34;,&#34;S&#34;,&#34;&#34;,[&#34;marketing&#34;],"          \
    "[[&#34;.s&#34;,&#34;&#34;,&#34;&#34;,0]]]\""                              \
    " data-pc-src=//second.example/a></script>"

static const case_t  end_cases[] = {
    { "<body><p>a" CHECK "</p></body></html>",
      "<body>" BODY "<p>a" HELD "</p><end check></body></html>" },
    { "<body><p>a" CHECK, "<body>" BODY "<p>a" HELD "<end check>" },
    { "<head>" CHECK CHECK "</head><body>" OTHER "</body>",
      "<head>" HELD HELD "</head><body>" BODY HELD_OTHER
      "<end check second></body>" },

    /* Each once, wherever it stands. */

    { "<body>" CHECK "</body></html>" OTHER CHECK,
      "<body>" BODY HELD "<end check></body></html>" HELD_OTHER HELD
      "<end second>" },
    { "<body>" CHECK "</body></body>",
      "<body>" BODY HELD "<end check></body></body>" },

    { "<body>" CHECK "</body                         ></body   >",
      "<body>" BODY HELD "<end check></body                         >"
      "</body   >" },
    { "<body>" CHECK "</body                          ></body   >",
      "<body>" BODY HELD "</body                          ><end check>"
      "</body   >" },

    /* Where it would be no markup, there is none. */

    { "<body>" CHECK "<textarea></body>",
      "<body>" BODY HELD "<textarea></body>" },
    { "<body>" CHECK "<!-- </body>", "<body>" BODY HELD "<!-- </body>" },
    { "<body>" CHECK "<template></body>",
      "<body>" BODY HELD "<template></body>" },
    { "<body>" CHECK "<template></body></template></body>",
      "<body>" BODY HELD "<template></body></template><end check></body>" },
    { "<body>" CHECK "<style>a</body>", "<body>" BODY HELD "<style>a</body>" },
    { "<body>" CHECK "<p", "<body>" BODY HELD },
    { "<body>" CHECK "<plaintext></body>",
      "<body>" BODY HELD "<plaintext></body>" },

    { "<body><p>a</p></body>", "<body>" BODY "<p>a</p></body>" },
    { "<body><script src=//tracker.example/a></script></body>",
      "<body>" BODY "<script" INERT TRACKER
      " data-pc-src=//tracker.example/a></script></body>" }
};


static void
test_end(void **state)
{
    size_t  i;

    (void) state;

    for (i = 0; i < sizeof(end_cases) / sizeof(end_cases[0]); i++) {
        check(end_cases[i].in, end_cases[i].out,
              (how_t) { .body = 1, .end = 1 });
    }

    /* A part of a page has none. */

    check("<p>" CHECK, "<p>" HELD,
          (how_t) { .body = 1, .end = 1, .whole = 1 });
}


#define LONG_LANG  "pt-abcdefgh-abcdefgh-abcdefgh-abcdefgh"

static const case_t  lang_cases[] = {
    { "<html lang=pt-BR><body><iframe src='//video.example/embed/'></iframe>",
      "<html lang=pt-BR><body>" SPOKEN "<iframe src=\""
      "/privacy-choices/placeholder?service=video&amp;purpose=embeds"
      "&amp;url=https%3A%2F%2Fvideo.example%2Fembed%2F&amp;lang=pt-BR\""
      " data-pc-service=\"video\" data-pc-purpose=\"embeds\""
      " data-pc-src='//video.example/embed/'></iframe>" },
    { "<!doctype html><html class=a lang=\"pt-BR\"><head><p>a",
      "<!doctype html><html class=a lang=\"pt-BR\"><head>" SPOKEN "<p>a" },
    { "<HTML LANG='pt-BR'><p>a", "<HTML LANG='pt-BR'>" SPOKEN "<p>a" },

    /* The first that has one; nothing but a tag; of html alone. */

    { "<html><html lang=pt-BR><html lang=en><p>a",
      "<html><html lang=pt-BR><html lang=en>" SPOKEN "<p>a" },
    { "<html lang=de><html lang=pt-BR><p>a",
      "<html lang=de><html lang=pt-BR>" BODY "<p>a" },
    { "<html lang='pt-BR\"'><p>a", "<html lang='pt-BR\"'>" BODY "<p>a" },
    { "<html lang=" LONG_LANG "><p>a",
      "<html lang=" LONG_LANG ">" BODY "<p>a" },
    { "<html><body lang=pt-BR>a", "<html><body lang=pt-BR>" BODY "a" },
    { "<html xml:lang=pt-BR><p>a", "<html xml:lang=pt-BR>" BODY "<p>a" },
    { "<html lang=><p>a", "<html lang=>" BODY "<p>a" },

    /* In a srcdoc that of the page around counts: one page, one language. */

    { "<html lang=fi><body><iframe srcdoc=\"<iframe "
      "src='//video.example/embed/'></iframe>\"></iframe>",
      "&amp;amp;lang=fi" },
    { "<html lang=fi><body><iframe srcdoc=\"<html lang=sv><iframe "
      "src='//video.example/embed/'></iframe>\"></iframe>",
      "&amp;amp;lang=fi" }
};


static void
test_lang(void **state)
{
    size_t         i, len;
    how_t          how = { .body = 1, .step = 1 };
    const case_t  *c;

    (void) state;

    for (i = 0; i < sizeof(lang_cases) / sizeof(lang_cases[0]); i++) {
        c = &lang_cases[i];

        if (c->out[0] == '<') {
            check(c->in, c->out, how);
            continue;
        }

        len = strlen(c->in);

        for (how.split = 0; how.split <= len; how.split++) {
            rewrite((consent_str_t) { len, (const uint8_t *) c->in }, &how);
            if (strstr(out.text, c->out) == NULL) {
                fail_msg("%s: %s", c->in, out.text);
            }
        }
    }
}


static const case_t  xml_cases[] = {
    { "<p><script src='//tracker.example/a.js'/>"
      "<img src='//tracker.example/a'/></p>",
      "<p><script" INERT TRACKER " data-pc-src='//tracker.example/a.js'/>"
      "<img" IMAGE TRACKER " data-pc-src='//tracker.example/a'/></p>" },

    /* names have a case, and a prefix */

    { "<IMG src='//tracker.example/a'/><img SRC='//tracker.example/a'/>",
      NULL },
    { "<h:img src='//tracker.example/a'/><h:img h:src='//tracker.example/'/>",
      "<h:img" IMAGE TRACKER " data-pc-src='//tracker.example/a'/>"
      "<h:img h:src='//tracker.example/'/>" },
    { "<image l:href='//tracker.example/a'/>",
      "<image" TRACKER " l:data-pc-href='//tracker.example/a'/>" },
    { "<a-very-long-prefix-of-a:image a-very-long-prefix:href="
      "'//tracker.example/a'/>",
      "<a-very-long-prefix-of-a:image" TRACKER " a-very-long-prefix:"
      "data-pc-href='//tracker.example/a'/>" },

    { "<feImage href='//tracker.example/a'/><feImage x:href='"
      "//tracker.example/a'/>",
      "<feImage" TRACKER " data-pc-href='//tracker.example/a'/><feImage"
      TRACKER " x:data-pc-href='//tracker.example/a'/>" },

    /* instructions, strings in a DOCTYPE, comments */

    { "<?xml-stylesheet href='//tracker.example/a'?><?a b='"
      "//tracker.example/'?><a/>",
      "<?data-pc-xml-stylesheet href='//tracker.example/a'?><?a b='"
      "//tracker.example/'?><a/>" },
    { "<?xml-stylesheet type='text/css' href='/a.css'?><a/>", NULL },
    { "<?xml-stylesheets href='//tracker.example/a'?><a/>", NULL },
    { "<?a <img src='//tracker.example/a'> ?><!-- --!> <img src='"
      "//tracker.example/a'/> --><!--> <img src='//tracker.example/a'/> -->",
      NULL },
    { "<!DOCTYPE a SYSTEM '><!-- '><img src='//tracker.example/a'/>",
      "<!DOCTYPE a SYSTEM '><!-- '><img" IMAGE TRACKER
      " data-pc-src='//tracker.example/a'/>" },
    { "<!DOCTYPE a [<!-- ]>' --><?b ]>'?><!ENTITY c ']>'>]><a>&c;</a>",
      "<!DOCTYPE a ><a>&c;</a>" },
    { "<!DOCTYPE a SYSTEM '[' [<!ENTITY c ", "<!DOCTYPE a SYSTEM '[' " }
};


static void
test_xml(void **state)
{
    size_t  i;

    (void) state;

    for (i = 0; i < sizeof(xml_cases) / sizeof(xml_cases[0]); i++) {
        check(xml_cases[i].in,
              xml_cases[i].out ? xml_cases[i].out : xml_cases[i].in,
              (how_t) { .xml = 1 });
    }

    /* beyond the bound of a tag */

    check("<image " LONG " l:href='//tracker.example/a'/>",
          "<image " LONG " " TRACKER " l:data-pc-href='//tracker.example/a'/>",
          (how_t) { .xml = 1, .max_tag = 32 });
    check("<?xml-stylesheet " LONG " href='/a'?>",
          "<?data-pc-xml-stylesheet " LONG " href='/a'?>",
          (how_t) { .xml = 1, .max_tag = 32 });

    /* none of a script comes out whose tag did, as it was too long to wait */

    check("<script " LONG ">a<?xml-stylesheet href='//tracker.example/a'",
          "<script " LONG ">\n#",
          (how_t) { .xml = 1, .max_tag = 32 });
    check("<script " LONG "><b/><a href='javascript:trk(\"go\")'/></script>",
          "<script " LONG ">\n#</script>",
          (how_t) { .xml = 1, .max_tag = 32 });
    check("<script " LONG "><!--trk('go')--></script>",
          "<script " LONG ">\n#</script>",
          (how_t) { .xml = 1, .max_tag = 32 });

    /* where nothing is held back, all of it stays */

    check("<?xml-stylesheet href='//tracker.example/a'?>"
          "<!DOCTYPE a [<!ENTITY c 'd'>]><a/>",
          "<?xml-stylesheet href='//tracker.example/a'?>"
          "<!DOCTYPE a [<!ENTITY c 'd'>]><a/>",
          (how_t) { .xml = 1, .observe = 1 });
}


/* Each carrier for itself: an element, what it has besides, a value, and the
   attributes that must not keep it. */

#define HERE  "//tracker.example/a"
#define CODE  "trk('go')"

static const struct {
    const char  *tag;
    const char  *besides;
    const char  *value;
    const char  *attrs;         /* with a space between */
} carriers[] = {
    { "script", "", HERE, "src href xlink:href attributionsrc" },
    { "iframe", "", HERE, "src" },
    { "frame", "", HERE, "src" },
    { "portal", "", HERE, "src" },
    { "fencedframe", "", HERE, "src" },
    { "img", "", HERE, "src srcset lowsrc dynsrc attributionsrc" },
    { "image", "", HERE, "src srcset href xlink:href" },
    { "mglyph", "", HERE, "src" },
    { "input", "type=image", HERE, "src" },
    { "source", "", HERE, "src srcset" },
    { "track", "", HERE, "src" },
    { "audio", "", HERE, "src" },
    { "video", "", HERE, "src poster" },
    { "bgsound", "", HERE, "src" },
    { "model", "", HERE, "src" },
    { "embed", "", HERE, "src code" },
    { "object", "", HERE, "data codebase archive" },
    { "applet", "", HERE, "code codebase archive" },
    { "param", "name=movie", HERE, "value" },
    { "link", "rel=stylesheet", HERE, "href imagesrcset" },
    { "html", "", HERE, "manifest" },
    { "meta", "http-equiv=refresh", "0;" HERE, "content" },
    { "a", "", HERE, "ping attributionsrc" },
    { "area", "", HERE, "ping attributionsrc" },
    { "body", "", HERE, "background" },
    { "table", "", HERE, "background" },
    { "colgroup", "", HERE, "background" },
    { "col", "", HERE, "background" },
    { "thead", "", HERE, "background" },
    { "tbody", "", HERE, "background" },
    { "tfoot", "", HERE, "background" },
    { "tr", "", HERE, "background" },
    { "td", "", HERE, "background" },
    { "th", "", HERE, "background" },
    { "x", "", "javascript:" CODE, "href xlink:href action formaction" },
    { "x", "", CODE, "onclick" },
    { "use", "", HERE, "href xlink:href" },
    { "feimage", "", HERE, "href xlink:href" },
    { "animate", "attributeName=href", HERE, "from to by values" },
    { "set", "attributeName=href", HERE, "to" },
    { "amp-img", "", HERE, "src srcset" },
    { "amp-anim", "", HERE, "src srcset" },
    { "amp-pixel", "", HERE, "src" },
    { "amp-iframe", "", HERE, "src" },
    { "amp-video-iframe", "", HERE, "src poster" },
    { "amp-video", "", HERE, "src poster" },
    { "amp-audio", "", HERE, "src" },
    { "amp-list", "", HERE, "src" },
    { "amp-state", "", HERE, "src" },
    { "amp-analytics", "", HERE, "config" },
    { "amp-analytics", "", "a", "type" },
    { "amp-ad", "", HERE, "src data-src" },
    { "amp-ad", "", "a", "type" },
    { "amp-embed", "", HERE, "src data-src" },
    { "amp-embed", "", "a", "type" },
    { "amp-auto-ads", "", "a", "type" },
    { "amp-youtube", "", "a", "data-videoid" },
    { "amp-vimeo", "", "a", "data-videoid" },
    { "amp-dailymotion", "", "a", "data-videoid" },
    { "amp-twitter", "", "a", "data-tweetid" },
    { "amp-instagram", "", "a", "data-shortcode" },
    { "amp-facebook", "", "a", "data-href" },
    { "amp-soundcloud", "", "a", "data-trackid" },
    { "amp-pinterest", "", "a", "data-url" },
    { "amp-reddit", "", "a", "data-src" },
    { "amp-tiktok", "", "a", "data-src" },
    { "amp-jwplayer", "", "a", "data-media-id" },
    { "amp-brightcove", "", "a", "data-account" },
    { "amp-gist", "", "a", "data-gistid" },
    { "amp-imgur", "", "a", "data-imgur-id" }
};


static void
test_carriers(void **state)
{
    int          n;
    char         in[256], kept[64], moved[64];
    size_t       i;
    const char  *p;

    (void) state;

    for (i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {

        for (p = carriers[i].attrs; *p; p += n + (p[n] == ' ')) {
            n = (int) strcspn(p, " ");

            sprintf(in, "<svg><%s %s %.*s=\"%s\">", carriers[i].tag,
                    carriers[i].besides, n, p, carriers[i].value);
            sprintf(kept, " %.*s=\"%s", n, p, carriers[i].value);
            sprintf(moved, " data-pc-%.*s=\"%s", n, p, carriers[i].value);

            rewrite((consent_str_t) { strlen(in), (uint8_t *) in },
                    &(how_t) { .split = 1, .step = 1000 });

            if (strstr(out.text, kept) || !strstr(out.text, moved)) {
                fail_msg("%s became %s", in, out.text);
            }
        }
    }
}


static void
test_observe(void **state)
{
    static const char  in[] = "<body><img src=//tracker.example/a>"
                              "<script>trk('go')</script>";

    (void) state;

    check(in, in, (how_t) { .observe = 1, .body = 1 });
    assert_int_equal(out.held, 2);
}


/* What of a tag exceeds the bound is judged attribute by attribute. */

static const case_t  long_cases[] = {
    { "<img " LONG " src=/a>b", NULL },
    { "<div " LONG " " LONG ">b</div>", NULL },
    { "<img src=//tracker.example/a " LONG ">",
      "<img" IMAGE TRACKER " data-pc-src=//tracker.example/a " LONG ">" },
    { "<img " LONG " src=//tracker.example/a alt=b>",
      "<img " LONG " " IMAGE TRACKER
      " data-pc-src=//tracker.example/a alt=b>" },
    { "<script " LONG " src='//tracker.example/a'></script>",
      "<script " LONG " " INERT TRACKER
      " data-pc-src='//tracker.example/a'></script>" },
    { "<link rel=icon href=/a " LONG " href=//tracker.example/b>",
      "<link rel=icon href=/a " LONG " " TRACKER
      " data-pc-href=//tracker.example/b>" },
    { "<link href=//tracker.example/b " LONG " rel=canonical>",
      "<link" TRACKER " data-pc-href=//tracker.example/b " LONG
      " rel=canonical>" },
    { "<style " LONG ">a{b:url(//tracker.example/c)}</style>",
      "<style " LONG ">a{b:url(data:text/css,#//tracker.example/c)}</style>" },
    { "<p>" "<img " LONG " src=//tracker.example/a", "<p><img " LONG " " }
};


static void
test_long_tag(void **state)
{
    size_t  i;

    (void) state;

    for (i = 0; i < sizeof(long_cases) / sizeof(long_cases[0]); i++) {
        check(long_cases[i].in,
              long_cases[i].out ? long_cases[i].out : long_cases[i].in,
              (how_t) { .max_tag = 32 });
    }
}


/* An attribute longer than any URL is decided upon before it ends. */

static void
test_long_attr(void **state)
{
    size_t       n;
    how_t        how = { .max_tag = 64, .step = 1000 };
    static char  in[100000], *p;

    (void) state;

    n = (size_t) sprintf(in, "<img " LONG " src=\"//tracker.example/");
    memset(in + n, 'a', 90000);
    strcpy(in + n + 90000, "\" alt=x>b");

    rewrite((consent_str_t) { strlen(in), (uint8_t *) in }, &how);

    p = strstr(out.text, IMAGE TRACKER " data-pc-src=\"//tracker.example/aa");
    assert_non_null(p);
    assert_non_null(strstr(p, "aa\" alt=x>b"));
    assert_true(arena.used < 131072);

    n = (size_t) sprintf(in, "<img " LONG " src=\"data:image/png;base64,");
    memset(in + n, 'a', 90000);
    strcpy(in + n + 90000, "\" alt=x>b");

    rewrite((consent_str_t) { strlen(in), (uint8_t *) in }, &how);
    assert_string_equal(out.text, in);

    /* it alone is longer than what decides */

    how.max_tag = 40000;
    n = (size_t) sprintf(in, "<p>a <img alt=x src=\"data:image/png;base64,");
    memset(in + n, 'a', 90000);
    strcpy(in + n + 90000, "\" title=y>b");

    rewrite((consent_str_t) { strlen(in), (uint8_t *) in }, &how);
    assert_string_equal(out.text, in);
}


/* More carriers than are noted: none of the attributes goes out. */

static void
test_overflow(void **state)
{
    unsigned     i;
    static char  in[2048];

    (void) state;

    strcpy(in, "<script");

    for (i = 0; i < 40; i++) {
        strcat(in, " src=/a");
    }

    strcat(in, ">a</script>");

    check(in, "<script" INERT UNKNOWN ">a</script>", (how_t) { .body = 0 });
}


typedef struct {
    consent_charset_t   charset;
    const char         *in;
    const char         *out;
} charset_case_t;


static const charset_case_t  charset_cases[] = {

    /* hosts beyond ASCII have no known name but in UTF-8 */

    { CONSENT_CHARSET_UTF8, "<img src=\"//b\xc3\xbc.cdn.example/a\">", NULL },
    { CONSENT_CHARSET_PLAIN, "<img src=\"//b\xc3\xbc.cdn.example/a\">",
      "<img" IMAGE UNKNOWN " data-pc-src=\"//b\xc3\xbc.cdn.example/a\">" },
    { CONSENT_CHARSET_PLAIN, "<img src=\"//b&uuml;.cdn.example/\xfc\">",
      NULL },
    { CONSENT_CHARSET_UNSURE, "<img src=\"//b\xc3\xbc.cdn.example/a\">",
      "<img" IMAGE UNKNOWN " data-pc-src=\"//b\xc3\xbc.cdn.example/a\">" },
    { CONSENT_CHARSET_UNSURE, "<img src=\"//cdn.example/\xc3\xbc\">", NULL },
    { CONSENT_CHARSET_UNSURE, "<img src=\"//x\x83@cdn.example/a\">",
      "<img" IMAGE UNKNOWN " data-pc-src=\"//x\x83@cdn.example/a\">" },

    /* a base that leads nobody knows where */

    { CONSENT_CHARSET_SJIS, "<base href=\"//\x83\x5cx/\"><img src=a>",
      "<base" UNKNOWN " data-pc-href=\"//\x83\x5cx/\"><img src=a>" },
    { CONSENT_CHARSET_UNSURE, "<base href=\"/\x83\x5cx/\"><img src=a>",
      "<base" UNKNOWN " data-pc-href=\"/\x83\x5cx/\"><img src=a>" },
    { CONSENT_CHARSET_UNSURE, "<base href=\"/\xfc/\"><img src=a>", NULL },

    /* a page inside of an attribute, written anew */

    { CONSENT_CHARSET_PLAIN,
      "<iframe srcdoc=\"\xe9&eacute;&lt;&quot;<img src=//tracker.example/>\">"
      "</iframe>",
      "<iframe srcdoc=\"\xe9&amp;eacute;<&quot;"
      "<img src=&quot;data:image/gif;base64,"
      "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==&quot;"
      " data-pc-service=&quot;tracker&quot; data-pc-purpose=&quot;marketing"
      "&quot; data-pc-src=//tracker.example/>\"" TRACKER
      " data-pc-srcdoc=\"\xe9&eacute;&lt;&quot;"
      "<img src=//tracker.example/>\"></iframe>" },
    { CONSENT_CHARSET_SJIS,
      "<iframe srcdoc=\"\x83\x5c<img src=//tracker.example/>\"></iframe>",
      "<iframe" TRACKER
      " data-pc-srcdoc=\"\x83\x5c<img src=//tracker.example/>\"></iframe>" },

    /* style, script, CDATA */

    { CONSENT_CHARSET_GB,
      "<style>a{content:\"\x81\x5c\"}b{background:url(//tracker.example/)}",
      "<style>a{content:\"\x81\x5c\"}b{background:url(data:text/css,#"
      "//tracker.example/)}" },
    { CONSENT_CHARSET_PLAIN,
      "<style>a{content:\"\x81\x5c\"}b{background:url(//tracker.example/)}",
      NULL },
    { CONSENT_CHARSET_BIG5, "<script>a='\xa5\x5c';trk('go')</script>",
      "<script" INERT TRACKER ">a='\xa5\x5c';trk('go')</script>" },
    { CONSENT_CHARSET_BIG5, "<script>a='\x81\x5c';trk('go')</script>", NULL },
    { CONSENT_CHARSET_BIG5,
      "<script type=module>import '//tracker.example/a';import 'b'</script>",
      "<script" INERT TRACKER " data-pc-type=module>"
      "import '//tracker.example/a';import 'b'</script>" },
    { CONSENT_CHARSET_SJIS,
      "<svg><![CDATA[\x83]]><!-- ]]><image href=//tracker.example/>",
      "<svg><![CDATA[\x83]]><!-- -->]]><image" TRACKER
      " data-pc-href=//tracker.example/>" },

    /* nothing declared */

    { CONSENT_CHARSET_UNSURE, "<p>\xe9\\n\xe9\\'\xe9]]\x1b$B\xe9\\",
      "<p>\xe9\\n\xe9 \\'\xe9 ]]\x1a$B\xe9 \\" }
};


static void
test_charsets(void **state)
{
    size_t  i;
    how_t   how;

    (void) state;

    memset(&how, 0, sizeof(how));

    for (i = 0; i < sizeof(charset_cases) / sizeof(charset_cases[0]); i++) {
        how.charset = charset_cases[i].charset;

        check(charset_cases[i].in,
              charset_cases[i].out ? charset_cases[i].out
                                   : charset_cases[i].in, how);
    }
}


/* A script beyond the bound goes out; a loader found later kills it. */

static void
test_long_script(void **state)
{
    static const char  in[] = "<script>var a = 'some long code here';\n"
                              "var b = 'and even more of it here';\n"
                              "trk('go')</script><p>b";
    how_t  how = { .max_inline = 32, .split = 0, .step = 16 };

    (void) state;

    rewrite(consent_str(in), &how);
    assert_null(strstr(out.text, "trk('go')"));
    assert_non_null(strstr(out.text, "\n#</script><p>b"));
    assert_int_equal(out.held, 1);
}


/* The bound falls into the end tag, which is no part of the script. */

static void
test_long_script_end(void **state)
{
    static const char  in[] = "<script>f()</script " LONG "><p>b";
    how_t  how = { .max_inline = 32 };

    (void) state;

    check(in, in, how);
}


/* In svg, "<" is text unless a letter follows: the style goes on. */

static void
test_long_svg_style(void **state)
{
    (void) state;

    check("<svg><style " LONG ">a< {b:url(//tracker.example/)}</style>",
          "<svg><style " LONG ">a< {b:url(data:text/css,#//tracker.example/)}"
          "</style>", (how_t) { .max_tag = 32 });
    check("<svg><style " LONG ">a{b:url(<\\/tracker.example/)}</style >",
          "<svg><style " LONG ">a{b:url(<\\/tracker.example/)}</style >",
          (how_t) { .max_tag = 32 });

    /* an element in it, which is none of its text */

    check("<svg><style " LONG ">a{b:url(<g/>//tracker.example/)}</style>",
          "<svg><style " LONG ">a{b:url(</style><g/>//tracker.example/)}"
          "</style>", (how_t) { .max_tag = 32 });
    check("<svg><style " LONG ">a{b:url(//tracker.example/</g>)}</style>",
          "<svg><style " LONG ">a{b:url(data:text/css,#//tracker.example/"
          "</style></g>)}</style>", (how_t) { .max_tag = 32 });
    check("<svg><style " LONG ">a{}<g " LONG "/>b{c:url(//tracker.example/)}",
          "<svg><style " LONG ">a{}</style><g " LONG "/>b{c:url("
          "//tracker.example/)}", (how_t) { .max_tag = 32 });
}


/* What can't be told is held even where unknown third parties are not. */

static void
test_untold(void **state)
{
    static const char  in[] = "<img src=//unknown.example/>"
                              "<iframe srcdoc='<iframe srcdoc=x></iframe>'>"
                              "</iframe>";
    how_t  how = { .split = sizeof(in), .open = 1 };

    (void) state;

    rewrite(consent_str(in), &how);
    assert_non_null(strstr(out.text, "<img src=//unknown.example/>"));
    assert_non_null(strstr(out.text, " data-pc-srcdoc=x"));
    assert_int_equal(out.held, 1);

    how.all = 1;
    rewrite(consent_str(in), &how);
    assert_string_equal(out.text, in);
}


static void
test_memory(void **state)
{
    how_t          how = { .step = 4096 };
    size_t         i;
    static char    big[OUT_MAX / 2];
    consent_str_t  in = { sizeof(big), (const uint8_t *) big };

    (void) state;

    memcpy(big, "<img src=\"", 10);
    memset(big + 10, 'a', sizeof(big) - 10);
    rewrite(in, &how);
    assert_true(arena.used < 4 * 65536);

    for (i = 0; i + 5 <= sizeof(big); i += 5) {
        memcpy(big + i, "<svg>", 5);
    }

    rewrite(in, &how);
    assert_true(arena.used < 16384);
}


/* Values of each chunk outgrow their memory; no chunk adds to what is kept. */

static void
test_memory_values(void **state)
{
    how_t          how = { .step = 4096 };
    size_t         i, once;
    static char    big[32 * 4096];
    consent_str_t  in = { 4096, (const uint8_t *) big };

    static const char  first[] = "<img src=\"/?&amp;";
    static const char  second[] = "\" srcset=\"/?&amp;";

    (void) state;

    for (i = 0; i < sizeof(big); i += 4096) {
        memset(big + i, 'a', 4096);
        memcpy(big + i, first, sizeof(first) - 1);
        memcpy(big + i + 600, second, sizeof(second) - 1);
        memcpy(big + i + 2600, "\">", 2);
    }

    rewrite(in, &how);
    once = arena.used - out.released;
    assert_true(out.released >= 1024 + 4096);

    in.len = sizeof(big);
    rewrite(in, &how);
    assert_int_equal(arena.used - out.released, once);
}


/*
 * Tags that matter by an attribute alone, with enough behind them to be read
 * in blocks: those are read twice, if they turn out to matter.
 */

#define SIXTEEN(s)  s s s s s s s s s s s s s s s s


static void
test_looks(void **state)
{
    size_t  i;
    char    in[1024], expected[1024];

    static const case_t  tags[] = {
        { "<a class=\"a\" href=\"/x\" ping=\"//tracker.example/p\" rel=\"r\">",
          "<a" TRACKER " class=\"a\" href=\"/x\" "
          "data-pc-ping=\"//tracker.example/p\" rel=\"r\">" },
        { "<td align=\"left\" BACKGROUND='//tracker.example/b' name=\"n\">",
          "<td" TRACKER " align=\"left\" data-pc-BACKGROUND="
          "'//tracker.example/b' name=\"n\">" },
        { "<p href=\"/x\" href=\"javascript:trk('go')\">", NULL },
        { "<a href=\"/x\" onclick=\"trk('go')\" "
          "href=\"javascript:trk('go')\">",
          "<a" TRACKER " href=\"/x\" data-pc-onclick=\"trk('go')\" "
          "href=\"javascript:trk('go')\">" },
        { "<a href=\"/x\" HREF=\"/y\" href=\" javascript:trk('go')\">",
          NULL },
        { "<a href=\"Javascript:trk('go')\" class=\"b\" href=\"/y\">",
          "<a" TRACKER " data-pc-href=\"Javascript:trk('go')\" class=\"b\" "
          "data-pc-href=\"/y\">" },
        { "<button data-a=\"1\" formaction=\"javascript:trk('go')\" a=\"b\">",
          "<button" TRACKER " data-a=\"1\" data-pc-formaction="
          "\"javascript:trk('go')\" a=\"b\">" },
        { "<img class=\"a\" data-src=\"//tracker.example/1\" alt=\"b\">",
          NULL },
        { "<x-y src=\"//tracker.example/x.js\" href=\"/a\" action=\"/b\">",
          NULL },

        /* more than are noted, known and other ones */

        { "<p " SIXTEEN("name=\"n\" ") SIXTEEN("name=\"n\" ") "name=\"n\">",
          "<p" UNKNOWN ">" },
        { "<p " SIXTEEN("id=\"n\" ") SIXTEEN("id=\"n\" ") "id=\"n\">", NULL }
    };

    (void) state;

    for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        snprintf(in, sizeof(in), "<head></head><body>%s%0100d", tags[i].in, 0);
        snprintf(expected, sizeof(expected), "<head></head><body>%s%0100d",
                 tags[i].out ? tags[i].out : tags[i].in, 0);
        check(in, expected, (how_t) { .body = 0 });
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_lang),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_carriers),
        cmocka_unit_test(test_observe),
        cmocka_unit_test(test_long_tag),
        cmocka_unit_test(test_long_attr),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_charsets),
        cmocka_unit_test(test_long_script),
        cmocka_unit_test(test_long_script_end),
        cmocka_unit_test(test_long_svg_style),
        cmocka_unit_test(test_untold),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_memory_values)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

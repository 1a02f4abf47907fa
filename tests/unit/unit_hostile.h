/*
 * Documents made to be costly: a table of them, and their making.  For the
 * tests of bounds, and for the benchmark, which tells what they take.
 */

#ifndef UNIT_HOSTILE_H
#define UNIT_HOSTILE_H


#include <stdint.h>
#include <stdlib.h>
#include <string.h>


/*
 * What a request may take: 64 KiB, and the bound of inline scripts, which is
 * 64 KiB as well.  There is one of these; hostile_arena.used is set to 0 before
 * each document, and tells afterwards what was taken.
 */

#define HOSTILE_INLINE  65536
#define HOSTILE_MEMORY  (65536 + HOSTILE_INLINE)


typedef struct {
    uint8_t   data[HOSTILE_MEMORY];
    size_t    used;
} hostile_arena_t;


static hostile_arena_t  hostile_arena;


/* consent_mem_t.alloc; data is the arena. */

static void *
hostile_alloc(void *data, size_t size)
{
    void             *p;
    hostile_arena_t  *a;

    a = data;
    size = (size + 15) & ~(size_t) 15;

    if (size > sizeof(a->data) - a->used) {
        return NULL;
    }

    p = a->data + a->used;
    a->used += size;

    return p;
}


/* A service of these is denied: host tracker.example, and trk("go". */

typedef struct {
    const char  *name;
    const char  *head;
    const char  *unit;          /* comes n times */
    const char  *tail;
    size_t       n;             /* in the full document */
    const char  *live;          /* must not come out; NULL: nothing */
    const char  *fill;          /* behind the unit's i-th time, i times */
    const char  *close;         /* behind that; NULL with fill */
    unsigned     still:1;       /* nothing in it is denied, or to be counted */
} hostile_t;


#define HOSTILE_X    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                      \
                     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define HOSTILE_URL  "//tracker.example/a"
#define HOSTILE_IMG  "<img src=\"" HOSTILE_URL "\">"
#define HOSTILE_SRC  " src=\"" HOSTILE_URL
#define HOSTILE_CSS  "url(" HOSTILE_URL
#define HOSTILE_RUN  "trk(\"go\""
#define HOSTILE_INERT(type)  "<script type=\"" type "\""


static const hostile_t  hostile[] = {

    /* one tag */

    { "tag, attribute in double quotes", "<img alt=\"", HOSTILE_X,
      "\"" HOSTILE_SRC "\"><p>", 800000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, attribute in single quotes", "<img alt='", HOSTILE_X,
      "'" HOSTILE_SRC "\"><p>", 800000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, attribute without quotes", "<img alt=", HOSTILE_X,
      HOSTILE_SRC "\"><p>", 800000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, never closed", "<img" HOSTILE_SRC "\" alt=\"", HOSTILE_X, "",
      800000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, a name without end", "<img" HOSTILE_SRC "\" ", HOSTILE_X, "",
      100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, white space", "<img ", "                                ",
      HOSTILE_SRC "\">", 200000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, slashes", "<img/", "////////////////", HOSTILE_SRC "\">",
      200000, HOSTILE_SRC, NULL, NULL, 0 },
    { "tag, the element's name", "<", HOSTILE_X, HOSTILE_SRC "\">"
      HOSTILE_IMG, 100000, "<img" HOSTILE_SRC, NULL, NULL, 0 },
    { "end tag", "</p ", HOSTILE_X, ">" HOSTILE_IMG, 200000, HOSTILE_SRC,
      NULL, NULL, 0 },
    { "end tag, attributes", "</p", HOSTILE_SRC "\"", ">" HOSTILE_IMG,
      200000, "<img" HOSTILE_SRC, NULL, NULL, 0 },
    { "script's tag", "<script data-x=\"", HOSTILE_X, "\" src=\"" HOSTILE_URL
      "\"></script>", 200000, HOSTILE_SRC, NULL, NULL, 0 },

    /* attributes */

    { "attributes, unknown", "<img", " a=b", HOSTILE_SRC "\">", 1000000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "attributes, each another", "<img", " a", HOSTILE_SRC "\">", 2000,
      HOSTILE_SRC, "b", "=c", 0 },
    { "attributes, src", "<img", HOSTILE_SRC "\"", ">", 1000000, HOSTILE_SRC,
      NULL, NULL, 0 },
    { "attributes, srcset and style", "<img",
      " srcset=\"" HOSTILE_URL " 1x\" style=\"a:" HOSTILE_CSS ")\"",
      HOSTILE_SRC "\">", 200000, HOSTILE_SRC, NULL, NULL, 0 },
    { "attributes, equals signs", "<img", " =", " x" HOSTILE_SRC "\">", 1000000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "attributes, tags full of them", "",
      "<img src=a src=a src=a src=a src=a src=a src=a src=a src=a src=a src=a"
      " src=a src=a src=a src=a src=a src=a src=a src=a src=a src=a src=a"
      " src=a src=a src=a src=a src=a src=a src=a src=a src=a src=a src=a"
      HOSTILE_SRC "\">", "", 5000, NULL, NULL, NULL, 0 },

    /* elements, one in the other */

    { "nested svg", "", "<svg>", HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL,
      0 },
    { "nested svg, script", "", "<svg>", "<script>" HOSTILE_RUN ")</script>",
      100000, "<script>" HOSTILE_RUN, NULL, NULL, 0 },
    { "nested svg, image", "", "<svg><g>", "<image href=\"" HOSTILE_URL
      "\"/>", 100000, " href=\"" HOSTILE_URL, NULL, NULL, 0 },
    { "nested math", "", "<math>", HOSTILE_IMG, 100000, HOSTILE_SRC, NULL,
      NULL, 0 },
    { "nested foreignObject", "", "<svg><foreignObject>", HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "nested integration points", "", "<svg><desc><math><mi>", HOSTILE_IMG,
      100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "nested svg, style", "", "<svg>", "<style>" HOSTILE_CSS ")</style>",
      100000, HOSTILE_CSS, NULL, NULL, 0 },
    { "nested template", "", "<template>", HOSTILE_IMG, 100000, HOSTILE_SRC,
      NULL, NULL, 0 },
    { "nested noscript", "", "<noscript>", HOSTILE_IMG, 100000, HOSTILE_SRC,
      NULL, NULL, 0 },
    { "nested table", "", "<table>", HOSTILE_IMG, 100000, HOSTILE_SRC, NULL,
      NULL, 0 },
    { "nested select", "", "<select>", HOSTILE_IMG, 100000, HOSTILE_SRC, NULL,
      NULL, 0 },
    { "nested div", "", "<div>", HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL,
      0 },
    { "nested svg, closed again", "", "<svg></svg>", HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "end tags", "", "</svg></p></template>", HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },

    /* what is read twice */

    { "read twice, all kinds", "<svg><title/><style/><script/><textarea/>"
      "<xmp/><iframe/><noembed/><noframes/><noscript/>", "</a <!-- ]] -->"
      HOSTILE_X, HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, one in the other", "<svg><style/>", "<title></title>",
      HOSTILE_IMG, 300000, HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, cut", "<svg>",
      "<style><textarea></style><p title='</textarea>", HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, CDATA", "<svg>", "<![CDATA[x><p title=\"]]>",
      HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, CDATA without end", "<svg>", "<![CDATA[x>]] ",
      HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, script", "<svg><script>", "<!--<script></script>-->",
      "</script>" HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, not sure of svg", "", "<svg></x><style></style>",
      HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, elements in foreignObject", "<svg><foreignObject>",
      "<p><b></p></foreignObject><title></b>", HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "read twice, templates with columns", "", "<template><col><style>",
      "</style>" HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "annotation-xml", "<math>",
      "<annotation-xml encoding=\"text&#x2f;html\">", HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "annotation-xml, long", "<math><annotation-xml encoding=\"", "&#x2f;",
      "\">" HOSTILE_IMG, 300000, HOSTILE_SRC, NULL, NULL, 0 },

    /* what has no end */

    { "comment", "<!--", "x-- ->--!" HOSTILE_IMG, "", 300000, NULL, NULL,
      NULL, 1 },
    { "comment, ended", "<!--", "<!-- -- - " HOSTILE_X, "-->" HOSTILE_IMG,
      300000, HOSTILE_SRC, NULL, NULL, 0 },
    { "bogus comment", "<!x", HOSTILE_X, ">" HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "processing instruction", "<?x ", HOSTILE_X, ">" HOSTILE_IMG, 100000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "CDATA", "<svg><![CDATA[", "]] > <p>" HOSTILE_X, "", 100000, NULL,
      NULL, NULL, 1 },
    { "CDATA, ended", "<svg><![CDATA[", "]] > ]>" HOSTILE_X,
      "]]>" HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "doctype", "<!doctype ", HOSTILE_X " \"' ", "", 100000, NULL, NULL,
      NULL, 1 },
    { "doctype, ended", "<!doctype html public \"", HOSTILE_X,
      "\">" HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "title", "<title>", "</titl <title>" HOSTILE_X, "</title>" HOSTILE_IMG,
      100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "plaintext", "<plaintext>", HOSTILE_IMG, "", 300000, NULL, NULL, NULL,
      1 },
    { "text", "", "a < b > c & d </ e> <!>", HOSTILE_IMG, 300000, HOSTILE_SRC,
      NULL, NULL, 0 },
    { "less-than signs", "", "<", HOSTILE_IMG, 1000000, HOSTILE_SRC, NULL,
      NULL, 0 },
    { "empty end tags", "", "</>", HOSTILE_IMG, 1000000, HOSTILE_SRC, NULL,
      NULL, 0 },

    /* scripts */

    { "script", "<script>", "var a = \"b\"; // c\n", "", 500000, NULL, NULL,
      NULL, 1 },
    { "script, loader late", "<script>", "var a = \"b\"; // c\n",
      HOSTILE_RUN ");</script>" HOSTILE_IMG, 500000, HOSTILE_RUN, NULL, NULL,
      0 },
    { "script, loaders", "<script>", HOSTILE_RUN ");\n", "</script>", 500000,
      "<script>" HOSTILE_RUN, NULL, NULL, 0 },
    { "script, loader early", "<script>" HOSTILE_RUN ");", HOSTILE_X,
      "</script>", 200000, "<script>" HOSTILE_RUN, NULL, NULL, 0 },
    { "script, comments", "<script>", "<!--\n",
      "\n" HOSTILE_RUN ");</script>" HOSTILE_IMG, 1000000, "\n" HOSTILE_RUN,
      NULL, NULL, 0 },
    { "script, escaped twice", "<script>", "<!--<script>\n", "", 300000, NULL,
      NULL, NULL, 1 },
    { "script, brackets", "<script>", "(({[`${", "", 200000, NULL, NULL, NULL,
      1 },
    { "script, brackets, loader late", "<script>", "((([[[{{{",
      ";" HOSTILE_RUN ");</script>", 200000, HOSTILE_RUN, NULL, NULL, 0 },
    { "script, template literals", "<script>", "`${",
      ";" HOSTILE_RUN ");</script>", 200000, HOSTILE_RUN, NULL, NULL, 0 },
    { "script, a string", "<script>a=\"", HOSTILE_X, "\";" HOSTILE_RUN
      ")</script>", 100000, HOSTILE_RUN, NULL, NULL, 0 },
    { "script, begins of loaders", "<script>", "trk(\"g trk(\"g\n",
      HOSTILE_RUN ")</script>", 300000, HOSTILE_RUN, NULL, NULL, 0 },
    { "scripts", "", "<script>a=1</script>", HOSTILE_IMG, 200000, HOSTILE_SRC,
      NULL, NULL, 0 },
    { "scripts, denied", "", "<script>" HOSTILE_RUN ")</script>", "", 50000,
      "<script>" HOSTILE_RUN, NULL, NULL, 0 },
    { "scripts, ever longer", "", "<script>/*", "", 1500,
      "<script>" HOSTILE_RUN, HOSTILE_X, "*/" HOSTILE_RUN ")</script>", 0 },
    { "import map", HOSTILE_INERT("importmap") ">{\"imports\":{",
      "\"a\":\"/b.js\",", "\"c\":\"" HOSTILE_URL "\"}}</script>", 800000,
      HOSTILE_INERT("importmap"), NULL, NULL, 0 },
    { "import map that fits", HOSTILE_INERT("importmap") ">{\"imports\":{",
      "\"a\":\"/b.js\",", "\"c\":\"" HOSTILE_URL "\"}}</script>", 5000,
      HOSTILE_INERT("importmap"), NULL, NULL, 0 },
    { "import map, depth", HOSTILE_INERT("importmap") ">", "{\"a\":[", "",
      1000000, HOSTILE_INERT("importmap"), NULL, NULL, 0 },
    { "import map, a string", HOSTILE_INERT("importmap") ">{\"", "\\u0061",
      HOSTILE_URL, 200000, HOSTILE_INERT("importmap"), NULL, NULL, 0 },
    { "speculation rules", HOSTILE_INERT("speculationrules") ">",
      "{\"prefetch\":[{\"urls\":[\"/b\"]}]}", "</script>", 300000,
      HOSTILE_INERT("speculationrules"), NULL, NULL, 0 },
    { "JSON", HOSTILE_INERT("application/json") ">", "[\"" HOSTILE_URL "\",",
      "</script>" HOSTILE_IMG, 300000, HOSTILE_SRC, NULL, NULL, 0 },
    { "script of svg", "<svg><script>", "var a = &quot;b&quot;;\n",
      HOSTILE_RUN ")</script>", 300000, "<svg><script>", NULL, NULL, 0 },
    { "scripts of svg", "<svg>", "<script>a=&quot;b&quot;</script>",
      "<script>trk(&quot;go&quot;)</script>", 100000, "<script>trk", NULL,
      NULL, 0 },
    { "script of svg that fits", "<svg><script>", "a=&quot;b&quot;;\n",
      HOSTILE_RUN ")</script>", 4000, "<svg><script>", NULL, NULL, 0 },

    /* styles */

    { "style", "<style>", "a { color: red }\n", "b{c:" HOSTILE_CSS
      ")}</style>" HOSTILE_IMG, 300000, HOSTILE_CSS, NULL, NULL, 0 },
    { "style, addresses", "<style>", "a{b:" HOSTILE_CSS ")}", "</style>",
      300000, HOSTILE_CSS, NULL, NULL, 0 },
    { "style, address without end", "<style>a{b:" HOSTILE_CSS, HOSTILE_X, "",
      100000, HOSTILE_CSS, NULL, NULL, 0 },
    { "style, address in quotes", "<style>a{b:url(\"" HOSTILE_URL, HOSTILE_X,
      "\")}</style>", 100000, "url(\"" HOSTILE_URL, NULL, NULL, 0 },
    { "style, escapes", "<style>a{b:url(", "\\2f ", "tracker.example/a)}"
      "</style>" HOSTILE_IMG, 200000, HOSTILE_SRC, NULL, NULL, 0 },
    { "style, string", "<style>a{b:\"", HOSTILE_X, "\";c:" HOSTILE_CSS ")}"
      "</style>", 100000, HOSTILE_CSS, NULL, NULL, 0 },
    { "style, comment", "<style>/*", HOSTILE_X, "*/a{b:" HOSTILE_CSS ")}"
      "</style>", 100000, HOSTILE_CSS, NULL, NULL, 0 },
    { "style, open brackets", "<style>", "({[", "a{b:" HOSTILE_CSS ")}"
      "</style>", 300000, HOSTILE_CSS, NULL, NULL, 0 },
    { "style, open functions", "<style>@import ", "image-set(url(", "", 300000,
      NULL, NULL, NULL, 0 },
    { "style, imports", "<style>", "@import \"" HOSTILE_URL "\";", "</style>",
      200000, "@import \"" HOSTILE_URL, NULL, NULL, 0 },
    { "style of svg", "<svg><style>", "a{b:" HOSTILE_CSS ")}", "</style>",
      100000, "<svg><style>", NULL, NULL, 0 },
    { "style of svg that fits", "<svg><style>", "a{b:" HOSTILE_CSS ")}",
      "</style>", 2000, HOSTILE_CSS, NULL, NULL, 0 },
    { "styles of svg", "<svg>", "<style>a{b:&#x75;rl(" HOSTILE_URL ")}"
      "</style>", "", 50000, "<style>a", NULL, NULL, 0 },
    { "style attribute, open addresses", "<p style=\"a:" HOSTILE_CSS ");b:",
      "url(", "\">", 1000000, " style=\"a:" HOSTILE_CSS, NULL, NULL, 0 },
    { "style attribute, addresses", "<p style=\"", "a:" HOSTILE_CSS ");",
      "\">", 300000, " style=\"a:" HOSTILE_CSS, NULL, NULL, 0 },
    { "style attribute that fits", "<p style=\"", "a:" HOSTILE_CSS ");",
      "\">", 2000, " style=\"a:", NULL, NULL, 0 },
    { "style attribute, entities", "<p style=\"", "a:&#x75;rl(" HOSTILE_URL
      ");", "\">", 1500, " style=\"a:&#x75;rl(" HOSTILE_URL, NULL, NULL, 0 },

    /* values */

    { "srcset", "<img srcset=\"", "/b 1x,", HOSTILE_URL " 2x\">", 1500000,
      " srcset=\"/b", NULL, NULL, 0 },
    { "srcset, all denied", "<img srcset=\"", HOSTILE_URL " 1x,", "\">",
      500000, " srcset=\"" HOSTILE_URL, NULL, NULL, 0 },
    { "srcset that fits", "<img srcset=\"", "/b 1x,", HOSTILE_URL " 2x\">",
      10000, " srcset=\"/b", NULL, NULL, 0 },
    { "srcset, commas", "<img srcset=\"", ",,,,,,,,", HOSTILE_URL " 2x\">",
      8000, " srcset=\",,", NULL, NULL, 0 },
    { "srcset, brackets", "<img srcset=\"", "a ((,", HOSTILE_URL " 2x\">",
      8000, NULL, NULL, NULL, 1 },
    { "srcset, entities", "<img srcset=\"", "/b?&amp; 1x,",
      HOSTILE_URL " 2x\">", 5000, " srcset=\"/b", NULL, NULL, 0 },
    { "ping", "<a href=/ ping=\"", "/b ", HOSTILE_URL "\">", 20000,
      " ping=\"/b", NULL, NULL, 0 },
    { "srcdoc", "<iframe srcdoc=\"", "<p>b</p>",
      "<img src='" HOSTILE_URL "'>\"></iframe>", 1300000, " srcdoc=\"<p>b",
      NULL, NULL, 0 },
    { "srcdoc that fits", "<iframe srcdoc=\"<img src='" HOSTILE_URL "'>",
      "<p>b</p>", "\"></iframe>", 8000, " srcdoc=\"<img src='", NULL, NULL,
      0 },
    { "srcdoc, entities", "<iframe srcdoc=\"<img src=&quot;" HOSTILE_URL
      "&quot;>", "&lt;p>b", "\"></iframe>", 8000,
      " srcdoc=\"<img src=&quot;//", NULL, NULL, 0 },
    { "srcdoc, a few entities", "<iframe srcdoc=\"<img src=&quot;"
      HOSTILE_URL "&quot;>", "&lt;p>b", "\"></iframe>", 1500,
      " srcdoc=\"<img src=&quot;//", NULL, NULL, 0 },
    { "srcdoc, a long script", "<iframe srcdoc=\"<script>", "var &apos;;\n",
      HOSTILE_RUN ");</script>\"></iframe>", 5000,
      " srcdoc=\"<script>", NULL, NULL, 0 },
    { "srcdoc, a long tag", "<iframe srcdoc=\"<img src='" HOSTILE_URL
      "' alt='", HOSTILE_X, "'>\"></iframe>", 990,
      " srcdoc=\"<img src='", NULL, NULL, 0 },
    { "srcdoc, entities in entities", "<iframe srcdoc=\"<img src='/?",
      "&amp;amp;", "'><img src='" HOSTILE_URL "'>\"></iframe>", 7000,
      " srcdoc=\"", NULL, NULL, 0 },
    { "srcdoc, styles", "<iframe srcdoc=\"<style>", "a{b:" HOSTILE_CSS ")}",
      "</style>\"></iframe>", 2000, " srcdoc=\"<style>a{b:" HOSTILE_CSS,
      NULL, NULL, 0 },
    { "srcdoc in srcdoc", "<iframe srcdoc=\"",
      "<iframe srcdoc='&amp;lt;img src=" HOSTILE_URL "&amp;gt;'></iframe>",
      "\"></iframe>", 800, " srcdoc=\"<iframe srcdoc='", NULL, NULL, 0 },
    { "srcdocs", "", "<iframe srcdoc=\"<img src='" HOSTILE_URL "'>&amp;\">"
      "</iframe>", "", 20000, " srcdoc=\"<img src='", NULL, NULL, 0 },
    { "address of a megabyte", "<img" HOSTILE_SRC, HOSTILE_X, "\">", 16000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "address, long", "<img" HOSTILE_SRC, HOSTILE_X, "\">", 900,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "address, white space first", "<img src=\"", "\t\n",
      HOSTILE_URL "\">", 500000, " src=\"\t", NULL, NULL, 0 },
    { "address, white space between", "<img src=\"//track", "\t\n",
      "er.example/a\">", 30000, " src=\"//track", NULL, NULL, 0 },
    { "address, its host's end late", "<img src=\"//www.site.example",
      "&Tab;&NewLine;", ".tracker.example/a\">", 30000, " src=\"//www", NULL,
      NULL, 0 },
    { "address, its host's begin late", "<img src=\"//www.site.example",
      "                ", "@tracker.example/a\">", 30000, " src=\"//www",
      NULL, NULL, 0 },
    { "address, late", "<img src=", "                ", HOSTILE_URL ">", 30000,
      " src=      ", NULL, NULL, 0 },
    { "address, white space as entities", "<img src=\"", "&Tab;",
      HOSTILE_URL "\">", 12000, " src=\"&Tab;", NULL, NULL, 0 },
    { "address, entities", "<img src=\"" HOSTILE_URL "?", "&amp;", "\">",
      1000000, HOSTILE_SRC, NULL, NULL, 0 },
    { "address, entities, long", "<img src=\"" HOSTILE_URL "?", "&amp;",
      "\">", 12500, HOSTILE_SRC, NULL, NULL, 0 },
    { "address, entities that grow", "<img src=\"" HOSTILE_URL "?", "&nGt;",
      "\">", 12500, HOSTILE_SRC, NULL, NULL, 0 },
    { "address, dots", "<img src=\"" HOSTILE_URL, "/..", "\">", 20000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "address, credentials", "<img src=\"//", "a@", "tracker.example/a\">",
      30000, " src=\"//a@", NULL, NULL, 0 },
    { "addresses, ever longer", "", "<img src=\"/?&amp;", HOSTILE_IMG, 1000,
      HOSTILE_SRC, HOSTILE_X, "\">", 0 },
    { "frames", "", "<iframe src=\"" HOSTILE_URL "?&amp;\"></iframe>", "",
      50000, HOSTILE_SRC, NULL, NULL, 0 },
    { "text of entities", "", "&amp;&nGt;&#x2f", HOSTILE_IMG, 1000000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "refresh", "<meta http-equiv=refresh content=\"0;url=" HOSTILE_URL,
      HOSTILE_X, "\">", 16000, " content=\"0;url=" HOSTILE_URL, NULL, NULL,
      0 },

    /* what a page has one of */

    { "base", "", "<base href=\"//tracker.example/\">", "<img src=\"a\">",
      1000000, " src=\"a", NULL, NULL, 0 },
    { "base, no URL", "", "<base href=\"http://[\">", HOSTILE_IMG, 1000000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "base, not the first", "<noscript>", "<base href=\"http://[\">"
      "<base href=\"//tracker.example/\">", "</noscript><img src=\"a\">",
      500000, " src=\"a", NULL, NULL, 0 },
    { "base, long", "", "<base href=\"//tracker.example/?&amp;",
      "<img src=\"a\">", 100, " src=\"a", HOSTILE_X, "\">", 0 },
    { "base, a long tag", "<base id=\"", HOSTILE_X,
      "\" href=\"//tracker.example/\">" HOSTILE_IMG, 2000,
      " href=\"//tracker", NULL, NULL, 0 },
    { "base, a long tag behind it", "<base href=\"//tracker.example/\" id=\"",
      HOSTILE_X, "\">" HOSTILE_IMG, 2000, " href=\"//tracker", NULL, NULL,
      0 },
    { "base, a long address", "<base href=\"//tracker.example/", HOSTILE_X,
      "\">" HOSTILE_IMG, 500, " href=\"//tracker", NULL, NULL, 0 },
    { "base, entities", "<base href=\"//tracker.example/?", "&amp;",
      "\">" HOSTILE_IMG, 8000, " href=\"//tracker", NULL, NULL, 0 },
    { "relation, entities", "<link rel=\"stylesheet", "&Tab;",
      "\" href=\"" HOSTILE_URL "\">", 8000, " href=\"" HOSTILE_URL, NULL,
      NULL, 0 },
    { "type, entities", "<script type=\"importmap", "&Tab;",
      "\">{\"imports\":{\"a\":\"" HOSTILE_URL "\"}}</script>", 8000,
      "<script type=\"importmap", NULL, NULL, 0 },
    { "head and body", "", "<html><head></head><body>", HOSTILE_IMG, 300000,
      HOSTILE_SRC, NULL, NULL, 0 },
    { "plugins", "<object>", "<param name=movie value=\"" HOSTILE_URL "\">",
      "</object>", 50000, " value=\"" HOSTILE_URL, NULL, NULL, 0 },

    /* noscript, which ends in the midst of anything */

    { "noscript, comment", "<noscript><!--", HOSTILE_X,
      "</noscript>" HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "noscript, tag", "<noscript><img" HOSTILE_SRC "\" alt=\"", HOSTILE_X,
      "</noscript>" HOSTILE_IMG, 100000, HOSTILE_SRC, NULL, NULL, 0 },
    { "noscript, style", "<noscript><style>", "a{b:" HOSTILE_CSS ")}</styl ",
      "</noscript>" HOSTILE_IMG, 100000, HOSTILE_CSS, NULL, NULL, 0 },
    { "noscript, script", "<noscript><script>", "var a; ",
      HOSTILE_RUN ")</noscript>" HOSTILE_IMG, 200000, HOSTILE_SRC, NULL, NULL,
      0 },
    { "noscript, its end tag's begin", "<noscript>", "</noscrip ",
      "</noscript>" HOSTILE_IMG, 200000, HOSTILE_SRC, NULL, NULL, 0 },
    { "noscripts", "", "<noscript>" HOSTILE_IMG "<!--</noscript>", "", 50000,
      HOSTILE_SRC, NULL, NULL, 0 }
};

#define HOSTILES  (sizeof(hostile) / sizeof(hostile[0]))


/* The document with n units, to be freed; NULL without memory. */

static inline uint8_t *
hostile_make(const hostile_t *h, size_t n, size_t *len)
{
    size_t    i, k, units, head, unit, tail, fill, close;
    uint8_t  *p, *data;

    head = strlen(h->head);
    unit = strlen(h->unit);
    tail = strlen(h->tail);
    fill = h->fill ? strlen(h->fill) : 0;
    close = h->fill ? strlen(h->close) : 0;
    units = n * (unit + close) + (n ? fill * (n - 1) * n / 2 : 0);

    *len = head + units + tail;
    data = malloc(*len + 1);

    if (data == NULL) {
        return NULL;
    }

    p = data;
    memcpy(p, h->head, head);
    p += head;

    for (i = 0; i < n; i++) {
        memcpy(p, h->unit, unit);
        p += unit;

        for (k = 0; k < i && fill; k++) {
            memcpy(p, h->fill, fill);
            p += fill;
        }

        if (close) {
            memcpy(p, h->close, close);
            p += close;
        }
    }

    memcpy(p, h->tail, tail);

    return data;
}


#endif /* UNIT_HOSTILE_H */

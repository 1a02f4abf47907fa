/*
 * A peer: libxml2's HTML parser, pushed in pieces, with SAX handlers alone,
 * so that it builds no tree.  It reads only: nothing is written.
 */

#include <stdlib.h>

#include <libxml/HTMLparser.h>
#include <libxml/xmlerror.h>

#include "bench.h"


static void
bench_libxml2_start(void *data, const xmlChar *name, const xmlChar **attrs)
{
    int       held;
    bench_t  *b;

    b = data;
    held = 0;

    for ( /* void */ ; attrs != NULL && attrs[0] != NULL; attrs += 2) {
        held |= attrs[1] != NULL
                && bench_is_held(b, (const char *) name,
                                 (const char *) attrs[0],
                                 (const char *) attrs[1]);
    }

    b->held += (unsigned) held;
    b->sink++;
}


/* Real pages are full of faults; none ends the reading. */

static void
bench_libxml2_quiet(void *data, const char *format, ...)
{
    (void) data;
    (void) format;
}


void
bench_libxml2(bench_t *b, const bench_page_t *page)
{
    size_t             at, n;
    htmlSAXHandler     sax = { .startElement = bench_libxml2_start };
    htmlParserCtxtPtr  parser;

    xmlSetGenericErrorFunc(NULL, bench_libxml2_quiet);

    parser = htmlCreatePushParserCtxt(&sax, b, NULL, 0, NULL,
                                      XML_CHAR_ENCODING_UTF8);
    if (parser == NULL) {
        exit(1);
    }

    htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR
                               | HTML_PARSE_NOWARNING | HTML_PARSE_NONET
                               | HTML_PARSE_NODEFDTD | HTML_PARSE_IGNORE_ENC);

    for (at = 0; at < page->len; at += n) {
        n = page->len - at < BENCH_PIECE ? page->len - at : BENCH_PIECE;
        htmlParseChunk(parser, (const char *) page->data + at, (int) n, 0);
    }

    htmlParseChunk(parser, NULL, 0, 1);
    htmlFreeParserCtxt(parser);
}

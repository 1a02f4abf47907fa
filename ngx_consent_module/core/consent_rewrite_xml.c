#include <string.h>

#include "consent_entity.h"
#include "consent_rewrite_stream.h"


/*
 * XHTML.  A processing instruction may link a style sheet (Associating Style
 * Sheets with XML documents, 6); it is then given another name.  Declarations
 * in the page's own DOCTYPE give names to text that may hold anything, and
 * values to attributes that are not written.  All of them are dropped: where
 * the page counts on one, a browser stops there with an error.
 */

#define CONSENT_XML_VALUE_MAX  2048


static int
consent_rewrite_xml_is_sheet(consent_str_t s)
{
    static const consent_str_t  name = consent_string("<?xml-stylesheet");

    return s.len > name.len && memcmp(s.data, name.data, name.len) == 0
           && (s.data[name.len] <= ' ' || s.data[name.len] == '?');
}


/* Every string of it may be the URL: the others are judged as paths. */

static int
consent_rewrite_xml_sheet_denied(consent_rewrite_t *rw, consent_str_t s)
{
    int             denied;
    size_t          i;
    uint8_t         lead, plain[CONSENT_XML_VALUE_MAX];
    uint8_t         buf[CONSENT_ENTITY_SIZE(CONSENT_XML_VALUE_MAX)];
    consent_str_t   value;
    const uint8_t  *last;

    denied = 0;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] != '"' && s.data[i] != '\'') {
            continue;
        }

        value.data = s.data + i + 1;
        last = memchr(value.data, s.data[i], s.len - i - 1);

        if (last == NULL || last - value.data > CONSENT_XML_VALUE_MAX) {
            return denied | consent_rewrite_judge_unknown(rw, &rw->held,
                                                          CONSENT_TYPE_STYLE);
        }

        value.len = (size_t) (last - value.data);
        i += value.len + 1;

        lead = 0;
        value.data = consent_rewrite_masked(rw, &lead, value.data, value.len,
                                            plain);
        value.len = consent_entity_decode(value, buf);
        value.data = buf;

        denied |= value.len
                  && consent_rewrite_judge_url(rw, &rw->held, value,
                                               CONSENT_TYPE_STYLE);
    }

    return denied;
}


/* Decides on a processing instruction that was seen up to offset; whole: that
   is all of it. */

static void
consent_rewrite_xml_decide(consent_rewrite_t *rw, uint64_t offset, int whole)
{
    int            denied;
    uint64_t       start;
    consent_str_t  s;

    start = rw->html.tag.start;

    /* in a script that the document's end has just closed: it went out */

    if (start < rw->out) {
        return;
    }

    if (start < rw->base) {
        consent_rewrite_keep(rw, start, offset);
    }

    if (rw->rc != CONSENT_OK) {
        return;
    }

    s = (consent_str_t) { (size_t) (offset - start),
                          consent_rewrite_bytes(rw, start) };

    if (!consent_rewrite_xml_is_sheet(s)) {
        return;
    }

    consent_rewrite_held_init(&rw->held, &rw->html.tag);

    denied = whole ? consent_rewrite_xml_sheet_denied(rw, s)
                   : consent_rewrite_judge_unknown(rw, &rw->held,
                                                   CONSENT_TYPE_STYLE);

    if (denied) {
        consent_rewrite_upto(rw, start + 2);
        consent_rewrite_put(rw, consent_str("data-pc-"), CONSENT_SPAN_CONST);
    }
}


int
consent_rewrite_xml_waits(const consent_rewrite_t *rw)
{
    return rw->html.in_other && rw->html.other == CONSENT_OTHER_INSTRUCTION
           && !rw->decided && !rw->script;
}


uint64_t
consent_rewrite_xml_safe(consent_rewrite_t *rw)
{
    if (rw->end - rw->html.tag.start <= rw->conf->max_tag) {
        return rw->html.tag.start;
    }

    consent_rewrite_xml_decide(rw, rw->end, 0);
    rw->decided = 1;

    return rw->end;
}


void
consent_rewrite_xml_other(void *data, consent_html_t *html, int kind,
    uint64_t start, uint64_t end)
{
    consent_rewrite_t  *rw;

    rw = data;

    if (rw->rc != CONSENT_OK) {
        return;
    }

    switch (kind) {

    case CONSENT_OTHER_INSTRUCTION:

        if (consent_rewrite_xml_waits(rw)) {
            consent_rewrite_xml_decide(rw, end, 1);
        }

        rw->decided = 0;
        break;

    case CONSENT_OTHER_SUBSET:

        /* from a data: URL it can't be taken */

        if (rw->nested) {
            consent_rewrite_held_init(&rw->held, &html->tag);
            (void) consent_rewrite_judge_unknown(rw, &rw->held,
                                                 CONSENT_TYPE_FRAME);
        }

        if (!rw->conf->observe) {
            consent_rewrite_upto(rw, start);
            rw->cut = 1;
        }

        break;

    case CONSENT_OTHER_SUBSET_END:

        if (rw->cut) {
            rw->cut = 0;
            rw->out = end;
        }

        break;

    default:
        break;
    }
}

/*
 * What XHTML reads in another way than HTML: XML 1.0, and Namespaces in XML.
 *
 * Names keep their case, and count without their prefix: which namespace it
 * stands for is declared anywhere, and is not followed.  A prefix before
 * "href" is taken for XLink's.
 */

#include <string.h>

#include "consent_carrier.h"
#include "consent_html_state.h"
#include "consent_scan.h"


#define CONSENT_XML_STATE(name)                                               \
    static const uint8_t *name(consent_html_t *h, const uint8_t *p,           \
        const uint8_t *end)

CONSENT_XML_STATE(consent_html_xml_quoted);
CONSENT_XML_STATE(consent_html_xml_subset);
CONSENT_XML_STATE(consent_html_xml_subset_quoted);
CONSENT_XML_STATE(consent_html_xml_subset_less_than);
CONSENT_XML_STATE(consent_html_xml_subset_bang);
CONSENT_XML_STATE(consent_html_xml_subset_comment);
CONSENT_XML_STATE(consent_html_xml_subset_instruction);


void
consent_html_xml_name(consent_html_t *h, const uint8_t *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {

        if (p[i] == ':') {
            h->prefix = h->prefix + h->name.len + 1;
            memset(&h->name, 0, sizeof(consent_name_t));
            continue;
        }

        if (h->name.len < CONSENT_NAME_MAX) {
            h->name.text[h->name.len] = p[i];
        }

        if (h->name.len < UINT32_MAX) {
            h->name.len++;
        }
    }
}


uint8_t
consent_html_xml_attr(uint8_t id)
{
    return id == CONSENT_ATTR_HREF ? CONSENT_ATTR_XLINK_HREF
                                   : CONSENT_ATTR_NONE;
}


const uint8_t *
consent_html_xml_text(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    return h->scan->byte(p, end, '<');
}


/*
 * Looks for two bytes, one behind the other; h->matched tells that the first
 * was seen.  Returns where the second stands, or end.
 */

static const uint8_t *
consent_html_xml_find(consent_html_t *h, const uint8_t *p,
    const uint8_t *end, uint8_t first, uint8_t second)
{
    for ( /* void */ ; p < end; p++) {

        if (h->matched && *p == second) {
            return p;
        }

        h->matched = (*p == first);
    }

    return end;
}


/* XML 1.0, 2.6 */

const uint8_t *
consent_html_xml_instruction(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    p = consent_html_xml_find(h, p, end, '?', '>');

    if (p == end) {
        return end;
    }

    consent_html_other_done(h, p + 1);

    return p + 1;
}


/* XML 1.0, 2.8: doctypedecl */

const uint8_t *
consent_html_xml_doctype(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    for ( /* void */ ; p < end; p++) {

        switch (*p) {

        case '>':
            consent_html_other_done(h, p + 1);
            return p + 1;

        case '"':
        case '\'':
            h->word = *p;
            h->state = consent_html_xml_quoted;
            return p + 1;

        case '[':
            if (h->handler->other != NULL) {
                h->handler->other(h->data, h, CONSENT_OTHER_SUBSET,
                                  consent_html_at(h, p),
                                  consent_html_at(h, p));
            }

            h->state = consent_html_xml_subset;
            return p + 1;

        default:
            break;
        }
    }

    return end;
}


static const uint8_t *
consent_html_xml_quote_ends(consent_html_t *h, const uint8_t *p,
    const uint8_t *end, consent_html_state_pt then)
{
    p = memchr(p, (int) h->word, (size_t) (end - p));

    if (p == NULL) {
        return end;
    }

    h->state = then;

    return p + 1;
}


/* XML 1.0, 4.2.2: SystemLiteral, PubidLiteral */

static const uint8_t *
consent_html_xml_quoted(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    return consent_html_xml_quote_ends(h, p, end, consent_html_xml_doctype);
}


/* XML 1.0, 2.8: intSubset, up to its "]" */

static const uint8_t *
consent_html_xml_subset(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    uint8_t  c;

    for ( /* void */ ; p < end; p++) {
        c = consent_charset_step(h->charset, &h->lead, *p);

        switch (c) {

        case ']':
            if (h->handler->other != NULL) {
                h->handler->other(h->data, h, CONSENT_OTHER_SUBSET_END,
                                  h->tag.start, consent_html_at(h, p + 1));
            }

            h->state = consent_html_xml_doctype;
            return p + 1;

        case '"':
        case '\'':
            h->word = *p;
            h->state = consent_html_xml_subset_quoted;
            return p + 1;

        case '<':
            h->state = consent_html_xml_subset_less_than;
            return p + 1;

        default:
            break;
        }
    }

    return end;
}


static const uint8_t *
consent_html_xml_subset_quoted(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    return consent_html_xml_quote_ends(h, p, end, consent_html_xml_subset);
}


static const uint8_t *
consent_html_xml_subset_less_than(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    h->matched = 0;

    switch (*p) {

    case '!':
        h->state = consent_html_xml_subset_bang;
        return p + 1;

    case '?':
        h->state = consent_html_xml_subset_instruction;
        return p + 1;

    default:
        h->state = consent_html_xml_subset;
        return p;
    }
}


/* A comment, or a declaration, of which only strings matter. */

static const uint8_t *
consent_html_xml_subset_bang(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p != '-') {
        h->state = consent_html_xml_subset;
        return p;
    }

    if (++h->matched == 2) {
        h->matched = 0;
        h->state = consent_html_xml_subset_comment;
    }

    return p + 1;
}


/* XML 1.0, 2.5: "--" is in no comment but at its end. */

static const uint8_t *
consent_html_xml_subset_comment(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    p = consent_html_xml_find(h, p, end, '-', '-');

    if (p == end) {
        return end;
    }

    h->state = consent_html_xml_subset;

    return p + 1;
}


static const uint8_t *
consent_html_xml_subset_instruction(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    p = consent_html_xml_find(h, p, end, '?', '>');

    if (p == end) {
        return end;
    }

    h->state = consent_html_xml_subset;

    return p + 1;
}

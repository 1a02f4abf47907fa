#include <string.h>

#include "consent_html.h"
#include "consent_carrier.h"


/*
 * What the tokenizer must know of the tree: whether a start tag is followed
 * by raw text, and whether "<![CDATA[" opens a section.  Both depend on being
 * inside svg or math (13.2.6.5).  Outside of these nothing is tracked; inside,
 * open elements are kept on a small stack.
 */

#define CONSENT_OPEN_FOREIGN  0     /* svg or math, and what is in them */
#define CONSENT_OPEN_HTML     1     /* an HTML element inside them */
#define CONSENT_OPEN_MATHTEXT 2     /* MathML text integration point */
#define CONSENT_OPEN_POINT    3     /* HTML integration point */


static uint16_t
consent_html_hash(const consent_name_t *name)
{
    uint32_t  i, hash;

    hash = 2166136261u ^ name->len;

    for (i = 0; i < CONSENT_NAME_MAX; i++) {
        hash = (hash ^ name->text[i]) * 16777619u;
    }

    return (uint16_t) (hash ^ hash >> 16);
}


static void
consent_html_push(consent_html_t *h, uint8_t kind)
{
    consent_open_t  *open;

    if (h->nopen == CONSENT_FOREIGN_MAX) {
        h->lost++;
        return;
    }

    open = &h->open[h->nopen++];
    open->kind = kind;
    open->id = h->tag.id;
    open->hash = consent_html_hash(&h->tag.name);
}


static int
consent_html_has_attr(const consent_html_t *h, uint8_t id)
{
    unsigned  i;

    for (i = 0; i < h->tag.nattrs; i++) {
        if (h->tag.attr[i].id == id) {
            return 1;
        }
    }

    return 0;
}


/* The kind of an element that is put into svg or math. */

static uint8_t
consent_html_foreign_kind(const consent_html_t *h)
{
    unsigned  i, math;

    math = 0;

    for (i = h->nopen; i > 0; i--) {
        if (h->open[i - 1].id == CONSENT_TAG_SVG) {
            break;
        }

        if (h->open[i - 1].id == CONSENT_TAG_MATH) {
            math = 1;
            break;
        }
    }

    switch (h->tag.id) {

    case CONSENT_TAG_FOREIGNOBJECT:
    case CONSENT_TAG_DESC:
    case CONSENT_TAG_TITLE:
        return math ? CONSENT_OPEN_FOREIGN : CONSENT_OPEN_POINT;

    case CONSENT_TAG_MI:
    case CONSENT_TAG_MO:
    case CONSENT_TAG_MN:
    case CONSENT_TAG_MS:
    case CONSENT_TAG_MTEXT:
        return math ? CONSENT_OPEN_MATHTEXT : CONSENT_OPEN_FOREIGN;

    case CONSENT_TAG_ANNOTATION_XML:

        /* an integration point only for encoding="text/html" and XHTML's;
           any encoding is taken for one of these */

        return math && consent_html_has_attr(h, CONSENT_ATTR_ENCODING)
               ? CONSENT_OPEN_POINT : CONSENT_OPEN_FOREIGN;

    default:
        return CONSENT_OPEN_FOREIGN;
    }
}


/* 13.2.6, tree construction dispatcher: is this start tag for the rules of
   foreign content? */

static int
consent_html_in_foreign(const consent_html_t *h)
{
    const consent_open_t  *top;

    if (h->nopen == 0) {
        return 0;
    }

    top = &h->open[h->nopen - 1];

    switch (top->kind) {

    case CONSENT_OPEN_FOREIGN:
        return !(top->id == CONSENT_TAG_ANNOTATION_XML
                 && h->tag.id == CONSENT_TAG_SVG);

    case CONSENT_OPEN_MATHTEXT:
        return h->tag.id == CONSENT_TAG_MGLYPH
               || h->tag.id == CONSENT_TAG_MALIGNMARK;

    default:
        return 0;
    }
}


/* 13.2.6.5: tags that leave svg and math */

static int
consent_html_breaks_out(const consent_html_t *h)
{
    if (h->tag.id == CONSENT_TAG_FONT) {
        return consent_html_has_attr(h, CONSENT_ATTR_COLOR)
               || consent_html_has_attr(h, CONSENT_ATTR_FACE)
               || consent_html_has_attr(h, CONSENT_ATTR_SIZE);
    }

    return consent_tag_flags(h->tag.id) & CONSENT_IS_BREAKOUT;
}


static void
consent_html_pop_foreign(consent_html_t *h)
{
    while (h->nopen && h->open[h->nopen - 1].kind == CONSENT_OPEN_FOREIGN) {
        h->nopen--;
    }

    h->lost = 0;
}


/* 13.2.6.4: what an HTML start tag makes of the bytes behind it */

static consent_text_kind_t
consent_html_text_after(const consent_html_t *h)
{
    unsigned  flags;

    switch (h->tag.id) {

    case CONSENT_TAG_SCRIPT:
        return CONSENT_TEXT_SCRIPT;

    case CONSENT_TAG_PLAINTEXT:
        return CONSENT_TEXT_PLAINTEXT;

    default:
        break;
    }

    flags = consent_tag_flags(h->tag.id);

    if (flags & CONSENT_IS_RCDATA) {
        return CONSENT_TEXT_RCDATA;
    }

    return flags & CONSENT_IS_RAWTEXT ? CONSENT_TEXT_RAWTEXT
                                      : CONSENT_TEXT_DATA;
}


static void
consent_html_tree_start(consent_html_t *h)
{
    if (consent_html_in_foreign(h)) {

        if (!consent_html_breaks_out(h)) {
            h->tag.foreign = 1;
            h->text = CONSENT_TEXT_DATA;

            if (!h->tag.self_closing) {
                consent_html_push(h, consent_html_foreign_kind(h));
            }

            return;
        }

        consent_html_pop_foreign(h);
    }

    h->text = consent_html_text_after(h);

    if (h->tag.id == CONSENT_TAG_NOSCRIPT && !h->noscript) {
        h->noscript = 1;
        h->noscript_seen = 0;
        h->noscript_open = h->nopen;
    }

    if (h->tag.id == CONSENT_TAG_SVG || h->tag.id == CONSENT_TAG_MATH) {
        h->tag.foreign = 1;

        if (!h->tag.self_closing) {
            consent_html_push(h, CONSENT_OPEN_FOREIGN);
        }

    } else if (h->nopen
               && !(consent_tag_flags(h->tag.id) & CONSENT_IS_VOID))
    {
        consent_html_push(h, CONSENT_OPEN_HTML);
    }
}


/*
 * An end tag while svg or math is open.  In foreign content it closes the
 * nearest open element of its name; an HTML element inside an integration
 * point is looked for only as far as that point.
 */

static void
consent_html_tree_end(consent_html_t *h)
{
    int       foreign;
    unsigned  i;
    uint16_t  hash;

    if (h->lost) {
        h->lost--;
        return;
    }

    foreign = h->open[h->nopen - 1].kind != CONSENT_OPEN_HTML;

    if (foreign
        && (h->tag.id == CONSENT_TAG_BR || h->tag.id == CONSENT_TAG_P))
    {
        consent_html_pop_foreign(h);
        return;
    }

    hash = consent_html_hash(&h->tag.name);

    for (i = h->nopen; i > 0; i--) {

        if (!foreign && h->open[i - 1].kind != CONSENT_OPEN_HTML) {
            return;
        }

        if (h->open[i - 1].hash == hash) {
            h->nopen = i - 1;
            return;
        }

        if (foreign && h->open[i - 1].kind == CONSENT_OPEN_HTML) {
            return;
        }
    }
}


void
consent_html_tree_tag(consent_html_t *h)
{
    if (h->xml) {
        h->text = CONSENT_TEXT_DATA;
        return;
    }

    if (!h->tag.closing) {
        consent_html_tree_start(h);

    } else if (h->tag.id == CONSENT_TAG_NOSCRIPT
               && h->nopen > h->noscript_open)
    {
        /* what was opened inside of noscript is closed with it */

        h->nopen = h->noscript_open;
        h->lost = 0;

    } else if (h->nopen) {
        consent_html_tree_end(h);
    }
}


int
consent_html_tree_cdata(const consent_html_t *h)
{
    /* 13.2.5.42: the adjusted current node is not in the HTML namespace;
       an integration point is itself an element of svg or math */

    return h->xml
           || (h->nopen
               && h->open[h->nopen - 1].kind != CONSENT_OPEN_HTML);
}

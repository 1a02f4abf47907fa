#include <string.h>

#include "consent_html_state.h"
#include "consent_carrier.h"
#include "consent_entity.h"


/*
 * What the tokenizer must know of the tree: whether a start tag is followed
 * by raw text, and whether "<![CDATA[" opens a section.  Both depend on being
 * inside svg or math (13.2.6.5).  Outside of these nothing is tracked; inside,
 * open elements are kept on a small stack.
 *
 * The stack is exact for svg and math themselves.  For HTML elements in their
 * integration points it follows tags as they are nested; by the rules on
 * implied end tags fewer of them may be open, never more, which no end tag
 * shows as long as each closes the last one.  What an end tag closes beyond
 * that, the stack cannot tell: then it is noted as CONSENT_UNSURE or
 * CONSENT_LOST, and all that hangs on it is read twice.
 */

#define CONSENT_OPEN_FOREIGN  0     /* svg or math, and what is in them */
#define CONSENT_OPEN_HTML     1     /* an HTML element inside them */
#define CONSENT_OPEN_MATHTEXT 2     /* MathML text integration point */
#define CONSENT_OPEN_POINT    3     /* HTML integration point */

/* Nested templates that are told apart. */
#define CONSENT_TEMPLATES_MAX 64


/* Of a name that has no id: others are told apart by that. */

static uint16_t
consent_html_hash(const consent_tag_t *tag)
{
    uint64_t  word[2];

    if (tag->id != CONSENT_TAG_NONE) {
        return 0;
    }

    memcpy(word, tag->name.text, CONSENT_NAME_MAX);

    word[0] = (word[0] ^ tag->name.len) * 0x9e3779b97f4a7c15u;
    word[1] = (word[1] ^ word[0] >> 32) * 0xc2b2ae3d27d4eb4fu;

    return (uint16_t) ((word[0] ^ word[1]) >> 48);
}


static void
consent_html_doubt(consent_html_t *h, unsigned unsure)
{
    if (h->tree.unsure < unsure) {
        h->tree.unsure = unsure & 3;
    }
}


static void
consent_html_push(consent_html_t *h, uint8_t kind, unsigned math)
{
    consent_open_t  *open;

    if (h->tree.nopen == CONSENT_FOREIGN_MAX) {
        consent_html_doubt(h, CONSENT_LOST);
        return;
    }

    open = &h->tree.open[h->tree.nopen++];
    open->kind = kind & 0x7f;
    open->math = math & 1;
    open->id = h->tag.id;
    open->hash = consent_html_hash(&h->tag);
}


/* The current node; NULL: an HTML element that is not tracked. */

static const consent_open_t *
consent_html_top(const consent_html_t *h)
{
    return h->tree.nopen ? &h->tree.open[h->tree.nopen - 1] : NULL;
}


/* Names that are not known may be taken for one another; that only makes
   foreign content of what is none. */

static int
consent_html_is_open(const consent_open_t *open, const consent_tag_t *tag)
{
    return open->id == tag->id && open->hash == consent_html_hash(tag);
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


/* The kind of an annotation-xml element, by its encoding. */

static uint8_t
consent_html_annotation(consent_html_t *h)
{
    uint8_t        buf[CONSENT_ENTITY_SIZE(CONSENT_VALUE_MAX)];
    consent_str_t  value;

    if (h->value_len > CONSENT_VALUE_MAX || h->tag.overflow) {
        consent_html_doubt(h, CONSENT_LOST);
        return CONSENT_OPEN_FOREIGN;
    }

    value.len = h->value_len;
    value.data = h->value;
    value.len = consent_entity_decode(value, buf);
    value.data = buf;

    return consent_str_caseeq(value, consent_str("text/html"))
           || consent_str_caseeq(value, consent_str("application/xhtml+xml"))
           ? CONSENT_OPEN_POINT : CONSENT_OPEN_FOREIGN;
}


/* The kind of an element that is put into svg or math. */

static uint8_t
consent_html_foreign_kind(consent_html_t *h, unsigned math)
{
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
        return math ? consent_html_annotation(h) : CONSENT_OPEN_FOREIGN;

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

    top = consent_html_top(h);

    if (top == NULL) {
        return 0;
    }

    switch (top->kind) {

    case CONSENT_OPEN_FOREIGN:
        return !(top->math && top->id == CONSENT_TAG_ANNOTATION_XML
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
consent_html_breaks_out(consent_html_t *h)
{
    if (h->tag.id != CONSENT_TAG_FONT) {
        return consent_tag_flags(h->tag.id) & CONSENT_IS_BREAKOUT;
    }

    if (consent_html_has_attr(h, CONSENT_ATTR_COLOR)
        || consent_html_has_attr(h, CONSENT_ATTR_FACE)
        || consent_html_has_attr(h, CONSENT_ATTR_SIZE))
    {
        return 1;
    }

    if (h->tag.overflow) {
        consent_html_doubt(h, CONSENT_LOST);
    }

    return 0;
}


static void
consent_html_pop_foreign(consent_html_t *h)
{
    unsigned  n;

    for (n = h->tree.nopen; n > 0; n--) {
        if (h->tree.open[n - 1].kind != CONSENT_OPEN_FOREIGN) {
            break;
        }
    }

    h->tree.nopen = n;
}


/*
 * Templates (13.2.6.4, "in template").  One whose first element is <col> takes
 * notice of nothing but further ones and templates.
 */

static int
consent_html_in_columns(const consent_html_t *h)
{
    unsigned  n;

    n = h->tree.templates;

    return n > CONSENT_TEMPLATES_MAX
           || (n > 0 && h->tree.columns >> (n - 1) & 1);
}


static void
consent_html_template_start(consent_html_t *h, int foreign)
{
    unsigned  n;

    n = h->tree.templates++;

    if (n < CONSENT_TEMPLATES_MAX) {
        h->tree.fresh |= (uint64_t) 1 << n;
        h->tree.columns &= ~((uint64_t) 1 << n);
    }

    if (foreign || h->tree.unsure == CONSENT_LOST || h->tree.frames) {
        h->tree.doubtful = 1;
    }
}


static void
consent_html_template_end(consent_html_t *h)
{
    unsigned               n;
    const consent_open_t  *open;

    if (h->tree.templates == 0) {
        return;
    }

    if (h->tree.nopen && h->tree.doubtful) {
        consent_html_doubt(h, CONSENT_LOST);
    }

    n = --h->tree.templates;

    if (n == 0) {
        h->tree.doubtful = 0;
    }

    if (n < CONSENT_TEMPLATES_MAX) {
        h->tree.fresh &= ~((uint64_t) 1 << n);
        h->tree.columns &= ~((uint64_t) 1 << n);
    }

    for (n = h->tree.nopen; n > 0; n--) {
        open = &h->tree.open[n - 1];

        if (open->kind == CONSENT_OPEN_HTML
            && open->id == CONSENT_TAG_TEMPLATE)
        {
            n--;
            break;
        }
    }

    h->tree.nopen = n;
}


/* An HTML start tag: may it be what decides on the rules for a template? */

static void
consent_html_template_child(consent_html_t *h)
{
    unsigned  n;
    uint64_t  bit;

    n = h->tree.templates;

    if (n == 0 || n > CONSENT_TEMPLATES_MAX) {
        return;
    }

    bit = (uint64_t) 1 << (n - 1);

    if (!(h->tree.fresh & bit)) {
        return;
    }

    if (h->tag.id == CONSENT_TAG_COL) {
        h->tree.columns |= bit;
        h->tree.fresh &= ~bit;
        return;
    }

    switch (h->tag.id) {

    case CONSENT_TAG_HTML:
    case CONSENT_TAG_HEAD:
    case CONSENT_TAG_NOSCRIPT:
        break;

    default:
        if (consent_tag_flags(h->tag.id) & CONSENT_IS_HEAD) {
            return;
        }
    }

    /* what is read twice may be text */

    if (h->ntwice == 0) {
        h->tree.fresh &= ~bit;
    }
}


/* 1 if some readings take no notice of this start tag, nor of its like. */

static int
consent_html_is_ignored(const consent_html_t *h)
{
    if (h->tree.frames || consent_html_in_columns(h)) {
        return 1;
    }

    /* 13.2.6.4.16 until 2025; <textarea> closes select */

    return h->tree.select && h->tag.id != CONSENT_TAG_SCRIPT
           && h->tag.id != CONSENT_TAG_TEXTAREA;
}


/* <svg> and <math>, where it is not sure what is open or whether they are
   taken notice of. */

static void
consent_html_root(consent_html_t *h, int foreign)
{
    if (consent_html_is_ignored(h)) {

        if (!foreign) {
            consent_html_doubt(h, h->tree.nopen ? CONSENT_LOST
                                                : CONSENT_UNSURE);
        }

    } else if (h->tree.unsure) {
        consent_html_doubt(h, CONSENT_LOST);
    }
}


/* The nearest HTML element of this id in the same integration point. */

static int
consent_html_has_local(const consent_html_t *h, uint8_t id)
{
    unsigned  i;

    for (i = h->tree.nopen; i > 0; i--) {

        if (h->tree.open[i - 1].kind != CONSENT_OPEN_HTML) {
            return 0;
        }

        if (h->tree.open[i - 1].id == id) {
            return 1;
        }
    }

    return 0;
}


/* An HTML start tag in an integration point. */

static void
consent_html_start_inside(consent_html_t *h)
{
    unsigned  flags;

    flags = consent_tag_flags(h->tag.id);

    /* table scope reaches out of integration points: a cell may end around
       svg, or an inner table make way for another */

    if (flags & CONSENT_IS_TABLE
        && (h->tag.id == CONSENT_TAG_TABLE)
           == consent_html_has_local(h, CONSENT_TAG_TABLE))
    {
        consent_html_doubt(h, CONSENT_LOST);
    }

    switch (h->tag.id) {

    case CONSENT_TAG_HTML:
    case CONSENT_TAG_HEAD:
    case CONSENT_TAG_BODY:
    case CONSENT_TAG_FRAMESET:
    case CONSENT_TAG_IMAGE:     /* becomes img */
        return;

    default:
        if (!(flags & CONSENT_IS_VOID)) {
            consent_html_push(h, CONSENT_OPEN_HTML, 0);
        }
    }
}


/* HTML start tags that later ones, or raw text, depend on.  foreign: perhaps
   they are none. */

static void
consent_html_note(consent_html_t *h, int foreign)
{
    consent_tree_t  *tree;

    tree = &h->tree;

    switch (h->tag.id) {

    case CONSENT_TAG_SELECT:

        /* one in a template of another does not end with that */

        if (!tree->select || tree->templates < tree->select_templates) {
            tree->select_templates = tree->templates;
        }

        tree->select = 1;
        break;

    case CONSENT_TAG_FRAMESET:

        /* 13.2.6.4.7: not behind <body> */

        if (!tree->body || tree->unsure) {
            tree->frames = 1;
        }

        break;

    case CONSENT_TAG_BODY:
        if (!tree->unsure && !tree->templates && !tree->select
            && !tree->frames && !h->noscript && !tree->nopen)
        {
            tree->body = 1;
        }

        break;

    case CONSENT_TAG_NOSCRIPT:
        if (!h->noscript) {
            h->noscript = 1;
            tree->was_open = tree->nopen;
            tree->was_templates = tree->templates;
            tree->was_select = tree->select;
            tree->was_frames = tree->frames;
            tree->was_body = tree->body;
        }

        break;

    case CONSENT_TAG_TEMPLATE:
        consent_html_template_start(h, foreign);
        break;

    default:
        break;
    }
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


/* Sets h->text behind a start tag; sure: it is an HTML element. */

static void
consent_html_set_after(consent_html_t *h, int sure)
{
    consent_text_kind_t  text;

    text = consent_html_text_after(h);
    h->text = CONSENT_TEXT_DATA;

    if (text == CONSENT_TEXT_DATA && h->tag.id != CONSENT_TAG_NOSCRIPT) {
        return;
    }

    if (consent_html_is_ignored(h)) {
        h->tag.unsure = 1;
        sure = 0;
    }

    if (h->tag.id == CONSENT_TAG_NOSCRIPT
        || (!sure && text != CONSENT_TEXT_PLAINTEXT))
    {
        consent_html_twice_open(h, h->tag.end, &h->tag.name);

    } else if (sure) {
        h->text = text;
    }
}


static void
consent_html_tree_start(consent_html_t *h)
{
    int       foreign;
    uint8_t   kind;
    unsigned  math;

    foreign = consent_html_in_foreign(h);

    if (foreign && consent_html_breaks_out(h)) {
        consent_html_pop_foreign(h);
        foreign = 0;
    }

    if (h->tag.id == CONSENT_TAG_SVG || h->tag.id == CONSENT_TAG_MATH) {
        consent_html_root(h, foreign);
        h->tag.foreign = 1;
    }

    if (!foreign || h->tree.unsure) {
        consent_html_template_child(h);
        consent_html_note(h, foreign);
    }

    if (foreign) {
        math = h->tree.open[h->tree.nopen - 1].math;
        kind = consent_html_foreign_kind(h, math);
        h->tag.foreign = 1;

    } else {
        math = (h->tag.id == CONSENT_TAG_MATH);
        kind = CONSENT_OPEN_FOREIGN;
    }

    if (!h->tag.foreign) {

        if (h->tree.nopen) {
            consent_html_start_inside(h);
        }

    } else if (!h->tag.self_closing) {
        consent_html_push(h, kind, math);
    }

    h->tag.unsure = h->tree.unsure != CONSENT_SURE;
    consent_html_set_after(h, !h->tag.foreign && !h->tag.unsure);
}


/* 1 if an element that this end tag may close stands below n: of HTML, in the
   same integration point; or, for parsers that do not ask for the namespace
   (13.2.6.4.7, any other end tag), that point itself. */

static int
consent_html_may_close(const consent_html_t *h, unsigned n)
{
    uint8_t                id;
    const consent_open_t  *open;

    id = h->tag.id;

    for ( /* void */ ; n > 0; n--) {
        open = &h->tree.open[n - 1];

        if (open->kind != CONSENT_OPEN_HTML) {
            return consent_html_is_open(open, &h->tag);
        }

        /* the end tag of one heading closes any */

        if (consent_html_is_open(open, &h->tag)
            || (id >= CONSENT_TAG_H1 && id <= CONSENT_TAG_H6
                && open->id >= CONSENT_TAG_H1 && open->id <= CONSENT_TAG_H6))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * An end tag whose current node is an HTML element in an integration point.
 * It is the last one's, or one that has no effect, or it can't be told.
 */

static void
consent_html_end_inside(consent_html_t *h)
{
    unsigned  i, n;

    n = h->tree.nopen;

    if (consent_html_is_open(&h->tree.open[n - 1], &h->tag)) {
        h->tree.nopen = n - 1;

        /* if it had been closed before, this would be another's */

        for (i = 0; i < n - 1; i++) {
            if (h->tree.open[i].kind != CONSENT_OPEN_HTML
                && consent_html_is_open(&h->tree.open[i], &h->tag))
            {
                consent_html_doubt(h, CONSENT_LOST);
            }
        }

        return;
    }

    if (consent_html_may_close(h, n)
        || (consent_tag_flags(h->tag.id) & CONSENT_IS_TABLE
            && !consent_html_has_local(h, CONSENT_TAG_TABLE)))
    {
        consent_html_doubt(h, CONSENT_LOST);
    }
}


/*
 * 13.2.6.5, any other end tag: it closes the nearest element of svg or math of
 * its name.  If there is none before an HTML element, it is for the rules of
 * HTML content, where integration points stop all but the parts of tables.
 */

static void
consent_html_end_foreign(consent_html_t *h)
{
    int                    points;
    unsigned               n;
    const consent_open_t  *open;

    points = 0;

    for (n = h->tree.nopen; n > 0; n--) {
        open = &h->tree.open[n - 1];

        if (open->kind == CONSENT_OPEN_HTML) {
            break;
        }

        if (consent_html_is_open(open, &h->tag)) {
            h->tree.nopen = n - 1;
            return;
        }

        points |= open->kind != CONSENT_OPEN_FOREIGN;
    }

    switch (h->tag.id) {

    case CONSENT_TAG_TEMPLATE:
        consent_html_template_end(h);
        return;

    case CONSENT_TAG_BODY:
    case CONSENT_TAG_HTML:
        return;

    default:
        break;
    }

    if (consent_tag_flags(h->tag.id) & CONSENT_IS_TABLE) {
        consent_html_doubt(h, n || points ? CONSENT_LOST : CONSENT_UNSURE);

    } else if (!points && n == 0) {
        consent_html_doubt(h, CONSENT_UNSURE);

    } else if (!points && consent_html_may_close(h, n)) {
        consent_html_doubt(h, CONSENT_LOST);
    }
}


/* An end tag while svg or math is open. */

static void
consent_html_end_open(consent_html_t *h)
{
    const consent_open_t  *top;

    top = consent_html_top(h);

    if (top->kind == CONSENT_OPEN_FOREIGN
        && (h->tag.id == CONSENT_TAG_BR || h->tag.id == CONSENT_TAG_P))
    {
        consent_html_pop_foreign(h);
        top = consent_html_top(h);

        if (top == NULL || top->kind != CONSENT_OPEN_HTML) {
            return;
        }
    }

    if (top->kind == CONSENT_OPEN_HTML) {
        consent_html_end_inside(h);

    } else if (h->tag.id != CONSENT_TAG_BR && h->tag.id != CONSENT_TAG_P) {
        consent_html_end_foreign(h);
    }
}


/*
 * </noscript>: with scripting, nothing of what stood inside was there.  So of
 * two states of the tree either may be true from here on.
 */

static void
consent_html_left_noscript(consent_html_t *h)
{
    consent_tree_t  *tree;

    tree = &h->tree;

    tree->leaving = 0;
    tree->select |= tree->was_select;
    tree->frames |= tree->was_frames;
    tree->body &= tree->was_body;

    if (tree->templates != tree->was_templates) {
        tree->doubtful = 1;

        if (tree->templates < tree->was_templates) {
            tree->templates = tree->was_templates;
        }
    }

    if (tree->nopen != tree->was_open) {
        consent_html_doubt(h, tree->was_open ? CONSENT_LOST : CONSENT_UNSURE);
    }
}


static void
consent_html_tree_end(consent_html_t *h)
{
    const consent_open_t  *top;

    top = consent_html_top(h);

    if (h->tag.id == CONSENT_TAG_SELECT
        && h->tree.templates == h->tree.select_templates)
    {
        h->tree.select = 0;
    }

    if (h->tag.id == CONSENT_TAG_TEMPLATE
        && (top == NULL || top->kind == CONSENT_OPEN_HTML))
    {
        consent_html_template_end(h);

    } else if (top != NULL) {
        consent_html_end_open(h);
    }

    if (h->tree.leaving && h->tag.id == CONSENT_TAG_NOSCRIPT) {
        consent_html_left_noscript(h);
    }
}


/*
 * A tag in what may be a CDATA section.  If it surely is one, only scanners
 * see the tag, which go by its name alone; else the tree may have changed.
 */

static void
consent_html_tree_scanned(consent_html_t *h)
{
    const consent_open_t  *top;

    top = consent_html_top(h);

    if (top == NULL || top->kind != CONSENT_OPEN_FOREIGN || h->tree.unsure) {
        h->tree.unsure = CONSENT_LOST;
        h->tag.unsure = 1;
    }

    if (!h->tag.closing) {
        consent_html_set_after(h, !h->tag.unsure);
    }
}


void
consent_html_tree_note(consent_html_t *h)
{
    if (h->tree.cdata) {
        consent_html_tree_scanned(h);

    } else if (h->tag.closing) {
        consent_html_tree_end(h);

    } else {
        consent_html_tree_start(h);
    }

    if (h->tree.nopen == 0 && h->tree.unsure == CONSENT_UNSURE) {
        h->tree.unsure = CONSENT_SURE;
    }

    h->tree.busy = h->tree.nopen || h->tree.fresh;
}


int
consent_html_tree_in_svg(const consent_html_t *h)
{
    const consent_open_t  *top;

    top = consent_html_top(h);

    return top != NULL && top->kind == CONSENT_OPEN_FOREIGN && !top->math
           && h->tree.unsure == CONSENT_SURE && !h->tree.cdata;
}


int
consent_html_tree_plain(consent_html_t *h)
{
    if (!h->tag.closing) {

        if (!h->tag.self_closing) {
            consent_html_push(h, CONSENT_OPEN_FOREIGN, 0);
        }

        return 1;
    }

    if (!consent_html_is_open(consent_html_top(h), &h->tag)) {
        return 0;
    }

    h->tree.nopen--;

    return 1;
}


void
consent_html_tree_closed(consent_html_t *h, const consent_name_t *name)
{
    consent_tag_t  *tag;

    tag = &h->tag;

    tag->name = *name;
    tag->id = consent_tag_id(name);
    tag->closing = 1;

    consent_html_tree_tag(h);
}


int
consent_html_tree_cdata(const consent_html_t *h)
{
    unsigned               i;
    const consent_open_t  *top;

    if (h->xml) {
        return CONSENT_CDATA_TEXT;
    }

    top = consent_html_top(h);

    if ((top == NULL && !h->tree.unsure) || h->tree.cdata) {
        return CONSENT_CDATA_NONE;
    }

    /*
     * 13.2.5.42: the adjusted current node is not in the HTML namespace.
     * Scanners know no CDATA, but in a script or the like they see text.
     */

    if (h->tree.unsure || top->kind != CONSENT_OPEN_FOREIGN) {
        return CONSENT_CDATA_TWICE;
    }

    for (i = 0; i < h->ntwice; i++) {
        if (!consent_html_is_noscript(&h->twice[i].name)) {
            return CONSENT_CDATA_TEXT;
        }
    }

    return CONSENT_CDATA_TWICE;
}

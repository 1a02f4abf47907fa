/*
 * Hops over CSS.  All that is decided here the states of consent_css.c would
 * find too, byte by byte: tests hold the two against each other.
 */

#include "consent_css_state.h"


/* Where a hop ends: outside of everything, and elsewhere. */

#define CONSENT_CSS_OUTSIDE(member, l)                                        \
    member('"', l) member('\'', l) member('/', l) member('\\', l)             \
    member('(', l) member('@', l) member('<', l)

#define CONSENT_CSS_INSIDE(member, l)                                         \
    CONSENT_CSS_OUTSIDE(member, l)                                            \
    member(')', l) member('[', l) member(']', l) member('{', l)               \
    member('}', l) member(';', l)

static const consent_scan_set_t  consent_css_outside =
    CONSENT_SCAN_SET(CONSENT_CSS_OUTSIDE);
static const consent_scan_set_t  consent_css_inside =
    CONSENT_SCAN_SET(CONSENT_CSS_INSIDE);

/* Fewer bytes than this are not worth a hop. */
#define CONSENT_CSS_HOP_MIN  16


static const uint8_t *
consent_css_back_over(const uint8_t *start, const uint8_t *p, unsigned classes)
{
    while (p > start && consent_css_is(p[-1], classes)) {
        p--;
    }

    return p;
}


/* Where a name may begin that goes on at p. */

static const uint8_t *
consent_css_back_name(const uint8_t *start, const uint8_t *p)
{
    p = consent_css_back_over(start, p, CONSENT_CSS_IS_NAME);

    return p > start && p[-1] == '#' ? p - 1 : p;
}


/* The same for what says something of a string at p: "=", or a property and
   its colon. */

static const uint8_t *
consent_css_back_value(const uint8_t *start, const uint8_t *p)
{
    while (p > start && (p[-1] == ',' || consent_css_is(p[-1],
                                             CONSENT_CSS_IS_SPACE)))
    {
        p--;
    }

    if (p > start && p[-1] == '=') {
        return p - 1;
    }

    if (p > start && p[-1] == ':') {
        p = consent_css_back_over(start, p - 1, CONSENT_CSS_IS_SPACE);
    }

    return consent_css_back_name(start, p);
}


/*
 * What follows passes over something as a whole, from the byte at p on, if it
 * turns out not to matter, and leaves things as the states would.  start: the
 * hop's.  Where to go on, or NULL: the states have to look.
 */

/* 1 if the string at p can't get elsewhere by its property. */

static int
consent_css_is_value(const consent_css_t *css, const uint8_t *start,
    const uint8_t *p)
{
    uint8_t         c;
    const uint8_t  *name;

    while (p > start && (p[-1] == ',' || consent_css_is(p[-1],
                                             CONSENT_CSS_IS_SPACE)))
    {
        p--;
    }

    if (p == start || p[-1] == '=') {
        return p > start || css->before == CONSENT_CSS_VALUE;
    }

    if (p[-1] != ':' || css->depth) {
        return 0;
    }

    p = consent_css_back_over(start, p - 1, CONSENT_CSS_IS_SPACE);
    name = consent_css_back_over(start, p, CONSENT_CSS_IS_NAME);

    if (name == start || name == p || name[-1] == '#') {
        return 0;
    }

    /* those of consent_css_gives() are left to it */

    c = *name | 0x20;

    return c != '-' && c != 'r' && c != 'i';
}


static const uint8_t *
consent_css_pass_string(consent_css_t *css, const uint8_t *start,
    const uint8_t *p, const uint8_t *end)
{
    uint8_t  kind, quote;

    kind = consent_css_kind(css);

    if (css->rule == CONSENT_CSS_IMPORT || kind == CONSENT_CSS_URL
        || (kind == CONSENT_CSS_MAYBE && !consent_css_is_value(css, start, p)))
    {
        return NULL;
    }

    quote = *p;

    do {
        p++;

        while (p < end && !consent_css_is(*p, CONSENT_CSS_IS_QUOTED)) {
            p++;
        }

    } while (p < end && *p != quote && (*p == '"' || *p == '\''));

    if (p == end || *p != quote) {
        return NULL;
    }

    css->before = CONSENT_CSS_VALUE;

    return p + 1;
}


/* Brackets with nothing in them that matters, but not those of "url(". */

static const uint8_t *
consent_css_pass_brackets(consent_css_t *css, const uint8_t *start,
    const uint8_t *p, const uint8_t *end)
{
    if (css->depth == CONSENT_CSS_DEPTH_MAX
        || (p > start && (p[-1] | 0x20) == 'l'))
    {
        return NULL;
    }

    p = css->scan->any(p + 1, end, &consent_css_inside);

    if (p == end || *p != ')') {
        return NULL;
    }

    css->before = CONSENT_CSS_ANY;

    return p + 1;
}


/* An @-rule's name, if not that of @import, @namespace or @font-face. */

static const uint8_t *
consent_css_pass_at(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    uint8_t  c;

    p++;
    c = p < end ? *p | 0x20 : 0;

    if (c < 'a' || c > 'z' || c == 'i' || c == 'n' || c == 'f') {
        return NULL;
    }

    while (p < end && consent_css_is(*p, CONSENT_CSS_IS_NAME)) {
        p++;
    }

    if (p == end || *p == '\\') {
        return NULL;
    }

    css->rule = 0;
    css->before = CONSENT_CSS_ANY;

    return p;
}


static const uint8_t *
consent_css_pass(consent_css_t *css, const uint8_t *start, const uint8_t *p,
    const uint8_t *end)
{
    if (p == end) {
        return NULL;
    }

    switch (*p) {

    case '(':
        return consent_css_pass_brackets(css, start, p, end);

    case '"':
    case '\'':
        return consent_css_pass_string(css, start, p, end);

    case '@':
        return consent_css_pass_at(css, p, end);

    case '/':

        if (end - p < 2 || p[1] == '*') {
            return NULL;
        }

        css->before = CONSENT_CSS_ANY;

        return p + 1;

    default:
        return NULL;
    }
}


/* What stands before the byte at p and belongs to it. */

static const uint8_t *
consent_css_back(const uint8_t *start, const uint8_t *p, const uint8_t *end)
{
    if (p == end || *p == '"' || *p == '\'') {
        return consent_css_back_value(start, p);
    }

    return *p == '(' || *p == '\\' ? consent_css_back_name(start, p) : p;
}


const uint8_t *
consent_css_hop(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    const uint8_t             *stop, *next;
    const consent_scan_set_t  *set;

    if (css->scan == NULL) {
        return p;
    }

    while (end - p >= CONSENT_CSS_HOP_MIN) {
        set = css->depth || css->rule || css->font_face ? &consent_css_inside
                                                        : &consent_css_outside;
        stop = css->scan->any(p, end, set);
        next = consent_css_pass(css, p, stop, end);

        if (next == NULL) {
            next = consent_css_back(p, stop, end);

            if (next > p) {
                css->before = CONSENT_CSS_ANY;
            }

            return next;
        }

        p = next;
    }

    return p;
}

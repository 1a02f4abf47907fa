/*
 * What in HTML makes a browser fetch: elements, attributes, and one table of
 * carriers.  A new carrier is a row of consent_carriers.h; nothing else has
 * to know.
 */

#ifndef CONSENT_CARRIER_H
#define CONSENT_CARRIER_H


#include "consent_base.h"
#include "consent_html.h"


/* Elements that tokenizing or rewriting tells apart. */

enum {
    CONSENT_TAG_NONE = 0,
#define CONSENT_TAG(id, name, flags)  CONSENT_TAG_##id,
#include "consent_tags.h"
#undef CONSENT_TAG
    CONSENT_TAG_N
};


/* What an element does to tokenizing and tree; a set, for each tag. */

#define CONSENT_IS_RCDATA     0x01
#define CONSENT_IS_RAWTEXT    0x02
#define CONSENT_IS_BREAKOUT   0x04  /* leaves svg and math, 13.2.6.5 */
#define CONSENT_IS_VOID       0x08
#define CONSENT_IS_HEAD       0x10  /* may stand in head, 13.2.6.4.4 */
#define CONSENT_IS_TOLD       0x20  /* matters by itself: to tokenizing, or
                                       to where the rewriter is */
#define CONSENT_IS_TABLE      0x40  /* belongs to table scope, 13.2.4.2 */


enum {
    CONSENT_ATTR_NONE = 0,
#define CONSENT_ATTR(id, name)  CONSENT_ATTR_##id,
#include "consent_attrs.h"
#undef CONSENT_ATTR
    CONSENT_ATTR_N
};


/* Id of a name as the tokenizer keeps it; 0 if it is none of the table. */
uint8_t consent_tag_id(const consent_name_t *name);
uint8_t consent_attr_id(const consent_name_t *name);

consent_str_t consent_tag_name(uint8_t id);
consent_str_t consent_attr_name(uint8_t id);

/* Sets of CONSENT_IS_*. */
extern const uint8_t  consent_known_flags[];

static inline unsigned
consent_tag_flags(uint8_t id)
{
    return consent_known_flags[id];
}


/* How a carrier's value names what is fetched. */

typedef enum {
    CONSENT_VALUE_URL = 0,
    CONSENT_VALUE_SRCSET,           /* candidates with descriptors */
    CONSENT_VALUE_URLS,             /* separated by white space: ping */
    CONSENT_VALUE_REFRESH,          /* "5; url=…" */
    CONSENT_VALUE_CSS,              /* declarations */
    CONSENT_VALUE_SRCDOC,           /* a page */
    CONSENT_VALUE_LINK,             /* a URL of which only code counts */
    CONSENT_VALUE_CODE,             /* an event handler's */
    CONSENT_VALUE_REFERENCE,        /* a URL; "#…" is of this page: svg */
    CONSENT_VALUE_ANIMATED,         /* URL or CSS, as attributeName says */
    CONSENT_VALUE_ANIMATED_LIST,    /* several, with ";" between */
    CONSENT_VALUE_VENDOR            /* no URL: consent_carrier_vendor() */
} consent_value_t;


/* When the row holds: some attributes fetch only beside others. */

typedef enum {
    CONSENT_WHEN_ALWAYS = 0,
    CONSENT_WHEN_LINK,              /* type from rel and as */
    CONSENT_WHEN_IMAGE_INPUT,       /* type=image */
    CONSENT_WHEN_REFRESH,           /* http-equiv=refresh */
    CONSENT_WHEN_PARAM              /* name=movie, src, … */
} consent_when_t;


/* What is put in for an attribute that was taken away. */

typedef enum {
    CONSENT_INSTEAD_NOTHING = 0,
    CONSENT_INSTEAD_INERT,          /* type="text/plain": a script */
    CONSENT_INSTEAD_IMAGE,          /* an empty image's data: URL */
    CONSENT_INSTEAD_FRAME,          /* the first-party placeholder */
    CONSENT_INSTEAD_SHEET           /* an empty one, if it is a stylesheet's */
} consent_instead_t;


typedef struct {
    uint8_t            tag;         /* CONSENT_TAG_NONE: any element */
    uint8_t            attr;
    consent_value_t    value;
    consent_when_t     when;
    uint32_t           type;        /* CONSENT_TYPE_* of the request */
    consent_instead_t  instead;
} consent_carrier_t;


/* Numbers of rows by element and attribute; 0: there is none. */
extern const uint8_t  consent_carrier_rows[CONSENT_TAG_N][CONSENT_ATTR_N];

/* Not 0 if this attribute of this element, or of any, is a carrier. */

static inline unsigned
consent_carrier_row(uint8_t tag, uint8_t attr)
{
    unsigned  row;

    row = consent_carrier_rows[tag][attr];

    return row ? row : consent_carrier_rows[CONSENT_TAG_NONE][attr];
}

extern const consent_carrier_t  consent_carriers[];

/* That row, or NULL. */

static inline const consent_carrier_t *
consent_carrier_find(uint8_t tag, uint8_t attr)
{
    unsigned  row;

    row = consent_carrier_row(tag, attr);

    return row ? &consent_carriers[row] : NULL;
}


/* 1 if declarations of CSS may name a URL: it stands in brackets, or in
   quotes; or a character reference may hide them. */
int consent_carrier_css(const uint8_t *value, size_t len);


/* 1 if a link is code that does nothing, as many are: "javascript:void(0)". */
int consent_carrier_idle(const uint8_t *value, size_t len);


/* 1 if a link may begin so that is javascript:, once it is decoded. */

static inline int
consent_carrier_code(uint8_t c)
{
    return (c | 0x20) == 'j' || c <= ' ' || c == '&';
}


/*
 * Not 0 if the attribute is a carrier that has to be judged.  Most of those
 * that seldom fetch need not be: the value's first byte tells that a link
 * holds no code, that <meta> names no time to refresh, that a reference stays
 * in the page.  White space or a character reference may stand before.
 */

static inline unsigned
consent_carrier_wants(uint8_t tag, uint8_t attr, const uint8_t *value,
    size_t len)
{
    unsigned  row;

    row = consent_carrier_row(tag, attr);

    if (row == 0 || len == 0) {
        return 0;
    }

    switch (consent_carriers[row].value) {

    case CONSENT_VALUE_LINK:
        return consent_carrier_code(*value)
               && !consent_carrier_idle(value, len) ? row : 0;

    case CONSENT_VALUE_REFRESH:
        return *value <= '9' ? row : 0;

    case CONSENT_VALUE_REFERENCE:
        return *value != '#' ? row : 0;

    case CONSENT_VALUE_CSS:
        return consent_carrier_css(value, len) ? row : 0;

    default:
        return row;
    }
}


/* What an element of AMP fetches, as a URL of that service; empty: it may
   be any third party's. */
consent_str_t consent_carrier_vendor(uint8_t tag);


/*
 * The next URL in a list.  *pos starts at 0.  CONSENT_OK and *url, or
 * CONSENT_DECLINED at the end.
 */

/* srcset, 4.8.4.2 "parse a srcset attribute". */
int consent_srcset_next(consent_str_t value, size_t *pos, consent_str_t *url);

/* A list separated by ASCII white space. */
int consent_urls_next(consent_str_t value, size_t *pos, consent_str_t *url);

/* SMIL Animation, 3.2.2: values separated by ";", white space around. */
int consent_values_next(consent_str_t value, size_t *pos,
    consent_str_t *item);


#endif /* CONSENT_CARRIER_H */

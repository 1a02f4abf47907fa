/*
 * Between the parts of the reader of CSS: consent_css.c has the states,
 * consent_css_hop.c passes over what they need not see.  Private to them.
 */

#ifndef CONSENT_CSS_STATE_H
#define CONSENT_CSS_STATE_H


#include "consent_css.h"


/* What a string inside of these brackets is. */

#define CONSENT_CSS_PLAIN      0
#define CONSENT_CSS_MAYBE      1        /* a URL if something brings it into
                                           image-set() */
#define CONSENT_CSS_URL        2        /* url(), src(), image-set() */

#define CONSENT_CSS_IMPORT     1
#define CONSENT_CSS_NAMESPACE  2

/* What was last read, as far as it says something of a string behind it. */

#define CONSENT_CSS_ANY        0
#define CONSENT_CSS_PROPERTY   1        /* a name, not of what var() or a
                                           function can give */
#define CONSENT_CSS_VALUE      2        /* its ":", or "=" */


/* 4.2; NUL stands for U+FFFD (3.3), and so is a letter. */

#define CONSENT_CSS_IS_NAME    0x01
#define CONSENT_CSS_IS_SPACE   0x02
#define CONSENT_CSS_IS_BAD     0x04     /* spoils a url token */
#define CONSENT_CSS_IS_QUOTED  0x08     /* matters in a string */
#define CONSENT_CSS_IS_CLOSE   0x10     /* ")" and "\" */

extern const uint8_t  consent_css_class[256];


static inline int
consent_css_is(uint8_t c, unsigned classes)
{
    return (consent_css_class[c] & classes) != 0;
}


/* What a string would be here by the brackets around it. */

static inline uint8_t
consent_css_kind(const consent_css_t *css)
{
    if (css->lost) {
        return CONSENT_CSS_URL;
    }

    return css->depth ? css->open[css->depth - 1] & 3 : CONSENT_CSS_MAYBE;
}


/* In its prelude stand names, in whatever form. */

static inline int
consent_css_in_namespace(const consent_css_t *css)
{
    return css->rule == CONSENT_CSS_NAMESPACE && !css->lost;
}


/*
 * From p, in the text state, to the next byte that may matter, with what
 * belongs to it.  Names, numbers and punctuation do not matter by
 * themselves; brackets and ends of declarations do in places.
 */
const uint8_t *consent_css_hop(consent_css_t *css, const uint8_t *p,
    const uint8_t *end);


#endif /* CONSENT_CSS_STATE_H */

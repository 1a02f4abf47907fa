/*
 * URLs in CSS: url(), src(), image-set() and @import, after CSS Syntax
 * Level 3, 4.3.  Resumable at any byte; keeps no input but the URL being
 * read.
 */

#ifndef CONSENT_CSS_H
#define CONSENT_CSS_H


#include "consent_base.h"
#include "consent_css_ahead.h"
#include "consent_scan.h"


#define CONSENT_CSS_URL_MAX    2048
#define CONSENT_CSS_NAME_MAX   16
#define CONSENT_CSS_DEPTH_MAX  32


/* A URL was read.  They are told in the order of their starts. */

typedef struct {
    uint64_t       start;           /* offset of its first byte, behind any
                                       quote */
    consent_str_t  url;             /* escapes decoded; for the call only */
    uint32_t       type;            /* CONSENT_TYPE_IMAGE, _STYLE or _FONT */
    unsigned       too_long:1;      /* url is cut, or can't be told */
    unsigned       maybe:1;         /* a string that var() or a function may
                                       bring into image-set() */
} consent_css_url_t;


typedef enum {
    CONSENT_CSS_SHEET = 0,
    CONSENT_CSS_DECLARATIONS        /* a style attribute */
} consent_css_what_t;


typedef struct consent_css_s  consent_css_t;

typedef const uint8_t *(*consent_css_state_pt)(consent_css_t *css,
    const uint8_t *p, const uint8_t *end);

typedef void (*consent_css_found_pt)(void *data,
    const consent_css_url_t *found);


struct consent_css_s {
    consent_css_state_pt   state;
    consent_css_state_pt   back;    /* where an escape returns to */
    consent_css_found_pt   found;
    void                  *data;

    /* Hops over what can't matter; NULL: every byte is looked at, with the
       same results. */
    const consent_scan_t  *scan;

    const uint8_t         *chunk;
    uint64_t               base;

    uint64_t               url_start;
    unsigned               in_url:1;    /* bytes from url_start on matter */
    unsigned               skip:1;      /* of no interest: data:, or told */
    unsigned               maybe:1;
    unsigned               escaped:1;   /* the URL has an escape in it */
    unsigned               lost:1;      /* brackets nest too deep */
    unsigned               font_face:1;
    uint8_t                rule;        /* @import or @namespace's prelude */
    uint8_t                quote;
    uint8_t                before;      /* what a string would stand behind */
    uint8_t                mark;        /* "@" or "#" before the name */
    uint8_t                matched;     /* of "<!--" */

    consent_css_ahead_t    ahead;
    uint8_t                bare;        /* an @import's value begins */

    uint32_t               escape;
    unsigned               escape_len;

    unsigned               depth;       /* of brackets, from a "(" on */
    uint8_t                open[CONSENT_CSS_DEPTH_MAX];

    unsigned               name_len;
    char                   name[CONSENT_CSS_NAME_MAX];

    size_t                 url_len;
    uint8_t                url[CONSENT_CSS_URL_MAX];
};


/* offset: of the first byte that will be fed. */
void consent_css_init(consent_css_t *css, consent_css_what_t what,
    consent_css_found_pt found, void *data, uint64_t offset);

void consent_css_feed(consent_css_t *css, const uint8_t *data, size_t len);

/* The style sheet ends: an open URL is told (4.3.6: it counts). */
void consent_css_end(consent_css_t *css);


#endif /* CONSENT_CSS_H */

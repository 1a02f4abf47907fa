/*
 * URLs in CSS: url(), src(), image-set() and @import, after CSS Syntax
 * Level 3, 4.3.  Resumable at any byte; keeps no input but the URL being
 * read.
 */

#ifndef CONSENT_CSS_H
#define CONSENT_CSS_H


#include "consent_base.h"


#define CONSENT_CSS_URL_MAX    2048
#define CONSENT_CSS_NAME_MAX   16
#define CONSENT_CSS_DEPTH_MAX  32


/* A URL was read. */

typedef struct {
    uint64_t       start;           /* offset of its first byte, behind any
                                       quote */
    consent_str_t  url;             /* escapes decoded; for the call only */
    uint32_t       type;            /* CONSENT_TYPE_IMAGE, _STYLE or _FONT */
    unsigned       too_long:1;      /* url is cut */
} consent_css_url_t;


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

    const uint8_t         *chunk;
    uint64_t               base;

    uint64_t               url_start;
    unsigned               in_url:1;    /* bytes from url_start on matter */
    unsigned               skip:1;      /* of no interest: data:, or told */
    unsigned               at:1;        /* the name being read is an @-rule's */
    unsigned               font_face:1;
    uint8_t                rule;        /* @import or @namespace's prelude */
    uint8_t                quote;

    uint32_t               escape;
    unsigned               escape_len;

    unsigned               depth;
    uint8_t                function[CONSENT_CSS_DEPTH_MAX];

    unsigned               name_len;
    uint8_t                name[CONSENT_CSS_NAME_MAX];

    size_t                 url_len;
    uint8_t                url[CONSENT_CSS_URL_MAX];
};


/* offset: of the first byte that will be fed. */
void consent_css_init(consent_css_t *css, consent_css_found_pt found,
    void *data, uint64_t offset);

void consent_css_feed(consent_css_t *css, const uint8_t *data, size_t len);

/* The style sheet ends: an open URL is told (4.3.6: it counts). */
void consent_css_end(consent_css_t *css);


#endif /* CONSENT_CSS_H */

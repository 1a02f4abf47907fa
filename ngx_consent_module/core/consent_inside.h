/*
 * URLs that are not fetched but hold what they stand for: javascript: and
 * data:.  Private to the rewriter.
 */

#ifndef CONSENT_INSIDE_H
#define CONSENT_INSIDE_H


#include "consent_base.h"


/* What such a URL is, as a document. */

typedef enum {
    CONSENT_INSIDE_OTHER = 0,   /* another URL: this is not one of them */
    CONSENT_INSIDE_CODE,        /* javascript: */
    CONSENT_INSIDE_HTML,        /* data: with a page that is rendered */
    CONSENT_INSIDE_XML,         /* XHTML, or an svg image */
    CONSENT_INSIDE_TEXT,        /* data: that is no document */
    CONSENT_INSIDE_UNKNOWN      /* data: that can't be read here */
} consent_inside_kind_t;


typedef struct {
    consent_str_t  rest;        /* not yet decoded */
    uint32_t       word;        /* of base64 */
    uint8_t        bits;
    unsigned       data:1;      /* "#" ends it */
    unsigned       kept:1;      /* tabs and newlines are part of it, as Chromium
                                   has it of data: */
    unsigned       base64:1;
} consent_inside_t;


/* 0 if it is surely none of them: few begin as these do, or with white
   space. */

static inline int
consent_inside_may(consent_str_t url)
{
    return url.len && (*url.data <= ' ' || (*url.data | 0x20) == 'j'
                       || (*url.data | 0x20) == 'd');
}


/* Opens a URL as it stands in a value: entities are decoded. */
consent_inside_kind_t consent_inside_open(consent_inside_t *in,
    consent_str_t url);

/* The next bytes of what it holds; 0 at the end. */
size_t consent_inside_next(consent_inside_t *in, uint8_t *out, size_t size);


#endif /* CONSENT_INSIDE_H */

/*
 * A script of the site's with lines of ours in front.  They go behind what
 * counts only at the beginning: a byte order mark, a hashbang comment
 * (ECMA-262, 12.5) and a directive "use strict" (11.2.1), with the comments
 * between them.  Other directives mean nothing to a browser.
 */

#ifndef CONSENT_SCRIPT_H
#define CONSENT_SCRIPT_H


#include "consent_rewrite.h"


/* The first four are the caller's; the rest is zero at the beginning. */

typedef struct {
    consent_str_t   insert;     /* statements, one behind ";" and with one at
                                   the end; CONST */
    int           (*emit)(void *data, const uint8_t *p, size_t len,
                          consent_span_t kind);
    void           *data;
    unsigned        state;
    unsigned        held;       /* bytes that were fed and not passed on */
    uint8_t         quote;
    unsigned        done:1;
} consent_script_t;


/*
 * The script in UTF-8, in pieces of any size.  CONSENT_OK, or what emit()
 * returned instead.  A script that ends within a comment or a string is none,
 * and gets nothing.
 */
int consent_script_feed(consent_script_t *s, const uint8_t *p, size_t len,
    int last);


#endif /* CONSENT_SCRIPT_H */

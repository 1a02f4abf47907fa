/*
 * What a module imports: the specifiers of its import and export
 * declarations, and of import("…").  Browsers fetch the former before
 * anything of the module runs (HTML, 8.1.4.2).
 */

#ifndef CONSENT_IMPORTS_H
#define CONSENT_IMPORTS_H


#include "consent_rules.h"


#define CONSENT_IMPORTS_URL  1024


/* 1 if a module's specifier is a URL, not a bare name (HTML, 8.1.5.3,
   "resolve a URL-like module specifier"). */
int consent_imports_is_url(consent_str_t s);


typedef struct {
    consent_inline_t  in;               /* of which only the lexer is used */
    unsigned          inside:1;         /* in a specifier */
    unsigned          escaped:1;        /* behind its last backslash */
    uint8_t           quote;
    size_t            len;              /* beyond the bound, too */
    uint8_t           raw[CONSENT_IMPORTS_URL];
    uint8_t           url[CONSENT_IMPORTS_URL];
} consent_imports_t;


void consent_imports_init(consent_imports_t *imports);

/*
 * Reads on in data from *pos, up to the end of the next specifier that is a
 * URL; bare names are left out.  CONSENT_OK and *url;
 * CONSENT_DECLINED if data ends before; CONSENT_AGAIN if it is too long to be
 * told.  The lexer is that of inline scripts, in pieces of any size.
 */
int consent_imports_next(consent_imports_t *imports, consent_str_t data,
    size_t *pos, consent_str_t *url);


#endif /* CONSENT_IMPORTS_H */

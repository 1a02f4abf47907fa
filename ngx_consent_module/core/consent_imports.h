/*
 * What a module imports: the specifiers of its import and export
 * declarations, and strings inside of import(…).  Browsers fetch the former
 * before anything of the module runs (HTML, 8.1.4.2).
 */

#ifndef CONSENT_IMPORTS_H
#define CONSENT_IMPORTS_H


#include "consent_rules.h"


#define CONSENT_IMPORTS_URL  1024


/* 1 if a module's specifier is a URL, not a bare name (HTML, 8.1.5.3,
   "resolve a URL-like module specifier"). */
int consent_imports_is_url(consent_str_t s);


/* A string that is, or may be, a specifier. */

typedef struct {
    unsigned               inside:1;    /* it is being read */
    unsigned               escaped:1;   /* behind its last backslash */
    uint8_t                last;        /* byte of it */
    size_t                 len;         /* beyond the bound, too */
    uint8_t                raw[CONSENT_IMPORTS_URL];
} consent_specifier_t;


/*
 * The lexer tells code from strings, but of a slash it may only guess whether
 * it divides.  From the first guess on `doubtful` is set, and whatever looks
 * like an import counts, be it in a string or a comment.
 */

typedef struct {
    consent_inline_t       in;          /* of which only the lexer is used */
    uint32_t               call;        /* brackets around, in import(…) */
    uint32_t               past;        /* the last four bytes */
    unsigned               doubtful:1;

    /* then: */

    unsigned               block:1;     /* behind a word, in a comment that */
    unsigned               line:1;      /* ends so */
    uint8_t                stage;       /* of finding a word */
    uint8_t                word;        /* which, */
    uint8_t                seen;        /* and its letters seen */

    consent_specifier_t    specifier[3];    /* by their quotes */
    uint8_t                url[CONSENT_IMPORTS_URL];
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

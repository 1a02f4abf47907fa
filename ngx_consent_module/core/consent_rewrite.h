/*
 * The rewriting of one HTML page, streaming: bytes in, spans out.
 *
 * Elements that would make a browser fetch what the visitor has not granted
 * are neutralised in place: attributes get the prefix "data-pc-", a few are
 * put in.  Everything else goes through as slices of the input.
 */

#ifndef CONSENT_REWRITE_H
#define CONSENT_REWRITE_H


#include "consent_base.h"
#include "consent_charset.h"
#include "consent_choice.h"
#include "consent_rules.h"


/* How long the bytes of a span live. */

typedef enum {
    CONSENT_SPAN_INPUT = 0,     /* a slice of what is being fed */
    CONSENT_SPAN_CONST,         /* as long as the configuration */
    CONSENT_SPAN_TEMP           /* during the call: copy it */
} consent_span_t;


/* Something that was held back, or seen. Told also when only observing. */

typedef struct {
    const consent_verdict_t  *verdict;
    uint32_t                  type;     /* CONSENT_TYPE_* */
    consent_str_t             host;     /* of the URL; empty if inline */
    unsigned                  held:1;   /* 0: it is allowed by the choice */
    unsigned                  bounded:1;/* it was too long, too much, or not
                                           to be read: see docs/bounds.md */
} consent_seen_t;


/* max_inline, and max_tag where nothing else is configured. */
#define CONSENT_HOLD_USUAL  (64 * 1024)


/* All that what comes out depends on; consent_reuse_key() has it, too. */

typedef struct {
    const consent_rules_t   *rules;
    const consent_page_t    *page;
    const consent_choice_t  *choice;
    const consent_mem_t     *mem;       /* of the request; for held bytes */
    unsigned                 observe:1; /* change nothing, tell all */
    unsigned                 xml:1;     /* application/xhtml+xml */
    unsigned                 stubs:1;   /* say what pages call of a service
                                           on its scripts */
    consent_charset_t        charset;   /* any but UNREADABLE */
    size_t                   max_tag;   /* longest tag held */
    size_t                   max_inline;/* longest inline script held */
    consent_str_t            prefix;    /* consent_path */
    consent_str_t            head;      /* put in at the start of head; CONST */
    consent_parts_t          body;      /* put in behind <body>; CONST */
    unsigned                 whole:1;   /* ... both only if it is a document:
                                           with a doctype, or a tag of html,
                                           head or body before its content */

    /* The same for a page whose <base> leads to another origin, where paths
       of ours need "//host" before them (elsewhere), which has a policy in a
       meta tag (policy), or which says its language (lang: a tag, or empty);
       asked for when needed; CONST. */
    consent_parts_t        (*body_other)(void *data, int elsewhere,
                                         int policy, consent_str_t lang);

    /* What is put in before </body> or at the end of a document that got the
       body, where scripts were held that fill something in; `filling` as
       consent_filling_next() reads it; CONST.  May be NULL. */
    consent_parts_t        (*end)(void *data, consent_str_t filling);

    /* CONSENT_OK, or CONSENT_ERROR, which ends the rewriting with it. */
    int                    (*emit)(void *data, const uint8_t *p, size_t len,
                                   consent_span_t kind);
    void                   (*seen)(void *data, const consent_seen_t *seen);

    /* So much of mem's is needed no more; may be NULL. */
    void                   (*release)(void *data, void *p, size_t size);
    void                    *data;
} consent_rewrite_conf_t;


typedef struct consent_rewrite_s  consent_rewrite_t;

/* The next of the services whose scripts fill something in; *pos starts at 0.
   CONSENT_NO_SERVICE at the end. */
int consent_filling_next(consent_str_t filling, size_t *pos);

/* conf must outlive it.  NULL without memory. */
consent_rewrite_t *consent_rewrite_create(const consent_rewrite_conf_t *conf);

/*
 * Feeds the next bytes.  Spans come out in order through emit; bytes of an
 * unfinished tag or inline script are kept (bounded) until more comes.
 * last: the document ends here; everything comes out.
 * CONSENT_OK or CONSENT_ERROR (no memory, or emit failed).
 */
int consent_rewrite_feed(consent_rewrite_t *rw, const uint8_t *data,
    size_t len, int last);

/* 1 while bytes are kept back: the caller must not finalize. */
int consent_rewrite_pending(const consent_rewrite_t *rw);


#endif /* CONSENT_REWRITE_H */

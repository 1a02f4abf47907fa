/* What explain found out about one URL or cookie, and its printers. */

#ifndef CONSENTCTL_EXPLAIN_H
#define CONSENTCTL_EXPLAIN_H


#include "consentctl.h"


#define CONSENTCTL_REASONS  16      /* rules that are listed */


/* A rule that matches a URL, or a declared cookie that fits a name. */

typedef struct {
    int                       service;
    const consent_rule_t     *rule;         /* NULL for a cookie, a list */
    const consent_storage_t  *storage;      /* NULL for a URL */
    consent_str_t             listed;       /* a list's rule, as written */
    consent_str_t             file;
    unsigned                  line;
    unsigned                  column;       /* 0: not known */
} consentctl_reason_t;


typedef struct {
    consentctl_t             *ctl;
    const char               *kind;         /* "url", "cookie" */
    consent_str_t             what;
    const consent_url_t      *url;          /* NULL for a cookie */
    const char               *refused;      /* what happens without a yes */
    consent_verdict_t         verdict;
    unsigned                  nreasons;     /* the deciding one first */
    unsigned                  more;         /* that did not fit */
    consentctl_reason_t       reasons[CONSENTCTL_REASONS + 1];
} consentctl_explain_t;


void consentctl_explain_text(const consentctl_explain_t *ex);

/* CONSENT_ERROR after a message. */
int consentctl_explain_json(const consentctl_explain_t *ex);


/*
 * The choices that explain tries: each is asked of the core.  index from 0;
 * CONSENT_DECLINED behind the last.
 */

typedef struct {
    const char     *label;          /* for people */
    const char     *key;            /* for programs */
    consent_str_t   name;           /* of the purpose or service; may be
                                       empty */
    int             allowed;
} consentctl_case_t;


#endif /* CONSENTCTL_EXPLAIN_H */

/* What diff found out, and its printers. */

#ifndef CONSENTCTL_DIFF_H
#define CONSENTCTL_DIFF_H


#include "consentctl.h"


typedef enum {
    CONSENTCTL_ADDED = 0,
    CONSENTCTL_REMOVED,
    CONSENTCTL_CHANGED
} consentctl_change_kind_t;


typedef struct {
    consentctl_change_kind_t  kind;
    const char               *subject;      /* "purpose", "service" */
    consent_str_t             id;
    const char               *what;         /* "name", …; NULL: all of it */
    consent_str_t             key;          /* which one of several; may be
                                               empty */
    consent_str_t             before;       /* empty if there was none */
    consent_str_t             after;
    unsigned                  asks:1;       /* visitors are asked about it */
} consentctl_change_t;


typedef struct {
    consentctl_t             *ctl;
    const consent_rules_t    *before;
    const consent_rules_t    *after;
    consentctl_change_t      *changes;
    size_t                    n;
    size_t                    size;
    unsigned                  again:1;      /* visitors are asked again */
    unsigned                  failed:1;
} consentctl_diff_t;


void consentctl_diff_text(const consentctl_diff_t *diff);

/* CONSENT_ERROR after a message. */
int consentctl_diff_json(const consentctl_diff_t *diff);


#endif /* CONSENTCTL_DIFF_H */

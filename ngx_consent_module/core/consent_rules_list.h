/*
 * Lists in Adblock Plus syntax, between the one who reads them
 * (consent_rules_abp*.c) and the one who compiles them
 * (consent_rules_list*.c).  Private to consent_rules*.c.
 */

#ifndef CONSENT_RULES_LIST_H
#define CONSENT_RULES_LIST_H


#include "consent_rules_index.h"


/* Hosts that an option names: "domain=", "to=", "denyallow=". */

typedef struct {
    consent_str_t  name;            /* canonical; itself and subdomains */
    unsigned       except:1;        /* "~name" */
    unsigned       entity:1;        /* "name.*": under any public suffix */
} consent_list_host_t;

typedef struct {
    unsigned              n;
    consent_list_host_t  *item;
} consent_list_hosts_t;


/* What few rules have. */

typedef struct {
    consent_list_hosts_t    page;       /* domain=: the page's host */
    consent_list_hosts_t    to;         /* to=: the URL's host */
    consent_list_hosts_t    denyallow;  /* not for these hosts of URLs */
    consent_regex_t        *regex;      /* instead of a pattern */
} consent_list_more_t;


/* Of what schemes a rule speaks: ws: and wss: are those of sockets. */

#define CONSENT_LIST_ANY_SCHEME  0
#define CONSENT_LIST_SOCKETS     1
#define CONSENT_LIST_NO_SOCKETS  2


/*
 * One network rule.
 *
 * pattern: without "@@", anchors and options; "*" and "^" stand in it as
 * they were written.  Compared without case unless match_case.
 */

typedef struct {
    consent_str_t               pattern;
    const consent_list_more_t  *more;       /* NULL: none of it */
    uint32_t                    line;
    uint16_t                    list;       /* index of the list */
    uint16_t                    types;      /* CONSENT_TYPE_* */
    unsigned                    first:1;    /* speaks for first-party URLs */
    unsigned                    third:1;    /* … for third-party ones */
    unsigned                    host:1;     /* "||" stood in front */
    unsigned                    start:1;    /* "|" stood in front */
    unsigned                    end:1;      /* "|" stood behind */
    unsigned                    match_case:1;
    unsigned                    exception:1;    /* "@@" */
    unsigned                    important:1;
    unsigned                    scheme:2;   /* CONSENT_LIST_… */
    unsigned                    open:1;     /* a pattern that is a host may
                                               end within a label */
    unsigned                    page:1;     /* an exception that speaks of the
                                               page's URL, for all on it */
    uint64_t                    id;         /* alike in equal rules */
} consent_list_rule_t;


/* What is kept of it until then. */

typedef struct {
    consent_list_rule_t   rule;         /* its pattern has no data … */
    uint32_t              text;         /* … but begins here in the text */
} consent_list_record_t;

struct consent_list_store_s {
    uint32_t                n;
    uint32_t                size;
    consent_list_record_t  *records;
    uint32_t                ntext;
    uint32_t                text_size;
    uint8_t                *text;
};


/*
 * Adds a rule to what will be compiled; in which order does not matter.  Of
 * what it points to, only `more` must live on, until then.  CONSENT_ERROR
 * without memory, or if the lists are too large.  The regex is released by
 * who compiles, also if this fails.
 */
int consent_list_push(consent_loader_t *loader,
    const consent_list_rule_t *rule);


#endif /* CONSENT_RULES_LIST_H */

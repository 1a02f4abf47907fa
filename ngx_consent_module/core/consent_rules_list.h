/*
 * Lists in Adblock Plus syntax, between the one who reads them
 * (consent_rules_abp*.c) and the one who compiles them
 * (consent_rules_list*.c).  Private to consent_rules*.c.
 */

#ifndef CONSENT_RULES_LIST_H
#define CONSENT_RULES_LIST_H


#include "consent_rules_index.h"


/*
 * Hosts that an option names: "domain=", "to=", "denyallow=".  The longest
 * that a host lies within decides; where there is none, so does whether all
 * of them are exceptions.
 */

typedef struct {
    consent_str_t  name;            /* canonical; itself and subdomains */
    uint32_t       hash;            /* set by consent_list_push() */
    unsigned       except:1;        /* "~name" */
    unsigned       entity:1;        /* "name.*": under any public suffix */
} consent_list_host_t;

typedef struct {
    unsigned              n;
    unsigned              entities:1;   /* some are; consent_list_push()
                                           sets this and the next */
    unsigned              named:1;      /* some are no exceptions */
    consent_list_host_t  *item;
} consent_list_hosts_t;


/* What few rules have. */

typedef struct consent_list_more_s {
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
    consent_list_more_t        *more;       /* NULL: none of it */
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
    uint32_t                nmore;          /* rules that have more */
    unsigned                taken:1;        /* their regexes were */
    consent_list_record_t  *records;
    uint32_t                ntext;
    uint32_t                text_size;
    uint8_t                *text;
};


/*
 * Adds a rule to what will be compiled; in which order does not matter.  Of
 * what it points to, `more` must live on, in the loader's memory; its hosts
 * are put in another order.  CONSENT_ERROR without memory, or if the lists
 * are too large: the pattern has more than CONSENT_RULES_PATH_MAX bytes, its
 * line is behind CONSENT_LIST_LINE_MAX.  The regex is released by who
 * compiles, also if this fails.
 */

#define CONSENT_LIST_LINE_MAX  ((1 << 24) - 1)

int consent_list_push(consent_loader_t *loader,
    const consent_list_rule_t *rule);


/*
 * What was made of it.
 */


static inline consent_str_t
consent_list_pattern(const consent_list_index_t *lists,
    const consent_listed_t *rule)
{
    return (consent_str_t) { rule->len,
                             lists->text + rule->text + rule->host };
}


/* NULL if the rule has none of it. */
static inline const consent_list_more_t *
consent_list_more(const consent_list_index_t *lists,
    const consent_listed_t *rule)
{
    uint32_t  n;

    if (!lists->kinds[rule->kind].more) {
        return NULL;
    }

    memcpy(&n, lists->text + rule->text + rule->host + rule->len,
           sizeof(uint32_t));

    return lists->more[n];
}


#endif /* CONSENT_RULES_LIST_H */

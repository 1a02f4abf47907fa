/*
 * One match of a URL.  Private to consent_rules_match.c,
 * consent_rules_list_match.c and consent_rules_text.c.
 */

#ifndef CONSENT_RULES_MATCH_H
#define CONSENT_RULES_MATCH_H


#include <string.h>

#include "consent_rules_list.h"


/* Each rule that is kept adds a purpose: to those blocked, or important. */
#define CONSENT_MATCH_HITS   (2 * CONSENT_MAX_PURPOSES)

/* Exceptions that wait until something is to be excepted. */
#define CONSENT_MATCH_LATER  32


typedef struct {
    uint64_t                  rank;
    const consent_matcher_t  *matcher;
} consent_match_found_t;


/* What lists say, all of them as one. */

typedef struct {
    uint32_t  blocked;                  /* purposes … */
    uint32_t  important;                /* … that only important exceptions
                                           undo */
    uint8_t   excepted;
    uint8_t   spared;                   /* also what is important */
    uint32_t  exception;                /* a rule, if excepted */
    unsigned  nhits;
    unsigned  nlater;
    uint32_t  hit[CONSENT_MATCH_HITS];          /* rules that block */
    uint32_t  later[CONSENT_MATCH_LATER];       /* exceptions … */
    uint32_t  at[CONSENT_MATCH_LATER];          /* … and where */
} consent_match_lists_t;


typedef struct {
    const consent_rules_index_t  *index;
    const consent_page_t         *page;
    const consent_url_t          *url;
    consent_str_t                 host;
    const uint8_t                *start;    /* no byte before it is read */
    consent_str_t                 path;     /* with the query */
    uint32_t                      types;
    uint8_t                       party;    /* CONSENT_SPEAKS_* */
    uint8_t                       hint;
    uint8_t                       third_party;
    uint8_t                       socket;   /* ws: or wss: */
    uint8_t                       pages;    /* rules for pages, on the page */
    uint8_t                       quiet;    /* no head is in the host … */
    uint8_t                       loud;     /* … or one may be */
    const uint8_t                *tail;     /* the host's last bytes: what
                                               begins there is not all its */
    unsigned                      n;
    unsigned                      max;
    consent_match_found_t        *found;    /* the best first */
    consent_match_lists_t         lists;
} consent_match_t;


/* The memo's entry that is the host's, or would be; NULL if none is kept. */
static inline consent_memo_host_t *
consent_match_memo(consent_memo_t *memo, consent_str_t host)
{
    uint64_t  first, last;

    if (memo == NULL || host.len < sizeof(uint64_t)
        || host.len > sizeof(memo->host[0].name))
    {
        return NULL;
    }

    memcpy(&first, host.data, sizeof(uint64_t));
    memcpy(&last, host.data + host.len - sizeof(uint64_t), sizeof(uint64_t));

    first = (first ^ (last << 23 | last >> 41)) * 0x9e3779b97f4a7c15u;

    return &memo->host[first >> 32 & (CONSENT_MEMO_HOSTS - 1)];
}


/* 1 if the entry is the host's. */
static inline int
consent_match_remembers(const consent_memo_host_t *entry, consent_str_t host)
{
    return entry != NULL && entry->len == host.len
           && memcmp(entry->name, host.data, host.len) == 0;
}


/* A verdict that says nothing. */
static inline void
consent_match_none(consent_verdict_t *verdict)
{
    memset(verdict, 0, sizeof(consent_verdict_t));
    verdict->service = CONSENT_NO_SERVICE;
    verdict->rule = CONSENT_NO_RULE;
}


/* Labels of a host that are looked up, from the right. */
#define CONSENT_MATCH_LABELS  16

/*
 * Looks up the host of match: sets third_party and nodes, of which there may
 * be CONSENT_MATCH_LABELS; returns their number.  What consent_match_memo()
 * gave as entry remembers it from now on, unless too much is known.
 */
unsigned consent_match_learn(consent_match_t *match, consent_memo_t *memo,
    consent_memo_host_t *entry, uint32_t *nodes);

/* Tries what is known of a host that is remembered. */
void consent_match_recall(consent_match_t *match,
    const consent_memo_host_t *entry);

/* What has been found, as a verdict; lists are not asked. */
void consent_match_tell(const consent_match_t *match,
    consent_verdict_t *verdict);

/*
 * Tries a rule of a list.  at: where in href its pattern would begin, or
 * CONSENT_GRAM_ANYWHERE; does not matter for those under a host.
 */
void consent_list_try(consent_match_t *match, uint32_t rule, uint32_t at);

/* Tries rules of one host: n from `first` on, the first nopen of any path. */
void consent_list_try_host(consent_match_t *match, uint32_t first,
    uint32_t nopen, uint32_t n);

/* 1 if the rule may speak of URLs of this page. */
int consent_list_is_of_page(const consent_match_t *match, uint32_t rule);

/* Tries the exceptions that were put off. */
void consent_list_settle(consent_match_t *match);

/*
 * What lists ask for, after all has been tried and settled: the purposes,
 * and as *rule the first that asks; 0: nothing.
 */
uint32_t consent_list_purposes(const consent_match_t *match, uint32_t *rule);


#endif /* CONSENT_RULES_MATCH_H */

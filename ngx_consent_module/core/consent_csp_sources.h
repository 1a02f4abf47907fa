/*
 * What consent_csp.c, consent_csp_sources.c and consent_csp_join.c share: a
 * policy in the making, and the table of its sources.
 */

#ifndef CONSENT_CSP_SOURCES_H
#define CONSENT_CSP_SOURCES_H


#include "consent_header.h"


/*
 * How a policy is made shorter until it fits: all that is allowed; what is in
 * use of it; and that ever wider, as consent_csp_width_t has it.
 */

#define CONSENT_CSP_WHOLE    0
#define CONSENT_CSP_IN_USE   1
#define CONSENT_CSP_TYPES    2
#define CONSENT_CSP_DOMAINS  3
#define CONSENT_CSP_FORMS    4
#define CONSENT_CSP_SOCKETS  5
#define CONSENT_CSP_OTHERS   6
#define CONSENT_CSP_ALL      7

/*
 * What is only reported has a bound, since anybody can report: half of a
 * policy, but a quarter before more than types is made wider for it.
 */
#define CONSENT_CSP_RANK_SEEN       0
#define CONSENT_CSP_RANK_REPORTED   1
#define CONSENT_CSP_RANKS           2
#define CONSENT_CSP_RANK_NONE       2
#define CONSENT_CSP_RANK_DENIED     3

#define CONSENT_CSP_MOST   2
#define CONSENT_CSP_LEAST  4

/* No source. */
#define CONSENT_CSP_NONE  UINT32_MAX


/*
 * What is open of a host: the types for itself and for its subdomains; and
 * those for its subdomain www, which is listed where the others can't be:
 * rules name hosts without it.
 */

typedef struct {
    uint32_t               self;
    uint32_t               wild;
    uint32_t               www;
    unsigned               self_lost:1; /* a denied rule speaks for the host
                                           too */
    unsigned               wild_lost:1; /* ... or for one of its subdomains */
    unsigned               www_lost:1;  /* ... or for that one */
} consent_csp_open_t;


/* A host, or a folder of it, that rules of allowed services name. */

typedef struct consent_csp_source_s  consent_csp_source_t;

struct consent_csp_source_s {
    consent_str_t          host;
    consent_str_t          path;        /* empty: all of the host */
    uint32_t               hash;        /* of host */
    uint32_t               next;        /* in the chain of its bucket */
    consent_csp_open_t     open;
    int                    rule;        /* last one without types */
    uint32_t               limited;     /* types of those with types */
    unsigned               exact:1;     /* path does not end with "/" */
    unsigned               said:1;      /* its WebSockets stand there */

    /* consent_csp_join.c: what was open while it was not joined; what could
       stand for it and others, or NULL; the next of these */
    consent_csp_open_t     apart;
    consent_csp_source_t  *domain;
    consent_csp_source_t  *sibling;

    /* and of such a domain: the first of them, the one that it lives under,
       how many have it for a site, or live below; how much shorter it is, and
       how many denied rules it would open */
    consent_csp_source_t  *first;
    consent_csp_source_t  *parent;
    uint32_t               members;
    uint32_t               below;
    uint32_t               saves;
    uint32_t               against;
    unsigned               lost:1;      /* something of them is */
};


typedef struct {
    consent_buf_t             *b;
    const consent_rules_t     *rules;
    const consent_page_t      *page;
    const consent_choice_t    *choice;
    const consent_csp_conf_t  *conf;
    const char                *ws;      /* scheme of its WebSockets */
    const char                *ws_wild;
    const char                *ws_www;
    const char                *ws_all;
    const char                *schemes; /* all of the network */
    size_t                     limit;   /* b->len may not pass it */
    unsigned                   part;    /* CONSENT_CSP_MOST... of it is for
                                           what is only reported */
    unsigned                   full:1;  /* something did not fit */
    unsigned                   passive:1;   /* passive types are open */
    unsigned                   active:1;    /* the others are */
    unsigned                   level;   /* CONSENT_CSP_WHOLE... */
    uint8_t                   *rank;    /* of each service that is allowed */
    uint32_t                  *weight;  /* of each service's sources */

    uint32_t                   n;
    uint32_t                   size;    /* how many there is room for */
    consent_csp_source_t      *source;
    uint32_t                   mask;    /* buckets - 1 */
    uint32_t                  *bucket;
    uint32_t                   ndomains;
    uint32_t                   njoined; /* the first of them */
    consent_csp_source_t     **domain;  /* the best to join come first */
} consent_csp_t;


/* consent_csp_sources.c: the table */

/* Empty, with room for so many.  CONSENT_OK, or CONSENT_ERROR: no memory. */
int consent_csp_reserve(consent_csp_t *csp, uint32_t size);

/* The source of a host, or of a folder of it; a new one if there is none. */
consent_csp_source_t *consent_csp_source(consent_csp_t *csp,
    consent_str_t host, consent_str_t path);

/* Takes from the sources what a denied rule for all of a host decides against
   them. */
void consent_csp_deny(consent_csp_t *csp, int index);

/* Takes from the sources what those of their parents open already. */
void consent_csp_cover(consent_csp_t *csp);

/* What stands in a policy of a source, without its WebSockets. */
size_t consent_csp_weight(consent_str_t host, consent_str_t path);

/* A host that can stand in a policy; an IPv6 address can't. */
int consent_csp_host_valid(consent_str_t host);

/* 1 if "*.host" makes sense: not for an IP address or a single label. */
int consent_csp_host_wild(consent_str_t host);


/*
 * A host and its parents, from the shortest on, each with all its sources:
 * begin with the host alone.
 */

typedef struct {
    consent_str_t          host;
    consent_csp_source_t  *source;      /* the one that was found */
    size_t                 at;          /* where the parent begins + 1; 1: it
                                           is the host itself */
    uint32_t               hash;        /* of the parent */
} consent_csp_walk_t;

/* The next one, in walk->source; 0 at the end. */
int consent_csp_walk(const consent_csp_t *csp, consent_csp_walk_t *walk);


/* consent_csp_join.c: domains in place of hosts */

/* Finds those that could stand for sources.  CONSENT_OK, or CONSENT_ERROR: no
   memory. */
int consent_csp_find_domains(consent_csp_t *csp);

/* Lets more of them stand for their hosts, so many that it gets shorter by
   about `over`.  0 if none is left. */
int consent_csp_join_some(consent_csp_t *csp, size_t over);

/* Lets one stand for its hosts, or the hosts again for themselves. */
void consent_csp_join_domain(consent_csp_source_t *domain);
void consent_csp_part_domain(consent_csp_source_t *domain);


#endif /* CONSENT_CSP_SOURCES_H */

/*
 * The Content-Security-Policy and the Connection-Allowlist of a choice: what is
 * allowed becomes sources, and these are made wider until they fit.
 */

#include <string.h>

#include "consent_header.h"
#include "consent_url.h"


#define CONSENT_CSP_NONE  UINT32_MAX

/* What default-src stands for beside what falls back to it. */
#define CONSENT_CSP_DEFAULT  (CONSENT_TYPE_PREFETCH|CONSENT_TYPE_OTHER)

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
 * So many of one domain that belong to several are as good as all of it.
 * Where there are more sources than the second, none of this helps.
 */
#define CONSENT_CSP_SIBLINGS   4
#define CONSENT_CSP_JOINED     1024

/*
 * A rule set of up to so many is one that somebody wrote for this site: what
 * it has is in use.
 */
#define CONSENT_CSP_FEW        256

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

/* What is not the visitor's network beyond the site: never in the way. */
#define CONSENT_CSP_LOCAL  " 'self' blob: data: filesystem: mediastream:"

/* Addresses of a Connection-Allowlist begin so. */
#define CONSENT_CSP_HOST    "\"*://"
#define CONSENT_CSP_DOMAIN  "\"*://{*.}?"
#define CONSENT_CSP_WWW     "\"*://www."

/* What a directive falls back to (CSP3, 6.8.3), as an index below. */
#define CONSENT_CSP_ALWAYS  -1      /* to nothing: it is always written */


typedef struct {
    const char  *name;
    uint32_t     types;
    const char  *keywords;      /* that leave the site's own as it is */
    int          fallback;
} consent_csp_directive_t;


static const consent_csp_directive_t  consent_csp_directives[] = {
    { "default-src", CONSENT_CSP_DEFAULT, CONSENT_CSP_LOCAL
      " 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
      CONSENT_CSP_ALWAYS },
    { "script-src", CONSENT_TYPE_SCRIPT, CONSENT_CSP_LOCAL
      " 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'", 0 },
    { "worker-src", CONSENT_TYPE_WORKER, CONSENT_CSP_LOCAL, 1 },
    { "img-src", CONSENT_TYPE_IMAGE, CONSENT_CSP_LOCAL, 0 },
    { "style-src", CONSENT_TYPE_STYLE, CONSENT_CSP_LOCAL " 'unsafe-inline'",
      0 },
    { "font-src", CONSENT_TYPE_FONT, CONSENT_CSP_LOCAL, 0 },
    { "media-src", CONSENT_TYPE_MEDIA, CONSENT_CSP_LOCAL, 0 },
    { "frame-src", CONSENT_TYPE_FRAME, CONSENT_CSP_LOCAL, 0 },
    { "connect-src", CONSENT_TYPE_CONNECT|CONSENT_TYPE_PING,
      CONSENT_CSP_LOCAL, 0 },
    { "object-src", CONSENT_TYPE_OBJECT, CONSENT_CSP_LOCAL, 0 },
    { "manifest-src", CONSENT_TYPE_MANIFEST, CONSENT_CSP_LOCAL, 0 },
    { "form-action", CONSENT_TYPE_FORM, " 'self'", CONSENT_CSP_ALWAYS }
};

#define CONSENT_CSP_DIRECTIVES                                                \
    (sizeof(consent_csp_directives) / sizeof(consent_csp_directives[0]))


/*
 * A host, or a folder of it, that rules of allowed services name.  self and
 * wild are the types that are open for the host itself and for its
 * subdomains; www those for its subdomain of that name, which is listed where
 * the others can't be: rules name hosts without it.
 */

typedef struct {
    consent_str_t  host;
    consent_str_t  path;        /* empty: all of the host */
    uint32_t       hash;        /* of host */
    uint32_t       next;        /* in the chain of its bucket */
    uint32_t       self;
    uint32_t       wild;
    uint32_t       www;
    int            rule;        /* last one without types */
    uint32_t       limited;     /* types of those with types */
    unsigned       exact:1;     /* path does not end with "/" */
    unsigned       self_lost:1; /* a denied rule speaks for the host too */
    unsigned       wild_lost:1; /* ... or for one of its subdomains */
    unsigned       www_lost:1;  /* ... or for that one */
} consent_csp_source_t;


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
    consent_csp_source_t      *source;
    uint32_t                   mask;    /* buckets - 1 */
    uint32_t                  *bucket;
} consent_csp_t;


/* FNV-1a from the last byte to the first, so that a walk over the parents
 * of a host gets the hash of each on its way. */
static uint32_t
consent_csp_hash(uint32_t hash, uint8_t c)
{
    return (hash ^ c) * 16777619u;
}


#define CONSENT_CSP_SEED  2166136261u


static uint32_t
consent_csp_host_hash(consent_str_t host)
{
    size_t    i;
    uint32_t  hash;

    hash = CONSENT_CSP_SEED;

    for (i = host.len; i > 0; i--) {
        hash = consent_csp_hash(hash, host.data[i - 1]);
    }

    return hash;
}


/* A host that can stand in a policy; an IPv6 address can't. */
static int
consent_csp_host_valid(consent_str_t host)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < host.len; i++) {
        c = host.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
              || c == '-' || c == '.' || c == '_'))
        {
            return 0;
        }
    }

    return host.len > 0;
}


/* 1 if "*.host" makes sense: not for an IP address or a single label. */
static int
consent_csp_host_wild(consent_str_t host)
{
    return host.len && memchr(host.data, '.', host.len) != NULL
           && (host.data[host.len - 1] < '0' || host.data[host.len - 1] > '9');
}


/*
 * What of a rule's path can stand in a policy.  A source's path means a
 * folder if it ends with "/" and an exact path if not (CSP3, 6.7.2.10), and a
 * rule's path is a prefix.  So it is the folder that the path lies in; of
 * one at the root, "/pay", both "/pay" and "/pay/" (*exact).
 */
static consent_str_t
consent_csp_path(consent_str_t path, int *exact)
{
    size_t   i, end;
    uint8_t  c;

    *exact = 0;
    end = 0;

    for (i = 0; i < path.len; i++) {
        c = path.data[i];

        if (c == '/') {
            end = i + 1;

        } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                     || (c >= 'A' && c <= 'Z') || c == '-' || c == '.'
                     || c == '_' || c == '~'))
        {
            break;
        }
    }

    if (path.len < 2 || path.data[0] != '/') {
        return (consent_str_t) { 0, NULL };
    }

    if (end == 1 && i == path.len) {
        *exact = 1;
        end = i;
    }

    return (consent_str_t) { end > 1 ? end : 0, path.data };
}


static consent_csp_source_t *
consent_csp_find(consent_csp_t *csp, consent_str_t host, uint32_t hash,
    const consent_csp_source_t *after)
{
    uint32_t               i;
    consent_csp_source_t  *source;

    i = after ? after->next : csp->bucket[hash & csp->mask];

    for ( /* void */ ; i != CONSENT_CSP_NONE; i = source->next) {
        source = &csp->source[i];

        if (source->hash == hash && consent_str_eq(source->host, host)) {
            return source;
        }
    }

    return NULL;
}


static consent_csp_source_t *
consent_csp_source(consent_csp_t *csp, consent_str_t host,
    consent_str_t path)
{
    uint32_t               hash;
    consent_csp_source_t  *source;

    hash = consent_csp_host_hash(host);

    for (source = consent_csp_find(csp, host, hash, NULL);
         source != NULL;
         source = consent_csp_find(csp, host, hash, source))
    {
        if (consent_str_eq(source->path, path)) {
            return source;
        }
    }

    source = &csp->source[csp->n];
    memset(source, 0, sizeof(consent_csp_source_t));

    source->host = host;
    source->path = path;
    source->hash = hash;
    source->rule = CONSENT_NO_RULE;
    source->next = csp->bucket[hash & csp->mask];

    csp->bucket[hash & csp->mask] = csp->n++;

    return source;
}


static void
consent_csp_allow(consent_csp_t *csp, int index)
{
    int                    exact;
    consent_str_t          path;
    const consent_rule_t  *rule;
    consent_csp_source_t  *source;

    rule = &csp->rules->rules[index];

    if (csp->level >= CONSENT_CSP_DOMAINS) {
        source = consent_csp_source(csp, consent_url_site(rule->host),
                                    consent_str(""));
        source->self |= rule->types;
        source->wild |= rule->types;
        return;
    }

    path = consent_csp_path(rule->path, &exact);
    source = consent_csp_source(csp, rule->host, path);

    source->exact = exact & 1;
    source->self |= rule->types;
    source->wild |= rule->types;
    source->www |= rule->types;

    if (rule->types == CONSENT_TYPE_ANY) {
        source->rule = index;

    } else {
        source->limited |= rule->types;
    }
}


/*
 * A denied rule for all of a host takes from the allowed sources what it
 * decides against them: of the parents their wildcard, whatever the types;
 * of the host itself the types that it names, or, without types, what an
 * earlier rule without types opened.  See consent_rules_match() for which
 * rule decides.
 */
static void
consent_csp_deny_self(consent_csp_source_t *source,
    const consent_rule_t *rule, int index)
{
    uint32_t  types;

    if (source->path.len) {
        return;
    }

    types = rule->types;

    if (types == CONSENT_TYPE_ANY) {
        types = source->rule < index ? ~source->limited : 0;
    }

    source->self &= ~types;
    source->wild &= ~types;
    source->www &= ~types;
    source->self_lost = 1;
    source->wild_lost = 1;
    source->www_lost = 1;
}


/* The same of one for a subdomain; www: it is that one. */
static void
consent_csp_deny_wild(consent_csp_source_t *source,
    const consent_rule_t *rule, int www)
{
    source->wild &= ~rule->types;
    source->wild_lost = 1;

    if (www) {
        source->www &= ~rule->types;
        source->www_lost = 1;
    }
}


static void
consent_csp_deny(consent_csp_t *csp, int index)
{
    size_t                 i;
    uint32_t               hash;
    consent_str_t          parent;
    const consent_rule_t  *rule;
    consent_csp_source_t  *source;

    rule = &csp->rules->rules[index];
    hash = CONSENT_CSP_SEED;

    for (i = rule->host.len; i > 0; i--) {
        hash = consent_csp_hash(hash, rule->host.data[i - 1]);

        if (i > 1 && rule->host.data[i - 2] != '.') {
            continue;
        }

        parent.data = rule->host.data + i - 1;
        parent.len = rule->host.len - i + 1;

        for (source = consent_csp_find(csp, parent, hash, NULL);
             source != NULL;
             source = consent_csp_find(csp, parent, hash, source))
        {
            if (i == 1) {
                consent_csp_deny_self(source, rule, index);

            } else {
                consent_csp_deny_wild(source, rule,
                    i == 5 && memcmp(rule->host.data, "www.", 4) == 0);
            }
        }
    }
}


/* Takes from a source what the source of a parent opens already. */
static void
consent_csp_cover(consent_csp_t *csp, consent_csp_source_t *covered)
{
    size_t                 i;
    uint32_t               hash;
    consent_str_t          parent, host;
    consent_csp_source_t  *source;

    hash = CONSENT_CSP_SEED;
    host = covered->host;

    for (i = host.len; i > 0; i--) {
        hash = consent_csp_hash(hash, host.data[i - 1]);

        if (i > 1 && host.data[i - 2] != '.') {
            continue;
        }

        parent.data = host.data + i - 1;
        parent.len = host.len - i + 1;

        for (source = consent_csp_find(csp, parent, hash, NULL);
             source != NULL;
             source = consent_csp_find(csp, parent, hash, source))
        {
            if (source->path.len || source == covered) {
                continue;
            }

            covered->self &= ~(i == 1 ? source->self : source->wild);
            covered->wild &= ~source->wild;
            covered->www &= ~source->wild;
        }
    }
}


/* How much a service matters to this site; CONSENT_CSP_RANK_DENIED if it is
 * not allowed. */
static uint8_t
consent_csp_rank(const consent_csp_t *csp, int service)
{
    uint8_t  use;

    if (!consent_choice_allows_service(csp->choice, csp->rules, service)) {
        return CONSENT_CSP_RANK_DENIED;
    }

    use = csp->level == CONSENT_CSP_WHOLE || csp->conf->use == NULL
          ? CONSENT_CSP_SEEN : csp->conf->use[service];

    return use == CONSENT_CSP_SEEN ? CONSENT_CSP_RANK_SEEN
           : use == CONSENT_CSP_REPORTED ? CONSENT_CSP_RANK_REPORTED
           : CONSENT_CSP_RANK_NONE;
}


/* There are far more rules than services: each is looked at once. */
static int
consent_csp_find_ranks(consent_csp_t *csp)
{
    unsigned  i;

    if (csp->rank == NULL) {
        csp->rank = consent_alloc(csp->b->mem, csp->rules->nservices + 1);
        if (csp->rank == NULL) {
            return CONSENT_ERROR;
        }
    }

    for (i = 0; i < csp->rules->nservices; i++) {
        csp->rank[i] = consent_csp_rank(csp, (int) i);
    }

    return CONSENT_OK;
}


/* 1 if a rule gives the policy a source, of this rank. */
static int
consent_csp_usable(const consent_csp_t *csp, const consent_rule_t *rule,
    unsigned rank)
{
    return csp->rank[rule->service] == rank
           && rule->host.len && rule->inline_literal.len == 0
           && consent_csp_host_valid(rule->host)
           && consent_rules_third_party(csp->page, rule->host);
}


/* 1 if a rule can take something from the sources. */
static int
consent_csp_taking(const consent_csp_t *csp, const consent_rule_t *rule)
{
    return csp->rank[rule->service] == CONSENT_CSP_RANK_DENIED
           && rule->host.len && rule->inline_literal.len == 0
           && rule->path.len == 0 && rule->regex.len == 0;
}


static int
consent_csp_reserve(consent_csp_t *csp, uint32_t size)
{
    uint32_t  i, buckets;

    for (buckets = 16; buckets < size; buckets *= 2) {
        /* void */
    }

    csp->n = 0;
    csp->source = consent_alloc(csp->b->mem,
                                size * sizeof(consent_csp_source_t));
    csp->bucket = consent_alloc(csp->b->mem, buckets * sizeof(uint32_t));

    if (csp->source == NULL || csp->bucket == NULL) {
        return CONSENT_ERROR;
    }

    csp->mask = buckets - 1;

    for (i = 0; i < buckets; i++) {
        csp->bucket[i] = CONSENT_CSP_NONE;
    }

    return CONSENT_OK;
}


static uint32_t
consent_csp_count(const consent_csp_t *csp)
{
    uint32_t  i, n;
    unsigned  rank;

    n = 0;

    for (i = 0; i < csp->rules->nrules; i++) {
        rank = csp->rank[csp->rules->rules[i].service];

        if (rank < CONSENT_CSP_RANKS) {
            n += consent_csp_usable(csp, &csp->rules->rules[i], rank) ? 1 : 0;
        }
    }

    return n;
}


static size_t
consent_csp_limit(const consent_csp_conf_t *conf)
{
    return conf->limit ? conf->limit : CONSENT_CSP_MAX;
}


/* What stands in a policy of a source, without its WebSockets. */
static size_t
consent_csp_weight(consent_str_t host, consent_str_t path)
{
    return 2 * (host.len + path.len) + 4;
}


/* Sources of services of a rank that weigh more than least and at most most,
   as long as there is room: what stands there already takes none. */
static void
consent_csp_add_services(consent_csp_t *csp, unsigned rank, size_t least,
    size_t most, size_t *room)
{
    size_t                       weight;
    uint32_t                     i, n;
    const consent_rule_t        *rule;
    const consent_csp_source_t  *source;

    for (i = 0; i < csp->rules->nrules && *room; i++) {
        rule = &csp->rules->rules[i];
        weight = csp->weight[rule->service];

        if (weight <= least || weight > most
            || !consent_csp_usable(csp, rule, rank))
        {
            continue;
        }

        n = csp->n;
        consent_csp_allow(csp, (int) i);

        if (csp->n > n) {
            source = &csp->source[n];
            weight = consent_csp_weight(source->host, source->path);
            *room -= weight < *room ? weight : *room;
        }
    }
}


/* Light services come first, so that one with very many hosts takes no room
   from the others. */
static int
consent_csp_add_rank(consent_csp_t *csp, unsigned rank)
{
    size_t                 room, most;
    uint32_t               i;
    const consent_rule_t  *rule;

    csp->weight = consent_calloc(csp->b->mem, (csp->rules->nservices + 1)
                                              * sizeof(uint32_t));
    if (csp->weight == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < csp->rules->nrules; i++) {
        rule = &csp->rules->rules[i];

        if (consent_csp_usable(csp, rule, rank)) {
            csp->weight[rule->service] += consent_csp_weight(rule->host,
                                                             rule->path);
        }
    }

    if (rank == CONSENT_CSP_RANK_SEEN) {
        room = SIZE_MAX;
        consent_csp_add_services(csp, rank, 0, SIZE_MAX, &room);
        return CONSENT_OK;
    }

    room = consent_csp_limit(csp->conf) / csp->part;

    for (most = 64; most < 64 * 1024; most *= 2) {
        consent_csp_add_services(csp, rank, most > 64 ? most / 2 : 0, most,
                                 &room);
    }

    return CONSENT_OK;
}


static void
consent_csp_add_extra(consent_csp_t *csp)
{
    unsigned               i;
    consent_str_t          host;
    consent_csp_source_t  *source;

    for (i = 0; i < csp->conf->nextra; i++) {
        host = csp->conf->extra[i];

        if (!consent_csp_host_valid(host)) {
            continue;
        }

        if (csp->level >= CONSENT_CSP_DOMAINS) {
            host = consent_url_site(host);
        }

        source = consent_csp_source(csp, host, consent_str(""));
        source->self = CONSENT_TYPE_ANY;

        if (csp->level >= CONSENT_CSP_DOMAINS) {
            source->wild = CONSENT_TYPE_ANY;
        }
    }
}


/* Of a domain that is open as a whole, all are. */
static void
consent_csp_add_below(consent_csp_t *csp)
{
    unsigned                   i;
    consent_csp_source_t      *source;
    const consent_csp_host_t  *below;

    for (i = 0; i < csp->conf->nbelow; i++) {
        below = &csp->conf->below[i];

        if (consent_csp_host_valid(below->host) && below->types
            && csp->level < CONSENT_CSP_DOMAINS)
        {
            source = consent_csp_source(csp, below->host, consent_str(""));
            source->self |= below->types;
        }
    }
}


/*
 * A domain under which several others live, as those of a provider's services
 * do, stands for them where there are many.  The suffixes of registries do
 * not.
 */
static consent_str_t
consent_csp_parent(consent_str_t host)
{
    consent_str_t   parent;
    const uint8_t  *dot;

    parent = consent_str("");
    dot = memchr(host.data, '.', host.len);

    if (dot != NULL) {
        parent.data = dot + 1;
        parent.len = host.len - (size_t) (dot + 1 - host.data);
    }

    return consent_csp_host_wild(parent) && !consent_url_is_registry(parent)
           ? parent : consent_str("");
}


static void
consent_csp_join(consent_csp_t *csp)
{
    uint32_t               i, k, n, all, types;
    consent_str_t          parent;
    consent_csp_source_t  *source;

    all = csp->n < CONSENT_CSP_JOINED ? csp->n : 0;

    for (i = 0; i < all; i++) {
        parent = consent_csp_parent(csp->source[i].host);

        if (parent.len == 0 || csp->source[i].self == 0) {
            continue;
        }

        for (k = 0, n = 0, types = 0; k < all; k++) {
            if (consent_url_within(csp->source[k].host, parent)) {
                types |= csp->source[k].self;
                n++;
            }
        }

        if (n < CONSENT_CSP_SIBLINGS) {
            continue;
        }

        /* The others are covered by it. */

        source = consent_csp_source(csp, parent, consent_str(""));
        source->self = types;
        source->wild = types;
    }
}


static int
consent_csp_collect(consent_csp_t *csp, uint32_t size)
{
    uint32_t  i;

    /* Twice: the domains of what is joined are sources as well. */

    if (consent_csp_reserve(csp, 2 * size + csp->conf->nextra
                                 + csp->conf->nbelow + 1)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    if (csp->conf->brief) {
        return CONSENT_OK;
    }

    for (i = 0; i < CONSENT_CSP_RANKS; i++) {
        if (consent_csp_add_rank(csp, i) != CONSENT_OK) {
            return CONSENT_ERROR;
        }
    }

    if (csp->level >= CONSENT_CSP_DOMAINS) {
        consent_csp_join(csp);

    } else if (csp->n) {
        for (i = 0; i < csp->rules->nrules; i++) {
            if (consent_csp_taking(csp, &csp->rules->rules[i])) {
                consent_csp_deny(csp, (int) i);
            }
        }
    }

    consent_csp_add_extra(csp);
    consent_csp_add_below(csp);

    for (i = 0; i < csp->n; i++) {
        consent_csp_cover(csp, &csp->source[i]);
    }

    return CONSENT_OK;
}


/*
 * 1 if what is open for `open` types stands in a directive.  When directives
 * are collapsed into default-src, what some rule limits to types stands
 * there as a whole, unless a denied rule is about the same host.  At last
 * scripts alone are listed.
 */
static int
consent_csp_in(const consent_csp_t *csp, uint32_t open, unsigned lost,
    const consent_csp_directive_t *directive)
{
    if (csp->level >= CONSENT_CSP_OTHERS) {
        return (open & (CONSENT_TYPE_SCRIPT|CONSENT_TYPE_WORKER)) != 0;
    }

    if ((csp->level >= CONSENT_CSP_TYPES || csp->conf->flat) && !lost
        && directive->types != CONSENT_TYPE_FORM)
    {
        return open != 0;
    }

    if (directive->types == CONSENT_CSP_DEFAULT) {
        return (open & CONSENT_CSP_DEFAULT) == CONSENT_CSP_DEFAULT;
    }

    return (open & directive->types) != 0;
}


/* 1 if some source stands in one of the directives and not in the other. */
static int
consent_csp_differ(const consent_csp_t *csp, const consent_csp_directive_t *x,
    const consent_csp_directive_t *y)
{
    uint32_t                     i;
    const consent_csp_source_t  *s;

    for (i = 0; i < csp->n; i++) {
        s = &csp->source[i];

        if (consent_csp_in(csp, s->self, s->self_lost, x)
            != consent_csp_in(csp, s->self, s->self_lost, y)
            || consent_csp_in(csp, s->wild, s->wild_lost, x)
               != consent_csp_in(csp, s->wild, s->wild_lost, y)
            || consent_csp_in(csp, s->www, s->www_lost, x)
               != consent_csp_in(csp, s->www, s->www_lost, y))
        {
            return 1;
        }
    }

    return 0;
}


/* " PREFIX HOST SUFFIX PATH" without the gaps, unless it would be too long. */
static int
consent_csp_add(consent_csp_t *csp, const char *prefix, consent_str_t host,
    const char *suffix, consent_str_t path)
{
    size_t  len;

    len = 1 + strlen(prefix) + host.len + strlen(suffix) + path.len;

    if (csp->b->len + len > csp->limit) {
        csp->full = 1;
        return 0;
    }

    consent_buf_add_c(csp->b, " ");
    consent_buf_add_c(csp->b, prefix);
    consent_buf_add(csp->b, host);
    consent_buf_add_c(csp->b, suffix);
    consent_buf_add(csp->b, path);

    return 1;
}


/*
 * A first party, on any port: rules do not look at ports.  A host without a
 * scheme does not cover WebSockets (CSP3, 6.7.2.8).
 */
static void
consent_csp_add_first(consent_csp_t *csp, consent_str_t host, int sockets)
{
    consent_str_t  path;

    if (!consent_csp_host_valid(host)) {
        return;
    }

    path = consent_str("");

    (void) consent_csp_add(csp, "", host, ":*", path);

    if (sockets) {
        (void) consent_csp_add(csp, csp->ws, host, ":*", path);
    }

    if (!consent_csp_host_wild(host)) {
        return;
    }

    (void) consent_csp_add(csp, "*.", host, ":*", path);

    if (sockets) {
        (void) consent_csp_add(csp, csp->ws_wild, host, ":*", path);
    }
}


static void
consent_csp_add_firsts(consent_csp_t *csp, int sockets)
{
    unsigned  i;

    consent_csp_add_first(csp, csp->page->site, sockets);

    for (i = 0; i < csp->page->nfirst; i++) {
        consent_csp_add_first(csp, csp->page->first_party[i], sockets);
    }
}


static void
consent_csp_add_source(consent_csp_t *csp, const consent_csp_source_t *s,
    const char *prefix)
{
    if (consent_csp_add(csp, prefix, s->host, "", s->path) && s->exact
        && consent_csp_add(csp, prefix, s->host, "", s->path))
    {
        consent_buf_add_c(csp->b, "/");
    }
}


static void
consent_csp_add_sources(consent_csp_t *csp,
    const consent_csp_directive_t *directive, const char *self,
    const char *wild, const char *www)
{
    uint32_t                     i;
    const consent_csp_source_t  *s;

    for (i = 0; i < csp->n && !csp->full; i++) {
        s = &csp->source[i];

        if (consent_csp_in(csp, s->self, s->self_lost, directive)) {
            consent_csp_add_source(csp, s, self);
        }

        if (!consent_csp_host_wild(s->host)) {
            continue;
        }

        if (consent_csp_in(csp, s->wild, s->wild_lost, directive)) {
            consent_csp_add_source(csp, s, wild);

        } else if (consent_csp_in(csp, s->www, s->www_lost, directive)) {
            consent_csp_add_source(csp, s, www);
        }
    }
}


/* What a directive is open for as a whole; NULL where sources are listed. */
static const char *
consent_csp_open(const consent_csp_t *csp,
    const consent_csp_directive_t *directive)
{
    int  passive;

    passive = (directive->types & CONSENT_TYPE_PASSIVE) != 0;

    if (passive ? csp->passive : csp->active) {
        return passive ? " *" : " * ws: wss:";
    }

    if (directive->types == CONSENT_TYPE_FORM) {
        return csp->level >= CONSENT_CSP_FORMS ? csp->schemes : NULL;
    }

    if (directive->types & (CONSENT_TYPE_SCRIPT|CONSENT_TYPE_WORKER)) {
        return csp->level >= CONSENT_CSP_ALL ? csp->schemes : NULL;
    }

    return csp->level >= CONSENT_CSP_OTHERS ? csp->schemes : NULL;
}


static void
consent_csp_add_directive(consent_csp_t *csp,
    const consent_csp_directive_t *directive)
{
    int          sockets;
    const char  *open;

    sockets = (directive->types
               & (CONSENT_CSP_DEFAULT|CONSENT_TYPE_CONNECT)) != 0;

    consent_buf_add_c(csp->b, directive->name);
    consent_buf_add_c(csp->b, directive->keywords);

    open = consent_csp_open(csp, directive);

    if (open) {
        consent_buf_add_c(csp->b, open);
        return;
    }

    consent_csp_add_firsts(csp, sockets && csp->level < CONSENT_CSP_SOCKETS);
    consent_csp_add_sources(csp, directive, "", "*.", "www.");

    if (sockets && csp->level >= CONSENT_CSP_SOCKETS) {
        consent_buf_add_c(csp->b, csp->ws_all);

    } else if (sockets) {
        consent_csp_add_sources(csp, directive, csp->ws, csp->ws_wild,
                                csp->ws_www);
    }
}


/* 1 if the directive says what the one it falls back to does not. */
static int
consent_csp_due(const consent_csp_t *csp,
    const consent_csp_directive_t *directive)
{
    const char                     *open;
    const consent_csp_directive_t  *fallback;

    /* It would refuse what a visitor sends, too. */

    if (directive->types == CONSENT_TYPE_FORM && !csp->conf->strict) {
        return 0;
    }

    if (directive->fallback == CONSENT_CSP_ALWAYS) {
        return 1;
    }

    fallback = &consent_csp_directives[directive->fallback];
    open = consent_csp_open(csp, directive);

    /* Either is one of few constants. */

    if (open != consent_csp_open(csp, fallback)) {
        return 1;
    }

    return open == NULL && consent_csp_differ(csp, directive, fallback);
}


static void
consent_csp_add_policy(consent_csp_t *csp)
{
    size_t  i;

    for (i = 0; i < CONSENT_CSP_DIRECTIVES; i++) {
        if (consent_csp_due(csp, &consent_csp_directives[i])) {
            consent_buf_add_c(csp->b, i ? "; " : "");
            consent_csp_add_directive(csp, &consent_csp_directives[i]);
        }
    }

    if (!csp->active) {
        consent_buf_add_c(csp->b, "; base-uri 'self'");

        if (csp->level >= CONSENT_CSP_OTHERS) {
            consent_buf_add_c(csp->b, csp->schemes);

        } else {
            consent_csp_add_firsts(csp, 0);
        }
    }

    if (csp->conf->strict) {
        consent_buf_add_c(csp->b, "; webrtc 'block'");
    }

    if (csp->conf->report_uri.len) {
        consent_buf_add_c(csp->b, "; report-uri ");
        consent_buf_add(csp->b, csp->conf->report_uri);
    }
}


/* One try; 1 if the policy fits, or is the shortest that there is. */
static int
consent_csp_try(consent_csp_t *csp, uint32_t size)
{
    size_t  start;

    start = csp->b->len;

    if (csp->level <= CONSENT_CSP_DOMAINS && csp->level != CONSENT_CSP_TYPES
        && consent_csp_collect(csp, size) != CONSENT_OK)
    {
        csp->b->failed = 1;
        return 1;
    }

    csp->full = 0;
    csp->limit = start + consent_csp_limit(csp->conf);

    consent_csp_add_policy(csp);

    if ((!csp->full && csp->b->len <= csp->limit)
        || csp->level == CONSENT_CSP_ALL || csp->b->failed)
    {
        return 1;
    }

    csp->b->len = start;

    return 0;
}


static void
consent_csp_init(consent_csp_t *csp, consent_buf_t *b,
    const consent_rules_t *rules, const consent_page_t *page,
    const consent_choice_t *choice, const consent_csp_conf_t *conf)
{
    memset(csp, 0, sizeof(consent_csp_t));

    csp->b = b;
    csp->rules = rules;
    csp->page = page;
    csp->choice = choice;
    csp->conf = conf;
    csp->part = CONSENT_CSP_LEAST;
    csp->active = (page->unclassified & ~rules->necessary) == 0;
    csp->passive = (page->unclassified_passive & ~rules->necessary) == 0;

    /* ws: is upgraded to wss: where a proxy before us speaks TLS */
    csp->ws = "ws://";
    csp->ws_wild = "ws://*.";
    csp->ws_www = "ws://www.";
    csp->ws_all = " ws:";
    csp->schemes = " http: ws:";

    if (consent_str_eq(page->url.scheme, consent_str("https"))) {
        csp->ws = "wss://";
        csp->ws_wild = "wss://*.";
        csp->ws_www = "wss://www.";
        csp->ws_all = " wss:";
        csp->schemes = " https: wss:";
    }
}


/* The room that is needed for sources, and the level to begin with. */
static int
consent_csp_begin(consent_csp_t *csp, uint32_t *size)
{
    if (csp->conf->brief) {
        *size = 0;
        return CONSENT_OK;
    }

    if (consent_csp_find_ranks(csp) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    *size = consent_csp_count(csp);

    if (*size <= CONSENT_CSP_FEW) {
        return CONSENT_OK;
    }

    csp->level = CONSENT_CSP_IN_USE;

    if (consent_csp_find_ranks(csp) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    *size = consent_csp_count(csp);

    return CONSENT_OK;
}


const char *
consent_csp_width_name(consent_csp_width_t width)
{
    static const char *const  names[CONSENT_CSP_WIDTHS] = {
        "exact", "types", "domains", "forms", "sockets", "others", "all"
    };

    return names[width];
}


consent_csp_width_t
consent_csp_write(consent_buf_t *b, const consent_rules_t *rules,
    const consent_page_t *page, const consent_choice_t *choice,
    const consent_csp_conf_t *conf)
{
    uint32_t       size;
    consent_csp_t  csp;

    consent_csp_init(&csp, b, rules, page, choice, conf);

    if (choice->all || (csp.active && csp.passive)) {
        return CONSENT_CSP_EXACT;
    }

    if (consent_csp_begin(&csp, &size) != CONSENT_OK) {
        b->failed = 1;
        return CONSENT_CSP_EXACT;
    }

    csp.part = CONSENT_CSP_MOST;

    while (!consent_csp_try(&csp, size)) {
        csp.level++;

        if (csp.level == CONSENT_CSP_DOMAINS && csp.part == CONSENT_CSP_MOST) {
            csp.part = CONSENT_CSP_LEAST;
            csp.level = CONSENT_CSP_IN_USE;
        }

        if (csp.level == CONSENT_CSP_IN_USE && !conf->brief
            && consent_csp_find_ranks(&csp) != CONSENT_OK)
        {
            b->failed = 1;
            break;
        }
    }

    return csp.level < CONSENT_CSP_TYPES ? CONSENT_CSP_EXACT
           : (consent_csp_width_t) (csp.level - CONSENT_CSP_IN_USE);
}


/*
 * An address of the Connection-Allowlist is a URL pattern: any scheme and
 * port, and with "{*.}?" the host and its subdomains.
 */
static void
consent_csp_add_pattern(consent_csp_t *csp, const char *prefix,
    consent_str_t host)
{
    if (consent_csp_add(csp, prefix, host, ":*", consent_str(""))) {
        consent_buf_add_c(csp->b, "\"");
    }
}


static void
consent_csp_add_patterns(consent_csp_t *csp)
{
    int                          wild;
    uint32_t                     i;
    consent_str_t                host;
    const consent_csp_source_t  *s;

    for (i = 0; i <= csp->page->nfirst; i++) {
        host = i ? csp->page->first_party[i - 1] : csp->page->site;

        if (consent_csp_host_valid(host)) {
            consent_csp_add_pattern(csp, consent_csp_host_wild(host)
                                         ? CONSENT_CSP_DOMAIN
                                         : CONSENT_CSP_HOST, host);
        }
    }

    for (i = 0; i < csp->n && !csp->full; i++) {
        s = &csp->source[i];
        wild = consent_csp_host_wild(s->host);

        if (s->wild && wild) {
            consent_csp_add_pattern(csp, CONSENT_CSP_DOMAIN, s->host);
            continue;
        }

        if (s->self) {
            consent_csp_add_pattern(csp, CONSENT_CSP_HOST, s->host);
        }

        if (s->www && wild) {
            consent_csp_add_pattern(csp, CONSENT_CSP_WWW, s->host);
        }
    }
}


consent_csp_width_t
consent_csp_connections(consent_buf_t *b, const consent_rules_t *rules,
    const consent_page_t *page, const consent_choice_t *choice,
    const consent_csp_conf_t *conf)
{
    size_t         start;
    uint32_t       size;
    consent_csp_t  csp;

    consent_csp_init(&csp, b, rules, page, choice, conf);

    if (choice->all || csp.active || csp.passive) {
        return CONSENT_CSP_EXACT;
    }

    start = b->len;

    if (consent_csp_begin(&csp, &size) != CONSENT_OK) {
        b->failed = 1;
        return CONSENT_CSP_EXACT;
    }

    for ( ;; ) {
        if (consent_csp_collect(&csp, size) != CONSENT_OK) {
            b->failed = 1;
            return CONSENT_CSP_EXACT;
        }

        csp.full = 0;
        csp.limit = start + consent_csp_limit(conf)
                    - sizeof(");redirects=allow");

        consent_buf_add_c(b, "(response-origin");
        consent_csp_add_patterns(&csp);

        if (!csp.full || csp.level >= CONSENT_CSP_DOMAINS) {
            break;
        }

        b->len = start;
        csp.level = csp.level == CONSENT_CSP_WHOLE ? CONSENT_CSP_IN_USE
                                                   : CONSENT_CSP_DOMAINS;

        if (!conf->brief && consent_csp_find_ranks(&csp) != CONSENT_OK) {
            b->failed = 1;
            return CONSENT_CSP_EXACT;
        }
    }

    if (csp.full) {
        b->len = start;
        return CONSENT_CSP_WIDE_ALL;
    }

    consent_buf_add_c(b, ");redirects=allow");

    return csp.level >= CONSENT_CSP_DOMAINS ? CONSENT_CSP_WIDE_DOMAINS
                                            : CONSENT_CSP_EXACT;
}

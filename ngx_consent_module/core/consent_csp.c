/*
 * The Content-Security-Policy and the Connection-Allowlist of a choice: what is
 * allowed becomes sources, and these are made wider until they fit.
 */

#include <string.h>

#include "consent_csp_sources.h"
#include "consent_url.h"


/* What default-src stands for beside what falls back to it. */
#define CONSENT_CSP_DEFAULT  (CONSENT_TYPE_PREFETCH|CONSENT_TYPE_OTHER)

/*
 * A rule set of up to so many is one that somebody wrote for this site: what
 * it has is in use.
 */
#define CONSENT_CSP_FEW        256

/* So many domains at most are tried for whether there is room for their hosts
   after all. */
#define CONSENT_CSP_TRIES      8

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


static void
consent_csp_allow(consent_csp_t *csp, int index)
{
    int                    exact;
    consent_str_t          path;
    const consent_rule_t  *rule;
    consent_csp_source_t  *source;

    rule = &csp->rules->rules[index];

    path = consent_csp_path(rule->path, &exact);
    source = consent_csp_source(csp, rule->host, path);

    source->exact = exact & 1;
    source->open.self |= rule->types;
    source->open.wild |= rule->types;
    source->open.www |= rule->types;

    if (rule->types == CONSENT_TYPE_ANY) {
        source->rule = index;

    } else {
        source->limited |= rule->types;
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


/* 1 if a smaller part for what is only reported makes a difference. */
static int
consent_csp_has_reported(const consent_csp_t *csp)
{
    return csp->rank != NULL
           && memchr(csp->rank, CONSENT_CSP_RANK_REPORTED,
                     csp->rules->nservices) != NULL;
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

        source = consent_csp_source(csp, host, consent_str(""));
        source->open.self = CONSENT_TYPE_ANY;
    }
}


static void
consent_csp_add_below(consent_csp_t *csp)
{
    unsigned                   i;
    consent_csp_source_t      *source;
    const consent_csp_host_t  *below;

    for (i = 0; i < csp->conf->nbelow; i++) {
        below = &csp->conf->below[i];

        if (consent_csp_host_valid(below->host) && below->types) {
            source = consent_csp_source(csp, below->host, consent_str(""));
            source->open.self |= below->types;
        }
    }
}


static int
consent_csp_collect(consent_csp_t *csp, uint32_t size)
{
    uint32_t  i;

    /* Twice: the domains of what is joined are sources as well. */

    if (consent_csp_reserve(csp, 2 * (size + csp->conf->nextra
                                      + csp->conf->nbelow) + 1)
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

    if (csp->n) {
        for (i = 0; i < csp->rules->nrules; i++) {
            if (consent_csp_taking(csp, &csp->rules->rules[i])) {
                consent_csp_deny(csp, (int) i);
            }
        }
    }

    consent_csp_add_extra(csp);
    consent_csp_add_below(csp);

    consent_csp_cover(csp);

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


#define CONSENT_CSP_AS_SELF  1
#define CONSENT_CSP_AS_WILD  2
#define CONSENT_CSP_AS_WWW   4

/* In what forms a source stands in a directive. */
static unsigned
consent_csp_forms(const consent_csp_t *csp, const consent_csp_open_t *open,
    const consent_csp_directive_t *directive)
{
    unsigned  forms;

    forms = 0;

    if (consent_csp_in(csp, open->self, open->self_lost, directive)) {
        forms |= CONSENT_CSP_AS_SELF;
    }

    if (consent_csp_in(csp, open->wild, open->wild_lost, directive)) {
        forms |= CONSENT_CSP_AS_WILD;
    }

    if (consent_csp_in(csp, open->www, open->www_lost, directive)) {
        forms |= CONSENT_CSP_AS_WWW;
    }

    return forms;
}


/* 1 if some source stands in one of the directives and not in the other. */
static int
consent_csp_differ(const consent_csp_t *csp, const consent_csp_directive_t *x,
    const consent_csp_directive_t *y)
{
    uint32_t                   i;
    const consent_csp_open_t  *open;

    for (i = 0; i < csp->n; i++) {
        open = &csp->source[i].open;

        if (consent_csp_forms(csp, open, x)
            != consent_csp_forms(csp, open, y))
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
    unsigned                     forms;
    const consent_csp_source_t  *s;

    for (i = 0; i < csp->n && !csp->full; i++) {
        s = &csp->source[i];
        forms = consent_csp_forms(csp, &s->open, directive);

        if (forms & CONSENT_CSP_AS_SELF) {
            consent_csp_add_source(csp, s, self);
        }

        if (!consent_csp_host_wild(s->host)) {
            continue;
        }

        if (forms & CONSENT_CSP_AS_WILD) {
            consent_csp_add_source(csp, s, wild);

        } else if (forms & CONSENT_CSP_AS_WWW) {
            consent_csp_add_source(csp, s, www);
        }
    }
}


/* WebSockets are few, and each takes as much as what is asked for: those of a
   domain are open together. */
static void
consent_csp_add_sockets(consent_csp_t *csp,
    const consent_csp_directive_t *directive)
{
    uint32_t               i;
    consent_str_t          path;
    consent_csp_source_t  *s, *domain;

    path = consent_str("");

    for (i = 0; i < csp->n; i++) {
        csp->source[i].said = 0;
    }

    for (i = 0; i < csp->n && !csp->full; i++) {
        s = &csp->source[i];
        domain = s->domain ? s->domain : s;

        if (domain->said || !consent_csp_forms(csp, &s->open, directive)) {
            continue;
        }

        domain->said = 1;
        (void) consent_csp_add(csp, csp->ws, domain->host, "", path);

        if (consent_csp_host_wild(domain->host)) {
            (void) consent_csp_add(csp, csp->ws_wild, domain->host, "", path);
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

    } else if (sockets && csp->level >= CONSENT_CSP_DOMAINS) {
        consent_csp_add_sockets(csp, directive);

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


/* Lets hosts stand for themselves again where there is room for it, those
   first that are worst to open as a whole. */
static void
consent_csp_part_some(consent_csp_t *csp, size_t limit,
    void (*write)(consent_csp_t *csp))
{
    size_t                 start;
    uint32_t               i, tries;
    consent_csp_source_t  *domain;

    start = csp->b->len;

    for (i = csp->njoined, tries = 0; i > 0 && tries < CONSENT_CSP_TRIES; i--) {
        domain = csp->domain[i - 1];

        if (domain->against == 0) {
            break;
        }

        consent_csp_part_domain(domain);
        write(csp);

        if (csp->b->len > limit) {
            consent_csp_join_domain(domain);
        }

        csp->b->len = start;
        tries++;
    }
}


/*
 * Lets domains stand for hosts, and no more of them than it takes.  0 if it
 * takes more than that: then they all do.  limit is that of the buffer.
 */
static int
consent_csp_narrow(consent_csp_t *csp, size_t limit,
    void (*write)(consent_csp_t *csp))
{
    size_t  start;

    if (consent_csp_find_domains(csp) != CONSENT_OK) {
        csp->b->failed = 1;
        return 1;
    }

    start = csp->b->len;
    csp->full = 0;
    csp->limit = SIZE_MAX;

    for ( ;; ) {
        write(csp);

        if (csp->b->len <= limit || csp->b->failed) {
            break;
        }

        /* What it saves is a guess: in small steps. */

        if (!consent_csp_join_some(csp, (csp->b->len - limit + 3) / 4)) {
            csp->b->len = start;
            return 0;
        }

        csp->b->len = start;
    }

    if (csp->njoined && !csp->b->failed) {
        csp->b->len = start;
        consent_csp_part_some(csp, limit, write);
        write(csp);
    }

    return 1;
}


/* One try; 1 if the policy fits, or is the shortest that there is. */
static int
consent_csp_try(consent_csp_t *csp, uint32_t size)
{
    size_t  start, limit;

    start = csp->b->len;
    limit = start + consent_csp_limit(csp->conf);

    if (csp->level < CONSENT_CSP_TYPES
        && consent_csp_collect(csp, size) != CONSENT_OK)
    {
        csp->b->failed = 1;
        return 1;
    }

    if (csp->level == CONSENT_CSP_DOMAINS) {
        return consent_csp_narrow(csp, limit, consent_csp_add_policy);
    }

    csp->full = 0;
    csp->limit = limit;

    consent_csp_add_policy(csp);

    if (csp->full || csp->b->len > limit) {

        if (csp->level == CONSENT_CSP_ALL) {
            return 1;
        }

        csp->b->len = start;

        return csp->b->failed;
    }

    if (csp->level < CONSENT_CSP_DOMAINS) {
        return 1;
    }

    /* With all domains it fits; so may it with fewer. */

    csp->b->len = start;

    if (consent_csp_collect(csp, size) != CONSENT_OK) {
        csp->b->failed = 1;
        return 1;
    }

    return consent_csp_narrow(csp, limit, consent_csp_add_policy);
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


static consent_csp_width_t
consent_csp_width(const consent_csp_t *csp)
{
    return csp->level < CONSENT_CSP_TYPES ? CONSENT_CSP_EXACT
           : (consent_csp_width_t) (csp->level - CONSENT_CSP_IN_USE);
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

        if (csp.level == CONSENT_CSP_DOMAINS && csp.part == CONSENT_CSP_MOST
            && consent_csp_has_reported(&csp))
        {
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

    return consent_csp_width(&csp);
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

        if (s->open.wild && wild) {
            consent_csp_add_pattern(csp, CONSENT_CSP_DOMAIN, s->host);
            continue;
        }

        if (s->open.self) {
            consent_csp_add_pattern(csp, CONSENT_CSP_HOST, s->host);
        }

        if (s->open.www && wild) {
            consent_csp_add_pattern(csp, CONSENT_CSP_WWW, s->host);
        }
    }
}


static void
consent_csp_add_list(consent_csp_t *csp)
{
    consent_buf_add_c(csp->b, "(response-origin");
    consent_csp_add_patterns(csp);
}


/* As consent_csp_try(); limit is that of b. */
static int
consent_csp_try_list(consent_csp_t *csp, uint32_t size, size_t limit)
{
    size_t  start;

    if (csp->level == CONSENT_CSP_DOMAINS) {
        return consent_csp_narrow(csp, limit, consent_csp_add_list);
    }

    if (consent_csp_collect(csp, size) != CONSENT_OK) {
        csp->b->failed = 1;
        return 1;
    }

    start = csp->b->len;
    csp->full = 0;
    csp->limit = limit;

    consent_csp_add_list(csp);

    if (csp->full) {
        csp->b->len = start;
    }

    return !csp->full;
}


consent_csp_width_t
consent_csp_connections(consent_buf_t *b, const consent_rules_t *rules,
    const consent_page_t *page, const consent_choice_t *choice,
    const consent_csp_conf_t *conf)
{
    size_t         start, limit;
    uint32_t       size;
    consent_csp_t  csp;

    consent_csp_init(&csp, b, rules, page, choice, conf);

    if (choice->all || csp.active || csp.passive) {
        return CONSENT_CSP_EXACT;
    }

    start = b->len;
    limit = start + consent_csp_limit(conf) - sizeof(");redirects=allow");

    if (consent_csp_begin(&csp, &size) != CONSENT_OK) {
        b->failed = 1;
        return CONSENT_CSP_EXACT;
    }

    while (!consent_csp_try_list(&csp, size, limit)) {

        if (csp.level == CONSENT_CSP_DOMAINS) {
            b->len = start;
            return CONSENT_CSP_WIDE_ALL;
        }

        csp.level += csp.level == CONSENT_CSP_IN_USE ? 2 : 1;

        if (csp.level == CONSENT_CSP_IN_USE && !conf->brief
            && consent_csp_find_ranks(&csp) != CONSENT_OK)
        {
            b->failed = 1;
            break;
        }
    }

    consent_buf_add_c(b, ");redirects=allow");

    return consent_csp_width(&csp);
}

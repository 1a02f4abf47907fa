/*
 * The sources of a policy that is being made: hosts and folders of allowed
 * services, less what denied ones take from them.
 */

#include <string.h>

#include "consent_csp_sources.h"


#define SOURCES_SEED  2166136261u


static consent_csp_source_t *consent_csp_find(const consent_csp_t *csp,
    consent_str_t host, uint32_t hash, const consent_csp_source_t *after);


/* FNV-1a from the last byte to the first, so that a walk over the parents
 * of a host gets the hash of each on its way. */
static uint32_t
consent_csp_hash(uint32_t hash, uint8_t c)
{
    return (hash ^ c) * 16777619u;
}


static uint32_t
consent_csp_host_hash(consent_str_t host)
{
    size_t    i;
    uint32_t  hash;

    hash = SOURCES_SEED;

    for (i = host.len; i > 0; i--) {
        hash = consent_csp_hash(hash, host.data[i - 1]);
    }

    return hash;
}


int
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


int
consent_csp_host_wild(consent_str_t host)
{
    return host.len && memchr(host.data, '.', host.len) != NULL
           && (host.data[host.len - 1] < '0' || host.data[host.len - 1] > '9');
}


size_t
consent_csp_weight(consent_str_t host, consent_str_t path)
{
    return 2 * (host.len + path.len) + 4;
}


int
consent_csp_reserve(consent_csp_t *csp, uint32_t size)
{
    uint32_t  i, buckets;

    for (buckets = 16; buckets < size; buckets *= 2) {
        /* void */
    }

    csp->n = 0;
    csp->size = size;
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


static consent_csp_source_t *
consent_csp_find(const consent_csp_t *csp, consent_str_t host, uint32_t hash,
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


int
consent_csp_walk(const consent_csp_t *csp, consent_csp_walk_t *walk)
{
    size_t         i;
    consent_str_t  host, parent;

    host = walk->host;

    if (walk->source) {
        parent.data = host.data + walk->at - 1;
        parent.len = host.len - walk->at + 1;

        walk->source = consent_csp_find(csp, parent, walk->hash,
                                        walk->source);
        if (walk->source) {
            return 1;
        }

        i = walk->at - 1;

    } else {
        walk->hash = SOURCES_SEED;
        i = host.len;
    }

    for ( /* void */ ; i > 0; i--) {
        walk->hash = consent_csp_hash(walk->hash, host.data[i - 1]);

        if (i > 1 && host.data[i - 2] != '.') {
            continue;
        }

        parent.data = host.data + i - 1;
        parent.len = host.len - i + 1;

        walk->source = consent_csp_find(csp, parent, walk->hash, NULL);

        if (walk->source) {
            walk->at = i;
            return 1;
        }
    }

    return 0;
}


consent_csp_source_t *
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

    source->open.self &= ~types;
    source->open.wild &= ~types;
    source->open.www &= ~types;
    source->open.self_lost = 1;
    source->open.wild_lost = 1;
    source->open.www_lost = 1;
}


/* The same of one for a subdomain; www: it is that one. */
static void
consent_csp_deny_wild(consent_csp_source_t *source,
    const consent_rule_t *rule, int www)
{
    source->open.wild &= ~rule->types;
    source->open.wild_lost = 1;

    if (www) {
        source->open.www &= ~rule->types;
        source->open.www_lost = 1;
    }
}


void
consent_csp_deny(consent_csp_t *csp, int index)
{
    consent_csp_walk_t     walk;
    const consent_rule_t  *rule;

    rule = &csp->rules->rules[index];
    walk = (consent_csp_walk_t) { .host = rule->host };

    while (consent_csp_walk(csp, &walk)) {

        if (walk.at == 1) {
            consent_csp_deny_self(walk.source, rule, index);

        } else {
            consent_csp_deny_wild(walk.source, rule,
                walk.at == 5 && memcmp(rule->host.data, "www.", 4) == 0);
        }
    }
}


void
consent_csp_cover(consent_csp_t *csp)
{
    uint32_t               i;
    consent_csp_walk_t     walk;
    consent_csp_source_t  *covered;

    for (i = 0; i < csp->n; i++) {
        covered = &csp->source[i];
        walk = (consent_csp_walk_t) { .host = covered->host };

        while (consent_csp_walk(csp, &walk)) {

            if (walk.source->path.len || walk.source == covered) {
                continue;
            }

            covered->open.self &= ~(walk.at == 1 ? walk.source->open.self
                                            : walk.source->open.wild);
            covered->open.wild &= ~walk.source->open.wild;
            covered->open.www &= ~walk.source->open.wild;
        }
    }
}

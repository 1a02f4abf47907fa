/*
 * Domains in place of hosts, for a policy that is too long.  What a domain
 * opens beyond its hosts may be denied, so as few as will do are taken, and
 * those first under which the rules deny least.
 */

#include <stdlib.h>
#include <string.h>

#include "consent_csp_sources.h"
#include "consent_url.h"


/*
 * A domain under which so many hosts of others live, as those of a provider's
 * services do, stands for them.  The suffixes of registries do not.
 */
#define JOIN_SIBLINGS  4


static void consent_csp_find_sites(consent_csp_t *csp);
static void consent_csp_find_parents(consent_csp_t *csp);
static consent_str_t consent_csp_parent(consent_str_t host);
static consent_csp_source_t *consent_csp_domain(consent_csp_t *csp,
    consent_str_t host);
static int consent_csp_weigh_domains(consent_csp_t *csp);
static void consent_csp_find_against(consent_csp_t *csp);
static int consent_csp_domain_cmp(const void *a, const void *b);


int
consent_csp_find_domains(consent_csp_t *csp)
{
    consent_csp_find_sites(csp);
    consent_csp_find_parents(csp);

    if (consent_csp_weigh_domains(csp) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    if (csp->ndomains) {
        consent_csp_find_against(csp);
        qsort(csp->domain, csp->ndomains, sizeof(consent_csp_source_t *),
              consent_csp_domain_cmp);
    }

    return CONSENT_OK;
}


static void
consent_csp_find_sites(consent_csp_t *csp)
{
    uint32_t               i, all;
    consent_csp_source_t  *site;

    all = csp->n;

    for (i = 0; i < all; i++) {
        site = consent_csp_domain(csp, consent_url_site(csp->source[i].host));

        if (site) {
            csp->source[i].domain = site;
            site->members++;
        }
    }
}


/* Those that live under a provider's domain have that one. */

static void
consent_csp_find_parents(consent_csp_t *csp)
{
    uint32_t               i, all;
    consent_csp_source_t  *site;

    all = csp->n;

    for (i = 0; i < all; i++) {
        site = &csp->source[i];

        if (site->members) {
            site->parent = consent_csp_domain(csp,
                                              consent_csp_parent(site->host));
            if (site->parent) {
                site->parent->below += site->members;
            }
        }
    }

    for (i = 0; i < all; i++) {
        site = csp->source[i].domain;

        if (site && site->parent && site->parent->below >= JOIN_SIBLINGS) {
            csp->source[i].domain = site->parent;
        }
    }
}


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


/* The source of a domain that may become one. */

static consent_csp_source_t *
consent_csp_domain(consent_csp_t *csp, consent_str_t host)
{
    if (!consent_csp_host_wild(host) || csp->n == csp->size) {
        return NULL;
    }

    return consent_csp_source(csp, host, consent_str(""));
}


/* Those that are worth it, with what they would stand for: they are shorter,
   or need no directives of their own for what they lost. */

static int
consent_csp_weigh_domains(consent_csp_t *csp)
{
    size_t                 weight;
    uint32_t               i;
    consent_csp_source_t  *one;

    csp->njoined = 0;
    csp->ndomains = 0;
    csp->domain = consent_alloc(csp->b->mem,
                              (csp->n + 1) * sizeof(consent_csp_source_t *));
    if (csp->domain == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < csp->n; i++) {
        one = &csp->source[i];

        if (one->domain == NULL) {
            continue;
        }

        one->sibling = one->domain->first;
        one->domain->first = one;

        one->domain->lost |= one->open.self_lost | one->open.wild_lost
                             | one->open.www_lost;

        if (one->open.self || one->open.wild || one->open.www) {
            weight = consent_csp_weight(one->host, one->path);
            one->domain->saves += (uint32_t) weight;
        }
    }

    for (i = 0; i < csp->n; i++) {
        one = &csp->source[i];
        weight = consent_csp_weight(one->host, consent_str(""));

        one->saves = one->saves > weight ? one->saves - (uint32_t) weight : 0;

        if (one->saves || one->lost) {
            csp->domain[csp->ndomains++] = one;
        }
    }

    return CONSENT_OK;
}


/* Rules for a path or for types count as others do: what a domain opens is
   open. */

static void
consent_csp_find_against(consent_csp_t *csp)
{
    uint32_t               i;
    consent_csp_walk_t     walk;
    const consent_rule_t  *rule;

    for (i = 0; i < csp->rules->nrules; i++) {
        rule = &csp->rules->rules[i];

        if (csp->rank[rule->service] != CONSENT_CSP_RANK_DENIED
            || rule->inline_literal.len)
        {
            continue;
        }

        walk = (consent_csp_walk_t) { .host = rule->host };

        while (consent_csp_walk(csp, &walk)) {
            walk.source->against++;
        }
    }
}


/* First what opens the fewest denied rules for what it saves. */

static int
consent_csp_domain_cmp(const void *a, const void *b)
{
    uint64_t                     worse, better;
    const consent_csp_source_t  *one, *two;

    one = *(consent_csp_source_t *const *) a;
    two = *(consent_csp_source_t *const *) b;

    worse = (uint64_t) one->against * two->saves;
    better = (uint64_t) two->against * one->saves;

    if (worse != better) {
        return worse < better ? -1 : 1;
    }

    if (one->saves != two->saves) {
        return one->saves > two->saves ? -1 : 1;
    }

    return one < two ? -1 : 1;
}


int
consent_csp_join_some(consent_csp_t *csp, size_t over)
{
    size_t  saved;

    if (csp->njoined == csp->ndomains) {
        return 0;
    }

    for (saved = 0;
         saved < over && csp->njoined < csp->ndomains;
         saved += csp->domain[csp->njoined++]->saves)
    {
        consent_csp_join_domain(csp->domain[csp->njoined]);
    }

    return 1;
}


void
consent_csp_join_domain(consent_csp_source_t *domain)
{
    uint32_t               types;
    consent_csp_source_t  *one;

    types = 0;
    domain->apart = domain->open;

    for (one = domain->first; one; one = one->sibling) {
        types |= one->open.self | one->open.wild | one->open.www;

        one->apart = one->open;
        memset(&one->open, 0, sizeof(one->open));
    }

    domain->open.self = types;
    domain->open.wild = types;
}


void
consent_csp_part_domain(consent_csp_source_t *domain)
{
    consent_csp_source_t  *one;

    domain->open = domain->apart;

    for (one = domain->first; one; one = one->sibling) {
        one->open = one->apart;
    }
}

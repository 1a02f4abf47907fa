/*
 * From drafts to the compiled, immutable rule set.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "consent_base64.h"
#include "consent_builtin.h"
#include "consent_rules_list.h"


int
consent_table_create(const consent_mem_t *mem, consent_table_t *table,
    uint32_t n)
{
    uint64_t  size;

    table->shift = 28;

    for (size = 16; size < (uint64_t) n * 2; size *= 2) {
        table->shift--;
    }

    table->mask = (uint32_t) (size - 1);
    table->slots = consent_calloc(mem, size * sizeof(consent_slot_t));

    return table->slots != NULL ? CONSENT_OK : CONSENT_ERROR;
}


/* The high bits of a product depend on all bits of the hash. */
uint32_t
consent_table_slot(const consent_table_t *table, uint32_t hash)
{
    return hash * 0x9e3779b1u >> table->shift;
}


/*
 * Matchers.
 */


/* Which conditions decide first: regex, host, path, types, order. */
static uint64_t
consent_matcher_rank(const consent_rule_t *rule, uint32_t order)
{
    uint64_t  rank;

    rank = rule->regex.len ? 1 : 0;
    rank = rank << 12 | (rule->host.len < 4096 ? rule->host.len : 4095);
    rank = rank << 14 | (rule->path.len < 16384 ? rule->path.len : 16383);
    rank = rank << 1 | (rule->types != CONSENT_TYPE_ANY);

    return rank << 36 | order;
}


static uint8_t
consent_matcher_party(const consent_rule_t *rule)
{
    static const uint8_t  speaks[] = {
        [CONSENT_PARTY_FIRST] = CONSENT_SPEAKS_FIRST,
        [CONSENT_PARTY_THIRD] = CONSENT_SPEAKS_THIRD,
        [CONSENT_PARTY_ANY] = CONSENT_SPEAKS_FIRST|CONSENT_SPEAKS_THIRD
    };

    if (rule->party != CONSENT_PARTY_DEFAULT) {
        return speaks[rule->party];
    }

    if (rule->regex.len) {
        return speaks[CONSENT_PARTY_ANY];
    }

    if (rule->path.len == 0) {
        return speaks[CONSENT_PARTY_THIRD];
    }

    return speaks[rule->host.len ? CONSENT_PARTY_ANY : CONSENT_PARTY_FIRST];
}


static void
consent_matcher_set(consent_matcher_t *matcher, const consent_rules_t *rules,
    const consent_regex_t *regex, uint32_t n)
{
    const consent_rule_t  *rule;

    rule = &rules->rules[n];

    matcher->service = rule->service;
    matcher->purposes = rules->services[rule->service].purposes;
    matcher->rank = consent_matcher_rank(rule, n);
    matcher->path = rule->path;
    matcher->regex = regex;
    matcher->rule = n;
    matcher->types = (uint16_t) rule->types;
    matcher->party = consent_matcher_party(rule);
    matcher->whole = rule->path.len == 0 && rule->regex.len == 0;
    matcher->exact = rule->host.len == 0 && rule->named.len != 0;

    if (rule->path.len) {
        matcher->glob = memchr(rule->path.data, '*', rule->path.len) != NULL;
        matcher->query = memchr(rule->path.data, '?', rule->path.len) != NULL;
    }
}


static int
consent_matcher_compare(const void *a, const void *b)
{
    const consent_matcher_t  *one, *two;

    one = a;
    two = b;

    return one->rank > two->rank ? -1 : one->rank < two->rank;
}


/* of: the host of each rule. */
static void
consent_matchers_fill(consent_rules_index_t *index,
    const consent_rules_t *rules, consent_regex_t **regex,
    const uint32_t *of)
{
    uint32_t            i, n;
    consent_host_t     *host;
    consent_matcher_t  *matcher;

    n = 0;

    for (i = 0; i < index->nhosts; i++) {
        index->hosts[i].first = n;
        n += index->hosts[i].n;
        index->hosts[i].n = 0;
        index->hosts[i].whole = 1;
    }

    index->nmatchers = n;

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].inline_literal.len == 0) {
            host = &index->hosts[of[i]];
            matcher = &index->matchers[host->first + host->n++];

            consent_matcher_set(matcher, rules, regex[i], i);
            host->whole &= matcher->whole;
        }
    }

    for (i = 0; i < index->nhosts; i++) {
        host = &index->hosts[i];

        if (host->n > 1) {
            qsort(&index->matchers[host->first], host->n,
                  sizeof(consent_matcher_t), consent_matcher_compare);
        }
    }
}


static int
consent_matchers_build(consent_rules_index_t *index,
    const consent_rules_t *rules, consent_regex_t **regex)
{
    uint32_t  i, *of;

    of = consent_calloc(&index->mem, rules->nrules * sizeof(uint32_t));
    index->matchers = consent_calloc(&index->mem, rules->nrules
                                                * sizeof(consent_matcher_t));

    if (of == NULL || index->matchers == NULL) {
        return CONSENT_ERROR;
    }

    (void) consent_hosts_add(index, consent_str(""));

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].inline_literal.len == 0) {
            of[i] = consent_hosts_add(index, rules->rules[i].named);
            index->hosts[of[i]].n++;
        }
    }

    consent_matchers_fill(index, rules, regex, of);
    consent_hosts_part(index);

    return CONSENT_OK;
}


/*
 * The policy hash.
 */


static int
consent_policy_compare(const void *a, const void *b)
{
    int                   rc;
    const consent_str_t  *one, *two;

    one = a;
    two = b;

    rc = memcmp(one->data, two->data,
                one->len < two->len ? one->len : two->len);

    return rc != 0 ? rc : (one->len > two->len) - (one->len < two->len);
}


/* "service ID PURPOSE PURPOSE…": what a yes would be given to. */
static consent_str_t
consent_policy_service(const consent_mem_t *mem,
    const consent_rules_t *rules, const consent_service_t *service)
{
    unsigned       i;
    consent_buf_t  b;

    consent_buf_init(&b, mem);
    consent_buf_add_c(&b, "service ");
    consent_buf_add(&b, service->id);
    consent_buf_add_c(&b, "\t");
    consent_buf_add(&b, service->controller);

    for (i = 0; i < rules->npurposes; i++) {
        if (service->purposes & (uint32_t) 1 << i) {
            consent_buf_add_c(&b, "\t");
            consent_buf_add(&b, rules->purposes[i].key);
        }
    }

    return b.failed ? (consent_str_t) { 0, NULL } : consent_buf_str(&b);
}


static consent_str_t
consent_policy_purpose(const consent_mem_t *mem,
    const consent_purpose_t *purpose)
{
    consent_buf_t  b;

    consent_buf_init(&b, mem);
    consent_buf_add_c(&b, "purpose ");
    consent_buf_add(&b, purpose->key);

    return b.failed ? (consent_str_t) { 0, NULL } : consent_buf_str(&b);
}


/* Sorted, as files may be reordered; len characters. */
static int
consent_policy_digest(const consent_mem_t *mem, consent_str_t *line,
    unsigned n, uint8_t *out, size_t len)
{
    unsigned        i;
    consent_buf_t   b;
    unsigned char   digest[EVP_MAX_MD_SIZE];

    for (i = 0; i < n; i++) {
        if (line[i].data == NULL) {
            return CONSENT_ERROR;
        }
    }

    qsort(line, n, sizeof(consent_str_t), consent_policy_compare);
    consent_buf_init(&b, mem);

    for (i = 0; i < n; i++) {
        consent_buf_add(&b, line[i]);
        consent_buf_add_c(&b, "\n");
    }

    if (b.failed
        || EVP_Digest(b.len ? (const void *) b.data : "", b.len, digest,
                      NULL, EVP_sha256(), NULL)
           != 1)
    {
        return CONSENT_ERROR;
    }

    (void) consent_base64url(out, digest, len / 4 * 3);

    return CONSENT_OK;
}


/* used: flags of the services that count; NULL: all. */
static int
consent_policy_write(const consent_mem_t *mem, consent_rules_t *rules,
    const uint8_t *used)
{
    unsigned        i, n;
    consent_str_t  *line;

    line = consent_alloc(mem, (rules->npurposes + rules->nservices)
                              * sizeof(consent_str_t));
    if (line == NULL) {
        return CONSENT_ERROR;
    }

    for (n = 0, i = 0; i < rules->npurposes; i++) {
        if (!rules->purposes[i].necessary) {
            line[n++] = consent_policy_purpose(mem, &rules->purposes[i]);
        }
    }

    if (consent_policy_digest(mem, line, n, rules->policy,
                              CONSENT_POLICY_PURPOSES)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    for (n = 0, i = 0; i < rules->nservices; i++) {
        if ((used == NULL || used[i])
            && rules->services[i].purposes & ~rules->necessary)
        {
            line[n++] = consent_policy_service(mem, rules,
                                               &rules->services[i]);
        }
    }

    return consent_policy_digest(mem, line, n,
                                 rules->policy + CONSENT_POLICY_PURPOSES,
                                 CONSENT_POLICY_LEN - CONSENT_POLICY_PURPOSES);
}


consent_rules_t *
consent_rules_declare(const consent_mem_t *mem, const consent_rules_t *rules,
    const consent_str_t *ids, unsigned n)
{
    int               service;
    uint8_t          *used;
    unsigned          i;
    consent_rules_t  *copy;

    copy = consent_alloc(mem, sizeof(consent_rules_t));
    used = consent_calloc(mem, rules->nservices + 1);

    if (copy == NULL || used == NULL) {
        return NULL;
    }

    *copy = *rules;
    copy->declared = 1;

    for (i = 0; i < n; i++) {
        service = consent_rules_service(rules, ids[i]);

        if (service != CONSENT_NO_SERVICE) {
            used[service] = 1;
        }
    }

    return consent_policy_write(mem, copy, used) == CONSENT_OK ? copy : NULL;
}


/*
 * Resolving names, and putting the parts together.
 */


static int
consent_compile_purposes(consent_loader_t *loader, consent_rules_t *rules)
{
    unsigned                  i;
    uint32_t                  bit;
    consent_purpose_draft_t  *draft;

    draft = loader->purposes.items;

    rules->npurposes = loader->purposes.n;
    rules->purposes = consent_calloc(&loader->mem, rules->npurposes
                                                * sizeof(consent_purpose_t));
    if (rules->purposes == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < rules->npurposes; i++) {
        bit = (uint32_t) 1 << i;

        rules->purposes[i] = draft[i].purpose;
        rules->all |= bit;
        rules->necessary |= draft[i].purpose.necessary ? bit : 0;
        rules->gpc |= draft[i].purpose.gpc ? bit : 0;
    }

    return CONSENT_OK;
}


static void
consent_compile_unknown(consent_loader_t *loader,
    const consent_rules_t *rules, const consent_ref_t *ref)
{
    consent_str_t    near;
    consent_place_t  place;

    place = (consent_place_t) { ref->file, ref->line, ref->column };
    near = consent_rules_nearest_purpose(rules, ref->name,
                                         consent_str(""));

    if (near.len) {
        consent_loader_fault(loader, &place, "unknown purpose \"%.*s\"; "
                             "did you mean \"%.*s\"?",
                             consent_print(ref->name), consent_print(near));
        return;
    }

    consent_loader_fault(loader, &place, "unknown purpose \"%.*s\"; "
                         "no file defines it", consent_print(ref->name));
}


static uint32_t
consent_compile_refs(consent_loader_t *loader, const consent_rules_t *rules,
    const consent_service_draft_t *draft)
{
    int                   bit;
    unsigned              i;
    uint32_t              purposes;
    const consent_ref_t  *ref;

    purposes = 0;
    ref = draft->refs.items;

    for (i = 0; i < draft->refs.n; i++) {
        bit = consent_rules_purpose(rules, ref[i].name);

        if (bit < 0) {
            consent_compile_unknown(loader, rules, &ref[i]);
            continue;
        }

        purposes |= (uint32_t) 1 << bit;
    }

    return purposes;
}


/* index: where each draft went, or CONSENT_NO_SERVICE. */
static int
consent_compile_services(consent_loader_t *loader, consent_rules_t *rules,
    int *index)
{
    unsigned                  i;
    consent_service_t        *service;
    consent_service_draft_t  *draft;

    draft = loader->services.items;

    rules->services = consent_calloc(&loader->mem, loader->services.n
                                                * sizeof(consent_service_t));
    if (rules->services == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < loader->services.n; i++) {
        index[i] = CONSENT_NO_SERVICE;

        if (draft[i].replaced) {
            continue;
        }

        index[i] = (int) rules->nservices;
        service = &rules->services[rules->nservices++];

        *service = draft[i].service;
        service->purposes = consent_compile_refs(loader, rules, &draft[i]);
        service->data = draft[i].data.items;
        service->ndata = draft[i].data.n;
        service->storage = draft[i].storage.items;
        service->nstorage = draft[i].storage.n;
        service->fills = draft[i].fills.items;
        service->nfills = draft[i].fills.n;

        if (consent_rules_write_fills(&loader->mem, rules, service)
            != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


/* service: where the drafts of services went. */
static int
consent_compile_lists(consent_loader_t *loader, consent_rules_t *rules,
    const int *service)
{
    int                          n;
    unsigned                     i;
    consent_list_t              *list;
    const consent_list_draft_t  *draft;

    draft = loader->lists.items;

    rules->nlists = loader->lists.n;
    rules->lists = consent_calloc(&loader->mem, rules->nlists
                                                * sizeof(consent_list_t));
    if (rules->lists == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < rules->nlists; i++) {
        n = service[draft[i].service];
        list = &rules->lists[i];

        list->file = draft[i].file;
        list->service = n;
        list->purposes = n != CONSENT_NO_SERVICE ? rules->services[n].purposes
                                                 : 0;
        list->count = draft[i].count;
    }

    consent_abp_forget(loader);

    return CONSENT_OK;
}


/* regex: that of each rule, or NULL. */
static int
consent_compile_rules(consent_loader_t *loader, consent_rules_t *rules,
    const int *service, consent_regex_t **regex)
{
    unsigned               i;
    consent_rule_draft_t  *draft;

    draft = loader->rules.items;

    rules->rules = consent_calloc(&loader->mem, loader->rules.n
                                                * sizeof(consent_rule_t));
    if (rules->rules == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < loader->rules.n; i++) {
        if (service[draft[i].rule.service] == CONSENT_NO_SERVICE) {
            continue;
        }

        rules->rules[rules->nrules] = draft[i].rule;
        rules->rules[rules->nrules].service = service[draft[i].rule.service];
        regex[rules->nrules++] = draft[i].regex;
    }

    return CONSENT_OK;
}


/* What destroy() releases; takes it over from the loader. */
static int
consent_compile_regexes(consent_loader_t *loader,
    consent_rules_index_t *index)
{
    uint32_t                i, n;
    consent_rule_draft_t   *draft;
    consent_list_more_t    *more;
    consent_list_store_t   *store;

    draft = loader->rules.items;
    store = loader->listed;
    n = store != NULL ? store->n : 0;

    index->regexes = consent_calloc(&loader->mem,
                                    (loader->rules.n
                                     + (store != NULL ? store->nmore : 0))
                                    * sizeof(consent_regex_t *));
    if (index->regexes == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < loader->rules.n; i++) {
        if (draft[i].regex != NULL) {
            index->regexes[index->nregexes++] = draft[i].regex;
            draft[i].regex = NULL;
        }
    }

    for (i = 0; i < n; i++) {
        more = store->records[i].rule.more;

        if (more != NULL && more->regex != NULL) {
            index->regexes[index->nregexes++] = more->regex;
        }
    }

    if (store != NULL) {
        store->taken = 1;
    }

    index->limits = consent_regex_limits_create();

    return index->limits != NULL ? CONSENT_OK : CONSENT_ERROR;
}


static int
consent_compile_index(consent_loader_t *loader, consent_rules_t *rules,
    consent_regex_t **regex)
{
    consent_rules_index_t  *index;

    index = consent_calloc(&loader->mem, sizeof(consent_rules_index_t));
    if (index == NULL) {
        return CONSENT_ERROR;
    }

    index->mem = loader->mem;
    rules->index = index;

    if (consent_ids_build(index, rules) != CONSENT_OK
        || consent_lists_build(index, rules, loader->listed) != CONSENT_OK
        || consent_hosts_create(index,
                                rules->nrules + 1 + index->lists.nshared,
                                rules->nrules + 1 + index->lists.nhosts)
           != CONSENT_OK
        || consent_matchers_build(index, rules, regex) != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    consent_lists_attach(index);

    if (consent_grams_build(index) != CONSENT_OK
        || consent_storage_build(index, rules) != CONSENT_OK
        || consent_inline_build(index, rules) != CONSENT_OK
        || consent_compile_regexes(loader, index) != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    return consent_policy_write(&loader->mem, rules, NULL);
}


static int
consent_compile(consent_loader_t *loader, consent_rules_t *rules)
{
    int               *service;
    consent_regex_t  **regex;

    service = consent_calloc(&loader->mem, loader->services.n * sizeof(int));
    regex = consent_calloc(&loader->mem, loader->rules.n
                                         * sizeof(consent_regex_t *));

    if (service == NULL || regex == NULL
        || consent_compile_purposes(loader, rules) != CONSENT_OK
        || consent_compile_services(loader, rules, service) != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    /* Where there are faults, the drafts may not fit together. */

    if (loader->faults
        || consent_compile_lists(loader, rules, service) != CONSENT_OK
        || consent_compile_rules(loader, rules, service, regex) != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    return consent_compile_index(loader, rules, regex);
}


static void
consent_loader_release(consent_loader_t *loader)
{
    unsigned               i;
    consent_rule_draft_t  *draft;

    draft = loader->rules.items;

    for (i = 0; i < loader->rules.n; i++) {
        if (draft[i].regex != NULL) {
            consent_regex_free(draft[i].regex);
            draft[i].regex = NULL;
        }
    }

    if (loader->listed != NULL) {
        consent_list_store_free(loader->listed);
        loader->listed = NULL;
    }
}


consent_rules_t *
consent_rules_compile(consent_loader_t *loader)
{
    consent_rules_t  *rules;

    if (loader->purposes.n == 0) {
        (void) consent_rules_load_text(loader,
                                       consent_str("purposes.json (built in)"),
                                       consent_builtin_purposes);
    }

    rules = consent_calloc(&loader->mem, sizeof(consent_rules_t));

    if (rules != NULL && consent_compile(loader, rules) != CONSENT_OK) {
        consent_rules_destroy(rules);
        rules = NULL;
    }

    consent_loader_release(loader);

    return rules;
}


void
consent_rules_destroy(consent_rules_t *rules)
{
    uint32_t                i;
    consent_rules_index_t  *index;

    index = rules->index;

    if (index == NULL) {
        return;
    }

    for (i = 0; i < index->nregexes; i++) {
        consent_regex_free(index->regexes[i]);
    }

    if (index->limits != NULL) {
        consent_regex_limits_free(index->limits);
    }

    rules->index = NULL;
}

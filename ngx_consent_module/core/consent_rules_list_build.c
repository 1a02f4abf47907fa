/*
 * From the rules of lists to the form in which they are matched.
 *
 * A rule that begins with a whole host, as most do, is kept under that host;
 * what is behind the host is compared only where a URL has it.  The others
 * come first, and are found by grams (consent_rules_grams.c).
 */

#include <stdlib.h>
#include <string.h>

#include "consent_rules_list.h"


#define CONSENT_LIST_KINDS_MAX  8192
#define CONSENT_LIST_HOST_MAX   UINT8_MAX


/* Rules of one host, chained. */

typedef struct {
    uint32_t                     hash;
    uint32_t                     first;     /* record + 1; 0: none */
    uint32_t                     n;
} consent_list_group_t;


typedef struct {
    const consent_list_store_t  *store;
    consent_list_index_t        *lists;
    uint32_t                     nkinds;
    uint32_t                     kinds_size;
    uint32_t                     nmore;
    uint32_t                     ntext;
    uint32_t                     mask;      /* of groups */
    consent_list_group_t        *groups;
    uint32_t                    *next;      /* of the same group, + 1 */
    uint8_t                     *host;      /* bytes of each one's host */
    uint32_t                    *order;     /* of one group */
} consent_list_build_t;


static uint8_t
consent_list_lower(uint8_t c)
{
    return (uint8_t) (c - 'A') < 26 ? c | 0x20 : c;
}


static int
consent_list_in_host(uint8_t c)
{
    return consent_gram_is_alnum(c) || c == '.' || c == '-' || c == '_';
}


static consent_str_t
consent_list_text(const consent_list_build_t *build, uint32_t i)
{
    const consent_list_record_t  *record;

    record = &build->store->records[i];

    return (consent_str_t) { record->rule.pattern.len,
                             build->store->text + record->text };
}


/* How much of a rule's pattern is a whole host; 0 if none is. */
static uint8_t
consent_list_host(const consent_list_build_t *build, uint32_t i)
{
    size_t                      n;
    consent_str_t               s;
    const consent_list_rule_t  *rule;

    rule = &build->store->records[i].rule;
    s = consent_list_text(build, i);

    if (!rule->host || (rule->more != NULL && rule->more->regex != NULL)) {
        return 0;
    }

    for (n = 0; n < s.len && consent_list_in_host(s.data[n]); n++) {
        /* void */
    }

    if (n == 0 || n > CONSENT_LIST_HOST_MAX || s.data[n - 1] == '.') {
        return 0;
    }

    if (n == s.len) {
        return rule->open || rule->end ? 0 : (uint8_t) n;
    }

    return strchr("^/:?", s.data[n]) != NULL ? (uint8_t) n : 0;
}


/* What the bytes behind the host must be; 0 if that is open. */
static uint32_t
consent_list_key(consent_str_t rest)
{
    return rest.len < CONSENT_GRAM
           || memchr(rest.data, '*', CONSENT_GRAM) != NULL
           || memchr(rest.data, '^', CONSENT_GRAM) != NULL
           ? 0 : consent_gram_load(rest.data);
}


/*
 * Kinds: what many rules have in common.
 */


static int
consent_list_kind_eq(const consent_list_kind_t *a,
    const consent_list_kind_t *b)
{
    return a->list == b->list && a->types == b->types && a->party == b->party
           && a->exception == b->exception && a->important == b->important
           && a->match_case == b->match_case && a->host == b->host
           && a->start == b->start && a->end == b->end && a->more == b->more
           && a->scheme == b->scheme && a->page == b->page
           && a->star == b->star;
}


/* The number of a kind; CONSENT_ERROR if there are too many. */
static int
consent_list_kind(consent_list_build_t *build,
    const consent_list_kind_t *kind, uint16_t *n)
{
    uint32_t              i, size;
    consent_list_kind_t  *kinds;

    kinds = build->lists->kinds;

    for (i = build->nkinds; i--; /* void */) {
        if (consent_list_kind_eq(&kinds[i], kind)) {
            *n = (uint16_t) i;
            return CONSENT_OK;
        }
    }

    if (build->nkinds == CONSENT_LIST_KINDS_MAX) {
        return CONSENT_ERROR;
    }

    if (build->nkinds == build->kinds_size) {
        size = build->kinds_size ? build->kinds_size * 2 : 64;
        kinds = realloc(kinds, size * sizeof(consent_list_kind_t));

        if (kinds == NULL) {
            return CONSENT_ERROR;
        }

        build->lists->kinds = kinds;
        build->kinds_size = size;
    }

    kinds[build->nkinds] = *kind;
    *n = (uint16_t) build->nkinds++;

    return CONSENT_OK;
}


static void
consent_list_kind_of(const consent_list_build_t *build,
    const consent_list_rule_t *rule, consent_list_kind_t *kind)
{
    memset(kind, 0, sizeof(consent_list_kind_t));

    kind->purposes = build->lists->lists[rule->list].purposes;
    kind->list = rule->list;
    kind->types = rule->types;
    kind->party = (uint8_t) ((rule->first ? CONSENT_SPEAKS_FIRST : 0)
                             | (rule->third ? CONSENT_SPEAKS_THIRD : 0));
    kind->exception = rule->exception;
    kind->important = rule->important;
    kind->match_case = rule->match_case;
    kind->host = rule->host;
    kind->start = rule->start;
    kind->end = rule->end;
    kind->scheme = rule->scheme;
    kind->page = rule->page;
    kind->more = rule->more != NULL;
}


/*
 * The rules as they will be matched.
 */


/* What of a pattern says something: "*" at its open ends does not. */
static consent_str_t
consent_list_trim(consent_str_t s, consent_list_kind_t *kind, size_t host)
{
    if (!kind->start && host == 0) {
        while (s.len && s.data[0] == '*') {
            s.data++;
            s.len--;
            kind->host = 0;
        }
    }

    if (!kind->end) {
        while (s.len > host && s.data[s.len - 1] == '*') {
            s.len--;
        }

        /* Behind a host there is always a separator. */

        if (host != 0 && s.len == host + 1 && s.data[host] == '^') {
            s.len--;
        }
    }

    return s;
}


static void
consent_list_write(consent_list_build_t *build, consent_str_t s, size_t host,
    int match_case)
{
    size_t    i;
    uint8_t  *to;

    to = build->lists->text + build->ntext;

    for (i = 0; i < s.len; i++) {
        to[i] = match_case && i >= host ? s.data[i]
                                        : consent_list_lower(s.data[i]);
    }

    build->ntext += (uint32_t) s.len;
}


static int
consent_list_emit(consent_list_build_t *build, uint32_t i)
{
    size_t                      host;
    consent_str_t               s;
    consent_listed_t           *listed;
    consent_list_kind_t         kind;
    const consent_list_rule_t  *rule;

    rule = &build->store->records[i].rule;
    host = build->host[i];

    consent_list_kind_of(build, rule, &kind);
    s = consent_list_trim(consent_list_text(build, i), &kind, host);

    build->lists->npages += rule->page;

    listed = &build->lists->rules[build->lists->n++];

    listed->text = build->ntext;
    kind.star = s.len > host
                && memchr(s.data + host, '*', s.len - host) != NULL;

    listed->line = rule->line & CONSENT_LIST_LINE_MAX;
    listed->host = (uint8_t) host;
    listed->len = (uint16_t) (s.len - host);

    consent_list_write(build, s, host, rule->match_case);

    if (rule->more != NULL) {
        memcpy(build->lists->text + build->ntext, &build->nmore,
               sizeof(uint32_t));
        build->ntext += sizeof(uint32_t);
        build->lists->more[build->nmore++] = rule->more;
    }

    return consent_list_kind(build, &kind, &listed->kind);
}


/*
 * Groups.
 */


static int
consent_list_same_host(const consent_list_build_t *build, uint32_t one,
    uint32_t two)
{
    return build->host[one] == build->host[two]
           && consent_str_caseeq((consent_str_t) {
                  build->host[one], consent_list_text(build, one).data },
                  (consent_str_t) {
                  build->host[two], consent_list_text(build, two).data });
}


static uint32_t
consent_list_hash(const consent_list_build_t *build, uint32_t i)
{
    size_t         n;
    uint8_t        name[CONSENT_LIST_HOST_MAX];
    consent_str_t  s;

    s = consent_list_text(build, i);

    for (n = 0; n < build->host[i]; n++) {
        name[n] = consent_list_lower(s.data[n]);
    }

    return consent_host_hash((consent_str_t) { n, name });
}


static void
consent_list_group(consent_list_build_t *build, uint32_t i)
{
    uint32_t               hash, at;
    consent_list_group_t  *group;

    hash = consent_list_hash(build, i);

    for (at = hash & build->mask; build->groups[at].n != 0;
         at = (at + 1) & build->mask)
    {
        group = &build->groups[at];

        if (group->hash == hash
            && consent_list_same_host(build, group->first - 1, i))
        {
            break;
        }
    }

    group = &build->groups[at];

    build->next[i] = group->first;
    group->hash = hash;
    group->first = i + 1;
    group->n++;
}


static int
consent_list_order(const void *a, const void *b, void *data)
{
    uint32_t                     one, two, k, l;
    consent_str_t                s, t;
    const consent_list_build_t  *build;

    build = data;
    one = *(const uint32_t *) a;
    two = *(const uint32_t *) b;

    s = consent_list_text(build, one);
    t = consent_list_text(build, two);

    k = consent_list_key((consent_str_t) { s.len - build->host[one],
                                           s.data + build->host[one] });
    l = consent_list_key((consent_str_t) { t.len - build->host[two],
                                           t.data + build->host[two] });

    return k != l ? (k > l) - (k < l) : (one > two) - (one < two);
}


static int
consent_list_emit_group(consent_list_build_t *build,
    const consent_list_group_t *group)
{
    uint32_t  i, n;

    if (group->n == 1) {
        return consent_list_emit(build, group->first - 1);
    }

    for (n = 0, i = group->first; i; i = build->next[i - 1]) {
        build->order[n++] = i - 1;
    }

    qsort_r(build->order, n, sizeof(uint32_t), consent_list_order, build);

    for (i = 0; i < n; i++) {
        if (consent_list_emit(build, build->order[i]) != CONSENT_OK) {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


/* Those under no host first, then host by host. */
static int
consent_list_emit_all(consent_list_build_t *build)
{
    uint32_t  i;

    for (i = 0; i < build->store->n; i++) {
        build->host[i] = consent_list_host(build, i);

        if (build->host[i]) {
            consent_list_group(build, i);

        } else if (consent_list_emit(build, i) != CONSENT_OK) {
            return CONSENT_ERROR;
        }
    }

    build->lists->nanywhere = build->lists->n;

    for (i = 0; i <= build->mask; i++) {
        if (build->groups[i].n == 0) {
            continue;
        }

        build->lists->nhosts++;
        build->lists->nshared += build->groups[i].n > 1;

        if (consent_list_emit_group(build, &build->groups[i]) != CONSENT_OK) {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


static int
consent_list_alloc(consent_list_build_t *build, const consent_mem_t *mem)
{
    uint64_t                     size;
    consent_list_index_t        *lists;
    const consent_list_store_t  *store;

    lists = build->lists;
    store = build->store;

    for (size = 16; size < (uint64_t) store->n * 2; size *= 2) { /* void */ }

    build->mask = (uint32_t) (size - 1);
    build->groups = calloc(size, sizeof(consent_list_group_t));
    build->next = calloc(store->n, sizeof(uint32_t));
    build->order = calloc(store->n, sizeof(uint32_t));
    build->host = calloc(store->n, 1);

    lists->rules = consent_alloc(mem, store->n * sizeof(consent_listed_t));
    lists->more = consent_alloc(mem, store->nmore
                                     * sizeof(consent_list_more_t *));
    lists->text = consent_alloc(mem, store->ntext
                                     + store->nmore * sizeof(uint32_t));

    return build->groups != NULL && build->next != NULL
           && build->order != NULL && build->host != NULL
           && lists->rules != NULL && lists->more != NULL
           && lists->text != NULL
           ? CONSENT_OK : CONSENT_ERROR;
}


int
consent_lists_build(consent_rules_index_t *index,
    const consent_rules_t *rules, const consent_list_store_t *store)
{
    int                   rc;
    consent_list_kind_t  *kinds;
    consent_list_build_t  build;

    if (store == NULL || store->n == 0) {
        return CONSENT_OK;
    }

    memset(&build, 0, sizeof(consent_list_build_t));

    build.store = store;
    build.lists = &index->lists;
    build.lists->lists = rules->lists;

    rc = consent_list_alloc(&build, &index->mem);

    if (rc == CONSENT_OK) {
        rc = consent_list_emit_all(&build);
    }

    free(build.groups);
    free(build.next);
    free(build.order);
    free(build.host);

    /* Kinds have grown; now their number is known. */

    kinds = index->lists.kinds;
    index->lists.kinds = consent_alloc(&index->mem, build.nkinds
                                              * sizeof(consent_list_kind_t));

    if (index->lists.kinds == NULL) {
        rc = CONSENT_ERROR;
    }

    if (rc == CONSENT_OK) {
        memcpy(index->lists.kinds, kinds,
               build.nkinds * sizeof(consent_list_kind_t));
    }

    free(kinds);

    return rc;
}


/*
 * Into the table of hosts.
 */


/* Rules [first, end) are those of one host. */
static void
consent_lists_attach_host(consent_rules_index_t *index, uint32_t first,
    uint32_t end)
{
    uint32_t         i, value;
    consent_str_t    name;
    consent_host_t  *host;

    name = consent_hosts_name(index, first | CONSENT_LISTED);
    value = consent_hosts_find(index, name, consent_host_hash(name));

    if (value == 0 && end - first == 1) {
        consent_hosts_put(index, name, first | CONSENT_LISTED);
        return;
    }

    host = &index->hosts[consent_hosts_add(index, name)];

    host->listed = first;
    host->nlisted = end - first;

    for (i = first; i < end; i++) {
        host->nopen += consent_list_key(consent_list_pattern(&index->lists,
                                                 &index->lists.rules[i])) == 0;
    }
}


void
consent_lists_attach(consent_rules_index_t *index)
{
    uint32_t       first, end;
    consent_str_t  name;

    for (first = index->lists.nanywhere; first < index->lists.n; first = end)
    {
        name = consent_hosts_name(index, first | CONSENT_LISTED);

        for (end = first + 1;
             end < index->lists.n
             && consent_str_eq(name, consent_hosts_name(index, end
                                                          | CONSENT_LISTED));
             end++)
        {
            /* void */
        }

        consent_lists_attach_host(index, first, end);
    }
}

/*
 * The question that all else asks: whose is this URL?
 *
 * The host's suffixes are hashed in one pass from the right; each is looked
 * up in the table of hosts, and what is chained there is tried, the most
 * specific first.  Matchers without a host are tried where a gram of theirs
 * stands in the URL.  Nothing is allocated.
 */

#include <string.h>

#include "consent_rules_index.h"
#include "consent_scan.h"


/* Matches that match_all() orders; of more, the best. */
#define CONSENT_MATCH_MAX   64

/* Matchers without a host that one URL may hint at. */
#define CONSENT_MATCH_LIST  32

/* Labels of a host that are looked up, from the right. */
#define CONSENT_MATCH_LABELS  16

#define CONSENT_NO_NODE  UINT32_MAX


typedef struct {
    uint64_t  rank;
    uint32_t  rule;
} consent_match_found_t;


typedef struct {
    const consent_rules_index_t  *index;
    const consent_url_t          *url;
    consent_str_t                 path;     /* with the query */
    uint32_t                      types;
    uint8_t                       party;    /* CONSENT_SPEAKS_* */
    unsigned                      hint:1;
    unsigned                      third_party:1;
    unsigned                      n;
    unsigned                      max;
    consent_match_found_t        *found;    /* the best first */
} consent_match_t;


/* Finds the next place where needle stands at or behind s; NULL if none. */
static const uint8_t *
consent_rules_find(const uint8_t *s, const uint8_t *end, const uint8_t *needle,
    size_t len)
{
    return memmem(s, (size_t) (end - s), needle, len);
}


int
consent_rules_glob(consent_str_t pattern, consent_str_t s, int whole)
{
    size_t          len;
    const uint8_t  *p, *end, *at, *last, *star;

    p = pattern.data;
    last = p + pattern.len;
    at = s.data;
    end = at + s.len;

    /* The run up to the first "*" stands at the start. */

    star = memchr(p, '*', pattern.len);
    len = (size_t) ((star ? star : last) - p);

    if (len > s.len || memcmp(at, p, len) != 0) {
        return 0;
    }

    at += len;

    if (star == NULL) {
        return !whole || at == end;
    }

    for (p = star + 1; /* void */ ; p = star + 1) {
        star = memchr(p, '*', (size_t) (last - p));
        len = (size_t) ((star ? star : last) - p);

        if (star == NULL && whole) {
            return (size_t) (end - at) >= len
                   && memcmp(end - len, p, len) == 0;
        }

        at = consent_rules_find(at, end, p, len);
        if (at == NULL) {
            return 0;
        }

        at += len;

        if (star == NULL) {
            return 1;
        }
    }
}


int
consent_rules_third_party(const consent_page_t *page, consent_str_t host)
{
    unsigned  i;

    if (consent_str_eq(host, page->url.host)) {
        return 0;
    }

    if (consent_url_same_site(host, page->site)) {
        return 0;
    }

    for (i = 0; i < page->nfirst; i++) {
        if (consent_url_within(host, page->first_party[i])) {
            return 0;
        }
    }

    return 1;
}


static int
consent_match_path(const consent_match_t *match,
    const consent_matcher_t *matcher)
{
    consent_str_t  path;

    path = match->path;

    if (!matcher->query) {
        path.len = match->url->path.len;
    }

    if (matcher->glob) {
        return consent_rules_glob(matcher->path, path, 0);
    }

    return matcher->path.len <= path.len
           && memcmp(matcher->path.data, path.data, matcher->path.len) == 0;
}


static int
consent_match_conditions(const consent_match_t *match,
    const consent_matcher_t *matcher)
{
    if (!(matcher->party & match->party)) {
        return 0;
    }

    if (match->hint) {
        return match->party == CONSENT_SPEAKS_THIRD;
    }

    if (!(matcher->types & match->types)) {
        return 0;
    }

    if (matcher->path.len && !consent_match_path(match, matcher)) {
        return 0;
    }

    return matcher->regex == NULL
           || consent_regex_match(matcher->regex, match->index->limits,
                                  match->url->href, match->url->host);
}


/* Of a hint only the host counts: rules for the whole host come first. */
static uint64_t
consent_match_rank(const consent_match_t *match,
    const consent_matcher_t *matcher)
{
    uint64_t  top;

    if (!match->hint) {
        return matcher->rank;
    }

    top = (uint64_t) 1 << 63;

    return (matcher->rank & ~top) | (matcher->whole ? top : 0);
}


static void
consent_match_add(consent_match_t *match, uint64_t rank, uint32_t rule)
{
    unsigned  i;

    i = match->n;

    if (i == match->max) {
        if (match->found[--i].rank >= rank) {
            return;
        }

    } else {
        match->n++;
    }

    while (i != 0 && match->found[i - 1].rank < rank) {
        match->found[i] = match->found[i - 1];
        i--;
    }

    match->found[i].rank = rank;
    match->found[i].rule = rule;
}


static void
consent_match_try(consent_match_t *match, const consent_matcher_t *matcher)
{
    uint64_t  rank;

    rank = consent_match_rank(match, matcher);

    /* Regexes cost most: not one is run that could not decide. */

    if (match->n == match->max && match->found[match->n - 1].rank >= rank) {
        return;
    }

    if (consent_match_conditions(match, matcher)) {
        consent_match_add(match, rank, matcher->rule);
    }
}


static void
consent_match_host(consent_match_t *match, const consent_host_t *host)
{
    uint32_t                  i;
    const consent_matcher_t  *matcher;

    for (i = 0; i < host->n; i++) {
        matcher = &match->index->matchers[host->first + i];

        if (!matcher->exact || match->url->host.len == host->name.len) {
            consent_match_try(match, matcher);
        }
    }
}


/* The matchers that one URL hints at. */

typedef struct {
    unsigned  n;
    unsigned  full:1;
    uint32_t  matcher[CONSENT_MATCH_LIST];
} consent_match_list_t;


/* Adds to list the matchers whose gram, one of the table, stands at p. */
static void
consent_match_gram(consent_match_list_t *list,
    const consent_gram_table_t *table, const uint8_t *p)
{
    unsigned  i;
    uint32_t  at, gram, matcher;

    memcpy(&gram, p, CONSENT_GRAM);

    for (at = consent_gram_hash(table, gram) & table->mask;
         table->slots[at].value != 0;
         at = (at + 1) & table->mask)
    {
        if (table->slots[at].gram != gram) {
            continue;
        }

        matcher = table->slots[at].value - 1;

        for (i = 0; i < list->n && list->matcher[i] != matcher; i++) {
            /* void */
        }

        if (i == CONSENT_MATCH_LIST) {
            list->full = 1;
            return;
        }

        if (i == list->n) {
            list->matcher[list->n++] = matcher;
        }
    }
}


static int
consent_match_is_gram(const consent_gram_table_t *table, const uint8_t *p)
{
    uint32_t  gram;

    memcpy(&gram, p, CONSENT_GRAM);

    return table->seen[consent_gram_hash(table, gram)];
}


/* mask: where from p on there is a "/". */
static inline void
consent_match_slashes(consent_match_list_t *list,
    const consent_gram_table_t *table, const uint8_t *p,
    consent_scan_mask_t mask)
{
    const uint8_t  *at;

    for ( /* void */ ; mask; mask &= mask - 1) {
        at = p + consent_scan_first(mask);

        if (consent_match_is_gram(table, at)) {
            consent_match_gram(list, table, at);
        }
    }
}


/*
 * Grams that begin with "/".  The last block ends where the last gram may
 * begin, and overlaps the one before it.
 */
static void
consent_match_heads(consent_match_list_t *list,
    const consent_gram_table_t *table, const uint8_t *p, const uint8_t *end)
{
    unsigned        done;
    const uint8_t  *start;

    start = p;
    end -= CONSENT_GRAM - 1;

    for ( /* void */ ; end - p >= CONSENT_SCAN_BLOCK; p += CONSENT_SCAN_BLOCK)
    {
        consent_match_slashes(list, table, p,
                              consent_scan_eq(consent_scan_load(p), '/'));
    }

    if (p != start) {
        done = (unsigned) (CONSENT_SCAN_BLOCK - (end - p));
        p = end - CONSENT_SCAN_BLOCK;
        consent_match_slashes(list, table, p,
                              consent_scan_eq(consent_scan_load(p), '/')
                              & ~(consent_scan_mask_t) 0 << done);
        return;
    }

    for ( /* void */ ; p < end; p++) {
        if (*p == '/' && consent_match_is_gram(table, p)) {
            consent_match_gram(list, table, p);
        }
    }
}


static void
consent_match_inner(consent_match_list_t *list,
    const consent_gram_table_t *table, unsigned step, const uint8_t *p,
    const uint8_t *end)
{
    for ( /* void */ ; end - p >= CONSENT_GRAM; p += step) {
        if (consent_match_is_gram(table, p)) {
            consent_match_gram(list, table, p);
        }
    }
}


/* Matchers without a host; where too many are hinted at, all are tried. */
static void
consent_match_grams(consent_match_t *match)
{
    unsigned                i;
    const uint8_t          *p, *end;
    consent_match_list_t    list;
    const consent_grams_t  *grams;

    grams = &match->index->grams;
    p = match->url->href.data;
    end = p + match->url->href.len;

    list.n = 0;
    list.full = 0;

    /* the first slashes are those of "//host" */

    consent_match_heads(&list, &grams->heads, match->url->host.data - 2, end);

    if (grams->step) {
        consent_match_inner(&list, &grams->inner, grams->step, p, end);
    }

    if (list.full) {
        consent_match_host(match, &match->index->hosts[0]);
        return;
    }

    for (i = 0; i < list.n; i++) {
        consent_match_try(match, &match->index->matchers[list.matcher[i]]);
    }

    for (i = 0; i < grams->nalways; i++) {
        consent_match_try(match, &match->index->matchers[grams->always[i]]);
    }
}


/* The node of a suffix of the host, or CONSENT_NO_NODE. */
static uint32_t
consent_match_suffix(const consent_rules_index_t *index,
    consent_str_t suffix, uint32_t hash)
{
    uint32_t                slot, node;
    const consent_table_t  *table;

    table = &index->table;

    for (slot = consent_table_slot(table, hash);
         table->slots[slot].value != 0;
         slot = (slot + 1) & table->mask)
    {
        if (table->slots[slot].hash != hash) {
            continue;
        }

        node = table->slots[slot].value - 1;

        if (consent_str_eq(index->hosts[node].name, suffix)) {
            return node;
        }
    }

    return CONSENT_NO_NODE;
}


/*
 * The nodes of a host and its parents, CONSENT_MATCH_LABELS at most; longer
 * ones come first: what they yield rules out cheaper ranks.
 */
static unsigned
consent_match_nodes(const consent_rules_index_t *index, consent_str_t host,
    uint32_t *nodes)
{
    size_t         i, n;
    uint32_t       hash, node, hashes[CONSENT_MATCH_LABELS];
    unsigned       found;
    consent_str_t  suffix;
    uint16_t       starts[CONSENT_MATCH_LABELS];

    hash = CONSENT_HASH_INIT;
    n = 0;

    for (i = host.len; i-- && n < CONSENT_MATCH_LABELS - 1; /* void */) {

        if (host.data[i] == '.') {
            hashes[n] = hash;
            starts[n++] = (uint16_t) (i + 1);
        }

        hash = consent_hash_step(hash, host.data[i]);
    }

    if (i == (size_t) -1) {
        hashes[n] = hash;
        starts[n++] = 0;
    }

    for (found = 0; n--; /* void */) {
        suffix = (consent_str_t) { host.len - starts[n],
                                   host.data + starts[n] };
        node = consent_match_suffix(index, suffix, hashes[n]);

        if (node != CONSENT_NO_NODE) {
            nodes[found++] = node;
        }
    }

    return found;
}


/* The entry that is the host's, or would be; NULL if it is not kept. */
static consent_memo_host_t *
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


/* Sets party, and tries what is known of the host and its parents. */
static void
consent_match_hosts(consent_match_t *match, const consent_page_t *page,
    consent_memo_t *memo)
{
    uint32_t              node[CONSENT_MATCH_LABELS];
    unsigned              i, n;
    consent_str_t         host;
    const uint32_t       *nodes;
    consent_memo_host_t  *entry;

    host = match->url->host;
    entry = consent_match_memo(memo, host);

    if (entry != NULL && entry->len == host.len
        && memcmp(entry->name, host.data, host.len) == 0)
    {
        nodes = entry->node;
        n = entry->n;
        match->third_party = entry->third_party;

    } else {
        nodes = node;
        n = consent_match_nodes(match->index, host, node);
        match->third_party = consent_rules_third_party(page, host) != 0;

        if (entry != NULL && n <= CONSENT_MEMO_NODES) {
            memcpy(entry->node, node, n * sizeof(uint32_t));
            memcpy(entry->name, host.data, host.len);
            entry->n = (uint8_t) n;
            entry->third_party = match->third_party;
            entry->len = (uint8_t) host.len;
        }
    }

    match->party = match->third_party ? CONSENT_SPEAKS_THIRD
                                      : CONSENT_SPEAKS_FIRST;

    for (i = 0; i < n; i++) {
        consent_match_host(match, &match->index->hosts[nodes[i]]);
    }
}


static void
consent_match_run(consent_match_t *match, const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    consent_memo_t *memo)
{
    match->index = rules->index;
    match->url = url;
    match->types = types;
    match->hint = types == CONSENT_TYPE_HINT;
    match->n = 0;

    match->path = url->path;

    if (url->query.data != NULL) {
        match->path.len = (size_t) (url->query.data + url->query.len
                                    - url->path.data);
    }

    consent_match_hosts(match, page, memo);

    if (!match->hint) {
        consent_match_grams(match);
    }
}


void
consent_rules_match_memo(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    consent_memo_t *memo, consent_verdict_t *verdict)
{
    consent_match_t        match;
    consent_match_found_t  best;

    memset(verdict, 0, sizeof(consent_verdict_t));
    verdict->service = CONSENT_NO_SERVICE;
    verdict->rule = CONSENT_NO_RULE;

    if (!url->network) {
        return;
    }

    match.found = &best;
    match.max = 1;

    consent_match_run(&match, rules, page, url, types, memo);

    verdict->third_party = match.third_party;

    if (match.n != 0) {
        verdict->rule = (int) best.rule;
        verdict->service = rules->rules[best.rule].service;
        verdict->purposes = rules->services[verdict->service].purposes;
        return;
    }

    if (verdict->third_party) {
        verdict->unclassified = 1;
        verdict->purposes = types & ~(uint32_t) CONSENT_TYPE_PASSIVE
                            ? page->unclassified
                            : page->unclassified_passive;
    }
}


void
consent_rules_match(const consent_rules_t *rules, const consent_page_t *page,
    const consent_url_t *url, uint32_t types, consent_verdict_t *verdict)
{
    consent_rules_match_memo(rules, page, url, types, NULL, verdict);
}


void
consent_rules_match_all(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    void (*fn)(void *data, int rule), void *data)
{
    unsigned               i;
    consent_match_t        match;
    consent_match_found_t  found[CONSENT_MATCH_MAX];

    if (!url->network) {
        return;
    }

    match.found = found;
    match.max = CONSENT_MATCH_MAX;

    consent_match_run(&match, rules, page, url, types, NULL);

    for (i = 0; i < match.n; i++) {
        fn(data, (int) found[i].rule);
    }
}

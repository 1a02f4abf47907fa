/*
 * The question that all else asks: whose is this URL?
 *
 * The host's suffixes are hashed in one pass from the right; each is looked
 * up in the table of hosts, and what is chained there is tried, the most
 * specific first.  Matchers without a host are tried where a gram of theirs
 * stands in the URL.  Nothing is allocated.
 */

#include <string.h>

#include "consent_rules_match.h"
#include "consent_scan.h"


/* Matches that match_all() orders; of more, the best. */
#define CONSENT_MATCH_MAX   64

/* Matchers without a host that one URL may hint at. */
#define CONSENT_MATCH_LIST  32

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


static int
consent_match_is_first_party(const consent_page_t *page, consent_str_t host)
{
    unsigned  i;

    for (i = 0; i < page->nfirst; i++) {
        if (consent_url_within(host, page->first_party[i])) {
            return 1;
        }
    }

    return 0;
}


/*
 * Whether the page's site is a public suffix: not where it is less than the
 * page's host.  Else that is found out but once.
 */
static int
consent_match_is_suffix(const consent_page_t *page, consent_memo_t *memo)
{
    uint8_t  suffix;

    if (page->site.len < page->url.host.len) {
        return 0;
    }

    if (memo != NULL && memo->suffix) {
        return memo->suffix == CONSENT_MEMO_SUFFIX;
    }

    suffix = consent_url_is_suffix(page->site) ? CONSENT_MEMO_SUFFIX
                                               : CONSENT_MEMO_SITE;

    if (memo != NULL) {
        memo->suffix = suffix;
    }

    return suffix == CONSENT_MEMO_SUFFIX;
}


static int
consent_match_third_party(const consent_page_t *page, consent_memo_t *memo,
    consent_str_t host)
{
    if (consent_str_eq(host, page->url.host)) {
        return 0;
    }

    if (consent_url_within(host, page->site)
        && (host.len == page->site.len
            || (!consent_match_is_suffix(page, memo)
                && !consent_url_has_suffix(host, page->site))))
    {
        return 0;
    }

    return !consent_match_is_first_party(page, host);
}


int
consent_rules_third_party(const consent_page_t *page, consent_str_t host)
{
    return consent_match_third_party(page, NULL, host);
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
consent_match_add(consent_match_t *match, uint64_t rank,
    const consent_matcher_t *matcher)
{
    unsigned  i;

    i = match->n;

    if (i == match->max) {
        if (i == 0 || match->found[--i].rank >= rank) {
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
    match->found[i].matcher = matcher;
}


static void
consent_match_try(consent_match_t *match, const consent_matcher_t *matcher)
{
    uint64_t  rank;

    rank = consent_match_rank(match, matcher);

    /* Regexes cost most: not one is run that could not decide. */

    if (match->n == match->max
        && (match->n == 0 || match->found[match->n - 1].rank >= rank))
    {
        return;
    }

    if (consent_match_conditions(match, matcher)) {
        consent_match_add(match, rank, matcher);
    }
}


static void
consent_match_host(consent_match_t *match, const consent_host_t *host)
{
    uint32_t                  i;
    const consent_matcher_t  *matcher;

    for (i = 0; i < host->n; i++) {
        matcher = &match->index->matchers[host->first + i];

        if (!matcher->exact || match->host.len == host->name.len) {
            consent_match_try(match, matcher);
        }
    }
}


/*
 * Grams.
 */


/* The matchers that one URL hints at, and rules of lists. */

typedef struct {
    unsigned  n;
    unsigned  full:1;
    uint32_t  value[CONSENT_MATCH_LIST];
} consent_match_list_t;


static void
consent_match_note(consent_match_list_t *list, uint32_t value)
{
    unsigned  i;

    for (i = 0; i < list->n && list->value[i] != value; i++) { /* void */ }

    if (i == CONSENT_MATCH_LIST) {
        list->full = 1;
        return;
    }

    if (i == list->n) {
        list->value[list->n++] = value;
    }
}


/* Takes what has the key, len bytes that stand at p. */
static void
consent_match_key(consent_match_t *match, consent_match_list_t *list,
    const consent_gram_table_t *table, const uint8_t *p, size_t len,
    uint64_t key)
{
    size_t                      size;
    uint32_t                    at, offset;
    uint64_t                    more;
    const consent_gram_slot_t  *slot;

    offset = (uint32_t) (p - match->url->href.data);
    size = match->url->href.len - offset - len;
    more = 0;

    if (size >= CONSENT_GRAM_LONG) {
        more = consent_gram_load_long(p + len);

    } else {
        memcpy(&more, p + len, size);
        more |= 0x2020202020202020u;
    }

    at = consent_gram_key_hash(key);

    while ((slot = consent_gram_slot_next(table, &at, key, more)) != NULL) {

        if (slot->at == CONSENT_GRAM_ANYWHERE) {
            consent_match_note(list, slot->value);

        } else if (slot->at <= offset) {
            consent_list_try(match, (slot->value & ~CONSENT_LISTED) - 1,
                             offset - slot->at);
        }
    }
}


/* A head may begin at p. */
static void
consent_match_head(consent_match_t *match, consent_match_list_t *list,
    const uint8_t *p)
{
    uint64_t                key;
    consent_str_t           href;
    const consent_grams_t  *grams;

    grams = &match->index->grams;
    href = match->url->href;

    match->loud |= p < match->tail;
    key = consent_gram_load(p);

    if (consent_gram_is_key(&grams->shorter, key)) {
        consent_match_key(match, list, &grams->shorter, p, CONSENT_GRAM, key);
    }

    if (href.data + href.len - p < CONSENT_GRAM_LONG) {
        return;
    }

    key = consent_gram_load_long(p);

    if (consent_gram_is_key(&grams->longer, key)) {
        consent_match_key(match, list, &grams->longer, p, CONSENT_GRAM_LONG,
                          key);
    }
}


/* mask: where from p on there is a "/". */
static inline void
consent_match_slashes_of(consent_match_t *match, consent_match_list_t *list,
    const uint8_t *p, consent_scan_mask_t mask)
{
    unsigned         shift;
    const uint8_t   *at;
    const uint32_t  *seen;

    seen = match->index->grams.seen;
    shift = match->index->grams.shift;

    for ( /* void */ ; mask; mask &= mask - 1) {
        at = p + __builtin_ctzll(mask);

        if (consent_gram_seen(seen, shift,
                              consent_gram_hash(consent_gram_load(at))))
        {
            consent_match_head(match, list, at);
        }
    }
}


/*
 * Heads that begin in [p, end), where all begin with "/".  The last block
 * overlaps the one before it.
 */
static void
consent_match_slashes(consent_match_t *match, consent_match_list_t *list,
    const uint8_t *p, const uint8_t *end)
{
    unsigned  done;

    for ( /* void */ ; end - p >= CONSENT_SCAN_BLOCK; p += CONSENT_SCAN_BLOCK)
    {
        consent_match_slashes_of(match, list, p,
                                 consent_scan_eq(consent_scan_load(p), '/'));
    }

    if (p < end && end - match->url->href.data >= CONSENT_SCAN_BLOCK) {
        done = (unsigned) (CONSENT_SCAN_BLOCK - (end - p));
        p = end - CONSENT_SCAN_BLOCK;
        consent_match_slashes_of(match, list, p,
                                 consent_scan_eq(consent_scan_load(p), '/')
                                 & ~(consent_scan_mask_t) 0 << done);
        return;
    }

    for ( /* void */ ; p < end; p++) {
        consent_match_slashes_of(match, list, p, *p == '/');
    }
}


/*
 * Where a head may begin in the n bytes from p on, at most 64, that are behind
 * start.  The last block overlaps what is before it.
 */
static inline uint64_t
consent_match_leads(const uint8_t *start, const uint8_t *p, size_t n)
{
    size_t               i;
    uint64_t             mask;
    consent_scan_mask_t  last;

    mask = 0;

    for (i = 0; i + CONSENT_SCAN_BLOCK <= n; i += CONSENT_SCAN_BLOCK) {
        mask |= (uint64_t) consent_scan_other(consent_scan_load(p + i)) << i;
    }

    if (i == n) {
        return mask;
    }

    if (p + n >= start + CONSENT_SCAN_BLOCK) {
        last = consent_scan_other(consent_scan_load(p + n
                                                    - CONSENT_SCAN_BLOCK));

        return mask | (uint64_t) (last >> (CONSENT_SCAN_BLOCK - (n - i))) << i;
    }

    for ( /* void */ ; i < n; i++) {
        mask |= (uint64_t) !consent_gram_is_alnum(p[i]) << i;
    }

    return mask;
}


/*
 * Where of the places in mask, counted from p, a head may begin; their
 * number.  Written so that nothing has to be guessed but when mask ends.
 */
static inline unsigned
consent_match_hits(const consent_grams_t *grams, const uint8_t *p,
    uint64_t mask, uint8_t *hits)
{
    unsigned  n, at;

    for (n = 0; mask != 0; mask &= mask - 1) {
        at = (unsigned) __builtin_ctzll(mask);
        hits[n] = (uint8_t) at;
        n += (unsigned) consent_gram_seen(grams->seen, grams->shift,
                                          consent_gram_hash(
                                              consent_gram_load(p + at)));
    }

    return n;
}


/* Heads that begin in [p, end). */
static void
consent_match_heads(consent_match_t *match, consent_match_list_t *list,
    const uint8_t *p, const uint8_t *end)
{
    size_t                  n;
    uint8_t                 hits[64];
    uint64_t                mask;
    unsigned                i, nhits;
    const consent_grams_t  *grams;

    grams = &match->index->grams;

    for ( /* void */ ; p < end; p += n) {
        n = (size_t) (end - p);
        n = n < 64 ? n : 64;

        mask = consent_match_leads(match->url->href.data, p, n);
        nhits = consent_match_hits(grams, p, mask, hits);

        for (i = 0; i < nhits; i++) {
            consent_match_head(match, list, p + hits[i]);
        }
    }
}


static void
consent_match_inner(consent_match_t *match, consent_match_list_t *list,
    const uint8_t *p, const uint8_t *end)
{
    uint64_t                key;
    const consent_grams_t  *grams;

    grams = &match->index->grams;

    for ( /* void */ ; end - p >= CONSENT_GRAM; p += grams->step) {
        key = consent_gram_load(p);

        if (consent_gram_is_key(&grams->inner, key)) {
            consent_match_key(match, list, &grams->inner, p, CONSENT_GRAM,
                              key);
        }
    }
}


static void
consent_match_value(consent_match_t *match, uint32_t value)
{
    if (value & CONSENT_LISTED) {
        consent_list_try(match, (value & ~CONSENT_LISTED) - 1,
                         CONSENT_GRAM_ANYWHERE);
        return;
    }

    consent_match_try(match, &match->index->matchers[value - 1]);
}


/* Where too many are hinted at: all. */
static void
consent_match_anywhere(consent_match_t *match)
{
    uint32_t  i;

    consent_match_host(match, &match->index->hosts[0]);

    for (i = 0; i < match->index->lists.nanywhere; i++) {
        consent_list_try(match, i, CONSENT_GRAM_ANYWHERE);
    }
}


/* The page rules out most of the values that no gram tells. */
static void
consent_match_memo_always(const consent_match_t *match, consent_memo_t *memo)
{
    uint32_t                i;
    const consent_grams_t  *grams;

    grams = &match->index->grams;
    memo->known = 1;

    for (i = 0; i < grams->nalways; i++) {

        if (grams->always[i] & CONSENT_LISTED
            && !consent_list_is_of_page(match,
                                        (grams->always[i] & ~CONSENT_LISTED)
                                        - 1))
        {
            continue;
        }

        if (memo->nalways == CONSENT_MEMO_ALWAYS) {
            memo->many = 1;
            return;
        }

        memo->always[memo->nalways++] = grams->always[i];
    }
}


static void
consent_match_always(consent_match_t *match, consent_memo_t *memo)
{
    uint32_t         i, n;
    const uint32_t  *values;

    values = match->index->grams.always;
    n = match->index->grams.nalways;

    if (n != 0 && memo != NULL) {

        if (!memo->known) {
            consent_match_memo_always(match, memo);
        }

        if (!memo->many) {
            values = memo->always;
            n = memo->nalways;
        }
    }

    for (i = 0; i < n; i++) {
        consent_match_value(match, values[i]);
    }
}


/* What stands under no host. */
static void
consent_match_grams(consent_match_t *match, consent_memo_t *memo)
{
    unsigned               i;
    const uint8_t         *p, *from, *end;
    consent_match_list_t   list;

    p = match->url->href.data;
    end = p + match->url->href.len;

    list.n = 0;
    list.full = 0;

    /* no head begins in the scheme */

    from = match->quiet ? match->tail : p + match->url->scheme.len;

    if (match->index->grams.slashes) {
        consent_match_slashes(match, &list, from, end - (CONSENT_GRAM - 1));

    } else {
        consent_match_heads(match, &list, from, end - (CONSENT_GRAM - 1));
    }

    if (match->index->grams.step) {
        consent_match_inner(match, &list, p, end);
    }

    if (list.full) {
        consent_match_anywhere(match);
        return;
    }

    for (i = 0; i < list.n; i++) {
        consent_match_value(match, list.value[i]);
    }

    consent_match_always(match, memo);
}


/*
 * Hosts.
 */


/*
 * The word of n bytes from p on, 1 to 8, read in one go with what is before
 * it: nothing is only where both scheme and name are short.
 */
static inline uint64_t
consent_match_word(const consent_match_t *match, const uint8_t *p, size_t n)
{
    uint64_t  word;

    if (p + n < match->start + CONSENT_HOST_WORD) {
        return consent_host_word(p, n);
    }

    memcpy(&word, p + n - CONSENT_HOST_WORD, CONSENT_HOST_WORD);

    return consent_host_little(word) >> 8 * (CONSENT_HOST_WORD - n);
}


/*
 * The table's values for a host and its parents, CONSENT_MATCH_LABELS at
 * most; longer ones come first: what they yield rules out cheaper ranks.
 */
static unsigned
consent_match_nodes(const consent_match_t *match, consent_str_t host,
    uint32_t *nodes)
{
    size_t          i, n, from;
    uint32_t        value, hashes[CONSENT_MATCH_LABELS];
    uint64_t        hash;
    unsigned        found;
    uint16_t        starts[CONSENT_MATCH_LABELS];
    const uint8_t  *dot;
    consent_str_t   suffix;

    hash = CONSENT_HASH_INIT;
    from = host.len;            /* hash is of what stands behind it */
    n = 0;

    for (i = host.len; i != 0 && n < CONSENT_MATCH_LABELS; /* void */) {
        dot = memrchr(host.data, '.', i - 1);
        i = dot != NULL ? (size_t) (dot + 1 - host.data) : 0;

        while (from - i > CONSENT_HOST_WORD) {
            from -= CONSENT_HOST_WORD;
            hash = consent_host_mix(hash,
                                    consent_match_word(match,
                                                       host.data + from,
                                                       CONSENT_HOST_WORD));
        }

        hashes[n] = consent_host_last(hash,
                                      consent_match_word(match, host.data + i,
                                                         from - i),
                                      host.len - i);
        starts[n++] = (uint16_t) i;
    }

    for (found = 0; n--; /* void */) {
        suffix = (consent_str_t) { host.len - starts[n],
                                   host.data + starts[n] };
        value = consent_hosts_find(match->index, suffix, hashes[n]);

        if (value != 0) {
            nodes[found++] = value;
        }
    }

    return found;
}


/* Tries what a value of the table of hosts stands for. */
static void
consent_match_node(consent_match_t *match, uint32_t value)
{
    const consent_host_t  *host;

    if (value & CONSENT_LISTED) {
        consent_list_try(match, value & ~CONSENT_LISTED,
                         CONSENT_GRAM_ANYWHERE);
        return;
    }

    host = &match->index->hosts[value - 1];

    consent_match_host(match, host);

    if (host->nlisted) {
        consent_list_try_host(match, host->listed, host->nopen,
                              host->nlisted);
    }
}


/*
 * 1 if of such a host rules ask for nothing but the request's type, and if it
 * is the host wherever a URL has it: of two dots at the end one is kept.
 */
static int
consent_match_is_whole(const consent_match_t *match, const uint32_t *nodes,
    unsigned n)
{
    unsigned                      i;
    const consent_host_t         *host;
    const consent_rules_index_t  *index;

    index = match->index;

    if (match->host.data[match->host.len - 1] == '.') {
        return 0;
    }

    for (i = 0; i < n; i++) {

        if (nodes[i] & CONSENT_LISTED) {
            return 0;
        }

        host = &index->hosts[nodes[i] - 1];

        if (!host->whole || host->nlisted) {
            return 0;
        }
    }

    return 1;
}


unsigned
consent_match_learn(consent_match_t *match, consent_memo_t *memo,
    consent_memo_host_t *entry, uint32_t *nodes)
{
    unsigned       n;
    consent_str_t  host;

    host = match->host;
    n = consent_match_nodes(match, host, nodes);
    match->third_party = consent_match_third_party(match->page, memo, host)
                         != 0;

    if (entry != NULL && n <= CONSENT_MEMO_NODES) {
        memcpy(entry->node, nodes, n * sizeof(uint32_t));
        memcpy(entry->name, host.data, host.len);
        entry->n = (uint8_t) n;
        entry->third_party = match->third_party;
        entry->quiet = 0;
        entry->whole = consent_match_is_whole(match, nodes, n) != 0;
        entry->len = (uint8_t) host.len;
    }

    return n;
}


/* Sets party, and tries what is known of the host and its parents. */
static void
consent_match_known(consent_match_t *match, const uint32_t *nodes,
    unsigned n)
{
    unsigned  i;

    match->party = match->third_party ? CONSENT_SPEAKS_THIRD
                                      : CONSENT_SPEAKS_FIRST;

    for (i = 0; i < n; i++) {
        consent_match_node(match, nodes[i]);
    }
}


void
consent_match_recall(consent_match_t *match,
    const consent_memo_host_t *entry)
{
    match->third_party = entry->third_party;
    consent_match_known(match, entry->node, entry->n);
}


static void
consent_match_hosts(consent_match_t *match, consent_memo_t *memo,
    consent_memo_host_t *entry)
{
    uint32_t  nodes[CONSENT_MATCH_LABELS];
    unsigned  n;

    match->quiet = 0;

    if (consent_match_remembers(entry, match->host)) {
        match->quiet = entry->quiet;
        consent_match_recall(match, entry);
        return;
    }

    n = consent_match_learn(match, memo, entry, nodes);
    consent_match_known(match, nodes, n);
}


/* url, page, found and max are set. */
static void
consent_match_start(consent_match_t *match, const consent_rules_t *rules,
    uint32_t types)
{
    const consent_url_t  *url;

    url = match->url;

    match->index = rules->index;
    match->types = types;
    match->hint = types == CONSENT_TYPE_HINT;
    match->socket = url->scheme.data[0] == 'w';
    match->pages = 0;
    match->n = 0;

    match->lists.blocked = 0;
    match->lists.important = 0;
    match->lists.excepted = 0;
    match->lists.spared = 0;
    match->lists.nhits = 0;
    match->lists.nlater = 0;

    match->host = url->host;
    match->start = url->href.data;
    match->path = url->path;

    if (url->query.data != NULL) {
        match->path.len = (size_t) (url->query.data + url->query.len
                                    - url->path.data);
    }
}


static void
consent_match_run(consent_match_t *match, consent_memo_t *memo)
{
    consent_str_t         host;
    consent_memo_host_t  *entry;

    host = match->host;
    entry = consent_match_memo(memo, host);

    consent_match_hosts(match, memo, entry);

    if (match->hint) {
        return;
    }

    /* Grams that lie before the tail are the host's. */

    match->loud = 0;
    match->tail = host.data + host.len - (CONSENT_GRAM - 1);

    consent_match_grams(match, memo);

    if (!match->quiet && !match->loud && consent_match_remembers(entry, host))
    {
        entry->quiet = 1;
    }
}


/* Exceptions for the page as a whole. */
static void
consent_match_page(consent_match_t *match, const consent_rules_t *rules)
{
    consent_match_t  page;

    page.url = &match->page->url;
    page.page = match->page;
    page.max = 0;

    if (!page.url->network) {
        return;
    }

    consent_match_start(&page, rules, CONSENT_TYPE_DOCUMENT);
    page.pages = 1;

    consent_match_run(&page, NULL);
    consent_list_settle(&page);

    if (page.lists.excepted) {
        match->lists.exception = page.lists.exception;
        match->lists.excepted = 1;
        match->lists.spared |= page.lists.spared;
    }
}


/* Lists are asked where no service is known. */
static void
consent_match_lists(consent_match_t *match, const consent_rules_t *rules,
    consent_verdict_t *verdict)
{
    uint32_t                     rule, purposes;
    const consent_list_index_t  *lists;

    lists = &match->index->lists;

    consent_list_settle(match);

    if (lists->npages != 0) {
        consent_match_page(match, rules);
    }

    purposes = consent_list_purposes(match, &rule);

    if (purposes == 0) {
        rule = match->lists.exception;
        verdict->excepted = 1;
    }

    verdict->line = lists->rules[rule].line;
    verdict->list = &lists->lists[lists->kinds[lists->rules[rule].kind].list];

    if (purposes) {
        verdict->purposes = purposes;
        verdict->service = verdict->list->service;
    }
}


void
consent_match_tell(const consent_match_t *match, consent_verdict_t *verdict)
{
    const consent_matcher_t  *matcher;

    verdict->third_party = match->third_party;

    if (match->n != 0) {
        matcher = match->found[0].matcher;
        verdict->rule = (int) matcher->rule;
        verdict->service = matcher->service;
        verdict->purposes = matcher->purposes;
        return;
    }

    if (verdict->third_party && verdict->service == CONSENT_NO_SERVICE) {
        verdict->unclassified = 1;
        verdict->purposes = match->types & ~(uint32_t) CONSENT_TYPE_PASSIVE
                            ? match->page->unclassified
                            : match->page->unclassified_passive;
    }
}


void
consent_rules_match_memo(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    consent_memo_t *memo, consent_verdict_t *verdict)
{
    consent_match_t        match;
    consent_match_found_t  best;

    consent_match_none(verdict);

    if (!url->network) {
        return;
    }

    match.url = url;
    match.page = page;
    match.found = &best;
    match.max = 1;

    consent_match_start(&match, rules, types);
    consent_match_run(&match, memo);

    if (match.n == 0 && match.lists.nhits != 0) {
        consent_match_lists(&match, rules, verdict);
    }

    consent_match_tell(&match, verdict);
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

    match.url = url;
    match.page = page;
    match.found = found;
    match.max = CONSENT_MATCH_MAX;

    consent_match_start(&match, rules, types);
    consent_match_run(&match, NULL);

    for (i = 0; i < match.n; i++) {
        fn(data, (int) found[i].matcher->rule);
    }
}

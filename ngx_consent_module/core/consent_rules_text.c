/*
 * URLs judged as they stand in a page, without being taken apart.
 *
 * A page names few hosts, and of most of them the host alone decides.  Where
 * the memo has the host of a URL, and knows that, it is left to be shown that
 * no rule without a host is hinted at in the rest: that a browser keeps it as
 * it stands, or makes it shorter at its end, and that no head is in it, with
 * the bytes behind it that rules ask for.
 */

#include "consent_rules_match.h"
#include "consent_scan.h"


/* A longer URL is taken apart. */
#define CONSENT_TEXT_MAX  512

#define CONSENT_TEXT_BLOCK  32


/* Bytes that are kept as they stand in paths and queries, and those that begin
   a query and a fragment. */

#define CONSENT_TEXT_PLAIN(is, l)                                             \
    is('0', l) is('1', l) is('2', l) is('3', l) is('4', l) is('5', l)         \
    is('6', l) is('7', l) is('8', l) is('9', l)                               \
    is('a', l) is('b', l) is('c', l) is('d', l) is('e', l) is('f', l)         \
    is('g', l) is('h', l) is('i', l) is('j', l) is('k', l) is('l', l)         \
    is('m', l) is('n', l) is('o', l) is('p', l) is('q', l) is('r', l)         \
    is('s', l) is('t', l) is('u', l) is('v', l) is('w', l) is('x', l)         \
    is('y', l) is('z', l)                                                     \
    is('A', l) is('B', l) is('C', l) is('D', l) is('E', l) is('F', l)         \
    is('G', l) is('H', l) is('I', l) is('J', l) is('K', l) is('L', l)         \
    is('M', l) is('N', l) is('O', l) is('P', l) is('Q', l) is('R', l)         \
    is('S', l) is('T', l) is('U', l) is('V', l) is('W', l) is('X', l)         \
    is('Y', l) is('Z', l)                                                     \
    is('!', l) is('#', l) is('$', l) is('%', l) is('&', l) is('(', l)         \
    is(')', l) is('*', l) is('+', l) is(',', l) is('-', l) is('.', l)         \
    is('/', l) is(':', l) is(';', l) is('=', l) is('?', l) is('@', l)         \
    is('[', l) is(']', l) is('_', l) is('|', l) is('~', l)

static const consent_scan_set_t  consent_text_plain =
    CONSENT_SCAN_SET(CONSENT_TEXT_PLAIN);


/*
 * Finds what should be the host of a URL that is written "https://host/path",
 * "//host/path" or "/path".  Returns where it begins, behind the slashes, or
 * 0 if it is the base's; CONSENT_DECLINED: the URL is written in another way.
 */
static int
consent_text_host(const consent_url_t *base, const uint8_t *p, size_t len,
    consent_str_t *host)
{
    int       start;
    uint64_t  slashes;

    if (len >= 8 && memcmp(p, "https://", 8) == 0) {
        start = 8;

    } else if (len >= 8 && memcmp(p, "http://", 7) == 0) {
        start = 7;

    } else if (p[0] != '/' || !base->special || base->scheme.data[0] != 'h') {
        return CONSENT_DECLINED;        /* base has "https:" or "http:" */

    } else if (p[1] != '/') {
        *host = base->host;
        return 0;

    } else {
        start = 2;
    }

    slashes = consent_scan_eq_long(p, '/') >> start;

    if (slashes == 0) {
        return CONSENT_DECLINED;
    }

    *host = (consent_str_t) { (size_t) __builtin_ctzll(slashes), p + start };

    return start;
}


/*
 * 1 if the segment behind the slash at p may be dots, be it as "%2e".  What
 * changes such a segment changes what stands side by side.
 */
static int
consent_text_is_dots(const uint8_t *p, const uint8_t *end)
{
    if (p[1] == '.') {
        return end - p <= 2 || strchr("./?#%", p[2]) != NULL;
    }

    return p[1] == '%' && p[2] == '2';
}


static int
consent_text_is_known(const consent_gram_table_t *table, const uint8_t *p,
    size_t len, uint64_t key)
{
    uint32_t  at;

    at = consent_gram_key_hash(key);

    return consent_gram_is_key(table, key)
           && consent_gram_slot_next(table, &at, key,
                                     consent_gram_load_long(p + len)) != NULL;
}


/* 1 if a head of this gram may be at p; CONSENT_SCAN_MASK bytes are there. */
static int
consent_text_is_head(const consent_grams_t *grams, const uint8_t *p,
    uint32_t gram)
{
    return consent_text_is_known(&grams->shorter, p, CONSENT_GRAM, gram)
           || consent_text_is_known(&grams->longer, p, CONSENT_GRAM_LONG,
                                    consent_gram_load_long(p));
}


/*
 * 1 if in [p, end), behind the first `from` bytes, no head can be, however it
 * is read.  What the bytes behind a gram rule out counts from `exact` on only:
 * of the host's heads all is to hold wherever the host stands.  Behind end
 * there are CONSENT_SCAN_MASK more plain bytes.
 */
static int
consent_text_is_quiet(const consent_grams_t *grams, const uint8_t *p,
    const uint8_t *end, int from, const uint8_t *exact)
{
    uint32_t               gram;
    uint64_t               slashes, known;
    const uint8_t         *at;
    const consent_scan_t  *scan;

    scan = consent_scan();

    for (known = ~(uint64_t) 0 << from; p < end; p += CONSENT_SCAN_MASK) {

        if (~scan->mask(p, &consent_text_plain)) {
            return 0;
        }

        slashes = consent_scan_eq_long(p, '/') & known;
        known = ~(uint64_t) 0;

        for ( /* void */ ; slashes != 0; slashes &= slashes - 1) {
            at = p + __builtin_ctzll(slashes);
            gram = consent_gram_load(at);

            if (consent_text_is_dots(at, end)
                || (consent_gram_seen(grams->seen, grams->shift,
                                      consent_gram_hash(gram))
                    && (at < exact || consent_text_is_head(grams, at, gram))))
            {
                return 0;
            }
        }
    }

    return 1;
}


/* Copies a URL: few blocks, of which the last overlaps the one before, take
   less than what compilers make of a memcpy() whose length has a bound. */
static void
consent_text_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    size_t  i;

    if (len < CONSENT_TEXT_BLOCK) {

        for (i = 0; i < len; i++) {
            to[i] = from[i];
        }

        return;
    }

    for (i = 0; i < len - CONSENT_TEXT_BLOCK; i += CONSENT_TEXT_BLOCK) {
        memcpy(to + i, from + i, CONSENT_TEXT_BLOCK);
    }

    i = len - CONSENT_TEXT_BLOCK;
    memcpy(to + i, from + i, CONSENT_TEXT_BLOCK);
}


/*
 * What the memo knows of the host, now if not before; NULL if that is not
 * enough to decide.  at: as consent_text_host() returned it.
 */
static consent_memo_host_t *
consent_text_entry(consent_match_t *match, consent_memo_t *memo, int at)
{
    uint32_t              nodes[CONSENT_MATCH_LABELS];
    consent_memo_host_t  *entry;

    entry = consent_match_memo(memo, match->host);

    if (entry == NULL) {
        return NULL;
    }

    /* one that is remembered is canonical */

    if (!consent_match_remembers(entry, match->host)
        && (at == 0
            || consent_url_plain_name(match->host.data).len != match->host.len
            || consent_match_learn(match, memo, entry, nodes)
               > CONSENT_MEMO_NODES))
    {
        return NULL;
    }

    return entry->whole && (at != 0 || entry->quiet) ? entry : NULL;
}


/* Where heads may begin: that none is in a host is found out but once. */
static int
consent_text_from(const consent_memo_host_t *entry, int at)
{
    if (at == 0) {
        return 0;
    }

    return entry->quiet ? at + entry->len : at - 2;
}


/*
 * 1 if a URL that has its host, or has that of its base, by its first bytes
 * surely does have it, and of these bytes no rule without a host is hinted at.
 */
static int
consent_text_is_sure(const consent_grams_t *grams,
    const consent_memo_host_t *entry, const uint8_t *p, size_t len, int at)
{
    if (!grams->none) {
        return consent_text_is_quiet(grams, p, p + len,
                                     consent_text_from(entry, at),
                                     p + (at != 0 ? at + entry->len : 0));
    }

    /* behind a slash that begins a path a browser may pass over bytes, and
       come to another slash */

    return at != 0 || consent_text_plain.member[p[1]];
}


int
consent_rules_match_text(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *base, consent_str_t text,
    uint32_t types, consent_memo_t *memo, consent_verdict_t *verdict,
    consent_str_t *host)
{
    int                     at;
    size_t                  len;
    uint8_t                 p[CONSENT_TEXT_MAX + CONSENT_SCAN_MASK];
    consent_match_t         match;
    const consent_grams_t  *grams;
    consent_memo_host_t    *entry;
    consent_match_found_t   best;

    match.index = rules->index;
    grams = &match.index->grams;

    if (!grams->slashes || grams->step || grams->nalways
        || text.len == 0 || text.len > CONSENT_TEXT_MAX
        || types == CONSENT_TYPE_HINT)
    {
        return CONSENT_DECLINED;
    }

    /* without heads the host alone is looked at */

    len = grams->none && text.len > CONSENT_SCAN_MASK ? CONSENT_SCAN_MASK
                                                      : text.len;
    consent_text_copy(p, text.data, len);
    memset(p + len, 'a', CONSENT_SCAN_MASK);

    at = consent_text_host(base, p, len, &match.host);
    if (at == CONSENT_DECLINED) {
        return CONSENT_DECLINED;
    }

    match.start = at != 0 ? p : base->href.data;
    match.page = page;
    match.types = types;
    match.hint = 0;
    match.found = &best;
    match.max = 1;
    match.n = 0;

    entry = consent_text_entry(&match, memo, at);

    if (entry == NULL || !consent_text_is_sure(grams, entry, p, len, at)) {
        return CONSENT_DECLINED;
    }

    entry->quiet = 1;
    consent_match_recall(&match, entry);

    consent_match_none(verdict);
    consent_match_tell(&match, verdict);

    *host = match.host;

    if (at != 0) {
        host->data = text.data + at;
    }

    return CONSENT_OK;
}

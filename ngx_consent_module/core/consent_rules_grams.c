/*
 * The index of matchers and of rules of lists that name no host.
 *
 * Each must find something in a URL: a run of its path or pattern, the start
 * of the host, one of several words.  Of nearly all of them some gram begins
 * with neither a letter nor a digit: these are looked for only where a URL
 * has such a byte.  Of the rest, a window of step + 3 bytes is chosen, and
 * the `step` grams in it go into the table: wherever the window stands in a
 * URL, one of its grams begins at a multiple of step.
 */

#include <stdlib.h>
#include <string.h>

#include "consent_rules_list.h"


#define CONSENT_GRAM_STEP   4       /* at most */
#define CONSENT_GRAM_SEEN   18      /* bits of a place in seen, at most */
#define CONSENT_GRAM_USES   16      /* … in uses[] */

/* What a gram that stands in many URLs counts for in choosing. */
#define CONSENT_GRAM_COMMON  1000000


/* What must stand in a URL: one of n literals. */

typedef struct {
    unsigned       n;
    size_t         shortest;
    consent_str_t  literal[CONSENT_REGEX_WORDS];
} consent_gram_words_t;


typedef struct {
    consent_rules_index_t  *index;
    consent_grams_t        *grams;
    uint32_t                uses[1 << CONSENT_GRAM_USES];
                                        /* of each hash, in all literals */
} consent_gram_build_t;


/* What finds a rule: a gram, and where it was found. */

typedef struct {
    uint32_t        gram;
    consent_str_t   literal;            /* in which … */
    size_t          at;                 /* … it stands */
} consent_gram_head_t;


static uint32_t
consent_gram_use(uint32_t gram)
{
    return gram * 0x9e3779b1u >> (32 - CONSENT_GRAM_USES);
}


/* How little a gram tells; the common ones are those of any web site. */
static uint32_t
consent_gram_cost(const consent_gram_build_t *build, uint32_t gram)
{
    size_t  i;

    static const char  common[][CONSENT_GRAM + 1] = {
        ".com", "/www", "//ww", "://w", "www.", ".de/", "com/", ".net",
        "http", "ttps", "tps:", "ps:/", "ttp:", "tp:/", "s://", "p://",
        "/wp-", "wp-c", "p-co", "-con", "/upl", "uplo", "ploa", "load",
        ".jpg", ".png", ".gif", ".svg", ".css", ".js?", ".php", ".min",
        "/ima", "/img", "imag", "mage", "/js/", "/css", "/ass", "?ver",
        "/201", "/202", "/the", "/sta", "/plu", "/sit", "/med", "/fil",
        "/app", "/res", "/pub", "/jqu", "/sty", ".org", "/cdn", "-ico",
        "://s", "://c", "://a", "//st", "//cd", "//im", ".co.", "/con"
    };

    for (i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (gram == consent_gram_load((const uint8_t *) common[i])) {
            return CONSENT_GRAM_COMMON;
        }
    }

    return build->uses[consent_gram_use(gram)];
}


/*
 * The pieces of what must stand in a URL.
 */


static int
consent_gram_is_wild(uint8_t c)
{
    return c == '*' || c == '^';
}


/* The next run of s without wildcards, from *at on; empty behind the last. */
static consent_str_t
consent_gram_run(consent_str_t s, size_t *at)
{
    size_t  start;

    while (*at < s.len && consent_gram_is_wild(s.data[*at])) {
        (*at)++;
    }

    for (start = *at; *at < s.len && !consent_gram_is_wild(s.data[*at]);
         (*at)++)
    {
        /* void */
    }

    return (consent_str_t) { *at - start, s.data + start };
}


static consent_str_t
consent_gram_longest(consent_str_t s)
{
    size_t         at;
    consent_str_t  run, best;

    at = 0;
    best = (consent_str_t) { 0, s.data };

    do {
        run = consent_gram_run(s, &at);
        best = run.len > best.len ? run : best;
    } while (run.len);

    return best;
}


/* The regex and the pattern of a value; both may be missing. */
static const consent_regex_t *
consent_gram_subject(const consent_rules_index_t *index, uint32_t value,
    consent_str_t *pattern)
{
    const consent_listed_t     *rule;
    const consent_matcher_t    *matcher;
    const consent_list_more_t  *more;

    if (!(value & CONSENT_LISTED)) {
        matcher = &index->matchers[value - 1];
        *pattern = matcher->path;

        return matcher->regex;
    }

    rule = &index->lists.rules[(value & ~CONSENT_LISTED) - 1];
    more = consent_list_more(&index->lists, rule);
    *pattern = consent_list_pattern(&index->lists, rule);

    return more != NULL ? more->regex : NULL;
}


/* Of a regex, its words or, where they are too short, the host's start. */
static void
consent_gram_words(const consent_gram_build_t *build, uint32_t value,
    consent_gram_words_t *words)
{
    size_t                  len;
    unsigned                i;
    consent_str_t           pattern;
    const consent_regex_t  *regex;

    regex = consent_gram_subject(build->index, value, &pattern);

    words->n = 1;
    words->literal[0] = consent_gram_longest(pattern);
    words->shortest = words->literal[0].len;

    if (regex == NULL) {
        return;
    }

    if (regex->start.len > words->shortest) {
        words->literal[0] = regex->start;
        words->shortest = regex->start.len;
    }

    for (len = SIZE_MAX, i = 0; i < regex->nwords; i++) {
        len = regex->words[i].len < len ? regex->words[i].len : len;
    }

    if (i != 0 && (len > words->shortest
                   || len >= CONSENT_GRAM + CONSENT_GRAM_STEP - 1))
    {
        words->n = i;
        words->shortest = len;
        memcpy(words->literal, regex->words, i * sizeof(consent_str_t));
    }
}


/*
 * Heads: grams that begin with neither a letter nor a digit.
 */


/* The head of a literal that tells the most; CONSENT_DECLINED: none. */
static int
consent_gram_head(const consent_gram_build_t *build, consent_str_t s,
    consent_gram_head_t *head)
{
    int            rc;
    size_t         i, at;
    uint32_t       gram, cost, least;
    consent_str_t  run;

    rc = CONSENT_DECLINED;
    least = UINT32_MAX;
    at = 0;

    for (run = consent_gram_run(s, &at); run.len;
         run = consent_gram_run(s, &at))
    {
        for (i = 0; i + CONSENT_GRAM <= run.len; i++) {

            if (consent_gram_is_alnum(run.data[i])) {
                continue;
            }

            gram = consent_gram_load(run.data + i);
            cost = consent_gram_cost(build, gram);

            if (cost < least) {
                least = cost;
                rc = CONSENT_OK;
                *head = (consent_gram_head_t) {
                    gram, s, (size_t) (run.data + i - s.data)
                };
            }
        }
    }

    return rc;
}


/*
 * The heads of a value, their number; 0 if it has none for each word.
 * start: room for what the host begins with, behind a slash.
 */
static unsigned
consent_gram_heads(const consent_gram_build_t *build, uint32_t value,
    consent_gram_head_t *heads, uint8_t *start)
{
    unsigned                i;
    consent_str_t           pattern;
    const consent_regex_t  *regex;

    regex = consent_gram_subject(build->index, value, &pattern);

    if (consent_gram_head(build, pattern, heads) == CONSENT_OK) {
        return 1;
    }

    if (regex == NULL) {
        return 0;
    }

    for (i = 0; i < regex->nwords; i++) {
        if (consent_gram_head(build, regex->words[i], &heads[i])
            != CONSENT_OK)
        {
            break;
        }
    }

    if (i != 0 && i == regex->nwords) {
        return i;
    }

    /* A host stands behind "//". */

    if (regex->start.len < CONSENT_GRAM - 1) {
        return 0;
    }

    start[0] = '/';
    memcpy(start + 1, regex->start.data, CONSENT_GRAM - 1);

    return consent_gram_head(build, (consent_str_t) { CONSENT_GRAM, start },
                             heads)
           == CONSENT_OK;
}


/*
 * The table.
 */


/* Room for n grams. */
static int
consent_gram_table_create(const consent_mem_t *mem,
    consent_gram_table_t *table, size_t n)
{
    size_t  size;

    for (size = 16; size < n * 2; size *= 2) { /* void */ }

    table->mask = (uint32_t) (size - 1);
    table->slots = consent_calloc(mem, size * sizeof(consent_gram_slot_t));

    /* Sparse, as each place of a URL that finds something costs. */

    table->shift = 32 - 10;

    for (size = 1 << 10; size < n * 32 && table->shift > 32 - CONSENT_GRAM_SEEN;
         size *= 2)
    {
        table->shift--;
    }

    table->seen = consent_calloc(mem, size / 8);

    return table->slots != NULL && table->seen != NULL ? CONSENT_OK
                                                       : CONSENT_ERROR;
}


static void
consent_gram_table_add(consent_gram_table_t *table,
    const consent_gram_slot_t *slot)
{
    uint32_t              hash, at;
    consent_gram_slot_t  *to;

    hash = consent_gram_hash(table, slot->gram);
    table->seen[hash / 32] |= (uint32_t) 1 << hash % 32;

    for (at = hash & table->mask; table->slots[at].value != 0;
         at = (at + 1) & table->mask)
    {
        to = &table->slots[at];

        if (to->gram == slot->gram && to->value == slot->value) {

            /* once more, of another word of a regex */

            to->mask &= to->more == slot->more ? slot->mask : 0;
            to->more &= to->mask;
            return;
        }
    }

    table->slots[at] = *slot;
}


/* A head also tells of the bytes behind it, up to the next wildcard. */
static void
consent_gram_head_add(const consent_gram_build_t *build, uint32_t value,
    const consent_gram_head_t *head)
{
    size_t                   n;
    uint8_t                  more[CONSENT_GRAM], mask[CONSENT_GRAM];
    consent_str_t            s;
    consent_gram_slot_t      slot;
    const consent_listed_t  *rule;

    s = head->literal;

    memset(more, 0, CONSENT_GRAM);
    memset(mask, 0, CONSENT_GRAM);

    s.data += head->at + CONSENT_GRAM;
    s.len -= head->at + CONSENT_GRAM;

    for (n = 0; n < CONSENT_GRAM && n < s.len
                && !consent_gram_is_wild(s.data[n]);
         n++)
    {
        more[n] = s.data[n] | 0x20;
        mask[n] = 0xff;
    }

    memcpy(&slot.more, more, CONSENT_GRAM);
    memcpy(&slot.mask, mask, CONSENT_GRAM);

    slot.gram = head->gram;
    slot.value = value;
    slot.at = CONSENT_GRAM_ANYWHERE;

    s = head->literal;

    if (value & CONSENT_LISTED) {
        rule = &build->index->lists.rules[(value & ~CONSENT_LISTED) - 1];

        if (s.data == consent_list_pattern(&build->index->lists, rule).data
            && memchr(s.data, '*', s.len) == NULL)
        {
            slot.at = (uint32_t) head->at;
        }
    }

    consent_gram_table_add(&build->grams->heads, &slot);
}


/* Where the window of a literal begins that tells the most. */
static const uint8_t *
consent_gram_window(const consent_gram_build_t *build, consent_str_t literal)
{
    size_t          i, j, last;
    uint64_t        cost, least;
    const uint8_t  *best;

    best = literal.data;
    least = UINT64_MAX;
    last = literal.len - (build->grams->step + CONSENT_GRAM - 1);

    for (i = 0; i <= last; i++) {

        for (cost = 0, j = 0; j < build->grams->step; j++) {
            cost += consent_gram_cost(build, consent_gram_load(literal.data
                                                               + i + j));
        }

        if (cost < least) {
            least = cost;
            best = literal.data + i;
        }
    }

    return best;
}


/*
 * All values, one after another.
 */


/* The value behind `value`, 0 for the first; 0 behind the last. */
static uint32_t
consent_gram_next(const consent_rules_index_t *index, uint32_t value)
{
    uint32_t               n;
    const consent_host_t  *none;

    none = &index->hosts[0];

    if (!(value & CONSENT_LISTED)) {
        n = value ? value + 1 : none->first + 1;

        if (n <= none->first + none->n) {
            return n;
        }

        value = CONSENT_LISTED;
    }

    n = (value & ~CONSENT_LISTED) + 1;

    return n <= index->lists.nanywhere ? n | CONSENT_LISTED : 0;
}


/* Counts the grams of all literals: the fewer have one, the more it tells. */
static void
consent_grams_count(consent_gram_build_t *build)
{
    size_t                at;
    unsigned              k;
    uint32_t              value, gram;
    consent_str_t         s;
    consent_gram_words_t  words;

    for (value = consent_gram_next(build->index, 0); value;
         value = consent_gram_next(build->index, value))
    {
        consent_gram_words(build, value, &words);

        for (k = 0; k < words.n; k++) {
            s = words.literal[k];

            for (at = 0; at + CONSENT_GRAM <= s.len; at++) {
                gram = consent_gram_load(s.data + at);
                build->uses[consent_gram_use(gram)]++;
            }
        }
    }
}


/* Fits step to the shortest literal, and makes room. */
static int
consent_grams_create(consent_gram_build_t *build)
{
    size_t                 heads, inner;
    uint8_t                start[CONSENT_GRAM];
    unsigned               n, step;
    uint32_t               value;
    consent_grams_t       *grams;
    const consent_mem_t   *mem;
    consent_gram_head_t    head[CONSENT_REGEX_WORDS];
    consent_gram_words_t   words;

    grams = build->grams;
    mem = &build->index->mem;
    step = CONSENT_GRAM_STEP;
    heads = 0;
    inner = 0;

    for (value = consent_gram_next(build->index, 0); value;
         value = consent_gram_next(build->index, value))
    {
        n = consent_gram_heads(build, value, head, start);
        heads += n;

        if (n != 0) {
            continue;
        }

        consent_gram_words(build, value, &words);

        if (words.shortest < CONSENT_GRAM) {
            grams->nalways++;
            continue;
        }

        inner += words.n;

        if (words.shortest < step + CONSENT_GRAM - 1) {
            step = (unsigned) (words.shortest - CONSENT_GRAM + 1);
        }
    }

    grams->step = inner ? step : 0;
    grams->always = consent_calloc(mem, grams->nalways * sizeof(uint32_t));
    grams->nalways = 0;

    return grams->always != NULL
           && consent_gram_table_create(mem, &grams->heads, heads)
              == CONSENT_OK
           && consent_gram_table_create(mem, &grams->inner, inner * step)
              == CONSENT_OK
           ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_grams_add(consent_gram_build_t *build, uint32_t value)
{
    uint8_t               start[CONSENT_GRAM];
    unsigned              j, k, n;
    const uint8_t        *window;
    consent_grams_t      *grams;
    consent_gram_head_t   head[CONSENT_REGEX_WORDS];
    consent_gram_slot_t   slot;
    consent_gram_words_t  words;

    grams = build->grams;
    n = consent_gram_heads(build, value, head, start);

    for (k = 0; k < n; k++) {
        consent_gram_head_add(build, value, &head[k]);
    }

    if (n != 0) {
        return;
    }

    consent_gram_words(build, value, &words);

    if (words.shortest < CONSENT_GRAM) {
        grams->always[grams->nalways++] = value;
        return;
    }

    for (k = 0; k < words.n; k++) {
        window = consent_gram_window(build, words.literal[k]);

        for (j = 0; j < grams->step; j++) {
            slot = (consent_gram_slot_t) {
                consent_gram_load(window + j), 0, 0, value,
                CONSENT_GRAM_ANYWHERE
            };
            consent_gram_table_add(&grams->inner, &slot);
        }
    }
}


int
consent_grams_build(consent_rules_index_t *index)
{
    uint32_t               value;
    consent_gram_build_t  *build;

    build = calloc(1, sizeof(consent_gram_build_t));
    if (build == NULL) {
        return CONSENT_ERROR;
    }

    build->index = index;
    build->grams = &index->grams;

    consent_grams_count(build);

    if (consent_grams_create(build) != CONSENT_OK) {
        free(build);
        return CONSENT_ERROR;
    }

    for (value = consent_gram_next(index, 0); value;
         value = consent_gram_next(index, value))
    {
        consent_grams_add(build, value);
    }

    free(build);

    return CONSENT_OK;
}

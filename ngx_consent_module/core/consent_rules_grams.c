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
#define CONSENT_GRAM_FEW    14      /* bits of a place in seen, at least … */
#define CONSENT_GRAM_SEEN   18      /* … and at most */
#define CONSENT_GRAM_USES   16      /* … in uses[] */

/* What a gram that stands in many URLs counts for in choosing. */
#define CONSENT_GRAM_COMMON  1000000

/* The same of a head that is no long gram, and for each use of one that is. */
#define CONSENT_GRAM_BRIEF   10000
#define CONSENT_GRAM_CROWD   16


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
    uint32_t                longer[1 << CONSENT_GRAM_USES];
                                        /* the same of long ones */
} consent_gram_build_t;


/* What finds a rule: a gram, and where it was found. */

typedef struct {
    uint64_t        key;
    consent_str_t   literal;            /* in which … */
    size_t          at;                 /* … it stands */
    uint32_t        cost;
    unsigned        longer:1;
} consent_gram_head_t;


/*
 * The heads of a value, and room for what is put before a literal: "/", which
 * a host stands behind, or a dot in it.
 */

#define CONSENT_GRAM_START  32

typedef struct {
    unsigned              n;
    uint32_t              cost;
    consent_gram_head_t   head[CONSENT_REGEX_WORDS];
    uint8_t               start[2][CONSENT_GRAM_START];
} consent_gram_heads_t;


static uint32_t
consent_gram_use(uint32_t gram)
{
    return consent_gram_hash(gram) >> (32 - CONSENT_GRAM_USES);
}


static uint32_t
consent_gram_use_long(uint64_t key)
{
    return consent_gram_key_hash(key) >> (32 - CONSENT_GRAM_USES);
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

    if (s.len == 0) {
        return s;
    }

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


/* How little a head tells that stands at p, with n bytes known from there. */
static uint32_t
consent_gram_head_cost(const consent_gram_build_t *build, const uint8_t *p,
    size_t n)
{
    uint32_t  cost;

    cost = consent_gram_cost(build, consent_gram_load(p));

    return n < CONSENT_GRAM_LONG
           ? cost + CONSENT_GRAM_BRIEF
           : cost + CONSENT_GRAM_CROWD
             * build->longer[consent_gram_use_long(consent_gram_load_long(p))];
}


/* The head of a literal that tells the most; CONSENT_DECLINED: none. */
static int
consent_gram_head(const consent_gram_build_t *build, consent_str_t s,
    consent_gram_head_t *head)
{
    size_t         i, at;
    uint32_t       cost, least;
    consent_str_t  run;

    least = UINT32_MAX;
    at = 0;

    for (run = consent_gram_run(s, &at); run.len;
         run = consent_gram_run(s, &at))
    {
        for (i = 0; i + CONSENT_GRAM <= run.len; i++) {

            if (build->grams->slashes ? run.data[i] != '/'
                                      : consent_gram_is_alnum(run.data[i]))
            {
                continue;
            }

            cost = consent_gram_head_cost(build, run.data + i, run.len - i);

            if (cost <= least) {
                least = cost;
                head->literal = s;
                head->at = (size_t) (run.data + i - s.data);
                head->longer = run.len - i >= CONSENT_GRAM_LONG;
            }
        }
    }

    if (least == UINT32_MAX) {
        return CONSENT_DECLINED;
    }

    head->cost = least;
    head->key = head->longer ? consent_gram_load_long(s.data + head->at)
                             : consent_gram_load(s.data + head->at);

    return CONSENT_OK;
}


/* Takes n literals, one of which must be there, if they tell more. */
static void
consent_gram_offer(const consent_gram_build_t *build,
    consent_gram_heads_t *heads, const consent_str_t *literals, unsigned n)
{
    uint32_t             cost;
    unsigned             i;
    consent_gram_head_t  head[CONSENT_REGEX_WORDS];

    for (cost = 0, i = 0; i < n; i++) {
        if (consent_gram_head(build, literals[i], &head[i]) != CONSENT_OK) {
            return;
        }

        cost += head[i].cost;
    }

    if (n != 0 && (heads->n == 0 || cost < heads->cost)) {
        heads->n = n;
        heads->cost = cost;
        memcpy(heads->head, head, n * sizeof(consent_gram_head_t));
    }
}


/* What a host begins with, or a label of it if `labels`. */
static void
consent_gram_offer_start(const consent_gram_build_t *build,
    consent_gram_heads_t *heads, consent_str_t s, int labels)
{
    size_t         n;
    consent_str_t  literals[2];

    n = s.len < CONSENT_GRAM_START - 1 ? s.len : CONSENT_GRAM_START - 1;

    if (n == 0) {
        return;
    }

    heads->start[0][0] = '/';
    heads->start[1][0] = '.';

    memcpy(heads->start[0] + 1, s.data, n);
    memcpy(heads->start[1] + 1, s.data, n);

    literals[0] = (consent_str_t) { n + 1, heads->start[0] };
    literals[1] = (consent_str_t) { n + 1, heads->start[1] };

    consent_gram_offer(build, heads, literals, labels ? 2 : 1);
}


/* heads->n is 0 if there are none. */
static void
consent_gram_heads(const consent_gram_build_t *build, uint32_t value,
    consent_gram_heads_t *heads)
{
    size_t                   at;
    consent_str_t            pattern, run;
    const consent_regex_t   *regex;
    const consent_listed_t  *rule;

    heads->n = 0;
    regex = consent_gram_subject(build->index, value, &pattern);

    consent_gram_offer(build, heads, &pattern, 1);

    if (regex != NULL) {
        consent_gram_offer(build, heads, regex->words, regex->nwords);
        consent_gram_offer_start(build, heads, regex->start, 0);
        return;
    }

    if (!(value & CONSENT_LISTED)) {
        return;
    }

    rule = &build->index->lists.rules[(value & ~CONSENT_LISTED) - 1];

    if (build->index->lists.kinds[rule->kind].host && pattern.len
        && !consent_gram_is_wild(pattern.data[0]))
    {
        at = 0;
        run = consent_gram_run(pattern, &at);
        consent_gram_offer_start(build, heads, run, 1);
    }
}


/*
 * The table.
 */


/* Bits that are sparse, as each that is set costs where it need not. */
static uint32_t *
consent_gram_seen_create(const consent_mem_t *mem, size_t n, unsigned *shift)
{
    size_t  size;

    *shift = 32 - CONSENT_GRAM_FEW;

    for (size = 1 << CONSENT_GRAM_FEW;
         size < n * 32 && *shift > 32 - CONSENT_GRAM_SEEN;
         size *= 2)
    {
        (*shift)--;
    }

    return consent_calloc(mem, size / 8);
}


static void
consent_gram_seen_add(uint32_t *seen, unsigned shift, uint32_t hash)
{
    hash >>= shift;
    seen[hash / 32] |= (uint32_t) 1 << hash % 32;
}


/* Room for n grams. */
static int
consent_gram_table_create(const consent_mem_t *mem,
    consent_gram_table_t *table, size_t n)
{
    size_t  size;

    for (size = 16; size < n * 2; size *= 2) { /* void */ }

    table->mask = (uint32_t) (size - 1);
    table->slots = consent_calloc(mem, size * sizeof(consent_gram_slot_t));
    table->seen = consent_gram_seen_create(mem, n, &table->shift);

    return table->slots != NULL && table->seen != NULL ? CONSENT_OK
                                                       : CONSENT_ERROR;
}


static void
consent_gram_table_add(consent_gram_table_t *table,
    const consent_gram_slot_t *slot)
{
    uint32_t  hash, at;

    hash = consent_gram_key_hash(slot->key);
    consent_gram_seen_add(table->seen, table->shift, hash);

    for (at = hash & table->mask; table->slots[at].value != 0;
         at = (at + 1) & table->mask)
    {
        if (table->slots[at].key == slot->key
            && table->slots[at].value == slot->value)
        {
            /* one more word of a regex: what follows may be either */

            if (table->slots[at].more != slot->more) {
                table->slots[at].more = 0;
                table->slots[at].mask = 0;
            }

            return;
        }
    }

    table->slots[at] = *slot;
}


/* What is known of the bytes behind a head, up to the next wildcard. */
static void
consent_gram_head_more(const consent_gram_head_t *head,
    consent_gram_slot_t *slot)
{
    size_t         i, n;
    uint8_t        more[CONSENT_GRAM_LONG], mask[CONSENT_GRAM_LONG];
    consent_str_t  s;

    memset(more, 0, CONSENT_GRAM_LONG);
    memset(mask, 0, CONSENT_GRAM_LONG);

    s = head->literal;
    n = head->at + (head->longer ? CONSENT_GRAM_LONG : CONSENT_GRAM);

    for (i = 0; i < CONSENT_GRAM_LONG && n + i < s.len
                && !consent_gram_is_wild(s.data[n + i]);
         i++)
    {
        more[i] = s.data[n + i] | 0x20;
        mask[i] = 0xff;
    }

    memcpy(&slot->more, more, CONSENT_GRAM_LONG);
    memcpy(&slot->mask, mask, CONSENT_GRAM_LONG);
}


/* Of a pattern without "*" it is known where it begins, too. */
static void
consent_gram_head_add(const consent_gram_build_t *build, uint32_t value,
    const consent_gram_head_t *head)
{
    consent_str_t                s;
    consent_grams_t             *grams;
    consent_gram_slot_t          slot;
    const consent_listed_t      *rule;
    const consent_list_index_t  *lists;

    slot.key = head->key;
    slot.value = value;
    slot.at = CONSENT_GRAM_ANYWHERE;
    consent_gram_head_more(head, &slot);

    grams = build->grams;
    lists = &build->index->lists;

    if (value & CONSENT_LISTED) {
        rule = &lists->rules[(value & ~CONSENT_LISTED) - 1];
        s = consent_list_pattern(lists, rule);

        if (s.data == head->literal.data && !lists->kinds[rule->kind].star) {
            slot.at = (uint32_t) head->at;
        }
    }

    consent_gram_seen_add(grams->seen, grams->shift,
                          consent_gram_hash(consent_gram_load(
                              head->literal.data + head->at)));
    consent_gram_table_add(head->longer ? &grams->longer : &grams->shorter,
                           &slot);
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
    uint64_t              key;
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

            for (at = 0; at + CONSENT_GRAM_LONG <= s.len; at++) {
                key = consent_gram_load_long(s.data + at);
                build->longer[consent_gram_use_long(key)]++;
            }
        }
    }
}


/* Whether it is enough to look for heads at each "/". */
static int
consent_grams_are_slashes(consent_gram_build_t *build)
{
    uint32_t              value;
    consent_gram_heads_t  heads;


    for (value = consent_gram_next(build->index, 0); value;
         value = consent_gram_next(build->index, value))
    {
        consent_gram_heads(build, value, &heads);

        if (heads.n == 0) {
            return 0;
        }
    }

    return 1;
}


/* Fits step to the shortest literal, and makes room. */
static int
consent_grams_create(consent_gram_build_t *build)
{
    size_t                 longer, shorter, inner;
    unsigned               i, step;
    uint32_t               value;
    consent_grams_t       *grams;
    const consent_mem_t   *mem;
    consent_gram_heads_t   heads;
    consent_gram_words_t   words;

    grams = build->grams;
    mem = &build->index->mem;
    step = CONSENT_GRAM_STEP;
    longer = 0;
    shorter = 0;
    inner = 0;

    for (value = consent_gram_next(build->index, 0); value;
         value = consent_gram_next(build->index, value))
    {
        consent_gram_heads(build, value, &heads);

        for (i = 0; i < heads.n; i++) {
            longer += heads.head[i].longer;
            shorter += !heads.head[i].longer;
        }

        if (heads.n != 0) {
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

    grams->seen = consent_gram_seen_create(mem, longer + shorter,
                                           &grams->shift);

    return grams->always != NULL && grams->seen != NULL
           && consent_gram_table_create(mem, &grams->longer, longer)
              == CONSENT_OK
           && consent_gram_table_create(mem, &grams->shorter, shorter)
              == CONSENT_OK
           && consent_gram_table_create(mem, &grams->inner, inner * step)
              == CONSENT_OK
           ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_grams_add(consent_gram_build_t *build, uint32_t value)
{
    unsigned              j, k;
    const uint8_t        *window;
    consent_grams_t      *grams;
    consent_gram_slot_t   slot;
    consent_gram_heads_t  heads;
    consent_gram_words_t  words;

    grams = build->grams;
    consent_gram_heads(build, value, &heads);

    for (k = 0; k < heads.n; k++) {
        consent_gram_head_add(build, value, &heads.head[k]);
    }

    if (heads.n != 0) {
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
    build->grams->none = consent_gram_next(index, 0) == 0;
    build->grams->slashes = consent_grams_are_slashes(build) != 0;

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

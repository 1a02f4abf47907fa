/*
 * The index of matchers without a host.
 *
 * Each must find something in a URL: a run of its path, the start of the
 * host, one of several words.  What of that begins with "/" is looked for
 * only where a URL has one.  Of the rest, a window of step + 3 bytes is
 * chosen, and the `step` grams in it go into the table: wherever the window
 * stands in a URL, one of its grams begins at a multiple of step.
 */

#include <string.h>

#include "consent_rules_index.h"


#define CONSENT_GRAM_STEP   4       /* at most */
#define CONSENT_GRAM_SEEN   16      /* bits of a place in seen[], at most */
#define CONSENT_GRAM_USES   12      /* … in uses[] */

/* Literals that a gram may be a part of for "/" to be a good place for it. */
#define CONSENT_GRAM_FEW  6

/* What a gram that stands in most URLs counts for in choosing. */
#define CONSENT_GRAM_COMMON  1000000


/* What must stand in a URL: one of n literals. */

typedef struct {
    unsigned       n;
    size_t         shortest;
    consent_str_t  literal[CONSENT_REGEX_WORDS];
} consent_gram_words_t;


typedef struct {
    const consent_mem_t      *mem;
    const consent_matcher_t  *matchers;
    uint32_t                  first;    /* of them, and behind the last */
    uint32_t                  end;
    consent_grams_t          *grams;
    uint32_t                  uses[1 << CONSENT_GRAM_USES];
                                        /* of each hash, in all literals */
} consent_gram_build_t;


static uint32_t
consent_gram_at(const uint8_t *p)
{
    uint32_t  gram;

    memcpy(&gram, p, CONSENT_GRAM);

    return gram;
}


static uint32_t
consent_gram_use(uint32_t gram)
{
    return gram * 0x9e3779b1u >> (32 - CONSENT_GRAM_USES);
}


/* The longest run of a path without "*". */
static consent_str_t
consent_gram_run(consent_str_t path)
{
    size_t         i, start;
    consent_str_t  best;

    best = (consent_str_t) { 0, path.data };

    for (i = 0; i < path.len; i++) {
        for (start = i; i < path.len && path.data[i] != '*'; i++) {
            /* void */
        }

        if (i - start > best.len) {
            best = (consent_str_t) { i - start, path.data + start };
        }
    }

    return best;
}


/* Of a regex, its words or, where they are too short, the host's start. */
static void
consent_gram_words(const consent_matcher_t *matcher,
    consent_gram_words_t *words)
{
    size_t                  len;
    unsigned                i;
    const consent_regex_t  *regex;

    words->n = 1;
    words->literal[0] = consent_gram_run(matcher->path);
    words->shortest = words->literal[0].len;

    regex = matcher->regex;

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


/* How little a gram tells. */
static uint32_t
consent_gram_cost(const consent_gram_build_t *build, uint32_t gram)
{
    size_t  i;

    static const char  common[][CONSENT_GRAM + 1] = {
        "http", "ttps", "tps:", "ps:/", "ttp:", "tp:/", "s://", "p://",
        "://w", "//ww", "/www", "www.", ".com", "com/", ".js?", ".php",
        ".jpg", ".png", "/wp-", "wp-c", "p-co", "uplo", "ploa", "load",
        "/img", "/ima", "imag", "mage", "/sta", "/js/", "/css", "/ass"
    };

    for (i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (memcmp(&gram, common[i], CONSENT_GRAM) == 0) {
            return CONSENT_GRAM_COMMON;
        }
    }

    return build->uses[consent_gram_use(gram)];
}


/*
 * The gram of a literal that begins with "/" and tells the most.
 * CONSENT_DECLINED if none does, or it would tell little.
 */
static int
consent_gram_head(const consent_gram_build_t *build, consent_str_t s,
    uint32_t *gram)
{
    size_t    i;
    uint32_t  cost, least;

    least = CONSENT_GRAM_FEW;

    for (i = 0; i + CONSENT_GRAM <= s.len; i++) {

        if (s.data[i] != '/'
            || memchr(s.data + i, '*', CONSENT_GRAM) != NULL)
        {
            continue;
        }

        cost = consent_gram_cost(build, consent_gram_at(s.data + i));

        if (cost < least) {
            least = cost;
            *gram = consent_gram_at(s.data + i);
        }
    }

    return least < CONSENT_GRAM_FEW ? CONSENT_OK : CONSENT_DECLINED;
}


/* The heads of a matcher, their number; 0 if it has none for each word. */
static unsigned
consent_gram_heads(const consent_gram_build_t *build,
    const consent_matcher_t *matcher, uint32_t *heads)
{
    uint8_t                 start[CONSENT_GRAM];
    unsigned                i;
    const consent_regex_t  *regex;

    if (consent_gram_head(build, matcher->path, heads) == CONSENT_OK) {
        return 1;
    }

    regex = matcher->regex;

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
            cost += consent_gram_cost(build,
                                      consent_gram_at(literal.data + i + j));
        }

        if (cost < least) {
            least = cost;
            best = literal.data + i;
        }
    }

    return best;
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

    /* Sparse, as each place of a URL that finds something costs. */

    table->shift = 32 - 8;

    for (size = 1 << 8; size < n * 32 && table->shift > 32 - CONSENT_GRAM_SEEN;
         size *= 2)
    {
        table->shift--;
    }

    table->seen = consent_calloc(mem, size);

    return table->slots != NULL && table->seen != NULL ? CONSENT_OK
                                                       : CONSENT_ERROR;
}


static void
consent_gram_table_add(consent_gram_table_t *table, uint32_t gram,
    uint32_t matcher)
{
    uint32_t  hash, at;

    hash = consent_gram_hash(table, gram);
    table->seen[hash] = 1;

    for (at = hash & table->mask;
         table->slots[at].value != 0;
         at = (at + 1) & table->mask)
    {
        if (table->slots[at].gram == gram
            && table->slots[at].value == matcher + 1)
        {
            return;
        }
    }

    table->slots[at].gram = gram;
    table->slots[at].value = matcher + 1;
}


/* Counts the grams of all literals: the fewer have one, the more it tells. */
static void
consent_grams_count(consent_gram_build_t *build)
{
    size_t                at;
    unsigned              k;
    uint32_t              i, gram;
    consent_str_t         s;
    consent_gram_words_t  words;

    for (i = build->first; i < build->end; i++) {
        consent_gram_words(&build->matchers[i], &words);

        for (k = 0; k < words.n; k++) {
            s = words.literal[k];

            for (at = 0; at + CONSENT_GRAM <= s.len; at++) {
                gram = consent_gram_at(s.data + at);
                build->uses[consent_gram_use(gram)]++;
            }
        }
    }
}


/* Fits step to the shortest literal, and makes room. */
static int
consent_grams_create(consent_gram_build_t *build)
{
    size_t                heads, inner;
    unsigned              n, step;
    uint32_t              i, head[CONSENT_REGEX_WORDS];
    consent_grams_t      *grams;
    consent_gram_words_t  words;

    grams = build->grams;
    step = CONSENT_GRAM_STEP;
    heads = 0;
    inner = 0;

    for (i = build->first; i < build->end; i++) {
        n = consent_gram_heads(build, &build->matchers[i], head);
        heads += n;

        if (n != 0) {
            continue;
        }

        consent_gram_words(&build->matchers[i], &words);

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
    grams->always = consent_calloc(build->mem,
                                   grams->nalways * sizeof(uint32_t));
    grams->nalways = 0;

    return grams->always != NULL
           && consent_gram_table_create(build->mem, &grams->heads, heads)
              == CONSENT_OK
           && consent_gram_table_create(build->mem, &grams->inner,
                                        inner * step)
              == CONSENT_OK
           ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_grams_add(consent_gram_build_t *build, uint32_t i)
{
    unsigned              j, k, n;
    uint32_t              head[CONSENT_REGEX_WORDS];
    const uint8_t        *window;
    consent_grams_t      *grams;
    consent_gram_words_t  words;

    grams = build->grams;
    n = consent_gram_heads(build, &build->matchers[i], head);

    for (k = 0; k < n; k++) {
        consent_gram_table_add(&grams->heads, head[k], i);
    }

    if (n != 0) {
        return;
    }

    consent_gram_words(&build->matchers[i], &words);

    if (words.shortest < CONSENT_GRAM) {
        grams->always[grams->nalways++] = i;
        return;
    }

    for (k = 0; k < words.n; k++) {
        window = consent_gram_window(build, words.literal[k]);

        for (j = 0; j < grams->step; j++) {
            consent_gram_table_add(&grams->inner,
                                   consent_gram_at(window + j), i);
        }
    }
}


int
consent_grams_build(consent_rules_index_t *index)
{
    uint32_t               i;
    consent_gram_build_t  *build;

    build = consent_calloc(&index->mem, sizeof(consent_gram_build_t));
    if (build == NULL) {
        return CONSENT_ERROR;
    }

    build->mem = &index->mem;
    build->matchers = index->matchers;
    build->first = index->hosts[0].first;
    build->end = build->first + index->hosts[0].n;
    build->grams = &index->grams;

    consent_grams_count(build);

    if (consent_grams_create(build) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    for (i = build->first; i < build->end; i++) {
        consent_grams_add(build, i);
    }

    return CONSENT_OK;
}

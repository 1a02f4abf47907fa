/*
 * The index of matchers without a host.
 *
 * Each must find something in a URL: a run of its path, the start of the
 * host, one of several words.  Of that, a window of step + 3 bytes is
 * chosen, and the `step` grams in it go into the table.  Wherever the window
 * stands in a URL, one of its grams begins at a multiple of step.
 */

#include <string.h>

#include "consent_rules_index.h"


#define CONSENT_GRAM_STEP   4       /* at most */
#define CONSENT_GRAM_SEEN   16      /* bits of a place in seen[], at most */

/* What a gram that stands in most URLs counts for in choosing. */
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
    uint32_t                first;      /* matcher, of n */
    uint32_t                n;
    uint32_t               *uses;       /* of each hash, in all literals */
} consent_gram_build_t;


static uint32_t
consent_gram_at(const uint8_t *p)
{
    uint32_t  gram;

    memcpy(&gram, p, CONSENT_GRAM);

    return gram;
}


/* The longest run of a path without "*". */
static consent_str_t
consent_gram_path(consent_str_t path)
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


/*
 * Of a regex, the start of the host serves where the words are too short,
 * and the words where it is.
 */
static void
consent_gram_words(const consent_matcher_t *matcher,
    consent_gram_words_t *words)
{
    size_t                  len;
    unsigned                i;
    const consent_regex_t  *regex;

    words->n = 1;
    words->literal[0] = consent_gram_path(matcher->path);
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
consent_gram_cost(const consent_gram_build_t *build, const uint8_t *p)
{
    size_t  i;

    static const char  common[][CONSENT_GRAM + 1] = {
        "http", "ttps", "tps:", "ps:/", "ttp:", "tp:/", "s://", "p://",
        "://w", "//ww", "/www", "www.", ".com", "com/", ".js?", ".php",
        ".jpg", ".png", "/wp-", "wp-c", "p-co", "uplo", "ploa", "load"
    };

    for (i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (memcmp(p, common[i], CONSENT_GRAM) == 0) {
            return CONSENT_GRAM_COMMON;
        }
    }

    return build->uses[consent_gram_hash(build->grams, consent_gram_at(p))];
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
            cost += consent_gram_cost(build, literal.data + i + j);
        }

        if (cost < least) {
            least = cost;
            best = literal.data + i;
        }
    }

    return best;
}


static void
consent_gram_add(consent_grams_t *grams, uint32_t gram, uint32_t matcher)
{
    uint32_t  hash, at;

    hash = consent_gram_hash(grams, gram);
    grams->seen[hash] = 1;

    for (at = hash & grams->mask;
         grams->slots[at].value != 0;
         at = (at + 1) & grams->mask)
    {
        if (grams->slots[at].gram == gram
            && grams->slots[at].value == matcher + 1)
        {
            return;
        }
    }

    grams->slots[at].gram = gram;
    grams->slots[at].value = matcher + 1;
}


/* Fits step to the shortest literal; the number of grams to be added. */
static size_t
consent_grams_measure(consent_gram_build_t *build)
{
    size_t                n;
    uint32_t              i;
    consent_gram_words_t  words;

    build->grams->step = CONSENT_GRAM_STEP;

    for (n = 0, i = 0; i < build->n; i++) {
        consent_gram_words(&build->index->matchers[build->first + i],
                           &words);

        if (words.shortest < CONSENT_GRAM) {
            continue;
        }

        n += words.n;

        if (words.shortest < build->grams->step + CONSENT_GRAM - 1) {
            build->grams->step = (unsigned) (words.shortest - CONSENT_GRAM
                                             + 1);
        }
    }

    return n * build->grams->step;
}


static int
consent_grams_create(consent_gram_build_t *build)
{
    size_t                n, size;
    consent_mem_t        *mem;
    consent_grams_t      *grams;

    mem = &build->index->mem;
    grams = build->grams;
    n = consent_grams_measure(build);

    for (size = 16; size < n * 2; size *= 2) { /* void */ }

    grams->mask = (uint32_t) (size - 1);
    grams->slots = consent_calloc(mem, size * sizeof(consent_gram_slot_t));

    /* Sparse, as each place of a URL that finds something costs. */

    grams->shift = 32 - 8;

    for (size = 1 << 8; size < n * 32 && grams->shift > 32 - CONSENT_GRAM_SEEN;
         size *= 2)
    {
        grams->shift--;
    }

    grams->seen = consent_calloc(mem, size);
    build->uses = consent_calloc(mem, size * sizeof(uint32_t));
    grams->always = consent_calloc(mem, build->n * sizeof(uint32_t));

    return grams->slots != NULL && grams->seen != NULL
           && build->uses != NULL && grams->always != NULL
           ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_grams_count(consent_gram_build_t *build)
{
    size_t                at;
    unsigned              k;
    uint32_t              i;
    consent_str_t         s;
    consent_gram_words_t  words;

    for (i = 0; i < build->n; i++) {
        consent_gram_words(&build->index->matchers[build->first + i],
                           &words);

        for (k = 0; k < words.n; k++) {
            s = words.literal[k];

            for (at = 0; at + CONSENT_GRAM <= s.len; at++) {
                build->uses[consent_gram_hash(build->grams,
                                         consent_gram_at(s.data + at))]++;
            }
        }
    }
}


static void
consent_grams_fill(consent_gram_build_t *build)
{
    size_t                j;
    unsigned              k;
    uint32_t              i;
    const uint8_t        *window;
    consent_grams_t      *grams;
    consent_gram_words_t  words;

    grams = build->grams;

    for (i = build->first; i < build->first + build->n; i++) {
        consent_gram_words(&build->index->matchers[i], &words);

        if (words.shortest < CONSENT_GRAM) {
            grams->always[grams->nalways++] = i;
            continue;
        }

        for (k = 0; k < words.n; k++) {
            window = consent_gram_window(build, words.literal[k]);

            for (j = 0; j < grams->step; j++) {
                consent_gram_add(grams, consent_gram_at(window + j), i);
            }
        }
    }
}


int
consent_grams_build(consent_rules_index_t *index)
{
    consent_gram_build_t  build;

    build.index = index;
    build.grams = &index->grams;
    build.first = index->hosts[0].first;
    build.n = index->hosts[0].n;

    if (consent_grams_create(&build) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    consent_grams_count(&build);
    consent_grams_fill(&build);

    return CONSENT_OK;
}

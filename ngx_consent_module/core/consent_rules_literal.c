/*
 * What stands in every match of a regular expression, found by a cautious
 * look at the pattern, so that most URLs need not be matched against it.
 */

#include <ctype.h>
#include <string.h>

#include "consent_rules_index.h"


/* A word that is shorter rules out too little to look for. */
#define CONSENT_REGEX_WORD_MIN  3


/* A longer one is cut off; this much of it rules out enough. */
#define CONSENT_REGEX_WORD_MAX  48

/* Words of this length rule out enough: then fewer of them are better. */
#define CONSENT_REGEX_WORD_GOOD  7


/* Words of which one must stand in the subject. */

typedef struct {
    unsigned  n;
    size_t    shortest;
    size_t    len[CONSENT_REGEX_WORDS];
    uint8_t   data[CONSENT_REGEX_WORDS][CONSENT_REGEX_WORD_MAX];
} consent_regex_words_t;


typedef struct {
    consent_str_t          pattern;
    consent_regex_words_t  now;     /* what the parts up to here make */
    consent_regex_words_t  best;
} consent_regex_scan_t;


/* Behind the group or class that begins at i; the end if it is unclosed. */
static size_t
consent_regex_skip(consent_str_t pattern, size_t i)
{
    size_t  depth;

    for (depth = 0; i < pattern.len; i++) {

        switch (pattern.data[i]) {

        case '\\':
            i++;
            break;

        case '[':
            i += 1 + (i + 1 < pattern.len && pattern.data[i + 1] == '^');
            i += i < pattern.len && pattern.data[i] == ']';

            while (i < pattern.len && pattern.data[i] != ']') {
                i += 1 + (pattern.data[i] == '\\');
            }

            break;

        case '(':
            depth++;
            break;

        case ')':
            depth--;
        }

        if (depth == 0) {
            return i + 1;
        }
    }

    return pattern.len;
}


/*
 * Patterns that are not looked into: alternatives on the top level, inline
 * options and verbs, quoting, escapes with a tail ("\x41"), and classes of
 * POSIX, whose brackets nest.
 */
static int
consent_regex_is_plain(consent_str_t pattern)
{
    size_t               i;
    static const char   *const odd[] = { "(?i", "(?^", "(?-", "(?x", "(?s",
                                         "(?m", "(?n", "(?U", "(?J", "(?(",
                                         "(?#", "(?|", "(*", "\\Q", "[:" };

    for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        if (memmem(pattern.data, pattern.len, odd[i], strlen(odd[i]))) {
            return 0;
        }
    }

    for (i = 0; i < pattern.len; /* void */) {
        if (pattern.data[i] == '|') {
            return 0;
        }

        if (pattern.data[i] == '\\' && i + 1 < pattern.len
            && isalnum(pattern.data[i + 1])
            && strchr("dDwWsSbBAzZ", pattern.data[i + 1]) == NULL)
        {
            return 0;
        }

        i = consent_regex_skip(pattern, i);
    }

    return 1;
}


/* A byte that means itself at i, its escape included; 0 if it does not. */
static size_t
consent_regex_literal_at(consent_str_t pattern, size_t i, uint8_t *c)
{
    *c = pattern.data[i];

    if (*c == '\\') {
        if (i + 1 == pattern.len) {
            return 0;
        }

        *c = pattern.data[i + 1];

        return (uint8_t) ((*c | 0x20) - 'a') < 26
               || (uint8_t) (*c - '0') < 10 || *c >= 0x80 ? 0 : 2;
    }

    return strchr("^$.[]()|?*+{}", *c) != NULL ? 0 : 1;
}


static int
consent_regex_may_be_none(consent_str_t pattern, size_t i)
{
    return i < pattern.len
           && (pattern.data[i] == '?' || pattern.data[i] == '*'
               || pattern.data[i] == '{');
}


/* The empty word stands everywhere. */
static void
consent_regex_words_reset(consent_regex_words_t *words)
{
    words->n = 1;
    words->len[0] = 0;
    words->shortest = 0;
}


static int
consent_regex_is_better(const consent_regex_words_t *one,
    const consent_regex_words_t *two)
{
    if (one->shortest < CONSENT_REGEX_WORD_GOOD
        || two->shortest < CONSENT_REGEX_WORD_GOOD)
    {
        return one->shortest > two->shortest;
    }

    return one->n < two->n
           || (one->n == two->n && one->shortest > two->shortest);
}


/* Takes what was gathered, if it rules out more than what there is. */
static void
consent_regex_offer(consent_regex_scan_t *scan)
{
    size_t    len;
    unsigned  i;

    scan->now.shortest = scan->now.len[0];

    for (i = 1; i < scan->now.n; i++) {
        len = scan->now.len[i];
        scan->now.shortest = len < scan->now.shortest ? len
                                                      : scan->now.shortest;
    }

    if (scan->now.shortest >= CONSENT_REGEX_WORD_MIN
        && consent_regex_is_better(&scan->now, &scan->best))
    {
        scan->best = scan->now;
    }
}


/* Nothing that follows is known to stand right behind what was gathered. */
static void
consent_regex_break(consent_regex_scan_t *scan)
{
    consent_regex_offer(scan);
    consent_regex_words_reset(&scan->now);
}


/* A run of literal bytes from i, added to each word; behind it. */
static size_t
consent_regex_run(consent_regex_scan_t *scan, size_t i)
{
    size_t                  step;
    uint8_t                 c;
    unsigned                n;
    consent_regex_words_t  *now;

    now = &scan->now;

    while (i < scan->pattern.len) {
        step = consent_regex_literal_at(scan->pattern, i, &c);

        if (step == 0 || consent_regex_may_be_none(scan->pattern, i + step)) {
            break;
        }

        for (n = 0; n < now->n; n++) {
            if (now->len[n] == CONSENT_REGEX_WORD_MAX) {
                consent_regex_break(scan);
            }
        }

        for (n = 0; n < now->n; n++) {
            now->data[n][now->len[n]++] = c;
        }

        i += step;
    }

    return i;
}


/*
 * The alternatives of a plain group, "(one|two)", from i to before end.
 * CONSENT_DECLINED if it is another.
 */
static int
consent_regex_alternatives(consent_str_t pattern, size_t i, size_t end,
    consent_regex_words_t *words)
{
    size_t   step;
    uint8_t  c;

    i += end - i > 3 && memcmp(pattern.data + i, "(?:", 3) == 0 ? 3 : 1;

    words->n = 0;
    words->len[0] = 0;

    for ( /* void */ ; i < end; i += step) {
        step = consent_regex_literal_at(pattern, i, &c);

        if (step != 0) {
            if (words->len[words->n] == CONSENT_REGEX_WORD_MAX) {
                return CONSENT_DECLINED;
            }

            words->data[words->n][words->len[words->n]++] = c;
            continue;
        }

        if ((c != '|' && i + 1 < end) || pattern.data[i] == '\\') {
            return CONSENT_DECLINED;
        }

        words->n++;
        step = 1;

        if (i + 1 < end) {
            if (words->n == CONSENT_REGEX_WORDS) {
                return CONSENT_DECLINED;
            }

            words->len[words->n] = 0;
        }
    }

    return CONSENT_OK;
}


/* Each word with each of those behind it; CONSENT_DECLINED: too many. */
static int
consent_regex_multiply(consent_regex_words_t *words,
    const consent_regex_words_t *by)
{
    unsigned               i, j, n;
    consent_regex_words_t  product;

    if (words->n * by->n > CONSENT_REGEX_WORDS) {
        return CONSENT_DECLINED;
    }

    n = 0;

    for (i = 0; i < words->n; i++) {
        for (j = 0; j < by->n; j++) {

            if (words->len[i] + by->len[j] > CONSENT_REGEX_WORD_MAX) {
                return CONSENT_DECLINED;
            }

            memcpy(product.data[n], words->data[i], words->len[i]);
            memcpy(product.data[n] + words->len[i], by->data[j],
                   by->len[j]);
            product.len[n++] = words->len[i] + by->len[j];
        }
    }

    product.n = n;
    *words = product;

    return CONSENT_OK;
}


/* A group that stands in every match, from i to before end. */
static void
consent_regex_group(consent_regex_scan_t *scan, size_t i, size_t end)
{
    consent_regex_words_t  words;

    consent_regex_offer(scan);

    if (consent_regex_alternatives(scan->pattern, i, end, &words)
        != CONSENT_OK)
    {
        consent_regex_words_reset(&scan->now);
        return;
    }

    if (consent_regex_multiply(&scan->now, &words) != CONSENT_OK) {
        scan->now = words;
    }
}


static void
consent_regex_scan(consent_regex_scan_t *scan, size_t i)
{
    size_t         end;
    uint8_t        c;
    consent_str_t  pattern;

    pattern = scan->pattern;
    consent_regex_words_reset(&scan->now);

    while (i < pattern.len) {

        if (consent_regex_literal_at(pattern, i, &c) != 0
            && !consent_regex_may_be_none(pattern,
                                          i + 1 + (pattern.data[i] == '\\')))
        {
            i = consent_regex_run(scan, i);
            continue;
        }

        end = consent_regex_skip(pattern, i);

        if (pattern.data[i] == '(' && !consent_regex_may_be_none(pattern, end))
        {
            consent_regex_group(scan, i, end);
            i = end;
            continue;
        }

        consent_regex_break(scan);

        if (pattern.data[i] == '{') {
            while (end < pattern.len && pattern.data[end - 1] != '}') {
                end++;
            }
        }

        i = end;
    }

    consent_regex_offer(scan);
}


/* A byte that a host may hold. */
static int
consent_regex_is_host(uint8_t c)
{
    return (uint8_t) (c - 'a') < 26 || (uint8_t) (c - '0') < 10 || c == '-'
           || c == '.' || c == '_';
}


/*
 * A pattern that begins with "^https://host" or its like: the host goes to
 * out, which holds as much as the pattern.  It is the whole of it if a "/"
 * follows, else what the host begins with.  Returns where the rest of the
 * pattern begins.
 */
static size_t
consent_regex_host(consent_regex_t *regex, consent_str_t pattern,
    uint8_t *out)
{
    size_t              i, n, at, step;
    uint8_t             c;
    static const char  *const starts[] = { "^https://", "^http://",
                                           "^https?://",
                                           "^https:\\/\\/",
                                           "^http:\\/\\/",
                                           "^https?:\\/\\/" };

    at = 0;

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        n = strlen(starts[i]);

        if (pattern.len > n && memcmp(pattern.data, starts[i], n) == 0) {
            at = n;
        }
    }

    for (n = 0; at != 0 && at < pattern.len; at += step) {
        step = consent_regex_literal_at(pattern, at, &c);

        if (step == 0 || consent_regex_may_be_none(pattern, at + step)) {
            break;
        }

        if (c == '/' && n && out[n - 1] != '.') {
            regex->host = (consent_str_t) { n, out };
            return at;
        }

        if (!consent_regex_is_host(c)) {
            break;
        }

        out[n++] = c;
    }

    regex->start = (consent_str_t) { n, out };

    return at;
}


int
consent_regex_prefilter(const consent_mem_t *mem, consent_regex_t *regex,
    consent_str_t pattern)
{
    uint8_t               *host;
    unsigned               i;
    consent_str_t          word;
    consent_regex_scan_t   scan;

    if (pattern.len == 0 || !consent_regex_is_plain(pattern)) {
        return CONSENT_OK;
    }

    host = consent_alloc(mem, pattern.len);
    if (host == NULL) {
        return CONSENT_ERROR;
    }

    memset(&scan, 0, sizeof(consent_regex_scan_t));
    scan.pattern = pattern;

    consent_regex_scan(&scan, consent_regex_host(regex, pattern, host));

    for (i = 0; i < scan.best.n; i++) {
        word = (consent_str_t) { scan.best.len[i], scan.best.data[i] };
        regex->words[i] = consent_str_dup(mem, word);

        if (regex->words[i].data == NULL) {
            return CONSENT_ERROR;
        }
    }

    regex->nwords = scan.best.n;

    return CONSENT_OK;
}

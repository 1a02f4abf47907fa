/*
 * What stands in every match of a regular expression, found by a cautious
 * look at the pattern, so that most URLs need not be matched against it.
 */

#include <ctype.h>
#include <string.h>

#include "consent_rules_index.h"


/* A word that is shorter rules out too little to look for. */
#define CONSENT_REGEX_WORD_MIN  3


/* Words of which one must stand in the subject; the bytes are in data. */

typedef struct {
    uint8_t   *data;
    size_t     len;
    unsigned   n;
    size_t     end[CONSENT_REGEX_WORDS];
} consent_regex_words_t;


typedef struct {
    consent_str_t          pattern;
    consent_regex_words_t  now;
    consent_regex_words_t  best;
    size_t                 shortest;    /* of the best */
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


/* Takes what was gathered, if it rules out more than what there is. */
static void
consent_regex_offer(consent_regex_scan_t *scan)
{
    size_t                 shortest, len, from;
    unsigned               i;
    consent_regex_words_t  other;

    shortest = scan->now.len;
    from = 0;

    for (i = 0; i < scan->now.n; i++) {
        len = scan->now.end[i] - from;
        from = scan->now.end[i];
        shortest = len < shortest ? len : shortest;
    }

    if (scan->now.n && shortest > scan->shortest
        && shortest >= CONSENT_REGEX_WORD_MIN)
    {
        scan->shortest = shortest;

        other = scan->best;
        scan->best = scan->now;
        scan->now = other;
    }

    scan->now.len = 0;
    scan->now.n = 0;
}


/* A run of literal bytes from i; behind it. */
static size_t
consent_regex_run(consent_regex_scan_t *scan, size_t i)
{
    size_t   step;
    uint8_t  c;

    while (i < scan->pattern.len) {
        step = consent_regex_literal_at(scan->pattern, i, &c);

        if (step == 0 || consent_regex_may_be_none(scan->pattern, i + step)) {
            break;
        }

        scan->now.data[scan->now.len++] = c;
        i += step;
    }

    scan->now.end[0] = scan->now.len;
    scan->now.n = 1;
    consent_regex_offer(scan);

    return i;
}


/* A group of plain alternatives, "(one|two)", from i to before end. */
static void
consent_regex_group(consent_regex_scan_t *scan, size_t i, size_t end)
{
    size_t          step;
    uint8_t         c;
    consent_str_t   pattern;

    pattern = scan->pattern;
    i += end - i > 3 && memcmp(pattern.data + i, "(?:", 3) == 0 ? 3 : 1;

    for ( /* void */ ; i < end; i += step) {
        step = consent_regex_literal_at(pattern, i, &c);

        if (step != 0) {
            scan->now.data[scan->now.len++] = c;
            continue;
        }

        if ((c != '|' && i + 1 < end) || pattern.data[i] == '\\'
            || scan->now.n == CONSENT_REGEX_WORDS)
        {
            scan->now.n = 0;
            break;
        }

        scan->now.end[scan->now.n++] = scan->now.len;
        step = 1;
    }

    consent_regex_offer(scan);
}


static void
consent_regex_scan(consent_regex_scan_t *scan, size_t i)
{
    size_t         end;
    uint8_t        c;
    consent_str_t  pattern;

    pattern = scan->pattern;

    while (i < pattern.len) {

        if (consent_regex_literal_at(pattern, i, &c) != 0
            && !consent_regex_may_be_none(pattern,
                                          i + 1 + (pattern.data[i] == '\\')))
        {
            i = consent_regex_run(scan, i);
            continue;
        }

        switch (pattern.data[i]) {

        case '\\':
            i += 2;
            break;

        case '{':
            while (i < pattern.len && pattern.data[i] != '}') {
                i++;
            }

            i++;
            break;

        case '(':
            end = consent_regex_skip(pattern, i);

            if (!consent_regex_may_be_none(pattern, end)) {
                consent_regex_group(scan, i, end);
            }

            i = end;
            break;

        default:
            i = consent_regex_skip(pattern, i);
        }
    }
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
    size_t                 rest, from;
    uint8_t               *host;
    unsigned               i;
    consent_regex_scan_t   scan;

    if (pattern.len == 0 || !consent_regex_is_plain(pattern)) {
        return CONSENT_OK;
    }

    memset(&scan, 0, sizeof(consent_regex_scan_t));
    scan.pattern = pattern;

    host = consent_alloc(mem, pattern.len);
    scan.now.data = consent_alloc(mem, pattern.len);
    scan.best.data = consent_alloc(mem, pattern.len);

    if (host == NULL || scan.now.data == NULL || scan.best.data == NULL) {
        return CONSENT_ERROR;
    }

    rest = consent_regex_host(regex, pattern, host);
    consent_regex_scan(&scan, rest);

    from = 0;

    for (i = 0; i < scan.best.n; i++) {
        regex->words[i].data = scan.best.data + from;
        regex->words[i].len = scan.best.end[i] - from;
        from = scan.best.end[i];
    }

    regex->nwords = scan.best.n;

    return CONSENT_OK;
}

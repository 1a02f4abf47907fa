#include <stdlib.h>
#include <string.h>

#include "consent_guard.h"
#include "consent_header.h"


/* The pattern "a*" is as much as a prefix may match: shorter ones are left
   out, since they would hold a site's own. */
#define CONSENT_GUARD_PREFIX  2


typedef struct {
    consent_str_t  name;
    char           letter;
} consent_guard_type_t;


static const consent_guard_type_t  consent_guard_types[] = {
    { consent_string("default-src"), 'd' },
    { consent_string("script-src"), 's' },
    { consent_string("worker-src"), 'w' },
    { consent_string("img-src"), 'i' },
    { consent_string("style-src"), 'y' },
    { consent_string("font-src"), 'n' },
    { consent_string("media-src"), 'm' },
    { consent_string("frame-src"), 'f' },
    { consent_string("connect-src"), 'c' },
    { consent_string("object-src"), 'o' },
    { consent_string("manifest-src"), 'a' }
};

#define CONSENT_GUARD_TYPES                                                   \
    (sizeof(consent_guard_types) / sizeof(consent_guard_types[0]))


typedef struct {
    const consent_rules_t   *rules;
    const consent_choice_t  *choice;
    const uint8_t           *use;
    uint8_t                 *hosted;    /* services with a host of their own */
    unsigned                 max;       /* entries, for now */
    unsigned                 n;
    int                      unknown;   /* cookies of nobody are allowed */
    uint32_t                 entry[CONSENT_GUARD_MAX];
} consent_guard_t;


/* The same as has() of guard.js. */
static uint32_t
consent_guard_hash(uint32_t h, consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        h = ((h ^ s.data[i]) * 99999u) ^ (h >> 15);
    }

    return h;
}


static uint32_t
consent_guard_entry(const consent_str_t *part, unsigned n)
{
    unsigned  i;
    uint32_t  h;

    h = 0;

    for (i = 0; i < n; i++) {
        h = consent_guard_hash(h, part[i]);
    }

    return h >> 8;
}


static void
consent_guard_add(consent_guard_t *g, const consent_str_t *part, unsigned n)
{
    if (g->n < g->max) {
        g->entry[g->n++] = consent_guard_entry(part, n);
    }
}


/* The next run of bytes up to a separator. */
static consent_str_t
consent_guard_next(consent_str_t *s, uint8_t end)
{
    consent_str_t   word;
    const uint8_t  *p;

    p = s->len ? memchr(s->data, end, s->len) : NULL;

    word.data = s->data;
    word.len = p ? (size_t) (p - s->data) : s->len;

    s->data += word.len + (p ? 1 : 0);
    s->len -= word.len + (p ? 1 : 0);

    return word;
}


/* One source: "*", or HOST with "*." before it and ":*" or a path behind.
   An entry with subdomains stands for the one without, which comes before. */
static void
consent_guard_source(consent_guard_t *g, char letter, consent_str_t word)
{
    size_t         i;
    uint8_t        kind[2];
    consent_str_t  path, part[4];

    kind[0] = (uint8_t) letter;
    kind[1] = '=';

    if (word.data[0] == '*') {
        kind[1] = '.';
        i = word.len > 1 ? 2 : 1;
        word.data += i;
        word.len -= i;
    }

    path = word;
    word = consent_guard_next(&path, '/');

    if (word.len > 2 && memcmp(word.data + word.len - 2, ":*", 2) == 0) {
        word.len -= 2;
    }

    if (word.len
        && (memchr(word.data, ':', word.len) != NULL || word.data[0] == '\''))
    {
        return;
    }

    part[0] = (consent_str_t) { 2, kind };
    part[1] = word;
    part[2] = consent_str("/");
    part[3] = path;

    if (kind[1] == '.' && g->n) {
        kind[1] = '=';
        g->n -= g->entry[g->n - 1] == consent_guard_entry(part, 4);
        kind[1] = '.';
    }

    consent_guard_add(g, part, 4);
}


static char
consent_guard_letter(consent_str_t name)
{
    size_t  i;

    for (i = 0; i < CONSENT_GUARD_TYPES; i++) {
        if (consent_str_eq(consent_guard_types[i].name, name)) {
            return consent_guard_types[i].letter;
        }
    }

    return '\0';
}


static void
consent_guard_hosts(consent_guard_t *g, consent_buf_t *b, consent_str_t csp)
{
    char           letter[2];
    consent_str_t  directive, word;

    letter[1] = '\0';

    while (csp.len) {
        directive = consent_str_trim(consent_guard_next(&csp, ';'));
        letter[0] = consent_guard_letter(consent_guard_next(&directive, ' '));

        if (letter[0] == '\0') {
            continue;
        }

        if (letter[0] != 'd') {
            consent_buf_add_c(b, letter);
        }

        while (directive.len) {
            word = consent_guard_next(&directive, ' ');

            if (word.len) {
                consent_guard_source(g, letter[0], word);
            }
        }
    }
}


/* Up to its first "*"; without one, "=" ends it. */
static void
consent_guard_name(consent_guard_t *g, char letter, consent_str_t name)
{
    int            prefix;
    size_t         i;
    uint8_t        kind[1];
    consent_str_t  all, part[3];

    for (i = 0; i < name.len; i++) {
        if (name.data[i] >= 0x80) {
            return;
        }
    }

    all = name;
    name = consent_guard_next(&all, '*');
    prefix = all.data > name.data + name.len;

    if (prefix && name.len < CONSENT_GUARD_PREFIX) {
        return;
    }

    kind[0] = (uint8_t) letter;

    part[0] = (consent_str_t) { 1, kind };
    part[1] = name;
    part[2] = consent_str("=");

    consent_guard_add(g, part, prefix ? 2 : 3);
}


/* Which names come first. */

#define CONSENT_GUARD_IN_USE  0
#define CONSENT_GUARD_HIDDEN  1     /* no host would show its use */
#define CONSENT_GUARD_UNUSED  2
#define CONSENT_GUARD_RANKS   3


static unsigned
consent_guard_rank(const consent_guard_t *g, unsigned service)
{
    if (g->use != NULL && g->use[service] != CONSENT_CSP_UNUSED) {
        return CONSENT_GUARD_IN_USE;
    }

    return g->hosted[service] ? CONSENT_GUARD_UNUSED : CONSENT_GUARD_HIDDEN;
}


/* Names of one rank, of cookies or of other storage.  An operator's own
   services come last in the rules, so these come first here. */
static void
consent_guard_names(consent_guard_t *g, unsigned rank, int cookies)
{
    int                       allowed;
    unsigned                  i, k;
    const consent_service_t  *s;

    for (i = g->rules->nservices; i-- > 0; /* void */) {
        s = &g->rules->services[i];

        if (s->nstorage == 0 || consent_guard_rank(g, i) != rank) {
            continue;
        }

        allowed = consent_choice_allows_service(g->choice, g->rules, (int) i);

        if (allowed != (cookies && !g->unknown)) {
            continue;
        }

        for (k = 0; k < s->nstorage; k++) {
            if ((s->storage[k].kind == CONSENT_STORAGE_COOKIE) == cookies) {
                consent_guard_name(g, cookies ? 'k' : 'l', s->storage[k].name);
            }
        }
    }
}


static int
consent_guard_allows_unknown(const consent_rules_t *rules,
    const consent_choice_t *choice, uint32_t purposes)
{
    consent_verdict_t  verdict;

    memset(&verdict, 0, sizeof(consent_verdict_t));

    verdict.purposes = purposes;
    verdict.unclassified = 1;
    verdict.service = CONSENT_NO_SERVICE;
    verdict.rule = CONSENT_NO_RULE;

    return consent_choice_allows(choice, rules, &verdict);
}


static int
consent_guard_compare(const void *a, const void *b)
{
    uint32_t  x, y;

    x = *(const uint32_t *) a;
    y = *(const uint32_t *) b;

    return x < y ? -1 : x > y;
}


/* Five digits are enough for 24 bits. */
static void
consent_guard_entries(consent_guard_t *g, consent_buf_t *b)
{
    char      text[7], *p;
    uint32_t  e;
    unsigned  i;

    qsort(g->entry, g->n, sizeof(uint32_t), consent_guard_compare);

    text[6] = '\0';

    for (i = 0; i < g->n; i++) {
        e = g->entry[i];

        if (i && e == g->entry[i - 1]) {
            continue;
        }

        p = text + 6;

        do {
            *--p = "0123456789abcdefghijklmnopqrstuvwxyz"[e % 36];
            e /= 36;
        } while (e);

        *--p = '.';

        consent_buf_add_c(b, p);
    }
}


static void
consent_guard_find_hosted(consent_guard_t *g)
{
    uint32_t               i;
    const consent_rule_t  *rule;

    for (i = 0; i < g->rules->nrules; i++) {
        rule = &g->rules->rules[i];

        if (rule->host.len) {
            g->hosted[rule->service] = 1;
        }
    }
}


void
consent_guard_write(consent_buf_t *b, consent_str_t csp,
    const consent_rules_t *rules, const consent_page_t *page,
    const consent_choice_t *choice, const uint8_t *use)
{
    unsigned          rank;
    consent_guard_t  *g;

    if (csp.len == 0) {
        return;
    }

    g = consent_calloc(b->mem, sizeof(consent_guard_t));

    if (g == NULL) {
        b->failed = 1;
        return;
    }

    g->rules = rules;
    g->choice = choice;
    g->use = use;
    g->max = CONSENT_GUARD_MAX;
    g->unknown = consent_guard_allows_unknown(rules, choice,
                                              page->unclassified);
    g->hosted = consent_calloc(b->mem, rules->nservices + 1);

    if (g->hosted == NULL) {
        b->failed = 1;
        return;
    }

    consent_guard_find_hosted(g);

    consent_guard_hosts(g, b, csp);

    if (g->unknown) {
        consent_buf_add_c(b, "k");
    }

    for (rank = 0; rank < CONSENT_GUARD_RANKS; rank++) {
        if (rank != CONSENT_GUARD_UNUSED || g->unknown) {
            consent_guard_names(g, rank, 1);
        }

        consent_guard_names(g, rank, 0);

        if (rank == CONSENT_GUARD_IN_USE
            && g->n + CONSENT_GUARD_MORE < CONSENT_GUARD_MAX)
        {
            g->max = g->n + CONSENT_GUARD_MORE;
        }
    }

    consent_guard_entries(g, b);
}

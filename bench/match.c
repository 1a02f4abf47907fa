/*
 * What judging one URL costs: parsing it, and finding whose it is.
 *
 * usage: bench_match ROUNDS RULES[,RULES …] REQUESTS
 *
 * RULES is a file of rules, a glob of some, or PURPOSE=LIST, a list in Adblock
 * Plus syntax.  Lines of REQUESTS are those of `consentctl match`: URL, page
 * and type, separated by tabs; the type may also be written as a number, the
 * bits of CONSENT_TYPE_*.
 *
 * Prints what loading took, and nanoseconds a URL: of the best round the
 * mean, and of what each URL took in its best round, percentiles.  For
 * instructions run one round under callgrind with
 * --toggle-collect=bench_run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "consent_rules.h"


typedef struct {
    consent_str_t          url;
    const consent_page_t  *page;
    uint32_t               types;
} line_t;


typedef struct {
    const char  *name;
    uint32_t     type;
} type_t;


static volatile size_t  sink;


/* Counts what is allocated, which is never freed. */
static void *
heap_alloc(void *data, size_t size)
{
    *(size_t *) data += size;

    return malloc(size);
}


static double
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}


/* Warnings tell of rules of lists that are skipped. */
static void
report(void *data, const consent_fault_t *fault)
{
    (void) data;

    if (!fault->warning) {
        fprintf(stderr, "%.*s: %.*s\n", (int) fault->file.len,
                fault->file.data, (int) fault->message.len,
                fault->message.data);
    }
}


static void
load_one(consent_loader_t *loader, char *name)
{
    char           *file;
    consent_str_t   first;

    file = strchr(name, '=');
    first = (consent_str_t) { strcspn(name, "="), (const uint8_t *) name };

    if (file == NULL) {
        (void) consent_rules_load(loader, first);
        return;
    }

    file++;
    (void) consent_rules_list(loader, first, (consent_str_t) {
        strlen(file), (const uint8_t *) file });
}


static const consent_rules_t *
load_rules(char *names)
{
    char              *name;
    size_t             total;
    double             start;
    unsigned           i, listed;
    consent_mem_t      mem;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    total = 0;
    listed = 0;
    start = now();

    mem = (consent_mem_t) { heap_alloc, &total };
    loader = consent_rules_create(&mem, report, NULL);

    if (loader == NULL) {
        exit(1);
    }

    for (name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
        load_one(loader, name);
    }

    rules = consent_rules_compile(loader);

    if (rules == NULL) {
        exit(1);
    }

    for (i = 0; i < rules->nlists; i++) {
        listed += rules->lists[i].count.rules;
    }

    printf("load: %.1f ms, %zu bytes, %u matchers, %u rules of lists\n",
           (now() - start) / 1e6, total, rules->nrules, listed);

    return rules;
}


/* NULL if it is no page. */
static const consent_page_t *
make_page(const char *url)
{
    uint8_t         *buf;
    consent_page_t  *page;

    page = calloc(1, sizeof(consent_page_t));
    buf = malloc(CONSENT_URL_BUF);

    if (page == NULL || buf == NULL) {
        exit(1);
    }

    if (consent_url_parse(&page->url, NULL, (consent_str_t) {
                              strlen(url), (const uint8_t *) url }, buf)
        != CONSENT_OK)
    {
        return NULL;
    }

    page->site = consent_url_site(page->url.host);
    page->unclassified = 1;
    page->unclassified_passive = 1;

    return page;
}


static uint32_t
type_of(const char *name)
{
    size_t               i;
    static const type_t  types[] = {
        { "script", CONSENT_TYPE_SCRIPT },
        { "image", CONSENT_TYPE_IMAGE },
        { "stylesheet", CONSENT_TYPE_STYLE },
        { "font", CONSENT_TYPE_FONT },
        { "media", CONSENT_TYPE_MEDIA },
        { "object", CONSENT_TYPE_OBJECT },
        { "subdocument", CONSENT_TYPE_FRAME },
        { "xmlhttprequest", CONSENT_TYPE_CONNECT },
        { "ping", CONSENT_TYPE_PING }
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(name, types[i].name) == 0) {
            return types[i].type;
        }
    }

    i = strtoul(name, NULL, 0);

    return i != 0 ? (uint32_t) i : CONSENT_TYPE_OTHER;
}


static line_t *
load_lines(const char *name, size_t *n)
{
    char                  *text, *url, *page, *type, *last;
    FILE                  *file;
    size_t                 size, room;
    line_t                *lines;
    const consent_page_t  *made;

    file = fopen(name, "rb");

    if (file == NULL) {
        perror(name);
        exit(1);
    }

    lines = NULL;
    made = NULL;
    text = NULL;
    last = NULL;
    size = 0;
    room = 0;

    for (*n = 0; getline(&text, &size, file) > 0; text = NULL) {
        url = strtok(text, "\t\n");
        page = strtok(NULL, "\t\n");
        type = strtok(NULL, "\t\n");

        if (type == NULL) {
            continue;
        }

        if (last == NULL || strcmp(page, last) != 0) {
            made = make_page(page);
            last = page;
        }

        if (made == NULL) {
            continue;
        }

        if (*n == room) {
            room = room ? room * 2 : 1024;
            lines = realloc(lines, room * sizeof(line_t));

            if (lines == NULL) {
                exit(1);
            }
        }

        lines[(*n)++] = (line_t) {
            { strlen(url), (const uint8_t *) url }, made, type_of(type)
        };
    }

    fclose(file);

    return lines;
}


/* As the rewriter does; rules: NULL to parse alone. */
static void
judge(const consent_rules_t *rules, const line_t *line, consent_memo_t *memo)
{
    consent_str_t      host;
    consent_url_t      url;
    consent_verdict_t  verdict;
    static uint8_t     buf[CONSENT_URL_BUF];

    if (rules != NULL
        && consent_rules_match_text(rules, line->page, &line->page->url,
                                    line->url, line->types, memo, &verdict,
                                    &host)
           == CONSENT_OK)
    {
        sink += verdict.purposes != 0;
        return;
    }

    if (consent_url_parse(&url, &line->page->url, line->url, buf)
        == CONSENT_OK && rules != NULL)
    {
        consent_rules_match_memo(rules, line->page, &url, line->types, memo,
                                 &verdict);
        sink += verdict.purposes != 0;
    }
}


/* Not inlined: callgrind is told to count inside of it. */

void bench_run(const consent_rules_t *rules, const line_t *lines, size_t n)
    __attribute__((noinline));


void
bench_run(const consent_rules_t *rules, const line_t *lines, size_t n)
{
    size_t          i;
    consent_memo_t  memo;

    for (i = 0; i < n; i++) {
        if (i == 0 || lines[i].page != lines[i - 1].page) {
            memset(&memo, 0, sizeof(consent_memo_t));
        }

        judge(rules, &lines[i], &memo);
    }
}


/* The URLs that a matcher or a rule of a list speaks for. */
static size_t
count(const consent_rules_t *rules, const line_t *lines, size_t n)
{
    size_t             i, found;
    consent_url_t      url;
    consent_verdict_t  verdict;
    static uint8_t     buf[CONSENT_URL_BUF];

    for (found = 0, i = 0; i < n; i++) {
        if (consent_url_parse(&url, &lines[i].page->url, lines[i].url, buf)
            == CONSENT_OK)
        {
            consent_rules_match(rules, lines[i].page, &url, lines[i].types,
                                &verdict);
            found += verdict.service != CONSENT_NO_SERVICE;
        }
    }

    return found;
}


static void
measure(const char *what, const consent_rules_t *rules, const line_t *lines,
    size_t n, int rounds)
{
    int     i;
    double  start, took, best;

    best = 0;

    for (i = 0; i < rounds; i++) {
        start = now();
        bench_run(rules, lines, n);
        took = now() - start;
        best = i == 0 || took < best ? took : best;
    }

    printf("%s: %.0f ns\n", what, best / (double) n);
}


static double
tick(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}


static int
order(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return (a > b) - (a < b);
}


/* What the clock itself takes is taken off. */
static void
spread(const consent_rules_t *rules, const line_t *lines, size_t n,
    int rounds)
{
    int             i;
    size_t          j;
    double          start, took, clock, *best;
    consent_memo_t  memo;

    best = malloc(n * sizeof(double));

    if (best == NULL) {
        exit(1);
    }

    for (clock = 1e9, i = 0; i < 10000; i++) {
        start = tick();
        took = tick() - start;
        clock = took < clock ? took : clock;
    }

    for (i = 0; i < rounds; i++) {
        for (j = 0; j < n; j++) {
            if (j == 0 || lines[j].page != lines[j - 1].page) {
                memset(&memo, 0, sizeof(consent_memo_t));
            }

            start = tick();
            judge(rules, &lines[j], &memo);
            took = tick() - start - clock;
            best[j] = i == 0 || took < best[j] ? took : best[j];
        }
    }

    for (took = 0, j = 0; j < n; j++) {
        took += best[j];
    }

    qsort(best, n, sizeof(double), order);

    printf("spread: mean %.0f, p50 %.0f, p99 %.0f, p99.9 %.0f, "
           "max %.0f ns\n",
           took / (double) n, best[n / 2], best[n * 99 / 100],
           best[n * 999 / 1000], best[n - 1]);

    free(best);
}


int
main(int argc, char **argv)
{
    int                     rounds;
    size_t                  n;
    line_t                 *lines;
    const consent_rules_t  *rules;

    if (argc != 4) {
        fprintf(stderr, "usage: bench_match ROUNDS RULES[,RULES ...] "
                "REQUESTS\n");
        return 2;
    }

    rounds = atoi(argv[1]);
    rules = load_rules(argv[2]);
    lines = load_lines(argv[3], &n);

    if (n == 0 || rounds < 1) {
        return 1;
    }

    printf("urls: %zu, asked for: %zu\n", n, count(rules, lines, n));

    /* one round only: for callgrind, which is to see the whole alone */

    if (rounds > 1) {
        measure("parse", NULL, lines, n, rounds);
        spread(rules, lines, n, rounds);
    }

    measure("match", rules, lines, n, rounds);

    return 0;
}

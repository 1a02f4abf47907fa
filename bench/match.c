/*
 * What judging one URL costs: parsing it, and finding whose it is.
 *
 * usage: match ROUNDS RULES[,RULES …] FILE
 *
 * Lines of FILE are those of `consentctl match`: URL, page and type,
 * separated by tabs; the type may also be written as a number, the bits of
 * CONSENT_TYPE_*.  Prints nanoseconds a URL for parsing alone, and for
 * parsing and matching.  For instructions run it under callgrind with
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


static void *
heap_alloc(void *data, size_t size)
{
    (void) data;

    return malloc(size);
}


static const consent_mem_t  heap = { heap_alloc, NULL };


static void
report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s: %.*s\n", (int) fault->file.len, fault->file.data,
            (int) fault->message.len, fault->message.data);
}


static const consent_rules_t *
load_rules(char *patterns)
{
    char              *pattern;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    loader = consent_rules_create(&heap, report, NULL);

    if (loader == NULL) {
        exit(1);
    }

    for (pattern = strtok(patterns, ",");
         pattern != NULL;
         pattern = strtok(NULL, ","))
    {
        (void) consent_rules_load(loader, (consent_str_t) {
            strlen(pattern), (const uint8_t *) pattern });
    }

    rules = consent_rules_compile(loader);

    if (rules == NULL) {
        exit(1);
    }

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


/* Not inlined: callgrind is told to count inside of it. */

void bench_run(const consent_rules_t *rules, const line_t *lines, size_t n)
    __attribute__((noinline));


/* rules: NULL to parse alone. */
void
bench_run(const consent_rules_t *rules, const line_t *lines, size_t n)
{
    size_t             i;
    consent_url_t      url;
    consent_memo_t     memo;
    consent_verdict_t  verdict;
    static uint8_t     buf[CONSENT_URL_BUF];

    for (i = 0; i < n; i++) {
        if (i == 0 || lines[i].page != lines[i - 1].page) {
            memset(&memo, 0, sizeof(consent_memo_t));
        }

        if (consent_url_parse(&url, &lines[i].page->url, lines[i].url, buf)
            != CONSENT_OK || rules == NULL)
        {
            continue;
        }

        consent_rules_match_memo(rules, lines[i].page, &url, lines[i].types,
                                 &memo, &verdict);
        sink += verdict.purposes != 0;
    }
}


static double
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}


static void
measure(const char *what, const consent_rules_t *rules, const line_t *lines,
    size_t n, int rounds)
{
    int     i;
    double  start;

    start = now();

    for (i = 0; i < rounds; i++) {
        bench_run(rules, lines, n);
    }

    printf("%-16s %6.0f ns a URL\n", what,
           rounds && n ? (now() - start) / rounds / (double) n : 0);
}


int
main(int argc, char **argv)
{
    int                     rounds;
    size_t                  n;
    line_t                 *lines;
    const consent_rules_t  *rules;

    if (argc != 4) {
        fprintf(stderr, "usage: match ROUNDS RULES[,RULES ...] FILE\n");
        return 2;
    }

    rounds = atoi(argv[1]);
    rules = load_rules(argv[2]);
    lines = load_lines(argv[3], &n);

    printf("%zu URLs, %u matchers\n", n, rules->nrules);

    /* one round only: for callgrind, which is to see the whole alone */

    if (rounds > 1) {
        measure("parse", NULL, lines, n, rounds);
    }

    measure("parse and match", rules, lines, n, rounds);

    return 0;
}

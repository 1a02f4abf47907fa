/*
 * Jobs on pages in memory, in 16 KiB pieces, side by side.
 *
 * usage: bench_filter JOB[,JOB…] ROUNDS RULES PAGE …
 *
 * The jobs: memchr (find each "<" and start anew behind it: the ceiling of a
 * naive design), tokens (the tokenizer alone), peers (the rewriter where
 * bench/trackers.json alone is denied), filter (the rewriter with RULES and
 * nothing granted), granted (the same with all granted), and where they were
 * built in, libxml2 and gumbo, which look for what is denied in "peers".
 * all: each of them, taking turns.  memory: what a request takes, by page.
 *
 * Prints of each job bytes, rounds, the best round's seconds of CPU, MB/s,
 * elements held back and URLs in CSS made void.  For instructions per byte
 * run one job under callgrind with --toggle-collect=bench_run, as
 * bench/run.mjs does.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"


#define BENCH_TRACKERS  "bench/trackers.json"
#define BENCH_JOBS      16


static void *
bench_heap(void *data, size_t size)
{
    (void) data;

    return malloc(size);
}


static void *
bench_arena(void *data, size_t size)
{
    void           *p;
    bench_arena_t  *a;

    a = data;
    size = (size + 15) & ~(size_t) 15;

    if (size > a->size - a->used) {
        return NULL;
    }

    p = a->data + a->used;
    a->used += size;

    return p;
}


static void
bench_report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s: %.*s\n", (int) fault->file.len, fault->file.data,
            (int) fault->message.len, fault->message.data);
}


static consent_rules_t *
bench_rules(const char *pattern)
{
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    static const consent_mem_t  heap = { bench_heap, NULL };

    loader = consent_rules_create(&heap, bench_report, NULL);

    if (loader == NULL) {
        exit(1);
    }

    (void) consent_rules_load(loader, (consent_str_t) {
        strlen(pattern), (const uint8_t *) pattern });

    rules = consent_rules_compile(loader);

    if (rules == NULL) {
        exit(1);
    }

    return rules;
}


static bench_page_t
bench_page(const char *name)
{
    FILE          *file;
    long           size;
    bench_page_t   page;

    file = fopen(name, "rb");

    if (file == NULL || fseek(file, 0, SEEK_END) != 0
        || (size = ftell(file)) < 0)
    {
        perror(name);
        exit(1);
    }

    rewind(file);
    page.len = (size_t) size;
    page.data = malloc(page.len + 1);

    if (page.data == NULL
        || fread(page.data, 1, page.len, file) != page.len)
    {
        perror(name);
        exit(1);
    }

    fclose(file);

    return page;
}


static double
bench_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


/* Not inlined: callgrind is told to count inside of it. */

void bench_run(const bench_job_t *job, bench_t *b, const bench_page_t *pages,
    unsigned n) __attribute__((noinline));


void
bench_run(const bench_job_t *job, bench_t *b, const bench_page_t *pages,
    unsigned n)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        job->run(b, &pages[i]);
    }
}


/* The jobs that are named in a list with commas between. */

static unsigned
bench_choose(const char *list, const bench_job_t **jobs)
{
    char         name[16];
    size_t       len;
    unsigned     i, n;
    const char  *p;

    n = 0;

    for (p = list; *p; p += len + (p[len] == ',')) {
        len = strcspn(p, ",");
        snprintf(name, sizeof(name), "%.*s", (int) len, p);

        for (i = 0; bench_jobs[i].name != NULL; i++) {
            if (n < BENCH_JOBS
                && (strcmp(name, bench_jobs[i].name) == 0
                    || strcmp(name, "all") == 0))
            {
                jobs[n++] = &bench_jobs[i];
            }
        }
    }

    return n;
}


/* Rounds take turns, so that what else the machine does falls on all. */

static void
bench_speed(bench_t *b, const bench_job_t **jobs, unsigned njobs, int rounds,
    const bench_page_t *pages, unsigned n)
{
    int       round;
    size_t    bytes;
    double    seconds, best[BENCH_JOBS];
    unsigned  i;

    for (bytes = 0, i = 0; i < n; i++) {
        bytes += pages[i].len;
    }

    for (round = 0; round < rounds; round++) {

        for (i = 0; i < njobs; i++) {
            seconds = bench_now();
            bench_run(jobs[i], b, pages, n);
            seconds = bench_now() - seconds;

            if (round == 0 || seconds < best[i]) {
                best[i] = seconds;
            }
        }
    }

    for (i = 0; i < njobs; i++) {
        b->counting = 1;
        b->held = 0;
        b->defused = 0;

        if (rounds > 1) {
            bench_run(jobs[i], b, pages, n);
        }

        b->counting = 0;

        printf("%-8s %zu bytes, %d rounds, best %.4f s, %.0f MB/s, "
               "held %llu, defused %llu\n", jobs[i]->name, bytes, rounds,
               best[i], (double) bytes / best[i] / 1e6,
               (unsigned long long) b->held,
               (unsigned long long) b->defused);
    }
}


static int
bench_order(const void *one, const void *two)
{
    size_t  a, b;

    a = *(const size_t *) one;
    b = *(const size_t *) two;

    return (a > b) - (a < b);
}


/* Nearest ranks, and how many pages take more than 16 KiB. */

static void
bench_spread(const char *name, size_t *list, unsigned n)
{
    unsigned  few;

    qsort(list, n, sizeof(size_t), bench_order);

    for (few = 0; few < n && list[few] <= 16384; few++) { /* void */ }

    printf("%-8s p50 %zu, p99 %zu, p99.9 %zu, max %zu, over %u\n", name,
           list[(n - 1) / 2], list[(n * 990ul + 999) / 1000 - 1],
           list[(n * 999ul + 999) / 1000 - 1], list[n - 1], n - few);
}


static void
bench_memory(bench_t *b, const bench_page_t *pages, unsigned n)
{
    size_t    *total, *hold, *rest;
    unsigned   i;

    total = calloc(n, sizeof(size_t));
    hold = calloc(n, sizeof(size_t));
    rest = calloc(n, sizeof(size_t));

    if (total == NULL || hold == NULL || rest == NULL || n == 0) {
        exit(1);
    }

    b->counting = 1;

    for (i = 0; i < n; i++) {
        bench_rewrite(b, &pages[i], &b->denied);

        total[i] = b->arena.used;
        hold[i] = b->hold;
        rest[i] = b->arena.used - b->hold;
    }

    bench_spread("memory", total, n);
    bench_spread("hold", hold, n);
    bench_spread("rest", rest, n);
}


static void
bench_setup(bench_t *b, const char *pattern)
{
    int  unknown;

    b->rules = bench_rules(pattern);
    b->trackers = bench_rules(BENCH_TRACKERS);

    b->arena.size = 1 << 20;
    b->arena.data = malloc(b->arena.size);
    b->mem = (consent_mem_t) { bench_arena, &b->arena };

    unknown = consent_rules_purpose(b->rules, consent_str("marketing"));

    if (unknown < 0 || b->arena.data == NULL) {
        exit(1);
    }

    bench_configure(b, &b->denied, b->rules, unknown, 0);
    bench_configure(b, &b->granted, b->rules, unknown, 1);
    bench_configure(b, &b->peers, b->trackers, -1, 0);
}


int
main(int argc, char **argv)
{
    int                 i;
    unsigned            n, njobs;
    bench_page_t       *pages;
    const bench_job_t  *jobs[BENCH_JOBS];
    static bench_t      bench;

    njobs = argc < 5 ? 0 : bench_choose(argv[1], jobs);

    if (argc < 5 || (njobs == 0 && strcmp(argv[1], "memory") != 0)) {
        fprintf(stderr, "usage: bench_filter JOB ROUNDS RULES PAGE ...\n");
        return 2;
    }

    bench_setup(&bench, argv[3]);

    n = (unsigned) argc - 4;
    pages = malloc(n * sizeof(bench_page_t));

    if (pages == NULL) {
        return 1;
    }

    for (i = 4; i < argc; i++) {
        pages[i - 4] = bench_page(argv[i]);
    }

    if (njobs == 0) {
        bench_memory(&bench, pages, n);

    } else {
        bench_speed(&bench, jobs, njobs, atoi(argv[2]), pages, n);
    }

    return 0;
}

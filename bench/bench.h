/*
 * The benchmark: jobs that walk over pages in memory, and what they share.
 */

#ifndef CONSENT_BENCH_H
#define CONSENT_BENCH_H


#include "consent_rewrite.h"


/* Pages are fed in pieces, as nginx does. */
#define BENCH_PIECE  16384


typedef struct {
    uint8_t                 *data;
    size_t                   len;
} bench_page_t;


/* A request's memory: from the arena, so that it can be told. */

typedef struct {
    uint8_t                 *data;
    size_t                   size;
    size_t                   used;
    size_t                   last;      /* the allocation made last */
} bench_arena_t;


typedef struct {
    consent_page_t           page;
    consent_choice_t         choice;
    consent_rewrite_conf_t   conf;
    uint8_t                  buf[CONSENT_URL_BUF];
} bench_setup_t;


typedef struct {
    bench_arena_t            arena;
    consent_mem_t            mem;       /* of the arena */
    consent_rules_t         *rules;     /* those given */
    consent_rules_t         *trackers;  /* bench/trackers.json */
    bench_setup_t            denied;    /* nothing granted */
    bench_setup_t            granted;   /* everything */
    bench_setup_t            peers;     /* trackers alone are denied */

    volatile size_t          sink;      /* so that no work is left out */
    unsigned                 counting:1;
    uint64_t                 held;      /* elements held back */
    uint64_t                 defused;   /* URLs in CSS made void */
    size_t                   hold;      /* of the page: bytes kept back */
} bench_t;


typedef struct {
    const char              *name;
    void                   (*run)(bench_t *b, const bench_page_t *page);
} bench_job_t;


extern const bench_job_t  bench_jobs[];

/* Fills in a setup: trackers alone, or all rules; granted or not. */
void bench_configure(bench_t *b, bench_setup_t *setup,
    const consent_rules_t *rules, int unknown, int granted);

/* One page through the rewriter; the arena is emptied before. */
void bench_rewrite(bench_t *b, const bench_page_t *page,
    const bench_setup_t *setup);

/* The peers' question: 1 if the URL leads to one of the trackers. */
int bench_is_tracker(bench_t *b, consent_str_t url, uint32_t type);

/* The same for an element of theirs and one of its attributes, or 0. */
int bench_is_held(bench_t *b, const char *element, const char *attribute,
    const char *value);

#ifdef BENCH_LIBXML2
void bench_libxml2(bench_t *b, const bench_page_t *page);
#endif

#ifdef BENCH_GUMBO
void bench_gumbo(bench_t *b, const bench_page_t *page);
#endif


#endif /* CONSENT_BENCH_H */

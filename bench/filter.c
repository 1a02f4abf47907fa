/*
 * The filter job on pages in memory, in 16 KiB pieces: tokenize, judge with
 * the given rules, nothing granted, rewrite.
 *
 * usage: filter WHAT ROUNDS RULES PAGE …
 *
 * WHAT: filter (the whole job), tokens (the tokenizer alone), memchr (find
 * each "<" and start anew behind it: the ceiling of a naive design).  Prints
 * bytes, seconds, MB/s.  For instructions per byte run it under callgrind
 * with --toggle-collect=bench_run (bench/run.sh does).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "consent_html.h"
#include "consent_rewrite.h"


#define PIECE  16384


typedef struct {
    uint8_t  *data;
    size_t    size;
    size_t    used;
    size_t    most;
} arena_t;


typedef struct {
    uint8_t  *data;
    size_t    len;
} page_t;


static arena_t           arena;
static consent_rules_t  *rules;
static volatile size_t   sink;


static void *
heap_alloc(void *data, size_t size)
{
    (void) data;

    return malloc(size);
}


static void *
arena_alloc(void *data, size_t size)
{
    arena_t  *a;
    void     *p;

    a = data;
    size = (size + 15) & ~(size_t) 15;

    if (size > a->size - a->used) {
        return NULL;
    }

    p = a->data + a->used;
    a->used += size;

    return p;
}


static int
emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    (void) data;
    (void) p;
    (void) kind;

    sink += len;

    return CONSENT_OK;
}


static void
filter(const page_t *page, const consent_rewrite_conf_t *conf)
{
    size_t              at, n;
    consent_rewrite_t  *rw;

    arena.used = 0;
    rw = consent_rewrite_create(conf);

    if (rw == NULL) {
        exit(1);
    }

    for (at = 0; at < page->len; at += n) {
        n = page->len - at < PIECE ? page->len - at : PIECE;

        if (consent_rewrite_feed(rw, page->data + at, n,
                                 at + n == page->len) != CONSENT_OK)
        {
            exit(1);
        }
    }

    if (arena.used > arena.most) {
        arena.most = arena.used;
    }
}


static void
on_tag(void *data, consent_html_t *h)
{
    (void) data;

    sink += h->tag.id;
}


static void
tokens(const page_t *page)
{
    size_t          at, n;
    consent_html_t  h;

    static const consent_html_handler_t  handler = {
        on_tag, NULL, NULL, NULL
    };

    consent_html_init(&h, &handler, NULL, 0);

    for (at = 0; at < page->len; at += n) {
        n = page->len - at < PIECE ? page->len - at : PIECE;
        consent_html_feed(&h, page->data + at, n);
    }
}


static void
ceiling(const page_t *page)
{
    const uint8_t  *p, *end;

    p = page->data;
    end = p + page->len;

    while ((p = memchr(p, '<', (size_t) (end - p))) != NULL) {
        p++;
        sink++;
    }
}


/* Not inlined: callgrind is told to count inside of it. */

void bench_run(const char *what, const page_t *pages, unsigned n,
    const consent_rewrite_conf_t *conf) __attribute__((noinline));


void
bench_run(const char *what, const page_t *pages, unsigned n,
    const consent_rewrite_conf_t *conf)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        switch (what[0]) {
        case 'f':
            filter(&pages[i], conf);
            break;
        case 't':
            tokens(&pages[i]);
            break;
        default:
            ceiling(&pages[i]);
        }
    }
}


static void
report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s: %.*s\n", (int) fault->file.len, fault->file.data,
            (int) fault->message.len, fault->message.data);
}


static void
load_rules(const consent_mem_t *mem, const char *pattern)
{
    consent_loader_t  *loader;

    loader = consent_rules_create(mem, report, NULL);

    if (loader == NULL) {
        exit(1);
    }

    (void) consent_rules_load(loader, (consent_str_t) {
        strlen(pattern), (const uint8_t *) pattern });

    rules = consent_rules_compile(loader);

    if (rules == NULL) {
        exit(1);
    }
}


static page_t
load_page(const char *name)
{
    FILE    *file;
    long     size;
    page_t   page;

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
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static void
configure(consent_rewrite_conf_t *conf, consent_page_t *page,
    consent_choice_t *choice, const consent_mem_t *mem)
{
    int             marketing;
    static uint8_t  buf[CONSENT_URL_BUF];

    marketing = consent_rules_purpose(rules, consent_str("marketing"));

    if (consent_url_parse(&page->url, NULL,
                          consent_str("https://www.example.com/a/b"), buf)
        != CONSENT_OK || marketing < 0)
    {
        exit(1);
    }

    page->site = consent_url_site(page->url.host);
    page->unclassified = (uint32_t) 1 << marketing;
    page->unclassified_passive = page->unclassified;
    choice->granted = rules->necessary;

    conf->rules = rules;
    conf->page = page;
    conf->choice = choice;
    conf->mem = mem;
    conf->max_tag = 65536;
    conf->max_inline = 65536;
    conf->prefix = consent_str("/privacy-choices/");
    conf->emit = emit;
}


int
main(int argc, char **argv)
{
    int                             i, rounds;
    size_t                          bytes;
    double                          seconds;
    page_t                         *pages;
    consent_mem_t                   heap, mem;
    consent_page_t                  page = { .nfirst = 0 };
    consent_choice_t                choice = { .made = 0 };
    static consent_rewrite_conf_t   conf;

    if (argc < 5) {
        fprintf(stderr, "usage: filter WHAT ROUNDS RULES PAGE ...\n");
        return 2;
    }

    heap = (consent_mem_t) { heap_alloc, NULL };
    load_rules(&heap, argv[3]);

    arena.size = 1 << 20;
    arena.data = malloc(arena.size);
    pages = malloc((size_t) argc * sizeof(page_t));

    if (arena.data == NULL || pages == NULL) {
        return 1;
    }

    mem = (consent_mem_t) { arena_alloc, &arena };
    configure(&conf, &page, &choice, &mem);

    for (bytes = 0, i = 4; i < argc; i++) {
        pages[i - 4] = load_page(argv[i]);
        bytes += pages[i - 4].len;
    }

    rounds = atoi(argv[2]);
    seconds = now();

    for (i = 0; i < rounds; i++) {
        bench_run(argv[1], pages, (unsigned) argc - 4, &conf);
    }

    seconds = now() - seconds;

    printf("%-8s %zu bytes, %d rounds, %.3f s, %.0f MB/s, memory %zu\n",
           argv[1], bytes, rounds, seconds,
           (double) bytes * rounds / seconds / 1e6, arena.most);

    return 0;
}

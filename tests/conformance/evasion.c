/*
 * Filters pages from standard input, for the tests of tests/evasion.  Each
 * is fed whole, byte by byte and at every split in two.
 *
 * usage: evasion RULES [step]
 *
 * A page: options (1 byte: 1 XHTML, 2 whole feeding alone, 4 a small bound
 * for tags and scripts), length (4 bytes, little-endian), the bytes.
 * Printed: number of feedings that came out different (4 bytes), length (4
 * bytes) and the filtered page.  With a step, only every step-th split is
 * tried.  Nothing is granted but what is necessary.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consent_rewrite.h"


#define EVASION_PAGE   "http://www.site.example/dir/page"

#define EVASION_XML    1
#define EVASION_WHOLE  2
#define EVASION_SMALL  4


typedef struct evasion_block_s  evasion_block_t;

struct evasion_block_s {
    evasion_block_t  *next;
    max_align_t       data[];
};

typedef struct {
    uint8_t  *data;
    size_t    len;
    size_t    size;
} evasion_out_t;


/* Blocks live until the list is let go. */

static void *
evasion_alloc(void *data, size_t size)
{
    evasion_block_t  *block, **list;

    list = data;
    block = malloc(sizeof(evasion_block_t) + size);

    if (block == NULL) {
        return NULL;
    }

    block->next = *list;
    *list = block;

    return block->data;
}


static void
evasion_free(evasion_block_t **list)
{
    evasion_block_t  *block;

    while (*list) {
        block = *list;
        *list = block->next;
        free(block);
    }
}


static int
evasion_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    uint8_t        *grown;
    evasion_out_t  *out;

    (void) kind;

    out = data;

    if (len > out->size - out->len) {
        grown = realloc(out->data, 2 * (out->len + len));

        if (grown == NULL) {
            return CONSENT_ERROR;
        }

        out->data = grown;
        out->size = 2 * (out->len + len);
    }

    memcpy(out->data + out->len, p, len);
    out->len += len;

    return CONSENT_OK;
}


static void
evasion_report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s:%u: %.*s\n", (int) fault->file.len,
            (const char *) fault->file.data, fault->line,
            (int) fault->message.len, (const char *) fault->message.data);
}


/* Feeds up to `split` in one piece and the rest in pieces of `step`. */

static int
evasion_run(const consent_rewrite_conf_t *conf, consent_str_t page,
    size_t split, size_t step)
{
    int                 rc;
    size_t              at, n;
    uint8_t            *copy;
    consent_rewrite_t  *rw;

    ((evasion_out_t *) conf->data)->len = 0;

    rw = consent_rewrite_create(conf);
    rc = rw ? CONSENT_OK : CONSENT_ERROR;

    for (at = 0; at < page.len && rc == CONSENT_OK; at += n) {
        n = at < split ? split : step;
        n = page.len - at < n ? page.len - at : n;

        /* a piece of its own, so that sanitizers see its ends */

        copy = malloc(n);

        if (copy == NULL) {
            return CONSENT_ERROR;
        }

        memcpy(copy, page.data + at, n);
        rc = consent_rewrite_feed(rw, copy, n, 0);
        free(copy);
    }

    return rc == CONSENT_OK ? consent_rewrite_feed(rw, NULL, 0, 1) : rc;
}


static int
evasion_same(const consent_rewrite_conf_t *conf, const evasion_out_t *whole,
    consent_str_t page, size_t split, size_t step)
{
    int             rc;
    evasion_out_t  *out;

    rc = evasion_run(conf, page, split, step);
    evasion_free(conf->mem->data);

    out = conf->data;

    return rc == CONSENT_OK && out->len == whole->len
           && (out->len == 0
               || memcmp(out->data, whole->data, out->len) == 0);
}


static void
evasion_number(uint32_t n)
{
    putchar((int) (n & 0xff));
    putchar((int) (n >> 8 & 0xff));
    putchar((int) (n >> 16 & 0xff));
    putchar((int) (n >> 24));
}


static int
evasion_page(consent_rewrite_conf_t *conf, int options, consent_str_t page,
    size_t step)
{
    size_t         split;
    uint32_t       differs;
    evasion_out_t  whole, other;

    memset(&whole, 0, sizeof(whole));
    memset(&other, 0, sizeof(other));

    conf->xml = options & EVASION_XML;
    conf->max_tag = options & EVASION_SMALL ? 64 : 65536;
    conf->max_inline = options & EVASION_SMALL ? 256 : 65536;
    conf->data = &whole;

    if (evasion_run(conf, page, page.len, 1) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    evasion_free(conf->mem->data);

    conf->data = &other;
    differs = 0;

    if (!(options & EVASION_WHOLE)) {
        differs += !evasion_same(conf, &whole, page, 0, 1);

        for (split = 1; split < page.len; split += step) {
            differs += !evasion_same(conf, &whole, page, split, page.len);
        }
    }

    evasion_number(differs);
    evasion_number((uint32_t) whole.len);

    if (whole.len) {
        fwrite(whole.data, 1, whole.len, stdout);
    }

    free(whole.data);
    free(other.data);

    return CONSENT_OK;
}


static int
evasion_pages(consent_rewrite_conf_t *conf, size_t step)
{
    int            rc, options;
    size_t         len;
    uint8_t        size[4], *data;

    while ((options = getchar()) != EOF) {

        if (fread(size, 1, 4, stdin) != 4) {
            return CONSENT_ERROR;
        }

        len = (size_t) size[0] | (size_t) size[1] << 8
              | (size_t) size[2] << 16 | (size_t) size[3] << 24;
        data = malloc(len + 1);

        if (data == NULL || fread(data, 1, len, stdin) != len) {
            return CONSENT_ERROR;
        }

        rc = evasion_page(conf, options, (consent_str_t) { len, data }, step);
        free(data);

        if (rc != CONSENT_OK) {
            return rc;
        }
    }

    return CONSENT_OK;
}


int
main(int argc, char **argv)
{
    int                      rc;
    uint8_t                 *url;
    consent_str_t            name;
    consent_page_t           page;
    consent_rules_t         *rules;
    consent_choice_t         choice;
    consent_loader_t        *loader;
    consent_rewrite_conf_t   conf;

    static evasion_block_t     *blocks, *kept;
    static const consent_mem_t  mem = { evasion_alloc, &blocks };
    static const consent_mem_t  keep = { evasion_alloc, &kept };

    if (argc < 2) {
        return 2;
    }

    name = (consent_str_t) { strlen(argv[1]), (const uint8_t *) argv[1] };
    loader = consent_rules_create(&keep, evasion_report, NULL);

    if (loader == NULL) {
        return 2;
    }

    rc = consent_rules_load(loader, name);
    rules = consent_rules_compile(loader);
    url = consent_alloc(&keep, CONSENT_URL_BUF);

    memset(&page, 0, sizeof(page));

    if (rc != CONSENT_OK || rules == NULL || url == NULL
        || consent_url_parse(&page.url, NULL, consent_str(EVASION_PAGE), url)
           != CONSENT_OK)
    {
        return 2;
    }

    page.site = consent_url_site(page.url.host);
    page.unclassified = rules->all & ~rules->necessary;
    page.unclassified_passive = page.unclassified;

    memset(&choice, 0, sizeof(choice));
    choice.made = 1;
    choice.granted = rules->necessary;

    memset(&conf, 0, sizeof(conf));
    conf.rules = rules;
    conf.page = &page;
    conf.choice = &choice;
    conf.mem = &mem;
    conf.prefix = consent_str("/privacy-choices/");
    conf.emit = evasion_emit;

    rc = evasion_pages(&conf, argc > 2 ? (size_t) atol(argv[2]) : 1);

    consent_rules_destroy(rules);
    evasion_free(&kept);

    return rc == CONSENT_OK ? 0 : 1;
}

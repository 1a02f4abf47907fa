/* For the fuzz targets: memory, and a rule set. */

#ifndef FUZZ_H
#define FUZZ_H


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consent_header.h"
#include "consent_rewrite.h"
#include "consent_rules.h"


/* Blocks of their own, so that sanitizers see their ends; let go of after
   each input. */

typedef struct fuzz_block_s  fuzz_block_t;

struct fuzz_block_s {
    fuzz_block_t  *next;
    max_align_t    data[];
};

static fuzz_block_t  *fuzz_kept, *fuzz_used;


static inline void *
fuzz_alloc(void *data, size_t size)
{
    fuzz_block_t  *block, **list;

    list = data;
    block = malloc(sizeof(fuzz_block_t) + size);

    if (block == NULL) {
        return NULL;
    }

    block->next = *list;
    *list = block;

    return block->data;
}


static const consent_mem_t  fuzz_keep = { fuzz_alloc, &fuzz_kept };
static const consent_mem_t  fuzz_mem = { fuzz_alloc, &fuzz_used };


static inline void
fuzz_free(void)
{
    fuzz_block_t  *block;

    while (fuzz_used) {
        block = fuzz_used;
        fuzz_used = block->next;
        free(block);
    }
}


static inline void
fuzz_report(void *data, const consent_fault_t *fault)
{
    (void) data;
    (void) fault;
}


/* What must hold, in every build. */

static inline void
fuzz_check(int condition)
{
    if (!condition) {
        abort();
    }
}


static inline consent_rules_t *
fuzz_rules(void)
{
    consent_loader_t        *loader;
    static consent_rules_t  *rules;

    static const char  text[] =
        "{\"version\":1,\"services\":["
        "{\"id\":\"denied\",\"name\":\"Denied\",\"purposes\":[\"marketing\"],"
        "\"match\":[{\"host\":\"denied.example\"},{\"path\":\"/collect\"},"
        "{\"regex\":\"^https?://r[0-9]+\\\\.example/\"},"
        "{\"inline\":[\"denied(\\\"go\\\"\"]}]},"
        "{\"id\":\"allowed\",\"name\":\"Allowed\","
        "\"purposes\":[\"necessary\"],"
        "\"match\":[{\"host\":\"allowed.example\"},"
        "{\"inline\":[\"allowed(\"]}]}]}";

    if (rules == NULL) {
        loader = consent_rules_create(&fuzz_keep, fuzz_report, NULL);
        fuzz_check(loader != NULL);
        (void) consent_rules_load_text(loader, consent_str("fuzz.json"),
                                       consent_str(text));
        rules = consent_rules_compile(loader);
        fuzz_check(rules != NULL);
    }

    return rules;
}


static inline const consent_page_t *
fuzz_page(const consent_rules_t *rules)
{
    static int             made;
    static uint8_t         buf[CONSENT_URL_BUF];
    static consent_page_t  page;

    if (!made) {
        made = 1;
        (void) consent_url_parse(&page.url, NULL,
                                 consent_str("http://www.site.example/dir/p"),
                                 buf);
        page.site = consent_url_site(page.url.host);
        page.unclassified = rules->all & ~rules->necessary;
        page.unclassified_passive = page.unclassified;
    }

    return &page;
}


static inline const consent_choice_t *
fuzz_choice(const consent_rules_t *rules)
{
    static consent_choice_t  choice;

    choice.made = 1;
    choice.granted = rules->necessary;

    return &choice;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#endif /* FUZZ_H */

/*
 * The rules of lists, as they are kept until they are compiled.
 */

#include <stdlib.h>
#include <string.h>

#include "consent_rules_list.h"


#define CONSENT_LIST_RULES_MAX  (1 << 22)
#define CONSENT_LIST_TEXT_MAX   (1 << 28)


/* Room for n more of items of `size` bytes; NULL without. */
static void *
consent_list_grow(void *items, uint32_t *room, uint32_t used, size_t n,
    size_t size, uint32_t max)
{
    void      *p;
    uint32_t   want;

    if (n > max - used) {
        return NULL;
    }

    if (n <= *room - used) {
        return items;
    }

    for (want = *room ? *room : 256; want - used < n; want *= 2) {
        /* void */
    }

    p = realloc(items, want * size);

    if (p != NULL) {
        *room = want;
    }

    return p;
}


static consent_list_record_t *
consent_list_record(consent_list_store_t *store, size_t text)
{
    uint8_t                *bytes;
    consent_list_record_t  *records;

    records = consent_list_grow(store->records, &store->size, store->n, 1,
                                sizeof(consent_list_record_t),
                                CONSENT_LIST_RULES_MAX);
    if (records == NULL) {
        return NULL;
    }

    store->records = records;

    /* One byte more, so that there is a text where no rule has any. */

    bytes = consent_list_grow(store->text, &store->text_size, store->ntext,
                              text + 1, 1, CONSENT_LIST_TEXT_MAX);
    if (bytes == NULL) {
        return NULL;
    }

    store->text = bytes;

    return &records[store->n];
}


static int
consent_list_compare(const void *a, const void *b)
{
    const consent_list_host_t  *one, *two;

    one = a;
    two = b;

    return (one->hash > two->hash) - (one->hash < two->hash);
}


static void
consent_list_sort(consent_list_hosts_t *hosts)
{
    unsigned  i;

    for (i = 0; i < hosts->n; i++) {
        hosts->item[i].hash = consent_host_hash(hosts->item[i].name);
        hosts->entities |= hosts->item[i].entity;
        hosts->named |= !hosts->item[i].except;
    }

    if (hosts->n > 1) {
        qsort(hosts->item, hosts->n, sizeof(consent_list_host_t),
              consent_list_compare);
    }
}


int
consent_list_push(consent_loader_t *loader, const consent_list_rule_t *rule)
{
    consent_list_store_t   *store;
    consent_list_record_t  *record;

    if (loader->listed == NULL) {
        loader->listed = calloc(1, sizeof(consent_list_store_t));
    }

    store = loader->listed;
    record = NULL;

    if (store != NULL && rule->pattern.len <= CONSENT_RULES_PATH_MAX
        && rule->line <= CONSENT_LIST_LINE_MAX)
    {
        record = consent_list_record(store, rule->pattern.len);
    }

    if (record == NULL) {
        if (rule->more != NULL && rule->more->regex != NULL) {
            consent_regex_free(rule->more->regex);
        }

        return CONSENT_ERROR;
    }

    record->rule = *rule;
    record->rule.pattern.data = NULL;
    record->text = store->ntext;

    if (rule->pattern.len) {
        memcpy(store->text + store->ntext, rule->pattern.data,
               rule->pattern.len);
    }

    store->ntext += (uint32_t) rule->pattern.len;
    store->n++;

    if (rule->more != NULL) {
        consent_list_sort(&rule->more->page);
        consent_list_sort(&rule->more->to);
        consent_list_sort(&rule->more->denyallow);
        store->nmore++;
    }

    return CONSENT_OK;
}


void
consent_list_store_free(consent_list_store_t *store)
{
    uint32_t                    i;
    const consent_list_more_t  *more;

    for (i = 0; i < store->n; i++) {
        more = store->records[i].rule.more;

        if (more != NULL && more->regex != NULL && !store->taken) {
            consent_regex_free(more->regex);
        }
    }

    free(store->records);
    free(store->text);
    free(store);
}

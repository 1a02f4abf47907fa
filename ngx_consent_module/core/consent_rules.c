#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "consent_rules_index.h"


/* Longest word that is compared with others. */
#define CONSENT_NEAR_MAX  64


void *
consent_vec_push(const consent_mem_t *mem, consent_vec_t *vec, size_t item)
{
    void      *p;
    unsigned   size;

    if (vec->n == vec->size) {
        size = vec->size ? vec->size * 2 : 8;

        p = consent_alloc(mem, size * item);
        if (p == NULL) {
            return NULL;
        }

        if (vec->n) {
            memcpy(p, vec->items, vec->n * item);
        }

        vec->items = p;
        vec->size = size;
    }

    p = (uint8_t *) vec->items + vec->n++ * item;
    memset(p, 0, item);

    return p;
}


static void
consent_loader_report(consent_loader_t *loader, const consent_place_t *place,
    int warning, const char *format, va_list args)
{
    int              n;
    char             text[512];
    consent_fault_t  fault;

    n = vsnprintf(text, sizeof(text), format, args);

    memset(&fault, 0, sizeof(consent_fault_t));
    fault.file = place->file;
    fault.line = place->line;
    fault.column = place->column;
    fault.warning = warning != 0;
    fault.message.data = (uint8_t *) text;
    fault.message.len = n < 0 ? 0 : (size_t) n < sizeof(text)
                        ? (size_t) n : sizeof(text) - 1;

    loader->faults += !warning;

    if (loader->report != NULL) {
        loader->report(loader->data, &fault);
    }
}


void
consent_loader_fault(consent_loader_t *loader, const consent_place_t *place,
    const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    consent_loader_report(loader, place, 0, format, args);
    va_end(args);
}


void
consent_loader_warn(consent_loader_t *loader, const consent_place_t *place,
    const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    consent_loader_report(loader, place, 1, format, args);
    va_end(args);
}


/*
 * Texts.
 */


static consent_str_t
consent_texts_primary(consent_str_t lang)
{
    const uint8_t  *dash;

    dash = lang.len ? memchr(lang.data, '-', lang.len) : NULL;
    if (dash != NULL) {
        lang.len = (size_t) (dash - lang.data);
    }

    return lang;
}


static const consent_text_t *
consent_texts_find(const consent_texts_t *texts, consent_str_t lang)
{
    unsigned  i;

    for (i = 0; i < texts->n; i++) {
        if (consent_str_caseeq(texts->item[i].lang, lang)) {
            return &texts->item[i];
        }
    }

    return NULL;
}


consent_str_t
consent_texts_get(const consent_texts_t *texts, consent_str_t lang)
{
    unsigned               i;
    consent_str_t          primary;
    const consent_text_t  *text;

    if (texts->n == 0) {
        return (consent_str_t) { 0, NULL };
    }

    primary = consent_texts_primary(lang);

    text = consent_texts_find(texts, lang);

    if (text == NULL) {
        text = consent_texts_find(texts, primary);
    }

    for (i = 0; text == NULL && i < texts->n; i++) {
        if (consent_str_caseeq(consent_texts_primary(texts->item[i].lang),
                               primary))
        {
            text = &texts->item[i];
        }
    }

    if (text == NULL) {
        text = consent_texts_find(texts, consent_str("en"));
    }

    return text != NULL ? text->text : texts->item[0].text;
}


/*
 * Names.
 */


int
consent_rules_purpose(const consent_rules_t *rules, consent_str_t key)
{
    unsigned  i;

    for (i = 0; i < rules->npurposes; i++) {
        if (consent_str_eq(rules->purposes[i].key, key)) {
            return (int) i;
        }
    }

    return -1;
}


static uint32_t
consent_ids_hash(consent_str_t id)
{
    size_t    i;
    uint32_t  hash;

    hash = CONSENT_HASH_INIT;

    for (i = 0; i < id.len; i++) {
        hash = consent_hash_step(hash, id.data[i]);
    }

    return hash;
}


int
consent_ids_build(consent_rules_index_t *index, const consent_rules_t *rules)
{
    uint32_t          i, at, hash;
    consent_table_t  *ids;

    ids = &index->ids;

    if (consent_table_create(&index->mem, ids, rules->nservices)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    for (i = 0; i < rules->nservices; i++) {
        hash = consent_ids_hash(rules->services[i].id);
        at = consent_table_slot(ids, hash);

        while (ids->slots[at].value != 0) {
            at = (at + 1) & ids->mask;
        }

        ids->slots[at].hash = hash;
        ids->slots[at].value = i + 1;
    }

    return CONSENT_OK;
}


int
consent_rules_service(const consent_rules_t *rules, consent_str_t id)
{
    uint32_t                      at, hash, value;
    const consent_rules_index_t  *index;

    index = rules->index;
    hash = consent_ids_hash(id);

    for (at = consent_table_slot(&index->ids, hash);
         index->ids.slots[at].value != 0;
         at = (at + 1) & index->ids.mask)
    {
        value = index->ids.slots[at].value;

        if (index->ids.slots[at].hash == hash
            && consent_str_eq(rules->services[value - 1].id, id))
        {
            return (int) value - 1;
        }
    }

    return CONSENT_NO_SERVICE;
}


/*
 * What was probably meant.
 */


static uint8_t
consent_near_lower(uint8_t c)
{
    return (uint8_t) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}


/* Edit distance (Levenshtein), letters without case. */
static unsigned
consent_near_distance(consent_str_t a, consent_str_t b)
{
    size_t    i, j;
    unsigned  left, diagonal, best, row[CONSENT_NEAR_MAX + 1];

    for (j = 0; j <= b.len; j++) {
        row[j] = (unsigned) j;
    }

    for (i = 0; i < a.len; i++) {
        diagonal = row[0];
        left = row[0] = (unsigned) i + 1;

        for (j = 0; j < b.len; j++) {
            best = diagonal + (consent_near_lower(a.data[i])
                               != consent_near_lower(b.data[j]));
            diagonal = row[j + 1];

            if (best > diagonal + 1) {
                best = diagonal + 1;
            }

            if (best > left + 1) {
                best = left + 1;
            }

            left = row[j + 1] = best;
        }
    }

    return row[b.len];
}


consent_str_t
consent_rules_nearest(consent_str_t word, unsigned n,
    consent_str_t (*get)(const void *data, unsigned i), const void *data)
{
    size_t         longer;
    unsigned       i, distance, best;
    consent_str_t  near, known;

    near = (consent_str_t) { 0, NULL };
    best = CONSENT_NEAR_MAX;

    if (word.len > CONSENT_NEAR_MAX) {
        return near;
    }

    for (i = 0; i < n; i++) {
        known = get(data, i);

        if (known.len > CONSENT_NEAR_MAX) {
            continue;
        }

        longer = word.len > known.len ? word.len : known.len;
        distance = consent_near_distance(word, known);

        if (distance < best && distance <= (longer + 2) / 3) {
            best = distance;
            near = known;
        }
    }

    return near;
}


typedef struct {
    const consent_rules_t  *rules;
    consent_str_t           also;
} consent_near_purpose_t;


static consent_str_t
consent_rules_purpose_key(const void *data, unsigned i)
{
    const consent_near_purpose_t  *near;

    near = data;

    return i < near->rules->npurposes ? near->rules->purposes[i].key
                                      : near->also;
}


consent_str_t
consent_rules_nearest_purpose(const consent_rules_t *rules,
    consent_str_t key, consent_str_t also)
{
    consent_near_purpose_t  near;

    near.rules = rules;
    near.also = also;

    return consent_rules_nearest(key, rules->npurposes + (also.len != 0),
                                 consent_rules_purpose_key, &near);
}


static consent_str_t
consent_rules_service_id(const void *data, unsigned i)
{
    const consent_rules_t  *rules;

    rules = data;

    return rules->services[i].id;
}


consent_str_t
consent_rules_nearest_service(const consent_rules_t *rules, consent_str_t id)
{
    return consent_rules_nearest(id, rules->nservices,
                                 consent_rules_service_id, rules);
}

/*
 * Names of cookies and storage keys.
 */

#include <stdlib.h>
#include <string.h>

#include "consent_rules_index.h"


static uint32_t
consent_storage_hash(unsigned kind, consent_str_t name)
{
    size_t    i;
    uint32_t  hash;

    hash = consent_hash_step(CONSENT_HASH_INIT, (uint8_t) kind);

    for (i = 0; i < name.len; i++) {
        hash = consent_hash_step(hash, name.data[i]);
    }

    return hash;
}


/* The slot of a name, or the empty one where it belongs. */
static consent_slot_t *
consent_storage_slot(const consent_storage_index_t *index, unsigned kind,
    consent_str_t name, uint32_t hash)
{
    uint32_t                       i;
    consent_slot_t                *slot;
    const consent_storage_name_t  *known;

    for (i = consent_table_slot(&index->table, hash);
         /* void */ ;
         i = (i + 1) & index->table.mask)
    {
        slot = &index->table.slots[i];

        if (slot->value == 0) {
            return slot;
        }

        known = &index->names[slot->value - 1];

        if (slot->hash == hash && known->kind == kind
            && consent_str_eq(known->name, name))
        {
            return slot;
        }
    }
}


static unsigned
consent_storage_group(consent_str_t pattern)
{
    return pattern.data[0] == '*' ? 256 : pattern.data[0];
}


/* By group; within one the longer pattern, then the later loaded first. */
static int
consent_storage_compare(const void *a, const void *b)
{
    unsigned                       x, y;
    const consent_storage_name_t  *one, *two;

    one = a;
    two = b;
    x = consent_storage_group(one->name);
    y = consent_storage_group(two->name);

    if (x != y) {
        return x < y ? -1 : 1;
    }

    if (one->name.len != two->name.len) {
        return one->name.len > two->name.len ? -1 : 1;
    }

    return two->service - one->service;
}


static void
consent_storage_add(consent_storage_index_t *index, unsigned *npatterns,
    unsigned *nnames, const consent_storage_t *storage, int service)
{
    uint32_t                 hash;
    consent_slot_t          *slot;
    consent_storage_name_t   name;

    name.name = storage->name;
    name.service = service;
    name.kind = (uint8_t) storage->kind;

    if (memchr(name.name.data, '*', name.name.len) != NULL) {
        index->patterns[(*npatterns)++] = name;
        return;
    }

    hash = consent_storage_hash(name.kind, name.name);
    slot = consent_storage_slot(index, name.kind, name.name, hash);

    if (slot->value == 0) {
        slot->hash = hash;
        slot->value = ++*nnames;
    }

    /* The later loaded one replaces what was there. */

    index->names[slot->value - 1] = name;
}


int
consent_storage_build(consent_rules_index_t *index,
    const consent_rules_t *rules)
{
    unsigned                  i, j, n, total, nnames;
    consent_storage_index_t  *storage;

    storage = &index->storage;
    total = 0;

    for (i = 0; i < rules->nservices; i++) {
        total += rules->services[i].nstorage;
    }

    storage->names = consent_calloc(&index->mem,
                                    total * sizeof(consent_storage_name_t));
    storage->patterns = consent_calloc(&index->mem,
                                    total * sizeof(consent_storage_name_t));

    if (storage->names == NULL || storage->patterns == NULL
        || consent_table_create(&index->mem, &storage->table, total)
           != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    n = 0;
    nnames = 0;

    for (i = 0; i < rules->nservices; i++) {
        for (j = 0; j < rules->services[i].nstorage; j++) {
            consent_storage_add(storage, &n, &nnames,
                                &rules->services[i].storage[j], (int) i);
        }
    }

    qsort(storage->patterns, n, sizeof(consent_storage_name_t),
          consent_storage_compare);

    for (i = 0, j = 0; i < 257; i++) {
        storage->start[i] = j;

        while (j < n
               && consent_storage_group(storage->patterns[j].name) == i)
        {
            j++;
        }
    }

    storage->start[257] = n;

    return CONSENT_OK;
}


/* The best pattern of a group, or NULL. */
static const consent_storage_name_t *
consent_storage_pattern(const consent_storage_index_t *index, unsigned group,
    unsigned kind, consent_str_t name)
{
    uint32_t                       i;
    const consent_storage_name_t  *pattern;

    for (i = index->start[group]; i < index->start[group + 1]; i++) {
        pattern = &index->patterns[i];

        if (pattern->kind == kind
            && consent_rules_glob(pattern->name, name, 1))
        {
            return pattern;
        }
    }

    return NULL;
}


static const consent_storage_name_t *
consent_storage_find(const consent_storage_index_t *index, unsigned kind,
    consent_str_t name)
{
    uint32_t                       hash;
    consent_slot_t                *slot;
    const consent_storage_name_t  *one, *two;

    hash = consent_storage_hash(kind, name);
    slot = consent_storage_slot(index, kind, name, hash);

    if (slot->value != 0) {
        return &index->names[slot->value - 1];
    }

    if (name.len == 0) {
        return NULL;
    }

    one = consent_storage_pattern(index, name.data[0], kind, name);
    two = consent_storage_pattern(index, 256, kind, name);

    if (one == NULL || two == NULL) {
        return one != NULL ? one : two;
    }

    if (one->name.len != two->name.len) {
        return one->name.len > two->name.len ? one : two;
    }

    return one->service >= two->service ? one : two;
}


int
consent_rules_storage(const consent_rules_t *rules,
    consent_storage_kind_t kind, consent_str_t name,
    consent_verdict_t *verdict)
{
    const consent_rules_index_t   *index;
    const consent_storage_name_t  *found;

    memset(verdict, 0, sizeof(consent_verdict_t));
    verdict->service = CONSENT_NO_SERVICE;
    verdict->rule = CONSENT_NO_RULE;

    index = rules->index;

    found = consent_storage_find(&index->storage, kind, name);
    if (found == NULL) {
        return CONSENT_DECLINED;
    }

    verdict->service = found->service;
    verdict->purposes = rules->services[found->service].purposes;

    return CONSENT_OK;
}

/*
 * The table of hosts that matchers and rules of lists name.
 */

#include <string.h>

#include "consent_rules_index.h"


/* Bits of `seen` for each name, at least. */
#define CONSENT_HOSTS_SPARSE  16


int
consent_hosts_create(consent_rules_index_t *index, uint32_t n, uint32_t slots)
{
    uint64_t               size;
    consent_host_table_t  *table;

    table = &index->table;

    if (consent_table_create(&index->mem, &table->table, slots)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    table->shift = 32 - 10;

    for (size = 1 << 10;
         size < (uint64_t) slots * CONSENT_HOSTS_SPARSE && table->shift > 4;
         size *= 2)
    {
        table->shift--;
    }

    table->seen = consent_calloc(&index->mem, size / 8);
    index->hosts = consent_calloc(&index->mem, n * sizeof(consent_host_t));

    return table->seen != NULL && index->hosts != NULL ? CONSENT_OK
                                                       : CONSENT_ERROR;
}


void
consent_hosts_put(consent_rules_index_t *index, consent_str_t name,
    uint32_t value)
{
    uint32_t               hash, at;
    consent_host_table_t  *table;

    table = &index->table;
    hash = consent_host_hash(name);

    at = hash >> table->shift;
    table->seen[at / 32] |= (uint32_t) 1 << at % 32;

    at = hash & table->table.mask;

    while (table->table.slots[at].value != 0) {
        at = (at + 1) & table->table.mask;
    }

    table->table.slots[at] = (consent_slot_t) { hash, value };
}


uint32_t
consent_hosts_add(consent_rules_index_t *index, consent_str_t name)
{
    uint32_t  value;

    value = consent_hosts_find(index, name, consent_host_hash(name));

    if (value == 0) {
        value = ++index->nhosts;
        index->hosts[value - 1].name = name;
        consent_hosts_put(index, name, value);
    }

    return value - 1;
}


/* An entry that matchers name, and not lists alone; NULL if there is none. */
static consent_host_t *
consent_hosts_named(const consent_rules_index_t *index, consent_str_t name)
{
    uint32_t  value;

    value = consent_hosts_find(index, name, consent_host_hash(name));

    return value != 0 && !(value & CONSENT_LISTED)
           && index->hosts[value - 1].n != 0
           ? &index->hosts[value - 1] : NULL;
}


/* Empty at the end. */
static consent_str_t
consent_hosts_parent(consent_str_t name)
{
    const uint8_t  *dot;

    dot = memchr(name.data, '.', name.len);

    return dot == NULL ? consent_str("")
           : (consent_str_t) { name.len - (size_t) (dot + 1 - name.data),
                               dot + 1 };
}


void
consent_hosts_part(consent_rules_index_t *index)
{
    uint32_t         i;
    consent_str_t    parent;
    consent_host_t  *host;

    for (i = 0; i < index->nhosts; i++) {
        if (index->hosts[i].name.len == 0) {
            continue;
        }

        for (parent = consent_hosts_parent(index->hosts[i].name);
             parent.len != 0;
             parent = consent_hosts_parent(parent))
        {
            host = consent_hosts_named(index, parent);

            if (host != NULL) {
                host->parted = 1;
            }
        }
    }
}


int
consent_rules_parted(const consent_rules_t *rules, consent_str_t host)
{
    consent_str_t    parent;
    consent_host_t  *known;

    if (host.len == 0 || consent_hosts_named(rules->index, host) != NULL) {
        return 0;
    }

    parent = consent_hosts_parent(host);

    if (parent.len != 0 && host.len - parent.len == 4
        && memcmp(host.data, "www", 3) == 0
        && consent_hosts_named(rules->index, parent) != NULL)
    {
        return 0;
    }

    for ( /* void */ ; parent.len != 0; parent = consent_hosts_parent(parent))
    {
        known = consent_hosts_named(rules->index, parent);

        if (known != NULL && known->parted) {
            return 1;
        }
    }

    return 0;
}

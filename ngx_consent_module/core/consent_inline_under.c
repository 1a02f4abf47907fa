/*
 * Inline literals: how much of others may have been read where one begins.
 *
 * Where the filter is sure of a literal's begin, the lexer need not look for
 * literals before it, but for those that are under way there.  Such a one
 * holds what the literal begins with, so it can be told beforehand how many
 * symbols it may have had by then.
 *
 * Two literals may stand in the same bytes and yet read them in different
 * ways, as code and as a string.  So they are compared without what one of
 * them may pass over, white space and backslashes, and only up to what may
 * begin a comment.
 */

#include <string.h>

#include "consent_inline.h"


/* What literals begin with is compared in two lengths. */

#define CONSENT_UNDER_LONG   8
#define CONSENT_UNDER_SHORT  4


typedef struct {
    uint64_t  key;                      /* 0: the slot is empty */
    uint32_t  under;
} consent_under_slot_t;

typedef struct {
    consent_under_slot_t  *slots;
    uint32_t               mask;
} consent_under_t;


/* Bytes that all readings have in common. */

static int
consent_under_is_common(uint8_t c)
{
    return c != '\\'
           && (consent_inline_class[c] & CONSENT_INLINE_IS_SPACE) == 0;
}


/* 1 if a comment may begin with these two; next: 0 if it is not known. */

static int
consent_under_is_comment(uint8_t c, uint8_t next)
{
    switch (c) {
    case '/':
        return next == '/' || next == '*' || next == 0;
    case '<':
        return next == '!' || next == 0;
    case '-':
        return next == '-' || next == 0;
    default:
        return 0;
    }
}


/*
 * The n bytes from symbol i on, but before symbol `end`, as a number; 0 if
 * there are not as many, or a comment may begin at one of them.
 */

static uint64_t
consent_under_key(const consent_inline_literal_t *literal, uint32_t i,
    uint32_t end, unsigned n)
{
    uint8_t   c, last;
    uint64_t  key;

    key = 0;
    last = 0;

    for ( /* void */ ; i < end && n; i++) {
        c = (uint8_t) literal->symbols[i];

        if (!consent_under_is_common(c)) {
            continue;
        }

        if (consent_under_is_comment(last, c)) {
            return 0;
        }

        key = key << 8 | c;
        last = c;
        n--;
    }

    return n || consent_under_is_comment(last, 0) ? 0 : key;
}


/* Of what a literal begins with; 0 if that does not tell. */

static uint64_t
consent_under_head(const consent_inline_literal_t *literal)
{
    uint64_t  key;

    key = consent_under_key(literal, 0, literal->head, CONSENT_UNDER_LONG);

    return key ? key : consent_under_key(literal, 0, literal->head,
                                         CONSENT_UNDER_SHORT);
}


static consent_under_slot_t *
consent_under_slot(const consent_under_t *table, uint64_t key)
{
    uint32_t  i;

    i = (uint32_t) (key * 0x9e3779b97f4a7c15u >> 32) & table->mask;

    while (table->slots[i].key != key && table->slots[i].key != 0) {
        i = (i + 1) & table->mask;
    }

    return &table->slots[i];
}


/* Notes where something inside of a literal is what others begin with. */

static void
consent_under_inside(const consent_under_t *table,
    const consent_inline_literal_t *literal, unsigned len)
{
    uint32_t               i;
    uint64_t               key;
    consent_under_slot_t  *slot;

    for (i = 1; i < literal->n; i++) {
        key = consent_under_key(literal, i, literal->n, len);
        slot = consent_under_slot(table, key);

        if (key != 0 && slot->key == key && slot->under < i) {
            slot->under = i;
        }
    }
}


int
consent_inline_under(const consent_mem_t *mem, consent_inline_index_t *index)
{
    uint32_t          i;
    uint64_t          key;
    consent_under_t   table;

    for (table.mask = 15; table.mask < 2 * index->nliterals; /* void */ ) {
        table.mask = table.mask * 2 + 1;
    }

    table.slots = consent_calloc(mem, (table.mask + 1)
                                      * sizeof(consent_under_slot_t));
    if (table.slots == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < index->nliterals; i++) {
        key = consent_under_head(&index->literals[i]);
        consent_under_slot(&table, key)->key = key;
    }

    for (i = 0; i < index->nliterals; i++) {
        consent_under_inside(&table, &index->literals[i], CONSENT_UNDER_LONG);
        consent_under_inside(&table, &index->literals[i],
                             CONSENT_UNDER_SHORT);
    }

    for (i = 0; i < index->nliterals; i++) {
        key = consent_under_head(&index->literals[i]);
        index->literals[i].under = key ? consent_under_slot(&table, key)->under
                                       : index->longest;
    }

    return CONSENT_OK;
}

/*
 * The known names of elements and attributes, and their look-up, inlined for
 * the tokenizer.  Private to consent_carrier.c, where the tables are, and
 * consent_html_quick.c; others call consent_tag_id() and consent_attr_id().
 *
 * A name comes as two words, as it lies in memory: lower-cased, padded with
 * NUL to CONSENT_NAME_MAX bytes.
 */

#ifndef CONSENT_KNOWN_H
#define CONSENT_KNOWN_H


#include <string.h>

#include "consent_carrier.h"
#include "generated/consent_names.h"


/* A name of the full length has no NUL behind it. */

typedef union {
    char      text[CONSENT_NAME_MAX] CONSENT_NONSTRING;
    uint64_t  word[2];
} consent_known_t;

extern const consent_known_t  consent_known_tags[];
extern const consent_known_t  consent_known_attrs[];


static inline int
consent_known_is(const consent_known_t *known, uint64_t low, uint64_t high)
{
    return known->word[0] == low && known->word[1] == high;
}


/* The slot of a name in the perfect hashes that tools/names.py made. */

static inline uint8_t
consent_tag_lookup(uint64_t low, uint64_t high)
{
    uint8_t  id;

    id = consent_tag_slots[(low + high * 31) * CONSENT_TAG_FACTOR
                           >> (64 - CONSENT_TAG_BITS)];

    return consent_known_is(&consent_known_tags[id], low, high) ? id : 0;
}


/*
 * 1 if a name of n bytes, letters in either case, is surely none of the known
 * ones: the first look at most names.  dull: consent_attr_dull; or
 * consent_look_dull, by which all attributes may be dull that have no row of
 * any element, but for some; or consent_tag_dull, by which all elements may be
 * that are not CONSENT_IS_TOLD and have no other rows of their own than for
 * these some.  They are in tools/names.py.  What does not begin with a letter
 * never is dull.
 */

static inline unsigned
consent_known_is_dull(const uint32_t *dull, const uint8_t *name, size_t n)
{
    return dull[name[0]] >> ((name[1] + n) & 31) & 1;
}


/* 1 if a name of an attribute begins as those of event handlers do. */

static inline int
consent_known_handler(const uint8_t *name)
{
    return (name[0] | 0x20) == 'o' && (name[1] | 0x20) == 'n';
}


static inline uint8_t
consent_attr_lookup(uint64_t low, uint64_t high)
{
    uint8_t  id, text[sizeof(low)];

    id = consent_attr_slots[(low + high * 31) * CONSENT_ATTR_FACTOR
                            >> (64 - CONSENT_ATTR_BITS)];

    if (id && consent_known_is(&consent_known_attrs[id], low, high)) {
        return id;
    }

    memcpy(text, &low, sizeof(low));

    return consent_known_handler(text) ? CONSENT_ATTR_HANDLER : 0;
}


#endif /* CONSENT_KNOWN_H */

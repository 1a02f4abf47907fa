/*
 * Link decoration: identifiers that advertisers and meters hang on links to a
 * site, so that a visitor is known across sites.
 */

#ifndef CONSENT_DECORATION_H
#define CONSENT_DECORATION_H


#include "consent_base.h"
#include "consent_choice.h"
#include "consent_rules.h"


/*
 * Copies a query (without "?") into out (at least query.len bytes), without
 * the parameters that are known as such identifiers for a purpose that is not
 * granted; returns its length.  *denied is how many were left out.  What stays
 * comes out as it is, byte for byte.  What says where a visitor comes from,
 * and not who they are (utm_source), stays.
 */
size_t consent_decoration_strip(const consent_rules_t *rules,
    const consent_choice_t *choice, consent_str_t query, uint8_t *out,
    unsigned *denied);


#endif /* CONSENT_DECORATION_H */

/*
 * Between the parts of the tokenizer: consent_html.c has the states,
 * consent_html_quick.c reads plain tags whole.  Private to them.
 */

#ifndef CONSENT_HTML_STATE_H
#define CONSENT_HTML_STATE_H


#include "consent_html.h"


/* The offset of p in the document. */

static inline uint64_t
consent_html_at(const consent_html_t *h, const uint8_t *p)
{
    return h->base + (uint64_t) (p - h->chunk);
}


/* Emits the current tag token; `end` is behind its ">". */
void consent_html_emit_tag(consent_html_t *h, const uint8_t *end);

/*
 * In the data state: passes over text and over tags that are written plainly
 * and stand wholly in [p, end), telling them as the states would.  Returns
 * where these have to go on: at a "<", or end.  A tag may have changed
 * h->state.
 */
const uint8_t *consent_html_quick(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);

/* The same, where h->scan->wide. */
const uint8_t *consent_html_quick_avx2(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);


#endif /* CONSENT_HTML_STATE_H */

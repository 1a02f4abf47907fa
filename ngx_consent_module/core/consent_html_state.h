/*
 * Between the parts of the tokenizer: consent_html.c has the states,
 * consent_html_xml.c those of XHTML, consent_html_quick.c reads plain tags
 * whole.  Private to them.
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


/* A comment, or the like, is complete; `end` is behind it. */
void consent_html_other_done(consent_html_t *h, const uint8_t *end);

/* consent_html_xml.c: as consent_html_quick(), for XHTML: to the next "<". */
const uint8_t *consent_html_xml_text(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);

/*
 * There, too: adds bytes to a name of XHTML; the attribute that one
 * with a prefix stands for; and states for a processing instruction behind its
 * "<?", and a DOCTYPE behind that word.
 */
void consent_html_xml_name(consent_html_t *h, const uint8_t *p, size_t len);
uint8_t consent_html_xml_attr(uint8_t id);
const uint8_t *consent_html_xml_instruction(consent_html_t *h,
    const uint8_t *p, const uint8_t *end);
const uint8_t *consent_html_xml_doctype(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);

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

/*
 * Between the parts of the tokenizer: consent_html.c has the states,
 * consent_html_xml.c those of XHTML, consent_html_quick.c reads plain tags
 * whole, consent_html_tree.c knows of the tree, consent_html_twice.c reads what
 * has two readings.  Private to them.
 */

#ifndef CONSENT_HTML_STATE_H
#define CONSENT_HTML_STATE_H


#include <string.h>

#include "consent_carrier.h"
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
 * and stand wholly in [p, end), telling them as the states would; what is
 * behind end, up to h->chunk_end, may be read as well.  Returns where the
 * states have to go on: at a "<", or end.  A tag may have changed h->state.
 */
const uint8_t *consent_html_quick(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);

#if (CONSENT_SCAN_AVX2) && !defined(__clang__)
#define CONSENT_HTML_AVX2  1
#endif

/* The same, where it was compiled and h->scan->wide. */
const uint8_t *consent_html_quick_avx2(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);

/* What the reading at hand is in the middle of: CONSENT_BROKEN_*, or -1. */
int consent_html_broken_kind(const consent_html_t *h);

/* As if the reading had just come to "</name" at offset, or to text if the
   name is empty. */
void consent_html_resume_at(consent_html_t *h, uint64_t offset,
    const consent_name_t *name);


static inline int
consent_html_is_noscript(const consent_name_t *name)
{
    return name->len == 8 && memcmp(name->text, "noscript", 8) == 0;
}


/*
 * Tree construction's part in tokenizing (13.2.6), consent_html_tree.c:
 * notes a complete tag, and for a start tag sets h->text.  Of most tags there
 * is nothing to be noted.
 */
void consent_html_tree_note(consent_html_t *h);

static inline void
consent_html_tree_tag(consent_html_t *h)
{
    h->tag.unsure = 0;

    if (h->xml || !(h->tree.busy || h->tree.cdata
                    || consent_tag_flags(h->tag.id) & CONSENT_IS_TOLD))
    {
        h->text = CONSENT_TEXT_DATA;
        return;
    }

    consent_html_tree_note(h);
}


/*
 * 1 if the current node surely is one of svg, and no integration point.  There
 * tags of unknown names only open and close elements: then the other notes one
 * as well, by its name alone; 0 if it is an end tag that closes another.
 */
int consent_html_tree_in_svg(const consent_html_t *h);
int consent_html_tree_plain(consent_html_t *h);

/* The same for an end tag that a rewriter was told to put in. */
void consent_html_tree_closed(consent_html_t *h, const consent_name_t *name);

/* What "<![CDATA[" opens here (13.2.5.42). */

#define CONSENT_CDATA_NONE   0      /* a bogus comment */
#define CONSENT_CDATA_TEXT   1
#define CONSENT_CDATA_TWICE  2      /* either; to be read twice */

int consent_html_tree_cdata(const consent_html_t *h);


/*
 * consent_html_twice.c: from here on (the byte behind a tag, or "[") there
 * are two readings.  An empty name: CDATA.
 */
void consent_html_twice_open(consent_html_t *h, uint64_t offset,
    const consent_name_t *name);

/* Inside of such stretches: takes bytes as a state does. */
const uint8_t *consent_html_twice(consent_html_t *h, const uint8_t *p,
    const uint8_t *end);


#endif /* CONSENT_HTML_STATE_H */

/*
 * The short way through WHATWG HTML, 13.2.5, for tags as nearly all are
 * written: a name, attributes with white space before each and values in
 * quotes, ">".  What is written in any other way, or does not stand wholly
 * in the piece at hand, is left to the states of consent_html.c, which read it
 * anew from its "<".  So this need not know every rule; it must only tell
 * what is plain.
 *
 * Sixteen bytes are looked at in one go: each question gives a mask with a
 * bit for every byte, and the first bit is the answer.  docs/scanner.md has a
 * picture.
 */

#include <string.h>

#include "consent_html_state.h"
#include "consent_known.h"
#include "consent_scan.h"


/* What is left of the piece while a name is read. */
#define CONSENT_QUICK_ROOM   (2 * CONSENT_SCAN_BLOCK + 2)

#define CONSENT_QUICK_LOWER  0x2020202020202020u


/* The first n bytes of a word as it lies in memory; n < 8. */

static inline uint64_t
consent_quick_head(uint64_t word, unsigned n)
{
    return word & (((uint64_t) 1 << 8 * n) - 1);
}


/*
 * A name of n bytes, n < 16, as words for a look-up.  All but letters may
 * change by this way of lower-casing; no such name comes out as one that is
 * known, as white space and controls have ended it before.
 */

static inline void
consent_quick_words(const uint8_t *p, unsigned n, uint64_t *low,
    uint64_t *high)
{
    memcpy(low, p, 8);
    *low |= CONSENT_QUICK_LOWER;
    *high = 0;

    if (n < 8) {
        *low = consent_quick_head(*low, n);
        return;
    }

    memcpy(high, p + 8, 8);
    *high = consent_quick_head(*high | CONSENT_QUICK_LOWER, n - 8);
}


/* 1 if nothing hangs on tags of this kind but by a carrier. */

static inline int
consent_quick_is_quiet(const consent_html_t *h, uint8_t id)
{
    return h->sparing && h->nopen == 0
           && !(consent_known_tags[id].flags & CONSENT_IS_TOLD);
}


static inline int
consent_quick_is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}


static void
consent_quick_name(consent_name_t *name, const uint8_t *p, unsigned n)
{
    unsigned  i;

    memset(name, 0, sizeof(consent_name_t));
    name->len = n;

    for (i = 0; i < n; i++) {
        name->text[i] = (uint8_t) (p[i] | (p[i] >= 'A' && p[i] <= 'Z') << 5);
    }
}


/* Tells of the tag that was read, whose name begins at p. */

static const uint8_t *
consent_quick_tell(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    consent_tag_t  *tag;

    tag = &h->tag;
    consent_quick_name(&h->name, p, tag->name_end - 1 - tag->closing);
    tag->name = h->name;

    if (!tag->closing) {
        h->raw = h->name;
    }

    h->pending = tag->start;
    h->in_token = 1;

    consent_html_emit_tag(h, end);

    return end;
}


/* An end tag, at its "</"; NULL if it is not plain. */

static inline const uint8_t *
consent_quick_end(consent_html_t *h, const uint8_t *p)
{
    unsigned        n, mask;
    uint64_t        low, high;
    const uint8_t  *name;

    name = p + 2;

    if ((uint8_t) ((*name | 0x20) - 'a') > 'z' - 'a') {
        return NULL;
    }

    mask = consent_scan_ends(name, '/', '>', '>');

    if (mask == 0) {
        return NULL;
    }

    n = (unsigned) __builtin_ctz(mask);

    if (name[n] != '>') {
        return NULL;
    }

    consent_quick_words(name, n, &low, &high);

    h->tag.id = consent_tag_lookup(low, high);

    if (consent_quick_is_quiet(h, h->tag.id)) {
        return name + n + 1;
    }

    h->tag.start = consent_html_at(h, p);
    h->tag.name_end = n + 2;
    h->tag.closing = 1;
    h->tag.self_closing = 0;
    h->tag.overflow = 0;
    h->tag.foreign = 0;
    h->tag.nattrs = 0;

    return consent_quick_tell(h, name, name + n + 1);
}


/* A value, at the byte behind "="; returns where it ends, or NULL. */

static inline const uint8_t *
consent_quick_value(consent_attr_t *attr, const uint8_t *start,
    const uint8_t *p, const uint8_t *end)
{
    unsigned        mask;
    const uint8_t  *value;

    attr->quote = *p;

    if (*p == '"' || *p == '\'') {
        value = p + 1;
        p = consent_scan_near(value, end, attr->quote);

        if (p == end) {
            return NULL;
        }

    } else {
        attr->quote = 0;
        value = p;

        /* not from a "/": that may belong to the value or end the tag */

        for ( ;; ) {
            if (end - p < CONSENT_QUICK_ROOM) {
                return NULL;
            }

            mask = consent_scan_ends(p, '>', '>', '>');

            if (mask != 0) {
                p += __builtin_ctz(mask);
                break;
            }

            p += CONSENT_SCAN_BLOCK;
        }

        if (p == value || (*p != '>' && !consent_quick_is_space(*p))) {
            return NULL;
        }
    }

    attr->value = (uint32_t) (value - start);
    attr->value_len = (uint32_t) (p - value);

    return p + (attr->quote != 0);
}


/*
 * An attribute at p of the tag from start on.  It is noted if it is a known
 * one; 1 in *told if it is a carrier.  Returns where it ends, or NULL.
 */

static inline const uint8_t *
consent_quick_attr(consent_html_t *h, const uint8_t *start, const uint8_t *p,
    const uint8_t *end, unsigned *told)
{
    unsigned         n, mask;
    uint64_t         low, high;
    consent_attr_t  *attr;

    if (h->tag.nattrs == CONSENT_ATTR_MAX) {
        return NULL;
    }

    attr = &h->tag.attr[h->tag.nattrs];
    attr->id = CONSENT_ATTR_NONE;
    attr->name = (uint32_t) (p - start);
    mask = consent_scan_ends(p, '/', '>', '=');

    if (mask != 0) {
        n = (unsigned) __builtin_ctz(mask);

        if (n == 0) {
            return NULL;
        }

        consent_quick_words(p, n, &low, &high);
        attr->id = consent_attr_lookup(low, high);
        p += n;

    } else {

        /* longer than any known name */

        do {
            p += CONSENT_SCAN_BLOCK;

            if (end - p < CONSENT_QUICK_ROOM) {
                return NULL;
            }

            mask = consent_scan_ends(p, '/', '>', '=');
        } while (mask == 0);

        p += __builtin_ctz(mask);
    }

    attr->quote = 0;
    attr->value = 0;
    attr->value_len = 0;

    if (*p == '=') {
        p = consent_quick_value(attr, start, p + 1, end);
    }

    if (attr->id != CONSENT_ATTR_NONE) {
        *told |= consent_carrier_row(h->tag.id, attr->id);
        h->tag.nattrs++;
    }

    return p;
}


/* Attributes up to the ">"; returns where that stands, or NULL. */

static inline const uint8_t *
consent_quick_attrs(consent_html_t *h, const uint8_t *start,
    const uint8_t *p, const uint8_t *end, unsigned *told)
{
    while (p != NULL && end - p >= CONSENT_QUICK_ROOM) {

        if (*p == '>') {
            return p;
        }

        if (*p == '/') {
            h->tag.self_closing = 1;
            return p[1] == '>' ? p + 1 : NULL;
        }

        if (consent_quick_is_space(*p)) {
            p++;
            continue;
        }

        p = consent_quick_attr(h, start, p, end, told);
    }

    return NULL;
}


/* A start tag, at its "<"; NULL if it is not plain. */

static inline const uint8_t *
consent_quick_start(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    unsigned        n, mask, told;
    uint64_t        low, high;
    const uint8_t  *name, *gt;

    name = p + 1;

    if ((uint8_t) ((*name | 0x20) - 'a') > 'z' - 'a') {
        return NULL;
    }

    mask = consent_scan_ends(name, '/', '>', '>');

    if (mask == 0) {
        return NULL;
    }

    n = (unsigned) __builtin_ctz(mask);

    consent_quick_words(name, n, &low, &high);

    h->tag.id = consent_tag_lookup(low, high);
    h->tag.nattrs = 0;
    h->tag.self_closing = 0;
    told = !consent_quick_is_quiet(h, h->tag.id);

    gt = consent_quick_attrs(h, p, name + n, end, &told);

    if (gt == NULL || !told) {
        return gt ? gt + 1 : NULL;
    }

    h->tag.start = consent_html_at(h, p);
    h->tag.name_end = n + 1;
    h->tag.closing = 0;
    h->tag.overflow = 0;
    h->tag.foreign = 0;

    return consent_quick_tell(h, name, gt + 1);
}


const uint8_t *
consent_html_quick(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    unsigned               noscript;
    const uint8_t         *next;
    consent_html_state_pt  data;

    data = h->state;
    noscript = h->noscript;

    if ((uint64_t) (end - p) > UINT32_MAX) {
        end = p + UINT32_MAX;   /* what offsets in a tag can tell */
    }

    while (h->state == data && h->noscript == noscript) {

        p = consent_scan_text(h->scan, p, end, '<');

        if (end - p < CONSENT_QUICK_ROOM) {
            break;
        }

        next = p[1] == '/' ? consent_quick_end(h, p)
                           : consent_quick_start(h, p, end);

        if (next == NULL) {
            break;
        }

        p = next;
    }

    return p;
}

/*
 * The short way through WHATWG HTML, 13.2.5, for tags as nearly all are
 * written: a name, attributes with white space before each and values in
 * quotes, ">".  What is written in any other way, or does not stand wholly
 * in the piece at hand, is left to the states of consent_html.c, which read it
 * anew from its "<".  So this need not know every rule; it must only tell
 * what is plain.
 *
 * A block of bytes is looked at in one go: each question gives a mask with a
 * bit for every byte, and the first bit is the answer.  docs/scanner.md has a
 * picture.  consent_html_quick_avx2.c compiles this once more, for longer
 * blocks.
 */

#include <string.h>

#include "consent_html_state.h"
#include "consent_known.h"
#include "consent_scan.h"


/*
 * What has to be left of the piece where a tag or an attribute begins: a block
 * for its name, and one for what follows.
 */
#define CONSENT_QUICK_ROOM   (2 * CONSENT_SCAN_BLOCK + 4)

#define CONSENT_QUICK_LOWER  0x2020202020202020u


typedef struct {
    consent_html_t  *html;
    const uint8_t   *end;
    unsigned         all;           /* not 0: each tag is told */
    unsigned         stop;          /* not 0: other states go on */
    const uint8_t   *start;         /* of the tag */
    unsigned         told;          /* not 0: it is told */
} consent_quick_t;


/*
 * What keeps the first n bytes of a word as it lies in memory, in a table as
 * that is cheaper than the shift.
 */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define CONSENT_QUICK_HEAD(n)  (((uint64_t) 1 << 8 * (n)) - 1)
#else
#define CONSENT_QUICK_HEAD(n)  (~(~(uint64_t) 0 >> 8 * (n)))
#endif

static const uint64_t  consent_quick_head[] = {
    0, CONSENT_QUICK_HEAD(1), CONSENT_QUICK_HEAD(2), CONSENT_QUICK_HEAD(3),
    CONSENT_QUICK_HEAD(4), CONSENT_QUICK_HEAD(5), CONSENT_QUICK_HEAD(6),
    CONSENT_QUICK_HEAD(7), ~(uint64_t) 0
};


/*
 * The n bytes from p on as a word, n <= 8, for a look-up.  All but letters
 * may change by this way of lower-casing; no such name comes out as one that
 * is known, as white space and controls have ended it before.
 */

static inline uint64_t
consent_quick_word(const uint8_t *p, size_t n)
{
    uint64_t  word;

    memcpy(&word, p, 8);

    return (word | CONSENT_QUICK_LOWER) & consent_quick_head[n];
}


static inline uint8_t
consent_quick_tag_id(const uint8_t *p, size_t n)
{
    if (n <= 8) {
        return consent_tag_lookup(consent_quick_word(p, n), 0);
    }

    return n > CONSENT_NAME_MAX ? CONSENT_TAG_NONE
           : consent_tag_lookup(consent_quick_word(p, 8),
                                consent_quick_word(p + 8, n - 8));
}


static inline uint8_t
consent_quick_attr_id(const uint8_t *p, size_t n)
{
    if (n <= 8) {
        return consent_attr_lookup(consent_quick_word(p, n), 0);
    }

    if (n <= CONSENT_NAME_MAX) {
        return consent_attr_lookup(consent_quick_word(p, 8),
                                   consent_quick_word(p + 8, n - 8));
    }

    return consent_known_handler(p) ? CONSENT_ATTR_HANDLER
                                    : CONSENT_ATTR_NONE;
}


static inline int
consent_quick_is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}


/* How many bytes from p on are those that most names are made of. */

static inline size_t
consent_quick_run(const uint8_t *p)
{
    return (size_t) __builtin_ctzll(~consent_scan_lower(consent_scan_load(p)));
}


/* The length of a tag's name; 0: it is none, or a very long one. */

static size_t
consent_quick_name(const uint8_t *p)
{
    size_t                n;
    consent_scan_block_t  v;

    if ((uint8_t) ((*p | 0x20) - 'a') > 'z' - 'a') {
        return 0;
    }

    v = consent_scan_load(p);
    n = consent_scan_first(consent_scan_space(v) | consent_scan_eq(v, '/')
                           | consent_scan_eq(v, '>'));

    return n < CONSENT_SCAN_BLOCK ? n : 0;
}


/* Where an attribute's name ends; end if that is far away. */

static const uint8_t *
consent_quick_attr_end(const uint8_t *p, const uint8_t *end)
{
    consent_scan_mask_t   mask;
    consent_scan_block_t  v;

    for ( /* void */ ; end - p >= CONSENT_QUICK_ROOM; p += CONSENT_SCAN_BLOCK)
    {
        v = consent_scan_load(p);
        mask = consent_scan_space(v) | consent_scan_eq(v, '/')
               | consent_scan_eq(v, '>') | consent_scan_eq(v, '=');

        if (mask != 0) {
            return p + consent_scan_first(mask);
        }
    }

    return end;
}


static const uint8_t *
consent_quick_unquoted(const uint8_t *p, const uint8_t *end)
{
    const uint8_t         *start;
    consent_scan_mask_t    mask;
    consent_scan_block_t   v;

    for (start = p; end - p >= CONSENT_QUICK_ROOM; p += CONSENT_SCAN_BLOCK) {
        v = consent_scan_load(p);
        mask = consent_scan_space(v) | consent_scan_eq(v, '>');

        if (mask != 0) {
            p += consent_scan_first(mask);

            return p > start && (*p == '>' || consent_quick_is_space(*p))
                   ? p : end;
        }
    }

    return end;
}


/* A value in quotes, at the first of them. */

static const uint8_t *
consent_quick_quoted(const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *found;

    found = consent_scan_near(p + 1, end, *p);

    return found < end ? found + 1 : end;
}


/*
 * An attribute's value, at the byte behind "=", with a block and more before
 * the end.  Returns what is behind it, a closing quote included; end if it
 * is not plain.
 */

static inline const uint8_t *
consent_quick_value(const uint8_t *p, const uint8_t *end)
{
    consent_scan_mask_t  mask;

    if (*p == '"') {
        mask = consent_scan_eq(consent_scan_load(p + 1), '"');

        return mask ? p + 2 + __builtin_ctzll(mask)
                    : consent_quick_quoted(p, end);
    }

    return *p == '\'' ? consent_quick_quoted(p, end)
                      : consent_quick_unquoted(p, end);
}


/* Notes an attribute with a known name; value is NULL if it has none. */

static inline void
consent_quick_note(consent_attr_t *attr, uint8_t id, const uint8_t *start,
    const uint8_t *name, const uint8_t *value, const uint8_t *end)
{
    unsigned  quoted;

    attr->id = id;
    attr->quote = 0;
    attr->name = (uint32_t) (name - start);
    attr->value = 0;
    attr->value_len = 0;

    if (value != NULL) {
        quoted = *value == '"' || *value == '\'';
        attr->quote = quoted ? *value : 0;
        attr->value = (uint32_t) (value - start) + quoted;
        attr->value_len = (uint32_t) (end - value) - 2 * quoted;
    }
}


/* An attribute at p; returns what is behind it, or q->end. */

static inline const uint8_t *
consent_quick_attr(consent_quick_t *q, const uint8_t *p)
{
    size_t           n;
    uint8_t          id;
    consent_tag_t   *tag;
    consent_attr_t  *attr;
    const uint8_t   *name, *value;

    name = p;
    n = consent_quick_run(p);

    if (p[n] == '=') {
        p += n;

    } else {
        p = consent_quick_attr_end(p, q->end);

        if (p == name || q->end - p < CONSENT_QUICK_ROOM) {
            return q->end;
        }

        n = (size_t) (p - name);
    }

    value = NULL;

    if (*p == '=') {
        value = p + 1;
        p = consent_quick_value(value, q->end);
    }

    id = consent_quick_attr_id(name, n);

    if (id == CONSENT_ATTR_NONE) {
        return p;
    }

    tag = &q->html->tag;

    if (tag->nattrs == CONSENT_ATTR_MAX) {
        return q->end;
    }

    attr = &tag->attr[tag->nattrs++];
    consent_quick_note(attr, id, q->start, name, value, p);
    q->told |= consent_carrier_wants(tag->id, id, q->start + attr->value,
                                     attr->value_len);

    return p;
}


/* What stands between attributes; q->end if that is not plain. */

static const uint8_t *
consent_quick_between(consent_quick_t *q, const uint8_t *p)
{
    const uint8_t  *start;

    for (start = p; p < q->end && consent_quick_is_space(*p); p++) {
        /* void */
    }

    if (q->end - p >= 2 && p[0] == '/' && p[1] == '>') {
        q->html->tag.self_closing = 1;
        return p + 1;
    }

    return p > start ? p : q->end;
}


/* Attributes up to the ">"; returns where that stands, or NULL. */

static inline const uint8_t *
consent_quick_attrs(consent_quick_t *q, const uint8_t *p)
{
    const uint8_t  *limit;

    limit = q->end - CONSENT_QUICK_ROOM;

    while (p <= limit) {

        p += *p == ' ';

        if (*p > '>') {
            p = consent_quick_attr(q, p);
            continue;
        }

        if (*p == '>') {
            return p;
        }

        p = consent_quick_between(q, p);
    }

    return NULL;
}


/* The tag's name as others see it. */

static void
consent_quick_keep(consent_name_t *name, uint8_t id, const uint8_t *p,
    size_t n)
{
    size_t  i;

    memcpy(name->text, consent_known_tags[id].text, CONSENT_NAME_MAX);
    name->len = (uint32_t) n;

    if (id != CONSENT_TAG_NONE) {
        return;
    }

    for (i = 0; i < n && i < CONSENT_NAME_MAX; i++) {
        name->text[i] = (uint8_t) (p[i] | (p[i] >= 'A' && p[i] <= 'Z') << 5);
    }
}


/* Tells of the tag that was read, whose name of n bytes is at p. */

static const uint8_t *
consent_quick_tell(consent_quick_t *q, const uint8_t *p, size_t n,
    const uint8_t *end, unsigned closing)
{
    unsigned                ntwice;
    consent_tag_t          *tag;
    consent_html_t         *h;
    consent_html_state_pt   data;

    h = q->html;
    tag = &h->tag;
    data = h->state;
    ntwice = h->ntwice;

    tag->start = consent_html_at(h, p) - 1 - closing;
    tag->name_end = (uint32_t) n + 1 + closing;
    tag->closing = closing & 1;
    tag->overflow = 0;
    tag->foreign = 0;

    consent_quick_keep(&tag->name, tag->id, p, n);
    h->name = tag->name;

    if (!closing) {
        h->raw = tag->name;
    }

    h->pending = tag->start;
    h->in_token = 1;

    consent_html_emit_tag(h, end);

    q->all = !h->sparing || h->tree.busy || h->ntwice;
    q->stop = h->state != data || h->ntwice != ntwice;

    return end;
}


/* 1 if nothing hangs on tags of this kind but by a carrier; all: none is. */

static inline int
consent_quick_is_quiet(uint8_t id, unsigned all)
{
    return !((consent_known_flags[id] & CONSENT_IS_TOLD) | all);
}


/* An end tag, at its "</"; NULL if it is not plain. */

static inline const uint8_t *
consent_quick_end(consent_quick_t *q, const uint8_t *p)
{
    size_t           n;
    uint8_t          id;
    consent_html_t  *h;

    p += 2;
    n = consent_quick_run(p);

    if (p[n] != '>') {
        n = consent_quick_name(p);

        if (p[n] != '>') {
            return NULL;
        }
    }

    id = consent_quick_tag_id(p, n);

    /* a known name is a name */

    if (id == CONSENT_TAG_NONE && consent_quick_name(p) == 0) {
        return NULL;
    }

    if (consent_quick_is_quiet(id, q->all)) {
        return p + n + 1;
    }

    h = q->html;
    h->tag.id = id;
    h->tag.nattrs = 0;
    h->tag.self_closing = 0;

    return consent_quick_tell(q, p, n, p + n + 1, 1);
}


/* A start tag, at its "<"; NULL if it is not plain. */

static inline const uint8_t *
consent_quick_start(consent_quick_t *q, const uint8_t *p)
{
    size_t           n;
    uint8_t          id;
    consent_html_t  *h;
    const uint8_t   *gt;

    q->start = p++;
    n = consent_quick_run(p);

    if (p[n] != ' ' && p[n] != '>') {
        n = consent_quick_name(p);
    }

    id = consent_quick_tag_id(p, n);

    if (id == CONSENT_TAG_NONE && consent_quick_name(p) == 0) {
        return NULL;
    }

    h = q->html;
    h->tag.id = id;
    h->tag.nattrs = 0;
    h->tag.self_closing = 0;
    q->told = !consent_quick_is_quiet(id, q->all);

    gt = consent_quick_attrs(q, p + n);

    if (gt == NULL || !q->told) {
        return gt ? gt + 1 : NULL;
    }

    if (id == CONSENT_TAG_ANNOTATION_XML) {
        return NULL;    /* the states keep its encoding */
    }

    return consent_quick_tell(q, p, n, gt + 1, 0);
}


const uint8_t *
consent_html_quick(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    const uint8_t    *next, *limit;
    consent_quick_t   q;

    if (end - p < CONSENT_QUICK_ROOM) {
        return consent_scan_near(p, end, '<');
    }

    if ((uint64_t) (end - p) > UINT32_MAX) {
        end = p + UINT32_MAX;   /* what offsets in a tag can tell */
    }

    limit = end - CONSENT_QUICK_ROOM;

    q.html = h;
    q.end = end;
    q.all = !h->sparing || h->tree.busy || h->ntwice;
    q.stop = 0;

    while (!q.stop) {

        p = consent_scan_text(h->scan, p, end, '<');

        if (p > limit) {
            return p;
        }

        next = p[1] == '/' ? consent_quick_end(&q, p)
                           : consent_quick_start(&q, p);

        if (next == NULL) {
            return p;
        }

        p = next;
    }

    return p;
}

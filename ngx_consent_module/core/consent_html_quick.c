/*
 * The short way through WHATWG HTML, 13.2.5, for tags as nearly all are
 * written: a name, attributes with white space before each and values in
 * quotes, ">"; and for comments.  What is written in any other way, or does not
 * stand wholly in the piece at hand, is left to the states of consent_html.c,
 * which read it anew from its "<".  So this need not know every rule; it must
 * only tell what is plain.
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
 * for its name, and one for what follows; so behind the ">" of a tag there is
 * a block.
 */
#define CONSENT_QUICK_ROOM   (2 * CONSENT_SCAN_BLOCK + 4)

/* Of what is seldom: where it is a function of its own, the loops that are not
   keep what they need in registers. */

#if defined(__GNUC__)
#define CONSENT_QUICK_SELDOM  __attribute__((noinline))
#else
#define CONSENT_QUICK_SELDOM
#endif

/* What nearly always is, so that it comes first in the code. */

#if defined(__GNUC__)
#define CONSENT_QUICK_MOSTLY(x)  __builtin_expect((x) != 0, 1)
#else
#define CONSENT_QUICK_MOSTLY(x)  (x)
#endif

#define CONSENT_QUICK_LOWER  0x2020202020202020u

/* A word long, and so compared at once. */
#define CONSENT_QUICK_CLASS  " class=\""


typedef struct {
    consent_html_t         *html;
    const uint8_t          *end;        /* of what may be read */
    const uint8_t          *border;     /* of what may be taken: end, or
                                           before it */
    const uint8_t          *limit;      /* CONSENT_QUICK_ROOM before end, and
                                           before border */
    consent_scan_needle_t   lt;
    consent_scan_needle_t   quote;
    consent_scan_needle_t   dash;
    unsigned                sparing;    /* CONSENT_SPARING_*, or 0 */
    unsigned                svg;        /* not 0: consent_html_tree_plain() */
    const uint32_t         *dull;       /* names of elements that are */
    const uint32_t         *attrs;      /* names of attributes that are, in
                                           the tag at hand */
    const uint8_t          *stop;       /* other states go on from here */

    /* of the tag at `start`; of another one, as long as nothing is known but
       that all in it is dull */

    const uint8_t          *start;
    size_t                  name_len;
    unsigned                named;      /* not 0: html->tag has its id, and
                                           all attributes up to here */
    unsigned                told;       /* not 0: it is told */
    unsigned                self_closing;
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


static inline int
consent_quick_is_alpha(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') <= 'z' - 'a';
}


/* How many bytes from p on are the more common kinds of white space; at most
   a block. */

static inline size_t
consent_quick_blank(const uint8_t *p)
{
    consent_scan_block_t  v;

    v = consent_scan_load(p);

    return (size_t) __builtin_ctzll(~(consent_scan_eq(v, ' ')
                                      | consent_scan_eq(v, '\n')
                                      | consent_scan_eq(v, '\t')
                                      | consent_scan_eq(v, '\r')));
}


/* How many bytes from p on are letters, or the like; at most a block. */

static inline size_t
consent_quick_run(const uint8_t *p)
{
    return (size_t) __builtin_ctzll(~consent_scan_letter(
                                        consent_scan_load(p)));
}


/* The same, with "-" among them. */

static inline size_t
consent_quick_run_on(const uint8_t *p, consent_scan_needle_t dash)
{
    return (size_t) __builtin_ctzll(~consent_scan_letter_or(
                                        consent_scan_load(p), dash));
}


/* The length of a tag's name; 0: it is none, or a very long one. */

static size_t
consent_quick_name(const uint8_t *p)
{
    size_t                n;
    consent_scan_block_t  v;

    if (!consent_quick_is_alpha(*p)) {
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


/*
 * A value behind its quote; returns what is behind it, or something behind
 * limit if it reaches as far as that.  A block is there.
 */

static inline const uint8_t *
consent_quick_quoted(const uint8_t *p, const uint8_t *limit,
    consent_scan_needle_t quote)
{
    consent_scan_mask_t  mask;

    mask = consent_scan_is(consent_scan_load(p), quote);

    while (mask == 0) {
        p += CONSENT_SCAN_BLOCK;

        if (p > limit) {
            return limit + CONSENT_QUICK_ROOM;
        }

        mask = consent_scan_is(consent_scan_load(p), quote);
    }

    return p + __builtin_ctzll(mask) + 1;
}


/* More has to be known of the tag at p, with a name of n bytes, than that it
   is dull so far. */

static inline void
consent_quick_begin(consent_quick_t *q, const uint8_t *p, size_t n)
{
    if (q->start != p) {
        q->start = p;
        q->name_len = n;
        q->named = 0;
        q->told = 0;
        q->self_closing = 0;
    }
}


/* What is the tag at hand? */

static inline uint8_t
consent_quick_tag(consent_quick_t *q)
{
    consent_tag_t  *tag;

    tag = &q->html->tag;

    if (!q->named) {
        q->named = 1;
        tag->id = consent_quick_tag_id(q->start + 1, q->name_len);
        tag->wanted = 0;
        tag->nattrs = 0;
    }

    return tag->id;
}


/* The length of a value; value and end are as below. */

static inline size_t
consent_quick_len(const uint8_t *value, const uint8_t *end)
{
    return value == NULL ? 0
                         : (size_t) (end - value) - (value[-1] != '=');
}


/*
 * Notes an attribute with a known name.  value: behind the quote, or behind
 * "=" if there is none, or NULL; end: behind it, a closing quote included.
 */

static inline void
consent_quick_note(consent_attr_t *attr, uint8_t id, const uint8_t *start,
    const uint8_t *name, const uint8_t *value, const uint8_t *end)
{
    attr->id = id;
    attr->name = (uint32_t) (name - start);
    attr->value_len = (uint32_t) consent_quick_len(value, end);

    if (value == NULL) {
        attr->quote = 0;
        attr->value = 0;
        return;
    }

    attr->quote = value[-1] == '=' ? 0 : value[-1];
    attr->value = (uint32_t) (value - start);
}


/*
 * While it is only looked for carriers: 1 if the attribute may be one.  The
 * elements that may be dull have no other rows than the few attributes that
 * any element has, and some that no row of any element has: these are surely
 * worth a second reading.
 */

static int
consent_quick_is_wanted(uint8_t id, const uint8_t *value, size_t len)
{
    return consent_carrier_rows[CONSENT_TAG_NONE][id] == 0
           || consent_carrier_wants(CONSENT_TAG_NONE, id, value, len);
}


/*
 * An attribute that is not dull, with a name of n bytes; value and end are as
 * above.  Returns end, or q->end if it is not plain.  While it was only looked,
 * q->attrs tells by consent_attr_dull that the tag has to be read again, as it
 * is worth noting.
 */

static const uint8_t *
consent_quick_known(consent_quick_t *q, const uint8_t *name, size_t n,
    const uint8_t *value, const uint8_t *end)
{
    uint8_t          id;
    consent_tag_t   *tag;
    consent_attr_t  *attr;

    if (n == 0) {
        return q->end;
    }

    id = consent_quick_attr_id(name, n);

    if (id == CONSENT_ATTR_NONE) {
        return end;
    }

    if (q->attrs == consent_look_dull) {

        if (!consent_quick_is_wanted(id, value,
                                     consent_quick_len(value, end)))
        {
            return end;
        }

        q->attrs = consent_attr_dull;

        return q->start;
    }

    (void) consent_quick_tag(q);
    tag = &q->html->tag;

    if (tag->nattrs == CONSENT_ATTR_MAX) {
        return q->end;
    }

    attr = &tag->attr[tag->nattrs];
    consent_quick_note(attr, id, q->start, name, value, end);

    if (consent_carrier_wants(tag->id, id, value, attr->value_len)) {
        tag->wanted |= (uint32_t) 1 << tag->nattrs;
        q->told = 1;
    }

    q->told |= id == CONSENT_ATTR_HTTP_EQUIV;
    tag->nattrs++;

    return end;
}


/* 1 if at p, behind a tag's name or a value, stands the commonest attribute,
   which is dull. */

static inline int
consent_quick_is_class(const uint8_t *p)
{
    return memcmp(p, CONSENT_QUICK_CLASS, sizeof(CONSENT_QUICK_CLASS) - 1)
           == 0;
}


/* 1 if an attribute is the commonest that is not dull: a link, to no code. */

static inline int
consent_quick_is_link(const uint8_t *name, size_t n)
{
    return n == 4 && memcmp(name, "href", 4) == 0
           && !consent_carrier_code(name[sizeof("href=\"") - 1]);
}


/* An attribute in any plain way; returns what is behind it, or q->end. */

CONSENT_QUICK_SELDOM static const uint8_t *
consent_quick_attr(consent_quick_t *q, const uint8_t *name)
{
    size_t          n;
    const uint8_t  *p, *value;

    p = name + consent_quick_run_on(name, q->dash);

    if (*p != '=' && *p != ' ' && *p != '>') {
        p = consent_quick_attr_end(p, q->end);
    }

    n = (size_t) (p - name);

    if (n == 0 || q->end - p < CONSENT_QUICK_ROOM) {
        return q->end;
    }

    value = NULL;

    if (*p == '=') {
        value = p + 1;

        if (*value == '"' || *value == '\'') {
            p = consent_quick_quoted(value + 1,
                                     q->end - CONSENT_QUICK_ROOM,
                                     consent_scan_needle(*value));
            value++;

        } else {
            p = consent_quick_unquoted(value, q->end);
        }
    }

    return consent_known_is_dull(q->attrs, name, n)
           ? p : consent_quick_known(q, name, n, value, p);
}


/* What is no space with an attribute in the commonest way behind it, at p;
   returns what is behind it, or q->end if it is not plain. */

static const uint8_t *
consent_quick_between(consent_quick_t *q, const uint8_t *p)
{
    size_t          n;
    const uint8_t  *start;

    start = p;

    if (*p == ' ' && p[1] > ' ') {
        p++;

    } else if (*p <= ' ') {

        do {
            n = consent_quick_blank(p);
            p += n;
        } while (n == CONSENT_SCAN_BLOCK && q->end - p >= CONSENT_SCAN_BLOCK);

        while (p < q->end && consent_quick_is_space(*p)) {
            p++;
        }
    }

    if (q->end - p < CONSENT_QUICK_ROOM) {
        return q->end;
    }

    if (*p > '>') {
        return consent_quick_attr(q, p);
    }

    if (p[0] == '/' && p[1] == '>') {
        q->self_closing = 1;
        return p + 1;
    }

    return p > start ? p : q->end;
}


/* One attribute of the tag at hand, or what stands before it, in any plain
   way; returns as consent_quick_between(). */

CONSENT_QUICK_SELDOM static const uint8_t *
consent_quick_odd(consent_quick_t *q, const uint8_t *p)
{
    size_t          n;
    const uint8_t  *value;

    n = consent_quick_run_on(p + 1, q->dash);
    value = p + 1 + n + 2;

    if (*p != ' ' || memcmp(p + 1 + n, "=\"", 2) != 0) {
        return consent_quick_between(q, p);
    }

    return consent_quick_known(q, p + 1, n, value,
                               consent_quick_quoted(value, q->limit,
                                                    q->quote));
}


/*
 * At p, which is no ">": 1 if there is an attribute that is not looked for, or
 * the address of a link, in the commonest way: a space, a name, "=" and a value
 * in double quotes; a third of all are a class.  *next: behind it.
 */

static inline int
consent_quick_passes(const consent_quick_t *q, const uint8_t *p,
    const uint8_t **next)
{
    size_t          n;
    const uint8_t  *value;

    if (consent_quick_is_class(p)) {
        *next = consent_quick_quoted(p + sizeof(CONSENT_QUICK_CLASS) - 1,
                                     q->limit, q->quote);
        return 1;
    }

    n = consent_quick_run_on(p + 1, q->dash);
    value = p + 1 + n + 2;

    if (*p != ' ' || memcmp(value - 2, "=\"", 2) != 0
        || (!consent_known_is_dull(consent_look_dull, p + 1, n)
            && !consent_quick_is_link(p + 1, n)))
    {
        return 0;
    }

    *next = consent_quick_quoted(value, q->limit, q->quote);

    return 1;
}


/* The attributes of the tag at hand up to its ">", each known one noted;
   returns where that stands, or NULL. */

static const uint8_t *
consent_quick_noted(consent_quick_t *q)
{
    size_t          n;
    const uint8_t  *p, *name, *value;

    q->attrs = consent_attr_dull;

    for (p = q->start + 1 + q->name_len; p <= q->limit; /* void */ ) {

        if (*p == '>') {
            return p;
        }

        name = p + 1;
        n = consent_quick_run_on(name, q->dash);
        value = name + n + 2;

        if (*p != ' ' || memcmp(name + n, "=\"", 2) != 0) {
            p = consent_quick_between(q, p);
            continue;
        }

        p = consent_quick_quoted(value, q->limit, q->quote);

        if (!consent_known_is_dull(consent_attr_dull, name, n)) {
            p = consent_quick_known(q, name, n, value, p);
        }
    }

    return NULL;
}


/* None is dull. */
static const uint32_t  consent_quick_none[256];


/* Eight bytes, with ASCII letters in lower case. */

static uint64_t
consent_quick_lower(uint64_t word)
{
    uint64_t  low, letters;

    low = word & 0x7f7f7f7f7f7f7f7fu;
    letters = (low + 0x3f3f3f3f3f3f3f3fu) & ~(low + 0x2525252525252525u)
              & ~word & 0x8080808080808080u;

    return word | letters >> 2;
}


/* The tag's name as others see it. */

static void
consent_quick_keep(consent_name_t *name, uint8_t id, const uint8_t *p,
    size_t n)
{
    uint64_t  word[2];

    name->len = (uint32_t) n;

    if (id != CONSENT_TAG_NONE) {
        memcpy(name->text, consent_known_tags[id].text, CONSENT_NAME_MAX);
        return;
    }

    memcpy(word, p, CONSENT_NAME_MAX);

    word[0] = consent_quick_lower(word[0]) & consent_quick_head[n < 8 ? n : 8];
    word[1] = n <= 8 ? 0 : consent_quick_lower(word[1])
                           & consent_quick_head[n < 16 ? n - 8 : 8];

    memcpy(name->text, word, CONSENT_NAME_MAX);
}


/* Where svg or the like is open, or text is read twice, each tag counts, and
   no name is dull; but those in svg that are not known are not told. */

static void
consent_quick_spare_none(consent_quick_t *q)
{
    const consent_html_t  *h;

    h = q->html;

    q->sparing = 0;
    q->dull = consent_quick_none;
    q->svg = h->sparing == CONSENT_SPARING_ALL && !h->ntwice
             && consent_html_tree_in_svg(h);
}


/* Which tags are told from here on? */

CONSENT_QUICK_SELDOM static void
consent_quick_spare(consent_quick_t *q)
{
    const consent_html_t  *h;

    h = q->html;

    if (h->tree.busy || h->ntwice) {
        consent_quick_spare_none(q);
        return;
    }

    q->sparing = h->sparing;
    q->dull = h->sparing == CONSENT_SPARING_ALL ? consent_tag_dull
                                                : consent_quick_none;
    q->svg = 0;
}


/* Tells of the tag that was read.  Returns end, which is behind its ">"; NULL:
   q->stop is set. */

static const uint8_t *
consent_quick_tell(consent_quick_t *q, const uint8_t *end, unsigned closing)
{
    unsigned                ntwice;
    consent_tag_t          *tag;
    consent_html_t         *h;
    consent_html_state_pt   data;

    h = q->html;
    tag = &h->tag;
    data = h->state;
    ntwice = h->ntwice;

    tag->start = consent_html_at(h, q->start);
    tag->name_end = (uint32_t) q->name_len + 1 + closing;
    tag->closing = closing & 1;
    tag->self_closing = q->self_closing & 1;
    tag->overflow = 0;
    tag->foreign = 0;
    tag->looked = 1;

    consent_quick_keep(&tag->name, tag->id, q->start + 1 + closing,
                       q->name_len);
    h->name = tag->name;

    if (!closing) {
        h->raw = tag->name;
    }

    h->pending = tag->start;
    h->in_token = 1;

    consent_html_emit_tag(h, end);

    if (h->tree.busy || h->ntwice || q->sparing != h->sparing) {
        consent_quick_spare(q);
    }

    if (h->state == data && h->ntwice == ntwice) {
        return end;
    }

    q->stop = end;

    return NULL;
}


/* A tag in svg that is not told; returns as consent_html_tree_plain(). */

static int
consent_quick_plain(consent_quick_t *q, unsigned closing)
{
    int             plain;
    consent_tag_t  *tag;

    tag = &q->html->tag;
    tag->closing = closing & 1;
    tag->self_closing = q->self_closing & 1;

    consent_quick_keep(&tag->name, CONSENT_TAG_NONE, q->start + 1 + closing,
                       q->name_len);

    plain = consent_html_tree_plain(q->html);

    /* too many may be open by now */

    q->svg &= q->html->tree.unsure == CONSENT_SURE;

    return plain;
}


/* 1 if nothing hangs on tags of this kind but by a carrier. */

static inline int
consent_quick_is_quiet(const consent_quick_t *q, uint8_t id)
{
    unsigned  flags;

    if (q->svg) {
        return id == CONSENT_TAG_NONE;
    }

    flags = consent_known_flags[id];

    if (flags & CONSENT_IS_TOLD || q->sparing == 0) {
        return 0;
    }

    return q->sparing == CONSENT_SPARING_ALL
           || (flags & CONSENT_IS_VOID && flags & CONSENT_IS_HEAD);
}


/* An end tag that is not dull, at its "</". */

CONSENT_QUICK_SELDOM static const uint8_t *
consent_quick_end_told(consent_quick_t *q, const uint8_t *p, size_t n)
{
    uint8_t  id;

    if (!consent_quick_is_alpha(p[2]) || q->border - p < (ptrdiff_t) n + 3) {
        return NULL;
    }

    id = consent_quick_tag_id(p + 2, n);

    q->start = p;
    q->name_len = n;
    q->self_closing = 0;
    q->html->tag.id = id;
    q->html->tag.wanted = 0;
    q->html->tag.nattrs = 0;

    if (consent_quick_is_quiet(q, id)
        && (!q->svg || consent_quick_plain(q, 1)))
    {
        return p + n + 3;
    }

    return consent_quick_tell(q, p + n + 3, 1);
}


/* An end tag, at its "</"; NULL if it is not plain, or q->stop is set. */

static inline const uint8_t *
consent_quick_end(consent_quick_t *q, const uint8_t *p)
{
    size_t  n;

    n = consent_quick_run(p + 2);

    if (!CONSENT_QUICK_MOSTLY(p[2 + n] == '>')) {
        n = consent_quick_name(p + 2);

        if (n == 0 || p[2 + n] != '>') {
            return NULL;
        }
    }

    return CONSENT_QUICK_MOSTLY(consent_known_is_dull(q->dull, p + 2, n))
           ? p + n + 3 : consent_quick_end_told(q, p, n);
}


/* A start tag of which all has to be noted, told or not. */

CONSENT_QUICK_SELDOM static const uint8_t *
consent_quick_start_noted(consent_quick_t *q)
{
    const uint8_t  *gt;

    gt = consent_quick_noted(q);

    if (gt == NULL) {
        return NULL;
    }

    if (!q->told) {

        if (q->svg) {
            (void) consent_quick_plain(q, 0);
        }

        return gt + 1;
    }

    if (consent_quick_tag(q) == CONSENT_TAG_ANNOTATION_XML) {
        return NULL;    /* the states keep its encoding */
    }

    return consent_quick_tell(q, gt + 1, 0);
}


/* A start tag, at its "<", that is not surely dull.  1: it is quiet, and
   perhaps its attributes are; or *next is as below. */

CONSENT_QUICK_SELDOM static int
consent_quick_look(consent_quick_t *q, const uint8_t *p, size_t n,
    const uint8_t **next)
{
    uint8_t  id;

    *next = NULL;

    if (!consent_quick_is_alpha(p[1])) {
        return 0;
    }

    consent_quick_begin(q, p, n);
    id = consent_quick_tag(q);
    q->told = !consent_quick_is_quiet(q, id);

    if (!q->told && !q->svg
        && (id == CONSENT_TAG_NONE
            || consent_known_is_dull(consent_tag_dull, p + 1, n)))
    {
        return 1;
    }

    *next = consent_quick_start_noted(q);

    return 0;
}


/*
 * A start tag, at its "<"; NULL if it is not plain, or q->stop is set.  Of most
 * it is only looked whether an attribute may be a carrier on any element.
 */

static inline const uint8_t *
consent_quick_start(consent_quick_t *q, const uint8_t *start)
{
    size_t          n;
    unsigned        nattrs;
    const uint8_t  *p, *next;

    n = consent_quick_run(start + 1);
    p = start + 1 + n;

    if (!CONSENT_QUICK_MOSTLY(*p == ' ' || *p == '>')) {
        n = consent_quick_name(start + 1);
        p = start + 1 + n;

        if (n == 0) {
            return NULL;
        }
    }

    if (!CONSENT_QUICK_MOSTLY(consent_known_is_dull(q->dull, start + 1, n))
        && !consent_quick_look(q, start, n, &next))
    {
        return next;
    }

    for (nattrs = 0; p <= q->limit; nattrs++) {

        if (*p == '>') {

            /* the states count those that are known, wanted or not */

            return nattrs > CONSENT_ATTR_MAX ? NULL : p + 1;
        }

        if (CONSENT_QUICK_MOSTLY(consent_quick_passes(q, p, &p))) {
            continue;
        }

        consent_quick_begin(q, start, n);
        q->attrs = consent_look_dull;
        p = consent_quick_odd(q, p);

        if (q->attrs != consent_look_dull) {
            return consent_quick_start_noted(q);
        }
    }

    return NULL;
}


/* A comment that ends well in the piece, at its "<!--"; NULL if it is none, or
   begins or ends in one of the odder ways (13.2.5.43 to 51). */

static const uint8_t *
consent_quick_comment(const consent_quick_t *q, const uint8_t *p)
{
    consent_html_t  *h;
    const uint8_t   *start;

    if (memcmp(p, "<!--", 4) != 0 || p[4] == '>' || p[4] == '-') {
        return NULL;
    }

    h = q->html;
    start = p;

    for (p += 4; /* void */ ; p++) {
        p = h->scan->byte(p, q->end, '-');

        if (p > q->limit || q->border - p < 3) {
            return NULL;
        }

        if (p[1] == '-' && p[2] == '>') {
            h->tag.start = consent_html_at(h, start);
            h->other = CONSENT_OTHER_COMMENT;
            consent_html_other_done(h, p + 3);

            return p + 3;
        }

        if (p[1] == '-' && p[2] == '!') {
            return NULL;
        }
    }
}


/* The next "<", or the end; at least a block has to be there.  Most text is a
   few blocks long, which is not worth a call. */

static inline const uint8_t *
consent_quick_text(const consent_quick_t *q, const uint8_t *p)
{
    consent_scan_mask_t  mask;

    mask = consent_scan_is(consent_scan_load(p), q->lt);

    while (!CONSENT_QUICK_MOSTLY(mask != 0)) {
        p += CONSENT_SCAN_BLOCK;

        if (p > q->limit) {
            return consent_scan_near(p, q->border, '<');
        }

        mask = consent_scan_is(consent_scan_load(p), q->lt);
    }

    return p + __builtin_ctzll(mask);
}


/* Tag after tag, from p on; a block is there.  Returns where the states have
   to go on. */

static const uint8_t *
consent_quick_tags(consent_quick_t *q, const uint8_t *p)
{
    const uint8_t  *next;

    for ( ;; ) {

        /* behind a tag there is a block: what it had to have of room tells */

        p = consent_quick_text(q, p);

        if (p > q->limit) {
            return p < q->border ? p : q->border;
        }

        next = p[1] == '/' ? consent_quick_end(q, p)
                           : consent_quick_start(q, p);

        if (!CONSENT_QUICK_MOSTLY(next != NULL)) {

            if (q->stop != NULL) {
                return q->stop;
            }

            next = consent_quick_comment(q, p);

            if (next == NULL) {
                return p;
            }

            /* a comment may end anywhere */

            if (q->end - next < CONSENT_SCAN_BLOCK) {
                return consent_scan_near(next, q->border, '<');
            }
        }

        p = next;
    }
}


const uint8_t *
consent_html_quick(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    consent_quick_t  q;

    if (h->chunk_end - p < CONSENT_QUICK_ROOM) {
        return consent_scan_near(p, end, '<');
    }

    if ((uint64_t) (end - p) > UINT32_MAX) {
        end = p + UINT32_MAX;   /* what offsets in a tag can tell */
    }

    q.html = h;
    q.end = h->chunk_end;
    q.border = end;
    q.limit = h->chunk_end - CONSENT_QUICK_ROOM;

    if (q.limit >= end) {
        q.limit = end - 1;
    }

    q.lt = consent_scan_needle('<');
    q.quote = consent_scan_needle('"');
    q.dash = consent_scan_needle('-');
    q.stop = NULL;
    q.start = NULL;

    consent_quick_spare(&q);

    return consent_quick_tags(&q, p);
}

/*
 * Finding bytes: the loops that run over every byte of a page.
 *
 * consent_scan() gives the fastest set of them that this processor has; all
 * sets give the same answers.  Nothing is read outside of [p, end).  What
 * is found often and near is cheaper found by consent_scan_near() below,
 * which is inlined.
 */

#ifndef CONSENT_SCAN_H
#define CONSENT_SCAN_H


#include <string.h>

#include "consent_base.h"

#if defined(__SSE2__) && !defined(CONSENT_SCALAR)
#define CONSENT_SCAN_SSE2  1
#include <emmintrin.h>
#if defined(__GNUC__)
#define CONSENT_SCAN_AVX2  1    /* can be compiled; who runs it has to ask */
#endif
#endif


/*
 * A set of ASCII bytes.  nibble[l] has bit h for each member 16 * h + l, as
 * vector code looks bytes up; member[c] is not 0 for each member c.
 */

typedef struct {
    uint8_t  nibble[16];
    uint8_t  member[256];
} consent_scan_set_t;


/*
 * A set of grams, runs of four bytes: a bit for each value of a hash.  The
 * bit of a gram's hash is counted from the top, as vectors test it.
 */

#define CONSENT_SCAN_GRAM         4
#define CONSENT_SCAN_GRAM_FACTOR  0x9e3779b1u
#define CONSENT_SCAN_GRAM_SHIFT   19

typedef struct {
    uint32_t  bits[1 << (32 - CONSENT_SCAN_GRAM_SHIFT)];
} consent_scan_grams_t;


/*
 * A set of anchors, runs of one byte more than a gram: the grams that each
 * begins and ends with, and a bit for each value of a hash of the whole.
 */

#define CONSENT_SCAN_ANCHOR         (CONSENT_SCAN_GRAM + 1)
#define CONSENT_SCAN_ANCHOR_FACTOR  0x85ebca6bu
#define CONSENT_SCAN_ANCHOR_SHIFT   18

typedef struct {
    consent_scan_grams_t  grams;
    uint32_t              bits[1 << (32 - CONSENT_SCAN_ANCHOR_SHIFT)];
} consent_scan_anchors_t;


/* Places: a bit for each, from p on; and where to search on.  If there is
   none: the first with less than a gram before the end. */

typedef struct {
    const uint8_t  *p;
    uint32_t        bits;
    const uint8_t  *next;
} consent_scan_stops_t;


#define CONSENT_SCAN_MASK  64

typedef struct {
    const char     *name;           /* "scalar", "sse2", "avx2" */
    unsigned        wide;           /* 1: code made for AVX2 may run */

    /* The first c in [p, end), or end. */
    const uint8_t  *(*byte)(const uint8_t *p, const uint8_t *end, uint8_t c);

    /* The first member of the set, or end. */
    const uint8_t  *(*any)(const uint8_t *p, const uint8_t *end,
                           const consent_scan_set_t *set);

    /* A bit for each of the CONSENT_SCAN_MASK bytes from p on: 1 for a member
       of the set. */
    uint64_t        (*mask)(const uint8_t *p, const consent_scan_set_t *set);

    /*
     * The first of p, p + 2, p + 4 … where an anchor of the set may begin, or
     * has begun a byte before; or where that byte or the next is a backslash
     * that ends its line.  Perhaps some more are told in one go.  What stands
     * before p, from start on, may be read.  At start, and with no more than a
     * gram before end, the gram alone counts.
     */
    void            (*anchors)(const consent_scan_anchors_t *set,
                               const uint8_t *start, const uint8_t *p,
                               const uint8_t *end,
                               consent_scan_stops_t *stops);
} consent_scan_t;


const consent_scan_t *consent_scan(void);

/* All that this processor can run, for tests: from 0 on, then NULL. */
const consent_scan_t *consent_scan_nth(unsigned n);

/* members: ASCII, ended by NUL. */
void consent_scan_set(consent_scan_set_t *set, const char *members);

void consent_scan_grams_add(consent_scan_grams_t *set, uint32_t gram);

void consent_scan_anchors_add(consent_scan_anchors_t *set,
    const uint8_t *anchor);


/* The gram at p, as a number. */

static inline uint32_t
consent_scan_gram(const uint8_t *p)
{
    uint32_t  gram;

    memcpy(&gram, p, CONSENT_SCAN_GRAM);

    return gram;
}


/* The first and the last byte of a gram that is not 0; one has to be. */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

static inline unsigned
consent_scan_gram_first(uint32_t gram)
{
    return (unsigned) __builtin_ctz(gram) / 8;
}


static inline unsigned
consent_scan_gram_last(uint32_t gram)
{
    return 3 - (unsigned) __builtin_clz(gram) / 8;
}

#else

static inline unsigned
consent_scan_gram_first(uint32_t gram)
{
    return (unsigned) __builtin_clz(gram) / 8;
}


static inline unsigned
consent_scan_gram_last(uint32_t gram)
{
    return 3 - (unsigned) __builtin_ctz(gram) / 8;
}

#endif


/* 1 if the gram may be in the set. */

static inline int
consent_scan_grams_has(const consent_scan_grams_t *set, uint32_t gram)
{
    uint32_t  hash;

    hash = gram * CONSENT_SCAN_GRAM_FACTOR;

    return (set->bits[hash >> CONSENT_SCAN_GRAM_SHIFT] << (hash & 31)
            & 0x80000000u) != 0;
}


/* 1 if p is a backslash that ends its line; it has a byte behind it. */

static inline int
consent_scan_continued(const uint8_t *p)
{
    return p[0] == '\\' && (p[1] == '\n' || p[1] == '\r');
}


static inline uint32_t
consent_scan_anchor_hash(const uint8_t *p)
{
    return consent_scan_gram(p) * CONSENT_SCAN_GRAM_FACTOR
           + p[CONSENT_SCAN_GRAM] * CONSENT_SCAN_ANCHOR_FACTOR;
}


/* 1 if the anchor at p may be in the set. */

static inline int
consent_scan_anchors_has(const consent_scan_anchors_t *set, const uint8_t *p)
{
    uint32_t  hash;

    hash = consent_scan_anchor_hash(p);

    return set->bits[hash >> CONSENT_SCAN_ANCHOR_SHIFT] >> (hash & 31) & 1;
}


/* 1 if the gram at p may be one of an anchor that stands there. */

static inline int
consent_scan_anchors_near(const consent_scan_anchors_t *set,
    const uint8_t *start, const uint8_t *p, const uint8_t *end)
{
    return end - p == CONSENT_SCAN_GRAM || p == start
           || consent_scan_anchors_has(set, p)
           || consent_scan_anchors_has(set, p - 1);
}


/*
 * The same as a constant.  list(member, l) is a macro that says
 * member('c', l) for each byte.
 */

#define CONSENT_SCAN_BIT(c, l)     | ((c) % 16 == (l) ? 1 << (c) / 16 : 0)
#define CONSENT_SCAN_MEMBER(c, l)  [c] = 1,
#define CONSENT_SCAN_ROW(list, l)  0 list(CONSENT_SCAN_BIT, l)

#define CONSENT_SCAN_SET(list)                                                \
    { { CONSENT_SCAN_ROW(list, 0), CONSENT_SCAN_ROW(list, 1),                 \
        CONSENT_SCAN_ROW(list, 2), CONSENT_SCAN_ROW(list, 3),                 \
        CONSENT_SCAN_ROW(list, 4), CONSENT_SCAN_ROW(list, 5),                 \
        CONSENT_SCAN_ROW(list, 6), CONSENT_SCAN_ROW(list, 7),                 \
        CONSENT_SCAN_ROW(list, 8), CONSENT_SCAN_ROW(list, 9),                 \
        CONSENT_SCAN_ROW(list, 10), CONSENT_SCAN_ROW(list, 11),               \
        CONSENT_SCAN_ROW(list, 12), CONSENT_SCAN_ROW(list, 13),               \
        CONSENT_SCAN_ROW(list, 14), CONSENT_SCAN_ROW(list, 15) },             \
      { list(CONSENT_SCAN_MEMBER, 0) } }


/*
 * What follows is inlined.  A block is what is looked at in one go; a mask
 * has a bit for each byte of a block, the first byte's lowest.  Code that is
 * compiled for AVX2 (consent_html_quick_avx2.c) has longer blocks than other
 * code; nothing else differs.
 */

typedef uint64_t  consent_scan_mask_t;

#define CONSENT_SCAN_FULL                                                     \
    (((consent_scan_mask_t) 1 << CONSENT_SCAN_BLOCK) - 1)

#if (CONSENT_SCAN_SSE2) && defined(__AVX2__)

#include <immintrin.h>

#define CONSENT_SCAN_BLOCK  32

typedef __m256i  consent_scan_block_t;
typedef __m256i  consent_scan_needle_t;


static inline consent_scan_block_t
consent_scan_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *) (const void *) p);
}


static inline consent_scan_needle_t
consent_scan_needle(uint8_t c)
{
    return _mm256_set1_epi8((char) c);
}


static inline consent_scan_mask_t
consent_scan_is(consent_scan_block_t v, consent_scan_needle_t needle)
{
    return (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(v, needle));
}


/* Controls, white space among them. */

static inline consent_scan_mask_t
consent_scan_space(consent_scan_block_t v)
{
    v = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(' ')), v);

    return (uint32_t) _mm256_movemask_epi8(v);
}


/* Letters: bytes with 0x40 set, so some marks and bytes beyond ASCII are among
   them, but nothing that ends a name. */

static inline consent_scan_mask_t
consent_scan_letter(consent_scan_block_t v)
{
    return (uint32_t) _mm256_movemask_epi8(_mm256_add_epi8(v, v));
}


/* The same, and the needle. */

static inline consent_scan_mask_t
consent_scan_letter_or(consent_scan_block_t v, consent_scan_needle_t needle)
{
    return (uint32_t) _mm256_movemask_epi8(
                          _mm256_or_si256(_mm256_add_epi8(v, v),
                                          _mm256_cmpeq_epi8(v, needle)));
}


/* What is neither an ASCII letter nor a digit. */

static inline consent_scan_mask_t
consent_scan_other(consent_scan_block_t v)
{
    consent_scan_block_t  digit, letter;

    digit = _mm256_add_epi8(v, _mm256_set1_epi8((char) (0x7f - '9')));
    letter = _mm256_add_epi8(_mm256_or_si256(v, _mm256_set1_epi8(0x20)),
                          _mm256_set1_epi8((char) (0x7f - 'z')));

    v = _mm256_or_si256(_mm256_cmpgt_epi8(digit, _mm256_set1_epi8(0x7f - 10)),
                     _mm256_cmpgt_epi8(letter,
                                    _mm256_set1_epi8(0x7f - 26)));

    return ~(consent_scan_mask_t) (uint32_t) _mm256_movemask_epi8(v)
           & CONSENT_SCAN_FULL;
}

#elif (CONSENT_SCAN_SSE2)

#define CONSENT_SCAN_BLOCK  16

typedef __m128i  consent_scan_block_t;
typedef __m128i  consent_scan_needle_t;


static inline consent_scan_block_t
consent_scan_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *) (const void *) p);
}


static inline consent_scan_needle_t
consent_scan_needle(uint8_t c)
{
    return _mm_set1_epi8((char) c);
}


static inline consent_scan_mask_t
consent_scan_is(consent_scan_block_t v, consent_scan_needle_t needle)
{
    return (unsigned) _mm_movemask_epi8(_mm_cmpeq_epi8(v, needle));
}


static inline consent_scan_mask_t
consent_scan_space(consent_scan_block_t v)
{
    v = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);

    return (unsigned) _mm_movemask_epi8(v);
}


static inline consent_scan_mask_t
consent_scan_letter(consent_scan_block_t v)
{
    return (unsigned) _mm_movemask_epi8(_mm_add_epi8(v, v));
}


static inline consent_scan_mask_t
consent_scan_letter_or(consent_scan_block_t v, consent_scan_needle_t needle)
{
    return (unsigned) _mm_movemask_epi8(
                          _mm_or_si128(_mm_add_epi8(v, v),
                                       _mm_cmpeq_epi8(v, needle)));
}


static inline consent_scan_mask_t
consent_scan_other(consent_scan_block_t v)
{
    consent_scan_block_t  digit, letter;

    digit = _mm_add_epi8(v, _mm_set1_epi8((char) (0x7f - '9')));
    letter = _mm_add_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)),
                          _mm_set1_epi8((char) (0x7f - 'z')));

    v = _mm_or_si128(_mm_cmpgt_epi8(digit, _mm_set1_epi8(0x7f - 10)),
                     _mm_cmpgt_epi8(letter,
                                    _mm_set1_epi8(0x7f - 26)));

    return ~(consent_scan_mask_t) (unsigned) _mm_movemask_epi8(v)
           & CONSENT_SCAN_FULL;
}

#else

#define CONSENT_SCAN_BLOCK  16

typedef const uint8_t  *consent_scan_block_t;
typedef uint8_t         consent_scan_needle_t;


static inline consent_scan_block_t
consent_scan_load(const uint8_t *p)
{
    return p;
}


static inline consent_scan_needle_t
consent_scan_needle(uint8_t c)
{
    return c;
}


static inline consent_scan_mask_t
consent_scan_is(consent_scan_block_t v, consent_scan_needle_t needle)
{
    unsigned             i;
    consent_scan_mask_t  mask;

    for (i = 0, mask = 0; i < CONSENT_SCAN_BLOCK; i++) {
        mask |= (consent_scan_mask_t) (v[i] == needle) << i;
    }

    return mask;
}


static inline consent_scan_mask_t
consent_scan_space(consent_scan_block_t v)
{
    unsigned             i;
    consent_scan_mask_t  mask;

    for (i = 0, mask = 0; i < CONSENT_SCAN_BLOCK; i++) {
        mask |= (consent_scan_mask_t) (v[i] <= ' ') << i;
    }

    return mask;
}


static inline consent_scan_mask_t
consent_scan_letter(consent_scan_block_t v)
{
    unsigned             i;
    consent_scan_mask_t  mask;

    for (i = 0, mask = 0; i < CONSENT_SCAN_BLOCK; i++) {
        mask |= (consent_scan_mask_t) (v[i] >> 6 & 1) << i;
    }

    return mask;
}


static inline consent_scan_mask_t
consent_scan_letter_or(consent_scan_block_t v, consent_scan_needle_t needle)
{
    return consent_scan_letter(v) | consent_scan_is(v, needle);
}


static inline consent_scan_mask_t
consent_scan_other(consent_scan_block_t v)
{
    unsigned             i;
    consent_scan_mask_t  mask;

    for (i = 0, mask = 0; i < CONSENT_SCAN_BLOCK; i++) {
        mask |= (consent_scan_mask_t) ((uint8_t) ((v[i] | 0x20) - 'a') >= 26
                                       && (uint8_t) (v[i] - '0') >= 10) << i;
    }

    return mask;
}

#endif


/*
 * A needle is a byte to be compared with all of a block: who keeps it in a
 * structure need not make it anew from a constant each time.
 */

static inline consent_scan_mask_t
consent_scan_eq(consent_scan_block_t v, uint8_t c)
{
    return consent_scan_is(v, consent_scan_needle(c));
}


/* Where of CONSENT_SCAN_MASK bytes from p on there is a c. */

static inline uint64_t
consent_scan_eq_long(const uint8_t *p, uint8_t c)
{
    const uint8_t  *half;

    half = p + CONSENT_SCAN_MASK / 2;

#if (CONSENT_SCAN_BLOCK == CONSENT_SCAN_MASK / 2)

    return consent_scan_eq(consent_scan_load(p), c)
           | consent_scan_eq(consent_scan_load(half), c) << 32;

#else

    return consent_scan_eq(consent_scan_load(p), c)
           | consent_scan_eq(consent_scan_load(p + 16), c) << 16
           | consent_scan_eq(consent_scan_load(half), c) << 32
           | consent_scan_eq(consent_scan_load(half + 16), c) << 48;

#endif
}


/* The first byte of a mask; the block's size, if it has none. */

static inline size_t
consent_scan_first(consent_scan_mask_t mask)
{
    return (size_t) __builtin_ctzll(
                mask | (consent_scan_mask_t) 1 << CONSENT_SCAN_BLOCK);
}


/* The first c in [p, end), or end; made for spans of few blocks. */

static inline const uint8_t *
consent_scan_near(const uint8_t *p, const uint8_t *end, uint8_t c)
{
    consent_scan_mask_t  mask;

    while (end - p >= CONSENT_SCAN_BLOCK) {
        mask = consent_scan_eq(consent_scan_load(p), c);

        if (mask != 0) {
            return p + __builtin_ctzll(mask);
        }

        p += CONSENT_SCAN_BLOCK;
    }

    while (p < end && *p != c) {
        p++;
    }

    return p;
}


#endif /* CONSENT_SCAN_H */

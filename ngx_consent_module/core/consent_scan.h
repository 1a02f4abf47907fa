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


#include "consent_base.h"

#if defined(__SSE2__) && !defined(CONSENT_SCALAR)
#define CONSENT_SCAN_SSE2  1
#include <emmintrin.h>
#endif


/*
 * A set of ASCII bytes.  nibble[l] has bit h for each member 16 * h + l, as
 * vector code looks bytes up; member[c] is not 0 for each member c.
 */

typedef struct {
    uint8_t  nibble[16];
    uint8_t  member[256];
} consent_scan_set_t;


typedef struct {
    const char     *name;           /* "scalar", "sse2", "avx2" */

    /* The first c in [p, end), or end. */
    const uint8_t  *(*byte)(const uint8_t *p, const uint8_t *end, uint8_t c);

    /* The first member of the set, or end. */
    const uint8_t  *(*any)(const uint8_t *p, const uint8_t *end,
                           const consent_scan_set_t *set);
} consent_scan_t;


const consent_scan_t *consent_scan(void);

/* All that this processor can run, for tests: from 0 on, then NULL. */
const consent_scan_t *consent_scan_nth(unsigned n);

/* members: ASCII, ended by NUL. */
void consent_scan_set(consent_scan_set_t *set, const char *members);


/* The bytes that inlined code looks at in one go. */
#define CONSENT_SCAN_BLOCK  16

#if (CONSENT_SCAN_SSE2)

/* A bit for each of the 16 bytes from p on: 1 where it is c. */

static inline unsigned
consent_scan_eq(const uint8_t *p, uint8_t c)
{
    __m128i  v;

    v = _mm_loadu_si128((const __m128i *) (const void *) p);

    return (unsigned) _mm_movemask_epi8(
                          _mm_cmpeq_epi8(v, _mm_set1_epi8((char) c)));
}


/*
 * A bit for each of the 16 bytes from p on: 1 where it is white space or
 * another control, or one of a, b and c.
 */

static inline unsigned
consent_scan_ends(const uint8_t *p, uint8_t a, uint8_t b, uint8_t c)
{
    __m128i  v, hit;

    v = _mm_loadu_si128((const __m128i *) (const void *) p);
    hit = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8((char) a)));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8((char) b)));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8((char) c)));

    return (unsigned) _mm_movemask_epi8(hit);
}

#else

static inline unsigned
consent_scan_eq(const uint8_t *p, uint8_t c)
{
    unsigned  i, mask;

    mask = 0;

    for (i = 0; i < CONSENT_SCAN_BLOCK; i++) {
        mask |= (unsigned) (p[i] == c) << i;
    }

    return mask;
}


static inline unsigned
consent_scan_ends(const uint8_t *p, uint8_t a, uint8_t b, uint8_t c)
{
    unsigned  i, mask;

    mask = 0;

    for (i = 0; i < CONSENT_SCAN_BLOCK; i++) {
        mask |= (unsigned) (p[i] <= ' ' || p[i] == a || p[i] == b
                            || p[i] == c) << i;
    }

    return mask;
}

#endif


/* The first c in [p, end), or end; made for spans of few blocks. */

static inline const uint8_t *
consent_scan_near(const uint8_t *p, const uint8_t *end, uint8_t c)
{
    unsigned  mask;

    while (end - p >= CONSENT_SCAN_BLOCK) {
        mask = consent_scan_eq(p, c);

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }

        p += CONSENT_SCAN_BLOCK;
    }

    while (p < end && *p != c) {
        p++;
    }

    return p;
}


/* The same for spans of which most are short, but some are not. */

static inline const uint8_t *
consent_scan_text(const consent_scan_t *scan, const uint8_t *p,
    const uint8_t *end, uint8_t c)
{
    unsigned  mask;

    if (end - p >= 2 * CONSENT_SCAN_BLOCK) {
        mask = consent_scan_eq(p, c)
               | consent_scan_eq(p + CONSENT_SCAN_BLOCK, c)
                 << CONSENT_SCAN_BLOCK;

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }

        p += 2 * CONSENT_SCAN_BLOCK;
    }

    return scan->byte(p, end, c);
}


#endif /* CONSENT_SCAN_H */

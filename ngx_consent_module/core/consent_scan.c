/*
 * Each search is written for a vector unit and, next to it, for none.  Only
 * code marked with a target may use more than the compiler was told to
 * expect of every processor; consent_scan() asks before it gives that out.
 */

#include <string.h>

#include "consent_scan.h"

#if (CONSENT_SCAN_AVX2)
#include <immintrin.h>
#endif


void
consent_scan_set(consent_scan_set_t *set, const char *members)
{
    uint8_t  c;

    memset(set, 0, sizeof(consent_scan_set_t));

    for ( /* void */ ; *members; members++) {
        c = (uint8_t) *members;

        set->member[c] = 1;
        set->nibble[c & 15] |= (uint8_t) (1 << (c >> 4));
    }
}


void
consent_scan_grams_add(consent_scan_grams_t *set, uint32_t gram)
{
    uint32_t  hash;

    hash = gram * CONSENT_SCAN_GRAM_FACTOR;
    set->bits[hash >> CONSENT_SCAN_GRAM_SHIFT] |= 0x80000000u >> (hash & 31);
}


void
consent_scan_anchors_add(consent_scan_anchors_t *set, const uint8_t *anchor)
{
    uint32_t  hash;

    consent_scan_grams_add(&set->grams, consent_scan_gram(anchor));
    consent_scan_grams_add(&set->grams, consent_scan_gram(anchor + 1));

    hash = consent_scan_anchor_hash(anchor);
    set->bits[hash >> CONSENT_SCAN_ANCHOR_SHIFT] |= (uint32_t) 1
                                                    << (hash & 31);
}


static const uint8_t *
consent_scan_byte_scalar(const uint8_t *p, const uint8_t *end, uint8_t c)
{
    while (p < end && *p != c) {
        p++;
    }

    return p;
}


static const uint8_t *
consent_scan_any_scalar(const uint8_t *p, const uint8_t *end,
    const consent_scan_set_t *set)
{
    while (p < end && !set->member[*p]) {
        p++;
    }

    return p;
}


static uint64_t
consent_scan_mask_scalar(const uint8_t *p, const consent_scan_set_t *set)
{
    unsigned  i;
    uint64_t  mask;

    mask = 0;

    for (i = 0; i < 64; i++) {
        mask |= (uint64_t) set->member[p[i]] << i;
    }

    return mask;
}


static void
consent_scan_anchors_scalar(const consent_scan_anchors_t *set,
    const uint8_t *start, const uint8_t *p, const uint8_t *end,
    consent_scan_stops_t *stops)
{
    stops->bits = 0;

    for ( /* void */ ; end - p >= CONSENT_SCAN_GRAM; p += 2) {
        if (consent_scan_continued(p) || consent_scan_continued(p + 1)
            || (consent_scan_grams_has(&set->grams, consent_scan_gram(p))
                && consent_scan_anchors_near(set, start, p, end)))
        {
            stops->bits = 1;
            break;
        }
    }

    stops->p = p;
    stops->next = p + 2;
}


static const consent_scan_t  consent_scan_scalar = {
    "scalar",
    0,
    consent_scan_byte_scalar,
    consent_scan_any_scalar,
    consent_scan_mask_scalar,
    consent_scan_anchors_scalar
};


#if (CONSENT_SCAN_SSE2)

static const consent_scan_t  consent_scan_sse2 = {
    "sse2",
    0,
    consent_scan_near,
    consent_scan_any_scalar,    /* SSE2 cannot look bytes up */
    consent_scan_mask_scalar,
    consent_scan_anchors_scalar   /* nor gather words */
};

#endif


#if (CONSENT_SCAN_AVX2)

__attribute__((target("avx2")))
static const uint8_t *
consent_scan_byte_avx2(const uint8_t *p, const uint8_t *end, uint8_t c)
{
    __m256i         wanted, a, b;
    uint32_t        mask;
    const uint8_t  *last;

    if (end - p < 64) {
        return consent_scan_near(p, end, c);
    }

    wanted = _mm256_set1_epi8((char) c);

    for (last = end - 64; p <= last; p += 64) {
        a = _mm256_cmpeq_epi8(wanted,
                _mm256_loadu_si256((const __m256i *) (const void *) p));
        b = _mm256_cmpeq_epi8(wanted,
                _mm256_loadu_si256((const __m256i *) (const void *) (p + 32)));

        if (!_mm256_testz_si256(_mm256_or_si256(a, b),
                                _mm256_or_si256(a, b)))
        {
            mask = (uint32_t) _mm256_movemask_epi8(a);

            if (mask != 0) {
                return p + __builtin_ctz(mask);
            }

            mask = (uint32_t) _mm256_movemask_epi8(b);

            return p + 32 + __builtin_ctz(mask);
        }
    }

    return consent_scan_near(p, end, c);
}


/*
 * A byte is looked up by its low nibble for the high nibbles that make it a
 * member, and by its high nibble for that one's bit.  The look-up gives 0
 * for a byte beyond ASCII.
 */

/* A bit for each byte of a block: 1 where it is a member. */

__attribute__((target("avx2")))
static inline uint32_t
consent_scan_members32(const uint8_t *p, const consent_scan_set_t *set)
{
    __m256i  v, low, high, hit;

    v = _mm256_loadu_si256((const __m256i *) (const void *) p);
    low = _mm256_broadcastsi128_si256(
              _mm_loadu_si128((const __m128i *) (const void *) set->nibble));
    high = _mm256_set1_epi64x((int64_t) 0x8040201008040201);

    hit = _mm256_and_si256(_mm256_shuffle_epi8(low, v),
              _mm256_shuffle_epi8(high,
                  _mm256_and_si256(_mm256_srli_epi16(v, 4),
                                   _mm256_set1_epi8(15))));

    return ~(uint32_t) _mm256_movemask_epi8(
               _mm256_cmpeq_epi8(hit, _mm256_setzero_si256()));
}


__attribute__((target("avx2")))
static inline uint32_t
consent_scan_members16(const uint8_t *p, const consent_scan_set_t *set)
{
    __m128i  v, low, hit;

    v = _mm_loadu_si128((const __m128i *) (const void *) p);
    low = _mm_loadu_si128((const __m128i *) (const void *) set->nibble);

    hit = _mm_and_si128(_mm_shuffle_epi8(low, v),
              _mm_shuffle_epi8(_mm_set1_epi64x((int64_t) 0x8040201008040201),
                  _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(15))));

    return (uint32_t) _mm_movemask_epi8(
               _mm_cmpeq_epi8(hit, _mm_setzero_si128())) ^ 0xffff;
}


/* The last block overlaps the one before. */

__attribute__((target("avx2")))
static const uint8_t *
consent_scan_any_avx2(const uint8_t *p, const uint8_t *end,
    const consent_scan_set_t *set)
{
    uint32_t        mask;
    const uint8_t  *last;

    if (end - p < 16) {
        return consent_scan_any_scalar(p, end, set);
    }

    if (end - p < 32) {
        last = end - 16;
        mask = consent_scan_members16(p, set)
               | consent_scan_members16(last, set) << (last - p);

        return mask ? p + __builtin_ctz(mask) : end;
    }

    for (last = end - 32; p < end; p += 32) {
        p = p < last ? p : last;
        mask = consent_scan_members32(p, set);

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
    }

    return end;
}


__attribute__((target("avx2")))
static uint64_t
consent_scan_mask_avx2(const uint8_t *p, const consent_scan_set_t *set)
{
    __m256i   low, high, fifteen, a, b, zero;
    uint64_t  mask;

    low = _mm256_broadcastsi128_si256(
              _mm_loadu_si128((const __m128i *) (const void *) set->nibble));
    high = _mm256_set1_epi64x((int64_t) 0x8040201008040201);
    fifteen = _mm256_set1_epi8(15);
    zero = _mm256_setzero_si256();

    a = _mm256_loadu_si256((const __m256i *) (const void *) p);
    b = _mm256_loadu_si256((const __m256i *) (const void *) (p + 32));

    a = _mm256_and_si256(_mm256_shuffle_epi8(low, a),
            _mm256_shuffle_epi8(high,
                _mm256_and_si256(_mm256_srli_epi16(a, 4), fifteen)));
    b = _mm256_and_si256(_mm256_shuffle_epi8(low, b),
            _mm256_shuffle_epi8(high,
                _mm256_and_si256(_mm256_srli_epi16(b, 4), fifteen)));

    mask = (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(b, zero));
    mask = mask << 32
           | (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, zero));

    return ~mask;
}


/* The top bit of each word: whether the gram there may be in the set. */

__attribute__((target("avx2")))
static inline __m256i
consent_scan_grams_test(const uint8_t *p, const consent_scan_grams_t *set)
{
    __m256i  hash, bits;

    hash = _mm256_mullo_epi32(
               _mm256_loadu_si256((const __m256i *) (const void *) p),
               _mm256_set1_epi32((int) CONSENT_SCAN_GRAM_FACTOR));
    bits = _mm256_i32gather_epi32((const int *) (const void *) set->bits,
               _mm256_srli_epi32(hash, CONSENT_SCAN_GRAM_SHIFT), 4);

    return _mm256_sllv_epi32(bits,
               _mm256_and_si256(hash, _mm256_set1_epi32(31)));
}


/* A bit for each of the 32 bytes from p on that is c. */

__attribute__((target("avx2")))
static inline uint32_t
consent_scan_eq_avx2(const uint8_t *p, uint8_t c)
{
    return (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(
               _mm256_loadu_si256((const __m256i *) (const void *) p),
               _mm256_set1_epi8((char) c)));
}


/*
 * The places in the block at p of which `known` has a bit.  A vector holds the
 * grams at every fourth byte, so two make a block.
 */

__attribute__((target("avx2"), always_inline))
static inline uint32_t
consent_scan_anchors32(const consent_scan_anchors_t *set,
    const uint8_t *start, const uint8_t *p, const uint8_t *end,
    uint32_t known)
{
    __m256i         even, odd;
    uint32_t        slashes, grams, stops;
    const uint8_t  *at;

    even = consent_scan_grams_test(p, &set->grams);
    odd = consent_scan_grams_test(p + 2, &set->grams);
    slashes = consent_scan_eq_avx2(p, '\\');
    grams = (uint32_t) _mm256_movemask_ps(_mm256_castsi256_ps(
                           _mm256_or_si256(even, odd)));

    if ((grams | slashes) == 0) {
        return 0;
    }

    if (slashes != 0) {
        slashes &= consent_scan_eq_avx2(p + 1, '\n')
                   | consent_scan_eq_avx2(p + 1, '\r');
    }

    /* a bit for each byte: the top bits of the words move to where their
       grams begin */

    grams = (uint32_t) _mm256_movemask_epi8(even) & 0x88888888u;
    grams = grams >> 3
            | ((uint32_t) _mm256_movemask_epi8(odd) & 0x88888888u) >> 1;

    stops = (slashes | slashes >> 1) & 0x55555555u;

    for (grams &= known; grams != 0; grams &= grams - 1) {
        at = p + __builtin_ctz(grams);

        if (consent_scan_anchors_near(set, start, at, end)) {
            stops |= grams & -grams;
        }
    }

    return stops & known;
}


/* The last block overlaps the one before. */

__attribute__((target("avx2")))
static void
consent_scan_anchors_avx2(const consent_scan_anchors_t *set,
    const uint8_t *start, const uint8_t *p, const uint8_t *end,
    consent_scan_stops_t *stops)
{
    uint32_t   bits;
    ptrdiff_t  back;

    for ( /* void */ ; end - p >= 34; p += 32) {
        bits = consent_scan_anchors32(set, start, p, end, ~(uint32_t) 0);

        if (bits != 0) {
            *stops = (consent_scan_stops_t) { p, bits, p + 32 };
            return;
        }
    }

    back = (35 - (end - p)) & ~(ptrdiff_t) 1;

    if (end - p >= CONSENT_SCAN_GRAM && p - start >= back) {
        p -= back;
        bits = consent_scan_anchors32(set, start, p, end,
                                      ~(uint32_t) 0 << back);
        *stops = (consent_scan_stops_t) { p, bits, p + 32 };

        if (bits != 0) {
            return;
        }

        p += 32;
    }

    consent_scan_anchors_scalar(set, start, p, end, stops);
}


static const consent_scan_t  consent_scan_avx2 = {
    "avx2",
    1,
    consent_scan_byte_avx2,
    consent_scan_any_avx2,
    consent_scan_mask_avx2,
    consent_scan_anchors_avx2
};

#endif


const consent_scan_t *
consent_scan_nth(unsigned n)
{
    static const consent_scan_t  *const scans[] = {
#if (CONSENT_SCAN_AVX2)
        &consent_scan_avx2,
#endif
#if (CONSENT_SCAN_SSE2)
        &consent_scan_sse2,
#endif
        &consent_scan_scalar
    };

#if (CONSENT_SCAN_AVX2)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2")) {
        n++;
    }
#endif

    return n < sizeof(scans) / sizeof(scans[0]) ? scans[n] : NULL;
}


const consent_scan_t *
consent_scan(void)
{
    return consent_scan_nth(0);
}

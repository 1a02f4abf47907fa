/*
 * Runs of bytes that a URL keeps as they stand: 16 at a time by SSE2, which
 * every x86-64 has, and one by one elsewhere.  Both give the same answers.
 * Private to consent_url_plain.c.
 *
 * Each function returns where the run from p on ends.  A NUL, which ends all
 * of them, must stand somewhere, and CONSENT_URL_RUN bytes from there on
 * must be readable.
 */

#ifndef CONSENT_URL_RUN_H
#define CONSENT_URL_RUN_H


#include "consent_scan.h"
#include "consent_url_parser.h"


#define CONSENT_URL_RUN  16


/* A host's: lower-case letters, digits, "-", "." and "_". */

static inline const uint8_t *
consent_url_run_host_scalar(const uint8_t *p)
{
    while (consent_url_class[*p] & CONSENT_URL_PLAIN) {
        p++;
    }

    return p;
}


/*
 * A special URL's path.  It ends at "?" and "#", at what is encoded, at "\",
 * and at the first byte of a segment that may be made of dots.  The byte
 * before p is looked at too.
 */

static inline int
consent_url_ends_path(const uint8_t *p)
{
    return (consent_url_class[*p] & CONSENT_URL_PATH) || *p == '\\'
           || ((*p == '.' || *p == '%') && p[-1] == '/');
}


static inline const uint8_t *
consent_url_run_path_scalar(const uint8_t *p)
{
    while (!consent_url_ends_path(p)) {
        p++;
    }

    return p;
}


/* A special URL's query; ends at "#" and at what is encoded. */

static inline const uint8_t *
consent_url_run_query_scalar(const uint8_t *p)
{
    while (!(consent_url_class[*p] & (CONSENT_URL_QUERY|CONSENT_URL_SPECIAL)))
    {
        p++;
    }

    return p;
}


/* An opaque path; ends at "?" and "#" and at what is encoded. */

static inline const uint8_t *
consent_url_run_opaque_scalar(const uint8_t *p)
{
    while (!(consent_url_class[*p] & CONSENT_URL_C0) && *p != '?'
           && *p != '#')
    {
        p++;
    }

    return p;
}


#if (CONSENT_SCAN_SSE2)

static inline __m128i
consent_url_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *) (const void *) p);
}


/* Where v is c. */
static inline __m128i
consent_url_is(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}


/* Where v lies between first and last: moved down to the least number. */
static inline __m128i
consent_url_between(__m128i v, char first, char last)
{
    return _mm_cmplt_epi8(_mm_add_epi8(v, _mm_set1_epi8((char)
                                                        (-128 - first))),
                          _mm_set1_epi8((char) (-128 + last - first + 1)));
}


static inline const uint8_t *
consent_url_run_host_sse2(const uint8_t *p)
{
    __m128i   v, in;
    unsigned  mask;

    for ( ;; p += CONSENT_URL_RUN) {
        v = consent_url_load(p);

        in = _mm_andnot_si128(consent_url_is(v, '/'),
                              consent_url_between(v, '-', '9'));
        in = _mm_or_si128(in, consent_url_between(v, 'a', 'z'));
        in = _mm_or_si128(in, consent_url_is(v, '_'));

        mask = (unsigned) _mm_movemask_epi8(in) ^ 0xffff;

        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }
}


/*
 * Of a path nearly all is letters, digits and "-", ".", "/", "_"; the rest
 * is looked at one by one.
 */

static inline const uint8_t *
consent_url_run_path_sse2(const uint8_t *p)
{
    __m128i   v, in, dot;
    unsigned  mask;

    for ( ;; ) {
        v = consent_url_load(p);

        in = consent_url_between(_mm_or_si128(v, _mm_set1_epi8(0x20)),
                                 'a', 'z');
        in = _mm_or_si128(in, consent_url_between(v, '-', '9'));
        in = _mm_or_si128(in, consent_url_is(v, '_'));

        dot = _mm_and_si128(consent_url_is(v, '.'),
                            consent_url_is(consent_url_load(p - 1), '/'));

        mask = (unsigned) _mm_movemask_epi8(_mm_andnot_si128(dot, in))
               ^ 0xffff;

        if (mask == 0) {
            p += CONSENT_URL_RUN;
            continue;
        }

        p += __builtin_ctz(mask);

        if (consent_url_ends_path(p)) {
            return p;
        }

        p++;
    }
}


/*
 * Bytes that differ in one bit are compared in one go: with 1 set, the double
 * quote is "#"; with 2 set, "<" is ">".  Bytes beyond ASCII are negative.
 */

static inline const uint8_t *
consent_url_run_query_sse2(const uint8_t *p)
{
    __m128i   v, out;
    unsigned  mask;

    for ( ;; p += CONSENT_URL_RUN) {
        v = consent_url_load(p);

        out = _mm_cmplt_epi8(v, _mm_set1_epi8('!'));
        out = _mm_or_si128(out, consent_url_is(_mm_or_si128(v,
                                                   _mm_set1_epi8(1)), '#'));
        out = _mm_or_si128(out, consent_url_is(_mm_or_si128(v,
                                                   _mm_set1_epi8(2)), '>'));
        out = _mm_or_si128(out, consent_url_is(v, '\''));
        out = _mm_or_si128(out, consent_url_is(v, 0x7f));

        mask = (unsigned) _mm_movemask_epi8(out);

        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }
}


static inline const uint8_t *
consent_url_run_opaque_sse2(const uint8_t *p)
{
    __m128i   v, out;
    unsigned  mask;

    for ( ;; p += CONSENT_URL_RUN) {
        v = consent_url_load(p);

        out = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
        out = _mm_or_si128(out, consent_url_is(v, '?'));
        out = _mm_or_si128(out, consent_url_is(v, '#'));
        out = _mm_or_si128(out, consent_url_is(v, 0x7f));

        mask = (unsigned) _mm_movemask_epi8(out);

        if (mask) {
            return p + __builtin_ctz(mask);
        }
    }
}


#define consent_url_run_host    consent_url_run_host_sse2
#define consent_url_run_path    consent_url_run_path_sse2
#define consent_url_run_query   consent_url_run_query_sse2
#define consent_url_run_opaque  consent_url_run_opaque_sse2

#else

#define consent_url_run_host    consent_url_run_host_scalar
#define consent_url_run_path    consent_url_run_path_scalar
#define consent_url_run_query   consent_url_run_query_scalar
#define consent_url_run_opaque  consent_url_run_opaque_scalar

#endif


#endif /* CONSENT_URL_RUN_H */

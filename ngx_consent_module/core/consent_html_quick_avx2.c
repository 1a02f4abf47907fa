/*
 * consent_html_quick.c once more, for processors with AVX2: its blocks are
 * twice as long.  consent_html_init() asks which of the two may run.  clang
 * can do so only for single functions, and keeps to the shorter blocks.
 */

#if defined(__SSE2__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(CONSENT_SCALAR)

#pragma GCC target("avx2,bmi,bmi2")

#define consent_html_quick  consent_html_quick_avx2

#include "consent_html_quick.c"

#endif

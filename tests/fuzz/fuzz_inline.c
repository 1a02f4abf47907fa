/*
 * Inline scripts: the same services are found at the same bytes, whatever the
 * pieces, and whether the script is kept or not; by the filter no others than
 * by the lexer alone, to which each byte is given by itself.
 */

#include "consent_inline.h"
#include "fuzz.h"


/* The first `kept` bytes are kept, in pieces of `step`. */

static void
fuzz_script(consent_inline_t *in, const uint8_t *data, size_t size,
    size_t step, size_t kept)
{
    size_t  at, n;

    consent_inline_init(in);

    for (at = 0; at < size; at += n) {
        n = size - at < step ? size - at : step;

        if (at >= kept) {
            n = consent_inline_find(fuzz_rules(), in, data + at, n);
            continue;
        }

        n = kept - at < n ? kept - at : n;
        consent_inline_feed_kept(fuzz_rules(), in, data, data + at, n);

        if (at + n == kept) {
            consent_inline_settle(fuzz_rules(), in, data, data + at, n);
        }
    }
}


/* Returns behind which byte the last service was found. */

static size_t
fuzz_slow(consent_inline_t *in, const uint8_t *data, size_t size)
{
    size_t    i, last;
    unsigned  n;

    consent_inline_init(in);
    last = 0;

    for (i = 0; i < size; i++) {
        n = in->nfound;
        (void) consent_inline_lex(fuzz_rules(), in,
                                  (consent_str_t) { 1, data + i }, 1, 0);

        if (in->nfound != n) {
            last = i + 1;
        }
    }

    return last;
}


static int
fuzz_same(const consent_inline_t *a, const consent_inline_t *b)
{
    return a->nfound == b->nfound && a->full == b->full
           && memcmp(a->found, b->found, a->nfound * sizeof(a->found[0]))
              == 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             last, step;
    consent_inline_t   slow, other;
    consent_verdict_t  verdict;

    if (size < 2) {
        return 0;
    }

    step = 1 + data[0] % 32;
    data++;
    size--;

    last = fuzz_slow(&slow, data, size);

    fuzz_script(&other, data, size, size, SIZE_MAX);
    fuzz_check(fuzz_same(&slow, &other));

    fuzz_script(&other, data, size, step, SIZE_MAX);
    fuzz_check(fuzz_same(&slow, &other));

    fuzz_script(&other, data, size, step, size / 2);
    fuzz_check(fuzz_same(&slow, &other));

    fuzz_script(&other, data, last, size, 0);
    fuzz_check(fuzz_same(&slow, &other));

    if (last) {
        fuzz_script(&other, data, last - 1, size, last / 2);
        fuzz_check(!fuzz_same(&slow, &other));
    }

    consent_inline_verdict(fuzz_rules(), &slow, &verdict);

    return 0;
}

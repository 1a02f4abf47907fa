/* Inline scripts: the same services are found, whatever the pieces. */

#include "fuzz.h"


static void
fuzz_script(consent_inline_t *in, const uint8_t *data, size_t size,
    size_t step)
{
    size_t  at, n;

    consent_inline_init(in);

    for (at = 0; at < size; at += n) {
        n = size - at < step ? size - at : step;
        (void) consent_inline_feed(fuzz_rules(), in, data + at, n);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    consent_inline_t   whole, other;
    consent_verdict_t  verdict;

    if (size < 2) {
        return 0;
    }

    fuzz_script(&whole, data + 1, size - 1, size);
    fuzz_script(&other, data + 1, size - 1, 1 + data[0] % 32);

    fuzz_check(whole.nfound == other.nfound && whole.full == other.full
               && memcmp(whole.found, other.found,
                         whole.nfound * sizeof(whole.found[0])) == 0);

    consent_inline_verdict(fuzz_rules(), &whole, &verdict);

    return 0;
}

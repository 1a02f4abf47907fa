/*
 * Charsets: the sniffing gives one answer however a page is cut, and masks
 * keep the length and ASCII.  Input: Content-Type, NUL, page.
 */

#include "consent_charset.h"
#include "fuzz.h"


static void
fuzz_sniff(consent_sniff_t *s, consent_str_t type, unsigned flags,
    const uint8_t *data, size_t size, size_t step)
{
    size_t    at, n;
    uint8_t  *copy;

    consent_sniff_init(s, type, flags);
    at = 0;

    do {
        n = size - at < step ? size - at : step;
        copy = malloc(n + 1);
        fuzz_check(copy != NULL);

        if (n) {
            memcpy(copy, data + at, n);
        }

        at += consent_sniff_feed(s, copy, n, at + n == size);
        free(copy);
    } while (!s->done && at < size);

    fuzz_check(s->done);
    fuzz_check(s->len == at && at <= CONSENT_SNIFF_MAX);
    fuzz_check(at == 0 || memcmp(s->data, data, at) == 0);
}


static void
fuzz_mask(consent_charset_t charset, const uint8_t *data, size_t size)
{
    size_t    i;
    uint8_t   lead, one, *out;

    out = malloc(size + 1);
    fuzz_check(out != NULL);

    lead = 0;
    consent_charset_mask(charset, &lead, data, size, out);

    for (i = 0, lead = 0; i < size; i++) {
        one = consent_charset_step(charset, &lead, data[i]);

        fuzz_check(out[i] == one);
        fuzz_check(one == data[i] || one == CONSENT_CHARSET_MASKED);
        fuzz_check(data[i] < 0x80 || one == CONSENT_CHARSET_MASKED);
        fuzz_check(data[i] >= 0x40 || one == data[i]);
    }

    free(out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             len;
    unsigned           flags;
    consent_str_t      type;
    const uint8_t     *nul;
    consent_sniff_t    whole, other;
    consent_charset_t  charset;

    nul = size ? memchr(data, '\0', size) : NULL;

    if (nul == NULL || size > 8192) {
        return 0;
    }

    len = (size_t) (nul - data);
    type = (consent_str_t) { len, data };
    data += len + 1;
    size -= len + 1;

    for (flags = 0; flags < 4; flags++) {
        fuzz_sniff(&whole, type, flags, data, size, size + 1);
        fuzz_sniff(&other, type, flags, data, size, 1);
        fuzz_check(whole.charset == other.charset
                   && whole.name == other.name);

        fuzz_sniff(&other, type, flags, data, size, 7);
        fuzz_check(whole.charset == other.charset
                   && whole.name == other.name);
    }

    for (charset = CONSENT_CHARSET_PLAIN; charset <= CONSENT_CHARSET_BIG5;
         charset++)
    {
        fuzz_mask(charset, data, size);
    }

    return 0;
}

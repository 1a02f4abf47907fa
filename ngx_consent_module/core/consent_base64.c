#include <string.h>

#include "consent_base64.h"


size_t
consent_base64url(uint8_t *out, const uint8_t *in, size_t len)
{
    size_t             i, n;
    unsigned           bits;
    uint32_t           word;
    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";

    n = 0;
    bits = 0;
    word = 0;

    for (i = 0; i < len; i++) {
        word = (word << 8 | in[i]) & 0xffff;
        bits += 8;

        while (bits >= 6) {
            bits -= 6;
            out[n++] = (uint8_t) digits[word >> bits & 63];
        }
    }

    if (bits) {
        out[n++] = (uint8_t) digits[word << (6 - bits) & 63];
    }

    return n;
}


int
consent_base64url_valid(consent_str_t s)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'))
        {
            return 0;
        }
    }

    return 1;
}

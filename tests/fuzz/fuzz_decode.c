/*
 * Content codings: pieces of any size give what the whole gives, and room of
 * any size.  Input: the coding, then the body.
 */

#include "consent_decode.h"
#include "fuzz.h"


#define FUZZ_MOST  (1 << 20)


typedef struct {
    int       rc;
    int       whole;
    size_t    len;
    uint8_t   data[FUZZ_MOST];
} fuzz_body_t;


static void
fuzz_decode(fuzz_body_t *body, consent_coding_t coding, const uint8_t *data,
    size_t size, size_t step, size_t room)
{
    size_t             at, n, len;
    uint8_t           *copy, *out;
    consent_str_t      in;
    consent_decode_t  *d;

    d = consent_decode_open(coding);
    fuzz_check(d != NULL);

    out = malloc(room);
    fuzz_check(out != NULL);

    body->rc = CONSENT_OK;
    body->len = 0;

    for (at = 0; at < size && body->rc == CONSENT_OK; at += n) {
        n = size - at < step ? size - at : step;
        copy = malloc(n);
        fuzz_check(copy != NULL);
        memcpy(copy, data + at, n);

        in.data = copy;
        in.len = n;

        do {
            len = room;
            body->rc = consent_decode(d, &in, out, &len);
            fuzz_check(len <= room && in.len <= n);

            if (len > FUZZ_MOST - body->len) {
                len = FUZZ_MOST - body->len;
                body->rc = CONSENT_ERROR;
            }

            memcpy(body->data + body->len, out, len);
            body->len += len;
        } while (body->rc == CONSENT_AGAIN);

        fuzz_check(body->rc != CONSENT_OK || in.len == 0);
        free(copy);
    }

    body->whole = body->rc == CONSENT_OK && consent_decode_whole(d);

    consent_decode_close(d);
    free(out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    consent_coding_t    coding;
    static fuzz_body_t  whole, other;

    if (size == 0 || size > 8192) {
        return 0;
    }

    coding = CONSENT_CODING_GZIP + data[0] % 4;
    data++;
    size--;

    fuzz_decode(&whole, coding, data, size, size + 1, 65536);
    fuzz_decode(&other, coding, data, size, 1, 4096);

    /* zstd looks harder at a frame that it has at once. */

    if (coding != CONSENT_CODING_ZSTD) {
        fuzz_check(whole.rc == other.rc && whole.whole == other.whole);
    }

    /* How much comes out before a fault is found may differ. */

    if (whole.rc == CONSENT_OK && other.rc == CONSENT_OK) {
        fuzz_check(whole.len == other.len);
    }

    fuzz_check(memcmp(whole.data, other.data,
                      whole.len < other.len ? whole.len : other.len)
               == 0);

    return 0;
}

/* Attribute values: character references, srcset, lists, refresh. */

#include "fuzz.h"
#include "consent_carrier.h"
#include "consent_entity.h"


static void
fuzz_list(consent_str_t in,
    int (*next)(consent_str_t, size_t *, consent_str_t *))
{
    size_t         pos, before;
    consent_str_t  url;

    pos = 0;

    for ( ;; ) {
        before = pos;

        if (next(in, &pos, &url) != CONSENT_OK) {
            return;
        }

        fuzz_check(pos > before && pos <= in.len);
        fuzz_check(url.data >= in.data
                   && url.data + url.len <= in.data + in.len);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         len;
    uint8_t       *in, *out;
    consent_str_t  value;

    in = malloc(size + 1);
    out = malloc(CONSENT_ENTITY_SIZE(size));
    fuzz_check(in != NULL && out != NULL);

    if (size) {
        memcpy(in, data, size);
    }

    value = (consent_str_t) { size, in };
    len = consent_entity_decode(value, out);
    fuzz_check(len <= CONSENT_ENTITY_SIZE(size));

    fuzz_list(value, consent_srcset_next);
    fuzz_list(value, consent_urls_next);

    value = (consent_str_t) { len, out };
    fuzz_list(value, consent_srcset_next);
    fuzz_list(value, consent_refresh_next);

    free(in);
    free(out);

    return 0;
}

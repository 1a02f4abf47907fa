/* Style sheets: the same URLs are told, whatever the pieces. */

#include "fuzz.h"
#include "consent_css.h"


typedef struct {
    uint64_t  hash;
    uint64_t  size;
    unsigned  n;
} fuzz_told_t;


static void
fuzz_found(void *data, const consent_css_url_t *found)
{
    size_t        i;
    fuzz_told_t  *told;

    told = data;
    told->n++;
    told->hash = told->hash * 31 + found->start + found->type;
    fuzz_check(found->start <= told->size
               && found->url.len <= CONSENT_CSS_URL_MAX);

    for (i = 0; i < found->url.len; i++) {
        told->hash = told->hash * 31 + found->url.data[i];
    }
}


static void
fuzz_sheet(fuzz_told_t *told, const uint8_t *data, size_t size, size_t step)
{
    size_t         at, n;
    uint8_t       *copy;
    consent_css_t  css;

    memset(told, 0, sizeof(*told));
    told->size = size;
    consent_css_init(&css, fuzz_found, told, 0);

    for (at = 0; at < size; at += n) {
        n = size - at < step ? size - at : step;
        copy = malloc(n);
        fuzz_check(copy != NULL);
        memcpy(copy, data + at, n);
        consent_css_feed(&css, copy, n);
        free(copy);
    }

    consent_css_end(&css);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_told_t  whole, other;

    if (size < 2) {
        return 0;
    }

    fuzz_sheet(&whole, data + 1, size - 1, size);
    fuzz_sheet(&other, data + 1, size - 1, 1 + data[0] % 16);
    fuzz_check(whole.n == other.n && whole.hash == other.hash);

    return 0;
}

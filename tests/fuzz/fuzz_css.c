/* Style sheets: the same URLs are told, whatever the pieces, whether every
   byte is looked at or not, and in the order of their places. */

#include "fuzz.h"
#include "consent_css.h"


typedef struct {
    uint64_t  hash;
    uint64_t  size;
    uint64_t  last;
    unsigned  n;
} fuzz_told_t;


static void
fuzz_found(void *data, const consent_css_url_t *found)
{
    size_t        i;
    fuzz_told_t  *told;

    told = data;
    told->n++;
    told->hash = told->hash * 31 + found->start + found->type
                 + found->maybe * 7 + found->too_long * 3;
    fuzz_check(found->start <= told->size && found->start >= told->last
               && found->url.len <= CONSENT_CSS_URL_MAX);
    told->last = found->start;

    for (i = 0; i < found->url.len; i++) {
        told->hash = told->hash * 31 + found->url.data[i];
    }
}


static void
fuzz_sheet(fuzz_told_t *told, consent_css_what_t what,
    const consent_scan_t *scan, const uint8_t *data, size_t size, size_t step)
{
    size_t         at, n;
    uint8_t       *copy;
    consent_css_t  css;

    memset(told, 0, sizeof(*told));
    told->size = size;
    consent_css_init(&css, what, fuzz_found, told, 0);
    css.scan = scan;

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
    size_t                 step;
    unsigned               n;
    fuzz_told_t            exact, other;
    const consent_scan_t  *scan;
    consent_css_what_t     what;

    if (size < 2) {
        return 0;
    }

    what = data[0] & 16 ? CONSENT_CSS_DECLARATIONS : CONSENT_CSS_SHEET;
    step = 1 + data[0] % 16 * (data[0] & 32 ? 7 : 1);

    fuzz_sheet(&exact, what, NULL, data + 1, size - 1, size);
    fuzz_sheet(&other, what, NULL, data + 1, size - 1, step);
    fuzz_check(exact.n == other.n && exact.hash == other.hash);

    for (n = 0; (scan = consent_scan_nth(n)) != NULL; n++) {
        fuzz_sheet(&other, what, scan, data + 1, size - 1, size);
        fuzz_check(exact.n == other.n && exact.hash == other.hash);

        fuzz_sheet(&other, what, scan, data + 1, size - 1, step);
        fuzz_check(exact.n == other.n && exact.hash == other.hash);
    }

    return 0;
}

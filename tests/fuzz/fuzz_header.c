/* Cookie, Set-Cookie, Link and Refresh; the first byte says which. */

#include "fuzz.h"


static void
fuzz_cookie(consent_str_t field)
{
    size_t             len;
    uint8_t           *out;
    unsigned           denied;
    consent_rules_t   *rules;
    consent_cookies_t  ctx;

    rules = fuzz_rules();
    ctx = (consent_cookies_t) { rules, fuzz_choice(rules), fuzz_page(rules),
                                consent_str("privacy") };
    out = malloc(field.len + 1);
    fuzz_check(out != NULL);

    len = consent_cookie_strip(&ctx, field, out, &denied, NULL, NULL);
    fuzz_check(len <= field.len
               && (denied || (len == field.len
                              && memcmp(out, field.data, len) == 0)));
    free(out);
}


/* What is left of a Link field has nothing denied in it. */

static void
fuzz_link(consent_str_t field)
{
    size_t            len;
    uint8_t          *out, *again;
    unsigned          denied, twice;
    consent_rules_t  *rules;

    rules = fuzz_rules();
    out = malloc(field.len + 1);
    again = malloc(field.len + 1);
    fuzz_check(out != NULL && again != NULL);

    len = consent_link_strip(rules, fuzz_page(rules), fuzz_choice(rules),
                             field, out, &denied, NULL, NULL);
    fuzz_check(len <= field.len);

    (void) consent_link_strip(rules, fuzz_page(rules), fuzz_choice(rules),
                              (consent_str_t) { len, out }, again, &twice,
                              NULL, NULL);
    fuzz_check(twice == 0);

    free(out);
    free(again);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                 pos;
    uint8_t               *copy;
    consent_str_t          field, url;
    consent_set_cookie_t   sc;

    if (size < 2) {
        return 0;
    }

    copy = malloc(size - 1);
    fuzz_check(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    field = (consent_str_t) { size - 1, copy };

    switch (data[0] % 4) {

    case 0:
        fuzz_cookie(field);
        break;

    case 1:
        fuzz_link(field);
        break;

    case 2:
        (void) consent_set_cookie_parse(field, &sc);
        break;

    default:
        pos = 0;

        while (consent_refresh_next(field, &pos, &url) == CONSENT_OK) {
            fuzz_check(url.len && url.data + url.len <= copy + field.len);
        }
    }

    free(copy);

    return 0;
}

/* URLs: what is parsed parses again to the same, and lies in its buffer. */

#include "fuzz.h"


static void
fuzz_inside(consent_str_t s, const uint8_t *buf, const consent_page_t *page)
{
    (void) page;

    fuzz_check(s.len == 0 || s.data != NULL);
    fuzz_check(s.len <= CONSENT_URL_BUF);
    (void) buf;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t               *buf, *again;
    consent_str_t          in;
    consent_url_t          url, twice;
    consent_rules_t       *rules;
    consent_verdict_t      verdict;
    const consent_page_t  *page;

    rules = fuzz_rules();
    page = fuzz_page(rules);
    in = (consent_str_t) { size, data };
    buf = malloc(CONSENT_URL_BUF);
    again = malloc(CONSENT_URL_BUF);
    fuzz_check(buf != NULL && again != NULL);

    if (consent_url_parse(&url, &page->url, in, buf) == CONSENT_OK) {
        fuzz_inside(url.href, buf, page);
        fuzz_inside(url.host, buf, page);
        fuzz_inside(url.path, buf, page);

        consent_rules_match(rules, page, &url, CONSENT_TYPE_IMAGE, &verdict);
        (void) consent_url_site(url.host);

        if (url.network
            && consent_url_parse(&twice, NULL, url.href, again) == CONSENT_OK)
        {
            fuzz_check(consent_str_eq(url.host, twice.host)
                       && consent_str_eq(url.path, twice.path)
                       && url.port == twice.port);
        }
    }

    free(buf);
    free(again);

    return 0;
}

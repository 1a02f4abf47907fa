/*
 * Lists: any text is read, and the same decision comes whether a page's
 * memo is used or not.  The first byte chooses what is asked.
 */

#include "fuzz.h"


static const char  *const urls[] = {
    "https://a.denied.example/x?y", "https://www.shop.example/ads/a.js?b=c",
    "wss://a.b.c.d.example:8080/", "http://1.2.3.4/a^b*c|d", "https://[::1]/",
    "https://xn--bcher-kva.example./%C3%A9/", "https://x/", "https://com/a/"
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t            buf[CONSENT_URL_BUF];
    uint32_t           types;
    consent_url_t      url;
    consent_memo_t     memo;
    consent_rules_t   *rules;
    consent_loader_t  *loader;
    consent_verdict_t  verdict, again;

    if (size == 0) {
        return 0;
    }

    types = data[0] & 8 ? CONSENT_TYPE_ANY
                        : (uint32_t) 1 << (data[0] >> 4);

    loader = consent_rules_create(&fuzz_mem, fuzz_report, NULL);
    fuzz_check(loader != NULL);

    (void) consent_rules_list_text(loader, consent_str("marketing"),
                                   consent_str("fuzz.txt"),
                                   (consent_str_t) { size - 1, data + 1 });
    rules = consent_rules_compile(loader);

    if (rules != NULL) {
        memset(&memo, 0, sizeof(consent_memo_t));

        fuzz_check(consent_url_parse(&url, NULL,
                       (consent_str_t) { strlen(urls[data[0] & 7]),
                                         (const uint8_t *) urls[data[0] & 7] },
                       buf)
                   == CONSENT_OK);

        consent_rules_match(rules, fuzz_page(fuzz_rules()), &url, types,
                            &verdict);
        consent_rules_match_memo(rules, fuzz_page(fuzz_rules()), &url, types,
                                 &memo, &again);
        consent_rules_match_memo(rules, fuzz_page(fuzz_rules()), &url, types,
                                 &memo, &again);

        fuzz_check(verdict.purposes == again.purposes);
        fuzz_check(verdict.list == again.list);
        fuzz_check(verdict.line == again.line);
        fuzz_check(verdict.service == CONSENT_NO_SERVICE
                   || (unsigned) verdict.service < rules->nservices);

        consent_rules_destroy(rules);
    }

    fuzz_free();

    return 0;
}

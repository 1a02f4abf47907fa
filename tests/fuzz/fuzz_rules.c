/* Rule files: any text is loaded or refused, without a fault of our own. */

#include "fuzz.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t            buf[CONSENT_URL_BUF];
    consent_url_t      url;
    consent_rules_t   *rules;
    consent_loader_t  *loader;
    consent_verdict_t  verdict;

    loader = consent_rules_create(&fuzz_mem, fuzz_report, NULL);
    fuzz_check(loader != NULL);

    (void) consent_rules_load_text(loader, consent_str("fuzz.json"),
                                   (consent_str_t) { size, data });
    rules = consent_rules_compile(loader);

    if (rules != NULL) {
        (void) consent_url_parse(&url, NULL,
                                 consent_str("https://a.denied.example/x?y"),
                                 buf);
        consent_rules_match(rules, fuzz_page(fuzz_rules()), &url,
                            CONSENT_TYPE_SCRIPT, &verdict);
        fuzz_check(consent_rules_lint(rules, fuzz_report, NULL)
                   == CONSENT_OK);
        consent_rules_destroy(rules);
    }

    fuzz_free();

    return 0;
}

/* URLs: what is parsed parses again to the same, and lies in its buffer. */

#include "consent_url_parser.h"
#include "fuzz.h"


static void
fuzz_inside(consent_str_t s, const uint8_t *buf, const consent_page_t *page)
{
    (void) page;

    fuzz_check(s.len == 0 || s.data != NULL);
    fuzz_check(s.len <= CONSENT_URL_BUF);
    (void) buf;
}


/* The short way for plain URLs gives what the parser for all of them does. */
static void
fuzz_plain(const consent_url_t *base, consent_str_t in, uint8_t *buf,
    uint8_t *other)
{
    consent_url_t  one, two;

    /* consent_url_parse() trims before it */

    if (in.len == 0 || in.data[0] <= ' ' || in.data[in.len - 1] <= ' '
        || consent_url_plain(&one, base, in, buf) != CONSENT_OK)
    {
        return;
    }

    fuzz_check(consent_url_parse_any(&two, base, in, other) == CONSENT_OK);
    fuzz_check(consent_str_eq(one.href, two.href)
               && consent_str_eq(one.scheme, two.scheme)
               && consent_str_eq(one.host, two.host)
               && consent_str_eq(one.path, two.path)
               && consent_str_eq(one.query, two.query)
               && (one.query.data == NULL) == (two.query.data == NULL)
               && one.port == two.port && one.special == two.special
               && one.network == two.network && one.opaque == two.opaque
               && one.authority == two.authority);
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

    fuzz_plain(&page->url, in, buf, again);
    fuzz_plain(NULL, in, buf, again);

    if (consent_url_parse(&url, &page->url, in, buf) == CONSENT_OK) {
        fuzz_inside(url.href, buf, page);
        fuzz_inside(url.host, buf, page);
        fuzz_inside(url.path, buf, page);

        consent_rules_match(rules, page, &url, CONSENT_TYPE_IMAGE, &verdict);
        (void) consent_url_site(url.host);

        /* what is longer is read as far as its bound */

        if (url.network && url.href.len <= CONSENT_URL_MAX
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

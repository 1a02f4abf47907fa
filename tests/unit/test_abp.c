/*
 * Lists in Adblock Plus syntax: what their rules mean, which lines are taken
 * over, and how lists go together with rule files.
 */

#include "consent_rules_index.h"
#include "unit_rules.h"


#define PAGE    "https://www.shop.test/"
#define SCRIPT  CONSENT_TYPE_SCRIPT
#define IMAGE   CONSENT_TYPE_IMAGE
#define ANY     CONSENT_TYPE_ANY

#define HARD    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"


typedef struct {
    const char  *list;
    const char  *url;
    const char  *page;              /* NULL: PAGE */
    uint32_t     types;             /* 0: SCRIPT */
    char         expected;          /* '1' blocked, '0' not, 'E' excepted */
} abp_case_t;


static const abp_case_t  abp_patterns[] = {

    /* hosts */

    { "||a.test^", "https://a.test/x", NULL, 0, '1' },
    { "||a.test^", "https://b.a.test/x", NULL, 0, '1' },
    { "||a.test^", "https://ba.test/x", NULL, 0, '0' },
    { "||a.test^", "https://a.test.example/x", NULL, 0, '0' },
    { "||a.test^", "https://a.test:8080/x", NULL, 0, '1' },
    { "||a.test^", "https://a.test./x", NULL, 0, '1' },
    { "||a.test^", "https://A.TEST/x", NULL, 0, '1' },
    { "||A.Test^", "https://a.test/x", NULL, 0, '1' },
    { "||a.test", "https://a.test/x", NULL, 0, '1' },
    { "||a.te", "https://a.test/x", NULL, 0, '0' },
    { "||a.te*", "https://a.test/x", NULL, 0, '1' },
    { "||a.", "https://a.test/x", NULL, 0, '1' },
    { "||a.", "https://x.a.test/x", NULL, 0, '1' },
    { "||a.", "https://xa.test/x", NULL, 0, '0' },
    { "||a.test/", "https://a.test/x", NULL, 0, '1' },
    { "||a.test/", "https://a.test:8080/x", NULL, 0, '0' },
    { "||a.test:8080^", "https://a.test:8080/x", NULL, 0, '1' },
    { "||a.test:8080^", "https://a.test/x", NULL, 0, '0' },
    { "||a.test/x", "https://a.test/xyz", NULL, 0, '1' },
    { "||a.test/x", "https://b.a.test/X", NULL, 0, '1' },
    { "||a.test/x", "https://a.test./x", NULL, 0, '1' },
    { "||a.test/x", "https://b.test/a.test/x", NULL, 0, '0' },
    { "||a.test/x|", "https://a.test/x", NULL, 0, '1' },
    { "||a.test/x|", "https://a.test/xy", NULL, 0, '0' },
    { "||a.test^|", "https://a.test/", NULL, 0, '1' },
    { "||a.test^|", "https://a.test/x", NULL, 0, '0' },
    { "||a.test^x^", "https://a.test/x?", NULL, 0, '1' },
    { "||a.test^x^", "https://a.test/x", NULL, 0, '1' },
    { "||a.test^x^", "https://a.test/xy", NULL, 0, '0' },
    { "||a.test^*/t.js", "https://a.test/b/t.js", NULL, 0, '1' },
    { "||a.test^*/t.js", "https://a.test/t.js", NULL, 0, '0' },
    { "||a*.test/x", "https://abc.test/x", NULL, 0, '1' },
    { "||stat*.a.test^", "https://stat12.a.test/", NULL, 0, '1' },
    { "||stat*.a.test^", "https://xstat1.a.test/", NULL, 0, '0' },
    { "||1.2.3.4^", "https://1.2.3.4/x", NULL, 0, '1' },
    { "||[::1]^", "https://[::1]/x", NULL, 0, '1' },
    { "||b\xc3\xbc" "cher.test^", "https://xn--bcher-kva.test/", NULL, 0, '1' },
    { "||.a.test^", "https://a.test/x", NULL, 0, '1' },

    /* anywhere */

    { "/track.", "https://a.test/Track.js", NULL, 0, '1' },
    { "/track.", "https://a.test/xtrack.js", NULL, 0, '0' },
    { "*/track.*", "https://a.test/track.js", NULL, 0, '1' },
    { "&id=*&v=", "https://a.test/?a&id=3&v=4", NULL, 0, '1' },
    { "&id=*&v=", "https://a.test/?a&v=3&id=4", NULL, 0, '0' },
    { "&id=**&v=", "https://a.test/?a&id=3&v=4", NULL, 0, '1' },
    { "pixel", "https://a.test/mypixels", NULL, 0, '1' },
    { "/x|", "https://a.test/x", NULL, 0, '1' },
    { "/x|", "https://a.test/x?y", NULL, 0, '0' },
    { "|https://a.", "https://a.test/x", NULL, 0, '1' },
    { "|http://a.", "https://a.test/x", NULL, 0, '0' },
    { "|a.test", "https://a.test/x", NULL, 0, '0' },
    { "^x^", "https://a.test/x", NULL, 0, '1' },
    { "^x^", "https://a.test/x-y", NULL, 0, '0' },
    { "^x^", "https://a.test/x%20", NULL, 0, '0' },
    { "^x^", "https://a.test/x_y", NULL, 0, '0' },
    { "^x^", "https://a.test/x:y", NULL, 0, '1' },
    { "/a^b|", "https://a.test/a/b", NULL, 0, '1' },
    { "/a*b^|", "https://a.test/a/xb", NULL, 0, '1' },
    { "/a*b^|", "https://a.test/abxb/", NULL, 0, '1' },
    { "/m\xc3\xa9t.", "https://a.test/m\xc3\xa9t.js", NULL, 0, '1' },
    { "/Track.$match-case", "https://a.test/Track.js", NULL, 0, '1' },
    { "/Track.$match-case", "https://a.test/track.js", NULL, 0, '0' },
    { "*$script,domain=shop.test", "https://a.test/", NULL, 0, '1' },
    { "*$script,domain=shop.test", "https://a.test/", NULL, IMAGE, '0' },

    /* regular expressions */

    { "/^https:\\/\\/a\\.test\\/[a-z]{3}$/", "https://a.test/xyz", NULL, 0,
      '1' },
    { "/^https:\\/\\/a\\.test\\/[a-z]{3}$/", "https://a.test/wxyz", NULL, 0,
      '0' },
    { "/a\\.TEST\\/x/", "https://a.test/X", NULL, 0, '1' },
    { "/\\/X\\d+/$match-case", "https://a.test/X1", NULL, 0, '1' },
    { "/\\/X\\d+/$match-case", "https://a.test/x1", NULL, 0, '0' },
    { "/x.js$script,domain=shop.test|/a$b/", "https://a.test/x.js", NULL, 0,
      '1' },
    { "/a\\.test\\/x$/", "https://a.test/x", NULL, 0, '1' },
    { "/a\\.test\\/x$/", "https://a.test/xy", NULL, 0, '0' },
    { "/\\/X\\D+\\./$image", "https://a.test/xy.png", NULL, IMAGE, '1' },
    { "/\\/X\\D+\\./$image", "https://a.test/xy.png", NULL, 0, '0' },
    { "/^https?:\\/\\/a\\.test\\/x/$third-party", "https://a.test/x", NULL, 0,
      '1' }
};


static const abp_case_t  abp_options[] = {

    /* types */

    { "||a.test^$script", "https://a.test/", NULL, SCRIPT, '1' },
    { "||a.test^$script", "https://a.test/", NULL, CONSENT_TYPE_WORKER, '1' },
    { "||a.test^$script", "https://a.test/", NULL, IMAGE, '0' },
    { "||a.test^$script", "https://a.test/", NULL, SCRIPT|IMAGE, '1' },
    { "||a.test^$~script", "https://a.test/", NULL, SCRIPT, '0' },
    { "||a.test^$~script", "https://a.test/", NULL, IMAGE, '1' },
    { "||a.test^$script,image", "https://a.test/", NULL, IMAGE, '1' },
    { "||a.test^$image,~script", "https://a.test/", NULL,
      CONSENT_TYPE_STYLE, '1' },
    { "||a.test^$stylesheet", "https://a.test/", NULL, CONSENT_TYPE_STYLE,
      '1' },
    { "||a.test^$css", "https://a.test/", NULL, CONSENT_TYPE_STYLE, '1' },
    { "||a.test^$font", "https://a.test/", NULL, CONSENT_TYPE_FONT, '1' },
    { "||a.test^$media", "https://a.test/", NULL, CONSENT_TYPE_MEDIA, '1' },
    { "||a.test^$frame", "https://a.test/", NULL, CONSENT_TYPE_FRAME, '1' },
    { "||a.test^$object", "https://a.test/", NULL, CONSENT_TYPE_OBJECT, '1' },
    { "||a.test^$ping", "https://a.test/", NULL, CONSENT_TYPE_PING, '1' },
    { "||a.test^$other", "https://a.test/", NULL, CONSENT_TYPE_MANIFEST, '1' },
    { "||a.test^$xhr", "https://a.test/", NULL, CONSENT_TYPE_CONNECT, '1' },
    { "||a.test^$xhr", "wss://a.test/", NULL, CONSENT_TYPE_CONNECT, '0' },
    { "||a.test^$websocket", "wss://a.test/", NULL, CONSENT_TYPE_CONNECT,
      '1' },
    { "||a.test^$websocket", "https://a.test/", NULL, CONSENT_TYPE_CONNECT,
      '0' },
    { "||a.test^$image,websocket", "wss://a.test/", NULL,
      CONSENT_TYPE_CONNECT, '1' },
    { "||a.test^$image,websocket", "https://a.test/", NULL, IMAGE, '1' },
    { "||a.test^$image,websocket", "https://a.test/", NULL,
      CONSENT_TYPE_CONNECT, '0' },
    { "||a.test^$~xhr", "wss://a.test/", NULL, CONSENT_TYPE_CONNECT, '1' },
    { "||a.test^$~xhr", "https://a.test/", NULL, CONSENT_TYPE_CONNECT, '0' },
    { "||a.test^", "wss://a.test/", NULL, CONSENT_TYPE_CONNECT, '1' },
    { "||a.test^", "https://a.test/", NULL, CONSENT_TYPE_DOCUMENT, '1' },
    { "||a.test^$third-party", "https://a.test/", NULL,
      CONSENT_TYPE_DOCUMENT, '1' },
    { "||a.test/x", "https://a.test/x", NULL, CONSENT_TYPE_DOCUMENT, '0' },
    { "||a.test/x$document", "https://a.test/x", NULL, CONSENT_TYPE_DOCUMENT,
      '1' },
    { "||a.test/x$all", "https://a.test/x", NULL, CONSENT_TYPE_DOCUMENT, '1' },
    { "||a.test^", "https://a.test/", NULL, CONSENT_TYPE_HINT, '1' },
    { "||a.test^$script", "https://a.test/", NULL, CONSENT_TYPE_HINT, '1' },
    { "||a.test/x", "https://a.test/", NULL, CONSENT_TYPE_HINT, '0' },
    { "||a.test^$image,popup", "https://a.test/", NULL, IMAGE, '1' },
    { "||a.test^$script,redirect=noop.js", "https://a.test/", NULL, 0, '1' },
    { "||a.test^$_,script,__", "https://a.test/", NULL, 0, '1' },
    { "||a.test^$method=get|post", "https://a.test/", NULL, 0, '1' },
    { "||a.test^$method=~post", "https://a.test/", NULL, 0, '1' },

    /* parties */

    { "||a.test^$third-party", "https://a.test/", "https://b.a.test/", 0,
      '0' },
    { "||a.test^$third-party", "https://a.test/", NULL, 0, '1' },
    { "||a.test^$~third-party", "https://a.test/", NULL, 0, '0' },
    { "||a.test^$~third-party", "https://a.test/", "https://b.a.test/", 0,
      '1' },
    { "||a.test^$1p", "https://a.test/", "https://b.a.test/", 0, '1' },
    { "||a.test^$~first-party", "https://a.test/", "https://b.a.test/", 0,
      '0' },
    { "/x.js$~third-party", "https://www.shop.test/x.js", NULL, 0, '1' },
    { "||shop.test^", "https://www.shop.test/", NULL, CONSENT_TYPE_DOCUMENT,
      '0' },
    { "||shop.test^", "https://www.shop.test/", NULL, ANY, '0' },
    { "||shop.test^", "https://www.shop.test/", NULL, IMAGE, '1' },
    { "||shop.test/x", "https://www.shop.test/x", NULL, ANY, '1' },
    { "||shop.test/x", "https://www.shop.test/x", NULL, CONSENT_TYPE_DOCUMENT,
      '0' },

    /* the page's host */

    { "/x$domain=shop.test", "https://a.test/x", NULL, 0, '1' },
    { "/x$domain=SHOP.test", "https://a.test/x", NULL, 0, '1' },
    { "/x$from=shop.test", "https://a.test/x", NULL, 0, '1' },
    { "/x$domain=op.test", "https://a.test/x", NULL, 0, '0' },
    { "/x$domain=a.test", "https://a.test/x", NULL, 0, '0' },
    { "/x$domain=~shop.test", "https://a.test/x", NULL, 0, '0' },
    { "/x$domain=~b.test", "https://a.test/x", NULL, 0, '1' },
    { "/x$domain=b.test|shop.test", "https://a.test/x", NULL, 0, '1' },
    { "/x$domain=shop.test|~www.shop.test", "https://a.test/x", NULL, 0,
      '0' },
    { "/x$domain=shop.test|~m.shop.test", "https://a.test/x", NULL, 0, '1' },
    { "/x$domain=shop.*", "https://a.test/x", "https://www.shop.co.uk/", 0,
      '1' },
    { "/x$domain=shop.*", "https://a.test/x", "https://shop.example.com/", 0,
      '0' },
    { "/x$domain=~shop.*", "https://a.test/x", "https://shop.com/", 0, '0' },
    { "/x$domain=www.shop.*", "https://a.test/x", "https://www.shop.de/", 0,
      '1' },
    { "/x$domain=/sh.p/|shop.test", "https://a.test/x", NULL, 0, '1' },

    /* the URL's host */

    { "/x$to=a.test", "https://b.a.test/x", NULL, 0, '1' },
    { "/x$to=a.test", "https://b.test/x", NULL, 0, '0' },
    { "/x$to=~a.test", "https://b.test/x", NULL, 0, '1' },
    { "/x$to=a.test|~b.a.test", "https://b.a.test/x", NULL, 0, '0' },
    { "/x$to=a.*", "https://a.co.uk/x", NULL, 0, '1' },
    { "*$3p,denyallow=a.test,domain=shop.test", "https://a.test/", NULL, 0,
      '0' },
    { "*$3p,denyallow=a.test,domain=shop.test", "https://b.test/", NULL, 0,
      '1' },
    { "*$3p,denyallow=a.test|b.test,domain=shop.test", "https://x.b.test/",
      NULL, 0, '0' }
};


static const abp_case_t  abp_exceptions[] = {
    { "||a.test^\n@@||a.test/ok.js", "https://a.test/ok.js", NULL, 0, 'E' },
    { "||a.test^\n@@||a.test/ok.js", "https://a.test/x.js", NULL, 0, '1' },
    { "@@||a.test/ok.js", "https://a.test/ok.js", NULL, 0, '0' },
    { "||a.test^\n@@/ok.$script", "https://a.test/ok.js", NULL, 0, 'E' },
    { "||a.test^\n@@/ok.$script", "https://a.test/ok.js", NULL, IMAGE, '1' },
    { "||a.test^\n@@/ok.$script", "https://a.test/ok.js", NULL, SCRIPT|IMAGE,
      '1' },
    { "||a.test^\n@@/ok.$script", "https://a.test/ok.js", NULL, ANY, '1' },
    { "||a.test^\n@@/ok.", "https://a.test/ok.js", NULL, ANY, 'E' },
    { "||a.test^\n@@||a.test^$domain=shop.test", "https://a.test/", NULL, 0,
      'E' },
    { "||a.test^\n@@||a.test^$domain=b.test", "https://a.test/", NULL, 0,
      '1' },
    { "||a.test^\n@@||a.test^$script", "https://a.test/", NULL,
      CONSENT_TYPE_HINT, '1' },
    { "||a.test^\n@@||a.test^", "https://a.test/", NULL, CONSENT_TYPE_HINT,
      'E' },
    { "||a.test^$important\n@@||a.test^", "https://a.test/", NULL, 0, '1' },
    { "||a.test^$important\n@@||a.test^$important", "https://a.test/", NULL,
      0, 'E' },
    { "||a.test^\n@@||a.test^\n/x.js$important", "https://a.test/x.js", NULL,
      0, '1' },
    { "||a.test^\n@@||a.test^\n/x.js$important", "https://a.test/y.js", NULL,
      0, 'E' },
    { "||a.test^\n@@||shop.test^$document", "https://a.test/", NULL, 0, 'E' },
    { "||a.test^\n@@||shop.test/x$document", "https://a.test/", NULL, 0,
      '1' },
    { "||a.test^\n@@||shop.test/x$document", "https://a.test/",
      "https://shop.test/x", 0, 'E' },
    { "||a.test^$important\n@@||shop.test^$document", "https://a.test/", NULL,
      0, '1' },
    { "||a.test^\n@@||shop.test^$elemhide", "https://a.test/", NULL, 0, '1' },
    { "||a.test^\n@@||shop.test^$generichide,script", "https://a.test/", NULL,
      0, '1' },
    { "||a.test^\n@@|https://a.test/x|", "https://a.test/x", NULL, 0, 'E' },
    { "||a.test^\n@@/^https:..a.test.x$/", "https://a.test/x", NULL, 0, 'E' },

    /* a regex that can't be looked at to its end excepts nothing */

    { "||a.test^\n@@/(x+x+)+[yz]/", "https://a.test/" HARD, NULL, 0, '1' },
    { "/(x+x+)+[yz]/", "https://a.test/" HARD, NULL, 0, '1' },

    /* badfilter, wherever it stands */

    { "||a.test^\n||a.test^$badfilter", "https://a.test/", NULL, 0, '0' },
    { "||a.test^$badfilter\n||a.test^", "https://a.test/", NULL, 0, '0' },
    { "||a.test^$script\n||a.test^$badfilter", "https://a.test/", NULL, 0,
      '1' },
    { "||a.test^$script,3p\n||a.test^$3p,badfilter,script", "https://a.test/",
      NULL, 0, '0' },
    { "/x$domain=b.test|shop.test\n/x$badfilter,domain=shop.test|b.test",
      "https://a.test/x", NULL, 0, '0' },
    { "/x$domain=shop.test\n/x$badfilter,domain=b.test", "https://a.test/x",
      NULL, 0, '1' },
    { "||a.test^\n@@||a.test^\n@@||a.test^$badfilter", "https://a.test/",
      NULL, 0, '1' },
    { "/a.test.x/\n/a.test.x/$badfilter", "https://a.test/x", NULL, 0, '0' }
};


static const abp_case_t  abp_lines[] = {
    { "\xef\xbb\xbf||a.test^", "https://a.test/", NULL, 0, '1' },
    { "[Adblock Plus 2.0]\r\n! x\r\n||a.test^\r\n", "https://a.test/", NULL,
      0, '1' },
    { "  ||a.test^  ", "https://a.test/", NULL, 0, '1' },
    { "! ||a.test^", "https://a.test/", NULL, 0, '0' },
    { "# ||a.test^", "https://a.test/", NULL, 0, '0' },
    { "0.0.0.0 a.test", "https://a.test/", NULL, 0, '1' },
    { "127.0.0.1\ta.test # x", "https://b.a.test/", NULL, 0, '1' },
    { "0.0.0.0 x.test a.test", "https://a.test/", NULL, 0, '1' },
    { "0.0.0.0 x.test # a.test", "https://a.test/", NULL, 0, '0' },
    { "127.0.0.1 localhost", "https://localhost/", NULL, 0, '0' },
    { "a.test##.ad", "https://a.test/", NULL, 0, '0' },
    { "##a.test", "https://a.test/", NULL, 0, '0' },
    { "a.test#@#.ad", "https://a.test/", NULL, 0, '0' },
    { "a.test#?#.ad", "https://a.test/", NULL, 0, '0' },
    { "a.test#$#x", "https://a.test/", NULL, 0, '0' },
    { "a.test#%#x", "https://a.test/", NULL, 0, '0' },
    { "a.test#@$?#x", "https://a.test/", NULL, 0, '0' },
    { "a.test$$script[x=y]", "https://a.test/", NULL, 0, '0' }
};


typedef struct {
    unsigned         n;
    unsigned         warnings;
    char             last[512];
} abp_told_t;


static void
abp_report(void *data, const consent_fault_t *fault)
{
    abp_told_t  *told;

    told = data;
    told->n++;
    told->warnings += fault->warning;

    (void) snprintf(told->last, sizeof(told->last), "%.*s:%u: %.*s",
                    (int) fault->file.len, (const char *) fault->file.data,
                    fault->line, (int) fault->message.len,
                    (const char *) fault->message.data);
}


static consent_rules_t *
abp_load(const char *list, const char *json, abp_told_t *told)
{
    consent_loader_t  *loader;

    memset(told, 0, sizeof(abp_told_t));

    loader = consent_rules_create(&unit_mem, abp_report, told);
    assert_non_null(loader);

    if (json != NULL) {
        assert_int_equal(consent_rules_load_text(loader, unit_str("r.json"),
                                                 unit_str(json)), CONSENT_OK);
    }

    assert_int_equal(consent_rules_list_text(loader, unit_str("analytics"),
                                             unit_str("dir/My List.txt"),
                                             unit_str(list)), CONSENT_OK);

    return consent_rules_compile(loader);
}


static void
abp_ask(const consent_rules_t *rules, const char *url, const char *page,
    uint32_t types, consent_verdict_t *verdict)
{
    consent_url_t   parsed;
    consent_page_t  from;
    static uint8_t  buf[2][CONSENT_URL_BUF];

    memset(&from, 0, sizeof(consent_page_t));

    assert_int_equal(consent_url_parse(&from.url, NULL,
                                       unit_str(page ? page : PAGE), buf[0]),
                     CONSENT_OK);
    assert_int_equal(consent_url_parse(&parsed, NULL, unit_str(url), buf[1]),
                     CONSENT_OK);

    from.site = consent_url_site(from.url.host);
    from.unclassified = 1u << 31;
    from.unclassified_passive = from.unclassified;

    consent_rules_match(rules, &from, &parsed, types ? types : SCRIPT,
                        verdict);
}


static char
abp_decision(const consent_verdict_t *verdict)
{
    return verdict->list == NULL ? '0' : verdict->excepted ? 'E' : '1';
}


static void
abp_run(const abp_case_t *cases, size_t n)
{
    size_t              i;
    unsigned            wrong;
    abp_told_t          told;
    consent_rules_t    *rules;
    consent_verdict_t   verdict;

    for (i = 0, wrong = 0; i < n; i++) {
        rules = abp_load(cases[i].list, NULL, &told);
        assert_non_null(rules);

        abp_ask(rules, cases[i].url, cases[i].page, cases[i].types, &verdict);

        if (abp_decision(&verdict) != cases[i].expected) {
            print_error("%s\n    %s: %c, expected %c (%s)\n", cases[i].list,
                        cases[i].url, abp_decision(&verdict),
                        cases[i].expected, told.last);
            wrong++;
        }

        consent_rules_destroy(rules);
    }

    assert_int_equal(wrong, 0);
}


#define abp_all(cases)  abp_run(cases, sizeof(cases) / sizeof(cases[0]))


static void
test_patterns(void **state)
{
    (void) state;
    abp_all(abp_patterns);
}


static void
test_options(void **state)
{
    (void) state;
    abp_all(abp_options);
}


static void
test_exceptions(void **state)
{
    (void) state;
    abp_all(abp_exceptions);
}


static void
test_lines(void **state)
{
    (void) state;
    abp_all(abp_lines);
}


/* Lines that are not compiled, and why. */

static void
test_told(void **state)
{
    size_t            i;
    abp_told_t        told;
    consent_rules_t  *rules;

    static const struct {
        const char  *line;
        const char  *why;
        unsigned     refused;
    } lines[] = {
        { "||a.test^$csp=default-src 'none'", "\"csp\": ", 0 },
        { "||a.test^$removeparam=utm", "\"removeparam\": ", 0 },
        { "||a.test^$removeparam=/^\\$x/", "\"removeparam\": ", 0 },
        { "@@||a.test^$redirect-rule", "\"redirect-rule\": ", 0 },
        { "||a.test^$popup", "windows that open", 0 },
        { "||a.test^$method=post", "\"method\": ", 0 },
        { "||a.test^$header=x:y", "\"header\": ", 0 },
        { "||a.test^$scrip", "unknown option \"scrip\"", 1 },
        { "||a.test^$script,foo=bar", "unknown option \"foo\"", 1 },
        { "/a$b", "unknown option \"b\"", 1 },
        { "||a.test^$~important", "\"important\" can't stand with \"~\"", 1 },
        { "||a.test^$domain=/x/", "by regular expressions alone", 0 },
        { "/x.js$xhr,domain=a.test,replace=/a/b/", "\"replace\": ", 0 },
        { "||a.test^$domain=", "\"domain=\" names no host", 1 },
        { "||a.test^$domain=a b", "which is no host", 1 },
        { "||a.test^$1p,3p", "neither first nor third party", 1 },
        { "||a.test^$generichide", "only an exception", 1 },
        { "/(/", "its regex: ", 1 },
        { "*", "every URL", 1 },
        { "@@", "every URL", 1 },
        { "/a b", "white space", 1 }
    };

    (void) state;

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        rules = abp_load(lines[i].line, NULL, &told);
        assert_non_null(rules);

        if (strstr(told.last, lines[i].why) == NULL) {
            fail_msg("%s: %s", lines[i].line, told.last);
        }

        assert_non_null(strstr(told.last, "dir/My List.txt:1: "));
        assert_int_equal(told.n, 1);
        assert_int_equal(told.warnings, 1);
        assert_int_equal(rules->lists[0].count.refused, lines[i].refused);
        assert_int_equal(rules->lists[0].count.skipped, !lines[i].refused);

        consent_rules_destroy(rules);
    }
}


static void
test_long(void **state)
{
    char             *text;
    size_t            len;
    abp_told_t        told;
    consent_rules_t  *rules;

    (void) state;

    for (len = 1000; len <= 100000; len *= 10) {
        text = calloc(1, len + 32);
        assert_non_null(text);

        memset(text, 'x', len);
        memcpy(text + len, "\n||a.test^", 10);

        rules = abp_load(text, NULL, &told);
        assert_non_null(rules);

        assert_int_equal(rules->lists[0].count.refused, len > 1000);
        assert_int_equal(rules->lists[0].count.rules, 1 + (len <= 1000));

        consent_rules_destroy(rules);
        free(text);
    }
}


static void
test_counts(void **state)
{
    abp_told_t               told;
    consent_rules_t         *rules;
    const consent_list_t    *list;
    const consent_service_t *service;

    (void) state;

    rules = abp_load("[Adblock Plus 2.0]\n! Title: The List\n"
                     "! Homepage: https://list.example/\n\n"
                     "||a.test^\n||b.test^$csp=x\n/c$foo\nx##y\n@@||a.test/x\n"
                     "||d.test^\n||d.test^$badfilter\n@@||x^$ehide", NULL,
                     &told);
    assert_non_null(rules);
    assert_int_equal(told.n, 2);

    list = &rules->lists[0];
    assert_int_equal(rules->nlists, 1);
    assert_int_equal(list->count.rules, 4);
    assert_int_equal(list->count.skipped, 1);
    assert_int_equal(list->count.refused, 1);
    assert_int_equal(list->count.cosmetic, 2);
    assert_int_equal(list->count.comments, 4);

    service = &rules->services[list->service];
    assert_true(consent_str_eq(service->id, unit_str("list:my-list")));
    assert_true(consent_str_eq(service->name, unit_str("The List")));
    assert_true(consent_str_eq(service->policy_url,
                               unit_str("https://list.example/")));
    assert_int_equal(consent_rules_service(rules, service->id),
                     list->service);

    consent_rules_destroy(rules);
}


/* What a rule file knows is its own; lists speak for the rest. */

static void
test_beside(void **state)
{
    abp_told_t          told;
    consent_rules_t    *rules;
    consent_verdict_t   verdict;

    (void) state;

    rules = abp_load("||a.test^\n||b.test^\n@@||c.test^\n||d.test^\n"
                     "@@||d.test^",
                     "{ \"version\": 1, \"services\": ["
                     "{ \"id\": \"b\", \"name\": \"B\","
                     "  \"purposes\": [\"embeds\"],"
                     "  \"match\": [{ \"host\": \"b.test\" },"
                     "              { \"host\": \"c.test\" }] } ] }", &told);
    assert_non_null(rules);

    abp_ask(rules, "https://a.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.rule, CONSENT_NO_RULE);
    assert_int_equal(verdict.service, rules->lists[0].service);
    assert_int_equal(verdict.line, 1);
    assert_int_equal(verdict.purposes,
                     1u << consent_rules_purpose(rules,
                                                 unit_str("analytics")));
    assert_int_equal(verdict.unclassified, 0);

    /* the rule file decides, and no exception of a list undoes it */

    abp_ask(rules, "https://b.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.service,
                     consent_rules_service(rules, unit_str("b")));
    assert_int_equal(verdict.purposes,
                     1u << consent_rules_purpose(rules, unit_str("embeds")));
    assert_null(verdict.list);

    abp_ask(rules, "https://c.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.service,
                     consent_rules_service(rules, unit_str("b")));

    /* what is excepted is as unknown as before */

    abp_ask(rules, "https://d.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.service, CONSENT_NO_SERVICE);
    assert_int_equal(verdict.unclassified, 1);
    assert_int_equal(verdict.excepted, 1);
    assert_int_equal(verdict.line, 5);
    assert_int_equal(verdict.purposes, 1u << 31);

    consent_rules_destroy(rules);
}


static void
test_several(void **state)
{
    unsigned            analytics, marketing;
    abp_told_t          told;
    consent_loader_t   *loader;
    consent_rules_t    *rules;
    consent_verdict_t   verdict;

    (void) state;

    memset(&told, 0, sizeof(abp_told_t));
    loader = consent_rules_create(&unit_mem, abp_report, &told);
    assert_non_null(loader);

    assert_int_equal(consent_rules_list_text(loader, unit_str("analytics"),
                         unit_str("a/l.txt"),
                         unit_str("||a.test^\n||b.test^\n@@||c.test^")),
                     CONSENT_OK);
    assert_int_equal(consent_rules_list_text(loader, unit_str("marketing"),
                         unit_str("b/l.txt"),
                         unit_str("\n||b.test^\n||c.test^\n||d.test^")),
                     CONSENT_OK);

    rules = consent_rules_compile(loader);
    assert_non_null(rules);

    analytics = 1u << consent_rules_purpose(rules, unit_str("analytics"));
    marketing = 1u << consent_rules_purpose(rules, unit_str("marketing"));

    assert_int_equal(rules->nlists, 2);
    assert_true(consent_rules_service(rules, unit_str("list:l")) >= 0);
    assert_true(consent_rules_service(rules, unit_str("list:l-2")) >= 0);

    abp_ask(rules, "https://a.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.purposes, analytics);

    abp_ask(rules, "https://b.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.purposes, analytics | marketing);

    abp_ask(rules, "https://c.test/", NULL, 0, &verdict);
    assert_int_equal(abp_decision(&verdict), 'E');

    abp_ask(rules, "https://d.test/", NULL, 0, &verdict);
    assert_int_equal(verdict.purposes, marketing);
    assert_int_equal(verdict.line, 4);
    assert_true(consent_str_eq(verdict.list->file, unit_str("b/l.txt")));

    consent_rules_destroy(rules);
}


static void
test_purpose(void **state)
{
    abp_told_t         told;
    consent_loader_t  *loader;

    (void) state;

    memset(&told, 0, sizeof(abp_told_t));
    loader = consent_rules_create(&unit_mem, abp_report, &told);
    assert_non_null(loader);

    assert_int_equal(consent_rules_list_text(loader, unit_str("analytic"),
                         unit_str("l.txt"), unit_str("||a.test^")),
                     CONSENT_OK);

    assert_null(consent_rules_compile(loader));
    assert_int_equal(told.n, 1);
    assert_non_null(strstr(told.last, "did you mean \"analytics\"?"));
}


/* Memory that runs out at each place once. */

static void *
abp_scarce(void *data, size_t size)
{
    unsigned  *left;

    left = data;

    return (*left)-- ? unit_alloc(NULL, size) : NULL;
}


static void
test_memory(void **state)
{
    int                rc;
    unsigned           n, left;
    abp_told_t         told;
    consent_mem_t      mem;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    static const char  list[] =
        "! Title: x\n||a.test^$domain=a.test|~b.test\n/^https:..x[0-9]/\n"
        "||b\xc3\xbc" "cher.test/x$3p,denyallow=a.test\n/x$to=a.*\n"
        "@@/x/y*\n||d.test^$badfilter\n";

    (void) state;

    mem.alloc = abp_scarce;
    mem.data = &left;
    rules = NULL;

    for (n = 1; rules == NULL; n++) {
        assert_true(n < 20000);

        memset(&told, 0, sizeof(abp_told_t));
        left = n;

        loader = consent_rules_create(&mem, abp_report, &told);
        assert_non_null(loader);

        rc = consent_rules_list_text(loader, unit_str("analytics"),
                                     unit_str("l.txt"), unit_str(list));
        rules = consent_rules_compile(loader);

        assert_true(rc == CONSENT_OK || rules == NULL);
    }

    assert_true(n > 20);
    consent_rules_destroy(rules);
}


int
main(void)
{
    int                       failed;
    const struct CMUnitTest   tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_purpose),
        cmocka_unit_test(test_memory)
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unit_free();

    return failed;
}

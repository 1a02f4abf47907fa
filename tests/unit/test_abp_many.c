/*
 * Many rules of lists at once say what each of them says alone: with the
 * ways round work that the index knows, and with a page's memo.
 */

#include "unit_rules.h"


#define MANY_LISTS  30
#define MANY_RULES  40
#define MANY_URLS   400

/* What every URL of the test matches, for an exception to undo. */
#define MANY_ALL    "|https://$script,image\n"


/* Pieces of patterns and of URLs; the last few are for patterns alone. */

static const char  *const many_hosts[] = {
    "a.test", "b.a.test", "track.test", "cdn.track.test", "x.y.z.test",
    "1.2.3.4", "a.example", "ads.a.example"
};

static const char  *const many_pieces[] = {
    "/", "/", "/track", "track", "/a", ".js", ".gif?", "?id=", "&v=1",
    "/collect", "-ad-", "pixel", "_x", "%20", "1234567890123", "=", "x", ".",
    "*", "*", "^", "^"
};

static const char  *const many_options[] = {
    "", "", "", "", "$script", "$image", "$third-party", "$~third-party",
    "$domain=shop.test", "$domain=~shop.test", "$domain=a.test|b.test",
    "$to=a.test|~b.a.test", "$important", "$denyallow=track.test,3p",
    "$match-case", "$image,domain=shop.*"
};

#define many_any(of)  of[(unsigned) rand() % (sizeof(of) / sizeof(of[0]))]
#define MANY_PLAIN    (sizeof(many_pieces) / sizeof(many_pieces[0]) - 4)


static void
many_join(char *text, unsigned n, size_t pieces)
{
    while (n--) {
        strcat(text, many_pieces[(unsigned) rand() % pieces]);
    }
}


static void
many_rule(char *text)
{
    unsigned  kind;

    text[0] = '\0';
    kind = (unsigned) rand() % 8;

    if (rand() % 4 == 0) {
        strcat(text, "@@");
    }

    if (kind < 5) {
        strcat(text, "||");
        strcat(text, many_any(many_hosts));
        strcat(text, kind < 2 ? "^" : kind == 2 ? "*" : "");
    }

    if (kind == 5) {
        strcat(text, "|https://");
    }

    if (kind > 1) {
        many_join(text, 1 + (unsigned) rand() % 4,
                  sizeof(many_pieces) / sizeof(many_pieces[0]));
    }

    if (rand() % 10 == 0) {
        strcat(text, "|");
    }

    strcat(text, many_any(many_options));
    strcat(text, "\n");
}


static void
many_url(char *text)
{
    strcpy(text, "https://");

    if (rand() % 4 == 0) {
        strcat(text, rand() % 2 ? "www." : "x");
    }

    strcat(text, many_any(many_hosts));
    strcat(text, rand() % 8 ? "/" : ":8080/");
    many_join(text, (unsigned) rand() % 6, MANY_PLAIN);
}


static consent_rules_t *
many_load(const char *list)
{
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    loader = consent_rules_create(&unit_mem, NULL, NULL);
    assert_non_null(loader);
    assert_int_equal(consent_rules_list_text(loader, unit_str("analytics"),
                                             unit_str("l"), unit_str(list)),
                     CONSENT_OK);

    rules = consent_rules_compile(loader);
    assert_non_null(rules);

    return rules;
}


typedef struct {
    char              text[256];
    unsigned          exception:1;
    unsigned          important:1;
    consent_rules_t  *rules;            /* it alone */
} many_rule_t;


static char
many_decision(const consent_verdict_t *verdict)
{
    return verdict->list == NULL ? '0' : verdict->excepted ? 'E' : '1';
}


/* What the rules say that were asked one by one. */

static char
many_expected(const many_rule_t *rule, const consent_page_t *page,
    const consent_url_t *url, uint32_t types)
{
    unsigned           i, block, important, except, spare;
    consent_verdict_t  verdict;

    block = important = except = spare = 0;

    for (i = 0; i < MANY_RULES; i++) {
        consent_rules_match(rule[i].rules, page, url, types, &verdict);

        if (rule[i].exception && many_decision(&verdict) == 'E') {
            except = 1;
            spare |= rule[i].important;
        }

        if (!rule[i].exception && many_decision(&verdict) == '1') {
            block = 1;
            important |= rule[i].important;
        }
    }

    return !block ? '0' : important ? (spare ? 'E' : '1')
                        : except ? 'E' : '1';
}


static void
many_ask(const many_rule_t *rule, const consent_rules_t *rules,
    const consent_page_t *page)
{
    char               text[1024], expected;
    unsigned           i;
    uint32_t           types;
    consent_url_t      url;
    consent_memo_t     memo;
    consent_verdict_t  verdict;
    static uint8_t     buf[CONSENT_URL_BUF];

    memset(&memo, 0, sizeof(consent_memo_t));

    for (i = 0; i < MANY_URLS; i++) {
        many_url(text);
        types = rand() % 2 ? CONSENT_TYPE_SCRIPT : CONSENT_TYPE_IMAGE;

        if (consent_url_parse(&url, NULL, unit_str(text), buf) != CONSENT_OK)
        {
            continue;               /* "x1.2.3.4" is no host */
        }

        expected = many_expected(rule, page, &url, types);

        consent_rules_match(rules, page, &url, types, &verdict);

        if (many_decision(&verdict) != expected) {
            fail_msg("%s: %c, not %c", text, many_decision(&verdict),
                     expected);
        }

        consent_rules_match_memo(rules, page, &url, types, &memo, &verdict);

        if (many_decision(&verdict) != expected) {
            fail_msg("%s: %c with a memo, not %c", text,
                     many_decision(&verdict), expected);
        }
    }
}


static void
test_many(void **state)
{
    char              alone[512], all[MANY_RULES * 256];
    unsigned          i, n;
    many_rule_t       rule[MANY_RULES];
    consent_page_t    page;
    consent_rules_t  *rules;
    static uint8_t    buf[CONSENT_URL_BUF];

    (void) state;

    for (n = 0; n < MANY_LISTS; n++) {
        srand(n);
        all[0] = '\0';

        for (i = 0; i < MANY_RULES; i++) {
            many_rule(rule[i].text);

            rule[i].exception = rule[i].text[0] == '@';
            rule[i].important = strstr(rule[i].text, "$important") != NULL;

            (void) snprintf(alone, sizeof(alone), "%s%s",
                            rule[i].exception ? MANY_ALL : "", rule[i].text);
            rule[i].rules = many_load(alone);
            strcat(all, rule[i].text);
        }

        rules = many_load(all);

        memset(&page, 0, sizeof(consent_page_t));
        assert_int_equal(consent_url_parse(&page.url, NULL,
                             unit_str(n % 3 ? "https://www.shop.test/"
                                            : "https://a.test/"), buf),
                         CONSENT_OK);
        page.site = consent_url_site(page.url.host);

        many_ask(rule, rules, &page);

        consent_rules_destroy(rules);

        for (i = 0; i < MANY_RULES; i++) {
            consent_rules_destroy(rule[i].rules);
        }
    }
}


int
main(void)
{
    int                       failed;
    const struct CMUnitTest   tests[] = {
        cmocka_unit_test(test_many)
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unit_free();

    return failed;
}

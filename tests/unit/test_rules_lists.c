/*
 * The tables that rules of lists are found by.  With them comes the same
 * answer as from comparing each rule with each URL, as plainly as can be.
 */

#include "unit_rules.h"


#define LISTS_RULES   600
#define LISTS_URLS    2500
#define LISTS_ROUNDS  6


typedef struct {
    char         pattern[96];
    const char  *options;
    unsigned     host:1;
    unsigned     end:1;
    unsigned     exception:1;
} lists_rule_t;


static lists_rule_t  lists_rules[LISTS_RULES];


static const char  *const lists_hosts[] = {
    "a.test", "b.a.test", "track.net", "cdn.track.net", "x.io",
    "stats.example.co.uk", "a-long-name-of-a-host.example.org", "pixel.test"
};

static const char  *const lists_pieces[] = {
    "/", "/t", "/ab", "/track", "track", "er.js", "/collect", "-pixel.",
    ".php", "?id=", "&v=1", "&event=", "_ad_", "x", "/js/", "/wp-content/",
    "/uploads", ".", "=", "1234567890", "analytics", "/g/", ".test/", ":8080",
    "^", "*", "^*"
};

#define LISTS_HOSTS   (sizeof(lists_hosts) / sizeof(lists_hosts[0]))
#define LISTS_PIECES  (sizeof(lists_pieces) / sizeof(lists_pieces[0]))
#define LISTS_PLAIN   (LISTS_PIECES - 4)

static const char  *const lists_options[] = {
    "", "", "", "", "$third-party", "$~third-party", "$image",
    "$script,third-party", "$domain=shop.test", "$domain=~www.shop.test",
    "$domain=shop.test|~www.shop.test"
};

#define LISTS_OPTIONS  (sizeof(lists_options) / sizeof(lists_options[0]))


static unsigned
lists_random(size_t n)
{
    return (unsigned) ((size_t) rand() % n);
}


static void
lists_join(char *to, unsigned pieces, size_t from)
{
    while (pieces--) {
        strcat(to, lists_pieces[lists_random(from)]);
    }
}


/*
 * Four kinds: hosts; hosts with something behind; hosts that go on with "*";
 * and whatever stands anywhere.
 */
static void
lists_rule(lists_rule_t *rule, char *line)
{
    unsigned     kind;
    const char  *host;

    memset(rule, 0, sizeof(lists_rule_t));

    kind = lists_random(5);
    host = lists_hosts[lists_random(LISTS_HOSTS)];

    rule->options = lists_options[lists_random(LISTS_OPTIONS)];
    rule->exception = lists_random(40) == 0;
    rule->host = kind < 3;
    rule->end = kind > 1 && lists_random(8) == 0;

    if (kind < 3) {
        strcpy(rule->pattern, host + (kind == 2 ? lists_random(2) * 2 : 0));
        strcat(rule->pattern, kind == 0 ? "^" : kind == 1 ? "/" : "*");
    }

    if (kind != 0) {
        lists_join(rule->pattern, 1 + lists_random(4), LISTS_PIECES);
    }

    (void) sprintf(line, "%s%s%s%s%s\n", rule->exception ? "@@" : "",
                   rule->host ? "||" : "*", rule->pattern,
                   rule->end ? "|" : "*", rule->options);
}


static int
lists_is_separator(char c)
{
    return c != '\0' && strchr("abcdefghijklmnopqrstuvwxyz0123456789_-.%", c)
                        == NULL;
}


static int
lists_matches_at(const char *p, const char *s, int end)
{
    for ( /* void */ ; *p; p++, s++) {

        if (*p == '*') {
            for ( /* void */ ; !lists_matches_at(p + 1, s, end); s++) {
                if (*s == '\0') {
                    return 0;
                }
            }

            return 1;
        }

        if (*p == '^' && *s == '\0') {
            return lists_matches_at(p + 1, s, end);
        }

        if (*p == '^' ? !lists_is_separator(*s) : *p != *s) {
            return 0;
        }
    }

    return !end || *s == '\0';
}


/* url: in lower case, "https://host…". */
static int
lists_matches(const lists_rule_t *rule, const char *url)
{
    const char  *s, *host, *slash;

    host = url + 8;
    slash = strpbrk(host, "/:");

    for (s = rule->host ? host : url; *s; s++) {

        if (rule->host
            && (s == slash || (s != host && s[-1] != '.')))
        {
            if (s == slash) {
                return 0;
            }

            continue;
        }

        if (lists_matches_at(rule->pattern, s, rule->end)) {
            return 1;
        }
    }

    return 0;
}


/* Pages: 0 is www.shop.test, 1 shop.test, 2 a.test. */
static int
lists_speaks(const lists_rule_t *rule, const char *url, unsigned page,
    int image)
{
    int         first;
    char        host[128];
    const char  *options;

    options = rule->options;

    (void) sscanf(url, "https://%127[^/:]", host);
    first = page == 2 && (strcmp(host, "a.test") == 0
                          || strstr(host, ".a.test") != NULL);

    if ((strstr(options, "$image") && !image)
        || (strstr(options, "script") && image))
    {
        return 0;
    }

    if ((strstr(options, "~third-party") && !first)
        || (strstr(options, "third-party") && !strstr(options, "~third")
            && first))
    {
        return 0;
    }

    if (strstr(options, "domain=shop.test") && page == 2) {
        return 0;
    }

    return !(strstr(options, "~www.shop.test") && page == 0);
}


/* 0: nothing, 1: blocked, 2: excepted. */
static int
lists_plainly(const char *url, unsigned page, int image)
{
    int       blocked, excepted;
    unsigned  i;

    blocked = 0;
    excepted = 0;

    for (i = 0; i < LISTS_RULES; i++) {
        if (lists_speaks(&lists_rules[i], url, page, image)
            && lists_matches(&lists_rules[i], url))
        {
            excepted |= lists_rules[i].exception;
            blocked |= !lists_rules[i].exception;
        }
    }

    return blocked ? 1 + excepted : 0;
}


static consent_rules_t *
lists_load(unsigned rules)
{
    unsigned           i;
    consent_loader_t  *loader;
    static char        text[LISTS_RULES * 160];

    text[0] = '\0';

    for (i = 0; i < LISTS_RULES; i++) {
        memset(&lists_rules[i], 0, sizeof(lists_rule_t));
        strcpy(lists_rules[i].pattern, "nothing-is-called-so");
        lists_rules[i].options = "";
    }

    for (i = 0; i < rules; i++) {
        lists_rule(&lists_rules[i], text + strlen(text));
    }

    loader = consent_rules_create(&unit_mem, NULL, NULL);
    assert_non_null(loader);
    assert_int_equal(consent_rules_list_text(loader, unit_str("analytics"),
                                             unit_str("l.txt"),
                                             unit_str(text)), CONSENT_OK);

    return consent_rules_compile(loader);
}


static void
lists_url(char *url)
{
    strcpy(url, "https://");

    if (lists_random(3) == 0) {
        strcat(url, "sub.");
    }

    strcat(url, lists_hosts[lists_random(LISTS_HOSTS)]);

    if (lists_random(10) == 0) {
        strcat(url, ":8080");
    }

    strcat(url, "/");
    lists_join(url, lists_random(9), LISTS_PLAIN);
}


static void
lists_compare(const consent_rules_t *rules, consent_page_t *page,
    consent_memo_t *memo, unsigned number)
{
    int                image, expected, got;
    char               text[512];
    uint8_t           *buf;
    consent_url_t      url;
    consent_verdict_t  verdict;
    static uint8_t     room[CONSENT_URL_BUF];

    buf = room;
    image = lists_random(2) == 0;

    lists_url(text);
    assert_int_equal(consent_url_parse(&url, NULL, unit_str(text), buf),
                     CONSENT_OK);

    (void) snprintf(text, sizeof(text), "%.*s", (int) url.href.len,
                    (const char *) url.href.data);

    consent_rules_match_memo(rules, page, &url, image ? CONSENT_TYPE_IMAGE
                                                      : CONSENT_TYPE_SCRIPT,
                             memo, &verdict);

    expected = lists_plainly(text, number, image);
    got = verdict.list == NULL ? 0 : 1 + verdict.excepted;

    if (got != expected) {
        fail_msg("\"%s\" on page %u: %d, not %d (line %u)", text, number,
                 got, expected, verdict.line);
    }

    if (got == 1
        && (!lists_speaks(&lists_rules[verdict.line - 1], text, number, image)
            || !lists_matches(&lists_rules[verdict.line - 1], text)))
    {
        fail_msg("\"%s\": line %u does not match", text, verdict.line);
    }
}


static void
lists_run(unsigned n)
{
    unsigned           i, number;
    consent_memo_t     memo[3];
    consent_page_t     page[3];
    consent_rules_t   *rules;

    static uint8_t            buf[3][CONSENT_URL_BUF];
    static const char  *const pages[] = {
        "https://www.shop.test/", "https://shop.test/", "https://a.test/"
    };

    rules = lists_load(n);
    assert_non_null(rules);

    memset(memo, 0, sizeof(memo));
    memset(page, 0, sizeof(page));

    for (i = 0; i < 3; i++) {
        assert_int_equal(consent_url_parse(&page[i].url, NULL,
                                           unit_str(pages[i]), buf[i]),
                         CONSENT_OK);
        page[i].site = consent_url_site(page[i].url.host);
    }

    for (i = 0; i < LISTS_URLS; i++) {
        number = lists_random(3);
        lists_compare(rules, &page[number], &memo[number], number);
    }

    consent_rules_destroy(rules);
}


/* Few rules answer for few URLs; many crowd the places where they wait. */

static void
test_random(void **state)
{
    unsigned  round;

    (void) state;

    for (round = 0; round < LISTS_ROUNDS; round++) {
        srand(round + 1);
        lists_run(round % 2 ? LISTS_RULES : 25);
    }
}


int
main(void)
{
    int                      failed;
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_random)
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unit_free();

    return failed;
}

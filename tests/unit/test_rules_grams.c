/*
 * The ways round work: grams, and what a page's memo keeps.  With them comes
 * the same answer as from trying each matcher on each URL.
 */

#include "consent_rules_index.h"
#include "unit_rules.h"


#define GRAMS_RULES  160
#define GRAMS_URLS   20000
#define GRAMS_MOST   64


typedef struct {
    unsigned  n;
    int       rule[GRAMS_MOST];
} grams_found_t;


/* Pieces of rules and of URLs; the last few are for rules alone. */

static const char  *const grams_pieces[] = {
    "/", "/", "/t", "/ab", "/track", "track", "er.js", "/collect", "collect",
    ".php", "?id=", "&v=1", "matomo", "piwik", "-ad-", "x", "//", "www.",
    "google.", "/wp-content/", "/uploads", ".", "=", "1234567890123456",
    "https://", "analytics", "/g/", "*", "*", "/*/"
};

#define GRAMS_PIECES  (sizeof(grams_pieces) / sizeof(grams_pieces[0]))
#define GRAMS_PLAIN   (GRAMS_PIECES - 3)


static const char  *const grams_regexes[] = {
    "^https?://www\\\\.google\\\\.(?:com?\\\\.)?[a-z]{2,3}/(?:ads|track)/",
    "^https?://[^/]+/(?:[^?#]*/)?(?:matomo|piwik)\\\\.(?:js|php)",
    "^https?://[^/]+(?:/[^?#]*)?/(?:matomo|piwik)\\\\.(?:js|php)",
    "coll(?:ect)?x+track",
    "(?:track|er\\\\.js)[?]id=[0-9]",
    "an.lytics",
    "[0-9]{10}",
    "(?:a|ab|matomo)x",
    "t(?:rack){1,2}er",
    "/t+\\\\.php",
    "x(?:ab|c)+d?\\\\.php",
    "www\\\\.(?:google|track)\\\\.(?:com|x)/(?:t|ab)",
    "://www\\\\.x"
};

#define GRAMS_REGEXES  (sizeof(grams_regexes) / sizeof(grams_regexes[0]))


static size_t
grams_join(char *text, unsigned pieces, unsigned from)
{
    size_t       len;
    const char  *piece;

    for (len = 0; pieces; pieces--) {
        piece = grams_pieces[(unsigned) rand() % from];
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }

    text[len] = '\0';

    return len;
}


static const char *
grams_rules_text(void)
{
    size_t       len;
    unsigned     i;
    char         path[256];
    static char  text[GRAMS_RULES * 512];

    len = 0;

    for (i = 0; i < GRAMS_RULES; i++) {
        len += (size_t) sprintf(text + len,
            "%s{\"id\":\"s%u\",\"name\":\"S\",\"purposes\":[\"analytics\"],"
            "\"match\":[{", i ? "," : "", i);

        if (i < GRAMS_REGEXES) {
            len += (size_t) sprintf(text + len, "\"regex\":\"%s\"",
                                    grams_regexes[i]);

        } else {
            (void) grams_join(path, 1 + (unsigned) rand() % 5, GRAMS_PIECES);
            len += (size_t) sprintf(text + len,
                                    "\"path\":\"%s%s/a\",\"party\":\"any\"",
                                    path[0] == '/' ? "" : "*", path);
        }

        len += (size_t) sprintf(text + len, "}]}");
    }

    return text;
}


/* Each matcher without a host is tried on each URL, each regex in full. */
static void
grams_blind(consent_rules_t *rules)
{
    uint32_t                i;
    consent_rules_index_t  *index;

    index = rules->index;

    memset(index->grams.seen, 0,
           ((size_t) 1 << (32 - index->grams.shift)) / 8);
    index->grams.step = 0;
    index->grams.nalways = index->hosts[0].n;
    index->grams.always = consent_alloc(&unit_mem, index->hosts[0].n
                                                   * sizeof(uint32_t));

    for (i = 0; i < index->hosts[0].n; i++) {
        index->grams.always[i] = index->hosts[0].first + i + 1;
    }

    for (i = 0; i < index->nregexes; i++) {
        index->regexes[i]->start.len = 0;
        index->regexes[i]->nwords = 0;
    }
}


static void
grams_note(void *data, int rule)
{
    grams_found_t  *found;

    found = data;

    assert_true(found->n < GRAMS_MOST);
    found->rule[found->n++] = rule;
}


static void
grams_compare(const consent_rules_t *rules, const consent_rules_t *blind,
    const consent_page_t *page, const consent_url_t *url)
{
    grams_found_t      one, two;
    consent_verdict_t  verdict;

    memset(&one, 0, sizeof(grams_found_t));
    memset(&two, 0, sizeof(grams_found_t));

    consent_rules_match_all(rules, page, url, CONSENT_TYPE_SCRIPT, grams_note,
                            &one);
    consent_rules_match_all(blind, page, url, CONSENT_TYPE_SCRIPT, grams_note,
                            &two);

    if (one.n != two.n || memcmp(&one, &two, sizeof(grams_found_t)) != 0) {
        fail_msg("\"%.*s\": %u rules, not %u; the first %d, not %d",
                 (int) url->href.len, (const char *) url->href.data, one.n,
                 two.n, one.n ? one.rule[0] : -1, two.n ? two.rule[0] : -1);
    }

    consent_rules_match(rules, page, url, CONSENT_TYPE_SCRIPT, &verdict);
    assert_int_equal(verdict.rule, two.n ? two.rule[0] : CONSENT_NO_RULE);
}


static void
grams_run(const char *text, unsigned pieces)
{
    char               in[1024] = "https://www.google.x/";
    size_t             len;
    uint8_t           *page_buf, *buf;
    unsigned           i;
    consent_url_t      url;
    consent_page_t     page;
    consent_rules_t   *rules, *blind;

    page_buf = consent_alloc(&unit_mem, CONSENT_URL_BUF);
    buf = consent_alloc(&unit_mem, CONSENT_URL_BUF);

    rules = unit_rules(text);
    blind = unit_rules(text);
    grams_blind(blind);

    memset(&page, 0, sizeof(consent_page_t));
    assert_int_equal(consent_url_parse(&page.url, NULL,
                                       unit_str("https://www.host.test/"),
                                       page_buf), CONSENT_OK);
    page.site = consent_url_site(page.url.host);

    for (i = 0; i < GRAMS_URLS; i++) {
        len = i % 2 ? 21 : 20;
        len += grams_join(in + len, (unsigned) rand() % pieces, GRAMS_PLAIN);

        if (consent_url_parse(&url, NULL, (consent_str_t) {
                                  len, (const uint8_t *) in }, buf)
            == CONSENT_OK)
        {
            grams_compare(rules, blind, &page, &url);
        }
    }

    consent_rules_destroy(rules);
    consent_rules_destroy(blind);
}


static void
test_random(void **state)
{
    unsigned  round;

    (void) state;

    for (round = 0; round < 4; round++) {
        srand(round + 1);
        grams_run(grams_rules_text(), 12);
    }
}


/* More rules share a gram than a match takes note of: all are tried. */

static void
test_crowd(void **state)
{
    size_t       len;
    unsigned     i;
    static char  text[GRAMS_MOST * 512];

    (void) state;

    len = (size_t) sprintf(text, "{\"id\":\"s\",\"name\":\"S\","
                           "\"purposes\":[\"analytics\"],\"match\":[");

    for (i = 0; i < GRAMS_MOST; i++) {
        len += (size_t) sprintf(text + len, "%s{\"path\":\"*track%.*s\","
                                "\"party\":\"any\"}", i ? "," : "",
                                (int) (i % 4), "er.js");
    }

    (void) sprintf(text + len, "]}");

    srand(7);
    grams_run(text, 12);
}


static const char  memo_rules[] =
    "{\"id\":\"t\",\"name\":\"T\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"host\":\"tracker.test\"},"
    "{\"host\":\"c.d.e.f.tracker.test\",\"path\":\"/a\"},"
    "{\"host\":\"d.e.f.tracker.test\",\"path\":\"/a\"},"
    "{\"host\":\"e.f.tracker.test\",\"path\":\"/b\"},"
    "{\"host\":\"f.tracker.test\",\"path\":\"/b\"},"
    "{\"host\":\"t.co\",\"path\":\"/b\"},"
    "{\"host\":\"test\",\"party\":\"first\"}]}";


/* The i-th URL: half of them with a host of few, half with one of many. */
static void
memo_url(char *out, size_t size, unsigned i)
{
    const char  *name;

    static const char  *const names[] = {
        "tracker.test", "cdn.tracker.test", "a.b.c.d.e.f.tracker.test",
        "host.test", "www.host.test", "static.host.test", "other.test",
        "github.io", "a.github.io", "1.2.3.4", "x.test", "t.co",
        "a-name-longer-than-what-is-kept-of-a-host-for-later.tracker.test"
    };

    name = names[(unsigned) rand() % (sizeof(names) / sizeof(names[0]))];

    if (i % 2) {
        (void) snprintf(out, size, "https://%s/%c", name, "abc"[rand() % 3]);

    } else {
        (void) snprintf(out, size, "https://n%u.%s/%c",
                        (unsigned) rand() % 40, name, "abc"[rand() % 3]);
    }
}


/* Hosts come again and again, and push one another out. */

static void
test_memo(void **state)
{
    char               in[256];
    uint8_t           *page_buf, *buf;
    unsigned           i;
    consent_url_t      url;
    consent_memo_t     memo;
    consent_page_t     page;
    consent_rules_t   *rules;
    consent_verdict_t  one, two;

    (void) state;

    rules = unit_rules(memo_rules);
    page_buf = consent_alloc(&unit_mem, CONSENT_URL_BUF);
    buf = consent_alloc(&unit_mem, CONSENT_URL_BUF);

    memset(&memo, 0, sizeof(consent_memo_t));
    memset(&page, 0, sizeof(consent_page_t));
    assert_int_equal(consent_url_parse(&page.url, NULL,
                                       unit_str("https://www.host.test/"),
                                       page_buf), CONSENT_OK);
    page.site = consent_url_site(page.url.host);
    page.unclassified = 0x4000;
    srand(3);

    for (i = 0; i < GRAMS_URLS; i++) {
        memo_url(in, sizeof(in), i);

        if (consent_url_parse(&url, NULL, unit_str(in), buf) != CONSENT_OK) {
            continue;
        }

        consent_rules_match(rules, &page, &url, CONSENT_TYPE_SCRIPT, &one);
        consent_rules_match_memo(rules, &page, &url, CONSENT_TYPE_SCRIPT,
                                 &memo, &two);

        assert_int_equal(one.rule, two.rule);
        assert_int_equal(one.service, two.service);
        assert_int_equal(one.purposes, two.purposes);
        assert_int_equal(one.third_party, two.third_party);
        assert_int_equal(one.unclassified, two.unclassified);
    }

    consent_rules_destroy(rules);
}


/*
 * URLs as they stand in a page.
 */


static const char  text_rules[] =
    "{\"id\":\"t\",\"name\":\"T\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"host\":\"tracker.test\"},"
    "{\"host\":\"image.tracker.test\",\"types\":[\"image\"]},"
    "{\"host\":\"paths.test\",\"path\":\"/track\"},"
    "{\"path\":\"/matomo.php\"},{\"path\":\"/g/collect\",\"party\":\"any\"},"
    "{\"path\":\"/*/piwik.js\",\"party\":\"any\"},"
    "{\"regex\":\"^https?://www\\\\.google\\\\.[a-z]+/ads/\"},"
    "{\"regex\":\"^https?://maps\\\\.google\\\\.[a-z]+(?::8)?/\"}]}";

/* None is without a host. */

static const char  text_hosts[] =
    "{\"id\":\"t\",\"name\":\"T\",\"purposes\":[\"analytics\"],"
    "\"match\":[{\"host\":\"tracker.test\"},"
    "{\"host\":\"image.tracker.test\",\"types\":[\"image\"]},"
    "{\"host\":\"google.test\"},"
    "{\"host\":\"paths.test\",\"path\":\"/track\"}]}";


static void
text_join(char *out, size_t size)
{
    size_t    len;
    unsigned  n;

    static const char  *const starts[] = {
        "https://", "http://", "//", "/", "/", "HTTPS://", "https:/", "",
        " https://", "https:\\\\", "/\\", "///", "ws://", "data:", "/\t/",
        "/\n\\"
    };

    static const char  *const hosts[] = {
        "www.host.test/", "cdn.tracker.test/", "image.tracker.test/",
        "paths.test/", "www.google.test/", "maps.google.test/", "other.test/",
        "OTHER.test/", "other.test:80/", "u@other.test/", "other.test./",
        "other.test../", "other.test",
        "9.8.7.6/", "a.b.c.1/", "other.test?", "other%2etest/",
        "[::ffff:1234]/", "::ffff:1234/", "other.test\\"
    };

    static const char  *const pieces[] = {
        "a/", "img.png", "/", "/matomo.php", "/g/collect", "g/collect",
        "piwik.js", "/g/./collect", "/g/x/../collect", "/g/%2e/collect",
        "/g\t/collect", "/g\\collect", "/g/\ncollect", "ads/", "track",
        "?x=/matomo.php", "#/g/collect", "%20", " ", "\"", "'", "{}", "<",
        "\xc3\xa4", "..", ".", "/.well-known/",
        "/.", "/..x/", "/.%2e/", "/%2e%2E/", "/%41/", "/.#x", "/matomo.html",
        "/matomo.ph", "/g/collections/", "/.image/g/collect", "/MATOMO.php",
        "a-name-that-makes-it-longer-than-what-is-looked-at-in-one-go/"
    };

    len = (size_t) snprintf(out, size, "%s%s",
              starts[(unsigned) rand() % (rand() % 2 ? 5 : 16)],
              hosts[(unsigned) rand() % (rand() % 2 ? 7 : 20)]);

    for (n = (unsigned) rand() % 9; n; n--) {
        len += (size_t) snprintf(out + len, size - len, "%s",
                                 pieces[(unsigned) rand()
                                        % (rand() % 4 ? 7 : 39)]);
    }
}


/* What is answered by the text alone has to be what is by the parsed URL. */

static int
text_ask(const consent_rules_t *rules, const consent_page_t *page,
    const consent_url_t *base, consent_memo_t *memo)
{
    char               in[1024];
    uint32_t           type;
    consent_str_t      host;
    consent_url_t      url;
    consent_verdict_t  one, two;
    static uint8_t     buf[CONSENT_URL_BUF];

    text_join(in, sizeof(in));
    type = rand() % 2 ? CONSENT_TYPE_SCRIPT : CONSENT_TYPE_IMAGE;

    if (consent_rules_match_text(rules, page, base, unit_str(in), type, memo,
                                 &one, &host)
        != CONSENT_OK)
    {
        if (consent_url_parse(&url, base, unit_str(in), buf) == CONSENT_OK) {
            consent_rules_match_memo(rules, page, &url, type, memo, &one);
        }

        return 0;
    }

    assert_int_equal(consent_url_parse(&url, base, unit_str(in), buf),
                     CONSENT_OK);
    consent_rules_match(rules, page, &url, type, &two);

    if (!consent_str_eq(host, url.host) || one.rule != two.rule
        || one.purposes != two.purposes || one.service != two.service
        || one.third_party != two.third_party
        || one.unclassified != two.unclassified)
    {
        fail_msg("%s: %d, not %d", in, one.rule, two.rule);
    }

    return 1;
}


static void
text_ask_all(const char *file)
{
    uint8_t           *buf, *base_buf;
    unsigned           i, round, told;
    consent_url_t      base;
    consent_memo_t     memo;
    consent_page_t     page;
    consent_rules_t   *rules;

    rules = unit_rules(file);
    buf = consent_alloc(&unit_mem, CONSENT_URL_BUF);
    base_buf = consent_alloc(&unit_mem, CONSENT_URL_BUF);

    memset(&page, 0, sizeof(consent_page_t));
    assert_int_equal(consent_url_parse(&page.url, NULL,
                                       unit_str("https://www.host.test/a/b"),
                                       buf), CONSENT_OK);
    page.site = consent_url_site(page.url.host);
    page.unclassified = 0x4000;
    assert_int_equal(consent_url_parse(&base, NULL, unit_str(
                                           "https://maps.google.test:8/g/"),
                                       base_buf), CONSENT_OK);
    srand(11);
    told = 0;

    for (round = 0; round < GRAMS_URLS / 20; round++) {
        memset(&memo, 0, sizeof(consent_memo_t));

        for (i = 0; i < 100; i++) {
            told += (unsigned) text_ask(rules, &page,
                                        round % 2 ? &page.url : &base, &memo);
        }
    }

    assert_true(told > GRAMS_URLS / 4);
    consent_rules_destroy(rules);
}


static void
test_text(void **state)
{
    (void) state;

    text_ask_all(text_rules);
    text_ask_all(text_hosts);
}


int
main(void)
{
    int                      failed;
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_crowd),
        cmocka_unit_test(test_memo),
        cmocka_unit_test(test_text)
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unit_free();

    return failed;
}

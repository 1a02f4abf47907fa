/*
 * The Content-Security-Policy that a choice makes.
 */

#include "unit_rules.h"

#include "consent_header.h"


static const char  services[] =
    "{\"id\":\"pay\",\"name\":\"Pay\",\"purposes\":[\"necessary\"],"
     "\"match\":[{\"host\":\"pay.test\"},{\"host\":\"js.pay.test\"},"
                "{\"host\":\"clash.test\"},"
                "{\"host\":\"multi.test\",\"path\":\"/captcha/api.js\"},"
                "{\"path\":\"/own-pay/\"},{\"regex\":\"^https://re\\\\.x/\"}]},"
    "{\"id\":\"count\",\"name\":\"Count\",\"purposes\":[\"analytics\"],"
     "\"match\":[{\"host\":\"count.test\"},{\"host\":\"stats.split.test\"},"
                "{\"host\":\"late.test\"},"
                "{\"host\":\"star.test\",\"path\":\"/*/a/x\"},"
                "{\"host\":\"starry.test\",\"path\":\"/b/c*d\"},"
                "{\"host\":\"multi.test\",\"path\":\"/count\"},"
                "{\"inline\":[\"count(\"]}]},"
    "{\"id\":\"split\",\"name\":\"Split\",\"purposes\":[\"functional\"],"
     "\"match\":[{\"host\":\"split.test\"},{\"host\":\"cdn.split.test\"},"
                "{\"host\":\"late.test\"}]},"
    "{\"id\":\"fonts\",\"name\":\"Fonts\",\"purposes\":[\"functional\"],"
     "\"match\":[{\"host\":\"fonts.test\",\"types\":[\"style\",\"font\"]}]},"
    "{\"id\":\"pixel\",\"name\":\"Pixel\",\"purposes\":[\"marketing\"],"
     "\"match\":[{\"host\":\"fonts.test\",\"types\":[\"image\"]},"
                "{\"host\":\"adverts.test\"},{\"host\":\"clash.test\"},"
                "{\"host\":\"x.pay.test\",\"path\":\"/ads/\"}]}";

static consent_rules_t  *rules;
static unsigned          strict = 1;
static consent_page_t    page;
static uint8_t           page_buf[CONSENT_URL_BUF];


static void
visit(const char *url)
{
    assert_int_equal(consent_url_parse(&page.url, NULL, unit_str(url),
                                       page_buf), CONSENT_OK);
    page.site = consent_url_site(page.url.host);
}


static int
setup(void **state)
{
    (void) state;

    memset(&page, 0, sizeof(page));
    page.unclassified = unit_purpose(rules, "marketing");
    page.unclassified_passive = page.unclassified;
    visit("https://www.site.test/");

    return 0;
}


static int
group_setup(void **state)
{
    *state = rules = unit_rules(services);

    return 0;
}


static consent_choice_t
granting(const consent_rules_t *of, const char *a, const char *b)
{
    return unit_granting(of, (a ? unit_purpose(of, a) : 0)
                             | (b ? unit_purpose(of, b) : 0));
}


static const char *
policy_with(const consent_choice_t *choice, const consent_str_t *extra,
    unsigned nextra, const char *report)
{
    consent_buf_t       b;
    consent_csp_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.strict = strict & 1;
    conf.extra = extra;
    conf.nextra = nextra;
    conf.report_uri = unit_str(report);

    consent_buf_init(&b, &unit_mem);
    consent_csp_write(&b, rules, &page, choice, &conf);
    assert_false(b.failed);

    return (const char *) consent_str_dup(&unit_mem,
                                          consent_buf_str(&b)).data;
}


static const char *
policy(const char *a, const char *b)
{
    consent_choice_t  choice;

    choice = granting(rules, a, b);

    return policy_with(&choice, NULL, 0, "");
}


/* 1 if `source` stands in the directive, 0 if not, -1 if there is none. */

static int
has(const char *csp, const char *directive, const char *source)
{
    size_t       len;
    const char  *p, *end;

    for (p = csp; p && *p; p = *end ? end + 2 : end) {
        end = strchrnul(p, ';');
        len = strlen(directive);

        if (strncmp(p, directive, len) || p[len] != ' ') {
            continue;
        }

        len = strlen(source);

        for (p = strchr(p, ' '); p && p < end; p = strchr(p + 1, ' ')) {
            if (strncmp(p + 1, source, len) == 0
                && (p[len + 1] == ' ' || p[len + 1] == ';'
                    || p[len + 1] == '\0'))
            {
                return 1;
            }
        }

        return 0;
    }

    return -1;
}


static void
test_nothing_granted(void **state)
{
    const char  *csp;

    (void) state;

    csp = policy(NULL, NULL);

    assert_int_equal(has(csp, "default-src", "'self'"), 1);
    assert_int_equal(has(csp, "default-src", "'unsafe-inline'"), 1);
    assert_int_equal(has(csp, "default-src", "'unsafe-eval'"), 1);
    assert_int_equal(has(csp, "default-src", "'wasm-unsafe-eval'"), 1);
    /* 'unsafe-inline' covers it, and browsers warn of it here */
    assert_int_equal(has(csp, "default-src", "'inline-speculation-rules'"),
                     0);
    assert_int_equal(has(csp, "default-src", "blob:"), 1);
    assert_int_equal(has(csp, "default-src", "data:"), 1);
    assert_int_equal(has(csp, "default-src", "site.test:*"), 1);
    assert_int_equal(has(csp, "default-src", "*.site.test:*"), 1);
    assert_int_equal(has(csp, "default-src", "wss://site.test:*"), 1);
    assert_int_equal(has(csp, "default-src", "wss://*.site.test:*"), 1);
    assert_int_equal(has(csp, "default-src", "pay.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.pay.test"), 1);
    assert_int_equal(has(csp, "default-src", "wss://*.pay.test"), 1);

    /* a subdomain that the wildcard covers */
    assert_int_equal(has(csp, "default-src", "js.pay.test"), 0);
    /* the folder that a rule's path lies in */
    assert_int_equal(has(csp, "default-src", "multi.test/captcha/"), 1);
    assert_int_equal(has(csp, "default-src", "multi.test"), 0);

    assert_int_equal(has(csp, "default-src", "count.test"), 0);
    assert_int_equal(has(csp, "default-src", "adverts.test"), 0);
    assert_null(strstr(csp, "fonts.test"));
    assert_null(strstr(csp, "re.x"));

    /* all sources are for all types: one directive says it */
    assert_int_equal(has(csp, "script-src", "'self'"), -1);
    assert_int_equal(has(csp, "connect-src", "'self'"), -1);

    assert_int_equal(has(csp, "base-uri", "'self'"), 1);
    assert_int_equal(has(csp, "base-uri", "*.site.test:*"), 1);
    assert_int_equal(has(csp, "form-action", "'self'"), 1);
    assert_int_equal(has(csp, "form-action", "*.site.test:*"), 1);
    assert_int_equal(has(csp, "form-action", "pay.test"), 1);
    assert_int_equal(has(csp, "form-action", "wss://pay.test"), 0);
    assert_int_equal(has(csp, "form-action", "data:"), 0);
    assert_int_equal(has(csp, "webrtc", "'block'"), 1);
    assert_null(strstr(csp, "frame-ancestors"));
    assert_null(strstr(csp, "report-uri"));
    assert_null(strchr(csp, ','));

    strict = 0;
    csp = policy(NULL, NULL);
    strict = 1;
    assert_int_equal(has(csp, "default-src", "'self'"), 1);
    assert_int_equal(has(csp, "form-action", "'self'"), -1);
    assert_int_equal(has(csp, "webrtc", "'block'"), -1);
}


static void
test_none_needed(void **state)
{
    consent_choice_t      choice;

    static const uint8_t  random_id[16];

    (void) state;

    consent_choice_make(&choice, rules, CONSENT_OPT_IN,
                        CONSENT_ACTION_ACCEPT, 0, NULL, 0, 0, NULL, random_id,
                        1);
    assert_string_equal(policy_with(&choice, NULL, 0, "/r"), "");

    page.unclassified = 0;
    page.unclassified_passive = 0;
    assert_string_equal(policy(NULL, NULL), "");
}


/* Where unknown ones are allowed for some types, the others are limited. */

static void
test_half_open(void **state)
{
    const char  *csp;

    (void) state;

    page.unclassified = 0;
    csp = policy("functional", NULL);

    assert_int_equal(has(csp, "default-src", "*"), 1);
    assert_int_equal(has(csp, "default-src", "wss:"), 1);
    assert_int_equal(has(csp, "default-src", "'unsafe-eval'"), 1);
    assert_int_equal(has(csp, "script-src", "'self'"), -1);
    assert_int_equal(has(csp, "form-action", "*"), 1);
    assert_int_equal(has(csp, "base-uri", "'self'"), -1);
    assert_int_equal(has(csp, "img-src", "*"), 0);
    assert_int_equal(has(csp, "img-src", "pay.test"), 1);
    assert_int_equal(has(csp, "img-src", "fonts.test"), 0);
    assert_int_equal(has(csp, "font-src", "fonts.test"), 1);
    assert_int_equal(has(csp, "media-src", "'self'"), 1);
}


static void
test_types(void **state)
{
    const char  *csp;

    (void) state;

    csp = policy("functional", NULL);

    assert_int_equal(has(csp, "style-src", "fonts.test"), 1);
    assert_int_equal(has(csp, "style-src", "*.fonts.test"), 1);
    assert_int_equal(has(csp, "style-src", "'unsafe-inline'"), 1);
    assert_int_equal(has(csp, "style-src", "pay.test"), 1);
    assert_int_equal(has(csp, "style-src", "*.site.test:*"), 1);
    assert_int_equal(has(csp, "font-src", "fonts.test"), 1);
    assert_int_equal(has(csp, "default-src", "fonts.test"), 0);
    assert_int_equal(has(csp, "img-src", "'self'"), -1);
    assert_int_equal(has(csp, "script-src", "'self'"), -1);

    /* a denied subdomain costs the wildcard, not what has a rule */
    assert_int_equal(has(csp, "default-src", "split.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.split.test"), 0);
    assert_int_equal(has(csp, "default-src", "www.split.test"), 1);
    assert_int_equal(has(csp, "default-src", "wss://www.split.test"), 1);
    assert_int_equal(has(csp, "default-src", "cdn.split.test"), 1);

    /* of two rules for a host the later one decides */
    assert_int_equal(has(csp, "default-src", "clash.test"), 0);
    assert_int_equal(has(csp, "default-src", "*.clash.test"), 0);
    assert_int_equal(has(csp, "default-src", "www.clash.test"), 0);
    assert_int_equal(has(csp, "default-src", "late.test"), 1);

    csp = policy("functional", "analytics");
    assert_int_equal(has(csp, "default-src", "*.split.test"), 1);
    assert_int_equal(has(csp, "default-src", "cdn.split.test"), 0);
    assert_int_equal(has(csp, "default-src", "count.test"), 1);
    /* "/count" is a prefix, and has no folder but the root */
    assert_int_equal(has(csp, "default-src", "multi.test/count"), 1);
    assert_int_equal(has(csp, "default-src", "multi.test/count/"), 1);
    assert_int_equal(has(csp, "default-src", "*.multi.test/count"), 1);
    assert_int_equal(has(csp, "default-src", "multi.test/captcha/"), 1);
    assert_int_equal(has(csp, "default-src", "multi.test"), 0);
    /* a wildcard ends what can be said */
    assert_int_equal(has(csp, "default-src", "star.test"), 1);
    assert_int_equal(has(csp, "default-src", "star.test/a/"), 0);
    assert_int_equal(has(csp, "default-src", "starry.test/b/"), 1);

    page.unclassified_passive = unit_purpose(rules, "analytics");
    csp = policy("marketing", NULL);
    assert_int_equal(has(csp, "img-src", "fonts.test"), 1);
    assert_int_equal(has(csp, "style-src", "fonts.test"), -1);

    /* all unknown hosts are not listed, however much they are allowed */
    csp = policy("analytics", NULL);
    assert_int_equal(has(csp, "img-src", "*"), -1);
    assert_int_equal(has(csp, "default-src", "fonts.test"), 0);
}


static void
test_service(void **state)
{
    const char           *csp;
    consent_choice_t      choice;
    consent_override_t    override;

    static const uint8_t  random_id[16];

    (void) state;

    override.service = unit_service(rules, "count");
    override.on = 1;
    consent_choice_make(&choice, rules, CONSENT_OPT_IN, CONSENT_ACTION_SAVE,
                        0, &override, 1, 0, NULL, random_id, 1);
    csp = policy_with(&choice, NULL, 0, "");
    assert_int_equal(has(csp, "default-src", "count.test"), 1);

    override.on = 0;
    consent_choice_make(&choice, rules, CONSENT_OPT_IN, CONSENT_ACTION_SAVE,
                        rules->all, &override, 1, 0, NULL, random_id, 1);
    csp = policy_with(&choice, NULL, 0, "");
    assert_int_equal(has(csp, "default-src", "count.test"), 0);
    assert_int_equal(has(csp, "default-src", "adverts.test"), 1);
}


static void
test_first_parties(void **state)
{
    const char     *csp;
    consent_str_t   hosts[1];

    (void) state;

    hosts[0] = unit_str("cdn.other.test");
    page.first_party = hosts;
    page.nfirst = 1;

    visit("http://www.site.test:8080/");
    csp = policy(NULL, NULL);
    assert_int_equal(has(csp, "default-src", "ws://site.test:*"), 1);
    assert_int_equal(has(csp, "default-src", "ws://*.pay.test"), 1);
    assert_int_equal(has(csp, "default-src", "cdn.other.test:*"), 1);
    assert_int_equal(has(csp, "base-uri", "cdn.other.test:*"), 1);
    assert_null(strstr(csp, "wss:"));

    visit("http://127.0.0.1:8080/");
    csp = policy(NULL, NULL);
    assert_int_equal(has(csp, "default-src", "127.0.0.1:*"), 1);
    assert_null(strstr(csp, "*.127"));

    visit("http://localhost/");
    csp = policy(NULL, NULL);
    assert_int_equal(has(csp, "default-src", "localhost:*"), 1);
    assert_null(strstr(csp, "*.localhost"));

    visit("http://[::1]/");
    csp = policy(NULL, NULL);
    assert_null(strstr(csp, "::1"));

    /* a service's own site */
    visit("https://www.pay.test/");
    csp = policy(NULL, NULL);
    assert_int_equal(has(csp, "default-src", "*.pay.test:*"), 1);
    assert_int_equal(has(csp, "default-src", "*.pay.test"), 0);
}


static void
test_unknown(void **state)
{
    const char        *csp;
    consent_str_t      extra[2];
    consent_choice_t   choice;

    (void) state;

    extra[0] = unit_str("odd.test");
    extra[1] = unit_str("x; script-src *");

    choice = granting(rules, "analytics", NULL);
    csp = policy_with(&choice, NULL, 0, "");
    assert_null(strstr(csp, "odd.test"));

    csp = policy_with(&choice, extra, 2, "/privacy-choices/report");
    assert_int_equal(has(csp, "default-src", "odd.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.odd.test"), 0);
    assert_null(strstr(csp, "x;"));
    assert_int_equal(has(csp, "report-uri", "/privacy-choices/report"), 1);

    page.unclassified_passive = 0;
    csp = policy(NULL, NULL);
    assert_int_equal(has(csp, "img-src", "*"), 1);
    assert_int_equal(has(csp, "img-src", "data:"), 1);
    assert_int_equal(has(csp, "style-src", "*"), 1);
    assert_int_equal(has(csp, "style-src", "'unsafe-inline'"), 1);
    assert_int_equal(has(csp, "font-src", "*"), 1);
    assert_int_equal(has(csp, "media-src", "*"), 1);
    assert_int_equal(has(csp, "default-src", "*"), 0);
}


/* n hosts of one service, `odd` of them for images only, and a denied one
 * that is about this host, for scripts. */

static consent_rules_t *
crowd(unsigned n, unsigned odd, const char *denied)
{
    char             *text;
    size_t            len;
    unsigned          i;
    consent_rules_t  *made;

    text = calloc(1, 512 + n * 96);
    assert_non_null(text);

    len = (size_t) sprintf(text,
              "{\"id\":\"no\",\"name\":\"N\",\"purposes\":[\"marketing\"],"
              "\"match\":[{\"host\":\"%s\",\"types\":[\"script\"]}]},"
              "{\"id\":\"yes\",\"name\":\"Y\",\"purposes\":[\"analytics\"],"
              "\"match\":[", denied);

    for (i = 0; i < n; i++) {
        len += (size_t) sprintf(text + len,
                                "%s{\"host\":\"host-number-%u.test\"%s}",
                                i ? "," : "", i,
                                i < odd ? ",\"types\":[\"image\"]" : "");
    }

    strcpy(text + len, "]}");
    made = unit_rules(text);
    free(text);

    return made;
}


static const char *
crowd_policy(consent_rules_t *made, size_t limit, consent_csp_width_t width)
{
    consent_buf_t       b;
    consent_choice_t    choice;
    consent_csp_conf_t  conf;

    choice = granting(made, "analytics", NULL);

    memset(&conf, 0, sizeof(conf));
    conf.strict = strict & 1;
    conf.limit = limit;
    conf.report_uri = unit_str("/privacy-choices/report");

    consent_buf_init(&b, &unit_mem);
    assert_int_equal(consent_csp_write(&b, made, &page, &choice, &conf),
                     width);
    assert_false(b.failed);
    assert_true(b.len <= (limit ? limit : CONSENT_CSP_MAX));
    consent_rules_destroy(made);

    return (const char *) consent_str_dup(&unit_mem,
                                          consent_buf_str(&b)).data;
}


/* Too long: wider and wider, but never without a source, nor without a
 * directive that matters. */

static void
test_size(void **state)
{
    const char  *csp;

    static const char  first[] = "host-number-0.test";

    (void) state;

    csp = crowd_policy(crowd(8, 2, first), 0, CONSENT_CSP_EXACT);
    assert_int_equal(has(csp, "default-src", "host-number-1.test"), 0);
    assert_int_equal(has(csp, "img-src", "host-number-1.test"), 1);

    /* what is limited to images is open for all */
    csp = crowd_policy(crowd(18, 8, "other.test"), 2420,
                       CONSENT_CSP_WIDE_TYPES);
    assert_int_equal(has(csp, "default-src", "host-number-1.test"), 1);
    assert_int_equal(has(csp, "img-src", "host-number-1.test"), -1);
    assert_int_equal(has(csp, "form-action", "host-number-1.test"), 0);
    assert_int_equal(has(csp, "form-action", "host-number-9.test"), 1);
    assert_int_equal(has(csp, "default-src", "wss://host-number-17.test"), 1);

    /* forms may go anywhere */
    csp = crowd_policy(crowd(25, 2, first), 0, CONSENT_CSP_WIDE_FORMS);
    assert_int_equal(has(csp, "form-action", "https:"), 1);
    assert_int_equal(has(csp, "default-src", "https:"), 0);
    assert_int_equal(has(csp, "default-src", "wss://host-number-24.test"), 1);
    assert_int_equal(has(csp, "base-uri", "https:"), 0);

    /* WebSockets, too */
    csp = crowd_policy(crowd(50, 2, first), 0, CONSENT_CSP_WIDE_SOCKETS);
    assert_int_equal(has(csp, "default-src", "wss:"), 1);
    assert_int_equal(has(csp, "default-src", "https:"), 0);
    assert_int_equal(has(csp, "default-src", "*.host-number-49.test"), 1);

    /* all but scripts */
    csp = crowd_policy(crowd(90, 40, first), 0, CONSENT_CSP_WIDE_OTHERS);
    assert_int_equal(has(csp, "default-src", "https:"), 1);
    assert_int_equal(has(csp, "default-src", "wss:"), 1);
    assert_int_equal(has(csp, "form-action", "https:"), 1);
    assert_int_equal(has(csp, "base-uri", "https:"), 1);
    assert_int_equal(has(csp, "script-src", "https:"), 0);
    assert_int_equal(has(csp, "script-src", "'unsafe-eval'"), 1);
    assert_int_equal(has(csp, "script-src", "host-number-89.test"), 1);
    assert_int_equal(has(csp, "script-src", "*.host-number-89.test"), 1);
    assert_int_equal(has(csp, "script-src", "site.test:*"), 1);
    assert_int_equal(has(csp, "script-src", "host-number-39.test"), 0);
    assert_int_equal(has(csp, "worker-src", "'self'"), -1);

    /* scripts, too */
    csp = crowd_policy(crowd(2000, 2, first), 0, CONSENT_CSP_WIDE_ALL);
    assert_int_equal(has(csp, "default-src", "'self'"), 1);
    assert_int_equal(has(csp, "default-src", "https:"), 1);
    assert_int_equal(has(csp, "script-src", "'self'"), -1);
    assert_int_equal(has(csp, "report-uri", "/privacy-choices/report"), 1);

    visit("http://www.site.test/");
    csp = crowd_policy(crowd(2000, 2, first), 512, CONSENT_CSP_WIDE_ALL);
    assert_int_equal(has(csp, "default-src", "http:"), 1);
    assert_int_equal(has(csp, "default-src", "ws:"), 1);
    assert_int_equal(has(csp, "default-src", "https:"), 0);
}


/* 300 services that are allowed, and 100 that are necessary. */

static consent_rules_t *
catalogue(void)
{
    char             *text;
    size_t            len;
    unsigned          i;
    consent_rules_t  *made;

    text = calloc(1, 400 * 128);
    assert_non_null(text);

    for (i = 0, len = 0; i < 400; i++) {
        len += (size_t) sprintf(text + len,
                 "%s{\"id\":\"s%u\",\"name\":\"S\",\"purposes\":[\"%s\"],"
                 "\"match\":[{\"host\":\"h%u.provider.test\"}]}",
                 i ? "," : "", i, i < 300 ? "analytics" : "necessary", i);
    }

    made = unit_rules(text);
    free(text);

    return made;
}


static const char *
catalogue_policy(consent_rules_t *made, const uint8_t *use,
    const char *purpose, int brief)
{
    consent_buf_t       b;
    consent_choice_t    choice;
    consent_csp_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.strict = strict & 1;
    conf.use = use;
    conf.brief = brief & 1;

    choice = granting(made, purpose, NULL);

    consent_buf_init(&b, &unit_mem);
    consent_csp_write(&b, made, &page, &choice, &conf);
    assert_false(b.failed);
    assert_true(b.len <= CONSENT_CSP_MAX);

    return (const char *) consent_str_dup(&unit_mem,
                                          consent_buf_str(&b)).data;
}


static void
test_use(void **state)
{
    uint8_t           use[400];
    const char       *csp;
    consent_rules_t  *made;

    (void) state;

    made = catalogue();

    memset(use, CONSENT_CSP_UNUSED, sizeof(use));
    use[7] = CONSENT_CSP_SEEN;
    use[5] = CONSENT_CSP_REPORTED;
    use[399] = CONSENT_CSP_SEEN;

    csp = catalogue_policy(made, use, "analytics", 0);
    assert_int_equal(has(csp, "default-src", "h7.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "h5.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "wss://h5.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "h6.provider.test"), 0);

    /* necessary ones too */
    assert_int_equal(has(csp, "default-src", "h399.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "wss://h399.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "h300.provider.test"), 0);

    /* in use, but denied */
    csp = catalogue_policy(made, use, "marketing", 0);
    assert_int_equal(has(csp, "default-src", "h5.provider.test"), 0);
    assert_int_equal(has(csp, "default-src", "h399.provider.test"), 1);

    /* anybody can send reports: they push nothing out, and make nothing
     * wider */
    memset(use, CONSENT_CSP_REPORTED, sizeof(use));
    use[299] = CONSENT_CSP_SEEN;
    csp = catalogue_policy(made, use, "analytics", 0);
    assert_int_equal(has(csp, "default-src", "h299.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "h0.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "h298.provider.test"), 0);
    assert_int_equal(has(csp, "default-src", "https:"), 0);

    assert_string_equal(consent_csp_width_name(CONSENT_CSP_WIDE_OTHERS),
                        "others");

    /* one provider, many hosts */
    memset(use, CONSENT_CSP_SEEN, sizeof(use));
    csp = catalogue_policy(made, use, "analytics", 0);
    assert_int_equal(has(csp, "default-src", "provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.provider.test"), 1);
    assert_int_equal(has(csp, "default-src", "https:"), 0);
    assert_int_equal(has(csp, "form-action", "*.provider.test"), 1);

    csp = catalogue_policy(made, use, "analytics", 1);
    assert_int_equal(has(csp, "default-src", "*.site.test:*"), 1);
    assert_null(strstr(csp, "provider.test"));

    consent_rules_destroy(made);
}


/* Services of one provider under a suffix of its own, beside those of several
 * under a registry's. */

static void
test_join(void **state)
{
    const char           *csp;
    consent_rules_t      *made;

    static const char  joined[] =
        "{\"id\":\"one\",\"name\":\"O\",\"purposes\":[\"analytics\"],"
         "\"match\":[{\"host\":\"maps.googleapis.com\"},"
                    "{\"host\":\"fonts.googleapis.com\"},"
                    "{\"host\":\"a.ajax.googleapis.com\"},"
                    "{\"host\":\"mt0.googleapis.com\"},"
                    "{\"host\":\"a.co.uk\"},{\"host\":\"b.co.uk\"},"
                    "{\"host\":\"c.co.uk\"},{\"host\":\"d.co.uk\"},"
                    "{\"host\":\"a.github.io\"},{\"host\":\"b.github.io\"}]}";

    (void) state;

    made = unit_rules(joined);
    csp = crowd_policy(made, 900, CONSENT_CSP_WIDE_DOMAINS);

    assert_int_equal(has(csp, "default-src", "googleapis.com"), 1);
    assert_int_equal(has(csp, "default-src", "*.googleapis.com"), 1);
    assert_int_equal(has(csp, "default-src", "maps.googleapis.com"), 0);
    assert_int_equal(has(csp, "default-src", "*.co.uk"), 0);
    assert_int_equal(has(csp, "default-src", "*.a.co.uk"), 1);
    assert_int_equal(has(csp, "default-src", "*.b.github.io"), 1);
    assert_int_equal(has(csp, "default-src", "*.github.io"), 0);
}


/* No more domains than it takes; those first where least is denied.  Of
 * WebSockets, all. */

static void
test_narrow(void **state)
{
    const char       *csp;

    static const char  some[] =
        "{\"id\":\"no\",\"name\":\"N\",\"purposes\":[\"marketing\"],"
         "\"match\":[{\"host\":\"ads.mixed.test\"},"
                    "{\"host\":\"mixed.test\",\"path\":\"/ads/\"}]},"
        "{\"id\":\"yes\",\"name\":\"Y\",\"purposes\":[\"analytics\"],"
         "\"match\":[{\"host\":\"one-longer.mixed.test\"},"
                    "{\"host\":\"two-longer.mixed.test\"},"
                    "{\"host\":\"three-longer.mixed.test\"},"
                    "{\"host\":\"one.clean.test\"},"
                    "{\"host\":\"two.clean.test\"},"
                    "{\"host\":\"alone.test\"}]}";

    (void) state;

    csp = crowd_policy(unit_rules(some), 0, CONSENT_CSP_EXACT);
    assert_int_equal(has(csp, "default-src", "wss://one.clean.test"), 1);

    /* WebSockets alone */
    csp = crowd_policy(unit_rules(some), 1000, CONSENT_CSP_WIDE_DOMAINS);
    assert_int_equal(has(csp, "default-src", "one.clean.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.one-longer.mixed.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.mixed.test"), 0);
    assert_int_equal(has(csp, "default-src", "wss://*.mixed.test"), 1);
    assert_int_equal(has(csp, "default-src", "wss://one.clean.test"), 0);

    csp = crowd_policy(unit_rules(some), 840, CONSENT_CSP_WIDE_DOMAINS);
    assert_int_equal(has(csp, "default-src", "*.clean.test"), 1);
    assert_int_equal(has(csp, "default-src", "one.clean.test"), 0);
    assert_int_equal(has(csp, "default-src", "*.one-longer.mixed.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.mixed.test"), 0);

    csp = crowd_policy(unit_rules(some), 760, CONSENT_CSP_WIDE_DOMAINS);
    assert_int_equal(has(csp, "default-src", "*.clean.test"), 1);
    assert_int_equal(has(csp, "default-src", "*.mixed.test"), 1);
    assert_int_equal(has(csp, "default-src", "one-longer.mixed.test"), 0);
    assert_int_equal(has(csp, "default-src", "*.alone.test"), 1);
}


static const char *
connections(consent_rules_t *of, const char *purpose, size_t limit,
    consent_csp_width_t width)
{
    consent_buf_t       b;
    consent_choice_t    choice;
    consent_csp_conf_t  conf;

    memset(&conf, 0, sizeof(conf));
    conf.strict = strict & 1;
    conf.limit = limit;
    choice = granting(of, purpose, NULL);

    consent_buf_init(&b, &unit_mem);
    assert_int_equal(consent_csp_connections(&b, of, &page, &choice, &conf),
                     width);
    assert_false(b.failed);
    assert_true(b.len <= (limit ? limit : CONSENT_CSP_MAX));

    return (const char *) consent_str_dup(&unit_mem,
                                          consent_buf_str(&b)).data;
}


static void
test_connections(void **state)
{
    const char       *list;
    consent_str_t     hosts[1];
    consent_rules_t  *made;

    (void) state;

    hosts[0] = unit_str("cdn.other.test");
    page.first_party = hosts;
    page.nfirst = 1;

    list = connections(rules, "functional", 0, CONSENT_CSP_EXACT);
    assert_ptr_equal(strstr(list, "(response-origin \"*://{*.}?site.test:*\""
                                  " \"*://{*.}?cdn.other.test:*\" "), list);
    assert_non_null(strstr(list, " \"*://{*.}?pay.test:*\""));
    assert_non_null(strstr(list, " \"*://{*.}?fonts.test:*\""));
    assert_null(strstr(list, "adverts.test"));
    /* a denied subdomain */
    assert_non_null(strstr(list, " \"*://split.test:*\""));
    assert_string_equal(list + strlen(list) - 17, ");redirects=allow");

    made = catalogue();
    list = connections(made, "analytics", 0, CONSENT_CSP_WIDE_DOMAINS);
    assert_non_null(strstr(list, " \"*://{*.}?provider.test:*\""));
    consent_rules_destroy(made);

    made = crowd(200, 1, "other.test");
    list = connections(made, "analytics", 0, CONSENT_CSP_WIDE_ALL);
    assert_string_equal(list, "");
    consent_rules_destroy(made);

    /* a list without types can't open some */
    page.unclassified_passive = 0;
    list = connections(rules, "functional", 0, CONSENT_CSP_EXACT);
    assert_string_equal(list, "");
}


static void
test_no_memory(void **state)
{
    consent_buf_t       b;
    consent_choice_t    choice;
    consent_csp_conf_t  conf;

    (void) state;

    memset(&conf, 0, sizeof(conf));
    conf.strict = strict & 1;
    choice = granting(rules, NULL, NULL);
    consent_buf_init(&b, &unit_mem);

    unit_no_memory = 1;
    consent_csp_write(&b, rules, &page, &choice, &conf);
    unit_no_memory = 0;

    assert_true(b.failed);
}


static void
test_nonce(void **state)
{
    size_t  i;

    static const struct {
        const char  *csp;
        const char  *nonce;
    } cases[] = {
        { "", "" },
        { "script-src 'self'", "" },
        { "script-src 'nonce-abc+/=='", "abc+/==" },
        { "default-src 'nonce-d'", "d" },
        { "default-src 'nonce-d'; script-src 'nonce-s'", "s" },
        { "script-src 'nonce-s';script-src-elem 'Nonce-e'", "e" },
        { "default-src 'nonce-d'; script-src 'self'", "" },
        { "default-src 'nonce-d'; script-src", "" },
        { "SCRIPT-SRC 'self' 'nonce-s'", "s" },
        { "script-src 'nonce-a'; script-src 'nonce-b'", "a" },
        { "style-src 'nonce-a'", "" },
        { "script-src 'nonce-'", "" },
        { "script-src 'nonce-a\"><b'", "" },
        { "script-src 'nonce-a", "" },
        { "img-src 'self', script-src 'nonce-b'", "b" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unit_assert_str(consent_csp_nonce(unit_str(cases[i].csp)),
                        cases[i].nonce);
    }
}


static void
test_lets_scripts(void **state)
{
    size_t  i;

    static const struct {
        const char  *csp;
        int          lets;
    } cases[] = {
        { "", 1 },
        { "img-src 'none'", 1 },
        { "default-src 'self'", 1 },
        { "default-src 'none'", 0 },
        { "default-src", 0 },
        { "script-src https://a.test", 0 },
        { "script-src *", 1 },
        { "script-src-elem 'none'; script-src 'self'", 0 },
        { "script-src 'SELF' 'unsafe-inline'", 1 },
        { "script-src 'self' 'strict-dynamic' 'sha256-a'", 0 },
        { "script-src 'strict-dynamic' 'self'", 0 },
        { "script-src 'strict-dynamic' 'nonce-a'", 1 },
        { "script-src 'self', default-src 'none'", 0 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(consent_csp_lets_scripts(unit_str(cases[i].csp)),
                         cases[i].lets);
    }
}


/* The site's policies let our style through, and nothing else. */

static void
test_style(void **state)
{
    unsigned       i;
    consent_buf_t  b;

    static const struct {
        const char  *csp;
        const char  *out;       /* NULL: as it is */
    } cases[] = {
        { "", NULL },
        { "script-src 'self'", NULL },
        { "style-src 'unsafe-inline'", NULL },
        { "default-src 'self' 'unsafe-inline'", NULL },
        { "style-src-elem 'UNSAFE-INLINE'; style-src 'none'", NULL },
        { "style-src 'self'", "style-src 'self' H" },
        { "style-src", "style-src H" },
        { "Style-Src  'none' ; img-src *", "Style-Src H; img-src *" },
        { "style-src 'unsafe-inline' 'nonce-a'; x",
          "style-src 'unsafe-inline' 'nonce-a' H; x" },
        { "style-src 'unsafe-inline' 'SHA512-a'",
          "style-src 'unsafe-inline' 'SHA512-a' H" },
        { "default-src 'none'; style-src-elem a",
          "default-src 'none'; style-src-elem a H" },
        { "default-src 'none'",
          "style-src H; default-src 'none'" },
        { "default-src 'self' b", "style-src 'self' b H; default-src "
                                  "'self' b" },
        { "style-src a; style-src 'unsafe-inline'",
          "style-src a H; style-src 'unsafe-inline'" },
        { "default-src a, style-src 'unsafe-inline', style-src b",
          "style-src a H; default-src a, style-src 'unsafe-inline', "
          "style-src b H" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        consent_buf_init(&b, &unit_mem);

        if (consent_csp_add_style(&b, unit_str(cases[i].csp), unit_str("H"))
            != CONSENT_OK)
        {
            assert_null(cases[i].out);
            continue;
        }

        if (cases[i].out == NULL) {
            fail_msg("changed: %s", cases[i].csp);
        }

        unit_assert_str(consent_buf_str(&b), cases[i].out);
    }
}


static void
test_bars_scripts(void **state)
{
    unsigned  i;

    static const struct {
        const char  *csp;
        int          bars;
    } cases[] = {
        { "", 0 },
        { "default-src 'self'", 0 },
        { "default-src 'none'", 1 },
        { "default-src", 1 },
        { "default-src 'none'; script-src 'self'", 0 },
        { "script-src 'self'; script-src-elem 'NONE'", 1 },
        { "script-src 'none' 'self'", 0 },
        { "img-src *, script-src", 1 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(consent_csp_bars_scripts(unit_str(cases[i].csp)),
                         cases[i].bars);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_nothing_granted, setup),
        cmocka_unit_test_setup(test_none_needed, setup),
        cmocka_unit_test_setup(test_half_open, setup),
        cmocka_unit_test_setup(test_types, setup),
        cmocka_unit_test_setup(test_service, setup),
        cmocka_unit_test_setup(test_first_parties, setup),
        cmocka_unit_test_setup(test_unknown, setup),
        cmocka_unit_test_setup(test_size, setup),
        cmocka_unit_test_setup(test_use, setup),
        cmocka_unit_test_setup(test_join, setup),
        cmocka_unit_test_setup(test_narrow, setup),
        cmocka_unit_test_setup(test_connections, setup),
        cmocka_unit_test_setup(test_no_memory, setup),
        cmocka_unit_test(test_nonce),
        cmocka_unit_test(test_lets_scripts),
        cmocka_unit_test(test_style),
        cmocka_unit_test(test_bars_scripts)
    };

    return cmocka_run_group_tests(tests, group_setup, unit_teardown);
}

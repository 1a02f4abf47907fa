/*
 * The visitor's choice: cookie, regimes, Sec-GPC, overrides, key ring.
 */

#include "unit_rules.h"

#include "consent_choice.h"


#define NOW      1790000000
#define MAX_AGE  15552000

static const char  services[] =
    "{\"id\":\"shop\",\"name\":\"Shop\",\"purposes\":[\"necessary\"],"
     "\"match\":[{\"host\":\"shop.test\"}]},"
    "{\"id\":\"count\",\"name\":\"Count\",\"purposes\":[\"analytics\"],"
     "\"match\":[{\"host\":\"count.test\"}]},"
    "{\"id\":\"heat\",\"name\":\"Heat\",\"purposes\":[\"analytics\"],"
     "\"match\":[{\"host\":\"heat.test\"}]},"
    "{\"id\":\"adverts\",\"name\":\"Ads\",\"purposes\":[\"marketing\"],"
     "\"match\":[{\"host\":\"adverts.test\"}]},"
    "{\"id\":\"video\",\"name\":\"Video\",\"purposes\":[\"embeds\"],"
     "\"match\":[{\"host\":\"video.test\"}]},"
    "{\"id\":\"mixed\",\"name\":\"Mixed\","
     "\"purposes\":[\"analytics\",\"marketing\"],"
     "\"match\":[{\"host\":\"mixed.test\"}]}";

static consent_rules_t      *rules;
static const consent_keys_t  unsigned_ring;     /* n is 0 */
static consent_keys_t        ring;

static const uint8_t  random_id[16] = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255
};

#define ID  "AQIDBAUGBwgJCgsMDQ4P_w"


static int
group_setup(void **state)
{
    unsigned     line;
    const char  *error;

    *state = rules = unit_rules(services);

    return consent_keys_parse(&ring,
               unit_str("k2 00112233445566778899aabbccddeeff\n"
                        "k1 ffeeddccbbaa99887766554433221100\n"),
               &line, &error);
}


/* A value without a key: issued, grants, under the rules' policy. */

static consent_str_t
value_of(long issued, const char *grants)
{
    static char  buf[8][4096];
    static int   i;

    i = (i + 1) % 8;

    snprintf(buf[i], sizeof(buf[i]), "1.0.%ld.%s.%.12s." ID ".0", issued,
             grants, (const char *) rules->policy);

    return unit_str(buf[i]);
}


static consent_choice_t
read_as(consent_regime_t regime, consent_str_t value, int gpc)
{
    consent_choice_t  choice;

    consent_choice_read(&choice, rules, &unsigned_ring, regime, value, gpc,
                        NOW, MAX_AGE);

    return choice;
}


static int
allows(const consent_choice_t *choice, const char *service)
{
    int                rc;
    consent_verdict_t  verdict;

    memset(&verdict, 0, sizeof(verdict));
    verdict.service = unit_service(rules, service);
    verdict.rule = CONSENT_NO_RULE;
    verdict.purposes = rules->services[verdict.service].purposes;

    rc = consent_choice_allows(choice, rules, &verdict);

    assert_int_equal(rc, consent_choice_allows_service(choice, rules,
                                                       verdict.service));
    return rc;
}


static consent_choice_t
make(consent_action_t action, uint32_t granted,
    const consent_override_t *overrides, unsigned n, int gpc)
{
    consent_choice_t  choice;

    consent_choice_make(&choice, rules, CONSENT_OPT_IN, action, granted,
                        overrides, n, gpc, NULL, random_id, NOW);

    return choice;
}


static void
test_words(void **state)
{
    consent_regime_t  regime;
    consent_action_t  action;

    (void) state;

    assert_int_equal(consent_regime_parse(&regime, unit_str("opt-out")),
                     CONSENT_OK);
    assert_int_equal(regime, CONSENT_OPT_OUT);
    unit_assert_str(consent_regime_name(CONSENT_NOTICE), "notice");
    assert_int_equal(consent_regime_parse(&regime, unit_str("Opt-In")),
                     CONSENT_ERROR);

    assert_int_equal(consent_action_parse(&action, unit_str("withdraw")),
                     CONSENT_OK);
    assert_int_equal(action, CONSENT_ACTION_WITHDRAW);
    assert_int_equal(consent_action_parse(&action, unit_str("")),
                     CONSENT_ERROR);
}


static void
test_no_choice(void **state)
{
    consent_choice_t  choice;

    (void) state;

    choice = read_as(CONSENT_OPT_IN, unit_str(""), 0);
    assert_int_equal(choice.granted, rules->necessary);
    assert_false(choice.all);
    assert_true(consent_choice_asks(&choice));
    assert_true(allows(&choice, "shop"));
    assert_false(allows(&choice, "count"));

    choice = read_as(CONSENT_OPT_OUT, unit_str(""), 0);
    assert_true(choice.all);
    assert_true(consent_choice_asks(&choice));
    assert_true(allows(&choice, "mixed"));

    choice = read_as(CONSENT_NOTICE, unit_str(""), 0);
    assert_true(choice.all);
    assert_true(consent_choice_asks(&choice));
}


static void
test_malformed(void **state)
{
    size_t            i;
    char              text[256];
    consent_choice_t  choice;

    static const char  *formats[] = {
        "x", "1", "1.0.", ".......", "2.0.1789999999.analytics.%.12s." ID ".0",
        "1.k2.1789999999.analytics.%.12s." ID ".0",
        "1.0.1789999999.analytics.%.12s." ID ".1",
        "1.0.1789999999.analytics.%.12s." ID ".0.",
        "1.0.1789999999.analytics.%.12s." ID,
        "1.0..analytics.%.12s." ID ".0",
        "1.0.0.analytics.%.12s." ID ".0",
        "1.0.01789999999.analytics.%.12s." ID ".0",
        "1.0.17899999x9.analytics.%.12s." ID ".0",
        "1.0.1789999999999.analytics.%.12s." ID ".0",
        "1.0.1789999999..%.12s." ID ".0",
        "1.0.1789999999.analytics+.%.12s." ID ".0",
        "1.0.1789999999.analytics+0.%.12s." ID ".0",
        "1.0.1789999999.analytic.%.12s." ID ".0",
        "1.0.1789999999.analytics+nobody:1.%.12s." ID ".0",
        "1.0.1789999999.analytics+count:2.%.12s." ID ".0",
        "1.0.1789999999.analytics+count:0+count:1.%.12s." ID ".0",
        "1.0.1789999999.analytics+!GPC.%.12s." ID ".0",
        "1.0.1789999999.analytics.%.11s." ID ".0",
        "1.0.1789999999.analytics.%.12s.AQIDBAUGBwgJCgsMDQ4P_.0",
        "1.0.1789999999.analytics.%.12s.AQIDBAUGBwgJCgsMDQ4P_!.0"
    };

    (void) state;

    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        snprintf(text, sizeof(text), formats[i],
                 (const char *) rules->policy);
        choice = read_as(CONSENT_OPT_IN, unit_str(text), 0);

        if (choice.made || choice.stale || choice.issued
            || choice.granted != rules->necessary)
        {
            fail_msg("believed: %s", text);
        }
    }
}


static void
test_read(void **state)
{
    consent_choice_t  choice;

    (void) state;

    choice = read_as(CONSENT_OPT_IN, value_of(NOW - 1, "analytics"), 0);
    assert_true(choice.made);
    assert_false(choice.stale);
    assert_false(consent_choice_asks(&choice));
    assert_int_equal(choice.issued, NOW - 1);
    assert_memory_equal(choice.id, ID, CONSENT_ID_LEN);
    assert_true(allows(&choice, "count"));
    assert_false(allows(&choice, "adverts"));
    assert_false(allows(&choice, "mixed"));

    choice = read_as(CONSENT_OPT_OUT, value_of(NOW - 1, "0"), 0);
    assert_true(choice.made);
    assert_int_equal(choice.granted, rules->necessary);

    choice = read_as(CONSENT_OPT_IN,
                     value_of(NOW - 1, "analytics+heat:0+video:1"), 0);
    assert_true(allows(&choice, "count"));
    assert_false(allows(&choice, "heat"));
    assert_true(allows(&choice, "video"));
    assert_false(allows(&choice, "adverts"));

    /* they say what is the case anyway, or can't be switched */
    choice = read_as(CONSENT_OPT_IN,
                     value_of(NOW - 1, "analytics+count:1+shop:0"), 0);
    assert_true(choice.made);
    assert_int_equal(choice.noverrides, 0);
    assert_true(allows(&choice, "shop"));
}


static void
test_age(void **state)
{
    (void) state;

    assert_true(read_as(CONSENT_OPT_IN, value_of(NOW - MAX_AGE, "analytics"),
                        0).made);
    assert_false(read_as(CONSENT_OPT_IN,
                         value_of(NOW - MAX_AGE - 1, "analytics"), 0).made);
    assert_true(read_as(CONSENT_OPT_IN,
                        value_of(NOW + CONSENT_CLOCK_SKEW, "analytics"),
                        0).made);
    assert_false(read_as(CONSENT_OPT_IN,
                         value_of(NOW + CONSENT_CLOCK_SKEW + 1, "analytics"),
                         0).made);

    /* a refusal that has run out holds no longer either */
    assert_true(read_as(CONSENT_OPT_OUT, value_of(NOW - MAX_AGE - 1, "0"),
                        0).all);
}


static consent_choice_t
read_stale(consent_regime_t regime, const char *grants)
{
    char  text[256];

    snprintf(text, sizeof(text), "1.0.%d.%s.OLDPOLICY___." ID ".0", NOW - 5,
             grants);

    return read_as(regime, unit_str(text), 0);
}


static void
test_stale(void **state)
{
    consent_choice_t  choice;

    (void) state;

    choice = read_stale(CONSENT_OPT_IN, "analytics");
    assert_false(choice.made);
    assert_true(choice.stale);
    assert_true(consent_choice_asks(&choice));
    assert_int_equal(choice.granted, rules->necessary);
    assert_memory_equal(choice.id, ID, CONSENT_ID_LEN);

    /* words of that time are passed over, and are a yes all the same */
    choice = read_stale(CONSENT_OPT_IN, "0+gone:1");
    assert_true(choice.stale);
    choice = read_stale(CONSENT_OPT_IN, "telepathy");
    assert_true(choice.stale);

    choice = read_stale(CONSENT_OPT_IN, "0+gone:0");
    assert_true(choice.made);

    /* a refusal holds under any policy */
    choice = read_stale(CONSENT_OPT_IN, "0");
    assert_true(choice.made);
    assert_false(choice.stale);
    choice = read_stale(CONSENT_OPT_OUT, "0");
    assert_true(choice.made);
    assert_int_equal(choice.granted, rules->necessary);

    /* a no in a stale choice holds where silence is a yes */
    choice = read_stale(CONSENT_OPT_OUT, "analytics+heat:0+video:1");
    assert_true(consent_choice_asks(&choice));
    assert_true(allows(&choice, "count"));
    assert_false(allows(&choice, "heat"));
    assert_false(allows(&choice, "adverts"));
    assert_false(allows(&choice, "video"));
}


static void
test_gpc(void **state)
{
    uint32_t          marketing;
    consent_choice_t  choice;

    (void) state;

    marketing = unit_purpose(rules, "marketing");

    choice = read_as(CONSENT_OPT_OUT, unit_str(""), 1);
    assert_int_equal(choice.granted, rules->all & ~marketing);
    assert_true(allows(&choice, "count"));
    assert_false(allows(&choice, "adverts"));
    assert_false(allows(&choice, "mixed"));
    assert_false(choice.all);

    choice = read_as(CONSENT_NOTICE, unit_str(""), 1);
    assert_false(allows(&choice, "adverts"));

    /* an older yes does not outweigh it, nor one to a service */
    choice = read_as(CONSENT_OPT_OUT,
                     value_of(NOW - 5, "analytics+marketing"), 1);
    assert_true(choice.made);
    assert_true(allows(&choice, "count"));
    assert_false(allows(&choice, "adverts"));
    choice = read_as(CONSENT_OPT_OUT,
                     value_of(NOW - 5, "analytics+adverts:1+mixed:1"), 1);
    assert_false(allows(&choice, "adverts"));
    assert_false(allows(&choice, "mixed"));

    /* one that was given while it was on does */
    choice = read_as(CONSENT_OPT_OUT,
                     value_of(NOW - 5, "analytics+marketing+!gpc"), 1);
    assert_true(allows(&choice, "adverts"));

    /* but not under another policy */
    choice = read_stale(CONSENT_OPT_OUT, "marketing+!gpc");
    assert_true(choice.gpc_known);
    assert_true(allows(&choice, "adverts"));
    consent_choice_read(&choice, rules, &unsigned_ring, CONSENT_OPT_OUT,
          unit_str("1.0.1789999999.marketing+!gpc.OLDPOLICY___." ID ".0"), 1,
          NOW, MAX_AGE);
    assert_false(allows(&choice, "adverts"));

    /* under opt-in, a yes is explicit */
    choice = read_as(CONSENT_OPT_IN, value_of(NOW - 5, "marketing"), 1);
    assert_true(allows(&choice, "adverts"));
}


/* A policy of other services but the same purposes counts where a site has
   named its own. */

static void
test_services(void **state)
{
    char                    text[256];
    consent_choice_t        choice;
    const consent_rules_t  *declared;

    const consent_str_t  ids[] = { consent_string("count"),
                                   consent_string("none") };

    (void) state;

    snprintf(text, sizeof(text), "1.0.%d.analytics.%.4sOTHERS__." ID ".0",
             NOW - 5, (const char *) rules->policy);

    consent_choice_read(&choice, rules, &unsigned_ring, CONSENT_OPT_IN,
                        unit_str(text), 0, NOW, MAX_AGE);
    assert_true(choice.made);
    assert_true(allows(&choice, "count"));

    declared = consent_rules_declare(&unit_mem, rules, ids, 2);
    assert_non_null(declared);
    assert_memory_equal(declared->policy, rules->policy, 4);
    assert_memory_not_equal(declared->policy + 4, rules->policy + 4, 8);

    consent_choice_read(&choice, declared, &unsigned_ring, CONSENT_OPT_IN,
                        unit_str(text), 0, NOW, MAX_AGE);
    assert_true(choice.stale);
    assert_false(allows(&choice, "count"));

    /* a service that is known no longer is passed over */

    snprintf(text, sizeof(text), "1.0.%d.analytics+gone:0.%.12s." ID ".0",
             NOW - 5, (const char *) declared->policy);
    consent_choice_read(&choice, declared, &unsigned_ring, CONSENT_OPT_IN,
                        unit_str(text), 0, NOW, MAX_AGE);
    assert_true(choice.made);
}


static void
test_outdate(void **state)
{
    consent_choice_t  choice;

    (void) state;

    choice = read_as(CONSENT_OPT_IN, value_of(NOW - 5,
                                      "analytics+adverts:1+count:0"), 0);
    assert_true(choice.made);
    consent_choice_outdate(&choice, rules);
    assert_true(choice.stale);
    assert_false(choice.made);
    assert_true(consent_choice_asks(&choice));
    assert_int_equal(choice.was, unit_purpose(rules, "analytics"));
    assert_int_equal(choice.granted, rules->necessary);
    assert_false(allows(&choice, "adverts"));

    /* a no holds where all is granted without a choice; so does GPC's */

    choice = read_as(CONSENT_OPT_OUT, value_of(NOW - 5,
                                      "analytics+marketing+!gpc+count:0"), 1);
    assert_true(allows(&choice, "adverts"));
    consent_choice_outdate(&choice, rules);
    assert_false(allows(&choice, "adverts"));
    assert_false(allows(&choice, "count"));

    choice = read_as(CONSENT_OPT_IN, unit_str(""), 0);
    consent_choice_outdate(&choice, rules);
    assert_false(choice.stale);
}


static consent_choice_t
read_header(consent_regime_t regime, const char *format, consent_str_t a,
    consent_str_t b)
{
    char              text[4096];
    consent_choice_t  choice;

    snprintf(text, sizeof(text), format, (int) a.len, (const char *) a.data,
             (int) b.len, (const char *) b.data);

    consent_choice_read_header(&choice, rules, &unsigned_ring, regime,
                               unit_str(text), unit_str("pc"), 0, NOW,
                               MAX_AGE);

    return choice;
}


static void
test_twins(void **state)
{
    char              many[4096];
    consent_str_t     wide, narrow, refusal, broken;
    consent_choice_t  choice;

    (void) state;

    wide = value_of(NOW - 9, "analytics+marketing+video:1");
    narrow = value_of(NOW - 3, "analytics+heat:0");
    refusal = value_of(NOW - 7, "0");
    broken = unit_str("x");

    choice = read_header(CONSENT_OPT_IN, "a=b; pc=%.*s; c=d%.*s", wide,
                         unit_str(""));
    assert_true(allows(&choice, "video"));

    choice = read_header(CONSENT_OPT_IN, "c=d%2$.*1$s", wide, narrow);
    assert_false(choice.made);

    choice = read_header(CONSENT_OPT_IN, "pc=%.*s; pc=%.*s", wide, narrow);
    assert_true(choice.made);
    assert_int_equal(choice.issued, NOW - 3);
    assert_true(allows(&choice, "count"));
    assert_false(allows(&choice, "heat"));
    assert_false(allows(&choice, "video"));
    assert_false(allows(&choice, "adverts"));

    choice = read_header(CONSENT_OPT_OUT, "pc=%.*s; pc=%.*s", refusal, wide);
    assert_true(choice.made);
    assert_int_equal(choice.granted, rules->necessary);
    assert_false(allows(&choice, "video"));

    choice = read_header(CONSENT_OPT_IN, "pc=%.*s; pc=%.*s", broken, wide);
    assert_true(consent_choice_asks(&choice));
    assert_int_equal(choice.granted, rules->necessary);
    assert_int_equal(choice.noverrides, 0);

    choice = read_header(CONSENT_OPT_OUT, "pc=%.*s; pc=%.*s", broken,
                         refusal);
    assert_int_equal(choice.granted, rules->necessary);

    snprintf(many, sizeof(many),
             "pc=%1$.*2$s; pc=%1$.*2$s; pc=%1$.*2$s; pc=%1$.*2$s",
             (const char *) wide.data, (int) wide.len);
    consent_choice_read_header(&choice, rules, &unsigned_ring, CONSENT_OPT_IN,
                               unit_str(many), unit_str("pc"), 0, NOW,
                               MAX_AGE);
    assert_true(choice.made);
    assert_true(allows(&choice, "video"));

    strcat(many, "; pc=");
    strncat(many, (const char *) wide.data, wide.len);
    consent_choice_read_header(&choice, rules, &unsigned_ring, CONSENT_OPT_IN,
                               unit_str(many), unit_str("pc"), 0, NOW,
                               MAX_AGE);
    assert_false(choice.made);
    assert_false(allows(&choice, "count"));
}


static void
test_make(void **state)
{
    unsigned            i;
    consent_choice_t    choice, next;
    consent_override_t  overrides[6];

    (void) state;

    choice = make(CONSENT_ACTION_ACCEPT, 0, NULL, 0, 0);
    assert_true(choice.all);
    assert_true(choice.made);
    assert_memory_equal(choice.id, ID, CONSENT_ID_LEN);
    assert_memory_equal(choice.policy, rules->policy, CONSENT_POLICY_LEN);

    choice = make(CONSENT_ACTION_REJECT, rules->all, NULL, 0, 0);
    assert_int_equal(choice.granted, rules->necessary);
    choice = make(CONSENT_ACTION_WITHDRAW, rules->all, NULL, 0, 0);
    assert_int_equal(choice.granted, rules->necessary);

    for (i = 0; i < 6; i++) {
        overrides[i].service = (int) i;
        overrides[i].on = 0;
    }

    /* of "mixed", both; of "count", off then on */
    overrides[0].service = unit_service(rules, "mixed");
    overrides[0].on = 1;
    overrides[1].service = unit_service(rules, "heat");
    overrides[2].service = unit_service(rules, "count");
    overrides[3].service = unit_service(rules, "count");
    overrides[3].on = 1;
    overrides[4].service = unit_service(rules, "shop");
    overrides[5].service = 4711;

    choice = make(CONSENT_ACTION_SAVE,
                  unit_purpose(rules, "analytics") | 0x80000000u, overrides,
                  6, 0);
    assert_int_equal(choice.granted,
                     rules->necessary | unit_purpose(rules, "analytics"));
    assert_int_equal(choice.noverrides, 2);
    assert_true(choice.overrides[0].service < choice.overrides[1].service);
    assert_true(allows(&choice, "mixed"));
    assert_false(allows(&choice, "heat"));
    assert_true(allows(&choice, "count"));
    assert_true(allows(&choice, "shop"));

    /* a visitor keeps their id */
    memcpy(choice.id, "zzzzzzzzzzzzzzzzzzzzzz", CONSENT_ID_LEN);
    consent_choice_make(&next, rules, CONSENT_OPT_IN, CONSENT_ACTION_REJECT,
                        0, NULL, 0, 0, &choice, random_id, NOW);
    assert_memory_equal(next.id, choice.id, CONSENT_ID_LEN);
}


static void
test_write(void **state)
{
    int               i;
    size_t            len;
    uint8_t           buf[CONSENT_COOKIE_MAX];
    consent_str_t     value;
    consent_choice_t  choice, back;

    static const consent_override_t  off = { 2, 0 };

    (void) state;

    for (i = 0; i < 4; i++) {
        choice = i < 2 ? make(i ? CONSENT_ACTION_ACCEPT
                                : CONSENT_ACTION_REJECT, 0, NULL, 0, 0)
                       : make(CONSENT_ACTION_SAVE,
                              unit_purpose(rules, "analytics"), &off, 1,
                              i == 3);

        len = consent_choice_write(&choice, rules, &ring, buf);
        assert_true(len > 0);
        value = unit_bytes(len, buf);

        consent_choice_read(&back, rules, &ring, CONSENT_OPT_IN, value, 0,
                            NOW + 60, MAX_AGE);
        assert_true(back.made);
        assert_int_equal(back.granted, choice.granted);
        assert_int_equal(back.noverrides, choice.noverrides);
        assert_int_equal(back.all, choice.all);
        assert_int_equal(back.gpc_known, choice.gpc_known);
        assert_int_equal(back.issued, NOW);
        assert_memory_equal(back.id, choice.id, CONSENT_ID_LEN);
    }

    choice = make(CONSENT_ACTION_REJECT, 0, NULL, 0, 1);
    len = consent_choice_write(&choice, rules, &unsigned_ring, buf);
    unit_assert_str(unit_bytes(19, buf), "1.0.1790000000.0+!g");
    assert_memory_equal(buf + len - 2, ".0", 2);

    assert_null(memchr(buf, ';', len));
    assert_null(memchr(buf, ' ', len));
    assert_null(memchr(buf, ',', len));
}


static void
test_signature(void **state)
{
    size_t            len, i;
    uint8_t           buf[CONSENT_COOKIE_MAX], was;
    consent_keys_t    other;
    consent_choice_t  choice, back;

    (void) state;

    choice = make(CONSENT_ACTION_ACCEPT, 0, NULL, 0, 0);
    len = consent_choice_write(&choice, rules, &ring, buf);
    unit_assert_str(unit_bytes(5, buf), "1.k2.");

    /* every byte counts */
    for (i = 0; i < len; i++) {
        was = buf[i];
        buf[i] = was == 'a' ? 'b' : 'a';
        consent_choice_read(&back, rules, &ring, CONSENT_OPT_IN,
                            unit_bytes(len, buf), 0, NOW, MAX_AGE);
        assert_false(back.made || back.stale);
        buf[i] = was;
    }

    /* unsigned where there are keys; signed where there are none */
    consent_choice_read(&back, rules, &ring, CONSENT_OPT_IN,
                        value_of(NOW, "analytics"), 0, NOW, MAX_AGE);
    assert_false(back.made);
    consent_choice_read(&back, rules, &unsigned_ring, CONSENT_OPT_IN,
                        unit_bytes(len, buf), 0, NOW, MAX_AGE);
    assert_false(back.made);

    /* after a turn of the ring the old key still verifies */
    other = ring;
    other.key[0] = ring.key[1];
    other.key[1] = ring.key[0];
    consent_choice_read(&back, rules, &other, CONSENT_OPT_IN,
                        unit_bytes(len, buf), 0, NOW, MAX_AGE);
    assert_true(back.made);

    other.n = 1;
    consent_choice_read(&back, rules, &other, CONSENT_OPT_IN,
                        unit_bytes(len, buf), 0, NOW, MAX_AGE);
    assert_false(back.made);
}


/* RFC 4231, test case 2 has a key that is too short here; 1 and 3 do not. */

static void
test_mac(void **state)
{
    consent_key_t  key;
    uint8_t        mac[CONSENT_MAC_LEN], text[50];

    (void) state;

    memset(&key, 0, sizeof(key));
    memset(key.key, 0x0b, 20);
    key.key_len = 20;
    assert_int_equal(consent_key_mac(&key, unit_str("Hi There"), mac),
                     CONSENT_OK);
    /* b0344c61d8db38535ca8afceaf0bf12b… */
    assert_memory_equal(mac, "sDRMYdjbOFNcqK_OrwvxKw", CONSENT_MAC_LEN);

    memset(key.key, 0xaa, 20);
    memset(text, 0xdd, 50);
    assert_int_equal(consent_key_mac(&key, unit_bytes(50, text), mac),
                     CONSENT_OK);
    /* 773ea91e36800e46854db8ebd09181a7… */
    assert_memory_equal(mac, "dz6pHjaADkaFTbjr0JGBpw", CONSENT_MAC_LEN);
}


static void
test_keys(void **state)
{
    size_t          i;
    unsigned        line;
    const char     *error;
    consent_keys_t  keys;

    static const struct {
        const char  *text;
        unsigned     line;
        const char  *error;
    } bad[] = {
        { "", 1, "no key" },
        { "# only this\n\n", 2, "no key" },
        { "\nkey\n", 2, "expected" },
        { "a-b 00112233445566778899aabbccddeeff", 1, "expected" },
        { "0 00112233445566778899aabbccddeeff", 1, "\"0\"" },
        { "abcdefghi 00112233445566778899aabbccddeeff", 1, "8 characters" },
        { "a 00112233445566778899aabbccddeef", 1, "odd" },
        { "a 00112233445566778899aabbccddee", 1, "shorter" },
        { "a 00112233445566778899aabbccddeefg", 1, "no hexadecimal" },
        { "a 00112233445566778899aabbccddeeff x", 1, "no hexadecimal" },
        { "a 00112233445566778899aabbccddeeff\n"
          "a 00112233445566778899aabbccddeeff\n", 2, "above" },
        { "a 0000000000000000000000000000000000000000000000000000000000000000"
          "000000000000000000000000000000000000000000000000000000000000000000"
          , 1, "longer" }
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error = NULL;
        assert_int_equal(consent_keys_parse(&keys, unit_str(bad[i].text),
                                            &line, &error), CONSENT_ERROR);
        assert_int_equal(line, bad[i].line);
        assert_non_null(strstr(error, bad[i].error));
        assert_int_equal(keys.n, 0);
    }

    assert_int_equal(consent_keys_parse(&keys, unit_str(
                 "\xef\xbb\xbf# the ring\r\n"
                 "  a\t00112233445566778899AABBCCDDEEFF  \r\n"
                 "\n"
                 "B2 00112233445566778899aabbccddeeff00"), &line, &error),
                 CONSENT_OK);
    assert_int_equal(keys.n, 2);
    assert_int_equal(keys.key[0].key_len, 16);
    assert_int_equal(keys.key[0].key[15], 0xff);
    assert_int_equal(keys.key[1].key_len, 17);
    assert_ptr_equal(consent_keys_find(&keys, unit_str("B2")), &keys.key[1]);
    assert_null(consent_keys_find(&keys, unit_str("b2")));
}


/* More overrides than fit: never more than was granted. */

static void
test_many_overrides(void **state)
{
    char                *text;
    size_t               len;
    unsigned             i, n;
    uint8_t              buf[CONSENT_COOKIE_MAX];
    consent_rules_t     *many;
    consent_choice_t     choice;
    consent_override_t   overrides[100];

    (void) state;

    text = calloc(1, 100 * 128);
    assert_non_null(text);

    for (i = 0, len = 0; i < 100; i++) {
        len += (size_t) sprintf(text + len,
                 "%s{\"id\":\"s%u\",\"name\":\"S\",\"purposes\":[\"%s\"],"
                 "\"match\":[{\"host\":\"s%u.test\"}]}",
                 i ? "," : "", i, i < 90 ? "analytics" : "marketing", i);
        overrides[i].service = (int) i;
        overrides[i].on = 0;
    }

    many = unit_rules(text);

    consent_choice_make(&choice, many, CONSENT_OPT_IN, CONSENT_ACTION_SAVE,
                        many->all, overrides, 100, 0, NULL, random_id, NOW);

    for (i = 0, n = 0; i < 100; i++) {
        n += (unsigned) consent_choice_allows_service(&choice, many, (int) i);
    }

    assert_int_equal(n, 0);
    assert_true(choice.noverrides <= CONSENT_OVERRIDE_MAX);
    assert_true(consent_choice_write(&choice, many, &ring, buf) > 0);

    for (i = 0; i < 100; i++) {
        overrides[i].on = 1;
    }

    consent_choice_make(&choice, many, CONSENT_OPT_IN, CONSENT_ACTION_SAVE, 0,
                        overrides, 100, 0, NULL, random_id, NOW);
    assert_int_equal(choice.noverrides, CONSENT_OVERRIDE_MAX);
    assert_int_equal(choice.granted, many->necessary);

    consent_rules_destroy(many);
    free(text);
}


static void
test_state(void **state)
{
    size_t              len, other_len;
    uint8_t             buf[CONSENT_STATE_MAX], other[CONSENT_STATE_MAX];
    consent_choice_t    choice;
    consent_override_t  override;

    (void) state;

    choice = read_as(CONSENT_OPT_IN, unit_str(""), 0);
    len = consent_choice_state(&choice, rules, buf);
    assert_true(len >= 2 && buf[len - 1] == '?');

    choice = make(CONSENT_ACTION_REJECT, 0, NULL, 0, 0);
    other_len = consent_choice_state(&choice, rules, other);
    assert_int_equal(other_len, len - 1);
    assert_memory_equal(other, buf, other_len);

    choice = make(CONSENT_ACTION_ACCEPT, 0, NULL, 0, 0);
    len = consent_choice_state(&choice, rules, buf);
    assert_true(len != other_len || memcmp(buf, other, len));

    override.service = unit_service(rules, "video");
    override.on = 1;
    choice = make(CONSENT_ACTION_SAVE, 0, &override, 1, 0);
    len = consent_choice_state(&choice, rules, buf);
    assert_non_null(memchr(buf, '-', len));

    override.service = unit_service(rules, "adverts");
    choice = make(CONSENT_ACTION_SAVE, 0, &override, 1, 0);
    other_len = consent_choice_state(&choice, rules, other);
    assert_int_equal(len, other_len);
    assert_memory_not_equal(buf, other, len);
    assert_true(len <= CONSENT_STATE_MAX);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_no_choice),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_gpc),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_outdate),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_many_overrides),
        cmocka_unit_test(test_state)
    };

    return cmocka_run_group_tests(tests, group_setup, unit_teardown);
}

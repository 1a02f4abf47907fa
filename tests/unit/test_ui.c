/*
 * What the visitor sees: languages, the writers' HTML and JSON, and what
 * must never be in them.
 */

#include "consent_builtin.h"
#include "consent_ui.h"
#include "consent_ui_write.h"
#include "unit_rules.h"


static const char  ui_services[] =
    "{\"id\":\"stats\",\"name\":\"Stats & <Co>\",\"controller\":\"Stats Ltd\","
    " \"country\":\"IE\",\"policy_url\":\"https://stats.test/privacy\","
    " \"purposes\":[\"analytics\"],\"data\":[\"ip\",\"odd_thing\"],"
    " \"match\":[{\"host\":\"stats.test\"}],"
    " \"storage\":[{\"kind\":\"cookie\",\"name\":\"_st\","
    "   \"retention\":\"P13M\"},"
    "  {\"kind\":\"localStorage\",\"name\":\"st-*\","
    "   \"retention\":\"persistent\"}]},"
    "{\"id\":\"tube\",\"name\":\"Tube\",\"controller\":\"Tube Inc.\","
    " \"country\":\"US\",\"policy_url\":\"https://tube.test/privacy\","
    " \"purposes\":[\"embeds\",\"marketing\"],\"data\":[\"viewing\"],"
    " \"match\":[{\"host\":\"tube.test\"}],\"placeholder\":\"video\","
    " \"storage\":[{\"kind\":\"sessionStorage\",\"name\":\"tube\","
    "   \"retention\":\"session\"}]},"
    "{\"id\":\"login\",\"name\":\"Sign-in\",\"controller\":\"The shop\","
    " \"country\":\"DE\",\"policy_url\":\"https://shop.test/privacy\","
    " \"purposes\":[\"necessary\"],"
    " \"match\":[{\"host\":\"login.test\"}]}";


typedef struct {
    consent_view_t     view;
    consent_choice_t   choice;
    consent_rules_t   *rules;
    consent_buf_t      b;
} ui_t;


static consent_rules_t  *ui_rules;


static void
ui_init(ui_t *t)
{
    const char  *error;

    memset(t, 0, sizeof(ui_t));

    if (ui_rules == NULL) {
        ui_rules = unit_rules(ui_services);
    }

    t->rules = ui_rules;
    t->choice.granted = t->rules->necessary;

    t->view.ui = consent_ui_create(&unit_mem, &error);
    assert_null(error);
    assert_non_null(t->view.ui);

    t->view.rules = t->rules;
    t->view.choice = &t->choice;
    t->view.lang = unit_str("en");
    t->view.prefix = unit_str("/privacy-choices/");
    t->view.site = unit_str("shop.test");
    t->view.back = unit_str("/a?b=1&c=2");

    consent_buf_init(&t->b, &unit_mem);
}


static void
ui_choose(ui_t *t, const char *purpose)
{
    t->choice.made = 1;
    t->choice.issued = 1795300000;
    memcpy(t->choice.id, "AAAAAAAAAAAAAAAAAAAAAA", CONSENT_ID_LEN);

    if (purpose != NULL) {
        t->choice.granted |= unit_purpose(t->rules, purpose);
    }
}


static void
ui_override(ui_t *t, const char *id, unsigned on)
{
    consent_override_t  *override;

    override = &t->choice.overrides[t->choice.noverrides++];
    override->service = unit_service(t->rules, id);
    override->on = on;
}


static unsigned
ui_count(const ui_t *t, const char *what)
{
    unsigned     n;
    const char  *p, *end;

    n = 0;
    p = (const char *) t->b.data;
    end = p + t->b.len;

    while (p != NULL && p < end) {
        p = memmem(p, (size_t) (end - p), what, strlen(what));

        if (p != NULL) {
            n++;
            p++;
        }
    }

    return n;
}


static void
ui_has(const ui_t *t, const char *what)
{
    if (ui_count(t, what) == 0) {
        fail_msg("\"%s\" is not in: %.*s", what, (int) t->b.len, t->b.data);
    }
}


static void
ui_lacks(const ui_t *t, const char *what)
{
    if (ui_count(t, what)) {
        fail_msg("\"%s\" is in: %.*s", what, (int) t->b.len, t->b.data);
    }
}


/* RFC 4647, 3.4 */

static const struct {
    const char  *accept;
    const char  *lang;
} ui_langs[] = {
    { "", "en" },
    { "de", "de" },
    { "DE-at-1996", "de" },
    { "de-x-own", "de" },
    { "xx, de;q=0.5, en;q=0.4", "de" },
    { "en;q=0.4,de;q=0.5", "de" },
    { "de;q=0, en;q=0.1", "en" },
    { "de;q=0", "en" },
    { "en-GB,de", "en" },
    { "de, en", "de" },
    { "xx-de", "en" },
    { "*", "en" },
    { " de ; q=0.9 ,en; q=0.8", "de" },
    { ",,;;q=,de", "de" },
    { "de-", "de" },
    { "deu", "en" },
    { "-", "en" },

    /* Regions, scripts and old codes. */
    { "pt", "pt" },
    { "pt-PT", "pt" },
    { "pt-AO", "pt" },
    { "pt-br", "pt-BR" },
    { "pt-BR-x-sp", "pt-BR" },
    { "zh", "zh-Hans" },
    { "zh-CN", "zh-Hans" },
    { "zh-SG", "zh-Hans" },
    { "zh-TW", "zh-Hant" },
    { "ZH-hk", "zh-Hant" },
    { "zh-MO", "zh-Hant" },
    { "zh-Hant-HK", "zh-Hant" },
    { "zh-Hans-TW", "zh-Hans" },
    { "zh-TW-x-old", "zh-Hant" },
    { "yue-HK", "zh-Hant" },
    { "no", "nb" },
    { "nb-NO", "nb" },
    { "nn-NO, en;q=0.5", "nb" },
    { "iw-IL", "he" },
    { "he", "he" },
    { "in", "id" },
    { "mo-MD", "ro" },
    { "de-CH", "de" },
    { "gsw-CH", "de" },
    { "es-419", "es" },
    { "ar-EG", "ar" },
    { "fa-AF", "fa" },
    { "sr", "en" },
    { "sr-Latn-RS, sl;q=0.3", "sl" },
    { "ca, es;q=0.9, en;q=0.8", "es" }
};


static void
test_lang(void **state)
{
    ui_t      t;
    unsigned  i;

    (void) state;
    ui_init(&t);

    for (i = 0; i < sizeof(ui_langs) / sizeof(ui_langs[0]); i++) {
        unit_assert_str(consent_ui_lang(t.view.ui,
                                        unit_str(ui_langs[i].accept)),
                        ui_langs[i].lang);
    }

    assert_int_equal(consent_ui_match(t.view.ui, unit_str("sr")).len, 0);
    assert_int_equal(consent_ui_match(t.view.ui, unit_str("")).len, 0);
    unit_assert_str(consent_ui_match(t.view.ui, unit_str("en")), "en");
}


/* CLDR's plural rules; tests/conformance compares with ICU's. */

static void
test_plural(void **state)
{
    unsigned  i;

    static const struct {
        const char  *lang;
        unsigned     n;
        unsigned     form;
    } cases[] = {
        { "en", 0, 1 }, { "en", 1, 0 }, { "en", 2, 1 }, { "en", 21, 1 },
        { "ja", 1, 0 }, { "zh-Hans", 7, 0 }, { "zh-Hant", 1, 0 },
        { "fr", 0, 0 }, { "fr", 1, 0 }, { "fr", 2, 1 },
        { "pt", 0, 1 }, { "pt-BR", 0, 0 }, { "PT-br", 0, 0 },
        { "pl", 1, 0 }, { "pl", 2, 1 }, { "pl", 5, 2 }, { "pl", 12, 2 },
        { "pl", 22, 1 }, { "pl", 112, 2 },
        { "uk", 1, 0 }, { "uk", 21, 0 }, { "uk", 11, 2 }, { "uk", 3, 1 },
        { "cs", 4, 1 }, { "cs", 22, 2 },
        { "sl", 101, 0 }, { "sl", 2, 1 }, { "sl", 4, 2 }, { "sl", 5, 3 },
        { "lv", 0, 0 }, { "lv", 1, 1 }, { "lv", 11, 0 }, { "lv", 2, 2 },
        { "lt", 1, 0 }, { "lt", 9, 1 }, { "lt", 10, 2 }, { "lt", 21, 0 },
        { "ro", 1, 0 }, { "ro", 0, 1 }, { "ro", 19, 1 }, { "ro", 20, 2 },
        { "ro", 101, 1 },
        { "ar", 0, 0 }, { "ar", 1, 1 }, { "ar", 2, 2 }, { "ar", 10, 3 },
        { "ar", 13, 4 }, { "ar", 100, 5 }, { "ar-EG", 103, 3 },
        { "he", 1, 0 }, { "he", 2, 1 }, { "he", 20, 2 },
        { "ga", 6, 2 }, { "ga", 7, 3 }, { "ga", 13, 4 },
        { "mt", 2, 1 }, { "mt", 10, 2 }, { "mt", 13, 3 }, { "mt", 20, 4 },
        { "is", 21, 0 }, { "is", 11, 1 }, { "xx", 1, 0 }, { "", 2, 1 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (consent_ui_plural(unit_str(cases[i].lang), cases[i].n)
            != cases[i].form)
        {
            fail_msg("%s %u", cases[i].lang, cases[i].n);
        }

        assert_true(cases[i].form
                    < consent_ui_plurals(unit_str(cases[i].lang)));
    }
}


/* Each language has every text, and none is empty. */

static void
test_texts(void **state)
{
    ui_t                       t;
    unsigned                   i, k;
    const consent_ui_texts_t  *texts;

    (void) state;
    ui_init(&t);

    assert_true(t.view.ui->n >= 41);

    for (k = 0; k < t.view.ui->n; k++) {
        texts = t.view.ui->texts[k];

        /* A copy was made: a text is missing. */
        assert_ptr_equal(texts, &consent_texts[k]);

        for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
            assert_true(texts->text[i].len > 0);
        }
    }
}


/* What one language lacks is English; what both lack is the key. */

static void
test_missing(void **state)
{
    ui_t                 t;
    consent_ui_t         ui;
    consent_ui_out_t     o;
    consent_ui_texts_t   texts, english;
    const consent_ui_texts_t  *all[2];

    (void) state;
    ui_init(&t);

    memset(&texts, 0, sizeof(consent_ui_texts_t));
    english = *t.view.ui->english;

    texts.tag = unit_str("xx");
    texts.words[CONSENT_WORDS_DATA] = unit_str("\nip=IIPP\npages=");
    consent_ui_texts_fill(&texts, &english);

    all[0] = &texts;
    all[1] = &english;
    ui = (consent_ui_t) { 2, all, &english };

    t.view.ui = &ui;
    t.view.lang = unit_str("xx");
    consent_ui_out_init(&o, &t.b, &t.view);

    unit_assert_str(texts.text[CONSENT_TEXT_ACCEPT], "Accept all");
    unit_assert_str(consent_ui_word(&o, CONSENT_WORDS_DATA, unit_str("ip")),
                    "IIPP");
    unit_assert_str(consent_ui_word(&o, CONSENT_WORDS_DATA,
                                    unit_str("pages")), "");
    unit_assert_str(consent_ui_word(&o, CONSENT_WORDS_DATA,
                                    unit_str("phone")), "your phone number");
    unit_assert_str(consent_ui_word(&o, CONSENT_WORDS_DATA, unit_str("i")),
                    "i");
    unit_assert_str(consent_ui_word(&o, CONSENT_WORDS_COUNTRIES,
                                    unit_str("XX")), "XX");
}


/* Names keep their own direction among texts that run from the right. */

static void
test_rtl(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);

    t.view.lang = unit_str("ar");
    consent_ui_banner(&t.b, &t.view);

    assert_int_equal(ui_count(&t, "lang=\"ar\" dir=\"rtl\""), 2);
    ui_has(&t, "\xe2\x81\xa8" "shop.test" "\xe2\x81\xa9");

    t.b.len = 0;
    consent_ui_centre(&t.b, &t.view);

    ui_has(&t, "<html lang=\"ar\" dir=\"rtl\"");
    ui_has(&t, "<code>\xe2\x81\xa8st-*\xe2\x81\xa9</code>");
    ui_has(&t, "\xe2\x81\xa8Stats Ltd\xe2\x81\xa9"
               "\xd8\x8c \xd8\xa3\xd9\x8a\xd8\xb1\xd9\x84");

    t.b.len = 0;
    t.view.lang = unit_str("de");
    consent_ui_centre(&t.b, &t.view);
    ui_lacks(&t, "\xe2\x81\xa8");
    ui_lacks(&t, "rtl");
}


static void
test_banner_asks(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);

    consent_ui_banner(&t.b, &t.view);
    assert_false(t.b.failed);

    ui_has(&t, "<privacy-choices lang=\"en\" dir=\"ltr\"");
    ui_has(&t, "<template shadowrootmode=\"open\">");
    ui_has(&t, "action=\"/privacy-choices/choice\"");
    ui_has(&t, "name=\"return\" value=\"/a?b=1&amp;c=2\"");
    ui_has(&t, "<button name=\"action\" value=\"accept\">Accept all</button>");
    ui_has(&t, "<button name=\"action\" value=\"reject\">Reject all</button>");
    ui_has(&t, "href=\"/privacy-choices/?return=%2Fa%3Fb%3D1%26c%3D2\"");
    ui_has(&t, "shop.test would like");
    ui_has(&t, "<li>Statistics</li>");
    ui_lacks(&t, "<li>Necessary</li>");
    ui_lacks(&t, "nonce");
    ui_lacks(&t, "data-pc-csp");
    ui_lacks(&t, "data-pc-post");

    /* Of the buttons none has a class, an id or a style of its own. */
    assert_int_equal(ui_count(&t, "<button"), 2);
    assert_int_equal(ui_count(&t, "<button name=\"action\" value="), 2);
}


/* A banner with its gaps, all of them filled, is the whole one. */

static void
test_banner_gaps(void **state)
{
    ui_t            t;
    size_t          from;
    unsigned        i;
    consent_buf_t   gapped, filled;
    consent_gaps_t  gaps;

    (void) state;
    ui_init(&t);

    t.view.nonce = unit_str("bm9uY2U");
    consent_ui_banner(&t.b, &t.view);

    memset(&gaps, 0, sizeof(gaps));
    consent_buf_init(&gapped, &unit_mem);
    consent_buf_init(&filled, &unit_mem);

    t.view.gaps = &gaps;
    consent_ui_banner(&gapped, &t.view);

    assert_null(memmem(gapped.data, gapped.len, "b=1", 3));
    assert_null(memmem(gapped.data, gapped.len, "b%3D1", 5));
    assert_null(memmem(gapped.data, gapped.len, "bm9uY2U", 7));
    assert_int_equal(gaps.n, 5);

    for (i = 0, from = 0; i < gaps.n; i++) {
        consent_buf_add(&filled, (consent_str_t)
                        { gaps.at[i] - from, gapped.data + from });
        consent_ui_banner_gap(&filled, &t.view, gaps.what[i]);
        from = gaps.at[i];
    }

    consent_buf_add(&filled, (consent_str_t)
                    { gapped.len - from, gapped.data + from });

    assert_int_equal(filled.len, t.b.len);
    assert_memory_equal(filled.data, t.b.data, t.b.len);
}


/* One thing of what a banner is made from, changed. */

static void
ui_vary(ui_t *t, unsigned what)
{
    switch (what) {
    case 0: t->view.lang = unit_str("de"); break;
    case 1: t->view.prefix = unit_str("/p/"); break;
    case 2: t->view.site = unit_str("other.test"); break;
    case 3: t->view.back = unit_str(""); break;
    case 4: t->view.nonce = unit_str("bm9uY2U"); break;
    case 5: t->view.csp = 1; break;
    case 6: t->view.post = 1; break;
    case 7: t->view.linked = 1; break;
    case 8: t->view.bare = 1; break;
    case 9: t->view.told = 1; break;
    case 10: t->choice.regime = CONSENT_OPT_OUT; break;
    case 11: t->choice.stale = 1; break;
    case 12: t->choice.gpc = 1; break;
    case 13: ui_choose(t, NULL); break;
    default: t->choice.granted |= unit_purpose(t->rules, "embeds");
    }
}


/* Banners with gaps differ only where their keys do. */

static void
test_banner_key(void **state)
{
    ui_t             t;
    unsigned         i, k;
    const char      *error;
    consent_buf_t    text[16], key[16];
    consent_gaps_t   gaps;
    consent_look_t   look;

    (void) state;

    consent_look_init(&look);
    assert_int_equal(consent_look_make(&look, &unit_mem, &error), CONSENT_OK);

    for (i = 0; i < 16; i++) {
        ui_init(&t);

        t.view.look = &look;
        t.view.gaps = &gaps;
        memset(&gaps, 0, sizeof(gaps));

        if (i < 15) {
            ui_vary(&t, i);
        }

        text[i] = t.b;
        key[i] = t.b;
        consent_ui_banner(&text[i], &t.view);
        consent_buf_add(&text[i], (consent_str_t)
                        { sizeof(gaps), (const uint8_t *) &gaps });
        assert_int_equal(consent_ui_banner_key(&key[i], &t.view), CONSENT_OK);

        for (k = 0; k < i; k++) {
            assert_false(consent_str_eq(consent_buf_str(&text[k]),
                                        consent_buf_str(&text[i])));
            assert_false(consent_str_eq(consent_buf_str(&key[k]),
                                        consent_buf_str(&key[i])));
        }
    }

    /* where it leads back to, and the nonce, are of the page alone */

    t.view.back = unit_str("/other");
    key[0].len = 0;
    assert_int_equal(consent_ui_banner_key(&key[0], &t.view), CONSENT_OK);
    assert_true(consent_str_eq(consent_buf_str(&key[0]),
                               consent_buf_str(&key[15])));

    ui_override(&t, "tube", 1);
    assert_int_equal(consent_ui_banner_key(&key[0], &t.view),
                     CONSENT_DECLINED);
}


static void
test_banner_rests(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);
    ui_choose(&t, "analytics");
    ui_override(&t, "tube", 1);

    t.view.csp = 1;
    t.view.post = 1;
    t.view.nonce = unit_str("a\"b");

    consent_ui_banner(&t.b, &t.view);

    ui_lacks(&t, "<form");
    ui_lacks(&t, "<button");
    ui_has(&t, "<nav aria-label=");
    ui_has(&t, "aria-label=\"Privacy choices\"");
    ui_has(&t, ">Privacy choices</a>");
    ui_has(&t, "data-pc-granted=\"analytics\" data-pc-on=\"tube\" "
               "data-pc-csp data-pc-post>");
    assert_int_equal(ui_count(&t, " nonce=\"a&#34;b\""), 1);
}


/* Regimes and languages speak their own words; GPC is said to be heard. */

static void
test_banner_words(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);

    t.view.lang = unit_str("de");
    t.choice.stale = 1;
    t.choice.gpc = 1;

    consent_ui_banner(&t.b, &t.view);

    ui_has(&t, "lang=\"de\"");
    ui_has(&t, "Alle ablehnen");
    ui_has(&t, "Seit Ihrer Auswahl hat sich ge\xc3\xa4ndert");
    ui_has(&t, "Opt-Out Request Honored");
    ui_has(&t, "<li>Statistik</li>");

    t.b.len = 0;
    t.view.lang = unit_str("en");
    t.choice.stale = 0;
    t.choice.gpc = 0;
    t.choice.regime = CONSENT_OPT_OUT;

    consent_ui_banner(&t.b, &t.view);

    ui_has(&t, "You can switch them off");
    ui_lacks(&t, "Honored");
}


/*
 * What ad blockers hide by name, what a strict policy refuses, and what
 * would be a place of another origin.
 */

static void
test_names(void **state)
{
    ui_t      t;
    unsigned  i, k;

    static const char *const  words[] = {
        "id=\"cookie", "class=\"cookie", "consent", "gdpr", "banner",
        " style=", "<style", " onclick=", "javascript:", "http://"
    };

    (void) state;
    ui_init(&t);

    for (k = 0; k < 2; k++) {
        t.b.len = 0;
        consent_ui_banner(&t.b, &t.view);
        consent_ui_centre(&t.b, &t.view);
        consent_ui_placeholder(&t.b, &t.view, unit_service(t.rules, "tube"),
                               0, unit_str("https://tube.test/v"),
                               unit_str(""));

        for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            ui_lacks(&t, words[i]);
        }

        ui_choose(&t, "analytics");
    }

    for (i = 0; i < consent_nassets; i++) {
        assert_null(strstr(consent_assets[i].name, "cookie"));
        assert_null(strstr(consent_assets[i].name, "consent"));
        assert_null(strstr(consent_assets[i].name, "banner"));
    }
}


static void
test_back(void **state)
{
    ui_t      t;
    unsigned  i;

    static const char *const  outside[] = {
        "//evil.test/", "https://evil.test/", "/\\evil.test", "/\t/evil.test",
        "\\\\evil.test", "evil", "/a\nb", "javascript:alert(1)"
    };

    (void) state;
    ui_init(&t);

    for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        t.b.len = 0;
        t.view.back = unit_str(outside[i]);

        consent_ui_banner(&t.b, &t.view);
        consent_ui_centre(&t.b, &t.view);

        ui_lacks(&t, "evil");
        ui_lacks(&t, "alert");
        ui_has(&t, "name=\"return\" value=\"\"");
        ui_has(&t, "name=\"return\" value=\"/privacy-choices/?saved=1\"");
    }
}


static void
test_centre(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);

    /* Rule files can't say this; should they ever, it is no link. */
    t.rules->services[unit_service(t.rules, "tube")].policy_url =
        unit_str("javascript:alert(1)");

    consent_ui_centre(&t.b, &t.view);
    assert_false(t.b.failed);

    /* Nothing is ticked before a yes; necessary is no choice. */
    assert_int_equal(ui_count(&t, "type=\"checkbox\""), 5);
    ui_lacks(&t, " checked");
    ui_has(&t, "Always on");
    ui_lacks(&t, "value=\"necessary\"");
    ui_lacks(&t, "value=\"withdraw\"");
    ui_lacks(&t, "receipt\"");

    /* Save is the first button of its form: Enter presses that one. */
    ui_has(&t, "<div class=\"ends\">\n"
               "<button name=\"action\" value=\"save\">Save selection");

    ui_has(&t, "Stats &amp; &lt;Co&gt;");
    ui_has(&t, "Stats Ltd, Ireland");
    ui_has(&t, "your IP address, odd_thing");
    ui_has(&t, "<code>_st</code> <span>cookie</span> "
               "<span>13 months</span>");
    ui_has(&t, "<span>until you delete it</span>");
    ui_has(&t, "href=\"https://stats.test/privacy\"");
    ui_lacks(&t, "javascript");

    /* Under its first purpose, once, naming the other. */
    assert_int_equal(ui_count(&t, "name=\"service.tube\""), 1);
    ui_has(&t, "<dt>Also needs</dt>");
    ui_lacks(&t, "name=\"service.login\"");
}


static void
test_centre_chosen(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);
    ui_choose(&t, "analytics");
    ui_override(&t, "tube", 1);
    ui_override(&t, "stats", 0);
    t.view.saved = 1;

    consent_ui_centre(&t.b, &t.view);

    assert_int_equal(ui_count(&t, " checked"), 1);
    ui_has(&t, "value=\"analytics\" aria-labelledby=\"h3\" "
               "aria-describedby=\"d3\" checked");
    ui_has(&t, "<option value=\"1\" selected>");
    ui_has(&t, "<option value=\"0\" selected>");
    ui_has(&t, "<li>Tube: always</li>");
    ui_has(&t, "<p>You allowed:</p>");
    ui_has(&t, "2026-11-21 22:26 UTC");
    ui_has(&t, "AAAAAAAAAAAAAAAAAAAAAA");
    ui_has(&t, "href=\"/privacy-choices/receipt\"");
    ui_has(&t, "value=\"withdraw\"");
    ui_has(&t, "Your choice is saved");
}


/* Services that this site never used are left out, but for overridden. */

static void
test_centre_used(void **state)
{
    ui_t     t;
    uint8_t  used[3] = { 0, 0, 0 };

    (void) state;
    ui_init(&t);
    t.view.used = used;

    used[unit_service(t.rules, "stats")] = 1;
    consent_ui_centre(&t.b, &t.view);

    ui_has(&t, "name=\"service.stats\"");
    ui_lacks(&t, "name=\"service.tube\"");
    ui_has(&t, "href=\"/privacy-choices/?all=1");

    t.b.len = 0;
    t.view.used = NULL;
    consent_ui_centre(&t.b, &t.view);

    ui_has(&t, "name=\"service.tube\"");
    ui_lacks(&t, "?all=1");

    t.b.len = 0;
    t.view.used = used;
    ui_override(&t, "tube", 0);
    consent_ui_centre(&t.b, &t.view);

    ui_has(&t, "name=\"service.tube\"");
}


static void
test_retention(void **state)
{
    ui_t              t;
    unsigned          i;
    consent_ui_out_t  o;

    static const struct {
        const char  *retention;
        const char  *text;
        const char  *lang;
    } cases[] = {
        { "P1Y", "1 year", "en" },
        { "P2Y6M", "2 years 6 months", "en" },
        { "PT1M", "1 minute", "en" },
        { "P1M", "1 month", "en" },
        { "P1DT12H", "1 day 12 hours", "en" },
        { "P2W", "2 weeks", "en" },
        { "PT0S", "0 seconds", "en" },
        { "session", "until you close the browser", "en" },
        { "", "duration not stated", "en" },
        { "P", "duration not stated", "en" },
        { "soon", "duration not stated", "en" },
        { "P13M", "13 miesi\xc4\x99" "cy", "pl" },
        { "P22D", "22 dni", "pl" },
        { "P3M", "3 miesi\xc4\x85" "ce", "pl" },
        { "P21D", "21 diena", "lt" },
        { "P2Y", "sentejn", "mt" },
        { "P11M", "11-il xahar", "mt" },
        { "P13M", "13 \xe4\xb8\xaa\xe6\x9c\x88", "zh-Hans" },
        { "P20D", "20 de zile", "ro" }
    };

    (void) state;
    ui_init(&t);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        t.b.len = 0;
        t.view.lang = unit_str(cases[i].lang);
        consent_ui_out_init(&o, &t.b, &t.view);
        consent_ui_put_retention(&o, unit_str(cases[i].retention));
        unit_assert_str(consent_buf_str(&t.b), cases[i].text);
    }
}


static void
test_placeholder(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);
    ui_choose(&t, "analytics");
    ui_override(&t, "stats", 0);
    ui_override(&t, "tube", 0);

    consent_ui_placeholder(&t.b, &t.view, unit_service(t.rules, "tube"), 0,
                           unit_str("https://www.tube.test/v?a=1&b=\"2"),
                           unit_str(""));

    ui_has(&t, "Video from Tube");
    ui_has(&t, "<p>If it loads, Tube Inc. (United States) learns: "
               "what you watch or listen to.</p>");
    ui_has(&t, "target=\"_top\"");

    /* The rest of the choice goes with the new yes. */
    ui_has(&t, "name=\"granted\" value=\"analytics\"");
    ui_has(&t, "name=\"service.stats\" value=\"0\"");
    ui_has(&t, "name=\"service.tube\" value=\"1\"");
    ui_lacks(&t, "name=\"service.tube\" value=\"0\"");
    ui_lacks(&t, "value=\"necessary\"");

    ui_has(&t, "href=\"https://www.tube.test/v?a=1&amp;b=%222\"");
    ui_has(&t, "Open on tube.test");
    ui_has(&t, "href=\"/privacy-choices/placeholder?service=tube&amp;"
               "url=https%3A%2F%2Fwww.tube.test%2Fv%3Fa%3D1%26b%3D%25222"
               "&amp;once=1\">Load once");

    /* What it learns is not known: no half a sentence. */
    t.b.len = 0;
    consent_ui_placeholder(&t.b, &t.view, unit_service(t.rules, "login"), 0,
                           unit_str("https://login.test/"), unit_str(""));
    ui_has(&t, "<p>It comes from The shop (Germany).</p>");
}


static void
test_once(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);

    consent_ui_once(&t.b, &t.view, unit_service(t.rules, "tube"),
                    unit_str("https://tube.test/v?a=1&b=\"2"));
    assert_false(t.b.failed);

    ui_has(&t, "<iframe src=\"https://tube.test/v?a=1&amp;b=%222\" "
               "title=\"Tube\"");

    consent_ui_once(&t.b, &t.view, CONSENT_NO_SERVICE,
                    unit_str("javascript:alert(1)"));
    assert_true(t.b.failed);
}


/* Colours that can't be read are refused, and so is what is not known. */

static void
test_look(void **state)
{
    unsigned         i, asks;
    const char      *error;
    consent_str_t    parameter;
    consent_look_t   look;

    static const struct {
        const char  *parameter;
        int          set;
        int          made;
    } cases[] = {
        { "position=bottom", CONSENT_OK, CONSENT_OK },
        { "position=center", CONSENT_OK, CONSENT_OK },
        { "position=top", CONSENT_ERROR, 0 },
        { "accept=#00ff00", CONSENT_ERROR, 0 },
        { "paper=#fffaf0", CONSENT_OK, CONSENT_OK },
        { "paper=#fffaf0,#101010", CONSENT_OK, CONSENT_OK },
        { "paper=#fffaf0,#fffaf0", CONSENT_OK, CONSENT_ERROR },
        { "paper=#fffaf0,", CONSENT_ERROR, 0 },
        { "paper=#fffaf0,#101010,", CONSENT_ERROR, 0 },
        { "paper=#fff", CONSENT_ERROR, 0 },
        { "paper=red", CONSENT_ERROR, 0 },
        { "paper=#ffgaf0", CONSENT_ERROR, 0 },
        { "ink=#555555", CONSENT_OK, CONSENT_ERROR },
        { "ink=#303030", CONSENT_OK, CONSENT_OK },
        { "accent=#767676", CONSENT_OK, CONSENT_OK },
        { "accent=#777777", CONSENT_OK, CONSENT_ERROR },
        { "radius=0", CONSENT_OK, CONSENT_OK },
        { "radius=32", CONSENT_OK, CONSENT_OK },
        { "radius=33", CONSENT_ERROR, 0 },
        { "radius=032", CONSENT_ERROR, 0 },
        { "radius=", CONSENT_ERROR, 0 },
        { "radius=4px", CONSENT_ERROR, 0 },
        { "", CONSENT_ERROR, 0 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        parameter = unit_str(cases[i].parameter);
        consent_look_init(&look);

        if (consent_look_set(&look, parameter, &error) != cases[i].set) {
            fail_msg("set: %s", cases[i].parameter);
        }

        if (cases[i].set != CONSENT_OK) {
            assert_non_null(error);
            continue;
        }

        if (consent_look_make(&look, &unit_mem, &error) != cases[i].made) {
            fail_msg("make: %s: %s", cases[i].parameter, error);
        }

        for (asks = 0; cases[i].made == CONSENT_OK && asks < 2; asks++) {
            assert_memory_equal(look.source[asks], "'sha256-", 8);
            assert_null(memmem(look.style[asks].data, look.style[asks].len,
                               "</", 2));
        }
    }
}


/* The figures of WCAG's own examples. */

static void
test_contrast(void **state)
{
    static const consent_colour_t  black = { 0, 0, 0 };
    static const consent_colour_t  white = { 255, 255, 255 };
    static const consent_colour_t  grey = { 0x76, 0x76, 0x76 };

    (void) state;

    assert_true(consent_contrast(black, white) > 20.999);
    assert_true(consent_contrast(white, black) < 21.001);
    assert_true(consent_contrast(white, white) == 1);
    assert_true(consent_contrast(grey, white) > 4.54);
    assert_true(consent_contrast(grey, white) < 4.55);
}


/* The style is in the page, the same that its hash is of; or beside it. */

static void
test_style(void **state)
{
    ui_t            t;
    const char     *error;
    consent_str_t   source;
    consent_look_t  look;

    (void) state;
    ui_init(&t);

    consent_look_init(&look);
    assert_int_equal(consent_look_set(&look, unit_str("position=corner"),
                                      &error), CONSENT_OK);
    assert_int_equal(consent_look_set(&look, unit_str("radius=4"), &error),
                     CONSENT_OK);
    assert_int_equal(consent_look_make(&look, &unit_mem, &error), CONSENT_OK);

    t.view.look = &look;
    consent_ui_banner(&t.b, &t.view);
    ui_has(&t, "<style>:host{");
    ui_has(&t, "--round:4px");
    ui_has(&t, "class=\"asks corner\"");
    ui_lacks(&t, "<link");

    source = consent_ui_banner_source(&t.view);
    assert_int_equal(source.len, CONSENT_STYLE_SOURCE);

    t.b.len = 0;
    t.view.linked = 1;
    consent_ui_banner(&t.b, &t.view);
    ui_lacks(&t, "<style>");
    ui_has(&t, "/ask.css\"");
    ui_has(&t, "/theme.css\"");
    ui_has(&t, "pc.js");

    t.b.len = 0;
    t.view.bare = 1;
    ui_choose(&t, "analytics");
    consent_ui_banner(&t.b, &t.view);
    ui_lacks(&t, "pc.js");
    ui_lacks(&t, "/ask.css");
    assert_memory_not_equal(consent_ui_banner_source(&t.view).data,
                            source.data, source.len);
}


/* What the visitor is told of their choice, and of what changed since. */

static void
test_proof(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);
    ui_choose(&t, "analytics");

    t.view.cookie = unit_str("privacy_choice");
    t.view.max_age = 86400;
    t.view.contact = unit_str("mailto:a@shop.test?subject=\"x");
    consent_ui_centre(&t.b, &t.view);

    ui_has(&t, "the cookie privacy_choice, with");
    ui_has(&t, "download=\"privacy-receipt-AAAAAAAAAAAAAAAAAAAAAA.json\"");
    ui_has(&t, "name=\"action\" value=\"forget\"");
    ui_has(&t, "href=\"mailto:a@shop.test?subject=&#34;x\"");
    ui_lacks(&t, "On the server");
    ui_lacks(&t, "What changed");

    t.b.len = 0;
    t.view.recorded = 1;
    consent_ui_centre(&t.b, &t.view);
    ui_has(&t, "On the server");

    t.b.len = 0;
    t.choice.made = 0;
    t.choice.stale = 1;
    t.choice.was = unit_purpose(t.rules, "analytics")
                   | unit_purpose(t.rules, "embeds");
    consent_ui_centre(&t.b, &t.view);
    ui_has(&t, "What changed since you chose</h2>");
    ui_has(&t, "You had allowed:</b> Statistics, Content of other sites</p>");
    ui_has(&t, "said no to them:</b> Extra functions, Personal content, "
               "Advertising</p>");
    ui_lacks(&t, "value=\"forget\"");

    t.b.len = 0;
    t.choice.was = t.rules->all;
    consent_ui_centre(&t.b, &t.view);
    ui_lacks(&t, "We ask for these too");
    ui_has(&t, "Services were added");

    t.b.len = 0;
    consent_ui_refused(&t.b, &t.view);
    ui_has(&t, "was not saved</h1>");
    ui_has(&t, "href=\"/privacy-choices/\" target=\"_blank\"");
}


static void
test_placeholder_unknown(void **state)
{
    ui_t      t;
    unsigned  i;

    static const char *const  urls[] = {
        "javascript:alert(1)", "data:text/html,evil", "/relative", "",
        "ftp://evil.test/", "https://"
    };

    (void) state;
    ui_init(&t);

    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        t.b.len = 0;
        consent_ui_placeholder(&t.b, &t.view, CONSENT_NO_SERVICE,
                               unit_purpose(t.rules, "marketing"),
                               unit_str(urls[i]), unit_str(""));

        ui_has(&t, "Content of another site");
        ui_has(&t, "<li>Advertising</li>");
        ui_lacks(&t, "<form");
        ui_lacks(&t, "Open on");
        ui_lacks(&t, "Load once");
    }
}


static void
test_state(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);
    ui_choose(&t, "analytics");
    ui_override(&t, "tube", 1);

    consent_ui_state(&t.b, &t.view);

    ui_has(&t, "{\"regime\":\"opt-in\",\"made\":true,\"asks\":false,"
               "\"gpc\":false,\"state\":\"");
    ui_has(&t, "\"issued\":1795300000,"
               "\"granted\":[\"necessary\",\"analytics\"]");
    ui_has(&t, "\"services\":{\"tube\":true}");
    ui_has(&t, "\"clear\":{\"localStorage\":[],\"sessionStorage\":[],"
               "\"indexedDB\":[],\"cacheStorage\":[]}");
    ui_has(&t, "\"keep\":{\"localStorage\":[\"st-*\"],"
               "\"sessionStorage\":[\"tube\"],\"indexedDB\":[],"
               "\"cacheStorage\":[]}");
    ui_has(&t, ",\"replay\":\"/privacy-choices/assets/");
    ui_has(&t, "/replay.js\"}");
    ui_lacks(&t, "assets//");

    /* No id: scripts can read this. */
    ui_lacks(&t, "AAAA");

    t.b.len = 0;
    t.choice.noverrides = 0;
    t.choice.granted = t.rules->necessary;
    consent_ui_state(&t.b, &t.view);
    ui_has(&t, "\"clear\":{\"localStorage\":[\"st-*\"],"
               "\"sessionStorage\":[\"tube\"]");
}


static void
test_services(void **state)
{
    ui_t  t;

    (void) state;
    ui_init(&t);
    ui_choose(&t, "analytics");

    consent_ui_services(&t.b, &t.view);

    ui_has(&t, "{\"key\":\"analytics\",\"title\":\"Statistics\"");
    ui_has(&t, "\"name\":\"Stats & \\u003cCo>\"");
    ui_has(&t, "{\"kind\":\"cookie\",\"name\":\"_st\","
               "\"retention\":\"P13M\"}");
    ui_has(&t, "\"purposes\":[\"marketing\",\"embeds\"]");
    assert_int_equal(ui_count(&t, "\"allowed\":true"), 2);
    assert_int_equal(ui_count(&t, "\"allowed\":false"), 1);
}


static void
test_assets(void **state)
{
    ui_t                    t;
    char                    tail[64];
    unsigned                i;
    const consent_asset_t  *asset;

    (void) state;
    ui_init(&t);

    assert_true(consent_nassets >= 3);

    for (i = 0; i < consent_nassets; i++) {
        asset = &consent_assets[i];
        (void) snprintf(tail, sizeof(tail), "%s/%s", asset->version,
                        asset->name);

        assert_ptr_equal(consent_ui_asset(unit_str(tail)), asset);

        tail[0] = (char) (tail[0] ^ 1);
        assert_null(consent_ui_asset(unit_str(tail)));
    }

    assert_null(consent_ui_asset(unit_str("")));
    assert_null(consent_ui_asset(unit_str("/")));
    assert_null(consent_ui_asset(unit_str("pc.js")));

    consent_ui_banner(&t.b, &t.view);
    asset = &consent_assets[0];

    /* What pages name is there. */
    consent_ui_centre(&t.b, &t.view);
    ui_lacks(&t, "assets//");
    ui_has(&t, "/pc.js\"");
    ui_has(&t, "/pc.css\"");
    ui_has(&t, "/pages.css\"");
}


static void
test_no_memory(void **state)
{
    ui_t         t;
    const char  *error;

    (void) state;
    ui_init(&t);

    unit_no_memory = 1;

    consent_ui_banner(&t.b, &t.view);
    assert_true(t.b.failed);

    consent_buf_init(&t.b, &unit_mem);
    consent_ui_placeholder(&t.b, &t.view, 0, 0, unit_str("https://a.test/"),
                           unit_str(""));
    assert_true(t.b.failed);

    assert_null(consent_ui_create(&unit_mem, &error));
    assert_string_equal(error, "no memory");

    unit_no_memory = 0;
}


int
main(void)
{
    int  failed;

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_lang),
        cmocka_unit_test(test_plural),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_rtl),
        cmocka_unit_test(test_banner_asks),
        cmocka_unit_test(test_banner_gaps),
        cmocka_unit_test(test_banner_key),
        cmocka_unit_test(test_banner_rests),
        cmocka_unit_test(test_banner_words),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_back),
        cmocka_unit_test(test_centre),
        cmocka_unit_test(test_centre_chosen),
        cmocka_unit_test(test_centre_used),
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_placeholder),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_contrast),
        cmocka_unit_test(test_style),
        cmocka_unit_test(test_proof),
        cmocka_unit_test(test_placeholder_unknown),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_assets),
        cmocka_unit_test(test_no_memory)
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);

    consent_rules_destroy(ui_rules);
    unit_free();

    return failed;
}

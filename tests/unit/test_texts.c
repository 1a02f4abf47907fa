/*
 * An operator's own texts: what they change, and what is refused.
 */

#include <sys/stat.h>
#include <unistd.h>

#include "consent_ui_write.h"
#include "unit_rules.h"


typedef struct {
    consent_ui_t      *ui;
    consent_loader_t  *loader;
    char               told[8192];
    unsigned           warnings;
    unsigned           faults;
} texts_t;


static void
texts_note(void *data, const consent_fault_t *fault)
{
    size_t    len;
    texts_t  *t;

    t = data;
    len = strlen(t->told);

    (void) snprintf(t->told + len, sizeof(t->told) - len, "%u:%u: %.*s\n",
                    fault->line, fault->column, (int) fault->message.len,
                    (const char *) fault->message.data);

    t->warnings += fault->warning;
    t->faults += !fault->warning;
}


static void
texts_init(texts_t *t)
{
    const char  *error;

    memset(t, 0, sizeof(texts_t));

    t->ui = consent_ui_create(&unit_mem, &error);
    t->loader = consent_rules_create(&unit_mem, texts_note, t);

    assert_non_null(t->ui);
    assert_non_null(t->loader);
}


static int
texts_load(texts_t *t, const char *text)
{
    int    rc;
    char  *exact;

    /* No byte behind the text: a sanitizer sees what reads on. */

    exact = malloc(strlen(text));
    assert_non_null(exact);
    memcpy(exact, text, strlen(text));

    rc = consent_ui_load_text(t->ui, t->loader, unit_str("unit.json"),
                              unit_bytes(strlen(text), exact));
    free(exact);

    return rc;
}


static void
texts_good(texts_t *t, const char *text)
{
    if (texts_load(t, text) != CONSENT_OK || t->told[0] != '\0') {
        fail_msg("%s\n%s", text, t->told);
    }
}


static consent_str_t
texts_get(const texts_t *t, const char *lang, unsigned text)
{
    return consent_ui_texts(t->ui, unit_str(lang))->text[text];
}


static consent_str_t
texts_word(const texts_t *t, const char *lang, unsigned words,
    const char *key)
{
    return consent_ui_words_find(consent_ui_texts(t->ui, unit_str(lang))
                                     ->words[words], unit_str(key));
}


static void
test_override(void **state)
{
    texts_t  t;

    (void) state;
    texts_init(&t);

    texts_good(&t, "{\"lang\":\"de\",\"texts\":{\"accept\":\"Ja, gern\","
                   "\"ask_opt_in\":\"{site} \\\"fragt\\\"\"},"
                   "\"data\":{\"ip\":\"IP\",\"odd_thing\":\"Odd\"},"
                   "\"countries\":{\"AT\":\"Heimat\"},"
                   "\"units\":{\"day\":\"{n} Tag(e)\"},"
                   "\"purposes\":{\"marketing\":{\"title\":\"Reklame\"}}}");

    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ACCEPT), "Ja, gern");
    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ASK_OPT_IN),
                    "{site} \"fragt\"");
    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_REJECT),
                    "Alle ablehnen");
    unit_assert_str(texts_get(&t, "en", CONSENT_TEXT_ACCEPT), "Accept all");

    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_DATA, "ip"), "IP");
    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_DATA, "odd_thing"),
                    "Odd");
    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_DATA, "clicks"),
                    "was Sie anklicken");
    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_COUNTRIES, "AT"),
                    "Heimat");
    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_COUNTRIES, "BE"),
                    "Belgien");
    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_PURPOSES,
                               "marketing.title"), "Reklame");
    assert_null(texts_word(&t, "de", CONSENT_WORDS_PURPOSES,
                           "marketing.benefit").data);

    /* Later wins; what it does not say stays. */

    texts_good(&t, "{\"lang\":\"DE\",\"texts\":{\"accept\":\"Jawohl\"},"
                   "\"data\":{\"ip\":\"Adresse\"}}");

    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ACCEPT), "Jawohl");
    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ASK_OPT_IN),
                    "{site} \"fragt\"");
    unit_assert_str(texts_word(&t, "de", CONSENT_WORDS_DATA, "ip"),
                    "Adresse");
    unit_assert_str(consent_ui_texts(t.ui, unit_str("de"))->tag, "de");
    assert_int_equal(t.ui->n, 41);
}


static void
test_new_language(void **state)
{
    texts_t  t;

    (void) state;
    texts_init(&t);

    assert_int_equal(texts_load(&t, "{\"lang\":\"sr-Latn\",\n"
                                    "\"texts\":{\"accept\":\"Da\"}}"),
                     CONSENT_OK);
    assert_int_equal(t.warnings, 4);
    assert_non_null(strstr(t.told, "1:9: \"sr-Latn\" lacks 7 of 7 units, "
                                   "which will be English: year, month, "
                                   "week, day, hour, minute, second\n"));
    assert_non_null(strstr(t.told, "1:9: \"sr-Latn\" lacks 82 of 83 texts, "
                                   "which will be English: reject, "));

    unit_assert_str(texts_get(&t, "sr-latn", CONSENT_TEXT_ACCEPT), "Da");
    unit_assert_str(texts_get(&t, "sr-latn", CONSENT_TEXT_REJECT),
                    "Reject all");
    unit_assert_str(texts_word(&t, "sr-latn", CONSENT_WORDS_DATA, "clicks"),
                    "what you click");
    unit_assert_str(consent_ui_lang(t.ui, unit_str("sr-Latn-RS")),
                    "sr-Latn");
    assert_false(consent_ui_texts(t.ui, unit_str("sr-Latn"))->rtl);

    /* One of its own comes before what stands for it else. */

    (void) texts_load(&t, "{\"lang\":\"nn\",\"texts\":{\"accept\":\"Ja\"}}");
    (void) texts_load(&t, "{\"lang\":\"ur\",\"direction\":\"rtl\"}");

    unit_assert_str(consent_ui_lang(t.ui, unit_str("nn-NO")), "nn");
    unit_assert_str(consent_ui_lang(t.ui, unit_str("no")), "nb");
    assert_true(consent_ui_texts(t.ui, unit_str("ur"))->rtl);
    assert_true(consent_ui_texts(t.ui, unit_str("ar"))->rtl);
    assert_int_equal(t.faults, 0);
}


static const struct {
    const char  *text;
    const char  *told;
} texts_faulty[] = {
    { "{\"texts\":{}}",
      "1:1: a file of texts needs \"lang\"" },
    { "{\"lang\":\"de\",\"text\":{}}",
      "1:14: unknown key \"text\" in a file of texts; did you mean "
      "\"texts\"?" },
    { "{\"lang\":\"de\",\"texts\":{\n  \"acept\":\"Ja\"}}",
      "2:3: unknown text \"acept\"; did you mean \"accept\"?" },
    { "{\"lang\":\"de\",\"texts\":{\"qqqqqqqqqqqqq\":\"Ja\"}}",
      "1:23: unknown text \"qqqqqqqqqqqqq\"\n" },
    { "{\"lang\":\"de\",\"texts\":{\"accept\":7}}",
      "1:32: accept: found a number, expected a string in quotes" },
    { "{\"lang\":\"de\",\"texts\":{\"accept\":\" \"}}",
      "1:32: accept \" \": expected a text that is not empty" },
    { "{\"lang\":\"de\",\"texts\":{\"accept\":\"a\\nip=b\"}}",
      "1:32: accept" },
    { "{\"lang\":\"de\",\"texts\":{\"accept\":\"a\",\"accept\":\"b\"}}",
      "1:36: \"accept\" stands twice" },
    { "{\"lang\":\"de\",\"texts\":{\"allow\":\"{nmae} ja\"}}",
      "1:31: allow: nothing stands for {nmae} here; in English this text is "
      "\"Always allow {name}\"" },
    { "{\"lang\":\"de\",\"texts\":{\"back\":\"zu {\"}}",
      "1:30: back: nothing stands for { here" },
    { "{\"lang\":\"d\",\"texts\":{}}",
      "1:9: lang \"d\": expected a language tag" },
    { "{\"lang\":\"de\",\"direction\":\"up\"}",
      "1:26: direction \"up\": expected \"ltr\" or \"rtl\"" },
    { "{\"lang\":\"pl\",\"units\":{\"day\":\"1 dzie|{n} dni\"}}",
      "1:29: day: found 2 forms between \"|\", expected 3" },
    { "{\"units\":{\"day\":\"1 d|{n} d|{n} d\"},\"lang\":\"de\"}",
      "1:17: day: found 3 forms between \"|\", expected 2" },
    { "{\"lang\":\"de\",\"units\":{\"days\":\"1 Tag|{n} Tage\"}}",
      "1:23: unknown unit \"days\"; did you mean \"day\"?" },
    { "{\"lang\":\"de\",\"countries\":{\"at\":\"Heimat\"}}",
      "1:27: a country \"at\": expected two capital letters" },
    { "{\"lang\":\"de\",\"data\":{\"a=b\":\"x\"}}",
      "1:22: a kind of data \"a=b\": expected a word" },
    { "{\"lang\":\"de\",\"data\":{\"ip\":\"x\",\"ip\":\"y\"}}",
      "1:31: \"ip\" stands twice" },
    { "{\"lang\":\"de\",\"purposes\":{\"marketing\":{\"tittle\":\"x\"}}}",
      "1:39: unknown text of a purpose \"tittle\"; did you mean \"title\"?" },
    { "{\"lang\":\"de\",\"purposes\":{\"marketing\":\"x\"}}",
      "1:38: purposes: found a string in quotes, expected an object" },
    { "{\"lang\":\"de\",}", "1:14: found '}', expected a key" },
    { "[]", "1:1: a file of texts: found a list in [ ], expected an object" }
};


/* Nothing of a faulty file is taken. */

static void
test_faults(void **state)
{
    texts_t       t;
    unsigned      i;
    const char   *told;

    (void) state;

    for (i = 0; i < sizeof(texts_faulty) / sizeof(texts_faulty[0]); i++) {
        texts_init(&t);
        told = texts_faulty[i].told;

        assert_int_equal(texts_load(&t, texts_faulty[i].text),
                         CONSENT_ERROR);

        if (t.faults != 1 || strncmp(t.told, told, strlen(told)) != 0) {
            fail_msg("%s\ngot:      %sexpected: %s", texts_faulty[i].text,
                     t.told, told);
        }

        assert_int_equal(t.ui->n, 41);
        unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ACCEPT),
                        "Alle annehmen");
    }
}


static void
test_warnings(void **state)
{
    texts_t  t;

    (void) state;
    texts_init(&t);

    assert_int_equal(texts_load(&t, "{\"lang\":\"de\",\"texts\":{"
                                    "\"allow\":\"Immer\"}}"), CONSENT_OK);
    assert_string_equal(t.told, "1:31: allow: {name} is not in the text\n");
    assert_int_equal(t.faults, 0);
}


static void
test_files(void **state)
{
    FILE     *f;
    char      folder[] = "/tmp/consent_unit_XXXXXX", name[64];
    texts_t   t;
    unsigned  i;

    static const char *const  names[] = { "b.json", "a.json" };

    (void) state;
    texts_init(&t);

    assert_non_null(mkdtemp(folder));

    for (i = 0; i < 2; i++) {
        (void) snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        f = fopen(name, "w");
        assert_non_null(f);
        (void) fprintf(f, "{\"lang\":\"de\",\"texts\":{\"accept\":\"%s\"}}",
                       names[i]);
        (void) fclose(f);
    }

    (void) snprintf(name, sizeof(name), "%s/*.json", folder);
    assert_int_equal(consent_ui_load(t.ui, t.loader, unit_str(name)),
                     CONSENT_OK);
    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ACCEPT), "b.json");

    (void) snprintf(name, sizeof(name), "%s/c.json", folder);
    assert_int_equal(consent_ui_load(t.ui, t.loader, unit_str(name)),
                     CONSENT_ERROR);
    assert_non_null(strstr(t.told, "cannot read the file"));

    for (i = 0; i < 2; i++) {
        (void) snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        (void) unlink(name);
    }

    (void) rmdir(folder);
}


static void
test_kind(void **state)
{
    (void) state;

    assert_true(consent_ui_is_texts(unit_str("{\"lang\":\"de\"}")));
    assert_true(consent_ui_is_texts(unit_str("{\"texts\":{}}")));
    assert_false(consent_ui_is_texts(unit_str("{\"version\":1}")));
    assert_false(consent_ui_is_texts(unit_str("{\"version\":1,"
                                              "\"texts\":{}}")));
    assert_false(consent_ui_is_texts(unit_str("{\"lang\"")));
    assert_false(consent_ui_is_texts(unit_str("")));
    assert_false(consent_ui_is_texts(unit_str("[]")));
}


static void
test_no_memory(void **state)
{
    texts_t  t;

    (void) state;
    texts_init(&t);

    unit_no_memory = 1;

    assert_int_equal(texts_load(&t, "{\"lang\":\"de\",\"texts\":{"
                                    "\"accept\":\"Ja\"}}"), CONSENT_ERROR);
    unit_no_memory = 0;

    unit_assert_str(texts_get(&t, "de", CONSENT_TEXT_ACCEPT),
                    "Alle annehmen");
}


int
main(void)
{
    int  failed;

    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_override),
        cmocka_unit_test(test_new_language),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_no_memory)
    };

    failed = cmocka_run_group_tests(tests, NULL, NULL);

    unit_free();

    return failed;
}

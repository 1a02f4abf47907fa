#include <string.h>

#include "consent_ui_write.h"


/*
 * Plurals: which form of a text belongs to a whole number.  The facts are
 * those of CLDR's plural rules for cardinals, without what only fractions
 * and numbers from a million on have.
 */


/*
 * One condition: n (or n % mod, if mod is not 0) is from `from` to `to`,
 * but n % but_mod is not from but_from to but_to.  The first that holds
 * tells the form; where none does, it is the last one.
 */

typedef struct {
    uint8_t  form;
    uint8_t  mod;
    uint8_t  from;
    uint8_t  to;
    uint8_t  but_mod;
    uint8_t  but_from;
    uint8_t  but_to;
} consent_ui_when_t;

#define CONSENT_UI_WHENS  5


typedef struct {
    const char         *langs;
    unsigned            forms;
    unsigned            n;
    consent_ui_when_t   when[CONSENT_UI_WHENS];
} consent_ui_rule_t;


/* Languages that are in no row have one and other: "n is 1". */

static const consent_ui_rule_t  consent_ui_one = {
    "", 2, 1, { { .form = 0, .from = 1, .to = 1 } }
};

static const consent_ui_rule_t  consent_ui_rules[] = {

    /* other */
    { " id in ja jv km ko lo ms my su th vi yo yue zh ", 1, 0,
      { { .form = 0 } } },

    /* one, other: 0 is one, too */
    { " am as bn fa fr gu hi hy kn pt-br zu ", 2, 1,
      { { .form = 0, .from = 0, .to = 1 } } },

    /* one, other: 21, 31, … are one, too */
    { " is mk ", 2, 1,
      { { .form = 0, .mod = 10, .from = 1, .to = 1,
          .but_mod = 100, .but_from = 11, .but_to = 11 } } },

    /* zero, one, other */
    { " lv prg ", 3, 3,
      { { .form = 0, .mod = 10, .from = 0, .to = 0 },
        { .form = 0, .mod = 100, .from = 11, .to = 19 },
        { .form = 1, .mod = 10, .from = 1, .to = 1 } } },

    /* one, two, other */
    { " he iw ", 3, 2,
      { { .form = 0, .from = 1, .to = 1 },
        { .form = 1, .from = 2, .to = 2 } } },

    /* one, few, other */
    { " cs sk ", 3, 2,
      { { .form = 0, .from = 1, .to = 1 },
        { .form = 1, .from = 2, .to = 4 } } },

    { " lt ", 3, 2,
      { { .form = 0, .mod = 10, .from = 1, .to = 1,
          .but_mod = 100, .but_from = 11, .but_to = 19 },
        { .form = 1, .mod = 10, .from = 2, .to = 9,
          .but_mod = 100, .but_from = 11, .but_to = 19 } } },

    { " ro mo ", 3, 3,
      { { .form = 0, .from = 1, .to = 1 },
        { .form = 1, .from = 0, .to = 0 },
        { .form = 1, .mod = 100, .from = 1, .to = 19 } } },

    /* one, few, many (of which CLDR calls the last "other" in some) */
    { " be bs hr ru sh sr uk ", 3, 2,
      { { .form = 0, .mod = 10, .from = 1, .to = 1,
          .but_mod = 100, .but_from = 11, .but_to = 11 },
        { .form = 1, .mod = 10, .from = 2, .to = 4,
          .but_mod = 100, .but_from = 12, .but_to = 14 } } },

    { " pl ", 3, 2,
      { { .form = 0, .from = 1, .to = 1 },
        { .form = 1, .mod = 10, .from = 2, .to = 4,
          .but_mod = 100, .but_from = 12, .but_to = 14 } } },

    /* one, two, few, other */
    { " sl ", 4, 3,
      { { .form = 0, .mod = 100, .from = 1, .to = 1 },
        { .form = 1, .mod = 100, .from = 2, .to = 2 },
        { .form = 2, .mod = 100, .from = 3, .to = 4 } } },

    /* one, two, few, many, other */
    { " ga ", 5, 4,
      { { .form = 0, .from = 1, .to = 1 },
        { .form = 1, .from = 2, .to = 2 },
        { .form = 2, .from = 3, .to = 6 },
        { .form = 3, .from = 7, .to = 10 } } },

    { " mt ", 5, 5,
      { { .form = 0, .from = 1, .to = 1 },
        { .form = 1, .from = 2, .to = 2 },
        { .form = 2, .from = 0, .to = 0 },
        { .form = 2, .mod = 100, .from = 3, .to = 10 },
        { .form = 3, .mod = 100, .from = 11, .to = 19 } } },

    /* zero, one, two, few, many, other */
    { " ar ", 6, 5,
      { { .form = 0, .from = 0, .to = 0 },
        { .form = 1, .from = 1, .to = 1 },
        { .form = 2, .from = 2, .to = 2 },
        { .form = 3, .mod = 100, .from = 3, .to = 10 },
        { .form = 4, .mod = 100, .from = 11, .to = 99 } } },

    { " cy ", 6, 5,
      { { .form = 0, .from = 0, .to = 0 },
        { .form = 1, .from = 1, .to = 1 },
        { .form = 2, .from = 2, .to = 2 },
        { .form = 3, .from = 3, .to = 3 },
        { .form = 4, .from = 6, .to = 6 } } }
};


/* 1 if the tag is a word of langs. */

static int
consent_ui_rule_names(const char *langs, consent_str_t tag)
{
    size_t         len;
    consent_str_t  word;

    while (*langs == ' ' && langs[1] != '\0') {
        langs++;
        len = strcspn(langs, " ");
        word = (consent_str_t) { len, (const uint8_t *) langs };

        if (consent_str_caseeq(word, tag)) {
            return 1;
        }

        langs += len;
    }

    return 0;
}


static const consent_ui_rule_t *
consent_ui_rule(consent_str_t lang)
{
    size_t         i, n;
    consent_str_t  primary;

    primary = lang;

    for (n = 0; n < lang.len; n++) {
        if (lang.data[n] == '-') {
            primary.len = n;
            break;
        }
    }

    for (i = 0; i < sizeof(consent_ui_rules) / sizeof(consent_ui_rules[0]);
         i++)
    {
        if (consent_ui_rule_names(consent_ui_rules[i].langs, lang)
            || consent_ui_rule_names(consent_ui_rules[i].langs, primary))
        {
            return &consent_ui_rules[i];
        }
    }

    return &consent_ui_one;
}


static int
consent_ui_when(const consent_ui_when_t *when, unsigned n)
{
    unsigned  but, value;

    value = when->mod ? n % when->mod : n;

    if (value < when->from || value > when->to) {
        return 0;
    }

    if (when->but_mod == 0) {
        return 1;
    }

    but = n % when->but_mod;

    return but < when->but_from || but > when->but_to;
}


unsigned
consent_ui_plural(consent_str_t lang, unsigned n)
{
    unsigned                  i;
    const consent_ui_rule_t  *rule;

    rule = consent_ui_rule(lang);

    for (i = 0; i < rule->n; i++) {
        if (consent_ui_when(&rule->when[i], n)) {
            return rule->when[i].form;
        }
    }

    return rule->forms - 1;
}


unsigned
consent_ui_plurals(consent_str_t lang)
{
    return consent_ui_rule(lang)->forms;
}

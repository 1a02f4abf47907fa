/*
 * Which language there are texts in fits what is asked for (RFC 4647, 3.4).
 */

#include <string.h>

#include "consent_ui_write.h"


/* Of a longer header only the beginning is looked at. */
#define CONSENT_UI_ACCEPT_MAX  1024


/* RFC 9110, 12.4.2: "0", "0.5", "1.000" in thousandths; 1000 if malformed. */

static unsigned
consent_ui_quality(consent_str_t s)
{
    size_t    i;
    unsigned  q, unit;

    if (s.len == 0 || (s.data[0] != '0' && s.data[0] != '1')) {
        return 1000;
    }

    q = (unsigned) (s.data[0] - '0') * 1000;
    unit = 100;

    for (i = 2; i < s.len && i < 5; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            break;
        }

        q += (unsigned) (s.data[i] - '0') * unit;
        unit /= 10;
    }

    return q > 1000 ? 1000 : q;
}


static consent_str_t
consent_ui_trim(consent_str_t s)
{
    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}


/* The bytes of *s up to c, which is skipped; *s goes on behind. */

static consent_str_t
consent_ui_split(consent_str_t *s, uint8_t c)
{
    size_t         i;
    consent_str_t  part;

    for (i = 0; i < s->len && s->data[i] != c; i++) { /* void */ }

    part = (consent_str_t) { i, s->data };

    if (i < s->len) {
        i++;
    }

    s->data += i;
    s->len -= i;

    return part;
}


/*
 * Tags for what we have under another one: old codes (IANA's registry of
 * subtags), languages that are written alike, and the script that a region
 * writes Chinese in (CLDR, likely subtags).  Those that come here are in
 * lower case.
 */

static const char *const  consent_ui_aliases[][2] = {
    { "no", "nb" },
    { "nn", "nb" },
    { "iw", "he" },
    { "in", "id" },
    { "mo", "ro" },
    { "gsw", "de" },
    { "prs", "fa" },
    { "zh", "zh-Hans" },
    { "zh-tw", "zh-Hant" },
    { "zh-hk", "zh-Hant" },
    { "zh-mo", "zh-Hant" },
    { "zh-yue", "zh-Hant" },
    { "yue", "zh-Hant" },
    { "yue-cn", "zh-Hans" },
    { "yue-hans", "zh-Hans" },
    { "cmn", "zh-Hans" },
    { "cmn-tw", "zh-Hant" },
    { "cmn-hant", "zh-Hant" }
};


static consent_str_t
consent_ui_string(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
}


static const consent_ui_texts_t *
consent_ui_find(const consent_ui_t *ui, consent_str_t tag)
{
    unsigned  i;

    for (i = 0; i < ui->n; i++) {
        if (consent_str_caseeq(ui->texts[i]->tag, tag)) {
            return ui->texts[i];
        }
    }

    return NULL;
}


static const consent_ui_texts_t *
consent_ui_find_alias(const consent_ui_t *ui, consent_str_t tag)
{
    size_t  i;

    for (i = 0; i < sizeof(consent_ui_aliases)
                    / sizeof(consent_ui_aliases[0]); i++)
    {
        if (consent_str_caseeq(consent_ui_string(consent_ui_aliases[i][0]),
                               tag))
        {
            return consent_ui_find(ui,
                               consent_ui_string(consent_ui_aliases[i][1]));
        }
    }

    return NULL;
}


/* RFC 4647, 3.4: the range is shortened until a language fits. */

static const consent_ui_texts_t *
consent_ui_lookup(const consent_ui_t *ui, consent_str_t range)
{
    const consent_ui_texts_t  *texts;

    while (range.len) {
        texts = consent_ui_find(ui, range);

        if (texts == NULL) {
            texts = consent_ui_find_alias(ui, range);
        }

        if (texts != NULL) {
            return texts;
        }

        while (range.len && range.data[range.len - 1] != '-') {
            range.len--;
        }

        if (range.len) {
            range.len--;
        }

        /* A single letter ("x", "u") goes with what it introduces. */
        if (range.len > 2 && range.data[range.len - 2] == '-') {
            range.len -= 2;
        }
    }

    return NULL;
}


consent_str_t
consent_ui_match(const consent_ui_t *ui, consent_str_t accept)
{
    unsigned                   q, best;
    consent_str_t              item, range, parameter;
    const consent_ui_texts_t  *texts, *found;

    best = 0;
    found = NULL;

    if (accept.len > CONSENT_UI_ACCEPT_MAX) {
        accept.len = CONSENT_UI_ACCEPT_MAX;
    }

    while (accept.len) {
        item = consent_ui_split(&accept, ',');
        range = consent_ui_trim(consent_ui_split(&item, ';'));
        q = 1000;

        while (item.len) {
            parameter = consent_ui_trim(consent_ui_split(&item, ';'));

            if (parameter.len > 2 && parameter.data[1] == '='
                && (parameter.data[0] == 'q' || parameter.data[0] == 'Q'))
            {
                q = consent_ui_quality((consent_str_t)
                                       { parameter.len - 2,
                                         parameter.data + 2 });
            }
        }

        texts = (q > best) ? consent_ui_lookup(ui, range) : NULL;

        if (texts != NULL) {
            best = q;
            found = texts;
        }
    }

    return found != NULL ? found->tag : (consent_str_t) { 0, NULL };
}


consent_str_t
consent_ui_lang(const consent_ui_t *ui, consent_str_t accept)
{
    consent_str_t  tag;

    tag = consent_ui_match(ui, accept);

    return tag.len ? tag : ui->english->tag;
}

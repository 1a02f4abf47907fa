#include <string.h>

#include "consent_builtin.h"
#include "consent_ui_write.h"


/* The names of the strings in ui/texts/LANG.json, in the order of the enum. */

static const char *const  consent_ui_keys[CONSENT_TEXT_COUNT] = {
    [CONSENT_TEXT_ACCEPT]         = "accept",
    [CONSENT_TEXT_REJECT]         = "reject",
    [CONSENT_TEXT_SETTINGS]       = "settings",
    [CONSENT_TEXT_SAVE]           = "save",
    [CONSENT_TEXT_WITHDRAW]       = "withdraw",
    [CONSENT_TEXT_TITLE]          = "title",
    [CONSENT_TEXT_ASK_TITLE]      = "ask_title",
    [CONSENT_TEXT_ASK_OPT_IN]     = "ask_opt_in",
    [CONSENT_TEXT_ASK_OPT_OUT]    = "ask_opt_out",
    [CONSENT_TEXT_ASK_NOTICE]     = "ask_notice",
    [CONSENT_TEXT_ASK_AGAIN]      = "ask_again",
    [CONSENT_TEXT_ASK_FOR]        = "ask_for",
    [CONSENT_TEXT_GPC_WHY]        = "gpc_why",
    [CONSENT_TEXT_SAVED]          = "saved",
    [CONSENT_TEXT_SAVED_NOTE]     = "saved_note",
    [CONSENT_TEXT_LEAD]           = "lead",
    [CONSENT_TEXT_BACK]           = "back",
    [CONSENT_TEXT_NOW]            = "now",
    [CONSENT_TEXT_NOW_NEW]        = "now_new",
    [CONSENT_TEXT_NOW_NEW_ON]     = "now_new_on",
    [CONSENT_TEXT_NOW_ALL]        = "now_all",
    [CONSENT_TEXT_NOW_NONE]       = "now_none",
    [CONSENT_TEXT_NOW_SOME]       = "now_some",
    [CONSENT_TEXT_CHOSEN]         = "chosen",
    [CONSENT_TEXT_NUMBER]         = "number",
    [CONSENT_TEXT_RECEIPT]        = "receipt",
    [CONSENT_TEXT_PURPOSES]       = "purposes",
    [CONSENT_TEXT_ALWAYS_ON]      = "always_on",
    [CONSENT_TEXT_BENEFIT]        = "benefit",
    [CONSENT_TEXT_SERVICES]       = "services",
    [CONSENT_TEXT_NO_SERVICES]    = "no_services",
    [CONSENT_TEXT_UNSEEN]         = "unseen",
    [CONSENT_TEXT_SHOW_ALL]       = "show_all",
    [CONSENT_TEXT_SERVICE_MAY]    = "service_may",
    [CONSENT_TEXT_AS_PURPOSE]     = "as_purpose",
    [CONSENT_TEXT_ALWAYS]         = "always",
    [CONSENT_TEXT_NEVER]          = "never",
    [CONSENT_TEXT_ALSO_NEEDS]     = "also_needs",
    [CONSENT_TEXT_CONTROLLER]     = "controller",
    [CONSENT_TEXT_DATA]           = "data",
    [CONSENT_TEXT_STORES]         = "stores",
    [CONSENT_TEXT_POLICY]         = "policy",
    [CONSENT_TEXT_KIND_COOKIE]    = "kind_cookie",
    [CONSENT_TEXT_KIND_LOCAL]     = "kind_local",
    [CONSENT_TEXT_KIND_SESSION]   = "kind_session",
    [CONSENT_TEXT_KIND_DATABASE]  = "kind_database",
    [CONSENT_TEXT_FOR_SESSION]    = "for_session",
    [CONSENT_TEXT_FOR_EVER]       = "for_ever",
    [CONSENT_TEXT_FOR_UNKNOWN]    = "for_unknown",
    [CONSENT_TEXT_HELD_VIDEO]     = "held_video",
    [CONSENT_TEXT_HELD_MAP]       = "held_map",
    [CONSENT_TEXT_HELD_POST]      = "held_post",
    [CONSENT_TEXT_HELD_COMMENTS]  = "held_comments",
    [CONSENT_TEXT_HELD_AUDIO]     = "held_audio",
    [CONSENT_TEXT_HELD_CALENDAR]  = "held_calendar",
    [CONSENT_TEXT_HELD_DOCUMENT]  = "held_document",
    [CONSENT_TEXT_HELD_CAPTCHA]   = "held_captcha",
    [CONSENT_TEXT_HELD_CHAT]      = "held_chat",
    [CONSENT_TEXT_HELD_FORM]      = "held_form",
    [CONSENT_TEXT_HELD_OTHER]     = "held_other",
    [CONSENT_TEXT_HELD_UNKNOWN]   = "held_unknown",
    [CONSENT_TEXT_HELD_LEARNS]    = "held_learns",
    [CONSENT_TEXT_HELD_FROM]      = "held_from",
    [CONSENT_TEXT_HELD_FOR]       = "held_for",
    [CONSENT_TEXT_ALLOW]          = "allow",
    [CONSENT_TEXT_ONCE]           = "once",
    [CONSENT_TEXT_ORIGINAL]       = "original",
    [CONSENT_TEXT_CHANGED]        = "changed",
    [CONSENT_TEXT_WAS_ALLOWED]    = "was_allowed",
    [CONSENT_TEXT_WAS_NOT]        = "was_not",
    [CONSENT_TEXT_WAS_SERVICES]   = "was_services",
    [CONSENT_TEXT_KEPT]           = "kept",
    [CONSENT_TEXT_KEPT_COOKIE]    = "kept_cookie",
    [CONSENT_TEXT_KEPT_RECORD]    = "kept_record",
    [CONSENT_TEXT_KEPT_UNTIL]     = "kept_until",
    [CONSENT_TEXT_FORGET]         = "forget",
    [CONSENT_TEXT_FORGET_NOTE]    = "forget_note",
    [CONSENT_TEXT_FORGOTTEN]      = "forgotten",
    [CONSENT_TEXT_CONTACT]        = "contact",
    [CONSENT_TEXT_REFUSED_TITLE]  = "refused_title",
    [CONSENT_TEXT_REFUSED]        = "refused",
    [CONSENT_TEXT_HELD_CAPTCHA_NOTE] = "held_captcha_note",
    [CONSENT_TEXT_COMMA]          = "comma"
};


const char *
consent_ui_text_key(unsigned text)
{
    return consent_ui_keys[text];
}


void
consent_ui_texts_fill(consent_ui_texts_t *texts,
    const consent_ui_texts_t *other)
{
    unsigned  i;

    for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
        if (texts->text[i].data == NULL) {
            texts->text[i] = other->text[i];
        }
    }
}


static int
consent_ui_texts_whole(const consent_ui_texts_t *texts)
{
    unsigned  i;

    for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
        if (texts->text[i].data == NULL) {
            return 0;
        }
    }

    return 1;
}


/* The texts as they are built in, or a copy, where they lack some. */

static const consent_ui_texts_t *
consent_ui_texts_take(const consent_mem_t *mem, const consent_ui_t *ui,
    const consent_ui_texts_t *builtin)
{
    consent_ui_texts_t  *texts;

    if (consent_ui_texts_whole(builtin)) {
        return builtin;
    }

    texts = consent_alloc(mem, sizeof(consent_ui_texts_t));
    if (texts == NULL) {
        return NULL;
    }

    *texts = *builtin;
    consent_ui_texts_fill(texts, ui->english);

    return texts;
}


static const consent_ui_texts_t *
consent_ui_texts_english(void)
{
    unsigned  i;

    for (i = 0; i < consent_ntexts; i++) {
        if (consent_str_eq(consent_texts[i].tag, consent_str("en"))
            && consent_ui_texts_whole(&consent_texts[i]))
        {
            return &consent_texts[i];
        }
    }

    return NULL;
}


consent_ui_t *
consent_ui_create(const consent_mem_t *mem, const char **error)
{
    consent_ui_t  *ui;

    *error = "no memory";

    ui = consent_calloc(mem, sizeof(consent_ui_t));
    if (ui == NULL) {
        return NULL;
    }

    ui->english = consent_ui_texts_english();
    if (ui->english == NULL) {
        *error = "ui/texts/en.json: a text is missing";
        return NULL;
    }

    ui->texts = consent_alloc(mem, consent_ntexts * sizeof(ui->texts[0]));
    if (ui->texts == NULL) {
        return NULL;
    }

    for (ui->n = 0; ui->n < consent_ntexts; ui->n++) {
        ui->texts[ui->n] = consent_ui_texts_take(mem, ui,
                                                 &consent_texts[ui->n]);
        if (ui->texts[ui->n] == NULL) {
            return NULL;
        }
    }

    *error = NULL;

    return ui;
}


const consent_ui_texts_t *
consent_ui_texts(const consent_ui_t *ui, consent_str_t lang)
{
    unsigned  i;

    for (i = 0; i < ui->n; i++) {
        if (consent_str_caseeq(ui->texts[i]->tag, lang)) {
            return ui->texts[i];
        }
    }

    return ui->english;
}


consent_str_t
consent_ui_words_find(consent_str_t words, consent_str_t key)
{
    const uint8_t  *p, *end, *line;

    p = words.data;
    end = p + words.len;

    while (p < end) {
        line = p + 1;

        p = memchr(line, '\n', (size_t) (end - line));
        if (p == NULL) {
            p = end;
        }

        if ((size_t) (p - line) > key.len && line[key.len] == '='
            && memcmp(line, key.data, key.len) == 0)
        {
            line += key.len + 1;
            return (consent_str_t) { (size_t) (p - line), line };
        }
    }

    return (consent_str_t) { 0, NULL };
}

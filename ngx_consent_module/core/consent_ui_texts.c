#include <string.h>

#include <cjson/cJSON.h>

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
    [CONSENT_TEXT_HELD_WHO]       = "held_who",
    [CONSENT_TEXT_HELD_WHAT]      = "held_what",
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
    [CONSENT_TEXT_HELD_CAPTCHA_NOTE]= "held_captcha_note"
};


/* One text file while it is read. */

typedef struct {
    const consent_mem_t  *mem;
    const char           *lang;
    const char          **error;
} consent_ui_file_t;


/* *error = "ui/texts/LANG.json: WHAT NAME"; returns CONSENT_ERROR. */

static int
consent_ui_fault(const consent_ui_file_t *file, const char *what,
    const char *name)
{
    consent_buf_t  b;

    consent_buf_init(&b, file->mem);
    consent_buf_add_c(&b, "ui/texts/");
    consent_buf_add_c(&b, file->lang);
    consent_buf_add_c(&b, ".json: ");
    consent_buf_add_c(&b, what);
    consent_buf_add_c(&b, name);
    consent_buf_add(&b, (consent_str_t) { 1, (const uint8_t *) "" });

    *file->error = b.failed ? "no memory" : (const char *) b.data;

    return CONSENT_ERROR;
}


static int
consent_ui_copy(const consent_ui_file_t *file, const char *s,
    consent_str_t *to)
{
    *to = consent_str_dup(file->mem, (consent_str_t)
                          { strlen(s), (const uint8_t *) s });

    if (to->data == NULL) {
        *file->error = "no memory";
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


static int
consent_ui_read_words(const consent_ui_file_t *file, const cJSON *root,
    const char *name, consent_ui_words_t *words)
{
    const cJSON        *list, *item;
    consent_ui_word_t  *word;

    list = cJSON_GetObjectItemCaseSensitive(root, name);
    if (!cJSON_IsObject(list)) {
        return consent_ui_fault(file, "no object ", name);
    }

    words->item = consent_calloc(file->mem, (size_t) cJSON_GetArraySize(list)
                                            * sizeof(consent_ui_word_t));
    if (words->item == NULL) {
        *file->error = "no memory";
        return CONSENT_ERROR;
    }

    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsString(item)) {
            return consent_ui_fault(file, "no string: ", item->string);
        }

        word = &words->item[words->n++];

        if (consent_ui_copy(file, item->string, &word->key) != CONSENT_OK
            || consent_ui_copy(file, item->valuestring, &word->text)
               != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


static int
consent_ui_read_strings(const consent_ui_file_t *file, const cJSON *root,
    consent_ui_texts_t *texts)
{
    unsigned      i;
    const cJSON  *list, *item;

    list = cJSON_GetObjectItemCaseSensitive(root, "texts");
    if (!cJSON_IsObject(list)) {
        return consent_ui_fault(file, "no object ", "texts");
    }

    cJSON_ArrayForEach(item, list) {
        for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
            if (strcmp(consent_ui_keys[i], item->string) == 0) {
                break;
            }
        }

        if (i == CONSENT_TEXT_COUNT) {
            return consent_ui_fault(file, "unknown text ", item->string);
        }

        if (!cJSON_IsString(item)) {
            return consent_ui_fault(file, "no string: ", item->string);
        }

        if (consent_ui_copy(file, item->valuestring, &texts->text[i])
            != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


static int
consent_ui_read(const consent_ui_file_t *file, const cJSON *root,
    consent_ui_texts_t *texts)
{
    const cJSON  *direction;

    direction = cJSON_GetObjectItemCaseSensitive(root, "direction");
    if (!cJSON_IsString(direction)) {
        return consent_ui_fault(file, "no string: ", "direction");
    }

    texts->rtl = (strcmp(direction->valuestring, "rtl") == 0);

    if (consent_ui_copy(file, file->lang, &texts->tag) != CONSENT_OK
        || consent_ui_read_strings(file, root, texts) != CONSENT_OK
        || consent_ui_read_words(file, root, "data", &texts->data)
           != CONSENT_OK
        || consent_ui_read_words(file, root, "countries", &texts->countries)
           != CONSENT_OK
        || consent_ui_read_words(file, root, "units", &texts->units)
           != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


/* A text that a language lacks is the English one. */

static int
consent_ui_fill(consent_ui_t *ui, const char **error)
{
    unsigned                   i, k;
    consent_ui_texts_t        *texts;
    const consent_ui_texts_t  *english;

    english = consent_ui_texts(ui, consent_str("en"));

    for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
        if (english == NULL || english->text[i].data == NULL) {
            *error = "ui/texts/en.json: a text is missing";
            return CONSENT_ERROR;
        }

        for (k = 0; k < ui->n; k++) {
            texts = &ui->texts[k];

            if (texts->text[i].data == NULL) {
                texts->text[i] = english->text[i];
            }
        }
    }

    return CONSENT_OK;
}


consent_ui_t *
consent_ui_create(const consent_mem_t *mem, const char **error)
{
    int                rc;
    cJSON             *root;
    unsigned           i;
    consent_ui_t      *ui;
    consent_str_t      body;
    consent_ui_file_t  file;

    *error = "no memory";

    ui = consent_calloc(mem, sizeof(consent_ui_t));
    if (ui == NULL) {
        return NULL;
    }

    ui->texts = consent_calloc(mem, consent_ntext_files
                                    * sizeof(consent_ui_texts_t));
    if (ui->texts == NULL) {
        return NULL;
    }

    for (i = 0; i < consent_ntext_files; i++) {
        file.mem = mem;
        file.lang = consent_text_files[i].lang;
        file.error = error;

        body = consent_text_files[i].body;

        root = cJSON_ParseWithLength((const char *) body.data, body.len);
        if (root == NULL) {
            (void) consent_ui_fault(&file, "not valid JSON", "");
            return NULL;
        }

        rc = consent_ui_read(&file, root, &ui->texts[ui->n++]);

        cJSON_Delete(root);

        if (rc != CONSENT_OK) {
            return NULL;
        }
    }

    if (consent_ui_fill(ui, error) != CONSENT_OK) {
        return NULL;
    }

    *error = NULL;

    return ui;
}


const consent_ui_texts_t *
consent_ui_texts(const consent_ui_t *ui, consent_str_t lang)
{
    unsigned                   i;
    const consent_ui_texts_t  *english;

    english = NULL;

    for (i = 0; i < ui->n; i++) {
        if (consent_str_caseeq(ui->texts[i].tag, lang)) {
            return &ui->texts[i];
        }

        if (consent_str_eq(ui->texts[i].tag, consent_str("en"))) {
            english = &ui->texts[i];
        }
    }

    return english;
}


consent_str_t
consent_ui_word(const consent_ui_words_t *words, consent_str_t key)
{
    unsigned  i;

    for (i = 0; i < words->n; i++) {
        if (consent_str_caseeq(words->item[i].key, key)) {
            return words->item[i].text;
        }
    }

    return key;
}

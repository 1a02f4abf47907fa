/*
 * An operator's own texts: files of the form of ui/texts/LANG.json that
 * change some of them, or add a language.
 */

#include <string.h>

#include "consent_rules_json.h"
#include "consent_ui_write.h"


#define CONSENT_UI_UNITS  7

static const char *const  consent_ui_unit_names[CONSENT_UI_UNITS] = {
    "year", "month", "week", "day", "hour", "minute", "second"
};


/* One file on its way in. */

typedef struct {
    consent_ui_t        *ui;
    consent_ui_texts_t   texts;                     /* what the file has */
    consent_buf_t        words[CONSENT_WORDS_COUNT];
    consent_str_t        direction;
    consent_place_t      place;                     /* of "lang" */
    consent_place_t      units[CONSENT_UI_UNITS];   /* line 0: not given */
} consent_ui_draft_t;


static consent_str_t
consent_ui_load_string(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
}


/*
 * Values.
 */


/* Words are kept in lines. */

static const char *
consent_ui_check_text(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < ' ') {
            return "a text without line breaks";
        }
    }

    return consent_check_text(s);
}


/* BCP 47: letters in either case. */

static const char *
consent_ui_check_lang(consent_str_t s)
{
    size_t   i;
    uint8_t  lower[64];

    if (s.len > sizeof(lower)) {
        return "a language tag, such as \"en\" or \"pt-BR\"";
    }

    for (i = 0; i < s.len; i++) {
        lower[i] = s.data[i] >= 'A' && s.data[i] <= 'Z' ? s.data[i] | 0x20
                                                        : s.data[i];
    }

    return consent_check_lang((consent_str_t) { s.len, lower }) == NULL
           ? NULL : "a language tag, such as \"en\" or \"pt-BR\"";
}


static const char *
consent_ui_check_direction(consent_str_t s)
{
    return consent_str_eq(s, consent_str("ltr"))
           || consent_str_eq(s, consent_str("rtl"))
           ? NULL : "\"ltr\" or \"rtl\"";
}


/* Where "{name}" stands in s from *i on; *i goes on behind it. */

static int
consent_ui_next_hole(consent_str_t s, size_t *i, consent_str_t *hole)
{
    const uint8_t  *p, *end;

    p = *i < s.len ? memchr(s.data + *i, '{', s.len - *i) : NULL;
    if (p == NULL) {
        return 0;
    }

    end = memchr(p, '}', s.len - (size_t) (p - s.data));

    hole->data = p;
    hole->len = end != NULL ? (size_t) (end + 1 - p)
                            : s.len - (size_t) (p - s.data);
    *i = (size_t) (p - s.data) + hole->len;

    return 1;
}


static int
consent_ui_has_hole(consent_str_t s, consent_str_t hole)
{
    size_t         i;
    consent_str_t  other;

    i = 0;

    while (consent_ui_next_hole(s, &i, &other)) {
        if (consent_str_eq(other, hole)) {
            return 1;
        }
    }

    return 0;
}


/* A text may fill in what the English one does, and nothing else. */

static int
consent_ui_check_holes(consent_json_t *js, const cJSON *value,
    consent_str_t text, consent_str_t english)
{
    int              rc;
    size_t           i;
    consent_str_t    hole;
    consent_place_t  place;

    rc = 1;
    place = consent_json_place(js, value);

    for (i = 0; consent_ui_next_hole(text, &i, &hole); ) {
        if (!consent_ui_has_hole(english, hole)) {
            consent_loader_fault(js->loader, &place, "%s: nothing stands for "
                                 "%.*s here; in English this text is "
                                 "\"%.*s\"", value->string,
                                 consent_print(hole), consent_print(english));
            rc = 0;
        }
    }

    for (i = 0; consent_ui_next_hole(english, &i, &hole); ) {
        if (!consent_ui_has_hole(text, hole)) {
            consent_loader_warn(js->loader, &place, "%s: %.*s is not in the "
                                "text", value->string, consent_print(hole));
        }
    }

    return rc;
}


/* The key stands where it should not: says which one is near. */

static void
consent_ui_unknown(consent_json_t *js, const cJSON *value, const char *what,
    const char *const *names, unsigned n,
    consent_str_t (*get)(const void *data, unsigned i))
{
    consent_str_t    near;
    consent_place_t  place;

    place = consent_json_key_place(js, value);
    near = consent_rules_nearest(consent_ui_load_string(value->string), n,
                                 get, names);

    if (near.len) {
        consent_loader_fault(js->loader, &place, "unknown %s \"%s\"; did you "
                             "mean \"%.*s\"?", what, value->string,
                             consent_print(near));
        return;
    }

    consent_loader_fault(js->loader, &place, "unknown %s \"%s\"", what,
                         value->string);
}


static void
consent_ui_twice(consent_json_t *js, const cJSON *value)
{
    consent_place_t  place;

    place = consent_json_key_place(js, value);
    consent_loader_fault(js->loader, &place, "\"%s\" stands twice",
                         value->string);
}


/*
 * Setters.
 */


static consent_str_t
consent_ui_text_name(const void *data, unsigned i)
{
    (void) data;

    return consent_ui_load_string(consent_ui_text_key(i));
}


static consent_str_t
consent_ui_listed_name(const void *data, unsigned i)
{
    const char *const  *names;

    names = data;

    return consent_ui_load_string(names[i]);
}


static void
consent_ui_set_lang(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_ui_draft_t  *draft;

    draft = object;
    draft->place = consent_json_place(js, value);

    consent_json_set_string(js, value, key, object);
}


static void
consent_ui_set_text(consent_json_t *js, const cJSON *item,
    consent_ui_draft_t *draft)
{
    unsigned        i;
    consent_str_t   text;

    for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
        if (strcmp(consent_ui_text_key(i), item->string) == 0) {
            break;
        }
    }

    if (i == CONSENT_TEXT_COUNT) {
        consent_ui_unknown(js, item, "text", NULL, CONSENT_TEXT_COUNT,
                           consent_ui_text_name);
        return;
    }

    if (draft->texts.text[i].data != NULL) {
        consent_ui_twice(js, item);
        return;
    }

    if (consent_json_is(js, item, cJSON_String,
                        consent_ui_load_string(item->string))
        && consent_json_copy(js, item, consent_ui_load_string(item->string),
                             consent_ui_check_text, &text)
        && consent_ui_check_holes(js, item, text,
                                  draft->ui->english->text[i]))
    {
        draft->texts.text[i] = text;
    }
}


static void
consent_ui_set_texts(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON  *item;

    (void) key;

    cJSON_ArrayForEach(item, value) {
        consent_ui_set_text(js, item, object);
    }
}


/* Takes over "KEY=TEXT", and "SECOND" behind the key if it is given. */

static int
consent_ui_set_word(consent_json_t *js, const cJSON *item, const char *first,
    const char *second, consent_buf_t *words)
{
    size_t         start;
    consent_str_t  key, text, what;

    what = consent_ui_load_string(item->string);

    if (!consent_json_is(js, item, cJSON_String, what)
        || !consent_json_copy(js, item, what, consent_ui_check_text, &text))
    {
        return 0;
    }

    start = words->len;

    consent_buf_add_c(words, "\n");
    consent_buf_add_c(words, first);
    consent_buf_add_c(words, second);

    if (words->failed) {
        consent_json_no_memory(js, item);
        return 0;
    }

    key = (consent_str_t) { words->len - start - 1, words->data + start + 1 };

    if (consent_ui_words_find((consent_str_t) { start, words->data }, key)
            .data != NULL)
    {
        consent_ui_twice(js, item);
        return 0;
    }

    consent_buf_add_c(words, "=");
    consent_buf_add(words, text);

    return 1;
}


static int
consent_ui_check_key(consent_json_t *js, const cJSON *item, const char *what,
    const char *(*check)(consent_str_t s))
{
    const char       *expected;
    consent_place_t   place;

    expected = check(consent_ui_load_string(item->string));
    if (expected == NULL) {
        return 1;
    }

    place = consent_json_key_place(js, item);
    consent_loader_fault(js->loader, &place, "%s \"%s\": expected %s", what,
                         item->string, expected);

    return 0;
}


/* Rules may have kinds of data and countries of their own. */

static void
consent_ui_set_words(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON         *item;
    consent_ui_words_e   words;
    consent_ui_draft_t  *draft;

    draft = object;
    words = (consent_ui_words_e) key->offset;

    cJSON_ArrayForEach(item, value) {
        if (consent_ui_check_key(js, item, words == CONSENT_WORDS_DATA
                                           ? "a kind of data" : "a country",
                                 key->check))
        {
            (void) consent_ui_set_word(js, item, item->string, "",
                                       &draft->words[words]);
        }
    }
}


static void
consent_ui_set_units(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    unsigned             i;
    const cJSON         *item;
    consent_ui_draft_t  *draft;

    (void) key;
    draft = object;

    cJSON_ArrayForEach(item, value) {
        for (i = 0; i < CONSENT_UI_UNITS; i++) {
            if (strcmp(consent_ui_unit_names[i], item->string) == 0) {
                break;
            }
        }

        if (i == CONSENT_UI_UNITS) {
            consent_ui_unknown(js, item, "unit", consent_ui_unit_names,
                               CONSENT_UI_UNITS, consent_ui_listed_name);

        } else if (consent_ui_set_word(js, item, item->string, "",
                                       &draft->words[CONSENT_WORDS_UNITS]))
        {
            draft->units[i] = consent_json_place(js, item);
        }
    }
}


static void
consent_ui_set_purpose(consent_json_t *js, const cJSON *purpose,
    consent_ui_draft_t *draft)
{
    unsigned      i;
    char          second[16];
    const cJSON  *item;

    static const char *const  names[] =
        { "title", "description", "benefit", "example" };

    cJSON_ArrayForEach(item, purpose) {
        for (i = 0; i < CONSENT_COUNT(names); i++) {
            if (strcmp(names[i], item->string) == 0) {
                break;
            }
        }

        if (i == CONSENT_COUNT(names)) {
            consent_ui_unknown(js, item, "text of a purpose", names,
                               CONSENT_COUNT(names), consent_ui_listed_name);
            continue;
        }

        second[0] = '.';
        (void) strcpy(second + 1, names[i]);

        (void) consent_ui_set_word(js, item, purpose->string, second,
                                   &draft->words[CONSENT_WORDS_PURPOSES]);
    }
}


static void
consent_ui_set_purposes(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON  *item;

    cJSON_ArrayForEach(item, value) {
        if (consent_ui_check_key(js, item, "a purpose",
                                 consent_check_purpose_key)
            && consent_json_is(js, item, cJSON_Object, key->name))
        {
            consent_ui_set_purpose(js, item, object);
        }
    }
}


static const consent_json_key_t  consent_ui_file_keys[] = {
    { consent_string("lang"), cJSON_String, 1, consent_ui_set_lang,
      offsetof(consent_ui_draft_t, texts.tag), consent_ui_check_lang },
    { consent_string("language"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_ui_draft_t, texts.name), consent_ui_check_text },
    { consent_string("direction"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_ui_draft_t, direction), consent_ui_check_direction },
    { consent_string("texts"), cJSON_Object, 0, consent_ui_set_texts, 0,
      NULL },
    { consent_string("data"), cJSON_Object, 0, consent_ui_set_words,
      CONSENT_WORDS_DATA, consent_check_word },
    { consent_string("countries"), cJSON_Object, 0, consent_ui_set_words,
      CONSENT_WORDS_COUNTRIES, consent_check_country },
    { consent_string("units"), cJSON_Object, 0, consent_ui_set_units, 0,
      NULL },
    { consent_string("purposes"), cJSON_Object, 0, consent_ui_set_purposes,
      0, NULL },
    { consent_string("$schema"), cJSON_String, 0, NULL, 0, NULL },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_ui_file =
    consent_form("a file of texts", consent_ui_file_keys);


/*
 * The file as a whole.
 */


/* As many forms as the language has, or one that is right for any number. */

static void
consent_ui_check_units(consent_loader_t *loader,
    const consent_ui_draft_t *draft)
{
    size_t         k;
    unsigned       i, n, forms;
    consent_str_t  text;

    forms = consent_ui_plurals(draft->texts.tag);

    for (i = 0; i < CONSENT_UI_UNITS; i++) {
        if (draft->units[i].line == 0) {
            continue;
        }

        text = consent_ui_words_find(
                   consent_buf_str(&draft->words[CONSENT_WORDS_UNITS]),
                   consent_ui_load_string(consent_ui_unit_names[i]));

        for (n = 1, k = 0; k < text.len; k++) {
            n += (text.data[k] == '|');
        }

        if (n != 1 && n != forms) {
            consent_loader_fault(loader, &draft->units[i], "%s: found %u "
                                 "forms between \"|\", expected %u, which "
                                 "\"%.*s\" has, or one for all numbers",
                                 consent_ui_unit_names[i], n, forms,
                                 consent_print(draft->texts.tag));
        }
    }
}


/*
 * What a new language lacks will be English.  Each names what is missing of
 * one kind; *n and *of count.
 */

static void
consent_ui_missing_texts(const consent_ui_draft_t *draft, consent_buf_t *b,
    unsigned *n, unsigned *of)
{
    unsigned  i;

    for (i = 0; i < CONSENT_TEXT_COUNT; i++) {
        if (draft->texts.text[i].data == NULL) {
            consent_buf_add_c(b, (*n)++ ? ", " : "");
            consent_buf_add_c(b, consent_ui_text_key(i));
        }
    }

    *of = CONSENT_TEXT_COUNT;
}


static void
consent_ui_missing_words(const consent_ui_draft_t *draft,
    consent_ui_words_e words, consent_buf_t *b, unsigned *n, unsigned *of)
{
    consent_str_t   own, key;
    const uint8_t  *p, *end;

    own = consent_buf_str(&draft->words[words]);
    p = draft->ui->english->words[words].data;
    end = p + draft->ui->english->words[words].len;

    for ( /* void */ ; p < end; p++) {
        if (*p != '\n') {
            continue;
        }

        key.data = p + 1;
        key.len = (size_t) ((const uint8_t *) memchr(p, '=',
                                                     (size_t) (end - p))
                            - key.data);
        (*of)++;

        if (consent_ui_words_find(own, key).data == NULL) {
            consent_buf_add_c(b, (*n)++ ? ", " : "");
            consent_buf_add(b, key);
        }
    }
}


static void
consent_ui_warn_missing(consent_loader_t *loader,
    const consent_ui_draft_t *draft)
{
    unsigned       i, n, of;
    consent_buf_t  b;

    static const char *const  names[] = {
        [CONSENT_WORDS_DATA]      = "data",
        [CONSENT_WORDS_COUNTRIES] = "countries",
        [CONSENT_WORDS_UNITS]     = "units",
        [CONSENT_WORDS_PURPOSES]  = "texts"
    };

    for (i = 0; i < CONSENT_WORDS_COUNT; i++) {
        n = 0;
        of = 0;
        consent_buf_init(&b, &loader->mem);

        if (i == CONSENT_WORDS_PURPOSES) {
            consent_ui_missing_texts(draft, &b, &n, &of);
        } else {
            consent_ui_missing_words(draft, i, &b, &n, &of);
        }

        if (n && !b.failed) {
            consent_loader_warn(loader, &draft->place, "\"%.*s\" lacks %u of "
                                "%u %s, which will be English: %.*s",
                                consent_print(draft->texts.tag), n, of,
                                names[i], consent_print(consent_buf_str(&b)));
        }
    }
}


/* The texts that the file changes, as a copy; the English ones if none. */

static int
consent_ui_slot(consent_ui_t *ui, const consent_mem_t *mem,
    consent_str_t tag, unsigned *slot)
{
    const consent_ui_texts_t  **texts;

    for (*slot = 0; *slot < ui->n; (*slot)++) {
        if (consent_str_caseeq(ui->texts[*slot]->tag, tag)) {
            return CONSENT_OK;
        }
    }

    texts = consent_alloc(mem, (ui->n + 1) * sizeof(ui->texts[0]));
    if (texts == NULL) {
        return CONSENT_ERROR;
    }

    memcpy(texts, ui->texts, ui->n * sizeof(ui->texts[0]));
    texts[ui->n++] = NULL;
    ui->texts = texts;

    return CONSENT_DECLINED;
}


/* What the file has comes before what was there. */

static int
consent_ui_commit_words(consent_ui_draft_t *draft,
    const consent_ui_texts_t *base)
{
    unsigned  i;

    for (i = 0; i < CONSENT_WORDS_COUNT; i++) {
        if (draft->words[i].len == 0) {
            draft->texts.words[i] = base->words[i];
            continue;
        }

        consent_buf_add(&draft->words[i], base->words[i]);

        if (draft->words[i].failed) {
            return CONSENT_ERROR;
        }

        draft->texts.words[i] = consent_buf_str(&draft->words[i]);
    }

    return CONSENT_OK;
}


static int
consent_ui_commit(consent_loader_t *loader, consent_ui_draft_t *draft)
{
    int                        rc;
    unsigned                   slot;
    consent_ui_t              *ui;
    consent_ui_texts_t        *texts;
    const consent_ui_texts_t  *base;

    ui = draft->ui;

    texts = consent_alloc(&loader->mem, sizeof(consent_ui_texts_t));
    rc = consent_ui_slot(ui, &loader->mem, draft->texts.tag, &slot);

    if (texts == NULL || rc == CONSENT_ERROR) {
        return CONSENT_ERROR;
    }

    if (rc == CONSENT_DECLINED) {
        consent_ui_warn_missing(loader, draft);
    }

    base = rc == CONSENT_OK ? ui->texts[slot] : ui->english;

    if (consent_ui_commit_words(draft, base) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    consent_ui_texts_fill(&draft->texts, base);

    if (rc == CONSENT_OK) {
        draft->texts.tag = base->tag;
    }

    if (draft->texts.name.len == 0) {
        draft->texts.name = rc == CONSENT_OK ? base->name : draft->texts.tag;
    }

    draft->texts.rtl = draft->direction.len
                       ? draft->direction.data[0] == 'r'
                       : rc == CONSENT_OK && base->rtl;

    *texts = draft->texts;
    ui->texts[slot] = texts;

    if (base == ui->english && rc == CONSENT_OK) {
        ui->english = texts;
    }

    return CONSENT_OK;
}


static int
consent_ui_read(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, void *data)
{
    unsigned             i, faults;
    consent_place_t      place;
    consent_ui_draft_t   draft;

    memset(&draft, 0, sizeof(consent_ui_draft_t));
    draft.ui = data;

    for (i = 0; i < CONSENT_WORDS_COUNT; i++) {
        consent_buf_init(&draft.words[i], &loader->mem);
    }

    faults = loader->faults;

    if (consent_json_read(loader, file, text, &consent_ui_file, &draft)
        == CONSENT_OK)
    {
        consent_ui_check_units(loader, &draft);
    }

    if (loader->faults != faults) {
        return CONSENT_ERROR;
    }

    if (consent_ui_commit(loader, &draft) != CONSENT_OK) {
        place = (consent_place_t) { file, 0, 0 };
        consent_loader_fault(loader, &place, "no memory");
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


int
consent_ui_load(consent_ui_t *ui, consent_loader_t *loader,
    consent_str_t pattern)
{
    return consent_loader_files(loader, pattern, consent_ui_read, ui);
}


int
consent_ui_load_text(consent_ui_t *ui, consent_loader_t *loader,
    consent_str_t file, consent_str_t text)
{
    file = consent_str_dup(&loader->mem, file);

    return file.data == NULL ? CONSENT_ERROR
                             : consent_ui_read(loader, file, text, ui);
}


int
consent_ui_is_texts(consent_str_t text)
{
    int     rc;
    cJSON  *root;

    root = cJSON_ParseWithLength((const char *) text.data, text.len);

    rc = cJSON_HasObjectItem(root, "lang")
         || (cJSON_HasObjectItem(root, "texts")
             && !cJSON_HasObjectItem(root, "version"));

    cJSON_Delete(root);

    return rc;
}

/*
 * Reading rule files.
 */

#include <string.h>

#include "consent_rules_json.h"


static void
consent_json_check_version(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_place_t  place;

    (void) key;
    (void) object;

    if (value->valuedouble != 1) {
        place = consent_json_place(js, value);
        consent_loader_fault(js->loader, &place, "\"version\" %g: expected 1, "
                             "the only version there is", value->valuedouble);
    }
}


typedef struct {
    consent_str_t  text;
} consent_json_source_t;


static const consent_json_key_t  consent_json_source_keys[] = {
    { consent_string("source"), cJSON_String, 1, consent_json_set_string, 0,
      consent_check_text },
    { consent_string("licence"), cJSON_String, 0, consent_json_set_string, 0,
      consent_check_text },
    { consent_string("checked"), cJSON_String, 0, consent_json_set_string, 0,
      consent_check_date },
    { consent_string("url"), cJSON_String, 0, consent_json_set_string, 0,
      consent_check_policy_url },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_source =
    consent_form("a source", consent_json_source_keys);


static void
consent_json_check_provenance(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON            *item;
    consent_json_source_t   unused;

    (void) key;
    (void) object;

    cJSON_ArrayForEach(item, value) {
        consent_json_object(js, item, &consent_json_source, &unused);
    }
}


/*
 * Purposes.
 */


static void
consent_json_set_texts(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const char       *expected;
    const cJSON      *item;
    consent_text_t   *text;
    consent_place_t   place;
    consent_texts_t  *texts;

    texts = (consent_texts_t *) (void *) ((uint8_t *) object + key->offset);

    texts->n = 0;
    texts->item = consent_calloc(&js->loader->mem,
                                 (size_t) cJSON_GetArraySize(value)
                                 * sizeof(consent_text_t));
    if (texts->item == NULL) {
        consent_json_no_memory(js, value);
        return;
    }

    cJSON_ArrayForEach(item, value) {
        text = &texts->item[texts->n];
        text->lang = consent_str_dup(&js->loader->mem,
                                     consent_json_string(item->string));
        if (text->lang.data == NULL) {
            consent_json_no_memory(js, item);
            return;
        }

        expected = consent_check_lang(text->lang);

        if (expected != NULL) {
            place = consent_json_key_place(js, item);
            consent_loader_fault(js->loader, &place, "\"%s\": expected %s",
                                 item->string, expected);
            continue;
        }

        if (consent_json_is(js, item, cJSON_String, key->name)
            && consent_json_copy(js, item, key->name, consent_check_text,
                                 &text->text))
        {
            texts->n++;
        }
    }

    if (cJSON_GetArraySize(value) == 0) {
        place = consent_json_place(js, value);
        consent_loader_fault(js->loader, &place, "%.*s: expected a text in "
                             "at least one language",
                             consent_print(key->name));
    }
}


static void
consent_json_set_necessary(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_purpose_t  *purpose;

    (void) js;
    (void) key;

    purpose = object;
    purpose->necessary = cJSON_IsTrue(value) != 0;
}


static void
consent_json_set_gpc(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_purpose_t  *purpose;

    (void) js;
    (void) key;

    purpose = object;
    purpose->gpc = cJSON_IsTrue(value) != 0;
}


static const consent_json_key_t  consent_json_purpose_keys[] = {
    { consent_string("key"), cJSON_String, 1, consent_json_set_string,
      offsetof(consent_purpose_t, key), consent_check_purpose_key },
    { consent_string("title"), cJSON_Object, 1, consent_json_set_texts,
      offsetof(consent_purpose_t, title), NULL },
    { consent_string("description"), cJSON_Object, 0, consent_json_set_texts,
      offsetof(consent_purpose_t, description), NULL },
    { consent_string("benefit"), cJSON_Object, 0, consent_json_set_texts,
      offsetof(consent_purpose_t, benefit), NULL },
    { consent_string("example"), cJSON_Object, 0, consent_json_set_texts,
      offsetof(consent_purpose_t, example), NULL },
    { consent_string("necessary"), CONSENT_JSON_BOOL, 0,
      consent_json_set_necessary, 0, NULL },
    { consent_string("gpc"), CONSENT_JSON_BOOL, 0, consent_json_set_gpc, 0,
      NULL },
    { consent_string("tcf"), cJSON_Array, 0, consent_json_check_numbers, 0,
      NULL },
    { consent_string("tcf_special"), cJSON_Array, 0,
      consent_json_check_numbers, 0, NULL },
    { consent_string("gpp"), cJSON_Array, 0, consent_json_check_strings, 0,
      consent_check_word },
    { consent_string("consent_mode"), cJSON_Array, 0,
      consent_json_check_strings, 0, consent_check_word },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_purpose =
    consent_form("a purpose", consent_json_purpose_keys);


/* Where a purpose of this key goes; NULL if it can't be taken. */
static consent_purpose_draft_t *
consent_json_purpose_slot(consent_json_t *js, const cJSON *node,
    consent_str_t key)
{
    unsigned                  i;
    consent_place_t           place;
    consent_loader_t         *loader;
    consent_purpose_draft_t  *draft;

    loader = js->loader;
    draft = loader->purposes.items;
    place = consent_json_place(js, node);

    for (i = 0; i < loader->purposes.n; i++) {
        if (!consent_str_eq(draft[i].purpose.key, key)) {
            continue;
        }

        if (draft[i].call == loader->call) {
            consent_loader_fault(loader, &place, "purpose \"%.*s\" is "
                                 "defined twice", consent_print(key));
            return NULL;
        }

        return &draft[i];
    }

    if (loader->purposes.n == CONSENT_MAX_PURPOSES) {
        consent_loader_fault(loader, &place, "purpose \"%.*s\" is one too "
                             "many; 32 are possible", consent_print(key));
        return NULL;
    }

    draft = consent_vec_push(&loader->mem, &loader->purposes,
                             sizeof(consent_purpose_draft_t));
    if (draft == NULL) {
        consent_json_no_memory(js, node);
    }

    return draft;
}


static void
consent_json_read_purposes(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON              *item;
    consent_purpose_t         purpose;
    consent_purpose_draft_t  *draft;

    (void) key;
    (void) object;

    cJSON_ArrayForEach(item, value) {
        memset(&purpose, 0, sizeof(consent_purpose_t));
        consent_json_object(js, item, &consent_json_purpose, &purpose);

        if (purpose.key.len == 0) {
            continue;
        }

        draft = consent_json_purpose_slot(js, item, purpose.key);

        if (draft != NULL) {
            draft->purpose = purpose;
            draft->call = js->loader->call;
        }
    }
}


/*
 * Services.
 */


static const struct {
    consent_str_t           name;
    consent_storage_kind_t  kind;
} consent_json_kinds[] = {
    { consent_string("cookie"), CONSENT_STORAGE_COOKIE },
    { consent_string("localStorage"), CONSENT_STORAGE_LOCAL },
    { consent_string("sessionStorage"), CONSENT_STORAGE_SESSION },
    { consent_string("indexedDB"), CONSENT_STORAGE_INDEXED_DB },
    { consent_string("cacheStorage"), CONSENT_STORAGE_CACHE }
};


static void
consent_json_set_kind(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    size_t              i;
    consent_storage_t  *storage;

    storage = object;

    for (i = 0; i < CONSENT_COUNT(consent_json_kinds); i++) {
        if (consent_str_eq(consent_json_kinds[i].name,
                           consent_json_string(value->valuestring)))
        {
            storage->kind = consent_json_kinds[i].kind;
            return;
        }
    }

    consent_json_bad_value(js, value, key->name,
                           "\"cookie\", \"localStorage\", "
                           "\"sessionStorage\", \"indexedDB\" or "
                           "\"cacheStorage\"");
}


static const consent_json_key_t  consent_json_storage_keys[] = {
    { consent_string("kind"), cJSON_String, 1, consent_json_set_kind, 0,
      NULL },
    { consent_string("name"), cJSON_String, 1, consent_json_set_string,
      offsetof(consent_storage_t, name), consent_check_storage_name },
    { consent_string("retention"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_storage_t, retention), consent_check_retention },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_storage =
    consent_form("a storage entry", consent_json_storage_keys);


static void
consent_json_read_storage(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON              *item;
    consent_storage_t         storage, *slot;
    consent_service_draft_t  *draft;

    (void) key;

    draft = object;

    cJSON_ArrayForEach(item, value) {
        memset(&storage, 0, sizeof(consent_storage_t));
        consent_json_object(js, item, &consent_json_storage, &storage);

        if (storage.name.len == 0) {
            continue;
        }

        slot = consent_vec_push(&js->loader->mem, &draft->storage,
                                sizeof(consent_storage_t));
        if (slot == NULL) {
            consent_json_no_memory(js, item);
            return;
        }

        *slot = storage;
        slot->line = consent_json_place(js, item).line;
        slot->column = consent_json_place(js, item).column;
    }
}


static void
consent_json_read_data(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON              *item;
    consent_str_t             word, *slot;
    consent_service_draft_t  *draft;

    draft = object;

    cJSON_ArrayForEach(item, value) {
        if (!consent_json_is(js, item, cJSON_String, key->name)
            || !consent_json_copy(js, item, key->name, consent_check_word,
                                  &word))
        {
            continue;
        }

        slot = consent_vec_push(&js->loader->mem, &draft->data,
                                sizeof(consent_str_t));
        if (slot == NULL) {
            consent_json_no_memory(js, item);
            return;
        }

        *slot = word;
    }
}


/* Names are resolved when all files have been read. */
static void
consent_json_add_ref(consent_json_t *js, const cJSON *item,
    consent_service_draft_t *draft)
{
    unsigned          i;
    consent_ref_t    *ref;
    consent_str_t     name;
    consent_place_t   place;

    if (!consent_json_copy(js, item, consent_str("purpose"), NULL, &name)) {
        return;
    }

    place = consent_json_place(js, item);
    ref = draft->refs.items;

    for (i = 0; i < draft->refs.n; i++) {
        if (consent_str_eq(ref[i].name, name)) {
            consent_loader_fault(js->loader, &place, "purpose \"%.*s\" "
                                 "stands twice in this service",
                                 consent_print(name));
            return;
        }
    }

    ref = consent_vec_push(&js->loader->mem, &draft->refs,
                           sizeof(consent_ref_t));
    if (ref == NULL) {
        consent_json_no_memory(js, item);
        return;
    }

    ref->name = name;
    ref->file = place.file;
    ref->line = place.line;
    ref->column = place.column;
}


static void
consent_json_read_refs(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON      *item;
    consent_place_t   place;

    cJSON_ArrayForEach(item, value) {
        if (consent_json_is(js, item, cJSON_String, key->name)) {
            consent_json_add_ref(js, item, object);
        }
    }

    if (cJSON_GetArraySize(value) == 0) {
        place = consent_json_place(js, value);
        consent_loader_fault(js->loader, &place, "purposes: expected at least "
                             "one");
    }
}


static const consent_json_key_t  consent_json_service_keys[] = {
    { consent_string("id"), cJSON_String, 1, consent_json_set_string,
      offsetof(consent_service_draft_t, service.id), consent_check_id },
    { consent_string("name"), cJSON_String, 1, consent_json_set_string,
      offsetof(consent_service_draft_t, service.name), consent_check_text },
    { consent_string("controller"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_service_draft_t, service.controller),
      consent_check_text },
    { consent_string("country"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_service_draft_t, service.country),
      consent_check_country },
    { consent_string("policy_url"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_service_draft_t, service.policy_url),
      consent_check_policy_url },
    { consent_string("placeholder"), cJSON_String, 0,
      consent_json_set_string,
      offsetof(consent_service_draft_t, service.placeholder),
      consent_check_word },
    { consent_string("stubs"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_service_draft_t, service.stubs), consent_check_stubs },
    { consent_string("purposes"), cJSON_Array, 1, consent_json_read_refs, 0,
      NULL },
    { consent_string("data"), cJSON_Array, 0, consent_json_read_data, 0,
      NULL },
    { consent_string("match"), cJSON_Array, 0, consent_json_read_match, 0,
      NULL },
    { consent_string("storage"), cJSON_Array, 0, consent_json_read_storage,
      0, NULL },
    { consent_string("fills"), cJSON_Array, 0, consent_json_read_fills, 0,
      NULL },
    { consent_string("provenance"), cJSON_Array, 0,
      consent_json_check_provenance, 0, NULL },
    { consent_string("category"), cJSON_String, 0, NULL, 0, NULL },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_service =
    consent_form("a service", consent_json_service_keys);


/* Later wins, but not within one call. */
static void
consent_json_replace_service(consent_json_t *js, const cJSON *node,
    consent_str_t id)
{
    unsigned                  i;
    consent_place_t           place;
    consent_loader_t         *loader;
    consent_service_draft_t  *draft;

    loader = js->loader;
    draft = loader->services.items;

    for (i = 0; i < loader->services.n; i++) {
        if (draft[i].replaced || !consent_str_eq(draft[i].service.id, id)) {
            continue;
        }

        if (draft[i].call == loader->call) {
            place = consent_json_place(js, node);
            consent_loader_fault(loader, &place, "service \"%.*s\" is "
                                 "defined twice, first at %.*s:%u",
                                 consent_print(id),
                                 consent_print(draft[i].service.file),
                                 draft[i].service.line);
        }

        draft[i].replaced = 1;
        return;
    }
}


static void
consent_json_read_services(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON              *item;
    consent_service_draft_t   service, *draft;

    (void) key;
    (void) object;

    cJSON_ArrayForEach(item, value) {
        memset(&service, 0, sizeof(consent_service_draft_t));

        service.call = js->loader->call;
        service.service.file = js->file;
        service.service.line = consent_json_place(js, item).line;
        service.service.column = consent_json_place(js, item).column;

        consent_json_object(js, item, &consent_json_service, &service);

        if (service.service.id.len) {
            consent_json_replace_service(js, item, service.service.id);
        }

        draft = consent_vec_push(&js->loader->mem, &js->loader->services,
                                 sizeof(consent_service_draft_t));
        if (draft == NULL) {
            consent_json_no_memory(js, item);
            return;
        }

        *draft = service;
    }
}


/*
 * The file.
 */


static const consent_json_key_t  consent_json_file_keys[] = {
    { consent_string("version"), cJSON_Number, 1, consent_json_check_version,
      0, NULL },
    { consent_string("purposes"), cJSON_Array, 0, consent_json_read_purposes,
      0, NULL },
    { consent_string("services"), cJSON_Array, 0, consent_json_read_services,
      0, NULL },
    { consent_string("provenance"), cJSON_Array, 0,
      consent_json_check_provenance, 0, NULL },
    { consent_string("$schema"), cJSON_String, 0, NULL, 0, NULL },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_file =
    consent_form("a rule file", consent_json_file_keys);


int
consent_rules_read_json(consent_loader_t *loader, consent_str_t file,
    consent_str_t text)
{
    return consent_json_read(loader, file, text, &consent_json_file, NULL);
}

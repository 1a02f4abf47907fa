/*
 * Objects in rule files, read after tables.
 */

#include <string.h>

#include "consent_rules_json.h"


/*
 * Positions and faults.
 */


/*
 * Numbers a value and those below it in the order of their beginnings, as the
 * places are; *n starts at 0.  cJSON's valueint is free for that: numbers are
 * read from valuedouble.
 */
static void
consent_json_number(cJSON *value, int *n)
{
    cJSON  *child;

    value->valueint = (*n)++;

    cJSON_ArrayForEach(child, value) {
        consent_json_number(child, n);
    }
}


consent_place_t
consent_json_place(const consent_json_t *js, const cJSON *value)
{
    const consent_json_place_t  *place;

    place = &js->places[value->valueint];

    return (consent_place_t) { js->file, place->line, place->column };
}


consent_place_t
consent_json_key_place(const consent_json_t *js, const cJSON *value)
{
    const consent_json_place_t  *place;

    place = &js->places[value->valueint];

    return (consent_place_t) { js->file, place->key_line, place->key_column };
}


consent_str_t
consent_json_string(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
}


static const char *
consent_json_type_name(int type)
{
    size_t  i;

    static const struct {
        int          type;
        const char  *name;
    } names[] = {
        { cJSON_String, "a string in quotes" },
        { cJSON_Number, "a number" },
        { cJSON_Array, "a list in [ ]" },
        { cJSON_Object, "an object in { }" },
        { cJSON_False, "true or false" },
        { cJSON_True, "true or false" },
        { cJSON_NULL, "null" }
    };

    for (i = 0; i < CONSENT_COUNT(names); i++) {
        if (type & names[i].type) {
            return names[i].name;
        }
    }

    return "something else";
}


int
consent_json_is(consent_json_t *js, const cJSON *value, int type,
    consent_str_t what)
{
    consent_place_t  place;

    if (value->type & type) {
        return 1;
    }

    place = consent_json_place(js, value);
    consent_loader_fault(js->loader, &place, "%.*s: found %s, expected %s",
                         consent_print(what),
                         consent_json_type_name(value->type),
                         consent_json_type_name(type));

    return 0;
}


void
consent_json_bad_value(consent_json_t *js, const cJSON *value,
    consent_str_t what, const char *expected)
{
    consent_str_t    s;
    consent_place_t  place;

    s = consent_json_string(value->valuestring);
    place = consent_json_place(js, value);

    consent_loader_fault(js->loader, &place,
                         "%.*s \"%.*s%s\": expected %s", consent_print(what),
                         (int) (s.len < 80 ? s.len : 80), s.data,
                         s.len < 80 ? "" : "…", expected);
}


void
consent_json_no_memory(consent_json_t *js, const cJSON *value)
{
    consent_place_t  place;

    place = consent_json_place(js, value);
    consent_loader_fault(js->loader, &place, "no memory");
}


/*
 * Objects.
 */


static consent_str_t
consent_json_key_name(const void *data, unsigned i)
{
    const consent_json_form_t  *form;

    form = data;

    return form->keys[i].name;
}


static void
consent_json_unknown_key(consent_json_t *js, const cJSON *value,
    const consent_json_form_t *form)
{
    consent_str_t    key, near;
    consent_place_t  place;

    key = consent_json_string(value->string);
    near = consent_rules_nearest(key, form->nkeys, consent_json_key_name,
                                 form);
    place = consent_json_key_place(js, value);

    if (near.len) {
        consent_loader_fault(js->loader, &place, "unknown key \"%.*s\" in "
                             "%s; did you mean \"%.*s\"?", consent_print(key),
                             form->name, consent_print(near));
        return;
    }

    consent_loader_fault(js->loader, &place, "unknown key \"%.*s\" in %s",
                         consent_print(key), form->name);
}


static const consent_json_key_t *
consent_json_find_key(const consent_json_form_t *form, const char *name,
    unsigned *i)
{
    for (*i = 0; *i < form->nkeys; (*i)++) {
        if (strcmp((const char *) form->keys[*i].name.data, name) == 0) {
            return &form->keys[*i];
        }
    }

    return NULL;
}


static void
consent_json_missing(consent_json_t *js, const cJSON *node,
    const consent_json_form_t *form, uint64_t seen)
{
    unsigned         i;
    consent_place_t  place;

    place = consent_json_place(js, node);

    for (i = 0; i < form->nkeys; i++) {
        if (form->keys[i].required && !(seen & (uint64_t) 1 << i)) {
            consent_loader_fault(js->loader, &place, "%s needs \"%.*s\"",
                                 form->name,
                                 consent_print(form->keys[i].name));
        }
    }
}


void
consent_json_object(consent_json_t *js, const cJSON *node,
    const consent_json_form_t *form, void *object)
{
    unsigned                   i;
    uint64_t                   seen, bit;
    const cJSON               *value;
    consent_place_t            place;
    const consent_json_key_t  *key;

    if (!consent_json_is(js, node, cJSON_Object,
                         consent_json_string(form->name)))
    {
        return;
    }

    seen = 0;

    cJSON_ArrayForEach(value, node) {
        key = consent_json_find_key(form, value->string, &i);

        if (key == NULL) {
            consent_json_unknown_key(js, value, form);
            continue;
        }

        bit = (uint64_t) 1 << i;

        if (seen & bit) {
            place = consent_json_key_place(js, value);
            consent_loader_fault(js->loader, &place, "\"%.*s\" stands twice "
                                 "in %s", consent_print(key->name),
                                 form->name);
            continue;
        }

        seen |= bit;

        if (consent_json_is(js, value, key->type, key->name)
            && key->set != NULL)
        {
            key->set(js, value, key, object);
        }
    }

    consent_json_missing(js, node, form, seen);
}


/*
 * Files.
 */


static void
consent_json_read_root(consent_json_t *js, consent_str_t text,
    const consent_json_form_t *form, void *object)
{
    int              n;
    cJSON           *root;
    consent_place_t  place;

    root = cJSON_ParseWithLength((const char *) text.data, text.len);
    if (root == NULL) {
        place = (consent_place_t) { js->file, 0, 0 };
        consent_loader_fault(js->loader, &place, "no memory");
        return;
    }

    n = 0;
    consent_json_number(root, &n);
    consent_json_object(js, root, form, object);

    cJSON_Delete(root);
}


int
consent_json_read(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, const consent_json_form_t *form, void *object)
{
    unsigned        faults;
    consent_vec_t   places;
    consent_json_t  js;

    faults = loader->faults;

    /* A byte order mark is no JSON, but editors put one. */

    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3;
        text.len -= 3;
    }

    memset(&places, 0, sizeof(consent_vec_t));

    if (consent_rules_scan(loader, file, text, &places) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    js.loader = loader;
    js.file = file;
    js.places = places.items;

    consent_json_read_root(&js, text, form, object);

    return loader->faults == faults ? CONSENT_OK : CONSENT_ERROR;
}


/*
 * Setters of general use.
 */


int
consent_json_copy(consent_json_t *js, const cJSON *value, consent_str_t what,
    const char *(*check)(consent_str_t s), consent_str_t *out)
{
    const char     *expected;
    consent_str_t   s;

    s = consent_json_string(value->valuestring);

    expected = check != NULL ? check(s) : NULL;
    if (expected != NULL) {
        consent_json_bad_value(js, value, what, expected);
        return 0;
    }

    *out = consent_str_dup(&js->loader->mem, s);
    if (out->data == NULL) {
        consent_json_no_memory(js, value);
        return 0;
    }

    return 1;
}


void
consent_json_set_string(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_str_t  *out;

    out = (consent_str_t *) (void *) ((uint8_t *) object + key->offset);

    (void) consent_json_copy(js, value, key->name, key->check, out);
}


void
consent_json_check_strings(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON    *item;
    consent_str_t   unused;

    (void) object;

    cJSON_ArrayForEach(item, value) {
        if (consent_json_is(js, item, cJSON_String, key->name)) {
            (void) consent_json_copy(js, item, key->name, key->check,
                                     &unused);
        }
    }
}


void
consent_json_check_numbers(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON  *item;

    (void) object;

    cJSON_ArrayForEach(item, value) {
        (void) consent_json_is(js, item, cJSON_Number, key->name);
    }
}

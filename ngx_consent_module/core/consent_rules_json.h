/*
 * Reading the objects of a file: what each may hold stands in a table of
 * keys.  Private to consent_rules_json*.c, consent_rules_object.c and
 * consent_ui_load.c.
 */

#ifndef CONSENT_RULES_JSON_H
#define CONSENT_RULES_JSON_H


#include <cjson/cJSON.h>

#include "consent_rules_index.h"


#define CONSENT_COUNT(table)  (sizeof(table) / sizeof((table)[0]))

/* A bool in either state; cJSON has two types for it. */
#define CONSENT_JSON_BOOL  (cJSON_True|cJSON_False)


/* One file on its way in. */

typedef struct {
    consent_loader_t            *loader;
    consent_str_t                file;
    const consent_json_place_t  *places;
} consent_json_t;


typedef struct consent_json_key_s  consent_json_key_t;

struct consent_json_key_s {
    consent_str_t   name;
    int             type;           /* cJSON's, or several */
    unsigned        required;
    void          (*set)(consent_json_t *js, const cJSON *value,
                         const consent_json_key_t *key, void *object);
    size_t          offset;         /* of a consent_str_t in the object */
    const char   *(*check)(consent_str_t s);
};


typedef struct {
    const char                *name;        /* "a service" */
    const consent_json_key_t  *keys;
    unsigned                   nkeys;
} consent_json_form_t;


#define consent_form(name, keys)  { name, keys, CONSENT_COUNT(keys) }


/* Where a value stands, and where its key does. */
consent_place_t consent_json_place(const consent_json_t *js,
    const cJSON *value);
consent_place_t consent_json_key_place(const consent_json_t *js,
    const cJSON *value);

consent_str_t consent_json_string(const char *s);

/* 1 if value is of the type; else a fault is reported. */
int consent_json_is(consent_json_t *js, const cJSON *value, int type,
    consent_str_t what);

/* A string that is not well-formed; a long one is cut in the message. */
void consent_json_bad_value(consent_json_t *js, const cJSON *value,
    consent_str_t what, const char *expected);

void consent_json_no_memory(consent_json_t *js, const cJSON *value);

/* Reads an object after its form: each key's setter is called. */
void consent_json_object(consent_json_t *js, const cJSON *node,
    const consent_json_form_t *form, void *object);

/* A copy of the string; 0 if it is not well-formed. */
int consent_json_copy(consent_json_t *js, const cJSON *value,
    consent_str_t what, const char *(*check)(consent_str_t s),
    consent_str_t *out);

/*
 * Reads the JSON text of a file after the form of its root.  CONSENT_ERROR: a
 * fault was reported.
 */
int consent_json_read(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, const consent_json_form_t *form, void *object);

/* Setters of general use; those that check take nothing over. */
void consent_json_set_string(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object);
void consent_json_check_strings(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object);
void consent_json_check_numbers(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object);

/* The list "match" of a service draft that is about to be added. */
void consent_json_read_match(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object);

/* The same for the list "fills" (consent_rules_fills.c). */
void consent_json_read_fills(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object);


#endif /* CONSENT_RULES_JSON_H */

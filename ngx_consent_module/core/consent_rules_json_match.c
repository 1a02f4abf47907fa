/*
 * The list "match" of a service.
 */

#include <string.h>

#include "consent_rules_json.h"


/* One entry of "match", before it becomes rules. */

typedef struct {
    consent_rule_t    rule;
    consent_regex_t  *regex;
    const cJSON      *literals;
} consent_json_match_t;


static const struct {
    consent_str_t  name;
    uint32_t       type;
} consent_json_types[] = {
    { consent_string("script"), CONSENT_TYPE_SCRIPT },
    { consent_string("image"), CONSENT_TYPE_IMAGE },
    { consent_string("style"), CONSENT_TYPE_STYLE },
    { consent_string("font"), CONSENT_TYPE_FONT },
    { consent_string("media"), CONSENT_TYPE_MEDIA },
    { consent_string("frame"), CONSENT_TYPE_FRAME },
    { consent_string("object"), CONSENT_TYPE_OBJECT },
    { consent_string("connect"), CONSENT_TYPE_CONNECT },
    { consent_string("ping"), CONSENT_TYPE_PING },
    { consent_string("worker"), CONSENT_TYPE_WORKER },
    { consent_string("manifest"), CONSENT_TYPE_MANIFEST },
    { consent_string("prefetch"), CONSENT_TYPE_PREFETCH },
    { consent_string("document"), CONSENT_TYPE_DOCUMENT },
    { consent_string("form"), CONSENT_TYPE_FORM },
    { consent_string("hint"), CONSENT_TYPE_HINT },
    { consent_string("other"), CONSENT_TYPE_OTHER }
};


static const struct {
    consent_str_t    name;
    consent_party_t  party;
} consent_json_parties[] = {
    { consent_string("first"), CONSENT_PARTY_FIRST },
    { consent_string("third"), CONSENT_PARTY_THIRD },
    { consent_string("any"), CONSENT_PARTY_ANY }
};


static consent_str_t
consent_json_type_word(const void *data, unsigned i)
{
    (void) data;

    return consent_json_types[i].name;
}


static void
consent_json_add_type(consent_json_t *js, const cJSON *item,
    consent_rule_t *rule)
{
    size_t           i;
    consent_str_t    name, near;
    consent_place_t  place;

    name = consent_json_string(item->valuestring);

    for (i = 0; i < CONSENT_COUNT(consent_json_types); i++) {
        if (consent_str_eq(consent_json_types[i].name, name)) {
            rule->types |= consent_json_types[i].type;
            return;
        }
    }

    near = consent_rules_nearest(name, CONSENT_COUNT(consent_json_types),
                                 consent_json_type_word, NULL);
    place = consent_json_place(js, item);

    if (near.len) {
        consent_loader_fault(js->loader, &place, "unknown type \"%.*s\"; did "
                             "you mean \"%.*s\"?", consent_print(name),
                             consent_print(near));
        return;
    }

    consent_json_bad_value(js, item, consent_str("type"),
                           "script, image, style, font, media, frame, "
                           "object, connect, ping, worker, manifest, "
                           "prefetch, document, form, hint or other");
}


static void
consent_json_set_types(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON           *item;
    consent_place_t        place;
    consent_json_match_t  *match;

    match = object;
    match->rule.types = 0;

    cJSON_ArrayForEach(item, value) {
        if (consent_json_is(js, item, cJSON_String, key->name)) {
            consent_json_add_type(js, item, &match->rule);
        }
    }

    if (cJSON_GetArraySize(value) == 0) {
        place = consent_json_place(js, value);
        consent_loader_fault(js->loader, &place, "types: an empty list "
                             "matches nothing; leave it out for all types");
    }
}


static void
consent_json_set_party(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    size_t                 i;
    consent_str_t          name;
    consent_json_match_t  *match;

    match = object;
    name = consent_json_string(value->valuestring);

    for (i = 0; i < CONSENT_COUNT(consent_json_parties); i++) {
        if (consent_str_eq(consent_json_parties[i].name, name)) {
            match->rule.party = consent_json_parties[i].party;
            return;
        }
    }

    consent_json_bad_value(js, value, key->name,
                           "\"first\", \"third\" or \"any\"");
}


static void
consent_json_set_host(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const char            *expected;
    uint8_t                buf[CONSENT_URL_BUF];
    consent_str_t          near;
    consent_place_t        place;
    consent_json_match_t  *match;

    match = object;

    expected = consent_check_host(consent_json_string(value->valuestring),
                                  &near, buf);

    if (expected == NULL) {
        (void) consent_json_copy(js, value, key->name, NULL,
                                 &match->rule.host);
        return;
    }

    if (near.len == 0) {
        consent_json_bad_value(js, value, key->name, expected);
        return;
    }

    place = consent_json_place(js, value);
    consent_loader_fault(js->loader, &place, "host \"%.80s\": expected %s; "
                         "did you mean \"%.*s\"?", value->valuestring,
                         expected, consent_print(near));
}


static void
consent_json_set_regex(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    char                   error[256];
    size_t                 offset;
    consent_place_t        place;
    consent_regex_t       *regex;
    consent_json_match_t  *match;

    match = object;

    if (!consent_json_copy(js, value, key->name, consent_check_text,
                           &match->rule.regex))
    {
        return;
    }

    regex = consent_calloc(&js->loader->mem, sizeof(consent_regex_t));
    if (regex == NULL) {
        consent_json_no_memory(js, value);
        return;
    }

    place = consent_json_place(js, value);

    if (match->rule.regex.len > CONSENT_RULES_PATH_MAX) {
        consent_loader_fault(js->loader, &place, "regex: expected 4096 bytes "
                             "at most");
        return;
    }

    if (consent_regex_compile(&js->loader->mem, regex, match->rule.regex,
                              0, &offset, error, sizeof(error))
        != CONSENT_OK)
    {
        consent_loader_fault(js->loader, &place, "regex \"%.80s\": %s, at "
                             "its byte %zu", value->valuestring, error,
                             offset + 1);
        return;
    }

    match->regex = regex;
}


static void
consent_json_set_literals(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_place_t        place;
    consent_json_match_t  *match;

    (void) key;

    match = object;
    match->literals = value;

    if (cJSON_GetArraySize(value) == 0) {
        place = consent_json_place(js, value);
        consent_loader_fault(js->loader, &place, "inline: an empty list "
                             "matches nothing");
    }
}


static const consent_json_key_t  consent_json_match_keys[] = {
    { consent_string("host"), cJSON_String, 0, consent_json_set_host, 0,
      NULL },
    { consent_string("path"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_json_match_t, rule.path), consent_check_path },
    { consent_string("types"), cJSON_Array, 0, consent_json_set_types, 0,
      NULL },
    { consent_string("regex"), cJSON_String, 0, consent_json_set_regex, 0,
      NULL },
    { consent_string("inline"), cJSON_Array, 0, consent_json_set_literals, 0,
      NULL },
    { consent_string("party"), cJSON_String, 0, consent_json_set_party, 0,
      NULL },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_match =
    consent_form("a match entry", consent_json_match_keys);


/* For a matcher that becomes no rule; those of rules the compiler releases. */
static void
consent_json_drop_regex(consent_json_match_t *match)
{
    if (match->regex != NULL) {
        consent_regex_free(match->regex);
        match->regex = NULL;
    }
}


static void
consent_json_add_rule(consent_json_t *js, const cJSON *node,
    consent_json_match_t *match)
{
    consent_loader_t       *loader;
    consent_rule_draft_t   *draft;

    loader = js->loader;

    draft = loader->rules.n < CONSENT_RULES_MAX
            ? consent_vec_push(&loader->mem, &loader->rules,
                               sizeof(consent_rule_draft_t))
            : NULL;

    if (draft == NULL) {
        consent_json_drop_regex(match);
        consent_json_no_memory(js, node);
        return;
    }

    draft->rule = match->rule;
    draft->regex = match->regex;

    draft->rule.service = (int) loader->services.n;
    draft->rule.file = js->file;
    draft->rule.line = consent_json_place(js, node).line;
    draft->rule.column = consent_json_place(js, node).column;
    draft->rule.named = match->rule.host;

    if (draft->rule.named.len == 0 && match->regex != NULL) {
        draft->rule.named = match->regex->host;
    }
}


/* What the matcher lacks, or has too much; NULL if it is good. */
static const char *
consent_json_match_fault(const consent_json_match_t *match, int plain)
{
    size_t                 i;
    const consent_rule_t  *rule;

    rule = &match->rule;

    if (match->literals != NULL) {
        return plain ? NULL : "\"inline\" stands alone in a match entry: a "
                              "script without src has no URL";
    }

    if (rule->host.len || rule->regex.len) {
        return NULL;
    }

    for (i = 0; i < rule->path.len; i++) {
        if (rule->path.data[i] != '/' && rule->path.data[i] != '*') {
            return NULL;
        }
    }

    return rule->path.len ? "this path without a host matches every page of "
                            "the site"
                          : "a match entry needs \"host\", \"path\", "
                            "\"regex\" or \"inline\"";
}


static void
consent_json_add_literals(consent_json_t *js, consent_json_match_t *match)
{
    const cJSON  *item;

    cJSON_ArrayForEach(item, match->literals) {
        if (consent_json_is(js, item, cJSON_String, consent_str("inline"))
            && consent_json_copy(js, item, consent_str("inline"),
                                 consent_check_literal,
                                 &match->rule.inline_literal))
        {
            consent_json_add_rule(js, item, match);
        }
    }
}


void
consent_json_read_match(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    unsigned               faults;
    const char            *fault;
    const cJSON           *item;
    consent_place_t        place;
    consent_json_match_t   match;

    (void) key;
    (void) object;

    cJSON_ArrayForEach(item, value) {
        memset(&match, 0, sizeof(consent_json_match_t));
        match.rule.types = CONSENT_TYPE_ANY;
        faults = js->loader->faults;

        consent_json_object(js, item, &consent_json_match, &match);

        if (faults == js->loader->faults) {
            fault = consent_json_match_fault(&match,
                        cJSON_GetArraySize(item)
                        == 1 + (cJSON_GetObjectItem(item, "note") != NULL));

            if (fault != NULL) {
                place = consent_json_place(js, item);
                consent_loader_fault(js->loader, &place, "%s", fault);
            }
        }

        if (match.literals != NULL) {
            consent_json_drop_regex(&match);
            consent_json_add_literals(js, &match);

        } else {
            consent_json_add_rule(js, item, &match);
        }
    }
}

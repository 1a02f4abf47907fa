/*
 * Answers for programs: the state of a choice, the services.
 */

#include <string.h>

#include "consent_ui_write.h"


static const char *const  consent_ui_kinds[] = {
    [CONSENT_STORAGE_COOKIE]     = "cookie",
    [CONSENT_STORAGE_LOCAL]      = "localStorage",
    [CONSENT_STORAGE_SESSION]    = "sessionStorage",
    [CONSENT_STORAGE_INDEXED_DB] = "indexedDB",
    [CONSENT_STORAGE_CACHE]      = "cacheStorage"
};

#define CONSENT_UI_NKINDS                                                     \
    (sizeof(consent_ui_kinds) / sizeof(consent_ui_kinds[0]))


static void
consent_ui_json_string(consent_buf_t *b, consent_str_t s)
{
    consent_buf_add_c(b, "\"");
    consent_buf_add_json(b, s);
    consent_buf_add_c(b, "\"");
}


static void
consent_ui_json_field(consent_buf_t *b, const char *before, consent_str_t s)
{
    consent_buf_add_c(b, before);
    consent_ui_json_string(b, s);
}


/* "analytics","marketing" for the bits of mask. */

static void
consent_ui_json_purposes(consent_buf_t *b, const consent_rules_t *rules,
    uint32_t mask)
{
    unsigned  i, n;

    for (n = 0, i = 0; i < rules->npurposes; i++) {
        if (mask & ((uint32_t) 1 << i)) {
            consent_ui_json_field(b, n++ ? "," : "", rules->purposes[i].key);
        }
    }
}


/* Names of one kind that allowed (or denied) services store under. */

static void
consent_ui_json_names(consent_buf_t *b, const consent_view_t *view,
    unsigned kind, int allowed)
{
    unsigned                  i, k, n;
    const consent_rules_t    *rules;
    const consent_service_t  *s;

    rules = view->rules;

    for (n = 0, i = 0; i < rules->nservices; i++) {
        s = &rules->services[i];

        if (s->nstorage == 0
            || consent_choice_allows_service(view->choice, rules, (int) i)
               != allowed)
        {
            continue;
        }

        for (k = 0; k < s->nstorage; k++) {
            if (s->storage[k].kind == kind) {
                consent_ui_json_field(b, n++ ? "," : "", s->storage[k].name);
            }
        }
    }
}


static void
consent_ui_json_kinds(consent_buf_t *b, const consent_view_t *view,
    int allowed)
{
    unsigned  kind;

    for (kind = CONSENT_STORAGE_LOCAL; kind < CONSENT_UI_NKINDS; kind++) {
        consent_buf_add_c(b, kind > CONSENT_STORAGE_LOCAL ? ",\"" : "\"");
        consent_buf_add_c(b, consent_ui_kinds[kind]);
        consent_buf_add_c(b, "\":[");
        consent_ui_json_names(b, view, kind, allowed);
        consent_buf_add_c(b, "]");
    }
}


static void
consent_ui_json_bool(consent_buf_t *b, const char *before, int on)
{
    consent_buf_add_c(b, before);
    consent_buf_add_c(b, on ? "true" : "false");
}


void
consent_ui_state(consent_buf_t *b, const consent_view_t *view)
{
    uint8_t                  state[32];
    unsigned                 i;
    consent_str_t            id;
    consent_ui_out_t         o;
    const consent_rules_t   *rules;
    const consent_choice_t  *choice;

    rules = view->rules;
    choice = view->choice;

    consent_ui_json_field(b, "{\"regime\":",
                          consent_regime_name(choice->regime));
    consent_ui_json_bool(b, ",\"made\":", choice->made);
    consent_ui_json_bool(b, ",\"asks\":", consent_choice_asks(choice));
    consent_ui_json_bool(b, ",\"gpc\":", choice->gpc);
    consent_ui_json_field(b, ",\"state\":", (consent_str_t)
                          { consent_choice_state(choice, rules, state),
                            state });

    consent_buf_add_c(b, ",\"issued\":");
    consent_buf_add_number(b, (uint64_t) choice->issued);

    consent_buf_add_c(b, ",\"granted\":[");
    consent_ui_json_purposes(b, rules, choice->granted & rules->all);
    consent_buf_add_c(b, "],\"denied\":[");
    consent_ui_json_purposes(b, rules, rules->all & ~choice->granted);

    consent_buf_add_c(b, "],\"services\":{");

    for (i = 0; i < choice->noverrides; i++) {
        id = rules->services[choice->overrides[i].service].id;

        consent_ui_json_field(b, i ? "," : "", id);
        consent_ui_json_bool(b, ":", choice->overrides[i].on);
    }

    consent_buf_add_c(b, "},\"clear\":{");
    consent_ui_json_kinds(b, view, 0);
    consent_buf_add_c(b, "},\"keep\":{");
    consent_ui_json_kinds(b, view, 1);
    consent_buf_add_c(b, "}");

    if (view->guard.len) {
        consent_ui_json_field(b, ",\"guard\":", view->guard);
    }

    /* What pc.js needs after a yes, so that no page brings it before. */
    consent_ui_out_init(&o, b, view);
    consent_ui_put(&o, ",\"replay\":\"%a\"", "replay.js");

    consent_buf_add_c(b, "}");
}


static void
consent_ui_json_service(consent_buf_t *b, const consent_view_t *view,
    unsigned i)
{
    unsigned                  k;
    const consent_service_t  *s;

    s = &view->rules->services[i];

    consent_ui_json_field(b, "{\"id\":", s->id);
    consent_ui_json_field(b, ",\"name\":", s->name);
    consent_ui_json_field(b, ",\"controller\":", s->controller);
    consent_ui_json_field(b, ",\"country\":", s->country);
    consent_ui_json_field(b, ",\"policy_url\":", s->policy_url);

    consent_buf_add_c(b, ",\"purposes\":[");
    consent_ui_json_purposes(b, view->rules, s->purposes);
    consent_buf_add_c(b, "],\"data\":[");

    for (k = 0; k < s->ndata; k++) {
        consent_ui_json_field(b, k ? "," : "", s->data[k]);
    }

    consent_buf_add_c(b, "],\"storage\":[");

    for (k = 0; k < s->nstorage; k++) {
        consent_buf_add_c(b, k ? ",{\"kind\":\"" : "{\"kind\":\"");
        consent_buf_add_c(b, consent_ui_kinds[s->storage[k].kind]);
        consent_ui_json_field(b, "\",\"name\":", s->storage[k].name);
        consent_ui_json_field(b, ",\"retention\":", s->storage[k].retention);
        consent_buf_add_c(b, "}");
    }

    consent_ui_json_bool(b, "],\"allowed\":",
                         consent_choice_allows_service(view->choice,
                                                       view->rules, (int) i));
    consent_buf_add_c(b, "}");
}


void
consent_ui_services(consent_buf_t *b, const consent_view_t *view)
{
    unsigned                  i;
    const consent_rules_t    *rules;
    const consent_purpose_t  *p;

    rules = view->rules;

    consent_ui_json_field(b, "{\"policy\":", (consent_str_t)
                          { sizeof(rules->policy), rules->policy });
    consent_ui_json_field(b, ",\"language\":", view->lang);
    consent_buf_add_c(b, ",\"purposes\":[");

    for (i = 0; i < rules->npurposes; i++) {
        p = &rules->purposes[i];

        consent_buf_add_c(b, i ? "," : "");
        consent_ui_json_field(b, "{\"key\":", p->key);
        consent_ui_json_field(b, ",\"title\":",
                              consent_ui_purpose(view, i,
                                                 CONSENT_PURPOSE_TITLE));
        consent_ui_json_field(b, ",\"description\":",
                              consent_ui_purpose(view, i,
                                                 CONSENT_PURPOSE_DESCRIPTION));
        consent_ui_json_field(b, ",\"benefit\":",
                              consent_ui_purpose(view, i,
                                                 CONSENT_PURPOSE_BENEFIT));

        if (consent_ui_purpose(view, i, CONSENT_PURPOSE_EXAMPLE).len) {
            consent_ui_json_field(b, ",\"example\":",
                                  consent_ui_purpose(view, i,
                                                     CONSENT_PURPOSE_EXAMPLE));
        }

        consent_ui_json_bool(b, ",\"necessary\":", p->necessary);
        consent_ui_json_bool(b, ",\"granted\":",
                             (view->choice->granted >> i) & 1);
        consent_buf_add_c(b, "}");
    }

    consent_buf_add_c(b, "],\"services\":[");

    for (i = 0; i < rules->nservices; i++) {
        consent_buf_add_c(b, i ? "," : "");
        consent_ui_json_service(b, view, i);
    }

    consent_buf_add_c(b, "]}");
}

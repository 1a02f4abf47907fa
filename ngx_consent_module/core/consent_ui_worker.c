/*
 * Lines of ours in front of a service worker, and the policies it asks for.
 */

#include <string.h>

#include "consent_builtin.h"
#include "consent_ui_write.h"


#define CONSENT_UI_WORKER  "worker.js"


void
consent_ui_policy(consent_buf_t *b, const consent_view_t *view)
{
    uint8_t        state[32];
    unsigned       i;
    consent_buf_t  tag;
    consent_str_t  value;

    value.data = state;
    value.len = view->choice->all || view->nheaders == 0
                ? 0 : consent_choice_state(view->choice, view->rules, state);

    consent_buf_add_c(b, "{\"state\":\"");
    consent_buf_add_json(b, value);
    consent_buf_add_c(b, "\",\"headers\":[");

    for (i = 0; i < view->nheaders; i++) {
        consent_buf_add_c(b, i ? ",[\"" : "[\"");
        consent_buf_add_json(b, view->headers[i].name);
        consent_buf_add_c(b, "\",\"");
        consent_buf_add_json(b, view->headers[i].value);
        consent_buf_add_c(b, "\"]");
    }

    consent_buf_add_c(b, "]");

    if (view->guard.len) {
        consent_buf_init(&tag, b->mem);
        consent_ui_guard(&tag, view);
        b->failed |= tag.failed;

        consent_buf_add_c(b, ",\"guard\":\"");
        consent_buf_add_json(b, consent_buf_str(&tag));
        consent_buf_add_c(b, "\"");
    }

    consent_buf_add_c(b, "}");
}


/* One statement, whatever stands before it. */

void
consent_ui_worker(consent_buf_t *b, const consent_view_t *view,
    uint32_t mark)
{
    unsigned  i;

    consent_buf_add_c(b, ";");

    for (i = 0; i < consent_nassets; i++) {
        if (strcmp(consent_assets[i].name, CONSENT_UI_WORKER) == 0) {
            consent_buf_add(b, consent_assets[i].body);
        }
    }

    consent_buf_add_c(b, "(");
    consent_ui_policy(b, view);
    consent_buf_add_c(b, ",\"");
    consent_buf_add_json(b, view->prefix);
    consent_buf_add_c(b, "\",");
    consent_buf_add_number(b, mark);
    consent_buf_add_c(b, ");");
}

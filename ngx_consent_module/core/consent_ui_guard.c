#include <string.h>

#include "consent_builtin.h"
#include "consent_ui_write.h"


#define CONSENT_UI_GUARD  "guard.js"

/* Where the function ends, and is called with what its tag says. */
#define CONSENT_UI_CALL   "(document.currentScript.dataset)"


static consent_str_t
consent_ui_guard_body(void)
{
    unsigned  i;

    for (i = 0; i < consent_nassets; i++) {
        if (strcmp(consent_assets[i].name, CONSENT_UI_GUARD) == 0) {
            return consent_assets[i].body;
        }
    }

    return consent_str("");
}


/* Where a nonce lets it through, in the page itself, so that nothing has to
   be waited for; else as a file, since a page is not kept by browsers. */

void
consent_ui_guard(consent_buf_t *b, const consent_view_t *view)
{
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);

    consent_ui_put(&o, "<script data-pc-guard=\"");
    consent_buf_add(b, view->guard);
    consent_ui_put(&o, "\" data-pc-ask=\"%a\"%r%r", "ask.js",
                   view->csp ? " data-pc-csp" : "",
                   view->post ? " data-pc-post" : "");

    if (view->nonce.len) {
        consent_ui_put(&o, " nonce=\"%s\">", view->nonce);
        consent_buf_add(b, consent_ui_guard_body());

    } else {
        consent_ui_put(&o, " src=\"%a\">", CONSENT_UI_GUARD);
    }

    consent_ui_put(&o, "</script>");
}


/* Modules that a worker imports come with it as well: the first counts. */

void
consent_ui_guard_worker(consent_buf_t *b, const consent_view_t *view)
{
    const uint8_t    *end;
    consent_str_t     body;
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);

    body = consent_ui_guard_body();
    end = memmem(body.data, body.len, CONSENT_UI_CALL,
                 sizeof(CONSENT_UI_CALL) - 1);

    if (end == NULL || view->guard.len == 0) {
        return;
    }

    body.len = (size_t) (end - body.data);

    consent_buf_add_c(b, ";if(!self[Symbol.for(\"");
    consent_buf_add_json(b, view->prefix);
    consent_buf_add_c(b, "\")]){self[Symbol.for(\"");
    consent_buf_add_json(b, view->prefix);
    consent_buf_add_c(b, "\")]=1;");
    consent_buf_add(b, body);
    consent_buf_add_c(b, "({\"pcGuard\":\"");
    consent_buf_add_json(b, view->guard);
    consent_ui_put(&o, "\",\"pcAsk\":\"%a\"%r});}", "ask.js",
                   view->csp ? ",\"pcCsp\":\"\"" : "");
}

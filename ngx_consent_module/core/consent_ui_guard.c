#include <string.h>

#include "consent_builtin.h"
#include "consent_ui_write.h"


#define CONSENT_UI_GUARD  "guard.js"


static void
consent_ui_put_guard_body(consent_ui_out_t *o)
{
    unsigned  i;

    for (i = 0; i < consent_nassets; i++) {
        if (strcmp(consent_assets[i].name, CONSENT_UI_GUARD) == 0) {
            consent_buf_add(o->b, consent_assets[i].body);
        }
    }
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
        consent_ui_put_guard_body(&o);

    } else {
        consent_ui_put(&o, " src=\"%a\">", CONSENT_UI_GUARD);
    }

    consent_ui_put(&o, "</script>");
}

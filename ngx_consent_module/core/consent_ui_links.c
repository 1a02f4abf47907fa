#include "consent_ui_write.h"


#define CONSENT_UI_LINKS  "links.js"


void
consent_ui_links(consent_buf_t *b, const consent_view_t *view,
    const consent_page_t *page, consent_str_t sign)
{
    unsigned          i;
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);

    consent_ui_put(&o, "<script data-pc-out=\"%pout\" data-pc-own=\"%s",
                   page->site);

    for (i = 0; i < page->nfirst; i++) {
        consent_ui_put(&o, " %s", page->first_party[i]);
    }

    if (sign.len) {
        consent_ui_put(&o, "\" data-pc-key=\"%s", sign);
    }

    consent_ui_put(&o, "\" src=\"%a\"", CONSENT_UI_LINKS);

    if (view->nonce.len) {
        consent_ui_put(&o, " nonce=\"%s\"", view->nonce);
    }

    consent_ui_put(&o, " async></script>");
}

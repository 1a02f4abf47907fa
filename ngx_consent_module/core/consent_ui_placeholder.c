#include <string.h>

#include "consent_ui_write.h"


/* Drawn in 24 by 24 units: a play mark, a pin, a bubble, a window. */

#define CONSENT_UI_PLAY    "<path d=\"M8 5.5v13l11-6.5z\"/>"
#define CONSENT_UI_PIN     "<path d=\"M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0"  \
                           "c0 5 6.5 11 6.5 11z\"/>"                         \
                           "<circle cx=\"12\" cy=\"10\" r=\"2\"/>"
#define CONSENT_UI_BUBBLE  "<path d=\"M4 5.5h16v11h-9l-4 3.5v-3.5H4z\"/>"
#define CONSENT_UI_WINDOW  "<path d=\"M4 5h16v14H4zM4 9h16\"/>"


typedef struct {
    const char  *kind;
    int          text;
    const char  *icon;
} consent_ui_held_t;

static const consent_ui_held_t  consent_ui_held[] = {
    { "video",    CONSENT_TEXT_HELD_VIDEO,    CONSENT_UI_PLAY },
    { "audio",    CONSENT_TEXT_HELD_AUDIO,    CONSENT_UI_PLAY },
    { "map",      CONSENT_TEXT_HELD_MAP,      CONSENT_UI_PIN },
    { "post",     CONSENT_TEXT_HELD_POST,     CONSENT_UI_BUBBLE },
    { "social",   CONSENT_TEXT_HELD_POST,     CONSENT_UI_BUBBLE },
    { "comments", CONSENT_TEXT_HELD_COMMENTS, CONSENT_UI_BUBBLE },
    { "chat",     CONSENT_TEXT_HELD_CHAT,     CONSENT_UI_BUBBLE },
    { "calendar", CONSENT_TEXT_HELD_CALENDAR, CONSENT_UI_WINDOW },
    { "document", CONSENT_TEXT_HELD_DOCUMENT, CONSENT_UI_WINDOW },
    { "captcha",  CONSENT_TEXT_HELD_CAPTCHA,  CONSENT_UI_WINDOW },
    { "form",     CONSENT_TEXT_HELD_FORM,     CONSENT_UI_WINDOW },
    { "",         CONSENT_TEXT_HELD_OTHER,    CONSENT_UI_WINDOW }
};

#define CONSENT_UI_NHELD                                                      \
    (sizeof(consent_ui_held) / sizeof(consent_ui_held[0]))


/* The row of a service's kind; the last one if it has none that we know. */

static const consent_ui_held_t *
consent_ui_held_find(const consent_service_t *s)
{
    size_t    len;
    unsigned  i;

    for (i = 0; s != NULL && i < CONSENT_UI_NHELD - 1; i++) {
        len = strlen(consent_ui_held[i].kind);

        if (s->placeholder.len == len
            && memcmp(s->placeholder.data, consent_ui_held[i].kind, len) == 0)
        {
            return &consent_ui_held[i];
        }
    }

    return &consent_ui_held[CONSENT_UI_NHELD - 1];
}


int
consent_ui_is_check(const consent_service_t *s)
{
    return consent_ui_held_find(s)->text == CONSENT_TEXT_HELD_CAPTCHA;
}


void
consent_ui_put_what(consent_ui_out_t *o, const consent_service_t *s)
{
    if (s == NULL) {
        consent_ui_put(o, "%t", CONSENT_TEXT_HELD_UNKNOWN);
        return;
    }

    o->name = s->name;
    consent_ui_put(o, "%t", consent_ui_held_find(s)->text);
}


void
consent_ui_put_who(consent_ui_out_t *o, const consent_service_t *s)
{
    consent_buf_t  name;

    if (s->controller.len == 0) {
        return;
    }

    consent_buf_init(&name, o->b->mem);

    /* The two go by the text around them, and not by what the first is. */
    consent_buf_add_c(&name, o->texts->rtl ? "\xe2\x81\xa8" : "");
    consent_buf_add(&name, s->controller);
    consent_buf_add_c(&name, o->texts->rtl ? "\xe2\x81\xa9" : "");

    if (s->country.len) {
        consent_buf_add_c(&name, " (");
        consent_buf_add(&name, consent_ui_word(o, CONSENT_WORDS_COUNTRIES,
                                               s->country));
        consent_buf_add_c(&name, ")");
    }

    o->b->failed |= name.failed;
    o->name = consent_buf_str(&name);
    o->list = consent_ui_data(o, s);

    consent_ui_put(o, "%t", s->ndata ? CONSENT_TEXT_HELD_LEARNS
                                     : CONSENT_TEXT_HELD_FROM);
}


static void
consent_ui_put_held(consent_ui_out_t *o, const consent_service_t *s,
    uint32_t purposes)
{
    consent_ui_put(o, "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" "
                      "fill=\"none\" stroke=\"currentColor\" "
                      "stroke-width=\"1.6\" stroke-linejoin=\"round\">%r"
                      "</svg>\n<h1>",
                   consent_ui_held_find(s)->icon);
    consent_ui_put_what(o, s);
    consent_ui_put(o, "</h1>\n<div class=\"what\"><p>");

    if (s == NULL) {
        consent_ui_put(o, "%t</p>\n", CONSENT_TEXT_HELD_FOR);
        consent_ui_put_purposes(o, purposes);
        consent_ui_put(o, "</div>\n");
        return;
    }

    consent_ui_put_who(o, s);
    consent_ui_put(o, "</p>");

    if (consent_ui_is_check(s)) {
        consent_ui_put(o, "\n<p>%t</p>", CONSENT_TEXT_HELD_CAPTCHA_NOTE);
    }

    consent_ui_put(o, "</div>\n");
}


/*
 * A form names the whole choice: what was granted, and the other overrides,
 * go with the new one, or they would be lost.
 */

void
consent_ui_put_allow(consent_ui_out_t *o, int service, const char *target)
{
    unsigned                   i;
    const consent_rules_t     *rules;
    const consent_choice_t    *choice;
    const consent_override_t  *override;

    rules = o->view->rules;
    choice = o->view->choice;

    consent_ui_put(o, "<form method=\"post\" action=\"%pchoice%l\"%r>\n"
                      "<input type=\"hidden\" name=\"return\" value=\"%s\">\n",
                   target, o->back);

    for (i = 0; i < rules->npurposes; i++) {
        if (choice->granted & ~rules->necessary & ((uint32_t) 1 << i)) {
            consent_ui_put(o, "<input type=\"hidden\" name=\"granted\" "
                              "value=\"%s\">\n", rules->purposes[i].key);
        }
    }

    for (i = 0; i < choice->noverrides; i++) {
        override = &choice->overrides[i];

        if (override->service != service) {
            consent_ui_put(o, "<input type=\"hidden\" name=\"service.%s\" "
                              "value=\"%r\">\n",
                           rules->services[override->service].id,
                           override->on ? "1" : "0");
        }
    }

    o->name = rules->services[service].name;
    consent_ui_put(o, "<input type=\"hidden\" name=\"service.%s\" "
                      "value=\"1\">\n"
                      "<button name=\"action\" value=\"save\">%t</button>\n"
                      "</form>\n",
                   rules->services[service].id, CONSENT_TEXT_ALLOW);
}


static consent_str_t
consent_ui_short(consent_str_t host)
{
    if (host.len > 4 && memcmp(host.data, "www.", 4) == 0) {
        return (consent_str_t) { host.len - 4, host.data + 4 };
    }

    return host;
}


/* 1 if original is one of the web; *url is valid as long as buf is. */

static int
consent_ui_original(consent_url_t *url, consent_str_t original, uint8_t *buf)
{
    return consent_url_parse(url, NULL, original, buf) == CONSENT_OK
           && url->network
           && (consent_str_eq(url->scheme, consent_str("https"))
               || consent_str_eq(url->scheme, consent_str("http")));
}


/*
 * Loading once stays in the frame, where our own page frames the original:
 * so the policy of the page around it need not let it through.
 */

static void
consent_ui_put_once(consent_ui_out_t *o, int service, consent_str_t frame,
    uint8_t *buf)
{
    consent_str_t  id;
    consent_url_t  url;

    if (!consent_ui_original(&url, frame, buf)) {
        return;
    }

    id = service == CONSENT_NO_SERVICE
         ? consent_str(CONSENT_UNCLASSIFIED)
         : o->view->rules->services[service].id;

    consent_ui_put(o, "<a href=\"%pplaceholder?service=%e&amp;url=%e"
                      "&amp;once=1%m\">%t</a>\n",
                   id, url.href, CONSENT_TEXT_ONCE);
}


/*
 * The host is shown, because the URL comes from the query: a link made by
 * somebody else can't pretend to lead elsewhere than it does.
 */

static void
consent_ui_put_links(consent_ui_out_t *o, int service, consent_str_t frame,
    consent_str_t original)
{
    uint8_t        *buf;
    consent_url_t   url;

    buf = consent_alloc(o->b->mem, CONSENT_URL_BUF);
    if (buf == NULL) {
        o->b->failed = 1;
        return;
    }

    consent_ui_put(o, "<p class=\"links\">");
    consent_ui_put_once(o, service, frame, buf);

    if (consent_ui_original(&url, original.len ? original : frame, buf)) {
        o->name = consent_ui_short(url.host);

        consent_ui_put(o, "<a href=\"%s\" target=\"_top\" "
                          "rel=\"noreferrer\">%t</a>\n",
                       url.href, CONSENT_TEXT_ORIGINAL);
    }

    consent_ui_put(o, "<a href=\"%p%b\" target=\"_top\">%t</a></p>\n",
                   CONSENT_TEXT_SETTINGS);
}


void
consent_ui_placeholder(consent_buf_t *b, const consent_view_t *view,
    int service, uint32_t purposes, consent_str_t url, consent_str_t original)
{
    int                       check;
    consent_ui_out_t          o;
    const consent_service_t  *s;

    consent_ui_out_init(&o, b, view);

    s = NULL;
    if (service >= 0 && (unsigned) service < view->rules->nservices) {
        s = &view->rules->services[service];
        o.name = s->name;
    }

    consent_ui_put_page(&o, "held", s ? s->name
                                      : o.texts->text[CONSENT_TEXT_TITLE]);

    /* A form's check is of use in its form alone. */

    check = consent_ui_is_check(s);

    consent_ui_put(&o, check ? "<main class=\"check\">\n" : "<main>\n");
    consent_ui_put_held(&o, s, purposes);

    if (s != NULL) {
        consent_ui_put_allow(&o, service, " target=\"_top\"");
    }

    consent_ui_put_links(&o, s ? service : CONSENT_NO_SERVICE,
                         check ? consent_str("") : url,
                         check ? consent_str("") : original);

    consent_ui_put(&o, "</main>\n</body>\n</html>\n");
}


void
consent_ui_once(consent_buf_t *b, const consent_view_t *view, int service,
    consent_str_t url)
{
    uint8_t           *buf;
    consent_str_t      name;
    consent_url_t      original;
    consent_ui_out_t   o;

    consent_ui_out_init(&o, b, view);

    buf = consent_alloc(b->mem, CONSENT_URL_BUF);

    if (buf == NULL || !consent_ui_original(&original, url, buf)) {
        b->failed = 1;
        return;
    }

    name = service == CONSENT_NO_SERVICE ? consent_ui_short(original.host)
                                         : view->rules->services[service].name;

    consent_ui_put_page(&o, "once", name);

    /* Some services show nothing to a page that does not say what it is. */

    consent_ui_put(&o, "<iframe src=\"%s\" title=\"%s\" "
                       "referrerpolicy=\"strict-origin-when-cross-origin\" "
                       "allow=\"autoplay; encrypted-media; fullscreen; "
                       "picture-in-picture\"></iframe>\n</body>\n</html>\n",
                   original.href, name);
}

/*
 * The question on a page, and the way back to the settings.
 */

#include "consent_ui_write.h"


/* Two sliders: settings, in 24 by 24 units. */
static const char  consent_ui_icon[] =
    "<svg viewBox=\"0 0 24 24\" width=\"22\" "
    "aria-hidden=\"true\" fill=\"none\" "
    "stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linecap=\"round\">"
    "<path d=\"M3 8h8M17 8h4M3 16h4M13 16h8\"/>"
    "<circle cx=\"14\" cy=\"8\" r=\"3\"/>"
    "<circle cx=\"10\" cy=\"16\" r=\"3\"/></svg>";


/* Ids of the services that are switched on (or off) against their purposes, if
   there are any. */

static void
consent_ui_put_overrides(consent_ui_out_t *o, unsigned on, const char *name)
{
    unsigned                   i, n;
    const consent_rules_t     *rules;
    const consent_override_t  *override;

    rules = o->view->rules;

    for (n = 0, i = 0; i < o->view->choice->noverrides; i++) {
        override = &o->view->choice->overrides[i];

        if (override->on == on) {
            consent_ui_put(o, "%r%s", n++ ? " " : name,
                           rules->services[override->service].id);
        }
    }

    consent_ui_put(o, n ? "\"" : "");
}


/*
 * What the client script needs to know: which choice this page was made for
 * (to notice another one), and what was on (to take it away).
 */

static void
consent_ui_put_known(consent_ui_out_t *o)
{
    size_t                  len;
    uint8_t                 state[32];
    unsigned                i, n;
    const consent_rules_t  *rules;
    const consent_choice_t *choice;

    rules = o->view->rules;
    choice = o->view->choice;

    len = consent_choice_state(choice, rules, state);

    consent_ui_put(o, " data-pc-state=\"%s\"",
                   (consent_str_t) { len, state });

    for (n = 0, i = 0; i < rules->npurposes; i++) {
        if (choice->granted & ~rules->necessary & ((uint32_t) 1 << i)) {
            consent_ui_put(o, "%r%s", n++ ? " " : " data-pc-granted=\"",
                           rules->purposes[i].key);
        }
    }

    consent_ui_put(o, n ? "\"" : "");
    consent_ui_put_overrides(o, 1, " data-pc-on=\"");
    consent_ui_put_overrides(o, 0, " data-pc-off=\"");

    consent_ui_put(o, "%r%r", o->view->csp ? " data-pc-csp" : "",
                   o->view->post ? " data-pc-post" : "");
}


/* Who asks, and for what. */

static void
consent_ui_put_question(consent_ui_out_t *o)
{
    int                     text;
    const consent_rules_t  *rules;

    static const int  asks[] = {
        [CONSENT_OPT_IN]  = CONSENT_TEXT_ASK_OPT_IN,
        [CONSENT_OPT_OUT] = CONSENT_TEXT_ASK_OPT_OUT,
        [CONSENT_NOTICE]  = CONSENT_TEXT_ASK_NOTICE
    };

    rules = o->view->rules;
    text = asks[o->view->choice->regime];

    consent_ui_put(o, "<h2 id=\"t\">%t</h2>\n", CONSENT_TEXT_ASK_TITLE);

    if (o->view->choice->stale) {
        consent_ui_put(o, "<p>%t</p>\n", CONSENT_TEXT_ASK_AGAIN);
    }

    consent_ui_put(o, "<p>%t</p>\n", text);

    consent_ui_put(o, "<p class=\"for\">%t</p>\n",
                   CONSENT_TEXT_ASK_FOR);
    consent_ui_put_purposes(o, rules->all & ~rules->necessary);

    if (o->view->choice->gpc) {
        consent_ui_put(o, "\n<p class=\"gpc\"><strong lang=\"en\">"
                          "Opt-Out Request Honored</strong> %t</p>",
                       CONSENT_TEXT_GPC_WHY);
    }
}


/*
 * Accept, Reject and Settings are equals: one class, one size, in this order
 * of reading; none is the first to be focused or drawn apart.
 */

static void
consent_ui_put_ask(consent_ui_out_t *o)
{
    consent_ui_put(o, "<section aria-labelledby=\"t\">\n<div class=\"say\">\n");

    consent_ui_put_question(o);

    consent_ui_put(o, "\n</div>\n<form method=\"post\" action=\"%pchoice%l\">\n"
                      "<input type=\"hidden\" name=\"return\" value=\"%v\">\n"
                      "<button name=\"action\" value=\"accept\">%t</button>\n"
                      "<button name=\"action\" value=\"reject\">%t</button>\n"
                      "<a href=\"%p%b\">%t</a>\n</form>\n</section>\n",
                   CONSENT_TEXT_ACCEPT, CONSENT_TEXT_REJECT,
                   CONSENT_TEXT_SETTINGS);
}


/* In the page, or as files, which a page waits for. */

static void
consent_ui_put_style(consent_ui_out_t *o, int asks)
{
    const consent_look_t  *look;

    look = o->view->look;

    if (look != NULL && !o->view->linked) {
        consent_ui_put(o, "<style>");
        consent_buf_add(o->b, look->style[asks]);
        consent_ui_put(o, "</style>\n");
        return;
    }

    consent_ui_put(o, "<link rel=\"stylesheet\" href=\"%a\">\n", "pc.css");

    if (asks) {
        consent_ui_put(o, "<link rel=\"stylesheet\" href=\"%a\">\n",
                       "ask.css");
    }

    if (asks && look != NULL && consent_look_place(look) != NULL) {
        consent_ui_put(o, "<link rel=\"stylesheet\" href=\"%a\">\n",
                       consent_look_place(look));
    }

    consent_ui_put_theme(o);
}


/*
 * The template's content is drawn by browsers with declarative shadow roots,
 * out of reach of the site's styles, and by text browsers, which know no
 * templates.  The link behind it is drawn by text browsers too, where the
 * handle, an icon, is nothing, and by older browsers.
 *
 * Where a policy refuses all style, what is left can be read and used.
 */

void
consent_ui_banner(consent_buf_t *b, const consent_view_t *view)
{
    int               asks;
    const char       *dir;
    consent_ui_out_t  o;

    static const char *const  places[] = {
        [CONSENT_AT_BOTTOM] = "",
        [CONSENT_AT_CORNER] = " corner",
        [CONSENT_AT_CENTER] = " center"
    };

    consent_ui_out_init(&o, b, view);

    asks = consent_choice_asks(view->choice);
    dir = o.texts->rtl ? "rtl" : "ltr";

    consent_ui_put(&o, "<privacy-choices lang=\"%s\" dir=\"%r\" "
                       "data-pc-prefix=\"%p\"", o.texts->tag, dir);
    consent_ui_put_known(&o);

    consent_ui_put(&o, ">\n<template shadowrootmode=\"open\">\n");
    consent_ui_put_style(&o, asks);
    consent_ui_put(&o, "<div id=\"r\" class=\"%r%r\" lang=\"%s\" "
                       "dir=\"%r\">\n", asks ? "asks" : "rests",
                   asks && view->look != NULL ? places[view->look->position]
                                              : "",
                   o.texts->tag, dir);

    if (asks) {
        consent_ui_put_ask(&o);
    }

    consent_ui_put(&o, "<nav aria-label=\"%t\">\n"
                       "<p role=\"status\" data-pc-note=\"%t\"></p>\n"
                       "<a class=\"open\" href=\"%p%b\" aria-label=\"%t\">"
                       "%r</a>\n</nav>\n</div>\n</template>\n"
                       "<a href=\"%p%b\">%t</a>\n",
                   CONSENT_TEXT_TITLE, CONSENT_TEXT_SAVED_NOTE,
                   CONSENT_TEXT_TITLE, consent_ui_icon, CONSENT_TEXT_TITLE);

    if (!view->bare) {
        consent_ui_put(&o, "<script src=\"%a\"", "pc.js");
        consent_ui_put_gap(&o, CONSENT_GAP_NONCE);
        consent_ui_put(&o, " async></script>\n");
    }

    /* No space behind it: React hydrates body's children, and passes over an
       element that is not its own, but over no text. */
    consent_ui_put(&o, "</privacy-choices>");
}


consent_str_t
consent_ui_banner_source(const consent_view_t *view)
{
    return (consent_str_t)
           { CONSENT_STYLE_SOURCE,
             view->look->source[consent_choice_asks(view->choice)] };
}


void
consent_ui_banner_gap(consent_buf_t *b, const consent_view_t *view,
    consent_gap_e what)
{
    consent_view_t    whole;
    consent_ui_out_t  o;

    whole = *view;
    whole.gaps = NULL;

    consent_ui_out_init(&o, b, &whole);
    consent_ui_put_gap(&o, what);
}


/* Whose services are overridden shares the banner with hardly anyone. */

int
consent_ui_banner_key(consent_buf_t *b, const consent_view_t *view)
{
    uint8_t                  flags[3];
    consent_ui_out_t         o;
    const consent_choice_t  *choice;

    choice = view->choice;

    if (choice->noverrides) {
        return CONSENT_DECLINED;
    }

    consent_ui_out_init(&o, b, view);

    flags[0] = (uint8_t) choice->regime;
    flags[1] = (uint8_t) (consent_choice_asks(choice) | choice->stale << 1
                          | choice->gpc << 2);
    flags[2] = (uint8_t) (view->csp | view->post << 1 | view->linked << 2
                          | view->bare << 3 | view->told << 4
                          | (o.back.len != 0) << 5
                          | (view->nonce.len != 0) << 6);

    consent_buf_add(b, (consent_str_t) { sizeof(flags), flags });
    consent_buf_add_number(b, choice->granted);
    consent_buf_add_c(b, " ");
    consent_buf_add(b, view->lang);
    consent_buf_add_c(b, " ");
    consent_buf_add(b, view->site);
    consent_buf_add_c(b, " ");
    consent_buf_add(b, view->prefix);

    return CONSENT_OK;
}

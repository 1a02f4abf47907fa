/*
 * The settings page.
 */

#include "consent_ui_write.h"


/* The purpose under which a service stands: its first that is a choice. */

static unsigned
consent_ui_home(const consent_rules_t *rules, const consent_service_t *s)
{
    unsigned  i;
    uint32_t  mask;

    mask = s->purposes & ~rules->necessary;
    if (mask == 0) {
        mask = s->purposes;
    }

    for (i = 0; i + 1 < rules->npurposes; i++) {
        if (mask & ((uint32_t) 1 << i)) {
            break;
        }
    }

    return i;
}


/* 1 if a service stands under this purpose, and on this site at all. */

static int
consent_ui_shows(const consent_view_t *view, unsigned service,
    unsigned purpose)
{
    const consent_rules_t  *rules;

    rules = view->rules;

    return consent_ui_home(rules, &rules->services[service]) == purpose
           && (view->used == NULL || view->used[service]
               || consent_ui_override(view, (int) service) >= 0);
}


static void
consent_ui_put_row(consent_ui_out_t *o, int label)
{
    consent_ui_put(o, "<div><dt>%t</dt><dd>", label);
}


static void
consent_ui_put_stores(consent_ui_out_t *o, const consent_service_t *s)
{
    unsigned  i;

    static const int  kinds[] = {
        [CONSENT_STORAGE_COOKIE]     = CONSENT_TEXT_KIND_COOKIE,
        [CONSENT_STORAGE_LOCAL]      = CONSENT_TEXT_KIND_LOCAL,
        [CONSENT_STORAGE_SESSION]    = CONSENT_TEXT_KIND_SESSION,
        [CONSENT_STORAGE_INDEXED_DB] = CONSENT_TEXT_KIND_DATABASE,
        [CONSENT_STORAGE_CACHE]      = CONSENT_TEXT_KIND_LOCAL
    };

    if (s->nstorage == 0) {
        return;
    }

    consent_ui_put_row(o, CONSENT_TEXT_STORES);
    consent_ui_put(o, "<ul class=\"stores\" role=\"list\">");

    for (i = 0; i < s->nstorage; i++) {
        consent_ui_put(o, "<li><code>%i</code> <span>%t</span> <span>",
                       s->storage[i].name, kinds[s->storage[i].kind]);
        consent_ui_put_retention(o, s->storage[i].retention);
        consent_ui_put(o, "</span></li>");
    }

    consent_ui_put(o, "</ul></dd></div>\n");
}


/* What a visitor is told about a service: GDPR 13(1), (2). */

static void
consent_ui_put_facts(consent_ui_out_t *o, const consent_service_t *s,
    unsigned home)
{
    uint32_t  others;

    consent_ui_put(o, "<dl>\n");

    if (s->controller.len) {
        consent_ui_put_row(o, CONSENT_TEXT_CONTROLLER);
        consent_ui_put(o, "%i", s->controller);

        if (s->country.len) {
            consent_ui_put(o, "%t%s", CONSENT_TEXT_COMMA,
                           consent_ui_word(o, CONSENT_WORDS_COUNTRIES,
                                           s->country));
        }

        consent_ui_put(o, "</dd></div>\n");
    }

    if (s->ndata) {
        consent_ui_put_row(o, CONSENT_TEXT_DATA);
        consent_ui_put(o, "%s</dd></div>\n", consent_ui_data(o, s));
    }

    consent_ui_put_stores(o, s);

    others = s->purposes & ~o->view->rules->necessary
             & ~((uint32_t) 1 << home);

    if (others) {
        consent_ui_put_row(o, CONSENT_TEXT_ALSO_NEEDS);
        consent_ui_put_purposes(o, others);
        consent_ui_put(o, "</dd></div>\n");
    }

    consent_ui_put(o, "</dl>\n");
}


/*
 * A switch of three places rather than a box: with a box, one that stays
 * ticked inside a purpose that was unticked would say yes and no at once.
 * The empty value leaves a service to its purposes.
 */

static void
consent_ui_put_switch(consent_ui_out_t *o, int service)
{
    int                       on;
    const consent_service_t  *s;

    s = &o->view->rules->services[service];
    on = consent_ui_override(o->view, service);
    o->name = s->name;

    consent_ui_put(o, "<p class=\"may\"><label for=\"s%u\">%t</label>\n"
                      "<select id=\"s%u\" name=\"service.%s\">"
                      "<option value=\"\"%r>%t</option>"
                      "<option value=\"1\"%r>%t</option>"
                      "<option value=\"0\"%r>%t</option></select></p>\n",
                   (unsigned) service, CONSENT_TEXT_SERVICE_MAY,
                   (unsigned) service, s->id,
                   on < 0 ? " selected" : "", CONSENT_TEXT_AS_PURPOSE,
                   on == 1 ? " selected" : "", CONSENT_TEXT_ALWAYS,
                   on == 0 ? " selected" : "", CONSENT_TEXT_NEVER);
}


static int
consent_ui_is_web(consent_str_t url)
{
    return (url.len > 8
            && consent_str_caseeq((consent_str_t) { 8, url.data },
                                  consent_str("https://")))
           || (url.len > 7
               && consent_str_caseeq((consent_str_t) { 7, url.data },
                                     consent_str("http://")));
}


static void
consent_ui_put_service(consent_ui_out_t *o, int service, unsigned home)
{
    const consent_service_t  *s;

    s = &o->view->rules->services[service];
    o->name = s->name;

    consent_ui_put(o, "<li>\n<h4>%i</h4>\n", s->name);

    consent_ui_put_facts(o, s, home);

    if (consent_ui_is_web(s->policy_url)) {
        consent_ui_put(o, "<p class=\"policy\"><a href=\"%s\" "
                          "rel=\"noreferrer\">%t</a></p>\n",
                       s->policy_url, CONSENT_TEXT_POLICY);
    }

    if (s->purposes & ~o->view->rules->necessary) {
        consent_ui_put_switch(o, service);
    }

    consent_ui_put(o, "</li>\n");
}


static void
consent_ui_put_services(consent_ui_out_t *o, unsigned purpose)
{
    unsigned                i, n;
    const consent_rules_t  *rules;

    rules = o->view->rules;

    for (n = 0, i = 0; i < rules->nservices; i++) {
        n += (unsigned) consent_ui_shows(o->view, i, purpose);
    }

    if (n == 0) {
        consent_ui_put(o, "<p class=\"none\">%t</p>\n",
                       CONSENT_TEXT_NO_SERVICES);
        return;
    }

    o->n = n;
    consent_ui_put(o, "<details>\n<summary>%t</summary>\n"
                      "<ul class=\"services\" role=\"list\">\n",
                   CONSENT_TEXT_SERVICES);

    for (i = 0; i < rules->nservices; i++) {
        if (consent_ui_shows(o->view, i, purpose)) {
            consent_ui_put_service(o, (int) i, purpose);
        }
    }

    consent_ui_put(o, "</ul>\n</details>\n");
}


/* A box is ticked only if the purpose is granted now. */

static void
consent_ui_put_purpose(consent_ui_out_t *o, unsigned i)
{
    int                       on;
    const consent_rules_t    *rules;
    const consent_purpose_t  *purpose;

    rules = o->view->rules;
    purpose = &rules->purposes[i];
    on = (o->view->choice->granted & ((uint32_t) 1 << i)) != 0;

    consent_ui_put(o, "<section class=\"purpose\">\n<div class=\"top\">\n"
                      "<h3 id=\"h%u\">", i);
    consent_ui_put_purpose_text(o, i, CONSENT_PURPOSE_TITLE);
    consent_ui_put(o, "</h3>\n");

    if (purpose->necessary) {
        consent_ui_put(o, "<p class=\"fixed\">%t</p>\n",
                       CONSENT_TEXT_ALWAYS_ON);
    } else {
        consent_ui_put(o, "<input type=\"checkbox\" role=\"switch\" "
                          "name=\"granted\" value=\"%s\" "
                          "aria-labelledby=\"h%u\" "
                          "aria-describedby=\"d%u\"%r>\n",
                       purpose->key, i, i, on ? " checked" : "");
    }

    consent_ui_put(o, "</div>\n<p id=\"d%u\">", i);
    consent_ui_put_purpose_text(o, i, CONSENT_PURPOSE_DESCRIPTION);

    consent_ui_put(o, "</p>\n<p class=\"gain\"><b>%t</b> ",
                   CONSENT_TEXT_BENEFIT);
    consent_ui_put_purpose_text(o, i, CONSENT_PURPOSE_BENEFIT);
    consent_ui_put(o, "</p>\n");

    if (consent_ui_purpose(o->view, i, CONSENT_PURPOSE_EXAMPLE).len) {
        consent_ui_put(o, "<p class=\"example\">");
        consent_ui_put_purpose_text(o, i, CONSENT_PURPOSE_EXAMPLE);
        consent_ui_put(o, "</p>\n");
    }

    consent_ui_put_services(o, i);

    consent_ui_put(o, "</section>\n");
}


/* Services that are switched against their purposes. */

static void
consent_ui_put_exceptions(consent_ui_out_t *o)
{
    unsigned                i, n;
    const consent_rules_t  *rules;

    rules = o->view->rules;

    for (n = 0, i = 0; i < o->view->choice->noverrides; i++) {
        consent_ui_put(o, n++ ? "" : "<ul class=\"list\" role=\"list\">");
        consent_ui_put(o, "<li>%i: %t</li>",
                       rules->services[o->view->choice->overrides[i].service]
                           .name,
                       o->view->choice->overrides[i].on
                           ? CONSENT_TEXT_ALWAYS : CONSENT_TEXT_NEVER);
    }

    consent_ui_put(o, n ? "</ul>\n" : "");
}


/*
 * The start of a form for a choice that leads back to where it came from.
 * Browsers that restore forms must not tick a box again: autocomplete.
 */

static void
consent_ui_put_form_start(consent_ui_out_t *o)
{
    consent_ui_put(o, "<form method=\"post\" action=\"%pchoice%l\" "
                      "autocomplete=\"off\">\n"
                      "<input type=\"hidden\" name=\"return\" value=\"");

    if (o->back.len) {
        consent_ui_put(o, "%s\">\n", o->back);
    } else {
        consent_ui_put(o, "%p?saved=1%m\">\n");
    }
}


static void
consent_ui_put_now(consent_ui_out_t *o)
{
    int                     text;
    uint32_t                choosable, granted;
    const consent_choice_t *choice;

    choice = o->view->choice;
    choosable = o->view->rules->all & ~o->view->rules->necessary;
    granted = choice->granted & choosable;

    text = !choice->made ? (granted ? CONSENT_TEXT_NOW_NEW_ON
                                    : CONSENT_TEXT_NOW_NEW)
           : choice->noverrides ? CONSENT_TEXT_NOW_SOME
           : granted == 0 ? CONSENT_TEXT_NOW_NONE
           : granted == choosable ? CONSENT_TEXT_NOW_ALL
           : CONSENT_TEXT_NOW_SOME;

    consent_ui_put(o, "<section class=\"now\" aria-labelledby=\"now\">\n"
                      "<h2 id=\"now\">%t</h2>\n<p>%t</p>\n",
                   CONSENT_TEXT_NOW, text);

    if (granted && (granted != choosable || !choice->made
                    || choice->noverrides))
    {
        consent_ui_put_purposes(o, granted);
    }

    consent_ui_put_exceptions(o);

    if (choice->gpc) {
        consent_ui_put(o, "<p class=\"gpc\"><strong lang=\"en\">"
                          "Opt-Out Request Honored</strong> %t</p>\n",
                       CONSENT_TEXT_GPC_WHY);
    }

    /* GDPR 7(3): as easy as saying yes, so where the yes is shown. */
    if (choice->made && (granted || choice->noverrides)) {
        consent_ui_put_form_start(o);
        consent_ui_put(o, "<button name=\"action\" "
                          "value=\"withdraw\">%t</button>\n</form>\n",
                       CONSENT_TEXT_WITHDRAW);
    }

    consent_ui_put_proof(o);

    consent_ui_put(o, "</section>\n");
}


/* What was left out can be asked for: "?all=1". */

static void
consent_ui_put_unseen(consent_ui_out_t *o)
{
    if (o->view->used == NULL) {
        return;
    }

    o->n = o->view->rules->nservices;
    consent_ui_put(o, "<p class=\"unseen\">%t <a href=\"%p?all=1",
                   CONSENT_TEXT_UNSEEN);

    if (o->back.len) {
        consent_ui_put(o, "&amp;return=%e", o->back);
    }

    consent_ui_put(o, "%m\">%t</a></p>\n", CONSENT_TEXT_SHOW_ALL);
}


/* The three ways to end are equals here too. */

static void
consent_ui_put_form(consent_ui_out_t *o)
{
    unsigned  i;

    consent_ui_put_form_start(o);
    consent_ui_put(o, "<h2>%t</h2>\n", CONSENT_TEXT_PURPOSES);

    for (i = 0; i < o->view->rules->npurposes; i++) {
        consent_ui_put_purpose(o, i);
    }

    consent_ui_put_unseen(o);

    /* The first button of a form is the one that Enter presses. */
    consent_ui_put(o, "<div class=\"ends\">\n"
                      "<button name=\"action\" value=\"save\">%t</button>\n"
                      "<button name=\"action\" value=\"accept\">%t</button>\n"
                      "<button name=\"action\" value=\"reject\">%t</button>\n"
                      "</div>\n</form>\n",
                   CONSENT_TEXT_SAVE, CONSENT_TEXT_ACCEPT,
                   CONSENT_TEXT_REJECT);
}


void
consent_ui_centre(consent_buf_t *b, const consent_view_t *view)
{
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);

    consent_ui_put_page(&o, "centre", o.texts->text[CONSENT_TEXT_TITLE]);

    consent_ui_put(&o, "<header>\n<p class=\"site\">%s</p>\n"
                       "<p><a class=\"away\" href=\"%s\">%t</a></p>\n"
                       "</header>\n<main>\n",
                   view->site, o.back.len ? o.back : consent_str("/"),
                   CONSENT_TEXT_BACK);

    if (view->saved || view->forgotten) {
        consent_ui_put(&o, "<p class=\"saved\" role=\"status\">%t</p>\n",
                       view->saved ? CONSENT_TEXT_SAVED
                                   : CONSENT_TEXT_FORGOTTEN);
    }

    consent_ui_put(&o, "<h1>%t</h1>\n<p class=\"lead\">%t</p>\n",
                   CONSENT_TEXT_TITLE, CONSENT_TEXT_LEAD);

    if (view->choice->stale) {
        consent_ui_put_changes(&o);
    }

    consent_ui_put_now(&o);
    consent_ui_put_form(&o);

    consent_ui_put(&o, "</main>\n");
    consent_ui_put_contact(&o);
    consent_ui_put(&o, "</body>\n</html>\n");
}

/* preview: what visitors see, in every state, as one page. */

#include <string.h>
#include <time.h>

#include "consent_ui.h"
#include "consent_ui_write.h"
#include "consentctl.h"


/* Services that the preference centre shows of each purpose. */
#define CONSENTCTL_PREVIEW_SERVICES  3


typedef struct {
    consentctl_t      *ctl;
    consent_buf_t      out;
    consent_view_t     view;
    consent_choice_t   choice;
    consent_look_t     look;
    uint8_t           *used;
    unsigned           dark;
} consentctl_preview_t;


/* A state of a choice, as a row: what it grants and where it comes from. */

typedef enum {
    CONSENTCTL_GRANTS_REGIME = 0,
    CONSENTCTL_GRANTS_NONE,
    CONSENTCTL_GRANTS_FIRST,
    CONSENTCTL_GRANTS_ALL
} consentctl_grants_t;

typedef struct {
    const char           *title;
    consent_regime_t      regime;
    consentctl_grants_t   grants;
    unsigned              made:1;
    unsigned              stale:1;
    unsigned              gpc:1;
    unsigned              dark:1;       /* in dark, too */
} consentctl_state_t;

static const consentctl_state_t  consentctl_states[] = {
    { "opt-in, not chosen yet", CONSENT_OPT_IN, CONSENTCTL_GRANTS_REGIME,
      0, 0, 0, 1 },
    { "opt-out, not chosen yet", CONSENT_OPT_OUT, CONSENTCTL_GRANTS_REGIME,
      0, 0, 0, 0 },
    { "opt-out, with Global Privacy Control", CONSENT_OPT_OUT,
      CONSENTCTL_GRANTS_NONE, 0, 0, 1, 0 },
    { "notice, not chosen yet", CONSENT_NOTICE, CONSENTCTL_GRANTS_REGIME,
      0, 0, 0, 0 },
    { "opt-in, asked again", CONSENT_OPT_IN, CONSENTCTL_GRANTS_REGIME,
      0, 1, 0, 0 },
    { "nothing allowed", CONSENT_OPT_IN, CONSENTCTL_GRANTS_NONE, 1, 0, 0, 0 },
    { "some of it allowed", CONSENT_OPT_IN, CONSENTCTL_GRANTS_FIRST,
      1, 0, 0, 1 },
    { "all allowed", CONSENT_OPT_IN, CONSENTCTL_GRANTS_ALL, 1, 0, 0, 0 }
};

#define CONSENTCTL_NSTATES                                                    \
    (sizeof(consentctl_states) / sizeof(consentctl_states[0]))


static const char  consentctl_preview_start[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>What visitors see</title>\n<style>\n"
    "body { margin: 2rem; font: 1rem/1.5 system-ui, sans-serif; "
    "background: #e9eaec; color: #17191c }\n"
    "div { display: grid; gap: 1.5rem; margin-block-end: 2rem; "
    "grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)) }\n"
    "figure { margin: 0 }\nfigcaption { padding-block: .25rem }\n"
    "iframe { width: 100%; border: 1px solid #b5b9c0; "
    "background: #fff }\n"
    ".page { height: 34rem }\n.wide { height: 26rem }\n"
    "figure:has(.wide) { grid-column: 1 / -1 }\n.centre { height: 44rem }\n"
    ".held { height: 20rem }\n.room { height: 31rem }\n"
    ".rooms { height: 58rem }\n"
    "</style>\n<h1>What visitors see</h1>\n";


/* A page of the site. */

static const char  consentctl_preview_site[] =
    "<!doctype html><html lang=\"en\"><meta name=\"color-scheme\" "
    "content=\"light dark\"><title>Page</title><body>";


static const char *const  consentctl_kinds[] = {
    "video", "audio", "map", "post", "social", "comments", "chat", "calendar",
    "document", "captcha", "form"
};

#define CONSENTCTL_NKINDS                                                     \
    (sizeof(consentctl_kinds) / sizeof(consentctl_kinds[0]))


/* Elements of a height of their own. */

typedef struct {
    const char        *size;
    consent_sample_e   how;
} consentctl_room_t;

static const consentctl_room_t  consentctl_rooms[] = {
    { "width:150px;height:150px", CONSENT_SAMPLE_TIGHT },
    { "width:300px;height:120px", CONSENT_SAMPLE_TIGHT },
    { "width:320px;height:200px", CONSENT_SAMPLE_TIGHT },
    { "width:600px;height:300px", CONSENT_SAMPLE_USED }
};

#define CONSENTCTL_NROOMS                                                     \
    (sizeof(consentctl_rooms) / sizeof(consentctl_rooms[0]))


static void
consentctl_preview_choose(consentctl_preview_t *p,
    const consentctl_state_t *state)
{
    uint32_t                asked;
    const consent_rules_t  *rules;

    rules = p->ctl->rules;
    asked = rules->all & ~rules->necessary;

    memset(&p->choice, 0, sizeof(consent_choice_t));

    p->choice.regime = state->regime;
    p->choice.made = state->made;
    p->choice.stale = state->stale;
    p->choice.gpc = state->gpc;
    p->choice.granted = rules->necessary;
    p->choice.was = state->stale ? asked & -asked : 0;

    if (state->grants == CONSENTCTL_GRANTS_ALL
        || (state->grants == CONSENTCTL_GRANTS_REGIME
            && state->regime != CONSENT_OPT_IN))
    {
        p->choice.granted |= asked;

    } else if (state->grants == CONSENTCTL_GRANTS_FIRST) {
        p->choice.granted |= asked & -asked;
    }

    if (state->made || state->stale) {
        p->choice.issued = time(NULL);
        memset(p->choice.id, 'A', CONSENT_ID_LEN);
    }
}


/* The page in one colour scheme, whichever the operator's own is. */

static void
consentctl_preview_schemed(consentctl_preview_t *p, consent_str_t page)
{
    size_t         i, from, at;
    consent_str_t  rest;

    static const struct {
        consent_str_t  said;
        const char    *scheme[CONSENT_SCHEMES];
    } parts[] = {
        { consent_string("(prefers-color-scheme:dark)"), { "not all", "all" } },
        { consent_string("light dark"), { "light", "dark" } }
    };

    for (from = 0, at = 0; at < page.len; at++) {

        for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            if (page.len - at < parts[i].said.len
                || memcmp(page.data + at, parts[i].said.data,
                          parts[i].said.len) != 0)
            {
                continue;
            }

            rest = (consent_str_t) { at - from, page.data + from };
            consent_buf_add_html(&p->out, rest);
            consent_buf_add_c(&p->out, parts[i].scheme[p->dark]);
            from = at + parts[i].said.len;
            at = from - 1;
            break;
        }
    }

    rest = (consent_str_t) { page.len - from, page.data + from };
    consent_buf_add_html(&p->out, rest);
}


/* A page in a frame that can neither run nor send anything. */

static void
consentctl_preview_frame(consentctl_preview_t *p, const char *what,
    const char *title, const char *size, const consent_buf_t *page)
{
    consent_buf_add_c(&p->out, "<figure><figcaption>");
    consent_buf_add_c(&p->out, what);
    consent_buf_add_c(&p->out, title);
    consent_buf_add_c(&p->out, "</figcaption><iframe sandbox class=\"");
    consent_buf_add_c(&p->out, size);
    consent_buf_add_c(&p->out, "\" title=\"");
    consent_buf_add_c(&p->out, what);
    consent_buf_add_c(&p->out, title);
    consent_buf_add_c(&p->out, "\" srcdoc=\"");
    consentctl_preview_schemed(p, consent_buf_str(page));
    consent_buf_add_c(&p->out, "\"></iframe></figure>\n");

    p->out.failed |= page->failed;
}


static void
consentctl_preview_asks(consentctl_preview_t *p)
{
    unsigned       i;
    consent_buf_t  b;

    for (i = 0; i < CONSENTCTL_NSTATES; i++) {

        /* Nothing is put into pages then. */

        if (consentctl_states[i].grants == CONSENTCTL_GRANTS_ALL
            || p->dark > consentctl_states[i].dark)
        {
            continue;
        }

        consentctl_preview_choose(p, &consentctl_states[i]);

        consent_buf_init(&b, p->ctl->mem);
        consent_buf_add_c(&b, consentctl_preview_site);
        consent_ui_banner(&b, &p->view);
        consentctl_preview_frame(p, "On a page: ", consentctl_states[i].title,
                                 i ? "page" : "wide", &b);
    }
}


static void
consentctl_preview_centre(consentctl_preview_t *p)
{
    unsigned       i;
    consent_buf_t  b;

    for (i = 0; i < CONSENTCTL_NSTATES; i++) {

        if (p->dark > consentctl_states[i].dark) {
            continue;
        }

        consentctl_preview_choose(p, &consentctl_states[i]);

        consent_buf_init(&b, p->ctl->mem);
        consent_ui_centre(&b, &p->view);
        consentctl_preview_frame(p, "Settings: ", consentctl_states[i].title,
                                 "centre", &b);
    }
}


static void
consentctl_preview_refused(consentctl_preview_t *p)
{
    consent_buf_t  b;

    consent_buf_init(&b, p->ctl->mem);
    consent_ui_refused(&b, &p->view);
    consentctl_preview_frame(p, "A choice that was not saved", "", "held",
                             &b);
}


/* The first service that has this kind of placeholder, and so many elements
   that its script fills, or none. */

static int
consentctl_preview_service(const consent_rules_t *rules, const char *kind,
    unsigned fills)
{
    unsigned       i;
    consent_str_t  name;

    name = consentctl_str(kind);

    for (i = 0; i < rules->nservices; i++) {
        if (consent_str_eq(rules->services[i].placeholder, name)
            && rules->services[i].nfills >= fills)
        {
            return (int) i;
        }
    }

    return CONSENT_NO_SERVICE;
}


static void
consentctl_preview_room(consentctl_preview_t *p, consent_buf_t *b, int service,
    const char *size, consent_sample_e how)
{
    if (how == CONSENT_SAMPLE_DRAWN) {
        consent_buf_add_c(b, "<p>Text, and below what is drawn</p>");
        consent_ui_room_sample(b, &p->view, service, how);
        consent_buf_add_c(b, "<div class=\"room\"></div>");
        return;
    }

    consent_buf_add_c(b, "<p>Text, and what comes with scripts</p>"
                         "<div style=\"max-width:100%;");
    consent_buf_add_c(b, size);
    consent_buf_add_c(b, "\">");
    consent_ui_room_sample(b, &p->view, service, how);
    consent_buf_add_c(b, "</div>");
}


/* In place of what a script would have filled: as it is drawn, and with
   scripts. */

static void
consentctl_preview_filled(consentctl_preview_t *p)
{
    int            service;
    unsigned       i;
    consent_buf_t  b;

    for (i = 0; i < CONSENTCTL_NKINDS; i++) {
        service = consentctl_preview_service(p->ctl->rules,
                                             consentctl_kinds[i], 1);

        if (service == CONSENT_NO_SERVICE) {
            continue;
        }

        consent_buf_init(&b, p->ctl->mem);
        consent_buf_add_c(&b, consentctl_preview_site);
        consentctl_preview_room(p, &b, service, "", CONSENT_SAMPLE_DRAWN);
        consentctl_preview_room(p, &b, service, "", CONSENT_SAMPLE_USED);
        consentctl_preview_frame(p, "In place of what a script fills: ",
                                 consentctl_kinds[i], "room", &b);
    }
}


/* The same in elements of several sizes. */

static void
consentctl_preview_sizes(consentctl_preview_t *p)
{
    int            service;
    unsigned       i;
    consent_buf_t  b;

    service = consentctl_preview_service(p->ctl->rules, "map", 1);

    if (service == CONSENT_NO_SERVICE) {
        return;
    }

    consent_buf_init(&b, p->ctl->mem);
    consent_buf_add_c(&b, consentctl_preview_site);

    for (i = 0; i < CONSENTCTL_NROOMS; i++) {
        consentctl_preview_room(p, &b, service, consentctl_rooms[i].size,
                                consentctl_rooms[i].how);
    }

    consentctl_preview_frame(p, "In place of what a script fills: ",
                             "a map, in four sizes", "rooms", &b);
}


static void
consentctl_preview_held(consentctl_preview_t *p)
{
    int            service;
    unsigned       i, n;
    const char    *kind;
    consent_buf_t  b;

    n = CONSENTCTL_NKINDS;

    for (i = 0; i <= n; i++) {
        kind = i < n ? consentctl_kinds[i] : "of an unknown third party";
        service = i < n ? consentctl_preview_service(p->ctl->rules, kind, 0)
                        : CONSENT_NO_SERVICE;

        if (i < n && service == CONSENT_NO_SERVICE) {
            continue;
        }

        consent_buf_init(&b, p->ctl->mem);
        consent_ui_placeholder(&b, &p->view, service,
                               p->ctl->page.unclassified,
                               consent_str("https://www.example.org/"),
                               consent_str(""));
        consentctl_preview_frame(p, "In place of a frame: ", kind, "held",
                                 &b);
    }
}


/* A handful of services: the first few of each purpose. */

static int
consentctl_preview_use(consentctl_preview_t *p)
{
    unsigned                i, k, n;
    const consent_rules_t  *rules;

    rules = p->ctl->rules;

    p->used = consent_calloc(p->ctl->mem, rules->nservices + 1);
    if (p->used == NULL) {
        return CONSENT_ERROR;
    }

    for (k = 0; k < rules->npurposes; k++) {
        for (n = 0, i = 0; i < rules->nservices; i++) {
            if (rules->services[i].purposes >> k & 1
                && n++ < CONSENTCTL_PREVIEW_SERVICES)
            {
                p->used[i] = 1;
            }
        }
    }

    p->view.used = p->used;

    return CONSENT_OK;
}


static int
consentctl_preview_look(consentctl_preview_t *p)
{
    unsigned     i;
    const char  *error, *value;

    consent_look_init(&p->look);

    for (i = 0; i < p->ctl->look.n; i++) {
        value = p->ctl->look.item[i];

        if (consent_look_set(&p->look, consentctl_str(value), &error)
            != CONSENT_OK)
        {
            consentctl_error(p->ctl, "--look %s: %s", value, error);
            return CONSENT_ERROR;
        }
    }

    if (consent_look_make(&p->look, p->ctl->mem, &error) != CONSENT_OK) {
        consentctl_error(p->ctl, "the look cannot be read: %s", error);
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


/* All of it, in one language and colour scheme. */

static void
consentctl_preview_all(consentctl_preview_t *p, consent_str_t tag,
    unsigned scheme)
{
    p->dark = scheme;
    p->view.lang = tag;

    consent_buf_add_c(&p->out, "<h2>");
    consent_buf_add_html(&p->out, tag);
    consent_buf_add_c(&p->out, scheme == CONSENT_DARK ? ", dark" : "");
    consent_buf_add_c(&p->out, "</h2>\n<div>\n");
    consentctl_preview_asks(p);

    consent_buf_add_c(&p->out, "</div>\n<div>\n");
    consentctl_preview_choose(p, &consentctl_states[0]);
    consentctl_preview_held(p);
    consentctl_preview_filled(p);
    consentctl_preview_sizes(p);
    consentctl_preview_refused(p);

    consent_buf_add_c(&p->out, "</div>\n<div>\n");
    consentctl_preview_centre(p);
    consent_buf_add_c(&p->out, "</div>\n");
}


/* Every language, or the one of --lang. */

static int
consentctl_preview_languages(consentctl_preview_t *p)
{
    unsigned                   i, n;
    const consent_ui_texts_t  *texts;

    for (n = 0, i = 0; i < p->view.ui->n; i++) {
        texts = p->view.ui->texts[i];

        if (p->ctl->lang != NULL && strcmp(p->ctl->lang, "all") != 0
            && !consent_str_caseeq(texts->tag, consentctl_str(p->ctl->lang)))
        {
            continue;
        }

        n++;
        consentctl_preview_all(p, texts->tag, CONSENT_LIGHT);
        consentctl_preview_all(p, texts->tag, CONSENT_DARK);
    }

    if (n == 0) {
        consentctl_error(p->ctl, "there are no texts in \"%s\"",
                         p->ctl->lang);
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


int
consentctl_preview(consentctl_t *ctl)
{
    const char            *error;
    consentctl_preview_t   p;

    memset(&p, 0, sizeof(consentctl_preview_t));
    p.ctl = ctl;

    if (ctl->lang == NULL) {
        ctl->lang = "en";
    }

    if (consentctl_load(ctl) != CONSENT_OK
        || consentctl_open_page(ctl) != CONSENT_OK
        || consentctl_preview_look(&p) != CONSENT_OK
        || consentctl_preview_use(&p) != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    p.view.ui = consent_ui_create(ctl->mem, &error);
    if (p.view.ui == NULL) {
        consentctl_error(ctl, "%s", error ? error : "no memory");
        return CONSENTCTL_USAGE;
    }

    p.view.rules = ctl->rules;
    p.view.choice = &p.choice;
    p.view.look = &p.look;
    p.view.prefix = consent_str("/privacy-choices/");
    p.view.site = ctl->page.url.host;
    p.view.cookie = consent_str("privacy_choice");
    p.view.max_age = 183 * 24 * 60 * 60;
    p.view.contact = consent_str("mailto:privacy@example.com");
    p.view.recorded = 1;
    p.view.bare = 1;
    p.view.inside = 1;

    consent_buf_init(&p.out, ctl->mem);
    consent_buf_add_c(&p.out, consentctl_preview_start);

    if (consentctl_preview_languages(&p) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    if (p.out.failed) {
        consentctl_error(ctl, "no memory");
        return CONSENTCTL_USAGE;
    }

    fwrite(p.out.data, 1, p.out.len, stdout);

    return consentctl_done(ctl, CONSENTCTL_GOOD);
}

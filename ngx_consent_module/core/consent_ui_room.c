/*
 * What stands for an element that a held script would have filled: drawn by a
 * style sheet at the first paint, without scripts too, and so that what a
 * script of ours puts into its place later takes the same room.
 */

#include <string.h>

#include "consent_charset.h"
#include "consent_ui_write.h"


/* 1 if the element has something to say itself, which stays above. */

static int
consent_ui_room_under(const consent_service_t *s)
{
    return consent_str_eq(s->placeholder, consent_str("post"))
           || consent_str_eq(s->placeholder, consent_str("social"));
}


/* CSS Syntax, 4.3.7 */

static void
consent_ui_add_escape(consent_buf_t *b, uint32_t code)
{
    size_t             i;
    uint8_t            escape[8];
    static const char  hex[] = "0123456789abcdef";

    i = sizeof(escape);
    escape[--i] = ' ';

    do {
        escape[--i] = (uint8_t) hex[code & 15];
        code >>= 4;
    } while (code && i > 1);

    escape[--i] = '\\';

    consent_buf_add(b, (consent_str_t) { sizeof(escape) - i, escape + i });
}


/* Text in quotes: whatever charset it stands in; "<" might end the element it
   stands in, and in SVG "&" is the begin of a reference. */

static void
consent_ui_add_quoted(consent_buf_t *b, consent_str_t s)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < s.len; /* void */ ) {
        c = s.data[i];

        if (c >= 0x80) {
            consent_ui_add_escape(b, consent_charset_point(s, &i));
            continue;
        }

        if (c < ' ' || c == '"' || c == '\\' || c == '<' || c == '&') {
            consent_ui_add_escape(b, c);

        } else {
            consent_buf_add(b, (consent_str_t) { 1, &c });
        }

        i++;
    }
}


/* The next of the selectors of an element: they have ", " between them. */

static int
consent_ui_room_next(consent_str_t *list, consent_str_t *one)
{
    const uint8_t  *comma;

    if (list->len == 0) {
        return 0;
    }

    comma = memchr(list->data, ',', list->len);

    if (comma == NULL) {
        *one = *list;
        list->len = 0;
        return 1;
    }

    one->data = list->data;
    one->len = (size_t) (comma - list->data);
    list->data += one->len + 2;
    list->len -= one->len + 2;

    return 1;
}


/* 1 if that is an element of this name. */

static int
consent_ui_room_is(consent_str_t selector, consent_str_t name)
{
    return selector.len >= name.len
           && memcmp(selector.data, name.data, name.len) == 0
           && (selector.len == name.len
               || memchr(".#[", selector.data[name.len], 3) != NULL);
}


/* All elements that the service fills wherever they are. */

static void
consent_ui_put_usual(consent_ui_out_t *o, const consent_service_t *s)
{
    unsigned  i, n;

    for (i = 0, n = 0; i < s->nfills; i++) {
        if (!s->fills[i].otherwise) {
            consent_ui_put(o, "%r%s", n++ ? "," : "", s->fills[i].element);
        }
    }
}


/* What there is only without any of those: 0 if it is all that there is. */

static int
consent_ui_room_else(const consent_service_t *s)
{
    unsigned  i, usual, other;

    for (i = 0, usual = 0, other = 0; i < s->nfills; i++) {
        other += s->fills[i].otherwise;
        usual += !s->fills[i].otherwise;
    }

    return usual && other;
}


/*
 * One element, as ui/scripts/fills.js finds it: a script is its own place, a
 * button's is the end of its form, and a frame is never filled.
 */

static void
consent_ui_put_spot(consent_ui_out_t *o, const consent_service_t *s,
    consent_str_t selector, unsigned *n)
{
    consent_str_t  script;

    script = consent_str("script");

    if (consent_ui_room_is(selector, consent_str("iframe"))) {
        return;
    }

    consent_ui_put(o, (*n)++ ? "," : "");

    if (consent_ui_room_is(selector, script)) {
        selector.data += script.len;
        selector.len -= script.len;

        consent_ui_put(o, "script[data-pc-service~=\"%s\"]%s", s->id,
                       selector);
        return;
    }

    consent_ui_put(o, "%s:not(button)", selector);

    if (consent_ui_room_else(s)) {
        consent_ui_put(o, ",form:has(button%s)",
                       selector.data[0] == '.' ? selector
                                               : consent_str(":not(*)"));
    }
}


/* Selectors of all places, in ":is()". */

static void
consent_ui_put_spots(consent_ui_out_t *o, const consent_service_t *s)
{
    unsigned              i, n;
    consent_str_t         list, one;
    const consent_fill_t  *fill;

    consent_ui_put(o, ":is(");

    for (i = 0, n = 0; i < s->nfills; i++) {
        fill = &s->fills[i];
        list = fill->element;

        while (consent_ui_room_next(&list, &one)) {

            if (!fill->otherwise) {
                consent_ui_put_spot(o, s, one, &n);
                continue;
            }

            if (consent_ui_room_else(s)) {
                consent_ui_put(o, "%r:root:not(:has(", n++ ? "," : "");
                consent_ui_put_usual(o, s);
                consent_ui_put(o, ")) %s", one);

            } else {
                consent_ui_put(o, "%r%s", n++ ? "," : "", one);
            }
        }
    }

    consent_ui_put(o, ")");
}


/* 1 if an element may say where the original is. */

static int
consent_ui_room_leads(const consent_service_t *s)
{
    unsigned  i;

    for (i = 0; i < s->nfills; i++) {
        if (s->fills[i].original.len) {
            return 1;
        }
    }

    return 0;
}


/*
 * What is missing, in quotes: a heading, which is a marker since that can have
 * a font of its own, and text.  Below, lines for what can be done, which comes
 * with scripts; they take no room that the element does not have.
 */

static void
consent_ui_put_words(consent_ui_out_t *o, const consent_service_t *s)
{
    o->add = consent_ui_add_quoted;

    consent_ui_put(o, "list-style:inside \"");
    consent_ui_put_what(o, s);
    consent_ui_put(o, "\\a \";content:\"");
    consent_ui_put_who(o, s);

    if (consent_ui_is_check(s)) {
        consent_ui_put(o, "\\a %t", CONSENT_TEXT_HELD_CAPTCHA_NOTE);
    }

    consent_ui_put(o, "\"");

    if (!o->view->bare) {
        consent_ui_put(o, " var(--more,\"\\a\\a\\a\\a\\a\\a\\a%r\")",
                       consent_ui_room_leads(s) ? "\\a\\a" : "");
    }

    o->add = consent_buf_add_html;
}


/* 1 if a script may be its own place. */

static int
consent_ui_room_of_script(const consent_service_t *s)
{
    unsigned       i;
    consent_str_t  list, one;

    for (i = 0; i < s->nfills; i++) {
        list = s->fills[i].element;

        while (consent_ui_room_next(&list, &one)) {
            if (consent_ui_room_is(one, consent_str("script"))) {
                return 1;
            }
        }
    }

    return 0;
}


/*
 * What the two have in common: colours as in ui/assets/pc.css, word for word,
 * since what is said twice takes hardly any bytes.  "all" takes away what the
 * site says, and what is inherited.  As high as the element where that has a
 * height, else as what it says.
 */

static const char  consent_ui_room_light[] =
    "all:initial;--ground:#f5f5f3;--paper:#fff;--ink:#17191c;"
    "--soft:#51565e;--rule:#d8dbe0;--edge:#7b818b;--focus:#0a58ca;"
    "align-content:safe center;box-sizing:border-box;width:100%%;"
    "height:100%%;min-height:64px;overflow:auto;"
    "padding:16px max(16px,50%% - 272px);border:1px solid var(--rule);"
    "background:var(--ground);color:var(--soft);"
    "font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere;"
    "hyphens:auto;text-align:center;text-wrap:balance;";

static const char  consent_ui_room_dark[] =
    "--ground:#131416;--paper:#1d1f23;--ink:#f1f2f4;"
    "--soft:#b9bec7;--rule:#3a3e45;--edge:#8d939e;--focus:#8ab8ff;"
    "color-scheme:dark";

static const char  consent_ui_room_head[] =
    "{font-size:18px;font-weight:650;line-height:1.3;color:var(--ink)";

/* s: where all that has no room in the element; what can be done comes before
   who learns what then. */

static const char  consent_ui_room_parts[] =
    "display:grid;gap:6px;justify-items:center}h2,p,form{margin:0;padding:0}"
    ":focus-visible{outline:3px solid var(--focus);outline-offset:2px}"
    "button{min-height:44px;margin:6px 0 0;padding:8px 18px;border:1.5px "
    "solid var(--ink);border-radius:calc(var(--round,16px) * .625);"
    "background:var(--paper);color:var(--ink);font:inherit;font-weight:600;"
    "cursor:pointer}button:hover{background:var(--ink);color:var(--paper)}"
    "[aria-busy]{opacity:.5}"
    "a{display:inline-block;margin:0 9px;padding:3px 0;color:var(--ink);"
    "text-underline-offset:.2em}"
    "#r.s{display:flex;flex-flow:wrap;justify-content:center;"
    "align-items:center;gap:2px 12px;padding:4px 12px;font-size:13px;"
    "line-height:1.3}#r.s h2{font-size:15px}"
    ".s button{min-height:28px;margin:2px 0;padding:2px 12px}.s p{order:1}"
    "@media (prefers-color-scheme:dark){#r{";


/* The colours that the operator has chosen, after those that are ours. */

static void
consent_ui_put_scheme(consent_ui_out_t *o, unsigned scheme)
{
    if (o->view->look != NULL && o->view->look->theme.len) {
        consent_ui_put(o, ";");
        consent_buf_add(o->b, o->view->look->scheme[scheme]);
    }
}


/* Of a sample, the element that it stands in. */

#define CONSENT_UI_SAMPLE  ".room"


/* A rule for what is drawn, as far as the declarations. */

static void
consent_ui_put_drawn(consent_ui_out_t *o, const consent_service_t *s,
    const char *before, const char *after)
{
    consent_ui_put(o, "%r", before);

    if (o->view->inside) {
        consent_ui_put(o, CONSENT_UI_SAMPLE);
    } else {
        consent_ui_put_spots(o, s);
    }

    consent_ui_put(o, "::after%r", after);
}


static void
consent_ui_put_room_style(consent_ui_out_t *o, const consent_service_t *s)
{
    if (consent_ui_room_of_script(s) && !o->view->inside) {
        consent_ui_put(o, "script[data-pc-service~=\"%s\"]"
                          "{display:block;font-size:0}\n", s->id);
    }

    consent_ui_put_drawn(o, s, "", "{");
    consent_ui_put(o, consent_ui_room_light);
    consent_ui_put(o, "display:flow-root list-item;white-space:pre-line;"
                      "%r%r%r",
                   o->view->bare ? "" : "overflow:hidden;",
                   consent_ui_room_under(s) ? "margin-top:12px;height:auto;"
                                            : "",
                   o->texts->rtl ? "direction:rtl;" : "");
    consent_ui_put_words(o, s);
    consent_ui_put_scheme(o, CONSENT_LIGHT);

    consent_ui_put_drawn(o, s, "}\n", "::marker");
    consent_ui_put(o, consent_ui_room_head);
    consent_ui_put(o, ";white-space:inherit}");

    if (!o->view->bare) {
        consent_ui_put_drawn(o, s, "@media (scripting:none){",
                             "{overflow:auto;--more:\"\"}}");
    }

    consent_ui_put_drawn(o, s, "@media (prefers-color-scheme:dark){", "{");
    consent_ui_put(o, consent_ui_room_dark);
    consent_ui_put_scheme(o, CONSENT_DARK);
    consent_ui_put(o, "}}");
}


void
consent_ui_room_style(consent_buf_t *b, const consent_view_t *view,
    int service)
{
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);
    consent_ui_put_room_style(&o, &view->rules->services[service]);
}


static void
consent_ui_put_box_style(consent_ui_out_t *o)
{
    consent_ui_put(o, "<style>#r{");
    consent_ui_put(o, consent_ui_room_light);
    consent_ui_put(o, consent_ui_room_parts);
    consent_ui_put(o, consent_ui_room_dark);
    consent_ui_put(o, "}}h2");
    consent_ui_put(o, consent_ui_room_head);
    consent_ui_put(o, "}");

    if (o->view->look != NULL) {
        consent_buf_add(o->b, o->view->look->theme);
    }

    consent_ui_put(o, "</style>");
}


/* For scripts, which know where links lead that have no address here. */

static void
consent_ui_put_box(consent_ui_out_t *o, int service)
{
    const char               *at;
    const consent_service_t  *s;

    s = &o->view->rules->services[service];

    consent_ui_put(o, "<h2>");
    consent_ui_put_what(o, s);
    consent_ui_put(o, "</h2>\n<p>");
    consent_ui_put_who(o, s);

    if (consent_ui_is_check(s)) {
        consent_ui_put(o, "</p>\n<p>%t", CONSENT_TEXT_HELD_CAPTCHA_NOTE);
    }

    consent_ui_put(o, "</p>\n");
    consent_ui_put_allow(o, service, "");

    consent_ui_put(o, "<div>");

    if (consent_ui_room_leads(s)) {
        at = o->view->inside ? " href=\"#\"" : "";
        o->name = o->view->inside ? consent_str("example.org")
                                  : consent_str("{}");
        consent_ui_put(o, "<a%r>%t</a> <a%r>%t</a> ", at, CONSENT_TEXT_ONCE,
                       at, CONSENT_TEXT_ORIGINAL);
    }

    consent_ui_put(o, "<a href=\"%p%b\">%t</a></div>", CONSENT_TEXT_SETTINGS);
}


void
consent_ui_room_sample(consent_buf_t *b, const consent_view_t *view,
    int service, consent_sample_e how)
{
    consent_ui_out_t          o;
    const consent_service_t  *s;

    consent_ui_out_init(&o, b, view);
    s = &view->rules->services[service];

    if (how == CONSENT_SAMPLE_DRAWN) {
        consent_ui_put(&o, "<style>");
        consent_ui_put_room_style(&o, s);
        consent_ui_put(&o, "</style>");
        return;
    }

    consent_ui_put(&o, "<template shadowrootmode=\"open\">");
    consent_ui_put_box_style(&o);
    consent_ui_put(&o, "<div id=\"r\" role=\"group\" lang=\"%s\" dir=\"%r\" "
                       "aria-label=\"%s\"%r>",
                   o.texts->tag, o.texts->rtl ? "rtl" : "ltr", s->name,
                   how == CONSENT_SAMPLE_TIGHT ? " class=\"s\"" : "");
    consent_ui_put_box(&o, service);
    consent_ui_put(&o, "</div></template>");
}


/*
 * Of what HTML allows in a body, nothing is a style for the page around it but
 * SVG's own <style>; a link to one would come after the first paint.
 */

void
consent_ui_room(consent_buf_t *b, const consent_view_t *view, int service)
{
    consent_str_t     id;
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);
    id = view->rules->services[service].id;

    if (view->linked) {
        consent_ui_put(&o, "<link rel=\"stylesheet\" data-pc-room=\"%s\" "
                           "href=\"%proom?service=%s&amp;lang=%s\">",
                       id, id, o.texts->tag);
    } else {
        consent_ui_put(&o, "<svg display=\"none\"><style data-pc-room=\"%s\"",
                       id);
        consent_ui_put_gap(&o, CONSENT_GAP_NONCE);
        consent_ui_put(&o, ">");
        consent_ui_put_room_style(&o, &view->rules->services[service]);
        consent_ui_put(&o, "</style></svg>");
    }

    if (!view->bare) {
        consent_ui_put(&o, "<template data-pc-room=\"%s\">", id);
        consent_ui_put_box_style(&o);
        consent_ui_put_box(&o, service);
        consent_ui_put(&o, "</template>\n");
    }
}

#include <string.h>

#include "consent_builtin.h"
#include "consent_ui_write.h"


/* 1 if tail is "VERSION/NAME". */

static int
consent_ui_is_asset(consent_str_t tail, const char *version, const char *name)
{
    size_t  len;

    len = strlen(version);

    return tail.len == len + 1 + strlen(name)
           && memcmp(tail.data, version, len) == 0
           && tail.data[len] == '/'
           && memcmp(tail.data + len + 1, name, strlen(name)) == 0;
}


const consent_asset_t *
consent_ui_asset(consent_str_t tail)
{
    unsigned  i;

    for (i = 0; i < consent_nassets; i++) {
        if (consent_ui_is_asset(tail, consent_assets[i].version,
                                consent_assets[i].name))
        {
            return &consent_assets[i];
        }
    }

    return NULL;
}


int
consent_look_asset(const consent_look_t *look, consent_str_t tail,
    consent_asset_t *asset)
{
    if (look->theme.len == 0
        || !consent_ui_is_asset(tail, look->version, "theme.css"))
    {
        return CONSENT_DECLINED;
    }

    asset->name = "theme.css";
    asset->type = "text/css; charset=utf-8";
    asset->version = look->version;
    asset->body = look->theme;

    return CONSENT_OK;
}


/*
 * A path of this origin, whatever a browser makes of it: "//host", "/\host"
 * and "/TAB/host" are none.
 */

static consent_str_t
consent_ui_back(consent_str_t back)
{
    size_t  i;

    if (back.len == 0 || back.len > CONSENT_URL_MAX || back.data[0] != '/'
        || (back.len > 1 && back.data[1] == '/'))
    {
        return consent_str("");
    }

    for (i = 0; i < back.len; i++) {
        if (back.data[i] <= ' ' || back.data[i] == '\\'
            || back.data[i] == 0x7f)
        {
            return consent_str("");
        }
    }

    return back;
}


void
consent_ui_out_init(consent_ui_out_t *o, consent_buf_t *b,
    const consent_view_t *view)
{
    o->b = b;
    o->view = view;
    o->texts = consent_ui_texts(view->ui, view->lang);
    o->back = consent_ui_back(view->back);
    o->name = consent_str("");
    o->n = 0;
}


/* Writes text with {site}, {name} and {n} filled in. */

static void
consent_ui_put_filled(consent_ui_out_t *o, consent_str_t text)
{
    size_t          i, from;
    const uint8_t  *p;

    from = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != '{') {
            continue;
        }

        p = memchr(text.data + i, '}', text.len - i);
        if (p == NULL) {
            break;
        }

        consent_buf_add_html(o->b, (consent_str_t)
                             { i - from, text.data + from });

        switch (text.data[i + 1]) {
        case 's':
            consent_buf_add_html(o->b, o->view->site);
            break;
        case 'n':
            if (p - (text.data + i) == 2) {
                consent_buf_add_number(o->b, o->n);
            } else {
                consent_buf_add_html(o->b, o->name);
            }
            break;
        default:
            break;
        }

        i = (size_t) (p - text.data);
        from = i + 1;
    }

    consent_buf_add_html(o->b, (consent_str_t)
                         { text.len - from, text.data + from });
}


static void
consent_ui_put_asset(consent_ui_out_t *o, const char *name)
{
    unsigned  i;

    consent_buf_add_html(o->b, o->view->prefix);
    consent_buf_add_c(o->b, "assets/");

    for (i = 0; i < consent_nassets; i++) {
        if (strcmp(consent_assets[i].name, name) == 0) {
            consent_buf_add_c(o->b, consent_assets[i].version);
        }
    }

    consent_buf_add_c(o->b, "/");
    consent_buf_add_c(o->b, name);
}


static void
consent_ui_put_one(consent_ui_out_t *o, char what, va_list *args)
{
    switch (what) {
    case 's':
        consent_buf_add_html(o->b, va_arg(*args, consent_str_t));
        break;
    case 'e':
        consent_buf_add_uri(o->b, va_arg(*args, consent_str_t));
        break;
    case 'r':
        consent_buf_add_c(o->b, va_arg(*args, const char *));
        break;
    case 't':
        consent_ui_put_filled(o, o->texts->text[va_arg(*args, int)]);
        break;
    case 'a':
        consent_ui_put_asset(o, va_arg(*args, const char *));
        break;
    case 'p':
        consent_buf_add_html(o->b, o->view->prefix);
        break;
    case 'b':
        if (o->back.len) {
            consent_buf_add_c(o->b, "?return=");
            consent_buf_add_uri(o->b, o->back);
        }
        break;
    case 'u':
        consent_buf_add_number(o->b, va_arg(*args, unsigned));
        break;
    default:
        break;
    }
}


void
consent_ui_put(consent_ui_out_t *o, const char *format, ...)
{
    va_list      args;
    const char  *p;

    va_start(args, format);

    for (p = strchr(format, '%'); p != NULL; p = strchr(format, '%')) {
        consent_buf_add(o->b, (consent_str_t)
                        { (size_t) (p - format), (const uint8_t *) format });

        consent_ui_put_one(o, p[1], &args);
        format = p + 2;
    }

    consent_buf_add_c(o->b, format);

    va_end(args);
}


void
consent_ui_put_rules_text(consent_ui_out_t *o, const consent_texts_t *texts)
{
    consent_buf_add_html(o->b, consent_texts_get(texts, o->view->lang));
}


void
consent_ui_put_theme(consent_ui_out_t *o)
{
    const consent_look_t  *look;

    look = o->view->look;

    if (look != NULL && look->theme.len) {
        consent_ui_put(o, "<link rel=\"stylesheet\" "
                          "href=\"%passets/%r/theme.css\">\n",
                       look->version);
    }
}


void
consent_ui_put_page(consent_ui_out_t *o, const char *kind,
    consent_str_t title)
{
    consent_ui_put(o, "<!doctype html>\n<html lang=\"%s\" dir=\"%r\" "
                      "data-pc-prefix=\"%p\" data-pc-page=\"%r\">\n"
                      "<head>\n<meta charset=\"utf-8\">\n"
                      "<title>%s</title>\n",
                   o->texts->tag, o->texts->rtl ? "rtl" : "ltr", kind, title);

    /* With less than same-origin a form's Origin would be "null". */
    consent_ui_put(o, "<meta name=\"viewport\" "
                      "content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n"
                      "<meta name=\"referrer\" content=\"same-origin\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n"
                      "<link rel=\"stylesheet\" href=\"%a\">\n",
                   "pages.css");
    consent_ui_put_theme(o);
    consent_ui_put(o, "<script src=\"%a\" async></script>\n"
                      "</head>\n<body class=\"%r\">\n", "pc.js", kind);
}


/* ISO 8601's designators: those of dates, then of times. */

typedef struct {
    char         letter;
    unsigned     time:1;
    const char  *name;
} consent_ui_unit_t;

static const consent_ui_unit_t  consent_ui_units[] = {
    { 'Y', 0, "year" },
    { 'M', 0, "month" },
    { 'W', 0, "week" },
    { 'D', 0, "day" },
    { 'H', 1, "hour" },
    { 'M', 1, "minute" },
    { 'S', 1, "second" }
};


/* "1 day|{n} days": what stands before the bar is for one. */

static void
consent_ui_put_unit(consent_ui_out_t *o, const char *name, unsigned n)
{
    const uint8_t  *bar;
    consent_str_t   text;

    text = consent_ui_word(&o->texts->units, (consent_str_t)
                           { strlen(name), (const uint8_t *) name });

    bar = memchr(text.data, '|', text.len);

    if (bar != NULL && n == 1) {
        text.len = (size_t) (bar - text.data);

    } else if (bar != NULL) {
        text.len -= (size_t) (bar + 1 - text.data);
        text.data = bar + 1;
    }

    o->n = n;
    consent_ui_put_filled(o, text);
}


static void
consent_ui_put_duration(consent_ui_out_t *o, consent_str_t s)
{
    size_t                    i;
    unsigned                  k, n, time, written;
    const consent_ui_unit_t  *unit;

    n = 0;
    time = 0;
    written = 0;

    for (i = 1; i < s.len; i++) {
        if (s.data[i] >= '0' && s.data[i] <= '9') {
            n = n < 100000 ? n * 10 + (unsigned) (s.data[i] - '0') : n;
            continue;
        }

        if (s.data[i] == 'T') {
            time = 1;
            continue;
        }

        for (k = 0; k < sizeof(consent_ui_units)
                        / sizeof(consent_ui_units[0]); k++)
        {
            unit = &consent_ui_units[k];

            if (unit->letter == (char) s.data[i] && unit->time == time) {
                consent_ui_put(o, written++ ? " " : "");
                consent_ui_put_unit(o, unit->name, n);
            }
        }

        n = 0;
    }
}


void
consent_ui_put_retention(consent_ui_out_t *o, consent_str_t retention)
{
    if (consent_str_eq(retention, consent_str("session"))) {
        consent_ui_put(o, "%t", CONSENT_TEXT_FOR_SESSION);

    } else if (consent_str_eq(retention, consent_str("persistent"))) {
        consent_ui_put(o, "%t", CONSENT_TEXT_FOR_EVER);

    } else if (retention.len > 2 && retention.data[0] == 'P') {
        consent_ui_put_duration(o, retention);

    } else {
        consent_ui_put(o, "%t", CONSENT_TEXT_FOR_UNKNOWN);
    }
}


int
consent_ui_override(const consent_view_t *view, int service)
{
    unsigned  i;

    for (i = 0; i < view->choice->noverrides; i++) {
        if (view->choice->overrides[i].service == service) {
            return view->choice->overrides[i].on;
        }
    }

    return -1;
}


void
consent_ui_put_titles(consent_ui_out_t *o, uint32_t mask)
{
    unsigned                i, n;
    const consent_rules_t  *rules;

    rules = o->view->rules;

    for (n = 0, i = 0; i < rules->npurposes; i++) {
        if (mask & ((uint32_t) 1 << i)) {
            consent_ui_put(o, n++ ? ", " : "");
            consent_ui_put_rules_text(o, &rules->purposes[i].title);
        }
    }
}


void
consent_ui_put_purposes(consent_ui_out_t *o, uint32_t mask)
{
    unsigned                i;
    const consent_rules_t  *rules;

    rules = o->view->rules;

    consent_ui_put(o, "<ul class=\"list\" role=\"list\">");

    for (i = 0; i < rules->npurposes; i++) {
        if (mask & ((uint32_t) 1 << i)) {
            consent_ui_put(o, "<li>");
            consent_ui_put_rules_text(o, &rules->purposes[i].title);
            consent_ui_put(o, "</li>");
        }
    }

    consent_ui_put(o, "</ul>");
}

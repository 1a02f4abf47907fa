#include <string.h>

#include "consent_builtin.h"
#include "consent_ui_write.h"


/* Of a purpose's key, with ".description" behind it. */
#define CONSENT_UI_PURPOSE_MAX  128


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
    o->list = consent_str("");
    o->n = 0;
    o->add = consent_buf_add_html;
}


/*
 * Unicode, UAX #9: FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, which
 * work where no element can stand, too.
 */

static void
consent_ui_put_isolated(consent_ui_out_t *o, consent_str_t s)
{
    consent_buf_add_c(o->b, o->texts->rtl ? "\xe2\x81\xa8" : "");
    o->add(o->b, s);
    consent_buf_add_c(o->b, o->texts->rtl ? "\xe2\x81\xa9" : "");
}


static void
consent_ui_put_value(consent_ui_out_t *o, consent_str_t name)
{
    if (consent_str_eq(name, consent_str("site"))) {
        consent_ui_put_isolated(o, o->view->site);

    } else if (consent_str_eq(name, consent_str("name"))) {
        consent_ui_put_isolated(o, o->name);

    } else if (consent_str_eq(name, consent_str("list"))) {
        o->add(o->b, o->list);

    } else if (consent_str_eq(name, consent_str("n"))) {
        consent_buf_add_number(o->b, o->n);
    }
}


/* Writes text with {site}, {name}, {list} and {n} filled in. */

static void
consent_ui_put_filled(consent_ui_out_t *o, consent_str_t text)
{
    size_t          len;
    const uint8_t  *p, *end;

    while ((p = memchr(text.data, '{', text.len)) != NULL) {
        len = (size_t) (p - text.data);

        end = memchr(p, '}', text.len - len);
        if (end == NULL) {
            break;
        }

        o->add(o->b, (consent_str_t) { len, text.data });
        consent_ui_put_value(o, (consent_str_t)
                             { (size_t) (end - p) - 1, p + 1 });

        text.len -= (size_t) (end + 1 - text.data);
        text.data = end + 1;
    }

    o->add(o->b, text);
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
consent_ui_put_lang(consent_ui_out_t *o, const char *before)
{
    if (o->view->told) {
        consent_buf_add_c(o->b, before);
        consent_buf_add_c(o->b, "lang=");
        consent_buf_add_uri(o->b, o->texts->tag);
    }
}


/* Nothing stands where there is nothing to be put in. */

void
consent_ui_put_gap(consent_ui_out_t *o, consent_gap_e what)
{
    consent_gaps_t  *gaps;

    gaps = o->view->gaps;

    if (what == CONSENT_GAP_NONCE ? !o->view->nonce.len : !o->back.len) {
        return;
    }

    if (gaps != NULL) {
        if (gaps->n == CONSENT_GAPS_MAX) {
            o->b->failed = 1;
            return;
        }

        gaps->at[gaps->n] = o->b->len;
        gaps->what[gaps->n++] = what;
        return;
    }

    switch (what) {
    case CONSENT_GAP_BACK:
        consent_buf_add_html(o->b, o->back);
        break;
    case CONSENT_GAP_RETURN:
        consent_buf_add_c(o->b, "?return=");
        consent_buf_add_uri(o->b, o->back);
        break;
    default:    /* CONSENT_GAP_NONCE */
        consent_buf_add_c(o->b, " nonce=\"");
        consent_buf_add_html(o->b, o->view->nonce);
        consent_buf_add_c(o->b, "\"");
    }
}


static void
consent_ui_put_one(consent_ui_out_t *o, char what, va_list *args)
{
    switch (what) {
    case 's':
        o->add(o->b, va_arg(*args, consent_str_t));
        break;
    case 'i':
        consent_ui_put_isolated(o, va_arg(*args, consent_str_t));
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
    case 'v':
        consent_ui_put_gap(o, CONSENT_GAP_BACK);
        break;
    case 'b':
        consent_ui_put_gap(o, CONSENT_GAP_RETURN);
        consent_ui_put_lang(o, o->back.len ? "&amp;" : "?");
        break;
    case 'l':
        consent_ui_put_lang(o, "?");
        break;
    case 'm':
        consent_ui_put_lang(o, "&amp;");
        break;
    case '%':
        consent_buf_add_c(o->b, "%");
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


consent_str_t
consent_ui_word(const consent_ui_out_t *o, consent_ui_words_e words,
    consent_str_t key)
{
    consent_str_t  text;

    text = consent_ui_words_find(o->texts->words[words], key);

    if (text.data == NULL) {
        text = consent_ui_words_find(o->view->ui->english->words[words], key);
    }

    return text.data != NULL ? text : key;
}


consent_str_t
consent_ui_data(consent_ui_out_t *o, const consent_service_t *s)
{
    unsigned       i;
    consent_buf_t  b;

    consent_buf_init(&b, o->b->mem);

    for (i = 0; i < s->ndata; i++) {
        if (i) {
            consent_buf_add(&b, o->texts->text[CONSENT_TEXT_COMMA]);
        }

        consent_buf_add(&b, consent_ui_word(o, CONSENT_WORDS_DATA,
                                            s->data[i]));
    }

    o->b->failed |= b.failed;

    return consent_buf_str(&b);
}


consent_str_t
consent_ui_purpose(const consent_view_t *view, unsigned purpose,
    consent_ui_purpose_e what)
{
    size_t                     len;
    uint8_t                    key[CONSENT_UI_PURPOSE_MAX];
    consent_str_t              own;
    const consent_purpose_t   *p;
    const consent_ui_texts_t  *texts;

    static const char *const  names[] = {
        [CONSENT_PURPOSE_TITLE]       = ".title",
        [CONSENT_PURPOSE_DESCRIPTION] = ".description",
        [CONSENT_PURPOSE_BENEFIT]     = ".benefit",
        [CONSENT_PURPOSE_EXAMPLE]     = ".example"
    };

    p = &view->rules->purposes[purpose];
    texts = consent_ui_texts(view->ui, view->lang);
    len = p->key.len + strlen(names[what]);

    if (texts->words[CONSENT_WORDS_PURPOSES].len && len <= sizeof(key)) {
        memcpy(key, p->key.data, p->key.len);
        memcpy(key + p->key.len, names[what], len - p->key.len);

        own = consent_ui_words_find(texts->words[CONSENT_WORDS_PURPOSES],
                                    (consent_str_t) { len, key });
        if (own.data != NULL) {
            return own;
        }
    }

    return consent_texts_get(what == CONSENT_PURPOSE_TITLE ? &p->title
                             : what == CONSENT_PURPOSE_BENEFIT ? &p->benefit
                             : what == CONSENT_PURPOSE_EXAMPLE ? &p->example
                             : &p->description, view->lang);
}


void
consent_ui_put_purpose_text(consent_ui_out_t *o, unsigned purpose,
    consent_ui_purpose_e what)
{
    consent_buf_add_html(o->b, consent_ui_purpose(o->view, purpose, what));
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


static void
consent_ui_put_inside(consent_ui_out_t *o, const char *style)
{
    unsigned  i;

    consent_buf_add_c(o->b, "<style>");

    for (i = 0; i < consent_nassets; i++) {
        if (strcmp(consent_assets[i].name, style) == 0) {
            consent_buf_add(o->b, consent_assets[i].body);
        }
    }

    if (o->view->look != NULL) {
        consent_buf_add(o->b, o->view->look->theme);
    }

    consent_buf_add_c(o->b, "</style>\n");
}


void
consent_ui_put_page(consent_ui_out_t *o, const char *kind,
    consent_str_t title)
{
    const char  *style;

    style = strcmp(kind, "centre") == 0 ? "pages.css" : "held.css";

    consent_ui_put(o, "<!doctype html>\n<html lang=\"%s\" dir=\"%r\" "
                      "data-pc-page=\"%r\">\n"
                      "<head>\n<meta charset=\"utf-8\">\n"
                      "<title>%s</title>\n",
                   o->texts->tag, o->texts->rtl ? "rtl" : "ltr", kind, title);

    /* With less than same-origin a form's Origin would be "null". */
    consent_ui_put(o, "<meta name=\"viewport\" "
                      "content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n"
                      "<meta name=\"referrer\" content=\"same-origin\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n");

    if (o->view->inside) {
        consent_ui_put_inside(o, style);

    } else {
        consent_ui_put(o, "<link rel=\"stylesheet\" href=\"%a\">\n",
                       style);
        consent_ui_put_theme(o);
        consent_ui_put(o, "<script src=\"%a\" async></script>\n", "pc.js");
    }

    consent_ui_put(o, "</head>\n<body class=\"%r\">\n", kind);
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


/* "1 day|{n} days": the forms of the plural.  The last stands for more. */

static void
consent_ui_put_unit(consent_ui_out_t *o, const char *name, unsigned n)
{
    unsigned        form;
    const uint8_t  *bar;
    consent_str_t   text;

    text = consent_ui_word(o, CONSENT_WORDS_UNITS, (consent_str_t)
                           { strlen(name), (const uint8_t *) name });

    form = consent_ui_plural(o->texts->tag, n);

    while ((bar = memchr(text.data, '|', text.len)) != NULL && form--) {
        text.len -= (size_t) (bar + 1 - text.data);
        text.data = bar + 1;
    }

    if (bar != NULL) {
        text.len = (size_t) (bar - text.data);
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
            if (n++) {
                consent_ui_put(o, "%t", CONSENT_TEXT_COMMA);
            }

            consent_ui_put_purpose_text(o, i, CONSENT_PURPOSE_TITLE);
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
            consent_ui_put_purpose_text(o, i, CONSENT_PURPOSE_TITLE);
            consent_ui_put(o, "</li>");
        }
    }

    consent_ui_put(o, "</ul>");
}

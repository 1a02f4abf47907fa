#include <string.h>

#include "consent_inside.h"
#include "consent_rewrite_stream.h"


/*
 * Values that are more than URLs.  Event handlers, javascript: and data:
 * URLs are not fetched but run, or are a page or a style sheet themselves:
 * code is judged as that of inline scripts, the rest by what it would fetch.
 * What svg's animations stand for hangs on another attribute, and AMP's
 * vendors are told by name.
 */

/* data: URLs inside of data: URLs that are followed. */
#define CONSENT_INSIDE_DEPTH  2

#define CONSENT_INSIDE_PIECE  512


/* Types of requests that run what they get, or show it as a page. */

#define CONSENT_INSIDE_RUN   (CONSENT_TYPE_SCRIPT|CONSENT_TYPE_WORKER)
#define CONSENT_INSIDE_PAGE  (CONSENT_TYPE_FRAME|CONSENT_TYPE_OBJECT          \
                              |CONSENT_TYPE_DOCUMENT)


typedef struct {
    consent_rewrite_t  *rw;
    consent_held_t     *held;
    unsigned            denied:1;
} consent_sheet_t;


/* 1 if a service that was found in code is denied. */

static int
consent_rewrite_code_found(consent_rewrite_t *rw, consent_held_t *held,
    const consent_inline_t *code)
{
    unsigned  nfound;

    nfound = 0;

    return consent_rewrite_code_denied(rw, held, code, &nfound);
}


int
consent_rewrite_judge_code(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t code)
{
    consent_inline_t  in;

    if (held->part) {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_SCRIPT);
    }

    consent_inline_init(&in);
    consent_inline_feed_kept(rw->conf->rules, &in, NULL, code.data, code.len);

    return consent_rewrite_code_found(rw, held, &in);
}


/*
 * One with a scheme has no base: behind that of the page, too, a host comes
 * without slashes (URL, 4.4, "scheme state").
 */

static int
consent_rewrite_judge_absolute(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t s)
{
    size_t          n;
    uint8_t         buf[CONSENT_SPECIFIER_MAX + 2];
    const uint8_t  *p;

    p = memchr(s.data, ':', s.len);
    n = p ? (size_t) (p - s.data) + 1 : s.len;

    if (n == s.len || p[1] == '/' || p[1] == '\\') {
        return 0;
    }

    memcpy(buf, s.data, n);
    memcpy(buf + n, "//", 2);
    memcpy(buf + n + 2, s.data + n, s.len - n);

    s = (consent_str_t) { s.len + 2, buf };

    return consent_rewrite_judge_url(rw, held, s, CONSENT_TYPE_SCRIPT);
}


int
consent_rewrite_judge_import(consent_rewrite_t *rw, consent_held_t *held,
    int rc, consent_str_t url)
{
    if (rc != CONSENT_OK || url.len > CONSENT_SPECIFIER_MAX) {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_SCRIPT);
    }

    if (!consent_imports_is_url(url)) {
        return 0;
    }

    /* with { type: "css" } it is a style sheet */

    return consent_rewrite_judge_url(rw, held, url, CONSENT_TYPE_SCRIPT)
           || consent_rewrite_judge_absolute(rw, held, url)
           || consent_rewrite_judge_inside(rw, held, url, CONSENT_TYPE_STYLE)
              == 1;
}


/* Any script may be a module, or asked for by one. */

static int
consent_rewrite_inside_imports(consent_rewrite_t *rw, consent_held_t *held,
    consent_imports_t *imports, consent_str_t piece)
{
    int            rc, denied;
    size_t         pos;
    consent_str_t  url;

    denied = 0;
    pos = 0;

    while (pos < piece.len) {
        rc = consent_imports_next(imports, piece, &pos, &url);

        if (rc != CONSENT_DECLINED) {
            denied |= consent_rewrite_judge_import(rw, held, rc, url);
        }
    }

    return denied;
}


static int
consent_rewrite_inside_code(consent_rewrite_t *rw, consent_held_t *held,
    consent_inside_t *inside)
{
    int                denied;
    size_t             n;
    uint8_t            buf[CONSENT_INSIDE_PIECE];
    consent_inline_t   in;
    consent_imports_t  imports;

    denied = 0;

    consent_inline_init(&in);
    consent_imports_init(&imports);

    while ((n = consent_inside_next(inside, buf, sizeof(buf))) != 0) {

        if (inside->data
            && consent_rewrite_is_odd(rw, 0, (consent_str_t) { n, buf }))
        {
            return consent_rewrite_judge_unknown(rw, held,
                                                 CONSENT_TYPE_SCRIPT);
        }

        consent_inline_feed(rw->conf->rules, &in, buf, n);
        denied |= consent_rewrite_inside_imports(rw, held, &imports,
                                                 (consent_str_t) { n, buf });
    }

    return denied | consent_rewrite_code_found(rw, held, &in);
}


static void
consent_rewrite_inside_url(void *data, const consent_css_url_t *found)
{
    consent_sheet_t  *sheet;

    sheet = data;

    sheet->denied |= (unsigned) consent_rewrite_css_denied(sheet->rw,
                                                           sheet->held,
                                                           found);
}


static int
consent_rewrite_inside_style(consent_rewrite_t *rw, consent_held_t *held,
    consent_inside_t *inside)
{
    size_t           n;
    uint8_t          buf[CONSENT_INSIDE_PIECE], first;
    consent_css_t    css;
    consent_sheet_t  sheet;

    sheet.rw = rw;
    sheet.held = held;
    sheet.denied = 0;
    first = 0;

    consent_css_init(&css, CONSENT_CSS_SHEET, consent_rewrite_inside_url,
                     &sheet, 0);

    while ((n = consent_inside_next(inside, buf, sizeof(buf))) != 0) {
        first = first ? first : buf[0];

        if (consent_rewrite_is_odd(rw, first, (consent_str_t) { n, buf })) {
            return (int) sheet.denied
                   | consent_rewrite_judge_unknown(rw, held,
                                                   CONSENT_TYPE_STYLE);
        }

        consent_css_feed(&css, buf, n);
    }

    consent_css_end(&css);

    return (int) sheet.denied;
}


/* 1 if it begins with a mark of UTF-16. */

static int
consent_rewrite_inside_is_wide(consent_inside_t inside)
{
    size_t   n;
    uint8_t  mark[2];

    n = consent_inside_next(&inside, mark, sizeof(mark));

    return n == 2 && (mark[0] ^ mark[1]) == 1 && mark[0] >= 0xfe;
}


/* What a data: URL holds, if it is asked for as what types say. */

static int
consent_rewrite_inside_data(consent_rewrite_t *rw, consent_held_t *held,
    consent_inside_t *inside, consent_inside_kind_t kind, uint32_t types)
{
    int               denied;
    consent_inside_t  again;

    if (consent_rewrite_inside_is_wide(*inside)) {
        return consent_rewrite_judge_unknown(rw, held, types);
    }

    denied = 0;
    again = *inside;

    /* a script, or a style sheet, is one whatever its media type */

    if (types & CONSENT_INSIDE_RUN) {
        denied |= consent_rewrite_inside_code(rw, held, inside);
        *inside = again;
    }

    if (types & CONSENT_TYPE_STYLE) {
        denied |= consent_rewrite_inside_style(rw, held, inside);
        *inside = again;
    }

    if (types & CONSENT_INSIDE_PAGE && kind != CONSENT_INSIDE_TEXT) {
        denied |= consent_rewrite_judge_inside_doc(
                      rw, held, inside, kind == CONSENT_INSIDE_XML);
    }

    return denied;
}


/* 1 if what the URL holds can fetch, in the place where it stands. */

static int
consent_rewrite_inside_matters(consent_inside_kind_t kind, uint32_t types)
{
    return kind == CONSENT_INSIDE_CODE
           || types & (CONSENT_INSIDE_RUN|CONSENT_TYPE_STYLE)
           || (types & CONSENT_INSIDE_PAGE && kind != CONSENT_INSIDE_TEXT);
}


/* 1 if a URL is written over several lines, or with tabs. */

static int
consent_rewrite_is_broken(consent_str_t url)
{
    return memchr(url.data, '\n', url.len) != NULL
           || memchr(url.data, '\r', url.len) != NULL
           || memchr(url.data, '\t', url.len) != NULL;
}


int
consent_rewrite_judge_inside(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t types)
{
    int                    denied;
    consent_inside_t       inside, again;
    consent_inside_kind_t  kind;

    kind = consent_inside_open(&inside, value);

    if (kind == CONSENT_INSIDE_OTHER) {
        return CONSENT_DECLINED;
    }

    if (!consent_rewrite_inside_matters(kind, types)) {
        return 0;
    }

    if (held->part || kind == CONSENT_INSIDE_UNKNOWN
        || rw->inside == CONSENT_INSIDE_DEPTH)
    {
        return consent_rewrite_judge_unknown(rw, held, types);
    }

    if (kind == CONSENT_INSIDE_CODE) {
        return consent_rewrite_inside_code(rw, held, &inside);
    }

    again = inside;
    again.kept = 1;

    rw->inside++;
    denied = consent_rewrite_inside_data(rw, held, &inside, kind, types);

    if (!denied && consent_rewrite_is_broken(value)) {
        denied = consent_rewrite_inside_data(rw, held, &again, kind, types);
    }

    rw->inside--;

    return denied;
}


int
consent_rewrite_judge_link(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value)
{
    consent_inside_t  inside;

    if (consent_inside_open(&inside, value) != CONSENT_INSIDE_CODE) {
        return 0;
    }

    return held->part
           ? consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_SCRIPT)
           : consent_rewrite_inside_code(rw, held, &inside);
}


/* 1 if the animation is of a link; while the tag goes on, it may be. */

static int
consent_rewrite_animates_link(consent_rewrite_t *rw,
    const consent_tag_t *tag, int open)
{
    uint8_t         id;
    const uint8_t  *colon;
    consent_str_t   name;

    id = consent_rewrite_attr(tag, CONSENT_ATTR_ATTRIBUTENAME) != NULL
         ? CONSENT_ATTR_ATTRIBUTENAME : CONSENT_ATTR_ATTRIBUTENAME_XML;

    if (consent_rewrite_attr(tag, id) == NULL) {
        return open;
    }

    name = consent_rewrite_attr_value(rw, tag, id);
    colon = name.len ? memchr(name.data, ':', name.len) : NULL;

    if (colon != NULL) {
        name.len -= (size_t) (colon + 1 - name.data);
        name.data = colon + 1;
    }

    return consent_str_caseeq(consent_str_trim(name),
                              consent_str("href"));
}


static int
consent_rewrite_judge_step(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t type)
{
    return value.len && *value.data != '#'
           && consent_rewrite_judge_url(rw, held, value, type);
}


int
consent_rewrite_judge_animated(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, consent_str_t value,
    const consent_carrier_t *row, int open)
{
    int            denied;
    size_t         pos;
    consent_str_t  item;

    denied = consent_rewrite_judge_style(rw, held, attr, value);

    if (!consent_rewrite_animates_link(rw, &held->tag, open)) {
        return denied;
    }

    if (row->value == CONSENT_VALUE_ANIMATED) {
        return denied | consent_rewrite_judge_step(rw, held, value,
                                                    row->type);
    }

    pos = 0;

    while (consent_values_next(value, &pos, &item) == CONSENT_OK) {
        denied |= consent_rewrite_judge_step(rw, held, item, row->type);
    }

    return denied;
}


int
consent_rewrite_judge_vendor(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t type)
{
    consent_str_t  url;

    url = consent_carrier_vendor(held->tag.id);

    return url.len ? consent_rewrite_judge_url(rw, held, url, type)
                   : consent_rewrite_judge_anyone(rw, held, type);
}

#include <string.h>

#include "consent_css.h"
#include "consent_rules.h"


#define CONSENT_CSS_STATE(name)                                               \
    static const uint8_t *name(consent_css_t *css, const uint8_t *p,          \
        const uint8_t *end)

CONSENT_CSS_STATE(consent_css_text);
CONSENT_CSS_STATE(consent_css_slash);
CONSENT_CSS_STATE(consent_css_comment);
CONSENT_CSS_STATE(consent_css_comment_star);
CONSENT_CSS_STATE(consent_css_name);
CONSENT_CSS_STATE(consent_css_name_end);
CONSENT_CSS_STATE(consent_css_string);
CONSENT_CSS_STATE(consent_css_url_begin);
CONSENT_CSS_STATE(consent_css_url);
CONSENT_CSS_STATE(consent_css_escape);
CONSENT_CSS_STATE(consent_css_escape_hex);
CONSENT_CSS_STATE(consent_css_escape_cr);


/* What a string inside of these parentheses is. */

#define CONSENT_CSS_PLAIN      0
#define CONSENT_CSS_URL        1        /* url(), src() */
#define CONSENT_CSS_IMAGES     2        /* image-set(): strings are URLs */

#define CONSENT_CSS_IMPORT     1
#define CONSENT_CSS_NAMESPACE  2


static uint64_t
consent_css_at(const consent_css_t *css, const uint8_t *p)
{
    return css->base + (uint64_t) (p - css->chunk);
}


static int
consent_css_is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\r';
}


static int
consent_css_is_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '_' || c >= 0x80;
}


static int
consent_css_hex(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


static uint8_t
consent_css_function(const consent_css_t *css)
{
    if (css->depth == 0 || css->depth > CONSENT_CSS_DEPTH_MAX) {
        return CONSENT_CSS_PLAIN;
    }

    return css->function[css->depth - 1];
}


static void
consent_css_open(consent_css_t *css, uint8_t kind)
{
    if (css->depth < CONSENT_CSS_DEPTH_MAX) {
        css->function[css->depth] = kind;
    }

    css->depth++;
}


static void
consent_css_tell(consent_css_t *css, int too_long)
{
    consent_css_url_t  found;

    if (!css->skip && (css->url_len || too_long)) {
        found.start = css->url_start;
        found.url = (consent_str_t) { css->url_len, css->url };
        found.too_long = (unsigned) too_long & 1;
        found.type = css->rule == CONSENT_CSS_IMPORT ? CONSENT_TYPE_STYLE
                     : css->font_face ? CONSENT_TYPE_FONT
                                      : CONSENT_TYPE_IMAGE;

        css->found(css->data, &found);
    }

    css->skip = 1;
    css->in_url = 0;
}


static void
consent_css_url_open(consent_css_t *css, const uint8_t *p)
{
    css->url_start = consent_css_at(css, p);
    css->url_len = 0;
    css->in_url = 1;
    css->skip = 0;
}


static void
consent_css_url_close(consent_css_t *css)
{
    if (css->in_url) {
        consent_css_tell(css, 0);
    }

    if (css->rule == CONSENT_CSS_IMPORT) {
        css->rule = 0;
    }
}


static void
consent_css_url_add(consent_css_t *css, uint8_t c, const uint8_t *p)
{
    if (!css->in_url) {
        return;
    }

    css->url[css->url_len++] = c;

    /* data: URLs fetch nothing and are often large */

    if (css->url_len == 5 && memcmp(css->url, "data:", 5) == 0) {
        css->skip = 1;
        css->in_url = 0;
        return;
    }

    if (css->url_len == CONSENT_CSS_URL_MAX
        || consent_css_at(css, p) - css->url_start
           > 2 * CONSENT_CSS_URL_MAX)
    {
        consent_css_tell(css, 1);
    }
}


static void
consent_css_name_begin(consent_css_t *css, int at)
{
    css->name_len = 0;
    css->at = (unsigned) at & 1;
    css->state = consent_css_name;
}


static void
consent_css_name_add(consent_css_t *css, uint8_t c)
{
    if (css->name_len == CONSENT_CSS_NAME_MAX) {
        return;
    }

    css->name[css->name_len++] = (uint8_t) (c >= 'A' && c <= 'Z' ? c | 0x20
                                                                 : c);
}


static int
consent_css_name_is(const consent_css_t *css, const char *name)
{
    size_t  len;

    len = strlen(name);

    return css->name_len == len && memcmp(css->name, name, len) == 0;
}


/* 4.3.1 Consume a token */

static const uint8_t *
consent_css_text(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    for ( /* void */ ; p < end; p++) {

        switch (*p) {

        case '/':
            css->state = consent_css_slash;
            return p + 1;

        case '"':
        case '\'':
            css->quote = *p;
            css->state = consent_css_string;

            if (consent_css_function(css) != CONSENT_CSS_PLAIN
                || css->rule == CONSENT_CSS_IMPORT)
            {
                consent_css_url_open(css, p + 1);
            }

            return p + 1;

        case '@':
            consent_css_name_begin(css, 1);
            return p + 1;

        case '(':
            consent_css_open(css, CONSENT_CSS_PLAIN);
            break;

        case ')':
            css->depth -= (css->depth != 0);
            break;

        case ';':
            css->rule = 0;
            break;

        case '{':
            css->depth = 0;
            css->rule = 0;
            break;

        case '}':
            css->depth = 0;
            css->font_face = 0;
            break;

        default:
            if (consent_css_is_name(*p) || *p == '\\') {
                consent_css_name_begin(css, 0);
                return p;
            }
        }
    }

    return p;
}


static const uint8_t *
consent_css_slash(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    (void) end;

    if (*p == '*') {
        css->state = consent_css_comment;
        return p + 1;
    }

    css->state = consent_css_text;

    return p;
}


/* 4.3.2 Consume comments */

static const uint8_t *
consent_css_comment(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    p = memchr(p, '*', (size_t) (end - p));

    if (p == NULL) {
        return end;
    }

    css->state = consent_css_comment_star;

    return p + 1;
}


static const uint8_t *
consent_css_comment_star(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '*') {
        return p + 1;
    }

    if (*p == '/') {
        css->state = consent_css_text;
        return p + 1;
    }

    css->state = consent_css_comment;

    return p;
}


/* 4.3.11 Consume an ident sequence */

static const uint8_t *
consent_css_name(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    while (p < end && consent_css_is_name(*p)) {
        consent_css_name_add(css, *p++);
    }

    if (p == end) {
        return end;
    }

    if (*p == '\\') {
        css->back = consent_css_name;
        css->state = consent_css_escape;
        return p + 1;
    }

    css->state = consent_css_name_end;

    return p;
}


/* 4.3.4 Consume an ident-like token; and what an @-keyword begins */

static const uint8_t *
consent_css_name_end(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    uint8_t  kind;

    (void) end;

    css->state = consent_css_text;

    if (css->at) {
        css->rule = consent_css_name_is(css, "import") ? CONSENT_CSS_IMPORT
                    : consent_css_name_is(css, "namespace")
                      ? CONSENT_CSS_NAMESPACE : 0;

        if (consent_css_name_is(css, "font-face")) {
            css->font_face = 1;
        }

        return p;
    }

    if (*p != '(' || css->rule == CONSENT_CSS_NAMESPACE) {
        return p;
    }

    if (consent_css_name_is(css, "url")) {
        consent_css_open(css, CONSENT_CSS_URL);
        css->state = consent_css_url_begin;
        return p + 1;
    }

    kind = CONSENT_CSS_PLAIN;

    if (consent_css_name_is(css, "src")) {
        kind = CONSENT_CSS_URL;
    }

    if (consent_css_name_is(css, "image-set")
        || consent_css_name_is(css, "-webkit-image-se")     /* cut short */
        || consent_css_name_is(css, "image")
        || consent_css_name_is(css, "cross-fade"))
    {
        kind = CONSENT_CSS_IMAGES;
    }

    consent_css_open(css, kind);

    return p + 1;
}


/* 4.3.5 Consume a string token */

static const uint8_t *
consent_css_string(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    for ( /* void */ ; p < end; p++) {

        if (*p == css->quote || *p == '\n' || *p == '\r' || *p == '\f') {
            consent_css_url_close(css);
            css->state = consent_css_text;
            return p + 1;
        }

        if (*p == '\\') {
            css->back = consent_css_string;
            css->state = consent_css_escape;
            return p + 1;
        }

        consent_css_url_add(css, *p, p);
    }

    return p;
}


/* 4.3.4, behind "url(": white space, then a string or a bare URL */

static const uint8_t *
consent_css_url_begin(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    while (p < end && consent_css_is_space(*p)) {
        p++;
    }

    if (p == end) {
        return end;
    }

    if (*p == '"' || *p == '\'') {
        css->state = consent_css_text;
        return p;
    }

    consent_css_url_open(css, p);
    css->state = consent_css_url;

    return p;
}


/* 4.3.6 Consume a url token */

static const uint8_t *
consent_css_url(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    for ( /* void */ ; p < end; p++) {

        if (*p == ')' || consent_css_is_space(*p)) {
            consent_css_url_close(css);
            css->state = consent_css_text;
            return p;
        }

        if (*p == '\\') {
            css->back = consent_css_url;
            css->state = consent_css_escape;
            return p + 1;
        }

        consent_css_url_add(css, *p, p);
    }

    return p;
}


static void
consent_css_escaped(consent_css_t *css, uint32_t c, const uint8_t *p)
{
    unsigned  i, n;
    uint8_t   utf8[4];

    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        c = 0xfffd;
    }

    if (c < 0x80) {
        utf8[0] = (uint8_t) c;
        n = 1;

    } else if (c < 0x800) {
        utf8[0] = (uint8_t) (0xc0 | c >> 6);
        n = 2;

    } else if (c < 0x10000) {
        utf8[0] = (uint8_t) (0xe0 | c >> 12);
        n = 3;

    } else {
        utf8[0] = (uint8_t) (0xf0 | c >> 18);
        n = 4;
    }

    for (i = 1; i < n; i++) {
        utf8[i] = (uint8_t) (0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
    }

    for (i = 0; i < n; i++) {

        if (css->back == consent_css_name) {
            consent_css_name_add(css, utf8[i]);

        } else {
            consent_css_url_add(css, utf8[i], p);
        }
    }
}


/* 4.3.7 Consume an escaped code point; a newline in a string goes on */

static const uint8_t *
consent_css_escape(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    (void) end;

    if (consent_css_hex(*p) >= 0) {
        css->escape = 0;
        css->escape_len = 0;
        css->state = consent_css_escape_hex;
        return p;
    }

    css->state = css->back;

    if (*p == '\r') {
        css->state = consent_css_escape_cr;
        return p + 1;
    }

    if (*p == '\n' || *p == '\f') {
        return p + 1;
    }

    if (css->back == consent_css_name) {
        consent_css_name_add(css, *p);

    } else {
        consent_css_url_add(css, *p, p);
    }

    return p + 1;
}


static const uint8_t *
consent_css_escape_hex(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    int  digit;

    (void) end;

    digit = css->escape_len < 6 ? consent_css_hex(*p) : -1;

    if (digit >= 0) {
        css->escape = css->escape * 16 + (uint32_t) digit;
        css->escape_len++;
        return p + 1;
    }

    consent_css_escaped(css, css->escape, p);
    css->state = css->back;

    /* one white space belongs to the escape */

    if (*p == '\r') {
        css->state = consent_css_escape_cr;
    }

    return consent_css_is_space(*p) ? p + 1 : p;
}


/* 3.3: CR LF is one newline */

static const uint8_t *
consent_css_escape_cr(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    css->state = css->back;

    return *p == '\n' ? p + 1 : p;
}


void
consent_css_init(consent_css_t *css, consent_css_found_pt found, void *data,
    uint64_t offset)
{
    memset(css, 0, offsetof(consent_css_t, name));

    css->state = consent_css_text;
    css->found = found;
    css->data = data;
    css->base = offset;
}


void
consent_css_feed(consent_css_t *css, const uint8_t *data, size_t len)
{
    const uint8_t  *p, *end;

    css->chunk = data;
    p = data;
    end = data + len;

    while (p < end) {
        p = css->state(css, p, end);
    }

    css->base += len;
    css->chunk = end;
}


void
consent_css_end(consent_css_t *css)
{
    if (css->state == consent_css_escape_hex) {
        consent_css_escaped(css, css->escape, css->chunk);
    }

    consent_css_url_close(css);
}

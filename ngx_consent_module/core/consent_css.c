/*
 * One function for each state.  Most bytes of a style sheet can't matter:
 * where css->scan is set, consent_css_hop() goes from one byte that may to
 * the next, and the states take over a little before it, so that they find
 * what they would have found anyway.
 */

#include <string.h>

#include "consent_css_state.h"
#include "consent_entity.h"
#include "consent_rules.h"


#define CONSENT_CSS_STATE(name)                                               \
    static const uint8_t *name(consent_css_t *css, const uint8_t *p,          \
        const uint8_t *end)

CONSENT_CSS_STATE(consent_css_text);
CONSENT_CSS_STATE(consent_css_slash);
CONSENT_CSS_STATE(consent_css_comment);
CONSENT_CSS_STATE(consent_css_comment_star);
CONSENT_CSS_STATE(consent_css_cdo);
CONSENT_CSS_STATE(consent_css_name);
static const uint8_t *consent_css_name_end(consent_css_t *css,
    const uint8_t *p);
CONSENT_CSS_STATE(consent_css_string);
CONSENT_CSS_STATE(consent_css_url_begin);
CONSENT_CSS_STATE(consent_css_url);
CONSENT_CSS_STATE(consent_css_bad_url);
CONSENT_CSS_STATE(consent_css_escape);
CONSENT_CSS_STATE(consent_css_escape_hex);
CONSENT_CSS_STATE(consent_css_escape_cr);


/* An @import's value while its first bytes are read, or behind its URL. */

#define CONSENT_CSS_BARE_BEGIN  1       /* to 4: of "url(" */
#define CONSENT_CSS_BARE_SLASH  5
#define CONSENT_CSS_BARE_ENDED  6


const uint8_t  consent_css_class[256] = {
    1, 4, 4, 4, 4, 4, 4, 4, 4, 2, 10, 4, 10, 10, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    2, 0, 12, 0, 0, 0, 0, 12, 4, 16, 0, 0, 0, 1, 0, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 24, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 4,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
};


/*
 * Functions.  In one that is not listed a string is what it would be around
 * it: var(), if() and their like give it out again.  Names are cut after
 * CONSENT_CSS_NAME_MAX bytes.
 */

typedef struct {
    char     name[CONSENT_CSS_NAME_MAX + 1];
    uint8_t  kind;
} consent_css_function_t;


static const consent_css_function_t  consent_css_functions[] = {
    { "src", CONSENT_CSS_URL },
    { "lang", CONSENT_CSS_PLAIN },
    { "tech", CONSENT_CSS_PLAIN },
    { "type", CONSENT_CSS_PLAIN },
    { "image", CONSENT_CSS_URL },
    { "local", CONSENT_CSS_PLAIN },
    { "format", CONSENT_CSS_PLAIN },
    { "counters", CONSENT_CSS_PLAIN },
    { "image-set", CONSENT_CSS_URL },
    { "integrity", CONSENT_CSS_PLAIN },
    { "cross-fade", CONSENT_CSS_URL },
    { "-webkit-image-se", CONSENT_CSS_URL }
};


/* Names of n letters begin at [n] and end before [n + 1]. */

static const uint8_t  consent_css_by_length[CONSENT_CSS_NAME_MAX + 2] = {
    0, 0, 0, 0, 1, 4, 6, 7, 7, 8, 10, 11, 11, 11, 11, 11, 11, 12
};


static uint64_t
consent_css_at(const consent_css_t *css, const uint8_t *p)
{
    return css->base + (uint64_t) (p - css->chunk);
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


/*
 * Brackets, 5.4.8: only the one that fits closes.  Those of rules and blocks
 * are left out: from the first "(" on all are kept, until it is closed.
 */

static void
consent_css_open(consent_css_t *css, uint8_t closing, uint8_t kind)
{
    if (css->depth == CONSENT_CSS_DEPTH_MAX) {
        css->lost = 1;
        return;
    }

    css->open[css->depth++] = (uint8_t) ((closing & 0xfc) | kind);
}


static void
consent_css_close(consent_css_t *css, uint8_t closing)
{
    if (css->depth
        && (css->open[css->depth - 1] & 0xfc) == (closing & 0xfc))
    {
        css->depth--;
    }
}


static void
consent_css_tell(consent_css_t *css, int too_long)
{
    consent_css_url_t  found;

    /* an escape means another thing to who reads ahead */

    too_long |= css->escaped && css->rule == CONSENT_CSS_IMPORT
                && css->ahead.state != CONSENT_AHEAD_DONE;

    if (!css->skip && (css->url_len || too_long)) {
        found.start = css->url_start;
        found.url = (consent_str_t) { css->url_len, css->url };
        found.too_long = (unsigned) too_long & 1;
        found.maybe = css->maybe;
        found.type = css->rule == CONSENT_CSS_IMPORT ? CONSENT_TYPE_STYLE
                     : css->font_face ? CONSENT_TYPE_FONT
                                      : CONSENT_TYPE_IMAGE;

        css->found(css->data, &found);
    }

    css->skip = 1;
    css->in_url = 0;
}


static void
consent_css_url_open(consent_css_t *css, const uint8_t *p, int maybe)
{
    css->url_start = consent_css_at(css, p);
    css->url_len = 0;
    css->in_url = 1;
    css->skip = 0;
    css->escaped = 0;
    css->maybe = (unsigned) maybe & 1;
}


/*
 * 1 if the URL breaks off inside of its host: what follows the string, or the
 * "url()", would go on with it for who takes no notice of either's end.
 */

static int
consent_css_url_open_ended(const consent_css_t *css)
{
    size_t  i;

    for (i = 0; i < css->url_len && css->url[i] != ':'; i++) {
        if (i && memchr("/\\", css->url[i], 2)
            && memchr("/\\", css->url[i - 1], 2))
        {
            break;
        }
    }

    if (i == css->url_len) {
        return 0;
    }

    for (i++; i < css->url_len && memchr("/\\", css->url[i], 2); i++) {
        /* void */
    }

    for ( /* void */ ; i < css->url_len; i++) {
        if (memchr("/\\?#", css->url[i], 4)) {
            return 0;
        }
    }

    return 1;
}


static void
consent_css_url_close(consent_css_t *css)
{
    if (css->in_url && css->rule == CONSENT_CSS_IMPORT
        && css->ahead.state == CONSENT_AHEAD_VALUE
        && consent_css_url_open_ended(css))
    {
        css->bare = CONSENT_CSS_BARE_ENDED;
    }

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

    /* data: URLs are often large, and fetch nothing but as a style sheet */

    if (css->url_len == 5 && css->rule != CONSENT_CSS_IMPORT
        && memcmp(css->url, "data:", 5) == 0)
    {
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


/* The same for all bytes up to end. */

static void
consent_css_url_run(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    size_t  n;

    while (css->in_url && p < end) {
        n = (size_t) (end - p);

        if (css->url_len >= 5 && n < CONSENT_CSS_URL_MAX - css->url_len
            && consent_css_at(css, end) - css->url_start
               <= 2 * CONSENT_CSS_URL_MAX)
        {
            memcpy(css->url + css->url_len, p, n);
            css->url_len += n;
            return;
        }

        consent_css_url_add(css, *p, p);
        p++;
    }
}


static void
consent_css_name_begin(consent_css_t *css, uint8_t mark)
{
    css->name_len = 0;
    css->mark = mark;
    css->state = consent_css_name;
}


static void
consent_css_name_add(consent_css_t *css, uint8_t c)
{
    if (css->name_len == CONSENT_CSS_NAME_MAX) {
        return;
    }

    css->name[css->name_len++] = (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}


static int
consent_css_name_is(const consent_css_t *css, const char *name, unsigned len)
{
    return css->name_len == len && css->name[0] == name[0]
           && memcmp(css->name, name, len) == 0;
}


static void
consent_css_string_begin(consent_css_t *css, const uint8_t *p)
{
    uint8_t  kind;

    css->quote = *p;
    css->state = consent_css_string;

    if (css->before != CONSENT_CSS_VALUE) {
        css->before = CONSENT_CSS_ANY;
    }

    kind = css->rule == CONSENT_CSS_IMPORT ? CONSENT_CSS_URL
                                           : consent_css_kind(css);

    if (kind == CONSENT_CSS_URL
        || (kind == CONSENT_CSS_MAYBE && css->before != CONSENT_CSS_VALUE
            && !consent_css_in_namespace(css)))
    {
        consent_css_url_open(css, p + 1, kind == CONSENT_CSS_MAYBE);
    }
}


/* "[" and "{" count inside of "(" only; so do what closes them. */

static void
consent_css_bracket(consent_css_t *css, uint8_t c)
{
    css->before = CONSENT_CSS_ANY;

    switch (c) {

    case '(':
        consent_css_open(css, ')', consent_css_kind(css));
        return;

    case ')':
    case ']':
        consent_css_close(css, c);
        return;
    }

    if (css->depth) {

        if (c == '[' || c == '{') {
            consent_css_open(css, c == '[' ? ']' : '}',
                             consent_css_kind(css));

        } else if (c == '}') {
            consent_css_close(css, c);
        }

        return;
    }

    if (c != '[') {
        css->rule = 0;
    }

    if (c == '}') {
        css->font_face = 0;
    }
}


/* What ":", "," or another byte without a meaning of its own leaves. */

static uint8_t
consent_css_behind(const consent_css_t *css, uint8_t c)
{
    if (c == '=') {
        return CONSENT_CSS_VALUE;
    }

    if (c == ':' && css->before == CONSENT_CSS_PROPERTY && css->depth == 0) {
        return CONSENT_CSS_VALUE;
    }

    return c == ',' && css->before == CONSENT_CSS_VALUE ? CONSENT_CSS_VALUE
                                                        : CONSENT_CSS_ANY;
}


/* 4.3.1 Consume a token */

static const uint8_t *
consent_css_text(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    for (p = consent_css_hop(css, p, end); p < end; p++) {

        if (consent_css_is(*p, CONSENT_CSS_IS_NAME) || *p == '\\') {
            consent_css_name_begin(css, 0);
            return consent_css_name(css, p, end);
        }

        switch (*p) {

        case ' ':
        case '\n':
        case '\t':
        case '\f':
        case '\r':
            break;

        case '(':
        case ')':
        case '[':
        case ']':
        case '{':
        case '}':
        case ';':
            consent_css_bracket(css, *p);
            p = consent_css_hop(css, p + 1, end) - 1;
            break;

        case '/':
            css->before = CONSENT_CSS_ANY;
            css->state = consent_css_slash;
            return p + 1;

        case '<':
            css->before = CONSENT_CSS_ANY;
            css->matched = 0;
            css->state = consent_css_cdo;
            return p + 1;

        case '"':
        case '\'':
            consent_css_string_begin(css, p);
            return p + 1;

        case '@':
        case '#':
            consent_css_name_begin(css, *p);
            return p + 1;

        default:
            css->before = consent_css_behind(css, *p);
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


/* 4.3.1, "<": the dashes of "<!--" begin no name, those of "<!-x" do */

static const uint8_t *
consent_css_cdo(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    static const char  cdo[] = "!--";

    (void) end;

    if (*p == (uint8_t) cdo[css->matched]) {
        css->matched++;

        if (css->matched == sizeof(cdo) - 1) {
            css->state = consent_css_text;
        }

        return p + 1;
    }

    css->state = consent_css_text;

    if (css->matched == 2) {
        consent_css_name_begin(css, 0);
        consent_css_name_add(css, '-');
    }

    return p;
}


/* 4.3.11 Consume an ident sequence */

static const uint8_t *
consent_css_name(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *start;

    for (start = p; p < end && consent_css_is(*p, CONSENT_CSS_IS_NAME); p++) {

        if (p - start < CONSENT_CSS_NAME_MAX) {
            consent_css_name_add(css, *p);
        }
    }

    if (p == end) {
        return end;
    }

    if (*p == '\\') {
        css->back = consent_css_name;
        css->state = consent_css_escape;
        return p + 1;
    }

    return consent_css_name_end(css, p);
}


/*
 * 1 if a string behind the name and ":" can get elsewhere: from a custom
 * property, from the result of a function, from @property.
 */

static int
consent_css_gives(const consent_css_t *css)
{
    return (css->name_len > 1 && css->name[0] == '-' && css->name[1] == '-')
           || consent_css_name_is(css, "result", 6)
           || consent_css_name_is(css, "initial-value", 13);
}


static void
consent_css_function(consent_css_t *css)
{
    unsigned                       i;
    uint8_t                        kind;
    const consent_css_function_t  *f;

    kind = consent_css_kind(css);

    if (consent_css_name_is(css, "url", 3)) {
        consent_css_open(css, ')', consent_css_in_namespace(css)
                                   ? CONSENT_CSS_PLAIN : CONSENT_CSS_URL);
        css->state = consent_css_url_begin;
        return;
    }

    i = consent_css_by_length[css->name_len];

    for ( /* void */ ; i < consent_css_by_length[css->name_len + 1]; i++) {
        f = &consent_css_functions[i];

        if (consent_css_name_is(css, f->name, css->name_len)) {
            kind = f->kind;
            break;
        }
    }

    consent_css_open(css, ')', kind);
}


/* 4.3.4 Consume an ident-like token; and what an @-keyword begins */

static const uint8_t *
consent_css_name_end(consent_css_t *css, const uint8_t *p)
{
    css->state = consent_css_text;
    css->before = CONSENT_CSS_ANY;

    if (css->mark == '@') {
        css->rule = consent_css_name_is(css, "import", 6) ? CONSENT_CSS_IMPORT
                    : consent_css_name_is(css, "namespace", 9)
                      ? CONSENT_CSS_NAMESPACE : 0;

        if (consent_css_name_is(css, "font-face", 9)) {
            css->font_face = 1;
        }

        return p;
    }

    if (css->mark == '#') {
        return p;
    }

    if (*p == '(') {
        consent_css_function(css);
        return p + 1;
    }

    if (!consent_css_gives(css)) {
        css->before = CONSENT_CSS_PROPERTY;
    }

    return p;
}


/* 4.3.5 Consume a string token */

static const uint8_t *
consent_css_string(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *start;

    for (start = p; p < end; p++) {

        if (!consent_css_is(*p, CONSENT_CSS_IS_QUOTED)
            || ((*p == '"' || *p == '\'') && *p != css->quote))
        {
            continue;
        }

        if (css->in_url) {
            consent_css_url_run(css, start, p);
        }

        if (*p == '\\') {
            css->back = consent_css_string;
            css->state = consent_css_escape;
            return p + 1;
        }

        consent_css_url_close(css);
        css->state = consent_css_text;

        return p + 1;
    }

    consent_css_url_run(css, start, p);

    return p;
}


/* 4.3.4, behind "url(": white space, then a string or a bare URL */

static const uint8_t *
consent_css_url_begin(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    while (p < end && consent_css_is(*p, CONSENT_CSS_IS_SPACE)) {
        p++;
    }

    if (p == end) {
        return end;
    }

    if (*p == '"' || *p == '\'') {
        css->state = consent_css_text;
        return p;
    }

    css->state = consent_css_url;

    if (!consent_css_in_namespace(css)) {
        consent_css_url_open(css, p, 0);
    }

    return p;
}


/*
 * 4.3.6 Consume a url token.  A URL is told where white space ends it; if no
 * ")" follows, it is told in vain.
 */

static const uint8_t *
consent_css_url(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *start;

    for (start = p; p < end; p++) {
        if (consent_css_is(*p, CONSENT_CSS_IS_SPACE | CONSENT_CSS_IS_BAD
                               | CONSENT_CSS_IS_CLOSE))
        {
            break;
        }
    }

    consent_css_url_run(css, start, p);

    if (p == end) {
        return p;
    }

    if (*p == '\\') {
        css->back = consent_css_url;
        css->state = consent_css_escape;
        return p + 1;
    }

    if (consent_css_is(*p, CONSENT_CSS_IS_BAD)) {
        css->skip = 1;
        css->in_url = 0;

    } else {
        consent_css_url_close(css);
    }

    css->state = consent_css_bad_url;

    return p;
}


/* 4.3.14 Consume the remnants of a bad url; or the white space of a good */

static const uint8_t *
consent_css_bad_url(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    while (p < end && !consent_css_is(*p, CONSENT_CSS_IS_CLOSE)) {
        p++;
    }

    if (p == end) {
        return end;
    }

    if (*p == '\\') {
        css->back = consent_css_bad_url;
        css->state = consent_css_escape;
        return p + 1;
    }

    css->state = consent_css_text;

    return p;
}


static void
consent_css_escaped(consent_css_t *css, uint32_t c, const uint8_t *p)
{
    size_t   i, n;
    uint8_t  utf8[4];

    n = consent_entity_utf8(c, utf8);

    for (i = 0; i < n; i++) {

        if (css->back == consent_css_name) {
            consent_css_name_add(css, utf8[i]);

        } else {
            consent_css_url_add(css, utf8[i], p);
        }
    }
}


/* 4.3.8: "\" and a newline are no escape, and but in a string two tokens */

static const uint8_t *
consent_css_escape_newline(consent_css_t *css, const uint8_t *p)
{
    if (css->back == consent_css_string) {
        css->state = *p == '\r' ? consent_css_escape_cr : css->back;
        return p + 1;
    }

    if (css->back == consent_css_name) {
        (void) consent_css_name_end(css, p);
        css->before = CONSENT_CSS_ANY;
        return p;
    }

    css->skip = 1;
    css->in_url = 0;
    css->state = consent_css_bad_url;

    return p;
}


/* 4.3.7 Consume an escaped code point */

static const uint8_t *
consent_css_escape(consent_css_t *css, const uint8_t *p, const uint8_t *end)
{
    (void) end;

    if (*p == '\n' || *p == '\r' || *p == '\f') {
        return consent_css_escape_newline(css, p);
    }

    css->escaped = 1;

    if (consent_css_hex(*p) >= 0) {
        css->escape = 0;
        css->escape_len = 0;
        css->state = consent_css_escape_hex;
        return p;
    }

    css->state = css->back;

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

    return consent_css_is(*p, CONSENT_CSS_IS_SPACE) ? p + 1 : p;
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


/* What only who reads ahead takes for an @import's URL is not looked at. */

static void
consent_css_tell_ahead(consent_css_t *css, uint64_t start)
{
    consent_css_url_t  found;

    memset(&found, 0, sizeof(found));

    found.start = start;
    found.url = consent_str("");
    found.type = CONSENT_TYPE_STYLE;
    found.too_long = 1;

    css->found(css->data, &found);
}


/* The beginning of an @import's value, if it is a string, "url(", or a
   comment, is read as a style sheet's; else it is told. */

static void
consent_css_bare(consent_css_t *css, uint8_t c)
{
    int  known;

    static const char  url[] = "url(";

    if (css->bare == CONSENT_CSS_BARE_SLASH) {
        known = (c == '*');

    } else if (css->bare == CONSENT_CSS_BARE_BEGIN && c == '/') {
        css->bare = CONSENT_CSS_BARE_SLASH;
        return;

    } else if (css->bare == CONSENT_CSS_BARE_BEGIN && (c == '"' || c == '\''))
    {
        known = 1;

    } else {
        known = ((c | 0x20) == (uint8_t) url[css->bare
                                             - CONSENT_CSS_BARE_BEGIN]);

        if (known && c != '(') {
            css->bare++;
            return;
        }
    }

    css->bare = 0;
    css->in_url = 0;

    if (!known) {
        consent_css_tell_ahead(css, css->url_start);
    }
}


/* The byte at p, before the state sees it, as Chromium reads ahead. */

static void
consent_css_look_ahead(consent_css_t *css, const uint8_t *p)
{
    int  begins;

    begins = consent_css_ahead(&css->ahead, *p);

    if (begins && css->state == consent_css_text
        && css->rule == CONSENT_CSS_IMPORT)
    {
        consent_css_url_open(css, p, 0);
        css->bare = CONSENT_CSS_BARE_BEGIN;

    } else if (begins) {

        if (css->in_url) {
            consent_css_tell(css, 1);
        }

        consent_css_tell_ahead(css, consent_css_at(css, p));
    }

    if (css->bare == CONSENT_CSS_BARE_ENDED) {

        if (css->ahead.state == CONSENT_AHEAD_VALUE
            && !consent_css_is(*p, CONSENT_CSS_IS_SPACE))
        {
            if (*p == ')') {
                return;
            }

            consent_css_tell_ahead(css, consent_css_at(css, p));
        }

        css->bare = 0;

    } else if (css->bare) {
        consent_css_bare(css, *p);
    }
}


/*
 * How far the bytes from p on say nothing to who reads ahead: in a comment,
 * and behind the name of a rule that is not @import.
 */

static const uint8_t *
consent_css_idle(const consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *stop;

    if (css->ahead.state == CONSENT_AHEAD_COMMENT) {
        stop = memchr(p, '*', (size_t) (end - p));

    } else if (css->ahead.state == CONSENT_AHEAD_VALUE
               && css->ahead.len == CONSENT_AHEAD_OTHER)
    {
        stop = memchr(p, ';', (size_t) (end - p));

    } else {
        return p;
    }

    return stop ? stop : end;
}


/* One byte, or what is idle, while there is somebody to read ahead. */

static const uint8_t *
consent_css_feed_ahead(consent_css_t *css, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *next;

    next = consent_css_idle(css, p, end);

    if (next == p) {
        consent_css_look_ahead(css, p);
        next = p + 1;
    }

    while (p < next) {
        p = css->state(css, p, next);
    }

    return p;
}


void
consent_css_init(consent_css_t *css, consent_css_what_t what,
    consent_css_found_pt found, void *data, uint64_t offset)
{
    memset(css, 0, offsetof(consent_css_t, open));

    css->state = consent_css_text;
    css->found = found;
    css->data = data;
    css->scan = consent_scan();
    css->base = offset;

    css->ahead.state = what == CONSENT_CSS_SHEET ? CONSENT_AHEAD_INITIAL
                                                 : CONSENT_AHEAD_DONE;
}


void
consent_css_feed(consent_css_t *css, const uint8_t *data, size_t len)
{
    const uint8_t  *p, *end;

    css->chunk = data;
    p = data;
    end = data + len;

    while (p < end && css->ahead.state != CONSENT_AHEAD_DONE) {
        p = consent_css_feed_ahead(css, p, end);
    }

    while (p < end) {
        p = css->state(css, p, end);
    }

    css->base += len;
    css->chunk = end;
}


void
consent_css_end(consent_css_t *css)
{
    if (css->bare) {
        css->skip = 1;
    }

    if (css->state == consent_css_escape_hex) {
        consent_css_escaped(css, css->escape, css->chunk);
    }

    consent_css_url_close(css);
}

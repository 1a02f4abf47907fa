#include <string.h>

#include "consent_inside.h"


/* Longest media type, with its parameters, that is read. */
#define CONSENT_INSIDE_TYPE_MAX  256


/* The next character of the URL, without tabs and newlines, which are no
   part of it (URL Standard, 4.4); or -1. */

static int
consent_inside_char(consent_inside_t *in)
{
    uint8_t  c;

    while (in->rest.len) {
        c = *in->rest.data++;
        in->rest.len--;

        if (in->kept || (c != '\t' && c != '\n' && c != '\r')) {
            return c;
        }
    }

    return -1;
}


/* 1, and passes over it, if the URL goes on with this word. */

static int
consent_inside_word(consent_inside_t *in, const char *word)
{
    int            c;
    consent_str_t  rest;

    rest = in->rest;

    for ( /* void */ ; *word; word++) {
        c = consent_inside_char(in);

        if (c >= 'A' && c <= 'Z') {
            c |= 0x20;
        }

        if (c != *word) {
            in->rest = rest;
            return 0;
        }
    }

    return 1;
}


static int
consent_inside_hex(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* URL Standard, 1.3, "percent-decode". */

static int
consent_inside_byte(consent_inside_t *in)
{
    int            c, high, low;
    consent_str_t  rest;

    c = consent_inside_char(in);

    if (c == '#' && in->data) {
        in->rest.len = 0;
        return -1;
    }

    if (c != '%') {
        return c;
    }

    rest = in->rest;
    high = consent_inside_hex(consent_inside_char(in));
    low = consent_inside_hex(consent_inside_char(in));

    if (high < 0 || low < 0) {
        in->rest = rest;
        return c;
    }

    return high << 4 | low;
}


static int
consent_inside_digit(int c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    return c == '+' ? 62 : c == '/' ? 63 : -1;
}


size_t
consent_inside_next(consent_inside_t *in, uint8_t *out, size_t size)
{
    int     c;
    size_t  n;

    for (n = 0; n < size; /* void */ ) {
        c = consent_inside_byte(in);

        if (c < 0) {
            break;
        }

        if (!in->base64) {
            out[n++] = (uint8_t) c;
            continue;
        }

        c = consent_inside_digit(c);

        if (c < 0) {
            continue;
        }

        in->word = (in->word << 6 | (uint32_t) c) & 0xffff;
        in->bits = (uint8_t) (in->bits + 6);

        if (in->bits >= 8) {
            in->bits = (uint8_t) (in->bits - 8);
            out[n++] = (uint8_t) (in->word >> in->bits);
        }
    }

    return n;
}


/* Takes what stands behind the last or first ";" off s. */

static consent_str_t
consent_inside_cut(consent_str_t *s, int last)
{
    size_t         i;
    consent_str_t  part;
    const void    *found;

    found = s->len == 0 ? NULL : last ? memrchr(s->data, ';', s->len)
                                      : memchr(s->data, ';', s->len);

    if (found == NULL) {
        return consent_str("");
    }

    i = (size_t) ((const uint8_t *) found - s->data);
    part = (consent_str_t) { s->len - i - 1, s->data + i + 1 };
    s->len = i;

    return consent_str_trim(part);
}


static int
consent_inside_begins(consent_str_t s, consent_str_t with)
{
    if (s.len < with.len) {
        return 0;
    }

    s.len = with.len;

    return consent_str_caseeq(s, with);
}


static int
consent_inside_ends(consent_str_t s, consent_str_t with)
{
    if (s.len < with.len) {
        return 0;
    }

    s.data += s.len - with.len;
    s.len = with.len;

    return consent_str_caseeq(s, with);
}


/* 1 if a parameter names an encoding other than the usual ones. */

static int
consent_inside_odd_charset(consent_str_t parameters)
{
    size_t         i;
    consent_str_t  s, name;

    static const consent_str_t  charset = consent_string("charset=");
    static const consent_str_t  usual[] = {
        consent_string("utf-8"),
        consent_string("utf8"),
        consent_string("us-ascii"),
        consent_string("iso-8859-1"),
        consent_string("windows-1252")
    };

    while (parameters.len) {
        s = parameters;
        parameters = consent_inside_cut(&s, 0);
        s = consent_str_trim(s);

        if (!consent_inside_begins(s, charset)) {
            continue;
        }

        name.data = s.data + charset.len;
        name.len = s.len - charset.len;

        if (name.len > 1 && name.data[0] == '"') {
            name.data++;
            name.len -= 2;
        }

        for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
            if (consent_str_caseeq(consent_str_trim(name), usual[i])) {
                return 0;
            }
        }

        return 1;
    }

    return 0;
}


/*
 * What a document of this type is.  Types that browsers show and that have
 * nothing to fetch are known; any other may be taken for HTML.
 */

static consent_inside_kind_t
consent_inside_document(consent_str_t type)
{
    size_t  i;

    static const consent_str_t  inert[] = {
        consent_string("image/"),
        consent_string("audio/"),
        consent_string("video/"),
        consent_string("font/"),
        consent_string("text/plain"),
        consent_string("text/css"),
        consent_string("text/javascript"),
        consent_string("application/json"),
        consent_string("application/javascript"),
        consent_string("application/pdf"),
        consent_string("application/x-shockwave-flash")
    };

    if (consent_inside_ends(type, consent_str("+xml"))
        || consent_inside_ends(type, consent_str("/xml")))
    {
        return CONSENT_INSIDE_XML;
    }

    if (memchr(type.data, '/', type.len) == NULL) {
        return CONSENT_INSIDE_TEXT;     /* Fetch, 6: "text/plain" */
    }

    for (i = 0; i < sizeof(inert) / sizeof(inert[0]); i++) {
        if (consent_inside_begins(type, inert[i])) {
            return CONSENT_INSIDE_TEXT;
        }
    }

    return CONSENT_INSIDE_HTML;
}


/* Fetch, 6, "data: URL processor". */

static consent_inside_kind_t
consent_inside_data(consent_inside_t *in)
{
    int            c;
    size_t         n;
    uint8_t        buf[CONSENT_INSIDE_TYPE_MAX];
    consent_str_t  type, last, whole;

    in->data = 1;

    for (n = 0; (c = consent_inside_char(in)) != ','; n++) {

        if (c < 0 || c == '#') {
            in->rest.len = 0;
            return CONSENT_INSIDE_TEXT;     /* no data: URL */
        }

        if (n == sizeof(buf)) {
            return CONSENT_INSIDE_UNKNOWN;
        }

        buf[n] = (uint8_t) c;
    }

    type = consent_str_trim((consent_str_t) { n, buf });
    whole = type;
    last = consent_inside_cut(&whole, 1);

    if (consent_str_caseeq(last, consent_str("base64"))) {
        in->base64 = 1;
        type = whole;
    }

    last = consent_inside_cut(&type, 0);

    if (consent_inside_odd_charset(last)) {
        return CONSENT_INSIDE_UNKNOWN;
    }

    return consent_inside_document(consent_str_trim(type));
}


consent_inside_kind_t
consent_inside_open(consent_inside_t *in, consent_str_t url)
{
    if (!consent_inside_may(url)) {
        return CONSENT_INSIDE_OTHER;
    }

    memset(in, 0, sizeof(consent_inside_t));

    url = consent_str_trim(url);
    in->rest = url;

    if (url.len == 0) {
        return CONSENT_INSIDE_OTHER;
    }

    if ((*url.data | 0x20) == 'j' && consent_inside_word(in, "javascript:")) {
        return CONSENT_INSIDE_CODE;
    }

    if ((*url.data | 0x20) == 'd' && consent_inside_word(in, "data:")) {
        return consent_inside_data(in);
    }

    return CONSENT_INSIDE_OTHER;
}

#include <string.h>

#include "consent_rewrite_stream.h"


/*
 * A style sheet inside of a data: URL (RFC 2397; Fetch, 6): decoded piece by
 * piece, its URLs judged.  One in another can't be told; nor can one whose
 * character set is none that ASCII bytes are ASCII letters in.
 */

#define CONSENT_DATA_PIECE  256


typedef struct {
    consent_rewrite_t  *rw;
    consent_held_t     *held;
    int                 denied;

    consent_css_t       css;

    unsigned            base64:1;
    unsigned            begun:1;
    unsigned            bits;       /* of base64, not yet written */
    uint32_t            group;

    size_t              len;
    uint8_t             piece[CONSENT_DATA_PIECE];
} consent_data_t;


static void
consent_data_found(void *data, const consent_css_url_t *found)
{
    consent_data_t  *d;

    d = data;
    d->denied |= consent_rewrite_css_denied(d->rw, d->held, found);
}


/* A byte that may begin a mark of UTF-16 begins no readable style sheet. */

static void
consent_data_put(consent_data_t *d, uint8_t c)
{
    if (!d->begun && c >= 0xfe) {
        d->denied |= consent_rewrite_judge_unknown(d->rw, d->held,
                                                   CONSENT_TYPE_STYLE);
    }

    d->begun = 1;
    d->piece[d->len++] = c;

    if (d->len == CONSENT_DATA_PIECE) {
        consent_css_feed(&d->css, d->piece, d->len);
        d->len = 0;
    }
}


static int
consent_data_digit(uint8_t c)
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


static void
consent_data_byte(consent_data_t *d, uint8_t c)
{
    int  digit;

    if (!d->base64) {
        consent_data_put(d, c);
        return;
    }

    digit = consent_data_digit(c);

    if (digit < 0) {
        return;
    }

    d->group = d->group << 6 | (uint32_t) digit;
    d->bits += 6;

    if (d->bits >= 8) {
        d->bits -= 8;
        consent_data_put(d, (uint8_t) (d->group >> d->bits));
    }
}


static int
consent_data_hex(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* The next byte from *i on that counts; -1 where the fragment begins. */

static int
consent_data_next(consent_str_t in, size_t *i)
{
    uint8_t  c;

    while (*i < in.len) {
        c = in.data[(*i)++];

        if (c == '#') {
            return -1;
        }

        if (c != '\t' && c != '\n' && c != '\r') {
            return c;
        }
    }

    return -1;
}


/* URL, 1.3 "percent-decode"; tabs and newlines went before, in 4.4. */

static void
consent_data_body(consent_data_t *d, consent_str_t in)
{
    int     c, high, low;
    size_t  i, next;

    i = 0;

    while ((c = consent_data_next(in, &i)) >= 0) {
        next = i;
        high = c == '%' ? consent_data_hex(consent_data_next(in, &next)) : -1;
        low = high < 0 ? -1
                       : consent_data_hex(consent_data_next(in, &next));

        if (low >= 0) {
            c = high * 16 + low;
            i = next;
        }

        consent_data_byte(d, (uint8_t) c);
    }

    consent_css_feed(&d->css, d->piece, d->len);
    consent_css_end(&d->css);
}


/* Without white space and controls, which at these places do not count. */

static consent_str_t
consent_data_type(consent_str_t in, uint8_t *out, size_t size)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < in.len && n < size; i++) {
        if (in.data[i] > ' ') {
            out[n++] = in.data[i];
        }
    }

    return (consent_str_t) { n, out };
}


static int
consent_data_ends(consent_str_t s, consent_str_t end)
{
    return s.len >= end.len
           && consent_str_caseeq((consent_str_t) {
                  end.len, s.data + s.len - end.len }, end);
}


/* What stands between "data:" and ",": 1 if it can be read. */

static int
consent_data_readable(consent_data_t *d, consent_str_t type)
{
    size_t  i;

    static const consent_str_t  base64 = consent_string(";base64");
    static const consent_str_t  sets[] = {
        consent_string(";charset=utf-8"),
        consent_string(";charset=utf8"),
        consent_string(";charset=us-ascii"),
        consent_string(";charset=iso-8859-1"),
        consent_string(";charset=windows-1252")
    };

    if (consent_data_ends(type, base64)) {
        d->base64 = 1;
        type.len -= base64.len;
    }

    for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (consent_data_ends(type, sets[i])) {
            type.len -= sets[i].len;
            break;
        }
    }

    return memchr(type.data, ';', type.len) == NULL
           && memchr(type.data, '%', type.len) == NULL;
}


int
consent_rewrite_judge_data(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value)
{
    size_t          start;
    uint8_t         buf[128];
    consent_str_t   type;
    const uint8_t  *colon, *comma, *end;
    consent_data_t  d;

    end = value.data + value.len;
    colon = memchr(value.data, ':', value.len);
    comma = colon ? memchr(colon, ',', (size_t) (end - colon)) : NULL;

    if (comma == NULL) {
        return 0;
    }

    memset(&d, 0, sizeof(consent_data_t));

    d.rw = rw;
    d.held = held;

    start = (size_t) (colon + 1 - value.data);
    type = consent_data_type((consent_str_t) {
               (size_t) (comma - value.data) - start, value.data + start },
               buf, sizeof(buf));

    if (rw->in_data || type.len == sizeof(buf)
        || !consent_data_readable(&d, type))
    {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_STYLE);
    }

    consent_css_init(&d.css, CONSENT_CSS_SHEET, consent_data_found, &d, 0);

    rw->in_data = 1;
    consent_data_body(&d, (consent_str_t) { (size_t) (end - comma) - 1,
                                            comma + 1 });
    rw->in_data = 0;

    return d.denied;
}

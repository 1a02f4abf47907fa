#include <string.h>

#include "consent_entity.h"
#include "consent_scan.h"


typedef struct {
    uint8_t     len;
    uint8_t     text_len;
    const char *name;               /* with its ";" where it has one */
    const char *text;               /* UTF-8 */
} consent_entity_t;


#include "generated/consent_entities.h"


#define CONSENT_ENTITIES    (sizeof(consent_entities)                         \
                             / sizeof(consent_entity_t))
#define CONSENT_ENTITY_MAX  32


static int
consent_entity_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}


/* Most names of a search differ in the first letter already. */

static int
consent_entity_order(const consent_entity_t *e, const uint8_t *p, size_t len)
{
    int  order;

    order = p[0] - (uint8_t) e->name[0];

    if (order == 0) {
        order = memcmp(p, e->name, len < e->len ? len : e->len);
    }

    return order ? order : (int) len - (int) e->len;
}


static const consent_entity_t *
consent_entity_find(const uint8_t *p, size_t len)
{
    int     order;
    size_t  low, high, middle;

    low = 0;
    high = CONSENT_ENTITIES;

    while (low < high) {
        middle = (low + high) / 2;
        order = consent_entity_order(&consent_entities[middle], p, len);

        if (order == 0) {
            return &consent_entities[middle];
        }

        if (order < 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return NULL;
}


size_t
consent_entity_utf8(uint32_t c, uint8_t *out)
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        c = 0xfffd;
    }

    if (c < 0x80) {
        out[0] = (uint8_t) c;
        return 1;
    }

    if (c < 0x800) {
        out[0] = (uint8_t) (0xc0 | c >> 6);
        out[1] = (uint8_t) (0x80 | (c & 0x3f));
        return 2;
    }

    if (c < 0x10000) {
        out[0] = (uint8_t) (0xe0 | c >> 12);
        out[1] = (uint8_t) (0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t) (0x80 | (c & 0x3f));
        return 3;
    }

    out[0] = (uint8_t) (0xf0 | c >> 18);
    out[1] = (uint8_t) (0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t) (0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t) (0x80 | (c & 0x3f));

    return 4;
}


/* 13.2.5.80 Numeric character reference end state */

static uint32_t
consent_entity_code_point(uint32_t c)
{
    static const uint16_t  c1[32] = {
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
        0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178
    };

    return c >= 0x80 && c < 0xa0 ? c1[c - 0x80] : c;
}


static int
consent_entity_digit(uint8_t c, uint32_t radix)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return radix == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/*
 * 13.2.5.75 to 79.  p is behind "&#".  Returns how many bytes the digits and
 * the ";" take; 0 if there are no digits.
 */

static size_t
consent_entity_number(const uint8_t *p, size_t len, uint8_t *out,
    size_t *out_len)
{
    int       digit;
    size_t    i, start;
    uint32_t  c, radix;

    radix = (len && (p[0] | 0x20) == 'x') ? 16 : 10;
    start = (radix == 16);
    c = 0;

    for (i = start; i < len; i++) {
        digit = consent_entity_digit(p[i], radix);

        if (digit < 0) {
            break;
        }

        if (c <= 0x10ffff) {
            c = c * radix + (uint32_t) digit;
        }
    }

    if (i == start) {
        return 0;
    }

    *out_len = consent_entity_utf8(consent_entity_code_point(c), out);

    return i < len && p[i] == ';' ? i + 1 : i;
}


/*
 * 13.2.5.73.  p is behind "&".  The longest name counts; in an attribute one
 * without ";" is left alone where a letter, digit or "=" follows.  So no name
 * counts that is shorter than the letters and digits that stand there.
 */

static size_t
consent_entity_named(const uint8_t *p, size_t len, uint8_t *out,
    size_t *out_len)
{
    size_t                   run;
    const consent_entity_t  *e;

    for (run = 0; run < len && run < CONSENT_ENTITY_MAX; run++) {
        if (!consent_entity_alnum(p[run])) {
            break;
        }
    }

    if (run < 2 || run == CONSENT_ENTITY_MAX || (run < len && p[run] == '='))
    {
        return 0;
    }

    e = NULL;

    if (run < len && p[run] == ';') {
        e = consent_entity_find(p, run + 1);
    }

    if (e == NULL) {
        e = consent_entity_find(p, run);
    }

    if (e == NULL) {
        return 0;
    }

    memcpy(out, e->text, e->text_len);
    *out_len = e->text_len;

    return e->len;
}


/* At "&": the length of the reference, 0 if it is none. */

static size_t
consent_entity_reference(const uint8_t *p, size_t len, uint8_t *out,
    size_t *out_len)
{
    size_t  used;

    if (len < 2) {
        return 0;
    }

    if (len >= 5 && memcmp(p, "&amp;", 5) == 0) {
        *out = '&';
        *out_len = 1;
        return 5;
    }

    if (p[1] == '#') {
        used = consent_entity_number(p + 2, len - 2, out, out_len);
        return used ? used + 2 : 0;
    }

    used = consent_entity_named(p + 1, len - 1, out, out_len);

    return used ? used + 1 : 0;
}


static size_t
consent_entity_run(consent_str_t in, uint8_t *out, int ascii)
{
    size_t          used, written;
    uint8_t        *o;
    const uint8_t  *p, *end, *next;

    o = out;
    p = in.data;
    end = p + in.len;

    while (p < end) {
        next = consent_scan_near(p, end, '&');

        if (next > p) {
            memcpy(o, p, (size_t) (next - p));
            o += next - p;
            p = next;
            continue;
        }

        used = consent_entity_reference(p, (size_t) (end - p), o, &written);

        if (used == 0 || (ascii && o[written - 1] >= 0x80)) {
            *o++ = *p++;
            continue;
        }

        p += used;
        o += written;
    }

    return (size_t) (o - out);
}


size_t
consent_entity_decode(consent_str_t in, uint8_t *out)
{
    return consent_entity_run(in, out, 0);
}


size_t
consent_entity_decode_ascii(consent_str_t in, uint8_t *out)
{
    return consent_entity_run(in, out, 1);
}

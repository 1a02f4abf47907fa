#include <string.h>

#include "consent_entity.h"
#include "consent_quoted.h"


#define CONSENT_QUOTED_NONE  UINT32_MAX


static uint32_t
consent_quoted_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - (uint32_t) '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - (uint32_t) 'a' + 10
                                : CONSENT_QUOTED_NONE;
}


/* n hexadecimal digits at p. */

static uint32_t
consent_quoted_hex(const uint8_t *p, const uint8_t *end, unsigned n)
{
    uint32_t  c, digit;

    if ((size_t) (end - p) < n) {
        return CONSENT_QUOTED_NONE;
    }

    for (c = 0; n; n--, p++) {
        digit = consent_quoted_digit(*p);

        if (digit == CONSENT_QUOTED_NONE) {
            return CONSENT_QUOTED_NONE;
        }

        c = c << 4 | digit;
    }

    return c;
}


/* Behind "\u{": digits and the bracket; any number of zeros may lead. */

static uint32_t
consent_quoted_braced(const uint8_t **p, const uint8_t *end)
{
    uint32_t  c, digit;

    for (c = 0; *p < end && **p != '}'; (*p)++) {
        digit = consent_quoted_digit(**p);

        if (digit == CONSENT_QUOTED_NONE || c > 0x10ffff) {
            return CONSENT_QUOTED_NONE;
        }

        c = c << 4 | digit;
    }

    *p += *p < end;

    return c;
}


/* Behind "\u", moved over what belongs to it; two halves are one letter. */

static uint32_t
consent_quoted_unit(const uint8_t **p, const uint8_t *end)
{
    uint32_t  c, low;

    if (*p < end && **p == '{') {
        (*p)++;
        return consent_quoted_braced(p, end);
    }

    c = consent_quoted_hex(*p, end, 4);

    if (c == CONSENT_QUOTED_NONE) {
        return c;
    }

    *p += 4;

    if ((c & 0xfc00) != 0xd800 || end - *p < 6 || (*p)[0] != '\\'
        || (*p)[1] != 'u')
    {
        return c;
    }

    low = consent_quoted_hex(*p + 2, end, 4);

    if (low == CONSENT_QUOTED_NONE || (low & 0xfc00) != 0xdc00) {
        return c;
    }

    *p += 6;

    return 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
}


/* What stands for one byte behind a backslash; else itself. */

static uint8_t
consent_quoted_single(uint8_t c)
{
    static const char  letters[] = "bfnrtv0";
    static const char  bytes[] = "\b\f\n\r\t\v";

    const char  *p;

    p = c ? strchr(letters, c) : NULL;

    return p ? (uint8_t) bytes[p - letters] : c;
}


/*
 * An escape, from behind its backslash; returns its length in out, 4 bytes
 * at most.  A line that is continued is nothing.
 */

static size_t
consent_quoted_escape(const uint8_t **p, const uint8_t *end, uint8_t *out)
{
    uint8_t   c;
    uint32_t  code;

    c = *(*p)++;

    if (c == '\n' || c == '\r') {
        *p += c == '\r' && *p < end && **p == '\n';
        return 0;
    }

    if (c == 'u') {
        code = consent_quoted_unit(p, end);

    } else if (c == 'x') {
        code = consent_quoted_hex(*p, end, 2);
        *p += code == CONSENT_QUOTED_NONE ? 0 : 2;

    } else {
        out[0] = consent_quoted_single(c);
        return 1;
    }

    if (code == 0) {
        out[0] = 0;
        return 1;
    }

    return consent_entity_utf8(code, out);
}


int
consent_quoted_decode(consent_str_t in, uint8_t quote, size_t *pos,
    uint8_t *out, size_t size, size_t *len)
{
    size_t          i, n;
    uint8_t         buf[4];
    const uint8_t  *p, *end;

    p = in.data + *pos;
    end = in.data + in.len;
    *len = 0;

    while (p < end && *p != quote) {
        n = 1;
        buf[0] = *p++;

        if (buf[0] == '\\' && p < end) {
            n = consent_quoted_escape(&p, end, buf);
        }

        for (i = 0; i < n; i++, (*len)++) {
            if (*len < size) {
                out[*len] = buf[i];
            }
        }
    }

    *pos = (size_t) (p - in.data) + (p < end);

    return *len <= size ? CONSENT_OK : CONSENT_DECLINED;
}

/*
 * Hosts: IPv4, IPv6, opaque hosts, domains (URL Standard, 3.5).
 */

#include <string.h>

#include <idn2.h>

#include "consent_url_parser.h"


/*
 * One part of an IPv4 address: decimal, octal behind 0, hexadecimal behind
 * 0x.  Values above 32 bits are cut to 2^32, which no place takes.
 */
static int
consent_url_ipv4_number(const uint8_t *p, size_t len, uint64_t *value)
{
    int       digit;
    uint64_t  n, radix;

    if (len == 0) {
        return CONSENT_ERROR;
    }

    radix = 10;

    if (len >= 2 && p[0] == '0') {
        radix = 8;
        p++;
        len--;

        if ((*p | 0x20) == 'x') {
            radix = 16;
            p++;
            len--;
        }
    }

    for (n = 0; len; p++, len--) {
        digit = consent_url_hex(*p);

        if (digit < 0 || (uint64_t) digit >= radix) {
            return CONSENT_ERROR;
        }

        n = n * radix + (uint64_t) digit;
        if (n > UINT32_MAX) {
            n = (uint64_t) UINT32_MAX + 1;
        }
    }

    *value = n;

    return CONSENT_OK;
}


/* The last label of a host, a trailing dot aside. */
static consent_str_t
consent_url_last_label(consent_str_t host)
{
    const uint8_t  *p, *end;

    end = host.data + host.len;

    if (host.len && end[-1] == '.') {
        end--;
    }

    for (p = end; p > host.data && p[-1] != '.'; p--) { /* void */ }

    return (consent_str_t) { (size_t) (end - p), p };
}


/* URL Standard, 3.5: "ends in a number checker". */
int
consent_url_ends_in_number(consent_str_t host)
{
    size_t         i;
    uint64_t       n;
    consent_str_t  label;

    label = consent_url_last_label(host);

    if (label.len == 0 || !consent_url_is_digit(label.data[0])) {
        return 0;
    }

    for (i = 0; i < label.len && consent_url_is_digit(label.data[i]); i++) {
        /* void */
    }

    return i == label.len
           || ((label.data[1] | 0x20) == 'x'
               && consent_url_ipv4_number(label.data, label.len, &n)
                  == CONSENT_OK);
}


static int
consent_url_ipv4(consent_url_parser_t *u, consent_str_t host)
{
    size_t          n;
    uint64_t        part[4], address;
    const uint8_t  *p, *end, *dot;

    p = host.data;
    end = p + host.len;

    if (end[-1] == '.') {
        end--;
    }

    for (n = 0; n < 4; n++) {
        dot = memchr(p, '.', (size_t) (end - p));
        if (dot == NULL) {
            dot = end;
        }

        if (consent_url_ipv4_number(p, (size_t) (dot - p), &part[n])
            != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }

        if (dot == end) {
            break;
        }

        if (part[n] > 255) {
            return CONSENT_ERROR;
        }

        p = dot + 1;
    }

    /* The last part fills all places that are left. */

    if (n == 4 || part[n] >= (uint64_t) 1 << (8 * (4 - n))) {
        return CONSENT_ERROR;
    }

    address = part[n];

    while (n--) {
        address |= part[n] << (8 * (3 - n));
    }

    for (n = 4; n--; /* void */) {
        consent_url_put_decimal(u, (unsigned) (address >> (8 * n) & 255));

        if (n) {
            consent_url_put(u, '.');
        }
    }

    return CONSENT_OK;
}


/* The dotted tail of an IPv6 address: two pieces, or CONSENT_ERROR. */
static int
consent_url_ipv6_tail(const uint8_t *p, const uint8_t *end, uint16_t *piece)
{
    unsigned  seen, value;

    for (seen = 0; seen < 4; seen++) {

        if (seen && (p == end || *p++ != '.')) {
            return CONSENT_ERROR;
        }

        if (p == end || !consent_url_is_digit(*p)
            || (*p == '0' && end - p > 1 && consent_url_is_digit(p[1])))
        {
            return CONSENT_ERROR;
        }

        for (value = 0; p < end && consent_url_is_digit(*p); p++) {
            value = value * 10 + (unsigned) (*p - '0');

            if (value > 255) {
                return CONSENT_ERROR;
            }
        }

        piece[seen / 2] = (uint16_t) (piece[seen / 2] << 8 | value);
    }

    return p == end ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_url_put_ipv6(consent_url_parser_t *u, const uint16_t *piece)
{
    int                shift, started;
    size_t             i, j, run, best;
    static const char  hex[] = "0123456789abcdef";

    best = 8;
    run = 1;

    for (i = 0; i < 8; i = j + 1) {
        for (j = i; j < 8 && piece[j] == 0; j++) { /* void */ }

        if (j - i > run) {
            run = j - i;
            best = i;
        }
    }

    consent_url_put(u, '[');

    for (i = 0; i < 8; i++) {

        if (i == best) {
            consent_url_put_str(u, (const uint8_t *) "::", i ? 1 : 2);
            i += run - 1;
            continue;
        }

        started = 0;

        for (shift = 12; shift >= 0; shift -= 4) {
            started |= piece[i] >> shift & 15;

            if (started || shift == 0) {
                consent_url_put(u, (uint8_t) hex[piece[i] >> shift & 15]);
            }
        }

        if (i < 7) {
            consent_url_put(u, ':');
        }
    }

    consent_url_put(u, ']');
}


/* Up to four hexadecimal digits; their number. */
static size_t
consent_url_ipv6_piece(const uint8_t *p, const uint8_t *end,
    uint16_t *piece)
{
    size_t    digits;
    unsigned  value;

    value = 0;

    for (digits = 0; digits < 4 && p < end; digits++, p++) {
        if (consent_url_hex(*p) < 0) {
            break;
        }

        value = value << 4 | (unsigned) consent_url_hex(*p);
    }

    *piece = (uint16_t) value;

    return digits;
}


/*
 * Reads the pieces as they stand.  *compress becomes the number of those
 * before "::", and stays above 8 if there is none.
 */
static int
consent_url_ipv6_pieces(const uint8_t *p, const uint8_t *end,
    uint16_t *piece, size_t *count, size_t *compress)
{
    size_t  n, digits;

    for (n = 0; p < end; /* void */) {

        if (n == 8) {
            return CONSENT_ERROR;
        }

        if (*p == ':') {
            if (*compress <= 8 || (n == 0 && (end - p < 2 || p[1] != ':'))) {
                return CONSENT_ERROR;
            }

            p += n ? 1 : 2;
            *compress = n;
            continue;
        }

        digits = consent_url_ipv6_piece(p, end, &piece[n]);

        if (p + digits < end && p[digits] == '.') {
            piece[n] = 0;
            *count = n + 2;

            return digits && n <= 6
                   ? consent_url_ipv6_tail(p, end, &piece[n])
                   : CONSENT_ERROR;
        }

        p += digits;
        n++;

        if (p < end && (*p++ != ':' || p == end)) {
            return CONSENT_ERROR;
        }
    }

    *count = n;

    return CONSENT_OK;
}


/*
 * URL Standard, 3.5: "IPv6 parser"; in is what stands between the brackets.
 * The pieces behind "::" move to the end of the address.
 */
static int
consent_url_ipv6(consent_url_parser_t *u, consent_str_t in)
{
    size_t    n, tail, compress;
    uint16_t  piece[8];

    memset(piece, 0, sizeof(piece));
    compress = 9;

    if (consent_url_ipv6_pieces(in.data, in.data + in.len, piece, &n,
                                &compress)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    if (compress > 8) {
        if (n != 8) {
            return CONSENT_ERROR;
        }

    } else {
        tail = n - compress;
        memmove(piece + 8 - tail, piece + compress, tail * sizeof(uint16_t));
        memset(piece + compress, 0, (8 - n) * sizeof(uint16_t));
    }

    consent_url_put_ipv6(u, piece);

    return CONSENT_OK;
}


/* The host of a URL that is not special: kept, with C0 encoded. */
static int
consent_url_opaque_host(consent_url_parser_t *u, consent_str_t in)
{
    size_t  i;

    for (i = 0; i < in.len; i++) {

        if (consent_url_class[in.data[i]] & CONSENT_URL_HOST) {
            return CONSENT_ERROR;
        }

        consent_url_put_encoded(u, in.data[i], CONSENT_URL_C0);
    }

    return CONSENT_OK;
}


/* Percent-decodes into out, which holds as much as in.  *ascii is cleared
 * if a byte beyond ASCII is met. */
static size_t
consent_url_decode(consent_str_t in, uint8_t *out, int *ascii)
{
    int      hi, lo;
    size_t   i, n;
    uint8_t  c;

    n = 0;

    for (i = 0; i < in.len; i++) {
        c = in.data[i];

        if (c == '%' && in.len - i > 2) {
            hi = consent_url_hex(in.data[i + 1]);
            lo = consent_url_hex(in.data[i + 2]);

            if (hi >= 0 && lo >= 0) {
                c = (uint8_t) (hi << 4 | lo);
                i += 2;
            }
        }

        if (c >= 0x80) {
            *ascii = 0;
        }

        out[n++] = c;
    }

    return n;
}


/*
 * Domain to ASCII after UTS #46, nontransitional (URL Standard, 3.3).  name
 * has a NUL behind it and is replaced by the result.  Names that are ASCII
 * alone do not come here: the standard takes them as they are, "xn--" too.
 */
static int
consent_url_idna(uint8_t *name, size_t *len)
{
    int       rc;
    size_t    n;
    uint8_t  *ascii;

    if (memchr(name, '\0', *len) != NULL) {
        return CONSENT_ERROR;
    }

    ascii = NULL;

    rc = idn2_lookup_u8(name, &ascii, IDN2_NFC_INPUT|IDN2_NONTRANSITIONAL);

    if (rc != IDN2_OK) {
        return CONSENT_DECLINED;
    }

    n = strlen((char *) ascii);
    if (n > CONSENT_URL_HOST_MAX) {
        idn2_free(ascii);
        return CONSENT_DECLINED;
    }

    memcpy(name, ascii, n + 1);
    idn2_free(ascii);
    *len = n;

    return CONSENT_OK;
}


/* URL Standard, 3.5: "host parser", for a special URL's domain. */
static int
consent_url_domain(consent_url_parser_t *u, consent_str_t in)
{
    int            rc, ascii;
    size_t         i, len;
    uint8_t        name[CONSENT_URL_HOST_MAX + 1];
    consent_str_t  host;

    for (i = 0; i < in.len; i++) {
        if (!(consent_url_class[in.data[i]] & CONSENT_URL_PLAIN)) {
            break;
        }
    }

    host = in;

    if (i < in.len) {

        if (in.len > CONSENT_URL_HOST_MAX) {
            return CONSENT_DECLINED;
        }

        ascii = 1;
        len = consent_url_decode(in, name, &ascii);
        name[len] = '\0';

        if (!ascii) {
            rc = consent_url_idna(name, &len);
            if (rc != CONSENT_OK) {
                return rc;
            }
        }

        for (i = 0; i < len; i++) {
            if (consent_url_class[name[i]] & CONSENT_URL_DOMAIN) {

                /* Chromium keeps white space as "%20", and decodes once more
                   what mapping made "%" of */

                return ascii && name[i] != ' ' ? CONSENT_ERROR
                                               : CONSENT_DECLINED;
            }

            if (name[i] >= 'A' && name[i] <= 'Z') {
                name[i] |= 0x20;
            }
        }

        host = (consent_str_t) { len, name };
    }

    if (host.len == 0) {
        return CONSENT_ERROR;
    }

    if (consent_url_ends_in_number(host)) {
        return consent_url_ipv4(u, host);
    }

    consent_url_put_str(u, host.data, host.len);

    return CONSENT_OK;
}


int
consent_url_host(consent_url_parser_t *u, consent_str_t in)
{
    if (in.len && in.data[0] == '[') {
        if (in.len < 2 || in.data[in.len - 1] != ']') {
            return CONSENT_ERROR;
        }

        in.data++;
        in.len -= 2;

        return consent_url_ipv6(u, in);
    }

    return u->url->special ? consent_url_domain(u, in)
                           : consent_url_opaque_host(u, in);
}

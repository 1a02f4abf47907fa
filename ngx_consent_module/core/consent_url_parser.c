/*
 * Classes of bytes, and writing into the buffer of a URL.
 */

#include <string.h>

#include "consent_url_parser.h"


#define U  (CONSENT_URL_C0|CONSENT_URL_QUERY|CONSENT_URL_PATH)
#define N  (U|CONSENT_URL_DOMAIN)
#define X  (U|CONSENT_URL_DOMAIN|CONSENT_URL_HOST)
#define H  (CONSENT_URL_HOST|CONSENT_URL_DOMAIN)
#define Q  (CONSENT_URL_QUERY|CONSENT_URL_PATH)
#define P  CONSENT_URL_PATH
#define D  CONSENT_URL_DOMAIN
#define L  CONSENT_URL_PLAIN
#define S  CONSENT_URL_SPECIAL

const uint8_t  consent_url_class[256] = {
    X, N, N, N, N, N, N, N, N, X, X, N, N, X, N, N,
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,

    /*  ! " # $ % & '   ( ) * + , - . / */
    Q|H, 0, Q, Q|H, 0, D, 0, S, 0, 0, 0, 0, 0, L, L, H,
    /* 0-9 : ; < = > ? */
    L, L, L, L, L, L, L, L, L, L, H, 0, Q|H, 0, Q|H, P|H,
    /* @ A-Z [ \ ] ^ _ */
    H, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, H, H, H, P|H, L,
    /* ` a-z { | } ~ DEL */
    P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, P, H, P, 0, N,

    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U
};

#undef U
#undef N
#undef X
#undef H
#undef Q
#undef P
#undef D
#undef L
#undef S


int
consent_url_is_alpha(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') < 26;
}


int
consent_url_is_digit(uint8_t c)
{
    return (uint8_t) (c - '0') < 10;
}


int
consent_url_hex(uint8_t c)
{
    if (consent_url_is_digit(c)) {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


void
consent_url_put(consent_url_parser_t *u, uint8_t c)
{
    if (u->len >= CONSENT_URL_BUF) {
        u->overflow = 1;
        return;
    }

    u->out[u->len++] = c;
}


void
consent_url_put_str(consent_url_parser_t *u, const uint8_t *data, size_t len)
{
    if (len > CONSENT_URL_BUF - u->len) {
        u->overflow = 1;
        return;
    }

    if (len) {
        memcpy(u->out + u->len, data, len);
        u->len += len;
    }
}


void
consent_url_put_encoded(consent_url_parser_t *u, uint8_t c, unsigned set)
{
    static const char  hex[] = "0123456789ABCDEF";

    if (!(consent_url_class[c] & set)) {
        consent_url_put(u, c);
        return;
    }

    consent_url_put(u, '%');
    consent_url_put(u, (uint8_t) hex[c >> 4]);
    consent_url_put(u, (uint8_t) hex[c & 15]);
}


void
consent_url_put_run(consent_url_parser_t *u, const uint8_t *p,
    const uint8_t *end, unsigned set)
{
    const uint8_t  *from;

    while (p < end) {
        for (from = p; p < end && !(consent_url_class[*p] & set); p++) {
            /* void */
        }

        consent_url_put_str(u, from, (size_t) (p - from));

        if (p < end) {
            consent_url_put_encoded(u, *p++, set);
        }
    }
}


void
consent_url_put_decimal(consent_url_parser_t *u, unsigned n)
{
    if (n >= 10) {
        consent_url_put_decimal(u, n / 10);
    }

    consent_url_put(u, (uint8_t) ('0' + n % 10));
}

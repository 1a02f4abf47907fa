/*
 * What the files of the URL parser share.  Private to consent_url*.c.
 */

#ifndef CONSENT_URL_PARSER_H
#define CONSENT_URL_PARSER_H


#include "consent_url.h"


/* Longest host that is taken apart; DNS ends at 253. */
#define CONSENT_URL_HOST_MAX  1024

/* Classes of bytes; what must be percent-encoded, and where. */
#define CONSENT_URL_C0        0x01  /* C0 control percent-encode set */
#define CONSENT_URL_QUERY     0x02  /* query percent-encode set */
#define CONSENT_URL_PATH      0x04  /* path percent-encode set */
#define CONSENT_URL_HOST      0x08  /* forbidden host code points */
#define CONSENT_URL_DOMAIN    0x10  /* forbidden domain code points */
#define CONSENT_URL_PLAIN     0x20  /* goes into a domain unchanged */
#define CONSENT_URL_SPECIAL   0x40  /* "'" in a special URL's query */

extern const uint8_t  consent_url_class[256];


/* What is left to read of the input, and what has been written. */

typedef struct {
    const uint8_t        *p;
    const uint8_t        *end;
    uint8_t              *out;
    size_t                len;
    size_t                path;     /* offset of the path in out */
    const consent_url_t  *base;
    consent_url_t        *url;
    unsigned              overflow:1;
    unsigned              file:1;
    unsigned              fragment:1;
} consent_url_parser_t;


int consent_url_is_alpha(uint8_t c);
int consent_url_is_digit(uint8_t c);

/* The value of a hexadecimal digit, or -1. */
int consent_url_hex(uint8_t c);

/* Writers; `overflow` is set where the buffer ends. */
void consent_url_put(consent_url_parser_t *u, uint8_t c);
void consent_url_put_str(consent_url_parser_t *u, const uint8_t *data,
    size_t len);
void consent_url_put_decimal(consent_url_parser_t *u, unsigned n);

/* Percent-encodes what is of the set, a CONSENT_URL_* class. */
void consent_url_put_encoded(consent_url_parser_t *u, uint8_t c,
    unsigned set);
void consent_url_put_run(consent_url_parser_t *u, const uint8_t *p,
    const uint8_t *end, unsigned set);

/*
 * Writes the serialised host (URL Standard, 3.5, "host parser").  Returns
 * as consent_url_parse() does.
 */
int consent_url_host(consent_url_parser_t *u, consent_str_t in);

/*
 * The two halves of consent_url_parse(); `in` has no white space at its
 * ends.  _any() reads every URL.  _plain() reads the plain ones, as _any()
 * would but faster; CONSENT_DECLINED: *url and buf hold nothing.
 */
int consent_url_parse_any(consent_url_t *url, const consent_url_t *base,
    consent_str_t in, uint8_t *buf);
int consent_url_plain(consent_url_t *url, const consent_url_t *base,
    consent_str_t in, uint8_t *buf);

/* How many dots the segment is made of: 1 or 2, or 0 if it is ordinary. */
int consent_url_dots(const uint8_t *p, const uint8_t *end);

/* URL Standard, 3.5: "ends in a number checker". */
int consent_url_ends_in_number(consent_str_t host);


#endif /* CONSENT_URL_PARSER_H */

/*
 * Content codings (RFC 9110, 8.4.1): gzip and deflate (RFC 1950 to 1952),
 * br (RFC 7932) and zstd (RFC 8878), decoded as the bytes come.
 *
 * The libraries that do it need memory which they give back, so this is a
 * part of libconsent that has memory of its own: what was opened must be
 * closed.  For one body that is about 48 KiB with gzip and deflate, at most
 * 16 MiB and a little with br (RFC 7932, 9.1), 8 MiB and a little with zstd
 * (RFC 9659, 3), but no more than the body is long.
 */

#ifndef CONSENT_DECODE_H
#define CONSENT_DECODE_H


#include "consent_base.h"


typedef enum {
    CONSENT_CODING_NONE = 0,
    CONSENT_CODING_GZIP,
    CONSENT_CODING_DEFLATE,
    CONSENT_CODING_BR,
    CONSENT_CODING_ZSTD,
    CONSENT_CODING_OTHER        /* unknown, or more than one */
} consent_coding_t;


/*
 * What a body is coded in after one more Content-Encoding line, where
 * before that it was `coding`.
 */
consent_coding_t consent_coding_add(consent_coding_t coding,
    consent_str_t value);

/* The coding's name; "" where it has none. */
const char *consent_coding_name(consent_coding_t coding);


/*
 * Out of few bytes may come many.  That is bounded by whoever takes them;
 * but a body of which more comes than deflate could ever hold, and more than
 * this, is an error.
 */
#define CONSENT_DECODE_RATIO  1100
#define CONSENT_DECODE_FREE   (32 * 1024 * 1024)


typedef struct consent_decode_s  consent_decode_t;


/* NULL without memory, and for CONSENT_CODING_NONE and _OTHER. */
consent_decode_t *consent_decode_open(consent_coding_t coding);
void consent_decode_close(consent_decode_t *decode);

/*
 * Decodes from *in to out.  *in loses what was read; *len is the room in out
 * before, and what was written there after.  CONSENT_OK: all was read, and
 * all that it stands for was written.  CONSENT_AGAIN: there may be more than
 * there was room for.  CONSENT_ERROR: the body is broken, needs more memory
 * than allowed, or has more in it than is believed.
 */
int consent_decode(consent_decode_t *decode, consent_str_t *in,
    uint8_t *out, size_t *len);

/* 1 if what was read is a whole body, or nothing at all. */
int consent_decode_whole(const consent_decode_t *decode);


#endif /* CONSENT_DECODE_H */

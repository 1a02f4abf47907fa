/*
 * Content codings: one small driver for each library.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include "consent_decode.h"


/* zlib's windowBits: a raw stream, one with zlib's header, with gzip's. */
#define CONSENT_DECODE_RAW   (-MAX_WBITS)
#define CONSENT_DECODE_ZLIB  MAX_WBITS
#define CONSENT_DECODE_GZIP  (MAX_WBITS + 16)

/* RFC 9659, 3: a window of 8 MiB, no more */
#define CONSENT_DECODE_ZSTD_WINDOW  23


/* run() is not called at the end of a body, unless another may follow. */

typedef struct {
    const char  *name;
    int        (*open)(consent_decode_t *d);
    int        (*run)(consent_decode_t *d, consent_str_t *in, uint8_t *out,
                      size_t *len);
    void       (*close)(consent_decode_t *d);
    int          bits;              /* zlib's windowBits */
    unsigned     series:1;          /* one body may follow another */
} consent_coder_t;


struct consent_decode_s {
    const consent_coder_t   *coder;
    uint64_t                 in;        /* bytes read so far */
    uint64_t                 out;       /* bytes written so far */
    unsigned                 ended:1;   /* at the end of a whole body */
    unsigned                 over:1;    /* what follows is not read */
    unsigned                 told:1;    /* which kind of deflate it is */
    unsigned                 skipped:1; /* zstd: it is a frame to pass over */
    uint8_t                  head;      /* zstd: bytes of the frame's magic
                                           number that were seen */
    uint8_t                  first;     /* byte of a body in deflate, while
                                           in == 1 and it is not told */
    z_stream                 z;
    BrotliDecoderState      *br;
    ZSTD_DStream            *zstd;
};


static int consent_decode_gzip(consent_decode_t *d, consent_str_t *in,
    uint8_t *out, size_t *len);
static int consent_decode_deflate(consent_decode_t *d, consent_str_t *in,
    uint8_t *out, size_t *len);
static int consent_decode_z_open(consent_decode_t *d);
static int consent_decode_z(consent_decode_t *d, consent_str_t *in,
    uint8_t *out, size_t *len);
static void consent_decode_z_close(consent_decode_t *d);
static int consent_decode_br_open(consent_decode_t *d);
static int consent_decode_br(consent_decode_t *d, consent_str_t *in,
    uint8_t *out, size_t *len);
static void consent_decode_br_close(consent_decode_t *d);
static int consent_decode_zstd_open(consent_decode_t *d);
static int consent_decode_zstd(consent_decode_t *d, consent_str_t *in,
    uint8_t *out, size_t *len);
static int consent_decode_zstd_magic(consent_decode_t *d,
    const uint8_t *data, size_t len);
static void consent_decode_zstd_close(consent_decode_t *d);


/* By consent_coding_t. */

static const consent_coder_t  consent_coders[] = {
    { "", NULL, NULL, NULL, 0, 0 },
    { "gzip", consent_decode_z_open, consent_decode_gzip,
      consent_decode_z_close, CONSENT_DECODE_GZIP, 1 },
    { "deflate", consent_decode_z_open, consent_decode_deflate,
      consent_decode_z_close, CONSENT_DECODE_ZLIB, 0 },
    { "br", consent_decode_br_open, consent_decode_br,
      consent_decode_br_close, 0, 0 },
    { "zstd", consent_decode_zstd_open, consent_decode_zstd,
      consent_decode_zstd_close, 0, 1 },
    { "", NULL, NULL, NULL, 0, 0 }
};


static consent_coding_t
consent_coding_find(consent_str_t name)
{
    int            i;
    consent_str_t  known;

    /* RFC 9110, 8.4.1.3 */

    if (consent_str_caseeq(name, consent_str("x-gzip"))) {
        return CONSENT_CODING_GZIP;
    }

    for (i = CONSENT_CODING_GZIP; i < CONSENT_CODING_OTHER; i++) {
        known.data = (const uint8_t *) consent_coders[i].name;
        known.len = strlen(consent_coders[i].name);

        if (consent_str_caseeq(name, known)) {
            return i;
        }
    }

    return CONSENT_CODING_OTHER;
}


consent_coding_t
consent_coding_add(consent_coding_t coding, consent_str_t value)
{
    size_t         n;
    consent_str_t  name;

    while (value.len) {

        for (n = 0; n < value.len && value.data[n] != ','; n++) {
            /* void */
        }

        name.data = value.data;
        name.len = n;
        name = consent_str_trim(name);

        value.data += n;
        value.len -= n;

        if (value.len) {
            value.data++;
            value.len--;
        }

        if (name.len == 0 || consent_str_caseeq(name, consent_str("identity")))
        {
            continue;
        }

        coding = (coding == CONSENT_CODING_NONE) ? consent_coding_find(name)
                                                 : CONSENT_CODING_OTHER;
    }

    return coding;
}


const char *
consent_coding_name(consent_coding_t coding)
{
    return consent_coders[coding].name;
}


consent_decode_t *
consent_decode_open(consent_coding_t coding)
{
    consent_decode_t  *d;

    if (consent_coders[coding].open == NULL) {
        return NULL;
    }

    d = calloc(1, sizeof(consent_decode_t));
    if (d == NULL) {
        return NULL;
    }

    d->coder = &consent_coders[coding];

    if (d->coder->open(d) != CONSENT_OK) {
        free(d);
        return NULL;
    }

    return d;
}


void
consent_decode_close(consent_decode_t *d)
{
    d->coder->close(d);
    free(d);
}


int
consent_decode(consent_decode_t *d, consent_str_t *in, uint8_t *out,
    size_t *len)
{
    int     rc;
    size_t  n, room;

    /* Browsers do not look at what follows, either. */

    if (d->ended && (in->len == 0 || !d->coder->series)) {
        in->len = 0;
        *len = 0;
        return CONSENT_OK;
    }

    n = in->len;
    room = *len;

    rc = d->coder->run(d, in, out, len);

    if (d->ended && !d->coder->series) {
        in->len = 0;
    }

    if (rc == CONSENT_ERROR) {
        *len = 0;
        return CONSENT_ERROR;
    }

    /* What gets no further with room to write would never end. */

    if (rc == CONSENT_AGAIN && *len == 0 && in->len == n && room) {
        return CONSENT_ERROR;
    }

    d->in += n - in->len;
    d->out += *len;

    if (d->out > CONSENT_DECODE_FREE
        && d->out / CONSENT_DECODE_RATIO > d->in)
    {
        return CONSENT_ERROR;
    }

    return rc;
}


int
consent_decode_whole(const consent_decode_t *d)
{
    return d->ended || d->in == 0;
}


/*
 * RFC 1952, 2.2: one member may follow another.  What follows the last one
 * and begins differently is not looked at, as in browsers.
 */

static int
consent_decode_gzip(consent_decode_t *d, consent_str_t *in, uint8_t *out,
    size_t *len)
{
    int     rc;
    size_t  room, done;

    room = *len;
    done = 0;

    for ( ;; ) {

        if (d->ended && in->len) {

            d->over |= (in->data[0] != 0x1f);

            if (d->over) {
                in->len = 0;
                *len = done;
                return CONSENT_OK;
            }

            (void) inflateReset(&d->z);
            d->ended = 0;
        }

        *len = room - done;
        rc = consent_decode_z(d, in, out + done, len);
        done += *len;

        if (rc != CONSENT_OK || in->len == 0) {
            *len = done;
            return rc;
        }
    }
}


/*
 * "deflate" means zlib's format, but some send the bare stream; browsers
 * take both.  The two first bytes tell (RFC 1950, 2.2).
 */

static int
consent_decode_deflate(consent_decode_t *d, consent_str_t *in, uint8_t *out,
    size_t *len)
{
    int            rc;
    size_t         room, done;
    consent_str_t  first;

    room = *len;
    done = 0;

    if (!d->told && in->len) {

        if (d->in == 0) {
            d->first = in->data[0];

            if (in->len == 1) {
                in->len = 0;
                *len = 0;
                return CONSENT_OK;
            }
        }

        d->told = 1;

        rc = in->data[d->in ? 0 : 1];
        rc |= d->first << 8;

        if (((rc >> 8) & 0x0f) != Z_DEFLATED || (rc >> 12) > 7
            || rc % 31 != 0)
        {
            (void) inflateReset2(&d->z, CONSENT_DECODE_RAW);
        }

        if (d->in) {
            first.data = &d->first;
            first.len = 1;

            rc = consent_decode_z(d, &first, out, len);
            done = *len;

            if (rc == CONSENT_ERROR) {
                return rc;
            }
        }
    }

    *len = room - done;
    rc = consent_decode_z(d, in, out + done, len);
    *len += done;

    return rc;
}


static int
consent_decode_z_open(consent_decode_t *d)
{
    return inflateInit2(&d->z, d->coder->bits) == Z_OK ? CONSENT_OK
                                                       : CONSENT_ERROR;
}


static int
consent_decode_z(consent_decode_t *d, consent_str_t *in, uint8_t *out,
    size_t *len)
{
    int       rc;
    size_t    n;
    unsigned  room;

    n = in->len > UINT_MAX ? UINT_MAX : in->len;
    room = *len > UINT_MAX ? UINT_MAX : *len;

    *len = 0;

    if (d->ended) {
        return CONSENT_OK;
    }

    d->z.next_in = (Bytef *) in->data;
    d->z.avail_in = n;
    d->z.next_out = out;
    d->z.avail_out = room;

    rc = inflate(&d->z, Z_SYNC_FLUSH);

    in->data += n - d->z.avail_in;
    in->len -= n - d->z.avail_in;
    *len = room - d->z.avail_out;

    if (rc == Z_STREAM_END) {
        d->ended = 1;
        return CONSENT_OK;
    }

    if (rc != Z_OK && rc != Z_BUF_ERROR) {
        return CONSENT_ERROR;
    }

    return (d->z.avail_out == 0 || in->len) ? CONSENT_AGAIN : CONSENT_OK;
}


static void
consent_decode_z_close(consent_decode_t *d)
{
    (void) inflateEnd(&d->z);
}


static int
consent_decode_br_open(consent_decode_t *d)
{
    d->br = BrotliDecoderCreateInstance(NULL, NULL, NULL);

    return d->br ? CONSENT_OK : CONSENT_ERROR;
}


static int
consent_decode_br(consent_decode_t *d, consent_str_t *in, uint8_t *out,
    size_t *len)
{
    size_t               room;
    BrotliDecoderResult  rc;

    room = *len;

    rc = BrotliDecoderDecompressStream(d->br, &in->len, &in->data, &room,
                                       &out, NULL);
    *len -= room;

    switch (rc) {

    case BROTLI_DECODER_RESULT_SUCCESS:
        d->ended = 1;
        return CONSENT_OK;

    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return CONSENT_OK;

    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        return CONSENT_AGAIN;

    default:
        return CONSENT_ERROR;
    }
}


static void
consent_decode_br_close(consent_decode_t *d)
{
    BrotliDecoderDestroyInstance(d->br);
}


static int
consent_decode_zstd_open(consent_decode_t *d)
{
    d->zstd = ZSTD_createDStream();
    if (d->zstd == NULL) {
        return CONSENT_ERROR;
    }

    if (ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax,
                                            CONSENT_DECODE_ZSTD_WINDOW)))
    {
        ZSTD_freeDStream(d->zstd);
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


/* RFC 8878, 3.1: frames may follow one another. */

static int
consent_decode_zstd(consent_decode_t *d, consent_str_t *in, uint8_t *out,
    size_t *len)
{
    size_t          rc;
    ZSTD_inBuffer   from;
    ZSTD_outBuffer  to;

    from.src = in->data;
    from.size = in->len;
    from.pos = 0;

    to.dst = out;
    to.size = *len;
    to.pos = 0;

    do {
        if (consent_decode_zstd_magic(d, in->data + from.pos,
                                      from.size - from.pos)
            != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }

        rc = ZSTD_decompressStream(d->zstd, &to, &from);

        if (ZSTD_isError(rc)) {
            return CONSENT_ERROR;
        }

        d->ended = (rc == 0);

        if (d->ended) {
            d->head = 0;
        }

    } while (from.pos < from.size && to.pos < to.size);

    in->data += from.pos;
    in->len -= from.pos;
    *len = to.pos;

    return (to.pos == to.size && !d->ended) || in->len ? CONSENT_AGAIN
                                                       : CONSENT_OK;
}


/*
 * RFC 8878, 3.1.1 and 3.1.2: only these; libraries may know older formats
 * too, which no browser reads.
 */

static int
consent_decode_zstd_magic(consent_decode_t *d, const uint8_t *data,
    size_t len)
{
    uint8_t  c;

    static const uint8_t  frame[] = { 0x28, 0xb5, 0x2f, 0xfd };
    static const uint8_t  skipped[] = { 0x50, 0x2a, 0x4d, 0x18 };

    for ( /* void */ ; len && d->head < 4; len--) {
        c = *data++;

        if (d->head == 0) {
            d->skipped = ((c & 0xf0) == 0x50);
            c &= d->skipped ? 0xf0 : 0xff;
        }

        if (c != (d->skipped ? skipped : frame)[d->head++]) {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


static void
consent_decode_zstd_close(consent_decode_t *d)
{
    ZSTD_freeDStream(d->zstd);
}

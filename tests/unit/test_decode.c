/* Content codings: names, and bodies in pieces of any size. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brotli/encode.h>
#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "consent_decode.h"


#define RAW   (-MAX_WBITS)
#define ZLIB  MAX_WBITS
#define GZIP  (MAX_WBITS + 16)


typedef struct {
    size_t    len;
    uint8_t  *data;
} body_t;


static void
names(const char *value, consent_coding_t coding)
{
    assert_int_equal(consent_coding_add(CONSENT_CODING_NONE,
                         (consent_str_t) { strlen(value),
                                           (const uint8_t *) value }),
                     coding);
}


static void
test_names(void **state)
{
    (void) state;

    names("", CONSENT_CODING_NONE);
    names("identity", CONSENT_CODING_NONE);
    names(" , identity,,", CONSENT_CODING_NONE);
    names("gzip", CONSENT_CODING_GZIP);
    names("X-GZip", CONSENT_CODING_GZIP);
    names("\tdeflate ", CONSENT_CODING_DEFLATE);
    names("Br", CONSENT_CODING_BR);
    names("identity, zstd", CONSENT_CODING_ZSTD);
    names("zstd,identity", CONSENT_CODING_ZSTD);
    names("gzip, gzip", CONSENT_CODING_OTHER);
    names("br, gzip", CONSENT_CODING_OTHER);
    names("compress", CONSENT_CODING_OTHER);
    names("gzipped", CONSENT_CODING_OTHER);
    names("g", CONSENT_CODING_OTHER);
    names("dcb", CONSENT_CODING_OTHER);

    assert_int_equal(consent_coding_add(CONSENT_CODING_BR,
                                        consent_str("identity")),
                     CONSENT_CODING_BR);
    assert_int_equal(consent_coding_add(CONSENT_CODING_BR,
                                        consent_str("br")),
                     CONSENT_CODING_OTHER);

    assert_string_equal(consent_coding_name(CONSENT_CODING_ZSTD), "zstd");
    assert_null(consent_decode_open(CONSENT_CODING_NONE));
    assert_null(consent_decode_open(CONSENT_CODING_OTHER));
}


static body_t
body(size_t len)
{
    body_t  b;

    b.len = len;
    b.data = malloc(len ? len : 1);
    assert_non_null(b.data);

    return b;
}


static body_t
deflated(int bits, body_t from)
{
    body_t    to;
    z_stream  z;

    to = body(from.len + from.len / 100 + 100);

    memset(&z, 0, sizeof(z));
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, bits, 8,
                                  Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = from.data;
    z.avail_in = from.len;
    z.next_out = to.data;
    z.avail_out = to.len;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    to.len -= z.avail_out;
    deflateEnd(&z);

    return to;
}


static body_t
brotlied(body_t from)
{
    body_t  to;

    to = body(BrotliEncoderMaxCompressedSize(from.len) + 100);
    assert_true(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, from.len,
                                      from.data, &to.len, to.data));

    return to;
}


static body_t
zstded(body_t from)
{
    body_t  to;

    to = body(ZSTD_compressBound(from.len));
    to.len = ZSTD_compress(to.data, to.len, from.data, from.len, 3);
    assert_false(ZSTD_isError(to.len));

    return to;
}


static body_t
joined(body_t a, const void *data, size_t len)
{
    body_t  b;

    b = body(a.len + len);
    memcpy(b.data, a.data, a.len);
    memcpy(b.data + a.len, data, len);
    free(a.data);

    return b;
}


/* Words, with some of them again and again. */

static body_t
text(size_t len)
{
    size_t    i;
    body_t    b;
    uint32_t  x;

    b = body(len);
    x = 1;

    for (i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        b.data[i] = (x >> 28) ? (uint8_t) "<p class=a>text </p>"[i % 20]
                              : (uint8_t) (x >> 20);
    }

    return b;
}


/* Decodes in pieces of `piece` bytes into room of `room` bytes. */

static int
run(consent_coding_t coding, body_t from, size_t piece, size_t room,
    body_t *to)
{
    int                rc;
    size_t             n, len;
    uint8_t           *out;
    consent_str_t      in;
    consent_decode_t  *d;

    d = consent_decode_open(coding);
    assert_non_null(d);

    out = malloc(room);
    assert_non_null(out);

    to->len = 0;
    rc = CONSENT_OK;

    for (n = 0; n < from.len && rc == CONSENT_OK; n += piece) {
        in.data = from.data + n;
        in.len = from.len - n < piece ? from.len - n : piece;

        do {
            len = room;
            rc = consent_decode(d, &in, out, &len);

            assert_true(len <= room);

            if (to->data) {
                memcpy(to->data + to->len, out, len);
            }

            to->len += len;
        } while (rc == CONSENT_AGAIN);

        if (rc == CONSENT_OK) {
            assert_int_equal(in.len, 0);
        }
    }

    if (rc == CONSENT_OK && !consent_decode_whole(d)) {
        rc = CONSENT_DECLINED;
    }

    consent_decode_close(d);
    free(out);

    return rc;
}


static void
same(consent_coding_t coding, body_t from, body_t want)
{
    body_t  to;
    size_t  i, j;

    static const size_t  pieces[] = { 1, 2, 3, 1000, 16384, SIZE_MAX };
    static const size_t  rooms[] = { 1, 7, 4096, 65536, 1048576 };

    to = body(want.len + 1048576);

    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        for (j = 0; j < sizeof(rooms) / sizeof(rooms[0]); j++) {
            assert_int_equal(run(coding, from, pieces[i], rooms[j], &to),
                             CONSENT_OK);
            assert_int_equal(to.len, want.len);
            assert_memory_equal(to.data, want.data, want.len);
        }
    }

    free(to.data);
}


static void
test_bodies(void **state)
{
    size_t  i;
    body_t  want, b;

    static const size_t  lens[] = { 0, 1, 2, 4096, 65536, 100001 };

    (void) state;

    for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        want = text(lens[i]);

        b = deflated(GZIP, want);
        same(CONSENT_CODING_GZIP, b, want);
        b = joined(b, "\0\0trailing", 10);
        same(CONSENT_CODING_GZIP, b, want);
        free(b.data);

        b = deflated(ZLIB, want);
        same(CONSENT_CODING_DEFLATE, b, want);
        b = joined(b, "more", 4);
        same(CONSENT_CODING_DEFLATE, b, want);
        free(b.data);

        b = deflated(RAW, want);
        same(CONSENT_CODING_DEFLATE, b, want);
        free(b.data);

        b = brotlied(want);
        same(CONSENT_CODING_BR, b, want);
        b = joined(b, "more", 4);
        same(CONSENT_CODING_BR, b, want);
        free(b.data);

        b = zstded(want);
        same(CONSENT_CODING_ZSTD, b, want);
        free(b.data);

        free(want.data);
    }
}


/* Several members, several frames. */

static void
test_joined(void **state)
{
    body_t  want, twice, a, b;

    (void) state;

    want = text(5000);
    twice = text(5000);
    twice = joined(twice, want.data, want.len);

    a = deflated(GZIP, want);
    b = deflated(GZIP, want);
    b = joined(b, a.data, a.len);
    same(CONSENT_CODING_GZIP, b, twice);
    free(a.data);
    free(b.data);

    a = zstded(want);
    b = zstded(want);
    b = joined(b, a.data, a.len);
    same(CONSENT_CODING_ZSTD, b, twice);
    free(a.data);
    free(b.data);

    free(want.data);
    free(twice.data);
}


/* What is cut is not whole; what is changed is found, or harms nobody. */

static void
broken(consent_coding_t coding, body_t b, size_t most)
{
    int      rc;
    size_t   i;
    body_t   to, cut;
    uint8_t  c;

    to = body(most + 1048576);
    cut = b;

    for (i = 1; i < b.len; i += 1 + b.len / 97) {
        cut.len = i;
        rc = run(coding, cut, 16384, 4096, &to);

        if (i < b.len - 8) {
            assert_int_not_equal(rc, CONSENT_OK);
        }
    }

    for (i = 0; i < b.len; i += 1 + b.len / 211) {
        c = b.data[i];
        b.data[i] ^= 0x55;
        (void) run(coding, b, 1000, 4096, &to);
        b.data[i] = c;
    }

    free(to.data);
    free(b.data);
}


static void
test_broken(void **state)
{
    body_t  want, to;

    (void) state;

    want = text(30000);

    broken(CONSENT_CODING_GZIP, deflated(GZIP, want), 40 << 20);
    broken(CONSENT_CODING_DEFLATE, deflated(ZLIB, want), 40 << 20);
    broken(CONSENT_CODING_DEFLATE, deflated(RAW, want), 40 << 20);
    broken(CONSENT_CODING_BR, brotlied(want), 40 << 20);
    broken(CONSENT_CODING_ZSTD, zstded(want), 40 << 20);

    /* Plain text is none of them. */

    to = body(1 << 20);
    memcpy(want.data, "<!doctype html><html>", 21);

    assert_int_equal(run(CONSENT_CODING_GZIP, want, 1000, 4096, &to),
                     CONSENT_ERROR);
    assert_int_equal(run(CONSENT_CODING_ZSTD, want, 1000, 4096, &to),
                     CONSENT_ERROR);

    free(to.data);
    free(want.data);
}


/* A window larger than allowed takes no memory. */

static void
test_windows(void **state)
{
    body_t  to;

    static uint8_t  zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00,
                               (24 - 10) << 3, 0x0a, 0x00, 0x00, '<' };
    static uint8_t  allowed[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00,
                                  (23 - 10) << 3, 0x09, 0x00, 0x00, '<' };

    (void) state;

    to = body(1 << 20);

    assert_int_equal(run(CONSENT_CODING_ZSTD,
                         (body_t) { sizeof(zstd), zstd }, 100, 4096, &to),
                     CONSENT_ERROR);
    assert_int_equal(run(CONSENT_CODING_ZSTD,
                         (body_t) { sizeof(allowed), allowed }, 100, 4096,
                         &to),
                     CONSENT_OK);
    assert_int_equal(to.len, 1);

    free(to.data);
}


/*
 * 32 MiB of the same byte are a page, whatever they are packed in; 96 MiB out
 * of some hundred bytes are not.
 */

static void
bomb(consent_coding_t coding, body_t b, size_t most, int want)
{
    body_t  to;

    to.data = NULL;

    assert_int_equal(run(coding, b, 100, 65536, &to), want);
    assert_true(to.len <= most);

    free(b.data);
}


static void
test_bombs(void **state)
{
    body_t  page, large;

    (void) state;

    page = body(32 << 20);
    memset(page.data, 'x', page.len);

    bomb(CONSENT_CODING_GZIP, deflated(GZIP, page), 32 << 20, CONSENT_OK);
    bomb(CONSENT_CODING_BR, brotlied(page), 32 << 20, CONSENT_OK);
    bomb(CONSENT_CODING_ZSTD, zstded(page), 32 << 20, CONSENT_OK);

    free(page.data);

    large = body(96 << 20);
    memset(large.data, 'x', large.len);

    bomb(CONSENT_CODING_GZIP, deflated(GZIP, large), 96 << 20, CONSENT_OK);
    bomb(CONSENT_CODING_BR, brotlied(large), 34 << 20, CONSENT_ERROR);
    bomb(CONSENT_CODING_ZSTD, zstded(large), 64 << 20, CONSENT_ERROR);

    free(large.data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_bombs)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "consent_base64.h"
#include "consent_key.h"


#define CONSENT_SHA256_LEN  32


static int
consent_key_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}


static int
consent_key_hex(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


static int
consent_key_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}


static const char *
consent_key_id(consent_key_t *key, const uint8_t **p, const uint8_t *end)
{
    const uint8_t  *s;

    for (s = *p; *p < end && consent_key_alnum(**p); (*p)++) {
        if (*p - s == CONSENT_KEY_ID_MAX) {
            return "the key's name is longer than 8 characters";
        }

        key->kid[*p - s] = **p;
    }

    key->kid_len = (unsigned) (*p - s);

    if (key->kid_len == 0 || *p == end || !consent_key_space(**p)) {
        return "expected \"NAME HEX\": the key's name of letters and digits,"
               " a space, the key in hexadecimal";
    }

    if (key->kid_len == 1 && key->kid[0] == '0') {
        return "the key's name may not be \"0\": it stands for \"no key\"";
    }

    return NULL;
}


static const char *
consent_key_value(consent_key_t *key, const uint8_t *p, const uint8_t *end)
{
    int  high, low;

    if ((end - p) & 1) {
        return "the key has an odd number of hexadecimal digits";
    }

    if (end - p > 2 * CONSENT_KEY_MAX) {
        return "the key is longer than 128 hexadecimal digits";
    }

    for (key->key_len = 0; p < end; p += 2) {
        high = consent_key_hex(p[0]);
        low = consent_key_hex(p[1]);

        if (high < 0 || low < 0) {
            return "the key has a character that is no hexadecimal digit";
        }

        key->key[key->key_len++] = (uint8_t) (high << 4 | low);
    }

    if (key->key_len < CONSENT_KEY_MIN) {
        return "the key is shorter than 32 hexadecimal digits";
    }

    return NULL;
}


static const char *
consent_keys_line(consent_keys_t *keys, const uint8_t *p, const uint8_t *end)
{
    const char     *error;
    consent_key_t   key;
    consent_str_t   kid;

    error = consent_key_id(&key, &p, end);
    if (error != NULL) {
        return error;
    }

    while (p < end && consent_key_space(*p)) {
        p++;
    }

    error = consent_key_value(&key, p, end);
    if (error != NULL) {
        return error;
    }

    kid = (consent_str_t) { key.kid_len, key.kid };

    if (consent_keys_find(keys, kid) != NULL) {
        return "a key of this name stands above";
    }

    if (keys->n == CONSENT_KEYS_MAX) {
        return "there are more than 8 keys";
    }

    keys->key[keys->n++] = key;

    return NULL;
}


int
consent_keys_parse(consent_keys_t *keys, consent_str_t text, unsigned *line,
    const char **error)
{
    const uint8_t  *p, *eol, *next, *end;

    memset(keys, 0, sizeof(consent_keys_t));

    *line = 0;
    p = text.data;
    end = p + text.len;

    /* Some editors begin a file so. */

    if (text.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }

    while (p < end) {
        (*line)++;

        eol = memchr(p, '\n', end - p);
        next = eol ? eol + 1 : end;
        eol = eol ? eol : end;

        while (p < eol && consent_key_space(*p)) {
            p++;
        }

        while (eol > p && (consent_key_space(eol[-1]) || eol[-1] == '\r')) {
            eol--;
        }

        if (p < eol && *p != '#') {
            *error = consent_keys_line(keys, p, eol);
            if (*error != NULL) {
                keys->n = 0;
                return CONSENT_ERROR;
            }
        }

        p = next;
    }

    if (keys->n == 0) {
        *line = *line ? *line : 1;
        *error = "there is no key in the file";
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


const consent_key_t *
consent_keys_find(const consent_keys_t *keys, consent_str_t kid)
{
    unsigned       i;
    consent_str_t  id;

    for (i = 0; i < keys->n; i++) {
        id = (consent_str_t) { keys->key[i].kid_len, keys->key[i].kid };

        if (consent_str_eq(id, kid)) {
            return &keys->key[i];
        }
    }

    return NULL;
}


int
consent_key_mac(const consent_key_t *key, consent_str_t text,
    uint8_t mac[CONSENT_MAC_LEN])
{
    size_t   len;
    uint8_t  digest[CONSENT_SHA256_LEN];

    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key->key, key->key_len,
                  text.data, text.len, digest, sizeof(digest), &len)
        == NULL)
    {
        return CONSENT_ERROR;
    }

    (void) consent_base64url(mac, digest, 16);

    return CONSENT_OK;
}


int
consent_key_verify(const consent_key_t *key, consent_str_t text,
    consent_str_t mac)
{
    uint8_t  expected[CONSENT_MAC_LEN];

    if (mac.len != CONSENT_MAC_LEN
        || consent_key_mac(key, text, expected) != CONSENT_OK)
    {
        return 0;
    }

    return CRYPTO_memcmp(expected, mac.data, CONSENT_MAC_LEN) == 0;
}

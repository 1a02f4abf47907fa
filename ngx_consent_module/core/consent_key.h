/*
 * The key ring that signs the choice cookie: HMAC-SHA-256 (RFC 2104).
 */

#ifndef CONSENT_KEY_H
#define CONSENT_KEY_H


#include "consent_base.h"


#define CONSENT_KEYS_MAX     8
#define CONSENT_KEY_ID_MAX   8
#define CONSENT_KEY_MIN      16     /* bytes of a key */
#define CONSENT_KEY_MAX      64
#define CONSENT_MAC_LEN      22     /* 128 bits of the MAC in base64url */


typedef struct {
    uint8_t   kid[CONSENT_KEY_ID_MAX];
    unsigned  kid_len;
    uint8_t   key[CONSENT_KEY_MAX];
    unsigned  key_len;
} consent_key_t;


typedef struct {
    unsigned       n;               /* 0: cookies are not signed */
    consent_key_t  key[CONSENT_KEYS_MAX];
} consent_keys_t;


/*
 * Reads the text of a key file: one key a line, "KID HEX"; a line that
 * begins with "#" is a comment, empty lines are skipped.  KID is 1 to 8
 * letters or digits, but not "0", which stands for "no key" in a cookie;
 * HEX is 32 to 128 hexadecimal digits.  The first key signs, all verify.
 *
 * CONSENT_ERROR: *line (from 1) and *error (a static text) say what is
 * wrong; keys->n is then 0.
 */
int consent_keys_parse(consent_keys_t *keys, consent_str_t text,
    unsigned *line, const char **error);

/* The key with this id, or NULL. */
const consent_key_t *consent_keys_find(const consent_keys_t *keys,
    consent_str_t kid);

/* CONSENT_ERROR if the crypto library fails. */
int consent_key_mac(const consent_key_t *key, consent_str_t text,
    uint8_t mac[CONSENT_MAC_LEN]);

/* 1 if mac is the key's MAC of text.  Takes the same time for any mac. */
int consent_key_verify(const consent_key_t *key, consent_str_t text,
    consent_str_t mac);


#endif /* CONSENT_KEY_H */

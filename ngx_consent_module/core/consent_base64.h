/*
 * base64url without padding (RFC 4648, 5), one way: nothing here is decoded.
 */

#ifndef CONSENT_BASE64_H
#define CONSENT_BASE64_H


#include "consent_base.h"


/* Writes (len * 8 + 5) / 6 characters to out and returns how many. */
size_t consent_base64url(uint8_t *out, const uint8_t *in, size_t len);

/* 1 if all of s are characters of base64url. */
int consent_base64url_valid(consent_str_t s);


#endif /* CONSENT_BASE64_H */

/*
 * Strings of JSON and JavaScript.
 */

#ifndef CONSENT_QUOTED_H
#define CONSENT_QUOTED_H


#include "consent_base.h"


/*
 * Decodes the string that begins behind its quote at *pos, which is moved
 * behind the one that ends it, or to the end of in.  The escapes of
 * JavaScript (ECMA-262, 12.9.4) hold, of which those of JSON are a part; what
 * is no character becomes U+FFFD.  CONSENT_DECLINED if the string is longer
 * than size.
 */
int consent_quoted_decode(consent_str_t in, uint8_t quote, size_t *pos,
    uint8_t *out, size_t size, size_t *len);


#endif /* CONSENT_QUOTED_H */

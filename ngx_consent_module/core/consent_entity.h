/*
 * Character references in attribute values: WHATWG HTML, 13.2.5.72 to 80.
 */

#ifndef CONSENT_ENTITY_H
#define CONSENT_ENTITY_H


#include "consent_base.h"


/*
 * Bytes that the result may need.  A reference is as long as the UTF-8 that
 * it stands for, but for "&nGt;" and "&nLt;": five bytes that become six.
 */
#define CONSENT_ENTITY_SIZE(len)  ((len) + (len) / 5 + 1)


/*
 * Writes a code point as UTF-8, 4 bytes at most; returns how many.  For what
 * is none, and for NUL, U+FFFD is written.
 */
size_t consent_entity_utf8(uint32_t c, uint8_t *out);

/*
 * Decodes the value of an attribute into out, CONSENT_ENTITY_SIZE(in.len)
 * bytes; returns the decoded length.
 */
size_t consent_entity_decode(consent_str_t in, uint8_t *out);

/* The same, but what stands for more than ASCII stays as it is. */
size_t consent_entity_decode_ascii(consent_str_t in, uint8_t *out);


#endif /* CONSENT_ENTITY_H */

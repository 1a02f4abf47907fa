/*
 * Attributes by name: CONSENT_ATTR(id, name), in order of length, then of
 * name.  Included by consent_carrier.h and consent_carrier.c.
 */

CONSENT_ATTR(AS, "as")

CONSENT_ATTR(REL, "rel")
CONSENT_ATTR(SRC, "src")

CONSENT_ATTR(CODE, "code")
CONSENT_ATTR(DATA, "data")
CONSENT_ATTR(FACE, "face")
CONSENT_ATTR(HREF, "href")
CONSENT_ATTR(NAME, "name")
CONSENT_ATTR(PING, "ping")
CONSENT_ATTR(SIZE, "size")
CONSENT_ATTR(TYPE, "type")

CONSENT_ATTR(COLOR, "color")
CONSENT_ATTR(STYLE, "style")
CONSENT_ATTR(VALUE, "value")

CONSENT_ATTR(DYNSRC, "dynsrc")
CONSENT_ATTR(LOWSRC, "lowsrc")
CONSENT_ATTR(POSTER, "poster")
CONSENT_ATTR(SRCDOC, "srcdoc")
CONSENT_ATTR(SRCSET, "srcset")

CONSENT_ATTR(ARCHIVE, "archive")
CONSENT_ATTR(CONTENT, "content")

CONSENT_ATTR(CODEBASE, "codebase")
CONSENT_ATTR(ENCODING, "encoding")
CONSENT_ATTR(LANGUAGE, "language")

CONSENT_ATTR(BACKGROUND, "background")
CONSENT_ATTR(HTTP_EQUIV, "http-equiv")
CONSENT_ATTR(XLINK_HREF, "xlink:href")

CONSENT_ATTR(IMAGESRCSET, "imagesrcset")

CONSENT_ATTR(ATTRIBUTIONSRC, "attributionsrc")

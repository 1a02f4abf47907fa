/*
 * Character encodings: which one a browser will read a page in, and how its
 * bytes are read safely as ASCII.
 *
 * Pages are judged byte by byte, without decoding.  That is right wherever a
 * byte below 0x80 always stands for itself: no decoder of the Encoding
 * Standard makes ASCII of other bytes, and none swallows white space, "<",
 * ">", "=", "&", "/" or a quote.  In Shift_JIS, GBK, GB18030 and Big5 the
 * second byte of a character may be one from 0x40 to 0x7e, so "\", "@", "]"
 * or a letter; consent_charset_mask() takes those away.  Encodings that have
 * other meanings for ASCII can't be read here.
 */

#ifndef CONSENT_CHARSET_H
#define CONSENT_CHARSET_H


#include "consent_base.h"


typedef enum {
    CONSENT_CHARSET_UTF8 = 0,
    CONSENT_CHARSET_PLAIN,      /* other, where ASCII bytes are ASCII: those
                                   of single bytes, EUC-JP, EUC-KR */
    CONSENT_CHARSET_SJIS,
    CONSENT_CHARSET_GB,         /* GBK, GB18030 */
    CONSENT_CHARSET_BIG5,
    CONSENT_CHARSET_UNSURE,     /* not declared: the browser guesses, and may
                                   arrive at any of those above */
    CONSENT_CHARSET_UNREADABLE  /* UTF-16, ISO-2022-JP, "replacement", and
                                   what can't be told */
} consent_charset_t;


/*
 * "Get an encoding" (Encoding Standard, 4.2): the encoding's name for a
 * label, and what it is; NULL if there is none.
 */
const char *consent_charset_find(consent_str_t label,
    consent_charset_t *charset);


/* 1 if a character may have bytes beyond ASCII and below it. */
int consent_charset_has_pairs(consent_charset_t charset);

/*
 * Copies len bytes of a page in a charset from PLAIN to BIG5: all bytes of a
 * character that is not ASCII become 0xff, which UTF-8 never holds.  *lead is
 * 0 before the first piece and kept between pieces.
 */
#define CONSENT_CHARSET_MASKED  0xff

void consent_charset_mask(consent_charset_t charset, uint8_t *lead,
    const uint8_t *in, size_t len, uint8_t *out);

/* The same for one byte. */
uint8_t consent_charset_step(consent_charset_t charset, uint8_t *lead,
    uint8_t c);

/* The first c in [p, end) that is a character of its own, or end. */
const uint8_t *consent_charset_seek(consent_charset_t charset, uint8_t *lead,
    const uint8_t *p, const uint8_t *end, uint8_t c);

/* 1 if there is anything beyond ASCII. */
int consent_charset_is_high(consent_str_t s);

/* 1 if a URL has other parts in one charset than in another. */
int consent_charset_is_split(consent_str_t s);


/*
 * Pages whose encoding is UNSURE are changed, so that all readings of them
 * see the same structure.  A space is put between a byte beyond ASCII and a
 * "\" that escapes what is no letter from G to Z, or "]]"; an escape
 * character, which could begin ISO-2022-JP, becomes a substitute character.
 */

typedef struct {
    uint8_t  last;              /* the byte before */
    uint8_t  held;              /* one that awaits the next, or 0 */
} consent_charset_even_t;


/*
 * Looks at data, which is not empty.  The first *plain bytes of it go on as
 * they are, followed by *put.  Returns how many bytes are dealt with, those
 * *plain and any that *put or later ones stand for.  last: no data is left,
 * and *put is what was held.
 */
size_t consent_charset_even(consent_charset_even_t *even,
    consent_str_t data, size_t *plain, consent_str_t *put);
void consent_charset_even_last(consent_charset_even_t *even,
    consent_str_t *put);


/* The code point at *pos of text that is known to be UTF-8, where a character
   beyond ASCII begins; *pos is set behind it. */
uint32_t consent_charset_point(consent_str_t s, size_t *pos);

/* Appends UTF-8 as ASCII: character references for all else. */
void consent_charset_add_ascii(consent_buf_t *b, consent_str_t s);


/*
 * The encoding sniffing algorithm (HTML, 13.2.3.2): byte order mark,
 * Content-Type, then what the first bytes of the page declare.
 */

#define CONSENT_SNIFF_MAX  1024

#define CONSENT_SNIFF_XML      0x01     /* application/xhtml+xml */
#define CONSENT_SNIFF_UNTYPED  0x02     /* no type that a charset could be
                                           declared with */


typedef struct {
    consent_charset_t  charset;     /* once done */
    const char        *name;        /* what the page declares, and is to be
                                       said in Content-Type too, so that no
                                       browser finds another; or NULL */
    unsigned           done:1;
    unsigned           declared:1;  /* Content-Type says what charset is */
    unsigned           strange:1;   /* a label was met that is none */
    unsigned           flags;
    size_t             pos;         /* how far the prescan is */
    size_t             len;
    uint8_t            data[CONSENT_SNIFF_MAX];
} consent_sniff_t;


/* What browsers take a response for, by its Content-Type. */

typedef enum {
    CONSENT_CONTENT_OTHER = 0,
    CONSENT_CONTENT_HTML,
    CONSENT_CONTENT_XHTML,
    CONSENT_CONTENT_UNTYPED         /* it says nothing: they look into it */
} consent_content_t;

/*
 * Of several types that it lists one of HTML counts wherever it stands, as
 * browsers do not agree; what is no type by its characters says nothing.
 */
consent_content_t consent_sniff_content(consent_str_t type);


/* type: the value of Content-Type, empty if there is none. */
void consent_sniff_init(consent_sniff_t *s, consent_str_t type,
    unsigned flags);

/*
 * Takes bytes of the page's beginning into s->data until s->done; returns
 * how many.  last: the page ends behind them.
 */
size_t consent_sniff_feed(consent_sniff_t *s, const uint8_t *data,
    size_t len, int last);


#endif /* CONSENT_CHARSET_H */

#include <string.h>

#include "consent_script.h"


#define CONSENT_SCRIPT_BEGIN    0
#define CONSENT_SCRIPT_BOM      1       /* behind its first byte */
#define CONSENT_SCRIPT_BOM_2    2
#define CONSENT_SCRIPT_FIRST    3       /* where "#!" may stand */
#define CONSENT_SCRIPT_HASH     4
#define CONSENT_SCRIPT_SPACE    5
#define CONSENT_SCRIPT_SLASH    6       /* held */
#define CONSENT_SCRIPT_LINE     7
#define CONSENT_SCRIPT_LINE_2   8       /* perhaps in U+2028 or U+2029 */
#define CONSENT_SCRIPT_LINE_3   9
#define CONSENT_SCRIPT_BLOCK    10
#define CONSENT_SCRIPT_STAR     11
#define CONSENT_SCRIPT_STRING   12      /* held, as is what follows */
#define CONSENT_SCRIPT_CLOSED   13

/* What a byte means. */

#define CONSENT_SCRIPT_PASS     0       /* what is held, and the byte, pass */
#define CONSENT_SCRIPT_HOLD     1
#define CONSENT_SCRIPT_BEFORE   2       /* ours come before what is held */
#define CONSENT_SCRIPT_BEHIND   3       /* ours come behind what is held */

static const char  consent_script_strict[] = "use strict";

#define CONSENT_SCRIPT_STRICT  (sizeof(consent_script_strict) - 1)


static int
consent_script_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}


static int
consent_script_space(consent_script_t *s, uint8_t c)
{
    s->state = CONSENT_SCRIPT_SPACE;

    if (consent_script_is_space(c)) {
        return CONSENT_SCRIPT_PASS;
    }

    if (c == '/') {
        s->state = CONSENT_SCRIPT_SLASH;
        return CONSENT_SCRIPT_HOLD;
    }

    if (c == '"' || c == '\'') {
        s->state = CONSENT_SCRIPT_STRING;
        s->quote = c;
        return CONSENT_SCRIPT_HOLD;
    }

    return CONSENT_SCRIPT_BEFORE;
}


static int
consent_script_begin(consent_script_t *s, uint8_t c)
{
    switch (s->state) {

    case CONSENT_SCRIPT_BOM:
        s->state = CONSENT_SCRIPT_BOM_2;
        return c == 0xbb ? CONSENT_SCRIPT_PASS : CONSENT_SCRIPT_BEFORE;

    case CONSENT_SCRIPT_BOM_2:
        s->state = CONSENT_SCRIPT_FIRST;
        return c == 0xbf ? CONSENT_SCRIPT_PASS : CONSENT_SCRIPT_BEFORE;

    case CONSENT_SCRIPT_HASH:
        s->state = CONSENT_SCRIPT_LINE;
        return c == '!' ? CONSENT_SCRIPT_PASS : CONSENT_SCRIPT_BEFORE;
    }

    if (c == 0xef && s->state == CONSENT_SCRIPT_BEGIN) {
        s->state = CONSENT_SCRIPT_BOM;
        return CONSENT_SCRIPT_PASS;
    }

    if (c == '#') {
        s->state = CONSENT_SCRIPT_HASH;
        return CONSENT_SCRIPT_PASS;
    }

    return consent_script_space(s, c);
}


/* ECMA-262, 12.4; lines also end with U+2028 and U+2029: E2 80 A8, A9. */

static int
consent_script_comment(consent_script_t *s, uint8_t c)
{
    unsigned  was;

    was = s->state;

    if (was == CONSENT_SCRIPT_SLASH) {
        s->state = c == '/' ? CONSENT_SCRIPT_LINE : CONSENT_SCRIPT_BLOCK;
        return c == '/' || c == '*' ? CONSENT_SCRIPT_PASS
                                    : CONSENT_SCRIPT_BEFORE;
    }

    if (was == CONSENT_SCRIPT_BLOCK || was == CONSENT_SCRIPT_STAR) {
        s->state = c == '*' ? CONSENT_SCRIPT_STAR
                   : c == '/' && was == CONSENT_SCRIPT_STAR
                   ? CONSENT_SCRIPT_SPACE : CONSENT_SCRIPT_BLOCK;
        return CONSENT_SCRIPT_PASS;
    }

    s->state = CONSENT_SCRIPT_LINE;

    if (c == '\n' || c == '\r'
        || (was == CONSENT_SCRIPT_LINE_3 && (c == 0xa8 || c == 0xa9)))
    {
        s->state = CONSENT_SCRIPT_SPACE;

    } else if (c == 0xe2) {
        s->state = CONSENT_SCRIPT_LINE_2;

    } else if (c == 0x80 && was == CONSENT_SCRIPT_LINE_2) {
        s->state = CONSENT_SCRIPT_LINE_3;
    }

    return CONSENT_SCRIPT_PASS;
}


/* A string is a directive only where the statement ends behind it. */

static int
consent_script_string(consent_script_t *s, uint8_t c)
{
    unsigned  n;

    if (s->state == CONSENT_SCRIPT_CLOSED) {
        return c == ';' || c == '}' || c == '/' || consent_script_is_space(c)
               ? CONSENT_SCRIPT_BEHIND : CONSENT_SCRIPT_BEFORE;
    }

    n = s->held - 1;

    if (n == CONSENT_SCRIPT_STRICT) {
        s->state = CONSENT_SCRIPT_CLOSED;
        return c == s->quote ? CONSENT_SCRIPT_HOLD : CONSENT_SCRIPT_BEFORE;
    }

    return c == (uint8_t) consent_script_strict[n] ? CONSENT_SCRIPT_HOLD
                                                   : CONSENT_SCRIPT_BEFORE;
}


static int
consent_script_step(consent_script_t *s, uint8_t c)
{
    if (s->state <= CONSENT_SCRIPT_HASH) {
        return consent_script_begin(s, c);
    }

    if (s->state == CONSENT_SCRIPT_SPACE) {
        return consent_script_space(s, c);
    }

    return s->state < CONSENT_SCRIPT_STRING ? consent_script_comment(s, c)
                                            : consent_script_string(s, c);
}


/* What is held, which may have come in an earlier piece. */

static int
consent_script_release(consent_script_t *s)
{
    size_t   n;
    uint8_t  text[CONSENT_SCRIPT_STRICT + 2];

    n = s->held;
    s->held = 0;

    if (n == 0) {
        return CONSENT_OK;
    }

    memcpy(text + 1, consent_script_strict, CONSENT_SCRIPT_STRICT);
    text[0] = s->quote ? s->quote : '/';
    text[CONSENT_SCRIPT_STRICT + 1] = s->quote;

    return s->emit(s->data, text, n, CONSENT_SPAN_TEMP);
}


static int
consent_script_insert(consent_script_t *s, int what)
{
    int  rc;

    s->done = 1;

    rc = what == CONSENT_SCRIPT_BEHIND ? consent_script_release(s)
                                       : CONSENT_OK;

    if (rc == CONSENT_OK) {
        rc = s->emit(s->data, s->insert.data, s->insert.len,
                     CONSENT_SPAN_CONST);
    }

    return rc == CONSENT_OK ? consent_script_release(s) : rc;
}


static int
consent_script_end(consent_script_t *s)
{
    static const uint8_t  newline[] = "\n";

    int  rc;

    switch (s->state) {

    case CONSENT_SCRIPT_BEGIN:
    case CONSENT_SCRIPT_FIRST:
    case CONSENT_SCRIPT_SPACE:
    case CONSENT_SCRIPT_CLOSED:
        return consent_script_insert(s, CONSENT_SCRIPT_BEHIND);

    case CONSENT_SCRIPT_LINE:
    case CONSENT_SCRIPT_LINE_2:
    case CONSENT_SCRIPT_LINE_3:
        rc = s->emit(s->data, newline, 1, CONSENT_SPAN_CONST);
        return rc == CONSENT_OK
               ? consent_script_insert(s, CONSENT_SCRIPT_BEHIND) : rc;
    }

    return consent_script_release(s);
}


/* One byte of the beginning; *from: what of p comes next. */

static int
consent_script_byte(consent_script_t *s, const uint8_t *p, size_t i,
    size_t *from)
{
    int  rc, what;

    what = consent_script_step(s, p[i]);

    if (what == CONSENT_SCRIPT_PASS && s->held == 0) {
        return CONSENT_OK;
    }

    rc = CONSENT_OK;

    if (s->held == 0 && i > *from) {
        rc = s->emit(s->data, p + *from, i - *from, CONSENT_SPAN_INPUT);
    }

    *from = i;

    if (rc != CONSENT_OK) {
        return rc;
    }

    if (what == CONSENT_SCRIPT_HOLD) {
        s->held++;
        *from = i + 1;
        return CONSENT_OK;
    }

    return what == CONSENT_SCRIPT_PASS ? consent_script_release(s)
                                       : consent_script_insert(s, what);
}


int
consent_script_feed(consent_script_t *s, const uint8_t *p, size_t len,
    int last)
{
    int     rc;
    size_t  i, from;

    from = 0;

    for (i = 0; i < len && !s->done; i++) {
        rc = consent_script_byte(s, p, i, &from);

        if (rc != CONSENT_OK) {
            return rc;
        }
    }

    if (len > from) {
        rc = s->emit(s->data, p + from, len - from, CONSENT_SPAN_INPUT);

        if (rc != CONSENT_OK) {
            return rc;
        }
    }

    return last && !s->done ? consent_script_end(s) : CONSENT_OK;
}

#include <string.h>

#include "consent_imports.h"
#include "consent_inline.h"
#include "consent_quoted.h"


void
consent_imports_init(consent_imports_t *imports)
{
    consent_inline_init(&imports->in);
    imports->inside = 0;
}


/* The length of white space beyond ASCII at p (ECMA-262, 12.2 and 12.3), which
   to the lexer is part of a word; 0: it is none. */

static size_t
consent_imports_space(const uint8_t *p, size_t len)
{
    uint32_t  c;

    if (len >= 2 && p[0] == 0xc2 && p[1] == 0xa0) {
        return 2;
    }

    if (len < 3) {
        return 0;
    }

    c = (uint32_t) p[0] << 16 | (uint32_t) p[1] << 8 | p[2];

    return (c >= 0xe28080 && c <= 0xe2808a) || c == 0xe280a8 || c == 0xe280a9
           || c == 0xe280af || c == 0xe2819f || c == 0xe38080
           || c == 0xe19a80 || c == 0xefbbbf ? 3 : 0;
}


/* 1 if code ends with this word, white space aside.  Of what is longer than
   the lexer keeps only that counts. */

static int
consent_imports_word(const consent_inline_t *in, const char *word)
{
    size_t          n, len;
    const uint8_t  *p, *end;

    p = in->word;
    end = p + (in->nword < sizeof(in->word) ? in->nword : sizeof(in->word));
    len = strlen(word);

    while ((n = consent_imports_space(p, (size_t) (end - p))) != 0) {
        p += n;
    }

    if ((size_t) (end - p) < len || memcmp(p, word, len) != 0) {
        return 0;
    }

    p += len;

    while ((n = consent_imports_space(p, (size_t) (end - p))) != 0) {
        p += n;
    }

    return p == end;
}


/*
 * Whether a string that begins here is a specifier: ECMA-262, 16.2.2, 16.2.3
 * and 13.3.10.  A name behind a dot is none of these words, but nor is one
 * followed by a string.
 */

static int
consent_imports_here(const consent_inline_t *in)
{
    if (in->last == '(') {
        return (in->before == 't' || in->before >= 0x80)
               && consent_imports_word(in, "import");
    }

    return ((in->last == 't' || in->last >= 0x80)
            && consent_imports_word(in, "import"))
           || ((in->last == 'm' || in->last >= 0x80)
               && consent_imports_word(in, "from"));
}


int
consent_imports_is_url(consent_str_t s)
{
    return s.len && (s.data[0] == '/' || s.data[0] == '.'
                     || memchr(s.data, ':', s.len) != NULL);
}


/* The specifier is complete, but for what was too long. */

static int
consent_imports_end(consent_imports_t *imports, consent_str_t *url)
{
    size_t         pos, len;
    consent_str_t  raw;

    imports->inside = 0;

    if (imports->len > CONSENT_IMPORTS_URL) {
        return CONSENT_AGAIN;
    }

    raw = (consent_str_t) { imports->len, imports->raw };
    pos = 0;

    if (consent_quoted_decode(raw, imports->quote, &pos, imports->url,
                              CONSENT_IMPORTS_URL, &len)
        != CONSENT_OK)
    {
        return CONSENT_AGAIN;
    }

    *url = (consent_str_t) { len, imports->url };

    return consent_imports_is_url(*url) ? CONSENT_OK : CONSENT_DECLINED;
}


/*
 * One byte of a specifier; CONSENT_DECLINED if it goes on.  A template that
 * is made of parts, and a line's end, are none.
 */

static int
consent_imports_byte(consent_imports_t *imports, uint8_t c,
    consent_str_t *url)
{
    if (!imports->escaped && c == imports->quote) {
        return consent_imports_end(imports, url);
    }

    if (consent_inline_in_code(&imports->in)) {
        imports->inside = 0;
        return CONSENT_DECLINED;
    }

    imports->escaped = !imports->escaped && c == '\\';

    if (imports->len < CONSENT_IMPORTS_URL) {
        imports->raw[imports->len] = c;
    }

    imports->len++;

    return CONSENT_DECLINED;
}


int
consent_imports_next(consent_imports_t *imports, consent_str_t data,
    size_t *pos, consent_str_t *url)
{
    int                   rc, begins;
    uint8_t               c;
    consent_inline_out_t  out;

    while (*pos < data.len) {
        c = data.data[(*pos)++];

        if (imports->inside) {
            consent_inline_byte(&imports->in, &out, c);
            rc = consent_imports_byte(imports, c, url);

            if (rc != CONSENT_DECLINED) {
                return rc;
            }

            continue;
        }

        begins = (c == '"' || c == '\'' || c == '`')
                 && consent_inline_in_code(&imports->in)
                 && consent_imports_here(&imports->in);

        consent_inline_byte(&imports->in, &out, c);

        if (begins) {
            imports->inside = 1;
            imports->escaped = 0;
            imports->quote = c;
            imports->len = 0;
        }
    }

    return CONSENT_DECLINED;
}

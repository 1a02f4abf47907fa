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


static int
consent_imports_word(const consent_inline_t *in, const char *word)
{
    size_t  len;

    len = strlen(word);

    return in->nword == len && memcmp(in->word, word, len) == 0;
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
        return in->before == 't' && consent_imports_word(in, "import");
    }

    return (in->last == 't' && consent_imports_word(in, "import"))
           || (in->last == 'm' && consent_imports_word(in, "from"));
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

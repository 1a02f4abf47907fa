#include <string.h>

#include "consent_imports.h"
#include "consent_inline.h"
#include "consent_quoted.h"


/* Where there is doubt: what was found last of "import" and "from". */

enum {
    CONSENT_IMPORTS_TEXT = 0,
    CONSENT_IMPORTS_WORD,           /* some letters of one */
    CONSENT_IMPORTS_BEHIND,         /* one, and white space or the like */
    CONSENT_IMPORTS_SLASH           /* and a "/" */
};


void
consent_imports_init(consent_imports_t *imports)
{
    size_t  i;

    consent_inline_init(&imports->in);

    imports->call = 0;
    imports->past = 0;
    imports->doubtful = 0;
    imports->block = 0;
    imports->line = 0;
    imports->stage = CONSENT_IMPORTS_TEXT;

    for (i = 0; i < sizeof(imports->specifier) / sizeof(imports->specifier[0]);
         i++)
    {
        imports->specifier[i].inside = 0;
    }
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
 * Whether code ends with a word that a specifier follows: ECMA-262, 16.2.2,
 * 16.2.3.  A name behind a dot is none of these words, but nor is one followed
 * by a string.
 */

static int
consent_imports_here(const consent_inline_t *in)
{
    return ((in->last == 't' || in->last >= 0x80)
            && consent_imports_word(in, "import"))
           || ((in->last == 'm' || in->last >= 0x80)
               && consent_imports_word(in, "from"));
}


/* 13.3.10: whether "(" begins the arguments of import(…). */

static int
consent_imports_call(const consent_inline_t *in)
{
    return (in->last == 't' || in->last >= 0x80)
           && consent_imports_word(in, "import");
}


int
consent_imports_is_url(consent_str_t s)
{
    return s.len && (s.data[0] == '/' || s.data[0] == '.'
                     || memchr(s.data, ':', s.len) != NULL);
}


static const uint8_t  consent_imports_quotes[] = { '"', '\'', '`' };


/* The specifier that this quote may begin or end; NULL: it is no quote. */

static consent_specifier_t *
consent_imports_quoted(consent_imports_t *imports, uint8_t quote)
{
    size_t  i;

    for (i = 0; i < sizeof(consent_imports_quotes); i++) {
        if (consent_imports_quotes[i] == quote) {
            return &imports->specifier[i];
        }
    }

    return NULL;
}


static void
consent_imports_begin(consent_specifier_t *s)
{
    s->inside = 1;
    s->escaped = 0;
    s->last = 0;
    s->len = 0;
}


/* The specifier is complete, but for what was too long. */

static int
consent_imports_end(consent_imports_t *imports, consent_specifier_t *s,
    uint8_t quote, consent_str_t *url)
{
    size_t         pos, len;
    consent_str_t  raw;

    s->inside = 0;

    if (s->len > CONSENT_IMPORTS_URL) {
        return CONSENT_AGAIN;
    }

    raw = (consent_str_t) { s->len, s->raw };
    pos = 0;

    if (consent_quoted_decode(raw, quote, &pos, imports->url,
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
consent_imports_byte(consent_imports_t *imports, consent_specifier_t *s,
    uint8_t quote, uint8_t c, consent_str_t *url)
{
    if (!s->escaped && c == quote) {
        return consent_imports_end(imports, s, quote, url);
    }

    if (quote == '`' ? s->last == '$' && c == '{'
                     : !s->escaped && (c == '\n' || c == '\r')
                       && s->last != '\r')
    {
        s->inside = 0;
        return CONSENT_DECLINED;
    }

    s->last = s->escaped && c != '\r' ? 0 : c;
    s->escaped = !s->escaped && c == '\\';

    if (s->len < CONSENT_IMPORTS_URL) {
        s->raw[s->len] = c;
    }

    s->len++;

    return CONSENT_DECLINED;
}


static int
consent_imports_is_name(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') < 26 || (uint8_t) (c - '0') < 10
           || c == '_' || c == '$';
}


/* Where there is doubt: one byte, as to the words before a specifier. */

static void
consent_imports_find(consent_imports_t *imports, uint8_t c)
{
    static const consent_str_t  words[] = {
        consent_string("import"), consent_string("from")
    };

    switch (imports->stage) {

    case CONSENT_IMPORTS_WORD:

        if (c == words[imports->word].data[imports->seen]) {
            imports->seen++;
            imports->stage += imports->seen == words[imports->word].len;
            return;
        }

        break;

    case CONSENT_IMPORTS_BEHIND:

        if (c <= ' ' || c >= 0x80 || (c == '(' && imports->word == 0)) {
            return;
        }

        if (c == '/') {
            imports->stage = CONSENT_IMPORTS_SLASH;
            return;
        }

        break;

    case CONSENT_IMPORTS_SLASH:
        imports->block |= (c == '*');
        imports->line |= (c == '/');
        break;

    default:
        break;
    }

    imports->stage = CONSENT_IMPORTS_TEXT;

    if ((c == 'i' || c == 'f')
        && !consent_imports_is_name((uint8_t) imports->past))
    {
        imports->stage = CONSENT_IMPORTS_WORD;
        imports->word = (c == 'f');
        imports->seen = 1;
    }
}


/*
 * There, too: behind a word a comment ends.  It is not sure that it was one, so
 * that words in it count as well.  Lines end with U+2028 and U+2029, too.
 */

static void
consent_imports_comment(consent_imports_t *imports, uint8_t c)
{
    uint32_t  past;

    past = imports->past << 8 | c;

    if (imports->block && (past & 0xffff) == 0x2a2f) {
        imports->block = 0;

    } else if (imports->line
               && (c == '\n' || c == '\r' || (past & 0xfffffe) == 0xe280a8))
    {
        imports->line = 0;

    } else {
        return;
    }

    imports->stage = CONSENT_IMPORTS_BEHIND;
    imports->word = 0;
}


static int
consent_imports_raw(consent_imports_t *imports, uint8_t c,
    consent_str_t *url)
{
    int                   rc, one;
    size_t                i;
    consent_specifier_t  *s;

    rc = CONSENT_DECLINED;

    for (i = 0; i < sizeof(consent_imports_quotes); i++) {
        s = &imports->specifier[i];

        if (s->inside) {
            one = consent_imports_byte(imports, s, consent_imports_quotes[i],
                                       c, url);
            rc = one != CONSENT_DECLINED ? one : rc;
        }
    }

    s = consent_imports_quoted(imports, c);

    if (s != NULL && !s->inside && imports->stage == CONSENT_IMPORTS_BEHIND) {
        consent_imports_begin(s);
    }

    consent_imports_find(imports, c);
    consent_imports_comment(imports, c);

    return rc;
}


/* One byte of what surely is code, a string or a comment. */

static int
consent_imports_sure(consent_imports_t *imports, uint8_t c,
    consent_str_t *url)
{
    int                   begins, calls;
    consent_inline_t     *in;
    consent_inline_out_t  out;
    consent_specifier_t  *s;

    in = &imports->in;
    s = consent_inline_in_code(in) ? NULL
        : consent_imports_quoted(imports, in->quote);

    if (s != NULL && s->inside) {
        consent_inline_byte(in, &out, c);
        return consent_imports_byte(imports, s, in->quote, c, url);
    }

    s = NULL;
    begins = 0;
    calls = 0;

    if (consent_inline_in_code(in)) {
        s = consent_imports_quoted(imports, c);
        begins = imports->call || consent_imports_here(in);
        calls = c == '(' && !imports->call && consent_imports_call(in);
    }

    consent_inline_byte(in, &out, c);

    if (s != NULL && begins) {
        consent_imports_begin(s);
    }

    if (calls) {
        imports->call = in->depth;

    } else if (in->depth < imports->call) {
        imports->call = 0;
    }

    return CONSENT_DECLINED;
}


/* 0 where no doubt can come up, as by most bytes of code. */

static int
consent_imports_may_doubt(const consent_inline_t *in, uint8_t c)
{
    return !consent_inline_in_code(in) || c == '!'
           || in->depth > CONSENT_INLINE_NEST;
}


int
consent_imports_next(consent_imports_t *imports, consent_str_t data,
    size_t *pos, consent_str_t *url)
{
    int       rc;
    uint8_t   c;

    while (*pos < data.len) {
        c = data.data[(*pos)++];

        if (consent_imports_may_doubt(&imports->in, c)) {
            imports->doubtful |= consent_inline_doubts(&imports->in, c) & 1;
        }

        rc = imports->doubtful ? consent_imports_raw(imports, c, url)
                               : consent_imports_sure(imports, c, url);

        imports->past = imports->past << 8 | c;

        if (rc != CONSENT_DECLINED) {
            return rc;
        }
    }

    return CONSENT_DECLINED;
}

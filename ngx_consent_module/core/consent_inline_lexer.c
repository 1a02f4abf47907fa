/*
 * Inline scripts: a light JavaScript lexer that tells code from strings,
 * templates, regular expressions and comments, and an automaton of literals
 * (Aho and Corasick) over what it passes on.
 *
 * Each byte becomes a symbol of one of three planes: it stands in code, in
 * code at the start of a word, or in a string or its like.  Literals go
 * through the same lexer, so a literal's string part is found only in a
 * string, and its code part only in code.
 */

#include <string.h>

#include "consent_inline.h"


enum {
    CONSENT_LEX_SLASH = CONSENT_LEX_CODE + 1,
                                /* "/" in code: comment, regex or divide? */
    CONSENT_LEX_LT,             /* "<" */
    CONSENT_LEX_LT_BANG,        /* "<!" */
    CONSENT_LEX_LT_BANG_DASH,   /* "<!-" */
    CONSENT_LEX_DASH,           /* "-" as the first code of a line */
    CONSENT_LEX_DASH_DASH,      /* "--" there */
    CONSENT_LEX_STRING,
    CONSENT_LEX_STRING_ESCAPE,
    CONSENT_LEX_TEMPLATE,
    CONSENT_LEX_TEMPLATE_ESCAPE,
    CONSENT_LEX_TEMPLATE_DOLLAR,
    CONSENT_LEX_REGEX,
    CONSENT_LEX_REGEX_ESCAPE,
    CONSENT_LEX_CLASS,          /* [...] in a regex */
    CONSENT_LEX_CLASS_ESCAPE,
    CONSENT_LEX_LINE,           /* comment up to the end of the line */
    CONSENT_LEX_BLOCK,
    CONSENT_LEX_BLOCK_STAR
};


/* Kinds of brackets. */

enum {
    CONSENT_NEST_BLOCK = 0,     /* {…} of statements */
    CONSENT_NEST_OBJECT,        /* {…} that is a value */
    CONSENT_NEST_PAREN,         /* (…) */
    CONSENT_NEST_HEAD,          /* (…) behind if, for, while, with */
    CONSENT_NEST_TEMPLATE       /* ${…} */
};


/* Words behind which a value begins, not an operator. */

#define CONSENT_WORD_VALUE  0x01
#define CONSENT_WORD_BLOCK  0x02    /* and a "{" is a block */
#define CONSENT_WORD_HEAD   0x04    /* and a "(…)" is no value */

#define CONSENT_WORD_SAME   4       /* of one length */

typedef struct {
    char      name[11];
    uint8_t   flags;
} consent_inline_word_t;

/* By their length. */

#define V  CONSENT_WORD_VALUE
#define B  CONSENT_WORD_BLOCK
#define H  CONSENT_WORD_HEAD

static const consent_inline_word_t
    consent_inline_words[][CONSENT_WORD_SAME] =
{
    [2] = { { "in", V }, { "of", V }, { "do", V|B }, { "if", H } },
    [3] = { { "new", V }, { "try", B }, { "for", H } },
    [4] = { { "case", V }, { "void", V }, { "else", V|B }, { "with", H } },
    [5] = { { "throw", V }, { "yield", V }, { "await", V }, { "while", H } },
    [6] = { { "return", V }, { "typeof", V }, { "delete", V } },
    [7] = { { "default", V }, { "finally", B } },
    [10] = { { "instanceof", V } },
    [11] = { { "", 0 } }
};

#undef V
#undef B
#undef H


void
consent_inline_init(consent_inline_t *in)
{
    memset(in, 0, offsetof(consent_inline_t, nest));
    in->bol = 1;
}


#define W  CONSENT_INLINE_IS_WORD
#define S  CONSENT_INLINE_IS_SPACE
#define P  CONSENT_INLINE_IS_PLAIN

const uint8_t  consent_inline_class[256] = {
    P, P, P, P, P, P, P, P, P, S, S, S, S, S, P, P,
    P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
    S, P, 0, P, W, P, P, 0, 0, 0, P, P, P, 0, P, 0,
    W, W, W, W, W, W, W, W, W, W, P, P, 0, P, P, P,
    P, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, P, P, P, P, W,
    0, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, 0, P, 0, P, P,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W
};

#undef W
#undef S
#undef P


static int
consent_inline_is_word(uint8_t c)
{
    return consent_inline_class[c] & CONSENT_INLINE_IS_WORD;
}


static int
consent_inline_is_space(uint8_t c)
{
    return consent_inline_class[c] & CONSENT_INLINE_IS_SPACE;
}


static int
consent_inline_is_newline(uint8_t c)
{
    return c == '\n' || c == '\r';
}


static void
consent_inline_put(consent_inline_out_t *out, unsigned plane, uint8_t c)
{
    out->symbol[out->n++] = (uint16_t) (plane + consent_inline_fold(c));
}


int
consent_inline_in_comment(const consent_inline_t *in)
{
    return (in->state > CONSENT_LEX_CODE && in->state < CONSENT_LEX_STRING)
           || in->state >= CONSENT_LEX_LINE;
}


int
consent_inline_in_string(const consent_inline_t *in)
{
    return in->state == CONSENT_LEX_STRING && !in->continued;
}


/* Keywords are short: a longer word need not be known. */
void
consent_inline_keep(consent_inline_t *in, uint8_t c)
{
    if (in->nword < sizeof(in->word)) {
        in->word[in->nword++] = c;

    } else {
        in->nword = sizeof(in->word) + 1;
    }
}


/* A byte of code; keeps what later decisions look back at. */
static void
consent_inline_put_code(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    int  word;

    if (!consent_inline_is_word(c)) {
        consent_inline_put(out, CONSENT_INLINE_CODE, c);

    } else {
        word = consent_inline_is_word(in->last) && !in->gap;

        if (!word) {
            in->nword = 0;
        }

        consent_inline_keep(in, c);
        consent_inline_put(out,
                           word ? CONSENT_INLINE_CODE : CONSENT_INLINE_WORD,
                           c);
    }

    in->before = in->last;
    in->last = c;
    in->gap = 0;
    in->bol = 0;
}


/* Flags of the word that code ended with; 0 if it is an ordinary one. */
static unsigned
consent_inline_word(const consent_inline_t *in)
{
    unsigned                      i;
    const consent_inline_word_t  *same;

    if (in->nword > sizeof(in->word)) {
        return 0;
    }

    same = consent_inline_words[in->nword];

    for (i = 0; i < CONSENT_WORD_SAME; i++) {
        if (same[i].flags != 0 && same[i].name[0] == (char) in->word[0]
            && memcmp(same[i].name, in->word, in->nword) == 0)
        {
            return same[i].flags;
        }
    }

    return 0;
}


/* Whether "/" begins a regular expression here, or divides. */
static int
consent_inline_regex_allowed(const consent_inline_t *in)
{
    uint8_t  c;

    c = in->last;

    if (c == ')') {
        return in->closed == CONSENT_NEST_HEAD;
    }

    if (c == '}') {
        return in->closed == CONSENT_NEST_BLOCK;
    }

    if (c == ']' || c == '"') {
        return 0;
    }

    if ((c == '+' || c == '-') && in->before == c) {
        return 0;
    }

    if (consent_inline_is_word(c)) {
        return (consent_inline_word(in) & CONSENT_WORD_VALUE) != 0;
    }

    return 1;
}


static void
consent_inline_open(consent_inline_t *in, uint8_t kind)
{
    if (in->depth < CONSENT_INLINE_NEST) {
        in->nest[in->depth] = kind;
    }

    in->depth++;
}


static uint8_t
consent_inline_close(consent_inline_t *in)
{
    if (in->depth == 0) {
        return CONSENT_NEST_BLOCK;
    }

    in->depth--;

    return in->depth < CONSENT_INLINE_NEST ? in->nest[in->depth]
                                           : CONSENT_NEST_BLOCK;
}


/* What kind of bracket a "(" or "{" opens, from what stands before it. */
static uint8_t
consent_inline_kind(const consent_inline_t *in, uint8_t c)
{
    unsigned  flags;

    flags = consent_inline_is_word(in->last)
            ? consent_inline_word(in) : 0;

    if (c == '(') {
        return flags & CONSENT_WORD_HEAD ? CONSENT_NEST_HEAD
                                         : CONSENT_NEST_PAREN;
    }

    if (flags & CONSENT_WORD_BLOCK) {
        return CONSENT_NEST_BLOCK;
    }

    if (flags & CONSENT_WORD_VALUE) {
        return CONSENT_NEST_OBJECT;
    }

    if (in->last == '>' && in->before == '=') {
        return CONSENT_NEST_BLOCK;
    }

    return in->last == 0 || consent_inline_is_word(in->last)
           || strchr(";{})", in->last) != NULL
           ? CONSENT_NEST_BLOCK : CONSENT_NEST_OBJECT;
}


/* Enters a string, template or regex; its first byte still is code. */
static void
consent_inline_enter(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t state, uint8_t c)
{
    in->state = state;
    in->quote = c;
    consent_inline_put_code(in, out, c);
}


/* Leaves it; to what follows it is a value. */
static void
consent_inline_leave(consent_inline_t *in)
{
    in->state = CONSENT_LEX_CODE;
    in->before = in->last;
    in->last = '"';
    in->gap = 0;
    in->continued = 0;
}


static void
consent_inline_close_brace(consent_inline_t *in, consent_inline_out_t *out)
{
    in->closed = consent_inline_close(in);

    if (in->closed == CONSENT_NEST_TEMPLATE) {
        in->state = CONSENT_LEX_TEMPLATE;
        in->quote = '`';
        consent_inline_put(out, CONSENT_INLINE_STRING, '}');
        return;
    }

    consent_inline_put_code(in, out, '}');
}


/* A byte where code is expected. */
static void
consent_inline_code(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    if (consent_inline_is_word(c)) {
        consent_inline_put_code(in, out, c);
        return;
    }

    switch (c) {

    case '"':
    case '\'':
        consent_inline_enter(in, out, CONSENT_LEX_STRING, c);
        return;

    case '`':
        consent_inline_enter(in, out, CONSENT_LEX_TEMPLATE, c);
        return;

    case '/':
        in->state = CONSENT_LEX_SLASH;
        return;

    case '<':
        in->state = CONSENT_LEX_LT;
        return;

    case '(':
    case '{':
        consent_inline_open(in, consent_inline_kind(in, c));
        break;

    case ')':
        in->closed = consent_inline_close(in);
        break;

    case '}':
        consent_inline_close_brace(in, out);
        return;

    case '-':
        if (in->bol) {
            in->state = CONSENT_LEX_DASH;
            return;
        }

        break;

    default:
        if (consent_inline_is_space(c)) {
            in->gap = 1;
            in->bol |= consent_inline_is_newline(c);
            return;
        }
    }

    consent_inline_put_code(in, out, c);
}


/* Code that was held back is no comment after all. */
static void
consent_inline_release(consent_inline_t *in, consent_inline_out_t *out,
    const char *held)
{
    in->state = CONSENT_LEX_CODE;

    while (*held) {
        consent_inline_put_code(in, out, (uint8_t) *held++);
    }
}


/* Behind "/" in code.  Returns 1 if c is still to be read. */
static int
consent_inline_slash(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    if (c == '/' || c == '*') {
        in->state = c == '/' ? CONSENT_LEX_LINE : CONSENT_LEX_BLOCK;
        in->gap = 1;
        return 0;
    }

    if (consent_inline_regex_allowed(in)) {
        consent_inline_enter(in, out, CONSENT_LEX_REGEX, '/');

    } else {
        consent_inline_release(in, out, "/");
    }

    return 1;
}


/*
 * "<!--" anywhere and "-->" as the first code of a line begin comments up to
 * the end of the line (ECMAScript, annex B.1.1).
 */

typedef struct {
    uint8_t      wanted;
    uint8_t      next;
    const char  *held;
} consent_inline_opener_t;

static const consent_inline_opener_t  consent_inline_openers[] = {
    [CONSENT_LEX_LT] = { '!', CONSENT_LEX_LT_BANG, "<" },
    [CONSENT_LEX_LT_BANG] = { '-', CONSENT_LEX_LT_BANG_DASH, "<!" },
    [CONSENT_LEX_LT_BANG_DASH] = { '-', CONSENT_LEX_LINE, "<!-" },
    [CONSENT_LEX_DASH] = { '-', CONSENT_LEX_DASH_DASH, "-" },
    [CONSENT_LEX_DASH_DASH] = { '>', CONSENT_LEX_LINE, "--" }
};


static int
consent_inline_html_comment(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    const consent_inline_opener_t  *opener;

    opener = &consent_inline_openers[in->state];

    if (c == opener->wanted) {
        in->state = opener->next;
        in->gap |= opener->next == CONSENT_LEX_LINE;
        return 0;
    }

    consent_inline_release(in, out, opener->held);

    return 1;
}


static void
consent_inline_string(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    int  continued;

    continued = in->continued;
    in->continued = 0;

    if (continued && c == '\n') {
        return;
    }

    if (c == '\\') {
        in->state++;
        return;
    }

    /* An unterminated string or regex ends with its line. */

    if (consent_inline_is_newline(c) && in->state != CONSENT_LEX_TEMPLATE) {
        consent_inline_leave(in);
        in->gap = 1;
        in->bol = 1;
        return;
    }

    consent_inline_put(out, CONSENT_INLINE_STRING, c);

    if (in->state == CONSENT_LEX_CLASS) {
        if (c == ']') {
            in->state = CONSENT_LEX_REGEX;
        }

        return;
    }

    if (c == in->quote) {
        consent_inline_leave(in);

    } else if (c == '$' && in->state == CONSENT_LEX_TEMPLATE) {
        in->state = CONSENT_LEX_TEMPLATE_DOLLAR;

    } else if (c == '[' && in->state == CONSENT_LEX_REGEX) {
        in->state = CONSENT_LEX_CLASS;
    }
}


/* Behind a backslash in a string or its like.  A line's end may be CR and
   LF. */

static void
consent_inline_escape(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    in->state--;
    in->continued = (c == '\r');

    if (c == '/') {
        consent_inline_put(out, CONSENT_INLINE_STRING, c);
        return;
    }

    if (!consent_inline_is_newline(c)) {
        consent_inline_put(out, CONSENT_INLINE_STRING, '\\');
        consent_inline_put(out, CONSENT_INLINE_STRING, c);
    }
}


static int
consent_inline_dollar(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    if (c != '{') {
        in->state = CONSENT_LEX_TEMPLATE;
        return 1;
    }

    in->state = CONSENT_LEX_CODE;
    in->last = 0;
    in->before = 0;
    in->gap = 0;

    consent_inline_open(in, CONSENT_NEST_TEMPLATE);
    consent_inline_put(out, CONSENT_INLINE_STRING, c);

    return 0;
}


/* 1 if c ends a line, be it with U+2028 or U+2029 (ECMA-262, 12.3), of which it
   is the last byte. */

static int
consent_inline_ends_line(consent_inline_t *in, uint8_t c)
{
    unsigned  seen;

    seen = in->continued;
    in->continued = 0;

    if (c == CONSENT_INLINE_SEPARATOR) {
        in->continued = 1;

    } else if (seen == 1 && c == 0x80) {
        in->continued = 2;
    }

    return consent_inline_is_newline(c)
           || (seen == 2 && consent_inline_separates(c));
}


static void
consent_inline_comment(consent_inline_t *in, uint8_t c)
{
    if (in->state == CONSENT_LEX_LINE ? consent_inline_ends_line(in, c)
                                      : consent_inline_is_newline(c))
    {
        in->bol = 1;

        if (in->state == CONSENT_LEX_LINE) {
            in->state = CONSENT_LEX_CODE;
            return;
        }
    }

    if (in->state == CONSENT_LEX_LINE) {
        return;
    }

    if (c == '/' && in->state == CONSENT_LEX_BLOCK_STAR) {
        in->state = CONSENT_LEX_CODE;
        return;
    }

    in->state = c == '*' ? CONSENT_LEX_BLOCK_STAR : CONSENT_LEX_BLOCK;
}


/* 1 if the word before a slash may be a keyword or a name, or has white space
   in it that is not known here; or if one may end the line before. */

static int
consent_inline_doubts_word(const consent_inline_t *in)
{
    size_t  i;

    static const consent_str_t  ends[] = {
        consent_string("break"), consent_string("continue"),
        consent_string("debugger"), consent_string("extends")
    };

    if (in->nword > sizeof(in->word) || consent_inline_word(in) != 0) {
        return 1;
    }

    for (i = 0; i < in->nword; i++) {
        if (in->word[i] >= 0x80) {
            return 1;
        }
    }

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (in->nword == ends[i].len
            && memcmp(in->word, ends[i].data, in->nword) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static int
consent_inline_doubts_slash(const consent_inline_t *in)
{
    switch (in->last) {

    case ')':
    case '}':
    case '.':
        return 1;

    case '+':
    case '-':
        return in->before == in->last;

    default:
        return consent_inline_is_word(in->last)
               && consent_inline_doubts_word(in);
    }
}


int
consent_inline_doubts(const consent_inline_t *in, uint8_t c)
{
    switch (in->state) {

    case CONSENT_LEX_CODE:
        return (c == '!' && in->last == '#') || in->depth > CONSENT_INLINE_NEST;

    case CONSENT_LEX_SLASH:
        return c != '/' && c != '*' && consent_inline_doubts_slash(in);

    case CONSENT_LEX_LT_BANG_DASH:
    case CONSENT_LEX_DASH_DASH:
        return c == consent_inline_openers[in->state].wanted;

    default:
        return 0;
    }
}


/* One step.  Returns 1 if c is still to be read in the new state. */
static int
consent_inline_step(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    switch (in->state) {

    case CONSENT_LEX_CODE:
        consent_inline_code(in, out, c);
        return 0;

    case CONSENT_LEX_SLASH:
        return consent_inline_slash(in, out, c);

    case CONSENT_LEX_LT:
    case CONSENT_LEX_LT_BANG:
    case CONSENT_LEX_LT_BANG_DASH:
    case CONSENT_LEX_DASH:
    case CONSENT_LEX_DASH_DASH:
        return consent_inline_html_comment(in, out, c);

    case CONSENT_LEX_STRING:
    case CONSENT_LEX_TEMPLATE:
    case CONSENT_LEX_REGEX:
    case CONSENT_LEX_CLASS:
        consent_inline_string(in, out, c);
        return 0;

    case CONSENT_LEX_STRING_ESCAPE:
    case CONSENT_LEX_TEMPLATE_ESCAPE:
    case CONSENT_LEX_REGEX_ESCAPE:
    case CONSENT_LEX_CLASS_ESCAPE:
        consent_inline_escape(in, out, c);
        return 0;

    case CONSENT_LEX_TEMPLATE_DOLLAR:
        return consent_inline_dollar(in, out, c);

    default:
        consent_inline_comment(in, c);
        return 0;
    }
}


size_t
consent_inline_symbols(consent_str_t literal, uint16_t *symbols)
{
    size_t                i, n;
    consent_inline_t      in;
    consent_inline_out_t  out;

    consent_inline_init(&in);
    n = 0;

    for (i = 0; i < literal.len; i++) {
        out.n = 0;

        while (consent_inline_step(&in, &out, literal.data[i])) {
            /* void */
        }

        memcpy(symbols + n, out.symbol, out.n * sizeof(uint16_t));
        n += out.n;
    }

    /* A literal may end where the lexer still waits for more. */

    out.n = 0;

    if (in.state == CONSENT_LEX_SLASH) {
        consent_inline_release(&in, &out, "/");

    } else if (in.state >= CONSENT_LEX_LT
               && in.state <= CONSENT_LEX_DASH_DASH)
    {
        consent_inline_release(&in, &out,
                               consent_inline_openers[in.state].held);
    }

    memcpy(symbols + n, out.symbol, out.n * sizeof(uint16_t));

    return n + out.n;
}


const char *const  consent_inline_stops[CONSENT_INLINE_STOPS] = {
    [CONSENT_LEX_CODE] = "\"'`/(){}<-",
    [CONSENT_LEX_STRING] = "\"\\\n\r",
    [CONSENT_LEX_TEMPLATE] = "`\\$",
    [CONSENT_LEX_REGEX] = "/[\\\n\r",
    [CONSENT_LEX_CLASS] = "]\\\n\r",
    [CONSENT_LEX_LINE] = "\n\r",
    [CONSENT_LEX_BLOCK] = "*\n\r"
};


/*
 * What follows passes over bytes while no literal is under way, as far as
 * none begins.
 */


/* A word that was begun before. */
static const uint8_t *
consent_inline_skip_word(consent_inline_t *in, const uint8_t *p,
    const uint8_t *end)
{
    for ( /* void */ ; p < end && consent_inline_is_word(*p); p++) {
        consent_inline_keep(in, *p);
        in->before = in->last;
        in->last = *p;
    }

    return p;
}


/* The word from p to word_end, as a whole; bytes up to end may be read. */
static void
consent_inline_keep_all(consent_inline_t *in, const uint8_t *p,
    const uint8_t *word_end, const uint8_t *end)
{
    if (end - p >= (ptrdiff_t) sizeof(in->word)) {
        memcpy(in->word, p, sizeof(in->word));
        in->nword = word_end - p <= (ptrdiff_t) sizeof(in->word)
                    ? (uint8_t) (word_end - p) : sizeof(in->word) + 1;
        return;
    }

    in->nword = 0;

    for ( /* void */ ; p < word_end; p++) {
        consent_inline_keep(in, *p);
    }
}


/* A "}"; 0 if it may end more than a block or an object. */
static inline int
consent_inline_close_plain(consent_inline_t *in)
{
    if (in->depth == 0 || in->depth > CONSENT_INLINE_NEST
        || in->nest[in->depth - 1] == CONSENT_NEST_TEMPLATE)
    {
        return 0;
    }

    in->closed = consent_inline_close(in);

    return 1;
}


/* What may open or end something; 0 if it is not as simple as that. */
static int
consent_inline_skip_bracket(consent_inline_t *in, const uint8_t *p)
{
    switch (*p) {

    case '"':
    case '\'':
    case '`':
        in->state = *p == '`' ? CONSENT_LEX_TEMPLATE : CONSENT_LEX_STRING;
        in->quote = *p;
        return 1;

    case '(':
    case '{':
        consent_inline_open(in, consent_inline_kind(in, *p));
        return 1;

    case '}':
        return consent_inline_close_plain(in);

    case ')':
        in->closed = consent_inline_close(in);
        return 1;

    case '-':
        return !in->bol;

    case '<':
        return p[1] != '!';

    default:
        return 0;
    }
}


const uint8_t *
consent_inline_skip_space(consent_inline_t *in, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    for (start = p; p < end && consent_inline_is_space(*p); p++) {
        in->bol |= consent_inline_is_newline(*p);
    }

    in->gap |= p != start;
    in->silent += (uint64_t) (p - start);

    return p;
}


/*
 * As far as a string, or what takes more than a look.  No word is under way.
 * The last byte is left, as it takes two to know how a literal begins.
 */

static const uint8_t *
consent_inline_skip_code(consent_inline_t *in,
    const consent_inline_begins_t *begins, const uint8_t *p,
    const uint8_t *end)
{
    uint8_t         class;
    const uint8_t  *last, *word, *word_end;

    last = end - 1;
    word = NULL;
    word_end = NULL;

    while (p < last) {
        class = consent_inline_class[*p];

        if (class == CONSENT_INLINE_IS_SPACE) {
            p = consent_inline_skip_space(in, p, last);
            continue;
        }

        if (consent_inline_may_begin(begins, p, end)) {
            break;
        }

        if (class == 0) {

            if (word != NULL) {
                consent_inline_keep_all(in, word, word_end, end);
                word = NULL;
            }

            if (!consent_inline_skip_bracket(in, p)) {
                break;
            }
        }

        in->before = in->last;

        if (class == CONSENT_INLINE_IS_WORD) {
            word = p;

            while (p + 1 < last && consent_inline_is_word(p[1])) {
                in->before = *p++;
            }

            word_end = p + 1;
        }

        in->last = *p++;
        in->gap = 0;
        in->bol = 0;

        if (class == 0 && in->state != CONSENT_LEX_CODE) {
            break;
        }
    }

    if (word != NULL) {
        consent_inline_keep_all(in, word, word_end, end);
    }

    return p;
}


/* In a string or its like, as far as its end or what else may change. */
static const uint8_t *
consent_inline_skip_string(consent_inline_t *in,
    const consent_inline_index_t *literals, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t             *start, *separator;
    const consent_scan_set_t  *stops;

    stops = in->state == CONSENT_LEX_STRING && in->quote == '\''
            ? &literals->begins->single : &literals->begins->stops[in->state];

    while (!in->continued) {
        start = p;
        p = literals->scan->any(p, end, stops);

        if (in->state == CONSENT_LEX_LINE) {
            separator = memchr(start, CONSENT_INLINE_SEPARATOR,
                               (size_t) (p - start));
            p = separator ? separator : p;
        }

        if (in->state >= CONSENT_LEX_LINE) {
            in->silent += (uint64_t) (p - start);
        }

        if (end - p < 2 || *p != '\\') {
            break;
        }

        in->silent += 2;
        in->continued = (p[1] == '\r');
        p += 2;
    }

    return p;
}


/* Keeps what the code from start to p leaves to be looked back at.  No word
   is under way at start. */

static void
consent_inline_look_back(consent_inline_t *in, const uint8_t *start,
    const uint8_t *p)
{
    uint8_t         bol;
    const uint8_t  *end, *word;

    bol = 0;

    for (end = p; end > start && consent_inline_is_space(end[-1]); end--) {
        bol |= consent_inline_is_newline(end[-1]) ? 1 : 0;
    }

    if (end == start) {
        in->gap |= end != p;
        in->bol |= bol;
        return;
    }

    in->gap = end != p;
    in->bol = bol;

    for (word = end; word > start && consent_inline_is_word(word[-1]); word--)
    {
        /* void */
    }

    if (word < end) {
        consent_inline_keep_all(in, word, end, p);
    }

    /* the byte before the last one, which a space may stand between */

    p = end - 1;

    if (p == word || word == end) {
        while (p > start && consent_inline_is_space(p[-1])) {
            p--;
        }
    }

    in->before = p > start ? p[-1] : in->last;
    in->last = end[-1];
}


/*
 * What "{" opens behind a byte, if that one tells: the kind, and one more.
 * Words, spaces and ">" do not.
 */

static const uint8_t  consent_inline_near_brace[256] = {
    [';'] = CONSENT_NEST_BLOCK + 1,
    [')'] = CONSENT_NEST_BLOCK + 1,
    ['{'] = CONSENT_NEST_BLOCK + 1,
    ['}'] = CONSENT_NEST_BLOCK + 1,
    ['('] = CONSENT_NEST_OBJECT + 1,
    ['['] = CONSENT_NEST_OBJECT + 1,
    [','] = CONSENT_NEST_OBJECT + 1,
    [':'] = CONSENT_NEST_OBJECT + 1,
    ['='] = CONSENT_NEST_OBJECT + 1,
    ['?'] = CONSENT_NEST_OBJECT + 1,
    ['&'] = CONSENT_NEST_OBJECT + 1,
    ['|'] = CONSENT_NEST_OBJECT + 1
};


/* Bytes that don't tell of "(": white space, and what if, for, while and with
   end with, if that byte stands before. */

#define CONSENT_FAR_SPACE  1

static const uint8_t  consent_inline_far_paren[256] = {
    ['\t'] = CONSENT_FAR_SPACE, ['\n'] = CONSENT_FAR_SPACE,
    ['\v'] = CONSENT_FAR_SPACE, ['\f'] = CONSENT_FAR_SPACE,
    ['\r'] = CONSENT_FAR_SPACE, [' '] = CONSENT_FAR_SPACE,
    ['f'] = 'i', ['r'] = 'o', ['e'] = 'l', ['h'] = 't'
};


/*
 * What follows looks at bytes of code where no literal is looked for.  start:
 * where code begins that was not yet looked back at.
 */

/* What is seldom; 0: the byte is to be read by itself. */

static int
consent_inline_pass_byte(consent_inline_t *in, const uint8_t *start,
    const uint8_t *p)
{
    if ((*p == '<' && p[1] != '!') || (*p == '-' && p[1] != '-')) {
        return 1;
    }

    consent_inline_look_back(in, start, p);

    if (!consent_inline_skip_bracket(in, p)) {
        return 0;
    }

    in->before = in->last;
    in->last = *p;
    in->gap = 0;
    in->bol = 0;

    return 1;
}


/* 1 if "(" at p may stand behind one of those words. */

static inline int
consent_inline_is_far(const uint8_t *start, const uint8_t *p)
{
    uint8_t  before;

    if (p == start) {
        return 1;
    }

    before = consent_inline_far_paren[p[-1]];

    return before != 0 && (before == CONSENT_FAR_SPACE || p - start == 1
                           || p[-2] == before);
}


/* 1: it was a bracket of a kind that is known at once. */

static inline int
consent_inline_pass_bracket(consent_inline_t *in, const uint8_t *start,
    const uint8_t *p)
{
    uint8_t  kind;

    switch (*p) {

    case '(':
        if (consent_inline_is_far(start, p)) {
            return 0;
        }

        consent_inline_open(in, CONSENT_NEST_PAREN);
        return 1;

    case ')':
        in->closed = consent_inline_close(in);
        return 1;

    case '{':
        if (p - start < 2) {
            return 0;
        }

        kind = consent_inline_near_brace[p[-1] == ' ' ? p[-2] : p[-1]];

        if (kind == 0) {
            return 0;
        }

        consent_inline_open(in, kind - 1);
        return 1;

    case '}':
        return consent_inline_close_plain(in);

    default:
        return 0;
    }
}


/* Bits above the n-th. */

static inline uint64_t
consent_inline_above(unsigned n)
{
    return ~(uint64_t) 1 << n;
}


/*
 * Code from p + i on, and strings, up to the end of the block of 64 bytes at
 * p.  code, text: what to look at in code, and in strings.  Returns how far
 * that was read; a byte to be read by itself stands there if that is in the
 * block and the state is the same.
 */

static inline unsigned
consent_inline_pass_code_bits(consent_inline_t *in, uint64_t code,
    uint64_t text, const uint8_t **start, const uint8_t *p, unsigned i)
{
    uint8_t   c;
    uint64_t  rest;
    unsigned  n;

    for (code &= ~(uint64_t) 0 << i; code != 0; /* void */ ) {
        n = (unsigned) __builtin_ctzll(code);
        code &= code - 1;
        c = p[n];

        if (c == '"' || c == '\'') {
            in->last = c;
            in->gap = 0;
            in->bol = 0;
            rest = text & consent_inline_above(n);

            if (rest == 0 || p[__builtin_ctzll(rest)] != c) {
                in->state = CONSENT_LEX_STRING;
                in->quote = c;
                return n + 1;
            }

            n = (unsigned) __builtin_ctzll(rest);
            code &= consent_inline_above(n);
            *start = p + n + 1;
            consent_inline_leave(in);

        } else if (!consent_inline_pass_bracket(in, *start, p + n)) {

            if (!consent_inline_pass_byte(in, *start, p + n)) {
                return n;
            }

            if (in->state != CONSENT_LEX_CODE) {
                return n + 1;
            }
        }
    }

    return CONSENT_SCAN_MASK;
}


/* The same in a string, up to its end. */

static inline unsigned
consent_inline_pass_string_bits(consent_inline_t *in, uint64_t bits,
    const uint8_t *p, unsigned i)
{
    uint8_t  c;

    while (i < CONSENT_SCAN_MASK) {
        bits &= ~(uint64_t) 0 << i;

        if (bits == 0) {
            return CONSENT_SCAN_MASK;
        }

        i = (unsigned) __builtin_ctzll(bits);
        c = p[i];

        if (c == in->quote) {
            consent_inline_leave(in);
            return i + 1;
        }

        if (consent_inline_is_newline(c) || (c == '\\' && p[i + 1] == '\r')) {
            return i;
        }

        i += c == '\\' ? 2 : 1;
    }

    return i;
}


/*
 * Code and the strings in it, in blocks.  Returns where something else
 * begins, or too few bytes are left for a block.
 */

static const uint8_t *
consent_inline_pass_blocks(consent_inline_t *in,
    const consent_inline_index_t *literals, const uint8_t *p,
    const uint8_t *end)
{
    unsigned                        i, state;
    uint64_t                        code, text;
    const uint8_t                  *start;
    const consent_scan_t           *scan;
    const consent_inline_begins_t  *begins;

    scan = literals->scan;
    begins = literals->begins;

    i = 0;
    start = p;

    for ( /* void */ ; end - p > CONSENT_SCAN_MASK; p += CONSENT_SCAN_MASK) {
        code = scan->mask(p, &begins->stops[CONSENT_LEX_CODE]);
        text = scan->mask(p, &begins->text);

        while (i < CONSENT_SCAN_MASK) {
            state = in->state;

            if (state == CONSENT_LEX_STRING) {
                i = consent_inline_pass_string_bits(in, text, p, i);
                start = p + i;

            } else {
                i = consent_inline_pass_code_bits(in, code, text, &start, p,
                                                  i);
            }

            if ((in->state == state && i < CONSENT_SCAN_MASK)
                || (in->state != CONSENT_LEX_CODE
                    && in->state != CONSENT_LEX_STRING))
            {
                return p + i;
            }
        }

        i -= CONSENT_SCAN_MASK;
    }

    if (in->state == CONSENT_LEX_CODE) {
        consent_inline_look_back(in, start, p);
    }

    return p + i;
}


/* As far as a string, or what takes more than a look; where no literal that
   is to be found begins.  No word is under way. */

static const uint8_t *
consent_inline_pass_code(consent_inline_t *in,
    const consent_inline_index_t *literals, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    p = consent_inline_pass_blocks(in, literals, p, end);

    if (consent_inline_in_word(in)) {
        p = consent_inline_skip_word(in, p, end);
    }

    start = p;

    while (in->state == CONSENT_LEX_CODE) {
        p = literals->scan->any(p, end, &literals->begins->stops[in->state]);

        if (end - p < 2) {
            consent_inline_look_back(in, start, p);
            return p;
        }

        if (!consent_inline_pass_bracket(in, start, p)
            && !consent_inline_pass_byte(in, start, p))
        {
            return p;
        }

        p++;
    }

    return p;
}


const uint8_t *
consent_inline_skip(consent_inline_t *in,
    const consent_inline_index_t *literals, const uint8_t *p,
    const uint8_t *end, int quiet)
{
    if (consent_inline_in_word(in)) {
        p = consent_inline_skip_word(in, p, end);
    }

    for ( ;; ) {

        if (in->state == CONSENT_LEX_STRING) {
            p = consent_inline_skip_string(in, literals, p, end);

            if (p == end || *p != in->quote) {
                return p;
            }

            consent_inline_leave(in);
            p++;
        }

        if (in->state != CONSENT_LEX_CODE) {
            return consent_inline_stops[in->state] == NULL ? p
                   : consent_inline_skip_string(in, literals, p, end);
        }

        p = quiet ? consent_inline_pass_code(in, literals, p, end)
                  : consent_inline_skip_code(in, literals->begins, p, end);

        if (in->state == CONSENT_LEX_CODE) {
            return p;
        }
    }
}


void
consent_inline_byte(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c)
{
    out->n = 0;

    if (in->state == CONSENT_LEX_CODE && consent_inline_is_word(c)) {
        consent_inline_put_code(in, out, c);
        return;
    }

    while (consent_inline_step(in, out, c)) { /* void */ }

    in->silent += out->n == 0;
}

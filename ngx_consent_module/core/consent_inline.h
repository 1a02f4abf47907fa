/*
 * Between the lexer of inline scripts (consent_inline.c), the filter that
 * stands before it (consent_inline_filter.c), and what builds the tables of
 * both.  Private to them.
 */

#ifndef CONSENT_INLINE_H
#define CONSENT_INLINE_H


#include "consent_rules_index.h"
#include "consent_scan.h"


/* The automaton of literals: a trie with failure links. */

#define CONSENT_INLINE_STRING  0        /* byte in a string, regex, template */
#define CONSENT_INLINE_CODE    256      /* byte in code */
#define CONSENT_INLINE_WORD    512      /* byte in code that begins a word */
#define CONSENT_INLINE_PLANES  768

/* In a literal: white space or a comment can't stand before the symbol. */
#define CONSENT_INLINE_JOINED  0x8000

/* A "/" in a string: a backslash may stand before. */
#define CONSENT_INLINE_SLASH                                                  \
    (CONSENT_INLINE_STRING|CONSENT_INLINE_JOINED|'/')

typedef struct {
    uint32_t  child;
    uint32_t  sibling;
    uint32_t  fail;
    uint32_t  output;                   /* rule + 1 */
    uint32_t  next;                     /* node with the next output */
    uint16_t  symbol;
} consent_inline_node_t;

/*
 * The filter before it.  Each literal has an anchor: five bytes that stand
 * in one piece wherever the literal does, in any of some ways.  All of them
 * are in `set`, and the scanner looks for the grams at every second byte;
 * what it finds is looked up in `slots`, by its consent_scan_gram().
 *
 * Of an anchor it is told where either gram stands in the literal, and which
 * bytes stand next to its symbols, unless white space or the like does.
 */

typedef struct {
    uint32_t  literal;
    uint16_t  symbol;                   /* of the literal, that stands */
    uint8_t   skip;                     /* so far behind the gram's begin */
    uint8_t   n;                        /* symbols from it on in the gram */
    uint32_t  ahead;                    /* the gram of the symbols behind
                                           them, where the mask has bits */
    uint32_t  ahead_mask;
    uint32_t  behind;                   /* the one of those before them */
    uint32_t  behind_mask;
} consent_inline_anchor_t;

typedef struct {
    uint32_t  gram;
    uint32_t  first;                    /* into places */
    uint32_t  n;                        /* 0: the slot is empty */
} consent_inline_slot_t;

typedef struct {
    const uint16_t  *symbols;           /* and CONSENT_INLINE_JOINED */
    uint32_t         n;
    int              service;
    uint32_t         head;              /* symbols up to the anchor's end */
    uint32_t         under;             /* those that another literal may have
                                           had where this one begins */
    unsigned         escapes:1;         /* in strings; but for that of "/" */
} consent_inline_literal_t;

/*
 * What the lexer may pass over while no literal is under way.  Where one may
 * begin in code is told by two bytes: surely not, surely not unless four of
 * them are in `grams`, or that it may.  In all else only what ends it counts.
 */

#define CONSENT_INLINE_STOPS  19        /* states of the lexer */

#define CONSENT_BEGIN_GRAM    1
#define CONSENT_BEGIN_MAYBE   2

typedef struct {
    uint8_t               pairs[256][64];       /* two bits for each */
    consent_scan_grams_t  grams;
    consent_scan_set_t    stops[CONSENT_INLINE_STOPS];
    consent_scan_set_t    single;               /* of a string in '' */
    consent_scan_set_t    text;                 /* of either kind of string */
} consent_inline_begins_t;

struct consent_inline_index_s {
    const consent_scan_t      *scan;
    consent_inline_begins_t   *begins;
    consent_inline_node_t     *nodes;
    uint32_t                   nnodes;
    uint32_t                   root[CONSENT_INLINE_PLANES];
    consent_inline_literal_t  *literals;
    uint32_t                   nliterals;
    uint32_t                   longest;     /* symbols of one */
    consent_scan_anchors_t    *set;
    consent_inline_anchor_t   *anchors;     /* two for each literal */
    uint32_t                  *places;      /* into anchors */
    consent_inline_slot_t     *slots;
    unsigned                   shift;   /* of a gram's hash, for its slot */
    unsigned                   blind:1; /* a literal has no anchor */
};


/* The filter, for the literals that are there (consent_inline_anchor.c);
   CONSENT_ERROR without memory. */
int consent_inline_anchors(const consent_mem_t *mem,
    consent_inline_index_t *index);


/* What other literals may have had where one begins, once there are anchors
   (consent_inline_under.c); CONSENT_ERROR without memory. */
int consent_inline_under(const consent_mem_t *mem,
    consent_inline_index_t *index);


/* The first of the lexer's states; the others are its own. */
#define CONSENT_LEX_CODE  0

#define CONSENT_INLINE_IS_WORD   1
#define CONSENT_INLINE_IS_SPACE  2
#define CONSENT_INLINE_IS_PLAIN  4

/* What a byte is in code: part of a word, white space, an operator that
   never opens or ends anything; or one that does. */
extern const uint8_t  consent_inline_class[256];

/* The first byte of U+2028 and U+2029, which end lines; and 1 for what may be
   their last. */

#define CONSENT_INLINE_SEPARATOR  0xe2

static inline int
consent_inline_separates(uint8_t c)
{
    return (c & 0xfe) == 0xa8;
}


static inline uint8_t
consent_inline_fold(uint8_t c)
{
    return c == '\'' || c == '`' ? '"' : c;
}


/* Symbols that one byte can bring about: "<!-" held back, and itself. */
#define CONSENT_INLINE_BURST  8


/* Symbols on their way from the lexer. */

typedef struct {
    uint16_t  symbol[CONSENT_INLINE_BURST];
    unsigned  n;
} consent_inline_out_t;

static inline int
consent_inline_in_code(const consent_inline_t *in)
{
    return in->state == CONSENT_LEX_CODE;
}

/* 1 if code has ended inside a word, or may have. */
static inline int
consent_inline_in_word(const consent_inline_t *in)
{
    return consent_inline_in_code(in) && !in->gap
           && (consent_inline_class[in->last] & CONSENT_INLINE_IS_WORD);
}

/* 1 in a string in '' or "", where the next byte is one of it or ends it. */
int consent_inline_in_string(const consent_inline_t *in);

/* 1 in a comment, or where one may have begun. */
int consent_inline_in_comment(const consent_inline_t *in);

/*
 * 1 if the lexer has to guess what the code behind c is, the next byte: if a
 * slash divides or begins a regular expression, if "<!--" is a comment, which
 * it is not in modules, or if the first line is one (ECMA-262, 12.5).
 */
int consent_inline_doubts(const consent_inline_t *in, uint8_t c);

/* One more byte of the word that code ends with. */
void consent_inline_keep(consent_inline_t *in, uint8_t c);

/* Over white space in code. */
const uint8_t *consent_inline_skip_space(consent_inline_t *in,
    const uint8_t *p, const uint8_t *end);

/* One byte.  out: the symbols that it brings about; what brings none is
   counted as silent. */
void consent_inline_byte(consent_inline_t *in, consent_inline_out_t *out,
    uint8_t c);

/*
 * Passes over bytes while no literal is under way, as far as one may begin,
 * or what consent_inline_byte() has to see; at least the last byte is left,
 * unless it is inside of something.  quiet: none that begins is to be found.
 */
const uint8_t *consent_inline_skip(consent_inline_t *in,
    const consent_inline_index_t *literals, const uint8_t *p,
    const uint8_t *end, int quiet);

/* 0 if no literal begins at p, that has a byte behind it. */
static inline int
consent_inline_may_begin(const consent_inline_begins_t *begins,
    const uint8_t *p, const uint8_t *end)
{
    unsigned  pair;

    pair = begins->pairs[*p][p[1] >> 2] >> (p[1] & 3) * 2 & 3;

    if (pair != CONSENT_BEGIN_GRAM || end - p < CONSENT_SCAN_GRAM) {
        return pair != 0;
    }

    /* a line that is continued may tear the gram apart */

    return consent_scan_grams_has(&begins->grams, consent_scan_gram(p))
           || p[2] == '\\' || p[3] == '\\';
}


/* The bytes at which the lexer has to look in strings, comments and their
   like, by its states; NULL: at all. */
extern const char *const  consent_inline_stops[CONSENT_INLINE_STOPS];

/*
 * Lexes data, at least `need` bytes of it, and then on while a literal is
 * under way; returns how many bytes that were.  If single, no further than
 * one more service is found.
 */
size_t consent_inline_lex(const consent_rules_t *rules, consent_inline_t *in,
    consent_str_t data, size_t need, int single);

/* The same where no literal that may be found begins. */
void consent_inline_pass(const consent_inline_index_t *literals,
    consent_inline_t *in, consent_str_t data);


#endif /* CONSENT_INLINE_H */

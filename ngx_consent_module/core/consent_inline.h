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
 * in one piece wherever the literal does.  The two grams in them are in
 * `grams`, of which the scanner looks at every second byte; what it finds is
 * looked up in `slots`, by its consent_scan_gram().
 */

typedef struct {
    uint32_t  literal;
    uint16_t  symbol;                   /* of the literal, that stands */
    uint16_t  skip;                     /* so far behind the gram's begin */
} consent_inline_anchor_t;

typedef struct {
    uint32_t  gram;
    uint32_t  first;                    /* into anchors */
    uint32_t  n;                        /* 0: the slot is empty */
} consent_inline_slot_t;

typedef struct {
    const uint16_t  *symbols;
    uint32_t         n;
    int              service;
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
} consent_inline_begins_t;

struct consent_inline_index_s {
    const consent_scan_t      *scan;
    consent_inline_begins_t   *begins;
    consent_inline_node_t     *nodes;
    uint32_t                   nnodes;
    uint32_t                   root[CONSENT_INLINE_PLANES];
    consent_inline_literal_t  *literals;
    uint32_t                   nliterals;
    consent_scan_grams_t      *grams;
    consent_inline_anchor_t   *anchors;
    uint32_t                   nanchors;
    consent_inline_slot_t     *slots;
    uint32_t                   mask;    /* of slots; their number less 1 */
    unsigned                   blind:1; /* a literal has no anchor */
};


/* The filter, for the literals that are there (consent_inline_anchor.c);
   CONSENT_ERROR without memory. */
int consent_inline_anchors(const consent_mem_t *mem,
    consent_inline_index_t *index);


#define CONSENT_INLINE_IS_WORD   1
#define CONSENT_INLINE_IS_SPACE  2
#define CONSENT_INLINE_IS_PLAIN  4

/* What a byte is in code: part of a word, white space, an operator that
   never opens or ends anything; or one that does. */
extern const uint8_t  consent_inline_class[256];

static inline uint8_t
consent_inline_fold(uint8_t c)
{
    return c == '\'' || c == '`' ? '"' : c;
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


#endif /* CONSENT_INLINE_H */

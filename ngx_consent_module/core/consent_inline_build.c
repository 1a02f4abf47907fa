/*
 * Building the automaton of inline literals.
 */

#include <string.h>

#include "consent_inline.h"


static uint32_t *
consent_inline_edge(consent_inline_index_t *index, uint32_t node,
    uint16_t symbol)
{
    uint32_t  *edge;

    if (node == 0) {
        return &index->root[symbol];
    }

    edge = &index->nodes[node].child;

    while (*edge != 0 && index->nodes[*edge].symbol != symbol) {
        edge = &index->nodes[*edge].sibling;
    }

    return edge;
}


static void
consent_inline_insert(consent_inline_index_t *index,
    const consent_inline_literal_t *literal, uint32_t rule)
{
    uint16_t  symbol;
    uint32_t  i, node, *edge;

    node = 0;

    for (i = 0; i < literal->n; i++) {
        symbol = literal->symbols[i] & ~CONSENT_INLINE_JOINED;
        edge = consent_inline_edge(index, node, symbol);

        if (*edge == 0) {
            index->nodes[index->nnodes].symbol = symbol;
            *edge = index->nnodes++;
        }

        node = *edge;
    }

    /* Of equal literals the later loaded one counts. */

    if (node != 0) {
        index->nodes[node].output = rule + 1;
    }
}


/* The node that a failed match goes on from, for a child of node. */
static uint32_t
consent_inline_fail(consent_inline_index_t *index, uint32_t node,
    uint16_t symbol)
{
    uint32_t  next;

    while (node != 0) {
        node = index->nodes[node].fail;
        next = *consent_inline_edge(index, node, symbol);

        if (next != 0) {
            return next;
        }
    }

    return 0;
}


/* Breadth first; queue holds nnodes entries. */
static void
consent_inline_link(consent_inline_index_t *index, uint32_t *queue)
{
    uint32_t                i, head, tail, child;
    consent_inline_node_t  *node, *fail;

    head = 0;
    tail = 0;

    for (i = 0; i < CONSENT_INLINE_PLANES; i++) {
        if (index->root[i] != 0) {
            queue[tail++] = index->root[i];
        }
    }

    while (head < tail) {
        i = queue[head++];
        node = &index->nodes[i];
        fail = &index->nodes[node->fail];

        node->next = fail->output ? node->fail : fail->next;

        for (child = node->child;
             child != 0;
             child = index->nodes[child].sibling)
        {
            index->nodes[child].fail =
                consent_inline_fail(index, i, index->nodes[child].symbol);
            queue[tail++] = child;
        }
    }
}


/* Marks the symbols that are joined to the one before them. */
static void
consent_inline_join(uint16_t *symbols, uint32_t n)
{
    uint8_t   c;
    uint32_t  i;

    for (i = 0; i < n; i++) {
        c = (uint8_t) symbols[i];

        if (symbols[i] < CONSENT_INLINE_CODE
            ? c != '}'
            : symbols[i] < CONSENT_INLINE_WORD
              && consent_inline_class[c] & CONSENT_INLINE_IS_WORD)
        {
            symbols[i] |= CONSENT_INLINE_JOINED;
        }
    }
}


static unsigned
consent_inline_escapes(const consent_inline_literal_t *literal)
{
    uint32_t  i;

    for (i = 0; i < literal->n; i++) {
        if (literal->symbols[i] == (CONSENT_INLINE_JOINED|'\\')) {
            return 1;
        }
    }

    return 0;
}


/* 1 if the symbol is one byte that stands right behind the one before it. */
static int
consent_inline_sure(uint16_t symbol)
{
    return symbol & CONSENT_INLINE_JOINED
           && ((symbol & ~CONSENT_INLINE_JOINED) >= CONSENT_INLINE_CODE
               || strchr("/\\\"", (uint8_t) symbol) == NULL);
}


/*
 * What the first two bytes say of a literal.  Behind the first, white space,
 * a comment, or a backslash before what is meant may stand.
 */

static unsigned
consent_inline_pair(const consent_inline_literal_t *literal, uint8_t second)
{
    if (literal->n < CONSENT_SCAN_GRAM) {
        return CONSENT_BEGIN_MAYBE;
    }

    if (consent_inline_class[second] & CONSENT_INLINE_IS_SPACE
        || second == '/' || second == '<' || second == '\\')
    {
        return CONSENT_BEGIN_MAYBE;
    }

    if (consent_inline_fold(second) != (uint8_t) literal->symbols[1]) {
        return 0;
    }

    return consent_inline_sure(literal->symbols[2])
           && consent_inline_sure(literal->symbols[3])
           ? CONSENT_BEGIN_GRAM : CONSENT_BEGIN_MAYBE;
}


/* first: a byte that the literal may begin with. */
static void
consent_inline_begin(consent_inline_begins_t *begins,
    const consent_inline_literal_t *literal, uint8_t first)
{
    uint8_t   gram[CONSENT_SCAN_GRAM];
    unsigned  c, pair;

    gram[0] = first;
    gram[2] = (uint8_t) literal->symbols[2];
    gram[3] = (uint8_t) literal->symbols[3];

    for (c = 0; c < 256; c++) {
        pair = consent_inline_pair(literal, (uint8_t) c);

        begins->pairs[first][c >> 2] |= (uint8_t) (pair << (c & 3) * 2);

        if (pair == CONSENT_BEGIN_GRAM) {
            gram[1] = (uint8_t) c;
            consent_scan_grams_add(&begins->grams, consent_scan_gram(gram));
        }
    }
}


static int
consent_inline_begins(const consent_mem_t *mem, consent_inline_index_t *index)
{
    uint32_t                  i, first;
    consent_inline_begins_t  *begins;

    begins = consent_calloc(mem, sizeof(consent_inline_begins_t));
    if (begins == NULL) {
        return CONSENT_ERROR;
    }

    index->begins = begins;

    for (i = 0; i < index->nliterals; i++) {
        for (first = 0; first < 256; first++) {
            if (consent_inline_fold((uint8_t) first)
                == (uint8_t) index->literals[i].symbols[0])
            {
                consent_inline_begin(begins, &index->literals[i],
                                     (uint8_t) first);
            }
        }
    }

    for (i = 0; i < CONSENT_INLINE_STOPS; i++) {
        if (consent_inline_stops[i] != NULL) {
            consent_scan_set(&begins->stops[i], consent_inline_stops[i]);
        }
    }

    consent_scan_set(&begins->single, "'\\\n\r");
    consent_scan_set(&begins->text, "\"'\\\n\r");

    return CONSENT_OK;
}


/* size: of all literals together. */
static int
consent_inline_literals(const consent_mem_t *mem,
    consent_inline_index_t *index, const consent_rules_t *rules, size_t size)
{
    uint32_t                   i;
    uint16_t                  *symbols;
    consent_inline_literal_t  *literal;

    symbols = consent_alloc(mem, size * sizeof(uint16_t));
    index->literals = consent_alloc(mem, (rules->nrules + 1)
                                         * sizeof(consent_inline_literal_t));

    if (symbols == NULL || index->literals == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].inline_literal.len == 0) {
            continue;
        }

        literal = &index->literals[index->nliterals++];
        literal->symbols = symbols;
        literal->service = rules->rules[i].service;
        literal->head = 0;
        literal->n = (uint32_t) consent_inline_symbols(
                                    rules->rules[i].inline_literal, symbols);
        consent_inline_join(symbols, literal->n);
        literal->escapes = consent_inline_escapes(literal);
        symbols += literal->n;

        if (index->longest < literal->n) {
            index->longest = literal->n;
        }

        consent_inline_insert(index, literal, i);
    }

    return CONSENT_OK;
}


int
consent_inline_build(consent_rules_index_t *index,
    const consent_rules_t *rules)
{
    size_t                   size;
    uint32_t                 i, *queue;
    consent_inline_index_t  *literals;

    literals = consent_calloc(&index->mem, sizeof(consent_inline_index_t));
    if (literals == NULL) {
        return CONSENT_ERROR;
    }

    index->literals = literals;
    size = 1;

    for (i = 0; i < rules->nrules; i++) {
        size += rules->rules[i].inline_literal.len * 4;
    }

    if (size > UINT32_MAX / 2) {
        return CONSENT_ERROR;
    }

    literals->nodes = consent_calloc(&index->mem,
                                     size * sizeof(consent_inline_node_t));
    queue = consent_alloc(&index->mem, size * sizeof(uint32_t));

    if (literals->nodes == NULL || queue == NULL) {
        return CONSENT_ERROR;
    }

    literals->nnodes = 1;

    if (consent_inline_literals(&index->mem, literals, rules, size)
        != CONSENT_OK
        || consent_inline_begins(&index->mem, literals) != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    consent_inline_link(literals, queue);

    if (consent_inline_anchors(&index->mem, literals) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return consent_inline_under(&index->mem, literals);
}

/*
 * Building the automaton of inline literals.
 */

#include <string.h>

#include "consent_rules_index.h"


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
consent_inline_insert(consent_inline_index_t *index, consent_str_t literal,
    uint32_t rule)
{
    size_t     i, n;
    uint16_t   symbols[CONSENT_INLINE_MAX * 4];
    uint32_t   node, *edge;

    n = consent_inline_symbols(literal, symbols);
    node = 0;

    for (i = 0; i < n; i++) {
        edge = consent_inline_edge(index, node, symbols[i]);

        if (*edge == 0) {
            index->nodes[index->nnodes].symbol = symbols[i];
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


int
consent_inline_build(consent_rules_index_t *index,
    const consent_rules_t *rules)
{
    size_t                   size;
    uint32_t                 i, *queue;
    consent_inline_index_t  *literals;

    literals = &index->literals;
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

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].inline_literal.len) {
            consent_inline_insert(literals, rules->rules[i].inline_literal,
                                  i);
        }
    }

    consent_inline_link(literals, queue);

    return CONSENT_OK;
}

/*
 * Inline scripts: an automaton of literals (Aho and Corasick) over what the
 * lexer passes on.
 */

#include <string.h>

#include "consent_inline.h"


static uint32_t
consent_inline_child(const consent_inline_index_t *index, uint32_t node,
    uint16_t symbol)
{
    uint32_t  child;

    if (node == 0) {
        return index->root[symbol];
    }

    for (child = index->nodes[node].child;
         child != 0 && index->nodes[child].symbol != symbol;
         child = index->nodes[child].sibling)
    {
        /* void */
    }

    return child;
}


static void
consent_inline_note(const consent_rules_t *rules, consent_inline_t *in,
    int rule)
{
    unsigned  i;

    for (i = 0; i < in->nfound; i++) {
        if (rules->rules[in->found[i]].service
            == rules->rules[rule].service)
        {
            return;
        }
    }

    if (in->nfound == CONSENT_INLINE_FOUND) {
        in->full = 1;
        return;
    }

    in->found[in->nfound++] = rule;
}


static void
consent_inline_match(const consent_rules_t *rules,
    const consent_inline_index_t *index, consent_inline_t *in,
    uint16_t symbol)
{
    uint32_t  node, next;

    node = in->node;

    for ( ;; ) {
        next = consent_inline_child(index, node, symbol);

        if (next != 0 || node == 0) {
            break;
        }

        node = index->nodes[node].fail;
    }

    in->node = next;

    if (next != 0 && index->nodes[next].output == 0) {
        next = index->nodes[next].next;
    }

    while (next != 0) {
        consent_inline_note(rules, in, (int) index->nodes[next].output - 1);
        next = index->nodes[next].next;
    }
}


void
consent_inline_pass(const consent_inline_index_t *literals,
    consent_inline_t *in, consent_str_t data)
{
    const uint8_t         *p, *end;
    consent_inline_out_t   out;

    end = data.data + data.len;
    in->node = 0;

    for (p = data.data; p < end; p++) {
        p = consent_inline_skip(in, literals, p, end, 1);

        if (p == end) {
            break;
        }

        consent_inline_byte(in, &out, *p);
    }
}


/* Where a literal under way goes on with the symbol, and none ends; or 0. */

static uint32_t
consent_inline_next(const consent_inline_index_t *literals, uint32_t node,
    unsigned symbol)
{
    uint32_t                      child;
    const consent_inline_node_t  *next;

    child = consent_inline_child(literals, node, (uint16_t) symbol);
    next = &literals->nodes[child];

    return next->output != 0 || next->next != 0 ? 0 : child;
}


/*
 * While literals are under way: over white space, and on inside a word or a
 * string as far as one of them goes on and none ends.
 */

static size_t
consent_inline_follow(const consent_inline_index_t *literals,
    consent_inline_t *in, consent_str_t data, size_t i)
{
    uint8_t   c;
    uint32_t  node;

    if (consent_inline_in_code(in)) {
        i = (size_t) (consent_inline_skip_space(in, data.data + i,
                                                data.data + data.len)
                      - data.data);
    }

    if (consent_inline_in_word(in)) {

        for ( /* void */ ; i < data.len; i++) {
            c = data.data[i];
            node = consent_inline_next(literals, in->node,
                                       CONSENT_INLINE_CODE + c);

            if ((consent_inline_class[c] & CONSENT_INLINE_IS_WORD) == 0
                || node == 0)
            {
                break;
            }

            in->node = node;
            consent_inline_keep(in, c);
            in->before = in->last;
            in->last = c;
        }

    } else if (consent_inline_in_string(in)) {

        for ( /* void */ ; i < data.len; i++) {
            c = data.data[i];
            node = consent_inline_next(literals, in->node,
                                       CONSENT_INLINE_STRING + c);

            if (literals->begins->text.member[c] || node == 0) {
                break;
            }

            in->node = node;
        }
    }

    return i;
}


size_t
consent_inline_lex(const consent_rules_t *rules, consent_inline_t *in,
    consent_str_t data, size_t need, int single)
{
    int                            code;
    size_t                         i;
    unsigned                       n, nfound, full;
    consent_inline_out_t           out;
    const consent_rules_index_t   *index;
    const consent_inline_index_t  *literals;

    index = rules->index;
    literals = index->literals;
    nfound = in->nfound;
    full = in->full;

    for (i = 0; i < data.len && !full; i++) {

        if (in->node == 0) {
            i = (size_t) (consent_inline_skip(in, literals, data.data + i,
                                              data.data + data.len, 0)
                          - data.data);

            if (i >= need || i == data.len) {
                return i;
            }

        } else {
            i = consent_inline_follow(literals, in, data, i);

            if (i == data.len) {
                return i;
            }
        }

        code = consent_inline_in_code(in);
        consent_inline_byte(in, &out, data.data[i]);

        for (n = 0; n < out.n; n++) {
            if (in->node != 0 || literals->root[out.symbol[n]] != 0) {
                consent_inline_match(rules, literals, in, out.symbol[n]);
            }
        }

        /* of a literal that is one symbol long so far the next bytes know,
           unless the symbol was held back */

        if (in->node != 0 && code && out.n == 1 && i + 1 < data.len
            && in->node == literals->root[out.symbol[0]]
            && !consent_inline_may_begin(literals->begins, data.data + i,
                                         data.data + data.len))
        {
            in->node = 0;
        }

        if (single && (in->nfound != nfound || in->full)) {
            return i + 1;
        }
    }

    return data.len;
}


int
consent_inline_searches(const consent_rules_t *rules)
{
    const consent_rules_index_t  *index;

    index = rules->index;

    return index->literals->nliterals != 0;
}


int
consent_inline_found(const consent_rules_t *rules,
    const consent_inline_t *in, unsigned n, consent_verdict_t *verdict)
{
    memset(verdict, 0, sizeof(consent_verdict_t));
    verdict->service = CONSENT_NO_SERVICE;
    verdict->rule = CONSENT_NO_RULE;

    if (n >= in->nfound) {
        return CONSENT_DECLINED;
    }

    verdict->rule = in->found[n];
    verdict->service = rules->rules[verdict->rule].service;
    verdict->purposes = rules->services[verdict->service].purposes;

    return CONSENT_OK;
}


void
consent_inline_verdict(const consent_rules_t *rules,
    const consent_inline_t *in, consent_verdict_t *verdict)
{
    unsigned           n;
    consent_verdict_t  other;

    (void) consent_inline_found(rules, in, 0, verdict);

    for (n = 1; consent_inline_found(rules, in, n, &other) == CONSENT_OK;
         n++)
    {
        verdict->purposes |= other.purposes;
    }

    /* More services than could be told apart: only who grants all gets it. */

    if (in->full) {
        verdict->purposes |= rules->all;
    }
}

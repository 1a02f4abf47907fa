/*
 * Inline scripts: what of them has to be lexed at all.
 *
 * The scanner finds the anchors of literals in the bytes as they are
 * (consent_inline_anchor.c).  Where one stands, the literal is compared with
 * the bytes around it, by rules that let through whatever the lexer could
 * take for the literal, and some more.  Only if it fits, the lexer is let
 * run up to there, from where it stopped the last time, and decides.
 *
 * So at any time the lexer has either read all that was fed, or no literal
 * was under way where it stopped, and none behind that has got as far as
 * its anchor.
 */

#include <string.h>

#include "consent_inline.h"


/* The script as far as it is known: the past, and the piece behind it. */

typedef struct {
    const uint8_t  *past;
    const uint8_t  *data;
    const uint8_t  *end;
    uint64_t        start;              /* offset of data in the script */
} consent_inline_text_t;


static int
consent_filter_in_string(uint16_t symbol)
{
    return symbol < CONSENT_INLINE_CODE && (uint8_t) symbol != '}';
}


/* 1 if white space or a comment can't stand before the symbol. */

static int
consent_filter_joined(uint16_t symbol)
{
    return consent_filter_in_string(symbol)
           || (symbol < CONSENT_INLINE_WORD
               && (consent_inline_class[(uint8_t) symbol]
                   & CONSENT_INLINE_IS_WORD));
}


static int
consent_filter_is_space(uint8_t c)
{
    return consent_inline_class[c] & CONSENT_INLINE_IS_SPACE;
}


static int
consent_filter_is_word(uint8_t c)
{
    return consent_inline_class[c] & CONSENT_INLINE_IS_WORD;
}


/* 1 if a comment may begin at p. */

static int
consent_filter_comment(const uint8_t *p, const uint8_t *end)
{
    switch (*p) {
    case '/':
        return end - p < 2 || p[1] == '/' || p[1] == '*';
    case '<':
        return end - p < 2 || p[1] == '!';
    case '-':
        return end - p < 2 || p[1] == '-';
    default:
        return 0;
    }
}


/*
 * 0 if the literal's symbols from i on don't stand at p; else 1, also if
 * that can't be told.  The literal has no escapes in strings.
 */

static int
consent_filter_ahead(const consent_inline_literal_t *literal, uint32_t i,
    const uint8_t *p, const uint8_t *end)
{
    uint16_t  symbol;

    for ( /* void */ ; i < literal->n; i++) {
        symbol = literal->symbols[i];

        if (!consent_filter_joined(symbol)) {

            while (p < end && consent_filter_is_space(*p)) {
                p++;
            }

            if (p == end || consent_filter_comment(p, end)) {
                return 1;
            }

        } else if (p == end) {
            return 1;

        } else if (*p == '\\' && symbol == '/') {

            if (++p == end) {
                return 1;
            }
        }

        if (consent_inline_fold(*p) != (uint8_t) symbol) {
            return 0;
        }

        p++;
    }

    return 1;
}


/*
 * Where the symbol before one that stands at p ends, or NULL: a comment
 * stands between, or may do so.  *line: a line's end was passed.
 */

static const uint8_t *
consent_filter_back(uint16_t symbol, const uint8_t *p, const uint8_t *start,
    int *line)
{
    if (consent_filter_in_string(symbol)) {
        return symbol == '/' && p > start && p[-1] == '\\' ? p - 1 : p;
    }

    if (consent_filter_joined(symbol)) {
        return p;
    }

    for ( /* void */ ; p > start && consent_filter_is_space(p[-1]); p--) {
        *line |= p[-1] == '\n' || p[-1] == '\r';
    }

    return p - start > 1 && p[-1] == '/' && p[-2] == '*' ? NULL : p;
}


/*
 * The same backwards, for the symbols before i, that stands at p.  whole: the
 * script begins at start.  Behind a line's end a line comment may stand, so
 * that nothing before it is sure.
 */

static int
consent_filter_behind(const consent_inline_literal_t *literal, uint32_t i,
    const uint8_t *p, const uint8_t *start, int whole)
{
    int  line;

    line = 0;

    for ( /* void */ ; i > 0; i--) {
        p = consent_filter_back(literal->symbols[i], p, start, &line);

        if (p == NULL) {
            return 1;
        }

        if (p == start) {
            return !whole;
        }

        p--;

        if (consent_inline_fold(*p) != (uint8_t) literal->symbols[i - 1]) {
            return line || (*p == '/' && p == start);
        }
    }

    return line || p == start || literal->symbols[0] < CONSENT_INLINE_WORD
           || !consent_filter_is_word(p[-1]);
}


static int
consent_filter_found(const consent_rules_t *rules,
    const consent_inline_t *in, int service)
{
    unsigned  i;

    for (i = 0; i < in->nfound; i++) {
        if (rules->rules[in->found[i]].service == service) {
            return 1;
        }
    }

    return 0;
}


static const consent_inline_slot_t *
consent_filter_slot(const consent_inline_index_t *index, uint32_t gram)
{
    uint32_t                      at;
    const consent_inline_slot_t  *slot;

    at = gram * CONSENT_SCAN_GRAM_FACTOR >> 8;

    for ( ;; at++) {
        slot = &index->slots[at & index->mask];

        if (slot->n == 0 || slot->gram == gram) {
            return slot;
        }
    }
}


/* 1 if a literal of a service not yet found may stand around the gram at p. */

static int
consent_filter_hit(const consent_rules_t *rules,
    const consent_inline_index_t *index, const consent_inline_t *in,
    const consent_inline_text_t *text, const uint8_t *p)
{
    uint32_t                         i;
    const consent_inline_slot_t     *slot;
    const consent_inline_anchor_t   *anchor;
    const consent_inline_literal_t  *literal;

    slot = consent_filter_slot(index, consent_scan_gram(p));

    for (i = 0; i < slot->n; i++) {
        anchor = &index->anchors[slot->first + i];
        literal = &index->literals[anchor->literal];

        if (literal->escapes) {
            return 1;
        }

        if (consent_filter_ahead(literal, anchor->symbol, p + anchor->skip,
                                 text->end)
            && consent_filter_behind(literal, anchor->symbol,
                                     p + anchor->skip, text->data,
                                     text->start == 0)
            && !consent_filter_found(rules, in, literal->service))
        {
            return 1;
        }
    }

    return 0;
}


/* Lets the lexer read up to p, and further while a literal is under way. */

static void
consent_filter_lex(const consent_rules_t *rules, consent_inline_t *in,
    const consent_inline_text_t *text, const uint8_t *p)
{
    size_t         at, need;
    consent_str_t  part;

    if (in->lexed < text->start) {
        part.data = text->past + in->lexed;
        part.len = (size_t) (text->start - in->lexed);
        (void) consent_inline_lex(rules, in, part, part.len, 0);
        in->lexed = text->start;
    }

    at = (size_t) (in->lexed - text->start);
    need = (size_t) (p - text->data);
    part.data = text->data + at;
    part.len = (size_t) (text->end - part.data);

    in->lexed += consent_inline_lex(rules, in, part,
                                    need > at ? need - at : 0, 0);
}


/*
 * The grams that begin in the tail, the last bytes of the piece before: if
 * one is known, the lexer decides.  Returns where the scan of the piece is
 * to begin, or NULL if the piece is too short for that; the tail has grown
 * then.
 */

static const uint8_t *
consent_filter_tail(const consent_rules_t *rules,
    const consent_inline_index_t *index, consent_inline_t *in,
    const consent_inline_text_t *text)
{
    int             hit;
    size_t          n, have;
    uint8_t         joint[sizeof(in->tail) + CONSENT_SCAN_GRAM];
    const uint8_t  *p, *end;

    have = (size_t) (text->end - text->data);
    have = have < CONSENT_SCAN_GRAM ? have : CONSENT_SCAN_GRAM;

    memcpy(joint, in->tail, in->ntail);
    memcpy(joint + in->ntail, text->data, have);

    hit = 0;
    end = joint + in->ntail + have;

    for (p = joint; p < joint + in->ntail; p += 2) {
        n = (size_t) (end - p);

        if (n < CONSENT_SCAN_GRAM) {
            break;
        }

        in->blind |= consent_scan_continued(p)
                     || consent_scan_continued(p + 1);
        hit |= consent_filter_slot(index, consent_scan_gram(p))->n != 0;
    }

    if (hit) {
        consent_filter_lex(rules, in, text, text->data + have);
    }

    if (p < joint + in->ntail) {
        in->ntail = (uint8_t) (end - p);
        memcpy(in->tail, p, in->ntail);
        return NULL;
    }

    return text->data + (p - (joint + in->ntail));
}


static void
consent_filter_scan(const consent_rules_t *rules,
    const consent_inline_index_t *index, consent_inline_t *in,
    const consent_inline_text_t *text)
{
    uint64_t        lexed;
    const uint8_t  *p;

    p = consent_filter_tail(rules, index, in, text);

    if (p == NULL) {
        return;
    }

    for ( ;; ) {
        p = index->scan->grams(p, text->end, index->grams);

        if (text->end - p < CONSENT_SCAN_GRAM) {
            break;
        }

        if (consent_scan_continued(p) || consent_scan_continued(p + 1)) {
            in->blind = 1;
            return;
        }

        if (!consent_filter_hit(rules, index, in, text, p)) {
            p += 2;
            continue;
        }

        consent_filter_lex(rules, in, text, p + CONSENT_SCAN_GRAM);

        /* an anchor whose first byte was lexed needs no look, but that byte
           may be the second of its gram */

        lexed = in->lexed - text->start;
        p = lexed > (uint64_t) (p - text->data) + 2
            ? text->data + lexed - 1 : p + 2;
    }

    in->ntail = (uint8_t) (text->end - p);
    memcpy(in->tail, p, in->ntail);
}


size_t
consent_inline_feed(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *data, size_t len)
{
    size_t                        n;
    const consent_rules_index_t  *index;

    index = rules->index;
    n = len;

    if (index->literals->nliterals) {
        n = consent_inline_lex(rules, in, (consent_str_t) { len, data }, len,
                               1);
    }

    in->ntail = 0;
    in->fed += n;
    in->lexed = in->fed;

    return n;
}


void
consent_inline_feed_kept(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *past, const uint8_t *data, size_t len)
{
    consent_inline_text_t          text;
    const consent_rules_index_t   *index;
    const consent_inline_index_t  *literals;

    index = rules->index;
    literals = index->literals;
    text = (consent_inline_text_t) { past, data, data + len, in->fed };

    in->fed += len;
    in->blind |= literals->blind;

    if (in->full || literals->nliterals == 0) {
        in->lexed = in->fed;
        return;
    }

    if (in->node != 0) {
        consent_filter_lex(rules, in, &text, data);
    }

    if (!in->blind) {
        consent_filter_scan(rules, literals, in, &text);
    }

    if (in->blind) {
        consent_filter_lex(rules, in, &text, text.end);
    }
}


void
consent_inline_settle(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *past, const uint8_t *data, size_t len)
{
    consent_inline_text_t  text;

    text = (consent_inline_text_t) { past, data, data + len, in->fed - len };

    if (in->lexed < in->fed) {
        consent_filter_lex(rules, in, &text, text.end);
    }

    in->ntail = 0;
}

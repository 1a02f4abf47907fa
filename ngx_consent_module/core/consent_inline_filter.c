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
    unsigned        nfound;             /* before */
    unsigned        single:1;           /* stop behind one more */
    unsigned        kept:1;             /* what is not lexed comes again */
} consent_inline_text_t;


/*
 * Where the lexer is to decide: up to offset `to`.  Of a literal that is to be
 * found no more than `under` symbols stand before `begin`, if that is not in a
 * comment.
 */

typedef struct {
    uint64_t  begin;
    uint64_t  to;
    uint32_t  under;
} consent_inline_place_t;


/* Bytes that are lexed for each of these symbols; if they were too few, so
   many times more.  It is not worth the while to pass over few bytes. */

#define CONSENT_FILTER_LEAD   2
#define CONSENT_FILTER_LEAST  16
#define CONSENT_FILTER_AGAIN  8
#define CONSENT_FILTER_WORTH  16

/* Bytes before and behind a gram that have to be there for the first look. */
#define CONSENT_FILTER_AROUND  (2 * CONSENT_SCAN_GRAM)


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


static int
consent_filter_differs(uint8_t c, uint16_t symbol)
{
    return c != (uint8_t) symbol
           && consent_inline_fold(c) != (uint8_t) symbol;
}


/* 1 if a comment may begin at p. */

static int
consent_filter_comment(const uint8_t *p, const uint8_t *end)
{
    if (*p != '/' && *p != '<' && *p != '-') {
        return 0;
    }

    return end - p < 2 || p[1] == (*p == '<' ? '!' : *p)
           || (*p == '/' && p[1] == '*');
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

        if ((symbol & CONSENT_INLINE_JOINED) == 0) {

            while (p < end && consent_filter_is_space(*p)) {
                p++;
            }

            if (p == end || consent_filter_comment(p, end)) {
                return 1;
            }

        } else if (p == end) {
            return 1;
        }

        if (consent_filter_differs(*p, symbol)) {

            /* but a slash may be escaped */

            if (symbol != CONSENT_INLINE_SLASH || *p != '\\') {
                return 0;
            }

            if (++p == end) {
                return 1;
            }

            if (*p != '/') {
                return 0;
            }
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
    if (symbol & CONSENT_INLINE_JOINED) {
        return symbol == CONSENT_INLINE_SLASH && p > start && p[-1] == '\\'
               ? p - 1 : p;
    }

    for ( /* void */ ; p > start && consent_filter_is_space(p[-1]); p--) {
        *line |= p[-1] == '\n' || p[-1] == '\r';
    }

    return p - start > 1 && p[-1] == '/' && p[-2] == '*' ? NULL : p;
}


/*
 * The same backwards, for the symbols before i, that stands at p.  whole: the
 * script begins at start.  Behind a line's end a line comment may stand, so
 * that nothing before it is sure.  *begin: where the literal begins; NULL if
 * that can't be told.
 */

static int
consent_filter_behind(const consent_inline_literal_t *literal, uint32_t i,
    const uint8_t *p, const uint8_t *start, int whole, const uint8_t **begin)
{
    int  line;

    line = 0;
    *begin = NULL;

    for ( /* void */ ; i > 0; i--) {
        p = consent_filter_back(literal->symbols[i], p, start, &line);

        if (p == NULL) {
            return 1;
        }

        if (p == start) {
            return !whole;
        }

        p--;

        if (consent_filter_differs(*p, literal->symbols[i - 1])) {
            return line || (*p == '/' && p == start)
                   || consent_inline_separates(*p);
        }
    }

    *begin = line ? NULL : p;

    return line || p == start || literal->symbols[0] < CONSENT_INLINE_WORD
           || !consent_filter_is_word(p[-1])
           || consent_inline_separates(p[-1]);
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
    const consent_inline_slot_t  *slot;

    slot = &index->slots[gram * CONSENT_SCAN_GRAM_FACTOR >> index->shift];

    while (slot->gram != gram && slot->n != 0) {
        slot++;
    }

    return slot;
}


/* What stands before p, of which nothing else is known. */

static consent_inline_place_t
consent_filter_place(const consent_inline_index_t *index,
    const consent_inline_text_t *text, const uint8_t *p)
{
    uint64_t  to;

    to = text->start + (uint64_t) (p - text->data);

    return (consent_inline_place_t) { to, to, index->longest };
}


/* Bytes that may stand where a symbol is expected, and it does nevertheless:
   white space, and what may begin or end a comment, or is a kind of quote, or
   a backslash before a slash. */

static const uint8_t  consent_filter_vague[256] = {
    ['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1, [' '] = 1,
    ['/'] = 1, ['<'] = 1, ['-'] = 1, ['"'] = 1, ['\''] = 1, ['`'] = 1,
    ['\\'] = 1, [0xa8] = 1, [0xa9] = 1
};


/*
 * 0 if the symbols next to those of an anchor surely don't stand around it,
 * as the byte that differs shows, which is the next to it that does.  p: where
 * its symbols are.  What it says is what consent_filter_ahead() and
 * consent_filter_behind() would say.  Around p there are
 * CONSENT_FILTER_AROUND bytes.
 */

static inline int
consent_filter_fits(const consent_inline_anchor_t *anchor, const uint8_t *p)
{
    uint32_t        odd;
    const uint8_t  *ahead;

    ahead = p + anchor->n;
    odd = (consent_scan_gram(ahead) ^ anchor->ahead) & anchor->ahead_mask;

    if (odd != 0
        && !consent_filter_vague[ahead[consent_scan_gram_first(odd)]])
    {
        return 0;
    }

    p -= CONSENT_SCAN_GRAM;
    odd = (consent_scan_gram(p) ^ anchor->behind) & anchor->behind_mask;

    return odd == 0 || consent_filter_vague[p[consent_scan_gram_last(odd)]];
}


/* 1 if a literal of a service not yet found may stand around the gram at p;
   the first of them tells the place. */

static int
consent_filter_hit(const consent_rules_t *rules,
    const consent_inline_index_t *index, const consent_inline_t *in,
    const consent_inline_text_t *text, const uint8_t *p,
    consent_inline_place_t *place)
{
    int                              inner;
    uint32_t                         i;
    const uint8_t                   *at, *begin, *first;
    const consent_inline_slot_t     *slot;
    const consent_inline_anchor_t   *anchor;
    const consent_inline_literal_t  *literal;

    slot = consent_filter_slot(index, consent_scan_gram(p));
    inner = text->end - p >= CONSENT_FILTER_AROUND
            && p - text->data >= CONSENT_FILTER_AROUND;
    first = NULL;

    for (i = 0; i < slot->n; i++) {
        anchor = &index->anchors[index->places[slot->first + i]];
        at = p + anchor->skip;

        if (inner && !consent_filter_fits(anchor, at)) {
            continue;
        }

        literal = &index->literals[anchor->literal];
        begin = NULL;

        if (!literal->escapes
            && (consent_filter_found(rules, in, literal->service)
                || !consent_filter_ahead(literal, anchor->symbol + anchor->n,
                                         at + anchor->n, text->end)
                || !consent_filter_behind(literal, anchor->symbol, at,
                                          text->data, text->start == 0,
                                          &begin)))
        {
            continue;
        }

        if (first == NULL || begin == NULL) {
            *place = consent_filter_place(index, text, p + CONSENT_SCAN_GRAM);
        }

        if (begin == NULL) {
            return 1;
        }

        if (first == NULL || begin < first) {
            first = begin;
            place->begin = text->start + (uint64_t) (begin - text->data);
            place->under = literal->under;
        }
    }

    return first != NULL;
}


/* 1 if one more service was found, and the caller is to know by which byte. */

static int
consent_filter_stops(const consent_inline_t *in,
    const consent_inline_text_t *text)
{
    return text->single && (in->nfound != text->nfound || in->full);
}


/* What the lexer has not read up to offset `to`, as far as it is one piece. */

static consent_str_t
consent_filter_part(const consent_inline_t *in,
    const consent_inline_text_t *text, uint64_t to)
{
    consent_str_t  part;

    if (in->lexed < text->start) {
        to = to < text->start ? to : text->start;
        part.data = text->past + in->lexed;

    } else {
        part.data = text->data + (in->lexed - text->start);
    }

    part.len = (size_t) (to - in->lexed);

    return part;
}


/* Up to `to`, and further while a literal is under way. */

static void
consent_filter_read(const consent_rules_t *rules, consent_inline_t *in,
    const consent_inline_text_t *text, uint64_t to)
{
    uint64_t       end;
    consent_str_t  part;

    end = text->start + (uint64_t) (text->end - text->data);

    while (in->lexed < text->start) {
        part = consent_filter_part(in, text, text->start);
        in->lexed += consent_inline_lex(rules, in, part, part.len, 0);
    }

    part = consent_filter_part(in, text, end);
    in->lexed += consent_inline_lex(rules, in, part,
                                    to > in->lexed ? to - in->lexed : 0,
                                    (int) text->single);
}


/*
 * The same, but no literal is looked for that begins more than `lead` bytes
 * before the place.  CONSENT_DECLINED if one may be under way there.
 */

static int
consent_filter_jump(const consent_rules_t *rules, consent_inline_t *in,
    const consent_inline_text_t *text, const consent_inline_place_t *place,
    uint64_t lead)
{
    uint64_t                       symbols, silent;
    consent_str_t                  part;
    consent_inline_t               before;
    const consent_inline_index_t  *literals;

    literals = ((const consent_rules_index_t *) rules->index)->literals;
    before = *in;

    while (in->lexed < place->begin - lead) {
        part = consent_filter_part(in, text, place->begin - lead);
        consent_inline_pass(literals, in, part);
        in->lexed += part.len;
    }

    silent = in->silent;

    while (in->lexed < place->begin && !consent_filter_stops(in, text)) {
        part = consent_filter_part(in, text, place->begin);
        in->lexed += consent_inline_lex(rules, in, part, part.len,
                                        (int) text->single);
    }

    symbols = lead - (in->silent - silent);

    if (in->lexed < place->begin
        || (symbols < literals->longest
            && (symbols < place->under || consent_inline_in_comment(in))))
    {
        *in = before;
        return CONSENT_DECLINED;
    }

    if (!consent_filter_stops(in, text)) {
        consent_filter_read(rules, in, text, place->to);
    }

    return CONSENT_OK;
}


/* The lexer decides. */

static void
consent_filter_lex(const consent_rules_t *rules, consent_inline_t *in,
    const consent_inline_text_t *text, const consent_inline_place_t *place)
{
    uint64_t  lead;

    lead = (uint64_t) place->under * CONSENT_FILTER_LEAD;

    while (!in->blind
           && place->begin > in->lexed + lead + CONSENT_FILTER_WORTH)
    {
        if (consent_filter_jump(rules, in, text, place, lead) == CONSENT_OK) {
            return;
        }

        lead = (lead + CONSENT_FILTER_LEAST) * CONSENT_FILTER_AGAIN;
    }

    consent_filter_read(rules, in, text, place->to);
}


/* The lexer decides on what stands before p. */

static void
consent_filter_lex_to(const consent_rules_t *rules, consent_inline_t *in,
    const consent_inline_text_t *text, const uint8_t *p)
{
    consent_inline_place_t        place;
    const consent_rules_index_t  *index;

    index = rules->index;
    place = consent_filter_place(index->literals, text, p);

    consent_filter_lex(rules, in, text, &place);
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
        consent_filter_lex_to(rules, in, text, text->data + have);
    }

    if (p < joint + in->ntail) {
        in->ntail = (uint8_t) (end - p);
        memcpy(in->tail, p, in->ntail);
        return NULL;
    }

    return text->data + (p - (joint + in->ntail));
}


/* What was found at p; returns where the scan is to go on. */

static const uint8_t *
consent_filter_stop(const consent_rules_t *rules,
    const consent_inline_index_t *index, consent_inline_t *in,
    const consent_inline_text_t *text, const uint8_t *p)
{
    uint64_t                lexed;
    consent_inline_place_t  place;

    if (consent_scan_continued(p) || consent_scan_continued(p + 1)) {
        in->blind = 1;
        return p;
    }

    if (!consent_filter_hit(rules, index, in, text, p, &place)) {
        return p + 2;
    }

    consent_filter_lex(rules, in, text, &place);

    /* what has begun before was read to its end */

    lexed = in->lexed - text->start;

    return lexed > (uint64_t) (p - text->data) + 2 ? text->data + lexed
                                                   : p + 2;
}


/* The piece; what is left of it unscanned becomes the tail. */

static void
consent_filter_scan(const consent_rules_t *rules,
    const consent_inline_index_t *index, consent_inline_t *in,
    const consent_inline_text_t *text)
{
    const uint8_t         *p, *at, *next;
    consent_scan_stops_t   stops;

    p = in->ntail == 0 ? text->data
                       : consent_filter_tail(rules, index, in, text);

    if (p == NULL) {
        return;
    }

    while (!in->blind && !consent_filter_stops(in, text)) {
        index->scan->anchors(index->set, text->data, p, text->end, &stops);

        if (stops.bits == 0) {
            p = stops.p;
            break;
        }

        p = stops.next;

        for ( /* void */ ; stops.bits != 0 && !consent_filter_stops(in, text);
              stops.bits &= stops.bits - 1)
        {
            at = stops.p + __builtin_ctz(stops.bits);
            next = consent_filter_stop(rules, index, in, text, at);

            if (next != at + 2) {
                p = next;
                break;
            }
        }
    }

    if (text->end - p < CONSENT_SCAN_GRAM) {
        in->ntail = (uint8_t) (text->end - p);
        memcpy(in->tail, p, in->ntail);
    }
}


static void
consent_filter_feed(const consent_rules_t *rules, consent_inline_t *in,
    const consent_inline_text_t *text)
{
    const consent_rules_index_t  *index;

    index = rules->index;

    if (index->literals->nliterals == 0 || in->full) {
        in->lexed = in->fed;
        return;
    }

    in->blind |= index->literals->blind;

    if (in->node != 0) {
        consent_filter_read(rules, in, text, 0);
    }

    if (!in->blind) {
        consent_filter_scan(rules, index->literals, in, text);
    }

    if ((in->blind || !text->kept) && in->lexed < in->fed
        && !consent_filter_stops(in, text))
    {
        consent_filter_lex_to(rules, in, text, text->end);
    }
}


/* What the lexer has read to the end needs no tail: a literal that has begun
   is under way in the automaton. */

static size_t
consent_filter_feed_all(const consent_rules_t *rules, consent_inline_t *in,
    consent_inline_text_t *text)
{
    text->start = in->fed;
    text->nfound = in->nfound;

    in->ntail = 0;
    in->fed += (uint64_t) (text->end - text->data);

    consent_filter_feed(rules, in, text);

    in->ntail = 0;
    in->fed = in->lexed;

    return (size_t) (in->fed - text->start);
}


void
consent_inline_feed(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *data, size_t len)
{
    consent_inline_text_t  text;

    text = (consent_inline_text_t) { .data = data, .end = data + len };

    (void) consent_filter_feed_all(rules, in, &text);
}


size_t
consent_inline_find(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *data, size_t len)
{
    consent_inline_text_t  text;

    text = (consent_inline_text_t) { .data = data, .end = data + len,
                                     .single = 1 };

    return consent_filter_feed_all(rules, in, &text);
}


void
consent_inline_feed_kept(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *past, const uint8_t *data, size_t len)
{
    consent_inline_text_t  text;

    text = (consent_inline_text_t) { past, data, data + len, in->fed, 0, 0,
                                     1 };
    in->fed += len;

    consent_filter_feed(rules, in, &text);
}


void
consent_inline_settle(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *past, const uint8_t *data, size_t len)
{
    consent_inline_text_t  text;

    if (in->lexed < in->fed) {
        text = (consent_inline_text_t) { past, data, data + len,
                                         in->fed - len, 0, 0, 1 };
        consent_filter_lex_to(rules, in, &text, text.end);
    }
}

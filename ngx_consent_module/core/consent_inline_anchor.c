/*
 * Anchors of inline literals: which five bytes of a literal the filter looks
 * for.
 *
 * A literal's symbols do not say which bytes stand in the source: there may
 * be white space or a comment between two of them, three kinds of quotes, a
 * backslash before a slash.  But a word, and a string between its slashes,
 * stand in one piece; and what can stand right before or behind such a piece
 * is one of few bytes.  So an anchor is five places in a row with the bytes
 * that each may hold, and its grams are all that can be made of them.
 *
 * A string may also be continued on the next line between any two of its
 * bytes: where a backslash ends a line, the filter is not asked.
 */

#include <stdlib.h>
#include <string.h>

#include "consent_inline.h"


#define CONSENT_PLACE_MAX   16


/* Bytes that may stand in one place; the first is the one to be expected. */

typedef struct {
    unsigned  n;
    uint8_t   byte[CONSENT_PLACE_MAX];
} consent_place_set_t;


/* n symbols, from `first` on, stand from place number `skip`, 0 or 1, on. */

typedef struct {
    uint32_t             first;
    uint32_t             n;
    uint32_t             skip;
    consent_place_set_t  place[CONSENT_SCAN_ANCHOR];
} consent_anchor_t;


/*
 * What a gram costs, by a hash of it that it shares with few others: more
 * with every literal that holds it, and if it is common in scripts.  And what
 * each of its letters adds.
 */

#define CONSENT_ANCHOR_COST_SHIFT  17
#define CONSENT_ANCHOR_SHARED      2
#define CONSENT_ANCHOR_COMMON      50
#define CONSENT_ANCHOR_COMMONEST   500

typedef struct {
    uint32_t  gram[1 << (32 - CONSENT_ANCHOR_COST_SHIFT)];
    uint8_t   letter[256];
} consent_anchor_costs_t;


/* A gram on its way into the index. */

typedef struct {
    uint32_t  gram;
    uint32_t  anchor;
} consent_inline_gram_t;


/* 1 if symbol i is one byte that stands right behind the one before it,
   whatever the source. */

static int
consent_anchor_sure(const consent_inline_literal_t *literal, uint32_t i)
{
    uint8_t   c;
    uint16_t  symbol;

    symbol = literal->symbols[i];
    c = (uint8_t) symbol;

    if ((symbol & CONSENT_INLINE_JOINED) == 0) {
        return 0;
    }

    return (symbol & CONSENT_INLINE_CODE)
           || (c != '/' && c != '\\'
               && (uint8_t) literal->symbols[i - 1] != '\\');
}


static void
consent_anchor_add(consent_place_set_t *place, const char *bytes)
{
    for ( /* void */ ; *bytes; bytes++) {
        place->byte[place->n++] = (uint8_t) *bytes;
    }
}


/* The bytes that a symbol may be made of. */

static void
consent_anchor_symbol(consent_place_set_t *place, uint16_t symbol)
{
    place->n = 0;
    place->byte[place->n++] = (uint8_t) symbol;

    if ((uint8_t) symbol == '"') {
        consent_anchor_add(place, "'`");
    }
}


/* What may stand right before symbol i; a comment may end with U+2028, too. */

static void
consent_anchor_before(consent_place_set_t *place,
    const consent_inline_literal_t *literal, uint32_t i)
{
    consent_anchor_symbol(place, literal->symbols[i - 1]);

    consent_anchor_add(place, literal->symbols[i] & CONSENT_INLINE_JOINED
                              ? "\\" : " \t\n\v\f\r/\xa8\xa9");
}


/* What may stand right behind the symbol before symbol i. */

static void
consent_anchor_behind(consent_place_set_t *place,
    const consent_inline_literal_t *literal, uint32_t i)
{
    consent_anchor_symbol(place, literal->symbols[i]);

    consent_anchor_add(place, literal->symbols[i] & CONSENT_INLINE_JOINED
                              ? "\\" : " \t\n\v\f\r/<");
}


/*
 * The anchor whose first symbol is `first`, and in which that one stands in
 * place number `skip`; CONSENT_DECLINED if there is none.
 */

static int
consent_anchor_at(consent_anchor_t *anchor,
    const consent_inline_literal_t *literal, uint32_t first, uint32_t skip)
{
    uint32_t  i, n;

    anchor->first = first;
    anchor->skip = skip;

    if (skip) {
        if (first == 0) {
            return CONSENT_DECLINED;
        }

        consent_anchor_before(&anchor->place[0], literal, first);
    }

    for (i = first, n = skip; n < CONSENT_SCAN_ANCHOR; i++, n++) {

        if (i == literal->n) {
            return CONSENT_DECLINED;
        }

        if (i > first && !consent_anchor_sure(literal, i)) {

            if (n < CONSENT_SCAN_ANCHOR - 1) {
                return CONSENT_DECLINED;
            }

            consent_anchor_behind(&anchor->place[n], literal, i);
            break;
        }

        consent_anchor_symbol(&anchor->place[n], literal->symbols[i]);
    }

    anchor->n = i - first;

    return CONSENT_OK;
}


/*
 * How often a gram is to be expected in scripts.  Only the order of the
 * costs counts: grams of the commonest words are the worst; for the others
 * the commonness of their letters has to do.
 */

static const consent_str_t  consent_anchor_commonest = consent_string(
    "function function function =window. document return script this length "
    ".createElement( .push( text/javascript https:// http://www. http:\\/\\/ "
    "//www. //cdn. .com/ .net/ /js/ .js");

static const consent_str_t  consent_anchor_common = consent_string(
    "getElementsByTagNameById createElement appendChild insertBefore "
    "parentNode setAttribute prototype undefined location protocol "
    "cdn static assets config init load event callback "
    "push async true false null typeof object string number array value "
    "name type text data item list index default options content image "
    "title page site view user email account start track tracking order "
    "layer player widget click style class width height color media google "
    "analytics create embed notify translate replace split match slice "
    "concat module exports require call apply code install active inner "
    "query selector children element style target version error result "
    "message country language category product article section display "
    "position background container button label header footer "
    "play display( track( .com/ createElement attribute Image .set( .prototype "
    ".jpg .png .gif Name _type Type this. .insert support general ready( "
    "/category/ video browser order .var init( .init Status \"in \"con catch( "
    "parts paragraph Media ElementsBy admin template service subscribe public "
    "call( .call links /this .cmd component style= false} .type external "
    "config. \\/co .log( social page handler options getTime include math "
    "tracker privacy policy layer vertical reset opacity animation check "
    "desktop mobile redirect object( mode= .src= .href <a href= :// /js/ "
    ".min.js .net/ .org/ .html .php assets images plugins themes upload "
    "recent session consent cookie campaign banner");


static uint32_t *
consent_anchor_cost(consent_anchor_costs_t *costs, const uint8_t *gram)
{
    return &costs->gram[consent_scan_gram(gram) * CONSENT_SCAN_GRAM_FACTOR
                        >> CONSENT_ANCHOR_COST_SHIFT];
}


static void
consent_anchor_cost_text(consent_anchor_costs_t *costs, consent_str_t text,
    uint32_t cost)
{
    size_t  i;

    for (i = 0; i + CONSENT_SCAN_GRAM <= text.len; i++) {
        *consent_anchor_cost(costs, text.data + i) += cost;
    }
}


/* What is among the commonest is so whoever shares it: all literals that
   can't do without it are to have the same. */

static void
consent_anchor_cost_literal(consent_anchor_costs_t *costs,
    const consent_inline_literal_t *literal)
{
    uint8_t   gram[CONSENT_SCAN_GRAM];
    uint32_t  i, n;

    for (i = 0; i + CONSENT_SCAN_GRAM <= literal->n; i++) {

        for (n = 0; n < CONSENT_SCAN_GRAM; n++) {
            gram[n] = (uint8_t) literal->symbols[i + n];
        }

        if (*consent_anchor_cost(costs, gram) < CONSENT_ANCHOR_COMMONEST) {
            *consent_anchor_cost(costs, gram) += CONSENT_ANCHOR_SHARED;
        }
    }
}


static consent_anchor_costs_t *
consent_anchor_costs(const consent_mem_t *mem,
    const consent_inline_index_t *index)
{
    uint32_t                 i;
    const char              *p;
    consent_anchor_costs_t  *costs;

    costs = consent_alloc(mem, sizeof(consent_anchor_costs_t));
    if (costs == NULL) {
        return NULL;
    }

    memset(costs->gram, 0, sizeof(costs->gram));
    memset(costs->letter, 3, sizeof(costs->letter));

    for (p = "lcdumpfgh."; *p; p++) {
        costs->letter[(uint8_t) *p] = 5;
    }

    for (p = "etaoinsr"; *p; p++) {
        costs->letter[(uint8_t) *p] = 8;
    }

    consent_anchor_cost_text(costs, consent_anchor_commonest,
                             CONSENT_ANCHOR_COMMONEST);
    consent_anchor_cost_text(costs, consent_anchor_common,
                             CONSENT_ANCHOR_COMMON);

    for (i = 0; i < index->nliterals; i++) {
        consent_anchor_cost_literal(costs, &index->literals[i]);
    }

    return costs;
}


static uint32_t
consent_anchor_gram_cost(const consent_anchor_costs_t *costs,
    const consent_place_set_t *place)
{
    uint8_t   gram[CONSENT_SCAN_GRAM];
    uint32_t  i, cost, variants;

    cost = 0;
    variants = 1;

    for (i = 0; i < CONSENT_SCAN_GRAM; i++) {
        gram[i] = place[i].byte[0];
        cost += costs->letter[gram[i]];
        variants *= place[i].n;
    }

    return cost + 2 * variants
           + costs->gram[consent_scan_gram(gram) * CONSENT_SCAN_GRAM_FACTOR
                         >> CONSENT_ANCHOR_COST_SHIFT];
}


static int
consent_anchor_best(consent_anchor_t *best,
    const consent_anchor_costs_t *costs,
    const consent_inline_literal_t *literal)
{
    uint32_t          i, skip, cost, least;
    consent_anchor_t  anchor;

    least = 0;

    for (i = 0; i < literal->n; i++) {
        for (skip = 0; skip < 2; skip++) {

            if (consent_anchor_at(&anchor, literal, i, skip) != CONSENT_OK) {
                continue;
            }

            cost = consent_anchor_gram_cost(costs, anchor.place)
                   + consent_anchor_gram_cost(costs, anchor.place + 1);

            if (least == 0 || cost < least) {
                least = cost;
                *best = anchor;
            }
        }
    }

    return least ? CONSENT_OK : CONSENT_DECLINED;
}


/*
 * What may stand in n places, counted through like the digits of a number.
 * Returns 0 if these were the last bytes.
 */

static int
consent_anchor_next(const consent_place_set_t *place, unsigned n,
    unsigned *digit, uint8_t *byte)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        byte[i] = place[i].byte[digit[i]];
    }

    for (i = 0; i < n && ++digit[i] == place[i].n; i++) {
        digit[i] = 0;
    }

    return i < n;
}


static int
consent_anchor_grams(const consent_mem_t *mem, consent_vec_t *grams,
    const consent_place_set_t *place, uint32_t anchor)
{
    int                     more;
    uint8_t                 byte[CONSENT_SCAN_GRAM];
    unsigned                digit[CONSENT_SCAN_GRAM];
    consent_inline_gram_t  *gram;

    memset(digit, 0, sizeof(digit));

    do {
        gram = consent_vec_push(mem, grams, sizeof(consent_inline_gram_t));
        if (gram == NULL) {
            return CONSENT_ERROR;
        }

        more = consent_anchor_next(place, CONSENT_SCAN_GRAM, digit, byte);

        gram->gram = consent_scan_gram(byte);
        gram->anchor = anchor;
    } while (more);

    return CONSENT_OK;
}


static void
consent_anchor_set(consent_scan_anchors_t *set,
    const consent_place_set_t *place)
{
    int       more;
    uint8_t   byte[CONSENT_SCAN_ANCHOR];
    unsigned  digit[CONSENT_SCAN_ANCHOR];

    memset(digit, 0, sizeof(digit));

    do {
        more = consent_anchor_next(place, CONSENT_SCAN_ANCHOR, digit, byte);
        consent_scan_anchors_add(set, byte);
    } while (more);
}


/* What stands next to the symbols in the gram.  Where escapes may stand between
   them, nothing is sure. */

static void
consent_anchor_sides(consent_inline_anchor_t *anchor,
    const consent_inline_literal_t *literal)
{
    uint8_t   ahead[2][CONSENT_SCAN_GRAM], behind[2][CONSENT_SCAN_GRAM];
    uint32_t  i, at;

    memset(ahead, 0, sizeof(ahead));
    memset(behind, 0, sizeof(behind));

    at = literal->escapes ? literal->n : anchor->symbol + anchor->n;

    for (i = 0; i < CONSENT_SCAN_GRAM && at + i < literal->n; i++) {
        ahead[0][i] = (uint8_t) literal->symbols[at + i];
        ahead[1][i] = 0xff;
    }

    at = literal->escapes ? 0 : anchor->symbol;

    for (i = CONSENT_SCAN_GRAM; i > 0 && at > 0; i--, at--) {
        behind[0][i - 1] = (uint8_t) literal->symbols[at - 1];
        behind[1][i - 1] = 0xff;
    }

    anchor->ahead = consent_scan_gram(ahead[0]);
    anchor->ahead_mask = consent_scan_gram(ahead[1]);
    anchor->behind = consent_scan_gram(behind[0]);
    anchor->behind_mask = consent_scan_gram(behind[1]);
}


static int
consent_anchor_literal(const consent_mem_t *mem, consent_vec_t *grams,
    const consent_anchor_costs_t *costs, consent_inline_index_t *index,
    uint32_t literal)
{
    consent_anchor_t          anchor;
    consent_inline_anchor_t  *at;

    if (consent_anchor_best(&anchor, costs, &index->literals[literal])
        != CONSENT_OK)
    {
        index->blind = 1;
        return CONSENT_OK;
    }

    index->literals[literal].head = anchor.first + CONSENT_SCAN_GRAM
                                    - anchor.skip;

    consent_anchor_set(index->set, anchor.place);

    at = &index->anchors[2 * literal];

    at[0].literal = literal;
    at[0].symbol = (uint16_t) anchor.first;
    at[0].skip = (uint8_t) anchor.skip;
    at[0].n = (uint8_t) (anchor.skip + anchor.n < CONSENT_SCAN_ANCHOR
                         ? anchor.n : CONSENT_SCAN_GRAM - anchor.skip);

    /* the gram at the second place begins with a symbol in any case */

    at[1].literal = literal;
    at[1].symbol = (uint16_t) (anchor.first + 1 - anchor.skip);
    at[1].skip = 0;
    at[1].n = (uint8_t) (anchor.n - (1 - anchor.skip));

    consent_anchor_sides(&at[0], &index->literals[literal]);
    consent_anchor_sides(&at[1], &index->literals[literal]);

    if (consent_anchor_grams(mem, grams, anchor.place, 2 * literal)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    return consent_anchor_grams(mem, grams, anchor.place + 1,
                                2 * literal + 1);
}


static int
consent_anchor_compare(const void *a, const void *b)
{
    const consent_inline_gram_t  *one, *two;

    one = a;
    two = b;

    if (one->gram != two->gram) {
        return one->gram < two->gram ? -1 : 1;
    }

    return (one->anchor > two->anchor) - (one->anchor < two->anchor);
}


/* grams: sorted, so that those of one slot follow each other. */

static void
consent_anchor_fill(consent_inline_index_t *index, const consent_vec_t *grams)
{
    uint32_t                      i;
    consent_inline_slot_t        *slot;
    const consent_inline_gram_t  *gram;

    gram = grams->items;
    slot = NULL;

    for (i = 0; i < grams->n; i++) {

        if (slot == NULL || gram[i].gram != slot->gram) {
            slot = &index->slots[gram[i].gram * CONSENT_SCAN_GRAM_FACTOR
                                 >> index->shift];

            while (slot->n != 0) {
                slot++;
            }

            slot->gram = gram[i].gram;
            slot->first = i;
        }

        index->places[i] = gram[i].anchor;
        slot->n++;
    }
}


int
consent_inline_anchors(const consent_mem_t *mem,
    consent_inline_index_t *index)
{
    size_t                         size;
    uint32_t                       i;
    consent_vec_t                  grams;
    const consent_anchor_costs_t  *costs;

    memset(&grams, 0, sizeof(consent_vec_t));

    costs = consent_anchor_costs(mem, index);

    index->scan = consent_scan();
    index->set = consent_calloc(mem, sizeof(consent_scan_anchors_t));
    index->anchors = consent_alloc(mem, (2 * index->nliterals + 1)
                                        * sizeof(consent_inline_anchor_t));

    if (costs == NULL || index->set == NULL || index->anchors == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < index->nliterals; i++) {
        if (consent_anchor_literal(mem, &grams, costs, index, i)
            != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }
    }

    /* two slots or more for each gram; none stands further off its place
       than there are grams */

    for (index->shift = 28; grams.n >> (31 - index->shift); index->shift--) {
        /* void */
    }

    size = ((size_t) 1 << (32 - index->shift)) + grams.n;

    index->slots = consent_calloc(mem, (size + 1)
                                       * sizeof(consent_inline_slot_t));
    index->places = consent_alloc(mem, (grams.n + 1) * sizeof(uint32_t));

    if (index->slots == NULL || index->places == NULL) {
        return CONSENT_ERROR;
    }

    if (grams.n) {
        qsort(grams.items, grams.n, sizeof(consent_inline_gram_t),
              consent_anchor_compare);
    }

    consent_anchor_fill(index, &grams);

    return CONSENT_OK;
}

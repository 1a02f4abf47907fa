#include "consent_html_state.h"


/*
 * Stretches with two readings, see consent_html.h.  Those that are open stand
 * in h->twice, in the order in which they began.  The bytes are searched for
 * the end of each ahead of the states, which then take them up to the nearest
 * end; every byte is looked at once for each open stretch, of which there is
 * one for each name at the most.
 */


static int
consent_twice_is_cdata(const consent_twice_t *twice)
{
    return twice->name.len == 0;
}


static int
consent_twice_is_script(const consent_twice_t *twice)
{
    return twice->name.len == 6 && memcmp(twice->name.text, "script", 6) == 0;
}


void
consent_html_twice_open(consent_html_t *h, uint64_t offset,
    const consent_name_t *name)
{
    unsigned          i;
    consent_twice_t  *twice;

    for (i = 0; i < h->ntwice; i++) {
        if (h->twice[i].name.len == name->len
            && memcmp(h->twice[i].name.text, name->text, CONSENT_NAME_MAX)
               == 0)
        {
            return;
        }
    }

    twice = &h->twice[h->ntwice++];
    memset(twice, 0, sizeof(consent_twice_t));

    twice->name = *name;
    twice->scanned = offset;

    h->tree.cdata |= consent_twice_is_cdata(twice);
}


uint64_t
consent_html_mark(const consent_html_t *h)
{
    unsigned  i;
    uint64_t  mark;

    mark = UINT64_MAX;

    for (i = 0; i < h->ntwice; i++) {
        if (h->twice[i].seen && h->twice[i].mark < mark) {
            mark = h->twice[i].mark;
        }
    }

    return mark;
}


static int
consent_twice_is_delimiter(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
           || c == '/' || c == '>';
}


/* The bytes of a literal seen so far, c being the next. */

static unsigned
consent_twice_match(const char *literal, unsigned seen, uint8_t c)
{
    if (c == (uint8_t) literal[0]) {
        return 1;
    }

    c |= (uint8_t) ((c >= 'A' && c <= 'Z') << 5);

    return seen && c == (uint8_t) literal[seen] ? seen + 1 : 0;
}


/* 13.2.5.18 to 31: what in script data hides an end tag, "<!--" and in it
   "<script". */

static void
consent_twice_escape(consent_twice_t *twice, uint8_t c)
{
    if (twice->begun == 7 && twice->escaped && consent_twice_is_delimiter(c)) {
        twice->twofold = 1;
    }

    twice->opening = consent_twice_match("<!--", twice->opening, c) & 7;
    twice->begun = consent_twice_match("<script", twice->begun, c) & 7;

    if (c == '-') {
        twice->dashes += twice->dashes < 2;

    } else {
        if (c == '>' && twice->dashes == 2) {
            twice->escaped = 0;
            twice->twofold = 0;
        }

        twice->dashes = 0;
    }

    if (twice->opening == 4) {
        twice->opening = 0;
        twice->escaped = 1;
    }
}


/* 1 if c is the delimiter behind the end tag's name. */

static int
consent_twice_tag(consent_twice_t *twice, uint8_t c, uint64_t at)
{
    if (twice->seen == twice->name.len + 2) {

        if (consent_twice_is_delimiter(c)) {

            if (!twice->twofold) {
                return 1;
            }

            twice->twofold = 0;
        }

        twice->seen = 0;
    }

    if (c == '<') {
        twice->mark = at;
        twice->seen = 1;

    } else if (twice->seen == 1) {
        twice->seen = (c == '/') ? 2 : 0;

    } else if (twice->seen) {
        c |= (uint8_t) ((c >= 'A' && c <= 'Z') << 5);
        twice->seen = (c == twice->name.text[twice->seen - 2])
                      ? twice->seen + 1 : 0;
    }

    return 0;
}


/* 1 if c is the ">" of "]]>". */

static int
consent_twice_cdata(consent_twice_t *twice, uint8_t c, uint64_t at)
{
    if (c == ']') {

        if (twice->seen < 2) {
            twice->mark = twice->seen ? twice->mark : at;
            twice->seen++;

        } else {
            twice->mark++;
        }

        return 0;
    }

    if (c == '>' && twice->seen == 2) {
        return 1;
    }

    twice->seen = 0;

    return 0;
}


/* Searches what there is for the stretch's end. */

static void
consent_twice_find(consent_html_t *h, consent_twice_t *twice,
    const uint8_t *end)
{
    int             found, cdata, script;
    const uint8_t  *p;

    cdata = consent_twice_is_cdata(twice);
    script = consent_twice_is_script(twice);
    p = h->chunk + (twice->scanned - h->base);

    while (p < end) {

        if (!twice->seen && !script) {
            p = cdata && h->charset != CONSENT_CHARSET_UTF8
                ? consent_charset_seek(h->charset, &twice->lead, p, end, ']')
                : h->scan->byte(p, end, cdata ? ']' : '<');

            if (p == end) {
                break;
            }
        }

        found = cdata
                ? consent_twice_cdata(twice,
                                      consent_charset_step(h->charset,
                                                           &twice->lead, *p),
                                      consent_html_at(h, p))
                : consent_twice_tag(twice, *p, consent_html_at(h, p));

        if (found) {
            twice->end = consent_html_at(h, p);
            twice->scanned = twice->end;
            return;
        }

        if (script) {
            consent_twice_escape(twice, *p);
        }

        p++;
    }

    twice->scanned = consent_html_at(h, end);
}


/* The stretch whose end comes first, or the number of all. */

static unsigned
consent_twice_next(consent_html_t *h, const uint8_t *end)
{
    unsigned          i, next;
    consent_twice_t  *twice;

    next = h->ntwice;

    for (i = 0; i < h->ntwice; i++) {
        twice = &h->twice[i];

        if (twice->end == 0) {
            consent_twice_find(h, twice, end);
        }

        if (twice->end != 0
            && (next == h->ntwice || twice->end < h->twice[next].end))
        {
            next = i;
        }
    }

    return next;
}


static void
consent_twice_gone(consent_html_t *h, const consent_twice_t *twice)
{
    if (consent_twice_is_cdata(twice)) {
        h->tree.cdata = 0;

    } else if (consent_html_is_noscript(&twice->name)) {
        h->tree.leaving = h->noscript;
        h->noscript = 0;
    }

    h->ntwice--;
}


static void
consent_twice_tell(consent_html_t *h, int kind, uint64_t offset)
{
    if (h->handler->broken != NULL) {
        h->handler->broken(h->data, h, kind, offset);
    }
}


/* Ends the last stretch inside of one that ends at offset. */

static void
consent_twice_close(consent_html_t *h, uint64_t offset)
{
    consent_twice_t  twice;

    twice = h->twice[h->ntwice - 1];
    consent_twice_gone(h, &twice);

    if (consent_twice_is_cdata(&twice)) {
        consent_twice_tell(h, CONSENT_BROKEN_CDATA, offset);

    } else {
        h->raw = twice.name;
        consent_twice_tell(h, CONSENT_BROKEN_RAW, offset);
        consent_html_tree_closed(h, &twice.name);
    }
}


/* The name of an end tag that is cut off at offset. */

static void
consent_twice_cut_name(consent_html_t *h, uint64_t offset)
{
    size_t          len;
    consent_name_t  name;

    name = h->tag.name_end ? h->tag.name : h->name;
    len = (size_t) (offset - h->tag.start) - 2;

    if (len < CONSENT_NAME_MAX) {
        memset(name.text + len, 0, CONSENT_NAME_MAX - len);
    }

    if (name.len > len) {
        name.len = (uint32_t) len;
    }

    consent_html_tree_closed(h, &name);
}


/* Ends what the markup reading is in the middle of. */

static void
consent_twice_cut(consent_html_t *h, uint64_t offset)
{
    int  kind;

    kind = consent_html_broken_kind(h);

    if (kind < 0) {
        return;
    }

    consent_twice_tell(h, kind, offset);

    if (kind == CONSENT_BROKEN_RAW) {
        consent_html_tree_closed(h, &h->raw);

    } else if (kind == CONSENT_BROKEN_TAG && h->tag.closing) {
        consent_twice_cut_name(h, offset);
    }
}


/* 1 if what ends the stretch ends it in both readings alike. */

static int
consent_twice_agrees(const consent_html_t *h, const consent_twice_t *twice)
{
    if (consent_twice_is_cdata(twice)) {
        return consent_html_broken_kind(h) == CONSENT_BROKEN_BOGUS;
    }

    if (h->tag.start != twice->mark || !h->tag.closing) {
        return 0;
    }

    return h->in_token
           || (h->text != CONSENT_TEXT_DATA && h->raw.len == twice->name.len
               && memcmp(h->raw.text, twice->name.text, CONSENT_NAME_MAX)
                  == 0);
}


/* The stretch ends here: both readings, and those of all that began inside
   of it, go on together. */

static void
consent_twice_end(consent_html_t *h, unsigned i)
{
    int              agrees;
    uint64_t         mark;
    consent_twice_t  twice;

    twice = h->twice[i];
    mark = twice.mark;
    agrees = consent_twice_agrees(h, &twice);

    if (agrees && i + 1 == h->ntwice) {
        consent_twice_gone(h, &twice);
        return;
    }

    if (!agrees || consent_twice_is_cdata(&twice)) {
        consent_twice_cut(h, mark);
    }

    while (h->ntwice > i + 1) {
        consent_twice_close(h, mark);
    }

    /* what was dropped may have ended what hides an end tag */

    if (consent_twice_is_script(&twice)) {
        consent_twice_tell(h, CONSENT_BROKEN_ESCAPED, mark);
    }

    consent_twice_gone(h, &twice);
    consent_html_resume_at(h, mark, &twice.name);
}


const uint8_t *
consent_html_twice(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    unsigned        i, n;
    const uint8_t  *stop;

    n = h->ntwice;
    i = consent_twice_next(h, end);
    stop = i < n ? h->chunk + (h->twice[i].end - h->base) : end;

    while (p < stop && h->ntwice == n) {
        p = h->state(h, p, stop);
    }

    if (p == stop && i < n && h->ntwice == n) {
        consent_twice_end(h, i);
    }

    return p;
}

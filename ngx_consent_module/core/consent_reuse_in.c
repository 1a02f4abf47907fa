
/*
 * What came in of a page that is kept.  Most of it came out as it was, so it
 * is found there: what is compared with what comes is what leaves next, and
 * has to be fetched from memory once.
 */

#include <string.h>

#include "consent_reuse_page.h"


static const uint8_t *consent_reuse_in_data(const consent_reuse_page_t *page,
    const consent_reuse_span_t *span);
static int consent_reuse_in_add(consent_reuse_t *reuse,
    consent_reuse_page_t *page, size_t from, int gone, size_t len);


static const uint8_t *
consent_reuse_in_data(const consent_reuse_page_t *page,
    const consent_reuse_span_t *span)
{
    return (span->gone ? page->gone.data : page->out.data) + span->from;
}


consent_str_t
consent_reuse_in_next(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, size_t at)
{
    consent_str_t                s;
    const consent_reuse_span_t  *span;

    if (place->at == at) {
        return consent_str("");
    }

    span = (const consent_reuse_span_t *) page->spans.data + place->span;

    s.data = consent_reuse_in_data(page, span) + place->off;
    s.len = span->len - place->off;

    if (s.len > at - place->at) {
        s.len = at - place->at;
    }

    place->at += s.len;
    place->off += s.len;

    if (place->off == span->len) {
        place->off = 0;
        place->span++;
    }

    return s;
}


int
consent_reuse_in_same(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, consent_str_t s)
{
    consent_str_t          part;
    consent_reuse_place_t  next;

    if (s.len > page->in - place->at) {
        return 0;
    }

    next = *place;

    while (s.len) {
        part = consent_reuse_in_next(page, &next, next.at + s.len);

        if (memcmp(part.data, s.data, part.len) != 0) {
            return 0;
        }

        s.data += part.len;
        s.len -= part.len;
    }

    *place = next;

    return 1;
}


int
consent_reuse_in_begins(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, const consent_reuse_page_t *other,
    size_t at)
{
    consent_reuse_place_t  there;

    memset(place, 0, sizeof(*place));
    memset(&there, 0, sizeof(there));

    while (there.at < at) {
        if (!consent_reuse_in_same(page, place,
                                   consent_reuse_in_next(other, &there, at)))
        {
            return 0;
        }
    }

    return 1;
}


int
consent_reuse_in_stays(consent_reuse_t *reuse, consent_reuse_page_t *page,
    size_t len)
{
    return consent_reuse_in_add(reuse, page, page->out.len, 0, len);
}


int
consent_reuse_in_goes(consent_reuse_t *reuse, consent_reuse_page_t *page,
    const void *p, size_t len)
{
    size_t  from;

    from = page->gone.len;

    if (consent_reuse_add(reuse, page, &page->gone, p, len) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return consent_reuse_in_add(reuse, page, from, 1, len);
}


/* A span that goes on makes the one before longer. */

static int
consent_reuse_in_add(consent_reuse_t *reuse, consent_reuse_page_t *page,
    size_t from, int gone, size_t len)
{
    consent_reuse_span_t  span, *last;

    if (len == 0) {
        return CONSENT_OK;
    }

    if (from + len > CONSENT_REUSE_SPAN_MAX) {
        return CONSENT_ERROR;
    }

    page->in += len;

    if (page->spans.len) {
        last = (consent_reuse_span_t *) (page->spans.data + page->spans.len)
               - 1;

        if (last->gone == (unsigned) gone && last->from + last->len == from) {
            last->len += (uint32_t) len;
            return CONSENT_OK;
        }
    }

    memset(&span, 0, sizeof(span));

    span.len = (uint32_t) len;
    span.from = (uint32_t) from & CONSENT_REUSE_SPAN_MAX;
    span.gone = gone & 1;

    return consent_reuse_add(reuse, page, &page->spans, &span, sizeof(span));
}

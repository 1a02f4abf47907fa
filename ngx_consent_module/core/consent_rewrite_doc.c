#include <string.h>

#include "consent_rewrite_stream.h"


/*
 * <iframe srcdoc>: a page inside of an attribute.  Its value, decoded, goes
 * through a rewriter of its own, twice: once to learn whether anything in it
 * is denied, and if so once more to write it, encoded, into a srcdoc that is
 * put in before the original, which is renamed.  What cannot be looked into,
 * because it is nested too deeply or too long, is renamed alone.
 */


struct consent_doc_s {
    consent_rewrite_t       *outer;
    consent_rewrite_conf_t   conf;
    consent_rewrite_t        inner;
    unsigned                 writing:1;
    unsigned                 denied:1;
};


/* 13.3, escaping in attributes; the value stands in double quotes. */

static int
consent_rewrite_doc_emit(void *data, const uint8_t *p, size_t len,
    consent_span_t kind)
{
    size_t          i, from;
    consent_doc_t  *doc;

    (void) kind;

    doc = data;

    if (!doc->writing) {
        return CONSENT_OK;
    }

    from = 0;

    for (i = 0; i < len; i++) {

        if (p[i] != '&' && p[i] != '"') {
            continue;
        }

        consent_rewrite_put(doc->outer,
                            (consent_str_t) { i - from, p + from },
                            CONSENT_SPAN_TEMP);
        consent_rewrite_put(doc->outer, p[i] == '&' ? consent_str("&amp;")
                                                    : consent_str("&quot;"),
                            CONSENT_SPAN_CONST);
        from = i + 1;
    }

    consent_rewrite_put(doc->outer, (consent_str_t) { len - from, p + from },
                        CONSENT_SPAN_TEMP);

    return doc->outer->rc;
}


/* What is seen inside is seen on the page; what is held, on the iframe. */

static void
consent_rewrite_doc_seen(void *data, const consent_seen_t *seen)
{
    consent_doc_t  *doc;

    doc = data;

    if (!doc->writing) {
        doc->denied |= (unsigned) consent_rewrite_note_seen(
                                      doc->outer, doc->inner.outer_held, seen);
    }
}


static void
consent_rewrite_doc_release(void *data, void *p, size_t size)
{
    consent_doc_t  *doc;

    doc = data;

    consent_rewrite_release(doc->outer, p, size);
}


static void
consent_rewrite_doc_begin(consent_doc_t *doc, consent_held_t *held, int xml)
{
    consent_rewrite_t  *outer, *inner;

    outer = doc->outer;
    inner = &doc->inner;

    doc->conf.xml = (unsigned) xml & 1;

    consent_rewrite_reset(inner, &doc->conf);

    inner->nested = 1;
    inner->head_done = 1;
    inner->body_done = 1;
    inner->outer_held = held;
    inner->bases = outer->bases;
    inner->lang_len = outer->lang_len;
    memcpy(inner->lang, outer->lang, outer->lang_len);
    inner->base_url[0] = outer->base_url[0];
    inner->base_url[1] = outer->base_url[1];
}


static int
consent_rewrite_doc_run(consent_doc_t *doc, consent_held_t *held,
    consent_str_t value)
{
    consent_rewrite_doc_begin(doc, held, 0);

    return consent_rewrite_feed(&doc->inner, value.data, value.len, 1);
}


static consent_doc_t *
consent_rewrite_doc_get(consent_rewrite_t *rw)
{
    consent_doc_t  *doc;

    if (rw->doc != NULL) {
        return rw->doc;
    }

    doc = consent_calloc(rw->conf->mem, sizeof(consent_doc_t));
    if (doc == NULL) {
        return NULL;
    }

    doc->outer = rw;
    doc->conf = *rw->conf;
    doc->conf.observe = 0;
    doc->conf.head = consent_str("");
    doc->conf.body.n = 0;
    doc->conf.end = NULL;
    doc->conf.emit = consent_rewrite_doc_emit;
    doc->conf.seen = consent_rewrite_doc_seen;
    doc->conf.release = rw->conf->release ? consent_rewrite_doc_release : NULL;
    doc->conf.data = doc;
    doc->conf.max_tag = CONSENT_HOLD_NESTED;
    doc->conf.max_inline = CONSENT_HOLD_NESTED;

    rw->doc = doc;

    return doc;
}


/* charset: UNREADABLE if the value is that of the page, but not to be written
   anew. */

int
consent_rewrite_judge_doc(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, consent_charset_t charset)
{
    consent_doc_t  *doc;

    if (value.len == 0) {
        return 0;
    }

    doc = rw->nested ? NULL : consent_rewrite_doc_get(rw);

    if (doc == NULL) {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_FRAME);
    }

    doc->writing = 0;
    doc->denied = 0;
    doc->conf.charset = charset;

    if (charset == CONSENT_CHARSET_UNREADABLE) {
        doc->conf.charset = rw->conf->charset == CONSENT_CHARSET_UNSURE
                            ? CONSENT_CHARSET_UNSURE : CONSENT_CHARSET_UTF8;
    }

    if (consent_rewrite_doc_run(doc, held, value) != CONSENT_OK) {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_FRAME);
    }

    if (doc->denied && charset != CONSENT_CHARSET_UNREADABLE) {
        held->doc = 1;
        held->doc_value = value;
    }

    return (int) doc->denied;
}


/*
 * What a data: URL does not say of its page's charset, the page's beginning
 * does.  Here nothing can be made even, nor be declared: such a page can't be
 * told.
 */

static int
consent_rewrite_doc_charset(consent_doc_t *doc, consent_inside_t inside,
    int xml)
{
    size_t           n;
    uint8_t          buf[CONSENT_SNIFF_MAX];
    consent_sniff_t  s;

    n = consent_inside_next(&inside, buf, sizeof(buf));

    consent_sniff_init(&s, consent_str(""), xml ? CONSENT_SNIFF_XML : 0);
    (void) consent_sniff_feed(&s, buf, n, 1);

    doc->conf.charset = s.charset;

    return s.charset <= CONSENT_CHARSET_PLAIN
           || s.charset == CONSENT_CHARSET_UNSURE
           ? CONSENT_OK : CONSENT_DECLINED;
}


int
consent_rewrite_judge_inside_doc(consent_rewrite_t *rw, consent_held_t *held,
    consent_inside_t *inside, int xml)
{
    int             rc;
    size_t          n;
    uint8_t         buf[1024];
    consent_doc_t  *doc;

    doc = rw->nested ? NULL : consent_rewrite_doc_get(rw);

    if (doc == NULL
        || consent_rewrite_doc_charset(doc, *inside, xml) != CONSENT_OK)
    {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_FRAME);
    }

    doc->writing = 0;
    doc->denied = 0;
    rc = CONSENT_OK;

    consent_rewrite_doc_begin(doc, held, xml);

    while (rc == CONSENT_OK
           && (n = consent_inside_next(inside, buf, sizeof(buf))) != 0)
    {
        rc = consent_rewrite_feed(&doc->inner, buf, n, 0);
    }

    if (rc != CONSENT_OK
        || consent_rewrite_feed(&doc->inner, buf, 0, 1) != CONSENT_OK
        || doc->inner.uneven)
    {
        return consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_FRAME);
    }

    return (int) doc->denied;
}


void
consent_rewrite_put_doc(consent_rewrite_t *rw, consent_held_t *held)
{
    consent_rewrite_put(rw, consent_str(" srcdoc=\""), CONSENT_SPAN_CONST);

    rw->doc->writing = 1;

    if (consent_rewrite_doc_run(rw->doc, held, held->doc_value) != CONSENT_OK)
    {
        rw->rc = CONSENT_ERROR;
    }

    consent_rewrite_put(rw, consent_str("\""), CONSENT_SPAN_CONST);
}

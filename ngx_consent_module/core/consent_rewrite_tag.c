#include <string.h>

#include "consent_entity.h"
#include "consent_header.h"
#include "consent_rewrite_stream.h"


#define CONSENT_EMPTY_IMAGE                                                   \
    "data:image/gif;base64,"                                                  \
    "R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


/* A run of small pieces that comes out as one span. */

typedef struct {
    consent_rewrite_t  *rw;
    size_t              len;
    uint8_t             data[1024];
} consent_gather_t;


static void
consent_gather_flush(consent_gather_t *g)
{
    if (g->len) {
        consent_rewrite_put(g->rw, (consent_str_t) { g->len, g->data },
                            CONSENT_SPAN_TEMP);
        g->len = 0;
    }
}


/* What the run has no room for. */

static void
consent_gather_more(consent_gather_t *g, consent_str_t s)
{
    consent_gather_flush(g);

    if (s.len > sizeof(g->data)) {
        consent_rewrite_put(g->rw, s, CONSENT_SPAN_TEMP);
        return;
    }

    memcpy(g->data, s.data, s.len);
    g->len = s.len;
}


/* Inlined, as the length of most pieces is known when this is compiled. */

static inline void
consent_gather_add(consent_gather_t *g, consent_str_t s)
{
    if (s.len > sizeof(g->data) - g->len) {
        consent_gather_more(g, s);
        return;
    }

    memcpy(g->data + g->len, s.data, s.len);
    g->len += s.len;
}


/*
 * Those of one tag stand side by side.  Few steps, as what is outgrown stays
 * for as long; what the last one can't hold is not decoded.
 */

uint8_t *
consent_rewrite_scratch(consent_rewrite_t *rw, size_t size)
{
    size_t    most;
    uint8_t  *p;

    if (size <= rw->text_size - rw->text_len) {
        return rw->text + rw->text_len;
    }

    most = rw->nested ? CONSENT_TEXT_NESTED : CONSENT_TEXT_MAX;

    if (size > most || rw->text_size == most) {
        rw->lost = 1;
        return NULL;
    }

    if (size <= most / 4 && rw->text_size < most / 4) {
        most = size <= most / 16 && rw->text_size == 0 ? most / 16 : most / 4;
    }

    p = consent_alloc(rw->conf->mem, most);
    if (p == NULL) {
        rw->rc = CONSENT_ERROR;
        return NULL;
    }

    if (rw->text != NULL && rw->noutgrown < CONSENT_OUTGROWN_MAX) {
        rw->outgrown[rw->noutgrown++] =
            (consent_outgrown_t) { rw->text, rw->text_size };
    }

    rw->text = p;
    rw->text_size = most;
    rw->text_len = 0;

    return p;
}


static consent_str_t
consent_rewrite_raw(const consent_rewrite_t *rw, const consent_tag_t *tag,
    const consent_attr_t *attr)
{
    return (consent_str_t) {
               attr->value_len,
               consent_rewrite_bytes(rw, tag->start + attr->value) };
}


/* An attribute's value as the browser sees it; empty if that is lost. */

static consent_str_t
consent_rewrite_value(consent_rewrite_t *rw, const consent_tag_t *tag,
    const consent_attr_t *attr)
{
    uint8_t        *p, lead;
    consent_str_t   raw;

    raw = consent_rewrite_raw(rw, tag, attr);

    if (rw->conf->charset != CONSENT_CHARSET_UTF8
        && consent_charset_is_high(raw))
    {
        p = consent_rewrite_scratch(rw, raw.len);
        if (p == NULL) {
            return (consent_str_t) { 0, NULL };
        }

        lead = 0;
        raw.data = consent_rewrite_masked(rw, &lead, raw.data, raw.len, p);
        rw->text_len += (raw.data == p) ? raw.len : 0;
    }

    if (raw.len == 0 || memchr(raw.data, '&', raw.len) == NULL) {
        return raw;
    }

    p = consent_rewrite_scratch(rw, CONSENT_ENTITY_SIZE(raw.len));
    if (p == NULL) {
        return (consent_str_t) { 0, NULL };
    }

    raw.len = consent_entity_decode(raw, p);
    raw.data = p;
    rw->text_len += raw.len;

    return raw;
}


/*
 * A page inside of an attribute.  In another charset than UTF-8 its character
 * references stay where they stand for more than ASCII: they mean the same
 * inside.  *charset becomes UNREADABLE if it can't be written anew, because
 * a byte could then form a character with what a reference stood for.
 */

static consent_str_t
consent_rewrite_source(consent_rewrite_t *rw, const consent_tag_t *tag,
    const consent_attr_t *attr, consent_charset_t *charset)
{
    uint8_t        *p;
    consent_str_t   raw;

    *charset = rw->conf->charset;

    if (*charset == CONSENT_CHARSET_UTF8) {
        return consent_rewrite_value(rw, tag, attr);
    }

    raw = consent_rewrite_raw(rw, tag, attr);

    if (*charset != CONSENT_CHARSET_PLAIN && consent_charset_is_high(raw)) {
        *charset = CONSENT_CHARSET_UNREADABLE;
        return consent_rewrite_value(rw, tag, attr);
    }

    *charset = CONSENT_CHARSET_PLAIN;

    p = consent_rewrite_scratch(rw, CONSENT_ENTITY_SIZE(raw.len));
    if (p == NULL) {
        return (consent_str_t) { 0, NULL };
    }

    raw.len = consent_entity_decode_ascii(raw, p);
    raw.data = p;
    rw->text_len += raw.len;

    return raw;
}


const consent_attr_t *
consent_rewrite_attr(const consent_tag_t *tag, uint8_t id)
{
    unsigned  i;

    for (i = 0; i < tag->nattrs; i++) {
        if (tag->attr[i].id == id) {
            return &tag->attr[i];
        }
    }

    return NULL;
}


consent_str_t
consent_rewrite_attr_value(consent_rewrite_t *rw, const consent_tag_t *tag,
    uint8_t id)
{
    const consent_attr_t  *attr;

    attr = consent_rewrite_attr(tag, id);

    return attr ? consent_rewrite_value(rw, tag, attr)
                : (consent_str_t) { 0, NULL };
}


static int
consent_rewrite_listed(consent_str_t s, const consent_str_t *list, unsigned n)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        if (consent_str_caseeq(s, list[i])) {
            return 1;
        }
    }

    return 0;
}


/*
 * Optimisers at the network's edge and in plug-ins park scripts under a type
 * of their own and run them later: Cloudflare's "HASH-text/javascript" and
 * "HASH-module", WP Rocket's "rocketlazyloadscript", LiteSpeed's
 * "litespeed/javascript", Perfmatters' "pmdelayedscript", NitroPack's
 * "nitropack/inlinescript".  What ends like one of these holds a script.
 */

static int
consent_rewrite_is_parked(consent_str_t type)
{
    size_t  i;

    static const consent_str_t  parked[] = {
        consent_string("script"),
        consent_string("-module"),
        consent_string("javascript/blocked"),       /* WP Meteor */
        consent_string("text/partytown"),
        consent_string("text/psajs")                /* mod_pagespeed */
    };

    for (i = 0; i < sizeof(parked) / sizeof(parked[0]); i++) {
        if (type.len >= parked[i].len
            && consent_str_caseeq((consent_str_t) {
                   parked[i].len, type.data + type.len - parked[i].len },
                   parked[i]))
        {
            return 1;
        }
    }

    return 0;
}


int
consent_rewrite_is_module(consent_str_t type)
{
    static const consent_str_t  module = consent_string("module");

    return type.len >= module.len
           && consent_str_caseeq((consent_str_t) {
                  module.len, type.data + type.len - module.len }, module);
}


consent_str_t
consent_rewrite_script_type(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    return consent_str_trim(
               consent_rewrite_attr_value(rw, tag, CONSENT_ATTR_TYPE));
}


/* MIME Sniffing, 4.6: JavaScript MIME types; and HTML, 4.12.1.1: "module" */

int
consent_rewrite_is_code(const consent_rewrite_t *rw, const consent_tag_t *tag,
    consent_str_t type)
{
    unsigned  foreign;

    static const consent_str_t  types[] = {
        consent_string(""),
        consent_string("text/javascript"),
        consent_string("module"),
        consent_string("application/javascript"),
        consent_string("application/x-javascript"),
        consent_string("application/ecmascript"),
        consent_string("application/x-ecmascript"),
        consent_string("text/ecmascript"),
        consent_string("text/javascript1.0"),
        consent_string("text/javascript1.1"),
        consent_string("text/javascript1.2"),
        consent_string("text/javascript1.3"),
        consent_string("text/javascript1.4"),
        consent_string("text/javascript1.5"),
        consent_string("text/jscript"),
        consent_string("text/livescript"),
        consent_string("text/x-ecmascript"),
        consent_string("text/x-javascript")
    };

    /* svg's script has href, and takes no notice of src */

    foreign = tag->foreign || tag->unsure || rw->conf->xml;

    if (!foreign && consent_rewrite_attr(tag, CONSENT_ATTR_SRC) != NULL) {
        return 0;
    }

    return consent_rewrite_listed(type, types, sizeof(types) / sizeof(types[0]))
           || consent_rewrite_is_parked(type);
}


int
consent_rewrite_note_seen(consent_rewrite_t *rw, consent_held_t *held,
    const consent_seen_t *seen)
{
    int                       allowed;
    unsigned                  i;
    consent_seen_t            told;
    const consent_verdict_t  *verdict;

    verdict = seen->verdict;

    if (verdict->purposes == 0 && !verdict->third_party) {
        return 0;
    }

    allowed = consent_choice_allows(rw->conf->choice, rw->conf->rules,
                                    verdict);

    if (rw->conf->seen != NULL) {
        told = *seen;
        told.held = !allowed;

        rw->conf->seen(rw->conf->data, &told);
    }

    if (allowed) {
        return 0;
    }

    held->denied = 1;
    held->purposes |= verdict->purposes;

    if (verdict->service == CONSENT_NO_SERVICE) {
        held->unclassified = 1;
        return 1;
    }

    for (i = 0; i < held->nservices; i++) {
        if (held->services[i] == verdict->service) {
            return 1;
        }
    }

    if (held->nservices < CONSENT_HELD_MAX) {
        held->services[held->nservices++] = verdict->service;
    }

    return 1;
}


int
consent_rewrite_note(consent_rewrite_t *rw, consent_held_t *held,
    const consent_verdict_t *verdict, uint32_t type, consent_str_t host)
{
    consent_seen_t  seen;

    seen = (consent_seen_t) { verdict, type, host, 0, 0 };

    return consent_rewrite_note_seen(rw, held, &seen);
}


static int
consent_rewrite_judge_party(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t type, unsigned bounded)
{
    consent_seen_t     seen;
    consent_verdict_t  verdict;

    verdict.purposes = rw->conf->page->unclassified;

    if (verdict.purposes == 0) {
        verdict.purposes = rw->conf->rules->all & ~rw->conf->rules->necessary;
    }

    verdict.service = CONSENT_NO_SERVICE;
    verdict.rule = CONSENT_NO_RULE;
    verdict.third_party = 1;
    verdict.unclassified = 1;

    seen = (consent_seen_t) { &verdict, type, consent_str(""), 0, bounded & 1 };

    return consent_rewrite_note_seen(rw, held, &seen);
}


int
consent_rewrite_judge_unknown(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t type)
{
    return consent_rewrite_judge_party(rw, held, type, 1);
}


int
consent_rewrite_judge_anyone(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t type)
{
    return consent_rewrite_judge_party(rw, held, type, 0);
}


static void
consent_rewrite_frame(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t href)
{
    uint8_t  *p;

    if (href.len > CONSENT_FRAME_MAX) {
        return;
    }

    p = consent_rewrite_scratch(rw, href.len);

    if (p != NULL) {
        memcpy(p, href.data, href.len);
        rw->text_len += href.len;

        held->url = (consent_str_t) { href.len, p };
    }
}


static int
consent_rewrite_judge_based(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t type, const consent_url_t *base)
{
    int                rc;
    uint8_t            buf[CONSENT_URL_BUF];
    consent_str_t      host;
    consent_url_t      url;
    consent_verdict_t  verdict;

    /* of frames the whole URL is needed */

    if (type != CONSENT_TYPE_FRAME
        && consent_rules_match_text(rw->conf->rules, rw->conf->page, base,
                                    value, type, &rw->memo, &verdict, &host)
           == CONSENT_OK)
    {
        return consent_rewrite_note(rw, held, &verdict, type, host);
    }

    rc = consent_url_parse(&url, base, value, buf);

    if (rc == CONSENT_ERROR) {
        return 0;
    }

    if (rc == CONSENT_DECLINED) {
        return consent_rewrite_judge_unknown(rw, held, type);
    }

    if (!url.network) {
        return 0;
    }

    consent_rules_match_memo(rw->conf->rules, rw->conf->page, &url, type,
                             &rw->memo, &verdict);

    if (!consent_rewrite_note(rw, held, &verdict, type, url.host)) {
        return 0;
    }

    if (type == CONSENT_TYPE_FRAME) {
        consent_rewrite_frame(rw, held, url.href);
    }

    return 1;
}


static int
consent_rewrite_judge_bases(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t type)
{
    int  denied;

    if (consent_inside_may(value)) {
        denied = consent_rewrite_judge_inside(rw, held, value, type);

        if (denied != CONSENT_DECLINED) {
            return denied;
        }
    }

    denied = consent_rewrite_judge_based(rw, held, value, type,
                                         rw->bases & CONSENT_BASE_SURE
                                         ? &rw->base_url[0]
                                         : &rw->conf->page->url);

    if (!denied && rw->bases & CONSENT_BASE_FIRST) {
        denied = consent_rewrite_judge_based(rw, held, value, type,
                                             &rw->base_url[1]);
    }

    return denied;
}


/*
 * Where the charset is not known, a URL is denied if it is in any.  As for
 * the host, bytes beyond ASCII are of no known name.
 */

static int
consent_rewrite_judge_unsure(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t type)
{
    int                denied;
    uint8_t            buf[CONSENT_URL_MAX], lead;
    consent_str_t      data;
    consent_charset_t  charset, last;

    if (value.len > CONSENT_URL_MAX) {
        data = (consent_str_t) { 5, value.data };

        return consent_str_caseeq(data, consent_str("data:"))
               ? 0 : consent_rewrite_judge_unknown(rw, held, type);
    }

    denied = 0;
    last = consent_charset_is_split(value) ? CONSENT_CHARSET_BIG5
                                           : CONSENT_CHARSET_PLAIN;

    for (charset = CONSENT_CHARSET_PLAIN; charset <= last && !denied;
         charset++)
    {
        lead = 0;
        consent_charset_mask(charset, &lead, value.data, value.len, buf);
        denied = consent_rewrite_judge_bases(rw, held,
                                             (consent_str_t) { value.len,
                                                               buf },
                                             type);
    }

    return denied;
}


int
consent_rewrite_judge_url(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t type)
{
    return rw->conf->charset == CONSENT_CHARSET_UNSURE
           && consent_charset_is_high(value)
           ? consent_rewrite_judge_unsure(rw, held, value, type)
           : consent_rewrite_judge_bases(rw, held, value, type);
}


/* 1 if any URL of the value is denied. */

static int
consent_rewrite_judge_value(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, consent_value_t kind, uint32_t type)
{
    int            denied;
    size_t         pos;
    consent_str_t  url;

    int  (*next)(consent_str_t, size_t *, consent_str_t *);

    if (kind == CONSENT_VALUE_URL || kind == CONSENT_VALUE_REFERENCE) {
        return value.len
               && !(kind == CONSENT_VALUE_REFERENCE && *value.data == '#')
               && consent_rewrite_judge_url(rw, held, value, type);
    }

    next = kind == CONSENT_VALUE_SRCSET    ? consent_srcset_next
           : kind == CONSENT_VALUE_REFRESH ? consent_refresh_next
                                           : consent_urls_next;
    denied = 0;
    pos = 0;

    while (next(value, &pos, &url) == CONSENT_OK) {
        denied |= url.len && consent_rewrite_judge_url(rw, held, url, type);
    }

    return denied;
}


/* The attribute that a row's condition hangs on. */

static uint8_t
consent_rewrite_condition(const consent_carrier_t *row)
{
    static const uint8_t  attrs[] = {
        CONSENT_ATTR_NONE,
        CONSENT_ATTR_REL,
        CONSENT_ATTR_TYPE,
        CONSENT_ATTR_HTTP_EQUIV,
        CONSENT_ATTR_NAME
    };

    return attrs[row->when];
}


/*
 * Of attributes of one name the first counts (13.2.5.33); but Chromium's
 * preload scanner, which reads on where the parser waits, goes by the last
 * rel, as and type.  So each of them may.
 */

static int
consent_rewrite_is_image(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    unsigned       i;
    consent_str_t  s;

    for (i = 0; i < tag->nattrs; i++) {

        if (tag->attr[i].id != CONSENT_ATTR_TYPE) {
            continue;
        }

        s = consent_rewrite_value(rw, tag, &tag->attr[i]);

        if (rw->lost || consent_str_caseeq(s, consent_str("image"))) {
            return 1;
        }
    }

    return 0;
}


/* What this rel makes of the link, with any `as` that it has. */

static uint32_t
consent_rewrite_rel(consent_rewrite_t *rw, const consent_tag_t *tag,
    consent_str_t rel)
{
    unsigned       i, found;
    uint32_t       type;
    consent_str_t  as;

    type = 0;
    found = 0;

    for (i = 0; i < tag->nattrs; i++) {
        if (tag->attr[i].id == CONSENT_ATTR_AS) {
            as = consent_rewrite_value(rw, tag, &tag->attr[i]);
            type |= consent_link_type(rel, as);
            found = 1;
        }
    }

    return found ? type : consent_link_type(rel, consent_str(""));
}


static uint32_t
consent_rewrite_rels(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    size_t         len;
    unsigned       i;
    uint32_t       type;
    consent_str_t  rel;

    type = 0;

    for (i = 0; i < tag->nattrs; i++) {

        if (tag->attr[i].id != CONSENT_ATTR_REL) {
            continue;
        }

        len = rw->text_len;
        rel = consent_rewrite_value(rw, tag, &tag->attr[i]);
        type |= consent_rewrite_rel(rw, tag, rel);
        rw->text_len = len;
    }

    return type;
}


/* Few links have an attribute twice. */

static uint32_t
consent_rewrite_link(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    unsigned               i, again;
    consent_str_t          s[2];
    const consent_attr_t  *attr[2];

    attr[0] = NULL;
    attr[1] = NULL;
    again = 0;

    for (i = 0; i < tag->nattrs; i++) {

        if (tag->attr[i].id == CONSENT_ATTR_REL) {
            again |= attr[0] != NULL;
            attr[0] = &tag->attr[i];

        } else if (tag->attr[i].id == CONSENT_ATTR_AS) {
            again |= attr[1] != NULL;
            attr[1] = &tag->attr[i];
        }
    }

    if (again) {
        return consent_rewrite_rels(rw, tag);
    }

    for (i = 0; i < 2; i++) {
        s[i] = attr[i] ? consent_rewrite_value(rw, tag, attr[i])
                       : (consent_str_t) { 0, NULL };
    }

    return consent_link_type(s[0], s[1]);
}


/*
 * The request's type if the carrier's condition holds, else 0.  While the
 * tag is open, a condition that was not seen may still come: it holds.
 */

static uint32_t
consent_rewrite_type(consent_rewrite_t *rw, const consent_tag_t *tag,
    const consent_carrier_t *row, int open)
{
    uint32_t       type;
    consent_str_t  s;

    static const consent_str_t  params[] = {
        consent_string("movie"), consent_string("src"),
        consent_string("url"), consent_string("data"),
        consent_string("code"), consent_string("filename"),
        consent_string("archive"), consent_string("codebase")
    };

    if (open && row->when != CONSENT_WHEN_ALWAYS
        && (row->when == CONSENT_WHEN_LINK
            || row->when == CONSENT_WHEN_IMAGE_INPUT
            || consent_rewrite_attr(tag, consent_rewrite_condition(row))
               == NULL))
    {
        return row->type;
    }

    switch (row->when) {

    case CONSENT_WHEN_LINK:
        type = consent_rewrite_link(rw, tag);
        return rw->lost ? row->type : type;

    case CONSENT_WHEN_IMAGE_INPUT:
        return consent_rewrite_is_image(rw, tag) ? row->type : 0;

    case CONSENT_WHEN_REFRESH:
        s = consent_rewrite_attr_value(rw, tag, CONSENT_ATTR_HTTP_EQUIV);
        return rw->lost || consent_str_caseeq(s, consent_str("refresh"))
               ? row->type : 0;

    case CONSENT_WHEN_PARAM:
        s = consent_rewrite_attr_value(rw, tag, CONSENT_ATTR_NAME);
        return rw->lost
               || consent_rewrite_listed(consent_str_trim(s), params,
                                         sizeof(params) / sizeof(params[0]))
               ? row->type : 0;

    default:
        return row->type;
    }
}


/* Every attribute of this id goes: behind the first, the next would come to
   count. */

static void
consent_rewrite_rename(consent_held_t *held, uint8_t id)
{
    unsigned  i;

    for (i = 0; i < held->tag.nattrs; i++) {
        if (held->tag.attr[i].id == id) {
            held->rename[i] = 1;
        }
    }
}


void
consent_rewrite_make_inert(consent_held_t *held)
{
    held->script = 1;
    consent_rewrite_rename(held, CONSENT_ATTR_TYPE);
}


/* A byte of an attribute's name, in lower case; 0: the name ended before. */

static uint8_t
consent_rewrite_name_byte(uint8_t c)
{
    if (c <= ' ' || c == '/' || c == '=' || c == '>') {
        return 0;
    }

    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}


/* 1 if both have one name: event handlers share an id. */

static int
consent_rewrite_same_name(consent_rewrite_t *rw, const consent_tag_t *tag,
    const consent_attr_t *a, const consent_attr_t *b)
{
    size_t          i;
    uint8_t         c, d;
    const uint8_t  *p, *q;

    if (a->id != b->id || a->id != CONSENT_ATTR_HANDLER) {
        return a->id == b->id;
    }

    p = consent_rewrite_bytes(rw, tag->start + a->name);
    q = consent_rewrite_bytes(rw, tag->start + b->name);

    for (i = 0; /* void */ ; i++) {
        c = consent_rewrite_name_byte(p[i]);
        d = consent_rewrite_name_byte(q[i]);

        if (c != d || c == 0) {
            return c == d;
        }
    }
}


/* 1 if an attribute of the same name stands before: the first counts.  XML
   has no two of one name, but names that are one here. */

static int
consent_rewrite_is_repeated(consent_rewrite_t *rw, const consent_tag_t *tag,
    const consent_attr_t *attr)
{
    const consent_attr_t  *a;

    if (rw->conf->xml) {
        return 0;
    }

    for (a = tag->attr; a < attr; a++) {
        if (consent_rewrite_same_name(rw, tag, a, attr)) {
            return 1;
        }
    }

    return 0;
}


void
consent_rewrite_take_away(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, const consent_carrier_t *row)
{
    unsigned  i;

    for (i = 0; i < held->tag.nattrs; i++) {
        if (consent_rewrite_same_name(rw, &held->tag, attr,
                                      &held->tag.attr[i]))
        {
            held->rename[i] = 1;
        }
    }

    held->image |= (row->instead == CONSENT_INSTEAD_IMAGE);
    held->frame |= (row->instead == CONSENT_INSTEAD_FRAME);

    if (row->instead == CONSENT_INSTEAD_INERT) {
        consent_rewrite_make_inert(held);
    }
}


/*
 * Routers of single-page sites take every stylesheet for one with an address,
 * and fetch "null" if there is none: a stylesheet that is held has one that
 * leads nowhere.  Its type keeps browsers from looking at that, and policies
 * from minding it.
 */

static void
consent_rewrite_instead(consent_rewrite_t *rw, consent_held_t *held,
    const consent_carrier_t *row)
{
    consent_str_t  rel;

    if (row->instead != CONSENT_INSTEAD_SHEET) {
        return;
    }

    rel = consent_rewrite_attr_value(rw, &held->tag, CONSENT_ATTR_REL);

    if (!rw->lost
        && consent_link_type(rel, consent_str("")) == CONSENT_TYPE_STYLE)
    {
        held->sheet = 1;
        consent_rewrite_rename(held, CONSENT_ATTR_TYPE);
    }
}


/* 1 if what the row's attribute holds is denied. */

static int
consent_rewrite_judge_row(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, consent_str_t value,
    const consent_carrier_t *row, uint32_t type, int open)
{
    switch (row->value) {

    case CONSENT_VALUE_CSS:
        return consent_rewrite_judge_style(rw, held, attr, value);

    case CONSENT_VALUE_CODE:
        return consent_rewrite_judge_code(rw, held, value);

    case CONSENT_VALUE_LINK:
        return consent_rewrite_judge_link(rw, held, value);

    case CONSENT_VALUE_ANIMATED:
    case CONSENT_VALUE_ANIMATED_LIST:
        return consent_rewrite_judge_animated(rw, held, attr, value, row,
                                              open);

    case CONSENT_VALUE_VENDOR:
        return value.len && consent_rewrite_judge_vendor(rw, held, type);

    default:
        return consent_rewrite_judge_value(rw, held, value, row->value, type);
    }
}


void
consent_rewrite_judge_attr(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, int open)
{
    int                       denied;
    uint32_t                  type;
    consent_str_t             value;
    consent_charset_t         charset;
    const consent_carrier_t  *row;

    if (consent_rewrite_is_repeated(rw, &held->tag, attr)) {
        return;
    }

    row = consent_carrier_find(held->tag.id, attr->id);

    type = consent_rewrite_type(rw, &held->tag, row, open);
    if (type == 0) {
        return;
    }

    charset = CONSENT_CHARSET_UTF8;
    value = row->value == CONSENT_VALUE_SRCDOC
            ? consent_rewrite_source(rw, &held->tag, attr, &charset)
            : consent_rewrite_value(rw, &held->tag, attr);

    if (rw->lost) {
        denied = consent_rewrite_judge_unknown(rw, held, type);

    } else if (row->value == CONSENT_VALUE_SRCDOC) {
        denied = consent_rewrite_judge_doc(rw, held, value, charset);

    } else {
        denied = consent_rewrite_judge_row(rw, held, attr, value, row, type,
                                           open);
    }

    if (denied) {
        consent_rewrite_take_away(rw, held, attr, row);

        if (!open) {
            consent_rewrite_instead(rw, held, row);
        }
    }
}


uint32_t
consent_rewrite_look(const consent_rewrite_t *rw, const consent_tag_t *tag)
{
    uint32_t               wanted, bit;
    const uint8_t         *start;
    const consent_attr_t  *attr, *last;

    wanted = 0;
    start = consent_rewrite_bytes(rw, tag->start);
    last = tag->attr + tag->nattrs;

    for (attr = tag->attr, bit = 1; attr < last; attr++, bit <<= 1) {
        wanted |= consent_carrier_wants(tag->id, attr->id,
                                        start + attr->value, attr->value_len)
                  ? bit : 0;
    }

    return wanted;
}


void
consent_rewrite_judge_tag(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t wanted, int open)
{
    rw->text_len = 0;
    rw->lost = 0;

    for ( /* void */ ; wanted != 0; wanted &= wanted - 1) {
        consent_rewrite_judge_attr(rw, held,
                                   &held->tag.attr[__builtin_ctz(wanted)],
                                   open);
    }

    /* a script that can't be told what it is */

    if (held->tag.id == CONSENT_TAG_SCRIPT) {
        (void) consent_rewrite_script_type(rw, &held->tag);

        if (rw->lost
            && consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_SCRIPT))
        {
            consent_rewrite_make_inert(held);
        }
    }
}


static void
consent_gather_purposes(consent_gather_t *g, uint32_t purposes,
    consent_str_t between)
{
    unsigned                i, n;
    const consent_rules_t  *rules;

    rules = g->rw->conf->rules;

    for (n = 0; purposes; purposes &= purposes - 1, n++) {
        i = (unsigned) __builtin_ctz(purposes);

        if (i >= rules->npurposes) {
            return;
        }

        if (n) {
            consent_gather_add(g, between);
        }

        consent_gather_add(g, rules->purposes[i].key);
    }
}


static void
consent_gather_services(consent_gather_t *g, const consent_held_t *held)
{
    unsigned                i;
    const consent_rules_t  *rules;

    rules = g->rw->conf->rules;

    for (i = 0; i < held->nservices; i++) {

        if (i) {
            consent_gather_add(g, consent_str(" "));
        }

        consent_gather_add(g, rules->services[held->services[i]].id);
    }

    if (held->unclassified) {

        if (held->nservices) {
            consent_gather_add(g, consent_str(" "));
        }

        consent_gather_add(g, consent_str(CONSENT_UNCLASSIFIED));
    }
}


static void
consent_rewrite_filling(consent_rewrite_t *rw, int service)
{
    unsigned  i;

    for (i = 0; i < rw->nfilling; i++) {
        if (rw->filling[i] == service) {
            return;
        }
    }

    if (i < CONSENT_FILLING_MAX) {
        rw->filling[rw->nfilling++] = service;
    }
}


int
consent_filling_next(consent_str_t filling, size_t *pos)
{
    int  service;

    if (filling.len - *pos < sizeof(service)) {
        return CONSENT_NO_SERVICE;
    }

    memcpy(&service, filling.data + *pos, sizeof(service));
    *pos += sizeof(service);

    return service;
}


/* What a script that is held would fill: the page's own scripts show there
   what is missing (ui/assets/embeds.js). */

static void
consent_gather_fills(consent_gather_t *g, const consent_held_t *held)
{
    unsigned        i, n;
    consent_str_t   filled;

    for (i = 0, n = 0; i < held->nservices; i++) {
        filled = g->rw->conf->rules->services[held->services[i]].filled;

        if (filled.len) {
            consent_gather_add(g, n++ ? consent_str(",")
                                      : consent_str(" data-pc-fills=\""));
            consent_gather_add(g, filled);
            consent_rewrite_filling(g->rw, held->services[i]);
        }
    }

    if (n) {
        consent_gather_add(g, consent_str("\""));
    }
}


/* RFC 3986, 2.3. */

static const uint8_t  consent_gather_unreserved[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0
};


static void
consent_gather_uri(consent_gather_t *g, consent_str_t s)
{
    size_t             i, start;
    uint8_t            escaped[3];
    static const char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < s.len; i++) {

        for (start = i; i < s.len; i++) {
            if (!consent_gather_unreserved[s.data[i]]) {
                break;
            }
        }

        consent_gather_add(g, (consent_str_t) { i - start, s.data + start });

        if (i < s.len) {
            escaped[0] = '%';
            escaped[1] = (uint8_t) hex[s.data[i] >> 4];
            escaped[2] = (uint8_t) hex[s.data[i] & 15];

            consent_gather_add(g, (consent_str_t) { 3, escaped });
        }
    }
}


/* Our own paths are the page's host's, wherever its <base> leads. */

static void
consent_gather_origin(consent_gather_t *g)
{
    unsigned              i, port;
    uint8_t               digits[6];
    const consent_url_t  *page;

    page = &g->rw->conf->page->url;

    if (!consent_rewrite_elsewhere(g->rw)) {
        return;
    }

    consent_gather_add(g, consent_str("//"));
    consent_gather_add(g, page->host);

    if (page->port == 0) {
        return;
    }

    i = sizeof(digits);

    for (port = page->port; port; port /= 10) {
        digits[--i] = (uint8_t) ('0' + port % 10);
    }

    digits[--i] = ':';

    consent_gather_add(g, (consent_str_t) { sizeof(digits) - i, digits + i });
}


static void
consent_gather_frame(consent_gather_t *g, const consent_held_t *held)
{
    const consent_rules_t  *rules;

    rules = g->rw->conf->rules;

    consent_gather_add(g, consent_str(" src=\""));
    consent_gather_origin(g);
    consent_gather_add(g, g->rw->conf->prefix);
    consent_gather_add(g, consent_str("placeholder?service="));
    consent_gather_add(g, held->nservices
                          ? rules->services[held->services[0]].id
                          : consent_str(CONSENT_UNCLASSIFIED));
    consent_gather_add(g, consent_str("&amp;purpose="));
    consent_gather_purposes(g, held->purposes, consent_str("+"));
    consent_gather_add(g, consent_str("&amp;url="));
    consent_gather_uri(g, held->url);

    if (g->rw->lang_len) {
        consent_gather_add(g, consent_str("&amp;lang="));
        consent_gather_add(g, consent_rewrite_lang(g->rw));
    }

    consent_gather_add(g, consent_str("\""));
}


/* What pages call of the services, for the guard. */
static void
consent_gather_stubs(consent_gather_t *g, const consent_held_t *held)
{
    unsigned       i, n;
    consent_str_t  stubs;

    for (i = 0, n = 0; i < held->nservices; i++) {
        stubs = g->rw->conf->rules->services[held->services[i]].stubs;

        if (stubs.len) {
            consent_gather_add(g, n++ ? consent_str(" ")
                                      : consent_str(" data-pc-stubs=\""));
            consent_gather_add(g, stubs);
        }
    }

    if (n) {
        consent_gather_add(g, consent_str("\""));
    }
}


void
consent_rewrite_put_marks(consent_rewrite_t *rw, consent_held_t *held)
{
    consent_gather_t  g;

    g.rw = rw;
    g.len = 0;

    if (held->script || held->sheet) {
        consent_gather_add(&g, consent_str(" type=\"text/plain\""));
    }

    if (held->sheet) {
        consent_gather_add(&g, consent_str(" href=\"data:text/css,\""));
    }

    if (held->doc && !rw->conf->observe) {
        consent_gather_flush(&g);
        consent_rewrite_put_doc(rw, held);
    }

    if (held->image) {
        consent_gather_add(&g, consent_str(" src=\"" CONSENT_EMPTY_IMAGE
                                           "\""));
    }

    if (held->frame) {
        consent_gather_frame(&g, held);
    }

    consent_gather_add(&g, consent_str(" data-pc-service=\""));
    consent_gather_services(&g, held);
    consent_gather_add(&g, consent_str("\" data-pc-purpose=\""));
    consent_gather_purposes(&g, held->purposes, consent_str(" "));
    consent_gather_add(&g, consent_str("\""));

    if (held->script) {
        consent_gather_fills(&g, held);

        if (rw->conf->stubs) {
            consent_gather_stubs(&g, held);
        }
    }

    consent_gather_flush(&g);
}


void
consent_rewrite_put_tag(consent_rewrite_t *rw, consent_held_t *held)
{
    unsigned              i;
    const consent_tag_t  *tag;

    tag = &held->tag;

    consent_rewrite_upto(rw, tag->start + tag->name_end);
    consent_rewrite_put_marks(rw, held);

    for (i = 0; i < tag->nattrs; i++) {

        if (held->rename[i]) {
            consent_rewrite_upto(rw, tag->start + tag->attr[i].name);
            consent_rewrite_put(rw, consent_str("data-pc-"),
                                CONSENT_SPAN_CONST);
        }

        if (held->nurls) {
            consent_rewrite_put_urls(rw, held, &tag->attr[i]);
        }
    }
}


void
consent_rewrite_put_end(consent_rewrite_t *rw, uint8_t quote)
{
    consent_rewrite_put(rw, quote == '"'    ? consent_str("\">")
                            : quote == '\'' ? consent_str("'>")
                                            : consent_str(">"),
                        CONSENT_SPAN_CONST);
}


int
consent_rewrite_elsewhere(const consent_rewrite_t *rw)
{
    const consent_url_t  *page;

    page = &rw->conf->page->url;

    return (rw->bases & CONSENT_BASE_SURE)
           && !(consent_str_eq(page->host, rw->base_url[0].host)
                && page->port == rw->base_url[0].port);
}


/* 4.2.3, "set the frozen base URL", 3 */

static int
consent_rewrite_is_no_base(const consent_url_t *url)
{
    return consent_str_eq(url->scheme, consent_str("data"))
           || consent_str_eq(url->scheme, consent_str("javascript"));
}


/*
 * HTML, 2.4.3, "fallback base URL": what a base is relative to, as it does not
 * count itself yet.  Of a srcdoc that is the base of the page around it.
 */

static int
consent_rewrite_parse_base(consent_rewrite_t *rw, consent_url_t *url,
    consent_str_t value, uint8_t *buf)
{
    int            rc;
    uint8_t        other_buf[CONSENT_URL_BUF];
    consent_url_t  other;

    rc = consent_url_parse(url, rw->bases & CONSENT_BASE_SURE
                                ? &rw->base_url[0] : &rw->conf->page->url,
                           value, buf);

    if (!(rw->bases & ~rw->based & CONSENT_BASE_FIRST)) {
        return rc;
    }

    /* that one has two readings */

    return consent_url_parse(&other, &rw->base_url[1], value, other_buf) == rc
           && (rc != CONSENT_OK || consent_str_eq(url->href, other.href))
           ? rc : CONSENT_DECLINED;
}


/*
 * Makes value the URL of a base, in as much memory as it needs.
 * CONSENT_DECLINED if it is none; CONSENT_AGAIN if it can't be kept.
 */

static int
consent_rewrite_put_base(consent_rewrite_t *rw, consent_url_t *base,
    consent_str_t value)
{
    int            rc;
    uint8_t        buf[CONSENT_URL_BUF], plain[CONSENT_URL_MAX], lead;
    consent_url_t  url;

    /* the same host and path in every charset, or none */

    if (rw->conf->charset == CONSENT_CHARSET_UNSURE
        && consent_charset_is_high(value))
    {
        if (value.len > CONSENT_URL_MAX || consent_charset_is_split(value)) {
            return CONSENT_AGAIN;
        }

        lead = 0;
        consent_charset_mask(CONSENT_CHARSET_PLAIN, &lead, value.data,
                             value.len, plain);
        value.data = plain;
    }

    rc = consent_rewrite_parse_base(rw, &url, value, buf);

    if (rc == CONSENT_ERROR || (rc == CONSENT_OK
                                && consent_rewrite_is_no_base(&url)))
    {
        return CONSENT_DECLINED;
    }

    /* behind about: or file: even what begins with "http:" has a host */

    if (rc != CONSENT_OK || !url.network || url.href.len > CONSENT_BASE_MAX
        || value.len > CONSENT_URL_MAX)
    {
        return CONSENT_AGAIN;
    }

    if (consent_url_keep(rw->conf->mem, base, &url) != CONSENT_OK) {
        rw->rc = CONSENT_ERROR;
        return CONSENT_DECLINED;
    }

    return CONSENT_OK;
}


void
consent_rewrite_take_base(consent_rewrite_t *rw, consent_held_t *held)
{
    (void) consent_rewrite_judge_unknown(rw, held, CONSENT_TYPE_OTHER);

    held->denied = 1;
    consent_rewrite_rename(held, CONSENT_ATTR_HREF);
}


/*
 * 4.2.3: the first base element with an href decides.  One that is no URL
 * counts by the standard, which falls back to the page's own; Chromium goes
 * on to the next.
 */

int
consent_rewrite_set_base(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    int                    rc;
    unsigned               told, sure, which;
    consent_str_t          value;
    const consent_attr_t  *attr;

    attr = consent_rewrite_attr(tag, CONSENT_ATTR_HREF);

    told = !rw->html.tree.unsure && !rw->html.tree.doubtful;

    if (rw->based & CONSENT_BASE_SURE || attr == NULL
        || (told && rw->html.tree.templates))
    {
        return 0;
    }

    sure = told && !rw->html.noscript && !tag->foreign;

    rw->text_len = 0;
    rw->lost = 0;
    value = consent_rewrite_value(rw, tag, attr);

    /* of those that perhaps count, one can be followed */

    rc = rw->lost || (!sure && rw->based & CONSENT_BASE_FIRST)
         ? CONSENT_AGAIN
         : consent_rewrite_put_base(rw, &rw->base_url[!sure], value);

    if (rc == CONSENT_AGAIN) {
        consent_rewrite_held_init(&rw->held, tag);
        consent_rewrite_take_base(rw, &rw->held);
        consent_rewrite_put_tag(rw, &rw->held);
        return 1;
    }

    if (rc == CONSENT_OK) {
        which = sure ? CONSENT_BASE_SURE : CONSENT_BASE_FIRST;
        rw->based |= which;
        rw->bases |= which;
    }

    return 0;
}

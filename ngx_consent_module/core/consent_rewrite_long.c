#include <string.h>

#include "consent_rewrite_stream.h"


/*
 * Tags that are longer than max_tag: in real pages most hold an image as a
 * data: URL, or a page's state in an attribute.  What there is of the tag is
 * judged and goes out; each further attribute is then held, judged and let
 * out for itself.  Conditions that stand in other attributes are taken to
 * hold.  Memory stays bounded, whatever the length.
 */

/* An attribute of which this much was seen is decided upon. */
#define CONSENT_LONG_ATTR  (2 * CONSENT_URL_MAX)


/* More carriers than are noted: what there is of the tag goes, but for its
   name. */

static void
consent_rewrite_long_drop(consent_rewrite_t *rw)
{
    const consent_html_t  *html;

    html = &rw->html;

    if (!consent_rewrite_judge_unknown(rw, &rw->held, CONSENT_TYPE_OTHER)
        || rw->conf->observe)
    {
        return;
    }

    rw->held.script = (html->tag.id == CONSENT_TAG_SCRIPT);

    consent_rewrite_upto(rw, html->tag.start + html->tag.name_end);
    consent_rewrite_put_marks(rw, &rw->held);
    consent_rewrite_put(rw, consent_str(" "), CONSENT_SPAN_CONST);

    rw->out = html->attr_open ? html->attr_name : rw->end;
}


void
consent_rewrite_long_begin(consent_rewrite_t *rw)
{
    rw->long_tag = 1;
    rw->decided = 0;
    rw->html.attributes = 1;

    if (rw->html.tag.start < rw->base) {
        consent_rewrite_keep(rw, rw->html.tag.start, rw->end);
    }

    if (rw->rc != CONSENT_OK) {
        return;
    }

    consent_rewrite_held_init(&rw->held, &rw->html.tag);

    if (rw->html.tag.overflow) {
        consent_rewrite_long_drop(rw);
        return;
    }

    consent_rewrite_judge_tag(rw, &rw->held,
                              consent_rewrite_wanted(rw, &rw->html.tag), 1);

    if (rw->html.tag.id == CONSENT_TAG_BASE) {
        consent_rewrite_take_base(rw, &rw->held);
    }

    if (rw->held.denied) {
        consent_rewrite_put_tag(rw, &rw->held);
    }
}


/*
 * 1 if what a URL leads to can be told of its begin: no later byte changes
 * which part of it consent_url_parse() looks at, and it sees that there is
 * more of it.
 */

static int
consent_rewrite_long_is_told(const consent_rewrite_t *rw, uint64_t value,
    size_t len)
{
    const uint8_t  *p;

    if (len == 0) {
        return 0;
    }

    p = consent_rewrite_bytes(rw, value);

    if (memchr(p, '&', len) != NULL) {
        return 0;
    }

    while (len && *p <= ' ') {
        p++;
        len--;
    }

    while (len && p[len - 1] <= ' ') {
        len--;
    }

    return len > CONSENT_URL_MAX;
}


/* Judges one attribute; all: its value is complete. */

static void
consent_rewrite_long_judge(consent_rewrite_t *rw, uint64_t name,
    uint64_t value, uint64_t value_end, int all)
{
    consent_held_t           *held;
    consent_attr_t           *attr;
    const consent_carrier_t  *row;

    held = &rw->held;
    consent_rewrite_held_init(held, &rw->html.tag);

    held->tag.start = name;
    held->tag.nattrs = 1;

    attr = &held->tag.attr[0];
    attr->id = consent_html_attr_id(&rw->html);
    attr->quote = rw->html.attr_quote;
    attr->name = rw->html.prefix;
    attr->value = value ? (uint32_t) (value - name) : 0;
    attr->value_len = value ? (uint32_t) (value_end - value) : 0;

    row = consent_carrier_find(held->tag.id, attr->id);
    rw->text_len = 0;
    rw->lost = 0;
    held->part = !all;

    if (held->tag.id == CONSENT_TAG_BASE && attr->id == CONSENT_ATTR_HREF) {
        consent_rewrite_take_base(rw, held);

    } else if (row == NULL) {
        return;

    } else if (all || ((row->value == CONSENT_VALUE_URL
                        || row->value == CONSENT_VALUE_LINK)
                       && consent_rewrite_long_is_told(rw, value,
                                                       attr->value_len)))
    {
        if (consent_rewrite_wanted(rw, &held->tag)) {
            consent_rewrite_judge_attr(rw, held, attr, 1);
        }

    } else if (consent_rewrite_judge_unknown(rw, held, row->type)) {
        consent_rewrite_take_away(rw, held, attr, row);
    }

    if (!held->denied) {
        return;
    }

    consent_rewrite_upto(rw, name);
    consent_rewrite_put_marks(rw, held);
    consent_rewrite_put(rw, consent_str(" "), CONSENT_SPAN_CONST);

    if (held->rename[0]) {
        consent_rewrite_upto(rw, name + attr->name);
        consent_rewrite_put(rw, consent_str("data-pc-"), CONSENT_SPAN_CONST);
    }

    consent_rewrite_put_urls(rw, held, attr);
}


void
consent_rewrite_long_attr(void *data, consent_html_t *html, uint64_t name,
    uint64_t name_end, uint64_t value, uint64_t value_end)
{
    consent_rewrite_t  *rw;

    (void) html;
    (void) name_end;

    rw = data;

    if (rw->rc != CONSENT_OK) {
        return;
    }

    if (rw->decided) {
        rw->decided = 0;
        return;
    }

    if (value_end == 0) {
        value_end = name_end;
    }

    if (name < rw->base) {
        consent_rewrite_keep(rw, name, value_end);

        if (rw->rc != CONSENT_OK) {
            return;
        }
    }

    consent_rewrite_long_judge(rw, name, value, value_end, 1);
}


/* Where what has to stay behind begins, inside a long tag. */

uint64_t
consent_rewrite_long_safe(consent_rewrite_t *rw)
{
    const consent_html_t  *html;

    html = &rw->html;

    if (!html->attr_open || rw->decided) {
        return rw->end;
    }

    if (rw->end - html->attr_name <= CONSENT_LONG_ATTR) {
        return html->attr_name;
    }

    if (html->attr_name < rw->base) {
        consent_rewrite_keep(rw, html->attr_name, rw->end);
    }

    if (rw->rc == CONSENT_OK) {
        consent_rewrite_long_judge(rw, html->attr_name, html->attr_value,
                                   rw->end, 0);
        rw->decided = 1;
    }

    return rw->end;
}


/* Attributes that were judged come out. */

void
consent_rewrite_long_broken(consent_rewrite_t *rw, uint64_t end)
{
    const consent_html_t  *html;

    html = &rw->html;

    if (html->attr_open && !rw->decided) {
        consent_rewrite_upto(rw, html->attr_name);
        consent_rewrite_put_end(rw, 0);

    } else {
        consent_rewrite_upto(rw, end);
        consent_rewrite_put_end(rw, html->attr_open ? html->attr_quote : 0);
    }

    consent_rewrite_long_end(rw);
}


void
consent_rewrite_long_end(consent_rewrite_t *rw)
{
    rw->long_tag = 0;
    rw->decided = 0;
    rw->html.attributes = 0;
}

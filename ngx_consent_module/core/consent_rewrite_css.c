#include <string.h>

#include "consent_rewrite_stream.h"


/*
 * CSS in a page.  A denied URL is not cut out: it becomes the fragment of an
 * empty data: URL, which fetches nothing, keeps the style sheet's syntax in
 * every kind of quoting, and lets the original be read.
 */

#define CONSENT_CSS_INSTEAD  "data:text/css,#"

typedef struct {
    consent_rewrite_t  *rw;
    consent_held_t     *held;
    uint32_t            value;      /* of the attribute, from the tag */
    unsigned            exact:1;    /* offsets are those of the input */
    unsigned            denied:1;
} consent_style_t;


/* Of strings that may become URLs, most are text: a URL that leads elsewhere
   has letters and marks in it. */

static int
consent_rewrite_css_is_url(consent_str_t s)
{
    size_t    i;
    unsigned  letters, marks;

    letters = 0;
    marks = 0;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] > ' ' && memchr("/\\:.", s.data[i], 4)) {
            marks = 1;

        } else if (s.data[i] >= '0') {
            letters = 1;
        }
    }

    return letters && marks;
}


int
consent_rewrite_css_denied(consent_rewrite_t *rw, consent_held_t *held,
    const consent_css_url_t *found)
{
    if (found->maybe && !consent_rewrite_css_is_url(found->url)) {
        return 0;
    }

    if (found->too_long) {
        return consent_rewrite_judge_unknown(rw, held, found->type);
    }

    return consent_rewrite_judge_url(rw, held, found->url, found->type);
}


/* A URL in the content of <style>. */

static void
consent_rewrite_css_found(void *data, const consent_css_url_t *found)
{
    consent_rewrite_t  *rw;

    rw = data;

    if (rw->rc != CONSENT_OK
        || !consent_rewrite_css_denied(rw, &rw->held, found))
    {
        return;
    }

    consent_rewrite_upto(rw, found->start);
    consent_rewrite_put(rw, consent_str(CONSENT_CSS_INSTEAD),
                        CONSENT_SPAN_CONST);
}


static void
consent_rewrite_css_bytes(const consent_rewrite_t *rw, consent_css_t *css,
    uint8_t *lead, const uint8_t *p, size_t len)
{
    size_t   n;
    uint8_t  buf[CONSENT_MASK_MAX];

    if (rw->conf->charset == CONSENT_CHARSET_UTF8) {
        consent_css_feed(css, p, len);
        return;
    }

    for ( /* void */ ; len; len -= n) {
        n = len < CONSENT_MASK_MAX ? len : CONSENT_MASK_MAX;

        consent_css_feed(css, consent_rewrite_masked(rw, lead, p, n, buf), n);
        p += n;
    }
}


void
consent_rewrite_css_begin(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    if (rw->css == NULL) {
        rw->css = consent_alloc(rw->conf->mem, sizeof(consent_css_t));

        if (rw->css == NULL) {
            rw->rc = CONSENT_ERROR;
            return;
        }
    }

    rw->style = 1;
    rw->lead = 0;
    consent_css_init(rw->css, CONSENT_CSS_SHEET, consent_rewrite_css_found, rw,
                     tag->end);
}


void
consent_rewrite_css_text(consent_rewrite_t *rw, consent_str_t text,
    uint64_t offset)
{
    uint8_t        lead;
    consent_css_t  css;

    lead = 0;

    consent_css_init(&css, CONSENT_CSS_SHEET, consent_rewrite_css_found, rw,
                     offset);
    consent_rewrite_css_bytes(rw, &css, &lead, text.data, text.len);
    consent_css_end(&css);
}


void
consent_rewrite_css_feed(consent_rewrite_t *rw, uint64_t offset)
{
    uint64_t  from, stop;

    if (!rw->style) {
        return;
    }

    /* what was kept back stands before the chunk */

    while (rw->css->base < offset) {
        from = rw->css->base;
        stop = from < rw->hold_end && rw->hold_end < offset ? rw->hold_end
                                                            : offset;

        consent_rewrite_css_bytes(rw, rw->css, &rw->lead,
                                  consent_rewrite_bytes(rw, from),
                                  (size_t) (stop - from));
    }
}


/* 1 if the n bytes before the chunk's end begin an end tag, or do so far. */

static int
consent_rewrite_css_ends(const consent_rewrite_t *rw, size_t n,
    consent_str_t tag)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < n && i < tag.len; i++) {
        c = *consent_rewrite_bytes(rw, rw->end - n + i);

        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != tag.data[i]) {
            return 0;
        }
    }

    return n <= tag.len;
}


/*
 * At a chunk's end: the bytes of what may become the style's end tag, or that
 * of an element around it, are not CSS yet; they wait.
 */

void
consent_rewrite_css_tail(consent_rewrite_t *rw)
{
    size_t    n;
    uint64_t  mark;

    static const consent_str_t  style = consent_string("</style");

    if (!rw->style) {
        return;
    }

    /* in svg, what begins like a tag may be text after all */

    if (rw->html.in_token) {
        consent_rewrite_css_feed(rw, rw->html.pending);
        return;
    }

    for (n = style.len; n > 0; n--) {
        if (rw->end - rw->css->base >= n
            && consent_rewrite_css_ends(rw, n, style))
        {
            break;
        }
    }

    mark = consent_html_mark(&rw->html);

    consent_rewrite_css_feed(rw, mark < rw->end - n ? mark : rw->end - n);
}


void
consent_rewrite_css_end(consent_rewrite_t *rw, uint64_t offset)
{
    if (!rw->style) {
        return;
    }

    consent_rewrite_css_feed(rw, offset);
    consent_css_end(rw->css);
    rw->style = 0;

    if (rw->conf->release != NULL) {
        consent_rewrite_release(rw, rw->css, sizeof(consent_css_t));
        rw->css = NULL;
    }
}


/*
 * In svg, elements may stand in a style, which is what is around them; so URLs
 * may go on behind them.  Only of a tag beyond its bound the style was not
 * kept back as a whole: it ends here.
 */

void
consent_rewrite_css_cut(consent_rewrite_t *rw, uint64_t offset)
{
    consent_rewrite_css_end(rw, offset);

    if (!rw->conf->observe) {
        consent_rewrite_upto(rw, offset);
        consent_rewrite_put(rw, consent_str("</style>"), CONSENT_SPAN_CONST);
    }
}


/* A URL in a style attribute. */

static void
consent_rewrite_style_found(void *data, const consent_css_url_t *found)
{
    consent_held_t   *held;
    consent_style_t  *style;

    style = data;
    held = style->held;

    if (!consent_rewrite_css_denied(style->rw, held, found)) {
        return;
    }

    style->denied = 1;

    if (held->nurls == CONSENT_HELD_MAX) {
        style->exact = 0;
        return;
    }

    held->urls[held->nurls++] = style->value + (uint32_t) found->start;
}


int
consent_rewrite_judge_style(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, consent_str_t value)
{
    unsigned         nurls;
    consent_css_t    css;
    consent_style_t  style;

    nurls = held->nurls;

    style.rw = rw;
    style.held = held;
    style.value = attr->value;
    style.exact = memchr(consent_rewrite_bytes(rw, held->tag.start
                                                   + attr->value),
                         '&', attr->value_len) == NULL;
    style.denied = 0;

    consent_css_init(&css, CONSENT_CSS_DECLARATIONS,
                     consent_rewrite_style_found, &style, 0);
    consent_css_feed(&css, value.data, value.len);
    consent_css_end(&css);

    if (!style.denied || style.exact) {
        return 0;
    }

    /* where the places can't be told, the whole attribute goes */

    held->nurls = nurls;

    return 1;
}


void
consent_rewrite_put_urls(consent_rewrite_t *rw, const consent_held_t *held,
    const consent_attr_t *attr)
{
    unsigned  i;

    for (i = 0; i < held->nurls; i++) {

        if (held->urls[i] < attr->value
            || held->urls[i] > attr->value + attr->value_len)
        {
            continue;
        }

        consent_rewrite_upto(rw, held->tag.start + held->urls[i]);
        consent_rewrite_put(rw, consent_str(CONSENT_CSS_INSTEAD),
                            CONSENT_SPAN_CONST);
    }
}

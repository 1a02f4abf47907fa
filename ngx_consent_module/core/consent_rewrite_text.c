#include <string.h>

#include "consent_entity.h"
#include "consent_rewrite_stream.h"


/*
 * Elements whose text is judged as a whole, once it is complete: scripts and
 * styles of svg and of XHTML, whose text is markup (character references and
 * CDATA sections count, comments do not), and the JSON of import maps and
 * speculation rules.  Their start tag waits, as that of an inline script
 * does.  What exceeds the bound or has elements in it can't be told.
 */

const uint8_t *
consent_rewrite_masked(const consent_rewrite_t *rw, uint8_t *lead,
    const uint8_t *p, size_t len, uint8_t *buf)
{
    consent_charset_t  charset;

    charset = rw->conf->charset;

    if (charset == CONSENT_CHARSET_UTF8 || charset == CONSENT_CHARSET_UNSURE
        || (*lead == 0
            && !consent_charset_is_high((consent_str_t) { len, p })))
    {
        return p;
    }

    consent_charset_mask(charset, lead, p, len, buf);

    return buf;
}


int
consent_rewrite_is_odd(const consent_rewrite_t *rw, uint8_t first,
    consent_str_t piece)
{
    return (first == '@' || rw->conf->charset > CONSENT_CHARSET_PLAIN)
           && consent_charset_is_high(piece);
}


consent_reading_t
consent_rewrite_reading(const consent_rewrite_t *rw, const consent_tag_t *tag,
    consent_str_t type)
{
    size_t  i;

    static const struct {
        consent_str_t      type;
        consent_reading_t  reading;
    } types[] = {
        { consent_string("importmap"), CONSENT_READ_MAP },
        { consent_string("speculationrules"), CONSENT_READ_SPECULATION },
        { consent_string("webbundle"), CONSENT_READ_BUNDLE }
    };

    if (tag->id == CONSENT_TAG_STYLE) {
        return tag->foreign || tag->unsure || rw->conf->xml
               ? CONSENT_READ_STYLE : CONSENT_READ_CODE;
    }

    for (i = 0; type.len && i < sizeof(types) / sizeof(types[0]); i++) {
        if (consent_str_caseeq(type, types[i].type)) {
            return types[i].reading;
        }
    }

    if (rw->analytics
        && consent_str_caseeq(type, consent_str("application/json")))
    {
        return CONSENT_READ_REQUESTS;
    }

    return tag->foreign || tag->unsure || rw->conf->xml
           ? CONSENT_READ_SCRIPT : CONSENT_READ_CODE;
}


/* 13.2.5.6 Tag open state: what follows a "<" that is more than a character. */

static int
consent_rewrite_text_is_markup(consent_str_t s)
{
    uint8_t  c;

    if (s.data[0] != '<' || s.len < 2) {
        return 0;
    }

    c = s.data[1];

    return c == '!' || c == '/' || c == '?'
           || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}


/* The length of the comment that s begins with; 0: it is none, or of a kind
   that ends early. */

static size_t
consent_rewrite_text_comment(consent_str_t s)
{
    const uint8_t  *end;

    end = memmem(s.data, s.len, "-->", 3);

    if (s.len < 7 || end == NULL || end < s.data + 4
        || memcmp(s.data, "<!--", 4) != 0 || s.data[4] == '>'
        || memmem(s.data, (size_t) (end - s.data), "--!", 3) != NULL)
    {
        return 0;
    }

    return (size_t) (end - s.data) + 3;
}


/*
 * The text of an element of svg, decoded into out, in.len bytes and those
 * that CONSENT_ENTITY_SIZE() adds.  CONSENT_DECLINED if it can't be told.
 */

static int
consent_rewrite_text_decode(consent_str_t in, uint8_t *out, size_t *len)
{
    size_t          i, n;
    consent_str_t   part;
    const uint8_t  *end;

    *len = 0;

    for (i = 0; i < in.len; i += n) {
        part = (consent_str_t) { in.len - i, in.data + i };

        if (part.len >= 9 && memcmp(part.data, "<![CDATA[", 9) == 0) {
            end = memmem(part.data, part.len, "]]>", 3);
            n = end ? (size_t) (end - part.data) + 3 : part.len;

            memcpy(out + *len, part.data + 9, n - (end ? 12 : 9));
            *len += n - (end ? 12 : 9);
            continue;
        }

        if (consent_rewrite_text_is_markup(part)) {
            n = consent_rewrite_text_comment(part);

            if (n == 0) {
                return CONSENT_DECLINED;
            }

            continue;
        }

        end = memchr(part.data + 1, '<', part.len - 1);
        n = end ? (size_t) (end - part.data) : part.len;
        part.len = n;

        *len += consent_entity_decode(part, out + *len);
    }

    return CONSENT_OK;
}


static void
consent_rewrite_text_url(void *data, const consent_css_url_t *found)
{
    consent_rewrite_t  *rw;

    rw = data;

    rw->text_denied |= (unsigned) consent_rewrite_css_denied(rw, &rw->held,
                                                             found);
}


static int
consent_rewrite_text_style(consent_rewrite_t *rw, consent_str_t text)
{
    consent_css_t  css;

    rw->text_denied = 0;

    consent_css_init(&css, CONSENT_CSS_SHEET, consent_rewrite_text_url, rw, 0);
    consent_css_feed(&css, text.data, text.len);
    consent_css_end(&css);

    return (int) rw->text_denied;
}


/*
 * What may be HTML or not is read in both ways, and is denied if it is in
 * either.  Style sheets are defused as HTML besides, see below.
 */

static int
consent_rewrite_text_unsure(consent_rewrite_t *rw, consent_str_t text)
{
    int  denied;

    if (!rw->held.tag.unsure || rw->reading != CONSENT_READ_SCRIPT) {
        return 0;
    }

    (void) consent_rewrite_script_imports(rw, text.data, text.len);

    consent_inline_feed_kept(rw->conf->rules, &rw->code, NULL, text.data,
                             text.len);
    denied = consent_rewrite_script_denied(rw);

    rw->nfound = 0;
    consent_inline_init(&rw->code);

    if (rw->module) {
        consent_imports_init(rw->imports);
    }

    return denied;
}


/* Script or style as the browser reads it. */

static int
consent_rewrite_text_markup(consent_rewrite_t *rw, consent_str_t text)
{
    int       denied;
    size_t    len;
    uint8_t  *p;

    denied = consent_rewrite_text_unsure(rw, text);

    p = consent_rewrite_scratch(rw, CONSENT_ENTITY_SIZE(text.len) + 1);

    if (p == NULL || consent_rewrite_text_decode(text, p, &len) != CONSENT_OK)
    {
        return denied | consent_rewrite_judge_unknown(rw, &rw->held,
                                                      CONSENT_TYPE_SCRIPT);
    }

    text = (consent_str_t) { len, p };

    if (rw->reading == CONSENT_READ_STYLE) {
        return consent_rewrite_text_style(rw, text);
    }

    (void) consent_rewrite_script_imports(rw, text.data, text.len);

    consent_inline_feed_kept(rw->conf->rules, &rw->code, NULL, text.data,
                             text.len);

    return denied | consent_rewrite_script_denied(rw);
}


/* JSON, which in svg and XHTML is written as markup, too. */

static int
consent_rewrite_text_data(consent_rewrite_t *rw, consent_str_t text)
{
    int                   denied;
    size_t                len;
    uint8_t              *p;
    const consent_tag_t  *tag;

    tag = &rw->held.tag;

    if (!(tag->foreign || tag->unsure || rw->conf->xml)
        || (memchr(text.data, '&', text.len) == NULL
            && memchr(text.data, '<', text.len) == NULL))
    {
        return consent_rewrite_json_denied(rw, text);
    }

    denied = tag->unsure ? consent_rewrite_json_denied(rw, text) : 0;
    p = consent_rewrite_scratch(rw, CONSENT_ENTITY_SIZE(text.len) + 1);

    if (p == NULL || consent_rewrite_text_decode(text, p, &len) != CONSENT_OK)
    {
        return denied | consent_rewrite_judge_unknown(rw, &rw->held,
                                                      CONSENT_TYPE_SCRIPT);
    }

    rw->text_len += len;
    text = (consent_str_t) { len, p };

    return denied | consent_rewrite_json_denied(rw, text);
}


/* As it is to be judged; CONSENT_DECLINED if there is no space for it. */

static int
consent_rewrite_text_masked(consent_rewrite_t *rw, consent_str_t *text)
{
    uint8_t  lead, *p;

    rw->text_len = 0;

    if (rw->conf->charset == CONSENT_CHARSET_UTF8
        || !consent_charset_is_high(*text))
    {
        return CONSENT_OK;
    }

    p = consent_rewrite_scratch(rw, text->len);
    if (p == NULL) {
        return CONSENT_DECLINED;
    }

    lead = 0;
    text->data = consent_rewrite_masked(rw, &lead, text->data, text->len, p);
    rw->text_len = text->len;

    return CONSENT_OK;
}


/* The text of what waits, in one piece. */

static consent_str_t
consent_rewrite_text_bytes(consent_rewrite_t *rw, uint64_t offset)
{
    uint64_t  start;

    start = rw->held.tag.end;

    if (rw->held.tag.start < rw->base) {
        consent_rewrite_keep(rw, rw->held.tag.start, offset);
    }

    if (rw->rc != CONSENT_OK || offset <= start) {
        return consent_str("");
    }

    return (consent_str_t) { (size_t) (offset - start),
                             consent_rewrite_bytes(rw, start) };
}


/*
 * Chromium's preload scanner takes no notice of the type of a style sheet,
 * nor of svg: what stands there to be read is defused besides.
 */

void
consent_rewrite_text_defuse(consent_rewrite_t *rw, uint64_t offset)
{
    consent_str_t  text;

    if (rw->reading == CONSENT_READ_STYLE) {
        text = consent_rewrite_text_bytes(rw, offset);
        consent_rewrite_css_text(rw, text, rw->held.tag.end);
    }
}


int
consent_rewrite_text_denied(consent_rewrite_t *rw, uint64_t offset, int whole)
{
    int            denied;
    consent_str_t  text;

    if (!whole) {
        denied = consent_rewrite_judge_unknown(rw, &rw->held,
                                               CONSENT_TYPE_SCRIPT);

        /* as HTML it goes on: there is no more judging it */

        rw->held.denied |= rw->held.tag.unsure;

        return denied || rw->held.tag.unsure;
    }

    text = consent_rewrite_text_bytes(rw, offset);

    if (text.len == 0
        || (rw->reading == CONSENT_READ_STYLE
            && memchr(text.data, '&', text.len) == NULL
            && memchr(text.data, '<', text.len) == NULL))
    {
        return 0;
    }

    if (consent_rewrite_text_masked(rw, &text) != CONSENT_OK) {
        return consent_rewrite_judge_unknown(rw, &rw->held,
                                             CONSENT_TYPE_SCRIPT);
    }

    return rw->reading < CONSENT_READ_MAP
           ? consent_rewrite_text_markup(rw, text)
           : consent_rewrite_text_data(rw, text);
}

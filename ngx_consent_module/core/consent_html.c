#include <string.h>

#include "consent_html_state.h"
#include "consent_carrier.h"


/*
 * One function a state of WHATWG HTML, 13.2.5.  States are merged only where
 * nothing but parse errors tells them apart; the comment at the function then
 * names all of them.  Character references (13.2.5.72 to 80) never change
 * where a token ends, so they have no states here.
 */

#define CONSENT_STATE(name)                                                   \
    static const uint8_t *name(consent_html_t *h, const uint8_t *p,           \
        const uint8_t *end)

CONSENT_STATE(consent_html_data);
CONSENT_STATE(consent_html_plaintext);
CONSENT_STATE(consent_html_raw);
CONSENT_STATE(consent_html_raw_less_than);
CONSENT_STATE(consent_html_raw_end_tag_open);
CONSENT_STATE(consent_html_raw_end_tag_name);
CONSENT_STATE(consent_html_script);
CONSENT_STATE(consent_html_script_less_than);
CONSENT_STATE(consent_html_escape_start);
CONSENT_STATE(consent_html_escape_start_dash);
CONSENT_STATE(consent_html_escaped);
CONSENT_STATE(consent_html_escaped_dash);
CONSENT_STATE(consent_html_escaped_dash_dash);
CONSENT_STATE(consent_html_escaped_less_than);
CONSENT_STATE(consent_html_double_escape_start);
CONSENT_STATE(consent_html_double_escaped);
CONSENT_STATE(consent_html_double_escaped_dash);
CONSENT_STATE(consent_html_double_escaped_dash_dash);
CONSENT_STATE(consent_html_double_escaped_less_than);
CONSENT_STATE(consent_html_double_escape_end);
CONSENT_STATE(consent_html_tag_open);
CONSENT_STATE(consent_html_end_tag_open);
CONSENT_STATE(consent_html_tag_name);
CONSENT_STATE(consent_html_before_attr_name);
CONSENT_STATE(consent_html_attr_name);
CONSENT_STATE(consent_html_after_attr_name);
CONSENT_STATE(consent_html_before_attr_value);
CONSENT_STATE(consent_html_attr_value_quoted);
CONSENT_STATE(consent_html_attr_value_unquoted);
CONSENT_STATE(consent_html_after_attr_value);
CONSENT_STATE(consent_html_self_closing);
CONSENT_STATE(consent_html_bogus_comment);
CONSENT_STATE(consent_html_markup_declaration);
CONSENT_STATE(consent_html_comment_start);
CONSENT_STATE(consent_html_comment_start_dash);
CONSENT_STATE(consent_html_comment);
CONSENT_STATE(consent_html_comment_end_dash);
CONSENT_STATE(consent_html_comment_end);
CONSENT_STATE(consent_html_comment_end_bang);
CONSENT_STATE(consent_html_doctype);
CONSENT_STATE(consent_html_cdata);
CONSENT_STATE(consent_html_cdata_bracket);
CONSENT_STATE(consent_html_cdata_end);


/* What a byte means to names and values, as a set. */

#define CONSENT_C_SPACE   0x01
#define CONSENT_C_SLASH   0x02
#define CONSENT_C_GT      0x04
#define CONSENT_C_EQUALS  0x08
#define CONSENT_C_ALPHA   0x10
#define CONSENT_C_UPPER   0x20      /* what its lower case has besides */

#define CONSENT_C_TAG_END    (CONSENT_C_SPACE|CONSENT_C_SLASH|CONSENT_C_GT)
#define CONSENT_C_ATTR_END   (CONSENT_C_TAG_END|CONSENT_C_EQUALS)
#define CONSENT_C_VALUE_END  (CONSENT_C_SPACE|CONSENT_C_GT)

#define CONSENT_A  CONSENT_C_ALPHA
#define CONSENT_U  (CONSENT_C_ALPHA|CONSENT_C_UPPER)

static const uint8_t  consent_html_class[256] = {
    ['\t'] = CONSENT_C_SPACE, ['\n'] = CONSENT_C_SPACE,
    ['\f'] = CONSENT_C_SPACE, ['\r'] = CONSENT_C_SPACE,
    [' '] = CONSENT_C_SPACE, ['/'] = CONSENT_C_SLASH,
    ['='] = CONSENT_C_EQUALS, ['>'] = CONSENT_C_GT,

    ['A'] = CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U,
    CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U,
    CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U,
    CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U, CONSENT_U,
    CONSENT_U, CONSENT_U,

    ['a'] = CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A,
    CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A,
    CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A,
    CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A, CONSENT_A,
    CONSENT_A, CONSENT_A
};


static int
consent_html_is_space(uint8_t c)
{
    return consent_html_class[c] & CONSENT_C_SPACE;
}


static int
consent_html_is_alpha(uint8_t c)
{
    return consent_html_class[c] & CONSENT_C_ALPHA;
}


/* The first byte of one of the classes, or end. */

static const uint8_t *
consent_html_skip(const uint8_t *p, const uint8_t *end, uint8_t classes)
{
    while (p < end && !(consent_html_class[*p] & classes)) {
        p++;
    }

    return p;
}


static void
consent_html_name_start(consent_html_t *h)
{
    h->prefix = 0;
    memset(&h->name, 0, sizeof(consent_name_t));
}


static void
consent_html_name_add(consent_html_t *h, const uint8_t *p, size_t len)
{
    size_t    i, n;
    uint8_t  *text;

    if (h->xml) {
        consent_html_xml_name(h, p, len);
        return;
    }

    if (h->name.len < CONSENT_NAME_MAX) {
        n = CONSENT_NAME_MAX - h->name.len;
        n = len < n ? len : n;
        text = h->name.text + h->name.len;

        for (i = 0; i < n; i++) {
            text[i] = (uint8_t) (p[i] | (consent_html_class[p[i]]
                                         & CONSENT_C_UPPER));
        }
    }

    h->name.len = len < UINT32_MAX - h->name.len
                  ? h->name.len + (uint32_t) len : UINT32_MAX;
}


/* Adds the letters from p on to the name; returns where they end. */

static const uint8_t *
consent_html_name_letters(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    for (start = p; p < end && consent_html_is_alpha(*p); p++) {
        /* void */
    }

    consent_html_name_add(h, start, (size_t) (p - start));

    return p;
}


static int
consent_html_name_is(const consent_html_t *h, const consent_name_t *name)
{
    return h->name.len == name->len && name->len <= CONSENT_NAME_MAX
           && memcmp(h->name.text, name->text, CONSENT_NAME_MAX) == 0;
}


static const consent_name_t  consent_html_script_name = { "script", 6 };


static consent_html_state_pt
consent_html_text_state(consent_text_kind_t text)
{
    static const consent_html_state_pt  states[] = {
        consent_html_data,
        consent_html_raw,
        consent_html_raw,
        consent_html_script,
        consent_html_plaintext
    };

    return states[text];
}


/* Back to the text that surrounds a "<" which began no token. */

static void
consent_html_resume_text(consent_html_t *h)
{
    h->in_token = 0;
    h->state = consent_html_text_state(h->text);
}


/* A comment, doctype or CDATA section begins; nothing of it is held. */

static void
consent_html_other_begin(consent_html_t *h, consent_html_state_pt state)
{
    h->in_token = 0;
    h->in_other = 1;
    h->other = CONSENT_OTHER_COMMENT;
    h->matched = 0;
    h->state = state;
}


void
consent_html_other_done(consent_html_t *h, const uint8_t *end)
{
    if (h->handler->other != NULL) {
        h->handler->other(h->data, h, h->other, h->tag.start,
                          consent_html_at(h, end));
    }

    h->in_other = 0;
    h->state = consent_html_data;
}


void
consent_html_emit_tag(consent_html_t *h, const uint8_t *end)
{
    h->tag.end = consent_html_at(h, end);

    if (h->tag.closing) {
        h->text = CONSENT_TEXT_DATA;
    }

    consent_html_tree_tag(h);

    h->handler->tag(h->data, h);

    h->in_token = 0;
    h->state = consent_html_text_state(h->text);
}


static void
consent_html_tag_begin(consent_html_t *h, int closing)
{
    consent_html_name_start(h);

    h->tag.id = CONSENT_TAG_NONE;
    h->tag.name_end = 0;
    h->tag.closing = (unsigned) closing & 1;
    h->tag.self_closing = 0;
    h->tag.overflow = 0;
    h->tag.foreign = 0;
    h->tag.looked = 0;
    h->tag.nattrs = 0;
    h->attr_open = 0;
    h->value_len = 0;
}


static void
consent_html_tag_named(consent_html_t *h, const uint8_t *p)
{
    h->tag.id = consent_tag_id(&h->name);
    h->tag.name_end = (uint32_t) (consent_html_at(h, p) - h->tag.start);

    h->tag.name = h->name;

    if (!h->tag.closing) {
        h->raw = h->name;
    }
}


/* 13.2.5.1 Data state */

static const uint8_t *
consent_html_data(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    unsigned  ntwice;

    ntwice = h->ntwice;
    p = h->quick(h, p, end);

    if (h->state != consent_html_data || h->ntwice != ntwice
        || p == end || *p != '<')
    {
        return p;
    }

    consent_html_tag_begin(h, 0);
    h->tag.start = consent_html_at(h, p);
    h->pending = h->tag.start;
    h->in_token = 1;
    h->state = consent_html_tag_open;

    return p + 1;
}


/* 13.2.5.5 PLAINTEXT state */

static const uint8_t *
consent_html_plaintext(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) h;
    (void) p;

    return end;
}


/* The next "<" in raw text that may begin its end tag, or that the byte
   `also` follows. */

static const uint8_t *
consent_html_raw_find(const consent_html_t *h, const uint8_t *p,
    const uint8_t *end, uint8_t also)
{
    for ( /* void */ ; (p = h->scan->byte(p, end, '<')) < end; p++) {

        if (end - p < 3) {
            return p;
        }

        if (p[1] == also
            || (p[1] == '/' && (p[2] | 0x20) == (h->raw.text[0] | 0x20)))
        {
            return p;
        }
    }

    return end;
}


/*
 * The end tag of raw text as nearly all are: in lower case, without white
 * space, wholly in the piece.  Returns what is behind it; NULL: the states
 * have to look at it.
 */

static const uint8_t *
consent_html_raw_end_tag(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    size_t  n;

    n = h->raw.len;

    if (n > CONSENT_NAME_MAX || (size_t) (end - p) < n + 3 || p[1] != '/'
        || p[2 + n] != '>' || memcmp(p + 2, h->raw.text, n) != 0)
    {
        return NULL;
    }

    consent_html_tag_begin(h, 1);

    h->name = h->raw;
    h->tag.start = consent_html_at(h, p);
    h->pending = h->tag.start;
    h->in_token = 1;

    consent_html_tag_named(h, p + 2 + n);
    consent_html_emit_tag(h, p + 3 + n);

    return p + 3 + n;
}


/* 13.2.5.2 RCDATA state, 13.2.5.3 RAWTEXT state */

static const uint8_t *
consent_html_raw(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *next;

    p = consent_html_raw_find(h, p, end, 0);

    if (p == end) {
        return end;
    }

    next = consent_html_raw_end_tag(h, p, end);

    if (next != NULL) {
        return next;
    }

    h->tag.start = consent_html_at(h, p);
    h->state = consent_html_raw_less_than;

    return p + 1;
}


/* 13.2.5.9, 12: RCDATA and RAWTEXT less-than sign state */

static const uint8_t *
consent_html_raw_less_than(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '/') {
        h->state = consent_html_raw_end_tag_open;
        return p + 1;
    }

    consent_html_resume_text(h);

    return p;
}


/* Where a failed end tag goes back to: the states that read raw text. */

static void
consent_html_raw_resume(consent_html_t *h)
{
    h->state = h->matched ? consent_html_escaped
                          : consent_html_text_state(h->text);
}


/* 13.2.5.10, 13, 16, 24: RCDATA, RAWTEXT, script data, script data escaped
   end tag open state */

static const uint8_t *
consent_html_raw_end_tag_open(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (consent_html_is_alpha(*p)) {
        consent_html_tag_begin(h, 1);
        h->state = consent_html_raw_end_tag_name;
        return p;
    }

    consent_html_raw_resume(h);

    return p;
}


/* 13.2.5.11, 14, 17, 25: RCDATA, RAWTEXT, script data, script data escaped
   end tag name state */

static const uint8_t *
consent_html_raw_end_tag_name(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    p = consent_html_name_letters(h, p, end);

    if (p == end) {
        return end;
    }

    if ((consent_html_is_space(*p) || *p == '/' || *p == '>')
        && consent_html_name_is(h, &h->raw))
    {
        h->pending = h->tag.start;
        h->in_token = 1;
        h->matched = 0;
        h->state = consent_html_tag_name;
        return p;
    }

    consent_html_raw_resume(h);

    return p;
}


/* 13.2.5.4 Script data state */

static const uint8_t *
consent_html_script(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *next;

    h->matched = 0;

    p = consent_html_raw_find(h, p, end, '!');

    if (p == end) {
        return end;
    }

    next = consent_html_raw_end_tag(h, p, end);

    if (next != NULL) {
        return next;
    }

    h->tag.start = consent_html_at(h, p);
    h->state = consent_html_script_less_than;

    return p + 1;
}


/* 13.2.5.15 Script data less-than sign state */

static const uint8_t *
consent_html_script_less_than(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '/') {
        h->state = consent_html_raw_end_tag_open;
        return p + 1;
    }

    if (*p == '!') {
        h->state = consent_html_escape_start;
        return p + 1;
    }

    h->state = consent_html_script;

    return p;
}


/* 13.2.5.18 Script data escape start state */

static const uint8_t *
consent_html_escape_start(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_escape_start_dash;
        return p + 1;
    }

    h->state = consent_html_script;

    return p;
}


/* 13.2.5.19 Script data escape start dash state */

static const uint8_t *
consent_html_escape_start_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_escaped_dash_dash;
        return p + 1;
    }

    h->state = consent_html_script;

    return p;
}


#define CONSENT_ESCAPED(member, l)  member('-', l) member('<', l)

/* What matters in escaped script data. */

static const consent_scan_set_t  consent_html_escaped_set =
    CONSENT_SCAN_SET(CONSENT_ESCAPED);


/* 13.2.5.20 Script data escaped state */

static const uint8_t *
consent_html_escaped(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    p = h->scan->any(p, end, &consent_html_escaped_set);

    if (p == end) {
        return end;
    }

    if (*p == '-') {
        h->state = consent_html_escaped_dash;

    } else {
        h->tag.start = consent_html_at(h, p);
        h->state = consent_html_escaped_less_than;
    }

    return p + 1;
}


/* 13.2.5.21 Script data escaped dash state */

static const uint8_t *
consent_html_escaped_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_escaped_dash_dash;
        return p + 1;
    }

    h->state = consent_html_escaped;

    return p;
}


/* 13.2.5.22 Script data escaped dash dash state */

static const uint8_t *
consent_html_escaped_dash_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        return p + 1;
    }

    if (*p == '>') {
        h->state = consent_html_script;
        return p + 1;
    }

    h->state = consent_html_escaped;

    return p;
}


/* 13.2.5.23 Script data escaped less-than sign state */

static const uint8_t *
consent_html_escaped_less_than(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '/') {
        h->matched = 1;
        h->state = consent_html_raw_end_tag_open;
        return p + 1;
    }

    if (consent_html_is_alpha(*p)) {
        consent_html_name_start(h);
        h->state = consent_html_double_escape_start;
        return p;
    }

    h->state = consent_html_escaped;

    return p;
}


/* The common part of 13.2.5.26 and 31: a name, then what follows it. */

static const uint8_t *
consent_html_escape_name(consent_html_t *h, const uint8_t *p,
    const uint8_t *end, consent_html_state_pt script,
    consent_html_state_pt other)
{
    p = consent_html_name_letters(h, p, end);

    if (p == end) {
        return end;
    }

    if (consent_html_is_space(*p) || *p == '/' || *p == '>') {
        h->state = consent_html_name_is(h, &consent_html_script_name)
                   ? script : other;
        return p + 1;
    }

    h->state = other;

    return p;
}


/* 13.2.5.26 Script data double escape start state */

static const uint8_t *
consent_html_double_escape_start(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    return consent_html_escape_name(h, p, end, consent_html_double_escaped,
                                    consent_html_escaped);
}


/* 13.2.5.27 Script data double escaped state */

static const uint8_t *
consent_html_double_escaped(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    p = h->scan->any(p, end, &consent_html_escaped_set);

    if (p == end) {
        return end;
    }

    h->state = (*p == '-') ? consent_html_double_escaped_dash
                           : consent_html_double_escaped_less_than;

    return p + 1;
}


/* 13.2.5.28 Script data double escaped dash state */

static const uint8_t *
consent_html_double_escaped_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_double_escaped_dash_dash;
        return p + 1;
    }

    h->state = consent_html_double_escaped;

    return p;
}


/* 13.2.5.29 Script data double escaped dash dash state */

static const uint8_t *
consent_html_double_escaped_dash_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        return p + 1;
    }

    if (*p == '>') {
        h->state = consent_html_script;
        return p + 1;
    }

    h->state = consent_html_double_escaped;

    return p;
}


/* 13.2.5.30 Script data double escaped less-than sign state */

static const uint8_t *
consent_html_double_escaped_less_than(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '/') {
        consent_html_name_start(h);
        h->state = consent_html_double_escape_end;
        return p + 1;
    }

    h->state = consent_html_double_escaped;

    return p;
}


/* 13.2.5.31 Script data double escape end state */

static const uint8_t *
consent_html_double_escape_end(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    return consent_html_escape_name(h, p, end, consent_html_escaped,
                                    consent_html_double_escaped);
}


/* 13.2.5.6 Tag open state */

static const uint8_t *
consent_html_tag_open(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (consent_html_is_alpha(*p)) {
        h->state = consent_html_tag_name;
        return p;
    }

    switch (*p) {

    case '/':
        h->state = consent_html_end_tag_open;
        return p + 1;

    case '!':
        consent_html_other_begin(h, consent_html_markup_declaration);
        return p + 1;

    case '?':
        if (h->xml) {
            consent_html_other_begin(h, consent_html_xml_instruction);
            h->other = CONSENT_OTHER_INSTRUCTION;
            return p + 1;
        }

        /* processing instructions end at ">" in both readings */
        consent_html_other_begin(h, consent_html_bogus_comment);
        return p;

    default:
        consent_html_resume_text(h);
        return p;
    }
}


/* 13.2.5.7 End tag open state */

static const uint8_t *
consent_html_end_tag_open(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (consent_html_is_alpha(*p)) {
        consent_html_tag_begin(h, 1);
        h->state = consent_html_tag_name;
        return p;
    }

    if (*p == '>') {
        consent_html_resume_text(h);
        return p + 1;
    }

    consent_html_other_begin(h, consent_html_bogus_comment);

    return p;
}


/* 13.2.5.8 Tag name state */

static const uint8_t *
consent_html_tag_name(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    start = p;
    p = consent_html_skip(p, end, CONSENT_C_TAG_END);
    consent_html_name_add(h, start, (size_t) (p - start));

    if (p == end) {
        return end;
    }

    consent_html_tag_named(h, p);

    if (*p == '>') {
        consent_html_emit_tag(h, p + 1);
        return p + 1;
    }

    h->state = (*p == '/') ? consent_html_self_closing
                           : consent_html_before_attr_name;

    return p + 1;
}


static void
consent_html_attr_begin(consent_html_t *h, const uint8_t *p)
{
    h->attr_name = consent_html_at(h, p);
    h->attr_value = 0;
    h->attr_quote = 0;
    h->attr_open = 1;

    consent_html_name_start(h);
}


uint8_t
consent_html_attr_id(const consent_html_t *h)
{
    uint8_t  id;

    id = consent_attr_id(&h->name);

    return h->prefix ? consent_html_xml_attr(id) : id;
}


/* Notes the finished attribute; value_end is where its value stopped. */

static void
consent_html_attr_done(consent_html_t *h, uint64_t value_end)
{
    uint8_t          id;
    consent_attr_t  *attr;

    if (!h->attr_open) {
        return;
    }

    h->attr_open = 0;

    if (h->attributes) {
        h->handler->attribute(h->data, h, h->attr_name, h->attr_name_end,
                              h->attr_value,
                              h->attr_value ? value_end : 0);
    }

    id = consent_html_attr_id(h);

    if (id == CONSENT_ATTR_NONE) {
        return;
    }

    if (h->tag.nattrs == CONSENT_ATTR_MAX
        || value_end - h->tag.start > UINT32_MAX)
    {
        h->tag.overflow = 1;
        return;
    }

    attr = &h->tag.attr[h->tag.nattrs++];
    attr->id = id;
    attr->quote = h->attr_quote;
    attr->name = (uint32_t) (h->attr_name - h->tag.start) + h->prefix;
    attr->value = 0;
    attr->value_len = 0;

    if (h->attr_value) {
        attr->value = (uint32_t) (h->attr_value - h->tag.start);
        attr->value_len = (uint32_t) (value_end - h->attr_value);
    }
}


/* 13.2.5.32 Before attribute name state */

static const uint8_t *
consent_html_before_attr_name(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    while (p < end && consent_html_is_space(*p)) {
        p++;
    }

    if (p == end) {
        return end;
    }

    if (*p == '/' || *p == '>') {
        h->state = consent_html_after_attr_name;
        return p;
    }

    consent_html_attr_begin(h, p);
    h->state = consent_html_attr_name;

    /* a "=" here is the name's first character */

    if (*p == '=') {
        consent_html_name_add(h, p++, 1);
    }

    return p;
}


/* 13.2.5.33 Attribute name state */

static const uint8_t *
consent_html_attr_name(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    start = p;
    p = consent_html_skip(p, end, CONSENT_C_ATTR_END);
    consent_html_name_add(h, start, (size_t) (p - start));

    if (p == end) {
        return end;
    }

    h->attr_name_end = consent_html_at(h, p);

    if (*p == '=') {
        h->state = consent_html_before_attr_value;
        return p + 1;
    }

    h->state = consent_html_after_attr_name;

    return p;
}


/* 13.2.5.34 After attribute name state */

static const uint8_t *
consent_html_after_attr_name(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    while (p < end && consent_html_is_space(*p)) {
        p++;
    }

    if (p == end) {
        return end;
    }

    if (*p == '=' && h->attr_open) {
        h->state = consent_html_before_attr_value;
        return p + 1;
    }

    consent_html_attr_done(h, h->attr_name_end);

    if (*p == '/') {
        h->state = consent_html_self_closing;
        return p + 1;
    }

    if (*p == '>') {
        consent_html_emit_tag(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_before_attr_name;

    return p;
}


/* 13.2.5.35 Before attribute value state */

static const uint8_t *
consent_html_before_attr_value(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    while (p < end && consent_html_is_space(*p)) {
        p++;
    }

    if (p == end) {
        return end;
    }

    if (*p == '"' || *p == '\'') {
        h->attr_quote = *p;
        h->attr_value = consent_html_at(h, p + 1);
        h->state = consent_html_attr_value_quoted;
        return p + 1;
    }

    h->attr_value = consent_html_at(h, p);
    h->state = consent_html_attr_value_unquoted;

    return p;
}


/* Keeps the value of encoding, which tree construction looks at. */

static void
consent_html_value_add(consent_html_t *h, const uint8_t *p, size_t len)
{
    size_t    n;
    unsigned  i;

    if (h->tag.id != CONSENT_TAG_ANNOTATION_XML
        || consent_html_attr_id(h) != CONSENT_ATTR_ENCODING)
    {
        return;
    }

    /* of attributes with the same name the first one counts */

    for (i = 0; i < h->tag.nattrs; i++) {
        if (h->tag.attr[i].id == CONSENT_ATTR_ENCODING) {
            return;
        }
    }

    if (h->value_len < CONSENT_VALUE_MAX) {
        n = CONSENT_VALUE_MAX - h->value_len;
        memcpy(h->value + h->value_len, p, len < n ? len : n);
    }

    h->value_len = len < UINT32_MAX - h->value_len
                   ? h->value_len + (uint32_t) len : UINT32_MAX;
}


/* 13.2.5.36, 37: Attribute value (double-quoted), (single-quoted) state */

static const uint8_t *
consent_html_attr_value_quoted(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    start = p;
    p = h->scan->byte(p, end, h->attr_quote);
    consent_html_value_add(h, start, (size_t) (p - start));

    if (p == end) {
        return end;
    }

    consent_html_attr_done(h, consent_html_at(h, p));
    h->state = consent_html_after_attr_value;

    return p + 1;
}


/* 13.2.5.38 Attribute value (unquoted) state */

static const uint8_t *
consent_html_attr_value_unquoted(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    const uint8_t  *start;

    start = p;
    p = consent_html_skip(p, end, CONSENT_C_VALUE_END);
    consent_html_value_add(h, start, (size_t) (p - start));

    if (p == end) {
        return end;
    }

    consent_html_attr_done(h, consent_html_at(h, p));

    if (*p == '>') {
        consent_html_emit_tag(h, p + 1);

    } else {
        h->state = consent_html_before_attr_name;
    }

    return p + 1;
}


/* 13.2.5.39 After attribute value (quoted) state */

static const uint8_t *
consent_html_after_attr_value(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '/') {
        h->state = consent_html_self_closing;
        return p + 1;
    }

    if (*p == '>') {
        consent_html_emit_tag(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_before_attr_name;

    return p;
}


/* 13.2.5.40 Self-closing start tag state */

static const uint8_t *
consent_html_self_closing(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '>') {
        h->tag.self_closing = 1;
        consent_html_emit_tag(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_before_attr_name;

    return p;
}


/* 13.2.5.41 Bogus comment state */

static const uint8_t *
consent_html_bogus_comment(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    p = h->scan->byte(p, end, '>');

    if (p == end) {
        return end;
    }

    consent_html_other_done(h, p + 1);

    return p + 1;
}


/* The words behind "<!" that open more than a bogus comment. */

static const struct {
    const char             *word;
    int                     kind;
    consent_html_state_pt   state;
    consent_html_state_pt   xml;
} consent_html_declarations[] = {
    { "--", CONSENT_OTHER_COMMENT,
      consent_html_comment_start, consent_html_comment },
    { "doctype", CONSENT_OTHER_DOCTYPE,
      consent_html_doctype, consent_html_xml_doctype },
    { "[cdata[", CONSENT_OTHER_CDATA,
      consent_html_cdata, consent_html_cdata }
};


static unsigned
consent_html_declaration(const consent_html_t *h, uint8_t c)
{
    switch (c) {
    case '-':
        return 0;
    case 'd':
    case 'D':
        return 1;
    case '[':
        return consent_html_tree_cdata(h) != CONSENT_CDATA_NONE ? 2 : 3;
    default:
        return 3;
    }
}


/* A word of the list is complete. */

static void
consent_html_declared(consent_html_t *h, uint64_t offset)
{
    static const consent_name_t  cdata;

    h->matched = 0;
    h->lead = 0;

    if (h->word == 2 && consent_html_tree_cdata(h) == CONSENT_CDATA_TWICE) {
        h->state = consent_html_bogus_comment;
        consent_html_twice_open(h, offset, &cdata);
        return;
    }

    h->other = consent_html_declarations[h->word].kind;
    h->state = h->xml ? consent_html_declarations[h->word].xml
                      : consent_html_declarations[h->word].state;
}


/* 13.2.5.42 Markup declaration open state */

static const uint8_t *
consent_html_markup_declaration(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    uint8_t      c;
    const char  *word;

    for ( /* void */ ; p < end; p++) {

        if (h->matched == 0) {
            h->word = consent_html_declaration(h, *p);
        }

        if (h->word == 3) {
            break;
        }

        /* "CDATA" alone is compared with its case */

        c = *p;

        if (c >= 'A' && c <= 'Z') {
            c |= 0x20;

        } else if (c >= 'a' && c <= 'z' && h->word == 2) {
            break;
        }

        word = consent_html_declarations[h->word].word;

        if ((uint8_t) word[h->matched] != c) {
            break;
        }

        if (word[++h->matched] == '\0') {
            consent_html_declared(h, consent_html_at(h, p + 1));
            return p + 1;
        }
    }

    if (p < end) {
        h->matched = 0;
        h->state = consent_html_bogus_comment;
    }

    return p;
}


/* 13.2.5.43 Comment start state */

static const uint8_t *
consent_html_comment_start(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_comment_start_dash;
        return p + 1;
    }

    if (*p == '>') {
        consent_html_other_done(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_comment;

    return p;
}


/* 13.2.5.44 Comment start dash state */

static const uint8_t *
consent_html_comment_start_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_comment_end;
        return p + 1;
    }

    if (*p == '>') {
        consent_html_other_done(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_comment;

    return p;
}


/* 13.2.5.45 Comment state; 46 to 49, the less-than sign states, differ from
   it in parse errors only */

static const uint8_t *
consent_html_comment(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    p = h->scan->byte(p, end, '-');

    if (p == end) {
        return end;
    }

    h->state = consent_html_comment_end_dash;

    return p + 1;
}


/* 13.2.5.50 Comment end dash state */

static const uint8_t *
consent_html_comment_end_dash(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_comment_end;
        return p + 1;
    }

    h->state = consent_html_comment;

    return p;
}


/* 13.2.5.51 Comment end state */

static const uint8_t *
consent_html_comment_end(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '>') {
        consent_html_other_done(h, p + 1);
        return p + 1;
    }

    if (*p == '!' && !h->xml) {
        h->state = consent_html_comment_end_bang;
        return p + 1;
    }

    if (*p == '-') {
        return p + 1;
    }

    h->state = consent_html_comment;

    return p;
}


/* 13.2.5.52 Comment end bang state */

static const uint8_t *
consent_html_comment_end_bang(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == '-') {
        h->state = consent_html_comment_end_dash;
        return p + 1;
    }

    if (*p == '>') {
        consent_html_other_done(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_comment;

    return p;
}


/* 13.2.5.53 to 68, the DOCTYPE states: each of them ends at the first ">",
   even inside a quoted identifier */

static const uint8_t *
consent_html_doctype(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    p = h->scan->byte(p, end, '>');

    if (p == end) {
        return end;
    }

    consent_html_other_done(h, p + 1);

    return p + 1;
}


/*
 * 13.2.5.69 CDATA section state.  Its end is the only markup that the second
 * byte of a character can be taken for.
 */

static const uint8_t *
consent_html_cdata(consent_html_t *h, const uint8_t *p, const uint8_t *end)
{
    p = h->charset == CONSENT_CHARSET_UTF8
        ? h->scan->byte(p, end, ']')
        : consent_charset_seek(h->charset, &h->lead, p, end, ']');

    if (p == end) {
        return end;
    }

    h->state = consent_html_cdata_bracket;

    return p + 1;
}


/* 13.2.5.70 CDATA section bracket state */

static const uint8_t *
consent_html_cdata_bracket(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == ']') {
        h->state = consent_html_cdata_end;
        return p + 1;
    }

    h->state = consent_html_cdata;

    return p;
}


/* 13.2.5.71 CDATA section end state */

static const uint8_t *
consent_html_cdata_end(consent_html_t *h, const uint8_t *p,
    const uint8_t *end)
{
    (void) end;

    if (*p == ']') {
        return p + 1;
    }

    if (*p == '>') {
        consent_html_other_done(h, p + 1);
        return p + 1;
    }

    h->state = consent_html_cdata;

    return p;
}


void
consent_html_init(consent_html_t *h, const consent_html_handler_t *handler,
    void *data, int xml)
{
    memset(h, 0, sizeof(consent_html_t));

    h->state = consent_html_data;
    h->handler = handler;
    h->data = data;
    h->scan = consent_scan();
    h->quick = consent_html_quick;

#if (CONSENT_HTML_AVX2)
    if (h->scan->wide) {
        h->quick = consent_html_quick_avx2;
    }
#endif

    if (xml) {
        h->xml = 1;
        h->quick = consent_html_xml_text;
    }
}


int
consent_html_broken_kind(const consent_html_t *h)
{
    if (h->in_token) {
        return CONSENT_BROKEN_TAG;
    }

    if (h->text != CONSENT_TEXT_DATA) {
        return CONSENT_BROKEN_RAW;
    }

    if (!h->in_other) {
        return -1;
    }

    if (h->state == consent_html_bogus_comment
        || h->state == consent_html_markup_declaration
        || h->other == CONSENT_OTHER_DOCTYPE)
    {
        return CONSENT_BROKEN_BOGUS;
    }

    return h->other == CONSENT_OTHER_CDATA ? CONSENT_BROKEN_CDATA
                                           : CONSENT_BROKEN_COMMENT;
}


void
consent_html_resume_at(consent_html_t *h, uint64_t offset,
    const consent_name_t *name)
{
    h->in_other = 0;
    h->matched = 0;
    h->text = CONSENT_TEXT_DATA;

    if (name->len == 0) {
        consent_html_resume_text(h);
        return;
    }

    consent_html_tag_begin(h, 1);

    h->name = *name;
    h->tag.start = offset;
    h->pending = offset;
    h->in_token = 1;
    h->state = consent_html_tag_name;
}


void
consent_html_feed(consent_html_t *h, const uint8_t *data, size_t len)
{
    const uint8_t  *p, *end;

    p = data;
    end = data + len;
    h->chunk = p;
    h->chunk_end = end;

    while (p < end) {
        p = h->ntwice ? consent_html_twice(h, p, end) : h->state(h, p, end);
    }

    h->base += len;
    h->chunk = end;
}


void
consent_html_end(consent_html_t *h)
{
    /* an unfinished tag is dropped, an unfinished comment is emitted */

    if (h->in_other && h->other != CONSENT_OTHER_CDATA) {
        consent_html_other_done(h, h->chunk);
    }

    h->in_token = 0;
}


void
consent_html_set_text(consent_html_t *h, consent_text_kind_t text,
    consent_str_t name)
{
    if (text == CONSENT_TEXT_CDATA) {
        consent_html_other_begin(h, consent_html_cdata);
        h->other = CONSENT_OTHER_CDATA;

    } else {
        h->text = text;
        h->state = consent_html_text_state(text);
    }

    consent_html_name_start(h);
    consent_html_name_add(h, name.data, name.len);

    h->raw = h->name;
}

/*
 * The encoding sniffing algorithm: WHATWG HTML, 13.2.3.2 and 13.2.3.3, and
 * the charset of a Content-Type (Fetch, 3.5; MIME Sniffing, 4.4).
 */

#include <string.h>

#include "consent_charset.h"


/* How a page may begin, to be told before all else. */

typedef struct {
    consent_str_t      bytes;
    unsigned           mark:1;      /* a byte order mark, which always wins */
    unsigned           xml:1;       /* XML, appendix F.1: for XHTML alone */
    consent_charset_t  charset;
} consent_sniff_start_t;

static const consent_sniff_start_t  consent_sniff_starts[] = {
    { consent_string("\xef\xbb\xbf"), 1, 0, CONSENT_CHARSET_UTF8 },
    { consent_string("\xfe\xff"), 1, 0, CONSENT_CHARSET_UNREADABLE },
    { consent_string("\xff\xfe"), 1, 0, CONSENT_CHARSET_UNREADABLE },
    { consent_string("<\0?\0x\0"), 0, 0, CONSENT_CHARSET_UNREADABLE },
    { consent_string("\0<\0?\0x"), 0, 0, CONSENT_CHARSET_UNREADABLE },
    { consent_string("<\0"), 0, 1, CONSENT_CHARSET_UNREADABLE },
    { consent_string("\0<"), 0, 1, CONSENT_CHARSET_UNREADABLE },
    { consent_string("\0\0"), 0, 1, CONSENT_CHARSET_UNREADABLE },
    { consent_string("\x4c\x6f\xa7\x94"), 0, 1, CONSENT_CHARSET_UNREADABLE }
};


/* A value, as it stands; and what a meta element says by its attributes. */

typedef struct {
    consent_str_t  name;
    consent_str_t  value;
} consent_sniff_attr_t;

typedef struct {
    const char         *name;       /* of the encoding, or NULL */
    consent_charset_t   charset;
    unsigned            set:1;      /* charset is not null: 13.2.3.3 */
    unsigned            strange:1;  /* a label that is none */
    unsigned            pragma:1;
    unsigned            need:1;     /* it counts only with the pragma */
    unsigned            seen:3;     /* attributes: each counts once */
} consent_sniff_meta_t;

#define CONSENT_SEEN_HTTP_EQUIV  1
#define CONSENT_SEEN_CONTENT     2
#define CONSENT_SEEN_CHARSET     4


static int
consent_sniff_is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}


static int
consent_sniff_is_alpha(uint8_t c)
{
    c |= 0x20;

    return c >= 'a' && c <= 'z';
}


/* The first of these words in s from pos on, in any case; or s.len. */

static size_t
consent_sniff_word(consent_str_t s, size_t pos, consent_str_t word)
{
    for ( /* void */ ; s.len - pos >= word.len; pos++) {
        if (consent_str_caseeq((consent_str_t) { word.len, s.data + pos },
                               word))
        {
            return pos;
        }
    }

    return s.len;
}


/* RFC 9110, 5.6.2 */

static int
consent_sniff_is_token(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] <= ' ' || s.data[i] >= 0x7f
            || strchr("\"(),/:;<=>?@[\\]{}", s.data[i]) != NULL)
        {
            return 0;
        }
    }

    return s.len != 0;
}


/* Where the run ends that has none of these two bytes in it. */

static size_t
consent_sniff_until(consent_str_t s, size_t pos, uint8_t a, uint8_t b)
{
    while (pos < s.len && s.data[pos] != a && s.data[pos] != b) {
        pos++;
    }

    return pos;
}


static consent_str_t
consent_sniff_trim(consent_str_t s)
{
    while (s.len && consent_sniff_is_space(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len && consent_sniff_is_space(s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


/* A parameter's value from pos on, and where it ends. */

static size_t
consent_sniff_value(consent_str_t type, size_t pos, consent_str_t *value)
{
    size_t  start;

    start = pos;

    if (pos == type.len || type.data[pos] != '"') {
        pos = consent_sniff_until(type, pos, ';', ',');
        *value = consent_sniff_trim((consent_str_t) { pos - start,
                                                      type.data + start });
        return pos;
    }

    start = ++pos;

    while (pos < type.len && type.data[pos] != '"') {
        pos += type.data[pos] == '\\' && type.len - pos > 1 ? 2 : 1;
    }

    /* what is escaped stays so: no label has a backslash */

    *value = (consent_str_t) { pos - start, type.data + start };

    return consent_sniff_until(type, pos, ';', ',');
}


/*
 * The charset parameter of one MIME type, which ends at a comma: where that
 * is.  label.len is 0 if there is none.
 */

static size_t
consent_sniff_parameters(consent_str_t type, size_t pos,
    consent_str_t *label)
{
    size_t         start;
    consent_str_t  name, value;

    *label = consent_str("");

    while (pos < type.len && type.data[pos] == ';') {

        for (pos++; pos < type.len && consent_sniff_is_space(type.data[pos]);
             pos++)
        {
            /* void */
        }

        start = pos;

        while (pos < type.len && memchr(";=,", type.data[pos], 3) == NULL) {
            pos++;
        }

        name = (consent_str_t) { pos - start, type.data + start };

        if (pos == type.len || type.data[pos] != '=') {
            continue;
        }

        pos = consent_sniff_value(type, pos + 1, &value);

        if (label->len == 0
            && consent_str_caseeq(name, consent_str("charset")))
        {
            *label = value;
        }
    }

    return pos;
}


/* 1 if it is a type and a subtype (MIME Sniffing, 4.4). */

static int
consent_sniff_is_type(consent_str_t essence)
{
    size_t  slash;

    slash = consent_sniff_until(essence, 0, '/', '/');

    return slash < essence.len
           && consent_sniff_is_token((consent_str_t) { slash, essence.data })
           && consent_sniff_is_token((consent_str_t) {
                                         essence.len - slash - 1,
                                         essence.data + slash + 1 });
}


/* The next of the types, up to its parameters, from *pos; which is moved to
   them. */

static consent_str_t
consent_sniff_essence(consent_str_t type, size_t *pos)
{
    size_t  start;

    start = *pos;
    *pos = consent_sniff_until(type, start, ';', ',');

    return consent_sniff_trim((consent_str_t) { *pos - start,
                                                type.data + start });
}


consent_content_t
consent_sniff_content(consent_str_t type)
{
    size_t             i, pos;
    consent_str_t      essence, label;
    consent_content_t  content;

    static const struct {
        consent_str_t      name;
        consent_content_t  content;
    } types[] = {
        { consent_string("text/html"), CONSENT_CONTENT_HTML },
        { consent_string("application/xhtml+xml"), CONSENT_CONTENT_XHTML },
        { consent_string("*/*"), CONSENT_CONTENT_UNTYPED },
        { consent_string("unknown/unknown"), CONSENT_CONTENT_UNTYPED },
        { consent_string("application/unknown"), CONSENT_CONTENT_UNTYPED }
    };

    content = CONSENT_CONTENT_UNTYPED;

    for (pos = 0; pos < type.len; pos++) {
        essence = consent_sniff_essence(type, &pos);
        pos = consent_sniff_parameters(type, pos, &label);

        /* some cut it at white space */

        for (i = 0; i < essence.len && !consent_sniff_is_space(essence.data[i]);
             i++)
        {
            /* void */
        }

        label = (consent_str_t) { i, essence.data };

        for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
            if (consent_str_caseeq(label, types[i].name)) {
                break;
            }
        }

        if (i < sizeof(types) / sizeof(types[0])) {
            content = types[i].content != CONSENT_CONTENT_UNTYPED
                      ? types[i].content : content;

        } else if (content == CONSENT_CONTENT_UNTYPED
                   && consent_sniff_is_type(essence))
        {
            content = CONSENT_CONTENT_OTHER;
        }
    }

    return content;
}


/* The charset that Content-Type declares: the label, or an empty string. */

static consent_str_t
consent_sniff_content_type(consent_str_t type)
{
    size_t         pos;
    consent_str_t  essence, label, found, last;

    found = consent_str("");
    last = consent_str("");

    for (pos = 0; pos < type.len; pos++) {
        essence = consent_sniff_essence(type, &pos);
        pos = consent_sniff_parameters(type, pos, &label);

        if (!consent_sniff_is_type(essence)) {
            continue;
        }

        if (label.len || !consent_str_caseeq(essence, last)) {
            found = label;
        }

        last = essence;
    }

    return found;
}


/*
 * 1 if any reading of Content-Type finds a charset in it that can't be read:
 * other programs than browsers of today may be less strict.
 */

static int
consent_sniff_is_odd(consent_str_t type)
{
    size_t             pos, start;
    consent_charset_t  charset;

    static const consent_str_t  word = consent_string("charset=");

    for (pos = 0; pos < type.len; /* void */ ) {
        pos = consent_sniff_word(type, pos, word);

        if (pos == type.len) {
            break;
        }

        pos += word.len;

        while (pos < type.len && memchr(" \t\"'", type.data[pos], 4) != NULL)
        {
            pos++;
        }

        start = pos;

        while (pos < type.len && memchr(" \t\"',;", type.data[pos], 6) == NULL)
        {
            pos++;
        }

        if (consent_charset_find((consent_str_t) { pos - start,
                                                   type.data + start },
                                 &charset)
            != NULL && charset == CONSENT_CHARSET_UNREADABLE)
        {
            return 1;
        }
    }

    return 0;
}


void
consent_sniff_init(consent_sniff_t *s, consent_str_t type, unsigned flags)
{
    consent_str_t  label;

    memset(s, 0, offsetof(consent_sniff_t, data));

    s->flags = flags;
    s->charset = CONSENT_CHARSET_UNSURE;

    label = consent_sniff_content_type(type);

    if (label.len && consent_charset_find(label, &s->charset) != NULL) {
        s->declared = 1;

    } else if (label.len) {
        s->strange = 1;
    }

    if (consent_sniff_is_odd(type)) {
        s->declared = 1;
        s->charset = CONSENT_CHARSET_UNREADABLE;
    }
}


/*
 * HTML, 2.5.4: the algorithm for extracting a character encoding from a meta
 * element.
 */

static consent_str_t
consent_sniff_extract(consent_str_t s)
{
    size_t   pos, end;
    uint8_t  quote;

    static const consent_str_t  word = consent_string("charset");

    for (pos = 0; pos < s.len; /* void */ ) {
        pos = consent_sniff_word(s, pos, word);

        if (pos == s.len) {
            break;
        }

        pos += word.len;

        while (pos < s.len && consent_sniff_is_space(s.data[pos])) {
            pos++;
        }

        if (pos == s.len || s.data[pos] != '=') {
            continue;
        }

        for (pos++; pos < s.len && consent_sniff_is_space(s.data[pos]);
             pos++)
        {
            /* void */
        }

        if (pos < s.len && (s.data[pos] == '"' || s.data[pos] == '\'')) {
            quote = s.data[pos++];
            end = consent_sniff_until(s, pos, quote, quote);

            return end < s.len ? (consent_str_t) { end - pos, s.data + pos }
                               : consent_str("");
        }

        for (end = pos; end < s.len && s.data[end] != ';'; end++) {
            if (consent_sniff_is_space(s.data[end])) {
                break;
            }
        }

        return (consent_str_t) { end - pos, s.data + pos };
    }

    return consent_str("");
}


static size_t
consent_sniff_spaces(consent_str_t s, size_t pos)
{
    while (pos < s.len && consent_sniff_is_space(s.data[pos])) {
        pos++;
    }

    return pos;
}


/* The same, from the value on. */

static int
consent_sniff_attr_value(consent_str_t s, size_t *at, consent_str_t *value)
{
    size_t   pos, start;
    uint8_t  quote;

    pos = consent_sniff_spaces(s, *at);

    if (pos == s.len) {
        return CONSENT_AGAIN;
    }

    quote = s.data[pos];
    start = pos;

    if (quote == '"' || quote == '\'') {
        start = pos + 1;
        pos = consent_sniff_until(s, start, quote, quote);
        *at = pos + 1;

    } else {
        while (pos < s.len && s.data[pos] != '>'
               && !consent_sniff_is_space(s.data[pos]))
        {
            pos++;
        }

        *at = pos;
    }

    *value = (consent_str_t) { pos - start, s.data + start };

    return pos == s.len ? CONSENT_AGAIN : CONSENT_OK;
}


/* 13.2.3.3: "get an attribute".  CONSENT_AGAIN if it is not all there. */

static int
consent_sniff_attr(consent_str_t s, size_t *at, consent_sniff_attr_t *attr)
{
    size_t  pos, start;

    pos = *at;

    while (pos < s.len && (consent_sniff_is_space(s.data[pos])
                           || s.data[pos] == '/'))
    {
        pos++;
    }

    *at = pos;

    if (pos < s.len && s.data[pos] == '>') {
        return CONSENT_DECLINED;
    }

    attr->value = consent_str("");

    for (start = pos; pos < s.len; pos++) {
        if ((s.data[pos] == '=' && pos > start) || s.data[pos] == '/'
            || s.data[pos] == '>' || consent_sniff_is_space(s.data[pos]))
        {
            break;
        }
    }

    attr->name = (consent_str_t) { pos - start, s.data + start };

    pos = consent_sniff_spaces(s, pos);
    *at = pos;

    if (pos == s.len) {
        return CONSENT_AGAIN;
    }

    if (s.data[pos] != '=') {
        return CONSENT_OK;
    }

    *at = pos + 1;

    return consent_sniff_attr_value(s, at, &attr->value);
}


/* An encoding that the page itself declares; *name is NULL for none. */

static const char *
consent_sniff_label(consent_str_t label, consent_charset_t *charset)
{
    const char  *name;

    name = consent_charset_find(label, charset);

    if (name == NULL) {
        return NULL;
    }

    if (strncmp(name, "utf-16", 6) == 0) {
        *charset = CONSENT_CHARSET_UTF8;
        return "utf-8";
    }

    return strcmp(name, "x-user-defined") == 0 ? "windows-1252" : name;
}


static void
consent_sniff_meta_attr(consent_sniff_meta_t *meta,
    const consent_sniff_attr_t *attr)
{
    unsigned       i;
    consent_str_t  label;

    static const consent_str_t  names[] = {
        consent_string("http-equiv"),
        consent_string("content"),
        consent_string("charset")
    };

    for (i = 0; i < 3; i++) {
        if (consent_str_caseeq(attr->name, names[i])) {
            break;
        }
    }

    if (i == 3 || meta->seen & 1u << i) {
        return;
    }

    meta->seen |= 1u << i & 7;

    if (1u << i == CONSENT_SEEN_HTTP_EQUIV) {
        meta->pragma = consent_str_caseeq(attr->value,
                                          consent_str("content-type"));
        return;
    }

    if (1u << i == CONSENT_SEEN_CHARSET) {
        meta->name = consent_sniff_label(attr->value, &meta->charset);
        meta->strange |= meta->name == NULL && attr->value.len;
        meta->set = 1;
        meta->need = 0;
        return;
    }

    label = consent_sniff_extract(attr->value);

    if (label.len && !meta->set) {
        meta->name = consent_sniff_label(label, &meta->charset);
        meta->set = meta->name != NULL;
        meta->strange |= meta->name == NULL;
        meta->need = 1;
    }
}


/* Behind "<meta". CONSENT_OK if it declares an encoding. */

static int
consent_sniff_meta(consent_sniff_t *s, consent_str_t in, size_t *pos)
{
    int                   rc;
    consent_sniff_attr_t  attr;
    consent_sniff_meta_t  meta;

    memset(&meta, 0, sizeof(consent_sniff_meta_t));

    while ((rc = consent_sniff_attr(in, pos, &attr)) == CONSENT_OK) {
        consent_sniff_meta_attr(&meta, &attr);
    }

    if (rc == CONSENT_AGAIN) {
        return rc;
    }

    if (meta.need && !meta.pragma) {
        return CONSENT_DECLINED;
    }

    if (meta.name == NULL) {
        s->strange |= meta.strange;
        return CONSENT_DECLINED;
    }

    s->name = meta.name;
    s->charset = meta.charset;

    return CONSENT_OK;
}


/* What is not a tag ends with this.  CONSENT_AGAIN if it does not. */

static int
consent_sniff_past(consent_str_t in, size_t *pos, consent_str_t what)
{
    const uint8_t  *p;

    p = memmem(in.data + *pos, in.len - *pos, what.data, what.len);

    if (p == NULL) {
        return CONSENT_AGAIN;
    }

    *pos = (size_t) (p - in.data) + what.len;

    return CONSENT_DECLINED;
}


static int
consent_sniff_tag(consent_str_t in, size_t *pos)
{
    int                   rc;
    consent_sniff_attr_t  attr;

    while (*pos < in.len && in.data[*pos] != '>'
           && !consent_sniff_is_space(in.data[*pos]))
    {
        (*pos)++;
    }

    do {
        rc = consent_sniff_attr(in, pos, &attr);
    } while (rc == CONSENT_OK);

    return rc;
}


/*
 * 13.2.3.3, the loop at a "<".  CONSENT_OK: an encoding was found;
 * CONSENT_DECLINED: *pos is where to go on; CONSENT_AGAIN: it is cut off.
 */

static int
consent_sniff_markup(consent_sniff_t *s, consent_str_t in, size_t *pos)
{
    size_t          left;
    const uint8_t  *p;

    p = in.data + *pos;
    left = in.len - *pos;

    /* what is shorter than this declares nothing */

    if (left < 6) {
        return CONSENT_AGAIN;
    }

    if ((p[5] == '/' || consent_sniff_is_space(p[5]))
        && consent_str_caseeq((consent_str_t) { 5, p }, consent_str("<meta")))
    {
        *pos += 5;
        return consent_sniff_meta(s, in, pos);
    }

    if (memcmp(p, "<!--", 4) == 0) {
        *pos += 2;
        return consent_sniff_past(in, pos, consent_str("-->"));
    }

    if (consent_sniff_is_alpha(p[1])
        || (p[1] == '/' && consent_sniff_is_alpha(p[2])))
    {
        return consent_sniff_tag(in, pos);
    }

    if (p[1] == '!' || p[1] == '/' || p[1] == '?') {
        return consent_sniff_past(in, pos, consent_str(">"));
    }

    (*pos)++;

    return CONSENT_DECLINED;
}


/* 13.2.3.3: the prescan, as far as there is something to look at. */

static int
consent_sniff_prescan(consent_sniff_t *s)
{
    int             rc;
    size_t          pos;
    consent_str_t   in;
    const uint8_t  *p;

    in = (consent_str_t) { s->len, s->data };

    for ( ;; ) {
        p = memchr(in.data + s->pos, '<', in.len - s->pos);

        if (p == NULL) {
            s->pos = in.len;
            return CONSENT_DECLINED;
        }

        s->pos = (size_t) (p - in.data);
        pos = s->pos;
        rc = consent_sniff_markup(s, in, &pos);

        if (rc != CONSENT_DECLINED) {
            return rc;
        }

        s->pos = pos;
    }
}


static size_t
consent_sniff_low(consent_str_t s, size_t pos)
{
    while (pos < s.len && s.data[pos] <= ' ') {
        pos++;
    }

    return pos;
}


/*
 * 13.2.3.3: "get an XML encoding".  CONSENT_AGAIN while there may be a
 * declaration that is not complete.
 */

static int
consent_sniff_xml(consent_sniff_t *s)
{
    size_t          pos, end;
    uint8_t         quote;
    consent_str_t   in;
    const uint8_t  *gt;

    static const consent_str_t  start = consent_string("<?xml");
    static const consent_str_t  word = consent_string("encoding");

    in = (consent_str_t) { s->len, s->data };

    if (memcmp(in.data, start.data, in.len < start.len ? in.len : start.len)
        != 0)
    {
        return CONSENT_DECLINED;
    }

    gt = memchr(in.data, '>', in.len);

    if (in.len < start.len || gt == NULL) {
        return CONSENT_AGAIN;
    }

    in.len = (size_t) (gt - in.data);
    gt = memmem(in.data, in.len, word.data, word.len);

    if (gt == NULL) {
        return CONSENT_DECLINED;
    }

    pos = (size_t) (gt - in.data) + word.len;

    pos = consent_sniff_low(in, pos);

    if (pos == in.len || in.data[pos] != '=') {
        return CONSENT_DECLINED;
    }

    pos = consent_sniff_low(in, pos + 1);
    quote = pos < in.len ? in.data[pos++] : 0;

    if (quote != '"' && quote != '\'') {
        return CONSENT_DECLINED;
    }

    end = consent_sniff_until(in, pos, quote, quote);

    if (end == in.len) {
        return CONSENT_DECLINED;
    }

    s->name = consent_sniff_label((consent_str_t) { end - pos,
                                                    in.data + pos },
                                  &s->charset);
    s->strange |= s->name == NULL;

    return s->name ? CONSENT_OK : CONSENT_DECLINED;
}


/* CONSENT_OK: the first bytes tell; CONSENT_AGAIN: they still may. */

static int
consent_sniff_begin(consent_sniff_t *s)
{
    int                           rc;
    size_t                        i, n;
    const consent_sniff_start_t  *b;

    rc = CONSENT_DECLINED;

    for (i = 0;
         i < sizeof(consent_sniff_starts) / sizeof(consent_sniff_starts[0]);
         i++)
    {
        b = &consent_sniff_starts[i];
        n = s->len < b->bytes.len ? s->len : b->bytes.len;

        if ((s->declared && !b->mark)
            || (b->xml && !(s->flags & CONSENT_SNIFF_XML))
            || memcmp(s->data, b->bytes.data, n) != 0)
        {
            continue;
        }

        if (n == b->bytes.len) {
            s->charset = b->charset;
            return CONSENT_OK;
        }

        rc = CONSENT_AGAIN;
    }

    return rc;
}


/*
 * Nothing was declared that is known.  Escape sequences of ISO-2022-JP were
 * enough for browsers to guess it.
 */

static consent_charset_t
consent_sniff_default(const consent_sniff_t *s)
{
    if (s->strange) {
        return CONSENT_CHARSET_UNREADABLE;
    }

    if (s->flags & CONSENT_SNIFF_XML) {
        return CONSENT_CHARSET_UTF8;
    }

    return memmem(s->data, s->len, "\x1b$", 2) != NULL
           || memmem(s->data, s->len, "\x1b(", 2) != NULL
           ? CONSENT_CHARSET_UNREADABLE : CONSENT_CHARSET_UNSURE;
}


/* CONSENT_OK if it is decided; all: no more bytes come to look at. */

static int
consent_sniff_decide(consent_sniff_t *s, int all)
{
    int  rc, xml;

    rc = consent_sniff_begin(s);

    if (rc == CONSENT_OK || (rc == CONSENT_AGAIN && !all)) {
        return rc;
    }

    if (s->declared) {
        return CONSENT_OK;
    }

    xml = s->flags & CONSENT_SNIFF_XML;
    rc = xml ? consent_sniff_xml(s) : consent_sniff_prescan(s);

    if (rc != CONSENT_OK && !xml && all) {
        rc = consent_sniff_xml(s);
    }

    if (rc != CONSENT_OK) {

        if (!all && (rc == CONSENT_AGAIN || !xml)) {
            return CONSENT_AGAIN;
        }

        s->charset = consent_sniff_default(s);
    }

    if (s->flags & CONSENT_SNIFF_UNTYPED) {
        s->name = NULL;

        if (s->charset != CONSENT_CHARSET_UNREADABLE) {
            s->charset = CONSENT_CHARSET_UNSURE;
        }
    }

    return CONSENT_OK;
}


size_t
consent_sniff_feed(consent_sniff_t *s, const uint8_t *data, size_t len,
    int last)
{
    size_t  n;

    n = CONSENT_SNIFF_MAX - s->len;

    if (n > len) {
        n = len;
    }

    if (n) {
        memcpy(s->data + s->len, data, n);
        s->len += n;
    }

    s->done = consent_sniff_decide(s, s->len == CONSENT_SNIFF_MAX
                                      || (last && n == len))
              == CONSENT_OK;

    return n;
}

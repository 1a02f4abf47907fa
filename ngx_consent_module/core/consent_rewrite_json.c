#include <string.h>

#include "consent_quoted.h"
#include "consent_rewrite_stream.h"


/*
 * JSON that makes a browser fetch: import maps (HTML, 8.1.6.2), speculation
 * rules, web bundles, and the requests of <amp-analytics>.  Only strings that
 * stand for URLs by their place are judged; of JSON that is none, browsers
 * take nothing.
 */

/* URLs up to this length are decoded; longer ones can't be told. */
#define CONSENT_JSON_URL_MAX  CONSENT_SPECIFIER_MAX

/* Objects and lists inside one another. */
#define CONSENT_JSON_DEPTH  24


/* Names of members that tell. */

typedef enum {
    CONSENT_JSON_OTHER = 0,
    CONSENT_JSON_IMPORTS,
    CONSENT_JSON_SCOPES,
    CONSENT_JSON_SOURCE,
    CONSENT_JSON_URLS,
    CONSENT_JSON_WHERE,
    CONSENT_JSON_AND,
    CONSENT_JSON_OR,
    CONSENT_JSON_NOT,
    CONSENT_JSON_MATCHES,
    CONSENT_JSON_PATHNAME,
    CONSENT_JSON_SEARCH,
    CONSENT_JSON_HASH
} consent_json_name_t;

static const struct {
    consent_str_t        text;
    consent_json_name_t  name;
} consent_json_names[] = {
    { consent_string("imports"), CONSENT_JSON_IMPORTS },
    { consent_string("scopes"), CONSENT_JSON_SCOPES },
    { consent_string("source"), CONSENT_JSON_SOURCE },
    { consent_string("urls"), CONSENT_JSON_URLS },
    { consent_string("where"), CONSENT_JSON_WHERE },
    { consent_string("and"), CONSENT_JSON_AND },
    { consent_string("or"), CONSENT_JSON_OR },
    { consent_string("not"), CONSENT_JSON_NOT },
    { consent_string("href_matches"), CONSENT_JSON_MATCHES },
    { consent_string("pathname"), CONSENT_JSON_PATHNAME },
    { consent_string("search"), CONSENT_JSON_SEARCH },
    { consent_string("hash"), CONSENT_JSON_HASH }
};


/*
 * An object or a list.  What rules choose among the links of a page is bound
 * if it can't be links to anybody: `any` and `all` say so of the parts.
 */

typedef struct {
    unsigned             object:1;
    unsigned             key:1;         /* the next string is a name */
    unsigned             any:1;
    unsigned             all:1;
    unsigned             wide:1;        /* names more than parts of a path */
    unsigned             chooses:1;     /* a rule for links of the page */
    consent_json_name_t  under;         /* the name that it stands under */
    consent_json_name_t  name;          /* of the member being read */
    unsigned             nnames;
} consent_json_frame_t;


typedef struct {
    consent_rewrite_t     *rw;
    consent_str_t          text;
    size_t                 pos;
    uint32_t               type;
    int                    denied;
    unsigned               depth;
    consent_json_frame_t   frame[CONSENT_JSON_DEPTH];
    uint8_t                buf[CONSENT_JSON_URL_MAX];
} consent_json_t;


/* What URLs are asked for as. */

static const uint32_t  consent_json_types[] = {
    [CONSENT_READ_MAP] = CONSENT_TYPE_SCRIPT,
    [CONSENT_READ_SPECULATION] = CONSENT_TYPE_PREFETCH,
    [CONSENT_READ_BUNDLE] = CONSENT_TYPE_OTHER,
    [CONSENT_READ_REQUESTS] = CONSENT_TYPE_CONNECT
};


static consent_json_name_t
consent_json_lookup(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < sizeof(consent_json_names) / sizeof(consent_json_names[0]);
         i++)
    {
        if (consent_str_eq(s, consent_json_names[i].text)) {
            return consent_json_names[i].name;
        }
    }

    return CONSENT_JSON_OTHER;
}


static void
consent_json_judge(consent_json_t *json, consent_str_t url)
{
    if (url.len) {
        json->denied |= consent_rewrite_judge_url(json->rw, &json->rw->held,
                                                  url, json->type);
    }
}


static void
consent_json_judge_anyone(consent_json_t *json)
{
    json->denied |= consent_rewrite_judge_anyone(json->rw, &json->rw->held,
                                                 json->type);
}


/* A request of AMP: one that begins with a variable may lead anywhere. */

static void
consent_json_request(consent_json_t *json, consent_str_t s)
{
    if (s.len == 0 || !(memchr(s.data, '/', s.len)
                        || memchr(s.data, '\\', s.len)
                        || memchr(s.data, ':', s.len)))
    {
        return;
    }

    if (s.data[0] == '$') {
        consent_json_judge_anyone(json);

    } else {
        consent_json_judge(json, s);
    }
}


/* A byte of a name, as groups of patterns have; URL Pattern, 2.1.3. */

static int
consent_json_is_name(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
           || c == '_' || c == '$' || c >= 0x80;
}


/* 1 if no part of the host that s begins with can vary. */

static int
consent_json_is_plain(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len && s.data[i] != '/'; i++) {

        if (!consent_json_is_name(s.data[i]) && s.data[i] != '.'
            && s.data[i] != '-' && s.data[i] != ':')
        {
            return 0;
        }
    }

    return i != 0;
}


/*
 * A pattern of links, URL Pattern, 2.1.  One that names no scheme is of the
 * page's own host; else it is judged by the host that it names.  1 if it is
 * either.
 */

static int
consent_json_pattern(consent_json_t *json, consent_str_t s)
{
    size_t         i;
    consent_str_t  host;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == ':'
            && (i + 1 == s.len || !consent_json_is_name(s.data[i + 1])))
        {
            break;
        }
    }

    if (i == s.len) {
        consent_json_judge(json, s);
        return 1;
    }

    if (s.len - i < 4 || s.data[i + 1] != '/' || s.data[i + 2] != '/') {
        return 0;
    }

    host = (consent_str_t) { s.len - i - 3, s.data + i + 3 };

    if (!consent_json_is_plain(host)) {
        return 0;
    }

    /* whatever the scheme */

    consent_json_judge(json, (consent_str_t) { host.len + 2, host.data - 2 });

    return 1;
}


/* What a part says of the choice that it belongs to. */

static void
consent_json_part(consent_json_frame_t *f, int bound)
{
    if (f->name >= CONSENT_JSON_WHERE && f->name <= CONSENT_JSON_MATCHES) {
        f->any |= bound & 1;
        f->all &= bound & 1;
    }
}


/* 1 for what "imports" maps names to, and each of "scopes". */

static int
consent_json_is_address(const consent_json_t *json)
{
    consent_json_name_t  name;

    name = json->frame[0].name;

    return (name == CONSENT_JSON_IMPORTS && json->depth == 2)
           || (name == CONSENT_JSON_SCOPES && json->depth == 3);
}


static void
consent_json_value(consent_json_t *json, consent_str_t s)
{
    consent_json_frame_t  *f;

    f = &json->frame[json->depth - 1];

    switch (json->rw->reading) {

    case CONSENT_READ_MAP:
        if (consent_json_is_address(json)) {
            json->denied |= consent_rewrite_judge_import(
                                json->rw, &json->rw->held,
                                CONSENT_OK, s);
        }

        return;

    case CONSENT_READ_BUNDLE:
        if (f->name == CONSENT_JSON_SOURCE) {
            consent_json_judge(json, s);
        }

        return;

    case CONSENT_READ_SPECULATION:
        break;

    default:
        consent_json_request(json, s);
        return;
    }

    if (f->name == CONSENT_JSON_URLS) {
        consent_json_judge(json, s);

    } else if (f->name == CONSENT_JSON_MATCHES) {
        consent_json_part(f, consent_json_pattern(json, s));

    } else if (f->name == CONSENT_JSON_SOURCE
               && consent_str_eq(s, consent_str("document")))
    {
        f->chooses = 1;
    }
}


static void
consent_json_name(consent_json_t *json, consent_str_t s)
{
    consent_json_frame_t  *f;

    f = &json->frame[json->depth - 1];

    f->key = 0;
    f->name = consent_json_lookup(s);
    f->wide |= f->name < CONSENT_JSON_PATHNAME;
    f->nnames++;

    if (json->rw->reading == CONSENT_READ_SPECULATION) {
        f->chooses |= f->name == CONSENT_JSON_WHERE;
    }

    if (json->rw->reading == CONSENT_READ_REQUESTS) {
        consent_json_request(json, s);
    }
}


static void
consent_json_string(consent_json_t *json)
{
    int            rc;
    size_t         len;
    consent_str_t  s;

    rc = consent_quoted_decode(json->text, '"', &json->pos, json->buf,
                               sizeof(json->buf), &len);

    if (json->depth == 0) {
        return;
    }

    s = (consent_str_t) { len, json->buf };

    if (rc != CONSENT_OK) {
        s.len = 0;
        json->denied |= consent_rewrite_judge_unknown(json->rw,
                                                      &json->rw->held,
                                                      json->type);
    }

    if (json->frame[json->depth - 1].key) {
        consent_json_name(json, s);

    } else {
        consent_json_value(json, s);
    }
}


static void
consent_json_open(consent_json_t *json, int object)
{
    consent_json_frame_t  *f;

    if (json->depth == CONSENT_JSON_DEPTH) {
        json->denied |= consent_rewrite_judge_unknown(json->rw,
                                                      &json->rw->held,
                                                      json->type);
        json->pos = json->text.len;
        return;
    }

    f = &json->frame[json->depth];
    memset(f, 0, sizeof(consent_json_frame_t));

    f->object = (unsigned) object & 1;
    f->key = f->object;
    f->all = 1;
    f->under = json->depth ? f[-1].name : CONSENT_JSON_OTHER;
    f->name = object ? CONSENT_JSON_OTHER : f->under;

    json->depth++;
}


/*
 * 1 if a condition holds for no links but those that were judged.  One of
 * links by their selector, or of all others, may hold for any.
 */

static int
consent_json_bound(const consent_json_frame_t *f)
{
    if (f->under == CONSENT_JSON_MATCHES) {
        return !f->wide;
    }

    if (f->nnames != 1) {
        return 0;
    }

    switch (f->name) {

    case CONSENT_JSON_AND:
        return f->any;

    case CONSENT_JSON_OR:
    case CONSENT_JSON_MATCHES:
        return f->all;

    default:
        return 0;
    }
}


static void
consent_json_close(consent_json_t *json)
{
    consent_json_frame_t  *f;

    if (json->depth == 0) {
        return;
    }

    f = &json->frame[--json->depth];

    /* a rule without a condition is one for all links */

    if (f->object && f->chooses && !(f->any && f->all)) {
        consent_json_judge_anyone(json);
    }

    if (json->depth == 0) {
        return;
    }

    if (f->object) {
        consent_json_part(f - 1, consent_json_bound(f));

    } else if (f[-1].object) {
        f[-1].any |= f->any;
        f[-1].all &= f->all;
    }
}


static void
consent_json_step(consent_json_t *json, uint8_t c)
{
    switch (c) {

    case '"':
        consent_json_string(json);
        break;

    case '{':
    case '[':
        consent_json_open(json, c == '{');
        break;

    case '}':
    case ']':
        consent_json_close(json);
        break;

    case ',':
        if (json->depth) {
            json->frame[json->depth - 1].key =
                json->frame[json->depth - 1].object;
        }

        break;

    default:
        break;
    }
}


int
consent_rewrite_json_denied(consent_rewrite_t *rw, consent_str_t text)
{
    consent_json_t  json;

    json.rw = rw;
    json.text = text;
    json.pos = 0;
    json.type = consent_json_types[rw->reading];
    json.denied = 0;
    json.depth = 0;

    while (json.pos < text.len) {
        consent_json_step(&json, text.data[json.pos++]);
    }

    return json.denied;
}

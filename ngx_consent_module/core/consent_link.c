/*
 * Link (RFC 8288) and Refresh: what of them makes a browser fetch.
 */

#include <string.h>

#include "consent_carrier.h"
#include "consent_header.h"


typedef struct {
    consent_str_t  word;
    uint32_t       type;
} consent_link_word_t;


/*
 * What rel makes a browser fetch.  preload and prefetch say by `as` what it
 * is for; see consent_link_type().
 */

#define CONSENT_LINK_AS      0x80000000u    /* `as` tells */
#define CONSENT_LINK_MODULE  0x40000000u    /* `as` tells, else a script */

/* By their length. */

#define CONSENT_LINK_SAME     2             /* of one length */
#define CONSENT_LINK_LONGEST  28

static const consent_link_word_t
    consent_link_rels[CONSENT_LINK_LONGEST + 1][CONSENT_LINK_SAME] =
{
    [4] = { { consent_string("next"), CONSENT_TYPE_PREFETCH },  /* Firefox */
            { consent_string("icon"), CONSENT_TYPE_IMAGE } },
    [6] = { { consent_string("search"), CONSENT_TYPE_OTHER },
            { consent_string("import"), CONSENT_TYPE_OTHER } },
    [7] = { { consent_string("preload"), CONSENT_LINK_AS } },
    [8] = { { consent_string("prefetch"),
              CONSENT_TYPE_PREFETCH|CONSENT_LINK_AS },
            { consent_string("manifest"), CONSENT_TYPE_MANIFEST } },
    [9] = { { consent_string("prerender"),
              CONSENT_TYPE_PREFETCH|CONSENT_TYPE_FRAME },
            { consent_string("mask-icon"), CONSENT_TYPE_IMAGE } },
    [10] = { { consent_string("stylesheet"), CONSENT_TYPE_STYLE },
             { consent_string("preconnect"), CONSENT_TYPE_HINT } },
    [11] = { { consent_string("subresource"), CONSENT_TYPE_ANY } },
    [12] = { { consent_string("dns-prefetch"), CONSENT_TYPE_HINT } },
    [13] = { { consent_string("modulepreload"), CONSENT_LINK_MODULE },
             { consent_string("serviceworker"), CONSENT_TYPE_WORKER } },
    [16] = { { consent_string("apple-touch-icon"), CONSENT_TYPE_IMAGE } },
    [22] = { { consent_string("compression-dictionary"),
               CONSENT_TYPE_OTHER } },
    [25] = { { consent_string("apple-touch-startup-image"),
               CONSENT_TYPE_IMAGE } },
    [CONSENT_LINK_LONGEST]
         = { { consent_string("apple-touch-icon-precomposed"),
               CONSENT_TYPE_IMAGE } }
};


/* Destinations of the Fetch standard, 2.2.5, and older words for them. */

static const consent_link_word_t  consent_link_as[] = {
    { consent_string("script"), CONSENT_TYPE_SCRIPT },
    { consent_string("style"), CONSENT_TYPE_STYLE },
    { consent_string("image"), CONSENT_TYPE_IMAGE },
    { consent_string("font"), CONSENT_TYPE_FONT },
    { consent_string("audio"), CONSENT_TYPE_MEDIA },
    { consent_string("video"), CONSENT_TYPE_MEDIA },
    { consent_string("track"), CONSENT_TYPE_MEDIA },
    { consent_string("fetch"), CONSENT_TYPE_CONNECT },
    { consent_string("json"), CONSENT_TYPE_CONNECT },
    { consent_string("document"), CONSENT_TYPE_FRAME|CONSENT_TYPE_DOCUMENT },
    { consent_string("frame"), CONSENT_TYPE_FRAME },
    { consent_string("iframe"), CONSENT_TYPE_FRAME },
    { consent_string("object"), CONSENT_TYPE_OBJECT },
    { consent_string("embed"), CONSENT_TYPE_OBJECT },
    { consent_string("manifest"), CONSENT_TYPE_MANIFEST },
    { consent_string("worker"), CONSENT_TYPE_WORKER|CONSENT_TYPE_SCRIPT },
    { consent_string("sharedworker"),
      CONSENT_TYPE_WORKER|CONSENT_TYPE_SCRIPT },
    { consent_string("serviceworker"),
      CONSENT_TYPE_WORKER|CONSENT_TYPE_SCRIPT },
    { consent_string("audioworklet"),
      CONSENT_TYPE_WORKER|CONSENT_TYPE_SCRIPT },
    { consent_string("paintworklet"),
      CONSENT_TYPE_WORKER|CONSENT_TYPE_SCRIPT }
};


#define consent_link_n(table)  (sizeof(table) / sizeof((table)[0]))


/* What of one link-value is needed to judge it. */

typedef struct {
    consent_str_t  target;
    consent_str_t  rel;
    consent_str_t  as;
    consent_str_t  srcset;
    unsigned       broken:1;    /* it can't be told what it fetches */
} consent_link_t;


typedef struct {
    const consent_rules_t   *rules;
    const consent_page_t    *page;
    const consent_choice_t  *choice;
    consent_link_pt          each;
    void                    *data;
} consent_link_ctx_t;


static int
consent_link_space(uint8_t c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\f'
                        || c == '\r');
}


static uint32_t
consent_link_lookup(const consent_link_word_t *table, size_t n,
    consent_str_t word)
{
    size_t  i;

    /* letters differ from their other case in one bit; few are upper-case */

    for (i = 0; i < n; i++) {
        if (table[i].word.len == word.len
            && (table[i].word.data[0] | 0x20) == (word.data[0] | 0x20)
            && (memcmp(table[i].word.data, word.data, word.len) == 0
                || consent_str_caseeq(table[i].word, word)))
        {
            return table[i].type;
        }
    }

    return 0;
}


static uint32_t
consent_link_rel(consent_str_t word)
{
    return word.len == 0 || word.len > CONSENT_LINK_LONGEST
           ? 0 : consent_link_lookup(consent_link_rels[word.len],
                                     CONSENT_LINK_SAME, word);
}


uint32_t
consent_link_type(consent_str_t rel, consent_str_t as)
{
    size_t         pos;
    uint32_t       type, dest;
    consent_str_t  word;

    /* of most it is a single word */

    type = consent_link_rel(rel);

    if (type == 0) {
        pos = 0;

        while (consent_urls_next(rel, &pos, &word) == CONSENT_OK) {
            type |= consent_link_rel(word);
        }
    }

    if (type & (CONSENT_LINK_AS|CONSENT_LINK_MODULE)) {
        dest = consent_link_lookup(consent_link_as,
                                   consent_link_n(consent_link_as), as);
        if (dest == 0) {
            dest = type & CONSENT_LINK_AS ? CONSENT_TYPE_ANY
                                          : CONSENT_TYPE_SCRIPT;
        }

        type |= dest;
    }

    return type & CONSENT_TYPE_ANY;
}


static size_t
consent_link_skip(consent_str_t s, size_t i)
{
    while (i < s.len && consent_link_space(s.data[i])) {
        i++;
    }

    return i;
}


/* The end of a quoted string that starts at i, behind the closing quote. */
static size_t
consent_link_quoted(consent_str_t s, size_t i)
{
    for (i++; i < s.len && s.data[i] != '"'; i++) {
        if (s.data[i] == '\\') {
            i++;
        }
    }

    return i < s.len ? i + 1 : s.len;
}


/*
 * The end of the link-value that starts at i: its comma, or the end.  Commas
 * in <…> and in quotes are its own.
 */
static size_t
consent_link_end(consent_str_t s, size_t i)
{
    const uint8_t  *p;

    while (i < s.len && s.data[i] != ',') {

        if (s.data[i] == '"') {
            i = consent_link_quoted(s, i);
            continue;
        }

        if (s.data[i] == '<') {
            p = memchr(s.data + i, '>', s.len - i);
            i = p ? (size_t) (p - s.data) : s.len;
            continue;
        }

        i++;
    }

    return i;
}


static int
consent_link_has(consent_str_t s, uint8_t c)
{
    return s.len && memchr(s.data, c, s.len) != NULL;
}


static int
consent_link_odd(consent_str_t s)
{
    return consent_link_has(s, '"') || consent_link_has(s, '<')
           ? CONSENT_ERROR : CONSENT_OK;
}


/* A run up to white space or one of the two stops. */
static consent_str_t
consent_link_run(consent_str_t s, size_t *i, uint8_t stop, uint8_t other)
{
    size_t  start;

    for (start = *i; *i < s.len && s.data[*i] != stop && s.data[*i] != other
                     && !consent_link_space(s.data[*i]); (*i)++)
    {
        /* void */
    }

    return (consent_str_t) { *i - start, s.data + start };
}


/*
 * One parameter, from *i, which is moved behind it.  CONSENT_ERROR if it has
 * a quote or a bracket out of its place: browsers may read on differently.
 */
static int
consent_link_param(consent_str_t s, size_t *i, consent_str_t *name,
    consent_str_t *value)
{
    size_t  start, end;

    *name = consent_link_run(s, i, '=', ';');
    *value = consent_str("");

    end = consent_link_skip(s, *i);

    if (end == s.len || s.data[end] != '=') {
        return consent_link_odd(*name);
    }

    *i = consent_link_skip(s, end + 1);

    if (*i == s.len || s.data[*i] != '"') {
        *value = consent_link_run(s, i, ';', ';');

        return consent_link_odd(*name) | consent_link_odd(*value);
    }

    start = *i + 1;
    *i = consent_link_quoted(s, *i);

    if (*i == start || s.data[*i - 1] != '"') {
        return CONSENT_ERROR;
    }

    *value = (consent_str_t) { *i - start - 1, s.data + start };

    return consent_link_odd(*name);
}


/*
 * RFC 8288, 3.3: of several rel only the first counts; but browsers take the
 * last one.  Escapes, too, are undone by some readers and not by others.
 */
static void
consent_link_set(consent_link_t *link, consent_str_t name,
    consent_str_t value)
{
    consent_str_t  *field;

    if (consent_str_caseeq(name, consent_str("rel"))) {
        field = &link->rel;

    } else if (consent_str_caseeq(name, consent_str("as"))) {
        field = &link->as;

    } else if (consent_str_caseeq(name, consent_str("imagesrcset"))) {
        field = &link->srcset;

    } else {
        return;
    }

    if (field->data != NULL || consent_link_has(value, '\\')) {
        link->broken = 1;
    }

    *field = value;
}


static void
consent_link_parse(consent_str_t s, consent_link_t *link)
{
    size_t          i;
    consent_str_t   name, value;
    const uint8_t  *p;

    memset(link, 0, sizeof(consent_link_t));

    i = consent_link_skip(s, 0);
    p = i < s.len ? memchr(s.data + i, '>', s.len - i) : NULL;

    if (p == NULL || s.data[i] != '<') {
        link->broken = 1;
        return;
    }

    link->target.data = s.data + i + 1;
    link->target.len = (size_t) (p - link->target.data);

    i = (size_t) (p - s.data) + 1;

    while (i < s.len) {

        if (s.data[i] == ';' || consent_link_space(s.data[i])) {
            i++;
            continue;
        }

        if (consent_link_param(s, &i, &name, &value) != CONSENT_OK) {
            link->broken = 1;
            return;
        }

        consent_link_set(link, name, value);
    }
}


/* 1 if this URL, of a link of this type, may not be fetched. */
static int
consent_link_url_denied(const consent_link_ctx_t *ctx, consent_str_t in,
    uint32_t type)
{
    int                rc;
    uint8_t            buf[CONSENT_URL_BUF];
    consent_url_t      url;
    consent_verdict_t  verdict;

    rc = consent_url_parse(&url, &ctx->page->url, in, buf);

    if (rc == CONSENT_ERROR) {
        return 0;
    }

    if (rc == CONSENT_OK) {
        consent_rules_match(ctx->rules, ctx->page, &url, type, &verdict);

    } else {
        memset(&verdict, 0, sizeof(consent_verdict_t));
        verdict.service = CONSENT_NO_SERVICE;
        verdict.rule = CONSENT_NO_RULE;
        verdict.purposes = ctx->page->unclassified;
    }

    if (consent_choice_allows(ctx->choice, ctx->rules, &verdict)) {
        return 0;
    }

    if (ctx->each != NULL) {
        ctx->each(ctx->data, rc == CONSENT_OK ? &url : NULL, &verdict);
    }

    return 1;
}


static int
consent_link_denied(const consent_link_ctx_t *ctx, consent_str_t s)
{
    size_t             pos;
    uint32_t           type;
    consent_str_t      url;
    consent_link_t     link;
    consent_verdict_t  verdict;

    if (ctx->choice->all) {
        return 0;
    }

    consent_link_parse(s, &link);

    if (link.broken) {
        memset(&verdict, 0, sizeof(consent_verdict_t));
        verdict.service = CONSENT_NO_SERVICE;
        verdict.rule = CONSENT_NO_RULE;

        if (ctx->each != NULL) {
            ctx->each(ctx->data, NULL, &verdict);
        }

        return 1;
    }

    type = consent_link_type(link.rel, link.as);

    if (type == 0) {
        return 0;
    }

    if (consent_link_url_denied(ctx, link.target, type)) {
        return 1;
    }

    pos = 0;

    while (link.srcset.len
           && consent_srcset_next(link.srcset, &pos, &url) == CONSENT_OK)
    {
        if (consent_link_url_denied(ctx, url, CONSENT_TYPE_IMAGE)) {
            return 1;
        }
    }

    return 0;
}


size_t
consent_link_strip(const consent_rules_t *rules, const consent_page_t *page,
    const consent_choice_t *choice, consent_str_t field, uint8_t *out,
    unsigned *denied, consent_link_pt each, void *data)
{
    size_t              i, end, from, len;
    consent_str_t       value;
    consent_link_ctx_t  ctx = { rules, page, choice, each, data };

    *denied = 0;
    len = 0;

    for (i = 0; i < field.len; i = end + 1) {
        end = consent_link_end(field, i);

        value = (consent_str_t) { end - i, field.data + i };

        if (consent_link_skip(value, 0) == value.len) {
            continue;
        }

        if (consent_link_denied(&ctx, value)) {
            (*denied)++;
            continue;
        }

        /* with its comma and white space, unless it is the first to stay */
        from = len ? i - 1 : consent_link_skip(field, i);
        memcpy(out + len, field.data + from, end - from);
        len += end - from;
    }

    if (*denied == 0) {
        if (field.len) {
            memcpy(out, field.data, field.len);
        }

        return field.len;
    }

    return len;
}


/* HTML 4.2.5.3, shared declarative refresh steps, 8 to 17: "url =". */
static size_t
consent_refresh_word(consent_str_t s, size_t i, int *quotes)
{
    size_t             n;
    static const char  word[] = "url";

    *quotes = 1;

    for (n = 0; n < 3; n++, i++) {
        if (i == s.len || (s.data[i] | 0x20) != word[n]) {
            *quotes = n == 0;
            return i;
        }
    }

    i = consent_link_skip(s, i);

    if (i == s.len || s.data[i] != '=') {
        *quotes = 0;
        return i;
    }

    return consent_link_skip(s, i + 1);
}


/* Where what the page is refreshed with begins; content.len if it is the page
   itself.  *quotes: it may stand in quotes. */

static size_t
consent_refresh_start(consent_str_t content, int *quotes)
{
    size_t  i, start;

    start = consent_link_skip(content, 0);

    for (i = start; i < content.len
                    && ((content.data[i] >= '0' && content.data[i] <= '9')
                        || content.data[i] == '.'); i++)
    {
        /* void */
    }

    if (i == start || i == content.len
        || (content.data[i] != ';' && content.data[i] != ','
            && !consent_link_space(content.data[i])))
    {
        return content.len;
    }

    i = consent_link_skip(content, i);

    if (i < content.len && (content.data[i] == ';' || content.data[i] == ','))
    {
        i = consent_link_skip(content, i + 1);
    }

    start = i;
    i = consent_refresh_word(content, i, quotes);

    return *quotes ? i : start;
}


int
consent_refresh_next(consent_str_t content, size_t *pos, consent_str_t *url)
{
    int             quotes;
    size_t          i, end;
    const uint8_t  *p;

    i = consent_refresh_start(content, &quotes);

    if (i == content.len) {
        return CONSENT_DECLINED;
    }

    if (!quotes || (content.data[i] != '"' && content.data[i] != '\'')) {
        end = content.len;

    } else {
        i++;
        p = *pos == 0 ? memchr(content.data + i, content.data[i - 1],
                               content.len - i)
                      : memrchr(content.data + i, content.data[i - 1],
                                content.len - i);
        end = p != NULL ? (size_t) (p - content.data) : content.len;
    }

    if (i == end || end <= *pos) {
        return CONSENT_DECLINED;
    }

    *pos = end;
    *url = (consent_str_t) { end - i, content.data + i };

    return CONSENT_OK;
}

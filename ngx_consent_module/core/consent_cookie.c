/*
 * Cookie and Set-Cookie (RFC 6265bis), and which cookies are denied.
 */

#include <string.h>

#include "consent_header.h"


typedef struct {
    const char    *name;
    size_t         len;
    void         (*parse)(consent_str_t value, void *data);
} consent_set_cookie_attr_t;


/* What decides whether a Set-Cookie field deletes: Max-Age goes first. */

typedef struct {
    consent_set_cookie_t  *sc;
    unsigned               max_age:1;
    unsigned               max_age_past:1;
    unsigned               expires_past:1;
} consent_set_cookie_ctx_t;


static int
consent_cookie_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}


static consent_str_t
consent_cookie_trim(consent_str_t s)
{
    while (s.len && consent_cookie_space(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len && consent_cookie_space(s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


/* Splits at the first "="; without one all is value. */
static void
consent_cookie_pair(consent_str_t pair, consent_str_t *name,
    consent_str_t *value)
{
    const uint8_t  *p;

    p = pair.len ? memchr(pair.data, '=', pair.len) : NULL;

    if (p == NULL) {
        *name = (consent_str_t) { 0, pair.data };
        *value = pair;
        return;
    }

    name->data = pair.data;
    name->len = (size_t) (p - pair.data);
    value->data = p + 1;
    value->len = pair.len - name->len - 1;

    *name = consent_cookie_trim(*name);
    *value = consent_cookie_trim(*value);
}


int
consent_cookie_next(consent_str_t header, size_t *pos,
    consent_cookie_t *cookie)
{
    consent_str_t   pair;
    const uint8_t  *p;

    while (*pos < header.len) {
        pair.data = header.data + *pos;
        p = memchr(pair.data, ';', header.len - *pos);
        pair.len = p ? (size_t) (p - pair.data) : header.len - *pos;

        *pos += pair.len + (p ? 1 : 0);

        pair = consent_cookie_trim(pair);

        if (pair.len) {
            cookie->start = (size_t) (pair.data - header.data);
            cookie->end = cookie->start + pair.len;
            consent_cookie_pair(pair, &cookie->name, &cookie->value);

            return CONSENT_OK;
        }
    }

    return CONSENT_DECLINED;
}


consent_str_t
consent_cookie_find(consent_str_t header, consent_str_t name, unsigned *count)
{
    size_t            pos;
    unsigned          n;
    consent_str_t     value;
    consent_cookie_t  cookie;

    n = 0;
    pos = 0;
    value = consent_str("");

    while (consent_cookie_next(header, &pos, &cookie) == CONSENT_OK) {
        if (consent_str_eq(cookie.name, name)) {
            value = cookie.value;
            n++;
        }
    }

    if (count != NULL) {
        *count = n;
    }

    return n == 1 ? value : consent_str("");
}


int
consent_cookie_denied(const consent_cookies_t *ctx, consent_str_t name,
    int http_only, consent_verdict_t *verdict)
{
    memset(verdict, 0, sizeof(consent_verdict_t));
    verdict->service = CONSENT_NO_SERVICE;
    verdict->rule = CONSENT_NO_RULE;

    if (consent_str_eq(name, ctx->own)) {
        return 0;
    }

    if (consent_rules_storage(ctx->rules, CONSENT_STORAGE_COOKIE, name,
                              verdict)
        != CONSENT_OK)
    {
        verdict->service = CONSENT_NO_SERVICE;
        verdict->rule = CONSENT_NO_RULE;
        verdict->purposes = http_only ? 0 : ctx->page->unclassified;
        verdict->unclassified = 1;
    }

    return !consent_choice_allows(ctx->choice, ctx->rules, verdict);
}


size_t
consent_cookie_strip(const consent_cookies_t *ctx, consent_str_t header,
    uint8_t *out, unsigned *denied, consent_cookie_pt each, void *data)
{
    size_t             pos, from, len;
    consent_cookie_t   cookie;
    consent_verdict_t  verdict;

    *denied = 0;
    pos = 0;
    from = 0;
    len = 0;

    while (consent_cookie_next(header, &pos, &cookie) == CONSENT_OK) {

        if (consent_cookie_denied(ctx, cookie.name, 1, &verdict)) {
            (*denied)++;

            if (each != NULL) {
                each(data, cookie.name, &verdict);
            }

        } else {
            /* with the "; " before it, unless it is the first that stays */
            from = len ? from : cookie.start;
            memcpy(out + len, header.data + from, cookie.end - from);
            len += cookie.end - from;
        }

        from = cookie.end;
    }

    if (*denied == 0) {
        if (header.len) {
            memcpy(out, header.data, header.len);
        }

        return header.len;
    }

    return len;
}


static void
consent_set_cookie_domain(consent_str_t value, void *data)
{
    consent_set_cookie_ctx_t  *ctx = data;

    if (value.len && value.data[0] == '.') {
        value.data++;
        value.len--;
    }

    ctx->sc->domain = value;
}


static void
consent_set_cookie_path(consent_str_t value, void *data)
{
    consent_set_cookie_ctx_t  *ctx = data;

    ctx->sc->path = value;
}


static void
consent_set_cookie_http_only(consent_str_t value, void *data)
{
    consent_set_cookie_ctx_t  *ctx = data;

    (void) value;

    ctx->sc->http_only = 1;
}


/* RFC 6265, 5.2.2: what is no number is ignored. */
static void
consent_set_cookie_max_age(consent_str_t value, void *data)
{
    consent_set_cookie_ctx_t  *ctx = data;

    size_t    i;
    unsigned  zero, minus;

    minus = value.len && value.data[0] == '-';

    if (value.len == minus) {
        return;
    }

    zero = 1;

    for (i = minus; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return;
        }

        zero &= value.data[i] == '0';
    }

    ctx->max_age = 1;
    ctx->max_age_past = minus || zero;
}


/*
 * RFC 6265, 5.1.1: the year is the first run of two or four digits behind
 * the day of the month; a day has one or two and comes first, a time has
 * colons.
 */
static void
consent_set_cookie_date(consent_str_t value, void *data)
{
    consent_set_cookie_ctx_t  *ctx = data;

    size_t    i, start;
    unsigned  year, day;

    day = 0;

    for (i = 0; i < value.len; /* void */ ) {
        year = 0;

        for (start = i; i < value.len && value.data[i] >= '0'
                        && value.data[i] <= '9' && i - start < 5; i++)
        {
            year = year * 10 + (unsigned) (value.data[i] - '0');
        }

        if (i < value.len && value.data[i] == ':') {
            while (i < value.len && !consent_cookie_space(value.data[i])) {
                i++;
            }

            continue;
        }

        if (i - start == 4 || (i - start == 2 && day)) {
            ctx->expires_past = (i - start == 4 && year < 2000)
                                || (i - start == 2 && year >= 70);
            return;
        }

        day |= i > start;
        i += i == start;
    }
}


static const consent_set_cookie_attr_t  consent_set_cookie_attrs[] = {
    { "domain", 6, consent_set_cookie_domain },
    { "path", 4, consent_set_cookie_path },
    { "httponly", 8, consent_set_cookie_http_only },
    { "max-age", 7, consent_set_cookie_max_age },
    { "expires", 7, consent_set_cookie_date }
};


static void
consent_set_cookie_attr(consent_set_cookie_ctx_t *ctx, consent_str_t pair)
{
    size_t                            i, n;
    consent_str_t                     name, value;
    const consent_set_cookie_attr_t  *attr;

    consent_cookie_pair(pair, &name, &value);

    if (value.data == pair.data) {
        name = value;
        value = consent_str("");
    }

    n = sizeof(consent_set_cookie_attrs) / sizeof(consent_set_cookie_attrs[0]);

    for (i = 0; i < n; i++) {
        attr = &consent_set_cookie_attrs[i];

        if (consent_str_caseeq(name,
                  (consent_str_t) { attr->len, (const uint8_t *) attr->name }))
        {
            attr->parse(value, ctx);
            return;
        }
    }
}


int
consent_set_cookie_parse(consent_str_t field, consent_set_cookie_t *sc)
{
    consent_str_t              rest, pair, value;
    const uint8_t             *p;
    consent_set_cookie_ctx_t   ctx;

    memset(sc, 0, sizeof(consent_set_cookie_t));
    memset(&ctx, 0, sizeof(consent_set_cookie_ctx_t));
    ctx.sc = sc;

    p = field.len ? memchr(field.data, ';', field.len) : NULL;

    pair.data = field.data;
    pair.len = p ? (size_t) (p - field.data) : field.len;

    rest.data = field.data + pair.len;
    rest.len = field.len - pair.len;

    consent_cookie_pair(consent_cookie_trim(pair), &sc->name, &value);

    if (sc->name.len == 0 && value.len == 0) {
        return CONSENT_ERROR;
    }

    while (rest.len) {
        rest.data++;
        rest.len--;

        p = rest.len ? memchr(rest.data, ';', rest.len) : NULL;

        pair.data = rest.data;
        pair.len = p ? (size_t) (p - rest.data) : rest.len;

        consent_set_cookie_attr(&ctx, consent_cookie_trim(pair));

        rest.data += pair.len;
        rest.len -= pair.len;
    }

    sc->expires = ctx.max_age ? ctx.max_age_past : ctx.expires_past;

    return CONSENT_OK;
}


static int
consent_set_cookie_prefix(consent_str_t name, consent_str_t prefix)
{
    return name.len >= prefix.len
           && consent_str_caseeq((consent_str_t) { prefix.len, name.data },
                                 prefix);
}


void
consent_set_cookie_expire(consent_buf_t *b, consent_str_t name,
    consent_str_t domain)
{
    int  host;

    host = consent_set_cookie_prefix(name, consent_str("__Host-"));

    consent_buf_add(b, name);
    consent_buf_add_c(b, "=; Max-Age=0; Path=/");

    if (domain.len && !host) {
        consent_buf_add_c(b, "; Domain=");
        consent_buf_add(b, domain);
    }

    /* RFC 6265bis, 4.1.3: else a browser ignores the field */
    if (host || consent_set_cookie_prefix(name, consent_str("__Secure-"))) {
        consent_buf_add_c(b, "; Secure");
    }
}

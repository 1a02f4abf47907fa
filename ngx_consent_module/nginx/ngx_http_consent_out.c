
/*
 * GET out: the way from a page to another site, where the page's
 * Connection-Allowlist lets a click lead to the site itself alone.
 */

#include "ngx_http_consent_endpoint.h"


#define NGX_HTTP_CONSENT_OUT_DAY  (24 * 60 * 60)


static ngx_uint_t ngx_http_consent_out_asked(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_out_signed(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_out_key(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_key_t *key);
static ngx_int_t ngx_http_consent_out_text(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, time_t day, ngx_str_t *text);
static ngx_uint_t ngx_http_consent_out_leads(ngx_str_t *to);
static ngx_int_t ngx_http_consent_out_forget(ngx_http_request_t *r);


/*
 * It leads on from a page of this origin alone: a link on another site, in a
 * mail or in an address bar leads nowhere.  The answer says nothing of a
 * referrer, so the page's own policy holds for what the other site is told
 * (Fetch, 4.4; Referrer Policy, 8.2), as if the click had led there.
 */

ngx_int_t
ngx_http_consent_out_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t      *to;
    ngx_uint_t      asked;
    consent_buf_t   none;

    to = ngx_http_consent_arg(r, "to", 0);
    asked = ngx_http_consent_out_asked(r, ctx);

    if (ngx_http_consent_out_forget(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->conf->csp != NGX_HTTP_CONSENT_CSP_STRICT
        || ctx->conf->mode != NGX_HTTP_CONSENT_ENFORCE)
    {
        return ngx_http_consent_refuse(r, NGX_HTTP_NOT_FOUND);
    }

    if (to == NULL || !ngx_http_consent_out_leads(to)) {
        return ngx_http_consent_refuse(r, NGX_HTTP_BAD_REQUEST);
    }

    if (!asked) {
        return ngx_http_consent_refuse(r, NGX_HTTP_FORBIDDEN);
    }

    if (ngx_http_consent_add_header(r, "Location", to) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&none, sizeof(consent_buf_t));

    return ngx_http_consent_answer(r, NGX_HTTP_SEE_OTHER, NULL, &none);
}


/*
 * Fetch Metadata: a page of the same origin navigates, as a person did
 * something.  No page can set these.  Browsers send them to what is secure;
 * elsewhere the page's signature has to do, which its scripts can read.
 */

static ngx_uint_t
ngx_http_consent_out_asked(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    static struct {
        const char  *name;
        const char  *value;
    } fields[] = {
        { "Sec-Fetch-Site", "same-origin" },
        { "Sec-Fetch-Mode", "navigate" },
        { "Sec-Fetch-Dest", "document" },
        { "Sec-Fetch-User", "?1" }
    };

    if (ngx_http_consent_header_in(r, "Sec-Fetch-Site", 14) == NULL) {
        return ngx_http_consent_out_signed(r, ctx);
    }

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        h = ngx_http_consent_header_in(r, fields[i].name,
                                       ngx_strlen(fields[i].name));

        if (h == NULL || h->value.len != ngx_strlen(fields[i].value)
            || ngx_strncmp(h->value.data, fields[i].value, h->value.len) != 0)
        {
            return 0;
        }
    }

    return 1;
}


/* Of today or of yesterday, since pages stay open. */

static ngx_uint_t
ngx_http_consent_out_signed(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    time_t          day;
    ngx_str_t      *sign, text;
    ngx_uint_t      i;
    consent_key_t   key;

    sign = ngx_http_consent_arg(r, "key", 0);

    if (sign == NULL || ngx_http_consent_out_key(r, ctx, &key) != NGX_OK) {
        return 0;
    }

    day = ngx_time() / NGX_HTTP_CONSENT_OUT_DAY;

    for (i = 0; i < 2; i++) {
        if (ngx_http_consent_out_text(r, ctx, day - (time_t) i, &text)
            == NGX_OK
            && consent_key_verify(&key, ngx_http_consent_str(text),
                                  ngx_http_consent_str(*sign)))
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_consent_out_sign(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t *sign)
{
    uint8_t        *mac;
    ngx_str_t       text;
    consent_key_t   key;

    *sign = consent_str("");

    if (ngx_http_consent_header_in(r, "Sec-Fetch-Site", 14)) {
        return NGX_OK;
    }

    mac = ngx_pnalloc(r->pool, CONSENT_MAC_LEN);

    if (mac == NULL || ngx_http_consent_out_key(r, ctx, &key) != NGX_OK
        || ngx_http_consent_out_text(r, ctx,
                                     ngx_time() / NGX_HTTP_CONSENT_OUT_DAY,
                                     &text)
           != NGX_OK
        || consent_key_mac(&key, ngx_http_consent_str(text), mac)
           != CONSENT_OK)
    {
        return NGX_ERROR;
    }

    *sign = (consent_str_t) { CONSENT_MAC_LEN, mac };

    return NGX_OK;
}


/* The operator's, which all nodes have, or the zone's. */

static ngx_int_t
ngx_http_consent_out_key(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_key_t *key)
{
    if (ctx->conf->keys->n) {
        *key = ctx->conf->keys->key[0];
        return NGX_OK;
    }

    return ngx_http_consent_zone_key(r, key);
}


/* What is signed fits this visitor's pages alone: somebody else's link has
   the signature of another address. */

static ngx_int_t
ngx_http_consent_out_text(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    time_t day, ngx_str_t *text)
{
    u_char         *p;
    ngx_str_t      *addr;
    consent_str_t   host;

    addr = &r->connection->addr_text;
    host = ctx->page.url.host;

    p = ngx_pnalloc(r->pool, sizeof("out/") - 1 + NGX_TIME_T_LEN + 1
                             + addr->len + 1 + host.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = ngx_sprintf(p, "out/%T/%V/%*s", day, addr, host.len,
                            host.data)
                - p;

    return NGX_OK;
}


/* 1 for a URL of the web, written as browsers serialise it. */

static ngx_uint_t
ngx_http_consent_out_leads(ngx_str_t *to)
{
    size_t          i;
    consent_url_t   url;
    static uint8_t  scratch[CONSENT_URL_BUF];

    if (to->len > CONSENT_URL_MAX) {
        return 0;
    }

    for (i = 0; i < to->len; i++) {
        if (to->data[i] <= ' ' || to->data[i] >= 0x7f) {
            return 0;
        }
    }

    return consent_url_parse(&url, NULL, ngx_http_consent_str(*to), scratch)
           == CONSENT_OK
           && (consent_str_eq(url.scheme, consent_str("https"))
               || consent_str_eq(url.scheme, consent_str("http")))
           && url.host.len;
}


/* Where a visitor went is nobody's business here, nor the access log's. */

static ngx_int_t
ngx_http_consent_out_forget(ngx_http_request_t *r)
{
    u_char  *p;
    size_t   size;

    size = r->method_name.len + 1 + r->uri.len + 1 + r->http_protocol.len;

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->request_line.data = p;
    r->request_line.len = ngx_sprintf(p, "%V %V %V", &r->method_name, &r->uri,
                                      &r->http_protocol)
                          - p;

    r->args.len = 0;
    r->unparsed_uri = r->uri;

    return NGX_OK;
}


/*
 * consent_decoration strip: identifiers on links do not reach the upstream,
 * the cache's key or the access log.  The browser's address bar keeps them, so
 * that a yes on this very page still finds them there.
 */

#include "consent_decoration.h"

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_decoration_url(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *url, ngx_uint_t *denied);
static ngx_int_t ngx_http_consent_decoration_line(ngx_http_request_t *r);


ngx_int_t
ngx_http_consent_strip_decoration(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    size_t            len;
    u_char           *p;
    unsigned          n;
    ngx_uint_t        denied;
    ngx_table_elt_t  *h;

    denied = 0;
    h = ngx_http_consent_header_in(r, "Referer", 7);

    if ((h && ngx_http_consent_decoration_url(r, ctx, &h->value, &denied)
              != NGX_OK)
        || ngx_http_consent_decoration_url(r, ctx, &r->unparsed_uri, &denied)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (r->args.len) {
        p = ngx_pnalloc(r->pool, r->args.len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        len = consent_decoration_strip(ctx->conf->set->rules, &ctx->choice,
                                       ngx_http_consent_str(r->args), p, &n);
        if (n) {
            r->args.data = p;
            r->args.len = len;
            denied += n;
        }
    }

    return denied ? ngx_http_consent_decoration_line(r) : NGX_OK;
}


/* With a NUL behind it, as nginx has what it reads. */

static ngx_int_t
ngx_http_consent_decoration_url(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *url, ngx_uint_t *denied)
{
    size_t          len, path;
    u_char         *p;
    unsigned        n;
    consent_str_t   query;

    p = ngx_strlchr(url->data, url->data + url->len, '?');

    if (p == NULL) {
        return NGX_OK;
    }

    path = p - url->data;
    query.data = p + 1;
    query.len = url->len - path - 1;

    p = ngx_pnalloc(r->pool, url->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, url->data, path + 1);

    len = consent_decoration_strip(ctx->conf->set->rules, &ctx->choice, query,
                                   p + path + 1, &n);
    if (n == 0) {
        return NGX_OK;
    }

    *denied += n;

    url->data = p;
    url->len = len ? path + 1 + len : path;
    p[url->len] = '\0';

    return NGX_OK;
}


/* $request is for logs. */

static ngx_int_t
ngx_http_consent_decoration_line(ngx_http_request_t *r)
{
    u_char  *p;

    p = ngx_pnalloc(r->pool, r->method_name.len + 1 + r->unparsed_uri.len + 1
                             + r->http_protocol.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->request_line.data = p;
    r->request_line.len = ngx_sprintf(p, "%V %V %V", &r->method_name,
                                      &r->unparsed_uri, &r->http_protocol)
                          - p;

    return NGX_OK;
}


/*
 * Back from the browser: denied cookies that it still sends are deleted.
 */

#include "ngx_http_consent.h"


/*
 * Deletions in one response: names that are looked at, and bytes of lines.
 * What does not fit has its turn with the next page.
 */
#define NGX_HTTP_CONSENT_EXPIRE_NAMES  256
#define NGX_HTTP_CONSENT_EXPIRE_BYTES  2048


static ngx_int_t ngx_http_consent_expire_names(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_array_t *names);
static size_t ngx_http_consent_expire_room(ngx_http_request_t *r);
static size_t ngx_http_consent_expire_size(ngx_http_consent_ctx_t *ctx,
    consent_str_t name);
static ngx_int_t ngx_http_consent_expire_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t name);
static ngx_uint_t ngx_http_consent_is_domain(consent_str_t host);


/*
 * Deletes what the browser still holds.  A cookie is known by name, domain
 * and path, and only its name is sent: so it is tried for the host alone,
 * the host, and the registrable domain.  A name that no rule knows stays:
 * it may be HttpOnly, which a request does not tell.
 *
 * Where there are too many for one response, a different one is the first each
 * time: cookies that do not go, because of a path, keep none from its turn.
 */

ngx_int_t
ngx_http_consent_expire(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    size_t          room, used;
    ngx_uint_t      i, first;
    ngx_array_t     names;
    consent_str_t  *name;

    if (ngx_array_init(&names, r->pool, 8, sizeof(consent_str_t)) != NGX_OK
        || ngx_http_consent_expire_names(r, ctx, &names) != NGX_OK)
    {
        return NGX_ERROR;
    }

    name = names.elts;
    room = ngx_http_consent_expire_room(r);
    first = 0;
    used = 0;

    for (i = 0; i < names.nelts; i++) {
        used += ngx_http_consent_expire_size(ctx, name[i]);
    }

    if (used > room) {
        first = (ngx_uint_t) ngx_random() % names.nelts;
    }

    for (i = 0; i < names.nelts; i++) {
        name = (consent_str_t *) names.elts + (first + i) % names.nelts;
        used = ngx_http_consent_expire_size(ctx, *name);

        if (used > room) {
            continue;
        }

        room -= used;

        if (ngx_http_consent_expire_cookie(r, ctx, *name) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Known, denied, and sent in this request. */

static ngx_int_t
ngx_http_consent_expire_names(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_array_t *names)
{
    size_t              pos;
    ngx_str_t          *header;
    consent_str_t      *name;
    consent_cookie_t    cookie;
    consent_verdict_t   verdict;
    consent_cookies_t   cookies;

    header = ngx_http_consent_get_cookie(r);
    if (header == NULL) {
        return NGX_ERROR;
    }

    cookies.rules = ctx->conf->set->rules;
    cookies.choice = &ctx->choice;
    cookies.page = &ctx->page;
    cookies.own = ngx_http_consent_str(ctx->conf->cookie);

    pos = 0;

    while (names->nelts < NGX_HTTP_CONSENT_EXPIRE_NAMES
           && consent_cookie_next(ngx_http_consent_str(*header), &pos,
                                  &cookie)
              == CONSENT_OK)
    {
        if (consent_str_eq(cookie.name, cookies.own)
            || !consent_cookie_denied(&cookies, cookie.name, 1, &verdict))
        {
            continue;
        }

        name = ngx_array_push(names);
        if (name == NULL) {
            return NGX_ERROR;
        }

        *name = cookie.name;
    }

    return NGX_OK;
}


/*
 * Bytes for deletions that no proxy in front will need a larger buffer for: of
 * 4 KiB, or of some power of two beyond.
 */

static size_t
ngx_http_consent_expire_room(ngx_http_request_t *r)
{
    size_t  used, size;

    used = ngx_http_consent_header_size(r);

    /* What is not there yet makes no header one of the next size. */

    for (size = NGX_HTTP_CONSENT_HEADER_MAX;
         size + NGX_HTTP_CONSENT_HEADER_REST < used;
         size *= 2)
    {
        /* void */
    }

    return (size > used) ? ngx_min(size - used, NGX_HTTP_CONSENT_EXPIRE_BYTES)
                         : 0;
}


/* The lines of one name, in bytes, at most. */

static size_t
ngx_http_consent_expire_size(ngx_http_consent_ctx_t *ctx, consent_str_t name)
{
    size_t  line;

    line = sizeof("Set-Cookie: =; Max-Age=0; Path=/; Domain=; Secure" CRLF) - 1
           + name.len;

    return 3 * line + ctx->page.url.host.len + ctx->page.site.len;
}


static ngx_int_t
ngx_http_consent_expire_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t name)
{
    consent_str_t  host, none;

    host = ctx->page.url.host;
    none.len = 0;
    none.data = NULL;

    if (ngx_http_consent_expire_name(r, name, none) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_http_consent_is_domain(host)) {
        return NGX_OK;
    }

    if (ngx_http_consent_expire_name(r, name, host) != NGX_OK) {
        return NGX_ERROR;
    }

    return consent_str_eq(host, ctx->page.site)
           ? NGX_OK : ngx_http_consent_expire_name(r, name, ctx->page.site);
}


/* 0 for what a browser takes no Domain= of: a single label, an address. */

static ngx_uint_t
ngx_http_consent_is_domain(consent_str_t host)
{
    u_char  last;

    if (host.len == 0 || memchr(host.data, '.', host.len) == NULL) {
        return 0;
    }

    last = host.data[host.len - 1];

    return !(last >= '0' && last <= '9') && last != ']';
}


ngx_int_t
ngx_http_consent_expire_name(ngx_http_request_t *r, consent_str_t name,
    consent_str_t domain)
{
    ngx_str_t      value;
    consent_buf_t  b;
    consent_mem_t  mem;

    mem = ngx_http_consent_mem(r->pool);

    consent_buf_init(&b, &mem);
    consent_set_cookie_expire(&b, name, domain);

    if (b.failed) {
        return NGX_ERROR;
    }

    value.data = b.data;
    value.len = b.len;

    return ngx_http_consent_add_header(r, "Set-Cookie", &value);
}


/*
 * Policies that browsers keep, beside the site's own.  They stand on every
 * response: a worker, an image or a 404 opened in a frame would be free
 * without them.
 */

#include "consent_permissions.h"

#include "ngx_http_consent.h"


/*
 * Of a site whose own lines leave little room, so much is taken all the same:
 * a policy of a usual length is not to be made wider for what others fill.
 */
#define NGX_HTTP_CONSENT_CSP_LEAST  1536

/* Left for deletions of cookies, so that there is room for some. */
#define NGX_HTTP_CONSENT_CSP_SPARE  512

/* The most of a policy and an allow-list. */
#define NGX_HTTP_CONSENT_CSP_BOTH     3584


static size_t ngx_http_consent_policy_room(ngx_http_request_t *r,
    size_t most);
static ngx_int_t ngx_http_consent_connections(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp);
static ngx_uint_t ngx_http_consent_lets_scripts(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_permissions(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_permissions_due(
    ngx_http_consent_ctx_t *ctx);
static unsigned ngx_http_consent_chromium(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_policy_state(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_leads_away(ngx_http_consent_ctx_t *ctx,
    ngx_str_t *location);


/* Policies that do not fit are counted, each response once. */

ngx_int_t
ngx_http_consent_policy(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t html)
{
    const char              *name;
    ngx_http_consent_csp_t   csp;

    if (ctx->conf->csp == NGX_HTTP_CONSENT_CSP_OFF || ctx->choice.all) {
        return NGX_OK;
    }

    if (((html || ctx->document)
         && ngx_http_consent_permissions(r, ctx) != NGX_OK)
        || (html && ngx_http_consent_policy_state(r, ctx) != NGX_OK))
    {
        return NGX_ERROR;
    }

    /* Workers keep the policy they came with; so may what is not known. */

    csp.kind = NGX_HTTP_CONSENT_CSP_PAGE;
    csp.flat = ctx->service;
    csp.brief = !html && ctx->classed && !(ctx->types & CONSENT_TYPE_WORKER);
    csp.limit = ngx_http_consent_policy_room(r, CONSENT_CSP_MAX);

    if (ctx->conf->csp == NGX_HTTP_CONSENT_CSP_STRICT
        && ngx_http_consent_connections(r, ctx, &csp) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_consent_csp_get(r, ctx, &csp) != NGX_OK) {
        return NGX_ERROR;
    }

    if (csp.value.len == 0) {
        return NGX_OK;
    }

    ctx->policy = csp.value;
    ctx->width = ngx_max(ctx->width, csp.width);

    if (ctx->width != CONSENT_CSP_EXACT) {
        ngx_http_consent_count_wide(r, ctx->width);
    }

    name = ctx->conf->csp == NGX_HTTP_CONSENT_CSP_REPORT
           ? "Content-Security-Policy-Report-Only"
           : "Content-Security-Policy";

    return ngx_http_consent_add_header(r, name, &csp.value);
}


/* For service workers that keep the page: which choice it was made for. */

static ngx_int_t
ngx_http_consent_policy_state(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    u_char     *p;
    ngx_str_t   value;

    if (ctx->conf->csp < NGX_HTTP_CONSENT_CSP_ENFORCE) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, CONSENT_STATE_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = consent_choice_state(&ctx->choice, ctx->conf->set->rules, p);

    return ngx_http_consent_add_header(r, "Consent-State", &value);
}


/* In steps, so that few different policies are made and kept. */

static size_t
ngx_http_consent_policy_room(ngx_http_request_t *r, size_t most)
{
    size_t  used, room;

    used = ngx_http_consent_header_size(r) + NGX_HTTP_CONSENT_CSP_SPARE;

    if (used + NGX_HTTP_CONSENT_CSP_LEAST > NGX_HTTP_CONSENT_HEADER_MAX) {
        return NGX_HTTP_CONSENT_CSP_LEAST;
    }

    room = (NGX_HTTP_CONSENT_HEADER_MAX - used) & ~(size_t) 255;
    room = ngx_max(room, NGX_HTTP_CONSENT_CSP_LEAST);

    return ngx_min(room, most);
}


size_t
ngx_http_consent_header_size(ngx_http_request_t *r)
{
    size_t            size;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    size = NGX_HTTP_CONSENT_HEADER_REST;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash) {
                size += h[i].key.len + h[i].value.len + sizeof(": " CRLF) - 1;
            }
        }
    }

    return size;
}


/*
 * Half of the room is for the allow-list, and more of it is taken.  Without
 * scripts of ours, or on a page that is there to lead to another site, links
 * would be dead: none.
 */

static ngx_int_t
ngx_http_consent_connections(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp)
{
    ngx_http_consent_csp_t  list;

    list = *csp;
    list.kind = NGX_HTTP_CONSENT_CSP_CONNECT;
    csp->limit = ngx_http_consent_policy_room(r, NGX_HTTP_CONSENT_CSP_BOTH)
                 / 2;
    list.limit = csp->limit;

    if (ctx->leads_on || !ngx_http_consent_lets_scripts(r)) {
        return NGX_OK;
    }

    if (ngx_http_consent_csp_get(r, ctx, &list) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->width = list.width;

    if (list.value.len == 0) {
        return NGX_OK;
    }

    ctx->closed = 1;

    return ngx_http_consent_add_header(r, "Connection-Allowlist",
                                       &list.value);
}


/* 1 if no policy of the site refuses files of ours. */

static ngx_uint_t
ngx_http_consent_lets_scripts(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "Content-Security-Policy", h))
           != NULL)
    {
        if (!consent_csp_lets_scripts(ngx_http_consent_str(h->value))) {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_consent_permissions(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t         value;
    consent_buf_t     site;
    consent_mem_t     mem;
    ngx_table_elt_t  *h;

    if (!ngx_http_consent_permissions_due(ctx)) {
        return NGX_OK;
    }

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&site, &mem);
    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "Permissions-Policy", h))
           != NULL)
    {
        consent_buf_add_c(&site, site.len ? ", " : "");
        consent_buf_add(&site, ngx_http_consent_str(h->value));
        h->hash = 0;
    }

    if (site.failed
        || ngx_http_consent_permissions_value(r, ctx, consent_buf_str(&site),
                                              &value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_consent_add_header(r, "Permissions-Policy", &value);
}


/* Of the purposes, advertising is what Sec-GPC denies. */

static ngx_uint_t
ngx_http_consent_permissions_due(ngx_http_consent_ctx_t *ctx)
{
    const consent_rules_t  *rules;

    rules = ctx->conf->set->rules;

    return ctx->conf->csp != NGX_HTTP_CONSENT_CSP_REPORT
           && (rules->gpc & ~ctx->choice.granted & ~rules->necessary) != 0;
}


ngx_int_t
ngx_http_consent_permissions_value(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t site, ngx_str_t *value)
{
    consent_buf_t  b;
    consent_mem_t  mem;

    ngx_str_null(value);

    if (!ngx_http_consent_permissions_due(ctx)) {
        return NGX_OK;
    }

    mem = ngx_http_consent_mem(r->pool);

    consent_buf_init(&b, &mem);
    consent_permissions_write(&b, site, ngx_http_consent_chromium(r));

    value->data = b.data;
    value->len = b.len;

    return b.failed ? NGX_ERROR : NGX_OK;
}


/*
 * The major version of a browser that is made of Chromium, or 0.  What goes to
 * a cache that serves many must suit all of them.
 */

static unsigned
ngx_http_consent_chromium(ngx_http_request_t *r)
{
    u_char                  *p, *last;
    unsigned                 version;
    ngx_table_elt_t         *h;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_find_ctx(r);
    h = ngx_http_consent_header_in(r, "User-Agent", 10);

    if (h == NULL || ctx == NULL
        || ctx->conf->cache != NGX_HTTP_CONSENT_CACHE_PRIVATE)
    {
        return 0;
    }

    last = h->value.data + h->value.len;
    p = ngx_strlcasestrn(h->value.data, last, (u_char *) "Chrome/", 7 - 1);

    if (p == NULL) {
        return 0;
    }

    version = 0;

    for (p += 7; p < last && *p >= '0' && *p <= '9' && version < 10000; p++) {
        version = version * 10 + (*p - '0');
    }

    return version;
}


/*
 * form-action holds for redirects, too, in Chromium: a shop could not lead on
 * to where its customers pay.  The site's own answer is the site's to give, so
 * it becomes a page that leads there at once.  303 alone is sure to ask by
 * GET; 301 and 302 after a POST are read as 303 by browsers (Fetch, 4.4).
 */

ngx_int_t
ngx_http_consent_form_answer(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    u_char           *p;
    ngx_str_t         value;
    ngx_uint_t        status;
    ngx_table_elt_t  *h, *location;

    status = r->headers_out.status;

    if (r->method != NGX_HTTP_POST || ctx->endpoint || ctx->choice.all
        || ctx->conf->mode != NGX_HTTP_CONSENT_ENFORCE
        || ctx->conf->csp < NGX_HTTP_CONSENT_CSP_STRICT
        || (status != NGX_HTTP_MOVED_PERMANENTLY
            && status != NGX_HTTP_MOVED_TEMPORARILY
            && status != NGX_HTTP_SEE_OTHER)
        || !ctx->document)
    {
        return NGX_OK;
    }

    location = ngx_http_consent_header_out(r, "Location", NULL);

    if (location == NULL || ngx_http_consent_get_page(r) == NULL
        || !ngx_http_consent_leads_away(ctx, &location->value))
    {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("0; url=") + location->value.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "0; url=%V%Z", &location->value) - p - 1;

    while ((h = ngx_http_consent_header_out(r, "Refresh", NULL)) != NULL) {
        h->hash = 0;
    }

    location->hash = 0;
    r->headers_out.location = NULL;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.status_line.len = 0;

    if (r->headers_out.content_type.len == 0) {
        ngx_str_set(&r->headers_out.content_type, "text/html");
        r->headers_out.content_type_len = r->headers_out.content_type.len;
    }

    ctx->leads_on = 1;

    return ngx_http_consent_add_header(r, "Refresh", &value);
}


static ngx_uint_t
ngx_http_consent_leads_away(ngx_http_consent_ctx_t *ctx, ngx_str_t *location)
{
    consent_url_t   url;
    static uint8_t  scratch[CONSENT_URL_BUF];

    return consent_url_parse(&url, &ctx->page.url,
                             ngx_http_consent_str(*location), scratch)
           == CONSENT_OK
           && url.network
           && consent_rules_third_party(&ctx->page, url.host);
}

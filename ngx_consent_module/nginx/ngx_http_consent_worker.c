
/*
 * Workers of the site's.  They get the guard in front of their script, if
 * there is one.  Pages that a service worker makes or keeps never pass the
 * server, and would have no policy, or that of an earlier choice.  So what puts
 * it on them goes in front as well, whatever the choice: a worker outlives it.
 */

#include "ngx_http_consent_endpoint.h"


static ngx_int_t ngx_http_consent_worker_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t brief, consent_view_t *view);
static void ngx_http_consent_worker_header(consent_view_t *view,
    consent_str_t name, ngx_str_t *value);
static uint32_t ngx_http_consent_worker_mark(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view);


/* A service worker outlives the choice; others need no more than the guard. */

ngx_uint_t
ngx_http_consent_fronts(ngx_http_consent_ctx_t *ctx)
{
    return ngx_http_consent_is_worker(ctx)
           && (ctx->service || (ctx->conf->guard && !ctx->choice.all));
}


/*
 * The script comes over again for each installation, and browsers take it as
 * JavaScript alone, in UTF-8 (Service Workers, 4.4).
 */

ngx_uint_t
ngx_http_consent_shims(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t  status;
    ngx_str_t   type;

    status = r->headers_out.status;
    type = r->headers_out.content_type;

    return ngx_http_consent_fronts(ctx) && !ctx->endpoint
           && ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
           && status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE
           && status != NGX_HTTP_NO_CONTENT
           && ngx_strlcasestrn(type.data, type.data + type.len,
                               (u_char *) "script", 6 - 1)
              != NULL;
}


ngx_int_t
ngx_http_consent_worker(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    consent_buf_t   b;
    consent_view_t  view;

    if (!ngx_http_consent_shims(r, ctx)) {
        return NGX_OK;
    }

    if (r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
        || ngx_http_consent_coding(r) != CONSENT_CODING_NONE)
    {
        /* For others, what the browser refuses has to do. */

        if (ctx->service) {
            ngx_http_consent_page_unreadable(r, ctx, "its coding");
        }

        return NGX_OK;
    }

    ngx_http_consent_view(r, ctx, &view);

    if (ngx_http_consent_worker_headers(r, ctx, 1, &view) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &ctx->mem);

    if (ctx->service) {
        consent_ui_worker(&b, &view, ngx_http_consent_worker_mark(ctx, &view));
    }

    consent_ui_guard_worker(&b, &view);

    if (b.failed) {
        return NGX_ERROR;
    }

    ngx_http_consent_page_changed(r);
    ngx_http_clear_etag(r);

    return r->header_only || r->method == NGX_HTTP_HEAD
           ? NGX_OK
           : ngx_http_consent_body_script(r, ctx, consent_buf_str(&b));
}


/* brief: what holds for every page, where the network does not say more. */

static ngx_int_t
ngx_http_consent_worker_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t brief, consent_view_t *view)
{
    ngx_str_t               value;
    ngx_http_consent_csp_t  csp;

    if (ctx->conf->guard
        && ngx_http_consent_view_guard(r, ctx, view) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!view->csp) {
        return NGX_OK;
    }

    ngx_memzero(&csp, sizeof(ngx_http_consent_csp_t));

    csp.kind = NGX_HTTP_CONSENT_CSP_PAGE;
    csp.brief = brief;
    csp.limit = NGX_HTTP_CONSENT_CSP_ROOM;

    if (ngx_http_consent_csp_get(r, ctx, &csp) != NGX_OK
        || ngx_http_consent_permissions_value(r, ctx, consent_str(""), &value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_consent_worker_header(view,
                                   consent_str("Content-Security-Policy"),
                                   &csp.value);
    ngx_http_consent_worker_header(view, consent_str("Permissions-Policy"),
                                   &value);

    return NGX_OK;
}


static void
ngx_http_consent_worker_header(consent_view_t *view, consent_str_t name,
    ngx_str_t *value)
{
    consent_page_header_t  *h;

    if (value->len) {
        h = &view->headers[view->nheaders++];
        h->name = name;
        h->value = ngx_http_consent_str(*value);
    }
}


/* The choice, and the policy that the worker itself comes with. */

static uint32_t
ngx_http_consent_worker_mark(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view)
{
    u_char    state[32];
    uint32_t  crc;

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, state,
                     consent_choice_state(view->choice, view->rules, state));
    ngx_crc32_update(&crc, ctx->policy.data, ctx->policy.len);
    ngx_crc32_final(crc);

    return crc;
}


ngx_int_t
ngx_http_consent_policy_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_view_t  view;

    ngx_http_consent_view(r, ctx, &view);

    if (ngx_http_consent_worker_headers(r, ctx, 0, &view) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_answer_view(r, NGX_HTTP_OK,
                                        NGX_HTTP_CONSENT_JSON,
                                        consent_ui_policy, &view);
}


/*
 * Redirects of the site's own.  A path of the site that sends an image, a
 * script or a frame on to a third party contacts it as well as a tag would
 * that names it; no page shows where it leads.
 */

#include "ngx_http_consent.h"


static uint32_t ngx_http_consent_moved_types(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_moved_denied(
    ngx_http_consent_ctx_t *ctx, uint32_t types, ngx_str_t *location);


/*
 * What a page asks for ends here, as it does for a path of the site that a
 * rule names.  Where a person goes is that person's act, and so, mostly, is
 * what is posted; that, and browsers that do not say what they ask for, are
 * left to the policy.
 */

ngx_int_t
ngx_http_consent_moved(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    uint32_t          types;
    ngx_table_elt_t  *location;

    if (r->headers_out.status < NGX_HTTP_SPECIAL_RESPONSE
        || r->headers_out.status >= NGX_HTTP_BAD_REQUEST
        || !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
        || ctx->endpoint || ctx->denied || ctx->choice.all)
    {
        return NGX_OK;
    }

    location = ngx_http_consent_header_out(r, "Location", NULL);
    types = ngx_http_consent_moved_types(r, ctx);

    if (location == NULL || types == 0
        || !ngx_http_consent_moved_denied(ctx, types, &location->value)
        || ctx->conf->mode != NGX_HTTP_CONSENT_ENFORCE)
    {
        return NGX_OK;
    }

    ctx->denied = 1;

    location->hash = 0;
    r->headers_out.location = NULL;
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->headers_out.status_line.len = 0;

    ngx_http_clear_content_length(r);

    return NGX_OK;
}


/* 0: it is to be left alone.  What is fetched ahead (Sec-Purpose) is no act
   of a person, though it comes as a document. */

static uint32_t
ngx_http_consent_moved_types(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    h = ngx_http_consent_header_in(r, "Sec-Purpose", 11);

    if (h && ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                              (u_char *) "prefetch", 8 - 1))
    {
        return CONSENT_TYPE_PREFETCH;
    }

    if (ctx->types == CONSENT_TYPE_ANY || ctx->types & CONSENT_TYPE_DOCUMENT
        || ngx_http_consent_header_in(r, "Sec-Fetch-User", 14))
    {
        return 0;
    }

    return ctx->types;
}


static ngx_uint_t
ngx_http_consent_moved_denied(ngx_http_consent_ctx_t *ctx, uint32_t types,
    ngx_str_t *location)
{
    int                rc;
    consent_url_t      url;
    consent_verdict_t  verdict;
    static uint8_t     scratch[CONSENT_URL_BUF];

    rc = consent_url_parse(&url, &ctx->page.url,
                           ngx_http_consent_str(*location), scratch);

    if (rc != CONSENT_OK) {
        return rc == CONSENT_DECLINED;
    }

    if (!url.network) {
        return 0;
    }

    consent_rules_match(ctx->conf->set->rules, &ctx->page, &url, types,
                        &verdict);

    if (consent_choice_allows(&ctx->choice, ctx->conf->set->rules, &verdict)) {
        return 0;
    }

    ctx->blocked++;
    ngx_http_consent_count_request(ctx->request, verdict.service);
    ngx_http_consent_note_service(ctx->request, verdict.service,
                                  CONSENT_CSP_REPORTED);

    if (verdict.unclassified) {
        ngx_http_consent_count_unknown(ctx->request, url.host);
    }

    return 1;
}


/*
 * Where a browser is told to send reports: Report-To and Reporting-Endpoints
 * (Reporting API, 3), NEL, and report-uri in a policy of the site (CSP3,
 * 6.5.1).  Each of them makes it contact a third party without a tag; so does
 * Speculation-Rules, whose URL is fetched.
 */

#include "ngx_http_consent.h"


static ngx_uint_t ngx_http_consent_report_denied(ngx_http_consent_ctx_t *ctx,
    u_char *start, u_char *end);
static u_char *ngx_http_consent_unquote(ngx_pool_t *pool, u_char **pos,
    u_char *last, size_t *len);
static u_char *ngx_http_consent_policy_part(ngx_http_consent_ctx_t *ctx,
    u_char *p, u_char *start, u_char *end);


/* A quoted string that is no URL counts as a path, and those are allowed. */

ngx_int_t
ngx_http_consent_report_to(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    u_char      *p, *s, *last;
    size_t       len;
    ngx_uint_t   denied;

    p = h->value.data;
    last = p + h->value.len;
    denied = 0;

    while (!denied && (p = ngx_strlchr(p, last, '"')) != NULL) {
        s = ngx_http_consent_unquote(r->pool, &p, last, &len);

        denied = s == NULL || ngx_http_consent_report_denied(ctx, s, s + len);
    }

    if (denied && ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE) {
        h->hash = 0;
        ctx->unreported = 1;
    }

    return NGX_OK;
}


/*
 * Reports on the network go to a group of Report-To.  If that has left, so do
 * those that the browser was told of before (Network Error Logging, 4.1).
 */

ngx_int_t
ngx_http_consent_nel(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    if (!ctx->unreported) {
        return NGX_OK;
    }

    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "NEL", h)) != NULL) {
        ngx_str_set(&h->value, "{\"max_age\":0}");
    }

    return NGX_OK;
}


/*
 * The string behind the quote at *pos, in memory of the pool, and *pos behind
 * its end.  NULL if it has no end, or escapes that no URL needs.
 */

static u_char *
ngx_http_consent_unquote(ngx_pool_t *pool, u_char **pos, u_char *last,
    size_t *len)
{
    u_char  *p, *s, *start;

    start = ngx_pnalloc(pool, last - *pos);
    if (start == NULL) {
        return NULL;
    }

    s = start;

    for (p = *pos + 1; p < last && *p != '"'; p++) {

        if (*p == '\\' && (++p == last || *p != '/')) {
            return NULL;
        }

        *s++ = *p;
    }

    if (p == last) {
        return NULL;
    }

    *pos = p + 1;
    *len = s - start;

    return start;
}


static ngx_uint_t
ngx_http_consent_report_denied(ngx_http_consent_ctx_t *ctx, u_char *start,
    u_char *end)
{
    int                rc;
    consent_str_t      text;
    consent_url_t      url;
    consent_verdict_t  verdict;
    static uint8_t     scratch[CONSENT_URL_BUF];

    text.data = start;
    text.len = end - start;

    rc = consent_url_parse(&url, &ctx->page.url, text, scratch);

    if (rc == CONSENT_ERROR) {
        return 0;
    }

    if (rc == CONSENT_OK) {
        consent_rules_match(ctx->conf->set->rules, &ctx->page, &url,
                            CONSENT_TYPE_PING, &verdict);

        if (consent_choice_allows(&ctx->choice, ctx->conf->set->rules,
                                  &verdict))
        {
            return 0;
        }

        if (!ctx->denied) {
            ctx->blocked++;
            ngx_http_consent_count_element(ctx->request, verdict.service);

            if (verdict.unclassified) {
                ngx_http_consent_count_unknown(ctx->request, url.host);
            }
        }
    }

    return 1;
}


/* Directives end at ";", policies at ",". */

ngx_int_t
ngx_http_consent_report_uri(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    u_char     *p, *start, *end, *last;
    ngx_str_t   value;

    if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                         (u_char *) "report-uri", 10 - 1)
        == NULL)
    {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, h->value.len + 1);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = value.data;
    start = h->value.data;
    last = start + h->value.len;

    while (start < last) {

        for (end = start; end < last && *end != ';' && *end != ','; end++) {
            /* void */
        }

        p = ngx_http_consent_policy_part(ctx, p, start, end);

        if (end < last) {
            *p++ = *end++;
        }

        start = end;
    }

    value.len = p - value.data;
    *p = '\0';

    if (value.len != h->value.len
        && ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE)
    {
        h->value = value;
    }

    return NGX_OK;
}


/* Copies a directive to p, unless it is a report-uri with a denied URL. */

static u_char *
ngx_http_consent_policy_part(ngx_http_consent_ctx_t *ctx, u_char *p,
    u_char *start, u_char *end)
{
    u_char      *s, *word;
    ngx_uint_t   n;

    n = 0;

    for (s = start; s < end; /* void */) {

        if (*s == ' ' || *s == '\t') {
            s++;
            continue;
        }

        for (word = s; s < end && *s != ' ' && *s != '\t'; s++) {
            /* void */
        }

        if (n++ == 0) {

            if (s - word != 10
                || ngx_strncasecmp(word, (u_char *) "report-uri", 10) != 0)
            {
                break;
            }

            continue;
        }

        if (ngx_http_consent_report_denied(ctx, word, s)) {
            return p;
        }
    }

    return ngx_cpymem(p, start, end - start);
}

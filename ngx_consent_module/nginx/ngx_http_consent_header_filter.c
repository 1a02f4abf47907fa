
/*
 * The response's header: cookies, links and refreshes that are denied, the
 * policy, caching, and whether the body is rewritten.
 */

#include "ngx_http_consent.h"


/* Of our own answers: nothing but our own files, and the site's icon, which
   browsers ask for by themselves. */
#define NGX_HTTP_CONSENT_OWN_POLICY                                           \
    "default-src 'none'; style-src 'self'; script-src 'self'; "               \
    "connect-src 'self'; img-src 'self' data:; form-action 'self'; "          \
    "base-uri 'none'; frame-ancestors 'self'"


typedef ngx_int_t (*ngx_http_consent_field_pt)(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);


typedef struct {
    ngx_str_t                  name;
    ngx_http_consent_field_pt  handler;
} ngx_http_consent_field_t;


static ngx_int_t ngx_http_consent_begin(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_show_encoding(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_enforce(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t html);
static void ngx_http_consent_find_nonce(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_fields(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_field_t *fields);
static ngx_int_t ngx_http_consent_set_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_link(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static void ngx_http_consent_link_seen(void *data, const consent_url_t *url,
    const consent_verdict_t *verdict);
static ngx_int_t ngx_http_consent_refresh(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_drop(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_own_policy(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_caching(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_cache_control(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value);
static ngx_uint_t ngx_http_consent_varies(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_uint_t ngx_http_consent_is_shown(ngx_http_request_t *r);


static ngx_http_consent_field_t  ngx_http_consent_judged[] = {
    { ngx_string("Set-Cookie"), ngx_http_consent_set_cookie },
    { ngx_string("Link"), ngx_http_consent_link },
    { ngx_string("Refresh"), ngx_http_consent_refresh },
    { ngx_string("Report-To"), ngx_http_consent_report_to },
    { ngx_string("Reporting-Endpoints"), ngx_http_consent_report_to },
    { ngx_string("Speculation-Rules"), ngx_http_consent_report_to },
    { ngx_string("Content-Security-Policy"), ngx_http_consent_report_uri },
    { ngx_string("Content-Security-Policy-Report-Only"),
      ngx_http_consent_report_uri },
    { ngx_null_string, NULL }
};


/*
 * What add_header puts on our own pages as on the site's: they have a policy
 * of their own, and placeholders are framed.
 */

static ngx_http_consent_field_t  ngx_http_consent_foreign[] = {
    { ngx_string("Content-Security-Policy"), ngx_http_consent_drop },
    { ngx_string("Content-Security-Policy-Report-Only"),
      ngx_http_consent_drop },
    { ngx_string("X-Frame-Options"), ngx_http_consent_drop },
    { ngx_null_string, NULL }
};


/*
 * RFC 9111, 5.2.2 and RFC 9213: what would let a cache keep one visitor's
 * page for another, or for the same one after another choice.
 */

static ngx_http_consent_field_t  ngx_http_consent_cached[] = {
    { ngx_string("Cache-Control"), ngx_http_consent_drop },
    { ngx_string("Expires"), ngx_http_consent_drop },
    { ngx_string("CDN-Cache-Control"), ngx_http_consent_drop },
    { ngx_string("Surrogate-Control"), ngx_http_consent_drop },
    { ngx_null_string, NULL }
};


ngx_int_t
ngx_http_consent_header_filter(ngx_http_request_t *r)
{
    ngx_uint_t               html, xml;
    ngx_http_consent_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_consent_next_header_filter(r);
    }

    ngx_http_consent_show_encoding(r);

    if (ngx_http_consent_get_conf(r) == NULL) {
        return ngx_http_consent_next_header_filter(r);
    }

    /* What page it is matters only where something is judged. */

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL
        || (ngx_http_consent_works(ctx)
            && ngx_http_consent_get_page(r) == NULL))
    {
        return NGX_ERROR;
    }

    if (ctx->denied && ctx->conf->mode == NGX_HTTP_CONSENT_OBSERVE) {
        return ngx_http_consent_next_header_filter(r);
    }

    if (ngx_http_consent_begin(r, ctx) != NGX_OK
        || ngx_http_consent_moved(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    html = ngx_http_consent_is_html(r, ctx, &xml);

    if (!ctx->choice.all
        && (ngx_http_consent_fields(r, ctx, ngx_http_consent_judged) != NGX_OK
            || ngx_http_consent_nel(r, ctx) != NGX_OK))
    {
        return NGX_ERROR;
    }

    if ((ctx->endpoint && ngx_http_consent_own_policy(r, ctx) != NGX_OK)
        || (ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
            && ngx_http_consent_enforce(r, ctx, html) != NGX_OK))
    {
        return NGX_ERROR;
    }

    if ((html && !ctx->endpoint
         && ngx_http_consent_page(r, ctx, xml) != NGX_OK)
        || ngx_http_consent_worker(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ctx->header_waits ? NGX_OK
                             : ngx_http_consent_next_header_filter(r);
}


ngx_int_t
ngx_http_consent_hints_filter(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t  *ctx;

    if (r != r->main || ngx_http_consent_get_conf(r) == NULL) {
        return ngx_http_consent_next_hints_filter(r);
    }

    ctx = ngx_http_consent_get_page(r);

    if (ctx == NULL
        || (!ctx->choice.all
            && ngx_http_consent_fields(r, ctx, ngx_http_consent_judged)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    return ngx_http_consent_next_hints_filter(r);
}


/* An error page may come instead of one whose header waited. */

static ngx_int_t
ngx_http_consent_begin(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ctx->filter = 0;
    ctx->block = 0;
    ctx->header_waits = 0;
    ctx->late = 0;
    ctx->unreported = 0;
    ctx->bare = 0;
    ctx->leads_on = 0;
    ngx_str_null(&ctx->policy);
    ctx->closed = 0;
    ctx->width = CONSENT_CSP_EXACT;
    ctx->readable = 0;
    ngx_http_consent_body_close(ctx);
    ctx->begun = 0;
    ctx->ended = 0;
    ctx->script = NULL;
    ctx->decode = NULL;

    /* A "return" answers before the preaccess phase. */

    ngx_http_consent_class(r, ctx);

    return ngx_http_consent_form_answer(r, ctx);
}


/* From here on, gzip is to know again what the client takes. */

static void
ngx_http_consent_show_encoding(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_find_ctx(r);

    if (ctx && ctx->accept_encoding) {
        (void) ngx_http_consent_accept_encoding(r, ctx->accept_encoding);
        ctx->accept_encoding = NULL;
    }
}


static ngx_int_t
ngx_http_consent_enforce(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t html)
{
    /* The banner's tags need the site's nonce: looked up before ours. */

    if (html && !ctx->endpoint) {
        ngx_http_consent_find_nonce(r, ctx);
    }

    if (!ctx->endpoint && ngx_http_consent_policy(r, ctx, html) != NGX_OK) {
        return NGX_ERROR;
    }

    if ((html || ctx->changed) && !ctx->choice.all
        && ngx_http_consent_expire(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* The endpoint's own answers say themselves who may keep them.  A worker
       has the policy of its file: not that of another choice. */

    if (((html || ngx_http_consent_is_worker(ctx)) && !ctx->endpoint)
        || ctx->denied)
    {
        return ngx_http_consent_caching(r, ctx);
    }

    return NGX_OK;
}


static void
ngx_http_consent_find_nonce(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    h = NULL;

    do {
        h = ngx_http_consent_header_out(r, "Content-Security-Policy", h);

        if (h) {
            ctx->nonce = consent_csp_nonce(ngx_http_consent_str(h->value));
        }

    } while (h && ctx->nonce.len == 0);
}


static ngx_int_t
ngx_http_consent_fields(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_field_t *fields)
{
    ngx_uint_t                 i;
    ngx_list_part_t           *part;
    ngx_table_elt_t           *h;
    ngx_http_consent_field_t  *f;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0) {
                continue;
            }

            for (f = fields; f->name.len; f++) {
                if (h[i].key.len == f->name.len
                    && ngx_strncasecmp(h[i].key.data, f->name.data,
                                       f->name.len)
                       == 0)
                {
                    break;
                }
            }

            if (f->name.len && f->handler(r, ctx, &h[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_set_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    consent_verdict_t     verdict;
    consent_cookies_t     cookies;
    consent_set_cookie_t  sc;

    cookies.rules = ctx->conf->set->rules;
    cookies.choice = &ctx->choice;
    cookies.page = &ctx->page;
    cookies.own = ngx_http_consent_str(ctx->conf->cookie);

    verdict.service = CONSENT_NO_SERVICE;

    if (consent_set_cookie_parse(ngx_http_consent_str(h->value), &sc)
        == CONSENT_OK)
    {
        if (sc.expires || consent_str_eq(sc.name, cookies.own)) {
            return NGX_OK;
        }

        if (!consent_cookie_denied(&cookies, sc.name, sc.http_only, &verdict))
        {
            ngx_http_consent_note_service(r, verdict.service,
                                          CONSENT_CSP_SEEN);
            return NGX_OK;
        }
    }

    /* A 204 of ours has what add_header puts in; observe would not see it. */

    if (!ctx->denied) {
        ctx->blocked++;
        ngx_http_consent_count_cookie(r, verdict.service);
        ngx_http_consent_note_service(r, verdict.service, CONSENT_CSP_SEEN);
    }

    if (ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE) {
        h->hash = 0;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_link(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    u_char    *out;
    size_t     len;
    unsigned   denied;

    out = ngx_pnalloc(r->pool, h->value.len + 1);
    if (out == NULL) {
        return NGX_ERROR;
    }

    len = consent_link_strip(ctx->conf->set->rules, &ctx->page, &ctx->choice,
                             ngx_http_consent_str(h->value), out, &denied,
                             ngx_http_consent_link_seen, ctx);

    if (denied == 0 || ctx->conf->mode != NGX_HTTP_CONSENT_ENFORCE) {
        return NGX_OK;
    }

    if (len == 0) {
        h->hash = 0;
        return NGX_OK;
    }

    out[len] = '\0';

    h->value.data = out;
    h->value.len = len;

    return NGX_OK;
}


static void
ngx_http_consent_link_seen(void *data, const consent_url_t *url,
    const consent_verdict_t *verdict)
{
    ngx_http_consent_ctx_t  *ctx = data;

    if (ctx->denied) {
        return;
    }

    ctx->blocked++;
    ngx_http_consent_count_element(ctx->request, verdict->service);

    if (verdict->unclassified || verdict->list != NULL) {
        ngx_http_consent_count_unknown(ctx->request, url->host);

    } else {
        ngx_http_consent_note_below(ctx->request, url->host,
                                    CONSENT_CSP_SEEN);
    }
}


/* 1 if a page may not lead on to this URL. */

static int
ngx_http_consent_leads_to(ngx_http_consent_ctx_t *ctx, consent_str_t text)
{
    int                rc;
    consent_url_t      url;
    consent_verdict_t  verdict;
    static uint8_t     scratch[CONSENT_URL_BUF];

    rc = consent_url_parse(&url, &ctx->page.url, text, scratch);

    if (rc != CONSENT_OK) {
        return rc == CONSENT_DECLINED;
    }

    verdict.service = CONSENT_NO_SERVICE;
    verdict.unclassified = 0;

    consent_rules_match(ctx->conf->set->rules, &ctx->page, &url,
                        CONSENT_TYPE_DOCUMENT, &verdict);

    if (consent_choice_allows(&ctx->choice, ctx->conf->set->rules, &verdict)) {
        return 0;
    }

    ngx_http_consent_link_seen(ctx, &url, &verdict);

    return 1;
}


static ngx_int_t
ngx_http_consent_refresh(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    size_t         pos;
    consent_str_t  value, text;

    if (ctx->leads_on) {
        return NGX_OK;
    }

    pos = 0;
    value = ngx_http_consent_str(h->value);

    while (consent_refresh_next(value, &pos, &text) == CONSENT_OK) {

        if (ngx_http_consent_leads_to(ctx, text)) {

            if (ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE) {
                h->hash = 0;
            }

            break;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_drop(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_table_elt_t *h)
{
    h->hash = 0;

    return NGX_OK;
}


/* Where a visitor asked for it, an original is framed. */

static ngx_int_t
ngx_http_consent_own_policy(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    static ngx_str_t  policies[] = {
        ngx_string(NGX_HTTP_CONSENT_OWN_POLICY),
        ngx_string(NGX_HTTP_CONSENT_OWN_POLICY "; frame-src http: https:")
    };

    if (ngx_http_consent_fields(r, ctx, ngx_http_consent_foreign) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_consent_add_header(r, "Content-Security-Policy",
                                       &policies[ctx->frame]);
}


/*
 * A page depends on the visitor, even one where all is granted: unless told
 * otherwise, no shared cache may keep it, and the visitor's own asks again, so
 * that a choice taken back holds from the next request.
 */

static ngx_int_t
ngx_http_consent_caching(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t   value;
    ngx_uint_t  i, n;

    /* Whatever a page is made from. */

    static ngx_str_t  vary[] = {
        ngx_string("Cookie"),
        ngx_string("Sec-GPC"),
        ngx_string("Sec-Fetch-Dest"),
        ngx_string("Accept-Language"),
        ngx_string("X-Requested-With")
    };

    if (ctx->conf->cache == NGX_HTTP_CONSENT_CACHE_OFF && !ctx->denied) {
        return NGX_OK;
    }

    n = sizeof(vary) / sizeof(vary[0]);

    if (ctx->conf->cache != NGX_HTTP_CONSENT_CACHE_VARY || ctx->denied) {
        n = 1;
        ngx_http_consent_cache_control(r, ctx, &value);

        if (ngx_http_consent_fields(r, ctx, ngx_http_consent_cached) != NGX_OK
            || ngx_http_consent_add_header(r, "Cache-Control", &value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < n; i++) {
        if (!ngx_http_consent_varies(r, &vary[i])
            && ngx_http_consent_add_header(r, "Vary", &vary[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_consent_cache_control(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    ngx_str_set(value, "private, no-cache");

    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "Cache-Control", h)) != NULL) {

        if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                             (u_char *) "no-store", 8 - 1))
        {
            ngx_str_set(value, "no-store");
            break;
        }

        if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                             (u_char *) "no-transform", 12 - 1))
        {
            ngx_str_set(value, "private, no-cache, no-transform");
        }
    }

    if (ctx->denied) {
        ngx_str_set(value, "no-store");
    }
}


/* 1 if Vary has the name already, or stands for all. */

static ngx_uint_t
ngx_http_consent_varies(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_table_elt_t  *h;

    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "Vary", h)) != NULL) {

        if ((h->value.len == 1 && h->value.data[0] == '*')
            || ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                name->data, name->len - 1))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * MIME Sniffing, 5: a page without a type, or with one of three that say
 * nothing, is looked into.
 */

ngx_uint_t
ngx_http_consent_is_html(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t *xml)
{
    consent_content_t  content;

    *xml = 0;

    if (r->headers_out.status == NGX_HTTP_NOT_MODIFIED) {
        return ctx->document || ctx->etag_mapped;
    }

    if (!ngx_http_consent_is_shown(r)) {
        return ngx_http_consent_is_interim(r);
    }

    content = consent_sniff_content(
                  ngx_http_consent_str(r->headers_out.content_type));

    *xml = (content == CONSENT_CONTENT_XHTML);

    if (content == CONSENT_CONTENT_UNTYPED) {
        return ctx->document && !r->header_only
               && r->headers_out.content_length_n != 0;
    }

    return content != CONSENT_CONTENT_OTHER;
}


/* 0 if a browser does not look at the body.  There is no status where an
   upstream answers in HTTP/0.9. */

static ngx_uint_t
ngx_http_consent_is_shown(ngx_http_request_t *r)
{
    ngx_uint_t  status;

    status = r->headers_out.status;

    if ((status && status < NGX_HTTP_OK) || status == NGX_HTTP_NO_CONTENT) {
        return 0;
    }

    return !(status >= NGX_HTTP_SPECIAL_RESPONSE
             && status < NGX_HTTP_BAD_REQUEST && r->headers_out.location);
}

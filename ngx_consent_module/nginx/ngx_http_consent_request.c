
/*
 * The request: what is answered before the upstream is asked, and what the
 * upstream gets to see.
 */

#include "ngx_http_consent.h"


/* What Fetch's request destinations (Sec-Fetch-Dest) mean here. */

typedef struct {
    ngx_str_t   name;
    uint32_t    types;
    unsigned    html:1;         /* the answer may be shown as HTML */
    unsigned    document:1;     /* it is a page, or a frame in one */
    unsigned    banner:1;       /* a person will see it as a page */
    unsigned    service:1;      /* it is a service worker, or part of one */
} ngx_http_consent_dest_t;


static void ngx_http_consent_class_old(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_http_consent_loc_conf_t *ngx_http_consent_find_endpoint(
    ngx_http_request_t *r);
static void ngx_http_consent_ask_anew(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_denied(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_inner_url(ngx_http_request_t *r,
    consent_url_t *url);
static void ngx_http_consent_denied_told(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const consent_verdict_t *verdict);
static ngx_uint_t ngx_http_consent_denied_url(ngx_http_consent_ctx_t *ctx,
    consent_url_t *url, consent_verdict_t *verdict);
static ngx_int_t ngx_http_consent_strip_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_cookie_seen(void *data, consent_str_t name,
    const consent_verdict_t *verdict);
static ngx_uint_t ngx_http_consent_other_type(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_prepare(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


static ngx_http_consent_dest_t  ngx_http_consent_dests[] = {
    { ngx_string("document"), CONSENT_TYPE_DOCUMENT, 1, 1, 1, 0 },
    { ngx_string("iframe"), CONSENT_TYPE_FRAME, 1, 1, 0, 0 },
    { ngx_string("frame"), CONSENT_TYPE_FRAME, 1, 1, 0, 0 },
    { ngx_string("fencedframe"), CONSENT_TYPE_FRAME, 1, 1, 0, 0 },
    { ngx_string("object"), CONSENT_TYPE_OBJECT, 1, 1, 0, 0 },
    { ngx_string("embed"), CONSENT_TYPE_OBJECT, 1, 1, 0, 0 },
    { ngx_string("script"), CONSENT_TYPE_SCRIPT, 0, 0, 0, 0 },
    { ngx_string("audioworklet"), CONSENT_TYPE_SCRIPT, 0, 0, 0, 0 },
    { ngx_string("paintworklet"), CONSENT_TYPE_SCRIPT, 0, 0, 0, 0 },
    { ngx_string("style"), CONSENT_TYPE_STYLE, 0, 0, 0, 0 },
    { ngx_string("image"), CONSENT_TYPE_IMAGE, 0, 0, 0, 0 },
    { ngx_string("font"), CONSENT_TYPE_FONT, 0, 0, 0, 0 },
    { ngx_string("audio"), CONSENT_TYPE_MEDIA, 0, 0, 0, 0 },
    { ngx_string("video"), CONSENT_TYPE_MEDIA, 0, 0, 0, 0 },
    { ngx_string("track"), CONSENT_TYPE_MEDIA, 0, 0, 0, 0 },
    { ngx_string("worker"), CONSENT_TYPE_WORKER, 0, 0, 0, 0 },
    { ngx_string("sharedworker"), CONSENT_TYPE_WORKER, 0, 0, 0, 0 },
    { ngx_string("serviceworker"), CONSENT_TYPE_WORKER, 0, 0, 0, 1 },
    { ngx_string("manifest"), CONSENT_TYPE_MANIFEST, 0, 0, 0, 0 },
    { ngx_string("empty"),
      CONSENT_TYPE_CONNECT|CONSENT_TYPE_PING|CONSENT_TYPE_PREFETCH
      |CONSENT_TYPE_OTHER, 1, 0, 0, 0 },
    { ngx_null_string, CONSENT_TYPE_ANY, 1, 0, 0, 0 }
};


void
ngx_http_consent_class(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t          *h;
    ngx_http_consent_dest_t  *d;

    if (ctx->classed) {
        return;
    }

    ctx->classed = 1;

    h = ngx_http_consent_header_in(r, "Sec-Fetch-Dest", 14);

    for (d = ngx_http_consent_dests; d->name.len; d++) {
        if (h && h->value.len == d->name.len
            && ngx_strncasecmp(h->value.data, d->name.data, d->name.len) == 0)
        {
            break;
        }
    }

    ctx->types = d->types;
    ctx->html = d->html;
    ctx->document = d->document;
    ctx->banner = d->banner;

    /* Modules that it imports come for the same destination. */

    ctx->service = d->service;

    if (h == NULL || h->value.len == 0) {
        ngx_http_consent_class_old(r, ctx);
    }
}


/* A browser that does not say: other fields do (of a service worker's script:
   Service Workers, 4.3.4), and what it accepts tells pages apart. */

static void
ngx_http_consent_class_old(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    if (ngx_http_consent_header_in(r, "Service-Worker", 14)) {
        ctx->service = 1;
        ctx->types = CONSENT_TYPE_WORKER;
    }

    h = ngx_http_consent_header_in(r, "X-Requested-With", 16);

    ctx->banner = (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) && h == NULL;

    /* Browsers send it when they navigate (Upgrade Insecure Requests, 3.2.1),
       never for a script, which asks for pages and for parts of them. */

    ctx->whole = ngx_http_consent_header_in(r, "Upgrade-Insecure-Requests",
                                            25)
                 == NULL;

    h = ngx_http_consent_header_in(r, "Accept", 6);

    ctx->document = h && ngx_strlcasestrn(h->value.data,
                                          h->value.data + h->value.len,
                                          (u_char *) "text/html", 9 - 1);

    /* What a page's script fetches comes from a page, and accepts all. */

    if (!ctx->document && ngx_http_consent_header_in(r, "Referer", 7)) {
        ctx->banner = 0;
    }
}


ngx_uint_t
ngx_http_consent_is_worker(ngx_http_consent_ctx_t *ctx)
{
    return ctx->types == CONSENT_TYPE_WORKER
           && ctx->conf->csp >= NGX_HTTP_CONSENT_CSP_ENFORCE;
}


/*
 * A 304 would leave the policy of another choice in force where this one has
 * none.
 */

static void
ngx_http_consent_ask_anew(ngx_http_request_t *r)
{
    ngx_uint_t         i;
    ngx_table_elt_t  **h[2];

    h[0] = &r->headers_in.if_none_match;
    h[1] = &r->headers_in.if_modified_since;

    for (i = 0; i < 2; i++) {
        if (*h[i]) {
            ngx_http_consent_header_in_remove(r, *h[i]);
            *h[i] = NULL;
        }
    }
}


static ngx_http_consent_loc_conf_t *
ngx_http_consent_find_endpoint(ngx_http_request_t *r)
{
    ngx_uint_t                     i;
    ngx_http_consent_loc_conf_t  **conf;
    ngx_http_consent_srv_conf_t   *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    if (scf->endpoints == NULL) {
        return NULL;
    }

    conf = scf->endpoints->elts;

    for (i = 0; i < scf->endpoints->nelts; i++) {
        if (ngx_http_consent_endpoint_path(conf[i], &r->uri)) {
            return conf[i];
        }
    }

    return NULL;
}


/*
 * Marks a request for the endpoint before the operator's rewrites see its
 * URI; redirects and access rules of theirs still hold.
 */

ngx_int_t
ngx_http_consent_server_rewrite_handler(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t       *ctx;
    ngx_http_consent_loc_conf_t  *conf;

    if (r != r->main || r->internal) {
        return NGX_DECLINED;
    }

    conf = ngx_http_consent_find_endpoint(r);
    if (conf == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->endpoint = 1;
    ctx->endpoint_conf = conf;
    ctx->endpoint_uri = r->uri;

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_consent_preaccess_handler(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_http_consent_ctx_t  *ctx;

    if (r != r->main || ngx_http_consent_get_conf(r) == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_consent_get_choice(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_consent_class(r, ctx);

    if (ctx->endpoint || ctx->checked) {
        return NGX_DECLINED;
    }

    ctx->checked = 1;

    if (!ctx->choice.all) {

        if (ngx_http_consent_get_page(r) == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        rc = ngx_http_consent_denied(r, ctx);

        if (rc == NGX_ERROR) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (rc == NGX_OK) {
            ctx->denied = 1;

            return (ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE)
                   ? NGX_HTTP_NO_CONTENT : NGX_DECLINED;
        }

        if (ngx_http_consent_strip_cookie(r, ctx) != NGX_OK
            || (ctx->conf->decoration == NGX_HTTP_CONSENT_DECORATION_STRIP
                && ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
                && ngx_http_consent_strip_decoration(r, ctx) != NGX_OK))
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
        && ngx_http_consent_prepare(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


/*
 * NGX_OK if a rule names this path, for a purpose that is denied: as the
 * browser wrote it, or as nginx understands it after decoding and rewriting.
 */

static ngx_int_t
ngx_http_consent_denied(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    consent_url_t      url;
    consent_verdict_t  verdict;

    url = ctx->page.url;

    if (!ngx_http_consent_denied_url(ctx, &url, &verdict)) {

        if (consent_str_eq(url.path, ngx_http_consent_str(r->uri))) {
            return NGX_DECLINED;
        }

        if (ngx_http_consent_inner_url(r, &url) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!ngx_http_consent_denied_url(ctx, &url, &verdict)) {
            return NGX_DECLINED;
        }
    }

    ctx->blocked++;
    ngx_http_consent_count_request(r, verdict.service);
    ngx_http_consent_note_service(r, verdict.service, CONSENT_CSP_REPORTED);

    ngx_http_consent_denied_told(r, ctx, &verdict);

    return NGX_OK;
}


/*
 * Puts nginx's path in place of the browser's.  All parts become slices of
 * the new text, as those who judge URLs rely on.
 */

static ngx_int_t
ngx_http_consent_inner_url(ngx_http_request_t *r, consent_url_t *url)
{
    size_t          head, tail;
    u_char         *p;
    consent_str_t   href, path;

    href = url->href;
    path = url->path;

    url->path = ngx_http_consent_str(r->uri);

    if (path.data < href.data || path.data > href.data + href.len) {
        return NGX_OK;
    }

    head = path.data - href.data;
    tail = href.len - head - path.len;

    p = ngx_pnalloc(r->pool, head + r->uri.len + tail);
    if (p == NULL) {
        return NGX_ERROR;
    }

    url->href.data = p;

    p = ngx_cpymem(p, href.data, head);
    p = ngx_cpymem(p, r->uri.data, r->uri.len);
    p = ngx_cpymem(p, path.data + path.len, tail);

    url->href.len = p - url->href.data;

    url->scheme.data = url->href.data + (url->scheme.data - href.data);
    url->host.data = url->href.data + (url->host.data - href.data);
    url->path.data = url->href.data + head;

    if (url->query.data) {
        url->query.data = url->path.data + url->path.len
                          + (url->query.data - path.data - path.len);
    }

    return NGX_OK;
}


/* Whoever wonders about a 204 finds why in the log. */

static void
ngx_http_consent_denied_told(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const consent_verdict_t *verdict)
{
    consent_str_t  id;

    id = verdict->service == CONSENT_NO_SERVICE
         ? consent_str("unclassified")
         : ctx->conf->set->rules->services[verdict->service].id;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "consent: request belongs to the service \"%*s\", which is "
                  "denied", id.len, id.data);
}


static ngx_uint_t
ngx_http_consent_denied_url(ngx_http_consent_ctx_t *ctx, consent_url_t *url,
    consent_verdict_t *verdict)
{
    consent_rules_match(ctx->conf->set->rules, &ctx->page, url, ctx->types,
                        verdict);

    return (verdict->rule != CONSENT_NO_RULE || verdict->list != NULL)
           && !consent_choice_allows(&ctx->choice, ctx->conf->set->rules,
                                     verdict);
}


static ngx_int_t
ngx_http_consent_strip_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    u_char             *out;
    size_t              len;
    unsigned            denied;
    ngx_str_t          *cookie;
    ngx_table_elt_t    *h, *first;
    consent_cookies_t   cookies;

    cookie = ngx_http_consent_get_cookie(r);
    if (cookie == NULL) {
        return NGX_ERROR;
    }

    if (cookie->len == 0) {
        return NGX_OK;
    }

    out = ngx_pnalloc(r->pool, cookie->len + 1);
    if (out == NULL) {
        return NGX_ERROR;
    }

    cookies.rules = ctx->conf->set->rules;
    cookies.choice = &ctx->choice;
    cookies.page = &ctx->page;
    cookies.own = ngx_http_consent_str(ctx->conf->cookie);

    len = consent_cookie_strip(&cookies, ngx_http_consent_str(*cookie), out,
                               &denied, ngx_http_consent_cookie_seen, ctx);

    if (denied == 0 || ctx->conf->mode != NGX_HTTP_CONSENT_ENFORCE) {
        return NGX_OK;
    }

    /* The first line takes all that stays; NUL behind it, as nginx has it. */

    out[len] = '\0';

    first = ngx_http_consent_cookie_line(r, 0);

    while ((h = ngx_http_consent_cookie_line(r, 1)) != NULL) {
        ngx_http_consent_header_in_remove(r, h);
        ngx_http_consent_cookie_drop(r, 1);
    }

    first->value.data = out;
    first->value.len = len;

    if (len == 0) {
        ngx_http_consent_header_in_remove(r, first);
        ngx_http_consent_cookie_drop(r, 0);
    }

    return NGX_OK;
}


static void
ngx_http_consent_cookie_seen(void *data, consent_str_t name,
    const consent_verdict_t *verdict)
{
    ngx_http_consent_ctx_t  *ctx = data;

    ctx->blocked++;
    ngx_http_consent_count_cookie(ctx->request, verdict->service);
    ngx_http_consent_note_service(ctx->request, verdict->service,
                                  CONSENT_CSP_REPORTED);
}


/*
 * 1 if "types" has something else than HTML for what the URI ends with: a
 * download may be carried on.
 */

static ngx_uint_t
ngx_http_consent_other_type(ngx_http_request_t *r)
{
    u_char                    *lowcase;
    ngx_str_t                 *type;
    ngx_uint_t                 hash;
    ngx_http_core_loc_conf_t  *clcf;

    ngx_http_set_exten(r);

    if (r->exten.len == 0) {
        return 0;
    }

    lowcase = ngx_pnalloc(r->pool, r->exten.len);
    if (lowcase == NULL) {
        return 0;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    hash = ngx_hash_strlow(lowcase, r->exten.data, r->exten.len);
    type = ngx_hash_find(&clcf->types_hash, hash, lowcase, r->exten.len);

    return type && ngx_strlcasestrn(type->data, type->data + type->len,
                                    (u_char *) "html", 4 - 1)
                   == NULL;
}


/*
 * What will be parsed must arrive whole and plain.  Accept-Encoding leaves
 * what goes to the upstream, and is hidden from nginx until the header
 * filter: so gunzip works, gzip_static sends no compressed files, and gzip
 * still compresses for the client.
 */

static ngx_int_t
ngx_http_consent_prepare(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    if (ngx_http_consent_is_worker(ctx)) {
        ngx_http_consent_ask_anew(r);
    }

    if (!ctx->html && !ngx_http_consent_fronts(ctx)) {
        return NGX_OK;
    }

    if (ngx_http_consent_works(ctx) || ngx_http_consent_fronts(ctx)) {

        h = ngx_http_consent_header_in(r, "Accept-Encoding", 15);
        if (h) {
            ngx_http_consent_header_in_remove(r, h);
        }

        if (ctx->accept_encoding == NULL) {
            ctx->accept_encoding = ngx_http_consent_accept_encoding(r, NULL);
        }

        if (ctx->document && r->headers_in.range
            && !ngx_http_consent_other_type(r))
        {
            ngx_http_consent_header_in_remove(r, r->headers_in.range);
            r->headers_in.range = NULL;

            if (r->headers_in.if_range) {
                ngx_http_consent_header_in_remove(r, r->headers_in.if_range);
                r->headers_in.if_range = NULL;
            }
        }
    }

    return ngx_http_consent_etag_request(r, ctx);
}


ngx_int_t
ngx_http_consent_precontent_handler(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t  *ctx;

    if (r != r->main) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (ctx == NULL || !ctx->endpoint) {
        return NGX_DECLINED;
    }

    r->content_handler = ngx_http_consent_endpoint_handler;

    /* Skips the rest of this phase: try_files would not know the URI. */

    return NGX_OK;
}

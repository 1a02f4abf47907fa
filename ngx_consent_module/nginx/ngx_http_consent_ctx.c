
/*
 * What is known of a request: the configuration it is handled by, its
 * choice, and the page it stands for.
 */

#include "ngx_http_consent.h"


static void ngx_http_consent_cleanup(void *data);
static consent_regime_t ngx_http_consent_get_regime(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf);
static ngx_uint_t ngx_http_consent_gpc(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_page_url(ngx_http_request_t *r,
    consent_url_t *url);
static ngx_int_t ngx_http_consent_origin(ngx_http_request_t *r, size_t more,
    ngx_str_t *origin);


ngx_http_consent_loc_conf_t *
ngx_http_consent_get_conf(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t       *ctx;
    ngx_http_consent_loc_conf_t  *conf;

    r = r->main;
    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (ctx && ctx->endpoint) {
        return ctx->endpoint_conf;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    return (conf->mode == NGX_HTTP_CONSENT_OFF) ? NULL : conf;
}


ngx_http_consent_ctx_t *
ngx_http_consent_find_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_consent_ctx_t  *ctx;

    r = r->main;
    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_consent_cleanup) {
            break;
        }
    }

    if (cln == NULL) {
        return NULL;
    }

    /*
     * An internal redirect cleared r->ctx: what was read from the request
     * holds, what belongs to the URI it had or to a response does not.
     */

    ctx = cln->data;

    ctx->endpoint = 0;
    ctx->filter = 0;
    ctx->block = 0;
    ctx->rewrite = NULL;
    ctx->script = NULL;

    ngx_http_set_ctx(r, ctx, ngx_http_consent_module);

    return ctx;
}


ngx_http_consent_ctx_t *
ngx_http_consent_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_consent_ctx_t  *ctx;

    r = r->main;

    ctx = ngx_http_consent_find_ctx(r);
    if (ctx) {
        return ctx;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_consent_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_consent_cleanup;
    ctx = cln->data;

    ngx_memzero(ctx, sizeof(ngx_http_consent_ctx_t));

    ctx->request = r;
    ngx_queue_init(&ctx->worked);
    ngx_queue_init(&ctx->copied);

    ngx_http_set_ctx(r, ctx, ngx_http_consent_module);

    return ctx;
}


/* Its address marks the cleanup that keeps the context. */

static void
ngx_http_consent_cleanup(void *data)
{
    ngx_http_consent_ctx_t  *ctx = data;

    ngx_http_consent_body_close(ctx);

    ngx_http_consent_pieces_free(&ctx->worked);
    ngx_http_consent_pieces_free(&ctx->copied);

    ctx->request = NULL;
}


ngx_http_consent_ctx_t *
ngx_http_consent_get_choice(ngx_http_request_t *r)
{
    ngx_str_t                    *cookie;
    consent_regime_t              regime;
    ngx_http_consent_ctx_t       *ctx;
    ngx_http_consent_loc_conf_t  *conf;

    conf = ngx_http_consent_get_conf(r);
    if (conf == NULL) {
        return NULL;
    }

    r = r->main;

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NULL;
    }

    if (ctx->choice_made && ctx->conf == conf) {
        return ctx;
    }

    cookie = ngx_http_consent_get_cookie(r);
    if (cookie == NULL) {
        return NULL;
    }

    /* May evaluate variables, and they may ask for the choice in turn. */

    regime = ngx_http_consent_get_regime(r, conf);

    ngx_http_consent_recall(r, conf, regime, ngx_http_consent_gpc(r), cookie,
                            &ctx->choice);

    if (ngx_http_consent_site_outdated(r, conf, &ctx->choice)) {
        consent_choice_outdate(&ctx->choice, conf->rules);
    }

    ctx->conf = conf;
    ctx->choice_made = 1;
    ctx->page_made = 0;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "consent choice: granted:%xD all:%d made:%d",
                   ctx->choice.granted, ctx->choice.all, ctx->choice.made);

    return ctx;
}


static consent_regime_t
ngx_http_consent_get_regime(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_str_t         value;
    consent_regime_t  regime;

    if (conf->regime_value == NULL) {
        return conf->regime;
    }

    if (ngx_http_complex_value(r, conf->regime_value, &value) != NGX_OK
        || consent_regime_parse(&regime, ngx_http_consent_str(value))
           != CONSENT_OK)
    {
        return CONSENT_OPT_IN;
    }

    return regime;
}


/* Global Privacy Control: only "1" counts, however often it is sent. */

static ngx_uint_t
ngx_http_consent_gpc(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == 7 && h[i].value.len == 1
                && h[i].value.data[0] == '1'
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Sec-GPC", 7)
                   == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


ngx_str_t *
ngx_http_consent_get_cookie(ngx_http_request_t *r)
{
    u_char                  *p;
    size_t                   len;
    ngx_uint_t               n;
    ngx_table_elt_t         *h;
    ngx_http_consent_ctx_t  *ctx;

    r = r->main;

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NULL;
    }

    if (ctx->cookie_read) {
        return &ctx->cookie;
    }

    len = 0;

    for (n = 0; (h = ngx_http_consent_cookie_line(r, n)) != NULL; n++) {
        len += h->value.len + 2;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NULL;
    }

    ctx->cookie.data = p;

    for (n = 0; (h = ngx_http_consent_cookie_line(r, n)) != NULL; n++) {

        /* RFC 9113, 8.2.3: how several lines become one */

        if (n) {
            *p++ = ';';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, h->value.data, h->value.len);
    }

    ctx->cookie.len = p - ctx->cookie.data;
    ctx->cookie_read = 1;

    return &ctx->cookie;
}


ngx_http_consent_ctx_t *
ngx_http_consent_get_page(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL || ctx->page_made) {
        return ctx;
    }

    ctx->page = ctx->conf->page;

    if (ngx_http_consent_page_url(r->main, &ctx->page.url) != NGX_OK) {
        return NULL;
    }

    ctx->page.site = ngx_http_consent_recall_site(r, ctx->page.url.host);
    ctx->page_made = 1;

    return ctx;
}


/*
 * scheme://host[:port]/uri as the browser asked for it.  A URL too long to
 * parse loses its query, then its path; a host that no browser would take
 * leaves the URL empty, so that everything is a third party.
 */

static ngx_int_t
ngx_http_consent_page_url(ngx_http_request_t *r, consent_url_t *url)
{
    int             rc;
    u_char         *q;
    ngx_str_t       origin, uri, text;
    consent_mem_t   mem;
    consent_url_t   parsed;
    static uint8_t  scratch[CONSENT_URL_BUF];

    uri = r->unparsed_uri;

    if (uri.len == 0 || uri.data[0] != '/') {
        ngx_str_set(&uri, "/");
    }

    if (ngx_http_consent_origin(r, uri.len, &origin) != NGX_OK) {
        return NGX_ERROR;
    }

    text.data = origin.data;
    ngx_memcpy(origin.data + origin.len, uri.data, uri.len);

    for ( ;; ) {
        text.len = origin.len + uri.len;

        rc = consent_url_parse(&parsed, NULL, ngx_http_consent_str(text),
                               scratch);

        if (rc != CONSENT_DECLINED || uri.len == 1) {
            break;
        }

        q = ngx_strlchr(uri.data, uri.data + uri.len, '?');
        uri.len = (q && q > uri.data) ? (size_t) (q - uri.data) : 1;
    }

    if (rc != CONSENT_OK) {
        ngx_memzero(url, sizeof(consent_url_t));
        return NGX_OK;
    }

    mem = ngx_http_consent_mem(r->pool);

    return consent_url_keep(&mem, url, &parsed) == CONSENT_OK ? NGX_OK
                                                              : NGX_ERROR;
}


/* scheme://host[:port], with room for `more` bytes behind it. */

static ngx_int_t
ngx_http_consent_origin(ngx_http_request_t *r, size_t more,
    ngx_str_t *origin)
{
    u_char                    *p;
    ngx_str_t                  host, said, scheme;
    ngx_http_core_srv_conf_t  *cscf;

    host = r->headers_in.server;

    /* The same with its port; in HTTP/3 nginx makes no Host of :authority. */

    if (r->headers_in.host) {
        said = r->headers_in.host->value;

    } else {
        said.data = r->host_start;
        said.len = r->host_start ? r->host_end - r->host_start : 0;
    }

    if (said.len >= host.len
        && ngx_strncasecmp(said.data, host.data, host.len) == 0)
    {
        host = said;
    }

    if (host.len == 0) {
        cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
        host = cscf->server_name;
    }

    ngx_str_set(&scheme, "http://");

    if (ngx_http_consent_is_tls(r)) {
        ngx_str_set(&scheme, "https://");
    }

    p = ngx_pnalloc(r->pool, scheme.len + host.len + more);
    if (p == NULL) {
        return NGX_ERROR;
    }

    origin->data = p;
    p = ngx_cpymem(p, scheme.data, scheme.len);
    p = ngx_cpymem(p, host.data, host.len);
    origin->len = p - origin->data;

    return NGX_OK;
}


ngx_uint_t
ngx_http_consent_works(ngx_http_consent_ctx_t *ctx)
{
    return !ctx->choice.all
           || (ctx->conf->banner && consent_choice_asks(&ctx->choice));
}


void
ngx_http_consent_view(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_view_t *view)
{
    consent_str_t                 page;
    ngx_http_consent_srv_conf_t  *scf;

    r = r->main;
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    ngx_memzero(view, sizeof(consent_view_t));

    page = ngx_http_consent_page_lang(r, ctx);

    view->ui = ctx->conf->ui;
    view->rules = ctx->conf->rules;
    view->choice = &ctx->choice;
    view->lang = ngx_http_consent_lang(r, ctx, page);
    view->told = page.len
                 && ngx_http_consent_lang(r, ctx, consent_str("")).data
                    != view->lang.data;
    view->prefix = ngx_http_consent_str(ctx->conf->path);
    view->look = ctx->conf->look;
    view->cookie = ngx_http_consent_str(ctx->conf->cookie);
    view->max_age = ctx->conf->cookie_max_age;
    view->recorded = (scf->record != NULL);
    view->contact = ngx_http_consent_str(ctx->conf->contact);
    view->site = ngx_http_consent_str(r->headers_in.server);
    view->post = (r->method == NGX_HTTP_POST);
    view->csp = ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
                && ctx->conf->csp >= NGX_HTTP_CONSENT_CSP_ENFORCE
                && !ctx->choice.all;
}


ngx_uint_t
ngx_http_consent_guarded(ngx_http_consent_ctx_t *ctx)
{
    return ctx->conf->guard && (ctx->banner || ctx->document)
           && !ctx->rewrite_conf.xml && !ctx->bare;
}


ngx_int_t
ngx_http_consent_view_guard(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_view_t *view)
{
    ngx_http_consent_csp_t  csp;

    csp.kind = NGX_HTTP_CONSENT_CSP_GUARD;
    csp.brief = 0;
    csp.flat = 0;
    csp.limit = NGX_HTTP_CONSENT_CSP_ROOM;

    if (ngx_http_consent_csp_get(r, ctx, &csp) != NGX_OK) {
        return NGX_ERROR;
    }

    view->guard = ngx_http_consent_str(csp.value);

    return NGX_OK;
}


/*
 * The banner of a page, in pieces: what many pages share is kept, and lies
 * between what is the page's own.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_BANNER_KEY   512

/* What usually takes no more is put together here. */
#define NGX_HTTP_CONSENT_BANNER_ROOM  512


static ngx_int_t ngx_http_consent_banner_source(ngx_http_consent_ctx_t *ctx,
    consent_str_t *source);
static consent_parts_t ngx_http_consent_banner_parts(
    ngx_http_consent_ctx_t *ctx, consent_str_t prefix, int linked);
static ngx_int_t ngx_http_consent_banner_get(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, ngx_str_t *value);
static ngx_int_t ngx_http_consent_banner_key(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, ngx_str_t *key);
static void *ngx_http_consent_banner_room(void *data, size_t size);
static ngx_int_t ngx_http_consent_banner_keep(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, ngx_str_t *key, ngx_str_t *value);
static ngx_int_t ngx_http_consent_banner_make(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, const consent_mem_t *mem, ngx_str_t *value);
static ngx_int_t ngx_http_consent_banner_fill(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, consent_str_t *fill);
static consent_parts_t ngx_http_consent_banner_other(void *data,
    int elsewhere, int policy, consent_str_t lang);
static void ngx_http_consent_banner_prefix(consent_buf_t *b,
    ngx_http_consent_ctx_t *ctx, int elsewhere);
static consent_parts_t ngx_http_consent_banner_end(void *data,
    consent_str_t filling);


ngx_uint_t
ngx_http_consent_banner_due(ngx_http_consent_ctx_t *ctx)
{
    return ctx->conf->banner && ctx->banner
           && ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
           && ngx_http_consent_works(ctx);
}


ngx_int_t
ngx_http_consent_banner_allow(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t        i;
    consent_buf_t     b;
    consent_str_t     source, policy;
    ngx_table_elt_t  *h;

    static const char  *names[] = {
        "Content-Security-Policy",
        "Content-Security-Policy-Report-Only"
    };

    ctx->mem = ngx_http_consent_mem(r->pool);

    if (ngx_http_consent_banner_source(ctx, &source) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < 2; i++) {
        h = NULL;

        while ((h = ngx_http_consent_header_out(r, names[i], h)) != NULL) {

            /* Ours refuses no script and no style that is in the page. */

            if (ctx->policy.len && h->value.data == ctx->policy.data) {
                continue;
            }

            policy = ngx_http_consent_str(h->value);

            if (i == 0 && consent_csp_bars_scripts(policy)) {
                ctx->bare = 1;
            }

            consent_buf_init(&b, &ctx->mem);

            if (consent_csp_add_style(&b, policy, source) != CONSENT_OK) {
                continue;
            }

            ctx->room_linked = (ctx->nonce.len == 0);

            if (b.failed) {
                return NGX_ERROR;
            }

            h->value.data = b.data;
            h->value.len = b.len;
        }
    }

    return NGX_OK;
}


/* Of style: the banner's, and of what stands at the page's end, which is not
   known yet. */

static ngx_int_t
ngx_http_consent_banner_source(ngx_http_consent_ctx_t *ctx,
    consent_str_t *source)
{
    consent_buf_t   b;
    consent_view_t  view;

    ngx_http_consent_view(ctx->request, ctx, &view);

    consent_buf_init(&b, &ctx->mem);
    consent_buf_add(&b, consent_ui_banner_source(&view));

    if (ctx->nonce.len) {
        consent_buf_add_c(&b, " 'nonce-");
        consent_buf_add(&b, ctx->nonce);
        consent_buf_add_c(&b, "'");
    }

    *source = consent_buf_str(&b);

    return b.failed ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_consent_banner(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ctx->rewrite_conf.body_other = ngx_http_consent_banner_other;
    ctx->rewrite_conf.end = ngx_http_consent_banner_end;
    ctx->rewrite_conf.body = ngx_http_consent_banner_parts(ctx,
                                     ngx_http_consent_str(ctx->conf->path),
                                     0);

    return ctx->rewrite_conf.body.n ? NGX_OK : NGX_ERROR;
}


/* None without memory. */

static consent_parts_t
ngx_http_consent_banner_parts(ngx_http_consent_ctx_t *ctx,
    consent_str_t prefix, int linked)
{
    size_t                 from, end;
    unsigned               i;
    ngx_str_t              value;
    consent_str_t         *part, fill[CONSENT_GAP_COUNT];
    consent_view_t         view;
    const consent_gaps_t  *gaps;

    static const consent_parts_t  none;

    ngx_http_consent_view(ctx->request, ctx, &view);

    view.back = ngx_http_consent_str(ctx->request->unparsed_uri);
    view.nonce = ctx->nonce;
    view.prefix = prefix;
    view.linked = linked & 1;
    view.bare = ctx->bare;

    ctx->banner_lang = view.lang;

    if (ngx_http_consent_banner_get(ctx, &view, &value) != NGX_OK
        || ngx_http_consent_banner_fill(ctx, &view, fill) != NGX_OK)
    {
        return none;
    }

    gaps = (consent_gaps_t *) value.data;

    /* Each gap is followed by a text; the first one has a text before it. */

    part = ngx_palloc(ctx->request->pool,
                      (2 * gaps->n + 1) * sizeof(consent_str_t));
    if (part == NULL) {
        return none;
    }

    for (i = 0, from = sizeof(consent_gaps_t); i < gaps->n; i++, from = end) {
        end = gaps->at[i];

        part[2 * i] = (consent_str_t) { end - from, value.data + from };
        part[2 * i + 1] = fill[gaps->what[i]];
    }

    part[2 * i] = (consent_str_t) { value.len - from, value.data + from };

    return (consent_parts_t) { 2 * i + 1, part };
}


/* Gaps, which count from there, and behind them the text that has them. */

static ngx_int_t
ngx_http_consent_banner_get(ngx_http_consent_ctx_t *ctx, consent_view_t *view,
    ngx_str_t *value)
{
    u_char      room[NGX_HTTP_CONSENT_BANNER_KEY];
    ngx_int_t   rc;
    ngx_str_t   key;

    key.data = room;

    if (ngx_http_consent_banner_key(ctx, view, &key) != NGX_OK) {
        return ngx_http_consent_banner_make(ctx, view, &ctx->mem, value);
    }

    rc = ngx_http_consent_cache_get(ctx->request, &key, value);

    return rc == NGX_DECLINED
           ? ngx_http_consent_banner_keep(ctx, view, &key, value) : rc;
}


static ngx_int_t
ngx_http_consent_banner_keep(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, ngx_str_t *key, ngx_str_t *value)
{
    ngx_int_t       rc;
    ngx_pool_t     *pool;
    consent_mem_t   mem;

    pool = ngx_http_consent_cache_room(ctx->request);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    mem = ngx_http_consent_mem(pool);
    rc = ngx_http_consent_banner_make(ctx, view, &mem, value);

    if (rc == NGX_OK) {
        rc = ngx_http_consent_cache_keep(ctx->request, key, value);
    }

    ngx_destroy_pool(pool);

    return rc;
}


/* key->data has NGX_HTTP_CONSENT_BANNER_KEY bytes. */

static ngx_int_t
ngx_http_consent_banner_key(ngx_http_consent_ctx_t *ctx, consent_view_t *view,
    ngx_str_t *key)
{
    u_char         kind[2];
    consent_buf_t  b;
    consent_mem_t  mem;

    mem.alloc = ngx_http_consent_banner_room;
    mem.data = key->data;

    kind[0] = NGX_HTTP_CONSENT_KEPT_BANNER;
    kind[1] = (u_char) (ctx->rewrite_conf.charset == CONSENT_CHARSET_UTF8);

    consent_buf_init(&b, &mem);
    consent_buf_add(&b, (consent_str_t) { sizeof(ctx->conf),
                                          (u_char *) &ctx->conf });
    consent_buf_add(&b, (consent_str_t) { sizeof(kind), kind });

    if (consent_ui_banner_key(&b, view) != CONSENT_OK || b.failed) {
        return NGX_DECLINED;
    }

    key->len = b.len;

    return NGX_OK;
}


/* What it is asked for first, it has; then no more. */

static void *
ngx_http_consent_banner_room(void *data, size_t size)
{
    return size <= NGX_HTTP_CONSENT_BANNER_KEY ? data : NULL;
}


/* In UTF-8, or in what every charset has. */

static ngx_int_t
ngx_http_consent_banner_make(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, const consent_mem_t *mem, ngx_str_t *value)
{
    size_t          from, end;
    unsigned        i;
    consent_buf_t   b, whole;
    consent_gaps_t  gaps;

    ngx_memzero(&gaps, sizeof(gaps));

    view->gaps = &gaps;

    consent_buf_init(&b, mem);
    consent_ui_banner(&b, view);

    view->gaps = NULL;

    consent_buf_init(&whole, mem);
    consent_buf_add(&whole, (consent_str_t) { sizeof(gaps),
                                              (u_char *) &gaps });

    for (i = 0, from = 0; i <= gaps.n && !b.failed; i++, from = end) {
        end = i < gaps.n ? gaps.at[i] : b.len;

        if (ctx->rewrite_conf.charset == CONSENT_CHARSET_UTF8) {
            consent_buf_add(&whole, (consent_str_t)
                            { end - from, b.data + from });
        } else {
            consent_charset_add_ascii(&whole, (consent_str_t)
                                      { end - from, b.data + from });
        }

        if (i < gaps.n) {
            gaps.at[i] = whole.len;
        }
    }

    if (b.failed || whole.failed) {
        return NGX_ERROR;
    }

    ngx_memcpy(whole.data, &gaps, sizeof(gaps));

    value->data = whole.data;
    value->len = whole.len;

    return NGX_OK;
}


/* The texts of gaps, all in one piece of memory. */

static ngx_int_t
ngx_http_consent_banner_fill(ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, consent_str_t *fill)
{
    u_char         *p, room[NGX_HTTP_CONSENT_BANNER_ROOM];
    size_t          from;
    ngx_uint_t      i;
    consent_buf_t   b, utf8;

    consent_buf_init(&b, &ctx->mem);
    consent_buf_init(&utf8, &ctx->mem);

    b.data = room;
    b.size = sizeof(room);

    for (i = 0; i < CONSENT_GAP_COUNT; i++) {
        from = b.len;

        if (ctx->rewrite_conf.charset == CONSENT_CHARSET_UTF8) {
            consent_ui_banner_gap(&b, view, i);

        } else {
            utf8.len = 0;
            consent_ui_banner_gap(&utf8, view, i);
            consent_charset_add_ascii(&b, consent_buf_str(&utf8));
        }

        fill[i].len = b.len - from;
    }

    p = ngx_pnalloc(ctx->request->pool, b.len + 1);

    if (p == NULL || b.failed || utf8.failed) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, b.data, b.len);

    for (i = 0; i < CONSENT_GAP_COUNT; i++) {
        fill[i].data = p;
        p += fill[i].len;
    }

    return NGX_OK;
}


/* For a page whose <base> would lead our paths astray, whose own policy in a
   meta tag, which is not ours to change, may refuse a <style>, or which says
   its language. */

static consent_parts_t
ngx_http_consent_banner_other(void *data, int elsewhere, int policy,
    consent_str_t lang)
{
    ngx_http_consent_ctx_t  *ctx = data;

    u_char         room[NGX_HTTP_CONSENT_BANNER_ROOM];
    consent_buf_t  b;

    ctx->page_lang = lang;
    ctx->room_elsewhere = elsewhere != 0;
    ctx->room_linked |= policy & 1;

    if (!elsewhere && !policy
        && ngx_http_consent_lang(ctx->request->main, ctx, lang).data
           == ctx->banner_lang.data)
    {
        return ctx->rewrite_conf.body;
    }

    consent_buf_init(&b, &ctx->mem);

    b.data = room;
    b.size = sizeof(room);

    ngx_http_consent_banner_prefix(&b, ctx, elsewhere);

    return ngx_http_consent_banner_parts(ctx, consent_buf_str(&b), policy);
}


static void
ngx_http_consent_banner_prefix(consent_buf_t *b, ngx_http_consent_ctx_t *ctx,
    int elsewhere)
{
    if (elsewhere) {
        consent_buf_add_c(b, "//");
        consent_buf_add(b, ctx->page.url.host);

        if (ctx->page.url.port) {
            consent_buf_add_c(b, ":");
            consent_buf_add_number(b, ctx->page.url.port);
        }
    }

    consent_buf_add(b, ngx_http_consent_str(ctx->conf->path));
}


/* What stands for that which is filled in; none without memory. */

static consent_parts_t
ngx_http_consent_banner_end(void *data, consent_str_t filling)
{
    ngx_http_consent_ctx_t  *ctx = data;

    int              service;
    size_t           pos;
    consent_buf_t    b, prefix, ascii;
    consent_str_t   *part;
    consent_view_t   view;

    static const consent_parts_t  none;

    consent_buf_init(&b, &ctx->mem);
    consent_buf_init(&prefix, &ctx->mem);
    consent_buf_init(&ascii, &ctx->mem);

    ngx_http_consent_banner_prefix(&prefix, ctx, ctx->room_elsewhere);
    ngx_http_consent_view(ctx->request, ctx, &view);

    view.back = ngx_http_consent_str(ctx->request->unparsed_uri);
    view.prefix = consent_buf_str(&prefix);
    view.nonce = ctx->nonce;
    view.linked = ctx->room_linked;
    view.bare = ctx->bare;

    for (pos = 0; /* void */ ; ) {
        service = consent_filling_next(filling, &pos);

        if (service == CONSENT_NO_SERVICE) {
            break;
        }

        consent_ui_room(&b, &view, service);
    }

    if (ctx->rewrite_conf.charset != CONSENT_CHARSET_UTF8) {
        consent_charset_add_ascii(&ascii, consent_buf_str(&b));
        b = ascii;
    }

    part = ngx_palloc(ctx->request->pool, sizeof(consent_str_t));

    if (part == NULL || b.failed || prefix.failed) {
        return none;
    }

    *part = consent_buf_str(&b);

    return (consent_parts_t) { 1, part };
}

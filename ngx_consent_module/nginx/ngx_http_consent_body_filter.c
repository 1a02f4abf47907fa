
/*
 * Chains of buffers in, spans of the rewriter out.
 *
 * What stays of an input buffer goes on as slices of it.  The last buffer
 * that comes of it, slice or copy, has the input buffer as its shadow: once
 * that one has been sent, so have all before it, and the input buffer is given
 * back.  So whoever reads slowly holds up the source, and copies do not pile
 * up.  An input buffer nothing comes of is given back at once; the rewriter has
 * copied what it keeps.
 *
 * What the rewriter keeps sets no bit of r->buffered: it comes out with the
 * last buffer, and if there is none, because an upstream failed, nothing is to
 * wait for it.
 */

#include "ngx_http_consent.h"


/*
 * Insertions, and slices too small to be worth a buffer, are copied, one
 * behind the other, into blocks of memory.  As buffers are sent in the order
 * in which they were made, a block can be filled anew once none is left that
 * lies in it.
 */
#define NGX_HTTP_CONSENT_SMALL        1024


struct ngx_http_consent_copies_s {
    ngx_uint_t                  bufs;       /* that lie in it */
    u_char                     *last;       /* where the next one begins */
};


/*
 * Milliseconds that what the upstream wants sent at once waits for a charset.
 * Without one, a page is read so that no later word of it matters.
 */
#define NGX_HTTP_CONSENT_PATIENCE    1000

/*
 * What leaves of a page that comes again is gathered, up to so much, as long as
 * more of it comes at once: each write costs more than comparing what it sends.
 */
#define NGX_HTTP_CONSENT_GATHER      (64 * 1024)

/* Pages that are only observed are decoded in pieces of this. */
#define NGX_HTTP_CONSENT_OBSERVE_SIZE  (16 * 1024)


static ngx_int_t ngx_http_consent_body(ngx_http_consent_ctx_t *ctx,
    ngx_chain_t *in);
static ngx_uint_t ngx_http_consent_body_gathers(ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_body_soon(ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_body_gathered(ngx_event_t *ev);
static ngx_event_t *ngx_http_consent_body_event(ngx_http_consent_ctx_t *ctx,
    ngx_event_handler_pt handler);
static ngx_int_t ngx_http_consent_body_create(ngx_http_consent_ctx_t *ctx);
static consent_reuse_t *ngx_http_consent_body_again(
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_body_observe(ngx_http_consent_ctx_t *ctx,
    ngx_chain_t *in);
static ngx_int_t ngx_http_consent_body_observe_coded(
    ngx_http_consent_ctx_t *ctx, consent_str_t s, ngx_uint_t last);
static ngx_int_t ngx_http_consent_body_observe_part(
    ngx_http_consent_ctx_t *ctx, consent_str_t s, ngx_uint_t last);
static ngx_int_t ngx_http_consent_body_buf(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *buf);
static ngx_int_t ngx_http_consent_body_begin(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *buf);
static ngx_int_t ngx_http_consent_body_header(ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_body_begun(ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_body_wait(ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_body_late(ngx_event_t *ev);
static void ngx_http_consent_body_forget(void *data);
static ngx_int_t ngx_http_consent_body_part(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *buf);
static ngx_int_t ngx_http_consent_body_block(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *buf);
static ngx_int_t ngx_http_consent_body_mark(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *buf);
static void ngx_http_consent_body_used(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *buf);
static void ngx_http_consent_body_release(void *data, void *p, size_t size);
static int ngx_http_consent_body_emit(void *data, const uint8_t *p,
    size_t len, consent_span_t kind);
static int ngx_http_consent_body_ignore(void *data, const uint8_t *p,
    size_t len, consent_span_t kind);
static ngx_buf_t *ngx_http_consent_body_slice(ngx_http_consent_ctx_t *ctx,
    u_char *p, size_t len);
static ngx_int_t ngx_http_consent_body_copy(ngx_http_consent_ctx_t *ctx,
    const u_char *p, size_t len);
static ngx_int_t ngx_http_consent_body_large(ngx_http_consent_ctx_t *ctx,
    const u_char *p, size_t len);
static ngx_buf_t *ngx_http_consent_body_temp(ngx_http_consent_ctx_t *ctx);
static ngx_http_consent_copies_t *ngx_http_consent_body_copies(
    ngx_http_consent_ctx_t *ctx);
static ngx_buf_t *ngx_http_consent_body_add(ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_body_sent(ngx_http_consent_ctx_t *ctx,
    ngx_buf_t *b);
static void ngx_http_consent_body_seen(void *data,
    const consent_seen_t *seen);
static ngx_int_t ngx_http_consent_body_output(ngx_http_consent_ctx_t *ctx);


const ngx_str_t  ngx_http_consent_block_text = ngx_string(
    "This page was not delivered. It came in a form that cannot be read here,"
    CRLF
    "so what it would load cannot be checked against your privacy choices."
    CRLF);


/* Small, because most of what passes is not read. */

ngx_int_t
ngx_http_consent_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (ctx == NULL || r->header_only || !(ctx->filter || ctx->block)
        || (in == NULL && ctx->busy == NULL && ctx->out == NULL
            && !ctx->header_waits))
    {
        return ngx_http_consent_next_body_filter(r, in);
    }

    return ngx_http_consent_body(ctx, in);
}


static ngx_int_t
ngx_http_consent_body(ngx_http_consent_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_int_t     rc;
    ngx_chain_t  *cl;

    if (ctx->filter && ctx->rewrite_conf.observe) {
        if (ngx_http_consent_body_observe(ctx, in) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_consent_next_body_filter(ctx->request, in);
    }

    if (ctx->out == NULL) {
        ctx->last_out = &ctx->out;
        ctx->gathered = 0;
    }

    for (cl = in; cl; cl = cl->next) {
        rc = ctx->block ? ngx_http_consent_body_block(ctx, cl->buf)
                        : ngx_http_consent_body_buf(ctx, cl->buf);

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ctx->out == NULL && ctx->busy == NULL) {
        return ctx->header_held ? ngx_http_consent_body_soon(ctx) : NGX_OK;
    }

    if (in && ngx_http_consent_body_gathers(ctx)) {
        return ngx_http_consent_body_soon(ctx);
    }

    return ngx_http_consent_body_output(ctx);
}


/*
 * What a page that comes again has let out lies in the page, and holds up
 * nothing of the source.
 */

static ngx_uint_t
ngx_http_consent_body_gathers(ngx_http_consent_ctx_t *ctx)
{
    return ctx->rewrite && consent_reuse_again(ctx->rewrite)
           && ctx->gathered < NGX_HTTP_CONSENT_GATHER;
}


/* It leaves once all events that are there now have been handled. */

static ngx_int_t
ngx_http_consent_body_soon(ngx_http_consent_ctx_t *ctx)
{
    if (ctx->soon == NULL) {
        ctx->soon = ngx_http_consent_body_event(ctx,
                                            ngx_http_consent_body_gathered);
        if (ctx->soon == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_post_event(ctx->soon, &ngx_posted_events);

    return NGX_OK;
}


static void
ngx_http_consent_body_gathered(ngx_event_t *ev)
{
    ngx_event_t               *wev;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_consent_ctx_t    *ctx;
    ngx_http_core_loc_conf_t  *clcf;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;
    wev = c->write;

    if (ctx->out == NULL && !ctx->header_held) {
        return;
    }

    ngx_http_set_log_request(c->log, r);

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (ngx_http_consent_body_output(ctx) == NGX_ERROR
        || ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_ERROR);

    } else if (wev->active && !wev->ready && !wev->timer_set) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_consent_body_script(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t insert)
{
    ctx->script = ngx_pcalloc(r->pool, sizeof(consent_script_t));
    if (ctx->script == NULL) {
        return NGX_ERROR;
    }

    ctx->script->insert = insert;
    ctx->script->emit = ngx_http_consent_body_emit;
    ctx->script->data = ctx;

    ctx->filter = 1;
    ctx->rewrite_conf.observe = 0;
    r->filter_need_in_memory = 1;
    r->main_filter_need_in_memory = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_body_create(ngx_http_consent_ctx_t *ctx)
{
    consent_rewrite_conf_t  *conf;

    conf = &ctx->rewrite_conf;

    conf->emit = conf->observe ? ngx_http_consent_body_ignore
                               : ngx_http_consent_body_emit;
    conf->seen = ngx_http_consent_body_seen;
    conf->release = ngx_http_consent_body_release;
    conf->data = ctx;

    ctx->rewrite = consent_reuse_open(ngx_http_consent_body_again(ctx), conf,
                                      &ctx->mem);

    return ctx->rewrite ? NGX_OK : NGX_ERROR;
}


void
ngx_http_consent_body_close(ngx_http_consent_ctx_t *ctx)
{
    if (ctx->rewrite) {
        consent_reuse_close(ctx->rewrite);
        ctx->rewrite = NULL;
    }
}


/* A nonce makes each response another one. */

static consent_reuse_t *
ngx_http_consent_body_again(ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_main_conf_t  *mcf;

    if (ctx->rewrite_conf.observe || ctx->nonce.len) {
        return NULL;
    }

    mcf = ngx_http_get_module_main_conf(ctx->request,
                                        ngx_http_consent_module);

    return mcf->reuse;
}


/* The chain goes on as it is, so nothing of it is given back here. */

static ngx_int_t
ngx_http_consent_body_observe(ngx_http_consent_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_int_t       rc;
    ngx_buf_t      *b;
    ngx_chain_t    *cl;
    consent_str_t   s;

    for (cl = in; cl && ctx->filter; cl = cl->next) {
        b = cl->buf;

        s.data = b->pos;
        s.len = ngx_buf_in_memory(b) ? (size_t) (b->last - b->pos) : 0;

        rc = ctx->decode
             ? ngx_http_consent_body_observe_coded(ctx, s, b->last_buf)
             : ngx_http_consent_body_observe_part(ctx, s, b->last_buf);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_body_observe_coded(ngx_http_consent_ctx_t *ctx,
    consent_str_t s, ngx_uint_t last)
{
    int             rc;
    consent_str_t   plain;
    static uint8_t  out[NGX_HTTP_CONSENT_OBSERVE_SIZE];

    do {
        plain.data = out;
        plain.len = sizeof(out);

        rc = consent_decode(ctx->decode, &s, out, &plain.len);

        if (rc == CONSENT_ERROR) {
            ngx_http_consent_count_undecodable(ctx->request);
            ctx->filter = 0;
            return NGX_OK;
        }

        if (ngx_http_consent_body_observe_part(ctx, plain,
                                               last && rc == CONSENT_OK)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

    } while (rc == CONSENT_AGAIN && ctx->filter);

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_body_observe_part(ngx_http_consent_ctx_t *ctx,
    consent_str_t s, ngx_uint_t last)
{
    size_t  n;

    if (!ctx->begun) {
        n = consent_sniff_feed(ctx->sniff, s.data, s.len, last);
        s.data += n;
        s.len -= n;

        if (!ctx->sniff->done
            || (!last && ngx_http_consent_page_waits(ctx)))
        {
            return NGX_OK;
        }

        if (ngx_http_consent_body_begun(ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ctx->rewrite == NULL) {
            ctx->filter = 0;
            return NGX_OK;
        }

        if (consent_reuse_feed(ctx->rewrite, ctx->sniff->data,
                               ctx->sniff->len, 0)
            != CONSENT_OK)
        {
            return NGX_ERROR;
        }
    }

    if (consent_reuse_feed(ctx->rewrite, s.data, s.len, last) != CONSENT_OK) {
        return NGX_ERROR;
    }

    if (last) {
        ctx->filter = 0;
        ngx_http_consent_pieces_free(&ctx->worked);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_body_buf(ngx_http_consent_ctx_t *ctx, ngx_buf_t *buf)
{
    if (!ngx_buf_in_memory(buf) && buf->in_file && ngx_buf_size(buf) != 0) {
        ngx_log_error(NGX_LOG_ALERT, ctx->request->connection->log, 0,
                      "consent: page not in memory");
        return NGX_ERROR;
    }

    if (ctx->script == NULL && !ctx->begun) {

        if (ngx_http_consent_body_begin(ctx, buf) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!ctx->begun) {
            ngx_http_consent_body_used(ctx, buf);
            return buf->flush ? ngx_http_consent_body_wait(ctx) : NGX_OK;
        }

        if (ctx->block) {
            return ngx_http_consent_body_block(ctx, buf);
        }
    }

    return ngx_http_consent_body_part(ctx, buf);
}


/* Takes off what tells the charset; once it is told, it comes out first. */

static ngx_int_t
ngx_http_consent_body_begin(ngx_http_consent_ctx_t *ctx, ngx_buf_t *buf)
{
    size_t       len;
    ngx_int_t    rc;
    ngx_buf_t   *b;
    ngx_uint_t   last;

    len = ngx_buf_in_memory(buf) ? (size_t) (buf->last - buf->pos) : 0;
    last = buf->last_buf || ctx->late;

    if (ctx->broken) {
        ctx->begun = 1;
        ngx_http_consent_page_broken(ctx->request, ctx);

    } else {
        if (len == 0 && !last) {
            return NGX_OK;
        }

        len = consent_sniff_feed(ctx->sniff, buf->pos, len, last);

        if (len) {
            buf->pos += len;
        }

        if (!ctx->sniff->done || (!last && ngx_http_consent_page_waits(ctx)))
        {
            return NGX_OK;
        }

        if (ngx_http_consent_body_begun(ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ctx->patience) {
        ngx_http_consent_body_forget(ctx->patience);
    }

    rc = ngx_http_consent_body_header(ctx);

    if (rc == NGX_ERROR || rc > NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->block || ctx->sniff->len == 0) {
        return NGX_OK;
    }

    b = ngx_calloc_buf(ctx->request->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->sniff->data;
    b->last = b->pos + ctx->sniff->len;
    b->start = b->pos;
    b->end = b->last;
    b->memory = 1;

    return ngx_http_consent_body_part(ctx, b);
}


/*
 * The header is longer, by its policy, than what nginx would have wait for the
 * body's first bytes, which are at hand: both leave in one write.
 */

static ngx_int_t
ngx_http_consent_body_header(ngx_http_consent_ctx_t *ctx)
{
    unsigned             delayed;
    ngx_int_t            rc;
    ngx_event_t         *wev;
    ngx_http_request_t  *r;

    r = ctx->request;
    wev = r->connection->write;
    delayed = wev->delayed;

    ctx->header_waits = 0;

    if (r->http_version < NGX_HTTP_VERSION_20) {
        ctx->header_held = 1;
        wev->delayed = 1;
    }

    rc = ngx_http_consent_next_header_filter(r);

    wev->delayed = delayed;

    return rc;
}


static ngx_int_t
ngx_http_consent_body_begun(ngx_http_consent_ctx_t *ctx)
{
    ctx->begun = 1;

    if (ngx_http_consent_page_sniffed(ctx->request, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return ctx->readable ? ngx_http_consent_body_create(ctx) : NGX_OK;
}


static ngx_int_t
ngx_http_consent_body_wait(ngx_http_consent_ctx_t *ctx)
{
    if (ctx->patience == NULL) {
        ctx->patience = ngx_http_consent_body_event(ctx,
                                                ngx_http_consent_body_late);
        if (ctx->patience == NULL) {
            return NGX_ERROR;
        }
    }

    if (!ctx->patience->timer_set) {
        ngx_add_timer(ctx->patience, NGX_HTTP_CONSENT_PATIENCE);
    }

    return NGX_OK;
}


/* Of the context, gone with the request; NULL without memory. */

static ngx_event_t *
ngx_http_consent_body_event(ngx_http_consent_ctx_t *ctx,
    ngx_event_handler_pt handler)
{
    ngx_event_t         *ev;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(ctx->request->pool, sizeof(ngx_event_t));
    if (cln == NULL) {
        return NULL;
    }

    ev = cln->data;
    ngx_memzero(ev, sizeof(ngx_event_t));

    ev->handler = handler;
    ev->data = ctx;
    ev->log = ctx->request->connection->log;

    cln->handler = ngx_http_consent_body_forget;

    return ev;
}


static void
ngx_http_consent_body_late(ngx_event_t *ev)
{
    ngx_int_t                rc;
    ngx_chain_t              in;
    ngx_connection_t        *c;
    ngx_http_request_t      *r;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;

    if (!ctx->header_waits) {
        return;
    }

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "consent body: no charset in time, %uz bytes",
                   ctx->sniff->len);

    ctx->late = 1;
    rc = NGX_ERROR;

    in.next = NULL;
    in.buf = ngx_calloc_buf(r->pool);

    if (in.buf) {
        in.buf->flush = 1;
        rc = ngx_http_consent_body_filter(r, &in);
    }

    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_consent_body_forget(void *data)
{
    ngx_event_t  *ev = data;

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    if (ev->posted) {
        ngx_delete_posted_event(ev);
    }
}


/* Without a rewriter, a page that is not read goes through. */

static ngx_int_t
ngx_http_consent_body_part(ngx_http_consent_ctx_t *ctx, ngx_buf_t *buf)
{
    int     rc;
    size_t  len;

    len = ngx_buf_in_memory(buf) ? (size_t) (buf->last - buf->pos) : 0;
    rc = CONSENT_OK;

    if (ctx->tail && ctx->tail->shadow) {
        ctx->tail = NULL;
    }

    if (ctx->script) {
        rc = consent_script_feed(ctx->script, buf->pos, len, buf->last_buf);

    } else if (ctx->rewrite == NULL) {
        rc = ngx_http_consent_body_emit(ctx, buf->pos, len,
                                        CONSENT_SPAN_INPUT);

    } else if ((len || buf->last_buf || buf->flush) && !ctx->ended) {
        rc = consent_reuse_feed(ctx->rewrite, buf->pos, len, buf->last_buf);

        if (rc == CONSENT_OK && buf->flush) {
            rc = consent_reuse_flush(ctx->rewrite);
        }

        if (buf->last_buf) {
            if (consent_reuse_again(ctx->rewrite)) {
                ngx_http_consent_count_again(ctx->request);
            }

            ctx->ended = 1;
            ngx_http_consent_pieces_free(&ctx->worked);
        }
    }

    if (rc != CONSENT_OK) {
        return NGX_ERROR;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, ctx->request->connection->log, 0,
                   "consent body: %uz bytes, sliced:%d last:%d", len,
                   ctx->slice != NULL, buf->last_buf);

    if (ctx->tail
        && !(ctx->rewrite && consent_reuse_again(ctx->rewrite)))
    {
        ctx->tail->shadow = buf;
        ctx->tail->recycled = buf->recycled;

    } else {
        ngx_http_consent_body_used(ctx, buf);
    }

    return ngx_http_consent_body_mark(ctx, buf);
}


/* Swallows what comes and puts a short text in its place. */

static ngx_int_t
ngx_http_consent_body_block(ngx_http_consent_ctx_t *ctx, ngx_buf_t *buf)
{
    ngx_http_consent_body_used(ctx, buf);

    if (!ctx->block_sent) {
        ctx->block_sent = 1;

        if (ngx_http_consent_body_slice(ctx, ngx_http_consent_block_text.data,
                                        ngx_http_consent_block_text.len)
            == NULL)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_consent_body_mark(ctx, buf);
}


static void
ngx_http_consent_body_used(ngx_http_consent_ctx_t *ctx, ngx_buf_t *buf)
{
    buf->pos = buf->last;

    if (buf->in_file) {
        buf->file_pos = buf->file_last;
    }

    if (ctx->sniff && buf->start == ctx->sniff->data) {
        ngx_http_consent_piece_free(ctx->sniff);
        ctx->sniff = NULL;
    }
}


/* Flags of an input buffer move to the last buffer that came of it. */

static ngx_int_t
ngx_http_consent_body_mark(ngx_http_consent_ctx_t *ctx, ngx_buf_t *buf)
{
    ngx_buf_t  *b;

    if (!(buf->flush || buf->sync || buf->last_buf || buf->last_in_chain)) {
        return NGX_OK;
    }

    b = ctx->tail;

    if (b == NULL) {
        b = ngx_http_consent_body_add(ctx);
        if (b == NULL) {
            return NGX_ERROR;
        }

        b->sync = 1;
    }

    b->flush = buf->flush;
    b->last_buf = buf->last_buf;
    b->last_in_chain = buf->last_in_chain;

    /* Nothing may be appended to it from here, nor wait. */

    ctx->tail = NULL;
    ctx->gathered = NGX_HTTP_CONSENT_GATHER;

    return NGX_OK;
}


static int
ngx_http_consent_body_ignore(void *data, const uint8_t *p, size_t len,
    consent_span_t kind)
{
    return CONSENT_OK;
}


static int
ngx_http_consent_body_emit(void *data, const uint8_t *p, size_t len,
    consent_span_t kind)
{
    ngx_http_consent_ctx_t  *ctx = data;

    ngx_buf_t  *b;

    if (len == 0) {
        return CONSENT_OK;
    }

    ctx->gathered += len;

    if (kind != CONSENT_SPAN_TEMP && kind == ctx->slice_kind
        && ctx->slice && ctx->slice == ctx->tail && ctx->slice->last == p)
    {
        ctx->slice->last += len;
        ctx->slice->end = ctx->slice->last;
        return CONSENT_OK;
    }

    if (kind == CONSENT_SPAN_TEMP || len <= NGX_HTTP_CONSENT_SMALL) {
        return (ngx_http_consent_body_copy(ctx, p, len) == NGX_OK)
               ? CONSENT_OK : CONSENT_ERROR;
    }

    b = ngx_http_consent_body_slice(ctx, (u_char *) p, len);
    if (b == NULL) {
        return CONSENT_ERROR;
    }

    ctx->slice = b;
    ctx->slice_kind = kind;

    return CONSENT_OK;
}


static ngx_buf_t *
ngx_http_consent_body_slice(ngx_http_consent_ctx_t *ctx, u_char *p,
    size_t len)
{
    ngx_buf_t  *b;

    b = ngx_http_consent_body_add(ctx);
    if (b == NULL) {
        return NULL;
    }

    b->pos = p;
    b->last = p + len;
    b->start = b->pos;
    b->end = b->last;
    b->memory = 1;

    return b;
}


static void
ngx_http_consent_body_release(void *data, void *p, size_t size)
{
    ngx_http_consent_piece_free(p);
}


static ngx_int_t
ngx_http_consent_body_copy(ngx_http_consent_ctx_t *ctx, const u_char *p,
    size_t len)
{
    size_t      n;
    ngx_buf_t  *b;

    if (len > NGX_HTTP_CONSENT_BLOCK_SIZE) {
        return ngx_http_consent_body_large(ctx, p, len);
    }

    while (len) {
        b = ctx->tail;

        if (b == NULL || !b->temporary || b->last == b->end) {
            b = ngx_http_consent_body_temp(ctx);
            if (b == NULL) {
                return NGX_ERROR;
            }
        }

        n = ngx_min(len, (size_t) (b->end - b->last));

        b->last = ngx_cpymem(b->last, p, n);
        ctx->copies->last = b->last;

        p += n;
        len -= n;
    }

    return NGX_OK;
}


/* In memory of its own, so that one buffer is enough. */

static ngx_int_t
ngx_http_consent_body_large(ngx_http_consent_ctx_t *ctx, const u_char *p,
    size_t len)
{
    ngx_buf_t                  *b;
    ngx_http_consent_copies_t  *copies;

    copies = ngx_http_consent_piece(&ctx->copied,
                                    sizeof(ngx_http_consent_copies_t) + len);
    if (copies == NULL) {
        return NGX_ERROR;
    }

    b = ngx_http_consent_body_add(ctx);
    if (b == NULL) {
        return NGX_ERROR;
    }

    copies->bufs = 1;
    copies->last = ngx_cpymem(copies + 1, p, len);

    b->start = (u_char *) copies;
    b->pos = (u_char *) (copies + 1);
    b->last = copies->last;
    b->end = copies->last;
    b->temporary = 1;

    return NGX_OK;
}


/* A buffer in what is left of the block, or in another one. */

static ngx_buf_t *
ngx_http_consent_body_temp(ngx_http_consent_ctx_t *ctx)
{
    u_char                     *start;
    ngx_buf_t                  *b;
    ngx_http_consent_copies_t  *copies;

    copies = ctx->copies;
    start = (u_char *) copies;

    if (copies == NULL
        || copies->last == start + NGX_HTTP_CONSENT_BLOCK_SIZE)
    {
        copies = ngx_http_consent_body_copies(ctx);
        if (copies == NULL) {
            return NULL;
        }

        start = (u_char *) copies;
    }

    b = ngx_http_consent_body_add(ctx);
    if (b == NULL) {
        return NULL;
    }

    b->start = start;
    b->pos = copies->last;
    b->last = copies->last;
    b->end = start + NGX_HTTP_CONSENT_BLOCK_SIZE;
    b->temporary = 1;

    copies->bufs++;

    return b;
}


static ngx_http_consent_copies_t *
ngx_http_consent_body_copies(ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_copies_t  *copies;

    copies = ngx_http_consent_block(&ctx->copied);
    if (copies == NULL) {
        return NULL;
    }

    copies->bufs = 0;
    copies->last = (u_char *) (copies + 1);

    ctx->copies = copies;

    return copies;
}


/* Appends a blank buffer, out of the free ones if there are any, to out. */

static ngx_buf_t *
ngx_http_consent_body_add(ngx_http_consent_ctx_t *ctx)
{
    ngx_chain_t  *cl;

    cl = ngx_chain_get_free_buf(ctx->request->pool, &ctx->free);
    if (cl == NULL) {
        return NULL;
    }

    ngx_memzero(cl->buf, sizeof(ngx_buf_t));

    cl->buf->tag = (ngx_buf_tag_t) &ngx_http_consent_module;
    cl->next = NULL;

    *ctx->last_out = cl;
    ctx->last_out = &cl->next;
    ctx->tail = cl->buf;

    return cl->buf;
}


static void
ngx_http_consent_body_seen(void *data, const consent_seen_t *seen)
{
    ngx_http_consent_ctx_t  *ctx = data;

    if (seen->held) {
        ctx->blocked++;
        ngx_http_consent_count_element(ctx->request, seen->verdict->service);

        if (seen->bounded) {
            ngx_http_consent_count_bounded(ctx->request);
        }

    } else {
        ngx_http_consent_note_service(ctx->request, seen->verdict->service,
                                      CONSENT_CSP_SEEN);
    }

    if (seen->host.len == 0) {
        return;
    }

    if (seen->verdict->unclassified || seen->verdict->list != NULL) {
        ngx_http_consent_count_unknown(ctx->request, seen->host);

    } else {
        ngx_http_consent_note_below(ctx->request, seen->host,
                                    CONSENT_CSP_SEEN);
    }
}


static ngx_int_t
ngx_http_consent_body_output(ngx_http_consent_ctx_t *ctx)
{
    ngx_int_t      rc;
    ngx_buf_t     *b;
    ngx_chain_t   *cl, **ll;

    ctx->header_held = 0;
    rc = ngx_http_consent_next_body_filter(ctx->request, ctx->out);

    for (ll = &ctx->busy; *ll; ll = &(*ll)->next) { /* void */ }

    *ll = ctx->out;
    ctx->out = NULL;
    ctx->tail = NULL;

    while (ctx->busy) {
        cl = ctx->busy;
        b = cl->buf;

        if (ngx_buf_size(b) != 0) {
            break;
        }

        ctx->busy = cl->next;

        ngx_http_consent_body_sent(ctx, b);

        /*
         * The write filter may still hold a buffer without data, for its
         * flags: only its link is used again.
         */

        if (!ngx_buf_in_memory(b)) {
            ngx_free_chain(ctx->request->pool, cl);
            continue;
        }

        cl->next = ctx->free;
        ctx->free = cl;
    }

    return rc;
}


/* Gives back what a buffer kept. */

static void
ngx_http_consent_body_sent(ngx_http_consent_ctx_t *ctx, ngx_buf_t *b)
{
    ngx_http_consent_copies_t  *copies;

    if (b->shadow) {
        ngx_http_consent_body_used(ctx, b->shadow);
    }

    if (!b->temporary) {
        return;
    }

    copies = (ngx_http_consent_copies_t *) b->start;

    if (--copies->bufs) {
        return;
    }

    if (copies == ctx->copies) {
        copies->last = (u_char *) (copies + 1);

    } else if (b->end != b->start + NGX_HTTP_CONSENT_BLOCK_SIZE) {
        ngx_http_consent_piece_free(copies);

    } else {
        ngx_http_consent_block_free(copies);
    }
}

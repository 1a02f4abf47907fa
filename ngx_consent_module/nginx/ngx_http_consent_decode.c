/*
 * Pages that the upstream, a cache or a file brings in a content coding.
 *
 * A module of its own, because its filters run where gunzip's do: so SSI, sub
 * and the like see plain pages, too.  What is to be parsed, and what is
 * included into it, is decoded; nothing else is.  Towards the client nginx's
 * own filters compress it again.
 *
 * Few buffers are used.  Once all of them are under way, decoding waits for
 * the client: so what comes out of a small body has no more memory than what
 * comes out of a large one.
 */

#include "ngx_http_consent.h"


/*
 * r->buffered has four bits: ssi, sub and copy take 1, 2 and 4, and the
 * image filter, which never meets HTML, 8.
 */
#define NGX_HTTP_CONSENT_BUFFERED     0x08

#define NGX_HTTP_CONSENT_DECODE_SIZE  (16 * 1024)
#define NGX_HTTP_CONSENT_DECODE_BUFS  4


typedef struct {
    consent_decode_t   *decode;
    const char         *name;       /* of the coding */
    ngx_chain_t        *in;         /* not read yet */
    size_t              done;       /* bytes read of its first buffer, which
                                       is the source's until all of it is */
    ngx_chain_t        *out;
    ngx_chain_t       **last_out;
    ngx_buf_t          *tail;       /* the last one of out, or NULL */
    ngx_chain_t        *spare;      /* a buffer nothing is in yet, or NULL */
    ngx_chain_t        *busy;
    ngx_chain_t        *free;
    ngx_uint_t          nbufs;
    unsigned            more:1;     /* of what was read, more may come */
    unsigned            drop:1;     /* decode is closed: it has ended, or will
                                       not be delivered */
} ngx_http_consent_decode_ctx_t;


static ngx_int_t ngx_http_consent_decode_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_decode_header_filter(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_consent_decode_wanted(ngx_http_request_t *r);
static ngx_uint_t ngx_http_consent_decode_sliced(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_decode_begin(ngx_http_request_t *r,
    consent_coding_t coding);
static void ngx_http_consent_decode_cleanup(void *data);
static void ngx_http_consent_decode_end(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc);
static ngx_int_t ngx_http_consent_decode_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_consent_decode_body(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_chain_t *in);
static ngx_uint_t ngx_http_consent_decode_waits(
    ngx_http_consent_decode_ctx_t *dc);
static ngx_int_t ngx_http_consent_decode_chain(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc);
static ngx_int_t ngx_http_consent_decode_buf(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_buf_t *buf);
static ngx_int_t ngx_http_consent_decode_broken(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc);
static ngx_int_t ngx_http_consent_decode_mark(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_buf_t *buf);
static ngx_int_t ngx_http_consent_decode_room(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_buf_t **buf);
static ngx_int_t ngx_http_consent_decode_empty(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc);
static void ngx_http_consent_decode_add(ngx_http_consent_decode_ctx_t *dc,
    ngx_chain_t *cl);


static ngx_http_module_t  ngx_http_consent_decode_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_consent_decode_postconfiguration, /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_consent_decode_module = {
    NGX_MODULE_V1,
    &ngx_http_consent_decode_module_ctx,   /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


consent_coding_t
ngx_http_consent_coding(ngx_http_request_t *r)
{
    ngx_table_elt_t   *h;
    consent_coding_t   coding;

    h = NULL;
    coding = CONSENT_CODING_NONE;

    while ((h = ngx_http_consent_header_out(r, "Content-Encoding", h)) != NULL)
    {
        coding = consent_coding_add(coding, ngx_http_consent_str(h->value));
    }

    return coding;
}


static ngx_int_t
ngx_http_consent_decode_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (!mcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_consent_decode_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_consent_decode_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_decode_header_filter(ngx_http_request_t *r)
{
    consent_coding_t   coding;
    ngx_table_elt_t   *h;

    /* It belongs to a response in whose place this one comes. */

    if (ngx_http_get_module_ctx(r, ngx_http_consent_decode_module)) {
        ngx_http_set_ctx(r, NULL, ngx_http_consent_decode_module);
    }

    if (!ngx_http_consent_decode_wanted(r)) {
        return ngx_http_next_header_filter(r);
    }

    coding = ngx_http_consent_coding(r);

    if (coding == CONSENT_CODING_NONE || coding == CONSENT_CODING_OTHER) {
        return ngx_http_next_header_filter(r);
    }

    if (!r->header_only && r->method != NGX_HTTP_HEAD
        && ngx_http_consent_decode_begin(r, coding) != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "Content-Encoding", h)) != NULL)
    {
        h->hash = 0;
    }

    r->headers_out.content_encoding = NULL;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);

    ngx_http_weak_etag(r);

    ngx_http_consent_gzip_vary(r);

    return ngx_http_next_header_filter(r);
}


/* 1 for pages that will be parsed, and what is included into them. */

static ngx_uint_t
ngx_http_consent_decode_wanted(ngx_http_request_t *r)
{
    ngx_uint_t               xml;
    ngx_http_consent_ctx_t  *ctx;

    if (r->headers_out.status == NGX_HTTP_NOT_MODIFIED
        || r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
        || ngx_http_consent_get_conf(r) == NULL)
    {
        return 0;
    }

    ctx = ngx_http_consent_get_choice(r);

    if (ctx && r == r->main) {
        ctx->broken = 0;
    }

    if (ctx == NULL || ctx->endpoint || ctx->denied
        || ctx->conf->mode != NGX_HTTP_CONSENT_ENFORCE)
    {
        return 0;
    }

    ngx_http_consent_class(r->main, ctx);

    if (ngx_http_consent_shims(r, ctx)) {
        return 1;
    }

    return ngx_http_consent_works(ctx)
           && ngx_http_consent_is_html(r, ctx, &xml)
           && !ngx_http_consent_page_kept(r, ctx)
           && !ngx_http_consent_decode_sliced(r);
}


/*
 * 1 if the slice module has taken the first part for the whole: the others come
 * by requests of their own, which may overtake what waits for a client.
 */

static ngx_uint_t
ngx_http_consent_decode_sliced(ngx_http_request_t *r)
{
    return r->subrequest_ranges
           && (r->upstream == NULL
               || r->upstream->headers_in.content_length_n
                  != r->headers_out.content_length_n);
}


static ngx_int_t
ngx_http_consent_decode_begin(ngx_http_request_t *r, consent_coding_t coding)
{
    ngx_http_consent_decode_ctx_t  *dc;

    dc = ngx_pcalloc(r->pool, sizeof(ngx_http_consent_decode_ctx_t));
    if (dc == NULL) {
        return NGX_ERROR;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     dc->in, out, tail, spare, busy, free = NULL;
     *     dc->nbufs, more, drop = 0;
     */

    dc->last_out = &dc->out;
    dc->name = consent_coding_name(coding);
    dc->decode = ngx_http_consent_decode_open(r->pool, coding);

    if (dc->decode == NULL) {
        return NGX_ERROR;
    }

    ngx_http_set_ctx(r, dc, ngx_http_consent_decode_module);

    r->filter_need_in_memory = 1;

    return NGX_OK;
}


consent_decode_t *
ngx_http_consent_decode_open(ngx_pool_t *pool, consent_coding_t coding)
{
    consent_decode_t    *decode;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    decode = consent_decode_open(coding);
    if (decode == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_consent_decode_cleanup;
    cln->data = decode;

    return decode;
}


static void
ngx_http_consent_decode_cleanup(void *data)
{
    consent_decode_close(data);
}


/* A client may read for long: what decoding took is not kept that long. */

static void
ngx_http_consent_decode_end(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc)
{
    ngx_pool_cleanup_t  *cln;

    dc->drop = 1;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_consent_decode_cleanup
            && cln->data == dc->decode)
        {
            cln->handler(cln->data);
            cln->handler = NULL;
            return;
        }
    }
}


/* Small, because most of what passes is not decoded. */

static ngx_int_t
ngx_http_consent_decode_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_consent_decode_ctx_t  *dc;

    dc = ngx_http_get_module_ctx(r, ngx_http_consent_decode_module);

    return dc ? ngx_http_consent_decode_body(r, dc, in)
              : ngx_http_next_body_filter(r, in);
}


static ngx_int_t
ngx_http_consent_decode_body(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_chain_t *in)
{
    ngx_int_t                rc;
    ngx_http_consent_ctx_t  *ctx;

    if (in && ngx_chain_add_copy(r->pool, &dc->in, in) != NGX_OK) {
        return NGX_ERROR;
    }

    do {
        if (ngx_http_consent_decode_chain(r, dc) != NGX_OK) {
            return NGX_ERROR;
        }

        rc = NGX_OK;

        /* nginx takes an empty chain, out of which nothing waits, amiss. */

        if (dc->out || dc->busy || in == NULL) {
            rc = ngx_http_next_body_filter(r, dc->out);
        }

        ngx_chain_update_chains(r->pool, &dc->free, &dc->busy, &dc->out,
                           (ngx_buf_tag_t) &ngx_http_consent_decode_module);
        dc->last_out = &dc->out;

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        /* A page that is not delivered is not decoded any further. */

        ctx = ngx_http_consent_find_ctx(r);

        if (ctx && ctx->block && !dc->drop) {
            ngx_http_consent_decode_end(r, dc);
        }

    } while (dc->in && !ngx_http_consent_decode_waits(dc));

    if (dc->in) {
        r->buffered |= NGX_HTTP_CONSENT_BUFFERED;
        return NGX_AGAIN;
    }

    r->buffered &= ~NGX_HTTP_CONSENT_BUFFERED;

    return rc;
}


/* 1 if all buffers are under way. */

static ngx_uint_t
ngx_http_consent_decode_waits(ngx_http_consent_decode_ctx_t *dc)
{
    return dc->free == NULL && dc->spare == NULL && !dc->drop
           && dc->nbufs == NGX_HTTP_CONSENT_DECODE_BUFS;
}


/* Decodes what there are buffers for. */

static ngx_int_t
ngx_http_consent_decode_chain(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc)
{
    ngx_int_t     rc;
    ngx_buf_t    *buf;
    ngx_chain_t  *cl;

    dc->tail = NULL;

    while (dc->in) {
        buf = dc->in->buf;

        rc = dc->drop ? NGX_OK : ngx_http_consent_decode_buf(r, dc, buf);

        if (rc == NGX_AGAIN) {
            return NGX_OK;
        }

        if (rc == NGX_DECLINED) {
            rc = ngx_http_consent_decode_broken(r, dc);
        }

        if (rc != NGX_OK) {
            return rc;
        }

        if (ngx_buf_in_memory(buf)) {
            buf->pos = buf->last;
        }

        if (buf->in_file) {
            buf->file_pos = buf->file_last;
        }

        if (ngx_http_consent_decode_mark(r, dc, buf) != NGX_OK) {
            return NGX_ERROR;
        }

        if ((buf->last_buf || buf->last_in_chain) && !dc->drop) {
            ngx_http_consent_decode_end(r, dc);
        }

        cl = dc->in;
        dc->in = cl->next;
        dc->done = 0;
        ngx_free_chain(r->pool, cl);
    }

    return NGX_OK;
}


/*
 * NGX_AGAIN: no buffer is left; NGX_DECLINED: the body is broken.  pos stays
 * until nothing more can come of buf: the source takes back what is empty.
 */

static ngx_int_t
ngx_http_consent_decode_buf(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_buf_t *buf)
{
    int             rc;
    size_t          len, size;
    ngx_buf_t      *b;
    ngx_int_t       room;
    consent_str_t   in;

    size = ngx_buf_in_memory(buf) ? (size_t) (buf->last - buf->pos) : 0;

    in.data = buf->pos + dc->done;
    in.len = size - dc->done;

    while (in.len || dc->more) {

        room = ngx_http_consent_decode_room(r, dc, &b);

        if (room != NGX_OK) {
            return room;
        }

        len = b->end - b->last;

        rc = consent_decode(dc->decode, &in, b->last, &len);

        if (rc == CONSENT_ERROR) {
            return NGX_DECLINED;
        }

        dc->done = size - in.len;
        dc->more = (rc == CONSENT_AGAIN);
        b->last += len;

        if (len && b != dc->tail) {
            ngx_http_consent_decode_add(dc, dc->spare);
            dc->spare = NULL;
        }
    }

    if ((buf->last_buf || buf->last_in_chain)
        && !consent_decode_whole(dc->decode))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/*
 * While nothing was delivered, another response can come in the page's
 * place; else the connection is closed, as for any page that is cut.
 */

static ngx_int_t
ngx_http_consent_decode_broken(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc)
{
    ngx_http_consent_ctx_t  *ctx;

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "consent: page is broken or cut in its coding \"%s\"",
                  dc->name);

    ctx = ngx_http_consent_find_ctx(r);

    if (r != r->main || ctx == NULL || !ctx->header_waits) {
        return NGX_ERROR;
    }

    ctx->broken = 1;
    ngx_http_consent_decode_end(r, dc);

    return ngx_http_consent_decode_empty(r, dc);
}


/* Flags of an input buffer move to the last buffer that came of it. */

static ngx_int_t
ngx_http_consent_decode_mark(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_buf_t *buf)
{
    if (!(buf->flush || buf->last_buf || buf->last_in_chain)) {
        return NGX_OK;
    }

    if (dc->tail == NULL && ngx_http_consent_decode_empty(r, dc) != NGX_OK) {
        return NGX_ERROR;
    }

    dc->tail->flush |= buf->flush;
    dc->tail->last_buf |= buf->last_buf;
    dc->tail->last_in_chain |= buf->last_in_chain;

    return NGX_OK;
}


/* Appends a buffer that has nothing but flags. */

static ngx_int_t
ngx_http_consent_decode_empty(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc)
{
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = ngx_calloc_buf(r->pool);
    if (cl->buf == NULL) {
        return NGX_ERROR;
    }

    cl->buf->sync = 1;

    ngx_http_consent_decode_add(dc, cl);

    return NGX_OK;
}


/* A buffer to write to: the last one of out, or dc->spare. */

static ngx_int_t
ngx_http_consent_decode_room(ngx_http_request_t *r,
    ngx_http_consent_decode_ctx_t *dc, ngx_buf_t **buf)
{
    u_char       *start;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (dc->tail && dc->tail->last < dc->tail->end) {
        *buf = dc->tail;
        return NGX_OK;
    }

    if (dc->spare) {
        *buf = dc->spare->buf;
        return NGX_OK;
    }

    if (dc->free == NULL) {

        if (dc->nbufs == NGX_HTTP_CONSENT_DECODE_BUFS) {
            return NGX_AGAIN;
        }

        dc->nbufs++;
    }

    cl = ngx_chain_get_free_buf(r->pool, &dc->free);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;
    start = b->start;

    if (start == NULL) {
        start = ngx_palloc(r->pool, NGX_HTTP_CONSENT_DECODE_SIZE);
        if (start == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_memzero(b, sizeof(ngx_buf_t));

    b->start = start;
    b->pos = start;
    b->last = start;
    b->end = start + NGX_HTTP_CONSENT_DECODE_SIZE;
    b->temporary = 1;
    b->tag = (ngx_buf_tag_t) &ngx_http_consent_decode_module;

    dc->spare = cl;
    *buf = b;

    return NGX_OK;
}


static void
ngx_http_consent_decode_add(ngx_http_consent_decode_ctx_t *dc, ngx_chain_t *cl)
{
    cl->next = NULL;

    *dc->last_out = cl;
    dc->last_out = &cl->next;
    dc->tail = cl->buf;
}


/*
 * A page that is to be rewritten: whether its bytes can be read, in which
 * charset, and what that makes of the response's header.
 *
 * The charset may be known only after the first bytes of the body, 1024 at
 * most.  The header waits for them: so a page that can't be read is a 502,
 * and one that declares its charset has it in Content-Type, where no browser
 * looks any further.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_page_origin(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_page_json(consent_sniff_t *s);
static ngx_uint_t ngx_http_consent_page_foreign(ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_page_readable(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_coding_t coding);
static ngx_int_t ngx_http_consent_page_parse(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t xml);
static ngx_int_t ngx_http_consent_page_type(ngx_http_request_t *r,
    consent_str_t *type);
static ngx_int_t ngx_http_consent_page_prepare(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_page_guard(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_page_links(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_page_declare(ngx_http_request_t *r,
    const char *name);
static ngx_int_t ngx_http_consent_page_head(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_page_block(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_page_clear(ngx_http_request_t *r,
    const char **names);


/* Fields that say something about the bytes which a rewrite changes. */

static const char  *ngx_http_consent_page_stale[] = {
    "Content-MD5",
    "Digest",
    "Content-Digest",
    "Repr-Digest",
    NULL
};


static const char  *ngx_http_consent_page_part[] = {
    "Content-Range",
    "Content-Disposition",
    NULL
};


ngx_int_t
ngx_http_consent_page(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t xml)
{
    consent_coding_t  coding;

    if (r->headers_out.status == NGX_HTTP_NOT_MODIFIED) {

        /* Its fields take the place of those that came with the page. */

        if (ngx_http_consent_banner_due(ctx)
            && ngx_http_consent_banner_allow(r, ctx) != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ctx->etag_mapped
               ? ngx_http_consent_etag_response(r, ctx,
                                                ngx_http_consent_works(ctx))
               : NGX_OK;
    }

    if (ngx_http_consent_page_kept(r, ctx)) {
        return ngx_http_consent_page_origin(r, ctx);
    }

    ngx_http_consent_count_page(r);

    if (ctx->conf->mode == NGX_HTTP_CONSENT_OBSERVE
        ? ctx->choice.all : !ngx_http_consent_works(ctx))
    {
        return ngx_http_consent_page_origin(r, ctx);
    }

    coding = ngx_http_consent_coding(r);

    if (!ngx_http_consent_page_readable(r, ctx, coding)) {
        ngx_http_consent_page_unreadable(r, ctx, "its coding");
        return NGX_OK;
    }

    if (ngx_http_consent_page_parse(r, ctx, xml) != NGX_OK) {
        return NGX_ERROR;
    }

    if (r->header_only || r->method == NGX_HTTP_HEAD) {
        return ngx_http_consent_page_head(r, ctx);
    }

    if (coding != CONSENT_CODING_NONE) {
        ctx->decode = ngx_http_consent_decode_open(r->pool, coding);
        if (ctx->decode == NULL) {
            return NGX_ERROR;
        }
    }

    ctx->header_waits = !ctx->rewrite_conf.observe;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_page_head(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    (void) consent_sniff_feed(ctx->sniff, NULL, 0, 1);

    /* The page, which is not here, may say better what it is. */

    if (!ctx->sniff->declared) {
        ctx->sniff->charset = CONSENT_CHARSET_UNSURE;
    }

    return ngx_http_consent_page_sniffed(r, ctx);
}


ngx_int_t
ngx_http_consent_page_sniffed(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_sniff_t  *s;

    s = ctx->sniff;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "consent: charset %ui after %uz bytes: %s",
                   (ngx_uint_t) s->charset, s->len, s->name ? s->name : "");

    if (ngx_http_consent_page_foreign(ctx)) {
        return ngx_http_consent_page_origin(r, ctx);
    }

    if (s->charset == CONSENT_CHARSET_UNREADABLE) {
        ngx_http_consent_page_unreadable(r, ctx, "its charset");
        return NGX_OK;
    }

    ctx->rewrite_conf.charset = s->charset;
    ctx->readable = 1;

    return ctx->rewrite_conf.observe ? NGX_OK
                                     : ngx_http_consent_page_prepare(r, ctx);
}


/*
 * What is asked for as an image, a script and the like, and what a browser
 * saves instead of showing it (RFC 6266, 4.2).
 */

ngx_uint_t
ngx_http_consent_page_kept(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    size_t            len;
    ngx_uint_t        n, kept;
    ngx_table_elt_t  *h;

    static ngx_str_t  word = ngx_string("attachment");

    if (ngx_http_consent_is_interim(r)) {
        return 0;
    }

    if (!ctx->html) {
        return 1;
    }

    /* Scripts, <object> and <embed> don't care. */

    if (!ctx->document || ctx->types == CONSENT_TYPE_OBJECT) {
        return 0;
    }

    n = 0;
    kept = 0;
    h = NULL;

    while ((h = ngx_http_consent_header_out(r, "Content-Disposition", h))
           != NULL)
    {
        n++;

        for (len = 0; len < h->value.len; len++) {
            if (ngx_strchr("; \t", h->value.data[len])) {
                break;
            }
        }

        kept = len == word.len
               && ngx_strncasecmp(h->value.data, word.data, len) == 0;
    }

    return n == 1 && kept;
}


/* What goes out as it came in. */

static ngx_int_t
ngx_http_consent_page_origin(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    return ctx->conf->mode == NGX_HTTP_CONSENT_ENFORCE
           ? ngx_http_consent_etag_response(r, ctx, 0) : NGX_OK;
}


/*
 * 1 if the beginning shows that it is no page, although it may be called one:
 * JSON for a script, which nobody shows; and, where there is no type, what
 * every browser takes for something else (MIME Sniffing, 7.1).
 */

static ngx_uint_t
ngx_http_consent_page_foreign(ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t        i;
    consent_sniff_t  *s;

    static ngx_str_t  signatures[] = {
        ngx_string("%PDF-"),
        ngx_string("GIF87a"),
        ngx_string("GIF89a"),
        ngx_string("\x89PNG\r\n\x1a\n"),
        ngx_string("\xff\xd8\xff"),
        ngx_string("PK\x03\x04"),
        ngx_string("\x1f\x8b\x08")
    };

    s = ctx->sniff;

    if (!ctx->document && !ctx->rewrite_conf.xml) {
        return ngx_http_consent_page_json(s) == NGX_OK;
    }

    if (!(s->flags & CONSENT_SNIFF_UNTYPED)) {
        return 0;
    }

    for (i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        if (s->len >= signatures[i].len
            && ngx_memcmp(s->data, signatures[i].data, signatures[i].len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_consent_page_waits(ngx_http_consent_ctx_t *ctx)
{
    consent_sniff_t  *s;

    s = ctx->sniff;

    if (s->done && s->len < CONSENT_SNIFF_MAX && !ctx->document
        && !ctx->rewrite_conf.xml
        && ngx_http_consent_page_json(s) == NGX_AGAIN)
    {
        s->done = 0;
    }

    return !s->done;
}


/*
 * NGX_OK if it begins as an object or an array of JSON does, and no text or
 * template; NGX_AGAIN if there is too little of it.
 */

static ngx_int_t
ngx_http_consent_page_json(consent_sniff_t *s)
{
    u_char       c, first;
    size_t       i;
    const char  *next;

    first = 0;
    i = s->len >= 3 && ngx_memcmp(s->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    for ( /* void */ ; i < s->len; i++) {
        c = s->data[i];

        if (c == ' ' || c == '\t' || c == CR || c == LF) {
            continue;
        }

        if (first == 0) {
            if (c != '{' && c != '[') {
                return NGX_DECLINED;
            }

            first = c;
            continue;
        }

        next = first == '{' ? "\"}" : "{[\"]-0123456789tfn";

        return c && ngx_strchr(next, c) ? NGX_OK : NGX_DECLINED;
    }

    return NGX_AGAIN;
}


/*
 * 1 for an informational answer of an upstream, which older versions of nginx
 * take for the last one, with all that follows as its body.
 */

ngx_uint_t
ngx_http_consent_is_interim(ngx_http_request_t *r)
{
    ngx_uint_t  status;

    status = r->headers_out.status;

    return status >= NGX_HTTP_CONTINUE && status < NGX_HTTP_OK
           && status != NGX_HTTP_SWITCHING_PROTOCOLS;
}


/*
 * 0 if the body's bytes are not the page's: coded, or a part of it.  What
 * could be decoded has been by now, if it may be changed.
 */

static ngx_uint_t
ngx_http_consent_page_readable(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_coding_t coding)
{
    if (r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
        || ngx_http_consent_is_interim(r) || coding == CONSENT_CODING_OTHER)
    {
        return 0;
    }

    return coding == CONSENT_CODING_NONE
           || ctx->conf->mode == NGX_HTTP_CONSENT_OBSERVE;
}


/* Has the body filter parse the body, for which it must be in memory. */

static ngx_int_t
ngx_http_consent_page_parse(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t xml)
{
    unsigned                 flags;
    consent_str_t            type;
    consent_rewrite_conf_t  *rw;

    rw = &ctx->rewrite_conf;
    ngx_memzero(rw, sizeof(consent_rewrite_conf_t));

    ctx->mem = ngx_http_consent_mem(r->pool);
    ctx->work.alloc = ngx_http_consent_piece;
    ctx->work.data = &ctx->worked;
    ctx->page_lang = consent_str("");

    rw->rules = ctx->conf->set->rules;
    rw->page = &ctx->page;
    rw->choice = &ctx->choice;
    rw->mem = &ctx->work;
    rw->observe = (ctx->conf->mode == NGX_HTTP_CONSENT_OBSERVE);
    rw->xml = xml;
    rw->max_tag = ctx->conf->max_tag;
    rw->max_inline = CONSENT_HOLD_USUAL;
    rw->whole = ctx->whole;
    rw->prefix = ngx_http_consent_str(ctx->conf->path);

    ctx->sniff = ngx_http_consent_piece(&ctx->copied, sizeof(consent_sniff_t));

    if (ctx->sniff == NULL
        || ngx_http_consent_page_type(r, &type) != NGX_OK)
    {
        return NGX_ERROR;
    }

    flags = xml ? CONSENT_SNIFF_XML : 0;

    if (consent_sniff_content(type) == CONSENT_CONTENT_UNTYPED) {
        flags = CONSENT_SNIFF_UNTYPED;
        rw->whole = 1;
    }

    consent_sniff_init(ctx->sniff, type, flags);

    ctx->filter = 1;
    r->filter_need_in_memory = 1;
    r->main_filter_need_in_memory = 1;

    return NGX_OK;
}


/* Content-Type as nginx's own header filter will write it. */

static ngx_int_t
ngx_http_consent_page_type(ngx_http_request_t *r, consent_str_t *type)
{
    u_char     *p;
    ngx_str_t   value, *charset;

    value = r->headers_out.content_type;
    charset = &r->headers_out.charset;

    if (value.len == 0 || charset->len == 0
        || r->headers_out.content_type_len != value.len)
    {
        *type = ngx_http_consent_str(value);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, value.len + sizeof("; charset=") - 1
                             + charset->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    type->data = p;
    type->len = ngx_sprintf(p, "%V; charset=%V", &value, charset) - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_page_prepare(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    if (ctx->sniff->name) {
        ngx_http_consent_page_declare(r, ctx->sniff->name);
    }

    if (!ctx->rewrite_conf.xml && ngx_http_consent_banner_due(ctx)
        && (ngx_http_consent_banner_allow(r, ctx) != NGX_OK
            || ngx_http_consent_banner(r, ctx) != NGX_OK))
    {
        return NGX_ERROR;
    }

    if (ngx_http_consent_guarded(ctx)
        && ngx_http_consent_page_guard(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->closed && (ctx->banner || ctx->document)
        && ngx_http_consent_page_links(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_consent_page_changed(r);

    return ngx_http_consent_etag_response(r, ctx, 1);
}


void
ngx_http_consent_page_changed(ngx_http_request_t *r)
{
    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_consent_page_clear(r, ngx_http_consent_page_stale);
}


/* ASCII alone, as every charset has it. */

static ngx_int_t
ngx_http_consent_page_guard(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_buf_t   b;
    consent_view_t  view;

    ngx_http_consent_view(r, ctx, &view);

    if (ngx_http_consent_view_guard(r, ctx, &view) != NGX_OK) {
        return NGX_ERROR;
    }

    if (view.guard.len == 0) {
        return NGX_OK;
    }

    view.nonce = ctx->nonce;

    consent_buf_init(&b, &ctx->mem);
    consent_ui_guard(&b, &view);

    ctx->rewrite_conf.head = consent_buf_str(&b);
    ctx->rewrite_conf.stubs = 1;

    return b.failed ? NGX_ERROR : NGX_OK;
}


/* Links to other sites are led through the site itself; behind the guard, if
   there is one. */

static ngx_int_t
ngx_http_consent_page_links(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_buf_t   b;
    consent_str_t   sign;
    consent_view_t  view;

    if (ngx_http_consent_out_sign(r, ctx, &sign) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_consent_view(r, ctx, &view);
    view.nonce = ctx->nonce;

    consent_buf_init(&b, &ctx->mem);
    consent_buf_add(&b, ctx->rewrite_conf.head);
    consent_ui_links(&b, &view, &ctx->page, sign);

    ctx->rewrite_conf.head = consent_buf_str(&b);

    return b.failed ? NGX_ERROR : NGX_OK;
}


/* Says in Content-Type what the page says itself. */

static void
ngx_http_consent_page_declare(ngx_http_request_t *r, const char *name)
{
    size_t             len;
    ngx_str_t         *type;
    consent_content_t  content;

    type = &r->headers_out.content_type;
    content = consent_sniff_content(ngx_http_consent_str(*type));

    if (content == CONSENT_CONTENT_HTML) {
        ngx_str_set(type, "text/html");

    } else if (content == CONSENT_CONTENT_XHTML) {
        ngx_str_set(type, "application/xhtml+xml");
    }

    for (len = 0; len < type->len; len++) {
        if (ngx_strchr(";, \t", type->data[len])) {
            break;
        }
    }

    type->len = len;
    r->headers_out.content_type_len = len;
    r->headers_out.charset.data = (u_char *) name;
    r->headers_out.charset.len = ngx_strlen(name);
}


void
ngx_http_consent_page_unreadable(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const char *what)
{
    ngx_http_consent_count_undecodable(r);

    if (r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT) {
        what = "a part of it";

    } else if (ngx_http_consent_is_interim(r)) {
        what = "an interim answer";
    }

    if (ctx->conf->mode == NGX_HTTP_CONSENT_OBSERVE
        || ctx->conf->undecodable == NGX_HTTP_CONSENT_UNDECODABLE_PASS)
    {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "consent: page that cannot be read (%s) passes", what);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "consent: page that cannot be read (%s) is answered with "
                  "502, as \"consent_undecodable\" says", what);

    ngx_http_consent_page_block(r, ctx);
}


void
ngx_http_consent_page_broken(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_count_undecodable(r);
    ngx_http_consent_page_block(r, ctx);
}


/* Answers 502 with a short text, which the body filter brings. */

static void
ngx_http_consent_page_block(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ctx->blocked++;
    ctx->block = 1;

    r->headers_out.status = NGX_HTTP_BAD_GATEWAY;
    r->headers_out.status_line.len = 0;

    ngx_str_set(&r->headers_out.content_type, "text/plain");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    if (r->headers_out.content_encoding) {
        r->headers_out.content_encoding->hash = 0;
        r->headers_out.content_encoding = NULL;
    }

    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);
    ngx_http_clear_content_length(r);

    r->headers_out.content_length_n = ngx_http_consent_block_text.len;

    ngx_http_consent_page_clear(r, ngx_http_consent_page_stale);
    ngx_http_consent_page_clear(r, ngx_http_consent_page_part);
}


static void
ngx_http_consent_page_clear(ngx_http_request_t *r, const char **names)
{
    ngx_table_elt_t  *h;

    for ( /* void */ ; *names; names++) {
        h = NULL;

        while ((h = ngx_http_consent_header_out(r, *names, h)) != NULL) {
            h->hash = 0;
        }
    }
}

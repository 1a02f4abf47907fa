
/*
 * Validators.  nginx and the upstream decide on a 304 before our filters
 * see the response, by the origin's entity tag; but the page that a browser
 * holds was made for one choice.  So the tag of a rewritten page is
 *
 *     W/"ORIGIN~pcs-HASH"      s: the origin's tag was strong, w: weak
 *
 * where HASH is of the choice and of what else the page is made from, and
 * zeros for a page that is the origin's own, whose tag stays as strong as it
 * was.  A request's If-None-Match gets its tags back if HASH is that of now.
 *
 * So a tag without a suffix is that of no page, and a script that asks for
 * data again may have its 304, whatever the choice.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_HASH_LEN    8
#define NGX_HTTP_CONSENT_SUFFIX_LEN  (sizeof("~pcs-") - 1                     \
                                      + NGX_HTTP_CONSENT_HASH_LEN)


/* One tag of a list. */

typedef struct {
    u_char    *start;           /* "W/" included */
    u_char    *end;
    u_char    *opaque;          /* behind the first quote */
    size_t     len;
    unsigned   weak:1;
} ngx_http_consent_tag_t;


static void ngx_http_consent_etag_hash(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t changed, u_char *hash);
static ngx_int_t ngx_http_consent_etag_range(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_etag_list(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_consent_etag_next(u_char **pos, u_char *last,
    ngx_http_consent_tag_t *tag);
static u_char *ngx_http_consent_etag_suffix(ngx_http_consent_tag_t *tag);
static u_char *ngx_http_consent_etag_map(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_tag_t *tag, u_char *hash, ngx_uint_t works, u_char *p);


ngx_int_t
ngx_http_consent_etag_request(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    h = r->headers_in.if_modified_since;

    /* By a date alone it can't be told what is asked for, nor for whom the
       last one was made. */

    if (h && ngx_http_consent_works(ctx)
        && (ctx->document || r->headers_in.if_none_match == NULL))
    {
        ngx_http_consent_header_in_remove(r, h);
        r->headers_in.if_modified_since = NULL;
    }

    if (r->headers_in.if_range
        && ngx_http_consent_etag_range(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = r->headers_in.if_none_match;
    if (h == NULL) {
        return NGX_OK;
    }

    value = h->value;

    if (ngx_http_consent_etag_list(r, ctx, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.len == 0) {
        ngx_http_consent_header_in_remove(r, h);
        r->headers_in.if_none_match = NULL;
        return NGX_OK;
    }

    h->value = value;

    return NGX_OK;
}


/*
 * A part of a page as the origin has it may follow another; one of a page that
 * is rewritten may not.  nginx's own range filter comes behind ours, and gets
 * to see the client's tag again.
 */

static ngx_int_t
ngx_http_consent_etag_range(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    u_char                  *pos, *s, *p;
    ngx_table_elt_t         *h;
    ngx_http_consent_tag_t   tag;

    h = r->headers_in.if_range;
    pos = h->value.data;

    if (ngx_http_consent_etag_next(&pos, pos + h->value.len, &tag) != NGX_OK) {
        return NGX_OK;
    }

    s = ngx_http_consent_etag_suffix(&tag);
    if (s == NULL) {
        return NGX_OK;
    }

    if (ngx_http_consent_works(ctx)) {
        ngx_http_consent_header_in_remove(r, h);
        r->headers_in.if_range = NULL;

        if (r->headers_in.range) {
            ngx_http_consent_header_in_remove(r, r->headers_in.range);
            r->headers_in.range = NULL;
        }

        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, s - tag.start + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->if_range = h->value;

    h->value.data = p;
    p = ngx_cpymem(p, tag.start, s - tag.start);
    *p++ = '"';
    *p = '\0';
    h->value.len = p - h->value.data;

    return NGX_OK;
}


/* Replaces a list of tags by what the upstream may see of it. */

static ngx_int_t
ngx_http_consent_etag_list(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_str_t *value)
{
    u_char                  *p, *pos, *last, *start;
    u_char                   hash[NGX_HTTP_CONSENT_HASH_LEN];
    ngx_int_t                rc;
    ngx_uint_t               works;
    ngx_http_consent_tag_t   tag;

    works = ngx_http_consent_works(ctx);

    ngx_http_consent_etag_hash(r, ctx, works, hash);

    /* "," may become ", " */

    start = ngx_pnalloc(r->pool, value->len * 2 + 3);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = start;
    pos = value->data;
    last = pos + value->len;

    do {
        rc = ngx_http_consent_etag_next(&pos, last, &tag);

        if (rc == NGX_OK) {
            p = ngx_http_consent_etag_map(ctx, &tag, hash, works, p);
        }

    } while (rc == NGX_OK);

    if (rc == NGX_ERROR) {

        /* "*", or no list of tags: whether it holds cannot be told. */

        if (works && ctx->document) {
            value->len = 0;
        }

        return NGX_OK;
    }

    if (p > start) {
        p -= 2;
        *p = '\0';
    }

    value->data = start;
    value->len = p - start;

    return NGX_OK;
}


/* RFC 9110, 8.8.3.  NGX_DONE at the end of the list. */

static ngx_int_t
ngx_http_consent_etag_next(u_char **pos, u_char *last,
    ngx_http_consent_tag_t *tag)
{
    u_char  *p;

    p = *pos;

    while (p < last && (*p == ' ' || *p == '\t' || *p == ',')) {
        p++;
    }

    if (p == last) {
        return NGX_DONE;
    }

    tag->start = p;
    tag->weak = (last - p > 2 && p[0] == 'W' && p[1] == '/');

    if (tag->weak) {
        p += 2;
    }

    if (*p != '"') {
        return NGX_ERROR;
    }

    tag->opaque = ++p;

    p = ngx_strlchr(p, last, '"');
    if (p == NULL) {
        return NGX_ERROR;
    }

    tag->len = p - tag->opaque;
    tag->end = p + 1;
    *pos = p + 1;

    return NGX_OK;
}


/* Where a tag's suffix begins; NULL if it has none. */

static u_char *
ngx_http_consent_etag_suffix(ngx_http_consent_tag_t *tag)
{
    u_char  *s;

    if (tag->len < NGX_HTTP_CONSENT_SUFFIX_LEN) {
        return NULL;
    }

    s = tag->opaque + tag->len - NGX_HTTP_CONSENT_SUFFIX_LEN;

    if (ngx_strncmp(s, "~pc", 3) != 0 || (s[3] != 's' && s[3] != 'w')
        || s[4] != '-')
    {
        return NULL;
    }

    return s;
}


/* Writes what the upstream may see of a tag, and ", ". */

static u_char *
ngx_http_consent_etag_map(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_tag_t *tag, u_char *hash, ngx_uint_t works, u_char *p)
{
    u_char  *s;

    s = ngx_http_consent_etag_suffix(tag);

    if (s == NULL) {

        /* The origin's own: of no page, or of one from before our time. */

        if (works && ctx->document) {
            return p;
        }

        p = ngx_cpymem(p, tag->start, tag->end - tag->start);
        *p++ = ',';
        *p++ = ' ';

        return p;
    }

    if (ngx_memcmp(s + 5, hash, NGX_HTTP_CONSENT_HASH_LEN) != 0) {
        return p;
    }

    ctx->etag_mapped = 1;

    p = ngx_cpymem(p, "W/", s[3] == 'w' ? 2 : 0);
    *p++ = '"';
    p = ngx_cpymem(p, tag->opaque, s - tag->opaque);
    *p++ = '"';
    *p++ = ',';
    *p++ = ' ';

    return p;
}


ngx_int_t
ngx_http_consent_etag_response(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t changed)
{
    u_char                  *p, *pos;
    u_char                   hash[NGX_HTTP_CONSENT_HASH_LEN];
    ngx_table_elt_t         *h;
    ngx_http_consent_tag_t   tag;

    if (ctx->if_range.len && r->headers_in.if_range) {
        r->headers_in.if_range->value = ctx->if_range;
    }

    h = r->headers_out.etag;
    if (h == NULL) {
        return NGX_OK;
    }

    pos = h->value.data;

    if (ngx_http_consent_etag_next(&pos, pos + h->value.len, &tag)
        != NGX_OK)
    {
        ngx_http_clear_etag(r);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("W/\"\"") + tag.len
                             + NGX_HTTP_CONSENT_SUFFIX_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_consent_etag_hash(r, ctx, changed, hash);

    h->value.data = p;

    p = ngx_cpymem(p, "W/", changed || tag.weak ? 2 : 0);
    *p++ = '"';
    p = ngx_cpymem(p, tag.opaque, tag.len);
    p = ngx_cpymem(p, tag.weak ? "~pcw-" : "~pcs-", 5);
    p = ngx_cpymem(p, hash, NGX_HTTP_CONSENT_HASH_LEN);
    *p++ = '"';
    *p = '\0';

    h->value.len = p - h->value.data;

    return NGX_OK;
}


/*
 * Whatever may change a page: the choice and whether it is asked for, in
 * what, the language, and the configuration, for which the time of its
 * loading stands; for the guard, also which services are in use.
 */

static void
ngx_http_consent_etag_hash(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t changed, u_char *hash)
{
    u_char                         banner, state[32];
    uint32_t                       crc;
    ngx_uint_t                     version;
    consent_view_t                 view;
    ngx_http_consent_main_conf_t  *mcf;

    if (!changed) {
        ngx_memset(hash, '0', NGX_HTTP_CONSENT_HASH_LEN);
        return;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    ngx_http_consent_view(r, ctx, &view);

    banner = (ctx->conf->banner && ctx->banner) ? 1 + ctx->whole : 0;

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, state,
                     consent_choice_state(&ctx->choice,
                                          ctx->conf->set->rules, state));
    ngx_crc32_update(&crc, &banner, 1);
    ngx_crc32_update(&crc, (u_char *) view.lang.data, view.lang.len);
    ngx_crc32_update(&crc, (u_char *) &mcf->loaded, sizeof(time_t));

    if (ctx->conf->guard) {
        version = ngx_http_consent_use_version(r);
        ngx_crc32_update(&crc, (u_char *) &version, sizeof(ngx_uint_t));
    }

    ngx_crc32_final(crc);

    ngx_sprintf(hash, "%08xD", crc);
}

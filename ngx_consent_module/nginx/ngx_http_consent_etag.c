
/*
 * Validators.  nginx and the upstream decide on a 304 before our filters
 * see the response, by the origin's entity tag; but the page that a browser
 * holds was made for one choice.  So the tag of a rewritten page is
 *
 *     W/"ORIGIN~pcs-HASH"      s: the origin's tag was strong, w: weak
 *
 * where HASH is of the choice and of what else the page is made from.  A
 * request's If-None-Match gets its tags back if HASH is that of now.
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
    ngx_http_consent_ctx_t *ctx, u_char *hash);
static ngx_int_t ngx_http_consent_etag_list(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_consent_etag_next(u_char **pos, u_char *last,
    ngx_http_consent_tag_t *tag);
static u_char *ngx_http_consent_etag_map(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_tag_t *tag, u_char *hash, ngx_uint_t works, u_char *p);


ngx_int_t
ngx_http_consent_etag_request(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    h = r->headers_in.if_modified_since;

    if (h && ctx->document && ngx_http_consent_works(ctx)) {
        ngx_http_consent_header_in_remove(r, h);
        r->headers_in.if_modified_since = NULL;
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

    ngx_http_consent_etag_hash(r, ctx, hash);

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


/* Writes what the upstream may see of a tag, and ", ". */

static u_char *
ngx_http_consent_etag_map(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_tag_t *tag, u_char *hash, ngx_uint_t works, u_char *p)
{
    u_char  *s;

    s = tag->opaque + tag->len - NGX_HTTP_CONSENT_SUFFIX_LEN;

    if (tag->len < NGX_HTTP_CONSENT_SUFFIX_LEN
        || ngx_strncmp(s, "~pc", 3) != 0 || (s[3] != 's' && s[3] != 'w')
        || s[4] != '-')
    {
        /* The origin's own: of a page that was not made for this choice. */

        if (works && ctx->document) {
            return p;
        }

        p = ngx_cpymem(p, tag->start, tag->end - tag->start);
        *p++ = ',';
        *p++ = ' ';

        return p;
    }

    if (!works || ngx_memcmp(s + 5, hash, NGX_HTTP_CONSENT_HASH_LEN) != 0) {
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
    ngx_http_consent_ctx_t *ctx)
{
    u_char                  *p, *pos;
    u_char                   hash[NGX_HTTP_CONSENT_HASH_LEN];
    ngx_table_elt_t         *h;
    ngx_http_consent_tag_t   tag;

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

    ngx_http_consent_etag_hash(r, ctx, hash);

    h->value.data = p;

    p = ngx_cpymem(p, "W/\"", 3);
    p = ngx_cpymem(p, tag.opaque, tag.len);
    p = ngx_cpymem(p, tag.weak ? "~pcw-" : "~pcs-", 5);
    p = ngx_cpymem(p, hash, NGX_HTTP_CONSENT_HASH_LEN);
    *p++ = '"';
    *p = '\0';

    h->value.len = p - h->value.data;

    return NGX_OK;
}


/*
 * Whatever may change a page: the choice and whether it is asked for, the
 * language, and the configuration, for which the time of its loading stands.
 */

static void
ngx_http_consent_etag_hash(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    u_char *hash)
{
    u_char                         state[32];
    uint32_t                       crc;
    consent_view_t                 view;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    ngx_http_consent_view(r, ctx, &view);

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, state,
                     consent_choice_state(&ctx->choice,
                                          ctx->conf->set->rules, state));
    ngx_crc32_update(&crc, (u_char *) view.lang.data, view.lang.len);
    ngx_crc32_update(&crc, (u_char *) &mcf->loaded, sizeof(time_t));
    ngx_crc32_final(crc);

    ngx_sprintf(hash, "%08xD", crc);
}

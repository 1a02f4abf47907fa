
/*
 * Texts that many responses share: policies, banners.  Making one walks all
 * rules or all texts, so each worker keeps the latest by what they are made
 * from.  That comes from visitors (Host, choice), so the table has a fixed
 * size, one for all locations.
 *
 * A response holds on to the texts that it has, as they may lose their places
 * while it is still on its way.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_CACHE_SETS    256      /* a power of two */
#define NGX_HTTP_CONSENT_CACHE_PLACES  4        /* of a set */

#define NGX_HTTP_CONSENT_CACHE_ROOM    (8 * 1024)


/* Followed by the text, and that by its key. */

typedef struct {
    ngx_uint_t                holders;      /* the table and responses */
    ngx_uint_t                used;         /* when */
    size_t                    key_len;
    size_t                    len;
} ngx_http_consent_kept_t;


struct ngx_http_consent_cache_s {
    ngx_uint_t                used;         /* how often */
    ngx_http_consent_kept_t  *places[NGX_HTTP_CONSENT_CACHE_SETS]
                                    [NGX_HTTP_CONSENT_CACHE_PLACES];
};


static void ngx_http_consent_cache_cleanup(void *data);
static ngx_http_consent_kept_t **ngx_http_consent_cache_set(
    ngx_http_request_t *r, ngx_str_t *key);
static ngx_int_t ngx_http_consent_cache_hold(ngx_http_request_t *r,
    ngx_http_consent_kept_t *kept, ngx_str_t *value);
static void ngx_http_consent_cache_release(void *data);


ngx_http_consent_cache_t *
ngx_http_consent_cache_create(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_consent_cache_t));
    if (cln == NULL) {
        return NULL;
    }

    ngx_memzero(cln->data, sizeof(ngx_http_consent_cache_t));
    cln->handler = ngx_http_consent_cache_cleanup;

    return cln->data;
}


static void
ngx_http_consent_cache_cleanup(void *data)
{
    ngx_http_consent_cache_t  *cache = data;

    ngx_uint_t  i, k;

    for (i = 0; i < NGX_HTTP_CONSENT_CACHE_SETS; i++) {
        for (k = 0; k < NGX_HTTP_CONSENT_CACHE_PLACES; k++) {
            if (cache->places[i][k]) {
                ngx_http_consent_cache_release(cache->places[i][k]);
            }
        }
    }
}


ngx_int_t
ngx_http_consent_cache_get(ngx_http_request_t *r, ngx_str_t *key,
    ngx_str_t *value)
{
    ngx_uint_t                 i;
    ngx_http_consent_kept_t   *kept, **set;

    set = ngx_http_consent_cache_set(r, key);

    for (i = 0; i < NGX_HTTP_CONSENT_CACHE_PLACES; i++) {
        kept = set[i];

        if (kept && kept->key_len == key->len
            && ngx_memcmp((u_char *) (kept + 1) + kept->len + 1, key->data,
                          key->len)
               == 0)
        {
            return ngx_http_consent_cache_hold(r, kept, value);
        }
    }

    return NGX_DECLINED;
}


ngx_pool_t *
ngx_http_consent_cache_room(ngx_http_request_t *r)
{
    return ngx_create_pool(NGX_HTTP_CONSENT_CACHE_ROOM, r->connection->log);
}


ngx_int_t
ngx_http_consent_cache_keep(ngx_http_request_t *r, ngx_str_t *key,
    ngx_str_t *value)
{
    u_char                    *p;
    ngx_uint_t                 i, oldest;
    ngx_http_consent_kept_t   *kept, **set;

    kept = ngx_alloc(sizeof(ngx_http_consent_kept_t) + value->len + 1
                     + key->len, r->connection->log);
    if (kept == NULL) {
        return NGX_ERROR;
    }

    kept->holders = 1;
    kept->key_len = key->len;
    kept->len = value->len;

    p = ngx_cpymem(kept + 1, value->data, value->len);
    *p++ = '\0';
    ngx_memcpy(p, key->data, key->len);

    set = ngx_http_consent_cache_set(r, key);
    oldest = 0;

    for (i = 0; i < NGX_HTTP_CONSENT_CACHE_PLACES && set[oldest]; i++) {
        if (set[i] == NULL || set[i]->used < set[oldest]->used) {
            oldest = i;
        }
    }

    if (set[oldest]) {
        ngx_http_consent_cache_release(set[oldest]);
    }

    set[oldest] = kept;

    return ngx_http_consent_cache_hold(r, kept, value);
}


static ngx_http_consent_kept_t **
ngx_http_consent_cache_set(ngx_http_request_t *r, ngx_str_t *key)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    return mcf->cache->places[ngx_crc32_short(key->data, key->len)
                              & (NGX_HTTP_CONSENT_CACHE_SETS - 1)];
}


static ngx_int_t
ngx_http_consent_cache_hold(ngx_http_request_t *r,
    ngx_http_consent_kept_t *kept, ngx_str_t *value)
{
    ngx_pool_cleanup_t            *cln;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_consent_cache_release;
    cln->data = kept;

    kept->holders++;
    kept->used = ++mcf->cache->used;

    value->data = (u_char *) (kept + 1);
    value->len = kept->len;

    return NGX_OK;
}


static void
ngx_http_consent_cache_release(void *data)
{
    ngx_http_consent_kept_t  *kept = data;

    if (--kept->holders == 0) {
        ngx_free(kept);
    }
}


/*
 * Policies by choice.  Making one walks all rules, and every response
 * carries one: so each worker keeps the latest few.  What asks for them
 * comes from visitors (Host, choice), so the table has a fixed size, one for
 * all locations.
 */

#include "consent_guard.h"

#include "ngx_http_consent_zone.h"


/* Hosts known to lists or to nobody that a policy lists, where allowed. */
#define NGX_HTTP_CONSENT_CSP_EXTRA  64


#define NGX_HTTP_CONSENT_CSP_SLOTS  1024    /* a power of two */
#define NGX_HTTP_CONSENT_CSP_KEY    512


typedef struct {
    u_char               *data;     /* key and policy, one allocation */
    size_t                key_len;
    size_t                len;
    consent_csp_width_t   width;
} ngx_http_consent_csp_slot_t;


struct ngx_http_consent_csp_cache_s {
    ngx_http_consent_csp_slot_t  slots[NGX_HTTP_CONSENT_CSP_SLOTS];
};


static void ngx_http_consent_csp_cleanup(void *data);
static size_t ngx_http_consent_csp_key(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp, u_char *key);
static ngx_uint_t ngx_http_consent_csp_extra(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t *hosts);
static ngx_uint_t ngx_http_consent_csp_allows(ngx_http_consent_ctx_t *ctx,
    consent_str_t host);
static ngx_int_t ngx_http_consent_csp_make(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp);
static void ngx_http_consent_csp_write(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, consent_csp_conf_t *conf, consent_buf_t *b,
    const consent_mem_t *mem);
static void ngx_http_consent_csp_keep(ngx_http_consent_csp_slot_t *slot,
    ngx_log_t *log, u_char *key, size_t len, ngx_http_consent_csp_t *csp);


ngx_http_consent_csp_cache_t *
ngx_http_consent_csp_create(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool,
                               sizeof(ngx_http_consent_csp_cache_t));
    if (cln == NULL) {
        return NULL;
    }

    ngx_memzero(cln->data, sizeof(ngx_http_consent_csp_cache_t));
    cln->handler = ngx_http_consent_csp_cleanup;

    return cln->data;
}


static void
ngx_http_consent_csp_cleanup(void *data)
{
    ngx_http_consent_csp_cache_t  *cache = data;

    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_CONSENT_CSP_SLOTS; i++) {
        if (cache->slots[i].data) {
            ngx_free(cache->slots[i].data);
        }
    }
}


ngx_int_t
ngx_http_consent_csp_get(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp)
{
    size_t                         len;
    u_char                         key[NGX_HTTP_CONSENT_CSP_KEY];
    ngx_http_consent_csp_slot_t   *slot;
    ngx_http_consent_main_conf_t  *mcf;

    ngx_str_null(&csp->value);
    csp->width = CONSENT_CSP_EXACT;

    if (ctx->choice.all) {
        return NGX_OK;
    }

    len = ngx_http_consent_csp_key(r, ctx, csp, key);

    if (len == 0) {
        return ngx_http_consent_csp_make(r, ctx, csp);
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    slot = &mcf->csp_cache->slots[ngx_crc32_short(key, len)
                                  & (NGX_HTTP_CONSENT_CSP_SLOTS - 1)];

    if (slot->data == NULL || slot->key_len != len
        || ngx_memcmp(slot->data, key, len) != 0)
    {
        if (ngx_http_consent_csp_make(r, ctx, csp) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_http_consent_csp_keep(slot, r->connection->log, key, len, csp);

        return NGX_OK;
    }

    /* The slot may be taken over while the response is still on its way. */

    csp->value.data = ngx_pnalloc(r->pool, slot->len + 1);
    if (csp->value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(csp->value.data, slot->data + len, slot->len);
    csp->value.data[slot->len] = '\0';
    csp->value.len = slot->len;
    csp->width = slot->width;

    return NGX_OK;
}


/* What a policy depends on; 0 if it is too long. */

static size_t
ngx_http_consent_csp_key(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, u_char *key)
{
    u_char          *p;
    consent_url_t   *url;

    url = &ctx->page.url;

    if (url->scheme.len + url->host.len > NGX_HTTP_CONSENT_CSP_KEY - 192) {
        return 0;
    }

    p = ngx_cpymem(key, &ctx->conf, sizeof(ctx->conf));
    *p++ = (u_char) csp->kind;
    *p++ = (u_char) csp->brief;
    p = ngx_cpymem(p, url->scheme.data, url->scheme.len);
    p = ngx_cpymem(p, url->host.data, url->host.len);
    p = ngx_sprintf(p, ":%ui/%uz/%ui/", (ngx_uint_t) url->port, csp->limit,
                    csp->brief ? 0 : 1 + ngx_http_consent_use_version(r));

    return p - key + consent_choice_state(&ctx->choice,
                                          ctx->conf->set->rules, p);
}


static ngx_int_t
ngx_http_consent_csp_make(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp)
{
    u_char              *p;
    consent_buf_t        b;
    consent_mem_t        mem;
    consent_str_t        extra[NGX_HTTP_CONSENT_CSP_EXTRA];
    consent_csp_conf_t   conf;

    p = ngx_pnalloc(r->pool, ctx->conf->path.len + sizeof("report") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&conf, sizeof(consent_csp_conf_t));

    conf.brief = csp->brief & 1;
    conf.limit = csp->limit;
    conf.strict = ctx->conf->csp == NGX_HTTP_CONSENT_CSP_STRICT;

    if (!csp->brief) {
        conf.use = ngx_http_consent_use(r);
        conf.extra = extra;
        conf.nextra = ngx_http_consent_csp_extra(r, ctx, extra);
    }

    conf.report_uri.data = p;
    conf.report_uri.len = ctx->conf->path.len + sizeof("report") - 1;

    p = ngx_cpymem(p, ctx->conf->path.data, ctx->conf->path.len);
    ngx_memcpy(p, "report", sizeof("report") - 1);

    mem = ngx_http_consent_mem(r->pool);

    ngx_http_consent_csp_write(ctx, csp, &conf, &b, &mem);

    if (b.failed) {
        return NGX_ERROR;
    }

    csp->value.data = b.data;
    csp->value.len = b.len;

    return NGX_OK;
}


static void
ngx_http_consent_csp_write(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, consent_csp_conf_t *conf, consent_buf_t *b,
    const consent_mem_t *mem)
{
    consent_str_t           policy;
    const consent_rules_t  *rules;

    rules = ctx->conf->set->rules;

    consent_buf_init(b, mem);

    if (csp->kind == NGX_HTTP_CONSENT_CSP_CONNECT) {
        csp->width = consent_csp_connections(b, rules, &ctx->page,
                                             &ctx->choice, conf);
        return;
    }

    csp->width = consent_csp_write(b, rules, &ctx->page, &ctx->choice, conf);

    if (csp->kind == NGX_HTTP_CONSENT_CSP_GUARD) {
        policy = consent_buf_str(b);
        consent_buf_init(b, mem);
        consent_guard_write(b, policy, rules, &ctx->choice, conf->use);
    }
}


/*
 * Of the hosts that were seen on this site and that no rule file knows, those
 * that the choice allows: by the purposes of lists that have the whole host,
 * else as unknown ones.
 */

static ngx_uint_t
ngx_http_consent_csp_extra(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t *hosts)
{
    ngx_uint_t  i, n, found;

    found = ngx_http_consent_unknown_hosts(r, hosts,
                                           NGX_HTTP_CONSENT_CSP_EXTRA);

    for (i = 0, n = 0; i < found; i++) {
        if (ngx_http_consent_csp_allows(ctx, hosts[i])) {
            hosts[n++] = hosts[i];
        }
    }

    return n;
}


static ngx_uint_t
ngx_http_consent_csp_allows(ngx_http_consent_ctx_t *ctx, consent_str_t host)
{
    u_char              text[sizeof("https:///") + NGX_HTTP_CONSENT_HOST_MAX];
    consent_str_t       in;
    consent_url_t       url;
    consent_verdict_t   verdict;
    static uint8_t      scratch[CONSENT_URL_BUF];

    in.data = text;
    in.len = ngx_snprintf(text, sizeof(text), "https://%*s/", host.len,
                          host.data)
             - text;

    if (consent_url_parse(&url, NULL, in, scratch) != CONSENT_OK) {
        return 0;
    }

    consent_rules_match(ctx->conf->set->rules, &ctx->page, &url,
                        CONSENT_TYPE_HINT, &verdict);

    return verdict.rule == CONSENT_NO_RULE
           && consent_choice_allows(&ctx->choice, ctx->conf->set->rules,
                                    &verdict);
}


static void
ngx_http_consent_csp_keep(ngx_http_consent_csp_slot_t *slot, ngx_log_t *log,
    u_char *key, size_t len, ngx_http_consent_csp_t *csp)
{
    u_char  *p;

    p = ngx_alloc(len + csp->value.len, log);
    if (p == NULL) {
        return;
    }

    if (slot->data) {
        ngx_free(slot->data);
    }

    ngx_memcpy(p, key, len);
    ngx_memcpy(p + len, csp->value.data, csp->value.len);

    slot->data = p;
    slot->key_len = len;
    slot->len = csp->value.len;
    slot->width = csp->width;
}


/*
 * Policies by choice, and what of them the guard needs.
 */

#include "consent_guard.h"

#include "ngx_http_consent_zone.h"


/* Hosts known to lists or to nobody that a policy lists, where allowed. */
#define NGX_HTTP_CONSENT_CSP_EXTRA  64


#define NGX_HTTP_CONSENT_CSP_KEY    512

/*
 * What of a location's configuration a policy depends on: many have all of it
 * in common, and share policies.
 */

typedef struct {
    ngx_http_consent_set_t  *set;
    ngx_array_t             *services;
    const consent_str_t     *first_party;
    u_char                  *path;
    uint32_t                 unclassified;
    uint32_t                 passive;
    ngx_uint_t               csp;
} ngx_http_consent_csp_of_t;


#define NGX_HTTP_CONSENT_CSP_TAIL   2


static size_t ngx_http_consent_csp_key(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp, u_char *key);
static ngx_uint_t ngx_http_consent_csp_extra(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t *hosts);
static ngx_uint_t ngx_http_consent_csp_below(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_csp_host_t *below);
static uint32_t ngx_http_consent_csp_types(ngx_http_consent_ctx_t *ctx,
    consent_str_t host, uint32_t types, ngx_uint_t known);
static ngx_int_t ngx_http_consent_csp_keep(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp, ngx_str_t *key,
    ngx_str_t *kept);
static ngx_int_t ngx_http_consent_csp_make(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp,
    ngx_pool_t *pool, ngx_str_t *kept);
static void ngx_http_consent_csp_write(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, consent_csp_conf_t *conf, consent_buf_t *b);


ngx_int_t
ngx_http_consent_csp_get(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp)
{
    u_char      buf[NGX_HTTP_CONSENT_CSP_KEY];
    ngx_int_t   rc;
    ngx_str_t   key, kept;

    ngx_str_null(&csp->value);
    csp->width = CONSENT_CSP_EXACT;

    if (ctx->choice.all) {
        return NGX_OK;
    }

    key.data = buf;
    key.len = ngx_http_consent_csp_key(r, ctx, csp, buf);

    rc = key.len ? ngx_http_consent_cache_get(r, &key, &kept) : NGX_DECLINED;

    if (rc == NGX_DECLINED) {
        rc = key.len ? ngx_http_consent_csp_keep(r, ctx, csp, &key, &kept)
                     : ngx_http_consent_csp_make(r, ctx, csp, r->pool, &kept);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    csp->value.data = kept.data;
    csp->value.len = kept.len - NGX_HTTP_CONSENT_CSP_TAIL;
    csp->width = kept.data[kept.len - 1];

    return NGX_OK;
}


/* What a policy depends on; 0 if it is too long. */

static size_t
ngx_http_consent_csp_key(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, u_char *key)
{
    u_char                     *p;
    consent_url_t              *url;
    ngx_http_consent_csp_of_t   of;

    url = &ctx->page.url;

    if (url->scheme.len + url->host.len > NGX_HTTP_CONSENT_CSP_KEY - 256) {
        return 0;
    }

    ngx_memzero(&of, sizeof(of));

    of.set = ctx->conf->set;
    of.services = ctx->conf->services;
    of.first_party = ctx->page.first_party;
    of.path = ctx->conf->path.data;
    of.unclassified = ctx->page.unclassified;
    of.passive = ctx->page.unclassified_passive;
    of.csp = ctx->conf->csp;

    p = ngx_cpymem(key, &of, sizeof(of));
    *p++ = (u_char) csp->kind;
    *p++ = (u_char) (csp->brief | csp->flat << 1);
    p = ngx_cpymem(p, url->scheme.data, url->scheme.len);
    p = ngx_cpymem(p, url->host.data, url->host.len);
    p = ngx_sprintf(p, ":%ui/%uz/%ui/", (ngx_uint_t) url->port, csp->limit,
                    csp->brief ? 0 : 1 + ngx_http_consent_use_version(r));

    return p - key + consent_choice_state(&ctx->choice,
                                          ctx->conf->set->rules, p);
}


static ngx_int_t
ngx_http_consent_csp_keep(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, ngx_str_t *key, ngx_str_t *kept)
{
    ngx_int_t    rc;
    ngx_pool_t  *pool;

    pool = ngx_http_consent_cache_room(r);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_consent_csp_make(r, ctx, csp, pool, kept);

    if (rc == NGX_OK) {
        rc = ngx_http_consent_cache_keep(r, key, kept);
    }

    ngx_destroy_pool(pool);

    return rc;
}


/* What is kept: the policy, a NUL, and its width. */

static ngx_int_t
ngx_http_consent_csp_make(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, ngx_pool_t *pool, ngx_str_t *kept)
{
    uint8_t              tail[NGX_HTTP_CONSENT_CSP_TAIL];
    u_char              *p;
    consent_buf_t        b;
    consent_mem_t        mem;
    consent_str_t        extra[NGX_HTTP_CONSENT_CSP_EXTRA];
    consent_csp_conf_t   conf;
    consent_csp_host_t   below[NGX_HTTP_CONSENT_CSP_EXTRA];

    p = ngx_pnalloc(pool, ctx->conf->path.len + sizeof("report") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&conf, sizeof(consent_csp_conf_t));

    conf.brief = csp->brief & 1;
    conf.flat = csp->flat & 1;
    conf.limit = csp->limit;
    conf.strict = ctx->conf->csp == NGX_HTTP_CONSENT_CSP_STRICT;

    if (!csp->brief) {
        conf.use = ngx_http_consent_use(r);
        conf.extra = extra;
        conf.nextra = ngx_http_consent_csp_extra(r, ctx, extra);
        conf.below = below;
        conf.nbelow = ngx_http_consent_csp_below(r, ctx, below);
    }

    conf.report_uri.data = p;
    conf.report_uri.len = ctx->conf->path.len + sizeof("report") - 1;

    p = ngx_cpymem(p, ctx->conf->path.data, ctx->conf->path.len);
    ngx_memcpy(p, "report", sizeof("report") - 1);

    mem = ngx_http_consent_mem(pool);

    consent_buf_init(&b, &mem);
    ngx_http_consent_csp_write(ctx, csp, &conf, &b);

    tail[0] = '\0';
    tail[1] = (uint8_t) csp->width;
    consent_buf_add(&b, (consent_str_t) { sizeof(tail), tail });

    if (b.failed) {
        return NGX_ERROR;
    }

    kept->data = b.data;
    kept->len = b.len;

    return NGX_OK;
}


static void
ngx_http_consent_csp_write(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_csp_t *csp, consent_csp_conf_t *conf, consent_buf_t *b)
{
    consent_str_t           policy;
    const consent_rules_t  *rules;

    rules = ctx->conf->set->rules;

    if (csp->kind == NGX_HTTP_CONSENT_CSP_CONNECT) {
        csp->width = consent_csp_connections(b, rules, &ctx->page,
                                             &ctx->choice, conf);
        return;
    }

    csp->width = consent_csp_write(b, rules, &ctx->page, &ctx->choice, conf);

    if (csp->kind == NGX_HTTP_CONSENT_CSP_GUARD) {

        /* Where no policy holds hosts, names of storage are held all the
           same. */

        policy = b->len ? consent_buf_str(b) : consent_str("default-src *");
        consent_buf_init(b, b->mem);
        consent_guard_write(b, policy, rules, &ctx->page, &ctx->choice,
                            conf->use);
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


/* Known ones that a wildcard may not stand for, type by type. */

static ngx_uint_t
ngx_http_consent_csp_below(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_csp_host_t *below)
{
    uint32_t       type;
    ngx_uint_t     i, n;
    consent_str_t  hosts[NGX_HTTP_CONSENT_CSP_EXTRA];

    n = ngx_http_consent_below_hosts(r, hosts, NGX_HTTP_CONSENT_CSP_EXTRA);

    for (i = 0; i < n; i++) {
        below[i].host = hosts[i];
        below[i].types = 0;

        for (type = 1; type & CONSENT_TYPE_ANY; type <<= 1) {
            below[i].types |= ngx_http_consent_csp_types(ctx, hosts[i], type,
                                                         1);
        }
    }

    return n;
}


ngx_uint_t
ngx_http_consent_csp_allows(ngx_http_consent_ctx_t *ctx, consent_str_t host)
{
    return ngx_http_consent_csp_types(ctx, host, CONSENT_TYPE_HINT, 0) != 0;
}


/* The types, if the choice allows them and rules do, or do not, know the
   host; else 0. */

static uint32_t
ngx_http_consent_csp_types(ngx_http_consent_ctx_t *ctx, consent_str_t host,
    uint32_t types, ngx_uint_t known)
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
                        types, &verdict);

    return (verdict.rule != CONSENT_NO_RULE) == known
           && consent_choice_allows(&ctx->choice, ctx->conf->set->rules,
                                    &verdict)
           ? types : 0;
}

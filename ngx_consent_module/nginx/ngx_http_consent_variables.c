
/*
 * Variables.  None is cacheable: a POST to the endpoint changes the choice
 * within its own request.  None depends on r->ctx, so they hold in the log
 * phase and behind internal redirects.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_PREFIX  "consent_"

/* Bytes of the client's address that $consent_addr keeps. */
#define NGX_HTTP_CONSENT_KEEP_IN    3
#define NGX_HTTP_CONSENT_KEEP_IN6   6


static void ngx_http_consent_variable_set(ngx_http_variable_value_t *v,
    u_char *data, size_t len);
static ngx_int_t ngx_http_consent_variable_state(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_granted(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_purpose(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_id(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_regime(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_blocked(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_csp(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_variable_addr(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static size_t ngx_http_consent_truncate(struct sockaddr *sa, u_char *text,
    size_t len);
static consent_str_t ngx_http_consent_var_name(const void *data, unsigned i);
static ngx_uint_t ngx_http_consent_defined(ngx_http_core_main_conf_t *cmcf,
    ngx_str_t *name);


static ngx_http_variable_t  ngx_http_consent_vars[] = {

    { ngx_string("consent_state"), NULL,
      ngx_http_consent_variable_state, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_granted"), NULL,
      ngx_http_consent_variable_granted, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_id"), NULL,
      ngx_http_consent_variable_id, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_regime"), NULL,
      ngx_http_consent_variable_regime, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_blocked"), NULL,
      ngx_http_consent_variable_blocked, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_csp"), NULL,
      ngx_http_consent_variable_csp, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_addr"), NULL,
      ngx_http_consent_variable_addr, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string(NGX_HTTP_CONSENT_PREFIX), NULL,
      ngx_http_consent_variable_purpose, 0,
      NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

      ngx_http_null_variable
};

/* Those that have a name: the prefix and the end have none. */
#define NGX_HTTP_CONSENT_VARS                                                 \
    (sizeof(ngx_http_consent_vars) / sizeof(ngx_http_consent_vars[0]) - 2)


ngx_int_t
ngx_http_consent_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_consent_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


/* 1 if a variable of just this name exists: ours, a map's, a set's. */

static ngx_uint_t
ngx_http_consent_defined(ngx_http_core_main_conf_t *cmcf, ngx_str_t *name)
{
    ngx_uint_t       i;
    ngx_hash_key_t  *key;

    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {
        if (key[i].key.len == name->len
            && ngx_strncmp(key[i].key.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static consent_str_t
ngx_http_consent_var_name(const void *data, unsigned i)
{
    consent_str_t  name;

    name = ngx_http_consent_str(ngx_http_consent_vars[i].name);
    name.data += sizeof(NGX_HTTP_CONSENT_PREFIX) - 1;
    name.len -= sizeof(NGX_HTTP_CONSENT_PREFIX) - 1;

    return name;
}


/* A purpose misspelt in the configuration must not count as denied. */

ngx_int_t
ngx_http_consent_check_variables(ngx_conf_t *cf)
{
    size_t                          skip;
    ngx_str_t                       meant;
    ngx_uint_t                      i, n;
    consent_str_t                   key, near;
    ngx_http_variable_t            *v;
    ngx_http_consent_set_t        **set;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_consent_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    skip = sizeof(NGX_HTTP_CONSENT_PREFIX) - 1;
    v = cmcf->variables.elts;
    set = mcf->sets.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (v[i].name.len <= skip
            || ngx_strncmp(v[i].name.data, NGX_HTTP_CONSENT_PREFIX, skip) != 0
            || ngx_http_consent_defined(cmcf, &v[i].name))
        {
            continue;
        }

        key.data = v[i].name.data + skip;
        key.len = v[i].name.len - skip;

        near = consent_rules_nearest(key, NGX_HTTP_CONSENT_VARS,
                                     ngx_http_consent_var_name, NULL);

        for (n = 0; n < mcf->sets.nelts; n++) {
            if (consent_rules_purpose(set[n]->rules, key) >= 0) {
                break;
            }

            if (near.len == 0) {
                near = consent_rules_nearest_purpose(set[n]->rules, key,
                                                     consent_str(""));
            }
        }

        if (n < mcf->sets.nelts) {
            continue;
        }

        meant = ngx_http_consent_meant(cf->pool, "$consent_", near);

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown variable \"$%V\": the rules have no such "
                      "purpose%V", &v[i].name, &meant);

        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_consent_variable_set(ngx_http_variable_value_t *v, u_char *data,
    size_t len)
{
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = len;
    v->data = data;
}


static ngx_int_t
ngx_http_consent_variable_state(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, 32);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_consent_variable_set(v, p,
        consent_choice_state(&ctx->choice, ctx->conf->set->rules, p));

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_variable_granted(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t                   len;
    u_char                  *p;
    ngx_uint_t               i;
    consent_rules_t         *rules;
    consent_purpose_t       *purpose;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    rules = ctx->conf->set->rules;
    len = 0;

    for (i = 0; i < rules->npurposes; i++) {
        len += rules->purposes[i].key.len + 1;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_consent_variable_set(v, p, 0);

    for (i = 0; i < rules->npurposes; i++) {
        purpose = &rules->purposes[i];

        if (ctx->choice.granted & ((uint32_t) 1 << i)) {
            p = ngx_cpymem(p, purpose->key.data, purpose->key.len);
            *p++ = ',';
        }
    }

    v->len = (p > v->data) ? p - v->data - 1 : 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_variable_purpose(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    int                      bit;
    consent_str_t            key;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    key.data = name->data + sizeof(NGX_HTTP_CONSENT_PREFIX) - 1;
    key.len = name->len - (sizeof(NGX_HTTP_CONSENT_PREFIX) - 1);

    bit = consent_rules_purpose(ctx->conf->set->rules, key);

    if (bit >= 0 && (ctx->choice.granted & ((uint32_t) 1 << bit))) {
        ngx_http_consent_variable_set(v, (u_char *) "1", 1);

    } else {
        ngx_http_consent_variable_set(v, (u_char *) "0", 1);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_variable_id(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL || ctx->choice.issued == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_consent_variable_set(v, ctx->choice.id, CONSENT_ID_LEN);

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_variable_regime(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    consent_str_t            name;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    name = consent_regime_name(ctx->choice.regime);
    ngx_http_consent_variable_set(v, (u_char *) name.data, name.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_variable_blocked(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_consent_variable_set(v, p,
                                  ngx_sprintf(p, "%ui", ctx->blocked) - p);

    return NGX_OK;
}


/* What became of consent_csp here: "none" where there is no policy. */

static ngx_int_t
ngx_http_consent_variable_csp(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p;
    size_t                   size;
    ngx_http_consent_ctx_t  *ctx;

    static const char  *modes[] = { "off", "report", "enforce", "strict" };

    ctx = ngx_http_consent_get_choice(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    size = sizeof("enforce:domains");

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;

    p = ngx_slprintf(p, v->data + size, "%s",
                     ctx->policy.len ? modes[ctx->conf->csp] : "none");

    if (ctx->policy.len && ctx->width != CONSENT_CSP_EXACT) {
        p = ngx_slprintf(p, v->data + size, ":%s",
                         consent_csp_width_name(ctx->width));
    }

    ngx_http_consent_variable_set(v, v->data, p - v->data);

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_variable_addr(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    int                      bit;
    u_char                  *p;
    size_t                   len;
    ngx_connection_t        *c;
    ngx_http_consent_ctx_t  *ctx;

    c = r->connection;
    ctx = ngx_http_consent_get_choice(r);

    if (ctx != NULL) {
        bit = consent_rules_purpose(ctx->conf->set->rules,
                                    consent_str("analytics"));

        if (bit >= 0 && (ctx->choice.granted & ((uint32_t) 1 << bit))) {
            ngx_http_consent_variable_set(v, c->addr_text.data,
                                          c->addr_text.len);
            return NGX_OK;
        }
    }

    p = ngx_pnalloc(r->pool, NGX_SOCKADDR_STRLEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = ngx_http_consent_truncate(c->sockaddr, p, NGX_SOCKADDR_STRLEN);
    ngx_http_consent_variable_set(v, p, len);

    return NGX_OK;
}


/*
 * The last 8 bits of an IPv4 address and the last 80 of an IPv6 address are
 * zeroed; of an IPv4 address mapped into IPv6, its last 8.
 */

static size_t
ngx_http_consent_truncate(struct sockaddr *sa, u_char *text, size_t len)
{
    u_char               *p;
    ngx_sockaddr_t        copy;
#if (NGX_HAVE_INET6)
    size_t                keep;
    struct sockaddr_in6  *sin6;
#endif

    switch (sa->sa_family) {

    case AF_INET:
        copy.sockaddr_in = *(struct sockaddr_in *) sa;
        p = (u_char *) &copy.sockaddr_in.sin_addr.s_addr;
        p[NGX_HTTP_CONSENT_KEEP_IN] = 0;

        return ngx_sock_ntop(&copy.sockaddr, sizeof(struct sockaddr_in),
                             text, len, 0);

#if (NGX_HAVE_INET6)
    case AF_INET6:
        copy.sockaddr_in6 = *(struct sockaddr_in6 *) sa;
        sin6 = &copy.sockaddr_in6;
        p = sin6->sin6_addr.s6_addr;

        keep = IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)
               ? 12 + NGX_HTTP_CONSENT_KEEP_IN : NGX_HTTP_CONSENT_KEEP_IN6;

        ngx_memzero(p + keep, 16 - keep);

        return ngx_sock_ntop(&copy.sockaddr, sizeof(struct sockaddr_in6),
                             text, len, 0);
#endif

    default:
        return ngx_sprintf(text, "unix:") - text;
    }
}


/*
 * Pages that come again (consent_reuse.h): the memory for them, which each
 * worker has for itself.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_REUSE_USUAL  (16 * 1024 * 1024)
#define NGX_HTTP_CONSENT_REUSE_MIN    (256 * 1024)


static void *ngx_http_consent_reuse_alloc(void *data, size_t size);
static void ngx_http_consent_reuse_free(void *data, void *p);
static void ngx_http_consent_reuse_cleanup(void *data);


static const consent_heap_t  ngx_http_consent_reuse_heap = {
    ngx_http_consent_reuse_alloc,
    ngx_http_consent_reuse_free,
    NULL
};


char *
ngx_http_consent_reuse(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_main_conf_t  *mcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (mcf->reuse_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 3 && ngx_strncmp(value[1].data, "off", 3) == 0) {
        mcf->reuse_size = 0;
        return NGX_CONF_OK;
    }

    size = ngx_parse_size(&value[1]);

    if (size == NGX_ERROR || size < NGX_HTTP_CONSENT_REUSE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" of \"consent_reuse\": "
                           "expected \"off\", or the memory of a worker for "
                           "pages that come again, 256k at least, such as "
                           "\"16m\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    mcf->reuse_size = size;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_consent_reuse_create(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf)
{
    ngx_pool_cleanup_t  *cln;

    ngx_conf_init_size_value(mcf->reuse_size, NGX_HTTP_CONSENT_REUSE_USUAL);

    if (mcf->reuse_size == 0) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    mcf->reuse = consent_reuse_create(&ngx_http_consent_reuse_heap,
                                      mcf->reuse_size);
    if (mcf->reuse == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_consent_reuse_cleanup;
    cln->data = mcf->reuse;

    return NGX_OK;
}


static void *
ngx_http_consent_reuse_alloc(void *data, size_t size)
{
    return ngx_alloc(size, ngx_cycle->log);
}


static void
ngx_http_consent_reuse_free(void *data, void *p)
{
    ngx_free(p);
}


static void
ngx_http_consent_reuse_cleanup(void *data)
{
    consent_reuse_destroy(data);
}


/*
 * Directives about what browsers are told.
 */

#include "ngx_http_consent.h"


char *
ngx_http_consent_services(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t   *value, *id;
    ngx_uint_t   i;

    if (lcf->services == NGX_CONF_UNSET_PTR) {
        lcf->services = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
        if (lcf->services == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        id = ngx_array_push(lcf->services);
        if (id == NULL) {
            return NGX_CONF_ERROR;
        }

        *id = value[i];
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_conf_services(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_str_t   *id;
    ngx_uint_t   i;

    if (conf->services == NULL) {
        return NGX_CONF_OK;
    }

    id = conf->services->elts;

    for (i = 0; i < conf->services->nelts; i++) {

        if (consent_rules_service(conf->set->rules,
                                  ngx_http_consent_str(id[i]))
            == CONSENT_NO_SERVICE)
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown service \"%V\" in \"consent_services\": "
                          "expected the id of one in the rules, such as "
                          "\"youtube\"; \"consentctl explain URL\" says "
                          "whose a URL is", &id[i]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}

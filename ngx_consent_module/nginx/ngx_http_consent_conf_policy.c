
/*
 * Directives about what browsers are told.
 */

#include "ngx_http_consent.h"


char *
ngx_http_consent_services(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t                *value;
    ngx_uint_t                i;
    ngx_http_consent_word_t  *id;

    if (lcf->services == NGX_CONF_UNSET_PTR) {
        lcf->services = ngx_array_create(cf->pool, 4,
                                         sizeof(ngx_http_consent_word_t));
        if (lcf->services == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        id = ngx_array_push(lcf->services);

        if (id == NULL
            || ngx_http_consent_word_at(cf, &value[i], id) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_conf_services(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_str_t                 meant;
    ngx_uint_t                i;
    consent_str_t             name;
    ngx_http_consent_word_t  *id;

    if (conf->services == NULL) {
        return NGX_CONF_OK;
    }

    id = conf->services->elts;

    for (i = 0; i < conf->services->nelts; i++) {
        name = ngx_http_consent_str(id[i].word);

        if (consent_rules_service(conf->set->rules, name)
            != CONSENT_NO_SERVICE)
        {
            continue;
        }

        meant = ngx_http_consent_meant(cf->pool, "",
                    consent_rules_nearest_service(conf->set->rules, name));

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown service \"%V\" in \"consent_services\": "
                      "expected the id of one in the rules; \"consentctl "
                      "explain URL\" says whose a URL is%V in %V",
                      &id[i].word, &meant, &id[i].at);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}

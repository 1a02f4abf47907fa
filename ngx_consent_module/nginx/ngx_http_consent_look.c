
/*
 * Directives of what visitors see: its look, and whom to ask.
 */

#include "ngx_http_consent.h"


char *
ngx_http_consent_look(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;
    const char  *error;

    if (lcf->look) {
        return "is duplicate";
    }

    lcf->look = ngx_palloc(cf->pool, sizeof(consent_look_t));
    if (lcf->look == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_consent_args_once(cf, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    consent_look_init(lcf->look);

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (consent_look_set(lcf->look, ngx_http_consent_str(value[i]),
                             &error)
            != CONSENT_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": %s", &value[i],
                               error);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* Somebody, or a page that says whom: nothing that would run or be fetched. */

char *
ngx_http_consent_contact(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    u_char      *p;
    size_t       len;
    ngx_str_t   *value;
    ngx_uint_t   i;

    static ngx_str_t  begins[] = {
        ngx_string("mailto:"), ngx_string("https://"), ngx_string("http://"),
        ngx_string("tel:"), ngx_string("/")
    };

    if (lcf->contact.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    len = 0;

    for (i = 0; i < sizeof(begins) / sizeof(begins[0]) && len == 0; i++) {
        if (value[1].len > begins[i].len
            && ngx_strncasecmp(value[1].data, begins[i].data, begins[i].len)
               == 0)
        {
            len = begins[i].len;
        }
    }

    for (p = value[1].data; *p > ' ' && *p < 0x7f; p++) { /* void */ }

    if (len == 0 || *p || value[1].data[len] == '/'
        || (i == 1 && ngx_strchr(value[1].data, '@') == NULL))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid contact \"%V\": expected "
                           "\"mailto:NAME@HOST\", \"tel:NUMBER\", a URL with "
                           "\"https://\", or a path", &value[1]);
        return NGX_CONF_ERROR;
    }

    lcf->contact = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_consent_conf_look(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    const char                    *error;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (conf->look == NULL) {
        conf->look = mcf->look;
    }

    if (conf->look == NULL) {
        conf->look = ngx_palloc(cf->pool, sizeof(consent_look_t));
        if (conf->look == NULL) {
            return NGX_CONF_ERROR;
        }

        consent_look_init(conf->look);
        mcf->look = conf->look;
    }

    if (conf->look->style[0].len) {
        return NGX_CONF_OK;
    }

    if (consent_look_make(conf->look, &mcf->mem, &error) != CONSENT_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"consent_look\" cannot be read: %s", error);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}

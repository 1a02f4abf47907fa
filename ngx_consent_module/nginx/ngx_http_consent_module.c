
/*
 * The module: directives, configuration, and what is installed by it.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_add_zone(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);
static ngx_int_t ngx_http_consent_add_handlers(ngx_conf_t *cf);
static void *ngx_http_consent_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_consent_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_consent_merge_srv_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void *ngx_http_consent_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_consent_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void ngx_http_consent_merge_values(ngx_http_consent_loc_conf_t *prev,
    ngx_http_consent_loc_conf_t *conf);
static char *ngx_http_consent_add_endpoint(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);


ngx_http_output_header_filter_pt  ngx_http_consent_next_header_filter;
ngx_http_output_header_filter_pt  ngx_http_consent_next_hints_filter;
ngx_http_output_body_filter_pt    ngx_http_consent_next_body_filter;


static ngx_conf_enum_t  ngx_http_consent_modes[] = {
    { ngx_string("off"), NGX_HTTP_CONSENT_OFF },
    { ngx_string("observe"), NGX_HTTP_CONSENT_OBSERVE },
    { ngx_string("enforce"), NGX_HTTP_CONSENT_ENFORCE },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_consent_csp_modes[] = {
    { ngx_string("off"), NGX_HTTP_CONSENT_CSP_OFF },
    { ngx_string("report"), NGX_HTTP_CONSENT_CSP_REPORT },
    { ngx_string("enforce"), NGX_HTTP_CONSENT_CSP_ENFORCE },
    { ngx_string("strict"), NGX_HTTP_CONSENT_CSP_STRICT },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_consent_cache_modes[] = {
    { ngx_string("private"), NGX_HTTP_CONSENT_CACHE_PRIVATE },
    { ngx_string("vary"), NGX_HTTP_CONSENT_CACHE_VARY },
    { ngx_string("off"), NGX_HTTP_CONSENT_CACHE_OFF },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_consent_decoration_modes[] = {
    { ngx_string("keep"), NGX_HTTP_CONSENT_DECORATION_KEEP },
    { ngx_string("strip"), NGX_HTTP_CONSENT_DECORATION_STRIP },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_consent_undecodable_modes[] = {
    { ngx_string("block"), NGX_HTTP_CONSENT_UNDECODABLE_BLOCK },
    { ngx_string("pass"), NGX_HTTP_CONSENT_UNDECODABLE_PASS },
    { ngx_null_string, 0 }
};


#define NGX_HTTP_CONSENT_ANYWHERE                                             \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF                   \
     |NGX_HTTP_LIF_CONF)


static ngx_command_t  ngx_http_consent_commands[] = {

    { ngx_string("consent"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, mode),
      &ngx_http_consent_modes },

    { ngx_string("consent_rules"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_files,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, files),
      NULL },

    { ngx_string("consent_list"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_consent_list,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_regime"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_regime,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_unclassified"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_consent_unclassified,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_first_party"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_first_party,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_cookie"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_cookie,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_key_file"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_key_file,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_signal"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_signal,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_path"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_path,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_banner"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, banner),
      NULL },

    { ngx_string("consent_look"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_look,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_contact"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_contact,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_texts"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_files,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, texts),
      NULL },

    { ngx_string("consent_language"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_language,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_csp"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, csp),
      &ngx_http_consent_csp_modes },

    { ngx_string("consent_services"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_consent_services,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_decoration"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, decoration),
      &ngx_http_consent_decoration_modes },

    { ngx_string("consent_guard"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, guard),
      NULL },

    { ngx_string("consent_max_tag"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_max_tag,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, max_tag),
      NULL },

    { ngx_string("consent_cache"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, cache),
      &ngx_http_consent_cache_modes },

    { ngx_string("consent_undecodable"),
      NGX_HTTP_CONSENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_consent_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, undecodable),
      &ngx_http_consent_undecodable_modes },

    { ngx_string("consent_record"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_record,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_consent_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_reuse"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_reuse,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_consent_status,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_consent_module_ctx = {
    ngx_http_consent_preconfiguration,     /* preconfiguration */
    ngx_http_consent_postconfiguration,    /* postconfiguration */

    ngx_http_consent_create_main_conf,     /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_consent_create_srv_conf,      /* create server configuration */
    ngx_http_consent_merge_srv_conf,       /* merge server configuration */

    ngx_http_consent_create_loc_conf,      /* create location configuration */
    ngx_http_consent_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_consent_module = {
    NGX_MODULE_V1,
    &ngx_http_consent_module_ctx,          /* module context */
    ngx_http_consent_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


void *
ngx_http_consent_palloc(void *pool, size_t size)
{
    return ngx_palloc(pool, size);
}


static ngx_int_t
ngx_http_consent_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_consent_add_variables(cf);
}


static ngx_int_t
ngx_http_consent_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (!mcf->used && !mcf->status) {
        return NGX_OK;
    }

    if (mcf->zone == NULL && ngx_http_consent_add_zone(cf, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!mcf->used) {
        return NGX_OK;
    }

    mcf->cache = ngx_http_consent_cache_create(cf);
    mcf->recall = ngx_http_consent_recall_create(cf);

    if (mcf->cache == NULL || mcf->recall == NULL
        || ngx_http_consent_reuse_create(cf, mcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_consent_init_sites(cf, mcf) != NGX_OK
        || ngx_http_consent_check_variables(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_consent_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_consent_header_filter;

    ngx_http_consent_next_hints_filter =
        ngx_http_consent_add_hints_filter(ngx_http_consent_hints_filter);

    ngx_http_consent_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_consent_body_filter;

    return ngx_http_consent_add_handlers(cf);
}


static ngx_int_t
ngx_http_consent_add_zone(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    static ngx_str_t  name = ngx_string("consent");

    mcf->zone = ngx_http_consent_zone_add(cf, mcf, &name, 1024 * 1024);

    return mcf->zone ? NGX_OK : NGX_ERROR;
}


/*
 * nginx runs the handlers of a phase from the last one added to the first,
 * so these come before rewrite's and try_files'.
 */

static ngx_int_t
ngx_http_consent_add_handlers(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    static struct {
        ngx_http_phases         phase;
        ngx_http_handler_pt     handler;
    } handlers[] = {
        { NGX_HTTP_SERVER_REWRITE_PHASE,
          ngx_http_consent_server_rewrite_handler },
        { NGX_HTTP_PREACCESS_PHASE, ngx_http_consent_preaccess_handler },
        { NGX_HTTP_PRECONTENT_PHASE, ngx_http_consent_precontent_handler }
    };

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        h = ngx_array_push(&cmcf->phases[handlers[i].phase].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = handlers[i].handler;
    }

    return NGX_OK;
}


static void *
ngx_http_consent_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     mcf->zone = NULL;
     *     mcf->ui = NULL;
     *     mcf->cache = NULL;
     *     mcf->recall = NULL;
     *     mcf->reuse = NULL;
     *     mcf->open_told = NULL;
     *     mcf->used = 0;
     *     mcf->status = 0;
     */

    mcf->learn = NGX_HTTP_CONSENT_LEARN;

    if (ngx_array_init(&mcf->sets, cf->pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&mcf->sites, cf->pool, 2, sizeof(void *)) != NGX_OK
        || ngx_array_init(&mcf->confs, cf->pool, 8, sizeof(void *)) != NGX_OK
        || ngx_array_init(&mcf->records, cf->pool, 2, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&mcf->texts, cf->pool, 1,
                          sizeof(ngx_http_consent_texts_t))
           != NGX_OK)
    {
        return NULL;
    }

    mcf->mem = ngx_http_consent_mem(cf->pool);
    mcf->loaded = ngx_time();
    mcf->reuse_size = NGX_CONF_UNSET_SIZE;

    return mcf;
}


static void *
ngx_http_consent_create_srv_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     conf->record = NULL;
     *     conf->record_set = 0;
     *     conf->endpoints = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_srv_conf_t));
}


static char *
ngx_http_consent_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_consent_srv_conf_t  *prev = parent;
    ngx_http_consent_srv_conf_t  *conf = child;

    if (!conf->record_set) {
        conf->record = prev->record;
        conf->record_set = prev->record_set;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_consent_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_consent_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->set = NULL;
     *     conf->regime = CONSENT_OPT_IN;
     *     conf->regime_value = NULL;
     *     conf->unclassified = { { 0, NULL }, { 0, NULL } };
     *     conf->passive = { { 0, NULL }, { 0, NULL } };
     *     conf->cookie = { 0, NULL };
     *     conf->path = { 0, NULL };
     *     conf->look = NULL;
     *     conf->contact = { 0, NULL };
     */

    conf->mode = NGX_CONF_UNSET_UINT;
    conf->files = NGX_CONF_UNSET_PTR;
    conf->lists = NGX_CONF_UNSET_PTR;
    conf->regime_set = NGX_CONF_UNSET_UINT;
    conf->first_party = NGX_CONF_UNSET_PTR;
    conf->texts = NGX_CONF_UNSET_PTR;
    conf->langs = NGX_CONF_UNSET_PTR;
    conf->keys = NGX_CONF_UNSET_PTR;
    conf->banner = NGX_CONF_UNSET;
    conf->csp = NGX_CONF_UNSET_UINT;
    conf->services = NGX_CONF_UNSET_PTR;
    conf->guard = NGX_CONF_UNSET;
    conf->max_tag = NGX_CONF_UNSET_SIZE;
    conf->undecodable = NGX_CONF_UNSET_UINT;
    conf->cache = NGX_CONF_UNSET_UINT;
    conf->decoration = NGX_CONF_UNSET_UINT;
    conf->signal = NGX_CONF_UNSET_UINT;

    return conf;
}


static char *
ngx_http_consent_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_consent_loc_conf_t  *prev = parent;
    ngx_http_consent_loc_conf_t  *conf = child;

    char                          *rv;
    ngx_http_consent_main_conf_t  *mcf;

    ngx_http_consent_merge_values(prev, conf);

    if (conf->mode == NGX_HTTP_CONSENT_OFF) {
        return NGX_CONF_OK;
    }

    if (conf->keys == NULL) {
        conf->keys = ngx_pcalloc(cf->pool, sizeof(consent_keys_t));
        if (conf->keys == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);
    mcf->used = 1;

    rv = ngx_http_consent_conf_rules(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_consent_conf_services(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_consent_conf_site(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_consent_conf_lang(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_consent_conf_look(cf, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    return ngx_http_consent_add_endpoint(cf, conf);
}


static void
ngx_http_consent_merge_values(ngx_http_consent_loc_conf_t *prev,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_conf_merge_uint_value(conf->mode, prev->mode, NGX_HTTP_CONSENT_OFF);
    ngx_conf_merge_ptr_value(conf->files, prev->files, NULL);
    ngx_conf_merge_ptr_value(conf->lists, prev->lists, NULL);
    ngx_conf_merge_ptr_value(conf->first_party, prev->first_party, NULL);
    ngx_conf_merge_ptr_value(conf->texts, prev->texts, NULL);
    ngx_conf_merge_ptr_value(conf->langs, prev->langs, NULL);
    ngx_conf_merge_ptr_value(conf->keys, prev->keys, NULL);
    ngx_conf_merge_str_value(conf->path, prev->path, "/privacy-choices/");
    ngx_conf_merge_value(conf->banner, prev->banner, 1);
    ngx_conf_merge_str_value(conf->contact, prev->contact, "");
    ngx_conf_merge_uint_value(conf->csp, prev->csp,
                              NGX_HTTP_CONSENT_CSP_ENFORCE);
    ngx_conf_merge_ptr_value(conf->services, prev->services, NULL);
    ngx_conf_merge_value(conf->guard, prev->guard, 0);
    ngx_conf_merge_size_value(conf->max_tag, prev->max_tag,
                              CONSENT_HOLD_USUAL);
    ngx_conf_merge_uint_value(conf->undecodable, prev->undecodable,
                              NGX_HTTP_CONSENT_UNDECODABLE_BLOCK);
    ngx_conf_merge_uint_value(conf->cache, prev->cache,
                              NGX_HTTP_CONSENT_CACHE_PRIVATE);
    ngx_conf_merge_uint_value(conf->decoration, prev->decoration,
                              NGX_HTTP_CONSENT_DECORATION_KEEP);

    if (conf->look == NULL) {
        conf->look = prev->look;
    }

    if (conf->regime_set == NGX_CONF_UNSET_UINT) {
        conf->regime_set = prev->regime_set;
        conf->regime = prev->regime;
        conf->regime_value = prev->regime_value;
    }

    if (conf->unclassified.word.data == NULL) {
        conf->unclassified = prev->unclassified;
        conf->passive = prev->passive;
    }

    if (conf->unclassified.word.data == NULL) {
        ngx_str_set(&conf->unclassified.word, "marketing");
        ngx_str_set(&conf->unclassified.at, "the default");
        conf->passive = conf->unclassified;
    }

    if (conf->cookie.data == NULL) {
        conf->cookie = prev->cookie;
        conf->cookie_domain = prev->cookie_domain;
        conf->cookie_path = prev->cookie_path;
        conf->cookie_max_age = prev->cookie_max_age;
        conf->cookie_samesite = prev->cookie_samesite;
    }

    if (conf->cookie.data == NULL) {
        ngx_str_set(&conf->cookie, "privacy_choice");
        ngx_str_set(&conf->cookie_path, "/");
        conf->cookie_max_age = NGX_HTTP_CONSENT_MAX_AGE;
        conf->cookie_samesite = NGX_HTTP_CONSENT_SAMESITE_LAX;
    }
}


/* A server is merged before its locations, so its own path comes first. */

static char *
ngx_http_consent_add_endpoint(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_uint_t                     i;
    ngx_http_consent_loc_conf_t  **ep;
    ngx_http_consent_srv_conf_t   *scf;

    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_consent_module);

    if (scf->endpoints == NULL) {
        scf->endpoints = ngx_array_create(cf->pool, 1, sizeof(void *));
        if (scf->endpoints == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    ep = scf->endpoints->elts;

    for (i = 0; i < scf->endpoints->nelts; i++) {
        if (ep[i]->path.len == conf->path.len
            && ngx_memcmp(ep[i]->path.data, conf->path.data, conf->path.len)
               == 0)
        {
            return NGX_CONF_OK;
        }
    }

    ep = ngx_array_push(scf->endpoints);
    if (ep == NULL) {
        return NGX_CONF_ERROR;
    }

    *ep = conf;

    return NGX_CONF_OK;
}

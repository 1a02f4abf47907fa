
/*
 * What the visitors of a site are asked about, and whether somebody who said
 * yes has to be asked again.
 *
 * Where consent_services names what a site uses, that is asked about: the
 * policy in the choice's cookie is about these services, the same in every
 * worker, on every node and after a restart.
 *
 * Else the policy is about the purposes alone, and what the site uses is seen:
 * a yes is older than a service if that was first seen on the site after it.
 * For some time after the zone was made everything is seen for the first time;
 * what comes up in that time is taken for known.
 */

#include "ngx_http_consent_zone.h"


static ngx_http_consent_site_t *ngx_http_consent_site_find(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);
static ngx_int_t ngx_http_consent_site_declare(ngx_http_consent_site_t *site,
    ngx_http_consent_loc_conf_t *conf);
static ngx_http_consent_asked_t *ngx_http_consent_site_rules(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_consent_loc_conf_t *conf);
static ngx_http_consent_sighting_t *ngx_http_consent_sighting(
    ngx_http_consent_shared_t *sh, ngx_uint_t site,
    ngx_http_consent_service_t *service);


char *
ngx_http_consent_conf_site(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    ngx_http_consent_loc_conf_t   **p;
    ngx_http_consent_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    conf->site = ngx_http_consent_site_find(cf, conf);
    p = ngx_array_push(&mcf->confs);

    if (conf->site == NULL || p == NULL
        || ngx_http_consent_site_declare(conf->site, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    *p = conf;

    return NGX_CONF_OK;
}


static ngx_http_consent_site_t *
ngx_http_consent_site_find(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    ngx_str_t                      *name;
    ngx_uint_t                      i;
    ngx_http_consent_site_t        *site, **p;
    ngx_http_core_srv_conf_t       *cscf;
    ngx_http_consent_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);
    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    name = conf->cookie_domain.len ? &conf->cookie_domain
                                   : &cscf->server_name;
    p = mcf->sites.elts;

    for (i = 0; i < mcf->sites.nelts; i++) {
        if (p[i]->name.len == name->len
            && p[i]->cookie.len == conf->cookie.len
            && ngx_strncmp(p[i]->name.data, name->data, name->len) == 0
            && ngx_strncmp(p[i]->cookie.data, conf->cookie.data,
                           conf->cookie.len)
               == 0)
        {
            return p[i];
        }
    }

    site = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_site_t));
    p = ngx_array_push(&mcf->sites);

    if (site == NULL || p == NULL
        || ngx_array_init(&site->services, cf->pool, 4,
                          sizeof(consent_str_t))
           != NGX_OK
        || ngx_array_init(&site->rules, cf->pool, 1,
                          sizeof(ngx_http_consent_asked_t))
           != NGX_OK)
    {
        return NULL;
    }

    site->name = *name;
    site->cookie = conf->cookie;
    site->hash = consent_str_hash(
                     consent_str_hash(0, ngx_http_consent_str(*name)),
                     ngx_http_consent_str(conf->cookie));

    *p = site;

    return site;
}


static ngx_int_t
ngx_http_consent_site_declare(ngx_http_consent_site_t *site,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_uint_t                i;
    consent_str_t            *p;
    ngx_http_consent_word_t  *id;

    if (conf->services == NULL) {
        return NGX_OK;
    }

    id = conf->services->elts;

    for (i = 0; i < conf->services->nelts; i++) {
        p = ngx_array_push(&site->services);
        if (p == NULL) {
            return NGX_ERROR;
        }

        *p = ngx_http_consent_str(id[i].word);
    }

    return NGX_OK;
}


/* When all is merged: what a location declares counts for the whole site. */

ngx_int_t
ngx_http_consent_init_sites(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    ngx_uint_t                     i;
    ngx_http_consent_asked_t      *asked;
    ngx_http_consent_loc_conf_t  **conf;

    conf = mcf->confs.elts;

    for (i = 0; i < mcf->confs.nelts; i++) {
        asked = ngx_http_consent_site_rules(cf, mcf, conf[i]);
        if (asked == NULL) {
            return NGX_ERROR;
        }

        conf[i]->rules = asked->rules;
        conf[i]->noted = asked->noted;
    }

    return NGX_OK;
}


static ngx_http_consent_asked_t *
ngx_http_consent_site_rules(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_uint_t                 i;
    ngx_http_consent_site_t   *site;
    ngx_http_consent_asked_t  *asked;

    site = conf->site;
    asked = site->rules.elts;

    for (i = 0; i < site->rules.nelts; i++) {
        if (asked[i].set == conf->set) {
            return &asked[i];
        }
    }

    asked = ngx_array_push(&site->rules);
    if (asked == NULL) {
        return NULL;
    }

    asked->set = conf->set;
    asked->rules = conf->set->rules;
    asked->noted = ngx_pcalloc(cf->pool,
                               conf->set->rules->nservices / 8 + 1);

    if (site->services.nelts) {
        asked->rules = consent_rules_declare(&mcf->mem, conf->set->rules,
                                             site->services.elts,
                                             site->services.nelts);
    }

    return asked->rules && asked->noted ? asked : NULL;
}


/*
 * Sightings.
 */


/* The place of a service on a site, a new one if need be; NULL: there is
   none left. */

static ngx_http_consent_sighting_t *
ngx_http_consent_sighting(ngx_http_consent_shared_t *sh, ngx_uint_t site,
    ngx_http_consent_service_t *service)
{
    ngx_uint_t                    n;
    ngx_atomic_uint_t             key;
    ngx_http_consent_sighting_t  *s;

    key = (site ^ (ngx_uint_t) service) * 0x9e3779b1u;
    key = key ? key : 1;

    for (n = 0; n < NGX_HTTP_CONSENT_PROBES; n++) {
        s = &sh->sightings[((key >> 12) + n) & (sh->nsightings - 1)];

        if (s->key == 0 && ngx_atomic_cmp_set(&s->key, 0, key)) {
            s->site = site;
            s->service = service;
            s->first = ngx_time();
            return s;
        }

        if (s->key == key) {
            return s;
        }
    }

    return NULL;
}


void
ngx_http_consent_site_saw(ngx_http_consent_zone_t *zone,
    ngx_http_consent_loc_conf_t *conf, int service)
{
    u_char                        bit;
    ngx_http_consent_shared_t    *sh;
    ngx_http_consent_sighting_t  *s;

    bit = (u_char) (1 << service % 8);

    if (conf->noted[service / 8] & bit || conf->rules->declared) {
        return;
    }

    conf->noted[service / 8] |= bit;

    sh = zone->sh;
    s = ngx_http_consent_sighting(sh, conf->site->hash,
             (ngx_http_consent_service_t *) conf->set->slots[service]);

    if (s && s->first >= sh->since + zone->mcf->learn
        && s->first > sh->newest)
    {
        sh->newest = s->first;
    }
}


ngx_uint_t
ngx_http_consent_site_outdated(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf, const consent_choice_t *choice)
{
    int                            service;
    ngx_uint_t                     i;
    consent_str_t                  id;
    ngx_http_consent_shared_t     *sh;
    ngx_http_consent_sighting_t   *s;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (!choice->made || conf->rules->declared || mcf->zone == NULL
        || mcf->zone->sh == NULL || mcf->zone->sh->newest <= choice->issued)
    {
        return 0;
    }

    sh = mcf->zone->sh;

    for (i = 0; i < sh->nsightings; i++) {
        s = &sh->sightings[i];

        if (s->first <= choice->issued || s->first < sh->since + mcf->learn
            || s->site != conf->site->hash)
        {
            continue;
        }

        id = (consent_str_t) { s->service->len, s->service->id };
        service = consent_rules_service(conf->rules, id);

        if (service != CONSENT_NO_SERVICE
            && conf->rules->services[service].purposes
               & ~conf->rules->necessary
            && consent_choice_allows_service(choice, conf->rules, service))
        {
            return 1;
        }
    }

    return 0;
}

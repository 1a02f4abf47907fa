
/*
 * Choices that this worker has read lately.  A page and what belongs to it
 * come with one and the same Cookie, and reading it may mean checking a
 * signature.  What is recalled was read in this very second: so the clock,
 * which says whether a choice has expired, says the same.
 *
 * And the sites that it serves: the list of public suffixes is long.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_RECALL_PLACES  128     /* a power of two */

/* The longest Cookie header that is kept. */
#define NGX_HTTP_CONSENT_RECALL_COOKIE  1024

/* Bytes of it that tell a place. */
#define NGX_HTTP_CONSENT_RECALL_TOLD    16

#define NGX_HTTP_CONSENT_RECALL_SITES   64      /* a power of two */
#define NGX_HTTP_CONSENT_RECALL_HOST    256


typedef struct {
    ngx_http_consent_loc_conf_t  *conf;         /* NULL: it is free */
    consent_regime_t              regime;
    ngx_uint_t                    gpc;
    time_t                        when;
    size_t                        len;
    u_char                        cookie[NGX_HTTP_CONSENT_RECALL_COOKIE];
    consent_choice_t              choice;
} ngx_http_consent_recalled_t;


/* A site's registrable domain: the last bytes of its host. */

typedef struct {
    size_t                        len;
    size_t                        site;
    u_char                        host[NGX_HTTP_CONSENT_RECALL_HOST];
} ngx_http_consent_recalled_site_t;


struct ngx_http_consent_recall_s {
    ngx_http_consent_recalled_t       places[NGX_HTTP_CONSENT_RECALL_PLACES];
    ngx_http_consent_recalled_site_t  sites[NGX_HTTP_CONSENT_RECALL_SITES];
};


static ngx_http_consent_recalled_t *ngx_http_consent_recall_place(
    ngx_http_request_t *r, ngx_str_t *cookie);


ngx_http_consent_recall_t *
ngx_http_consent_recall_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_recall_t));
}


void
ngx_http_consent_recall(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf, consent_regime_t regime,
    ngx_uint_t gpc, ngx_str_t *cookie, consent_choice_t *choice)
{
    ngx_http_consent_recalled_t  *place;

    place = ngx_http_consent_recall_place(r, cookie);

    if (place && place->conf == conf && place->regime == regime
        && place->gpc == gpc && place->when == ngx_time()
        && place->len == cookie->len
        && ngx_memcmp(place->cookie, cookie->data, cookie->len) == 0)
    {
        *choice = place->choice;
        return;
    }

    consent_choice_read_header(choice, conf->rules, conf->keys, regime,
                               ngx_http_consent_str(*cookie),
                               ngx_http_consent_str(conf->cookie), gpc,
                               ngx_time(), conf->cookie_max_age);

    if (place == NULL) {
        return;
    }

    place->conf = conf;
    place->regime = regime;
    place->gpc = gpc;
    place->when = ngx_time();
    place->len = cookie->len;
    ngx_memcpy(place->cookie, cookie->data, cookie->len);
    place->choice = *choice;
}


/*
 * Where the choice of a Cookie is, if it is anywhere: by its length and by
 * some of its bytes, as whoever makes two of them meet gains nothing.  NULL
 * if it is too long to keep, or empty, which is read at once.
 */

static ngx_http_consent_recalled_t *
ngx_http_consent_recall_place(ngx_http_request_t *r, ngx_str_t *cookie)
{
    size_t                         i, step;
    ngx_uint_t                     hash;
    ngx_http_consent_main_conf_t  *mcf;

    if (cookie->len == 0 || cookie->len > NGX_HTTP_CONSENT_RECALL_COOKIE) {
        return NULL;
    }

    hash = cookie->len;
    step = cookie->len / NGX_HTTP_CONSENT_RECALL_TOLD + 1;

    for (i = cookie->len - 1; i >= step; i -= step) {
        hash = ngx_hash(hash, cookie->data[i]);
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    hash ^= hash >> 16;

    return &mcf->recall->places[hash & (NGX_HTTP_CONSENT_RECALL_PLACES - 1)];
}


consent_str_t
ngx_http_consent_recall_site(ngx_http_request_t *r, consent_str_t host)
{
    ngx_uint_t                         hash;
    consent_str_t                      site;
    ngx_http_consent_main_conf_t      *mcf;
    ngx_http_consent_recalled_site_t  *place;

    if (host.len == 0 || host.len > NGX_HTTP_CONSENT_RECALL_HOST) {
        return consent_url_site(host);
    }

    hash = consent_str_hash(0, host);
    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    place = &mcf->recall->sites[hash & (NGX_HTTP_CONSENT_RECALL_SITES - 1)];

    if (place->len == host.len
        && ngx_memcmp(place->host, host.data, host.len) == 0)
    {
        return (consent_str_t) { place->site,
                                 host.data + host.len - place->site };
    }

    site = consent_url_site(host);

    place->len = host.len;
    place->site = site.len;
    ngx_memcpy(place->host, host.data, host.len);

    return site;
}

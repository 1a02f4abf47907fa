
/*
 * Choices that this worker has read lately.  A page and what belongs to it
 * come with one and the same Cookie, and reading it may mean checking a
 * signature.  A choice is recalled for no longer than a second: so it is as
 * old as the clock says, and nothing of a visitor stays.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_RECALL_PLACES  128     /* a power of two */

/* The longest Cookie header that is kept. */
#define NGX_HTTP_CONSENT_RECALL_COOKIE  1024

/* Bytes of it that tell a place. */
#define NGX_HTTP_CONSENT_RECALL_TOLD    16


typedef struct {
    ngx_http_consent_loc_conf_t  *conf;         /* NULL: it is free */
    consent_regime_t              regime;
    ngx_uint_t                    gpc;
    time_t                        when;
    size_t                        len;
    u_char                        cookie[NGX_HTTP_CONSENT_RECALL_COOKIE];
    consent_choice_t              choice;
} ngx_http_consent_recalled_t;


struct ngx_http_consent_recall_s {
    ngx_http_consent_recalled_t   places[NGX_HTTP_CONSENT_RECALL_PLACES];
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

    consent_choice_read_header(choice, conf->set->rules, conf->keys, regime,
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

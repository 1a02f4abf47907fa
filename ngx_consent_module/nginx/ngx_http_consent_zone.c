
/*
 * The shared memory zone and its counters.  They are atomics: no lock is
 * taken for a page.  What is counted of a service is found by its id, so it
 * outlives a reload with other rules.
 */

#include <openssl/rand.h>

#include "ngx_http_consent_zone.h"


#define NGX_HTTP_CONSENT_UNKNOWN_MAX  4096


static ngx_int_t ngx_http_consent_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_http_consent_zone_create(ngx_http_consent_zone_t *zone,
    size_t size);
static ngx_int_t ngx_http_consent_zone_sightings(
    ngx_http_consent_zone_t *zone, ngx_http_consent_shared_t *sh,
    size_t size);
static ngx_int_t ngx_http_consent_zone_slots(ngx_http_consent_zone_t *zone);
static ngx_http_consent_service_t *ngx_http_consent_zone_service(
    ngx_http_consent_zone_t *zone, consent_str_t id);
static ngx_http_consent_zone_t *ngx_http_consent_the_zone(
    ngx_http_request_t *r);
static ngx_http_consent_shared_t *ngx_http_consent_shared(
    ngx_http_request_t *r);
static ngx_http_consent_service_t *ngx_http_consent_slot(
    ngx_http_request_t *r, int service);
static void ngx_http_consent_count_host(ngx_http_request_t *r,
    ngx_uint_t kind, consent_str_t host);
static ngx_atomic_uint_t ngx_http_consent_host_hash(consent_str_t host);
static ngx_uint_t ngx_http_consent_host_odd(consent_str_t host);
static ngx_uint_t ngx_http_consent_hosts(ngx_http_request_t *r,
    ngx_uint_t kind, consent_str_t *hosts, ngx_uint_t max);
static ngx_http_consent_unknown_t *ngx_http_consent_unknown(
    ngx_http_consent_shared_t *sh, ngx_http_consent_inventory_t *inventory,
    consent_str_t host);


ngx_http_consent_zone_t *
ngx_http_consent_zone_add(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_str_t *name, size_t size)
{
    ngx_shm_zone_t           *shm_zone;
    ngx_http_consent_zone_t  *zone;

    shm_zone = ngx_shared_memory_add(cf, name, size, &ngx_http_consent_module);
    if (shm_zone == NULL) {
        return NULL;
    }

    if (shm_zone->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is already in use", name);
        return NULL;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_zone_t));
    if (zone == NULL) {
        return NULL;
    }

    zone->mcf = mcf;
    zone->pool = cf->pool;

    shm_zone->init = ngx_http_consent_zone_init;
    shm_zone->data = zone;

    return zone;
}


static ngx_int_t
ngx_http_consent_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_consent_zone_t  *old = data;

    ngx_http_consent_zone_t  *zone;

    zone = shm_zone->data;
    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old) {
        zone->sh = old->sh;

    } else if (shm_zone->shm.exists) {
        zone->sh = zone->shpool->data;

    } else if (ngx_http_consent_zone_create(zone, shm_zone->shm.size)
               != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "consent_zone \"%V\" is too small",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    /* Records first: services without room share one place. */

    if (ngx_http_consent_record_init(zone, shm_zone->shm.log) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_consent_zone_slots(zone);
}


/* A quarter of the memory is for unknown hosts that stood in pages, and a
   quarter of that each for those that are only reported, and for those below
   known ones. */

static ngx_int_t
ngx_http_consent_zone_create(ngx_http_consent_zone_t *zone, size_t size)
{
    ngx_uint_t                     i, n;
    ngx_http_consent_shared_t     *sh;
    ngx_http_consent_inventory_t  *inventory;

    static const unsigned  part[NGX_HTTP_CONSENT_HOST_KINDS] = { 1, 4, 4, 16 };

    zone->shpool->log_nomem = 0;

    sh = ngx_slab_calloc(zone->shpool, sizeof(ngx_http_consent_shared_t));
    if (sh == NULL) {
        return NGX_ERROR;
    }

    for (n = NGX_HTTP_CONSENT_PROBES;
         n < NGX_HTTP_CONSENT_UNKNOWN_MAX
         && 2 * n * sizeof(ngx_http_consent_unknown_t) <= size / 4;
         n *= 2)
    {
        /* void */
    }

    sh->since = ngx_time();

    if (RAND_bytes(sh->key, NGX_HTTP_CONSENT_ZONE_KEY) != 1) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_CONSENT_HOST_KINDS; i++) {
        inventory = &sh->unknown[i];

        inventory->n = ngx_max(n / part[i], NGX_HTTP_CONSENT_PROBES);
        inventory->elts = ngx_slab_calloc(zone->shpool,
                     inventory->n * sizeof(ngx_http_consent_unknown_t));

        if (inventory->elts == NULL) {
            return NGX_ERROR;
        }
    }

    sh->overflow = ngx_slab_calloc(zone->shpool,
                                   sizeof(ngx_http_consent_service_t));

    if (sh->overflow == NULL
        || ngx_http_consent_zone_sightings(zone, sh, size) != NGX_OK)
    {
        return NGX_ERROR;
    }

    zone->sh = sh;
    zone->shpool->data = sh;

    return NGX_OK;
}


/* An eighth is for what is seen where. */

static ngx_int_t
ngx_http_consent_zone_sightings(ngx_http_consent_zone_t *zone,
    ngx_http_consent_shared_t *sh, size_t size)
{
    ngx_uint_t  n;

    for (n = NGX_HTTP_CONSENT_PROBES;
         2 * n * sizeof(ngx_http_consent_sighting_t) <= size / 8;
         n *= 2)
    {
        /* void */
    }

    sh->nsightings = n;
    sh->sightings = ngx_slab_calloc(zone->shpool,
                              n * sizeof(ngx_http_consent_sighting_t));

    return sh->sightings ? NGX_OK : NGX_ERROR;
}


/*
 * For each rule set, the addresses of its services' counters; the zone stays
 * where it is mapped, in all processes and across reloads.
 */

static ngx_int_t
ngx_http_consent_zone_slots(ngx_http_consent_zone_t *zone)
{
    unsigned                      k;
    ngx_uint_t                    i;
    consent_str_t                 unknown;
    consent_rules_t              *rules;
    ngx_http_consent_set_t      **set;
    ngx_http_consent_service_t   *service;

    unknown.data = (const uint8_t *) CONSENT_UNCLASSIFIED;
    unknown.len = sizeof(CONSENT_UNCLASSIFIED) - 1;

    set = zone->mcf->sets.elts;

    for (i = 0; i < zone->mcf->sets.nelts; i++) {
        rules = set[i]->rules;

        set[i]->slots = ngx_palloc(zone->pool,
                               (rules->nservices + 1) * sizeof(ngx_uint_t));
        if (set[i]->slots == NULL) {
            return NGX_ERROR;
        }

        for (k = 0; k <= rules->nservices; k++) {
            service = ngx_http_consent_zone_service(zone,
                                   k < rules->nservices
                                   ? rules->services[k].id : unknown);

            set[i]->slots[k] = (ngx_uint_t) service;
        }
    }

    return NGX_OK;
}


static ngx_http_consent_service_t *
ngx_http_consent_zone_service(ngx_http_consent_zone_t *zone, consent_str_t id)
{
    ngx_http_consent_service_t  *service;

    for (service = zone->sh->services; service; service = service->next) {
        if (service->len == id.len
            && ngx_memcmp(service->id, id.data, id.len) == 0)
        {
            return service;
        }
    }

    service = ngx_slab_calloc(zone->shpool,
                              sizeof(ngx_http_consent_service_t) + id.len);
    if (service == NULL) {
        return zone->sh->overflow;
    }

    service->len = id.len;
    ngx_memcpy(service->id, id.data, id.len);

    service->next = zone->sh->services;
    zone->sh->services = service;

    return service;
}


static ngx_http_consent_zone_t *
ngx_http_consent_the_zone(ngx_http_request_t *r)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    return mcf->zone;
}


static ngx_http_consent_shared_t *
ngx_http_consent_shared(ngx_http_request_t *r)
{
    ngx_http_consent_zone_t  *zone;

    zone = ngx_http_consent_the_zone(r);

    return zone ? zone->sh : NULL;
}


static ngx_http_consent_service_t *
ngx_http_consent_slot(ngx_http_request_t *r, int service)
{
    ngx_http_consent_loc_conf_t  *conf;

    conf = ngx_http_consent_get_conf(r);

    if (conf == NULL || conf->set == NULL || conf->set->slots == NULL) {
        return NULL;
    }

    if (service < 0 || (unsigned) service >= conf->set->rules->nservices) {
        service = conf->set->rules->nservices;
    }

    return (ngx_http_consent_service_t *) conf->set->slots[service];
}


void
ngx_http_consent_count_element(ngx_http_request_t *r, int service)
{
    ngx_http_consent_service_t  *slot;

    slot = ngx_http_consent_slot(r, service);

    if (slot) {
        (void) ngx_atomic_fetch_add(&slot->elements, 1);
        ngx_http_consent_note_service(r, service, CONSENT_CSP_SEEN);
    }
}


void
ngx_http_consent_count_cookie(ngx_http_request_t *r, int service)
{
    ngx_http_consent_service_t  *slot;

    slot = ngx_http_consent_slot(r, service);

    if (slot) {
        (void) ngx_atomic_fetch_add(&slot->cookies, 1);
    }
}


void
ngx_http_consent_count_request(ngx_http_request_t *r, int service)
{
    ngx_http_consent_service_t  *slot;

    slot = ngx_http_consent_slot(r, service);

    if (slot) {
        (void) ngx_atomic_fetch_add(&slot->requests, 1);
    }
}


void
ngx_http_consent_count_page(ngx_http_request_t *r)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->pages, 1);
    }
}


void
ngx_http_consent_count_again(ngx_http_request_t *r)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->again, 1);
    }
}


void
ngx_http_consent_count_undecodable(ngx_http_request_t *r)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->undecodable, 1);
    }
}


void
ngx_http_consent_count_bounded(ngx_http_request_t *r)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->bounded, 1);
    }
}


void
ngx_http_consent_count_report(ngx_http_request_t *r)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->reports, 1);
    }
}


void
ngx_http_consent_count_wide(ngx_http_request_t *r, consent_csp_width_t width)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->wide[width], 1);
    }
}


void
ngx_http_consent_count_choice(ngx_http_request_t *r, consent_action_t action)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh) {
        (void) ngx_atomic_fetch_add(&sh->choices[action], 1);
    }
}


void
ngx_http_consent_note_service(ngx_http_request_t *r, int service,
    ngx_uint_t how)
{
    ngx_atomic_uint_t            use;
    ngx_http_consent_shared_t   *sh;
    ngx_http_consent_service_t  *slot;

    if (service == CONSENT_NO_SERVICE) {
        return;
    }

    slot = ngx_http_consent_slot(r, service);
    sh = ngx_http_consent_shared(r);

    if (slot == NULL || sh == NULL) {
        return;
    }

    if (how == CONSENT_CSP_SEEN) {
        ngx_http_consent_site_saw(ngx_http_consent_the_zone(r),
                                  ngx_http_consent_get_conf(r), service);
    }

    for (use = slot->use; use < how; use = slot->use) {
        if (ngx_atomic_cmp_set(&slot->use, use, how)) {
            (void) ngx_atomic_fetch_add(&sh->version, 1);
        }
    }
}


uint8_t *
ngx_http_consent_use(ngx_http_request_t *r)
{
    int                           service;
    uint8_t                      *use;
    unsigned                      i;
    ngx_http_consent_word_t      *id;
    ngx_http_consent_service_t   *slot;
    ngx_http_consent_loc_conf_t  *conf;

    conf = ngx_http_consent_get_conf(r);

    if (conf == NULL || conf->set == NULL || conf->set->slots == NULL) {
        return NULL;
    }

    use = ngx_pnalloc(r->pool, conf->set->rules->nservices + 1);
    if (use == NULL) {
        return NULL;
    }

    for (i = 0; i < conf->set->rules->nservices; i++) {
        slot = (ngx_http_consent_service_t *) conf->set->slots[i];
        use[i] = (uint8_t) slot->use;
    }

    if (conf->services) {
        id = conf->services->elts;

        for (i = 0; i < conf->services->nelts; i++) {
            service = consent_rules_service(conf->set->rules,
                                            ngx_http_consent_str(id[i].word));

            if (service != CONSENT_NO_SERVICE) {
                use[service] = CONSENT_CSP_SEEN;
            }
        }
    }

    return use;
}


ngx_uint_t
ngx_http_consent_use_version(ngx_http_request_t *r)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    return sh ? (ngx_uint_t) sh->version : 0;
}


ngx_int_t
ngx_http_consent_zone_key(ngx_http_request_t *r, consent_key_t *key)
{
    ngx_http_consent_shared_t  *sh;

    sh = ngx_http_consent_shared(r);

    if (sh == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(key, sizeof(consent_key_t));
    ngx_memcpy(key->key, sh->key, NGX_HTTP_CONSENT_ZONE_KEY);
    key->key_len = NGX_HTTP_CONSENT_ZONE_KEY;

    return NGX_OK;
}


void
ngx_http_consent_count_unknown(ngx_http_request_t *r, consent_str_t host)
{
    ngx_http_consent_count_host(r, NGX_HTTP_CONSENT_UNKNOWN_SEEN, host);
}


void
ngx_http_consent_count_reported(ngx_http_request_t *r, consent_str_t host)
{
    ngx_http_consent_count_host(r, NGX_HTTP_CONSENT_UNKNOWN_REPORTED, host);
}


void
ngx_http_consent_note_below(ngx_http_request_t *r, consent_str_t host,
    ngx_uint_t how)
{
    ngx_http_consent_loc_conf_t  *conf;

    conf = ngx_http_consent_get_conf(r);

    if (conf && conf->set
        && consent_rules_parted(conf->set->rules, host))
    {
        ngx_http_consent_count_host(r, how == CONSENT_CSP_SEEN
                                       ? NGX_HTTP_CONSENT_BELOW_SEEN
                                       : NGX_HTTP_CONSENT_BELOW_REPORTED,
                                    host);
    }
}


static void
ngx_http_consent_count_host(ngx_http_request_t *r, ngx_uint_t kind,
    consent_str_t host)
{
    ngx_http_consent_shared_t     *sh;
    ngx_http_consent_unknown_t    *unknown;
    ngx_http_consent_inventory_t  *inventory;

    sh = ngx_http_consent_shared(r);

    if (sh == NULL) {
        return;
    }

    inventory = &sh->unknown[kind];
    unknown = ngx_http_consent_unknown(sh, inventory, host);

    (void) ngx_atomic_fetch_add(unknown ? &unknown->count
                                        : &inventory->dropped, 1);
}


ngx_uint_t
ngx_http_consent_unknown_hosts(ngx_http_request_t *r, consent_str_t *hosts,
    ngx_uint_t max)
{
    return ngx_http_consent_hosts(r, NGX_HTTP_CONSENT_UNKNOWN_SEEN, hosts,
                                  max);
}


ngx_uint_t
ngx_http_consent_below_hosts(ngx_http_request_t *r, consent_str_t *hosts,
    ngx_uint_t max)
{
    return ngx_http_consent_hosts(r, NGX_HTTP_CONSENT_BELOW_SEEN, hosts, max);
}


/* Of a kind that was seen, and the next one, which was only reported. */

static ngx_uint_t
ngx_http_consent_hosts(ngx_http_request_t *r, ngx_uint_t kind,
    consent_str_t *hosts, ngx_uint_t max)
{
    ngx_uint_t                   i, k, n, last;
    ngx_http_consent_shared_t   *sh;
    ngx_http_consent_unknown_t  *u;

    sh = ngx_http_consent_shared(r);

    if (sh == NULL) {
        return 0;
    }

    /* A quarter is kept for what is only reported. */

    last = max - max / 4;

    for (n = 0, k = kind; k <= kind + 1; k++) {

        for (i = 0; i < sh->unknown[k].n && n < last; i++) {
            u = &sh->unknown[k].elts[i];

            if (u->ready) {
                hosts[n++] = (consent_str_t) { u->len, u->host };
            }
        }

        last = n + max / 4;
    }

    return n;
}


/* Never 0, which marks a place that is free. */

static ngx_atomic_uint_t
ngx_http_consent_host_hash(consent_str_t host)
{
    uint64_t  hash;

    hash = consent_str_hash(host.len, host);

    return (ngx_atomic_uint_t) hash ? (ngx_atomic_uint_t) hash : 1;
}


/*
 * What comes here is a host that the URL parser made canonical, but the name
 * goes to people's dashboards: 1 for those that are not kept.
 */

static ngx_uint_t
ngx_http_consent_host_odd(consent_str_t host)
{
    size_t  i;

    for (i = 0; i < host.len; i++) {
        if (host.data[i] <= ' ' || host.data[i] >= 0x7f
            || host.data[i] == '"' || host.data[i] == '\\')
        {
            return 1;
        }
    }

    return 0;
}


/* The place of a host, a new one if need be. */

static ngx_http_consent_unknown_t *
ngx_http_consent_unknown(ngx_http_consent_shared_t *sh,
    ngx_http_consent_inventory_t *inventory, consent_str_t host)
{
    ngx_uint_t                   n;
    ngx_atomic_uint_t            hash;
    ngx_http_consent_unknown_t  *u;

    if (host.len == 0 || host.len > NGX_HTTP_CONSENT_HOST_MAX) {
        return NULL;
    }

    hash = ngx_http_consent_host_hash(host);

    for (n = 0; n < NGX_HTTP_CONSENT_PROBES; n++) {
        u = &inventory->elts[(hash + n) & (inventory->n - 1)];

        if (u->hash == 0 && ngx_http_consent_host_odd(host)) {
            return NULL;
        }

        if (u->hash == 0 && ngx_atomic_cmp_set(&u->hash, 0, hash)) {
            u->len = (u_char) host.len;
            ngx_memcpy(u->host, host.data, host.len);

            ngx_memory_barrier();
            u->ready = 1;
            (void) ngx_atomic_fetch_add(&sh->version, 1);

            return u;
        }

        if (u->hash == hash
            && (!u->ready
                || (u->len == host.len
                    && ngx_memcmp(u->host, host.data, host.len) == 0)))
        {
            return u;
        }
    }

    return NULL;
}

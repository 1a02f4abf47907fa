
/*
 * The shared memory: what ngx_http_consent_zone.c counts, and what
 * ngx_http_consent_status.c and ngx_http_consent_record.c read and write.
 */

#ifndef NGX_HTTP_CONSENT_ZONE_H
#define NGX_HTTP_CONSENT_ZONE_H


#include "ngx_http_consent.h"


/* Longer names of unknown hosts are only counted as dropped. */
#define NGX_HTTP_CONSENT_HOST_MAX  110


#define NGX_HTTP_CONSENT_ZONE_KEY  32


/* What was held back of one service; kept by its id across reloads. */

typedef struct ngx_http_consent_service_s  ngx_http_consent_service_t;

struct ngx_http_consent_service_s {
    ngx_http_consent_service_t  *next;
    ngx_atomic_t                 elements;
    ngx_atomic_t                 cookies;
    ngx_atomic_t                 requests;
    ngx_atomic_t                 use;       /* CONSENT_CSP_UNUSED... */
    size_t                       len;
    u_char                       id[1];
};


/*
 * An unknown third party.  `hash` is 0 while the place is free, and is taken
 * by compare-and-set; the name may be read once `ready` is set.
 */

typedef struct {
    ngx_atomic_t                 hash;
    ngx_atomic_t                 count;
    ngx_atomic_t                 ready;
    u_char                       len;
    u_char                       host[NGX_HTTP_CONSENT_HOST_MAX];
} ngx_http_consent_unknown_t;


/* Places that are looked at for an unknown host, or a sighting. */
#define NGX_HTTP_CONSENT_PROBES  16


/* When a service was first seen on a site.  A place is taken by its key; first
   is 0 until it may be read. */

typedef struct {
    ngx_atomic_t                 key;       /* of both; 0: it is free */
    ngx_uint_t                   site;      /* its hash */
    ngx_http_consent_service_t  *service;
    volatile time_t              first;
} ngx_http_consent_sighting_t;


/* Unknown third parties, by how they became known. */

#define NGX_HTTP_CONSENT_UNKNOWN_SEEN      0    /* they stood in a page */
#define NGX_HTTP_CONSENT_UNKNOWN_REPORTED  1    /* so a browser says, or
                                                   somebody else */
#define NGX_HTTP_CONSENT_UNKNOWN_KINDS     2

/* Hosts of consent_rules_parted(), in the same two ways: no dashboard's. */

#define NGX_HTTP_CONSENT_BELOW_SEEN        2
#define NGX_HTTP_CONSENT_BELOW_REPORTED    3
#define NGX_HTTP_CONSENT_HOST_KINDS        4


typedef struct {
    ngx_uint_t                   n;         /* a power of two */
    ngx_http_consent_unknown_t  *elts;
    ngx_atomic_t                 dropped;   /* hosts without a place */
} ngx_http_consent_inventory_t;


/* The end of a chain of records, by the name of its file. */

typedef struct ngx_http_consent_head_s  ngx_http_consent_head_t;

struct ngx_http_consent_head_s {
    ngx_http_consent_head_t     *next;
    ngx_file_uniq_t              uniq;      /* the file written to last */
    off_t                        size;      /* of it, as we left it */
    ngx_uint_t                   torn;      /* it does not end with a line */
    uint8_t                      hash[CONSENT_RECORD_HASH];
    size_t                       len;
    u_char                       name[1];
};


typedef struct {
    time_t                        since;
    u_char                        key[NGX_HTTP_CONSENT_ZONE_KEY];
    ngx_atomic_t                  choices[CONSENT_ACTIONS];
    ngx_atomic_t                  pages;
    ngx_atomic_t                  again;    /* ... that came again */
    ngx_atomic_t                  undecodable;
    ngx_atomic_t                  bounded;  /* elements beyond a bound */
    ngx_atomic_t                  reports;
    ngx_atomic_t                  wide[CONSENT_CSP_WIDTHS]; /* policies */
    ngx_atomic_t                  version;  /* of what is in use */
    ngx_http_consent_service_t   *services;
    ngx_http_consent_service_t   *overflow; /* where the zone was full */
    ngx_http_consent_head_t      *heads;
    ngx_uint_t                    nsightings;   /* a power of two */
    ngx_http_consent_sighting_t  *sightings;
    volatile time_t               newest;   /* of those after the learning */
    ngx_http_consent_inventory_t  unknown[NGX_HTTP_CONSENT_HOST_KINDS];
} ngx_http_consent_shared_t;


struct ngx_http_consent_zone_s {
    ngx_http_consent_shared_t     *sh;
    ngx_slab_pool_t               *shpool;
    ngx_http_consent_head_t      **heads;   /* by index of the record */
    ngx_http_consent_main_conf_t  *mcf;
    ngx_pool_t                    *pool;    /* of the configuration */
};


/* ngx_http_consent_site.c: a service was seen on the location's site. */
void ngx_http_consent_site_saw(ngx_http_consent_zone_t *zone,
    ngx_http_consent_loc_conf_t *conf, int service);


/* ngx_http_consent_record.c */

/* Finds or makes the chain of each of mcf->records. */
ngx_int_t ngx_http_consent_record_init(ngx_http_consent_zone_t *zone,
    ngx_log_t *log);


#endif /* NGX_HTTP_CONSENT_ZONE_H */

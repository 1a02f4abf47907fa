
/*
 * consent_status: what the zone has counted, as JSON or for Prometheus.
 */

#include "ngx_http_consent_zone.h"
#include "ngx_http_consent_endpoint.h"
#include "consent_version.h"


/* One number of a service, by its name in either format. */

typedef struct {
    const char  *json;
    const char  *label;
    size_t       offset;
} ngx_http_consent_kind_t;


static ngx_http_consent_kind_t  ngx_http_consent_kinds[] = {
    { "elements", "element", offsetof(ngx_http_consent_service_t, elements) },
    { "cookies", "cookie", offsetof(ngx_http_consent_service_t, cookies) },
    { "requests", "request", offsetof(ngx_http_consent_service_t, requests) }
};

#define NGX_HTTP_CONSENT_KINDS                                                \
    (sizeof(ngx_http_consent_kinds) / sizeof(ngx_http_consent_kinds[0]))


/* A number of the zone's own, by its name in either format. */

typedef struct {
    const char  *json;
    const char  *metric;
    const char  *help;
    size_t       offset;
} ngx_http_consent_counter_t;


static ngx_http_consent_counter_t  ngx_http_consent_counters[] = {
    { "pages", "pages", "HTML pages that were seen.",
      offsetof(ngx_http_consent_shared_t, pages) },
    { "again", "pages_again", "HTML pages that had come before.",
      offsetof(ngx_http_consent_shared_t, again) },
    { "undecodable", "pages_undecodable",
      "HTML pages that could not be read.",
      offsetof(ngx_http_consent_shared_t, undecodable) },
    { "bounded", "bounded",
      "Elements that were held back since a bound was met.",
      offsetof(ngx_http_consent_shared_t, bounded) },
    { "reports", "reports", "Posts of browsers that told of a policy.",
      offsetof(ngx_http_consent_shared_t, reports) }
};

#define NGX_HTTP_CONSENT_COUNTERS                                             \
    (sizeof(ngx_http_consent_counters) / sizeof(ngx_http_consent_counters[0]))


typedef struct {
    ngx_http_consent_unknown_t  **elts;         /* the most frequent first */
    ngx_uint_t                    n;
    ngx_atomic_uint_t             dropped;
} ngx_http_consent_hosts_t;


typedef struct {
    ngx_http_consent_shared_t    *sh;
    ngx_http_consent_hosts_t      unknown[NGX_HTTP_CONSENT_UNKNOWN_KINDS];
} ngx_http_consent_status_t;


/* The inventory, by its names in both formats. */

static struct {
    const char  *name;
    const char  *dropped;
    const char  *help;
} ngx_http_consent_inventories[NGX_HTTP_CONSENT_UNKNOWN_KINDS] = {
    { "unknown", "unknown_dropped",
      "Elements of third parties that no rule knows." },
    { "reported", "reported_dropped",
      "Reports of third parties that no rule knows." }
};


static ngx_uint_t ngx_http_consent_status_text(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_status_sort(ngx_http_request_t *r,
    ngx_http_consent_status_t *status);
static int ngx_libc_cdecl ngx_http_consent_status_cmp(const void *one,
    const void *two);
static ngx_atomic_uint_t ngx_http_consent_status_counter(
    ngx_http_consent_shared_t *sh, ngx_uint_t i);
static ngx_atomic_uint_t ngx_http_consent_status_number(
    ngx_http_consent_service_t *service, ngx_uint_t kind);
static void ngx_http_consent_status_json(consent_buf_t *b,
    ngx_http_consent_status_t *status);
static void ngx_http_consent_status_json_services(consent_buf_t *b,
    ngx_http_consent_status_t *status);
static void ngx_http_consent_status_json_hosts(consent_buf_t *b,
    ngx_http_consent_status_t *status);
static void ngx_http_consent_status_prometheus(consent_buf_t *b,
    ngx_http_consent_status_t *status);
static void ngx_http_consent_status_total(consent_buf_t *b,
    const char *name, const char *help, ngx_atomic_uint_t n);
static void ngx_http_consent_status_metric(consent_buf_t *b,
    const char *name, const char *help);
static void ngx_http_consent_status_prometheus_hosts(consent_buf_t *b,
    ngx_http_consent_status_t *status);
static void ngx_http_consent_status_prometheus_wide(consent_buf_t *b,
    ngx_http_consent_shared_t *sh);
static void ngx_http_consent_status_prometheus_services(consent_buf_t *b,
    ngx_http_consent_status_t *status);


ngx_int_t
ngx_http_consent_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_uint_t                     text;
    consent_buf_t                  b;
    consent_mem_t                  mem;
    ngx_http_consent_status_t      status;
    ngx_http_consent_main_conf_t  *mcf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (mcf->zone == NULL || mcf->zone->sh == NULL) {
        return NGX_HTTP_NOT_FOUND;
    }

    ngx_memzero(&status, sizeof(ngx_http_consent_status_t));
    status.sh = mcf->zone->sh;

    if (ngx_http_consent_status_sort(r, &status) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);

    text = ngx_http_consent_status_text(r);

    if (text) {
        ngx_http_consent_status_prometheus(&b, &status);

    } else {
        ngx_http_consent_status_json(&b, &status);
    }

    return ngx_http_consent_answer(r, NGX_HTTP_OK,
                                   text ? "text/plain; version=0.0.4; "
                                          "charset=utf-8"
                                        : "application/json",
                                   &b);
}


/* What Prometheus sends in Accept has text/plain in it; a browser's has not. */

static ngx_uint_t
ngx_http_consent_status_text(ngx_http_request_t *r)
{
    ngx_str_t        *format;
    ngx_table_elt_t  *h;

    format = ngx_http_consent_arg(r, "format", 1);

    if (format) {
        return format->len == sizeof("prometheus") - 1
               && ngx_strncmp(format->data, "prometheus", format->len) == 0;
    }

    h = ngx_http_consent_header_in(r, "Accept", 6);

    return h && ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                 (u_char *) "text/plain", 10 - 1)
                != NULL;
}


static ngx_int_t
ngx_http_consent_status_sort(ngx_http_request_t *r,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                     i, k;
    ngx_http_consent_hosts_t      *hosts;
    ngx_http_consent_inventory_t  *inventory;

    for (k = 0; k < NGX_HTTP_CONSENT_UNKNOWN_KINDS; k++) {
        hosts = &status->unknown[k];
        inventory = &status->sh->unknown[k];

        hosts->dropped = inventory->dropped;
        hosts->elts = ngx_palloc(r->pool, inventory->n * sizeof(void *));

        if (hosts->elts == NULL) {
            return NGX_ERROR;
        }

        for (i = 0; i < inventory->n; i++) {
            if (inventory->elts[i].ready) {
                hosts->elts[hosts->n++] = &inventory->elts[i];
            }
        }

        ngx_qsort(hosts->elts, hosts->n, sizeof(void *),
                  ngx_http_consent_status_cmp);
    }

    return NGX_OK;
}


static int ngx_libc_cdecl
ngx_http_consent_status_cmp(const void *one, const void *two)
{
    ngx_atomic_uint_t                    a, b;
    ngx_http_consent_unknown_t * const  *first = one;
    ngx_http_consent_unknown_t * const  *second = two;

    a = (*first)->count;
    b = (*second)->count;

    return a < b ? 1 : a > b ? -1 : 0;
}


static ngx_atomic_uint_t
ngx_http_consent_status_counter(ngx_http_consent_shared_t *sh, ngx_uint_t i)
{
    return *(ngx_atomic_t *) ((u_char *) sh
                              + ngx_http_consent_counters[i].offset);
}


static ngx_atomic_uint_t
ngx_http_consent_status_number(ngx_http_consent_service_t *service,
    ngx_uint_t kind)
{
    return *(ngx_atomic_t *) ((u_char *) service
                              + ngx_http_consent_kinds[kind].offset);
}


static void
ngx_http_consent_status_json(consent_buf_t *b,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                  i;
    ngx_http_consent_shared_t  *sh;

    sh = status->sh;

    consent_buf_add_c(b, "{\"version\":\"" CONSENT_VERSION "\",\"since\":");
    consent_buf_add_number(b, (uint64_t) sh->since);

    consent_buf_add_c(b, ",\"choices\":{");

    for (i = 0; i < CONSENT_ACTIONS; i++) {
        consent_buf_add_c(b, i ? ",\"" : "\"");
        consent_buf_add(b, consent_action_name((consent_action_t) i));
        consent_buf_add_c(b, "\":");
        consent_buf_add_number(b, sh->choices[i]);
    }

    consent_buf_add_c(b, "}");

    for (i = 0; i < NGX_HTTP_CONSENT_COUNTERS; i++) {
        consent_buf_add_c(b, ",\"");
        consent_buf_add_c(b, ngx_http_consent_counters[i].json);
        consent_buf_add_c(b, "\":");
        consent_buf_add_number(b, ngx_http_consent_status_counter(sh, i));
    }

    consent_buf_add_c(b, ",\"wide\":{");

    for (i = CONSENT_CSP_EXACT + 1; i < CONSENT_CSP_WIDTHS; i++) {
        consent_buf_add_c(b, i > CONSENT_CSP_EXACT + 1 ? ",\"" : "\"");
        consent_buf_add_c(b, consent_csp_width_name(i));
        consent_buf_add_c(b, "\":");
        consent_buf_add_number(b, sh->wide[i]);
    }

    consent_buf_add_c(b, "}");

    ngx_http_consent_status_json_services(b, status);

    ngx_http_consent_status_json_hosts(b, status);

    consent_buf_add_c(b, "}\n");
}


static void
ngx_http_consent_status_json_hosts(consent_buf_t *b,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                   i, k;
    consent_str_t                host;
    ngx_http_consent_hosts_t    *hosts;
    ngx_http_consent_unknown_t  *u;

    for (k = 0; k < NGX_HTTP_CONSENT_UNKNOWN_KINDS; k++) {
        hosts = &status->unknown[k];

        consent_buf_add_c(b, ",\"");
        consent_buf_add_c(b, ngx_http_consent_inventories[k].name);
        consent_buf_add_c(b, "\":{");

        for (i = 0; i < hosts->n; i++) {
            u = hosts->elts[i];
            host.data = u->host;
            host.len = u->len;

            consent_buf_add_c(b, i ? ",\"" : "\"");
            consent_buf_add_json(b, host);
            consent_buf_add_c(b, "\":");
            consent_buf_add_number(b, u->count);
        }

        consent_buf_add_c(b, "},\"");
        consent_buf_add_c(b, ngx_http_consent_inventories[k].dropped);
        consent_buf_add_c(b, "\":");
        consent_buf_add_number(b, hosts->dropped);
    }
}


/* Only services of which something was held back. */

static void
ngx_http_consent_status_json_services(consent_buf_t *b,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                   k, n;
    consent_str_t                id;
    ngx_http_consent_service_t  *s;

    n = 0;
    consent_buf_add_c(b, ",\"held\":{");

    for (s = status->sh->services; s; s = s->next) {

        if (s->elements + s->cookies + s->requests == 0) {
            continue;
        }

        id.data = s->id;
        id.len = s->len;

        consent_buf_add_c(b, n++ ? ",\"" : "\"");
        consent_buf_add_json(b, id);
        consent_buf_add_c(b, "\":{");

        for (k = 0; k < NGX_HTTP_CONSENT_KINDS; k++) {
            consent_buf_add_c(b, k ? ",\"" : "\"");
            consent_buf_add_c(b, ngx_http_consent_kinds[k].json);
            consent_buf_add_c(b, "\":");
            consent_buf_add_number(b, ngx_http_consent_status_number(s, k));
        }

        consent_buf_add_c(b, "}");
    }

    consent_buf_add_c(b, "}");
}


static void
ngx_http_consent_status_prometheus(consent_buf_t *b,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                  i;
    ngx_http_consent_shared_t  *sh;

    sh = status->sh;

    ngx_http_consent_status_metric(b, "choices",
                                   "Choices that visitors made.");

    for (i = 0; i < CONSENT_ACTIONS; i++) {
        consent_buf_add_c(b, "ngx_consent_choices_total{action=\"");
        consent_buf_add(b, consent_action_name((consent_action_t) i));
        consent_buf_add_c(b, "\"} ");
        consent_buf_add_number(b, sh->choices[i]);
        consent_buf_add_c(b, "\n");
    }

    for (i = 0; i < NGX_HTTP_CONSENT_COUNTERS; i++) {
        ngx_http_consent_status_total(b, ngx_http_consent_counters[i].metric,
                                      ngx_http_consent_counters[i].help,
                                      ngx_http_consent_status_counter(sh, i));
    }

    ngx_http_consent_status_prometheus_wide(b, sh);
    ngx_http_consent_status_prometheus_services(b, status);

    ngx_http_consent_status_prometheus_hosts(b, status);
}


static void
ngx_http_consent_status_prometheus_hosts(consent_buf_t *b,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                   i, k;
    consent_str_t                host;
    ngx_http_consent_hosts_t    *hosts;
    ngx_http_consent_unknown_t  *u;

    for (k = 0; k < NGX_HTTP_CONSENT_UNKNOWN_KINDS; k++) {
        hosts = &status->unknown[k];

        ngx_http_consent_status_metric(b, ngx_http_consent_inventories[k].name,
                                       ngx_http_consent_inventories[k].help);

        for (i = 0; i < hosts->n; i++) {
            u = hosts->elts[i];
            host.data = u->host;
            host.len = u->len;

            consent_buf_add_c(b, "ngx_consent_");
            consent_buf_add_c(b, ngx_http_consent_inventories[k].name);
            consent_buf_add_c(b, "_total{host=\"");
            consent_buf_add(b, host);
            consent_buf_add_c(b, "\"} ");
            consent_buf_add_number(b, u->count);
            consent_buf_add_c(b, "\n");
        }

        ngx_http_consent_status_total(b,
                                      ngx_http_consent_inventories[k].dropped,
                                      "The same, where the table was full.",
                                      hosts->dropped);
    }
}


/* A metric without labels. */

static void
ngx_http_consent_status_total(consent_buf_t *b, const char *name,
    const char *help, ngx_atomic_uint_t n)
{
    ngx_http_consent_status_metric(b, name, help);
    consent_buf_add_c(b, "ngx_consent_");
    consent_buf_add_c(b, name);
    consent_buf_add_c(b, "_total ");
    consent_buf_add_number(b, n);
    consent_buf_add_c(b, "\n");
}


static void
ngx_http_consent_status_metric(consent_buf_t *b, const char *name,
    const char *help)
{
    consent_buf_add_c(b, "# HELP ngx_consent_");
    consent_buf_add_c(b, name);
    consent_buf_add_c(b, "_total ");
    consent_buf_add_c(b, help);
    consent_buf_add_c(b, "\n# TYPE ngx_consent_");
    consent_buf_add_c(b, name);
    consent_buf_add_c(b, "_total counter\n");
}


static void
ngx_http_consent_status_prometheus_wide(consent_buf_t *b,
    ngx_http_consent_shared_t *sh)
{
    ngx_uint_t  i;

    ngx_http_consent_status_metric(b, "wide",
                                   "Policies that had to be made wider.");

    for (i = CONSENT_CSP_EXACT + 1; i < CONSENT_CSP_WIDTHS; i++) {
        consent_buf_add_c(b, "ngx_consent_wide_total{sources=\"");
        consent_buf_add_c(b, consent_csp_width_name(i));
        consent_buf_add_c(b, "\"} ");
        consent_buf_add_number(b, sh->wide[i]);
        consent_buf_add_c(b, "\n");
    }
}


static void
ngx_http_consent_status_prometheus_services(consent_buf_t *b,
    ngx_http_consent_status_t *status)
{
    ngx_uint_t                   k;
    consent_str_t                id;
    ngx_http_consent_service_t  *s;

    ngx_http_consent_status_metric(b, "held", "What was held back.");

    for (s = status->sh->services; s; s = s->next) {

        if (s->elements + s->cookies + s->requests == 0) {
            continue;
        }

        id.data = s->id;
        id.len = s->len;

        for (k = 0; k < NGX_HTTP_CONSENT_KINDS; k++) {
            consent_buf_add_c(b, "ngx_consent_held_total{kind=\"");
            consent_buf_add_c(b, ngx_http_consent_kinds[k].label);
            consent_buf_add_c(b, "\",service=\"");
            consent_buf_add(b, id);
            consent_buf_add_c(b, "\"} ");
            consent_buf_add_number(b, ngx_http_consent_status_number(s, k));
            consent_buf_add_c(b, "\n");
        }
    }
}

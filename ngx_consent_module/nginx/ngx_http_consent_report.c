
/*
 * POST report: browsers tell what the policy refused (CSP3, 5.3).  Anybody
 * can post here, so a report is counted, and believed in one thing only:
 * that the services which own the refused host are in use on this site, and
 * worth a place in a policy that allows them.
 */

#include <cjson/cJSON.h>

#include "ngx_http_consent_endpoint.h"


static void ngx_http_consent_report_body(ngx_http_request_t *r);
static void ngx_http_consent_report_note(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *body);
static void ngx_http_consent_report_host(ngx_http_request_t *r,
    const consent_rules_t *rules, consent_str_t host);


ngx_int_t
ngx_http_consent_report_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_int_t  rc;

    ngx_http_consent_count_report(r);

    if (r->headers_in.content_length_n > NGX_HTTP_CONSENT_BODY_MAX) {
        rc = ngx_http_discard_request_body(r);

        return rc == NGX_OK ? ngx_http_consent_no_content(r) : rc;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_consent_report_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_consent_report_body(ngx_http_request_t *r)
{
    ngx_str_t                body;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_page(r);

    if (ctx && ngx_http_consent_read_body(r, &body) == NGX_OK) {
        ngx_http_consent_report_note(r, ctx, &body);
    }

    ngx_http_finalize_request(r, ngx_http_consent_no_content(r));
}


static void
ngx_http_consent_report_note(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *body)
{
    cJSON           *json;
    const char      *text;
    consent_url_t    url;
    consent_str_t    in;
    static uint8_t   scratch[CONSENT_URL_BUF];

    json = cJSON_ParseWithLength((char *) body->data, body->len);

    text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
               cJSON_GetObjectItemCaseSensitive(json, "csp-report"),
               "blocked-uri"));

    if (text) {
        in.data = (const uint8_t *) text;
        in.len = ngx_strlen(text);

        if (consent_url_parse(&url, NULL, in, scratch) == CONSENT_OK
            && url.network)
        {
            ngx_http_consent_report_host(r, ctx->conf->set->rules, url.host);
        }
    }

    cJSON_Delete(json);
}


/* A browser may tell no more than the origin, so paths are left aside. */
static void
ngx_http_consent_report_host(ngx_http_request_t *r,
    const consent_rules_t *rules, consent_str_t host)
{
    unsigned  i;

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].host.len
            && consent_url_within(host, rules->rules[i].host))
        {
            ngx_http_consent_note_service(r, rules->rules[i].service,
                                          CONSENT_CSP_REPORTED);
        }
    }
}

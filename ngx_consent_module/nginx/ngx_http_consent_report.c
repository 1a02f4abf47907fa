
/*
 * POST report: browsers tell what the policy refused (CSP3, 5.3).  Anybody
 * can post here, so a report is counted, and believed in one thing only:
 * that the refused host, or the services which own it, are in use on this
 * site, and worth a place in a policy that allows them.  Both have bounds.
 */

#include <cjson/cJSON.h>

#include "ngx_http_consent_endpoint.h"


/* More in one post are left aside. */
#define NGX_HTTP_CONSENT_REPORTS_MAX  64


/* Where the two kinds of reports say what: of report-uri, a report by itself;
   of report-to, an array (CSP3, 5.3 and 5.4). */

typedef struct {
    const char  *body;
    const char  *document;
    const char  *blocked;
} ngx_http_consent_report_form_t;


static ngx_http_consent_report_form_t  ngx_http_consent_report_forms[] = {
    { "csp-report", "document-uri", "blocked-uri" },
    { "body", "documentURL", "blockedURL" }
};


static void ngx_http_consent_report_body(ngx_http_request_t *r);
static void ngx_http_consent_report_note(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *body);
static void ngx_http_consent_report_one(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, cJSON *report,
    ngx_http_consent_report_form_t *form);
static ngx_uint_t ngx_http_consent_report_url(cJSON *body, const char *name,
    consent_url_t *url, uint8_t *scratch);
static ngx_uint_t ngx_http_consent_report_host(ngx_http_request_t *r,
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

    if (ctx
        && ngx_http_consent_read_body(r, NGX_HTTP_CONSENT_BODY_MAX, &body)
           == NGX_OK)
    {
        ngx_http_consent_report_note(r, ctx, &body);
    }

    ngx_http_finalize_request(r, ngx_http_consent_no_content(r));
}


static void
ngx_http_consent_report_note(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *body)
{
    cJSON       *json, *report;
    ngx_uint_t   n;

    json = cJSON_ParseWithLength((char *) body->data, body->len);

    if (cJSON_IsArray(json)) {
        n = 0;

        cJSON_ArrayForEach(report, json) {
            if (n++ == NGX_HTTP_CONSENT_REPORTS_MAX) {
                break;
            }

            ngx_http_consent_report_one(r, ctx, report,
                                        &ngx_http_consent_report_forms[1]);
        }

    } else {
        ngx_http_consent_report_one(r, ctx, json,
                                    &ngx_http_consent_report_forms[0]);
    }

    cJSON_Delete(json);
}


/* What is read is a host, and nothing else: paths and queries may tell of a
   visitor. */

static void
ngx_http_consent_report_one(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, cJSON *report,
    ngx_http_consent_report_form_t *form)
{
    cJSON           *body;
    consent_url_t    url;
    consent_str_t    host;
    static uint8_t   scratch[CONSENT_URL_BUF];

    body = cJSON_GetObjectItemCaseSensitive(report, form->body);

    /* A page of somebody else's is none of ours. */

    if (ngx_http_consent_report_url(body, form->document, &url, scratch)
        && consent_rules_third_party(&ctx->page, url.host))
    {
        return;
    }

    if (!ngx_http_consent_report_url(body, form->blocked, &url, scratch)
        || !consent_rules_third_party(&ctx->page, url.host))
    {
        return;
    }

    host = url.host;

    if (ngx_http_consent_report_host(r, ctx->conf->set->rules, host)) {
        ngx_http_consent_note_below(r, host, CONSENT_CSP_REPORTED);

    } else {
        ngx_http_consent_count_reported(r, host);
    }
}


static ngx_uint_t
ngx_http_consent_report_url(cJSON *body, const char *name,
    consent_url_t *url, uint8_t *scratch)
{
    const char     *text;
    consent_str_t   in;

    text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, name));

    if (text == NULL) {
        return 0;
    }

    in.data = (const uint8_t *) text;
    in.len = ngx_strlen(text);

    return consent_url_parse(url, NULL, in, scratch) == CONSENT_OK
           && url->network;
}


/* 1 if rules know the host.  A browser may tell no more than the origin, so
   paths are left aside. */

static ngx_uint_t
ngx_http_consent_report_host(ngx_http_request_t *r,
    const consent_rules_t *rules, consent_str_t host)
{
    unsigned    i;
    ngx_uint_t  known;

    known = 0;

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].host.len
            && consent_url_within(host, rules->rules[i].host))
        {
            known = 1;
            ngx_http_consent_note_service(r, rules->rules[i].service,
                                          CONSENT_CSP_REPORTED);
        }
    }

    return known;
}


/*
 * POST report: browsers tell what the policy refused (CSP3, 5.3), and the
 * guard what it holds: {"held":["//HOST/PATH", "=COOKIE", ...]}.  Anybody can
 * post here, so a report is counted, and believed in one thing only: that the
 * refused host, or the services which own it, are in use on this site, and
 * worth a place in a policy that allows them.  Both have bounds.
 *
 * The guard is answered as GET state is where the visitor allows some of it,
 * so that what it holds in vain can go; else 204, as are browsers.
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


typedef struct {
    ngx_http_request_t      *r;
    ngx_http_consent_ctx_t  *ctx;
    ngx_uint_t               known;
    ngx_uint_t               allowed;
    ngx_uint_t               rest;      /* rules for whole hosts have their
                                           turn, now that others had it */
} ngx_http_consent_report_rules_t;


static ngx_http_consent_report_form_t  ngx_http_consent_report_forms[] = {
    { "csp-report", "document-uri", "blocked-uri" },
    { "body", "documentURL", "blockedURL" }
};


static void ngx_http_consent_report_body(ngx_http_request_t *r);
static ngx_uint_t ngx_http_consent_report_note(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *body);
static ngx_uint_t ngx_http_consent_report_held(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, cJSON *held);
static ngx_uint_t ngx_http_consent_report_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t name);
static void ngx_http_consent_report_one(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, cJSON *report,
    ngx_http_consent_report_form_t *form);
static ngx_uint_t ngx_http_consent_report_url(cJSON *body, const char *name,
    consent_url_t *url, uint8_t *scratch);
static ngx_uint_t ngx_http_consent_report_blocked(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const consent_url_t *url);
static void ngx_http_consent_report_rule(void *data, int rule);


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
           == NGX_OK
        && ngx_http_consent_report_note(r, ctx, &body))
    {
        ngx_http_finalize_request(r, ngx_http_consent_answer_state(r, ctx));
        return;
    }

    ngx_http_finalize_request(r, ngx_http_consent_no_content(r));
}


/* 1 if it comes from the guard, which holds something that is allowed. */

static ngx_uint_t
ngx_http_consent_report_note(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *body)
{
    cJSON       *json, *report, *held;
    ngx_uint_t   n, allowed;

    json = cJSON_ParseWithLength((char *) body->data, body->len);
    held = cJSON_GetObjectItemCaseSensitive(json, "held");
    allowed = 0;

    if (cJSON_IsArray(held)) {
        allowed = ngx_http_consent_report_held(r, ctx, held);

    } else if (cJSON_IsArray(json)) {
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

    return allowed;
}


/* Names that the guard judged by: the site's own are not among them. */

static ngx_uint_t
ngx_http_consent_report_held(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, cJSON *held)
{
    cJSON           *item;
    ngx_uint_t       n, allowed;
    const char      *text;
    consent_url_t    url;
    consent_str_t    name;
    static uint8_t   scratch[CONSENT_URL_BUF];

    n = 0;
    allowed = 0;

    cJSON_ArrayForEach(item, held) {
        if (n++ == NGX_HTTP_CONSENT_REPORTS_MAX) {
            break;
        }

        text = cJSON_GetStringValue(item);

        if (text == NULL) {
            continue;
        }

        name = (consent_str_t) { ngx_strlen(text), (const uint8_t *) text };

        if (name.len && name.data[0] == '=') {
            name.data++;
            name.len--;
            allowed |= ngx_http_consent_report_cookie(r, ctx, name);

        } else if (consent_url_parse(&url, &ctx->page.url, name, scratch)
                   == CONSENT_OK
                   && url.network
                   && consent_rules_third_party(&ctx->page, url.host))
        {
            allowed |= ngx_http_consent_report_blocked(r, ctx, &url);
        }
    }

    return allowed;
}


/* 1 if the cookie is one that the visitor allows.  Names that nobody knows are
   not kept: they may tell of a visitor. */

static ngx_uint_t
ngx_http_consent_report_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t name)
{
    consent_verdict_t       verdict;
    const consent_rules_t  *rules;

    rules = ctx->conf->set->rules;

    if (consent_rules_storage(rules, CONSENT_STORAGE_COOKIE, name, &verdict)
        != CONSENT_OK)
    {
        return 0;
    }

    ngx_http_consent_note_service(r, verdict.service, CONSENT_CSP_REPORTED);

    return consent_choice_allows(&ctx->choice, rules, &verdict) ? 1 : 0;
}


/* What is kept is a host, or that services are in use, and nothing else: paths
   and queries may tell of a visitor. */

static void
ngx_http_consent_report_one(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, cJSON *report,
    ngx_http_consent_report_form_t *form)
{
    cJSON           *body;
    consent_url_t    url;
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

    (void) ngx_http_consent_report_blocked(r, ctx, &url);
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


/*
 * 1 if something of it is allowed.  A path tells which of the services of a
 * host it is; browsers may tell no more than the origin: any of them.
 */

static ngx_uint_t
ngx_http_consent_report_blocked(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const consent_url_t *url)
{
    int                               i;
    const consent_rules_t            *rules;
    ngx_http_consent_report_rules_t   found;

    rules = ctx->conf->set->rules;

    found.r = r;
    found.ctx = ctx;
    found.known = 0;
    found.allowed = 0;

    for (found.rest = 0; found.rest < 2; found.rest++) {

        if (url->path.len > 1) {
            consent_rules_match_all(rules, &ctx->page, url, CONSENT_TYPE_ANY,
                                    ngx_http_consent_report_rule, &found);
            continue;
        }

        for (i = 0; i < (int) rules->nrules; i++) {
            if (rules->rules[i].host.len
                && consent_url_within(url->host, rules->rules[i].host))
            {
                ngx_http_consent_report_rule(&found, i);
            }
        }
    }

    if (found.known) {
        ngx_http_consent_note_below(r, url->host, CONSENT_CSP_REPORTED);

    } else {
        ngx_http_consent_count_reported(r, url->host);
        found.allowed = ngx_http_consent_csp_allows(ctx, url->host);
    }

    return found.allowed;
}


/*
 * A service that has the rest of a host, but for paths which are others', would
 * open them all where it is allowed and they are not: it is not meant where one
 * of these may be, unless it is necessary.
 */

static void
ngx_http_consent_report_rule(void *data, int rule)
{
    int                               service;
    const consent_rule_t             *entry;
    const consent_rules_t            *rules;
    ngx_http_consent_ctx_t           *ctx;
    ngx_http_consent_report_rules_t  *found;

    found = data;
    ctx = found->ctx;
    rules = ctx->conf->set->rules;
    entry = &rules->rules[rule];
    service = entry->service;

    if (found->rest != (entry->path.len == 0 && entry->regex.len == 0)
        || (found->rest && (found->known & 1)
            && (rules->services[service].purposes & ~rules->necessary) != 0))
    {
        return;
    }

    found->known |= 1 + found->rest;

    ngx_http_consent_note_service(found->r, service, CONSENT_CSP_REPORTED);

    if (consent_choice_allows_service(&ctx->choice, rules, service))
    {
        found->allowed = 1;
    }
}

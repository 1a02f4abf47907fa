
/*
 * What is answered under consent_path: the preference centre, the visitor's
 * state, placeholders, the interface's files; and /.well-known/gpc.json.
 */

#include "ngx_http_consent_endpoint.h"


#define NGX_HTTP_CONSENT_READ  (NGX_HTTP_GET|NGX_HTTP_HEAD)

/* Addresses that one request may ask about. */
#define NGX_HTTP_CONSENT_FILLS_MAX  16


typedef ngx_int_t (*ngx_http_consent_answer_pt)(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);


typedef struct {
    ngx_str_t                   name;
    ngx_uint_t                  folder;     /* more of the path follows */
    ngx_uint_t                  methods;
    const char                 *allow;
    ngx_http_consent_answer_pt  handler;
} ngx_http_consent_action_t;


static ngx_int_t ngx_http_consent_get_centre(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_state(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_services(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_receipt(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_fills(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_room(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static const consent_service_t *ngx_http_consent_filling(
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_arg_t *arg);
static consent_str_t ngx_http_consent_url_arg(ngx_http_request_t *r,
    const char *name);
static int ngx_http_consent_framed(ngx_http_consent_ctx_t *ctx,
    consent_str_t url, uint32_t *purposes);
static ngx_uint_t ngx_http_consent_once(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_view_t *view, int service,
    consent_str_t url);
static uint32_t ngx_http_consent_purposes(const consent_rules_t *rules,
    ngx_str_t *keys);
static consent_str_t ngx_http_consent_framing_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_get_asset(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_post_choice(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_post_report(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_policy(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_out(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_gpc(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_get_slash(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail);
static ngx_int_t ngx_http_consent_private(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_send(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, consent_str_t body);


static ngx_str_t  ngx_http_consent_gpc_path =
    ngx_string("/.well-known/gpc.json");


/* A new thing to ask for is a row. */

static ngx_http_consent_action_t  ngx_http_consent_actions[] = {

    { ngx_string(""), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_centre },

    { ngx_string("state"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_state },

    { ngx_string("services"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_services },

    { ngx_string("policy"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_policy },

    { ngx_string("receipt"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_receipt },

    { ngx_string("placeholder"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_placeholder },

    { ngx_string("fills"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_fills },

    { ngx_string("room"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_room },

    { ngx_string("assets/"), 1, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_asset },

    { ngx_string("choice"), 0, NGX_HTTP_POST, "POST",
      ngx_http_consent_post_choice },

    { ngx_string("report"), 0, NGX_HTTP_POST, "POST",
      ngx_http_consent_post_report },

    { ngx_string("out"), 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
      ngx_http_consent_get_out },

    { ngx_null_string, 0, 0, NULL, NULL }
};


static ngx_http_consent_action_t  ngx_http_consent_gpc_action = {
    ngx_null_string, 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
    ngx_http_consent_get_gpc
};


/* The prefix without its slash, as people write it. */

static ngx_http_consent_action_t  ngx_http_consent_slash_action = {
    ngx_null_string, 0, NGX_HTTP_CONSENT_READ, "GET, HEAD",
    ngx_http_consent_get_slash
};


/*
 * The signal is honoured where something is enforced: only there may we say
 * so (GPC, 4.1).
 */
ngx_uint_t
ngx_http_consent_endpoint_path(ngx_http_consent_loc_conf_t *conf,
    ngx_str_t *uri)
{
    size_t  len;

    len = ngx_min(uri->len, conf->path.len);

    if (len >= conf->path.len - 1
        && ngx_memcmp(uri->data, conf->path.data, len) == 0)
    {
        return 1;
    }

    return conf->mode == NGX_HTTP_CONSENT_ENFORCE
           && uri->len == ngx_http_consent_gpc_path.len
           && ngx_memcmp(uri->data, ngx_http_consent_gpc_path.data, uri->len)
              == 0;
}


static ngx_http_consent_action_t *
ngx_http_consent_find_action(ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    size_t                       len;
    ngx_str_t                   *uri, *path;
    ngx_http_consent_action_t   *action;

    uri = &ctx->endpoint_uri;
    path = &ctx->endpoint_conf->path;

    if (uri->len == path->len - 1
        && ngx_memcmp(uri->data, path->data, uri->len) == 0)
    {
        return &ngx_http_consent_slash_action;
    }

    if (uri->len < path->len
        || ngx_memcmp(uri->data, path->data, path->len) != 0)
    {
        return &ngx_http_consent_gpc_action;
    }

    tail->data = uri->data + path->len;
    tail->len = uri->len - path->len;

    for (action = ngx_http_consent_actions; action->handler; action++) {
        len = action->name.len;

        if ((action->folder ? tail->len > len : tail->len == len)
            && ngx_memcmp(tail->data, action->name.data, len) == 0)
        {
            tail->data += len;
            tail->len -= len;

            return action;
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_consent_endpoint_handler(ngx_http_request_t *r)
{
    ngx_str_t                   tail, allow;
    ngx_http_consent_ctx_t     *ctx;
    ngx_http_consent_action_t  *action;

    ctx = ngx_http_consent_get_page(r);

    if (ctx == NULL || ctx->endpoint_conf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_null(&tail);
    action = ngx_http_consent_find_action(ctx, &tail);

    if (action == NULL) {
        return ngx_http_consent_refuse(r, NGX_HTTP_NOT_FOUND);
    }

    if (!(r->method & action->methods)) {
        allow.data = (u_char *) action->allow;
        allow.len = ngx_strlen(action->allow);

        if (ngx_http_consent_add_header(r, "Allow", &allow) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_consent_refuse(r, NGX_HTTP_NOT_ALLOWED);
    }

    return action->handler(r, ctx, &tail);
}


static ngx_int_t
ngx_http_consent_get_centre(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    ngx_str_t       *value;
    consent_view_t   view;

    ngx_http_consent_view(r, ctx, &view);

    value = ngx_http_consent_arg(r, "return", 0);

    if (value && ngx_http_consent_local_path(value)) {
        view.back = ngx_http_consent_str(*value);
    }

    view.saved = (ngx_http_consent_arg(r, "saved", 0) != NULL);
    view.forgotten = (ngx_http_consent_arg(r, "forgotten", 0) != NULL);

    if (ngx_http_consent_arg(r, "all", 0) == NULL) {
        view.used = ngx_http_consent_use(r);
    }

    return ngx_http_consent_answer_view(r, NGX_HTTP_OK,
                                        NGX_HTTP_CONSENT_PAGE,
                                        consent_ui_centre, &view);
}


static ngx_int_t
ngx_http_consent_get_state(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    return ngx_http_consent_answer_state(r, ctx);
}


ngx_int_t
ngx_http_consent_answer_state(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_view_t  view;

    ngx_http_consent_view(r, ctx, &view);

    if (ngx_http_consent_view_guard(r, ctx, &view) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_answer_view(r, NGX_HTTP_OK,
                                        NGX_HTTP_CONSENT_JSON,
                                        consent_ui_state, &view);
}


static ngx_int_t
ngx_http_consent_get_services(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    consent_view_t  view;

    ngx_http_consent_view(r, ctx, &view);

    return ngx_http_consent_answer_view(r, NGX_HTTP_OK,
                                        NGX_HTTP_CONSENT_JSON,
                                        consent_ui_services, &view);
}


static ngx_int_t
ngx_http_consent_get_policy(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    return ngx_http_consent_policy_handler(r, ctx);
}


static ngx_int_t
ngx_http_consent_get_receipt(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    consent_buf_t     b;
    consent_mem_t     mem;
    consent_view_t    view;
    consent_record_t  record;

    ngx_http_consent_view(r, ctx, &view);
    ngx_memzero(&record, sizeof(consent_record_t));

    record.rules = view.rules;
    record.choice = view.choice;
    record.lang = view.lang;
    record.site = ctx->page.url.host;
    record.now = ngx_time();

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);
    consent_record_receipt(&b, &record, ctx->conf->cookie_max_age);

    return ngx_http_consent_answer(r, NGX_HTTP_OK, NGX_HTTP_CONSENT_JSON, &b);
}


static ngx_int_t
ngx_http_consent_get_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    int              service;
    uint32_t         purposes;
    ngx_str_t       *value;
    consent_buf_t    b;
    consent_mem_t    mem;
    consent_str_t    url, original;
    consent_view_t   view;

    ngx_http_consent_view(r, ctx, &view);
    view.back = ngx_http_consent_framing_page(r, ctx);

    purposes = 0;
    url = ngx_http_consent_url_arg(r, "url");
    original = ngx_http_consent_url_arg(r, "original");

    value = ngx_http_consent_arg(r, "service", 0);

    service = value ? consent_rules_service(view.rules,
                                            ngx_http_consent_str(*value))
                    : ngx_http_consent_framed(ctx, url, &purposes);

    value = ngx_http_consent_arg(r, "purpose", 0);

    if (value) {
        purposes = ngx_http_consent_purposes(view.rules, value);
    }

    if (purposes == 0) {
        purposes = service == CONSENT_NO_SERVICE
                   ? ctx->page.unclassified
                   : view.rules->services[service].purposes;
    }

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);

    if (ngx_http_consent_arg(r, "once", 0)
        && ngx_http_consent_once(r, ctx, &view, service, url))
    {
        consent_ui_once(&b, &view, service, url);

    } else {
        consent_ui_placeholder(&b, &view, service, purposes, url, original);
    }

    return ngx_http_consent_answer(r, NGX_HTTP_OK, NGX_HTTP_CONSENT_PAGE, &b);
}


/* A URL in the query; empty if there is none, or too long a one. */
static consent_str_t
ngx_http_consent_url_arg(ngx_http_request_t *r, const char *name)
{
    ngx_str_t  *value;

    value = ngx_http_consent_arg(r, name, 0);

    return value && value->len <= CONSENT_URL_MAX
           ? ngx_http_consent_str(*value) : consent_str("");
}


/* The service of a frame that a script of the page made: only its URL is
   known there. */
static int
ngx_http_consent_framed(ngx_http_consent_ctx_t *ctx, consent_str_t url,
    uint32_t *purposes)
{
    consent_url_t      frame;
    consent_verdict_t  verdict;
    static uint8_t     scratch[CONSENT_URL_BUF];

    if (consent_url_parse(&frame, NULL, url, scratch) != CONSENT_OK) {
        return CONSENT_NO_SERVICE;
    }

    consent_rules_match(ctx->conf->set->rules, &ctx->page, &frame,
                        CONSENT_TYPE_FRAME, &verdict);
    *purposes = verdict.purposes;

    return verdict.service;
}


/*
 * GET fills?url=…&url=…: what scripts of these addresses fill, of services
 * that the visitor has not allowed.  A page asks where its own scripts asked
 * for them, which no markup shows.
 */
static ngx_int_t
ngx_http_consent_get_fills(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    unsigned                 i, n;
    ngx_str_t                args;
    consent_buf_t            b;
    consent_mem_t            mem;
    consent_view_t           view;
    const consent_service_t *service;
    ngx_http_consent_arg_t   arg;

    ngx_http_consent_view(r, ctx, &view);

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);
    consent_buf_add_c(&b, "[");

    args = r->args;
    n = 0;

    for (i = 0; i < NGX_HTTP_CONSENT_FILLS_MAX; i++) {

        if (ngx_http_consent_arg_next(r->pool, &args, 0, &arg) != NGX_OK) {
            break;
        }

        service = ngx_http_consent_filling(ctx, &arg);

        if (service) {
            consent_buf_add_c(&b, n++ ? "," : "");
            consent_rules_fills(&b, view.rules, service);
        }
    }

    consent_buf_add_c(&b, "]");

    return ngx_http_consent_answer(r, NGX_HTTP_OK, NGX_HTTP_CONSENT_JSON, &b);
}


/* GET room?service=ID: the style of what stands for that which it fills. */
static ngx_int_t
ngx_http_consent_get_room(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    int              service;
    ngx_str_t       *value;
    consent_buf_t    b;
    consent_mem_t    mem;
    consent_view_t   view;

    ngx_http_consent_view(r, ctx, &view);

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);

    value = ngx_http_consent_arg(r, "service", 0);

    service = value ? consent_rules_service(view.rules,
                                            ngx_http_consent_str(*value))
                    : CONSENT_NO_SERVICE;

    if (service != CONSENT_NO_SERVICE
        && view.rules->services[service].nfills)
    {
        consent_ui_room_style(&b, &view, service);
    }

    return ngx_http_consent_answer(r, NGX_HTTP_OK, NGX_HTTP_CONSENT_STYLE,
                                   &b);
}


static const consent_service_t *
ngx_http_consent_filling(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_arg_t *arg)
{
    consent_url_t             url;
    consent_verdict_t         verdict;
    const consent_rules_t    *rules;
    const consent_service_t  *service;
    static uint8_t            scratch[CONSENT_URL_BUF];

    rules = ctx->conf->set->rules;

    if (arg->name.len != 3 || ngx_memcmp(arg->name.data, "url", 3) != 0
        || arg->value.len > CONSENT_URL_MAX
        || consent_url_parse(&url, NULL, ngx_http_consent_str(arg->value),
                             scratch)
           != CONSENT_OK)
    {
        return NULL;
    }

    consent_rules_match(rules, &ctx->page, &url, CONSENT_TYPE_SCRIPT,
                        &verdict);

    if (verdict.service == CONSENT_NO_SERVICE
        || consent_choice_allows_service(&ctx->choice, rules,
                                         verdict.service))
    {
        return NULL;
    }

    service = &rules->services[verdict.service];

    return service->nfills ? service : NULL;
}


/*
 * 1 if a visitor asked at our placeholder for this URL, which is the
 * service's: else a link made by somebody could show any page under the
 * site's name.  Sets what the policy needs.
 */
static ngx_uint_t
ngx_http_consent_once(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_view_t *view, int service, consent_str_t url)
{
    ngx_str_t           page;
    consent_url_t       original;
    consent_verdict_t   verdict;
    static uint8_t      scratch[CONSENT_URL_BUF];

    static ngx_str_t  tail = ngx_string("placeholder?");

    page.data = (u_char *) view->back.data;
    page.len = view->back.len;

    if (page.len <= ctx->conf->path.len + tail.len
        || ngx_memcmp(page.data, ctx->conf->path.data, ctx->conf->path.len)
           != 0
        || ngx_memcmp(page.data + ctx->conf->path.len, tail.data, tail.len)
           != 0
        || consent_url_parse(&original, NULL, url, scratch) != CONSENT_OK
        || !original.network
        || !(consent_str_eq(original.scheme, consent_str("https"))
             || consent_str_eq(original.scheme, consent_str("http"))))
    {
        return 0;
    }

    consent_rules_match(ctx->conf->set->rules, &ctx->page, &original,
                        CONSENT_TYPE_FRAME, &verdict);

    if (verdict.service != service) {
        return 0;
    }

    ctx->frame = 1;

    return 1;
}


/* Keys joined by "+", which may have come as a space; unknown ones drop. */
static uint32_t
ngx_http_consent_purposes(const consent_rules_t *rules, ngx_str_t *keys)
{
    int            bit;
    size_t         i, start;
    uint32_t       mask;
    consent_str_t  key;

    mask = 0;
    start = 0;

    for (i = 0; i <= keys->len; i++) {

        if (i < keys->len && keys->data[i] != '+' && keys->data[i] != ' ') {
            continue;
        }

        key.data = keys->data + start;
        key.len = i - start;
        start = i + 1;

        bit = key.len ? consent_rules_purpose(rules, key) : -1;

        if (bit >= 0) {
            mask |= (uint32_t) 1 << bit;
        }
    }

    return mask;
}


/* Path and query of the Referer, if it is a page of this host. */
static consent_str_t
ngx_http_consent_framing_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    size_t            len;
    ngx_str_t         path;
    consent_str_t     none;
    consent_url_t     url;
    ngx_table_elt_t  *h;
    static uint8_t    scratch[CONSENT_URL_BUF];

    none.data = NULL;
    none.len = 0;

    h = ngx_http_consent_header_in(r, "Referer", 7);

    if (h == NULL
        || consent_url_parse(&url, NULL, ngx_http_consent_str(h->value),
                             scratch)
           != CONSENT_OK
        || !url.network || !consent_str_eq(url.host, ctx->page.url.host))
    {
        return none;
    }

    len = url.path.len + (url.query.len ? 1 + url.query.len : 0);

    path.data = ngx_pnalloc(r->pool, len);
    if (path.data == NULL) {
        return none;
    }

    path.len = ngx_cpymem(path.data, url.path.data, url.path.len) - path.data;

    if (url.query.len) {
        path.data[path.len++] = '?';
        ngx_memcpy(path.data + path.len, url.query.data, url.query.len);
        path.len += url.query.len;
    }

    return ngx_http_consent_local_path(&path) ? ngx_http_consent_str(path)
                                              : none;
}


/* A new version has another URL, so a file may be kept for good. */
static ngx_int_t
ngx_http_consent_get_asset(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    ngx_int_t               rc;
    consent_asset_t         theme;
    const consent_asset_t  *asset;

    static ngx_str_t  value =
        ngx_string("public, max-age=31536000, immutable");

    asset = consent_ui_asset(ngx_http_consent_str(*tail));

    if (asset == NULL
        && consent_look_asset(ctx->conf->look, ngx_http_consent_str(*tail),
                              &theme)
           == CONSENT_OK)
    {
        asset = &theme;
    }

    if (asset == NULL) {
        return ngx_http_consent_refuse(r, NGX_HTTP_NOT_FOUND);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_consent_add_header(r, "Cache-Control", &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_send(r, NGX_HTTP_OK, asset->type, asset->body);
}


static ngx_int_t
ngx_http_consent_post_choice(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    return ngx_http_consent_post_handler(r, ctx);
}


static ngx_int_t
ngx_http_consent_post_report(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *tail)
{
    return ngx_http_consent_report_handler(r, ctx);
}


static ngx_int_t
ngx_http_consent_get_out(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_str_t *tail)
{
    return ngx_http_consent_out_handler(r, ctx);
}


static ngx_int_t
ngx_http_consent_get_gpc(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_str_t *tail)
{
    u_char                         date[sizeof("2026-11-22")];
    ngx_tm_t                       tm;
    consent_buf_t                  b;
    consent_mem_t                  mem;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    ngx_gmtime(mcf->loaded, &tm);
    *ngx_sprintf(date, "%4d-%02d-%02d", tm.ngx_tm_year, tm.ngx_tm_mon,
                 tm.ngx_tm_mday) = '\0';

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);

    consent_buf_add_c(&b, "{\"gpc\":true,\"lastUpdate\":\"");
    consent_buf_add_c(&b, (char *) date);
    consent_buf_add_c(&b, "\"}\n");

    return ngx_http_consent_answer(r, NGX_HTTP_OK, NGX_HTTP_CONSENT_JSON, &b);
}


static ngx_int_t
ngx_http_consent_get_slash(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_str_t *tail)
{
    u_char     *p;
    ngx_str_t   to;

    to = ctx->conf->path;

    if (r->args.len) {
        p = ngx_pnalloc(r->pool, to.len + 1 + r->args.len);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        to.data = p;
        p = ngx_cpymem(p, ctx->conf->path.data, to.len);
        *p++ = '?';
        p = ngx_cpymem(p, r->args.data, r->args.len);
        to.len = p - to.data;

        if (!ngx_http_consent_local_path(&to)) {
            to = ctx->conf->path;
        }
    }

    return ngx_http_consent_redirect(r, NGX_HTTP_MOVED_PERMANENTLY, &to);
}


static ngx_int_t
ngx_http_consent_private(ngx_http_request_t *r)
{
    static ngx_str_t  value = ngx_string("no-store, private");

    return ngx_http_consent_add_header(r, "Cache-Control", &value);
}


ngx_int_t
ngx_http_consent_no_content(ngx_http_request_t *r)
{
    consent_str_t  none;

    none.data = NULL;
    none.len = 0;

    if (ngx_http_consent_private(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_send(r, NGX_HTTP_NO_CONTENT, NULL, none);
}


ngx_int_t
ngx_http_consent_refuse(ngx_http_request_t *r, ngx_int_t status)
{
    if (ngx_http_consent_private(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return status;
}


ngx_int_t
ngx_http_consent_redirect(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *path)
{
    consent_buf_t  none;

    if (ngx_http_consent_add_header(r, "Location", path) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&none, sizeof(consent_buf_t));

    return ngx_http_consent_answer(r, status, NULL, &none);
}


ngx_int_t
ngx_http_consent_answer_view(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, ngx_http_consent_write_pt write,
    const consent_view_t *view)
{
    consent_buf_t  b;
    consent_mem_t  mem;

    mem = ngx_http_consent_mem(r->pool);

    consent_buf_init(&b, &mem);
    write(&b, view);

    return ngx_http_consent_answer(r, status, type, &b);
}


ngx_int_t
ngx_http_consent_answer(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, const consent_buf_t *body)
{
    ngx_int_t  rc;

    static ngx_str_t  nosniff = ngx_string("nosniff");
    static ngx_str_t  noindex = ngx_string("noindex");

    if (body->failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_consent_private(r) != NGX_OK
        || ngx_http_consent_add_header(r, "X-Content-Type-Options", &nosniff)
           != NGX_OK
        || ngx_http_consent_add_header(r, "X-Robots-Tag", &noindex) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_send(r, status, type, consent_buf_str(body));
}


static ngx_int_t
ngx_http_consent_send(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, consent_str_t body)
{
    u_char       *p;
    ngx_buf_t    *b;
    ngx_int_t     rc;
    ngx_chain_t   out;

    r->headers_out.status = status;
    r->headers_out.content_length_n = body.len;

    if (type) {
        r->headers_out.content_type.data = (u_char *) type;
        r->headers_out.content_type.len = ngx_strlen(type);
        r->headers_out.content_type_lowcase = NULL;

        p = (u_char *) ngx_strchr(type, ';');

        r->headers_out.content_type_len = p ? (size_t) (p - (u_char *) type)
                                         : r->headers_out.content_type.len;
    }

    if (body.len == 0) {
        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = (u_char *) body.data;
    b->last = b->pos + body.len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/*
 * POST choice: who may ask, what they ask for, and keeping it.
 *
 * The order of things is what makes a choice provable: the record is written
 * first, and only then does the visitor get a cookie.
 */

#include <cjson/cJSON.h>
#include <openssl/rand.h>

#include "ngx_http_consent_endpoint.h"


typedef struct {
    consent_action_t   action;
    ngx_uint_t         actions;     /* how often it was named */
    uint32_t           granted;
    ngx_array_t        overrides;   /* consent_override_t */
    ngx_str_t          back;
    unsigned           forget:1;    /* a withdrawal that leaves no cookie */
} ngx_http_consent_post_t;


static off_t ngx_http_consent_post_max(ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_post_type(ngx_http_request_t *r,
    ngx_uint_t *json);
static ngx_int_t ngx_http_consent_post_origin(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_post_refused(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_post_same_host(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value);
static ngx_uint_t ngx_http_consent_post_host_fits(consent_url_t *a,
    consent_url_t *b);
static void ngx_http_consent_post_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_post_answer(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_post_form(ngx_http_request_t *r,
    const consent_rules_t *rules, ngx_str_t *body,
    ngx_http_consent_post_t *post);
static ngx_int_t ngx_http_consent_post_field(ngx_http_request_t *r,
    const consent_rules_t *rules, ngx_http_consent_arg_t *arg,
    ngx_http_consent_post_t *post);
static ngx_int_t ngx_http_consent_post_json(ngx_http_request_t *r,
    const consent_rules_t *rules, ngx_str_t *body,
    ngx_http_consent_post_t *post);
static ngx_int_t ngx_http_consent_post_object(const cJSON *json,
    const consent_rules_t *rules, ngx_http_consent_post_t *post);
static ngx_int_t ngx_http_consent_post_action(ngx_http_consent_post_t *post,
    consent_str_t name);
static void ngx_http_consent_post_grant(ngx_http_consent_post_t *post,
    const consent_rules_t *rules, consent_str_t key);
static ngx_int_t ngx_http_consent_post_switch(ngx_http_consent_post_t *post,
    const consent_rules_t *rules, consent_str_t id, unsigned on);
static ngx_int_t ngx_http_consent_post_keep(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_post_t *post);
static ngx_int_t ngx_http_consent_post_record(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_action_t action,
    const consent_choice_t *choice);
static ngx_int_t ngx_http_consent_post_forget(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_post_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, u_char *value, size_t len, time_t max_age);
static ngx_uint_t ngx_http_consent_post_secure(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf);
static ngx_int_t ngx_http_consent_post_twins(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_post_redirect(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *back);


static ngx_str_t  ngx_http_consent_samesites[] = {
    ngx_string("Lax"),
    ngx_string("Strict"),
    ngx_string("None")
};


ngx_int_t
ngx_http_consent_post_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_int_t   rc;
    ngx_uint_t  json;

    if (r->headers_in.content_length_n > ngx_http_consent_post_max(ctx)) {
        return ngx_http_consent_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
    }

    if (ngx_http_consent_post_type(r, &json) != NGX_OK) {
        return ngx_http_consent_refuse(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE);
    }

    if (ngx_http_consent_post_origin(r, ctx) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "consent: choice refused: it comes from a page of "
                      "another origin, or a proxy in front does not pass "
                      "\"Host\" on");

        return json ? ngx_http_consent_refuse(r, NGX_HTTP_FORBIDDEN)
                    : ngx_http_consent_post_refused(r, ctx);
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_consent_post_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static off_t
ngx_http_consent_post_max(ngx_http_consent_ctx_t *ctx)
{
    return NGX_HTTP_CONSENT_BODY_MAX
           + (off_t) ctx->conf->set->rules->nservices
             * NGX_HTTP_CONSENT_BODY_SERVICE;
}


static ngx_int_t
ngx_http_consent_post_type(ngx_http_request_t *r, ngx_uint_t *json)
{
    size_t      i, len;
    ngx_str_t  *type;

    static ngx_str_t  types[] = {
        ngx_string("application/x-www-form-urlencoded"),
        ngx_string("application/json")
    };

    if (r->headers_in.content_type == NULL) {
        return NGX_DECLINED;
    }

    type = &r->headers_in.content_type->value;

    for (len = 0; len < type->len; len++) {
        if (type->data[len] == ';' || type->data[len] == ' '
            || type->data[len] == '\t')
        {
            break;
        }
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].len == len
            && ngx_strncasecmp(types[i].data, type->data, len) == 0)
        {
            *json = i;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/*
 * A choice is the visitor's own only if a page of this very origin sent it.
 * Sec-Fetch-Site is the browser's own word, which no page can put in its
 * mouth, and it knows the origin as the visitor sees it, whatever a proxy
 * before us has made of Host.  Browsers that do not send it say Origin or
 * Referer, and these must fit Host, or X-Forwarded-Host, which no page can
 * send across origins unasked (Fetch, CORS-preflight).  Where there is no sign
 * at all, it was no browser that has followed a link or a form.
 */
static ngx_int_t
ngx_http_consent_post_origin(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t  *h;

    h = ngx_http_consent_header_in(r, "Sec-Fetch-Site", 14);

    if (h) {
        return h->value.len == sizeof("same-origin") - 1
               && ngx_strncmp(h->value.data, "same-origin", h->value.len) == 0
               ? NGX_OK : NGX_DECLINED;
    }

    h = ngx_http_consent_header_in(r, "Origin", 6);

    if (h == NULL) {
        h = ngx_http_consent_header_in(r, "Referer", 7);
    }

    return h == NULL || ngx_http_consent_post_same_host(r, ctx, &h->value)
           ? NGX_OK : NGX_DECLINED;
}


/*
 * A person pressed a button, in a sandbox without an origin as well: they are
 * told why nothing was saved, and where it can be.
 */
static ngx_int_t
ngx_http_consent_post_refused(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_view_t  view;

    ngx_http_consent_view(r, ctx, &view);

    return ngx_http_consent_answer_view(r, NGX_HTTP_FORBIDDEN,
                                        NGX_HTTP_CONSENT_PAGE,
                                        consent_ui_refused, &view);
}


/*
 * The scheme is left out: before us there may be a proxy that speaks TLS,
 * and then the port says nothing either as long as it is a default one.
 */
static ngx_uint_t
ngx_http_consent_post_same_host(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value)
{
    u_char           *p;
    size_t            len;
    consent_str_t     host;
    consent_url_t     url, own;
    ngx_table_elt_t  *h;
    static uint8_t    scratch[CONSENT_URL_BUF], other[CONSENT_URL_BUF];

    if (consent_url_parse(&url, NULL, ngx_http_consent_str(*value), scratch)
        != CONSENT_OK
        || !url.network || url.host.len == 0)
    {
        return 0;
    }

    if (ngx_http_consent_post_host_fits(&url, &ctx->page.url)) {
        return 1;
    }

    h = ngx_http_consent_header_in(r, "X-Forwarded-Host", 16);

    if (h == NULL) {
        return 0;
    }

    /* Of several proxies the first one has seen what the browser sent. */

    for (len = 0; len < h->value.len && h->value.data[len] != ','; len++) {
        /* void */
    }

    host.len = sizeof("http://") - 1 + len;

    p = ngx_pnalloc(r->pool, host.len);
    if (p == NULL) {
        return 0;
    }

    host.data = p;
    p = ngx_cpymem(p, "http://", sizeof("http://") - 1);
    ngx_memcpy(p, h->value.data, len);

    return consent_url_parse(&own, NULL, host, other) == CONSENT_OK
           && ngx_http_consent_post_host_fits(&url, &own);
}


static ngx_uint_t
ngx_http_consent_post_host_fits(consent_url_t *a, consent_url_t *b)
{
    ngx_uint_t  one, two;

    one = (a->port == 80 || a->port == 443) ? 0 : a->port;
    two = (b->port == 80 || b->port == 443) ? 0 : b->port;

    return one == two && consent_str_eq(a->host, b->host);
}


static void
ngx_http_consent_post_body(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_consent_post_answer(r));
}


static ngx_int_t
ngx_http_consent_post_answer(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_str_t                 body;
    ngx_uint_t                json;
    ngx_http_consent_ctx_t   *ctx;
    ngx_http_consent_post_t   post;

    ctx = ngx_http_consent_get_page(r);

    if (ctx == NULL || ngx_http_consent_post_type(r, &json) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&post, sizeof(ngx_http_consent_post_t));

    if (ngx_array_init(&post.overrides, r->pool, 8,
                       sizeof(consent_override_t))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_consent_read_body(r, ngx_http_consent_post_max(ctx), &body);

    if (rc == NGX_OK) {
        rc = json ? ngx_http_consent_post_json(r, ctx->conf->set->rules,
                                               &body, &post)
                  : ngx_http_consent_post_form(r, ctx->conf->set->rules,
                                               &body, &post);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_consent_post_keep(r, ctx, &post);
    }

    if (rc != NGX_OK) {
        return ngx_http_consent_refuse(r, rc);
    }

    if (!json) {
        return ngx_http_consent_post_redirect(r, ctx, &post.back);
    }

    return ngx_http_consent_answer_state(r, ctx);
}


static ngx_int_t
ngx_http_consent_post_form(ngx_http_request_t *r,
    const consent_rules_t *rules, ngx_str_t *body,
    ngx_http_consent_post_t *post)
{
    ngx_int_t               rc;
    ngx_str_t               text;
    ngx_http_consent_arg_t  arg;

    text = *body;

    for ( ;; ) {
        rc = ngx_http_consent_arg_next(r->pool, &text, 1, &arg);

        if (rc == NGX_ERROR) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (rc == NGX_DONE) {
            break;
        }

        rc = ngx_http_consent_post_field(r, rules, &arg, post);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return post->actions == 1 ? NGX_OK : NGX_HTTP_BAD_REQUEST;
}


static ngx_int_t
ngx_http_consent_post_field(ngx_http_request_t *r,
    const consent_rules_t *rules, ngx_http_consent_arg_t *arg,
    ngx_http_consent_post_t *post)
{
    consent_str_t  name, value;

    static ngx_str_t  service = ngx_string("service.");

    name = ngx_http_consent_str(arg->name);
    value = ngx_http_consent_str(arg->value);

    if (consent_str_eq(name, consent_str("action"))) {
        return ngx_http_consent_post_action(post, value);
    }

    if (consent_str_eq(name, consent_str("granted"))) {
        ngx_http_consent_post_grant(post, rules, value);
        return NGX_OK;
    }

    if (consent_str_eq(name, consent_str("return"))) {
        post->back = arg->value;
        return NGX_OK;
    }

    if (name.len <= service.len
        || ngx_memcmp(name.data, service.data, service.len) != 0
        || value.len == 0)
    {
        /* an empty value leaves a service to its purposes */
        return NGX_OK;
    }

    if (value.len != 1 || (value.data[0] | 1) != '1') {
        return NGX_HTTP_BAD_REQUEST;
    }

    name.data += service.len;
    name.len -= service.len;

    return ngx_http_consent_post_switch(post, rules, name,
                                        value.data[0] == '1');
}


static ngx_int_t
ngx_http_consent_post_json(ngx_http_request_t *r,
    const consent_rules_t *rules, ngx_str_t *body,
    ngx_http_consent_post_t *post)
{
    size_t       i;
    cJSON       *json;
    ngx_int_t    rc;
    const char  *end;

    /* cJSON takes all control characters for blanks; RFC 8259 has four. */

    for (i = 0; i < body->len; i++) {
        if (body->data[i] < ' ' && body->data[i] != '\t'
            && body->data[i] != CR && body->data[i] != LF)
        {
            return NGX_HTTP_BAD_REQUEST;
        }
    }

    json = cJSON_ParseWithLengthOpts((char *) body->data, body->len, &end, 0);

    if (json == NULL) {
        return NGX_HTTP_BAD_REQUEST;
    }

    rc = ngx_http_consent_post_object(json, rules, post);

    while (rc == NGX_OK && end < (char *) body->data + body->len) {
        if (*end != ' ' && *end != '\t' && *end != CR && *end != LF) {
            rc = NGX_HTTP_BAD_REQUEST;
        }

        end++;
    }

    cJSON_Delete(json);

    return rc;
}


static ngx_int_t
ngx_http_consent_post_object(const cJSON *json, const consent_rules_t *rules,
    ngx_http_consent_post_t *post)
{
    ngx_int_t      rc;
    const cJSON   *action, *list, *item;
    consent_str_t  word;

    action = cJSON_GetObjectItemCaseSensitive(json, "action");

    if (!cJSON_IsObject(json) || !cJSON_IsString(action)) {
        return NGX_HTTP_BAD_REQUEST;
    }

    word.data = (const uint8_t *) action->valuestring;
    word.len = ngx_strlen(action->valuestring);

    rc = ngx_http_consent_post_action(post, word);

    if (rc != NGX_OK) {
        return rc;
    }

    list = cJSON_GetObjectItemCaseSensitive(json, "granted");

    if (list && !cJSON_IsArray(list)) {
        return NGX_HTTP_BAD_REQUEST;
    }

    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsString(item)) {
            return NGX_HTTP_BAD_REQUEST;
        }

        word.data = (const uint8_t *) item->valuestring;
        word.len = ngx_strlen(item->valuestring);

        ngx_http_consent_post_grant(post, rules, word);
    }

    list = cJSON_GetObjectItemCaseSensitive(json, "services");

    if (list && !cJSON_IsObject(list)) {
        return NGX_HTTP_BAD_REQUEST;
    }

    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsBool(item)) {
            return NGX_HTTP_BAD_REQUEST;
        }

        word.data = (const uint8_t *) item->string;
        word.len = ngx_strlen(item->string);

        rc = ngx_http_consent_post_switch(post, rules, word,
                                          cJSON_IsTrue(item) ? 1 : 0);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_post_action(ngx_http_consent_post_t *post,
    consent_str_t name)
{
    post->actions++;

    if (consent_str_eq(name, consent_str("forget"))) {
        post->action = CONSENT_ACTION_WITHDRAW;
        post->forget = 1;
        return NGX_OK;
    }

    if (consent_action_parse(&post->action, name) != CONSENT_OK) {
        return NGX_HTTP_BAD_REQUEST;
    }

    return NGX_OK;
}


/*
 * A purpose or a service that the rules do not know grants nothing: the page
 * may be older than they are.
 */
static void
ngx_http_consent_post_grant(ngx_http_consent_post_t *post,
    const consent_rules_t *rules, consent_str_t key)
{
    int  bit;

    bit = consent_rules_purpose(rules, key);

    if (bit >= 0) {
        post->granted |= (uint32_t) 1 << bit;
    }
}


static ngx_int_t
ngx_http_consent_post_switch(ngx_http_consent_post_t *post,
    const consent_rules_t *rules, consent_str_t id, unsigned on)
{
    int                  service;
    consent_override_t  *override;

    service = consent_rules_service(rules, id);

    if (service == CONSENT_NO_SERVICE) {
        return NGX_OK;
    }

    override = ngx_array_push(&post->overrides);
    if (override == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    override->service = service;
    override->on = on & 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_post_keep(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_post_t *post)
{
    size_t             len;
    u_char            *value, random[16];
    consent_choice_t  *choice;

    const consent_rules_t  *rules;

    rules = ctx->conf->rules;

    if (post->forget && ctx->choice.issued == 0) {
        return ngx_http_consent_post_forget(r, ctx);
    }

    choice = ngx_palloc(r->pool, sizeof(consent_choice_t));
    value = ngx_pnalloc(r->pool, CONSENT_COOKIE_MAX);

    if (choice == NULL || value == NULL || RAND_bytes(random, 16) != 1) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    consent_choice_make(choice, rules, ctx->choice.regime, post->action,
                        post->granted, post->overrides.elts,
                        post->overrides.nelts, ctx->choice.gpc, &ctx->choice,
                        random, ngx_time());

    len = consent_choice_write(choice, rules, ctx->conf->keys, value);

    if (len == 0) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "consent: the choice does not fit into a cookie");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_consent_post_record(r, ctx, post->action, choice) != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_http_consent_count_choice(r, post->action);

    if (post->forget) {
        return ngx_http_consent_post_forget(r, ctx);
    }

    if (ngx_http_consent_post_twins(r, ctx) != NGX_OK
        || ngx_http_consent_post_cookie(r, ctx, value, len,
                                        ctx->conf->cookie_max_age)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->choice = *choice;
    ctx->changed = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_post_record(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_action_t action,
    const consent_choice_t *choice)
{
    consent_view_t                view;
    consent_record_t              entry;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    if (scf->record == NULL) {
        return NGX_OK;
    }

    ngx_http_consent_view(r, ctx, &view);

    entry.rules = view.rules;
    entry.choice = choice;
    entry.action = action;
    entry.lang = view.lang;
    entry.site = ctx->page.url.host;
    entry.now = ngx_time();

    return ngx_http_consent_record_append(r, scf->record, &entry);
}


/* Of the choice nothing stays with the visitor: as if it was never made. */
static ngx_int_t
ngx_http_consent_post_forget(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_str_t  none;

    if (ngx_http_consent_post_twins(r, ctx) != NGX_OK
        || ngx_http_consent_post_cookie(r, ctx, (u_char *) "", 0, 0)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    none.data = NULL;
    none.len = 0;

    consent_choice_read(&ctx->choice, ctx->conf->rules, ctx->conf->keys,
                        ctx->choice.regime, none, ctx->choice.gpc, ngx_time(),
                        ctx->conf->cookie_max_age);
    ctx->changed = 1;

    return NGX_OK;
}


/*
 * HttpOnly: scripts learn the state from the endpoint, without the id, and
 * can't forge a choice.
 */
static ngx_int_t
ngx_http_consent_post_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, u_char *value, size_t len, time_t max_age)
{
    u_char                       *p;
    ngx_str_t                     field;
    ngx_http_consent_loc_conf_t  *conf;

    conf = ctx->conf;

    field.len = conf->cookie.len + sizeof("=") - 1 + len
                + sizeof("; Path=") - 1 + conf->cookie_path.len
                + sizeof("; Domain=") - 1 + conf->cookie_domain.len
                + sizeof("; Max-Age=") - 1 + NGX_TIME_T_LEN
                + sizeof("; SameSite=Strict; Secure; HttpOnly") - 1;

    p = ngx_pnalloc(r->pool, field.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    field.data = p;

    p = ngx_cpymem(p, conf->cookie.data, conf->cookie.len);
    *p++ = '=';
    p = ngx_cpymem(p, value, len);
    p = ngx_sprintf(p, "; Path=%V; Max-Age=%T", &conf->cookie_path,
                    max_age);

    if (conf->cookie_domain.len) {
        p = ngx_sprintf(p, "; Domain=%V", &conf->cookie_domain);
    }

    p = ngx_sprintf(p, "; SameSite=%V",
                    &ngx_http_consent_samesites[conf->cookie_samesite]);

    if (ngx_http_consent_post_secure(r, conf)) {
        p = ngx_cpymem(p, "; Secure", sizeof("; Secure") - 1);
    }

    p = ngx_cpymem(p, "; HttpOnly", sizeof("; HttpOnly") - 1);
    field.len = p - field.data;

    return ngx_http_consent_add_header(r, "Set-Cookie", &field);
}


/*
 * A browser takes SameSite=None and the name prefixes only with Secure.
 * X-Forwarded-Proto is set by a proxy that speaks TLS for us; whoever else
 * sends it changes nothing but their own cookie.
 */
static ngx_uint_t
ngx_http_consent_post_secure(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_table_elt_t  *h;

    if (ngx_http_consent_is_tls(r)
        || conf->cookie_samesite == NGX_HTTP_CONSENT_SAMESITE_NONE
        || (conf->cookie.len > 2 && conf->cookie.data[0] == '_'
            && conf->cookie.data[1] == '_'))
    {
        return 1;
    }

    h = ngx_http_consent_header_in(r, "X-Forwarded-Proto", 17);

    return h && h->value.len == 5
           && ngx_strncasecmp(h->value.data, (u_char *) "https", 5) == 0;
}


/*
 * Where our cookie stands more than once, one of them was set for another
 * domain, and would spoil the new one too: all but ours are deleted.
 */
static ngx_int_t
ngx_http_consent_post_twins(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    unsigned       count;
    ngx_str_t     *cookie;
    consent_str_t  name, domain, host, site, none;

    name = ngx_http_consent_str(ctx->conf->cookie);
    cookie = ngx_http_consent_get_cookie(r);
    if (cookie == NULL) {
        return NGX_ERROR;
    }

    (void) consent_cookie_find(ngx_http_consent_str(*cookie), name, &count);

    if (count < 2) {
        return NGX_OK;
    }

    none.data = NULL;
    none.len = 0;

    domain = ngx_http_consent_str(ctx->conf->cookie_domain);

    if (domain.len && domain.data[0] == '.') {
        domain.data++;
        domain.len--;
    }

    host = ctx->page.url.host;
    site = ctx->page.site;

    if (domain.len && ngx_http_consent_expire_name(r, name, none) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!consent_str_caseeq(host, domain)
        && ngx_http_consent_expire_name(r, name, host) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!consent_str_eq(site, host) && !consent_str_caseeq(site, domain)) {
        return ngx_http_consent_expire_name(r, name, site);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_post_redirect(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_str_t *back)
{
    u_char     *p;
    ngx_str_t   path;

    if (ngx_http_consent_local_path(back)) {
        path = *back;

    } else {
        path.len = ctx->conf->path.len + sizeof("?saved=1") - 1;
        path.data = ngx_pnalloc(r->pool, path.len);
        if (path.data == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        p = ngx_cpymem(path.data, ctx->conf->path.data, ctx->conf->path.len);
        ngx_memcpy(p, "?saved=1", sizeof("?saved=1") - 1);
    }

    return ngx_http_consent_redirect(r, NGX_HTTP_SEE_OTHER, &path);
}

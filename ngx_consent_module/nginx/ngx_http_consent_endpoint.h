
/*
 * Between the files that answer under consent_path.
 */

#ifndef NGX_HTTP_CONSENT_ENDPOINT_H
#define NGX_HTTP_CONSENT_ENDPOINT_H


#include "ngx_http_consent.h"


/* ngx_http_consent_endpoint.c */

#define NGX_HTTP_CONSENT_PAGE  "text/html; charset=utf-8"
#define NGX_HTTP_CONSENT_JSON  "application/json"
#define NGX_HTTP_CONSENT_STYLE "text/css; charset=utf-8"


/*
 * Sends a whole answer; type may have parameters.  What a visitor is told
 * about their own choice is nobody else's: it is not stored anywhere.
 */
ngx_int_t ngx_http_consent_answer(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, const consent_buf_t *body);

/* The same with what write() makes of a view. */

typedef void (*ngx_http_consent_write_pt)(consent_buf_t *b,
    const consent_view_t *view);

ngx_int_t ngx_http_consent_answer_view(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, ngx_http_consent_write_pt write,
    const consent_view_t *view);

/*
 * Sends the browser to a path of this origin.  Location is set by hand, so
 * that nginx does not complete it: which scheme and port the browser sees is
 * not known here.
 */
ngx_int_t ngx_http_consent_redirect(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *path);

/* What GET state and a POST of JSON are told: the choice as it is now. */
ngx_int_t ngx_http_consent_answer_state(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* 204. */
ngx_int_t ngx_http_consent_no_content(ngx_http_request_t *r);

/* Puts the caching headers of a refusal on it, and returns its status. */
ngx_int_t ngx_http_consent_refuse(ngx_http_request_t *r, ngx_int_t status);


/* ngx_http_consent_args.c */

/*
 * The longest body that is read, and what a choice may have beyond it for each
 * service that there is: the settings page can list all of them.
 */
#define NGX_HTTP_CONSENT_BODY_MAX      16384
#define NGX_HTTP_CONSENT_BODY_SERVICE  48

/*
 * All of the body in one piece, wherever nginx has put it, if it is no longer
 * than max.  NGX_OK or the status to answer with.
 */
ngx_int_t ngx_http_consent_read_body(ngx_http_request_t *r, off_t max,
    ngx_str_t *body);

/* A pair of a query or a form. */

typedef struct {
    ngx_str_t  name;        /* decoded */
    ngx_str_t  value;       /* decoded, in memory of the pool */
} ngx_http_consent_arg_t;

/*
 * The next pair of text, which is moved on.  form: "+" is a space.  NGX_OK,
 * NGX_DONE at the end, or NGX_ERROR without memory.
 */
ngx_int_t ngx_http_consent_arg_next(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t form, ngx_http_consent_arg_t *arg);

/* The first argument of the request's query of this name; NULL if none. */
ngx_str_t *ngx_http_consent_arg(ngx_http_request_t *r, const char *name,
    ngx_uint_t form);

/*
 * 1 if path leads back to a page of this very origin: it begins with exactly
 * one "/", and has nothing that a browser would read as another one (WHATWG
 * URL, 4.4: "\" is "/", tabs and newlines are dropped).
 */
ngx_uint_t ngx_http_consent_local_path(ngx_str_t *path);


/* ngx_http_consent_post.c */

/* POST choice. */
ngx_int_t ngx_http_consent_post_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_out.c */

/* GET out. */
ngx_int_t ngx_http_consent_out_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_worker.c */

/* GET policy. */
ngx_int_t ngx_http_consent_policy_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_report.c */

/* POST report. */
ngx_int_t ngx_http_consent_report_handler(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


#endif /* NGX_HTTP_CONSENT_ENDPOINT_H */

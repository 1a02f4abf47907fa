
/*
 * Every difference between versions of nginx, and between builds of it, that
 * this module meets.
 */

#ifndef NGX_HTTP_CONSENT_COMPAT_H
#define NGX_HTTP_CONSENT_COMPAT_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#if (nginx_version < 1013004)
#error "ngx_consent needs nginx 1.13.4 or newer"
#endif


/*
 * Since 1.23.0 header lines of one name are linked through h->next, and
 * Cookie is such a chain; before, it was an array of pointers, and the
 * element had no next field.
 */

#if (nginx_version >= 1023000)

#define ngx_http_consent_link_header(h)  (h)->next = NULL

static ngx_inline ngx_table_elt_t *
ngx_http_consent_cookie_line(ngx_http_request_t *r, ngx_uint_t n)
{
    ngx_table_elt_t  *h;

    for (h = r->headers_in.cookie; h && n; h = h->next) {
        n--;
    }

    return h;
}

/* Unlinks line n, 0 or 1. */

static ngx_inline void
ngx_http_consent_cookie_drop(ngx_http_request_t *r, ngx_uint_t n)
{
    ngx_table_elt_t  *h;

    h = r->headers_in.cookie;

    if (n == 0) {
        r->headers_in.cookie = h->next;

    } else {
        h->next = h->next->next;
    }
}

#else

#define ngx_http_consent_link_header(h)

static ngx_inline ngx_table_elt_t *
ngx_http_consent_cookie_line(ngx_http_request_t *r, ngx_uint_t n)
{
    ngx_table_elt_t  **h;

    if (n >= r->headers_in.cookies.nelts) {
        return NULL;
    }

    h = r->headers_in.cookies.elts;

    return h[n];
}

/* Unlinks line n, 0 or 1. */

static ngx_inline void
ngx_http_consent_cookie_drop(ngx_http_request_t *r, ngx_uint_t n)
{
    ngx_uint_t         i;
    ngx_table_elt_t  **h;

    h = r->headers_in.cookies.elts;
    r->headers_in.cookies.nelts--;

    for (i = n; i < r->headers_in.cookies.nelts; i++) {
        h[i] = h[i + 1];
    }
}

#endif


/*
 * Since 1.29.0 a response of status 103 has a chain of its own, which no
 * header filter sees.  Puts a filter in front of it; returns the next one.
 */

#if (nginx_version >= 1029000)

static ngx_inline ngx_http_output_header_filter_pt
ngx_http_consent_add_hints_filter(ngx_http_output_header_filter_pt filter)
{
    ngx_http_output_header_filter_pt  next;

    next = ngx_http_top_early_hints_filter;
    ngx_http_top_early_hints_filter = filter;

    return next;
}

#else

static ngx_inline ngx_http_output_header_filter_pt
ngx_http_consent_add_hints_filter(ngx_http_output_header_filter_pt filter)
{
    return NULL;
}

#endif


/* 1 if this connection is by TLS; a proxy in front may speak it for us. */

static ngx_inline ngx_uint_t
ngx_http_consent_is_tls(ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)
    return r->connection->ssl != NULL;
#else
    return 0;
#endif
}


/*
 * Takes from nginx's own gzip what the client accepts, or gives it back: line
 * is what it is now.  Returns what it was.
 */

static ngx_inline ngx_table_elt_t *
ngx_http_consent_accept_encoding(ngx_http_request_t *r, ngx_table_elt_t *line)
{
    ngx_table_elt_t  *was;

    was = NULL;

#if (NGX_HTTP_GZIP)
    was = r->headers_in.accept_encoding;
    r->headers_in.accept_encoding = line;
    r->gzip_tested = 0;
#endif

    return was;
}


/* Has nginx say that the response varies by Accept-Encoding: gzip_vary. */

static ngx_inline void
ngx_http_consent_gzip_vary(ngx_http_request_t *r)
{
#if (NGX_HTTP_GZIP)
    r->gzip_vary = 1;
#endif
}


#endif /* NGX_HTTP_CONSENT_COMPAT_H */

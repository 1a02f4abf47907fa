
/*
 * What comes with a request: its body; queries and forms, which are
 * application/x-www-form-urlencoded (WHATWG URL, 5.1).
 */

#include "ngx_http_consent_endpoint.h"


/* Longer paths are not led back to. */
#define NGX_HTTP_CONSENT_RETURN_MAX  4096


static ngx_int_t ngx_http_consent_arg_decode(ngx_pool_t *pool,
    ngx_str_t *text, ngx_uint_t form);


ngx_int_t
ngx_http_consent_read_body(ngx_http_request_t *r, off_t max, ngx_str_t *body)
{
    off_t         size;
    u_char       *p;
    ssize_t       n;
    ngx_chain_t  *cl;

    body->len = 0;
    body->data = (u_char *) "";

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    /* one sent in chunks does not say its length before */

    if (size > max) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    p = ngx_pnalloc(r->pool, (size_t) size + 1);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body->data = p;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        if (!cl->buf->in_file) {
            p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
            continue;
        }

        n = ngx_read_file(cl->buf->file, p,
                          (size_t) (cl->buf->file_last - cl->buf->file_pos),
                          cl->buf->file_pos);

        if (n == NGX_ERROR) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        p += n;
    }

    body->len = p - body->data;

    return NGX_OK;
}


ngx_int_t
ngx_http_consent_arg_next(ngx_pool_t *pool, ngx_str_t *text, ngx_uint_t form,
    ngx_http_consent_arg_t *arg)
{
    u_char     *p, *last;
    ngx_str_t   pair;

    do {
        if (text->len == 0) {
            return NGX_DONE;
        }

        last = text->data + text->len;
        p = ngx_strlchr(text->data, last, '&');

        pair.data = text->data;
        pair.len = (p ? p : last) - text->data;

        text->data = p ? p + 1 : last;
        text->len = last - text->data;

    } while (pair.len == 0);

    last = pair.data + pair.len;
    p = ngx_strlchr(pair.data, last, '=');

    arg->name.data = pair.data;
    arg->name.len = (p ? p : last) - pair.data;

    arg->value.data = p ? p + 1 : last;
    arg->value.len = last - arg->value.data;

    if (ngx_http_consent_arg_decode(pool, &arg->name, form) != NGX_OK
        || ngx_http_consent_arg_decode(pool, &arg->value, form) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_arg_decode(ngx_pool_t *pool, ngx_str_t *text,
    ngx_uint_t form)
{
    u_char     *dst, *src, *p;
    ngx_int_t   ch;

    dst = ngx_pnalloc(pool, text->len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    p = dst;

    for (src = text->data; src < text->data + text->len; src++) {

        if (*src == '%' && text->data + text->len - src > 2) {
            ch = ngx_hextoi(src + 1, 2);

            if (ch != NGX_ERROR) {
                *p++ = (u_char) ch;
                src += 2;
                continue;
            }
        }

        *p++ = (form && *src == '+') ? ' ' : *src;
    }

    text->data = dst;
    text->len = p - dst;

    return NGX_OK;
}


ngx_str_t *
ngx_http_consent_arg(ngx_http_request_t *r, const char *name, ngx_uint_t form)
{
    size_t                   len;
    ngx_str_t                args, *value;
    ngx_http_consent_arg_t   arg;

    args = r->args;
    len = ngx_strlen(name);

    while (ngx_http_consent_arg_next(r->pool, &args, form, &arg) == NGX_OK) {

        if (arg.name.len == len
            && ngx_memcmp(arg.name.data, name, len) == 0)
        {
            value = ngx_palloc(r->pool, sizeof(ngx_str_t));

            if (value) {
                *value = arg.value;
            }

            return value;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_consent_local_path(ngx_str_t *path)
{
    size_t  i;

    if (path->len == 0 || path->len > NGX_HTTP_CONSENT_RETURN_MAX
        || path->data[0] != '/' || (path->len > 1 && path->data[1] == '/'))
    {
        return 0;
    }

    for (i = 0; i < path->len; i++) {
        if (path->data[i] <= ' ' || path->data[i] == '\\'
            || path->data[i] == 0x7f)
        {
            return 0;
        }
    }

    return 1;
}

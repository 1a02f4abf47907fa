
/*
 * Lines of headers, in both directions.
 */

#include "ngx_http_consent.h"


static void ngx_http_consent_split_part(ngx_http_request_t *r,
    ngx_list_part_t *part, ngx_table_elt_t *h);


ngx_table_elt_t *
ngx_http_consent_header_in(ngx_http_request_t *r, const char *name,
    size_t len)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return &h[i];
            }
        }
    }

    return NULL;
}


/*
 * Others hold pointers into the list, so nothing in it is moved: the part
 * is split around the line.  A part that is reached through next is never
 * left empty: loops of nginx do not expect it.
 */

void
ngx_http_consent_header_in_remove(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_list_t       *list;
    ngx_list_part_t  *part, *prev;
    ngx_table_elt_t  *elts;

    list = &r->headers_in.headers;
    prev = NULL;

    for (part = &list->part; part; prev = part, part = part->next) {
        elts = part->elts;

        if (h < elts || h >= elts + part->nelts) {
            continue;
        }

        if (h < elts + part->nelts - 1) {
            ngx_http_consent_split_part(r, part, h);
            return;
        }

        part->nelts--;

        if (part->nelts == 0 && prev) {
            prev->next = part->next;

            if (list->last == part) {
                list->last = prev;
                list->nalloc = ngx_max(prev->nelts, 1);
            }
        }

        return;
    }
}


/*
 * Takes h, not the last one, out of a part.  What the part loses in front is
 * missing behind, where ngx_list_push() would go on.
 */

static void
ngx_http_consent_split_part(ngx_http_request_t *r, ngx_list_part_t *part,
    ngx_table_elt_t *h)
{
    ngx_list_t       *list;
    ngx_list_part_t  *rest;
    ngx_table_elt_t  *elts;

    list = &r->headers_in.headers;
    elts = part->elts;
    rest = part;

    if (h > elts) {
        rest = ngx_palloc(r->pool, sizeof(ngx_list_part_t));
        if (rest == NULL) {
            h->value.len = 0;
            return;
        }

        rest->next = part->next;
        rest->nelts = part->nelts - (h - elts);

        part->next = rest;
        part->nelts = h - elts;
    }

    rest->elts = h + 1;
    rest->nelts--;

    if (list->last == part) {
        list->last = rest;
        list->nalloc = rest->nelts;
    }
}


ngx_table_elt_t *
ngx_http_consent_header_out(ngx_http_request_t *r, const char *name,
    ngx_table_elt_t *after)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (after) {
                if (&h[i] == after) {
                    after = NULL;
                }

                continue;
            }

            if (h[i].hash && h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return &h[i];
            }
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_consent_add_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
    ngx_http_consent_link_header(h);

    return NGX_OK;
}


/*
 * Memory of a response that is given back while the request goes on: a pool
 * would keep what is small until its end, and clients may read for long.
 */

#include "ngx_http_consent.h"


/* Blocks that a worker keeps for whoever needs the next ones. */
#define NGX_HTTP_CONSENT_BLOCKS  64


static void         *ngx_http_consent_blocks[NGX_HTTP_CONSENT_BLOCKS];
static ngx_uint_t    ngx_http_consent_nblocks;


void *
ngx_http_consent_piece(void *list, size_t size)
{
    ngx_queue_t  *piece;

    piece = ngx_alloc(sizeof(ngx_queue_t) + size, ngx_cycle->log);
    if (piece == NULL) {
        return NULL;
    }

    ngx_queue_insert_head((ngx_queue_t *) list, piece);

    return piece + 1;
}


void
ngx_http_consent_piece_free(void *p)
{
    ngx_queue_t  *piece;

    piece = (ngx_queue_t *) p - 1;

    ngx_queue_remove(piece);
    ngx_free(piece);
}


void
ngx_http_consent_pieces_free(ngx_queue_t *list)
{
    while (!ngx_queue_empty(list)) {
        ngx_http_consent_piece_free(ngx_queue_head(list) + 1);
    }
}


void *
ngx_http_consent_block(ngx_queue_t *list)
{
    ngx_queue_t  *piece;

    if (ngx_http_consent_nblocks == 0) {
        return ngx_http_consent_piece(list, NGX_HTTP_CONSENT_BLOCK_SIZE);
    }

    piece = ngx_http_consent_blocks[--ngx_http_consent_nblocks];
    ngx_queue_insert_head(list, piece);

    return piece + 1;
}


void
ngx_http_consent_block_free(void *p)
{
    ngx_queue_t  *piece;

    if (ngx_http_consent_nblocks == NGX_HTTP_CONSENT_BLOCKS) {
        ngx_http_consent_piece_free(p);
        return;
    }

    piece = (ngx_queue_t *) p - 1;

    ngx_queue_remove(piece);
    ngx_http_consent_blocks[ngx_http_consent_nblocks++] = piece;
}

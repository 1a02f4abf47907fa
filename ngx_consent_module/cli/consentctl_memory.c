/*
 * Memory, all of it kept until the end; files read as a whole.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consentctl.h"


/*
 * Small pieces come from blocks of this size; others are blocks themselves.
 * Under AddressSanitizer all are, so that it sees where each one ends.
 */

#ifdef __SANITIZE_ADDRESS__
#define CONSENTCTL_BLOCK  0
#else
#define CONSENTCTL_BLOCK  (64 * 1024)
#endif


/* The largest file that is read at once. */
#define CONSENTCTL_FILE_MAX  (64 * 1024 * 1024)


typedef struct consentctl_block_s  consentctl_block_t;

struct consentctl_block_s {
    consentctl_block_t  *next;
    size_t               used;
    max_align_t          data[];
};


static void *consentctl_alloc(void *data, size_t size);


/* Reachable to the end, so that leak checkers see what is truly lost. */

static consentctl_block_t  *consentctl_blocks;

static const consent_mem_t  consentctl_arena = {
    consentctl_alloc, &consentctl_blocks
};


const consent_mem_t *
consentctl_mem(void)
{
    return &consentctl_arena;
}


static void *
consentctl_alloc(void *data, size_t size)
{
    size_t                total;
    void                 *p;
    consentctl_block_t   *block, **head;

    head = data;

    if (size > SIZE_MAX - sizeof(consentctl_block_t) - _Alignof(max_align_t)) {
        return NULL;
    }

    size = (size + _Alignof(max_align_t) - 1)
           & ~(_Alignof(max_align_t) - 1);

    block = *head;

    if (block != NULL && block->used <= CONSENTCTL_BLOCK
        && size <= CONSENTCTL_BLOCK - block->used)
    {
        p = (char *) block->data + block->used;
        block->used += size;
        return p;
    }

    total = size > CONSENTCTL_BLOCK / 4 ? size : CONSENTCTL_BLOCK;

    block = malloc(sizeof(consentctl_block_t) + total);
    if (block == NULL) {
        return NULL;
    }

    block->used = size;

    if (total == size && *head != NULL) {
        /* A large piece: what is left of the current block stays in use. */
        block->next = (*head)->next;
        (*head)->next = block;

    } else {
        block->next = *head;
        *head = block;

        if (total == size) {
            block->used = CONSENTCTL_BLOCK;
        }
    }

    return block->data;
}


int
consentctl_read(const consentctl_t *ctl, const char *file,
    consent_str_t *text)
{
    int            failed;
    FILE          *fp;
    size_t         n;
    uint8_t        chunk[16 * 1024];
    consent_buf_t  b;

    fp = fopen(file, "rb");
    if (fp == NULL) {
        consentctl_error(ctl, "%s: %s", file, strerror(errno));
        return CONSENT_ERROR;
    }

    consent_buf_init(&b, ctl->mem);

    do {
        n = fread(chunk, 1, sizeof(chunk), fp);
        consent_buf_add(&b, (consent_str_t) { n, chunk });
    } while (n == sizeof(chunk) && b.len <= CONSENTCTL_FILE_MAX);

    failed = ferror(fp);
    fclose(fp);

    if (failed || b.failed || b.len > CONSENTCTL_FILE_MAX) {
        consentctl_error(ctl, "%s: %s", file,
                         failed ? "cannot be read"
                         : b.failed ? "no memory"
                         : "it is larger than 64 MiB");
        return CONSENT_ERROR;
    }

    *text = consent_buf_str(&b);

    return CONSENT_OK;
}

/*
 * Pages that come again.  A rewriting is a function of its configuration and
 * of the page's bytes alone; so where both are what they were before, what
 * came out then comes out again, and the bytes are compared, not parsed.
 *
 * Comparing goes along with the page as it arrives.  Where a page turns out
 * to be another one, it is rewritten from its beginning, and what has left
 * already is left out: it is the same, however a page is cut into pieces.
 *
 * A page is kept when it comes for the second time.  One that changes every
 * time is kept ever more rarely, at last for every 64th response, so that it
 * costs little more than its rewriting.
 */

#ifndef CONSENT_REUSE_H
#define CONSENT_REUSE_H


#include "consent_base.h"
#include "consent_rewrite.h"


/*
 * Memory that can be given back: pages come and go for as long as a process
 * runs.  alloc() as that of consent_mem_t.
 */

typedef struct {
    void  *(*alloc)(void *data, size_t size);
    void   (*free)(void *data, void *p);
    void    *data;
} consent_heap_t;


typedef struct consent_reuse_s  consent_reuse_t;

/* Of one response. */
typedef struct consent_reuse_run_s  consent_reuse_run_t;


/*
 * limit: bytes that all pages together may take, each an eighth at most.
 * heap must outlive it, and so must the rules and the first parties of all
 * configurations that it is used with.  NULL without memory.
 */
consent_reuse_t *consent_reuse_create(const consent_heap_t *heap,
    size_t limit);

/* Once the last run is closed. */
void consent_reuse_destroy(consent_reuse_t *reuse);


/*
 * Begins a response.  conf as that of consent_rewrite_create(), whose part
 * this takes; its memory is needed until the last byte was fed.  What emit()
 * is given as CONST, and the run, which lies in mem, live until the run is
 * closed.  reuse may be NULL: then nothing is compared.  NULL without memory.
 */
consent_reuse_run_t *consent_reuse_open(consent_reuse_t *reuse,
    const consent_rewrite_conf_t *conf, const consent_mem_t *mem);

/* As consent_rewrite_feed().  While comparing, up to 4 KiB more wait. */
int consent_reuse_feed(consent_reuse_run_t *run, const uint8_t *data,
    size_t len, int last);

/* Has all come out that would have of a rewriting.  CONSENT_OK or _ERROR. */
int consent_reuse_flush(consent_reuse_run_t *run);

/* After the last byte: 1 if nothing had to be rewritten. */
int consent_reuse_again(const consent_reuse_run_t *run);

/* Must be called, also after errors. */
void consent_reuse_close(consent_reuse_run_t *run);


#endif /* CONSENT_REUSE_H */

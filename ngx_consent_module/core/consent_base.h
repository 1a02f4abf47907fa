/*
 * ngx_consent: types that every part of libconsent shares.
 *
 * libconsent is plain C11.  It keeps no global state, never frees, and
 * takes all its memory from the caller through consent_mem_t; consent_decode.h
 * and consent_reuse.h alone are different.
 */

#ifndef CONSENT_BASE_H
#define CONSENT_BASE_H


#include <stddef.h>
#include <stdint.h>


/* What functions of libconsent return, unless their header says otherwise. */

#define CONSENT_OK         0
#define CONSENT_ERROR     -1      /* no memory, or a fault that was reported */
#define CONSENT_AGAIN     -2      /* more input is needed */
#define CONSENT_DECLINED  -5      /* nothing found; not an error */


/* Of an array that a literal fills, which has no room for its NUL. */

#ifdef __has_attribute
#if __has_attribute(nonstring)
#define CONSENT_NONSTRING  __attribute__((nonstring))
#endif
#endif

#ifndef CONSENT_NONSTRING
#define CONSENT_NONSTRING
#endif


/* A run of bytes, not terminated by NUL. */

typedef struct {
    size_t          len;
    const uint8_t  *data;
} consent_str_t;


/* Runs of bytes that follow one another. */

typedef struct {
    unsigned              n;
    const consent_str_t  *part;
} consent_parts_t;


#define consent_string(s)  { sizeof(s) - 1, (const uint8_t *) (s) }
#define consent_str(s)     ((consent_str_t) consent_string(s))


/*
 * Memory of the caller.  alloc() returns size bytes aligned for any object,
 * or NULL.  Nothing is freed singly: what was allocated lives until the
 * caller lets go of the whole (an nginx pool, an arena of consentctl).
 */

typedef struct {
    void         *(*alloc)(void *data, size_t size);
    void           *data;
} consent_mem_t;


void *consent_alloc(const consent_mem_t *mem, size_t size);
void *consent_calloc(const consent_mem_t *mem, size_t size);

/* A copy of s in mem with a NUL behind it; data is NULL if memory ran out. */
consent_str_t consent_str_dup(const consent_mem_t *mem, consent_str_t s);

int consent_str_eq(consent_str_t a, consent_str_t b);

/* ASCII letters compare without case; other bytes exactly. */
int consent_str_caseeq(consent_str_t a, consent_str_t b);

/*
 * For tables in this process's memory, eight bytes at a time: the hash that
 * goes on from another one, or from any number.  All bits tell.
 */
uint64_t consent_str_hash(uint64_t hash, consent_str_t s);

/* s without white space and controls (up to U+0020) at its ends. */
consent_str_t consent_str_trim(consent_str_t s);


/*
 * A buffer that grows in mem by doubling, for configuration time and for
 * pages that libconsent writes itself.  After a failed allocation `failed`
 * stays set and further writes do nothing, so a writer checks once, at the
 * end.
 */

typedef struct {
    const consent_mem_t  *mem;
    uint8_t              *data;
    size_t                len;
    size_t                size;
    unsigned              failed:1;
} consent_buf_t;


void consent_buf_init(consent_buf_t *b, const consent_mem_t *mem);
void consent_buf_add(consent_buf_t *b, consent_str_t s);
void consent_buf_add_c(consent_buf_t *b, const char *s);
void consent_buf_add_number(consent_buf_t *b, uint64_t n);

/* Escapes & < > " ' for HTML text and quoted attribute values. */
void consent_buf_add_html(consent_buf_t *b, consent_str_t s);

/* Escapes for the inside of a JSON string; `<` becomes \u003c. */
void consent_buf_add_json(consent_buf_t *b, consent_str_t s);

/* Percent-encodes all but unreserved characters (RFC 3986, 2.3). */
void consent_buf_add_uri(consent_buf_t *b, consent_str_t s);

consent_str_t consent_buf_str(const consent_buf_t *b);


#endif /* CONSENT_BASE_H */

/*
 * A page that is kept, and where it is kept: what consent_reuse.c and
 * consent_reuse_run.c share.
 */

#ifndef CONSENT_REUSE_PAGE_H
#define CONSENT_REUSE_PAGE_H


#include "consent_reuse.h"


/* Bytes that grow. */

typedef struct {
    uint8_t  *data;
    size_t    len;
    size_t    size;
} consent_room_t;


/* When so much was fed, so much had come out, and so much been told. */

typedef struct {
    size_t    fed;
    size_t    out;
    size_t    events;
} consent_reuse_mark_t;


/*
 * So many bytes of what came in, and where they lie: in `out`, as they came
 * out again, or in `gone`.
 */

typedef struct {
    uint32_t  len;
    uint32_t  from:31;
    uint32_t  gone:1;
} consent_reuse_span_t;

#define CONSENT_REUSE_SPAN_MAX  0x7fffffff


/* A place in what came in. */

typedef struct {
    size_t    at;
    size_t    span;                 /* where it lies, */
    size_t    off;                  /* ... so far behind its begin */
} consent_reuse_place_t;


/* What was told by seen(), or asked by body_other() or end(). */

typedef struct {
    unsigned           asked:1;     /* by body_other(elsewhere, policy, …) */
    unsigned           ended:1;     /* ... or, if that is set too, by end() */
    unsigned           elsewhere:1;
    unsigned           policy:1;
    unsigned           held:1;
    unsigned           bounded:1;
    uint32_t           type;
    consent_verdict_t  verdict;
    size_t             text;        /* host, language, filling: in `text` */
    size_t             text_len;
    size_t             answer_len;  /* what was answered, behind it */
} consent_reuse_event_t;


typedef struct consent_reuse_page_s  consent_reuse_page_t;

struct consent_reuse_page_s {
    consent_reuse_page_t  *next;        /* of the same bucket */
    consent_reuse_page_t  *newer;
    consent_reuse_page_t  *older;
    uint32_t               hash;        /* of the key */
    unsigned               coming:1;    /* it is being kept */
    unsigned               kept:1;      /* it is in the table */
    unsigned               came:1;      /* ... and came again */
    unsigned               holders;     /* the table and runs */
    size_t                 in;          /* bytes that came in */
    consent_room_t         key;
    consent_room_t         spans;       /* consent_reuse_span_t: of them */
    consent_room_t         gone;
    consent_room_t         out;
    consent_room_t         marks;
    consent_room_t         events;
    consent_room_t         text;
};


/* What a configuration is, as runs of bytes. */

#define CONSENT_REUSE_PARTS  64

/* Pages of one key. */
#define CONSENT_REUSE_TWINS  4

typedef struct {
    struct {
        const void    *rules;
        const void    *first_party;
        size_t         max_tag;
        size_t         max_inline;
        size_t         lens[4];         /* of what follows */
        uint32_t       unclassified;
        uint32_t       unclassified_passive;
        uint32_t       granted;
        uint32_t       nfirst;
        uint32_t       charset;
        uint32_t       flags;
        uint32_t       noverrides;
        uint32_t       overrides[CONSENT_OVERRIDE_MAX];
    } fixed;

    uint32_t           hash;
    unsigned           n;
    consent_str_t      part[CONSENT_REUSE_PARTS];
} consent_reuse_key_t;


/* CONSENT_DECLINED if it is one that is not kept. */
int consent_reuse_key(consent_reuse_key_t *key,
    const consent_rewrite_conf_t *conf);

/* The page that begins with these bytes, held for the caller, or NULL. */
consent_reuse_page_t *consent_reuse_find(consent_reuse_t *reuse,
    const consent_reuse_key_t *key, consent_str_t begin);

/*
 * Another page of the same key, as page up to *place, and from there with
 * these bytes; held for the caller, or NULL.  *place is set to where that is
 * in it.
 */
consent_reuse_page_t *consent_reuse_other(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, consent_str_t s);

/* 1 if a response that none of them fits is to be kept.  Once for each. */
int consent_reuse_due(consent_reuse_t *reuse, uint32_t hash);

/* A new one, held for the caller, in no table yet.  NULL without memory. */
consent_reuse_page_t *consent_reuse_page_create(consent_reuse_t *reuse,
    uint32_t hash, const consent_str_t *key, unsigned nkey);

/* Into the table, in the place of others if there is no room. */
void consent_reuse_keep(consent_reuse_t *reuse, consent_reuse_page_t *page);

/* It has come again, to its end. */
void consent_reuse_came(consent_reuse_t *reuse, consent_reuse_page_t *page);

void consent_reuse_release(consent_reuse_t *reuse,
    consent_reuse_page_t *page);

/* CONSENT_ERROR without memory, or if the page grew too large. */
int consent_reuse_add(consent_reuse_t *reuse, consent_reuse_page_t *page,
    consent_room_t *room, const void *p, size_t len);


/* consent_reuse_in.c: what came in */

/* 1 if these bytes came in at *place, which is then set behind them. */
int consent_reuse_in_same(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, consent_str_t s);

/* The same for all that came into another page, up to `at`. */
int consent_reuse_in_begins(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, const consent_reuse_page_t *other,
    size_t at);

/* What came in at *place, as far as it lies together; `at` is its end. */
consent_str_t consent_reuse_in_next(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, size_t at);

/* As consent_reuse_add(): the next bytes are those that come out next. */
int consent_reuse_in_stays(consent_reuse_t *reuse, consent_reuse_page_t *page,
    size_t len);

/* ... or are others. */
int consent_reuse_in_goes(consent_reuse_t *reuse, consent_reuse_page_t *page,
    const void *p, size_t len);


#endif /* CONSENT_REUSE_PAGE_H */

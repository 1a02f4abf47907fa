
/*
 * The table of pages that are kept: by the key of their configuration; the
 * one that was not used for longest goes first.
 */

#include <string.h>

#include "consent_reuse_page.h"


#define REUSE_BUCKETS  1024     /* powers of two */
#define REUSE_SLOTS    1024
#define REUSE_WAYS     4        /* slots that a hash may have */

#define REUSE_SHARE    8        /* of all memory, what one page may take */
#define REUSE_UNKEPT   4        /* ... and what all may that are not yet kept */
#define REUSE_PAUSE    64       /* responses, at most */


/*
 * How many responses pass before the next page of this hash is kept.  Each
 * that goes without having come again doubles the pause.
 */

typedef struct {
    uint32_t                 hash;
    uint16_t                 pause;     /* 0: nothing was seen here yet */
    uint16_t                 left;
    unsigned                 busy:1;    /* one is on its way */
} reuse_slot_t;


struct consent_reuse_s {
    const consent_heap_t    *heap;
    size_t                   limit;
    size_t                   used;      /* by pages that are kept */
    size_t                   unkept;    /* by those on their way */
    consent_reuse_page_t    *newest;
    consent_reuse_page_t    *oldest;
    consent_reuse_page_t    *bucket[REUSE_BUCKETS];
    reuse_slot_t             slot[REUSE_SLOTS];
    reuse_slot_t             none;
    unsigned                 turn;      /* of the slot that is given away */
};


static int consent_reuse_same_key(const consent_reuse_page_t *page,
    const consent_reuse_key_t *key);
static size_t consent_reuse_size(const consent_reuse_page_t *page);
static void consent_reuse_first(consent_reuse_t *reuse,
    consent_reuse_page_t *page);
static void consent_reuse_unlink(consent_reuse_t *reuse,
    consent_reuse_page_t *page);
static void consent_reuse_drop(consent_reuse_t *reuse,
    consent_reuse_page_t *page);
static consent_reuse_page_t **consent_reuse_out_of_bucket(
    consent_reuse_t *reuse, const consent_reuse_page_t *page);
static void consent_reuse_arrive(consent_reuse_t *reuse,
    consent_reuse_page_t *page);
static void consent_reuse_vain(consent_reuse_t *reuse,
    const consent_reuse_page_t *page);
static reuse_slot_t *consent_reuse_slot(consent_reuse_t *reuse,
    uint32_t hash);
static void consent_reuse_take_slot(consent_reuse_t *reuse, uint32_t hash);
static void consent_reuse_drop_twin(consent_reuse_t *reuse,
    const consent_reuse_page_t *page);
static void consent_reuse_room_free(consent_reuse_t *reuse,
    consent_room_t *room);


consent_reuse_t *
consent_reuse_create(const consent_heap_t *heap, size_t limit)
{
    consent_reuse_t  *reuse;

    reuse = heap->alloc(heap->data, sizeof(consent_reuse_t));

    if (reuse == NULL) {
        return NULL;
    }

    memset(reuse, 0, sizeof(consent_reuse_t));
    reuse->heap = heap;
    reuse->limit = limit;

    return reuse;
}


void
consent_reuse_destroy(consent_reuse_t *reuse)
{
    while (reuse->oldest) {
        consent_reuse_drop(reuse, reuse->oldest);
    }

    reuse->heap->free(reuse->heap->data, reuse);
}


/*
 * All of a configuration that what comes out depends on: what is new in
 * consent_rewrite_conf_t belongs here, too.
 */

int
consent_reuse_key(consent_reuse_key_t *key,
    const consent_rewrite_conf_t *conf)
{
    unsigned                   i;
    const consent_choice_t    *choice;
    const consent_override_t  *one;

    if (conf->observe || conf->body.n > CONSENT_REUSE_PARTS - 4) {
        return CONSENT_DECLINED;
    }

    choice = conf->choice;
    memset(&key->fixed, 0, sizeof(key->fixed));

    key->fixed.rules = conf->rules;
    key->fixed.first_party = conf->page->first_party;
    key->fixed.max_tag = conf->max_tag;
    key->fixed.max_inline = conf->max_inline;
    key->fixed.unclassified = conf->page->unclassified;
    key->fixed.unclassified_passive = conf->page->unclassified_passive;
    key->fixed.granted = choice->granted;
    key->fixed.nfirst = conf->page->nfirst;
    key->fixed.charset = conf->charset;
    key->fixed.flags = conf->xml | conf->whole << 1 | choice->all << 2
                       | (conf->body_other != NULL) << 3
                       | (conf->end != NULL) << 4 | conf->stubs << 5;
    key->fixed.noverrides = choice->noverrides;

    for (i = 0; i < choice->noverrides; i++) {
        one = &choice->overrides[i];
        key->fixed.overrides[i] = (uint32_t) one->service << 1 | one->on;
    }

    key->part[0] = (consent_str_t) { sizeof(key->fixed),
                                     (const uint8_t *) &key->fixed };
    key->part[1] = conf->page->url.href;
    key->part[2] = conf->prefix;
    key->part[3] = conf->head;

    for (i = 0; i < conf->body.n; i++) {
        key->part[4 + i] = conf->body.part[i];
        key->fixed.lens[3] += conf->body.part[i].len;
    }

    for (i = 0; i < 3; i++) {
        key->fixed.lens[i] = key->part[1 + i].len;
    }

    key->n = 4 + conf->body.n;
    key->hash = (uint32_t) consent_str_hash(
                               consent_str_hash(0, key->part[0]),
                               key->part[1]);

    return CONSENT_OK;
}


consent_reuse_page_t *
consent_reuse_find(consent_reuse_t *reuse, const consent_reuse_key_t *key,
    consent_str_t begin)
{
    consent_reuse_page_t   *page;
    consent_reuse_place_t   place;

    page = reuse->bucket[key->hash & (REUSE_BUCKETS - 1)];

    for ( /* void */ ; page; page = page->next) {
        memset(&place, 0, sizeof(place));

        if (page->hash == key->hash
            && consent_reuse_in_same(page, &place, begin)
            && consent_reuse_same_key(page, key))
        {
            page->holders++;
            return page;
        }
    }

    return NULL;
}


consent_reuse_page_t *
consent_reuse_other(const consent_reuse_page_t *page,
    consent_reuse_place_t *place, consent_str_t s)
{
    consent_reuse_page_t   *one;
    consent_reuse_place_t   there, next;

    if (!page->kept) {
        return NULL;
    }

    for (one = page->next; one; one = one->next) {

        if (one->hash != page->hash
            || !consent_reuse_in_begins(one, &there, page, place->at))
        {
            continue;
        }

        next = there;

        if (consent_reuse_in_same(one, &next, s)
            && one->key.len == page->key.len
            && memcmp(one->key.data, page->key.data, page->key.len) == 0)
        {
            *place = there;
            one->holders++;
            return one;
        }
    }

    return NULL;
}


static int
consent_reuse_same_key(const consent_reuse_page_t *page,
    const consent_reuse_key_t *key)
{
    size_t         at;
    unsigned       i;
    consent_str_t  part;

    for (i = 0, at = 0; i < key->n; i++, at += part.len) {
        part = key->part[i];

        if (part.len > page->key.len - at) {
            return 0;
        }

        if (part.len && memcmp(page->key.data + at, part.data, part.len)) {
            return 0;
        }
    }

    return at == page->key.len;
}


int
consent_reuse_due(consent_reuse_t *reuse, uint32_t hash)
{
    reuse_slot_t  *slot;

    slot = consent_reuse_slot(reuse, hash);

    if (slot == &reuse->none) {
        consent_reuse_take_slot(reuse, hash);
        return 0;
    }

    if (slot->busy) {
        return 0;
    }

    if (slot->left) {
        slot->left--;
        return 0;
    }

    slot->left = slot->pause;

    return 1;
}


void
consent_reuse_came(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    consent_reuse_page_t  **bucket;

    page->came = 1;
    consent_reuse_slot(reuse, page->hash)->pause = 1;

    if (!page->kept || page == reuse->newest) {
        return;
    }

    bucket = consent_reuse_out_of_bucket(reuse, page);

    page->next = *bucket;
    *bucket = page;

    consent_reuse_unlink(reuse, page);
    consent_reuse_first(reuse, page);
}


consent_reuse_page_t *
consent_reuse_page_create(consent_reuse_t *reuse, uint32_t hash,
    const consent_str_t *key, unsigned nkey)
{
    unsigned               i;
    consent_reuse_page_t  *page;

    page = reuse->heap->alloc(reuse->heap->data,
                              sizeof(consent_reuse_page_t));
    if (page == NULL) {
        return NULL;
    }

    memset(page, 0, sizeof(consent_reuse_page_t));

    page->hash = hash;
    page->holders = 1;
    page->coming = 1;
    reuse->unkept += sizeof(consent_reuse_page_t);

    consent_reuse_slot(reuse, page->hash)->busy = 1;

    for (i = 0; i < nkey; i++) {
        if (consent_reuse_add(reuse, page, &page->key, key[i].data,
                              key[i].len)
            != CONSENT_OK)
        {
            consent_reuse_release(reuse, page);
            return NULL;
        }
    }

    return page;
}


int
consent_reuse_add(consent_reuse_t *reuse, consent_reuse_page_t *page,
    consent_room_t *room, const void *p, size_t len)
{
    size_t                 size;
    uint8_t               *grown;
    const consent_heap_t  *heap;

    heap = reuse->heap;

    if (len == 0) {
        return CONSENT_OK;
    }

    if (len > room->size - room->len) {
        size = room->size ? room->size : 256;

        while (size - room->len < len) {
            size *= 2;

            if (size > reuse->limit) {
                return CONSENT_ERROR;
            }
        }

        if (size + consent_reuse_size(page) > reuse->limit / REUSE_SHARE
            || size + reuse->unkept > reuse->limit / REUSE_UNKEPT)
        {
            return CONSENT_ERROR;
        }

        grown = heap->alloc(heap->data, size);

        if (grown == NULL) {
            return CONSENT_ERROR;
        }

        if (room->len) {
            memcpy(grown, room->data, room->len);
            heap->free(heap->data, room->data);
        }

        reuse->unkept += size - room->size;

        room->data = grown;
        room->size = size;
    }

    memcpy(room->data + room->len, p, len);
    room->len += len;

    return CONSENT_OK;
}


void
consent_reuse_keep(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    consent_reuse_page_t  **bucket;

    consent_reuse_arrive(reuse, page);
    consent_reuse_drop_twin(reuse, page);

    reuse->used += consent_reuse_size(page);

    while (reuse->used > reuse->limit && reuse->oldest) {
        consent_reuse_drop(reuse, reuse->oldest);
    }

    bucket = &reuse->bucket[page->hash & (REUSE_BUCKETS - 1)];

    page->next = *bucket;
    *bucket = page;
    page->kept = 1;
    page->holders++;

    consent_reuse_first(reuse, page);
}


/* Of too many of one key, the one that was not used for longest goes. */

static void
consent_reuse_drop_twin(consent_reuse_t *reuse,
    const consent_reuse_page_t *page)
{
    unsigned               twins;
    consent_reuse_page_t  *one, *last;

    twins = 0;
    last = NULL;

    one = reuse->bucket[page->hash & (REUSE_BUCKETS - 1)];

    for ( /* void */ ; one; one = one->next) {
        if (one->hash == page->hash) {
            twins++;
            last = one;
        }
    }

    if (twins >= CONSENT_REUSE_TWINS) {
        consent_reuse_drop(reuse, last);
    }
}


static size_t
consent_reuse_size(const consent_reuse_page_t *page)
{
    return sizeof(consent_reuse_page_t) + page->key.size + page->spans.size
           + page->gone.size + page->out.size + page->marks.size
           + page->events.size + page->text.size;
}


static void
consent_reuse_first(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    page->newer = NULL;
    page->older = reuse->newest;

    if (reuse->newest) {
        reuse->newest->newer = page;
    } else {
        reuse->oldest = page;
    }

    reuse->newest = page;
}


static void
consent_reuse_unlink(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    if (page->newer) {
        page->newer->older = page->older;
    } else {
        reuse->newest = page->older;
    }

    if (page->older) {
        page->older->newer = page->newer;
    } else {
        reuse->oldest = page->newer;
    }

    page->newer = NULL;
    page->older = NULL;
}


/* Out of the table. */

static void
consent_reuse_drop(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    if (!page->came) {
        consent_reuse_vain(reuse, page);
    }

    (void) consent_reuse_out_of_bucket(reuse, page);
    consent_reuse_unlink(reuse, page);

    page->kept = 0;
    reuse->used -= consent_reuse_size(page);

    consent_reuse_release(reuse, page);
}


/* It is on its way no more. */

static void
consent_reuse_arrive(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    page->coming = 0;
    reuse->unkept -= consent_reuse_size(page);

    consent_reuse_slot(reuse, page->hash)->busy = 0;
}


/* It was of no use, so the next one can wait longer. */

static void
consent_reuse_vain(consent_reuse_t *reuse, const consent_reuse_page_t *page)
{
    reuse_slot_t  *slot;

    slot = consent_reuse_slot(reuse, page->hash);

    slot->pause = slot->pause < REUSE_PAUSE / 2 ? slot->pause * 2
                                                : REUSE_PAUSE;
    slot->left = slot->pause;
}


/* The slot of a hash, or one that nobody reads. */

static reuse_slot_t *
consent_reuse_slot(consent_reuse_t *reuse, uint32_t hash)
{
    unsigned       i;
    reuse_slot_t  *slot;

    for (i = 0; i < REUSE_WAYS; i++) {
        slot = &reuse->slot[(hash + i) & (REUSE_SLOTS - 1)];

        if (slot->hash == hash && slot->pause) {
            return slot;
        }
    }

    return &reuse->none;
}


static void
consent_reuse_take_slot(consent_reuse_t *reuse, uint32_t hash)
{
    unsigned       i;
    reuse_slot_t  *slot;

    for (i = 0; i < REUSE_WAYS; i++) {
        slot = &reuse->slot[(hash + i) & (REUSE_SLOTS - 1)];

        if (slot->pause == 0) {
            break;
        }
    }

    if (i == REUSE_WAYS) {
        slot = &reuse->slot[(hash + reuse->turn++ % REUSE_WAYS)
                            & (REUSE_SLOTS - 1)];
    }

    slot->hash = hash;
    slot->pause = 1;
    slot->left = 0;
    slot->busy = 0;
}


/* The bucket it was in. */

static consent_reuse_page_t **
consent_reuse_out_of_bucket(consent_reuse_t *reuse,
    const consent_reuse_page_t *page)
{
    consent_reuse_page_t  **bucket, **one;

    bucket = &reuse->bucket[page->hash & (REUSE_BUCKETS - 1)];

    for (one = bucket; *one != page; one = &(*one)->next) { /* void */ }

    *one = page->next;

    return bucket;
}


void
consent_reuse_release(consent_reuse_t *reuse, consent_reuse_page_t *page)
{
    if (--page->holders) {
        return;
    }

    if (page->coming) {
        consent_reuse_arrive(reuse, page);
        consent_reuse_vain(reuse, page);
    }

    consent_reuse_room_free(reuse, &page->key);
    consent_reuse_room_free(reuse, &page->spans);
    consent_reuse_room_free(reuse, &page->gone);
    consent_reuse_room_free(reuse, &page->out);
    consent_reuse_room_free(reuse, &page->marks);
    consent_reuse_room_free(reuse, &page->events);
    consent_reuse_room_free(reuse, &page->text);

    reuse->heap->free(reuse->heap->data, page);
}


static void
consent_reuse_room_free(consent_reuse_t *reuse, consent_room_t *room)
{
    if (room->data) {
        reuse->heap->free(reuse->heap->data, room->data);
    }
}

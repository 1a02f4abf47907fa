
/*
 * One response: compared with a page that is kept for as long as it is the
 * same, else rewritten; and kept itself, if it is time to.
 */

#include <string.h>

#include "consent_reuse_page.h"


/* A page that is kept is fed in pieces of this: after each, it has a mark. */
#define RUN_PIECE  4096


struct consent_reuse_run_s {
    consent_reuse_t               *reuse;
    const consent_rewrite_conf_t  *user;
    consent_rewrite_conf_t         conf;    /* the same, by way of us */
    consent_rewrite_t             *rw;      /* NULL: not yet, or not needed */

    consent_reuse_page_t          *page;    /* what may come, or NULL */
    consent_reuse_page_t          *past[CONSENT_REUSE_TWINS];
                                            /* what it was taken for before */
    unsigned                       npast;
    consent_reuse_place_t          place;   /* so far, it came */
    size_t                         mark;    /* the next one */
    size_t                         out;     /* so much of it has left */
    size_t                         told;    /* and so many of its events */

    consent_reuse_page_t          *kept;    /* being kept, or NULL */
    consent_str_t                  rest;    /* what is fed, as far as it did
                                               not come out yet */

    size_t                         skip;    /* of what comes out */
    size_t                         untold;  /* ... and of what is told */
    unsigned                       begun:1;
    unsigned                       same:1;  /* so far, what comes is page */
    unsigned                       again:1; /* what is fed lies in page */
};


static int consent_run_begin(consent_reuse_run_t *run, consent_str_t begin);
static void consent_run_wrap(consent_reuse_run_t *run);
static int consent_run_compare(consent_reuse_run_t *run, consent_str_t s,
    int last);
static int consent_run_same(consent_reuse_run_t *run, consent_str_t s,
    int last);
static int consent_run_other(consent_reuse_run_t *run, consent_str_t s);
static int consent_run_marks(consent_reuse_run_t *run, int last);
static int consent_run_events(consent_reuse_run_t *run, size_t end);
static int consent_run_asked(const consent_reuse_run_t *run,
    const consent_reuse_event_t *event);
static void consent_run_tell(const consent_reuse_run_t *run,
    const consent_reuse_event_t *event);
static int consent_run_rewrite(consent_reuse_run_t *run);
static int consent_run_feed(consent_reuse_run_t *run, consent_str_t s,
    int last);
static void consent_run_keep(consent_reuse_run_t *run, int last);
static void consent_run_came_out(consent_reuse_run_t *run, const uint8_t *p,
    size_t len);
static int consent_run_kept(consent_reuse_run_t *run, int rc);
static int consent_run_add(consent_reuse_run_t *run, consent_room_t *room,
    const void *p, size_t len);
static int consent_run_emit(void *data, const uint8_t *p, size_t len,
    consent_span_t kind);
static void consent_run_seen(void *data, const consent_seen_t *seen);
static consent_parts_t consent_run_body_other(void *data, int elsewhere,
    int policy, consent_str_t lang);
static consent_parts_t consent_run_end(void *data, consent_str_t filling);
static void consent_run_release(void *data, void *p, size_t size);


consent_reuse_run_t *
consent_reuse_open(consent_reuse_t *reuse, const consent_rewrite_conf_t *conf,
    const consent_mem_t *mem)
{
    consent_reuse_run_t  *run;

    run = consent_calloc(mem, sizeof(consent_reuse_run_t));

    if (run == NULL) {
        return NULL;
    }

    run->reuse = reuse;
    run->user = conf;

    return run;
}


void
consent_reuse_close(consent_reuse_run_t *run)
{
    while (run->npast) {
        consent_reuse_release(run->reuse, run->past[--run->npast]);
    }

    if (run->page) {
        consent_reuse_release(run->reuse, run->page);
        run->page = NULL;
    }

    if (run->kept) {
        consent_reuse_release(run->reuse, run->kept);
        run->kept = NULL;
    }
}


int
consent_reuse_feed(consent_reuse_run_t *run, const uint8_t *data, size_t len,
    int last)
{
    int            rc;
    consent_str_t  s;

    s.data = data;
    s.len = len;

    if (!run->begun) {
        if (len == 0 && !last) {
            return CONSENT_OK;
        }

        if (consent_run_begin(run, s) != CONSENT_OK) {
            return CONSENT_ERROR;
        }
    }

    if (run->same) {
        rc = consent_run_compare(run, s, last);

        if (rc != CONSENT_DECLINED) {
            return rc;
        }
    }

    return consent_run_feed(run, s, last);
}


int
consent_reuse_flush(consent_reuse_run_t *run)
{
    const consent_reuse_mark_t  *marks;

    if (!run->same || run->place.at == 0) {
        return CONSENT_OK;
    }

    marks = (const consent_reuse_mark_t *) run->page->marks.data;

    return run->mark && marks[run->mark - 1].fed == run->place.at
           ? CONSENT_OK : consent_run_rewrite(run);
}


int
consent_reuse_again(const consent_reuse_run_t *run)
{
    return run->same;
}


static int
consent_run_begin(consent_reuse_run_t *run, consent_str_t begin)
{
    consent_reuse_key_t            key;
    const consent_rewrite_conf_t  *conf;

    run->begun = 1;
    conf = run->user;

    if (run->reuse && consent_reuse_key(&key, conf) == CONSENT_OK) {

        run->page = consent_reuse_find(run->reuse, &key, begin);

        if (run->page) {
            run->same = 1;
            return CONSENT_OK;
        }

        if (consent_reuse_due(run->reuse, key.hash)) {
            run->kept = consent_reuse_page_create(run->reuse, key.hash,
                                                  key.part, key.n);
        }

        if (run->kept) {
            consent_run_wrap(run);
            conf = &run->conf;
        }
    }

    run->rw = consent_rewrite_create(conf);

    return run->rw ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_run_wrap(consent_reuse_run_t *run)
{
    const consent_rewrite_conf_t  *user;

    user = run->user;

    run->conf = *user;
    run->conf.data = run;
    run->conf.emit = consent_run_emit;
    run->conf.seen = user->seen ? consent_run_seen : NULL;
    run->conf.body_other = user->body_other ? consent_run_body_other : NULL;
    run->conf.end = user->end ? consent_run_end : NULL;
    run->conf.release = user->release ? consent_run_release : NULL;
}


/* CONSENT_DECLINED if s is not what comes next; then it is rewritten. */

static int
consent_run_compare(consent_reuse_run_t *run, consent_str_t s, int last)
{
    int                    rc;
    consent_reuse_place_t  place;

    do {
        place = run->place;

        if (!consent_run_same(run, s, last)) {
            continue;
        }

        rc = consent_run_marks(run, last);

        if (rc == CONSENT_OK && last) {
            consent_reuse_came(run->reuse, run->page);
        }

        if (rc != CONSENT_DECLINED) {
            return rc;
        }

        run->place = place;

    } while (consent_run_other(run, s));

    return consent_run_rewrite(run) == CONSENT_OK ? CONSENT_DECLINED
                                                  : CONSENT_ERROR;
}


static int
consent_run_same(consent_reuse_run_t *run, consent_str_t s, int last)
{
    size_t  left;

    left = run->page->in - run->place.at;

    return (!last || s.len == left)
           && consent_reuse_in_same(run->page, &run->place, s);
}


/* 1 if what was asked so far had the same answers there. */

static int
consent_run_alike(const consent_reuse_run_t *run,
    const consent_reuse_page_t *other)
{
    size_t                        i, len;
    const consent_reuse_event_t  *a, *b;

    a = (const consent_reuse_event_t *) run->page->events.data;
    b = (const consent_reuse_event_t *) other->events.data;

    if (other->events.len / sizeof(consent_reuse_event_t) < run->told) {
        return 0;
    }

    for (i = 0; i < run->told; i++) {

        if (!a[i].asked) {
            continue;
        }

        len = a[i].text_len + a[i].answer_len;

        if (!b[i].asked || b[i].text_len + b[i].answer_len != len
            || memcmp(run->page->text.data + a[i].text,
                      other->text.data + b[i].text, len)
               != 0)
        {
            return 0;
        }
    }

    return 1;
}


/* Takes it for another page that is the same so far; 0 if there is none. */

static int
consent_run_other(consent_reuse_run_t *run, consent_str_t s)
{
    consent_reuse_page_t  *other;

    if (run->npast == CONSENT_REUSE_TWINS) {
        return 0;
    }

    other = consent_reuse_other(run->page, &run->place, s);

    if (other == NULL) {
        return 0;
    }

    if (!consent_run_alike(run, other)) {
        consent_reuse_release(run->reuse, other);
        return 0;
    }

    run->past[run->npast++] = run->page;
    run->page = other;
    run->mark = 0;

    return 1;
}


/* Lets out what would have come out by now. The last mark is the end's. */

static int
consent_run_marks(consent_reuse_run_t *run, int last)
{
    int                          rc;
    size_t                       n, from;
    consent_reuse_page_t        *page;
    const consent_reuse_mark_t  *marks;

    page = run->page;
    marks = (const consent_reuse_mark_t *) page->marks.data;
    n = page->marks.len / sizeof(consent_reuse_mark_t);

    while (run->mark + 1 < n && marks[run->mark].fed <= run->place.at) {
        run->mark++;
    }

    if (last) {
        run->mark = n;
    }

    if (run->mark == 0) {
        return CONSENT_OK;
    }

    marks += run->mark - 1;
    rc = consent_run_events(run, marks->events);

    if (rc != CONSENT_OK || marks->out <= run->out) {
        return rc;
    }

    from = run->out;
    run->out = marks->out;

    return run->user->emit(run->user->data, page->out.data + from,
                           run->out - from, CONSENT_SPAN_CONST);
}


static int
consent_run_events(consent_reuse_run_t *run, size_t end)
{
    const consent_reuse_event_t  *event;

    event = (const consent_reuse_event_t *) run->page->events.data;

    for ( /* void */ ; run->told < end; run->told++) {

        if (!event[run->told].asked) {
            consent_run_tell(run, &event[run->told]);

        } else if (!consent_run_asked(run, &event[run->told])) {
            return CONSENT_DECLINED;
        }
    }

    return CONSENT_OK;
}


/* 1 if what is asked is answered as it was then. */

static int
consent_run_asked(const consent_reuse_run_t *run,
    const consent_reuse_event_t *event)
{
    size_t           left;
    unsigned         i;
    const uint8_t   *text;
    consent_str_t    asked;
    consent_parts_t  answer;

    text = run->page->text.data + event->text;

    asked = (consent_str_t) { event->text_len, text };

    answer = event->ended
             ? run->user->end(run->user->data, asked)
             : run->user->body_other(run->user->data, event->elsewhere,
                                     event->policy, asked);

    text += event->text_len;
    left = event->answer_len;

    for (i = 0; i < answer.n; i++) {
        if (answer.part[i].len > left
            || (answer.part[i].len
                && memcmp(text, answer.part[i].data, answer.part[i].len)))
        {
            return 0;
        }

        text += answer.part[i].len;
        left -= answer.part[i].len;
    }

    return left == 0;
}


static void
consent_run_tell(const consent_reuse_run_t *run,
    const consent_reuse_event_t *event)
{
    consent_seen_t  seen;

    seen.verdict = &event->verdict;
    seen.type = event->type;
    seen.host.data = run->page->text.data + event->text;
    seen.host.len = event->text_len;
    seen.held = event->held;
    seen.bounded = event->bounded;

    run->user->seen(run->user->data, &seen);
}


/* It is another page: what came of it is rewritten, but for what has left. */

static int
consent_run_rewrite(consent_reuse_run_t *run)
{
    int                    rc;
    consent_str_t          key;
    consent_reuse_place_t  past;

    run->same = 0;
    run->skip = run->out;
    run->untold = run->told;

    if (consent_reuse_due(run->reuse, run->page->hash)) {
        key.data = run->page->key.data;
        key.len = run->page->key.len;

        run->kept = consent_reuse_page_create(run->reuse, run->page->hash,
                                              &key, 1);
    }

    consent_run_wrap(run);
    run->rw = consent_rewrite_create(&run->conf);

    if (run->rw == NULL) {
        return CONSENT_ERROR;
    }

    memset(&past, 0, sizeof(past));

    run->again = 1;
    rc = CONSENT_OK;

    while (rc == CONSENT_OK && past.at < run->place.at) {
        rc = consent_run_feed(run,
                              consent_reuse_in_next(run->page, &past,
                                                    run->place.at),
                              0);
    }

    run->again = 0;

    return rc;
}


static int
consent_run_feed(consent_reuse_run_t *run, consent_str_t s, int last)
{
    int            rc;
    consent_str_t  piece;

    do {
        piece = s;

        if (run->kept && s.len > RUN_PIECE) {
            piece.len = RUN_PIECE;
        }

        s.data = piece.len ? s.data + piece.len : s.data;
        s.len -= piece.len;

        run->rest = piece;
        rc = consent_rewrite_feed(run->rw, piece.data, piece.len,
                                  last && s.len == 0);

        if (rc == CONSENT_OK && run->kept) {
            consent_run_keep(run, last && s.len == 0);
        }

    } while (rc == CONSENT_OK && s.len);

    return rc;
}


/* Of a page that is fed once more, its spans are pieces: they need no mark. */

static void
consent_run_keep(consent_reuse_run_t *run, int last)
{
    size_t                 n;
    consent_reuse_mark_t   mark;
    consent_reuse_page_t  *page;

    page = run->kept;

    if (consent_run_kept(run, consent_reuse_in_goes(run->reuse, page,
                                                    run->rest.data,
                                                    run->rest.len))
        != CONSENT_OK)
    {
        return;
    }

    mark.fed = page->in;
    mark.out = page->out.len;
    mark.events = page->events.len / sizeof(consent_reuse_event_t);

    n = page->marks.len / sizeof(consent_reuse_mark_t);

    if (run->again && n
        && mark.fed - ((consent_reuse_mark_t *) page->marks.data)[n - 1].fed
           < RUN_PIECE)
    {
        return;
    }

    if (consent_run_add(run, &page->marks, &mark, sizeof(mark)) == CONSENT_OK
        && last)
    {
        consent_reuse_keep(run->reuse, page);
    }
}


/* A part of what is fed comes out as it is, after some that did not. */

static void
consent_run_came_out(consent_reuse_run_t *run, const uint8_t *p, size_t len)
{
    size_t  n;

    n = (size_t) (p - run->rest.data);

    if (consent_run_kept(run, consent_reuse_in_goes(run->reuse, run->kept,
                                                    run->rest.data, n))
        == CONSENT_OK)
    {
        (void) consent_run_kept(run, consent_reuse_in_stays(run->reuse,
                                                            run->kept, len));
    }

    run->rest.data = p + len;
    run->rest.len -= n + len;
}


static int
consent_run_add(consent_reuse_run_t *run, consent_room_t *room, const void *p,
    size_t len)
{
    return consent_run_kept(run, consent_reuse_add(run->reuse, run->kept,
                                                   room, p, len));
}


/* A page that is too large, or for which there is no memory, is not kept. */

static int
consent_run_kept(consent_reuse_run_t *run, int rc)
{
    if (rc != CONSENT_OK) {
        consent_reuse_release(run->reuse, run->kept);
        run->kept = NULL;
    }

    return rc;
}


static int
consent_run_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    consent_reuse_run_t  *run = data;

    size_t  n;

    if (run->kept && kind == CONSENT_SPAN_INPUT) {
        consent_run_came_out(run, p, len);
    }

    if (run->kept) {
        (void) consent_run_add(run, &run->kept->out, p, len);
    }

    n = len < run->skip ? len : run->skip;
    run->skip -= n;

    if (n == len) {
        return CONSENT_OK;
    }

    if (run->again && kind == CONSENT_SPAN_INPUT) {
        kind = CONSENT_SPAN_CONST;
    }

    return run->user->emit(run->user->data, p + n, len - n, kind);
}


static void
consent_run_seen(void *data, const consent_seen_t *seen)
{
    consent_reuse_run_t  *run = data;

    consent_reuse_event_t  event;

    if (run->kept) {
        memset(&event, 0, sizeof(event));

        event.held = seen->held;
        event.bounded = seen->bounded;
        event.type = seen->type;
        event.verdict = *seen->verdict;
        event.text = run->kept->text.len;
        event.text_len = seen->host.len;

        if (consent_run_add(run, &run->kept->text, seen->host.data,
                            seen->host.len)
            == CONSENT_OK)
        {
            (void) consent_run_add(run, &run->kept->events, &event,
                                   sizeof(event));
        }
    }

    if (run->untold) {
        run->untold--;
        return;
    }

    run->user->seen(run->user->data, seen);
}


/* Keeps a question and its answer. */

static void
consent_run_keep_asked(consent_reuse_run_t *run,
    consent_reuse_event_t *event, consent_str_t text, consent_parts_t answer)
{
    unsigned  i;

    if (run->untold) {
        run->untold--;
    }

    if (run->kept == NULL) {
        return;
    }

    event->asked = 1;
    event->text = run->kept->text.len;
    event->text_len = text.len;

    if (consent_run_add(run, &run->kept->text, text.data, text.len)
        != CONSENT_OK)
    {
        return;
    }

    for (i = 0; i < answer.n; i++) {
        event->answer_len += answer.part[i].len;

        if (consent_run_add(run, &run->kept->text, answer.part[i].data,
                    answer.part[i].len)
            != CONSENT_OK)
        {
            return;
        }
    }

    (void) consent_run_add(run, &run->kept->events, event,
                           sizeof(consent_reuse_event_t));
}


static consent_parts_t
consent_run_body_other(void *data, int elsewhere, int policy,
    consent_str_t lang)
{
    consent_reuse_run_t  *run = data;

    consent_parts_t        answer;
    consent_reuse_event_t  event;

    answer = run->user->body_other(run->user->data, elsewhere, policy, lang);

    memset(&event, 0, sizeof(event));

    event.elsewhere = elsewhere != 0;
    event.policy = policy & 1;

    consent_run_keep_asked(run, &event, lang, answer);

    return answer;
}


static consent_parts_t
consent_run_end(void *data, consent_str_t filling)
{
    consent_reuse_run_t  *run = data;

    consent_parts_t        answer;
    consent_reuse_event_t  event;

    answer = run->user->end(run->user->data, filling);

    memset(&event, 0, sizeof(event));

    event.ended = 1;

    consent_run_keep_asked(run, &event, filling, answer);

    return answer;
}


static void
consent_run_release(void *data, void *p, size_t size)
{
    consent_reuse_run_t  *run = data;

    run->user->release(run->user->data, p, size);
}

/*
 * Pages that come again: what comes out and what is told is always that of a
 * rewriting, however a page is cut, and wherever it turns out to be another.
 */

#include "consent_reuse.h"
#include "consent_reuse_page.h"
#include "unit_rules.h"


#define OUT_MAX    (1 << 20)
#define MEM_MAX    (1 << 22)
#define LIMIT      (1 << 20)

#define PAGE_MAX   65536


static const char  services[] =
    "{\"id\":\"tracker\",\"name\":\"Tracker\",\"purposes\":[\"marketing\"],"
    "\"match\":[{\"host\":\"tracker.example\"},"
    "{\"inline\":[\"trk(\\\"go\\\"\"]}],"
    "\"stubs\":\"trk\",\"fills\":[{\"element\":\".t\"}]},"
    "{\"id\":\"video\",\"name\":\"Video\",\"purposes\":[\"embeds\"],"
    "\"match\":[{\"host\":\"video.example\",\"path\":\"/embed/\"}]}";

static const char  page_text[] =
    "<!doctype html><html lang=pt-BR><head><title>A page</title>"
    "<script src=https://a.tracker.example/t.js></script>"
    "<script>window.a = 1; trk(\"go\", 2);</script>"
    "<script>window.b = 2;</script></head>\n<body class=x>"
    "<p>Text with <b>tags</b> and <img src=/own.png alt=own>.</p>"
    "<iframe src='https://video.example/embed/1' width=5></iframe>"
    "<!-- a comment --><img src=\"https://unknown.example/p.gif?a&amp;b\">"
    "<style>p{background:url(https://tracker.example/c.png)}</style>"
    "<p>The end</p></body></html>\n";


typedef struct {
    uint8_t    text[OUT_MAX];
    size_t     len;
    uint64_t   told;            /* a sum of all that was told, in order */
    unsigned   events;
} out_t;


/* How a page is fed, and what with. */

typedef struct {
    size_t         split;       /* the first piece; 0: none */
    size_t         step;        /* the others */
    unsigned       flush:1;     /* after each piece */
    unsigned       stubs:1;
    uint32_t       granted;
    consent_str_t  path;
    consent_str_t  banner;      /* for another language */
} how_t;


static consent_rules_t  *rules;
static out_t             plain, out;
static uint8_t           arena[MEM_MAX];
static size_t            arena_used;
static const char       *spoken;
static const char       *ended;
static long              blocks;
static int               no_heap;


static void *
arena_alloc(void *data, size_t size)
{
    void  *p;

    (void) data;

    size = (size + 15) & ~(size_t) 15;

    if (size > MEM_MAX - arena_used) {
        return NULL;
    }

    p = arena + arena_used;
    arena_used += size;

    return p;
}


static void *
heap_alloc(void *data, size_t size)
{
    (void) data;

    if (no_heap) {
        return NULL;
    }

    blocks++;

    return malloc(size);
}


static void
heap_free(void *data, void *p)
{
    (void) data;

    blocks--;
    free(p);
}


static const consent_mem_t   mem = { arena_alloc, NULL };
static const consent_heap_t  heap = { heap_alloc, heap_free, NULL };


static int
on_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    out_t  *o = data;

    (void) kind;

    assert_true(len < OUT_MAX - o->len);

    memcpy(o->text + o->len, p, len);
    o->len += len;

    return CONSENT_OK;
}


static void
on_seen(void *data, const consent_seen_t *seen)
{
    out_t   *o = data;

    size_t   i;

    o->events++;
    o->told = o->told * 31 + (uint64_t) seen->verdict->service * 4
              + seen->held * 2 + seen->bounded + seen->type;

    for (i = 0; i < seen->host.len; i++) {
        o->told = o->told * 31 + seen->host.data[i];
    }
}


static consent_parts_t
on_other(void *data, int elsewhere, int policy, consent_str_t lang)
{
    static consent_str_t  part[2];

    (void) data;
    (void) elsewhere;
    (void) policy;

    part[0] = lang;
    part[1] = unit_str(spoken);

    return (consent_parts_t) { 2, part };
}


static consent_parts_t
on_end(void *data, consent_str_t filling)
{
    int                   service;
    size_t                pos;

    static consent_str_t  part[1];

    (void) data;

    for (pos = 0; /* void */ ; ) {
        service = consent_filling_next(filling, &pos);

        if (service == CONSENT_NO_SERVICE) {
            break;
        }

        assert_string_equal((const char *) rules->services[service].id.data,
                            "tracker");
    }

    part[0] = unit_str(ended);

    return (consent_parts_t) { 1, part };
}


static void
configure(consent_rewrite_conf_t *conf, consent_page_t *page,
    consent_choice_t *choice, uint8_t *buf, const how_t *how)
{
    static const consent_str_t  body = consent_string("<i></i>");

    memset(page, 0, sizeof(*page));
    memset(choice, 0, sizeof(*choice));
    memset(conf, 0, sizeof(*conf));

    assert_int_equal(consent_url_parse(&page->url, NULL,
                         how->path.len ? how->path
                         : consent_str("https://www.site.example/p"), buf),
                     CONSENT_OK);

    page->site = consent_url_site(page->url.host);
    page->unclassified = unit_purpose(rules, "marketing");
    choice->granted = 1 | how->granted;

    conf->stubs = how->stubs;
    conf->rules = rules;
    conf->page = page;
    conf->choice = choice;
    conf->mem = &mem;
    conf->charset = CONSENT_CHARSET_UTF8;
    conf->max_tag = CONSENT_HOLD_USUAL;
    conf->max_inline = CONSENT_HOLD_USUAL;
    conf->prefix = consent_str("/privacy-choices/");
    conf->head = consent_str("<meta x>");
    conf->body = (consent_parts_t) { 1, &body };
    conf->body_other = on_other;
    conf->end = on_end;
    conf->emit = on_emit;
    conf->seen = on_seen;
}


static void
feed(consent_reuse_run_t *run, consent_str_t in, const how_t *how)
{
    size_t    at, n;
    uint8_t  *copy;

    for (at = 0; at < in.len; at += n) {
        n = at == 0 && how->split ? how->split : how->step;
        n = in.len - at < n ? in.len - at : n;

        copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, in.data + at, n);

        assert_int_equal(consent_reuse_feed(run, copy, n, 0), CONSENT_OK);
        free(copy);

        if (how->flush) {
            assert_int_equal(consent_reuse_flush(run), CONSENT_OK);
        }
    }

    assert_int_equal(consent_reuse_feed(run, NULL, 0, 1), CONSENT_OK);
}


static void
rewrite(consent_reuse_t *reuse, consent_str_t in, const how_t *how, out_t *o)
{
    uint8_t                  buf[CONSENT_URL_BUF];
    consent_page_t           page;
    consent_choice_t         choice;
    consent_reuse_run_t     *run;
    consent_rewrite_conf_t   conf;

    o->len = o->events = 0;
    o->told = 0;
    arena_used = 0;

    configure(&conf, &page, &choice, buf, how);
    conf.data = o;

    run = consent_reuse_open(reuse, &conf, conf.mem);
    assert_non_null(run);

    feed(run, in, how);
    consent_reuse_close(run);
}


/* The same as a rewriting, which it is not compared with otherwise. */

static void
check(consent_reuse_t *reuse, consent_str_t in, const how_t *how)
{
    static const how_t  whole = { .step = OUT_MAX };

    how_t  same;

    same = *how;
    same.split = 0;
    same.step = whole.step;
    same.flush = 0;

    rewrite(NULL, in, &same, &plain);
    rewrite(reuse, in, how, &out);

    if (out.len != plain.len || memcmp(out.text, plain.text, out.len)) {
        fail_msg("split %zu, step %zu: %.*s\n%.*s", how->split, how->step,
                 (int) out.len, out.text, (int) plain.len, plain.text);
    }

    assert_int_equal(out.events, plain.events);
    assert_true(out.told == plain.told);
}


static const how_t  usual = { .step = OUT_MAX };


/* A table that has the page by now. */

static consent_reuse_t *
with_page(consent_str_t in)
{
    consent_reuse_t  *reuse;

    reuse = consent_reuse_create(&heap, LIMIT);
    assert_non_null(reuse);

    check(reuse, in, &usual);
    check(reuse, in, &usual);

    return reuse;
}


/* How often the rewriter was needed shows in the memory that was asked for. */

static int
compared(void)
{
    return arena_used < 1024;
}


static void
finish(consent_reuse_t *reuse)
{
    consent_reuse_destroy(reuse);
    assert_int_equal(blocks, 0);
}


static void
test_again(void **state)
{
    size_t            i;
    how_t             how;
    consent_str_t     in;
    consent_reuse_t  *reuse;

    (void) state;

    in = unit_str(page_text);
    reuse = with_page(in);
    assert_false(compared());

    check(reuse, in, &usual);
    assert_true(compared());

    for (i = 1; i < in.len; i++) {
        how = (how_t) { .split = i, .step = OUT_MAX };
        check(reuse, in, &how);
        assert_true(compared());
    }

    how = (how_t) { .step = 1 };
    check(reuse, in, &how);
    assert_true(compared());

    finish(reuse);
}


/* After a flush, no more waits than with a rewriting. */

static void
test_flush(void **state)
{
    size_t            i;
    how_t             how;
    consent_str_t     in, part;
    consent_reuse_t  *reuse;

    (void) state;

    in = unit_str(page_text);
    reuse = with_page(in);

    for (i = 1; i < in.len; i++) {
        uint8_t                  buf[CONSENT_URL_BUF];
        consent_page_t           page;
        consent_choice_t         choice;
        consent_reuse_run_t     *run, *other;
        consent_rewrite_conf_t   conf, conf2;

        part = (consent_str_t) { i, in.data };
        out.len = plain.len = arena_used = 0;

        configure(&conf, &page, &choice, buf, &usual);
        conf2 = conf;
        conf.data = &out;
        conf2.data = &plain;

        run = consent_reuse_open(reuse, &conf, conf.mem);
        other = consent_reuse_open(NULL, &conf2, conf2.mem);
        assert_non_null(run);
        assert_non_null(other);

        consent_reuse_feed(run, part.data, part.len, 0);
        consent_reuse_feed(other, part.data, part.len, 0);
        assert_true(out.len <= plain.len);

        consent_reuse_flush(run);
        assert_int_equal(out.len, plain.len);
        assert_memory_equal(out.text, plain.text, out.len);

        consent_reuse_close(run);
        consent_reuse_close(other);

        how = (how_t) { .split = i, .step = 7, .flush = 1 };
        check(reuse, in, &how);
    }

    finish(reuse);
}


/* From some byte on it is another page, shorter or longer. */

static void
test_other(void **state)
{
    size_t            i, len;
    how_t             how;
    uint8_t           bytes[sizeof(page_text) + 64];
    consent_reuse_t  *reuse;

    (void) state;

    reuse = with_page(unit_str(page_text));

    for (i = 0; i < sizeof(page_text) - 1; i++) {
        memcpy(bytes, page_text, sizeof(page_text));
        len = sizeof(page_text) - 1;

        switch (i % 3) {

        case 0:
            bytes[i] = bytes[i] == '"' ? '>' : '"';
            break;

        case 1:
            len = i;
            break;

        default:
            memcpy(bytes + i, "<img src=//b.tracker.example/>", 30);
            len = i + 30;
        }

        how = (how_t) { .split = i / 2, .step = 1 + i % 50 };
        check(reuse, unit_bytes(len, bytes), &how);

        /* so often it is no use to keep it; so it is shown again */

        check(reuse, unit_str(page_text), &usual);
    }

    memcpy(bytes, page_text, sizeof(page_text));
    memcpy(bytes + sizeof(page_text) - 1, "<img src=//c.tracker.example>", 29);
    check(reuse, unit_bytes(sizeof(page_text) + 28, bytes), &usual);

    finish(reuse);
}


/* Another choice, URL or language is another page. */

static void
test_key(void **state)
{
    how_t             how;
    consent_str_t     in;
    consent_reuse_t  *reuse;

    (void) state;

    in = unit_str(page_text);
    reuse = with_page(in);

    how = usual;
    how.granted = unit_purpose(rules, "marketing");
    check(reuse, in, &how);
    assert_false(compared());

    how = usual;
    how.path = consent_str("https://www.video.example/p");
    check(reuse, in, &how);
    assert_false(compared());

    how = usual;
    how.stubs = 1;
    check(reuse, in, &how);
    assert_false(compared());

    spoken = "other";
    check(reuse, in, &usual);
    assert_false(compared());
    check(reuse, in, &usual);
    check(reuse, in, &usual);
    spoken = "one";

    check(reuse, in, &usual);
    assert_true(compared());

    /* So are other answers at its end, and both. */

    ended = "<other>";
    check(reuse, in, &usual);
    assert_false(compared());
    spoken = "other";
    check(reuse, in, &usual);
    check(reuse, in, &usual);
    check(reuse, in, &usual);
    spoken = "one";
    check(reuse, in, &usual);
    ended = "<end>";
    check(reuse, in, &usual);

    finish(reuse);
}


/* Two that take turns and begin the same are both known. */

static void
test_turns(void **state)
{
    int               i;
    char              bytes[sizeof(page_text) + 32];
    how_t             how;
    consent_reuse_t  *reuse;

    (void) state;

    reuse = consent_reuse_create(&heap, LIMIT);
    assert_non_null(reuse);

    how = (how_t) { .split = 100, .step = OUT_MAX };

    for (i = 0; i < 60; i++) {
        snprintf(bytes, sizeof(bytes), "%s<img src=//%c.tracker.example>",
                 page_text, 'a' + i % 2);
        check(reuse, unit_str(bytes), &how);

        if (i > 30) {
            assert_true(compared());
        }
    }

    finish(reuse);
}


/* One that changes each time is kept ever more rarely. */

static void
test_changing(void **state)
{
    int               i;
    long              before;
    char              bytes[sizeof(page_text) + 16];
    unsigned          kept;
    consent_reuse_t  *reuse;

    (void) state;

    reuse = consent_reuse_create(&heap, LIMIT);
    assert_non_null(reuse);

    for (i = 0, kept = 0; i < 1000; i++) {
        snprintf(bytes, sizeof(bytes), "%s%d", page_text, 1000 + i);

        before = blocks;
        check(reuse, unit_str(bytes), &usual);
        kept += blocks > before;
    }

    assert_true(kept > 0);
    assert_true(kept < 40);

    finish(reuse);
}


/* Many that differ in one letter of their URL are all kept. */

static void
test_alike(void **state)
{
    int               i, round;
    char              path[64];
    how_t             how;
    consent_reuse_t  *reuse;

    (void) state;

    reuse = consent_reuse_create(&heap, LIMIT);
    assert_non_null(reuse);
    how = usual;

    for (round = 0; round < 3; round++) {
        for (i = 0; i < 26; i++) {
            snprintf(path, sizeof(path), "https://www.site.example/%c.html",
                     'a' + i);
            how.path = unit_str(path);
            check(reuse, unit_str(page_text), &how);

            if (round == 2) {
                assert_true(compared());
            }
        }
    }

    finish(reuse);
}


/* A thousand pages, some too large, in a tenth of the memory. */

static void
test_bounded(void **state)
{
    int               i, round;
    char              path[64];
    how_t             how;
    uint8_t          *bytes;
    consent_reuse_t  *reuse;

    (void) state;

    bytes = malloc(PAGE_MAX);
    assert_non_null(bytes);
    memset(bytes, 'x', PAGE_MAX);

    reuse = consent_reuse_create(&heap, LIMIT);
    assert_non_null(reuse);

    for (i = 0; i < 300; i++) {
        snprintf(path, sizeof(path), "https://www.site.example/%d", i);
        how = usual;
        how.path = unit_str(path);

        for (round = 0; round < 3; round++) {
            check(reuse, unit_bytes(i * 200, bytes), &how);
        }

        /* what holds 16 KiB takes 32 twice, and some more */

        if (i && i < 80) {
            assert_true(compared());
        }
    }

    check(reuse, unit_bytes(PAGE_MAX, bytes), &usual);
    check(reuse, unit_bytes(PAGE_MAX, bytes), &usual);
    check(reuse, unit_bytes(PAGE_MAX, bytes), &usual);
    assert_false(compared());

    no_heap = 1;
    how.path = consent_str("https://www.site.example/none");
    check(reuse, unit_bytes(9, bytes), &how);
    check(reuse, unit_bytes(9, bytes), &how);
    check(reuse, unit_bytes(9, bytes), &how);
    no_heap = 0;

    free(bytes);
    finish(reuse);
}


/* Of many responses on their way, one is kept, and one is no use. */

static void
test_at_once(void **state)
{
    int                      i;
    uint8_t                  buf[CONSENT_URL_BUF];
    consent_str_t            in;
    consent_page_t           page;
    consent_choice_t         choice;
    consent_reuse_t         *reuse;
    consent_reuse_run_t     *run[20];
    consent_rewrite_conf_t   conf;

    (void) state;

    in = unit_str(page_text);
    reuse = consent_reuse_create(&heap, LIMIT);
    assert_non_null(reuse);

    check(reuse, in, &usual);
    assert_int_equal(blocks, 1);

    out.len = 0;
    configure(&conf, &page, &choice, buf, &usual);
    conf.data = &out;
    conf.mem = &unit_mem;

    for (i = 0; i < 20; i++) {
        run[i] = consent_reuse_open(reuse, &conf, &unit_mem);
        assert_non_null(run[i]);
        assert_int_equal(consent_reuse_feed(run[i], in.data, in.len / 2, 0),
                         CONSENT_OK);
    }

    /* the table, the page, and what it has: key, spans, gone, out, … */

    assert_in_range(blocks, 2, 9);

    for (i = 0; i < 20; i++) {
        consent_reuse_close(run[i]);
    }

    assert_int_equal(blocks, 1);

    /* it ended too soon, so the next ones wait */

    check(reuse, in, &usual);
    assert_int_equal(blocks, 1);

    finish(reuse);
}


/* What was given as CONST is there until the run is closed. */

static void
test_held(void **state)
{
    int                      i;
    how_t                    how;
    char                     path[64];
    uint8_t                  buf[CONSENT_URL_BUF];
    consent_str_t            in;
    consent_page_t           page;
    consent_choice_t         choice;
    consent_reuse_t         *reuse;
    consent_reuse_run_t     *run;
    consent_rewrite_conf_t   conf;

    (void) state;

    in = unit_str(page_text);
    reuse = consent_reuse_create(&heap, 32 * 1024);
    assert_non_null(reuse);

    check(reuse, in, &usual);
    check(reuse, in, &usual);

    out.len = out.events = 0;
    out.told = 0;
    configure(&conf, &page, &choice, buf, &usual);
    conf.data = &out;
    conf.mem = &unit_mem;

    run = consent_reuse_open(reuse, &conf, conf.mem);
    assert_non_null(run);
    assert_int_equal(consent_reuse_feed(run, in.data, in.len / 2, 0),
                     CONSENT_OK);

    for (i = 0; i < 100; i++) {
        out_t  keep;

        memcpy(&keep, &out, sizeof(keep));
        snprintf(path, sizeof(path), "https://www.site.example/%d", i / 3);
        how = usual;
        how.path = unit_str(path);
        check(reuse, in, &how);
        memcpy(&out, &keep, sizeof(keep));
    }

    assert_int_equal(consent_reuse_feed(run, in.data + in.len / 2,
                                        in.len - in.len / 2, 1), CONSENT_OK);
    rewrite(NULL, in, &usual, &plain);
    assert_int_equal(out.len, plain.len);
    assert_memory_equal(out.text, plain.text, out.len);

    consent_reuse_close(run);
    finish(reuse);
}


static int
setup(void **state)
{
    spoken = "one";
    ended = "<end>";
    rules = unit_rules(services);
    *state = rules;

    return 0;
}


int
main(void)
{
    static const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_other),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_changing),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_held),
    };

    return cmocka_run_group_tests(tests, setup, unit_teardown);
}

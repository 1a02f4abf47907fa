#include <string.h>

#include "consent_rewrite_stream.h"


/* Longest piece that is tokenized in one go. */
#define CONSENT_PIECE_MAX  32768

/* Memory for held bytes that is not given back. */
#define CONSENT_HOLD_KEPT  512


/*
 * Bytes come out in order: rw->out is the offset of the next one.  What the
 * decision on a tag or an inline script still needs is kept in rw->hold when
 * the chunk ends; all else leaves as slices of the chunk.
 */


static void
consent_rewrite_emit(consent_rewrite_t *rw, const uint8_t *p, size_t len,
    consent_span_t kind)
{
    if (len && rw->rc == CONSENT_OK) {
        rw->rc = rw->conf->emit(rw->conf->data, p, len, kind);
    }
}


void
consent_rewrite_upto(consent_rewrite_t *rw, uint64_t offset)
{
    uint64_t  n;

    if (rw->cut) {
        rw->out = rw->out < offset ? offset : rw->out;
        return;
    }

    if (rw->out < rw->hold_end && rw->out < offset) {
        n = (offset < rw->hold_end ? offset : rw->hold_end) - rw->out;

        consent_rewrite_emit(rw, consent_rewrite_bytes(rw, rw->out),
                             (size_t) n, CONSENT_SPAN_TEMP);
        rw->out += n;
    }

    if (rw->out < offset) {
        consent_rewrite_emit(rw, rw->chunk + (rw->out - rw->base),
                             (size_t) (offset - rw->out),
                             CONSENT_SPAN_INPUT);
        rw->out = offset;
    }
}


void
consent_rewrite_put(consent_rewrite_t *rw, consent_str_t s,
    consent_span_t kind)
{
    if (!rw->conf->observe && !rw->cut) {
        consent_rewrite_emit(rw, s.data, s.len, kind);
    }
}


/*
 * In steps, fewer of them where what is outgrown is not given back; the last
 * one is the bound, which nothing passes while pieces are cut at it.
 */

static size_t
consent_rewrite_hold_size(const consent_rewrite_conf_t *conf, size_t need)
{
    size_t  size, bound, step;

    step = conf->release != NULL ? 2 : 8;
    bound = conf->max_tag > conf->max_inline ? conf->max_tag
                                             : conf->max_inline;
    bound += 512;

    for (size = CONSENT_HOLD_KEPT; size < need; size *= step) { /* void */ }

    return need <= bound && size > bound / step ? bound : size;
}


void
consent_rewrite_release(consent_rewrite_t *rw, void *p, size_t size)
{
    if (p != NULL && rw->conf->release != NULL) {
        rw->conf->release(rw->conf->data, p, size);
    }
}


static void
consent_rewrite_outgrown(consent_rewrite_t *rw)
{
    consent_outgrown_t  *out;

    while (rw->noutgrown) {
        out = &rw->outgrown[--rw->noutgrown];
        consent_rewrite_release(rw, out->text, out->size);
    }
}


/* Nothing is held: the memory of a long script or of long values need not
   last until the next. */

static void
consent_rewrite_hold_none(consent_rewrite_t *rw)
{
    if (rw->conf->release == NULL) {
        return;
    }

    if (rw->hold_size > CONSENT_HOLD_KEPT) {
        consent_rewrite_release(rw, rw->hold, rw->hold_size);

        rw->hold = NULL;
        rw->hold_size = 0;
        rw->hold_start = 0;
        rw->hold_end = 0;
    }

    consent_rewrite_outgrown(rw);

    if (rw->text_size > CONSENT_HOLD_KEPT) {
        consent_rewrite_release(rw, rw->text, rw->text_size);

        rw->text = NULL;
        rw->text_size = 0;
        rw->text_len = 0;
    }
}


/* 1 if the memory for what is held is too little; or, where it begins anew,
   more than it takes. */

static int
consent_rewrite_hold_unfit(const consent_rewrite_t *rw, size_t have,
    size_t need)
{
    return need > rw->hold_size
           || (have == 0 && rw->conf->release != NULL
               && rw->hold_size > consent_rewrite_hold_size(rw->conf, need));
}


/* Keeps the bytes of the chunk up to offset behind those already held; what
   stands before `from` comes out. */

void
consent_rewrite_keep(consent_rewrite_t *rw, uint64_t from, uint64_t offset)
{
    size_t    have, need, size;
    uint8_t  *p;

    consent_rewrite_upto(rw, from);

    if (rw->hold_end < from || rw->hold_end < rw->base) {
        rw->hold_start = from;
        rw->hold_end = from;
    }

    have = (size_t) (rw->hold_end - from);
    need = (size_t) (offset - from);

    if (consent_rewrite_hold_unfit(rw, have, need)) {

        size = consent_rewrite_hold_size(rw->conf, need);

        p = consent_alloc(rw->conf->mem, size);
        if (p == NULL) {
            rw->rc = CONSENT_ERROR;
            return;
        }

        if (have) {
            memcpy(p, rw->hold + (from - rw->hold_start), have);
        }

        consent_rewrite_release(rw, rw->hold, rw->hold_size);

        rw->hold = p;
        rw->hold_size = size;

    } else if (have && from != rw->hold_start) {
        memmove(rw->hold, rw->hold + (from - rw->hold_start), have);
    }

    rw->hold_start = from;

    if (need > have) {
        memcpy(rw->hold + have, rw->chunk + (rw->hold_end - rw->base),
               need - have);
        rw->hold_end = offset;
    }
}


void
consent_rewrite_held_init(consent_held_t *held, const consent_tag_t *tag)
{
    held->denied = 0;
    held->unclassified = 0;
    held->script = 0;
    held->image = 0;
    held->frame = 0;
    held->sheet = 0;
    held->doc = 0;
    held->part = 0;
    held->purposes = 0;
    held->nservices = 0;
    held->nurls = 0;
    held->doc_value = (consent_str_t) { 0, NULL };
    held->url = (consent_str_t) { 0, NULL };
    memset(held->rename, 0, sizeof(held->rename));

    memcpy(&held->tag, tag,
           offsetof(consent_tag_t, attr)
           + tag->nattrs * sizeof(consent_attr_t));
}


/*
 * Inline scripts.  The start tag waits until the script's end, or until its
 * bytes exceed the bound: then it goes out unjudged, and if a loader shows
 * up later the script is cut short there by what no JavaScript parser accepts,
 * so that nothing of it runs.
 */

static void
consent_rewrite_script_begin(consent_rewrite_t *rw, int waiting,
    consent_reading_t reading)
{
    rw->script = 1;
    rw->reading = reading;
    rw->waiting = (unsigned) waiting & 1;
    rw->nfound = 0;
    rw->judged = rw->html.tag.end;
    rw->lead = 0;
    rw->module = 0;
    rw->imported = 0;

    consent_inline_init(&rw->code);
}


/* The script is a module, or may be one. */

static void
consent_rewrite_script_module(consent_rewrite_t *rw)
{
    if (rw->imports == NULL) {
        rw->imports = consent_alloc(rw->conf->mem, sizeof(consent_imports_t));

        if (rw->imports == NULL) {
            rw->rc = CONSENT_ERROR;
            return;
        }
    }

    rw->module = 1;
    consent_imports_init(rw->imports);
}


size_t
consent_rewrite_script_imports(consent_rewrite_t *rw, const uint8_t *p,
    size_t len)
{
    int            rc;
    size_t         pos;
    consent_str_t  url;

    /* one that is denied decides: what comes behind it need not be read */

    if (!rw->module || rw->imported) {
        return len;
    }

    pos = 0;

    while (!rw->imported && pos < len) {
        rc = consent_imports_next(rw->imports, (consent_str_t) { len, p },
                                  &pos, &url);

        if (rc != CONSENT_DECLINED) {
            rw->imported |= (unsigned) consent_rewrite_judge_import(
                                rw, &rw->held, rc, url) & 1;
        }
    }

    return rw->imported ? pos : len;
}


int
consent_rewrite_code_denied(consent_rewrite_t *rw, consent_held_t *held,
    const consent_inline_t *code, unsigned *nfound)
{
    int                denied;
    consent_seen_t     seen;
    consent_verdict_t  verdict;

    denied = 0;

    while (consent_inline_found(rw->conf->rules, code, *nfound, &verdict)
           == CONSENT_OK)
    {
        (*nfound)++;
        denied |= consent_rewrite_note(rw, held, &verdict,
                                       CONSENT_TYPE_SCRIPT, consent_str(""));
    }

    /* more services than are told apart: the purposes of all decide */

    if (code->full) {
        consent_inline_verdict(rw->conf->rules, code, &verdict);
        verdict.service = CONSENT_NO_SERVICE;
        seen = (consent_seen_t) { &verdict, CONSENT_TYPE_SCRIPT,
                                  consent_str(""), 0, 1 };
        denied |= consent_rewrite_note_seen(rw, held, &seen);
    }

    return denied;
}


/* Of the script that is being read. */

int
consent_rewrite_script_denied(consent_rewrite_t *rw)
{
    return consent_rewrite_code_denied(rw, &rw->held, &rw->code,
                                       &rw->nfound)
           || rw->imported;
}


/* The decision on a script whose tag waits, and that was seen up to offset;
   whole: no more of it comes. */

static void
consent_rewrite_script_decide(consent_rewrite_t *rw, uint64_t offset,
    int whole)
{
    int  denied;

    if (!rw->waiting) {
        return;
    }

    rw->waiting = 0;

    if (rw->reading == CONSENT_READ_CODE) {
        denied = consent_rewrite_script_denied(rw);

    } else {
        denied = consent_rewrite_text_denied(rw, offset, whole);
        rw->script = 0;
    }

    if (denied) {
        rw->script = 0;
        consent_rewrite_make_inert(&rw->held);
    }

    if (rw->held.denied && rw->rc == CONSENT_OK) {
        consent_rewrite_put_tag(rw, &rw->held);
    }

    consent_rewrite_text_defuse(rw, offset);
}


/* The bytes of a script that waits, those before the chunk. */

static const uint8_t *
consent_rewrite_script_past(const consent_rewrite_t *rw)
{
    return rw->held.tag.end < rw->base
           ? consent_rewrite_bytes(rw, rw->held.tag.end) : NULL;
}


/* What of the script was read, in a charset that bytes must be masked of. */

static size_t
consent_rewrite_script_masked(consent_rewrite_t *rw, const uint8_t *p,
    size_t len)
{
    size_t   n;
    uint8_t  lead, buf[CONSENT_MASK_MAX];

    if (len > CONSENT_MASK_MAX) {
        len = CONSENT_MASK_MAX;
    }

    lead = rw->lead;
    p = consent_rewrite_masked(rw, &lead, p, len, buf);
    n = consent_inline_find(rw->conf->rules, &rw->code, p, len);
    n = consent_rewrite_script_imports(rw, p, n);

    /* a loader ends in ASCII */

    rw->lead = n == len ? lead : 0;

    return n;
}


/*
 * Feeds the script up to offset; returns how far that was read.  One that no
 * longer waits is cut at the byte that makes a loader complete, whatever the
 * pieces it comes in.
 */

static uint64_t
consent_rewrite_script_feed(consent_rewrite_t *rw, uint64_t from,
    uint64_t offset)
{
    size_t          len;
    const uint8_t  *p;

    p = from < rw->base ? consent_rewrite_bytes(rw, from)
                        : rw->chunk + (from - rw->base);
    len = (size_t) (offset - from);

    if (consent_charset_has_pairs(rw->conf->charset)) {
        return from + consent_rewrite_script_masked(rw, p, len);
    }

    if (!rw->waiting) {
        len = consent_inline_find(rw->conf->rules, &rw->code, p, len);

        return from + consent_rewrite_script_imports(rw, p, len);
    }

    (void) consent_rewrite_script_imports(rw, p, len);

    consent_inline_feed_kept(rw->conf->rules, &rw->code,
                             consent_rewrite_script_past(rw), p, len);

    return offset;
}


/* Before the bytes of a script that waits go out.  The last of them may be an
   unfinished end tag, which was not judged. */

static void
consent_rewrite_script_settle(consent_rewrite_t *rw)
{
    uint64_t  from, to;

    from = rw->held.tag.end > rw->base ? rw->held.tag.end : rw->base;
    to = rw->judged > from ? rw->judged : from;

    consent_inline_settle(rw->conf->rules, &rw->code,
                          consent_rewrite_script_past(rw),
                          rw->chunk + (from - rw->base),
                          (size_t) (to - from));
}


/* Where judging goes on.  What might have been a token was kept back, and may
   begin before the chunk; of a script that waits, it is read as its past. */

static uint64_t
consent_rewrite_script_from(const consent_rewrite_t *rw)
{
    if (rw->judged >= rw->base
        || (!rw->waiting && rw->judged >= rw->hold_start
            && rw->hold_end == rw->base))
    {
        return rw->judged;
    }

    return rw->base;
}


static void
consent_rewrite_script_judge(consent_rewrite_t *rw, uint64_t offset)
{
    uint64_t  from, upto;

    if (!rw->script || rw->reading != CONSENT_READ_CODE) {
        return;
    }

    from = consent_rewrite_script_from(rw);

    if (offset <= from) {
        return;
    }

    while (from < offset) {
        upto = from < rw->base && rw->base < offset ? rw->base : offset;
        from = consent_rewrite_script_feed(rw, from, upto);

        if (!rw->waiting && consent_rewrite_script_denied(rw)) {
            rw->script = 0;

            if (!rw->conf->observe) {
                consent_rewrite_upto(rw, from - 1);
                consent_rewrite_put(rw, consent_str("\n#"),
                                    CONSENT_SPAN_CONST);
                rw->cut = 1;
            }

            return;
        }
    }

    rw->judged = offset;
}


static void
consent_rewrite_script_end(consent_rewrite_t *rw, uint64_t offset)
{
    consent_rewrite_script_judge(rw, offset);
    consent_rewrite_script_decide(rw, offset, 1);

    rw->script = 0;
}


/* The end tag of a script that was cut short is put in anew: a part of it
   may have been dropped. */

static void
consent_rewrite_script_closed(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    consent_rewrite_script_end(rw, tag->start);

    if (rw->cut) {
        rw->cut = 0;
        rw->out = tag->end;
        consent_rewrite_put(rw, consent_str("</script>"), CONSENT_SPAN_CONST);
    }
}


static void
consent_rewrite_insert(consent_rewrite_t *rw, uint64_t offset,
    consent_str_t s)
{
    consent_rewrite_upto(rw, offset);
    consent_rewrite_put(rw, s, CONSENT_SPAN_CONST);
}


static consent_str_t
consent_rewrite_head(const consent_rewrite_t *rw)
{
    return rw->conf->whole && !rw->whole ? consent_str("") : rw->conf->head;
}


static void
consent_rewrite_put_body(consent_rewrite_t *rw)
{
    int                            elsewhere;
    unsigned                       i;
    consent_parts_t                body;
    const consent_rewrite_conf_t  *conf;

    conf = rw->conf;

    if (conf->body.n == 0 || (conf->whole && !rw->whole)) {
        return;
    }

    elsewhere = consent_rewrite_elsewhere(rw);

    body = conf->body_other != NULL && (elsewhere || rw->policy
                                        || rw->lang_len)
           ? conf->body_other(conf->data, elsewhere, rw->policy,
                              consent_rewrite_lang(rw))
           : conf->body;

    for (i = 0; i < body.n; i++) {
        consent_rewrite_put(rw, body.part[i], CONSENT_SPAN_CONST);
    }
}


/*
 * Behind all content, where no framework looks for its own: before </body>, so
 * that it comes with what stands before it, and what is left at the very end;
 * unless it would be no markup there.
 */

static void
consent_rewrite_put_filling(consent_rewrite_t *rw, uint64_t offset)
{
    unsigned                       i, n;
    consent_parts_t                end;
    const consent_rewrite_conf_t  *conf;

    conf = rw->conf;
    n = rw->nfilling - rw->nfilled;

    if (n == 0 || conf->end == NULL || conf->body.n == 0
        || (conf->whole && !rw->whole))
    {
        return;
    }

    if (!rw->body_done || rw->html.noscript || rw->html.ntwice
        || rw->html.tree.templates || rw->html.text != CONSENT_TEXT_DATA)
    {
        return;
    }

    end = conf->end(conf->data, (consent_str_t)
                    { n * sizeof(rw->filling[0]),
                      (const uint8_t *) (rw->filling + rw->nfilled) });

    rw->nfilled = rw->nfilling;
    consent_rewrite_upto(rw, offset);

    for (i = 0; i < end.n; i++) {
        consent_rewrite_put(rw, end.part[i], CONSENT_SPAN_CONST);
    }
}


consent_str_t
consent_rewrite_lang(const consent_rewrite_t *rw)
{
    return (consent_str_t) { rw->lang_len, rw->lang };
}


/*
 * HTML, 3.2.6.2.  What is no tag by its characters is no language; of several
 * <html> the first that has one counts (13.2.6.4.7).
 */

static void
consent_rewrite_set_lang(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    size_t                 i;
    uint8_t                c;
    const uint8_t         *value;
    const consent_attr_t  *attr;

    attr = consent_rewrite_attr(tag, CONSENT_ATTR_LANG);

    if (attr == NULL || rw->lang_len
        || attr->value_len > CONSENT_LANG_MAX)
    {
        return;
    }

    value = consent_rewrite_bytes(rw, tag->start + attr->value);

    for (i = 0; i < attr->value_len; i++) {
        c = value[i] | 0x20;

        if ((c < 'a' || c > 'z') && (value[i] < '0' || value[i] > '9')
            && value[i] != '-')
        {
            return;
        }
    }

    memcpy(rw->lang, value, attr->value_len);
    rw->lang_len = attr->value_len;
}


/* Where the head or the body begins without a tag of its own. */

static void
consent_rewrite_insert_before(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    if (tag->id == CONSENT_TAG_HTML || tag->id == CONSENT_TAG_HEAD
        || tag->id == CONSENT_TAG_BODY)
    {
        rw->whole = 1;
    }

    if (!rw->head_done && tag->id != CONSENT_TAG_HTML
        && tag->id != CONSENT_TAG_HEAD)
    {
        rw->head_done = 1;
        consent_rewrite_insert(rw, tag->start, consent_rewrite_head(rw));
    }

    if (rw->body_done || rw->html.noscript || rw->html.tree.templates
        || tag->id == CONSENT_TAG_BODY
        || consent_tag_flags(tag->id) & CONSENT_IS_HEAD)
    {
        return;
    }

    rw->body_done = 1;

    if (tag->id != CONSENT_TAG_FRAMESET) {
        consent_rewrite_upto(rw, tag->start);
        consent_rewrite_put_body(rw);
    }
}


/* A tag with more carriers than are noted: it loses all its attributes. */

static void
consent_rewrite_overflow(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    consent_rewrite_held_init(&rw->held, tag);

    if (!consent_rewrite_judge_unknown(rw, &rw->held, CONSENT_TYPE_OTHER)
        || rw->conf->observe)
    {
        return;
    }

    rw->held.script = (tag->id == CONSENT_TAG_SCRIPT);

    consent_rewrite_upto(rw, tag->start + tag->name_end);
    consent_rewrite_put_marks(rw, &rw->held);

    rw->out = tag->end;
    consent_rewrite_put(rw, tag->self_closing ? consent_str("/>")
                                              : consent_str(">"),
                        CONSENT_SPAN_CONST);
}


static void
consent_rewrite_insert_behind(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    if (tag->id == CONSENT_TAG_HEAD && !rw->head_done) {
        rw->head_done = 1;
        consent_rewrite_insert(rw, tag->end, consent_rewrite_head(rw));
    }

    if (tag->id == CONSENT_TAG_BODY && !rw->body_done && !rw->html.noscript
        && !rw->html.tree.templates)
    {
        rw->body_done = 1;
        consent_rewrite_upto(rw, tag->end);
        consent_rewrite_put_body(rw);
    }
}


static void
consent_rewrite_style_content(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    consent_reading_t  reading;

    reading = consent_rewrite_reading(rw, tag, consent_str(""));

    if (reading == CONSENT_READ_CODE || rw->long_tag) {
        consent_rewrite_css_begin(rw, tag);

    } else {
        consent_rewrite_script_begin(rw, 1, reading);
    }
}


/* A script in svg or XHTML whose tag went out, too long to be kept: its text
   is what stands between tags, which take what waits.  None of it comes out. */

static void
consent_rewrite_script_drop(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    if (rw->conf->choice->all) {
        return;
    }

    (void) consent_rewrite_judge_unknown(rw, &rw->held, CONSENT_TYPE_SCRIPT);

    if (!rw->conf->observe) {
        consent_rewrite_upto(rw, tag->end);
        consent_rewrite_put(rw, consent_str("\n#"), CONSENT_SPAN_CONST);
        rw->cut = 1;
    }
}


static void
consent_rewrite_script_content(consent_rewrite_t *rw,
    const consent_tag_t *tag)
{
    int                module;
    consent_str_t      type;
    consent_reading_t  reading;

    /* of a long tag the type is gone */

    if (rw->long_tag) {

        if (tag->foreign || tag->unsure || rw->conf->xml) {
            consent_rewrite_script_drop(rw, tag);

        } else if (consent_rewrite_attr(tag, CONSENT_ATTR_SRC) == NULL) {
            consent_rewrite_script_begin(rw, 0, CONSENT_READ_CODE);
            consent_rewrite_script_module(rw);
        }

        return;
    }

    type = consent_rewrite_script_type(rw, tag);
    reading = consent_rewrite_reading(rw, tag, type);

    module = consent_rewrite_is_module(type);

    /* where nothing is searched for, a script need not wait */

    if (reading == CONSENT_READ_CODE && !module
        && !consent_inline_searches(rw->conf->rules))
    {
        return;
    }

    if (reading >= CONSENT_READ_MAP
        || consent_rewrite_is_code(rw, tag, type))
    {
        consent_rewrite_script_begin(rw, 1, reading);

        if (module) {
            consent_rewrite_script_module(rw);
        }
    }
}


/* The content of a start tag that is not inert. */

static void
consent_rewrite_content(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    if (((tag->foreign && !tag->unsure) || rw->conf->xml)
        && tag->self_closing)
    {
        return;
    }

    if (tag->id == CONSENT_TAG_STYLE) {
        consent_rewrite_style_content(rw, tag);

    } else if (tag->id == CONSENT_TAG_SCRIPT) {
        consent_rewrite_script_content(rw, tag);
    }
}


/* 1 if it has the page's own policy, whatever that says (CSP, 3.3). */

static int
consent_rewrite_is_policy(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    consent_str_t  value;

    value = consent_rewrite_attr_value(rw, tag, CONSENT_ATTR_HTTP_EQUIV);

    return consent_str_caseeq(value, consent_str("content-security-policy"));
}


/* Of scripts the text may be what fetches: they are judged in any case. */

static void
consent_rewrite_start_tag(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    uint32_t  wanted;

    if (tag->id == CONSENT_TAG_BASE && consent_rewrite_set_base(rw, tag)) {
        return;
    }

    if (tag->id == CONSENT_TAG_META && !rw->body_done) {
        rw->policy |= consent_rewrite_is_policy(rw, tag) & 1;
    }

    if (tag->overflow) {
        consent_rewrite_overflow(rw, tag);
        return;
    }

    wanted = consent_rewrite_wanted(rw, tag);

    if (wanted == 0 && tag->id != CONSENT_TAG_SCRIPT) {

        if (tag->id == CONSENT_TAG_STYLE) {
            consent_rewrite_held_init(&rw->held, tag);
            consent_rewrite_content(rw, tag);
        }

        return;
    }

    consent_rewrite_held_init(&rw->held, tag);
    consent_rewrite_judge_tag(rw, &rw->held, wanted, 0);

    if (!rw->held.script) {
        consent_rewrite_content(rw, tag);
    }

    if (rw->held.denied && !rw->waiting) {
        consent_rewrite_put_tag(rw, &rw->held);
    }
}


static void
consent_rewrite_end_tag(consent_rewrite_t *rw, const consent_tag_t *tag)
{
    switch (tag->id) {

    case CONSENT_TAG_SCRIPT:
        consent_rewrite_script_closed(rw, tag);
        break;

    case CONSENT_TAG_STYLE:
        consent_rewrite_css_end(rw, tag->start);
        break;

    case CONSENT_TAG_AMP_ANALYTICS:
        rw->analytics = 0;
        break;

    case CONSENT_TAG_BODY:
        if (tag->end - tag->start <= CONSENT_END_TAG_MAX) {
            consent_rewrite_put_filling(rw, tag->start);
        }
        break;

    default:
        break;
    }
}


/* 1 if the tag ends the element whose text waits: its end tag, or one that
   leaves svg.  What is not sure to be in svg may be text as well. */

static int
consent_rewrite_text_ends(const consent_rewrite_t *rw,
    const consent_tag_t *tag)
{
    return tag->closing ? tag->id == rw->held.tag.id
                        : !tag->foreign && !rw->held.tag.unsure
                          && !rw->conf->xml;
}


/* Before head and body have begun, tags tell where they do. */

static void
consent_rewrite_spare(consent_rewrite_t *rw)
{
    if (rw->head_done && !rw->conf->xml) {
        rw->html.sparing = rw->body_done ? CONSENT_SPARING_ALL
                                         : CONSENT_SPARING_HEAD;
    }
}


static void
consent_rewrite_on_tag(void *data, consent_html_t *html)
{
    consent_rewrite_t    *rw;
    const consent_tag_t  *tag;

    rw = data;
    tag = &html->tag;

    if (rw->rc != CONSENT_OK) {
        return;
    }

    if (rw->script && rw->reading != CONSENT_READ_CODE) {
        consent_rewrite_script_decide(rw, tag->start,
                                      consent_rewrite_text_ends(rw, tag));
    }

    if (rw->style && !(tag->closing && tag->id == CONSENT_TAG_STYLE)) {
        consent_rewrite_css_cut(rw, tag->start);
    }

    if (tag->closing) {
        consent_rewrite_end_tag(rw, tag);
        return;
    }

    rw->analytics |= (tag->id == CONSENT_TAG_AMP_ANALYTICS);

    if (rw->long_tag) {
        consent_rewrite_content(rw, tag);
        consent_rewrite_long_end(rw);

    } else {

        if (tag->start < rw->base) {
            consent_rewrite_keep(rw, tag->start, tag->end);
        }

        if (rw->rc != CONSENT_OK) {
            return;
        }

        if (html->sparing != CONSENT_SPARING_ALL) {
            consent_rewrite_insert_before(rw, tag);
        }

        if (tag->id == CONSENT_TAG_HTML) {
            consent_rewrite_set_lang(rw, tag);
        }

        consent_rewrite_start_tag(rw, tag);
    }

    if (html->sparing != CONSENT_SPARING_ALL) {
        consent_rewrite_insert_behind(rw, tag);
        consent_rewrite_spare(rw);
    }
}


static void
consent_rewrite_on_other(void *data, consent_html_t *html, int kind,
    uint64_t start, uint64_t end)
{
    consent_rewrite_t  *rw;

    (void) html;
    (void) start;
    (void) end;

    rw = data;

    if (kind == CONSENT_OTHER_DOCTYPE) {
        rw->whole = 1;
    }
}


/* A tag that was not complete.  If it was not judged, it goes. */

static void
consent_rewrite_broken_tag(consent_rewrite_t *rw, uint64_t end)
{
    const consent_html_t  *html;

    html = &rw->html;

    if (rw->long_tag) {
        consent_rewrite_long_broken(rw, end);

    } else if (html->tag.closing) {
        consent_rewrite_upto(rw, end);
        consent_rewrite_put_end(rw, html->attr_open ? html->attr_quote : 0);

    } else {
        consent_rewrite_upto(rw, html->pending);
    }

    if (rw->out < end) {
        rw->out = end;
    }
}


/* Ends what the end of one reading cut off, so that both agree. */

static void
consent_rewrite_on_broken(void *data, consent_html_t *html, int kind,
    uint64_t end)
{
    consent_str_t       name;
    consent_rewrite_t  *rw;

    static const consent_str_t  closing[] = {
        consent_string(""),
        consent_string("-->"),
        consent_string(">"),
        consent_string("]]>"),
        consent_string("--></"),
        consent_string("-->")
    };

    rw = data;

    consent_rewrite_script_end(rw, html->in_token ? html->pending : end);
    consent_rewrite_css_end(rw, end);

    if (rw->cut) {
        rw->cut = 0;
        rw->out = end;
    }

    if (rw->rc != CONSENT_OK) {
        return;
    }

    if (rw->conf->observe) {
        consent_rewrite_long_end(rw);
        return;
    }

    if (kind == CONSENT_BROKEN_TAG) {
        consent_rewrite_broken_tag(rw, end);
        return;
    }

    consent_rewrite_upto(rw, end);
    consent_rewrite_put(rw, closing[kind], CONSENT_SPAN_CONST);

    if (kind == CONSENT_BROKEN_RAW) {
        name.data = html->raw.text;
        name.len = html->raw.len;

        consent_rewrite_put(rw, name, CONSENT_SPAN_TEMP);
        consent_rewrite_put(rw, consent_str(">"), CONSENT_SPAN_CONST);
    }
}


static const consent_html_handler_t  consent_rewrite_handler = {
    consent_rewrite_on_tag,
    consent_rewrite_on_other,
    consent_rewrite_long_attr,
    consent_rewrite_on_broken
};


static const consent_html_handler_t  consent_rewrite_xml_handler = {
    consent_rewrite_on_tag,
    consent_rewrite_xml_other,
    consent_rewrite_long_attr,
    NULL
};


static void
consent_rewrite_init(consent_rewrite_t *rw,
    const consent_rewrite_conf_t *conf)
{
    memset(rw, 0, sizeof(consent_rewrite_t));

    rw->conf = conf;

    consent_html_init(&rw->html,
                      conf->xml ? &consent_rewrite_xml_handler
                                : &consent_rewrite_handler,
                      rw, (int) conf->xml);
    rw->html.charset = conf->charset;
}


consent_rewrite_t *
consent_rewrite_create(const consent_rewrite_conf_t *conf)
{
    consent_rewrite_t  *rw;

    rw = consent_alloc(conf->mem, sizeof(consent_rewrite_t));
    if (rw == NULL) {
        return NULL;
    }

    consent_rewrite_init(rw, conf);

    return rw;
}


void
consent_rewrite_reset(consent_rewrite_t *rw,
    const consent_rewrite_conf_t *conf)
{
    size_t              hold_size, text_size;
    uint8_t            *hold, *text;
    consent_css_t      *css;
    consent_imports_t  *imports;

    consent_rewrite_outgrown(rw);

    hold = rw->hold;
    hold_size = rw->hold_size;
    text = rw->text;
    text_size = rw->text_size;
    css = rw->css;
    imports = rw->imports;

    consent_rewrite_init(rw, conf);

    rw->hold = hold;
    rw->hold_size = hold_size;
    rw->text = text;
    rw->text_size = text_size;
    rw->css = css;
    rw->imports = imports;
}


/* In text: an unfinished URL of a style sheet stays behind. */

static uint64_t
consent_rewrite_safe_text(const consent_rewrite_t *rw, uint64_t safe)
{
    if (rw->style && rw->css->base < safe) {
        safe = rw->css->base;
    }

    if (rw->style && rw->css->in_url && rw->css->url_start < safe) {
        safe = rw->css->url_start;
    }

    return safe;
}


/* 1 if that may be the end tag that something has to come before. */

static int
consent_rewrite_ending(const consent_rewrite_t *rw)
{
    return rw->html.in_token && rw->nfilling > rw->nfilled
           && rw->end - rw->html.pending <= CONSENT_END_TAG_MAX;
}


/* What a tag, script or style sheet still needs begins here. */

static uint64_t
consent_rewrite_safe_token(consent_rewrite_t *rw)
{
    if (rw->waiting && rw->end - rw->held.tag.start > rw->conf->max_inline) {
        consent_rewrite_script_settle(rw);
        consent_rewrite_script_decide(rw, rw->end, 0);
    }

    if (rw->waiting) {
        return rw->held.tag.start;
    }

    if (consent_rewrite_xml_waits(rw)) {
        return consent_rewrite_xml_safe(rw);
    }

    if (!rw->html.in_token || rw->html.tag.closing) {
        return consent_rewrite_safe_text(rw, consent_rewrite_ending(rw)
                                             ? rw->html.pending : rw->end);
    }

    if (!rw->long_tag) {

        if (rw->end - rw->html.pending <= rw->conf->max_tag) {
            return consent_rewrite_safe_text(rw, rw->html.pending);
        }

        if (rw->style) {
            consent_rewrite_css_cut(rw, rw->html.pending);
        }

        consent_rewrite_insert_before(rw, &rw->html.tag);
        consent_rewrite_long_begin(rw);
    }

    return consent_rewrite_long_safe(rw);
}


/* What has to stay behind at the end of a chunk begins here. */

static uint64_t
consent_rewrite_safe(consent_rewrite_t *rw)
{
    uint64_t  safe, mark;

    safe = consent_rewrite_safe_token(rw);
    mark = consent_html_mark(&rw->html);

    return mark < safe ? mark : safe;
}


static void
consent_rewrite_tail(consent_rewrite_t *rw)
{
    uint64_t  safe;

    consent_rewrite_script_judge(rw, rw->html.in_token ? rw->html.pending
                                                       : rw->end);
    consent_rewrite_css_tail(rw);

    safe = consent_rewrite_safe(rw);

    if (rw->cut) {
        rw->out = safe;
    }

    consent_rewrite_upto(rw, safe);

    if (safe == rw->end) {
        consent_rewrite_hold_none(rw);

    } else if (rw->rc == CONSENT_OK) {
        consent_rewrite_keep(rw, safe, rw->end);
    }
}


/* The document's end: an unfinished tag is dropped by browsers, but was
   not judged, so it does not come out. */

static void
consent_rewrite_last(consent_rewrite_t *rw)
{
    int       inside;
    uint64_t  until;

    until = rw->end;
    inside = rw->html.in_token || rw->html.in_other;

    if (rw->html.in_token && !rw->html.tag.closing && !rw->conf->observe
        && rw->end > rw->html.pending + 1)
    {
        until = rw->long_tag ? rw->out : rw->html.pending;
    }

    consent_html_end(&rw->html);

    if (!rw->cut) {
        consent_rewrite_upto(rw, until);
    }

    rw->out = rw->end;

    if (!rw->body_done && !rw->html.tree.templates) {
        rw->body_done = 1;
        consent_rewrite_put_body(rw);
    }

    if (!inside) {
        consent_rewrite_put_filling(rw, rw->end);
    }
}


/*
 * Pieces are cut so that memory and decisions do not depend on how the
 * caller's are: where a tag, or a script that waits, reaches its bound.
 */

static size_t
consent_rewrite_piece(const consent_rewrite_t *rw, size_t len)
{
    uint64_t  room, most;

    most = rw->conf->max_tag < CONSENT_PIECE_MAX ? rw->conf->max_tag
                                                 : CONSENT_PIECE_MAX;
    room = most;

    if (rw->waiting) {
        room = rw->held.tag.start + rw->conf->max_inline + 1 - rw->end;

    } else if (consent_rewrite_xml_waits(rw)) {
        room = rw->html.tag.start + rw->conf->max_tag + 1 - rw->end;

    } else if (rw->html.in_token && !rw->html.tag.closing && !rw->long_tag) {
        room = rw->html.pending + rw->conf->max_tag + 1 - rw->end;
    }

    if (room > most) {
        room = most;
    }

    if (room == 0) {
        room = 1;
    }

    return len < room ? len : (size_t) room;
}


static void
consent_rewrite_feed_piece(consent_rewrite_t *rw, const uint8_t *data,
    size_t len)
{
    rw->chunk = data;
    rw->base = rw->end;
    rw->end += len;

    consent_html_feed(&rw->html, data, len);

    if (rw->rc == CONSENT_OK) {
        consent_rewrite_tail(rw);
    }
}


static void
consent_rewrite_feed_pieces(consent_rewrite_t *rw, consent_str_t s)
{
    size_t  n;

    for ( /* void */ ; s.len && rw->rc == CONSENT_OK; s.len -= n) {
        n = consent_rewrite_piece(rw, s.len);
        consent_rewrite_feed_piece(rw, s.data, n);
        s.data += n;
    }
}


static void
consent_rewrite_feed_even(consent_rewrite_t *rw, consent_str_t s, int last)
{
    size_t         n, plain;
    consent_str_t  put;

    for ( /* void */ ; s.len; s.len -= n) {
        n = consent_charset_even(&rw->even, s, &plain, &put);
        rw->uneven |= n > plain;

        consent_rewrite_feed_pieces(rw, (consent_str_t) { plain, s.data });
        consent_rewrite_feed_pieces(rw, put);
        s.data += n;
    }

    if (last) {
        consent_charset_even_last(&rw->even, &put);
        consent_rewrite_feed_pieces(rw, put);
    }
}


int
consent_rewrite_feed(consent_rewrite_t *rw, const uint8_t *data, size_t len,
    int last)
{
    consent_str_t  s;

    s = (consent_str_t) { len, data };

    if (rw->conf->charset == CONSENT_CHARSET_UNSURE && !rw->conf->observe) {
        consent_rewrite_feed_even(rw, s, last);

    } else {
        consent_rewrite_feed_pieces(rw, s);
    }

    if (rw->rc == CONSENT_OK && last) {
        rw->chunk = len ? data + len : data;
        rw->base = rw->end;

        consent_rewrite_script_end(rw, rw->end);
        consent_rewrite_css_end(rw, rw->html.in_token ? rw->html.pending
                                                      : rw->end);
        consent_rewrite_last(rw);
    }

    return rw->rc;
}


int
consent_rewrite_pending(const consent_rewrite_t *rw)
{
    return rw->out < rw->end || rw->even.held;
}

/*
 * The tokenizer and the rewriter.  The first byte is options, the second and
 * third say where the page is split: it must come out as if fed whole, and
 * with nothing of the input before what is put in lost.
 */

#include "fuzz.h"


#define FUZZ_XML      1
#define FUZZ_SMALL    2
#define FUZZ_OBSERVE  4
#define FUZZ_BYTES    8


typedef struct {
    uint8_t  *data;
    size_t    len;
    size_t    size;
} fuzz_out_t;


static int
fuzz_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    fuzz_out_t  *out;

    (void) kind;

    out = data;

    if (len > out->size - out->len) {
        out->size = 2 * (out->len + len);
        out->data = realloc(out->data, out->size);
        fuzz_check(out->data != NULL);
    }

    memcpy(out->data + out->len, p, len);
    out->len += len;

    return CONSENT_OK;
}


static void
fuzz_run(const consent_rewrite_conf_t *conf, const uint8_t *data, size_t size,
    size_t split, size_t step)
{
    size_t              at, n;
    uint8_t            *copy;
    consent_rewrite_t  *rw;

    rw = consent_rewrite_create(conf);
    fuzz_check(rw != NULL);

    for (at = 0; at < size; at += n) {
        n = at < split ? split - at : step;
        n = size - at < n ? size - at : n;
        copy = malloc(n);
        fuzz_check(copy != NULL);
        memcpy(copy, data + at, n);
        fuzz_check(consent_rewrite_feed(rw, copy, n, 0) == CONSENT_OK);
        free(copy);
    }

    fuzz_check(consent_rewrite_feed(rw, NULL, 0, 1) == CONSENT_OK);
    fuzz_check(!consent_rewrite_pending(rw));
    fuzz_free();
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                  split;
    uint8_t                 options;
    fuzz_out_t              whole, other;
    consent_rules_t        *rules;
    consent_rewrite_conf_t  conf;

    static const consent_str_t  body[] = {
        consent_string("<privacy-choices>"),
        consent_string("</privacy-choices>")
    };

    if (size < 4 || size > 20000) {
        return 0;
    }

    options = data[0];
    split = (size_t) data[1] | (size_t) data[2] << 8;
    data += 3;
    size -= 3;

    rules = fuzz_rules();
    memset(&conf, 0, sizeof(conf));
    memset(&whole, 0, sizeof(whole));
    memset(&other, 0, sizeof(other));

    conf.rules = rules;
    conf.page = fuzz_page(rules);
    conf.choice = fuzz_choice(rules);
    conf.mem = &fuzz_mem;
    conf.xml = options & FUZZ_XML;
    conf.charset = (options >> 4) % CONSENT_CHARSET_UNREADABLE;
    conf.observe = (options & FUZZ_OBSERVE) != 0;
    conf.max_tag = options & FUZZ_SMALL ? 48 : 65536;
    conf.max_inline = options & FUZZ_SMALL ? 96 : 65536;
    conf.prefix = consent_str("/privacy-choices/");
    conf.body = (consent_parts_t) { 2, body };
    conf.emit = fuzz_emit;

    conf.data = &whole;
    fuzz_run(&conf, data, size, size, 1);

    conf.data = &other;
    fuzz_run(&conf, data, size, options & FUZZ_BYTES ? 0 : split % size,
             options & FUZZ_BYTES ? 1 : size);

    fuzz_check(whole.len == other.len
               && (whole.len == 0
                   || memcmp(whole.data, other.data, whole.len) == 0));
    fuzz_check(!conf.observe
               || (whole.len == size && memcmp(whole.data, data, size) == 0));

    free(whole.data);
    free(other.data);

    return 0;
}

/*
 * Runs the tokenizer over cases from standard input and prints what it told,
 * for html5lib.mjs.  Each case is fed whole, byte by byte and at every split
 * in two; "differs" is printed where these do not agree.
 *
 * A case: kind of text (1 byte), length of the last start tag's name (1
 * byte), the name, length of the input (4 bytes, little-endian), the input.
 * Printed: "A name name_end value value_end" for each attribute before its
 * tag, "S start end self_closing", "E start end", "O kind start end", "T end"
 * for where text ends unless a tag began there, and "." at the end of the
 * case.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consent_html.h"


#define TOKENS_MAX  65536


typedef struct {
    char    text[TOKENS_MAX];
    size_t  len;
} tokens_t;


static void
tokens_add(tokens_t *t, const char *line)
{
    size_t  len;

    len = strlen(line);

    if (len < TOKENS_MAX - t->len) {
        memcpy(t->text + t->len, line, len + 1);
        t->len += len;
    }
}


static void
tokens_tag(void *data, consent_html_t *h)
{
    char  line[96];

    snprintf(line, sizeof(line), "%c %" PRIu64 " %" PRIu64 " %d\n",
             h->tag.closing ? 'E' : 'S', h->tag.start, h->tag.end,
             (int) h->tag.self_closing);
    tokens_add(data, line);

    /* the cases know no tree: what follows a tag is data */

    h->text = CONSENT_TEXT_DATA;
    h->noscript = 0;
    h->ntwice = 0;
    memset(&h->tree, 0, sizeof(consent_tree_t));
}


static void
tokens_other(void *data, consent_html_t *h, int kind, uint64_t start,
    uint64_t end)
{
    char  line[96];

    (void) h;

    snprintf(line, sizeof(line), "O %d %" PRIu64 " %" PRIu64 "\n", kind, start,
             end);
    tokens_add(data, line);
}


static void
tokens_attribute(void *data, consent_html_t *h, uint64_t name,
    uint64_t name_end, uint64_t value, uint64_t value_end)
{
    char  line[128];

    (void) h;

    snprintf(line, sizeof(line),
             "A %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name,
             name_end, value, value_end);
    tokens_add(data, line);
}


static const consent_html_handler_t  tokens_handler = {
    tokens_tag,
    tokens_other,
    tokens_attribute,
    NULL
};


typedef struct {
    int             kind;
    consent_str_t   name;
    const uint8_t  *data;
    size_t          len;
} tokens_case_t;


/* Feeds up to `split` in one piece and the rest in pieces of `step`. */

static void
tokens_run(tokens_t *t, const tokens_case_t *c, size_t split, size_t step)
{
    char            line[32];
    size_t          at, n;
    consent_html_t  h;

    t->len = 0;
    t->text[0] = '\0';

    consent_html_init(&h, &tokens_handler, t, 0);
    consent_html_set_text(&h, (consent_text_kind_t) c->kind, c->name);
    h.attributes = 1;
    consent_html_feed(&h, c->data, split);

    for (at = split; at < c->len; at += n) {
        n = c->len - at < step ? c->len - at : step;
        consent_html_feed(&h, c->data + at, n);
    }

    snprintf(line, sizeof(line), "T %" PRIu64 "\n",
             h.in_token ? h.pending : (uint64_t) c->len);

    consent_html_end(&h);
    tokens_add(t, line);
}


static void
tokens_case(const tokens_case_t *c)
{
    size_t           split;
    static tokens_t  whole, other;

    tokens_run(&whole, c, c->len, 1);
    tokens_run(&other, c, 0, 1);

    if (strcmp(whole.text, other.text) != 0) {
        puts("differs: byte by byte");
    }

    for (split = 1; split < c->len; split++) {
        tokens_run(&other, c, split, c->len);

        if (strcmp(whole.text, other.text) != 0) {
            printf("differs: split at %zu\n", split);
        }
    }

    fputs(whole.text, stdout);
    puts(".");
}


int
main(void)
{
    int             kind, n;
    uint8_t         name[256], size[4], *data;
    tokens_case_t   c;

    while ((kind = getchar()) != EOF) {
        n = getchar();

        if (n < 0 || fread(name, 1, (size_t) n, stdin) != (size_t) n
            || fread(size, 1, 4, stdin) != 4)
        {
            return 1;
        }

        c.kind = kind;
        c.name = (consent_str_t) { (size_t) n, name };
        c.len = (size_t) size[0] | (size_t) size[1] << 8
                | (size_t) size[2] << 16 | (size_t) size[3] << 24;

        data = malloc(c.len + 1);

        if (data == NULL || fread(data, 1, c.len, stdin) != c.len) {
            return 1;
        }

        c.data = data;
        tokens_case(&c);
        free(data);
    }

    return 0;
}

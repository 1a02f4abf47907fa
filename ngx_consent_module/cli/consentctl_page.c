/* explain FILE.html: the third parties in a page. */

#include <stdlib.h>
#include <string.h>

#include "consent_rewrite.h"
#include "consentctl.h"


/* Elements of one kind, for one host and one service. */

typedef struct {
    consent_str_t       host;
    uint32_t            type;
    consent_verdict_t   verdict;
    unsigned            held;
    unsigned            n;
} consentctl_row_t;


typedef struct {
    consentctl_t       *ctl;
    consentctl_row_t   *rows;
    size_t              n;
    size_t              size;
    unsigned            failed:1;
} consentctl_table_t;


static int consentctl_page_read(consentctl_table_t *table, consent_str_t text,
    consent_charset_t charset);
static void consentctl_page_seen(void *data, const consent_seen_t *seen);
static int consentctl_page_emit(void *data, const uint8_t *p, size_t len,
    consent_span_t kind);
static int consentctl_row_cmp(const void *one, const void *two);
static void consentctl_table_merge(consentctl_table_t *table);
static void consentctl_table_text(const consentctl_table_t *table);
static void consentctl_row_text(const consentctl_t *ctl,
    const consentctl_row_t *row, size_t width);
static int consentctl_table_json(const consentctl_table_t *table);
static void consentctl_row_json(const consentctl_t *ctl, consent_buf_t *b,
    const consentctl_row_t *row);


int
consentctl_explain_page(consentctl_t *ctl, const char *file)
{
    size_t                  i;
    consent_str_t           text;
    consentctl_table_t      table;
    consent_charset_t       charset;

    if (consentctl_read(ctl, file, &text) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    if (consentctl_charset(ctl, text, &charset) != CONSENT_OK) {
        return CONSENTCTL_FINDINGS;
    }

    memset(&table, 0, sizeof(consentctl_table_t));
    table.ctl = ctl;

    if (consentctl_page_read(&table, text, charset) != CONSENT_OK
        || table.failed)
    {
        consentctl_error(ctl, "no memory");
        return CONSENTCTL_USAGE;
    }

    consentctl_table_merge(&table);

    if (!ctl->json) {
        consentctl_table_text(&table);

    } else if (consentctl_table_json(&table) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    for (i = 0; i < table.n; i++) {
        if (table.rows[i].verdict.unclassified) {
            return consentctl_done(ctl, CONSENTCTL_FINDINGS);
        }
    }

    return consentctl_done(ctl, CONSENTCTL_GOOD);
}


static int
consentctl_page_read(consentctl_table_t *table, consent_str_t text,
    consent_charset_t charset)
{
    consent_choice_t        choice;
    consent_rewrite_t      *rw;
    consent_rewrite_conf_t  conf;

    memset(&conf, 0, sizeof(consent_rewrite_conf_t));

    consentctl_choice(table->ctl->rules, &choice, 0);

    conf.rules = table->ctl->rules;
    conf.page = &table->ctl->page;
    conf.choice = &choice;
    conf.mem = table->ctl->mem;
    conf.observe = 1;
    conf.charset = charset;
    conf.max_tag = CONSENT_HOLD_USUAL;
    conf.max_inline = CONSENT_HOLD_USUAL;
    conf.prefix = consent_str("/privacy-choices/");
    conf.emit = consentctl_page_emit;
    conf.seen = consentctl_page_seen;
    conf.data = table;

    rw = consent_rewrite_create(&conf);

    return rw ? consent_rewrite_feed(rw, text.data, text.len, 1)
              : CONSENT_ERROR;
}


static int
consentctl_page_emit(void *data, const uint8_t *p, size_t len,
    consent_span_t kind)
{
    (void) data;
    (void) p;
    (void) len;
    (void) kind;

    return CONSENT_OK;
}


/* What is first-party and known to no rule is no news. */

static void
consentctl_page_seen(void *data, const consent_seen_t *seen)
{
    consentctl_table_t *table = data;

    size_t             size;
    consentctl_row_t  *row, *rows;

    if (!seen->verdict->third_party
        && seen->verdict->service == CONSENT_NO_SERVICE && !seen->held)
    {
        return;
    }

    if (table->n == table->size) {
        size = table->size ? table->size * 2 : 64;

        rows = consent_alloc(table->ctl->mem, size * sizeof(consentctl_row_t));
        if (rows == NULL) {
            table->failed = 1;
            return;
        }

        if (table->n) {
            memcpy(rows, table->rows, table->n * sizeof(consentctl_row_t));
        }

        table->rows = rows;
        table->size = size;
    }

    row = &table->rows[table->n];

    row->host = consent_str_dup(table->ctl->mem, seen->host);
    if (row->host.data == NULL) {
        table->failed = 1;
        return;
    }

    row->type = seen->type;
    row->verdict = *seen->verdict;
    row->held = seen->held;
    row->n = 1;
    table->n++;
}


static int
consentctl_row_cmp(const void *one, const void *two)
{
    int                      rc;
    size_t                   len;
    const consentctl_row_t  *a = one, *b = two;

    len = a->host.len < b->host.len ? a->host.len : b->host.len;

    rc = memcmp(a->host.data, b->host.data, len);
    if (rc != 0) {
        return rc;
    }

    if (a->host.len != b->host.len) {
        return a->host.len < b->host.len ? -1 : 1;
    }

    if (a->verdict.service != b->verdict.service) {
        return a->verdict.service < b->verdict.service ? -1 : 1;
    }

    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }

    if (a->verdict.purposes != b->verdict.purposes) {
        return a->verdict.purposes < b->verdict.purposes ? -1 : 1;
    }

    return (int) a->held - (int) b->held;
}


static void
consentctl_table_merge(consentctl_table_t *table)
{
    size_t  i, n;

    if (table->n == 0) {
        return;
    }

    qsort(table->rows, table->n, sizeof(consentctl_row_t),
          consentctl_row_cmp);

    n = 0;

    for (i = 1; i < table->n; i++) {

        if (consentctl_row_cmp(&table->rows[n], &table->rows[i]) == 0) {
            table->rows[n].n++;
            continue;
        }

        table->rows[++n] = table->rows[i];
    }

    table->n = n + 1;
}


static void
consentctl_table_text(const consentctl_table_t *table)
{
    size_t    i, width;
    unsigned  elements, held, unknown;

    elements = 0;
    held = 0;
    unknown = 0;
    width = 15;

    for (i = 0; i < table->n; i++) {
        elements += table->rows[i].n;
        held += table->rows[i].held ? table->rows[i].n : 0;
        unknown += table->rows[i].verdict.unclassified ? table->rows[i].n : 0;

        if (table->rows[i].host.len > width) {
            width = table->rows[i].host.len;
        }
    }

    /* A longer host pushes its own line only. */
    width = width > 40 ? 40 : width;

    printf("%s%-*s  %4s  %-8s  %-9s  %-24s  %s%s\n",
           consentctl_ink(table->ctl, CONSENTCTL_BOLD), (int) width, "host",
           "n", "kind", "before", "service", "purposes",
           consentctl_ink(table->ctl, CONSENTCTL_PLAIN));

    for (i = 0; i < table->n; i++) {
        consentctl_row_text(table->ctl, &table->rows[i], width);
    }

    printf("\n%u element%s; held back before a yes: %u; known to no rule: %u\n",
           elements, elements == 1 ? "" : "s", held, unknown);
}


static void
consentctl_row_text(const consentctl_t *ctl, const consentctl_row_t *row,
    size_t width)
{
    size_t         pad;
    consent_str_t  host, service;

    host = row->host.len ? row->host : consent_str("(inline script)");
    service = consentctl_service(ctl, &row->verdict);

    consentctl_print(host);

    pad = host.len < width ? width - host.len : 0;

    printf("%*s  %4u  %-8s  %s%-9s%s  %-24.*s  ", (int) pad, "", row->n,
           consentctl_type_name(row->type),
           consentctl_ink(ctl, row->held ? CONSENTCTL_RED : CONSENTCTL_GREEN),
           row->held ? "held back" : "allowed",
           consentctl_ink(ctl, CONSENTCTL_PLAIN), (int) service.len,
           (const char *) service.data);
    consentctl_print(consentctl_keys(ctl, ctl->rules, row->verdict.purposes,
                                     "+"));
    putchar('\n');
}


static int
consentctl_table_json(const consentctl_table_t *table)
{
    size_t         i;
    consent_buf_t  b;

    consent_buf_init(&b, table->ctl->mem);

    consent_buf_add_c(&b, "{\"kind\":\"page\",\"page\":");
    consentctl_json_string(&b, table->ctl->page.url.href);
    consent_buf_add_c(&b, ",\"found\":[");

    for (i = 0; i < table->n; i++) {
        consent_buf_add_c(&b, i ? ",\n" : "\n");
        consentctl_row_json(table->ctl, &b, &table->rows[i]);
    }

    consent_buf_add_c(&b, "]}\n");

    return consentctl_write(table->ctl, &b);
}


static void
consentctl_row_json(const consentctl_t *ctl, consent_buf_t *b,
    const consentctl_row_t *row)
{
    consent_buf_add_c(b, "{\"host\":");
    consentctl_json_string(b, row->host);
    consent_buf_add_c(b, ",\"type\":\"");
    consent_buf_add_c(b, consentctl_type_name(row->type));
    consent_buf_add_c(b, "\",\"service\":");
    consentctl_json_string(b, consentctl_service(ctl, &row->verdict));
    consent_buf_add_c(b, ",\"purposes\":");
    consentctl_json_purposes(b, ctl->rules, row->verdict.purposes);
    consent_buf_add_c(b, ",\"elements\":");
    consent_buf_add_number(b, row->n);
    consent_buf_add_c(b, row->held ? ",\"held\":true}" : ",\"held\":false}");
}

/*
 * match: lines of url, page and type from standard input, separated by
 * tabs; a line of purposes, service and rule for each on standard output.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "consentctl.h"


#define CONSENTCTL_COLUMNS  3


static int consentctl_match_lines(consentctl_t *ctl);
static int consentctl_match_line(consentctl_t *ctl, consent_str_t line,
    unsigned long number);
static int consentctl_match_page(consentctl_t *ctl, consent_str_t url);
static int consentctl_match_url(consentctl_t *ctl, consent_str_t in,
    uint32_t types, consent_verdict_t *verdict);
static void consentctl_match_lists(consentctl_t *ctl,
    const consent_url_t *parsed, consent_str_t in, uint32_t types,
    consent_verdict_t *verdict);
static int consentctl_written(consent_url_t *url, consent_str_t in);
static size_t consentctl_span(consent_str_t s, const char *stops);
static int consentctl_is_http(consent_str_t scheme);
static void consentctl_columns(consent_str_t line, consent_str_t *column);
static void consentctl_match_print(consentctl_t *ctl,
    const consent_verdict_t *verdict);


int
consentctl_match(consentctl_t *ctl)
{
    int                    code;
    consentctl_progress_t  progress;

    /* So a list's decisions can be compared with those of others. */

    ctl->lists_alone = ctl->lists.n != 0;

    if (consentctl_load(ctl) != CONSENT_OK
        || consentctl_open_page(ctl) != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    consentctl_progress_start(&progress, stdin);
    ctl->progress = &progress;

    code = consentctl_match_lines(ctl);

    consentctl_progress_clear(&progress);

    return code == CONSENTCTL_USAGE ? code : consentctl_done(ctl, code);
}


static int
consentctl_match_lines(consentctl_t *ctl)
{
    int            code;
    char          *line;
    size_t         size;
    ssize_t        n;
    unsigned long  number;
    consent_str_t  text;

    line = NULL;
    size = 0;
    number = 0;
    code = CONSENTCTL_GOOD;

    for ( ;; ) {
        n = getline(&line, &size, stdin);
        if (n < 0) {
            break;
        }

        number++;
        consentctl_progress_line(ctl->progress, (size_t) n);

        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) {
            n--;
        }

        text = (consent_str_t) { (size_t) n, (const uint8_t *) line };

        if (consentctl_match_line(ctl, text, number) != CONSENT_OK) {
            code = CONSENTCTL_FINDINGS;
        }

        if (consentctl_still(ctl) != CONSENT_OK) {
            code = CONSENTCTL_USAGE;
            break;
        }
    }

    free(line);

    if (ferror(stdin)) {
        consentctl_error(ctl, "standard input cannot be read");
        return CONSENTCTL_USAGE;
    }

    return code;
}


/* A line that can't be read is answered by "?", so that lines stay in step. */

static int
consentctl_match_line(consentctl_t *ctl, consent_str_t line,
    unsigned long number)
{
    uint32_t           types;
    consent_str_t      column[CONSENTCTL_COLUMNS];
    consent_verdict_t  verdict;

    consentctl_columns(line, column);

    types = column[2].len ? consentctl_type(column[2]) : CONSENT_TYPE_ANY;

    if (types == 0) {
        consentctl_error(ctl, "line %lu: no request type \"%.*s\"", number,
                         (int) column[2].len, (const char *) column[2].data);
        puts("?\t?\t?");
        return CONSENT_ERROR;
    }

    if (column[1].len && consentctl_match_page(ctl, column[1]) != CONSENT_OK) {
        consentctl_error(ctl, "line %lu: not the URL of a page: \"%.*s\"",
                         number, (int) column[1].len,
                         (const char *) column[1].data);

        /* to lists, all hosts are third parties then */

        if (ctl->lists.n == 0) {
            puts("?\t?\t?");
            return CONSENT_ERROR;
        }
    }

    if (consentctl_match_url(ctl, column[0], types, &verdict) != CONSENT_OK) {
        puts("?\t?\t?");
        return CONSENT_ERROR;
    }

    consentctl_match_print(ctl, &verdict);

    return CONSENT_OK;
}


/*
 * To a page that can't be read, all hosts are third parties; of a relative
 * URL nothing can be said then.
 */

static int
consentctl_match_url(consentctl_t *ctl, consent_str_t in, uint32_t types,
    consent_verdict_t *verdict)
{
    int                   rc;
    consent_url_t         url;
    const consent_url_t  *base;
    static uint8_t        buf[CONSENT_URL_BUF];

    base = ctl->page.url.href.len ? &ctl->page.url : NULL;

    /* Too long to tell is unknown; what a browser refuses fetches nothing. */

    memset(verdict, 0, sizeof(consent_verdict_t));

    verdict->service = CONSENT_NO_SERVICE;
    verdict->rule = CONSENT_NO_RULE;

    rc = consent_url_parse(&url, base, in, buf);

    if (rc == CONSENT_ERROR && base == NULL) {
        return CONSENT_ERROR;
    }

    if (rc == CONSENT_OK) {
        consent_rules_match(ctl->rules, &ctl->page, &url, types, verdict);

    } else if (rc == CONSENT_DECLINED) {
        verdict->unclassified = 1;
        verdict->purposes = ctl->page.unclassified;
    }

    if (ctl->lists.n && verdict->rule == CONSENT_NO_RULE) {
        consentctl_match_lists(ctl, rc == CONSENT_OK ? &url : NULL, in, types,
                               verdict);
    }

    return CONSENT_OK;
}


/*
 * Lists are asked about what is written, as the engines of content blockers
 * are: with no "/" put behind a host, and no dots taken out of a path.  So
 * the verdicts can be compared.
 */

static void
consentctl_match_lists(consentctl_t *ctl, const consent_url_t *parsed,
    consent_str_t in, uint32_t types, consent_verdict_t *verdict)
{
    consent_url_t      url;
    consent_verdict_t  found;

    if (consentctl_written(&url, in) != CONSENT_OK
        || (parsed != NULL
            && (!consent_str_eq(parsed->host, url.host)
                || consent_str_eq(parsed->href, url.href))))
    {
        return;
    }

    consent_rules_match(ctl->rules, &ctl->page, &url, types, &found);

    if (found.rule == CONSENT_NO_RULE) {
        *verdict = found;
    }
}


/* The parts of a plain absolute URL; CONSENT_DECLINED for others. */

static int
consentctl_written(consent_url_t *url, consent_str_t in)
{
    size_t          i;
    consent_str_t   rest;
    const uint8_t  *p;

    memset(url, 0, sizeof(consent_url_t));

    p = memmem(in.data, in.len, "://", 3);

    if (p == NULL || in.len > CONSENT_URL_MAX) {
        return CONSENT_DECLINED;
    }

    url->href = in;
    url->scheme = (consent_str_t) { (size_t) (p - in.data), in.data };

    rest = (consent_str_t) { in.len - url->scheme.len - 3, p + 3 };
    i = consentctl_span(rest, "/?#:\\@");

    url->host = (consent_str_t) { i, rest.data };

    i += consentctl_span((consent_str_t) { rest.len - i, rest.data + i },
                         "/?#\\@");

    if ((i < rest.len && strchr("\\@", rest.data[i]))
        || !consentctl_is_http(url->scheme) || url->host.len == 0)
    {
        return CONSENT_DECLINED;
    }

    url->path = (consent_str_t) { rest.len - i, rest.data + i };
    url->special = 1;
    url->network = 1;
    url->authority = 1;

    return CONSENT_OK;
}


/* How many bytes stand before the first of stops. */

static size_t
consentctl_span(consent_str_t s, const char *stops)
{
    size_t  i;

    for (i = 0; i < s.len && strchr(stops, s.data[i]) == NULL; i++) {
        /* void */
    }

    return i;
}


static int
consentctl_is_http(consent_str_t scheme)
{
    return consent_str_eq(scheme, consent_str("http"))
           || consent_str_eq(scheme, consent_str("https"))
           || consent_str_eq(scheme, consent_str("ws"))
           || consent_str_eq(scheme, consent_str("wss"));
}


/* Many lines in a row have the same page. */

static int
consentctl_match_page(consentctl_t *ctl, consent_str_t url)
{
    static uint8_t        buf[CONSENT_URL_BUF];
    static uint8_t        last[CONSENT_URL_MAX];
    static consent_str_t  seen = { 0, last };

    if (consent_str_eq(url, seen)) {
        return CONSENT_OK;
    }

    seen.len = 0;

    if (consent_url_parse(&ctl->page.url, NULL, url, buf) != CONSENT_OK) {
        memset(&ctl->page.url, 0, sizeof(consent_url_t));
        ctl->page.site = ctl->page.url.host;
        return CONSENT_ERROR;
    }

    ctl->page.site = consent_url_site(ctl->page.url.host);

    if (url.len <= sizeof(last)) {
        memcpy(last, url.data, url.len);
        seen.len = url.len;
    }

    return CONSENT_OK;
}


static void
consentctl_columns(consent_str_t line, consent_str_t *column)
{
    size_t    from, to;
    unsigned  i;

    from = 0;

    for (i = 0; i < CONSENTCTL_COLUMNS; i++) {

        for (to = from; to < line.len; to++) {
            if (line.data[to] == '\t') {
                break;
            }
        }

        column[i] = (consent_str_t) { to - from, line.data + from };
        from = to < line.len ? to + 1 : to;
    }
}


static void
consentctl_match_print(consentctl_t *ctl, const consent_verdict_t *verdict)
{
    unsigned               i;
    const char            *separator;
    consent_str_t          service;
    const consent_rule_t  *rule;

    separator = "";

    for (i = 0; i < ctl->rules->npurposes; i++) {
        if (verdict->purposes & (UINT32_C(1) << i)) {
            fputs(separator, stdout);
            consentctl_print(ctl->rules->purposes[i].key);
            separator = ",";
        }
    }

    if (verdict->purposes == 0) {
        putchar('-');
    }

    service = consentctl_service(ctl, verdict);

    printf("\t%.*s\t", (int) service.len, (const char *) service.data);

    if (verdict->list != NULL) {
        printf("%.*s:%u\n", (int) verdict->list->file.len,
               (const char *) verdict->list->file.data, verdict->line);
        return;
    }

    if (verdict->rule == CONSENT_NO_RULE) {
        puts("-");
        return;
    }

    rule = &ctl->rules->rules[verdict->rule];

    printf("%.*s:%u\n", (int) rule->file.len, (const char *) rule->file.data,
           rule->line);
}

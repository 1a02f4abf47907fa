/*
 * Warnings about a rule set that is right but does less than it says: rules
 * that can never decide, services that nothing leads to.
 */

#include <string.h>

#include "consent_inline.h"


/*
 * How many better rules of the same host a rule is compared with: time stays
 * linear where a host has very many.
 */
#define CONSENT_LINT_WINDOW  1024


/* A rule that no URL matches may still decide about hints to its host. */
#define CONSENT_LINT_BEATEN   1
#define CONSENT_LINT_NO_URL   2


typedef struct {
    consent_loader_t        loader;     /* for its reports */
    const consent_rules_t  *rules;
    uint8_t                *dead;       /* of each rule: CONSENT_LINT_* */
    uint8_t                *buf;        /* CONSENT_URL_BUF bytes */
} consent_lint_t;


static const consent_rules_index_t *
consent_lint_index(const consent_lint_t *lint)
{
    return lint->rules->index;
}


static consent_place_t
consent_lint_place(const consent_rule_t *rule)
{
    return (consent_place_t) { rule->file, rule->line, rule->column };
}


/*
 * 1 if a path that begins as `path` says also begins as `wide` says.  A "*"
 * of path is met by nothing but a "*" of wide, as no letter is one.  What
 * stands in the query is seen only by a matcher that holds a "?".
 */
static int
consent_lint_path_covers(const consent_matcher_t *wide,
    const consent_matcher_t *narrow)
{
    size_t         i;
    consent_str_t  path;

    if (wide->path.len == 0) {
        return 1;
    }

    path = narrow->path;

    if (path.len == 0) {
        path = consent_str("/");
    }

    if (narrow->query && !wide->query) {
        for (i = 0; path.data[i] != '?' && path.data[i] != '*'; i++) {
            /* void */
        }

        path.len = i;
    }

    return consent_rules_glob(wide->path, path, 0);
}


/* 1 if wide, which goes first, matches whatever narrow does. */
static int
consent_lint_covers(const consent_lint_t *lint, const consent_matcher_t *wide,
    const consent_matcher_t *narrow)
{
    const consent_rule_t  *rules;

    rules = lint->rules->rules;

    if ((wide->exact && !narrow->exact)
        || (narrow->party & ~wide->party)
        || (narrow->types & ~wide->types))
    {
        return 0;
    }

    /* A hint is decided by the rule for the whole host. */

    if (narrow->whole && !wide->whole) {
        return 0;
    }

    return (wide->regex == NULL
            || consent_str_eq(rules[wide->rule].regex,
                              rules[narrow->rule].regex))
           && consent_lint_path_covers(wide, narrow);
}


static void
consent_lint_shadowed(consent_lint_t *lint, uint32_t rule, uint32_t by)
{
    consent_place_t           place;
    const consent_rule_t     *narrow, *wide;
    const consent_service_t  *services;

    narrow = &lint->rules->rules[rule];
    wide = &lint->rules->rules[by];
    services = lint->rules->services;
    place = consent_lint_place(narrow);

    if (narrow->service == wide->service) {
        consent_loader_warn(&lint->loader, &place, "this rule never wins: "
                            "%.*s:%u:%u matches all that it does, and goes "
                            "first", consent_print(wide->file), wide->line,
                            wide->column);

    } else {
        consent_loader_warn(&lint->loader, &place, "this rule of \"%.*s\" "
                            "never wins: %.*s:%u:%u, of \"%.*s\", matches all "
                            "that it does, and goes first",
                            consent_print(services[narrow->service].id),
                            consent_print(wide->file), wide->line,
                            wide->column,
                            consent_print(services[wide->service].id));
    }

    lint->dead[rule] = CONSENT_LINT_BEATEN;
}


static void
consent_lint_host(consent_lint_t *lint, const consent_host_t *host)
{
    uint32_t                  i, j;
    const consent_matcher_t  *matcher;

    matcher = &consent_lint_index(lint)->matchers[host->first];

    for (i = 1; i < host->n; i++) {

        if (lint->dead[matcher[i].rule]) {
            continue;
        }

        for (j = i > CONSENT_LINT_WINDOW ? i - CONSENT_LINT_WINDOW : 0;
             j < i;
             j++)
        {
            if (!lint->dead[matcher[j].rule]
                && consent_lint_covers(lint, &matcher[j], &matcher[i]))
            {
                consent_lint_shadowed(lint, matcher[i].rule,
                                      matcher[j].rule);
                break;
            }
        }
    }
}


/*
 * A path is compared with what browsers send.  One that they would write
 * another way stands in no request.  The "x" keeps a last segment from being
 * taken for a dot segment, which what follows may make it not to be.
 */
static void
consent_lint_path(consent_lint_t *lint, uint32_t n)
{
    size_t                 len;
    uint8_t                in[CONSENT_RULES_PATH_MAX + 16];
    consent_url_t          url;
    consent_str_t          path, sent;
    consent_place_t        place;
    const consent_rule_t  *rule;
    static const char      start[] = "https://a.test";

    rule = &lint->rules->rules[n];
    path = rule->path;

    if (path.len == 0 || path.data[0] != '/') {
        return;
    }

    len = sizeof(start) - 1;
    memcpy(in, start, len);
    memcpy(in + len, path.data, path.len);
    in[len + path.len] = 'x';

    if (consent_url_parse(&url, NULL,
                          (consent_str_t) { len + path.len + 1, in },
                          lint->buf)
        != CONSENT_OK)
    {
        return;
    }

    sent.data = url.path.data;
    sent.len = (size_t) (url.href.data + url.href.len - url.path.data) - 1;

    if (consent_str_eq(sent, path)) {
        return;
    }

    place = consent_lint_place(rule);
    consent_loader_warn(&lint->loader, &place, "this rule matches no "
                        "request: browsers write its path \"%.*s\"",
                        consent_print(sent));
    lint->dead[n] = CONSENT_LINT_NO_URL;
}


static void
consent_lint_regex(consent_lint_t *lint, uint32_t n,
    const consent_regex_t *regex)
{
    const char            *fault;
    consent_buf_t          b;
    consent_place_t        place;
    const consent_rule_t  *rule;

    rule = &lint->rules->rules[n];
    place = consent_lint_place(rule);

    if (rule->host.len && regex->host.len
        && !consent_url_within(regex->host, rule->host))
    {
        consent_loader_warn(&lint->loader, &place, "this rule matches no "
                            "request: its regex asks for host \"%.*s\", its "
                            "\"host\" for \"%.*s\"", consent_print(regex->host),
                            consent_print(rule->host));
        lint->dead[n] = CONSENT_LINT_NO_URL;
        return;
    }

    fault = consent_regex_hopeless(rule->regex);

    if (fault != NULL) {
        consent_loader_warn(&lint->loader, &place, "this rule matches no "
                            "request: %s", fault);
        lint->dead[n] = CONSENT_LINT_NO_URL;
        return;
    }

    consent_buf_init(&b, &consent_lint_index(lint)->mem);

    if (rule->path.len == 0 && consent_regex_plain(rule->regex, &b)
        && !b.failed)
    {
        consent_loader_warn(&lint->loader, &place, "this regex does what a "
                            "host rule does faster, for subdomains, too: %.*s",
                            (int) b.len, (const char *) b.data);
    }
}


/*
 * A literal that begins with another of its service is found where that one
 * is, and that one first.  Across services both count.
 */
static void
consent_lint_literal(consent_lint_t *lint, uint32_t n, uint32_t other)
{
    size_t                 len, shorter;
    uint16_t               symbols[CONSENT_INLINE_MAX * 4];
    uint16_t               start[CONSENT_INLINE_MAX * 4];
    consent_place_t        place;
    const consent_rule_t  *rule, *by;

    rule = &lint->rules->rules[n];
    by = &lint->rules->rules[other];

    len = consent_inline_symbols(rule->inline_literal, symbols);
    shorter = consent_inline_symbols(by->inline_literal, start);

    if (shorter > len || (shorter == len && other > n)
        || memcmp(symbols, start, shorter * sizeof(uint16_t)) != 0)
    {
        return;
    }

    place = consent_lint_place(rule);
    consent_loader_warn(&lint->loader, &place, "this inline text adds "
                        "nothing: it begins with the one at %.*s:%u:%u",
                        consent_print(by->file), by->line, by->column);
    lint->dead[n] = CONSENT_LINT_BEATEN;
}


/* Rules of a service stand together. */
static void
consent_lint_literals(consent_lint_t *lint, uint32_t n)
{
    uint32_t               i, first;
    const consent_rule_t  *rules;

    rules = lint->rules->rules;

    for (first = n; first > 0 && n - first < CONSENT_LINT_WINDOW; first--) {
        if (rules[first - 1].service != rules[n].service) {
            break;
        }
    }

    for (i = first;
         i < lint->rules->nrules && rules[i].service == rules[n].service
         && i - first < CONSENT_LINT_WINDOW;
         i++)
    {
        if (i != n && rules[i].inline_literal.len && !lint->dead[n]
            && rules[i].inline_literal.data[0]
               == rules[n].inline_literal.data[0])
        {
            consent_lint_literal(lint, n, i);
        }
    }
}


static void
consent_lint_rules(consent_lint_t *lint)
{
    uint32_t                      i;
    const consent_matcher_t      *matcher;
    const consent_rules_index_t  *index;

    index = consent_lint_index(lint);

    for (i = 0; i < index->nmatchers; i++) {
        matcher = &index->matchers[i];

        consent_lint_path(lint, matcher->rule);

        if (matcher->regex != NULL) {
            consent_lint_regex(lint, matcher->rule, matcher->regex);
        }
    }

    for (i = 0; i < index->nhosts; i++) {
        consent_lint_host(lint, &index->hosts[i]);
    }

    for (i = 0; i < lint->rules->nrules; i++) {
        if (lint->rules->rules[i].inline_literal.len) {
            consent_lint_literals(lint, i);
        }
    }
}


static void
consent_lint_service(consent_lint_t *lint, unsigned index)
{
    consent_place_t           place;
    const consent_service_t  *service;

    service = &lint->rules->services[index];
    place = (consent_place_t) { service->file, service->line,
                                service->column };

    consent_loader_warn(&lint->loader, &place, "no page can trigger \"%.*s\": "
                        "it stores nothing, and has no rule that could match",
                        consent_print(service->id));
}


/* What nothing leads to. */
static void
consent_lint_services(consent_lint_t *lint, uint8_t *met)
{
    unsigned               i;
    const consent_rule_t  *rule;

    for (i = 0; i < lint->rules->nrules; i++) {
        rule = &lint->rules->rules[i];

        if (!lint->dead[i]
            || (lint->dead[i] == CONSENT_LINT_NO_URL && rule->named.len))
        {
            met[rule->service] = 1;
        }
    }

    for (i = 0; i < lint->rules->nlists; i++) {
        met[lint->rules->lists[i].service] = 1;
    }

    for (i = 0; i < lint->rules->nservices; i++) {
        if (!met[i] && lint->rules->services[i].nstorage == 0) {
            consent_lint_service(lint, i);
        }
    }
}


/*
 * Of one name that two services declare, the later decides.  Where both need
 * the same purposes, that is all the same to visitors.
 */
static void
consent_lint_storage(consent_lint_t *lint)
{
    unsigned                  i, n;
    consent_place_t           place;
    consent_verdict_t         verdict;
    const consent_service_t  *service, *other;
    const consent_storage_t  *storage;

    for (i = 0; i < lint->rules->nservices; i++) {
        service = &lint->rules->services[i];

        for (n = 0; n < service->nstorage; n++) {
            storage = &service->storage[n];

            if (consent_rules_storage(lint->rules, storage->kind,
                                      storage->name, &verdict)
                != CONSENT_OK
                || verdict.purposes == service->purposes)
            {
                continue;
            }

            other = &lint->rules->services[verdict.service];
            place = (consent_place_t) { service->file, storage->line,
                                        storage->column };

            consent_loader_warn(&lint->loader, &place, "\"%.*s\" of \"%.*s\" "
                                "never wins: \"%.*s\" declares it, too, later"
                                " and for other purposes",
                                consent_print(storage->name),
                                consent_print(service->id),
                                consent_print(other->id));
        }
    }
}


/* Inline texts that the filter of scripts has no anchor for. */
static void
consent_lint_anchors(consent_lint_t *lint)
{
    uint32_t                         i;
    consent_place_t                  place;
    const consent_rule_t            *rule;
    const consent_inline_literal_t  *literal;

    literal = consent_lint_index(lint)->literals->literals;

    for (i = 0; i < lint->rules->nrules; i++) {
        rule = &lint->rules->rules[i];

        if (rule->inline_literal.len == 0) {
            continue;
        }

        if (literal->head == 0) {
            place = consent_lint_place(rule);
            consent_loader_warn(&lint->loader, &place, "for this inline text "
                                "every script is read from end to end: it "
                                "has no five bytes in a row that always "
                                "stand so");
        }

        literal++;
    }
}


int
consent_rules_lint(const consent_rules_t *rules, consent_report_pt report,
    void *data)
{
    uint8_t               *met;
    consent_lint_t         lint;
    const consent_mem_t   *mem;

    memset(&lint, 0, sizeof(consent_lint_t));

    lint.rules = rules;
    lint.loader.report = report;
    lint.loader.data = data;

    mem = &consent_lint_index(&lint)->mem;

    lint.dead = consent_calloc(mem, rules->nrules);
    lint.buf = consent_alloc(mem, CONSENT_URL_BUF);
    met = consent_calloc(mem, rules->nservices);

    if (lint.dead == NULL || lint.buf == NULL || met == NULL) {
        return CONSENT_ERROR;
    }

    consent_lint_rules(&lint);
    consent_lint_anchors(&lint);
    consent_lint_storage(&lint);
    consent_lint_services(&lint, met);

    return CONSENT_OK;
}

/* lint: the faults of rule files, all of them. */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "consent_ui.h"
#include "consentctl.h"


typedef struct {
    const consentctl_t  *ctl;
    consent_ui_t        *ui;            /* what files of texts are read over */
    unsigned             texts;         /* such files */
    consent_buf_t        found;         /* consent_fault_t */
    unsigned             faults;
    unsigned             warnings;
    unsigned             silent:1;
    unsigned             unread:1;      /* a file can't be read */
    unsigned             failed:1;
} consentctl_lint_t;


static void consentctl_lint_drop_schema(consentctl_t *ctl);
static int consentctl_lint_load(consentctl_lint_t *lint,
    consent_loader_t *loader, const char *name);
static void consentctl_lint_report(void *data, const consent_fault_t *fault);
static void consentctl_lint_check(consentctl_lint_t *lint,
    const consent_rules_t *rules);
static void consentctl_lint_print(consentctl_lint_t *lint);
static int consentctl_fault_cmp(const void *one, const void *two);
static void consentctl_lint_replaced(consentctl_lint_t *lint,
    const consent_rules_t *rules, const char *file);
static void consentctl_lint_service(consentctl_lint_t *lint,
    const consent_rules_t *rules, int index);
static int consentctl_lint_remote(const consent_rules_t *rules, int service);
static void consentctl_lint_warn(consentctl_lint_t *lint,
    const consent_service_t *service, const consent_storage_t *storage,
    const char *text, consent_str_t what);
static void consentctl_lint_list(const consent_list_t *list);
static int consentctl_lint_sum(const consentctl_lint_t *lint,
    const consent_rules_t *rules);


int
consentctl_lint(consentctl_t *ctl)
{
    int                 i;
    consent_rules_t    *rules;
    consent_loader_t   *loader;
    consentctl_lint_t   lint;

    memset(&lint, 0, sizeof(consentctl_lint_t));
    lint.ctl = ctl;
    consent_buf_init(&lint.found, ctl->mem);

    loader = consent_rules_create(ctl->mem, consentctl_lint_report, &lint);
    if (loader == NULL) {
        consentctl_error(ctl, "no memory");
        return CONSENTCTL_USAGE;
    }

    consentctl_lint_drop_schema(ctl);

    for (i = 0; i < ctl->argc; i++) {
        if (consentctl_lint_load(&lint, loader, ctl->argv[i]) != CONSENT_OK
            && lint.faults == 0)
        {
            return CONSENTCTL_USAGE;
        }
    }

    consentctl_load_lists(ctl, loader);

    rules = consent_rules_compile(loader);

    if (rules != NULL) {
        consentctl_lint_check(&lint, rules);
    }

    if (lint.failed || lint.found.failed
        || (rules == NULL && lint.faults == 0))
    {
        consentctl_error(ctl, "no memory");
        return CONSENTCTL_USAGE;
    }

    consentctl_lint_print(&lint);

    return consentctl_done(ctl, consentctl_lint_sum(&lint, rules));
}


/* A file of texts tells itself; a glob is of rule files. */

static int
consentctl_lint_load(consentctl_lint_t *lint, consent_loader_t *loader,
    const char *name)
{
    const char     *error;
    struct stat     st;
    consent_str_t   text;

    if (stat(name, &st) != 0 || !S_ISREG(st.st_mode)
        || consentctl_read(lint->ctl, name, &text) != CONSENT_OK
        || !consent_ui_is_texts(text))
    {
        return consentctl_load_one(lint->ctl, loader, name);
    }

    if (lint->ui == NULL) {
        lint->ui = consent_ui_create(lint->ctl->mem, &error);
    }

    if (lint->ui == NULL) {
        return CONSENT_ERROR;
    }

    lint->texts++;

    return consent_ui_load_text(lint->ui, loader, consentctl_str(name), text);
}


/* What stops no nginx. */

static void
consentctl_lint_check(consentctl_lint_t *lint, const consent_rules_t *rules)
{
    int       i;
    unsigned  n;

    for (n = 0; n < rules->nservices; n++) {
        consentctl_lint_service(lint, rules, (int) n);
    }

    for (i = 0; i < lint->ctl->argc; i++) {
        consentctl_lint_replaced(lint, rules, lint->ctl->argv[i]);
    }

    if (consent_rules_lint(rules, consentctl_lint_report, lint)
        != CONSENT_OK)
    {
        lint->failed = 1;
    }
}


/* In the order in which they stand in the files. */

static void
consentctl_lint_print(consentctl_lint_t *lint)
{
    size_t            i, n;
    consent_fault_t  *found;

    found = (consent_fault_t *) (void *) lint->found.data;
    n = lint->found.len / sizeof(consent_fault_t);

    if (n) {
        qsort(found, n, sizeof(consent_fault_t), consentctl_fault_cmp);
    }

    for (i = 0; i < n; i++) {
        consentctl_fault(lint->ctl, stdout, &found[i]);
    }
}


static int
consentctl_fault_cmp(const void *one, const void *two)
{
    int                     rc;
    const consent_fault_t  *a = one, *b = two;

    rc = consentctl_str_cmp(a->file, b->file);

    if (rc == 0) {
        rc = (a->line > b->line) - (a->line < b->line);
    }

    if (rc == 0) {
        rc = (a->column > b->column) - (a->column < b->column);
    }

    return rc != 0 ? rc : consentctl_str_cmp(a->message, b->message);
}


/*
 * The schema of rule files lies beside them: what a shell makes of
 * rules/<all>.json names it, too, where a glob of ours would not.
 */

static void
consentctl_lint_drop_schema(consentctl_t *ctl)
{
    int                i, n;
    size_t             len;
    static const char  tail[] = ".schema.json";

    n = 0;

    for (i = 0; i < ctl->argc; i++) {
        len = strlen(ctl->argv[i]);

        if (ctl->argc > 1 && len >= sizeof(tail) - 1
            && strcmp(ctl->argv[i] + len - (sizeof(tail) - 1), tail) == 0)
        {
            continue;
        }

        ctl->argv[n++] = ctl->argv[i];
    }

    ctl->argc = n;
}


static void
consentctl_lint_report(void *data, const consent_fault_t *fault)
{
    consentctl_lint_t *lint = data;

    consent_fault_t  kept;

    if (lint->silent) {
        return;
    }

    if (fault->warning) {
        lint->warnings++;
    } else {
        lint->faults++;
        lint->unread |= (fault->line == 0);
    }

    kept = *fault;
    kept.message = consent_str_dup(lint->ctl->mem, fault->message);
    lint->failed |= (kept.message.data == NULL);

    consent_buf_add(&lint->found, (consent_str_t) { sizeof(consent_fault_t),
                                                   (uint8_t *) &kept });
}


static void
consentctl_lint_list(const consent_list_t *list)
{
    consentctl_print(list->file);
    printf(": %u rules compiled, %u skipped, %u refused; "
           "%u cosmetic rules, %u comments\n",
           list->count.rules, list->count.skipped, list->count.refused,
           list->count.cosmetic, list->count.comments);
}


static int
consentctl_lint_sum(const consentctl_lint_t *lint,
    const consent_rules_t *rules)
{
    unsigned  i;

    if (rules != NULL) {
        for (i = 0; i < rules->nlists; i++) {
            consentctl_lint_list(&rules->lists[i]);
        }

        if (lint->texts) {
            printf("%u file%s of texts, ", lint->texts,
                   lint->texts == 1 ? "" : "s");
        }

        printf("%u purpose%s, %u service%s, %u rule%s: ",
               rules->npurposes, rules->npurposes == 1 ? "" : "s",
               rules->nservices, rules->nservices == 1 ? "" : "s",
               rules->nrules, rules->nrules == 1 ? "" : "s");
    }

    if (lint->faults || lint->warnings) {
        printf("%u fault%s, %u warning%s\n",
               lint->faults, lint->faults == 1 ? "" : "s",
               lint->warnings, lint->warnings == 1 ? "" : "s");
    } else {
        puts("all right");
    }

    if (lint->unread) {
        return CONSENTCTL_USAGE;
    }

    if (lint->faults || (lint->ctl->strict && lint->warnings)) {
        return CONSENTCTL_FINDINGS;
    }

    return CONSENTCTL_GOOD;
}


/*
 * Services of an earlier file that a later one replaces: each file is
 * compiled alone to see what stood in it.  A file that can't be, because
 * it uses another file's purposes, is passed over.
 */

static void
consentctl_lint_replaced(consentctl_lint_t *lint,
    const consent_rules_t *rules, const char *file)
{
    int                       i;
    unsigned                  n;
    consent_rules_t          *alone;
    consent_loader_t         *loader;
    const consent_service_t  *was, *is;

    if (lint->ctl->argc == 1) {
        return;
    }

    loader = consent_rules_create(lint->ctl->mem, consentctl_lint_report,
                                  lint);
    if (loader == NULL) {
        return;
    }

    lint->silent = 1;

    (void) consent_rules_load(loader, consentctl_str(file));
    alone = consent_rules_compile(loader);

    lint->silent = 0;

    if (alone == NULL) {
        return;
    }

    for (n = 0; n < alone->nservices; n++) {
        was = &alone->services[n];
        i = consent_rules_service(rules, was->id);

        if (i == CONSENT_NO_SERVICE) {
            continue;
        }

        is = &rules->services[i];

        if (is->line != was->line || !consent_str_eq(is->file, was->file)) {
            consentctl_lint_warn(lint, was, NULL, "this service is replaced"
                                 " by the one at ", consentctl_place(lint->ctl,
                                 is->file, is->line));
        }
    }

    consent_rules_destroy(alone);
}


/*
 * What the preference centre would have nothing to say about.  A service on
 * no host of its own runs on the site: its controller is the site's.
 */

static void
consentctl_lint_service(consentctl_lint_t *lint,
    const consent_rules_t *rules, int index)
{
    unsigned                  i;
    const consent_service_t  *service;
    const consent_storage_t  *storage;

    service = &rules->services[index];

    if (consentctl_lint_remote(rules, index)) {

        if (service->controller.len == 0) {
            consentctl_lint_warn(lint, service, NULL, "no controller: visitors"
                                 " are not told who gets their data",
                                 consent_str(""));
        }

        if (service->policy_url.len == 0) {
            consentctl_lint_warn(lint, service, NULL, "no policy_url: visitors"
                                 " cannot read how their data is used",
                                 consent_str(""));
        }
    }

    for (i = 0; i < service->nstorage; i++) {
        storage = &service->storage[i];

        if (storage->retention.len == 0) {
            consentctl_lint_warn(lint, service, storage, "no retention:"
                                 " visitors are not told how long it stays: ",
                                 storage->name);
        }
    }
}


static int
consentctl_lint_remote(const consent_rules_t *rules, int service)
{
    unsigned  i;

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].service == service
            && rules->rules[i].named.len)
        {
            return 1;
        }
    }

    return 0;
}


static void
consentctl_lint_warn(consentctl_lint_t *lint,
    const consent_service_t *service, const consent_storage_t *storage,
    const char *text, consent_str_t what)
{
    consent_buf_t    b;
    consent_fault_t  fault;

    consent_buf_init(&b, lint->ctl->mem);
    consent_buf_add_c(&b, "\"");
    consent_buf_add(&b, service->id);
    consent_buf_add_c(&b, "\": ");
    consent_buf_add_c(&b, text);
    consent_buf_add(&b, what);

    if (b.failed) {
        return;
    }

    memset(&fault, 0, sizeof(consent_fault_t));

    fault.file = service->file;
    fault.line = storage ? storage->line : service->line;
    fault.column = storage ? storage->column : service->column;
    fault.warning = 1;
    fault.message = consent_buf_str(&b);

    consentctl_lint_report(lint, &fault);
}

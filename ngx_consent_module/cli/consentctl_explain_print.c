/* What explain prints about one URL or cookie. */

#include <string.h>

#include "consentctl.h"
#include "consentctl_explain.h"


static int consentctl_service_case(const consentctl_explain_t *ex,
    unsigned index, consentctl_case_t *found);
static void consentctl_text_verdict(const consentctl_explain_t *ex);
static void consentctl_text_reason(const consentctl_explain_t *ex,
    const char *label, const consentctl_reason_t *reason);
static void consentctl_text_cases(const consentctl_explain_t *ex);
static void consentctl_json_verdict(consent_buf_t *b,
    const consentctl_explain_t *ex);
static void consentctl_json_cases(consent_buf_t *b,
    const consentctl_explain_t *ex);
static void consentctl_json_reason(consent_buf_t *b,
    const consentctl_explain_t *ex, const consentctl_reason_t *reason);


/*
 * Nothing; each purpose alone; everything; and, where the verdict has a
 * service, that one switched on or off against its purposes.
 */

static int
consentctl_explain_case(const consentctl_explain_t *ex, unsigned index,
    consentctl_case_t *found)
{
    unsigned                i, last;
    uint32_t                granted;
    consent_choice_t        choice;
    const consent_rules_t  *rules;

    rules = ex->ctl->rules;

    memset(found, 0, sizeof(consentctl_case_t));

    found->label = "only ";
    found->key = "only";
    granted = 0;

    /* The purposes that can be granted are counted off from 1. */
    last = 0;

    for (i = 0; i < rules->npurposes; i++) {
        if (!(rules->necessary & (UINT32_C(1) << i)) && ++last == index) {
            found->name = rules->purposes[i].key;
            granted = UINT32_C(1) << i;
        }
    }

    if (index == 0) {
        found->label = "nothing granted";
        found->key = "nothing";
    }

    if (index == last + 1) {
        found->label = "everything granted";
        found->key = "everything";
        granted = rules->all;
    }

    if (index > last + 1) {
        return consentctl_service_case(ex, index - last - 2, found);
    }

    consentctl_choice(rules, &choice, granted);
    found->allowed = consent_choice_allows(&choice, rules, &ex->verdict);

    return CONSENT_OK;
}


static int
consentctl_service_case(const consentctl_explain_t *ex, unsigned index,
    consentctl_case_t *found)
{
    consent_choice_t        choice;
    const consent_rules_t  *rules;

    rules = ex->ctl->rules;

    if (ex->verdict.service == CONSENT_NO_SERVICE || index > 1) {
        return CONSENT_DECLINED;
    }

    found->label = index == 0 ? "only the service " : "everything but ";
    found->key = index == 0 ? "only_service" : "without_service";
    found->name = rules->services[ex->verdict.service].id;

    consentctl_choice(rules, &choice, index == 0 ? 0 : rules->all);

    choice.all = 0;
    choice.noverrides = 1;
    choice.overrides[0].service = ex->verdict.service;
    choice.overrides[0].on = (index == 0);

    found->allowed = consent_choice_allows(&choice, rules, &ex->verdict);

    return CONSENT_OK;
}


void
consentctl_explain_text(const consentctl_explain_t *ex)
{
    unsigned  i;

    printf("%s", consentctl_ink(ex->ctl, CONSENTCTL_BOLD));
    consentctl_print(ex->what);
    printf("%s\n", consentctl_ink(ex->ctl, CONSENTCTL_PLAIN));

    consentctl_text_verdict(ex);

    for (i = 0; i < ex->nreasons; i++) {
        consentctl_text_reason(ex, i ? "beats"
                               : ex->verdict.excepted ? "exception" : "rule",
                               &ex->reasons[i]);
    }

    if (ex->more) {
        printf("  %-10s and %u more\n", "", ex->more);
    }

    putchar('\n');
    consentctl_text_cases(ex);
}


static void
consentctl_text_verdict(const consentctl_explain_t *ex)
{
    consent_str_t             purposes, site;
    const consent_service_t  *service;
    const consent_verdict_t  *verdict;

    verdict = &ex->verdict;

    if (ex->url != NULL) {
        site = ex->ctl->page.site;

        printf("  %-10s %s ", "party",
               !ex->url->network ? "none: it fetches nothing over the network,"
                                   " seen from"
               : verdict->third_party ? "third, seen from" : "first, as is");
        consentctl_print(site);
        putchar('\n');
    }

    printf("  %-10s ", "service");

    if (verdict->service != CONSENT_NO_SERVICE) {
        service = &ex->ctl->rules->services[verdict->service];

        consentctl_print(service->id);
        fputs(": ", stdout);
        consentctl_print(service->name);

        if (service->controller.len) {
            fputs(" (", stdout);
            consentctl_print(service->controller);
            putchar(')');
        }

        putchar('\n');

    } else if (verdict->unclassified) {
        printf("%sunknown%s: no rule knows it\n",
               consentctl_ink(ex->ctl, CONSENTCTL_YELLOW),
               consentctl_ink(ex->ctl, CONSENTCTL_PLAIN));
    } else {
        puts("none");
    }

    purposes = consentctl_keys(ex->ctl, ex->ctl->rules, verdict->purposes,
                               " + ");

    printf("  %-10s ", "purposes");

    if (verdict->purposes) {
        consentctl_print(purposes);
        putchar('\n');
    } else {
        puts("none: always allowed");
    }

    if (ex->url == NULL && verdict->unclassified) {
        puts("  but        set with HttpOnly it counts as necessary");
    }
}


static void
consentctl_text_reason(const consentctl_explain_t *ex, const char *label,
    const consentctl_reason_t *reason)
{
    consent_str_t  place;

    place = consentctl_place(ex->ctl, reason->file, reason->line);

    printf("  %-10s ", label);
    consentctl_print(place);

    if (reason->column) {
        printf(":%u", reason->column);
    }

    printf("  %s", consentctl_ink(ex->ctl, CONSENTCTL_DIM));
    consentctl_print(ex->ctl->rules->services[reason->service].id);
    fputs(": ", stdout);

    if (reason->storage != NULL) {
        fputs("cookie ", stdout);
        consentctl_print(reason->storage->name);

    } else if (reason->rule == NULL) {
        consentctl_print(reason->listed);

    } else {
        consentctl_print(consentctl_rule_text(ex->ctl, reason->rule));
    }

    printf("%s\n", consentctl_ink(ex->ctl, CONSENTCTL_PLAIN));
}


static void
consentctl_text_cases(const consentctl_explain_t *ex)
{
    int                width;
    unsigned           i;
    consentctl_case_t  found;

    for (i = 0; consentctl_explain_case(ex, i, &found) == CONSENT_OK; i++) {

        printf("  %s", found.label);
        consentctl_print(found.name);

        width = 34 - (int) (strlen(found.label) + found.name.len);

        printf("%*s %s%s%s\n", width > 0 ? width : 0, "",
               consentctl_ink(ex->ctl, found.allowed ? CONSENTCTL_GREEN
                                                     : CONSENTCTL_RED),
               found.allowed ? "allowed" : ex->refused,
               consentctl_ink(ex->ctl, CONSENTCTL_PLAIN));
    }
}


int
consentctl_explain_json(const consentctl_explain_t *ex)
{
    unsigned       i;
    consent_buf_t  b;

    consent_buf_init(&b, ex->ctl->mem);

    consent_buf_add_c(&b, "{\"kind\":");
    consentctl_json_string(&b, consentctl_str(ex->kind));
    consentctl_json_field(&b, "what", ex->what);
    consentctl_json_verdict(&b, ex);

    consent_buf_add_c(&b, ",\"rule\":");

    if (ex->nreasons) {
        consentctl_json_reason(&b, ex, &ex->reasons[0]);
    } else {
        consent_buf_add_c(&b, "null");
    }

    consent_buf_add_c(&b, ",\"beats\":[");

    for (i = 1; i < ex->nreasons; i++) {
        consent_buf_add_c(&b, i > 1 ? "," : "");
        consentctl_json_reason(&b, ex, &ex->reasons[i]);
    }

    consent_buf_add_c(&b, "],\"choices\":[");
    consentctl_json_cases(&b, ex);
    consent_buf_add_c(&b, "]}\n");

    return consentctl_write(ex->ctl, &b);
}


static void
consentctl_json_verdict(consent_buf_t *b, const consentctl_explain_t *ex)
{
    if (ex->url != NULL) {
        consentctl_json_field(b, "page", ex->ctl->page.url.href);
        consent_buf_add_c(b, ex->verdict.third_party
                             ? ",\"third_party\":true"
                             : ",\"third_party\":false");
    }

    consent_buf_add_c(b, ",\"service\":");

    if (ex->verdict.service == CONSENT_NO_SERVICE) {
        consent_buf_add_c(b, "null");
    } else {
        consentctl_json_string(b, consentctl_service(ex->ctl, &ex->verdict));
    }

    consent_buf_add_c(b, ex->verdict.unclassified ? ",\"unclassified\":true"
                                                  : ",\"unclassified\":false");
    consent_buf_add_c(b, ",\"purposes\":");
    consentctl_json_purposes(b, ex->ctl->rules, ex->verdict.purposes);
}


static void
consentctl_json_cases(consent_buf_t *b, const consentctl_explain_t *ex)
{
    unsigned           i;
    consentctl_case_t  found;

    for (i = 0; consentctl_explain_case(ex, i, &found) == CONSENT_OK; i++) {
        consent_buf_add_c(b, i ? ",{\"choice\":" : "{\"choice\":");
        consentctl_json_string(b, consentctl_str(found.key));
        consentctl_json_field(b, "name", found.name);
        consent_buf_add_c(b, found.allowed ? ",\"allowed\":true}"
                                           : ",\"allowed\":false}");
    }
}


static void
consentctl_json_reason(consent_buf_t *b, const consentctl_explain_t *ex,
    const consentctl_reason_t *reason)
{
    consent_buf_add_c(b, "{\"file\":");
    consentctl_json_string(b, reason->file);
    consent_buf_add_c(b, ",\"line\":");
    consent_buf_add_number(b, reason->line);

    if (reason->column) {
        consent_buf_add_c(b, ",\"column\":");
        consent_buf_add_number(b, reason->column);
    }

    consentctl_json_field(b, "service",
                          ex->ctl->rules->services[reason->service].id);

    if (reason->storage != NULL) {
        consentctl_json_field(b, "cookie", reason->storage->name);

    } else if (reason->rule == NULL) {
        consentctl_json_field(b, "listed", reason->listed);

    } else {
        consentctl_json_rule(b, reason->rule);
    }

    consent_buf_add_c(b, "}");
}

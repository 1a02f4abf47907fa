/* What diff prints. */

#include <string.h>

#include "consentctl_diff.h"


static void consentctl_change_text(const consentctl_diff_t *diff,
    const consentctl_change_t *change);
static void consentctl_quoted(consent_str_t s);
static unsigned consentctl_asking(const consentctl_diff_t *diff);
static void consentctl_policy(const consent_rules_t *rules);
static void consentctl_change_json(consent_buf_t *b,
    const consentctl_change_t *change);


void
consentctl_diff_text(const consentctl_diff_t *diff)
{
    size_t    i;
    unsigned  asking;

    for (i = 0; i < diff->n; i++) {
        consentctl_change_text(diff, &diff->changes[i]);
    }

    asking = consentctl_asking(diff);

    if (diff->n == 0) {
        fputs("No differences:", stdout);

    } else {
        printf("\n%zu change%s, ", diff->n, diff->n == 1 ? "" : "s");
    }

    if (!diff->again) {
        printf("%s nobody is asked again.\npolicy ",
               diff->n ? "none of them in what visitors were asked about:"
                       : "");
        consentctl_policy(diff->after);
        putchar('\n');
        return;
    }

    printf("%u of them (\"!\") in what visitors were asked about.\n"
           "Visitors who said yes to anything are asked again: %s\n"
           "Until they answer, their old yes does not count. Who refused "
           "everything is not\nasked: that no holds.\npolicy ",
           asking,
           memcmp(diff->before->policy, diff->after->policy,
                  CONSENT_POLICY_PURPOSES)
           ? "everywhere,\nas the purposes changed."
           : "where consent_services names\none of these services. Elsewhere "
             "they are asked when their site begins to use one.");
    consentctl_policy(diff->before);
    fputs(" -> ", stdout);
    consentctl_policy(diff->after);
    putchar('\n');
}


static void
consentctl_change_text(const consentctl_diff_t *diff,
    const consentctl_change_t *change)
{
    static const struct {
        char              sign;
        consentctl_ink_t  ink;
    } kinds[] = {
        [CONSENTCTL_ADDED]   = { '+', CONSENTCTL_GREEN },
        [CONSENTCTL_REMOVED] = { '-', CONSENTCTL_RED },
        [CONSENTCTL_CHANGED] = { '~', CONSENTCTL_YELLOW }
    };

    printf("%c%s%c%s %s ", change->asks ? '!' : ' ',
           consentctl_ink(diff->ctl, kinds[change->kind].ink),
           kinds[change->kind].sign,
           consentctl_ink(diff->ctl, CONSENTCTL_PLAIN), change->subject);
    consentctl_print(change->id);
    putchar(':');

    if (change->what) {
        printf(" %s", change->what);
    }

    if (change->key.len) {
        putchar(' ');
        consentctl_print(change->key);
    }

    if (change->what == NULL) {
        putchar(' ');
        consentctl_print(change->before);
        consentctl_print(change->after);

    } else if (change->kind == CONSENTCTL_CHANGED) {
        putchar(' ');
        consentctl_quoted(change->before);
        fputs(" -> ", stdout);
        consentctl_quoted(change->after);

    } else if (change->before.len || change->after.len) {
        putchar(' ');
        consentctl_quoted(change->before.len ? change->before
                                             : change->after);
    }

    putchar('\n');
}


static void
consentctl_quoted(consent_str_t s)
{
    if (s.len == 0) {
        fputs("nothing", stdout);
        return;
    }

    putchar('"');
    consentctl_print(s);
    putchar('"');
}


static unsigned
consentctl_asking(const consentctl_diff_t *diff)
{
    size_t    i;
    unsigned  n;

    n = 0;

    for (i = 0; i < diff->n; i++) {
        n += diff->changes[i].asks;
    }

    return n;
}


static void
consentctl_policy(const consent_rules_t *rules)
{
    printf("%.*s", (int) sizeof(rules->policy), (const char *) rules->policy);
}


int
consentctl_diff_json(const consentctl_diff_t *diff)
{
    size_t         i;
    consent_buf_t  b;

    consent_buf_init(&b, diff->ctl->mem);

    consent_buf_add_c(&b, "{\"kind\":\"diff\",\"ask_again\":");
    consent_buf_add_c(&b, diff->again ? "true" : "false");
    consent_buf_add_c(&b, ",\"policy\":{\"old\":");
    consentctl_json_string(&b, (consent_str_t) { sizeof(diff->before->policy),
                                                 diff->before->policy });
    consent_buf_add_c(&b, ",\"new\":");
    consentctl_json_string(&b, (consent_str_t) { sizeof(diff->after->policy),
                                                 diff->after->policy });
    consent_buf_add_c(&b, "},\"changes\":[");

    for (i = 0; i < diff->n; i++) {
        consent_buf_add_c(&b, i ? ",\n" : "\n");
        consentctl_change_json(&b, &diff->changes[i]);
    }

    consent_buf_add_c(&b, "]}\n");

    return consentctl_write(diff->ctl, &b);
}


static void
consentctl_change_json(consent_buf_t *b, const consentctl_change_t *change)
{
    static const char *const  kinds[] = {
        [CONSENTCTL_ADDED]   = "added",
        [CONSENTCTL_REMOVED] = "removed",
        [CONSENTCTL_CHANGED] = "changed"
    };

    consent_buf_add_c(b, "{\"change\":");
    consentctl_json_string(b, consentctl_str(kinds[change->kind]));
    consentctl_json_field(b, change->subject, change->id);

    if (change->what) {
        consentctl_json_field(b, "what", consentctl_str(change->what));
    }

    consentctl_json_field(b, "which", change->key);
    consentctl_json_field(b, "old", change->before);
    consentctl_json_field(b, "new", change->after);
    consent_buf_add_c(b, change->asks ? ",\"asks\":true}"
                                      : ",\"asks\":false}");
}

/* purposes: what visitors can be asked about. */

#include "consentctl.h"


static unsigned consentctl_count(const consent_rules_t *rules,
    unsigned purpose);


int
consentctl_purposes(consentctl_t *ctl)
{
    unsigned                  i;
    const consent_purpose_t  *purpose;

    if (consentctl_load(ctl) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    for (i = 0; i < ctl->rules->npurposes; i++) {
        purpose = &ctl->rules->purposes[i];

        printf("%-16.*s  %5u  ", (int) purpose->key.len,
               (const char *) purpose->key.data,
               consentctl_count(ctl->rules, i));
        consentctl_print(consent_texts_get(&purpose->title,
                                           consent_str("en")));
        puts(purpose->necessary ? "  (always granted)" : "");
    }

    return consentctl_done(ctl, CONSENTCTL_GOOD);
}


static unsigned
consentctl_count(const consent_rules_t *rules, unsigned purpose)
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < rules->nservices; i++) {
        n += rules->services[i].purposes >> purpose & 1;
    }

    return n;
}

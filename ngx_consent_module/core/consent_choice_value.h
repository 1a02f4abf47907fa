/*
 * Between consent_choice.c and consent_choice_value.c: what the value of the
 * choice cookie says, before time, regime and Sec-GPC have their say.
 */

#ifndef CONSENT_CHOICE_VALUE_H
#define CONSENT_CHOICE_VALUE_H


#include "consent_choice.h"


typedef struct {
    uint32_t            granted;    /* as written: necessary is not in it */
    unsigned            noverrides;
    consent_override_t  overrides[CONSENT_OVERRIDE_MAX];
    time_t              issued;
    uint8_t             id[CONSENT_ID_LEN];
    uint8_t             policy[CONSENT_POLICY_LEN];
    unsigned            gpc_known:1;
    unsigned            current:1;  /* policy is the rules', as far as that
                                       counts */
    unsigned            known:1;    /* ... and so are all services */
    unsigned            yes:1;      /* something is granted, known or not */
} consent_choice_value_t;


/*
 * CONSENT_DECLINED if the value is malformed, or not signed as it must be.
 * Words that the rules do not know are a fault in a value of their policy;
 * in one of another they are passed over.
 */
int consent_choice_value_parse(consent_choice_value_t *value,
    const consent_rules_t *rules, const consent_keys_t *keys,
    consent_str_t text);


#endif /* CONSENT_CHOICE_VALUE_H */

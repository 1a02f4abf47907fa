#include <string.h>

#include <openssl/evp.h>

#include "consent_base64.h"
#include "consent_choice_value.h"
#include "consent_header.h"


static const consent_str_t  consent_regimes[] = {
    consent_string("opt-in"),
    consent_string("opt-out"),
    consent_string("notice")
};


static const consent_str_t  consent_actions[] = {
    consent_string("accept"),
    consent_string("reject"),
    consent_string("save"),
    consent_string("withdraw")
};


static int
consent_choice_word(const consent_str_t *words, int n, consent_str_t word)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (consent_str_eq(words[i], word)) {
            return i;
        }
    }

    return -1;
}


int
consent_regime_parse(consent_regime_t *regime, consent_str_t name)
{
    int  i;

    i = consent_choice_word(consent_regimes, CONSENT_NOTICE + 1, name);
    if (i < 0) {
        return CONSENT_ERROR;
    }

    *regime = (consent_regime_t) i;

    return CONSENT_OK;
}


consent_str_t
consent_regime_name(consent_regime_t regime)
{
    return consent_regimes[regime];
}


int
consent_action_parse(consent_action_t *action, consent_str_t name)
{
    int  i;

    i = consent_choice_word(consent_actions, CONSENT_ACTIONS, name);
    if (i < 0) {
        return CONSENT_ERROR;
    }

    *action = (consent_action_t) i;

    return CONSENT_OK;
}


consent_str_t
consent_action_name(consent_action_t action)
{
    return consent_actions[action];
}


/* What the purposes alone say of a service. */
static int
consent_choice_by_purposes(const consent_choice_t *choice,
    const consent_rules_t *rules, int service)
{
    return (rules->services[service].purposes & ~choice->granted
            & ~rules->necessary) == 0;
}


static const consent_override_t *
consent_choice_override(const consent_choice_t *choice, int service)
{
    unsigned  i;

    for (i = 0; i < choice->noverrides; i++) {
        if (choice->overrides[i].service == service) {
            return &choice->overrides[i];
        }
    }

    return NULL;
}


static void
consent_choice_forget(consent_choice_t *choice, unsigned i)
{
    choice->noverrides--;

    memmove(&choice->overrides[i], &choice->overrides[i + 1],
            (choice->noverrides - i) * sizeof(consent_override_t));
}


/*
 * Switches a service.  The list stays in the order of the services, so that
 * equal choices are written alike.
 */
static void
consent_choice_switch(consent_choice_t *choice, const consent_rules_t *rules,
    int service, int on)
{
    unsigned  i;
    uint32_t  purposes;

    if (service < 0 || (unsigned) service >= rules->nservices) {
        return;
    }

    purposes = rules->services[service].purposes & ~rules->necessary;
    if (purposes == 0) {
        return;
    }

    for (i = 0; i < choice->noverrides; i++) {
        if (choice->overrides[i].service >= service) {
            break;
        }
    }

    if (i < choice->noverrides && choice->overrides[i].service == service) {
        consent_choice_forget(choice, i);
    }

    if (on == consent_choice_by_purposes(choice, rules, service)) {
        return;
    }

    if (choice->noverrides == CONSENT_OVERRIDE_MAX) {
        if (!on) {
            choice->granted &= ~purposes;
        }

        return;
    }

    memmove(&choice->overrides[i + 1], &choice->overrides[i],
            (choice->noverrides - i) * sizeof(consent_override_t));

    choice->overrides[i].service = service;
    choice->overrides[i].on = on & 1;
    choice->noverrides++;
}


/* Drops overrides that say what the purposes say, and sets `all`. */
static void
consent_choice_settle(consent_choice_t *choice, const consent_rules_t *rules)
{
    unsigned             i;
    consent_override_t  *override;

    for (i = 0; i < choice->noverrides; /* void */ ) {
        override = &choice->overrides[i];

        if (consent_choice_by_purposes(choice, rules, override->service)
            == override->on)
        {
            consent_choice_forget(choice, i);
            continue;
        }

        i++;
    }

    choice->all = (choice->granted & rules->all) == rules->all
                  && choice->noverrides == 0;
}


/* Sec-GPC takes away what is marked gpc, overrides included. */
static void
consent_choice_signal(consent_choice_t *choice, const consent_rules_t *rules)
{
    unsigned                   i;
    uint32_t                   denied;
    const consent_override_t  *override;

    if (!choice->gpc || choice->regime == CONSENT_OPT_IN
        || (choice->made && choice->gpc_known))
    {
        return;
    }

    denied = rules->gpc & ~rules->necessary;
    choice->granted &= ~denied;

    for (i = 0; i < choice->noverrides; /* void */ ) {
        override = &choice->overrides[i];

        if (override->on
            && (rules->services[override->service].purposes & denied))
        {
            consent_choice_forget(choice, i);
            continue;
        }

        i++;
    }
}


/*
 * Takes over what the cookie says.  Of a stale one only what it denies:
 * purposes that it does not name, services that it switches off.
 */
static void
consent_choice_believe(consent_choice_t *choice, const consent_rules_t *rules,
    const consent_choice_value_t *value)
{
    unsigned  i;

    choice->issued = value->issued;
    choice->gpc_known = value->gpc_known;
    memcpy(choice->id, value->id, CONSENT_ID_LEN);
    memcpy(choice->policy, value->policy, CONSENT_POLICY_LEN);

    choice->stale = value->yes && !value->current;
    choice->made = !choice->stale;

    if (choice->stale) {
        choice->was = value->granted & ~rules->necessary;
        choice->granted &= value->granted | rules->necessary;

    } else {
        choice->granted = value->granted | rules->necessary;
    }

    for (i = 0; i < value->noverrides; i++) {
        if (choice->made || !value->overrides[i].on) {
            consent_choice_switch(choice, rules, value->overrides[i].service,
                                  value->overrides[i].on);
        }
    }
}


static uint32_t
consent_choice_default(consent_regime_t regime, const consent_rules_t *rules)
{
    return regime == CONSENT_OPT_IN ? rules->necessary
                                    : rules->all | rules->necessary;
}


void
consent_choice_outdate(consent_choice_t *choice,
    const consent_rules_t *rules)
{
    unsigned  i;

    if (!choice->made) {
        return;
    }

    choice->made = 0;
    choice->stale = 1;
    choice->was = choice->granted & ~rules->necessary;
    choice->granted &= consent_choice_default(choice->regime, rules);

    for (i = 0; i < choice->noverrides; /* void */ ) {
        if (choice->overrides[i].on) {
            consent_choice_forget(choice, i);
            continue;
        }

        i++;
    }

    consent_choice_signal(choice, rules);
    consent_choice_settle(choice, rules);
}


void
consent_choice_read(consent_choice_t *choice, const consent_rules_t *rules,
    const consent_keys_t *keys, consent_regime_t regime, consent_str_t cookie,
    int gpc, time_t now, time_t max_age)
{
    consent_choice_value_t  value;

    memset(choice, 0, sizeof(consent_choice_t));

    choice->regime = regime;
    choice->gpc = gpc ? 1 : 0;
    choice->granted = consent_choice_default(regime, rules);

    if (consent_choice_value_parse(&value, rules, keys, cookie) == CONSENT_OK
        && value.issued - CONSENT_CLOCK_SKEW <= now
        && now - value.issued <= max_age)
    {
        consent_choice_believe(choice, rules, &value);
    }

    consent_choice_signal(choice, rules);
    consent_choice_settle(choice, rules);
}


/* Leaves in choice only what other grants too. */
static void
consent_choice_meet(consent_choice_t *choice, const consent_rules_t *rules,
    const consent_choice_t *other)
{
    int               service;
    unsigned          i;
    consent_choice_t  was;

    was = *choice;

    if (other->issued > choice->issued) {
        *choice = *other;
    }

    choice->granted = was.granted & other->granted;
    choice->noverrides = 0;

    for (i = 0; i < was.noverrides + other->noverrides; i++) {
        service = i < was.noverrides
                  ? was.overrides[i].service
                  : other->overrides[i - was.noverrides].service;

        consent_choice_switch(choice, rules, service,
                      consent_choice_allows_service(&was, rules, service)
                      && consent_choice_allows_service(other, rules, service));
    }

    choice->made = was.made && other->made;
    choice->stale = !choice->made && (was.stale || other->stale);

    consent_choice_settle(choice, rules);
}


void
consent_choice_read_header(consent_choice_t *choice,
    const consent_rules_t *rules, const consent_keys_t *keys,
    consent_regime_t regime, consent_str_t header, consent_str_t name,
    int gpc, time_t now, time_t max_age)
{
    size_t            pos;
    unsigned          n;
    consent_str_t     value;
    consent_cookie_t  cookie;
    consent_choice_t  other;

    n = 0;
    pos = 0;

    while (n <= CONSENT_COOKIE_TWINS
           && consent_cookie_next(header, &pos, &cookie) == CONSENT_OK)
    {
        if (!consent_str_eq(cookie.name, name)) {
            continue;
        }

        /* one too many: as if it were malformed */
        value = n == CONSENT_COOKIE_TWINS ? consent_str("") : cookie.value;

        consent_choice_read(n ? &other : choice, rules, keys, regime, value,
                            gpc, now, max_age);
        if (n) {
            consent_choice_meet(choice, rules, &other);
        }

        n++;
    }

    if (n == 0) {
        consent_choice_read(choice, rules, keys, regime, consent_str(""),
                            gpc, now, max_age);
    }
}


void
consent_choice_make(consent_choice_t *choice, const consent_rules_t *rules,
    consent_regime_t regime, consent_action_t action, uint32_t granted,
    const consent_override_t *overrides, unsigned noverrides, int gpc,
    const consent_choice_t *previous, const uint8_t random[16], time_t now)
{
    unsigned          i;
    consent_choice_t  made;

    memset(&made, 0, sizeof(consent_choice_t));

    made.regime = regime;
    made.made = 1;
    made.gpc = gpc ? 1 : 0;
    made.gpc_known = made.gpc;
    made.issued = now;

    memcpy(made.policy, rules->policy, CONSENT_POLICY_LEN);

    if (previous != NULL && previous->issued) {
        memcpy(made.id, previous->id, CONSENT_ID_LEN);

    } else {
        (void) consent_base64url(made.id, random, 16);
    }

    made.granted = rules->necessary;

    if (action == CONSENT_ACTION_ACCEPT) {
        made.granted |= rules->all;

    } else if (action == CONSENT_ACTION_SAVE) {
        made.granted |= granted & rules->all;

        for (i = 0; i < noverrides; i++) {
            consent_choice_switch(&made, rules, overrides[i].service,
                                  overrides[i].on);
        }
    }

    consent_choice_settle(&made, rules);

    /* choice may be the same as previous */
    *choice = made;
}


int
consent_choice_allows_service(const consent_choice_t *choice,
    const consent_rules_t *rules, int service)
{
    const consent_override_t  *override;

    if (choice->all) {
        return 1;
    }

    override = consent_choice_override(choice, service);
    if (override != NULL) {
        return override->on;
    }

    return consent_choice_by_purposes(choice, rules, service);
}


int
consent_choice_allows(const consent_choice_t *choice,
    const consent_rules_t *rules, const consent_verdict_t *verdict)
{
    const consent_override_t  *override;

    if (choice->all || (verdict->purposes & ~rules->necessary) == 0) {
        return 1;
    }

    if (verdict->service != CONSENT_NO_SERVICE) {
        override = consent_choice_override(choice, verdict->service);
        if (override != NULL) {
            return override->on;
        }
    }

    return (verdict->purposes & ~choice->granted) == 0;
}


int
consent_choice_asks(const consent_choice_t *choice)
{
    return !choice->made;
}


static size_t
consent_choice_hex(uint8_t *buf, const uint8_t *in, size_t len)
{
    size_t             i;
    static const char  hex[] = "0123456789abcdef";

    for (i = 0; i < len; i++) {
        buf[2 * i] = (uint8_t) hex[in[i] >> 4];
        buf[2 * i + 1] = (uint8_t) hex[in[i] & 15];
    }

    return 2 * len;
}


/* SHA-256, because a visitor chooses what goes in and it is a cache key. */
static int
consent_choice_hash(const consent_choice_t *choice,
    const consent_rules_t *rules, uint8_t digest[EVP_MAX_MD_SIZE])
{
    int             ok;
    unsigned        i;
    EVP_MD_CTX     *ctx;
    consent_str_t   id;

    ctx = EVP_MD_CTX_new();
    if (ctx == NULL) {
        return CONSENT_ERROR;
    }

    ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);

    for (i = 0; ok && i < choice->noverrides; i++) {
        id = rules->services[choice->overrides[i].service].id;

        ok = EVP_DigestUpdate(ctx, id.data, id.len)
             && EVP_DigestUpdate(ctx, choice->overrides[i].on ? "+" : "-", 1);
    }

    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL);

    EVP_MD_CTX_free(ctx);

    return ok ? CONSENT_OK : CONSENT_ERROR;
}


size_t
consent_choice_state(const consent_choice_t *choice,
    const consent_rules_t *rules, uint8_t *buf)
{
    size_t             n;
    int                shift;
    uint8_t            digest[EVP_MAX_MD_SIZE];
    static const char  hex[] = "0123456789abcdef";

    n = 0;

    for (shift = 28; shift >= 0; shift -= 4) {
        if (n || shift == 0 || choice->granted >> shift) {
            buf[n++] = (uint8_t) hex[choice->granted >> shift & 15];
        }
    }

    if (choice->noverrides) {
        buf[n++] = '-';

        if (consent_choice_hash(choice, rules, digest) == CONSENT_OK) {
            n += consent_choice_hex(buf + n, digest, 8);

        } else {
            /* no two visitors may share this one */
            memcpy(buf + n, choice->id, 16);
            n += 16;
        }
    }

    if (consent_choice_asks(choice)) {
        buf[n++] = '?';
    }

    return n;
}

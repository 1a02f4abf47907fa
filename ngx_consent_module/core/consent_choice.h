/*
 * The visitor's choice: what their own cookie says, what the regime and
 * Sec-GPC make of it, and what is granted in the end.
 */

#ifndef CONSENT_CHOICE_H
#define CONSENT_CHOICE_H


#include <time.h>

#include "consent_base.h"
#include "consent_key.h"
#include "consent_rules.h"


typedef enum {
    CONSENT_OPT_IN = 0,     /* nothing before yes */
    CONSENT_OPT_OUT,        /* all until no; Sec-GPC is a no */
    CONSENT_NOTICE          /* all, with a notice; Sec-GPC is an objection */
} consent_regime_t;


/* Name ("opt-in", "opt-out", "notice") to regime; CONSENT_ERROR if none. */
int consent_regime_parse(consent_regime_t *regime, consent_str_t name);
consent_str_t consent_regime_name(consent_regime_t regime);


#define CONSENT_ID_LEN        22    /* 128 random bits in base64url */
#define CONSENT_OVERRIDE_MAX  64
#define CONSENT_COOKIE_MAX    3072  /* longest value that is read or made */
#define CONSENT_COOKIE_TWINS  4     /* values of one name that are read */
#define CONSENT_STATE_MAX     32

/* How far the clocks of two servers may be apart, in seconds. */
#define CONSENT_CLOCK_SKEW    300


/* A service that is switched against its purposes. */

typedef struct {
    signed    service:31;           /* index into rules->services */
    unsigned  on:1;
} consent_override_t;


/*
 * A choice, ready to be asked.  Three bits tell where it comes from:
 *
 *   made   a person chose, and it holds: nobody need be asked;
 *   stale  a person chose, but said yes to something under another policy:
 *          they must be asked again (made is 0);
 *   none   (neither bit): nobody chose, the regime's default is in force.
 */

typedef struct {
    consent_regime_t    regime;
    unsigned            made:1;
    unsigned            stale:1;
    unsigned            gpc:1;      /* this request has Sec-GPC: 1 */
    unsigned            gpc_known:1;/* it was made while Sec-GPC was on */
    unsigned            all:1;      /* every purpose and service is allowed */
    uint32_t            granted;    /* purposes, necessary included; after
                                       regime and GPC */
    uint32_t            was;        /* purposes that a stale one granted */
    unsigned            noverrides;
    consent_override_t  overrides[CONSENT_OVERRIDE_MAX];
    time_t              issued;     /* 0: none */
    uint8_t             id[CONSENT_ID_LEN];         /* valid if issued */
    uint8_t             policy[CONSENT_POLICY_LEN]; /* as asked then */
} consent_choice_t;


/*
 * Makes the choice of a request out of the value of our cookie (len 0 if
 * absent).
 *
 * Believed is only what is well-formed, not oversize, signed where there
 * are keys, not from the future (CONSENT_CLOCK_SKEW apart) and not older
 * than max_age seconds.  All else counts as no cookie.
 *
 * A cookie that grants something under another policy than the rules', as far
 * as that counts (see there), is stale: its yes is not believed.  Its no
 * still holds: under opt-out and notice, what it did not grant stays denied
 * until the visitor answers.  A stored refusal of everything is not stale; it
 * holds under any policy.
 *
 * Without a choice, opt-in grants what is necessary and nothing else;
 * opt-out and notice grant all.  There, Sec-GPC denies the purposes that
 * are marked gpc, and services with such a purpose, even against an older
 * yes: only a yes given while the signal was on outweighs it.  Under opt-in
 * an explicit yes always outweighs the signal.
 */
void consent_choice_read(consent_choice_t *choice,
    const consent_rules_t *rules, const consent_keys_t *keys,
    consent_regime_t regime, consent_str_t cookie, int gpc, time_t now,
    time_t max_age);

/*
 * The same for a Cookie header as a whole: `name` is the name of our
 * cookie.  Where it stands more than once (a twin set for the parent domain
 * or by a script, RFC 6265, 8.6), only what all of them grant is granted,
 * and the visitor is asked again unless all of them are valid choices.  More
 * than CONSENT_COOKIE_TWINS of them: as a value that is not believed.
 */
void consent_choice_read_header(consent_choice_t *choice,
    const consent_rules_t *rules, const consent_keys_t *keys,
    consent_regime_t regime, consent_str_t header, consent_str_t name,
    int gpc, time_t now, time_t max_age);


/* Makes a choice stale that holds, but says yes to something that its maker
   could not know of. */
void consent_choice_outdate(consent_choice_t *choice,
    const consent_rules_t *rules);


/* What a visitor asked for in a POST. */

typedef enum {
    CONSENT_ACTION_ACCEPT = 0,      /* all */
    CONSENT_ACTION_REJECT,          /* nothing but necessary */
    CONSENT_ACTION_SAVE,            /* as given */
    CONSENT_ACTION_WITHDRAW,        /* as reject, and said so in the record */
    CONSENT_ACTIONS
} consent_action_t;

int consent_action_parse(consent_action_t *action, consent_str_t name);
consent_str_t consent_action_name(consent_action_t action);


/*
 * Makes a new choice out of a request.  `random` is 16 random bytes for the
 * id when `previous` (may be NULL) has none; a visitor keeps their id.
 *
 * granted and overrides count with CONSENT_ACTION_SAVE only.  An override
 * that says what the purposes say anyway, or is about a necessary service,
 * is left out; of two for one service the later counts.  Where there are
 * more than CONSENT_OVERRIDE_MAX, an "on" is left out and an "off" takes
 * the purposes of its service away: never more than was granted.
 */
void consent_choice_make(consent_choice_t *choice,
    const consent_rules_t *rules, consent_regime_t regime,
    consent_action_t action, uint32_t granted,
    const consent_override_t *overrides, unsigned noverrides, int gpc,
    const consent_choice_t *previous, const uint8_t random[16], time_t now);


/*
 * Writes the cookie's value: v.kid.issued.grants.policy.id.mac
 *
 *   v       "1"
 *   kid     of the signing key, "0" where there is none
 *   issued  seconds since 1970, decimal
 *   grants  tokens joined by "+": the granted purposes' keys, or "0" where
 *           only what is necessary is granted; then services switched
 *           against their purposes, "ID:1" or "ID:0"; then "!gpc" if the
 *           choice was made while Sec-GPC was on (no key or id can begin
 *           with "!", so no word is reserved)
 *   policy  12 characters
 *   id      22 characters
 *   mac     first 16 bytes of HMAC-SHA-256 over all before the last dot, in
 *           base64url (22 characters); "0" where there is no key
 *
 * buf holds CONSENT_COOKIE_MAX bytes.  Returns the length; 0 if it does not
 * fit or signing failed.
 */
size_t consent_choice_write(const consent_choice_t *choice,
    const consent_rules_t *rules, const consent_keys_t *keys, uint8_t *buf);


/* 1 if what the verdict asks for is granted (service before purposes). */
int consent_choice_allows(const consent_choice_t *choice,
    const consent_rules_t *rules, const consent_verdict_t *verdict);

/* The same question for a service as a whole. */
int consent_choice_allows_service(const consent_choice_t *choice,
    const consent_rules_t *rules, int service);

/* 1 if the banner is due: no choice, or a stale one. */
int consent_choice_asks(const consent_choice_t *choice);

/*
 * $consent_state: short, equal for equal grants, safe in a cache key:
 * hexadecimal mask of the granted purposes; with overrides "-" and a hash
 * of them; "?" behind that while the banner is due.  buf holds
 * CONSENT_STATE_MAX bytes.  Returns the length.
 */
size_t consent_choice_state(const consent_choice_t *choice,
    const consent_rules_t *rules, uint8_t *buf);


#endif /* CONSENT_CHOICE_H */

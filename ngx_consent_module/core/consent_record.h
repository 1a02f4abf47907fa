/*
 * Consent records: one JSON line for each choice, chained by hashes so that
 * a removed or changed line shows.
 */

#ifndef CONSENT_RECORD_H
#define CONSENT_RECORD_H


#include <time.h>

#include "consent_base.h"
#include "consent_choice.h"
#include "consent_rules.h"


#define CONSENT_RECORD_HASH  32     /* SHA-256 */


typedef struct {
    const consent_rules_t   *rules;
    const consent_choice_t  *choice;    /* the new one */
    consent_action_t         action;
    consent_str_t            lang;      /* of the texts that were shown */
    consent_str_t            site;      /* host that asked, canonical */
    time_t                   now;
} consent_record_t;


/*
 * Appends one line, newline included:
 *
 *   {"v":1,"id":…,"time":RFC 3339,"action":…,"site":…,"regime":…,
 *   "granted":[…],"denied":[…],"services":{…},"policy":…,"lang":…,
 *   "gpc":…,"prev":…,"hash":…}
 *
 * (without the line breaks).  No IP address, no user agent.  prev is the
 * hash of the line before, 64 hexadecimal digits, zeros at the start of a
 * chain; hash is the SHA-256 of the line up to and without `,"hash":`.
 *
 * head is the hash of the line before, and the new one's on return.
 * CONSENT_ERROR without memory: head is then unchanged.
 */
int consent_record_write(consent_buf_t *b, const consent_record_t *record,
    uint8_t head[CONSENT_RECORD_HASH]);

/*
 * Checks one line (newline not included) against head and moves head on.
 * CONSENT_ERROR: *error (static) says what is wrong; head is unchanged.
 */
int consent_record_verify(consent_str_t line,
    uint8_t head[CONSENT_RECORD_HASH], const char **error);

/*
 * The hashes that a line (newline not included) claims, none of them
 * checked.  CONSENT_DECLINED: it is no record.
 */
int consent_record_links(consent_str_t line,
    uint8_t prev[CONSENT_RECORD_HASH], uint8_t hash[CONSENT_RECORD_HASH]);

/*
 * What the visitor is given of their own choice, as JSON in one line: like
 * a record, but "issued" and "valid_until" (issued + max_age) for its time,
 * and neither action nor chain.  Without a choice in force ("made" false)
 * there is neither id nor time.  record->action is not looked at.
 */
void consent_record_receipt(consent_buf_t *b, const consent_record_t *record,
    time_t max_age);

/*
 * The hash of the last sound line in the tail of a record file, to carry
 * its chain on after a restart.  The first line of tail may be cut off.
 * CONSENT_DECLINED if there is none: head is then all zeros.
 */
int consent_record_head(consent_str_t tail,
    uint8_t head[CONSENT_RECORD_HASH]);


#endif /* CONSENT_RECORD_H */

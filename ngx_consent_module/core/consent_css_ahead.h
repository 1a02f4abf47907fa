/*
 * How Chromium's preload scanner reads the beginning of a style sheet: not
 * after CSS Syntax.  It knows no strings, and comments only between rules;
 * so it fetches what a style sheet has in a string, in a comment, or bare.
 * It gives up at the first byte that begins no @-rule.
 */

#ifndef CONSENT_CSS_AHEAD_H
#define CONSENT_CSS_AHEAD_H


#include "consent_base.h"


typedef enum {
    CONSENT_AHEAD_INITIAL = 0,
    CONSENT_AHEAD_MAYBE_COMMENT,
    CONSENT_AHEAD_COMMENT,
    CONSENT_AHEAD_COMMENT_STAR,
    CONSENT_AHEAD_RULE_START,
    CONSENT_AHEAD_RULE,
    CONSENT_AHEAD_AFTER_RULE,
    CONSENT_AHEAD_VALUE,
    CONSENT_AHEAD_DONE
} consent_css_ahead_state_t;


#define CONSENT_AHEAD_OTHER  0xff       /* a rule that is not "import" */


typedef struct {
    uint8_t  state;
    uint8_t  len;           /* of the rule's name, as far as it is "import" */
} consent_css_ahead_t;


/* Takes the next byte; 1 if it is the first of what an @import names. */
int consent_css_ahead(consent_css_ahead_t *ahead, uint8_t c);


#endif /* CONSENT_CSS_AHEAD_H */

/*
 * Rules for the guard: the script that holds in the page what a policy would
 * refuse, and the storage that no policy knows of.
 *
 * They are made from the policy itself, so that both say the same, and from
 * the names that services store under.  Written as
 *
 *     TYPES.ENTRY.ENTRY. … .ENTRY
 *
 * TYPES has a letter for each directive of the policy beside default-src:
 * what has none is judged as `d`.  An entry is a text, of which 24 bits of a
 * hash are kept, written with 36 digits.  Entries are
 *
 *     d=HOST/[PATH]   the host, for the directive `d` (a letter of its own
 *                     for each: consent_guard.c has the table)
 *     d.HOST/[PATH]   the host and all of its subdomains
 *     d./             all hosts
 *     kNAME= kPREFIX  cookies that are allowed: the rest is not; with `k`
 *                     among TYPES, those that are denied: the rest is not
 *     lNAME= lPREFIX  other storage that is denied: the rest is not
 *
 * and what begins with an entry is what the entry says.  (Of a file a policy
 * lets nothing through that is longer: the guard is so much wider.)
 *
 * So cookies are judged as in Set-Cookie: an unknown name is denied where
 * unknown third parties are.  In localStorage and the like, where a site
 * keeps its own state, only what a denied service is known for is held.
 */

#ifndef CONSENT_GUARD_H
#define CONSENT_GUARD_H


#include "consent_base.h"
#include "consent_choice.h"
#include "consent_rules.h"


/*
 * At most MAX entries.  Hosts come first, then the names of services that are
 * in use on this site.  MORE names of others are added, but of cookies that
 * are allowed only where no host would show their use: what nobody saw on a
 * site is rarely stored there, each page carries the rules, and the guard asks
 * about cookies that it holds.
 */

#define CONSENT_GUARD_MORE    4
#define CONSENT_GUARD_MAX  2048


/*
 * csp: from consent_csp_write() for the same choice; nothing is written where
 * it is empty.  use: as in consent_csp_conf_t.  Without memory b->failed is
 * set.
 */
void consent_guard_write(consent_buf_t *b, consent_str_t csp,
    const consent_rules_t *rules, const consent_page_t *page,
    const consent_choice_t *choice, const uint8_t *use);


#endif /* CONSENT_GUARD_H */

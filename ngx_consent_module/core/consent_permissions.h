/*
 * Permissions-Policy: the browser's own interfaces for advertisers, closed
 * where advertising is denied.
 */

#ifndef CONSENT_PERMISSIONS_H
#define CONSENT_PERMISSIONS_H


#include "consent_base.h"


/*
 * Appends to b one value for the whole field.  site: the site's own, all
 * lines of it joined by ", "; its entries stay, but for the features that are
 * closed here.  A value that is no dictionary (RFC 9651, 4.2.2) is refused by
 * browsers as a whole, and would take ours with it: it is left out.
 *
 * chromium: the browser's major version, or 0.  It complains on its console
 * of features that it knows no more, so they are left out for it.
 */
void consent_permissions_write(consent_buf_t *b, consent_str_t site,
    unsigned chromium);


#endif /* CONSENT_PERMISSIONS_H */

#include <string.h>

#include "consent_permissions.h"


/* Gone from Chromium by this version at the latest, as measured. */
#define CONSENT_PERMISSIONS_RETIRED  156


typedef struct {
    consent_str_t  name;
    unsigned       until;       /* major version of Chromium that knows it no
                                   more; 0: known */
} consent_permission_t;


/* What a browser measures, sorts or sells for advertisers, by feature. */

static const consent_permission_t  consent_permissions[] = {
    { consent_string("browsing-topics"), 0 },
    { consent_string("interest-cohort"), 0 },
    { consent_string("private-state-token-issuance"), 0 },
    { consent_string("private-state-token-redemption"), 0 },
    { consent_string("attribution-reporting"), CONSENT_PERMISSIONS_RETIRED },
    { consent_string("join-ad-interest-group"), CONSENT_PERMISSIONS_RETIRED },
    { consent_string("run-ad-auction"), CONSENT_PERMISSIONS_RETIRED },
    { consent_string("record-ad-auction-events"),
      CONSENT_PERMISSIONS_RETIRED },
    { consent_string("shared-storage"), CONSENT_PERMISSIONS_RETIRED },
    { consent_string("shared-storage-select-url"),
      CONSENT_PERMISSIONS_RETIRED },
    { consent_string("private-aggregation"), CONSENT_PERMISSIONS_RETIRED }
};

#define CONSENT_PERMISSIONS                                                   \
    (sizeof(consent_permissions) / sizeof(consent_permissions[0]))


static int
consent_permissions_is(uint8_t c, const char *more)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || (c && strchr(more, c) != NULL);
}


static void
consent_permissions_skip(consent_str_t *s, size_t n)
{
    s->data += n;
    s->len -= n;
}


static void
consent_permissions_blank(consent_str_t *s, const char *what)
{
    while (s->len && *s->data && strchr(what, *s->data) != NULL) {
        consent_permissions_skip(s, 1);
    }
}


/* RFC 9651, 4.2.3.3: a key. */
static int
consent_permissions_key(consent_str_t *s, consent_str_t *key)
{
    size_t  n;

    if (s->len == 0
        || !((*s->data >= 'a' && *s->data <= 'z') || *s->data == '*'))
    {
        return CONSENT_ERROR;
    }

    for (n = 0; n < s->len; n++) {
        if (!consent_permissions_is(s->data[n], "_-.*")
            || (s->data[n] >= 'A' && s->data[n] <= 'Z'))
        {
            break;
        }
    }

    *key = (consent_str_t) { n, s->data };
    consent_permissions_skip(s, n);

    return CONSENT_OK;
}


/* RFC 9651, 4.2.5: a string, behind its first quote. */
static int
consent_permissions_string(consent_str_t *s)
{
    uint8_t  c;

    while (s->len) {
        c = *s->data;
        consent_permissions_skip(s, 1);

        if (c == '"') {
            return CONSENT_OK;
        }

        if (c < 0x20 || c > 0x7e) {
            return CONSENT_ERROR;
        }

        if (c == '\\') {
            if (s->len == 0 || (*s->data != '"' && *s->data != '\\')) {
                return CONSENT_ERROR;
            }

            consent_permissions_skip(s, 1);
        }
    }

    return CONSENT_ERROR;
}


/* RFC 9651, 4.2.3.1: an item without its parameters.  Numbers, dates, byte
 * sequences and tokens are runs of letters that nothing else can end. */
static int
consent_permissions_bare(consent_str_t *s)
{
    size_t   n;
    uint8_t  c;

    if (s->len == 0) {
        return CONSENT_ERROR;
    }

    c = *s->data;

    if (c == '"') {
        consent_permissions_skip(s, 1);
        return consent_permissions_string(s);
    }

    if (c == '?') {
        if (s->len < 2 || (s->data[1] != '0' && s->data[1] != '1')) {
            return CONSENT_ERROR;
        }

        consent_permissions_skip(s, 2);
        return CONSENT_OK;
    }

    if (!consent_permissions_is(c, "*-:@")) {
        return CONSENT_ERROR;
    }

    for (n = 1; n < s->len; n++) {
        if (!consent_permissions_is(s->data[n], "!#$%&'*+-.^_`|~:/=")) {
            break;
        }
    }

    consent_permissions_skip(s, n);

    return CONSENT_OK;
}


/* RFC 9651, 4.2.3.2: parameters. */
static int
consent_permissions_parameters(consent_str_t *s)
{
    consent_str_t  key;

    while (s->len && *s->data == ';') {
        consent_permissions_skip(s, 1);
        consent_permissions_blank(s, " ");

        if (consent_permissions_key(s, &key) != CONSENT_OK) {
            return CONSENT_ERROR;
        }

        if (s->len && *s->data == '=') {
            consent_permissions_skip(s, 1);

            if (consent_permissions_bare(s) != CONSENT_OK) {
                return CONSENT_ERROR;
            }
        }
    }

    return CONSENT_OK;
}


/* RFC 9651, 4.2.1.2: an inner list, behind its parenthesis. */
static int
consent_permissions_list(consent_str_t *s)
{
    for ( ;; ) {
        consent_permissions_blank(s, " ");

        if (s->len && *s->data == ')') {
            consent_permissions_skip(s, 1);
            return CONSENT_OK;
        }

        if (consent_permissions_bare(s) != CONSENT_OK
            || consent_permissions_parameters(s) != CONSENT_OK
            || s->len == 0 || (*s->data != ' ' && *s->data != ')'))
        {
            return CONSENT_ERROR;
        }
    }
}


/* RFC 9651, 4.2.2: the next member of a dictionary, all of it, and its key. */
static int
consent_permissions_member(consent_str_t *s, consent_str_t *key,
    consent_str_t *member)
{
    int  rc;

    member->data = s->data;

    if (consent_permissions_key(s, key) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    rc = CONSENT_OK;

    if (s->len && *s->data == '=') {
        consent_permissions_skip(s, 1);

        if (s->len && *s->data == '(') {
            consent_permissions_skip(s, 1);
            rc = consent_permissions_list(s);

        } else {
            rc = consent_permissions_bare(s);
        }
    }

    if (rc != CONSENT_OK || consent_permissions_parameters(s) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    member->len = (size_t) (s->data - member->data);
    consent_permissions_blank(s, " \t");

    if (s->len == 0) {
        return CONSENT_OK;
    }

    if (*s->data != ',') {
        return CONSENT_ERROR;
    }

    consent_permissions_skip(s, 1);
    consent_permissions_blank(s, " \t");

    /* Nothing may stand behind the last comma. */

    return s->len ? CONSENT_OK : CONSENT_ERROR;
}


static int
consent_permissions_ours(consent_str_t key)
{
    size_t  i;

    for (i = 0; i < CONSENT_PERMISSIONS; i++) {
        if (consent_str_eq(consent_permissions[i].name, key)) {
            return 1;
        }
    }

    return 0;
}


/* The site's own entries; without any if browsers would refuse them all. */
static void
consent_permissions_keep(consent_buf_t *b, consent_str_t site)
{
    size_t         start;
    consent_str_t  key, member;

    start = b->len;
    consent_permissions_blank(&site, " ");

    while (site.len) {
        if (consent_permissions_member(&site, &key, &member) != CONSENT_OK) {
            b->len = start;
            return;
        }

        if (!consent_permissions_ours(key)) {
            consent_buf_add(b, member);
            consent_buf_add_c(b, ", ");
        }
    }
}


void
consent_permissions_write(consent_buf_t *b, consent_str_t site,
    unsigned chromium)
{
    size_t                       i;
    const char                  *separator;
    const consent_permission_t  *p;

    consent_permissions_keep(b, site);
    separator = "";

    for (i = 0; i < CONSENT_PERMISSIONS; i++) {
        p = &consent_permissions[i];

        if (p->until == 0 || chromium < p->until) {
            consent_buf_add_c(b, separator);
            consent_buf_add(b, p->name);
            consent_buf_add_c(b, "=()");
            separator = ", ";
        }
    }
}

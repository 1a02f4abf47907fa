/*
 * Registrable domains.
 */

#include <string.h>

#include <libpsl.h>

#include "consent_url_parser.h"


static int
consent_url_is_address(consent_str_t host)
{
    return host.len == 0 || host.data[0] == '['
           || consent_url_ends_in_number(host);
}


consent_str_t
consent_url_site(consent_str_t host)
{
    char         name[CONSENT_URL_HOST_MAX + 1];
    size_t       len;
    const char  *site;

    if (host.len > CONSENT_URL_HOST_MAX || consent_url_is_address(host)) {
        return host;
    }

    memcpy(name, host.data, host.len);
    name[host.len] = '\0';

    site = psl_registrable_domain(psl_builtin(), name);
    if (site == NULL) {
        return host;
    }

    len = strlen(site);

    return (consent_str_t) { len, host.data + host.len - len };
}


int
consent_url_within(consent_str_t host, consent_str_t domain)
{
    size_t  extra;

    if (domain.len == 0 || host.len < domain.len) {
        return 0;
    }

    extra = host.len - domain.len;

    return memcmp(host.data + extra, domain.data, domain.len) == 0
           && (extra == 0 || host.data[extra - 1] == '.');
}


int
consent_url_is_suffix(consent_str_t host)
{
    char  name[CONSENT_URL_HOST_MAX + 1];

    if (host.len > CONSENT_URL_HOST_MAX) {
        return 0;
    }

    memcpy(name, host.data, host.len);
    name[host.len] = '\0';

    return psl_is_public_suffix(psl_builtin(), name);
}


int
consent_url_has_suffix(consent_str_t host, consent_str_t site)
{
    const uint8_t  *dot;

    if (host.len > CONSENT_URL_HOST_MAX) {
        return 1;
    }

    while (host.len > site.len) {
        if (consent_url_is_suffix(host)) {
            return 1;
        }

        dot = memchr(host.data, '.', host.len);
        if (dot == NULL) {
            return 0;
        }

        host.len -= (size_t) (dot + 1 - host.data);
        host.data = dot + 1;
    }

    return 0;
}


int
consent_url_is_registry(consent_str_t host)
{
    char  name[CONSENT_URL_HOST_MAX + 1];

    if (host.len > CONSENT_URL_HOST_MAX) {
        return 1;
    }

    memcpy(name, host.data, host.len);
    name[host.len] = '\0';

    return psl_is_public_suffix2(psl_builtin(), name,
                                 PSL_TYPE_ICANN|PSL_TYPE_NO_STAR_RULE);
}

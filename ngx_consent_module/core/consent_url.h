/*
 * URL parsing for matching, after the WHATWG URL Standard, and registrable
 * domains after the Public Suffix List.
 */

#ifndef CONSENT_URL_H
#define CONSENT_URL_H


#include "consent_base.h"


/* Of a longer URL this much is looked at; the rest of its path is cut off. */
#define CONSENT_URL_MAX  8192


/*
 * A parsed URL.  All slices point into the buffer given to
 * consent_url_parse() and live as long as it does.
 */

typedef struct {
    consent_str_t  href;      /* serialised: scheme://host:port/path?query */
    consent_str_t  scheme;    /* lower case, without ":" */
    consent_str_t  host;      /* canonical ASCII, lower case; empty if none;
                                 one trailing dot is kept in href only */
    consent_str_t  path;      /* from "/", dot segments resolved */
    consent_str_t  query;     /* without "?"; empty if none */
    uint16_t       port;      /* 0: the scheme's default */
    unsigned       special:1; /* http, https, ws, wss, ftp, file */
    unsigned       network:1; /* fetching it leaves the browser: special,
                                 has a host */
    unsigned       opaque:1;  /* "data:…": its path has no segments, and
                                 nothing can be relative to it */
    unsigned       authority:1; /* "//" stands behind the scheme */
} consent_url_t;


/*
 * Parses `in` as a browser does, relative to `base` (NULL: `in` must be
 * absolute).  `in` is the attribute's value with entities decoded; white
 * space and control characters at the ends, tabs and newlines inside are
 * dropped here, as the standard says.  Credentials and fragment are left
 * out of the result.  data:, blob:, javascript: and their like parse with
 * an empty host and network 0.
 *
 * buf must hold CONSENT_URL_BUF bytes and be another one than base's.
 * Returns CONSENT_OK; CONSENT_ERROR if a browser would refuse the URL (it
 * fetches nothing); CONSENT_DECLINED if that can't be told: it is too long,
 * or its host has letters beyond ASCII that are not UTF-8, or that the
 * Unicode tables here do not know and a newer browser may.  Hold it back.
 */

#define CONSENT_URL_BUF  (CONSENT_URL_MAX * 3 + 1024)

int consent_url_parse(consent_url_t *url, const consent_url_t *base,
    consent_str_t in, uint8_t *buf);


/*
 * The host that begins at p, if it is canonical as it is written, and no
 * address; else empty.  It must end before a byte that no such host has, with
 * 16 more behind it that may be read.
 */
consent_str_t consent_url_plain_name(const uint8_t *p);


/*
 * Makes of url a copy of from that takes no more of mem than its text.
 * CONSENT_ERROR without memory.
 */
int consent_url_keep(const consent_mem_t *mem, consent_url_t *url,
    const consent_url_t *from);


/*
 * The registrable domain ("example.co.uk") of a canonical host, as a slice
 * of it; the host itself if it is an IP address, a single label or a public
 * suffix.  Uses libpsl's built-in list.
 */

consent_str_t consent_url_site(consent_str_t host);


/* 1 if host is domain or a subdomain of it. Both canonical. */
int consent_url_within(consent_str_t host, consent_str_t domain);

/*
 * 1 if host is a public suffix; 1 if there is one among host and its parents
 * that lie below site, or host is too long to tell.  With neither of site and
 * of a host within it, consent_url_site(host) is site.
 */
int consent_url_is_suffix(consent_str_t host);
int consent_url_has_suffix(consent_str_t host, consent_str_t site);

/* 1 if host is a suffix under which a registry sells domains, "co.uk"; not a
   provider's, "github.io". */
int consent_url_is_registry(consent_str_t host);


#endif /* CONSENT_URL_H */

/*
 * Plain URLs: those that the standard's parser would copy byte by byte.
 *
 * Nearly all URLs of real pages are such.  They are copied whole behind what
 * they take from the base, and then proved to be plain where they lie; what
 * is not is left to the parser in consent_url.c, whose answer would be the
 * same.
 */

#include <string.h>

#include "consent_url_parser.h"
#include "consent_url_run.h"


typedef struct {
    consent_url_t        *url;
    const consent_url_t  *base;
    consent_str_t         in;
    uint8_t              *out;
    const uint8_t        *end;      /* behind the last byte copied */
} consent_url_plain_t;


/* Copies the input behind n bytes of the base's href and `more`. */
static int
consent_url_plain_copy(consent_url_plain_t *u, size_t n, consent_str_t more)
{
    size_t  len;

    len = n + more.len + u->in.len;

    if (len > CONSENT_URL_BUF - CONSENT_URL_RUN) {
        return CONSENT_DECLINED;
    }

    if (n) {
        memcpy(u->out, u->base->href.data, n);
        memcpy(u->out + n, more.data, more.len);
    }

    memcpy(u->out + n + more.len, u->in.data, u->in.len);
    memset(u->out + len, 0, CONSENT_URL_RUN);

    u->end = u->out + len;

    return CONSENT_OK;
}


/* The parts of the URL that are where they were in the base's href. */
static consent_str_t
consent_url_plain_moved(const consent_url_plain_t *u, consent_str_t part)
{
    return (consent_str_t) { part.len,
                             u->out + (part.data - u->base->href.data) };
}


static void
consent_url_plain_authority(consent_url_plain_t *u)
{
    consent_url_t        *url;
    const consent_url_t  *base;

    url = u->url;
    base = u->base;

    url->scheme = (consent_str_t) { base->scheme.len, u->out };
    url->host = consent_url_plain_moved(u, base->host);
    url->port = base->port;
}


static void
consent_url_plain_flags(consent_url_t *url)
{
    url->special = 1;
    url->network = 1;
    url->opaque = 0;
    url->authority = 1;
}


/*
 * A segment that begins at p with "." or "%", as "." and ".." do however
 * they are written.
 */
static int
consent_url_plain_is_dots(const consent_url_plain_t *u, const uint8_t *p)
{
    const uint8_t  *end;

    for (end = p; end < u->end && *end != '/' && *end != '?' && *end != '#';
         end++)
    {
        /* void */
    }

    return consent_url_dots(p, end) != 0;
}


/* The path from `path` on, of which what stands before p is known. */
static int
consent_url_plain_rest(consent_url_plain_t *u, const uint8_t *path,
    const uint8_t *p)
{
    const uint8_t  *query;

    for ( ;; ) {
        p = consent_url_run_path(p);

        if (*p != '.' && *p != '%') {
            break;
        }

        if (consent_url_plain_is_dots(u, p)) {
            return CONSENT_DECLINED;
        }

        p++;
    }

    u->url->path = (consent_str_t) { (size_t) (p - path), path };
    u->url->query = (consent_str_t) { 0, NULL };

    if (*p == '?') {
        query = p + 1;
        p = consent_url_run_query(query);
        u->url->query = (consent_str_t) { (size_t) (p - query), query };
    }

    if (p != u->end && *p != '#') {
        return CONSENT_DECLINED;
    }

    u->url->href = (consent_str_t) { (size_t) (p - u->out), u->out };
    consent_url_plain_flags(u->url);

    return CONSENT_OK;
}


/* A letter that ends no number: no hexadecimal digit, nor the "x" of "0x". */
static int
consent_url_plain_ends_in_name(const uint8_t *last)
{
    return *last > 'f' && *last != 'x';
}


consent_str_t
consent_url_plain_name(const uint8_t *p)
{
    consent_str_t   host;
    const uint8_t  *end;

    end = consent_url_run_host(p);
    host = (consent_str_t) { (size_t) (end - p), p };

    if (host.len != 0
        && (end[-1] == '.' || (!consent_url_plain_ends_in_name(end - 1)
                               && consent_url_ends_in_number(host))))
    {
        host.len = 0;
    }

    return host;
}


/* "host/path", "host": from p on. */
static int
consent_url_plain_host(consent_url_plain_t *u, size_t scheme,
    const uint8_t *p)
{
    consent_str_t   host;
    const uint8_t  *end;

    host = consent_url_plain_name(p);

    if (host.len == 0) {
        return CONSENT_DECLINED;
    }

    u->url->scheme = (consent_str_t) { scheme, u->out };
    u->url->host = host;
    u->url->port = 0;

    end = p + host.len;

    if (end == u->end) {
        u->out[end - u->out] = '/';
        u->end++;
    }

    return *end == '/' ? consent_url_plain_rest(u, end, end)
                       : CONSENT_DECLINED;
}


/* "https://host/path" */
static int
consent_url_plain_absolute(consent_url_plain_t *u)
{
    size_t    n;
    uint64_t  start;

    static const uint8_t  secure[8] CONSENT_NONSTRING = "https://";
    static const uint8_t  plain[8] = "http://";

    if (u->in.len < sizeof(secure)) {
        return CONSENT_DECLINED;
    }

    /* compared as a word, of which "http://" has one byte less */

    memcpy(&start, u->in.data, sizeof(secure));

    n = sizeof("https") - 1;

    if (memcmp(&start, secure, sizeof(secure)) != 0) {
        n--;

        if (memcmp(&start, plain, sizeof(plain) - 1) != 0) {
            return CONSENT_DECLINED;
        }
    }

    (void) consent_url_plain_copy(u, 0, consent_str(""));

    return consent_url_plain_host(u, n, u->out + n + 3);
}


/* "data:…" with an opaque path; a query is left to the parser. */
static int
consent_url_plain_data(consent_url_plain_t *u)
{
    consent_url_t  *url;
    const uint8_t  *p;

    if (u->in.len < 6 || memcmp(u->in.data, "data:", 5) != 0
        || u->in.data[5] == '/')
    {
        return CONSENT_DECLINED;
    }

    if (u->in.len > CONSENT_URL_MAX) {
        u->in.len = CONSENT_URL_MAX;
    }

    (void) consent_url_plain_copy(u, 0, consent_str(""));
    p = consent_url_run_opaque(u->out + 5);

    if (p != u->end && (*p != '#' || p[-1] == ' ')) {
        return CONSENT_DECLINED;
    }

    url = u->url;
    memset(url, 0, sizeof(consent_url_t));

    url->href = (consent_str_t) { (size_t) (p - u->out), u->out };
    url->scheme = (consent_str_t) { 4, u->out };
    url->path = (consent_str_t) { url->href.len - 5, u->out + 5 };
    url->opaque = 1;

    return CONSENT_OK;
}


/* "//host/path" and "/path" */
static int
consent_url_plain_slash(consent_url_plain_t *u)
{
    size_t          n;
    const uint8_t  *path;

    if (u->in.len > 1 && u->in.data[1] == '/') {
        n = u->base->scheme.len;

        return consent_url_plain_copy(u, n, consent_str(":")) == CONSENT_OK
               ? consent_url_plain_host(u, n, u->out + n + 3)
               : CONSENT_DECLINED;
    }

    n = (size_t) (u->base->path.data - u->base->href.data);
    path = u->out + n;

    if (consent_url_plain_copy(u, n, consent_str("")) != CONSENT_OK) {
        return CONSENT_DECLINED;
    }

    consent_url_plain_authority(u);

    return consent_url_plain_rest(u, path, path);
}


/* "#fragment": the base itself. */
static int
consent_url_plain_fragment(consent_url_plain_t *u)
{
    u->in.len = 0;

    if (consent_url_plain_copy(u, u->base->href.len, consent_str(""))
        != CONSENT_OK)
    {
        return CONSENT_DECLINED;
    }

    consent_url_plain_authority(u);

    u->url->href = (consent_str_t) { u->base->href.len, u->out };
    u->url->path = consent_url_plain_moved(u, u->base->path);
    u->url->query = u->base->query;

    if (u->base->query.data != NULL) {
        u->url->query = consent_url_plain_moved(u, u->base->query);
    }

    consent_url_plain_flags(u->url);

    return CONSENT_OK;
}


/* "path": replaces what stands behind the last slash of the base's path. */
static int
consent_url_plain_relative(consent_url_plain_t *u)
{
    size_t          i, n;
    const uint8_t  *path;
    consent_str_t   base;

    base = u->base->path;
    path = u->out + (base.data - u->base->href.data);

    /* a colon in the first segment: it may be a scheme */

    for (i = 0; i < u->in.len && u->in.data[i] != '/'; i++) {
        if (u->in.data[i] == ':') {
            return CONSENT_DECLINED;
        }
    }

    if (u->in.data[0] != '?') {
        while (base.data[base.len - 1] != '/') {
            base.len--;
        }
    }

    n = (size_t) (path - u->out) + base.len;

    if (consent_url_plain_copy(u, n, consent_str("")) != CONSENT_OK) {
        return CONSENT_DECLINED;
    }

    consent_url_plain_authority(u);

    return consent_url_plain_rest(u, path, u->out + n);
}


int
consent_url_plain(consent_url_t *url, const consent_url_t *base,
    consent_str_t in, uint8_t *buf)
{
    consent_url_plain_t  u;

    if (in.len == 0) {
        return CONSENT_DECLINED;
    }

    u.url = url;
    u.base = base;
    u.in = in;
    u.out = buf;

    if (in.data[0] == 'd' && consent_url_plain_data(&u) == CONSENT_OK) {
        return CONSENT_OK;
    }

    if (in.len > CONSENT_URL_MAX) {
        return CONSENT_DECLINED;
    }

    if (in.data[0] == 'h'
        && consent_url_plain_absolute(&u) == CONSENT_OK)
    {
        return CONSENT_OK;
    }

    /* ftp: and file: as a base are left to the parser */

    if (base == NULL || !base->special || base->scheme.data[0] == 'f') {
        return CONSENT_DECLINED;
    }

    switch (in.data[0]) {

    case '/':
        return consent_url_plain_slash(&u);

    case '#':
        return consent_url_plain_fragment(&u);

    default:
        return consent_url_plain_relative(&u);
    }
}


/* Drops C0 controls and spaces at both ends. */
static consent_str_t
consent_url_trim(consent_str_t in)
{
    while (in.len && in.data[0] <= ' ') {
        in.data++;
        in.len--;
    }

    while (in.len && in.data[in.len - 1] <= ' ') {
        in.len--;
    }

    return in;
}


int
consent_url_parse(consent_url_t *url, const consent_url_t *base,
    consent_str_t in, uint8_t *buf)
{
    in = consent_url_trim(in);

    return consent_url_plain(url, base, in, buf) == CONSENT_OK
           ? CONSENT_OK : consent_url_parse_any(url, base, in, buf);
}

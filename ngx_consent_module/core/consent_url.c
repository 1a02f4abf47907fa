#include <string.h>

#include "consent_url_parser.h"


typedef struct {
    consent_str_t  name;
    uint16_t       port;
} consent_url_scheme_t;


/* URL Standard, "special scheme". */

static const consent_url_scheme_t  consent_url_schemes[] = {
    { consent_string("https"), 443 },
    { consent_string("http"), 80 },
    { consent_string("file"), 0 },
    { consent_string("wss"), 443 },
    { consent_string("ws"), 80 },
    { consent_string("ftp"), 21 }
};


static const consent_url_scheme_t *
consent_url_scheme(consent_str_t name)
{
    size_t  i;

    for (i = 0;
         i < sizeof(consent_url_schemes) / sizeof(consent_url_schemes[0]);
         i++)
    {
        if (consent_str_eq(consent_url_schemes[i].name, name)) {
            return &consent_url_schemes[i];
        }
    }

    return NULL;
}


/* A slash, or a backslash where the scheme is special. */
static int
consent_url_is_slash(const consent_url_parser_t *u, const uint8_t *p)
{
    return p < u->end && (*p == '/' || (*p == '\\' && u->url->special));
}


/* URL Standard, 4.1: "Windows drive letter". */
static int
consent_url_is_drive(const uint8_t *p, const uint8_t *end)
{
    return end - p >= 2 && consent_url_is_alpha(p[0])
           && (p[1] == ':' || p[1] == '|');
}


static int
consent_url_starts_with_drive(const uint8_t *p, const uint8_t *end)
{
    return consent_url_is_drive(p, end)
           && (end - p == 2 || p[2] == '/' || p[2] == '\\' || p[2] == '?');
}


/* Sets url->host to what was written from offset `start`. */
static void
consent_url_set_host(consent_url_parser_t *u, size_t start)
{
    consent_str_t  host;

    host.data = u->out + start;
    host.len = u->len - start;

    if (u->url->special && host.len > 1 && host.data[host.len - 1] == '.') {
        host.len--;
    }

    u->url->host = host;
}


/*
 * The parts, from the left.
 */


static int
consent_url_port(consent_url_parser_t *u, const uint8_t *p,
    const uint8_t *end)
{
    unsigned                     port;
    const consent_url_scheme_t  *scheme;

    if (p == end) {
        return CONSENT_OK;
    }

    for (port = 0; p < end; p++) {
        if (!consent_url_is_digit(*p)) {
            return CONSENT_ERROR;
        }

        port = port * 10 + (unsigned) (*p - '0');
        if (port > 65535) {
            return CONSENT_ERROR;
        }
    }

    scheme = consent_url_scheme(u->url->scheme);
    if (scheme != NULL && scheme->port == port) {
        return CONSENT_OK;
    }

    u->url->port = (uint16_t) port;

    consent_url_put(u, ':');
    consent_url_put_decimal(u, port);

    return CONSENT_OK;
}


/* Where the authority, or a file URL's host, ends. */
static const uint8_t *
consent_url_authority_end(const consent_url_parser_t *u)
{
    const uint8_t  *p;

    for (p = u->p; p < u->end; p++) {
        if (*p == '?' || consent_url_is_slash(u, p)) {
            break;
        }
    }

    return p;
}


/* The ":" before a port: not one inside brackets. */
static const uint8_t *
consent_url_host_end(const uint8_t *p, const uint8_t *end)
{
    int  brackets;

    for (brackets = 0; p < end; p++) {

        if (*p == '[') {
            brackets = 1;

        } else if (*p == ']') {
            brackets = 0;

        } else if (*p == ':' && !brackets) {
            break;
        }
    }

    return p;
}


/* URL Standard, 4.4: "authority state" to "port state". */
static int
consent_url_authority(consent_url_parser_t *u)
{
    int             rc;
    size_t          start;
    const uint8_t  *p, *end, *colon, *user;

    consent_url_put_str(u, (const uint8_t *) "//", 2);
    u->url->authority = 1;

    end = consent_url_authority_end(u);
    p = u->p;
    user = end;

    while (user > p && user[-1] != '@') {
        user--;
    }

    if (user > p && user == end) {
        return CONSENT_ERROR;
    }

    colon = consent_url_host_end(user, end);

    if (colon == user && (u->url->special || colon < end)) {
        return CONSENT_ERROR;
    }

    start = u->len;

    rc = consent_url_host(u, (consent_str_t) { (size_t) (colon - user),
                                               user });
    if (rc != CONSENT_OK) {
        return rc;
    }

    consent_url_set_host(u, start);

    if (colon < end && consent_url_port(u, colon + 1, end) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    u->p = end;

    return CONSENT_OK;
}


/* Length of a dot, plain or percent-encoded, at p; 0 if there is none. */
static size_t
consent_url_dot(const uint8_t *p, const uint8_t *end)
{
    if (p < end && *p == '.') {
        return 1;
    }

    return end - p >= 3 && p[0] == '%' && p[1] == '2' && (p[2] | 0x20) == 'e'
           ? 3 : 0;
}


int
consent_url_dots(const uint8_t *p, const uint8_t *end)
{
    size_t  first, second;

    first = consent_url_dot(p, end);
    if (first == 0) {
        return 0;
    }

    p += first;
    if (p == end) {
        return 1;
    }

    second = consent_url_dot(p, end);

    return second && p + second == end ? 2 : 0;
}


/* URL Standard, 4.1: "shorten a URL's path". */
static void
consent_url_shorten(consent_url_parser_t *u)
{
    size_t          len;
    const uint8_t  *path;

    path = u->out + u->path;
    len = u->len - u->path;

    if (u->file && len == 3 && path[0] == '/'
        && consent_url_is_alpha(path[1]) && path[2] == ':')
    {
        return;
    }

    while (len && path[--len] != '/') { /* void */ }

    u->len = u->path + len;
}


/* One segment, written with its slash. */
static void
consent_url_segment(consent_url_parser_t *u, const uint8_t *p,
    const uint8_t *end)
{
    consent_url_put(u, '/');

    if (u->file && u->len == u->path + 1 && end - p == 2
        && consent_url_is_drive(p, end))
    {
        consent_url_put(u, p[0]);
        consent_url_put(u, ':');
        return;
    }

    consent_url_put_run(u, p, end, CONSENT_URL_PATH);
}


/*
 * URL Standard, 4.4: "path state".  Appends the segments that are left to
 * what is already in the path; the slash before the first one is implied.
 */
static void
consent_url_segments(consent_url_parser_t *u)
{
    const uint8_t  *end;

    for ( ;; ) {
        for (end = u->p; end < u->end; end++) {
            if (*end == '?' || consent_url_is_slash(u, end)) {
                break;
            }
        }

        switch (consent_url_dots(u->p, end)) {

        case 0:
            consent_url_segment(u, u->p, end);
            break;

        case 2:
            consent_url_shorten(u);
            /* fall through */

        default:
            if (!consent_url_is_slash(u, end)) {
                consent_url_put(u, '/');
            }
        }

        u->p = end;

        if (!consent_url_is_slash(u, end)) {
            return;
        }

        u->p++;
    }
}


/* "path start state". */
static void
consent_url_path(consent_url_parser_t *u)
{
    u->path = u->len;

    if (consent_url_is_slash(u, u->p)) {
        u->p++;

    } else if (!u->url->special) {
        return;
    }

    consent_url_segments(u);
}


static void
consent_url_query(consent_url_parser_t *u)
{
    size_t    start;
    unsigned  set;

    if (u->p == u->end) {
        return;
    }

    set = CONSENT_URL_QUERY;
    if (u->url->special) {
        set |= CONSENT_URL_SPECIAL;
    }

    consent_url_put(u, '?');
    start = u->len;

    consent_url_put_run(u, u->p + 1, u->end, set);
    u->p = u->end;

    u->url->query = (consent_str_t) { u->len - start, u->out + start };
}


/* Fixes the path as written so far, then reads the query. */
static void
consent_url_finish(consent_url_parser_t *u)
{
    u->url->path = (consent_str_t) { u->len - u->path, u->out + u->path };

    consent_url_query(u);
}


/*
 * Without an authority, a path that begins with "//" would read as one when
 * the URL is parsed again (URL Standard, 4.5, "URL serializer").
 */
static void
consent_url_guard_path(consent_url_parser_t *u)
{
    size_t  len;

    len = u->len - u->path;

    if (u->url->authority || len < 2 || u->out[u->path] != '/'
        || u->out[u->path + 1] != '/')
    {
        return;
    }

    if (CONSENT_URL_BUF - u->len < 2) {
        u->overflow = 1;
        return;
    }

    memmove(u->out + u->path + 2, u->out + u->path, len);
    memcpy(u->out + u->path, "/.", 2);
    u->path += 2;
    u->len += 2;
}


static void
consent_url_copy_authority(consent_url_parser_t *u)
{
    size_t                start;
    const consent_url_t  *base;

    base = u->base;

    if (base->authority) {
        consent_url_put_str(u, (const uint8_t *) "//", 2);
        start = u->len;

        consent_url_put_str(u, base->host.data,
                            (size_t) (base->path.data - base->host.data));

        u->url->host = (consent_str_t) { base->host.len, u->out + start };
        u->url->port = base->port;
        u->url->authority = 1;
    }

    u->path = u->len;
}


/* The base's path and query, as far as what is left does not replace them. */
static void
consent_url_copy_path(consent_url_parser_t *u)
{
    const consent_url_t  *base;

    base = u->base;

    consent_url_put_str(u, base->path.data, base->path.len);

    if (u->p == u->end) {
        consent_url_guard_path(u);
        consent_url_finish(u);

        if (base->query.data != NULL) {
            consent_url_put(u, '?');
            u->url->query = (consent_str_t) { base->query.len,
                                              u->out + u->len };
            consent_url_put_str(u, base->query.data, base->query.len);
        }

        return;
    }

    if (*u->p != '?') {
        if (u->file && consent_url_starts_with_drive(u->p, u->end)) {
            u->len = u->path;

        } else {
            consent_url_shorten(u);
        }

        consent_url_segments(u);
    }

    consent_url_guard_path(u);
    consent_url_finish(u);
}


/* "relative state" and "relative slash state"; the scheme is written. */
static int
consent_url_relative(consent_url_parser_t *u)
{
    int  rc;

    if (consent_url_is_slash(u, u->p) && consent_url_is_slash(u, u->p + 1)) {
        u->p += 2;

        while (u->url->special && consent_url_is_slash(u, u->p)) {
            u->p++;
        }

        rc = consent_url_authority(u);
        if (rc != CONSENT_OK) {
            return rc;
        }

        consent_url_path(u);
        consent_url_finish(u);
        return CONSENT_OK;
    }

    consent_url_copy_authority(u);

    if (consent_url_is_slash(u, u->p)) {
        consent_url_path(u);
        consent_url_guard_path(u);
        consent_url_finish(u);
        return CONSENT_OK;
    }

    consent_url_copy_path(u);

    return CONSENT_OK;
}


/* "file host state"; u->p is behind the second slash. */
static int
consent_url_file_host(consent_url_parser_t *u)
{
    int             rc;
    size_t          start;
    const uint8_t  *end;

    consent_url_put_str(u, (const uint8_t *) "//", 2);
    u->url->authority = 1;

    end = consent_url_authority_end(u);
    start = u->len;

    if (!(end - u->p == 2 && consent_url_is_drive(u->p, end))) {

        if (end > u->p) {
            rc = consent_url_host(u, (consent_str_t) { (size_t) (end - u->p),
                                                       u->p });
            if (rc != CONSENT_OK) {
                return rc;
            }

            if (u->len - start == 9
                && memcmp(u->out + start, "localhost", 9) == 0)
            {
                u->len = start;
            }
        }

        u->p = end;
    }

    consent_url_set_host(u, start);

    consent_url_path(u);
    consent_url_finish(u);

    return CONSENT_OK;
}


/* "file state" and "file slash state"; the scheme is written. */
static int
consent_url_file(consent_url_parser_t *u)
{
    const consent_url_t  *base;

    base = u->base;

    if (base != NULL
        && !consent_str_eq(base->scheme, consent_str("file")))
    {
        base = NULL;
    }

    if (consent_url_is_slash(u, u->p) && consent_url_is_slash(u, u->p + 1)) {
        u->p += 2;
        return consent_url_file_host(u);
    }

    if (base == NULL) {
        consent_url_put_str(u, (const uint8_t *) "//", 2);
        u->url->authority = 1;
        consent_url_set_host(u, u->len);

    } else {
        consent_url_copy_authority(u);
    }

    u->path = u->len;

    if (consent_url_is_slash(u, u->p)) {
        u->p++;

        if (base != NULL
            && !consent_url_starts_with_drive(u->p, u->end)
            && base->path.len >= 3 && consent_url_is_alpha(base->path.data[1])
            && base->path.data[2] == ':'
            && (base->path.len == 3 || base->path.data[3] == '/'))
        {
            consent_url_put_str(u, base->path.data, 3);
        }

        consent_url_segments(u);

    } else if (base != NULL) {
        consent_url_copy_path(u);
        return CONSENT_OK;

    } else {
        consent_url_segments(u);
    }

    consent_url_finish(u);

    return CONSENT_OK;
}


/* "opaque path state"; spaces at its end are encoded or dropped. */
static void
consent_url_opaque(consent_url_parser_t *u)
{
    u->path = u->len;
    u->url->opaque = 1;

    for ( /* void */ ; u->p < u->end && *u->p != '?'; u->p++) {

        if (*u->p == ' '
            && ((u->p + 1 == u->end && u->fragment)
                || (u->p + 1 < u->end && u->p[1] == '?')))
        {
            consent_url_put_str(u, (const uint8_t *) "%20", 3);
            continue;
        }

        consent_url_put_encoded(u, *u->p, CONSENT_URL_C0);
    }

    consent_url_finish(u);
}


/*
 * Reads "scheme:" in lower case into out.  CONSENT_DECLINED if the input
 * does not begin with one.
 */
static int
consent_url_read_scheme(consent_url_parser_t *u)
{
    uint8_t         c;
    const uint8_t  *p;

    p = u->p;

    if (p == u->end || !consent_url_is_alpha(*p)) {
        return CONSENT_DECLINED;
    }

    for ( /* void */ ; p < u->end && *p != ':'; p++) {
        c = *p;

        if (consent_url_is_alpha(c)) {
            c |= 0x20;

        } else if (!consent_url_is_digit(c) && c != '+' && c != '-'
                   && c != '.')
        {
            break;
        }

        consent_url_put(u, c);
    }

    if (p == u->end || *p != ':') {
        u->len = 0;
        return CONSENT_DECLINED;
    }

    u->url->scheme = (consent_str_t) { u->len, u->out };
    consent_url_put(u, ':');
    u->p = p + 1;

    return CONSENT_OK;
}


static void
consent_url_set_scheme(consent_url_parser_t *u)
{
    u->url->special = consent_url_scheme(u->url->scheme) != NULL;
    u->file = consent_str_eq(u->url->scheme, consent_str("file"));
}


static int
consent_url_without_scheme(consent_url_parser_t *u)
{
    const consent_url_t  *base;

    base = u->base;

    if (base == NULL) {
        return CONSENT_ERROR;
    }

    consent_url_put_str(u, base->scheme.data, base->scheme.len);
    u->url->scheme = (consent_str_t) { u->len, u->out };
    consent_url_put(u, ':');
    consent_url_set_scheme(u);

    if (base->opaque) {
        if (u->p < u->end || !u->fragment) {
            return CONSENT_ERROR;
        }

        u->path = u->len;
        u->url->opaque = 1;
        consent_url_copy_path(u);
        return CONSENT_OK;
    }

    return u->file ? consent_url_file(u) : consent_url_relative(u);
}


static int
consent_url_with_scheme(consent_url_parser_t *u)
{
    int  rc;

    consent_url_set_scheme(u);

    if (u->file) {
        return consent_url_file(u);
    }

    if (!u->url->special) {
        if (!consent_url_is_slash(u, u->p)) {
            consent_url_opaque(u);
            return CONSENT_OK;
        }

        if (!consent_url_is_slash(u, u->p + 1)) {
            consent_url_path(u);
            consent_url_guard_path(u);
            consent_url_finish(u);
            return CONSENT_OK;
        }

        u->p += 2;

    } else {
        if (u->base != NULL && consent_str_eq(u->base->scheme, u->url->scheme)
            && !(u->end - u->p >= 2 && u->p[0] == '/' && u->p[1] == '/'))
        {
            return consent_url_relative(u);
        }

        while (consent_url_is_slash(u, u->p)) {
            u->p++;
        }
    }

    rc = consent_url_authority(u);
    if (rc != CONSENT_OK) {
        return rc;
    }

    consent_url_path(u);
    consent_url_finish(u);

    return CONSENT_OK;
}


/* Tabs and newlines stand for nothing, wherever they are. */
static int
consent_url_is_dropped(uint8_t c)
{
    return c <= '\r' && (c == '\t' || c == '\n' || c == '\r');
}


/* Copies in to clean without tabs and newlines, only if it has some. */
static consent_str_t
consent_url_clean(consent_str_t in, uint8_t *clean)
{
    size_t  i, n;

    for (i = 0; i < in.len && !consent_url_is_dropped(in.data[i]); i++) {
        /* void */
    }

    if (i == in.len) {
        return in;
    }

    for (i = 0, n = 0; i < in.len; i++) {
        if (!consent_url_is_dropped(in.data[i])) {
            clean[n++] = in.data[i];
        }
    }

    return (consent_str_t) { n, clean };
}


/*
 * Whether what was cut off at the end can't have changed the host: it is
 * behind the "/" or "?" that ends the authority.
 */

static int
consent_url_host_is_certain(consent_str_t in)
{
    size_t  i;

    for (i = 0; i < in.len && in.data[i] != ':'; i++) {
        if (in.data[i] == '/' || in.data[i] == '\\' || in.data[i] == '?') {
            break;
        }
    }

    if (i < in.len && in.data[i] == ':') {
        i++;
    }

    while (i < in.len && (in.data[i] == '/' || in.data[i] == '\\')) {
        i++;
    }

    for ( /* void */ ; i < in.len; i++) {
        if (in.data[i] == '/' || in.data[i] == '\\' || in.data[i] == '?') {
            return 1;
        }
    }

    return 0;
}


int
consent_url_parse_any(consent_url_t *url, const consent_url_t *base,
    consent_str_t in, uint8_t *buf)
{
    int                    rc, cut;
    uint8_t                clean[CONSENT_URL_MAX];
    const uint8_t         *hash;
    consent_url_parser_t   u;

    memset(url, 0, sizeof(consent_url_t));
    memset(&u, 0, sizeof(consent_url_parser_t));

    cut = in.len > CONSENT_URL_MAX;

    if (cut) {
        in.len = CONSENT_URL_MAX;
    }

    in = consent_url_clean(in, clean);

    u.p = in.data;
    u.end = in.data + in.len;
    u.out = buf;
    u.base = base;
    u.url = url;

    hash = in.len ? memchr(in.data, '#', in.len) : NULL;
    if (hash != NULL) {
        u.end = hash;
        u.fragment = 1;
    }

    rc = consent_url_read_scheme(&u) == CONSENT_OK
         ? consent_url_with_scheme(&u)
         : consent_url_without_scheme(&u);

    if (rc == CONSENT_OK && u.overflow) {
        rc = CONSENT_DECLINED;
    }

    url->href = (consent_str_t) { u.len, buf };
    url->network = url->special && url->host.len != 0;

    if (cut && (rc == CONSENT_ERROR || url->network)
        && !consent_url_host_is_certain(in))
    {
        rc = CONSENT_DECLINED;
    }

    return rc;
}


static consent_str_t
consent_url_moved(consent_str_t s, const uint8_t *from, const uint8_t *to)
{
    return s.data == NULL ? s
                          : (consent_str_t) { s.len, to + (s.data - from) };
}


int
consent_url_keep(const consent_mem_t *mem, consent_url_t *url,
    const consent_url_t *from)
{
    const uint8_t  *was;
    consent_str_t   href;

    href = consent_str_dup(mem, from->href);
    if (href.data == NULL) {
        return CONSENT_ERROR;
    }

    was = from->href.data;
    *url = *from;

    url->href = href;
    url->scheme = consent_url_moved(from->scheme, was, href.data);
    url->host = consent_url_moved(from->host, was, href.data);
    url->path = consent_url_moved(from->path, was, href.data);
    url->query = consent_url_moved(from->query, was, href.data);

    return CONSENT_OK;
}

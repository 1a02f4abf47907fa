/*
 * HTTP header fields: Cookie, Set-Cookie, Link, Refresh, and the
 * Content-Security-Policy that the rules make.
 */

#ifndef CONSENT_HEADER_H
#define CONSENT_HEADER_H


#include "consent_base.h"
#include "consent_choice.h"
#include "consent_rules.h"


/*
 * Walks the pairs of a Cookie header.  *pos starts at 0.  CONSENT_OK and
 * name and value (quotes kept), or CONSENT_DECLINED at the end.  start and
 * end delimit the pair without the white space and ";" around it.  A pair
 * without "=" is a value without a name (RFC 6265bis, 5.6).
 */

typedef struct {
    consent_str_t  name;
    consent_str_t  value;
    size_t         start;
    size_t         end;
} consent_cookie_t;

int consent_cookie_next(consent_str_t header, size_t *pos,
    consent_cookie_t *cookie);

/*
 * The value of the cookie `name`, if it stands exactly once; len 0 else.
 * *count (may be NULL) is how often it stands.  Not for our own cookie:
 * consent_choice_read_header() knows what to do with twins.
 */
consent_str_t consent_cookie_find(consent_str_t header, consent_str_t name,
    unsigned *count);


/* What cookies are judged by. */

typedef struct {
    const consent_rules_t   *rules;
    const consent_choice_t  *choice;
    const consent_page_t    *page;
    consent_str_t            own;       /* our own cookie: always kept */
} consent_cookies_t;

/* Told of each cookie that is left out. */
typedef void (*consent_cookie_pt)(void *data, consent_str_t name,
    const consent_verdict_t *verdict);

/*
 * 1 if the cookie is denied.  A name that no rule knows has
 * verdict->unclassified and is judged by page->unclassified, unless
 * http_only: then it counts as necessary, because a session does.  HttpOnly
 * can't be seen in a Cookie header: there, pass http_only 1, so that an
 * unknown name stays.
 */
int consent_cookie_denied(const consent_cookies_t *ctx, consent_str_t name,
    int http_only, consent_verdict_t *verdict);

/*
 * Writes the Cookie header without the denied pairs into out (at least
 * header.len bytes) and returns its length; *denied is how many were left
 * out.  each (may be NULL) is called for each one.  A header with nothing
 * denied comes out as it is, byte for byte.
 */
size_t consent_cookie_strip(const consent_cookies_t *ctx,
    consent_str_t header, uint8_t *out, unsigned *denied,
    consent_cookie_pt each, void *data);


/* A Set-Cookie field: what is needed to judge it. */

typedef struct {
    consent_str_t  name;
    consent_str_t  domain;          /* without a leading dot; empty if none */
    consent_str_t  path;
    unsigned       http_only:1;
    unsigned       expires:1;       /* it deletes: Max-Age <= 0, or Expires
                                       in a year before 2000 */
} consent_set_cookie_t;

/* CONSENT_ERROR if a browser would ignore the field. */
int consent_set_cookie_parse(consent_str_t field, consent_set_cookie_t *sc);

/*
 * "NAME=; Max-Age=0; Expires=…; Path=/[; Domain=DOMAIN]" appended to b, with
 * "; Secure" where the name's prefix asks for it.
 */
void consent_set_cookie_expire(consent_buf_t *b, consent_str_t name,
    consent_str_t domain);


/*
 * Told of each link that is left out.  url is NULL if it can't be read;
 * verdict->unclassified is 0 then.
 */
typedef void (*consent_link_pt)(void *data, const consent_url_t *url,
    const consent_verdict_t *verdict);

/*
 * Link (RFC 8288).  Copies the field into out (at least field.len bytes)
 * without the links that would fetch something denied; returns its length,
 * 0 if nothing is left.  *denied is how many were left out; each (may be
 * NULL) is called for each one.  A link whose address can't be read is left
 * out too.  A field with nothing denied comes out as it is.
 */
size_t consent_link_strip(const consent_rules_t *rules,
    const consent_page_t *page, const consent_choice_t *choice,
    consent_str_t field, uint8_t *out, unsigned *denied,
    consent_link_pt each, void *data);

/*
 * The URLs that a Refresh header or <meta http-equiv=refresh> content ("5;
 * url='…'") may lead to: that of HTML's shared declarative refresh steps,
 * which end it at the first quote of its kind, and that of Chromium, which ends
 * it at the last one.  *pos is 0 at first.  CONSENT_DECLINED if there is no
 * further one (without any, the page is loaded again).
 */
int consent_refresh_next(consent_str_t content, size_t *pos,
    consent_str_t *url);

/*
 * The request types that a link's rel (space-separated, ASCII case ignored)
 * and `as` stand for; 0 if a link of this kind fetches nothing.  Where `as`
 * does not tell, all types.
 */
uint32_t consent_link_type(consent_str_t rel, consent_str_t as);


/*
 * The most that a policy takes, unless told otherwise: a proxy before us may
 * hold no more than 4 KiB of header, and the response has other lines too.
 * What does not fit is said in wider sources.
 */

#define CONSENT_CSP_MAX  3072


/* How a service is known to be in use on this site. */

#define CONSENT_CSP_UNUSED    0
#define CONSENT_CSP_REPORTED  1     /* somebody says so: a browser's report */
#define CONSENT_CSP_SEEN      2     /* it stood in a page, or the operator
                                       says so */


/*
 * What was made of sources so that they fit; each with those before it.
 * Scripts come last, since they can do all else.
 */

typedef enum {
    CONSENT_CSP_EXACT = 0,
    CONSENT_CSP_WIDE_TYPES,         /* hosts are open for all types, but where
                                       a denied rule is about the same host */
    CONSENT_CSP_WIDE_DOMAINS,       /* domains stand in place of hosts: of
                                       WebSockets all, else as few as will do */
    CONSENT_CSP_WIDE_FORMS,         /* forms may go anywhere */
    CONSENT_CSP_WIDE_SOCKETS,       /* so may WebSockets */
    CONSENT_CSP_WIDE_OTHERS,        /* all but scripts and workers may */
    CONSENT_CSP_WIDE_ALL,
    CONSENT_CSP_WIDTHS
} consent_csp_width_t;

/* "exact", "types", "domains", "forms", "sockets", "others", "all" */
const char *consent_csp_width_name(consent_csp_width_t width);


/* A host, and for what types of requests. */

typedef struct {
    consent_str_t         host;
    uint32_t              types;
} consent_csp_host_t;


typedef struct {
    const uint8_t        *use;      /* for each service, CONSENT_CSP_...; NULL:
                                       all are seen */
    unsigned              nextra;
    const consent_str_t  *extra;    /* hosts that no rule file knows, were
                                       seen on this site, and are allowed */
    unsigned              nbelow;
    const consent_csp_host_t  *below;   /* hosts of consent_rules_parted()
                                       that were seen, with the types that
                                       are allowed */
    consent_str_t         report_uri;   /* may be empty */
    size_t                limit;    /* in bytes; 0: CONSENT_CSP_MAX */
    unsigned              brief:1;  /* for a response that is neither page
                                       nor worker: first parties alone */
    unsigned              strict:1; /* with form-action, webrtc 'block' */
    unsigned              flat:1;   /* what is open for some type is so for
                                       all: a service worker asks for what
                                       pages show as if it were data */
} consent_csp_conf_t;


/*
 * The Content-Security-Policy for this choice, appended to b.  It is an
 * allow-list, to be sent as a policy of its own beside the site's: 'self',
 * the first parties with their subdomains, and the hosts of services that
 * the choice allows and that are in use, by request type where their rules
 * have types.
 *
 *  - Nothing is written if choice->all, or if unknown third parties are
 *    allowed: an allow-list can't let them pass.  Where they are allowed for
 *    passive types alone, or for all others, these directives are open.
 *    Where the visitor granted them they are not, since denied hosts would
 *    pass as well.
 *  - A catalogue knows far more services than a header can hold, necessary
 *    ones too: those in use are listed.  A service that only a script brings
 *    is refused once, reported, and listed from then on.  Of a small rule
 *    set all are listed as long as they fit.
 *  - Inline scripts and eval are left as the site has them.
 *  - A rule's path narrows its source to the folder, or to the path if it is
 *    at the root; a rule by path or by regular expression alone has no host
 *    and gives no source.
 *  - Where a host is allowed but a subdomain of it is denied, the wildcard
 *    for its subdomains is left out, and "www." alone is listed, and of
 *    below those that the wildcard would have stood for.
 *  - extra is listed as it is.
 *  - If strict, form-action has the same sources.  It also holds for what a
 *    visitor sends and, in Chromium, for where the answer leads on to: what
 *    to do about that is the caller's.
 *  - There is never a frame-ancestors: who frames the site is its own
 *    business.
 *
 * Nothing is left out for want of room: sources are made wider.  Without
 * memory b->failed is set.
 */
consent_csp_width_t consent_csp_write(consent_buf_t *b,
    const consent_rules_t *rules, const consent_page_t *page,
    const consent_choice_t *choice, const consent_csp_conf_t *conf);

/*
 * The same as a value of Connection-Allowlist (WICG Connection Allowlists),
 * which knows no types: it closes what no policy does, such as hints and
 * navigation.  Redirects are allowed: that is how a click on a link leaves
 * the site.  Nothing is written where a type is open for all, nor, and
 * CONSENT_CSP_WIDE_ALL is returned, where it does not fit.
 */
consent_csp_width_t consent_csp_connections(consent_buf_t *b,
    const consent_rules_t *rules, const consent_page_t *page,
    const consent_choice_t *choice, const consent_csp_conf_t *conf);

/*
 * The nonce that a site's own policy allows script elements with, for our
 * own tags; empty if there is none, or none that is base64.  A slice of csp.
 */
consent_str_t consent_csp_nonce(consent_str_t csp);

/*
 * The site's own policies (a whole field) with source, a hash of our style,
 * added where they would refuse it, appended to b: nothing else is let
 * through by that.  CONSENT_DECLINED if they let it through as they are.
 */
int consent_csp_add_style(consent_buf_t *b, consent_str_t csp,
    consent_str_t source);

/* 1 if they refuse every script, so that ours need not be tried. */
int consent_csp_bars_scripts(consent_str_t csp);

/*
 * 1 if they are sure to let a file of the page's own origin run as a script,
 * with the nonce of consent_csp_nonce() where there is one.
 */
int consent_csp_lets_scripts(consent_str_t csp);


#endif /* CONSENT_HEADER_H */

/*
 * Matching the rules of lists.
 */

#include <string.h>

#include "consent_rules_match.h"


typedef struct {
    const uint8_t  *p;                  /* what is left of the pattern */
    const uint8_t  *last;
    const uint8_t  *end;                /* of the URL */
    uint8_t         fold;               /* 0x20 if case does not matter */
    unsigned        whole:1;            /* ends where the URL ends */
    unsigned        star:1;             /* "*" is left in it */
} consent_list_glob_t;


static uint8_t
consent_list_fold(uint8_t c, uint8_t fold)
{
    return (uint8_t) (c - 'A') < 26 ? c | fold : c;
}


/* What "^" stands for: anything but a letter, a digit, or one of "_-.%". */
static int
consent_list_is_separator(uint8_t c)
{
    return !consent_gram_is_alnum(c) && c != '_' && c != '-' && c != '.'
           && c != '%' && c < 0x80;
}


/*
 * Compares the piece [p, star) of a pattern with what stands at s; returns
 * what is behind it, or NULL.  "^" also stands for the end of the URL.
 */
static const uint8_t *
consent_list_piece(const consent_list_glob_t *glob, const uint8_t *star,
    const uint8_t *s)
{
    const uint8_t  *p;

    for (p = glob->p; p < star; p++) {

        if (s == glob->end) {
            if (*p != '^') {
                return NULL;
            }

            continue;
        }

        if (*p == '^' ? !consent_list_is_separator(*s)
                      : consent_list_fold(*s, glob->fold) != *p)
        {
            return NULL;
        }

        s++;
    }

    return star == glob->last && glob->whole && s != glob->end ? NULL : s;
}


/* The first place from s on where the piece may begin, or NULL. */
static const uint8_t *
consent_list_next(const consent_list_glob_t *glob, const uint8_t *star,
    const uint8_t *s)
{
    uint8_t  c;

    if (glob->p == star || *glob->p == '^') {
        return s <= glob->end ? s : NULL;
    }

    c = *glob->p;

    if (!consent_gram_is_alnum(c)) {
        return s < glob->end ? memchr(s, c, (size_t) (glob->end - s)) : NULL;
    }

    while (s < glob->end && consent_list_fold(*s, glob->fold) != c) {
        s++;
    }

    return s < glob->end ? s : NULL;
}


/* The first place from s on where the piece stands; behind it, or NULL. */
static const uint8_t *
consent_list_search(const consent_list_glob_t *glob, const uint8_t *star,
    const uint8_t *s)
{
    const uint8_t  *behind;

    for (s = consent_list_next(glob, star, s);
         s != NULL;
         s = consent_list_next(glob, star, s + 1))
    {
        behind = consent_list_piece(glob, star, s);

        if (behind != NULL) {
            return behind;
        }
    }

    return NULL;
}


static const uint8_t *
consent_list_star(const consent_list_glob_t *glob)
{
    const uint8_t  *star;

    star = glob->star && glob->p < glob->last
           ? memchr(glob->p, '*', (size_t) (glob->last - glob->p)) : NULL;

    return star != NULL ? star : glob->last;
}


/* 1 if the pattern stands at s, or, if not fixed, anywhere behind it. */
static int
consent_list_glob(consent_list_glob_t glob, const uint8_t *s, int fixed)
{
    const uint8_t  *star;

    for ( ;; ) {
        star = consent_list_star(&glob);
        s = fixed ? consent_list_piece(&glob, star, s)
                  : consent_list_search(&glob, star, s);

        if (s == NULL) {
            return 0;
        }

        if (star == glob.last) {
            return 1;
        }

        glob.p = star + 1;
        fixed = 0;
    }
}


/*
 * Hosts of options.
 */


/* 1 or -1 if the set names what hash and name stand for, or excepts it. */
static int
consent_list_has(const consent_list_hosts_t *hosts, consent_str_t name,
    unsigned entity)
{
    unsigned                    low, high, i;
    uint32_t                    hash;
    const consent_list_host_t  *host;

    hash = consent_host_hash(name);
    low = 0;
    high = hosts->n;

    while (low < high) {
        i = low + (high - low) / 2;

        if (hosts->item[i].hash < hash) {
            low = i + 1;

        } else {
            high = i;
        }
    }

    for (i = low; i < hosts->n && hosts->item[i].hash == hash; i++) {
        host = &hosts->item[i];

        if (host->entity == entity && consent_str_eq(host->name, name)) {
            return host->except ? -1 : 1;
        }
    }

    return 0;
}


/* The same for name or the longest of its parents that the set knows. */
static int
consent_list_has_parent(const consent_list_hosts_t *hosts,
    consent_str_t name, unsigned entity, size_t *len)
{
    int             has;
    const uint8_t  *dot;

    for ( ;; ) {
        has = consent_list_has(hosts, name, entity);

        if (has) {
            *len = name.len;
            return has;
        }

        dot = name.len ? memchr(name.data, '.', name.len) : NULL;

        if (dot == NULL) {
            *len = 0;
            return 0;
        }

        name.len -= (size_t) (dot + 1 - name.data);
        name.data = dot + 1;
    }
}


/* Whether the set speaks for a host, whose registrable domain is site. */
static int
consent_list_speaks(const consent_list_hosts_t *hosts, consent_str_t host,
    consent_str_t site)
{
    int             has, general;
    size_t          len, length;
    const uint8_t  *dot;

    has = consent_list_has_parent(hosts, host, 0, &len);
    dot = hosts->entities && site.len ? memchr(site.data, '.', site.len) : NULL;

    if (dot != NULL) {
        host.len -= (size_t) (site.data + site.len - dot);
        general = consent_list_has_parent(hosts, host, 1, &length);

        if (general && length + (size_t) (site.data + site.len - dot) > len) {
            has = general;
        }
    }

    return has ? has > 0 : !hosts->named;
}


static int
consent_list_speaks_on(const consent_match_t *match,
    const consent_list_more_t *more)
{
    return more->page.n == 0
           || consent_list_speaks(&more->page, match->page->url.host,
                                  match->page->site);
}


int
consent_list_is_of_page(const consent_match_t *match, uint32_t rule)
{
    const consent_list_more_t  *more;

    more = consent_list_more(&match->index->lists,
                             &match->index->lists.rules[rule]);

    return more == NULL || consent_list_speaks_on(match, more);
}


static int
consent_list_options(const consent_match_t *match,
    const consent_list_more_t *more)
{
    consent_str_t                host, site;
    const consent_list_hosts_t  *to;

    if (!consent_list_speaks_on(match, more)) {
        return 0;
    }

    if (more->to.n == 0 && more->denyallow.n == 0) {
        return 1;
    }

    host = match->url->host;
    site = consent_url_site(host);
    to = &more->to;

    return (to->n == 0 || consent_list_speaks(to, host, site))
           && (more->denyallow.n == 0
               || !consent_list_speaks(&more->denyallow, host, site));
}


/*
 * Rules.
 */


/* A pattern that begins with "||": at each label of the host. */
static int
consent_list_labels(const consent_match_t *match,
    const consent_list_glob_t *glob, uint32_t at)
{
    const uint8_t  *p, *host, *end;

    host = match->url->host.data;
    end = host + match->url->host.len;

    if (at != CONSENT_GRAM_ANYWHERE) {
        p = match->url->href.data + at;

        return p >= host && p < end && (p == host || p[-1] == '.')
               && consent_list_glob(*glob, p, 1);
    }

    for (p = host; p < end; p++) {
        if ((p == host || p[-1] == '.') && consent_list_glob(*glob, p, 1)) {
            return 1;
        }
    }

    return 0;
}


/* Where what is behind the host begins. */
static const uint8_t *
consent_list_behind(const consent_url_t *url)
{
    const uint8_t  *p;

    p = url->host.data + url->host.len;

    return p + (p < url->href.data + url->href.len && *p == '.');
}


static int
consent_list_matches(const consent_match_t *match,
    const consent_listed_t *rule, const consent_list_kind_t *kind,
    uint32_t at)
{
    consent_str_t        href, pattern;
    consent_list_glob_t  glob;

    pattern = consent_list_pattern(&match->index->lists, rule);

    if (pattern.len == 0 && !kind->end) {
        return 1;
    }

    href = match->url->href;

    glob.p = pattern.data;
    glob.last = pattern.data + pattern.len;
    glob.end = href.data + href.len;
    glob.fold = kind->match_case ? 0 : 0x20;
    glob.whole = kind->end;
    glob.star = kind->star;

    if (rule->host) {
        return consent_list_glob(glob, consent_list_behind(match->url), 1);
    }

    if (kind->host) {
        return consent_list_labels(match, &glob, at);
    }

    if (kind->start) {
        return consent_list_glob(glob, href.data, 1);
    }

    return at != CONSENT_GRAM_ANYWHERE
           ? consent_list_glob(glob, href.data + at, 1)
           : consent_list_glob(glob, href.data, 0);
}


/* A regex that is too hard to look at blocks, and excepts nothing. */
static int
consent_list_regex(const consent_match_t *match,
    const consent_list_kind_t *kind, const consent_list_more_t *more)
{
    int  rc;

    rc = consent_regex_match(more->regex, match->index->limits,
                             match->url->href, match->url->host);

    return kind->exception ? rc > 0 : rc != 0;
}


/*
 * 1 if a page of the site itself may be asked for: what a list says of a
 * whole host is meant for those who embed it, and a site that is listed must
 * stay within reach.
 */
static int
consent_list_is_own_page(const consent_match_t *match)
{
    return !match->third_party
           && (match->types & (CONSENT_TYPE_DOCUMENT|CONSENT_TYPE_FORM));
}


static int
consent_list_holds(const consent_match_t *match,
    const consent_listed_t *rule, const consent_list_kind_t *kind,
    uint32_t at)
{
    const consent_list_more_t  *more;

    /* Of a hint only the host counts. */

    if (match->hint && (rule->host == 0 || rule->len != 0)) {
        return 0;
    }

    if (rule->host != 0 && rule->len == 0 && !kind->exception
        && consent_list_is_own_page(match))
    {
        return 0;
    }

    if (!kind->more) {
        return consent_list_matches(match, rule, kind, at);
    }

    more = consent_list_more(&match->index->lists, rule);

    return consent_list_matches(match, rule, kind, at)
           && consent_list_options(match, more)
           && (more->regex == NULL || consent_list_regex(match, kind, more));
}


static void
consent_list_except(consent_match_t *match, uint32_t n, uint32_t at)
{
    const consent_listed_t     *rule;
    const consent_list_kind_t  *kind;

    rule = &match->index->lists.rules[n];
    kind = &match->index->lists.kinds[rule->kind];

    if ((match->lists.excepted && !kind->important) || match->lists.spared) {
        return;
    }

    /* Where the type can't be told, all that it may be must be excepted. */

    if (!match->pages
        && (match->types & ~(CONSENT_TYPE_DOCUMENT|CONSENT_TYPE_FORM)
            & ~(uint32_t) kind->types))
    {
        return;
    }

    if (consent_list_holds(match, rule, kind, at)) {
        match->lists.exception = n;
        match->lists.excepted = 1;
        match->lists.spared |= kind->important;
    }
}


/* Exceptions wait: most URLs have nothing to be excepted. */
static void
consent_list_later(consent_match_t *match, uint32_t n, uint32_t at)
{
    consent_match_lists_t  *lists;

    lists = &match->lists;

    if (lists->nlater == CONSENT_MATCH_LATER) {
        consent_list_except(match, n, at);
        return;
    }

    lists->later[lists->nlater] = n;
    lists->at[lists->nlater++] = at;
}


void
consent_list_settle(consent_match_t *match)
{
    unsigned  i;

    for (i = 0; i < match->lists.nlater; i++) {
        consent_list_except(match, match->lists.later[i],
                            match->lists.at[i]);
    }
}


static int
consent_list_is_for(const consent_match_t *match,
    const consent_list_kind_t *kind)
{
    static const uint8_t  schemes[] = {
        [CONSENT_LIST_ANY_SCHEME] = 3,
        [CONSENT_LIST_SOCKETS] = 2,
        [CONSENT_LIST_NO_SOCKETS] = 1
    };

    return (kind->party & match->party)
           && (kind->types & match->types || match->hint || match->pages)
           && (schemes[kind->scheme] >> match->socket & 1)
           && kind->page == match->pages;
}


void
consent_list_try(consent_match_t *match, uint32_t n, uint32_t at)
{
    uint32_t                    *purposes;
    const consent_listed_t      *rule;
    const consent_list_kind_t   *kind;

    rule = &match->index->lists.rules[n];
    kind = &match->index->lists.kinds[rule->kind];

    if (!consent_list_is_for(match, kind)) {
        return;
    }

    if (kind->exception) {
        consent_list_later(match, n, at);
        return;
    }

    purposes = kind->important ? &match->lists.important
                               : &match->lists.blocked;

    if (kind->purposes & ~*purposes
        && consent_list_holds(match, rule, kind, at))
    {
        *purposes |= kind->purposes;
        match->lists.hit[match->lists.nhits++] = n;
    }
}


/* The first of the rules [low, high) whose path begins with key or behind. */
static uint32_t
consent_list_first(const consent_list_index_t *lists, uint32_t low,
    uint32_t high, uint32_t key)
{
    uint32_t                 i;
    const consent_listed_t  *rule;

    while (low < high) {
        i = low + (high - low) / 2;
        rule = &lists->rules[i];

        if (consent_gram_load(lists->text + rule->text + rule->host) < key) {
            low = i + 1;

        } else {
            high = i;
        }
    }

    return low;
}


void
consent_list_try_host(consent_match_t *match, uint32_t first, uint32_t nopen,
    uint32_t n)
{
    uint32_t                     i, key;
    const uint8_t               *p, *end;
    const consent_listed_t      *rule;
    const consent_list_index_t  *lists;

    lists = &match->index->lists;

    for (i = first; i < first + nopen; i++) {
        consent_list_try(match, i, CONSENT_GRAM_ANYWHERE);
    }

    p = consent_list_behind(match->url);
    end = match->url->href.data + match->url->href.len;

    if (n == nopen || end - p < CONSENT_GRAM) {
        return;
    }

    key = consent_gram_load(p);

    for (i = consent_list_first(lists, i, first + n, key); i < first + n; i++)
    {
        rule = &lists->rules[i];

        if (consent_gram_load(lists->text + rule->text + rule->host) != key) {
            return;
        }

        consent_list_try(match, i, CONSENT_GRAM_ANYWHERE);
    }
}


uint32_t
consent_list_purposes(const consent_match_t *match, uint32_t *rule)
{
    unsigned                      i;
    uint32_t                      purposes;
    const consent_list_kind_t    *kind;
    const consent_list_index_t   *index;
    const consent_match_lists_t  *lists;

    lists = &match->lists;
    index = &match->index->lists;

    purposes = (lists->excepted ? 0 : lists->blocked)
               | (lists->spared ? 0 : lists->important);

    for (i = 0; i < lists->nhits; i++) {
        kind = &index->kinds[index->rules[lists->hit[i]].kind];

        if (kind->important ? !lists->spared : !lists->excepted) {
            *rule = lists->hit[i];
            break;
        }
    }

    return purposes;
}

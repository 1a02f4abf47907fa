/*
 * A network rule: its pattern.
 */

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consent_rules_abp.h"


#define CONSENT_ABP_HASH_INIT  0xcbf29ce484222325u


consent_abp_result_t
consent_abp_because(consent_abp_rule_t *rule, consent_abp_result_t result,
    const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    (void) vsnprintf(rule->why, sizeof(rule->why), format, args);
    va_end(args);

    return result;
}


/* By way of a URL, where it has letters beyond ASCII. */
static consent_str_t
consent_abp_host_parsed(const consent_mem_t *mem, consent_str_t host)
{
    uint8_t        *buf;
    consent_buf_t   b;
    consent_str_t   found;
    consent_url_t   url;

    found = (consent_str_t) { 1, NULL };

    buf = malloc(CONSENT_URL_BUF);
    if (buf == NULL) {
        return found;
    }

    consent_buf_init(&b, mem);
    consent_buf_add_c(&b, "https://");
    consent_buf_add(&b, host);

    if (!b.failed) {
        found = (consent_str_t) { 0, NULL };

        if (consent_url_parse(&url, NULL, consent_buf_str(&b), buf)
            == CONSENT_OK && url.host.len)
        {
            found = consent_str_dup(mem, url.host);
            found.len = url.host.len;
        }
    }

    free(buf);

    return found;
}


consent_str_t
consent_abp_host(const consent_mem_t *mem, consent_str_t host)
{
    size_t          i;
    uint8_t         c, *p;
    consent_str_t   found;

    if (host.len && host.data[0] == '.') {
        host.data++;
        host.len--;
    }

    for (i = 0; i < host.len; i++) {
        c = host.data[i];

        if (c >= 0x80) {
            return consent_abp_host_parsed(mem, host);
        }

        if (!isalnum(c) && strchr("-_.[]:", c) == NULL) {
            break;
        }
    }

    if (i != host.len || i == 0 || i > CONSENT_ABP_HOST_MAX) {
        return (consent_str_t) { 0, NULL };
    }

    p = consent_alloc(mem, host.len);
    found = (consent_str_t) { p != NULL ? host.len : 1, p };

    for (i = 0; p != NULL && i < host.len; i++) {
        p[i] = (uint8_t) tolower(host.data[i]);
    }

    return found;
}


/* Anchors; "||" before "|". */
static void
consent_abp_anchors(consent_abp_rule_t *rule, consent_str_t *pattern)
{
    size_t  n;

    n = 0;

    if (pattern->len && pattern->data[0] == '|') {
        n = 1 + (pattern->len > 1 && pattern->data[1] == '|');
        rule->rule.host = n == 2;
        rule->rule.start = n == 1;
    }

    /* "||.host" means the same as "||host" */

    if (n == 2 && pattern->len > 2 && pattern->data[2] == '.') {
        n++;
    }

    pattern->data += n;
    pattern->len -= n;

    if (pattern->len && pattern->data[pattern->len - 1] == '|') {
        rule->rule.end = 1;
        pattern->len--;
    }
}


/*
 * Adds a byte of the pattern: in lower case, and as it stands in URLs, where
 * letters beyond ASCII are percent-encoded.  Runs of "*" become one.
 */
static size_t
consent_abp_put(consent_abp_rule_t *rule, size_t n, uint8_t c)
{
    static const char  hex[] = "0123456789abcdef";

    if (c == '*' && n && rule->text[n - 1] == '*') {
        return n;
    }

    if (c >= 0x80) {
        rule->text[n++] = '%';
        rule->text[n++] = (uint8_t) hex[c >> 4];
        rule->text[n++] = (uint8_t) hex[c & 15];
        return n;
    }

    if (c >= 'A' && c <= 'Z' && !rule->rule.match_case) {
        c |= 0x20;
    }

    rule->text[n++] = c;

    return n;
}


/* Where the host of a pattern behind "||" ends. */
static size_t
consent_abp_host_end(consent_str_t pattern)
{
    size_t                i;
    static const uint8_t  ends[256] = {
        ['/'] = 1, ['^'] = 1, ['*'] = 1, [':'] = 1, ['?'] = 1, ['='] = 1,
        ['&'] = 1
    };

    for (i = 0; i < pattern.len && !ends[pattern.data[i]]; i++) {
        /* void */
    }

    return i;
}


/* A host with letters beyond ASCII, as it stands in URLs. */
static consent_abp_result_t
consent_abp_put_host(consent_abp_rule_t *rule, consent_str_t *pattern,
    size_t *n)
{
    size_t         i, end;
    consent_str_t  host;

    end = consent_abp_host_end(*pattern);

    for (i = 0; i < end && pattern->data[i] < 0x80; i++) {
        /* void */
    }

    if (i == end) {
        return CONSENT_ABP_RULE;
    }

    host = consent_abp_host_parsed(&rule->loader->mem,
                                   (consent_str_t) { end, pattern->data });
    if (host.data == NULL) {
        return host.len ? CONSENT_ABP_NO_MEMORY
               : consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                     "it begins with no host");
    }

    if (host.len > CONSENT_ABP_HOST_MAX) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "its host is too long");
    }

    memcpy(rule->text, host.data, host.len);

    *n = host.len;
    pattern->data += end;
    pattern->len -= end;

    return CONSENT_ABP_RULE;
}


/* Stars at the ends only say that there is no anchor. */
static void
consent_abp_trim(consent_abp_rule_t *rule, consent_str_t *text)
{
    if (text->len && text->data[0] == '*') {
        rule->rule.start = 0;
        rule->rule.host = 0;
        text->data++;
        text->len--;
    }

    if (text->len && text->data[text->len - 1] == '*') {
        rule->rule.end = 0;
        text->len--;

        /* not: the host ends here */

        rule->rule.open = consent_abp_host_end(*text) == text->len;
    }
}


static consent_abp_result_t
consent_abp_pattern(consent_abp_rule_t *rule, consent_str_t pattern)
{
    size_t                i, n;
    consent_str_t         text;
    consent_abp_result_t  result;

    n = 0;

    consent_abp_anchors(rule, &pattern);

    if (rule->rule.host) {
        result = consent_abp_put_host(rule, &pattern, &n);
        if (result != CONSENT_ABP_RULE) {
            return result;
        }
    }

    for (i = 0; i < pattern.len; i++) {
        if (pattern.data[i] <= ' ' || pattern.data[i] == 0x7f) {
            return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                       "no URL has white space in it");
        }

        if (n + 3 > CONSENT_ABP_PATTERN_MAX) {
            return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                       "its pattern is longer than %d bytes",
                                       CONSENT_ABP_PATTERN_MAX);
        }

        n = consent_abp_put(rule, n, pattern.data[i]);
    }

    text = (consent_str_t) { n, rule->text };
    consent_abp_trim(rule, &text);

    if (text.len == 0 && !rule->named) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "it would match every URL");
    }

    rule->rule.pattern = text;

    return CONSENT_ABP_RULE;
}


static consent_abp_result_t
consent_abp_regex(consent_abp_rule_t *rule, consent_str_t pattern)
{
    int               rc;
    char              error[120];
    size_t            offset;
    consent_regex_t  *regex;

    pattern.data++;
    pattern.len -= 2;

    if (pattern.len > CONSENT_RULES_PATH_MAX) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "its regex is longer than 4096 bytes");
    }

    regex = consent_calloc(&rule->loader->mem, sizeof(consent_regex_t));
    if (regex == NULL) {
        return CONSENT_ABP_NO_MEMORY;
    }

    rc = consent_regex_compile(&rule->loader->mem, regex, pattern,
                               !rule->rule.match_case, &offset, error,
                               sizeof(error));
    if (rc == CONSENT_DECLINED) {
        return CONSENT_ABP_NO_MEMORY;
    }

    if (rc != CONSENT_OK) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "its regex: %s, at byte %zu", error,
                                   offset + 1);
    }

    rule->more.regex = regex;

    return CONSENT_ABP_RULE;
}


static uint32_t
consent_abp_types(consent_abp_rule_t *rule)
{
    uint32_t              types;
    consent_str_t         pattern;

    types = rule->with;
    pattern = rule->rule.pattern;

    if (types == 0 || (rule->without & CONSENT_ABP_NETWORK)) {
        types |= CONSENT_ABP_NETWORK;
    }

    /* A host alone is meant as a whole, pages included. */

    if (rule->with == 0 && rule->without == 0 && rule->rule.host
        && pattern.len && pattern.data[pattern.len - 1] == '^'
        && consent_abp_host_end(pattern) == pattern.len - 1)
    {
        types |= CONSENT_ABP_PAGES;
    }

    return types & ~rule->without;
}


static consent_abp_result_t
consent_abp_push(consent_abp_rule_t *rule, uint32_t types, unsigned scheme)
{
    consent_list_more_t  *more;

    more = NULL;

    if (rule->more.page.n || rule->more.to.n || rule->more.denyallow.n
        || rule->more.regex != NULL)
    {
        more = consent_alloc(&rule->loader->mem, sizeof(consent_list_more_t));

        if (more == NULL) {
            if (rule->more.regex != NULL) {
                consent_regex_free(rule->more.regex);
            }

            return CONSENT_ABP_NO_MEMORY;
        }

        *more = rule->more;
    }

    rule->rule.more = more;
    rule->rule.types = (uint16_t) types;
    rule->rule.scheme = scheme & 3;

    return consent_list_push(rule->loader, &rule->rule) == CONSENT_OK
           ? CONSENT_ABP_RULE : CONSENT_ABP_NO_MEMORY;
}


/*
 * Types of lists tell sockets from other connections, those here do not: so
 * a rule that speaks for one of the two is limited to its schemes.  Nothing
 * but a socket has a socket's scheme.
 */
static consent_abp_result_t
consent_abp_push_types(consent_abp_rule_t *rule, uint32_t types)
{
    uint32_t              plain;
    consent_abp_result_t  result;

    plain = types & CONSENT_TYPE_ANY;

    if ((types & CONSENT_ABP_SOCKET) == 0) {
        return consent_abp_push(rule, types & CONSENT_ABP_XHR
                                      ? plain | CONSENT_TYPE_CONNECT : plain,
                                CONSENT_LIST_NO_SOCKETS);
    }

    if (types & CONSENT_ABP_XHR) {
        return consent_abp_push(rule, plain | CONSENT_TYPE_CONNECT,
                                CONSENT_LIST_ANY_SCHEME);
    }

    if (plain) {
        result = consent_abp_push(rule, plain, CONSENT_LIST_NO_SOCKETS);
        if (result != CONSENT_ABP_RULE) {
            return result;
        }
    }

    return consent_abp_push(rule, CONSENT_TYPE_CONNECT, CONSENT_LIST_SOCKETS);
}


/* In whatever order they stand. */
static uint64_t
consent_abp_hash_hosts(const consent_list_hosts_t *hosts)
{
    uint64_t                    sum, hash;
    unsigned                    i;
    const consent_list_host_t  *host;

    for (i = 0, sum = hosts->n; i < hosts->n; i++) {
        host = &hosts->item[i];

        hash = CONSENT_ABP_HASH_INIT + host->except * 2 + host->entity;
        sum += consent_str_hash(hash, host->name);
    }

    return sum;
}


static uint64_t
consent_abp_id(const consent_abp_rule_t *rule, uint32_t types,
    consent_str_t pattern)
{
    uint64_t  part[7];

    part[0] = types;
    part[1] = rule->rule.first | (unsigned) rule->rule.third << 1
              | (unsigned) rule->rule.exception << 2
              | (unsigned) rule->rule.important << 3
              | (unsigned) rule->rule.match_case << 4;
    part[2] = rule->rule.host | (unsigned) rule->rule.start << 1
              | (unsigned) rule->rule.end << 2
              | (unsigned) rule->rule.open << 3
              | (unsigned) rule->is_regex << 4;
    part[3] = consent_abp_hash_hosts(&rule->more.page);
    part[4] = consent_abp_hash_hosts(&rule->more.to);
    part[5] = consent_abp_hash_hosts(&rule->more.denyallow);
    part[6] = consent_str_hash(CONSENT_ABP_HASH_INIT, pattern);

    return consent_str_hash(CONSENT_ABP_HASH_INIT,
                            (consent_str_t) { sizeof(part),
                                              (const uint8_t *) part });
}


/* Only exceptions speak of what is hidden, and of whole pages. */
static consent_abp_result_t
consent_abp_exception(consent_abp_rule_t *rule)
{
    if (rule->hiding) {
        if (!rule->rule.exception) {
            return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                       "an option that only an exception "
                                       "can have");
        }

        if (rule->with == 0) {
            return CONSENT_ABP_COSMETIC;
        }
    }

    rule->rule.page = rule->rule.exception
                      && (rule->with & CONSENT_ABP_PAGES);

    return CONSENT_ABP_RULE;
}


static consent_abp_result_t
consent_abp_finish(consent_abp_rule_t *rule, consent_str_t pattern)
{
    uint32_t              types;
    consent_abp_result_t  result;

    types = consent_abp_types(rule);

    if ((types & ~(uint32_t) CONSENT_ABP_POPUP) == 0) {
        return consent_abp_because(rule, CONSENT_ABP_SKIPPED,
                                   "it is about windows that open, or about "
                                   "nothing");
    }

    if (!rule->rule.first && !rule->rule.third) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "neither first nor third party");
    }

    rule->rule.id = consent_abp_id(rule, types, pattern);

    if (rule->bad) {
        return consent_abp_forbid(rule->loader, rule->rule.id) == CONSENT_OK
               ? CONSENT_ABP_RULE : CONSENT_ABP_NO_MEMORY;
    }

    if (rule->is_regex) {
        result = consent_abp_regex(rule, pattern);

        if (result != CONSENT_ABP_RULE) {
            return result;
        }
    }

    return consent_abp_push_types(rule, types);
}


consent_abp_result_t
consent_abp_network(consent_abp_rule_t *rule, consent_str_t line)
{
    consent_abp_result_t  result;

    if (line.len >= 2 && line.data[0] == '@' && line.data[1] == '@') {
        rule->rule.exception = 1;
        line.data += 2;
        line.len -= 2;
    }

    rule->rule.first = 1;
    rule->rule.third = 1;

    result = consent_abp_options(rule, &line);

    if (result == CONSENT_ABP_RULE) {
        result = consent_abp_exception(rule);
    }

    if (result != CONSENT_ABP_RULE) {
        return result;
    }

    rule->is_regex = line.len > 2 && line.data[0] == '/'
                     && line.data[line.len - 1] == '/';

    if (!rule->is_regex) {
        result = consent_abp_pattern(rule, line);

        if (result != CONSENT_ABP_RULE) {
            return result;
        }

        line = rule->rule.pattern;
    }

    return consent_abp_finish(rule, line);
}

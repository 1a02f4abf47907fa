/*
 * The site's own policy, seen from our tags: what of them it refuses, and
 * the one source that lets our style through.
 */

#include <string.h>

#include "consent_header.h"


/* CSP3, 6.8.3: what governs script elements, the first that there is. */

static const consent_str_t  consent_csp_script_names[] = {
    consent_string("script-src-elem"),
    consent_string("script-src"),
    consent_string("default-src")
};


/* Of a policy: the sources of a directive, and where they stand. */

typedef struct {
    consent_str_t  sources;     /* data is NULL if there is none */
    unsigned       fallback:1;  /* it is default-src */
} consent_csp_governing_t;


/* The next part of *s up to c, which is skipped. */

static consent_str_t
consent_csp_part(consent_str_t *s, uint8_t c)
{
    consent_str_t   part;
    const uint8_t  *p;

    p = memchr(s->data, c, s->len);

    part.data = s->data;
    part.len = p != NULL ? (size_t) (p - s->data) : s->len;

    s->data += part.len + (p != NULL);
    s->len -= part.len + (p != NULL);

    return part;
}


static int
consent_csp_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}


/* The next word of *s; len 0 at the end. */

static consent_str_t
consent_csp_word(consent_str_t *s)
{
    consent_str_t  word;

    while (s->len && consent_csp_is_blank(*s->data)) {
        s->data++;
        s->len--;
    }

    word = (consent_str_t) { 0, s->data };

    while (word.len < s->len && !consent_csp_is_blank(word.data[word.len])) {
        word.len++;
    }

    s->data += word.len;
    s->len -= word.len;

    return word;
}


/*
 * CSP Level 3, 6.8.3: the directive that governs a kind of element, the
 * first of names that the policy has; of twins the first one counts.  The
 * last of names is default-src.
 */

static consent_csp_governing_t
consent_csp_governing(consent_str_t policy, const consent_str_t *names,
    unsigned n)
{
    unsigned                 i;
    consent_str_t            rest, part;
    consent_csp_governing_t  found;

    found.sources = (consent_str_t) { 0, NULL };
    found.fallback = 0;

    for (i = 0; i < n && found.sources.data == NULL; i++) {
        rest = policy;

        while (rest.len && found.sources.data == NULL) {
            part = consent_csp_part(&rest, ';');

            if (consent_str_caseeq(consent_csp_word(&part), names[i])) {
                found.sources = part;
                found.fallback = (i == n - 1);
            }
        }
    }

    return found;
}


static int
consent_csp_begins(consent_str_t word, const char *prefix)
{
    size_t  len;

    len = strlen(prefix);

    return word.len > len
           && consent_str_caseeq((consent_str_t) { len, word.data },
                                 (consent_str_t)
                                 { len, (const uint8_t *) prefix });
}


/* 1 if sources refuse a <style> whose hash they do not have. */

static int
consent_csp_refuses_style(consent_str_t sources)
{
    int            unsafe;
    consent_str_t  word;

    unsafe = 0;

    while ((word = consent_csp_word(&sources)).len) {
        if (consent_str_caseeq(word, consent_str("'unsafe-inline'"))) {
            unsafe = 1;
        }

        /* With one of these, 'unsafe-inline' says nothing. */

        if (consent_csp_begins(word, "'nonce-")
            || consent_csp_begins(word, "'sha256-")
            || consent_csp_begins(word, "'sha384-")
            || consent_csp_begins(word, "'sha512-"))
        {
            return 1;
        }
    }

    return !unsafe;
}


static void
consent_csp_add_sources(consent_buf_t *b, consent_str_t sources,
    consent_str_t source)
{
    consent_str_t  word;

    while ((word = consent_csp_word(&sources)).len) {

        /* 'none' is for where nothing stands beside it. */

        if (!consent_str_caseeq(word, consent_str("'none'"))) {
            consent_buf_add_c(b, " ");
            consent_buf_add(b, word);
        }
    }

    consent_buf_add_c(b, " ");
    consent_buf_add(b, source);
}


int
consent_csp_add_style(consent_buf_t *b, consent_str_t csp,
    consent_str_t source)
{
    int                      rc;
    consent_str_t            policy;
    const uint8_t           *end;
    consent_csp_governing_t  g;

    static const consent_str_t  names[] = {
        consent_string("style-src-elem"),
        consent_string("style-src"),
        consent_string("default-src")
    };

    rc = CONSENT_DECLINED;

    while (csp.len) {
        policy = consent_csp_part(&csp, ',');
        end = policy.data + policy.len;
        g = consent_csp_governing(policy, names, 3);

        if (g.sources.data == NULL || !consent_csp_refuses_style(g.sources)) {
            consent_buf_add(b, policy);

        } else if (g.fallback) {
            rc = CONSENT_OK;
            consent_buf_add_c(b, "style-src");
            consent_csp_add_sources(b, g.sources, source);
            consent_buf_add_c(b, "; ");
            consent_buf_add(b, policy);

        } else {
            rc = CONSENT_OK;
            consent_buf_add(b, (consent_str_t)
                            { (size_t) (g.sources.data - policy.data),
                              policy.data });
            consent_csp_add_sources(b, g.sources, source);

            policy.data = g.sources.data + g.sources.len;
            policy.len = (size_t) (end - policy.data);
            consent_buf_add(b, policy);
        }

        if (csp.len) {
            consent_buf_add_c(b, ",");
        }
    }

    return rc;
}


int
consent_csp_bars_scripts(consent_str_t csp)
{
    consent_str_t            policy, word;
    consent_csp_governing_t  g;

    while (csp.len) {
        policy = consent_csp_part(&csp, ',');
        g = consent_csp_governing(policy, consent_csp_script_names, 3);

        if (g.sources.data == NULL) {
            continue;
        }

        word = consent_csp_word(&g.sources);

        if (word.len == 0
            || (consent_str_caseeq(word, consent_str("'none'"))
                && consent_csp_word(&g.sources).len == 0))
        {
            return 1;
        }
    }

    return 0;
}


/* The first 'nonce-…' among sources, without its quotes. */
static consent_str_t
consent_csp_find_nonce(consent_str_t sources)
{
    size_t         i, n;
    uint8_t        c;
    consent_str_t  nonce, word;

    static const consent_str_t  prefix = consent_string("'nonce-");

    for (i = 0; i + prefix.len < sources.len; i++) {
        word = (consent_str_t) { prefix.len, sources.data + i };

        if (!consent_str_caseeq(word, prefix)) {
            continue;
        }

        nonce.data = sources.data + i + prefix.len;

        for (n = 0; i + prefix.len + n < sources.len; n++) {
            c = nonce.data[n];

            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                  || (c >= 'A' && c <= 'Z') || c == '+' || c == '/'
                  || c == '-' || c == '_' || c == '='))
            {
                break;
            }
        }

        if (n && i + prefix.len + n < sources.len && nonce.data[n] == '\'') {
            nonce.len = n;
            return nonce;
        }
    }

    return consent_str("");
}


consent_str_t
consent_csp_nonce(consent_str_t csp)
{
    consent_str_t            nonce;
    consent_csp_governing_t  g;

    while (csp.len) {
        g = consent_csp_governing(consent_csp_part(&csp, ','),
                                  consent_csp_script_names, 3);

        nonce = consent_csp_find_nonce(g.sources);
        if (nonce.len) {
            return nonce;
        }
    }

    return consent_str("");
}


/* 1 if sources let through a file of the page's own origin, with the nonce
 * where they have one. */
static int
consent_csp_lets_own(consent_str_t sources)
{
    int            own;
    consent_str_t  word;

    own = 0;

    while ((word = consent_csp_word(&sources)).len) {

        if (consent_csp_begins(word, "'nonce-")) {
            return 1;
        }

        /* With it, hosts say nothing. */

        if (consent_str_caseeq(word, consent_str("'strict-dynamic'"))) {
            own = -1;
        }

        if (own == 0
            && (consent_str_caseeq(word, consent_str("'self'"))
                || consent_str_caseeq(word, consent_str("*"))
                || consent_str_caseeq(word, consent_str("https:"))
                || consent_str_caseeq(word, consent_str("http:"))))
        {
            own = 1;
        }
    }

    return own == 1;
}


int
consent_csp_lets_scripts(consent_str_t csp)
{
    consent_str_t            policy;
    consent_csp_governing_t  g;

    while (csp.len) {
        policy = consent_csp_part(&csp, ',');
        g = consent_csp_governing(policy, consent_csp_script_names, 3);

        if (g.sources.data != NULL && !consent_csp_lets_own(g.sources)) {
            return 0;
        }
    }

    return 1;
}

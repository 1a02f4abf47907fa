/*
 * What lint says about regular expressions: those that no URL can match, and
 * those that only spell out a host and the beginning of a path.
 */

#include <string.h>

#include "consent_rules_index.h"


typedef struct {
    const uint8_t  *p;
    const uint8_t  *end;
} consent_spell_t;


/* Takes s if it stands there. */
static int
consent_spell_take(consent_spell_t *sp, const char *s)
{
    size_t  len;

    len = strlen(s);

    if ((size_t) (sp->end - sp->p) < len || memcmp(sp->p, s, len) != 0) {
        return 0;
    }

    sp->p += len;

    return 1;
}


/* The first of these that stands there; 0 if none does. */
static int
consent_spell_any(consent_spell_t *sp, const char *const *list)
{
    for ( /* void */ ; *list; list++) {
        if (consent_spell_take(sp, *list)) {
            return 1;
        }
    }

    return 0;
}


static int
consent_spell_is_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}


/* A character that stands for itself, with or without a backslash; or 0. */
static uint8_t
consent_spell_literal(consent_spell_t *sp, const char *bare,
    const char *escaped)
{
    uint8_t  c;

    if (sp->p == sp->end) {
        return 0;
    }

    c = *sp->p;

    if (consent_spell_is_word(c) || (c >= 'A' && c <= 'Z')
        || (c != '\0' && strchr(bare, c) != NULL))
    {
        sp->p++;
        return c;
    }

    if (c == '\\' && sp->end - sp->p > 1 && sp->p[1] != '\0'
        && strchr(escaped, sp->p[1]) != NULL)
    {
        c = sp->p[1];
        sp->p += 2;
        return c;
    }

    return 0;
}


static int
consent_spell_is_quantifier(const consent_spell_t *sp)
{
    return sp->p < sp->end && memchr("?*+{", *sp->p, 4) != NULL;
}


/*
 * "https?://" and what is written for it, behind "^", or the end of it alone
 * where the expression may begin anywhere.
 */
static int
consent_spell_scheme(consent_spell_t *sp)
{
    static const char *const  schemes[] = {
        "https?:", "https:", "http:", "(?:https?:)?", "(https?:)?",
        "(?:https?:)", "(https?:)", "(?:http|https):", "(http|https):",
        "(?:https|http):", "(https|http):", "[a-z]+:", "\\w+:", "[^:]+:",
        NULL
    };

    static const char *const  slashes[] = {
        "//", "\\/\\/", "/{2}", "\\/{2}", NULL
    };

    if (consent_spell_take(sp, "^")) {
        return consent_spell_any(sp, schemes)
               && consent_spell_any(sp, slashes);
    }

    (void) consent_spell_any(sp, schemes);

    return consent_spell_any(sp, slashes);
}


/* What is written for "and its subdomains". */
static void
consent_spell_subdomains(consent_spell_t *sp)
{
    static const char *const  subdomains[] = {
        "(?:[^/]+\\.)?", "([^/]+\\.)?", "(?:[^/]*\\.)?", "([^/]*\\.)?",
        "(?:[^./]+\\.)*", "([^./]+\\.)*", "(?:[^/.]+\\.)*", "([^/.]+\\.)*",
        "(?:[^.]+\\.)*", "([^.]+\\.)*", "(?:[^.]+\\.)?", "([^.]+\\.)?",
        "(?:[\\w-]+\\.)*", "([\\w-]+\\.)*", "(?:[\\w-]+\\.)?",
        "([\\w-]+\\.)?", "(?:[\\w.-]+\\.)?", "([\\w.-]+\\.)?",
        "(?:[a-z0-9-]+\\.)*", "([a-z0-9-]+\\.)*", "(?:[a-z0-9-]+\\.)?",
        "([a-z0-9-]+\\.)?", "(?:[a-z0-9.-]+\\.)?", "([a-z0-9.-]+\\.)?",
        "(?:\\w+\\.)*", "(\\w+\\.)*", "(?:\\w+\\.)?", "(\\w+\\.)?",
        "(?:.*\\.)?", "(.*\\.)?", "(?:.+\\.)?", "(.+\\.)?",
        "(?:www\\.)?", "(www\\.)?", "[^/]+\\.", "[^/]*\\.", "[^.]+\\.",
        "[^/]*", "[\\w.-]+\\.", "[\\w-]+\\.", "[a-z0-9-]+\\.",
        "[a-z0-9.-]+\\.", "\\w+\\.", ".*\\.", ".+\\.", ".*",
        NULL
    };

    (void) consent_spell_any(sp, subdomains);
}


/* Letters, digits and dots, such as a host or a part of it is made of. */
static size_t
consent_spell_labels(consent_spell_t *sp, consent_buf_t *b, unsigned *dots)
{
    uint8_t                c;
    size_t                 n;
    const uint8_t         *p;

    for (n = 0; sp->p < sp->end; n++) {
        p = sp->p;
        c = consent_spell_literal(sp, ".", ".-");

        if (c == 0 || (c >= 'A' && c <= 'Z')
            || consent_spell_is_quantifier(sp))
        {
            sp->p = p;
            break;
        }

        *dots += (c == '.');
        consent_buf_add(b, (consent_str_t) { 1, &c });
    }

    return n;
}


/*
 * Alternatives of a host, or of its beginning: the first of them goes to b.
 * Returns their number; 0 if that is no such group.
 */
static unsigned
consent_spell_group(consent_spell_t *sp, consent_buf_t *b, unsigned *dots)
{
    unsigned       n, unused;
    consent_buf_t  rest;

    if (!consent_spell_take(sp, "(?:") && !consent_spell_take(sp, "(")) {
        return 1;
    }

    consent_buf_init(&rest, b->mem);

    for (n = 0; /* void */ ; n++) {
        unused = 0;

        if (consent_spell_labels(sp, n ? &rest : b, n ? &unused : dots)
            == 0)
        {
            return 0;
        }

        if (consent_spell_take(sp, ")")) {
            return consent_spell_is_quantifier(sp) ? 0 : n + 1;
        }

        if (!consent_spell_take(sp, "|")) {
            return 0;
        }
    }
}


/* What ends a host and asks for nothing more. */
static int
consent_spell_ended(consent_spell_t *sp)
{
    static const char *const  ends[] = {
        "(?:[/:?]|$)", "(?:[:/?]|$)", "(?:[/?]|$)", "(?:/|$)", "(/|$)",
        "([/:?]|$)", "([:/?]|$)", "([/?]|$)", "[/:]", "[:/]", "[/?]", "\\b",
        "[/:?]", "[:/?]", NULL
    };

    (void) consent_spell_any(sp, ends);

    if (!consent_spell_take(sp, ".*$") && !consent_spell_take(sp, ".*")) {
        (void) consent_spell_take(sp, ".+");
    }

    return sp->p == sp->end;
}


/* A path in which nothing but ".*" is not literal; 1 if that is all. */
static int
consent_spell_path(consent_spell_t *sp, consent_buf_t *b)
{
    uint8_t  c;

    while (sp->p < sp->end) {

        if (consent_spell_take(sp, ".*")) {
            consent_buf_add_c(b, "*");

            if (consent_spell_is_quantifier(sp)) {
                return 0;
            }

            continue;
        }

        c = consent_spell_literal(sp, "/_%=&,;~!@:", "/.?-_=&+");

        if (c == 0 || consent_spell_is_quantifier(sp)) {
            return 0;
        }

        consent_buf_add(b, (consent_str_t) { 1, &c });
    }

    while (b->len && b->data[b->len - 1] == '*') {
        b->len--;
    }

    return 1;
}


int
consent_regex_plain(consent_str_t pattern, consent_buf_t *out)
{
    unsigned         dots, n;
    consent_buf_t    host, path;
    consent_spell_t  sp;

    sp.p = pattern.data;
    sp.end = pattern.data + pattern.len;
    dots = 0;

    consent_buf_init(&host, out->mem);
    consent_buf_init(&path, out->mem);

    if (!consent_spell_scheme(&sp)) {
        return 0;
    }

    consent_spell_subdomains(&sp);
    n = consent_spell_group(&sp, &host, &dots);

    if (n == 0) {
        return 0;
    }

    (void) consent_spell_labels(&sp, &host, &dots);

    if (dots == 0 || host.data[0] == '.' || host.data[host.len - 1] == '.'
        || (!consent_spell_ended(&sp) && !consent_spell_path(&sp, &path))
        || (path.len && path.data[0] != '/') || host.failed || path.failed)
    {
        return 0;
    }

    consent_buf_add_c(out, "{ \"host\": \"");
    consent_buf_add(out, consent_buf_str(&host));

    if (path.len > 1) {
        consent_buf_add_c(out, "\", \"path\": \"");
        consent_buf_add(out, consent_buf_str(&path));
    }

    consent_buf_add_c(out, n > 1 ? "\" } and one for each other host"
                                 : "\" }");

    return 1;
}


/* 1 if s and the beginning of a URL agree as far as both go. */
static int
consent_spell_begins(consent_str_t s)
{
    size_t  i, len;

    static const char *const  starts[] = {
        "https://", "http://", "wss://", "ws://", "ftp://", NULL
    };

    for (i = 0; starts[i]; i++) {
        len = strlen(starts[i]);
        len = s.len < len ? s.len : len;

        if (memcmp(s.data, starts[i], len) == 0) {
            return 1;
        }
    }

    return 0;
}


const char *
consent_regex_hopeless(consent_str_t pattern)
{
    size_t           len;
    uint8_t          c, text[16];
    const uint8_t   *p;
    consent_spell_t  sp;

    sp.p = pattern.data;
    sp.end = pattern.data + pattern.len;

    /* An alternative or an inline option may change what "^" means. */

    if (memchr(pattern.data, '|', pattern.len) != NULL
        || !consent_spell_take(&sp, "^"))
    {
        return NULL;
    }

    for (len = 0; len < sizeof(text) && sp.p < sp.end; len++) {
        p = sp.p;
        c = consent_spell_literal(&sp, "/:", "/:.");

        if (c == 0) {
            break;
        }

        if (consent_spell_is_quantifier(&sp)) {
            sp.p = p;
            break;
        }

        text[len] = c;
    }

    if (len && !consent_spell_begins((consent_str_t) { len, text })) {
        return "\"^\" is the beginning of the whole URL, \"https://…\"";
    }

    return NULL;
}

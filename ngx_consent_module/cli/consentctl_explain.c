/* explain: which rule decides about a URL or a cookie, and what follows. */

#include <string.h>
#include <sys/stat.h>

#include "consentctl.h"
#include "consentctl_explain.h"


static void consentctl_explain_nothing(consentctl_t *ctl, const char *what);
static int consentctl_explain_url(consentctl_t *ctl, consent_str_t in);
static int consentctl_explain_cookie(consentctl_t *ctl, consent_str_t name);
static int consentctl_explain_show(consentctl_t *ctl,
    consentctl_explain_t *ex);
static void consentctl_explain_rule(void *data, int rule);
static void consentctl_explain_list(consentctl_explain_t *ex);
static consent_str_t consentctl_explain_line(consentctl_t *ctl,
    consent_str_t file, unsigned line);
static void consentctl_explain_storages(consentctl_explain_t *ex);
static void consentctl_explain_insert(consentctl_explain_t *ex,
    const consentctl_reason_t *reason);
static int consentctl_wildcard(consent_str_t pattern, consent_str_t s);
static int consentctl_is_file(const char *name);
static int consentctl_was_file(consentctl_t *ctl, const char *name);
static int consentctl_has_scheme(consent_str_t s);


int
consentctl_explain(consentctl_t *ctl)
{
    const char     *what;
    consent_str_t   s;

    what = ctl->argv[0];
    s = consentctl_str(what);

    if (ctl->type && consentctl_type(consentctl_str(ctl->type)) == 0) {
        consentctl_error(ctl, "--type %s: no such request type; there are "
                         "script, image, style, font, media, frame, object, "
                         "connect, ping, worker, manifest, prefetch, "
                         "document, form, hint, other", ctl->type);
        return CONSENTCTL_USAGE;
    }

    if (consentctl_load(ctl) != CONSENT_OK
        || consentctl_open_page(ctl) != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    if (strncmp(what, "cookie:", 7) == 0) {
        if (what[7] == '\0') {
            consentctl_error(ctl, "cookie: needs a name, as in cookie:_ga");
            return CONSENTCTL_USAGE;
        }

        return consentctl_explain_cookie(ctl, consentctl_str(what + 7));
    }

    if (consentctl_is_file(what)) {
        return consentctl_explain_page(ctl, what);
    }

    if (consentctl_was_file(ctl, what)) {
        consentctl_error(ctl, what[0] == '/'
                         ? "%s: no such file (if it is a path of the site: "
                           "https://%.*s%s)"
                         : "%s: no such file", what,
                         (int) ctl->page.url.host.len,
                         (const char *) ctl->page.url.host.data, what);
        return CONSENTCTL_USAGE;
    }

    if (what[0] == '/' || consentctl_has_scheme(s)) {
        return consentctl_explain_url(ctl, s);
    }

    consentctl_explain_nothing(ctl, what);

    return CONSENTCTL_USAGE;
}


/* What is neither a file nor a URL, but may be meant for one. */

static void
consentctl_explain_nothing(consentctl_t *ctl, const char *what)
{
    struct stat  st;

    if (what[0] == '\0') {
        consentctl_error(ctl, "an empty word is neither a URL nor a file");

    } else if (stat(what, &st) == 0) {
        consentctl_error(ctl, "%s: it is a folder; name a page in it", what);

    } else if (strchr(what, '.') != NULL && what[0] != '.'
               && strpbrk(what, " \\@<>") == NULL)
    {
        consentctl_error(ctl, "%s: no such file, and no URL; did you mean "
                         "https://%s%s?", what, what,
                         strchr(what, '/') ? "" : "/");

    } else {
        consentctl_error(ctl, "%s: no such file, and no URL (those start with "
                         "https:// or /)", what);
    }
}


static int
consentctl_explain_url(consentctl_t *ctl, consent_str_t in)
{
    int                    rc;
    uint8_t               *buf;
    uint32_t               types;
    consent_url_t          url;
    consentctl_explain_t   ex;

    buf = consent_alloc(ctl->mem, CONSENT_URL_BUF);
    if (buf == NULL) {
        consentctl_error(ctl, "no memory");
        return CONSENTCTL_USAGE;
    }

    rc = consent_url_parse(&url, &ctl->page.url, in, buf);

    if (rc != CONSENT_OK) {
        consentctl_error(ctl, rc == CONSENT_DECLINED
                         ? "this URL is too long to be judged: it is always "
                           "held back"
                         : "a browser refuses this URL: it fetches nothing");
        return CONSENTCTL_FINDINGS;
    }

    memset(&ex, 0, sizeof(consentctl_explain_t));

    types = ctl->type ? consentctl_type(consentctl_str(ctl->type))
                      : CONSENT_TYPE_ANY;

    ex.ctl = ctl;
    ex.kind = "url";
    ex.what = url.href;
    ex.url = &url;

    consent_rules_match(ctl->rules, &ctl->page, &url, types, &ex.verdict);
    consent_rules_match_all(ctl->rules, &ctl->page, &url, types,
                            consentctl_explain_rule, &ex);
    consentctl_explain_list(&ex);

    ex.refused = ex.verdict.third_party ? "held back"
                                        : "refused (204)";

    return consentctl_explain_show(ctl, &ex);
}


static void
consentctl_explain_rule(void *data, int rule)
{
    consentctl_explain_t  *ex = data;

    const consent_rule_t  *r;
    consentctl_reason_t   *reason;

    if (ex->nreasons == CONSENTCTL_REASONS) {
        ex->more++;
        return;
    }

    r = &ex->ctl->rules->rules[rule];
    reason = &ex->reasons[ex->nreasons++];

    reason->service = r->service;
    reason->rule = r;
    reason->file = r->file;
    reason->line = r->line;
    reason->column = r->column;
}


/* The rule of a list that decides, or the exception that undid one. */

static void
consentctl_explain_list(consentctl_explain_t *ex)
{
    consentctl_reason_t       *reason;
    const consent_verdict_t   *verdict;

    verdict = &ex->verdict;

    if (verdict->list == NULL || ex->nreasons == CONSENTCTL_REASONS) {
        return;
    }

    reason = &ex->reasons[ex->nreasons++];

    reason->service = verdict->list->service;
    reason->file = verdict->list->file;
    reason->line = verdict->line;
    reason->listed = consentctl_explain_line(ex->ctl, reason->file,
                                             reason->line);
}


/* Rules of lists are not kept as they were written: they are read again. */

static consent_str_t
consentctl_explain_line(consentctl_t *ctl, consent_str_t file, unsigned line)
{
    const uint8_t  *p, *end, *eol;
    consent_str_t   text;

    if (consentctl_read(ctl, (const char *) file.data, &text) != CONSENT_OK) {
        return consent_str("");
    }

    end = text.data + text.len;

    for (p = text.data; p < end; p = eol + 1) {
        eol = memchr(p, '\n', (size_t) (end - p));
        eol = eol != NULL ? eol : end;

        if (--line == 0) {
            return consent_str_trim((consent_str_t) { (size_t) (eol - p),
                                                      p });
        }
    }

    return consent_str("");
}


/*
 * A cookie that no rule names is judged as an unknown third party is, but
 * for HttpOnly ones: a site's own session must survive.
 */

static int
consentctl_explain_cookie(consentctl_t *ctl, consent_str_t name)
{
    consentctl_explain_t  ex;

    memset(&ex, 0, sizeof(consentctl_explain_t));

    ex.ctl = ctl;
    ex.kind = "cookie";
    ex.what = name;
    ex.refused = "taken out";

    if (consent_rules_storage(ctl->rules, CONSENT_STORAGE_COOKIE, name,
                              &ex.verdict)
        != CONSENT_OK)
    {
        memset(&ex.verdict, 0, sizeof(consent_verdict_t));

        ex.verdict.service = CONSENT_NO_SERVICE;
        ex.verdict.rule = CONSENT_NO_RULE;
        ex.verdict.unclassified = 1;
        ex.verdict.purposes = ctl->page.unclassified;
    }

    consentctl_explain_storages(&ex);

    return consentctl_explain_show(ctl, &ex);
}


/* The declarations that fit a cookie's name, the deciding one first. */

static void
consentctl_explain_storages(consentctl_explain_t *ex)
{
    unsigned                  i, n;
    consentctl_reason_t       reason;
    const consent_service_t  *service;
    const consent_storage_t  *storage;

    for (i = 0; i < ex->ctl->rules->nservices; i++) {
        service = &ex->ctl->rules->services[i];

        for (n = 0; n < service->nstorage; n++) {
            storage = &service->storage[n];

            if (storage->kind != CONSENT_STORAGE_COOKIE
                || !consentctl_wildcard(storage->name, ex->what))
            {
                continue;
            }

            memset(&reason, 0, sizeof(consentctl_reason_t));

            reason.service = (int) i;
            reason.storage = storage;
            reason.file = service->file;
            reason.line = storage->line;
            reason.column = storage->column;

            consentctl_explain_insert(ex, &reason);
        }
    }
}


/*
 * Keeps the order of consent_rules_storage(): exact names, then longer
 * patterns, then what was loaded later.
 */

static void
consentctl_explain_insert(consentctl_explain_t *ex,
    const consentctl_reason_t *reason)
{
    unsigned       i;
    consent_str_t  name;

    for (i = 0; i < ex->nreasons; i++) {
        name = ex->reasons[i].storage->name;

        if (consent_str_eq(reason->storage->name, ex->what)
            || (!consent_str_eq(name, ex->what)
                && reason->storage->name.len >= name.len))
        {
            break;
        }
    }

    if (i == CONSENTCTL_REASONS) {
        ex->more++;
        return;
    }

    if (ex->nreasons == CONSENTCTL_REASONS) {
        ex->nreasons--;
        ex->more++;
    }

    memmove(&ex->reasons[i + 1], &ex->reasons[i],
            (ex->nreasons - i) * sizeof(consentctl_reason_t));

    ex->reasons[i] = *reason;
    ex->nreasons++;
}


/* "*" stands for any run of characters.  Linear but for one step back. */

static int
consentctl_wildcard(consent_str_t pattern, consent_str_t s)
{
    size_t  i, p, star, from;

    i = 0;
    p = 0;
    star = SIZE_MAX;
    from = 0;

    while (i < s.len) {

        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            from = i;

        } else if (p < pattern.len && pattern.data[p] == s.data[i]) {
            p++;
            i++;

        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++from;

        } else {
            return 0;
        }
    }

    while (p < pattern.len && pattern.data[p] == '*') {
        p++;
    }

    return p == pattern.len;
}


static int
consentctl_explain_show(consentctl_t *ctl, consentctl_explain_t *ex)
{
    if (ctl->json) {
        if (consentctl_explain_json(ex) != CONSENT_OK) {
            return CONSENTCTL_USAGE;
        }

    } else {
        consentctl_explain_text(ex);
    }

    return consentctl_done(ctl, ex->verdict.unclassified
                                ? CONSENTCTL_FINDINGS : CONSENTCTL_GOOD);
}


static int
consentctl_is_file(const char *name)
{
    struct stat  st;

    return stat(name, &st) == 0 && !S_ISDIR(st.st_mode);
}


/*
 * 1 if a file that is not there was probably meant: its name ends as that of
 * a page, or it would lie in a folder that is there.
 */

static int
consentctl_was_file(consentctl_t *ctl, const char *name)
{
    size_t          len;
    unsigned        i;
    struct stat     st;
    consent_buf_t   b;
    consent_str_t   s;
    const char     *slash;

    static const consent_str_t  ends[] = {
        consent_string(".html"), consent_string(".htm"),
        consent_string(".xhtml")
    };

    s = consentctl_str(name);

    if (consentctl_has_scheme(s)) {
        return 0;
    }

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        len = ends[i].len;

        if (s.len > len
            && consent_str_caseeq(ends[i], (consent_str_t) {
                                      len, s.data + s.len - len }))
        {
            return 1;
        }
    }

    slash = strrchr(name, '/');

    if (slash == NULL || slash == name) {
        return 0;
    }

    consent_buf_init(&b, ctl->mem);
    consent_buf_add(&b, (consent_str_t) { (size_t) (slash - name), s.data });
    consent_buf_add(&b, (consent_str_t) { 1, (const uint8_t *) "" });

    return !b.failed && stat((const char *) b.data, &st) == 0
           && S_ISDIR(st.st_mode);
}


/* RFC 3986, 3.1; a host with a port ("example.com:80") is told apart. */

static int
consentctl_has_scheme(consent_str_t s)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < s.len; i++) {
        c = s.data[i] | 0x20;

        if (s.data[i] == ':') {
            return i > 0 && i + 1 < s.len
                   && (s.data[i + 1] < '0' || s.data[i + 1] > '9');
        }

        if ((c < 'a' || c > 'z')
            && (i == 0 || !strchr("0123456789+-", s.data[i])))
        {
            return 0;
        }
    }

    return 0;
}

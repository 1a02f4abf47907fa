/*
 * What commands have in common: rules, lists, the page that asks, types.
 */

#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "consentctl.h"


/* What unknown third parties belong to, as the module has it. */
#define CONSENTCTL_UNCLASSIFIED  "marketing"

#define CONSENTCTL_PAGE          "https://www.example.com/"


typedef struct {
    const char  *name;
    uint32_t     type;
} consentctl_type_t;


static void consentctl_report(void *data, const consent_fault_t *fault);
static const char *consentctl_default_rules(void);
static int consentctl_set_unclassified(consentctl_t *ctl);
static int consentctl_set_first_party(consentctl_t *ctl);


/*
 * The names of rule files first: one for each type.  Behind them, those of
 * webRequest, of content blockers and of browsers' developer tools.
 */

static const consentctl_type_t  consentctl_types[] = {
    { "script",          CONSENT_TYPE_SCRIPT },
    { "image",           CONSENT_TYPE_IMAGE },
    { "style",           CONSENT_TYPE_STYLE },
    { "font",            CONSENT_TYPE_FONT },
    { "media",           CONSENT_TYPE_MEDIA },
    { "frame",           CONSENT_TYPE_FRAME },
    { "object",          CONSENT_TYPE_OBJECT },
    { "connect",         CONSENT_TYPE_CONNECT },
    { "ping",            CONSENT_TYPE_PING },
    { "worker",          CONSENT_TYPE_WORKER },
    { "manifest",        CONSENT_TYPE_MANIFEST },
    { "prefetch",        CONSENT_TYPE_PREFETCH },
    { "document",        CONSENT_TYPE_DOCUMENT },
    { "form",            CONSENT_TYPE_FORM },
    { "hint",            CONSENT_TYPE_HINT },
    { "other",           CONSENT_TYPE_OTHER },

    { "any",             CONSENT_TYPE_ANY },
    { "stylesheet",      CONSENT_TYPE_STYLE },
    { "css",             CONSENT_TYPE_STYLE },
    { "img",             CONSENT_TYPE_IMAGE },
    { "imageset",        CONSENT_TYPE_IMAGE },
    { "subdocument",     CONSENT_TYPE_FRAME },
    { "sub_frame",       CONSENT_TYPE_FRAME },
    { "iframe",          CONSENT_TYPE_FRAME },
    { "main_frame",      CONSENT_TYPE_DOCUMENT },
    { "xmlhttprequest",  CONSENT_TYPE_CONNECT },
    { "xhr",             CONSENT_TYPE_CONNECT },
    { "fetch",           CONSENT_TYPE_CONNECT },
    { "websocket",       CONSENT_TYPE_CONNECT },
    { "beacon",          CONSENT_TYPE_PING },
    { "web_manifest",    CONSENT_TYPE_MANIFEST },
    { "preconnect",      CONSENT_TYPE_HINT },
    { NULL, 0 }
};


int
consentctl_load(consentctl_t *ctl)
{
    const char  *pattern;

    if (ctl->patterns.n == 0 && !ctl->lists_alone) {
        pattern = consentctl_default_rules();

        if (pattern == NULL) {
            consentctl_error(ctl, "no rule files: neither %s nor rules/*.json "
                             "is there; name them with --rules FILE",
                             CONSENT_RULES_PATH);
            return CONSENT_ERROR;
        }

        ctl->patterns.item[ctl->patterns.n++] = pattern;
    }

    ctl->rules = consentctl_load_rules(ctl, &ctl->patterns);

    return ctl->rules ? CONSENT_OK : CONSENT_ERROR;
}


consent_rules_t *
consentctl_load_rules(consentctl_t *ctl, const consentctl_list_t *patterns)
{
    int                failed;
    unsigned           i;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    loader = consent_rules_create(ctl->mem, consentctl_report, ctl);
    if (loader == NULL) {
        consentctl_error(ctl, "no memory");
        return NULL;
    }

    failed = 0;

    for (i = 0; i < patterns->n; i++) {
        failed |= consentctl_load_one(ctl, loader, patterns->item[i]);
    }

    consentctl_load_lists(ctl, loader);

    rules = consent_rules_compile(loader);

    if (rules == NULL || failed) {
        consentctl_error(ctl, "the rules could not be loaded");
        return NULL;
    }

    return rules;
}


/*
 * Shells make a pipe of <(command): it is read as a rule file, as its bytes
 * come but once.
 */

int
consentctl_load_one(const consentctl_t *ctl, consent_loader_t *loader,
    const char *name)
{
    struct stat    st;
    consent_str_t  text;

    if (stat(name, &st) != 0 || !S_ISFIFO(st.st_mode)) {
        return consent_rules_load(loader, consentctl_str(name));
    }

    if (consentctl_read(ctl, name, &text) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return consent_rules_load_text(loader, consentctl_str(name), text);
}


void
consentctl_load_lists(const consentctl_t *ctl, consent_loader_t *loader)
{
    unsigned  i;

    for (i = 0; i + 1 < ctl->lists.n; i += 2) {
        (void) consent_rules_list(loader, consentctl_str(ctl->lists.item[i]),
                                  consentctl_str(ctl->lists.item[i + 1]));
    }
}


/* A warning is for lint; here it would only be in the way. */

static void
consentctl_report(void *data, const consent_fault_t *fault)
{
    consentctl_t  *ctl = data;

    if (!fault->warning) {
        consentctl_fault(ctl, stderr, fault);
    }
}


static const char *
consentctl_default_rules(void)
{
    int                 rc;
    glob_t              found;
    const char *const  *path;

    static const char *const  paths[] = {
        CONSENT_RULES_PATH, "rules/*.json", NULL
    };

    for (path = paths; *path != NULL; path++) {
        rc = glob(*path, 0, NULL, &found);

        if (rc == 0) {
            globfree(&found);
            return *path;
        }
    }

    return NULL;
}


int
consentctl_open_page(consentctl_t *ctl)
{
    const char  *url;

    url = ctl->page_url ? ctl->page_url : CONSENTCTL_PAGE;

    if (consentctl_set_page(ctl, consentctl_str(url)) != CONSENT_OK
        || !ctl->page.url.network)
    {
        consentctl_error(ctl, "--page %s: not the URL of a page; an example "
                         "of one: %s", url, CONSENTCTL_PAGE);
        return CONSENT_ERROR;
    }

    if (consentctl_set_first_party(ctl) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return consentctl_set_unclassified(ctl);
}


int
consentctl_set_page(consentctl_t *ctl, consent_str_t url)
{
    uint8_t        *buf;
    consent_url_t  *parsed;

    parsed = &ctl->page.url;

    buf = consent_alloc(ctl->mem, CONSENT_URL_BUF);
    if (buf == NULL) {
        return CONSENT_ERROR;
    }

    if (consent_url_parse(parsed, NULL, url, buf) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    ctl->page.site = consent_url_site(parsed->host);

    return CONSENT_OK;
}


/* A host is brought into its canonical form by being part of a URL. */

static int
consentctl_set_first_party(consentctl_t *ctl)
{
    uint8_t        *buf;
    unsigned        i;
    consent_buf_t   b;
    consent_str_t  *hosts;
    consent_url_t   url;

    hosts = consent_calloc(ctl->mem,
                           (ctl->first_party.n + 1) * sizeof(consent_str_t));
    if (hosts == NULL) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < ctl->first_party.n; i++) {

        buf = consent_alloc(ctl->mem, CONSENT_URL_BUF);
        if (buf == NULL) {
            return CONSENT_ERROR;
        }

        consent_buf_init(&b, ctl->mem);
        consent_buf_add_c(&b, "https://");
        consent_buf_add_c(&b, ctl->first_party.item[i]);

        if (b.failed
            || strpbrk(ctl->first_party.item[i], "/?#@:\\ ") != NULL
            || consent_url_parse(&url, NULL, consent_buf_str(&b), buf)
               != CONSENT_OK)
        {
            consentctl_error(ctl, "--first-party %s: not a host",
                             ctl->first_party.item[i]);
            return CONSENT_ERROR;
        }

        hosts[i] = url.host;
    }

    ctl->page.nfirst = ctl->first_party.n;
    ctl->page.first_party = hosts;

    return CONSENT_OK;
}


void
consentctl_no_purpose(const consentctl_t *ctl, const char *option,
    const char *also, consent_str_t key)
{
    consent_str_t  near;

    near = consent_rules_nearest_purpose(ctl->rules, key,
                                         consentctl_str(also));

    if (near.len) {
        consentctl_error(ctl, "--%s: no purpose \"%.*s\"; did you mean "
                         "\"%.*s\"?", option, (int) key.len,
                         (const char *) key.data, (int) near.len,
                         (const char *) near.data);
        return;
    }

    near = consentctl_keys(ctl, ctl->rules, ctl->rules->all, ", ");

    consentctl_error(ctl, "--%s: no purpose \"%.*s\"; there are %s, %.*s",
                     option, (int) key.len, (const char *) key.data, also,
                     (int) near.len, (const char *) near.data);
}


static int
consentctl_set_unclassified(consentctl_t *ctl)
{
    int            bit;
    const char    *name;
    consent_str_t  key;

    name = ctl->unclassified ? ctl->unclassified : CONSENTCTL_UNCLASSIFIED;

    if (strcmp(name, "allow") == 0) {
        return CONSENT_OK;
    }

    key = consentctl_str(name);
    bit = consent_rules_purpose(ctl->rules, key);

    if (bit < 0) {
        consentctl_no_purpose(ctl, "unclassified", "allow", key);
        return CONSENT_ERROR;
    }

    ctl->page.unclassified = UINT32_C(1) << bit;
    ctl->page.unclassified_passive = ctl->page.unclassified;

    return CONSENT_OK;
}


void
consentctl_choice(const consent_rules_t *rules, consent_choice_t *choice,
    uint32_t granted)
{
    memset(choice, 0, sizeof(consent_choice_t));

    choice->regime = CONSENT_OPT_IN;
    choice->made = 1;
    choice->granted = granted | rules->necessary;
    choice->all = (choice->granted == rules->all);
}


uint32_t
consentctl_type(consent_str_t name)
{
    const consentctl_type_t  *type;

    for (type = consentctl_types; type->name; type++) {
        if (consent_str_caseeq(name, consentctl_str(type->name))) {
            return type->type;
        }
    }

    return 0;
}


const char *
consentctl_type_name(uint32_t types)
{
    const consentctl_type_t  *type;

    for (type = consentctl_types; type->name; type++) {
        if (types & type->type) {
            return type->name;
        }
    }

    return "other";
}


void
consentctl_type_names(consent_buf_t *b, uint32_t types, const char *quote,
    const char *separator)
{
    const char               *before;
    const consentctl_type_t  *type;

    before = "";

    for (type = consentctl_types; type->type != CONSENT_TYPE_ANY; type++) {
        if (types & type->type) {
            consent_buf_add_c(b, before);
            consent_buf_add_c(b, quote);
            consent_buf_add_c(b, type->name);
            consent_buf_add_c(b, quote);
            before = separator;
        }
    }
}


int
consentctl_charset(const consentctl_t *ctl, consent_str_t text,
    consent_charset_t *charset)
{
    consent_sniff_t  s;

    consent_sniff_init(&s, consent_str("text/html"), 0);
    (void) consent_sniff_feed(&s, text.data, text.len, 1);

    if (s.charset == CONSENT_CHARSET_UNREADABLE) {
        consentctl_error(ctl, "a page in this encoding can't be read: %s",
                         s.name ? s.name : "UTF-16, or an unknown one");
        return CONSENT_ERROR;
    }

    *charset = s.charset == CONSENT_CHARSET_UNSURE ? CONSENT_CHARSET_UTF8
                                                   : s.charset;

    return CONSENT_OK;
}

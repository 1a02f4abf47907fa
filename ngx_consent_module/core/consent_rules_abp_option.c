/*
 * The options of a network rule: what stands behind its "$".
 */

#include <string.h>

#include "consent_rules_abp.h"


typedef enum {
    CONSENT_ABP_TYPE = 0,       /* value: types */
    CONSENT_ABP_PARTY,          /* value: 1 third, 0 first */
    CONSENT_ABP_IMPORTANT,
    CONSENT_ABP_CASE,
    CONSENT_ABP_BAD,
    CONSENT_ABP_HIDING,         /* switches cosmetic rules off */
    CONSENT_ABP_NOTHING,        /* changes nothing here */
    CONSENT_ABP_REDIRECT,       /* what comes instead: blocked all the same */
    CONSENT_ABP_PAGE_HOSTS,
    CONSENT_ABP_TO_HOSTS,
    CONSENT_ABP_DENYALLOW,
    CONSENT_ABP_METHOD,
    CONSENT_ABP_SKIP            /* why: the whole rule has no meaning here */
} consent_abp_kind_t;


typedef struct {
    consent_str_t         name;
    consent_abp_kind_t    kind;
    uint32_t              value;
    const char           *why;
} consent_abp_option_t;


#define CONSENT_ABP_HEADERS  "it changes headers of answers"
#define CONSENT_ABP_BODIES   "it changes the content of answers"
#define CONSENT_ABP_URLS     "it changes URLs and blocks none"
#define CONSENT_ABP_INLINE   "it is about what stands in the page itself"


/*
 * By the documentation of Adblock Plus, uBlock Origin and AdGuard.  Workers
 * load scripts; what a form sends and where a link leads is a document.
 */

static const consent_abp_option_t  consent_abp_option_table[] = {

    { consent_string("script"), CONSENT_ABP_TYPE,
      CONSENT_TYPE_SCRIPT|CONSENT_TYPE_WORKER, NULL },
    { consent_string("image"), CONSENT_ABP_TYPE, CONSENT_TYPE_IMAGE, NULL },
    { consent_string("background"), CONSENT_ABP_TYPE, CONSENT_TYPE_IMAGE,
      NULL },
    { consent_string("stylesheet"), CONSENT_ABP_TYPE, CONSENT_TYPE_STYLE,
      NULL },
    { consent_string("css"), CONSENT_ABP_TYPE, CONSENT_TYPE_STYLE, NULL },
    { consent_string("font"), CONSENT_ABP_TYPE, CONSENT_TYPE_FONT, NULL },
    { consent_string("media"), CONSENT_ABP_TYPE, CONSENT_TYPE_MEDIA, NULL },
    { consent_string("subdocument"), CONSENT_ABP_TYPE, CONSENT_TYPE_FRAME,
      NULL },
    { consent_string("frame"), CONSENT_ABP_TYPE, CONSENT_TYPE_FRAME, NULL },
    { consent_string("object"), CONSENT_ABP_TYPE, CONSENT_TYPE_OBJECT, NULL },
    { consent_string("object-subrequest"), CONSENT_ABP_TYPE,
      CONSENT_TYPE_OBJECT, NULL },
    { consent_string("xmlhttprequest"), CONSENT_ABP_TYPE, CONSENT_ABP_XHR,
      NULL },
    { consent_string("xhr"), CONSENT_ABP_TYPE, CONSENT_ABP_XHR, NULL },
    { consent_string("websocket"), CONSENT_ABP_TYPE, CONSENT_ABP_SOCKET,
      NULL },
    { consent_string("ping"), CONSENT_ABP_TYPE, CONSENT_TYPE_PING, NULL },
    { consent_string("beacon"), CONSENT_ABP_TYPE, CONSENT_TYPE_PING, NULL },
    { consent_string("other"), CONSENT_ABP_TYPE,
      CONSENT_TYPE_OTHER|CONSENT_TYPE_MANIFEST|CONSENT_TYPE_PREFETCH
      |CONSENT_TYPE_HINT, NULL },
    { consent_string("document"), CONSENT_ABP_TYPE, CONSENT_ABP_PAGES, NULL },
    { consent_string("doc"), CONSENT_ABP_TYPE, CONSENT_ABP_PAGES, NULL },
    { consent_string("popup"), CONSENT_ABP_TYPE, CONSENT_ABP_POPUP, NULL },
    { consent_string("popunder"), CONSENT_ABP_TYPE, CONSENT_ABP_POPUP, NULL },
    { consent_string("webrtc"), CONSENT_ABP_TYPE, CONSENT_ABP_POPUP, NULL },
    { consent_string("all"), CONSENT_ABP_TYPE,
      CONSENT_ABP_NETWORK|CONSENT_ABP_PAGES|CONSENT_ABP_POPUP, NULL },

    { consent_string("third-party"), CONSENT_ABP_PARTY, 1, NULL },
    { consent_string("3p"), CONSENT_ABP_PARTY, 1, NULL },
    { consent_string("first-party"), CONSENT_ABP_PARTY, 0, NULL },
    { consent_string("1p"), CONSENT_ABP_PARTY, 0, NULL },

    { consent_string("domain"), CONSENT_ABP_PAGE_HOSTS, 0, NULL },
    { consent_string("from"), CONSENT_ABP_PAGE_HOSTS, 0, NULL },
    { consent_string("to"), CONSENT_ABP_TO_HOSTS, 0, NULL },
    { consent_string("denyallow"), CONSENT_ABP_DENYALLOW, 0, NULL },
    { consent_string("method"), CONSENT_ABP_METHOD, 0, NULL },

    { consent_string("important"), CONSENT_ABP_IMPORTANT, 0, NULL },
    { consent_string("match-case"), CONSENT_ABP_CASE, 0, NULL },
    { consent_string("badfilter"), CONSENT_ABP_BAD, 0, NULL },
    { consent_string("collapse"), CONSENT_ABP_NOTHING, 0, NULL },
    { consent_string("reason"), CONSENT_ABP_NOTHING, 0, NULL },
    { consent_string("redirect"), CONSENT_ABP_REDIRECT, 0, NULL },
    { consent_string("empty"), CONSENT_ABP_REDIRECT, 0, NULL },
    { consent_string("mp4"), CONSENT_ABP_REDIRECT, 0, NULL },

    { consent_string("elemhide"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("ehide"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("generichide"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("ghide"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("specifichide"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("shide"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("jsinject"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("content"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("extension"), CONSENT_ABP_HIDING, 0, NULL },
    { consent_string("stealth"), CONSENT_ABP_HIDING, 0, NULL },

    { consent_string("csp"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_HEADERS },
    { consent_string("permissions"), CONSENT_ABP_SKIP, 0,
      CONSENT_ABP_HEADERS },
    { consent_string("removeheader"), CONSENT_ABP_SKIP, 0,
      CONSENT_ABP_HEADERS },
    { consent_string("referrerpolicy"), CONSENT_ABP_SKIP, 0,
      CONSENT_ABP_HEADERS },
    { consent_string("cookie"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_HEADERS },
    { consent_string("header"), CONSENT_ABP_SKIP, 0,
      "it depends on headers of another server's answer" },
    { consent_string("ipaddress"), CONSENT_ABP_SKIP, 0,
      "it depends on an address that only the browser looks up" },
    { consent_string("cname"), CONSENT_ABP_SKIP, 0,
      "it depends on a name that only the browser looks up" },
    { consent_string("replace"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_BODIES },
    { consent_string("jsonprune"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_BODIES },
    { consent_string("xmlprune"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_BODIES },
    { consent_string("hls"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_BODIES },
    { consent_string("removeparam"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_URLS },
    { consent_string("queryprune"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_URLS },
    { consent_string("urltransform"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_URLS },
    { consent_string("uritransform"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_URLS },
    { consent_string("urlskip"), CONSENT_ABP_SKIP, 0, CONSENT_ABP_URLS },
    { consent_string("rewrite"), CONSENT_ABP_SKIP, 0,
      "it puts something else in the place of what it names" },
    { consent_string("redirect-rule"), CONSENT_ABP_SKIP, 0,
      "it says what comes instead, and blocks nothing" },
    { consent_string("inline-script"), CONSENT_ABP_SKIP, 0,
      CONSENT_ABP_INLINE },
    { consent_string("inline-font"), CONSENT_ABP_SKIP, 0,
      CONSENT_ABP_INLINE },
    { consent_string("genericblock"), CONSENT_ABP_SKIP, 0,
      "it takes back only rules that name no page" },
    { consent_string("urlblock"), CONSENT_ABP_SKIP, 0,
      "it takes back only some rules of a page" },
    { consent_string("strict1p"), CONSENT_ABP_SKIP, 0,
      "it compares whole hosts" },
    { consent_string("strict3p"), CONSENT_ABP_SKIP, 0,
      "it compares whole hosts" },
    { consent_string("app"), CONSENT_ABP_SKIP, 0,
      "it is about programs on a visitor's device" },
    { consent_string("network"), CONSENT_ABP_SKIP, 0,
      "it is about addresses, not URLs" },
    { consent_string("tag"), CONSENT_ABP_SKIP, 0,
      "its tag is never switched on" }
};


/* Up to the separator, which is cut off with it; "\" takes away its sense. */
static consent_str_t
consent_abp_cut(consent_str_t *s, uint8_t separator)
{
    size_t         i;
    consent_str_t  part;

    for (i = 0; i < s->len && s->data[i] != separator; i++) {
        if (s->data[i] == '\\' && i + 1 < s->len) {
            i++;
        }
    }

    part = (consent_str_t) { i, s->data };

    i += i < s->len;
    s->data += i;
    s->len -= i;

    return part;
}


static int
consent_abp_is_entity(consent_str_t name)
{
    return name.len > 2 && name.data[name.len - 1] == '*'
           && name.data[name.len - 2] == '.';
}


static unsigned
consent_abp_count(consent_str_t value)
{
    size_t    i;
    unsigned  n;

    for (n = 1, i = 0; i < value.len; i++) {
        n += value.data[i] == '|';
    }

    return n;
}


/*
 * One host of an option's list into host; DECLINED for one that is left out:
 * nothing, or a regular expression.
 */
static int
consent_abp_list_host(consent_abp_rule_t *rule, consent_list_host_t *host,
    consent_str_t name)
{
    memset(host, 0, sizeof(consent_list_host_t));

    if (name.len && name.data[0] == '~') {
        host->except = 1;
        name.data++;
        name.len--;
    }

    if (name.len == 0 || name.data[0] == '/') {
        return CONSENT_DECLINED;
    }

    if (consent_abp_is_entity(name)) {
        host->entity = 1;
        name.len -= 2;
    }

    host->name = consent_abp_host(&rule->loader->mem, name);

    if (host->name.data != NULL) {
        return CONSENT_OK;
    }

    return host->name.len ? CONSENT_ERROR : CONSENT_AGAIN;
}


static consent_abp_result_t
consent_abp_hosts(consent_abp_rule_t *rule, consent_list_hosts_t *hosts,
    const consent_abp_option_t *option, consent_str_t value)
{
    int                   rc;
    unsigned              n;
    consent_str_t         name, all;
    consent_list_host_t  *host;

    all = value;
    n = hosts->n + consent_abp_count(value);

    host = consent_alloc(&rule->loader->mem, n * sizeof(consent_list_host_t));
    if (host == NULL) {
        return CONSENT_ABP_NO_MEMORY;
    }

    if (hosts->n) {
        memcpy(host, hosts->item, hosts->n * sizeof(consent_list_host_t));
    }

    hosts->item = host;

    while (value.len) {
        name = consent_abp_cut(&value, '|');
        rc = consent_abp_list_host(rule, &host[hosts->n], name);

        if (rc == CONSENT_ERROR) {
            return CONSENT_ABP_NO_MEMORY;
        }

        if (rc == CONSENT_AGAIN) {
            return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                       "\"%.40s=\" names \"%.*s\", which is "
                                       "no host", option->name.data,
                                       consent_print(name));
        }

        hosts->n += rc == CONSENT_OK;
    }

    if (hosts->n == 0 && memmem(all.data, all.len, "/", 1) != NULL) {
        return consent_abp_because(rule, CONSENT_ABP_SKIPPED,
                                   "\"%.40s=\" names hosts by regular "
                                   "expressions alone", option->name.data);
    }

    if (hosts->n == 0) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "\"%.40s=\" names no host",
                                   option->name.data);
    }

    return CONSENT_ABP_RULE;
}


/* What a page's elements fetch is asked for by GET. */
static consent_abp_result_t
consent_abp_method(consent_abp_rule_t *rule, consent_str_t value)
{
    int            other;
    consent_str_t  name;

    other = 0;

    while (value.len) {
        name = consent_abp_cut(&value, '|');

        if (consent_str_caseeq(name, consent_str("get"))) {
            return CONSENT_ABP_RULE;
        }

        if (name.len && name.data[0] == '~') {
            other |= !consent_str_caseeq(name, consent_str("~get"));
        }
    }

    if (other) {
        return CONSENT_ABP_RULE;
    }

    return consent_abp_because(rule, CONSENT_ABP_SKIPPED,
                               "\"method\": no element of a page asks so");
}


static void
consent_abp_set_type(consent_abp_rule_t *rule, uint32_t types, int negated)
{
    if (negated) {
        rule->without |= types;
        return;
    }

    rule->with |= types;
}


static void
consent_abp_set_party(consent_abp_rule_t *rule, int third)
{
    if (third) {
        rule->rule.first = 0;
        return;
    }

    rule->rule.third = 0;
}


static consent_abp_result_t
consent_abp_apply(consent_abp_rule_t *rule,
    const consent_abp_option_t *option, consent_str_t value, int negated)
{
    switch (option->kind) {

    case CONSENT_ABP_TYPE:
        consent_abp_set_type(rule, option->value, negated);
        break;

    case CONSENT_ABP_PARTY:
        consent_abp_set_party(rule, (option->value != 0) != negated);
        break;

    case CONSENT_ABP_IMPORTANT:
        rule->rule.important = 1;
        break;

    case CONSENT_ABP_CASE:
        rule->rule.match_case = 1;
        break;

    case CONSENT_ABP_BAD:
        rule->bad = 1;
        break;

    case CONSENT_ABP_HIDING:
        rule->hiding = 1;
        break;

    case CONSENT_ABP_PAGE_HOSTS:
        return consent_abp_hosts(rule, &rule->more.page, option, value);

    case CONSENT_ABP_TO_HOSTS:
        return consent_abp_hosts(rule, &rule->more.to, option, value);

    case CONSENT_ABP_DENYALLOW:
        return consent_abp_hosts(rule, &rule->more.denyallow, option, value);

    case CONSENT_ABP_METHOD:
        return consent_abp_method(rule, value);

    case CONSENT_ABP_SKIP:
        return consent_abp_because(rule, CONSENT_ABP_SKIPPED, "\"%s\": %s",
                                   option->name.data, option->why);

    case CONSENT_ABP_REDIRECT:
    case CONSENT_ABP_NOTHING:
        break;
    }

    return CONSENT_ABP_RULE;
}


static const consent_abp_option_t *
consent_abp_find_option(consent_str_t name)
{
    size_t  i;

    for (i = 0; i < sizeof(consent_abp_option_table)
                    / sizeof(consent_abp_option_table[0]); i++)
    {
        if (consent_str_caseeq(consent_abp_option_table[i].name, name)) {
            return &consent_abp_option_table[i];
        }
    }

    return NULL;
}


/* "_", "___": fillers, which uBlock Origin allows for. */
static int
consent_abp_is_filler(consent_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len && name.data[i] == '_'; i++) {
        /* void */
    }

    return i == name.len && i != 0;
}


static consent_abp_result_t
consent_abp_option(consent_abp_rule_t *rule, consent_str_t text)
{
    int                          negated;
    consent_str_t                name;
    const consent_abp_option_t  *option;

    text = consent_str_trim(text);
    negated = text.len && text.data[0] == '~';

    if (negated) {
        text.data++;
        text.len--;
    }

    name = consent_abp_cut(&text, '=');

    if (consent_abp_is_filler(name)) {
        return CONSENT_ABP_RULE;
    }

    option = consent_abp_find_option(name);

    if (option == NULL) {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "unknown option \"%.*s\"",
                                   consent_print(name));
    }

    if (negated && option->kind != CONSENT_ABP_TYPE
        && option->kind != CONSENT_ABP_PARTY
        && option->kind != CONSENT_ABP_NOTHING
        && option->kind != CONSENT_ABP_SKIP)
    {
        return consent_abp_because(rule, CONSENT_ABP_REFUSED,
                                   "\"%s\" can't stand with \"~\"",
                                   option->name.data);
    }

    rule->named = 1;

    return consent_abp_apply(rule, option, text, negated);
}


/* 1 if a known option begins at text. */
static int
consent_abp_is_option(consent_str_t text)
{
    size_t  i;

    if (text.len && text.data[0] == '~') {
        text.data++;
        text.len--;
    }

    for (i = 0; i < text.len && text.data[i] != '=' && text.data[i] != ',';
         i++)
    {
        /* void */
    }

    text.len = i;

    return consent_abp_is_filler(text) || consent_abp_find_option(text) != NULL;
}


/*
 * Where the options begin: at the last "$" that a known one follows, else at
 * the last.  What stands between slashes is a regular expression, with "$" of
 * its own.  The end of the line, if there are none.
 */
static size_t
consent_abp_dollar(consent_str_t line)
{
    int            regex;
    size_t         i, last;
    consent_str_t  text;

    last = line.len;
    regex = line.len > 1 && line.data[0] == '/'
            && line.data[line.len - 1] == '/';

    for (i = line.len; i-- != 0; /* void */) {
        if (line.data[i] != '$') {
            continue;
        }

        text = (consent_str_t) { line.len - i - 1, line.data + i + 1 };

        /* what is between slashes may also be a path, and an option's value */

        if (consent_abp_is_option(text)
            && (!regex || memchr(text.data, '=', text.len) != NULL))
        {
            return i;
        }

        if (last == line.len && !regex) {
            last = i;
        }
    }

    return last;
}


consent_abp_result_t
consent_abp_options(consent_abp_rule_t *rule, consent_str_t *line)
{
    size_t                at;
    consent_str_t         text;
    consent_abp_result_t  result;

    at = consent_abp_dollar(*line);

    text = (consent_str_t) { line->len - at, line->data + at };
    line->len = at;

    if (text.len == 0) {
        return CONSENT_ABP_RULE;
    }

    text.data++;
    text.len--;

    while (text.len) {
        result = consent_abp_option(rule, consent_abp_cut(&text, ','));

        if (result != CONSENT_ABP_RULE) {
            return result;
        }
    }

    return CONSENT_ABP_RULE;
}

/* filter: a page from standard input, as a visitor would get it. */

#include <string.h>

#include "consent_rewrite.h"
#include "consentctl.h"


static int consentctl_grant(consentctl_t *ctl, consent_choice_t *choice);
static int consentctl_emit(void *data, const uint8_t *p, size_t len,
    consent_span_t kind);
static int consentctl_filter_stdin(consentctl_t *ctl,
    consent_rewrite_conf_t *conf);


int
consentctl_filter(consentctl_t *ctl)
{
    consent_choice_t        choice;
    consent_rewrite_conf_t  conf;

    if (consentctl_load(ctl) != CONSENT_OK
        || consentctl_open_page(ctl) != CONSENT_OK
        || consentctl_grant(ctl, &choice) != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    memset(&conf, 0, sizeof(consent_rewrite_conf_t));

    conf.rules = ctl->rules;
    conf.page = &ctl->page;
    conf.choice = &choice;
    conf.mem = ctl->mem;
    conf.max_tag = CONSENT_HOLD_USUAL;
    conf.max_inline = CONSENT_HOLD_USUAL;
    conf.prefix = consent_str("/privacy-choices/");
    conf.emit = consentctl_emit;

    /* The module, too, steps aside where all is granted. */

    return consentctl_filter_stdin(ctl, choice.all ? NULL : &conf);
}


static int
consentctl_filter_stdin(consentctl_t *ctl, consent_rewrite_conf_t *conf)
{
    int                 rc;
    size_t              n;
    consent_rewrite_t  *rw;
    static uint8_t      chunk[64 * 1024];

    rw = NULL;

    do {
        n = fread(chunk, 1, sizeof(chunk), stdin);

        if (ferror(stdin)) {
            consentctl_error(ctl, "standard input cannot be read");
            return CONSENTCTL_USAGE;
        }

        if (conf && rw == NULL) {

            if (consentctl_charset(ctl, (consent_str_t) { n, chunk },
                                   &conf->charset)
                != CONSENT_OK)
            {
                return CONSENTCTL_FINDINGS;
            }

            rw = consent_rewrite_create(conf);
        }

        if (conf == NULL) {
            rc = consentctl_emit(NULL, chunk, n, CONSENT_SPAN_INPUT);

        } else {
            rc = rw ? consent_rewrite_feed(rw, chunk, n, n < sizeof(chunk))
                    : CONSENT_ERROR;
        }

        if (rc != CONSENT_OK) {
            if (consentctl_still(ctl) == CONSENT_OK) {
                consentctl_error(ctl, "no memory");
            }

            return CONSENTCTL_USAGE;
        }

    } while (n == sizeof(chunk));

    return consentctl_done(ctl, CONSENTCTL_GOOD);
}


static int
consentctl_emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    (void) data;
    (void) kind;

    return fwrite(p, 1, len, stdout) == len ? CONSENT_OK : CONSENT_ERROR;
}


/* --grant all, or purposes joined by commas. */

static int
consentctl_grant(consentctl_t *ctl, consent_choice_t *choice)
{
    int            bit;
    size_t         len;
    uint32_t       granted;
    const char    *p;
    consent_str_t  key;

    granted = 0;
    p = ctl->grant ? ctl->grant : "";

    if (strcmp(p, "all") == 0) {
        consentctl_choice(ctl->rules, choice, ctl->rules->all);
        return CONSENT_OK;
    }

    for ( ;; ) {
        len = strcspn(p, ",");

        if (len) {
            key = (consent_str_t) { len, (const uint8_t *) p };
            bit = consent_rules_purpose(ctl->rules, key);

            if (bit < 0) {
                consentctl_no_purpose(ctl, "grant", "all", key);
                return CONSENT_ERROR;
            }

            granted |= UINT32_C(1) << bit;
        }

        if (p[len] == '\0') {
            break;
        }

        p += len + 1;
    }

    consentctl_choice(ctl->rules, choice, granted);

    return CONSENT_OK;
}

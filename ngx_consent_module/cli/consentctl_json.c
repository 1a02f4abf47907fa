/* Writing JSON. */

#include "consentctl.h"


/* The length of the UTF-8 sequence at p (RFC 3629, 4); 0 if there is none. */

static size_t
consentctl_utf8(const uint8_t *p, size_t len)
{
    size_t   i, n;
    uint8_t  low, high;

    n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
        : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

    if (n > len) {
        return 0;
    }

    low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;

    for (i = 1; i < n; i++) {
        if (p[i] < low || p[i] > high) {
            return 0;
        }

        low = 0x80;
        high = 0xbf;
    }

    return n;
}


/* What is no UTF-8 becomes U+FFFD: JSON is UTF-8 throughout. */

void
consentctl_json_string(consent_buf_t *b, consent_str_t s)
{
    size_t  i, n;

    consent_buf_add_c(b, "\"");

    for (i = 0; i < s.len; i += n ? n : 1) {
        n = consentctl_utf8(s.data + i, s.len - i);

        if (n == 0) {
            consent_buf_add_c(b, "\\ufffd");
        } else {
            consent_buf_add_json(b, (consent_str_t) { n, s.data + i });
        }
    }

    consent_buf_add_c(b, "\"");
}


void
consentctl_json_field(consent_buf_t *b, const char *name, consent_str_t value)
{
    if (value.len == 0) {
        return;
    }

    consent_buf_add_c(b, ",\"");
    consent_buf_add_c(b, name);
    consent_buf_add_c(b, "\":");
    consentctl_json_string(b, value);
}


void
consentctl_json_purposes(consent_buf_t *b, const consent_rules_t *rules,
    uint32_t purposes)
{
    unsigned     i;
    const char  *separator;

    separator = "";
    consent_buf_add_c(b, "[");

    for (i = 0; i < rules->npurposes; i++) {
        if (purposes & (UINT32_C(1) << i)) {
            consent_buf_add_c(b, separator);
            consentctl_json_string(b, rules->purposes[i].key);
            separator = ",";
        }
    }

    consent_buf_add_c(b, "]");
}


void
consentctl_json_rule(consent_buf_t *b, const consent_rule_t *rule)
{
    consentctl_json_field(b, "host", rule->host);
    consentctl_json_field(b, "path", rule->path);
    consentctl_json_field(b, "regex", rule->regex);
    consentctl_json_field(b, "inline", rule->inline_literal);
    consentctl_json_field(b, "party",
                        consentctl_str(consentctl_party_name(rule->party)));

    if (rule->types != CONSENT_TYPE_ANY) {
        consent_buf_add_c(b, ",\"types\":[");
        consentctl_type_names(b, rule->types, "\"", ",");
        consent_buf_add_c(b, "]");
    }
}

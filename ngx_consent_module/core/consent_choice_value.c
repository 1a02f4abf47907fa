#include <string.h>

#include "consent_base64.h"
#include "consent_choice_value.h"


/* v, kid, issued, grants, policy, id, mac */

#define CONSENT_VALUE_FIELDS  7

/* Decimal digits of a time that are read: enough until the year 33658. */
#define CONSENT_VALUE_DIGITS  12


typedef struct {
    uint8_t   *data;
    size_t     len;
    unsigned   failed:1;
} consent_value_out_t;


/* The next slice of *s up to sep; *s is moved behind sep. */
static consent_str_t
consent_value_cut(consent_str_t *s, uint8_t sep)
{
    consent_str_t   part;
    const uint8_t  *p;

    p = s->len ? memchr(s->data, sep, s->len) : NULL;
    if (p == NULL) {
        part = *s;
        *s = (consent_str_t) { 0, NULL };
        return part;
    }

    part = (consent_str_t) { (size_t) (p - s->data), s->data };
    *s = (consent_str_t) { s->len - part.len - 1, p + 1 };

    return part;
}


static int
consent_value_time(consent_str_t s, time_t *t)
{
    size_t   i;
    int64_t  n;

    if (s.len == 0 || s.len > CONSENT_VALUE_DIGITS || s.data[0] == '0') {
        return CONSENT_DECLINED;
    }

    n = 0;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return CONSENT_DECLINED;
        }

        n = n * 10 + (s.data[i] - '0');
    }

    *t = (time_t) n;

    return CONSENT_OK;
}


static int
consent_value_override(consent_choice_value_t *value,
    const consent_rules_t *rules, consent_str_t id, int on)
{
    int       service;
    unsigned  i;

    value->yes |= on;

    service = consent_rules_service(rules, id);
    if (service == CONSENT_NO_SERVICE) {
        return value->known ? CONSENT_DECLINED : CONSENT_OK;
    }

    for (i = 0; i < value->noverrides; i++) {
        if (value->overrides[i].service == service) {
            return CONSENT_DECLINED;
        }
    }

    if (value->noverrides == CONSENT_OVERRIDE_MAX) {
        return CONSENT_DECLINED;
    }

    value->overrides[value->noverrides].service = service;
    value->overrides[value->noverrides].on = on & 1;
    value->noverrides++;

    return CONSENT_OK;
}


static int
consent_value_purpose(consent_choice_value_t *value,
    const consent_rules_t *rules, consent_str_t key)
{
    int  bit;

    value->yes = 1;

    bit = consent_rules_purpose(rules, key);
    if (bit < 0) {
        return value->current ? CONSENT_DECLINED : CONSENT_OK;
    }

    value->granted |= (uint32_t) 1 << bit;

    return CONSENT_OK;
}


static int
consent_value_grants(consent_choice_value_t *value,
    const consent_rules_t *rules, consent_str_t grants)
{
    int            rc, first;
    consent_str_t  token;

    for (first = 1; grants.data != NULL; first = 0) {
        token = consent_value_cut(&grants, '+');

        if (token.len == 0) {
            return CONSENT_DECLINED;
        }

        if (consent_str_eq(token, consent_str("!gpc"))) {
            value->gpc_known = 1;
            rc = CONSENT_OK;

        } else if (token.len > 2 && token.data[token.len - 2] == ':'
                   && (token.data[token.len - 1] | 1) == '1')
        {
            rc = consent_value_override(value, rules,
                               (consent_str_t) { token.len - 2, token.data },
                               token.data[token.len - 1] == '1');

        } else if (consent_str_eq(token, consent_str("0"))) {
            rc = first ? CONSENT_OK : CONSENT_DECLINED;

        } else {
            rc = consent_value_purpose(value, rules, token);
        }

        if (rc != CONSENT_OK) {
            return rc;
        }
    }

    return CONSENT_OK;
}


static int
consent_value_signed(const consent_keys_t *keys, consent_str_t kid,
    consent_str_t text, consent_str_t mac)
{
    const consent_key_t  *key;

    if (keys->n == 0) {
        return consent_str_eq(kid, consent_str("0"))
               && consent_str_eq(mac, consent_str("0"));
    }

    key = consent_keys_find(keys, kid);

    return key != NULL && consent_key_verify(key, text, mac);
}


int
consent_choice_value_parse(consent_choice_value_t *value,
    const consent_rules_t *rules, const consent_keys_t *keys,
    consent_str_t text)
{
    unsigned       i;
    consent_str_t  field[CONSENT_VALUE_FIELDS], rest, head;

    memset(value, 0, sizeof(consent_choice_value_t));

    if (text.len == 0 || text.len > CONSENT_COOKIE_MAX) {
        return CONSENT_DECLINED;
    }

    rest = text;

    for (i = 0; i < CONSENT_VALUE_FIELDS; i++) {
        if (rest.data == NULL) {
            return CONSENT_DECLINED;
        }

        field[i] = consent_value_cut(&rest, '.');
    }

    head = (consent_str_t) { text.len - field[6].len - 1, text.data };

    if (rest.data != NULL || !consent_str_eq(field[0], consent_str("1"))
        || field[4].len != CONSENT_POLICY_LEN
        || field[5].len != CONSENT_ID_LEN
        || !consent_base64url_valid(field[4])
        || !consent_base64url_valid(field[5])
        || consent_value_time(field[2], &value->issued) != CONSENT_OK
        || !consent_value_signed(keys, field[1], head, field[6]))
    {
        return CONSENT_DECLINED;
    }

    memcpy(value->policy, field[4].data, CONSENT_POLICY_LEN);
    memcpy(value->id, field[5].data, CONSENT_ID_LEN);

    value->current = memcmp(value->policy, rules->policy,
                            rules->declared ? CONSENT_POLICY_LEN
                                            : CONSENT_POLICY_PURPOSES)
                     == 0;
    value->known = !rules->declared
                   && memcmp(value->policy, rules->policy, CONSENT_POLICY_LEN)
                      == 0;

    return consent_value_grants(value, rules, field[3]);
}


static void
consent_value_add(consent_value_out_t *out, consent_str_t s)
{
    if (out->failed || CONSENT_COOKIE_MAX - out->len < s.len) {
        out->failed = 1;
        return;
    }

    if (s.len) {
        memcpy(out->data + out->len, s.data, s.len);
        out->len += s.len;
    }
}


static void
consent_value_add_time(consent_value_out_t *out, time_t t)
{
    size_t    i;
    uint8_t   digits[20];
    uint64_t  n;

    i = sizeof(digits);
    n = (uint64_t) t;

    do {
        digits[--i] = (uint8_t) ('0' + n % 10);
        n /= 10;
    } while (n);

    consent_value_add(out, (consent_str_t) { sizeof(digits) - i,
                                             digits + i });
}


static void
consent_value_add_grants(consent_value_out_t *out,
    const consent_choice_t *choice, const consent_rules_t *rules)
{
    size_t                     start;
    unsigned                   i;
    const consent_override_t  *override;

    start = out->len;

    for (i = 0; i < rules->npurposes; i++) {
        if (choice->granted & ~rules->necessary & (uint32_t) 1 << i) {
            if (out->len > start) {
                consent_value_add(out, consent_str("+"));
            }

            consent_value_add(out, rules->purposes[i].key);
        }
    }

    if (out->len == start) {
        consent_value_add(out, consent_str("0"));
    }

    for (i = 0; i < choice->noverrides; i++) {
        override = &choice->overrides[i];

        consent_value_add(out, consent_str("+"));
        consent_value_add(out, rules->services[override->service].id);
        consent_value_add(out, override->on ? consent_str(":1")
                                            : consent_str(":0"));
    }

    if (choice->gpc_known) {
        consent_value_add(out, consent_str("+!gpc"));
    }
}


size_t
consent_choice_write(const consent_choice_t *choice,
    const consent_rules_t *rules, const consent_keys_t *keys, uint8_t *buf)
{
    uint8_t              mac[CONSENT_MAC_LEN];
    consent_str_t        text;
    consent_value_out_t  out;

    memset(&out, 0, sizeof(consent_value_out_t));
    out.data = buf;

    consent_value_add(&out, consent_str("1."));

    if (keys->n) {
        consent_value_add(&out, (consent_str_t) { keys->key[0].kid_len,
                                                  keys->key[0].kid });
    } else {
        consent_value_add(&out, consent_str("0"));
    }

    consent_value_add(&out, consent_str("."));
    consent_value_add_time(&out, choice->issued);
    consent_value_add(&out, consent_str("."));
    consent_value_add_grants(&out, choice, rules);
    consent_value_add(&out, consent_str("."));
    consent_value_add(&out, (consent_str_t) { CONSENT_POLICY_LEN,
                                              choice->policy });
    consent_value_add(&out, consent_str("."));
    consent_value_add(&out, (consent_str_t) { CONSENT_ID_LEN, choice->id });

    text = (consent_str_t) { out.len, buf };

    consent_value_add(&out, consent_str("."));

    if (keys->n == 0) {
        consent_value_add(&out, consent_str("0"));

    } else if (consent_key_mac(&keys->key[0], text, mac) == CONSENT_OK) {
        consent_value_add(&out, (consent_str_t) { CONSENT_MAC_LEN, mac });

    } else {
        out.failed = 1;
    }

    return out.failed ? 0 : out.len;
}

#include <string.h>

#include <openssl/evp.h>

#include "consent_record.h"


#define CONSENT_RECORD_HEX  (2 * CONSENT_RECORD_HASH)


/* What each line ends with: fixed words around two hashes. */

#define CONSENT_RECORD_PREV  ",\"prev\":\""
#define CONSENT_RECORD_SEAL  ",\"hash\":\""
#define CONSENT_RECORD_END   "\"}"

/* From the end of a line: its seal, and the prev before that. */
#define CONSENT_RECORD_SEAL_LEN                                               \
    (sizeof(CONSENT_RECORD_SEAL) - 1 + CONSENT_RECORD_HEX                     \
     + sizeof(CONSENT_RECORD_END) - 1)
#define CONSENT_RECORD_PREV_LEN                                               \
    (sizeof(CONSENT_RECORD_PREV) - 1 + CONSENT_RECORD_HEX + 1)


static void
consent_record_add_hex(consent_buf_t *b,
    const uint8_t hash[CONSENT_RECORD_HASH])
{
    size_t             i;
    uint8_t            hex[CONSENT_RECORD_HEX];
    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < CONSENT_RECORD_HASH; i++) {
        hex[2 * i] = (uint8_t) digits[hash[i] >> 4];
        hex[2 * i + 1] = (uint8_t) digits[hash[i] & 15];
    }

    consent_buf_add(b, (consent_str_t) { CONSENT_RECORD_HEX, hex });
}


static int
consent_record_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


static int
consent_record_unhex(const uint8_t *hex, uint8_t hash[CONSENT_RECORD_HASH])
{
    int     high, low;
    size_t  i;

    for (i = 0; i < CONSENT_RECORD_HASH; i++) {
        high = consent_record_digit(hex[2 * i]);
        low = consent_record_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0) {
            return CONSENT_ERROR;
        }

        hash[i] = (uint8_t) (high << 4 | low);
    }

    return CONSENT_OK;
}


static int
consent_record_hash(const uint8_t *data, size_t len,
    uint8_t hash[CONSENT_RECORD_HASH])
{
    return EVP_Digest(data, len, hash, NULL, EVP_sha256(), NULL)
           ? CONSENT_OK : CONSENT_ERROR;
}


static void
consent_record_add_string(consent_buf_t *b, const char *key,
    consent_str_t value)
{
    consent_buf_add_c(b, ",\"");
    consent_buf_add_c(b, key);
    consent_buf_add_c(b, "\":\"");
    consent_buf_add_json(b, value);
    consent_buf_add_c(b, "\"");
}


static void
consent_record_add_digits(consent_buf_t *b, int n, int width)
{
    uint8_t  digits[4];
    int      i;

    for (i = width - 1; i >= 0; i--) {
        digits[i] = (uint8_t) ('0' + n % 10);
        n /= 10;
    }

    consent_buf_add(b, (consent_str_t) { (size_t) width, digits });
}


/* RFC 3339, in UTC, to the second. */
static void
consent_record_add_time(consent_buf_t *b, const char *key, time_t now)
{
    struct tm  tm;

    if (gmtime_r(&now, &tm) == NULL) {
        memset(&tm, 0, sizeof(struct tm));
    }

    consent_buf_add_c(b, ",\"");
    consent_buf_add_c(b, key);
    consent_buf_add_c(b, "\":\"");
    consent_record_add_digits(b, tm.tm_year + 1900, 4);
    consent_buf_add_c(b, "-");
    consent_record_add_digits(b, tm.tm_mon + 1, 2);
    consent_buf_add_c(b, "-");
    consent_record_add_digits(b, tm.tm_mday, 2);
    consent_buf_add_c(b, "T");
    consent_record_add_digits(b, tm.tm_hour, 2);
    consent_buf_add_c(b, ":");
    consent_record_add_digits(b, tm.tm_min, 2);
    consent_buf_add_c(b, ":");
    consent_record_add_digits(b, tm.tm_sec, 2);
    consent_buf_add_c(b, "Z\"");
}


static void
consent_record_add_purposes(consent_buf_t *b, const char *key,
    const consent_rules_t *rules, uint32_t mask)
{
    int       first;
    unsigned  i;

    consent_buf_add_c(b, ",\"");
    consent_buf_add_c(b, key);
    consent_buf_add_c(b, "\":[");

    for (i = 0, first = 1; i < rules->npurposes; i++) {
        if (mask & (uint32_t) 1 << i) {
            consent_buf_add_c(b, first ? "\"" : ",\"");
            consent_buf_add_json(b, rules->purposes[i].key);
            consent_buf_add_c(b, "\"");
            first = 0;
        }
    }

    consent_buf_add_c(b, "]");
}


static void
consent_record_add_services(consent_buf_t *b,
    const consent_record_t *record)
{
    unsigned                   i;
    const consent_override_t  *override;

    consent_buf_add_c(b, ",\"services\":{");

    for (i = 0; i < record->choice->noverrides; i++) {
        override = &record->choice->overrides[i];

        consent_buf_add_c(b, i ? ",\"" : "\"");
        consent_buf_add_json(b,
                             record->rules->services[override->service].id);
        consent_buf_add_c(b, override->on ? "\":true" : "\":false");
    }

    consent_buf_add_c(b, "}");
}


/* What a record and a receipt have in common. */
static void
consent_record_add_choice(consent_buf_t *b, const consent_record_t *record)
{
    const consent_rules_t   *rules;
    const consent_choice_t  *choice;

    rules = record->rules;
    choice = record->choice;

    consent_record_add_string(b, "regime",
                              consent_regime_name(choice->regime));
    consent_record_add_purposes(b, "granted", rules,
                                choice->granted & rules->all);
    consent_record_add_purposes(b, "denied", rules,
                                ~choice->granted & rules->all);
    consent_record_add_services(b, record);
    consent_record_add_string(b, "policy",
                              (consent_str_t) { CONSENT_POLICY_LEN,
                                                choice->made ? choice->policy
                                                      : rules->policy });
    consent_record_add_string(b, "lang", record->lang);
    consent_buf_add_c(b, choice->gpc ? ",\"gpc\":true" : ",\"gpc\":false");
}


void
consent_record_receipt(consent_buf_t *b, const consent_record_t *record,
    time_t max_age)
{
    const consent_choice_t  *choice;

    choice = record->choice;

    consent_buf_add_c(b, choice->made ? "{\"v\":1,\"made\":true"
                                      : "{\"v\":1,\"made\":false");

    if (choice->made) {
        consent_record_add_string(b, "id",
                           (consent_str_t) { CONSENT_ID_LEN, choice->id });
        consent_record_add_time(b, "issued", choice->issued);
        consent_record_add_time(b, "valid_until", choice->issued + max_age);
    }

    consent_record_add_string(b, "site", record->site);
    consent_record_add_choice(b, record);
    consent_buf_add_c(b, "}\n");
}


int
consent_record_write(consent_buf_t *b, const consent_record_t *record,
    uint8_t head[CONSENT_RECORD_HASH])
{
    size_t                   start;
    uint8_t                  hash[CONSENT_RECORD_HASH];
    const consent_choice_t  *choice;

    choice = record->choice;
    start = b->len;

    consent_buf_add_c(b, "{\"v\":1");
    consent_record_add_string(b, "id",
                           (consent_str_t) { CONSENT_ID_LEN, choice->id });
    consent_record_add_time(b, "time", record->now);
    consent_record_add_string(b, "action",
                              consent_action_name(record->action));
    consent_record_add_string(b, "site", record->site);
    consent_record_add_choice(b, record);
    consent_buf_add_c(b, CONSENT_RECORD_PREV);
    consent_record_add_hex(b, head);
    consent_buf_add_c(b, "\"");

    if (b->failed
        || consent_record_hash(b->data + start, b->len - start, hash)
           != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    consent_buf_add_c(b, CONSENT_RECORD_SEAL);
    consent_record_add_hex(b, hash);
    consent_buf_add_c(b, CONSENT_RECORD_END "\n");

    if (b->failed) {
        return CONSENT_ERROR;
    }

    memcpy(head, hash, CONSENT_RECORD_HASH);

    return CONSENT_OK;
}


int
consent_record_links(consent_str_t line, uint8_t prev[CONSENT_RECORD_HASH],
    uint8_t hash[CONSENT_RECORD_HASH])
{
    const uint8_t  *seal, *before;

    if (line.len < CONSENT_RECORD_SEAL_LEN + CONSENT_RECORD_PREV_LEN) {
        return CONSENT_DECLINED;
    }

    seal = line.data + line.len - CONSENT_RECORD_SEAL_LEN;
    before = seal - CONSENT_RECORD_PREV_LEN;

    if (memcmp(seal, CONSENT_RECORD_SEAL, sizeof(CONSENT_RECORD_SEAL) - 1)
        || memcmp(line.data + line.len - 2, CONSENT_RECORD_END, 2)
        || memcmp(before, CONSENT_RECORD_PREV,
                  sizeof(CONSENT_RECORD_PREV) - 1)
        || seal[-1] != '"'
        || consent_record_unhex(seal + sizeof(CONSENT_RECORD_SEAL) - 1, hash)
           != CONSENT_OK
        || consent_record_unhex(before + sizeof(CONSENT_RECORD_PREV) - 1,
                                prev)
           != CONSENT_OK)
    {
        return CONSENT_DECLINED;
    }

    return CONSENT_OK;
}


/* The two hashes that a line claims, and that the second is its own. */
static int
consent_record_parse(consent_str_t line, uint8_t prev[CONSENT_RECORD_HASH],
    uint8_t hash[CONSENT_RECORD_HASH], const char **error)
{
    uint8_t  own[CONSENT_RECORD_HASH];

    if (consent_record_links(line, prev, hash) != CONSENT_OK) {
        *error = "the line is no consent record: it does not end with"
                 " \"prev\" and \"hash\"";
        return CONSENT_ERROR;
    }

    if (consent_record_hash(line.data, line.len - CONSENT_RECORD_SEAL_LEN,
                            own)
        != CONSENT_OK)
    {
        *error = "the crypto library failed";
        return CONSENT_ERROR;
    }

    if (memcmp(own, hash, CONSENT_RECORD_HASH)) {
        *error = "the line was changed: its hash is another";
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


int
consent_record_verify(consent_str_t line, uint8_t head[CONSENT_RECORD_HASH],
    const char **error)
{
    uint8_t  prev[CONSENT_RECORD_HASH], hash[CONSENT_RECORD_HASH];

    if (consent_record_parse(line, prev, hash, error) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    if (memcmp(prev, head, CONSENT_RECORD_HASH)) {
        *error = "a line is missing before this one, or stands elsewhere";
        return CONSENT_ERROR;
    }

    memcpy(head, hash, CONSENT_RECORD_HASH);

    return CONSENT_OK;
}


int
consent_record_head(consent_str_t tail, uint8_t head[CONSENT_RECORD_HASH])
{
    size_t          start, end;
    uint8_t         prev[CONSENT_RECORD_HASH], hash[CONSENT_RECORD_HASH];
    const char     *error;
    consent_str_t   line;

    end = tail.len;

    while (end > 0) {

        for (start = end; start > 0 && tail.data[start - 1] != '\n';
             start--)
        {
            /* void */
        }

        line = (consent_str_t) { end - start, tail.data + start };

        if (consent_record_parse(line, prev, hash, &error) == CONSENT_OK) {
            memcpy(head, hash, CONSENT_RECORD_HASH);
            return CONSENT_OK;
        }

        end = start ? start - 1 : 0;
    }

    memset(head, 0, CONSENT_RECORD_HASH);

    return CONSENT_DECLINED;
}

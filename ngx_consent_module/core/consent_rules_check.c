/*
 * The forms of values in rule files.
 */

#include <string.h>

#include "consent_rules_index.h"


static int
consent_check_is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}


static int
consent_check_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}


/* Lower-case letters, digits and the bytes of `more`. */
static int
consent_check_all(consent_str_t s, const char *more)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (!consent_check_is_lower(s.data[i])
            && !consent_check_is_digit(s.data[i])
            && (s.data[i] == '\0' || strchr(more, s.data[i]) == NULL))
        {
            return 0;
        }
    }

    return 1;
}


const char *
consent_check_id(consent_str_t s)
{
    if (consent_str_eq(s, consent_str(CONSENT_UNCLASSIFIED))) {
        return "another id: this one stands for services that no rule knows";
    }

    if (s.len == 0 || s.len > CONSENT_RULES_ID_MAX
        || !consent_check_all(s, "-_") || s.data[0] == '-'
        || s.data[0] == '_')
    {
        return "1 to 64 of a-z, 0-9, '-' and '_', a letter or digit first";
    }

    return NULL;
}


const char *
consent_check_purpose_key(consent_str_t s)
{
    if (s.len == 0 || s.len > CONSENT_RULES_ID_MAX
        || !consent_check_all(s, "_") || !consent_check_is_lower(s.data[0]))
    {
        return "1 to 64 of a-z, 0-9 and '_', a letter first";
    }

    return NULL;
}


const char *
consent_check_text(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] > ' ') {
            return NULL;
        }
    }

    return "a text that is not empty";
}


/* BCP 47, in lower case. */
const char *
consent_check_lang(consent_str_t s)
{
    size_t  i, part;

    part = 0;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '-') {
            if (part < 2) {
                break;
            }

            part = 0;
            continue;
        }

        if (++part > 8) {
            break;
        }
    }

    if (i == s.len && part >= 2 && consent_check_all(s, "-")
        && consent_check_is_lower(s.data[0]))
    {
        return NULL;
    }

    return "a language tag in lower case, such as \"en\" or \"pt-br\"";
}


const char *
consent_check_word(consent_str_t s)
{
    return s.len && s.len <= CONSENT_RULES_ID_MAX
           && consent_check_all(s, "-_")
           ? NULL : "a word of a-z, 0-9, '-' and '_'";
}


/* Names in a script, with one space between them; the bytes need no escape in
   markup. */
const char *
consent_check_stubs(consent_str_t s)
{
    size_t   i;
    uint8_t  c, last;

    last = ' ';

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
              || c == '$'
              || (c >= '0' && c <= '9' && last != ' ' && last != '.')
              || (c == '.' && last != ' ' && last != '.')
              || (c == ' ' && last != ' ')))
        {
            break;
        }

        last = c;
    }

    return i == s.len && last != ' '
           ? NULL : "names such as \"gtag dataLayer. ttq.track\"";
}


const char *
consent_check_country(consent_str_t s)
{
    if (s.len == 2 && s.data[0] >= 'A' && s.data[0] <= 'Z'
        && s.data[1] >= 'A' && s.data[1] <= 'Z')
    {
        return NULL;
    }

    return "two capital letters (ISO 3166-1), such as \"IE\"";
}


/* 1 if s is a port, to 65535. */
static int
consent_check_port(consent_str_t s)
{
    size_t    i;
    unsigned  port;

    port = 0;

    for (i = 0; i < s.len && consent_check_is_digit(s.data[i]); i++) {
        port = port * 10 + (s.data[i] - '0');
    }

    return s.len > 0 && s.len <= 5 && i == s.len && port <= 65535;
}


/*
 * Labels of letters, digits, "-" and "_", the last one beginning with a
 * letter, then maybe a port.  Narrower than what browsers take, so that the
 * schema can say the same.
 */
static int
consent_check_authority(consent_str_t s)
{
    size_t          i, last;
    consent_str_t   host, port;
    const uint8_t  *colon;

    host = s;
    colon = s.len ? memchr(s.data, ':', s.len) : NULL;

    if (colon != NULL) {
        host.len = (size_t) (colon - s.data);
        port = (consent_str_t) { s.len - host.len - 1, colon + 1 };

        if (!consent_check_port(port)) {
            return 0;
        }
    }

    for (i = 0, last = 0; i < host.len; i++) {

        if (host.data[i] == '.') {
            if (i == last) {
                return 0;
            }

            last = i + 1;

        } else if (!consent_check_is_lower(host.data[i] | 0x20)
                   && !consent_check_is_digit(host.data[i])
                   && host.data[i] != '-' && host.data[i] != '_')
        {
            return 0;
        }
    }

    return last < host.len && consent_check_is_lower(host.data[last] | 0x20);
}


const char *
consent_check_policy_url(consent_str_t s)
{
    size_t          i, n;
    consent_str_t   authority;

    static const char        expected[] = "a whole address, such as "
                                          "\"https://www.example.com/privacy\"";
    static const consent_str_t  starts[] = {
        consent_string("https://"), consent_string("http://")
    };

    n = s.len >= 5 && s.data[4] == 's' ? 0 : 1;

    if (s.len < starts[n].len
        || memcmp(s.data, starts[n].data, starts[n].len) != 0)
    {
        return expected;
    }

    authority.data = s.data + starts[n].len;

    for (i = starts[n].len;
         i < s.len && strchr("/?#", s.data[i]) == NULL;
         i++)
    {
        /* void */
    }

    authority.len = i - starts[n].len;

    for ( /* void */ ; i < s.len; i++) {
        if (s.data[i] <= ' ' || s.data[i] == 0x7f) {
            return expected;
        }
    }

    return consent_check_authority(authority) ? NULL : expected;
}


/* Skips numbers, each with one of the units behind it, units in order. */
static const uint8_t *
consent_check_units(const uint8_t *p, const uint8_t *end, const char *units)
{
    const char     *unit;
    const uint8_t  *digits;

    while (p < end) {
        for (digits = p; p < end && consent_check_is_digit(*p); p++) {
            /* void */
        }

        if (p == digits) {
            return p;
        }

        unit = p < end && *p != '\0' ? strchr(units, *p) : NULL;

        if (unit == NULL) {
            return NULL;
        }

        units = unit + 1;
        p++;
    }

    return p;
}


/* A duration after ISO 8601, in whole numbers. */
static int
consent_check_duration(consent_str_t s)
{
    const uint8_t  *p, *end, *time;

    end = s.data + s.len;

    if (s.len < 3 || s.data[0] != 'P') {
        return 0;
    }

    p = consent_check_units(s.data + 1, end, "YMWD");

    if (p == NULL || p == end) {
        return p == end;
    }

    if (*p != 'T') {
        return 0;
    }

    time = p + 1;
    p = consent_check_units(time, end, "HMS");

    return p == end && p > time;
}


const char *
consent_check_retention(consent_str_t s)
{
    if (consent_str_eq(s, consent_str("session"))
        || consent_str_eq(s, consent_str("persistent"))
        || consent_check_duration(s))
    {
        return NULL;
    }

    return "\"session\", \"persistent\" or an ISO 8601 duration, such as "
           "\"P6M\" or \"PT30M\"";
}


const char *
consent_check_date(consent_str_t s)
{
    size_t             i;
    static const char  form[] = "dddd-dd-dd";

    for (i = 0; i < s.len && i < sizeof(form) - 1; i++) {
        if (form[i] == 'd' ? !consent_check_is_digit(s.data[i])
                           : s.data[i] != '-')
        {
            break;
        }
    }

    return i == s.len && i == sizeof(form) - 1
           ? NULL : "a date, YYYY-MM-DD";
}


const char *
consent_check_path(consent_str_t s)
{
    size_t  i;

    if (s.len > CONSENT_RULES_PATH_MAX) {
        return "4096 bytes at most";
    }

    if (s.len == 0 || (s.data[0] != '/' && s.data[0] != '*')) {
        return "a path that begins with '/' or '*'";
    }

    for (i = 0; i < s.len; i++) {
        if (s.data[i] <= ' ' || s.data[i] >= 0x7f || s.data[i] == '#') {
            return "a path as browsers send it: other bytes than ! to ~ "
                   "percent-encoded, no '#'";
        }
    }

    return NULL;
}


const char *
consent_check_literal(consent_str_t s)
{
    size_t    i, n;
    uint16_t  symbols[CONSENT_INLINE_MAX * 4];

    if (s.len > CONSENT_INLINE_MAX) {
        return "512 bytes at most";
    }

    n = 0;

    for (i = 0; i < s.len; i++) {
        /* of a character of several bytes in UTF-8, the first */
        n += (s.data[i] > ' ' && (s.data[i] & 0xc0) != 0x80);
    }

    return n >= 3 && consent_inline_symbols(s, symbols) >= 3
           ? NULL : "a piece of code of three characters or more, comments "
                    "aside";
}


const char *
consent_check_storage_name(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] != '*') {
            return NULL;
        }
    }

    return "a name; \"*\" in it stands for any run of characters";
}


/* Parses s with `start` before it. */
static consent_str_t
consent_check_parse_host(const char *start, consent_str_t s, uint8_t *buf)
{
    size_t         len;
    uint8_t        in[CONSENT_RULES_PATH_MAX];
    consent_url_t  url;

    len = strlen(start);

    if (s.len > sizeof(in) - len) {
        return (consent_str_t) { 0, NULL };
    }

    memcpy(in, start, len);
    memcpy(in + len, s.data, s.len);

    if (consent_url_parse(&url, NULL, (consent_str_t) { len + s.len, in },
                          buf)
        != CONSENT_OK)
    {
        return (consent_str_t) { 0, NULL };
    }

    return url.host;
}


static int
consent_check_is_hostname(consent_str_t s)
{
    size_t  i;

    if (s.len == 0 || s.len > 253 || s.data[0] == '.'
        || s.data[s.len - 1] == '.')
    {
        return 0;
    }

    for (i = 1; i < s.len; i++) {
        if (s.data[i] == '.' && s.data[i - 1] == '.') {
            return 0;
        }
    }

    return consent_check_all(s, ".-_") || s.data[0] == '[';
}


const char *
consent_check_host(consent_str_t s, consent_str_t *near, uint8_t *buf)
{
    consent_str_t  host, rest;

    *near = (consent_str_t) { 0, NULL };

    host = consent_check_parse_host("https://", s, buf);

    if (consent_check_is_hostname(s) && consent_str_eq(host, s)) {
        return NULL;
    }

    rest = s;

    while (rest.len && (rest.data[0] == '*' || rest.data[0] == '.')) {
        rest.data++;
        rest.len--;
    }

    host = s.len && memmem(s.data, s.len, "//", 2) != NULL
           ? consent_check_parse_host(s.data[0] == '/' ? "https:" : "", s,
                                      buf)
           : consent_check_parse_host("https://", rest, buf);

    if (consent_check_is_hostname(host)) {
        *near = host;
    }

    return "a host name alone, in lower case and ASCII; it covers its "
           "subdomains";
}

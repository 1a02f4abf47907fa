/*
 * The syntax of JSON, and where each value stands.
 */

#include <stdio.h>
#include <string.h>

#include "consent_rules_index.h"


typedef struct {
    consent_loader_t  *loader;
    consent_str_t      file;
    const uint8_t     *p;
    const uint8_t     *end;
    uint32_t           line;
    uint32_t           column;      /* in characters */
    unsigned           depth;
    consent_vec_t     *places;
} consent_scan_t;


static int consent_scan_value(consent_scan_t *scan, uint32_t key_line,
    uint32_t key_column);


static void
consent_scan_step(consent_scan_t *scan)
{
    uint8_t  c;

    c = *scan->p++;

    if (c == '\n') {
        scan->line++;
        scan->column = 1;

    } else if ((c & 0xc0) != 0x80) {
        scan->column++;
    }
}


static int
consent_scan_fault(consent_scan_t *scan, const char *expected)
{
    char             found[16];
    uint8_t          c;
    consent_place_t  place;

    place = (consent_place_t) { scan->file, scan->line, scan->column };

    if (scan->p >= scan->end) {
        consent_loader_fault(scan->loader, &place,
                             "the file ends here; expected %s", expected);
        return CONSENT_ERROR;
    }

    c = *scan->p;

    if (c == '\n' || c == '\r') {
        (void) strcpy(found, "end of line");

    } else {
        (void) snprintf(found, sizeof(found),
                        c > ' ' && c < 0x7f ? "'%c'" : "byte 0x%02x", c);
    }

    consent_loader_fault(scan->loader, &place, "found %s, expected %s", found,
                         expected);

    return CONSENT_ERROR;
}


static void
consent_scan_space(consent_scan_t *scan)
{
    while (scan->p < scan->end
           && (*scan->p == ' ' || *scan->p == '\t' || *scan->p == '\n'
               || *scan->p == '\r'))
    {
        consent_scan_step(scan);
    }
}


/* The byte that comes next, 0 at the end. */
static uint8_t
consent_scan_peek(const consent_scan_t *scan)
{
    return scan->p < scan->end ? *scan->p : 0;
}


static int
consent_scan_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}


static int
consent_scan_is_hex(uint8_t c)
{
    return consent_scan_is_digit(c) || ((c | 0x20) >= 'a'
                                        && (c | 0x20) <= 'f');
}


/* Four hexadecimal digits behind "\u". */
static int
consent_scan_unit(consent_scan_t *scan, unsigned *unit)
{
    int      i;
    uint8_t  c;

    *unit = 0;

    for (i = 0; i < 4; i++) {
        c = consent_scan_peek(scan);

        if (!consent_scan_is_hex(c)) {
            return consent_scan_fault(scan, "four hexadecimal digits behind "
                                      "\\u");
        }

        *unit = *unit << 4 | (consent_scan_is_digit(c)
                              ? c - '0' + 0u : (c | 0x20) - 'a' + 10u);
        consent_scan_step(scan);
    }

    return CONSENT_OK;
}


static int
consent_scan_escape(consent_scan_t *scan)
{
    uint8_t   c;
    unsigned  unit;

    consent_scan_step(scan);
    c = consent_scan_peek(scan);

    if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL) {
        return consent_scan_fault(scan, "one of \"\\/bfnrtu behind a "
                                  "backslash (a backslash itself is "
                                  "written twice)");
    }

    consent_scan_step(scan);

    if (c != 'u') {
        return CONSENT_OK;
    }

    if (consent_scan_unit(scan, &unit) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    if (unit == 0) {
        return consent_scan_fault(scan, "another character than \\u0000");
    }

    if (unit < 0xd800 || unit > 0xdfff) {
        return CONSENT_OK;
    }

    if (unit > 0xdbff || scan->end - scan->p < 2 || scan->p[0] != '\\'
        || scan->p[1] != 'u')
    {
        return consent_scan_fault(scan, "both halves of a surrogate pair");
    }

    consent_scan_step(scan);
    consent_scan_step(scan);

    if (consent_scan_unit(scan, &unit) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return unit >= 0xdc00 && unit <= 0xdfff
           ? CONSENT_OK
           : consent_scan_fault(scan, "the second half of a surrogate pair");
}


/* One character beyond ASCII (RFC 3629). */
static int
consent_scan_utf8(consent_scan_t *scan)
{
    size_t    n, i;
    uint8_t   c;
    uint32_t  code;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    c = *scan->p;
    n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

    if (c < 0xc2 || c > 0xf4 || (size_t) (scan->end - scan->p) < n) {
        return consent_scan_fault(scan, "UTF-8");
    }

    code = c & (0x7fu >> n);

    for (i = 1; i < n; i++) {
        if ((scan->p[i] & 0xc0) != 0x80) {
            return consent_scan_fault(scan, "UTF-8");
        }

        code = code << 6 | (scan->p[i] & 0x3f);
    }

    if (code < least[n] || code > 0x10ffff
        || (code >= 0xd800 && code <= 0xdfff))
    {
        return consent_scan_fault(scan, "UTF-8");
    }

    while (n--) {
        consent_scan_step(scan);
    }

    return CONSENT_OK;
}


static int
consent_scan_string(consent_scan_t *scan)
{
    int      rc;
    uint8_t  c;

    consent_scan_step(scan);

    for ( ;; ) {
        if (scan->p == scan->end) {
            return consent_scan_fault(scan, "'\"' at the end of the string");
        }

        c = *scan->p;
        rc = CONSENT_OK;

        if (c == '"') {
            consent_scan_step(scan);
            return CONSENT_OK;
        }

        if (c == '\\') {
            rc = consent_scan_escape(scan);

        } else if (c < ' ') {
            return consent_scan_fault(scan, "'\"' at the end of the string, "
                                      "or an escape such as \\n");

        } else if (c >= 0x80) {
            rc = consent_scan_utf8(scan);

        } else {
            consent_scan_step(scan);
        }

        if (rc != CONSENT_OK) {
            return rc;
        }
    }
}


static int
consent_scan_digits(consent_scan_t *scan)
{
    if (!consent_scan_is_digit(consent_scan_peek(scan))) {
        return consent_scan_fault(scan, "a digit");
    }

    while (consent_scan_is_digit(consent_scan_peek(scan))) {
        consent_scan_step(scan);
    }

    return CONSENT_OK;
}


static int
consent_scan_number(consent_scan_t *scan)
{
    int  rc;

    if (consent_scan_peek(scan) == '-') {
        consent_scan_step(scan);
    }

    if (consent_scan_peek(scan) == '0') {
        consent_scan_step(scan);

        if (consent_scan_is_digit(consent_scan_peek(scan))) {
            return consent_scan_fault(scan, "no digit behind a leading 0");
        }

        rc = CONSENT_OK;

    } else {
        rc = consent_scan_digits(scan);
    }

    if (rc == CONSENT_OK && consent_scan_peek(scan) == '.') {
        consent_scan_step(scan);
        rc = consent_scan_digits(scan);
    }

    if (rc == CONSENT_OK && (consent_scan_peek(scan) | 0x20) == 'e') {
        consent_scan_step(scan);

        if (consent_scan_peek(scan) == '+' || consent_scan_peek(scan) == '-')
        {
            consent_scan_step(scan);
        }

        rc = consent_scan_digits(scan);
    }

    return rc;
}


static int
consent_scan_literal(consent_scan_t *scan)
{
    size_t              i, len;
    static const char  *const literals[] = { "true", "false", "null" };

    for (i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
        len = strlen(literals[i]);

        if ((size_t) (scan->end - scan->p) >= len
            && memcmp(scan->p, literals[i], len) == 0)
        {
            while (len--) {
                consent_scan_step(scan);
            }

            return CONSENT_OK;
        }
    }

    return consent_scan_fault(scan, "a value");
}


static int
consent_scan_member(consent_scan_t *scan)
{
    uint32_t  line, column;

    line = scan->line;
    column = scan->column;

    if (consent_scan_peek(scan) != '"') {
        return consent_scan_fault(scan, "a key in double quotes");
    }

    if (consent_scan_string(scan) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    consent_scan_space(scan);

    if (consent_scan_peek(scan) != ':') {
        return consent_scan_fault(scan, "':' behind the key");
    }

    consent_scan_step(scan);

    return consent_scan_value(scan, line, column);
}


/* An array or object, at its opening bracket. */
static int
consent_scan_list(consent_scan_t *scan, uint8_t close)
{
    int  rc;

    consent_scan_step(scan);
    consent_scan_space(scan);

    if (consent_scan_peek(scan) == close) {
        consent_scan_step(scan);
        return CONSENT_OK;
    }

    for ( ;; ) {
        rc = close == '}' ? consent_scan_member(scan)
                          : consent_scan_value(scan, 0, 0);
        if (rc != CONSENT_OK) {
            return rc;
        }

        consent_scan_space(scan);

        if (consent_scan_peek(scan) == close) {
            consent_scan_step(scan);
            return CONSENT_OK;
        }

        if (consent_scan_peek(scan) != ',') {
            return consent_scan_fault(scan, close == '}' ? "',' or '}'"
                                                         : "',' or ']'");
        }

        consent_scan_step(scan);
        consent_scan_space(scan);

        if (consent_scan_peek(scan) == close) {
            return consent_scan_fault(scan, close == '}'
                                      ? "a key in double quotes behind ','"
                                      : "a value behind ','");
        }
    }
}


static int
consent_scan_nested(consent_scan_t *scan, uint8_t close)
{
    int  rc;

    if (scan->depth == CONSENT_RULES_DEPTH_MAX) {
        return consent_scan_fault(scan, "a value that is nested less deeply "
                                  "(16 at most)");
    }

    scan->depth++;
    rc = consent_scan_list(scan, close);
    scan->depth--;

    return rc;
}


static int
consent_scan_value(consent_scan_t *scan, uint32_t key_line,
    uint32_t key_column)
{
    uint8_t                c;
    consent_json_place_t  *place;

    consent_scan_space(scan);

    place = consent_vec_push(&scan->loader->mem, scan->places,
                             sizeof(consent_json_place_t));
    if (place == NULL) {
        return consent_scan_fault(scan, "more memory than there is");
    }

    place->line = scan->line;
    place->column = scan->column;
    place->key_line = key_line;
    place->key_column = key_column;

    c = consent_scan_peek(scan);

    switch (c) {
    case '{':
        return consent_scan_nested(scan, '}');
    case '[':
        return consent_scan_nested(scan, ']');
    case '"':
        return consent_scan_string(scan);
    case '-':
        return consent_scan_number(scan);
    default:
        return consent_scan_is_digit(c) ? consent_scan_number(scan)
                                        : consent_scan_literal(scan);
    }
}


int
consent_rules_scan(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, consent_vec_t *places)
{
    consent_scan_t  scan;

    memset(&scan, 0, sizeof(consent_scan_t));

    scan.loader = loader;
    scan.file = file;
    scan.p = text.data;
    scan.end = text.data + text.len;
    scan.line = 1;
    scan.column = 1;
    scan.places = places;

    if (consent_scan_value(&scan, 0, 0) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    consent_scan_space(&scan);

    if (scan.p < scan.end) {
        return consent_scan_fault(&scan, "nothing behind the first value");
    }

    return CONSENT_OK;
}

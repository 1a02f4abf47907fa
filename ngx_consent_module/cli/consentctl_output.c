/*
 * What is written, and where to: answers, complaints, colour.
 */

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "consentctl.h"


consent_str_t
consentctl_str(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
}


int
consentctl_str_cmp(consent_str_t a, consent_str_t b)
{
    int     rc;
    size_t  len;

    len = a.len < b.len ? a.len : b.len;
    rc = len ? memcmp(a.data, b.data, len) : 0;

    return rc != 0 ? rc : (a.len > b.len) - (a.len < b.len);
}


const char *
consentctl_ink(const consentctl_t *ctl, consentctl_ink_t ink)
{
    static const char *const  codes[] = {
        "\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m"
    };

    return ctl->colour ? codes[ink] : "";
}


void
consentctl_error(const consentctl_t *ctl, const char *format, ...)
{
    int      n;
    char     text[1024];
    va_list  args;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    if (ctl->progress) {
        consentctl_progress_clear(ctl->progress);
    }

    fputs("consentctl", stderr);
    fprintf(stderr, ctl->command ? " %s: " : "%s: ",
            ctl->command ? ctl->command : "");
    consentctl_put(stderr, consentctl_str(n < 0 ? format : text));
    fputs((size_t) n < sizeof(text) ? "\n" : "...\n", stderr);
}


/* The word "error" would say nothing: what is no warning is one. */

void
consentctl_fault(const consentctl_t *ctl, FILE *out,
    const consent_fault_t *fault)
{
    const char  *tint, *plain;

    tint = "";
    plain = "";

    if (out == stdout) {
        tint = consentctl_ink(ctl, fault->warning ? CONSENTCTL_YELLOW
                                                  : CONSENTCTL_RED);
        plain = consentctl_ink(ctl, CONSENTCTL_PLAIN);
    }

    consentctl_put(out, fault->file);

    if (fault->line) {
        fprintf(out, ":%u", fault->line);
    }

    if (fault->line && fault->column) {
        fprintf(out, ":%u", fault->column);
    }

    fprintf(out, ": %s%s", tint, fault->warning ? "warning: " : "");
    fputs(fault->warning ? plain : "", out);
    consentctl_put(out, fault->message);
    fprintf(out, "%s\n", fault->warning ? "" : plain);
}


consent_str_t
consentctl_keys(const consentctl_t *ctl, const consent_rules_t *rules,
    uint32_t purposes, const char *separator)
{
    unsigned       i;
    consent_buf_t  b;

    if (purposes == 0) {
        return consent_str("-");
    }

    consent_buf_init(&b, ctl->mem);

    for (i = 0; i < rules->npurposes; i++) {

        if (!(purposes & (UINT32_C(1) << i))) {
            continue;
        }

        if (b.len) {
            consent_buf_add_c(&b, separator);
        }

        consent_buf_add(&b, rules->purposes[i].key);
    }

    return b.failed ? consent_str("?") : consent_buf_str(&b);
}


consent_str_t
consentctl_service(const consentctl_t *ctl, const consent_verdict_t *verdict)
{
    if (verdict->service != CONSENT_NO_SERVICE) {
        return ctl->rules->services[verdict->service].id;
    }

    return verdict->unclassified ? consent_str(CONSENT_UNCLASSIFIED)
                                 : consent_str("-");
}


consent_str_t
consentctl_place(const consentctl_t *ctl, consent_str_t file, unsigned line)
{
    consent_buf_t  b;

    if (file.len == 0) {
        return consent_str("-");
    }

    consent_buf_init(&b, ctl->mem);
    consent_buf_add(&b, file);
    consent_buf_add_c(&b, ":");
    consent_buf_add_number(&b, line);

    return b.failed ? consent_str("?") : consent_buf_str(&b);
}


void
consentctl_print(consent_str_t s)
{
    consentctl_put(stdout, s);
}


/* Controls are those of ASCII, and U+0080 to U+009F in UTF-8. */

void
consentctl_put(FILE *out, consent_str_t s)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c < 0x20 || c == 0x7f) {
            fprintf(out, "\\x%02x", c);

        } else if (c == 0xc2 && i + 1 < s.len && s.data[i + 1] < 0xa0) {
            fprintf(out, "\\x%02x", s.data[++i]);

        } else {
            putc(c, out);
        }
    }
}


const char *
consentctl_party_name(consent_party_t party)
{
    static const char *const  names[] = {
        [CONSENT_PARTY_DEFAULT] = "",
        [CONSENT_PARTY_FIRST]   = "first",
        [CONSENT_PARTY_THIRD]   = "third",
        [CONSENT_PARTY_ANY]     = "any"
    };

    return names[party];
}


const char *
consentctl_kind_name(consent_storage_kind_t kind)
{
    static const char *const  names[] = {
        [CONSENT_STORAGE_COOKIE]     = "cookie",
        [CONSENT_STORAGE_LOCAL]      = "localStorage",
        [CONSENT_STORAGE_SESSION]    = "sessionStorage",
        [CONSENT_STORAGE_INDEXED_DB] = "indexedDB",
        [CONSENT_STORAGE_CACHE]      = "cacheStorage"
    };

    return names[kind];
}


static void
consentctl_condition(consent_buf_t *b, const char *name, consent_str_t value)
{
    if (value.len) {
        consent_buf_add_c(b, b->len ? ", " : "");
        consent_buf_add_c(b, name);
        consent_buf_add_c(b, " ");
        consent_buf_add(b, value);
    }
}


consent_str_t
consentctl_rule_text(const consentctl_t *ctl, const consent_rule_t *rule)
{
    consent_buf_t  b;

    consent_buf_init(&b, ctl->mem);

    consentctl_condition(&b, "host", rule->host);
    consentctl_condition(&b, "path", rule->path);
    consentctl_condition(&b, "regex", rule->regex);
    consentctl_condition(&b, "inline", rule->inline_literal);
    consentctl_condition(&b, "party",
                        consentctl_str(consentctl_party_name(rule->party)));

    if (rule->types != CONSENT_TYPE_ANY) {
        consent_buf_add_c(&b, ", types ");
        consentctl_type_names(&b, rule->types, "", "+");
    }

    return b.failed ? consent_str("?") : consent_buf_str(&b);
}


int
consentctl_write(const consentctl_t *ctl, const consent_buf_t *b)
{
    if (b->failed) {
        consentctl_error(ctl, "no memory");
        return CONSENT_ERROR;
    }

    fwrite(b->data, 1, b->len, stdout);

    return CONSENT_OK;
}


int
consentctl_still(const consentctl_t *ctl)
{
    if (ferror(stdout)) {
        consentctl_error(ctl, "standard output cannot be written");
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


int
consentctl_done(const consentctl_t *ctl, int code)
{
    if (consentctl_still(ctl) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    if (fflush(stdout) != 0) {
        consentctl_error(ctl, "standard output cannot be written: %s",
                         strerror(errno));
        return CONSENTCTL_USAGE;
    }

    return code;
}

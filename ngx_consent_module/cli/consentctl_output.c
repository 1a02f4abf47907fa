#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "consentctl.h"


consent_str_t
consentctl_str(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
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
    va_list  args;

    fprintf(stderr, "consentctl %s: ", ctl->command);

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);

    fputc('\n', stderr);
}


void
consentctl_fault(const consentctl_t *ctl, FILE *out,
    const consent_fault_t *fault)
{
    int               tint;
    consentctl_ink_t  ink;

    tint = (out == stdout);
    ink = fault->warning ? CONSENTCTL_YELLOW : CONSENTCTL_RED;

    fprintf(out, "%.*s", (int) fault->file.len,
            (const char *) fault->file.data);

    if (fault->line) {
        fprintf(out, ":%u", fault->line);
    }

    if (fault->line && fault->column) {
        fprintf(out, ":%u", fault->column);
    }

    fprintf(out, ": %s%s:%s %.*s\n",
            tint ? consentctl_ink(ctl, ink) : "",
            fault->warning ? "warning" : "error",
            tint ? consentctl_ink(ctl, CONSENTCTL_PLAIN) : "",
            (int) fault->message.len, (const char *) fault->message.data);
}


consent_str_t
consentctl_purposes(const consentctl_t *ctl, uint32_t purposes,
    const char *separator)
{
    unsigned       i;
    consent_buf_t  b;

    if (purposes == 0) {
        return consent_str("-");
    }

    consent_buf_init(&b, ctl->mem);

    for (i = 0; i < ctl->rules->npurposes; i++) {

        if (!(purposes & (UINT32_C(1) << i))) {
            continue;
        }

        if (b.len) {
            consent_buf_add_c(&b, separator);
        }

        consent_buf_add(&b, ctl->rules->purposes[i].key);
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
    size_t  i;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] < 0x20 || s.data[i] == 0x7f) {
            printf("\\x%02x", s.data[i]);
            continue;
        }

        putchar(s.data[i]);
    }
}


int
consentctl_done(const consentctl_t *ctl, int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        consentctl_error(ctl, "cannot write: %s", strerror(errno));
        return CONSENTCTL_USAGE;
    }

    return code;
}

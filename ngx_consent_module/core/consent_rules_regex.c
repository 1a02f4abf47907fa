/*
 * Regular expressions by PCRE2, bounded: a pattern that runs into a limit
 * counts as a match, so that nothing slips through because it was too hard
 * to look at.
 */

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH  8
#include <pcre2.h>

#include "consent_rules_index.h"


#define CONSENT_REGEX_MATCH_LIMIT  20000
#define CONSENT_REGEX_DEPTH_LIMIT  1000
#define CONSENT_REGEX_HEAP_LIMIT   256      /* KiB */

/* What PCRE2 needs for one match; more comes from malloc(). */
#define CONSENT_REGEX_SCRATCH      1024


typedef struct {
    size_t   used;
    uint8_t  bytes[CONSENT_REGEX_SCRATCH] __attribute__((aligned(16)));
} consent_regex_scratch_t;


static void *
consent_regex_malloc(size_t size, void *data)
{
    void                     *p;
    consent_regex_scratch_t  *scratch;

    scratch = data;
    size = (size + 15) & ~(size_t) 15;

    if (size > CONSENT_REGEX_SCRATCH - scratch->used) {
        return malloc(size);
    }

    p = scratch->bytes + scratch->used;
    scratch->used += size;

    return p;
}


static void
consent_regex_mfree(void *p, void *data)
{
    uintptr_t                 at, from;
    consent_regex_scratch_t  *scratch;

    scratch = data;
    at = (uintptr_t) p;
    from = (uintptr_t) scratch->bytes;

    if (at < from || at >= from + CONSENT_REGEX_SCRATCH) {
        free(p);
    }
}


/* In lower case, but for escapes, which would mean something else. */
static consent_str_t
consent_regex_lower(const consent_mem_t *mem, consent_str_t pattern)
{
    size_t    i;
    uint8_t  *p;

    p = consent_alloc(mem, pattern.len + 1);

    for (i = 0; p != NULL && i < pattern.len; i++) {
        p[i] = pattern.data[i];

        if (p[i] == '\\' && i + 1 < pattern.len) {
            i++;
            p[i] = pattern.data[i];

        } else if (p[i] >= 'A' && p[i] <= 'Z') {
            p[i] |= 0x20;
        }
    }

    return (consent_str_t) { pattern.len, p };
}


int
consent_regex_compile(const consent_mem_t *mem, consent_regex_t *regex,
    consent_str_t pattern, int caseless, size_t *offset, char *error,
    size_t size)
{
    int          code;
    PCRE2_SIZE   at;
    pcre2_code  *re;

    memset(regex, 0, sizeof(consent_regex_t));

    re = pcre2_compile(pattern.data, pattern.len,
                       PCRE2_NEVER_UTF|PCRE2_NEVER_UCP
                       |PCRE2_NEVER_BACKSLASH_C
                       |(caseless ? PCRE2_CASELESS : 0),
                       &code, &at, NULL);

    if (re == NULL) {
        *offset = at;
        (void) pcre2_get_error_message(code, (PCRE2_UCHAR *) error, size);
        return CONSENT_ERROR;
    }

    regex->code = re;

    /* Without JIT the interpreter serves, under the same limits. */

    (void) pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);

    regex->caseless = caseless != 0;

    if (caseless) {
        pattern = consent_regex_lower(mem, pattern);
    }

    if (pattern.data == NULL
        || consent_regex_prefilter(mem, regex, pattern) != CONSENT_OK)
    {
        consent_regex_free(regex);
        *offset = 0;
        (void) strncpy(error, "no memory", size);
        return CONSENT_DECLINED;
    }

    return CONSENT_OK;
}


void
consent_regex_free(consent_regex_t *regex)
{
    pcre2_code_free(regex->code);
    regex->code = NULL;
}


void *
consent_regex_limits_create(void)
{
    pcre2_match_context  *limits;

    limits = pcre2_match_context_create(NULL);
    if (limits == NULL) {
        return NULL;
    }

    (void) pcre2_set_match_limit(limits, CONSENT_REGEX_MATCH_LIMIT);
    (void) pcre2_set_depth_limit(limits, CONSENT_REGEX_DEPTH_LIMIT);
    (void) pcre2_set_heap_limit(limits, CONSENT_REGEX_HEAP_LIMIT);

    return limits;
}


void
consent_regex_limits_free(void *limits)
{
    pcre2_match_context_free(limits);
}


/* Cheap conditions that every match fulfils; see consent_rules_literal.c. */
static int
consent_regex_possible(const consent_regex_t *regex, consent_str_t subject,
    consent_str_t host)
{
    size_t    rest;
    unsigned  i;

    /* From the host on: a dot behind it is not in `host`. */

    rest = (size_t) (subject.data + subject.len - host.data);

    if (regex->start.len
        && (rest < regex->start.len
            || memcmp(host.data, regex->start.data, regex->start.len) != 0))
    {
        return 0;
    }

    /* Words are in lower case, where case does not matter. */

    if (regex->nwords == 0 || regex->caseless) {
        return 1;
    }

    for (i = 0; i < regex->nwords; i++) {
        if (memmem(subject.data, subject.len, regex->words[i].data,
                   regex->words[i].len) != NULL)
        {
            return 1;
        }
    }

    return 0;
}


int
consent_regex_match(const consent_regex_t *regex, void *limits,
    consent_str_t subject, consent_str_t host)
{
    int                        rc;
    pcre2_match_data          *match;
    pcre2_general_context     *general;
    consent_regex_scratch_t    scratch;

    if (!consent_regex_possible(regex, subject, host)) {
        return 0;
    }

    /* Match data is written to, so it can't be shared; it lives here. */

    scratch.used = 0;

    general = pcre2_general_context_create(consent_regex_malloc,
                                           consent_regex_mfree, &scratch);
    if (general == NULL) {
        return -1;
    }

    match = pcre2_match_data_create(1, general);
    rc = PCRE2_ERROR_NOMEMORY;

    if (match != NULL) {
        rc = pcre2_match(regex->code, subject.data, subject.len, 0, 0, match,
                         limits);
        pcre2_match_data_free(match);
    }

    pcre2_general_context_free(general);

    if (rc == PCRE2_ERROR_NOMATCH) {
        return 0;
    }

    return rc < 0 ? -1 : 1;
}

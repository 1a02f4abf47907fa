/*
 * For unit tests: memory, and a rule set made from JSON text.
 */

#ifndef UNIT_RULES_H
#define UNIT_RULES_H


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consent_base.h"
#include "consent_choice.h"
#include "consent_rules.h"


/* Blocks that are freed when a test program ends. */

typedef struct unit_block_s  unit_block_t;

struct unit_block_s {
    unit_block_t  *next;
    max_align_t    data[];
};

static unit_block_t  *unit_blocks;
static int            unit_no_memory;


static void *
unit_alloc(void *data, size_t size)
{
    unit_block_t  *block;

    (void) data;

    if (unit_no_memory) {
        return NULL;
    }

    block = malloc(sizeof(unit_block_t) + size);
    assert_non_null(block);

    block->next = unit_blocks;
    unit_blocks = block;

    return block->data;
}


static inline void
unit_free(void)
{
    unit_block_t  *block;

    while (unit_blocks) {
        block = unit_blocks;
        unit_blocks = block->next;
        free(block);
    }
}


static const consent_mem_t  unit_mem = { unit_alloc, NULL };


static inline consent_str_t
unit_str(const char *s)
{
    return (consent_str_t) { strlen(s), (const uint8_t *) s };
}


static inline consent_str_t
unit_bytes(size_t len, const void *data)
{
    return (consent_str_t) { len, data };
}


static inline void
unit_report(void *data, const consent_fault_t *fault)
{
    (void) data;

    fprintf(stderr, "%.*s:%u:%u: %.*s\n", (int) fault->file.len,
            (const char *) fault->file.data, fault->line, fault->column,
            (int) fault->message.len, (const char *) fault->message.data);
}


/* text: the members of "services", without the brackets. */

static inline consent_rules_t *
unit_rules(const char *services)
{
    char              *text;
    consent_rules_t   *rules;
    consent_loader_t  *loader;

    assert_true(asprintf(&text, "{\"version\":1,\"services\":[%s]}",
                         services) > 0);

    loader = consent_rules_create(&unit_mem, unit_report, NULL);
    assert_non_null(loader);
    assert_int_equal(consent_rules_load_text(loader, unit_str("unit.json"),
                                             unit_str(text)), CONSENT_OK);

    rules = consent_rules_compile(loader);
    assert_non_null(rules);

    free(text);

    return rules;
}


/* Ends a group of tests whose setup left its rules in *state. */

static inline int
unit_teardown(void **state)
{
    consent_rules_destroy(*state);
    unit_free();

    return 0;
}


/* Ends one that left none. */

static inline int
unit_end(void **state)
{
    (void) state;

    unit_free();

    return 0;
}


static inline uint32_t
unit_purpose(const consent_rules_t *rules, const char *key)
{
    int  bit;

    bit = consent_rules_purpose(rules, unit_str(key));
    assert_true(bit >= 0);

    return (uint32_t) 1 << bit;
}


static inline int
unit_service(const consent_rules_t *rules, const char *id)
{
    int  service;

    service = consent_rules_service(rules, unit_str(id));
    assert_true(service >= 0);

    return service;
}


/* Who chose these purposes, under opt-in. */

static inline consent_choice_t
unit_granting(const consent_rules_t *rules, uint32_t granted)
{
    consent_choice_t      choice;

    static const uint8_t  random_id[16];

    consent_choice_make(&choice, rules, CONSENT_OPT_IN, CONSENT_ACTION_SAVE,
                        granted, NULL, 0, 0, NULL, random_id, 1);

    return choice;
}


#define unit_assert_str(s, expected)                                          \
    unit_assert_str_at(s, expected, __FILE__, __LINE__)

static inline void
unit_assert_str_at(consent_str_t s, const char *expected, const char *file,
    int line)
{
    if (!consent_str_eq(s, unit_str(expected))) {
        fail_msg("%s:%d: \"%.*s\", expected \"%s\"", file, line, (int) s.len,
                 s.len ? (const char *) s.data : "", expected);
    }
}


#endif /* UNIT_RULES_H */

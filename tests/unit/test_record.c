/*
 * Consent records: the line, its chain, and what a check of it finds.
 */

#include "unit_rules.h"

#include <cjson/cJSON.h>

#include "consent_record.h"


static const char  services[] =
    "{\"id\":\"count\",\"name\":\"Count\",\"purposes\":[\"analytics\"],"
     "\"match\":[{\"host\":\"count.test\"}]},"
    "{\"id\":\"video\",\"name\":\"Video\",\"purposes\":[\"embeds\"],"
     "\"match\":[{\"host\":\"video.test\"}]}";

static consent_rules_t  *rules;


static int
group_setup(void **state)
{
    *state = rules = unit_rules(services);

    return 0;
}


static void
make(consent_choice_t *choice, consent_action_t action)
{
    consent_override_t    override;

    static const uint8_t  random_id[16];

    override.service = unit_service(rules, "video");
    override.on = 1;

    consent_choice_make(choice, rules, CONSENT_OPT_IN, action,
                        unit_purpose(rules, "analytics"), &override, 1, 1,
                        NULL, random_id, 1790000000);
}


/* One line without its newline. */

static consent_str_t
line_of(consent_action_t action, const char *site, uint8_t *head)
{
    consent_buf_t     b;
    consent_str_t     line;
    consent_choice_t  choice;
    consent_record_t  record;

    make(&choice, action);

    record.rules = rules;
    record.choice = &choice;
    record.action = action;
    record.lang = unit_str("en");
    record.site = unit_str(site);
    record.now = 1790000000;

    consent_buf_init(&b, &unit_mem);
    assert_int_equal(consent_record_write(&b, &record, head), CONSENT_OK);

    line = consent_buf_str(&b);
    assert_true(line.len > 1);
    assert_int_equal(line.data[line.len - 1], '\n');
    line.len--;
    assert_null(memchr(line.data, '\n', line.len));

    return line;
}


static const char *
string_of(const cJSON *json, const char *key)
{
    const char  *s;

    s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
    assert_non_null(s);

    return s;
}


static int
lists(const cJSON *json, const char *key, const char *word)
{
    const cJSON  *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, key)) {
        if (strcmp(cJSON_GetStringValue(item), word) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
test_line(void **state)
{
    cJSON          *json;
    uint8_t         head[CONSENT_RECORD_HASH] = { 0 };
    consent_str_t   line;

    (void) state;

    line = line_of(CONSENT_ACTION_SAVE, "a\"b.test", head);
    json = cJSON_ParseWithLength((const char *) line.data, line.len);
    assert_non_null(json);

    assert_string_equal(string_of(json, "id"), "AAAAAAAAAAAAAAAAAAAAAA");
    assert_string_equal(string_of(json, "time"), "2026-09-21T14:13:20Z");
    assert_string_equal(string_of(json, "action"), "save");
    assert_string_equal(string_of(json, "site"), "a\"b.test");
    assert_string_equal(string_of(json, "regime"), "opt-in");
    assert_string_equal(string_of(json, "lang"), "en");
    assert_int_equal(strlen(string_of(json, "policy")), 12);
    assert_true(lists(json, "granted", "necessary"));
    assert_true(lists(json, "granted", "analytics"));
    assert_false(lists(json, "granted", "marketing"));
    assert_true(lists(json, "denied", "marketing"));
    assert_false(lists(json, "denied", "analytics"));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(
                    cJSON_GetObjectItem(json, "services"), "video")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "gpc")));
    assert_string_equal(string_of(json, "prev"),
        "0000000000000000000000000000000000000000000000000000000000000000");

    cJSON_Delete(json);
}


static void
test_chain(void **state)
{
    size_t          i;
    uint8_t         head[CONSENT_RECORD_HASH] = { 0 };
    uint8_t         check[CONSENT_RECORD_HASH] = { 0 };
    const char     *error;
    consent_str_t   line[3];

    (void) state;

    line[0] = line_of(CONSENT_ACTION_ACCEPT, "a.test", head);
    line[1] = line_of(CONSENT_ACTION_SAVE, "a.test", head);
    line[2] = line_of(CONSENT_ACTION_WITHDRAW, "a.test", head);

    for (i = 0; i < 3; i++) {
        assert_int_equal(consent_record_verify(line[i], check, &error),
                         CONSENT_OK);
    }

    assert_memory_equal(check, head, CONSENT_RECORD_HASH);

    /* a line taken out */
    memset(check, 0, CONSENT_RECORD_HASH);
    assert_int_equal(consent_record_verify(line[0], check, &error),
                     CONSENT_OK);
    assert_int_equal(consent_record_verify(line[2], check, &error),
                     CONSENT_ERROR);
    assert_non_null(strstr(error, "missing"));
    assert_int_equal(consent_record_verify(line[1], check, &error),
                     CONSENT_OK);
}


static void
test_tampering(void **state)
{
    size_t          i;
    uint8_t         head[CONSENT_RECORD_HASH] = { 0 };
    uint8_t         check[CONSENT_RECORD_HASH], *copy;
    const char     *error;
    consent_str_t   line;

    (void) state;

    line = line_of(CONSENT_ACTION_SAVE, "a.test", head);

    copy = malloc(line.len);
    assert_non_null(copy);
    memcpy(copy, line.data, line.len);

    for (i = 0; i < line.len; i++) {
        copy[i] ^= 1;
        memset(check, 0, CONSENT_RECORD_HASH);
        error = NULL;
        assert_int_equal(consent_record_verify(unit_bytes(line.len, copy),
                                               check, &error),
                         CONSENT_ERROR);
        assert_non_null(error);
        assert_int_equal(check[0], 0);
        copy[i] ^= 1;
    }

    for (i = 0; i < line.len; i++) {
        memset(check, 0, CONSENT_RECORD_HASH);
        assert_int_equal(consent_record_verify(unit_bytes(i, copy), check,
                                               &error), CONSENT_ERROR);
    }

    free(copy);
}


static void
test_head(void **state)
{
    char            tail[8192];
    size_t          n;
    uint8_t         head[CONSENT_RECORD_HASH] = { 0 };
    uint8_t         first[CONSENT_RECORD_HASH], found[CONSENT_RECORD_HASH];
    consent_str_t   a, b;

    (void) state;

    a = line_of(CONSENT_ACTION_ACCEPT, "a.test", head);
    memcpy(first, head, CONSENT_RECORD_HASH);
    b = line_of(CONSENT_ACTION_REJECT, "a.test", head);

    n = (size_t) sprintf(tail, "%.*s\n%.*s\n", (int) a.len,
                         (const char *) a.data, (int) b.len,
                         (const char *) b.data);

    assert_int_equal(consent_record_head(unit_bytes(n, tail), found),
                     CONSENT_OK);
    assert_memory_equal(found, head, CONSENT_RECORD_HASH);

    /* the start is cut off */
    assert_int_equal(consent_record_head(unit_bytes(n - 20, tail + 20),
                                         found), CONSENT_OK);
    assert_memory_equal(found, head, CONSENT_RECORD_HASH);

    /* the last line is torn */
    assert_int_equal(consent_record_head(unit_bytes(n - 20, tail), found),
                     CONSENT_OK);
    assert_memory_equal(found, first, CONSENT_RECORD_HASH);

    memset(found, 1, CONSENT_RECORD_HASH);
    assert_int_equal(consent_record_head(unit_str("x\n"), found),
                     CONSENT_DECLINED);
    assert_int_equal(found[0], 0);
    assert_int_equal(consent_record_head(unit_str(""), found),
                     CONSENT_DECLINED);
}


static void
test_no_memory(void **state)
{
    uint8_t           head[CONSENT_RECORD_HASH] = { 7 };
    consent_buf_t     b;
    consent_choice_t  choice;
    consent_record_t  record;

    (void) state;

    make(&choice, CONSENT_ACTION_ACCEPT);

    memset(&record, 0, sizeof(record));
    record.rules = rules;
    record.choice = &choice;

    consent_buf_init(&b, &unit_mem);

    unit_no_memory = 1;
    assert_int_equal(consent_record_write(&b, &record, head), CONSENT_ERROR);
    unit_no_memory = 0;

    assert_int_equal(head[0], 7);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_tampering),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_no_memory)
    };

    return cmocka_run_group_tests(tests, group_setup, unit_teardown);
}

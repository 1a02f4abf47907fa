/*
 * The tables of elements, attributes and carriers: each name is found, and not
 * passed over at first sight; the rows of an element stand side by side; and
 * the lists of URLs in values.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "consent_known.h"


static void
name_set(consent_name_t *name, const char *text)
{
    memset(name, 0, sizeof(consent_name_t));

    name->len = (uint32_t) strlen(text);
    memcpy(name->text, text, name->len);
}


/* Fails where tools/names.py was not run after a change of the names. */

static void
test_names(void **state)
{
    consent_name_t  name;

    (void) state;

#define CONSENT_TAG(id, text, flags)                                          \
    name_set(&name, text);                                                    \
    assert_int_equal(consent_tag_id(&name), CONSENT_TAG_##id);                \
    assert_int_equal(consent_tag_flags(CONSENT_TAG_##id), flags);
#include "consent_tags.h"
#undef CONSENT_TAG

#define CONSENT_ATTR(id, text)                                                \
    name_set(&name, text);                                                    \
    assert_int_equal(consent_attr_id(&name), CONSENT_ATTR_##id);
#include "consent_attrs.h"
#undef CONSENT_ATTR

    name_set(&name, "");
    assert_int_equal(consent_tag_id(&name), CONSENT_TAG_NONE);
    name_set(&name, "scripts");
    assert_int_equal(consent_tag_id(&name), CONSENT_TAG_NONE);
    name_set(&name, "srcs");
    assert_int_equal(consent_attr_id(&name), CONSENT_ATTR_NONE);

    /* event handlers, of any length */

    name_set(&name, "onclick");
    assert_int_equal(consent_attr_id(&name), CONSENT_ATTR_HANDLER);
    name_set(&name, "oncontentvisibil");
    name.len = 40;
    assert_int_equal(consent_attr_id(&name), CONSENT_ATTR_HANDLER);
    name_set(&name, "o");
    assert_int_equal(consent_attr_id(&name), CONSENT_ATTR_NONE);
    name_set(&name, "data-on");
    assert_int_equal(consent_attr_id(&name), CONSENT_ATTR_NONE);

    /* longer than what is kept of it */

    name_set(&name, "annotation-xml");
    name.len = 40;
    assert_int_equal(consent_tag_id(&name), CONSENT_TAG_NONE);
}


/* 1 if the first look passes over a name, or over one that differs only in
   the case of its letters. */

static unsigned
dull(const uint32_t *table, const char *name)
{
    size_t    i, len;
    uint8_t   mixed[32];
    unsigned  bits, found;

    len = strlen(name);
    found = 0;

    for (bits = 0; bits < 8; bits++) {

        for (i = 0; i <= len; i++) {
            mixed[i] = (uint8_t) name[i];

            if (bits >> i % 3 & 1 && name[i] >= 'a' && name[i] <= 'z') {
                mixed[i] &= 0xdf;
            }
        }

        found |= consent_known_is_dull(table, mixed, len);
    }

    return found;
}


static const char *
dull_name(consent_str_t s, char *name)
{
    memcpy(name, s.data, s.len);
    name[s.len] = '\0';

    return name;
}


static void
test_dull(void **state)
{
    char      name[32];
    size_t    n;
    unsigned  look, special;

    (void) state;

#define CONSENT_TAG(id, text, flags)                                          \
    assert_false((flags) & CONSENT_IS_TOLD                                    \
                 && dull(consent_tag_dull, text));
#include "consent_tags.h"
#undef CONSENT_TAG

#define CONSENT_ATTR(id, text)                                                \
    assert_false(dull(consent_attr_dull, text));
#include "consent_attrs.h"
#undef CONSENT_ATTR

    /* who looks only for what may stand on any element sees each row, if not
       by that then by the element */

#define CONSENT_CARRIER(tag, attr, value, when, type, instead)                \
    look = dull(consent_look_dull, dull_name(consent_attr_name(               \
                CONSENT_WHEN_##when == CONSENT_WHEN_REFRESH                   \
                ? CONSENT_ATTR_HTTP_EQUIV : CONSENT_ATTR_##attr), name));     \
    special = CONSENT_TAG_##tag != CONSENT_TAG_NONE                           \
              && !dull(consent_tag_dull, dull_name(consent_tag_name(          \
                                             CONSENT_TAG_##tag), name));      \
    assert_true(special || !look);                                            \
    assert_true(special || CONSENT_TAG_##tag == CONSENT_TAG_NONE              \
                || consent_carrier_rows[CONSENT_TAG_NONE]                     \
                                       [CONSENT_ATTR_##attr] == 0);
#include "consent_carriers.h"
#undef CONSENT_CARRIER

    for (n = 2; n < sizeof(name); n++) {
        memset(name, 'x', sizeof(name));
        memcpy(name, "on", 2);
        name[n] = '\0';
        assert_false(dull(consent_attr_dull, name));
        assert_false(dull(consent_look_dull, name));
    }

    assert_false(dull(consent_tag_dull, "!--"));
    assert_false(dull(consent_attr_dull, "=\""));

    /* what most names are */

    assert_true(dull(consent_tag_dull, "a"));
    assert_true(dull(consent_tag_dull, "div"));
    assert_true(dull(consent_attr_dull, "class"));
    assert_true(dull(consent_attr_dull, "id"));
    assert_true(dull(consent_look_dull, "class"));
    assert_true(dull(consent_look_dull, "name"));
}


static unsigned
wants(uint8_t tag, uint8_t attr, const char *value)
{
    return consent_carrier_wants(tag, attr, (const uint8_t *) value,
                                 strlen(value));
}


static void
test_rows(void **state)
{
    unsigned                  i;
    const consent_carrier_t  *row;

    static const struct {
        uint8_t  tag;
        uint8_t  attr;
    } rows[] = {
#define CONSENT_CARRIER(tag, attr, value, when, type, instead)                \
        { CONSENT_TAG_##tag, CONSENT_ATTR_##attr },
#include "consent_carriers.h"
#undef CONSENT_CARRIER
    };

    (void) state;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        row = consent_carrier_find(rows[i].tag, rows[i].attr);
        assert_non_null(row);
        assert_int_equal(row->tag, rows[i].tag);
        assert_int_equal(row->attr, rows[i].attr);
    }

    assert_null(consent_carrier_find(CONSENT_TAG_DIV, CONSENT_ATTR_SRC));
    assert_non_null(consent_carrier_find(CONSENT_TAG_DIV,
                                         CONSENT_ATTR_STYLE));

    /* a link is a carrier only if it may be code that does something */

    assert_true(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, "javascript:a"));
    assert_true(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, "javascript:;;"));
    assert_false(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, "javascript:"));
    assert_false(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF,
                       "javascript:void(0)"));
    assert_true(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, "\tJ"));
    assert_true(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, "&#106;"));
    assert_false(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, "/a"));
    assert_false(wants(CONSENT_TAG_A, CONSENT_ATTR_HREF, ""));
    assert_true(wants(CONSENT_TAG_A, CONSENT_ATTR_PING, "/a"));
    assert_false(wants(CONSENT_TAG_A, CONSENT_ATTR_SRC, "javascript:"));

    /* and others only if their value may name a URL */

    assert_true(wants(CONSENT_TAG_META, CONSENT_ATTR_CONTENT, "0;url=/a"));
    assert_true(wants(CONSENT_TAG_META, CONSENT_ATTR_CONTENT, "\n.5 /a"));
    assert_true(wants(CONSENT_TAG_META, CONSENT_ATTR_CONTENT, "&#48; /a"));
    assert_false(wants(CONSENT_TAG_META, CONSENT_ATTR_CONTENT, "width=1"));
    assert_true(wants(CONSENT_TAG_USE, CONSENT_ATTR_HREF, "/a#b"));
    assert_true(wants(CONSENT_TAG_USE, CONSENT_ATTR_HREF, "&#35;b"));
    assert_false(wants(CONSENT_TAG_USE, CONSENT_ATTR_HREF, "#b"));
    assert_true(wants(CONSENT_TAG_B, CONSENT_ATTR_STYLE, "a: url(b)"));
    assert_true(wants(CONSENT_TAG_B, CONSENT_ATTR_STYLE, "--a: 'b'"));
    assert_true(wants(CONSENT_TAG_B, CONSENT_ATTR_STYLE, "a: url&lpar;b"));
    assert_false(wants(CONSENT_TAG_B, CONSENT_ATTR_STYLE, "color: red"));
    assert_false(wants(CONSENT_TAG_B, CONSENT_ATTR_STYLE, ""));

    /* elements of AMP by their service */

    assert_int_equal(consent_carrier_vendor(CONSENT_TAG_AMP_AD).len, 0);
    assert_int_not_equal(consent_carrier_vendor(CONSENT_TAG_AMP_GIST).len, 0);
}


typedef int (*next_pt)(consent_str_t value, size_t *pos, consent_str_t *url);


static void
list_check(next_pt next, const char *value, const char *expected)
{
    char           got[256];
    size_t         pos, len;
    consent_str_t  url, s;

    s = (consent_str_t) { strlen(value), (const uint8_t *) value };
    pos = 0;
    len = 0;

    while (next(s, &pos, &url) == CONSENT_OK) {
        assert_true(len + url.len + 2 < sizeof(got));
        memcpy(got + len, url.data, url.len);
        len += url.len;
        got[len++] = '|';
    }

    got[len] = '\0';
    assert_string_equal(got, expected);
}


static void
test_lists(void **state)
{
    (void) state;

    list_check(consent_srcset_next, "", "");
    list_check(consent_srcset_next, "a", "a|");
    list_check(consent_srcset_next, " a 1x , b 2x", "a|b|");
    list_check(consent_srcset_next, "a,b 2x", "a,b|");
    list_check(consent_srcset_next, "a, b 2x", "a|b|");
    list_check(consent_srcset_next, ",,a,,, b", "a|b|");
    list_check(consent_srcset_next, "a (1,2) 1x, b", "a|b|");
    list_check(consent_srcset_next, "a (1, b", "a|");
    list_check(consent_srcset_next, "data:,a 1x, b 2x", "data:,a|b|");

    list_check(consent_urls_next, " a\tb\n ", "a|b|");
    list_check(consent_urls_next, " ", "");

    list_check(consent_values_next, "", "");
    list_check(consent_values_next, "a", "a|");
    list_check(consent_values_next, " a ;\n;b c; ", "a||b c||");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_dull),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_lists)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

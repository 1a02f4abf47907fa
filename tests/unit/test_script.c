/*
 * Where lines of ours go into a script.
 */

#include "unit_rules.h"

#include "consent_script.h"


#define INSERT  ";(ours)();"


typedef struct {
    uint8_t  text[512];
    size_t   len;
    size_t   fails;         /* calls until emit() fails; 0: never */
} sink_t;


static int
emit(void *data, const uint8_t *p, size_t len, consent_span_t kind)
{
    sink_t  *sink = data;

    (void) kind;

    if (sink->fails && --sink->fails == 0) {
        return CONSENT_ERROR;
    }

    assert_true(sink->len + len <= sizeof(sink->text));
    memcpy(sink->text + sink->len, p, len);
    sink->len += len;

    return CONSENT_OK;
}


static void
begin(consent_script_t *s, sink_t *sink)
{
    memset(s, 0, sizeof(consent_script_t));
    memset(sink, 0, sizeof(sink_t));

    s->insert = consent_str(INSERT);
    s->emit = emit;
    s->data = sink;
}


static void
check(const char *in, size_t cut, size_t step, const char *out)
{
    size_t            at, n, len;
    sink_t            sink;
    consent_script_t  s;

    begin(&s, &sink);
    len = strlen(in);

    for (at = 0; at < len; at += n) {
        n = at == 0 && cut ? cut : step;
        n = n < len - at ? n : len - at;
        assert_int_equal(consent_script_feed(&s, (const uint8_t *) in + at, n,
                                             0),
                         CONSENT_OK);
    }

    assert_int_equal(consent_script_feed(&s, NULL, 0, 1), CONSENT_OK);
    unit_assert_str(((consent_str_t) { sink.len, sink.text }), out);
}


static const struct {
    const char  *in;
    const char  *out;
} cases[] = {
    { "", INSERT },
    { "a()", INSERT "a()" },
    { " \n\ta()", " \n\t" INSERT "a()" },
    { "'use strict';a()", "'use strict'" INSERT ";a()" },
    { "\"use strict\"\na()", "\"use strict\"" INSERT "\na()" },
    { "\"use strict\"", "\"use strict\"" INSERT },
    { "'use strict'/**/;a", "'use strict'" INSERT "/**/;a" },
    { "'use strict'.length", INSERT "'use strict'.length" },
    { "'use strict\";", INSERT "'use strict\";" },
    { "'use asm';a", INSERT "'use asm';a" },
    { "'use strictly';a", INSERT "'use strictly';a" },
    { "'';a", INSERT "'';a" },
    { "'use s", "'use s" },
    { "// a\n'use strict';", "// a\n'use strict'" INSERT ";" },
    { "// a", "// a\n" INSERT },
    { "//", "//\n" INSERT },
    { "// a\r'use strict'\r", "// a\r'use strict'" INSERT "\r" },
    { "// \xe2\x80\xa8" "a()", "// \xe2\x80\xa8" INSERT "a()" },
    { "// \xe2\x80\xa9" "a()", "// \xe2\x80\xa9" INSERT "a()" },
    { "// \xe2\x80\xa7" "a()", "// \xe2\x80\xa7" "a()\n" INSERT },
    { "// \xe2\xe2\x80\xa8" "a()", "// \xe2\xe2\x80\xa8" INSERT "a()" },
    { "/* 'use strict' **/ a", "/* 'use strict' **/ " INSERT "a" },
    { "/**/ /*/ */a", "/**/ /*/ */" INSERT "a" },
    { "/* a", "/* a" },
    { "/a/.test(b)", INSERT "/a/.test(b)" },
    { "/", "/" },
    { "#!/bin/node\n'use strict';", "#!/bin/node\n'use strict'" INSERT ";" },
    { "\xef\xbb\xbf" "a", "\xef\xbb\xbf" INSERT "a" },
    { "\xef\xbb\xbf#!x\na", "\xef\xbb\xbf#!x\n" INSERT "a" },
    { "\xef\xbb" "a", "\xef\xbb" INSERT "a" },
    { "import 'a';", INSERT "import 'a';" },
    { "<!-- a\nb", INSERT "<!-- a\nb" }
};


static void
test_place(void **state)
{
    size_t  i, cut, len;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = strlen(cases[i].in);

        check(cases[i].in, 0, len + 1, cases[i].out);
        check(cases[i].in, 0, 1, cases[i].out);

        for (cut = 1; cut < len; cut++) {
            check(cases[i].in, cut, len, cases[i].out);
        }
    }
}


/* What emit() says is passed on, whichever call it is. */

static void
test_emit_fails(void **state)
{
    int               rc;
    size_t            i, k;
    sink_t            sink;
    const char       *p;
    consent_script_t  s;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (k = 1; k < sizeof(sink.text); k++) {
            begin(&s, &sink);
            sink.fails = k;
            rc = CONSENT_OK;

            for (p = cases[i].in; *p && rc == CONSENT_OK; p++) {
                rc = consent_script_feed(&s, (const uint8_t *) p, 1, 0);
            }

            if (rc == CONSENT_OK) {
                rc = consent_script_feed(&s, NULL, 0, 1);
            }

            assert_int_equal(rc, sink.fails ? CONSENT_OK : CONSENT_ERROR);

            if (sink.fails) {
                break;
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_emit_fails)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

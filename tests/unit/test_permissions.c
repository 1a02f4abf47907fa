/*
 * Permissions-Policy: what is added to the site's own.
 */

#include "unit_rules.h"

#include "consent_permissions.h"


#define OURS  "browsing-topics=(), interest-cohort=(), "                      \
              "private-state-token-issuance=(), "                            \
              "private-state-token-redemption=()"


static void
test_merge(void **state)
{
    size_t         i;
    consent_buf_t  b;

    static const struct {
        const char  *site;
        const char  *kept;      /* before ours */
    } cases[] = {
        { "", "" },
        { "geolocation=()", "geolocation=(), " },
        { "geolocation=(self \"https://a.test\"), camera=*",
          "geolocation=(self \"https://a.test\"), camera=*, " },
        { "fullscreen=(self);report-to=x ,\tusb=self",
          "fullscreen=(self);report-to=x, usb=self, " },

        /* the same feature: the tightest */
        { "browsing-topics=*", "" },
        { "interest-cohort=(), camera=(), browsing-topics=(self)",
          "camera=(), " },
        { "shared-storage=(self), camera", "camera, " },
        { "browsing-topics-x=*", "browsing-topics-x=*, " },

        /* what only looks like an entry */
        { "camera=(\"https://a.test/,browsing-topics=*\")",
          "camera=(\"https://a.test/,browsing-topics=*\"), " },
        { "x=\"a\\\"b, c\", y=?1, z=:YQ==:, n=-1.5",
          "x=\"a\\\"b, c\", y=?1, z=:YQ==:, n=-1.5, " },

        /* no dictionary: browsers take nothing of it */
        { "geolocation 'self'; camera *", "" },
        { "camera=(), ", "" },
        { "camera=(self", "" },
        { "camera=(self\"x\")", "" },
        { "camera=\"x", "" },
        { "camera=\"x\\n\"", "" },
        { "camera=?2", "" },
        { "camera=", "" },
        { "Camera=()", "" },
        { "camera=()usb=()", "" },
        { "camera=();", "" },
        { "camera=();a=", "" },
        { "camera=(),,usb=()", "" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        consent_buf_init(&b, &unit_mem);
        consent_buf_add_c(&b, cases[i].kept);
        consent_buf_add_c(&b, OURS);
        consent_buf_add_c(&b, "|");
        consent_permissions_write(&b, unit_str(cases[i].site), 156);

        if (b.len % 2 == 0
            || memcmp(b.data, b.data + b.len / 2 + 1, b.len / 2) != 0)
        {
            fail_msg("%s: %.*s", cases[i].site, (int) b.len, b.data);
        }
    }
}


static void
test_versions(void **state)
{
    unsigned       i;
    consent_buf_t  b;

    static const struct {
        unsigned  chromium;
        int       all;
    } cases[] = { { 0, 1 }, { 120, 1 }, { 155, 1 }, { 156, 0 }, { 999, 0 } };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        consent_buf_init(&b, &unit_mem);
        consent_permissions_write(&b, unit_str(""), cases[i].chromium);
        consent_buf_add(&b, (consent_str_t) { 1, (const uint8_t *) "" });

        assert_int_equal(strstr((char *) b.data,
                                ", attribution-reporting=(), "
                                "join-ad-interest-group=(), "
                                "run-ad-auction=(),") != NULL,
                         cases[i].all);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_versions)
    };

    return cmocka_run_group_tests(tests, NULL, unit_end);
}

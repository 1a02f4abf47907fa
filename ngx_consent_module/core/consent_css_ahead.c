#include "consent_css_ahead.h"


static int
consent_css_ahead_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\r';
}


static void
consent_css_ahead_comment(consent_css_ahead_t *ahead, uint8_t c)
{
    if (ahead->state == CONSENT_AHEAD_MAYBE_COMMENT) {
        ahead->state = c == '*' ? CONSENT_AHEAD_COMMENT
                                : CONSENT_AHEAD_INITIAL;

    } else if (c == '*') {
        ahead->state = CONSENT_AHEAD_COMMENT_STAR;

    } else if (ahead->state == CONSENT_AHEAD_COMMENT_STAR) {
        ahead->state = c == '/' ? CONSENT_AHEAD_INITIAL
                                : CONSENT_AHEAD_COMMENT;
    }
}


static void
consent_css_ahead_name(consent_css_ahead_t *ahead, uint8_t c)
{
    static const char  import[] = "import";

    if (ahead->len < sizeof(import) - 1
        && (c | 0x20) == (uint8_t) import[ahead->len])
    {
        ahead->len++;

    } else {
        ahead->len = CONSENT_AHEAD_OTHER;
    }

    ahead->state = CONSENT_AHEAD_RULE;
}


static void
consent_css_ahead_initial(consent_css_ahead_t *ahead, uint8_t c)
{
    if (c == '@') {
        ahead->state = CONSENT_AHEAD_RULE_START;
        ahead->len = 0;

    } else if (c == '/') {
        ahead->state = CONSENT_AHEAD_MAYBE_COMMENT;

    } else if (!consent_css_ahead_space(c)) {
        ahead->state = CONSENT_AHEAD_DONE;
    }
}


int
consent_css_ahead(consent_css_ahead_t *ahead, uint8_t c)
{
    switch (ahead->state) {

    case CONSENT_AHEAD_INITIAL:
        consent_css_ahead_initial(ahead, c);
        return 0;

    case CONSENT_AHEAD_RULE_START:

        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
            consent_css_ahead_name(ahead, c);

        } else {
            ahead->state = CONSENT_AHEAD_INITIAL;
        }

        return 0;

    case CONSENT_AHEAD_RULE:
    case CONSENT_AHEAD_AFTER_RULE:
    case CONSENT_AHEAD_VALUE:
        break;

    case CONSENT_AHEAD_DONE:
        return 0;

    default:
        consent_css_ahead_comment(ahead, c);
        return 0;
    }

    if (c == ';') {
        ahead->state = CONSENT_AHEAD_INITIAL;

    } else if (consent_css_ahead_space(c)) {
        ahead->state = ahead->state == CONSENT_AHEAD_VALUE
                       ? CONSENT_AHEAD_VALUE : CONSENT_AHEAD_AFTER_RULE;

    } else if (ahead->state == CONSENT_AHEAD_RULE) {
        consent_css_ahead_name(ahead, c);

    } else if (ahead->state == CONSENT_AHEAD_AFTER_RULE) {
        ahead->state = c == '{' ? CONSENT_AHEAD_DONE : CONSENT_AHEAD_VALUE;
        return c != '{' && ahead->len == sizeof("import") - 1;
    }

    return 0;
}

/*
 * What visitors can keep of their choice: its time and number.
 */

#include <time.h>

#include "consent_ui_write.h"


/* "<div><dt>LABEL</dt><dd>" and the time. */

static void
consent_ui_put_time(consent_ui_out_t *o, int label, time_t t)
{
    char       machine[32], human[32];
    struct tm  tm;

    if (gmtime_r(&t, &tm) == NULL
        || strftime(machine, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0
        || strftime(human, sizeof(human), "%Y-%m-%d %H:%M UTC", &tm) == 0)
    {
        return;
    }

    consent_ui_put(o, "<div><dt>%t</dt><dd><time datetime=\"%r\">%r</time>"
                      "</dd></div>\n", label, machine, human);
}


/*
 * The cookie keeps what was allowed and a hash of what was asked.  So of a
 * purpose that it does not name nobody knows whether it is new; and where it
 * names all there are, services must be what changed.
 */

void
consent_ui_put_changes(consent_ui_out_t *o)
{
    uint32_t                asked, was;
    const consent_rules_t  *rules;

    rules = o->view->rules;
    asked = rules->all & ~rules->necessary;
    was = o->view->choice->was & asked;

    consent_ui_put(o, "<section class=\"again\" aria-labelledby=\"again\">\n"
                      "<h2 id=\"again\">%t</h2>\n<p>%t</p>\n",
                   CONSENT_TEXT_CHANGED, CONSENT_TEXT_ASK_AGAIN);

    if (was) {
        consent_ui_put(o, "<p><b>%t</b> ", CONSENT_TEXT_WAS_ALLOWED);
        consent_ui_put_titles(o, was);
        consent_ui_put(o, "</p>\n");
    }

    if (asked & ~was) {
        consent_ui_put(o, "<p><b>%t</b> ", CONSENT_TEXT_WAS_NOT);
        consent_ui_put_titles(o, asked & ~was);
        consent_ui_put(o, "</p>\n");
    }

    consent_ui_put(o, "<p>%t</p>\n</section>\n", CONSENT_TEXT_WAS_SERVICES);
}


/* Nothing but the cookie and the record is there to be told of, or deleted. */

void
consent_ui_put_proof(consent_ui_out_t *o)
{
    consent_str_t            id;
    const consent_choice_t  *choice;

    choice = o->view->choice;

    if (!choice->made || choice->issued == 0) {
        return;
    }

    id = (consent_str_t) { CONSENT_ID_LEN, choice->id };

    consent_ui_put(o, "<dl class=\"proof\">\n");
    consent_ui_put_time(o, CONSENT_TEXT_CHOSEN, choice->issued);

    if (o->view->max_age) {
        consent_ui_put_time(o, CONSENT_TEXT_KEPT_UNTIL,
                            choice->issued + o->view->max_age);
    }

    consent_ui_put(o, "<div><dt>%t</dt><dd><code>%i</code></dd></div>\n"
                      "</dl>\n<details>\n<summary>%t</summary>\n<p>",
                   CONSENT_TEXT_NUMBER, id, CONSENT_TEXT_KEPT);

    o->name = o->view->cookie;
    consent_ui_put(o, "%t</p>\n", CONSENT_TEXT_KEPT_COOKIE);

    if (o->view->recorded) {
        consent_ui_put(o, "<p>%t</p>\n", CONSENT_TEXT_KEPT_RECORD);
    }

    consent_ui_put(o, "<p><a href=\"%preceipt%l\" "
                      "download=\"privacy-receipt-%s.json\">%t</a></p>\n"
                      "<form method=\"post\" action=\"%pchoice%l\">\n"
                      "<input type=\"hidden\" name=\"return\" "
                      "value=\"%p?forgotten=1%m\">\n"
                      "<p>%t</p>\n<button name=\"action\" value=\"forget\">"
                      "%t</button>\n</form>\n</details>\n",
                   id, CONSENT_TEXT_RECEIPT, CONSENT_TEXT_FORGET_NOTE,
                   CONSENT_TEXT_FORGET);
}


void
consent_ui_put_contact(consent_ui_out_t *o)
{
    if (o->view->contact.len) {
        consent_ui_put(o, "<footer>\n<p><a href=\"%s\">%t</a></p>\n"
                          "</footer>\n",
                       o->view->contact, CONSENT_TEXT_CONTACT);
    }
}


void
consent_ui_refused(consent_buf_t *b, const consent_view_t *view)
{
    consent_ui_out_t  o;

    consent_ui_out_init(&o, b, view);

    consent_ui_put_page(&o, "held",
                        o.texts->text[CONSENT_TEXT_REFUSED_TITLE]);

    consent_ui_put(&o, "<main>\n<h1>%t</h1>\n<div class=\"what\"><p>%t</p>"
                       "</div>\n<p class=\"links\"><a href=\"%p%l\" "
                       "target=\"_blank\">%t</a></p>\n</main>\n</body>\n"
                       "</html>\n",
                   CONSENT_TEXT_REFUSED_TITLE, CONSENT_TEXT_REFUSED,
                   CONSENT_TEXT_TITLE);
}

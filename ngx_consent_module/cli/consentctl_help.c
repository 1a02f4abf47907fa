/* What --help says.  Each text fits a screen of 24 lines and 80 columns. */

#include <string.h>

#include "consentctl.h"


#define CONSENTCTL_HELP_RULES                                                 \
"  --rules FILE|GLOB         may repeat, later wins; default: the installed\n"\
"                            catalogue, else rules/*.json\n"

#define CONSENTCTL_HELP_LISTS                                                 \
"  --list PURPOSE FILE       one more list in Adblock Plus syntax; may repeat\n"

#define CONSENTCTL_HELP_PARTIES                                               \
"  --first-party HOST        one more host of the site; may repeat\n"         \
"  --unclassified PURPOSE    of third parties that no rule knows, or allow;\n"\
"                            default: marketing\n"

#define CONSENTCTL_HELP_PAGE                                                  \
"  --page URL                the page that asks: it decides what is the\n"    \
"                            site's own; default: https://www.example.com/\n"


typedef struct {
    const char  *command;
    const char  *text;
} consentctl_help_t;


static const consentctl_help_t  consentctl_helps[] = {

    { NULL,
"consentctl: says what ngx_consent does, with the module's own code\n"
"\n"
"usage: consentctl COMMAND [OPTION]... [ARGUMENT]...\n"
"\n"
"  lint FILE...              are these rule files right?\n"
"  explain WHAT              who is this URL, cookie:NAME or page FILE.html,\n"
"                            which rule says so, what happens to it?\n"
"  filter <page >page        what does a visitor get of this page?\n"
"  match <tsv >tsv           the verdicts on many URLs at once\n"
"  diff OLD NEW              what changed between two sets of rules, and must\n"
"                            visitors be asked again?\n"
"  purposes                  what can visitors be asked about?\n"
"  preview >page             what do visitors see, in every state?\n"
"  records verify FILE...    is the chain of consent records unbroken?\n"
"  records export FILE...    the records as CSV or JSON lines\n"
"  records stats FILE...     the records counted by day, action and purpose\n"
"\n"
"consentctl COMMAND --help says more; so does the manual, consentctl(1).\n"
"consentctl --version says which this is.\n"
"\n"
"Exit code: 0 good, 1 findings, 2 wrong usage or input that can't be read.\n"
    },

    { "lint",
"usage: consentctl lint [--strict] [--list PURPOSE FILE] FILE|GLOB...\n"
"\n"
"Checks rule files as nginx -t would, and tells every fault:\n"
"\n"
"  rules/x.json:14:9: unknown purpose \"analytic\"; did you mean "
      "\"analytics\"?\n"
"\n"
"Warnings do not stop nginx: rules that can never win or never match, regular\n"
"expressions that a host rule could replace, services that no page could\n"
"trigger or that a later file replaces, and what visitors are not told:\n"
"controller, policy, retention.\n"
"\n"
"Files of texts (consent_texts) are checked, too; a language that lacks some\n"
"is a warning.\n"
"\n"
"  --strict                  warnings count as findings too\n"
CONSENTCTL_HELP_LISTS
"\n"
"Exit code: 0 no faults, 1 faults (--strict: or warnings), 2 wrong usage, or\n"
"a file that can't be read.\n"
    },

    { "explain",
"usage: consentctl explain [OPTION]... URL|cookie:NAME|FILE.html\n"
"\n"
"Of a URL or a cookie: the rule that decides and where it stands, the rules\n"
"that it beats, service and purposes, what happens under each choice. Of a\n"
"page: a table of the third parties in it. A URL that begins with \"/\" is\n"
"one of the site's own.\n"
"\n"
CONSENTCTL_HELP_RULES
CONSENTCTL_HELP_LISTS
CONSENTCTL_HELP_PAGE
CONSENTCTL_HELP_PARTIES
"  --type TYPE               what asks for it: script, image, style, font,\n"
"                            media, frame, object, connect, ping, worker,\n"
"                            manifest, prefetch, document, form, hint, other\n"
"  --json                    the same for programs\n"
"\n"
"Exit code: 0 known, 1 something that no rule knows, 2 wrong usage or input.\n"
    },

    { "filter",
"usage: consentctl filter [OPTION]... < page > page\n"
"\n"
"Writes the page on standard input as a visitor would get it, without banner.\n"
"\n"
"  --grant PURPOSE,...|all   what the visitor allowed; default: nothing but\n"
"                            the necessary\n"
CONSENTCTL_HELP_RULES
CONSENTCTL_HELP_LISTS
CONSENTCTL_HELP_PAGE
CONSENTCTL_HELP_PARTIES
"\n"
"Exit code: 0 good, 1 the page's encoding can't be read (nothing is written),\n"
"2 wrong usage or input.\n"
    },

    { "match",
"usage: consentctl match [OPTION]... < tsv > tsv\n"
"\n"
"Reads lines of URL, page and type, separated by tabs; writes a line of\n"
"purposes, service and rule for each, in step. An empty page means the one\n"
"before, an empty type any. \"-\" stands for none, \"?\" for a line that\n"
"can't be read. On a terminal long input has a progress bar.\n"
"\n"
CONSENTCTL_HELP_RULES
CONSENTCTL_HELP_LISTS
"                            without --rules, the lists alone are asked\n"
CONSENTCTL_HELP_PARTIES
"\n"
"Exit code: 0 good, 1 lines that can't be read, 2 wrong usage or input.\n"
    },

    { "diff",
"usage: consentctl diff [OPTION]... OLD NEW\n"
"\n"
"Compares two sets of rules, each a file, a glob or a folder of *.json: what\n"
"changed for purposes, services, matchers and stored names, and whether\n"
"visitors must be asked again, and why. \"!\" marks what they must be asked\n"
"about.\n"
"\n"
"  --rules FILE|GLOB         loaded before OLD and before NEW, such as the\n"
"                            catalogue that both build on; may repeat\n"
"  --json                    the same for programs\n"
"\n"
"Exit code: 0 no difference, 1 differences, 2 wrong usage or input.\n"
    },

    { "purposes",
"usage: consentctl purposes [--rules FILE|GLOB]...\n"
"\n"
"Lists the purposes, what --grant and --unclassified take: key, number of\n"
"services, title.\n"
"\n"
CONSENTCTL_HELP_RULES
"\n"
"Exit code: 0 good, 2 wrong usage or input.\n"
    },

    { "preview",
"usage: consentctl preview [OPTION]... >FILE.html\n"
"\n"
"One page with all that visitors see: the question, the settings and what\n"
"stands for frames, in each regime and state. No script in it runs,\n"
"and nothing is sent.\n"
"\n"
"  --look PARAMETER          as in the directive consent_look, such as\n"
"                            position=corner; may repeat\n"
"  --lang TAG|all            in this language, or in all; default: en\n"
"  --page URL                the page that asks; default:\n"
"                            https://www.example.com/\n"
CONSENTCTL_HELP_RULES
"\n"
"Exit code: 0 good, 2 wrong usage, or a look that can't be read.\n"
    },

    { "records",
"usage: consentctl records verify|export|stats [OPTION]... FILE...\n"
"\n"
"Reads what consent_record wrote; of several files, the older first. \"-\" is\n"
"standard input.\n"
"\n"
"  verify     is the chain unbroken? Names the first line that was changed,\n"
"             moved, or has one missing before it\n"
"  export     the records as CSV, or with --json as JSON lines\n"
"  stats      how many records by day, action and purpose\n"
"\n"
"  --head HASH               verify: what it printed before; a line must have\n"
"                            it, so that lines missing at the end show\n"
"  --after HASH              verify: the hash that the first line follows\n"
"  --id ID                   export, stats: the records of one visitor\n"
"  --since DAY, --until DAY  export, stats: YYYY-MM-DD, UTC, both included\n"
"  --json                    for programs\n"
"\n"
"Exit code: 0 good, 1 a broken line, 2 wrong usage or input.\n"
    },
};


const char *
consentctl_help(const char *command)
{
    size_t       i;
    const char  *name;

    for (i = 0; i < sizeof(consentctl_helps) / sizeof(consentctl_helps[0]);
         i++)
    {
        name = consentctl_helps[i].command;

        if (name == command || (name && command && !strcmp(name, command))) {
            return consentctl_helps[i].text;
        }
    }

    return NULL;
}

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consentctl.h"


/* Which subcommands an option belongs to. */

#define CONSENTCTL_LINT     0x1
#define CONSENTCTL_EXPLAIN  0x2
#define CONSENTCTL_FILTER   0x4
#define CONSENTCTL_MATCH    0x8

#define CONSENTCTL_RULED                                                      \
    (CONSENTCTL_EXPLAIN|CONSENTCTL_FILTER|CONSENTCTL_MATCH)


typedef struct {
    const char         *name;
    unsigned            bit;
    int                 min;            /* operands */
    int                 max;            /* -1: any number */
    consentctl_run_pt   run;
    const char         *usage;
} consentctl_command_t;


typedef enum {
    CONSENTCTL_VALUE = 0,
    CONSENTCTL_LIST,
    CONSENTCTL_JSON,
    CONSENTCTL_STRICT
} consentctl_kind_t;


typedef struct {
    const char         *name;
    unsigned            commands;
    consentctl_kind_t   kind;
    size_t              offset;
} consentctl_option_t;


static int consentctl_options(consentctl_t *ctl, unsigned command, int argc,
    char **argv);
static int consentctl_option(consentctl_t *ctl, unsigned command, char *arg,
    char *next);
static const consentctl_option_t *consentctl_find_option(
    const consentctl_t *ctl, unsigned command, const char *name, size_t len);
static int consentctl_set(consentctl_t *ctl, const consentctl_option_t *option,
    const char *value);
static const consentctl_command_t *consentctl_find(const char *name);
static int consentctl_colour(void);


static const char  consentctl_help[] =
"consentctl: says what ngx_consent does, with the module's own code\n"
"\n"
"  consentctl lint [--strict] FILE...    check rule files; --strict: warnings\n"
"                                        count as findings too\n"
"  consentctl explain [options] WHAT     WHAT is a URL, cookie:NAME or a file\n"
"                                        of HTML: which rule, which service,\n"
"                                        what happens under each choice\n"
"      --type TYPE                       script, image, style, frame, ...\n"
"      --json                            the same for programs\n"
"  consentctl filter [options] <in >out  a page as a visitor gets it\n"
"      --grant a,b|all                   granted purposes; default: none\n"
"  consentctl match [options] <tsv       url, page, type on each line ->\n"
"                                        purposes, service, rule\n"
"\n"
"Options of explain, filter and match:\n"
"  --rules FILE|GLOB         may repeat, later wins; default: the installed\n"
"                            catalogue, else rules/*.json\n"
"  --page URL                the page that asks; https://www.example.com/\n"
"  --first-party HOST        may repeat: another host of the site\n"
"  --unclassified PURPOSE    of third parties no rule knows, or \"allow\";\n"
"                            default: marketing\n"
"Exit code: 0 good, 1 findings, 2 usage or unreadable input.\n";


static const consentctl_command_t  consentctl_commands[] = {

    { "lint", CONSENTCTL_LINT, 1, -1, consentctl_lint,
      "lint [--strict] FILE..." },

    { "explain", CONSENTCTL_EXPLAIN, 1, 1, consentctl_explain,
      "explain [--rules FILE|GLOB] [--page URL] [--type TYPE] [--json] "
      "URL|cookie:NAME|FILE.html" },

    { "filter", CONSENTCTL_FILTER, 0, 0, consentctl_filter,
      "filter [--rules FILE|GLOB] [--grant a,b|all] [--page URL] < in > out" },

    { "match", CONSENTCTL_MATCH, 0, 0, consentctl_match,
      "match [--rules FILE|GLOB] < tsv" },

    { NULL, 0, 0, 0, NULL, NULL }
};


static const consentctl_option_t  consentctl_option_table[] = {

    { "rules", CONSENTCTL_RULED, CONSENTCTL_LIST,
      offsetof(consentctl_t, patterns) },

    { "first-party", CONSENTCTL_RULED, CONSENTCTL_LIST,
      offsetof(consentctl_t, first_party) },

    { "page", CONSENTCTL_EXPLAIN|CONSENTCTL_FILTER, CONSENTCTL_VALUE,
      offsetof(consentctl_t, page_url) },

    { "unclassified", CONSENTCTL_RULED, CONSENTCTL_VALUE,
      offsetof(consentctl_t, unclassified) },

    { "grant", CONSENTCTL_FILTER, CONSENTCTL_VALUE,
      offsetof(consentctl_t, grant) },

    { "type", CONSENTCTL_EXPLAIN, CONSENTCTL_VALUE,
      offsetof(consentctl_t, type) },

    { "json", CONSENTCTL_EXPLAIN, CONSENTCTL_JSON, 0 },

    { "strict", CONSENTCTL_LINT, CONSENTCTL_STRICT, 0 },

    { NULL, 0, CONSENTCTL_VALUE, 0 }
};


int
main(int argc, char **argv)
{
    consentctl_t                 ctl;
    const consentctl_command_t  *command;

    if (argc < 2) {
        fputs(consentctl_help, stderr);
        return CONSENTCTL_USAGE;
    }

    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0
        || strcmp(argv[1], "help") == 0)
    {
        fputs(consentctl_help, stdout);
        return CONSENTCTL_GOOD;
    }

    command = consentctl_find(argv[1]);

    if (command == NULL) {
        fprintf(stderr, "consentctl: no command \"%s\"; there are lint, "
                "explain, filter and match (see consentctl --help)\n",
                argv[1]);
        return CONSENTCTL_USAGE;
    }

    memset(&ctl, 0, sizeof(consentctl_t));

    ctl.command = command->name;
    ctl.mem = consentctl_mem();
    ctl.colour = (unsigned) consentctl_colour();

    switch (consentctl_options(&ctl, command->bit, argc - 2, argv + 2)) {

    case CONSENT_OK:
        break;

    case CONSENT_DECLINED:      /* --help */
        fputs(consentctl_help, stdout);
        return CONSENTCTL_GOOD;

    default:
        return CONSENTCTL_USAGE;
    }

    if (ctl.argc < command->min
        || (command->max >= 0 && ctl.argc > command->max))
    {
        fprintf(stderr, "usage: consentctl %s\n", command->usage);
        return CONSENTCTL_USAGE;
    }

    return command->run(&ctl);
}


static const consentctl_command_t *
consentctl_find(const char *name)
{
    const consentctl_command_t  *command;

    for (command = consentctl_commands; command->name; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }

    return NULL;
}


/* Options may stand before and behind operands; "--" ends them. */

static int
consentctl_options(consentctl_t *ctl, unsigned command, int argc, char **argv)
{
    int  i, rc;

    ctl->argv = argv;

    for (i = 0; i < argc; i++) {

        if (strcmp(argv[i], "--") == 0) {
            for (i++; i < argc; i++) {
                ctl->argv[ctl->argc++] = argv[i];
            }

            break;
        }

        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            ctl->argv[ctl->argc++] = argv[i];
            continue;
        }

        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return CONSENT_DECLINED;
        }

        rc = consentctl_option(ctl, command, argv[i],
                               i + 1 < argc ? argv[i + 1] : NULL);
        if (rc == CONSENT_ERROR) {
            return CONSENT_ERROR;
        }

        i += rc;
    }

    return CONSENT_OK;
}


/* Returns how many further arguments it took, or CONSENT_ERROR. */

static int
consentctl_option(consentctl_t *ctl, unsigned command, char *arg, char *next)
{
    int                         took;
    char                       *value;
    size_t                      len;
    const char                 *name;
    const consentctl_option_t  *option;

    name = arg[1] == '-' ? arg + 2 : arg;
    len = strcspn(name, "=");
    value = name[len] == '=' ? arg + (name - arg) + len + 1 : NULL;
    took = 0;

    option = consentctl_find_option(ctl, command, name, len);
    if (option == NULL) {
        return CONSENT_ERROR;
    }

    if (option->kind == CONSENTCTL_JSON || option->kind == CONSENTCTL_STRICT) {
        if (value != NULL) {
            consentctl_error(ctl, "--%s takes no value", option->name);
            return CONSENT_ERROR;
        }

    } else if (value == NULL) {
        if (next == NULL) {
            consentctl_error(ctl, "--%s needs a value", option->name);
            return CONSENT_ERROR;
        }

        value = next;
        took = 1;
    }

    if (consentctl_set(ctl, option, value) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return took;
}


static const consentctl_option_t *
consentctl_find_option(const consentctl_t *ctl, unsigned command,
    const char *name, size_t len)
{
    const consentctl_option_t  *option;

    for (option = consentctl_option_table; option->name; option++) {

        if ((option->commands & command) && strlen(option->name) == len
            && memcmp(option->name, name, len) == 0)
        {
            return option;
        }
    }

    fprintf(stderr, "consentctl %s: no option %s%.*s; there are",
            ctl->command, name[0] == '-' ? "" : "--", (int) len, name);

    for (option = consentctl_option_table; option->name; option++) {
        if (option->commands & command) {
            fprintf(stderr, " --%s", option->name);
        }
    }

    fputs(" --help\n", stderr);

    return NULL;
}


static int
consentctl_set(consentctl_t *ctl, const consentctl_option_t *option,
    const char *value)
{
    void               *field;
    consentctl_list_t  *list;

    field = (char *) ctl + option->offset;

    switch (option->kind) {

    case CONSENTCTL_VALUE:
        *(const char **) field = value;
        return CONSENT_OK;

    case CONSENTCTL_LIST:
        list = field;

        if (list->n == CONSENTCTL_MANY) {
            consentctl_error(ctl, "--%s stands more than %d times",
                             option->name, CONSENTCTL_MANY);
            return CONSENT_ERROR;
        }

        list->item[list->n++] = value;
        return CONSENT_OK;

    case CONSENTCTL_JSON:
        ctl->json = 1;
        return CONSENT_OK;

    case CONSENTCTL_STRICT:
        ctl->strict = 1;
        return CONSENT_OK;
    }

    return CONSENT_ERROR;
}


/* https://no-color.org: NO_COLOR, if set and not empty, turns colour off. */

static int
consentctl_colour(void)
{
    const char  *no, *term;

    no = getenv("NO_COLOR");
    term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0')
           && term != NULL && strcmp(term, "dumb") != 0;
}

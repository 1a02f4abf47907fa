/*
 * The command line: commands, and the options that each takes.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consentctl.h"
#include "consent_version.h"


/* Which subcommands an option belongs to. */

#define CONSENTCTL_LINT      0x01
#define CONSENTCTL_EXPLAIN   0x02
#define CONSENTCTL_FILTER    0x04
#define CONSENTCTL_MATCH     0x08
#define CONSENTCTL_DIFF      0x10
#define CONSENTCTL_PURPOSES  0x20
#define CONSENTCTL_RECORDS   0x40
#define CONSENTCTL_PREVIEW   0x80

#define CONSENTCTL_PAGED                                                      \
    (CONSENTCTL_EXPLAIN|CONSENTCTL_FILTER|CONSENTCTL_MATCH)
#define CONSENTCTL_RULED                                                      \
    (CONSENTCTL_PAGED|CONSENTCTL_DIFF|CONSENTCTL_PURPOSES                     \
     |CONSENTCTL_PREVIEW)
#define CONSENTCTL_LISTED  (CONSENTCTL_PAGED|CONSENTCTL_LINT)


typedef struct {
    const char         *name;
    unsigned            bit;
    int                 min;            /* operands */
    int                 max;            /* -1: any number */
    consentctl_run_pt   run;
} consentctl_command_t;


typedef enum {
    CONSENTCTL_VALUE = 0,
    CONSENTCTL_LIST,
    CONSENTCTL_PAIRS,           /* each takes two values */
    CONSENTCTL_FLAG
} consentctl_kind_t;


typedef struct {
    const char         *name;
    unsigned            commands;
    consentctl_kind_t   kind;
    size_t              offset;
} consentctl_option_t;


static int consentctl_asks_help(const char *arg);
static int consentctl_show_help(consentctl_t *ctl);
static void consentctl_no_command(const char *name);
static void consentctl_usage(const consentctl_t *ctl);
static int consentctl_options(consentctl_t *ctl, unsigned command, int argc,
    char **argv);
static int consentctl_option(consentctl_t *ctl, unsigned command, char *arg,
    char **rest);
static const consentctl_option_t *consentctl_find_option(
    const consentctl_t *ctl, unsigned command, const char *name, size_t len);
static int consentctl_set(consentctl_t *ctl, const consentctl_option_t *option,
    const char *value);
static const consentctl_command_t *consentctl_find(const char *name);
static int consentctl_colour(void);


static const consentctl_command_t  consentctl_commands[] = {
    { "lint",     CONSENTCTL_LINT,     1, -1, consentctl_lint },
    { "explain",  CONSENTCTL_EXPLAIN,  1,  1, consentctl_explain },
    { "filter",   CONSENTCTL_FILTER,   0,  0, consentctl_filter },
    { "match",    CONSENTCTL_MATCH,    0,  0, consentctl_match },
    { "diff",     CONSENTCTL_DIFF,     2,  2, consentctl_diff },
    { "purposes", CONSENTCTL_PURPOSES, 0,  0, consentctl_purposes },
    { "preview",  CONSENTCTL_PREVIEW,  0,  0, consentctl_preview },
    { "records",  CONSENTCTL_RECORDS,  2, -1, consentctl_records },
    { NULL, 0, 0, 0, NULL }
};


static const consentctl_option_t  consentctl_option_table[] = {

    { "rules", CONSENTCTL_RULED, CONSENTCTL_LIST,
      offsetof(consentctl_t, patterns) },

    { "list", CONSENTCTL_LISTED, CONSENTCTL_PAIRS,
      offsetof(consentctl_t, lists) },

    { "first-party", CONSENTCTL_PAGED, CONSENTCTL_LIST,
      offsetof(consentctl_t, first_party) },

    { "page", CONSENTCTL_EXPLAIN|CONSENTCTL_FILTER|CONSENTCTL_PREVIEW,
      CONSENTCTL_VALUE,
      offsetof(consentctl_t, page_url) },

    { "unclassified", CONSENTCTL_PAGED, CONSENTCTL_VALUE,
      offsetof(consentctl_t, unclassified) },

    { "grant", CONSENTCTL_FILTER, CONSENTCTL_VALUE,
      offsetof(consentctl_t, grant) },

    { "type", CONSENTCTL_EXPLAIN, CONSENTCTL_VALUE,
      offsetof(consentctl_t, type) },

    { "look", CONSENTCTL_PREVIEW, CONSENTCTL_LIST,
      offsetof(consentctl_t, look) },

    { "lang", CONSENTCTL_PREVIEW, CONSENTCTL_VALUE,
      offsetof(consentctl_t, lang) },

    { "after", CONSENTCTL_RECORDS, CONSENTCTL_VALUE,
      offsetof(consentctl_t, after) },

    { "head", CONSENTCTL_RECORDS, CONSENTCTL_VALUE,
      offsetof(consentctl_t, head) },

    { "id", CONSENTCTL_RECORDS, CONSENTCTL_VALUE,
      offsetof(consentctl_t, id) },

    { "since", CONSENTCTL_RECORDS, CONSENTCTL_VALUE,
      offsetof(consentctl_t, since) },

    { "until", CONSENTCTL_RECORDS, CONSENTCTL_VALUE,
      offsetof(consentctl_t, until) },

    { "json", CONSENTCTL_EXPLAIN|CONSENTCTL_DIFF|CONSENTCTL_RECORDS,
      CONSENTCTL_FLAG, offsetof(consentctl_t, json) },

    { "strict", CONSENTCTL_LINT, CONSENTCTL_FLAG,
      offsetof(consentctl_t, strict) },

    { NULL, 0, CONSENTCTL_VALUE, 0 }
};


int
main(int argc, char **argv)
{
    consentctl_t                 ctl;
    const consentctl_command_t  *command;

    memset(&ctl, 0, sizeof(consentctl_t));

    ctl.mem = consentctl_mem();
    ctl.colour = (unsigned) consentctl_colour();

    if (argc < 2) {
        fputs(consentctl_help(NULL), stderr);
        return CONSENTCTL_USAGE;
    }

    if (consentctl_asks_help(argv[1]) || strcmp(argv[1], "help") == 0) {
        ctl.command = argc > 2 ? argv[2] : NULL;
        return consentctl_show_help(&ctl);
    }

    if (strcmp(argv[1], "--version") == 0) {
        puts("consentctl " CONSENT_VERSION);
        return consentctl_done(&ctl, CONSENTCTL_GOOD);
    }

    command = consentctl_find(argv[1]);

    if (command == NULL) {
        consentctl_no_command(argv[1]);
        return CONSENTCTL_USAGE;
    }

    ctl.command = command->name;

    switch (consentctl_options(&ctl, command->bit, argc - 2, argv + 2)) {

    case CONSENT_OK:
        break;

    case CONSENT_DECLINED:      /* --help */
        return consentctl_show_help(&ctl);

    default:
        return CONSENTCTL_USAGE;
    }

    if ((ctl.argc < command->min
         && (command->bit != CONSENTCTL_LINT || ctl.lists.n == 0))
        || (command->max >= 0 && ctl.argc > command->max))
    {
        consentctl_usage(&ctl);
        return CONSENTCTL_USAGE;
    }

    return command->run(&ctl);
}


static int
consentctl_asks_help(const char *arg)
{
    return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}


static int
consentctl_show_help(consentctl_t *ctl)
{
    const char  *text;

    text = consentctl_help(ctl->command);

    if (text == NULL) {
        consentctl_no_command(ctl->command);
        return CONSENTCTL_USAGE;
    }

    fputs(text, stdout);

    return consentctl_done(ctl, CONSENTCTL_GOOD);
}


static void
consentctl_no_command(const char *name)
{
    const consentctl_command_t  *command;

    fprintf(stderr, "consentctl: no command \"%s\"; there are", name);

    for (command = consentctl_commands; command->name; command++) {
        fprintf(stderr, " %s%s", command->name, command[1].name ? "," : "");
    }

    fputs(" (see consentctl --help)\n", stderr);
}


/* How the command is to be called: the first line of its help. */

static void
consentctl_usage(const consentctl_t *ctl)
{
    const char  *text;

    text = consentctl_help(ctl->command);

    fprintf(stderr, "%.*s\n", (int) strcspn(text, "\n"), text);
    fprintf(stderr, "consentctl %s --help says more\n", ctl->command);
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

        if (consentctl_asks_help(argv[i])) {
            return CONSENT_DECLINED;
        }

        rc = consentctl_option(ctl, command, argv[i], argv + i + 1);
        if (rc == CONSENT_ERROR) {
            return CONSENT_ERROR;
        }

        i += rc;
    }

    return CONSENT_OK;
}


/* Returns how many further arguments it took, or CONSENT_ERROR. */

static int
consentctl_option(consentctl_t *ctl, unsigned command, char *arg, char **rest)
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

    if (option->kind == CONSENTCTL_FLAG) {
        if (value != NULL) {
            consentctl_error(ctl, "--%s takes no value", option->name);
            return CONSENT_ERROR;
        }

    } else if (value == NULL) {

        value = rest[0];
        took = 1;

        if (value == NULL || (value[0] == '-' && value[1] == '-')) {
            consentctl_error(ctl, "--%s needs a value", option->name);
            return CONSENT_ERROR;
        }
    }

    if (consentctl_set(ctl, option, value) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    if (option->kind != CONSENTCTL_PAIRS) {
        return took;
    }

    if (rest[took] == NULL) {
        consentctl_error(ctl, "--%s needs a purpose and a file",
                         option->name);
        return CONSENT_ERROR;
    }

    return consentctl_set(ctl, option, rest[took]) == CONSENT_OK
           ? took + 1 : CONSENT_ERROR;
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
    case CONSENTCTL_PAIRS:
        list = field;

        if (list->n == CONSENTCTL_MANY) {
            consentctl_error(ctl, "--%s stands too often", option->name);
            return CONSENT_ERROR;
        }

        list->item[list->n++] = value;
        return CONSENT_OK;

    case CONSENTCTL_FLAG:
        *(unsigned *) field = 1;
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

/*
 * consentctl: what the module would do, on the command line.
 *
 * One file a subcommand.  All memory comes from one arena that lives as long
 * as the process.
 */

#ifndef CONSENTCTL_H
#define CONSENTCTL_H


#include <stdio.h>

#include "consent_base.h"
#include "consent_charset.h"
#include "consent_choice.h"
#include "consent_rules.h"
#include "consent_url.h"


/* Exit codes. */

#define CONSENTCTL_GOOD      0
#define CONSENTCTL_FINDINGS  1
#define CONSENTCTL_USAGE     2      /* or input that could not be read */

#define CONSENTCTL_MANY      64     /* values that a repeated option takes */


typedef struct {
    unsigned     n;
    const char  *item[CONSENTCTL_MANY];
} consentctl_list_t;


/*
 * A progress bar on standard error, where that is a terminal, nothing else
 * is written to one, and input takes long.
 */

typedef struct {
    unsigned       on:1;
    unsigned       drawn:1;
    unsigned long  lines;
    uint64_t       bytes;           /* read so far */
    uint64_t       total;           /* of the input; 0: not known */
    uint64_t       start;           /* in milliseconds */
    uint64_t       last;
} consentctl_progress_t;


/* What the command line asks for, and what is made from it. */

typedef struct {
    const char             *command;

    consentctl_list_t       patterns;       /* --rules */
    consentctl_list_t       lists;          /* --list: purpose, file, … */
    consentctl_list_t       first_party;    /* --first-party */
    consentctl_list_t       look;           /* --look */
    const char             *lang;           /* --lang */
    const char             *page_url;       /* --page */
    const char             *grant;          /* --grant; NULL if not given */
    const char             *type;           /* --type */
    const char             *unclassified;   /* --unclassified */
    const char             *id;             /* --id */
    const char             *since;          /* --since */
    const char             *until;          /* --until */
    const char             *head;           /* --head */
    const char             *after;          /* --after */
    unsigned                json;
    unsigned                strict;
    unsigned                lists_alone;    /* no rule files by default */

    int                     argc;           /* operands */
    char                  **argv;

    unsigned                colour:1;
    consentctl_progress_t  *progress;       /* NULL: there is none */
    const consent_mem_t    *mem;
    const consent_rules_t  *rules;
    consent_page_t          page;
} consentctl_t;


typedef int (*consentctl_run_pt)(consentctl_t *ctl);

int consentctl_lint(consentctl_t *ctl);
int consentctl_explain(consentctl_t *ctl);
int consentctl_filter(consentctl_t *ctl);
int consentctl_match(consentctl_t *ctl);
int consentctl_diff(consentctl_t *ctl);
int consentctl_purposes(consentctl_t *ctl);
int consentctl_preview(consentctl_t *ctl);
int consentctl_records(consentctl_t *ctl);

/*
 * The help of a command; NULL: of all.  NULL if there is no such command.
 */
const char *consentctl_help(const char *command);

/* A page: the third parties in it.  See consentctl_page.c. */
int consentctl_explain_page(consentctl_t *ctl, const char *file);


/* Memory and files. */

const consent_mem_t *consentctl_mem(void);

/*
 * The whole of a file, from ctl->mem.  CONSENT_ERROR after a message on
 * standard error.
 */
int consentctl_read(const consentctl_t *ctl, const char *file,
    consent_str_t *text);


/*
 * Rules and page out of the options; both CONSENT_OK, or CONSENT_ERROR
 * after a message on standard error.
 */

int consentctl_load(consentctl_t *ctl);

/*
 * The rule set of these files and globs, and of the files of --list; NULL
 * after a message.
 */
consent_rules_t *consentctl_load_rules(consentctl_t *ctl,
    const consentctl_list_t *patterns);

/* One of them, also a pipe; CONSENT_ERROR after a report or a message. */
int consentctl_load_one(const consentctl_t *ctl, consent_loader_t *loader,
    const char *name);

/* Hands over the files of --list; what is wrong with them is reported. */
void consentctl_load_lists(const consentctl_t *ctl, consent_loader_t *loader);

/* The page's URL, its first parties, the purpose of unknown third parties. */
int consentctl_open_page(consentctl_t *ctl);

/* Says that an option's value is neither a purpose of the rules nor `also`. */
void consentctl_no_purpose(const consentctl_t *ctl, const char *option,
    const char *also, consent_str_t key);

/* Changes only the page's URL. */
int consentctl_set_page(consentctl_t *ctl, consent_str_t url);

/* A choice with these purposes granted, and no service overridden. */
void consentctl_choice(const consent_rules_t *rules,
    consent_choice_t *choice, uint32_t granted);

/*
 * The charset of a page, of which text is the beginning (1024 bytes, or all):
 * what it declares, else UTF-8.  CONSENT_ERROR after a message on standard
 * error: it can't be read.
 */
int consentctl_charset(const consentctl_t *ctl, consent_str_t text,
    consent_charset_t *charset);

/*
 * A request type's name, as rule files and the tools of browsers say it, to
 * CONSENT_TYPE_*; 0 if it is none.
 */
uint32_t consentctl_type(consent_str_t name);

/* The name of the first type in a set. */
const char *consentctl_type_name(uint32_t types);

/* The names of the types in a set, each quoted and joined as given. */
void consentctl_type_names(consent_buf_t *b, uint32_t types,
    const char *quote, const char *separator);


/* Output. */

typedef enum {
    CONSENTCTL_PLAIN = 0,
    CONSENTCTL_BOLD,
    CONSENTCTL_DIM,
    CONSENTCTL_RED,
    CONSENTCTL_GREEN,
    CONSENTCTL_YELLOW
} consentctl_ink_t;

/* The terminal's code, or "" where standard output is no terminal. */
const char *consentctl_ink(const consentctl_t *ctl, consentctl_ink_t ink);

void consentctl_error(const consentctl_t *ctl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void consentctl_fault(const consentctl_t *ctl, FILE *out,
    const consent_fault_t *fault);

/* The keys of a set of purposes, joined; "-" for none. */
consent_str_t consentctl_keys(const consentctl_t *ctl,
    const consent_rules_t *rules, uint32_t purposes, const char *separator);

/* "id", "unclassified" or "-". */
consent_str_t consentctl_service(const consentctl_t *ctl,
    const consent_verdict_t *verdict);

/* "file:line", or "-". */
consent_str_t consentctl_place(const consentctl_t *ctl, consent_str_t file,
    unsigned line);

/* The conditions of a rule: "host a.test, path /b, types script+image". */
consent_str_t consentctl_rule_text(const consentctl_t *ctl,
    const consent_rule_t *rule);

/* What rule files call a party, and a kind of storage. */
const char *consentctl_party_name(consent_party_t party);
const char *consentctl_kind_name(consent_storage_kind_t kind);

/*
 * Writes text that came from outside without control characters, which a
 * terminal would obey.
 */
void consentctl_put(FILE *out, consent_str_t s);
void consentctl_print(consent_str_t s);

/* A JSON string, and a member behind others; an empty one is left out. */
void consentctl_json_string(consent_buf_t *b, consent_str_t s);
void consentctl_json_field(consent_buf_t *b, const char *name,
    consent_str_t value);

/* A list of the keys of a set of purposes. */
void consentctl_json_purposes(consent_buf_t *b, const consent_rules_t *rules,
    uint32_t purposes);

/* The conditions of a rule, as members behind others. */
void consentctl_json_rule(consent_buf_t *b, const consent_rule_t *rule);

/* Writes b to standard output; CONSENT_ERROR after a message. */
int consentctl_write(const consentctl_t *ctl, const consent_buf_t *b);

/* CONSENT_ERROR after a message, if standard output failed. */
int consentctl_still(const consentctl_t *ctl);

/* Flushes standard output: the exit code, or CONSENTCTL_USAGE if it failed. */
int consentctl_done(const consentctl_t *ctl, int code);


/* The bar of long input. */
void consentctl_progress_start(consentctl_progress_t *progress, FILE *in);

/* After each line, n bytes long. */
void consentctl_progress_line(consentctl_progress_t *progress, size_t n);

/* Takes the bar away; consentctl_error() does so, too.  It comes back. */
void consentctl_progress_clear(consentctl_progress_t *progress);


consent_str_t consentctl_str(const char *s);

/* As memcmp(); of two that agree the shorter comes first. */
int consentctl_str_cmp(consent_str_t a, consent_str_t b);


#endif /* CONSENTCTL_H */

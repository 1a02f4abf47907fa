/*
 * Reading lists in Adblock Plus syntax, as EasyList, EasyPrivacy and AdGuard
 * write it.  Private to consent_rules_abp*.c.
 *
 * A list is read line by line, in one pass.  Each line of it is a comment, a
 * cosmetic rule (about what is in a page, not what it fetches), or a network
 * rule.  A network rule is taken over (consent_list_push()), skipped, because
 * what it asks for has no meaning on a server, or refused, because it can't
 * be understood; the two last are reported.
 */

#ifndef CONSENT_RULES_ABP_H
#define CONSENT_RULES_ABP_H


#include "consent_rules_list.h"


/* Bounds on what a list may hold; a longer line is refused. */

#define CONSENT_ABP_LINE_MAX     65535
#define CONSENT_ABP_PATTERN_MAX  1024
#define CONSENT_ABP_HOST_MAX     253
#define CONSENT_ABP_LISTS_MAX    64


/* What became of a line. */

typedef enum {
    CONSENT_ABP_RULE = 0,       /* taken over */
    CONSENT_ABP_COMMENT,
    CONSENT_ABP_COSMETIC,
    CONSENT_ABP_SKIPPED,
    CONSENT_ABP_REFUSED,
    CONSENT_ABP_NO_MEMORY
} consent_abp_result_t;


/*
 * Types beyond CONSENT_TYPE_*.  CONNECT stands for two types of lists, which
 * the URL's scheme tells apart.
 */

#define CONSENT_ABP_XHR      0x10000
#define CONSENT_ABP_SOCKET   0x20000
#define CONSENT_ABP_POPUP    0x40000

#define CONSENT_ABP_PAGES    (CONSENT_TYPE_DOCUMENT|CONSENT_TYPE_FORM)

/* What a rule without types speaks for. */
#define CONSENT_ABP_NETWORK                                                   \
    ((CONSENT_TYPE_ANY & ~(CONSENT_ABP_PAGES|CONSENT_TYPE_CONNECT))           \
     |CONSENT_ABP_XHR|CONSENT_ABP_SOCKET)


/* A rule on its way in. */

typedef struct {
    consent_loader_t      *loader;
    consent_list_rule_t    rule;
    consent_list_more_t    more;
    uint32_t               with;        /* types that are named … */
    uint32_t               without;     /* … or named with "~" */
    unsigned               named:1;     /* some option was read */
    unsigned               hiding:1;    /* speaks of cosmetic rules */
    unsigned               bad:1;       /* badfilter */
    unsigned               is_regex:1;
    uint8_t               *text;        /* CONSENT_ABP_PATTERN_MAX bytes */
    char                   why[160];    /* of what is skipped or refused */
} consent_abp_rule_t;


/* Sets rule->why, printf-like, and returns result. */
consent_abp_result_t consent_abp_because(consent_abp_rule_t *rule,
    consent_abp_result_t result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads a network rule, and hands it over. */
consent_abp_result_t consent_abp_network(consent_abp_rule_t *rule,
    consent_str_t line);

/*
 * Cuts the options off the line, and reads them into rule.  What is left is
 * the pattern with its anchors.
 */
consent_abp_result_t consent_abp_options(consent_abp_rule_t *rule,
    consent_str_t *line);

/*
 * The canonical form of a host, in mem; data is NULL and len 0 if it is
 * none, len 1 without memory.
 */
consent_str_t consent_abp_host(const consent_mem_t *mem, consent_str_t host);

/* Notes that rules with this id are not to be compiled, of whatever list. */
int consent_abp_forbid(consent_loader_t *loader, uint64_t id);

#endif /* CONSENT_RULES_ABP_H */

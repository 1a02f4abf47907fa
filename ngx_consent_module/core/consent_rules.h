/*
 * The rule set: purposes, services, and the question that all else asks:
 * which purposes, and which service, is this URL, cookie or script?
 *
 * A rule set is built once (consent_rules_create, _load, _compile), is
 * immutable after that, and may be read by any number of threads or forked
 * processes.  Everything in it lives in the consent_mem_t given to create,
 * except PCRE2's compiled code, which consent_rules_destroy() releases.
 */

#ifndef CONSENT_RULES_H
#define CONSENT_RULES_H


#include "consent_base.h"
#include "consent_url.h"


#define CONSENT_MAX_PURPOSES  32
#define CONSENT_NO_SERVICE    (-1)
#define CONSENT_NO_RULE       (-1)

/* The id that held-back elements of unknown third parties carry. */
#define CONSENT_UNCLASSIFIED  "unclassified"


/* Request types: what a request is for.  A matcher names a set of them. */

#define CONSENT_TYPE_SCRIPT    0x0001
#define CONSENT_TYPE_IMAGE     0x0002
#define CONSENT_TYPE_STYLE     0x0004
#define CONSENT_TYPE_FONT      0x0008
#define CONSENT_TYPE_MEDIA     0x0010
#define CONSENT_TYPE_FRAME     0x0020
#define CONSENT_TYPE_OBJECT    0x0040
#define CONSENT_TYPE_CONNECT   0x0080     /* fetch, XHR, WebSocket, beacon */
#define CONSENT_TYPE_PING      0x0100
#define CONSENT_TYPE_WORKER    0x0200
#define CONSENT_TYPE_MANIFEST  0x0400
#define CONSENT_TYPE_PREFETCH  0x0800
#define CONSENT_TYPE_DOCUMENT  0x1000     /* navigation, meta refresh */
#define CONSENT_TYPE_FORM      0x2000
#define CONSENT_TYPE_HINT      0x4000     /* preconnect, dns-prefetch: only
                                             the host counts, not the path */
#define CONSENT_TYPE_OTHER     0x8000
#define CONSENT_TYPE_ANY       0xffff

#define CONSENT_TYPE_PASSIVE                                                  \
    (CONSENT_TYPE_IMAGE|CONSENT_TYPE_STYLE|CONSENT_TYPE_FONT                  \
     |CONSENT_TYPE_MEDIA)


/* A text in several languages: n pairs of language tag and text. */

typedef struct {
    consent_str_t  lang;      /* BCP 47, lower case: "en", "pt-br" */
    consent_str_t  text;      /* UTF-8 */
} consent_text_t;


typedef struct {
    unsigned         n;
    consent_text_t  *item;
} consent_texts_t;


/* The text in `lang`, else in its primary language, else English, else any. */
consent_str_t consent_texts_get(const consent_texts_t *texts,
    consent_str_t lang);


typedef struct {
    consent_str_t    key;             /* [a-z][a-z0-9_]* */
    consent_texts_t  title;
    consent_texts_t  description;
    consent_texts_t  benefit;
    consent_texts_t  example;         /* of what changes; may have none */
    unsigned         necessary:1;     /* always granted */
    unsigned         gpc:1;           /* denied by Sec-GPC: 1 */
} consent_purpose_t;


typedef enum {
    CONSENT_STORAGE_COOKIE = 0,
    CONSENT_STORAGE_LOCAL,
    CONSENT_STORAGE_SESSION,
    CONSENT_STORAGE_INDEXED_DB,
    CONSENT_STORAGE_CACHE           /* by which service workers answer */
} consent_storage_kind_t;


typedef struct {
    consent_storage_kind_t  kind;
    consent_str_t           name;       /* may hold "*" */
    consent_str_t           retention;  /* ISO 8601, "session" or
                                           "persistent"; may be empty */
    unsigned                line;       /* in its service's file */
    unsigned                column;
} consent_storage_t;


/*
 * What a script of a service fills in a page, and what stays empty without
 * it.  Entries with otherwise count where a page has nothing of the others.
 */

typedef struct {
    consent_str_t  element;     /* selectors: ".g-recaptcha", "#a, #b" */
    consent_str_t  original;    /* attribute of it, or of the last one in it
                                   that has it, with the original's address;
                                   may be empty */
    consent_str_t  frame;       /* address of a frame that shows the same:
                                   "{url}" stands for that of the original,
                                   "{name}" for the last part of its path;
                                   may be empty */
    unsigned       otherwise:1;
} consent_fill_t;


typedef struct {
    consent_str_t       id;             /* [a-z0-9][a-z0-9_-]* */
    consent_str_t       name;
    consent_str_t       controller;
    consent_str_t       country;
    consent_str_t       policy_url;
    consent_str_t       placeholder;    /* kind: "video", "map", … or empty */
    consent_str_t       stubs;          /* what pages call before its script has
                                           come: "gtag dataLayer. ttq.track" */
    uint32_t            purposes;       /* bit i: purposes[i]; all needed */
    unsigned            ndata;
    consent_str_t      *data;
    unsigned            nstorage;
    consent_storage_t  *storage;
    unsigned            nfills;
    consent_fill_t     *fills;
    consent_str_t       filled;         /* consent_rules_fills(), as the value
                                           of an attribute in any charset;
                                           empty without any */
    consent_str_t       file;
    unsigned            line;
    unsigned            column;
} consent_service_t;


/* Whose URLs a matcher speaks for, seen from the page. */

typedef enum {
    CONSENT_PARTY_DEFAULT = 0,      /* third with a host alone, first with a
                                       path alone, else any */
    CONSENT_PARTY_FIRST,
    CONSENT_PARTY_THIRD,
    CONSENT_PARTY_ANY
} consent_party_t;


/*
 * One matcher, as written; what `explain` and the CSP look at.  Empty
 * strings: the condition is absent.  All conditions of one matcher must
 * hold; a literal stands alone.
 */

typedef struct {
    int              service;
    consent_str_t    host;          /* itself and its subdomains */
    consent_str_t    path;          /* prefix, over path?query if it holds a
                                       "?"; "*" matches any run */
    consent_str_t    regex;         /* over href */
    consent_str_t    inline_literal;
    consent_str_t    named;         /* the host it speaks for: `host`, else
                                       the one that the regex begins with
                                       ("^https://host/"); may be empty */
    consent_party_t  party;
    uint32_t         types;         /* CONSENT_TYPE_*; ANY if not limited */
    consent_str_t    file;
    unsigned         line;
    unsigned         column;
} consent_rule_t;


/* What became of the lines of a list. */

typedef struct {
    unsigned  rules;            /* network rules that are compiled */
    unsigned  skipped;          /* … that have no meaning on a server */
    unsigned  refused;          /* … that can't be understood */
    unsigned  cosmetic;         /* rules about what is in a page */
    unsigned  comments;         /* and empty lines */
} consent_list_count_t;


/* A list of others' making: every match of it asks for its purposes. */

typedef struct {
    consent_str_t         file;
    uint32_t              purposes;
    int                   service;  /* index of the one made for the list */
    consent_list_count_t  count;
} consent_list_t;


#define CONSENT_POLICY_LEN       12
#define CONSENT_POLICY_PURPOSES  4


typedef struct consent_rules_s  consent_rules_t;

struct consent_rules_s {
    unsigned            npurposes;
    consent_purpose_t  *purposes;   /* index = bit number */
    uint32_t            all;        /* mask of all purposes */
    uint32_t            necessary;  /* mask of those always granted */
    uint32_t            gpc;        /* mask of those that Sec-GPC denies */

    unsigned            nservices;
    consent_service_t  *services;   /* in order of loading */

    unsigned            nrules;
    consent_rule_t     *rules;

    unsigned            nlists;
    consent_list_t     *lists;

    /*
     * What a visitor is asked about, in base64url: CONSENT_POLICY_PURPOSES
     * characters for the purposes that are not necessary, the others for
     * their services.  A change of the first asks again whoever said yes.
     * So does one of the others if a site has declared what it uses, as they
     * are then of these services alone; else they are of all, and most
     * are of no concern to a site.
     */
    uint8_t             policy[CONSENT_POLICY_LEN];
    unsigned            declared:1;

    void               *index;      /* the matcher's own */
};


/* A fault in a rule file, or a warning. */

typedef struct {
    consent_str_t  file;
    unsigned       line;            /* from 1; 0: the file as a whole */
    unsigned       column;          /* from 1, in characters */
    unsigned       warning:1;
    consent_str_t  message;         /* found, expected, nearest right word */
} consent_fault_t;


/*
 * Building.  report() is called for each fault as it is found; loading goes
 * on behind a fault where it can, so that lint shows all of them.  The
 * fault lives only during the call.
 */

typedef struct consent_loader_s  consent_loader_t;

typedef void (*consent_report_pt)(void *data, const consent_fault_t *fault);

consent_loader_t *consent_rules_create(const consent_mem_t *mem,
    consent_report_pt report, void *data);

/*
 * Loads one argument of consent_rules or --rules: a file, or a glob whose
 * files are taken in the order of their names, but those called
 * *.schema.json.  A service id that stands twice in the files of one call is
 * a fault; one known from an earlier call is replaced as a whole: later wins.
 * Likewise for purposes.
 */
int consent_rules_load(consent_loader_t *loader, consent_str_t pattern);

/* Loads text that is in memory; file is its name in faults. */
int consent_rules_load_text(consent_loader_t *loader, consent_str_t file,
    consent_str_t text);

/*
 * Loads a list in Adblock Plus syntax: what its rules block asks for the
 * purpose.  A service "list:NAME" is made for it, NAME being that of the
 * file.  Each network rule that is not compiled is reported as a warning.
 *
 * How lists and rule files go together:
 *
 *  - Where a matcher of a rule file speaks for a URL, it decides.
 *  - Else the lists are asked, all as one: an exception of any undoes the
 *    rules of all, but no important rule (an important exception does).
 *  - What several lists block asks for the purposes of all of them; the
 *    service is that of the first.
 *  - What an exception undid is as if no list knew it.
 */
int consent_rules_list(consent_loader_t *loader, consent_str_t purpose,
    consent_str_t file);

/* The same with text that is in memory; file is its name in faults. */
int consent_rules_list_text(consent_loader_t *loader, consent_str_t purpose,
    consent_str_t file, consent_str_t text);

/*
 * Resolves names and builds the matcher.  If no file defined purposes, the
 * built-in ones (rules/purposes.json at the time of the build) serve.
 * NULL if any fault that is not a warning was reported, or without memory.
 * Ends the loader, and releases what it holds beyond its memory: call it
 * also when loading failed.
 */
consent_rules_t *consent_rules_compile(consent_loader_t *loader);

void consent_rules_destroy(consent_rules_t *rules);

/*
 * The same rules for a site that has declared which services it uses: their
 * policy is about these.  It shares everything else with rules, and is not to
 * be destroyed.  Ids that are not known count for nothing.  NULL without
 * memory.
 */
consent_rules_t *consent_rules_declare(const consent_mem_t *mem,
    const consent_rules_t *rules, const consent_str_t *ids, unsigned n);

/*
 * For `lint`: warns of rules that never decide since another one always
 * goes first, of rules that no URL can match, of regular expressions that a
 * host rule could replace, and of services that no page could trigger.
 * CONSENT_ERROR without memory.
 */
int consent_rules_lint(const consent_rules_t *rules, consent_report_pt report,
    void *data);

/*
 * 1 for a host that rules know by one above it, under which they know others as
 * well: what holds for all under that one may not be what holds for this.  Not
 * for "www.", which a policy can name by itself.
 */
int consent_rules_parted(const consent_rules_t *rules, consent_str_t host);

/* Bit number of a purpose, or -1. */
int consent_rules_purpose(const consent_rules_t *rules, consent_str_t key);

/*
 * Writes what a service fills, as JSON:
 *
 *   ["disqus","Disqus","comments",["embeds"],
 *    [["#disqus_thread","ORIGINAL","FRAME",OTHERWISE]]]
 */
void consent_rules_fills(consent_buf_t *b, const consent_rules_t *rules,
    const consent_service_t *service);

/* Index of a service, or CONSENT_NO_SERVICE. */
int consent_rules_service(const consent_rules_t *rules, consent_str_t id);

/*
 * For messages: the word nearest to `word` by edit distance, of n that get()
 * returns, of the purposes' keys and `also`, and of the services' ids; empty if
 * none is near enough to be what was meant.
 */
consent_str_t consent_rules_nearest(consent_str_t word, unsigned n,
    consent_str_t (*get)(const void *data, unsigned i), const void *data);
consent_str_t consent_rules_nearest_purpose(const consent_rules_t *rules,
    consent_str_t key, consent_str_t also);
consent_str_t consent_rules_nearest_service(const consent_rules_t *rules,
    consent_str_t id);


/*
 * The page that asks.  Lives as long as the response is filtered; the
 * caller fills it in once.
 */

typedef struct {
    consent_url_t         url;              /* of the page */
    consent_str_t         site;             /* consent_url_site(url.host) */
    unsigned              nfirst;
    const consent_str_t  *first_party;      /* canonical hosts, from
                                               consent_first_party */
    uint32_t              unclassified;         /* purposes of an unknown third
                                                   party; 0: allowed */
    uint32_t              unclassified_passive; /* same, of passive types */
} consent_page_t;


/* The answer. */

typedef struct {
    uint32_t  purposes;         /* all of these must be granted; 0: none */
    int       service;          /* index, or CONSENT_NO_SERVICE */
    int       rule;             /* index, or CONSENT_NO_RULE */
    uint32_t  line;             /* of the rule in the list */
    unsigned  third_party:1;
    unsigned  unclassified:1;   /* no rule knows it */
    unsigned  excepted:1;       /* list and line are those of an exception;
                                   it is as if no list knew it */

    const consent_list_t  *list;    /* the first that has it; NULL: none */
} consent_verdict_t;


/*
 * What was found out about the hosts of one page, kept for its next URLs:
 * most of them name few hosts.  All zero at first; for one page and one rule
 * set.
 */

#define CONSENT_MEMO_HOSTS   16
#define CONSENT_MEMO_NODES   4
#define CONSENT_MEMO_ALWAYS  6

typedef struct {
    uint32_t  node[CONSENT_MEMO_NODES];     /* of the index: its rules, those
                                               of its parents */
    uint8_t   n;
    uint8_t   third_party:1;
    uint8_t   quiet:1;                      /* no rule is hinted at by it */
    uint8_t   whole:1;                      /* its rules ask for no more */
    uint8_t   len;                          /* 0: empty */
    uint8_t   name[45];
} consent_memo_host_t;

#define CONSENT_MEMO_SITE    1
#define CONSENT_MEMO_SUFFIX  2

typedef struct {
    uint8_t              suffix;            /* what the page's site is */
    uint8_t              known;             /* what follows is set */
    uint8_t              many;              /* … but does not hold all */
    uint8_t              nalways;
    uint32_t             always[CONSENT_MEMO_ALWAYS];   /* for any URL */
    consent_memo_host_t  host[CONSENT_MEMO_HOSTS];
} consent_memo_t;


/* 1 if host is not of the page's registrable domain nor first_party. */
int consent_rules_third_party(const consent_page_t *page, consent_str_t host);

/*
 * Judges a URL.  types: the request's type; several bits where it can't be
 * told apart (a rule matches if it shares one).  Of the rules that match,
 * the most specific decides (regex, then longer host, longer path, limited
 * types), then the later loaded.  A matcher with a host but neither path
 * nor regex does not speak for the page's own registrable domain; one with
 * a path and no host speaks for first-party URLs only.
 *
 * Of a CONSENT_TYPE_HINT alone, only the host counts: rules that name it or
 * a parent match whatever their path, regex and types; those for the whole
 * host come first.
 *
 * A URL that is not `network` gets purposes 0.
 */
void consent_rules_match(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    consent_verdict_t *verdict);

/* The same, sooner, for one of many URLs of a page. */
void consent_rules_match_memo(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    consent_memo_t *memo, consent_verdict_t *verdict);

/*
 * The same for a URL as it stands in a page: text is as with
 * consent_url_parse(), relative to base.  Of most URLs the host decides, which
 * the memo knows.  CONSENT_OK, and *host as consent_url_parse() would tell
 * it, a slice of text or of base; else CONSENT_DECLINED: parse it.
 */
int consent_rules_match_text(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *base, consent_str_t text,
    uint32_t types, consent_memo_t *memo, consent_verdict_t *verdict,
    consent_str_t *host);

/* For `explain`: calls fn for each matching rule, the deciding one first. */
void consent_rules_match_all(const consent_rules_t *rules,
    const consent_page_t *page, const consent_url_t *url, uint32_t types,
    void (*fn)(void *data, int rule), void *data);

/*
 * Judges the name of a cookie or storage key.  CONSENT_OK and a verdict, or
 * CONSENT_DECLINED if no rule names it.  Exact names win over patterns,
 * longer patterns over shorter, later over earlier.
 */
int consent_rules_storage(const consent_rules_t *rules,
    consent_storage_kind_t kind, consent_str_t name,
    consent_verdict_t *verdict);


/*
 * Judges an inline script, fed in pieces of any size.  A rule's
 * literal counts only where it begins in code: not inside a string, a
 * template's text, a regular expression or a comment, so that data which
 * merely mentions a tracker is no loader.  A literal that begins with a
 * letter must stand at the start of a word.
 *
 * Literals and script are compared with comments and white space outside
 * strings left out (though two words are never one), all quotes written as
 * ", and \/ in strings as /.
 */

#define CONSENT_INLINE_NEST   256   /* brackets; deeper ones are not told
                                       apart */
#define CONSENT_INLINE_FOUND  8     /* services told apart in one script */

typedef struct {
    uint32_t  node;             /* of the automaton */
    uint32_t  depth;            /* of brackets */
    uint8_t   state;            /* of the JavaScript lexer */
    uint8_t   quote;            /* that ends the string */
    uint8_t   last;             /* last byte of code */
    uint8_t   before;           /* the one before it */
    uint8_t   closed;           /* kind of the bracket closed last */
    uint8_t   nword;            /* length of the last word, 12: longer */
    uint8_t   word[11];         /* last word of code, for regex or divide */
    uint8_t   ntail;
    uint8_t   tail[3];          /* what the filter has not yet looked at */
    uint8_t   gap;              /* white space since `last` */
    uint8_t   bol;              /* no code yet on this line */
    uint8_t   continued;        /* in a string, behind "\" and CR */
    unsigned  full:1;           /* more services than `found` holds */
    unsigned  blind:1;          /* the filter can't tell: all is lexed */
    uint64_t  fed;              /* bytes of the script */
    uint64_t  lexed;            /* those that the lexer has read */
    uint64_t  silent;           /* those that were no symbol, or more */
    unsigned  nfound;
    int       found[CONSENT_INLINE_FOUND];  /* rules, one a service */
    uint8_t   nest[CONSENT_INLINE_NEST];    /* kinds of open brackets */
} consent_inline_t;


void consent_inline_init(consent_inline_t *in);

/* 0 if nothing will ever be found: no rule has a literal. */
int consent_inline_searches(const consent_rules_t *rules);

/* Feeds a piece. */
void consent_inline_feed(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *data, size_t len);

/*
 * The same, but reads no further than the byte that makes a literal of one
 * more service complete; returns how much of the piece was read.
 */
size_t consent_inline_find(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *data, size_t len);

/*
 * Feeds a piece of a script whose bytes the caller keeps, so that they need to
 * be lexed only where a literal may be.  past: the in->fed bytes that were
 * fed before.
 *
 * Before the script is fed on without keeping it, what the lexer has left
 * out is settled: with the past and the piece that were fed last.
 */
void consent_inline_feed_kept(const consent_rules_t *rules,
    consent_inline_t *in, const uint8_t *past, const uint8_t *data,
    size_t len);
void consent_inline_settle(const consent_rules_t *rules, consent_inline_t *in,
    const uint8_t *past, const uint8_t *data, size_t len);

/*
 * The verdict on what was found by feeding: the purposes of all services
 * found, and the first of them as service and rule.
 */
void consent_inline_verdict(const consent_rules_t *rules,
    const consent_inline_t *in, consent_verdict_t *verdict);

/*
 * The verdict on the n-th service found, from 0; CONSENT_DECLINED behind
 * the last.  A script may run if each of them is allowed: the choice may
 * switch single services against their purposes.
 */
int consent_inline_found(const consent_rules_t *rules,
    const consent_inline_t *in, unsigned n, consent_verdict_t *verdict);


#endif /* CONSENT_RULES_H */

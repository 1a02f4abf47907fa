/*
 * What the files of the rule set share: the loader's drafts, and the index
 * that a compiled rule set is searched by.  Private to consent_rules*.c and
 * consent_inline*.c.
 */

#ifndef CONSENT_RULES_INDEX_H
#define CONSENT_RULES_INDEX_H


#include <string.h>

#include "consent_rules.h"


/* Bounds on what rule files may hold. */

#define CONSENT_RULES_FILE_MAX   (64 * 1024 * 1024)
#define CONSENT_RULES_DEPTH_MAX  16     /* nested values in JSON */
#define CONSENT_RULES_ID_MAX     64
#define CONSENT_RULES_PATH_MAX   4096   /* also of a regex */
#define CONSENT_RULES_MAX        (1 << 24)
#define CONSENT_INLINE_MAX       512    /* a literal */


/* An array that grows in the loader's memory. */

typedef struct {
    unsigned  n;
    unsigned  size;
    void     *items;
} consent_vec_t;

/* Room for one more item, zeroed; NULL without memory. */
void *consent_vec_push(const consent_mem_t *mem, consent_vec_t *vec,
    size_t item);


/*
 * Regular expressions (consent_rules_regex.c).
 */

#define CONSENT_REGEX_WORDS  8

typedef struct {
    void           *code;           /* pcre2_code */
    unsigned        caseless:1;     /* words are in lower case */
    consent_str_t   host;           /* of every match; may be empty */
    consent_str_t   start;          /* of every match's host; may be empty */
    unsigned        nwords;         /* one of them stands in every match; 0:
                                       nothing is known */
    consent_str_t   words[CONSENT_REGEX_WORDS];
} consent_regex_t;

/*
 * CONSENT_ERROR: *offset and *error say what is wrong with the pattern;
 * CONSENT_DECLINED: that there is no memory.
 */
int consent_regex_compile(const consent_mem_t *mem, consent_regex_t *regex,
    consent_str_t pattern, int caseless, size_t *offset, char *error,
    size_t size);

void consent_regex_free(consent_regex_t *regex);

/* The limits of every match; NULL without memory. */
void *consent_regex_limits_create(void);
void consent_regex_limits_free(void *limits);

/*
 * 1 if it matches, 0 if not, -1 if PCRE2 gave up.  host: as it stands in
 * subject.
 */
int consent_regex_match(const consent_regex_t *regex, void *limits,
    consent_str_t subject, consent_str_t host);

/*
 * Sets host, start and words from the pattern, which is well-formed
 * (consent_rules_literal.c).  CONSENT_ERROR without memory.
 */
int consent_regex_prefilter(const consent_mem_t *mem, consent_regex_t *regex,
    consent_str_t pattern);


/*
 * What lint says about a pattern (consent_rules_lint_regex.c).  hopeless():
 * why it can match no URL, or NULL if it may.  plain(): 1 if it only spells
 * out a host and the beginning of a path; a match entry for them is added
 * to out.
 */
const char *consent_regex_hopeless(consent_str_t pattern);
int consent_regex_plain(consent_str_t pattern, consent_buf_t *out);


/*
 * Drafts: what has been read from files.
 */

typedef struct {
    consent_str_t  name;
    consent_str_t  file;
    unsigned       line;
    unsigned       column;
} consent_ref_t;


typedef struct {
    consent_purpose_t  purpose;
    unsigned           call;        /* of consent_rules_load() */
} consent_purpose_draft_t;


typedef struct {
    consent_service_t  service;
    consent_vec_t      refs;        /* consent_ref_t: its purposes */
    consent_vec_t      data;        /* consent_str_t */
    consent_vec_t      storage;     /* consent_storage_t */
    consent_vec_t      fills;       /* consent_fill_t */
    unsigned           call;
    unsigned           replaced:1;
    unsigned           faulty:1;
} consent_service_draft_t;


typedef struct {
    consent_rule_t    rule;         /* service: index of the draft */
    consent_regex_t  *regex;
} consent_rule_draft_t;


typedef struct {
    consent_ref_t         purpose;
    consent_str_t         file;
    consent_str_t         title;        /* as its comments say; may be empty */
    consent_str_t         homepage;
    unsigned              service;      /* index of the draft */
    consent_list_count_t  count;
} consent_list_draft_t;


/* What consent_list_push() has taken, in memory from malloc(). */

typedef struct consent_list_store_s  consent_list_store_t;

void consent_list_store_free(consent_list_store_t *store);


struct consent_loader_s {
    consent_mem_t          mem;
    consent_report_pt      report;
    void                  *data;
    unsigned               faults;
    unsigned               call;
    consent_vec_t          purposes;    /* consent_purpose_draft_t */
    consent_vec_t          services;    /* consent_service_draft_t */
    consent_vec_t          rules;       /* consent_rule_draft_t */
    consent_vec_t          lists;       /* consent_list_draft_t */
    consent_list_store_t  *listed;      /* their rules; may be NULL */
    consent_vec_t          forbidden;   /* uint64_t: ids of "badfilter" */
};


typedef struct {
    consent_str_t  file;
    unsigned       line;
    unsigned       column;
} consent_place_t;

/* Reports a fault, printf-like; cut at 511 bytes. */
void consent_loader_fault(consent_loader_t *loader,
    const consent_place_t *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void consent_loader_warn(consent_loader_t *loader,
    const consent_place_t *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For "%.*s". */
#define consent_print(s)  (int) (s).len, (const char *) (s).data


/*
 * The whole file, in memory from malloc().  CONSENT_ERROR: a fault was
 * reported (consent_rules_load.c).
 */
int consent_loader_read(consent_loader_t *loader, const char *file,
    char **text, size_t *len);

/*
 * Has each file of a name or glob read: its text lives only during the call.
 * CONSENT_ERROR: a file can't be read, or read() said so of one.
 */
typedef int (*consent_read_pt)(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, void *data);

int consent_loader_files(consent_loader_t *loader, consent_str_t pattern,
    consent_read_pt read, void *data);

/* Takes out of the lists' rules what "badfilter" forbids. */
void consent_abp_forget(consent_loader_t *loader);

/* Reads the JSON text of one file (consent_rules_json.c). */
int consent_rules_read_json(consent_loader_t *loader, consent_str_t file,
    consent_str_t text);


/*
 * Where the values of a JSON text stand, in the order of their beginnings;
 * cJSON keeps no positions (consent_rules_scan.c).
 */

typedef struct {
    uint32_t  line;
    uint32_t  column;
    uint32_t  key_line;             /* 0: not a member of an object */
    uint32_t  key_column;
} consent_json_place_t;

/*
 * Checks the syntax of JSON (RFC 8259, but no NUL in strings) and its depth.
 * CONSENT_ERROR: a fault was reported.
 */
int consent_rules_scan(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, consent_vec_t *places);


/*
 * The forms of values (consent_rules_check.c).  Each returns NULL if s is
 * well-formed, else a static text: what was expected.
 */

const char *consent_check_id(consent_str_t s);
const char *consent_check_purpose_key(consent_str_t s);
const char *consent_check_text(consent_str_t s);
const char *consent_check_lang(consent_str_t s);
const char *consent_check_word(consent_str_t s);
const char *consent_check_stubs(consent_str_t s);
const char *consent_check_country(consent_str_t s);
const char *consent_check_policy_url(consent_str_t s);
const char *consent_check_retention(consent_str_t s);
const char *consent_check_date(consent_str_t s);
const char *consent_check_path(consent_str_t s);
const char *consent_check_literal(consent_str_t s);
const char *consent_check_storage_name(consent_str_t s);

/*
 * Hosts.  If s is none, *near becomes the host that was probably meant, in
 * buf of CONSENT_URL_BUF bytes, or empty.
 */
const char *consent_check_host(consent_str_t s, consent_str_t *near,
    uint8_t *buf);


/*
 * The index.  Matchers of one host stand together, the most specific first.
 * Those without a host are chained under the empty one, hosts[0].
 */

#define CONSENT_SPEAKS_FIRST  1
#define CONSENT_SPEAKS_THIRD  2

typedef struct {
    uint64_t                rank;
    consent_str_t           path;
    const consent_regex_t  *regex;
    uint32_t                rule;
    int                     service;
    uint32_t                purposes;   /* the service's */
    uint16_t                types;
    uint8_t                 party;      /* CONSENT_SPEAKS_* */
    unsigned                glob:1;     /* path holds "*" */
    unsigned                query:1;    /* path holds "?" */
    unsigned                exact:1;    /* not for subdomains */
    unsigned                whole:1;    /* neither path nor regex */
} consent_matcher_t;


typedef struct {
    consent_str_t  name;
    uint32_t       first;               /* into matchers */
    uint32_t       n;
    uint32_t       listed;              /* into the rules of lists … */
    uint32_t       nopen;               /* … any path's first … */
    uint32_t       nlisted;             /* … of all */
    unsigned       whole:1;             /* so are all its matchers */
    unsigned       parted:1;            /* matchers name hosts below it */
} consent_host_t;


/* Open addressing; value 0: the slot is empty. */

typedef struct {
    uint32_t  hash;
    uint32_t  value;                    /* index + 1 */
} consent_slot_t;

typedef struct {
    uint32_t         mask;
    unsigned         shift;
    consent_slot_t  *slots;
} consent_table_t;

/* Room for n entries; CONSENT_ERROR without memory. */
int consent_table_create(const consent_mem_t *mem, consent_table_t *table,
    uint32_t n);

/* The first slot to try; the next is one further, under the mask. */
uint32_t consent_table_slot(const consent_table_t *table, uint32_t hash);


#define CONSENT_HASH_INIT  0x811c9dc5u

/* One step of the hash of names (FNV-1a). */
static inline uint32_t
consent_hash_step(uint32_t hash, uint8_t c)
{
    return (hash ^ c) * 0x01000193u;
}


/*
 * The hash of hosts, from the right, a word of eight bytes at a time, so that
 * those of all suffixes cost little more than that of the whole.  The word
 * that is left at the front has one byte to eight, the last one on top.
 */

#define CONSENT_HOST_WORD  8

static inline uint64_t
consent_host_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;

    return hash ^ hash >> 29;
}


/* A word as it is where the first byte is the lowest. */
static inline uint64_t
consent_host_little(uint64_t word)
{
#if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    word = __builtin_bswap64(word);
#endif

    return word;
}


/* The word of n bytes from p on. */
static inline uint64_t
consent_host_word(const uint8_t *p, size_t n)
{
    uint64_t  word;

    if (n == CONSENT_HOST_WORD) {
        memcpy(&word, p, CONSENT_HOST_WORD);
        return consent_host_little(word);
    }

    for (word = 0; n--; /* void */) {
        word = word << 8 | p[n];
    }

    return word;
}


/* The hash of what hash stands for behind the front of a name of len bytes. */
static inline uint32_t
consent_host_last(uint64_t hash, uint64_t front, size_t len)
{
    return (uint32_t) (consent_host_mix(hash ^ len, front) >> 32);
}


static inline uint32_t
consent_host_hash(consent_str_t name)
{
    size_t    n;
    uint64_t  hash;

    hash = CONSENT_HASH_INIT;

    for (n = name.len; n > CONSENT_HOST_WORD; n -= CONSENT_HOST_WORD) {
        hash = consent_host_mix(hash, consent_host_word(name.data + n
                                                        - CONSENT_HOST_WORD,
                                                        CONSENT_HOST_WORD));
    }

    return consent_host_last(hash, consent_host_word(name.data, n), name.len);
}


/*
 * Hosts that something is known of.  A slot's value is that of an entry of
 * hosts, or with CONSENT_LISTED the only rule that a host has, one of a list.
 * seen: a bit for each value of the top of a hash, so that unknown hosts,
 * which most are, cost one look at few bytes.
 */

#define CONSENT_LISTED  0x80000000u

typedef struct {
    consent_table_t   table;
    unsigned          shift;
    uint32_t         *seen;
} consent_host_table_t;


typedef struct {
    consent_str_t  name;
    int            service;
    uint8_t        kind;                /* consent_storage_kind_t */
} consent_storage_name_t;


/*
 * Names of cookies and storage keys.  Patterns are grouped by their first
 * byte, those that begin with "*" under 256; group i is
 * patterns[start[i]] to patterns[start[i + 1]], the best first.
 */

typedef struct {
    consent_table_t          table;
    consent_storage_name_t  *names;
    consent_storage_name_t  *patterns;
    uint32_t                 start[258];
} consent_storage_index_t;


typedef struct consent_inline_index_s  consent_inline_index_t;


/*
 * Matchers without a host, found by four bytes ("grams") of what must stand
 * in a URL that they match (consent_rules_grams.c).
 */

#define CONSENT_GRAM  4

#define CONSENT_GRAM_LONG  8

#define CONSENT_GRAM_ANYWHERE  UINT32_MAX

typedef struct {
    uint64_t  key;                      /* the gram, or the long one */
    uint64_t  more;                     /* the bytes behind it, under … */
    uint64_t  mask;
    uint32_t  value;                    /* matcher + 1, or CONSENT_LISTED and
                                           a list's rule + 1; 0: empty */
    uint32_t  at;                       /* where in the rule's pattern, or
                                           CONSENT_GRAM_ANYWHERE */
} consent_gram_slot_t;

typedef struct {
    unsigned              shift;
    uint32_t             *seen;         /* a bit for each hash */
    uint32_t              mask;
    consent_gram_slot_t  *slots;        /* a key may stand in several */
} consent_gram_table_t;

/*
 * Heads are grams that begin with a byte that is neither an ASCII letter nor
 * a digit; only at such bytes they are looked for.  Most rules know the eight
 * bytes there, which tell more: they stand in `longer`, the rest in `shorter`.
 */

typedef struct {
    unsigned               none:1;      /* every matcher has a host */
    unsigned               slashes:1;   /* all heads begin with "/" */
    unsigned               shift;
    uint32_t              *seen;        /* a bit for each hash of a head */
    consent_gram_table_t   longer;
    consent_gram_table_t   shorter;
    consent_gram_table_t   inner;       /* looked for at each step-th byte */
    unsigned               step;        /* 0: there are none */
    uint32_t               nalways;
    uint32_t              *always;      /* values that no gram tells */
} consent_grams_t;


static inline int
consent_gram_is_alnum(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') < 26 || (uint8_t) (c - '0') < 10;
}


/* Grams are compared without case: with 0x20 set in each byte. */
static inline uint32_t
consent_gram_load(const uint8_t *p)
{
    uint32_t  gram;

    memcpy(&gram, p, CONSENT_GRAM);

    return gram | 0x20202020u;
}


static inline uint64_t
consent_gram_load_long(const uint8_t *p)
{
    uint64_t  gram;

    memcpy(&gram, p, CONSENT_GRAM_LONG);

    return gram | 0x2020202020202020u;
}


static inline uint32_t
consent_gram_hash(uint32_t gram)
{
    return gram * 0x9e3779b1u;
}


/* The hash of a key; its top is the bit of seen, the rest the slot. */
static inline uint32_t
consent_gram_key_hash(uint64_t key)
{
    return (uint32_t) (key * 0x9e3779b97f4a7c15u >> 32);
}


/* 1 if the bit of a hash is set. */
static inline int
consent_gram_seen(const uint32_t *seen, unsigned shift, uint32_t hash)
{
    hash >>= shift;

    return seen[hash / 32] >> hash % 32 & 1;
}


static inline int
consent_gram_is_key(const consent_gram_table_t *table, uint64_t key)
{
    return consent_gram_seen(table->seen, table->shift,
                             consent_gram_key_hash(key));
}


/*
 * The next slot of the key that `more`, the bytes behind it, fit; NULL: there
 * is none.  *at: the key's hash at first, and then where to go on.
 */
static inline const consent_gram_slot_t *
consent_gram_slot_next(const consent_gram_table_t *table, uint32_t *at,
    uint64_t key, uint64_t more)
{
    const consent_gram_slot_t  *slot;

    for ( ;; ) {
        slot = &table->slots[(*at)++ & table->mask];

        if (slot->value == 0) {
            return NULL;
        }

        if (slot->key == key && ((more ^ slot->more) & slot->mask) == 0) {
            return slot;
        }
    }
}


/*
 * The rules of lists (consent_rules_list_build.c).  Those of one host stand
 * together: first those that a path's first bytes do not rule out, then by
 * these bytes.
 */

typedef struct {
    uint32_t  purposes;
    uint16_t  list;
    uint16_t  types;
    uint8_t   party;                    /* CONSENT_SPEAKS_* */
    unsigned  exception:1;
    unsigned  important:1;
    unsigned  match_case:1;
    unsigned  host:1;                   /* "||": only where a label begins */
    unsigned  start:1;
    unsigned  end:1;
    unsigned  scheme:2;                 /* CONSENT_LIST_… */
    unsigned  page:1;                   /* speaks of the page's URL */
    unsigned  star:1;                   /* "*" stands in the pattern */
    unsigned  more:1;                   /* its number stands behind the text */
} consent_list_kind_t;

typedef struct {
    uint32_t  text;                     /* of its host, and its pattern */
    uint32_t  line:24;
    uint32_t  host:8;                   /* bytes of it; 0: under no host */
    uint16_t  len;                      /* bytes of what follows */
    uint16_t  kind;
} consent_listed_t;

struct consent_list_more_s;

typedef struct {
    uint32_t                     n;
    uint32_t                     nanywhere; /* under no host: come first */
    uint32_t                     nhosts;
    uint32_t                     nshared;   /* hosts of several rules */
    uint32_t                     npages;    /* rules that speak of pages */
    consent_listed_t            *rules;
    uint8_t                     *text;
    consent_list_kind_t         *kinds;
    struct consent_list_more_s **more;
    const consent_list_t        *lists;
} consent_list_index_t;


typedef struct {
    consent_mem_t             mem;
    consent_host_t           *hosts;
    uint32_t                  nhosts;
    consent_host_table_t      table;    /* of hosts */
    consent_table_t           ids;      /* of services */
    consent_matcher_t        *matchers;
    uint32_t                  nmatchers;
    consent_list_index_t      lists;
    consent_grams_t           grams;    /* of hosts[0], and of lists */
    consent_storage_index_t   storage;
    consent_inline_index_t   *literals;
    consent_regex_t         **regexes;
    uint32_t                  nregexes;
    void                     *limits;   /* of regex matches */
} consent_rules_index_t;


/* Room for n hosts and `slots` names of hosts (consent_rules_hosts.c). */
int consent_hosts_create(consent_rules_index_t *index, uint32_t n,
    uint32_t slots);

/* The entry of a host, made if there is none yet. */
uint32_t consent_hosts_add(consent_rules_index_t *index, consent_str_t name);

/* The same of one that is new; value: as a slot's. */
void consent_hosts_put(consent_rules_index_t *index, consent_str_t name,
    uint32_t value);

/* What a slot's value stands for. */
static inline consent_str_t
consent_hosts_name(const consent_rules_index_t *index, uint32_t value)
{
    const consent_listed_t  *rule;

    if (value & CONSENT_LISTED) {
        rule = &index->lists.rules[value & ~CONSENT_LISTED];

        return (consent_str_t) { rule->host, index->lists.text + rule->text };
    }

    return index->hosts[value - 1].name;
}

/* The value of a name, or 0. */
static inline uint32_t
consent_hosts_find(const consent_rules_index_t *index, consent_str_t name,
    uint32_t hash)
{
    uint32_t               at;
    consent_str_t          known;
    const consent_slot_t  *slots;

    at = hash >> index->table.shift;

    if (!(index->table.seen[at / 32] >> at % 32 & 1)) {
        return 0;
    }

    slots = index->table.table.slots;

    for (at = hash & index->table.table.mask; slots[at].value != 0;
         at = (at + 1) & index->table.table.mask)
    {
        if (slots[at].hash != hash) {
            continue;
        }

        known = consent_hosts_name(index, slots[at].value);

        if (consent_str_eq(known, name)) {
            return slots[at].value;
        }
    }

    return 0;
}


/* Sets `parted` of hosts, once all matchers are there. */
void consent_hosts_part(consent_rules_index_t *index);

/* Each builds its part of index; CONSENT_ERROR without memory. */

int consent_ids_build(consent_rules_index_t *index,
    const consent_rules_t *rules);
int consent_lists_build(consent_rules_index_t *index,
    const consent_rules_t *rules, const consent_list_store_t *store);
void consent_lists_attach(consent_rules_index_t *index);
int consent_grams_build(consent_rules_index_t *index);
int consent_storage_build(consent_rules_index_t *index,
    const consent_rules_t *rules);
int consent_inline_build(consent_rules_index_t *index,
    const consent_rules_t *rules);

/*
 * The symbols that a literal becomes: at most 4 for each byte.  Returns
 * their number.
 */
size_t consent_inline_symbols(consent_str_t literal, uint16_t *symbols);

/* Writes service->filled; CONSENT_ERROR without memory. */
int consent_rules_write_fills(const consent_mem_t *mem,
    const consent_rules_t *rules, consent_service_t *service);

/*
 * 1 if pattern, in which "*" matches any run, matches s as a whole, or a
 * prefix of s if not whole.
 */
int consent_rules_glob(consent_str_t pattern, consent_str_t s, int whole);


#endif /* CONSENT_RULES_INDEX_H */

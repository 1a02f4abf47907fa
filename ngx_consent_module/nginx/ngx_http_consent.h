
/*
 * What the files of the nginx side share: configuration, the context of a
 * request, and who provides what.
 */

#ifndef NGX_HTTP_CONSENT_H
#define NGX_HTTP_CONSENT_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "consent_base.h"
#include "consent_charset.h"
#include "consent_choice.h"
#include "consent_decode.h"
#include "consent_header.h"
#include "consent_key.h"
#include "consent_record.h"
#include "consent_reuse.h"
#include "consent_rewrite.h"
#include "consent_rules.h"
#include "consent_script.h"
#include "consent_ui.h"
#include "consent_url.h"

#include "ngx_http_consent_compat.h"


#define NGX_HTTP_CONSENT_OFF       0
#define NGX_HTTP_CONSENT_OBSERVE   1
#define NGX_HTTP_CONSENT_ENFORCE   2

#define NGX_HTTP_CONSENT_CSP_OFF      0
#define NGX_HTTP_CONSENT_CSP_REPORT   1
#define NGX_HTTP_CONSENT_CSP_ENFORCE  2
#define NGX_HTTP_CONSENT_CSP_STRICT   3

#define NGX_HTTP_CONSENT_DECORATION_KEEP   0
#define NGX_HTTP_CONSENT_DECORATION_STRIP  1

#define NGX_HTTP_CONSENT_CACHE_PRIVATE  0
#define NGX_HTTP_CONSENT_CACHE_VARY     1
#define NGX_HTTP_CONSENT_CACHE_OFF      2

#define NGX_HTTP_CONSENT_LANG_PAGE     0
#define NGX_HTTP_CONSENT_LANG_BROWSER  1
#define NGX_HTTP_CONSENT_LANG_TAG      2
#define NGX_HTTP_CONSENT_LANG_VALUE    3

#define NGX_HTTP_CONSENT_UNDECODABLE_BLOCK  0
#define NGX_HTTP_CONSENT_UNDECODABLE_PASS   1

#define NGX_HTTP_CONSENT_SAMESITE_LAX     0
#define NGX_HTTP_CONSENT_SAMESITE_STRICT  1
#define NGX_HTTP_CONSENT_SAMESITE_NONE    2

/* 6 months: CNIL 2020-092, 3.5 */
#define NGX_HTTP_CONSENT_MAX_AGE  (183 * 24 * 60 * 60)


typedef struct ngx_http_consent_zone_s  ngx_http_consent_zone_t;

/* Memory of the body filter; see there. */

typedef struct ngx_http_consent_copies_s  ngx_http_consent_copies_t;


/* Texts with an operator's own over them, read once for the same files. */

typedef struct {
    ngx_array_t                files;       /* ngx_http_consent_word_t */
    consent_ui_t              *ui;
} ngx_http_consent_texts_t;


/* A word that is judged when all files are read: by then, no line is known. */

typedef struct {
    ngx_str_t                  word;
    ngx_str_t                  at;          /* file:line */
} ngx_http_consent_word_t;


/* What may say the language of our texts. */

typedef struct {
    ngx_uint_t                 kind;        /* NGX_HTTP_CONSENT_LANG_... */
    ngx_http_consent_word_t    tag;
    ngx_http_complex_value_t  *value;       /* of LANG_VALUE */
} ngx_http_consent_lang_source_t;


/*
 * A rule set, compiled once for the same files and lists, and shared by all
 * locations that name them.
 */

typedef struct {
    ngx_array_t               files;    /* ngx_http_consent_word_t: full names
                                           or globs */
    ngx_array_t               lists;    /* the same: purpose, full name, … */
    consent_rules_t          *rules;
    ngx_uint_t                index;    /* in main conf's sets */

    /*
     * rules->nservices + 1 numbers that belong to the zone: service index
     * to counter; the last one is for what no rule knows.  Made by
     * ngx_http_consent_zone_add()'s init callback, NULL without a zone.
     */
    ngx_uint_t               *slots;
} ngx_http_consent_set_t;


/* Where consent records go; one for each distinct destination. */

typedef struct {
    ngx_str_t                 name;     /* full file name or "syslog:..." */
    ngx_open_file_t          *file;     /* or NULL */
    ngx_syslog_peer_t        *syslog;   /* or NULL */
    ngx_uint_t                index;    /* in main conf's records: the chain
                                           of hashes it belongs to */
} ngx_http_consent_record_t;


/*
 * What one choice is good for: the servers of one name, or those that share a
 * cookie by its domain; of them all that consent_services names.  So wherever
 * a visitor is on the site, they were asked about the same.
 */

typedef struct {
    ngx_str_t                 name;
    ngx_str_t                 cookie;
    ngx_uint_t                hash;     /* of both */
    ngx_array_t               services; /* consent_str_t: ids */
    ngx_array_t               rules;    /* ngx_http_consent_asked_t */
} ngx_http_consent_site_t;


/* For a rule set, what its visitors are asked about. */

typedef struct {
    ngx_http_consent_set_t   *set;
    const consent_rules_t    *rules;    /* set->rules, if none is declared */
    uint8_t                  *noted;    /* flags of services that this worker
                                           knows to be seen on the site */
} ngx_http_consent_asked_t;


typedef struct ngx_http_consent_loc_conf_s  ngx_http_consent_loc_conf_t;

/* Texts that are kept; see ngx_http_consent_cache.c. */

typedef struct ngx_http_consent_cache_s  ngx_http_consent_cache_t;

/* Choices and sites that are kept; see ngx_http_consent_recall.c. */

typedef struct ngx_http_consent_recall_s  ngx_http_consent_recall_t;


/* How long after a start what is seen is taken for known, in seconds. */
#define NGX_HTTP_CONSENT_LEARN  (24 * 60 * 60)


typedef struct {
    ngx_array_t               sets;     /* ngx_http_consent_set_t * */
    ngx_array_t               records;  /* ngx_http_consent_record_t * */
    ngx_http_consent_zone_t  *zone;     /* NULL where nothing is on, nor
                                           any consent_status */
    ngx_array_t               texts;    /* ngx_http_consent_texts_t */
    ngx_array_t               sites;    /* ngx_http_consent_site_t * */
    ngx_array_t               confs;    /* ..._loc_conf_t *: where it is on */
    time_t                    learn;    /* of consent_zone */
    consent_ui_t             *ui;       /* with no texts of an operator's;
                                           NULL until it is needed */
    consent_look_t           *look;     /* the usual one, once it is made */
    ngx_http_consent_cache_t  *cache;   /* same */
    ngx_http_consent_recall_t *recall;  /* same */
    consent_reuse_t          *reuse;    /* same; also where it is off */
    size_t                    reuse_size;   /* 0: off */
    consent_mem_t             mem;      /* of the configuration */
    time_t                    loaded;   /* when it was read: part of ETags */
    u_char                   *open_told;    /* place of the directive that a
                                               warning spoke of last */
    unsigned                  used:1;   /* consent is not off everywhere */
    unsigned                  status:1; /* there is a consent_status */
} ngx_http_consent_main_conf_t;


typedef struct {
    ngx_http_consent_record_t   *record;        /* NULL: off */
    ngx_uint_t                   record_set;    /* directive was given */

    /*
     * Location configurations of this server where consent is on, one for
     * each distinct consent_path: who answers the endpoint, whatever
     * location its URI would belong to.
     */
    ngx_array_t                 *endpoints;     /* ..._loc_conf_t * */
} ngx_http_consent_srv_conf_t;


struct ngx_http_consent_loc_conf_s {
    ngx_uint_t                     mode;        /* NGX_HTTP_CONSENT_OFF... */

    ngx_array_t                   *files;       /* ngx_http_consent_word_t */
    ngx_array_t                   *lists;       /* ... purpose, file, … */
    ngx_http_consent_set_t        *set;         /* NULL where mode is off */
    ngx_http_consent_site_t       *site;        /* same */
    const consent_rules_t         *rules;       /* set->rules, but for the
                                                   policy of the site */
    uint8_t                       *noted;       /* ..._asked_t */

    consent_regime_t               regime;
    ngx_http_complex_value_t      *regime_value;/* wins, if set */
    ngx_uint_t                     regime_set;

    ngx_http_consent_word_t        unclassified;    /* key or "allow" */
    ngx_http_consent_word_t        passive;         /* same */

    ngx_array_t                   *first_party; /* consent_str_t */

    ngx_str_t                      cookie;          /* its name */
    ngx_str_t                      cookie_domain;
    ngx_str_t                      cookie_path;
    time_t                         cookie_max_age;
    ngx_uint_t                     cookie_samesite;

    consent_keys_t                *keys;        /* n == 0: unsigned */

    ngx_str_t                      path;        /* begins, ends with "/" */
    ngx_flag_t                     banner;
    consent_look_t                *look;        /* made where mode is not off */
    ngx_str_t                      contact;     /* a URL; may be empty */
    ngx_array_t                   *texts;       /* ngx_str_t, or NULL */
    consent_ui_t                  *ui;          /* NULL where mode is off */
    ngx_array_t                   *langs;       /* ..._lang_source_t, or NULL:
                                                   the default */
    ngx_uint_t                     csp;         /* NGX_HTTP_CONSENT_CSP_... */
    ngx_array_t                   *services;    /* ..._word_t: ids */
    ngx_flag_t                     guard;
    size_t                         max_tag;
    ngx_uint_t                     undecodable;
    ngx_uint_t                     cache;       /* ..._CACHE_... */
    ngx_uint_t                     decoration;  /* ..._DECORATION_... */
    ngx_uint_t                     signal;      /* consent_signal is given:
                                                   it has one value */

    consent_page_t                 page;        /* all but url and site */
};


/*
 * The context of a main request; subrequests have none.  It survives
 * internal redirects: always fetch it by the functions below.
 */

typedef struct {
    ngx_http_consent_loc_conf_t   *conf;        /* what choice was made by */
    consent_choice_t               choice;
    consent_page_t                 page;        /* valid if page_made */
    ngx_table_elt_t               *accept_encoding; /* while hidden */
    ngx_str_t                      cookie;      /* Cookie as it was sent,
                                                   lines joined by "; " */
    ngx_uint_t                     blocked;     /* $consent_blocked */
    uint32_t                       types;       /* what this request is for:
                                                   CONSENT_TYPE_* */
    consent_csp_width_t            width;       /* of the policy */

    /* The endpoint: URI and configuration it is answered by. */
    ngx_str_t                      endpoint_uri;
    ngx_http_consent_loc_conf_t   *endpoint_conf;

    ngx_str_t                      policy;      /* ours, if there is one */
    consent_str_t                  nonce;       /* of the site's policy */
    consent_str_t                  page_lang;   /* of <html>; may be empty */
    consent_str_t                  banner_lang; /* of rewrite_conf.body */
    ngx_str_t                      if_range;    /* as the client sent it, if
                                                   it was changed */

    /* The body filter. */
    consent_decode_t              *decode;      /* observe: of what passes */
    consent_sniff_t               *sniff;       /* of what is parsed; NULL
                                                   when it has gone out */
    ngx_event_t                   *patience;    /* until its end, or NULL */
    ngx_event_t                   *soon;        /* out leaves, or NULL */
    consent_rewrite_conf_t         rewrite_conf;
    consent_reuse_run_t           *rewrite;
    consent_script_t              *script;      /* in its place, of a service
                                                   worker; or NULL */
    consent_mem_t                  mem;
    consent_mem_t                  work;        /* of the rewriter, until the
                                                   body has ended */
    ngx_queue_t                    worked;      /* pieces: its memory */
    ngx_queue_t                    copied;      /* pieces: what may be under
                                                   way to the client */
    ngx_http_request_t            *request;
    ngx_buf_t                     *slice;       /* the last one, of this */
    consent_span_t                 slice_kind;
    size_t                         gathered;    /* bytes of out */
    ngx_chain_t                   *out;
    ngx_chain_t                  **last_out;
    ngx_buf_t                     *tail;        /* the last one of out */
    ngx_chain_t                   *busy;
    ngx_chain_t                   *free;
    ngx_http_consent_copies_t     *copies;      /* where the next one goes */

    unsigned                       cookie_read:1;
    unsigned                       choice_made:1;
    unsigned                       page_made:1;
    unsigned                       classed:1;   /* document, banner, types */
    unsigned                       checked:1;   /* preaccess was passed */
    unsigned                       endpoint:1;  /* this is for the endpoint */
    unsigned                       changed:1;   /* choice is the new one: a
                                                   POST has just made it */
    unsigned                       html:1;      /* may be read as HTML */
    unsigned                       document:1;  /* a navigation or frame */
    unsigned                       service:1;   /* a service worker */
    unsigned                       banner:1;    /* asked for by a person */
    unsigned                       whole:1;     /* ... if it is a document
                                                   by its markup, too */
    unsigned                       etag_mapped:1;
    unsigned                       denied:1;    /* answered with 204, or
                                                   would be */
    unsigned                       filter:1;    /* the body is parsed */
    unsigned                       block:1;     /* ... or replaced by a
                                                   short text */
    unsigned                       block_sent:1;
    unsigned                       begun:1;     /* sniff is done */
    unsigned                       ended:1;     /* rewrite has had it all */
    unsigned                       broken:1;    /* it cannot be decoded */
    unsigned                       header_waits:1;  /* for the charset */
    unsigned                       header_held:1;   /* it leaves with out */
    unsigned                       late:1;      /* it has waited enough */
    unsigned                       unreported:1;    /* a Report-To has left */
    unsigned                       readable:1;  /* it is one that we read */
    unsigned                       frame:1;     /* the endpoint's page frames
                                                   an original, for once */
    unsigned                       bare:1;      /* scripts are refused by the
                                                   site's own policy */
    unsigned                       room_linked:1;   /* of what stands for
                                                   what is filled in: style
                                                   is a file of its own */
    unsigned                       room_elsewhere:1;    /* ... its paths need
                                                   our host */
    unsigned                       leads_on:1;  /* a redirect was made a page
                                                   that leads on */
    unsigned                       closed:1;    /* it has an allow-list */
} ngx_http_consent_ctx_t;


/* ngx_http_consent_module.c */

extern ngx_module_t  ngx_http_consent_module;
extern ngx_module_t  ngx_http_consent_decode_module;

/* Set in postconfiguration where consent is used; filters call them. */
extern ngx_http_output_header_filter_pt  ngx_http_consent_next_header_filter;
extern ngx_http_output_header_filter_pt  ngx_http_consent_next_hints_filter;
extern ngx_http_output_body_filter_pt    ngx_http_consent_next_body_filter;


/* Memory of an nginx pool for libconsent. */
void *ngx_http_consent_palloc(void *pool, size_t size);


static ngx_inline consent_mem_t
ngx_http_consent_mem(ngx_pool_t *pool)
{
    consent_mem_t  mem;

    mem.alloc = ngx_http_consent_palloc;
    mem.data = pool;

    return mem;
}


static ngx_inline consent_str_t
ngx_http_consent_str(ngx_str_t s)
{
    consent_str_t  c;

    c.len = s.len;
    c.data = s.data;

    return c;
}


/* ngx_http_consent_conf.c: the directives that need more than a slot */

char *ngx_http_consent_list(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_regime(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_unclassified(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_consent_first_party(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_consent_signal(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_record(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_word(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_max_tag(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* NGX_OK if s is not empty and has only letters, digits and `more`. */
ngx_int_t ngx_http_consent_token(ngx_str_t *s, const char *more);

/* Notes a word of the directive that is being read, and where it stands. */
ngx_int_t ngx_http_consent_word_at(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_consent_word_t *word);

/*
 * The end of a message: "; did you mean "PREFIXNEAR"?", empty where near is.
 * Valid as long as pool.
 */
ngx_str_t ngx_http_consent_meant(ngx_pool_t *pool, const char *prefix,
    consent_str_t near);

/* Complains if of the arguments from the n-th on two have the same name. */
ngx_int_t ngx_http_consent_args_once(ngx_conf_t *cf, ngx_uint_t n);

/* Files or globs, into the array at the command's offset. */
char *ngx_http_consent_files(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_consent_conf_cookie.c */

char *ngx_http_consent_cookie(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_key_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_consent_conf_rules.c */

/*
 * Finds or compiles the rule set of merged conf and resolves what depends on
 * it.
 */
char *ngx_http_consent_conf_rules(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);

ngx_int_t ngx_http_consent_same_files(ngx_array_t *a, ngx_array_t *b);


/*
 * Faults of files, as a consent_report_pt with one of these as its data.  Each
 * also names the line of the configuration that reads the file.
 */

typedef struct {
    ngx_conf_t   *cf;
    const char   *directive;
    ngx_array_t  *files;        /* ngx_http_consent_word_t: what it names */
    ngx_uint_t    faults;
    unsigned      quiet:1;      /* warnings are for "consentctl lint" */
} ngx_http_consent_report_t;

void ngx_http_consent_report(void *data, const consent_fault_t *fault);


/* ngx_http_consent_look.c */

char *ngx_http_consent_look(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_contact(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Makes the look of merged conf, the usual one if it has none. */
char *ngx_http_consent_conf_look(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);


/*
 * ngx_http_consent_site.c: notes merged conf's site, and what it declares;
 * when all are merged, makes what each site is asked about.
 */
char *ngx_http_consent_conf_site(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);
ngx_int_t ngx_http_consent_init_sites(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);

/* 1 if a service was first seen on the site after a choice that allows it. */
ngx_uint_t ngx_http_consent_site_outdated(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf, const consent_choice_t *choice);


/* ngx_http_consent_conf_policy.c */

char *ngx_http_consent_services(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Checks them against the rules of merged conf. */
char *ngx_http_consent_conf_services(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);


/* ngx_http_consent_lang.c */

char *ngx_http_consent_language(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Loads the texts of merged conf, and checks that its languages have some. */
char *ngx_http_consent_conf_lang(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);

/*
 * The language to speak; page: what the page says, or empty.  page_lang()
 * is that: of a page of the site its own, of one of ours "?lang".
 */
consent_str_t ngx_http_consent_lang(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t page);
consent_str_t ngx_http_consent_page_lang(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_reuse.c */

char *ngx_http_consent_reuse(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_consent_reuse_create(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);


/* ngx_http_consent_variables.c */

ngx_int_t ngx_http_consent_add_variables(ngx_conf_t *cf);

/* NGX_ERROR, logged, if a $consent_<purpose> is of no known purpose. */
ngx_int_t ngx_http_consent_check_variables(ngx_conf_t *cf);


/* ngx_http_consent_ctx.c */

/*
 * The configuration that this request is handled by: the endpoint's, if it
 * is for the endpoint, else the location's.  NULL where consent is off.
 */
ngx_http_consent_loc_conf_t *ngx_http_consent_get_conf(ngx_http_request_t *r);

/*
 * The context of r->main, recovered after an internal redirect; NULL if
 * there is none.
 */
ngx_http_consent_ctx_t *ngx_http_consent_find_ctx(ngx_http_request_t *r);

/* The same, made if need be; NULL without memory. */
ngx_http_consent_ctx_t *ngx_http_consent_get_ctx(ngx_http_request_t *r);

/*
 * The same, with ctx->choice made after the configuration in force.  NULL
 * where consent is off, or without memory.
 */
ngx_http_consent_ctx_t *ngx_http_consent_get_choice(ngx_http_request_t *r);

/*
 * The same, with ctx->page filled in too: the request's own URL is the page
 * (under the endpoint: of the endpoint itself; only its host matters there).
 */
ngx_http_consent_ctx_t *ngx_http_consent_get_page(ngx_http_request_t *r);

/* The request's Cookie header as the browser sent it, before stripping. */
ngx_str_t *ngx_http_consent_get_cookie(ngx_http_request_t *r);

/* 1 if pages need work for this choice: something is denied, or asked. */
ngx_uint_t ngx_http_consent_works(ngx_http_consent_ctx_t *ctx);

/* 1 if this page is to have the guard, once its header is known. */
ngx_uint_t ngx_http_consent_guarded(ngx_http_consent_ctx_t *ctx);

/* Adds the guard's rules to a view; empty where it has nothing to do. */
ngx_int_t ngx_http_consent_view_guard(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_view_t *view);

/*
 * Fills in what a page of ours is made from: ui, rules, choice, lang, prefix,
 * site (host of the request), told, post, csp.  The rest is zero.  Needs
 * ngx_http_consent_get_choice() to have succeeded.
 */
void ngx_http_consent_view(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_view_t *view);


/* ngx_http_consent_fields.c */

/* The first request line of this name, in any case; NULL if absent. */
ngx_table_elt_t *ngx_http_consent_header_in(ngx_http_request_t *r,
    const char *name, size_t len);

/* Takes a line away from what goes to the upstream; h stays readable. */
void ngx_http_consent_header_in_remove(ngx_http_request_t *r,
    ngx_table_elt_t *h);

/* The next response line of this name behind `after` (NULL: the first). */
ngx_table_elt_t *ngx_http_consent_header_out(ngx_http_request_t *r,
    const char *name, ngx_table_elt_t *after);

/* A new response line; name and value must live as long as r. */
ngx_int_t ngx_http_consent_add_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);


/* ngx_http_consent_request.c */

/* Reads off the request what the answer is for: once, whoever asks first. */
void ngx_http_consent_class(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* 1 if the response is sure to run as a worker, with a policy of ours. */
ngx_uint_t ngx_http_consent_is_worker(ngx_http_consent_ctx_t *ctx);

ngx_int_t ngx_http_consent_server_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_preaccess_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_precontent_handler(ngx_http_request_t *r);


/* ngx_http_consent_decoration.c */

/* Takes identifiers of denied purposes out of the URI and the Referer. */
ngx_int_t ngx_http_consent_strip_decoration(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_etag.c */

/*
 * A page depends on the choice, so its entity tag must too: the origin's
 * tag gets a suffix on the way out, and loses it on the way in.  What does
 * not fit this choice is taken out of If-None-Match.  changed: the page is
 * not the origin's own.
 */
ngx_int_t ngx_http_consent_etag_request(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_int_t ngx_http_consent_etag_response(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t changed);


/* ngx_http_consent_piece.c: memory that is given back at once */

/* A piece of a list, aligned for any object; NULL without memory. */
void *ngx_http_consent_piece(void *list, size_t size);
void ngx_http_consent_piece_free(void *p);
void ngx_http_consent_pieces_free(ngx_queue_t *list);

/* Pieces of this size, which come and go often. */
#define NGX_HTTP_CONSENT_BLOCK_SIZE  1024

void *ngx_http_consent_block(ngx_queue_t *list);
void ngx_http_consent_block_free(void *p);


/* ngx_http_consent_recall.c: choices and sites kept by each worker */

/* NULL without memory. */
ngx_http_consent_recall_t *ngx_http_consent_recall_create(ngx_conf_t *cf);

/* The choice of a Cookie header, as consent_choice_read_header() has it. */
void ngx_http_consent_recall(ngx_http_request_t *r,
    ngx_http_consent_loc_conf_t *conf, consent_regime_t regime,
    ngx_uint_t gpc, ngx_str_t *cookie, consent_choice_t *choice);

/* The registrable domain of a host, as consent_url_site() has it. */
consent_str_t ngx_http_consent_recall_site(ngx_http_request_t *r,
    consent_str_t host);


/* ngx_http_consent_cache.c: texts kept by each worker */

/*
 * The byte behind the configuration in a banner's key.  Those of policies
 * begin with a rule set, which lies elsewhere.
 */
#define NGX_HTTP_CONSENT_KEPT_BANNER  255

/* NULL without memory. */
ngx_http_consent_cache_t *ngx_http_consent_cache_create(ngx_conf_t *cf);

/*
 * The text of this key, valid as long as r, aligned for any object, and with
 * a NUL behind it.  NGX_DECLINED: it is not there.  keep() puts value there,
 * and sets it to what is kept.
 */
ngx_int_t ngx_http_consent_cache_get(ngx_http_request_t *r, ngx_str_t *key,
    ngx_str_t *value);
ngx_int_t ngx_http_consent_cache_keep(ngx_http_request_t *r, ngx_str_t *key,
    ngx_str_t *value);

/* To make a text in that is then kept: for the caller to destroy.  A response
   would hold all that it took to make it until its end. */
ngx_pool_t *ngx_http_consent_cache_room(ngx_http_request_t *r);


/* ngx_http_consent_banner.c */

/* 1 if a page gets the banner, or the way back to the settings. */
ngx_uint_t ngx_http_consent_banner_due(ngx_http_consent_ctx_t *ctx);

/*
 * Has the site's own policies let the banner's style through, which stands in
 * the page: by its hash, so nothing else comes with it.
 */
ngx_int_t ngx_http_consent_banner_allow(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* Has the rewriter put it in. */
ngx_int_t ngx_http_consent_banner(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_csp.c */

#define NGX_HTTP_CONSENT_CSP_PAGE     0
#define NGX_HTTP_CONSENT_CSP_CONNECT  1     /* as a Connection-Allowlist */
#define NGX_HTTP_CONSENT_CSP_GUARD    2     /* what it says, as rules of the
                                               guard */

/* Room for what stands in no header. */
#define NGX_HTTP_CONSENT_CSP_ROOM  32768


typedef struct {
    ngx_uint_t                kind;
    ngx_uint_t                brief;    /* for neither page nor worker */
    ngx_uint_t                flat;     /* for a service worker */
    size_t                    limit;    /* bytes; consent_csp_conf_t */
    ngx_str_t                 value;    /* out: empty if there is none */
    consent_csp_width_t       width;    /* out */
} ngx_http_consent_csp_t;


/* The policy for ctx's choice: value is valid as long as r. */
ngx_int_t ngx_http_consent_csp_get(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_csp_t *csp);

/* 1 if a host that no rule file knows may stand in it. */
ngx_uint_t ngx_http_consent_csp_allows(ngx_http_consent_ctx_t *ctx,
    consent_str_t host);


/* ngx_http_consent_policy.c */

/*
 * Policies for browsers, beside the site's own: Content-Security-Policy,
 * Connection-Allowlist and, for documents, Permissions-Policy.
 */
ngx_int_t ngx_http_consent_policy(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t html);

/*
 * Permissions-Policy for this choice, with what the site has of its own; empty
 * where it needs none.
 */
ngx_int_t ngx_http_consent_permissions_value(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t site, ngx_str_t *value);

/*
 * Makes a page that leads on of a redirect to another site that answers a
 * form, where our policy would have it refused.  Called before it is known
 * whether the response is a page.
 */
ngx_int_t ngx_http_consent_form_answer(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/*
 * The bytes that the response's lines take, with HEADER_REST for those which
 * are not there yet: nginx's own, and ours after the policy.
 */
size_t ngx_http_consent_header_size(ngx_http_request_t *r);

#define NGX_HTTP_CONSENT_HEADER_REST  384

/* What a proxy in front may hold of a header. */
#define NGX_HTTP_CONSENT_HEADER_MAX  4096


/* ngx_http_consent_decode.c */

/* What the response of r is coded in, by all its lines. */
consent_coding_t ngx_http_consent_coding(ngx_http_request_t *r);

/* Closed with the pool; NULL without memory. */
consent_decode_t *ngx_http_consent_decode_open(ngx_pool_t *pool,
    consent_coding_t coding);


/* ngx_http_consent_header_filter.c */

ngx_int_t ngx_http_consent_header_filter(ngx_http_request_t *r);

/* The same for Early Hints (RFC 8297), which come before it. */
ngx_int_t ngx_http_consent_hints_filter(ngx_http_request_t *r);

/*
 * 1 if a browser would take the response of r for HTML (*xml: for XHTML), a
 * 304 to a document included.
 */
ngx_uint_t ngx_http_consent_is_html(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t *xml);


/* ngx_http_consent_expire.c */

/* Deletes denied cookies that this request has sent, as there is room. */
ngx_int_t ngx_http_consent_expire(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* A Set-Cookie that deletes a cookie; domain is empty for the host alone. */
ngx_int_t ngx_http_consent_expire_name(ngx_http_request_t *r,
    consent_str_t name, consent_str_t domain);


/* ngx_http_consent_reporting.c: for one field each, and for all NEL fields */

ngx_int_t ngx_http_consent_report_to(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
ngx_int_t ngx_http_consent_report_uri(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
ngx_int_t ngx_http_consent_nel(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_moved.c */

/* Ends a redirect to a denied third party, unless a person goes there. */
ngx_int_t ngx_http_consent_moved(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_page.c */

/*
 * Takes on a page.  ctx->filter: its body is to be parsed, beginning with
 * ctx->sniff; ctx->header_waits: the header may be sent once that is done.
 */
ngx_int_t ngx_http_consent_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t xml);

/* 1 for an informational answer: to a browser, its body is the next one. */
ngx_uint_t ngx_http_consent_is_interim(ngx_http_request_t *r);

/* 1 if more bytes are needed than those that tell the charset; not at the
   end of the page. */
ngx_uint_t ngx_http_consent_page_waits(ngx_http_consent_ctx_t *ctx);

/*
 * ctx->sniff is done.  Makes the header as it is to be, and sets
 * ctx->readable, ctx->block, or neither: the body goes through as it is.
 */
ngx_int_t ngx_http_consent_page_sniffed(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* 1 for what is not read as a page, whatever its type says. */
ngx_uint_t ngx_http_consent_page_kept(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* The same for a page whose beginning cannot be decoded. */
void ngx_http_consent_page_broken(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* What cannot be read, because of `what`, is held back, or passes:
   consent_undecodable.  Either is logged. */
void ngx_http_consent_page_unreadable(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const char *what);

/* Takes from the header what tells of bytes that will be others. */
void ngx_http_consent_page_changed(ngx_http_request_t *r);


/* ngx_http_consent_worker.c */

/* 1 if a worker's script that this asks for is to have ours in front. */
ngx_uint_t ngx_http_consent_fronts(ngx_http_consent_ctx_t *ctx);

/* 1 if it is one. */
ngx_uint_t ngx_http_consent_shims(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

/* Makes ctx->script of it, if so.  The policy is there by then. */
ngx_int_t ngx_http_consent_worker(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* ngx_http_consent_body_filter.c */

/* What stands in the place of a page that cannot be checked. */
extern const ngx_str_t  ngx_http_consent_block_text;

ngx_int_t ngx_http_consent_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);

/* What the body filter was given to hold goes. */
void ngx_http_consent_body_close(ngx_http_consent_ctx_t *ctx);

/* Has insert put in front of the body, which is a script. */
ngx_int_t ngx_http_consent_body_script(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t insert);


/* ngx_http_consent_endpoint.c */

/*
 * 1 if uri (decoded, without arguments) is for the endpoint under
 * conf->path, or /.well-known/gpc.json.
 */
ngx_uint_t ngx_http_consent_endpoint_path(ngx_http_consent_loc_conf_t *conf,
    ngx_str_t *uri);

/*
 * The content handler.  r->uri may have been rewritten by the operator's
 * own rules: the URI as asked is in ctx->endpoint_uri, the arguments in
 * r->args as far as no rewrite changed them; the configuration is
 * ngx_http_consent_get_conf(r).  After a POST that makes a new choice it
 * puts this into ctx->choice and sets ctx->changed, so that the header
 * filter expires what is denied now.
 */
ngx_int_t ngx_http_consent_endpoint_handler(ngx_http_request_t *r);


/* ngx_http_consent_zone.c */

/*
 * Adds the shared memory: called once, while the configuration is read or
 * after.  The init callback makes `slots` of all mcf->sets and heads of all
 * mcf->records; both arrays are complete by then.  NULL: error, logged.
 */
ngx_http_consent_zone_t *ngx_http_consent_zone_add(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_str_t *name, size_t size);

/*
 * Counting.  r is any request where ngx_http_consent_get_conf() is not NULL;
 * service is an index into the location's rules or CONSENT_NO_SERVICE.  All
 * of them are cheap, lock-free where they can be, and never fail.  In
 * observe mode they count what enforce would have done.
 */
void ngx_http_consent_count_element(ngx_http_request_t *r, int service);
void ngx_http_consent_count_cookie(ngx_http_request_t *r, int service);
void ngx_http_consent_count_request(ngx_http_request_t *r, int service);
void ngx_http_consent_count_unknown(ngx_http_request_t *r,
    consent_str_t host);
void ngx_http_consent_count_reported(ngx_http_request_t *r,
    consent_str_t host);

/*
 * Unknown third parties that stood in pages, then those that were reported,
 * at most max of them; returns how many.  The names stay as they are while
 * the zone lives.
 */
ngx_uint_t ngx_http_consent_unknown_hosts(ngx_http_request_t *r,
    consent_str_t *hosts, ngx_uint_t max);

/*
 * The same for hosts of consent_rules_parted(), which are known, but which a
 * policy may have to name one by one; others are left aside.  how:
 * CONSENT_CSP_SEEN or CONSENT_CSP_REPORTED.
 */
void ngx_http_consent_note_below(ngx_http_request_t *r, consent_str_t host,
    ngx_uint_t how);
ngx_uint_t ngx_http_consent_below_hosts(ngx_http_request_t *r,
    consent_str_t *hosts, ngx_uint_t max);
void ngx_http_consent_count_page(ngx_http_request_t *r);
void ngx_http_consent_count_again(ngx_http_request_t *r);
void ngx_http_consent_count_undecodable(ngx_http_request_t *r);
void ngx_http_consent_count_bounded(ngx_http_request_t *r);
void ngx_http_consent_count_report(ngx_http_request_t *r);
void ngx_http_consent_count_wide(ngx_http_request_t *r,
    consent_csp_width_t width);
void ngx_http_consent_count_choice(ngx_http_request_t *r,
    consent_action_t action);

/*
 * Which services are in use on this site, for the policy and the preference
 * centre: how is one of CONSENT_CSP_SEEN (the counting of elements says so
 * itself for those held back) or, by word of a visitor, who can make things
 * up, CONSENT_CSP_REPORTED.  use() returns a value for each service of
 * the location's rules in memory of r, NULL without a zone or memory;
 * version() changes whenever one of them does.
 */
void ngx_http_consent_note_service(ngx_http_request_t *r, int service,
    ngx_uint_t how);
uint8_t *ngx_http_consent_use(ngx_http_request_t *r);
ngx_uint_t ngx_http_consent_use_version(ngx_http_request_t *r);


/* A key that all workers have, and that lives as long as the zone. */
ngx_int_t ngx_http_consent_zone_key(ngx_http_request_t *r,
    consent_key_t *key);


/* ngx_http_consent_out.c */

/*
 * What a page shows when it leads a click to another site; empty where the
 * browser says itself who asks.
 */
ngx_int_t ngx_http_consent_out_sign(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t *sign);


/* ngx_http_consent_record.c */

/*
 * Appends a record to its destination before the answer goes out, chained
 * to the line before under the zone's lock.  NGX_ERROR: not written, logged;
 * no choice may be stored then.
 */
ngx_int_t ngx_http_consent_record_append(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, const consent_record_t *entry);


/* ngx_http_consent_status.c */

/* consent_status: the content handler of its location. */
ngx_int_t ngx_http_consent_status_handler(ngx_http_request_t *r);


#endif /* NGX_HTTP_CONSENT_H */

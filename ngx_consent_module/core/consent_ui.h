/*
 * What the visitor sees: banner, preference centre, placeholder; and the
 * static files that belong to them.  Pure writers: state in, HTML out.
 *
 * Names in the markup avoid the words that ad blockers hide: the prefix is
 * "pc" (privacy choices), elements carry data-pc-*, the banner is the
 * custom element <privacy-choices>.
 */

#ifndef CONSENT_UI_H
#define CONSENT_UI_H


#include "consent_base.h"
#include "consent_choice.h"
#include "consent_rules.h"
#include "consent_ui_look.h"


/* Texts of the interface: those of ui/texts/, which are built in. */

typedef struct consent_ui_s  consent_ui_t;

/* NULL without memory, or if English lacks a text; *error says which. */
consent_ui_t *consent_ui_create(const consent_mem_t *mem,
    const char **error);

/*
 * Reads an operator's own texts over those of ui: a file, or a glob whose
 * files are taken in the order of their names; later wins.  A file has the
 * form of those in ui/texts/, but only "lang" must stand in it, and
 * "purposes" may: {"analytics":{"title":"…"}}.  What a language lacks stays
 * as it is, in a new one English, of which a warning tells.  CONSENT_ERROR:
 * a fault was reported by the loader, and nothing of that file is taken.
 *
 * ui must be the caller's alone; what is read lives as long as the loader's
 * memory.
 */
int consent_ui_load(consent_ui_t *ui, consent_loader_t *loader,
    consent_str_t pattern);
int consent_ui_load_text(consent_ui_t *ui, consent_loader_t *loader,
    consent_str_t file, consent_str_t text);

/* 1 if this JSON looks like a file of texts rather than one of rules. */
int consent_ui_is_texts(consent_str_t text);

/*
 * The best language for an Accept-Language header (RFC 4647, 3.4: lookup,
 * with q-values), or for a plain tag: match() is empty if none fits, lang()
 * "en".  A slice of the ui.
 */
consent_str_t consent_ui_match(const consent_ui_t *ui, consent_str_t accept);
consent_str_t consent_ui_lang(const consent_ui_t *ui, consent_str_t accept);


/*
 * What differs from page to page of a banner.  Where the view has gaps, it is
 * left out, and where it belongs is noted: so one banner serves many pages.
 */

typedef enum {
    CONSENT_GAP_BACK = 0,       /* view->back as the value of a field */
    CONSENT_GAP_RETURN,         /* ... as a query */
    CONSENT_GAP_NONCE,
    CONSENT_GAP_COUNT
} consent_gap_e;

#define CONSENT_GAPS_MAX  8

typedef struct {
    unsigned            n;
    size_t              at[CONSENT_GAPS_MAX];
    consent_gap_e       what[CONSENT_GAPS_MAX];
} consent_gaps_t;


/* A header that pages get. */

typedef struct {
    consent_str_t  name;
    consent_str_t  value;
} consent_page_header_t;

#define CONSENT_PAGE_HEADERS_MAX  2


/* What a page is made from. */

typedef struct {
    const consent_ui_t      *ui;
    const consent_rules_t   *rules;
    const consent_choice_t  *choice;
    consent_str_t            lang;      /* from consent_ui_lang() */
    consent_str_t            prefix;    /* consent_path */
    consent_str_t            site;      /* host, for "… asks you" */
    consent_str_t            back;      /* path and query to return to; for a
                                           placeholder, of the page that
                                           frames it; anything but a path of
                                           this origin counts as empty */
    consent_str_t            nonce;     /* of the site's policy; may be empty */
    const consent_look_t    *look;      /* NULL: as without any parameter, in
                                           style sheets of their own */
    consent_str_t            contact;   /* for questions; a URL, or empty */
    consent_str_t            cookie;    /* name of our own */
    time_t                   max_age;   /* of a choice, in seconds */
    const uint8_t           *used;      /* rules->nservices flags: seen on
                                           this site; the preference centre
                                           leaves out the others, but for
                                           overridden ones.  NULL: all */
    consent_str_t            guard;     /* rules for the guard, from
                                           consent_guard_write(); may be
                                           empty */
    consent_gaps_t          *gaps;      /* of a banner; NULL: it is whole */
    unsigned                 nheaders;  /* that the choice needs */
    consent_page_header_t    headers[CONSENT_PAGE_HEADERS_MAX];
    unsigned                 csp:1;     /* our policy is enforced on this page:
                                           a yes needs one reload if anything
                                           was held back */
    unsigned                 post:1;    /* it came by POST: never reload */
    unsigned                 saved:1;   /* "your choice was saved" */
    unsigned                 forgotten:1;   /* "your choice was deleted" */
    unsigned                 recorded:1;    /* choices are kept on record */
    unsigned                 linked:1;  /* of the style: a <style> might be
                                           refused */
    unsigned                 inside:1;  /* a page of our own is a file by
                                           itself: style in it, no script */
    unsigned                 bare:1;    /* scripts are refused: none of ours */
    unsigned                 told:1;    /* a page said its language: links to
                                           pages of ours name it, as their
                                           requests would tell another one */
} consent_view_t;


/*
 * For every HTML page: the banner while a choice is due
 * (consent_choice_asks), else only the small handle that leads back to the
 * settings; with the style, and the client script's tag.  Put in right behind
 * <body>.  The style is in the page, so that it waits for nothing: a policy
 * needs consent_ui_banner_source() among its sources for styles.
 */
void consent_ui_banner(consent_buf_t *b, const consent_view_t *view);
consent_str_t consent_ui_banner_source(const consent_view_t *view);

/* What belongs into a gap. */
void consent_ui_banner_gap(consent_buf_t *b, const consent_view_t *view,
    consent_gap_e what);

/*
 * What a banner with gaps depends on, besides the view's ui, rules and look:
 * with the same of them and the same key it is the same.  CONSENT_DECLINED:
 * it is for few visitors, and has none.
 */
int consent_ui_banner_key(consent_buf_t *b, const consent_view_t *view);

/* The guard's script with its rules; to be the first thing in <head>. */
void consent_ui_guard(consent_buf_t *b, const consent_view_t *view);

/* The same as a statement, to go in front of a worker's script. */
void consent_ui_guard_worker(consent_buf_t *b, const consent_view_t *view);

/*
 * For pages that a service worker of the site's makes or keeps: what GET policy
 * answers, with the view's headers, and lines to go in front of the worker's
 * script that put them on.  mark is another one whenever a worker that runs
 * has to be replaced.
 */
void consent_ui_policy(consent_buf_t *b, const consent_view_t *view);
void consent_ui_worker(consent_buf_t *b, const consent_view_t *view,
    uint32_t mark);

/*
 * The tag of a script that leads links to other sites than the page's own
 * through "out", for a page whose Connection-Allowlist would stop them.  sign
 * is shown there; it may be empty.
 */
void consent_ui_links(consent_buf_t *b, const consent_view_t *view,
    const consent_page_t *page, consent_str_t sign);

/* The preference centre: a whole page that works without scripts. */
void consent_ui_centre(consent_buf_t *b, const consent_view_t *view);

/* Why a choice was not taken, and where it would be: a whole page. */
void consent_ui_refused(consent_buf_t *b, const consent_view_t *view);

/*
 * What stands in an iframe that is held back: a whole small page.  service:
 * index, or CONSENT_NO_SERVICE; purposes: as in the verdict; url: what would
 * stand in the frame, absolute; original: where a link leads instead, if that
 * is not empty.  There is a link, and a way to load it once, only to what is
 * http or https.
 */
void consent_ui_placeholder(consent_buf_t *b, const consent_view_t *view,
    int service, uint32_t purposes, consent_str_t url,
    consent_str_t original);

/*
 * What stands at the end of a page whose held scripts would have filled
 * something in, for one of these services: a style sheet that says in its
 * place what is missing, before any script runs and where none does; and a
 * template with the same to be used, for scripts of ours (ui/scripts/fills.js).
 * linked: the style is a file of its own, which consent_ui_room_style() is.
 */
void consent_ui_room(consent_buf_t *b, const consent_view_t *view,
    int service);
void consent_ui_room_style(consent_buf_t *b, const consent_view_t *view,
    int service);

/*
 * The same for a preview, whose view is inside: the content of an element with
 * the class "room".  As it is drawn; as it is with scripts; and that where not
 * all of it has room.
 */

typedef enum {
    CONSENT_SAMPLE_DRAWN = 0,
    CONSENT_SAMPLE_USED,
    CONSENT_SAMPLE_TIGHT
} consent_sample_e;

void consent_ui_room_sample(consent_buf_t *b, const consent_view_t *view,
    int service, consent_sample_e how);

/*
 * The original in a frame of a page of ours, as large as that: for once,
 * because the visitor said so at the placeholder.  The policy of the page
 * around it does not reach in here.
 */
void consent_ui_once(consent_buf_t *b, const consent_view_t *view,
    int service, consent_str_t url);

/*
 * GET state, and the answer to a JSON POST of a choice:
 *
 *   {"regime":"opt-in","made":true,"asks":false,"gpc":false,"state":"1f",
 *    "issued":1763774400,"granted":["necessary"],"denied":["marketing"],
 *    "services":{"youtube":true},
 *    "clear":{"localStorage":[…],"sessionStorage":[…],"indexedDB":[…],
 *             "cacheStorage":[…]},
 *    "keep":{…},"guard":"…"}
 *
 * services: overrides alone.  clear: names, which may hold "*", that denied
 * services store under; keep: names of allowed services, which win over
 * clear.  guard: its new rules, if it is used and not all is granted.
 * Cookies are not among them: the server expires those.  The id of
 * the choice stays out: any script of the page can ask for this, and an id
 * would serve it to follow the visitor.
 */
void consent_ui_state(consent_buf_t *b, const consent_view_t *view);

/* GET services: purposes and services with what the visitor is told. */
void consent_ui_services(consent_buf_t *b, const consent_view_t *view);


/* A file of ui/, built in. */

typedef struct {
    const char     *name;           /* "pc.js" */
    const char     *type;           /* "text/javascript; charset=utf-8" */
    const char     *version;        /* for its URL: a hash */
    consent_str_t   body;
} consent_asset_t;

/*
 * By the tail of its URL, PREFIX/assets/VERSION/NAME: `tail` is
 * "VERSION/NAME".  NULL if there is none of this version.
 */
const consent_asset_t *consent_ui_asset(consent_str_t tail);

/* The same for the custom properties of a look; CONSENT_DECLINED if none. */
int consent_look_asset(const consent_look_t *look, consent_str_t tail,
    consent_asset_t *asset);


#endif /* CONSENT_UI_H */

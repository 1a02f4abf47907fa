/*
 * Shared by the writers of the interface: its texts, and a small formatter
 * that puts them and other values into HTML, escaped.
 */

#ifndef CONSENT_UI_WRITE_H
#define CONSENT_UI_WRITE_H


#include <stdarg.h>

#include "consent_ui.h"


/* The strings of the interface; consent_ui_texts.c has their names. */

typedef enum {
    CONSENT_TEXT_ACCEPT = 0,
    CONSENT_TEXT_REJECT,
    CONSENT_TEXT_SETTINGS,
    CONSENT_TEXT_SAVE,
    CONSENT_TEXT_WITHDRAW,
    CONSENT_TEXT_TITLE,
    CONSENT_TEXT_ASK_TITLE,
    CONSENT_TEXT_ASK_OPT_IN,
    CONSENT_TEXT_ASK_OPT_OUT,
    CONSENT_TEXT_ASK_NOTICE,
    CONSENT_TEXT_ASK_AGAIN,
    CONSENT_TEXT_ASK_FOR,
    CONSENT_TEXT_GPC_WHY,
    CONSENT_TEXT_SAVED,
    CONSENT_TEXT_SAVED_NOTE,
    CONSENT_TEXT_LEAD,
    CONSENT_TEXT_BACK,
    CONSENT_TEXT_NOW,
    CONSENT_TEXT_NOW_NEW,
    CONSENT_TEXT_NOW_NEW_ON,
    CONSENT_TEXT_NOW_ALL,
    CONSENT_TEXT_NOW_NONE,
    CONSENT_TEXT_NOW_SOME,
    CONSENT_TEXT_CHOSEN,
    CONSENT_TEXT_NUMBER,
    CONSENT_TEXT_RECEIPT,
    CONSENT_TEXT_PURPOSES,
    CONSENT_TEXT_ALWAYS_ON,
    CONSENT_TEXT_BENEFIT,
    CONSENT_TEXT_SERVICES,
    CONSENT_TEXT_NO_SERVICES,
    CONSENT_TEXT_UNSEEN,
    CONSENT_TEXT_SHOW_ALL,
    CONSENT_TEXT_SERVICE_MAY,
    CONSENT_TEXT_AS_PURPOSE,
    CONSENT_TEXT_ALWAYS,
    CONSENT_TEXT_NEVER,
    CONSENT_TEXT_ALSO_NEEDS,
    CONSENT_TEXT_CONTROLLER,
    CONSENT_TEXT_DATA,
    CONSENT_TEXT_STORES,
    CONSENT_TEXT_POLICY,
    CONSENT_TEXT_KIND_COOKIE,
    CONSENT_TEXT_KIND_LOCAL,
    CONSENT_TEXT_KIND_SESSION,
    CONSENT_TEXT_KIND_DATABASE,
    CONSENT_TEXT_FOR_SESSION,
    CONSENT_TEXT_FOR_EVER,
    CONSENT_TEXT_FOR_UNKNOWN,
    CONSENT_TEXT_HELD_VIDEO,
    CONSENT_TEXT_HELD_MAP,
    CONSENT_TEXT_HELD_POST,
    CONSENT_TEXT_HELD_COMMENTS,
    CONSENT_TEXT_HELD_AUDIO,
    CONSENT_TEXT_HELD_CALENDAR,
    CONSENT_TEXT_HELD_DOCUMENT,
    CONSENT_TEXT_HELD_CAPTCHA,
    CONSENT_TEXT_HELD_CHAT,
    CONSENT_TEXT_HELD_FORM,
    CONSENT_TEXT_HELD_OTHER,
    CONSENT_TEXT_HELD_UNKNOWN,
    CONSENT_TEXT_HELD_LEARNS,
    CONSENT_TEXT_HELD_FROM,
    CONSENT_TEXT_HELD_FOR,
    CONSENT_TEXT_ALLOW,
    CONSENT_TEXT_ONCE,
    CONSENT_TEXT_ORIGINAL,
    CONSENT_TEXT_CHANGED,
    CONSENT_TEXT_WAS_ALLOWED,
    CONSENT_TEXT_WAS_NOT,
    CONSENT_TEXT_WAS_SERVICES,
    CONSENT_TEXT_KEPT,
    CONSENT_TEXT_KEPT_COOKIE,
    CONSENT_TEXT_KEPT_RECORD,
    CONSENT_TEXT_KEPT_UNTIL,
    CONSENT_TEXT_FORGET,
    CONSENT_TEXT_FORGET_NOTE,
    CONSENT_TEXT_FORGOTTEN,
    CONSENT_TEXT_CONTACT,
    CONSENT_TEXT_REFUSED_TITLE,
    CONSENT_TEXT_REFUSED,
    CONSENT_TEXT_HELD_CAPTCHA_NOTE,
    CONSENT_TEXT_COMMA,
    CONSENT_TEXT_COUNT
} consent_ui_text_e;


/* Lists of texts that go by a key. */

typedef enum {
    CONSENT_WORDS_DATA = 0,         /* kinds of data: "ip" */
    CONSENT_WORDS_COUNTRIES,        /* ISO 3166-1: "IE" */
    CONSENT_WORDS_UNITS,            /* of time; forms of the plural, in the
                                       order of consent_ui_plural() */
    CONSENT_WORDS_PURPOSES,         /* "analytics.title"; they come before
                                       those of the rules */
    CONSENT_WORDS_COUNT
} consent_ui_words_e;


/*
 * One language.  Words are lines "\nKEY=TEXT"; of two with one key the first
 * counts.
 */

typedef struct {
    consent_str_t       tag;                        /* "en", "pt-BR" */
    consent_str_t       name;                       /* "English" */
    consent_str_t       text[CONSENT_TEXT_COUNT];
    consent_str_t       words[CONSENT_WORDS_COUNT];
    unsigned            rtl;
} consent_ui_texts_t;


struct consent_ui_s {
    unsigned                    n;
    const consent_ui_texts_t  **texts;
    const consent_ui_texts_t   *english;
};


/* The texts in a language; the English ones if there are none. */
const consent_ui_texts_t *consent_ui_texts(const consent_ui_t *ui,
    consent_str_t lang);

/* Copies into texts what it lacks and the other has: texts alone. */
void consent_ui_texts_fill(consent_ui_texts_t *texts,
    const consent_ui_texts_t *other);

/* The name of a string in ui/texts/LANG.json. */
const char *consent_ui_text_key(unsigned text);

/* The text of a key; data is NULL if there is none. */
consent_str_t consent_ui_words_find(consent_str_t words, consent_str_t key);

/*
 * Which of its forms a text has for n in a language, from 0 on, and how many
 * forms there are: CLDR's categories, as far as whole numbers have them, in
 * the order zero, one, two, few, many, other.
 */
unsigned consent_ui_plural(consent_str_t lang, unsigned n);
unsigned consent_ui_plurals(consent_str_t lang);


/* A writer: where to, in which words, and what stands for {name}, …  */

typedef struct {
    consent_buf_t             *b;
    const consent_view_t      *view;
    const consent_ui_texts_t  *texts;
    consent_str_t              back;    /* view->back, if it is a path of
                                           this origin; else empty */
    consent_str_t              name;
    consent_str_t              list;
    unsigned                   n;
    void                     (*add)(consent_buf_t *b, consent_str_t s);
                                        /* escapes what is no HTML of ours */
} consent_ui_out_t;


void consent_ui_out_init(consent_ui_out_t *o, consent_buf_t *b,
    const consent_view_t *view);

/*
 * Writes format, which is HTML, with
 *   %s  consent_str_t, escaped, as o->add does
 *   %i  the same, for names among texts that run from right to left: the
 *       order of its characters and of those around it stay apart
 *   %e  consent_str_t, percent-encoded
 *   %r  const char *, as it is
 *   %t  a CONSENT_TEXT_*, escaped; {site}, {name}, {list} and {n}
 *       filled in
 *   %a  const char *: the URL of the asset with this name
 *   %p  (no argument) the prefix, escaped
 *   %v  (no argument) the path to return to, escaped
 *   %b  (no argument) "?return=BACK", or nothing where there is no back; and
 *       the language as with %l
 *   %l  (no argument) "?lang=LANG", where the view says that links name it
 *   %m  (no argument) the same with "&amp;" before it
 *   %u  unsigned
 *   %%  "%"
 */
void consent_ui_put(consent_ui_out_t *o, const char *format, ...);

/* Writes it, or notes the gap. */
void consent_ui_put_gap(consent_ui_out_t *o, consent_gap_e what);

/* The word for key; key itself if there is none. */
consent_str_t consent_ui_word(const consent_ui_out_t *o,
    consent_ui_words_e words, consent_str_t key);

/* What a service learns, with commas. */
consent_str_t consent_ui_data(consent_ui_out_t *o,
    const consent_service_t *s);

/*
 * What is said about a purpose in the language of the view.  An operator's
 * own text comes first, then that of the rules.
 */

typedef enum {
    CONSENT_PURPOSE_TITLE = 0,
    CONSENT_PURPOSE_DESCRIPTION,
    CONSENT_PURPOSE_BENEFIT,
    CONSENT_PURPOSE_EXAMPLE
} consent_ui_purpose_e;

consent_str_t consent_ui_purpose(const consent_view_t *view,
    unsigned purpose, consent_ui_purpose_e what);
void consent_ui_put_purpose_text(consent_ui_out_t *o, unsigned purpose,
    consent_ui_purpose_e what);

/* The whole opening of a page of our own, up to and with <body>. */
void consent_ui_put_page(consent_ui_out_t *o, const char *kind,
    consent_str_t title);

/* The link to the custom properties of the look, if it has any. */
void consent_ui_put_theme(consent_ui_out_t *o);

/* An ISO 8601 duration (or "session", "persistent") in words. */
void consent_ui_put_retention(consent_ui_out_t *o, consent_str_t retention);

/* What a choice says about a service against its purposes: 1, 0, or -1. */
int consent_ui_override(const consent_view_t *view, int service);

/* What a stale choice was about, and what is asked now. */
void consent_ui_put_changes(consent_ui_out_t *o);

/* The visitor's receipt, what is kept of the choice, and its deletion. */
void consent_ui_put_proof(consent_ui_out_t *o);

/* What is held back of a service, or of one that nobody knows: NULL; who
   learns what; the form that allows it. */
void consent_ui_put_what(consent_ui_out_t *o, const consent_service_t *s);
void consent_ui_put_who(consent_ui_out_t *o, const consent_service_t *s);
void consent_ui_put_allow(consent_ui_out_t *o, int service,
    const char *target);

/* 1 if it is a form's check. */
int consent_ui_is_check(const consent_service_t *s);

/* Whom to ask, if the operator says so. */
void consent_ui_put_contact(consent_ui_out_t *o);

/* Purposes of the mask, their titles with commas between. */
void consent_ui_put_titles(consent_ui_out_t *o, uint32_t mask);

/* Purposes of the mask, their titles in a <ul class="list">. */
void consent_ui_put_purposes(consent_ui_out_t *o, uint32_t mask);


#endif /* CONSENT_UI_WRITE_H */

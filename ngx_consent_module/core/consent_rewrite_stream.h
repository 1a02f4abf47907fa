/*
 * Between the parts of the rewriter: consent_rewrite.c moves bytes,
 * consent_rewrite_tag.c judges tags and says what is put in,
 * consent_rewrite_css.c does so for style sheets.  Private to them.
 */

#ifndef CONSENT_REWRITE_STREAM_H
#define CONSENT_REWRITE_STREAM_H


#include "consent_carrier.h"
#include "consent_css.h"
#include "consent_html.h"
#include "consent_imports.h"
#include "consent_inside.h"
#include "consent_rewrite.h"


/* Services of one tag that are told apart in data-pc-service. */
#define CONSENT_HELD_MAX  8

/* Services of one page, whose scripts fill something in, that are known at
   its end. */
#define CONSENT_FILLING_MAX  16

/* Longest </body> that this is put in before. */
#define CONSENT_END_TAG_MAX  32


#define CONSENT_BASE_SURE   1
#define CONSENT_BASE_FIRST  2

/* Longest URL of a <base> that is kept; a longer one is taken away. */
#define CONSENT_BASE_MAX  1024

/* Longest URL of a frame that its placeholder can be told. */
#define CONSENT_FRAME_MAX  1024


/*
 * What bounds a request's memory, besides the bounds of tags and scripts:
 * values with character references are decoded up to this length, in a page
 * and in a srcdoc; what is longer can't be told.  Tags and scripts of a srcdoc
 * are held up to the third.
 */
#define CONSENT_TEXT_MAX     16384
#define CONSENT_TEXT_NESTED  4096
#define CONSENT_OUTGROWN_MAX 2      /* steps to the longest */
#define CONSENT_HOLD_NESTED  4096


/* Longest tag of a language that is looked at; RFC 5646, 4.4.1 asks for 35. */
#define CONSENT_LANG_MAX  35


/* What of a tag is to be held back. */

typedef struct {
    consent_tag_t           tag;        /* stands first; of its attributes
                                           only those that are there */
    unsigned                denied:1;
    unsigned                unclassified:1;
    unsigned                script:1;   /* put in the inert type */
    unsigned                image:1;    /* put in the empty image */
    unsigned                frame:1;    /* put in the placeholder */
    unsigned                sheet:1;    /* put in the empty stylesheet */
    unsigned                doc:1;      /* put in the rewritten srcdoc */
    unsigned                part:1;     /* of an attribute that goes on */
    uint32_t                purposes;
    unsigned                nservices;
    unsigned                nurls;      /* in style attributes */
    consent_str_t           doc_value;  /* the original, decoded */
    consent_str_t           url;        /* of the frame; among the values */
    uint8_t                 rename[CONSENT_ATTR_MAX];

    /* what follows is not set before it is counted */

    int                     services[CONSENT_HELD_MAX];
    uint32_t                urls[CONSENT_HELD_MAX];
} consent_held_t;


/* How the text of an element is judged once it is there. */

typedef enum {
    CONSENT_READ_CODE = 0,      /* as it streams by: consent_rewrite.c */
    CONSENT_READ_SCRIPT,        /* of svg, XHTML */
    CONSENT_READ_STYLE,
    CONSENT_READ_MAP,           /* JSON */
    CONSENT_READ_SPECULATION,
    CONSENT_READ_BUNDLE,        /* Subresource Loading with Web Bundles */
    CONSENT_READ_REQUESTS       /* of <amp-analytics> */
} consent_reading_t;


typedef struct consent_doc_s  consent_doc_t;


/* Memory of values that was too little; some may still lie in it. */

typedef struct {
    uint8_t  *text;
    size_t    size;
} consent_outgrown_t;


struct consent_rewrite_s {
    const consent_rewrite_conf_t  *conf;
    consent_html_t                 html;
    int                            rc;
    consent_charset_even_t         even;
    unsigned                       uneven:1;    /* it had something to do */
    uint8_t                        lead;        /* of the text being read:
                                                   consent_charset_mask() */

    const uint8_t                 *chunk;
    uint64_t                       base;        /* its first byte's offset */
    uint64_t                       end;         /* behind its last byte */

    uint64_t                       out;         /* next byte to come out */
    uint8_t                       *hold;        /* bytes before the chunk */
    size_t                         hold_size;
    uint64_t                       hold_start;
    uint64_t                       hold_end;

    consent_held_t                 held;        /* of the tag, or of the inline
                                                   script being judged */
    consent_inline_t               code;
    unsigned                       nfound;      /* services judged in it */
    uint64_t                       judged;      /* script's bytes judged */
    unsigned                       script:1;    /* in an inline script */
    unsigned                       waiting:1;   /* its tag is held */
    unsigned                       analytics:1; /* in <amp-analytics> */
    unsigned                       cut:1;       /* the rest of it is dropped */
    consent_reading_t              reading;     /* of what waits */
    unsigned                       text_denied:1;

    consent_imports_t             *imports;     /* made with the first module */
    unsigned                       module:1;    /* the script is one */
    unsigned                       imported:1;  /* it imports what is denied */

    consent_doc_t                 *doc;         /* for srcdoc */
    unsigned                       nested:1;    /* this is such a one */
    unsigned                       inside:2;    /* data: URLs around */
    consent_held_t                *outer_held;

    consent_css_t                 *css;
    unsigned                       style:1;     /* inside <style> */

    unsigned                       long_tag:1;  /* its begin went out */
    unsigned                       decided:1;   /* so did the attribute's, or
                                                   the instruction's */

    int                            filling[CONSENT_FILLING_MAX];
    unsigned                       nfilling;
    unsigned                       nfilled;     /* conf->end was asked */

    uint8_t                        lang[CONSENT_LANG_MAX];  /* of <html> */
    size_t                         lang_len;
    unsigned                       head_done:1;
    unsigned                       body_done:1;
    unsigned                       whole:1;     /* it is a document */
    unsigned                       policy:1;    /* it has one of its own, in
                                                   a meta tag */
    unsigned                       based:2;     /* readings that have seen
                                                   their <base href> */
    unsigned                       bases:2;     /* that have one */

    consent_url_t                  base_url[2]; /* for each reading */
    consent_memo_t                 memo;

    uint8_t                       *text;        /* decoded values */
    size_t                         text_size;
    size_t                         text_len;
    consent_outgrown_t             outgrown[CONSENT_OUTGROWN_MAX];
    unsigned                       noutgrown;
    unsigned                       lost:1;      /* a value of this tag can't
                                                   be decoded */
};


/* Bytes of the input from offset on; they are contiguous inside a tag. */

static inline const uint8_t *
consent_rewrite_bytes(const consent_rewrite_t *rw, uint64_t offset)
{
    return offset < rw->hold_end ? rw->hold + (offset - rw->hold_start)
                                 : rw->chunk + (offset - rw->base);
}


/* The page's language as it says itself; empty if it does not. */
consent_str_t consent_rewrite_lang(const consent_rewrite_t *rw);

/* Gives memory back, where that can be done. */
void consent_rewrite_release(consent_rewrite_t *rw, void *p, size_t size);

/* Lets come out what stands before offset. */
void consent_rewrite_upto(consent_rewrite_t *rw, uint64_t offset);

/* Puts something in at the present place. */
void consent_rewrite_put(consent_rewrite_t *rw, consent_str_t s,
    consent_span_t kind);

/* The end of a tag whose value in that quote, or in none, is open. */
void consent_rewrite_put_end(consent_rewrite_t *rw, uint8_t quote);

/* The first attribute of this id, the one that counts; or NULL. */
const consent_attr_t *consent_rewrite_attr(const consent_tag_t *tag,
    uint8_t id);

/* That attribute's value as the browser sees it; empty if there is none. */
consent_str_t consent_rewrite_attr_value(consent_rewrite_t *rw,
    const consent_tag_t *tag, uint8_t id);

/*
 * consent_rewrite_text.c: a piece of the page as it is to be judged; buf has
 * len bytes.  lead as with consent_charset_mask().
 */
const uint8_t *consent_rewrite_masked(const consent_rewrite_t *rw,
    uint8_t *lead, const uint8_t *p, size_t len, uint8_t *buf);

/* Pieces that are masked in one go. */
#define CONSENT_MASK_MAX  512

/*
 * 1 if a piece of a script or style sheet inside a data: URL can't be read:
 * it has the charset of the page it stands in (HTML, 4.12.1; CSS Syntax, 3.2)
 * but is not the page's own bytes, or one that an @charset names.  first: its
 * first byte.
 */
int consent_rewrite_is_odd(const consent_rewrite_t *rw, uint8_t first,
    consent_str_t piece);

/* Which attributes of a start tag are carriers that have to be judged: a bit
   for each. */
uint32_t consent_rewrite_look(const consent_rewrite_t *rw,
    const consent_tag_t *tag);

static inline uint32_t
consent_rewrite_wanted(const consent_rewrite_t *rw, const consent_tag_t *tag)
{
    return tag->looked ? tag->wanted : consent_rewrite_look(rw, tag);
}


/*
 * Fills in held for a start tag, or as much of it as there is: open.  wanted:
 * as above.  The same for one attribute, if that is wanted.
 */
void consent_rewrite_judge_tag(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t wanted, int open);
void consent_rewrite_judge_attr(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, int open);

/* This attribute, and those of its name, are to be renamed, and what the row
   says is put in. */
void consent_rewrite_take_away(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, const consent_carrier_t *row);

/* A script is to get the inert type. */
void consent_rewrite_make_inert(consent_held_t *held);

void consent_rewrite_held_init(consent_held_t *held,
    const consent_tag_t *tag);

/* Space for a decoded value; NULL if there is none: then rw->lost is set, or
   rw->rc. */
uint8_t *consent_rewrite_scratch(consent_rewrite_t *rw, size_t size);

/* Keeps the input from `from` to `offset` in one piece. */
void consent_rewrite_keep(consent_rewrite_t *rw, uint64_t from,
    uint64_t offset);

/* consent_rewrite_long.c: a tag longer than max_tag. */
void consent_rewrite_long_begin(consent_rewrite_t *rw);
uint64_t consent_rewrite_long_safe(consent_rewrite_t *rw);
void consent_rewrite_long_attr(void *data, consent_html_t *html,
    uint64_t name, uint64_t name_end, uint64_t value, uint64_t value_end);
void consent_rewrite_long_end(consent_rewrite_t *rw);

/* </noscript> at `end` stands inside of it. */
void consent_rewrite_long_broken(consent_rewrite_t *rw, uint64_t end);

/*
 * consent_rewrite_xml.c: what XHTML has besides tags; and where what has to
 * stay behind of a processing instruction begins, and what of it may come
 * before that is decided.
 */
void consent_rewrite_xml_other(void *data, consent_html_t *html, int kind,
    uint64_t start, uint64_t end);
int consent_rewrite_xml_waits(const consent_rewrite_t *rw);
uint64_t consent_rewrite_xml_safe(consent_rewrite_t *rw);

/* Makes it as new, but for the memory that it has. */
void consent_rewrite_reset(consent_rewrite_t *rw,
    const consent_rewrite_conf_t *conf);

/* consent_rewrite_doc.c: 1 if something in this srcdoc is denied. */
int consent_rewrite_judge_doc(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, consent_charset_t charset);
void consent_rewrite_put_doc(consent_rewrite_t *rw, consent_held_t *held);

/* The same for the page of a data: URL. */
int consent_rewrite_judge_inside_doc(consent_rewrite_t *rw,
    consent_held_t *held, consent_inside_t *inside, int xml);

/*
 * consent_rewrite_text.c: how the text of a style, or of a script of this type
 * is read; and 1 if the one that waits, up to offset, is denied.  whole: it is
 * complete, and has no elements in it.
 */
consent_reading_t consent_rewrite_reading(const consent_rewrite_t *rw,
    const consent_tag_t *tag, consent_str_t type);
int consent_rewrite_text_denied(consent_rewrite_t *rw, uint64_t offset,
    int whole);

/* consent_rewrite_json.c: 1 if what JSON names is denied. */
int consent_rewrite_json_denied(consent_rewrite_t *rw, consent_str_t text);

/* Defuses what a style sheet of svg names in so many bytes. */
void consent_rewrite_text_defuse(consent_rewrite_t *rw, uint64_t offset);

/* The type attribute without white space around. */
consent_str_t consent_rewrite_script_type(consent_rewrite_t *rw,
    const consent_tag_t *tag);

/* 1 if a service that was found in code since the last time is denied; the
   first *nfound were judged. */
int consent_rewrite_code_denied(consent_rewrite_t *rw, consent_held_t *held,
    const consent_inline_t *code, unsigned *nfound);
int consent_rewrite_script_denied(consent_rewrite_t *rw);

/* consent_rewrite_value.c: 1 if an event handler is denied. */
int consent_rewrite_judge_code(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t code);

/* Longest specifier of a module, or URL in JSON, that is looked at. */
#define CONSENT_SPECIFIER_MAX  2048

/* 1 if what a module imports is denied; rc: of consent_imports_next(). */
int consent_rewrite_judge_import(consent_rewrite_t *rw, consent_held_t *held,
    int rc, consent_str_t url);

/* 1 if a script of this type is a module, or will be. */
int consent_rewrite_is_module(consent_str_t type);

/* Judges what this piece of a script that is a module imports; returns how
   far it was read: the first that is denied is enough. */
size_t consent_rewrite_script_imports(consent_rewrite_t *rw,
    const uint8_t *p, size_t len);

/* 1 if what a javascript: or data: URL holds is denied; CONSENT_DECLINED if
   it is another URL. */
int consent_rewrite_judge_inside(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t types);

/* 1 if a link is javascript: and denied. */
int consent_rewrite_judge_link(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value);

/* 1 if what an animation puts into another attribute is denied. */
int consent_rewrite_judge_animated(consent_rewrite_t *rw,
    consent_held_t *held, const consent_attr_t *attr, consent_str_t value,
    const consent_carrier_t *row, int open);

/* 1 if the vendor that an element of AMP names is denied. */
int consent_rewrite_judge_vendor(consent_rewrite_t *rw, consent_held_t *held,
    uint32_t type);

/* 1 if a script tag without src, of this type, holds JavaScript to be run. */
int consent_rewrite_is_code(const consent_rewrite_t *rw,
    const consent_tag_t *tag, consent_str_t type);

/* Notes a verdict in held, if the choice denies it; returns 1 if so. */
int consent_rewrite_note(consent_rewrite_t *rw, consent_held_t *held,
    const consent_verdict_t *verdict, uint32_t type, consent_str_t host);

/* The same for what is said by the verdict, type, host and bounded of seen. */
int consent_rewrite_note_seen(consent_rewrite_t *rw, consent_held_t *held,
    const consent_seen_t *seen);

/* 1 if the URL is denied. */
int consent_rewrite_judge_url(consent_rewrite_t *rw, consent_held_t *held,
    consent_str_t value, uint32_t type);

/*
 * For what can't be told: 1 if an unknown third party is denied.  Where those
 * are allowed it may still be somebody whom the rules know, so it needs every
 * purpose.
 */
int consent_rewrite_judge_unknown(consent_rewrite_t *rw,
    consent_held_t *held, uint32_t type);

/* The same for what is told, but names nobody. */
int consent_rewrite_judge_anyone(consent_rewrite_t *rw,
    consent_held_t *held, uint32_t type);

/* The content of <style>, up to offset. */
void consent_rewrite_css_begin(consent_rewrite_t *rw,
    const consent_tag_t *tag);
void consent_rewrite_css_feed(consent_rewrite_t *rw, uint64_t offset);
void consent_rewrite_css_tail(consent_rewrite_t *rw);
void consent_rewrite_css_end(consent_rewrite_t *rw, uint64_t offset);

/* A tag begins in it. */
void consent_rewrite_css_cut(consent_rewrite_t *rw, uint64_t offset);

/* 1 if what a style sheet or a style attribute names is denied. */
int consent_rewrite_css_denied(consent_rewrite_t *rw, consent_held_t *held,
    const consent_css_url_t *found);

/* A style sheet that is all there, and begins at offset. */
void consent_rewrite_css_text(consent_rewrite_t *rw, consent_str_t text,
    uint64_t offset);

/*
 * A style attribute and its decoded value.  Denied URLs are noted in held;
 * 1 if the whole attribute has to be renamed.
 */
int consent_rewrite_judge_style(consent_rewrite_t *rw, consent_held_t *held,
    const consent_attr_t *attr, consent_str_t value);

/* Lets the attribute come out with its denied URLs defused. */
void consent_rewrite_put_urls(consent_rewrite_t *rw,
    const consent_held_t *held, const consent_attr_t *attr);

/* What stands behind the first name of the tag: " data-pc-service=…" */
void consent_rewrite_put_marks(consent_rewrite_t *rw, consent_held_t *held);

/* Lets the tag come out, neutralised. */
void consent_rewrite_put_tag(consent_rewrite_t *rw, consent_held_t *held);

/* 1 if the page's <base> leads to another origin. */
int consent_rewrite_elsewhere(const consent_rewrite_t *rw);

/*
 * A <base href>.  The first one counts; but one inside noscript counts only
 * with scripting off, and one in svg only for scanners that run ahead of the
 * parser.  So two are kept: the first of all, and the first that surely
 * counts.  A URL is denied if it is with either.  1 if it is too long to be
 * kept, and the tag has come out without it.
 */
int consent_rewrite_set_base(consent_rewrite_t *rw, const consent_tag_t *tag);

/* Notes that a base's href is to be taken away. */
void consent_rewrite_take_base(consent_rewrite_t *rw, consent_held_t *held);


#endif /* CONSENT_REWRITE_STREAM_H */

/*
 * The HTML tokenizer: WHATWG HTML, 13.2.5, as far as it decides where tags,
 * comments and raw text begin and end.  Character data is not reported; what
 * lies between two tokens is text.
 *
 * Bytes are pushed in pieces of any size; no byte is looked at twice for the
 * tokenizer's sake, and none is kept: tokens are told by their offsets in
 * the document.  The whole state is in consent_html_t, which holds no pointer
 * into the input between two calls and may be copied by assignment.
 */

#ifndef CONSENT_HTML_H
#define CONSENT_HTML_H


#include "consent_base.h"
#include "consent_charset.h"
#include "consent_scan.h"


/* Longest element or attribute name that is told apart. */
#define CONSENT_NAME_MAX      16

/* Attributes of one tag that are noted; see consent_tag_t.overflow. */
#define CONSENT_ATTR_MAX      32

/* Nesting inside svg and math that is followed exactly. */
#define CONSENT_FOREIGN_MAX   128

/* Raw bytes of a value that are kept to be compared. */
#define CONSENT_VALUE_MAX     64


/* A name, lower-cased, padded with NUL; longer ones are cut and never match.
   Of XHTML: in its own case, and without a prefix. */

typedef struct {
    uint8_t   text[CONSENT_NAME_MAX];
    uint32_t  len;                  /* of the whole name, saturating */
} consent_name_t;


/* An attribute with a known name. Offsets count from the tag's "<". */

typedef struct {
    uint8_t   id;                   /* CONSENT_ATTR_* */
    uint8_t   quote;                /* '"', '\'', or 0 */
    uint32_t  name;                 /* behind a prefix of XHTML */
    uint32_t  value;                /* first byte; 0 if there is no "=" */
    uint32_t  value_len;
} consent_attr_t;


typedef struct {
    uint64_t        start;          /* offset of "<" in the document */
    uint64_t        end;            /* offset behind ">" */
    uint32_t        name_end;       /* behind the name, from start */
    consent_name_t  name;
    uint8_t         id;             /* CONSENT_TAG_*; 0: not a known one */
    unsigned        closing:1;      /* an end tag */
    unsigned        self_closing:1;
    unsigned        overflow:1;     /* more known attributes than fit, or
                                       longer than offsets can tell */
    unsigned        foreign:1;      /* an element of svg or math */
    unsigned        unsure:1;       /* what it is depends on the reading */
    unsigned        looked:1;       /* `wanted` is known */
    uint32_t        wanted;         /* attributes that are carriers to be
                                       judged, by consent_carrier_wants(); a
                                       bit for each */
    unsigned        nattrs;
    consent_attr_t  attr[CONSENT_ATTR_MAX];
} consent_tag_t;


/* What the bytes that follow a start tag are. */

typedef enum {
    CONSENT_TEXT_DATA = 0,
    CONSENT_TEXT_RCDATA,            /* title, textarea */
    CONSENT_TEXT_RAWTEXT,           /* style, xmp, iframe, noembed, … */
    CONSENT_TEXT_SCRIPT,
    CONSENT_TEXT_PLAINTEXT,
    CONSENT_TEXT_CDATA              /* to begin with only */
} consent_text_kind_t;


typedef struct consent_html_s  consent_html_t;

/* Takes the bytes from p on (before end) in one state; returns where it
   stopped.  It moves on by at least a byte, or changes the state. */

typedef const uint8_t *(*consent_html_state_pt)(consent_html_t *h,
    const uint8_t *p, const uint8_t *end);


/*
 * What is told.  tag: a start or end tag is complete; the handler may look
 * at h->tag, and at h->text for what follows a start tag.  other: a comment, a
 * doctype or a CDATA section of the document from start to end; may be
 * NULL.  attribute: every attribute's extent, known or not, while
 * h->attributes is set; may be NULL.
 * broken: what is read twice ends at `end`, which cuts off what has begun
 * inside, see below; may be NULL.
 */

typedef struct {
    void  (*tag)(void *data, consent_html_t *h);
    void  (*other)(void *data, consent_html_t *h, int kind, uint64_t start,
                   uint64_t end);
    void  (*attribute)(void *data, consent_html_t *h, uint64_t name,
                       uint64_t name_end, uint64_t value, uint64_t value_end);
    void  (*broken)(void *data, consent_html_t *h, int kind, uint64_t end);
} consent_html_handler_t;

#define CONSENT_OTHER_COMMENT  0
#define CONSENT_OTHER_DOCTYPE  1
#define CONSENT_OTHER_CDATA    2

/* Of XHTML: a processing instruction; and where the internal subset of a
   DOCTYPE begins (start and end are one) and ends. */

#define CONSENT_OTHER_INSTRUCTION  3
#define CONSENT_OTHER_SUBSET       4
#define CONSENT_OTHER_SUBSET_END   5


/*
 * Some stretches have two readings, one as markup and one as text up to an
 * end tag:
 *
 * - noscript is markup without scripting, and raw text with it (13.2.6.4.4,
 *   13.2.6.4.7);
 * - title, style, script and the like are elements as any other in svg and
 *   math; but scanners that run ahead of the parser know no tree, and read
 *   them as text there, too;
 * - in select, parsers until 2025 take no notice of most of them; likewise in
 *   a frameset, and in a template that began with <col>;
 * - and where it cannot be told whether svg or math is open.
 *
 * Such a stretch is read as markup here, and ends at the first end tag that
 * ends it as text, wherever that stands.  Where it stands inside a comment, a
 * tag or raw text, the two readings part: `broken` tells it, so that a
 * rewriter may end the inner construct there and bring them together again.
 * A CDATA section in svg or math is such a stretch up to "]]>".
 */
#define CONSENT_BROKEN_TAG      0   /* from h->pending on */
#define CONSENT_BROKEN_COMMENT  1
#define CONSENT_BROKEN_BOGUS    2   /* ends at ">": <! and <?, doctype */
#define CONSENT_BROKEN_CDATA    3
#define CONSENT_BROKEN_RAW      4   /* of the element h->raw */
#define CONSENT_BROKEN_ESCAPED  5   /* perhaps "<!--" of script data */

/* One for each name that begins such a stretch, and CDATA. */
#define CONSENT_TWICE_MAX       10

typedef struct {
    consent_name_t  name;           /* of the element; empty: CDATA */
    uint64_t        scanned;        /* was looked through up to here */
    uint64_t        mark;           /* where its end begins, if any was seen */
    uint64_t        end;            /* the byte that makes its end complete,
                                       0: not yet seen */
    unsigned        seen;           /* bytes of what may be its end */
    uint8_t         lead;           /* of CDATA: consent_charset_seek() */

    /* in script data */
    unsigned        opening:3;      /* bytes of "<!--" */
    unsigned        begun:3;        /* bytes of "<script" */
    unsigned        dashes:2;
    unsigned        escaped:1;      /* between "<!--" and "-->" */
    unsigned        twofold:1;      /* there, between <script> and its end */
} consent_twice_t;


/* An open element inside svg or math, and those around it. */

typedef struct {
    uint8_t   kind:7;               /* of consent_html_tree.c */
    uint8_t   math:1;               /* of MathML */
    uint8_t   id;                   /* CONSENT_TAG_* */
    uint16_t  hash;                 /* of the name */
} consent_open_t;


/* How sure it is that the elements in `open` are those that are open. */

#define CONSENT_SURE        0
#define CONSENT_UNSURE      1       /* they are, or none is */
#define CONSENT_LOST        2       /* any may be */


/* What tokenizing has to know of the tree; see consent_html_tree.c. */

typedef struct {
    unsigned        busy:1;         /* every tag counts */
    unsigned        unsure:2;
    unsigned        select:1;       /* perhaps inside of one */
    unsigned        frames:1;       /* perhaps in a frameset */
    unsigned        body:1;         /* <body> was there */
    unsigned        doubtful:1;     /* perhaps fewer templates */
    unsigned        leaving:1;      /* the next </noscript> ends one */
    unsigned        cdata:1;        /* in CDATA that is read twice */

    unsigned        templates;      /* that are open */
    unsigned        select_templates;   /* around the outermost <select> */
    uint64_t        fresh;          /* bits by depth: nothing is in it yet */
    uint64_t        columns;        /* bits by depth: it began with <col> */

    unsigned        was_select:1;   /* as <noscript> began */
    unsigned        was_frames:1;
    unsigned        was_body:1;
    unsigned        was_open;
    unsigned        was_templates;

    unsigned        nopen;
    consent_open_t  open[CONSENT_FOREIGN_MAX];
} consent_tree_t;


/*
 * A tag need not be told that has no carrier and is not CONSENT_IS_TOLD, if it
 * is of a void element that may stand in the head; or whatever it is.  But a
 * <meta> is told that has http-equiv; without it, its content is no carrier.
 * In svg all are told whose names are known.
 */
#define CONSENT_SPARING_HEAD  1
#define CONSENT_SPARING_ALL   2


struct consent_html_s {
    consent_html_state_pt          state;
    const consent_html_handler_t  *handler;
    void                          *data;
    const consent_scan_t          *scan;
    consent_html_state_pt          quick;   /* of consent_html_state.h */

    const uint8_t                 *chunk;   /* of the running call */
    const uint8_t                 *chunk_end;
    uint64_t                       base;    /* chunk's offset */

    uint64_t                       pending; /* first byte of a token that is
                                               not complete */
    unsigned                       in_token:1;
    unsigned                       xml:1;   /* tokenize as XHTML */
    unsigned                       in_other:1;
    unsigned                       noscript:1;  /* inside of one */
    unsigned                       attributes:1;    /* tell of each */

    consent_charset_t              charset; /* set it behind init() */
    uint8_t                        lead;    /* consent_charset_seek() */
    unsigned                       sparing:2;   /* CONSENT_SPARING_* */

    consent_text_kind_t            text;    /* what is being read */
    consent_name_t                 raw;     /* end tag that closes it */
    consent_name_t                 name;    /* being read */
    uint32_t                       prefix;  /* of the name, with its ":" */
    unsigned                       matched; /* bytes of a literal seen; in
                                               script data: escaped */
    unsigned                       word;    /* which literal */
    int                            other;   /* CONSENT_OTHER_* */

    unsigned                       ntwice;
    consent_twice_t                twice[CONSENT_TWICE_MAX];

    uint64_t                       attr_name;
    uint64_t                       attr_name_end;
    uint64_t                       attr_value;
    uint8_t                        attr_quote;
    unsigned                       attr_open:1;

    uint32_t                       value_len;   /* of encoding="", raw; it may
                                                   exceed what is kept */
    uint8_t                        value[CONSENT_VALUE_MAX];

    consent_tag_t                  tag;
    consent_tree_t                 tree;
};


void consent_html_init(consent_html_t *h,
    const consent_html_handler_t *handler, void *data, int xml);

/* Pushes the next len bytes. */
void consent_html_feed(consent_html_t *h, const uint8_t *data, size_t len);

/* Id of the attribute that was read last. */
uint8_t consent_html_attr_id(const consent_html_t *h);

/* The end of the document: what a browser emits at EOF is told. */
void consent_html_end(consent_html_t *h);

/* Sets the state as a test does: after a start tag of this name. */
void consent_html_set_text(consent_html_t *h, consent_text_kind_t text,
    consent_str_t name);


/*
 * What the stretches that are read twice still need begins here: the first
 * byte of what may be an end of them.  UINT64_MAX: nothing.
 */
uint64_t consent_html_mark(const consent_html_t *h);


#endif /* CONSENT_HTML_H */

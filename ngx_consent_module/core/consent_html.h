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
#include "consent_scan.h"


/* Longest element or attribute name that is told apart. */
#define CONSENT_NAME_MAX      16

/* Attributes of one tag that are noted; see consent_tag_t.overflow. */
#define CONSENT_ATTR_MAX      32

/* Nesting inside svg and math that is followed exactly. */
#define CONSENT_FOREIGN_MAX   128


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
    unsigned        nattrs;
    consent_attr_t  attr[CONSENT_ATTR_MAX];
} consent_tag_t;


/* What the bytes that follow a start tag are. */

typedef enum {
    CONSENT_TEXT_DATA = 0,
    CONSENT_TEXT_RCDATA,            /* title, textarea */
    CONSENT_TEXT_RAWTEXT,           /* style, xmp, iframe, noembed, … */
    CONSENT_TEXT_SCRIPT,
    CONSENT_TEXT_PLAINTEXT
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
 * broken: </noscript> at `end` cuts off what began inside the element, see
 * below; may be NULL.
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
 * noscript has two readings (13.2.6.4.4, 13.2.6.4.7).  Without scripting its
 * content is markup; with scripting it is raw text up to the first
 * "</noscript".  Content is read as markup here, and the element ends at that
 * first end tag wherever it stands.  Where it stands inside a comment, a
 * tag or raw text, the two readings part: `broken` tells it, so that a
 * rewriter may end the inner construct there and bring them together again.
 */
#define CONSENT_BROKEN_TAG      0   /* from h->pending on */
#define CONSENT_BROKEN_COMMENT  1
#define CONSENT_BROKEN_BOGUS    2   /* ends at ">": <! and <?, doctype */
#define CONSENT_BROKEN_CDATA    3
#define CONSENT_BROKEN_RAW      4   /* of the element h->raw */


/* An open element inside svg or math, and those around it. */

typedef struct {
    uint8_t  kind;                  /* of consent_html_tree.c */
    uint8_t  id;                    /* CONSENT_TAG_* */
    uint16_t hash;                  /* of the name */
} consent_open_t;


struct consent_html_s {
    consent_html_state_pt          state;
    const consent_html_handler_t  *handler;
    void                          *data;
    const consent_scan_t          *scan;
    consent_html_state_pt          quick;   /* of consent_html_state.h */

    const uint8_t                 *chunk;   /* of the running call */
    uint64_t                       base;    /* chunk's offset */

    uint64_t                       pending; /* first byte of a token that is
                                               not complete */
    unsigned                       in_token:1;
    unsigned                       xml:1;   /* tokenize as XHTML */
    unsigned                       in_other:1;
    unsigned                       noscript:1;  /* inside of one */
    unsigned                       attributes:1;    /* tell of each */
    unsigned                       sparing:1;   /* a tag need not be told
                                                   unless a carrier is in it,
                                                   or it IS_TOLD */

    consent_text_kind_t            text;    /* what is being read */
    consent_name_t                 raw;     /* end tag that closes it */
    consent_name_t                 name;    /* being read */
    uint32_t                       prefix;  /* of the name, with its ":" */
    unsigned                       matched; /* bytes of a literal seen; in
                                               script data: escaped */
    unsigned                       word;    /* which literal */
    int                            other;   /* CONSENT_OTHER_* */

    unsigned                       noscript_seen;   /* bytes of its end tag */
    unsigned                       noscript_open;   /* nopen outside of it */
    uint64_t                       noscript_end;    /* where it begins */

    uint64_t                       attr_name;
    uint64_t                       attr_name_end;
    uint64_t                       attr_value;
    uint8_t                        attr_quote;
    unsigned                       attr_open:1;

    consent_tag_t                  tag;

    unsigned                       nopen;
    unsigned                       lost;    /* open elements beyond the
                                               stack */
    consent_open_t                 open[CONSENT_FOREIGN_MAX];
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
 * Tree construction's part in tokenizing (13.2.6), consent_html_tree.c:
 * notes a complete tag, and for a start tag sets h->text.
 */
void consent_html_tree_tag(consent_html_t *h);

/* 1 if "<![CDATA[" opens a CDATA section here (13.2.5.42). */
int consent_html_tree_cdata(const consent_html_t *h);


#endif /* CONSENT_HTML_H */

/*
 * The look of the interface: where the question stands, its colours and
 * corners.  What can be set is what cannot mislead: there is no parameter for
 * a single button, and colours that cannot be read are refused.
 */

#ifndef CONSENT_UI_LOOK_H
#define CONSENT_UI_LOOK_H


#include "consent_base.h"


typedef enum {
    CONSENT_AT_BOTTOM = 0,
    CONSENT_AT_CORNER,
    CONSENT_AT_CENTER
} consent_position_t;


#define CONSENT_LIGHT    0
#define CONSENT_DARK     1
#define CONSENT_SCHEMES  2

#define CONSENT_STYLE_RESTS  0      /* the handle alone */
#define CONSENT_STYLE_ASKS   1      /* with the question */
#define CONSENT_STYLES       2

/* "'sha256-" BASE64 "'" */
#define CONSENT_STYLE_SOURCE  (8 + 44 + 1)


typedef struct {
    uint8_t  r, g, b;
} consent_colour_t;


typedef struct {
    consent_colour_t  paper, ink, accent;
} consent_palette_t;


typedef struct {
    consent_position_t  position;
    unsigned            round;      /* pixels */
    consent_palette_t   palette[CONSENT_SCHEMES];
    unsigned            themed:1;   /* not all is as it was */

    /* Made by consent_look_make(). */
    consent_str_t       theme;      /* custom properties; empty: none needed */
    consent_str_t       scheme[CONSENT_SCHEMES];
                                    /* those of one scheme, in theme */
    char                version[9]; /* of the theme, for its URL */
    consent_str_t       style[CONSENT_STYLES];
    uint8_t             source[CONSENT_STYLES][CONSENT_STYLE_SOURCE];
                                    /* the style's, for a policy */
} consent_look_t;


/* The style sheet of the question's place; NULL: it needs none. */
const char *consent_look_place(const consent_look_t *look);

/* As it is without any parameter. */
void consent_look_init(consent_look_t *look);

/*
 * One parameter: "position=bottom|corner|center", "paper=", "ink=" or
 * "accent=" with "#rrggbb", or with two of them, "LIGHT,DARK", and
 * "radius=0" to "32".  CONSENT_ERROR: *error (static) says what is right.
 */
int consent_look_set(consent_look_t *look, consent_str_t parameter,
    const char **error);

/*
 * Makes the style sheets.  CONSENT_ERROR: *error says which colours are too
 * near each other (WCAG 2.2, 1.4.3 and 1.4.11), or that there is no memory.
 */
int consent_look_make(consent_look_t *look, const consent_mem_t *mem,
    const char **error);

/* WCAG 2.2, contrast ratio: 1 to 21. */
double consent_contrast(consent_colour_t a, consent_colour_t b);


#endif /* CONSENT_UI_LOOK_H */

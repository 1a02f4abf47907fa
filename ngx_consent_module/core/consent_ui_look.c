#include <string.h>

#include <openssl/sha.h>

#include "consent_base64.h"
#include "consent_builtin.h"
#include "consent_ui_look.h"


#define CONSENT_LOOK_ROUND_MAX  32


/* The colours of the built-in style sheets. */

static const consent_palette_t  consent_look_palettes[CONSENT_SCHEMES] = {
    { { 0xff, 0xff, 0xff }, { 0x17, 0x19, 0x1c }, { 0x0b, 0x6b, 0x57 } },
    { { 0x1d, 0x1f, 0x23 }, { 0xf1, 0xf2, 0xf4 }, { 0x5f, 0xcf, 0xb4 } }
};


/* A custom property: so much of `from`, the rest paper. */

typedef struct {
    const char  *name;
    size_t       from;          /* offset in the palette */
    unsigned     percent;
    double       contrast;      /* with paper, at least; 0: any */
    const char  *error;
} consent_look_shade_t;

#define CONSENT_LOOK_INK     offsetof(consent_palette_t, ink)
#define CONSENT_LOOK_ACCENT  offsetof(consent_palette_t, accent)

static const consent_look_shade_t  consent_look_shades[] = {
    { "paper",  CONSENT_LOOK_INK,      0, 0, NULL },
    { "ink",    CONSENT_LOOK_INK,    100, 4.5,
      "ink on paper has a contrast of less than 4.5" },
    { "soft",   CONSENT_LOOK_INK,     76, 4.5,
      "ink at three quarters, for less important text, has a contrast of "
      "less than 4.5 with paper" },
    { "edge",   CONSENT_LOOK_INK,     58, 3,
      "ink at half strength, for edges, has a contrast of less than 3 with "
      "paper" },
    { "rule",   CONSENT_LOOK_INK,     16, 0, NULL },
    { "ground", CONSENT_LOOK_INK,      4, 0, NULL },
    { "on",     CONSENT_LOOK_ACCENT, 100, 4.5,
      "accent on paper has a contrast of less than 4.5" },
    { "focus",  CONSENT_LOOK_ACCENT, 100, 3, NULL },
    { "wash",   CONSENT_LOOK_ACCENT,  10, 0, NULL }
};

#define CONSENT_LOOK_NSHADES                                                  \
    (sizeof(consent_look_shades) / sizeof(consent_look_shades[0]))


void
consent_look_init(consent_look_t *look)
{
    memset(look, 0, sizeof(consent_look_t));

    look->round = 16;
    memcpy(look->palette, consent_look_palettes, sizeof(look->palette));
}


static int
consent_look_hex(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : -1;
}


/* "#rrggbb" at the start of *s, which is moved on. */

static int
consent_look_colour(consent_str_t *s, consent_colour_t *colour)
{
    int       high, low;
    size_t    i;
    uint8_t  *channel[3];

    channel[0] = &colour->r;
    channel[1] = &colour->g;
    channel[2] = &colour->b;

    if (s->len < 7 || s->data[0] != '#') {
        return CONSENT_ERROR;
    }

    for (i = 0; i < 3; i++) {
        high = consent_look_hex(s->data[1 + 2 * i]);
        low = consent_look_hex(s->data[2 + 2 * i]);

        if (high < 0 || low < 0) {
            return CONSENT_ERROR;
        }

        *channel[i] = (uint8_t) (high << 4 | low);
    }

    s->data += 7;
    s->len -= 7;

    return CONSENT_OK;
}


/* One colour is for the light scheme; a second one for the dark one. */

static int
consent_look_set_colour(consent_look_t *look, consent_str_t value,
    size_t offset)
{
    consent_colour_t  *light, *dark;

    light = (consent_colour_t *) ((char *) &look->palette[CONSENT_LIGHT]
                                  + offset);
    dark = (consent_colour_t *) ((char *) &look->palette[CONSENT_DARK]
                                 + offset);

    look->themed = 1;

    if (consent_look_colour(&value, light) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    if (value.len == 0) {
        return CONSENT_OK;
    }

    if (value.data[0] != ',') {
        return CONSENT_ERROR;
    }

    value.data++;
    value.len--;

    return consent_look_colour(&value, dark) == CONSENT_OK && value.len == 0
           ? CONSENT_OK : CONSENT_ERROR;
}


static int
consent_look_set_position(consent_look_t *look, consent_str_t value)
{
    unsigned  i;

    static const consent_str_t  names[] = {
        [CONSENT_AT_BOTTOM] = consent_string("bottom"),
        [CONSENT_AT_CORNER] = consent_string("corner"),
        [CONSENT_AT_CENTER] = consent_string("center")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (consent_str_eq(value, names[i])) {
            look->position = (consent_position_t) i;
            return CONSENT_OK;
        }
    }

    return CONSENT_ERROR;
}


static int
consent_look_set_radius(consent_look_t *look, consent_str_t value)
{
    size_t    i;
    unsigned  n;

    for (n = 0, i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9' || i == 2) {
            return CONSENT_ERROR;
        }

        n = n * 10 + (unsigned) (value.data[i] - '0');
    }

    look->round = n;
    look->themed = 1;

    return i && n <= CONSENT_LOOK_ROUND_MAX ? CONSENT_OK : CONSENT_ERROR;
}


int
consent_look_set(consent_look_t *look, consent_str_t parameter,
    const char **error)
{
    size_t          i;
    consent_str_t   name, value;
    const uint8_t  *p;

    static const struct {
        consent_str_t  name;
        size_t         offset;
    } colours[] = {
        { consent_string("paper"), offsetof(consent_palette_t, paper) },
        { consent_string("ink"), CONSENT_LOOK_INK },
        { consent_string("accent"), CONSENT_LOOK_ACCENT }
    };

    p = memchr(parameter.data, '=', parameter.len);
    name = parameter;

    if (p != NULL) {
        name.len = (size_t) (p - parameter.data);
        value.data = p + 1;
        value.len = parameter.len - name.len - 1;

        for (i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
            if (consent_str_eq(name, colours[i].name)) {
                *error = "expected a colour \"#rrggbb\", or two, "
                         "\"LIGHT,DARK\"";
                return consent_look_set_colour(look, value,
                                               colours[i].offset);
            }
        }

        if (consent_str_eq(name, consent_str("position"))) {
            *error = "expected \"bottom\", \"corner\" or \"center\"";
            return consent_look_set_position(look, value);
        }

        if (consent_str_eq(name, consent_str("radius"))) {
            *error = "expected a number of pixels from 0 to 32";
            return consent_look_set_radius(look, value);
        }
    }

    *error = "expected \"position=bottom|corner|center\", \"paper=\", "
             "\"ink=\" or \"accent=\" with a colour, or \"radius=\"";

    return CONSENT_ERROR;
}


/*
 * A channel made linear (WCAG 2.2, relative luminance).  x to the power of
 * 2.4 is x² times the fifth root of x², which Newton's method finds.
 */

static double
consent_look_linear(uint8_t channel)
{
    int     i;
    double  x, square, root;

    x = channel / 255.0;

    if (x <= 0.04045) {
        return x / 12.92;
    }

    x = (x + 0.055) / 1.055;
    square = x * x;
    root = 1;

    for (i = 0; i < 40; i++) {
        root -= (root - square / (root * root * root * root)) / 5;
    }

    return square * root;
}


double
consent_contrast(consent_colour_t a, consent_colour_t b)
{
    double  one, two;

    one = 0.05 + 0.2126 * consent_look_linear(a.r)
          + 0.7152 * consent_look_linear(a.g)
          + 0.0722 * consent_look_linear(a.b);
    two = 0.05 + 0.2126 * consent_look_linear(b.r)
          + 0.7152 * consent_look_linear(b.g)
          + 0.0722 * consent_look_linear(b.b);

    return one > two ? one / two : two / one;
}


static uint8_t
consent_look_mix(uint8_t from, uint8_t paper, unsigned percent)
{
    return (uint8_t) ((from * percent + paper * (100 - percent) + 50) / 100);
}


static consent_colour_t
consent_look_shade(const consent_palette_t *palette,
    const consent_look_shade_t *shade)
{
    consent_colour_t         mixed;
    const consent_colour_t  *from;

    from = (const consent_colour_t *) ((const char *) palette + shade->from);

    mixed.r = consent_look_mix(from->r, palette->paper.r, shade->percent);
    mixed.g = consent_look_mix(from->g, palette->paper.g, shade->percent);
    mixed.b = consent_look_mix(from->b, palette->paper.b, shade->percent);

    return mixed;
}


static int
consent_look_put_palette(consent_buf_t *b, const consent_palette_t *palette,
    const char **error)
{
    size_t                       i, k;
    uint8_t                      hex[6], channels[3];
    consent_colour_t             colour;
    const consent_look_shade_t  *shade;

    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < CONSENT_LOOK_NSHADES; i++) {
        shade = &consent_look_shades[i];
        colour = consent_look_shade(palette, shade);

        if (shade->error != NULL
            && consent_contrast(colour, palette->paper) < shade->contrast)
        {
            *error = shade->error;
            return CONSENT_ERROR;
        }

        channels[0] = colour.r;
        channels[1] = colour.g;
        channels[2] = colour.b;

        for (k = 0; k < 3; k++) {
            hex[2 * k] = (uint8_t) digits[channels[k] >> 4];
            hex[2 * k + 1] = (uint8_t) digits[channels[k] & 15];
        }

        consent_buf_add_c(b, "--");
        consent_buf_add_c(b, shade->name);
        consent_buf_add_c(b, ":#");
        consent_buf_add(b, (consent_str_t) { sizeof(hex), hex });
        consent_buf_add_c(b, ";");
    }

    return CONSENT_OK;
}


/* "#r" is of the banner, ":root" of our own pages. */

static int
consent_look_theme(consent_look_t *look, consent_buf_t *b, const char **error)
{
    size_t  light, dark;

    consent_buf_add_c(b, "#r,:root{");
    light = b->len;

    consent_buf_add_c(b, "--round:");
    consent_buf_add_number(b, look->round);
    consent_buf_add_c(b, "px;");

    if (consent_look_put_palette(b, &look->palette[CONSENT_LIGHT], error)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    look->scheme[CONSENT_LIGHT].len = b->len - light;

    consent_buf_add_c(b, "}@media(prefers-color-scheme:dark){#r,:root{");
    dark = b->len;

    if (consent_look_put_palette(b, &look->palette[CONSENT_DARK], error)
        != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    look->scheme[CONSENT_DARK].len = b->len - dark;

    consent_buf_add_c(b, "}}");

    look->theme = consent_buf_str(b);

    if (!b->failed) {
        look->scheme[CONSENT_LIGHT].data = look->theme.data + light;
        look->scheme[CONSENT_DARK].data = look->theme.data + dark;
    }

    return CONSENT_OK;
}


static void
consent_look_add_asset(consent_buf_t *b, const char *name)
{
    unsigned  i;

    for (i = 0; i < consent_nassets; i++) {
        if (strcmp(consent_assets[i].name, name) == 0) {
            consent_buf_add(b, consent_assets[i].body);
        }
    }
}


const char *
consent_look_place(const consent_look_t *look)
{
    static const char *const  places[] = {
        [CONSENT_AT_BOTTOM] = NULL,
        [CONSENT_AT_CORNER] = "corner.css",
        [CONSENT_AT_CENTER] = "center.css"
    };

    return places[look->position];
}


/* CSP Level 3, 2.3.1: base64url does as well. */

static void
consent_look_source(consent_str_t style, uint8_t *source)
{
    size_t   len;
    uint8_t  digest[SHA256_DIGEST_LENGTH];

    SHA256(style.data, style.len, digest);

    memcpy(source, "'sha256-", 8);
    len = 8 + consent_base64url(source + 8, digest, sizeof(digest));
    memcpy(source + len, "='", 2);
}


int
consent_look_make(consent_look_t *look, const consent_mem_t *mem,
    const char **error)
{
    unsigned       i;
    uint8_t        digest[SHA256_DIGEST_LENGTH], text[44];
    consent_buf_t  b;

    *error = "no memory";
    consent_buf_init(&b, mem);

    if (look->themed) {
        if (consent_look_theme(look, &b, error) != CONSENT_OK) {
            return CONSENT_ERROR;
        }

        SHA256(look->theme.data, look->theme.len, digest);
        (void) consent_base64url(text, digest, sizeof(digest));
        memcpy(look->version, text, 8);
    }

    if (b.failed) {
        return CONSENT_ERROR;
    }

    for (i = 0; i < CONSENT_STYLES; i++) {
        consent_buf_init(&b, mem);
        consent_look_add_asset(&b, "pc.css");

        if (i == CONSENT_STYLE_ASKS) {
            consent_look_add_asset(&b, "ask.css");

            if (consent_look_place(look) != NULL) {
                consent_look_add_asset(&b, consent_look_place(look));
            }
        }

        consent_buf_add(&b, look->theme);

        if (b.failed) {
            return CONSENT_ERROR;
        }

        look->style[i] = consent_buf_str(&b);
        consent_look_source(look->style[i], look->source[i]);
    }

    return CONSENT_OK;
}

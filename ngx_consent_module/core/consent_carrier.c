#include <string.h>

#include "consent_carrier.h"
#include "consent_rules.h"
#include "generated/consent_names.h"


/* Names are padded with NUL, and so compared as two words. */

typedef struct {
    uint8_t   len;
    uint8_t   flags;
    char      text[CONSENT_NAME_MAX + 1];
} consent_known_t;


static const consent_known_t  consent_known_tags[] = {
    { 0, 0, "" },
#define CONSENT_TAG(id, name, flags)  { sizeof(name) - 1, flags, name },
#include "consent_tags.h"
#undef CONSENT_TAG
};


static const consent_known_t  consent_known_attrs[] = {
    { 0, 0, "" },
#define CONSENT_ATTR(id, name)  { sizeof(name) - 1, 0, name },
#include "consent_attrs.h"
#undef CONSENT_ATTR
};


/* The slot of a name in the perfect hash that tools/names.py made. */

static size_t
consent_known_slot(const consent_name_t *name, uint64_t factor, unsigned bits)
{
    uint64_t  words[2];

    memcpy(words, name->text, sizeof(words));

    return (size_t) ((words[0] + words[1] * 31) * factor >> (64 - bits));
}


static int
consent_known_is(const consent_known_t *known, const consent_name_t *name)
{
    return known->len == name->len
           && memcmp(known->text, name->text, CONSENT_NAME_MAX) == 0;
}


uint8_t
consent_tag_id(const consent_name_t *name)
{
    uint8_t  id;

    id = consent_tag_slots[consent_known_slot(name, CONSENT_TAG_FACTOR,
                                              CONSENT_TAG_BITS)];

    return consent_known_is(&consent_known_tags[id], name) ? id : 0;
}


uint8_t
consent_attr_id(const consent_name_t *name)
{
    uint8_t  id;

    id = consent_attr_slots[consent_known_slot(name, CONSENT_ATTR_FACTOR,
                                               CONSENT_ATTR_BITS)];

    return consent_known_is(&consent_known_attrs[id], name) ? id : 0;
}


consent_str_t
consent_tag_name(uint8_t id)
{
    return (consent_str_t) { consent_known_tags[id].len,
                             (const uint8_t *) consent_known_tags[id].text };
}


consent_str_t
consent_attr_name(uint8_t id)
{
    return (consent_str_t) { consent_known_attrs[id].len,
                             (const uint8_t *) consent_known_attrs[id].text };
}


unsigned
consent_tag_flags(uint8_t id)
{
    return consent_known_tags[id].flags;
}


#define TAG(id)    CONSENT_TAG_##id
#define ATTR(id)   CONSENT_ATTR_##id
#define TYPE(id)   CONSENT_TYPE_##id

#define URL        CONSENT_VALUE_URL
#define SRCSET     CONSENT_VALUE_SRCSET
#define URLS       CONSENT_VALUE_URLS
#define REFRESH    CONSENT_VALUE_REFRESH

#define ALWAYS     CONSENT_WHEN_ALWAYS
#define NOTHING    CONSENT_INSTEAD_NOTHING


const consent_carrier_t  consent_carriers[] = {

    /* svg's script takes href instead */

    { TAG(SCRIPT), ATTR(SRC), URL, ALWAYS, TYPE(SCRIPT),
      CONSENT_INSTEAD_INERT },
    { TAG(SCRIPT), ATTR(HREF), URL, ALWAYS, TYPE(SCRIPT),
      CONSENT_INSTEAD_INERT },
    { TAG(SCRIPT), ATTR(XLINK_HREF), URL, ALWAYS, TYPE(SCRIPT),
      CONSENT_INSTEAD_INERT },
    { TAG(SCRIPT), ATTR(ATTRIBUTIONSRC), URLS, ALWAYS, TYPE(PING), NOTHING },

    { TAG(IFRAME), ATTR(SRC), URL, ALWAYS, TYPE(FRAME),
      CONSENT_INSTEAD_FRAME },
    { TAG(FRAME), ATTR(SRC), URL, ALWAYS, TYPE(FRAME),
      CONSENT_INSTEAD_FRAME },
    { TAG(PORTAL), ATTR(SRC), URL, ALWAYS, TYPE(FRAME), NOTHING },

    { TAG(IMG), ATTR(SRC), URL, ALWAYS, TYPE(IMAGE), CONSENT_INSTEAD_IMAGE },
    { TAG(IMG), ATTR(SRCSET), SRCSET, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(IMG), ATTR(LOWSRC), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(IMG), ATTR(DYNSRC), URL, ALWAYS, TYPE(MEDIA), NOTHING },
    { TAG(IMG), ATTR(ATTRIBUTIONSRC), URLS, ALWAYS, TYPE(PING), NOTHING },

    /* svg's; but outside of svg the parser turns <image> into <img> */

    { TAG(IMAGE), ATTR(SRC), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(IMAGE), ATTR(SRCSET), SRCSET, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(IMAGE), ATTR(HREF), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(IMAGE), ATTR(XLINK_HREF), URL, ALWAYS, TYPE(IMAGE), NOTHING },

    { TAG(INPUT), ATTR(SRC), URL, CONSENT_WHEN_IMAGE_INPUT, TYPE(IMAGE),
      CONSENT_INSTEAD_IMAGE },

    { TAG(SOURCE), ATTR(SRC), URL, ALWAYS, TYPE(MEDIA), NOTHING },
    { TAG(SOURCE), ATTR(SRCSET), SRCSET, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(TRACK), ATTR(SRC), URL, ALWAYS, TYPE(MEDIA), NOTHING },
    { TAG(AUDIO), ATTR(SRC), URL, ALWAYS, TYPE(MEDIA), NOTHING },
    { TAG(VIDEO), ATTR(SRC), URL, ALWAYS, TYPE(MEDIA), NOTHING },
    { TAG(VIDEO), ATTR(POSTER), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(BGSOUND), ATTR(SRC), URL, ALWAYS, TYPE(MEDIA), NOTHING },

    { TAG(EMBED), ATTR(SRC), URL, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(OBJECT), ATTR(DATA), URL, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(OBJECT), ATTR(CODEBASE), URL, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(OBJECT), ATTR(ARCHIVE), URLS, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(APPLET), ATTR(CODE), URL, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(APPLET), ATTR(CODEBASE), URL, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(APPLET), ATTR(ARCHIVE), URLS, ALWAYS, TYPE(OBJECT), NOTHING },
    { TAG(PARAM), ATTR(VALUE), URL, CONSENT_WHEN_PARAM, TYPE(OBJECT),
      NOTHING },

    { TAG(LINK), ATTR(HREF), URL, CONSENT_WHEN_LINK, TYPE(OTHER), NOTHING },
    { TAG(LINK), ATTR(IMAGESRCSET), SRCSET, CONSENT_WHEN_LINK, TYPE(IMAGE),
      NOTHING },

    { TAG(META), ATTR(CONTENT), REFRESH, CONSENT_WHEN_REFRESH,
      TYPE(DOCUMENT), NOTHING },

    { TAG(A), ATTR(PING), URLS, ALWAYS, TYPE(PING), NOTHING },
    { TAG(A), ATTR(ATTRIBUTIONSRC), URLS, ALWAYS, TYPE(PING), NOTHING },
    { TAG(AREA), ATTR(PING), URLS, ALWAYS, TYPE(PING), NOTHING },

    { TAG(BODY), ATTR(BACKGROUND), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(TABLE), ATTR(BACKGROUND), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(TD), ATTR(BACKGROUND), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(TH), ATTR(BACKGROUND), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(TR), ATTR(BACKGROUND), URL, ALWAYS, TYPE(IMAGE), NOTHING },

    { TAG(NONE), ATTR(STYLE), CONSENT_VALUE_CSS, ALWAYS, TYPE(IMAGE),
      NOTHING },

    /* more of svg */

    { TAG(USE), ATTR(HREF), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(USE), ATTR(XLINK_HREF), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(FEIMAGE), ATTR(HREF), URL, ALWAYS, TYPE(IMAGE), NOTHING },
    { TAG(FEIMAGE), ATTR(XLINK_HREF), URL, ALWAYS, TYPE(IMAGE), NOTHING }
};


const unsigned  consent_ncarriers = sizeof(consent_carriers)
                                    / sizeof(consent_carrier_t);


void
consent_carrier_index(consent_carrier_index_t *index)
{
    unsigned                  i;
    const consent_carrier_t  *row;

    memset(index, 0, sizeof(consent_carrier_index_t));

    for (i = 0; i < consent_ncarriers; i++) {
        row = &consent_carriers[i];

        index->attr[row->attr] = 1;

        if (index->tag[row->tag] == 0) {
            index->tag[row->tag] = (uint8_t) (i + 1);
        }
    }
}


const consent_carrier_t *
consent_carrier_find(const consent_carrier_index_t *index, uint8_t tag,
    uint8_t attr)
{
    unsigned  i;

    if (!index->attr[attr]) {
        return NULL;
    }

    i = index->tag[tag];

    if (i != 0) {
        for (i--; i < consent_ncarriers && consent_carriers[i].tag == tag; i++)
        {
            if (consent_carriers[i].attr == attr) {
                return &consent_carriers[i];
            }
        }
    }

    return tag == CONSENT_TAG_NONE
           ? NULL : consent_carrier_find(index, CONSENT_TAG_NONE, attr);
}


static int
consent_list_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}


int
consent_urls_next(consent_str_t value, size_t *pos, consent_str_t *url)
{
    size_t  i, start;

    for (i = *pos; i < value.len && consent_list_space(value.data[i]); i++) {
        /* void */
    }

    for (start = i; i < value.len && !consent_list_space(value.data[i]); i++) {
        /* void */
    }

    *pos = i;
    *url = (consent_str_t) { i - start, value.data + start };

    return i > start ? CONSENT_OK : CONSENT_DECLINED;
}


/*
 * 4.8.4.2 "parse a srcset attribute", steps 2 to 8: a candidate's URL ends
 * at white space; commas at its end belong to the list; what follows up to a
 * comma outside parentheses are descriptors.
 */

int
consent_srcset_next(consent_str_t value, size_t *pos, consent_str_t *url)
{
    int     inside;
    size_t  i;

    for (i = *pos; i < value.len; i++) {
        if (value.data[i] != ',' && !consent_list_space(value.data[i])) {
            break;
        }
    }

    *pos = i;

    if (consent_urls_next(value, pos, url) != CONSENT_OK) {
        return CONSENT_DECLINED;
    }

    if (url->data[url->len - 1] == ',') {

        while (url->len && url->data[url->len - 1] == ',') {
            url->len--;
        }

        return CONSENT_OK;
    }

    inside = 0;

    for (i = *pos; i < value.len; i++) {

        if (value.data[i] == '(') {
            inside = 1;

        } else if (value.data[i] == ')') {
            inside = 0;

        } else if (value.data[i] == ',' && !inside) {
            break;
        }
    }

    *pos = i;

    return CONSENT_OK;
}

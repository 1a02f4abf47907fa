#include <string.h>

#include "consent_known.h"
#include "consent_rules.h"
#include "consent_scan.h"


const consent_known_t  consent_known_tags[] = {
    { .word = { 0, 0 } },
#define CONSENT_TAG(id, name, flags)  { .text = name },
#include "consent_tags.h"
#undef CONSENT_TAG
};


const uint8_t  consent_known_flags[] = {
    0,
#define CONSENT_TAG(id, name, flags)  flags,
#include "consent_tags.h"
#undef CONSENT_TAG
};


const consent_known_t  consent_known_attrs[] = {
    { .word = { 0, 0 } },
#define CONSENT_ATTR(id, name)  { .text = name },
#include "consent_attrs.h"
#undef CONSENT_ATTR
};


static consent_str_t
consent_known_str(const consent_known_t *known)
{
    return (consent_str_t) { strnlen(known->text, CONSENT_NAME_MAX),
                             (const uint8_t *) known->text };
}


/* A name with a NUL of its own is as long as no known one. */

static int
consent_known_len(const consent_known_t *known, const consent_name_t *name)
{
    size_t  n;

    n = name->len;

    return n > 0 && n <= CONSENT_NAME_MAX && known->text[n - 1] != '\0'
           && (n == CONSENT_NAME_MAX || known->text[n] == '\0');
}


uint8_t
consent_tag_id(const consent_name_t *name)
{
    uint8_t   id;
    uint64_t  words[2];

    memcpy(words, name->text, sizeof(words));
    id = consent_tag_lookup(words[0], words[1]);

    return consent_known_len(&consent_known_tags[id], name) ? id : 0;
}


uint8_t
consent_attr_id(const consent_name_t *name)
{
    uint8_t   id;
    uint64_t  words[2];

    memcpy(words, name->text, sizeof(words));
    id = consent_attr_lookup(words[0], words[1]);

    return id == CONSENT_ATTR_HANDLER
           || consent_known_len(&consent_known_attrs[id], name) ? id : 0;
}


consent_str_t
consent_tag_name(uint8_t id)
{
    return consent_known_str(&consent_known_tags[id]);
}


consent_str_t
consent_attr_name(uint8_t id)
{
    return consent_known_str(&consent_known_attrs[id]);
}


/* The rows' numbers; 0 is none of them. */

enum {
    CONSENT_ROW_NONE = 0,
#define CONSENT_CARRIER(tag, attr, value, when, type, instead)                \
    CONSENT_ROW_##tag##_##attr,
#include "consent_carriers.h"
#undef CONSENT_CARRIER
    CONSENT_ROW_N
};


_Static_assert(CONSENT_ROW_N <= UINT8_MAX, "rows have numbers of 8 bits");


const consent_carrier_t  consent_carriers[] = {
    { 0, 0, CONSENT_VALUE_URL, CONSENT_WHEN_ALWAYS, 0,
      CONSENT_INSTEAD_NOTHING },
#define CONSENT_CARRIER(tag, attr, value, when, type, instead)                \
    { CONSENT_TAG_##tag, CONSENT_ATTR_##attr, CONSENT_VALUE_##value,          \
      CONSENT_WHEN_##when, CONSENT_TYPE_##type, CONSENT_INSTEAD_##instead },
#include "consent_carriers.h"
#undef CONSENT_CARRIER
};


const uint8_t  consent_carrier_rows[CONSENT_TAG_N][CONSENT_ATTR_N] = {
#define CONSENT_CARRIER(tag, attr, value, when, type, instead)                \
    [CONSENT_TAG_##tag][CONSENT_ATTR_##attr] = CONSENT_ROW_##tag##_##attr,
#include "consent_carriers.h"
#undef CONSENT_CARRIER
};


/* Where the elements of AMP that are made for one service fetch from. */

static const struct {
    uint8_t        tag;
    consent_str_t  url;
} consent_vendors[] = {
    { CONSENT_TAG_AMP_BRIGHTCOVE,
      consent_string("https://players.brightcove.net/") },
    { CONSENT_TAG_AMP_DAILYMOTION,
      consent_string("https://www.dailymotion.com/embed/") },
    { CONSENT_TAG_AMP_FACEBOOK,
      consent_string("https://connect.facebook.net/en_US/sdk.js") },
    { CONSENT_TAG_AMP_GIST, consent_string("https://gist.github.com/") },
    { CONSENT_TAG_AMP_IMGUR, consent_string("https://imgur.com/") },
    { CONSENT_TAG_AMP_INSTAGRAM,
      consent_string("https://www.instagram.com/p/") },
    { CONSENT_TAG_AMP_JWPLAYER,
      consent_string("https://content.jwplatform.com/players/") },
    { CONSENT_TAG_AMP_PINTEREST,
      consent_string("https://assets.pinterest.com/js/pinit.js") },
    { CONSENT_TAG_AMP_REDDIT, consent_string("https://embed.reddit.com/") },
    { CONSENT_TAG_AMP_SOUNDCLOUD,
      consent_string("https://w.soundcloud.com/player/") },
    { CONSENT_TAG_AMP_TIKTOK,
      consent_string("https://www.tiktok.com/embed/v2/") },
    { CONSENT_TAG_AMP_TWITTER,
      consent_string("https://platform.twitter.com/widgets.js") },
    { CONSENT_TAG_AMP_VIMEO,
      consent_string("https://player.vimeo.com/video/") },
    { CONSENT_TAG_AMP_YOUTUBE,
      consent_string("https://www.youtube.com/embed/") }
};


consent_str_t
consent_carrier_vendor(uint8_t tag)
{
    size_t  i;

    for (i = 0; i < sizeof(consent_vendors) / sizeof(consent_vendors[0]); i++)
    {
        if (consent_vendors[i].tag == tag) {
            return consent_vendors[i].url;
        }
    }

    return consent_str("");
}


#define CONSENT_CARRIER_CSS(member, l)                                        \
    member('(', l) member('"', l) member('\'', l) member('&', l)


int
consent_carrier_css(const uint8_t *value, size_t len)
{
    static const consent_scan_set_t  set =
        CONSENT_SCAN_SET(CONSENT_CARRIER_CSS);

    return consent_scan()->any(value, value + len, &set) != value + len;
}


int
consent_carrier_idle(const uint8_t *value, size_t len)
{
    size_t  i;

    static const consent_str_t  idle[] = {
        consent_string("javascript:"),
        consent_string("javascript:;"),
        consent_string("javascript:void(0)"),
        consent_string("javascript:void(0);"),
        consent_string("javascript:void(null)"),
        consent_string("javascript:void(null);")
    };

    for (i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
        if (len == idle[i].len && memcmp(value, idle[i].data, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
consent_list_space(uint8_t c)
{
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\f'
                        || c == '\r');
}


/* Where the word from i on ends; no white space is above " ". */
static size_t
consent_list_word(consent_str_t value, size_t i)
{
    consent_scan_mask_t  mask;

    for ( /* void */ ; i < value.len; i++) {

        if (value.len - i >= CONSENT_SCAN_BLOCK) {
            mask = consent_scan_space(consent_scan_load(value.data + i));

            if (mask == 0) {
                i += CONSENT_SCAN_BLOCK - 1;
                continue;
            }

            i += consent_scan_first(mask);
        }

        if (consent_list_space(value.data[i])) {
            break;
        }
    }

    return i;
}


int
consent_urls_next(consent_str_t value, size_t *pos, consent_str_t *url)
{
    size_t  i, start;

    for (i = *pos; i < value.len && consent_list_space(value.data[i]); i++) {
        /* void */
    }

    *pos = i;

    if (i == value.len) {
        return CONSENT_DECLINED;
    }

    start = i;
    i = consent_list_word(value, i);

    *pos = i;

    if (i == start) {
        *url = (consent_str_t) { 0, NULL };
        return CONSENT_DECLINED;
    }

    *url = (consent_str_t) { i - start, value.data + start };

    return CONSENT_OK;
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


int
consent_values_next(consent_str_t value, size_t *pos, consent_str_t *item)
{
    size_t  start, end;

    if (*pos >= value.len) {
        return CONSENT_DECLINED;
    }

    start = *pos;

    for (end = start; end < value.len && value.data[end] != ';'; end++) {
        /* void */
    }

    *pos = end + 1;

    while (start < end && consent_list_space(value.data[start])) {
        start++;
    }

    while (end > start && consent_list_space(value.data[end - 1])) {
        end--;
    }

    *item = (consent_str_t) { end - start, value.data + start };

    return CONSENT_OK;
}

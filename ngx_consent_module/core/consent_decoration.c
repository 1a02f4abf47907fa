#include <string.h>

#include "consent_decoration.h"


/* Longer names are none that is known. */
#define CONSENT_DECORATION_NAME  32


typedef struct {
    const char  *name;          /* exact, or a beginning with "*" behind it */
    const char  *purpose;
} consent_decoration_t;


static const consent_decoration_t  consent_decorations[] = {
    { "gclid", "marketing" },           /* Google Ads, and its others */
    { "gclsrc", "marketing" },
    { "dclid", "marketing" },
    { "gbraid", "marketing" },
    { "wbraid", "marketing" },
    { "gad_*", "marketing" },
    { "srsltid", "marketing" },         /* Google Merchant Center */
    { "fbclid", "marketing" },          /* Meta */
    { "igsh", "marketing" },
    { "igshid", "marketing" },
    { "msclkid", "marketing" },         /* Microsoft Advertising */
    { "ttclid", "marketing" },          /* TikTok */
    { "twclid", "marketing" },          /* X */
    { "li_fat_id", "marketing" },       /* LinkedIn */
    { "epik", "marketing" },            /* Pinterest */
    { "ScCid", "marketing" },           /* Snapchat */
    { "rdt_cid", "marketing" },         /* Reddit */
    { "qclid", "marketing" },           /* Quora */
    { "yclid", "marketing" },           /* Yandex */
    { "ysclid", "marketing" },
    { "tblci", "marketing" },           /* Taboola */
    { "dicbo", "marketing" },           /* Outbrain */
    { "obclid", "marketing" },
    { "irclickid", "marketing" },       /* impact.com */
    { "cjevent", "marketing" },         /* CJ Affiliate */
    { "awc", "marketing" },             /* Awin */
    { "wickedid", "marketing" },        /* Wicked Reports */
    { "s_kwcid", "marketing" },         /* Adobe Advertising */
    { "ef_id", "marketing" },
    { "mc_cid", "marketing" },          /* Mailchimp */
    { "mc_eid", "marketing" },
    { "mkt_tok", "marketing" },         /* Marketo */
    { "_hsenc", "marketing" },          /* HubSpot */
    { "_hsmi", "marketing" },
    { "__hs*", "marketing" },
    { "hsCtaTracking", "marketing" },
    { "_kx", "marketing" },             /* Klaviyo */
    { "oly_anon_id", "marketing" },     /* Omeda */
    { "oly_enc_id", "marketing" },
    { "vero_id", "marketing" },         /* Vero */
    { "rb_clickid", "marketing" },
    { "_ga", "analytics" },             /* Google Analytics, across sites */
    { "_gl", "analytics" },
    { "_gac", "analytics" }
};

#define CONSENT_DECORATIONS                                                   \
    (sizeof(consent_decorations) / sizeof(consent_decorations[0]))


static int
consent_decoration_hex(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


/* The name of a pair, percent-decoded as a server would; its length, or 0 if
 * it is none that could be known. */
static size_t
consent_decoration_name(consent_str_t pair, uint8_t *name)
{
    int      high, low;
    size_t   i, n;
    uint8_t  c;

    for (i = 0, n = 0; i < pair.len && pair.data[i] != '='; i++) {
        c = pair.data[i];

        if (c == '%' && pair.len - i > 2) {
            high = consent_decoration_hex(pair.data[i + 1]);
            low = consent_decoration_hex(pair.data[i + 2]);

            if (high >= 0 && low >= 0) {
                c = (uint8_t) (high << 4 | low);
                i += 2;
            }
        }

        if (n == CONSENT_DECORATION_NAME) {
            return 0;
        }

        name[n++] = c;
    }

    return n;
}


static int
consent_decoration_denied(const consent_rules_t *rules,
    const consent_choice_t *choice, consent_str_t pair)
{
    int            bit;
    size_t         i, n, len;
    uint8_t        name[CONSENT_DECORATION_NAME];
    const char    *known, *purpose;

    n = consent_decoration_name(pair, name);

    for (i = 0; i < CONSENT_DECORATIONS; i++) {
        known = consent_decorations[i].name;
        len = strlen(known);

        if (known[len - 1] == '*' ? n < --len : n != len) {
            continue;
        }

        if (memcmp(name, known, len) != 0) {
            continue;
        }

        purpose = consent_decorations[i].purpose;
        bit = consent_rules_purpose(rules, (consent_str_t)
                                    { strlen(purpose),
                                      (const uint8_t *) purpose });

        return bit < 0 || !(choice->granted & ((uint32_t) 1 << bit));
    }

    return 0;
}


size_t
consent_decoration_strip(const consent_rules_t *rules,
    const consent_choice_t *choice, consent_str_t query, uint8_t *out,
    unsigned *denied)
{
    int             first;
    size_t          len;
    consent_str_t   pair;
    const uint8_t  *end;

    *denied = 0;
    len = 0;
    first = 1;

    for ( ;; ) {
        end = query.len ? memchr(query.data, '&', query.len) : NULL;

        pair.data = query.data;
        pair.len = end ? (size_t) (end - query.data) : query.len;

        if (consent_decoration_denied(rules, choice, pair)) {
            (*denied)++;

        } else {
            if (!first) {
                out[len++] = '&';
            }

            if (pair.len) {
                memcpy(out + len, pair.data, pair.len);
                len += pair.len;
            }

            first = 0;
        }

        if (end == NULL) {
            return len;
        }

        query.len -= pair.len + 1;
        query.data = end + 1;
    }
}

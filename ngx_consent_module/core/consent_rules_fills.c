/*
 * "fills" of a service: the elements of a page that its script fills, which
 * without it stay empty.
 */

#include <string.h>

#include "consent_charset.h"
#include "consent_rules_json.h"


#define CONSENT_FILL_MAX  256


static int
consent_fill_is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}


static int
consent_fill_is_name(uint8_t c)
{
    return consent_fill_is_lower(c | 0x20) || (c >= '0' && c <= '9')
           || c == '-' || c == '_';
}


/* How many bytes from `from` on are a name; plain: one of an element or an
   attribute.  0: none. */

static size_t
consent_fill_name(consent_str_t s, size_t from, int plain)
{
    size_t   i;
    uint8_t  c;

    for (i = from; i < s.len; i++) {
        c = s.data[i];

        if (!consent_fill_is_name(c)
            || (plain && (c == '_' || (c >= 'A' && c <= 'Z')))
            || (i == from && !consent_fill_is_lower(plain ? c : c | 0x20)
                && c != '_'))
        {
            break;
        }
    }

    return i - from;
}


/* The length of "[name]" or "[name=value]" at `from`; 0: there is none. */

static size_t
consent_fill_attr(consent_str_t s, size_t from)
{
    size_t  i, n;

    n = consent_fill_name(s, from + 1, 1);
    i = from + 1 + n;

    if (n && i < s.len && s.data[i] == '=') {
        n = consent_fill_name(s, i + 1, 0);
        i += 1 + n;
    }

    return n && i < s.len && s.data[i] == ']' ? i + 1 - from : 0;
}


/* The same of ".name", "#name" or the above. */

static size_t
consent_fill_part(consent_str_t s, size_t from)
{
    size_t  n;

    if (from == s.len) {
        return 0;
    }

    switch (s.data[from]) {

    case '[':
        return consent_fill_attr(s, from);

    case '.':
    case '#':
        n = consent_fill_name(s, from + 1, 0);
        return n ? n + 1 : 0;

    default:
        return 0;
    }
}


/* Few of the selectors there are: nothing in them needs to be escaped, and
   none is slow. */

static const char *
consent_fill_check_element(consent_str_t s)
{
    size_t              i, n, start;
    static const char  *expected =
        "selectors such as \".g-recaptcha\", \"#disqus_thread\", "
        "\"lite-youtube\" or \"div.a[data-b]\", with \", \" between them";

    if (s.len > CONSENT_FILL_MAX) {
        return expected;
    }

    for (i = 0; /* void */ ; i += 2) {
        start = i;
        i += consent_fill_name(s, i, 1);

        while ((n = consent_fill_part(s, i)) != 0) {
            i += n;
        }

        if (i == start) {
            return expected;
        }

        if (i == s.len) {
            return NULL;
        }

        if (s.len - i < 2 || memcmp(s.data + i, ", ", 2) != 0) {
            return expected;
        }
    }
}


static const char *
consent_fill_check_attr(consent_str_t s)
{
    return s.len && s.len <= CONSENT_RULES_ID_MAX
           && consent_fill_name(s, 0, 1) == s.len
           ? NULL : "the name of an attribute, such as \"data-href\"";
}


static int
consent_fill_is_plain(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] <= ' ' || s.data[i] >= 0x7f) {
            return 0;
        }
    }

    return s.len <= CONSENT_FILL_MAX;
}


/* 1 if it is "https://", a host and a path. */

static int
consent_fill_is_address(consent_str_t s)
{
    size_t         i;
    consent_str_t  scheme;

    scheme = consent_str("https://");

    if (!consent_fill_is_plain(s) || s.len <= scheme.len
        || memcmp(s.data, scheme.data, scheme.len) != 0)
    {
        return 0;
    }

    for (i = scheme.len; i < s.len && s.data[i] != '/'; i++) {
        if (!consent_fill_is_name(s.data[i]) && s.data[i] != '.') {
            return 0;
        }
    }

    return i > scheme.len && i < s.len;
}


static const char *
consent_fill_check_frame(consent_str_t s)
{
    consent_str_t  url;

    url = consent_str("{url}");

    if (s.len >= url.len && memcmp(s.data, url.data, url.len) == 0) {
        s.data += url.len;
        s.len -= url.len;

        if (consent_fill_is_plain(s)) {
            return NULL;
        }

    } else if (consent_fill_is_address(s)) {
        return NULL;
    }

    return "\"{url}\", or an address such as "
           "\"https://www.example.com/embed/{name}\"";
}


static void
consent_json_set_otherwise(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    consent_fill_t  *fill;

    (void) js;
    (void) key;

    fill = object;
    fill->otherwise = cJSON_IsTrue(value) != 0;
}


static const consent_json_key_t  consent_json_fill_keys[] = {
    { consent_string("element"), cJSON_String, 1, consent_json_set_string,
      offsetof(consent_fill_t, element), consent_fill_check_element },
    { consent_string("original"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_fill_t, original), consent_fill_check_attr },
    { consent_string("frame"), cJSON_String, 0, consent_json_set_string,
      offsetof(consent_fill_t, frame), consent_fill_check_frame },
    { consent_string("otherwise"), CONSENT_JSON_BOOL, 0,
      consent_json_set_otherwise, 0, NULL },
    { consent_string("note"), cJSON_String, 0, NULL, 0, NULL }
};

static const consent_json_form_t  consent_json_fill =
    consent_form("an entry of \"fills\"", consent_json_fill_keys);


void
consent_json_read_fills(consent_json_t *js, const cJSON *value,
    const consent_json_key_t *key, void *object)
{
    const cJSON              *item;
    consent_fill_t            fill, *slot;
    consent_service_draft_t  *draft;

    (void) key;

    draft = object;

    cJSON_ArrayForEach(item, value) {
        memset(&fill, 0, sizeof(consent_fill_t));
        consent_json_object(js, item, &consent_json_fill, &fill);

        if (fill.element.len == 0) {
            continue;
        }

        slot = consent_vec_push(&js->loader->mem, &draft->fills,
                                sizeof(consent_fill_t));
        if (slot == NULL) {
            consent_json_no_memory(js, item);
            return;
        }

        *slot = fill;
    }
}


static void
consent_fill_add(consent_buf_t *b, const char *before, consent_str_t s)
{
    consent_buf_add_c(b, before);
    consent_buf_add_c(b, "\"");
    consent_buf_add_json(b, s);
    consent_buf_add_c(b, "\"");
}


void
consent_rules_fills(consent_buf_t *b, const consent_rules_t *rules,
    const consent_service_t *service)
{
    unsigned               i, n;
    const consent_fill_t  *fill;

    consent_fill_add(b, "[", service->id);
    consent_fill_add(b, ",", service->name);
    consent_fill_add(b, ",", service->placeholder);
    consent_buf_add_c(b, ",[");

    for (n = 0, i = 0; i < rules->npurposes; i++) {
        if (service->purposes & ((uint32_t) 1 << i)) {
            consent_fill_add(b, n++ ? "," : "", rules->purposes[i].key);
        }
    }

    consent_buf_add_c(b, "],[");

    for (i = 0; i < service->nfills; i++) {
        fill = &service->fills[i];

        consent_fill_add(b, i ? ",[" : "[", fill->element);
        consent_fill_add(b, ",", fill->original);
        consent_fill_add(b, ",", fill->frame);
        consent_buf_add_c(b, fill->otherwise ? ",1]" : ",0]");
    }

    consent_buf_add_c(b, "]]");
}


int
consent_rules_write_fills(const consent_mem_t *mem,
    const consent_rules_t *rules, consent_service_t *service)
{
    consent_buf_t  json, html, b;

    if (service->nfills == 0) {
        return CONSENT_OK;
    }

    consent_buf_init(&json, mem);
    consent_rules_fills(&json, rules, service);

    consent_buf_init(&html, mem);
    consent_buf_add_html(&html, consent_buf_str(&json));

    consent_buf_init(&b, mem);
    consent_charset_add_ascii(&b, consent_buf_str(&html));

    service->filled = consent_buf_str(&b);

    return json.failed || html.failed || b.failed ? CONSENT_ERROR
                                                  : CONSENT_OK;
}

#include <string.h>

#include "consent_base.h"


void *
consent_alloc(const consent_mem_t *mem, size_t size)
{
    return mem->alloc(mem->data, size ? size : 1);
}


void *
consent_calloc(const consent_mem_t *mem, size_t size)
{
    void  *p;

    p = consent_alloc(mem, size);
    if (p != NULL) {
        memset(p, 0, size);
    }

    return p;
}


consent_str_t
consent_str_dup(const consent_mem_t *mem, consent_str_t s)
{
    uint8_t  *p;

    p = consent_alloc(mem, s.len + 1);
    if (p == NULL) {
        return (consent_str_t) { 0, NULL };
    }

    if (s.len) {
        memcpy(p, s.data, s.len);
    }

    p[s.len] = '\0';

    return (consent_str_t) { s.len, p };
}


int
consent_str_eq(consent_str_t a, consent_str_t b)
{
    return a.len == b.len
           && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


static uint8_t
consent_lower(uint8_t c)
{
    return (uint8_t) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}


int
consent_str_caseeq(consent_str_t a, consent_str_t b)
{
    size_t  i;

    if (a.len != b.len) {
        return 0;
    }

    for (i = 0; i < a.len; i++) {
        if (a.data[i] != b.data[i]
            && consent_lower(a.data[i]) != consent_lower(b.data[i]))
        {
            return 0;
        }
    }

    return 1;
}


uint64_t
consent_str_hash(uint64_t hash, consent_str_t s)
{
    uint64_t  word;

    while (s.len >= sizeof(word)) {
        memcpy(&word, s.data, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;

        s.data += sizeof(word);
        s.len -= sizeof(word);
    }

    word = 0;

    if (s.len) {
        memcpy(&word, s.data, s.len);
    }

    /* once more, so that what differs in the last bytes is in all bits */

    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;

    return hash ^ hash >> 32;
}


consent_str_t
consent_str_trim(consent_str_t s)
{
    while (s.len && s.data[0] <= ' ') {
        s.data++;
        s.len--;
    }

    while (s.len && s.data[s.len - 1] <= ' ') {
        s.len--;
    }

    return s;
}


void
consent_buf_init(consent_buf_t *b, const consent_mem_t *mem)
{
    memset(b, 0, sizeof(consent_buf_t));
    b->mem = mem;
}


static uint8_t *
consent_buf_reserve(consent_buf_t *b, size_t len)
{
    size_t    size;
    uint8_t  *p;

    if (b->failed) {
        return NULL;
    }

    if (b->size - b->len < len) {
        size = b->size ? b->size : 512;

        while (size - b->len < len) {
            size *= 2;
        }

        p = consent_alloc(b->mem, size);
        if (p == NULL) {
            b->failed = 1;
            return NULL;
        }

        if (b->len) {
            memcpy(p, b->data, b->len);
        }

        b->data = p;
        b->size = size;
    }

    p = b->data + b->len;
    b->len += len;

    return p;
}


void
consent_buf_add(consent_buf_t *b, consent_str_t s)
{
    uint8_t  *p;

    p = consent_buf_reserve(b, s.len);
    if (p != NULL && s.len) {
        memcpy(p, s.data, s.len);
    }
}


void
consent_buf_add_c(consent_buf_t *b, const char *s)
{
    consent_buf_add(b, (consent_str_t) { strlen(s), (const uint8_t *) s });
}


void
consent_buf_add_number(consent_buf_t *b, uint64_t n)
{
    size_t   i;
    uint8_t  digits[20];

    i = sizeof(digits);

    do {
        digits[--i] = (uint8_t) ('0' + n % 10);
        n /= 10;
    } while (n);

    consent_buf_add(b, (consent_str_t) { sizeof(digits) - i, digits + i });
}


void
consent_buf_add_html(consent_buf_t *b, consent_str_t s)
{
    size_t         i, from;
    const char    *entity;
    consent_str_t  run;

    from = 0;

    for (i = 0; i < s.len; i++) {

        switch (s.data[i]) {
        case '&':
            entity = "&amp;";
            break;
        case '<':
            entity = "&lt;";
            break;
        case '>':
            entity = "&gt;";
            break;
        case '"':
            entity = "&#34;";
            break;
        case '\'':
            entity = "&#39;";
            break;
        default:
            continue;
        }

        run = (consent_str_t) { i - from, s.data + from };
        consent_buf_add(b, run);
        consent_buf_add_c(b, entity);
        from = i + 1;
    }

    if (s.len > from) {
        run = (consent_str_t) { s.len - from, s.data + from };
        consent_buf_add(b, run);
    }
}


void
consent_buf_add_json(consent_buf_t *b, consent_str_t s)
{
    size_t             i;
    uint8_t            c, escaped[6];
    static const char  hex[] = "0123456789abcdef";

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != 0x7f) {
            consent_buf_add(b, (consent_str_t) { 1, &s.data[i] });
            continue;
        }

        memcpy(escaped, "\\u00", 4);
        escaped[4] = (uint8_t) hex[c >> 4];
        escaped[5] = (uint8_t) hex[c & 15];

        consent_buf_add(b, (consent_str_t) { 6, escaped });
    }
}


void
consent_buf_add_uri(consent_buf_t *b, consent_str_t s)
{
    size_t             i;
    uint8_t            c, escaped[3];
    static const char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
            || (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("-._~", c)))
        {
            consent_buf_add(b, (consent_str_t) { 1, &s.data[i] });
            continue;
        }

        escaped[0] = '%';
        escaped[1] = (uint8_t) hex[c >> 4];
        escaped[2] = (uint8_t) hex[c & 15];

        consent_buf_add(b, (consent_str_t) { 3, escaped });
    }
}


consent_str_t
consent_buf_str(const consent_buf_t *b)
{
    return (consent_str_t) { b->len, b->data };
}

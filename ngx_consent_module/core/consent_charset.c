#include <string.h>

#include "consent_charset.h"
#include "consent_scan.h"


/* Encoding Standard, 4.2: names and their labels, each between spaces. */

#define CONSENT_LABEL_MAX  20

static const struct {
    const char         *name;
    consent_charset_t   charset;
    const char         *labels;
} consent_charset_labels[] = {
    { "utf-8", CONSENT_CHARSET_UTF8,
      " unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 "
      "x-unicode20utf8 " },
    { "ibm866", CONSENT_CHARSET_PLAIN,
      " 866 cp866 csibm866 ibm866 " },
    { "iso-8859-2", CONSENT_CHARSET_PLAIN,
      " csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
      "iso_8859-2:1987 l2 latin2 " },
    { "iso-8859-3", CONSENT_CHARSET_PLAIN,
      " csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 "
      "iso_8859-3:1988 l3 latin3 " },
    { "iso-8859-4", CONSENT_CHARSET_PLAIN,
      " csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 "
      "iso_8859-4:1988 l4 latin4 " },
    { "iso-8859-5", CONSENT_CHARSET_PLAIN,
      " csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 "
      "iso_8859-5 iso_8859-5:1988 " },
    { "iso-8859-6", CONSENT_CHARSET_PLAIN,
      " arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 "
      "iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 "
      "iso_8859-6 iso_8859-6:1987 " },
    { "iso-8859-7", CONSENT_CHARSET_PLAIN,
      " csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 "
      "iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek " },
    { "iso-8859-8", CONSENT_CHARSET_PLAIN,
      " csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e "
      "iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual " },
    { "iso-8859-8-i", CONSENT_CHARSET_PLAIN,
      " csiso88598i iso-8859-8-i logical " },
    { "iso-8859-10", CONSENT_CHARSET_PLAIN,
      " csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6 " },
    { "iso-8859-13", CONSENT_CHARSET_PLAIN,
      " iso-8859-13 iso8859-13 iso885913 " },
    { "iso-8859-14", CONSENT_CHARSET_PLAIN,
      " iso-8859-14 iso8859-14 iso885914 " },
    { "iso-8859-15", CONSENT_CHARSET_PLAIN,
      " csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 " },
    { "iso-8859-16", CONSENT_CHARSET_PLAIN,
      " iso-8859-16 " },
    { "koi8-r", CONSENT_CHARSET_PLAIN,
      " cskoi8r koi koi8 koi8-r koi8_r " },
    { "koi8-u", CONSENT_CHARSET_PLAIN,
      " koi8-ru koi8-u " },
    { "macintosh", CONSENT_CHARSET_PLAIN,
      " csmacintosh mac macintosh x-mac-roman " },
    { "windows-874", CONSENT_CHARSET_PLAIN,
      " dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 " },
    { "windows-1250", CONSENT_CHARSET_PLAIN,
      " cp1250 windows-1250 x-cp1250 " },
    { "windows-1251", CONSENT_CHARSET_PLAIN,
      " cp1251 windows-1251 x-cp1251 " },
    { "windows-1252", CONSENT_CHARSET_PLAIN,
      " ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 "
      "iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 "
      "us-ascii windows-1252 x-cp1252 " },
    { "windows-1253", CONSENT_CHARSET_PLAIN,
      " cp1253 windows-1253 x-cp1253 " },
    { "windows-1254", CONSENT_CHARSET_PLAIN,
      " cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 "
      "iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254 " },
    { "windows-1255", CONSENT_CHARSET_PLAIN,
      " cp1255 windows-1255 x-cp1255 " },
    { "windows-1256", CONSENT_CHARSET_PLAIN,
      " cp1256 windows-1256 x-cp1256 " },
    { "windows-1257", CONSENT_CHARSET_PLAIN,
      " cp1257 windows-1257 x-cp1257 " },
    { "windows-1258", CONSENT_CHARSET_PLAIN,
      " cp1258 windows-1258 x-cp1258 " },
    { "x-mac-cyrillic", CONSENT_CHARSET_PLAIN,
      " x-mac-cyrillic x-mac-ukrainian " },
    { "gbk", CONSENT_CHARSET_GB,
      " chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk "
      "iso-ir-58 x-gbk " },
    { "gb18030", CONSENT_CHARSET_GB,
      " gb18030 " },
    { "big5", CONSENT_CHARSET_BIG5,
      " big5 big5-hkscs cn-big5 csbig5 x-x-big5 " },
    { "euc-jp", CONSENT_CHARSET_PLAIN,
      " cseucpkdfmtjapanese euc-jp x-euc-jp " },
    { "iso-2022-jp", CONSENT_CHARSET_UNREADABLE,
      " csiso2022jp iso-2022-jp " },
    { "shift_jis", CONSENT_CHARSET_SJIS,
      " csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j "
      "x-sjis " },
    { "euc-kr", CONSENT_CHARSET_PLAIN,
      " cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 "
      "ks_c_5601-1989 ksc5601 ksc_5601 windows-949 " },
    { "replacement", CONSENT_CHARSET_UNREADABLE,
      " csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr "
      "replacement " },
    { "utf-16be", CONSENT_CHARSET_UNREADABLE,
      " unicodefffe utf-16be " },
    { "utf-16le", CONSENT_CHARSET_UNREADABLE,
      " csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le " },
    { "x-user-defined", CONSENT_CHARSET_PLAIN,
      " x-user-defined " }
};


/*
 * Second bytes below 0x80 that make a character with a lead byte, after the
 * standard's indexes.  One that makes none stays what it is (10.1, 12.1,
 * 14.3: it is put back), so that "<" and its like are never lost.
 */

typedef struct {
    uint8_t  first;             /* lead bytes */
    uint8_t  last;
    uint8_t  low;               /* second bytes */
    uint8_t  high;
} consent_trail_t;

static const consent_trail_t  consent_charset_sjis[] = {
    { 0x81, 0x81, 0x40, 0x7e }, { 0x82, 0x82, 0x4f, 0x58 },
    { 0x82, 0x82, 0x60, 0x79 }, { 0x83, 0x83, 0x40, 0x7e },
    { 0x84, 0x84, 0x40, 0x60 }, { 0x84, 0x84, 0x70, 0x7e },
    { 0x87, 0x87, 0x40, 0x5d }, { 0x87, 0x87, 0x5f, 0x75 },
    { 0x87, 0x87, 0x7e, 0x7e }, { 0x89, 0x97, 0x40, 0x7e },
    { 0x98, 0x98, 0x40, 0x72 }, { 0x99, 0x9f, 0x40, 0x7e },
    { 0xe0, 0xea, 0x40, 0x7e }, { 0xed, 0xee, 0x40, 0x7e },
    { 0xf0, 0xfb, 0x40, 0x7e }, { 0xfc, 0xfc, 0x40, 0x4b }
};

static const consent_trail_t  consent_charset_gb[] = {
    { 0x81, 0xfe, 0x40, 0x7e }
};

static const consent_trail_t  consent_charset_big5[] = {
    { 0x87, 0x87, 0x40, 0x65 }, { 0x87, 0x87, 0x67, 0x7e },
    { 0x88, 0x88, 0x40, 0x7e }, { 0x89, 0x89, 0x40, 0x41 },
    { 0x89, 0x89, 0x43, 0x43 }, { 0x89, 0x89, 0x46, 0x49 },
    { 0x89, 0x89, 0x4c, 0x7e }, { 0x8a, 0x8a, 0x40, 0x41 },
    { 0x8a, 0x8a, 0x43, 0x62 }, { 0x8a, 0x8a, 0x64, 0x74 },
    { 0x8a, 0x8a, 0x76, 0x7e }, { 0x8b, 0x8b, 0x40, 0x53 },
    { 0x8b, 0x8b, 0x55, 0x7e }, { 0x8c, 0x8c, 0x40, 0x7e },
    { 0x8d, 0x8d, 0x40, 0x40 }, { 0x8d, 0x8d, 0x42, 0x7e },
    { 0x8e, 0x9a, 0x40, 0x7e }, { 0x9b, 0x9b, 0x40, 0x60 },
    { 0x9b, 0x9b, 0x62, 0x7e }, { 0x9c, 0x9e, 0x40, 0x7e },
    { 0x9f, 0x9f, 0x40, 0x4d }, { 0x9f, 0x9f, 0x4f, 0x7e },
    { 0xa0, 0xa0, 0x40, 0x53 }, { 0xa0, 0xa0, 0x55, 0x56 },
    { 0xa0, 0xa0, 0x58, 0x59 }, { 0xa0, 0xa0, 0x5b, 0x61 },
    { 0xa0, 0xa0, 0x63, 0x71 }, { 0xa0, 0xa0, 0x73, 0x7e },
    { 0xa1, 0xfe, 0x40, 0x7e }
};


const char *
consent_charset_find(consent_str_t label, consent_charset_t *charset)
{
    char    text[CONSENT_LABEL_MAX + 3];
    size_t  i;

    while (label.len && label.data[0] <= ' ') {
        label.data++;
        label.len--;
    }

    while (label.len && label.data[label.len - 1] <= ' ') {
        label.len--;
    }

    if (label.len == 0 || label.len > CONSENT_LABEL_MAX) {
        return NULL;
    }

    for (i = 0; i < label.len; i++) {

        if (label.data[i] <= ' ' || label.data[i] >= 0x7f) {
            return NULL;
        }

        text[i + 1] = (char) (label.data[i] >= 'A' && label.data[i] <= 'Z'
                              ? label.data[i] | 0x20 : label.data[i]);
    }

    text[0] = ' ';
    text[label.len + 1] = ' ';
    text[label.len + 2] = '\0';

    for (i = 0;
         i < sizeof(consent_charset_labels)
             / sizeof(consent_charset_labels[0]);
         i++)
    {
        if (strstr(consent_charset_labels[i].labels, text) != NULL) {
            *charset = consent_charset_labels[i].charset;
            return consent_charset_labels[i].name;
        }
    }

    return NULL;
}


int
consent_charset_has_pairs(consent_charset_t charset)
{
    return charset >= CONSENT_CHARSET_SJIS && charset <= CONSENT_CHARSET_BIG5;
}


static int
consent_charset_is_lead(consent_charset_t charset, uint8_t c)
{
    switch (charset) {

    case CONSENT_CHARSET_SJIS:
        return (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc);

    case CONSENT_CHARSET_GB:
    case CONSENT_CHARSET_BIG5:
        return c >= 0x81 && c <= 0xfe;

    default:
        return 0;
    }
}


/* 1 if both bytes are one character. */

static int
consent_charset_is_pair(consent_charset_t charset, uint8_t lead, uint8_t c)
{
    size_t                  i, n;
    const consent_trail_t  *t;

    switch (charset) {

    case CONSENT_CHARSET_SJIS:
        t = consent_charset_sjis;
        n = sizeof(consent_charset_sjis) / sizeof(consent_trail_t);
        break;

    case CONSENT_CHARSET_BIG5:
        t = consent_charset_big5;
        n = sizeof(consent_charset_big5) / sizeof(consent_trail_t);
        break;

    default:
        t = consent_charset_gb;
        n = sizeof(consent_charset_gb) / sizeof(consent_trail_t);
    }

    for (i = 0; i < n; i++) {
        if (lead >= t[i].first && lead <= t[i].last && c >= t[i].low
            && c <= t[i].high)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * A lead byte takes any byte beyond ASCII with it, whether that makes a
 * character or an error.  The digits of GB18030's four bytes need no care:
 * taken for two pairs of lead byte and digit, they end at the same place.
 */

uint8_t
consent_charset_step(consent_charset_t charset, uint8_t *lead, uint8_t c)
{
    uint8_t  before;

    before = *lead;
    *lead = 0;

    if (c < 0x80) {
        return before && consent_charset_is_pair(charset, before, c)
               ? CONSENT_CHARSET_MASKED : c;
    }

    if (before == 0 && consent_charset_is_lead(charset, c)) {
        *lead = c;
    }

    return CONSENT_CHARSET_MASKED;
}


void
consent_charset_mask(consent_charset_t charset, uint8_t *lead,
    const uint8_t *in, size_t len, uint8_t *out)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        out[i] = consent_charset_step(charset, lead, in[i]);
    }
}


const uint8_t *
consent_charset_seek(consent_charset_t charset, uint8_t *lead,
    const uint8_t *p, const uint8_t *end, uint8_t c)
{
    while (p < end && consent_charset_step(charset, lead, *p) != c) {
        p++;
    }

    return p;
}


int
consent_charset_is_split(consent_str_t s)
{
    size_t  i;

    for (i = 1; i < s.len; i++) {
        if ((s.data[i] == '\\' || s.data[i] == '@') && s.data[i - 1] >= 0x80)
        {
            return 1;
        }
    }

    return 0;
}


int
consent_charset_is_high(consent_str_t s)
{
    size_t    i;
    uint64_t  word;

    for (i = 0; s.len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, s.data + i, sizeof(word));

        if (word & UINT64_C(0x8080808080808080)) {
            return 1;
        }
    }

    while (i < s.len && s.data[i] < 0x80) {
        i++;
    }

    return i < s.len;
}


/* What is to go on for a byte behind one beyond ASCII, c coming next. */

static consent_str_t
consent_charset_even_held(uint8_t held, uint8_t c)
{
    if (held == ']') {
        return c == ']' ? consent_str(" ]") : consent_str("]");
    }

    c |= 0x20;

    return c >= 'g' && c <= 'z' ? consent_str("\\") : consent_str(" \\");
}


size_t
consent_charset_even(consent_charset_even_t *even, consent_str_t data,
    size_t *plain, consent_str_t *put)
{
    uint8_t             before;
    const uint8_t      *p, *end;
    consent_scan_set_t  set;

    *plain = 0;
    *put = consent_str("");

    if (even->held) {
        *put = consent_charset_even_held(even->held, data.data[0]);
        even->last = even->held;
        even->held = 0;
        return 0;
    }

    consent_scan_set(&set, "\x1b\\]");

    p = data.data;
    end = p + data.len;

    while ((p = consent_scan()->any(p, end, &set)) < end) {
        before = p > data.data ? p[-1] : even->last;

        if (*p == 0x1b || before >= 0x80) {
            break;
        }

        p++;
    }

    *plain = (size_t) (p - data.data);

    if (p == end) {
        even->last = end[-1];
        return data.len;
    }

    if (*p == 0x1b) {
        *put = consent_str("\x1a");
        even->last = 0x1a;

    } else {
        even->held = *p;
    }

    return *plain + 1;
}


void
consent_charset_even_last(consent_charset_even_t *even, consent_str_t *put)
{
    *put = even->held ? consent_charset_even_held(even->held, 0)
                      : consent_str("");
    even->held = 0;
}


uint32_t
consent_charset_point(consent_str_t s, size_t *pos)
{
    uint8_t   c;
    uint32_t  code;

    c = s.data[(*pos)++];
    code = c >= 0xf0 ? c & 0x07u : c >= 0xe0 ? c & 0x0fu : c & 0x1fu;

    while (*pos < s.len && (s.data[*pos] & 0xc0) == 0x80) {
        code = code << 6 | (s.data[(*pos)++] & 0x3fu);
    }

    return code;
}


void
consent_charset_add_ascii(consent_buf_t *b, consent_str_t s)
{
    size_t  i, n;

    for (i = 0; i < s.len; /* void */ ) {

        for (n = 0; i + n < s.len && s.data[i + n] < 0x80; n++) { /* void */ }

        if (n) {
            consent_buf_add(b, (consent_str_t) { n, s.data + i });
            i += n;
            continue;
        }

        consent_buf_add_c(b, "&#");
        consent_buf_add_number(b, consent_charset_point(s, &i));
        consent_buf_add_c(b, ";");
    }
}

/*
 * A list as a whole: its lines, its title, what became of them, and the
 * service that stands for it.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "consent_rules_abp.h"


/* The id of a list's service; ids of rule files have no ":". */
#define CONSENT_ABP_ID  "list:"


typedef struct {
    consent_loader_t      *loader;
    consent_list_draft_t  *list;
    uint16_t               index;
    unsigned               line;
    consent_abp_rule_t     rule;
    uint8_t                text[CONSENT_ABP_PATTERN_MAX + CONSENT_ABP_HOST_MAX];
} consent_abp_reader_t;


int
consent_abp_forbid(consent_loader_t *loader, uint64_t id)
{
    uint64_t  *forbidden;

    forbidden = consent_vec_push(&loader->mem, &loader->forbidden,
                                 sizeof(uint64_t));
    if (forbidden == NULL) {
        return CONSENT_ERROR;
    }

    *forbidden = id;

    return CONSENT_OK;
}


static int
consent_abp_begins(consent_str_t line, const char *start)
{
    size_t  len;

    len = strlen(start);

    return line.len >= len && memcmp(line.data, start, len) == 0;
}


/*
 * Cosmetic rules: "##", "#@#", "#?#", "#$#", "#%#" and their mixtures behind
 * hosts, or AdGuard's "$$" and "$@$".  A network rule with "#" in it could
 * match nothing: fragments are never sent.
 */
static int
consent_abp_is_cosmetic(consent_str_t line)
{
    size_t          i;
    const uint8_t  *p, *end;

    end = line.data + line.len;

    for (p = line.data; p < end; p++) {
        p = memchr(p, '#', (size_t) (end - p));
        if (p == NULL) {
            break;
        }

        for (i = 1; p + i < end && i < 4 && strchr("@?$%", p[i]) && p[i]; i++)
        {
            /* void */
        }

        if (p + i < end && p[i] == '#') {
            return 1;
        }
    }

    if (line.data[0] == '/' || line.data[0] == '|' || line.data[0] == '@') {
        return 0;
    }

    return memmem(line.data, line.len, "$$", 2) != NULL
           || memmem(line.data, line.len, "$@$", 3) != NULL;
}


/* "! Title: …": what the comment says behind a keyword. */
static int
consent_abp_header(consent_abp_reader_t *reader, consent_str_t line,
    const char *keyword, consent_str_t *value)
{
    size_t         len;
    consent_str_t  text;

    text = (consent_str_t) { line.len - 1, line.data + 1 };
    text = consent_str_trim(text);
    len = strlen(keyword);

    if (value->len || text.len <= len
        || !consent_str_caseeq((consent_str_t) { len, text.data },
                               (consent_str_t) { len,
                                                 (const uint8_t *) keyword }))
    {
        return CONSENT_OK;
    }

    text = consent_str_trim((consent_str_t) { text.len - len,
                                              text.data + len });

    *value = consent_str_dup(&reader->loader->mem, text);

    return value->data != NULL ? CONSENT_OK : CONSENT_ERROR;
}


static consent_abp_result_t
consent_abp_comment(consent_abp_reader_t *reader, consent_str_t line)
{
    if (line.data[0] == '!'
        && (consent_abp_header(reader, line, "title:", &reader->list->title)
            != CONSENT_OK
            || consent_abp_header(reader, line, "homepage:",
                                  &reader->list->homepage)
               != CONSENT_OK))
    {
        return CONSENT_ABP_NO_MEMORY;
    }

    return CONSENT_ABP_COMMENT;
}


/* The next word; of what follows a "#" there is none. */
static consent_str_t
consent_abp_word(consent_str_t *line)
{
    size_t         i;
    consent_str_t  word;

    *line = consent_str_trim(*line);

    for (i = 0; i < line->len && line->data[i] > ' '; i++) {
        /* void */
    }

    word = (consent_str_t) { i, line->data };

    if (i && word.data[0] == '#') {
        return (consent_str_t) { 0, NULL };
    }

    line->data += i;
    line->len -= i;

    return word;
}


/* Names that every hosts file has, and that are no trackers. */
static int
consent_abp_is_local(consent_str_t host)
{
    return memchr(host.data, '.', host.len) == NULL
           || consent_str_caseeq(host, consent_str("localhost.localdomain"))
           || consent_str_caseeq(host, consent_str("0.0.0.0"));
}


static void
consent_abp_clear(consent_abp_reader_t *reader)
{
    memset(&reader->rule, 0, sizeof(consent_abp_rule_t));

    reader->rule.loader = reader->loader;
    reader->rule.text = reader->text;
    reader->rule.rule.line = reader->line;
    reader->rule.rule.list = reader->index;
}


/* A line of a hosts file: an address that leads nowhere, and hosts. */
static consent_abp_result_t
consent_abp_hosts_line(consent_abp_reader_t *reader, consent_str_t line)
{
    uint8_t               rule[CONSENT_ABP_HOST_MAX + 3];
    consent_str_t         host;
    consent_abp_result_t  result;

    result = CONSENT_ABP_COMMENT;
    (void) consent_abp_word(&line);

    for (host = consent_abp_word(&line);
         host.len;
         host = consent_abp_word(&line))
    {
        if (consent_abp_is_local(host)) {
            continue;
        }

        if (host.len > CONSENT_ABP_HOST_MAX) {
            return consent_abp_because(&reader->rule, CONSENT_ABP_REFUSED,
                                       "a host is too long");
        }

        rule[0] = '|';
        rule[1] = '|';
        memcpy(rule + 2, host.data, host.len);
        rule[host.len + 2] = '^';

        consent_abp_clear(reader);
        result = consent_abp_network(&reader->rule,
                              (consent_str_t) { host.len + 3, rule });

        if (result != CONSENT_ABP_RULE) {
            break;
        }
    }

    return result;
}


static consent_abp_result_t
consent_abp_line(consent_abp_reader_t *reader, consent_str_t line)
{
    size_t              i;
    static const char  *const nowhere[] = { "0.0.0.0 ", "127.0.0.1 ",
                                            "0.0.0.0\t", "127.0.0.1\t",
                                            ":: ", "::1 ", "::\t", "::1\t" };

    if (line.len == 0 || line.data[0] == '!'
        || consent_abp_begins(line, "[Adblock")
        || consent_abp_begins(line, "[uBlock"))
    {
        return line.len ? consent_abp_comment(reader, line)
                        : CONSENT_ABP_COMMENT;
    }

    if (consent_abp_is_cosmetic(line)) {
        return CONSENT_ABP_COSMETIC;
    }

    if (line.data[0] == '#') {
        return CONSENT_ABP_COMMENT;
    }

    if (line.len > CONSENT_ABP_LINE_MAX) {
        return consent_abp_because(&reader->rule, CONSENT_ABP_REFUSED,
                                   "it is longer than %d bytes",
                                   CONSENT_ABP_LINE_MAX);
    }

    for (i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        if (consent_abp_begins(line, nowhere[i])) {
            return consent_abp_hosts_line(reader, line);
        }
    }

    return consent_abp_network(&reader->rule, line);
}


static void
consent_abp_tell(consent_abp_reader_t *reader, consent_abp_result_t result,
    consent_str_t line)
{
    consent_place_t  place;

    place = (consent_place_t) { reader->list->file, reader->line, 1 };

    if (line.len > 120) {
        line.len = 120;
    }

    consent_loader_warn(reader->loader, &place, "%s \"%.*s\": %s",
                        result == CONSENT_ABP_SKIPPED ? "skipped" : "refused",
                        consent_print(line), reader->rule.why);
}


static void
consent_abp_count(consent_list_count_t *count, consent_abp_result_t result)
{
    switch (result) {

    case CONSENT_ABP_RULE:
        count->rules++;
        break;

    case CONSENT_ABP_COMMENT:
        count->comments++;
        break;

    case CONSENT_ABP_COSMETIC:
        count->cosmetic++;
        break;

    case CONSENT_ABP_SKIPPED:
        count->skipped++;
        break;

    case CONSENT_ABP_REFUSED:
    case CONSENT_ABP_NO_MEMORY:
        count->refused++;
        break;
    }
}


static int
consent_abp_lines(consent_abp_reader_t *reader, consent_str_t text)
{
    const uint8_t         *p, *end, *eol;
    consent_str_t          line;
    consent_abp_result_t   result;

    end = text.data + text.len;

    if (consent_abp_begins(text, "\xef\xbb\xbf")) {
        text.data += 3;
    }

    for (p = text.data; p < end; p = eol + 1) {
        eol = memchr(p, '\n', (size_t) (end - p));
        eol = eol != NULL ? eol : end;

        line = consent_str_trim((consent_str_t) { (size_t) (eol - p), p });

        reader->line++;
        consent_abp_clear(reader);
        result = consent_abp_line(reader, line);

        if (result == CONSENT_ABP_NO_MEMORY) {
            return CONSENT_ERROR;
        }

        consent_abp_count(&reader->list->count, result);

        if (result == CONSENT_ABP_SKIPPED || result == CONSENT_ABP_REFUSED) {
            consent_abp_tell(reader, result, line);
        }
    }

    return CONSENT_OK;
}


/*
 * The service.
 */


/* The name of the file without its folder and what stands behind its dot. */
static consent_str_t
consent_abp_stem(consent_str_t file)
{
    size_t         i;
    consent_str_t  stem;

    stem = file;

    for (i = file.len; i != 0; i--) {
        if (file.data[i - 1] == '/') {
            stem = (consent_str_t) { file.len - i, file.data + i };
            break;
        }
    }

    for (i = stem.len; i > 1; i--) {
        if (stem.data[i - 1] == '.') {
            stem.len = i - 1;
            break;
        }
    }

    return stem;
}


static const consent_service_draft_t *
consent_abp_find_service(const consent_loader_t *loader, consent_str_t id)
{
    unsigned                        i;
    const consent_service_draft_t  *draft;

    draft = loader->services.items;

    for (i = 0; i < loader->services.n; i++) {
        if (consent_str_eq(draft[i].service.id, id)) {
            return &draft[i];
        }
    }

    return NULL;
}


/* "list:easyprivacy"; a number behind it, if another list has that. */
static consent_str_t
consent_abp_service_id(consent_loader_t *loader, consent_str_t file)
{
    size_t         i;
    uint8_t        c, id[CONSENT_RULES_ID_MAX];
    unsigned       n;
    consent_buf_t  b;
    consent_str_t  stem;

    stem = consent_abp_stem(file);

    if (stem.len > sizeof(id) - sizeof(CONSENT_ABP_ID "-64")) {
        stem.len = sizeof(id) - sizeof(CONSENT_ABP_ID "-64");
    }

    for (i = 0; i < stem.len; i++) {
        c = (uint8_t) tolower(stem.data[i]);
        id[i] = isalnum(c) || c == '_' ? c : '-';
    }

    for (n = 1; n <= CONSENT_ABP_LISTS_MAX; n++) {
        consent_buf_init(&b, &loader->mem);
        consent_buf_add_c(&b, CONSENT_ABP_ID);
        consent_buf_add(&b, (consent_str_t) { stem.len, id });

        if (n > 1) {
            consent_buf_add_c(&b, "-");
            consent_buf_add_number(&b, n);
        }

        if (b.failed
            || consent_abp_find_service(loader, consent_buf_str(&b)) == NULL)
        {
            break;
        }
    }

    return b.failed ? (consent_str_t) { 0, NULL } : consent_buf_str(&b);
}


/* What belongs to the list and to nothing else known belongs to this. */
static int
consent_abp_service(consent_loader_t *loader, consent_list_draft_t *list)
{
    consent_ref_t            *ref;
    consent_service_draft_t  *draft;

    draft = consent_vec_push(&loader->mem, &loader->services,
                             sizeof(consent_service_draft_t));
    if (draft == NULL) {
        return CONSENT_ERROR;
    }

    list->service = loader->services.n - 1;

    draft->call = loader->call;
    draft->service.file = list->file;
    draft->service.id = consent_abp_service_id(loader, list->file);
    draft->service.name = list->title.len ? list->title
                          : consent_abp_stem(list->file);

    if (list->homepage.len
        && consent_check_policy_url(list->homepage) == NULL)
    {
        draft->service.policy_url = list->homepage;
    }

    ref = consent_vec_push(&loader->mem, &draft->refs, sizeof(consent_ref_t));

    if (ref == NULL || draft->service.id.data == NULL) {
        return CONSENT_ERROR;
    }

    *ref = list->purpose;

    return CONSENT_OK;
}


/* Into a new draft of a list. */
static int
consent_abp_read(consent_loader_t *loader, consent_abp_reader_t *reader,
    consent_str_t purpose, consent_str_t file, consent_str_t text)
{
    consent_list_draft_t  *list;

    list = consent_vec_push(&loader->mem, &loader->lists,
                            sizeof(consent_list_draft_t));
    if (list == NULL) {
        return CONSENT_ERROR;
    }

    list->file = consent_str_dup(&loader->mem, file);
    list->purpose.file = list->file;
    list->purpose.name = consent_str_dup(&loader->mem, purpose);

    if (list->file.data == NULL || list->purpose.name.data == NULL) {
        return CONSENT_ERROR;
    }

    reader->loader = loader;
    reader->list = list;
    reader->index = (uint16_t) (loader->lists.n - 1);

    if (consent_abp_lines(reader, text) != CONSENT_OK) {
        return CONSENT_ERROR;
    }

    return consent_abp_service(loader, list);
}


int
consent_rules_list_text(consent_loader_t *loader, consent_str_t purpose,
    consent_str_t file, consent_str_t text)
{
    int                    rc;
    consent_place_t        place;
    consent_abp_reader_t  *reader;

    place = (consent_place_t) { file, 0, 0 };

    if (loader->lists.n == CONSENT_ABP_LISTS_MAX) {
        consent_loader_fault(loader, &place, "there are more than %d lists",
                             CONSENT_ABP_LISTS_MAX);
        return CONSENT_ERROR;
    }

    loader->call++;

    reader = calloc(1, sizeof(consent_abp_reader_t));
    rc = reader != NULL ? consent_abp_read(loader, reader, purpose, file, text)
                        : CONSENT_ERROR;
    free(reader);

    if (rc != CONSENT_OK) {
        consent_loader_fault(loader, &place, "no memory, or too many rules");
    }

    return rc;
}


int
consent_rules_list(consent_loader_t *loader, consent_str_t purpose,
    consent_str_t file)
{
    int      rc;
    char    *name, *text;
    size_t   len;

    name = strndup((const char *) file.data, file.len);

    rc = name != NULL ? consent_loader_read(loader, name, &text, &len)
                      : CONSENT_ERROR;
    free(name);

    if (rc == CONSENT_OK) {
        rc = consent_rules_list_text(loader, purpose, file,
                                     (consent_str_t) { len,
                                                       (uint8_t *) text });
        free(text);
    }

    return rc;
}


static int
consent_abp_compare(const void *a, const void *b)
{
    const uint64_t  *one, *two;

    one = a;
    two = b;

    return (*one > *two) - (*one < *two);
}


void
consent_abp_forget(consent_loader_t *loader)
{
    uint32_t                    i, n;
    consent_list_store_t       *store;
    const consent_list_more_t  *more;

    store = loader->listed;

    if (store == NULL || loader->forbidden.n == 0) {
        return;
    }

    qsort(loader->forbidden.items, loader->forbidden.n, sizeof(uint64_t),
          consent_abp_compare);

    for (i = 0, n = 0; i < store->n; i++) {
        if (bsearch(&store->records[i].rule.id, loader->forbidden.items,
                    loader->forbidden.n, sizeof(uint64_t),
                    consent_abp_compare)
            == NULL)
        {
            store->records[n++] = store->records[i];
            continue;
        }

        more = store->records[i].rule.more;

        if (more != NULL && more->regex != NULL && more->regex->code != NULL) {
            consent_regex_free(more->regex);
        }
    }

    store->n = n;
}

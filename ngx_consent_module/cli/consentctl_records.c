/* records: what consent_record wrote. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consentctl_records.h"


typedef struct {
    const consentctl_t    *ctl;
    consentctl_record_pt   fn;
    void                  *data;
    unsigned long         *broken;
} consentctl_reader_t;


static int consentctl_day_ok(const consentctl_t *ctl, const char *option,
    const char *day);
static int consentctl_files_ok(const consentctl_t *ctl);
static int consentctl_read_lines(const consentctl_t *ctl, const char *name,
    consentctl_line_pt fn, void *data);
static int consentctl_get_line(FILE *fp, consentctl_line_t *line,
    uint8_t *buf);
static int consentctl_record_line(void *data, const consentctl_line_t *line);
static const char *consentctl_record_parse(const consentctl_line_t *line,
    consentctl_record_t *record, cJSON **json);
static int consentctl_wanted(const consentctl_t *ctl,
    const consentctl_record_t *record);


static const struct {
    const char         *name;
    consentctl_run_pt   run;
    unsigned            chain:1;        /* takes --head and --after */
} consentctl_verbs[] = {
    { "verify", consentctl_verify, 1 },
    { "export", consentctl_export, 0 },
    { "stats",  consentctl_stats,  0 },
    { NULL, NULL, 0 }
};


int
consentctl_records(consentctl_t *ctl)
{
    size_t      i;
    const char *verb;

    verb = ctl->argv[0];

    for (i = 0; consentctl_verbs[i].name; i++) {
        if (strcmp(consentctl_verbs[i].name, verb) == 0) {
            break;
        }
    }

    if (consentctl_verbs[i].name == NULL) {
        consentctl_error(ctl, "no \"%s\"; there are verify, export and stats",
                         verb);
        return CONSENTCTL_USAGE;
    }

    if (consentctl_verbs[i].chain ? ctl->id || ctl->since || ctl->until
                                    || ctl->json
                                  : ctl->head || ctl->after)
    {
        consentctl_error(ctl, "%s does not take %s", verb,
                         consentctl_verbs[i].chain
                         ? "--id, --since, --until or --json: a chain is "
                           "checked as a whole"
                         : "--head or --after: those are for verify");
        return CONSENTCTL_USAGE;
    }

    if (!consentctl_day_ok(ctl, "since", ctl->since)
        || !consentctl_day_ok(ctl, "until", ctl->until))
    {
        return CONSENTCTL_USAGE;
    }

    ctl->argv++;
    ctl->argc--;

    if (!consentctl_files_ok(ctl)) {
        return CONSENTCTL_USAGE;
    }

    return consentctl_verbs[i].run(ctl);
}


/* All of them, before anything is written. */

static int
consentctl_files_ok(const consentctl_t *ctl)
{
    int          i;
    struct stat  st;

    for (i = 0; i < ctl->argc; i++) {

        if (strcmp(ctl->argv[i], "-") == 0) {
            continue;
        }

        if (stat(ctl->argv[i], &st) != 0) {
            consentctl_error(ctl, "%s: %s", ctl->argv[i], strerror(errno));
            return 0;
        }

        if (S_ISDIR(st.st_mode)) {
            consentctl_error(ctl, "%s: it is a folder; name its files",
                             ctl->argv[i]);
            return 0;
        }

        if (access(ctl->argv[i], R_OK) != 0) {
            consentctl_error(ctl, "%s: %s", ctl->argv[i], strerror(errno));
            return 0;
        }
    }

    return 1;
}


static int
consentctl_day_ok(const consentctl_t *ctl, const char *option,
    const char *day)
{
    size_t             i;
    static const char  form[] = "0000-00-00";

    if (day == NULL) {
        return 1;
    }

    for (i = 0; day[i] && form[i]; i++) {
        if (form[i] == '-' ? day[i] != '-' : day[i] < '0' || day[i] > '9') {
            break;
        }
    }

    if (day[i] || form[i]) {
        consentctl_error(ctl, "--%s %s: a day is expected, YYYY-MM-DD, such "
                         "as 2026-11-22", option, day);
        return 0;
    }

    return 1;
}


int
consentctl_lines(const consentctl_t *ctl, consentctl_line_pt fn, void *data)
{
    int  i;

    for (i = 0; i < ctl->argc; i++) {
        if (consentctl_read_lines(ctl, ctl->argv[i], fn, data)
            != CONSENT_OK)
        {
            return CONSENT_ERROR;
        }
    }

    return CONSENT_OK;
}


static int
consentctl_read_lines(const consentctl_t *ctl, const char *name,
    consentctl_line_pt fn, void *data)
{
    int                rc;
    FILE              *fp;
    consentctl_line_t  line;
    static uint8_t     buf[CONSENTCTL_LINE_MAX];

    fp = strcmp(name, "-") == 0 ? stdin : fopen(name, "rbe");

    if (fp == NULL) {
        consentctl_error(ctl, "%s: %s", name, strerror(errno));
        return CONSENT_ERROR;
    }

    line.file = fp == stdin ? "(standard input)" : name;
    line.number = 0;
    rc = CONSENT_OK;

    while (rc == CONSENT_OK
           && consentctl_get_line(fp, &line, buf) == CONSENT_OK)
    {
        rc = fn(data, &line);
    }

    if (ferror(fp)) {
        consentctl_error(ctl, "%s: %s", line.file, strerror(errno));
        rc = CONSENT_ERROR;
    }

    if (fp != stdin) {
        fclose(fp);
    }

    return rc;
}


/* CONSENT_DECLINED behind the last. */

static int
consentctl_get_line(FILE *fp, consentctl_line_t *line, uint8_t *buf)
{
    int     c;
    size_t  n;

    n = 0;
    line->over = 0;

    while ((c = getc_unlocked(fp)) != EOF && c != '\n') {
        if (n == CONSENTCTL_LINE_MAX) {
            line->over = 1;
        } else {
            buf[n++] = (uint8_t) c;
        }
    }

    if (ferror(fp) || (c == EOF && n == 0)) {
        return CONSENT_DECLINED;
    }

    line->cut = (c == EOF);
    line->text = (consent_str_t) { n, buf };
    line->number++;

    return CONSENT_OK;
}


void
consentctl_line_place(FILE *out, const consentctl_line_t *line)
{
    consentctl_put(out, consentctl_str(line->file));
    fprintf(out, ":%lu: ", line->number);
}


int
consentctl_each_record(const consentctl_t *ctl, consentctl_record_pt fn,
    void *data, unsigned long *broken)
{
    consentctl_reader_t  reader;

    reader.ctl = ctl;
    reader.fn = fn;
    reader.data = data;
    reader.broken = broken;

    *broken = 0;

    return consentctl_lines(ctl, consentctl_record_line, &reader);
}


static int
consentctl_record_line(void *data, const consentctl_line_t *line)
{
    consentctl_reader_t  *reader = data;

    int                   rc;
    cJSON                *json;
    const char           *fault;
    consentctl_record_t   record;

    json = NULL;
    fault = consentctl_record_parse(line, &record, &json);
    rc = CONSENT_OK;

    if (fault != NULL) {
        consentctl_line_place(stderr, line);
        fprintf(stderr, "left out: %s\n", fault);
        ++*reader->broken;

    } else if (consentctl_wanted(reader->ctl, &record)) {
        rc = reader->fn(reader->data, &record);
    }

    cJSON_Delete(json);

    return rc;
}


/* NULL, or what is wrong with the line. */

static const char *
consentctl_record_parse(const consentctl_line_t *line,
    consentctl_record_t *record, cJSON **json)
{
    uint8_t      prev[CONSENT_RECORD_HASH], hash[CONSENT_RECORD_HASH];
    const char  *error;

    if (line->over) {
        return "the line is too long for a consent record";
    }

    /* Its own hash is checked; what stands before it is for verify. */

    if (consent_record_links(line->text, prev, hash) != CONSENT_OK) {
        memset(prev, 0, CONSENT_RECORD_HASH);
    }

    if (consent_record_verify(line->text, prev, &error) != CONSENT_OK) {
        return error;
    }

    *json = cJSON_ParseWithLength((const char *) line->text.data,
                                  line->text.len);

    record->json = *json;
    record->line = line->text;
    record->time = consentctl_record_string(record, "time");
    record->id = consentctl_record_string(record, "id");

    if (strlen(record->time) < sizeof("0000-00-00") - 1
        || consent_action_parse(&record->action,
               consentctl_str(consentctl_record_string(record, "action")))
           != CONSENT_OK)
    {
        return "the line is no consent record: it has no time or no known "
               "action";
    }

    return NULL;
}


/* Days compare as their names do. */

static int
consentctl_wanted(const consentctl_t *ctl, const consentctl_record_t *record)
{
    size_t  len;

    len = sizeof("0000-00-00") - 1;

    return (ctl->id == NULL || strcmp(ctl->id, record->id) == 0)
           && (ctl->since == NULL
               || strncmp(record->time, ctl->since, len) >= 0)
           && (ctl->until == NULL
               || strncmp(record->time, ctl->until, len) <= 0);
}


const char *
consentctl_record_string(const consentctl_record_t *record, const char *name)
{
    const char  *s;

    s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record->json,
                                                              name));
    return s ? s : "";
}


const cJSON *
consentctl_record_list(const consentctl_record_t *record, const char *name)
{
    const cJSON  *item;

    item = cJSON_GetObjectItemCaseSensitive(record->json, name);

    return cJSON_IsArray(item) || cJSON_IsObject(item) ? item : NULL;
}

/* records export: consent records as CSV (RFC 4180) or JSON lines. */

#include <string.h>

#include "consentctl_records.h"


static int consentctl_export_json(void *data,
    const consentctl_record_t *record);
static int consentctl_export_csv(void *data,
    const consentctl_record_t *record);
static void consentctl_csv_cell(const consentctl_record_t *record,
    const char *name);
static void consentctl_csv_string(const char *s);


/* Lists are joined by spaces: none of their words has one. */

static const char *const  consentctl_cells[] = {
    "time", "id", "action", "site", "regime", "granted", "denied",
    "services", "policy", "lang", "gpc", NULL
};


int
consentctl_export(consentctl_t *ctl)
{
    unsigned       i;
    unsigned long  broken;

    for (i = 0; !ctl->json && consentctl_cells[i]; i++) {
        printf("%s%s", consentctl_cells[i],
               consentctl_cells[i + 1] ? "," : "\n");
    }

    if (consentctl_each_record(ctl, ctl->json ? consentctl_export_json
                                              : consentctl_export_csv,
                               ctl, &broken)
        != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    return consentctl_done(ctl, broken ? CONSENTCTL_FINDINGS
                                       : CONSENTCTL_GOOD);
}


/* As it is: so it can be checked still. */

static int
consentctl_export_json(void *data, const consentctl_record_t *record)
{
    fwrite(record->line.data, 1, record->line.len, stdout);
    putchar('\n');

    return consentctl_still(data);
}


static int
consentctl_export_csv(void *data, const consentctl_record_t *record)
{
    unsigned  i;

    for (i = 0; consentctl_cells[i]; i++) {
        if (i) {
            putchar(',');
        }

        consentctl_csv_cell(record, consentctl_cells[i]);
    }

    putchar('\n');

    return consentctl_still(data);
}


static void
consentctl_csv_cell(const consentctl_record_t *record, const char *name)
{
    const char   *separator;
    const cJSON  *value, *item;

    value = cJSON_GetObjectItemCaseSensitive(record->json, name);

    if (cJSON_IsString(value)) {
        consentctl_csv_string(value->valuestring);

    } else if (cJSON_IsBool(value)) {
        fputs(cJSON_IsTrue(value) ? "true" : "false", stdout);

    } else {
        separator = "";

        cJSON_ArrayForEach(item, consentctl_record_list(record, name)) {
            fputs(separator, stdout);
            separator = " ";

            if (cJSON_IsString(item)) {
                consentctl_csv_string(item->valuestring);

            } else if (item->string) {
                consentctl_csv_string(item->string);
                fputs(cJSON_IsTrue(item) ? "=1" : "=0", stdout);
            }
        }
    }
}


static void
consentctl_csv_string(const char *s)
{
    if (strpbrk(s, ",\"\r\n") == NULL) {
        fputs(s, stdout);
        return;
    }

    putchar('"');

    for ( /* void */ ; *s; s++) {
        if (*s == '"') {
            putchar('"');
        }

        putchar(*s);
    }

    putchar('"');
}

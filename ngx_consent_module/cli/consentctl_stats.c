/* records stats: consent records counted by day, action and purpose. */

#include <string.h>

#include "consentctl_records.h"


#define CONSENTCTL_DAY  (sizeof("0000-00-00") - 1)


typedef struct {
    char           day[CONSENTCTL_DAY];
    unsigned long  n[CONSENT_ACTIONS + 1];      /* the last: all */
} consentctl_day_t;


typedef struct {
    consent_str_t  key;
    unsigned long  granted;
    unsigned long  denied;
} consentctl_share_t;


typedef struct {
    consentctl_t        *ctl;
    consent_buf_t        days;          /* consentctl_day_t, in order */
    consentctl_day_t     sum;
    unsigned             nshares;
    consentctl_share_t   shares[CONSENT_MAX_PURPOSES];
} consentctl_stats_t;


static int consentctl_stats_record(void *data,
    const consentctl_record_t *record);
static consentctl_day_t *consentctl_stats_day(consentctl_stats_t *stats,
    const char *day);
static void consentctl_stats_purposes(consentctl_stats_t *stats,
    const cJSON *list, int granted);
static void consentctl_stats_text(const consentctl_stats_t *stats);
static void consentctl_day_text(const consentctl_day_t *day);
static int consentctl_stats_json(const consentctl_stats_t *stats);
static void consentctl_day_json(consent_buf_t *b,
    const consentctl_day_t *day);


int
consentctl_stats(consentctl_t *ctl)
{
    unsigned long       broken;
    consentctl_stats_t  stats;

    memset(&stats, 0, sizeof(consentctl_stats_t));

    stats.ctl = ctl;
    consent_buf_init(&stats.days, ctl->mem);
    memcpy(stats.sum.day, "all       ", CONSENTCTL_DAY);

    if (consentctl_each_record(ctl, consentctl_stats_record, &stats, &broken)
        != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    if (!ctl->json) {
        consentctl_stats_text(&stats);

    } else if (consentctl_stats_json(&stats) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    return consentctl_done(ctl, broken ? CONSENTCTL_FINDINGS
                                       : CONSENTCTL_GOOD);
}


static int
consentctl_stats_record(void *data, const consentctl_record_t *record)
{
    consentctl_stats_t *stats = data;

    consentctl_day_t  *day;

    day = consentctl_stats_day(stats, record->time);
    if (day == NULL) {
        consentctl_error(stats->ctl, "no memory");
        return CONSENT_ERROR;
    }

    day->n[record->action]++;
    day->n[CONSENT_ACTIONS]++;
    stats->sum.n[record->action]++;
    stats->sum.n[CONSENT_ACTIONS]++;

    consentctl_stats_purposes(stats, consentctl_record_list(record,
                                                            "granted"), 1);
    consentctl_stats_purposes(stats, consentctl_record_list(record,
                                                            "denied"), 0);

    return CONSENT_OK;
}


/* Records come in order of time, or nearly: the place is near the end. */

static consentctl_day_t *
consentctl_stats_day(consentctl_stats_t *stats, const char *name)
{
    int                rc;
    size_t             i, n;
    consentctl_day_t  *days, day;

    n = stats->days.len / sizeof(consentctl_day_t);
    days = (consentctl_day_t *) (void *) stats->days.data;

    for (i = n; i > 0; i--) {
        rc = memcmp(days[i - 1].day, name, CONSENTCTL_DAY);

        if (rc == 0) {
            return &days[i - 1];
        }

        if (rc < 0) {
            break;
        }
    }

    memset(&day, 0, sizeof(consentctl_day_t));
    memcpy(day.day, name, CONSENTCTL_DAY);

    consent_buf_add(&stats->days, (consent_str_t) { sizeof(consentctl_day_t),
                                                   (uint8_t *) &day });
    if (stats->days.failed) {
        return NULL;
    }

    days = (consentctl_day_t *) (void *) stats->days.data;
    memmove(&days[i + 1], &days[i], (n - i) * sizeof(consentctl_day_t));
    days[i] = day;

    return &days[i];
}


static void
consentctl_stats_purposes(consentctl_stats_t *stats, const cJSON *list,
    int granted)
{
    unsigned        i;
    const cJSON    *item;
    consent_str_t   key;

    cJSON_ArrayForEach(item, list) {

        if (!cJSON_IsString(item)) {
            continue;
        }

        key = consentctl_str(item->valuestring);

        for (i = 0; i < stats->nshares; i++) {
            if (consent_str_eq(stats->shares[i].key, key)) {
                break;
            }
        }

        if (i == CONSENT_MAX_PURPOSES) {
            continue;
        }

        if (i == stats->nshares) {
            key = consent_str_dup(stats->ctl->mem, key);
            if (key.data == NULL) {
                continue;
            }

            stats->shares[stats->nshares++].key = key;
        }

        stats->shares[i].granted += granted ? 1 : 0;
        stats->shares[i].denied += granted ? 0 : 1;
    }
}


static void
consentctl_stats_text(const consentctl_stats_t *stats)
{
    size_t                     i, n;
    unsigned long              all;
    const consentctl_day_t    *days;
    const consentctl_share_t  *share;

    n = stats->days.len / sizeof(consentctl_day_t);
    days = (const consentctl_day_t *) (const void *) stats->days.data;

    printf("%s%-10s %9s %9s %9s %9s %9s%s\n",
           consentctl_ink(stats->ctl, CONSENTCTL_BOLD), "day", "accept",
           "reject", "save", "withdraw", "all",
           consentctl_ink(stats->ctl, CONSENTCTL_PLAIN));

    for (i = 0; i < n; i++) {
        consentctl_day_text(&days[i]);
    }

    consentctl_day_text(&stats->sum);

    printf("\n%s%-20s %9s %9s %9s%s\n",
           consentctl_ink(stats->ctl, CONSENTCTL_BOLD), "purpose", "granted",
           "denied", "granted",
           consentctl_ink(stats->ctl, CONSENTCTL_PLAIN));

    for (i = 0; i < stats->nshares; i++) {
        share = &stats->shares[i];
        all = share->granted + share->denied;

        consentctl_print(share->key);
        printf("%*s %9lu %9lu %7.1f %%\n",
               share->key.len < 20 ? (int) (20 - share->key.len) : 0, "",
               share->granted, share->denied,
               100.0 * (double) share->granted / (double) all);
    }
}


static void
consentctl_day_text(const consentctl_day_t *day)
{
    unsigned  i;

    consentctl_print((consent_str_t) { CONSENTCTL_DAY,
                                       (const uint8_t *) day->day });

    for (i = 0; i <= CONSENT_ACTIONS; i++) {
        printf(" %9lu", day->n[i]);
    }

    putchar('\n');
}


static int
consentctl_stats_json(const consentctl_stats_t *stats)
{
    size_t                   i, n;
    consent_buf_t            b;
    const consentctl_day_t  *days;

    n = stats->days.len / sizeof(consentctl_day_t);
    days = (const consentctl_day_t *) (const void *) stats->days.data;

    consent_buf_init(&b, stats->ctl->mem);
    consent_buf_add_c(&b, "{\"kind\":\"stats\"");
    consentctl_day_json(&b, &stats->sum);
    consent_buf_add_c(&b, ",\"days\":[");

    for (i = 0; i < n; i++) {
        consent_buf_add_c(&b, i ? ",\n{\"day\":" : "\n{\"day\":");
        consentctl_json_string(&b, (consent_str_t) { CONSENTCTL_DAY,
                                         (const uint8_t *) days[i].day });
        consentctl_day_json(&b, &days[i]);
        consent_buf_add_c(&b, "}");
    }

    consent_buf_add_c(&b, "],\"purposes\":[");

    for (i = 0; i < stats->nshares; i++) {
        consent_buf_add_c(&b, i ? ",\n{\"purpose\":" : "\n{\"purpose\":");
        consentctl_json_string(&b, stats->shares[i].key);
        consent_buf_add_c(&b, ",\"granted\":");
        consent_buf_add_number(&b, stats->shares[i].granted);
        consent_buf_add_c(&b, ",\"denied\":");
        consent_buf_add_number(&b, stats->shares[i].denied);
        consent_buf_add_c(&b, "}");
    }

    consent_buf_add_c(&b, "]}\n");

    return consentctl_write(stats->ctl, &b);
}


static void
consentctl_day_json(consent_buf_t *b, const consentctl_day_t *day)
{
    unsigned       i;
    consent_str_t  name;

    for (i = 0; i <= CONSENT_ACTIONS; i++) {
        name = i < CONSENT_ACTIONS
               ? consent_action_name((consent_action_t) i)
               : consent_str("all");

        consent_buf_add_c(b, ",\"");
        consent_buf_add(b, name);
        consent_buf_add_c(b, "\":");
        consent_buf_add_number(b, day->n[i]);
    }
}

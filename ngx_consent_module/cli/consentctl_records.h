/* Reading consent records: what the verbs of `records` share. */

#ifndef CONSENTCTL_RECORDS_H
#define CONSENTCTL_RECORDS_H


#include <cjson/cJSON.h>

#include "consent_record.h"
#include "consentctl.h"


/* Longer lines are no records: those of the module stay far below. */
#define CONSENTCTL_LINE_MAX  (64 * 1024)



/* One line of one file. */

typedef struct {
    const char     *file;
    unsigned long   number;             /* from 1, in its file */
    consent_str_t   text;               /* without its newline */
    unsigned        cut:1;              /* the file ends within the line */
    unsigned        over:1;             /* it is longer than LINE_MAX */
} consentctl_line_t;


/* A line that is a record, sound in itself. */

typedef struct {
    consent_str_t     line;
    const cJSON      *json;
    const char       *time;
    const char       *id;
    consent_action_t  action;
} consentctl_record_t;


/* CONSENT_ERROR ends the reading. */
typedef int (*consentctl_line_pt)(void *data, const consentctl_line_t *line);
typedef int (*consentctl_record_pt)(void *data,
    const consentctl_record_t *record);

/*
 * Calls fn for each line of the files that the command line names.
 * CONSENT_ERROR after a message, if one can't be read or fn failed.
 */
int consentctl_lines(const consentctl_t *ctl, consentctl_line_pt fn,
    void *data);

/*
 * The same for the records that --id, --since and --until leave.  *broken
 * becomes the number of lines that were left out, with a message on standard
 * error each, since they are no sound records.
 */
int consentctl_each_record(const consentctl_t *ctl, consentctl_record_pt fn,
    void *data, unsigned long *broken);

/* "file:line: " on a stream. */
void consentctl_line_place(FILE *out, const consentctl_line_t *line);

/* The string or the list that a record has under a name; "" or NULL. */
const char *consentctl_record_string(const consentctl_record_t *record,
    const char *name);
const cJSON *consentctl_record_list(const consentctl_record_t *record,
    const char *name);


int consentctl_verify(consentctl_t *ctl);
int consentctl_export(consentctl_t *ctl);
int consentctl_stats(consentctl_t *ctl);


#endif /* CONSENTCTL_RECORDS_H */


/*
 * Where consent records go: one line for each choice, written before the
 * answer, chained to the line before under the zone's lock.
 */

#include "ngx_http_consent_zone.h"


/* How much of a file's end is read to find its last line. */
#define NGX_HTTP_CONSENT_TAIL         16384

/* Room for a priority, a date, a host name and a tag. */
#define NGX_HTTP_CONSENT_SYSLOG_HEAD  512


static ngx_http_consent_head_t *ngx_http_consent_record_head(
    ngx_http_consent_zone_t *zone, ngx_str_t *name);
static void ngx_http_consent_record_tail(ngx_http_consent_head_t *head,
    ngx_log_t *log);
static ngx_fd_t ngx_http_consent_record_open(
    ngx_http_consent_record_t *record, ngx_http_consent_head_t *head);
static void ngx_http_consent_record_follow(ngx_fd_t fd,
    ngx_http_consent_head_t *head, ngx_log_t *log);
static ngx_int_t ngx_http_consent_record_send(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, ngx_http_consent_head_t *head,
    const consent_record_t *entry);
static ngx_int_t ngx_http_consent_record_file(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, ngx_http_consent_head_t *head,
    ngx_fd_t fd, consent_buf_t *b);
static ngx_int_t ngx_http_consent_record_syslog(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, consent_buf_t *b);


ngx_int_t
ngx_http_consent_record_init(ngx_http_consent_zone_t *zone, ngx_log_t *log)
{
    ngx_uint_t                   i;
    ngx_http_consent_record_t  **record;

    if (zone->mcf->records.nelts == 0) {
        return NGX_OK;
    }

    zone->heads = ngx_pcalloc(zone->pool, zone->mcf->records.nelts
                                          * sizeof(ngx_http_consent_head_t *));
    if (zone->heads == NULL) {
        return NGX_ERROR;
    }

    record = zone->mcf->records.elts;

    for (i = 0; i < zone->mcf->records.nelts; i++) {
        zone->heads[i] = ngx_http_consent_record_head(zone,
                                                      &record[i]->name);
        if (zone->heads[i] == NULL) {
            ngx_log_error(NGX_LOG_EMERG, log, 0,
                          "no room in \"consent_zone\" for "
                          "\"consent_record %V\": make it larger",
                          &record[i]->name);
            return NGX_ERROR;
        }

        if (record[i]->file && zone->heads[i]->size < 0) {
            ngx_http_consent_record_tail(zone->heads[i], log);
        }
    }

    return NGX_OK;
}


/* The chain of this name; its size is -1 as long as no file was read. */

static ngx_http_consent_head_t *
ngx_http_consent_record_head(ngx_http_consent_zone_t *zone, ngx_str_t *name)
{
    ngx_http_consent_head_t  *head;

    for (head = zone->sh->heads; head; head = head->next) {
        if (head->len == name->len
            && ngx_memcmp(head->name, name->data, name->len) == 0)
        {
            return head;
        }
    }

    /* One more byte is there for the terminating NUL. */

    head = ngx_slab_calloc(zone->shpool,
                           sizeof(ngx_http_consent_head_t) + name->len);
    if (head == NULL) {
        return NULL;
    }

    head->size = -1;
    head->len = name->len;
    ngx_memcpy(head->name, name->data, name->len);

    head->next = zone->sh->heads;
    zone->sh->heads = head;

    return head;
}


/*
 * Carries on the chain of the file that is there.  One that can't be read,
 * or has no sound line, leaves the head as it is: zeros, or where the chain
 * stood before the file was moved away.
 */

static void
ngx_http_consent_record_tail(ngx_http_consent_head_t *head, ngx_log_t *log)
{
    off_t            offset;
    ssize_t          n;
    ngx_file_t       file;
    ngx_file_info_t  fi;
    consent_str_t    text;
    uint8_t          hash[CONSENT_RECORD_HASH];
    static u_char    tail[NGX_HTTP_CONSENT_TAIL];

    ngx_memzero(&file, sizeof(ngx_file_t));

    file.name.data = head->name;
    file.name.len = head->len;
    file.log = log;

    file.fd = ngx_open_file(head->name, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        return;
    }

    n = 0;

    if (ngx_fd_info(file.fd, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)) {
        offset = ngx_max(ngx_file_size(&fi) - (off_t) sizeof(tail), 0);
        n = ngx_read_file(&file, tail, sizeof(tail), offset);

        head->size = ngx_file_size(&fi);
        head->uniq = ngx_file_uniq(&fi);
    }

    if (n > 0) {
        text.data = tail;
        text.len = n;

        if (consent_record_head(text, hash) == CONSENT_OK) {
            ngx_memcpy(head->hash, hash, CONSENT_RECORD_HASH);
        }

        head->torn = (tail[n - 1] != '\n');
    }

    if (ngx_close_file(file.fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &file.name);
    }
}


ngx_int_t
ngx_http_consent_record_append(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, const consent_record_t *entry)
{
    ngx_int_t                      rc;
    ngx_http_consent_zone_t       *zone;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    zone = mcf->zone;

    if (zone == NULL || zone->heads == NULL) {
        return NGX_ERROR;
    }

    ngx_shmtx_lock(&zone->shpool->mutex);

    rc = ngx_http_consent_record_send(r, record, zone->heads[record->index],
                                      entry);

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return rc;
}


/*
 * After log rotation each worker opens the new file in its own time.  One
 * that still has the old file open writes to the one where the chain has
 * gone on, or the chain would fork.
 */

static ngx_fd_t
ngx_http_consent_record_open(ngx_http_consent_record_t *record,
    ngx_http_consent_head_t *head)
{
    ngx_fd_t         fd;
    ngx_file_info_t  own, named;

    if (ngx_fd_info(record->file->fd, &own) == NGX_FILE_ERROR
        || ngx_file_uniq(&own) == head->uniq
        || ngx_file_info(head->name, &named) == NGX_FILE_ERROR
        || ngx_file_uniq(&named) != head->uniq)
    {
        return record->file->fd;
    }

    fd = ngx_open_file(head->name, NGX_FILE_APPEND, NGX_FILE_OPEN, 0);

    return fd == NGX_INVALID_FILE ? record->file->fd : fd;
}


/*
 * A file that is not as we left it was moved away by log rotation (then the
 * chain goes on in the new one), or another nginx wrote to it: the old one
 * during an upgrade of the binary.
 */

static void
ngx_http_consent_record_follow(ngx_fd_t fd, ngx_http_consent_head_t *head,
    ngx_log_t *log)
{
    ngx_file_info_t  fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR
        || (ngx_file_uniq(&fi) == head->uniq
            && ngx_file_size(&fi) == head->size))
    {
        return;
    }

    head->uniq = ngx_file_uniq(&fi);
    head->size = ngx_file_size(&fi);
    head->torn = 0;

    if (head->size) {
        ngx_http_consent_record_tail(head, log);
    }
}


static ngx_int_t
ngx_http_consent_record_send(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, ngx_http_consent_head_t *head,
    const consent_record_t *entry)
{
    ngx_fd_t       fd;
    ngx_int_t      rc;
    consent_buf_t  b;
    consent_mem_t  mem;
    uint8_t        hash[CONSENT_RECORD_HASH];

    fd = NGX_INVALID_FILE;

    if (record->file) {
        fd = ngx_http_consent_record_open(record, head);
        ngx_http_consent_record_follow(fd, head, r->connection->log);
    }

    mem = ngx_http_consent_mem(r->pool);
    consent_buf_init(&b, &mem);

    if (head->torn) {
        consent_buf_add_c(&b, "\n");
    }

    ngx_memcpy(hash, head->hash, CONSENT_RECORD_HASH);

    if (consent_record_write(&b, entry, hash) != CONSENT_OK) {
        rc = NGX_ERROR;

    } else if (record->file) {
        rc = ngx_http_consent_record_file(r, record, head, fd, &b);

    } else {
        rc = ngx_http_consent_record_syslog(r, record, &b);
    }

    if (rc == NGX_OK) {
        ngx_memcpy(head->hash, hash, CONSENT_RECORD_HASH);
    }

    if (record->file && fd != record->file->fd
        && ngx_close_file(fd) == NGX_FILE_ERROR)
    {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &record->name);
    }

    return rc;
}


static ngx_int_t
ngx_http_consent_record_file(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, ngx_http_consent_head_t *head,
    ngx_fd_t fd, consent_buf_t *b)
{
    ssize_t  n;

    n = ngx_write_fd(fd, b->data, b->len);

    if (n > 0) {
        head->size += n;
        head->torn = ((size_t) n != b->len);
    }

    if (n < 0 || (size_t) n != b->len) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log,
                      n < 0 ? ngx_errno : 0,
                      "consent record: " ngx_write_fd_n " to \"%V\" failed, "
                      "%z of %uz bytes", &record->name, n, b->len);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_record_syslog(ngx_http_request_t *r,
    ngx_http_consent_record_t *record, consent_buf_t *b)
{
    u_char   *line, *p;
    ssize_t   n;

    line = ngx_pnalloc(r->pool, NGX_HTTP_CONSENT_SYSLOG_HEAD + b->len);
    if (line == NULL) {
        return NGX_ERROR;
    }

    /* The newline stays behind. */

    p = ngx_syslog_add_header(record->syslog, line);
    p = ngx_cpymem(p, b->data, b->len - 1);

    n = ngx_syslog_send(record->syslog, line, p - line);

    if (n < 0 || n != p - line) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "consent record: send() to \"%V\" failed",
                      &record->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}

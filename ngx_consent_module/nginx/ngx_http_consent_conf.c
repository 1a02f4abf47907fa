
/*
 * Directives that need more than a slot.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_TAG_MIN  1024
#define NGX_HTTP_CONSENT_TAG_MAX  (1024 * 1024)

/* Room for all words that a directive knows, in a message. */
#define NGX_HTTP_CONSENT_WORDS    128


static consent_str_t ngx_http_consent_enum_word(const void *data, unsigned i);
static consent_str_t ngx_http_consent_regime_word(const void *data,
    unsigned i);
static ngx_int_t ngx_http_consent_record_place(ngx_conf_t *cf,
    ngx_str_t *name);
static ngx_int_t ngx_http_consent_zone_learn(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_str_t *value);
static ngx_http_consent_record_t *ngx_http_consent_add_record(ngx_conf_t *cf,
    ngx_str_t *name);
static char *ngx_http_consent_open_record(ngx_conf_t *cf,
    ngx_http_consent_record_t *record);


ngx_int_t
ngx_http_consent_word_at(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_consent_word_t *word)
{
    u_char  *p;
    size_t   len;

    len = cf->conf_file->file.name.len + 1 + NGX_INT_T_LEN;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    word->word = *value;
    word->at.data = p;
    word->at.len = ngx_snprintf(p, len, "%V:%ui", &cf->conf_file->file.name,
                                cf->conf_file->line)
                   - p;

    return NGX_OK;
}


ngx_str_t
ngx_http_consent_meant(ngx_pool_t *pool, const char *prefix,
    consent_str_t near)
{
    size_t     len;
    ngx_str_t  text;

    ngx_str_null(&text);

    len = sizeof("; did you mean \"\"?") + ngx_strlen(prefix) + near.len;
    text.data = near.len ? ngx_pnalloc(pool, len) : NULL;

    if (text.data) {
        text.len = ngx_snprintf(text.data, len,
                                "; did you mean \"%s%*s\"?", prefix,
                                near.len, near.data)
                   - text.data;
    }

    return text;
}


ngx_int_t
ngx_http_consent_args_once(ngx_conf_t *cf, ngx_uint_t n)
{
    size_t       len;
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    for ( /* void */ ; n + 1 < cf->args->nelts; n++) {
        len = strcspn((char *) value[n].data, "=") + 1;

        for (i = n + 1; i < cf->args->nelts; i++) {

            if (len <= value[n].len && len <= value[i].len
                && ngx_memcmp(value[n].data, value[i].data, len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"%V\" and \"%V\" in \"%V\": expected "
                                   "one of them", &value[n], &value[i],
                                   &value[0]);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* One word of cmd->post; says which there are, as nginx's own does not. */

char *
ngx_http_consent_word(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    u_char           *p, words[NGX_HTTP_CONSENT_WORDS];
    ngx_str_t        *value, meant;
    const char       *separator;
    ngx_conf_enum_t  *word, *first;

    value = cf->args->elts;
    separator = "";
    p = words;
    first = cmd->post;

    for (word = first; word->name.len; word++) {
        if (word->name.len == value[1].len
            && ngx_strcasecmp(word->name.data, value[1].data) == 0)
        {
            return ngx_conf_set_enum_slot(cf, cmd, conf);
        }

        p = ngx_slprintf(p, words + sizeof(words), "%s\"%V\"", separator,
                         &word->name);
        separator = word[1].name.len && word[2].name.len == 0 ? " or " : ", ";
    }

    meant = ngx_http_consent_meant(cf->pool, "",
                consent_rules_nearest(ngx_http_consent_str(value[1]),
                                      (unsigned) (word - first),
                                      ngx_http_consent_enum_word, first));

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" of \"%V\": expected %*s%V",
                       &value[1], &value[0], (size_t) (p - words), words,
                       &meant);

    return NGX_CONF_ERROR;
}


static consent_str_t
ngx_http_consent_enum_word(const void *data, unsigned i)
{
    const ngx_conf_enum_t  *word = data;

    return ngx_http_consent_str(word[i].name);
}


char *
ngx_http_consent_files(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                 *value;
    ngx_uint_t                 i;
    ngx_array_t              **files;
    ngx_http_consent_word_t   *file;

    files = (ngx_array_t **) ((char *) conf + cmd->offset);

    if (*files == NGX_CONF_UNSET_PTR) {
        *files = ngx_array_create(cf->pool, 4,
                                  sizeof(ngx_http_consent_word_t));
        if (*files == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        file = ngx_array_push(*files);

        if (file == NULL
            || ngx_http_consent_word_at(cf, &value[i], file) != NGX_OK
            || ngx_conf_full_name(cf->cycle, &file->word, 1) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_list(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t                *value;
    ngx_http_consent_word_t  *list;

    if (lcf->lists == NGX_CONF_UNSET_PTR) {
        lcf->lists = ngx_array_create(cf->pool, 2,
                                      sizeof(ngx_http_consent_word_t));
        if (lcf->lists == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2) {
        if (value[1].len == 3 && ngx_strncmp(value[1].data, "off", 3) == 0
            && lcf->lists->nelts == 0)
        {
            return NGX_CONF_OK;
        }

        return "takes a purpose and a file, or \"off\" alone";
    }

    list = ngx_array_push_n(lcf->lists, 2);

    if (list == NULL
        || ngx_http_consent_word_at(cf, &value[1], &list[0]) != NGX_OK
        || ngx_http_consent_word_at(cf, &value[2], &list[1]) != NGX_OK
        || ngx_conf_full_name(cf->cycle, &list[1].word, 1) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_regime(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t                         *value, meant;
    ngx_http_compile_complex_value_t   ccv;

    if (lcf->regime_set != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    lcf->regime_set = 1;
    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1]) == 0) {

        if (consent_regime_parse(&lcf->regime,
                                 ngx_http_consent_str(value[1]))
            == CONSENT_OK)
        {
            return NGX_CONF_OK;
        }

        meant = ngx_http_consent_meant(cf->pool, "",
                    consent_rules_nearest(ngx_http_consent_str(value[1]), 3,
                                          ngx_http_consent_regime_word,
                                          NULL));

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown regime \"%V\": expected \"opt-in\", "
                           "\"opt-out\", \"notice\" or a variable%V",
                           &value[1], &meant);
        return NGX_CONF_ERROR;
    }

    lcf->regime_value = ngx_palloc(cf->pool,
                                   sizeof(ngx_http_complex_value_t));
    if (lcf->regime_value == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = lcf->regime_value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static consent_str_t
ngx_http_consent_regime_word(const void *data, unsigned i)
{
    static ngx_str_t  words[] = {
        ngx_string("opt-in"), ngx_string("opt-out"), ngx_string("notice")
    };

    return ngx_http_consent_str(words[i]);
}


char *
ngx_http_consent_unclassified(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t  *value, passive;

    if (lcf->unclassified.word.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    passive = value[1];

    if (cf->args->nelts == 3) {
        if (ngx_strncmp(value[2].data, "passive=", 8) != 0
            || value[2].len == 8)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": expected "
                               "\"passive=allow\" or \"passive=PURPOSE\"",
                               &value[2]);
            return NGX_CONF_ERROR;
        }

        passive.data = value[2].data + 8;
        passive.len = value[2].len - 8;
    }

    if (ngx_http_consent_word_at(cf, &value[1], &lcf->unclassified) != NGX_OK
        || ngx_http_consent_word_at(cf, &passive, &lcf->passive) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_first_party(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    u_char                          *p;
    ngx_str_t                       *value, url;
    ngx_uint_t                       i;
    consent_str_t                   *host;
    consent_url_t                    parsed;
    static uint8_t                   buf[CONSENT_URL_BUF];
    ngx_http_consent_main_conf_t    *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);
    value = cf->args->elts;

    if (lcf->first_party == NGX_CONF_UNSET_PTR) {
        lcf->first_party = ngx_array_create(cf->pool, 4,
                                            sizeof(consent_str_t));
        if (lcf->first_party == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 1; i < cf->args->nelts; i++) {
        url.len = sizeof("https:///") - 1 + value[i].len;
        url.data = ngx_pnalloc(cf->pool, url.len);
        host = ngx_array_push(lcf->first_party);

        if (url.data == NULL || host == NULL) {
            return NGX_CONF_ERROR;
        }

        p = ngx_cpymem(url.data, "https://", 8);
        p = ngx_cpymem(p, value[i].data, value[i].len);
        *p = '/';

        if (strpbrk((char *) value[i].data, "/:@*?#\\") != NULL
            || strstr((char *) value[i].data, "..") != NULL
            || consent_url_parse(&parsed, NULL, ngx_http_consent_str(url),
                                 buf)
               != CONSENT_OK
            || parsed.host.len == 0
            || parsed.host.data[0] == '.'
            || parsed.host.data[parsed.host.len - 1] == '.'
            || consent_url_is_registry(parsed.host))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid host \"%V\": expected a name such as "
                               "\"cdn.example.com\", which nobody else has "
                               "names below; it covers its subdomains",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        *host = consent_str_dup(&mcf->mem, parsed.host);
        if (host->data == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_consent_token(ngx_str_t *s, const char *more)
{
    u_char  ch;
    size_t  i;

    for (i = 0; i < s->len; i++) {
        ch = s->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9') || (ch && ngx_strchr(more, ch)))
        {
            continue;
        }

        return NGX_ERROR;
    }

    return s->len ? NGX_OK : NGX_ERROR;
}


char *
ngx_http_consent_signal(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (lcf->signal != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    lcf->signal = 1;
    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_strcmp(value[i].data, "own") == 0) {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown signal \"%V\": known is \"own\", the "
                           "choice made in this module's own banner",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t  *value;

    if (lcf->path.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len < 3 || value[1].data[0] != '/'
        || value[1].data[value[1].len - 1] != '/'
        || ngx_http_consent_token(&value[1], "/-._~") != NGX_OK
        || ngx_strstr(value[1].data, "//") != NULL
        || ngx_strstr(value[1].data, "/.") != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid path \"%V\": expected a prefix such as "
                           "\"/privacy-choices/\", beginning and ending "
                           "with \"/\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    lcf->path = value[1];

    return NGX_CONF_OK;
}


char *
ngx_http_consent_max_tag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (lcf->max_tag != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size < NGX_HTTP_CONSENT_TAG_MIN || size > NGX_HTTP_CONSENT_TAG_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" of \"consent_max_tag\": "
                           "expected a size from 1k to 1m, such as \"64k\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    lcf->max_tag = size;

    return NGX_CONF_OK;
}


char *
ngx_http_consent_record(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_srv_conf_t  *scf = conf;

    ngx_str_t  *value;

    if (scf->record_set) {
        return "is duplicate";
    }

    scf->record_set = 1;
    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    if (value[1].len == 0 || ngx_strcmp(value[1].data, "on") == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" of \"consent_record\": "
                           "expected a file, \"syslog:server=ADDRESS\" or "
                           "\"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    scf->record = ngx_http_consent_add_record(cf, &value[1]);
    if (scf->record == NULL) {
        return NGX_CONF_ERROR;
    }

    if (scf->record->file || scf->record->syslog) {
        return NGX_CONF_OK;
    }

    return ngx_http_consent_open_record(cf, scf->record);
}


/* The record destination of this name, a new one if it is the first. */

static ngx_http_consent_record_t *
ngx_http_consent_add_record(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                      i;
    ngx_http_consent_record_t      *record, **p;
    ngx_http_consent_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (ngx_strncmp(name->data, "syslog:", 7) != 0
        && ngx_conf_full_name(cf->cycle, name, 0) != NGX_OK)
    {
        return NULL;
    }

    p = mcf->records.elts;

    for (i = 0; i < mcf->records.nelts; i++) {
        if (p[i]->name.len == name->len
            && ngx_memcmp(p[i]->name.data, name->data, name->len) == 0)
        {
            return p[i];
        }
    }

    record = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_record_t));
    p = ngx_array_push(&mcf->records);

    if (record == NULL || p == NULL) {
        return NULL;
    }

    *p = record;

    record->name = *name;
    record->index = mcf->records.nelts - 1;

    return record;
}


static char *
ngx_http_consent_open_record(ngx_conf_t *cf,
    ngx_http_consent_record_t *record)
{
    if (ngx_strncmp(record->name.data, "syslog:", 7) == 0) {

        record->syslog = ngx_pcalloc(cf->pool, sizeof(ngx_syslog_peer_t));
        if (record->syslog == NULL) {
            return NGX_CONF_ERROR;
        }

        return ngx_syslog_process_conf(cf, record->syslog);
    }

    if (ngx_http_consent_record_place(cf, &record->name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    record->file = ngx_conf_open_file(cf->cycle, &record->name);

    return record->file ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/*
 * nginx opens the file once all is read, when no line is known any more: so
 * whether it can be there is looked at here.
 */

static ngx_int_t
ngx_http_consent_record_place(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char           *p, *folder;
    ngx_file_info_t   fi;

    if (ngx_file_info(name->data, &fi) != NGX_FILE_ERROR) {
        if (!ngx_is_dir(&fi)) {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"consent_record %V\" is a folder: expected a "
                           "file", name);
        return NGX_ERROR;
    }

    folder = ngx_pnalloc(cf->pool, name->len + 1);
    if (folder == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpystrn(folder, name->data, name->len + 1);
    p = (u_char *) strrchr((char *) folder, '/');

    if (p == NULL || p == folder) {
        return NGX_OK;
    }

    *p = '\0';

    if (ngx_file_info(folder, &fi) != NGX_FILE_ERROR && ngx_is_dir(&fi)) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"consent_record %V\": there is no folder \"%s\": "
                       "expected one, in which nginx makes the file", name,
                       folder);

    return NGX_ERROR;
}


char *
ngx_http_consent_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_main_conf_t  *mcf = conf;

    u_char     *p;
    ssize_t     size;
    ngx_str_t  *value, name, s;

    if (mcf->zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    p = (u_char *) ngx_strchr(value[1].data, ':');

    if (p == NULL || p == value[1].data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid zone \"%V\": expected \"NAME:SIZE\", "
                           "such as \"consent:1m\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    name.data = value[1].data;
    name.len = p - name.data;

    s.data = p + 1;
    s.len = value[1].data + value[1].len - s.data;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR || size < (ssize_t) (16 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid zone size \"%V\": expected a size in k "
                           "or m, %uzk at least, such as \"1m\"", &s,
                           (size_t) (16 * ngx_pagesize / 1024));
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3
        && ngx_http_consent_zone_learn(cf, mcf, &value[2]) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    mcf->zone = ngx_http_consent_zone_add(cf, mcf, &name, size);

    return mcf->zone ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_consent_zone_learn(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_str_t *value)
{
    ngx_str_t  s;

    static ngx_str_t  learn = ngx_string("learn=");

    if (value->len > learn.len
        && ngx_strncmp(value->data, learn.data, learn.len) == 0)
    {
        s.data = value->data + learn.len;
        s.len = value->len - learn.len;

        mcf->learn = ngx_parse_time(&s, 1);

        if (mcf->learn != (time_t) NGX_ERROR) {
            return NGX_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\": expected \"learn=TIME\", "
                       "such as \"learn=1d\"", value);

    return NGX_ERROR;
}


char *
ngx_http_consent_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_main_conf_t  *mcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_consent_status_handler;

    mcf->status = 1;

    return NGX_CONF_OK;
}

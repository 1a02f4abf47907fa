
/*
 * Rule sets: each is compiled once, when the first place that names its files
 * is merged, and what directives say of purposes is resolved by it.
 */

#include <fnmatch.h>

#include "ngx_http_consent.h"


#ifndef CONSENT_RULES_PATH
#define CONSENT_RULES_PATH  "/usr/local/share/ngx_consent/rules/*.json"
#endif


static ngx_int_t ngx_http_consent_lists(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);
static ngx_http_consent_set_t *ngx_http_consent_find_set(ngx_conf_t *cf,
    ngx_array_t *files, ngx_array_t *lists);
static ngx_int_t ngx_http_consent_compile(ngx_conf_t *cf,
    ngx_http_consent_set_t *set);
static ngx_int_t ngx_http_consent_load(ngx_conf_t *cf,
    ngx_http_consent_set_t *set, consent_loader_t *loader,
    ngx_http_consent_report_t *report);
static void ngx_http_consent_list_told(ngx_conf_t *cf,
    const consent_list_t *list);
static ngx_str_t ngx_http_consent_report_at(
    ngx_http_consent_report_t *report, ngx_str_t *file);
static void ngx_http_consent_destroy(void *data);
static ngx_int_t ngx_http_consent_purpose_mask(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf, ngx_http_consent_word_t *key,
    uint32_t *mask);
static void ngx_http_consent_open_told(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);


static ngx_http_consent_word_t  ngx_http_consent_default_rules = {
    ngx_string(CONSENT_RULES_PATH), ngx_null_string
};


char *
ngx_http_consent_conf_rules(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    ngx_http_consent_word_t  *file;

    if (conf->files == NULL) {
        conf->files = ngx_array_create(cf->pool, 1,
                                       sizeof(ngx_http_consent_word_t));
        if (conf->files == NULL) {
            return NGX_CONF_ERROR;
        }

        file = ngx_array_push(conf->files);
        if (file == NULL) {
            return NGX_CONF_ERROR;
        }

        *file = ngx_http_consent_default_rules;
    }

    if (ngx_http_consent_lists(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    conf->set = ngx_http_consent_find_set(cf, conf->files, conf->lists);

    if (conf->set == NULL) {
        file = conf->files->elts;

        if (file->word.data == ngx_http_consent_default_rules.word.data) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "no \"consent_rules\" are given, and the installed "
                          "catalogue, which is their default, has a fault");
        }

        return NGX_CONF_ERROR;
    }

    if (ngx_http_consent_purpose_mask(cf, conf, &conf->unclassified,
                                      &conf->page.unclassified)
        != NGX_OK
        || ngx_http_consent_purpose_mask(cf, conf, &conf->passive,
                                         &conf->page.unclassified_passive)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_http_consent_open_told(cf, conf);

    if (conf->first_party) {
        conf->page.nfirst = conf->first_party->nelts;
        conf->page.first_party = conf->first_party->elts;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_consent_lists(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    if (conf->lists == NULL) {
        conf->lists = ngx_array_create(cf->pool, 1,
                                       sizeof(ngx_http_consent_word_t));
    }

    return conf->lists ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_consent_same_files(ngx_array_t *a, ngx_array_t *b)
{
    ngx_uint_t                i;
    ngx_http_consent_word_t  *x, *y;

    if (a->nelts != b->nelts) {
        return 0;
    }

    x = a->elts;
    y = b->elts;

    for (i = 0; i < a->nelts; i++) {
        if (x[i].word.len != y[i].word.len
            || ngx_memcmp(x[i].word.data, y[i].word.data, x[i].word.len) != 0)
        {
            return 0;
        }
    }

    return 1;
}


static ngx_http_consent_set_t *
ngx_http_consent_find_set(ngx_conf_t *cf, ngx_array_t *files,
    ngx_array_t *lists)
{
    ngx_uint_t                      i;
    ngx_http_consent_set_t        **p, *set;
    ngx_http_consent_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);
    p = mcf->sets.elts;

    for (i = 0; i < mcf->sets.nelts; i++) {
        if (ngx_http_consent_same_files(&p[i]->files, files)
            && ngx_http_consent_same_files(&p[i]->lists, lists))
        {
            return p[i];
        }
    }

    set = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_set_t));
    if (set == NULL) {
        return NULL;
    }

    set->files = *files;
    set->lists = *lists;
    set->index = mcf->sets.nelts;

    if (ngx_http_consent_compile(cf, set) != NGX_OK) {
        return NULL;
    }

    p = ngx_array_push(&mcf->sets);
    if (p == NULL) {
        return NULL;
    }

    *p = set;

    return set;
}


static ngx_int_t
ngx_http_consent_compile(ngx_conf_t *cf, ngx_http_consent_set_t *set)
{
    unsigned                       i;
    consent_loader_t              *loader;
    ngx_pool_cleanup_t            *cln;
    ngx_http_consent_report_t      report;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    ngx_memzero(&report, sizeof(ngx_http_consent_report_t));

    report.cf = cf;
    report.directive = "consent_rules";
    report.files = &set->files;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    loader = consent_rules_create(&mcf->mem, ngx_http_consent_report,
                                  &report);
    if (loader == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_consent_load(cf, set, loader, &report) != NGX_OK) {
        return NGX_ERROR;
    }

    set->rules = consent_rules_compile(loader);

    if (set->rules == NULL) {
        if (report.faults == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "consent_rules could not be compiled: no memory");
        }

        return NGX_ERROR;
    }

    cln->handler = ngx_http_consent_destroy;
    cln->data = set->rules;

    for (i = 0; i < set->rules->nlists; i++) {
        ngx_http_consent_list_told(cf, &set->rules->lists[i]);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_load(ngx_conf_t *cf, ngx_http_consent_set_t *set,
    consent_loader_t *loader, ngx_http_consent_report_t *report)
{
    ngx_uint_t                i;
    ngx_http_consent_word_t  *file, *list;

    file = set->files.elts;

    for (i = 0; i < set->files.nelts; i++) {
        if (consent_rules_load(loader, ngx_http_consent_str(file[i].word))
            != CONSENT_OK && report->faults == 0)
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "consent_rules \"%V\" could not be loaded",
                          &file[i].word);
            return NGX_ERROR;
        }
    }

    list = set->lists.elts;
    report->directive = "consent_list";
    report->files = &set->lists;
    report->quiet = 1;

    for (i = 0; i + 1 < set->lists.nelts; i += 2) {
        if (consent_rules_list(loader, ngx_http_consent_str(list[i].word),
                               ngx_http_consent_str(list[i + 1].word))
            != CONSENT_OK && report->faults == 0)
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "consent_list \"%V\" could not be loaded",
                          &list[i + 1].word);
            return NGX_ERROR;
        }
    }

    report->directive = "consent_rules";
    report->files = &set->files;
    report->quiet = 0;

    return NGX_OK;
}


/* Lists are not ours: what of them is not kept is told in one line. */

static void
ngx_http_consent_list_told(ngx_conf_t *cf, const consent_list_t *list)
{
    ngx_str_t  file;

    if (list->count.skipped + list->count.refused == 0) {
        return;
    }

    file.len = list->file.len;
    file.data = (u_char *) list->file.data;

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "consent_list \"%V\": %ui rules, and %ui that are not "
                  "kept; \"consentctl lint --list\" says which and why",
                  &file, (ngx_uint_t) list->count.rules,
                  (ngx_uint_t) (list->count.skipped + list->count.refused));
}


void
ngx_http_consent_report(void *data, const consent_fault_t *fault)
{
    ngx_http_consent_report_t  *report = data;

    ngx_str_t   file, message, at;
    ngx_uint_t  level;

    file.len = fault->file.len;
    file.data = (u_char *) fault->file.data;
    message.len = fault->message.len;
    message.data = (u_char *) fault->message.data;

    if (fault->warning && report->quiet) {
        return;
    }

    level = fault->warning ? NGX_LOG_WARN : NGX_LOG_EMERG;

    if (!fault->warning) {
        report->faults++;
    }

    at = ngx_http_consent_report_at(report, &file);

    if (fault->line == 0) {
        ngx_log_error(level, report->cf->log, 0, "%V: %V%V", &file, &message,
                      &at);
        return;
    }

    ngx_log_error(level, report->cf->log, 0, "%V:%ui:%ui: %V%V", &file,
                  (ngx_uint_t) fault->line, (ngx_uint_t) fault->column,
                  &message, &at);
}


/*
 * The end of a message: which directive reads the file, and where it stands.
 * Empty for what none does, as the installed catalogue.
 */

static ngx_str_t
ngx_http_consent_report_at(ngx_http_consent_report_t *report, ngx_str_t *file)
{
    u_char                   *name;
    size_t                    len;
    ngx_str_t                 text;
    ngx_uint_t                i;
    ngx_http_consent_word_t  *word;

    ngx_str_null(&text);

    name = ngx_pnalloc(report->cf->pool, file->len + 1);
    if (name == NULL) {
        return text;
    }

    (void) ngx_cpystrn(name, file->data, file->len + 1);

    word = report->files->elts;

    for (i = 0; i < report->files->nelts; i++) {
        if (word[i].at.len
            && (ngx_strcmp(word[i].word.data, name) == 0
                || fnmatch((char *) word[i].word.data, (char *) name,
                           FNM_PATHNAME|FNM_PERIOD)
                   == 0))
        {
            break;
        }
    }

    if (i == report->files->nelts) {
        return text;
    }

    len = sizeof(" (read by \"\" in )") + ngx_strlen(report->directive)
          + word[i].at.len;

    text.data = ngx_pnalloc(report->cf->pool, len);

    if (text.data) {
        text.len = ngx_snprintf(text.data, len, " (read by \"%s\" in %V)",
                                report->directive, &word[i].at)
                   - text.data;
    }

    return text;
}


static void
ngx_http_consent_destroy(void *data)
{
    consent_rules_destroy(data);
}


static ngx_int_t
ngx_http_consent_purpose_mask(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf, ngx_http_consent_word_t *key,
    uint32_t *mask)
{
    int                     bit;
    unsigned                i;
    ngx_str_t               meant;
    consent_mem_t           mem;
    consent_buf_t           words;
    consent_str_t           name;
    const consent_rules_t  *rules;

    *mask = 0;

    rules = conf->set->rules;
    name = ngx_http_consent_str(key->word);

    if (consent_str_eq(name, consent_str("allow"))) {
        return NGX_OK;
    }

    bit = consent_rules_purpose(rules, name);

    if (bit >= 0) {
        *mask = (uint32_t) 1 << bit;
        return NGX_OK;
    }

    mem = ngx_http_consent_mem(cf->pool);
    consent_buf_init(&words, &mem);

    consent_buf_add_c(&words, "\"allow");

    for (i = 0; i < rules->npurposes; i++) {
        consent_buf_add_c(&words, "\", \"");
        consent_buf_add(&words, rules->purposes[i].key);
    }

    name = consent_rules_nearest_purpose(rules, name, consent_str("allow"));
    meant = ngx_http_consent_meant(cf->pool, "", name);

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "unknown purpose \"%V\" in \"consent_unclassified\": "
                  "expected one of %*s\"%V in %V", &key->word, words.len,
                  words.data, &meant, &key->at);

    return NGX_ERROR;
}


/*
 * A Content-Security-Policy can only list what is allowed (CSP3, 6.7.2.5), so
 * where unknown hosts are, it stops none that is denied.
 */

static void
ngx_http_consent_open_told(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if ((conf->page.unclassified & ~conf->set->rules->necessary) != 0
        || conf->csp == NGX_HTTP_CONSENT_CSP_OFF
        || mcf->open_told == conf->unclassified.at.data)
    {
        return;
    }

    /* Once for a directive, however many places inherit it. */

    mcf->open_told = conf->unclassified.at.data;

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"consent_unclassified %V\" leaves \"consent_csp\" no "
                  "hosts to list: what scripts request later is not stopped, "
                  "even of services that are denied, in %V",
                  &conf->unclassified.word, &conf->unclassified.at);
}

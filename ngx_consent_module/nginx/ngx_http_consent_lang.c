
/*
 * The language that visitors are spoken to in, and an operator's own texts.
 */

#include "ngx_http_consent_endpoint.h"


static ngx_int_t ngx_http_consent_compile_lang(ngx_conf_t *cf,
    ngx_str_t *value, ngx_http_consent_lang_source_t *source);
static consent_ui_t *ngx_http_consent_find_ui(ngx_conf_t *cf,
    ngx_array_t *files);
static ngx_int_t ngx_http_consent_load_texts(ngx_conf_t *cf,
    consent_ui_t *ui, ngx_array_t *files);
static consent_ui_t *ngx_http_consent_create_ui(ngx_conf_t *cf);
static consent_str_t ngx_http_consent_lang_word(const void *data,
    unsigned i);
static ngx_int_t ngx_http_consent_check_langs(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf);
static consent_str_t ngx_http_consent_lang_of(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_lang_source_t *source,
    consent_str_t page);


/* What holds where no consent_language is given. */

static ngx_http_consent_lang_source_t  ngx_http_consent_lang_default[] = {
    { NGX_HTTP_CONSENT_LANG_PAGE, { ngx_null_string, ngx_null_string }, NULL },
    { NGX_HTTP_CONSENT_LANG_BROWSER, { ngx_null_string, ngx_null_string },
      NULL }
};


char *
ngx_http_consent_language(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t                       *value;
    ngx_uint_t                       i;
    ngx_http_consent_lang_source_t  *source;

    if (lcf->langs != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    lcf->langs = ngx_array_create(cf->pool, cf->args->nelts,
                                  sizeof(ngx_http_consent_lang_source_t));
    if (lcf->langs == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        source = ngx_array_push(lcf->langs);

        if (source == NULL
            || ngx_http_consent_compile_lang(cf, &value[i], source) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_consent_compile_lang(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_consent_lang_source_t *source)
{
    ngx_http_compile_complex_value_t  ccv;

    source->value = NULL;
    source->kind = NGX_HTTP_CONSENT_LANG_TAG;

    if (ngx_http_consent_word_at(cf, value, &source->tag) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_strcmp(value->data, "page") == 0) {
        source->kind = NGX_HTTP_CONSENT_LANG_PAGE;
        return NGX_OK;
    }

    if (ngx_strcmp(value->data, "browser") == 0) {
        source->kind = NGX_HTTP_CONSENT_LANG_BROWSER;
        return NGX_OK;
    }

    if (ngx_http_script_variables_count(value) == 0) {
        return NGX_OK;
    }

    source->kind = NGX_HTTP_CONSENT_LANG_VALUE;
    source->value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));

    if (source->value == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = source->value;

    return ngx_http_compile_complex_value(&ccv);
}


char *
ngx_http_consent_conf_lang(ngx_conf_t *cf, ngx_http_consent_loc_conf_t *conf)
{
    conf->ui = ngx_http_consent_find_ui(cf, conf->texts);

    if (conf->ui == NULL || ngx_http_consent_check_langs(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* One for all places that name the same files; NULL: none are named. */

static consent_ui_t *
ngx_http_consent_find_ui(ngx_conf_t *cf, ngx_array_t *files)
{
    ngx_uint_t                     i;
    ngx_http_consent_texts_t      *texts;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (files == NULL) {
        if (mcf->ui == NULL) {
            mcf->ui = ngx_http_consent_create_ui(cf);
        }

        return mcf->ui;
    }

    texts = mcf->texts.elts;

    for (i = 0; i < mcf->texts.nelts; i++) {
        if (ngx_http_consent_same_files(&texts[i].files, files)) {
            return texts[i].ui;
        }
    }

    texts = ngx_array_push(&mcf->texts);
    if (texts == NULL) {
        return NULL;
    }

    texts->files = *files;
    texts->ui = ngx_http_consent_create_ui(cf);

    if (texts->ui == NULL
        || ngx_http_consent_load_texts(cf, texts->ui, files) != NGX_OK)
    {
        return NULL;
    }

    return texts->ui;
}


/* What a language lacks is for "consentctl lint" to say, not for each start. */

static ngx_int_t
ngx_http_consent_load_texts(ngx_conf_t *cf, consent_ui_t *ui,
    ngx_array_t *files)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    consent_loader_t              *loader;
    ngx_http_consent_word_t       *file;
    ngx_http_consent_report_t      report;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    ngx_memzero(&report, sizeof(ngx_http_consent_report_t));

    report.cf = cf;
    report.directive = "consent_texts";
    report.files = files;
    report.quiet = 1;

    loader = consent_rules_create(&mcf->mem, ngx_http_consent_report,
                                  &report);
    if (loader == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;
    file = files->elts;

    for (i = 0; i < files->nelts; i++) {
        if (consent_ui_load(ui, loader, ngx_http_consent_str(file[i].word))
            == CONSENT_OK)
        {
            continue;
        }

        rc = NGX_ERROR;

        if (report.faults == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "consent_texts \"%V\" could not be loaded",
                          &file[i].word);
        }
    }

    return rc;
}


static consent_ui_t *
ngx_http_consent_create_ui(ngx_conf_t *cf)
{
    const char                    *error;
    consent_ui_t                  *ui;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    ui = consent_ui_create(&mcf->mem, &error);

    if (ui == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "consent: the texts of the interface: %s", error);
    }

    return ui;
}


static consent_str_t
ngx_http_consent_lang_word(const void *data, unsigned i)
{
    return i ? consent_str("browser") : consent_str("page");
}


static ngx_int_t
ngx_http_consent_check_langs(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *conf)
{
    ngx_str_t                        meant;
    ngx_uint_t                       i;
    consent_str_t                    tag, near;
    ngx_http_consent_lang_source_t  *source;

    source = conf->langs ? conf->langs->elts : NULL;

    for (i = 0; conf->langs && i < conf->langs->nelts; i++) {
        if (source[i].kind != NGX_HTTP_CONSENT_LANG_TAG) {
            continue;
        }

        tag = ngx_http_consent_str(source[i].tag.word);

        if (consent_ui_match(conf->ui, tag).len) {
            continue;
        }

        near = consent_rules_nearest(tag, 2, ngx_http_consent_lang_word,
                                     NULL);
        meant = ngx_http_consent_meant(cf->pool, "", near);

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"consent_language\": there are no texts in \"%V\": "
                      "expected \"page\", \"browser\", a variable, a "
                      "language such as \"pt-BR\", or one that a file of "
                      "\"consent_texts\" adds%V in %V",
                      &source[i].tag.word, &meant, &source[i].tag.at);
        return NGX_ERROR;
    }

    return NGX_OK;
}


consent_str_t
ngx_http_consent_lang(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t page)
{
    ngx_uint_t                       i, n;
    consent_str_t                    lang;
    ngx_http_consent_lang_source_t  *source;

    source = ngx_http_consent_lang_default;
    n = sizeof(ngx_http_consent_lang_default)
        / sizeof(ngx_http_consent_lang_default[0]);

    if (ctx->conf->langs) {
        source = ctx->conf->langs->elts;
        n = ctx->conf->langs->nelts;
    }

    for (i = 0; i < n; i++) {
        lang = consent_ui_match(ctx->conf->ui,
                                ngx_http_consent_lang_of(r, ctx, &source[i],
                                                         page));
        if (lang.len) {
            return lang;
        }
    }

    return consent_ui_lang(ctx->conf->ui, consent_str(""));
}


static consent_str_t
ngx_http_consent_lang_of(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_lang_source_t *source, consent_str_t page)
{
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    switch (source->kind) {

    case NGX_HTTP_CONSENT_LANG_PAGE:
        return page;

    case NGX_HTTP_CONSENT_LANG_TAG:
        return ngx_http_consent_str(source->tag.word);

    case NGX_HTTP_CONSENT_LANG_VALUE:
        if (ngx_http_complex_value(r, source->value, &value) == NGX_OK) {
            return ngx_http_consent_str(value);
        }

        break;

    default: /* NGX_HTTP_CONSENT_LANG_BROWSER */
        h = ngx_http_consent_header_in(r, "Accept-Language", 15);

        if (h) {
            return ngx_http_consent_str(h->value);
        }
    }

    return consent_str("");
}


consent_str_t
ngx_http_consent_page_lang(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t        *value;
    ngx_table_elt_t  *h;

    if (ctx->endpoint) {
        value = ngx_http_consent_arg(r, "lang", 0);

        return value ? ngx_http_consent_str(*value) : consent_str("");
    }

    if (ctx->page_lang.len) {
        return ctx->page_lang;
    }

    /* HTML, 3.2.6.2: several languages say nothing about the text. */

    h = ngx_http_consent_header_out(r, "Content-Language", NULL);

    return h && ngx_strlchr(h->value.data, h->value.data + h->value.len, ',')
                == NULL
           ? ngx_http_consent_str(h->value) : consent_str("");
}


/*
 * Directives of the cookie that keeps a choice, and of the keys that sign it.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_KEY_FILE_MAX  (64 * 1024)


static char *ngx_http_consent_cookie_option(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *lcf, ngx_str_t *value);
static ngx_int_t ngx_http_consent_cookie_domain(
    ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s);
static ngx_int_t ngx_http_consent_cookie_path(
    ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s);
static ngx_int_t ngx_http_consent_cookie_max_age(
    ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s);
static ngx_int_t ngx_http_consent_cookie_samesite(
    ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s);
static char *ngx_http_consent_cookie_check(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *lcf);
static ngx_int_t ngx_http_consent_read_file(ngx_conf_t *cf, ngx_str_t *name,
    consent_str_t *text);


char *
ngx_http_consent_cookie(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (lcf->cookie.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_consent_token(&value[1], "!#$%&'*+-.^_`|~") != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid cookie name \"%V\": expected letters, "
                           "digits and !#$%%&'*+-.^_`|~", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_consent_args_once(cf, 2) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lcf->cookie = value[1];
    ngx_str_set(&lcf->cookie_path, "/");
    lcf->cookie_max_age = NGX_HTTP_CONSENT_MAX_AGE;
    lcf->cookie_samesite = NGX_HTTP_CONSENT_SAMESITE_LAX;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_consent_cookie_option(cf, lcf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return ngx_http_consent_cookie_check(cf, lcf);
}


static char *
ngx_http_consent_cookie_option(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *lcf, ngx_str_t *value)
{
    size_t       len;
    ngx_str_t    s;
    ngx_uint_t   i;
    const char  *expected;

    static const struct {
        const char  *name;
        ngx_int_t  (*set)(ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s);
        const char  *expected;
    } options[] = {
        { "domain=", ngx_http_consent_cookie_domain,
          "a host of the site's own, such as \"domain=example.com\"" },
        { "path=", ngx_http_consent_cookie_path,
          "a path, such as \"path=/shop/\"" },
        { "max_age=", ngx_http_consent_cookie_max_age,
          "a time, such as \"max_age=180d\"" },
        { "samesite=", ngx_http_consent_cookie_samesite,
          "\"samesite=lax\", \"samesite=strict\" or \"samesite=none\"" }
    };

    expected = "\"domain=HOST\", \"path=/PATH\", \"max_age=TIME\" or "
               "\"samesite=lax|strict|none\"";

    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        len = ngx_strlen(options[i].name);

        if (ngx_strncmp(value->data, options[i].name, len) != 0) {
            continue;
        }

        s.data = value->data + len;
        s.len = value->len - len;

        if (options[i].set(lcf, &s) == NGX_OK) {
            return NGX_CONF_OK;
        }

        expected = options[i].expected;
        break;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"consent_cookie\": "
                       "expected %s", value, expected);

    return NGX_CONF_ERROR;
}


/*
 * RFC 6265, 5.2.3: a dot before it says nothing.  Of a registry's suffix
 * browsers take no cookie (5.3), so visitors would be asked for ever.
 */

static ngx_int_t
ngx_http_consent_cookie_domain(ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s)
{
    if (s->len && s->data[0] == '.') {
        s->data++;
        s->len--;
    }

    if (ngx_http_consent_token(s, "-.") != NGX_OK || s->data[0] == '.'
        || consent_url_is_registry(ngx_http_consent_str(*s)))
    {
        return NGX_ERROR;
    }

    lcf->cookie_domain = *s;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_cookie_path(ngx_http_consent_loc_conf_t *lcf, ngx_str_t *s)
{
    if (s->len == 0 || s->data[0] != '/'
        || ngx_http_consent_token(s, "/-._~") != NGX_OK)
    {
        return NGX_ERROR;
    }

    lcf->cookie_path = *s;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_cookie_max_age(ngx_http_consent_loc_conf_t *lcf,
    ngx_str_t *s)
{
    lcf->cookie_max_age = ngx_parse_time(s, 1);

    return lcf->cookie_max_age > 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_consent_cookie_samesite(ngx_http_consent_loc_conf_t *lcf,
    ngx_str_t *s)
{
    ngx_uint_t  i;

    static ngx_str_t  names[] = {
        ngx_string("lax"), ngx_string("strict"), ngx_string("none")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (s->len == names[i].len
            && ngx_strncasecmp(s->data, names[i].data, s->len) == 0)
        {
            lcf->cookie_samesite = i;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


/* RFC 6265bis, 4.1.3: what a name's prefix demands. */

static char *
ngx_http_consent_cookie_check(ngx_conf_t *cf,
    ngx_http_consent_loc_conf_t *lcf)
{
    if (lcf->cookie.len > 7
        && ngx_strncasecmp(lcf->cookie.data, (u_char *) "__Host-", 7) == 0
        && (lcf->cookie_domain.len || lcf->cookie_path.len != 1))
    {
        return "names a \"__Host-\" cookie: no domain= and no other path= "
               "than \"/\" may stand with it";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_consent_key_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    unsigned        line;
    ngx_str_t      *value;
    const char     *error;
    consent_str_t   text;

    if (lcf->keys != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lcf->keys = ngx_pcalloc(cf->pool, sizeof(consent_keys_t));
    if (lcf->keys == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_consent_read_file(cf, &value[1], &text) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (consent_keys_parse(lcf->keys, text, &line, &error) != CONSENT_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V:%ui: %s",
                           &value[1], (ngx_uint_t) line, error);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_consent_read_file(ngx_conf_t *cf, ngx_str_t *name,
    consent_str_t *text)
{
    size_t           size;
    u_char          *buf;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi;

    /* Of a FIFO, opening would wait for somebody to write to it. */

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", name);
        return NGX_ERROR;
    }

    n = -1;
    size = 0;
    buf = NULL;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)
        && ngx_file_size(&fi) <= NGX_HTTP_CONSENT_KEY_FILE_MAX)
    {
        size = (size_t) ngx_file_size(&fi);
        buf = ngx_pnalloc(cf->pool, size + 1);

        if (buf) {
            n = ngx_read_fd(fd, buf, size);
        }
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", name);
    }

    if (n < 0 || (size_t) n != size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" cannot be read: expected a file of at "
                           "most %d bytes", name,
                           NGX_HTTP_CONSENT_KEY_FILE_MAX);
        return NGX_ERROR;
    }

    text->data = buf;
    text->len = size;

    return NGX_OK;
}

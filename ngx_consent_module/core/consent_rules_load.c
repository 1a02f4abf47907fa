/*
 * The loader: files and globs.
 */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consent_rules_index.h"


consent_loader_t *
consent_rules_create(const consent_mem_t *mem, consent_report_pt report,
    void *data)
{
    consent_loader_t  *loader;

    loader = consent_calloc(mem, sizeof(consent_loader_t));
    if (loader == NULL) {
        return NULL;
    }

    loader->mem = *mem;
    loader->report = report;
    loader->data = data;

    return loader;
}


static int
consent_loader_file_fault(consent_loader_t *loader, consent_str_t file,
    const char *reason)
{
    consent_place_t  place;

    place = (consent_place_t) { file, 0, 0 };
    consent_loader_fault(loader, &place, "cannot read the file: %s", reason);

    return CONSENT_ERROR;
}


/* The whole file, in memory from malloc(); NULL, and *reason says why. */
static char *
consent_loader_read_stream(FILE *stream, size_t *len, const char **reason)
{
    char         *text;
    struct stat   st;

    if (fstat(fileno(stream), &st) != 0) {
        *reason = strerror(errno);
        return NULL;
    }

    if (!S_ISREG(st.st_mode)) {
        *reason = S_ISDIR(st.st_mode) ? "it is a directory; name its files, "
                                        "as in \"rules/*.json\""
                                      : "it is not a regular file";
        return NULL;
    }

    if (st.st_size > CONSENT_RULES_FILE_MAX) {
        *reason = "it is larger than 64 MiB";
        return NULL;
    }

    *reason = "no memory";

    text = malloc((size_t) st.st_size + 1);
    if (text == NULL) {
        return NULL;
    }

    *len = fread(text, 1, (size_t) st.st_size, stream);

    if (ferror(stream)) {
        *reason = "reading failed";
        free(text);
        return NULL;
    }

    return text;
}


/* What is no regular file is refused, so opening must not wait: a FIFO that
   nobody writes to would hang nginx's master at a reload. */
static FILE *
consent_loader_open(const char *name)
{
    int    fd;
    FILE  *stream;

    fd = open(name, O_RDONLY|O_NONBLOCK|O_CLOEXEC);
    if (fd == -1) {
        return NULL;
    }

    stream = fdopen(fd, "rb");
    if (stream == NULL) {
        (void) close(fd);
    }

    return stream;
}


static consent_str_t
consent_loader_name(const char *name)
{
    return (consent_str_t) { strlen(name), (const uint8_t *) name };
}


int
consent_loader_read(consent_loader_t *loader, const char *name, char **text,
    size_t *len)
{
    FILE        *stream;
    const char  *reason;

    stream = consent_loader_open(name);
    if (stream == NULL) {
        return consent_loader_file_fault(loader, consent_loader_name(name),
                                         strerror(errno));
    }

    *text = consent_loader_read_stream(stream, len, &reason);
    (void) fclose(stream);

    return *text != NULL ? CONSENT_OK
           : consent_loader_file_fault(loader, consent_loader_name(name),
                                       reason);
}


static int
consent_loader_load_file(consent_loader_t *loader, const char *name,
    consent_read_pt read, void *data)
{
    int             rc;
    char           *text;
    size_t          len;
    consent_str_t   file;

    file = consent_str_dup(&loader->mem, consent_loader_name(name));

    if (file.data == NULL
        || consent_loader_read(loader, name, &text, &len) != CONSENT_OK)
    {
        return CONSENT_ERROR;
    }

    rc = read(loader, file, (consent_str_t) { len, (uint8_t *) text }, data);
    free(text);

    return rc;
}


static int
consent_loader_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


/* A schema lies beside the rule files that name it; it is none itself. */

static int
consent_loader_is_schema(const char *name)
{
    size_t             len;
    static const char  tail[] = ".schema.json";

    len = strlen(name);

    return len >= sizeof(tail) - 1
           && strcmp(name + len - (sizeof(tail) - 1), tail) == 0;
}


static int
consent_loader_load_glob(consent_loader_t *loader, consent_str_t pattern,
    consent_read_pt read, void *data)
{
    int              rc;
    size_t           i;
    glob_t           found;
    consent_place_t  place;

    /* Sorted here: glob() would follow the locale. */

    rc = glob((const char *) pattern.data, GLOB_NOSORT, NULL, &found);
    place = (consent_place_t) { pattern, 0, 0 };

    if (rc == GLOB_NOMATCH) {
        consent_loader_fault(loader, &place, "no file matches this pattern");
        return CONSENT_ERROR;
    }

    if (rc != 0) {
        consent_loader_fault(loader, &place, rc == GLOB_NOSPACE
                             ? "no memory to expand this pattern"
                             : "cannot read a directory of this pattern");
        return CONSENT_ERROR;
    }

    qsort(found.gl_pathv, found.gl_pathc, sizeof(char *),
          consent_loader_compare);

    for (i = 0; i < found.gl_pathc; i++) {
        if (!consent_loader_is_schema(found.gl_pathv[i])
            && consent_loader_load_file(loader, found.gl_pathv[i], read, data)
               != CONSENT_OK)
        {
            rc = CONSENT_ERROR;
        }
    }

    globfree(&found);

    return rc;
}


int
consent_loader_files(consent_loader_t *loader, consent_str_t pattern,
    consent_read_pt read, void *data)
{
    pattern = consent_str_dup(&loader->mem, pattern);
    if (pattern.data == NULL) {
        return CONSENT_ERROR;
    }

    if (strpbrk((const char *) pattern.data, "*?[") != NULL) {
        return consent_loader_load_glob(loader, pattern, read, data);
    }

    return consent_loader_load_file(loader, (const char *) pattern.data, read,
                                    data);
}


static int
consent_rules_read_file(consent_loader_t *loader, consent_str_t file,
    consent_str_t text, void *data)
{
    (void) data;

    return consent_rules_read_json(loader, file, text);
}


int
consent_rules_load(consent_loader_t *loader, consent_str_t pattern)
{
    loader->call++;

    return consent_loader_files(loader, pattern, consent_rules_read_file,
                                NULL);
}


int
consent_rules_load_text(consent_loader_t *loader, consent_str_t file,
    consent_str_t text)
{
    file = consent_str_dup(&loader->mem, file);
    if (file.data == NULL) {
        return CONSENT_ERROR;
    }

    loader->call++;

    return consent_rules_read_json(loader, file, text);
}

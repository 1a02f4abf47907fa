/*
 * What is built in: files of the project whose bytes tools/embed.sh turns
 * into C at build time (consent_assets.c in the build folder).
 */

#ifndef CONSENT_BUILTIN_H
#define CONSENT_BUILTIN_H


#include "consent_base.h"
#include "consent_ui.h"


/* rules/purposes.json */

extern const consent_str_t    consent_builtin_purposes;


/* ui/assets/: all files, sorted by name; version is a hash of the bytes. */

extern const consent_asset_t  consent_assets[];
extern const unsigned         consent_nassets;


/* ui/texts/LANG.json: the texts of the interface, one file a language. */

typedef struct {
    const char                *lang;
    consent_str_t              body;
} consent_text_file_t;

extern const consent_text_file_t  consent_text_files[];
extern const unsigned             consent_ntext_files;


#endif /* CONSENT_BUILTIN_H */

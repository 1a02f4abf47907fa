/*
 * What is built in: files of the project whose bytes tools/embed.sh turns
 * into C at build time (consent_assets.c in the build folder).
 */

#ifndef CONSENT_BUILTIN_H
#define CONSENT_BUILTIN_H


#include "consent_base.h"
#include "consent_ui_write.h"


/* rules/purposes.json */

extern const consent_str_t    consent_builtin_purposes;


/* ui/assets/: all files, sorted by name; version is a hash of all their bytes,
   so that each finds the others beside it. */

extern const consent_asset_t  consent_assets[];
extern const unsigned         consent_nassets;


/* ui/texts/: one for each file.  What a file lacks has no data. */

extern const consent_ui_texts_t  consent_texts[];
extern const unsigned            consent_ntexts;


#endif /* CONSENT_BUILTIN_H */

/*
 * The version of the module and of consentctl, which are built together.
 */

#ifndef CONSENT_VERSION_H
#define CONSENT_VERSION_H


/* Semantic versioning 2.0; directives, formats and endpoint are the API. */
#define CONSENT_VERSION  "0.9.0"


#endif /* CONSENT_VERSION_H */

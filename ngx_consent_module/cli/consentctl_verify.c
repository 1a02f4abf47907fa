/* records verify: is the chain of consent records unbroken? */

#include <string.h>

#include "consentctl_records.h"


/* Broken lines that are named; of more, the number. */
#define CONSENTCTL_NAMED  20


typedef struct {
    const consentctl_t  *ctl;
    uint8_t              head[CONSENT_RECORD_HASH];
    uint8_t              wanted[CONSENT_RECORD_HASH];
    unsigned long        n;
    unsigned long        broken;
    unsigned long        sound;         /* lines before the first broken */
    unsigned             begun:1;       /* a line was read */
    unsigned             seen:1;        /* the wanted hash */
} consentctl_chain_t;


static int consentctl_hash_option(const consentctl_t *ctl,
    const char *option, const char *value,
    uint8_t hash[CONSENT_RECORD_HASH]);
static int consentctl_chain_is_wanted(const consentctl_chain_t *chain);
static int consentctl_chain_line(void *data, const consentctl_line_t *line);
static void consentctl_chain_broken(consentctl_chain_t *chain,
    const consentctl_line_t *line, const char *error);
static int consentctl_chain_sum(consentctl_chain_t *chain);
static void consentctl_print_hash(const uint8_t hash[CONSENT_RECORD_HASH]);


int
consentctl_verify(consentctl_t *ctl)
{
    consentctl_chain_t  chain;

    memset(&chain, 0, sizeof(consentctl_chain_t));
    chain.ctl = ctl;

    if (consentctl_hash_option(ctl, "after", ctl->after, chain.head)
        != CONSENT_OK
        || consentctl_hash_option(ctl, "head", ctl->head, chain.wanted)
           != CONSENT_OK)
    {
        return CONSENTCTL_USAGE;
    }

    chain.seen = ctl->head == NULL || consentctl_chain_is_wanted(&chain);

    if (consentctl_lines(ctl, consentctl_chain_line, &chain) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    if (!chain.seen) {
        consentctl_put(stdout, consentctl_str(ctl->argv[ctl->argc - 1]));
        puts(": no line has the hash that --head names: lines are missing");

        if (chain.broken++ == 0) {
            chain.sound = chain.n;
        }
    }

    return consentctl_done(ctl, consentctl_chain_sum(&chain));
}


static int
consentctl_chain_is_wanted(const consentctl_chain_t *chain)
{
    return memcmp(chain->head, chain->wanted, CONSENT_RECORD_HASH) == 0;
}


static int
consentctl_hash_option(const consentctl_t *ctl, const char *option,
    const char *value, uint8_t hash[CONSENT_RECORD_HASH])
{
    unsigned    i;
    const char  *p;
    static const char  digits[] = "0123456789abcdef";

    memset(hash, 0, CONSENT_RECORD_HASH);

    if (value == NULL) {
        return CONSENT_OK;
    }

    for (i = 0; value[i] && i < 2 * CONSENT_RECORD_HASH; i++) {
        p = strchr(digits, value[i]);
        if (p == NULL) {
            break;
        }

        hash[i / 2] = (uint8_t) (hash[i / 2] << 4 | (p - digits));
    }

    if (i != 2 * CONSENT_RECORD_HASH || value[i]) {
        consentctl_error(ctl, "--%s %s: a hash is expected, %d digits of 0-9 "
                         "and a-f, as verify prints it", option, value,
                         2 * CONSENT_RECORD_HASH);
        return CONSENT_ERROR;
    }

    return CONSENT_OK;
}


/*
 * Behind a broken line the chain is taken up again with the hash that the
 * line claims, so that one change is told once.
 */

static int
consentctl_chain_line(void *data, const consentctl_line_t *line)
{
    consentctl_chain_t  *chain = data;

    int          begun;
    uint8_t      prev[CONSENT_RECORD_HASH], hash[CONSENT_RECORD_HASH];
    const char  *error;

    begun = chain->begun;
    chain->begun = 1;

    if (line->over) {
        error = "the line is too long for a consent record";

    } else if (consent_record_verify(line->text, chain->head, &error)
               == CONSENT_OK)
    {
        chain->n++;
        chain->seen |= consentctl_chain_is_wanted(chain) ? 1 : 0;
        return CONSENT_OK;

    } else if (consent_record_links(line->text, prev, hash) == CONSENT_OK) {

        if (!begun && memcmp(prev, chain->head, CONSENT_RECORD_HASH) != 0) {
            error = "the chain does not begin here: lines are missing before"
                    " this one, or stand in an\nolder file, to be named "
                    "first (or its last hash, with --after)";
        }

        memcpy(chain->head, hash, CONSENT_RECORD_HASH);
    }

    consentctl_chain_broken(chain, line, line->cut && !line->over
                            ? "the line is cut off: it has no end" : error);

    return CONSENT_OK;
}


static void
consentctl_chain_broken(consentctl_chain_t *chain,
    const consentctl_line_t *line, const char *error)
{
    if (chain->broken++ == 0) {
        chain->sound = chain->n;
    }

    if (chain->broken <= CONSENTCTL_NAMED) {
        consentctl_line_place(stdout, line);
        puts(error);
    }
}


static int
consentctl_chain_sum(consentctl_chain_t *chain)
{
    if (chain->broken > CONSENTCTL_NAMED) {
        printf("and %lu more\n", chain->broken - CONSENTCTL_NAMED);
    }

    if (chain->broken) {
        printf("%sbroken%s: %lu fault%s; sound before the first: %lu "
               "record%s\n",
               consentctl_ink(chain->ctl, CONSENTCTL_RED),
               consentctl_ink(chain->ctl, CONSENTCTL_PLAIN), chain->broken,
               chain->broken == 1 ? "" : "s", chain->sound,
               chain->sound == 1 ? "" : "s");
        return CONSENTCTL_FINDINGS;
    }

    printf("%sunbroken%s: %lu record%s\nhead ",
           consentctl_ink(chain->ctl, CONSENTCTL_GREEN),
           consentctl_ink(chain->ctl, CONSENTCTL_PLAIN), chain->n,
           chain->n == 1 ? "" : "s");
    consentctl_print_hash(chain->head);

    return CONSENTCTL_GOOD;
}


static void
consentctl_print_hash(const uint8_t hash[CONSENT_RECORD_HASH])
{
    size_t  i;

    for (i = 0; i < CONSENT_RECORD_HASH; i++) {
        printf("%02x", hash[i]);
    }

    putchar('\n');
}

/*
 * diff: what changed between two rule sets, and whether visitors must be
 * asked again.  That the module decides by rules->policy, the hash of what
 * they were asked about; so does diff.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "consentctl_diff.h"


/* One of several things that a purpose or service has. */

typedef struct {
    consent_str_t  key;
    consent_str_t  value;
} consentctl_item_t;


typedef struct {
    const char  *what;
    size_t       offset;            /* of a consent_str_t */
    unsigned     asked:1;           /* part of rules->policy */
} consentctl_field_t;


static const consentctl_field_t  consentctl_service_fields[] = {
    { "name",        offsetof(consent_service_t, name), 0 },
    { "controller",  offsetof(consent_service_t, controller), 1 },
    { "country",     offsetof(consent_service_t, country), 0 },
    { "policy_url",  offsetof(consent_service_t, policy_url), 0 },
    { "placeholder", offsetof(consent_service_t, placeholder), 0 },
    { "stubs",       offsetof(consent_service_t, stubs), 0 },
    { NULL, 0, 0 }
};


static const consentctl_field_t  consentctl_purpose_texts[] = {
    { "title",       offsetof(consent_purpose_t, title), 0 },
    { "description", offsetof(consent_purpose_t, description), 0 },
    { "benefit",     offsetof(consent_purpose_t, benefit), 0 },
    { "example",     offsetof(consent_purpose_t, example), 0 },
    { NULL, 0, 0 }
};


static const consent_rules_t *consentctl_diff_load(consentctl_t *ctl,
    const char *operand);
static const char *consentctl_diff_pattern(consentctl_t *ctl,
    const char *operand);
static void consentctl_diff_purposes(consentctl_diff_t *diff);
static void consentctl_diff_purpose(consentctl_diff_t *diff,
    const consent_purpose_t *old, const consent_purpose_t *new);
static void consentctl_diff_services(consentctl_diff_t *diff);
static void consentctl_diff_service(consentctl_diff_t *diff, int old,
    int new);
static void consentctl_diff_parts(consentctl_diff_t *diff,
    consentctl_change_t *change, int old, int new);
static void consentctl_diff_items(consentctl_diff_t *diff,
    consentctl_change_t *change, consent_buf_t *old, consent_buf_t *new);
static void consentctl_diff_add(consentctl_diff_t *diff,
    consentctl_change_t *change, const consentctl_item_t *old,
    const consentctl_item_t *new);
static int consentctl_asked(const consent_rules_t *rules, int service);
static consent_str_t consentctl_diff_summary(consentctl_diff_t *diff,
    const consent_rules_t *rules, int service);


int
consentctl_diff(consentctl_t *ctl)
{
    consentctl_diff_t  diff;

    memset(&diff, 0, sizeof(consentctl_diff_t));

    diff.ctl = ctl;
    diff.before = consentctl_diff_load(ctl, ctl->argv[0]);
    diff.after = consentctl_diff_load(ctl, ctl->argv[1]);

    if (diff.before == NULL || diff.after == NULL) {
        return CONSENTCTL_USAGE;
    }

    diff.again = memcmp(diff.before->policy, diff.after->policy,
                        sizeof(diff.before->policy)) != 0;

    consentctl_diff_purposes(&diff);
    consentctl_diff_services(&diff);

    if (diff.failed) {
        consentctl_error(ctl, "no memory");
        return CONSENTCTL_USAGE;
    }

    if (!ctl->json) {
        consentctl_diff_text(&diff);

    } else if (consentctl_diff_json(&diff) != CONSENT_OK) {
        return CONSENTCTL_USAGE;
    }

    return consentctl_done(ctl, diff.n || diff.again ? CONSENTCTL_FINDINGS
                                                     : CONSENTCTL_GOOD);
}


static const consent_rules_t *
consentctl_diff_load(consentctl_t *ctl, const char *operand)
{
    consentctl_list_t  list;

    list = ctl->patterns;

    if (list.n == CONSENTCTL_MANY) {
        consentctl_error(ctl, "--rules stands more than %d times",
                         CONSENTCTL_MANY - 1);
        return NULL;
    }

    list.item[list.n] = consentctl_diff_pattern(ctl, operand);

    return list.item[list.n++] ? consentctl_load_rules(ctl, &list) : NULL;
}


/* Of a folder, its rule files. */

static const char *
consentctl_diff_pattern(consentctl_t *ctl, const char *operand)
{
    struct stat    st;
    consent_buf_t  b;

    if (stat(operand, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return operand;
    }

    consent_buf_init(&b, ctl->mem);
    consent_buf_add_c(&b, operand);
    consent_buf_add_c(&b, "/*.json");
    consent_buf_add(&b, (consent_str_t) { 1, (const uint8_t *) "" });

    if (b.failed) {
        consentctl_error(ctl, "no memory");
        return NULL;
    }

    return (const char *) b.data;
}


static void
consentctl_diff_purposes(consentctl_diff_t *diff)
{
    int                       bit;
    unsigned                  i;
    const consent_purpose_t  *purpose;

    for (i = 0; i < diff->before->npurposes; i++) {
        purpose = &diff->before->purposes[i];
        bit = consent_rules_purpose(diff->after, purpose->key);

        consentctl_diff_purpose(diff, purpose, bit < 0 ? NULL
                                            : &diff->after->purposes[bit]);
    }

    for (i = 0; i < diff->after->npurposes; i++) {
        purpose = &diff->after->purposes[i];

        if (consent_rules_purpose(diff->before, purpose->key) < 0) {
            consentctl_diff_purpose(diff, NULL, purpose);
        }
    }
}


static void
consentctl_items_add(consent_buf_t *b, consent_str_t key, consent_str_t value)
{
    consentctl_item_t  item;

    item.key = key;
    item.value = value;

    consent_buf_add(b, (consent_str_t) { sizeof(consentctl_item_t),
                                         (const uint8_t *) &item });
}


static void
consentctl_items_texts(consent_buf_t *b, const consent_purpose_t *purpose,
    const consentctl_field_t *field)
{
    unsigned                i;
    const consent_texts_t  *texts;

    texts = (const consent_texts_t *)
            (const void *) ((const uint8_t *) purpose + field->offset);

    for (i = 0; i < texts->n; i++) {
        consentctl_items_add(b, texts->item[i].lang, texts->item[i].text);
    }
}


/* "necessary" and "gpc", where they are set. */

static void
consentctl_items_marks(consent_buf_t *b, const consent_purpose_t *purpose)
{
    if (purpose->necessary) {
        consentctl_items_add(b, consent_str("necessary"), consent_str(""));
    }

    if (purpose->gpc) {
        consentctl_items_add(b, consent_str("gpc"), consent_str(""));
    }
}


static void
consentctl_diff_purpose(consentctl_diff_t *diff, const consent_purpose_t *old,
    const consent_purpose_t *new)
{
    consent_buf_t              was, is;
    consentctl_item_t          item;
    consentctl_change_t        change;
    const consentctl_field_t  *field;

    memset(&change, 0, sizeof(consentctl_change_t));

    change.subject = "purpose";
    change.id = old ? old->key : new->key;

    if (old == NULL || new == NULL) {
        item.key = consent_str("");
        item.value = consent_texts_get(&(old ? old : new)->title,
                                       consent_str("en"));
        change.asks = !(old ? old : new)->necessary;
        consentctl_diff_add(diff, &change, old ? &item : NULL,
                            new ? &item : NULL);
        return;
    }

    change.what = "mark";
    change.asks = (old->necessary != new->necessary);
    consent_buf_init(&was, diff->ctl->mem);
    consent_buf_init(&is, diff->ctl->mem);
    consentctl_items_marks(&was, old);
    consentctl_items_marks(&is, new);
    consentctl_diff_items(diff, &change, &was, &is);

    change.asks = 0;

    for (field = consentctl_purpose_texts; field->what; field++) {
        change.what = field->what;
        consent_buf_init(&was, diff->ctl->mem);
        consent_buf_init(&is, diff->ctl->mem);
        consentctl_items_texts(&was, old, field);
        consentctl_items_texts(&is, new, field);
        consentctl_diff_items(diff, &change, &was, &is);
    }
}


static void
consentctl_diff_services(consentctl_diff_t *diff)
{
    int       at;
    unsigned  i;

    for (i = 0; i < diff->before->nservices; i++) {
        at = consent_rules_service(diff->after, diff->before->services[i].id);
        consentctl_diff_service(diff, (int) i, at);
    }

    for (i = 0; i < diff->after->nservices; i++) {
        at = consent_rules_service(diff->before, diff->after->services[i].id);

        if (at == CONSENT_NO_SERVICE) {
            consentctl_diff_service(diff, CONSENT_NO_SERVICE, (int) i);
        }
    }
}


static void
consentctl_diff_service(consentctl_diff_t *diff, int old, int new)
{
    int                        asked;
    consentctl_item_t          was, is;
    consentctl_change_t        change;
    const consentctl_field_t  *field;

    asked = consentctl_asked(diff->before, old)
            || consentctl_asked(diff->after, new);

    memset(&change, 0, sizeof(consentctl_change_t));
    memset(&was, 0, sizeof(consentctl_item_t));
    memset(&is, 0, sizeof(consentctl_item_t));

    change.subject = "service";
    change.id = old >= 0 ? diff->before->services[old].id
                         : diff->after->services[new].id;
    change.asks = asked ? 1 : 0;

    if (old < 0 || new < 0) {
        was.value = consentctl_diff_summary(diff, diff->before, old);
        is.value = consentctl_diff_summary(diff, diff->after, new);
        consentctl_diff_add(diff, &change, old < 0 ? NULL : &was,
                            new < 0 ? NULL : &is);
        return;
    }

    for (field = consentctl_service_fields; field->what; field++) {
        change.what = field->what;
        change.asks = asked && field->asked;
        memcpy(&was.value, (const uint8_t *) &diff->before->services[old]
                           + field->offset, sizeof(consent_str_t));
        memcpy(&is.value, (const uint8_t *) &diff->after->services[new]
                          + field->offset, sizeof(consent_str_t));

        if (!consent_str_eq(was.value, is.value)) {
            consentctl_diff_add(diff, &change, was.value.len ? &was : NULL,
                                is.value.len ? &is : NULL);
        }
    }

    change.asks = asked ? 1 : 0;
    consentctl_diff_parts(diff, &change, old, new);
}


static void
consentctl_items_purposes(consent_buf_t *b, const consent_rules_t *rules,
    int service)
{
    unsigned  i;

    for (i = 0; i < rules->npurposes; i++) {
        if (rules->services[service].purposes >> i & 1) {
            consentctl_items_add(b, rules->purposes[i].key, consent_str(""));
        }
    }
}


static void
consentctl_items_data(consent_buf_t *b, const consent_rules_t *rules,
    int service)
{
    unsigned  i;

    for (i = 0; i < rules->services[service].ndata; i++) {
        consentctl_items_add(b, rules->services[service].data[i],
                             consent_str(""));
    }
}


static void
consentctl_items_rules(consent_buf_t *b, const consentctl_t *ctl,
    const consent_rules_t *rules, int service)
{
    unsigned  i;

    for (i = 0; i < rules->nrules; i++) {
        if (rules->rules[i].service == service) {
            consentctl_items_add(b, consentctl_rule_text(ctl,
                                                         &rules->rules[i]),
                                 consent_str(""));
        }
    }
}


static void
consentctl_items_storage(consent_buf_t *b, const consentctl_t *ctl,
    const consent_service_t *service)
{
    unsigned       i;
    consent_buf_t  key;

    for (i = 0; i < service->nstorage; i++) {
        consent_buf_init(&key, ctl->mem);
        consent_buf_add_c(&key, consentctl_kind_name(
                                                service->storage[i].kind));
        consent_buf_add_c(&key, " ");
        consent_buf_add(&key, service->storage[i].name);

        consentctl_items_add(b, consent_buf_str(&key),
                             service->storage[i].retention);
        b->failed |= key.failed;
    }
}


/* Of a service that is in both: what it has several of. */

static void
consentctl_diff_parts(consentctl_diff_t *diff, consentctl_change_t *change,
    int old, int new)
{
    unsigned             i;
    consent_buf_t        was[4], is[4];
    const consentctl_t  *ctl;

    static const char *const  names[] = {
        "purpose", "data", "match", "storage"
    };

    ctl = diff->ctl;

    for (i = 0; i < 4; i++) {
        consent_buf_init(&was[i], ctl->mem);
        consent_buf_init(&is[i], ctl->mem);
    }

    consentctl_items_purposes(&was[0], diff->before, old);
    consentctl_items_purposes(&is[0], diff->after, new);
    consentctl_items_data(&was[1], diff->before, old);
    consentctl_items_data(&is[1], diff->after, new);
    consentctl_items_rules(&was[2], ctl, diff->before, old);
    consentctl_items_rules(&is[2], ctl, diff->after, new);
    consentctl_items_storage(&was[3], ctl, &diff->before->services[old]);
    consentctl_items_storage(&is[3], ctl, &diff->after->services[new]);

    for (i = 0; i < 4; i++) {
        change->what = names[i];
        consentctl_diff_items(diff, change, &was[i], &is[i]);
        change->asks = 0;       /* only purposes are asked about */
    }
}


static int
consentctl_item_cmp(const void *one, const void *two)
{
    int                       rc;
    const consentctl_item_t  *a = one, *b = two;

    rc = consentctl_str_cmp(a->key, b->key);

    return rc != 0 ? rc : consentctl_str_cmp(a->value, b->value);
}


/* Two sets, told apart by their keys; their order says nothing. */

static void
consentctl_diff_items(consentctl_diff_t *diff, consentctl_change_t *change,
    consent_buf_t *old, consent_buf_t *new)
{
    int                 rc;
    size_t              i, j, n, m;
    consentctl_item_t  *was, *is;

    if (old->failed || new->failed) {
        diff->failed = 1;
        return;
    }

    was = (consentctl_item_t *) (void *) old->data;
    is = (consentctl_item_t *) (void *) new->data;
    n = old->len / sizeof(consentctl_item_t);
    m = new->len / sizeof(consentctl_item_t);

    if (n) {
        qsort(was, n, sizeof(consentctl_item_t), consentctl_item_cmp);
    }

    if (m) {
        qsort(is, m, sizeof(consentctl_item_t), consentctl_item_cmp);
    }

    for (i = 0, j = 0; i < n || j < m; /* void */ ) {

        rc = i == n ? 1 : j == m ? -1
             : consentctl_str_cmp(was[i].key, is[j].key);

        if (rc != 0 || !consent_str_eq(was[i].value, is[j].value)) {
            consentctl_diff_add(diff, change, rc <= 0 ? &was[i] : NULL,
                                rc >= 0 ? &is[j] : NULL);
        }

        i += (rc <= 0);
        j += (rc >= 0);
    }
}


static void
consentctl_diff_add(consentctl_diff_t *diff, consentctl_change_t *change,
    const consentctl_item_t *old, const consentctl_item_t *new)
{
    size_t                size;
    consentctl_change_t  *changes;

    if (diff->n == diff->size) {
        size = diff->size ? diff->size * 2 : 64;

        changes = consent_alloc(diff->ctl->mem,
                                size * sizeof(consentctl_change_t));
        if (changes == NULL) {
            diff->failed = 1;
            return;
        }

        if (diff->n) {
            memcpy(changes, diff->changes,
                   diff->n * sizeof(consentctl_change_t));
        }

        diff->changes = changes;
        diff->size = size;
    }

    change->kind = old == NULL ? CONSENTCTL_ADDED
                   : new == NULL ? CONSENTCTL_REMOVED : CONSENTCTL_CHANGED;
    change->key = old ? old->key : new->key;
    change->before = old ? old->value : consent_str("");
    change->after = new ? new->value : consent_str("");

    diff->changes[diff->n++] = *change;
}


/* 1 if visitors are asked about the service: it is not necessary alone. */

static int
consentctl_asked(const consent_rules_t *rules, int service)
{
    return service >= 0
           && (rules->services[service].purposes & ~rules->necessary) != 0;
}


/* "Name (Controller), for analytics: 2 matchers, 1 stored name" */

static consent_str_t
consentctl_diff_summary(consentctl_diff_t *diff, const consent_rules_t *rules,
    int index)
{
    unsigned                  i, n;
    consent_buf_t             b;
    const consent_service_t  *service;

    if (index < 0) {
        return consent_str("");
    }

    n = 0;
    service = &rules->services[index];

    for (i = 0; i < rules->nrules; i++) {
        n += (rules->rules[i].service == index);
    }

    consent_buf_init(&b, diff->ctl->mem);
    consent_buf_add(&b, service->name);

    if (service->controller.len) {
        consent_buf_add_c(&b, " (");
        consent_buf_add(&b, service->controller);
        consent_buf_add_c(&b, ")");
    }

    consent_buf_add_c(&b, ", for ");
    consent_buf_add(&b, consentctl_keys(diff->ctl, rules, service->purposes,
                                        " + "));
    consent_buf_add_c(&b, ": ");
    consent_buf_add_number(&b, n);
    consent_buf_add_c(&b, n == 1 ? " matcher, " : " matchers, ");
    consent_buf_add_number(&b, service->nstorage);
    consent_buf_add_c(&b, service->nstorage == 1 ? " stored name"
                                                 : " stored names");

    diff->failed |= b.failed;

    return b.failed ? consent_str("") : consent_buf_str(&b);
}

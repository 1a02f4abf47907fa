/*
 * A peer: gumbo, which parses a page that is all there into a tree.  It
 * reads only: nothing is written.
 */

#include <stdlib.h>

#include <gumbo.h>

#include "bench.h"


static void
bench_gumbo_element(bench_t *b, const GumboElement *element)
{
    int                    held;
    unsigned               i;
    const char            *name;
    const GumboAttribute  *attr;

    name = gumbo_normalized_tagname(element->tag);
    held = 0;

    for (i = 0; i < element->attributes.length; i++) {
        attr = element->attributes.data[i];
        held |= bench_is_held(b, name, attr->name, attr->value);
    }

    b->held += (unsigned) held;
    b->sink++;
}


/* Elements in the order of the page; a tree can be deeper than the stack. */

static void
bench_gumbo_walk(bench_t *b, const GumboNode *node)
{
    size_t              index;
    const GumboNode    *root;
    const GumboVector  *children;

    root = node;

    for ( ;; ) {
        children = NULL;

        if (node->type == GUMBO_NODE_ELEMENT
            || node->type == GUMBO_NODE_TEMPLATE)
        {
            bench_gumbo_element(b, &node->v.element);
            children = &node->v.element.children;
        }

        if (children != NULL && children->length) {
            node = children->data[0];
            continue;
        }

        for ( ;; ) {
            if (node == root) {
                return;
            }

            index = node->index_within_parent + 1;
            node = node->parent;
            children = &node->v.element.children;

            if (index < children->length) {
                node = children->data[index];
                break;
            }
        }
    }
}


void
bench_gumbo(bench_t *b, const bench_page_t *page)
{
    GumboOutput  *output;

    output = gumbo_parse_with_options(&kGumboDefaultOptions,
                                      (const char *) page->data, page->len);
    if (output == NULL) {
        exit(1);
    }

    bench_gumbo_walk(b, output->root);
    gumbo_destroy_output(&kGumboDefaultOptions, output);
}

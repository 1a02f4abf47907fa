// Undoes, in a parsed page, what the filter held back.

import { walk } from './carriers.mjs';

const defused = 'data:text/css,#';

// A document as it was before anything was held back.

export function restore(document) {
    for (const node of walk(document)) {
        if (node.nodeName === '#text') {
            node.value = node.value.replaceAll(defused, '');
        }

        const attrs = node.attrs ?? [];
        const put = new Set(attrs.filter(({ name }) =>
            name.startsWith('data-pc-')).map(({ name }) => name.slice(8)));
        const held = put.has('service');

        for (const attr of attrs) {
            attr.value = attr.value.replaceAll(defused, '');
        }

        if (!held) {
            continue;
        }

        node.attrs = attrs.filter(({ name, prefix, value }) =>
            !(put.has(prefix ? `${prefix}:${name}` : name)
              || (name === 'type' && value === 'text/plain')))
            .map((attr) => attr.name.startsWith('data-pc-')
                ? { ...attr, name: attr.name.slice(8) } : attr);
    }

    return document;
}

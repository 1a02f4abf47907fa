// ES modules of npm packages as files of a site, for pages that take them as
// they are: what they import has paths in place of names.

import fs from 'node:fs';
import path from 'node:path';

import { root } from './nginx.mjs';

const packages = `${root}/build/node/node_modules`;
const names = /(\b(?:from|import)\s*\(?\s*)(['"])([^'"\n]+)\2/g;

// Of an entry of "exports" or "imports", what a browser takes in production.

function chosen(entry) {
    if (typeof entry === 'string' || !entry) {
        return entry;
    }

    const key = Object.keys(entry).find((one) =>
        ['browser', 'production', 'import', 'default'].includes(one));

    return chosen(entry[key]);
}

function found(folder, table, name) {
    const entry = chosen(table?.[name]);

    return entry && path.join(folder, entry);
}

function manifest(folder) {
    return JSON.parse(fs.readFileSync(`${folder}/package.json`, 'utf8'));
}

function resolve(name, from) {
    if (name.startsWith('.')) {
        return path.join(path.dirname(from), name);
    }

    const own = /^(?:@[^/]+\/)?[^/]+/.exec(from.slice(packages.length + 1))[0];
    const other = /^(?:@[^/]+\/)?[^/]+/.exec(name)[0];
    const folder = `${packages}/${name.startsWith('#') ? own : other}`;
    const { imports, exports, module } = manifest(folder);

    return name.startsWith('#') ? found(folder, imports, name)
        : found(folder, exports, `.${name.slice(other.length)}`)
          ?? path.join(folder, module);
}

// text: a module that imports by name; the answer is the same one with paths
// below /npm/, and pages gets all files that these lead to.

export function link(text, pages, from = `${packages}/x/x.js`) {
    return text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
        .replace(names, (all, before, quote, name) => {
            const file = resolve(name, from);
            const at = `/npm${file.slice(packages.length)}`;

            if (!pages[at]) {
                pages[at] = { headers: { 'Content-Type': 'text/javascript' } };
                pages[at].html = link(fs.readFileSync(file, 'utf8'), pages,
                                      file);
            }

            return `${before}${quote}${at}${quote}`;
        });
}

// The pages that conformance tests run on: our own, and where they are
// present, real ones from a folder beside the project.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { root } from './nginx.mjs';

function listed(folder, below = '') {
    return fs.readdirSync(path.join(folder, below), { withFileTypes: true })
        .flatMap((entry) => {
            const name = path.posix.join(below, entry.name);

            return entry.isDirectory() ? listed(folder, name)
                                       : name.endsWith('.html') ? [name] : [];
        })
        .sort();
}

// A page's host: the file's name up to the first "-" or ".html".

function hostOf(name) {
    const base = path.basename(name).replace(/\.html$/, '').toLowerCase();
    const host = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/.exec(base);

    if (!host) {
        return 'www.example.com';
    }

    // "example.de-article" and "example.com1" name a page of the host
    const labels = host[1].split('.');
    const last = labels.length - 1;

    labels[last] = labels[last].replace(/[-0-9].*$/, '');

    return `www.${labels.join('.').replace(/^www\./, '')}`;
}

// { folder, pages: [{ name, host, file }], real } and a cleanup.

export function findPages() {
    const own = path.join(root, 'tests/conformance/pages');
    const shared = process.env.CONSENT_SHARED ?? path.join(root, '../shared');
    const archive = path.join(shared, 'data/pages.tar.xz');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-pages-'));

    fs.cpSync(own, path.join(folder, 'own'), { recursive: true });

    const real = fs.existsSync(archive);

    if (real) {
        fs.mkdirSync(path.join(folder, 'real'));
        execFileSync('tar', ['xf', archive, '-C', path.join(folder, 'real')]);
    }

    const pages = listed(folder).map((name) => ({
        name,
        host: hostOf(name),
        file: path.join(folder, name),
    }));

    return {
        folder, pages, real,
        cleanup: () => fs.rmSync(folder, { recursive: true, force: true }),
    };
}

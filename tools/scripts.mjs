#!/usr/bin/env node
//
// Makes of scripts that are read and changed those that visitors load on a
// first page: ui/assets/NAME.js of ui/scripts/NAME.js and ui/guard/NAME.js.
// The build takes the assets as they are and needs no Node.
//
// usage: scripts.mjs [--check]
//
// --check: writes nothing; exits 1 if an asset is not what would be made.

import fs from 'node:fs';
import path from 'node:path';

import { need } from '../tests/lib/modules.mjs';

const ui = path.resolve(import.meta.dirname, '../ngx_consent_module/ui');
const sources = ['guard', 'scripts'].flatMap((folder) =>
    fs.readdirSync(`${ui}/${folder}`).map((name) => `${folder}/${name}`));

// What makes it small once it is compressed was found by trying: names that are
// not given, too.

const reserved = { 'guard/guard.js': '$AHKMOQRUVXYqz' };

async function make(source) {
    const { code } = await need('terser').minify(
        fs.readFileSync(`${ui}/${source}`, 'utf8'), {
            ecma: 2020,
            module: true,
            compress: { passes: 3, unsafe: true, unsafe_arrows: true,
                        unsafe_methods: true,
                        pure_getters: true, sequences: true },
            mangle: { reserved: [...reserved[source] ?? ''] },
            format: { comments: false },
        });

    return `${code.replace(/\bconst /g, 'let ')}\n`;
}

for (const source of sources) {
    const asset = `${ui}/assets/${path.basename(source)}`;
    const made = await make(source);

    if (!process.argv.includes('--check')) {
        fs.writeFileSync(asset, made);

    } else if (fs.readFileSync(asset, 'utf8') !== made) {
        console.error(`${asset} is not what ui/${source} is made into: `
                      + 'make scripts');
        process.exitCode = 1;
    }
}

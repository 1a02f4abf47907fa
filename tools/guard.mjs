#!/usr/bin/env node
//
// Makes ui/assets/guard.js, which visitors load, of ui/guard/guard.js, which is
// read and changed.  The build takes the asset as it is and needs no Node.
//
// usage: guard.mjs [--check]
//
// --check: writes nothing; exits 1 if the asset is not what would be made.

import fs from 'node:fs';
import path from 'node:path';

import { need } from '../tests/lib/modules.mjs';

const ui = path.resolve(import.meta.dirname, '../ngx_consent_module/ui');
const asset = `${ui}/assets/guard.js`;

// What makes it small once it is compressed was found by trying.

const { code } = await need('terser').minify(
    fs.readFileSync(`${ui}/guard/guard.js`, 'utf8'), {
        ecma: 2020,
        module: true,
        compress: { passes: 3, unsafe: true, unsafe_arrows: true, pure_getters: true,
                    sequences: true },
        mangle: true,
        format: { comments: false },
    });

const made = `${code.replace(/\bconst /g, 'let ')}\n`;

if (!process.argv.includes('--check')) {
    fs.writeFileSync(asset, made);

} else if (fs.readFileSync(asset, 'utf8') !== made) {
    console.error(`${asset} is not what guard.js is made into: make guard`);
    process.exit(1);
}

// The table of evasions, and pages made of it.
//
// A case of cases.json: id; html; asks, the letters of the hosts that
// Chromium asks on the unfiltered page (d and e are denied, u is unknown and
// so denied too, a and b are allowed).  In html, {d} is the case's own host
// of that kind, {d0} its first label, {x83} a byte.
//
// Optional: hosts (what a host turns into), maybe (letters that browsers
// differ on), then (asked only once the filter has taken away another),
// lost (allowed, but goes with what is denied), quiet (why this browser asks
// for nothing), open (a known gap, and why), cut (ends inside a tag), type
// (Content-Type), xml, small (small bounds), step (of the splits), top (a page
// of its own), click, pad (so many bytes before it), utf16 (so encoded),
// guessed (the charset is not declared in time: every reading counts).

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { root } from '../../lib/nginx.mjs';

const folder = path.join(root, 'tests/evasion');
const program = process.env.CONSENT_EVASION ?? `${root}/build/evasion`;

export const rules = path.join(folder, 'rules.json');

const domains = {
    d: 'denied.example', e: 'denied.example', u: 'unknown.example',
    a: 'allowed.example', b: 'allowed.example',
};

export function isDenied(letter) {
    return 'deu'.includes(letter);
}

export function loadCases() {
    return JSON.parse(fs.readFileSync(path.join(folder, 'cases.json'),
                                      'utf8'));
}

// The page of a case as bytes, and its hosts by letter.

export function makePage(one, number) {
    const label = (letter) => `${letter}${number}`;
    const hosts = {};

    for (const letter of Object.keys(domains)) {
        hosts[letter] = `${label(letter)}.${domains[letter]}`;
    }

    const fill = (text) => text
        .replace(/\{([deuab])\}/g, (_, letter) => hosts[letter])
        .replace(/\{([deuab])0\}/g, (_, letter) => label(letter))
        .replace(/\{n\}/g, one.n);

    const parts = (fill(one.html) + (one.plus ? fill(one.plus) : ''))
        .split(/\{x([0-9a-f]{2})\}/);

    const plain = Buffer.concat(parts.map((part, i) =>
        i % 2 ? Buffer.from(part, 'hex') : Buffer.from(part)));
    const bytes = one.pad ? Buffer.concat([
            Buffer.from(`<!--${'x'.repeat(one.pad)}-->`), plain])
        : one.utf16 ? Buffer.from(`\ufeff${plain}`, 'utf16le')
        : plain;

    for (const [letter, host] of Object.entries(one.hosts ?? {})) {
        hosts[letter] = fill(host);
    }

    return { bytes, hosts };
}

// What a page is sent as, where the table does not say so itself.

export function typeOf({ type, xml }) {
    return type ?? (xml ? 'application/xhtml+xml; charset=utf-8'
                        : 'text/html; charset=utf-8');
}

// Pages through the filter: [{ page, charset, differs }], charset being what
// is to be declared, or "!": nothing may be sent.  once: whole feeding alone.

export function filterPages(list, { once = false, rule = rules,
                                    step = 1 } = {}) {
    const input = list.map(({ bytes, xml, small, type }) => {
        const text = Buffer.from(type ?? typeOf({ xml }));
        const size = Buffer.alloc(4);
        const options = (xml ? 1 : 0) | (once ? 2 : 0) | (small ? 4 : 0);

        size.writeUInt32LE(bytes.length);

        return Buffer.concat([Buffer.from([options, text.length]), text, size,
                              bytes]);
    });

    const out = execFileSync(program, [rule, String(step)], {
        input: Buffer.concat(input), maxBuffer: 1 << 29 });
    const results = [];

    for (let at = 0; at < out.length;) {
        const differs = out.readUInt32LE(at);
        const begin = at + 5 + out[at + 4];
        const charset = out.toString('latin1', at + 5, begin);
        const length = out.readUInt32LE(begin);

        at = begin + 4 + length;
        results.push({ differs, charset,
                       page: out.subarray(begin + 4, at) });
    }

    if (results.length !== list.length) {
        throw new Error(`${list.length} pages, ${results.length} results`);
    }

    return results;
}

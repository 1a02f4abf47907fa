// Peers from npm on the same pages, in memory, in 16 KiB pieces: elements of
// eight kinds whose src, href, srcset or data leads to a tracker are removed.
//
// usage: peers.mjs ROUNDS PAGE …
//
// html-rewriter-wasm is lol-html compiled to WebAssembly; parse5 stands for
// its rewriting stream.  Rounds take turns; the best one's CPU time of the
// whole process counts.  What is printed is what bench.c prints.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { root } from '../tests/lib/nginx.mjs';

const modules = `${root}/build/bench/node/node_modules`;

const { HTMLRewriter } = createRequire(`${modules}/`)('html-rewriter-wasm');
const { RewritingStream } = await import(pathToFileURL(
    `${modules}/parse5-html-rewriting-stream/dist/index.js`));

const piece = 16384;
const [rounds, ...files] = process.argv.slice(2);
const trackers = JSON.parse(fs.readFileSync(`${root}/bench/trackers.json`));
const hosts = new Set(trackers.services[0].match.map(({ host }) => host));
const elements = new Set(['script', 'iframe', 'img', 'link', 'source',
                          'embed', 'input', 'track']);

const pages = files.map((file) => {
    const bytes = fs.readFileSync(file);
    const pieces = [];

    for (let at = 0; at < bytes.length; at += piece) {
        pieces.push(bytes.subarray(at, at + piece));
    }

    // parse5 takes strings; one character a byte is the fastest it gets
    return { pieces, texts: pieces.map((part) => part.toString('latin1')) };
});
const bytes = pages.flatMap(({ pieces }) => pieces)
    .reduce((sum, { length }) => sum + length, 0);

// As cheap as it can be: the URL is not parsed, only its host is cut out.

function isTracker(url) {
    const slashes = url.indexOf('//');

    if (slashes < 0 || slashes > 8) {
        return false;
    }

    const end = url.slice(slashes + 2).search(/[/?#:]/);
    let host = end < 0 ? url.slice(slashes + 2)
                       : url.slice(slashes + 2, slashes + 2 + end);

    for (host = host.toLowerCase(); host;) {
        if (hosts.has(host)) {
            return true;
        }

        const dot = host.indexOf('.');

        host = dot < 0 ? '' : host.slice(dot + 1);
    }

    return false;
}

function isHeld(name, value) {
    return name !== 'srcset' ? isTracker(value)
        : value.split(/,\s+/).some((one) => isTracker(one.trim()));
}

let sink = 0;
let held = 0;
let failed = 0;

const handlers = ['src', 'href', 'srcset', 'data'].map((name) => [name, {
    element(element) {
        if (!element.removed && isHeld(name, element.getAttribute(name))) {
            element.remove();
            held++;
        }
    },
}]);

// Selectors with the attribute in them: lol-html then calls for less.

const selectors = handlers.flatMap(([name, handler]) =>
    [...elements].map((element) => [`${element}[${name}]`, handler]));

async function lolHtml({ pieces }) {
    const rewriter = new HTMLRewriter((part) => { sink += part.length; });

    for (const [selector, handler] of selectors) {
        rewriter.on(selector, handler);
    }

    try {
        for (const part of pieces) {
            await rewriter.write(part);
        }

        await rewriter.end();
    } catch {
        failed++;
    } finally {
        rewriter.free();
    }
}

const content = new Set(['script', 'iframe']);
const names = new Set(['src', 'href', 'srcset', 'data']);

async function parse5({ texts }) {
    const stream = new RewritingStream();
    let dropping = null;

    stream.on('startTag', (tag, raw) => {
        if (elements.has(tag.tagName)
            && tag.attrs.some(({ name, value }) => names.has(name)
                                                   && isHeld(name, value)))
        {
            held++;
            dropping = content.has(tag.tagName) ? tag.tagName : null;
        } else {
            stream.emitRaw(raw);
        }
    });

    stream.on('text', (text, raw) => {
        if (!dropping) {
            stream.emitRaw(raw);
        }
    });

    stream.on('endTag', (tag, raw) => {
        if (!dropping) {
            stream.emitRaw(raw);
        } else if (tag.tagName === dropping) {
            dropping = null;
        }
    });

    stream.on('data', (part) => { sink += part.length; });

    const ended = new Promise((done) => { stream.on('end', done); });

    for (const text of texts) {
        stream.write(text);
    }

    stream.end();
    await ended;
}

const jobs = [['lol-html', lolHtml], ['parse5', parse5]];
const best = new Map();
const counts = new Map();

for (let round = 0; round < Number(rounds); round++) {
    for (const [name, job] of jobs) {
        held = 0;
        failed = 0;

        const before = process.cpuUsage();

        for (const page of pages) {
            await job(page);
        }

        const { user, system } = process.cpuUsage(before);
        const seconds = (user + system) / 1e6;

        best.set(name, Math.min(best.get(name) ?? Infinity, seconds));
        counts.set(name, { held, failed });
    }
}

for (const [name] of jobs) {
    const seconds = best.get(name);
    const { held: removed, failed: lost } = counts.get(name);

    console.log(`${name} ${bytes} bytes, ${rounds} rounds, `
        + `best ${seconds.toFixed(4)} s, `
        + `${(bytes / seconds / 1e6).toFixed(0)} MB/s, held ${removed}, `
        + `defused 0, gave up ${lost}`);
}

if (!(sink > 0)) {
    process.exitCode = 1;
}

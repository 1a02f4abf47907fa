// Peers from npm on the same requests, with the same list; what is printed is
// what bench/match.c prints.
//
// usage: node --expose-gc match-peers.mjs PEER ROUNDS LIST REQUESTS
//
// PEER is ghostery (@ghostery/adblocker) or ubo (@gorhill/ubo-core).  What
// each makes of a URL, of the page's and of the type is part of the time, as
// it is for ours.

import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

import { root } from '../tests/lib/nginx.mjs';

const modules = `${root}/build/bench/node/node_modules`;
const load = (file) => import(pathToFileURL(`${modules}/${file}`));

const [peer, rounds, list, file] = process.argv.slice(2);
const requests = fs.readFileSync(file, 'utf8').trimEnd().split('\n')
    .map((line) => line.split('\t'))
    .map(([url, page, type]) =>
        ({ url, page, type: type === 'subdocument' ? 'sub_frame' : type }));

// Each returns a function: 1 if the request is blocked.

const peers = {
    ghostery: async (raw) => {
        const { FiltersEngine, Request } = await load(
            '@ghostery/adblocker/dist/esm/index.js');
        const engine = FiltersEngine.parse(raw,
                                           { loadCosmeticFilters: false });

        return ({ url, page, type }) => Number(engine.match(
            Request.fromRawDetails({ url, sourceUrl: page, type })).match);
    },
    ubo: async (raw) => {
        const { StaticNetFilteringEngine } = await load(
            '@gorhill/ubo-core/index.js');
        const engine = await StaticNetFilteringEngine.create();

        await engine.useLists([{ name: 'list', raw }]);

        return ({ url, page, type }) => Number(engine.matchRequest(
            { url, originURL: page, type }) === 1);
    },
};

function memory() {
    globalThis.gc();

    const { heapUsed, external } = process.memoryUsage();

    return heapUsed + external;
}

function ticks() {
    return Number(process.hrtime.bigint());
}

const best = new Float64Array(requests.length).fill(Infinity);
const raw = fs.readFileSync(list, 'utf8');
const before = memory();
const start = ticks();
const match = await peers[peer](raw);
const took = ticks() - start;

let clock = Infinity;
let mean = Infinity;
let found = 0;

for (let i = 0; i < 10000; i++) {
    const from = ticks();

    clock = Math.min(clock, ticks() - from);
}

for (let round = 0; round < Number(rounds); round++) {
    const from = ticks();

    found = 0;

    for (const request of requests) {
        found += match(request);
    }

    mean = Math.min(mean, (ticks() - from) / requests.length);

    requests.forEach((request, i) => {
        const at = ticks();

        match(request);
        best[i] = Math.min(best[i], ticks() - at - clock);
    });
}

const held = memory() - before;

best.sort();

const rank = (part) => best[Math.floor(best.length * part)].toFixed(0);

console.log(`load: ${(took / 1e6).toFixed(1)} ms, ${held} bytes`);
console.log(`urls: ${requests.length}, asked for: ${found}`);
console.log(`spread: mean ${(best.reduce((a, b) => a + b)
    / best.length).toFixed(0)}, p50 ${rank(0.5)}, p99 ${rank(0.99)},`
    + ` p99.9 ${rank(0.999)}, max ${best.at(-1).toFixed(0)} ns`);
console.log(`match: ${mean.toFixed(0)} ns`);

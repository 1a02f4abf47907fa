// What judging a URL costs, next to ad blockers, and as rules grow.
//
// usage: match.mjs [DOCUMENT PLOT]       (make bench-match, make bench-docs)
//
// The list and the requests are real ones where they are present beside the
// project; else, and for the plot, they are made up.  With a document, the
// tables are written between its markers, and the plot into its file.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';

import { root } from '../tests/lib/nginx.mjs';
import { madeList, madeRequests } from './match-made.mjs';
import { plot } from './match-plot.mjs';
import { digits, machine, table, writeDocument } from './report.mjs';

process.chdir(root);

const rounds = { ngx_consent: 30, ghostery: 5, ubo: 5 };
const sizes = [100, 1000, 10000, 100000];
const peers = [
    ['ngx_consent', 'ngx_consent'],
    ['ubo', '`@gorhill/ubo-core` 0.1.30'],
    ['ghostery', '`@ghostery/adblocker` 2.18.2'],
];

const [document, picture] = process.argv.slice(2);
const shared = process.env.CONSENT_SHARED ?? path.join(root, '../shared');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-match-'));

function write(name, text) {
    const file = path.join(scratch, name);

    fs.writeFileSync(file, text);

    return file;
}

function unpack(name) {
    const file = path.join(shared, 'data', `${name}.gz`);

    return fs.existsSync(file) ? zlib.gunzipSync(fs.readFileSync(file))
        .toString('utf8') : undefined;
}

// The first line of the requests says what the columns are.

function realOrMade() {
    const list = unpack('easyprivacy.txt');
    const requests = unpack('requests-easyprivacy.tsv');
    const real = list !== undefined && requests !== undefined;

    return {
        real,
        list: write('list.txt', real ? list : madeList(50000)),
        requests: write('requests.tsv', real
            ? requests.slice(requests.indexOf('\n') + 1)
            : madeRequests(sizes[0])),
    };
}

// Both programs print the same lines.

function results(text) {
    const number = (pattern) => {
        const found = pattern.exec(text);

        return found ? Number(found[1]) : undefined;
    };

    return {
        load: number(/^load: ([0-9.]+) ms/m),
        bytes: number(/ms, (\d+) bytes/),
        urls: number(/^urls: (\d+)/m),
        found: number(/asked for: (\d+)/),
        parse: number(/^parse: (\d+)/m),
        mean: number(/mean (\d+)/),
        p50: number(/p50 (\d+)/),
        p99: number(/p99 (\d+)/),
        p999: number(/p99\.9 (\d+)/),
        round: number(/^match: (\d+)/m),
    };
}

function run(...command) {
    process.stderr.write(`${command.slice(0, 4).join(' ')} …\n`);

    return results(execFileSync(command[0], command.slice(1), {
        encoding: 'utf8', maxBuffer: 1 << 24,
        stdio: ['ignore', 'pipe', 'inherit'] }));
}

function ours(rules, requests) {
    return run('build/bench_match', String(rounds.ngx_consent), rules,
               requests);
}

function theirs(peer, list, requests) {
    return run(process.execPath, '--expose-gc', 'bench/match-peers.mjs', peer,
               String(rounds[peer]), list, requests);
}

function judge(peer, list, requests) {
    return peer === 'ngx_consent' ? ours(`analytics=${list}`, requests)
                                  : theirs(peer, list, requests);
}

function row(who, rules, one) {
    return [
        who, rules, digits(one.mean), digits(one.p50), digits(one.p99),
        digits(one.p999), digits(one.round), digits(one.load),
        one.bytes === undefined ? '-' : (one.bytes / 1e6).toFixed(1),
        digits(one.found),
    ];
}

function speedTable({ real, list, requests }) {
    const name = real ? 'EasyPrivacy' : '50,000 made up';
    const lines = [
        ['who', 'rules', 'mean', 'p50', 'p99', 'p99.9', 'in a row',
         'load, ms', 'memory, MB', 'asked for'],
        Array(10).fill(''),
    ];
    const alone = ours('rules/*.json', requests);
    const both = ours(`rules/*.json,analytics=${list}`, requests);
    const all = peers.map(([peer, who]) =>
        [who, judge(peer, list, requests)]);

    lines.push(row('ngx_consent', 'catalogue', alone),
               row('ngx_consent', `catalogue, ${name}`, both),
               ...all.map(([who, one]) => row(who, name, one)));

    return [
        `${digits(alone.urls)} requests${real ? ' of real pages'
            : ', made up: the real ones are not here'}; nanoseconds a`
        + ` request. ${machine()}`,
        table(lines),
        `Reading the URL alone: ${digits(alone.parse)} ns of it, in a row.`
        + ` To the fastest peer: ${(Math.min(...all.slice(1)
            .map(([, one]) => one.mean)) / all[0][1].mean).toFixed(1)}`
        + ' times as fast.',
    ].join('\n\n');
}

// The same requests for all sizes, with the same answers: larger lists begin
// with the smaller ones.

function grow() {
    const requests = write('made.tsv', madeRequests(sizes[0]));

    return peers.map(([peer]) => ({
        peer,
        points: sizes.map((size) => {
            const list = write(`${size}.txt`, madeList(size));

            return { size, ...judge(peer, list, requests) };
        }),
    }));
}

function growTable(series) {
    const lines = [
        ['who', '', ...sizes.map((size) => `${digits(size)} rules`)],
        Array(sizes.length + 2).fill(''),
    ];

    for (const { peer, points } of series) {
        const who = peers.find(([name]) => name === peer)[1];

        lines.push([who, 'mean, ns', ...points.map(({ mean }) =>
            digits(mean))]);

        if (peer === 'ngx_consent') {
            lines.push(['', 'p99.9, ns', ...points.map(({ p999 }) =>
                digits(p999))]);
            lines.push(['', 'memory, MB', ...points.map(({ bytes }) =>
                (bytes / 1e6).toFixed(2))]);
        }
    }

    return table(lines);
}

try {
    const speed = speedTable(realOrMade());
    const series = grow();
    const text = `${speed}\n\n${growTable(series)}`;

    console.log(text);

    if (document) {
        writeDocument(document, text);
        fs.writeFileSync(picture, plot(series));
    }
} finally {
    fs.rmSync(scratch, { recursive: true });
}

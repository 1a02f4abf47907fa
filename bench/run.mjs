// All of the benchmark in one go, and a table of it.
//
// usage: run.mjs SAMPLE [DOCUMENT]     (make bench, make bench-docs)
//
// The pages: the real ones beside the project where they are present, else
// the project's own, every SAMPLE-th.  Time is the CPU time of the process,
// the best of several rounds; instructions are counted by callgrind.  With a
// document, the table is written between its markers.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { root } from '../tests/lib/nginx.mjs';
import { findPages } from '../tests/lib/pages.mjs';
import { digits, machine, table, writeDocument } from './report.mjs';

process.chdir(root);

const program = 'build/bench_filter';
const rules = 'rules/*.json';
const rounds = { native: 9, node: 3 };

// In the order of the table.  "holds back" and "removes" write the page anew.

const rows = [
    ['memchr', '`memchr(\'<\')`, restarted at each hit', 'finds `<`'],
    ['tokens', 'ngx_consent, tokenizer', 'tells tags'],
    ['peers', 'ngx_consent, 30 trackers', 'holds back; all carriers, CSS'],
    ['filter', 'ngx_consent, catalogue, nothing granted',
     'holds back; and inline scripts'],
    ['granted', 'ngx_consent, catalogue, all granted', 'the same, changes none'],
    ['lol-html', 'lol-html (html-rewriter-wasm)', 'removes'],
    ['parse5', 'parse5 rewriting stream', 'removes'],
    ['libxml2', 'libxml2, push parser, SAX', 'reads only'],
    ['gumbo', 'gumbo, tree of the whole page', 'reads only'],
];
const peers = ['lol-html', 'parse5', 'libxml2', 'gumbo'];

const [sample, document] = process.argv.slice(2);
const found = findPages();

function choosePages() {
    const files = found.pages
        .filter(({ name }) => !found.real || name.startsWith('real/'))
        .map(({ file }) => file);

    return files.filter((_, i) => i % Number(sample || 1) === 0);
}

// "name N bytes, N rounds, best N s, N MB/s, held N, …"

function results(text) {
    const lines = text.split('\n').filter((line) => / bytes, /.test(line));

    return new Map(lines.map((line) => {
        const number = (word) => Number(
            new RegExp(`([0-9.]+) ${word}`).exec(line)?.[1]);
        const count = (word) => Number(
            new RegExp(`${word} ([0-9]+)`).exec(line)?.[1]);

        return [line.split(' ')[0], {
            bytes: number('bytes'), speed: number('MB/s'),
            held: count('held'), defused: count('defused'),
            lost: count('gave up'),
        }];
    }));
}

function say(text) {
    process.stderr.write(`${text}\n`);
}

// More rounds over few pages: programs in Node are slow at first.

function roundsFor(kind, files) {
    const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);

    return Math.min(200, Math.max(rounds[kind],
                                  Math.ceil(rounds[kind] * 3e7 / bytes)));
}

function speeds(files) {
    const some = roundsFor('native', files);
    const few = roundsFor('node', files);
    const run = (...command) => execFileSync(command[0], command.slice(1), {
        encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 1 << 24 });


    say(`native jobs, ${some} rounds each`);
    const native = run(program, 'all', String(some), rules, ...files);

    say(`peers from npm, ${few} rounds each`);
    const node = run(process.execPath, 'bench/peers.mjs', String(few),
                     ...files);

    return new Map([...results(native), ...results(node)]);
}

// Instructions of one round, or undefined without valgrind.

function instructions(name, files) {
    say(`instructions of ${name}`);

    const { status, stderr } = spawnSync('valgrind', [
        '--tool=callgrind', '--toggle-collect=bench_run',
        '--callgrind-out-file=/dev/null', program, name, '1', rules,
        ...files], { encoding: 'utf8', maxBuffer: 1 << 24 });

    return status === 0 ? Number(/Collected : (\d+)/.exec(stderr)?.[1])
                        : undefined;
}

function measure(files) {
    const all = speeds(files);

    for (const [name, result] of all) {
        if (!['lol-html', 'parse5'].includes(name)) {
            result.count = instructions(name, files);
        }
    }

    return all;
}

function speedTable(all) {
    const ceiling = all.get('memchr').speed;
    const fastest = Math.max(...peers.map((name) =>
        all.get(name)?.speed ?? 0));
    const lines = [
        ['who', 'what it does', 'MB/s', 'to memchr', 'to fastest peer',
         'instructions/byte', 'held back'],
        ['', '', '', '', '', '', ''],
    ];

    for (const [name, who, what] of rows) {
        const one = all.get(name);
        const blind = ['memchr', 'tokens'].includes(name);

        lines.push(one ? [
            who, one.lost ? `${what}; gave up on ${one.lost}` : what,
            one.speed < 10 ? one.speed.toFixed(1) : digits(one.speed),
            (one.speed / ceiling).toFixed(3),
            (one.speed / fastest).toFixed(2),
            one.count ? (one.count / one.bytes).toFixed(2) : '-',
            blind ? '-' : digits(one.held)
                + (one.defused ? ` + ${digits(one.defused)} in CSS` : ''),
        ] : [who, 'not here', '-', '-', '-', '-', '-']);
    }

    return table(lines);
}

// The two figures that matter most, in words.

function ratios(all) {
    const speed = (name) => all.get(name)?.speed ?? 0;
    const [fastest] = [...peers].sort((a, b) => speed(b) - speed(a));
    const times = (a, b) => (speed(a) / speed(b)).toFixed(2);

    return `Ours to \`memchr\`: ${times('filter', 'memchr')} with the whole`
        + ` catalogue, ${times('peers', 'memchr')} with thirty trackers,`
        + ` ${times('tokens', 'memchr')} for the tokenizer alone.\n`
        + `Ours to the fastest peer, ${fastest}, thirty trackers each:`
        + ` ${times('peers', fastest)}.`;
}

function memoryTable(files) {
    const text = execFileSync(program, ['memory', '1', rules, ...files],
                              { encoding: 'utf8' });
    const names = {
        memory: ['a request\'s memory', 'all'],
        hold: ['', 'tags and inline scripts kept back'],
        rest: ['', 'the rest'],
    };
    const lines = [
        ['bytes', 'of it', 'p50', 'p99', 'p99.9', 'largest',
         'pages over 16 KiB'],
        ['', '', '', '', '', '', ''],
    ];

    for (const line of text.trim().split('\n')) {
        const [name] = line.split(' ');
        const cells = /p50 (\d+), p99 (\d+), p99.9 (\d+), max (\d+), over (\d+)/
            .exec(line).slice(1);

        lines.push([...names[name], ...cells.map((n) => digits(Number(n)))]);
    }

    return table(lines);
}

function report(files) {
    const all = measure(files);
    const { bytes } = all.get('memchr');
    const kind = found.real ? 'real pages'
        : 'pages of the project\'s own, few and small: the real ones are not'
          + ' here';

    return [
        `${files.length} ${kind}, ${digits(bytes)} bytes. ${machine()}`,
        speedTable(all),
        ratios(all),
        memoryTable(files),
    ].join('\n\n');
}

try {
    const text = report(choosePages());

    console.log(text);

    if (document) {
        writeDocument(document, text);
    }
} finally {
    found.cleanup();
}

// Decisions on real requests against those of adblock-rust, where its answers
// lie beside the project: block, none, and what an exception undid.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';

import { root } from '../lib/nginx.mjs';
import { done, is, note, ok, skipAll } from '../lib/tap.mjs';

const shared = process.env.CONSENT_SHARED ?? path.join(root, '../shared');
const list = path.join(shared, 'data/easyprivacy.txt.gz');
const requests = path.join(shared, 'data/requests-easyprivacy.tsv.gz');

if (!fs.existsSync(list) || !fs.existsSync(requests)) {
    skipAll('the list and the requests are not here (../shared/data)');
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-list-'));
const file = path.join(folder, 'easyprivacy.txt');
const empty = path.join(folder, 'empty.json');

process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const text = zlib.gunzipSync(fs.readFileSync(list));

fs.writeFileSync(file, text);
fs.writeFileSync(empty, '{ "version": 1, "services": [] }\n');

const rows = zlib.gunzipSync(fs.readFileSync(requests)).toString()
    .split('\n').slice(1).filter((row) => row !== '')
    .map((row) => row.split('\t'));

function consentctl(args, input) {
    return execFileSync(`${root}/build/consentctl`, args,
                        { input, maxBuffer: 1 << 28,
                          stdio: ['pipe', 'pipe', 'ignore'] }).toString();
}

function decision(line) {
    const [, service, rule] = line.split('\t');

    return service.startsWith('list:') ? '1'
         : rule.startsWith(`${file}:`) ? 'E' : '0';
}

const asked = rows.map((row) => row.slice(0, 3).join('\t')).join('\n') + '\n';

for (const [how, args] of [['lists alone', []],
                           ['beside an empty rule file', ['--rules', empty]]])
{
    const answers = consentctl(['match', ...args, '--list', 'analytics',
                                file], asked)
        .split('\n').slice(0, -1).map(decision);

    is(answers.length, rows.length, `${how}: an answer to each request`);

    const wrong = rows.flatMap((row, i) => row[3] === answers[i] ? []
        : [`${row[3]}, not ${answers[i]}: ${row.slice(0, 3).join(' ')}`]);

    ok(wrong.length === 0, `${how}: all ${rows.length} decisions are equal`,
       wrong.join('\n'));
}

const sum = consentctl(['lint', '--list', 'analytics', file]);
const [, compiled, skipped, refused] = sum
    .match(/: (\d+) rules compiled, (\d+) skipped, (\d+) refused/)
    .map(Number);

ok(compiled / (compiled + skipped + refused) >= 0.999,
   'at least 99.9 % of the network rules are compiled');
is(sum.match(/^[^\n]*: warning: (?:skipped|refused) /gm)?.length ?? 0,
   skipped + refused, 'each that is not is reported with its reason');
is(text.toString().replace(/\n$/, '').split('\n').length,
   compiled + skipped + refused
   + Number(sum.match(/(\d+) cosmetic/)[1])
   + Number(sum.match(/(\d+) comments/)[1]), 'each line is accounted for');

note(sum.trim());
done();

// Writes into docs/guard.md what passes the guard and the policy, way by way,
// and what the guard costs.
//
// usage: guard-docs.mjs   (make guard-docs)

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { root } from '../tests/lib/nginx.mjs';
import { past } from '../tests/evasion/lib/ways.mjs';
import { modes, runWays } from '../tests/evasion/lib/ways-run.mjs';

const file = `${root}/docs/guard.md`;
const begin = '<!-- ways: written by make guard-docs -->';
const end = '<!-- end of ways -->';

const titles = { none: 'no module', policy: 'policy', guard: 'guard',
                 both: 'both', strict: 'both, strict' };
const names = Object.keys(modes);
const { version, ways } = await runWays();
const count = (some, mode) => some.filter((way) => way.left[mode]).length;
const groups = [...new Set(ways.map((way) => way.group))];

function row(...cells) {
    return `| ${cells.join(' | ')} |`;
}

function why(mode, id) {
    return Object.entries(past[mode] ?? {})
        .find(([, ids]) => ids.includes(id))?.[0];
}

const lines = [
    `${ways.length} ways, ${version}. How many leave or store:`, '',
    row('group', 'ways', ...names.map((mode) => titles[mode])),
    row('---', '---:', ...names.map(() => '---:')),
    ...groups.map((group) => {
        const some = ways.filter((way) => way.group === group);
        return row(group, some.length, ...names.map((mode) =>
            count(some, mode)));
    }),
    row('all', ways.length, ...names.map((mode) => count(ways, mode))),
    '', 'Why:', '',
    row('with', 'ways', 'because'), row('---', '---:', '---'),
    ...Object.keys(past).flatMap((mode) => Object.keys(past[mode])
        .map((reason) => row(titles[mode], past[mode][reason].filter((id) =>
            ways.some((way) => way.id === id && way.left[mode])).length,
            reason))),
    '', 'Way by way: x is what leaves or is stored.', '',
    row('group', 'way', ...names.map((mode) => titles[mode])),
    row('---', '---', ...names.map(() => ':---:')),
    ...ways.map((way) => row(way.group, `\`${way.id}\``,
        ...names.map((mode) => way.left[mode] ? 'x' : ''))),
];

const unnamed = Object.keys(past).flatMap((mode) => ways
    .filter((way) => way.left[mode] && !why(mode, way.id))
    .map((way) => `${mode}: ${way.id}`));

const text = fs.readFileSync(file, 'utf8');

fs.writeFileSync(file, text.slice(0, text.indexOf(begin) + begin.length)
    + `\n\n${lines.join('\n')}\n\n` + text.slice(text.indexOf(end)));

if (unnamed.length) {
    console.error(`no reason is given for ${unnamed.join(', ')}`);
    process.exit(1);
}


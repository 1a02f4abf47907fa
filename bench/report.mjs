// What the benchmarks' reports are made of.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

const begin = /<!-- results: written by make [a-z-]+ -->\n/;
const end = '<!-- end of results -->';

export const median = (list) =>
    [...list].sort((a, b) => a - b)[list.length >> 1];

// Whole numbers, thousands apart.

export function digits(n) {
    return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

// Behind the first line is a rule; behind the columns of words are numbers.

export function table(lines, words = 2) {
    const width = lines[0].map((_, i) =>
        Math.max(...lines.map((line) => line[i].length)));

    return lines.map((line, n) => `| ${line.map((cell, i) =>
        n === 1 ? '-'.repeat(width[i] - (i >= words ? 1 : 0))
                  + (i >= words ? ':' : '')
        : i >= words ? cell.padStart(width[i]) : cell.padEnd(width[i]))
        .join(' | ')} |`).join('\n');
}

// "Processor. Revision."

export function machine() {
    const info = fs.readFileSync('/proc/cpuinfo', 'utf8');
    const processor = /model name\s*: (.*)/.exec(info)?.[1]
                      ?? 'an unknown processor';
    const revision = spawnSync('git', ['rev-parse', '--short', 'HEAD'],
                               { encoding: 'utf8' }).stdout?.trim();

    return `${processor}.${revision ? ` Revision ${revision}.` : ''}`;
}

// Puts text between the document's markers.

export function writeDocument(document, text) {
    const old = fs.readFileSync(document, 'utf8');
    const mark = begin.exec(old);
    const to = old.indexOf(end);

    if (!mark || to < mark.index) {
        throw new Error(`${document} has no markers`);
    }

    fs.writeFileSync(document,
                     `${old.slice(0, mark.index)}${mark[0]}\n${text}\n\n`
                     + old.slice(to));
}

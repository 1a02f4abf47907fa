// The tokenizer against html5lib-tests, where they lie beside the project.
//
// Our tokenizer tells where tags, attributes, comments and doctypes are and
// no character data, so the expectation is derived from each case: names,
// attributes with decoded values, self-closing flags, comments' data, how
// many doctypes; and the text between the tokens where it holds no "&".

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { need } from '../lib/modules.mjs';
import { root } from '../lib/nginx.mjs';
import { done, note, ok, skipAll } from '../lib/tap.mjs';

const { parseFragment } = need('parse5');
const shared = process.env.CONSENT_SHARED ?? path.join(root, '../shared');
const folder = path.join(shared, 'data/html5lib-tests/tokenizer');
const program = `${root}/build/tokens`;

if (!fs.existsSync(folder)) {
    skipAll('html5lib-tests are not here (../shared/data)');
}

const kinds = {
    'Data state': 0, 'RCDATA state': 1, 'RAWTEXT state': 2,
    'Script data state': 3, 'PLAINTEXT state': 4,
};

function unescape(text) {
    return text.replace(/\\u([0-9A-Fa-f]{4})/g,
                        (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

function cases() {
    const all = [];

    for (const file of fs.readdirSync(folder).sort()) {
        if (!file.endsWith('.test')) {
            continue;
        }

        const { tests = [] } = JSON.parse(
            fs.readFileSync(path.join(folder, file), 'utf8'));

        for (const test of tests) {
            const double = (text) => test.doubleEscaped ? unescape(text) : text;

            for (const state of test.initialStates ?? ['Data state']) {
                all.push({
                    file, state, description: test.description,
                    input: double(test.input), last: test.lastStartTag ?? '',
                    output: JSON.parse(test.doubleEscaped
                        ? JSON.stringify(test.output)
                            .replace(/\\\\u/g, '\\u')
                        : JSON.stringify(test.output)),
                });
            }
        }
    }

    return all;
}

const clean = (text) => text.replace(/\r\n?/g, '\n');
const replaceNul = (text) => text.replace(/\0/g, '\ufffd');

function decodeValue(raw) {
    const quoted = clean(raw).replace(/"/g, '&quot;');
    const [node] = parseFragment(`<a b="${quoted}">`).childNodes;

    return node.attrs[0].value;
}

function commentData(raw) {
    if (!raw.startsWith('<!--')) {
        const body = raw.startsWith('<?') ? raw.slice(1) : raw.slice(2);
        return body.replace(/>$/, '');
    }

    if (raw === '<!-->' || raw === '<!--->') {
        return '';
    }

    return raw.slice(4).replace(/(--!?>|--!|--?)$/, '');
}

// Tokens from the program's lines.

function tokens(lines, bytes) {
    const slice = (from, to) => bytes.toString('utf8', from, to);
    const found = [];
    let attrs = {};
    let at = 0;

    const text = (to) => {
        if (to > at) {
            found.push(['Character', clean(slice(at, to))]);
        }
    };

    for (const line of lines) {
        const [what, ...numbers] = line.split(' ');
        const n = numbers.map(Number);

        if (what === 'A') {
            const name = replaceNul(clean(slice(n[0], n[1])))
                .replace(/[A-Z]/g, (c) => c.toLowerCase());

            if (!Object.hasOwn(attrs, name)) {
                Object.defineProperty(attrs, name, {
                    value: decodeValue(slice(n[2], n[3])),
                    enumerable: true, configurable: true });
            }

            continue;
        }

        const raw = slice(what === 'O' ? n[1] : n[0],
                          what === 'O' ? n[2] : n[1]);

        text(what === 'O' ? n[1] : n[0]);
        at = what === 'O' ? n[2] : n[1];

        if (what === 'O') {
            found.push(n[0] === 1 ? ['DOCTYPE']
                                  : ['Comment',
                                     replaceNul(clean(commentData(raw)))]);
        } else {
            const name = replaceNul(/^<\/?([^\t\n\f\r />]*)/.exec(raw)[1])
                .replace(/[A-Z]/g, (c) => c.toLowerCase());

            found.push(what === 'E' ? ['EndTag', name]
                : ['StartTag', name, attrs, ...n[2] ? [true] : []]);
        }

        attrs = {};
    }

    return { found, rest: slice(at) };
}

function withoutText(list) {
    return list.filter(([kind]) => kind !== 'Character');
}

const all = cases();
const runnable = all.filter((c) => c.state in kinds);
const input = Buffer.concat(runnable.map((c) => {
    const name = Buffer.from(c.last);
    c.bytes = Buffer.from(c.input);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(c.bytes.length);

    return Buffer.concat([Buffer.from([kinds[c.state], name.length]), name,
                          size, c.bytes]);
}));

const lists = execFileSync(program, { input, maxBuffer: 1 << 28 })
    .toString().split(/^\.\n/m)
    .map((block) => block.split('\n').filter(Boolean));

let assertions = 0;
const wrong = [];
const split = [];

runnable.forEach((c, i) => {
    const lines = lists[i];

    if (lines.some((line) => line.startsWith('differs'))) {
        split.push(`${c.file}: ${c.description}: ${lines[0]}`);
    }

    const got = tokens(lines.filter((l) => !l.startsWith('differs')), c.bytes);
    const expected = c.output.map((t) => t[0] === 'DOCTYPE' ? ['DOCTYPE'] : t);
    const a = JSON.stringify(withoutText(got.found));
    const b = JSON.stringify(withoutText(expected));

    assertions += withoutText(expected).length + 1;

    if (a !== b) {
        wrong.push(`${c.file} (${c.state}): ${c.description}\n`
                   + `  ${JSON.stringify(c.input)}\n  got ${a}\n  not ${b}`);
    }
});

note(`${runnable.length} of ${all.length} runs (the others begin inside a`
     + ` CDATA section), ${assertions} assertions`);
ok(lists.length > runnable.length && runnable.length > 6900,
   'the cases were run');
ok(split.length === 0, 'every feeding yields the same',
   `${split.length}\n${split.join('\n')}`);
ok(wrong.length === 0, 'tags, attributes, comments and doctypes as expected',
   `${wrong.length}\n${wrong.join('\n')}`);
done();

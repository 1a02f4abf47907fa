// The tokenizer against html5lib-tests, where they lie beside the project.
//
// Our tokenizer tells where tags, attributes, comments, doctypes and CDATA
// sections are, and no character data, so the expectation is derived from
// each case: names, attributes with decoded values, self-closing flags,
// comments' data, how many doctypes; and character data as what lies between
// the tokens.

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
    'Script data state': 3, 'PLAINTEXT state': 4, 'CDATA section state': 5,
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

        const { tests = [], xmlViolationTests = [] } = JSON.parse(
            fs.readFileSync(path.join(folder, file), 'utf8'));

        for (const test of [...tests, ...xmlViolationTests]) {
            const double = (text) => test.doubleEscaped ? unescape(text) : text;

            for (const state of test.initialStates ?? ['Data state']) {
                all.push({
                    file, state, description: test.description,
                    input: double(test.input), last: test.lastStartTag ?? '',
                    coerced: xmlViolationTests.includes(test),
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

// Character references are decoded by another parser; NUL is none of its
// matter here, and numbers past all characters are too much for it.

function decodeText(text) {
    const small = text.replace(/&#(x?)0*([0-9a-f]+)/gi,
        (found, hex, digits) => digits.length < 8 ? `&#${hex}${digits}`
                                                  : `&#x110000`);

    return small.split('\0').map((part) => part.includes('&')
        ? parseFragment(`<pre>\n${part.replace(/</g, '&lt;')}`)
            .childNodes[0].childNodes.map(({ value }) => value).join('')
        : part).join('\0');
}

// Character data of a state, as the tokens of a case give it.

function characters(raw, state) {
    switch (state) {
    case 'Data state':
        return decodeText(clean(raw).replaceAll('</>', ''));
    case 'CDATA section state':
        return clean(raw);
    case 'RCDATA state':
        return replaceNul(decodeText(clean(raw)));
    default:
        return replaceNul(clean(raw));
    }
}

// At the end of input, what began a tag is dropped, but for its first bytes.

function textEnd(bytes, pending) {
    return /^<\/?$/.test(bytes.toString('latin1', pending)) ? bytes.length
                                                           : pending;
}

function add(found, text) {
    if (text && found.at(-1)?.[0] === 'Character') {
        found.at(-1)[1] += text;
    } else if (text) {
        found.push(['Character', text]);
    }
}

// Tokens from the program's lines.

function tokens(lines, { bytes, state: first }) {
    const slice = (from, to) => bytes.toString('utf8', from, to);
    const found = [];
    let attrs = {};
    let state = first;
    let at = 0;

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

        if (what === 'T') {
            add(found, characters(slice(at, textEnd(bytes, n[0])), state));
            continue;
        }

        const [start, end] = what === 'O' ? n.slice(1) : n;
        const raw = slice(start, end);

        if (what === 'O' && n[0] === 2) {
            add(found, characters(raw.replace(/]]>$/, ''), state));

        } else {
            add(found, characters(slice(at, start), state));
        }

        if (what === 'O' && n[0] < 2) {
            found.push(n[0] === 1 ? ['DOCTYPE']
                                  : ['Comment',
                                     replaceNul(clean(commentData(raw)))]);
        } else if (what !== 'O') {
            const name = replaceNul(/^<\/?([^\t\n\f\r />]*)/.exec(raw)[1])
                .replace(/[A-Z]/g, (c) => c.toLowerCase());

            found.push(what === 'E' ? ['EndTag', name]
                : ['StartTag', name, attrs, ...n[2] ? [true] : []]);
        }

        at = end;
        state = 'Data state';
        attrs = {};
    }

    return found;
}

// xmlViolation.test is for parsers that feed an XML tree: what XML cannot
// hold is replaced.

function coerce(list) {
    return list.map(([kind, text, ...rest]) =>
        kind === 'Character'
            ? [kind, text.replace(/\uffff/g, '\ufffd').replace(/\f/g, ' ')]
        : kind === 'Comment' ? [kind, text.replace(/--/g, '- -')]
        : [kind, text, ...rest]);
}

// Doctypes are only counted, neighbouring character tokens are one, and half
// a surrogate pair cannot come in bytes.

function expected(output) {
    const list = [];

    for (const token of output) {
        if (token[0] === 'Character') {
            add(list, token[1].toWellFormed());
        } else {
            list.push(token[0] === 'DOCTYPE' ? ['DOCTYPE'] : [...token]);
        }
    }

    return list;
}

const all = cases();
const input = Buffer.concat(all.map((c) => {
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

const counts = { StartTag: 0, EndTag: 0, Comment: 0, DOCTYPE: 0,
                 Character: 0 };
let assertions = 0;
const wrong = [];
const split = [];

all.forEach((c, i) => {
    const lines = lists[i];

    if (lines.some((line) => line.startsWith('differs'))) {
        split.push(`${c.file}: ${c.description}: ${lines[0]}`);
    }

    const told = tokens(lines.filter((l) => !l.startsWith('differs')), c);
    const got = JSON.stringify(c.coerced ? coerce(told) : told);
    const list = expected(c.output);

    // each token, and that there are no others
    assertions += list.length + 1;
    list.forEach(([kind]) => counts[kind]++);

    if (got !== JSON.stringify(list)) {
        wrong.push(`${c.file} (${c.state}): ${c.description}\n`
                   + `  ${JSON.stringify(c.input)}\n  got ${got}\n`
                   + `  not ${JSON.stringify(list)}`);
    }
});

note(`${all.length - wrong.length} of ${all.length} runs, each fed whole, byte`
     + ` by byte and at every split; ${assertions} assertions`);
note(Object.entries(counts).map((entry) => entry.join(' ')).join(', '));
ok(all.length >= 7036 && lists.length > all.length, 'the cases were run');
ok(split.length === 0, 'every feeding yields the same',
   `${split.length}\n${split.join('\n')}`);
ok(wrong.length === 0, 'every token is as expected',
   `${wrong.length}\n${wrong.join('\n')}`);
done();

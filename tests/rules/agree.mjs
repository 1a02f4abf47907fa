// The schema and the loader agree: rule files that are made up, good ones and
// each kind of fault, are judged by a validator that is not ours and by
// consentctl lint.  Where the loader sees a fault, it names the place.
//
// CONSENT_FILES is how many; CONSENT_SEED begins the series.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { need } from '../lib/modules.mjs';
import { root } from '../lib/nginx.mjs';
import { random } from '../lib/random.mjs';
import { done, note, ok } from '../lib/tap.mjs';

const Ajv = need('ajv/dist/2020').default;

const count = Number(process.env.CONSENT_FILES ?? 300);
const next = random(Number(process.env.CONSENT_SEED ?? 20261122));
const ctl = process.env.CONSENTCTL ?? `${root}/build/consentctl`;
const folder = mkdtempSync(join(tmpdir(), 'agree.'));
const file = join(folder, 'x.json');

// Strict: a keyword that the standard does not know is a fault of the schema.
const schema = JSON.parse(readFileSync(`${root}/rules/consent-rules.schema.json`,
                                       'utf8'));
const ajv = new Ajv({ strict: true, strictTypes: true, allErrors: true });
const valid = ajv.compile(schema);

const pick = (...list) => list[next(list.length)];
const some = (list, most = list.length) => {
    const from = next(list.length);
    const n = 1 + next(Math.min(most, list.length - from));
    return list.slice(from, from + n);
};
const maybe = (object, key, value) => {
    if (next(2)) {
        object[key] = value();
    }
};


// Good files.

const purposes = ['necessary', 'functional', 'personalization', 'analytics',
                  'marketing', 'embeds'];
const types = ['script', 'image', 'style', 'font', 'media', 'frame', 'object',
               'connect', 'ping', 'worker', 'manifest', 'prefetch',
               'document', 'form', 'hint', 'other'];
const word = () => pick('ip', 'device', 'own-word', 'a', '0', '_x', 'x'.repeat(64));
const text = () => pick('One', 'Zwölf Ämter', ' x', '"', '\u00a0', '例', '\u007f');
const url = () => pick('https://one.example/privacy', 'http://a.b', 'https://x',
                       'https://A.Example:8080/?q#f', 'https://a_b.c-d.test',
                       'https://xn--bcher-kva.example/ü', 'https://a.b:65535/');
const host = () => pick('one.example', 'a-b.c_d.example', 'localhost', '1.2.3.4',
                        'xn--bcher-kva.example', '2o7.net', '1.a', '[::1]',
                        `${'a.'.repeat(120)}test`);
const path = () => pick('/a', '/a/*.js', '*/x', '/a?b=*', '/%20', '/~', '/*x');
const regex = () => pick('^https://a\\.test/', 'a|b', '\\w+\\.js', '(?i)X', 'ü');
const literal = () => pick('load("', 'a.b', 'x = 1', '.src="//a.test/', "f('x')",
                           'ä.b', 'x'.repeat(512));
const retention = () => pick('session', 'persistent', 'P6M', 'P1Y2M3W4D', 'PT30M',
                             'P1DT12H5S', 'P0D', 'P0999Y');

function texts() {
    const object = { en: text() };

    maybe(object, 'de', text);
    maybe(object, pick('pt-br', 'zh-hant-tw', 'a1', 'sr-latn-rs'), text);

    return object;
}

function purpose(key) {
    const object = { key, title: texts() };

    maybe(object, 'description', texts);
    maybe(object, 'benefit', texts);
    maybe(object, 'example', texts);
    maybe(object, 'necessary', () => pick(true, false));
    maybe(object, 'gpc', () => pick(true, false));
    maybe(object, 'tcf', () => pick([], [1, 2.5]));
    maybe(object, 'tcf_special', () => [1]);
    maybe(object, 'gpp', () => pick([], ['sale', 'own']));
    maybe(object, 'consent_mode', () => ['ad_storage']);
    maybe(object, 'note', () => pick('', 'note'));

    return object;
}

function matcher() {
    if (next(4) === 0) {
        return pick({ inline: [literal(), literal()] },
                    { inline: [literal()], note: '' });
    }

    const object = {};
    const keys = some(['host', 'path', 'regex']);

    if (keys.includes('host')) { object.host = host(); }
    if (keys.includes('path')) { object.path = path(); }
    if (keys.includes('regex')) { object.regex = regex(); }
    maybe(object, 'types', () => some(types));
    maybe(object, 'party', () => pick('first', 'third', 'any'));
    maybe(object, 'note', () => 'note');

    return object;
}

function source() {
    const object = { source: text() };

    maybe(object, 'licence', text);
    maybe(object, 'checked', () => pick('2026-11-22', '0000-99-99'));
    maybe(object, 'url', url);
    maybe(object, 'note', () => '');

    return object;
}

function service(id, known) {
    const object = { id, name: text(), purposes: some(known) };

    maybe(object, 'controller', text);
    maybe(object, 'country', () => pick('IE', 'ZZ'));
    maybe(object, 'policy_url', url);
    maybe(object, 'placeholder', word);
    maybe(object, 'data', () => pick([], [word(), word()]));
    maybe(object, 'category', text);
    maybe(object, 'note', () => '');
    maybe(object, 'match', () => pick([], [matcher()], [matcher(), matcher()]));
    maybe(object, 'storage', () => [stored(), stored()]);
    maybe(object, 'fills', () => pick([], [filled()], [filled(), filled()]));
    maybe(object, 'provenance', () => pick([], [source()]));

    return object;
}

function filled() {
    const object = {
        element: pick('.a', '#b, c-d', 'form[method=post]', 'a.b#c[d]'),
    };

    maybe(object, 'original', () => pick('href', 'data-a-1'));
    maybe(object, 'frame', () => pick('{url}', 'https://a.b/{name}?u={url}'));
    maybe(object, 'otherwise', () => pick(true, false));
    maybe(object, 'note', () => '');

    return object;
}

function stored() {
    const object = {
        kind: pick('cookie', 'localStorage', 'sessionStorage', 'indexedDB',
                   'cacheStorage'),
        name: pick('_ga', '_ga_*', '*x', 'ä', 'a b'),
    };

    maybe(object, 'retention', retention);
    maybe(object, 'note', () => '');

    return object;
}

function good() {
    const object = { version: 1 };
    let known = purposes;

    maybe(object, '$schema', () => 'consent-rules.schema.json');
    maybe(object, 'note', () => 'note');
    maybe(object, 'provenance', () => [source()]);

    if (next(3) === 0) {
        known = some(['own', 'a1', 'x_y', 'x'.repeat(64)]);
        object.purposes = known.map(purpose);
    }

    maybe(object, 'services', () => pick([], ['a', '0-b_', 'x'.repeat(64)])
                                    .map((id) => service(id, known)));

    return object;
}


// Everything there is, to change one thing in.

const full = () => ({
    $schema: 'x', version: 1, note: 'n',
    provenance: [{ source: 's', url: 'https://a.test/', licence: 'MIT',
                   checked: '2026-11-22', note: 'n' }],
    purposes: [{ key: 'own', title: { en: 'Own', 'pt-br': 'x' },
                 description: { en: 'x' }, benefit: { en: 'x' },
                 necessary: false, gpc: true, tcf: [1], tcf_special: [1],
                 gpp: ['sale'], consent_mode: ['ad_storage'], note: 'n' },
               { key: 'other', title: { en: 'x' } }],
    services: [{ id: 'one', name: 'One', controller: 'One Ltd', country: 'IE',
                 policy_url: 'https://one.test/', purposes: ['own', 'other'],
                 data: ['ip'], placeholder: 'video', category: 'c', note: 'n',
                 match: [{ host: 'one.test', path: '/a', regex: 'x',
                           types: ['script'], party: 'any', note: 'n' },
                         { inline: ['one.load('], note: 'n' }],
                 storage: [{ kind: 'cookie', name: 'one', retention: 'P1D',
                             note: 'n' }],
                 fills: [{ element: 'div.a[b=c], #d', original: 'href',
                           frame: 'https://one.test/{name}',
                           otherwise: true, note: 'n' }],
                 provenance: [{ source: 's' }] },
               { id: 'two', name: 'Two', purposes: ['own'] }],
});

// Places in it, as lists of keys.

function* places(value, at = []) {
    yield at;

    if (value !== null && typeof value === 'object') {
        for (const key of Object.keys(value)) {
            yield* places(value[key], [...at, Array.isArray(value)
                                              ? Number(key) : key]);
        }
    }
}

const get = (value, at) => at.reduce((node, key) => node[key], value);

function put(value, at, to) {
    if (at.length === 0) {
        return to;
    }

    const node = get(value, at.slice(0, -1));
    const key = at.at(-1);

    if (to === undefined && Array.isArray(node)) {
        node.splice(key, 1);
    } else if (to === undefined) {
        delete node[key];
    } else {
        node[key] = to;
    }

    return value;
}


// JSON with a value a line, and the line where each begins.

function write(value) {
    const lines = new Map();
    const out = [];
    let row = 1;

    const line = (s) => { out.push(s, '\n'); row++; };

    function node(v, at, before, after) {
        lines.set(at.join('/'), row);

        if (v === null || typeof v !== 'object'
            || Object.keys(v).length === 0)
        {
            line(`${before}${JSON.stringify(v)}${after}`);
            return;
        }

        const list = Array.isArray(v);
        const keys = Object.keys(v);

        line(`${before}${list ? '[' : '{'}`);
        keys.forEach((key, i) => {
            node(v[key], [...at, key],
                 list ? '' : `${JSON.stringify(key)}: `,
                 i + 1 < keys.length ? ',' : '');
        });
        line(`${list ? ']' : '}'}${after}`);
    }

    node(value, [], '', '');

    return { text: out.join(''), lines };
}


function load(text) {
    writeFileSync(file, text);

    const run = spawnSync(ctl, ['lint', 'x.json'],
                          { cwd: folder, encoding: 'utf8' });
    const said = run.stdout.split('\n')
        .filter((line) => /^x\.json:/.test(line) && !/: warning: /.test(line));

    if (run.status !== 0 && run.status !== 1) {
        throw new Error(`lint: ${run.status} ${run.signal}: ${run.stderr}`);
    }

    return { good: run.status === 0, said };
}


// 1 if a value of that line is the one at a place, within it, or holds it.

function isAt(row, at, lines) {
    const place = at.join('/');
    const above = at.slice(0, -1).join('/');

    for (const [name, line] of lines) {
        if (line === row && (name === place || name === above
                             || name.startsWith(`${place}/`)))
        {
            return true;
        }
    }

    return false;
}


let files = 0;
let refused = 0;

// expected: of schema and loader alike, or [schema, loader].  at: where the
// loader must see a fault, or above.

function judge(name, value, expected, at) {
    const [schemaSays, loaderSays] = [expected].flat().length === 2
        ? expected : [expected, expected];
    const { text, lines } = write(value);
    const one = valid(value);
    const two = load(text);
    const why = [JSON.stringify(valid.errors), ...two.said, text].join('\n');
    let place = true;

    files++;
    refused += !two.good;

    for (const line of two.said) {
        place &&= /^x\.json:\d+:\d+: \S/.test(line);
    }

    if (at && !two.good) {
        place &&= two.said.some((line) => isAt(Number(line.split(':')[1]), at,
                                               lines));
    }

    return ok(one === schemaSays && two.good === loaderSays && place,
              `${name}: ${one ? 'good' : 'bad'}`, why);
}


// Good files.

for (let i = 0; i < count; i++) {
    judge(`file ${i}`, good(), true);
}

judge('all there is', full(), true);

// Each value of another type, and each member left out.

const required = new RegExp('^version$|^services/[0-9]/purposes$'
                            + '|/(key|title|id|name|kind|source|inline|element)$');

// A text in one language only.
const onlyText = new Set(['purposes/0/description/en',
                          'purposes/0/benefit/en', 'purposes/1/title/en']);

for (const at of [...places(full())]) {
    const name = at.join('/');
    const was = get(full(), at);
    const last = at.at(-1);

    for (const to of some([null, 7, true, [], 'two words', {}, null, '', [[]],
                           [{}], { x: 1 }], 4))
    {
        if (typeof to === typeof was && Array.isArray(to)
            === Array.isArray(was) && to !== null)
        {
            continue;
        }

        // Numbers of the TCF are free.
        if (Array.isArray(get(full(), at.slice(0, -1)))
            && /tcf/.test(name) && to === 7)
        {
            continue;
        }

        judge(`${name} = ${JSON.stringify(to)}`, put(full(), at, to), false,
              at);
    }

    if (typeof last === 'string') {
        // Without the purposes the built-in ones serve: no "own" then.
        judge(`no ${name}`, put(full(), at), name === 'purposes'
              ? [true, false] : !required.test(name) && !onlyText.has(name),
              name === 'purposes'
              ? ['services', 0, 'purposes', 0] : at);
    }

    if (was !== null && typeof was === 'object' && !Array.isArray(was)) {
        // Any word may be a language.
        for (const key of ['$schema', 'version', 'Note', 'hosts', '']) {
            if (!(key in was) && !('en' in was && /^\w+$/.test(key)
                                   && key !== 'Note'))
            {
                judge(`${name} with "${key}"`,
                      put(full(), [...at, key], 'x'), false, [...at, key]);
            }
        }
    }
}

// Strings of each form, right and wrong.

const match = ['services', 0, 'match', 0];
const forms = [
    [['version'], [1, 1.0], [0, 2, 1.5, -1]],
    [['services', 0, 'id'], ['a', '0', 'a_-', 'x'.repeat(64)],
     ['A', '-a', '_a', 'a.b', 'ä', 'a ', 'unclassified', 'x'.repeat(65)]],
    [['services', 0, 'name'], ['x', '\u00a0', ' x '], [' ', '\t', '\n \r']],
    [['services', 0, 'country'], ['DE'], ['de', 'D', 'DEU', 'D1', 'Ä1']],
    [['services', 0, 'policy_url'],
     ['https://a', 'http://a.b/c d'.replace(' ', '%20'), 'https://a:0/',
      'https://a.b?c', 'https://a.b#c', 'https://1.a/', 'https://A_-.b/é'],
     ['a.b', '//a.b', 'HTTPS://a.b', 'https:/a.b', 'https://', 'https:///x',
      'https://a b/', 'https://a.b/ c', 'https://a..b/', 'https://.a/',
      'https://a./', 'https://1.2.3.4/', 'https://[::1]/', 'https://u@a.b/',
      'https://a.b:/', 'https://a.b:65536/', 'https://a.b:x/',
      'https://ä.b/', 'ftp://a.b/', 'javascript:alert(1)', ' https://a.b',
      'https://a.b/\u007f', 'https://a\\b/']],
    [['services', 0, 'placeholder'], ['0', '-', 'x'.repeat(64)],
     ['A', 'a b', 'a.b', 'x'.repeat(65), 'ä']],
    [['services', 0, 'data', 0], ['own'], ['IP', 'a b']],
    [['services', 0, 'fills', 0, 'element'],
     ['a', 'lite-youtube', '.a', '#a_B-1', '._x', 'a.b#c[d][e-f=g]', '[a=B_1]',
      '.a, b, #c', 'x'.repeat(256)],
     ['', ' ', 'A', '*', '.', '#', '[]', '[a', '[a=]', '[a=1]', '[A]', '[a_b]',
      '[a="b"]', '.1', 'a b', 'a > b', 'a,b', 'a, ', ', a', 'a:hover', '-a',
      'a_b', '.ä', 'a::before', 'x'.repeat(257)]],
    [['services', 0, 'fills', 0, 'original'], ['href', 'data-a1', 'x'.repeat(64)],
     ['', 'Href', '1a', 'a_b', 'a b', 'x'.repeat(65)]],
    [['services', 0, 'fills', 0, 'frame'],
     ['{url}', '{url}/embed', 'https://a.b/', 'https://A_-.b/x?y={url}&z#"\'<',
      `https://a/${'x'.repeat(246)}`],
     ['', '{name}', 'url', 'http://a.b/', 'https://a.b', 'https:///a',
      'https://a b/', 'https://a.b/ c', 'https://a.b/ä', '{url} ', '{url}ä',
      'https://u@a.b/', 'https://a:80/', `https://a/${'x'.repeat(247)}`]],
    [['purposes', 0, 'gpp', 0], ['own'], ['A b']],
    [['purposes', 0, 'consent_mode', 0], ['own_1'], ['A b']],
    [['purposes', 1, 'key'], [], ['A', '1a', 'a-b', '_a', 'ä', 'x'.repeat(65)]],
    [[...match, 'host'],
     ['a', 'a.b', '1.2.3.4', '255.255.255.255', '0.0.0.0', '_a.b', 'a-.b',
      '1a', 'a.1b', '0xa.b', '[::1]', 'a'.repeat(70)],
     ['A.b', 'ä.b', '*.a.b', '.a.b', 'a.b.', 'a..b', '.', 'https://a.b',
      'a.b/', 'a.b:80', 'a b', 'a@b', '1.2.3', '1.2.3.4.5', '256.1.1.1',
      '1.2.3.04', '127.1', '7', 'a.7', 'a.0x1f', '0x7f.0.0.1', '1.2.3.0x4',
      'a\\b', '[::1', '[x]', 'a%20b', 'a.b?', 'x'.repeat(254)]],
    [[...match, 'path'], ['/', '*', '/*', '/a"', '/%zz', '*a', '/a?b#'.slice(0, 4)],
     ['a', ' /a', '/a b', '/ä', '/a#b', '?a', '/a\t', `/${'x'.repeat(4096)}`]],
    [[...match, 'types', 0], types, ['scripts', 'SCRIPT', 'any']],
    [[...match, 'party'], ['first', 'third', 'any'], ['second', 'FIRST']],
    [[...match, 'regex'], ['a', '^x$', 'x'.repeat(4096)],
     [' ', '\n', 'x'.repeat(4097)]],
    [['services', 0, 'match', 1, 'inline', 0],
     ['a.b', 'a b c', '();', 'x'.repeat(512), '"ä"'],
     ['ab', 'a b', 'ä b', '  a  ', '( )', 'x'.repeat(513)]],
    [['services', 0, 'storage', 0, 'kind'],
     ['localStorage', 'sessionStorage', 'indexedDB', 'cacheStorage'], ['Cookie', 'local']],
    [['services', 0, 'storage', 0, 'name'], ['a*', '*a', ' ', 'ä'],
     ['*', '**']],
    [['services', 0, 'storage', 0, 'retention'],
     ['P1Y', 'P1M', 'P1W', 'P1D', 'PT1H', 'PT1M', 'PT1S', 'P1Y1M1W1DT1H1M1S'],
     ['P', 'PT', 'P1', 'P1DT', 'P1D1Y', 'PT1S1H', 'P1.5D', 'p1d', '1D',
      'P-1D', 'forever', 'Session', 'P1H', 'PT1D', ' P1D']],
    [['provenance', 0, 'url'], ['https://a.b'], ['a.b', 'javascript:x']],
    [['provenance', 0, 'checked'], ['2026-01-31'],
     ['2026-1-1', '2026-01-31T00:00', '31.01.2026', '2026/01/31']],
];

for (const [at, right, wrong] of forms) {
    for (const value of right) {
        judge(`${at.join('/')} = ${JSON.stringify(value).slice(0, 60)}`,
              put(full(), at, value), true);
    }

    for (const value of wrong) {
        judge(`${at.join('/')} = ${JSON.stringify(value).slice(0, 60)}`,
              put(full(), at, value), false, at);
    }
}

for (const lang of ['EN', 'e', 'en_us', 'en-', '-en', 'en-x', '1a',
                    'abcdefghi', 'en-abcdefghi', ''])
{
    judge(`language "${lang}"`,
          put(full(), ['purposes', 0, 'title', lang], 'x'), false,
          ['purposes', 0, 'title', lang]);
}

// Matchers: what fits together.

for (const [value, right] of [
    [{ host: 'a.b' }, true], [{ path: '/a' }, true], [{ regex: 'x' }, true],
    [{ inline: ['a.b'] }, true], [{ inline: ['a.b'], note: '' }, true],
    [{ host: 'a.b', path: '/' }, true], [{ regex: 'x', path: '/*' }, true],
    [{}, false], [{ note: '' }, false], [{ types: ['script'] }, false],
    [{ party: 'first' }, false], [{ path: '/' }, false],
    [{ path: '*' }, false], [{ path: '/**/' }, false],
    [{ inline: [] }, false], [{ inline: ['a.b'], host: 'a.b' }, false],
    [{ inline: ['a.b'], types: ['script'] }, false],
    [{ inline: ['a.b'], party: 'any' }, false],
    [{ inline: ['a.b', 'x'] }, false], [{ host: 'a.b', types: [] }, false],
])
{
    judge(`match ${JSON.stringify(value)}`, put(full(), match, value), right,
          match);
}

judge('no purposes', put(full(), ['services', 0, 'purposes'], []), false,
      ['services', 0, 'purposes']);
judge('a purpose twice', put(full(), ['services', 0, 'purposes'],
                             ['own', 'own']), false,
      ['services', 0, 'purposes', 1]);
judge('33 purposes', put(full(), ['purposes'], [...Array(33).keys()].map(
      (n) => ({ key: n ? `p${n}` : 'own', title: { en: 'x' } }))), false,
      ['purposes', 32]);

// What no schema can say.

for (const [name, at, value, where] of [
    ['an unknown purpose', ['services', 0, 'purposes', 1], 'othr'],
    ['an id twice', ['services', 1, 'id'], 'one', ['services', 1]],
    ['a purpose defined twice', ['purposes', 1, 'key'], 'own',
     ['purposes', 1]],
    ['a bad regex', [...match, 'regex'], '('],
    ['an inline text that is a comment',
     ['services', 0, 'match', 1, 'inline', 0], '/* x */'],
])
{
    judge(name, put(full(), at, value), [true, false], where ?? at);
}

// What editors show: each member says what it is, and what it may be.

function* members(node, at) {
    for (const [name, value] of Object.entries(node.properties ?? {})) {
        if (value !== true) {
            yield [`${at}/${name}`, value];
        }
    }

    for (const [name, value] of Object.entries(node.$defs ?? {})) {
        yield* members(value, `${at}/${name}`);
    }
}

const target = (node) => node.$ref
    ? { ...schema.$defs[node.$ref.split('/').at(-1)], ...node } : node;

for (const [name, node] of members(schema, '')) {
    const all = target(node);

    ok(all.title && all.description, `${name} has a title and a description`);
    ok(all.enum || all.anyOf || all.items || all.examples
       || all.type === 'boolean' || /note$|category$/.test(name),
       `${name} has values or examples to propose`);
}


rmSync(folder, { recursive: true });
note(`${files} files, ${refused} refused`);
ok(files >= 600 && refused > 200, 'enough of both kinds');
done();

// Chromium as the judge of charsets: the labels, which bytes are one
// character, and where a page's charset is looked for.

import fs from 'node:fs';
import http from 'node:http';

import { launchBrowser } from '../lib/browser.mjs';
import { root } from '../lib/nginx.mjs';
import { done, note, ok } from '../lib/tap.mjs';
import { filterPages } from './lib/cases.mjs';

const source = fs.readFileSync(
    `${root}/ngx_consent_module/core/consent_charset.c`, 'utf8');

// Our tables: [label, name], and { charset: [[first, last, low, high]] }.

const labels = [...source.matchAll(
    /\{ "([\w-]+)", CONSENT_CHARSET_\w+,\s+((?:"[^"]*"\s*)+)\}/g)]
    .flatMap(([, name, lists]) => lists.replace(/"\s*"|"/g, '').trim()
        .split(/\s+/).map((label) => [label, name]));

function pairs(table) {
    const [, rows] = new RegExp(`${table}\\[\\] = \\{(.*?)\\n\\};`, 's')
        .exec(source);

    return [...rows.matchAll(/\{ (.*?) \}/g)].map(([, row]) =>
        row.split(', ').map(Number));
}

const sets = {
    shift_jis: pairs('consent_charset_sjis'),
    gbk: pairs('consent_charset_gb'),
    gb18030: pairs('consent_charset_gb'),
    big5: pairs('consent_charset_big5'),
    'euc-jp': [],
    'euc-kr': null,
};

// Pages: what Chromium reads them in, and what we declare: "!" if they can't
// be told, "" if there is nothing to be declared.

const html = 'text/html';
const far = `<!--${'x'.repeat(1100)}-->`;
const edge = (n) => `<!--${'x'.repeat(n - 7)}-->`;
const wide = (text, big) => {
    const bytes = Buffer.from(text, 'utf16le');

    return (big ? bytes.swap16() : bytes).toString('latin1');
};

const pages = [

    // Content-Type

    [`${html}; charset=big5`, '<p>', 'Big5', ''],
    [`${html};CHARSET="big5"`, '<p>', 'Big5', ''],
    [`${html}; charset=" big5 "`, '<p>', 'Big5', ''],
    [`${html};\tcharset=big5\t`, '<p>', 'Big5', ''],
    [`${html}; a=b; charset=big5; c=d`, '<p>', 'Big5', ''],
    [`${html}; charset=; charset=big5`, '<p>', 'Big5', ''],
    [`${html}; charset=gbk; charset=big5`, '<p>', 'GBK', ''],
    [`${html}; a="; charset=gbk"; charset=big5`, '<p>', 'Big5', ''],
    [`${html}; charset="big5`, '<p>', 'Big5', ''],
    [`${html}; charset=big5, text/html`, '<p>', 'Big5', ''],
    [`${html}; charset = big5`, '<p>', 'windows-1252', ''],
    [`${html} charset=big5`, '<p>', 'windows-1252', ''],
    [`${html}; xcharset=big5`, '<p>', 'windows-1252', ''],
    [`${html}; charset='big5'`, '<p>', 'windows-1252', '!'],
    [`${html}; charset=big5 x`, '<p>', 'windows-1252', '!'],
    [`${html}; charset=nosuch`, '<p>', 'windows-1252', '!'],
    [`${html}; charset=nosuch; charset=big5`, '<p>', 'windows-1252', '!'],
    [`${html}; charset=utf-16`, wide('<p>'), 'UTF-16LE', '!'],
    [`${html}; charset=iso-2022-jp`, '<p>', 'ISO-2022-JP', '!'],
    [`${html}; charset=hz-gb-2312`, '<p>', 'replacement', '!'],
    [`${html}; charset=utf-7`, '<p>', 'windows-1252', '!'],
    [`${html}; charset=x-user-defined`, '<p>', 'x-user-defined', ''],

    // the order

    [`${html}; charset=gbk`, '\xef\xbb\xbf<p>', 'UTF-8', ''],
    [`${html}; charset=iso-2022-jp`, '\xef\xbb\xbf<p>', 'UTF-8', ''],
    [`${html}; charset=utf-8`, `\xff\xfe${wide('<p>')}`, 'UTF-16LE', '!'],
    [html, `\xfe\xff${wide('<p>', 1)}`, 'UTF-16BE', '!'],
    [html, '\xef\xbb\xbf<meta charset=gbk>', 'UTF-8', ''],
    [`${html}; charset=gbk`, '<meta charset=big5>', 'GBK', ''],
    [`${html}; charset=nosuch`, '<meta charset=big5>', 'Big5', 'big5'],
    [html, '<?xml encoding="gbk"?><meta charset=big5>', 'Big5', 'big5'],

    // meta

    [html, '<meta charset=big5>', 'Big5', 'big5'],
    [html, '<meta charset=" big5 ">', 'Big5', 'big5'],
    [html, '<meta charset=utf-16>', 'UTF-8', 'utf-8'],
    [html, '<meta charset=utf-16be>', 'UTF-8', 'utf-8'],
    [html, '<meta charset=x-user-defined>', 'windows-1252', 'windows-1252'],
    [html, '<meta charset=iso-2022-jp>', 'ISO-2022-JP', '!'],
    [html, '<meta charset=hz-gb-2312>', 'replacement', '!'],
    [html, '<meta charset=nosuch><meta charset=big5>', 'Big5', 'big5'],
    [html, '<meta charset=nosuch>', 'windows-1252', '!'],
    [html, '<meta http-equiv=content-type content="text/html; charset=gbk">',
        'GBK', 'gbk'],
    [html, '<meta content="text/html; charset=gbk" http-equiv=Content-Type>',
        'GBK', 'gbk'],
    [html, '<meta http-equiv=content-type content="charset  = \'gbk\' x">',
        'GBK', 'gbk'],
    [html, '<meta http-equiv=content-type content="charset charset=gbk">',
        'GBK', 'gbk'],
    [html, '<meta http-equiv=x content="charset=gbk">', 'windows-1252', ''],
    [html, '<meta content="charset=gbk">', 'windows-1252', ''],
    [html, '<meta charset=big5 http-equiv=content-type content=charset=gbk>',
        'Big5', 'big5'],
    [html, '<!-- <meta charset=big5> -->', 'windows-1252', ''],
    [html, '<!--><meta charset=big5>-->', 'Big5', 'big5'],
    [html, '<!---><meta charset=big5>-->', 'Big5', 'big5'],
    [html, '<p title="<meta charset=big5>">', 'windows-1252', ''],
    [html, '</meta charset=big5>', 'windows-1252', ''],
    [html, '<body><p><meta charset=big5>', 'Big5', 'big5'],
    [html, `${edge(1024 - 19)}<meta charset=big5>`, 'Big5', 'big5'],
    [html, '<?xml version="1.0" encoding="big5"?>', 'Big5', 'big5'],
    [html, '<?xml encoding="utf-16"?>', 'UTF-8', 'utf-8'],
    [html, ' <?xml encoding="big5"?>', 'windows-1252', ''],
    [html, wide('<?xml encoding="utf-16"?><p>'), 'UTF-16LE', '!'],
    [html, wide('<?xml encoding="utf-16"?><p>', 1), 'UTF-16BE', '!'],

    // where Chromium looks and the standard does not, and the other way round

    [html, `${edge(1024 - 18)}<meta charset=big5>`, 'Big5', ''],
    [html, `${far}<meta charset=big5>`, 'Big5', ''],
    [html, `<body>${far}<meta charset=big5>`, 'windows-1252', ''],
    [html, `${far}<meta charset=iso-2022-jp>`, 'ISO-2022-JP', ''],
    [html, '<meta charset="big&#53;">', 'Big5', '!'],
    [html, '<!-- --!><meta charset=big5>', 'Big5', ''],
    [html, '<meta charset=gbk charset=big5>', 'Big5', 'gbk'],
    [html, '<title><meta charset=big5></title>', 'windows-1252', 'big5'],
    [html, '<script>"<meta charset=big5>"</script>', 'windows-1252', 'big5'],
    [html, `<script>"<meta charset=big5>"</script>${far}`
        + '<meta charset=iso-2022-jp>', 'ISO-2022-JP', 'big5'],
];

const forms = pages.map(([type, text, chromium, ours]) =>
    ({ type, bytes: Buffer.from(text, 'latin1'), chromium, ours }));

for (const [label, name] of labels) {
    forms.push({ type: html, bytes: Buffer.from(`<meta charset="${label}">`),
                 label, name });
}

filterPages(forms, { once: true }).forEach(({ page, charset }, i) => {
    Object.assign(forms[i], { page, charset });
});

// Each page as it is, and as it comes out with what is declared.

const server = http.createServer((request, response) => {
    const [, filtered, n] = /^\/(f?)(\d+)$/.exec(request.url) ?? [];

    if (n === undefined) {
        // frames that declare nothing have the charset of the page around

        response.setHeader('content-type', `${html}; charset=windows-1252`);
        response.end('<p>x');
        return;
    }

    const { type, charset, bytes, page } = forms[n];
    const declared = filtered && charset
        ? `${html}; charset=${charset}` : type;

    response.setHeader('content-type', declared);
    response.end(filtered ? page : bytes);
});

await new Promise((ready) => server.listen(0, '127.0.0.1', ready));

const { port } = server.address();
const browser = await launchBrowser({ sink: 1 });
const tab = await browser.newPage();

await tab.goto(`http://127.0.0.1:${port}/`);

function readIn(urls) {
    return tab.evaluate(async (list) => {
        const out = [];

        for (let at = 0; at < list.length; at += 25) {
            out.push(...await Promise.all(list.slice(at, at + 25).map((url) =>
                new Promise((resolve) => {
                    const frame = document.createElement('iframe');

                    frame.onload = () => {
                        resolve(frame.contentDocument.characterSet);
                        frame.remove();
                    };
                    frame.src = url;
                    document.body.append(frame);
                }))));
        }

        return out;
    }, urls);
}

const before = await readIn(forms.map((_, i) => `/${i}`));
const after = await readIn(forms.map((_, i) => `/f${i}`));

// Second bytes below 0x80 that Chromium takes for a part of a character; "<"
// behind any two bytes must be left.

const taken = await tab.evaluate((names) => names.map((name) => {
    const decoder = new TextDecoder(name);
    const found = [];
    let lost = 0;

    for (let lead = 0x80; lead < 0x100; lead++) {
        for (let c = 0; c < 0x80; c++) {
            const text = decoder.decode(new Uint8Array([lead, c, 0x3c]));

            lost += text.at(-1) !== '<';

            if (text.length < 2 || text.at(-2) !== String.fromCharCode(c)) {
                found.push(lead * 256 + c);
            }
        }
    }

    return { found, lost };
}), Object.keys(sets));

await browser.close();
server.close();

const what = ({ type, bytes }) =>
    `${type} | ${bytes.toString('latin1').slice(0, 80)}`;

function check(name, list) {
    ok(list.length === 0, name, list.join('\n'));
}

const same = (one, other) => one.toLowerCase() === other.toLowerCase();
const listed = forms.filter(({ label }) => !label);
const named = forms.filter(({ label }) => label);

note(`${listed.length} pages, ${named.length} labels`);

ok(named.length === 228, 'all labels of the Encoding Standard');

check('Chromium reads the pages as listed', forms.flatMap((form, i) =>
    form.label || same(before[i], form.chromium) ? []
        : [`${what(form)}: ${before[i]}`]));

check('and so do we', listed.filter(({ charset, ours }) => charset !== ours)
    .map((form) => `${what(form)}: ${form.charset}`));

check('what is declared is what Chromium reads', forms.flatMap((form, i) =>
    !form.charset || form.charset === '!' || same(after[i], form.charset)
        ? [] : [`${what(form)}: ${after[i]}`]));

check('labels mean the same', forms.flatMap((form, i) => {
    if (!form.label) {
        return [];
    }

    const name = /^utf-16/.test(form.name) ? 'utf-8'
        : form.name === 'x-user-defined' ? 'windows-1252' : form.name;

    const odd = /^(iso-2022-jp|replacement)$/.test(name);

    return same(before[i], name) && form.charset === (odd ? '!' : name)
        ? [] : [`${form.label}: ${before[i]}, ${form.charset}`];
}));

Object.entries(sets).forEach(([name, rows], i) => {
    const { found, lost } = taken[i];

    ok(lost === 0, `${name}: no "<" is lost`);

    if (rows === null) {
        ok(found.every((pair) => /[A-Za-z]/.test(
            String.fromCharCode(pair & 0xff))),
           `${name}: only letters are second bytes`);
        return;
    }

    const ours = rows.flatMap(([first, last, low, high]) => {
        const list = [];

        for (let lead = first; lead <= last; lead++) {
            for (let c = low; c <= high; c++) {
                list.push(lead * 256 + c);
            }
        }

        return list;
    });

    ok(ours.sort((a, b) => a - b).join() === found.join(),
       `${name}: the same second bytes`, `${ours.length}, ${found.length}`);
});

done();
process.exit();

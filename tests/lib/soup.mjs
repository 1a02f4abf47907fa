// Tag soup made by a seeded grammar of the constructs that are hard to read:
// svg, math and their integration points, raw text, noscript, select,
// template, table, frameset, CDATA, comments and broken tags.

import { random } from './random.mjs';

const containers = [
    'svg', 'svg', 'svg', 'math', 'math', 'foreignObject', 'desc', 'title',
    'mi', 'mo', 'mtext', 'annotation-xml',
    'annotation-xml encoding="text/html"',
    'annotation-xml encoding="TEXT&#x2f;HTML"',
    'annotation-xml encoding="application/xml"', 'mglyph', 'malignmark',
    'g', 'a', 'p', 'div', 'span', 'b', 'nobr', 'font', 'font color=x', 'li',
    'ul', 'dl', 'dt', 'table', 'tr', 'td', 'tbody', 'caption', 'colgroup',
    'select', 'option', 'optgroup', 'template', 'template', 'frameset',
    'form', 'button', 'h1', 'h2', 'ruby', 'rt', 'object', 'body', 'html',
    'head', 'x-y', 'xxxxxxxxxxxxxxxxxxxxa', 'xxxxxxxxxxxxxxxxxxxxb', 'svg/',
    'g/', 'style/', 'title/', 'script/', 'annotation-xml/',
];
const texts = [
    'title', 'style', 'textarea', 'script', 'xmp', 'iframe', 'noembed',
    'noframes', 'noscript', 'noscript',
];
const single = ['br', 'hr', 'input', 'keygen', 'col', 'frame', 'image',
                'plaintext', '/p', '/br', '/svg', '/math', '/select',
                '/template', '/table', '/td', '/foreignObject', '/noscript',
                '/title', '/style', '/script', '/div', '/g', '/a', '/mi'];
const fetchers = [
    (url) => `<img src="${url}">`, (url) => `<img src=${url}>`,
    (url) => `<image href='${url}'/>`, (url) => `<frame src="${url}">`,
    (url) => `<script src="${url}"></script>`,
    (url) => `<iframe src="${url}"></iframe>`,
    (url) => `<link rel=stylesheet href="${url}">`,
    (url) => `<p style="background:url(${url})">`,
    (url) => `<input type=image src="${url}">`,
    (url) => `<body background="${url}">`, (url) => `<use href="${url}"/>`,
];

// One soup, whose hosts are "h0.DOMAIN" and so on.  Anew for each seed, so that
// a difference can be had again alone.

export function brew(seed, domain) {
    const dice = random(seed);
    const pick = (list) => list[dice(list.length)];
    let hosts = 0;
    let tags = 0;

    // each start tag has a mark, so that readings can be told apart
    const open = (start) => start.replace(/(?=\/?$)/, ` k${tags++}`);
    const fetcher = () => pick(fetchers)(`//h${hosts++}.${domain}/`)
        .replace(/^<\w+/, open);
    const some = (depth) => Array.from({ length: dice(4) }, () => piece(depth))
        .join('');

    function element(depth) {
        const start = pick(containers);
        const name = start.split(/[ /]/)[0];

        return `<${open(start)}>${some(depth - 1)}`
            + (dice(6) ? `</${name}>` : '');
    }

    function text(depth) {
        const name = pick(texts);
        const begin = name === 'script' && !dice(3) ? '<!--' : '';
        const inner = dice(2) ? fetcher() : some(depth - 1);
        const middle = dice(5) ? '' : begin ? '<script>' : '</svg>';

        return `<${open(name)}>${begin}${middle}${inner}`
            + (begin && dice(2) ? '-->' : '')
            + (dice(8) ? `</${name}${pick(['', '', ' ', '/'])}>` : '');
    }

    function hidden(depth) {
        const inner = dice(2) ? fetcher() : some(depth - 1);

        return pick([
            `<!--${inner}-->`, `<!--${inner}`, `<!-->${inner}-->`,
            `<![CDATA[${inner}]]>`, `<![CDATA[x>${inner}]]>`,
            `<![CDATA[x>${inner}`, `<?x ${inner}?>`, `<!x ${inner}>`,
            `<p title="${inner.replace(/"/g, '\'')}">`, `<p title="${inner}`,
            `<a b='${inner}`, `</x y="${inner}">`, `]]>${inner}`, '-->',
            `x${inner}`, '<', '</', '<!',
        ]);
    }

    function piece(depth) {
        if (depth <= 0) {
            return fetcher();
        }

        switch (dice(8)) {
        case 0:
        case 1:
        case 2:
            return element(depth);
        case 3:
            return text(depth);
        case 4:
            return hidden(depth);
        case 5:
            return `<${pick(single)}>`;
        case 6:
            return `</${pick(containers).split(/[ /]/)[0]}>`;
        default:
            return fetcher();
        }
    }

    const begin = pick(['', '', '<!DOCTYPE html><body>', '<div>',
                        '<!DOCTYPE html><head>', '<table><tr><td>', 'x']);

    return begin + Array.from({ length: 2 + dice(6) }, () => piece(4)).join('');
}

// What of a parsed page would make a browser fetch: written from the HTML
// standard for the tests alone, independent of core/consent_carrier.c.

import { need } from './modules.mjs';

const { parse } = need('parse5');

const images = new Set(['img', 'image', 'source', 'anim']);

const attributes = {
    script: ['src'],
    iframe: ['src'],
    frame: ['src'],
    img: ['src', 'srcset'],
    source: ['src', 'srcset'],
    video: ['src', 'poster'],
    audio: ['src'],
    track: ['src'],
    embed: ['src', 'code'],
    object: ['data'],
    image: ['href', 'xlink:href'],
    use: ['href', 'xlink:href'],
    feImage: ['href', 'xlink:href'],
    'amp-img': ['src', 'srcset'],
    'amp-anim': ['src', 'srcset'],
    'amp-pixel': ['src'],
    'amp-iframe': ['src'],
    'amp-video': ['src', 'poster'],
    'amp-video-iframe': ['src'],
    'amp-audio': ['src'],
    'amp-ad': ['src', 'data-src'],
    'amp-embed': ['src', 'data-src'],
    'amp-analytics': ['config'],
    'amp-list': ['src'],
    'amp-state': ['src'],
};

for (const name of ['body', 'table', 'colgroup', 'col', 'thead', 'tbody',
                    'tfoot', 'tr', 'td', 'th']) {
    attributes[name] = ['background'];
}

// SVG 2, 6.6: properties that may hold a url(), as attributes.

const properties = ['fill', 'stroke', 'filter', 'mask', 'clip-path', 'cursor',
                    'marker-start', 'marker-mid', 'marker-end'];

const svg = 'http://www.w3.org/2000/svg';

const linkTypes = {
    stylesheet: 'style',
    icon: 'image',
    'apple-touch-icon': 'image',
    'apple-touch-icon-precomposed': 'image',
    'mask-icon': 'image',
    'fluid-icon': 'image',
    modulepreload: 'script',
    prefetch: 'prefetch',
    next: 'prefetch',
    prerender: 'prefetch',
    preconnect: 'hint',
    'dns-prefetch': 'hint',
    manifest: 'manifest',
};

const preloadTypes = {
    script: 'script', style: 'style', image: 'image', font: 'font',
    fetch: 'connect', audio: 'media', video: 'media', track: 'media',
};

const types = {
    script: 'script', iframe: 'frame', frame: 'frame', img: 'image',
    source: 'media', video: 'media', audio: 'media', track: 'media',
    embed: 'object', object: 'object', image: 'image', use: 'image',
    feImage: 'image', 'amp-img': 'image', 'amp-anim': 'image',
    'amp-pixel': 'image', 'amp-iframe': 'frame', 'amp-video': 'media',
    'amp-video-iframe': 'frame', 'amp-audio': 'media', 'amp-ad': 'frame',
    'amp-embed': 'frame', 'amp-analytics': 'connect', 'amp-list': 'connect',
    'amp-state': 'connect',
};

export function attribute(node, name) {
    for (const attr of node.attrs ?? []) {
        const full = attr.prefix ? `${attr.prefix}:${attr.name}` : attr.name;

        if (full === name) {
            return attr.value;
        }
    }

    return undefined;
}

// HTML 4.8.4.2, the URLs of a srcset.

export function srcset(value) {
    const urls = [];
    let rest = value;

    for (;;) {
        rest = rest.replace(/^[\s,]+/, '');

        if (!rest) {
            return urls;
        }

        const url = /^[^\t\n\f\r ]+/.exec(rest)[0];
        rest = rest.slice(url.length);

        if (url.endsWith(',')) {
            urls.push(url.replace(/,+$/, ''));
            continue;
        }

        urls.push(url);

        const found = /^(?:[^,(]|\([^)]*(?:\)|$))*/.exec(rest);
        rest = rest.slice(found[0].length);
    }
}

function linkType(node) {
    const rels = (attribute(node, 'rel') ?? '').toLowerCase().split(/\s+/);

    for (const rel of rels) {
        if (rel === 'preload') {
            return preloadTypes[(attribute(node, 'as') ?? '').toLowerCase()];
        }

        if (linkTypes[rel]) {
            return linkTypes[rel];
        }
    }

    return undefined;
}

// CSS Syntax 3, as far as it finds url() and @import: comments, strings,
// url tokens, names, any other character.  Escapes are not undone.

const cssToken = new RegExp([
    /\/\*[^]*?(?:\*\/|$)/,
    /(["'])((?:\\[^]|(?!\1)[^\n\f\r\\])*)(?:\1|$|(?=[\n\f\r]))/,
    /url\(\s*(?=["'])/, /url\(\s*([^)\s"'(]*)(?=\s*(?:\)|$))/, /@?(?:[\w\u0080-\uffff-]|\\[^\n\f\r])+/,
    /[^]/].map(({ source }) => source).join('|'), 'gi');

function* fetchesOfCss(css, attr) {
    let rule = '';
    let inside = false;

    for (const [token, , string, bare] of css.matchAll(cssToken)) {
        const named = inside || rule === '@import' ? string : '';
        const value = rule === '@namespace' ? '' : bare ?? named;

        if (value) {
            yield { attr, value, type: rule === '@import' ? 'style' : 'image' };
            rule = '';
        }

        if (token.startsWith('@')) {
            rule = token.toLowerCase();
        } else if (/[;{}]/.test(token) && token.length === 1) {
            rule = '';
        }

        inside = /^url\(/i.test(token) && bare === undefined
                 && rule !== '@namespace';
    }
}

// SMIL Animation 3.2.2: what an animation puts into an attribute.

function* fetchesOfAnimation(node) {
    const target = attribute(node, 'attributeName') ?? '';

    for (const attr of ['from', 'to', 'by', 'values']) {
        const value = attribute(node, attr) ?? '';

        if (!/^(xlink:)?href$/.test(target)) {
            yield* fetchesOfCss(value, attr);
            continue;
        }

        for (const url of attr === 'values' ? value.split(';') : [value]) {
            if (url.trim() && !url.trim().startsWith('#')) {
                yield { attr, value: url.trim(), type: 'image' };
            }
        }
    }
}

function* fetchesOfSvg(node) {
    for (const attr of properties) {
        yield* fetchesOfCss(attribute(node, attr) ?? '', attr);
    }

    if (node.nodeName === 'animate' || node.nodeName === 'set') {
        yield* fetchesOfAnimation(node);
    }

    for (const attr of node.nodeName === 'script' ? ['href', 'xlink:href']
                                                  : []) {
        const value = attribute(node, attr);

        if (value && isCode(attribute(node, 'type'))) {
            yield { attr, value, type: 'script' };
        }
    }
}

function* fetchesOf(node) {
    const name = node.nodeName;

    yield* fetchesOfCss(attribute(node, 'style') ?? '', 'style');

    if (node.namespaceURI === svg) {
        yield* fetchesOfSvg(node);
    }

    if (name === 'style') {
        if (!/^(text\/css)?$/i.test(attribute(node, 'type') ?? '')) {
            return;
        }

        yield* fetchesOfCss((node.childNodes ?? [])
            .map((child) => child.value ?? '').join(''), 'text');
        return;
    }

    if (name === 'link') {
        const type = linkType(node);
        const href = attribute(node, 'href');

        if (type && href) {
            yield { attr: 'href', value: href, type };
        }

        return;
    }

    if (name === 'meta') {
        const refresh = (attribute(node, 'http-equiv') ?? '').toLowerCase();
        const found = /^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?(["']?)(.+?)\1\s*$/i
            .exec(attribute(node, 'content') ?? '');

        if (refresh === 'refresh' && found) {
            yield { attr: 'content', value: found[2], type: 'document' };
        }

        return;
    }

    if (name === 'input') {
        const src = attribute(node, 'src');

        if ((attribute(node, 'type') ?? '').toLowerCase() === 'image' && src) {
            yield { attr: 'src', value: src, type: 'image' };
        }

        return;
    }

    if (name === 'script'
        && !isCode(attribute(node, 'type'), attribute(node, 'language')))
    {
        return;
    }

    for (const attr of attributes[name] ?? []) {
        const value = attribute(node, attr);

        if (!value) {
            continue;
        }

        // "#…" is of this page, whatever its base: SVG 2, 16.1.3

        if (/^(use|feImage)$/.test(name) && value.startsWith('#')) {
            continue;
        }

        const type = ['srcset', 'poster', 'background'].includes(attr)
                     ? 'image' : types[name];
        const list = attr === 'srcset' && images.has(name.replace(/^amp-/, ''))
                     ? srcset(value) : [value];

        for (const url of list) {
            yield { attr, value: url, type };
        }
    }
}

export function isCode(type) {
    return type === undefined || type.trim() === ''
        || /^(module|(text|application)\/(x-)?(java|ecma)script|text\/(javascript1\.[0-5]|jscript|livescript))$/i
            .test(type.trim());
}

export function* walk(node) {
    yield node;

    for (const child of node.childNodes ?? []) {
        yield* walk(child);
    }

    if (node.content) {
        yield* walk(node.content);
    }
}

export function parsePage(html, scripting) {
    return parse(html, { scriptingEnabled: scripting });
}

// A base counts in HTML alone, and not in a template.

function isBase(node) {
    let top = node;

    while (top.parentNode) {
        top = top.parentNode;
    }

    return node.namespaceURI === 'http://www.w3.org/1999/xhtml'
        && top.nodeName === '#document';
}

// Pages inside of a page: srcdoc, and data: URLs that are shown.

const data = /^data:([^,;]*)((?:;[^,]*)?),([^#]*)/i;

function inner(name, attr, value, url) {
    if (name === 'iframe' && attr === 'srcdoc') {
        return parsePage(value, false);
    }

    const found = /^(iframe|frame|object|embed)$/.test(name)
        && url?.protocol === 'data:' && data.exec(url.href);

    if (!found || found[1].trim().toLowerCase() !== 'text/html') {
        return null;
    }

    const bytes = found[3].replace(/%([0-9a-f]{2})/gi,
        (_, hex) => String.fromCharCode(parseInt(hex, 16)));

    return parsePage(/;\s*base64\s*$/i.test(found[2])
        ? Buffer.from(bytes, 'base64').toString('latin1') : bytes, false);
}

// Every fetch of the page: { node, attr, type, url }, url a WHATWG URL.

export function fetches(document, page) {
    let base = page;
    let based = false;
    const found = [];

    for (const node of walk(document)) {
        const href = node.nodeName === 'base' && attribute(node, 'href');

        // what stands before the first base was fetched without it

        if (!based && typeof href === 'string' && isBase(node)) {
            try {
                base = new URL(href, page).href;
                based = true;
            } catch {
                base = page;
            }
        }

        const srcdoc = attribute(node, 'srcdoc');
        const all = [...fetchesOf(node)];

        if (node.nodeName === 'iframe' && srcdoc) {
            all.push({ attr: 'srcdoc', value: srcdoc });
        }

        for (const { attr, value, type } of all) {
            let url;

            try {
                url = attr === 'srcdoc' ? null : new URL(value, base);
            } catch {
                continue;
            }

            const held = inner(node.nodeName, attr, value, url);

            if (held) {
                found.push(...fetches(held, base).map((one) =>
                    ({ ...one, node, attr: `${attr} ${one.attr}` })));
            }

            if (!url) {
                continue;
            }

            if (/^(https?|wss?|ftp):$/.test(url.protocol) && url.hostname) {
                found.push({ node, attr, type, url });
            }
        }
    }

    return found;
}

// What of a parsed page would make a browser fetch: written from the HTML
// standard for the tests alone, independent of core/consent_carrier.c.

import { need } from './modules.mjs';

const { parse } = need('parse5');

const images = new Set(['img', 'image', 'source']);

const attributes = {
    script: ['src'],
    iframe: ['src'],
    frame: ['src'],
    img: ['src', 'srcset'],
    source: ['src', 'srcset'],
    video: ['src', 'poster'],
    audio: ['src'],
    track: ['src'],
    embed: ['src'],
    object: ['data'],
    body: ['background'],
    table: ['background'],
    td: ['background'],
    image: ['href', 'xlink:href'],
    use: ['href', 'xlink:href'],
};

const linkTypes = {
    stylesheet: 'style',
    icon: 'image',
    'apple-touch-icon': 'image',
    'apple-touch-icon-precomposed': 'image',
    'mask-icon': 'image',
    'fluid-icon': 'image',
    modulepreload: 'script',
    prefetch: 'prefetch',
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
    embed: 'object', object: 'object', body: 'image', table: 'image',
    td: 'image', image: 'image', use: 'image',
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
    /url\(\s*(?=["'])/, /url\(\s*([^)\s]*)/, /@?(?:[\w\u0080-\uffff-]|\\[^\n\f\r])+/,
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

function* fetchesOf(node) {
    const name = node.nodeName;

    yield* fetchesOfCss(attribute(node, 'style') ?? '', 'style');

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

        const type = attr === 'srcset' || attr === 'poster'
                     ? 'image' : types[name];
        const list = attr === 'srcset' && images.has(name)
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

        for (const { attr, value, type } of fetchesOf(node)) {
            let url;

            try {
                url = new URL(value, base);
            } catch {
                continue;
            }

            if (/^(https?|wss?|ftp):$/.test(url.protocol) && url.hostname) {
                found.push({ node, attr, type, url });
            }
        }
    }

    return found;
}

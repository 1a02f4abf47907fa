// Real pages through a real nginx with the shipped rules.
//
// All granted: every page comes byte for byte as it lies in its file.
// Nothing granted: a parser that is not ours finds no element that would
// fetch what is denied, with scripting on and off, and no other change.

import fs from 'node:fs';

import { fetches, parsePage, walk } from '../lib/carriers.mjs';
import { fetchRaw, freePort, root, startNginx } from '../lib/nginx.mjs';
import { findPages } from '../lib/pages.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { denied, verdicts } from '../lib/verdicts.mjs';

const emptyImage = 'data:image/gif;base64,';
const emptySheet = 'data:text/css,';
const emptyStyle = /data:text\/css,#/g;
const placeholder = '/privacy-choices/placeholder?';

const found = findPages();
const port = await freePort();
const bare = await freePort();
const server = await startNginx(() => `
    consent enforce;
    consent_rules ${root}/rules/*.json;
    server {
        listen 127.0.0.1:${port};
        root ${found.folder};
    }
    server {
        listen 127.0.0.1:${bare};
        root ${found.folder};
        consent_banner off;
    }
`, port);

function attributeMap(node) {
    return new Map((node.attrs ?? []).map((attr) => [
        attr.prefix ? `${attr.prefix}:${attr.name}` : attr.name, attr.value]));
}

// The bound of an inline script that is kept back, in bytes, of which its tag
// takes some.

const maxInline = 65536 - 1024;

// Why two elements differ by more than what holding back may do; or null.

function difference(before, after) {
    if (before.nodeName !== after.nodeName) {
        return `<${before.nodeName}> became <${after.nodeName}>`;
    }

    // with scripting on, what noscript holds is one text, and was rewritten

    if (before.parentNode?.nodeName === 'noscript'
        && before.nodeName === '#text')
    {
        return null;
    }

    if (before.nodeName === '#text' || before.nodeName === '#comment') {
        const [a, b] = before.nodeName === '#text'
            ? [before.value, after.value] : [before.data, after.data];

        // one that is longer than what is kept back ends at a denied loader

        if (before.parentNode?.nodeName === 'script' && Buffer.byteLength(a) > maxInline
            && b.endsWith('\n#') && a.startsWith(b.slice(0, -2)))
        {
            return null;
        }

        // URLs of a style sheet are defused in place

        return a === b || (before.parentNode?.nodeName === 'style'
                           && a === b.replace(emptyStyle, ''))
               ? null : 'text changed';
    }

    const old = attributeMap(before);
    const now = attributeMap(after);
    const held = now.has('data-pc-service');

    for (const [name, value] of old) {
        const kept = now.get(name) === value;
        const moved = held && now.get(`data-pc-${name}`) === value;
        const defused = held && name === 'style'
            && now.get(name)?.replace(emptyStyle, '') === value;

        if (!kept && !moved && !defused) {
            return `<${before.nodeName}> lost ${name}="${value}"`;
        }
    }

    for (const [name, value] of now) {
        const put = held && (name.startsWith('data-pc-') || name === 'style'
            || (name === 'type' && value === 'text/plain')
            || (name === 'href' && value === emptySheet)
            || (name === 'src' && (value.startsWith(emptyImage)
                                   || value.includes(placeholder))));

        if (old.get(name) !== value && !put) {
            return `<${before.nodeName}> got ${name}="${value}"`;
        }
    }

    return null;
}

function firstDifference(before, after) {
    const a = [...walk(before)];
    const b = [...walk(after)];

    for (let i = 0; i < Math.min(a.length, b.length); i++) {
        const why = difference(a[i], b[i]);

        if (why) {
            return `node ${i}: ${why}`;
        }
    }

    return a.length === b.length ? null : `${a.length} nodes became ${b.length}`;
}

async function allowAll() {
    const answer = await fetchRaw(port, '/privacy-choices/choice', {
        method: 'POST',
        headers: { host: `127.0.0.1:${port}`,
                   'content-type': 'application/json' },
        body: '{"action":"accept"}',
    });

    is(answer.status, 200, 'a choice is taken');

    return (answer.headers['set-cookie'] ?? [''])[0].split(';')[0];
}

const cookie = await allowAll();
const changed = [];
const leaks = [];
const differ = [];
const questions = [];
const places = [];
let heldElements = 0;
let heldInline = 0;

// Bytes that are no UTF-8 must survive the comparison, so pages are read as
// Latin-1: tags and URLs of ASCII-compatible encodings look the same in it.

for (const page of found.pages) {
    const target = `/${page.name.split('/').map(encodeURIComponent).join('/')}`;
    const file = fs.readFileSync(page.file);

    const granted = await fetchRaw(port, target,
                                   { headers: { host: page.host, cookie } });

    if (Buffer.compare(granted.body, file) !== 0) {
        changed.push(page.name);
    }

    const answer = await fetchRaw(bare, target,
                                  { headers: { host: page.host } });
    const url = `http://${page.host}${target}`;

    for (const scripting of [true, false]) {
        const before = parsePage(file.toString('latin1'), scripting);
        const after = parsePage(answer.body.toString('latin1'), scripting);

        const why = firstDifference(before, after);

        if (why) {
            differ.push(`${page.name} (scripting ${scripting}): ${why}`);
        }

        const urls = fetches(after, url);

        for (const fetch of urls) {
            questions.push([fetch.url.href, url, fetch.type]);
            places.push(`${page.name} (scripting ${scripting}):`
                        + ` <${fetch.node.nodeName} ${fetch.attr}>`
                        + ` ${fetch.url.href.slice(0, 120)}`);
        }

        if (scripting) {
            for (const node of walk(after)) {
                const map = attributeMap(node);

                if (map.has('data-pc-service')) {
                    heldElements++;
                    heldInline += Number(node.nodeName === 'script'
                                         && !map.has('data-pc-src'));
                }
            }
        }
    }
}

verdicts(questions).forEach((verdict, i) => {
    if (denied(verdict)) {
        leaks.push(`${places[i]} ${verdict.purposes}`);
    }
});

note(`${questions.length} fetches left in the pages were judged`);
note(`${found.pages.length} pages${found.real ? ', real ones among them'
     : '; no real pages are here (../shared/data/pages.tar.xz): own only'}`);
note(`${heldElements} elements held back, ${heldInline} inline scripts`);

ok(found.pages.length > 0, 'there are pages');
ok(heldElements > 0, 'something is held back');
ok(changed.length === 0, 'all granted: every page is its file, byte for byte',
   changed.join('\n'));
ok(leaks.length === 0, 'nothing granted: no element fetches what is denied',
   `${leaks.length} leaks\n${leaks.join('\n')}`);
ok(differ.length === 0, 'nothing granted: nothing else is changed',
   `${differ.length} differ\n${differ.join('\n')}`);

await server.stop();
found.cleanup();
done();

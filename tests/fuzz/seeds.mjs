// Seeds for the fuzz targets, out of the table of evasions and the rules.
//
// usage: seeds.mjs FOLDER

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

import { loadCases, makePage } from '../evasion/lib/cases.mjs';
import { root } from '../lib/nginx.mjs';

const folder = process.argv[2];

function seed(target, data) {
    const name = crypto.createHash('sha1').update(data).digest('hex');
    const place = path.join(folder, target);

    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, name), data);
}

loadCases().forEach((one, i) => {
    const { bytes } = makePage(one, 1);
    const text = bytes.toString('latin1');

    if (bytes.length > 4000) {
        return;
    }

    const sets = ['utf-8', '-', 'shift_jis', 'gb', 'big5'];
    const set = one.guessed ? 5 : sets.findIndex((name) =>
        `${one.type ?? 'utf-8'}${text}`.includes(name));

    seed('html', Buffer.concat([
        Buffer.from([(one.xml ? 1 : 0) | (one.small ? 2 : 0) | (i % 2 * 8)
                     | (set > 0 ? set << 4 : 0), i % 251, 0]), bytes]));
    seed('charset', Buffer.concat([
        Buffer.from(`${one.type ?? 'text/html'}\0`), bytes]));

    for (const [, value] of text.matchAll(/=\s*"([^"]+)"/g)) {
        seed('values', Buffer.from(value, 'latin1'));
    }

    for (const [, value] of text.matchAll(/(?:src|href)=["']?([^"' >]+)/g)) {
        seed('url', Buffer.from(value, 'latin1'));
    }

    for (const [, value] of text.matchAll(/<style[^>]*>([^]*?)<\/style/g)) {
        seed('css', Buffer.from(`\x01${value}`, 'latin1'));
    }

    for (const [, value] of text.matchAll(/<script[^>]*>([^]+?)<\/script/g)) {
        seed('inline', Buffer.from(`\x01${value}`, 'latin1'));
    }
});

for (const file of fs.readdirSync(`${root}/rules`)) {
    const data = fs.readFileSync(`${root}/rules/${file}`);

    if (data.length < 20000) {
        seed('rules', data);
    }
}

seed('rules', fs.readFileSync(`${root}/tests/evasion/rules.json`));

for (const list of [
    '||denied.example^$third-party\n@@||a.denied.example/x$script\n',
    '/ads/*$script,domain=shop.example|~x.example,important\n||a.*^b^|',
    '/^https?:\\/\\/[a-z.]+\\/x/$match-case,to=a.*,denyallow=b.example\n',
    '! Title: x\n0.0.0.0 a.denied.example\n##.ad\n||x^$csp=y\n/x$badfilter\n',
    '@@||shop.example^$document\n||bücher.example^$~xhr\n|https://x/$all|',
]) {
    seed('abp', `\x00${list}`);
    seed('abp', `\x09${list}`);
}

for (const field of ['_ga=1; a="b; c"; privacy=x; =y; z',
                     'a=b;c=d;;e', ' _gid = 2 ']) {
    seed('header', `\x00${field}`);
}

for (const field of ['<//denied.example/a.js>; rel=preload; as=script',
                     '</a>; rel="preconnect x", <https://u.example/>;rel=icon',
                     '<a,b>; rel=prefetch; imagesrcset="x 1x, //y.example/ 2x"']) {
    seed('header', `\x01${field}`);
}

for (const field of ['a=b; Path=/; Max-Age=0; Domain=.x.example; HttpOnly',
                     'x=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']) {
    seed('header', `\x02${field}`);
}

seed('header', '\x035; url=\'http://denied.example/\'');

for (const text of ['', '<p>x</p>', '<p>text </p>'.repeat(300)]) {
    [zlib.gzipSync(text), zlib.deflateSync(text), zlib.brotliCompressSync(text)]
        .forEach((data, i) =>
            seed('decode', Buffer.concat([Buffer.from([i]), data])));
    seed('decode', Buffer.concat([Buffer.from([1]),
                                  zlib.deflateRawSync(text)]));
}

// A frame of one raw block, as there is no encoder of zstd in Node.
seed('decode', Buffer.from('\x03\x28\xb5\x2f\xfd\x00\x58\x09\x00\x00<',
                           'latin1'));

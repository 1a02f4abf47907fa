// Each evasion, fed whole, at every split in two and byte by byte: the same
// comes out, and a parser that is not ours finds nothing denied in it, while
// all that is allowed is still there.  With scripting on and off.

import { fetches, parsePage } from '../lib/carriers.mjs';
import { done, note, ok } from '../lib/tap.mjs';
import { filterPages, loadCases, makePage } from './lib/cases.mjs';

const cases = loadCases();
const base = 'http://www.site.example/dir/page';

const pages = cases.map((one, i) => ({ ...one, ...makePage(one, i) }));

for (const step of new Set(pages.map((page) => page.step ?? 1))) {
    const list = pages.filter((page) => (page.step ?? 1) === step);

    filterPages(list, { step }).forEach((result, i) => {
        Object.assign(list[i], { out: result.page, differs: result.differs,
                                 charset: result.charset });
    });
}

// The readings of a page: that of its charset, or all that it may have.

const guesses = ['latin1', 'shift_jis', 'gbk', 'big5', 'euc-jp', 'euc-kr',
                 'iso-2022-jp'];

function readings(page) {
    if (page.guessed) {
        return guesses;
    }

    const [, field] = /charset=([\w-]+)/.exec(page.type ?? '') ?? [];

    return [page.utf16 ? 'utf-16le' : field ?? (page.charset || 'latin1')]
        .map((name) => name === '!' ? 'iso-2022-jp' : name)
        .map((name) => name === 'utf-8' || name === 'nosuch' ? 'latin1'
                                                             : name);
}

function asked(bytes, scripting, charset) {
    const text = charset === 'latin1' ? bytes.toString('latin1')
                                      : new TextDecoder(charset).decode(bytes);
    const found = fetches(parsePage(text, scripting), base);

    return found.map(({ attr, url }) => ({ attr, host: url.hostname }));
}

const split = pages.filter((page) => page.differs)
    .map((page) => `${page.id}: ${page.differs} feedings`);
const leaks = [];
const lost = [];
const touched = [];

for (const page of pages) {
    if (page.open) {
        note(`open: ${page.id}: ${page.open}`);
    }

    if (page.xml || page.open) {
        continue;
    }

    const ways = readings(page).flatMap((charset) =>
        [[charset, true], [charset, false]]);

    for (const [charset, scripting] of ways) {
        const before = asked(page.bytes, scripting, charset);
        const after = asked(page.out, scripting, charset);
        const rest = after.map(({ host }) => host);

        for (const { attr, host } of after) {
            const known = attr === 'text' && !/[deu]/.test(page.asks);

            if (/denied|unknown|nied-/.test(host) && !known) {
                leaks.push(`${page.id}: ${attr} of ${host}`
                           + ` (scripting ${scripting})`);
            }
        }

        for (const { host } of before) {
            if (host.endsWith('.allowed.example') && !rest.includes(host)
                && page.lost !== 'a' && !page.then
                && !(page.small && page.maybe))
            {
                lost.push(`${page.id}: ${host} (scripting ${scripting})`);
            }
        }
    }

    if (!/[deu]/.test(page.asks + (page.maybe ?? '')) && !page.cut
        && !page.guessed
        && !/\{[deu]0?\}/.test(page.html)
        && Buffer.compare(page.bytes, page.out) !== 0)
    {
        touched.push(page.id);
    }
}

note(`${pages.length} cases`);
ok(pages.length >= 300, 'the table is there');
ok(split.length === 0, 'every feeding comes out the same', split.join('\n'));
ok(leaks.length === 0, 'nothing denied is left in a place that fetches',
   leaks.join('\n'));
ok(lost.length === 0, 'nothing allowed is lost', lost.join('\n'));
ok(touched.length === 0, 'pages without anything denied stay as they are',
   touched.join('\n'));
done();

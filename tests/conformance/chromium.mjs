// Tag soup (tests/lib/soup.mjs) through the filter with every host denied, and
// then through Chromium's own parser: no attribute that fetches may be left
// there.  Its tree is the one that counts, where it differs from parse5's.
//
// CONSENT_SOUP is how many; CONSENT_SEED begins the series.

import { filterPages } from '../evasion/lib/cases.mjs';
import { launchBrowser } from '../lib/browser.mjs';
import { brew } from '../lib/soup.mjs';
import { done, note, ok } from '../lib/tap.mjs';

const count = Number(process.env.CONSENT_SOUP ?? 2000);
const first = Number(process.env.CONSENT_SEED ?? 1);

// In the browser: what is live in each page.  A broken tag leaves src and href
// on elements that fetch nothing by them: links, paragraphs, "x<img".

function look(pages) {
    const kinds = {
        src: ['img', 'script', 'frame', 'iframe', 'input'],
        href: ['image', 'link', 'use'],
        background: ['body'],
    };

    const live = (element) => [...element.attributes].filter(
        ({ name, value }) => /(?<!#)\/\/h\d+\.denied\.example/.test(value)
            && (name === 'style' || kinds[name]?.includes(element.localName)));

    function* all(root) {
        for (const element of root.querySelectorAll('*')) {
            yield element;

            if (element.content instanceof DocumentFragment) {
                yield* all(element.content);
            }
        }
    }

    return pages.map((html) => {
        const parsed = new DOMParser().parseFromString(html, 'text/html');
        const elements = [...all(parsed)];

        return {
            size: elements.length,
            live: elements.flatMap((element) => live(element).map(
                ({ name, value }) => `${element.localName} ${name} ${value}`)),
        };
    });
}

const browser = await launchBrowser({ sink: 1 });
const tab = await browser.newPage();
const leaks = [];
let size = 0;
let before = 0;

for (let at = 0; at < count; at += 200) {
    const seeds = Array.from({ length: Math.min(200, count - at) },
                             (_, i) => first + at + i);
    const soups = seeds.map((seed) => brew(seed, 'denied.example'));
    const out = filterPages(soups.map((text) => ({ bytes: Buffer.from(text) })),
                            { once: true })
        .map(({ page }) => page.toString());

    (await tab.evaluate(look, soups)).forEach(({ live }) => {
        before += live.length;
    });

    (await tab.evaluate(look, out)).forEach((found, i) => {
        size += found.size;
        leaks.push(...found.live.map((what) => `seed ${seeds[i]}: ${what}`));
    });
}

await browser.close();

note(`${count} soups, ${size} elements; ${before} live before`);
ok(before > count, 'there is something to hold back');
ok(leaks.length === 0, 'in Chromium\'s tree nothing is left to fetch',
   `${leaks.length}\n${leaks.join('\n')}`);
done();
process.exit();

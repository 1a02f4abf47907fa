// Pages and parts of pages, mutated by a seeded generator, through the filter
// with every third party denied.  A parser that is not ours then finds, with
// scripting on and off: no element that would fetch from a third party; and,
// once what was held back is put back, the same (element, attribute, URL) as
// before.
//
// CONSENT_MUTATIONS is how many; CONSENT_SEED begins the series.

import fs from 'node:fs';

import { filterPages, rules } from '../evasion/lib/cases.mjs';
import { fetches, parsePage } from '../lib/carriers.mjs';
import { findPages } from '../lib/pages.mjs';
import { random } from '../lib/random.mjs';
import { restore } from '../lib/restore.mjs';
import { done, note, ok } from '../lib/tap.mjs';

const count = Number(process.env.CONSENT_MUTATIONS ?? 400);
const first = Number(process.env.CONSENT_SEED ?? 1);
const longest = 12000;
const page = 'http://www.site.example/dir/page';

const fragments = [
    '<', '</', '>', '/>', '"', "'", '=', '&', '\0', '-', '!', '<!', '<?',
    '<!-->', '<!--', '-->', '--!>', '<![CDATA[', ']]>', '</ x>', '</>',
    '<script>', '</script>', '<script><!--<script>', '<style>', '</style>',
    '<noscript>', '</noscript>', '<svg>', '</svg>', '<math>', '</math>',
    '<foreignObject>', '<desc>', '<mi>', '<annotation-xml>', '<p>', '</p>',
    '<title>', '</title>', '<textarea>', '</textarea>', '<xmp>', '<iframe>',
    '</iframe>', '<noembed>', '<noframes>', '<template>', '</template>',
    '<table>', '<td>', '</table>', '<body>', '<br>', '<font color=x>',
    '<base href="//base.example/">', '<img src=//one.example/a>',
    '<img srcset="//two.example/a 1x">', '<script src=//three.example/a>',
    '<link rel=stylesheet href=//four.example/a>', '<image href=//five.example/>',
    '<iframe src="//six.example/">', '<p style="background:url(//seven.example)">',
    '@import "//eight.example/";', ' src=//nine.example/ ',
    ' srcset=//ten.example/ ', ' title="', " alt='", '<input type=image src=//x.example/>',
    '<video poster=//y.example/>', '<object data=//z.example/>',
];

const found = findPages();
const sources = found.pages.map(({ file }) =>
    fs.readFileSync(file).toString('latin1'));

found.cleanup();

// Anew for each seed, so that a difference can be had again alone.

function mutate(seed) {
    const dice = random(seed);
    let text = sources[dice(sources.length)];

    if (text.length > longest) {
        const from = dice(text.length - longest);
        text = text.slice(from, from + 500 + dice(longest - 500));
    }

    for (let n = 1 + dice(6); n > 0; n--) {
        const at = dice(text.length + 1);
        const kind = dice(4);

        if (kind === 0) {
            text = text.slice(0, at) + String.fromCharCode(dice(256))
                + text.slice(at + 1);
        } else if (kind === 1) {
            text = text.slice(0, at) + text.slice(at + 1 + dice(40));
        } else {
            text = text.slice(0, at) + fragments[dice(fragments.length)]
                + text.slice(at);
        }
    }

    return text;
}

const third = (list) => list.filter(({ url }) =>
    !/(^|\.)site\.example\.?$/.test(url.hostname));
const named = (list) => list.map(({ node, attr, url }) =>
    `${node.nodeName} ${attr} ${url.href}`).sort();

const isInside = (node) => Boolean(node)
    && (node.nodeName === 'noscript' || isInside(node.parentNode));
const outside = (list) => list.filter(({ node }) => !isInside(node));

// Whether the two readings of a page differ outside of noscript, too.

function parted(text) {
    const on = fetches(parsePage(text, true), page);
    const off = fetches(parsePage(text, false), page);

    return named(on).join() !== named(outside(off)).join();
}

function compare(before, after, scripting) {
    const out = fetches(parsePage(after, scripting), page);
    const leak = third(out)[0];

    if (leak) {
        return `leak: ${named([leak])[0]}`;
    }

    // What </noscript> cuts through is ended there, or dropped, so that both
    // readings of noscript (HTML, 13.2.6.4.4 and 13.2.6.4.7) agree.

    if (!scripting && parted(before)) {
        return null;
    }

    const was = named(outside(fetches(parsePage(before, scripting), page)));
    const now = named(outside(fetches(restore(parsePage(after, scripting)),
                                      page)));
    const at = was.findIndex((line, i) => line !== now[i]);

    if (at >= 0 || was.length !== now.length) {
        return `differs: ${was[at] ?? '-'} / ${now[at] ?? now[was.length]}`;
    }

    return null;
}

let compared = 0;
let fetched = 0;
const wrong = [];

for (let at = 0; at < count; at += 100) {
    const seeds = Array.from({ length: Math.min(100, count - at) },
                             (_, i) => first + at + i);
    const texts = seeds.map(mutate);
    const results = filterPages(texts.map((text) =>
        ({ bytes: Buffer.from(text, 'latin1') })), { once: true, rule: rules });

    texts.forEach((text, i) => {
        const out = results[i].page.toString('latin1');

        for (const scripting of [true, false]) {
            const why = compare(text, out, scripting);

            compared++;
            fetched += fetches(parsePage(text, scripting), page).length;

            if (why) {
                wrong.push(`seed ${seeds[i]}, scripting ${scripting}: ${why}`);
            }
        }
    });
}

if (process.env.CONSENT_SHOW) {
    const text = mutate(first);
    const [{ page: out }] = filterPages([{ bytes: Buffer.from(text, 'latin1') }],
                                        { once: true, rule: rules });

    fs.writeFileSync(process.env.CONSENT_SHOW, Buffer.from(text, 'latin1'));
    fs.writeFileSync(`${process.env.CONSENT_SHOW}.out`, out);
}

note(`${compared} readings of ${count} pages, ${fetched} fetches`);
ok(fetched > 0, 'there is something to compare');
ok(wrong.length === 0, 'both parsers find the same',
   `${wrong.length}\n${wrong.join('\n')}`);
done();

// Placeholders of every kind, for everyone: by axe-core in several languages,
// in light and dark; by keyboard and in the accessibility tree of the page
// around them; in forced colours, without motion, with more space in text, and
// in the sizes that the originals have.

import fs from 'node:fs';

import { firefox } from '../lib/browser.mjs';
import { need } from '../lib/modules.mjs';
import { done, is, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const axe = fs.readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');

// Each with the size that it usually has.

const kinds = {
    youtube: [560, 315, 'www.youtube.com/embed/a'],
    'google-maps': [400, 300, 'www.google.com/maps/embed?pb=1'],
    'x-widgets': [500, 260, 'platform.twitter.com/embed/Tweet.html?id=1'],
    disqus: [600, 260],
    typeform: [600, 400, 'form.typeform.com/to/a'],
    calendly: [320, 630, 'calendly.com/a'],
    soundcloud: [500, 166, 'w.soundcloud.com/player/?url=a'],
    intercom: [300, 400],
    'google-recaptcha': [400, 232],
    unclassified: [300, 250, 'other.example/a'],
};

/* Of the same words in other colours, a few will do. */
const languages = { light: firefox ? ['en', 'ar'] : ['en', 'de', 'ar', 'ja'],
                    dark: firefox ? ['en'] : ['en', 'ar'] };

const address = (id, lang) => `/privacy-choices/placeholder?service=${id}`
    + `&purpose=embeds&lang=${lang}`
    + (kinds[id][2] ? `&url=${encodeURIComponent(`https://${kinds[id][2]}`)}`
                    : '');

const start = '<!doctype html><html lang=en><title>Page</title>'
              + '<style>input, button { min-height: 24px }</style><main>'
              + '<h1>A page of the site</h1>';
const site = await startSite({
    '/check': `${start}<form method=post action=/send><p><label>Name
        <input name=name></label></p><div class="g-recaptcha"></div>
        <p><button>Send</button></p></form></main>
        <script src="https://www.google.com/recaptcha/api.js" async></script>`,
    '/unseen': `${start}<form method=post action=/send><label>Mail
        <input name=mail></label> <button>Send</button></form></main><script
        src="https://www.google.com/recaptcha/api.js?render=KEY"></script>`,
    '/post': `${start}<blockquote class="twitter-tweet"><p>Words.</p>
        <a href="https://twitter.com/some/status/123">November</a></blockquote>
        </main><script async src="https://platform.twitter.com/widgets.js">
        </script>`,
    '/comments': `${start}<div id="disqus_thread"></div></main>
        <script src="https://site.disqus.com/embed.js" async></script>`,
    '/map': `${start}<div id=map style="height: 400px"></div></main><script
        src="https://maps.googleapis.com/maps/api/js?key=x" async></script>`,
    '/tight': `${start}<form method=post action=/send><div class="g-recaptcha"
        style="width: 304px; height: 78px"></div><p><button>Send</button></p>
        </form><div id=map style="width: 150px; height: 150px"></div></main>
        <script src="https://www.google.com/recaptcha/api.js"></script><script
        src="https://maps.googleapis.com/maps/api/js?key=x" async></script>`,
}, {
    usual: '',
    themed: 'consent_look radius=0 paper=#fff0e0,#201000 ink=#402010,#ffe0c0;',
});

const { visit } = site;
const shots = process.env.SHOTS;
const base = 'http://usual.site.example';

async function shoot(tab, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await tab.screenshot({ path: `${shots}/held-${name}.png` });
    }
}

async function audit(tab, name) {
    await tab.evaluate(axe);

    const found = await tab.evaluate(async () => {
        const result = await globalThis.axe.run(document, { iframes: false,
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
                      'best-practice'] });

        return result.violations.map((v) => `${v.id}: ${v.nodes.map((node) =>
            `${node.target.flat().join(' ')} ${node.failureSummary}`)
            .join('; ')}`);
    });

    is(found.join('\n'), '', `axe: ${name}`);
}

const placeholder = (tab) => until(() => tab.evaluate(() =>
    [...document.querySelectorAll('*')].some((el) =>
        el.shadowRoot?.querySelector('#r[role=group] button')
            ?.checkVisibility())));

// Each kind, in its size, by itself.

for (const value of ['light', 'dark']) {
    await visit('usual', address('youtube', 'en'), async (tab) => {
        for (const [id, [width, height]] of Object.entries(kinds)) {
            await tab.setViewport({ width, height });

            for (const lang of languages[value]) {
                await tab.goto(base + address(id, lang));
                await audit(tab, `${id}, ${lang}, ${value}`);
                await shoot(tab, `${id}-${lang}-${value}`);
            }
        }
    }, { features: [{ name: 'prefers-color-scheme', value }] });
}

// In their size all can be read without scrolling, in English; whatever the
// language and the space between letters and lines, all can be reached.

const spaced = `* { line-height: 1.5 !important; letter-spacing: .12em
    !important; word-spacing: .16em !important } p { margin-bottom: 2em
    !important }`;

const outside = (tab, scrolls) => tab.evaluate((may) =>
    [...document.querySelectorAll('h1, p, button, a')].filter((node) => {
        if (may) {
            node.scrollIntoView({ block: 'nearest' });
        }

        const box = node.getBoundingClientRect();
        const lines = parseFloat(getComputedStyle(node).lineHeight);

        return box.left < 0 || box.right > innerWidth + 1 || (may
            ? box.top > innerHeight - Math.min(lines, box.height) + 1
            : box.top < 0 || box.bottom > innerHeight + 1);
    }).map((node) => node.outerHTML.slice(0, 80)).join('\n'), scrolls);

await visit('usual', address('youtube', 'en'), async (tab) => {
    for (const [id, [width, height]] of Object.entries(kinds)) {
        await tab.setViewport({ width, height });
        await tab.goto(base + address(id, 'en'));
        is(await outside(tab, false), '', `${id}: all of it in sight`);

        for (const [w, h] of [[width, height], [240, 120], [160, height]]) {
            await tab.setViewport({ width: w, height: h });
            await tab.goto(base + address(id, 'de'));
            await tab.evaluate((css) => {
                const sheet = new CSSStyleSheet();

                sheet.replaceSync(css);
                document.adoptedStyleSheets = [sheet];
            }, spaced);
            is(await outside(tab, true), '',
               `${id}: more space in text, ${w} by ${h}: all can be reached`);
        }
    }
});

// In the page where a script would fill them in.

for (const [server, page] of [
    ...['/check', '/unseen', '/post', '/comments', '/map', '/tight'].map(
        (one) => ['usual', one]),
    ['themed', '/check'], ['themed', '/tight'],
]) {
    for (const value of ['light', 'dark']) {
        await visit(server, page, async (tab) => {
            ok(await placeholder(tab), `${server}, ${page}: there`);
            await audit(tab, `${server}, ${page}, ${value}`);
            await shoot(tab, `${server}${page.replace('/', '-')}-${value}`);
        }, { features: [{ name: 'prefers-color-scheme', value }] });
    }
}

// Where colours are forced, what is drawn and what takes its place have edges.

await visit('usual', '/tight', async (tab) => {
    await placeholder(tab);

    const seen = await tab.$$eval('#map, .g-recaptcha', (all) =>
        all.flatMap((el) => [...el.shadowRoot.querySelectorAll('#r, button')])
            .map((node) => getComputedStyle(node))
            .map((style) => parseFloat(style.borderTopWidth) >= 1
                && style.borderTopColor !== style.backgroundColor));

    ok(seen.length === 4 && seen.every(Boolean), 'forced colours: edges',
       seen.join());
    await shoot(tab, 'tight-forced');
}, { features: [{ name: 'forced-colors', value: 'active' }] });

// Keyboard alone: the question, the page, the placeholder in its place, and
// on, with each in sight and marked.

await visit('usual', '/check', async (tab) => {
    await tab.waitForSelector(inBanner('section'));

    ok(await placeholder(tab), 'there');

    const steps = [];
    const at = (frame) => frame.evaluate(() => {
        let node = document.activeElement;

        while (node?.shadowRoot?.activeElement) {
            node = node.shadowRoot.activeElement;
        }

        if (!node || node === document.body || node.localName === 'iframe') {
            return '';
        }

        const box = node.getBoundingClientRect();

        return `${node.name === 'name' ? 'Name' : node.innerText} ${
            parseFloat(getComputedStyle(node).outlineWidth) > 0
            && box.top >= 0 && box.bottom <= innerHeight
            && box.height >= 24 && box.width >= 24 ? '' : 'UNSEEN'}`.trim();
    });

    for (let i = 0; i < 12; i++) {
        await tab.keyboard.press('Tab');
        steps.push(await at(tab.mainFrame()));
    }

    const walk = steps.filter((step, i) => step && step !== steps[i - 1]);
    const expected = ['Accept all', 'Reject all', 'Settings', 'Name',
                      'Always allow Google reCAPTCHA', 'Settings', 'Send'];
    const from = walk.indexOf(expected[0]);

    is([...walk.slice(from), ...walk.slice(0, from)]
        .slice(0, expected.length).join(), expected.join(),
       'keyboard: in the order of the page, with no trap');
});

firefox || await visit('usual', '/check', async (tab) => {
    await placeholder(tab);

    const expected = ['textbox Name', 'heading Robot check by Google reCAPTCHA',
                      'button Always allow Google reCAPTCHA', 'link Settings',
                      'button Send'];
    let lines = [], order;
    const listen = (node) => {
        lines.push(`${node.role} ${node.name ?? ''}`.trim());
        (node.children ?? []).forEach(listen);
    };

    /* The tree is made behind the page. */
    await until(async () => {
        lines = [];
        listen(await tab.accessibility.snapshot());
        order = expected.reduce((list, line) => [...list,
            lines.indexOf(line, list.at(-1))], [0]).slice(1);

        return order.every((at) => at >= 0);
    });

    ok(order.every((at) => at >= 0),
       'heard: the field, the check that is missing, what can be done, Send',
       lines.join('\n'));
});

// Forced colours, in both browsers: edges stay; motion stops where it is not
// wanted.

const edges = (tab, path) => tab.evaluate((inner) => {
    const root = inner ? document.querySelector('privacy-choices').shadowRoot
        : document;

    return [...root.querySelectorAll('button, .open, [role=switch]')]
        .filter((node) => node.checkVisibility()).map((node) => {
            const style = getComputedStyle(node);

            return `${style.borderTopStyle !== 'none'
                && parseFloat(style.borderTopWidth) >= 1
                && style.borderTopColor !== style.backgroundColor
                || style.appearance === 'auto'}`;
        });
}, path === '/map');

for (const path of ['/map', '/privacy-choices/', address('disqus', 'en')]) {
    await visit('usual', path, async (tab) => {
        await until(() => tab.evaluate(() => document.readyState
                                             === 'complete'));
        ok(await tab.evaluate(() => matchMedia('(forced-colors: active)')
            .matches), `${path}: colours are forced`);

        const seen = await edges(tab, path);

        ok(seen.length && seen.every((one) => one === 'true'),
           `${path}, forced colours: each has an edge`, seen.join());
        await shoot(tab, `forced-${path.replace(/\W+/g, '-')}`);
    }, { features: [{ name: 'forced-colors', value: 'active' }] });

    await visit('usual', path, async (tab) => {
        is(await tab.evaluate((inner) => {
            const root = inner ? document.querySelector('privacy-choices')
                .shadowRoot : document;

            return [...root.querySelectorAll('*')].filter((node) =>
                [null, '::before', '::after'].some((part) => {
                    const style = getComputedStyle(node, part);

                    return parseFloat(style.transitionDuration) > 0
                        || style.animationName !== 'none';
                })).length;
        }, path === '/map'), 0, `${path}, reduced motion: nothing moves`);
    }, { features: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
}

await site.stop();
done();

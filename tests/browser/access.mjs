// For everyone: every state, in light and dark, by axe-core and by hand:
// keyboard alone, the accessibility tree, sizes, contrast, small screens,
// large text, forced colours, paper.

import fs from 'node:fs';

import { firefox } from '../lib/browser.mjs';
import { need } from '../lib/modules.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const axe = fs.readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');

const html = '<!doctype html><html lang=en><title>Page</title>'
    + '<main><h1>A page of the site</h1><p>With some <a href="/x">text</a>.'
    + '</p></main>';
const frames = html.replace('</main>', '<iframe width=560 height=315 '
    + 'src="https://www.youtube.com/embed/abcdefghijk" title="Film"></iframe>'
    + '<form><iframe width=304 height=78 title="Check" '
    + 'src="https://www.google.com/recaptcha/api2/anchor?k=1"></iframe>'
    + '<input aria-label=Name></form></main>');

const site = await startSite({ '/': html, '/frames': frames }, {
    usual: 'consent_contact mailto:privacy@site.example;',
    out: 'consent_regime opt-out; consent_look position=corner;',
    notice: 'consent_regime notice; consent_look position=center '
            + 'paper=#fff7e8,#2a1f14 ink=#2a1f14,#fff7e8 '
            + 'accent=#7a3d00,#ffb86b radius=0;',
});

const schemes = ['light', 'dark'].map((value) => [
    { name: 'prefers-color-scheme', value },
]);
const shots = process.env.SHOTS;

async function shoot(tab, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await tab.screenshot({ path: `${shots}/${name}.png` });
    }
}

const asks = (tab) => tab.waitForSelector(inBanner('section'));

async function choose(tab, action) {
    await asks(tab);
    await (await tab.$(inBanner(`button[value=${action}]`))).click();
    await tab.waitForSelector(inBanner('.rests'));
}

async function audit(tab, name) {
    await tab.evaluate(axe);

    const found = await tab.evaluate(async () => {
        const result = await globalThis.axe.run(document, { runOnly: [
            'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
            'best-practice'] });

        return result.violations.map((v) => `${v.id}: ${v.nodes.map((node) =>
            `${node.target.flat().join(' ')} ${node.failureSummary}`)
            .join('; ')}`);
    });

    is(found.join('\n'), '', `axe: ${name}`);
}

// Every state, by axe-core.  Its bypass of a shadow root is its own: what the
// page lacks is not ours, so the page has nothing to find.

const states = {
    asks: ['/', asks],
    rests: ['/', (tab) => choose(tab, 'reject')],
    centre: ['/privacy-choices/', async () => {}],
    /* All of the catalogue's services are drawn alike: a few will do. */
    open: ['/privacy-choices/?all=1', async (tab) => {
        await tab.$$eval('.services > :nth-child(n + 6)',
            (rest) => rest.forEach((node) => node.remove()));
        await tab.$$eval('details', (all) => all.slice(1, 2)
            .forEach((node) => { node.open = true; }));
    }],
    saved: ['/privacy-choices/', async (tab) => {
        await tab.click('input[value=analytics]');
        await Promise.all([tab.waitForNavigation(),
                           tab.click('button[value=save]')]);
        await tab.$eval('details', (node) => { node.open = true; });
    }],
    stale: ['/privacy-choices/', async (tab, context) => {
        await tab.click('input[value=analytics]');
        await Promise.all([tab.waitForNavigation(),
                           tab.click('button[value=save]')]);

        const [cookie] = await context.cookies();
        const fields = cookie.value.split('.');

        fields[4] = 'AAAAAAAAAAAA';
        await context.setCookie({ ...cookie, value: fields.join('.') });
        await tab.reload();
    }],
    held: ['/privacy-choices/placeholder?service=youtube&url=https%3A%2F%2F'
           + 'www.youtube.com%2Fembed%2Fa', async () => {}],
    captcha: ['/privacy-choices/placeholder?service=google-recaptcha',
              async () => {}],
};

for (const server of ['usual', 'notice']) {
    for (const features of schemes) {
        for (const [name, [path, reach]] of Object.entries(states)) {
            if (server !== 'usual' && !/asks|centre/.test(name)) {
                continue;
            }

            await site.visit(server, path, async (tab, context) => {
                const what = `${server}-${name}-${features[0].value}`;

                await reach(tab, context);
                await audit(tab, what);
                await shoot(tab, what);
            }, { features });
        }
    }
}

// A form's check, at its own size: what that means for the form, and the way
// to allow it, are in sight; to load it outside of its form is no use.

await site.visit('usual', '/privacy-choices/placeholder?service=google-'
    + 'recaptcha&url=https%3A%2F%2Fwww.google.com%2Frecaptcha%2F', async (tab) => {
    const seen = await tab.evaluate(() => ['h1', '.what p + p', 'button',
        '.links a'].map((selector) => {
        const box = document.querySelector(selector).getBoundingClientRect();

        return box.top >= 0 && box.bottom <= innerHeight && box.right
               <= innerWidth;
    }));

    is(seen.join(), 'true,true,true,true', 'a check in a form: says what it '
       + 'means at 304 by 78');
    is(await tab.$('a[href*=once]'), null, 'and is not offered alone');
    await shoot(tab, 'check');
}, { width: 304, height: 78 });

// Right to left, and another language.

for (const lang of ['de', 'ar']) {
    await site.visit('usual', '/', async (tab) => {
        await asks(tab);
        await audit(tab, `asks in ${lang}`);
        await shoot(tab, `asks-${lang}`);
    }, { lang });
}

// Equals: one size, one contrast, one layer, whatever the look.

for (const server of ['usual', 'out', 'notice']) {
    for (const features of schemes) {
        await site.visit(server, '/', async (tab) => {
            await asks(tab);

            const three = await tab.evaluate(() => {
                const root = document.querySelector('privacy-choices')
                    .shadowRoot;

                return [...root.querySelectorAll('form button, form a')]
                    .map((node) => {
                        const style = getComputedStyle(node);
                        const box = node.getBoundingClientRect();
                        const looks = ['color', 'backgroundColor', 'opacity',
                            'borderTopColor', 'borderTopWidth',
                            'borderTopStyle', 'borderTopLeftRadius',
                            'fontSize', 'fontWeight', 'fontFamily',
                            'letterSpacing', 'textDecorationLine',
                            'textTransform', 'boxShadow', 'visibility'];

                        return JSON.stringify([Math.round(box.width),
                            Math.round(box.height),
                            looks.map((name) => style[name])]);
                    });
            });

            is(new Set(three).size, 1,
               `${server} ${features[0].value}: three equals`);
            is(three.length, 3, 'and all on the first layer');

            const rest = await tab.evaluate(() => {
                const root = document.querySelector('privacy-choices')
                    .shadowRoot;
                const box = root.querySelector('section')
                    .getBoundingClientRect();
                const at = document.elementFromPoint(4, 4);

                return [box.width * box.height < innerWidth * innerHeight / 2,
                        at?.localName !== 'privacy-choices',
                        root.querySelectorAll(':checked').length].join();
            });

            is(rest, 'true,true,0', 'no wall, and nothing ticked');
        }, { features });
    }
}

// Keyboard alone, through the centre: each thing in turn, in sight, and out.

await site.visit('usual', '/privacy-choices/', async (tab) => {
    const seen = [];

    for (let i = 0; i < 60; i++) {
        await tab.keyboard.press('Tab');

        const step = await tab.evaluate(() => {
            const node = document.activeElement;
            const box = node.getBoundingClientRect();
            const style = getComputedStyle(node);

            return node === document.body ? '' : [node.localName,
                node.value ?? node.textContent.trim().slice(0, 20),
                parseFloat(style.outlineWidth) >= 2,
                box.top >= 0 && box.bottom <= innerHeight,
                box.height >= 24 && box.width >= 24].join(' ');
        });

        if (!step) {
            break;
        }

        seen.push(step);
    }

    ok(seen.length > 8 && seen.length < 60, 'keyboard: through and out',
       seen.join('\n'));
    is(seen.filter((step) => !step.endsWith('true true true')).join(), '',
       'keyboard: each in sight, with a mark, and large enough');
});

// The accessibility tree, where the browser shows it: what is heard.

function heard(node, lines = []) {
    lines.push(`${node.role} ${node.name ?? ''}`.trim());
    (node.children ?? []).forEach((child) => heard(child, lines));

    return lines;
}

firefox || await site.visit('usual', '/', async (tab) => {
    await asks(tab);

    const lines = heard(await tab.accessibility.snapshot());
    const order = ['heading You decide what loads', 'button Accept all',
                   'button Reject all', 'link Settings',
                   'heading A page of the site'].map((line) =>
        lines.indexOf(line));

    ok(order.every((at, i) => at >= 0 && (i === 0 || at > order[i - 1])),
       'heard: the question, its three answers, then the page',
       lines.join('\n'));

    await choose(tab, 'reject');
    ok(heard(await tab.accessibility.snapshot())
        .includes('link Privacy choices'), 'heard: the way back');
});

firefox || await site.visit('usual', '/privacy-choices/', async (tab) => {
    const tree = heard(await tab.accessibility.snapshot());

    is(tree.filter((line) => /^switch \w/.test(line)).length, 5,
       'heard: five switches, each with its purpose');
    is(tree.filter((line) => /^(button|link|switch)$/.test(line)).join(), '',
       'heard: nothing without a name');
});

// Small screens, large text, more space in text: all can be reached, nothing
// is cut off, nothing scrolls sideways.

const spaced = `* { line-height: 1.5 !important; letter-spacing: .12em
    !important; word-spacing: .16em !important } p { margin-bottom: 2em
    !important }`;

async function fits(tab, name) {
    const wide = await tab.evaluate(() => {
        const root = document.querySelector('privacy-choices')?.shadowRoot
            ?? document;

        return [...root.querySelectorAll('*')].filter((node) => {
            const box = node.getBoundingClientRect();

            return box.width && !node.closest('svg')
                && (box.right > innerWidth + 1 || box.left < -1
                    || (getComputedStyle(node).overflowX !== 'visible'
                        && node.scrollWidth > node.clientWidth + 1));
        }).map((node) => `${node.localName}.${node.className}`).join();
    });

    is(wide, '', `${name}: nothing is wider than the window`);

    const hidden = await tab.evaluate(() => {
        const root = document.querySelector('privacy-choices')?.shadowRoot;

        return [...root?.querySelectorAll('form button, form a') ?? []]
            .filter((node) => {
                node.scrollIntoView({ block: 'nearest' });

                const box = node.getBoundingClientRect();

                return box.top < -1 || box.bottom > innerHeight + 1
                       || box.height < 24;
            }).length;
    });

    is(hidden, 0, `${name}: each answer can be reached`);
}

for (const [width, height] of [[320, 256], [320, 568], [640, 400],
                               [2560, 1300]]) {
    for (const server of ['usual', 'notice']) {
        for (const path of ['/', '/privacy-choices/']) {
            if (path !== '/' && server !== 'usual') {
                continue;
            }

            await site.visit(server, path, async (tab) => {
                const name = `${width} by ${height}, ${server} ${path}`;

                await fits(tab, name);
                await tab.evaluate((css) => {
                    const root = document.querySelector('privacy-choices')
                        ?.shadowRoot ?? document;
                    const sheet = new CSSStyleSheet();

                    sheet.replaceSync(css);
                    root.adoptedStyleSheets = [sheet];
                }, spaced);
                await fits(tab, `${name}, spaced`);
                await shoot(tab, `small-${width}x${height}-${server}`
                            + `${path === '/' ? '' : '-centre'}`);
            }, { width, height });
        }
    }
}

// Forced colours keep the edges of buttons; paper has none of it; motion
// stops where it is not wanted.

firefox || await site.visit('usual', '/', async (tab) => {
    const cdp = await tab.createCDPSession();
    const media = (features, type = '') => cdp.send(
        'Emulation.setEmulatedMedia', { media: type, features });
    const style = (name) => tab.$eval(inBanner('button[value=reject]'),
        (node, key) => getComputedStyle(node)[key], name);

    await asks(tab);
    await media([{ name: 'forced-colors', value: 'active' }]);
    ok(await style('borderTopColor') !== await style('backgroundColor'),
       'forced colours: a button has an edge');
    await shoot(tab, 'forced-colours');
    await media([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    is(await style('transitionDuration'), '0s', 'reduced motion: none');
    await media([], 'print');
    ok(!await tab.$eval('privacy-choices', (node) => node.checkVisibility()),
       'paper: none of it');
});

note(`axe-core ${need('axe-core/package.json').version}`);
await site.stop();
done();

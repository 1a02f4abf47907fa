// What visitors see, measured: what it weighs, when it is painted, that it
// moves nothing, and that the site's policies and styles do not reach it.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import zlib from 'node:zlib';

import { clickOn, firefox, sleep } from '../lib/browser.mjs';
import { need } from '../lib/modules.mjs';
import { fetchRaw } from '../lib/nginx.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const text = '<!doctype html><html lang=en><title>Page</title>'
             + '<h1>A page of the site</h1><p>With some text.</p>';

const policies = {
    none: '',
    nonce: "script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'",
    self: "default-src 'self'",
    nothing: "default-src 'none'",
    hash: "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    types: "require-trusted-types-for 'script'; trusted-types 'none'",
    two: "default-src 'self', style-src 'none'; script-src 'self'",
    sandbox: 'sandbox allow-scripts allow-forms',
};

const pages = {
    '/': text,
    '/meta': text.replace('<title>', '<meta http-equiv='
        + '"Content-Security-Policy" content="style-src \'none\'"><title>'),
    '/meta-self': text.replace('<title>', '<meta http-equiv='
        + '"content-security-policy" content="default-src \'self\'"><title>'),
};

// Pages that get in the way, by styles and by what they put on top.

const over = `position: fixed; inset: 0; width: 100%; height: 100%;
    z-index: 2147483647; margin: 0; border: 0; background: #fcc`;

const hostile = {
    unset: '<style>* { all: unset !important }</style>',
    every: `<style>*, *::before, *::after { float: right !important;
        position: static !important; opacity: 0 !important;
        transform: scale(.1) !important; font-size: 3px !important;
        color: red !important; max-height: 5px !important;
        pointer-events: none !important }</style>`,
    cover: `<div style="${over}">cover</div>`,
    transform: `<style>html, body { transform: rotate(8deg) scale(.6);
        filter: blur(2px); perspective: 9px; overflow: hidden;
        will-change: transform; contain: strict }</style>`,
    root: '<style>:root { font-size: 4px; direction: rtl;'
          + ' writing-mode: vertical-rl; --paper: red; --ink: red }</style>',
    popover: `<div id=p popover=manual style="${over}">popover</div>
        <script>setTimeout(() => p.showPopover(), 900)</script>`,
    inert: '<style>body > * { visibility: hidden !important;'
           + ' user-select: none !important; clip: rect(0 0 0 0) !important;'
           + ' content-visibility: hidden !important }</style>',
};

for (const [name, html] of Object.entries(hostile)) {
    pages[`/hostile-${name}`] = text.replace('<p>', `${html}<p>`);
    pages[`/quirks-${name}`] = `<title>Quirks</title>${html}<p>Text`;
}

pages['/green'] = text.replace('<p>', '<style>html { background: #00a000 }'
    + `</style>${'<p>Text and more of it.'.repeat(300)}<p>`);

pages['/dialog'] = text.replace('<p>', `<dialog id=q>Subscribe!
    <form method=dialog><button>No</button></form></dialog>
    <script>q.showModal()</script><p>`);

pages['/embed'] = text.replace('<p>', `<iframe width=560 height=315
    src="https://www.youtube.com/embed/abcdefghijk"></iframe><p>`);

pages['/fills'] = text.replace('<p>', `<form method=post action=/send>
    <div class="g-recaptcha" data-sitekey=x></div></form><script async defer
    src="https://www.google.com/recaptcha/api.js"></script><p>`);

pages['/post'] = text.replace('<p>', `<blockquote class="twitter-tweet"><p>A
    post.</p><a href="https://twitter.com/some/status/123">November</a>
    </blockquote><script async src="https://platform.twitter.com/widgets.js">
    </script><p>`);

pages['/map'] = text.replace('<p>', `<div id=map></div><script async
    src="https://maps.googleapis.com/maps/api/js?key=x"></script><p>`);

pages['/framed'] = text.replace('<p>', `<iframe id=f width=700 height=500
    sandbox="allow-scripts allow-forms" src="/"></iframe><p>`);

for (const [name, policy] of Object.entries(policies)) {
    pages[`/policy-${name}`] = {
        html: text.replace('<p>', '<script nonce="abc">1</script><p>'),
        headers: policy ? { 'Content-Security-Policy': policy } : {},
    };
}

// Where SHOTS names a folder, pictures are left there to be looked at.

const shots = process.env.SHOTS;

async function shoot(tab, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await tab.screenshot({ path: `${shots}/${name}.png` });
    }
}

const site = await startSite(pages, { enforce: '',
                                      guard: 'consent_guard on;' });
const { visit } = site;

// What the question looks like where its style is in force.

const styled = (tab) => tab.evaluate(() => {
    const root = document.querySelector('privacy-choices')?.shadowRoot;
    const ask = root?.querySelector('section');
    const style = ask && getComputedStyle(ask);
    const box = ask?.getBoundingClientRect();

    return Boolean(ask) && style.borderTopLeftRadius === '16px'
           && box.bottom <= innerHeight && box.bottom > innerHeight - 40
           && document.elementFromPoint(innerWidth / 2, box.top + 9)
              ?.localName === 'privacy-choices';
});

async function press(tab, selector) {
    await clickOn(tab, await tab.waitForSelector(selector));
}

// All that a first page loads of ours, by gzip: what is put into the page, each
// file, and what placeholders in it load.  At most so much: [scripts, all].

const most = {
    enforce: { '/': [4000, 6000], '/embed': [4000, 6000],
               '/fills': [4000, 6000], '/post': [4000, 6000],
               '/map': [4000, 6000] },
    guard: { '/': [6000, 7500], '/embed': [6000, 9500],
             '/fills': [7000, 11000] },
};

async function weigh(server, path) {
    const asked = new Set();
    const gzip = (body) => zlib.gzipSync(body, { level: 9 }).length;
    const load = async (port, url) => gzip((await fetchRaw(port, url, {
        headers: { 'Upgrade-Insecure-Requests': '1' } })).body);
    const sizes = { page: await load(site.ports[server], path)
                          - await load(site.ports.plain, path) };

    await visit(server, path, async (tab) => {
        await until(() => tab.evaluate(() =>
            Boolean(customElements.get('privacy-choices'))));
        ok(path === '/' || await until(async () => tab.frames().some(
            (frame) => frame.url().includes('placeholder'))
            || tab.evaluate(() => Boolean(document.querySelector(
                '.g-recaptcha, .twitter-tweet, #map')?.shadowRoot
                ?.querySelector('button')))),
           `${server} ${path}: with what it shows`);
        await sleep(600);
    }, { before: async (tab) => tab.on('request', (request) => {
        const { pathname, search } = new URL(request.url());

        if (pathname.startsWith('/privacy-choices/')) {
            asked.add(pathname + search);
        }
    }) });

    for (const url of asked) {
        sizes[/[^/?]*(?=\?|$)/.exec(url)[0]] = await load(site.ports[server],
                                                         url);
    }

    return sizes;
}

for (const [server, paths] of Object.entries(most)) {
    for (const [path, [scripts, all]] of Object.entries(paths)) {
        const sizes = await weigh(server, path);
        const sum = (test) => Object.entries(sizes)
            .reduce((n, [name, size]) => n + (test(name) ? size : 0), 0);
        const what = `${server} ${path}`;

        note(`${what}: ${JSON.stringify(sizes)}, ${sum(() => true)} in all`);
        ok(sizes['pc.js'] && sum((name) => name.endsWith('.js')) <= scripts,
           `${what}: scripts weigh at most ${scripts} bytes`);
        ok(sum(() => true) <= all,
           `${what}: all that it loads weighs at most ${all}`);
        ok(server === 'guard'
           || sum((name) => !/^(placeholder|held)/.test(name)) <= 6000,
           `${what}: what is the page's own, at most 6000`);
        is(sum((name) => /choose|replay|pages/.test(name)), 0,
           `${what}: what an answer takes is loaded with it`);
    }
}

// Painted with the page: nothing of ours is waited for, not even for ever.

await visit('enforce', '/', async (tab) => {
    ok(await until(() => styled(tab)), 'the question is there without files');

    const paint = await until(() => tab.evaluate(() => performance
        .getEntriesByName('first-contentful-paint')[0]?.startTime));

    ok(paint, 'and the page is painted without them');
    await shoot(tab, 'first-paint');
}, { waitUntil: 'domcontentloaded', before: async (tab) => {
    await tab.setRequestInterception(true);
    tab.on('request', (request) => {
        if (!request.url().includes('/assets/')) {
            request.continue();
        }
    });
} });

// In the same frame as the page's first content: where the page's ground is
// drawn for the first time, ours is drawn as well.

firefox || await visit('enforce', '/green', async (tab) => {
    /* The first may be of the empty page before. */
    await until(() => tab.frames_.length > 1);
    await sleep(300);

    const seen = await tab.evaluate(async (frames) => {
        const at = document.createElement('canvas').getContext('2d');

        return Promise.all(frames.map(async (data) => {
            const answer = await fetch(`data:image/png;base64,${data}`);
            const image = await createImageBitmap(await answer.blob());

            at.canvas.width = image.width;
            at.canvas.height = image.height;
            at.drawImage(image, 0, 0);

            return [[5, 5], [image.width / 2, image.height - 40]].map(
                ([x, y]) => [...at.getImageData(x, y, 1, 1).data].join())
                .join(' ');
        }));
    }, tab.frames_);
    const first = seen.find((frame) => frame.startsWith('0,160,0,'));

    ok(first && !first.endsWith(' 0,160,0,255'),
       "painted in the same frame as the page's first content",
       seen.join('\n'));
}, { waitUntil: 'domcontentloaded', before: async (tab) => {
    const cdp = await tab.createCDPSession();

    tab.frames_ = [];
    cdp.on('Page.screencastFrame', ({ data, sessionId }) => {
        tab.frames_.push(data);
        cdp.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
    });
    await cdp.send('Page.startScreencast', { format: 'png' });
} });

// Nothing moves, before and after an answer.

for (const answer of ['accept', 'reject']) {
    await visit('enforce', '/', async (tab) => {
        await tab.evaluate(() => {
            window.shifts = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) {
                    window.shifts += entry.value;
                }
            }).observe({ type: 'layout-shift', buffered: true });
        });
        await (await tab.waitForSelector(inBanner(`button[value=${answer}]`)))
            .click();
        await until(() => tab.$(inBanner('.rests')));

        /* Firefox measures no shifts. */
        if (!firefox) {
            is(await tab.evaluate('window.shifts'), 0, `${answer}: CLS is 0`);
        }
    });
}

// The site's own policies, as they are.

for (const name of Object.keys(policies)) {
    for (const javascript of [true, false]) {
        const path = `/policy-${name}`;
        const words = (tab) => tab.said.join('\n')
            .replace(/\w+\.site\./g, 'site.');
        const own = await visit('plain', path, words, { javascript });
        const with_ = `policy ${name}, scripts ${javascript}`;

        await visit('enforce', path, async (tab, context) => {
            ok(await until(() => styled(tab)), `${with_}: in its style`);

            is(words(tab), own, `${with_}: not a word in the console`);
            await shoot(tab, `policy-${name}`);

            if (name === 'sandbox') {
                return;
            }

            await press(tab, inBanner('button[value=reject]'));
            ok(await until(async () => (await context.cookies())
                .some((cookie) => cookie.name === 'privacy_choice')),
               `${with_}: a no is taken`);
        }, { javascript });
    }
}

await visit('enforce', '/meta-self', async (tab) => {
    ok(await until(() => styled(tab)), 'policy in the page: in its style');
});

await visit('enforce', '/meta', async (tab, context) => {
    const button = await tab.$(inBanner('button[value=reject]'));

    ok(await button.evaluate((node) => node.checkVisibility()),
       'policy in the page without styles: it can be read');
    await shoot(tab, 'meta-none');
    await button.click();
    ok(await until(async () => (await context.cookies()).length),
       'and answered');
});

// Whatever the page does: seen, in its place, on top, and answered.

for (const name of Object.keys(hostile)) {
    for (const kind of ['hostile', 'quirks']) {
        await visit('enforce', `/${kind}-${name}`, async (tab, context) => {
            if (name === 'popover') {
                await until(() => tab.$('#p:popover-open'));
                await until(() => styled(tab));
            }

            ok(await until(() => styled(tab)), `${kind} ${name}: on top`);

            const size = await tab.$eval(inBanner('button[value=reject]'),
                (node) => [getComputedStyle(node).fontSize,
                           node.getBoundingClientRect().height].join());

            is(size, '15px,46', `${kind} ${name}: in its size`);
            await shoot(tab, `${kind}-${name}`);
            await press(tab, inBanner('button[value=reject]'));
            ok(await until(async () => (await context.cookies()).length),
               `${kind} ${name}: a no is taken`);
        });
    }
}

// A dialog of the site makes all else wait; then the question is there.

await visit('enforce', '/dialog', async (tab, context) => {
    await tab.click('dialog button');
    ok(await until(() => styled(tab)), 'a dialog: asked behind it');
    await press(tab, inBanner('button[value=reject]'));
    ok(await until(async () => (await context.cookies()).length),
       'and a no is taken');
});

// In a frame without an origin nothing can be kept, and that is said.

await visit('enforce', '/policy-sandbox', async (tab, context) => {
    await press(tab, inBanner('button[value=reject]'));

    const heading = await until(() => tab.$eval('h1',
        (node) => /not saved/.test(node.textContent)));

    ok(heading, 'a sandbox without an origin: says that it was not saved');
    ok(await tab.$('a[href="/privacy-choices/"][target=_blank]'),
       'and where it can be');
    is((await context.cookies()).length, 0, 'and it was not');
    await shoot(tab, 'refused');
});

// An original, once, within the policy of the page around it.

for (const javascript of [true, false]) {
    await visit('enforce', '/embed', async (tab, context) => {
        const frame = await (await tab.$('iframe')).contentFrame();

        await until(() => frame.$('a[href*="once=1"]'));
        site.sink.hosts.clear();
        await (await frame.$('a[href*="once=1"]')).evaluate((node) =>
            node.click());
        ok(await until(() => site.sink.hosts.has('www.youtube.com')),
           `scripts ${javascript}: loaded once`);
        is((await context.cookies()).length, 0, 'and nothing is kept');
        await tab.goto('about:blank');
        await sleep(300);
        site.sink.hosts.clear();
        await tab.goto('http://enforce.site.example/embed');
        await until(() => tab.$('iframe'));
        await sleep(300);
        ok(!site.sink.hosts.has('www.youtube.com'), 'nor the next time');
    }, { javascript });
}

// No name that lists of unwanted things hide.

{
    const listed = /cookie|consent|gdpr|ccpa|dsgvo|banner|cmp|notice|popup|overlay|modal|track|advert|(?:^|[-_/.])ads?(?:[-_/.]|$)/i;
    const headers = { 'Upgrade-Insecure-Requests': '1',
                      'Sec-Fetch-Dest': 'document' };
    const names = new Set();

    for (const path of ['/', '/privacy-choices/', '/privacy-choices/?all=0',
                        '/privacy-choices/placeholder?service=youtube'
                        + '&url=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fa']) {
        const { body } = await fetchRaw(site.ports.enforce, path,
                                        { headers });

        for (const tag of body.toString().match(/<[a-z][^>]*>/g)) {
            names.add(/^<([\w-]+)/.exec(tag)[1]);

            for (const [, name, value] of tag.matchAll(
                /\s([\w-]+)(?:="([^"]*)")?/g)) {
                names.add(name);

                if (/^(id|class|src|href|action|name|for)$/.test(name)
                    && !/^https?:|^service\./.test(value)) {
                    value.split(/\s+/).forEach((part) => names.add(part));
                }
            }
        }
    }

    for (const file of ['_base.css', 'pc.css', 'ask.css', 'pages.css',
                        'held.css', 'pc.js', 'choose.js', 'embeds.js',
                        'replay.js']) {
        const css = fs.readFileSync(new URL('../../ngx_consent_module/ui/'
            + `assets/${file}`, import.meta.url), 'utf8')
            .replace(/\/\*[^]*?\*\//g, '');

        names.add(file);

        for (const [, name] of css.matchAll(/[.#]([a-z][\w-]*)\s*[{,:>+[]/g)) {
            names.add(file.endsWith('css') ? name : '');
        }
    }

    const hidden = [...names].filter((name) => listed.test(name));

    ok(names.size > 60, 'names: many', names.size);
    is(hidden.join(), '', 'names: none that lists hide');
}

// The published rule, by which DuckDuckGo's browsers say no for people.

await visit('enforce', '/', async (tab, context) => {
    const rule = JSON.parse(fs.readFileSync(new URL(
        '../../docs/autoconsent.json', import.meta.url), 'utf8'));
    const script = fs.readFileSync(need.resolve('@duckduckgo/autoconsent')
        .replace(/[^/]+$/, 'autoconsent.playwright.js'), 'utf8');
    const heard = [];

    await tab.exposeFunction('autoconsentSendMessage', async (message) => {
        heard.push(message.type);

        if (message.type === 'init') {
            await tab.evaluate((answer) => {
                setTimeout(() => window.autoconsentReceiveMessage(answer));
            }, { type: 'initResp', rules: { autoconsent: [rule] }, config: {
                enabled: true, autoAction: 'optOut', disabledCmps: [],
                enablePrehide: false, enableCosmeticRules: false,
                enableHeuristicDetection: false, detectRetries: 20,
                isMainWorld: true, prehideTimeout: 2000,
                enableFilterList: false, logs: {} } });
        } else if (message.type === 'eval') {
            const result = await tab.evaluate(message.code);

            await tab.evaluate((answer) =>
                window.autoconsentReceiveMessage(answer),
                { type: 'evalResp', id: message.id, result });
        }
    });
    await tab.evaluate(script);
    ok(await until(() => heard.includes('autoconsentDone')),
       'autoconsent: refused', heard.join(' '));
    ok(await until(async () => (await context.cookies())
        .some((c) => c.value.split('.')[3] === '0')), 'and that is a no');
});

// Valid HTML, where there is Java to check it.

try {
    const folder = `${site.nginx.prefix}/html`;

    fs.mkdirSync(folder);

    const files = [];

    for (const path of ['/', '/embed', '/privacy-choices/?all=1',
                        '/privacy-choices/placeholder?service=youtube'
                        + '&url=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fa']) {
        files.push(`${folder}/${files.length}.html`);
        fs.writeFileSync(files.at(-1), (await fetchRaw(site.ports.enforce,
            path, { headers: { 'Upgrade-Insecure-Requests': '1' } })).body);
    }

    execFileSync('java', ['-version'], { stdio: 'ignore' });

    const run = spawnSync('java', ['-Xss2m', '-jar', need.resolve(
        'vnu-jar/build/dist/vnu.jar'), '--errors-only', ...files],
        { encoding: 'utf8' });

    is(run.stderr, '', 'vnu: no errors');
} catch (error) {
    note(`vnu is left out: ${error.message.split('\n')[0]}`);
}

await site.stop();
done();

// Pages of many kinds behind the module: with strict policies of their own,
// with styles and a <base> that get in the way; what a yes brings back, in
// which order, and what taking it back clears.

import http from 'node:http';

import { clickOn, closeBrowser, closeContext, launchBrowser, newVisitor,
         sleep } from '../lib/browser.mjs';
import { freePort, root, startNginx } from '../lib/nginx.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';

const outside = 'http://tracker.example';
const html = { 'Content-Type': 'text/html; charset=utf-8' };
const text = '<!doctype html><title>Page</title><p>Text</p>';
const rules = '<script type="speculationrules">{"prefetch":[{"urls":["/a"],'
              + '"eagerness":"immediate"}]}</script>';

function held(key, attributes = '', file = 'log.js') {
    return `<script ${attributes} src="${outside}/${file}?${key}"></script>`;
}

// What a rule for inline scripts knows, in an event handler.

const loader = 'gtag(&quot;config&quot;, &quot;G-1&quot;)';
const dot = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAA'
            + 'AAABAAEAAAIBRAA7';

const cover = '<div style="position:fixed;inset:0;z-index:2147483647">x</div>';

// The site's own policies.

const policies = {
    none: {},
    nonce: "script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'",
    self: "default-src 'self'",
    style: "default-src 'none'; script-src 'self'; style-src 'self'",
    types: "require-trusted-types-for 'script'",
    'types-named': "require-trusted-types-for 'script'; trusted-types site",
    sandbox: 'sandbox allow-scripts allow-same-origin allow-forms',
};

const pages = {
    '/a': text,
    '/order': `<!doctype html><title>Order</title>
        <script>var seen = []; function log(x) { seen.push(x); }</script>
        ${held('deferred', 'defer')}${held('first')}
        ${held('module', 'type=module')}
        ${held('writes', '', 'write.js')}${held('async', 'async')}
        ${held('listens', '', 'listen.js')}
        ${held('which', `id="this" onload="log('loaded')"`, 'current.js')}
        ${held('last')}`,
    '/handlers': `<!doctype html><title>Handlers</title>
        <script>var seen = []; var log = (x) => { seen.push(x); },
            gtag = log;</script>
        <body onload="log('body');${loader}">
        <img onload="log('img');${loader}" src="${dot}">
        <img onerror="log('broken');${loader}" src="/none" alt="">
        <img onerror="log('both');${loader}" src="${outside}/dot.gif">
        <p id="p" onclick="log('click');${loader}">Text</p>
        <a id="a" href="javascript:void(log('link'),${loader})">Link</a>
        <p id="q" onclick="log('own')">Text</p>
        <svg width="9" height="9"><rect width="9" height="9"
            fill="url(${outside}/a.svg#f)" id="r"/></svg>`,
    '/unset': `${text}<style>* { all: unset !important }</style>${cover}`,
    '/hidden': `${text}${cover}<style>privacy-choices {
        display: none !important; visibility: hidden !important;
        opacity: 0 !important; transform: scale(0) !important;
        clip-path: inset(50%) !important; filter: opacity(0) !important;
        width: 0 !important; height: 0 !important }</style>`,
    '/quirks': '<title>Quirks</title><table><tr><td>Text</table>',
    '/base': text.replace('<p>', '<base href="http://other.example/x/"'
                                 + ' target="_blank"><p>'),
    '/fragment': `<p id="part">Part ${held('part')}</p>`,
    '/fetches': `${text}<div id="in"></div><script>
        fetch('/fragment').then((a) => a.text()).then((t) => {
            document.getElementById('in').innerHTML = t; });</script>`,
    '/video': `${text}<iframe id="tube" width="560" height="315"
        src="http://www.youtube.com/embed/abcdefghijk"></iframe>
        <iframe id="vimeo" width="560" height="315"
        src="http://player.vimeo.com/video/1"></iframe>`,
    '/stores': `${text}<script>
        localStorage.setItem('yt-remote-device-id', 1);
        localStorage.setItem('mine', 1);
        sessionStorage.setItem('yt-remote-session-app', 1);
        sessionStorage.setItem('mine', 1);
        </script>`,
    '/cookies': `${text}<script>
        document.cookie = '_ga=1; path=/; domain=site.example; max-age=999';
        document.cookie = '_fbp=1; path=/; max-age=999';
        document.cookie = 'mine_x=1; path=/; max-age=999';
        </script>`,
};

for (const [name, policy] of Object.entries(policies)) {
    pages[`/policy-${name}`] = `${text}<script nonce="abc">1</script>${
        name === 'none' ? rules : ''}`;
    pages[`/yes-${name}`] = `${text}${held('first', 'nonce="abc"')}`;
}

function policyOf(path) {
    const policy = policies[/^\/(?:policy|yes)-(.*)/.exec(path)?.[1]];

    return typeof policy === 'string'
           ? { 'Content-Security-Policy': policy } : {};
}

const site = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');

    response.writeHead(pages[pathname] ? 200 : 204,
                       { ...html, ...policyOf(pathname) });
    response.end(pages[pathname]);
});

await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const ports = { plain: site.address().port, enforce: await freePort(),
                off: await freePort() };

const server = await startNginx((prefix) => ['enforce', 'off'].map((csp) => `
    server {
        listen 127.0.0.1:${ports[csp]};
        consent enforce;
        consent_rules ${root}/rules/*.json;
        consent_record ${prefix}/${csp}.jsonl;
        consent_csp ${csp};
        location / {
            proxy_pass http://127.0.0.1:${ports.plain};
            proxy_set_header Host $host;
        }
    }`).join(''), ports.off);

// What the outside answers: scripts that say which of them ran.

const scripts = {
    '/log.js': (key) => `log('${key}')`,
    '/write.js': (key) => `log('${key}'); document.write('<script>'
        + 'log("${key}: written")</' + 'script>')`,
    '/current.js': (key) => `log('${key} ' + document.currentScript.id)`,
    '/listen.js': (key) => `log('${key}');
        addEventListener('load', () => log('${key}: load'));
        document.addEventListener('DOMContentLoaded',
                                  () => log('${key}: ready'));`,
};

const sink = await startSink((request) => {
    const [, file, key] = /^GET (\/\w+\.js)\?(\w+)/.exec(request) ?? [];
    const body = scripts[file]?.(key);

    return body && 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
                   + 'Access-Control-Allow-Origin: *\r\n'
                   + 'Content-Type: text/javascript\r\n'
                   + `Content-Length: ${body.length}\r\n\r\n${body}`;
});

const hosts = Object.fromEntries(Object.entries(ports).map(
    ([name, port]) => [`${name}.site.example`, port]));
const browser = await launchBrowser({ map: hosts, sink: sink.port });

function inBanner(selector) {
    return `privacy-choices >>> ${selector}`;
}

function asks(tab) {
    return tab.$(inBanner('button[value=reject]')).then(Boolean);
}

// fn(tab, context) with a fresh profile; tab.said: what the console got.

async function visit(name, path, fn, { javascript = true } = {}) {
    const { context, tab } = await newVisitor(browser, { javascript });

    tab.said = [];
    tab.on('console', (line) => tab.said.push(line.text()));
    tab.on('pageerror', (error) => tab.said.push(error.message));

    await tab.goto(`http://${name}.site.example${path}`);
    await sleep(250);

    try {
        return await fn(tab, context);
    } finally {
        await closeContext(context);
    }
}

async function press(tab, selector) {
    const element = await tab.waitForSelector(selector, { timeout: 5000 });

    await clickOn(tab, element);
    await sleep(900);
}

async function cookies(context) {
    return (await context.cookies()).map((c) => c.name).sort().join();
}

// The site's own policy: no word in the console that is not the site's, and
// a no arrives, by form where fetch is refused.

for (const name of Object.keys(policies)) {
    const path = `/policy-${name}`;
    const said = (tab) => tab.said.join('\n').replace(/\w+\.site\./g, 'site.');
    const own = await visit('plain', path, said);

    await visit('enforce', path, async (tab, context) => {
        is(said(tab), own,
           `policy ${name}: the console says what it says without us`);
        await press(tab, inBanner('button[value=reject]'));
        is(await cookies(context), 'privacy_choice',
           `policy ${name}: a no is taken`);
        ok(!await asks(tab), `policy ${name}: and not asked for again`);
    });
}

// Pages that get in the way.

for (const path of ['/unset', '/hidden', '/quirks', '/base']) {
    await visit('enforce', path, async (tab, context) => {
        const button = await tab.$(inBanner('button[value=reject]'));
        const top = await button?.evaluate((node) => {
            const { x, y, width, height } = node.getBoundingClientRect();

            return [document.elementFromPoint(x + width / 2, y + height / 2)
                        ?.localName,
                    node.checkVisibility({ opacityProperty: true,
                                           visibilityProperty: true }),
                    width > 90 && height >= 44].join();
        });

        is(top, 'privacy-choices,true,true', `${path}: the question is seen`);
        await press(tab, inBanner('button[value=reject]'));
        is(await cookies(context), 'privacy_choice', `${path}: a no is taken`);
    });
}

await visit('enforce', '/fetches', async (tab) => {
    is(await tab.$$eval('privacy-choices', (all) => all.length), 1,
       'a fragment that a script fetches has no banner of its own');
    ok(await tab.$('#in script[data-pc-src]'), 'and is held back as well');
});

// A yes, without a policy of ours: as the parser would have done it.

await visit('off', '/order', async (tab) => {
    let reloads = 0;

    tab.on('framenavigated', () => { reloads++; });
    is((await tab.evaluate('seen')).join(), '', 'nothing ran before the yes');
    await press(tab, inBanner('button[value=accept]'));
    await sleep(600);

    const seen = await tab.evaluate('seen');

    is(seen.filter((key) => key !== 'async').join(', '),
       'first, writes, writes: written, listens, which this, loaded, last,'
       + ' deferred, module, listens: ready, listens: load', 'a yes runs scripts in order');
    ok(seen.includes('async'), 'async ones as well', seen.join());
    is(reloads, 0, 'without a reload');
});

// Under the site's own policies, too.  Where one lets no script be made of a
// text, or nothing be fetched (the form goes by itself), the page comes anew.

for (const name of Object.keys(policies)) {
    await visit('off', `/yes-${name}`, async (tab, context) => {
        let reloads = 0;

        tab.on('framenavigated', () => { reloads++; });
        await press(tab, inBanner('button[value=accept]'));
        is(`${await cookies(context)} ${reloads}`,
           `privacy_choice ${/^(style|types-named)$/.test(name) ? 1 : 0}`,
           `policy ${name}: a yes needs a reload only where it must`);
        is(await tab.$eval('script[src*=tracker]', (node) => node.type), '',
           `policy ${name}: what was held is back`);
    });
}

await visit('off', '/handlers', async (tab) => {
    const act = () => tab.evaluate(() => {
        for (const id of ['p', 'a', 'q']) {
            document.getElementById(id).click();
        }
    });

    await act();
    is((await tab.evaluate('seen')).join(), 'own',
       'of handlers and links with code, only the site\'s own run');
    await tab.evaluate('seen = []');
    await press(tab, inBanner('button[value=accept]'));
    await act();
    await sleep(300);
    is((await tab.evaluate('seen'))
        .filter((x) => x !== 'config').sort().join(),
       'body,both,broken,click,img,link,own',
       'after a yes all do, those of events that are over once as well');
    is(await tab.$eval('#r', (node) => node.getAttribute('fill')),
       `url(${outside}/a.svg#f)`, 'and a URL in a property is back');
});

await visit('enforce', '/order', async (tab) => {
    let reloads = 0;

    tab.on('framenavigated', () => { reloads++; });
    await press(tab, inBanner('button[value=accept]'));
    await sleep(600);
    is(reloads, 1, 'with our policy: one reload');
    ok((await tab.evaluate('seen')).includes('last'), 'then scripts run');
});

// By keyboard alone.

await visit('enforce', '/video', async (tab, context) => {
    const focused = () => tab.evaluate(() => {
        const root = document.querySelector('privacy-choices').shadowRoot;

        return root.activeElement?.value || root.activeElement?.className
               || root.activeElement?.localName || '';
    });
    const steps = [];

    for (let i = 0; i < 3; i++) {
        await tab.keyboard.press('Tab');
        steps.push(await focused());
    }

    is(steps.join(), 'accept,reject,a', 'Tab: first to the question, in order');
    ok(await tab.$eval(inBanner('form a'), (node) =>
        parseFloat(getComputedStyle(node).outlineWidth) >= 2),
       'the focus is seen');
    await tab.keyboard.press('Escape');
    await sleep(200);
    ok(await asks(tab) && await cookies(context) === '',
       'Escape answers nothing');
    await tab.keyboard.down('Shift');
    await tab.keyboard.press('Tab');
    await tab.keyboard.up('Shift');
    await tab.keyboard.press('Enter');
    await sleep(900);
    is(await focused(), 'open', 'after Enter the focus is on the way back');
    is(await cookies(context), 'privacy_choice', 'and the no is taken');
});

// One service alone, at its placeholder.

for (const javascript of [true, false]) {
    await visit('enforce', '/video', async (tab) => {
        const frame = await (await tab.$('#tube')).contentFrame();
        const button = await frame.$('button[value=save]');

        /* The question may lie above it. */
        await button.evaluate((node) => node.click());
        await sleep(1500);
        sink.hosts.clear();
        await tab.reload();
        await sleep(300);

        const asked = [...sink.hosts.keys()].join();

        ok(/youtube/.test(asked) && !/vimeo/.test(asked),
           `scripts ${javascript}: YouTube alone, from its placeholder`,
           asked);
    }, { javascript });
}

// Services against their purpose, in the preference centre.

await visit('enforce', '/privacy-choices/?return=%2Fvideo', async (tab) => {
    is(await tab.$$eval('[name="service.dailymotion"]', (all) => all.length),
       0, 'a service that the site does not use is not listed');
    await press(tab, 'a[href*="all=1"]');
    await tab.waitForSelector('[name="service.dailymotion"]');
    ok(true, 'unless all are asked for');
    await tab.goto('http://enforce.site.example/privacy-choices/'
                   + '?return=%2Fvideo');
    await tab.$$eval('details', (all) => all.forEach((d) => { d.open = true; }));
    await press(tab, 'input[name=granted][value=embeds]');
    await tab.select('select[name="service.vimeo"]', '0');
    sink.hosts.clear();
    await press(tab, 'button[value=save]');
    is(new URL(tab.url()).pathname, '/video', 'back where it came from');

    const asked = [...sink.hosts.keys()].join();

    ok(/youtube/.test(asked) && !/vimeo/.test(asked),
       'a granted purpose but for one service', asked);
});

await visit('enforce', '/privacy-choices/?all=1', async (tab) => {
    const hidden = await tab.evaluate(() => {
        const under = (node) => {
            const bar = document.querySelector('.ends');

            node.focus();
            return !bar.contains(node)
                   && node.getBoundingClientRect().bottom
                      > bar.getBoundingClientRect().top;
        };

        return [...document.querySelectorAll('input[role=switch], main > form'
                + ' > section > details > summary')].filter(under).length;
    });

    is(hidden, 0, 'the bar of buttons hides nothing that has the focus');
});

for (const target of ['//other.example/', 'http://other.example/',
                      '/\\other.example', '/%09/other.example']) {
    await visit('enforce', '/privacy-choices/?return='
                + encodeURIComponent(target), async (tab) => {
        await press(tab, 'button[value=reject]');
        is(new URL(tab.url()).hostname, 'enforce.site.example',
           `no way out to ${target}`);
    });
}

// A no: what is stored of services by names that we know goes at once.

await visit('enforce', '/stores', async (tab) => {
    const stored = () => tab.evaluate(() => [localStorage, sessionStorage]
        .map((store) => Object.keys(store).sort().join()).join(' '));

    is(await stored(), 'mine,yt-remote-device-id mine,yt-remote-session-app',
       'stored before');
    await press(tab, inBanner('button[value=reject]'));
    is(await stored(), 'mine mine', 'after a no: what is the site\'s own');
});

// Taking it back: cookies on the host and on the domain.  The other tab, and
// the page that waits in the back/forward cache, learn of it.

await visit('enforce', '/a', async (tab, context) => {
    await press(tab, inBanner('button[value=accept]'));
    await tab.goto('http://enforce.site.example/cookies');
    is(await cookies(context), '_fbp,_ga,mine_x,privacy_choice',
       'with a yes, scripts store');
    await tab.goto('http://enforce.site.example/video');

    const other = await context.newPage();

    await other.goto('http://enforce.site.example/privacy-choices/');
    await press(other, 'button[value=withdraw]');
    await other.goto('http://enforce.site.example/a');
    note(await cookies(context));
    ok(!/_ga|_fbp/.test(await cookies(context)),
       'taken back: cookies of host and domain are gone');
    sink.hosts.clear();
    await tab.bringToFront();
    await tab.reload();
    await sleep(300);
    is([...sink.hosts.keys()].filter((h) => /tube|vimeo/.test(h)).join(), '',
       'and holds for the other tab from its next request');
});

await closeBrowser(browser);
await sink.stop();
await server.stop();
site.closeAllConnections();
site.close();
done();

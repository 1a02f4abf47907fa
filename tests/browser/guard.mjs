// The guard in a page: natives look native, what is held fails as on a network
// that refuses, all comes back in order after a yes, and pages that freeze,
// patch or isolate go on working.

import fs from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';

import { closeContext, firefox, launchBrowser, sleep }
    from '../lib/browser.mjs';
import { fetchRaw, freePort, root, startNginx } from '../lib/nginx.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, is, note, ok, skipAll } from '../lib/tap.mjs';

if (firefox) {
    skipAll('what is compared here are Chromium\'s natives');
}

const outside = 'http://tracker.example';
const modules = `${root}/build/node/node_modules`;

// What the tag and its rules may weigh for a visitor who has granted nothing.

const LIMIT = 3 * 1024;


// Pages.  `seen` is what a page has to say.

const start = `<!doctype html><html><head><title>Page</title><script>
    var seen = [], log = (x) => { seen.push(x); };
    function add(name, src, more) {
        const el = Object.assign(document.createElement(name), more);
        el.src = '${outside}' + src;
        document.body.append(el);
        return el;
    }</script></head><body><p id="p">Text</p>`;

const pages = {
    '/plain': start,
    '/nonce': '<!doctype html><title>x</title><script nonce="abc">1</script>',
    '/order': `${start}<script src="/order.js"></script>`,
    '/spa': start,
    '/held': `<!doctype html><title>Held</title>
        <link rel="stylesheet" type="text/css" href="${outside}/held.css">
        <img src="${outside}/parsed.gif"><main><img src="${outside}/put.gif">`,
    '/away': '<!doctype html><title>Away</title><p>Text',
    '/zone': `${start}<script src="/zone.js"></script><script>
        Zone.current.fork({ name: 'z' }).run(() => {
            fetch('/away').then((a) => a.text()).then((text) =>
                log(text.includes('Away') + ' ' + Zone.current.name));
            fetch('${outside}/x').catch((e) =>
                log(e.name + ' ' + Zone.current.name));
            const x = new XMLHttpRequest();
            x.open('GET', '/away');
            x.onload = () => log('xhr ' + x.status + ' ' + Zone.current.name);
            x.send();
            add('script', '/x.js').onerror = () =>
                log('held ' + Zone.current.name);
            new MutationObserver(() => log('observed')).observe(p,
                { childList: true });
            p.innerHTML = '<b>x</b>';
        });</script>`,
    '/frozen': `${start}<script>
        for (const o of [Element, HTMLImageElement, HTMLScriptElement, Node,
                         Document, XMLHttpRequest, Storage, Function, Array,
                         Object, Promise, WebSocket]) {
            Object.freeze(o);
            Object.freeze(o.prototype);
        }
        new Image().src = '${outside}/x.gif';
        add('script', '/x.js').onerror = () => log('held');
        document.cookie = '_ga=1';
        localStorage.setItem('mine', '1');
        const f = document.createElement('iframe');
        document.body.append(f);
        f.contentWindow.fetch('${outside}/y').catch((e) => log('refused'));
        fetch('/away').then((a) => log(a.status));</script>`,
    '/patched': `${start}<script>
        const { fetch: was } = window, make = document.createElement;
        const { open } = XMLHttpRequest.prototype;
        const src = Object.getOwnPropertyDescriptor(
            HTMLImageElement.prototype, 'src');
        window.fetch = function (...a) { log('patch'); return was(...a); };
        document.createElement = function (...a) {
            return make.apply(this, a); };
        XMLHttpRequest.prototype.open = function (...a) {
            return open.apply(this, a); };
        Object.defineProperty(HTMLImageElement.prototype, 'src', {
            ...src, set(v) { log('src'); src.set.call(this, v); } });
        class Socket extends WebSocket {}
        const socket = new Socket('${outside}/s'.replace('http', 'ws'));
        log(socket instanceof Socket && socket instanceof WebSocket);
        socket.onerror = (e) => log('socket ' + e.type);
        new Image().src = '${outside}/x.gif';
        fetch('${outside}/y').catch((e) => log(e.name));
        fetch('/away').then((a) => log(a.status));</script>`,
    '/partytown': `${start}<script>partytown = { lib: '/~partytown/' };
        </script><script src="/~partytown/partytown.js"></script>
        <script type="text/partytown">
        document.title = 'from a worker';
        localStorage.setItem('mine', document.querySelector('p').textContent);
        </script>`,
    '/types': `${start}<script>
        const policy = trustedTypes.createPolicy('site',
            { createHTML: (s) => s, createScriptURL: (s) => s });
        const el = document.createElement('script');
        el.src = policy.createScriptURL('${outside}/x.js');
        document.head.append(el);
        p.innerHTML = policy.createHTML('<i>own</i>');
        log(p.innerHTML);
        p.innerHTML = policy.createHTML('<img src=${outside}/x.gif>');
        log(p.childElementCount);
        try { p.innerHTML = 'text'; } catch (e) { log(e.name); }</script>`,
    '/frames': `${start}<iframe id="own" src="http://jsdelivr.net/frame">
        </iframe><script>
        onmessage = (e) => log(e.data);
        own.onload = () => {
            own.contentWindow.postMessage('asked', '*');
            log(own.contentDocument === null);
            own.style.width = '9px';
            document.body.append(document.createElement('b'));
        };</script>`,
    '/texts': `${start}<script>
        const css = "a[href^='http://tracker.example'] { color: red } "
            + '.b { background: url("data:image/svg+xml,<svg xmlns='
            + "'http://www.w3.org/2000/svg'/>\\") }";
        const sheet = document.createElement('style');
        sheet.textContent = css;
        document.head.append(sheet);
        log(sheet.textContent === css);
        log(String(new Audio().getAttribute('src')));
        const feed = new DOMParser().parseFromString(
            '<feed><link href="http://other.example/"/></feed>', 'text/xml');
        log(feed.querySelector('link').getAttribute('href'));
        p.setAttribute('title', undefined);
        log(p.title);
        document.cookie = 'cart=1';
        document.cookie = 'unknown=1';
        log(document.cookie);
        document.cookie = 'unknown=; max-age=0';
        log(document.cookie);
        p.innerHTML = '<p>a < b: c</p>';
        log(p.textContent);
        p.style.setProperty('color', 'red');
        p.style.setProperty('color', null);
        log(p.getAttribute('style') || '');</script>`,
};

// In a file of its own: inline, the server would hold it.

const order = `
    var dataLayer = [], _paq = [];
    function gtag() { dataLayer.push(arguments); }
    function fbq() { fbq.queue.push([].slice.call(arguments)); }
    fbq.queue = [];
    gtag('event', 'one');
    _paq.push(['trackPageView']);
    fbq('track', 'PageView');
    add('script', '/gtag.js', { async: false });
    document.cookie = '_ga=1; path=/; max-age=999';
    log(document.cookie);
    add('script', '/paq.js', { async: false });
    localStorage.setItem('_hjid', '1');
    log(String(localStorage.getItem('_hjid')));
    add('script', '/fbq.js', { async: false });
    navigator.sendBeacon('${outside}/beacon', 'x');
    new Image().src = '${outside}/image.gif';
    window.sound = new Audio('${outside}/sound.mp3');
    p.innerHTML = '<img id="inner" src="${outside}/inner.gif">';
    const sheet = document.createElement('style');
    sheet.textContent = 'p { background: url(${outside}/back.gif) }';
    document.head.append(sheet);
    p.style.borderImage = 'url("${outside}/border.gif")';
    gtag('event', 'two');
    fbq('track', 'Lead');
    _paq.push(['trackGoal']);`;

// A service that is in use: what it stores is known to the guard then.

pages['/use'] = `${start}<script src="https://static.hotjar.com/c/hotjar-1.js">
    </script>`;

// Loaders that the server holds: what the page's own scripts call of them is
// kept, and called once they are there.  mixpanel never comes.

pages['/stubs'] = `${start}<script>window.dataLayer = window.dataLayer || [];
    function gtag() { dataLayer.push(arguments) }
    gtag('js', new Date()); gtag('config', 'G-1');</script>
    <script>!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){
    n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};
    if(!f._fbq)f._fbq=n;n.queue=[];log('fbq is made')}(window,document);
    fbq('init', '1');</script>
    <script>_paq.push(['setSiteId', '1']); log('paq ' + _paq.length)</script>
    <script src="http://cdn.mxpnl.com/libs/mixpanel.js"></script>
    <script src="http://js.hs-scripts.com/1.js"></script>
    <script src="/stubs.js"></script>`;

const stubs = `
    gtag('event', 'own');
    dataLayer.push({ event: 'own' });
    fbq('track', 'Own');
    _paq.push(['trackGoal']);
    mixpanel.track('own');
    _hsq.push(['own']);
    for (let i = 0; i < 3000; i++) mixpanel.track(i);
    mine = { mixpanel };
    log(typeof hj + ' ' + dataLayer.length + ' ' + Array.isArray(_hsq));`;

// What only scripts bring, of services that nobody saw here yet: some are
// allowed, of which one has the other's host.

pages['/brought'] = `${start}<script src="/brought.js"></script>`;

const brought = `
    const load = (name, src, more) => {
        const el = Object.assign(document.createElement(name), more);
        el.onload = () => log(name + ' load');
        el.onerror = () => log(name + ' error');
        el[name === 'link' ? 'href' : 'src'] = src;
        document.head.append(el);
    };
    load('script', 'http://www.clarity.ms/tag/x', { async: false });
    load('script', 'http://cdn.jsdelivr.net/npm/lite.js', { async: false });
    load('link', 'http://cdn.jsdelivr.net/npm/lite.css',
         { rel: 'stylesheet' });
    load('img', 'http://connect.facebook.net/denied.gif');
    load('img', 'http://nobody.example/unknown.gif');
    p.innerHTML = '<img src="http://x.hotjar.com/markup.gif">';
    fetch('http://x.algolia.net/1/fetched').then((a) => log(a.status),
                                                 (e) => log(e.name));
    if (location.search) {
        const x = new XMLHttpRequest();
        x.open('POST', 'http://api2.amplitude.com/queried');
        x.setRequestHeader('X-Own', '1');
        x.onload = () => log('xhr load');
        x.onerror = () => log('xhr error');
        x.send('text');
    }
    navigator.sendBeacon('http://heapanalytics.com/beacon', 'x');
    document.cookie = '_pk_id.1.abcd=1; path=/';`;

// Steps to another path that a script makes at a click, and a frame that stands
// in a page, of services that nobody saw here yet.

const steps = { one: 'http://plausible.io/js/step.js',
                two: 'http://cdn.mxpnl.com/libs/step.js' };

for (const name of Object.keys(steps)) {
    pages[`/step/${name}`] = pages['/step'] = `${start}<input id="field">
        <a id="link" href="/film">A film</a> ${Object.keys(steps).map((to) =>
            `<button id="${to}">${to}</button>`).join(' ')}<script>
        const urls = ${JSON.stringify(steps)};
        const go = (to) => {
            const el = document.createElement('script');
            el.src = urls[to];
            el.onload = () => log(to + ' load');
            document.head.append(el);
        };
        const at = location.pathname.split('/')[2];
        if (at) go(at);
        onclick = ({ target }) => {
            if (!urls[target.id]) return;
            history.pushState({}, '', '/step/' + target.id);
            go(target.id);
        };
        addEventListener('load', () => fetch('${outside}/hold')
            .catch(() => {}));</script>`;
}

pages['/film'] = `${start}<iframe src="http://w.soundcloud.com/player/">
    </iframe>`;

const policies = { '/types': "require-trusted-types-for 'script'",
                   '/nonce': "script-src 'nonce-abc'" };
const served = {
    '/zone.js': `${modules}/zone.js/bundles/zone.umd.js`,
};

const site = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    const [, town] = /^\/~partytown\/([\w.-]+)$/.exec(pathname) ?? [];
    const file = town ? `${modules}/@qwik.dev/partytown/lib/${town}`
                      : served[pathname];

    if (file && fs.existsSync(file)) {
        response.setHeader('Content-Type', file.endsWith('.html')
            ? 'text/html; charset=utf-8' : 'text/javascript');
        return response.end(fs.readFileSync(file));
    }

    const script = { '/order.js': order, '/brought.js': brought,
                     '/stubs.js': stubs }[pathname];

    if (script) {
        response.setHeader('Content-Type', 'text/javascript');
        return response.end(script);
    }

    if (policies[pathname]) {
        response.setHeader('Content-Security-Policy', policies[pathname]);
    }

    response.writeHead(pages[pathname] ? 200 : 404,
                       { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(pages[pathname]);
});

await new Promise((ready) => site.listen(0, '127.0.0.1', ready));

const ports = { none: site.address().port, off: await freePort(),
                enforce: await freePort(), newOff: await freePort(),
                newEnforce: await freePort() };

const mine = JSON.stringify({ version: 1, services: [{
    id: 'shop', name: 'Shop', purposes: ['necessary'],
    match: [{ host: 'shop.example' }],
    storage: [{ kind: 'cookie', name: 'cart' }] }] });

// Of the second, nobody has used them before.

const serve = (list) => startNginx((prefix) => {
    fs.writeFileSync(`${prefix}/mine.json`, mine);

    return list.map((name) => `server {
        listen 127.0.0.1:${ports[name]};
        consent enforce;
        consent_guard on;
        consent_csp ${/off$/i.test(name) ? 'off' : 'enforce'};
        consent_rules ${root}/rules/*.json ${prefix}/mine.json;
        consent_record ${prefix}/${name}.jsonl;
        location / {
            proxy_pass http://127.0.0.1:${ports.none};
            proxy_set_header Host $host;
        }
    }`).join('\n');
}, ports[list[0]]);

const servers = [];

for (const list of [['off', 'enforce'], ['newOff'], ['newEnforce']]) {
    servers.push(await serve(list));
}


// The outside: vendors' scripts that take what their queues hold.

const scripts = {
    '/gtag.js': 'log("gtag " + dataLayer.map((a) => a[1]))',
    '/paq.js': 'log("paq " + _paq.map((a) => a[0]))',
    '/fbq.js': 'log("fbq " + fbq.queue.map((a) => a[1]))',
};
const kinds = { '.js': 'text/javascript', '.css': 'text/css' };
const frame = '<script>onmessage = (e) => parent.postMessage(e.data + " back",'
              + ' "*")</script>';
let asked = [];

const sink = await startSink((request) => {
    const [, path] = /^\w+ (\S+)/.exec(request) ?? [];
    const body = scripts[path] ?? (path === '/frame' ? frame : '');

    if (path) {
        asked.push(path);
    }

    return 'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n'
           + 'Access-Control-Allow-Headers: *\r\n'
           + `Content-Type: ${kinds[/\.\w+$/.exec(path)] ?? 'text/html'}`
           + `\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
           + body;
});

const hosts = Object.keys(ports).map((name) => `${name}.site.example`);
const browser = await launchBrowser({
    whole: true,
    map: Object.fromEntries(Object.entries(ports).map(([name, port]) =>
        [`${name}.site.example`.toLowerCase(), port])),
    sink: sink.port,
    args: [`--unsafely-treat-insecure-origin-as-secure=${
        hosts.map((host) => `http://${host}`)}`],
});

// A page in a profile of its own: { tab, faults }.

async function open(name, path, wait = 700) {
    const context = await browser.createBrowserContext();
    const tab = await context.newPage();
    const faults = [];

    asked = [];
    tab.on('pageerror', (e) => faults.push(e.stack ?? String(e)));
    await tab.goto(`http://${name}.site.example${path}`);
    await sleep(wait);

    return { tab, faults, close: () => closeContext(context) };
}

async function until(tab, expression) {
    await tab.waitForFunction(expression, { timeout: 8000 }).catch(() => {});
}

async function accept(tab) {
    const button = await tab.waitForSelector(
        'privacy-choices >>> button[value=accept]');

    await button.click();
}

async function says(name, path, expected, what) {
    const { tab, faults, close } = await open(name, path);

    await until(tab, `seen.length >= ${expected.length}`);
    is((await tab.evaluate('seen.map(String).sort().join("|")')),
       expected.slice().sort().join('|'), `${name}: ${what}`);
    ok(!faults.length, `${name}: ${what}: no error`, faults.join('\n'));
    await close();
}


// Where it is, and what it weighs.

const document = { 'Sec-Fetch-Dest': 'document' };

{
    const headers = { Host: 'off.site.example', ...document };
    const plain = (await fetchRaw(ports.off, '/plain', { headers }))
        .body.toString();
    const inline = (await fetchRaw(ports.off, '/nonce', { headers }))
        .body.toString();
    const [tag, , src] = /<script data-pc-guard="([^"]*)"[^>]* src="([^"]*)">/
        .exec(plain) ?? ['', '', ''];
    const file = await fetchRaw(ports.off, src.replace(/&amp;/g, '&'),
                                { headers });
    const whole = /<script data-pc-guard="[^]*?<\/script>/.exec(inline)?.[0];
    const bytes = Buffer.from(whole ?? '');

    ok(tag && plain.indexOf('<script') === plain.indexOf(tag),
       'without a nonce it is a file, before all other scripts');
    ok(/immutable/.test(file.headers['cache-control']),
       'which browsers keep', file.headers['cache-control']);
    ok(/ nonce="abc">!f/.test(whole), 'with a nonce it is in the page itself');
    is(inline.indexOf('<script'), inline.indexOf(whole),
       'before all other scripts');

    const brotli = zlib.brotliCompressSync(bytes).length;

    ok(brotli <= LIMIT && bytes.length > LIMIT,
       `with its rules it weighs ${LIMIT} bytes at most`, brotli);
    note(`brotli ${brotli}, gzip ${zlib.gzipSync(bytes, { level: 9 }).length}`);
}


for (const name of ['off', 'enforce']) {
    await fetchRaw(ports[name], '/use', {
        headers: { Host: `${name}.site.example`, ...document } });
}


// All that is native: descriptors, names, lengths and texts.

{
    const all = () => {
        const out = {};
        const put = (key, fn) => {
            out[key] = typeof fn !== 'function' ? typeof fn
                : [fn.name, fn.length, String(fn), 'prototype' in fn,
                   fn.prototype?.constructor?.name,
                   Object.getOwnPropertyNames(fn).join()].join(' ');
        };

        for (const name of Object.getOwnPropertyNames(window)) {
            const value = /^[A-Z]|^fetch/.test(name) ? window[name] : null;
            put(name, value);

            for (const o of [value, value?.prototype]) {
                for (const key of o ? Object.getOwnPropertyNames(o) : []) {
                    const d = Object.getOwnPropertyDescriptor(o, key);
                    const id = name + (o === value ? '.' : '#') + key;

                    put(`${id} get`, d.get);
                    put(`${id} set`, d.set);
                    put(`${id} value`, d.value);
                    out[id] = [d.enumerable, d.configurable, d.writable]
                        .join();
                }
            }
        }

        const fine = [
            document.createElement('audio').constructor === HTMLAudioElement,
            new Audio() instanceof HTMLAudioElement,
            Object.getPrototypeOf(class extends WebSocket {}) === WebSocket,
            new FontFace('x', 'local(x)') instanceof FontFace,
            new RTCPeerConnection({ iceServers: [] })
                .constructor === RTCPeerConnection,
        ];

        return { out, fine: fine.join() };
    };
    const on = await open('off', '/plain', 0);
    const without = await open('none', '/plain', 0);
    const [a, b] = [await on.tab.evaluate(all), await without.tab.evaluate(all)];
    const differ = Object.keys({ ...a.out, ...b.out })
        .filter((key) => a.out[key] !== b.out[key]
                         && !/^(PrivacyC|privacyC)/.test(key));

    ok(Object.keys(b.out).length > 5000, 'thousands of natives are looked at');
    is(a.fine, b.fine, 'constructors and prototypes belong together');
    ok(!differ.length, 'natives look native', differ.slice(0, 9)
        .map((key) => `${key}: ${a.out[key]} / ${b.out[key]}`).join('\n'));
    await on.close();
    await without.close();
}


// What is held fails as on a network that refuses; promises settle.

{
    const { tab, faults, close } = await open('off', '/plain', 0);
    const results = await tab.evaluate(async (u) => {
        const event = (o, ...types) => new Promise((done) => types.forEach(
            (type) => o.addEventListener(type, () => done(type))));
        const make = (name) => document.body.appendChild(
            document.createElement(name));
        const x = new XMLHttpRequest();
        x.open('GET', u);
        x.send();
        const sync = new XMLHttpRequest();
        sync.open('GET', u, false);
        const script = make('script'), image = new Image();
        const link = Object.assign(make('link'), { rel: 'stylesheet' });
        script.src = image.src = link.href = u;
        const socket = new WebSocket(u.replace('http', 'ws'));
        const events = new EventSource(u);
        const request = indexedDB.open('_hjid');

        const outcomes = Object.entries({
            fetch: fetch(u).catch((e) => e.name + e.message),
            request: fetch(new Request(u, { method: 'POST', body: 'x' }))
                .catch((e) => e.name + e.message),
            xhr: event(x, 'error', 'load')
                .then((type) => type + x.status + x.readyState),
            sync: (() => { try { sync.send(); } catch (e) { return e.name; } })(),
            script: event(script, 'error', 'load'),
            image: event(image, 'error', 'load'),
            link: event(link, 'error', 'load'),
            socket: event(socket, 'error', 'open'),
            events: event(events, 'error', 'open'),
            beacon: navigator.sendBeacon(u),
            cookie: cookieStore.set('_ga', '1'),
            database: event(request, 'error', 'success'),
        });

        return (await Promise.all(outcomes.map(async ([name, outcome]) =>
            `${name} ${await Promise.race([outcome, new Promise((done) =>
                setTimeout(done, 5000, 'hangs'))])}`))).join('|');
    }, `${outside}/x`);

    is(results, ['fetch TypeErrorFailed to fetch',
                 'request TypeErrorFailed to fetch', 'xhr error04',
                 'sync NetworkError', 'script error', 'image error',
                 'link error', 'socket error', 'events error', 'beacon true',
                 'cookie undefined', 'database error',
       ].join('|'), 'errors are those of a network that refuses');
    ok(!faults.length, 'and none is new', faults.join('\n'));
    ok(!asked.length, 'nothing has left', asked.join());
    await close();
}


// After a yes: in order, with what vendors' queues hold.

{
    const { tab, faults, close } = await open('off', '/order');

    is(await tab.evaluate('seen.join("|")'), '_ga=1|null',
       'a cookie that is held can be read, other storage cannot');
    ok(!asked.length, 'nothing leaves before a yes', asked.join());
    ok(!(await tab.cookies()).some((cookie) => cookie.name === '_ga'),
       'and no cookie is there');

    await accept(tab);
    await until(tab, 'seen.length >= 5');
    is(await tab.evaluate('seen.slice(2).join("|")'),
       'gtag one,two|paq trackPageView,trackGoal|fbq PageView,Lead',
       'scripts come in order, and queues hold what was queued');
    is(await tab.evaluate('document.cookie.includes("_ga=1") + "|"'
                          + ' + localStorage.getItem("_hjid")'), 'true|1',
       'what was to be stored is stored');

    await sleep(500);

    const all = ['/gtag.js', '/paq.js', '/fbq.js', '/beacon', '/image.gif',
                 '/sound.mp3', '/inner.gif', '/back.gif', '/border.gif'];

    is(all.filter((path) => asked.includes(path)).join(), all.join(),
       'all that was held is asked for');
    ok(new Set(asked).size === asked.length, 'once', asked.join());
    ok(!faults.length, 'no error', faults.join('\n'));
    await close();
}

{
    const { tab, faults, close } = await open('enforce', '/order');

    ok(!asked.length, 'with a policy nothing leaves before a yes');
    await Promise.all([tab.waitForNavigation(), accept(tab)]);
    await until(tab, 'seen.length >= 5');
    is(await tab.evaluate('seen.slice(2).sort().join("|")'),
       'fbq PageView,Lead|gtag one,two|paq trackPageView,trackGoal',
       'with a policy the page loads anew, and queues are whole');
    ok(!faults.length, 'no error', faults.join('\n'));
    await close();
}


{
    const { tab, faults, close } = await open('off', '/stubs');

    is(await tab.evaluate('seen.join("|")'), 'undefined 1 true',
       'what scripts call of a loader that is held does not fail');
    ok(!faults.length, 'no error', faults.join('\n'));
    await accept(tab);
    await until(tab, 'window.fbq?.queue?.length > 1');
    await sleep(300);
    is(await tab.evaluate('seen.slice(1).join("|")'), 'fbq is made|paq 2',
       'after a yes it comes as if nothing had stood there');
    is(await tab.evaluate('[...fbq.queue].map((a) => a[0] + a[1]).join("|")'),
       'init1|trackOwn', 'a function is called once it is there');
    is(await tab.evaluate('dataLayer.map((a) => a[0] ?? a.event).join("|")'),
       'own|js|config|event', 'with what the loader says before it');
    is(await tab.evaluate('_paq.map((a) => a[0]).join("|")'),
       'trackGoal|setSiteId', 'lists keep what they have');
    is(await tab.evaluate('mixpanel === mine.mixpanel'), true,
       'a stub stays where nothing has come');
    is(await tab.evaluate(() => {
        const detail = { granted: [], services: {} };
        document.dispatchEvent(new CustomEvent('privacychoices',
            { bubbles: true, detail }));
        return detail.hold.calls.map(([, [what]]) => what)
            .filter((what, i, all) => !i || !all[i + 1]).join()
            + ` of ${detail.hold.calls.length}`;
    }), 'own,996 of 998', 'of what is called of it, a thousand calls are kept');
    ok(!faults.length, 'no error', faults.join('\n'));
    await close();
}


// What nobody saw here before is allowed on the first page: in place, or, with
// a policy, by one reload; and known from then on.

const choose = (tab, granted) => tab.evaluate((list) =>
    fetch('/privacy-choices/choice', {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ action: 'save', granted: list }),
    }).then((answer) => answer.status), granted);

for (const name of ['newOff', 'newEnforce']) {
    const { tab, faults, close } = await open(name, '/away', 0);
    let pages = 0;

    tab.on('domcontentloaded', () => pages++);

    /* A request that has failed is made again by a page that loads anew. */

    for (const [search, again] of [['', name === 'newEnforce'], ['', false],
                                   ['?xhr', true], ['?xhr', false]]) {
        const granted = ['/tag/x', '/npm/lite.js', '/npm/lite.css',
                         '/markup.gif', '/1/fetched', '/beacon',
                         ...search ? ['/queried'] : []];
        const what = `${name}, ${search || 'in place'}, ${
            again ? 'new' : 'known'}`;

        await choose(tab, ['analytics', 'functional']);
        asked = [];
        pages = 0;
        await tab.goto(`http://${name}.site.example/brought${search}`);
        /* What is evaluated counts as a visitor's doing. */
        await sleep(2000);
        await until(tab, `seen.length > ${search ? 6 : 5}`);

        is(await tab.evaluate('seen.slice().sort().join("|")'), [
            '200', 'img error', 'img error', 'link load', 'script load',
            'script load', ...search ? ['xhr load'] : []].join('|'),
        `${what}: all of it comes`);
        is(granted.filter((path) => asked.includes(path)).join(),
           granted.join(), `${what}: all of it is asked for`);
        ok(!asked.some((path) => /denied|unknown/.test(path)),
           `${what}: and nothing else`, asked.join());
        is(pages, again ? 2 : 1, `${what}: in so many pages`);
        ok((await tab.cookies()).some((cookie) => /^_pk_id/.test(cookie.name)),
           `${what}: a cookie of a service without a host is stored`);
    }

    ok(!faults.length, `${name}: no error`, faults.join('\n'));
    await close();
}


// A step that a visitor makes in the page is a new page, unless something was
// typed; a click that led to a page is none in it.

{
    const { tab, faults, close } = await open('newEnforce', '/away', 0);
    const site = 'http://newenforce.site.example';
    let pages;

    tab.on('domcontentloaded', () => pages++);

    const step = async (id, typed) => {
        asked = [];
        await tab.goto(`${site}/step`);
        await sleep(700);
        pages = 0;

        if (typed) {
            await tab.type('#field', 'a letter');
        }

        await tab.click(`#${id}`);
        await sleep(2000);
    };

    await choose(tab, ['analytics', 'functional', 'embeds']);
    await step('one', true);
    ok(pages === 0 && !asked.includes('/js/step.js'),
       'a page in which something was typed is not loaded anew', asked.join());
    await step('two', false);
    is(`${pages} ${asked.filter((path) => /step/.test(path))}`,
       '1 /libs/step.js',
       'one that a step of the visitor led to is, where the policy is older');
    is(await tab.evaluate('location.pathname + seen'), '/step/twotwo load',
       'at the place where the visitor is');
    await tab.goto(`${site}/step`);
    await sleep(700);
    pages = 0;
    await tab.click('#link');
    await sleep(2500);
    ok(pages === 2 && sink.hosts.has('w.soundcloud.com'),
       'a frame that is allowed comes, though nobody had seen it here', pages);
    ok(!faults.length, 'no error', faults.join('\n'));
    await close();
}


// Pages that scripts fetch and take in: what the server holds in them stays
// what it is, until a yes.

{
    const { tab, faults, close } = await open('off', '/spa');

    await tab.evaluate((u) => fetch('/held').then((answer) => answer.text())
        .then((html) => {
            const page = new DOMParser().parseFromString(html, 'text/html');
            document.head.append(...page.querySelectorAll('link'));
            p.append(...page.querySelectorAll('body > img'));
            p.insertAdjacentHTML('beforeend',
                html.replace(/^[^]*<main>/, `<img src="${u}/own.gif">`));
        }), outside);
    await sleep(300);
    ok(!asked.length, 'nothing of a page that is taken in leaves', asked.join());
    await accept(tab);
    await sleep(1000);
    is(['/held.css', '/parsed.gif', '/put.gif', '/own.gif']
        .filter((path) => asked.includes(path)).length, 4,
       'all of it comes after a yes', asked.join());
    ok(!faults.length, 'no error', faults.join('\n'));
    await close();
}


// What is held of WebTransport, whose packets no sink sees; and a window that
// a visitor's click opens, which is theirs.

for (const name of ['off', 'enforce']) {
    const { tab, faults, close } = await open(name, '/plain', 0);

    is(await tab.evaluate(() => {
        const detail = { granted: [], services: {} };
        dispatchEvent(new CustomEvent('privacychoices', { detail }));
        try {
            new WebTransport('https://transport.example/x');
        } catch { /* of another scheme than this page's */ }
        return detail.hold.news.map(([what]) => what).join();
    }), '//transport.example/x', `${name}: WebTransport is held`);
    await tab.evaluate((u) => {
        p.onclick = () => window.open(`${u}/opened`);
    }, outside);
    await tab.click('#p');
    await sleep(700);
    ok(asked.includes('/opened'), `${name}: window.open is left alone`,
       asked.join());
    ok(!faults.length, `${name}: no error`, faults.join('\n'));
    await close();
}


// Navigation in the page, and pages that were kept alive.

{
    const { tab, close } = await open('off', '/spa');

    await tab.evaluate((u) => {
        history.pushState({}, '', '/spa/inner');
        p.innerHTML = `<img id="one" src="${u}/one.gif">`;
        add('script', '/gtag.js');
        dataLayer = [];
        history.replaceState({}, '', '/spa/other');
    }, outside);
    await sleep(300);
    ok(!asked.length, 'after a soft navigation things are held as before');
    await accept(tab);
    await until(tab, 'seen.length');
    ok(asked.includes('/one.gif') && asked.includes('/gtag.js'),
       'and come after a yes', asked.join());
    await tab.evaluate((u) => {
        history.pushState({}, '', '/spa/third');
        p.innerHTML = `<img src="${u}/two.gif">`;
    }, outside);
    await sleep(300);
    ok(asked.includes('/two.gif'), 'then nothing is held any more');
    await close();
}

{
    const { tab, close } = await open('off', '/spa', 300);

    await tab.evaluate((u) => {
        window.kept = true;
        p.innerHTML = `<img src="${u}/kept.gif">`;
    }, outside);
    await tab.goto('http://off.site.example/away');
    await accept(tab);
    await sleep(700);
    await tab.goBack();
    await sleep(1000);
    ok(await tab.evaluate('window.kept'), 'a page is kept alive');
    ok(asked.includes('/kept.gif'),
       'a yes that was given meanwhile brings back what it held', asked.join());
    await close();
}


// Pages of all kinds.

for (const name of ['off', 'enforce']) {
    await says(name, '/zone', ['true z', 'TypeError z', 'xhr 200 z', 'held z',
                               'observed'], 'zone.js');
    await says(name, '/frozen', ['held', 'refused', '200'],
               'frozen prototypes');
    await says(name, '/patched', ['patch', 'patch', 'true', 'src', 'TypeError',
                                  '200', 'socket error'],
               'a page with patches of its own');
    await says(name, '/types', ['<i>own</i>', '1', 'TypeError'],
               'trusted types');
    await says(name, '/frames', ['asked back', 'true'],
               'an allowed frame of another origin');
}

// Workers that a page writes: they know nothing of what is in front of them.

for (const name of ['off', 'enforce']) {
    const { tab, faults, close } = await open(name, '/plain', 0);

    is(await tab.evaluate(async (u) => {
        const start = (lines, options, revoke) => new Promise((done) => {
            const url = URL.createObjectURL(new Blob([lines.join('\n')],
                { type: 'text/javascript' }));
            const worker = new Worker(url, options);
            worker.onmessage = (e) => done(e.data);
            worker.onerror = (e) => {
                e.preventDefault();
                done(`line ${e.lineno}`);
            };
            if (revoke) URL.revokeObjectURL(url);
        });
        const line = `fetch("${u}/x").catch((e) => postMessage([e.name,
            String(fetch), fetch.name, typeof document,
            self instanceof DedicatedWorkerGlobalScope].join()))`;

        return (await Promise.all([
            start([line], {}, true), start([line], { type: 'module' }),
            start(['let a = 1;', 'a = b;']),
            start([`try { importScripts("${u}/y") } catch (e) {`,
                   'postMessage(e.name) }']),
            start([`const x = new XMLHttpRequest(); x.open("GET", "${u}/z");`,
                   'x.onerror = () => postMessage("xhr"); x.send()']),
            start(['const r = indexedDB.open("_hjid");',
                   'r.onerror = () => postMessage(r.error.name)']),
            start(['const r = indexedDB.open("mine");',
                   'r.onsuccess = () => postMessage("open")']),
        ])).join('|');
    }, outside), [...Array(2).fill('TypeError,function fetch() { [native code] }'
        + ',fetch,undefined,true'), 'line 2', 'NetworkError', 'xhr',
        'AbortError', 'open'].join('|'), `${name}: workers`);
    ok(!asked.length, `${name}: nothing of theirs has left`, asked.join());
    ok(!faults.length, `${name}: no error`, faults.join('\n'));
    await close();
}

await says('off', '/texts', [
    'true', 'null', 'http://other.example/', 'undefined', 'cart=1; unknown=1',
    'cart=1', 'a < b: c', ''], 'texts, feeds and cookies stay what they are');

for (const name of ['off', 'enforce']) {
    const { tab, faults, close } = await open(name, '/partytown', 0);

    await until(tab, 'document.title === "from a worker"'
                     + ' && localStorage.getItem("mine")');
    is(await tab.evaluate('document.title + localStorage.getItem("mine")'),
       'from a workerText', `${name}: Partytown`);
    ok(!faults.length, `${name}: Partytown: no error`, faults.join('\n'));
    await close();
}

await browser.close();
await sink.stop();
await Promise.all(servers.map((server) => server.stop()));
site.closeAllConnections();
site.close();
done();

// Service workers of a site's: pages that they make by themselves or have kept
// have the policy of the choice as it is, in whatever way they come.

import http from 'node:http';
import zlib from 'node:zlib';

import { closeBrowser, closeContext, firefox, launchBrowser, newVisitor,
         sleep } from '../lib/browser.mjs';
import { freePort, root, startNginx } from '../lib/nginx.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { until } from '../lib/upstream.mjs';

const image = (name) => `<img src="http://${name}.example/x.gif">`;
const html = (name) => `<!doctype html><title>${name}</title>${image(name)}`;

// What the worker does, beginning with what counts only there.

const worker = `"use strict";
    const strict = (function () { return this === undefined; })();
    const early = FetchEvent.prototype.respondWith;
    const text = (body, type) => new Response(body, { headers:
        { 'Content-Type': type } });
    const page = (name) => text('<!doctype html><title>' + name + '</title>'
        + '<img src="http://' + name + '.example/x.gif">', 'text/html');
    const makes = {
        '/made': () => page('made'),
        '/late': async () => {
            await new Promise((go) => setTimeout(go, 50));
            return page('late');
        },
        '/stream': () => text(new ReadableStream({ start(c) {
            c.enqueue(new TextEncoder().encode('<!doctype html>'
                + '<img src="http://stream.example/x.gif">'));
            c.close();
        } }), 'text/html'),
        '/framed': () => page('framed'),
        '/object': () => page('object'),
        '/guarded': () => text('<!-- x --><!doctype html><title>x</title>'
            + '<script>document.cookie = "_ga=1"; title = document.title'
            + ' + document.compatMode</script>', 'text/html'),
        '/plain': () => text('x', 'text/plain'),
        '/worker.js': () => text('fetch("http://worker.example/", '
            + '{ mode: "no-cors" }).catch(() => {})', 'text/javascript'),
        '/own': () => new Response(page('own').body, { headers: {
            'Content-Type': 'text/html',
            'Content-Security-Policy': "script-src 'none'",
            'X-Other': 'kept' }, status: 404, statusText: 'Gone' }),
        '/other': () => Response.redirect('/made'),
        '/refused': () => Promise.reject(new Error('no')),
        '/data': () => text('{"a":1}', 'application/json'),
    };
    addEventListener('install', (e) => {
        e.addRoutes?.([{ condition: { urlPattern: '/routed' },
                         source: 'cache' }]);
        e.waitUntil(caches.open('pages').then((c) => Promise.all([
            c.put('/routed', page('routed')),
            c.put('/cached', page('cached'))])).then(skipWaiting()));
    });
    addEventListener('activate', (e) => e.waitUntil(clients.claim()));
    addEventListener('fetch', (e) => {
        const { pathname } = new URL(e.request.url);
        if (makes[pathname]) {
            e.respondWith(makes[pathname]());
        } else if (pathname === '/early') {
            early.call(e, page('early'));
        } else if (pathname === '/cached') {
            e.respondWith(caches.match('/cached'));
        } else if (pathname.startsWith('/keep')) {
            e.respondWith(caches.match(e.request).then((kept) => kept
                || fetch(e.request).then(async (r) => {
                    const c = await caches.open('pages');
                    await c.put(e.request, r.clone());
                    return r;
                })));
        } else if (pathname.startsWith('/passed')) {
            e.respondWith(fetch(e.request));
        }
    });
    addEventListener('message', (e) => e.waitUntil((async () => {
        if (e.data === 'strict') e.source.postMessage(strict);
        else e.source.postMessage(await fetch(e.data, { mode: 'no-cors' })
            .then(() => 'loaded', () => 'refused'));
    })()));`;

const module = `import { page } from '/part.mjs';
    addEventListener('fetch', (e) => {
        if (/module.made/.test(e.request.url)) e.respondWith(page());
    });`;
const part = `const early = FetchEvent.prototype.respondWith;
    addEventListener('fetch', (e) => {
        if (/module.early/.test(e.request.url)) early.call(e, page());
    });
    export const page = () => new Response('<!doctype html>'
        + '<img src="http://module.example/x.gif">',
        { headers: { 'Content-Type': 'text/html' } });`;

let gone = false;
const asked = [];

const site = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    const script = { '/sw.js': worker, '/module/sw.mjs': module,
                     '/part.mjs': part }[pathname];

    asked.push(pathname);

    if (gone) {
        request.socket.destroy();
        return;
    }

    if (script) {
        response.writeHead(200, { 'Content-Type': 'text/javascript',
            'Content-Encoding': 'gzip', ETag: '"1"',
            'Service-Worker-Allowed': '/' });
        response.end(zlib.gzipSync(script));
        return;
    }

    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(html(pathname.slice(1) || 'home'));
});

await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const port = await freePort();
const nginx = await startNginx(() => `
    server {
        listen 127.0.0.1:${port};
        consent enforce;
        consent_guard on;
        consent_rules ${root}/rules/*.json;
        location / {
            proxy_pass http://127.0.0.1:${site.address().port};
            proxy_set_header Accept-Encoding $http_accept_encoding;
        }
    }`, port);

// Answers, so that what leaves is no error.

const sink = await startSink(() => 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
    + 'Access-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n');

// A name that browsers trust, as they do none but secure ones.

const origin = `http://site.localhost:${port}`;
const browser = await launchBrowser({ map: { 'site.localhost': port },
                                      sink: sink.port });

const left = () => [...sink.hosts.keys()].filter((host) =>
    /\.example$/.test(host)).sort().join();

async function visitor(fn) {
    const { context, tab } = await newVisitor(browser);

    try {
        await tab.goto(`${origin}/home`);
        await fn(tab);
    } finally {
        await closeContext(context);
    }
}

async function register(tab, script, options = {}) {
    await tab.evaluate(async (script, options) => {
        const r = await navigator.serviceWorker.register(script, options);
        const w = r.installing ?? r.waiting ?? r.active;

        if (w.state !== 'activated') {
            await new Promise((go) => w.addEventListener('statechange', () =>
                w.state === 'activated' && go()));
        }
    }, script, options);
}

async function choose(tab, action, granted = []) {
    await tab.evaluate((body) => fetch('/privacy-choices/choice', {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body }).then((r) => r.text()), JSON.stringify({ action, granted }));
}

// Where a path leads: what leaves, and what the page is.

async function go(tab, path, wait = 500) {
    sink.hosts.clear();

    const answer = await tab.goto(origin + path).catch(() => null);

    await sleep(wait);
    return { left: left(), headers: answer?.headers() ?? {},
             status: answer?.status(), title: await tab.title() };
}

async function ask(tab, what) {
    return tab.evaluate((what) => new Promise((resolve) => {
        navigator.serviceWorker.addEventListener('message', (e) =>
            resolve(e.data), { once: true });
        navigator.serviceWorker.controller.postMessage(what);
        // one that is being replaced may not answer
        setTimeout(resolve, 2000, 'silent');
    }), what);
}

// A browser looks for another worker a second behind a page that was loaded, and
// puts it off whenever the one that runs has something to do.

async function answers(tab, what, wanted) {
    return until(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return await ask(tab, what) === wanted;
    }, 20000);
}

// 1. What a worker makes, for who has chosen nothing.

await visitor(async (tab) => {
    await register(tab, '/sw.js');
    is(await ask(tab, 'strict'), true, 'a worker that is strict stays so');

    for (const name of ['made', 'late', 'stream', 'cached', 'early']) {
        const { left, title } = await go(tab, `/${name}`);

        is(left, '', `${name}: nothing leaves`);

        if (name !== 'stream') {
            is(title, name, `${name}: it is the worker's page`);
        }
    }

    await go(tab, '/guarded');
    ok(!(await tab.cookies()).some(({ name }) => name === '_ga')
       && await tab.evaluate('/_ga/.test(document.cookie)'),
       'what it makes has the guard');
    is(await tab.evaluate('title'), 'xCSS1Compat', 'behind its doctype');

    const routed = await go(tab, '/routed');

    is(routed.left, '', 'a route to a cache: nothing leaves');

    await go(tab, '/home');
    sink.hosts.clear();
    await tab.evaluate(async () => {
        const put = (tag, to, set) => new Promise((done) => {
            const el = document.createElement(tag);

            el.onload = () => done(el);
            el[set] = to;
            document.body.append(el);
            setTimeout(() => done(el), 1500);
        });

        await put('iframe', '/framed', 'src');
        await put('object', '/object', 'data');

        const plain = await put('iframe', '/plain', 'src');
        const img = plain.contentDocument.createElement('img');

        img.src = 'http://plain.example/x.gif';
        plain.contentDocument.body.append(img);
        new Worker('/worker.js');
    });
    await sleep(700);
    is(left(), '', 'frames, objects and workers that it makes: nothing leaves');

    const own = await go(tab, '/own');

    is(own.left, '', 'a page with a policy of its own: nothing leaves');
    is(own.status, 404, 'its status is kept');

    if (!firefox) {
        ok(/^script-src 'none',|, ?script-src 'none'$/.test(
            own.headers['content-security-policy']), 'and its policy',
           own.headers['content-security-policy']);
        is(own.headers['x-other'], 'kept', 'and its other headers');
    }

    is((await go(tab, '/other')).title, 'made', 'a redirect leads on');
    is(await tab.evaluate(() => fetch('/data').then(async (r) =>
        `${r.headers.get('Content-Security-Policy')} ${await r.text()}`)),
       'null {"a":1}', 'what is no page is as the worker made it');

    // Firefox asks the server in its place.

    const { left: refused, status } = await go(tab, '/refused');

    ok(refused === '' && (firefox || !(status < 400)),
       'an error of the worker is one');
});

// 2. The choice changes while the worker lives.

await visitor(async (tab) => {
    await choose(tab, 'accept');
    await register(tab, '/sw.js');

    is((await go(tab, '/made')).left, 'made.example',
       'after a yes to all, what it makes is let go');
    is((await go(tab, '/keep')).left, 'keep.example', 'and what it keeps');
    is((await go(tab, '/passed')).left, 'passed.example', 'and what passes');

    await choose(tab, 'withdraw');

    is((await go(tab, '/made')).left, '', 'taken back: at once nothing leaves');
    is((await go(tab, '/passed')).left, '', 'nor of what passes');

    const count = asked.filter((path) => path === '/keep').length;

    is((await go(tab, '/keep')).left, '', 'nor of what was kept then');
    is(asked.filter((path) => path === '/keep').length, count + 1,
       'which was asked for again');

    await choose(tab, 'reject');
    gone = true;

    const kept = await go(tab, '/keep');

    is(kept.left, '', 'without a server, a kept page has the policy');
    is(kept.title, 'keep', 'and is there');
    gone = false;
});

// 3. A worker comes with the policy of the choice, and is replaced with it.

await visitor(async (tab) => {
    await choose(tab, 'reject');
    await register(tab, '/sw.js');
    sink.hosts.clear();
    is(await ask(tab, 'http://by.example/'), 'refused',
       'a worker of a no asks nobody');

    await choose(tab, 'accept');
    await tab.goto(`${origin}/home`);
    ok(await answers(tab, 'http://by.example/', 'loaded'),
       'after a yes another takes its place');

    await choose(tab, 'withdraw');
    await tab.goto(`${origin}/home`);
    ok(await answers(tab, 'http://by.example/', 'refused'),
       'after a no, too');
});

// 4. Modules, of which imported ones run first.

await visitor(async (tab) => {
    const took = await register(tab, '/module/sw.mjs',
                                { type: 'module', scope: '/module/' })
        .then(() => true, () => false);

    if (!took) {
        note('this browser has no workers that are modules');
        return;
    }

    is((await go(tab, '/module/made')).left, '', 'a module: nothing leaves');

    // Firefox does not say what imports are for.

    if (!firefox) {
        is((await go(tab, '/module/early')).left, '', 'nor what it imports');
    }
});

await closeBrowser(browser);
await sink.stop();
await nginx.stop();
site.closeAllConnections();
site.close();
done();

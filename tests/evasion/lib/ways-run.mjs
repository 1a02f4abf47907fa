// Runs the ways of ways.mjs in Chromium, on a site as it is, behind the
// policy, behind the guard, behind both, and behind both where the policy is
// strict, with nothing granted.  What reaches the sink has left; names that are
// looked up alone, and UDP, are not seen here.  A cookie is stored if it is
// there after the way is done; other storage if it outlives the page.

import { writeFileSync } from 'node:fs';
import http from 'node:http';

import { launchBrowser, sleep } from '../../lib/browser.mjs';
import { freePort, root, startNginx } from '../../lib/nginx.mjs';
import { startSink } from '../../lib/sink.mjs';
import ways, { past } from './ways.mjs';

export const modes = {
    none: 'consent off;',
    policy: 'consent enforce; consent_csp enforce; consent_guard off;',
    guard: 'consent enforce; consent_csp off; consent_guard on;',
    both: 'consent enforce; consent_csp enforce; consent_guard on;',
    strict: 'consent enforce; consent_csp strict; consent_guard on;',
};

// What a frame would not show: it is the parent's policy that counts there, or
// browsers do it for pages alone.  A cookie that a server sees is expired.

const alone = new Set(['forms and navigation', 'hints', 'WebRTC', 'cookies']);

const FRAMES = 16;

// Most of a page is waiting.
const JOBS = 8;

const types = { html: 'text/html; charset=utf-8', js: 'text/javascript' };

function page(n, mode) {
    return `<!doctype html><html><head><title>Way</title></head><body>
<p>Text</p><script src="/way.js?${n}&${mode}"></script></body></html>`;
}

// Promises that fail are what a way that is closed looks like.

function script(n, mode) {
    const host = `w${n}-${mode}.tracker.example`;

    return `'use strict';
addEventListener('unhandledrejection', (e) => e.preventDefault());
addEventListener('load', async () => {
    const own = (type, body, cookie = '') => location.origin + '/own?'
        + new URLSearchParams({ type, body, cookie });
    const way = ${ways[n].code};
    try {
        await way('http://${host}/x', 'https://${host}/x', '${host}',
                  'trk_${n}_${mode}', own);
    } catch { }
    const all = await window.cookieStore?.getAll() ?? [];
    fetch('/seen?' + all.map((cookie) => cookie.name));
});`;
}

const names = new Set();

function answer(request, response) {
    const { pathname, searchParams: query, search }
        = new URL(request.url, 'http://x');
    const [, n, mode] = /^\?(\d+)&(\w+)/.exec(search) ?? [];
    const send = (type, body) => {
        response.setHeader('Content-Type', type);
        response.end(body);
    };

    switch (pathname) {
    case '/way':
        return send(types.html, page(n, mode));
    case '/way.js':
        return send(types.js, script(n, mode));
    case '/ways':
        return send(types.html, '<!doctype html><title>Ways</title>'
            + search.slice(1).split('&')[0].split(',').map((i) =>
                `<iframe src="/way?${i}&${search.split('&')[1]}"></iframe>`)
                .join(''));
    case '/end':
        return send(types.html, '<!doctype html><title>End</title>');
    case '/seen':
        search.slice(1).split(',').forEach((name) => names.add(name));
        return response.end();
    case '/own':
        if (query.get('type') === 'redirect') {
            response.writeHead(302, { Location: query.get('body') });
            return response.end();
        }
        if (query.get('cookie')) {
            response.setHeader('Set-Cookie', `${query.get('cookie')}=1`);
        }
        return send(query.get('type'), query.get('body'));
    default:
        response.statusCode = 404;
        return response.end();
    }
}

const rules = JSON.stringify({ version: 1, services: [{
    id: 'tracker', name: 'Tracker', purposes: ['marketing'],
    match: [{ host: 'tracker.example' }],
    storage: ['cookie', 'localStorage', 'sessionStorage', 'indexedDB']
        .map((kind) => ({ kind, name: 'trk_*' })) }] });

// Names in the storage of a page's origin.

function stored(tab) {
    return tab.evaluate(async () => [
        ...Object.keys(localStorage), ...Object.keys(sessionStorage),
        ...(await indexedDB.databases()).map(({ name }) => name),
    ]).catch(() => []);
}

async function start(some) {
    const site = http.createServer(answer);

    await new Promise((ready) => site.listen(0, '127.0.0.1', ready));

    const ports = {};

    for (const mode of some) {
        ports[mode] = await freePort();
    }

    const server = await startNginx((prefix) => {
        writeFileSync(`${prefix}/rules.json`, rules);

        return some.map((mode) => `server {
            listen 127.0.0.1:${ports[mode]};
            consent_rules ${prefix}/rules.json;
            ${modes[mode]}
            location / {
                proxy_pass http://127.0.0.1:${site.address().port};
                proxy_set_header Host $host;
            }
        }`).join('\n');
    }, ports[some[0]]);

    const sink = await startSink(() => 'HTTP/1.1 404 Not Found\r\n'
        + 'Access-Control-Allow-Origin: *\r\nContent-Length: 0\r\n'
        + 'Connection: close\r\n\r\n');
    const origins = some.map((mode) => `http://${mode}.site.example`);
    const browser = await launchBrowser({
        map: Object.fromEntries(some.map((mode) =>
            [`${mode}.site.example`, ports[mode]])),
        sink: sink.port,
        ahead: true,
        args: [`--unsafely-treat-insecure-origin-as-secure=${origins}`,
               '--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,'
               + 'Translate,OptimizationHints'],
    });

    return { browser, sink, version: await browser.version(),
             stop: async () => {
                 await browser.close();
                 await sink.stop();
                 await server.stop();
                 site.closeAllConnections();
                 site.close();
             } };
}

// A job is a page: { mode, ns, path }.

function jobsOf(some, chosen) {
    const jobs = [];
    const framed = chosen.filter((n) => !alone.has(ways[n].group));

    for (const mode of some) {
        for (let i = 0; i < framed.length; i += FRAMES) {
            const ns = framed.slice(i, i + FRAMES);
            jobs.push({ mode, ns, path: `/ways?${ns}&${mode}` });
        }

        for (const n of chosen.filter((n) => alone.has(ways[n].group))) {
            jobs.push({ mode, ns: [n], path: `/way?${n}&${mode}`,
                        wait: ways[n].group === 'hints' ? 2500 : 600 });
        }
    }

    return jobs;
}

async function runJob(browser, { mode, ns, path, wait }) {
    const tab = await browser.newPage();
    const site = `http://${mode}.site.example`;

    tab.on('dialog', (dialog) => dialog.dismiss());
    await tab.goto(site + path, { timeout: 15000 }).catch(() => {});
    await sleep(wait ?? 1000);

    // storage that outlives a page: of other jobs, pages may still be there

    await tab.goto(`${site}/end`).catch(() => {});
    (await stored(tab)).filter((name) => ns.includes(+name.split('_')[1]))
        .forEach((name) => names.add(name));
    await tab.close().catch(() => {});
}

// { version, ways: [{ id, group, left: { MODE: boolean } }] }

export async function runWays(some = Object.keys(modes), only = () => true) {
    const chosen = ways.map((way, n) => n).filter((n) => only(ways[n]));
    const { browser, sink, version, stop } = await start(some);
    const jobs = jobsOf(some, chosen);

    names.clear();

    await Promise.all(Array.from({ length: JOBS }, async () => {
        for (let job = jobs.shift(); job; job = jobs.shift()) {
            await runJob(browser, job);
        }
    }));

    // what is sent when a page ends
    await sleep(500);

    const left = (n, mode) => names.has(`trk_${n}_${mode}`)
        || [...sink.hosts.keys()].some((host) =>
            host.toLowerCase() === `w${n}-${mode}.tracker.example`);

    // what is said to leave and did not: one that is closed, or that took too
    // long in a crowd

    for (const mode of some) {
        const open = Object.values(past[mode] ?? {}).flat();

        for (const n of chosen.filter((n) => !left(n, mode)
            && (mode === 'none' || open.includes(ways[n].id))))
        {
            await runJob(browser, { mode, ns: [n], wait: 2000,
                                    path: `/way?${n}&${mode}` });
        }
    }

    await sleep(500);

    await stop();

    return { version, ways: chosen.map((n) => ({
        id: ways[n].id,
        group: ways[n].group,
        left: Object.fromEntries(some.map((mode) => [mode, left(n, mode)])),
    })) };
}

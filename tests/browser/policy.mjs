// Policies in Chromium: what consent_csp strict closes, what a person's click
// on a link to another site still does and tells, forms that lead on, reports
// that come back.

import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { closeContext, firefox, launchBrowser, sleep }
    from '../lib/browser.mjs';
import { fetchRaw, freePort, root, startNginx } from '../lib/nginx.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, is, note, ok, skipAll } from '../lib/tap.mjs';

if (firefox) {
    skipAll('what Chromium keeps');
}

const links = {
    plain: '<a id="plain" href="http://plain.example/a?b=1#c">x</a>',
    blank: '<a id="blank" target="_blank" href="//blank.example">x</a>',
    norefer: '<a id="norefer" rel="noreferrer" href="http://norefer.example/">'
             + 'x</a>',
    origin: '<a id="origin" referrerpolicy="origin" '
            + 'href="http://origin.example/">x</a>',
    inner: '<a href="http://inner.example/"><b id="inner">x</b></a>',
    svg: '<svg width="40" height="20"><a href="http://svg.example/">'
         + '<rect id="svg" width="40" height="20"/></a></svg>',
    made: '<p id="made-in"></p>',
    shadow: '<p id="shadow"></p>',
};

const list = `<!doctype html><title>Links</title><style>a, p { display: block;
    padding: 9px } </style>${Object.values(links).join('\n')}<script>
    const link = document.createElement('a');
    link.href = 'http://made.example/';
    link.id = 'made';
    link.textContent = 'x';
    document.getElementById('made-in').append(link);
    document.getElementById('shadow').attachShadow({ mode: 'open' })
        .innerHTML = '<a id=s href="http://shadow.example/">x</a>';
    var seen = [];
    addEventListener('click', (e) => {
        const a = e.composedPath().find((n) => n.localName === 'a');
        seen.push(a.href.baseVal ?? a.href);
    }, true);
    </script>`;

// Ways that no Content-Security-Policy closes.  A connection that a hint made
// serves the next one, so each mode has hosts of its own.

const ways = {
    preconnect: `const l = document.createElement('link');
        l.rel = 'preconnect'; l.href = 'http://' + mine + 'a.hint.example';
        document.head.append(l);`,
    location: 'location = "http://HOST/";',
    click: `const a = document.createElement('a'); a.href = 'http://HOST/';
        document.body.append(a); a.click();`,
    open: 'window.open("http://HOST/");',
    refresh: `const m = document.createElement('meta');
        m.httpEquiv = 'refresh'; m.content = '0; url=http://HOST/';
        document.head.append(m);`,
    submit: `const f = document.createElement('form');
        f.action = 'http://HOST/'; document.body.append(f); f.submit();`,
    frame: `const f = document.createElement('iframe');
        f.srcdoc = '<link rel=preconnect href=http://' + mine + 'b.hint.example>';
        document.body.append(f);`,
    json: `const f = document.createElement('iframe'); f.src = '/data.json';
        f.onload = () => { const l = f.contentDocument.createElement('link');
            l.rel = 'preconnect'; l.href = 'http://' + mine + 'c.hint.example';
            f.contentDocument.documentElement.append(l); };
        document.body.append(f);`,
};

const pages = {
    '/links': list,
    '/quiet': list,
    '/pay': '<!doctype html><title>Pay</title><form method="post" '
            + 'action="/order"><button id="b">x</button></form>',
    '/features': '<!doctype html><title>Features</title>',
    '/search': '<!doctype html><title>Search</title>',
    '/script': `<!doctype html><title>x</title><script>
        fetch('http://reported.example/user/42?mail=a', { mode: 'no-cors' })
            .catch(() => {});</script>`,
};

// Puppeteer's evaluate() counts as a person's doing; a page's own script does
// not.

const out = '/privacy-choices/out?to=http%3A%2F%2Fthief.example%2F';
const thieves = {
    'a script': `location = '${out}';`,
    'a click that a script makes': `const a = document.createElement('a');
        a.href = '${out}'; document.body.append(a); a.click();`,
    'a frame': `const f = document.createElement('iframe'); f.src = '${out}';
        document.body.append(f);`,
    fetch: `fetch('${out}', { mode: 'no-cors' }).catch(() => {});`,
};

Object.values(thieves).forEach((code, i) => {
    pages[`/thief-${i}`] = `<!doctype html><title>x</title><body>
        <script>${code}</script>`;
});

for (const [name, code] of Object.entries(ways)) {
    pages[`/way-${name}`] = `<!doctype html><title>x</title><body><script>
        const mine = location.hostname.split('.')[0] + '-';
        ${code.replaceAll('HOST', `${name}.way.example`)}</script>`;
}

// WebRTC asks a STUN server for the address: by UDP.

let datagrams = 0;
const stun = dgram.createSocket('udp4');

stun.on('message', () => { datagrams++; });
await new Promise((resolve) => stun.bind(0, '127.0.0.1', resolve));

pages['/rtc'] = `<!doctype html><title>x</title><script>
    const peer = new RTCPeerConnection({ iceServers: [
        { urls: 'stun:127.0.0.1:${stun.address().port}' }] });
    peer.createDataChannel('x');
    peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    </script>`;

const site = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');

    if (pathname === '/order') {
        response.writeHead(303, { Location: 'http://pay.example/till?a=1' });
    } else if (pathname === '/data.json') {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write('{}');
    } else {
        response.writeHead(pages[pathname] ? 200 : 204, {
            'Content-Type': 'text/html; charset=utf-8',
            ...(pathname === '/quiet' && { 'Referrer-Policy': 'no-referrer' }),
            ...(pathname === '/features' && { 'Permissions-Policy':
                'camera=(), browsing-topics=*, geolocation=(self)' }),
        });
    }

    response.end(pages[pathname]);
});

await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

// A certificate of our own: Fetch Metadata is for secure pages.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-cert-'));

execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes',
    '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`, '-days', '2',
    '-subj', '/CN=secure.site.example'], { stdio: 'ignore' });

const modes = ['strict', 'enforce', 'report', 'off'];
const ports = { plain: site.address().port };

for (const mode of [...modes, 'secure']) {
    ports[mode] = await freePort();
}

const location = `location / {
            proxy_pass http://127.0.0.1:${ports.plain};
            proxy_set_header Host $host;
        }`;

const server = await startNginx((prefix) => `
    consent_rules ${root}/rules/*.json;
    consent_banner off;
    log_format line '$request $args $request_uri';
${modes.map((mode) => `
    server {
        listen 127.0.0.1:${ports[mode]};
        consent enforce;
        consent_csp ${mode};
        consent_guard off;
        access_log ${prefix}/access.log line;
        location = /status { consent off; consent_status; }
        ${location}
    }`).join('')}
    server {
        listen 127.0.0.1:${ports.secure} ssl;
        ssl_certificate ${folder}/cert.pem;
        ssl_certificate_key ${folder}/key.pem;
        consent enforce;
        consent_csp strict;
        consent_guard off;
        ${location}
    }`, ports.off);

const requests = [];
const sink = await startSink((text) => {
    requests.push(text);

    return 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n'
           + 'Connection: close\r\nContent-Length: 2\r\n\r\nok';
});
// A hint alone connects, and asks for nothing.

let connections = 0;
const hinted = net.createServer((socket) => {
    connections++;
    socket.on('error', () => {});
});

await new Promise((resolve) => hinted.listen(0, '127.0.0.1', resolve));

const map = Object.fromEntries(Object.entries(ports).map(
    ([name, port]) => [`${name}.site.example`, port]));
map['*.hint.example'] = hinted.address().port;

const browser = await launchBrowser({ map, sink: sink.port, whole: true });

function clear() {
    sink.hosts.clear();
    requests.length = 0;
    connections = 0;
}

function asked() {
    return [...sink.hosts.keys(), ...(connections ? ['connected'] : [])]
        .filter((host) => /example|connected/.test(host)).sort().join();
}

function refererTo(host) {
    const request = requests.find((text) => text.includes(`Host: ${host}`));

    return request
        ? /^referer: *(\S*)/im.exec(request)?.[1].replace(
            /\w+(?=\.site)/, 'SITE') ?? 'none'
        : 'not asked';
}

// Polls: most is there at once.

async function arrival(what) {
    for (let i = 0; i < 40 && !what(); i++) {
        await sleep(50);
    }
}

// Hints are for the default context alone.

async function open(name, target, fresh = true) {
    const context = fresh ? await browser.createBrowserContext() : null;
    const tab = await (context ?? browser).newPage();

    tab.said = [];
    tab.on('console', (line) => tab.said.push(line.text()));
    await tab.goto(`${name === 'secure' ? 'https' : 'http'}://${
        name}.site.example${target}`).catch(() => {});
    await sleep(150);

    return { tab, end: () => context ? closeContext(context) : tab.close() };
}

// 1. What scripts do on their own.

for (const way of Object.keys(ways)) {
    const left = {};

    for (const mode of ['off', 'enforce', 'strict']) {
        clear();

        const { end } = await open(mode, `/way-${way}`, false);

        if (mode === 'off') {
            await arrival(asked);
        } else {
            await sleep(400);
        }

        left[mode] = asked();
        await end();
    }

    note(`${way}: off "${left.off}", enforce "${left.enforce}"`);
    is(left.off, /hint/.test(ways[way]) ? 'connected' : `${way}.way.example`,
       `${way}: leaves without a policy`);
    is(left.strict, '', `${way}: not with strict`);
    is(left.enforce, left.off, `${way}: with enforce it does, as documented`);
}

for (const [mode, some] of [['off', true], ['enforce', true],
                            ['strict', false]]) {
    datagrams = 0;

    const { end } = await open(mode, '/rtc', false);

    await (some ? arrival(() => datagrams) : sleep(1500));
    is(datagrams > 0, some, `${mode}: WebRTC ${some ? 'leaves' : 'does not'}`);
    await end();
}

// 2. What a person does: it arrives, and tells what it tells without us.

const selectors = Object.fromEntries(Object.keys(links).map((name) =>
    [name, name === 'shadow' ? '#shadow >>> #s' : `#${name}`]));

for (const page of ['/links', '/quiet']) {
    for (const [name, selector] of Object.entries(selectors)) {
        if (page === '/quiet' && !/plain|blank/.test(name)) {
            continue;
        }

        const told = {};

        for (const mode of ['off', 'strict']) {
            const { tab, end } = await open(mode, page);

            clear();
            await (await tab.$(selector)).click();
            await arrival(() => refererTo(`${name}.example`) !== 'not asked');
            told[mode] = refererTo(`${name}.example`);
            await end();
        }

        ok(told.off !== 'not asked', `${page} ${name}: a link leads there`);
        is(told.strict, told.off, `${page} ${name}: a click does so, and `
                                  + 'tells what it told');
    }
}

for (const [what, act] of Object.entries({
    'the middle button': (tab) => tab.click('#plain', { button: 'middle' }),
    'the keyboard': async (tab) => {
        await tab.focus('#plain');
        await tab.keyboard.press('Enter');
    },
    'a new tab': async (tab) => {
        await tab.keyboard.down('Control');
        await tab.click('#plain');
    },
})) {
    const { tab, end } = await open('strict', '/links');

    clear();
    await act(tab);
    await arrival(asked);
    is(asked(), 'plain.example', `by ${what}`);
    await end();
}

{
    const { tab, end } = await open('strict', '/links');

    clear();
    await tab.click('#blank');
    await sleep(300);
    is(await tab.evaluate('seen.join()'), 'http://blank.example/',
       'scripts of the page see the address itself');
    is(await tab.$eval('#blank', (a) => a.getAttribute('href')),
       '//blank.example', 'which is back after the click');
    await end();
}

{
    const { tab, end } = await open('strict', '/links');

    clear();
    await tab.click('#plain');
    await sleep(500);
    is(tab.url(), 'http://plain.example/a?b=1#c', 'all of the address');
    ok(!/plain\.example|blank\.example/.test(fs.readFileSync(
        `${server.prefix}/access.log`, 'utf8')),
       'the access log does not have it');
    await end();
}

// 3. The way out is for a person's click on a page of this origin alone.

for (const [i, what] of Object.keys(thieves).entries()) {
    clear();

    const { end } = await open('secure', `/thief-${i}`);

    await sleep(400);
    is(asked(), '', `not for ${what}`);
    await end();
}

{
    const { tab, end } = await open('secure', '/search');

    clear();
    await tab.goto(`https://secure.site.example${out}`).catch(() => {});
    await sleep(300);
    is(asked(), '', 'not for the address bar');
    await end();
}

{
    const { tab, end } = await open('plain', '/search');

    clear();
    await tab.evaluate((to) => {
        const a = document.createElement('a');

        a.href = `https://secure.site.example${to}`;
        a.id = 'a';
        a.textContent = 'x';
        document.body.append(a);
    }, out);
    await tab.click('#a');
    await sleep(500);
    is(asked(), '', 'not for a click on another site\'s link');
    await end();
}

{
    const { tab, end } = await open('secure', '/links');

    clear();
    await tab.click('#plain');
    await sleep(500);
    is(asked(), 'plain.example', 'but for a person\'s click');
    await end();
}

// 4. A form of the site's own, whose answer leads to another site.

for (const mode of ['off', 'enforce', 'strict']) {
    const { tab, end } = await open(mode, '/pay');

    clear();
    await tab.click('#b');
    await arrival(() => tab.url().startsWith('http://pay'));
    is(tab.url(), 'http://pay.example/till?a=1', `${mode}: a form leads on`);
    await end();
}

// 5. Reports come back.

{
    const { tab, end } = await open('report', '/script');

    clear();
    await tab.reload();
    await sleep(700);
    is(asked(), 'reported.example', 'report: nothing is refused');
    await end();

    const { body } = await fetchRaw(ports.report, '/status');
    const status = JSON.parse(body);

    ok(status.reported['reported.example'] >= 1, 'and the host is known');
    is(Object.keys(status.reported).filter((h) => /[/?=]|42/.test(h)).join(),
       '', 'the host alone');
}

// 6. Interfaces for advertisers are closed, and no other.

for (const [mode, topics] of [['off', true], ['enforce', false]]) {
    const { tab, end } = await open(mode, '/features');

    is(await tab.evaluate(() => ['browsing-topics', 'camera', 'geolocation',
                                 'fullscreen']
        .map((name) => document.featurePolicy.allowsFeature(name)).join()),
       `${topics},false,true,true`, `${mode}: features of a page`);
    await end();
}

// 7. The console says nothing that it does not say without us.

for (const mode of ['enforce', 'report']) {
    const { tab, end } = await open(mode, '/search');

    is(tab.said.join('\n'), '', `${mode}: nothing on the console`);
    await end();
}

await browser.close();
await sink.stop();
await server.stop();
hinted.close();
stun.close();
site.closeAllConnections();
site.close();
fs.rmSync(folder, { recursive: true });
done();
process.exit();

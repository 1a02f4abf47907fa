// Chromium as the judge of the table.  Each case is shown twice: as it is,
// and filtered with nothing granted.  Every outside host leads to a sink.  As
// it is, exactly the listed hosts are asked; filtered, none of the denied
// ones, and the allowed ones as before.

import http from 'node:http';

import { launchBrowser, sleep } from '../lib/browser.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, note, ok } from '../lib/tap.mjs';
import { filterPages, isDenied, loadCases, makePage, typeOf }
    from './lib/cases.mjs';

const only = process.env.CONSENT_CASES;
const letters = ['d', 'e', 'u', 'a', 'b'];
const cases = loadCases()
    .filter(({ id }) => !only || id.includes(only));

// Both forms of a case have hosts of their own, so that all may load at
// once.  Hosts that are numbers are told apart by the round alone.

function build() {
    const forms = [];

    cases.forEach((one, i) => {
        for (const filtered of [false, true]) {
            const page = makePage(one, `${i}${filtered ? 'f' : 'p'}`);

            forms.push({ ...one, ...page, one: i, filtered });
        }
    });

    const some = forms.filter((form) => form.filtered);

    filterPages(some, { once: true }).forEach(({ page, charset }, i) => {
        some[i].bytes = page;

        if (charset && charset !== '!') {
            some[i].type = typeOf(some[i]).replace(/;.*/, '')
                + `; charset=${charset}`;
        }
    });

    return forms;
}

const forms = build();

function answer(request, response) {
    const found = /^\/dir\/(\d+)/.exec(request.url);
    const group = /^\/group\/([\d,]+)$/.exec(request.url);

    if (group) {
        response.setHeader('content-type', 'text/html');
        response.end(group[1].split(',').map((n) =>
            `<iframe src="/dir/${n}" width=200 height=120></iframe>`)
            .join(''));
        return;
    }

    if (!found) {
        response.statusCode = 404;
        response.end();
        return;
    }

    const form = forms[Number(found[1])];

    response.setHeader('content-type', typeOf(form));
    response.setHeader('cache-control', 'no-store');
    response.end(form.bytes);
}

const server = http.createServer(answer);

await new Promise((ready) => server.listen(0, '127.0.0.1', ready));

const reply = 'HTTP/1.1 404 Not Found\r\nAccess-Control-Allow-Origin: *\r\n'
    + 'Content-Length: 0\r\nConnection: close\r\n\r\n';
const sink = await startSink((text) => /^[A-Z]+ /.test(text) ? reply : null);
const browser = await launchBrowser({
    whole: true,
    map: { 'www.site.example': server.address().port },
    sink: sink.port,
    args: ['--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,'
           + 'LazyFrameLoading,Translate,OptimizationHints',
           '--blink-settings=lazyLoadEnabled=false'],
});

async function show(path, clicks = []) {
    const tab = await browser.newPage();

    await tab.goto(`http://www.site.example${path}`,
                   { waitUntil: 'load', timeout: 20000 }).catch(() => {});

    for (const frame of clicks.length ? tab.frames() : []) {
        await frame.evaluate(() => document.getElementById('c')
            ?.dispatchEvent(new MouseEvent('click', { bubbles: true,
                                                      cancelable: true })))
            .catch(() => {});
    }

    await sleep(700);
    await tab.close().catch(() => {});
}

function asked() {
    const hosts = new Set([...sink.hosts.keys()]
        .map((host) => host.toLowerCase().replace(/\.$/, '')));

    sink.hosts.clear();

    return hosts;
}

// Which of its hosts a form asked for, of those that are sure to be.

const gotOf = (form, hosts) => letters.filter((letter) =>
    hosts.has(form.hosts[letter])).join('');

const sure = (form, letters) => [...letters]
    .filter((c) => !(form.maybe ?? '').includes(c)).sort().join('');

const asListed = (form, hosts) =>
    sure(form, gotOf(form, hosts)) === sure(form, form.asks);

// Each round has its own forms: first as they are, then filtered.

async function round(filtered) {
    const list = forms.map((form, i) => ({ form, i }))
        .filter(({ form }) => form.filtered === filtered);
    const jobs = [];

    // hidden tabs put off media and speculation: one at a time

    for (const { form, i } of list) {
        if (form.top) {
            await show(`/dir/${i}`);
        }
    }

    const framed = list.filter(({ form }) => !form.top);

    for (let at = 0; at < framed.length; at += 24) {
        const some = framed.slice(at, at + 24);

        jobs.push(() => show(`/group/${some.map(({ i }) => i).join(',')}`,
                             some.filter(({ form }) => form.click)));
    }

    let next = 0;

    await Promise.all([0, 1, 2].map(async () => {
        while (next < jobs.length) {
            await jobs[next++]();
        }
    }));

    return asked();
}

const before = await round(false);

// In a crowd, a page may be too slow, or not know its width in time: what did
// not ask as listed is shown again, by itself.

const again = new Map();

for (const [i, form] of forms.entries()) {
    if (!form.filtered && !asListed(form, before)) {
        await show(form.top ? `/dir/${i}` : `/group/${i}`,
                   form.click ? [form] : []);
        again.set(form, asked());
    }
}

const after = await round(true);

await browser.close();
await sink.stop();
server.close();

const wrong = [];
const leaks = [];
const lost = [];
const closed = [];
let silent = 0;

for (const form of forms) {
    const hosts = form.filtered ? after : again.get(form) ?? before;
    const got = gotOf(form, hosts);

    const allowed = (text) => [...text].filter((c) => !isDenied(c));
    const denied = [...got].filter(isDenied);

    if (!form.filtered) {
        silent += form.quiet ? 1 : 0;

        if (!asListed(form, hosts)) {
            wrong.push(`${form.id}: asked "${got}", listed "${form.asks}"`);
        }

        continue;
    }

    if (form.open) {
        if (!denied.length && !form.maybe) {
            closed.push(`${form.id}: ${form.open}`);
        }

        note(`open: ${form.id}: ${form.open}`);
        continue;
    }

    if (denied.length) {
        leaks.push(`${form.id}: ${denied.join('')}`);
    }

    for (const letter of allowed(form.asks + (form.then ?? ''))) {
        if (!got.includes(letter) && !(form.lost ?? '').includes(letter)
            && !(form.maybe ?? '').includes(letter))
        {
            lost.push(`${form.id}: ${letter}`);
        }
    }
}

note(`${cases.length} cases; ${silent} of them ask nothing in this browser`);
ok(wrong.length === 0, 'unfiltered, the listed hosts are asked',
   `${wrong.length}\n${wrong.join('\n')}`);
ok(leaks.length === 0, 'filtered, nothing denied is asked',
   `${leaks.length}\n${leaks.join('\n')}`);
ok(lost.length === 0, 'filtered, what is allowed still is asked',
   `${lost.length}\n${lost.join('\n')}`);
ok(closed.length === 0, 'what is noted as open is open',
   closed.join('\n'));
done();
process.exit();

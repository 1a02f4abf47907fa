// The demo as its visitors see it: banner, yes, no, settings, taking a yes
// back; with scripts, without, and in a text browser.  Every outside host
// leads to a sink: what it notes would have left the machine.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { closeBrowser, closeContext, launchBrowser, newVisitor, sleep }
    from '../lib/browser.mjs';
import { startDemo } from '../lib/demo.mjs';
import { fetchRaw, freePort } from '../lib/nginx.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';

const pages = ['/', '/shop/', '/watch/', '/account/', '/about/'];

const port = await freePort();
const demo = await startDemo(port);
const base = `http://127.0.0.1:${port}`;
const sink = await startSink();
const browser = await launchBrowser({ sink: sink.port });

// What the browser itself asks for, on an empty page.

await sleep(1500);
const itself = new Set([...sink.hosts.keys(), 'connectivitycheck.gstatic.com',
                        'accounts.google.com', 'clients2.google.com',
                        'update.googleapis.com']);

function asked() {
    return [...sink.hosts.keys()].filter((host) => !itself.has(host)).sort();
}

async function visitor({ scripts = true } = {}) {
    const { context, tab } = await newVisitor(browser,
                                              { javascript: scripts });

    return {
        tab,
        leave: () => closeContext(context),
        async open(target) {
            sink.hosts.clear();
            await tab.goto(base + target, { waitUntil: 'load' });
            await sleep(500);
            return asked();
        },
        async cookies() {
            const all = await context.cookies();
            return Object.fromEntries(all.map((c) => [c.name, c.value]));
        },
    };
}

// An element of the banner, inside its shadow root.

function inBanner(selector) {
    return `privacy-choices >>> ${selector}`;
}

async function bannerAsks(tab) {
    return await tab.$(inBanner('button[value=reject]')) !== null;
}

async function press(tab, selector) {
    const element = await tab.waitForSelector(selector, { timeout: 5000 });

    await element.click();
    await sleep(1200);
}

function lastRecord() {
    const file = /Records:\s+(\S+)/.exec(demo.said)[1];
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n');

    return JSON.parse(lines.at(-1));
}

// First visit: nothing leaves, with scripts and without.

for (const scripts of [true, false]) {
    const someone = await visitor({ scripts });
    const left = [];

    for (const page of pages) {
        for (const host of await someone.open(page)) {
            left.push(`${page} ${host}`);
        }
    }

    is(left.join(), '', `first visit, scripts ${scripts}: nothing leaves`);
    ok(await bannerAsks(someone.tab), 'the banner asks');

    const names = Object.keys(await someone.cookies());

    is(names.join(), 'nordkai_session', 'only the session is stored');
    await someone.leave();
}

// The three ways to answer are equals.

{
    const someone = await visitor();

    await someone.open('/');

    const boxes = await Promise.all([
        'button[value=accept]', 'button[value=reject]', 'form a',
    ].map(async (selector) => {
        const element = await someone.tab.$(inBanner(selector));

        return element.evaluate((node) => {
            const style = getComputedStyle(node);
            const box = node.getBoundingClientRect();

            return [Math.round(box.width), Math.round(box.height),
                    style.color, style.backgroundColor, style.fontWeight,
                    style.fontSize].join(' ');
        });
    }));

    ok(new Set(boxes).size === 1, 'accept, reject and settings look the same',
       boxes.join('\n'));
    await someone.leave();
}

// No, in the banner.

{
    const someone = await visitor();

    await someone.open('/');
    sink.hosts.clear();
    await press(someone.tab, inBanner('button[value=reject]'));

    ok(!await bannerAsks(someone.tab)
       || await someone.tab.$eval(inBanner('section'),
                                  (node) => !node.checkVisibility()),
       'after no the banner is gone');
    is(asked().join(), '', 'after no nothing leaves');

    const record = lastRecord();

    is(record.action, 'reject', 'the no is on record');
    ok(!/"(ip|user_agent|ua|addr)"/.test(JSON.stringify(record)),
       'the record holds no address and no agent');
    is((await someone.open('/shop/')).join(), '', 'nor on the next page');
    ok(!await bannerAsks(someone.tab), 'which does not ask again');
    await someone.leave();
}

// Yes, in the banner; then taken back in the preference centre.

{
    const someone = await visitor();

    await someone.open('/');
    sink.hosts.clear();
    await press(someone.tab, inBanner('button[value=accept]'));
    await sleep(800);

    const hosts = asked();

    ok(hosts.includes('www.googletagmanager.com')
       && hosts.includes('connect.facebook.net'),
       'after yes the trackers of this page are asked', hosts.join(' '));
    is(lastRecord().action, 'accept', 'the yes is on record');

    await someone.open('/account/');
    await someone.open('/account/');

    const had = Object.keys(await someone.cookies());

    ok(had.includes('_ga') && had.includes('_fbp'),
       'the site may set its cookies', had.join(' '));

    await someone.open('/privacy-choices/');
    await press(someone.tab, 'button[value=withdraw]');

    is(lastRecord().action, 'withdraw', 'taking it back is on record');
    is((await someone.open('/')).join(), '', 'and holds from the next page');

    const left = Object.keys(await someone.cookies()).sort();

    is(left.join(), 'nordkai_session,privacy_choice',
       'cookies of what was taken back are gone');
    await someone.leave();
}

// Some of it, in the preference centre.

{
    const someone = await visitor();

    await someone.open('/privacy-choices/');

    const listed = await someone.tab.$$eval('.services h4',
        (all) => all.map((node) => node.textContent));

    ok(listed.includes('YouTube') && listed.includes('Basket and sign-in')
       && listed.length < 30, 'listed are the services that the site uses',
       listed.join(', '));
    await press(someone.tab, 'input[name=granted][value=analytics]');
    await press(someone.tab, 'button[value=save]');

    const hosts = await someone.open('/');

    ok(hosts.includes('www.googletagmanager.com')
       && !hosts.includes('connect.facebook.net'),
       'analytics alone: its scripts run, marketing stays out',
       hosts.join(' '));
    is(lastRecord().granted.join(), 'necessary,analytics', 'as on record');
    await someone.leave();
}

// Without scripts: forms, and back to the page they were sent from.

{
    const someone = await visitor({ scripts: false });

    await someone.open('/shop/');
    await Promise.all([
        someone.tab.waitForNavigation(),
        (await someone.tab.$(inBanner('button[value=reject]'))).click(),
    ]);

    is(new URL(someone.tab.url()).pathname, '/shop/',
       'without scripts: no leads back to the page');
    ok(!await bannerAsks(someone.tab), 'which asks no more');

    await someone.open('/privacy-choices/');
    await (await someone.tab.$('input[name=granted][value=embeds]')).click();
    await Promise.all([
        someone.tab.waitForNavigation(),
        (await someone.tab.$('button[value=save]')).click(),
    ]);

    const hosts = await someone.open('/watch/');

    ok(hosts.some((host) => host.includes('youtube')),
       'embeds alone: the video comes', hosts.join(' '));
    await someone.leave();
}

// A text browser.

{
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-w3m-'));
    const w3m = (...args) => execFileSync('w3m', [
        '-no-proxy', '-o', 'auto_image=0', '-cols', '100', '-dump', ...args,
    ], { env: { ...process.env, HOME: home }, encoding: 'utf8' });

    const text = w3m(`${base}/`);

    ok(/Accept all/.test(text) && /Reject all/.test(text), 'w3m: asked',
       text.slice(0, 600));

    const body = path.join(home, 'body');

    fs.writeFileSync(body, 'action=reject&return=%2Fabout%2F');
    w3m('-post', body, `${base}/privacy-choices/choice`);
    is(lastRecord().action, 'reject', 'w3m: a form is taken');
    fs.rmSync(home, { recursive: true, force: true });
}

// What the operator sees.

{
    const status = await fetchRaw(port, '/status');

    ok(JSON.parse(status.body), 'the status is JSON');

    const metrics = await fetchRaw(port, '/status?format=prometheus');

    ok(/^# TYPE \w+ counter$/m.test(metrics.body.toString()),
       'or text for Prometheus');
}

note(`asked for by the browser itself: ${[...itself].join(' ')}`);

await closeBrowser(browser);
await sink.stop();
await demo.stop();
done();

// The least that has to work in Firefox, quickly.  All browser tests in it:
// make test-browsers.

import fs from 'node:fs';

import { done, is, ok, skipAll } from '../lib/tap.mjs';

const program = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

if (!fs.existsSync(program)) {
    skipAll(`${program} is not there`);
}

process.env.CONSENT_BROWSER = 'firefox';

const { sleep } = await import('../lib/browser.mjs');
const { inBanner, startSite, until } = await import('../lib/upstream.mjs');

const outside = 'http://tracker.example';
const page = `<!doctype html><html lang=en><title>Page</title>
    <script>var seen = []; var log = (x) => { seen.push(x); };</script>
    <h1>A page</h1><script src="${outside}/a.js"></script>
    <script src="data:text/javascript,log(1)" defer></script>
    <iframe src="http://www.youtube.com/embed/abcdefghijk"></iframe>`;

const site = await startSite({ '/': page }, { enforce: '',
                                              off: 'consent_csp off;' });
const { visit, sink } = site;

const chosen = (context) => until(async () => (await context.cookies())
    .find((cookie) => cookie.name === 'privacy_choice')?.value.split('.')[3]);

function left() {
    return [...sink.hosts.keys()].filter((host) =>
        /tracker\.example|youtube/.test(host)).sort().join();
}

await visit('enforce', '/', async (tab, context) => {
    ok(/Firefox/.test(await tab.evaluate('navigator.userAgent')), 'Firefox');
    ok(await until(() => tab.evaluate(() => {
        const root = document.querySelector('privacy-choices').shadowRoot;
        const box = root.querySelector('section').getBoundingClientRect();

        return box.height > 90
            && document.elementFromPoint(box.left + 20, box.top + 9)
                .localName === 'privacy-choices';
    })), 'asked, on top of the page');

    for (let i = 0; i < 2; i++) {
        await tab.keyboard.press('Tab');
    }

    await tab.keyboard.press('Enter');
    is(await chosen(context), '0', 'a no, by keyboard');
    ok(await until(() => tab.$(inBanner('.rests'))), 'the question is gone');
    await sleep(300);
    is(left(), '', 'and nothing has left');
});

await visit('off', '/', async (tab, context) => {
    const before = await tab.evaluate(() => {
        window.stays = true;
        return document.querySelectorAll('[data-pc-service]').length;
    });

    ok(before > 1, 'held back', before);
    await (await tab.$(inBanner('button[value=accept]'))).click();
    ok(await chosen(context), 'a yes');
    await until(() => left().includes(','));
    is(left(), 'tracker.example,www.youtube.com', 'brings what was held');
    ok(await tab.evaluate('window.stays'), 'without a reload');
});

await visit('enforce', '/', async (tab, context) => {
    sink.hosts.clear();
    await (await tab.$(inBanner('button[value=accept]'))).click();
    ok(await chosen(context), 'a yes, with a policy');
    ok(await until(() => left().includes('youtube')),
       'brings a frame of the page that loads anew, not what it had before');
});

await visit('enforce', '/', async (tab, context) => {
    await (await tab.$(inBanner('button[value=reject]'))).click();
    is(await chosen(context), '0', 'a no without scripts');
    ok(await until(() => tab.$(inBanner('.rests'))), 'is not asked for again');
}, { javascript: false });

await site.stop();
done();

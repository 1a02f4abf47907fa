// A no takes effect at once: databases and caches of services go, by the
// names that rules know; what a page of the site has open, with that page.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { firefox, sleep } from '../lib/browser.mjs';
import { done, is, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const rules = path.join(fs.mkdtempSync(path.join(os.tmpdir(),
                                                 'consent-storage-')),
                        'own.json');

fs.writeFileSync(rules, JSON.stringify({
    version: 1,
    services: [{
        id: 'tube', name: 'Tube', purposes: ['embeds'], match: [],
        storage: [{ kind: 'indexedDB', name: 'tube-*' },
                  { kind: 'cacheStorage', name: 'tube-*' },
                  { kind: 'localStorage', name: 'tube-*' }],
    }, {
        id: 'kept', name: 'Kept', purposes: ['necessary'], match: [],
        storage: [{ kind: 'indexedDB', name: 'tube-kept' },
                  { kind: 'cacheStorage', name: 'tube-kept' }],
    }],
}));

const text = '<!doctype html><html lang=en><title>Page</title><p>Text';

const site = await startSite({
    '/a': text,
    '/stores': `${text}<script>
        var dbs = [];
        sessionStorage.setItem('', 1);
        localStorage.setItem('tube-x', 1);
        Promise.all(['tube-x', 'tube-kept', 'mine'].map(
            (name) => caches.open(name))).then(() => dbs.push(0));
        ['tube-x', 'tube-open', 'tube-kept', 'mine'].forEach((name) => {
            indexedDB.open(name).onsuccess = (e) => {
                dbs.push(e.target.result);
                if (name !== 'tube-open') e.target.result.close();
            };
        });
        </script>`,
}, { enforce: '' }, { rules });

// Caches are for secure contexts alone, which this is.
const origin = `http://127.0.0.1:${site.ports.enforce}`;

const kept = (tab) => tab.evaluate(async () => [
    (await indexedDB.databases()).map(({ name }) => name).sort().join(' '),
    (await caches.keys()).sort().join(' '),
    [...Object.keys(localStorage), ...Object.keys(sessionStorage)].map((name) => `<${name}>`).sort().join(' '),
].join('; '));

const comes = async (tab, expected, name) => is(await until(
    async () => await kept(tab) === expected && expected, 4000)
    || await kept(tab), expected, name);

const all = 'mine tube-kept tube-open tube-x; mine tube-kept tube-x';
const open = 'mine tube-kept tube-open; mine tube-kept; <>';
// Firefox forgets that what is open is to go, unless the page stays.
const none = firefox ? open : 'mine tube-kept; mine tube-kept; <>';

async function press(tab, selector) {
    await (await tab.waitForSelector(selector)).click();
}

async function stores(tab) {
    await tab.goto(`${origin}/stores`);
    await until(() => tab.evaluate(() => dbs.length === 5));
}

await site.visit('enforce', '/a', async (tab) => {
    await stores(tab);
    ok((await kept(tab)).startsWith(all), 'stored before', await kept(tab));
    await press(tab, inBanner('button[value=reject]'));
    await comes(tab, open, 'after a no: the site\'s own, and what is open');
    await tab.goto(`${origin}/a`);
    await comes(tab, none, 'on the next page: the site\'s own');
});

// A yes that is taken back, with the page open in another tab.

await site.visit('enforce', '/a', async (tab, context) => {
    await tab.goto(`${origin}/a`);
    await press(tab, inBanner('button[value=accept]'));
    await until(() => tab.$(inBanner('.rests')));
    await stores(tab);
    await sleep(500);
    ok((await kept(tab)).startsWith(all), 'with a yes it stays',
       await kept(tab));

    const other = await context.newPage();

    await other.goto(`${origin}/privacy-choices/`);
    await press(other, 'button[value=withdraw]');
    await until(() => other.url().includes('saved')
                      || other.evaluate(() => document.querySelector('.saved')));
    await comes(other, open.replace('<>', ''), 'taken back in the settings');
    await tab.goto(`${origin}/a`);
    await comes(tab, none, 'the other tab lets go: on its next page');
});

done();
await site.stop();

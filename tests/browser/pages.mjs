// Pages with their trackers in a browser, nothing granted: no connection to a
// host of a service that is denied.  Every outside host leads to a sink that
// notes what was asked for.  As a control, the same pages without the module
// must reach some.

import { firefox, launchBrowser, sleep } from '../lib/browser.mjs';
import { freePort, root, startNginx } from '../lib/nginx.mjs';
import { findPages } from '../lib/pages.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, note, ok } from '../lib/tap.mjs';
import { denied, verdicts } from '../lib/verdicts.mjs';

const most = firefox ? 24 : 44;     // Firefox starts slowly
const found = findPages();
const port = await freePort();
const plain = await freePort();
const server = await startNginx(() => `
    server_names_hash_bucket_size 128;
    server {
        listen 127.0.0.1:${port};
        consent enforce;
        consent_rules ${root}/rules/*.json;
        root ${found.folder};
    }
    server {
        listen 127.0.0.1:${plain};
        root ${found.folder};
    }
`, port);

function chosen() {
    const own = found.pages.filter((page) => page.name.startsWith('own/'));
    const real = found.pages.filter((page) => !page.name.startsWith('own/'));
    const step = Math.max(1, real.length / (most - own.length));
    const some = [];

    for (let i = 0; i < real.length; i += step) {
        some.push(real[Math.floor(i)]);
    }

    return [...own, ...some];
}

// The hosts that a visit to the page asked for, by way of the given nginx.

async function visit(page, nginxPort) {
    const sink = await startSink();
    const browser = await launchBrowser({ map: { [page.host]: nginxPort },
                                          sink: sink.port });

    try {
        const tab = await browser.newPage();
        const target = page.name.split('/').map(encodeURIComponent).join('/');

        await tab.goto(`http://${page.host}/${target}`,
                       { waitUntil: 'load', timeout: 15000 })
            .catch(() => {});
        await sleep(1000);
    } finally {
        await browser.close();
        await sink.stop();
    }

    return [...sink.hosts.keys()];
}

// Runs fn over the list, two at a time.

async function inPairs(list, fn) {
    const results = new Array(list.length);
    let next = 0;

    await Promise.all([0, 1].map(async () => {
        while (next < list.length) {
            const i = next++;
            results[i] = await fn(list[i]);
        }
    }));

    return results;
}

function leaksOf(page, hosts) {
    const asked = hosts.filter((host) => host !== page.host
                                          && !itself.has(host));
    const judged = verdicts(asked.map((host) => [
        `https://${host}/`, `http://${page.host}/`, 'hint']));

    return asked.filter((host, i) => host === '?' || denied(judged[i]));
}

// What the browser asks for of its own accord, on a page with nothing on it.

const itself = new Set(['connectivitycheck.gstatic.com',
                        ...await visit({ name: 'own/blank.html',
                                         host: 'www.blank.example' }, plain)]);

note(`asked for by the browser itself: ${[...itself].join(' ')}`);

const pages = chosen();
const control = pages.slice(0, 5);
const reached = (await inPairs(control, (page) => visit(page, plain)))
    .map((hosts, i) => leaksOf(control[i], hosts).length);

ok(reached.some((n) => n > 0), 'control: without the module trackers are asked',
   reached.join(' '));

const visits = await inPairs(pages, (page) => visit(page, port));
const leaks = [];

visits.forEach((hosts, i) => {
    for (const host of leaksOf(pages[i], hosts)) {
        leaks.push(`${pages[i].name}: ${host}`);
    }
});

note(`${pages.length} pages visited`);
ok(leaks.length === 0, 'nothing granted: no denied host is asked for anything',
   `${leaks.length}\n${leaks.join('\n')}`);

await server.stop();
found.cleanup();
done();

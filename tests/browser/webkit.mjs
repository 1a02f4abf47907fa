// The least that has to work in WebKit, where WebKitGTK and its driver are
// there (make test-browsers installs them).

import http from 'node:http';

import { sleep } from '../lib/browser.mjs';
import { done, is, note, ok, skipAll } from '../lib/tap.mjs';
import { startSite, until } from '../lib/upstream.mjs';
import { findWebkit, launchWebkit } from '../lib/webkit.mjs';

const binary = findWebkit();

if (!binary) {
    skipAll('no WebKitWebDriver, MiniBrowser or Xvfb');
}

// A third party that can be reached without a name.

const seen = [];
const outside = http.createServer((request, response) => {
    seen.push(request.url);
    response.writeHead(200, { 'Content-Type': 'text/javascript' });
    response.end(`log('${request.url}')`);
});

await new Promise((resolve) => outside.listen(0, '127.0.0.2', resolve));

const from = `http://127.0.0.2:${outside.address().port}`;
const page = `<!doctype html><html lang=en><title>Page</title>
    <script>var ran = []; var log = (x) => { ran.push(x); };</script>
    <h1>A page</h1><script defer src="${from}/last"></script>
    <script src="${from}/first"></script><img src="${from}/dot" alt="">`;

const site = await startSite({ '/': page }, { enforce: '',
                                              off: 'consent_csp off;' });
const webkit = await launchWebkit(binary);
const url = (name) => `http://127.0.0.1:${site.ports[name]}/`;
const inside = (selector) => 'document.querySelector("privacy-choices")'
    + `.shadowRoot.querySelector("${selector}")`;
const chosen = (tab) => until(async () => (await tab.cookies())
    .find((cookie) => cookie.name === 'privacy_choice')?.value.split('.')[3]);

const painted = `(() => {
    const box = ${inside('section')}.getBoundingClientRect();

    return box.height > 90 && box.bottom > innerHeight - 40
        && document.elementFromPoint(box.left + 20, box.top + 9)
            .localName === 'privacy-choices';
})()`;

await webkit.visit(url('enforce'), async (tab) => {
    note(await tab.evaluate('navigator.userAgent'));
    ok(await until(() => tab.evaluate(painted)), 'asked, on top of the page');

    await tab.click(inside('button[value=reject]'));
    is(await chosen(tab), '0', 'a no');
    ok(await until(() => tab.evaluate(`!!${inside('.rests')}`)),
       'the question is gone');
    await sleep(300);
    is(seen.join(), '', 'and nothing has left');
});

await webkit.visit(url('off'), async (tab) => {
    await tab.evaluate('window.stays = true');
    await tab.click(inside('button[value=accept]'));
    ok(await chosen(tab), 'a yes');
    is(await until(() => tab.evaluate('ran.length > 1 && ran.join()')),
       '/first,/last', 'runs what was held, in order');
    ok(seen.includes('/dot') && await tab.evaluate('window.stays'),
       'and brings the rest, without a reload');
});

await webkit.visit(`${url('enforce')}privacy-choices/`, async (tab) => {
    await tab.click('document.querySelector("input[value=analytics]")');
    await tab.click('document.querySelector("button[value=save]")');
    ok(parseInt(await chosen(tab), 36) > 0, 'statistics, in the settings');
});

webkit.stop();
await site.stop();
outside.closeAllConnections();
outside.close();
done();

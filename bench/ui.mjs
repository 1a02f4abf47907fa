// What the interface costs a page, in Chromium: the first paint with and
// without it, both behind the module, and how long Accept and Reject take to
// answer (INP, by Event Timing) with 200 elements held back.
//
// usage: node bench/ui.mjs [RUNS]

import { startSite, inBanner, until } from '../tests/lib/upstream.mjs';

const runs = Number(process.argv[2] ?? 15);
const text = '<!doctype html><html lang=en><title>Page</title>'
    + '<link rel=stylesheet href="/style.css"><h1>A page</h1>'
    + '<p>Text and more of it.'.repeat(400);
const many = Array.from({ length: 50 }, (_, i) => `
    <script src="http://tracker.example/${i}.js"></script>
    <img src="http://tracker.example/${i}.gif" width=1 height=1 alt="">
    <iframe src="http://www.youtube.com/embed/${i}" width=9 height=9></iframe>
    <script async src="http://www.google-analytics.com/${i}.js"></script>`);

const site = await startSite({
    '/': text,
    '/many': `${text}${many.join('')}`,
    '/style.css': { html: 'body { margin: 2rem }',
                    headers: { 'Content-Type': 'text/css' } },
}, { enforce: '', bare: 'consent_banner off;', loose: 'consent_csp off;' });

function median(list) {
    return list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
}

const paints = { bare: [], enforce: [] };

for (let i = 0; i < runs; i++) {
    for (const name of Object.keys(paints)) {
        await site.visit(name, '/', async (tab) => {
            paints[name].push(await until(() => tab.evaluate(() => performance
                .getEntriesByName('first-contentful-paint')[0]?.startTime)));
        });
    }
}

for (const [name, list] of Object.entries(paints)) {
    console.log('first contentful paint, '
                + `${name === 'bare' ? 'without' : 'with'} the question: `
                + `${median(list).toFixed(0)} ms (median of ${runs})`);
}

for (const server of ['loose', 'enforce']) {
    for (const answer of ['accept', 'reject']) {
        const took = [];

        for (let i = 0; i < runs; i++) {
            await site.visit(server, '/many', async (tab) => {
                await tab.evaluate(() => {
                    new PerformanceObserver((list) => {
                        for (const entry of list.getEntries()) {
                            if (entry.interactionId) {
                                sessionStorage.inp = Math.max(entry.duration,
                                    sessionStorage.inp ?? 0);
                            }
                        }
                    }).observe({ type: 'event', durationThreshold: 16 });
                });
                await until(() => tab.$(`privacy-choices[popover]`));
                await (await tab.$(inBanner(`button[value=${answer}]`)))
                    .click();
                took.push(await until(() => tab.evaluate(() =>
                    Number(sessionStorage.inp)), 2000) || 0);
            });
        }

        console.log(`${answer} with 200 held back, policy `
                    + `${server === 'loose' ? 'off' : 'on'}: `
                    + `${median(took)} ms, at most ${Math.max(...took)} ms `
                    + '(0: under 16 ms)');
    }
}

await site.stop();

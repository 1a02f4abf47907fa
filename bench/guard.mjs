// What the guard costs a page: the CPU time of the main thread that 500
// inserted elements take, with all that follows in microtasks, without it and
// with it; its start; and how long the page's own button takes to answer, which
// inserts 100 cards (INP, by Event Timing, whose steps are 8 ms).
//
// usage: guard.mjs [DOCUMENT]   (make bench-guard, make guard-docs)
//
// Fresh pages take turns, and of each kind the quickest counts: what else a
// machine does only adds to it.  With a document, the table is written between
// its markers.

import fs from 'node:fs';
import http from 'node:http';

import { launchBrowser } from '../tests/lib/browser.mjs';
import { freePort, root, startNginx } from '../tests/lib/nginx.mjs';
import { startSink } from '../tests/lib/sink.mjs';

const ROUNDS = 9;
const begin = '<!-- cost: written by make guard-docs -->';
const end = '<!-- end of cost -->';

// Each inserts 500 elements into `at`.

const kinds = {
    'elements without a URL': (at) => {
        for (let i = 0; i < 500; i++) {
            const el = document.createElement('div');
            el.className = 'row';
            el.setAttribute('data-i', i);
            el.textContent = `Row ${i}`;
            at.appendChild(el);
        }
    },
    'images of the site': (at) => {
        for (let i = 0; i < 500; i++) {
            const el = document.createElement('img');
            el.loading = 'lazy';
            el.src = `/image.gif?${i}`;
            at.append(el);
        }
    },
    'cards as markup, 100 of 5 elements': (at) => {
        for (let i = 0; i < 100; i++) {
            const el = document.createElement('template');
            el.innerHTML = `<div class="card" style="width: 20em">`
                + `<a href="https://shop.example/${i}"><b>Card</b></a>`
                + `<img loading="lazy" src="/image.gif?${i}"><p>Text</p></div>`;
            at.append(el.content);
        }
    },
    'a list as markup, 500 at once': (at) => {
        at.innerHTML = Array.from({ length: 500 }, (_, i) =>
            `<p title="a: b"><!-- ${i} -->Text</p>`).join('');
    },
    'styled elements': (at) => {
        for (let i = 0; i < 500; i++) {
            const el = document.createElement('div');
            el.style.transform = `translate(${i}px, 0)`;
            at.append(el);
        }
    },
};

const page = '<!doctype html><title>Page</title><body><p>Text</p>'
             + '<button>More</button><div id="at" hidden></div>';
const site = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(request.url.startsWith('/page') ? page : '');
});

await new Promise((ready) => site.listen(0, '127.0.0.1', ready));

const ports = { off: await freePort(), on: await freePort() };
const server = await startNginx(() => Object.keys(ports).map((guard) => `
    server {
        listen 127.0.0.1:${ports[guard]};
        consent enforce;
        consent_csp off;
        consent_guard ${guard};
        consent_rules ${root}/rules/*.json;
        location / {
            proxy_pass http://127.0.0.1:${site.address().port};
            proxy_set_header Host $host;
        }
    }`).join('\n'), ports.on);
const sink = await startSink();
const browser = await launchBrowser({
    map: { 'off.site.example': ports.off, 'on.site.example': ports.on },
    sink: sink.port,
});

async function measure(guard, code) {
    const tab = await browser.newPage();

    await tab.goto(`http://${guard}.site.example/page`);

    const client = await tab.createCDPSession();
    const used = async () => (await client.send('Performance.getMetrics'))
        .metrics.find(({ name }) => name === 'TaskDuration').value * 1000;

    await client.send('Performance.enable', { timeDomain: 'threadTicks' });

    const before = await used();

    await tab.evaluate((text) => new Promise((resolve) => {
        const run = (0, eval)(text), at = document.getElementById('at');

        setTimeout(() => { run(at); Promise.resolve().then(resolve); });
    }), code);

    const time = await used() - before;

    await tab.close();

    return time;
}

// A new realm gets a guard when it is first reached.

const realm = (at) => {
    const el = document.createElement('iframe');

    at.append(el);
};

// The middle one of so many presses, each of its own, in one page.

const PRESSES = 15;
const press = `document.querySelector('button').onclick = () => {
    (${kinds['cards as markup, 100 of 5 elements']})(
        document.getElementById('at'));
}`;

async function interaction(guard) {
    const tab = await browser.newPage();

    await tab.goto(`http://${guard}.site.example/page`);
    await tab.addScriptTag({ content: press });
    await tab.evaluate(() => {
        window.took = [];
        new PerformanceObserver((list) => window.took.push(
            ...list.getEntries().filter(({ name }) => name === 'click')
                   .map(({ duration }) => duration)))
            .observe({ type: 'event', durationThreshold: 0 });
    });

    for (let i = 0; i < PRESSES; i++) {
        await tab.click('button');
        await tab.evaluate(() => new Promise((done) => setTimeout(done, 60)));
    }

    const took = await tab.evaluate(() => window.took.sort((a, b) => a - b));

    await tab.close();

    return took;
}

const rows = [];

for (const [name, run] of Object.entries({ ...kinds, 'a new realm': realm })) {
    const times = { off: [], on: [] };

    for (let i = 0; i < ROUNDS; i++) {
        for (const guard of Object.keys(times)) {
            times[guard].push(await measure(guard, run.toString()));
        }
    }

    const [off, on] = [Math.min(...times.off), Math.min(...times.on)];

    rows.push(`| ${name} | ${off.toFixed(1)} | ${on.toFixed(1)} | ${
        (on - off).toFixed(1)} |`);
}

const answers = [];

for (const guard of ['off', 'on']) {
    const took = [...await interaction(guard), ...await interaction(guard)]
        .sort((a, b) => a - b);

    answers.push(`${took[took.length >> 1]} ms in the middle and ${
        took.at(-1)} ms at most ${guard === 'on' ? 'with' : 'without'} it`);
}

const answer = `A button that inserts the cards answers after ${
    answers.join(', ')} (of ${2 * PRESSES} presses).`;

const table = ['| inserted | without, ms | with the guard, ms | more, ms |',
               '| --- | ---: | ---: | ---: |', ...rows].join('\n');

console.log(`${table}\n\n${answer}`);

const [, , file] = process.argv;

if (file) {
    const text = fs.readFileSync(file, 'utf8');

    fs.writeFileSync(file, text.slice(0, text.indexOf(begin) + begin.length)
        + `\n\n${await browser.version()}; the quickest of ${ROUNDS} `
        + `pages each. ${answer}\n\n${table}\n\n`
        + text.slice(text.indexOf(end)));
}

await browser.close();
await sink.stop();
await server.stop();
site.closeAllConnections();
site.close();

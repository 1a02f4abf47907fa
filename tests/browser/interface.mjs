// What visitors see, measured: what it weighs, when it is painted, that it
// moves nothing, and that the site's policies and styles do not reach it.

import fs from 'node:fs';
import zlib from 'node:zlib';

import { fetchRaw } from '../lib/nginx.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const text = '<!doctype html><html lang=en><title>Page</title>'
             + '<h1>A page of the site</h1><p>With some text.</p>';

const policies = {
    none: '',
    nonce: "script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'",
    self: "default-src 'self'",
    nothing: "default-src 'none'",
    hash: "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    types: "require-trusted-types-for 'script'; trusted-types 'none'",
    two: "default-src 'self', style-src 'none'; script-src 'self'",
    sandbox: 'sandbox allow-scripts allow-forms',
};

const pages = {
    '/': text,
    '/meta': text.replace('<title>', '<meta http-equiv='
        + '"Content-Security-Policy" content="style-src \'none\'"><title>'),
    '/meta-self': text.replace('<title>', '<meta http-equiv='
        + '"content-security-policy" content="default-src \'self\'"><title>'),
};

for (const [name, policy] of Object.entries(policies)) {
    pages[`/policy-${name}`] = {
        html: text.replace('<p>', '<script nonce="abc">1</script><p>'),
        headers: policy ? { 'Content-Security-Policy': policy } : {},
    };
}

// Where SHOTS names a folder, pictures are left there to be looked at.

const shots = process.env.SHOTS;

async function shoot(tab, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await tab.screenshot({ path: `${shots}/${name}.png` });
    }
}

const site = await startSite(pages, { enforce: '' });
const { visit } = site;

// What the question looks like where its style is in force.

const styled = (tab) => tab.evaluate(() => {
    const root = document.querySelector('privacy-choices')?.shadowRoot;
    const ask = root?.querySelector('section');
    const style = ask && getComputedStyle(ask);
    const box = ask?.getBoundingClientRect();

    return Boolean(ask) && style.borderTopLeftRadius === '16px'
           && box.bottom <= innerHeight && box.bottom > innerHeight - 40
           && document.elementFromPoint(innerWidth / 2, box.top + 9)
              ?.localName === 'privacy-choices';
});

// What the first page loads of ours, as a server sends it.

{
    const headers = { 'Upgrade-Insecure-Requests': '1' };
    const plain = (await fetchRaw(site.ports.plain, '/')).body;
    const page = (await fetchRaw(site.ports.enforce, '/', { headers })).body;
    const gzip = (body) => zlib.gzipSync(body, { level: 9 }).length;
    const own = gzip(page) - gzip(plain);
    const urls = [...page.toString().matchAll(/(?:src|href)="([^"]+\/assets\/[^"]+)"/g)]
        .map((match) => match[1]);
    let scripts = 0;
    let all = own;

    for (const url of urls) {
        const size = gzip((await fetchRaw(site.ports.enforce, url)).body);

        all += size;
        scripts += url.endsWith('.js') ? size : 0;
    }

    note(`in the page ${own}, scripts ${scripts}, all ${all} bytes (gzip -9)`);
    ok(scripts && scripts <= 4000, 'scripts weigh at most 4 kB', scripts);
    ok(all <= 6000, 'all that the first page loads weighs at most 6 kB', all);
}

// Painted with the page: nothing of ours is waited for, not even for ever.

await visit('enforce', '/', async (tab) => {
    ok(await until(() => styled(tab)), 'the question is there without files');

    const paint = await until(() => tab.evaluate(() => performance
        .getEntriesByName('first-contentful-paint')[0]?.startTime));

    ok(paint, 'and the page is painted without them');
    await shoot(tab, 'first-paint');
}, { waitUntil: 'domcontentloaded', before: async (tab) => {
    await tab.setRequestInterception(true);
    tab.on('request', (request) => {
        if (!request.url().includes('/assets/')) {
            request.continue();
        }
    });
} });

// Nothing moves, before and after an answer.

for (const answer of ['accept', 'reject']) {
    await visit('enforce', '/', async (tab) => {
        await tab.evaluate(() => {
            window.shifts = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) {
                    window.shifts += entry.value;
                }
            }).observe({ type: 'layout-shift', buffered: true });
        });
        await (await tab.waitForSelector(inBanner(`button[value=${answer}]`)))
            .click();
        await until(() => tab.$(inBanner('.rests')));
        is(await tab.evaluate('window.shifts ?? 0'), 0, `${answer}: CLS is 0`);
    });
}

// The site's own policies, as they are.

for (const name of Object.keys(policies)) {
    for (const javascript of [true, false]) {
        const path = `/policy-${name}`;
        const own = await visit('plain', path, (tab) => tab.said,
                                { javascript });
        const with_ = `policy ${name}, scripts ${javascript}`;

        await visit('enforce', path, async (tab, context) => {
            ok(await until(() => styled(tab)), `${with_}: in its style`);

            const said = tab.said.join('\n');

            is(said, own.join('\n'), `${with_}: not a word in the console`);
            await shoot(tab, `policy-${name}`);

            if (name === 'sandbox') {
                return;
            }

            await (await tab.$(inBanner('button[value=reject]'))).click();
            ok(await until(async () => (await context.cookies())
                .some((cookie) => cookie.name === 'privacy_choice')),
               `${with_}: a no is taken`);
        }, { javascript });
    }
}

await visit('enforce', '/meta-self', async (tab) => {
    ok(await until(() => styled(tab)), 'policy in the page: in its style');
});

await visit('enforce', '/meta', async (tab, context) => {
    const button = await tab.$(inBanner('button[value=reject]'));

    ok(await button.evaluate((node) => node.checkVisibility()),
       'policy in the page without styles: it can be read');
    await shoot(tab, 'meta-none');
    await button.click();
    ok(await until(async () => (await context.cookies()).length),
       'and answered');
});

await site.stop();
done();

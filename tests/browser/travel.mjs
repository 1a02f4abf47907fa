// Sites with a way of their own from page to page: Turbo, htmx, view
// transitions, and an application that draws its body anew.  The question
// goes along, an answer holds on every page that is still alive, and what was
// held back before it comes to life wherever it turns up again.

import fs from 'node:fs';

import { sleep } from '../lib/browser.mjs';
import { need } from '../lib/modules.mjs';
import { done, is, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const file = (name) => ({ html: fs.readFileSync(need.resolve(name), 'utf8'),
                          headers: { 'Content-Type': 'text/javascript' } });

const links = '<p>Text <a id=one href="/KIND/one">One</a> <a id=two'
              + ' href="/KIND/two">Two</a> <a id=bare href="/KIND/bare">Bare</a>';
const film = '<iframe id=film width=560 height=315'
             + ' src="http://www.youtube.com/embed/abcdefghijk"></iframe>';
const post = '<blockquote class="twitter-tweet" id=post>Words <a'
             + ' href="https://twitter.com/a/status/1">here</a></blockquote>'
             + '<script async src="https://platform.twitter.com/widgets.js">'
             + '</script>';

const heads = {
    turbo: '<script src="/turbo.js" defer></script>',
    htmx: '<script src="/htmx.js"></script>',
    transition: '<style>@view-transition { navigation: auto }</style>',
    app: `<script>
        addEventListener('click', async (e) => {
            const link = e.target.closest?.('a[href*="/app/"]');
            if (!link) return;
            e.preventDefault();
            history.pushState(0, '', link.href);
            const text = await (await fetch(link.href)).text();
            const page = new DOMParser().parseFromString(text, 'text/html');
            const draw = () => document.body.replaceChildren(
                ...page.querySelectorAll('main'));
            if (document.startViewTransition) document.startViewTransition(draw);
            else draw();
        });</script>`,
};

const pages = {
    '/turbo.js': file('@hotwired/turbo/dist/turbo.es2017-umd.js'),
    '/htmx.js': file('htmx.org/dist/htmx.min.js'),
};

for (const [kind, head] of Object.entries(heads)) {
    for (const [name, what] of Object.entries({ one: film, two: post,
                                                bare: '' })) {
        pages[`/${kind}/${name}`] = '<!doctype html><html lang=en><head>'
            + `<title>${name}</title>${head}</head><body${kind === 'htmx'
                ? ' hx-boost:inherited="true"' : ''}><main><h1>${name}</h1>${
                links.replaceAll('KIND', kind)}${what}</main></body></html>`;
    }
}

const site = await startSite(pages, { enforce: '', off: 'consent_csp off;' });

async function go(tab, name) {
    await tab.evaluate((id) => document.getElementById(id).click(), name);
    ok(await until(() => tab.evaluate((expected) =>
        document.querySelector('h1')?.innerText === expected
        && document.readyState === 'complete', name)), `at ${name}`);
}

// One element, with its shadow; what it shows.

const seen = (tab) => tab.evaluate(() => {
    const all = [...document.querySelectorAll('privacy-choices')];
    const root = all[0]?.shadowRoot;

    return all.length !== 1 ? `${all.length} of them` : !root ? 'no root'
        : root.querySelector('section') ? 'asks'
        : root.querySelector('.open')?.checkVisibility() ? 'rests'
        : `nothing: ${root.innerHTML.length}`;
}).catch(() => 'on its way');

const comes = async (tab, expected, name) => is(await until(
    async () => await seen(tab) === expected && expected, 3000)
    || await seen(tab), expected, name);

// A page that was asked for with all allowed is the site's alone.

const quiet = async (tab, name) => ok(await until(async () =>
    /^rests$|^0 of them$/.test(await seen(tab)), 3000), name, await seen(tab));

async function answer(tab, value) {
    await until(() => tab.$(inBanner('section')));
    await tab.evaluate((button) => document.querySelector('privacy-choices')
        .shadowRoot.querySelector(`[value=${button}]`).click(), value);
    await comes(tab, 'rests', `${value}: answered`);
}

const held = (tab) => tab.evaluate(() =>
    document.querySelector('#film')?.src.includes('placeholder'))
    .catch(() => null);

for (const kind of Object.keys(heads)) {
    const at = (name) => `${kind}: ${name}`;

    // The question and its answer go along.

    await site.visit('off', `/${kind}/one`, async (tab) => {
        await comes(tab, 'asks', at('the question'));
        await go(tab, 'two');
        await comes(tab, 'asks', at('it goes along'));
        ok(await until(() => tab.evaluate(() =>
            Boolean(document.querySelector('#post')?.shadowRoot
                ?.querySelector('form button, iframe')))), at('a placeholder, too'));
        await answer(tab, 'reject');
        await go(tab, 'one');
        await comes(tab, 'rests', at('answered on the next page'));
        ok(await held(tab), at('a no: the film is held'));
        await tab.goBack({ waitUntil: 'domcontentloaded' }).catch(() => {});
        await sleep(300);
        await comes(tab, 'rests', at('and on the way back'));
    });

    // A yes reaches what was there before it, as the site brings it back.

    for (const server of ['off', 'enforce']) {
        await site.visit(server, `/${kind}/one`, async (tab) => {
            await comes(tab, 'asks', at('the question'));
            ok(await held(tab), at('the film is held'));
            await go(tab, 'bare');
            await answer(tab, 'accept');
            await go(tab, 'one');
            ok(await until(async () => await held(tab) === false),
               at(`${server}: a yes on another page, and there it is`));
            await quiet(tab, at('nobody is asked'));
        });

        await site.visit(server, `/${kind}/one`, async (tab) => {
            await comes(tab, 'asks', at('the question'));
            await go(tab, 'bare');
            await answer(tab, 'accept');
            await tab.goBack({ waitUntil: 'domcontentloaded' })
                .catch(() => {});

            if (kind !== 'app') {
                ok(await until(async () => await held(tab) === false),
                   at(`${server}: the same on the way back`));
            }

            await quiet(tab, at('nobody is asked'));
        });
    }
}

done();
await site.stop();

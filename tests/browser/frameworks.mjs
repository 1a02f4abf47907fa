// Vue and Svelte, drawn by the server and brought to life in the page, with
// what scripts of others fill in: a form's check, a post and a map.  Neither
// finds anything that it did not draw; what stands in the place of those comes
// and goes as the site's own do, and a yes brings them to life.

import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

import { link } from '../lib/linked.mjs';
import { need } from '../lib/modules.mjs';
import { done, is, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const pages = {};

// What fills them in, in the page around the application.

const fillers = ['https://platform.twitter.com/widgets.js',
                 'https://www.google.com/recaptcha/api.js',
                 'https://maps.googleapis.com/maps/api/js?key=x'];
const around = (drawn, script, head = '') => '<!DOCTYPE html><html lang="en">'
    + `<head><title>Nordkai</title>${head}</head><body><div id="root">${drawn}`
    + `</div>${fillers.map((url) => `<script async src="${url}"></script>`)
        .join('')}${script}</body></html>`;

// The same application in both: a page with all of it, and one with none.

function inVue({ h, ref }) {
    return {
        setup() {
            const more = ref(0), film = ref(false);

            return () => h('main', [
                h('button', { id: 'go', onClick: () => {
                    film.value = !film.value;
                } }, 'Go'),
                film.value ? h('h1', 'A film') : h('section', [
                    h('h1', 'Home'),
                    h('button', { id: 'more', onClick: () => {
                        more.value++;
                    } }, more.value),
                    h('form', [h('input', { name: 'mail' }),
                               h('div', { class: 'g-recaptcha',
                                          'data-sitekey': 'x' })]),
                    h('blockquote', { class: 'twitter-tweet' },
                      h('a', { href: 'https://twitter.com/some/status/123' },
                        'November')),
                    h('div', { id: 'map', style: { height: '300px' } }),
                    h('p', 'After'),
                ]),
            ]);
        },
    };
}

const inSvelte = `<script>
    let more = $state(0), film = $state(false);
</script>
<main><button id="go" onclick={() => { film = !film; }}>Go</button>
{#if film}<h1>A film</h1>{:else}<section><h1>Home</h1>
<button id="more" onclick={() => more++}>{more}</button>
<form><input name="mail"><div class="g-recaptcha" data-sitekey="x"></div></form>
<blockquote class="twitter-tweet"><a
href="https://twitter.com/some/status/123">November</a></blockquote>
<div id="map" style="height: 300px"></div><p>After</p></section>{/if}</main>`;

// Bundles come late: all of ours is there before.

function file(path, text) {
    pages[path] = { html: text, after: 400,
                    headers: { 'Content-Type': 'text/javascript' } };
}

const vue = need('vue');
const drawnByVue = await need('vue/server-renderer').renderToString(
    vue.createSSRApp(inVue(vue)));
const vueFiles = { vue: 'vue.runtime.global.prod.js',
                   'vue-dev': 'vue.runtime.global.js' };

for (const [kind, name] of Object.entries(vueFiles)) {
    file(`/${kind}.js`, `${fs.readFileSync(need.resolve(`vue/dist/${name}`),
                                           'utf8')};
        Vue.createSSRApp((${inVue})(Vue)).mount('#root');`);
    pages[`/${kind}`] = around(drawnByVue,
                               `<script defer src="/${kind}.js"></script>`);
}

const { compile } = need('svelte/compiler');
const compiled = (generate, dev) => compile(inSvelte,
    { generate, dev, name: 'App', filename: 'App.svelte' }).js.code;
const asFile = (name) => pathToFileURL(need.resolve(name)).href;
const onServer = compiled('server', false)
    .replace(/'(svelte\/[^']+)'/g, (all, name) => `'${asFile(name)}'`);
const { default: App } = await import(
    `data:text/javascript,${encodeURIComponent(onServer)}`);
const { body, head } = (await import(asFile('svelte/server'))).render(App);

file('/app.js', link(compiled('client', false), pages));
file('/svelte.js', link(`import { hydrate } from 'svelte';
    import App from './app.js';
    hydrate(App, { target: document.getElementById('root') });`
    .replace("'./app.js'", '/app.js'), pages)
    .replace('/app.js', "'/app.js'"));
pages['/svelte'] = around(body,
    '<script type="module" src="/svelte.js"></script>', head);

const kinds = [...Object.keys(vueFiles), 'svelte'];

// What would be told of: the page has more than was drawn.

for (const kind of kinds) {
    pages[`/${kind}-wrong`] = pages[`/${kind}`]
        .replace('<blockquote', '<p>More</p><blockquote');
}

const site = await startSite(pages, { enforce: '', off: 'consent_csp off;' });

// What stands where a script would have filled something in.

const standing = (tab) => tab.$$eval('*', (all) => all.map((el) =>
    el.shadowRoot?.querySelector('#r[role=group]'))
    .filter((box) => box?.checkVisibility())
    .map((box) => box.ariaLabel).sort().join(', '));
const missing = 'Google Maps, Google reCAPTCHA, X posts and buttons';
const told = (tab) => tab.said.filter((line) =>
    /hydrat|mismatch/i.test(line)).join('\n');
const alive = (tab) => until(async () => {
    await tab.$eval('#more', (node) => node.click());
    return tab.$eval('#more', (node) => +node.textContent > 0);
});

for (const kind of kinds) {
    await site.visit('plain', `/${kind}-wrong`, async (tab) => {
        ok(await alive(tab), `${kind}: alive`);
        ok(await until(() => told(tab)),
           `${kind}: what it did not draw would be told of`);
    });
}

for (const server of ['enforce', 'off']) {
    for (const kind of kinds) {
        await site.visit(server, `/${kind}`, async (tab) => {
            const title = `${server}, ${kind}`;
            const go = () => tab.$eval('#go', (node) => node.click());

            ok(await alive(tab), `${title}: alive`);
            await until(async () => await standing(tab) === missing);
            is(await standing(tab), missing, `${title}: what is missing`);
            is(told(tab), '', `${title}: it found what it had drawn`);

            await go();
            ok(await until(() => tab.$eval('h1', (node) =>
                node.textContent === 'A film')), `${title}: another page`);
            is(await standing(tab), '', `${title}: with nothing missing`);
            await go();
            await until(async () => await standing(tab) === missing);
            is(await standing(tab), missing, `${title}: and back`);

            const button = await tab.$(inBanner('button[value=accept]'));

            await button.evaluate((node) => node.click());
            ok(await until(() => tab.evaluate((urls) => urls.every((url) =>
                [...document.scripts].some((it) => it.src === url
                    && it.type !== 'text/plain')), fillers)),
               `${title}: a yes brings all of it to life`);
            ok(await until(async () => await standing(tab) === ''),
               `${title}: nothing stands in its place`);
            ok(await alive(tab), `${title}: still alive`);
            is(told(tab), '', `${title}: as it was drawn`);
        });
    }
}

await site.stop();
done();

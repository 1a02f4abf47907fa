// Sites that are drawn by the server and brought to life in the page: nothing
// that is put into a page, or held back in it, is in the way of that; and the
// question stays when such a site takes one page for another.

import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

import { need } from '../lib/modules.mjs';
import { done, is, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

// The versions: how the whole document is handed to each.

const umd = (name, file) => fs.readFileSync(path.join(path.dirname(
    need.resolve(name)), `umd/${file}.production.min.js`), 'utf8');

const older = vm.createContext({});

older.self = older;
vm.runInContext(umd('react-18', 'react'), older);
vm.runInContext(umd('react-dom-18', 'react-dom-server-legacy.browser'), older);

const kinds = {
    19: { react: need('react'), server: need('react-dom/server') },
    18: { react: older.React, server: older.ReactDOMServer },
};

// React 19 has no file for browsers: its modules, and a require for them.

function module(name) {
    const file = need.resolve(name);
    const folder = path.dirname(file);
    const at = /production\.js$/.test(file) ? file
        : path.join(folder, /require\('(.+production(?:\.min)?\.js)'\)/
            .exec(fs.readFileSync(file, 'utf8'))[1]);

    return fs.readFileSync(at, 'utf8');
}

const modules = {
    19: `const modules = {}, made = {};
        function require(name) {
            if (!made[name]) {
                const module = made[name] = { exports: {} };
                modules[name](module, module.exports, require);
            }
            return made[name].exports;
        }
        ${['react', 'scheduler', 'react-dom', 'react-dom/client']
            .map((name) => `modules['${name}'] = `
                + `function (module, exports, require) {${module(name)}\n};`)
            .join('\n')}
        var React = require('react'), hydrateRoot =
            require('react-dom/client').hydrateRoot;`,
    18: `${umd('react-18', 'react')}
        ${umd('react-dom-18', 'react-dom')}
        var hydrateRoot = ReactDOM.hydrateRoot;`,
};

// The application: what server and page both draw.

function app(React, whole) {
    const h = React.createElement;
    const outside = 'https://tracker.example';

    function Film() {
        return h('main', null, h('h1', null, 'A film'),
            h('iframe', { width: 320, height: 180, title: 'A film',
                          src: 'https://www.youtube.com/embed/abcdefghijk' }));
    }

    function Home({ more, setMore }) {
        return h('main', null, h('h1', null, 'Home'),
            h('button', { id: 'more', onClick: () => setMore(more + 1) },
              more),
            h('img', { alt: '', src: `${outside}/pixel.gif` }),
            h('p', { style: { backgroundImage:
                `url("${outside}/back.gif")` } }, 'Text'),
            h('video', { poster: `${outside}/poster.gif` }),
            h('script', { dangerouslySetInnerHTML: { __html:
                'window.x = "https://www.googletagmanager.com/gtag/js"' } }),
            h(Filled));
    }

    // What scripts would fill: it has what stands for it inside, where that
    // may be; the button and the script have it beside them.

    function Filled() {
        return h('section', null,
            h('blockquote', { className: 'twitter-tweet' }, h('a', { href:
                'https://twitter.com/some/status/123' }, 'November')),
            h('form', null, h('button', { className: 'g-recaptcha',
                type: 'button' }, 'Send')),
            h('script', { defer: true, src:
                'https://platform.twitter.com/widgets.js' }),
            h('script', { defer: true, src:
                'https://www.google.com/recaptcha/api.js' }),
            h('p', null, 'Before'),
            h('script', { defer: true, repo: 'a/b', src:
                'https://utteranc.es/client.js' }),
            h('p', null, 'After'));
    }

    function App() {
        const [more, setMore] = React.useState(0);
        const [film, setFilm] = React.useState(false);
        const body = [
            h('nav', { key: 'nav' }, h('button', { id: 'go',
                onClick: () => setFilm(!film) }, 'Go')),
            film ? h(Film, { key: 'film' })
                 : h(Home, { key: 'home', more, setMore }),
            h('noscript', { key: 'no' }, h('img', { alt: '',
                src: `${outside}/noscript.gif` })),
        ];

        return whole ? h('html', { lang: 'en' },
            h('head', null, h('title', null, 'Nordkai'),
              h('link', { rel: 'stylesheet', href:
                  'https://fonts.googleapis.com/css?family=Lora' }),
              h('link', { rel: 'preconnect', href: outside }),
              h('script', { async: true, src:
                  'https://snap.licdn.com/li.lms-analytics/insight.min.js' })),
            h('body', { className: 'site' }, body)) : body;
    }

    return h(App);
}

const pages = {};

for (const [version, { react, server }] of Object.entries(kinds)) {
    for (const whole of [true, false]) {
        const drawn = server.renderToString(app(react, whole));
        const start = `window.said = []; hydrateRoot(${
            whole ? 'document' : "document.getElementById('root')"},
            (${app})(React, ${whole}), { onRecoverableError(error) {
                said.push(error.message); } });`;

        // as bundles are: fetched, and run when the page is there; late
        // enough for all of ours to be there before
        const bundle = `/${version}-${whole ? 'whole' : 'part'}.js`;
        const script = `<script defer src="${bundle}"></script>`;

        pages[`/${version}-${whole ? 'whole' : 'part'}`] = whole
            ? `<!DOCTYPE html>${drawn.replace('</body>',
                `${version === '18' ? '<script>__remixContext = {}</script>'
                                    : ''}${script}</body>`)}`
            : '<!DOCTYPE html><html lang="en"><title>Nordkai</title><body>'
              + `<div id="root">${drawn}</div>${script}</body></html>`;
        pages[bundle] = { html: `${modules[version]}\n${start}`,
                          headers: { 'Content-Type': 'text/javascript' },
                          after: 400 };
    }
}

// Turbo and the like take another page's body for this one's, and keep copies
// of it.

pages['/swap'] = `<!doctype html><html lang="en"><title>Swap</title><body>
    <p>One</p><script>function swap(copy) {
        const next = copy ? document.body.cloneNode(true)
                          : document.createElement('body');
        next.append('Two');
        document.body.replaceWith(next);
    }</script></body></html>`;

const site = await startSite(pages, {
    guarded: 'consent_guard on;',
    unguarded: 'consent_guard off;',
});

// What stands where a script would have filled something in.

const standing = (tab) => tab.$$eval('*', (all) => all.map((el) =>
    el.shadowRoot?.querySelector('#r[role=group]'))
    .filter((box) => box?.checkVisibility())
    .map((box) => box.ariaLabel).sort().join(', '));

const missing = 'Google reCAPTCHA, X posts and buttons, utterances';

async function asks(tab) {
    const button = await tab.$(inBanner('button[value=reject]'));

    return button ? button.evaluate((node) => node.checkVisibility()) : false;
}

for (const name of ['plain', 'guarded', 'unguarded']) {
    for (const kind of Object.keys(pages).filter((one) =>
        /^\/\d\d-\w+$/.test(one)))
    {
        await site.visit(name, kind, async (tab) => {
            const title = `${name}, React ${kind.slice(1)}`;
            const alive = await until(async () => {
                await tab.$eval('#more', (node) => node.click());
                return tab.$eval('#more', (node) => +node.textContent > 0);
            });

            ok(alive, `${title}: alive`);
            is((await tab.evaluate('said')).join('\n'), '',
               `${title}: nothing had to be drawn anew`);

            if (name === 'plain') {
                return;
            }

            ok(await asks(tab), `${title}: the question is there`);
            await until(async () => await standing(tab) === missing);
            is(await standing(tab), missing, `${title}: what is missing, too`);
            await tab.$eval('#go', (node) => node.click());
            ok(await until(() => tab.$eval('h1', (node) =>
                node.textContent === 'A film')), `${title}: another page`);
            ok(await asks(tab), `${title}: the question stays`);
            is(await tab.$$eval('privacy-choices', (all) => all.length), 1,
               `${title}: once`);

            const button = await tab.$(inBanner('button[value=reject]'));

            await button.click();
            ok(await until(async () => !await asks(tab)),
               `${title}: and takes an answer`);
        });
    }
}

await site.visit('unguarded', '/swap', async (tab) => {
    ok(await until(() => asks(tab)), 'a body that is replaced: asked');
    await tab.evaluate('swap()');
    ok(await until(() => asks(tab)), 'asked again in the new one');
    await tab.evaluate('swap(true)');
    ok(await until(() => asks(tab)), 'and in a copy of that');
    is(await tab.$$eval('privacy-choices', (all) => all.length), 1, 'once');

    const button = await tab.$(inBanner('button[value=reject]'));

    await button.click();
    ok(await until(async () => !await asks(tab)), 'and takes an answer');
    await tab.evaluate('swap()');
    ok(await until(() => tab.$(inBanner('.open'))),
       'the way back to the settings stays as well');
});

await site.stop();
done();

// What others' tools say of what visitors see: the Nu HTML checker (vnu) of
// every kind of page in several languages, Lighthouse of accessibility, and
// gdpr-cookie-scanner of the demo.  Every outside host leads to a sink.
//
// usage: node tests/audit/audit.mjs [vnu] [lighthouse] [scanner]

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { launchBrowser } from '../lib/browser.mjs';
import { startDemo } from '../lib/demo.mjs';
import { need } from '../lib/modules.mjs';
import { fetchRaw, freePort, root } from '../lib/nginx.mjs';
import { startSink } from '../lib/sink.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { startSite } from '../lib/upstream.mjs';

const asked = process.argv.slice(2);
const runs = (name) => !asked.length || asked.includes(name);
const from = `${root}/build/audit-ui/node/node_modules`;
const bring = (file) => import(`${from}/${file}`);

const languages = ['en', 'de', 'fi', 'ga', 'el', 'ar', 'he', 'hi', 'ja', 'th',
                   'zh-Hant', 'vi'];
const html = '<!doctype html><html lang=en><title>Page</title>'
    + '<main><h1>A page of the site</h1><p>With some <a href="/x">text</a>.'
    + '</p></main>';
const frames = html.replace('</main>', '<iframe width=560 height=315 '
    + 'src="https://www.youtube.com/embed/abcdefghijk" title=Film></iframe>'
    + '<img src="https://www.facebook.com/tr?id=1" alt="">'
    + '<script src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
    + '<script>gtag("config", "G-1")</script></main>');

// What scripts would have filled in: drawn, and with scripts in its place.  Of a
// held script that says so itself, vnu has this to say: it is data until a yes.

const filled = html.replace('</main>', `<form method=post action=/send>
    <p><label>Name <input name=name></label> <div class="g-recaptcha"></div>
    <p><button>Send</button></form>
    <blockquote class="twitter-tweet"><p>Words.</p>
    <a href="https://twitter.com/some/status/123">November</a></blockquote>
    <div id="map"></div><div id="disqus_thread"></div></main>
    <script src="https://www.google.com/recaptcha/api.js"></script>
    <script src="https://platform.twitter.com/widgets.js"></script>
    <script src="https://maps.googleapis.com/maps/api/js?key=x" async></script>
    <script src="https://site.disqus.com/embed.js"></script></body></html>`);
const known = new RegExp('^.*: error: A “script” element with a “type” attribute '
    + 'whose value is neither .* must not have an “(async|defer)” attribute\\.$',
    'gm');
const kinds = { youtube: 'www.youtube.com/embed/a', disqus: 'disqus.com/embed',
                'google-maps': 'www.google.com/maps/embed?pb=1',
                'google-recaptcha': 'www.google.com/recaptcha/api2/anchor',
                instagram: 'www.instagram.com/p/a/embed',
                calendly: 'calendly.com/a', unclassified: 'other.example/' };
const inLanguages = languages.flatMap((lang) => [['in', html],
    ['filled', filled]].map(([name, page]) => [`/${name}-${lang}`,
    page.replace('lang=en', `lang=${lang}`)]));
const site = await startSite({ '/': html, '/embed': frames,
                               ...Object.fromEntries(inLanguages) }, {
    usual: 'consent_contact mailto:privacy@site.example;',
    out: 'consent_regime opt-out; consent_look position=corner;',
    centre: 'consent_regime notice; consent_look position=center '
            + 'paper=#fff7e8,#2a1f14 ink=#2a1f14,#fff7e8;',
});

// A page as a visitor who chose `form` gets it.

async function post(form, headers = {}) {
    const answer = await fetchRaw(site.ports.usual, '/privacy-choices/choice', {
        method: 'POST', body: form,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded',
                   ...headers },
    });

    return [answer, answer.headers['set-cookie']?.[0].split(';')[0] ?? ''];
}

async function vnu() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-vnu-'));
    const files = [];

    const add = async (name, target, server = 'usual', headers = {}) => {
        const { body } = await fetchRaw(site.ports[server], target, {
            headers: { 'Upgrade-Insecure-Requests': '1', ...headers } });

        files.push(`${folder}/${name}.html`);
        fs.writeFileSync(files.at(-1), body);
    };

    const [, cookie] = await post('action=save&granted=analytics'
                                  + '&service.youtube=1');
    const stale = cookie.replace(/^((?:[^.]*\.){4})[^.]*/, '$1AAAAAAAAAAAA');
    const kept = { Cookie: cookie };
    const placeholder = (id) => `/privacy-choices/placeholder?service=${id}`
        + `&url=${encodeURIComponent(`https://${kinds[id]}`)}`;

    for (const lang of languages) {
        const say = { 'Accept-Language': lang };
        const to = (target) => `${target}${target.includes('?') ? '&' : '?'}`
            + `lang=${lang}`;

        await add(`${lang}-page`, `/in-${lang}`, 'usual', say);
        await add(`${lang}-filled`, `/filled-${lang}`, 'usual', say);
        await add(`${lang}-settings`, to('/privacy-choices/'), 'usual', say);
        await add(`${lang}-receipt-history`, to('/privacy-choices/'), 'usual',
                  { ...say, ...kept });
        await add(`${lang}-asked-again`, to('/privacy-choices/'), 'usual',
                  { ...say, Cookie: stale });
        await add(`${lang}-page-asked-again`, `/in-${lang}`, 'usual',
                  { ...say, Cookie: stale });
        await add(`${lang}-gpc`, `/in-${lang}`, 'out', { ...say, 'Sec-GPC': '1' });

        for (const id of Object.keys(kinds)) {
            await add(`${lang}-${id}`, to(placeholder(id)), 'usual', say);
        }
    }

    await add('embed', '/embed');
    await add('rests', '/embed', 'usual', kept);
    await add('notice', '/embed', 'centre');
    await add('all', '/privacy-choices/?all=1');
    await add('once', `${placeholder('youtube')}&once=1`);

    const [refused] = await post('action=reject', { Origin: 'null' });

    ok(/<h1/.test(refused.body), 'vnu: the page that says that nothing is kept');
    files.push(`${folder}/refused.html`);
    fs.writeFileSync(files.at(-1), refused.body);

    const run = spawnSync('java', ['-Xss8m', '-jar', need.resolve(
        'vnu-jar/build/dist/vnu.jar'), '--errors-only', ...files],
        { encoding: 'utf8', maxBuffer: 1 << 26 });

    const said = run.stderr.replaceAll(`file:${folder}/`, '');

    is(run.error?.message ?? said.replace(known, '').trim(), '',
       `vnu: no errors on ${files.length} pages`);
    is((said.match(known) ?? []).length, languages.length,
       'vnu: but of held scripts that say "async"');
    fs.rmSync(folder, { recursive: true, force: true });
}

// The score is of the page with what we put into it.

async function lighthouse() {
    const { default: run } = await bring('lighthouse/core/index.js');
    const sink = await startSink();
    const port = await freePort();
    const browser = await launchBrowser({ sink: sink.port, map: {
        'usual.site.example': site.ports.usual }, args: [
        `--remote-debugging-port=${port}`] });

    for (const [name, target] of Object.entries({
        'a page that asks': '/', 'with placeholders': '/embed',
        'with what scripts fill': '/filled-en',
        'the settings': '/privacy-choices/',
        'a placeholder': '/privacy-choices/placeholder?service=youtube'
            + '&url=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fa',
        'in Arabic': '/privacy-choices/?lang=ar',
    })) {
        for (const formFactor of ['desktop', 'mobile']) {
            const result = await run(`http://usual.site.example${target}`, {
                port, onlyCategories: ['accessibility'], formFactor,
                logLevel: 'error', throttlingMethod: 'provided', screenEmulation: formFactor === 'desktop'
                    ? { mobile: false, width: 1350, height: 940,
                        deviceScaleFactor: 1, disabled: false } : undefined,
            });
            const { categories, audits } = result.lhr;
            const { score, auditRefs } = categories.accessibility;
            const lost = auditRefs.filter(({ id, weight }) => weight
                && audits[id].score !== null && audits[id].score < 1)
                .map(({ id }) => id);

            ok(score === 1, `Lighthouse, ${name}, ${formFactor}: 100`,
               `${score * 100}: ${lost.join(' ')}`);
        }
    }

    await browser.close();
    await sink.stop();
}

// Its browser is ours, and leads every outside host to the sink.  It knows
// banners by their names, and ours has none of these.  Told where it is, it
// uses it: then the words it looks for ("purpose", "third party") cost points,
// but what a yes and a no do has to be faultless.

const tell = () => addEventListener('DOMContentLoaded', () => document
    .querySelector('privacy-choices')?.shadowRoot.querySelector('section')
    ?.setAttribute('role', 'alertdialog'));

async function scanner() {
    const sink = await startSink();
    const port = await freePort();
    const demo = await startDemo(port);
    const { chromium } = (await bring('playwright/index.js')).default;
    const launch = chromium.launch.bind(chromium);

    let told;

    chromium.launch = async (options) => {
        const browser = await launch({ ...options,
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: [...options.args, '--host-resolver-rules='
                   + `MAP * 127.0.0.1:${sink.port}, EXCLUDE 127.0.0.1`] });
        const newContext = browser.newContext.bind(browser);

        browser.newContext = async (settings) => {
            const context = await newContext(settings);

            await (told && context.addInitScript(tell));
            return context;
        };
        return browser;
    };

    const { scan } = await bring(
        '@slashgear/gdpr-cookie-scanner/dist/index.js');

    for (told of [false, true]) {
        const { compliance, modal } = await scan(`http://127.0.0.1:${port}/`,
                                                 { locale: 'en-US' });
        const found = modal.detected ? modal.buttons.map((button) =>
            `"${button.text}": ${button.type}`).join(', ') : 'no banner';

        note(`gdpr-cookie-scanner${told ? ', told where' : ''}: `
             + `${compliance.total} (${compliance.grade}), found ${found}`);
        is(modal.detected, told, 'it finds the banner where it is told');
        compliance.issues.forEach(({ description }) => note(description));

        const { easyRefusal, cookieBehavior } = compliance.breakdown;

        ok(compliance.total >= 95 || (told && easyRefusal + cookieBehavior
                                              === 50),
           told ? 'full points for refusing and for what is stored'
                : 'and grades the demo 95 or more',
           JSON.stringify(compliance.breakdown));
    }

    await demo.stop();
    await sink.stop();
}

for (const [name, fn] of Object.entries({ vnu, lighthouse, scanner })) {
    if (runs(name)) {
        await fn();
    }
}

await site.stop();
done();

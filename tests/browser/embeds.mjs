// What stands where a held script would fill something in: captchas in forms,
// posts, comments, maps, what a rule file of the site's own names, and frames
// that scripts make.  What it looks like without, with a yes, and in pages
// with policies of their own.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { firefox, sleep } from '../lib/browser.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { inBanner, startSite, until } from '../lib/upstream.mjs';

const start = '<!doctype html><html lang=en><title>Page</title>'
              + '<meta name=viewport content="width=device-width">'
              + '<style>body { font: 16px/1.5 Georgia, serif; margin: 2rem auto;'
              + ' max-width: 40rem; padding: 0 1rem }</style><h1>A page</h1>';

const pages = {
    '/check': `${start}<form method=post action=/send>
        <p><label>Name <input name=name></label></p>
        <div class="g-recaptcha" id=box data-sitekey=x></div>
        <p><button id=send>Send</button></p></form>
        <script src="https://www.google.com/recaptcha/api.js" async defer>
        </script>`,
    '/unseen': `${start}<form role=search><input name=q></form>
        <form method=post id=mail><p><label>Mail <input name=mail></label>
        <button>Send</button></p></form>
        <script src="https://www.google.com/recaptcha/api.js?render=KEY">
        </script>`,
    '/button': `${start}<form method=post id=mail><label>Mail
        <input name=mail></label>
        <button class=g-recaptcha data-sitekey=x>Send</button></form>
        <script src="https://www.google.com/recaptcha/api.js"></script>`,
    '/post': `${start}<blockquote class="twitter-tweet" id=box><p>Words that
        were posted.</p>Somebody <a
        href="https://twitter.com/some/status/123?ref_src=x">November</a>
        </blockquote>
        <script async src="https://platform.twitter.com/widgets.js"></script>`,
    '/comments': `${start}<p>Text</p><div id="disqus_thread"></div><script>
        (function() { var d = document, s = d.createElement('script');
        s.src = 'https://site.disqus.com/embed.js';
        s.setAttribute('data-timestamp', +new Date());
        (d.head || d.body).appendChild(s); })();</script>`,
    '/map': `${start}<div id=map style="height: 400px"></div>
        <script src="https://maps.googleapis.com/maps/api/js?key=x&amp;callback=y"
        async></script>`,
    '/own': `${start}<x-chart id=box></x-chart><p class=extra>Extra</p>
        <script src="https://charts.example/chart.js"></script>`,
    '/gist': `${start}<p>Before</p>
        <script src="https://gist.github.com/a/1.js" id=code></script>`,
    '/late': `${start}<div id=in></div><script>setTimeout(() => {
        const frame = document.createElement('iframe');
        frame.width = 560; frame.height = 315;
        frame.src = 'https://www.youtube-nocookie.com/embed/abcdefghijk?x=1';
        document.getElementById('in').append(frame); }, 300);</script>`,
    '/early': `${start}<iframe id=box width=560 height=315></iframe><script>
        document.getElementById('box').src =
            'https://player.vimeo.com/video/1';</script>`,
    '/swap': `${start}<div id=in></div><script>setTimeout(() =>
        fetch('/part').then((a) => a.text()).then((text) => {
            document.getElementById('in').innerHTML = text; }), 300);</script>`,
    '/part': `<blockquote class="instagram-media" data-instgrm-permalink=
        "https://www.instagram.com/p/ABC/?utm_source=ig"></blockquote>
        <script async src="https://www.instagram.com/embed.js"></script>`,
};

const policies = {
    nonce: "script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'",
    self: "default-src 'self'",
    types: "require-trusted-types-for 'script'",
};

pages['/long'] = pages['/post'].replace('lang=en', 'lang=de');

for (const [name, policy] of Object.entries(policies)) {
    pages[`/policy-${name}`] = {
        html: pages['/check'].replace('<script ', '<script nonce=abc '),
        headers: { 'Content-Security-Policy': policy },
    };
}

// A rule file of the site's own names what its own service fills.

const own = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'consent-own-')),
                      'own.json');

fs.writeFileSync(own, JSON.stringify({
    version: 1,
    services: [{
        id: 'charts', name: 'Charts & "Co" – Ünïon', purposes: ['embeds'],
        data: ['ip'], controller: 'Charts Ltd', country: 'IE',
        match: [{ host: 'charts.example' }],
        fills: [{ element: 'x-chart' },
                { element: '.extra', otherwise: true }],
    }],
}));

const site = await startSite(pages, { enforce: '', off: 'consent_csp off;' },
                             { rules: own });
const { visit } = site;
const shots = process.env.SHOTS;

async function shoot(tab, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await tab.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
    }
}

// The frames of ours, and the text in the first of them.

const stands = (tab) => until(async () => {
    const frames = tab.frames().filter(
        (frame) => frame.url().includes('/privacy-choices/placeholder'));
    const texts = await Promise.all(frames.map((frame) => frame.evaluate(
        () => document.readyState === 'complete'
              && document.body.innerText)));

    return texts[0] && { n: texts.length, url: frames[0].url(),
                         text: texts[0], frame: frames[0] };
}, 4000);

const cases = {
    '/check': [/Robot check by Google/, /may not be accepted/],
    '/unseen': [/Robot check by Google/, /may not be accepted/],
    '/button': [/Robot check by Google/, /may not be accepted/],
    '/post': [/Post/, /Load once/, /Open on twitter\.com/],
    '/comments': [/Comments/i, /Disqus/],
    '/map': [/Map/, /Google/],
    '/own': [/Charts & "Co" – Ünïon/, /Charts Ltd \(Ireland\)/],
    '/gist': [/GitHub/],
    '/late': [/YouTube/, /Load once/],
    ...firefox ? {} : { '/early': [/Vimeo/, /Load once/] },
    '/swap': [/Instagram/, /Load once/, /Open on instagram\.com/],
    '/policy-nonce': [/Robot check/],
    '/policy-self': [/Robot check/],
    '/policy-types': [/Robot check/],
};

for (const [page, expected] of Object.entries(cases)) {
    await visit('enforce', page, async (tab) => {
        const seen = await stands(tab);

        ok(seen && seen.n === 1 && expected.every(
            (part) => part.test(seen.text)), `${page}: said in its place`,
           JSON.stringify([seen?.n, seen?.url, seen?.text]));
        await shoot(tab, `embeds${page.replace('/', '-')}`);
    });
}

// The form around it is as it was, and what is in the element stays.

await visit('enforce', '/check', async (tab) => {
    await stands(tab);
    await tab.type('[name=name]', 'Me');
    is(await tab.evaluate(() => new URLSearchParams(new FormData(
        document.forms[0])).toString()), 'name=Me', 'the form has its fields');
    is(await tab.evaluate(() => document.getElementById('box').innerHTML), '',
       'nothing is put into the element that a framework could miss');
});

await visit('enforce', '/post', async (tab) => {
    await stands(tab);

    const box = await tab.evaluate(() => {
        const post = document.querySelector('#box p');

        return [post.getBoundingClientRect().height > 9,
                post.innerText].join();
    });

    is(box, 'true,Words that were posted.', 'the words of a post stay');
});

// All of it has room, in a language of long words on a phone, too.

await visit('enforce', '/long', async (tab) => {
    ok(await until(async () => {
        const seen = await stands(tab);

        return seen.frame.evaluate(() => document.documentElement.scrollHeight
                                         <= innerHeight);
    }), 'the placeholder grows with its words');
}, { width: 320 });

// Loaded once, from the placeholder: the frame of the same.

await visit('enforce', '/swap', async (tab) => {
    const seen = await stands(tab);

    await seen.frame.evaluate(() =>
        document.querySelector('a[href*="once=1"]').click());
    ok(await until(() => tab.frames()[1].evaluate(() =>
        document.querySelector('iframe').src
            === 'https://www.instagram.com/p/ABC/embed/')),
       'once: the post itself',
       tab.frames().map((frame) => frame.url()).join('\n'));
});

// A yes to this service alone: the placeholder goes, what it stood for comes.

for (const [server, page, gone] of [['off', '/check', 'recaptcha/api.js'],
                                    ['off', '/swap', 'embed.js'],
                                    ['enforce', '/check', 'recaptcha/api.js']])
{
    await visit(server, page, async (tab) => {
        const seen = await stands(tab);

        await seen.frame.evaluate(() =>
            document.querySelector('form button').click());
        ok(await until(() => tab.frames().length === 1),
           `${page}, ${server}: allowed, and it goes`);
        ok(await until(() => tab.evaluate((part) =>
            [...document.scripts].some((it) => it.src.includes(part)
                                       && it.type !== 'text/plain'), gone)),
           `${page}, ${server}: its script runs`);
        is(await tab.evaluate(() => [...document.querySelectorAll('*')].filter(
            (el) => el.localName !== 'privacy-choices' && el.shadowRoot
                    && el.shadowRoot.innerHTML !== '<slot></slot>').length), 0,
           `${page}, ${server}: nothing is left in front of it`);
    });
}

// A no again: it stands there again, with no need to load the page anew.

await visit('off', '/check', async (tab) => {
    await tab.waitForSelector(inBanner('section'));
    ok(await stands(tab), 'before any choice');
    await tab.evaluate(() => document.querySelector('privacy-choices')
        .shadowRoot.querySelector('[value=reject]').click());
    await sleep(500);
    ok(await stands(tab), 'after a no');
});

done();
await site.stop();

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

pages['/script'] = `${start}<p>Before</p><script
    src="https://utteranc.es/client.js" repo="a/b" async></script><p>After</p>`;
pages['/two'] = pages['/post'].replace('<script', `<p>Between</p>
    <blockquote class="twitter-tweet"><a
    href="https://twitter.com/some/status/9">More</a></blockquote>
    <div class="fb-post" data-href="https://www.facebook.com/a/posts/1"></div>
    <script src="https://connect.facebook.net/en_US/sdk.js"></script><script`);
pages['/none'] = `${start}<p class=g-recaptcha-no>Text</p><script
    src="https://platform.twitter.com/widgets.js"></script>`;

const policies = {
    nonce: "script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'",
    self: "default-src 'self'",
    types: "require-trusted-types-for 'script'",
};

// Rooms of a height of their own, and what comes below.

const rooms = [[150, 150], [300, 120], [320, 200], [600, 400], [728, 90],
               [304, 78]];

for (const lang of ['en', 'de', 'ar']) {
    pages[`/rooms-${lang}`] = start.replace('lang=en', `lang=${lang}`)
        + rooms.map(([width, height]) => `<div class="chart" data-url=
            "https://charts.example/a" style="width: ${width}px;
            height: ${height}px"></div><p>Below</p>`).join('')
        + '<script src="https://charts.example/chart.js"></script>';
}

// Its load event comes late.

pages['/slow'] = pages['/check'].replace('<form', '<img src=/slow.gif><form');

pages['/long'] = pages['/post'].replace('lang=en', 'lang=de');

// As most pages are: their end says so.

for (const [path, page] of Object.entries(pages)) {
    if (page.startsWith('<!doctype')) {
        pages[path] = `${page}</body></html>`;
    }
}

for (const [name, policy] of Object.entries(policies)) {
    pages[`/policy-${name}`] = {
        html: pages['/check'].replace('<script ', '<script nonce=abc '),
        headers: { 'Content-Security-Policy': policy },
    };
}

pages['/slow.gif'] = { html: '', after: 6000 };

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
                { element: 'div.chart', original: 'data-url',
                  frame: 'https://charts.example/frame?of={url}' },
                { element: '.extra', otherwise: true }],
    }],
}));

const site = await startSite(pages, {
    enforce: '', off: 'consent_csp off;',
    themed: 'consent_look paper=#fff0e0,#201000 ink=#402010,#ffe0c0;',
}, { rules: own });
const { visit } = site;
const shots = process.env.SHOTS;

async function shoot(tab, name) {
    if (shots) {
        fs.mkdirSync(shots, { recursive: true });
        await tab.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
    }
}

// What stands there: in the page, or in frames of ours; how many, the text of
// the first, and a click on something in it.

const inPage = (tab) => tab.evaluate(() => [...document.querySelectorAll('*')]
    .map((el) => el.shadowRoot?.querySelector('#r[role=group]'))
    .filter((box) => box?.checkVisibility()).map((box) => box.innerText));

const pressInPage = (tab, selector) => tab.evaluate((what) =>
    [...document.querySelectorAll('*')]
        .map((el) => el.shadowRoot?.querySelector(`#r[role=group] ${what}`))
        .find(Boolean).click(), selector);

const stands = (tab) => until(async () => {
    const words = await inPage(tab);

    if (words[0]) {
        return { n: words.length, text: words[0],
                 press: (what) => pressInPage(tab, what) };
    }

    const frames = tab.frames().filter(
        (frame) => frame.url().includes('/privacy-choices/placeholder'));
    const texts = await Promise.all(frames.map((frame) => frame.evaluate(
        () => document.readyState === 'complete'
              && document.body.innerText)));

    return texts[0] && { n: texts.length, text: texts[0],
                         press: (what) => frames[0].evaluate((it) =>
                             document.querySelector(it).click(), what) };
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
           JSON.stringify([seen?.n, seen?.text]));
        await shoot(tab, `embeds${page.replace('/', '-')}`);
    });
}

// In the site's colours, as in ours: what is drawn is as what takes its place.

const dark = [{ name: 'prefers-color-scheme', value: 'dark' }];
const colours = (tab, drawn) => tab.$eval('#box', (el, after) => {
    const style = after ? getComputedStyle(el, '::after')
        : getComputedStyle(el.shadowRoot.querySelector('#r'));

    return `${style.color} ${style.backgroundColor} ${style.borderTopColor}`;
}, drawn);

for (const [server, scheme, soft] of [
    ['enforce', [], 'rgb(81, 86, 94)'], ['themed', [], 'rgb(110, 82, 66)'],
    ['enforce', dark, 'rgb(185, 190, 199)'],
    ['themed', dark, 'rgb(201, 174, 146)'],
])
{
    const title = `${server}, ${scheme[0]?.value ?? 'light'}`;
    const seen = [];

    for (const javascript of [false, true]) {
        await visit(server, '/check', async (tab) => {
            await (!javascript || stands(tab));
            seen.push(await colours(tab, !javascript));
        }, { javascript, features: scheme });
    }

    ok(seen[0].startsWith(soft), `${title}: drawn in its colours`, seen[0]);
    is(seen[1], seen[0], `${title}: what takes its place has its colours`);
}

// It has its room from the first paint on: nothing moves when it comes.

const drawn = ['/check', '/unseen', '/button', '/post', '/comments', '/map',
               '/own', '/gist', '/script', '/two', '/none', '/policy-nonce',
               '/policy-self', '/policy-types'];

for (const page of firefox ? [] : drawn) {
    for (const width of [1280, 360, 320]) {
        await visit('enforce', page, async (tab) => {
            const seen = page === '/none' || await stands(tab);

            await sleep(300);
            ok(seen, `${page}, ${width}: there`);

            const shifts = await tab.evaluate(() => new Promise((tell) => {
                let sum = 0;

                new PerformanceObserver((list) => {
                    for (const { value } of list.getEntries()) {
                        sum += value;
                    }
                }).observe({ type: 'layout-shift', buffered: true });
                setTimeout(() => tell(sum), 100);
            }));

            /* Without a nonce, a policy has it come as a file. */
            ok(page === '/policy-self' ? shifts < 0.05 : shifts === 0,
               `${page}, ${width}: CLS is 0`, shifts);
        }, { width });
    }
}

// Without scripts the same is said in the same place, as text, but of what
// only a script finds; and nothing of it where there is nothing to fill.

for (const page of drawn) {
    await visit('enforce', page, async (tab) => {
        const texts = await tab.evaluate(() => [...document.querySelectorAll(
            'body *:not(privacy-choices)')].map((el) =>
            [getComputedStyle(el, '::after'), el.getBoundingClientRect()])
            .filter(([style]) => style.content.length > 20)
            .map(([style, box]) => [parseFloat(style.height) > 60
                && box.width > 200, style.listStyleType,
                style.content].join()));

        /* Nothing holds Disqus' own inline script: the policy refuses what
           that asks for. */
        is(texts.length, /none|comments/.test(page) ? 0
           : page === '/two' ? 3 : 1,
           `${page}, no scripts: as often as it is missing`);
        ok(texts.every((one) => /^true,.*(If it loads|It comes|learns)/
            .test(one)), `${page}, no scripts: said in its place`,
           texts.join('\n'));
        ok(texts.every((one) => !one.includes('\\a \\a')),
           `${page}, no scripts: no room for what does not come`, texts[0]);
        ok(page !== '/own' || texts[0].includes('Charts & \\"Co\\" – Ünïon'),
           `${page}, no scripts: whatever it is called`, texts[0]);
        await shoot(tab, `bare${page.replace('/', '-')}`);
    }, { javascript: false });
}

// Where the element has a height, that is all that it takes, drawn or not: it
// begins at its top, what is below stays clear of it, and what can be done is
// in sight or to be scrolled to.

for (const lang of ['en', 'de', 'ar']) {
    for (const javascript of [false, true]) {
        await visit('enforce', `/rooms-${lang}`, async (tab) => {
            await (!javascript || stands(tab));

            const title = `${lang}, ${javascript ? '' : 'no '}scripts`;
            const seen = await tab.evaluate(() => [...document.querySelectorAll(
                '.chart')].map((el) => {
                const box = el.shadowRoot?.querySelector('#r');
                const room = el.getBoundingClientRect();

                if (!box) {
                    return Math.abs(parseFloat(getComputedStyle(el, '::after')
                        .height) - room.height) < 1 ? '' : 'drawn over it';
                }

                const at = box.getBoundingClientRect();
                const head = box.querySelector('h2').getBoundingClientRect();
                const faults = [];

                if (Math.abs(at.height - room.height) >= 1) {
                    faults.push(`takes ${at.height} of ${room.height}`);
                }
                if (head.top < at.top || head.bottom > at.bottom) {
                    faults.push('its heading is cut');
                }
                for (const one of box.querySelectorAll('button, a')) {
                    one.scrollIntoView({ block: 'nearest' });

                    const part = one.getBoundingClientRect();
                    const in_ = box.getBoundingClientRect();

                    if (part.top < in_.top - 1 || part.left < in_.left
                        || part.bottom > in_.bottom + 1
                        || part.right > in_.right)
                    {
                        faults.push(`${one.innerText} is out of reach`);
                    }
                    if (part.height < 20 || part.width < 24) {
                        faults.push(`${one.innerText} is small`);
                    }
                }

                return faults.join();
            }));

            is(seen.length, rooms.length, `${title}: all are there`);
            seen.forEach((faults, i) => is(faults, '',
                `${title}: fits in ${rooms[i].join(' by ')}`));
            await shoot(tab, `rooms-${lang}-${javascript ? 'with' : 'no'}`);
        }, { javascript });
    }
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
    await stands(tab);
    ok(await tab.evaluate(() => {
        const box = document.getElementById('box').shadowRoot
            .getElementById('r');

        return box.scrollHeight <= box.clientHeight + 1;
    }), 'the placeholder grows with its words');
}, { width: 320 });

// Loaded once, from the placeholder: the frame of the same.

await visit('enforce', '/swap', async (tab) => {
    const seen = await stands(tab);

    await seen.press('a[href*="once=1"]');
    ok(await until(() => tab.frames()[1].evaluate(() =>
        document.querySelector('iframe').src
            === 'https://www.instagram.com/p/ABC/embed/')),
       'once: the post itself',
       tab.frames().map((frame) => frame.url()).join('\n'));
});

await visit('enforce', '/post', async (tab, context) => {
    const seen = await stands(tab);

    await seen.press('a');
    ok(await until(() => tab.frames()[1].evaluate(() =>
        document.querySelector('iframe').src
            === 'https://platform.twitter.com/embed/Tweet.html?id=123')),
       'once, from the page: the post itself',
       tab.frames().map((frame) => frame.url()).join('\n'));
    is((await context.cookies()).length, 0, 'and nothing is kept');
});

// A yes to this service alone: the placeholder goes, what it stood for comes.

for (const [server, page, gone] of [['off', '/check', 'recaptcha/api.js'],
                                    ['off', '/swap', 'embed.js'],
                                    ['enforce', '/check', 'recaptcha/api.js']])
{
    await visit(server, page, async (tab) => {
        const seen = await stands(tab);

        await seen.press('form button');
        ok(await until(async () => tab.frames().length === 1
                                   && !(await inPage(tab)).length),
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

// An answer before the page has loaded waits for nothing.

await visit('off', '/slow', async (tab) => {
    const button = await tab.waitForSelector(inBanner('[value=accept]'));

    await until(() => tab.evaluate(() =>
        Boolean(customElements.get('privacy-choices'))));
    await sleep(300);
    await button.evaluate((node) => node.click());
    ok(await until(() => tab.evaluate(() => document.readyState !== 'complete'
        && [...document.scripts].some((it) => /recaptcha/.test(it.src)
                                      && it.type !== 'text/plain')), 4000),
       'a yes before the load event: its script runs');
    ok(!(await inPage(tab)).length, 'and nothing stands in its place');
    await until(() => tab.evaluate(() => document.readyState === 'complete'));
    await sleep(600);
    ok(!(await inPage(tab)).length, 'nor when the page has loaded');
}, { waitUntil: 'domcontentloaded' });

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

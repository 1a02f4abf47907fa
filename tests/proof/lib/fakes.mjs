// Live fakes: what the outside world answers.  Each does what the real one is
// known to do: it loads further scripts, frames and pixels, sets cookies and
// storage, opens sockets, sends beacons.  All of it is written for the proof.
//
// A fake says whose it is and for what purposes; check() compares that with
// the catalogue.  Every URL that a fake asks for carries `via`, the names of
// the fakes that led to it, so that it is known what follows from what.

import { verdicts } from '../../lib/verdicts.mjs';

const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIB'
                        + 'RAA7', 'base64');

// Put before each script: how the real ones go about it.

function toolbox(via) {
    const d = document;
    const at = (url) => {
        const to = new URL(url);

        to.searchParams.set('via', via);
        return to.href;
    };

    return {
        at,
        script(url) {
            const el = d.createElement('script');
            const first = d.getElementsByTagName('script')[0];

            el.async = true;
            el.src = at(url);

            if (first && first.parentNode) {
                first.parentNode.insertBefore(el, first);
            } else {
                d.head.appendChild(el);
            }
        },
        style(url) {
            const el = d.createElement('link');

            el.rel = 'stylesheet';
            el.href = at(url);
            d.head.appendChild(el);
        },
        frame(url, into) {
            const el = d.createElement('iframe');

            el.src = at(url);
            el.width = el.height = 300;
            (into || d.body).appendChild(el);
        },
        pixel(url) {
            new Image(1, 1).src = at(url);
        },
        beacon(url) {
            if (!navigator.sendBeacon || !navigator.sendBeacon(at(url), 'x')) {
                fetch(at(url), { method: 'POST', mode: 'no-cors', body: 'x',
                                 keepalive: true }).catch(() => {});
            }
        },
        request(url) {
            const xhr = new XMLHttpRequest();

            xhr.open('POST', at(url));
            xhr.send('x');
        },
        socket(url) {
            try {
                new WebSocket(at(url)).onerror = () => {};
            } catch {
                // as the real ones: it does without
            }
        },
        cookie(name, value = '1.2.3') {
            const domain = location.hostname.split('.').slice(-2).join('.');

            d.cookie = `${name}=${value}; path=/; domain=.${domain};`
                       + ' max-age=31536000; SameSite=Lax';
        },
        local(name) {
            localStorage.setItem(name, '{"a":1}');
        },
        session(name) {
            sessionStorage.setItem(name, '1');
        },
        database(name) {
            try {
                indexedDB.open(name, 1).onerror = () => {};
            } catch {
                // as the real ones: it does without
            }
        },
    };
}

function script(body) {
    return {
        type: 'script',
        mime: 'text/javascript; charset=utf-8',
        body: (via, url) => `(${body})((${toolbox})(${JSON.stringify(via)}),`
            + ` ${JSON.stringify(Object.fromEntries(url.searchParams))});`,
    };
}

function frame(body) {
    const inside = script(body);

    return {
        type: 'frame',
        mime: 'text/html; charset=utf-8',
        body: (via, url) => '<!doctype html><title>Fake</title><body>'
            + `<script>${inside.body(via, url)}</script>`,
    };
}

function style(body) {
    return { type: 'style', mime: 'text/css', body };
}

const image = { type: 'image', mime: 'image/gif', body: () => gif };
const font = { type: 'font', mime: 'font/woff2', body: () => '' };
const answer = { type: 'connect', mime: 'text/plain', body: () => '1' };

function cookies(...names) {
    return { 'Set-Cookie': names.map((name) => `${name}=x.y.z; Path=/;`
        + ' Max-Age=31536000; SameSite=None; Secure') };
}

// at: host and path, with * at its end or as a first label; for: purposes;
// cookies, local, session, databases: what it stores, by itself or by its
// script, on the page's own site.

export const fakes = [

    // Google: tags, analytics, ads, fonts, maps.
    { name: 'gtag', at: 'www.googletagmanager.com/gtag/js',
      not: /id=(AW-|G-CONTAINER)/, for: ['analytics'],
      cookies: ['_ga', '_ga_*'], ...script((t, { id }) => {
          const w = window;
          const seen = new Set();
          const hit = (tid) => {
              t.beacon(`https://region1.google-analytics.com/g/collect?v=2&tid=${tid}`);
              t.beacon(`https://stats.g.doubleclick.net/g/collect?v=2&tid=${tid}`);
          };
          const obey = (args) => {
              if (args[0] !== 'config' || seen.has(args[1])) {
                  return;
              }

              seen.add(args[1]);

              if (/^AW-/.test(args[1])) {
                  t.script(`https://www.googletagmanager.com/gtag/js?id=${args[1]}`);
                  return;
              }

              t.cookie('_ga', 'GA1.1.1234567890.1700000000');
              t.cookie(`_ga_${args[1].slice(2)}`, 'GS1.1.1700000000.1.1');
              hit(args[1]);
          };
          const queue = w.dataLayer ||= [];
          const push = queue.push;

          queue.push = function (...all) {
              all.forEach(obey);
              return push.apply(queue, all);
          };
          [...queue].forEach(obey);
          obey(['config', id]);

          // enhanced measurement: single pages are pages
          const state = history.pushState;

          history.pushState = function (...args) {
              const done = state.apply(history, args);

              hit(id);
              return done;
          };
      }) },
    { name: 'gtag-container', at: 'www.googletagmanager.com/gtag/js',
      only: /id=G-CONTAINER1/, for: ['analytics'], cookies: ['_ga_CONTAINER1'],
      ...script((t) => {
          t.cookie('_ga_CONTAINER1', 'GS1.1.1700000000.1.1');
          t.beacon('https://www.google-analytics.com/g/collect?tid=C');
      }) },
    { name: 'ga-collect', at: '*.google-analytics.com/g/collect',
      for: ['analytics'], ...answer },
    { name: 'ga-doubleclick', at: 'stats.g.doubleclick.net/g/collect',
      for: ['marketing'], ...answer },
    { name: 'gtag-ads', at: 'www.googletagmanager.com/gtag/js', only: /id=AW-/,
      for: ['marketing'], cookies: ['_gcl_au'], ...script((t) => {
          t.cookie('_gcl_au', '1.1.1234567890.1700000000');
          t.script('https://googleads.g.doubleclick.net/pagead/viewthroughconversion/987/');
      }) },
    { name: 'ads-conversion',
      at: 'googleads.g.doubleclick.net/pagead/viewthroughconversion/*',
      for: ['marketing'], headers: cookies('IDE', 'test_cookie'),
      ...script((t) => {
          t.pixel('https://googleads.g.doubleclick.net/pagead/landing/987/');
      }) },
    { name: 'ads-landing', at: 'googleads.g.doubleclick.net/pagead/landing/*',
      for: ['marketing'], ...image },
    { name: 'gtm', at: 'www.googletagmanager.com/gtm.js',
      for: ['analytics', 'marketing'], ...script((t) => {
          const d = document;

          t.script('https://www.googletagmanager.com/gtag/js?id=G-CONTAINER1');
          t.script('https://bat.bing.com/bat.js');

          // a custom HTML tag, as containers write them
          const holder = d.createElement('div');

          holder.innerHTML = '<img height="1" width="1" alt="" src="'
              + t.at('https://px.ads.linkedin.com/collect/?pid=1&fmt=gif')
                  .replace(/&/g, '&amp;') + '">';
          d.body.appendChild(holder);

          const code = d.createElement('script');

          code.text = '!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq='
              + 'function(){n.callMethod?n.callMethod.apply(n,arguments):'
              + 'n.queue.push(arguments)};if(!f._fbq)f._fbq=n;n.push=n;'
              + 'n.loaded=!0;n.version="2.0";n.queue=[];t=b.createElement(e);'
              + 't.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];'
              + 's.parentNode.insertBefore(t,s)}(window,document,"script","'
              + t.at('https://connect.facebook.net/en_US/fbevents.js')
              + '");fbq("init","555");fbq("track","PageView")';
          d.head.appendChild(code);
      }) },
    { name: 'gtm-frame', at: 'www.googletagmanager.com/ns.html',
      for: ['analytics', 'marketing'], ...frame(() => {}) },
    { name: 'fonts-css', at: 'fonts.googleapis.com/*', for: ['embeds'],
      ...style((via) => '@font-face { font-family: "Roboto"; font-display:'
          + ' swap; src: url("https://fonts.gstatic.com/s/roboto/v1/a.woff2'
          + `?via=${encodeURIComponent(via)}") format("woff2"); }\n`
          + 'body { font-family: "Roboto", sans-serif; }') },
    { name: 'fonts-file', at: 'fonts.gstatic.com/*', for: ['embeds'], ...font },
    { name: 'maps', at: 'www.google.com/maps/embed*', for: ['embeds'],
      headers: cookies('NID'), ...frame((t) => {
          t.script('https://maps.googleapis.com/maps/api/js?v=3');
      }) },
    { name: 'maps-js', at: 'maps.googleapis.com/maps/api/js',
      for: ['embeds'], ...script(() => {}) },

    // Meta, Microsoft, LinkedIn.
    { name: 'fbevents', at: 'connect.facebook.net/en_US/fbevents.js',
      for: ['marketing'], cookies: ['_fbp'], ...script((t) => {
          const fbq = window.fbq || (window.fbq = () => {});
          const obey = ([what, name]) => {
              if (what === 'init') {
                  t.script(`https://connect.facebook.net/signals/config/${name}?v=2.9`);
              } else if (/^track/.test(what)) {
                  t.pixel(`https://www.facebook.com/tr/?id=555&ev=${name}`);
              }
          };

          t.cookie('_fbp', 'fb.1.1700000000000.1234567890');
          (fbq.queue || []).splice(0).forEach((args) => obey([...args]));
          fbq.callMethod = (...args) => obey(args);
      }) },
    { name: 'fb-config', at: 'connect.facebook.net/signals/config/*',
      for: ['marketing'], ...script(() => {}) },
    { name: 'fb-tr', at: 'www.facebook.com/tr*', for: ['marketing'],
      headers: cookies('fr'), ...image },
    { name: 'bat', at: 'bat.bing.com/bat.js', for: ['marketing'],
      cookies: ['_uetsid', '_uetvid'], local: ['_uetsid'],
      ...script((t) => {
          t.cookie('_uetsid');
          t.cookie('_uetvid');
          t.local('_uetsid');
          t.pixel('https://bat.bing.com/action/0?ti=1&evt=pageLoad');
      }) },
    { name: 'bat-action', at: 'bat.bing.com/action/0', for: ['marketing'],
      headers: cookies('MUID'), ...image },
    { name: 'linkedin', at: 'snap.licdn.com/li.lms-analytics/insight.min.js',
      for: ['marketing'], ...script((t) => {
          t.pixel('https://px.ads.linkedin.com/collect/?pid=1&fmt=js');
      }) },
    { name: 'linkedin-px', at: 'px.ads.linkedin.com/*', for: ['marketing'],
      headers: cookies('li_sugr', 'bcookie'), ...image },
    { name: 'clarity', at: 'www.clarity.ms/tag/*', for: ['analytics'],
      cookies: ['_clck', '_clsk'], session: ['_cltk'], ...script((t) => {
          t.cookie('_clck');
          t.cookie('_clsk');
          t.session('_cltk');
          t.request('https://w.clarity.ms/collect');
      }) },
    { name: 'clarity-collect', at: '*.clarity.ms/collect', for: ['analytics'],
      ...answer },

    // Hotjar, Matomo, Plausible.
    { name: 'hotjar', at: 'static.hotjar.com/c/*', for: ['analytics'],
      cookies: ['_hjSessionUser_*', '_hjSession_*'],
      local: ['_hjUserAttributes'], session: ['_hjViewportId'],
      ...script((t) => {
          t.cookie('_hjSessionUser_123');
          t.cookie('_hjSession_123');
          t.local('_hjUserAttributes');
          t.session('_hjViewportId');
          t.script('https://script.hotjar.com/modules.abc.js');
      }) },
    { name: 'hotjar-modules', at: 'script.hotjar.com/*', for: ['analytics'],
      ...script((t) => {
          t.socket('wss://ws.hotjar.com/api/v2/client/ws');
          t.frame('https://vars.hotjar.com/box-abc.html');
      }) },
    { name: 'hotjar-socket', at: 'ws.hotjar.com/*', for: ['analytics'],
      ...answer },
    { name: 'hotjar-frame', at: 'vars.hotjar.com/*', for: ['analytics'],
      ...frame(() => {}) },
    { name: 'matomo', at: 'cdn.matomo.cloud/*', for: ['analytics'],
      cookies: ['_pk_id*', '_pk_ses*'], ...script((t) => {
          t.cookie('_pk_id.1.abcd');
          t.cookie('_pk_ses.1.abcd');
          t.beacon('https://nordkai.matomo.cloud/matomo.php?idsite=1&rec=1');
      }) },
    { name: 'matomo-hit', at: '*.matomo.cloud/matomo.php',
      for: ['analytics'], ...image },
    { name: 'plausible', at: 'plausible.io/js/*', for: ['analytics'],
      ...script((t) => {
          t.request('https://plausible.io/api/event');
      }) },
    { name: 'plausible-event', at: 'plausible.io/api/event',
      for: ['analytics'], ...answer },

    // What visitors use: videos, comments, posts, chat, pictures.
    { name: 'youtube', at: 'www.youtube.com/embed/*', for: ['embeds'],
      headers: cookies('YSC', 'VISITOR_INFO1_LIVE'), ...frame((t) => {
          t.local('yt-remote-device-id');
          t.script('https://www.youtube.com/s/player/abc/base.js');
          t.pixel('https://i.ytimg.com/vi/abcdefghijk/frame.jpg');
          t.script('https://static.doubleclick.net/instream/ad_status.js');
      }) },
    { name: 'youtube-nocookie', at: 'www.youtube-nocookie.com/embed/*',
      for: ['embeds'], ...frame((t) => {
          t.local('yt-remote-device-id');
          t.script('https://www.youtube.com/s/player/abc/base.js');
      }) },
    { name: 'youtube-js', at: 'www.youtube.com/s/*', for: ['embeds'],
      ...script(() => {}) },
    { name: 'youtube-still', at: 'i.ytimg.com/*', for: ['embeds'], ...image },
    { name: 'youtube-ads', at: 'static.doubleclick.net/instream/*',
      for: ['marketing'], ...script(() => {}) },
    { name: 'lite-youtube-js', at: 'cdn.jsdelivr.net/*.js',
      for: ['necessary'], ...script((t) => {
          customElements.define('lite-youtube', class extends HTMLElement {
              connectedCallback() {
                  const id = this.getAttribute('videoid');

                  if (!this.style.backgroundImage) {
                      this.style.backgroundImage = `url("${
                          t.at(`https://i.ytimg.com/vi/${id}/hqdefault.jpg`)}")`;
                  }

                  this.style.display = 'block';
                  this.style.width = '320px';
                  this.style.height = '180px';
                  this.addEventListener('pointerover', () => {
                      const link = document.createElement('link');

                      link.rel = 'preconnect';
                      link.href = 'https://www.youtube-nocookie.com';
                      document.head.append(link);
                  }, { once: true });
                  this.addEventListener('click', () => {
                      t.frame(`https://www.youtube-nocookie.com/embed/${id}?autoplay=1`,
                              this);
                  }, { once: true });
              }
          });
      }) },
    { name: 'lite-youtube-css', at: 'cdn.jsdelivr.net/*.css',
      for: ['necessary'], ...style(() => 'lite-youtube { cursor: pointer }') },
    { name: 'vimeo', at: 'player.vimeo.com/video/*', for: ['embeds'],
      headers: cookies('vuid'), ...frame((t) => {
          t.script('https://f.vimeocdn.com/p/4.1/js/player.js');
      }) },
    { name: 'vimeo-js', at: 'f.vimeocdn.com/*', for: ['embeds'],
      ...script(() => {}) },
    { name: 'disqus', at: 'nordkai.disqus.com/embed.js', for: ['embeds'],
      local: ['disqus.thread'], ...script((t) => {
          t.local('disqus.thread');
          t.script('https://c.disquscdn.com/next/embed/lounge.load.js');
          t.frame('https://disqus.com/embed/comments/?f=nordkai',
                  document.getElementById('disqus_thread'));
      }) },
    { name: 'disqus-js', at: 'c.disquscdn.com/*', for: ['embeds'],
      ...script(() => {}) },
    { name: 'disqus-frame', at: 'disqus.com/embed/comments/',
      for: ['embeds'], headers: cookies('disqus_unique'),
      ...frame(() => {}) },
    { name: 'giscus', at: 'giscus.app/client.js', for: ['embeds'],
      ...script((t) => {
          t.frame('https://giscus.app/en/widget?repo=nordkai');
          t.style('https://giscus.app/default.css');
      }) },
    { name: 'giscus-frame', at: 'giscus.app/en/widget', for: ['embeds'],
      ...frame(() => {}) },
    { name: 'giscus-css', at: 'giscus.app/default.css', for: ['embeds'],
      ...style(() => '.giscus { width: 100% }') },
    { name: 'gravatar', at: 'secure.gravatar.com/avatar/*',
      for: ['embeds'], ...image },
    { name: 'twemoji', at: 's.w.org/*', for: ['functional'], ...image },
    { name: 'crisp', at: 'client.crisp.chat/l.js', for: ['functional'],
      cookies: ['crisp-client*'], ...script((t) => {
          t.cookie('crisp-client%2Fsession%2Fabc');
          t.script('https://client.crisp.chat/static/javascripts/client.js');
          t.style('https://client.crisp.chat/static/stylesheets/client.css');
          t.socket('wss://client.relay.crisp.chat/w/b/');
      }) },
    { name: 'crisp-js', at: 'client.crisp.chat/static/javascripts/*',
      for: ['functional'], ...script((t) => {
          const box = document.createElement('div');

          box.className = 'crisp-client';
          box.innerHTML = '<img alt="" src="'
              + t.at('https://image.crisp.chat/avatar/website/abc/60/')
              + '">';
          document.body.appendChild(box);
      }) },
    { name: 'crisp-css', at: 'client.crisp.chat/static/stylesheets/*',
      for: ['functional'], ...style(() => '.crisp-client { width: 60px }') },
    { name: 'crisp-image', at: 'image.crisp.chat/*', for: ['functional'],
      ...image },
    { name: 'crisp-socket', at: 'client.relay.crisp.chat/*',
      for: ['functional'], ...answer },
    { name: 'algolia', at: '*.algolia.net/*', for: ['functional'],
      ...answer },
    { name: 'nosto', at: 'connect.nosto.com/include/*',
      for: ['personalization'], cookies: ['2c.cId'], ...script((t) => {
          t.cookie('2c.cId');
          t.request('https://connect.nosto.com/ev1');
      }) },
    { name: 'nosto-event', at: 'connect.nosto.com/ev1',
      for: ['personalization'], ...answer },
];

function pattern(at) {
    return new RegExp(`^${at.replace(/[.+?^$()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')}$`);
}

for (const fake of fakes) {
    fake.pattern = pattern(fake.at);
}

export function fakeOf(url) {
    return fakes.find((fake) => fake.pattern.test(url.host + url.pathname)
                      && (!fake.only || fake.only.test(url.search))
                      && !fake.not?.test(url.search));
}

export function ofHost(host) {
    return fakes.filter((fake) =>
        pattern(fake.at.split('/')[0]).test(host));
}

// Of a cookie or key, as the page's own site stores it.

export function storedBy(kind, name) {
    const exact = fakes.filter((fake) => fake[kind]?.includes(name));

    return exact.length ? exact : fakes.filter((fake) =>
        fake[kind]?.some((known) => pattern(known).test(name)));
}

// What a fake says of itself is what the catalogue says.

export function check() {
    const questions = fakes.map(({ at, only, type }) => [
        `https://${at.replace(/^\*/, 'a').replace(/\*/g, 'x')}${
            only ? `?${only.source}1` : /gtag/.test(at) ? '?id=G-1' : ''}`,
        'https://www.nordkai.example/', type]);

    return verdicts(questions).map(({ purposes }, i) =>
        purposes.join() === fakes[i].for.join() ? ''
        : `${fakes[i].name}: for ${fakes[i].for}, says the fake; the`
          + ` catalogue: ${purposes}`).filter(Boolean);
}

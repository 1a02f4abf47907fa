/*
 * Says what is missing where a held script would fill something in, and where
 * a script of the page asked for what the policy refused.  pc.js asks for it
 * on pages that have either.
 */

const d = document, w = window;
const shown = new Map();

const ROOM = { captcha: 232, map: 320, video: 320, audio: 200 };
const MOST = 640;

const place = (host, parts) => `${host.dataset.pcPrefix}placeholder?${
  new URLSearchParams({ ...parts, lang: host.lang })}`;

const empty = (el) => !el.firstElementChild && !el.textContent.trim();

/* It may stand in one that is no document's. */
const whole = (url) => {
  try {
    return /^(https?:)?\/\//i.test(url) ? new URL(url, d.baseURI).href : '';
  } catch {
    return '';
  }
};

/* By an attribute of the element, or of the last in it that has it. */

function lead(el, original, frame) {
  if (!original) return;
  const at = el.hasAttribute(original) ? el
    : [...el.querySelectorAll(`[${original}]`)].pop();
  const value = at?.getAttribute(original) || '', url = whole(value);
  const plain = value.replace(/[?#].*/, '');
  const name = plain.split('/').filter(Boolean).pop();
  if (!name || (frame.includes('{url}') && !url)) return { original: url };
  const [first, rest] = frame.split(/^\{url\}/);
  return {
    original: url,
    url: rest === undefined
      ? first.replace('{url}', encodeURIComponent(url))
        .replace('{name}', encodeURIComponent(name))
      : rest ? whole(plain) + rest : url,
  };
}

function frameFor(host, parts, title, height) {
  const frame = d.createElement('iframe');
  frame.title = title;
  frame.src = place(host, parts);
  frame.style.cssText = `display: block; box-sizing: border-box; border: 0;
    width: 100%; height: ${height}px; margin: 0`;
  return frame;
}

/* Inside of the element, next to what it has itself, where it can have a
   shadow; no framework takes notice of that.  Else beside it. */

function put(el, frame) {
  const slot = d.createElement('slot');
  try {
    if (el.localName.includes('-') || el.shadowRoot) throw el;
    const root = el.attachShadow({ mode: 'open' });
    root.append(slot, frame);
    if (!empty(el)) frame.style.marginBlockStart = '12px';
    return () => frame.remove();
  } catch {
    const beside = d.createElement('div');
    beside.attachShadow({ mode: 'open' }).append(frame);
    if (el.localName === 'form') el.append(beside);
    else el.before(beside);
    return () => beside.remove();
  }
}

function fill(host, el, service, [, original, frame]) {
  if (shown.has(el)) return;
  const [id, name, kind] = service;
  const own = empty(el) && el.localName !== 'script' ? el.clientHeight : 0;
  const it = frameFor(host, { service: id, ...lead(el, original, frame) },
    name, Math.max(own, ROOM[kind] || 260));
  shown.set(el, { service, it, undo: put(el, it) });
}

/* Of what a script fills, what is there; a script may be its own place. */

const there = (script, entry) => [...d.querySelectorAll(entry[0])].filter(
  (el) => el.localName !== 'script' || el === script);

function stand(host, script, service) {
  const entries = service[4];
  const found = entries.map((entry) => there(script, entry));
  const any = entries.some((entry, i) => !entry[3] && found[i][0]);
  entries.forEach((entry, i) => {
    if (entry[3] && any) return;
    found[i].forEach((el) => fill(host, el, service, entry));
  });
}

function drop(gone) {
  for (const [el, it] of shown) {
    if (gone(el, it)) {
      it.undo();
      shown.delete(el);
    }
  }
}

export function show(host) {
  drop((el) => !el.isConnected);
  for (const script of d.querySelectorAll('[data-pc-fills]')) {
    for (const service of JSON.parse(`[${script.dataset.pcFills}]`)) {
      stand(host, script, service);
    }
  }
  for (const service of asked) stand(host, null, service);
}

/* What state s allows comes to life. */

export function hide(s) {
  const allowed = ([id, , , purposes]) => s.services[id]
    ?? purposes.every((purpose) => s.granted.includes(purpose));
  asked = asked.filter((service) => !allowed(service));
  drop((el, { service }) => allowed(service));
}


/* What the policy refused and a script asked for, the markup does not name:
   of a script, the server knows what it fills; a frame is there. */

let asked = [], asking = [];
const known = new Set();

async function ask(host) {
  const urls = asking.splice(0, 16)
    .map((url) => `url=${encodeURIComponent(url)}`);
  const more = await fetch(`${host.dataset.pcPrefix}fills?${urls.join('&')}`)
    .then((answer) => answer.json()).catch(() => []);
  asked.push(...more);
  if (more[0]) show(host);
}

/* The guard asks the server about what it holds, and knows when to load the
   page anew: a policy is older than what is first seen in its page.  What is
   made here is never put anywhere. */

function hint(url, frame) {
  const el = d.createElement(frame ? 'iframe' : 'link');
  el.as = 'script';
  el[frame ? 'src' : 'href'] = url;
}

export function refused(host, url, frame) {
  if (!frame) {
    hint(url);
    if (known.has(url) || known.size === 64) return;
    known.add(url);
    if (!asking[0]) setTimeout(ask, 200, host);
    asking.push(url);
    return;
  }
  for (const el of d.querySelectorAll('iframe')) {
    if (el.src.startsWith(url)) {
      hint(el.src, frame);
      el.src = place(host, { url: el.src });
    }
  }
}

/* A placeholder whose words need more room. */
w.addEventListener('message', (e) => {
  const room = e.origin === w.location.origin && +e.data?.privacyRoom;
  for (const { it } of shown.values()) {
    if (room && it.contentWindow === e.source) {
      it.style.height = `${Math.min(room, MOST)}px`;
    }
  }
});

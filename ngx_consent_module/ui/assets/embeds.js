/*
 * Says what is missing where a held script would fill something in, and where
 * a script of the page made a frame that the policy refused.  pc.js asks for
 * it on pages that have either.
 */

const d = document, w = window;
const shown = new Map();
const ROOM = { captcha: 152, map: 320, video: 320, audio: 200 };
const MOST = 640;

const list = (s) => (s || '').split(' ').filter(Boolean);
const query = (parts) => Object.entries(parts).filter((part) => part[1])
  .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

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
  if (!original) return {};
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
  frame.src = `${host.dataset.pcPrefix}placeholder?${query({
    ...parts, lang: host.lang })}`;
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
    return () => frame.remove();
  } catch {
    const beside = d.createElement('div');
    beside.attachShadow({ mode: 'open' }).append(frame);
    if (el.localName === 'form') el.append(beside);
    else el.before(beside);
    return () => beside.remove();
  }
}

function fill(host, el, [id, name, kind], [, original, frame]) {
  if (shown.has(el)) return;
  const empty = !el.firstElementChild && !el.textContent.trim();
  const own = empty && el.localName !== 'script' ? el.clientHeight : 0;
  const it = frameFor(host, { service: id, ...lead(el, original, frame) },
    name, Math.max(own, ROOM[kind] || 260));
  shown.set(el, { id, it, undo: put(el, it) });
}

/* Of what a script fills, what is there; a script may name its own place. */

function there(script, id, entry) {
  return [...d.querySelectorAll(entry[0])].filter((el) =>
    el.localName !== 'script' || el === script)
    .filter((el) => !el.closest('privacy-choices'));
}

export function show(host) {
  for (const [el, { undo }] of shown) {
    if (!el.isConnected) {
      undo();
      shown.delete(el);
    }
  }
  for (const script of d.querySelectorAll('[data-pc-fills]')) {
    for (const service of JSON.parse(`[${script.dataset.pcFills}]`)) {
      const [id, , , entries] = service;
      const seen = entries.map((entry) => there(script, id, entry));
      const any = entries.some((entry, i) => !entry[3] && seen[i][0]);
      entries.forEach((entry, i) => {
        if (entry[3] && any) return;
        seen[i].forEach((el) => fill(host, el, service, entry));
      });
    }
  }
}

/* These come to life. */

export function hide(els) {
  const ids = els.flatMap((el) => list(el.dataset.pcService));
  for (const [el, { id, undo }] of shown) {
    if (ids.includes(id)) {
      undo();
      shown.delete(el);
    }
  }
}

/* A frame that the policy refused. */

export function refused(host, url) {
  for (const el of d.querySelectorAll('iframe')) {
    if (el.src && el.src.startsWith(url) && whole(el.src)) {
      el.src = `${host.dataset.pcPrefix}placeholder?${query({
        url: el.src, lang: host.lang })}`;
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

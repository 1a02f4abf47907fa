/*
 * Says what is missing where a held script would fill something in.  pc.js
 * asks for it on pages that have such a script, or a frame that was refused.
 *
 * Words and style are the server's: a template at the end of the page, next to
 * the style sheet that has said the same until then; or, where there is none,
 * a placeholder in a frame.
 */

const d = document, shown = new Map();
let more = [];

export const place = (host, parts) => `${host.dataset.pcPrefix}placeholder?${
  new URLSearchParams({ ...parts, lang: host.lang })}`;

const rooms = (id) => d.querySelectorAll(`[data-pc-room="${id}"]`);

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

function frameFor(host, parts, title) {
  const frame = d.createElement('iframe');
  frame.title = title;
  frame.src = place(host, parts);
  frame.style.cssText = 'border: 0; width: 100%; height: 100%';
  return frame;
}

/* What the links of a template lead to. */

function link(host, box, service, name, { original, url }) {
  const [once, open, more] = box.querySelectorAll('a');
  if (!more) return;
  if (url) {
    once.href = url;
    once.onclick = (e) => {
      const frame = frameFor(host, { service, url }, name);
      e.preventDefault();
      /* The server wants to be asked for it by a placeholder. */
      frame.onload = () => {
        frame.onload = null;
        frame.contentDocument.querySelector('.links a').click();
      };
      box.style.height = `${box.offsetHeight}px`;
      box.replaceChildren(frame);
    };
  } else once.remove();
  if (original) {
    open.href = original;
    open.rel = 'noreferrer';
    open.textContent = open.textContent.replace('{}',
      new URL(original).host.replace('www.', ''));
  } else open.remove();
}

/* Inside of the element, next to what it has itself, where it can have a
   shadow; no framework takes notice of that.  Else beside it; of a form and
   its button, at the end. */

function put(el, box) {
  let root, beside;
  try {
    if (el.localName.includes('-') || el.shadowRoot) throw el;
    root = el.attachShadow({ mode: 'open' });
    root.append(d.createElement('slot'), box);
  } catch {
    beside = d.createElement('div');
    root = beside.attachShadow({ mode: 'open' });
    root.append(box);
    if (el.localName === 'form') el.append(beside);
    else if (el.localName === 'button' && el.form) el.form.append(beside);
    else el.before(beside);
  }
  return [root, () => (beside || box).remove()];
}

function fill(page, host, el, service, [, original, frame]) {
  const [id, name] = service, parts = lead(el, original, frame);
  if (el.localName === 'iframe') {
    el.src = place(host, { service: id, ...parts });
    shown.set(el, { service, undo: () => el.removeAttribute('src') });
    return;
  }
  /* As much room as what stood there until now. */
  const was = getComputedStyle(el, '::after');
  const room = parseFloat(was.height) || 0;
  const own = el.textContent.trim() ? 0 : el.clientHeight;
  const box = d.createElement('div');
  const template = [...rooms(id)].find((it) => it.content);
  box.id = 'r';
  box.lang = host.lang;
  box.dir = host.dir;
  box.role = 'group';
  box.ariaLabel = name;
  box.style.minHeight = `${Math.max(own, room)}px`;
  if (room) box.style.marginTop = was.marginTop;
  if (template) box.append(template.content.cloneNode(true));
  else box.append(frameFor(host, { service: id, ...parts }, name));
  const style = box.querySelector('style');
  style?.remove();
  const [root, undo] = put(el, box);
  if (template) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent);
    root.adoptedStyleSheets = [sheet];
    link(host, box, id, name, parts);
    if (box.scrollHeight > box.clientHeight) box.className = 's';
    page.take(box, host);
  } else box.style.height = `${own || 320}px`;
  shown.set(el, { service, undo });
}

/* Of what a script fills, what is there; a script may be its own place. */

function stand(page, host, script, service) {
  const entries = service[4];
  const found = entries.map(([element]) => [...d.querySelectorAll(element)]
    .filter((el) => el.localName !== 'script' || el === script));
  const any = entries.some((entry, i) => !entry[3] && found[i][0]);
  entries.forEach((entry, i) => found[i].forEach((el) => {
    if (!(entry[3] && any) && !shown.has(el)) {
      fill(page, host, el, service, entry);
    }
  }));
}

function drop(gone) {
  for (const [el, it] of shown) {
    if (gone(el, it.service)) {
      it.undo();
      shown.delete(el);
    }
  }
}

/* asked: services that a script asked for, which no markup names. */

export function show(page, host, asked = []) {
  more.push(...asked);
  drop((el) => !el.isConnected);
  const all = more.map((service) => [null, service]);
  for (const script of d.querySelectorAll('[data-pc-fills]')) {
    for (const service of JSON.parse(`[${script.dataset.pcFills}]`)) {
      all.push([script, service]);
    }
  }
  for (const one of all) stand(page, host, ...one);
  /* What was drawn until now. */
  for (const [, [id]] of all) {
    for (const it of rooms(id)) it.disabled = true;
  }
}

/* What state s allows comes to life. */

export function hide(s) {
  const allowed = ([id, , , purposes]) => s.services[id]
    ?? purposes.every((purpose) => s.granted.includes(purpose));
  more = more.filter((service) => !allowed(service));
  drop((el, service) => allowed(service));
}

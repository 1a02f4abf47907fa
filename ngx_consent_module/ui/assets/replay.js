/*
 * Brings what was held back to life, in place.  pc.js asks for it after a yes:
 * a first page does without.
 */

const d = document, w = window;
const once = (el, type, fn) => el.addEventListener(type, fn, { once: true });
const list = (s) => (s || '').split(' ').filter(Boolean);
const plain = (el) => el.type === 'text/plain';
const inert = (el) => el.localName === 'script' && plain(el);

let trust;

/* Made late: where a site refuses it, the console says so. */
const trusted = (type, value) => {
  const make = type.replace('Trusted', 'create'), same = (s) => s;
  try {
    trust ||= w.trustedTypes.createPolicy('privacy-choices', {
      createHTML: same, createScript: same, createScriptURL: same });
    return trust[make](value);
  } catch {
    return value;
  }
};

function set(el, name, value) {
  const type = w.trustedTypes
    ?.getAttributeType(el.localName, name, el.namespaceURI);
  el.setAttribute(name, type ? trusted(type, value) : value);
}


const OURS = /^(?:[^:]+:)?data-pc-(?!service$|purpose$|stubs$)(?:xlink:)?(.+)/;
const EMPTY = 'data:text/css,#';
let overdue = [];

/* A stylesheet, which has a type that is not fetched while it is held; by
   order of names the address is there before the type. */
const wake = (el) => el.localName === 'link' && plain(el)
  && el.removeAttribute('type');

function restore(el) {
  const back = [];
  if (inert(el)) el.removeAttribute('type');
  for (const name of el.getAttributeNames().sort()) {
    const was = OURS.exec(name), value = el.getAttribute(name);
    if (was) {
      set(el, was[1], value);
      back.push(was[1]);
    } else if (value.includes(EMPTY)) {
      set(el, name, value.replaceAll(EMPTY, ''));
    }
    if (was || name.startsWith('data-pc-')) el.removeAttribute(name);
  }
  wake(el);
  if (el.localName === 'source') el.parentNode.load?.();
  const type = missed(el, back);
  if (type) overdue.push([el, type]);
}

/* What of load and error is over, and had a handler that now is back;
   what is fetched anew has its events to come. */
function missed(el, back) {
  if (back.some((name) => /^(src|srcset|href)$/.test(name))) return '';
  const type = el.localName !== 'img'
    ? /^(body|frameset|link|script|style|svg)$/.test(el.localName)
      && d.readyState === 'complete' && 'load'
    : el.complete && (el.naturalWidth ? 'load' : 'error');
  return back.includes('on' + type) ? type : '';
}

function catchUp() {
  for (const [el, type] of overdue) {
    setTimeout(() => el['on' + type]?.call(
      /^(body|frameset)$/.test(el.localName) ? w : el, new Event(type)));
  }
  overdue = [];
}

/* Anew, a script runs, and a frame leaves no step in history. */
function replant(el, change) {
  const mark = d.createComment('');
  el.replaceWith(mark);
  change(el);
  mark.replaceWith(el);
}


/*
 * Scripts as the parser would run them: in order but for async ones;
 * deferred ones and modules last.  document.write writes behind the
 * script; listeners for events that are over wait for the end.
 */

const JS = /^(|module|(text|application)\/(x-)?(java|ecma|j|live)script.*)$/i;
let running;

const run = (el, change) => new Promise((resolve) => {
  const done = () => place(el).then(resolve, resolve);
  let waits;
  replant(el, () => {
    change(el);
    running = el;
    el.async = el.hasAttribute('async');
    waits = el.hasAttribute('src') && JS.test(el.type.trim())
      && !el.noModule;
    if (waits) {
      once(el, 'load', done);
      once(el, 'error', done);
    }
  });
  if (!waits) done();
  else if (el.async) resolve();
});

async function place(script) {
  const html = script.pcWritten;
  if (!html) return;
  script.pcWritten = '';
  const range = d.createRange();
  range.selectNode(script);
  range.collapse();
  const part = range.createContextualFragment(
    trusted('TrustedHTML', html));
  const scripts = [...part.querySelectorAll('script')].map((el) => {
    const type = el.getAttribute('type') || '';
    el.type = 'text/plain';
    return [el, () => { el.type = type; }];
  });
  script.after(part);
  for (const [el, change] of scripts) await run(el, change);
}

async function replay(scripts) {
  const late = [], undo = [], onload = w.onload;
  const borrow = (target, name, value) => {
    const had = Object.hasOwn(target, name), old = target[name];
    target[name] = value;
    undo.push(() => {
      if (had) target[name] = old;
      else delete target[name];
    });
  };
  const write = (...parts) => {
    const at = d.currentScript || running;
    at.pcWritten = (at.pcWritten || '') + parts.join('');
  };

  borrow(d, 'write', write);
  borrow(d, 'writeln', (...parts) => write(...parts, '\n'));
  for (const target of [d, w]) {
    const add = target.addEventListener;
    borrow(target, 'addEventListener', function (type, fn, options) {
      if (fn && (type === 'DOMContentLoaded' || (type === 'load'
          && target === w && d.readyState === 'complete'))) {
        late.push([target, type, fn]);
      } else {
        add.call(target, type, fn, options);
      }
    });
  }

  const last = (el) => el.dataset.pcType === 'module'
    || (el.defer && el.dataset.pcSrc && !el.hasAttribute('async'));
  scripts.sort((a, b) => !!last(a) - !!last(b));
  for (const el of scripts) {
    await run(el, restore);
  }

  undo.forEach((f) => f());
  if (w.onload !== onload) late.push([w, 'load', w.onload]);
  late.sort((a, b) => (a[1] === 'load') - (b[1] === 'load'));
  for (const [target, type, fn] of late) {
    const relay = new EventTarget();
    relay.addEventListener(type, (e) => (fn.handleEvent || fn).call(
      fn.handleEvent ? fn : target, e));
    relay.dispatchEvent(new Event(type));
  }
}

/* Elements that the guard holds; those of the server's have a service. */
const HELD = ['src', 'srcset', 'href', 'xlink\\:href', 'imagesrcset', 'data',
  'poster'].map((name) => `[data-pc-${name}]:not([data-pc-service])`).join();

/* What the guard holds: what is to be stored goes at once, requests too if no
   policy is in the way.  True if some have to wait for the next page. */

export function release(s, policy, more) {
  const { hold } = s;
  if (!hold) return false;
  if (s.guard || !s.denied[0]) {
    hold.learn(hold.data.pcGuard = s.guard ?? '');
  }
  const marked = d.querySelectorAll(HELD);
  const waits = hold.later.splice(0).filter(([still, go, stored]) => {
    if (still()) hold.later.push([still, go, stored]);
    else if (policy && !stored) return hold.later.push([still, go]);
    else go();
  });
  if (policy) return waits[0] || (more && marked[0]);
  for (const el of marked) {
    const back = [...el.attributes].map(({ name, value }) =>
      [OURS.exec(name)?.[1], value]).filter(([name]) => name);
    if (back.some(([name, value]) => hold.judge(el, name, value, 1) !== value)) {
      continue;
    }
    wake(el);
    for (const [name, value] of back) {
      set(el, name, value);
      el.removeAttribute('data-pc-' + name);
    }
  }
  for (const el of d.querySelectorAll(`[style*="${EMPTY}"]`)) {
    el.style = el.getAttribute('style').replaceAll(EMPTY, '');
  }
  for (const sheet of d.styleSheets) redraw(sheet);
}

function redraw(sheet) {
  try {
    [...sheet.cssRules].forEach(({ cssText }, i) => {
      if (!cssText.includes(EMPTY)) return;
      sheet.deleteRule(i);
      sheet.insertRule(cssText.replaceAll(EMPTY, ''), i);
    });
  } catch { /* of another origin */ }
}


/* What was called of a script before it came is called when it has: until
   then stood stubs, which must not be there for it to find. */

const part = (path) => path.split('.');

function unstub(hold, els) {
  const names = els.flatMap((el) => list(el.dataset.pcStubs))
    .map((path) => part(path)[0]);
  for (const name of names) {
    const stub = hold.stubs[name];
    if (stub && !Array.isArray(stub) && w[name] === stub) delete w[name];
  }
}

function call(hold) {
  const { stubs, calls } = hold;
  for (const [path, args] of calls.splice(0)) {
    const [name, method] = part(path), owner = w[name] ?? stubs[name];
    const fn = method ? owner[method] : owner;
    if (owner !== stubs[name] && typeof fn === 'function') {
      fn.apply(method ? owner : w, args);
    } else {
      calls.push([path, args]);
    }
  }
  for (const name of Object.keys(stubs)) w[name] ??= stubs[name];
}


/*
 * els may come to life, in state s, on a page with the dataset was.  True if
 * that takes a reload, which a page that was posted can't have.
 */

export async function revive(was, els, s, more, again) {
  const waits = release(s, 'pcCsp' in was, more);
  if (again || (waits && !('pcPost' in was))) return true;

  let until = 0;
  for (const el of els) {
    if (performance.now() > until) {
      await new Promise((go) => setTimeout(go));
      until = performance.now() + 20;
    }
    if (/^(iframe|embed|object)$/.test(el.localName)) replant(el, restore);
    else if (!inert(el)) restore(el);
  }
  if (s.hold) unstub(s.hold, els);
  await replay(els.filter(inert));
  if (s.hold) call(s.hold);
  catchUp();
  return false;
}

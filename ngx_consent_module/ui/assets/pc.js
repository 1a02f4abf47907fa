/* All works without this script; with it, a choice needs no reload. */
(() => {
  'use strict';

  const d = document, w = window, TAG = 'privacy-choices';
  if (w.customElements.get(TAG)) return;

  const page = d.documentElement.dataset.pcPage;
  const host = () => d.querySelector(TAG);
  const list = (s) => (s || '').split(' ').filter(Boolean);
  const once = (el, type, fn) => el.addEventListener(type, fn, { once: true });
  const named = (on) => (s) => Object.keys(s).filter((id) => s[id] === on);
  const ons = named(true), offs = named(false);

  let violated, trust;

  /* Made late: where a site refuses it, the console says so. */
  const trusted = (type, value) => {
    const make = type.replace('Trusted', 'create'), same = (s) => s;
    try {
      trust ||= w.trustedTypes.createPolicy(TAG, {
        createHTML: same, createScript: same, createScriptURL: same });
      return trust[make](value);
    } catch {
      return value;
    }
  };

  d.addEventListener('securitypolicyviolation', (e) => {
    violated ||= e.disposition === 'enforce';
  });

  function set(el, name, value) {
    const type = w.trustedTypes
      ?.getAttributeType(el.localName, name, el.namespaceURI);
    el.setAttribute(name, type ? trusted(type, value) : value);
  }


  /* What is held back, but allowed in state s.  Of a meta: nothing, ever. */

  function held(s) {
    const on = ons(s.services), off = offs(s.services);
    const allowed = (el) => {
      const ids = list(el.dataset.pcService);
      return !ids.some((id) => off.includes(id))
        && ((ids[0] && ids.every((id) => on.includes(id)))
            || list(el.dataset.pcPurpose).every((p) => s.granted.includes(p)));
    };
    return [...d.querySelectorAll('[data-pc-service]:not(meta)')]
      .filter(allowed);
  }

  const inert = (el) => el.localName === 'script' && el.type === 'text/plain';

  const OURS = /^(?:[^:]+:)?data-pc-(?!service$|purpose$)(?:xlink:)?(.+)/;
  const EMPTY = 'data:text/css,#';
  let overdue = [];

  function restore(el) {
    const back = [];
    if (inert(el)) el.removeAttribute('type');
    for (const name of el.getAttributeNames()) {
      const was = OURS.exec(name), value = el.getAttribute(name);
      if (was) {
        set(el, was[1], value);
        back.push(was[1]);
      } else if (value.includes(EMPTY)) {
        set(el, name, value.replaceAll(EMPTY, ''));
      }
      if (was || name.startsWith('data-pc-')) el.removeAttribute(name);
    }
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

  async function revive(els) {
    let until = 0;
    for (const el of els) {
      if (performance.now() > until) {
        await new Promise((go) => setTimeout(go));
        until = performance.now() + 20;
      }
      if (/^(iframe|embed|object)$/.test(el.localName)) replant(el, restore);
      else if (!inert(el)) restore(el);
    }
    await replay(els.filter(inert));
    catchUp();
  }


  /* What denied services stored, by the names we know. */

  function clear(s) {
    const test = (names = []) => new RegExp('^(?:' + names.map((name) =>
      name.replace(/[^\w*]/g, '\\$&').replace(/\*/g, '.*')).join('|') + ')$');
    const denied = (kind) => (name) => test(s.clear?.[kind]).test(name)
      && !test(s.keep?.[kind]).test(name);
    for (const kind of ['localStorage', 'sessionStorage']) {
      try {
        Object.keys(w[kind]).filter(denied(kind))
          .forEach((name) => w[kind].removeItem(name));
      } catch { /* storage is switched off */ }
    }
    w.indexedDB?.databases?.().then((all) => all.map((db) => db.name)
      .filter(denied('indexedDB'))
      .forEach((name) => w.indexedDB.deleteDatabase(name))).catch(() => {});
  }


  /* What the guard holds: what is to be stored goes at once, requests too if no
     policy is in the way.  True if some have to wait for the next page. */

  function release(s, policy, more) {
    const waits = (s.later?.splice(0) || []).filter(([still, go, stored]) => {
      if (still()) s.later.push([still, go, stored]);
      else if (policy && !stored) return true;
      else go();
    });
    const marked = d.querySelectorAll('[data-pc-held]');
    if (policy || !s.later) return waits[0] || (more && marked[0]);
    for (const el of marked) {
      el.removeAttribute('data-pc-held');
      for (const name of el.getAttributeNames()) {
        const was = OURS.exec(name);
        if (was) set(el, was[1], el.getAttribute(name));
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


  /* Makes the page what state s says. */

  async function apply(el, s) {
    const was = el.dataset, on = ons(s.services), off = offs(s.services);
    const lost = list(was.pcGranted).some((p) => !s.granted.includes(p))
      || list(was.pcOn).some((id) => !on.includes(id))
      || off.some((id) => !list(was.pcOff).includes(id));

    const more = s.granted.some((p) => !list(was.pcGranted).includes(p))
      || on.some((id) => !list(was.pcOn).includes(id));

    was.pcState = s.state;
    was.pcGranted = s.granted.join(' ');
    was.pcOn = on.join(' ');
    was.pcOff = off.join(' ');

    clear(s);
    if (!s.asks) rest(el.shadowRoot, el);
    d.dispatchEvent(new CustomEvent('privacychoices', { detail: s }));

    if (d.readyState === 'loading') {
      await new Promise((go) => once(d, 'DOMContentLoaded', go));
    }
    const els = held(s);
    const reload = () => w.location.reload();
    const waits = release(s, 'pcCsp' in was, more);
    if ('pcPost' in was) revive(els);
    else if (lost || ('pcCsp' in was && (els[0] || violated || waits))) reload();
    else revive(els).catch(reload);
  }


  /* From the question to the handle. */

  function rest(root, el) {
    const ask = root?.querySelector('section');
    if (!ask) return;
    const note = root.querySelector('[role=status]');
    const focus = ask.contains(root.activeElement);
    ask.remove();
    root.getElementById('r').className = 'rests';
    if (focus) root.querySelector('.open').focus({ preventScroll: true });
    el.removeAttribute('popover');
    note.textContent = note.dataset.pcNote;
    setTimeout(() => { note.textContent = ''; }, 8000);
  }


  /* A form's choice, by fetch; if that fails, the form goes by itself. */

  async function send(form, action) {
    const data = new FormData(form), services = {};
    for (const [name, value] of data) {
      if (value && name.startsWith('service.')) {
        services[name.slice(8)] = value === '1';
      }
    }
    const answer = await fetch(form.getAttribute('action'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        action, granted: data.getAll('granted'), services }),
    });
    if (!answer.ok) throw answer;
    return answer.json();
  }

  function settle(s, back) {
    clear(s);
    if (page === 'held' && w.parent !== w) {
      w.parent.postMessage({ privacyChoices: s }, w.location.origin);
      setTimeout(() => w.parent.location.reload(), 3000);
    } else {
      w.location.assign(back || './');
    }
  }

  function takeOver(root, el) {
    let busy, native;
    root.addEventListener('submit', async (e) => {
      const form = e.target, button = e.submitter;
      if (native || !button) return;
      e.preventDefault();
      if (busy) return;
      busy = true;
      const s = await send(form, button.value).catch(() => {
        native = true;
        /* In the event that asks for it, a form is not sent. */
        setTimeout(() => form.requestSubmit(button));
      });
      busy = false;
      if (s && el) apply(el, s);
      else if (s) settle(s, new FormData(form).get('return'));
    });
  }


  if (page) {
    takeOver(d);
  } else {
    w.customElements.define(TAG, class extends HTMLElement {
      connectedCallback() {
        const template = this.querySelector('template');
        if (!this.shadowRoot && template) {
          this.attachShadow({ mode: 'open' }).append(template.content);
        }
        const root = this.shadowRoot;
        if (!root || this.pcReady) return;
        this.pcReady = true;
        takeOver(root, this);
        /* Above all that the site puts on top. */
        if (root.querySelector('section') && this.showPopover) {
          this.popover = 'manual';
          this.showPopover();
          d.addEventListener('toggle', (e) => {
            if (e.target !== this && e.newState === 'open' && this.popover
                && !root.activeElement) {
              this.hidePopover();
              this.showPopover();
            }
          }, true);
        }
      }
    });
  }

  /* From a placeholder in a frame. */
  w.addEventListener('message', (e) => {
    if (e.origin === w.location.origin && e.data?.privacyChoices && host()) {
      apply(host(), e.data.privacyChoices);
    }
  });

  /* Out of the back/forward cache. */
  w.addEventListener('pageshow', async (e) => {
    const el = host();
    if (!e.persisted) return;
    if (page) return w.location.reload();
    const s = el && await fetch(el.dataset.pcPrefix + 'state')
      .then((answer) => answer.json()).catch(() => null);
    if (s && s.state !== el.dataset.pcState) apply(el, s);
  });
})();

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

  /* Where a yes was given that needed no reload, as there was nothing held:
     the next page of a site that loads none still has the old policy. */
  let violated, given;

  function refused(how, directive, url) {
    if (how !== 'enforce') return;
    violated = true;
    if (given && given !== w.location.href) w.location.reload();
    if (/^(frame|script)-src/.test(directive) && /^http/.test(url)) {
      embeds()?.then((it) => it?.refused(host(), url, directive[0] === 'f'));
    }
  }

  d.addEventListener('securitypolicyviolation', (e) => {
    refused(e.disposition, e.effectiveDirective, e.blockedURI);
  });

  /* What was refused before there was anybody to hear of it; not every
     browser tells of that. */

  function before() {
    w.ReportingObserver && new ReportingObserver((all) => all.forEach(
      ({ body }) => refused(body.disposition, body.effectiveDirective,
        body.blockedURL)), { types: ['csp-violation'], buffered: true })
      .observe();
    for (const { src } of d.scripts) {
      if (src && !src.startsWith(w.location.origin + '/')
          && !performance.getEntriesByName(src)[0]?.duration) {
        embeds()?.then((it) => it?.refused(host(), src));
      }
    }
  }


  /* What stands where something is missing. */

  let standing, due;
  const embeds = () => standing ||= host()?.dataset.pcEmbeds
    && import(host().dataset.pcEmbeds).catch(() => {});

  function look() {
    due = 0;
    /* Of a page that was fetched before the answer, or kept. */
    if (now && held(now).some((it) => !tried.has(it))) apply(el, now);
    if (d.querySelector('[data-pc-fills]')) {
      embeds()?.then((it) => it?.show(host()));
    }
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


  /* What denied services stored, by the names we know.  What some page has
     open goes when that page does. */

  function clear(s) {
    const test = (names = []) => new RegExp('^(?:' + names.map((name) =>
      name.replace(/[^\w*]/g, '\\$&').replace(/\*/g, '.*')).join('|')
      + (names[0] ? ')$' : '(?!))$'));
    const denied = (kind) => {
      const no = test(s.clear?.[kind]), yes = test(s.keep?.[kind]);
      return (name) => no.test(name) && !yes.test(name);
    };
    for (const kind of ['localStorage', 'sessionStorage']) {
      try {
        Object.keys(w[kind]).filter(denied(kind))
          .forEach((name) => w[kind].removeItem(name));
      } catch { /* storage is switched off */ }
    }
    /* Workers have the policy that they came with. */
    w.navigator.serviceWorker?.getRegistrations().then((all) =>
      Promise.all(all.map((one) => one.update()))).catch(() => {});
    w.indexedDB?.databases?.().then((all) => all.map((db) => db.name)
      .filter(denied('indexedDB'))
      .forEach((name) => w.indexedDB.deleteDatabase(name))).catch(() => {});
    w.caches?.keys().then((all) => all.filter(denied('cacheStorage'))
      .forEach((name) => w.caches.delete(name))).catch(() => {});
  }


  /* Makes the page what state s says. */

  async function apply(el, s) {
    const was = el.dataset, on = ons(s.services), off = offs(s.services);
    const lost = list(was.pcGranted).some((p) => !s.granted.includes(p))
      || list(was.pcOn).some((id) => !on.includes(id))
      || off.some((id) => !list(was.pcOff).includes(id));

    const more = s.granted.some((p) => !list(was.pcGranted).includes(p))
      || on.some((id) => !list(was.pcOn).includes(id));

    now = s;
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
    const els = held(s), post = 'pcPost' in was;
    els.forEach((it) => tried.add(it));
    let again = !post && (lost || ('pcCsp' in was && (els[0] || violated)));
    if (!again) (await standing)?.hide(s);
    if (s.hold || (els[0] && !again)) {
      again = await import(s.replay)
        .then(({ revive }) => revive(was, els, s, more, again))
        .catch(() => !post);
    }
    if (again) w.location.reload();
    else if (more) given = w.location.href;
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

  /* A click is answered by a frame, which shows that it was heard, before the
     work begins. */
  const painted = () => new Promise((go) => {
    w.requestAnimationFrame(() => setTimeout(go));
    setTimeout(go, 200);
  });

  function takeOver(root, el) {
    let busy, native;
    root.addEventListener('submit', async (e) => {
      const form = e.target, button = e.submitter;
      if (native || !button) return;
      e.preventDefault();
      if (busy) return;
      busy = true;
      const box = form.closest('section') || form;
      box.ariaBusy = 'true';
      const [s] = await Promise.all([
        send(form, button.value).catch(() => {
          native = true;
          /* In the event that asks for it, a form is not sent. */
          setTimeout(() => form.requestSubmit(button));
        }), painted()]);
      busy = false;
      box.ariaBusy = null;
      if (s && el) apply(el, s);
      else if (s) settle(s, new FormData(form).get('return'));
    });
  }


  /* A site may take its body for another, or draw it anew: what was put into
     it goes in again.  Behind the rest: frameworks look for their own from the
     first element on.  The older React takes any first one for its own; who
     is known to hand it the whole document gets the last right away. */

  const WHOLE = ['__remixContext', '__reactRouterContext'];

  /* The last one that a server made; and the state of an answer since. */
  let el, now;
  const tried = new WeakSet();

  function stay() {
    const see = new MutationObserver(put);
    function put() {
      const { body, documentElement } = d;
      const last = d.readyState !== 'complete'
        && WHOLE.some((name) => name in w)
        && body && body.lastElementChild !== el;
      const gone = !el.isConnected;
      /* A copy has no shadow root, and an older one has had its answer. */
      for (const other of d.querySelectorAll(TAG)) {
        if (other !== el) other.remove();
      }
      if (body && (last || gone)) {
        if (el.isConnected && body.moveBefore) body.moveBefore(el, null);
        else body.append(el);
      }
      for (const node of [d, documentElement, body]) {
        if (node) see.observe(node, { childList: true });
      }
      adopt();
      due ||= setTimeout(look);
    }
    put();
    d.addEventListener('readystatechange', put);
  }

  /* React knows stylesheets by their address, and throws the document away if
     one is missing.  Of another type they have it and are not fetched. */

  function adopt() {
    for (const el of d.querySelectorAll(
      'link[data-pc-href][rel=stylesheet]:is(:not([href]),[href^="data:"])')) {
      const href = d.createAttribute('href'), type = el.getAttribute('type');
      if (type && type !== 'text/plain') el.setAttribute('data-pc-type', type);
      el.type = 'text/plain';
      href.value = el.dataset.pcHref;
      el.setAttributeNode(href);
    }
  }

  if (page) {
    takeOver(d);
    /* Loaded anew in Firefox, a page's frames have what they had before. */
    const { frameElement: frame, location } = w;
    if (page === 'held' && frame?.src
        && new URL(frame.src).pathname !== location.pathname) {
      location.replace(frame.src);
    }
    /* What grows may show more, and so need more. */
    const tell = () => {
      const room = d.documentElement.scrollHeight;
      if (page === 'held' && room > w.innerHeight) {
        w.parent.postMessage({ privacyRoom: room }, w.location.origin);
      }
    };
    if (d.readyState === 'complete') tell();
    w.addEventListener('load', tell);
    w.addEventListener('resize', tell);
  } else {
    w.customElements.define(TAG, class extends HTMLElement {
      connectedCallback() {
        const template = this.querySelector('template');
        if (!this.shadowRoot && template) {
          this.attachShadow({ mode: 'open' }).append(template.content);
          template.remove();
        }
        const root = this.shadowRoot;
        const asks = root?.querySelector('section') && this.showPopover;
        /* Above all that the site puts on top. */
        if (asks) {
          this.popover = 'manual';
          if (!this.matches(':popover-open')) this.showPopover();
        }
        if (!root || this.pcReady) return;
        this.pcReady = true;
        takeOver(root, this);
        const first = !el;
        el = this;
        if (now && now.state !== this.dataset.pcState) apply(this, now);
        if (!first) return;
        stay();
        new MutationObserver(() => { due ||= setTimeout(look, 100); })
          .observe(d, { childList: true, subtree: true });
        if ('pcCsp' in this.dataset) {
          if (d.readyState === 'complete') before();
          else once(w, 'load', before);
        }
        if (asks) {
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

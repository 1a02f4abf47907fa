/* All works without this script; with it, a choice needs no reload. */
(() => {
  'use strict';

  const d = document, w = window, TAG = 'privacy-choices';
  if (w.customElements.get(TAG)) return;

  const host = () => d.querySelector(TAG);
  const complete = () => d.readyState === 'complete';

  const loaded = (fn) => (complete() ? fn() : w.addEventListener('load', fn));

  /* What both scripts know.  kind: of a page of our own; el: the last one that
     a server made; now: the state of an answer since; standing: what stands
     where something is missing, once found() is called.

     violated, given: where a yes was given that needed no reload, as there
     was nothing held, the next page of a site that loads none still has the
     old policy. */
  const page = { kind: d.documentElement.dataset.pcPage };
  const choices = () => import('./choose.js');
  const apply = (el, s) => choices().then((it) => it.apply(page, el, s));

  /* An event, or the body of a report. */

  function refused(it) {
    const url = it.blockedURI ?? it.blockedURL, kind = it.effectiveDirective;
    if (it.disposition !== 'enforce') return;
    page.violated = true;
    if (page.given && page.given !== w.location.href) w.location.reload();
    if (/^(frame|script)-src/.test(kind) && /^http/.test(url)) {
      embeds(url, kind[0] === 'f');
    }
  }

  d.addEventListener('securitypolicyviolation', refused);

  /* What was refused before there was anybody to hear of it; not every
     browser tells of that. */

  function before() {
    w.ReportingObserver && new ReportingObserver((all) => all.forEach(
      ({ body }) => refused(body)), { types: ['csp-violation'], buffered: true })
      .observe();
    for (const { src } of d.scripts) {
      if (src && !src.startsWith(w.location.origin + '/')
          && !performance.getEntriesByName(src)[0]?.duration) {
        embeds(src);
      }
    }
  }


  /* What stands where something is missing. */

  let due;

  /* A while after the page is there, when frameworks have found their own:
     what has to stand beside an element makes them draw the page anew before
     that.  It is drawn already; an answer does not wait. */

  const fills = () => page.standing ||= new Promise((go) => {
    page.found = go;
    loaded(() => setTimeout(go, 300));
  }).then(() => import('./fills.js')).catch(() => {});
  const embeds = (url, frame) => host()?.dataset.pcCsp === ''
    && fills().then((it) => it && import('./embeds.js').then((more) =>
      more.refused(page, it, host(), url, frame)).catch(() => {}));

  function look() {
    due = 0;
    if (page.now) choices().then((it) => it.look(page));
    if (d.querySelector('[data-pc-fills]')) {
      fills().then((it) => it?.show(page, host()));
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
    for (const type of ['pointerover', 'focusin']) {
      root.addEventListener(type, () => choices().catch(() => {}),
        { once: true });
    }
    root.addEventListener('submit', async (e) => {
      const form = e.target, button = e.submitter;
      if (native || !button) return;
      e.preventDefault();
      if (busy) return;
      busy = true;
      const box = form.closest('section') || form;
      box.ariaBusy = 'true';
      page.painted = painted();
      await choices().then((it) => it.choose(page, el, form, button))
        .catch(() => {
          native = true;
          /* In the event that asks for it, a form is not sent. */
          setTimeout(() => form.requestSubmit(button));
        });
      busy = false;
      box.ariaBusy = null;
    });
  }


  /* A site may take its body for another, or draw it anew: what was put into
     it goes in again.  Behind the rest: frameworks look for their own from the
     first element on.  The older React takes any first one for its own; who
     is known to hand it the whole document gets the last right away. */

  function stay() {
    const see = new MutationObserver(put);
    function put() {
      const { body, documentElement } = d, { el } = page;
      const last = !complete()
        && (w.__remixContext || w.__reactRouterContext)
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
      'link[data-pc-href][rel=stylesheet]:not([href^=h])')) {
      const href = d.createAttribute('href'), type = el.getAttribute('type');
      if (type && type !== 'text/plain') el.setAttribute('data-pc-type', type);
      el.type = 'text/plain';
      href.value = el.dataset.pcHref;
      el.setAttributeNode(href);
    }
  }

  page.take = takeOver;
  if (page.kind) {
    takeOver(d);
    /* Loaded anew in Firefox, a page's frames have what they had before. */
    const at = page.kind === 'held' && w.frameElement?.src;
    if (at && !at.includes(w.location.pathname)) w.location.replace(at);
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
        const first = !page.el, { now } = page;
        page.el = this;
        if (now && now.state !== this.dataset.pcState) apply(this, now);
        if (!first) return;
        stay();
        new MutationObserver(() => { due ||= setTimeout(look, 100); })
          .observe(d, { childList: true, subtree: true });
        if ('pcCsp' in this.dataset) loaded(before);
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
  w.addEventListener('pageshow', (e) => {
    if (!e.persisted) return;
    if (page.kind) w.location.reload();
    else if (host()) choices().then((it) => it.again(page, host()), () => {});
  });
})();

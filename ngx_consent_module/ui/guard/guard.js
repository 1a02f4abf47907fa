/*
 * The guard: holds what scripts would fetch or store and the visitor has not
 * allowed, until pc.js lets it go after a yes.  It is grace: what makes the
 * browser refuse is the policy.  It runs before any other script.
 *
 * ui/assets/guard.js is made of this file, by `make guard`.
 */
(() => {
  'use strict';

  const R = Reflect, L = location, me = document.currentScript;
  const EMPTY = 'data:text/css,#', MARK = 'data-pc-';
  const real = new WeakMap(), jar = new Map(), memo = new Map(), later = [];
  let types, known, hush;


  /* Rules, as core/consent_guard.h describes them; without any, all may go. */

  const learn = (text) => {
    const rows = (text || '').split('.');
    known = text && new Set();
    memo.clear();
    types = rows.shift();
    rows.forEach((row, i) =>
      row.match(/.{3}/g)?.forEach((s) => known.add(i + s)));
  };

  /* 24 bits of a hash: the row, and three characters in it. */
  const has = (s) => {
    let h = 0;
    for (const c of s) h = Math.imul(h ^ c.charCodeAt(), 16777619) ^ h >>> 15;
    return known.has((h >>> 26) + [20, 14, 8].map((n) =>
      String.fromCharCode(48 + (h >>> n & 63))).join(''));
  };

  /* Of cookies the allowed names are known, of other storage the denied. */
  const denied = (kind, name) => known && name
    && ([...name].some((_, i) => has(kind + '*' + name.slice(0, i + 1)))
        || has(kind + name)) == (kind > 'c');

  /* 1 if the policy refuses a URL.  It names hosts, folders and files. */
  const refuses = (url, type, base) => {
    let u, key;
    try {
      u = new URL(url, base);
    } catch { /* not a URL */ }
    if (!known || !/^(http|ws)/.test(u?.protocol) || u.host === L.host) return;
    if (!types.includes(type)) type = 'd';
    key = type + u.hostname + u.pathname;
    if (!memo.has(key)) {
      const hosts = ['=' + u.hostname, '.' + u.hostname, '.'];
      const paths = ['', u.pathname];
      u.hostname.replace(/\./g, (_, i, s) => hosts.push(s.slice(i)));
      u.pathname.replace(/\//g, (_, i, s) => paths.push(s.slice(0, i + 1)));
      memo.set(key, !hosts.some((h) => paths.some((p) => has(type + h + p))));
    }
    return memo.get(key);
  };

  /* Keeps what go() does while still() says so; stored: no request. */
  const keep = (still, go, stored) => still() && later.push([still, go, stored]);

  /* What elements fetch for: directives of policies, by their first letters. */
  const TYPES = { script: 's', style: 'y', font: 'n', img: 'i', image: 'i',
    use: 'i', feImage: 'i', input: 'i', source: 'm', video: 'm', audio: 'm',
    track: 'm', embed: 'o', object: 'o', iframe: 'f', frame: 'f', link: 'y' };


  /* In each realm that is reached. */

  const guard = (w) => {
    const d = w.document, E = w.Element.prototype;
    const { toString } = w.Function.prototype;
    const dead = L.protocol + '//' + L.hostname + ':1';
    const not = (url, type) => refuses(url, type, d.baseURI);

    /* f(go, self, args, name) stands for what go() does. */
    const hook = (o, names, f, kind = 'value') => {
      o = typeof o === 'string' ? w[o]?.prototype || {} : o;
      for (const name of Object.getOwnPropertyNames(o)) {
        const was = names.test(name) && R.getOwnPropertyDescriptor(o, name);
        const fn = was?.[kind];
        if (typeof fn != 'function') continue;
        const fake = was[kind] = new Proxy(fn, {
          apply: (_, self, a) => f(() => R.apply(fn, self, a), self, a, name),
          construct: (_, a, type) => f(() => R.construct(fn, a,
            type === fake ? fn : type), w, a, name),
        });
        real.set(fake, fn);
        R.defineProperty(o, name, was);
        if (fn.prototype) fn.prototype.constructor = fake;
      }
    };

    /* Each text among the arguments is changed. */
    const change = (f) => (go, self, a) => {
      a.forEach((s, i) => {
        if (/^(str|Tru)/.test(s?.[Symbol.toStringTag] || typeof s)) {
          a[i] = f(s, self);
        }
      });
      return go();
    };


    /* Escapes of CSS are undone only where it matters. */
    const css = (text) => {
      const plain = `${text}`.replace(/\\([\da-f]{1,6})\s?/gi, (_, x) =>
        String.fromCodePoint(`0x${x}` % 1114112));
      const out = plain.replace(/(?<![#:])(https?:)?[/\\]{2}[^\s"')]+/gi, (url) =>
        not(url, 'i') ? EMPTY + url : url);
      return out === plain ? text : out;
    };

    /* What an attribute is to be; undefined if it is held. */
    const judged = (el, name, value) => {
      const tag = el.localName, mark = MARK + name.toLowerCase();
      if (/^style$/i.test(name)) return css(value);
      if (/^srcdoc$/i.test(name)) return clean(value);
      if (!/^(src|(image)?srcset|(xlink:)?href|data|poster)$/i.test(name)
          || !TYPES[tag]) return value;
      const set = /set/i.test(name);
      const type = set || name === 'poster' ? 'i' : TYPES[el.as || tag];
      const still = () => (set ? `${value}`.split(/[\s,]+/) : [value])
        .some((url) => not(url, type));
      if (!still()) {
        el.removeAttribute(mark);
        return value;
      }
      el.setAttribute(MARK + 'held', '');
      el.setAttribute(mark, value);
      el.removeAttribute(name);
      if (hush) return;
      setTimeout(() => /img|script|link/.test(tag)
        && el.dispatchEvent(new w.Event('error')));
      keep(still, () => el.getAttribute(mark) === `${value}`
        && el.setAttribute(name, value));
    };

    /* 1 if something was held in a tree that has fetched nothing yet. */
    const sweep = (root) => {
      let some;
      for (const el of root?.querySelectorAll?.('*') || []) {
        for (const { name, value } of [...el.attributes]) {
          const to = judged(el, name, value);
          if (to !== value) {
            some = 1;
            if (to) el.setAttribute(name, to);
          }
        }
        const was = el.localName === 'style' && el.textContent, to = css(was);
        if (to !== was) some = el.textContent = to;
        some = sweep(el.content) || some;
      }
      return some;
    };

    /* Markup, parsed where nothing is fetched. */
    let inert;
    const clean = (html, at) => {
      if (at?.localName === 'style') return css(html);
      if (hush || !known || !/<[^]*(:|\/\/|\\|&)/.test(html)) return html;
      inert ||= d.implementation.createHTMLDocument('')
        .createElement('template');
      hush = 1;
      inert.innerHTML = html;
      const some = sweep(inert.content);
      if (some) html = inert.innerHTML;
      hush = 0;
      return html;
    };


    /* Requests go to a port that no browser connects to. */
    const urlOf = R.getOwnPropertyDescriptor(w.Request.prototype, 'url').get;
    const url = (i) => (go, self, a) => {
      let u;
      try {
        u = urlOf.call(a[i]);
      } catch {
        u = a[i] = `${a[i]}`;
      }
      if (not(u, 'c')) a[i] = /^ws/.test(u) ? dead.replace('http', 'ws') : dead;
      return go();
    };
    hook(w, /^(fetch(Later)?|Request|EventSource|Web(Transport|Socket)|Audio)$/,
      url(0));
    hook('Worklet', /add/, url(0));
    hook('XMLHttpRequest', /open/, url(1));
    hook('Navigator', /sendB/, (go, self, a) => {
      a[0] = `${a[0]}`;
      return keep(() => not(a[0], 'c'), go) ? true : go();
    });
    hook(w, /^RTCPeer/, (go, self, a) => {
      if (a[0] && known) a[0] = { ...a[0], iceServers: [] };
      return go();
    });
    hook('HTMLFormElement', /submit/i, (go, form) =>
      /^[^_]/.test(form.target)
      && keep(() => not(form.getAttribute('action'), 'f'), go) || go());


    /* Attributes, by property and by name; markup; styles. */
    const attribute = (go, el, a, name) => {
      const i = a.length - 1;
      if (i) name = a[i - 1] = `${a[i - 1]}`;
      a[i] = judged(el, name, a[i]);
      return a[i] === undefined ? a[i] : go();
    };
    hook(E, /^setAttribute(NS)?$/, attribute);
    for (const name of Object.getOwnPropertyNames(w)) {
      const o = /^(HTML|SVG|CSS|Elem|Shad|Range|Document$)/.test(name) && name;
      if (!o) continue;
      if (!/Anchor|Area|Base/.test(o)) {
        hook(o, /^(src|srcdoc|href|data|poster|(image)?srcset)$/i, attribute,
          'set');
      }
      hook(o, /^(inn|out)erHTML/, change(clean), 'set');
      hook(o, /HTML|xtualF|^write/, change(clean));
      hook(o, /cssText/, change(css), 'set');
      hook(o, /Rule$|^replace(Sync)?$|setProp/, change(css));
    }
    hook('Node', /textC/, change((s, el) =>
      el.localName === 'style' ? css(s) : s), 'set');
    hook('Node', /appendC|insertB/, (go, el, a) => {
      if (el.localName === 'style') a[0].data = css(a[0].data);
      return go();
    });
    hook('DOMParser', /parse/, (go) => {
      const it = go();
      sweep(it);
      return it;
    });

    /* Styles of attributes are looked at before they are used. */
    const watch = (root) => new w.MutationObserver((all) => {
      for (const { target, addedNodes } of all) {
        for (const el of [target, ...addedNodes]) {
          for (const it of el.style ? [el, ...el.querySelectorAll('[style]')]
            : []) {
            const was = it.getAttribute('style'), to = was && css(was);
            if (to !== was) it.setAttribute('style', to);
          }
        }
      }
    }).observe(root, { subtree: true, childList: true,
      attributeFilter: ['style'] });
    watch(d);
    hook(E, /attachS/, (go) => {
      const root = go();
      watch(root);
      return root;
    });


    /* What is not stored can be read for as long as the page lives. */
    hook('Document', /^cookie$/, (go, self, a) => {
      const pair = `${a[0]}`.split(';')[0].trim(), name = pair.split('=')[0];
      return keep(() => denied('c', name), () => jar.delete(name, go()), 1)
        ? void jar.set(name, pair) : go();
    }, 'set');
    hook('Document', /^cookie$/, (go) =>
      [go(), ...jar.values()].filter((s) => s).join('; '), 'get');
    hook('CookieStore', /^set/, async (go, self, a) =>
      keep(() => denied('c', a[0].name || a[0]), go, 1) ? undefined : go());
    hook('Storage', /^setI/, (go, self, a) =>
      keep(() => denied('l', `${a[0]}`), go, 1) ? undefined : go());
    hook('IDBFactory', /^open/, (go, self, a) => {
      const request = go();
      if (denied('l', `${a[0]}`)) {
        request.addEventListener('upgradeneeded', (e) => {
          e.stopImmediatePropagation();
          request.transaction.abort();
        });
      }
      return request;
    });


    /* Frames that a script makes are realms without a guard. */
    hook('HTMLIFrameElement', /^content[DW]/, (go) => {
      const it = go(), inside = it?.defaultView || it;
      try {
        if (!real.has(inside.fetch) && /^about/.test(inside.location)) {
          guard(inside);
        }
      } catch { /* of another origin */ }
      return it;
    }, 'get');

    hook(w.Function.prototype, /^toString/, (go, self) =>
      toString.call(real.get(self) || self));
  };


  /* pc.js lets go of what may go. */
  document.addEventListener('privacychoices', ({ detail: s }) => {
    if (s.guard || !s.denied[0]) learn(s.guard);
    s.later = later;
  });

  learn(me.dataset.pcGuard);
  me.remove();
  guard(window);
})();

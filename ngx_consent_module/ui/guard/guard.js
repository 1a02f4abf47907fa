/*
 * The guard: holds what scripts would fetch or store and the visitor has not
 * allowed, until pc.js lets it go after a yes.  It is grace: what makes the
 * browser refuse is the policy.  It runs before any other script.
 *
 * ui/assets/guard.js is made of this file, by `make scripts`.
 */
(() => {
  const R = Reflect, property = R.getOwnPropertyDescriptor;
  const { getOwnPropertyNames } = Object;
  const me = document.currentScript, { fetch } = window, { host } = location;
  const EMPTY = 'data:text/css,#', NOWHERE = 'https://0:1';
  const real = new WeakMap(), jar = new Map(), later = [];
  const news = [], calls = [], stubs = {};
  let types, known, holds = 0, answer = Promise.resolve();

  /* What a page may have us keep. */
  const MAX = 999;


  /* Rules, as core/consent_guard.h describes them; without any, all may go. */

  const learn = (text) => {
    const rows = (text || '').split('.');
    known = text && new Set();
    types = rows.shift();
    rows.forEach((row, i) => row.replace(/.../g, (s) =>
      known.add([...s].reduce((n, c) => n * 64 + c.charCodeAt() - 48, i))));
  };

  /* Whether s begins with an entry: of its hash, 24 bits are known. */
  const has = (s, h = 0) => [...s].some((c) => known.has(
    (h = Math.imul(h ^ c.charCodeAt(), 16777619) ^ h >>> 15) >>> 8));

  /* What ask.js and replay.js need. */
  const hold = { learn, later, news, me, fetch, stubs, calls };

  /* Rules have what is in use on the site.  So the server is asked about what
     is held, which waits for the answer where it can. */
  const tell = (...it) => {
    news.push(it);
    answer = answer.then(() => import(me.dataset.pcAsk))
      .then((m) => m.ask(hold)).catch(() => {});
  };

  /* Of cookies the allowed names are known if unknown ones are denied. */
  const denied = (kind, name) => {
    const no = known && name
      && has(kind + name + '=') === (kind > 'k' || types.includes(kind));
    if (no && kind < 'l') tell('=' + name, () => denied(kind, name));
    return no;
  };

  /* Keeps what go() does while still() says so; stored: no request. */
  const keep = (still, go, stored) => still()
    && (later[MAX] || later.push([still, go, stored]));

  /* What elements fetch for: directives of policies, by their first letters. */
  const TYPES = { script: 's', style: 'y', font: 'n', img: 'i', image: 'i',
    use: 'i', input: 'i', source: 'm', video: 'm', audio: 'm',
    track: 'm', embed: 'o', object: 'o', iframe: 'f', frame: 'f', link: 'y' };


  /* In each realm that is reached. */

  const guard = (w) => {
    const d = w.document, E = w.Element.prototype;
    const { toString } = w.Function.prototype;
    /* Whether the policy refuses a URL.  Most are of the page itself. */
    const not = (url, type) => {
      let u;
      if (/^\/?\w[^:]*$/.test(url) && d.baseURI === d.URL) return;
      try {
        u = new URL(url, d.baseURI);
      } catch { /* not a URL */ }
      if (!known || !/^(http|ws)/.test(u?.protocol) || u.host === host) return;
      const hosts = ['=' + u.hostname, '.' + u.hostname, '.'];
      const kind = `${type}`[0];
      u.hostname.replace(/\./g, (_, i, s) => hosts.push(s.slice(i)));
      const no = !hosts.some((host) =>
        has((types.includes(kind) ? kind : 'd') + host + u.pathname));
      if (no) tell('//' + u.host + u.pathname, () => not(url, type), type);
      return no;
    };

    /* f(go, self, args, name) stands for what go() does. */
    const hook = (o, names, f, kind = 'value') => {
      o = o.big ? w[o]?.prototype || {} : o;
      for (const name of getOwnPropertyNames(o)) {
        const was = names.test(name) && property(o, name);
        const fn = was?.[kind];
        if (!fn?.call) continue;
        const fake = was[kind] = new Proxy(fn, {
          apply: (_, self, a) => f(() => R.apply(fn, self, a), self, a, name),
          construct: (_, a, type) => f(() => R.construct(fn, a,
            type === fake ? fn : type), w, a, name),
        });
        real.set(fake, real.get(fn) || fn);
        R.defineProperty(o, name, was);
        if (fn.prototype?.constructor === fn) fn.prototype.constructor = fake;
      }
    };

    /* Each text among the arguments is changed; not where a site takes nothing
       but trusted types. */
    const change = (f) => (go, self, a) => {
      const was = [...a];
      was.forEach((s, i) => { a[i] = f(s, self); });
      try {
        return go();
      } catch {
        Object.assign(a, was);
        return go();
      }
    };


    /* Texts that fetch: styles, what to fetch ahead, and maps of modules. */
    const sheet = (el) => el && (el.localName
      ? /^style|onrules|ortmap/.test(el.localName + el.type)
      : sheet(el.parentNode));

    /* URLs are looked for in strings and brackets, but not in selectors. */
    const css = (text) => !/[/\\]{2}/.test(text) ? text : `${text}`.replace(
      /\/\*[^]*?\*\/|=?("(\\[^]|[^"\\])*"?|'(\\[^]|[^'\\])*'?|\([^"')]*\)?)/g,
      (all, s) => {
        if (s !== all || !not(s.slice(1, -1), 'i')) return all;
        holds++;
        return s[0] + EMPTY + s.slice(1);
      });

    /* What an attribute is to be; `real` if it is held.  What is inert (1) has
       no events, and others hold what is copied of it; what was parsed ('') may
       have marks of the server's. */
    const judged = (el, name, value, inert) => {
      const tag = el.localName;
      name = name.toLowerCase();
      if (name === 'style') return css(value);
      if (name === 'srcdoc') return clean(value);
      if (!TYPES[tag] || !('style' in el)
          || !/^((image)?src(set)?|(xlink:)?href|data|poster)$/.test(name)) {
        return value;
      }
      const mark = 'data-pc-' + name, set = /set|poster/.test(name);
      const type = set ? 'i' : TYPES[el.as || tag];
      const still = () => (set ? `${value}`.split(/[\s,]+/) : [value])
        .some((url) => not(url, type));
      if (!still()) {
        inert ?? el.removeAttribute(mark);
        return value;
      }
      el.setAttribute(mark, value);
      el.removeAttribute(name);
      holds++;
      if (!inert) {
        answer.then(() => el.hasAttribute(mark) && el.dispatchEvent(
          new Event(tag === 'iframe' ? 'load' : 'error')));
        keep(still, () => el.getAttribute(mark) === `${value}`
          && el.setAttribute(name.replace('xlink:', ''), value));
      }
      return real;
    };

    /* A tree that has fetched nothing yet. */
    const sweep = (root, inert) => {
      for (const el of root?.querySelectorAll?.('*') || []) {
        for (const name of el.getAttributeNames()) {
          const value = el.getAttribute(name);
          const to = judged(el, name, value, inert);
          if (to !== real && to !== value) el.setAttribute(name, to);
        }
        if (sheet(el)) el.textContent = css(el.textContent);
        if (el.content) sweep(el.content, inert);
      }
      return root;
    };

    /* Markup, parsed where nothing is fetched. */
    const inner = property(E, 'innerHTML');
    const blank = d.implementation.createHTMLDocument('')
      .createElement('template');
    const clean = (html, at) => {
      if (sheet(at)) return css(html);
      if (!known || !/\/\/|[\\&]/.test(html)) return html;
      const inert = blank.cloneNode(), was = holds;
      inner.set.call(inert, html);
      sweep(inert.content, 1);
      return holds > was ? inner.get.call(inert) : html;
    };


    /* Requests go to a port that no browser connects to.  Of promises, the
       answer is waited for. */
    const url = (i, wait) => (go, self, a) => {
      const was = a[i], u = was?.headers ? was.url : `${was}`;
      const still = () => not(u, wait || 'c!');
      if (!still()) return go();
      a[i] = NOWHERE;
      return !wait ? go() : answer.then(() => {
        if (!still()) a[i] = was;
        return go();
      });
    };
    hook(w, /^fetch$/, url(0, 'c'));
    hook('Worklet', /add/, url(0, 'c'));
    hook(w, /^(fetchL|EventS|Web(Transport|Socket)$)/, url(0));
    hook('XMLHttpRequest', /open/, url(1));
    hook(w, /^Audio$/, (go, self, a) => {
      const [src] = a.splice(0), el = go();
      if (src) el.src = src;
      return el;
    });
    hook('Navigator', /sendB/, (go, self, a) =>
      keep(() => not(a[0], 'c'), go) ? true : go());
    const ice = (go, self, a) => {
      const may = ({ urls }) => ![].concat(urls).some((url) =>
        not(`${url}`.replace(/^\w+:/, 'http://'), 'c'));
      if (a[0]?.iceServers) {
        a[0] = { ...a[0], iceServers: [...a[0].iceServers].filter(may) };
      }
      return go();
    };
    hook(w, /^RTCPeer/, ice);
    w.webkitRTCPeerConnection &&= w.RTCPeerConnection;
    hook('RTCPeerConnection', /^setC/, ice);
    const post = (go, form) => /^[^_]/.test(form.target)
      && keep(() => not(form.getAttribute('action'), 'f'), go);
    hook('HTMLFormElement', /^submit/, (go, form) => post(go, form) || go());
    w.addEventListener('submit', (e) => {
      if (post(() => e.target.submit(), e.target)) e.preventDefault();
    }, true);


    /* Attributes, by property and by name; markup; styles. */
    const attribute = (go, el, a, name) => {
      const i = a.length - 1;
      if (i > 0) name = a[i - 1] = `${a[i - 1]}`;
      a[i] = judged(el, name, a[i]);
      return a[i] === real ? undefined : go();
    };
    hook(E, /^setAttribute(NS)?$/, attribute);
    /* Frames and windows that a script makes (about:blank) have no guard. */
    const enter = (go) => {
      const it = go();
      try {
        const inside = it.defaultView || it;
        if (!real.has(inside.fetch) && /^ab/.test(inside.location)) {
          guard(inside);
        }
      } catch { /* of another origin */ }
      return it;
    };
    const reach = (el) => el?.localName === 'iframe' && !/^http/.test(el.src)
      && el.contentWindow;
    const put = (go, el, a) => {
      if (sheet(el)) {
        a.forEach((it, i) => {
          if (it?.data) it.data = css(it.data);
          else a[i] = css(it);
        });
      }
      const it = go();
      a.forEach(reach);
      return it;
    };
    for (const o of getOwnPropertyNames(w)) {
      if (!/^(HTML|SVG|CSS|Elem|Shad|Range|Char|Node$|Document$)/.test(o)) {
        continue;
      }
      hook(o, /^(src|imageS|href|data|poster)/, attribute, 'set');
      hook(o, /^(inn|out)erHTML/, change(clean), 'set');
      hook(o, /HTML|xtualF|execC/, change(clean));
      hook(o, /^(text|data|nodeV)/, change((s, el) => sheet(el) ? css(s) : s),
        'set');
      hook(o, /cssText/, change(css), 'set');
      hook(o, /pend$|appendC|insertB|^replaceC/, put);
      hook(o, /Rule$|^replace(Sync)?$|setProp/, change(css));
      hook(o, /^content[DW]/, enter, 'get');
    }
    hook(w, /^open$/, enter);
    hook(w, /^FontFace$/, change(css));
    hook('Document', /^write/, (go, self, a) => {
      a[0] = clean(a.splice(0).join(''));
      return go();
    });
    const parsed = (go) => sweep(go(), '');
    hook('DOMParser', /parse/, parsed);
    hook(w.Document, /parse/, parsed);

    /* Styles of attributes are looked at before they are used, frames are
       given a guard, and of scripts that the server holds, what others call of
       them: a function, a method, or a list. */
    const look = (el) => {
      const was = el.getAttribute('style'), to = css(was);
      if (to !== was) el.setAttribute('style', to);
      reach(el);
      el.dataset?.pcStubs?.split(' ').forEach((path) => {
        const [name, method] = path.split('.');
        const call = (...a) => { calls[MAX] || calls.push([path, a]); };
        w[name] ||= stubs[name] = method ? {} : method === '' ? [] : call;
        if (method && stubs[name]) stubs[name][method] = call;
      });
    };
    const watch = (root) => new MutationObserver((all) => {
      for (const { target, addedNodes, attributeName } of all) {
        if (attributeName) look(target);
        for (const el of addedNodes) {
          if (!el.localName) continue;
          look(el);
          el.querySelectorAll('[style],iframe').forEach(look);
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
      const pair = (a[0] = `${a[0]}`).split(';')[0].trim();
      const [name] = pair.split('=');
      jar.delete(name);
      return !/max-age=[-0]|expires=.+19\d\d /i.test(a[0])
        && keep(() => denied('k', name.trim()),
          () => jar.delete(name, go()), 1) ? void jar.set(name, pair) : go();
    }, 'set');
    hook('Document', /^cookie$/, (go) =>
      [go(), ...jar.values()].filter((s) => s).join('; '), 'get');
    const store = (kind) => (go, self, a) => {
      const still = () => denied(kind, a[0].name || `${a[0]}`);
      return keep(still, go, 1) ? undefined : go();
    };
    hook('CookieStore', /^set/, async (...a) => store('k')(...a));
    hook('Storage', /^setI/, store('l'));
    /* What was put in by property does not outlive the page. */
    const wipe = () => {
      for (const area of ['localStorage', 'sessionStorage']) {
        try {
          Object.keys(w[area]).forEach((name) =>
            denied('l', name) && w[area].removeItem(name));
        } catch { /* storage is switched off */ }
      }
    };
    wipe();
    w.addEventListener('pagehide', wipe);
    hook('IDBFactory', /^open/, (go, self, a) => {
      const name = a[0] = `${a[0]}`, request = go();
      if (denied('l', name)) {
        request.addEventListener('upgradeneeded', (e) => {
          e.stopImmediatePropagation();
          request.transaction.abort();
        });
      }
      return request;
    });

    hook(w.Function.prototype, /^toString/, (go, self) =>
      toString.call(real.get(self) || self));

    return judged;
  };


  /* pc.js lets go of what may go. */
  document.addEventListener('privacychoices', (e) => { e.detail.hold = hold; });

  learn(me.dataset.pcGuard);
  me.remove();
  hold.judge = guard(window);
})();

/*
 * The guard: holds what scripts would fetch or store and the visitor has not
 * allowed, until pc.js lets it go after a yes.  It is grace: what makes the
 * browser refuse is the policy.  It runs before any other script.
 *
 * ui/assets/guard.js is made of this file, by `make scripts`.
 */
(function itself(data) {
  const R = Reflect, property = R.getOwnPropertyDescriptor;
  const names = Object.getOwnPropertyNames;
  const fetch = self.fetch, blobs = new Map();
  const at = data.pcAt ||= location.href;
  /* A port that no browser connects to, of a host that policies allow. */
  const nowhere = new URL(at), host = nowhere.host;
  const EMPTY = 'data:text/css,#';
  const real = new WeakMap(), jar = new Map(), later = [];
  const news = [], calls = [], stubs = {};
  let types, known, holds = 0, answer = Promise.resolve();

  /* What a page may have us keep. */
  const MAX = 999;


  /* Rules, as core/consent_guard.h describes them; without any, all may go. */

  const learn = (text) => {
    const rows = (text || '').split('.');
    types = rows[0];
    known = text && new Set(rows.map((s) => parseInt(s, 36)));
  };

  /* Whether s begins with an entry: of its hash, 24 bits are known. */
  const has = (s, h = 0) => [...s].some((c) => known.has(
    (h = Math.imul(h ^ c.charCodeAt(), 99999) ^ h >>> 15) >>> 8));

  /* What ask.js and replay.js need. */
  const hold = { learn, later, news, data, fetch, stubs, calls };

  /* Rules have what is in use on the site.  So the server is asked about what
     is held, which waits for the answer where it can. */
  const tell = (...it) => {
    news.push(it);
    answer = answer.then(() => import(new URL(data.pcAsk, at)))
      .then((m) => m.ask(hold)).catch(() => {});
  };

  /* Of cookies the allowed names are known if unknown ones are denied. */
  const denied = (kind, name) => {
    const no = known && name
      && has(kind + name + '=') === (kind > 'k' || types.includes(kind));
    if (no && kind < 'l') tell('=' + name, () => denied(kind, name));
    return no;
  };

  /* Of [still, go, stored]: keeps what go() does while still() says so;
     stored: no request. */
  const keep = (...it) => it[0]() && (later[MAX] || later.push(it));

  /* What elements fetch for: directives of policies, by their first letters. */
  const TYPES = { script: 's', style: 'y', font: 'n', img: 'i', image: 'i',
    use: 'i', input: 'i', source: 'm', video: 'm', audio: 'm',
    track: 'm', embed: 'o', object: 'o', iframe: 'f', frame: 'f', link: 'y' };


  /* In each realm that is reached. */

  const guard = (w) => {
    const d = w.document;
    const text = w.Function.prototype.toString;
    /* Whether the policy refuses a URL.  Most are of the page itself. */
    const not = (url, type) => {
      let u;
      if (/^\/?\w[^:]*$/.test(url)) return;
      try {
        u = new URL(url, d ? d.baseURI : at);
      } catch { /* not a URL */ }
      if (!known || !/^[hw]/.test(u?.protocol)
          || u.host === host) {
        return;
      }
      const hosts = ['=' + u.hostname, '.' + u.hostname, '.'];
      const kind = `${type}`[0];
      u.hostname.replace(/\./g, (_, i, s) => hosts.push(s.slice(i)));
      const no = !hosts.some((host) =>
        has((types.includes(kind) ? kind : 'd') + host + u.pathname));
      if (no) tell('//' + u.host + u.pathname, () => not(url, type), type);
      return no;
    };

    /* f(go, self, args, name) stands for what go() does. */
    const hook = (o, some, f, get) => {
      o = w[o]?.prototype || o;
      for (const name of names(o)) {
        const was = some.test(name) && property(o, name);
        const kind = get || (was?.set ? 'set' : 'value'), fn = was?.[kind];
        if (!fn?.call) continue;
        const fake = was[kind] = new Proxy(fn, {
          apply: (_, self, a) => f(() => R.apply(fn, self, a), self, a, name),
          construct: (_, a, type) =>
            f(() => R.construct(fn, a, type), w, a, name),
        });
        real.set(fake, real.get(fn) || fn);
        R.defineProperty(o, name, was);
        if (fn.prototype?.constructor.name === fn.name) {
          fn.prototype.constructor = fake;
        }
      }
    };

    /* Each text among the arguments is changed; not where a site takes nothing
       but trusted types. */
    const change = (f) => (go, self, a) => {
      const was = a.splice(0);
      a.push(...was.map((s) => f(s, self)));
      try {
        return go();
      } catch {
        return go(Object.assign(a, was));
      }
    };


    /* Requests go to a port that no browser connects to.  Of promises, the
       answer is waited for. */
    const url = (i, type) => (go, self, a) => {
      const was = a[i], u = was?.url || `${was}`;
      const still = () => not(u, type);
      if (!still()) return go();
      a[i] = nowhere;
      return type[1] ? go() : answer.then(() => {
        if (!still()) a[i] = was;
        return go();
      });
    };
    for (const o of [w, 'WorkerGlobalScope']) {
      hook(o, /^fetch$/, url(0, 'c'));
      hook(o, /^imp/, url(0, 's!'));
      hook(o, /^(fetchL|EventS|Web[ST])/, url(0, 'c!'));
    }
    hook('XMLHttpRequest', /open/, url(1, 'c!'));
    /* Workers that are written by scripts have the guard in front, on their
       first line. */
    hook(w.URL, /eObj/, (go, self, a) => {
      const it = go();
      if (it) blobs.set(it, a[0]);
      else blobs.delete(a[0]);
      return it;
    });
    hook(w, /Worker$/, change((s) => {
      const blob = blobs.get(`${s}`);
      if (blob) {
        s = w.URL.createObjectURL(new Blob([
          `(${itself})(${JSON.stringify(data)});`, blob], blob));
        setTimeout(w.URL.revokeObjectURL, 9999, s);
      }
      return s;
    }));

    const store = (kind) => (go, self, a) => {
      const still = () => denied(kind, a[0].name || `${a[0]}`);
      if (!keep(still, go, 1)) return go();
    };
    hook('CookieStore', /^set/, async (...a) => store('k')(...a));
    hook('Storage', /^setI/, store('l'));
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
      text.call(real.get(self) || self));

    if (!d) return;


    /* Texts that fetch: styles, what to fetch ahead, and maps of modules. */
    const sheet = (el) => el && (el.localName
      ? /^style|nrules|rtmap/.test(el.localName + el.type)
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
          || !/^(src|images|xlink:h|href|data$|poster)/.test(name)) {
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
    const inner = property(w.Element.prototype, 'innerHTML');
    const blank = d.createElement('template');
    const clean = (html, at) => {
      if (sheet(at)) return css(html);
      if (!/\/\/|[\\&]/.test(html)) return html;
      const inert = blank.cloneNode(), was = holds;
      inner.set.call(inert, html);
      sweep(inert.content, 1);
      return holds > was ? inner.get.call(inert) : html;
    };


    hook(w, /^Audio$/, (go, self, a) => {
      const src = a.pop(), el = go();
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
    hook(w, /RTCPeer/, ice);
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
      if ((a[i] = judged(el, name, a[i])) !== real) return go();
    };
    /* Frames and windows that a script makes (about:blank), and those with no
       HTML in them, have no guard. */
    const enter = (go) => {
      const it = go();
      try {
        const inside = it.defaultView || it;
        if (!real.has(inside.fetch) && !/^h.*t.html$/.test(
          inside.location + inside.document.contentType)) guard(inside);
      } catch { /* of another origin */ }
      return it;
    };
    const reach = (el) => /^(?!http)/.test(el?.src) && el?.contentWindow;
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
    for (const o of names(w)) {
      if (!/^(HT|SV|CS|Ele|Sha|Ran|Char|Node$|Document$)/.test(o)) {
        continue;
      }
      hook(o, /^(src|imageS|href|data|poster|setAttr)/, attribute);
      hook(o, /HTML|xtualF|execC/, change(clean));
      hook(o, /^(text|data|nodeV)/, change((s, el) => sheet(el) ? css(s) : s));
      hook(o, /pend$|appendC|insertB|^replaceC/, put);
      hook(o, /cssT|Rule$|^replace(S|$)|setProp/, change(css));
      hook(o, /^content[DW]/, enter, 'get');
    }
    hook(w, /^open$/, enter);
    hook('Document', /^write/, (go, self, a) => {
      a[0] = clean(a.splice(0).join(''));
      return go();
    });
    for (const o of ['DOMParser', w.Document]) {
      hook(o, /parse/, (go) => sweep(go(), ''));
    }

    /* Styles of attributes are looked at before they are used, frames are
       given a guard, and of scripts that the server holds, what others call of
       them: a function, a method, or a list. */
    const look = (el) => {
      const was = el.getAttribute('style');
      if (css(was) !== was) el.setAttribute('style', was);
      reach(el);
      el.dataset?.pcStubs?.split(' ').forEach((path) => {
        const [name, method] = path.split('.');
        const call = (...a) => { calls[MAX] || calls.push([path, a]); };
        w[name] ||= stubs[name] = method ? {} : method === '' ? [] : call;
        if (method && stubs[name]) stubs[name][method] = call;
      });
    };
    const watch = (root) => new MutationObserver((all) => {
      for (let { target, addedNodes, attributeName } of all) {
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
    hook('Element', /attachS/, (go) => {
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
    });
    hook('Document', /^cookie$/, (go) =>
      [go(), ...jar.values()].filter((s) => s).join('; '), 'get');
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
    return judged;
  };


  /* pc.js lets go of what may go. */
  addEventListener('privacychoices', (e) => { e.detail.hold = hold; });

  nowhere.port = 1;
  learn(data.pcGuard);
  hold.judge = guard(self);
})(document.currentScript.dataset);
document.currentScript.remove();

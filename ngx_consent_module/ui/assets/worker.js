/*
 * In front of a service worker of the site's: pages that it makes or keeps get
 * the policy of the choice as it is now, as those do that the server sends, and
 * those that it makes the guard.
 * now: what GET policy says, as it was when this was sent; prefix: of that;
 * mark: changes whenever this worker is to take the place of one that runs.
 */
((now, prefix, mark) => {
  'use strict';

  const { FetchEvent, InstallEvent, Request, Response, Headers, Promise,
    Reflect, Date, fetch, setTimeout, indexedDB, location } = globalThis;
  const fetching = FetchEvent?.prototype, once = Symbol.for(prefix);

  /* Modules that a worker imports run before it, and have this in front too. */
  if (!fetching || fetching[once]) return;
  Reflect.defineProperty(fetching, once, { value: true });

  const { apply } = Reflect, { blob } = Response.prototype;
  const getter = (o, name) => {
    const { get } = Reflect.getOwnPropertyDescriptor(o.prototype, name);
    return (self) => apply(get, self, []);
  };
  const requestOf = getter(FetchEvent, 'request');
  const [mode, destination, method, address] =
    ['mode', 'destination', 'method', 'url'].map((name) =>
      getter(Request, name));
  const [type, url, status, statusText, redirected, headers, body] =
    ['type', 'url', 'status', 'statusText', 'redirected', 'headers', 'body']
      .map((name) => getter(Response, name));

  const STATE = 'Consent-State', KINDS = ['Content-Security-Policy',
    'Content-Security-Policy-Report-Only'];

  /* What has a policy of its own. */
  const HAS = /^navigate | (document|i?frame|fencedframe|embed|object|worker|sharedworker)$/;

  const own = (r) => type(r) === 'basic'
    && url(r).startsWith(`${location.origin}/`);
  const ours = (policy) => policy.includes(`report-uri ${prefix}report`);


  /* What has just come from the server says all itself. */

  const fresh = new WeakMap();

  const load = (...args) => apply(fetch, globalThis, args).then((r) => {
    if (own(r)) fresh.set(r, Date.now());
    return r;
  });

  if (fetch) {
    globalThis.fetch = new Proxy(fetch, {
      apply: (_, self, args) => load(...args) });
  }

  /* The choice may have changed: it is asked for each time, but not waited for
     where there is no network. */

  const policy = () => Promise.race([
    apply(fetch, globalThis, [`${prefix}policy`, { cache: 'no-store' }])
      .then((r) => r.ok ? r.json() : now),
    new Promise((go) => setTimeout(go, 3000, now)),
  ]).catch(() => now);


  /* What the worker has made has no guard yet.  It is the first thing behind
     the doctype, unless a policy of the worker's might refuse it. */

  const START = /^(\xef\xbb\xbf)?(\s|<!doctype[^>]*>|<!--[^]*?-->)*/i;

  const lead = async (r, tag) => {
    const all = await apply(blob, r, []);
    const head = new Uint8Array(await all.slice(0, 999).arrayBuffer());
    const at = START.exec(String.fromCharCode(...head))[0].length;
    return new Blob([all.slice(0, at), tag, all.slice(at)]);
  };

  /* The response with the headers of now in the place of ours of then. */

  const dress = async (r, said, to, made) => {
    const h = new Headers(said);
    for (const name of KINDS) {
      const rest = (h.get(name) || '').split(',').filter((one) =>
        one.trim() && !ours(one));
      h.delete(name);
      if (rest[0]) h.set(name, rest.join(','));
    }
    h.delete(STATE);
    if (to.state) h.set(STATE, to.state);
    to.headers.forEach(([name, value]) => h.append(name, value));
    const leads = made && to.guard && body(r) && !KINDS.some((name) =>
      said.has(name));
    return new Response(leads ? await lead(r, to.guard) : body(r), {
      status: status(r), statusText: statusText(r), headers: h });
  };

  const check = async (request, made) => {
    const r = await made;
    const kind = r instanceof Response && type(r);
    if (!/^(default|basic|cors)$/.test(kind) || redirected(r)
        || status(r) > 299 && status(r) < 400
        || Date.now() - fresh.get(r) < 5000) return r;

    const to = await policy(), said = headers(r), from = url(r);
    const same = (said.get(STATE) || '') === to.state;
    const page = /^(text\/html|application\/xhtml)/i.test(
      said.get('Content-Type'));

    /* A page of another choice is made for that one: it is asked for again. */
    if (!same && page && own(r) && method(request) === 'GET'
        && from.split('#')[0] === address(request).split('#')[0]) {
      const other = await load(request).catch(() => null);
      if (other && status(other) < 500) return other;
    }
    return same && from && to.headers.every(([name]) =>
      !KINDS.includes(name) || (said.get(name) || '').split(',').some(ours))
      ? r : dress(r, said, to, page && !from);
  };

  const { respondWith } = fetching;

  fetching.respondWith = new Proxy(respondWith, {
    apply(_, self, args) {
      const request = requestOf(self);
      if (HAS.test(`${mode(request)} ${destination(request)}`)) {
        args[0] = check(request, args[0]);
      }
      return apply(respondWith, self, args);
    },
  });


  /* Routes that lead to a cache lead to no event. */

  const installing = InstallEvent?.prototype, add = installing?.addRoutes;

  if (add) {
    const tame = (source) => ({ condition, ...rest }) => ({ condition, ...rest,
      ...(typeof rest.source !== 'string' || /cache/.test(rest.source))
        && HAS.test(` ${condition?.requestDestination ?? 'document'}`)
        && { source } });
    installing.addRoutes = new Proxy(add, {
      apply(_, self, [rules]) {
        const go = (source) => apply(add, self, [[rules].flat()
          .map(tame(source))]);
        return go('fetch-event').catch(() => go('network'));
      },
    });
  }


  /* A worker has the policy that it came with: for another choice it is
     replaced at once, and not when its last page is closed. */

  const swap = (key) => new Promise((go, fail) => {
    const open = indexedDB.open('privacy-choices', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('workers');
    open.onerror = fail;
    open.onsuccess = () => {
      const work = open.result.transaction('workers', 'readwrite');
      const store = work.objectStore('workers'), was = store.get(key);
      was.onsuccess = () => store.put(mark, key);
      work.onabort = fail;
      work.oncomplete = () => {
        open.result.close();
        go(was.result);
      };
    };
  });

  globalThis.addEventListener('install', (e) => {
    const { registration } = globalThis;
    e.waitUntil(swap(registration.scope).catch(() => '').then((was) =>
      was !== mark && registration.active && globalThis.skipWaiting()));
  });
})

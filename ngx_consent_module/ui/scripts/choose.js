/*
 * Takes a choice to the server and makes the page what it says.  pc.js asks
 * for it when somebody comes near the answers: a first page does without.
 *
 * page: what pc.js knows; el the element, without one a page of our own.
 */

const d = document, w = window;
const list = (s) => (s || '').split(' ').filter(Boolean);
const named = (on) => (s) => Object.keys(s).filter((id) => s[id] === on);
const ons = named(true), offs = named(false);


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


/* Makes the page what state s says. */

const tried = new WeakSet();

export async function apply(page, el, s) {
  const was = el.dataset, on = ons(s.services), off = offs(s.services);
  const lost = list(was.pcGranted).some((p) => !s.granted.includes(p))
    || list(was.pcOn).some((id) => !on.includes(id))
    || off.some((id) => !list(was.pcOff).includes(id));

  const more = s.granted.some((p) => !list(was.pcGranted).includes(p))
    || on.some((id) => !list(was.pcOn).includes(id));

  page.now = s;
  was.pcState = s.state;
  was.pcGranted = s.granted.join(' ');
  was.pcOn = on.join(' ');
  was.pcOff = off.join(' ');

  clear(s);
  if (!s.asks) rest(el.shadowRoot, el);
  d.dispatchEvent(new CustomEvent('privacychoices',
    { bubbles: true, detail: s }));

  if (d.readyState === 'loading') {
    await new Promise((go) => d.addEventListener('DOMContentLoaded', go));
  }
  const els = held(s), post = 'pcPost' in was;
  els.forEach((it) => tried.add(it));
  let again = !post
    && (lost || ('pcCsp' in was && (els[0] || page.violated)));
  page.found?.();
  if (!again) (await page.standing)?.hide(s);
  if (s.hold || (els[0] && !again)) {
    again = await import(s.replay)
      .then(({ revive }) => revive(was, els, s, more, again))
      .catch(() => !post);
  }
  if (again) w.location.reload();
  else if (more) page.given = w.location.href;
}

/* What turns up after the answer: of a page that was fetched before it, or
   kept. */

export function look(page) {
  if (held(page.now).some((it) => !tried.has(it))) {
    apply(page, page.el, page.now);
  }
}

/* A page that was kept may be of another choice. */

export async function again(page, el) {
  const s = await fetch(el.dataset.pcPrefix + 'state')
    .then((answer) => answer.json()).catch(() => null);
  if (s && s.state !== el.dataset.pcState) apply(page, el, s);
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

function settle(kind, s, back) {
  clear(s);
  if (kind === 'held' && w.parent !== w) {
    w.parent.postMessage({ privacyChoices: s }, w.location.origin);
    setTimeout(() => w.parent.location.reload(), 3000);
  } else {
    w.location.assign(back || './');
  }
}

export async function choose(page, el, form, button) {
  const s = await send(form, button.value);
  await page.painted;
  if (el) apply(page, el, s);
  else settle(page.kind, s, new FormData(form).get('return'));
}

/*
 * Asks the server about what the guard holds: it knows then that this is in
 * use here, and says what of it the visitor has allowed.  The guard loads this
 * when it holds something.
 */

/* Some of what was held may go: in place; or, as a page's policy never
   changes, and some requests have failed, by one reload, if the page is no
   answer to a form, and nobody has begun with it or loaded it anew.  A step to
   another path is a new page, if nothing was typed yet and nothing plays. */

let path = location.pathname, stepped;

self.navigation?.addEventListener('currententrychange', () => {
  if (path !== location.pathname) stepped = performance.now();
  path = location.pathname;
});

/* What the last page saw of a visitor counts as activation here as well. */
const had = (...types) => performance.eventCounts
  ? types.some((type) => performance.eventCounts.get(type))
  : navigator.userActivation?.hasBeenActive;

const plays = (el) => !el.paused && !el.ended && !el.muted;

const fresh = (was) => !('pcPost' in was)
  && (performance.now() - stepped < 3000
    ? !had('input')
      && ![...document.querySelectorAll('audio,video')].some(plays)
    : performance.getEntriesByType('navigation')[0]?.type === 'navigate'
      && !had('pointerdown', 'keydown'));

/* A page has that many questions; of a host, only scripts are asked about one
   by one. */

const MAX = 64, asked = new Set();

const first = ([name, , type]) => {
  const key = type === 's' ? name : type + name.replace(/(\w)\/.*/, '$1');
  return asked.size < MAX && asked.size < asked.add(key).size;
};

/*
 * hold.news: of each thing held, its name ("//", host and path, or "=" and a
 * cookie), whether it is to be held, and for a URL its type, "c!" if it has
 * failed.
 */

export async function ask(hold) {
  const held = hold.news.splice(0).filter(first), { data } = hold;
  if (!held[0]) return;
  const body = JSON.stringify({ held: held.map(([name]) => name) });
  const answer = await hold.fetch.call(self,
    new URL('../../report', import.meta.url), { method: 'POST', body });
  if (answer.status !== 200) return;
  const s = await answer.json(), policy = 'pcCsp' in data;
  /* A worker has the policy that its page had. */
  if (!self.document) return policy || hold.learn(data.pcGuard = s.guard);
  const { release } = await import(s.replay), before = data.pcGuard;
  release({ ...s, hold }, policy);
  const late = held.some(([, still, type]) =>
    (policy ? type : type === 'c!') && !still());
  /* The policy of this page would refuse it, and say so. */
  if (late && policy) hold.learn(data.pcGuard = before);
  if (late && fresh(data)) {
    location.reload();
    /* Nothing fails any more. */
    await new Promise((go) => setTimeout(go, 5000));
  }
}

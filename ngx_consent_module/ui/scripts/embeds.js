/*
 * Says what is missing where a script of the page asked for what the policy
 * refused: the markup does not name that.  Of a script, the server knows what
 * it fills; a frame is there.
 */

const d = document;
const known = new Set();
let asking = [];

async function ask(page, fills, host) {
  const urls = asking.splice(0, 16)
    .map((url) => `url=${encodeURIComponent(url)}`);
  const more = await fetch(`${host.dataset.pcPrefix}fills?${urls.join('&')}`)
    .then((answer) => answer.json()).catch(() => []);
  if (more[0]) fills.show(page, host, more);
}

/* The guard asks the server about what it holds, and knows when to load the
   page anew: a policy is older than what is first seen in its page.  What is
   made here is never put anywhere. */

function hint(url, frame) {
  const el = d.createElement(frame ? 'iframe' : 'link');
  el.as = 'script';
  el[frame ? 'src' : 'href'] = url;
}

export function refused(page, fills, host, url, frame) {
  if (!frame) {
    hint(url);
    if (known.has(url) || known.size === 64) return;
    known.add(url);
    if (!asking[0]) setTimeout(ask, 200, page, fills, host);
    asking.push(url);
    return;
  }
  for (const el of d.querySelectorAll('iframe')) {
    if (el.src.startsWith(url)) {
      hint(el.src, frame);
      el.src = fills.place(host, { url: el.src });
    }
  }
}

// Leads clicks on links to other sites through the site itself, where its
// Connection-Allowlist lets nothing else pass.  The page and its scripts see
// links as they are: the address is another one only while the browser reads
// it.

(() => {
  const w = window, { dataset } = document.currentScript;
  const own = dataset.pcOwn.split(' ');
  const key = dataset.pcKey;
  const within = (host) => own.some((o) => host === o
                                           || host.endsWith('.' + o));

  const lead = (event) => {
    if (!event.isTrusted || event.defaultPrevented) {
      return;
    }

    const link = event.composedPath().find(
      (node) => /^(a|area)$/.test(node.localName) && node.href);
    const name = link && (link.hasAttribute('href') ? 'href' : 'xlink:href');
    const was = link && link.getAttribute(name);

    if (was === null || was === undefined) {
      return;
    }

    let url;

    try {
      url = new URL(was, link.baseURI);
    } catch {
      return;
    }

    if (!/^https?:$/.test(url.protocol) || within(url.hostname)) {
      return;
    }

    link.setAttribute(name, w.location.origin + dataset.pcOut + '?to='
                            + encodeURIComponent(url.href)
                            + (key ? '&key=' + key : ''));
    setTimeout(() => link.setAttribute(name, was));
  };

  w.addEventListener('click', lead);
  w.addEventListener('auxclick', lead);
})();

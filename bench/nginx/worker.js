// HTMLRewriter (lol-html) in workerd, as a proxy: takes away elements whose
// URL is of one of the hosts.  Same job as bench/peers.mjs.

import hosts from 'hosts';

const denied = new Set(hosts);

function isDenied(value) {
    const found = /^\s*(?:https?:)?\/\/([^/?#\s:]+)/i.exec(value ?? '');
    const labels = found ? found[1].toLowerCase().split('.') : [];

    return labels.some((_, i) => denied.has(labels.slice(i).join('.')));
}

const remove = {
    element(element) {
        if (['src', 'href', 'srcset', 'data'].some((name) =>
            isDenied(element.getAttribute(name)))) {
            element.remove();
        }
    },
};

export default {
    async fetch(request, env) {
        let rewriter = new HTMLRewriter();

        for (const name of ['script', 'iframe', 'img', 'link', 'source',
                            'embed', 'input', 'track']) {
            rewriter = rewriter.on(name, remove);
        }

        return rewriter.transform(await env.UP.fetch(request));
    },
};

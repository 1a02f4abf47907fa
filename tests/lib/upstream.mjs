// A site of a few pages, and nginx with the module before it, for the tests
// of what visitors see.

import http from 'node:http';

import { closeBrowser, closeContext, launchBrowser, newVisitor }
    from './browser.mjs';
import { freePort, root, startNginx } from './nginx.mjs';
import { startSink } from './sink.mjs';

// pages: { '/path': html or { html, headers, after } }, after so many
// milliseconds; servers: { name: 'directives of the server' }, each reached as
// http://NAME.site.example/.  Without a name: the site itself, as
// http://plain.site.example/.

export async function startSite(pages, servers, { rules = '' } = {}) {
    const site = http.createServer((request, response) => {
        const { pathname } = new URL(request.url, 'http://x');
        const page = pages[pathname];

        setTimeout(() => {
            response.writeHead(page ? 200 : 204, {
                'Content-Type': 'text/html; charset=utf-8',
                ...page?.headers,
            });
            response.end(page?.html ?? page);
        }, page?.after ?? 0);
    });

    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

    const ports = { plain: site.address().port };

    for (const name of Object.keys(servers)) {
        ports[name] = await freePort();
    }

    const nginx = await startNginx((prefix) => Object.entries(servers).map(
        ([name, directives]) => `
    server {
        listen 127.0.0.1:${ports[name]};
        consent enforce;
        consent_rules ${root}/rules/*.json ${rules};
        consent_record ${prefix}/${name}.jsonl;
        ${directives}
        location / {
            proxy_pass http://127.0.0.1:${ports.plain};
            proxy_set_header Host $host;
        }
    }`).join(''), Object.values(ports).at(-1));

    const sink = await startSink();
    const map = Object.fromEntries(Object.entries(ports).map(
        ([name, port]) => [`${name}.site.example`, port]));
    const browser = await launchBrowser({ map, sink: sink.port });

    // fn(tab, context) with a fresh profile; tab.said: what the console got.

    async function visit(name, path, fn, { javascript = true, width = 1280,
                                           height = 800, features = [],
                                           lang, before,
                                           waitUntil = 'load' } = {}) {
        const { context, tab } = await newVisitor(browser,
                                                  { javascript, features });

        tab.said = [];
        tab.on('console', (line) => tab.said.push(line.text()));
        tab.on('pageerror', (error) => tab.said.push(error.message));

        await tab.setViewport({ width, height });

        if (lang) {
            await tab.setExtraHTTPHeaders({ 'Accept-Language': lang });
        }

        await before?.(tab);

        try {
            await tab.goto(`http://${name}.site.example${path}`,
                           { waitUntil });
            return await fn(tab, context);
        } finally {
            await closeContext(context);
        }
    }

    return {
        ports,
        nginx,
        sink,
        visit,
        async stop() {
            await closeBrowser(browser);
            await sink.stop();
            await nginx.stop();
            site.closeAllConnections();
            site.close();
        },
    };
}

// An element of the banner, inside its shadow root.

export function inBanner(selector) {
    return `privacy-choices >>> ${selector}`;
}

// Until check() is true; false after a while.

export async function until(check, milliseconds = 8000) {
    const end = Date.now() + milliseconds;

    while (Date.now() < end) {
        const value = await Promise.resolve().then(check).catch(() => false);

        if (value) {
            return value;
        }

        await new Promise((resolve) => setTimeout(resolve, 50));
    }

    return false;
}

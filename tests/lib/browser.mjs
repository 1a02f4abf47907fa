// A browser for tests: every host but the named ones leads to the sink.
// CONSENT_BROWSER=firefox chooses Firefox, by WebDriver BiDi; else Chromium:
// its headless shell, which costs a third, where its engine alone matters,
// and the whole browser where a test asks for it, or CONSENT_BROWSER=chromium
// for all.

import { need } from './modules.mjs';

const puppeteer = need('puppeteer-core');

// What only Chromium's own protocol can do, tests leave out in Firefox.

export const firefox = process.env.CONSENT_BROWSER === 'firefox';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const shell = process.env.CONSENT_BROWSER === 'chromium' ? chromium
    : '/usr/bin/chromium-headless-shell';

function launch(options) {
    return (puppeteer.default ?? puppeteer).launch(options);
}

// Firefox asks a script which proxy a host has: plain HTTP to a proxy is what
// a server is asked as well, and other names end in the sink.

function proxies(map, sink) {
    return `function FindProxyForURL(url, host) {
        var map = ${JSON.stringify({ '127.0.0.1': 0, ...map })};
        var port = map.hasOwnProperty(host) ? map[host] : ${sink};
        return port ? 'PROXY 127.0.0.1:' + port : 'DIRECT';
    }`;
}

function launchFirefox(map, sink, prefs) {
    return launch({
        browser: 'firefox',
        executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
        headless: true,
        acceptInsecureCerts: true,
        extraPrefsFirefox: {
            'network.proxy.type': 2,
            'network.proxy.autoconfig_url': 'data:application/'
                + 'x-ns-proxy-autoconfig,'
                + encodeURIComponent(proxies(map, sink)),
            'network.captive-portal-service.enabled': false,
            'network.connectivity-service.enabled': false,
            'services.settings.server': '',
            'extensions.systemAddon.update.enabled': false,
            'browser.safebrowsing.malware.enabled': false,
            'browser.safebrowsing.phishing.enabled': false,
            ...prefs,
        },
    });
}

// map: { 'www.example.com': port }; sink: a port.

// whole: preconnect, prefetch, prerender and what else the shell leaves out is
// of interest.  ahead: so is what browsers connect to ahead of time.

export async function launchBrowser({ map = {}, sink, args = [],
                                      whole = false, ahead = false }) {
    if (firefox) {
        const others = {};
        const browser = await launchFirefox(map, sink, {});

        /* What others are set for a visitor, one has for as long as it runs. */
        browser.others = others;
        browser.other = (prefs) => others[JSON.stringify(prefs)]
            ??= launchFirefox(map, sink, prefs);
        return browser;
    }

    const rules = [
        ...Object.entries(map).map(([host, port]) =>
            `MAP ${host} 127.0.0.1:${port}`),
        `MAP * 127.0.0.1:${sink}`,
        'EXCLUDE 127.0.0.1',
    ];

    return launch({
        executablePath: whole || ahead ? chromium : shell,
        headless: true,
        ignoreDefaultArgs: ahead ? ['--disable-background-networking'] : [],
        args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--disable-dev-shm-usage',
            '--no-first-run',
            ...ahead ? [] : ['--disable-background-networking'],
            '--disable-component-update',
            '--disable-default-apps',
            '--disable-sync',
            '--disable-features=Translate,OptimizationHints,MediaRouter,'
                + 'AutofillServerCommunication',
            '--ignore-certificate-errors',
            `--host-resolver-rules=${rules.join(', ')}`,
            ...args,
        ],
    });
}

// A real click, where the node is drawn: puppeteer's own asks pages for their
// size, which in quirks mode may be another.

export async function clickOn(tab, node) {
    const at = await node.evaluate((it) => {
        it.scrollIntoView({ block: 'nearest' });

        const { x, y, width, height } = it.getBoundingClientRect();

        return [x + width / 2, y + height / 2];
    });

    await tab.mouse.click(...at);
}

// In a Firefox without scripts, puppeteer's own helpers in the page don't run.

function plain(tab) {
    const find = (selector) => {
        const [first, ...inner] = selector.split(' >>> ');

        return inner.reduce((node, part) => node?.shadowRoot
            ?.querySelector(part), document.querySelector(first));
    };
    const source = `(${find})`;

    tab.$ = async (selector) => {
        const handle = await tab.evaluateHandle(
            `${source}(${JSON.stringify(selector)}) ?? null`);
        const node = handle.asElement();

        if (node) {
            node.click = () => clickOn(tab, node);
        }

        return node;
    };

    tab.$eval = async (selector, fn, ...args) =>
        (await tab.$(selector)).evaluate(fn, ...args);

    tab.waitForSelector = async (selector, { timeout = 8000 } = {}) => {
        for (const end = Date.now() + timeout; Date.now() < end;) {
            const node = await tab.$(selector).catch(() => null);

            if (node) {
                return node;
            }

            await sleep(50);
        }

        throw new Error(`${selector} does not come`);
    };
}

// What Firefox is told by preferences, Chromium is told by its protocol.

const told = {
    'prefers-color-scheme: dark':
        { 'layout.css.prefers-color-scheme.content-override': 0 },
    'forced-colors: active': { 'browser.display.document_color_use': 2 },
    'prefers-reduced-motion: reduce': { 'ui.prefersReducedMotion': 1 },
};

// A visitor with an empty profile.  features: of media, by name and value.

export async function newVisitor(browser, { javascript = true,
                                            features = [] } = {}) {
    if (firefox) {
        return newFirefoxVisitor(browser, javascript, features);
    }

    const context = await browser.createBrowserContext();
    const tab = await context.newPage();

    if (features.length) {
        const cdp = await tab.createCDPSession();

        await cdp.send('Emulation.setEmulatedMedia', { features });
    }

    await tab.setJavaScriptEnabled(javascript);

    return { context, tab };
}

async function newFirefoxVisitor(browser, javascript, features) {
    const wanted = features.map(({ name, value }) => told[`${name}: ${value}`])
        .filter(Boolean);
    const from = javascript && !wanted.length ? browser : await browser.other({
        'javascript.enabled': javascript,
        'layout.css.prefers-color-scheme.content-override': 1,
        ...Object.assign({}, ...wanted),
    });
    const context = await from.createBrowserContext();
    const tab = await context.newPage();

    if (!javascript) {
        plain(tab);
    }

    return { context, tab };
}

// Chromium does not always answer to this: it need not, as it ends in time.

export async function closeContext(context) {
    let timer;
    const enough = new Promise((resolve) => {
        timer = setTimeout(resolve, 5000);
    });

    await Promise.race([context.close().catch(() => {}), enough]);
    clearTimeout(timer);
}

export async function closeBrowser(browser) {
    for (const other of Object.values(browser.others ?? {})) {
        await (await other).close();
    }

    await browser.close();
}

export function sleep(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

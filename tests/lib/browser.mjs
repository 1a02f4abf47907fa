// Chromium for tests: every host but the named ones leads to the sink.

import { need } from './modules.mjs';

const puppeteer = need('puppeteer-core');

// map: { 'www.example.com': port }; sink: a port.

export function launchBrowser({ map = {}, sink, args = [] }) {
    const rules = [
        ...Object.entries(map).map(([host, port]) =>
            `MAP ${host} 127.0.0.1:${port}`),
        `MAP * 127.0.0.1:${sink}`,
        'EXCLUDE 127.0.0.1',
    ];

    return (puppeteer.default ?? puppeteer).launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        headless: true,
        args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--disable-dev-shm-usage',
            '--no-first-run',
            '--disable-background-networking',
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

export function sleep(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

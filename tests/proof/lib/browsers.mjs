// The browsers of the proof.  Of Chromium every host leads to the world, name
// by name; of Firefox, whose names can't be mapped to ports, the world is the
// proxy: a name that it looks up beforehand is not seen there.

import fs from 'node:fs';

import { launchBrowser } from '../../lib/browser.mjs';
import { need } from '../../lib/modules.mjs';

const puppeteer = need('puppeteer-core');

const quiet = {
    'app.update.enabled': false,
    'browser.contentblocking.category': 'custom',
    'browser.region.network.url': '',
    'browser.safebrowsing.downloads.remote.enabled': false,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.search.update': false,
    'datareporting.healthreport.uploadEnabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'extensions.getAddons.cache.enabled': false,
    'extensions.update.enabled': false,
    'media.gmp-manager.updateEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'network.cookie.cookieBehavior': 0,
    'network.trr.mode': 5,
    'privacy.trackingprotection.enabled': false,
    'privacy.trackingprotection.pbmode.enabled': false,
    'services.settings.server': 'data:,',
    'toolkit.telemetry.enabled': false,
};

function firefox(world, scripts) {
    return (puppeteer.default ?? puppeteer).launch({
        browser: 'firefox',
        executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
        headless: true,
        acceptInsecureCerts: true,
        extraPrefsFirefox: {
            ...quiet,
            'javascript.enabled': scripts,
            'network.proxy.allow_hijacking_localhost': true,
            'network.proxy.http': '127.0.0.1',
            'network.proxy.http_port': world.port,
            'network.proxy.no_proxies_on': '',
            'network.proxy.ssl': '127.0.0.1',
            'network.proxy.ssl_port': world.port,
            'network.proxy.type': 1,
        },
    });
}

export const browsers = {
    Chromium: {
        there: () => fs.existsSync(process.env.CHROMIUM
                                   ?? '/usr/bin/chromium'),
        launch: (world) => launchBrowser({ sink: world.port, whole: true }),
    },
    Firefox: {
        there: () => fs.existsSync(process.env.FIREFOX
                                   ?? '/usr/bin/firefox-esr'),
        launch: firefox,
    },
};

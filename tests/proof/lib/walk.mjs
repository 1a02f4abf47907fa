// One visit to a site by one visitor: what was asked for and stored, in
// phases, and what the console said.

import { fetchRaw } from '../../lib/nginx.mjs';

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

// Whether the page is there.  The page is not asked: what the driver evaluates
// counts as a visitor's doing.

function follow(tab) {
    const page = { there: true };
    const main = (request) => request.isNavigationRequest()
        && request.frame() === tab.mainFrame();

    tab.on('request', (request) => {
        page.there &&= !main(request);
    });
    tab.on('requestfailed', (request) => {
        page.there ||= main(request);
    });
    tab.on('load', () => {
        page.there = true;
    });

    return page;
}

// Until the page is there and the world has heard nothing for a while.

async function quiet({ world, page }, least = 500) {
    const end = Date.now() + 15000;
    let seen = -1;

    await sleep(least);

    while (Date.now() < end) {
        if (page.there && world.log.length === seen) {
            return;
        }

        seen = page.there ? world.log.length : -1;
        await sleep(700);
    }
}

// Shadow roots hide the banner; its buttons are pressed as a person does.

async function press(tab, selector) {
    const element = await tab.waitForSelector(selector, { timeout: 10000 });

    await element.evaluate((node) => node.scrollIntoView?.({ block: 'center' }))
        .catch(() => {});
    await element.click();
}

const inBanner = (value) => `privacy-choices >>> button[value=${value}]`;

// Where no script may run, not even the driver's: the form by itself.

async function byForm({ context, host, port, cookie }, body) {
    const answer = await fetchRaw(port, '/privacy-choices/choice', {
        method: 'POST', body,
        headers: {
            Host: host, Origin: `https://${host}`,
            'Content-Type': 'application/x-www-form-urlencoded',
            ...cookie && { Cookie: cookie },
        },
    });
    const set = [answer.headers['set-cookie'] ?? []].flat()
        .find((line) => line.startsWith('privacy_choice='));

    if (answer.status !== 303 || !set) {
        throw new Error(`the choice was not taken: ${answer.status}`);
    }

    const value = set.split(';')[0].slice('privacy_choice='.length);

    await context.setCookie({ name: 'privacy_choice', value, domain: host,
                              path: '/', secure: true, httpOnly: true,
                              sameSite: 'Lax' });
}

async function answer(visit, choice) {
    const { tab, host, driven } = visit;

    if (!driven) {
        const body = choice === 'accept' || choice === 'reject'
                     || choice === 'withdraw'
                     ? `action=${choice}` : `action=save&granted=${choice}`;

        await byForm(visit, body);
        await tab.goto(`https://${host}${visit.bed.pages[0]}`);
        return;
    }

    if (choice === 'accept' || choice === 'reject') {
        await press(tab, inBanner(choice));
        await quiet(visit, 1500);
        return;
    }

    await tab.goto(`https://${host}/privacy-choices/?all=1&return=`
                   + encodeURIComponent(visit.bed.pages[0]));

    if (choice !== 'withdraw') {
        await press(tab, `input[name=granted][value=${choice}]`);
    }

    // what is still under way was sent before the choice
    await quiet(visit);
    visit.before();

    await Promise.all([
        tab.waitForNavigation().catch(() => {}),
        press(tab, `button[value=${choice === 'withdraw' ? choice : 'save'}]`),
    ]);
}

// Every page of the bed: by its links where scripts may run, so that sites
// that fetch their pages do; then what visitors do there.

async function walk(visit) {
    const { tab, host, bed, driven } = visit;

    for (const [i, page] of bed.pages.entries()) {
        const link = driven && i
                     && await tab.$(`a[href="${page}"], a[href="${
                         page.replace(/(?<=.)\/$/, '')}"]`);

        if (link) {
            await link.evaluate((node) => node.click());
        } else if (i || visit.fresh) {
            await tab.goto(`https://${host}${page}`);
        }

        visit.fresh = true;
        await quiet(visit);

        for (const act of driven ? bed.acts?.[page] ?? [] : []) {
            await act(tab);
            await quiet(visit);
        }
    }
}

async function stored({ tab, context, host, driven }) {
    const site = host.split('.').slice(-2).join('.');
    const cookies = (await context.cookies()).filter(({ domain }) =>
        domain.replace(/^\./, '').endsWith(site));
    const found = { cookies: cookies.map(({ name }) => name), local: [],
                    session: [] };

    if (driven) {
        Object.assign(found, await tab.evaluate(() => ({
            local: Object.keys(localStorage),
            session: Object.keys(sessionStorage),
        })));
    }

    return found;
}

// What errors say, without what differs from visit to visit.

function plain(text) {
    return text.replace(/https?:\/\/[^\s'")]+/g, (url) => {
        try {
            const { host, pathname } = new URL(url);

            return host + pathname;
        } catch {
            return url;
        }
    }).replace(/:\d+:\d+/g, '').replace(/^\[object (\w+)\]$/, '$1')
        .slice(0, 400);
}

async function phase(visit, choice, granted) {
    return { choice, granted, log: visit.world.log.slice(),
             stored: await stored(visit) };
}

// plan: [{ choice?, granted }]; each entry is a phase.  Returns phases with
// the log of each, and what is stored at the end of it; the last one takes
// some seconds more where enough(phase) says that something is not there.

export async function visitSite({ browser, world, bed, host, port, plan,
                                  scripts, driven, enough = () => true }) {
    const context = await browser.createBrowserContext();
    const tab = await context.newPage();
    const visit = { context, tab, world, bed, host, port, driven,
                    page: follow(tab) };
    const errors = new Set();
    const phases = [];

    tab.on('console', (line) => {
        const text = line.text();
        const from = line.location()?.url ?? '';

        // an icon that a site does not have is asked for by the browser, once
        if (line.type() === 'error' && !from.endsWith('/favicon.ico')) {
            errors.add(plain(/^Failed to load resource/.test(text)
                ? `${text} ${from}` : text));
        }
    });
    tab.on('pageerror', (error) => errors.add(plain(`${error?.message}`)));

    try {
        if (!scripts && driven === undefined) {
            await tab.setJavaScriptEnabled(false);
            visit.driven = true;
        }

        await tab.setViewport({ width: 1280, height: 800 }).catch(() => {});

        visit.before = () => {
            phases.at(-1).log.push(...world.log.splice(0));
        };

        for (const { choice, granted, stop } of plan) {
            world.log.length = 0;

            if (choice) {
                await answer(visit, choice);
            } else {
                await tab.goto(`https://${host}${bed.pages[0]}`);
                await quiet(visit);
            }

            if (!stop) {
                visit.fresh = Boolean(choice) && choice !== 'accept';
                await walk(visit);
            }

            phases.push(await phase(visit, choice, granted));
        }

        for (let i = 0; i < 8 && !enough(phases.at(-1)); i++) {
            const { choice, granted } = phases.pop();

            await sleep(1000);
            phases.push(await phase(visit, choice, granted));
        }
    } finally {
        await context.close();
        await sleep(500);
        world.log.length = 0;
    }

    return { phases, errors: [...errors] };
}

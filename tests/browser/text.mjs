// Without pictures and scripts: people at a terminal choose, change their
// choice and take it back, with w3m and with lynx.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { sleep } from '../lib/browser.mjs';
import { done, is, note, ok } from '../lib/tap.mjs';
import { startSite, until } from '../lib/upstream.mjs';

const site = await startSite({
    '/': '<!doctype html><title>Page</title><h1>A page of the site</h1>',
}, { text: '' });

const base = `http://127.0.0.1:${site.ports.text}`;
const file = `${site.nginx.prefix}/text.jsonl`;

function records() {
    return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)
        .map((line) => JSON.parse(line));
}

function has(command) {
    try {
        execFileSync('sh', ['-c', `command -v ${command}`]);
        return true;
    } catch {
        note(`${command} is not installed: left out`);
        return false;
    }
}

// A terminal: keys are typed once the page shows `when`; the session ends
// when one more choice is on record.

async function session(home, command, url, when, keys) {
    const before = records().length;
    const terminal = spawn('script', ['-qec', `${command} '${url}'`,
                                      '/dev/null'], {
        env: { ...process.env, HOME: home, TERM: 'xterm', LINES: '200',
               COLUMNS: '100', LYNX_CFG: `${home}/lynx.cfg` },
    });
    let seen = '';

    terminal.stdout.on('data', (data) => { seen += data; });

    const ended = new Promise((resolve) => terminal.on('exit', resolve));

    // Keys typed ahead would be thrown away while the page is drawn.

    await until(() => seen.includes(when), 15000);

    for (const key of keys) {
        await sleep(60);
        terminal.stdin.write(key);
    }

    const last = await until(() => records().length > before
                                   && records().at(-1), 15000);

    terminal.stdin.write('qy');

    const late = setTimeout(() => terminal.kill(), 5000);

    await ended;
    clearTimeout(late);

    return last;
}

const centre = `${base}/privacy-choices/`;
const find = (text) => `/${text}\r`;

// `third`: to the third switch; lynx finds nothing but links.

const browsers = {
    w3m: { command: 'w3m -no-proxy -cookie -o auto_image=0',
           third: `${find('Statistics')}\t` },
    lynx: { command: 'lynx -nopause', third: '\t\t\t\t\t' },
};

for (const [name, { command, third }] of Object.entries(browsers)) {
    if (!has(name)) {
        continue;
    }

    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-text-'));

    fs.writeFileSync(`${home}/lynx.cfg`, 'ACCEPT_ALL_COOKIES:TRUE\n'
        + 'PERSISTENT_COOKIES:TRUE\n'
        + `COOKIE_FILE:${home}/cookies\nCOOKIE_SAVE_FILE:${home}/cookies\n`);

    const no = await session(home, command, `${base}/`, 'Reject all',
                             `${find('Reject')}\r`);

    is(no?.action, 'reject', `${name}: no, on the page`);

    const some = await session(home, command, centre, 'Choose by purpose',
                               `${third}\r${find('Save')}\r`);

    is([some?.action, some?.granted].join(' '), 'save necessary,analytics',
       `${name}: statistics, in the settings`);
    ok(some && some.id === no?.id, `${name}: the receipt number stays`);

    const back = await session(home, command, centre, 'Withdraw everything',
                               `${find('Withdraw')}\r`);

    is(back?.action, 'withdraw', `${name}: taken back`);
    fs.rmSync(home, { recursive: true, force: true });
}

await site.stop();
done();

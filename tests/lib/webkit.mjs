// WebKitGTK for tests, by WebDriver (W3C), on a screen of its own.

import { spawn } from 'node:child_process';
import fs from 'node:fs';

import { freePort } from './nginx.mjs';

const lib = '/usr/lib/x86_64-linux-gnu';

// Where Debian's libwebkit2gtk has the browser that its driver drives.

export function findWebkit() {
    const at = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb'];
    const browser = ['4.1', '4.0', '6.0'].map((version) =>
        `${lib}/webkit${version === '6.0' ? '' : '2'}gtk-${version}/MiniBrowser`)
        .find((file) => fs.existsSync(file));

    return at.every((file) => fs.existsSync(file)) ? browser : undefined;
}

function child(command, args, options) {
    const process_ = spawn(command, args, options);

    process.on('exit', () => process_.kill('SIGKILL'));
    return process_;
}

export async function launchWebkit(binary) {
    const screen = child('Xvfb', ['-displayfd', '3', '-screen', '0',
                                  '1280x900x24', '-nolisten', 'tcp'],
                         { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const display = await new Promise((resolve, reject) => {
        screen.stdio[3].once('data', (data) => resolve(`:${data}`.trim()));
        screen.once('exit', () => reject(new Error('Xvfb does not start')));
    });
    const port = await freePort();
    const driver = child('WebKitWebDriver', [`--port=${port}`], {
        stdio: 'ignore',
        env: { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1',
               WEBKIT_DISABLE_DMABUF_RENDERER: '1', GDK_BACKEND: 'x11' },
    });

    async function call(method, path, body) {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
            method, body: body && JSON.stringify(body),
            signal: AbortSignal.timeout(20000) });
        const { value } = await answer.json();

        if (!answer.ok) {
            throw new Error(`${value.error}: ${value.message}`);
        }

        return value;
    }

    for (let i = 0; i < 100; i++) {
        if (await call('GET', '/status').catch(() => null)) {
            break;
        }

        await new Promise((resolve) => setTimeout(resolve, 100));
    }

    // fn(tab) with a fresh profile.

    async function visit(url, fn) {
        const { sessionId } = await call('POST', '/session', { capabilities: {
            alwaysMatch: { 'webkitgtk:browserOptions': {
                binary, args: ['--automation'] } } } });
        const session = `/session/${sessionId}`;
        const post = (path, body) => call('POST', session + path, body);
        const tab = {
            goto: (target) => post('/url', { url: target }),
            evaluate: (script) => post('/execute/sync', {
                script: `return ${script}`, args: [] }),
            cookies: () => call('GET', `${session}/cookie`),

            // A real click, at the middle of what the expression says.

            async click(expression) {
                const [x, y] = await tab.evaluate(`(() => {
                    const node = ${expression};
                    node.scrollIntoView({ block: 'center' });
                    const box = node.getBoundingClientRect();
                    return [box.x + box.width / 2, box.y + box.height / 2]
                        .map(Math.round);
                })()`);

                await post('/actions', { actions: [{ type: 'pointer',
                    id: 'mouse', parameters: { pointerType: 'mouse' },
                    actions: [{ type: 'pointerMove', x, y },
                              { type: 'pointerDown', button: 0 },
                              { type: 'pointerUp', button: 0 }] }] });
            },
        };

        try {
            await tab.goto(url);
            return await fn(tab);
        } finally {
            await call('DELETE', session).catch(() => {});
        }
    }

    return {
        visit,
        stop() {
            driver.kill();
            screen.kill();
        },
    };
}

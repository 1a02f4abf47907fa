// The demo, as `make demo` starts it.

import { spawn } from 'node:child_process';

import { root } from './nginx.mjs';

// said: what it told; stop() ends it.

export function startDemo(port) {
    const demo = spawn('bash', [`${root}/demo/run.sh`], {
        env: { ...process.env, DEMO_PORT: String(port) },
        stdio: ['ignore', 'pipe', 'pipe'],
    });

    process.on('exit', () => demo.kill('SIGTERM'));

    return new Promise((resolve, reject) => {
        let said = '';

        demo.stdout.on('data', (data) => {
            said += data;

            if (said.includes('Ctrl-C ends it')) {
                resolve({
                    said,
                    stop() {
                        const ended = new Promise((end) =>
                            demo.on('exit', end));

                        demo.kill('SIGINT');
                        return ended;
                    },
                });
            }
        });
        demo.stderr.on('data', (data) => { said += data; });
        demo.on('exit', () => reject(new Error(said)));
    });
}

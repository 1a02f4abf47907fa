// Next, with @next/third-parties: an application of React that hydrates the
// whole document, streams, and fetches its further pages as data.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';

import { freePort } from '../../../lib/nginx.mjs';
import { answers } from '../../lib/beds.mjs';

export default {
    name: 'next',
    pages: ['/', '/film', '/map'],
    acts: {
        '/': [(tab) => tab.$eval('#more', (node) => node.click())],
        '/film': [
            (tab) => tab.$eval('lite-youtube', (node) =>
                node.dispatchEvent(new Event('pointerover'))),
            (tab) => tab.$eval('lite-youtube', (node) => node.click()),
        ],
    },

    version: (to) => `Next ${JSON.parse(fs.readFileSync(
        `${to}/node_modules/next/package.json`)).version}`,

    async build(from, to) {
        const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1',
                      NODE_ENV: 'production' };
        const next = `${to}/node_modules/next/dist/bin/next`;

        if (!fs.existsSync(`${to}/.next/BUILD_ID`)) {
            execFileSync('node', [next, 'build', '--webpack'],
                         { cwd: to, env, stdio: ['ignore', 'pipe', 'pipe'] });
        }

        const port = await freePort();
        const child = spawn('node', [next, 'start', '-H', '127.0.0.1', '-p',
                                     `${port}`], { cwd: to, env,
                                                   stdio: 'ignore' });

        process.on('exit', () => child.kill());
        await answers(port);
        return { port, stop: () => child.kill() };
    },
};

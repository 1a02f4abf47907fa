// Astro, with Partytown for its statistics, an island of React, and the
// client's router, which takes one page's body for another's.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

export default {
    name: 'astro',
    pages: ['/', '/film/', '/contact/'],
    acts: { '/': [(tab) => tab.$eval('#more', (node) => node.click())] },

    version: (to) => `Astro ${JSON.parse(fs.readFileSync(
        `${to}/node_modules/astro/package.json`)).version}`,

    build(from, to) {
        execFileSync('node', [`${to}/node_modules/astro/astro.js`, 'build'],
                     { cwd: to, stdio: ['ignore', 'pipe', 'pipe'],
                       env: { ...process.env, NODE_ENV: 'production',
                              ASTRO_TELEMETRY_DISABLED: '1' } });
        return { folder: `${to}/dist` };
    },
};

// Docusaurus, with its plugins for gtag, Tag Manager and Algolia.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

export default {
    name: 'docusaurus',
    pages: ['/', '/docs/film', '/docs/about'],

    version: (to) => `Docusaurus ${JSON.parse(fs.readFileSync(
        `${to}/node_modules/@docusaurus/core/package.json`)).version}`,

    build(from, to) {
        if (!fs.existsSync(`${to}/build/index.html`)) {
            execFileSync('node',
                [`${to}/node_modules/@docusaurus/core/bin/docusaurus.mjs`,
                 'build', '--no-minify'],
                { cwd: to, stdio: ['ignore', 'pipe', 'pipe'],
                  env: { ...process.env, NODE_ENV: 'production',
                         DISABLE_TELEMETRY: '1', CI: '1' } });
        }

        return { folder: `${to}/build`, tryHtml: true };
    },
};

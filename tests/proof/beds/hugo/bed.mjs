// Hugo, from Debian: what its own templates and shortcodes bring, and what
// operators paste into them.

import { execFileSync } from 'node:child_process';

export default {
    name: 'hugo',
    debian: ['hugo'],
    pages: ['/', '/posts/video/', '/about/'],

    version: () => `Hugo ${/v([\d.]+)/.exec(execFileSync('hugo', ['version'],
        { encoding: 'utf8' }))[1]}`,

    build(from, to) {
        execFileSync('hugo', ['--quiet', '--source', from, '--destination',
                              `${to}/public`, '--cacheDir', `${to}/cache`],
                     { stdio: 'inherit' });
        return { folder: `${to}/public` };
    },
};

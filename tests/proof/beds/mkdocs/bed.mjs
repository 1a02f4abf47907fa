// MkDocs with the Material theme, from Debian: its own analytics, fonts and
// comments, with pages that are fetched and put in place of each other.

import { execFileSync } from 'node:child_process';

export default {
    name: 'mkdocs',
    debian: ['mkdocs', 'mkdocs-material'],
    pages: ['/', '/film/', '/about/'],

    version: () => `MkDocs-Material ${execFileSync('dpkg-query',
        ['-W', '-f', '${Version}', 'mkdocs-material'],
        { encoding: 'utf8' }).replace(/-[^-]*$/, '')}`,

    build(from, to) {
        execFileSync('mkdocs', ['build', '--quiet', '--clean', '--site-dir',
                                `${to}/site`],
                     { cwd: to, stdio: ['ignore', 'pipe', 'pipe'] });
        return { folder: `${to}/site` };
    },
};

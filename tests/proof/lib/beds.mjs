// The sites: each folder of beds/ holds the sources of one, and bed.mjs that
// says what they need and how they are built and served.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { fetchRaw, root } from '../../lib/nginx.mjs';

const folder = path.join(root, 'tests/proof/beds');

// npm's packages lie in build/, beside a copy of the sources: tools look for
// them there.  They are installed once for each lock file.

function install(from, to) {
    const lock = path.join(from, 'package-lock.json');
    const stamp = path.join(to, '.installed');

    fs.mkdirSync(to, { recursive: true });
    fs.cpSync(from, to, { recursive: true });

    if (!fs.existsSync(lock)
        || (fs.existsSync(stamp)
            && fs.readFileSync(stamp).equals(fs.readFileSync(lock))))
    {
        return;
    }

    console.log(`installing the npm packages of ${path.basename(from)}`);
    // not ci, which asks for other systems' packages too, had here or not
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit',
                         '--no-fund'],
                 { cwd: to, stdio: ['ignore', 'ignore', 'inherit'] });
    fs.copyFileSync(lock, stamp);
}

// Until a server answers.

export async function answers(port, path = '/') {
    for (let i = 0; i < 300; i++) {
        const { status } = await fetchRaw(port, path).catch(() => ({}));

        if (status && status < 500) {
            return;
        }

        await new Promise((resolve) => setTimeout(resolve, 200));
    }

    throw new Error('the site does not answer');
}

export async function debian() {
    const needed = [];

    for (const name of fs.readdirSync(folder).sort()) {
        const { default: bed } = await import(path.join(folder, name,
                                                        'bed.mjs'));

        needed.push(...bed.debian ?? []);
    }

    return needed;
}

// Returns the beds that could be built, and why others could not.

export async function makeBeds(build, names) {
    const beds = [];
    const missing = [];

    for (const name of fs.readdirSync(folder).sort()) {
        if (names && !names.includes(name)) {
            continue;
        }

        const from = path.join(folder, name);
        const to = path.join(build, name);
        const { default: bed } = await import(path.join(from, 'bed.mjs'));

        try {
            install(from, to);
            console.log(`building ${name}`);
            Object.assign(bed, { host: `www.${name}.example` },
                          await bed.build(to, to));
            bed.title = bed.version(to);
            beds.push(bed);
        } catch (error) {
            missing.push(`${name}: ${error.message.split('\n')[0]}`);
        }
    }

    return { beds, missing };
}

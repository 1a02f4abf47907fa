// WordPress with PHP from Debian and SQLite instead of a database server; a
// plugin that puts in what plugins for statistics and adverts put in.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { freePort } from '../../../lib/nginx.mjs';
import { answers } from '../../lib/beds.mjs';

const php = (to, file) => execFileSync('php', [file], {
    cwd: `${to}/wordpress`, encoding: 'utf8',
    env: { ...process.env, HTTP_HOST: 'www.wordpress.example' },
});

// The newest release in the package, and the plugin for SQLite.

function unpack(from, to) {
    const builds = `${to}/node_modules/@wp-playground/wordpress-builds/src`;
    const newest = fs.readdirSync(`${builds}/wordpress`)
        .filter((name) => /^wp-\d[\d.]*\.zip$/.test(name))
        .sort((a, b) => parseFloat(b.slice(3)) - parseFloat(a.slice(3)))[0];
    const site = `${to}/wordpress`;
    const zip = (name, where) => execFileSync('unzip', ['-q', '-o', name, '-d',
                                                        where]);

    fs.mkdirSync(site, { recursive: true });
    zip(`${builds}/wordpress/${newest}`, site);
    zip(`${builds}/sqlite-database-integration/sqlite-database-integration.zip`,
        `${to}/sqlite`);

    const plugin = `${site}/wp-content/plugins/sqlite-database-integration`;

    fs.cpSync(`${to}/sqlite/sqlite-database-integration-main`, plugin,
              { recursive: true });
    fs.writeFileSync(`${site}/wp-content/db.php`,
        fs.readFileSync(`${plugin}/db.copy`, 'utf8')
            .replaceAll('{SQLITE_IMPLEMENTATION_FOLDER_PATH}', plugin)
            .replaceAll('{SQLITE_PLUGIN}',
                        'sqlite-database-integration/load.php'));
    fs.cpSync(`${from}/wp-config.php`, `${site}/wp-config.php`);
    fs.cpSync(`${from}/set-up.php`, `${site}/set-up.php`);
    fs.cpSync(`${from}/mu-plugins`, `${site}/wp-content/mu-plugins`,
              { recursive: true });
}

export default {
    name: 'wordpress',
    debian: ['php-cli', 'php-sqlite3', 'php-xml', 'php-mbstring', 'unzip'],
    pages: ['/', '/film/', '/about/'],

    version: (to) => `WordPress ${/\$wp_version = '([^']+)'/.exec(
        fs.readFileSync(`${to}/wordpress/wp-includes/version.php`, 'utf8'))[1]}`,

    async build(from, to) {
        if (!fs.existsSync(`${to}/.made`)) {
            unpack(from, to);
            fs.writeFileSync(`${to}/.made`, php(to, 'set-up.php'));
        }

        const port = await freePort();
        const child = spawn('php', ['-S', `127.0.0.1:${port}`, '-t',
                                    path.join(to, 'wordpress'),
                                    path.join(from, 'router.php')],
                            { stdio: 'ignore', detached: true, env: {
                                ...process.env,
                                PHP_CLI_SERVER_WORKERS: '4' } });
        let runs = true;

        // its workers outlive it: the group is ended
        const stop = () => {
            if (runs) {
                process.kill(-child.pid);
                runs = false;
            }
        };

        process.on('exit', stop);
        await answers(port);
        return { port, stop };
    },
};

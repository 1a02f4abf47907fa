// Nothing leaves: the proof.  Sites made by real tools, each with its usual
// trackers, in front of a world of live fakes; every choice, with scripts and
// without, in each browser that is there.
//
// usage: run.mjs [--beds a,b] [--browsers a,b] [--scripts on,off]
//                [--choices a,b] [--jobs N] [--write FILE] [--add]
//
// --jobs: so many sites at a time.  --add: rows that earlier runs have left in
// build/proof stay in FILE, where this run has none of its own.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { freePort, root, startNginx } from '../lib/nginx.mjs';
import { makeBeds } from './lib/beds.mjs';
import { browsers } from './lib/browsers.mjs';
import { check } from './lib/fakes.mjs';
import { leaks, may, stays, works } from './lib/judge.mjs';
import { report } from './lib/report.mjs';
import { visitSite } from './lib/walk.mjs';
import { certificate, startWorld } from './lib/world.mjs';

for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => process.exit(1));
}

const { values: asked } = parseArgs({ options: {
    beds: { type: 'string' }, browsers: { type: 'string' },
    choices: { type: 'string' }, scripts: { type: 'string' },
    jobs: { type: 'string', default: '2' }, add: { type: 'boolean' },
    write: { type: 'string' },
} });

const purposes = ['functional', 'personalization', 'analytics', 'marketing',
                  'embeds'];
const none = ['necessary'];
const all = ['necessary', ...purposes, 'all'];

// What each visitor does: phases, each with what is allowed in it.

const plans = {
    'no choice': [{ granted: none }],
    reject: [{ granted: none, stop: true },
             { choice: 'reject', granted: none }],
    ...Object.fromEntries(purposes.map((purpose) => [purpose, [
        { granted: none, stop: true },
        { choice: purpose, granted: [...none, purpose] }]])),
    accept: [{ granted: none, stop: true },
             { choice: 'accept', granted: all }],
    revoke: [{ granted: none, stop: true }, { choice: 'accept', granted: all },
             { choice: 'withdraw', granted: none }],
};

function only(list, names) {
    return names ? list.filter((one) => names.split(',').includes(one)) : list;
}

const faults = check();

if (faults.length) {
    throw new Error(`the fakes and the catalogue differ:\n${faults.join('\n')}`);
}

const build = path.join(root, 'build/proof');

fs.mkdirSync(build, { recursive: true });

const { beds, missing } = await makeBeds(build, asked.beds?.split(','));
const pem = certificate(build);
const ports = { plain: await freePort(), kept: await freePort(),
                form: await freePort() };

// Each site twice, as it is and with the module before it; of the latter a
// plain HTTP port too, for forms that the driver sends by itself.

const nginx = await startNginx((prefix) => beds.map((bed) => {
    const up = bed.folder ? `root ${bed.folder};`
        : `proxy_pass http://127.0.0.1:${bed.port};
           proxy_set_header Host $host;
           proxy_set_header X-Forwarded-Proto https;
           proxy_http_version 1.1;`;
    const server = (port, inside) => `
    server {
        listen 127.0.0.1:${port} ${port === ports.form ? '' : 'ssl'};
        server_name ${bed.host};
        ssl_certificate ${pem.cert};
        ssl_certificate_key ${pem.key};
        ${inside}
        location / { ${up} }
    }`;
    const module = `consent enforce;
        consent_guard on;
        consent_rules ${root}/rules/*.json ${bed.rules ?? ''};
        consent_record ${prefix}/records.jsonl;`;

    return server(ports.plain, '') + server(ports.kept, module)
           + server(ports.form, module);
}).join(''), ports.form);

const sites = (port) => Object.fromEntries(beds.map(({ host }) =>
    [host, port]));
const kept = path.join(build, 'rows.json');
const known = asked.add && fs.existsSync(kept)
    ? JSON.parse(fs.readFileSync(kept)) : [];
const rows = [];

// Which module and which rules a row is about.

const about = crypto.createHash('sha256');

for (const file of ['build/ngx_http_consent_module.so',
                    ...fs.readdirSync(path.join(root, 'rules')).sort()
                        .map((name) => `rules/${name}`)])
{
    about.update(fs.readFileSync(path.join(root, file)));
}

const digest = about.digest('hex');

// One site in a browser and a world of its own.

async function runs(name, bed, scripts) {
    const behind = {};
    const world = await startWorld(behind, pem);
    const browser = await browsers[name].launch(world, scripts);
    const row = { bed: { name: bed.name, title: bed.title }, browser: name,
                  version: await browser.version(), scripts, digest,
                  cells: {} };

    rows.push(row);

    try {
        await cells(row, { name, bed, scripts, behind, world, browser });
        row.done = true;
    } catch (error) {
        missing.push(`${bed.name} in ${name}, scripts ${
            scripts ? 'on' : 'off'}: ${error.message.split('\n')[0]}`);
    }

    await browser.close();
    await world.stop();
    write();
}

async function cells(row, { name, bed, scripts, behind, world, browser }) {
    const driven = scripts ? true : name === 'Firefox' ? false : undefined;
    const visit = (plan, enough) => visitSite({
        browser, world, bed, host: bed.host, port: ports.form, plan, scripts,
        driven, enough });

    Object.assign(behind, sites(ports.plain));

    const base = await visit([{ granted: all }]);

    // what the site says where a network refuses what a choice denies

    const saying = {};

    async function refused(granted) {
        if (!saying[granted]) {
            world.refuses = (fake) => fake && !may(fake, granted);
            Object.assign(behind, sites(ports.plain));
            saying[granted] = (await visit([{ granted: all }])).errors;
            world.refuses = () => false;
            Object.assign(behind, sites(ports.kept));
        }

        return saying[granted];
    }

    Object.assign(behind, sites(ports.kept));
    row.base = {
        stored: base.phases[0].stored,
        log: base.phases[0].log.map(({ host, url }) => ({ host, url })),
    };

    for (const choice of only(Object.keys(plans), asked.choices)) {
        const cell = { left: [], kept: [], missing: [], said: [], owns: [],
                       count: 0 };

        row.cells[choice] = cell;

        try {
            const { phases, errors } = await visit(plans[choice], (phase) =>
                !works(phase, base.phases[0]).missing.length);

            cell.left = phases.flatMap(leaks);
            cell.kept = phases.flatMap(stays);
            cell.said = errors.filter((e) => !base.errors.includes(e));

            for (const { granted } of cell.said.length ? phases : []) {
                const owns = await refused(granted);

                cell.owns.push(...cell.said.filter((e) => owns.includes(e)));
                cell.said = cell.said.filter((e) => !owns.includes(e));
            }

            // what a site says by itself, but not at every visit

            for (let i = 0; i < 3 && cell.said.length; i++) {
                Object.assign(behind, sites(ports.plain));
                base.errors.push(...(await visit([{ granted: all }])).errors);
                Object.assign(behind, sites(ports.kept));
                cell.said = cell.said.filter((e) => !base.errors.includes(e));
            }

            Object.assign(cell, works(phases.at(-1), base.phases[0]));
        } catch (error) {
            cell.broke = error.message;
        }

        const bad = ['left', 'kept', 'missing', 'said'].filter((what) =>
            cell[what].length);

        console.log(`${bed.name}, ${name}, scripts ${scripts ? 'on' : 'off'},`
            + ` ${choice}: ${cell.broke ?? (bad.join(', ') || 'good')}`
            + ` (${cell.count - cell.missing.length} of ${cell.count} work)`);

        for (const what of bad) {
            for (const line of cell[what].slice(0, 12)) {
                console.log(`    ${what}: ${line}`);
            }
        }
    }

}

// After each row, so that a run that is ended early has its word, too.

function write() {
    const same = (a) => (b) => a.bed.name === b.bed.name
        && a.browser === b.browser && a.scripts === b.scripts;
    const order = (row) => `${row.browser} ${!row.scripts} ${row.bed.name}`;
    const made = rows.filter(({ done }) => done);
    const all = [...made, ...known.filter((row) => !made.some(same(row)))]
        .sort((a, b) => order(a) < order(b) ? -1 : 1);

    if (!asked.choices) {
        fs.writeFileSync(kept, JSON.stringify(all));
    }

    const left = beds.flatMap(({ name: bed }) => Object.keys(browsers).flatMap(
        (browser) => [true, false].map((scripts) => ({ bed: { name: bed },
                                                       browser, scripts }))))
        .filter((row) => !all.some(same(row)))
        .map((row) => `${row.bed.name} in ${row.browser}, scripts ${
            row.scripts ? 'on' : 'off'}: not visited`);

    if (asked.write) {
        fs.writeFileSync(path.join(root, asked.write), report(all, {
            choices: Object.keys(plans), missing: [...missing, ...left],
            digest }));
    }
}

const work = [];

for (const name of only(Object.keys(browsers), asked.browsers)) {
    if (!browsers[name].there()) {
        missing.push(`${name}: not on this machine`);
    }
}

// With scripts first, which tell more.

for (const scripts of only(['on', 'off'], asked.scripts)) {
    for (const name of only(Object.keys(browsers), asked.browsers)) {
        if (browsers[name].there()) {
            work.push(...beds.map((bed) => [name, bed, scripts === 'on']));
        }
    }
}

// Much of the time is spent waiting for what does not come.

await Promise.all(Array.from({ length: Number(asked.jobs) }, async () => {
    while (work.length) {
        await runs(...work.shift());
    }
}));

for (const bed of beds) {
    bed.stop?.();
}

await nginx.stop();

write();

const bad = rows.flatMap(({ cells }) => Object.values(cells)).filter((cell) =>
    cell.broke || cell.left.length || cell.kept.length || cell.missing.length
    || cell.said.length).length;
const total = rows.reduce((n, { cells }) => n + Object.keys(cells).length, 0);

for (const line of missing) {
    console.log(`not proved: ${line}`);
}

console.log(`\n${total - bad} passed, ${bad} failed`);
process.exit(bad || !total ? 1 : 0);

// Nothing leaves: the proof.  Sites made by real tools, each with its usual
// trackers, in front of a world of live fakes; every choice, with scripts and
// without, in each browser that is there.
//
// usage: run.mjs [--beds a,b] [--browsers a,b] [--choices a,b] [--write FILE]

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { freePort, root, startNginx } from '../lib/nginx.mjs';
import { makeBeds } from './lib/beds.mjs';
import { browsers } from './lib/browsers.mjs';
import { check } from './lib/fakes.mjs';
import { kept, leaks, may, works } from './lib/judge.mjs';
import { report } from './lib/report.mjs';
import { visitSite } from './lib/walk.mjs';
import { certificate, startWorld } from './lib/world.mjs';

const { values: asked } = parseArgs({ options: {
    beds: { type: 'string' }, browsers: { type: 'string' },
    choices: { type: 'string' }, scripts: { type: 'string' },
    write: { type: 'string' }, verbose: { type: 'boolean' },
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
const behind = {};
const world = await startWorld(behind, pem);
const rows = [];
const versions = {};

async function runs(browser, name, bed, scripts) {
    const driven = scripts ? true : name === 'Firefox' ? false : undefined;
    const visit = (plan) => visitSite({ browser, world, bed, host: bed.host,
                                        port: ports.form, plan, scripts,
                                        driven });

    Object.assign(behind, sites(ports.plain));

    const base = await visit([{ granted: all }]);

    // what the site says where a network refuses its trackers

    world.refuses = (fake) => fake && !may(fake, none);

    const refused = scripts ? await visit([{ granted: all }])
                            : { errors: [] };

    world.refuses = () => false;
    Object.assign(behind, sites(ports.kept));

    const row = { bed, browser: name, scripts, base: base.phases[0],
                  cells: {} };

    for (const choice of only(Object.keys(plans), asked.choices)) {
        const cell = { left: [], kept: [], missing: [], said: [], owns: [],
                       count: 0 };

        row.cells[choice] = cell;

        try {
            const { phases, errors } = await visit(plans[choice]);

            cell.left = phases.flatMap(leaks);
            cell.kept = phases.flatMap(kept);
            cell.said = errors.filter((e) => !base.errors.includes(e)
                                             && !refused.errors.includes(e));
            cell.owns = errors.filter((e) => !base.errors.includes(e)
                                             && refused.errors.includes(e));
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

    rows.push(row);
    write();
}

// After each row, so that a run that is ended early has its word, too.

function write() {
    if (asked.write) {
        fs.writeFileSync(path.join(root, asked.write),
            report(rows, { choices: Object.keys(plans), missing,
                           versions }));
    }
}

for (const name of Object.keys(browsers)) {
    if (!only([name], asked.browsers).length) {
        missing.push(`${name}: it was not asked for`);
    }
}

for (const name of only(Object.keys(browsers), asked.browsers)) {
    const kind = browsers[name];

    if (!kind.there()) {
        missing.push(`${name}: not on this machine`);
        continue;
    }

    for (const scripts of only(['on', 'off'], asked.scripts)) {
        const browser = await kind.launch(world, scripts === 'on');

        versions[name] = await browser.version();

        for (const bed of beds) {
            await runs(browser, name, bed, scripts === 'on');
        }

        await browser.close();
    }
}

for (const bed of beds) {
    bed.stop?.();
}

await world.stop();
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

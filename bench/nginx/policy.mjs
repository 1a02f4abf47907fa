// What the policy takes of a request, in nginx: CPU time of a worker with
// consent_csp enforce and strict, less that with consent_csp off.
//
// usage: policy.mjs SECONDS ROUNDS   (make bench-policy)
//
// Answers have no body and are asked for as workers, so that they have the
// whole policy and nothing else of the module's.  "kept": one visitor's, from
// the worker's memory; "made": each request is for another host, so that
// each policy is made anew from the catalogue.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { fetchRaw, freePort, root, startNginx }
    from '../../tests/lib/nginx.mjs';

const [seconds = '3', rounds = '5'] = process.argv.slice(2);

const services = ['google-analytics', 'google-fonts', 'google-maps',
                  'google-recaptcha', 'google-tag-manager', 'youtube',
                  'facebook-social', 'hotjar', 'paypal', 'stripe', 'vimeo',
                  'google-ads'];
const known = new Set(fs.readdirSync(`${root}/rules`)
    .filter((name) => /^(?!consent-rules).*\.json$/.test(name))
    .flatMap((name) => JSON.parse(fs.readFileSync(`${root}/rules/${name}`))
        .services ?? []).map(({ id }) => id));
const declared = services.filter((id) => known.has(id));

const ports = { off: await freePort(), enforce: await freePort(),
                strict: await freePort() };
const server = await startNginx(() => Object.entries(ports).map(
    ([mode, port]) => `server {
        listen 127.0.0.1:${port};
        keepalive_requests 100000000;
        consent enforce;
        consent_rules ${root}/rules/*.json;
        consent_services ${declared.join(' ')};
        consent_regime opt-out;
        consent_csp ${mode};
        return 200;
    }`).join('\n'), ports.strict);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-bench-'));
const script = path.join(folder, 'hosts.lua');

fs.writeFileSync(script, `
local n = 0
request = function()
    n = n + 1
    return "GET / HTTP/1.1\\r\\nHost: h" .. n .. ".example.com\\r\\n"
        .. "Sec-GPC: 1\\r\\nSec-Fetch-Dest: worker\\r\\n\\r\\n"
end
`);

const master = Number(fs.readFileSync(`${server.prefix}/nginx.pid`, 'utf8'));
let worker = 0;

while (!worker) {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    [worker] = fs.readFileSync(`/proc/${master}/task/${master}/children`,
                               'utf8').trim().split(' ').map(Number);
}

function cpu() {
    const fields = fs.readFileSync(`/proc/${worker}/stat`, 'utf8')
        .replace(/^.*\) /, '').split(' ');

    return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

// Microseconds of the worker for a request.

function measure(port, made) {
    const before = cpu();
    const text = execFileSync('wrk', ['-t1', '-c8', `-d${seconds}s`,
        ...(made ? ['-s', script]
                 : ['-H', 'Host: www.example.com', '-H', 'Sec-GPC: 1',
                    '-H', 'Sec-Fetch-Dest: worker']),
        `http://127.0.0.1:${port}/`], { encoding: 'utf8' });
    const [, requests] = /(\d+) requests in/.exec(text);

    return (cpu() - before) / Number(requests);
}

function median(list) {
    return list.sort((a, b) => a - b)[list.length >> 1];
}

const took = {};

for (let round = -1; round < Number(rounds); round++) {
    for (const made of [false, true]) {
        for (const [mode, port] of Object.entries(ports)) {
            const t = measure(port, made);

            if (round >= 0) {
                ((took[made] ??= {})[mode] ??= []).push(t);
            }
        }
    }
}

const sizes = {};

for (const mode of ['enforce', 'strict']) {
    const { headers } = await fetchRaw(ports[mode], '/', {
        headers: { Host: 'www.example.com', 'Sec-GPC': '1',
                   'Sec-Fetch-Dest': 'worker' } });

    sizes[mode] = (headers['content-security-policy']?.length ?? 0)
        + (headers['connection-allowlist']?.length ?? 0);
}

console.log(`${declared.length} services of ${known.size} in use; `
            + `${os.cpus()[0].model}; the median of ${rounds} rounds of `
            + `${seconds} s\n`);
console.log('| consent_csp | bytes | kept, µs | made anew, µs |');
console.log('| --- | ---: | ---: | ---: |');

for (const mode of ['enforce', 'strict']) {
    const [kept, made] = [false, true].map((way) => (median(took[way][mode])
        - median(took[way].off)).toFixed(2));

    console.log(`| ${mode} | ${sizes[mode]} | ${kept} | ${made} |`);
}

fs.rmSync(folder, { recursive: true });
await server.stop();
process.exit();

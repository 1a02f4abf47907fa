// Requests a second through one nginx worker, next to what an operator would
// use instead; time to the first byte; memory of a busy connection.
//
// usage: run.mjs SECONDS ROUNDS [DOCUMENT]   (make bench-nginx,
//                                             make bench-nginx-docs)
//
// wrk, the upstream and the worker under test each hold to a CPU.  All ways
// take turns, and of each the round with the median counts.  What decides is
// the CPU time that the worker took for a request: it does not move with what
// else the machine does.  With a document, the tables are written between its
// markers.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { freePort, root } from '../../tests/lib/nginx.mjs';
import { findPages } from '../../tests/lib/pages.mjs';
import { digits, machine, median, table, writeDocument } from '../report.mjs';

process.chdir(root);

const size = 100_000;
const pages = 12;
const turns = 4;
const modules = '/usr/lib/nginx/modules';
const workerd = 'build/bench/node/node_modules/@cloudflare/'
                + 'workerd-linux-64/bin/workerd';

const [seconds = '4', rounds = '3', document] = process.argv.slice(2);

const hosts = JSON.parse(fs.readFileSync('bench/trackers.json', 'utf8'))
    .services.flatMap(({ match }) => match.map(({ host }) => host));

// Of others; what is measured needs both CPUs.
const [busy] = os.loadavg();

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-bench-'));
const running = [];

fs.chmodSync(folder, 0o755);

function say(text) {
    process.stderr.write(`${text}\n`);
}

// The pages nearest to 100,000 bytes.  Where there are none but small ones, each
// is put together from several of its kind.

function choosePages() {
    const found = findPages();
    const all = found.pages.map(({ file }) => fs.readFileSync(file));
    const far = (text) => Math.abs(text.length - size);

    found.cleanup();
    all.sort((a, b) => far(a) - far(b));

    const texts = all.slice(0, pages).map((text) => (2 * text.length < size
        ? Buffer.concat(Array(Math.round(size / text.length)).fill(text))
        : text));

    return { texts, real: found.real,
             bytes: texts.reduce((sum, text) => sum + text.length, 0) };
}

function start(command, args, options = {}) {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'],
                                         ...options });

    running.push(child);

    return child;
}

async function reach(port) {
    for (let i = 0; i < 500; i++) {
        const there = await new Promise((resolve) => {
            const s = net.connect(port, '127.0.0.1', () => {
                s.destroy();
                resolve(true);
            });

            s.on('error', () => resolve(false));
        });

        if (there) {
            return;
        }

        await new Promise((resolve) => { setTimeout(resolve, 20); });
    }

    throw new Error(`nothing listens on ${port}`);
}

function children(pid) {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim().split(' ').map(Number).filter(Boolean);
}

// CPU seconds of a process so far; the memory in bytes that it has written to:
// a worker has all that its master had in memory, and what was free there takes
// up connections without making it grow.

function cpu(pid) {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '').split(' ');

    return (Number(fields[11]) + Number(fields[12])) / 100;
}

function written(pid) {
    return Number(/Private_Dirty:\s+(\d+)/.exec(
        fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024;
}

function nginx(name, top, inside, affinity, counted) {
    const prefix = path.join(folder, name);
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${prefix}/${kind};`).join(' ');

    fs.mkdirSync(prefix);
    fs.writeFileSync(`${prefix}/nginx.conf`, `
        ${process.getuid() === 0 ? 'user root;' : ''} daemon off;
        ${counted ? 'master_process off;'
            : `worker_processes 1; worker_cpu_affinity ${affinity};`}
        pid ${prefix}/pid; error_log ${prefix}/error.log crit;
        ${top}
        events { worker_connections 2048; }
        http { access_log off; ${temp} keepalive_requests 1000000;
               types { text/html html; } proxy_max_temp_file_size 0;
               ${inside} }`);

    const command = ['nginx', '-p', prefix, '-c', `${prefix}/nginx.conf`,
                     '-e', `${prefix}/error.log`];

    if (counted) {
        return start('valgrind', ['--tool=callgrind', '--instr-atstart=no',
                                  `--callgrind-out-file=${counted}`,
                                  ...command],
                     { stdio: 'ignore' });
    }

    const child = start(command[0], command.slice(1));
    const pid = () => children(child.pid).at(-1);

    return { pid, master: child.pid, top, inside };
}

// The upstream has the pages, and a long one for the measurement of memory; wrk
// asks for one after the other.

async function upstream(texts) {
    const port = await freePort();

    fs.mkdirSync(`${folder}/html`);
    texts.forEach((text, i) => {
        fs.writeFileSync(`${folder}/html/${i}.html`, text);
    });
    fs.writeFileSync(`${folder}/html/long.html`,
                     Buffer.concat(Array(4).fill(texts).flat()));
    fs.writeFileSync(`${folder}/turns.lua`, `local i = 0
        request = function()
            i = (i + 1) % ${texts.length}
            return wrk.format(nil, "/" .. i .. ".html")
        end\n`);

    nginx('upstream', '', `server { listen 127.0.0.1:${port};
        root ${folder}/html; open_file_cache max=99; sendfile on; }`, '10');
    await reach(port);

    return port;
}

const proxy = (port) => `proxy_pass http://up${port}; proxy_http_version 1.1;
    proxy_set_header Connection "";`;

function pool(port) {
    return `upstream up${port} { server 127.0.0.1:${port}; keepalive 32; }`;
}

// Every way has a port of its own; those of one nginx share a worker.

async function ways(up) {
    const port = {};

    for (const name of ['plain', 'unused', 'module', 'sub', 'subs', 'lua',
                        'workerd', 'thirty', 'anew', 'thirty_anew']) {
        port[name] = await freePort();
    }

    const listen = (name, more = '') =>
        `server { listen 127.0.0.1:${port[name]}; server_name www.example.com;
                  location / { ${proxy(up)} ${more} } }`;
    const has = (name) => fs.existsSync(`${modules}/${name}.so`);
    const load = (...names) => names.map((name) =>
        `load_module ${modules}/${name}.so;`).join(' ');
    const ours = `load_module ${root}/build/ngx_http_consent_module.so;`;

    const plain = nginx('plain', '', pool(up) + listen('plain'), '01');
    const usual = `${pool(up)} consent_rules ${root}/rules/*.json;
        consent_zone bench:1m;`;
    const thirty = `consent enforce; consent_banner off;
        consent_rules ${root}/bench/trackers.json;
        consent_unclassified allow; consent_csp off;`;
    const with_ = nginx('module', ours, `${usual} ${listen('unused')}
        ${listen('module', 'consent enforce;')}
        ${listen('thirty', thirty)}`, '01');
    const anew = nginx('anew', ours, `${usual} consent_reuse off;
        ${listen('anew', 'consent enforce;')}
        ${listen('thirty_anew', thirty)}`, '01');
    const strings = hosts.map((host) => `'${host}' 'held.invalid'`);
    const sub = nginx('sub', '', pool(up) + listen('sub',
        `sub_filter_once off; ${strings.map((s) =>
            `sub_filter ${s};`).join(' ')}`), '01');
    const all = [
        { name: 'plain proxying', ...plain, port: port.plain },
        { name: 'ngx_consent, off in this location', ...with_,
          port: port.unused },
        { name: 'ngx_consent, all granted', ...with_, port: port.module,
          granted: true },
        { name: 'ngx_consent, nothing granted, catalogue, banner', ...with_,
          port: port.module },
        { name: '... each page read anew', ...anew, port: port.anew },
        { name: 'ngx_consent, 30 trackers', ...with_, port: port.thirty },
        { name: '... each page read anew', ...anew,
          port: port.thirty_anew },
        { name: 'sub_filter, 30 strings', ...sub, port: port.sub },
    ];

    if (has('ngx_http_subs_filter_module')) {
        const subs = nginx('subs', load('ngx_http_subs_filter_module'),
            pool(up) + listen('subs', strings.map((s) =>
                `subs_filter ${s};`).join(' ')), '01');

        all.push({ name: 'subs_filter, 30 strings', ...subs, port: port.subs });
    }

    if (has('ngx_http_lua_module')) {
        const pattern = hosts.map((host) => host.replace(/\./g, '\\.'))
            .join('|');
        const lua = nginx('lua',
            load('ndk_http_module', 'ngx_http_lua_module'),
            pool(up) + listen('lua', `
                header_filter_by_lua_block { ngx.header.content_length = nil }
                body_filter_by_lua_block {
                    ngx.arg[1] = ngx.re.gsub(ngx.arg[1], [[${pattern}]],
                                             "held.invalid", "jo")
                }`), '01');

        all.push({ name: 'Lua, one regex in each chunk', ...lua,
                   port: port.lua });
    }

    if (fs.existsSync(workerd)) {
        fs.copyFileSync('bench/nginx/worker.js', `${folder}/worker.js`);
        fs.writeFileSync(`${folder}/hosts.json`, JSON.stringify(hosts));
        fs.writeFileSync(`${folder}/config.capnp`, `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .main),
               (name = "up", external = (address = "127.0.0.1:${up}",
                                         http = ())) ],
  sockets = [ (name = "http", address = "127.0.0.1:${port.workerd}",
               http = (), service = "main") ] );
const main :Workerd.Worker = (
  modules = [ (name = "worker", esModule = embed "worker.js"),
              (name = "hosts", json = embed "hosts.json") ],
  compatibilityDate = "2025-01-01",
  bindings = [ (name = "UP", service = "up") ] );
`);

        const child = start('taskset', ['1', path.resolve(workerd), 'serve',
                                        `${folder}/config.capnp`]);

        all.push({ name: 'HTMLRewriter in workerd, 30 trackers',
                   pid: () => child.pid, port: port.workerd });
    }

    for (const way of all) {
        await reach(way.port);
    }

    return all;
}

// Makes the choice as a browser would.

async function grant(way) {
    const answer = await fetch(
        `http://127.0.0.1:${way.port}/privacy-choices/choice`,
        { method: 'POST', body: new URLSearchParams({ action: 'accept' }),
          redirect: 'manual' });

    return answer.headers.getSetCookie()[0].replace(/;.*/, '');
}

function headers(way) {
    return { 'Sec-Fetch-Dest': 'document', Host: 'www.example.com',
             ...way.cookie && { Cookie: way.cookie } };
}

function load(way) {
    const before = cpu(way.pid());
    const text = execFileSync('taskset', ['2', 'wrk', '-t1', '-c16',
        `-d${seconds}s`, ...Object.entries(headers(way)).flatMap(
            ([name, value]) => ['-H', `${name}: ${value}`]),
        '-s', `${folder}/turns.lua`, `http://127.0.0.1:${way.port}/`], { encoding: 'utf8' });
    const requests = Number(/(\d+) requests in/.exec(text)[1]);

    if (/Non-2xx|Socket errors: .*(?:read|timeout) [1-9]/.test(text)) {
        throw new Error(`${way.name}: ${text}`);
    }

    return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
             cost: (cpu(way.pid()) - before) / requests * 1e6 };
}

// Microseconds from the request to the first byte of the answer's body.

function firstByte(way, agent) {
    return new Promise((resolve, reject) => {
        const from = process.hrtime.bigint();

        http.get({ port: way.port, host: '127.0.0.1', path: '/0.html',
                   agent, headers: headers(way) }, (answer) => {
            answer.once('data', () => {
                const time = Number(process.hrtime.bigint() - from) / 1e3;

                answer.on('end', () => resolve(time)).resume();
            });
        }).on('error', reject);
    });
}

// Takes turns, in an order that changes, so that what else the machine does, and
// the way before, meet all alike.

async function firstBytes(all) {
    const agent = new http.Agent({ keepAlive: true });
    const times = new Map(all.map((way) => [way, []]));

    for (let i = 0; i < 300; i++) {
        for (const way of [...all].sort(() => Math.random() - 0.5)) {
            times.get(way).push(await firstByte(way, agent));
        }
    }

    agent.destroy();

    for (const way of all) {
        way.first = median(times.get(way).slice(20));
    }
}

// Connections that ask and do not read, in a new worker, which has nothing free
// from before: by how much each one makes it grow.

async function renew(way) {
    const old = way.pid();

    process.kill(way.master, 'SIGHUP');

    /* The old one goes on accepting until it is told to end. */

    while (!way.pid() || children(way.master).includes(old)) {
        await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
}

// Connections to a port that have something to send which nobody reads.

function stalled(port) {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;

    return fs.readFileSync('/proc/net/tcp', 'utf8').split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((field) => field[1]?.endsWith(local) && field[3] === '01'
                           && !field[4].startsWith('00000000')).length;
}

// Until all of them are, and the worker neither works nor grows any more: one
// that has to wait for a CPU does neither before it begins.

async function settled(way, count) {
    const until = Date.now() + 120_000;

    for (let last, same = 0; same < 5; /* void */) {
        if (Date.now() > until) {
            throw new Error(`${way.name}: ${stalled(way.port)} connections`
                            + ` of ${count} are busy`);
        }

        const now = `${written(way.pid())} ${cpu(way.pid())}`;

        same = now === last && stalled(way.port) >= count ? same + 1 : 0;
        last = now;
        await new Promise((resolve) => { setTimeout(resolve, 400); });
    }
}

async function memory(way) {
    const sockets = [];

    await renew(way);
    const open = async (n) => {
        for (let i = 0; i < n; i++) {
            const s = net.connect(way.port, '127.0.0.1');

            s.pause();
            s.on('error', () => {});
            s.write(['GET /long.html HTTP/1.1',
                     ...Object.entries(headers(way)).map((line) =>
                         line.join(': ')), '', ''].join('\r\n'));
            sockets.push(s);
        }

        await settled(way, sockets.length);
    };

    await open(50);
    const before = written(way.pid());

    await open(200);
    way.memory = (written(way.pid()) - before) / 200;

    sockets.forEach((s) => s.destroy());
    await new Promise((resolve) => { setTimeout(resolve, 500); });
}

// Instructions of nginx itself, without the kernel's, for a request: they do
// not move with what else the machine does.  Each nginx runs again, in
// callgrind, once its worker has made room for it.

function ask(way, path_) {
    return new Promise((resolve, reject) => {
        http.get({ port: way.port, host: '127.0.0.1', path: path_, agent: false,
                   headers: headers(way) }, (answer) => {
            answer.on('end', resolve).resume();
        }).on('error', reject);
    });
}

async function askAll(way, count, turns) {
    for (let i = 0; i < count * turns; i++) {
        await ask(way, `/${i % count}.html`);
    }
}

async function instructions(all, count) {
    for (const [i, way] of all.entries()) {
        if (!way.inside) {
            continue;
        }

        const out = `${folder}/counts-${i}`;

        if (running.find(({ pid }) => pid === way.master)?.kill()) {
            await new Promise((resolve) => { setTimeout(resolve, 500); });
        }

        const child = nginx(`counted-${i}`, way.top, way.inside, '',
                            out);
        const control = (...args) => execFileSync('callgrind_control',
            [...args, child.pid], { stdio: 'ignore' });

        await reach(way.port);
        await askAll(way, count, 2);
        control('-i', 'on');
        await askAll(way, count, turns);
        control('-i', 'off');

        const ended = new Promise((resolve) => { child.on('exit', resolve); });

        child.kill();
        await ended;

        way.instructions = Number(/^totals: (\d+)/m.exec(
            fs.readFileSync(out, 'utf8'))[1]) / (count * turns);
    }
}

async function measure(all, count) {
    for (const way of all) {
        way.runs = [];
        way.cookie = way.granted ? await grant(way) : undefined;
        load(way);
    }

    for (let i = 0; i < Number(rounds); i++) {
        for (const way of all) {
            say(`round ${i + 1}: ${way.name}`);
            way.runs.push(load(way));
        }
    }

    for (const way of all) {
        way.rate = median(way.runs.map(({ rate }) => rate));
        way.cost = median(way.runs.map(({ cost }) => cost));
    }

    await firstBytes(all);

    for (const way of all.filter(({ name }) => !/workerd/.test(name))) {
        await memory(way);
    }

    await instructions(all, count);
}

function rows(all) {
    const [plain] = all;
    const sub = all.find(({ name }) => name.startsWith('sub_filter'));
    const lines = [['who', 'requests/s', 'CPU of a request, µs',
                    'requests a CPU second, to plain', 'to sub_filter',
                    'instructions', 'first byte, µs', 'more than plain',
                    'KiB a busy connection']];

    lines.push(lines[0].map(() => ''));

    for (const way of all) {
        lines.push([way.name, digits(way.rate), digits(way.cost),
                    (plain.cost / way.cost).toFixed(3),
                    (sub.cost / way.cost).toFixed(2),
                    way.instructions ? digits(way.instructions) : '-',
                    digits(way.first),
                    digits(way.first - plain.first),
                    way.memory === undefined ? '-'
                        : (way.memory / 1024).toFixed(1)]);
    }

    return table(lines, 1);
}

function report(page, all) {
    const version = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr
        .trim().replace('nginx version: ', '');

    return `${page.texts.length} ${page.real ? 'real pages'
        : 'pages of the project\'s own'} of ${digits(page.bytes
        / page.texts.length)} bytes each; ${version}; the median of ${rounds}`
        + ` rounds of ${seconds} s, at a load of ${busy.toFixed(1)} before they`
        + ` began; ${machine()}\n\n${rows(all)}`;
}

try {
    const page = choosePages();
    const all = await ways(await upstream(page.texts));

    await measure(all, page.texts.length);

    const text = report(page, all);

    console.log(text);

    if (document) {
        writeDocument(document, text);
    }
} finally {
    running.forEach((child) => child.kill());
    fs.rmSync(folder, { recursive: true, force: true });
}

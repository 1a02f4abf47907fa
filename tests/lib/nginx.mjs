// A private nginx with the module, for one test: its own folder, free ports,
// 127.0.0.1 only, ended by its process id.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname
                                 ?? new URL('.', import.meta.url).pathname,
                                 '../..');

// A port that nothing listens on just now; none of those that a connection's
// other end may be given meanwhile, none of those of t/.  Nor do other tests
// get it until this one ends: its name among abstract sockets says that it is
// taken.

const first = 30300;
const ports = 2400;

export async function freePort() {
    for (let i = 0; i < 1000; i++) {
        const port = first + Math.floor(Math.random() * ports);

        if (await taken(`\0consent-browser-port-${port}`)) {
            continue;
        }

        if (!await reachable(port)) {
            return port;
        }
    }

    throw new Error('no free port');
}

function taken(name) {
    return new Promise((resolve) => {
        const sign = net.createServer();

        sign.on('error', () => resolve(true));
        sign.listen(name, () => { sign.unref(); resolve(false); });
    });
}

function reachable(port) {
    return new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1');

        socket.on('connect', () => { socket.destroy(); resolve(true); });
        socket.on('error', () => resolve(false));
    });
}

// `http` is the inside of http {}; it listens on the ports that it was given.
// Returns { prefix, stop(), log() }.

export async function startNginx(config, port) {
    const prefix = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-nginx-'));
    const user = process.getuid() === 0 ? 'user root;' : '';

    for (const folder of ['logs', 'temp']) {
        fs.mkdirSync(path.join(prefix, folder));
    }

    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${prefix}/temp/${name};`).join(' ');

    fs.writeFileSync(path.join(prefix, 'nginx.conf'), `
${user}
daemon off;
worker_processes 1;
pid ${prefix}/nginx.pid;
error_log ${prefix}/logs/error.log info;
load_module ${root}/build/ngx_http_consent_module.so;
events { worker_connections 512; }
http {
    access_log off;
    ${temp}
    types { text/html html; text/css css; text/javascript js;
            image/gif gif; image/svg+xml svg; application/json json; }
    default_type application/octet-stream;
    ${config(prefix)}
}
`);

    const child = spawn('nginx', ['-p', prefix, '-c', `${prefix}/nginx.conf`,
                                  '-e', `${prefix}/logs/error.log`],
                        { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let exited = false;

    process.on('exit', () => exited || child.kill('SIGKILL'));

    child.stdout.on('data', (data) => { output += data; });
    child.stderr.on('data', (data) => { output += data; });
    const exit = new Promise((resolve) => child.on('exit', () => {
        exited = true;
        resolve();
    }));

    const log = () => output
        + fs.readFileSync(`${prefix}/logs/error.log`, 'utf8');

    for (let i = 0; !exited && !await reachable(port); i++) {
        if (i > 200) {
            child.kill();
            throw new Error(`nginx does not listen:\n${log()}`);
        }

        await new Promise((resolve) => setTimeout(resolve, 50));
    }

    if (exited) {
        throw new Error(`nginx did not start:\n${log()}`);
    }

    return {
        prefix,
        log,
        async stop() {
            child.kill('SIGQUIT');
            const late = setTimeout(() => child.kill('SIGTERM'), 3000);
            await exit;
            clearTimeout(late);
            fs.rmSync(prefix, { recursive: true, force: true });
        },
    };
}

// One request; the answer as { status, headers, rawHeaders, body: Buffer }.

export function fetchRaw(port, target, { headers = {}, method = 'GET',
                                         body } = {}) {
    return new Promise((resolve, reject) => {
        const request = http.request({
            host: '127.0.0.1', port, path: target, method, headers,
            agent: false,
        }, (response) => {
            const chunks = [];

            response.on('data', (chunk) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () => resolve({
                status: response.statusCode,
                headers: response.headers,
                rawHeaders: response.rawHeaders,
                body: Buffer.concat(chunks),
            }));
        });

        request.on('error', reject);
        request.end(body);
    });
}

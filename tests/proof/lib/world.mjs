// The world outside: one port that every host leads to.  It reads which host
// is asked for before anything else (TLS SNI, HTTP's Host, a proxy's CONNECT),
// notes it, passes the proof's own sites on to nginx, and answers for all
// others with the live fakes.

import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

import { readName } from '../../lib/sink.mjs';
import { fakeOf } from './fakes.mjs';

// What browsers ask for by themselves, on an empty page too.

const itself = new RegExp('^(accounts|clients\\d|update|content-autofill'
    + '|optimizationguide-pa|safebrowsing.*|android\\.clients)\\.google(apis)?'
    + '\\.com$|^connectivitycheck\\.gstatic\\.com$|\\.mozilla\\.(com|org|net)$'
    + '|\\.firefox\\.com$|^redirector\\.gvt1\\.com$');

// A certificate for any name: the browsers are told not to mind.

export function certificate(folder) {
    const key = path.join(folder, 'key.pem');
    const cert = path.join(folder, 'cert.pem');

    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes',
        '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=proof',
        '-addext', 'subjectAltName=DNS:*.example'], { stdio: 'ignore' });
    return { key, cert };
}

function respond(request, response, seen, refuses) {
    const url = new URL(request.url, `https://${request.headers.host}`);
    const fake = fakeOf(url);
    const via = url.searchParams.get('via') ?? '';
    const chain = via ? `${via}>${fake?.name}` : fake?.name ?? url.host;

    seen(url, fake, via, request);

    if (refuses(fake)) {
        response.destroy();
        return;
    }

    response.setHeader('Access-Control-Allow-Origin',
                       request.headers.origin ?? '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Connection', 'close');

    if (!fake) {
        response.writeHead(404).end();
        return;
    }

    for (const [name, value] of Object.entries(fake.headers ?? {})) {
        response.setHeader(name, value);
    }

    response.setHeader('Content-Type', fake.mime);
    response.end(request.method === 'OPTIONS' ? '' : fake.body(chain, url));
}

// RFC 6455 4.2.2: an open WebSocket that says nothing.

function upgrade(request, socket, seen) {
    const url = new URL(request.url, `https://${request.headers.host}`);
    const accept = crypto.createHash('sha1').update(
        `${request.headers['sec-websocket-key']}`
        + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');

    seen(url, fakeOf(url), url.searchParams.get('via') ?? '', request);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
                 + `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`
                 + '\r\n\r\n');
}

// sites: { host: port of nginx }.  Returns { port, log, refuses, stop }: log
// holds { host } for connections, { host, url, fake, via, method } for
// requests; refuses(fake) may be set: who gets no answer.

export async function startWorld(sites, { key, cert }) {
    const world = { log: [], refuses: () => false };
    const { log } = world;
    const open = new Set();
    const note = (url, fake, via, { method, headers }) =>
        itself.test(url.hostname) || log.push({
            host: url.hostname, url: url.href, fake, via, method,
            dest: headers['sec-fetch-dest'],
        });
    const inner = http.createServer((request, response) =>
        respond(request, response, note, world.refuses));

    inner.on('upgrade', (request, socket) => upgrade(request, socket, note));
    inner.on('clientError', (_, socket) => socket.destroy());

    const secure = tls.createSecureContext({ key: fs.readFileSync(key),
                                             cert: fs.readFileSync(cert) });

    function route(socket, data, name) {
        const host = name?.toLowerCase() ?? '?';

        if (sites[host]) {
            const back = net.connect(sites[host], '127.0.0.1');

            back.on('error', () => socket.destroy());
            back.on('close', () => socket.destroy());
            socket.on('close', () => back.destroy());
            back.write(data);
            socket.pipe(back).pipe(socket);
            return;
        }

        if (!itself.test(host)) {
            log.push({ host });
        }

        socket.unshift(data);

        if (data[0] === 22) {
            const wrapped = new tls.TLSSocket(socket, {
                isServer: true, secureContext: secure,
                ALPNProtocols: ['http/1.1'],
            });

            wrapped.on('error', () => socket.destroy());
            wrapped.once('secure', () => inner.emit('connection', wrapped));
        } else {
            inner.emit('connection', socket);
        }
    }

    // The first bytes tell; a proxy's CONNECT is answered and read past.

    function listen(socket) {
        let data = Buffer.alloc(0);

        open.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => open.delete(socket));

        const more = (chunk) => {
            data = Buffer.concat([data, chunk]);

            const text = data.toString('latin1', 0, 8);

            if (text.startsWith('CONNECT ')) {
                if (data.includes('\r\n\r\n')) {
                    data = Buffer.alloc(0);
                    socket.write('HTTP/1.1 200 OK\r\n\r\n');
                }

                return;
            }

            const name = readName(data);

            if (name || data.length > 8192) {
                socket.off('data', more);
                socket.pause();
                route(socket, data, name);
            }
        };

        socket.on('data', more);
    }

    const server = net.createServer(listen);

    await new Promise((resolve, reject) => {
        server.on('error', reject);
        server.listen(0, '127.0.0.1', resolve);
    });

    world.port = server.address().port;
    world.stop = () => new Promise((closed) => {
        for (const socket of open) {
            socket.destroy();
        }

        server.close(closed);
    });

    return world;
}

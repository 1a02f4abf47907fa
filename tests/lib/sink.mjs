// Where every outside host leads in a browser test.  It accepts TCP, reads
// the name that was asked for (TLS SNI, or HTTP's Host), notes it, and hangs
// up: what is noted here would have left the machine.

import net from 'node:net';

// RFC 8446 4.1.2 and RFC 6066 3: the server name in a ClientHello.

function serverName(data) {
    if (data[0] !== 22 || data.length < 44) {
        return null;
    }

    let at = 5 + 4 + 2 + 32;
    at += 1 + data[at];                         // session id
    at += 2 + data.readUInt16BE(at);            // cipher suites
    at += 1 + data[at];                         // compression
    const end = Math.min(data.length, at + 2 + data.readUInt16BE(at));
    at += 2;

    while (at + 4 <= end) {
        const type = data.readUInt16BE(at);
        const length = data.readUInt16BE(at + 2);

        if (type === 0) {
            const size = data.readUInt16BE(at + 7);
            return data.toString('latin1', at + 9, at + 9 + size);
        }

        at += 4 + length;
    }

    return null;
}

export function readName(data) {
    try {
        const name = serverName(data);

        if (name) {
            return name;
        }
    } catch {
        return null;
    }

    const host = /^host:\s*([^\s:]+)/im.exec(data.toString('latin1'));

    return host ? host[1] : null;
}

// What Chromium now and then asks for by itself, whatever it was told: its own
// parts.  No page's doing.

const browsers = new Set(['update.googleapis.com']);

// answer(text) may return a whole HTTP answer for plain HTTP requests.

export function startSink(answer = () => null) {
    const hosts = new Map();

    const server = net.createServer((socket) => {
        let data = Buffer.alloc(0);

        socket.on('error', () => {});
        socket.on('data', (chunk) => {
            data = Buffer.concat([data, chunk]);
            const name = readName(data);

            if (!name && data.length < 4096) {
                return;
            }

            if (browsers.has(name)) {
                socket.destroy();
                return;
            }

            hosts.set(name ?? '?', (hosts.get(name ?? '?') ?? 0) + 1);

            /* As a proxy, it is asked for whole URLs. */
            const reply = answer(data.toString('latin1')
                .replace(/^(\w+ )http:\/\/[^/ ]+/, '$1'));

            if (reply) {
                socket.end(reply);
            } else {
                socket.destroy();
            }
        });
    });

    return new Promise((resolve, reject) => {
        server.on('error', reject);
        server.listen(0, '127.0.0.1', () => resolve({
            port: server.address().port,
            hosts,
            stop: () => new Promise((closed) => {
                server.closeAllConnections?.();
                server.close(closed);
            }),
        }));
    });
}

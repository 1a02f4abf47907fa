// What a visit is held against: the same visit without the module.

import { fakes, ofHost, storedBy } from './fakes.mjs';

const byName = Object.fromEntries(fakes.map((fake) => [fake.name, fake]));

export const may = (fake, granted) =>
    fake.for.every((purpose) => granted.includes(purpose));

export const kinds = ['cookies', 'local', 'session'];

// What led to a request, itself last.  What happens inside a third party's
// frame is the frame's: who allows a video allows what its page does.

function chain({ via, fake }) {
    const all = [...via ? via.split('>') : [], fake.name]
        .map((name) => byName[name]).filter(Boolean);
    const frame = all.findIndex(({ type }) => type === 'frame');

    return frame < 0 ? all : all.slice(0, frame + 1);
}

function event({ via, fake }) {
    return `${via ? `${via}>` : ''}${fake.name}`;
}

// Requests and connections that a choice does not allow.

export function leaks({ log, granted }) {
    const left = new Set();

    for (const entry of log) {
        const { host, url, fake } = entry;

        if (url) {
            const all = fake ? chain(entry) : [];
            const guilty = all.at(-1);

            if (guilty ? !may(guilty, granted) : !granted.includes('all')) {
                left.add(url.split('?')[0]);
            }
        } else if (!ofHost(host).some((one) => may(one, granted))
                   && !granted.includes('all'))
        {
            left.add(`${host} (a connection)`);
        }
    }

    // a connection that a frame of a third party made has its request
    for (const { fake, via, host, url } of log) {
        if (url && fake && via && may(chain({ via, fake }).at(-1), granted)) {
            left.delete(`${host} (a connection)`);
        }
    }

    return [...left].sort();
}

// Names in store that belong to what a choice does not allow.

export function stays({ stored, granted }) {
    return kinds.flatMap((kind) => stored[kind]
        .filter((name) => {
            const owners = storedBy(kind, name);

            return owners.length && !owners.some((one) => may(one, granted));
        })
        .map((name) => `${kind}: ${name}`));
}

// Of what the site does by itself: what a choice allows, and what of it did
// not come.

export function works({ log, stored, granted }, base) {
    const seen = new Set(log.filter(({ fake }) => fake).map(event));
    const wanted = new Set(base.log.filter((entry) =>
        entry.fake && chain(entry).every((one) => may(one, granted)))
        .map(event));
    const missing = [...wanted].filter((one) => !seen.has(one));
    let count = wanted.size;

    for (const kind of kinds) {
        for (const name of base.stored[kind]) {
            const owners = storedBy(kind, name);

            // whose script did not run stores nothing
            if (!owners.some((one) => [...wanted].some((key) =>
                key.split('>').at(-1) === one.name)))
            {
                continue;
            }

            count++;

            if (!stored[kind].includes(name)) {
                missing.push(`${kind}: ${name}`);
            }
        }
    }

    return { count, missing };
}

// Made-up lists and requests, the same on each run: of the kinds that
// EasyPrivacy has, in about its shares.

const words = ['stat', 'track', 'pixel', 'beacon', 'collect', 'count', 'log',
               'event', 'metric', 'visit', 'tag', 'data', 'insight', 'audience',
               'monitor', 'measure', 'signal', 'heat', 'click', 'report'];
const ends = ['com', 'net', 'org', 'io', 'de', 'co.uk', 'fr', 'app'];
const types = ['script', 'image', 'xmlhttprequest', 'stylesheet', 'font'];
const places = ['assets', 'static', 'images', 'js', 'css', 'media', 'content',
                'article', 'news', '2024', 'img', 'themes', 'api', 'v2'];

// A number from 0 to n - 1 that hangs on seed alone.

function pick(seed, n) {
    let x = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1);

    x = Math.imul(x ^ x >>> 15, 0x85ebca6b);
    x = Math.imul(x ^ x >>> 13, 0xc2b2ae35);

    return ((x ^ x >>> 16) >>> 0) % n;
}

function host(i) {
    return `${words[pick(i, words.length)]}${i.toString(36)}`
        + `.${ends[pick(i + 1, ends.length)]}`;
}

function word(i) {
    return `${words[pick(i + 2, words.length)]}-${i.toString(36)}`;
}

function rule(i) {
    const kind = pick(i + 3, 100);

    if (kind < 77) {
        return `||${host(i)}^`;
    }

    if (kind < 84) {
        return `||${host(i)}^$third-party`;
    }

    if (kind < 92) {
        return `||${host(i)}/${word(i)}.js`;
    }

    if (kind < 93) {
        return `||${host(i)}^*/${word(i)}/`;
    }

    if (kind < 94) {
        return `@@||${host(i)}/${word(i)}$script,domain=${host(i + 4)}`;
    }

    return kind < 97 ? `/${word(i)}.js` : `&${word(i)}=`;
}

export function madeList(n) {
    return Array.from({ length: n }, (_, i) => `${rule(i)}\n`).join('');
}

// One in twenty goes to a host that a list of n rules names.

function url(i, page, n) {
    const to = pick(i, 20);
    const name = to === 0 ? host(pick(i + 5, n))
        : to < 12 ? `www.${page}` : `cdn${pick(i + 6, 40)}.example.net`;
    const file = Array.from({ length: 1 + pick(i + 7, 4) }, (_, k) =>
        places[pick(i * 5 + k, places.length)]).join('/');

    return `https://${name}/${file}/${pick(i + 8, 1e6).toString(36)}`
        + `${pick(i + 9, 3) === 0 ? `.js?ver=${pick(i + 10, 99)}` : '.png'}`;
}

export function madeRequests(n) {
    const lines = [];

    for (let i = 0; i < 20000; i++) {
        const page = `page${Math.floor(i / 40)}.example`;

        lines.push([url(i, page, n), `https://www.${page}/`,
                    types[pick(i + 11, types.length)]].join('\t'));
    }

    return `${lines.join('\n')}\n`;
}

// Compares the catalogue (rules/*.json) with the packages that its facts may
// come from, and prints where they disagree: one line each, tabs between.
//
// usage: node tools/audit.mjs [--packages DIR] [--top N] [SECTION …]
//
//   coverage   how many of the most used hosts, entities and names are known
//   missing    those of the N most used hosts that are not (--top, 800)
//   unnamed    stored names of the packages that are not known
//   hosts      known hosts whose purpose is not what the package says
//   names      known names whose purpose is not what the vendor declared
//   retention  cookies that the vendor keeps for another time
//   policies   policies that a package has at another site
//   tracking   necessary services that a package counts as tracking
//   sources    entries that name a package which does not know them
//
// Without a section: all of them.  The packages are fetched by npm into
// build/audit, or DIR, once.  They are not truth: docs/classification.md
// decides, and most lines that remain differ from it by its rules.

import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const root = path.dirname(import.meta.dirname);

const packages = {
    'third-party-web': '0.30.0',
    'tarteaucitronjs': '1.34.0',
    '@c15t/scripts': '2.2.0',
    'prebid.js': '11.36.0',
};

const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        packages: { type: 'string', default: `${root}/build/audit` },
        top: { type: 'string', default: '800' },
    },
});

// What the packages' categories come to; those that say nothing about a
// purpose (hosting, utility, other) are left out.

const purposesOf = {
    'ad': ['marketing'],
    'ads': ['marketing'],
    'marketing': ['marketing'],
    'analytics': ['analytics'],
    'analytic': ['analytics'],
    'measurement': ['analytics'],
    'tag-manager': ['analytics', 'marketing'],
    'social': ['embeds'],
    'video': ['embeds'],
    'comment': ['embeds'],
    'content': ['embeds'],
    'customer-success': ['functional'],
    'support': ['functional'],
    'functionality': ['functional'],
    'cdn': ['necessary'],
    'consent-provider': ['necessary'],
};

const tracks = new Set(['marketing', 'analytics']);

// Purposes of the IAB TCF that are advertising: 2 to 4 and 7.

const advertising = new Set([2, 3, 4, 7]);


// The files of a folder, and of those below it, that end so.

function filesOf(dir, end) {
    return fs.readdirSync(dir, { recursive: true }).sort()
        .filter((name) => name.endsWith(end))
        .map((name) => path.join(dir, name));
}


function readJson(name) {
    return JSON.parse(fs.readFileSync(name, 'utf8'));
}


// The folder of a package; npm fetches it if it is not there.

function packageDir(name) {
    const dir = path.join(options.packages, name);

    if (!fs.existsSync(`${dir}/package.json`)) {
        fs.mkdirSync(dir, { recursive: true });
        execFileSync('npm', ['pack', '--silent',
                             `${name}@${packages[name]}`],
                     { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
        const [archive] = filesOf(dir, '.tgz');
        execFileSync('tar', ['xzf', archive, '--strip-components=1'],
                     { cwd: dir });
        fs.rmSync(archive);
    }

    return dir;
}


// The catalogue.

const services = filesOf(`${root}/rules`, '.json')
    .flatMap((name) => (readJson(name).services ?? [])
        .map((service) => ({ ...service, file: path.basename(name) })));

const hosts = new Map();

for (const service of services) {
    for (const match of service.match.filter(({ host }) => host)) {
        const list = hosts.get(match.host) ?? [];

        list.push({ service, bare: !match.path && !match.types });
        hosts.set(match.host, list);
    }
}


// The services that know a host: the one that has the whole of it, or those
// that have paths of it.

function servicesOf(host) {
    let parts = [];

    for (let rest = host; rest.includes('.');
         rest = rest.slice(rest.indexOf('.') + 1)) {
        const list = hosts.get(rest) ?? [];
        const whole = list.find(({ bare }) => bare);

        if (whole) {
            return [whole.service];
        }

        parts = parts.length ? parts : list.map(({ service }) => service);
    }

    return parts;
}


function pattern(name) {
    return new RegExp('^' + name.split('*')
        .map((part) => part.replace(/[.\\+?^$(){}|[\]]/g, '\\$&'))
        .join('.*') + '$');
}


const names = services.flatMap((service) => service.storage
    .map((item) => ({ ...item, service, pattern: pattern(item.name),
                      plain: item.name.replaceAll('*', 'x') })));


// A package's name may have a pattern of its own, and so may ours.

function namesLike(kind, name) {
    const theirs = pattern(name);
    const plain = name.replaceAll('*', 'x');

    return names.filter((item) =>
        (item.kind === 'cookie') === (kind === 'cookie')
        && (item.pattern.test(plain) || theirs.test(item.plain)));
}


function letters(text) {
    return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}


function siteOf(host) {
    const labels = host.split('.');

    return labels.slice(
        /^(com?|org|net|gov|ac|ne|or|go)$/.test(labels.at(-2))
        && labels.at(-1).length === 2 ? -3 : -2).join('.');
}


function hostsIn(text) {
    return [...new Set([...text.matchAll(
        /["'`](?:https?:)?\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/g)]
        .map(([, host]) => host))];
}


function hostOf(url) {
    try {
        return new URL(url).hostname.toLowerCase();
    } catch {
        return '';
    }
}


// The packages, each as a list of { source, title, category, hosts, cookies,
// policy }.

function thirdPartyWeb() {
    return readJson(`${packageDir('third-party-web')}/dist/`
                    + 'entities.json').map((entity) => ({
        source: 'third-party-web',
        title: entity.name,
        category: entity.category,
        used: entity.totalOccurrences ?? 0,
        hosts: entity.domains.map((domain) => domain.replace(/^\*\./, '')),
        cookies: [],
    }));
}


function tarteaucitron() {
    const dir = packageDir('tarteaucitronjs');
    const scope = { services: {}, user: {} };

    vm.runInNewContext(
        fs.readFileSync(`${dir}/tarteaucitron.services.js`, 'utf8'),
        { tarteaucitron: scope, window: {}, document: {} });

    return Object.values(scope.services).map((service) => ({
        source: 'tarteaucitronjs',
        title: service.key,
        category: service.type,
        used: 0,
        hosts: hostsIn(String(service.js)),
        cookies: [...service.cookies].filter(Boolean),
        policy: service.uri,
    }));
}


async function c15t() {
    const dir = packageDir('@c15t/scripts');
    const { builtInScriptIntegrations: list } =
        await import(`${dir}/dist/registry.js`);

    return list.map(({ label, packageSubpath, consentCategory }) => {
        const [file] = filesOf(`${dir}/dist/vendors`,
                               `/${packageSubpath}.js`);

        return {
            source: '@c15t/scripts',
            title: label,
            category: consentCategory,
            used: 0,
            hosts: hostsIn(fs.readFileSync(file, 'utf8')),
            cookies: [],
        };
    });
}


// What vendors declared to Prebid: each stored name once, and the hosts at
// which they declare it.

function prebid() {
    const found = new Map();
    const at = new Set();

    for (const file of filesOf(
        `${packageDir('prebid.js')}/metadata/modules`, '.json')) {
        const module = path.basename(file, '.json');

        for (const [url, { disclosures }] of
            Object.entries(readJson(file).disclosures ?? {})) {
            at.add(hostOf(url));

            for (const item of disclosures ?? []) {
                const kind = item.type === 'cookie' ? 'cookie' : 'web';
                const key = `${kind} ${item.identifier} ${hostOf(url)}`;

                found.set(key, { ...item, kind, module, url });
            }
        }
    }

    // Prebid keeps what some vendors declare at a CDN
    at.delete('cdn.jsdelivr.net');
    return { declared: [...found.values()], declarers: [...at] };
}


function seconds(duration) {
    const units = { Y: 31536000, M: 2592000, W: 604800, D: 86400 };
    const [date, time] = duration.slice(1).split('T');
    let sum = 0;

    for (const [, n, unit] of date.matchAll(/(\d+)([YMWD])/g)) {
        sum += n * units[unit];
    }

    for (const [, n, unit] of (time ?? '').matchAll(/(\d+)([HMS])/g)) {
        sum += n * { H: 3600, M: 60, S: 1 }[unit];
    }

    return sum;
}


// The packages that know a service by one of these hosts, or by its name.

function knownBy(service, matches, namers) {
    const near = (host) => matches.some(({ host: own }) =>
        host === own || host.endsWith(`.${own}`) || own.endsWith(`.${host}`));
    const found = new Set(lists
        .filter(({ hosts: theirs, title }) => theirs.some(near)
            || letters(title) === letters(service.id))
        .map(({ source }) => source));

    if (namers.has(service) || declarers.some(near)) {
        found.add('prebid.js');
    }

    return found;
}


function print(...fields) {
    console.log(fields.join('\t'));
}


function share(what, all, known) {
    print('coverage', what, known, all, `${(known / all * 100).toFixed(1)} %`);
}


const lists = [...thirdPartyWeb(), ...tarteaucitron(), ...await c15t()];
const { declared, declarers } = prebid();
const mostUsed = fs.readFileSync(
    `${packageDir('third-party-web')}/dist/domain-map.csv`, 'utf8')
    .trim().split('\n').map((line) => line.split(','));


const sections = {
    coverage() {
        const entities = lists
            .filter(({ source }) => source === 'third-party-web')
            .sort((a, b) => b.used - a.used);
        const cookies = lists.flatMap((entry) => entry.cookies);

        for (const n of [100, 500, 800, 1000, 2000]) {
            share(`${n} most used hosts`, n, mostUsed.slice(0, n)
                .filter(([host]) => servicesOf(host).length).length);
        }

        for (const n of [100, 500, 1000, entities.length]) {
            share(`${n} most used entities`, n, entities.slice(0, n)
                .filter((entry) => entry.hosts
                    .some((host) => servicesOf(host).length)).length);
        }

        share('cookies of tarteaucitronjs', cookies.length, cookies
            .filter((name) => namesLike('cookie', name).length).length);

        for (const kind of ['cookie', 'web']) {
            const mine = declared.filter((item) => item.kind === kind);

            share(`names of prebid.js, ${kind}`, mine.length, mine.filter(
                (item) => namesLike(kind, item.identifier).length).length);
        }
    },

    missing() {
        mostUsed.slice(0, Number(options.top)).forEach(([host,, kind], n) => {
            if (!servicesOf(host).length) {
                print('missing', n + 1, host, kind);
            }
        });
    },

    unnamed() {
        for (const entry of lists) {
            for (const name of entry.cookies) {
                if (!namesLike('cookie', name).length) {
                    print('unnamed', entry.source, entry.title, name,
                          servicesOf(entry.hosts[0] ?? '')
                              .map(({ id }) => id));
                }
            }
        }

        for (const item of declared) {
            if (!namesLike(item.kind, item.identifier).length) {
                print('unnamed', 'prebid.js', item.module, item.kind,
                      item.identifier, item.maxAgeSeconds,
                      item.purposes, hostOf(item.url),
                      servicesOf(hostOf(item.url)).map(({ id }) => id));
            }
        }
    },

    hosts() {
        for (const entry of lists.sort((a, b) => b.used - a.used)) {
            const expected = purposesOf[entry.category];

            for (const host of expected ? entry.hosts : []) {
                for (const service of servicesOf(host)) {
                    if (!expected.some((purpose) =>
                        service.purposes.includes(purpose))) {
                        print('hosts', entry.source, entry.category,
                              entry.title, host, service.id,
                              service.purposes);
                    }
                }
            }
        }
    },

    names() {
        for (const item of declared) {
            const ads = (item.purposes ?? [])
                .some((purpose) => advertising.has(purpose));

            for (const { service, name } of
                ads ? namesLike(item.kind, item.identifier) : []) {
                if (!service.purposes.includes('marketing')) {
                    print('names', item.module, item.identifier,
                          item.purposes, name, service.id,
                          service.purposes);
                }
            }
        }
    },

    retention() {
        for (const item of declared) {
            if (item.kind !== 'cookie') {
                continue;
            }

            for (const { service, name, retention } of
                namesLike('cookie', item.identifier)
                    .filter((mine) => !mine.name.includes('*'))) {
                const ours = retention.startsWith('P')
                    ? seconds(retention) : 0;
                const theirs = item.maxAgeSeconds ?? 0;

                // a tenth is what months and years differ by
                if (Math.abs(ours - theirs) > theirs / 10) {
                    print('retention', service.id, name, retention,
                          `${theirs} s`,
                          `${(theirs / 86400).toFixed(1)} d`, item.module,
                          item.identifier);
                }
            }
        }
    },

    policies() {
        for (const entry of lists.filter(({ policy }) => policy)) {
            for (const service of new Set(entry.hosts.flatMap(servicesOf))) {
                if (siteOf(hostOf(entry.policy))
                    !== siteOf(hostOf(service.policy_url))) {
                    print('policies', entry.source, entry.title,
                          entry.policy, service.id, service.policy_url);
                }
            }
        }
    },

    tracking() {
        const tracker = new Set(lists
            .filter(({ category }) =>
                purposesOf[category]?.some((purpose) => tracks.has(purpose)))
            .flatMap((entry) => entry.hosts));

        for (const host of tracker) {
            for (const service of servicesOf(host)) {
                if (service.purposes.includes('necessary')) {
                    print('tracking', host, service.id);
                }
            }
        }

        for (const item of declared) {
            for (const { service, name } of
                item.optOut || !(item.purposes ?? []).some((n) => n > 1)
                    ? [] : namesLike(item.kind, item.identifier)) {
                if (service.purposes.includes('necessary')) {
                    print('tracking', item.identifier, name, service.id);
                }
            }
        }
    },

    sources() {
        const namers = new Set(declared.flatMap((item) =>
            namesLike(item.kind, item.identifier)
                .map(({ service }) => service)));

        for (const service of services) {
            const says = new Set(service.provenance.map(({ source }) =>
                source.replace(/(?<=.)@.*/, '')));
            const all = service.match.filter(({ host }) => host);
            const some = knownBy(service, all, namers);
            const sure = knownBy(service,
                                 all.filter((match) => !match.path), namers);

            for (const source of Object.keys(packages)) {
                if (says.has(source) && !some.has(source)) {
                    print('sources', service.file, service.id, source,
                          'does not know it');
                } else if (!says.has(source) && sure.has(source)) {
                    print('sources', service.file, service.id, source,
                          'knows it');
                }
            }
        }
    },
};


for (const section of positionals.length ? positionals
    : Object.keys(sections)) {
    if (!sections[section]) {
        console.error(`audit: no section '${section}'; there are: `
                      + Object.keys(sections).join(' '));
        process.exit(2);
    }

    sections[section]();
}

// Writes the names of countries into ngx_consent_module/ui/texts/*.json: those
// that a service in rules/*.json is run from, and those below, in the language
// of each file.
//
// usage: node tools/countries.mjs [--check]
//
// --check writes nothing; it names the files that would change, and fails if
// there are any.
//
// The names are those of Unicode's CLDR, as the ICU inside of Node has them
// (process.versions.cldr); their licence is docs/unicode-licence.txt.  Other
// versions of Node may have other names.

import fs from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const texts = `${root}ngx_consent_module/ui/texts/`;
const check = process.argv.includes('--check');

// In full, these are names of regions of China before anything else.
const short = new Set(['HK', 'MO']);

// From where services of an operator's own may be run: the EEA, and where the
// languages are spoken.
const more = `AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT
    RO SK SI ES SE IS LI NO CH GB UA TR SA EG IL IR IN CN TW HK JP KR VN ID TH
    KE TZ BR MX US CA AU ZA`.split(/\s+/);

function json(name) {
    return JSON.parse(fs.readFileSync(name, 'utf8'));
}

function codes() {
    const found = new Set(more);

    for (const name of fs.readdirSync(`${root}rules`)) {
        if (name.endsWith('.json') && !name.endsWith('.schema.json')) {
            for (const service of json(`${root}rules/${name}`).services ?? []) {
                if (service.country) {
                    found.add(service.country);
                }
            }
        }
    }

    return [...found].sort();
}

function names(lang, all) {
    const of = (style) => new Intl.DisplayNames(lang, {
        type: 'region', style, fallback: 'none' });
    const [long, brief] = [of('long'), of('short')];

    return all.map((code) => {
        const name = (short.has(code) ? brief : long).of(code);

        if (!name) {
            throw new Error(`${lang}: this Node has no name for ${code}`);
        }

        return `${JSON.stringify(code)}: ${JSON.stringify(name)}`;
    });
}

// Several in a line, up to 79 columns.

function lay(items) {
    const rows = [];
    let row = '   ';

    items.forEach((item, i) => {
        const word = ` ${item}${i + 1 < items.length ? ',' : ''}`;

        if (row.trim() && [...row + word].length > 79) {
            rows.push(row);
            row = '   ';
        }

        row += word;
    });

    return [...rows, row].join('\n');
}

const all = codes();
const changed = [];

for (const name of fs.readdirSync(texts).sort()) {
    const was = fs.readFileSync(texts + name, 'utf8');
    const lang = JSON.parse(was).lang;
    const is = was.replace(/("countries": \{\n)[^}]*?(\n {2}\})/,
        (_, open, close) => open + lay(names(lang, all)) + close);

    if (is !== was) {
        changed.push(name);

        if (!check) {
            fs.writeFileSync(texts + name, is);
        }
    }
}

console.log(changed.length
    ? `${check ? 'old' : 'written'}: ${changed.join(' ')}`
    : 'all names are up to date');
process.exit(check && changed.length ? 1 : 0);

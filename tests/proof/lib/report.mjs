// The result as a page of the documentation.

import { kinds } from './judge.mjs';

const head = `# Nothing leaves: the proof

Sites that real tools built, each with the trackers that such sites usually
have, in front of a world in which every outside host is a sink on this
machine. The sink notes each connection by the name that it asks for, and
answers as the real ones do: with scripts that load further scripts, frames and
pixels, set cookies and storage, open sockets and send beacons. \`make proof\`
builds the sites, visits them and writes this page.

Each visitor opens the site, chooses as the column says, in the banner or in the
preference centre, and then walks through all pages, by the site's own links
where scripts may run. What counts as a fault:

* **left**: a connection to a host, or a request, whose purpose the visitor has
  not allowed at that moment;
* **kept**: a cookie or a key of storage of such a purpose, on the site;
* **missing**: something that the same visit without the module does, whose
  purpose is allowed, and which did not happen;
* **said**: an error in the console that the site by itself does not have.

`;

const limits = `
## What it does not show

* What a third party does inside its own frame is that frame's: who allows a
  video allows what the video's page loads.
* Firefox reaches the sink as its proxy, so names that it only looks up are not
  seen there. In Chromium a name that is looked up without a connection is not
  seen either; preconnects are.
* What workers write into the console is read in Firefox alone.
* The fakes do what the real scripts were known to do when they were written.
`;

function cellText(cell) {
    if (!cell) {
        return '';
    }

    if (cell.broke) {
        return '**broke**';
    }

    const works = cell.count ? `${cell.count - cell.missing.length}/${
        cell.count}` : '';
    const faults = ['left', 'kept', 'said'].filter((what) =>
        cell[what].length).map((what) => `${cell[what].length} ${what}`);

    return faults.length || cell.missing.length
           ? `**${[works, ...faults].filter(Boolean).join(', ')}**`
           : works || '✓';
}

function table(lines) {
    return lines.map((line, i) => `| ${line.join(' | ')} |${
        i ? '' : `\n|${line.map(() => '---|').join('')}`}`).join('\n');
}

function faultsOf({ bed, browser, scripts, cells }) {
    return Object.entries(cells).flatMap(([choice, cell]) => {
        const lines = cell.broke ? [`the visit broke off: ${cell.broke}`]
            : ['left', 'kept', 'missing', 'said'].flatMap((what) =>
                cell[what].map((line) => `${what}: \`${line.slice(0, 160)
                    .replace(/`/g, "'")}\``));

        return lines.length ? [`* ${bed.title}, ${browser}, scripts ${
            scripts ? 'on' : 'off'}, ${choice}`,
            ...lines.map((line) => `  * ${line}`)] : [];
    });
}

function sites(rows) {
    return table([['Site', 'Built by', 'Asks, left to itself',
                   'Stores on the site'],
        ...rows.filter((row, i) => rows.findIndex(({ bed }) =>
            bed.name === row.bed.name) === i).map(({ bed, base }) => [
            bed.name, bed.title,
            `${new Set(base.log.map(({ host }) => host)).size} outside hosts, ${
                base.log.filter(({ url }) => url).length} requests`,
            `${kinds.reduce((n, kind) => n + base.stored[kind].length, 0)}`
            + ' cookies and keys',
        ])]);
}

export function report(rows, { choices, missing, digest }) {
    const versions = new Set(rows.map(({ version }) => version));
    const older = rows.filter((row) => row.digest !== digest).map((row) =>
        `${row.bed.name} in ${row.browser}, scripts ${
            row.scripts ? 'on' : 'off'}: seen with an earlier build`);
    const faults = rows.flatMap(faultsOf);
    const owns = new Map();

    for (const { bed, cells } of rows) {
        for (const { owns: lines = [] } of Object.values(cells)) {
            for (const line of lines) {
                owns.set(`${bed.title}: \`${line.slice(0, 120)}\``, 1);
            }
        }
    }

    return `${head}${sites(rows)}

Browsers: ${[...versions].join(', ')}.

## Result

A tick: nothing left, nothing kept, nothing said, and nothing is allowed that
could be missing. A fraction: how much of what is allowed did happen; nothing
left, kept or said. In bold: a fault.

${table([['Site', 'Browser', 'Scripts', ...choices],
         ...rows.map(({ bed, browser, scripts, cells }) => [
             bed.name, browser, scripts ? 'on' : 'off',
             ...choices.map((choice) => cellText(cells[choice]))])])}
${faults.length ? `\n## Faults\n\n${faults.join('\n')}\n` : ''}${owns.size
        ? `\n## Said by sites themselves

What a site writes into the console where a network, instead of this module,
refuses its trackers. It is not counted as a fault.

${[...owns.keys()].map((line) => `* ${line}`).join('\n')}\n` : ''}${
        missing.length || older.length ? `\n## Not proved here\n\n${
            [...missing, ...older].map((line) =>
            `* ${line}`).join('\n')}\n` : ''}${limits}`;
}

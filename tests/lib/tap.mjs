// A few lines of TAP (Test Anything Protocol) for tests written in Node.

let count = 0;
let failed = 0;

export function ok(condition, name, why) {
    count++;
    console.log(`${condition ? 'ok' : 'not ok'} ${count} - ${name}`);

    if (!condition) {
        failed++;

        for (const line of String(why ?? '').split('\n').slice(0, 20)) {
            console.log(`# ${line}`);
        }
    }

    return Boolean(condition);
}

export function is(got, expected, name) {
    return ok(got === expected, name,
              `got:      ${JSON.stringify(got)}\n`
              + `expected: ${JSON.stringify(expected)}`);
}

export function note(text) {
    console.log(`# ${text}`);
}

export function skipAll(why) {
    console.log(`1..0 # SKIP ${why}`);
    process.exit(0);
}

export function done() {
    console.log(`1..${count}`);
    process.exitCode = failed ? 1 : 0;
}

// What scripts do later: with the policy, nothing leaves but what is named with
// its reason; the guard holds what it says it holds.  All modes, and a table:
// `make guard-docs`.

import { done, ok } from '../lib/tap.mjs';
import ways, { past } from './lib/ways.mjs';
import { runWays } from './lib/ways-run.mjs';

const { ways: results } = await runWays(['policy', 'guard']);

// What the guard alone holds, it holds with a policy, too.

const { ways: rest } = await runWays(['both', 'strict'], (way) =>
    results.some(({ id, left }) => id === way.id && left.guard));
const storage = new Set(['cookies', 'storage']);

ok(ways.length >= 150, `there are 150 ways or more (${ways.length})`);

for (const mode of Object.keys(past)) {
    const named = new Set(Object.values(past[mode]).flat());
    const left = [...results, ...rest].filter((way) => way.left[mode]);
    const more = left.filter((way) => !named.has(way.id));

    ok(left.length > 0 || !named.size,
       `${mode}: what it leaves open is seen`);
    ok(!more.length, `${mode}: nothing leaves but what is named`,
       more.map((way) => way.id).join(' '));
}

ok(results.filter((way) => storage.has(way.group))
       .every((way) => !way.left.guard),
   'nothing denied is stored past the guard');

const unknown = Object.values(past).flatMap(Object.values).flat()
    .filter((id) => !ways.some((way) => way.id === id));

ok(!unknown.length, 'all that is named is there', unknown.join(' '));

done();

// The npm packages of the tests lie in build/node, not beside the sources.

import { createRequire } from 'node:module';

import { root } from './nginx.mjs';

export const need = createRequire(`${root}/build/node/package.json`);

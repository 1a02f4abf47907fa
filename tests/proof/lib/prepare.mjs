// The Debian packages that the beds and Firefox need, one a line.

import { debian } from './beds.mjs';

console.log([...await debian(), 'firefox-esr'].join('\n'));

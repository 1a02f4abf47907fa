// Verdicts in bulk, from `consentctl match`.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { root } from './nginx.mjs';

// questions: [[url, page, type], …]; answers { purposes: […], service }.

export function verdicts(questions, rules = `${root}/rules/*.json`) {
    if (questions.length === 0) {
        return [];
    }

    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'consent-tsv-'));
    const file = path.join(folder, 'in.tsv');

    fs.writeFileSync(file, questions.map((q) => q.join('\t')).join('\n')
                           + '\n');

    const out = execFileSync(`${root}/build/consentctl`,
                             ['match', '--rules', rules],
                             { input: fs.readFileSync(file),
                               maxBuffer: 1 << 28 }).toString();

    fs.rmSync(folder, { recursive: true });

    const lines = out.split('\n').filter((line) => line !== '');

    if (lines.length !== questions.length) {
        throw new Error(`${questions.length} questions,`
                        + ` ${lines.length} answers`);
    }

    return lines.map((line) => {
        const fields = line.split('\t');
        const [purposes, service] = fields.slice(-3);

        return {
            purposes: purposes === '-' || purposes === ''
                      ? [] : purposes.split(/[ ,+]/),
            service: service === '-' ? '' : service,
        };
    });
}

export function denied(verdict, granted = ['necessary']) {
    return verdict.purposes.some((purpose) => !granted.includes(purpose));
}

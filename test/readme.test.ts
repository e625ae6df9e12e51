import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { SETTINGS } from '../src/config/settings.ts';
import { EXIT_CODES } from '../src/domain/exit-code.ts';

const README = new URL('../README.md', import.meta.url);

/** The tables that README holds between two comments of their name, made from the source. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  settings: [
    '| key | variable | flag | default | meaning |',
    '|---|---|---|---|---|',
    ...Object.entries<{
      readonly variable?: string;
      readonly flags: readonly string[];
      readonly fallback?: string;
      readonly description: string;
    }>(SETTINGS).map(([key, { variable, flags, fallback, description }]) => {
      const cells = [key, variable, flags.map((flag) => flag.replace(/ .*/, '')).join('`, `'), fallback];
      return `| ${cells.map((cell) => (cell === undefined ? '' : `\`${cell}\``)).join(' | ')} | ${description} |`;
    }),
  ],
  'exit-codes': [
    '| code | meaning |',
    '|---|---|',
    ...Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  ],
};

describe('README.md', () => {
  for (const [name, lines] of Object.entries(TABLES)) {
    it(`has the table of ${name} as the source has it`, async () => {
      const text = await readFile(README, 'utf8');
      const [, found] = new RegExp(`<!-- ${name} -->\n([^]*?)<!-- /${name} -->`).exec(text) ?? [];
      expect(found?.trim()).to.equal(lines.join('\n'));
    });
  }
});

import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import { describe, it } from 'mocha';

const SECURITY = readFileSync(new URL('../SECURITY.md', import.meta.url), 'utf8');

/** The tests that the promises name: a file and a part of a title in it. Line breaks do not matter. */
const NAMED = [...SECURITY.replace(/\s+/g, ' ').matchAll(/`(test\/[^`]+)` “([^”]+)”/g)];

describe('SECURITY.md', () => {
  it('names a test for each promise', () => {
    expect(NAMED).to.have.length(SECURITY.split('`test/').length - 1);
  });

  for (const [, file = '', title = ''] of NAMED) {
    it(`names an existing test: ${file}: ${title}`, () => {
      expect(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).to.include(title);
    });
  }
});

import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import { describe, it } from 'mocha';

const SECURITY = readFileSync(new URL('../SECURITY.md', import.meta.url), 'utf8');

/** Each test that a promise names: its file, and words of a title or a row in it. Lines may be broken anywhere. */
const NAMED = [...SECURITY.replace(/\s+/g, ' ').matchAll(/`(test\/[^`]+)` “([^”]+)”/g)];

describe('SECURITY.md', () => {
  it('names a test for each promise', () => {
    expect(NAMED).to.have.length(SECURITY.split('`test/').length - 1);
  });

  for (const [, file = '', title = ''] of NAMED) {
    it(`names a test that there is: ${file}: ${title}`, () => {
      expect(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).to.include(title);
    });
  }
});

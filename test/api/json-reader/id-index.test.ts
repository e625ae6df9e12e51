import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { createIdIndex, type IdIndex } from '../../../src/api/json-reader/id-index.ts';

/** Looks up an id by its bytes, with other bytes around it. */
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

describe('createIdIndex', () => {
  it('finds its ids by their bytes, and no others', () => {
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

  it('distinguishes ids that differ in a single byte', () => {
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

  it('never matches an id with half a surrogate pair, which UTF-8 cannot encode', () => {
    const index = createIdIndex(['a\ud83d', '\ude00b', 'c']);
    expect(['a\ud83d', '\ude00b', 'c', 'a'].map((id) => hasBytes(index, id))).to.deep.equal([
      false,
      false,
      true,
      false,
    ]);
    expect(index.has('a\ud83d')).to.equal(true);
  });

  it('holds 100,000 ids', () => {
    const many = Array.from({ length: 100_000 }, (_, number) => `device-${number}-of-the-fleet`);
    const index = createIdIndex(many);
    expect(many.every((id) => hasBytes(index, id))).to.equal(true);
    expect(many.some((id) => hasBytes(index, `${id}!`))).to.equal(false);
  });

  it('is not slowed down by ids that collide in an unseeded hash', function () {
    this.timeout(15_000);
    const colliding = collidingIds(20_000);
    const index = createIdIndex(colliding);
    expect(colliding.every((id) => hasBytes(index, id))).to.equal(true);
    expect(colliding.some((id) => hasBytes(index, `${id}!`))).to.equal(false);
  });
});

/** Returns ids of 12 printable characters with the same FNV-1a hash over 32-bit words. */
function collidingIds(count: number): readonly string[] {
  const prime = 0x01000193;
  let inverse = prime;
  for (let step = 0; step < 5; step++) inverse = Math.imul(inverse, 2 - Math.imul(prime, inverse));
  const target = Math.imul(inverse, 0x12345678);
  const id = Buffer.from('00000000....');
  const ids: string[] = [];
  for (let number = 0; ids.length < count; number++) {
    for (let digit = 0, rest = number; digit < 8; digit++, rest >>>= 4) id[digit] = 0x41 + (rest & 15);
    const first = Math.imul(0x811c9dc5 ^ id.readInt32LE(0), prime);
    id.writeInt32LE(Math.imul(first ^ id.readInt32LE(4), prime) ^ target, 8);
    if (id.every((byte) => byte > 0x20 && byte < 0x7f)) ids.push(id.toString());
  }
  return ids;
}

import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { decodeCanonical, isCanonicalInstant, matchCanonical } from '../../../src/api/json-reader/canonical.ts';
import { createIdIndex } from '../../../src/api/json-reader/id-index.ts';
import { parseInstant } from '../../../src/transform/instant.ts';

function viewOf(text: string): DataView {
  const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
  return new DataView(bytes.buffer);
}

function match(text: string): number {
  return matchCanonical(viewOf(text), 0, text.length);
}

const RECORD =
  '{"id":"86b5c819-6a6c-4978-8c51-a2d810bb9318","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}';

describe('matchCanonical', () => {
  it('matches a canonical record up to its last byte', () => {
    expect(match(RECORD)).to.equal(RECORD.length);
    expect(match(`${RECORD},`)).to.equal(RECORD.length);
    expect(match(RECORD.slice(0, -1))).to.equal(0);
  });

  it('checks every byte: a record with a changed byte matches only if it is still valid', () => {
    for (let i = 0; i < RECORD.length; i++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = RECORD.slice(0, i) + String.fromCharCode(byte) + RECORD.slice(i + 1);
        if (match(changed) === 0) continue;
        const record: unknown = JSON.parse(changed);
        expect(record).to.have.all.keys('id', 'begin', 'end');
        for (const time of [Reflect.get(Object(record), 'begin'), Reflect.get(Object(record), 'end')] as unknown[]) {
          expect(parseInstant(String(time)), changed).not.to.equal(undefined);
        }
        expect(byte, changed).to.be.within(0x20, 0x7f);
      }
    }
  });

  it('matches ids of any length, which decode like JSON', () => {
    for (let length = 0; length < 20; length++) {
      const text = RECORD.replace(/86b5[^"]*/, 'i'.repeat(length));
      expect(match(text), text).to.equal(text.length);
      expect(decodeCanonical(Buffer.from(text)), text).to.deep.equal(JSON.parse(text));
    }
  });

  it('agrees with parseInstant on every canonical time', () => {
    const digits = (count: number, max: number) =>
      fc.integer({ min: 0, max }).map((n) => String(n).padStart(count, '0'));
    const time = fc
      .tuple(digits(4, 9999), digits(2, 14), digits(2, 33), digits(2, 26), digits(2, 62), digits(2, 62), digits(3, 999))
      .map(([y, mo, d, h, mi, s, ms]) => `${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
    fc.assert(
      fc.property(time, (text) => {
        // Leap days and leap seconds are left to the general parser.
        fc.pre(!/-02-29T|:60\./.test(text));
        expect(isCanonicalInstant(viewOf(text), 0), text).to.equal(parseInstant(text) !== undefined);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('createIdIndex', () => {
  it('agrees with a Set, by bytes and by text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.array(fc.string({ unit: 'grapheme' })),
        (ids, others) => {
          const index = createIdIndex(ids);
          const set = new Set(ids);
          for (const id of [
            ...ids,
            ...others,
            ...ids.map((known) => `${known}x`),
            ...ids.map((known) => known.slice(1)),
          ]) {
            const bytes = new Uint8Array(Buffer.from(`"${id}"`));
            expect(index.hasBytes(new DataView(bytes.buffer), 1, bytes.length - 1)).to.equal(set.has(id));
            expect(index.has(id)).to.equal(set.has(id));
          }
        },
      ),
    );
  });

  it('distinguishes 20,000 ids', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `device-${i}`);
    const index = createIdIndex(ids);
    const found = Array.from({ length: 40_000 }, (_, i) =>
      index.hasBytes(viewOf(`device-${i}`), 0, `device-${i}`.length),
    );
    expect(found.filter(Boolean)).to.have.length(20_000);
  });
});

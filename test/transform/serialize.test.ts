import { expect } from 'chai';
import { describe, it } from 'mocha';

import { attachName } from '../../src/transform/rule.ts';
import { serialize } from '../../src/transform/serialize.ts';

function textOf(list: Parameters<typeof serialize>[0]): string {
  return [...serialize(list)].join('');
}

describe('attachName and serialize', () => {
  const outage = { end: '2022-02-01T00:00:00.000Z', begin: '2022-01-02T00:00:00+00:00', id: '1', unknown: 'x' };

  it('write the keys in order, timestamps unchanged, without unknown fields', () => {
    expect(textOf([attachName(outage, { id: '1', name: 'One' })])).to.equal(
      '[{"id":"1","name":"One","begin":"2022-01-02T00:00:00+00:00","end":"2022-02-01T00:00:00.000Z"}]',
    );
  });

  it('write an empty list', () => {
    expect(textOf([])).to.equal('[]');
  });

  it('escape every control character in equivalent JSON', () => {
    const controls = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i)]
      .concat([0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e])
      .concat([0x2066, 0x2067, 0x2068, 0x2069, 0xfeff]);
    const name = `"\\${String.fromCharCode(...controls)}é 𝄞`;
    const list = [attachName(outage, { id: '1', name })];
    const json = textOf(list);
    expect(json).to.match(/^[\u0020-\u007e\u00a0-\u061b\ud834\udd1e]*$/);
    expect(json).to.contain('é 𝄞').and.to.contain('\\u001b').and.to.contain('\\u009b').and.to.contain('\\u202e');
    expect(JSON.parse(json)).to.deep.equal(list);
  });

  it('write lists and names of any length in parts of bounded length', () => {
    for (const [length, size] of [
      [1, 1],
      [1999, 1],
      [2000, 1],
      [2001, 1],
      [5000, 1],
      [500, 1000],
      [5, 200_000],
    ] as const) {
      const name = 'x'.repeat(size);
      const list = Array.from({ length }, () => attachName(outage, { id: '1', name }));
      const parts = [...serialize(list)];
      expect(parts.join('') === JSON.stringify(list), `${length} outages`).to.equal(true);
      expect(Math.max(...parts.map((part) => part.length))).to.be.below(200_000 + size);
    }
  });
});

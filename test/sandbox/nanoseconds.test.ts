import { expect } from 'chai';
import { describe, it } from 'mocha';

import { nanosecondsOf } from '../../src/sandbox/nanoseconds.ts';

describe('sandbox: instants', () => {
  const cutoff = 1_640_995_200_000_000_000n;

  const instants: readonly (readonly [text: string, nanoseconds: bigint])[] = [
    ['2022-01-01T00:00:00Z', cutoff],
    ['2022-01-01t00:00:00.000z', cutoff],
    ['2022-01-01T05:45:00.000+05:45', cutoff],
    ['2021-12-31T19:00:00-05:00', cutoff],
    ['2022-01-01T00:00:00-00:00', cutoff],
    ['2021-12-31T23:59:60Z', cutoff],
    ['2021-12-31T23:59:59.999Z', cutoff - 1_000_000n],
    ['2022-01-01T00:00:00.5Z', cutoff + 500_000_000n],
    ['2022-01-01T05:45:00.000000001+05:45', cutoff + 1n],
    ['2022-01-01T00:00:00.0000000019999Z', cutoff + 1n],
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000_000n],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000_000_000n],
  ];
  for (const [text, nanoseconds] of instants) {
    it(`parses ${text}`, () => {
      expect(nanosecondsOf(text)).to.equal(nanoseconds);
    });
  }

  for (const text of [
    '',
    '2022-01-01',
    '2022-01-01T00:00:00',
    '2022-01-01 00:00:00Z',
    '2022-01-01T00:00:00.Z',
    '2022-02-31T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2022-13-01T00:00:00Z',
    '2022-00-01T00:00:00Z',
    '2022-01-00T00:00:00Z',
    '2022-01-01T24:00:00Z',
    '2022-01-01T00:60:00Z',
    '2022-01-01T00:00:61Z',
    '2022-01-01T00:00:00+24:00',
    '2022-01-01T00:00:00+0545',
    ' 2022-01-01T00:00:00Z',
    '2022-01-01T00:00:00Z\n',
  ]) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      expect(nanosecondsOf(text)).to.equal(undefined);
    });
  }
});

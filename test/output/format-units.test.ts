import { expect } from 'chai';
import { describe, it } from 'mocha';

import { align, truncate } from '../../src/output/width.ts';
import { count, durationBetween, toDuration, toSize } from '../../src/output/format-units.ts';

describe('format-units', () => {
  const durations: readonly [milliseconds: number, text: string][] = [
    [0, '0s'],
    [0.5, '<1ms'],
    [377.9, '377ms'],
    [1000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [725_000, '12m 5s'],
    [7_200_000, '2h'],
    [7_259_000, '2h'],
    [7_260_000, '2h 1m'],
    [86_399_999, '23h 59m'],
    [273_600_000, '3d 4h'],
    [126_230_400_000, '1,461d'],
    [-300_000, '-5m'],
  ];
  for (const [milliseconds, text] of durations) {
    it(`formats ${milliseconds} ms as ${text}`, () => {
      expect(toDuration(milliseconds)).to.equal(text);
    });
  }

  const spans: readonly [begin: string, end: string, text: string][] = [
    ['2022-01-01T00:00:00Z', '2022-01-04T04:30:00Z', '3d 4h'],
    ['2022-01-01T00:00:00+01:00', '2021-12-31T23:00:05Z', '5s'],
    ['2022-01-01T00:00:00.000000001Z', '2022-01-01T00:00:00.000000002Z', '<1ms'],
    ['2022-01-01T00:00:01Z', '2022-01-01T00:00:00Z', '-1s'],
    ['2022-02-31T00:00:00Z', '2022-03-01T00:00:00Z', '?'],
  ];
  for (const [begin, end, text] of spans) {
    it(`formats the time from ${begin} to ${end} as ${text}`, () => {
      expect(durationBetween(begin, end)).to.equal(text);
    });
  }

  it('formats counts with the plural', () => {
    expect([0, 1, 2, 108_000].map((number) => count(number, 'outage'))).to.deep.equal([
      '0 outages',
      '1 outage',
      '2 outages',
      '108,000 outages',
    ]);
  });

  it('formats sizes in decimal units', () => {
    expect([0, 999, 1000, 12_400_000, 114_000_000, 5e15].map(toSize)).to.deep.equal([
      '0 B',
      '999 B',
      '1 kB',
      '12.4 MB',
      '114 MB',
      '5,000 TB',
    ]);
  });
});

describe('width', () => {
  const cases: readonly [text: string, width: number, expected: string][] = [
    ['battery', 7, 'battery'],
    ['battery', 6, 'batte…'],
    ['battery', 1, '…'],
    ['battery', 0, ''],
    ['電池電池', 8, '電池電池'],
    ['電池電池', 7, '電池電…'],
    ['電池電池', 6, '電池…'],
    ['👩‍👩‍👧‍👦 home', 5, '👩‍👩‍👧‍👦 h…'],
    ['👩‍👩‍👧‍👦 home', 2, '…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['🇬🇧🇬🇧', 3, '🇬🇧…'],
  ];
  for (const [text, width, expected] of cases) {
    it(`cuts ${text} to ${width} cells as ${expected}`, () => {
      expect(truncate(text, width)).to.equal(expected);
    });
  }

  it('aligns by terminal cells', () => {
    expect(align('電池', 6, 'left')).to.equal('電池  ');
    expect(align('電池', 6, 'right')).to.equal('  電池');
    expect(align('電池電池', 6, 'right')).to.equal(' 電池…');
  });
});

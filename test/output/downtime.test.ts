import { expect } from 'chai';
import { describe, it } from 'mocha';

import { downtimeOf } from '../../src/output/downtime.ts';
import { listOf } from './lists.ts';

const HOUR = 3_600_000;

function until(end: string) {
  return { begin: Date.parse('2022-01-01T00:00:00Z'), end: Date.parse(end) };
}

describe('downtime', () => {
  it('counts overlapping outages of a device once, and adds up the devices', () => {
    const list = listOf('s', { a: 'A', b: 'B', c: 'C', d: 'D' }, [
      ['a', '2022-01-01T00:00:00Z', '2022-01-01T10:00:00Z'],
      ['a', '2022-01-01T08:00:00Z', '2022-01-01T12:00:00Z'],
      ['a', '2022-01-02T00:00:00Z', '2022-01-02T01:00:00Z'],
      ['b', '2022-01-01T08:00:00Z', '2022-01-01T15:00:00Z'],
    ]);
    expect(downtimeOf(list, until('2022-01-05T04:00:00Z'))).to.deep.equal({
      outages: 4,
      devices: 4,
      affected: 2,
      total: 20 * HOUR,
      longest: 10 * HOUR,
      // 20 of 400 hours.
      availability: 0.95,
    });
  });

  it('ignores time after the period, and counts an end before its begin as no duration', () => {
    const list = listOf('s', { a: 'A', b: 'B' }, [
      ['a', '2022-01-01T01:00:00Z', '9999-12-31T23:59:59Z'],
      ['b', '2022-01-01T02:00:00Z', '2022-01-01T01:00:00Z'],
      ['b', '2022-01-01T04:00:00Z', '2022-01-01T05:00:00Z'],
    ]);
    const { total, longest, availability } = downtimeOf(list, until('2022-01-01T02:00:00Z'));
    expect({ total, longest, availability }).to.deep.equal({ total: HOUR, longest: HOUR, availability: 0.75 });
  });

  it('has no availability without devices', () => {
    expect(downtimeOf(listOf('s', {}, []), until('2023-01-01T00:00:00Z')).availability).to.equal(undefined);
  });
});

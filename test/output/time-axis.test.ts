import { expect } from 'chai';
import { describe, it } from 'mocha';

import { cutoffOf, percentOf, ticksOf } from '../../src/output/time-axis.ts';

function labels(begin: string, end: string, about: number): readonly string[] {
  return ticksOf({ begin: Date.parse(begin), end: Date.parse(end) }, about).map(({ label }) => label);
}

describe('time axis', () => {
  it('labels years, months, days and times, and completes the first label', () => {
    expect(labels('2020-06-01', '2023-06-01', 3)).to.deep.equal(['2021', '2022', '2023']);
    expect(labels('2021-10-15', '2022-03-15', 5)).to.deep.equal(['Nov 2021', 'Dec', '2022', 'Feb', 'Mar']);
    expect(labels('2022-01-28T12:00Z', '2022-02-02T12:00Z', 5)).to.deep.equal([
      '29 Jan 2022',
      '30 Jan',
      '31 Jan',
      'Feb',
      '2 Feb',
    ]);
    expect(labels('2022-05-01T09:00Z', '2022-05-02T03:00Z', 3)).to.deep.equal(['1 May 12:00', '18:00', '2 May']);
    expect(labels('2022-05-01T09:00:10Z', '2022-05-01T09:01:10Z', 4)).to.deep.equal([
      '1 May 09:00:15',
      '09:00:30',
      '09:00:45',
      '09:01',
    ]);
  });

  it('places times proportionally', () => {
    expect(percentOf(25, { begin: 0, end: 200 })).to.equal('12.500%');
  });

  it('marks a cutoff before the axis at its edge', () => {
    expect(cutoffOf(25, { begin: 0, end: 100 })).to.deep.equal({ kind: 'cutoff', x: '25.000%', label: 'cutoff' });
    expect(cutoffOf(25, { begin: 26, end: 100 })).to.deep.equal({ kind: 'cutoff before', x: '0%', label: '◄ cutoff' });
  });
});

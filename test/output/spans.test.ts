import { expect } from 'chai';
import { describe, it } from 'mocha';

import { byDevice, merge, periodOf, type Span, within } from '../../src/output/spans.ts';
import { listOf, ruleOf } from './lists.ts';

function span(begin: string, end: string): Span {
  return { begin: Date.parse(begin), end: Date.parse(end) };
}

/** Returns the axis as dates. */
function axis(spans: readonly Span[], now: string, cutoff?: string): readonly string[] {
  const { begin, end } = periodOf(spans, { rule: ruleOf(now, cutoff) });
  return [begin, end].map((time) => new Date(time).toISOString().slice(0, 10));
}

describe('spans', () => {
  it('are grouped by device, in the order of the devices, including those without outages', () => {
    const list = listOf('s', { a: 'A', b: 'B', c: 'C' }, [
      ['c', '1970-01-01T00:00:01Z', '1970-01-01T00:00:02.5Z'],
      ['a', '1970-01-01T00:00:03Z', '1970-01-01T00:00:04Z'],
      ['c', '1970-01-01T00:00:09Z', '1970-01-01T00:00:05Z'],
    ]);
    expect(byDevice(list)).to.deep.equal([
      { device: { id: 'a', name: 'A' }, spans: [{ begin: 3000, end: 4000, position: 1 }] },
      { device: { id: 'b', name: 'B' }, spans: [] },
      {
        device: { id: 'c', name: 'C' },
        spans: [
          { begin: 1000, end: 2500, position: 0 },
          // Ends before it begins.
          { begin: 9000, end: 9000, position: 2 },
        ],
      },
    ]);
  });

  it('are joined if they overlap or touch', () => {
    const spans = [
      { begin: 50, end: 60 },
      { begin: 0, end: 10 },
      { begin: 10, end: 20 },
      { begin: 15, end: 40 },
      { begin: 16, end: 17 },
      { begin: 41, end: 42 },
    ];
    expect(merge(spans)).to.deep.equal([
      { begin: 0, end: 40 },
      { begin: 41, end: 42 },
      { begin: 50, end: 60 },
    ]);
  });

  it('are clipped to a period', () => {
    const spans = [
      { begin: 0, end: 10 },
      { begin: 5, end: 25 },
      { begin: 30, end: 40 },
    ];
    expect(within(spans, { begin: 8, end: 20 })).to.deep.equal([
      { begin: 8, end: 10 },
      { begin: 8, end: 20 },
    ]);
  });
});

describe('the time axis', () => {
  it('runs from the cutoff to the end of the last outage', () => {
    expect(axis([span('2022-03-01', '2022-06-01'), span('2022-04-01', '2022-04-02')], '2024-01-01')).to.deep.equal([
      '2022-01-01',
      '2022-06-01',
    ]);
  });

  it('ends at the current time if an outage continues', () => {
    expect(axis([span('2022-03-01', '9999-12-31')], '2022-05-01')).to.deep.equal(['2022-01-01', '2022-05-01']);
  });

  it('ends with the last outage if all are in the future', () => {
    expect(axis([span('2022-03-01', '2022-06-01')], '2022-02-01')).to.deep.equal(['2022-01-01', '2022-06-01']);
  });

  it('begins with the first outage if the cutoff is much earlier', () => {
    expect(axis([span('2022-03-01', '2022-06-01')], '2024-01-01', '1970-01-01T00:00:00Z')).to.deep.equal([
      '2022-03-01',
      '2022-06-01',
    ]);
  });

  it('covers at least 30 days', () => {
    expect(axis([span('2023-03-30', '2023-03-31')], '2024-01-01')).to.deep.equal(['2023-03-01', '2023-03-31']);
  });

  it('ends at the time that the user chose, and says why it ends', () => {
    const spans = [span('2022-03-01', '2022-06-01')];
    const rule = ruleOf('2024-01-01T00:00:00Z');
    const until = Date.parse('2022-05-01T00:00:00Z');
    const begin = Date.parse('2022-01-01T00:00:00Z');
    expect(periodOf(spans, { rule, until })).to.deep.equal({ begin, end: until, endsAt: '--until' });
    expect(periodOf([], { rule, until })).to.deep.equal({ begin, end: until, endsAt: '--until' });
    expect(periodOf(spans, { rule }).endsAt).to.equal('the end of the last outage');
    expect(periodOf([], { rule }).endsAt).to.equal('now');
    expect(periodOf(spans, { rule: ruleOf('2022-05-01T00:00:00Z') }).endsAt).to.equal('now');
    expect(periodOf([], { rule: ruleOf('2022-01-01T00:00:00Z') }).endsAt).to.equal('one day, the shortest period');
  });

  it('runs from the cutoff until now without outages', () => {
    expect(axis([], '2022-05-01')).to.deep.equal(['2022-01-01', '2022-05-01']);
    expect(axis([], '2021-05-01')).to.deep.equal(['2022-01-01', '2022-01-02']);
  });
});

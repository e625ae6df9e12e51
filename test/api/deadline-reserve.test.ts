import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createDeadlineReserve } from '../../src/api/deadline-reserve.ts';

/** Returns the reserve of a run of this length, after responses with these durations. */
function reserveOf(runMs: number, ...responsesMs: readonly number[]): number {
  const reserve = createDeadlineReserve(() => 1000 + runMs, 1000);
  for (const milliseconds of responsesMs) reserve.observe(milliseconds);
  return reserve.milliseconds();
}

describe('the time kept for a submission before the deadline', () => {
  it('is a tenth of the run, and at most 5 s, without a response', () => {
    expect(reserveOf(20_000)).to.equal(2000);
    expect(reserveOf(120_000)).to.equal(5000);
  });

  it('is twice the slowest response, if that is more', () => {
    expect(reserveOf(120_000, 4000, 300)).to.equal(8000);
    expect(reserveOf(120_000, 20)).to.equal(5000);
  });

  it('is never more than half of the run, and never negative', () => {
    expect(reserveOf(10_000, 9000)).to.equal(5000);
    expect(reserveOf(-5)).to.equal(0);
  });

  it('follows a change of the deadline', () => {
    let deadline = 10_000;
    const reserve = createDeadlineReserve(() => deadline, 0);
    expect(reserve.milliseconds()).to.equal(1000);
    deadline = 30_000;
    expect(reserve.milliseconds()).to.equal(3000);
  });
});

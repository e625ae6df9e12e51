import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createConcurrencyLimit } from '../../src/util/concurrency-limit.ts';
import '../support/unhandled.ts';

/** Runs rounds of as many tasks as the limit allows, each of which takes `taskMs(limit)`. Returns the limit after each round. */
function limitsOf(rounds: number, taskMs: (limit: number) => number): readonly number[] {
  let time = 0;
  const limit = createConcurrencyLimit('auto', () => time);
  return Array.from({ length: rounds }, () => {
    const current = limit.current();
    time += taskMs(current);
    for (let count = 0; count < current; count++) limit.done();
    return limit.current();
  });
}

describe('the concurrency limit', () => {
  it('stays at a number up to 8', () => {
    const limit = createConcurrencyLimit(3, () => 0);
    limit.done();
    limit.throttled();
    expect(limit.current()).to.equal(3);
  });

  it('reaches a number above 8 within a second', () => {
    let time = 0;
    const limit = createConcurrencyLimit(64, () => time);
    expect([0, 250, 500, 749, 750, 5000].map((at) => ((time = at), limit.current()))).to.deep.equal([
      8, 16, 32, 63, 64, 64,
    ]);
  });

  it('grows while more tasks at once raise the throughput', () => {
    expect(limitsOf(8, () => 100)).to.deep.equal([12, 18, 27, 41, 62, 64, 64, 64]);
  });

  it('falls back if more tasks at once are not faster, and tries again later', () => {
    const limits = limitsOf(25, (limit) => 10 * limit);
    expect(limits.slice(0, 3)).to.deep.equal([12, 8, 8]);
    expect(new Set(limits.slice(1, 22))).to.deep.equal(new Set([8]));
  });

  it('falls while the throughput falls', () => {
    let time = 0;
    const limit = createConcurrencyLimit('auto', () => time);
    const round = (milliseconds: number): number => {
      time += milliseconds;
      for (let count = limit.current(); count > 0; count--) limit.done();
      return limit.current();
    };
    for (let count = 0; count < 4; count++) round(100);
    round(300);
    expect(limit.current()).to.equal(27);
    expect(round(2000)).to.equal(18);
  });

  it('is 8 once the API limits the rate', () => {
    let time = 0;
    const limit = createConcurrencyLimit('auto', () => time);
    for (let count = 0; count < 8; count++) {
      time += 100;
      limit.done();
    }
    expect(limit.current()).to.equal(12);
    limit.throttled();
    expect(limit.current()).to.equal(8);
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { soak } from './soak.ts';

/**
 * What caches and compiled code of a warm program may still add; a leak of the smallest answer or list for each submission
 * would be more.
 */
const MOST_GROWTH = 2 ** 20;

describe('a soak', function () {
  this.timeout(120_000);

  it('at 30 % faults: every submission is accepted in the end, and memory stays flat', async () => {
    const { outcomes, attempts, samples } = await soak(400, 4);
    expect([...outcomes.keys()]).to.deep.equal(['accepted']);
    expect(attempts).to.be.greaterThan(450);
    const [, second, third, fourth] = samples.map(({ used }) => used);
    expect(Math.max(third ?? Infinity, fourth ?? Infinity) - (second ?? 0)).to.be.lessThan(MOST_GROWTH);
  });
});

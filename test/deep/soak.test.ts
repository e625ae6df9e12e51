import { expect } from 'chai';
import { describe, it } from 'mocha';

import { MOST_GROWTH, soak } from '../soak/soak.ts';

describe('a soak', function () {
  this.timeout(120_000);

  it('at 30 % faults: every submission is accepted in the end, and memory stays flat', async () => {
    const { outcomes, attempts, growth } = await soak(300, 3);
    expect([...outcomes.keys()]).to.deep.equal(['accepted']);
    expect(attempts).to.be.greaterThan(330);
    expect(growth).to.be.lessThan(MOST_GROWTH);
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { MAX_GROWTH_BYTES, soak } from '../soak/soak.ts';

describe('soak', function () {
  this.timeout(120_000);

  it('accepts every submission at 30 % faults without growing memory', async () => {
    const { outcomes, attempts, growth } = await soak(300, 3);
    expect([...outcomes.keys()]).to.deep.equal(['accepted']);
    expect(attempts).to.be.greaterThan(330);
    expect(growth).to.be.lessThan(MAX_GROWTH_BYTES);
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { simulate } from '../simulation/simulate.ts';

const ALL = { first: 1, runs: 2000, processes: 2, isVerbose: false };

describe('the program in simulated worlds', function () {
  this.timeout(180_000);

  it(`breaks no invariant in ${ALL.runs} of them`, async () => {
    const { finding } = await simulate(ALL, () => undefined);
    expect(finding, 'npm run simulate -- --runs 1 --verbose --seed …').to.equal(undefined);
  });

  it('does in a world what it did in it before', async () => {
    const [once, again] = await Promise.all(
      [1, 2].map((processes) => simulate({ first: 1, runs: 100, processes, isVerbose: true }, () => undefined)),
    );
    expect(once?.traces).to.have.length(100);
    expect(new Set(again?.traces)).to.deep.equal(new Set(once?.traces));
  });
});

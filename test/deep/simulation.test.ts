import { expect } from 'chai';
import { describe, it } from 'mocha';

import { simulate } from '../simulation/simulate.ts';

const ALL = { first: 1, runs: 2000, processes: 2, isVerbose: false };

describe('simulation', function () {
  this.timeout(180_000);

  it(`breaks no invariant in ${ALL.runs} worlds`, async () => {
    const { finding } = await simulate(ALL, () => undefined);
    expect(finding, 'npm run simulate -- --runs 1 --verbose --seed …').to.equal(undefined);
  });

  it('gives the same run for the same seed', async () => {
    const [once, again] = await Promise.all(
      [1, 2].map((processes) => simulate({ first: 1, runs: 100, processes, isVerbose: true }, () => undefined)),
    );
    expect(once?.traces).to.have.length(100);
    expect(new Set(again?.traces)).to.deep.equal(new Set(once?.traces));
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { lanesOf } from '../../../src/output/report/lanes.ts';

/** Returns the lane and the number of lanes of each span, in order. */
function lanes(...spans: readonly (readonly [begin: number, end: number])[]): readonly string[] {
  const placed = lanesOf(spans.map(([begin, end], position) => ({ begin, end, position })));
  return spans.map((_, position) => {
    const found = placed.find(({ span }) => span.position === position);
    return found ? `${found.lane}/${found.lanes}` : 'nowhere';
  });
}

describe('lanes', () => {
  it('are one for outages that do not overlap', () => {
    expect(lanes([5, 6], [0, 4])).to.deep.equal(['0/1', '0/1']);
  });

  it('are one for outages that touch', () => {
    expect(lanes([0, 4], [4, 6])).to.deep.equal(['0/1', '0/1']);
  });

  it('are as many as overlap, and are reused once free', () => {
    expect(lanes([0, 10], [2, 4], [5, 12], [11, 13], [20, 21])).to.deep.equal(['0/2', '1/2', '1/2', '0/2', '0/1']);
  });

  it('are two for two outages without duration at the same time', () => {
    expect(lanes([3, 3], [3, 3])).to.deep.equal(['0/2', '1/2']);
  });

  it('are at most four', () => {
    expect(lanes([0, 9], [1, 9], [2, 5], [3, 9], [4, 9])).to.deep.equal(['0/4', '1/4', '2/4', '3/4', '2/4']);
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeBoundary, describeMisfits } from '../src/notices.ts';

describe('wordings', () => {
  it('tell one from several', () => {
    const rule = { cutoffText: 'C', cutoffInclusive: false };
    expect(describeBoundary(1, rule).message).to.equal('1 outage begins exactly at the cutoff (C) and is left out');
    expect(describeBoundary(2, { ...rule, cutoffInclusive: true }).message).to.equal(
      '2 outages begin exactly at the cutoff (C) and are kept',
    );
    expect(describeMisfits(1, 'why').message).to.equal('1 outage of another device does not fit the schema (why)');
    expect(describeMisfits(2).message).to.equal('2 outages of other devices do not fit the schema');
  });
});

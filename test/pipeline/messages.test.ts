import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeAtCutoff, describeInvalidSkipped } from '../../src/pipeline/messages.ts';

describe('wordings', () => {
  it('tell one from several', () => {
    const rule = { cutoffText: 'C', cutoffInclusive: false };
    expect(describeAtCutoff(1, rule).message).to.equal('1 outage begins exactly at the cutoff (C) and is left out');
    expect(describeAtCutoff(2, { ...rule, cutoffInclusive: true }).message).to.equal(
      '2 outages begin exactly at the cutoff (C) and are kept',
    );
    expect(describeInvalidSkipped(1, 'why').message).to.equal(
      '1 outage of another device does not fit the schema (why)',
    );
    expect(describeInvalidSkipped(2).message).to.equal('2 outages of other devices do not fit the schema');
  });
});

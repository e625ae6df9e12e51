import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeAtCutoff, describeInvalidSkipped, describeNoMatch } from '../../src/pipeline/messages.ts';

describe('notices', () => {
  it('have a singular and a plural', () => {
    const rule = { cutoffText: 'C', cutoffInclusive: false };
    expect(describeAtCutoff(1, rule).message).to.equal('excluded 1 outage that began exactly at the cutoff (C)');
    expect(describeAtCutoff(2, { ...rule, cutoffInclusive: true }).message).to.equal(
      'included 2 outages that began exactly at the cutoff (C)',
    );
    expect(describeInvalidSkipped(1, 'why').message).to.equal('1 outage of another device is invalid (why)');
    expect(describeInvalidSkipped(2).message).to.equal('2 outages of other devices are invalid');
    const facts = { site: 's', records: 108, nearMiss: undefined };
    expect(describeNoMatch({ ...facts, devices: 1 }).message).to.equal('0 of 108 outages belong to the 1 device of s');
    expect(describeNoMatch({ ...facts, devices: 8 }).message).to.equal('0 of 108 outages belong to the 8 devices of s');
  });
});

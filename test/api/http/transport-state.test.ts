import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeAddresses, describeProxy } from '../../../src/api/http/transport-state.ts';

describe('the state of a transport', () => {
  it('names the proxy, if any', () => {
    expect(describeProxy({ proxy: undefined })).to.equal('');
    expect(describeProxy({ proxy: 'the proxy http://p:1 (--proxy)' })).to.equal(
      ' through the proxy http://p:1 (--proxy)',
    );
  });

  it('lists the addresses that were tried, if any', () => {
    expect(describeAddresses({ addresses: [] })).to.equal('');
    expect(describeAddresses({ addresses: ['192.0.2.1:443', '[2001:db8::1]:443'] })).to.equal(
      ' (tried 192.0.2.1:443, [2001:db8::1]:443)',
    );
  });
});

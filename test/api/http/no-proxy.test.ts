import { expect } from 'chai';
import { describe, it } from 'mocha';

import { isBypassed } from '../../../src/api/http/no-proxy.ts';

describe('isBypassed', () => {
  const cases: Readonly<Record<string, { readonly in: readonly string[]; readonly out: readonly string[] }>> = {
    'https://api.example.com/': {
      in: [
        'api.example.com',
        'API.Example.COM',
        'example.com',
        '.example.com',
        '*.example.com',
        'com',
        'api.example.com.',
        '.example.com.',
        '*',
        'other, example.com',
        'other example.com',
        'example.com:443',
        '.example.com:443',
      ],
      out: ['', ' , ', 'ample.com', 'api', 'x.api.example.com', 'example.com:80', 'example.com:8443', '.', 'example'],
    },
    'https://api.example.com.:8443/': { in: ['example.com', 'example.com.:8443'], out: ['example.com:443'] },
    'http://api.example.com/': { in: ['example.com:80'], out: ['example.com:443'] },
    'https://[2001:db8::1]:8443/': {
      in: [
        '2001:db8::1',
        '[2001:db8::1]',
        '2001:DB8:0::1',
        '[2001:db8::1]:8443',
        '2001:db8::/32',
        '[2001:db8::]/32',
        '[2001:db8::/32]:8443',
        '::/0',
        '*:8443',
      ],
      out: [
        '2001:db8::1:8443',
        '[2001:db8::1]:443',
        '2001:db9::/32',
        '2001:db8::/129',
        '0.0.0.0/0',
        '::1',
        '[',
        '[]',
        '[2001:db8::1]x',
      ],
    },
    'https://10.1.2.3/': {
      in: ['10.1.2.3', '10.0.0.0/8', '10.1.2.0/24', '10.1.2.3/32', '0.0.0.0/0', '10.0.0.0/8:443', '10.1.2.3:443'],
      out: ['10.1.2', '1.2.3', '.3', '10.1.3.0/24', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8:80', '::/0', '10.1.2.3/'],
    },
  };
  for (const [url, entries] of Object.entries(cases)) {
    for (const noProxy of entries.in) {
      it(`matches ${url} with ${noProxy}`, () => {
        expect(isBypassed(new URL(url), noProxy)).to.equal(true);
      });
    }
    for (const noProxy of entries.out) {
      it(`does not match ${url} with "${noProxy}"`, () => {
        expect(isBypassed(new URL(url), noProxy)).to.equal(false);
      });
    }
  }
});

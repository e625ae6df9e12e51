import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';

import { parseRetryAfter } from '../../src/api/retry-after.ts';

const NOW = Date.parse('1994-11-06T08:49:00.250Z');

describe('parseRetryAfter', () => {
  const { TZ } = process.env;
  before(() => {
    // No date format may be parsed in the local time zone.
    process.env['TZ'] = 'Asia/Tokyo';
  });
  after(() => {
    if (TZ === undefined) delete process.env['TZ'];
    else process.env['TZ'] = TZ;
  });

  const cases: readonly [field: string | null, wait: number | undefined][] = [
    [null, undefined],
    // Seconds.
    ['0', 0],
    ['7', 7000],
    ['120', 120_000],
    [' 120\t', 120_000],
    ['007', 7000],
    ['86400000', 86_400_000_000],
    ['9007199254740993', 9_007_199_254_740_992_000],
    ['9'.repeat(400), Infinity],
    // The three forms of an HTTP date.
    ['Sun, 06 Nov 1994 08:49:37 GMT', 36_750],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 36_750],
    ['Sun Nov  6 08:49:37 1994', 36_750],
    ['Wed, 16 Nov 1994 08:49:00 GMT', 863_999_750],
    ['Wed Nov 16 08:49:00 1994', 863_999_750],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 252_618_189_058_750],
    // In the past: no wait.
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    // Invalid values.
    ['', undefined],
    [' ', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['10 s', undefined],
    ['1, 2', undefined],
    ['\u0661', undefined],
    ['soon', undefined],
    ['Infinity', undefined],
    ['1994', 1_994_000],
    ['1994-11-06T08:49:37Z', undefined],
    ['Sun, 06 Nov 1994 08:49:37 CET', undefined],
    ['Sun, 06 Nov 1994 08:49:37 +0100', undefined],
    ['Sun, 06 Nov 1994 08:49:37', undefined],
    ['Sun, 06 Nov 1994 08:49:37 GMT, 7', undefined],
    ['sun, 06 nov 1994 08:49:37 gmt', undefined],
    ['Sun, 06 Foo 1994 08:49:37 GMT', undefined],
    ['Sun, 06 Nov 1994 25:49:37 GMT', undefined],
    ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
    ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
    ['on Sun, 06 Nov 1994 08:49:37 GMT', undefined],
    ['1 Sunday, 06-Nov-94 08:49:37 GMT', undefined],
    ['on Sunday, 06-Nov-94 08:49:37 GMT', undefined],
    ['Sunday, 06-Nov-94 08:49:37 GMT (at noon)', undefined],
    ['at Sun Nov  6 08:49:37 1994', undefined],
    ['Sun Nov  6 08:49:37 1994 GMT', undefined],
    ['Sun Nov  6 08:49:37 19945', undefined],
  ];
  for (const [field, wait] of cases) {
    it(`parses ${JSON.stringify(field).slice(0, 50)} as ${String(wait)}`, () => {
      expect(parseRetryAfter(field, NOW)).to.equal(wait);
    });
  }
});

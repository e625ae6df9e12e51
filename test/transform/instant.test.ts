import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { compareInstants, type Instant, parseInstant, toMilliseconds } from '../../src/transform/instant.ts';

/** Returns the seconds since 1970, computed by Date. */
function secondsOf(text: string): number {
  return Date.parse(text) / 1000;
}

function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (!parsed) throw new Error(`${text} is not an instant`);
  return parsed;
}

describe('parseInstant', () => {
  const instants: readonly [text: string, seconds: number, nanoseconds: number][] = [
    ['1970-01-01T00:00:00Z', 0, 0],
    ['1969-12-31T23:59:59.5Z', -1, 5e8],
    ['2022-05-23T12:21:27.377Z', 1_653_308_487, 377_000_000],
    ['2022-05-23t12:21:27.377z', 1_653_308_487, 377_000_000],
    ['2022-01-01T00:00:00+00:00', 1_640_995_200, 0],
    ['2022-01-01T00:00:00-00:00', 1_640_995_200, 0],
    ['2022-01-01T05:45:00+05:45', 1_640_995_200, 0],
    ['2021-12-31T20:30:00-03:30', 1_640_995_200, 0],
    ['2022-01-01T23:59:00+23:59', 1_640_995_200, 0],
    ['2021-12-31T00:01:00-23:59', 1_640_995_200, 0],
    // Fractions are truncated, not rounded.
    ['2022-01-01T00:00:00.0Z', 1_640_995_200, 0],
    ['2022-01-01T00:00:00.1Z', 1_640_995_200, 100_000_000],
    ['2022-01-01T00:00:00.000000001Z', 1_640_995_200, 1],
    ['2022-01-01T00:00:00.999999999Z', 1_640_995_200, 999_999_999],
    ['2022-01-01T00:00:00.9999999999Z', 1_640_995_200, 999_999_999],
    ['2022-01-01T00:00:00.0000000019Z', 1_640_995_200, 1],
    [`2022-01-01T00:00:00.${'9'.repeat(10_000)}Z`, 1_640_995_200, 999_999_999],
    // Leap years.
    ['2024-02-29T00:00:00Z', secondsOf('2024-02-29T00:00:00Z'), 0],
    ['2000-02-29T00:00:00Z', secondsOf('2000-02-29T00:00:00Z'), 0],
    ['2400-02-29T00:00:00Z', secondsOf('2400-02-29T00:00:00Z'), 0],
    // The first and last years.
    ['0000-01-01T00:00:00Z', secondsOf('0000-01-01T00:00:00Z'), 0],
    ['0000-02-29T00:00:00Z', secondsOf('0000-02-29T00:00:00Z'), 0],
    ['0001-01-01T00:00:00Z', secondsOf('0001-01-01T00:00:00Z'), 0],
    ['0099-12-31T23:59:59Z', secondsOf('0099-12-31T23:59:59Z'), 0],
    ['9999-12-31T23:59:59.999999999Z', 253_402_300_799, 999_999_999],
    ['9999-12-31T23:59:59-23:59', 253_402_300_799 + 86_340, 0],
    // Leap seconds: only at the end of a month in UTC; they extend the second before.
    ['2016-12-31T23:59:60Z', 1_483_228_799, 1e9],
    ['2016-12-31T23:59:60.5Z', 1_483_228_799, 1.5e9],
    ['2015-06-30T23:59:60Z', 1_435_708_799, 1e9],
    ['2024-02-29T23:59:60Z', secondsOf('2024-02-29T23:59:59Z'), 1e9],
    ['1990-12-31T15:59:60-08:00', 662_687_999, 1e9],
    ['2017-01-01T05:29:60+05:30', 1_483_228_799, 1e9],
    ['9999-12-31T23:59:60Z', 253_402_300_799, 1e9],
  ];
  for (const [text, seconds, nanoseconds] of instants) {
    it(`parses ${text.slice(0, 50)}`, () => {
      expect(parseInstant(text)).to.deep.equal({ seconds, nanoseconds });
    });
  }

  const others: readonly [what: string, ...texts: string[]][] = [
    ['days that do not exist', '2022-02-31T00:00:00Z', '2022-04-31T00:00:00Z', '2022-01-32T00:00:00Z'],
    ['29 February of common years', '2022-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2100-02-29T00:00:00Z'],
    ['day or month 0 or 13', '2022-00-01T00:00:00Z', '2022-01-00T00:00:00Z', '2022-13-01T00:00:00Z'],
    ['hour 24', '2022-01-01T24:00:00Z', '2022-01-01T24:00:01Z'],
    ['minute 60 and second 61', '2022-01-01T00:60:00Z', '2022-12-31T23:59:61Z'],
    ['offsets beyond a day', '2022-01-01T00:00:00+24:00', '2022-01-01T00:00:00-00:60'],
    [
      'leap seconds elsewhere',
      '2016-12-30T23:59:60Z',
      '2016-12-31T22:59:60Z',
      '2016-12-31T23:58:60Z',
      '2016-12-31T23:59:60+01:00',
      '2016-12-31T23:59:60-08:00',
    ],
    ['offsets in other notations', '2022-01-01T00:00:00', '2022-01-01T00:00:00+0000', '2022-01-01T00:00:00+00'],
    [
      'more invalid offsets',
      '2022-01-01T00:00:00+00:00Z',
      '2022-01-01T00:00:00+1:00',
      '2022-01-01T00:00:00\u221200:00',
    ],
    ['fractions without digits', '2022-01-01T00:00:00.Z', '2022-01-01T00:00:00,5Z', '2022-01-01T00:00.5Z'],
    ['white space', ' 2022-01-01T00:00:00Z', '2022-01-01T00:00:00Z ', '2022-01-01T00:00:00Z\n', '2022-01-01 00:00:00Z'],
    ['white space within the time', '2022-01-01T 0:00:00Z', '2022-01-01T00:00:00 Z', '2022-01-01T00:00:00.5 Z'],
    ['digits beyond ASCII', '٢٠٢٢-01-01T00:00:00Z', '2022-01-01T00:00:0\uff10Z', '2022-01-01T00:00:00.\u0661Z'],
    ['other lengths', '2022-1-1T0:0:0Z', '22-01-01T00:00:00Z', '02022-01-01T00:00:00Z', '+002022-01-01T00:00:00Z'],
    ['years before 0', '-0001-01-01T00:00:00Z', '-2022-01-01T00:00:00Z'],
    ['other formats', '2022-01-01', '20220101T000000Z', '2022-W01-1T00:00:00Z', '1640995200', '', 'now', 'null'],
    ['a control character', '2022-01-01T00:00:00Z\u0000', '2022-01-01T00:00:00\u202eZ'],
  ];
  for (const [what, ...texts] of others) {
    it(`rejects ${what}`, () => {
      expect(texts.filter((text) => parseInstant(text) !== undefined)).to.deep.equal([]);
    });
  }

  it('accepts every day of a common and of a leap year, and no other', () => {
    for (const [year, days] of [
      [2022, 365],
      [2024, 366],
    ] as const) {
      const known = Array.from({ length: 12 }, (_, month) => month + 1).flatMap((month) =>
        Array.from({ length: 31 }, (_, day) => day + 1)
          .map((day) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T00:00:00Z`)
          .filter((text) => parseInstant(text) !== undefined),
      );
      expect(known.map((text) => instant(text).seconds)).to.deep.equal(
        Array.from({ length: days }, (_, day) => Date.UTC(year, 0, 1 + day) / 1000),
      );
    }
  });

  it('agrees with Date for any millisecond and offset', () => {
    const dates = fc.date({
      min: new Date('0000-01-02T00:00:00Z'),
      max: new Date('9999-12-30T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, fc.integer({ min: -1439, max: 1439 }), (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const minutes = Math.abs(offset);
        const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
        const { seconds, nanoseconds } = instant(`${local}${offset < 0 ? '-' : '+'}${hour ?? ''}:${minute ?? ''}`);
        expect(seconds * 1000 + nanoseconds / 1e6).to.equal(date.getTime());
      }),
    );
  });
});

describe('toMilliseconds', () => {
  it('returns milliseconds since 1970 with a fraction', () => {
    expect(toMilliseconds(instant('1970-01-01T00:00:02.000500Z'))).to.equal(2000.5);
    expect(toMilliseconds(instant('1969-12-31T23:59:59.5Z'))).to.equal(-500);
  });
});

describe('compareInstants', () => {
  it('sorts instants, including leap seconds', () => {
    const ordered = [
      '0000-01-01T00:00:00Z',
      '1969-12-31T23:59:59.999999999Z',
      '1970-01-01T00:00:00Z',
      '2016-12-31T23:59:59.999999999Z',
      '2016-12-31T23:59:60Z',
      '2016-12-31T15:59:60.5-08:00',
      '2016-12-31T23:59:60.999999999Z',
      '2017-01-01T00:00:00Z',
      '2017-01-01T01:00:00.000000001+01:00',
      '9999-12-31T23:59:59Z',
    ];
    const sorted = [...ordered].reverse().sort((a, b) => compareInstants(instant(a), instant(b)));
    expect(sorted).to.deep.equal(ordered);
    expect(compareInstants(instant('2017-01-01T00:00:00Z'), instant('2017-01-01T05:45:00+05:45'))).to.equal(0);
  });

  it('orders instants like integer nanoseconds', () => {
    const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
    const nanoseconds = fc.integer({ min: 0, max: 999_999_999 });
    const instants = fc.record({ seconds, nanoseconds });
    // Include close pairs: distant ones do not compare nanoseconds.
    const pairs = fc.oneof(
      fc.tuple(instants, instants),
      fc.tuple(instants, nanoseconds).map(([a, other]) => [a, { ...a, nanoseconds: other }] as const),
      fc.tuple(instants, nanoseconds).map(([a, n]) => [a, { seconds: a.seconds + 1, nanoseconds: n }] as const),
    );
    const whole = (at: Instant): bigint => BigInt(at.seconds) * 1_000_000_000n + BigInt(at.nanoseconds);
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const difference = whole(a) - whole(b);
        expect(Math.sign(compareInstants(a, b))).to.equal(difference < 0n ? -1 : difference > 0n ? 1 : 0);
        expect(compareInstants(a, a)).to.equal(0);
      }),
    );
  });

  it('orders parsed instants to the nanosecond', () => {
    const digits = fc.integer({ min: 0, max: 999_999_999 }).map((n) => String(n).padStart(9, '0'));
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        const order = compareInstants(instant(`2022-01-01T00:00:00.${a}Z`), instant(`2022-01-01T01:00:00.${b}+01:00`));
        expect(Math.sign(order)).to.equal(Math.sign(Number(a) - Number(b)));
      }),
    );
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import {
  assertSiteOutages,
  decodeSnapshotFilter,
  decodeOutage,
  type DecodedOutage,
} from '../../src/api/response-schemas.ts';
import { thrownBy, errorFields } from '../support/thrown.ts';

const TIME = '2022-01-01T00:00:00Z';
const RFC_3339 = 'expected an RFC 3339 time such as 2022-05-23T12:21:27.377Z';
const fits = { id: 'a', begin: TIME, end: TIME };

function decode(value: unknown, repeated?: string): DecodedOutage {
  return decodeOutage({ position: 17, bytes: Buffer.from(JSON.stringify(value)), isCanonical: false, repeated });
}

describe('decodeOutage', () => {
  it('accepts a valid outage and drops unknown fields', () => {
    expect(decode({ extra: [1], ...fits })).to.deep.equal({ outage: fits });
    expect(decode({ ...fits, id: '' })).to.deep.equal({ outage: { ...fits, id: '' } });
    expect(decode({ ...fits, id: '\u001b' })).to.deep.equal({ outage: { ...fits, id: '\u001b' } });
    expect(decode({ ...fits, begin: '2022-01-01t05:45:00.1234567890+05:45' })).to.have.property('outage');
  });

  const invalid: readonly [value: unknown, problem: string, id?: string][] = [
    [{ ...fits, begin: 'x' }, `outages[17].begin: ${RFC_3339}, received "x"`, 'a'],
    [
      { ...fits, begin: '2022-02-31T00:00:00Z' },
      `outages[17].begin: ${RFC_3339}, received "2022-02-31T00:00:00Z"`,
      'a',
    ],
    [{ ...fits, end: '' }, `outages[17].end: ${RFC_3339}, received ""`, 'a'],
    [{ ...fits, end: 7 }, 'outages[17].end: expected a string, received 7', 'a'],
    [{ ...fits, end: null }, 'outages[17].end: expected a string, received null', 'a'],
    [{ ...fits, end: true }, 'outages[17].end: expected a string, received true', 'a'],
    [{ ...fits, end: ['x'] }, 'outages[17].end: expected a string, received an array', 'a'],
    [{ ...fits, end: { x: 'secret' } }, 'outages[17].end: expected a string, received an object', 'a'],
    [{ id: 'a', begin: TIME }, 'outages[17].end: expected a value, received nothing', 'a'],
    [{ begin: TIME, end: TIME }, 'outages[17].id: expected a value, received nothing'],
    [{ ...fits, id: 7 }, 'outages[17].id: expected a string, received 7'],
    [{ ...fits, id: null, begin: 'x' }, 'outages[17].id: expected a string, received null'],
    [{}, 'outages[17].id: expected a value, received nothing'],
    [null, 'outages[17]: expected an object, received null'],
    ['x'.repeat(81), `outages[17]: expected an object, received "${'x'.repeat(80)}…"`],
    [7, 'outages[17]: expected an object, received 7'],
    [[], 'outages[17].id: expected a value, received nothing'],
    // Received text is escaped and truncated.
    [
      { ...fits, begin: '\u001b[2J\u009b\u202e' },
      `outages[17].begin: ${RFC_3339}, received "\\u001b[2J\\u009b\\u202e"`,
      'a',
    ],
    [{ ...fits, begin: 'x'.repeat(1e6) }, `outages[17].begin: ${RFC_3339}, received "${'x'.repeat(80)}…"`, 'a'],
  ];
  for (const [value, problem, id] of invalid) {
    it(`rejects it: ${problem.slice(0, 120)}`, () => {
      expect(decode(value)).to.deep.equal({ problem, id });
    });
  }

  it('rejects duplicate keys', () => {
    const problem = (name: string): string => `outages[17]: duplicate key "${name}"`;
    expect(decode(fits, 'id')).to.deep.equal({ problem: problem('id'), id: undefined });
    expect(decode(fits, 'begin')).to.deep.equal({ problem: problem('begin'), id: 'a' });
    expect(decode(fits, 'end')).to.deep.equal({ problem: problem('end'), id: 'a' });
  });

  it('ignores duplicates of the unknown key "name"', () => {
    const outage = { id: 'a', begin: TIME, end: TIME };
    expect(decode({ ...outage, name: 'x' }, 'name')).to.deep.equal({ outage });
  });
});

describe('decodeSnapshotFilter', () => {
  it('accepts a cutoff with or without cutoffInclusive, or neither', () => {
    expect(decodeSnapshotFilter(new Map())).to.equal(undefined);
    expect(decodeSnapshotFilter(new Map([['cutoffInclusive', 'true']]))).to.equal(undefined);
    expect(decodeSnapshotFilter(new Map([['cutoff', `"${TIME}"`]]))).to.deep.equal({
      cutoff: TIME,
      cutoffInclusive: false,
    });
    expect(
      decodeSnapshotFilter(
        new Map([
          ['cutoff', `"${TIME}"`],
          ['cutoffInclusive', 'true'],
          ['other', '7'],
        ]),
      ),
    ).to.deep.equal({ cutoff: TIME, cutoffInclusive: true });
  });

  it('rejects other values', () => {
    const filterError = (...members: readonly [string, string][]): unknown =>
      errorFields(thrownBy(() => decodeSnapshotFilter(new Map(members))));
    expect(filterError(['cutoff', '"x"'])).to.include({ message: `cutoff: ${RFC_3339}, received "x"` });
    expect(filterError(['cutoff', 'null'])).to.include({ message: 'cutoff: expected a string, received null' });
    expect(filterError(['cutoff', `"${TIME}"`], ['cutoffInclusive', '"true"'])).to.include({
      type: 'InvalidDataError',
      message: 'cutoffInclusive: expected a boolean, received "true"',
    });
  });
});

describe('assertSiteOutages', () => {
  const good = { id: 'a', name: 'A', begin: TIME, end: TIME };

  it('accepts valid lists', () => {
    assertSiteOutages([]);
    assertSiteOutages([good, good]);
  });

  it('rejects an invalid list', () => {
    const extra = { ...good, extra: 'x' };
    const filterError = (bad: typeof good): unknown =>
      errorFields(
        thrownBy(() => {
          assertSiteOutages([good, bad]);
        }),
      );
    expect(filterError({ ...good, begin: 'x' })).to.deep.equal({
      type: 'InvalidDataError',
      message: `invalid list: list[1].begin: ${RFC_3339}, received "x"`,
    });
    expect(filterError(extra)).to.have.property('message').that.contains('invalid list: list[1].extra: ');
  });
});

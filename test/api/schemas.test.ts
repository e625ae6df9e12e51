import { expect } from 'chai';
import { describe, it } from 'mocha';

import {
  assertSiteOutages,
  decodeNarrowing,
  decodeOutage,
  decodeSiteInfo,
  type DecodedOutage,
} from '../../src/api/schemas.ts';
import { thrownBy, toldBy } from '../support/thrown.ts';

const TIME = '2022-01-01T00:00:00Z';
const RFC_3339 = 'expected an RFC 3339 time such as 2022-05-23T12:21:27.377Z';
const fits = { id: 'a', begin: TIME, end: TIME };

function decode(value: unknown, repeated?: string): DecodedOutage {
  return decodeOutage({ position: 17, bytes: Buffer.from(JSON.stringify(value)), isCanonical: false, repeated });
}

describe('decodeOutage', () => {
  it('takes what fits, and drops what is unknown', () => {
    expect(decode({ extra: [1], ...fits })).to.deep.equal({ outage: fits });
    expect(decode({ ...fits, id: '' })).to.deep.equal({ outage: { ...fits, id: '' } });
    expect(decode({ ...fits, id: '\u001b' })).to.deep.equal({ outage: { ...fits, id: '\u001b' } });
    expect(decode({ ...fits, begin: '2022-01-01t05:45:00.1234567890+05:45' })).to.have.property('outage');
  });

  const misfits: readonly [value: unknown, problem: string, id?: string][] = [
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
    // Whatever it says is visible and short.
    [
      { ...fits, begin: '\u001b[2J\u009b\u202e' },
      `outages[17].begin: ${RFC_3339}, received "\\u001b[2J\\u009b\\u202e"`,
      'a',
    ],
    [{ ...fits, begin: 'x'.repeat(1e6) }, `outages[17].begin: ${RFC_3339}, received "${'x'.repeat(80)}…"`, 'a'],
  ];
  for (const [value, problem, id] of misfits) {
    it(`says: ${problem.slice(0, 120)}`, () => {
      expect(decode(value)).to.deep.equal({ problem, id });
    });
  }

  it('guesses nothing where a member stands there twice', () => {
    const problem = (name: string): string => `outages[17].${name}: stands there twice`;
    expect(decode(fits, 'id')).to.deep.equal({ problem: problem('id'), id: undefined });
    expect(decode(fits, 'begin')).to.deep.equal({ problem: problem('begin'), id: 'a' });
    expect(decode(fits, 'end')).to.deep.equal({ problem: problem('end'), id: 'a' });
  });
});

describe('decodeSiteInfo', () => {
  const site = { id: 's', name: 'S', devices: [{ id: 'a', name: 'A' }] };

  function told(text: string | Uint8Array, root?: string): unknown {
    return toldBy(thrownBy(() => decodeSiteInfo(Buffer.from(text), root)));
  }

  it('takes what fits, drops what is unknown, and keeps the text as it was', () => {
    const json = '{"name":"S", "id":"s","x":1,"devices":[{"name":"A","id":"a","y":2}]}\n';
    expect(decodeSiteInfo(Buffer.from(json))).to.deep.equal({ info: site, json });
    expect(decodeSiteInfo(Buffer.from('{"id":"","name":"","devices":[]}')).info.devices).to.deep.equal([]);
  });

  const misfits: readonly [value: unknown, problem: string][] = [
    [[], 'id: expected a value, received nothing'],
    [null, 'expected an object, received null'],
    ['x', 'expected an object, received "x"'],
    [{ ...site, id: 7 }, 'id: expected a string, received 7'],
    [{ ...site, name: undefined }, 'name: expected a value, received nothing'],
    [{ ...site, devices: {} }, 'devices: expected an array, received an object'],
    [{ ...site, devices: null }, 'devices: expected an array, received null'],
    [{ ...site, devices: [{ id: 'a', name: 'A' }, 7] }, 'devices[1]: expected an object, received 7'],
    [{ ...site, devices: [{ id: 'a', name: 7 }] }, 'devices[0].name: expected a string, received 7'],
    [{ ...site, devices: [{ name: 'A' }, { name: 'B' }] }, 'devices[0].id: expected a value, received nothing'],
  ];
  for (const [value, message] of misfits) {
    it(`says: ${message}`, () => {
      expect(told(JSON.stringify(value))).to.deep.equal({ type: 'InvalidDataError', message });
    });
  }

  it('says where it stands', () => {
    expect(told('{}', 'sites[3]')).to.include({ message: 'sites[3].id: expected a value, received nothing' });
    expect(told('7', 'sites[3]')).to.include({ message: 'sites[3]: expected an object, received 7' });
  });

  it('makes one issue of a hundred thousand', () => {
    const devices = Array.from({ length: 100_000 }, () => ({}));
    expect(told(JSON.stringify({ ...site, devices }))).to.include({
      message: 'devices[0].id: expected a value, received nothing',
    });
  });

  const notJson: readonly [what: string, bytes: string | Uint8Array, expected: string][] = [
    ['nothing', '', 'a JSON object, whole'],
    ['half an object', '{"id":"s', 'a JSON object, whole'],
    ['a web page', '<html>secret</html>', 'a JSON object, whole'],
    ['more than an object', `${JSON.stringify(site)}x`, 'a JSON object, whole'],
    ['a byte order mark', `\ufeff${JSON.stringify(site)}`, 'a JSON object, whole'],
    ['Latin-1', Buffer.from('{"id":"s","name":"Grüße","devices":[]}', 'latin1'), 'UTF-8'],
    ['an encoded surrogate', Buffer.concat([Buffer.from('{"id":"'), Uint8Array.of(0xed, 0xa0, 0x80)]), 'UTF-8'],
  ];
  for (const [what, bytes, expected] of notJson) {
    it(`knows ${what} from JSON`, () => {
      expect(told(bytes)).to.deep.equal({
        type: 'NotJsonError',
        message: `not JSON: byte 0: expected ${expected}`,
      });
    });
  }
});

describe('decodeNarrowing', () => {
  it('takes a cutoff and the switch, and no cutoff for none', () => {
    expect(decodeNarrowing(new Map())).to.equal(undefined);
    expect(decodeNarrowing(new Map([['cutoffInclusive', 'true']]))).to.equal(undefined);
    expect(decodeNarrowing(new Map([['cutoff', `"${TIME}"`]]))).to.deep.equal({ cutoff: TIME, cutoffInclusive: false });
    expect(
      decodeNarrowing(
        new Map([
          ['cutoff', `"${TIME}"`],
          ['cutoffInclusive', 'true'],
          ['other', '7'],
        ]),
      ),
    ).to.deep.equal({ cutoff: TIME, cutoffInclusive: true });
  });

  it('refuses others', () => {
    const told = (...members: readonly [string, string][]): unknown =>
      toldBy(thrownBy(() => decodeNarrowing(new Map(members))));
    expect(told(['cutoff', '"x"'])).to.include({ message: `cutoff: ${RFC_3339}, received "x"` });
    expect(told(['cutoff', 'null'])).to.include({ message: 'cutoff: expected a string, received null' });
    expect(told(['cutoff', `"${TIME}"`], ['cutoffInclusive', '"true"'])).to.include({
      type: 'InvalidDataError',
      message: 'cutoffInclusive: expected a boolean, received "true"',
    });
  });
});

describe('assertSiteOutages', () => {
  const good = { id: 'a', name: 'A', begin: TIME, end: TIME };

  it('takes lists that fit', () => {
    assertSiteOutages([]);
    assertSiteOutages([good, good]);
  });

  it('refuses what must not go out', () => {
    const extra = { ...good, extra: 'x' };
    const told = (bad: typeof good): unknown =>
      toldBy(
        thrownBy(() => {
          assertSiteOutages([good, bad]);
        }),
      );
    expect(told({ ...good, begin: 'x' })).to.deep.equal({
      type: 'InvalidDataError',
      message: `the list to send does not fit: list[1].begin: ${RFC_3339}, received "x"`,
    });
    expect(told(extra)).to.have.property('message').that.contains('does not fit: list[1].extra: ');
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import {
  assertSiteOutages,
  decodeSnapshotFilter,
  decodeOutage,
  decodeSiteInfo,
  type DecodedOutage,
} from '../../src/api/response-schemas.ts';
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

  it('does not mind how often a name stands there, which an outage has none of', () => {
    const outage = { id: 'a', begin: TIME, end: TIME };
    expect(decode({ ...outage, name: 'x' }, 'name')).to.deep.equal({ outage });
  });
});

describe('decodeSiteInfo', () => {
  const site = { id: 's', name: 'S', devices: [{ id: 'a', name: 'A' }] };

  function told(text: string | Uint8Array): unknown {
    return toldBy(thrownBy(() => decodeSiteInfo(Buffer.from(text))));
  }

  it('takes what fits, drops what is unknown, and keeps the text as it was', () => {
    const json = '{"name":"S", "id":"s","x":1,"devices":[{"name":"A","id":"a","y":2}]}\n';
    expect(decodeSiteInfo(Buffer.from(json))).to.deep.equal({ info: site, json });
    expect(decodeSiteInfo(Buffer.from('{"id":"","name":"","devices":[]}')).info.devices).to.deep.equal([]);
  });

  const misfits: readonly [value: unknown, problem: string][] = [
    [[], 'expected an object, received an array'],
    [null, 'expected an object, received null'],
    ['x', 'expected an object, received a string'],
    [{ devices: [] }, 'id: expected a value, received nothing'],
    [{ id: 's', name: 'S' }, 'devices: expected an array, received nothing'],
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

  it('says that it is no JSON, whatever does not fit before that shows', () => {
    for (const json of ['{"devices":[7],', '{"devices":7,', '{"devices":[],"id":1,"id":2,', '{"devices":?']) {
      expect(told(json), json).to.include({ type: 'NotJsonError' });
    }
  });

  const repeated: readonly [json: string, message: string][] = [
    ['{"id":"r","id":"s","name":"S","devices":[]}', '"id" stands there twice'],
    ['{"id":"s","name":"S","devices":[],"d\\u0065vices":[]}', '"devices" stands there twice'],
    ['{"id":"s","name":"S","devices":[{"id":"a","name":"A","id":"b"}]}', 'devices[0].id: stands there twice'],
    ['{"id":"s","name":"S","devices":[{"id":"a","name":"A","n\\u0061me":"B"}]}', 'devices[0].name: stands there twice'],
  ];
  for (const [json, message] of repeated) {
    it(`guesses not which one counts: ${message}`, () => {
      expect(told(json)).to.deep.equal({ type: 'InvalidDataError', message });
    });
  }

  it('builds nothing that nobody asked for: millions of objects in an unknown member are refused by their size', () => {
    const json = `{"id":"s","name":"S","devices":[],"more":[${'{},'.repeat(1_000_000)}{}]}`;
    expect(told(json)).to.include({ message: '"more": larger than 1048576 bytes' });
  });

  it('makes one issue of a hundred thousand', () => {
    const devices = Array.from({ length: 100_000 }, () => ({}));
    expect(told(JSON.stringify({ ...site, devices }))).to.include({
      message: 'devices[0].id: expected a value, received nothing',
    });
  });

  const notJson: readonly [what: string, bytes: string | Uint8Array, expected: string][] = [
    ['nothing', '', 'byte 0: expected more: the body ends too early'],
    ['half an object', '{"id":"s', 'byte 8: expected more: the body ends too early'],
    ['a web page', '<html>secret</html>', 'byte 0: expected a value'],
    ['more than an object', `${JSON.stringify(site)}x`, 'byte 55: expected nothing more'],
    ['a byte order mark', `\ufeff${JSON.stringify(site)}`, 'byte 0: expected a value'],
    ['Latin-1', Buffer.from('{"id":"s","name":"Grüße","devices":[]}', 'latin1'), 'byte 17: expected UTF-8 in "name"'],
    [
      'an encoded surrogate',
      Buffer.concat([Buffer.from('{"id":"'), Uint8Array.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
      'byte 6: expected UTF-8 in "id"',
    ],
  ];
  for (const [what, bytes, expected] of notJson) {
    it(`knows ${what} from JSON`, () => {
      expect(told(bytes)).to.deep.equal({
        type: 'NotJsonError',
        message: `not JSON: ${expected}`,
      });
    });
  }
});

describe('decodeNarrowing', () => {
  it('takes a cutoff and the switch, and no cutoff for none', () => {
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

  it('refuses others', () => {
    const told = (...members: readonly [string, string][]): unknown =>
      toldBy(thrownBy(() => decodeSnapshotFilter(new Map(members))));
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

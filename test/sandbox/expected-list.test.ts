import { expect } from 'chai';
import { describe, it } from 'mocha';

import { nanosecondsOf } from '../../src/sandbox/nanoseconds.ts';
import { expectedOutages, firstDifference } from '../../src/sandbox/expected-list.ts';
import { createSmallDataset } from '../../src/sandbox/small-dataset.ts';
import type { SandboxSiteOutage } from '../../src/sandbox/dataset.ts';

const A: SandboxSiteOutage = {
  id: 'a',
  name: 'Battery 1',
  begin: '2022-02-01T00:00:00.000Z',
  end: '2022-02-02T00:00:00.000Z',
};
const B: SandboxSiteOutage = {
  id: 'b',
  name: 'Battery 2',
  begin: '2022-03-01T00:00:00.000Z',
  end: '2022-03-02T00:00:00.000Z',
};
const C: SandboxSiteOutage = {
  id: 'c',
  name: 'Battery 3',
  begin: '2022-04-01T00:00:00.000Z',
  end: '2022-04-02T00:00:00.000Z',
};

function differenceOf(posted: unknown, expected: readonly SandboxSiteOutage[] = [A, B, C]): string | undefined {
  return firstDifference(expected, Buffer.from(JSON.stringify(posted)));
}

describe('sandbox: firstDifference accepts', () => {
  it('the expected list', () => {
    expect(differenceOf([A, B, C])).to.equal(undefined);
  });

  it('keys in any order', () => {
    expect(differenceOf([{ end: A.end, begin: A.begin, name: A.name, id: A.id }, B, C])).to.equal(undefined);
  });

  it('an empty list if no outage is expected', () => {
    expect(differenceOf([], [])).to.equal(undefined);
  });
});

describe('sandbox: firstDifference describes', () => {
  const { end, ...withoutEnd } = B;
  const table: readonly (readonly [name: string, posted: unknown, difference: string])[] = [
    ['swapped records', [A, C, B], 'record 2: id: expected "b", received "c"'],
    ['a missing record', [A, C], 'expected 3 outages, received 2: record 2 is missing: {"id":"b",'],
    ['a missing last record', [A, B], 'expected 3 outages, received 2: record 3 is missing: {"id":"c",'],
    ['no records', [], 'expected 3 outages, received 0: record 1 is missing: {"id":"a",'],
    ['a duplicate record', [A, B, B, C], 'expected 3 outages, received 4: record 3 is unexpected: {"id":"b",'],
    ['an extra last record', [A, B, C, C], 'expected 3 outages, received 4: record 4 is unexpected: {"id":"c",'],
    [
      'a different count and different records',
      [C, B],
      'expected 3 outages, received 2: record 1: id: expected "a", received "c"',
    ],
    [
      'a different name',
      [A, { ...B, name: 'battery 2' }, C],
      'record 2: name: expected "Battery 2", received "battery 2"',
    ],
    [
      'another notation of the same instant',
      [{ ...A, begin: '2022-02-01T00:00:00Z' }, B, C],
      'record 1: begin: expected "2022-02-01T00:00:00.000Z", received "2022-02-01T00:00:00Z"',
    ],
    ['an extra key', [A, B, { ...C, site: 'x' }], 'record 3: unexpected key "site"'],
    ['a missing key', [A, withoutEnd, C], `record 2: end: missing, expected "${end}"`],
    ['a value of another type', [A, { ...B, name: 2 }, C], 'record 2: name: expected "Battery 2", received 2'],
    ['null in place of a record', [A, null, C], 'record 2: expected an object, received null'],
    ['a list in place of a record', [A, [], C], 'record 2: expected an object, received []'],
    ['an object in place of the list', { outages: [] }, 'expected a list, received {"outages":[]}'],
    ['a string in place of the list', '[]', 'expected a list, received "[]"'],
  ];
  for (const [name, posted, difference] of table) {
    it(name, () => {
      expect(differenceOf(posted))
        .to.be.a('string')
        .that.satisfies((text: string) => text.startsWith(difference), difference);
    });
  }

  it('control characters in escaped form', () => {
    expect(differenceOf([{ ...A, name: '\u001b[31m' }, B, C])).to.equal(
      'record 1: name: expected "Battery 1", received "\\u001b[31m"',
    );
  });

  it('bytes that are not JSON or not UTF-8, or have a byte order mark', () => {
    expect(firstDifference([], Buffer.from('[] x'))).to.match(/^the body is not JSON: /);
    expect(firstDifference([], Buffer.from(''))).to.match(/^the body is not JSON: /);
    expect(firstDifference([], Buffer.from('\ufeff[]'))).to.match(/^the body is not JSON: /);
    expect(firstDifference([], Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]))).to.equal('the body is not UTF-8');
  });
});

describe('sandbox: the expected list', () => {
  const world = createSmallDataset(1);

  function rightList(id: string, cutoff: string, inclusive: boolean): readonly string[] {
    const site = world.sites.find((candidate) => candidate.id === id);
    const instant = nanosecondsOf(cutoff);
    if (site === undefined || instant === undefined) throw new Error('no such site or instant');
    return expectedOutages(world, site, { instant, inclusive }).map(({ name, begin }) => `${name} ${begin}`);
  }

  const NORWICH = [
    'Battery 1 2022-05-02T11:27:36.655Z',
    'Battery 2 2022-07-19T16:30:02.008Z',
    'Battery 3 2022-09-08T09:14:27.590Z',
    'Battery 3 2022-09-11T01:45:13.872Z',
    'Battery 3 2022-02-27T22:08:40.143Z',
    'Battery 4 2022-01-01T00:00:00.001Z',
    'Battery 5 2022-06-17T20:24:33.081Z',
    'Battery 6 2022-11-28T08:05:16.729Z',
    'Battery 7 2022-03-25T12:47:01.670Z',
    'Battery 8 2022-08-13T14:16:52.394Z',
    'Battery 8 2022-10-31T23:20:08.768Z',
  ];

  it('excludes an outage that begins at the cutoff', () => {
    expect(rightList('norwich-pear-tree', '2022-01-01T00:00:00Z', false)).to.deep.equal(NORWICH);
  });

  it('includes an outage that begins at the cutoff on request', () => {
    expect(rightList('norwich-pear-tree', '2022-01-01T00:00:00Z', true)).to.deep.equal(
      NORWICH.toSpliced(1, 0, 'Battery 2 2022-01-01T00:00:00.000Z'),
    );
  });

  it('follows the cutoff', () => {
    expect(rightList('norwich-pear-tree', '2022-11-01T00:00:00+01:00', false)).to.deep.equal([
      'Battery 6 2022-11-28T08:05:16.729Z',
      'Battery 8 2022-10-31T23:20:08.768Z',
    ]);
  });

  it('compares whole ids, keeps duplicates and uses the names of the site', () => {
    expect(rightList('norwich-pear', '2022-01-01T00:00:00Z', false)).to.deep.equal([
      'Battery 1 2022-04-11T03:50:17.026Z',
      'Battery 2 2022-06-17T20:24:33.081Z',
      'Battery 3 2022-12-01T10:00:00.000Z',
      'Battery 3 2022-12-01T10:00:00.000Z',
      'Battery 3 2022-12-09T15:45:00.000Z',
      'Battery 4 (shared) 2022-08-13T14:16:52.394Z',
      'Battery 4 (shared) 2022-10-31T23:20:08.768Z',
    ]);
  });

  it('compares instants with any offset and fraction', () => {
    const exclusive = [
      'ब्याट्री १ 2022-01-01T05:45:00.000000001+05:45',
      'Battery 2, "old" 🔋 2021-12-31T23:30:00.000-01:00',
      'Battery 2, "old" 🔋 2022-09-15T14:03:22.5+05:45',
      '=1+1 2022-05-19T21:34:07.903118+05:45',
    ];
    expect(rightList('kathmandu-hill', '2022-01-01T00:00:00Z', false)).to.deep.equal(exclusive);
    expect(rightList('kathmandu-hill', '2022-01-01T00:00:00Z', true)).to.deep.equal(
      exclusive
        .toSpliced(2, 0, 'Battery 2, "old" 🔋 2021-12-31T19:00:00-05:00')
        .toSpliced(0, 0, 'ब्याट्री १ 2022-01-01T05:45:00.000+05:45'),
    );
  });

  it('is empty if the cutoff excludes every outage', () => {
    expect(rightList('ely-old-mill', '2022-01-01T00:00:00Z', true)).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { sortLists } from '../../src/output/sort-lists.ts';
import { listOf } from './lists.ts';

describe('sortLists', () => {
  it('sorts by device, with numbers by value, and then by begin as an instant', () => {
    const end = '2022-12-01T00:00:00Z';
    const list = listOf('s', { a: 'Battery 10', b: 'Battery 2', c: 'Battery 2' }, [
      ['a', '2022-02-01T00:00:00Z', end],
      ['c', '2022-01-15T00:00:00Z', end],
      ['b', '2022-03-01T00:30:00+01:00', end],
      ['b', '2022-02-28T23:00:00Z', end],
      ['a', '2022-01-01T00:00:00Z', end],
    ]);
    const other = listOf('first', {}, []);
    const [sorted, ...others] = sortLists([list, other]);
    expect(others).to.deep.equal([other]);
    expect(sorted?.outages.map(({ id, begin }) => [id, begin])).to.deep.equal([
      ['b', '2022-02-28T23:00:00Z'],
      ['b', '2022-03-01T00:30:00+01:00'],
      ['c', '2022-01-15T00:00:00Z'],
      ['a', '2022-01-01T00:00:00Z'],
      ['a', '2022-02-01T00:00:00Z'],
    ]);
    expect(list.outages[0]?.id, 'the list itself').to.equal('a');
  });
});

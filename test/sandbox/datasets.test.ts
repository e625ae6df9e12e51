import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createGeneratedDataset } from '../../src/sandbox/generated-dataset.ts';
import { createSites } from '../../src/sandbox/generated-sites.ts';
import { nanosecondsOf } from '../../src/sandbox/nanoseconds.ts';
import { createSmallDataset } from '../../src/sandbox/small-dataset.ts';
import type { Dataset } from '../../src/sandbox/dataset.ts';

function expectConsistent(world: Dataset): void {
  const outages = [...world.outages()];
  expect(outages.length).to.equal(world.size);
  const ids = outages.map(({ id }) => id);
  expect(ids).to.deep.equal(ids.toSorted());
  for (const { begin, end } of outages) {
    if (nanosecondsOf(begin) === undefined || nanosecondsOf(end) === undefined) expect.fail(`${begin}, ${end}`);
  }
  const devices = new Set(world.sites.flatMap((site) => site.devices.map(({ id }) => id)));
  expect([...world.siteOutages()]).to.deep.equal(outages.filter(({ id }) => devices.has(id)));
  expect([...world.outages()]).to.deep.equal(outages);
}

describe('sandbox: a data set', () => {
  it('has 108 records, sorted by id, if it is small', () => {
    expectConsistent(createSmallDataset(1));
    expect(createSmallDataset(1).size).to.equal(108);
  });

  it('depends on the seed only for devices without a site, if it is small', () => {
    const [one, same, other] = [createSmallDataset(1), createSmallDataset(1), createSmallDataset(2)];
    expect([...same.outages()]).to.deep.equal([...one.outages()]);
    expect([...other.outages()]).not.to.deep.equal([...one.outages()]);
    expect([...other.siteOutages()]).to.deep.equal([...one.siteOutages()]);
  });

  it('has ids that are prefixes of others, and one that differs only in case, if it is small', () => {
    const world = createSmallDataset(1);
    const devices = [...new Set([...world.outages()].map(({ id }) => id))];
    const starts = devices.filter((id) => devices.some((other) => other !== id && other.startsWith(id)));
    expect(starts).to.have.members(['22f8f45d-92a6-4e5b', '745ac22f-3f01-40a7-9100-3c4a408a1c5b']);
    expect(new Set(devices.map((id) => id.toLowerCase())).size).to.equal(devices.length - 1);
    expect(world.sites.map(({ id }) => id)).to.include.members(['norwich-pear', 'norwich-pear-tree']);
  });

  for (const size of [0, 1, 2, 15, 16, 17, 108, 1000, 50_001]) {
    it(`has exactly ${size} records, sorted by id, if it is generated`, () => {
      const world = createGeneratedDataset(size, 1);
      expect(world.size).to.equal(size);
      expectConsistent(world);
    });
  }

  it('yields the outages of each site separately', () => {
    for (const world of [
      createSmallDataset(1),
      createGeneratedDataset(5000, 1),
      createGeneratedDataset(90, 1, createSites(9)),
    ]) {
      for (const site of world.sites) {
        const ids = site.devices.map(({ id }) => id);
        const own = [...world.outages()].filter(({ id }) => ids.includes(id));
        expect([...world.siteOutages(site)], site.id).to.deep.equal(own);
      }
    }
  });

  it('has the requested number of sites, each with outages, if it is generated', () => {
    expect(createSites(2).map(({ id }) => id)).to.deep.equal(['norwich-pear-tree', 'norwich-pear']);
    const sites = createSites(1000);
    expect(new Set(sites.map(({ id }) => id)).size).to.equal(1000);
    expect(sites.at(-1)?.id).to.equal('site-01000');
    const world = createGeneratedDataset(10_000, 1, sites);
    expectConsistent(world);
    expect(sites.filter((site) => [...world.siteOutages(site)].length === 0)).to.deep.equal([]);
  });

  it('depends only on the seed if it is generated', () => {
    const [one, same, other] = [1, 1, 2].map((seed) => [...createGeneratedDataset(2000, seed).outages()]);
    expect(same).to.deep.equal(one);
    expect(other).not.to.deep.equal(one);
  });

  it('has one record in a thousand for the sites, some at the cutoff, if it is generated', () => {
    const own = [...createGeneratedDataset(200_000, 1).siteOutages()];
    expect(own.length).to.equal(200);
    expect(own.map(({ begin }) => begin)).to.include('2022-01-01T00:00:00.000Z');
    expect(new Set(own.map(({ id }) => id)).size).to.equal(16);
  });

  it('has no outages of the closed site after the cutoff if it is generated', () => {
    const world = createGeneratedDataset(1_000_000, 1);
    const closed = world.sites.find(({ id }) => id === 'ely-old-mill')?.devices.map(({ id }) => id) ?? [];
    const begins = [...world.siteOutages()].filter(({ id }) => closed.includes(id)).map(({ begin }) => begin);
    expect(begins.length).to.be.greaterThan(50);
    expect(begins.filter((begin) => begin >= '2022')).to.deep.equal([]);
  });
});

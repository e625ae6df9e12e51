import { createRandom, integer, type Random, uuid, UUID_STARTS } from './random.ts';
import { SITES } from './known-sites.ts';
import { byId, type SandboxOutage, type SandboxSite, type Dataset } from './dataset.ts';

const SIZE = 108;

/**
 * A data set of 108 records, small enough to read: the outages of the sites, which are the same for every seed, and outages of
 * devices of no site, which depend on the seed.
 */
export function createSmallDataset(seed: number): Dataset {
  const own = SITES.flatMap(({ devices }) =>
    devices.flatMap(({ id, outages }) => outages.map(([begin, end]): SandboxOutage => ({ id, begin, end }))),
  );
  const outages = [...own, ...unrelatedOutages(createRandom(seed), SIZE - own.length)].sort(byId);
  const siteOutages = (site?: SandboxSite): readonly SandboxOutage[] =>
    own.filter(({ id }) => !site || site.devices.some((device) => device.id === id)).sort(byId);
  return { sites: SITES, size: SIZE, outages: () => outages, siteOutages };
}

function unrelatedOutages(random: Random, amount: number): readonly SandboxOutage[] {
  // The id of "Battery 7" of norwich-pear-tree in upper case: a different device.
  const records: SandboxOutage[] = [outage(random, 'ADC90FD8-1A4F-4614-9665-F4235597AE3F')];
  while (records.length < amount) {
    const id = uuid(random, integer(random, 0, UUID_STARTS - 1));
    const count = Math.min(integer(random, 1, 3), amount - records.length);
    for (let index = 0; index < count; index += 1) records.push(outage(random, id));
  }
  return records;
}

/** Returns a random outage of one minute to 60 days. @param first earliest begin @param last latest begin */
export function outage(random: Random, id: string, first = '2021-01-01', last = '2022-12-31'): SandboxOutage {
  const begin = integer(random, Date.parse(first), Date.parse(last));
  const end = begin + integer(random, 60_000, 60 * 86_400_000);
  return { id, begin: new Date(begin).toISOString(), end: new Date(end).toISOString() };
}

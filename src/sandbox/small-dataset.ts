import { createRandom, integer, type Random, uuid, UUID_STARTS } from './random.ts';
import { SITES } from './known-sites.ts';
import { byId, type SandboxOutage, type Dataset } from './dataset.ts';

const SIZE = 108;

/**
 * The world that a person can look through: the outages of the sites, the same for every seed, among those of devices of
 * no site, which the seed decides on; 108 records in all.
 */
export function createSmallDataset(seed: number): Dataset {
  const own = SITES.flatMap(({ devices }) =>
    devices.flatMap(({ id, outages }) => outages.map(([begin, end]): SandboxOutage => ({ id, begin, end }))),
  );
  const outages = [...own, ...strays(createRandom(seed), SIZE - own.length)].sort(byId);
  return { sites: SITES, size: SIZE, outages: () => outages, siteOutages: () => own.toSorted(byId) };
}

function strays(random: Random, amount: number): readonly SandboxOutage[] {
  // The id of "Battery 7" of norwich-pear-tree but for its case: another device.
  const records: SandboxOutage[] = [outage(random, 'ADC90FD8-1A4F-4614-9665-F4235597AE3F')];
  while (records.length < amount) {
    const id = uuid(random, integer(random, 0, UUID_STARTS - 1));
    const count = Math.min(integer(random, 1, 3), amount - records.length);
    for (let made = 0; made < count; made += 1) records.push(outage(random, id));
  }
  return records;
}

/** An outage that begins in 2021 or 2022 and lasts for a minute to 60 days. */
export function outage(random: Random, id: string, first = '2021-01-01', last = '2022-12-31'): SandboxOutage {
  const begin = integer(random, Date.parse(first), Date.parse(last));
  const end = begin + integer(random, 60_000, 60 * 86_400_000);
  return { id, begin: new Date(begin).toISOString(), end: new Date(end).toISOString() };
}

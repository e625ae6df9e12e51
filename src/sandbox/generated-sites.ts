import { SITES, type SiteData } from './known-sites.ts';
import { createRandom, integer, UUID_STARTS, uuid } from './random.ts';

const DEVICES_PER_SITE = 2;

/** Returns this many sites: the known ones first, then `site-00005` and so on, the same for every seed. */
export function createSites(count: number): readonly SiteData[] {
  const numbers = Array.from({ length: Math.max(0, count - SITES.length) }, (_, index) => SITES.length + index + 1);
  return [...SITES.slice(0, count), ...numbers.map(createSite)];
}

function createSite(number: number): SiteData {
  const random = createRandom(number);
  const devices = Array.from({ length: DEVICES_PER_SITE }, (_, index) => ({
    id: uuid(random, integer(random, 0, UUID_STARTS - 1)),
    name: `Battery ${index + 1}`,
    outages: [],
  }));
  return { id: `site-${String(number).padStart(5, '0')}`, name: `Site ${number}`, closed: false, devices };
}

/** Describes the site ids for people: all of them if they are few, else the known ones and a range. */
export function describeSites(ids: readonly string[]): string {
  if (ids.length <= SITES.length) return ids.join(', ');
  return `${ids.slice(0, SITES.length).join(', ')}, and ${ids[SITES.length] ?? ''} to ${ids.at(-1) ?? ''}`;
}

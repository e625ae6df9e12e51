import type { SimulatedSite } from '../world/simulated-sites.ts';
import type { World } from '../world/create-world.ts';

/** A record of a list, its keys in the order in which they are sent. */
export interface ListedOutage {
  readonly id: string;
  readonly name: string;
  readonly begin: string;
  readonly end: string;
}

/**
 * The records of the list that is right for a site, from what the world knows of its outages; undefined where one of them,
 * or one that nobody can tell the device of, does not fit. Written apart from the program: one is the test of the other.
 */
export function recordsFor(site: SimulatedSite, world: World): readonly ListedOutage[] | undefined {
  const { outages, cutoff, cutoffInclusive } = world;
  const records: ListedOutage[] = [];
  for (const { device, fits } of outages) {
    const owned = site.devices.find(({ id }) => id === device);
    if (device !== undefined && !owned) continue;
    if (!owned || !fits) return undefined;
    if (fits.begin < cutoff.instant || (fits.begin === cutoff.instant && !cutoffInclusive)) continue;
    records.push({ id: owned.id, name: owned.name, begin: fits.beginText, end: fits.endText });
  }
  return records;
}

/** The bytes of that list. */
export function listFor(site: SimulatedSite, world: World): string | undefined {
  const records = recordsFor(site, world);
  return records && harmless(JSON.stringify(records));
}

/** The same JSON without a character that a terminal would obey: DEL, C1, bidi controls, line separators. */
export function harmless(json: string): string {
  const isHarmful = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  return json.replace(isHarmful, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

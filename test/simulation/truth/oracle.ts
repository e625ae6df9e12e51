import type { SimulatedSite } from '../world/simulated-sites.ts';
import type { World } from '../world/create-world.ts';

/** A record of a list, with its keys in order. */
export interface ListedOutage {
  readonly id: string;
  readonly name: string;
  readonly begin: string;
  readonly end: string;
}

/**
 * The records of the correct list for a site; undefined if one of its outages, or one with an unreadable id, is invalid.
 * Shares no code with the program.
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

/** Returns the correct list as JSON. */
export function listFor(site: SimulatedSite, world: World): string | undefined {
  const records = recordsFor(site, world);
  return records && harmless(JSON.stringify(records));
}

/** Escapes DEL, C1, bidi controls and line separators in JSON. */
export function harmless(json: string): string {
  const isHarmful = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  return json.replace(isHarmful, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Number of devices per site. The first devices belong to site 0, the next to site 1, and so on. */
export const DEVICES_PER_SITE = 8;
export const SITES = 10_000;
/** Devices of sites that are not requested. */
const UNREQUESTED_DEVICES = 100_000;
const BEGIN = Date.UTC(2021, 6, 1);
const DAY = 86_400_000;

/** Returns a device id like those of the live API. */
function deviceId(device: number): string {
  const hash = Math.imul(device + 1, 0x9e3779b1) >>> 0;
  return `${hex(hash)}-fb90-436b-9951-${hex(device)}abcd`;
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, '0');
}

export function siteInfo(site: number): string {
  const devices = Array.from({ length: DEVICES_PER_SITE }, (_, index) => ({
    id: deviceId(DEVICES_PER_SITE * site + index),
    name: `Battery ${index + 1}`,
  }));
  return JSON.stringify({ id: `site-${site}`, name: `Site ${site}`, devices });
}

/** Returns outage number `index`. One in a thousand belongs to site 0, the others to sites that are not requested. */
function outage(index: number): string {
  const device =
    index % 1000 === 7
      ? Math.floor(index / 1000) % DEVICES_PER_SITE
      : DEVICES_PER_SITE * SITES + ((index * 31) % UNREQUESTED_DEVICES);
  return outageOf(device, index);
}

/** Returns an outage of a device; its times depend on the index. */
function outageOf(device: number, index: number): string {
  const fraction = (Math.imul(index, 0x9e3779b1) >>> 0) / 2 ** 32;
  const begin = BEGIN + Math.floor(fraction * 600 * DAY);
  const end = begin + (1 + (index % 90)) * 3_600_000;
  return `{"id":"${deviceId(device)}","begin":"${new Date(begin).toISOString()}","end":"${new Date(end).toISOString()}"}`;
}

/** Writes a response of `/outages` with `count` records. */
export async function writeOutages(path: string, count: number): Promise<void> {
  await pipeline(outages(count), createWriteStream(path));
}

/** Writes a response of `/outages` with one record for each of so many sites. */
export async function writeOutagesOfSites(path: string, sites: number): Promise<void> {
  const records = Array.from({ length: sites }, (_, site) => outageOf(DEVICES_PER_SITE * site, site));
  await pipeline([`[${records.join(',')}]`], createWriteStream(path));
}

/** Writes a snapshot of `count` outages and `siteCount` sites. */
export async function writeSnapshot(path: string, count: number, siteCount = SITES): Promise<void> {
  const sites = Array.from({ length: siteCount }, (_, site) => siteInfo(site));
  const snapshot = function* (): Iterable<string> {
    yield '{"outages":';
    yield* outages(count);
    yield `,"sites":[${sites.join(',')}]}\n`;
  };
  await pipeline(snapshot, createWriteStream(path));
}

/** Yields the JSON array of `count` outages in chunks. */
function* outages(count: number): Iterable<string> {
  let text = '[';
  for (let index = 0; index < count; index++) {
    text += `${index === 0 ? '' : ','}${outage(index)}`;
    if (text.length > 1024 * 1024) {
      yield text;
      text = '';
    }
  }
  yield `${text}]`;
}

import { visible } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';
import { count } from './format-units.ts';

/** How many outages of how many devices: a line for each site where there are several, and one for all. */
export function* summarizeLists(lists: readonly SiteList[], several: boolean): Iterable<string> {
  const figures = lists.map(({ site, outages }) => ({
    site,
    outages: outages.length,
    devices: new Set(outages.map(({ id }) => id)).size,
  }));
  if (several) {
    for (const { site, outages, devices } of figures) yield `${visible(site)}: ${toSummary(outages, devices)}`;
  }
  const outages = figures.reduce((sum, figure) => sum + figure.outages, 0);
  const devices = figures.reduce((sum, figure) => sum + figure.devices, 0);
  yield several ? `${toSummary(outages, devices)} on ${count(lists.length, 'site')}` : toSummary(outages, devices);
}

function toSummary(outages: number, devices: number): string {
  return outages === 0 ? 'no outages' : `${count(outages, 'outage')} of ${count(devices, 'device')}`;
}

import { visible } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';
import type { MultiSite } from './format.ts';
import { count } from './format-units.ts';

/** Yields the numbers of outages and devices: for several sites a line per site, and a total. */
export function* summarizeLists(lists: readonly SiteList[], { isMultiSite }: MultiSite): Iterable<string> {
  const figures = lists.map(({ site, outages }) => ({
    site,
    outages: outages.length,
    devices: new Set(outages.map(({ id }) => id)).size,
  }));
  if (isMultiSite) {
    for (const { site, outages, devices } of figures) yield `${visible(site)}: ${toSummary(outages, devices)}`;
  }
  const outages = figures.reduce((sum, figure) => sum + figure.outages, 0);
  const devices = figures.reduce((sum, figure) => sum + figure.devices, 0);
  yield isMultiSite ? `${toSummary(outages, devices)} on ${count(lists.length, 'site')}` : toSummary(outages, devices);
}

function toSummary(outages: number, devices: number): string {
  return outages === 0 ? 'no outages' : `${count(outages, 'outage')} of ${count(devices, 'device')}`;
}

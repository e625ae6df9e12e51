import type { SiteList } from '../../src/transform/outage.ts';
import { createCutoffRule, type CutoffRule } from '../../src/transform/rule.ts';

/** An outage: the id of its device, its begin and its end. */
export type Written = readonly [id: string, begin: string, end: string];

/** Returns the list of a site. @param names the names of its devices, by id */
export function listOf(site: string, names: Readonly<Record<string, string>>, outages: readonly Written[]): SiteList {
  return {
    site,
    siteName: `Site ${site}`,
    devices: Object.entries(names).map(([id, name]) => ({ id, name })),
    outages: outages.map(([id, begin, end]) => ({ id, name: names[id] ?? '', begin, end })),
  };
}

/** Returns the rule of a run at this time. */
export function ruleOf(now: string, cutoff = '2022-01-01T00:00:00Z'): CutoffRule {
  return createCutoffRule(cutoff, false, Date.parse(now));
}

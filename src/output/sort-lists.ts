import { compareInstants, parseInstant } from '../transform/instant.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';

/** Sorts each list by device name, in which `Battery 2` is before `Battery 10`, and then by begin. */
export function sortLists(lists: readonly SiteList[]): readonly SiteList[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return lists.map((list) => ({
    ...list,
    outages: [...list.outages].sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id) || compareBegins(a, b)),
  }));
}

function compareBegins(a: SiteOutage, b: SiteOutage): number {
  const [first, second] = [parseInstant(a.begin), parseInstant(b.begin)];
  return first && second ? compareInstants(first, second) : 0;
}

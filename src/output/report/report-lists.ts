import type { SiteList } from '../../transform/outage.ts';
import { downtimeOf } from '../downtime.ts';
import type { MultiSite } from '../format.ts';
import { count } from '../format-units.ts';
import type { Span } from '../spans.ts';

/** Returns several sites by availability, the worst first; those without devices last. */
export function arrange(lists: readonly SiteList[], period: Span, { isMultiSite }: MultiSite): readonly SiteList[] {
  if (!isMultiSite) return lists;
  return lists
    .map((list) => ({ list, availability: downtimeOf(list, period).availability ?? Infinity }))
    .sort((a, b) => (a.availability === b.availability ? 0 : a.availability - b.availability))
    .map(({ list }) => list);
}

/** Returns the name of the site, or the number of sites. */
export function titleOf(lists: readonly SiteList[], { isMultiSite }: MultiSite): string {
  const [first] = lists;
  return first && !isMultiSite ? first.siteName : count(lists.length, 'site');
}

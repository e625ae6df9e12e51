import { toMilliseconds } from '../transform/instant.ts';
import type { SiteList } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { byDevice, merge, type Span, within } from './spans.ts';

/** What a site's outages come to, from the cutoff until now; times in milliseconds. */
export interface Downtime {
  readonly outages: number;
  readonly devices: number;
  /** How many of the devices have outages. */
  readonly affected: number;
  /** Of all devices together; where outages of a device overlap, the time counts once. */
  readonly total: number;
  /** The longest that one device was out of service without a break. */
  readonly longest: number;
  /** The share of the time in which the devices were in service, from 0 to 1; undefined where there is no such time. */
  readonly availability: number | undefined;
}

/** The words that go with it, for those who read it. */
export const DOWNTIME_DEFINITION =
  'Downtime is counted per device from the cutoff until now; where outages of a device overlap, the time counts once. ' +
  'Availability is the share of that time in which the devices were in service, as the mean of all devices of the site.';

export function downtimeOf(list: SiteList, rule: Pick<CutoffRule, 'cutoff' | 'now'>): Downtime {
  const devices = byDevice(list);
  const period = periodOf(rule);
  const breaks = devices.flatMap(({ spans }) => merge(within(spans, period)));
  const total = lengthOf(breaks);
  const most = devices.length * (period.end - period.begin);
  return {
    outages: list.outages.length,
    devices: devices.length,
    affected: devices.filter(({ spans }) => spans.length > 0).length,
    total,
    longest: breaks.reduce((longest, span) => Math.max(longest, span.end - span.begin), 0),
    availability: most > 0 ? 1 - total / most : undefined,
  };
}

/** Of one device, in milliseconds. */
export function totalOf(spans: readonly Span[], rule: Pick<CutoffRule, 'cutoff' | 'now'>): number {
  return lengthOf(merge(within(spans, periodOf(rule))));
}

function periodOf({ cutoff, now }: Pick<CutoffRule, 'cutoff' | 'now'>): Span {
  return { begin: toMilliseconds(cutoff), end: toMilliseconds(now) };
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

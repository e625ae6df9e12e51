import { toMilliseconds } from '../transform/instant.ts';
import type { SiteList } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { byDevice, merge, type Span, within } from './spans.ts';

/** Statistics of a site's outages between the cutoff and now; times in milliseconds. */
export interface Downtime {
  readonly outages: number;
  readonly devices: number;
  /** Devices with at least one outage. */
  readonly affected: number;
  /** Downtime of all devices; overlapping outages of a device count once. */
  readonly total: number;
  /** Longest continuous downtime of one device. */
  readonly longest: number;
  /** Share of the time in service, from 0 to 1; undefined if there is no time between the cutoff and now. */
  readonly availability: number | undefined;
}

/** Explains the statistics to the reader of a report. */
export const DOWNTIME_DEFINITION =
  'Downtime is counted per device from the cutoff until now; overlapping outages of a device count once. ' +
  'Availability is the share of that time in service, averaged over all devices of the site.';

export function downtimeOf(list: SiteList, rule: Pick<CutoffRule, 'cutoff' | 'now'>): Downtime {
  const devices = byDevice(list);
  const period = periodOf(rule);
  const outOfService = devices.flatMap(({ spans }) => merge(within(spans, period)));
  const total = lengthOf(outOfService);
  const maximum = devices.length * (period.end - period.begin);
  return {
    outages: list.outages.length,
    devices: devices.length,
    affected: devices.filter(({ spans }) => spans.length > 0).length,
    total,
    longest: outOfService.reduce((longest, span) => Math.max(longest, span.end - span.begin), 0),
    availability: maximum > 0 ? 1 - total / maximum : undefined,
  };
}

/** Returns the downtime of one device in milliseconds. */
export function totalOf(spans: readonly Span[], rule: Pick<CutoffRule, 'cutoff' | 'now'>): number {
  return lengthOf(merge(within(spans, periodOf(rule))));
}

function periodOf({ cutoff, now }: Pick<CutoffRule, 'cutoff' | 'now'>): Span {
  return { begin: toMilliseconds(cutoff), end: toMilliseconds(now) };
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

import type { SiteList } from '../transform/outage.ts';
import { byDevice, type DeviceSpans, merge, type Span, within } from './spans.ts';

/** Statistics of outages within a period; times in milliseconds. */
export interface Downtime {
  readonly outages: number;
  readonly devices: number;
  /** Devices with at least one outage. */
  readonly affected: number;
  /** Downtime of all devices; overlapping outages of a device count once. */
  readonly total: number;
  /** Time of the longest outage within the period. */
  readonly longest: number;
  /** Share of the time in service, from 0 to 1; undefined if there are no devices. */
  readonly availability: number | undefined;
}

/** Explains the statistics to the reader of a report. */
export const DOWNTIME_DEFINITION =
  'Downtime is counted per device within the period shown; overlapping outages of a device count once. ' +
  'Availability is the share of that period in service, averaged over all devices.';

export function downtimeOf(list: SiteList, period: Span): Downtime {
  return downtimeOfDevices(byDevice(list), period);
}

export function downtimeOfDevices(devices: readonly DeviceSpans[], period: Span): Downtime {
  const outages = devices.map(({ spans }) => within(spans, period));
  const total = lengthOf(outages.flatMap(merge));
  const maximum = devices.length * (period.end - period.begin);
  return {
    outages: devices.reduce((sum, { spans }) => sum + spans.length, 0),
    devices: devices.length,
    affected: devices.filter(({ spans }) => spans.length > 0).length,
    total,
    longest: outages.flat().reduce((longest, { begin, end }) => Math.max(longest, end - begin), 0),
    availability: maximum > 0 ? 1 - total / maximum : undefined,
  };
}

/** Returns the downtime of one device in milliseconds. */
export function totalOf(spans: readonly Span[], period: Span): number {
  return lengthOf(merge(within(spans, period)));
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

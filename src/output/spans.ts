import { parseInstant, toMilliseconds } from '../transform/instant.ts';
import type { Device, SiteList, SiteOutage } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';

/** A period in milliseconds since 1970; its end is never before its begin. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** The span of an outage, with the index of the outage in its list. */
export interface OutageSpan extends Span {
  readonly position: number;
}

/** A device, with its outages in the order of the list. */
export interface DeviceSpans {
  readonly device: Device;
  readonly spans: readonly OutageSpan[];
}

const DAY_MS = 86_400_000;

/** Minimum length of the axis, as far as the cutoff allows. */
const MIN_AXIS_MS = 30 * DAY_MS;

/** If the axis would be empty for more than this share before the first outage, it begins at that outage. */
const MAX_EMPTY_SHARE = 0.75;

/** Returns the milliseconds since 1970 of a valid RFC 3339 time. */
export function timeOf(text: string): number {
  const instant = parseInstant(text);
  if (!instant) throw new Error('the list to render has not been validated');
  return toMilliseconds(instant);
}

/** Returns the span of an outage; empty if it ends before it begins. */
function toSpan(outage: SiteOutage): Span {
  const begin = timeOf(outage.begin);
  return { begin, end: Math.max(begin, timeOf(outage.end)) };
}

/** Groups the outages by device, in the order of the site's devices. */
export function byDevice({ devices, outages }: SiteList): readonly DeviceSpans[] {
  const found = new Map(devices.map((device) => [device.id, { device, spans: [] as OutageSpan[] }]));
  outages.forEach((outage, position) => {
    const { id, name } = outage;
    const entry = found.get(id) ?? { device: { id, name }, spans: [] };
    found.set(id, entry);
    entry.spans.push({ ...toSpan(outage), position });
  });
  return [...found.values()];
}

/** Joins spans that overlap or touch, and sorts the result. */
export function merge(spans: readonly Span[]): readonly Span[] {
  const merged: { begin: number; end: number }[] = [];
  for (const { begin, end } of [...spans].sort((a, b) => a.begin - b.begin)) {
    const last = merged.at(-1);
    if (last && begin <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ begin, end });
  }
  return merged;
}

/** Clips the spans to a period. */
export function within(spans: readonly Span[], { begin, end }: Span): readonly Span[] {
  return spans
    .map((span) => ({ begin: Math.max(begin, span.begin), end: Math.min(end, span.end) }))
    .filter((span) => span.begin <= span.end);
}

/** The period that a chart shows, and that downtime and availability are about. */
export interface Period extends Span {
  /** Why the period ends there, shown to people. */
  readonly endsAt: string;
}

/** Options of a period, in addition to the outages. */
export interface PeriodRule {
  readonly rule: Pick<CutoffRule, 'cutoff' | 'now'>;
  /** The end that the user chose, after the cutoff; milliseconds since 1970. */
  readonly until?: number | undefined;
}

/**
 * Returns the period to show: from the cutoff, or the first outage if that is much later, to the end that the user chose, or
 * else to the end of the last outage, but not beyond now.
 */
export function periodOf(spans: readonly Span[], { rule, until }: PeriodRule): Period {
  const cutoff = toMilliseconds(rule.cutoff);
  const now = toMilliseconds(rule.now);
  const first = spans.reduce((least, { begin }) => Math.min(least, begin), Infinity);
  const last = spans.reduce((most, { end }) => Math.max(most, end), -Infinity);
  if (spans.length === 0) return endPeriod(cutoff, until, now, 'now');

  const [latest, endsAt] = first < now && now < last ? [now, 'now'] : [last, 'the end of the last outage'];
  const start = Math.min(first, (until ?? latest) - MIN_AXIS_MS);
  const isFar = start - cutoff > MAX_EMPTY_SHARE * ((until ?? latest) - cutoff);
  return endPeriod(isFar ? start : Math.min(cutoff, first), until, latest, endsAt);
}

function endPeriod(begin: number, until: number | undefined, end: number, endsAt: string): Period {
  if (until !== undefined) return { begin, end: until, endsAt: '--until' };
  if (end < begin + DAY_MS) return { begin, end: begin + DAY_MS, endsAt: 'one day, the shortest period' };
  return { begin, end, endsAt };
}

/** Returns the period of all outages of these lists. */
export function periodOfLists(lists: readonly SiteList[], options: PeriodRule): Period {
  return periodOf(
    lists.flatMap(({ outages }) => outages.map(toSpan)),
    options,
  );
}

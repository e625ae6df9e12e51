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

/**
 * Returns the time axis: from the cutoff, or the first outage if that is much later, to the end of the last outage, but not
 * beyond now.
 */
export function axisFor(spans: readonly Span[], rule: Pick<CutoffRule, 'cutoff' | 'now'>): Span {
  const cutoff = toMilliseconds(rule.cutoff);
  const now = toMilliseconds(rule.now);
  const first = spans.reduce((least, { begin }) => Math.min(least, begin), Infinity);
  const last = spans.reduce((most, { end }) => Math.max(most, end), -Infinity);
  if (spans.length === 0) return { begin: cutoff, end: Math.max(now, cutoff + DAY_MS) };

  const latest = first < now ? Math.min(last, now) : last;
  const start = Math.min(first, latest - MIN_AXIS_MS);
  const isFar = start - cutoff > MAX_EMPTY_SHARE * (latest - cutoff);
  const begin = isFar ? start : Math.min(cutoff, first);
  return { begin, end: Math.max(latest, begin + DAY_MS) };
}

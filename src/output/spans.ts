import { parseInstant, toMilliseconds } from '../transform/instant.ts';
import type { Device, SiteList, SiteOutage } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';

/** A stretch of time, in milliseconds since 1970; it does not end before it begins. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** An outage's, with the outage's position in the list. */
export interface OutageSpan extends Span {
  readonly position: number;
}

/** A device, and its outages in the order of the list. */
export interface DeviceSpans {
  readonly device: Device;
  readonly spans: readonly OutageSpan[];
}

const DAY = 86_400_000;

/** What the axis covers at least, where the cutoff allows it. */
const LEAST_LENGTH = 30 * DAY;

/** The axis begins with the first outage where it would otherwise be empty before that for so much of its length. */
const MOST_BEFORE = 0.75;

/** Milliseconds since 1970 of an RFC 3339 time that was checked before. */
export function timeOf(text: string): number {
  const instant = parseInstant(text);
  if (!instant) throw new Error('a list was shown that had not been checked');
  return toMilliseconds(instant);
}

/** An outage's span; one that ends before it begins is a moment. */
function toSpan(outage: SiteOutage): Span {
  const begin = timeOf(outage.begin);
  return { begin, end: Math.max(begin, timeOf(outage.end)) };
}

/** Every device of the site, in its order. */
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

/** The time that the spans cover, in order; those that overlap or touch are one. */
export function merge(spans: readonly Span[]): readonly Span[] {
  const merged: { begin: number; end: number }[] = [];
  for (const { begin, end } of [...spans].sort((a, b) => a.begin - b.begin)) {
    const last = merged.at(-1);
    if (last && begin <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ begin, end });
  }
  return merged;
}

/** The part of the spans that lies within the other. */
export function within(spans: readonly Span[], { begin, end }: Span): readonly Span[] {
  return spans
    .map((span) => ({ begin: Math.max(begin, span.begin), end: Math.min(end, span.end) }))
    .filter((span) => span.begin <= span.end);
}

/**
 * The time axis for the outages: from the cutoff (or the first outage, where the cutoff is far before it) to the end of the
 * last outage, or to now where that comes first.
 */
export function axisFor(spans: readonly Span[], rule: Pick<CutoffRule, 'cutoff' | 'now'>): Span {
  const cutoff = toMilliseconds(rule.cutoff);
  const now = toMilliseconds(rule.now);
  const first = spans.reduce((least, { begin }) => Math.min(least, begin), Infinity);
  const last = spans.reduce((most, { end }) => Math.max(most, end), -Infinity);
  if (spans.length === 0) return { begin: cutoff, end: Math.max(now, cutoff + DAY) };

  const latest = first < now ? Math.min(last, now) : last;
  const start = Math.min(first, latest - LEAST_LENGTH);
  const isFar = start - cutoff > MOST_BEFORE * (latest - cutoff);
  const begin = isFar ? start : Math.min(cutoff, first);
  return { begin, end: Math.max(latest, begin + DAY) };
}

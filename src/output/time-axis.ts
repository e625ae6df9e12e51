import { utcTicks } from 'd3-time';

import type { Span } from './spans.ts';

/** A labelled tick of a time axis, in UTC. */
export interface Tick {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly label: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Returns about `about` ticks at round times. The first label has the year or date that the others omit. */
export function ticksOf({ begin, end }: Span, about: number): readonly Tick[] {
  return utcTicks(new Date(begin), new Date(end), about).map((date, index) => ({
    time: date.getTime(),
    label: labelOf(date, index === 0),
  }));
}

/** `2022`, `Feb`, `12 Feb`, `06:30`, `06:30:15`: the shortest label that is unambiguous beside its neighbours. */
function labelOf(date: Date, isFirst: boolean): string {
  const year = String(date.getUTCFullYear());
  const month = MONTHS[date.getUTCMonth()] ?? '';
  const day = `${date.getUTCDate()} ${month}`;
  const [hours = '', minutes = '', seconds = ''] = date.toISOString().slice(11).split(/[:.]/);
  const time = seconds === '00' ? `${hours}:${minutes}` : `${hours}:${minutes}:${seconds}`;
  if (time !== '00:00') return isFirst ? `${day} ${time}` : time;
  if (date.getUTCDate() !== 1) return isFirst ? `${day} ${year}` : day;
  if (date.getUTCMonth() !== 0) return isFirst ? `${month} ${year}` : month;
  return year;
}

/** Returns the position of a time on the axis as an SVG and CSS length: `12.345%`. */
export function percentOf(time: number, { begin, end }: Span): string {
  return `${((100 * (time - begin)) / (end - begin)).toFixed(3)}%`;
}

/** Returns the mark of the cutoff: at its time, or at the left edge if it is before the axis. */
export function cutoffOf(
  time: number,
  axis: Span,
): { readonly kind: string; readonly x: string; readonly label: string } {
  if (time < axis.begin) return { kind: 'cutoff before', x: '0%', label: '◄ cutoff' };
  return { kind: 'cutoff', x: percentOf(time, axis), label: 'cutoff' };
}

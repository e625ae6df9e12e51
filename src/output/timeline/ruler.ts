import type { Span } from '../spans.ts';
import { type Tick, ticksOf } from '../time-axis.ts';

/** The two lines below the bars: the axis and its labels. */
export interface Ruler {
  /** Cells with a tick. */
  readonly ticks: ReadonlySet<number>;
  readonly line: string;
  readonly labels: string;
}

interface Mark {
  readonly cell: number;
  readonly label: string;
}

/** @param width of the axis in cells */
export function rulerOf(axis: Span, width: number): Ruler {
  const marks = marksOf(axis, width);
  const ticks = new Set(marks.map(({ cell }) => cell));
  let labels = '';
  for (const { cell, label } of marks) {
    // The first label is longest and may hide the second; the last one may not fit.
    const hasRoom = (labels === '' || cell > labels.length) && cell + label.length <= width;
    if (hasRoom) labels = labels.padEnd(cell) + label;
  }
  return { ticks, line: Array.from({ length: width }, (_, cell) => (ticks.has(cell) ? '┬' : '─')).join(''), labels };
}

/** Returns the largest number of ticks whose labels fit. */
function marksOf(axis: Span, width: number): readonly Mark[] {
  const scale = width / (axis.end - axis.begin);
  const toMark = ({ time, label }: Tick): Mark => ({
    cell: Math.min(width - 1, Math.floor((time - axis.begin) * scale)),
    label,
  });
  for (let about = Math.floor(width / 4); about > 1; about--) {
    const marks = ticksOf(axis, about).map(toMark);
    if (marks.slice(1, -1).every(({ cell, label }, index) => cell + label.length < (marks[index + 2]?.cell ?? width)))
      return marks;
  }
  return ticksOf(axis, 1).map(toMark);
}

import type { Span } from '../spans.ts';
import { type Tick, ticksOf } from '../time-axis.ts';

/** The lines below the bars: the axis itself, and its labels. */
export interface Ruler {
  /** The cells that a tick stands in. */
  readonly ticks: ReadonlySet<number>;
  readonly line: string;
  readonly labels: string;
}

interface Mark {
  readonly cell: number;
  readonly label: string;
}

/** @param width cells of the axis */
export function rulerOf(axis: Span, width: number): Ruler {
  const marks = marksOf(axis, width);
  const ticks = new Set(marks.map(({ cell }) => cell));
  let labels = '';
  for (const { cell, label } of marks) {
    // The first label is longer than others, and may take the place of the second; the last one may leave the axis.
    const hasRoom = (labels === '' || cell > labels.length) && cell + label.length <= width;
    if (hasRoom) labels = labels.padEnd(cell) + label;
  }
  return { ticks, line: Array.from({ length: width }, (_, cell) => (ticks.has(cell) ? '┬' : '─')).join(''), labels };
}

/** As many ticks as there are labels that have room. */
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

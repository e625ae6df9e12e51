import type { Span } from '../spans.ts';

/** Each kind has glyphs of its own, so that colours are not needed. */
export type CellKind = 'outage' | 'overlap' | 'beyond' | 'grid' | 'empty';

/** One cell of a row. */
export interface Cell {
  readonly glyph: string;
  readonly kind: CellKind;
}

/** Half cells by whether the left one and the right one are filled. */
const HALVES = [
  [' ', '▗'],
  ['▖', '▄'],
] as const;

const BEYOND = '►';
const GRID = '·';

/**
 * A device's outages over so many cells of the axis: half a cell is the least that is drawn; a digit is the most outages at
 * once within its cell, `+` more than nine; an arrow in the last cell says that there is more beyond the axis.
 * @param gridAt the cells that a tick stands below
 */
export function barOf(spans: readonly Span[], axis: Span, width: number, gridAt: ReadonlySet<number>): readonly Cell[] {
  const depths = depthsOf(spans, axis, 2 * width);
  const isBeyond = spans.some(({ end }) => end > axis.end);
  return Array.from({ length: width }, (_, index): Cell => {
    if (isBeyond && index === width - 1) return { glyph: BEYOND, kind: 'beyond' };
    const [left, right] = [depths[2 * index] ?? 0, depths[2 * index + 1] ?? 0];
    const most = Math.max(left, right);
    if (most > 1) return { glyph: most > 9 ? '+' : String(most), kind: 'overlap' };
    if (most === 1) return { glyph: HALVES[left === 1 ? 1 : 0][right === 1 ? 1 : 0], kind: 'outage' };
    return gridAt.has(index) ? { glyph: GRID, kind: 'grid' } : { glyph: ' ', kind: 'empty' };
  });
}

/** For each of so many equal parts of the axis, how many of the spans there are at once, at most. */
function depthsOf(spans: readonly Span[], axis: Span, parts: number): readonly number[] {
  const scale = parts / (axis.end - axis.begin);
  // A moment is no time at all, and has to be seen all the same.
  const changes = spans
    .flatMap(({ begin, end }) => [
      { time: begin, step: 1 },
      { time: Math.max(end, begin + 1), step: -1 },
    ])
    .sort((a, b) => a.time - b.time || a.step - b.step);

  const depths = Array.from({ length: parts }, () => 0);
  let depth = 0;
  changes.forEach(({ time, step }, index) => {
    depth += step;
    const next = changes[index + 1]?.time ?? time;
    if (depth === 0 || next === time) return;
    const from = Math.floor((time - axis.begin) * scale);
    const to = Math.min(parts, Math.max(from + 1, Math.ceil((next - axis.begin) * scale)));
    for (let part = from; part < to; part++) depths[part] = Math.max(depths[part] ?? 0, depth);
  });
  return depths;
}

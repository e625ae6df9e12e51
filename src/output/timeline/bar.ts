import type { Span } from '../spans.ts';

/** Each kind has its own glyphs, so that the timeline is readable without colours. */
export type CellKind = 'outage' | 'overlap' | 'beyond' | 'grid' | 'empty';

export interface Cell {
  readonly glyph: string;
  readonly kind: CellKind;
}

/** Glyphs by whether the left half and the right half of the cell are filled. */
const HALVES = [
  [' ', '▗'],
  ['▖', '▄'],
] as const;

const BEYOND = '►';
const GRID = '·';

/**
 * Draws a device's outages in half cells. A digit is the maximum number of overlapping outages in its cell, `+` more than 9. An
 * arrow in the last cell marks an outage that continues past the axis.
 * @param gridAt the cells above a tick
 */
export function barOf(spans: readonly Span[], axis: Span, width: number, gridAt: ReadonlySet<number>): readonly Cell[] {
  const depths = depthsOf(spans, axis, 2 * width);
  const isBeyond = spans.some(({ end }) => end > axis.end);
  return Array.from({ length: width }, (_, index): Cell => {
    if (isBeyond && index === width - 1) return { glyph: BEYOND, kind: 'beyond' };
    const [left, right] = [depths[2 * index] ?? 0, depths[2 * index + 1] ?? 0];
    const depth = Math.max(left, right);
    if (depth > 1) return { glyph: depth > 9 ? '+' : String(depth), kind: 'overlap' };
    if (depth === 1) return { glyph: HALVES[left === 1 ? 1 : 0][right === 1 ? 1 : 0], kind: 'outage' };
    return gridAt.has(index) ? { glyph: GRID, kind: 'grid' } : { glyph: ' ', kind: 'empty' };
  });
}

/** Splits the axis into equal parts, and returns the maximum number of overlapping spans in each. */
function depthsOf(spans: readonly Span[], axis: Span, parts: number): readonly number[] {
  const scale = parts / (axis.end - axis.begin);
  // An empty span takes one millisecond, so that it is visible.
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

import { merge, type OutageSpan } from '../spans.ts';

/** Where in its row a bar stands: in the lane of this number out of so many, from the top. */
export interface Lane {
  readonly span: OutageSpan;
  readonly lane: number;
  readonly lanes: number;
}

/** More would be too thin to see; those that find no free lane share one. */
const MOST_LANES = 4;

/** Puts outages of a device that overlap one below the other; one that is alone has the whole row. */
export function lanesOf(spans: readonly OutageSpan[]): readonly Lane[] {
  const sorted = [...spans].sort((a, b) => a.begin - b.begin || a.position - b.position);
  const placed: Lane[] = [];
  let next = 0;
  for (const { end } of merge(sorted)) {
    const start = next;
    while ((sorted[next]?.begin ?? Infinity) <= end) next++;
    placed.push(...placeTogether(sorted.slice(start, next)));
  }
  return placed;
}

/** @param spans of one stretch without a gap, in the order of their begin */
function placeTogether(spans: readonly OutageSpan[]): readonly Lane[] {
  const ends: number[] = [];
  const lanes = spans.map(({ begin, end }) => {
    const free = ends.findIndex((last) => last <= begin);
    const lane = free >= 0 ? free : ends.length < MOST_LANES ? ends.length : ends.indexOf(Math.min(...ends));
    ends[lane] = Math.max(end, begin + 1, ends[lane] ?? 0);
    return lane;
  });
  return spans.map((span, index) => ({ span, lane: lanes[index] ?? 0, lanes: ends.length }));
}

import { merge, type OutageSpan } from '../spans.ts';

/** The place of a bar in its row: lane `lane` of `lanes`, counted from 0 at the top. */
export interface Lane {
  readonly span: OutageSpan;
  readonly lane: number;
  readonly lanes: number;
}

/** More lanes would be too thin to see; further outages share one. */
const MAX_LANES = 4;

/** Stacks overlapping outages of a device in lanes; any other outage gets the whole row. */
export function lanesOf(spans: readonly OutageSpan[]): readonly Lane[] {
  const sorted = [...spans].sort((a, b) => a.begin - b.begin || a.position - b.position);
  const placed: Lane[] = [];
  let next = 0;
  for (const { end } of merge(sorted)) {
    const start = next;
    while ((sorted[next]?.begin ?? Infinity) <= end) next++;
    placed.push(...stackGroup(sorted.slice(start, next)));
  }
  return placed;
}

/** @param spans one group of overlapping spans, sorted by begin */
function stackGroup(spans: readonly OutageSpan[]): readonly Lane[] {
  const ends: number[] = [];
  const lanes = spans.map(({ begin, end }) => {
    const free = ends.findIndex((last) => last <= begin);
    const lane = free >= 0 ? free : ends.length < MAX_LANES ? ends.length : ends.indexOf(Math.min(...ends));
    ends[lane] = Math.max(end, begin + 1, ends[lane] ?? 0);
    return lane;
  });
  return spans.map((span, index) => ({ span, lane: lanes[index] ?? 0, lanes: ends.length }));
}

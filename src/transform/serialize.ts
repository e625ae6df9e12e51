import { toJson } from '../util/text.ts';
import type { SiteOutage } from './outage.ts';

/** Outages are serialized in batches, because a long list, or one of long names, would not fit into one string. */
const BATCH_CHARS = 100_000;

/** Yields the JSON of a list in parts: the bytes that `preview` prints and `submit` posts. */
export function* serialize(outages: readonly SiteOutage[]): Iterable<string> {
  yield '[';
  let separator = '';
  for (const batch of batchesOf(outages)) {
    yield separator + toJson(batch).slice(1, -1);
    separator = ',';
  }
  yield ']';
}

function* batchesOf(outages: readonly SiteOutage[]): Iterable<readonly SiteOutage[]> {
  let start = 0;
  let chars = 0;
  for (const [index, { id, name, begin, end }] of outages.entries()) {
    chars += id.length + name.length + begin.length + end.length;
    if (chars < BATCH_CHARS && index < outages.length - 1) continue;
    yield outages.slice(start, index + 1);
    start = index + 1;
    chars = 0;
  }
}

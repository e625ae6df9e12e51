import { toJson } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';
import { serialize } from '../transform/serialize.ts';
import type { FormatOptions } from './format.ts';

/** Renders the list that `submit` would POST; for several sites, an object of lists by site id. */
export function* renderJson(lists: readonly SiteList[], options: FormatOptions): Iterable<string> {
  const [first] = lists;
  if (first && !(options.isMultiSite ?? lists.length > 1)) {
    yield* serialize(first.outages);
  } else {
    // Written as text: an object would sort ids that look like numbers, and lose the id `__proto__`.
    let separator = '{';
    for (const { site, outages } of lists) {
      yield `${separator}${toJson(site)}:`;
      yield* serialize(outages);
      separator = ',';
    }
    yield first ? '}' : '{}';
  }
  yield '\n';
}

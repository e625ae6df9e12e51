import { toJson } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';
import { serialize } from '../transform/rule.ts';
import type { FormatOptions } from './format.ts';

/** For one site exactly the bytes that `submit` would POST, for several an object of them, keyed by site id. */
export function* renderJson(lists: readonly SiteList[], options: FormatOptions): Iterable<string> {
  const [first] = lists;
  if (first && !(options.several ?? lists.length > 1)) {
    yield* serialize(first.outages);
  } else {
    // As text: an object would sort ids that look like numbers, and lose one that is `__proto__`.
    let before = '{';
    for (const { site, outages } of lists) {
      yield `${before}${toJson(site)}:`;
      yield* serialize(outages);
      before = ',';
    }
    yield first ? '}' : '{}';
  }
  yield '\n';
}

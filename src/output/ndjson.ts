import { toJson } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';

/** Renders one outage per line, with its site. */
export function* renderNdjson(lists: readonly SiteList[]): Iterable<string> {
  for (const { site, outages } of lists) {
    for (const { id, name, begin, end } of outages) {
      yield `${toJson({ site, id, name, begin, end })}\n`;
    }
  }
}

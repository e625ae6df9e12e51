import { toJson } from '../text.ts';
import type { SiteList } from '../transform/outage.ts';
import type { FormatOptions } from './format.ts';

/** For one site exactly the bytes that `submit` would POST, for several an object of them, keyed by site id. */
export function* renderJson(
  lists: readonly SiteList[],
  payloads: ReadonlyMap<string, string>,
  options: FormatOptions,
): Iterable<string> {
  const [first, ...others] = lists;
  if (first && others.length === 0 && options.several !== true) {
    yield payloadOf(first.site, payloads);
  } else {
    // As text: an object would sort ids that look like numbers, and lose one that is `__proto__`.
    let before = '{';
    for (const { site } of lists) {
      yield `${before}${toJson(site)}:${payloadOf(site, payloads)}`;
      before = ',';
    }
    yield first ? '}' : '{}';
  }
  yield '\n';
}

function payloadOf(site: string, payloads: ReadonlyMap<string, string>): string {
  const payload = payloads.get(site);
  if (payload === undefined) throw new Error(`no payload was given for the site ${toJson(site)}`);
  return payload;
}

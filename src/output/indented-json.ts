import { toJson } from '../util/text.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';
import { createChalk } from './chalk.ts';
import type { FormatOptions } from './format.ts';

/** Renders the JSON of `renderJson` for a terminal: indented like jq, in the colours of `gh api`. */
export function* renderIndentedJson(
  lists: readonly SiteList[],
  options: Pick<FormatOptions, 'color' | 'isMultiSite'>,
): Iterable<string> {
  const [first] = lists;
  const single = (options.isMultiSite ?? lists.length > 1) ? undefined : first;
  const paint = createChalk(options.color);
  const mark = paint.bold;
  const key = (name: string): string => `${paint.blue.bold(toJson(name))}${mark(':')} `;
  const member = (name: string, value: string): string => `${key(name)}${paint.green(toJson(value))}`;

  function object({ id, name, begin, end }: SiteOutage, indent: string): string {
    const members = [member('id', id), member('name', name), member('begin', begin), member('end', end)];
    return `${indent}${mark('{')}\n${indent}  ${members.join(`${mark(',')}\n${indent}  `)}\n${indent}${mark('}')}`;
  }

  function* array(outages: readonly SiteOutage[], indent: string): Iterable<string> {
    yield mark('[');
    for (const [index, outage] of outages.entries()) {
      yield `${index === 0 ? '' : mark(',')}\n${object(outage, `${indent}  `)}`;
    }
    yield `${outages.length === 0 ? '' : `\n${indent}`}${mark(']')}`;
  }

  if (single) {
    yield* array(single.outages, '');
  } else {
    yield mark('{');
    for (const [index, { site, outages }] of lists.entries()) {
      yield `${index === 0 ? '' : mark(',')}\n  ${key(site)}`;
      yield* array(outages, '  ');
    }
    yield `${lists.length === 0 ? '' : '\n'}${mark('}')}`;
  }
  yield '\n';
}

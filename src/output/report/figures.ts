import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import { type Downtime, downtimeOf } from '../downtime.ts';
import { grouped, toDuration } from '../format-units.ts';
import { type Markup, markup } from './markup.ts';
import { type Cell, renderTable } from './html-table.ts';

interface Figure {
  readonly name: string;
  readonly text: (downtime: Downtime) => string;
  /** What a column of it is sorted by. */
  readonly value: (downtime: Downtime) => number;
}

const FIGURES: readonly Figure[] = [
  { name: 'Outages', text: ({ outages }) => grouped(outages), value: ({ outages }) => outages },
  {
    name: 'Devices affected',
    text: ({ affected, devices }) => `${grouped(affected)} of ${grouped(devices)}`,
    value: ({ affected }) => affected,
  },
  { name: 'Total downtime', text: ({ total }) => toDuration(total), value: ({ total }) => total },
  { name: 'Longest downtime', text: ({ longest }) => toDuration(longest), value: ({ longest }) => longest },
  {
    name: 'Availability',
    text: ({ availability }) => toPercent(availability),
    value: ({ availability }) => availability ?? -1,
  },
];

/** What each site's outages come to: large for one site, as a table for several. */
export function renderFigures(lists: readonly SiteList[], rule: CutoffRule, several: boolean): Iterable<Markup> {
  if (several) {
    const columns = [{ name: 'Site' }, { name: 'Site ID' }, ...FIGURES.map(({ name }) => ({ name, isFigure: true }))];
    return renderTable(
      'Sites',
      'sites',
      columns,
      lists.map((list) => rowOf(list, rule)),
    );
  }
  return lists.map((list) => {
    const downtime = downtimeOf(list, rule);
    const items = FIGURES.map(({ name, text }) => markup`<div><dt>${name}</dt><dd>${text(downtime)}</dd></div>\n`);
    return markup`<dl class="figures">\n${items}</dl>\n`;
  });
}

function rowOf(list: SiteList, rule: CutoffRule): readonly Cell[] {
  const downtime = downtimeOf(list, rule);
  const figures = FIGURES.map(({ text, value }) => ({ content: text(downtime), value: value(downtime) }));
  return [{ content: list.siteName }, { content: markup`<code>${list.site}</code>` }, ...figures];
}

/** `99.95 %`; rounded down, so that 100 % means without any downtime. */
function toPercent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

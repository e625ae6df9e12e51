import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import { type Downtime, downtimeOf } from '../downtime.ts';
import type { MultiSite } from '../format.ts';
import { grouped, toDuration } from '../format-units.ts';
import { type Markup, markup } from './markup.ts';
import { type Cell, renderTable } from './html-table.ts';

interface Statistic {
  readonly name: string;
  readonly text: (downtime: Downtime) => string;
  /** Sort key of its column. */
  readonly value: (downtime: Downtime) => number;
}

const STATISTICS: readonly Statistic[] = [
  { name: 'Outages', text: ({ outages }) => grouped(outages), value: ({ outages }) => outages },
  {
    name: 'Devices affected',
    text: ({ affected, devices }) => `${grouped(affected)} of ${grouped(devices)}`,
    value: ({ affected }) => affected,
  },
  { name: 'Total downtime', text: ({ total }) => toDuration(total), value: ({ total }) => total },
  { name: 'Longest outage', text: ({ longest }) => toDuration(longest), value: ({ longest }) => longest },
  {
    name: 'Availability',
    text: ({ availability }) => toPercent(availability),
    value: ({ availability }) => availability ?? -1,
  },
];

/** Renders the statistics of each site: as large figures for one site, as a table for several. */
export function renderSummary(
  lists: readonly SiteList[],
  rule: CutoffRule,
  { isMultiSite }: MultiSite,
): Iterable<Markup> {
  if (isMultiSite) {
    const columns = [
      { name: 'Site' },
      { name: 'Site ID' },
      ...STATISTICS.map(({ name }) => ({ name, isFigure: true })),
    ];
    return renderTable(
      'Sites',
      'sites',
      columns,
      lists.map((list) => rowOf(list, rule)),
    );
  }
  return lists.map((list) => {
    const downtime = downtimeOf(list, rule);
    const items = STATISTICS.map(({ name, text }) => markup`<div><dt>${name}</dt><dd>${text(downtime)}</dd></div>\n`);
    return markup`<dl class="figures">\n${items}</dl>\n`;
  });
}

function rowOf(list: SiteList, rule: CutoffRule): readonly Cell[] {
  const downtime = downtimeOf(list, rule);
  const cells = STATISTICS.map(({ text, value }) => ({ content: text(downtime), value: value(downtime) }));
  return [{ content: list.siteName }, { content: markup`<code>${list.site}</code>` }, ...cells];
}

/** `99.95 %`; rounded down, so that 100 % means no downtime at all. */
function toPercent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

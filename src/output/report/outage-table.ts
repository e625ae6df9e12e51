import type { SiteList, SiteOutage } from '../../transform/outage.ts';
import type { MultiSite } from '../format.ts';
import { timeOf } from '../spans.ts';
import { durationBetween } from '../format-units.ts';
import { type Markup, markup } from './markup.ts';
import { type Cell, renderTable } from './html-table.ts';

/** Renders a row per outage, in the order of the lists. The bars of the chart are numbered in the same order. */
export function renderOutages(lists: readonly SiteList[], { isMultiSite }: MultiSite): Iterable<Markup> {
  const columns = [
    ...(isMultiSite ? [{ name: 'Site' }] : []),
    { name: 'Device' },
    { name: 'Device ID' },
    { name: 'Begin', isFigure: true },
    { name: 'End', isFigure: true },
    { name: 'Duration', isFigure: true },
  ];
  return renderTable('Outages', 'outages', columns, rowsOf(lists, { isMultiSite }));
}

/** Formats a time in UTC: `2022-05-23 12:21:27.377`. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
}

function* rowsOf(lists: readonly SiteList[], { isMultiSite }: MultiSite): Iterable<readonly Cell[]> {
  for (const { siteName, outages } of lists) {
    for (const outage of outages) yield isMultiSite ? [{ content: siteName }, ...cellsOf(outage)] : cellsOf(outage);
  }
}

function cellsOf({ id, name, begin, end }: SiteOutage): readonly Cell[] {
  const from = timeOf(begin);
  const to = timeOf(end);
  return [
    { content: name },
    { content: markup`<code>${id}</code>` },
    { content: toCell(begin, from), value: from },
    { content: toCell(end, to), value: to },
    { content: durationBetween(begin, end), value: to - from },
  ];
}

/** @param raw the time as the API wrote it */
function toCell(raw: string, milliseconds: number): Markup {
  return markup`<time datetime="${raw}">${toTime(milliseconds)}</time>`;
}

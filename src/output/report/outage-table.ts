import type { SiteList, SiteOutage } from '../../transform/outage.ts';
import type { MultiSite } from '../format.ts';
import { timeOf } from '../spans.ts';
import { durationBetween } from '../format-units.ts';
import { type Markup, markup } from './markup.ts';
import { type Cell, renderTable, type Row } from './html-table.ts';

/** Renders a row per outage, in the order of the lists. The bars of the chart are numbered in the same order. */
export function renderOutages(lists: readonly SiteList[], { isMultiSite }: MultiSite): Iterable<Markup> {
  const columns = [
    ...(isMultiSite ? [{ name: 'Site', kind: 'of-site' }] : []),
    { name: 'Device' },
    { name: 'Device ID', kind: 'id extra' },
    { name: 'Begin', isFigure: true },
    { name: 'End', isFigure: true },
    { name: 'Duration', isFigure: true },
  ];
  return renderTable({ title: 'Outages', id: 'outages', columns, rows: rowsOf(lists, { isMultiSite }) });
}

/** Formats a time in UTC: `2022-05-23 12:21:27.377`. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
}

function* rowsOf(lists: readonly SiteList[], { isMultiSite }: MultiSite): Iterable<Row> {
  for (const [site, { siteName, outages }] of lists.entries()) {
    for (const outage of outages) {
      const cells = cellsOf(outage);
      yield isMultiSite ? { site, cells: [{ content: siteName }, ...cells] } : { cells };
    }
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

/** @param raw the time as the API wrote it; narrow windows hide the milliseconds */
function toCell(raw: string, milliseconds: number): Markup {
  const time = toTime(milliseconds);
  return markup`<time datetime="${raw}">${time.slice(0, -4)}<i>${time.slice(-4)}</i></time>`;
}

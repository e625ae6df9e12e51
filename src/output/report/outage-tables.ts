import type { SiteList, SiteOutage } from '../../transform/outage.ts';
import { timeOf } from '../spans.ts';
import { durationBetween } from '../format-units.ts';
import { type Markup, markup } from './markup.ts';
import { type Cell, renderTable } from './html-table.ts';

/** A row for each outage, in the order of the lists: the bars of the chart are numbered alike. */
export function renderOutages(lists: readonly SiteList[], several: boolean): Iterable<Markup> {
  const columns = [
    ...(several ? [{ name: 'Site' }] : []),
    { name: 'Device' },
    { name: 'Device ID' },
    { name: 'Begin', isFigure: true },
    { name: 'End', isFigure: true },
    { name: 'Duration', isFigure: true },
  ];
  return renderTable('Outages', 'outages', columns, rowsOf(lists, several));
}

/** `2022-05-23 12:21:27.377`, UTC. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '');
}

function* rowsOf(lists: readonly SiteList[], several: boolean): Iterable<readonly Cell[]> {
  for (const { siteName, outages } of lists) {
    for (const outage of outages) yield several ? [{ content: siteName }, ...cellsOf(outage)] : cellsOf(outage);
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

/** @param written as the API wrote it */
function toCell(written: string, milliseconds: number): Markup {
  return markup`<time datetime="${written}">${toTime(milliseconds)}</time>`;
}

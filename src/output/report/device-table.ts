import type { SiteList } from '../../transform/outage.ts';
import { downtimeOfDevices } from '../downtime.ts';
import type { MultiSite } from '../format.ts';
import { grouped, toDuration } from '../format-units.ts';
import type { Period } from '../spans.ts';
import { isLong } from './chart-markup.ts';
import type { ChartRow } from './chart-rows.ts';
import { AXIS_UNITS } from './draw-chart.ts';
import { type Row, renderTable } from './html-table.ts';
import { type Markup, markup } from './markup.ts';
import { toPercent } from './summary.ts';

/** Renders a row per device of the chart: its downtime and availability; in print also its bars, if the chart is too long. */
export function renderDevices(
  lists: readonly SiteList[],
  rows: readonly ChartRow[],
  period: Period,
  { isMultiSite }: MultiSite,
): Iterable<Markup> {
  const dates = [period.begin, period.end].map((time) => new Date(time).toISOString().slice(0, 10)).join(' to ');
  return renderTable({
    title: 'Devices',
    id: 'devices',
    columns: [
      ...(isMultiSite ? [{ name: 'Site', kind: 'of-site' }] : []),
      { name: 'Device' },
      { name: 'Outages', isFigure: true, kind: 'extra' },
      { name: 'Downtime', isFigure: true },
      { name: 'Availability', isFigure: true },
      ...(isLong(rows) ? [{ name: dates, kind: 'print-only' }] : []),
    ],
    rows: rows.flatMap((row, index): readonly Row[] => {
      if ('list' in row) return [];
      const { outages, total, availability } = downtimeOfDevices([row], period);
      const cells = [
        { content: row.device.name },
        { content: grouped(outages), value: outages },
        { content: toDuration(total), value: total },
        { content: toPercent(availability), value: availability ?? 2 },
        ...(isLong(rows) ? [{ content: barsOfRow(index) }] : []),
      ];
      const siteName = { content: lists[row.site]?.siteName ?? '' };
      return isMultiSite ? [{ site: row.site, cells: [siteName, ...cells] }] : [{ cells }];
    }),
  });
}

/** Shows the bars of a row of the chart once more. */
function barsOfRow(row: number): Markup {
  return markup`<svg class="scaled" viewBox="0 0 ${AXIS_UNITS} 1" preserveAspectRatio="none" aria-hidden="true"><use href="#row-${row}"/></svg>`;
}

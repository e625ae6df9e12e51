import type { SiteList } from '../../transform/outage.ts';
import type { MultiSite } from '../format.ts';
import { byDevice, type DeviceSpans, type Span } from '../spans.ts';
import { AXIS_UNITS, type Bar, type DrawnRow } from './draw-chart.ts';
import { lanesOf } from './lanes.ts';

/** A row of the chart: the heading of a site, or a device. */
export type ChartRow =
  | { readonly site: number; readonly list: SiteList }
  | (DeviceSpans & {
      /** Index of its site in the lists. */
      readonly site: number;
      /** Number of the site's first outage, counted across all sites. */
      readonly firstOutage: number;
    });

/** Space above and below the bars of a row, which is 1 high, and between two lanes. */
const ROW_MARGIN = 0.2;
const LANE_GAP = 0.05;

/** Returns the rows of the chart. With several sites, each has a heading; a site without outages has no other rows. */
export function rowsOf(lists: readonly SiteList[], { isMultiSite }: MultiSite): readonly ChartRow[] {
  const rows: ChartRow[] = [];
  let firstOutage = 0;
  for (const [site, list] of lists.entries()) {
    if (isMultiSite) rows.push({ site, list });
    if (!isMultiSite || list.outages.length > 0) {
      for (const device of byDevice(list)) rows.push({ ...device, site, firstOutage });
    }
    firstOutage += list.outages.length;
  }
  return rows;
}

/** A bar, with the number of its outage in the lists. */
export interface OutageBar extends Bar {
  readonly outage: number;
}

/** Returns one bar per outage of a device. */
export function barsOf({ spans, firstOutage }: Extract<ChartRow, DeviceSpans>, axis: Span): readonly OutageBar[] {
  const scale = AXIS_UNITS / (axis.end - axis.begin);
  return lanesOf(spans).map(({ span, lane, lanes }) => {
    const pitch = (1 - 2 * ROW_MARGIN + LANE_GAP) / lanes;
    return {
      outage: firstOutage + span.position,
      x: ((span.begin - axis.begin) * scale).toFixed(3),
      y: (ROW_MARGIN + lane * pitch).toFixed(3),
      // A bar of zero width is not drawn. Its outline makes any other bar visible.
      width: Math.max(0.001, (Math.min(span.end, axis.end) - span.begin) * scale).toFixed(3),
      height: (pitch - LANE_GAP).toFixed(3),
    };
  });
}

/** Returns whether an outage of the row continues past the axis. */
export function isBeyond({ spans }: DeviceSpans, axis: Span): boolean {
  return spans.some(({ end }) => end > axis.end);
}

export const NO_OUTAGES = 'no outages';

/** Returns a row as a drawing shows it. */
export function toDrawnRow(row: ChartRow, axis: Span): DrawnRow {
  if ('list' in row) {
    const { siteName, outages } = row.list;
    return { name: siteName, isSite: true, note: outages.length === 0 ? NO_OUTAGES : '', bars: [], isBeyond: false };
  }
  return { name: row.device.name, isSite: false, note: '', bars: barsOf(row, axis), isBeyond: isBeyond(row, axis) };
}

import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import type { ListOptions } from '../format.ts';
import { periodOfLists } from '../spans.ts';
import { rowsOf, toDrawnRow } from './chart-rows.ts';
import { drawChart } from './draw-chart.ts';
import { arrange, titleOf } from './report-lists.ts';

/** Renders the chart of the report as an SVG file. */
export function* renderSvg(lists: readonly SiteList[], options: ListOptions): Iterable<string> {
  const isMultiSite = options.isMultiSite ?? lists.length !== 1;
  const axis = periodOfLists(lists, options);
  const arranged = arrange(lists, axis, { isMultiSite });
  const rows = rowsOf(arranged, { isMultiSite }).map((row) => toDrawnRow(row, axis));
  const cutoff = toMilliseconds(options.rule.cutoff);
  yield drawChart({ title: `Outages of ${titleOf(lists, { isMultiSite })}`, axis, cutoff, rows });
}

import type { ChalkInstance } from 'chalk';

import { visible } from '../../util/text.ts';
import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import { createChalk } from '../chalk.ts';
import { totalOf } from '../downtime.ts';
import type { ListOptions } from '../format.ts';
import { byDevice, type DeviceSpans, periodOf, type Span } from '../spans.ts';
import { summarizeLists } from '../list-summary.ts';
import { align, truncate, widthOf } from '../width.ts';
import { toDuration } from '../format-units.ts';
import { barOf, type Cell, type CellKind } from './bar.ts';
import { type Ruler, rulerOf } from './ruler.ts';

/** Minimum width in cells. */
const MIN_CELLS = 24;
const MIN_CELLS_WITH_DOWNTIME = 60;
const DOWNTIME = 'DOWNTIME';

/** Left edge of the bars, below the mark of the cutoff. */
const EDGE = '│';

const PAINTS: Readonly<Record<CellKind, (paint: ChalkInstance) => ChalkInstance>> = {
  outage: (paint) => paint.red,
  overlap: (paint) => paint.red.inverse,
  beyond: (paint) => paint.red.bold,
  grid: (paint) => paint.dim,
  empty: (paint) => paint,
};

const LEGEND = [
  ['overlap', 'digits: overlapping outages (+ = more than 9)'],
  ['beyond', '► continues past the axis'],
] as const;

/** Layout shared by all rows; widths in cells. */
interface Layout {
  readonly axis: Span;
  readonly ruler: Ruler;
  readonly rule: CutoffRule;
  readonly paint: ChalkInstance;
  readonly width: number;
  readonly nameWidth: number;
  readonly barWidth: number;
  /** 0 if there is no space for the column, or no downtime. */
  readonly downtimeWidth: number;
}

/** Renders a row per device, on one time axis for all sites, with a legend and a summary below. */
export function* renderTimeline(lists: readonly SiteList[], options: ListOptions): Iterable<string> {
  const sites = lists.map((list) => ({ list, devices: byDevice(list) }));
  const layout = compose(
    sites.flatMap(({ devices }) => devices),
    options,
  );
  const { paint, width } = layout;
  const shown = new Set<CellKind>();
  for (const { list, devices } of sites) {
    const title = truncate(`${visible(list.siteName)} (${visible(list.site)})`, width);
    yield `${paint.bold(title)}\n`;
    yield* devices.length === 0 ? ['no devices\n'] : renderSite(devices, layout, shown);
    yield '\n';
  }
  for (const [kind, meaning] of LEGEND) if (shown.has(kind)) yield `${paint.dim(truncate(meaning, width))}\n`;
  const isMultiSite = options.isMultiSite ?? lists.length > 1;
  for (const line of summarizeLists(lists, { isMultiSite })) yield `${truncate(line, width)}\n`;
}

function compose(rows: readonly DeviceSpans[], { rule, until, ...options }: ListOptions): Layout {
  const width = Math.max(MIN_CELLS, options.width);
  const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  const nameWidth = Math.min(widest(rows.map(nameOf)), Math.floor(width / 3));
  const axis = periodOf(
    rows.flatMap(({ spans }) => spans),
    { rule, until },
  );
  const downtimes = rows.map((row) => downtimeOf(row, axis));
  const withDowntime = width >= MIN_CELLS_WITH_DOWNTIME && downtimes.some((text) => text !== '');
  const downtimeWidth = withDowntime ? widest([DOWNTIME, ...downtimes]) : 0;
  const barWidth = width - nameWidth - ` ${EDGE}`.length - (withDowntime ? downtimeWidth + 2 : 0);
  const paint = createChalk(options.color);
  return { axis, ruler: rulerOf(axis, barWidth), rule, paint, width, nameWidth, barWidth, downtimeWidth };
}

function* renderSite(rows: readonly DeviceSpans[], layout: Layout, shown: Set<CellKind>): Iterable<string> {
  const { axis, ruler, rule, paint, nameWidth, barWidth, downtimeWidth } = layout;
  const indent = ' '.repeat(nameWidth + 1);
  const arrow = axis.begin > toMilliseconds(rule.cutoff) ? '◄' : '▼';
  const cutoff = align(`${arrow} cutoff ${visible(rule.cutoffText)}`, barWidth + 1, 'left');
  yield `${`${indent}${paint.cyan(cutoff)}  ${paint.dim(downtimeWidth > 0 ? DOWNTIME : '')}`.trimEnd()}\n`;

  for (const row of rows) {
    const cells = barOf(row.spans, axis, barWidth, ruler.ticks);
    for (const { kind } of cells) shown.add(kind);
    const line = `${align(nameOf(row), nameWidth, 'left')} ${paint.cyan(EDGE)}${paintCells(cells, paint)}`;
    const downtime = downtimeWidth > 0 ? `  ${align(downtimeOf(row, axis), downtimeWidth, 'right')}` : '';
    yield `${`${line}${downtime}`.trimEnd()}\n`;
  }
  yield `${indent}${paint.dim(`└${ruler.line}`)}\n`;
  yield `${indent} ${paint.dim(ruler.labels)}\n`;
}

function nameOf({ device }: DeviceSpans): string {
  return visible(device.name);
}

/** Returns an empty text if there are no outages. */
function downtimeOf({ spans }: DeviceSpans, period: Span): string {
  return spans.length === 0 ? '' : toDuration(totalOf(spans, period));
}

/** Renders cells to text; adjacent cells of the same kind share one colour code. */
function paintCells(cells: readonly Cell[], paint: ChalkInstance): string {
  let text = '';
  for (let from = 0, to = 0; from < cells.length; from = to) {
    const kind = cells[from]?.kind ?? 'empty';
    while (cells[to]?.kind === kind) to++;
    const glyphs = cells.slice(from, to).map(({ glyph }) => glyph);
    text += PAINTS[kind](paint)(glyphs.join(''));
  }
  return text;
}

import type { ChalkInstance } from 'chalk';

import { visible } from '../../util/text.ts';
import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import { createChalk } from '../color.ts';
import { totalOf } from '../downtime.ts';
import type { ListOptions } from '../format.ts';
import { axisFor, byDevice, type DeviceSpans, type Span } from '../spans.ts';
import { summarizeLists } from '../list-summary.ts';
import { align, truncate, widthOf } from '../width.ts';
import { toDuration } from '../format-units.ts';
import { barOf, type Cell, type CellKind } from './bar.ts';
import { type Ruler, rulerOf } from './ruler.ts';

/** A narrower picture shows nothing. */
const LEAST_WIDTH = 24;
const LEAST_WIDTH_WITH_DOWNTIME = 60;
const DOWNTIME = 'DOWNTIME';

/** What stands between the names and the bars, and marks the cutoff where the axis begins with it. */
const EDGE = '│';

const PAINTS: Readonly<Record<CellKind, (paint: ChalkInstance) => ChalkInstance>> = {
  outage: (paint) => paint.red,
  overlap: (paint) => paint.red.inverse,
  beyond: (paint) => paint.red.bold,
  grid: (paint) => paint.dim,
  empty: (paint) => paint,
};

const LEGEND = [
  ['overlap', '2 how many outages overlap, + for more than nine'],
  ['beyond', '► goes on beyond the axis'],
] as const;

/** What all rows have in common; widths in cells. */
interface Picture {
  readonly axis: Span;
  readonly ruler: Ruler;
  readonly rule: CutoffRule;
  readonly paint: ChalkInstance;
  readonly width: number;
  readonly nameWidth: number;
  readonly barWidth: number;
  /** 0 where there is no room, or nothing to show. */
  readonly downtimeWidth: number;
}

/** For each site a row a device, on one time axis for all of them; a legend and a summary below. */
export function* renderTimeline(lists: readonly SiteList[], options: ListOptions): Iterable<string> {
  const sites = lists.map((list) => ({ list, devices: byDevice(list) }));
  const picture = compose(
    sites.flatMap(({ devices }) => devices),
    options,
  );
  const { paint, width } = picture;
  const shown = new Set<CellKind>();
  for (const { list, devices } of sites) {
    const title = truncate(`${visible(list.siteName)} (${visible(list.site)})`, width);
    yield `${paint.bold(title)}\n`;
    yield* devices.length === 0 ? ['no devices\n'] : renderSite(devices, picture, shown);
    yield '\n';
  }
  for (const [kind, meaning] of LEGEND) if (shown.has(kind)) yield `${paint.dim(truncate(meaning, width))}\n`;
  for (const line of summarizeLists(lists, options.several ?? lists.length > 1)) yield `${truncate(line, width)}\n`;
}

function compose(rows: readonly DeviceSpans[], { rule, ...options }: ListOptions): Picture {
  const width = Math.max(LEAST_WIDTH, options.width);
  const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  const nameWidth = Math.min(widest(rows.map(nameOf)), Math.floor(width / 3));
  const downtimes = rows.map((row) => downtimeOf(row, rule));
  const withDowntime = width >= LEAST_WIDTH_WITH_DOWNTIME && downtimes.some((text) => text !== '');
  const downtimeWidth = withDowntime ? widest([DOWNTIME, ...downtimes]) : 0;
  const barWidth = width - nameWidth - ` ${EDGE}`.length - (withDowntime ? downtimeWidth + 2 : 0);
  const axis = axisFor(
    rows.flatMap(({ spans }) => spans),
    rule,
  );
  const paint = createChalk(options.color);
  return { axis, ruler: rulerOf(axis, barWidth), rule, paint, width, nameWidth, barWidth, downtimeWidth };
}

function* renderSite(rows: readonly DeviceSpans[], picture: Picture, shown: Set<CellKind>): Iterable<string> {
  const { axis, ruler, rule, paint, nameWidth, barWidth, downtimeWidth } = picture;
  const indent = ' '.repeat(nameWidth + 1);
  const arrow = axis.begin > toMilliseconds(rule.cutoff) ? '◄' : '▼';
  const cutoff = align(`${arrow} cutoff ${visible(rule.cutoffText)}`, barWidth + 1, 'left');
  yield `${`${indent}${paint.cyan(cutoff)}  ${paint.dim(downtimeWidth > 0 ? DOWNTIME : '')}`.trimEnd()}\n`;

  for (const row of rows) {
    const cells = barOf(row.spans, axis, barWidth, ruler.ticks);
    for (const { kind } of cells) shown.add(kind);
    const line = `${align(nameOf(row), nameWidth, 'left')} ${paint.cyan(EDGE)}${paintCells(cells, paint)}`;
    const downtime = downtimeWidth > 0 ? `  ${align(downtimeOf(row, rule), downtimeWidth, 'right')}` : '';
    yield `${`${line}${downtime}`.trimEnd()}\n`;
  }
  yield `${indent}${paint.dim(`└${ruler.line}`)}\n`;
  yield `${indent} ${paint.dim(ruler.labels)}\n`;
}

function nameOf({ device }: DeviceSpans): string {
  return visible(device.name);
}

/** Nothing where there are no outages. */
function downtimeOf({ spans }: DeviceSpans, rule: CutoffRule): string {
  return spans.length === 0 ? '' : toDuration(totalOf(spans, rule));
}

/** The cells as text; neighbours of a kind share their colour codes. */
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

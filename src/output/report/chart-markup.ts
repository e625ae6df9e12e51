import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import type { MultiSite } from '../format.ts';
import { axisFor, byDevice, type DeviceSpans, type Span } from '../spans.ts';
import { cutoffOf, percentOf, ticksOf } from '../time-axis.ts';
import { lanesOf } from './lanes.ts';
import { type Markup, markup } from './markup.ts';

/** Width of the axis in SVG units; the browser stretches the drawing. */
const AXIS_UNITS = 10_000;

/** Space above and below the bars of a row, which is 1 high, and between two lanes. */
const ROW_MARGIN = 0.2;
const LANE_GAP = 0.05;

const TICK_COUNT = 8;

/** A row of the chart: a device, or the heading of a site. */
type Row = { readonly site: SiteList } | (DeviceSpans & { readonly firstOutage: number });

/** Renders the timeline: names on the left, bars on the right, the axis on top. The script adds zoom and tooltips. */
export function* renderChart(
  lists: readonly SiteList[],
  rule: CutoffRule,
  { isMultiSite }: MultiSite,
): Iterable<Markup> {
  const rows = rowsOf(lists, { isMultiSite });
  const axis = axisFor(
    rows.flatMap((row) => ('spans' in row ? row.spans : [])),
    rule,
  );
  if (rows.length === 0) {
    yield markup`<p>No devices.</p>\n`;
    return;
  }
  yield markup`<div class="tools" hidden>
<button type="button" data-zoom="2">Zoom in</button>
<button type="button" data-zoom="0.5">Zoom out</button>
<button type="button" data-zoom="0">Reset</button>
<p id="keys">Arrow keys select an outage, + and − zoom, 0 resets. Drag to pan, Ctrl + wheel or pinch to zoom.</p>
</div>
`;
  yield markup`<div class="chart" data-begin="${axis.begin}" data-end="${axis.end}">\n<ul class="names">\n`;
  for (const row of rows) yield nameOf(row);
  yield markup`</ul>\n<div class="plot">\n`;
  yield markup`<svg class="axis" aria-hidden="true">${marksOf(axis, rule)}</svg>\n`;
  yield markup`<svg class="bars" aria-hidden="true">${marksOf(axis, rule)}\n`;
  yield markup`<svg class="scaled" viewBox="0 0 ${AXIS_UNITS} ${rows.length}" preserveAspectRatio="none">\n`;
  for (const [index, row] of rows.entries()) if ('spans' in row) yield barsOf(row, row.firstOutage, index, axis);
  yield markup`</svg>\n`;
  yield markup`${rows.map((row, index) => ('spans' in row ? arrowOf(row, index / rows.length, axis) : markup``))}`;
  yield markup`</svg>\n</div>\n</div>\n`;
}

function rowsOf(lists: readonly SiteList[], { isMultiSite }: MultiSite): readonly Row[] {
  const rows: Row[] = [];
  let firstOutage = 0;
  for (const list of lists) {
    if (isMultiSite) rows.push({ site: list });
    for (const device of byDevice(list)) rows.push({ ...device, firstOutage });
    firstOutage += list.outages.length;
  }
  return rows;
}

function nameOf(row: Row): Markup {
  if ('site' in row) return markup`<li class="site">${row.site.siteName}</li>\n`;
  return markup`<li title="${row.device.id}">${row.device.name}</li>\n`;
}

/** Ticks and cutoff of one layer; the style sheet hides the labels or the lines. */
function marksOf(axis: Span, rule: CutoffRule): Markup {
  const time = toMilliseconds(rule.cutoff);
  const cutoff = cutoffOf(time, axis);
  const ticks = ticksOf(axis, TICK_COUNT).map(
    ({ time, label }) =>
      markup`<svg class="tick" x="${percentOf(time, axis)}"><line y2="100%"/><text>${label}</text></svg>`,
  );
  return markup`${ticks}<svg class="${cutoff.kind}" data-time="${time}" x="${cutoff.x}"><line y2="100%"/><text>${cutoff.label}</text></svg>`;
}

/** One bar per outage, with its number; outages are numbered across all sites. */
function barsOf({ spans }: DeviceSpans, firstOutage: number, row: number, axis: Span): Markup {
  const scale = AXIS_UNITS / (axis.end - axis.begin);
  const bars = lanesOf(spans).map(({ span, lane, lanes }) => {
    const pitch = (1 - 2 * ROW_MARGIN + LANE_GAP) / lanes;
    const x = (span.begin - axis.begin) * scale;
    // A bar of zero width is not drawn. The outline in the style sheet makes any other bar visible.
    const width = Math.max(0.001, (Math.min(span.end, axis.end) - span.begin) * scale);
    const y = row + ROW_MARGIN + lane * pitch;
    return markup`<rect data-outage="${firstOutage + span.position}" x="${x.toFixed(3)}" y="${y.toFixed(3)}" width="${width.toFixed(3)}" height="${(pitch - LANE_GAP).toFixed(3)}"/>\n`;
  });
  return markup`${bars}`;
}

/** Marks a row with an outage that continues past the axis. @param y from 0 (top of the chart) to 1 */
function arrowOf({ spans }: DeviceSpans, y: number, axis: Span): Markup {
  if (!spans.some(({ end }) => end > axis.end)) return markup``;
  return markup`<svg class="beyond" x="100%" y="${(100 * y).toFixed(3)}%"><path d="M-9 7v14l9-7z"/></svg>\n`;
}

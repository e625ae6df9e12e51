import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import { axisFor, byDevice, type DeviceSpans, type Span } from '../spans.ts';
import { cutoffOf, percentOf, ticksOf } from '../time-axis.ts';
import { lanesOf } from './lanes.ts';
import { type Markup, markup } from './markup.ts';

/** Width of the axis in units of the drawing, which is stretched to the room that there is. */
const UNITS = 10_000;

/** Of a row, which is 1 high: the space above and below its bars, and what lies between two lanes. */
const MARGIN = 0.2;
const GAP = 0.05;

const TICKS = 8;

/** A row of the chart: a device, or the name of a site above its devices. */
type Row = { readonly site: SiteList } | (DeviceSpans & { readonly firstOutage: number });

/** The timeline: names at the left, bars at the right, the axis above. The page's script gives it zoom and tooltips. */
export function* renderChart(lists: readonly SiteList[], rule: CutoffRule, several: boolean): Iterable<Markup> {
  const rows = rowsOf(lists, several);
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
<button type="button" data-zoom="0">Show all</button>
<p id="keys">Arrow keys go from outage to outage, + and − zoom, 0 shows all. Drag to move, Ctrl and wheel or two fingers to zoom.</p>
</div>
`;
  yield markup`<div class="chart" data-begin="${axis.begin}" data-end="${axis.end}">\n<ul class="names">\n`;
  for (const row of rows) yield nameOf(row);
  yield markup`</ul>\n<div class="plot">\n`;
  yield markup`<svg class="axis" aria-hidden="true">${marksOf(axis, rule)}</svg>\n`;
  yield markup`<svg class="bars" aria-hidden="true">${marksOf(axis, rule)}\n`;
  yield markup`<svg class="scaled" viewBox="0 0 ${UNITS} ${rows.length}" preserveAspectRatio="none">\n`;
  for (const [index, row] of rows.entries()) if ('spans' in row) yield barsOf(row, row.firstOutage, index, axis);
  yield markup`</svg>\n`;
  yield markup`${rows.map((row, index) => ('spans' in row ? arrowOf(row, index / rows.length, axis) : markup``))}`;
  yield markup`</svg>\n</div>\n</div>\n`;
}

function rowsOf(lists: readonly SiteList[], several: boolean): readonly Row[] {
  const rows: Row[] = [];
  let firstOutage = 0;
  for (const list of lists) {
    if (several) rows.push({ site: list });
    for (const device of byDevice(list)) rows.push({ ...device, firstOutage });
    firstOutage += list.outages.length;
  }
  return rows;
}

function nameOf(row: Row): Markup {
  if ('site' in row) return markup`<li class="site">${row.site.siteName}</li>\n`;
  return markup`<li title="${row.device.id}">${row.device.name}</li>\n`;
}

/** The ticks and the cutoff; a style sheet shows what is wanted of them. */
function marksOf(axis: Span, rule: CutoffRule): Markup {
  const time = toMilliseconds(rule.cutoff);
  const cutoff = cutoffOf(time, axis);
  const ticks = ticksOf(axis, TICKS).map(
    ({ time, label }) =>
      markup`<svg class="tick" x="${percentOf(time, axis)}"><line y2="100%"/><text>${label}</text></svg>`,
  );
  return markup`${ticks}<svg class="${cutoff.kind}" data-time="${time}" x="${cutoff.x}"><line y2="100%"/><text>${cutoff.label}</text></svg>`;
}

/** A bar for each outage, which bears its number: the outages of all sites are counted through. */
function barsOf({ spans }: DeviceSpans, firstOutage: number, row: number, axis: Span): Markup {
  const scale = UNITS / (axis.end - axis.begin);
  const bars = lanesOf(spans).map(({ span, lane, lanes }) => {
    const pitch = (1 - 2 * MARGIN + GAP) / lanes;
    const x = (span.begin - axis.begin) * scale;
    // A bar without a width is not drawn at all; the style sheet's outline makes any other one wide enough to be seen.
    const width = Math.max(0.001, (Math.min(span.end, axis.end) - span.begin) * scale);
    const y = row + MARGIN + lane * pitch;
    return markup`<rect data-outage="${firstOutage + span.position}" x="${x.toFixed(3)}" y="${y.toFixed(3)}" width="${width.toFixed(3)}" height="${(pitch - GAP).toFixed(3)}"/>\n`;
  });
  return markup`${bars}`;
}

/** At the end of the row, where an outage goes on beyond the axis. @param y from 0, the top of the chart, to 1 */
function arrowOf({ spans }: DeviceSpans, y: number, axis: Span): Markup {
  if (!spans.some(({ end }) => end > axis.end)) return markup``;
  return markup`<svg class="beyond" x="100%" y="${(100 * y).toFixed(3)}%"><path d="M-9 7v14l9-7z"/></svg>\n`;
}

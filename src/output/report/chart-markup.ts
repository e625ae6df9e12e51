import { toMilliseconds } from '../../transform/instant.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import type { Span } from '../spans.ts';
import { cutoffOf, percentOf, ticksOf } from '../time-axis.ts';
import { barsOf, type ChartRow, isBeyond, NO_OUTAGES } from './chart-rows.ts';
import { AXIS_UNITS } from './draw-chart.ts';
import { type Markup, markup } from './markup.ts';

const TICK_COUNT = 8;

/** Rows that fit on a printed page. A longer chart would be cut between pages, and is left out of the print. */
const MAX_PRINTED_ROWS = 40;

/** Returns whether the chart is too long to be printed. */
export function isLong(rows: readonly ChartRow[]): boolean {
  return rows.length > MAX_PRINTED_ROWS;
}

/** Renders the timeline: names on the left, bars on the right, the axis on top. The script adds zoom and tooltips. */
export function* renderChart(rows: readonly ChartRow[], axis: Span, rule: CutoffRule): Iterable<Markup> {
  if (rows.length === 0) {
    yield markup`<p>No devices.</p>\n`;
    return;
  }
  yield markup`<div class="tools" hidden>
<button type="button" data-zoom="2">Zoom in</button>
<button type="button" data-zoom="0.5">Zoom out</button>
<button type="button" data-zoom="0">Reset</button>
<button type="button" class="save">Save as SVG</button>
<p id="keys">Arrow keys select an outage, + and − zoom, 0 resets. Drag to pan, Ctrl + wheel or pinch to zoom.</p>
</div>
`;
  yield markup`<div class="chart${isLong(rows) ? ' long' : ''}" data-begin="${axis.begin}" data-end="${axis.end}">\n<ul class="names">\n`;
  for (const row of rows) yield nameOf(row);
  yield markup`</ul>\n<div class="plot">\n`;
  yield markup`<svg class="axis" aria-hidden="true">${marksOf(axis, rule)}</svg>\n`;
  yield markup`<svg class="bars" aria-hidden="true">${marksOf(axis, rule)}\n`;
  yield markup`<svg class="scaled" viewBox="0 0 ${AXIS_UNITS} ${rows.length}" preserveAspectRatio="none">\n`;
  for (const [index, row] of rows.entries()) yield barsMarkup(row, index, axis);
  yield markup`</svg>\n`;
  yield markup`${rows.map((row, index) => arrowOf(row, index, rows.length, axis))}`;
  yield markup`</svg>\n</div>\n</div>\n`;
}

function nameOf(row: ChartRow): Markup {
  if ('list' in row) {
    const { siteName, outages } = row.list;
    const note = outages.length === 0 ? markup` <small>${NO_OUTAGES}</small>` : markup``;
    return markup`<li class="site" data-site="${row.site}"><span>${siteName}</span>${note}</li>\n`;
  }
  return markup`<li title="${row.device.id}" data-site="${row.site}"><span>${row.device.name}</span></li>\n`;
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
function barsMarkup(row: ChartRow, index: number, axis: Span): Markup {
  if ('list' in row) return markup`<g class="row"/>\n`;
  const bars = barsOf(row, axis).map(
    ({ outage, x, y, width, height }) =>
      markup`<rect data-outage="${outage}" x="${x}" y="${y}" width="${width}" height="${height}"/>\n`,
  );
  return markup`<g class="row" transform="translate(0 ${index})"><g id="row-${index}">\n${bars}</g></g>\n`;
}

/** Marks a row with an outage that continues past the axis. */
function arrowOf(row: ChartRow, index: number, rows: number, axis: Span): Markup {
  if ('list' in row || !isBeyond(row, axis)) return markup``;
  return markup`<svg class="beyond" data-row="${index}" x="100%" y="${((100 * index) / rows).toFixed(3)}%"><path d="M-9 7v14l9-7z"/></svg>\n`;
}

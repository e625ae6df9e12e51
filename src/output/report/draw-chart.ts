/** Draws the timeline as an SVG file; also used by the page's script. */

import type { Span } from '../spans.ts';
import { cutoffOf, ticksOf } from '../time-axis.ts';
import { type Markup, markup } from './markup.ts';

/** Width of the axis in the units of bars. */
export const AXIS_UNITS = 10_000;

/** The rectangle of an outage: across in axis units, down in rows of height 1; numbers as text. */
export interface Bar {
  readonly x: string;
  readonly y: string;
  readonly width: string;
  readonly height: string;
}

export interface DrawnRow {
  readonly name: string;
  /** Whether it is the heading of a site. */
  readonly isSite: boolean;
  /** Text in place of bars; may be empty. */
  readonly note: string;
  readonly bars: readonly Bar[];
  /** Whether an outage continues past the axis. */
  readonly isBeyond: boolean;
}

export interface Drawing {
  readonly title: string;
  readonly axis: Span;
  /** Milliseconds since 1970. */
  readonly cutoff: number;
  readonly rows: readonly DrawnRow[];
}

const WIDTH = 1200;
const MARGIN = 24;
const TITLE_HEIGHT = 36;
const AXIS_HEIGHT = 44;
const ROW_HEIGHT = 26;
const TICK_COUNT = 8;
/** Estimated width of a character at 14 pixels; CJK and emoji are twice as wide. */
const CHAR_WIDTH = 7.6;
const MAX_NAME_CHARS = 34;

const STYLE =
  'text{font:14px system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1d2329}.title{font-size:18px;font-weight:600}' +
  '.site{font-weight:600}.muted{fill:#5b6570;font-size:12px}.cutoff{fill:#1d5fbf;font-size:12px}';

/** Returns the chart as an SVG file, in light colours. */
export function drawChart({ title, axis, cutoff, rows }: Drawing): string {
  const names = rows.map(({ name }) => shorten(name));
  const nameWidth = Math.ceil(CHAR_WIDTH * Math.max(0, ...names.map(cellsOf))) + 16;
  const left = MARGIN + nameWidth;
  const plotWidth = WIDTH - left - MARGIN;
  const top = MARGIN + TITLE_HEIGHT + AXIS_HEIGHT;
  const bottom = top + rows.length * ROW_HEIGHT;
  const toX = (time: number): string => (left + ((time - axis.begin) / (axis.end - axis.begin)) * plotWidth).toFixed(2);
  const scale = plotWidth / AXIS_UNITS;

  const ticks = ticksOf(axis, TICK_COUNT).map(
    ({ time, label }) =>
      markup`<path d="M${toX(time)} ${top}V${bottom}" stroke="#e4e7ea"/><text class="muted" x="${toX(time)}" y="${top - 9}">${label}</text>\n`,
  );
  const drawnRows = rows.map(({ isSite, note, bars, isBeyond }, index) => {
    const y = top + index * ROW_HEIGHT;
    const shown = bars.filter(({ x }) => Number(x) <= AXIS_UNITS);
    const rectangles = shown.map(
      (bar) =>
        markup`<rect x="${(left + Number(bar.x) * scale).toFixed(2)}" y="${(y + Number(bar.y) * ROW_HEIGHT).toFixed(2)}" width="${Math.max(1.5, Number(bar.width) * scale).toFixed(2)}" height="${(Number(bar.height) * ROW_HEIGHT).toFixed(2)}" fill="#c2410c"/>\n`,
    );
    const arrow = isBeyond ? markup`<path d="M${WIDTH - MARGIN - 9} ${y + 6}v14l9-7z" fill="#1d2329"/>\n` : markup``;
    const text = note === '' ? markup`` : markup`<text class="muted" x="${left + 4}" y="${y + 18}">${note}</text>`;
    return markup`<path d="M${MARGIN} ${y + ROW_HEIGHT}H${WIDTH - MARGIN}" stroke="#e4e7ea"/><text${isSite ? markup` class="site"` : markup``} x="${MARGIN}" y="${y + 18}">${names[index] ?? ''}</text>${text}\n${rectangles}${arrow}`;
  });
  const mark = cutoffOf(cutoff, axis);
  const cutoffX = toX(Math.max(cutoff, axis.begin));
  const cutoffLine =
    mark.kind === 'cutoff'
      ? markup`<path d="M${cutoffX} ${top}V${bottom}" stroke="#1d5fbf" stroke-width="2"/>`
      : markup``;

  const height = bottom + MARGIN;
  const svg: Markup = markup`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>${{ html: STYLE }}</style>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text class="title" x="${MARGIN}" y="${MARGIN + 16}">${title}</text>
<path d="M${left} ${top}H${WIDTH - MARGIN}" stroke="#e4e7ea"/>
${ticks}<text class="cutoff" x="${cutoffX}" y="${top - 26}">${mark.label}</text>
${cutoffLine}
${drawnRows}</svg>
`;
  return svg.html;
}

function shorten(name: string): string {
  const characters = Array.from(name);
  return characters.length <= MAX_NAME_CHARS ? name : `${characters.slice(0, MAX_NAME_CHARS - 1).join('')}…`;
}

function cellsOf(name: string): number {
  return Array.from(name).reduce((cells, character) => cells + (character >= '\u1100' ? 2 : 1), 0);
}

import { visible } from '../text.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';
import { createChalk } from './color.ts';
import type { FormatOptions } from './format.ts';
import { align, truncate, widthOf } from './width.ts';
import { count, durationBetween } from './words.ts';

type Kind = 'text' | 'time' | 'figure';

interface Column {
  readonly header: string;
  readonly kind: Kind;
  readonly cell: (list: SiteList, outage: SiteOutage) => string;
}

const SITE: Column = { header: 'SITE', kind: 'text', cell: ({ site }) => visible(site) };
const COLUMNS: readonly Column[] = [
  { header: 'DEVICE', kind: 'text', cell: (_, { name }) => visible(name) },
  { header: 'ID', kind: 'text', cell: (_, { id }) => visible(id) },
  { header: 'BEGIN', kind: 'time', cell: (_, { begin }) => visible(begin) },
  { header: 'END', kind: 'time', cell: (_, { end }) => visible(end) },
  { header: 'DURATION', kind: 'figure', cell: (_, { begin, end }) => durationBetween(begin, end) },
];

const GAP = '  ';

/** What gives way when a table is too wide: names down to so many cells, then times too, then all. */
const CONCESSIONS: readonly { readonly kinds: readonly Kind[]; readonly floor: number }[] = [
  { kinds: ['text'], floor: 8 },
  { kinds: ['text', 'time'], floor: 4 },
  { kinds: ['text', 'time', 'figure'], floor: 1 },
];

/** A table for people, with a summary below it. */
export function* renderTable(lists: readonly SiteList[], options: FormatOptions): Iterable<string> {
  const several = options.several ?? lists.length > 1;
  const fit = (line: string): string => (options.columns > 0 ? truncate(line, options.columns) : line);

  const columns = several ? [SITE, ...COLUMNS] : COLUMNS;
  const rows = lists.flatMap((list) => list.outages.map((outage) => columns.map(({ cell }) => cell(list, outage))));
  if (rows.length > 0) {
    const headers = columns.map(({ header }) => header);
    const widths = fitWidths(columns, [headers, ...rows], options.columns);
    const isTooWide = totalOf(widths) > options.columns;
    const toLine = (cells: readonly string[]): string => {
      const line = cells
        .map((cell, index) => align(cell, widths[index] ?? 0, columns[index]?.kind === 'figure' ? 'right' : 'left'))
        .join(GAP);
      return isTooWide ? fit(line) : line;
    };
    yield `${createChalk(options.color).bold(toLine(headers))}\n`;
    for (const row of rows) yield `${toLine(row)}\n`;
    yield '\n';
  }
  for (const line of summarize(lists, several)) yield `${fit(line)}\n`;
}

/** The width of each column in cells, such that a line fits into `available` of them (0: any number). */
function fitWidths(columns: readonly Column[], rows: readonly (readonly string[])[], available: number): number[] {
  const widths = columns.map(() => 0);
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))));
  }
  if (available === 0) return widths;

  const fitted = widths.map((width) => Math.min(width, available));
  let excess = totalOf(fitted) - available;
  for (const { kinds, floor } of CONCESSIONS) {
    for (; excess > 0; excess--) {
      const yielding = columns.map(({ kind }, index) => (kinds.includes(kind) ? (fitted[index] ?? 0) : 0));
      const widest = Math.max(...yielding);
      if (widest <= floor) break;
      fitted[yielding.indexOf(widest)] = widest - 1;
    }
  }
  return fitted;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

function* summarize(lists: readonly SiteList[], several: boolean): Iterable<string> {
  const figures = lists.map(({ site, outages }) => ({
    site,
    outages: outages.length,
    devices: new Set(outages.map(({ id }) => id)).size,
  }));
  if (several) {
    for (const { site, outages, devices } of figures) yield `${visible(site)}: ${toSummary(outages, devices)}`;
  }
  const outages = figures.reduce((sum, figure) => sum + figure.outages, 0);
  const devices = figures.reduce((sum, figure) => sum + figure.devices, 0);
  yield several ? `${toSummary(outages, devices)} on ${count(lists.length, 'site')}` : toSummary(outages, devices);
}

function toSummary(outages: number, devices: number): string {
  return outages === 0 ? 'no outages' : `${count(outages, 'outage')} of ${count(devices, 'device')}`;
}

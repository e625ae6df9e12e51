import { visible } from '../util/text.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';
import { createChalk } from './color.ts';
import type { FormatOptions } from './format.ts';
import { summarizeLists } from './list-summary.ts';
import { align, truncate, widthOf } from './width.ts';
import { durationBetween } from './format-units.ts';

type Kind = 'name' | 'id' | 'time' | 'figure';

interface Column {
  readonly header: string;
  readonly kind: Kind;
  readonly cell: (list: SiteList, outage: SiteOutage) => string;
}

/** Widths are in cells. */
interface Sized {
  readonly column: Column;
  readonly width: number;
}

const SITE: Column = { header: 'SITE', kind: 'name', cell: ({ site }) => visible(site) };
const DEVICE: Column = { header: 'DEVICE', kind: 'name', cell: (_, { name }) => visible(name) };
const ID: Column = { header: 'ID', kind: 'id', cell: (_, { id }) => visible(id) };
const BEGIN: Column = { header: 'BEGIN', kind: 'time', cell: (_, { begin }) => visible(begin) };
const END: Column = { header: 'END', kind: 'time', cell: (_, { end }) => visible(end) };
const DURATION: Column = {
  header: 'DURATION',
  kind: 'figure',
  cell: (_, { begin, end }) => durationBetween(begin, end),
};

const GAP = '  ';

/** Minimum useful width in cells: the start of an id, a time to the minute. */
const MIN_CELLS: Readonly<Record<Kind, number>> = { name: 10, id: 8, time: 17, figure: 8 };

/** Columns that are dropped, in this order, if the minimum widths do not fit. */
const OPTIONAL_COLUMNS: readonly Column[] = [END, ID];

/** Steps that shrink a table that is too wide: the widest columns of these kinds, down to `floor` cells. */
const SHRINK_STEPS: readonly { readonly kinds: readonly Kind[]; readonly floor: number }[] = [
  { kinds: ['id'], floor: MIN_CELLS.id },
  { kinds: ['time'], floor: MIN_CELLS.time },
  { kinds: ['name'], floor: MIN_CELLS.name },
  { kinds: ['name', 'id', 'time'], floor: 4 },
  { kinds: ['name', 'id', 'time', 'figure'], floor: 1 },
];

/** A table with a summary below it. */
export function* renderTable(lists: readonly SiteList[], options: FormatOptions): Iterable<string> {
  const isMultiSite = options.isMultiSite ?? lists.length > 1;
  const fit = (line: string): string => (options.columns > 0 ? truncate(line, options.columns) : line);

  if (lists.some(({ outages }) => outages.length > 0)) {
    const all = [...(isMultiSite ? [SITE] : []), DEVICE, ID, BEGIN, END, DURATION];
    const columns = toFit(
      all.map((column) => ({ column, width: widthFor(column, lists) })),
      options.columns,
    );
    const isTooWide = totalOf(columns.map(({ width }) => width)) > options.columns;
    const toLine = (cellOf: (column: Column) => string): string => {
      const cells = columns.map(({ column, width }) =>
        align(cellOf(column), width, column.kind === 'figure' ? 'right' : 'left'),
      );
      return isTooWide ? fit(cells.join(GAP)) : cells.join(GAP);
    };
    yield `${createChalk(options.color).bold(toLine(({ header }) => header))}\n`;
    for (const list of lists) {
      for (const outage of list.outages) yield `${toLine(({ cell }) => cell(list, outage))}\n`;
    }
    yield '\n';
  }
  for (const line of summarizeLists(lists, { isMultiSite })) yield `${fit(line)}\n`;
}

/** Returns the width of the widest cell. */
function widthFor({ header, cell }: Column, lists: readonly SiteList[]): number {
  let width = widthOf(header);
  for (const list of lists) {
    for (const outage of list.outages) width = Math.max(width, widthOf(cell(list, outage)));
  }
  return width;
}

/** Drops and shrinks columns until a line fits into the available cells, if possible; 0 means no limit. */
function toFit(all: readonly Sized[], available: number): readonly Sized[] {
  if (available === 0) return all;
  let columns = all;
  for (const optional of OPTIONAL_COLUMNS) {
    if (minimumOf(columns) > available) columns = columns.filter(({ column }) => column !== optional);
  }

  const widths = columns.map(({ width }) => Math.min(width, available));
  let excess = totalOf(widths) - available;
  for (const { kinds, floor } of SHRINK_STEPS) {
    for (; excess > 0; excess--) {
      const shrinkable = columns.map(({ column }, index) => (kinds.includes(column.kind) ? (widths[index] ?? 0) : 0));
      const widest = Math.max(...shrinkable);
      if (widest <= floor) break;
      widths[shrinkable.indexOf(widest)] = widest - 1;
    }
  }
  return columns.map(({ column }, index) => ({ column, width: widths[index] ?? 0 }));
}

function minimumOf(columns: readonly Sized[]): number {
  return totalOf(columns.map(({ column, width }) => Math.min(width, MIN_CELLS[column.kind])));
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

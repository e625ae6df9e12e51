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

/** A column and its width in cells. */
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

/** What a column needs to say something: the start of an id, a time to the minute. */
const LEAST: Readonly<Record<Kind, number>> = { name: 10, id: 8, time: 17, figure: 8 };

/** What is left out, one after the other, where there is no room for that: the rest says it as well. */
const DISPENSABLE: readonly Column[] = [END, ID];

/** What gives way where a table is too wide, down to so many cells. */
const CONCESSIONS: readonly { readonly kinds: readonly Kind[]; readonly floor: number }[] = [
  { kinds: ['id'], floor: LEAST.id },
  { kinds: ['time'], floor: LEAST.time },
  { kinds: ['name'], floor: LEAST.name },
  { kinds: ['name', 'id', 'time'], floor: 4 },
  { kinds: ['name', 'id', 'time', 'figure'], floor: 1 },
];

/** A table for people, with a summary below it. */
export function* renderTable(lists: readonly SiteList[], options: FormatOptions): Iterable<string> {
  const several = options.several ?? lists.length > 1;
  const fit = (line: string): string => (options.columns > 0 ? truncate(line, options.columns) : line);

  if (lists.some(({ outages }) => outages.length > 0)) {
    const all = [...(several ? [SITE] : []), DEVICE, ID, BEGIN, END, DURATION];
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
  for (const line of summarizeLists(lists, several)) yield `${fit(line)}\n`;
}

/** What the column would take. */
function widthFor({ header, cell }: Column, lists: readonly SiteList[]): number {
  let width = widthOf(header);
  for (const list of lists) {
    for (const outage of list.outages) width = Math.max(width, widthOf(cell(list, outage)));
  }
  return width;
}

/** The columns that are shown, such that a line fits into `available` cells (0: any number) if it can. */
function toFit(all: readonly Sized[], available: number): readonly Sized[] {
  if (available === 0) return all;
  let columns = all;
  for (const dispensable of DISPENSABLE) {
    if (leastOf(columns) > available) columns = columns.filter(({ column }) => column !== dispensable);
  }

  const widths = columns.map(({ width }) => Math.min(width, available));
  let excess = totalOf(widths) - available;
  for (const { kinds, floor } of CONCESSIONS) {
    for (; excess > 0; excess--) {
      const yielding = columns.map(({ column }, index) => (kinds.includes(column.kind) ? (widths[index] ?? 0) : 0));
      const widest = Math.max(...yielding);
      if (widest <= floor) break;
      widths[yielding.indexOf(widest)] = widest - 1;
    }
  }
  return columns.map(({ column }, index) => ({ column, width: widths[index] ?? 0 }));
}

function leastOf(columns: readonly Sized[]): number {
  return totalOf(columns.map(({ column, width }) => Math.min(width, LEAST[column.kind])));
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

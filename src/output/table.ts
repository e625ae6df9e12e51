import { visible } from '../util/text.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';
import { createChalk } from './chalk.ts';
import type { FormatOptions } from './format.ts';
import { summarizeLists } from './list-summary.ts';
import { align, truncate, widthOf, wrap } from './width.ts';
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

// Date, hours and minutes, seconds, fraction, offset.
const TIME = /^([\d-]{10})(T\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Shorter forms of a time; texts that are not in the usual form stay as they are. */
const TIME_FORMS: Readonly<Record<'second' | 'minute' | 'day', string>> = {
  second: '$1$2$3$4',
  minute: '$1$2$4',
  day: '$1',
};

const NAME_CELLS = 18;
const SHORT_NAME_CELLS = 12;

/** Minimum useful width in cells: the start of an id, a time to the minute. */
const MIN_CELLS: Readonly<Record<Exclude<Kind, 'name'>, number>> = { id: 8, time: 17, figure: 8 };

/** Columns that are dropped, in this order, if the table does not fit with names of that width. */
const OPTIONAL_COLUMNS = [
  { dropped: ID, nameCells: NAME_CELLS },
  { dropped: END, nameCells: SHORT_NAME_CELLS },
] as const;

/** A way to make a table narrower. */
type Step =
  | { readonly times: keyof typeof TIME_FORMS }
  /** Shrinks the widest columns of these kinds, down to `floor` cells. */
  | { readonly kinds: readonly Kind[]; readonly floor: number };

/** Applied in this order until the table fits. */
const STEPS: readonly Step[] = [
  { times: 'second' },
  { kinds: ['id'], floor: MIN_CELLS.id },
  { kinds: ['name'], floor: NAME_CELLS },
  { times: 'minute' },
  { kinds: ['name'], floor: SHORT_NAME_CELLS },
  { times: 'day' },
  { kinds: ['name'], floor: 6 },
  { kinds: ['name', 'id', 'time'], floor: 4 },
  { kinds: ['name', 'id', 'time', 'figure'], floor: 1 },
];

/** Renders a table with a summary below it. */
export function* renderTable(lists: readonly SiteList[], options: FormatOptions): Iterable<string> {
  const isMultiSite = options.isMultiSite ?? lists.length > 1;
  const fit = (line: string): string => (options.columns > 0 ? truncate(line, options.columns) : line);

  if (lists.some(({ outages }) => outages.length > 0)) {
    const all = [...(isMultiSite ? [SITE] : []), DEVICE, ID, BEGIN, END, DURATION];
    const columns = toFit(all, lists, options.columns);
    const isTooWide = totalOf(columns) > options.columns;
    const toLine = (cellOf: (column: Column) => string): string => {
      const cells = columns.map(({ column, width }) =>
        align(cellOf(column), width, column.kind === 'figure' ? 'right' : 'left'),
      );
      const line = cells.join(GAP);
      return isTooWide ? fit(line) : line;
    };
    yield `${createChalk(options.color).bold(toLine(({ header }) => header))}\n`;
    for (const list of lists) {
      for (const outage of list.outages) yield `${toLine(({ cell }) => cell(list, outage))}\n`;
    }
    yield '\n';
  }
  for (const line of summarizeLists(lists, { isMultiSite })) {
    for (const part of wrap(line, options.columns, GAP)) yield `${fit(part)}\n`;
  }
}

function sized(column: Column, lists: readonly SiteList[]): Sized {
  let width = widthOf(column.header);
  for (const list of lists) {
    for (const outage of list.outages) width = Math.max(width, widthOf(column.cell(list, outage)));
  }
  return { column, width };
}

/** Drops, shortens and shrinks columns until a line fits into the available cells, if possible; 0 means no limit. */
function toFit(all: readonly Column[], lists: readonly SiteList[], available: number): readonly Sized[] {
  let columns = all.map((column) => sized(column, lists));
  if (available === 0) return columns;
  for (const { dropped, nameCells } of OPTIONAL_COLUMNS) {
    if (minimumOf(columns, nameCells) > available) columns = columns.filter(({ column }) => column !== dropped);
  }
  for (const step of STEPS) {
    const excess = totalOf(columns) - available;
    if (excess <= 0) return columns;
    columns = 'times' in step ? shortenTimes(columns, lists, step.times) : shrink(columns, step, excess);
  }
  return columns;
}

function shortenTimes(columns: readonly Sized[], lists: readonly SiteList[], form: keyof typeof TIME_FORMS): Sized[] {
  return columns.map((each) => {
    const { column } = each;
    // The room that is gained goes to the names first.
    if (column.kind === 'name') return sized(column, lists);
    if (column.kind !== 'time') return each;
    const cell: Column['cell'] = (list, outage) => column.cell(list, outage).replace(TIME, TIME_FORMS[form]);
    return sized({ ...column, cell }, lists);
  });
}

/** Takes up to `excess` cells from the columns of these kinds, each time from the widest. */
function shrink(
  columns: readonly Sized[],
  { kinds, floor }: { readonly kinds: readonly Kind[]; readonly floor: number },
  excess: number,
): Sized[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left--) {
    const shrinkable = columns.map(({ column }, index) => (kinds.includes(column.kind) ? (widths[index] ?? 0) : 0));
    const widest = Math.max(...shrinkable);
    if (widest <= floor) break;
    widths[shrinkable.indexOf(widest)] = widest - 1;
  }
  return columns.map(({ column }, index) => ({ column, width: widths[index] ?? 0 }));
}

function minimumOf(columns: readonly Sized[], nameCells: number): number {
  const limitOf = (kind: Kind): number => (kind === 'name' ? nameCells : MIN_CELLS[kind]);
  return totalOf(columns.map(({ column, width }) => ({ column, width: Math.min(width, limitOf(column.kind)) })));
}

function totalOf(columns: readonly Sized[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP.length * (columns.length - 1));
}

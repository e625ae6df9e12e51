import { type Markup, markup } from './markup.ts';

export interface Column {
  readonly name: string;
  readonly isFigure?: boolean;
  /** Class of its cells; report.css hides some in narrow windows. */
  readonly kind?: string;
}

export interface Cell {
  readonly content: Markup | string;
  /** Sort key of figures and times; other cells are sorted by their text. */
  readonly value?: number;
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Index of its site in the lists, for the filter. */
  readonly site?: number;
}

interface Table {
  readonly title: string;
  readonly id: string;
  readonly columns: readonly Column[];
  readonly rows: Iterable<Row>;
  /** Name of the column that the rows are sorted by, ascending. */
  readonly sortedBy?: string;
}

/** Rows per <tbody>. Browsers skip the layout of one that is out of sight; report.css repeats the number. */
const GROUP_ROWS = 100;

/** Renders a table that scrolls if it is too wide. The script makes it sortable. */
export function* renderTable({ title, id, columns, rows, sortedBy }: Table): Iterable<Markup> {
  const classes = columns.map(({ isFigure, kind }) => {
    const names = [...(isFigure ? ['figure'] : []), ...(kind === undefined ? [] : [kind])].join(' ');
    return names === '' ? markup`` : markup` class="${names}"`;
  });
  const headers = columns.map(
    ({ name }, index) =>
      markup`<th scope="col"${classes[index] ?? ''}${name === sortedBy ? markup` aria-sort="ascending"` : markup``}>${name}</th>`,
  );
  yield markup`<div class="scroll" role="region" aria-label="${title}" tabindex="0">\n<table id="${id}">\n`;
  yield markup`<thead><tr>${headers}</tr></thead>\n<tbody>\n`;
  let count = 0;
  for (const { cells, site } of rows) {
    if (count > 0 && count % GROUP_ROWS === 0) yield markup`</tbody>\n<tbody>\n`;
    const row = cells.map((cell, index) => toCell(cell, classes[index] ?? markup``));
    yield site === undefined ? markup`<tr>${row}</tr>\n` : markup`<tr data-site="${site}">${row}</tr>\n`;
    count++;
  }
  yield markup`</tbody>\n</table>\n</div>\n`;
}

function toCell({ content, value }: Cell, className: Markup): Markup {
  const data = value === undefined ? markup`` : markup` data-value="${value}"`;
  return markup`<td${className}${data}>${content}</td>`;
}

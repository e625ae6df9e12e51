import { type Markup, markup } from './markup.ts';

export interface Cell {
  readonly content: Markup | string;
  /** Sort key of figures and times; other cells are sorted by their text. */
  readonly value?: number;
}

/** Rows per <tbody>. Browsers skip the layout of one that is out of sight; report.css repeats the number. */
const GROUP_ROWS = 100;

/** Renders a table that scrolls if it is too wide. The script makes it sortable. */
export function* renderTable(
  title: string,
  id: string,
  columns: readonly { readonly name: string; readonly isFigure?: boolean }[],
  rows: Iterable<readonly Cell[]>,
): Iterable<Markup> {
  const headers = columns.map(
    ({ name, isFigure }) => markup`<th scope="col"${isFigure ? markup` class="figure"` : markup``}>${name}</th>`,
  );
  yield markup`<div class="scroll" role="region" aria-label="${title}" tabindex="0">\n<table id="${id}">\n`;
  yield markup`<thead><tr>${headers}</tr></thead>\n<tbody>\n`;
  let count = 0;
  for (const row of rows) {
    if (count > 0 && count % GROUP_ROWS === 0) yield markup`</tbody>\n<tbody>\n`;
    yield markup`<tr>${row.map(toCell)}</tr>\n`;
    count++;
  }
  yield markup`</tbody>\n</table>\n</div>\n`;
}

function toCell({ content, value }: Cell): Markup {
  return value === undefined ? markup`<td>${content}</td>` : markup`<td data-value="${value}">${content}</td>`;
}

import { type Markup, markup } from './markup.ts';

/** What stands in a cell. */
export interface Cell {
  readonly content: Markup | string;
  /** What figures and times are sorted by; text is sorted as text. */
  readonly value?: number;
}

/** So many rows are a group, which a browser passes over while it is out of sight. The style sheet knows the number. */
const GROUP = 100;

/** A table that the page's script makes sortable, as one that scrolls by itself where it is too wide. */
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
    if (count > 0 && count % GROUP === 0) yield markup`</tbody>\n<tbody>\n`;
    yield markup`<tr>${row.map(toCell)}</tr>\n`;
    count++;
  }
  yield markup`</tbody>\n</table>\n</div>\n`;
}

function toCell({ content, value }: Cell): Markup {
  return value === undefined ? markup`<td>${content}</td>` : markup`<td data-value="${value}">${content}</td>`;
}

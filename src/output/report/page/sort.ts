import { findAll } from './elements.ts';

type Direction = 'ascending' | 'descending';

const collator = new Intl.Collator('en', { numeric: true });

/** Turns each header into a button that sorts by its column; a second click reverses the order. */
export function makeSortable(table: HTMLTableElement): void {
  const headers = findAll(table, 'th', HTMLTableCellElement);
  headers.forEach((header, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => {
      const direction = header.ariaSort === 'ascending' ? 'descending' : 'ascending';
      for (const other of headers) other.ariaSort = other === header ? direction : null;
      fillGroups([...table.tBodies], sorted(findAll(table, 'tbody tr', HTMLTableRowElement), column, direction));
    });
  });
}

/** Fills the groups in order. They keep their sizes, which the style sheet depends on. */
function fillGroups(groups: readonly HTMLTableSectionElement[], rows: readonly HTMLTableRowElement[]): void {
  const sizes = groups.map((group) => group.rows.length);
  let from = 0;
  groups.forEach((group, index) => {
    const to = from + (sizes[index] ?? 0);
    group.replaceChildren(...rows.slice(from, to));
    from = to;
  });
}

function sorted(
  rows: readonly HTMLTableRowElement[],
  column: number,
  direction: Direction,
): readonly HTMLTableRowElement[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return rows
    .map((row) => {
      const cell = row.cells[column];
      return { row, value: Number(cell?.dataset['value']), text: cell?.textContent ?? '' };
    })
    .sort((a, b) => sign * (a.value - b.value || collator.compare(a.text, b.text)))
    .map(({ row }) => row);
}

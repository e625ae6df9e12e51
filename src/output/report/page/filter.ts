import { find, findAll } from './elements.ts';

/** Shows only sites whose name or id contains all words of the filter box: in the tables and in the chart. */
export function openFilter(box: HTMLElement): void {
  const label = find(box, 'label', HTMLLabelElement);
  const input = find(box, 'input', HTMLInputElement);
  const status = find(box, '[role=status]', HTMLElement);
  const texts = new Map(
    findAll(document, '#sites tbody tr', HTMLTableRowElement).map(({ dataset, cells }) => [
      dataset['site'],
      `${cells[0]?.textContent ?? ''} ${cells[1]?.textContent ?? ''}`.toLowerCase(),
    ]),
  );
  label.hidden = false;
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/);
    const hidden = new Set(
      [...texts].flatMap(([site, text]) => (words.every((word) => text.includes(word)) ? [] : site)),
    );
    for (const row of findAll(document, 'tr[data-site]', HTMLTableRowElement)) {
      row.hidden = hidden.has(row.dataset['site']);
    }
    // Groups that are not laid out keep the height of all their rows.
    document.getElementById('outages')?.classList.toggle('filtered', hidden.size > 0);
    for (const chart of findAll(document, '.chart', HTMLElement)) filterChart(chart, hidden);
    status.textContent = hidden.size === 0 ? '' : `${texts.size - hidden.size} of ${texts.size} sites`;
  });
}

/** Moves the remaining rows together. */
function filterChart(chart: HTMLElement, hidden: ReadonlySet<string | undefined>): void {
  const names = findAll(chart, '.names li', HTMLLIElement);
  const groups = findAll(chart, '.row', SVGGElement);
  const places = new Map<number, number>();
  names.forEach((name, row) => {
    name.hidden = hidden.has(name.dataset['site']);
    groups[row]?.toggleAttribute('hidden', name.hidden);
    if (name.hidden) return;
    groups[row]?.setAttribute('transform', `translate(0 ${places.size})`);
    places.set(row, places.size);
  });
  find(chart, '.scaled', SVGSVGElement).viewBox.baseVal.height = Math.max(1, places.size);
  for (const arrow of findAll(chart, '.beyond', SVGSVGElement)) {
    const place = places.get(Number(arrow.dataset['row']));
    arrow.classList.toggle('filtered', place === undefined);
    if (place !== undefined) arrow.setAttribute('y', `${(100 * place) / places.size}%`);
  }
}

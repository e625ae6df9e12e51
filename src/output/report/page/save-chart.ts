import { drawChart, type DrawnRow } from '../draw-chart.ts';
import { find, findAll } from './elements.ts';

/** Saves the whole chart as an SVG file when the button is clicked; rows that are filtered out are left out. */
export function saveOnClick(button: HTMLButtonElement, chart: HTMLElement): void {
  button.addEventListener('click', () => {
    const axis = { begin: Number(chart.dataset['begin']), end: Number(chart.dataset['end']) };
    const cutoff = Number(find(chart, '.cutoff', SVGSVGElement).dataset['time']);
    const svg = drawChart({ title: document.title, axis, cutoff, rows: readRows(chart) });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    link.download = 'outages.svg';
    link.click();
  });
}

function readRows(chart: HTMLElement): readonly DrawnRow[] {
  const groups = findAll(chart, '.row', SVGGElement);
  const beyond = new Set(findAll(chart, '.beyond', SVGSVGElement).map(({ dataset }) => Number(dataset['row'])));
  return findAll(chart, '.names li', HTMLLIElement).flatMap((name, index) => {
    if (name.hidden) return [];
    const bars = findAll(groups[index] ?? chart, 'rect', SVGRectElement).map((bar) => {
      const attribute = (key: string): string => bar.getAttribute(key) ?? '';
      return { x: attribute('x'), y: attribute('y'), width: attribute('width'), height: attribute('height') };
    });
    return {
      name: find(name, 'span', HTMLSpanElement).textContent,
      isSite: name.classList.contains('site'),
      note: name.querySelector('small')?.textContent ?? '',
      bars,
      isBeyond: beyond.has(index),
    };
  });
}

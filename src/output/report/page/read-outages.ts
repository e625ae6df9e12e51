import { findAll } from './elements.ts';

/** A bar of the chart, and the outage's row in the table. */
export interface Outage {
  readonly bar: SVGRectElement;
  /** Row of the chart. */
  readonly row: number;
  /** Milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly device: string;
  /** `2022-05-02 11:27:36.655 to 2022-05-02 19:03:58.127`. */
  readonly time: string;
  /** `7h 36m`. */
  readonly duration: string;
}

/** Returns all outages from top to bottom, those of a device by begin. */
export function readOutages(chart: HTMLElement): readonly Outage[] {
  const rows = findAll(document, '#outages tbody tr', HTMLTableRowElement);
  return findAll(chart, '.row', SVGGElement).flatMap((line, row) =>
    findAll(line, '[data-outage]', SVGRectElement).flatMap((bar) => {
      const cells = [...(rows[Number(bar.dataset['outage'])]?.cells ?? [])];
      // A table of several sites has an additional first column.
      const [device, , begin, end, duration] = cells.slice(-5);
      if (!device || !begin || !end || !duration) return [];
      return {
        bar,
        row,
        begin: Number(begin.dataset['value']),
        end: Number(end.dataset['value']),
        device: device.textContent,
        time: `${begin.textContent} to ${end.textContent}`,
        duration: duration.textContent,
      };
    }),
  );
}

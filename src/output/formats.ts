import type { Receipt } from '../domain/receipt.ts';
import type { Format, FormatOptions } from './format.ts';

type FormatName = 'json' | 'ndjson' | 'csv' | 'table' | 'timeline' | 'html';

/** Every format of `preview`, by its name; each is loaded when it is used. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  json: async () => (await import('./json.ts')).renderJson,
  ndjson: async () => (await import('./ndjson.ts')).renderNdjson,
  csv: async () => (await import('./csv.ts')).renderCsv,
  table: async () => (await import('./table.ts')).renderTable,
  timeline: async () => (await import('./timeline/timeline.ts')).renderTimeline,
  html: async () => (await import('./report/report.ts')).renderHtml,
};

export interface ReceiptOptions extends Pick<FormatOptions, 'columns' | 'color'> {
  /** In cells, such that receipts line up; 0 where they need not. */
  readonly siteWidth: number;
  /** Whether the error is told with the receipt, as nobody else tells it to the same reader. */
  readonly tellsError: boolean;
}

/** How `submit` shows what became of a site; whole lines. */
export type ReceiptFormat = (receipt: Receipt, options: ReceiptOptions) => string;

/** From more sites than this on, a terminal shows a bar, and receipts only of those that failed: a page is full. */
export const MANY_SITES = 20;

/** Every format of `submit`, by its name. */
export const RECEIPT_FORMATS: Readonly<Record<'text' | 'json', () => Promise<ReceiptFormat>>> = {
  text: async () => (await import('./receipts.ts')).renderText,
  json: async () => (await import('./receipts.ts')).renderJson,
};

import type { Format } from './format.ts';
import type { ReceiptFormat } from './receipts.ts';

export const FORMAT_NAMES = ['json', 'ndjson', 'csv', 'table', 'timeline', 'html', 'svg'] as const;

export type FormatName = (typeof FORMAT_NAMES)[number];

/** The formats of `preview`; each is loaded when it is used. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  json: async () => (await import('./json.ts')).renderJson,
  ndjson: async () => (await import('./ndjson.ts')).renderNdjson,
  csv: async () => (await import('./csv.ts')).renderCsv,
  table: async () => (await import('./table.ts')).renderTable,
  timeline: async () => (await import('./timeline/timeline.ts')).renderTimeline,
  html: async () => (await import('./report/report.ts')).renderHtml,
  svg: async () => (await import('./report/svg.ts')).renderSvg,
};

/** JSON for a terminal. */
export const INDENTED_JSON = async (): Promise<Format> => (await import('./indented-json.ts')).renderIndentedJson;

/** With more sites than this, a terminal shows a progress bar, and the receipts of failed sites only. */
export const MANY_SITES = 20;

/** The formats of `submit`. */
export const RECEIPT_FORMATS: Readonly<Record<'text' | 'json', () => Promise<ReceiptFormat>>> = {
  text: async () => (await import('./receipts.ts')).renderText,
  json: async () => (await import('./receipts.ts')).renderJson,
};

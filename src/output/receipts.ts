import { STATUS_CODES } from 'node:http';

import type { Receipt } from '../domain/receipt.ts';
import { toJson, visible } from '../util/text.ts';
import { createChalk } from './chalk.ts';
import type { FormatOptions } from './format.ts';
import { OUTCOME_STYLES } from './outcome-styles.ts';
import { align, widthOf } from './width.ts';
import { count, toSeconds } from './format-units.ts';

export interface ReceiptOptions extends Pick<FormatOptions, 'columns' | 'color'> {
  /** Width of the site column in cells, so that receipts line up; 0 if they need not. */
  readonly siteWidth: number;
}

/** Renders a receipt as a line. */
export type ReceiptFormat = (receipt: Receipt, options: ReceiptOptions) => string;

const GAP = '  ';
/** Excludes `unchanged`: a receipt with that outcome has no status to align. */
const WORD_COLUMN_CELLS = Math.max(
  ...Object.entries(OUTCOME_STYLES).map(([outcome, { word }]) => (outcome === 'unchanged' ? 0 : word.length)),
);

/** Renders one line. On a narrow terminal, the least important fields are left out. */
export function renderText(receipt: Receipt, options: ReceiptOptions): string {
  const { site, status, outages, attempts, sha256, elapsedMs } = receipt;
  const { symbol, word, color } = OUTCOME_STYLES[receipt.outcome];
  const { columns, siteWidth } = options;
  const paint = createChalk(options.color);
  const name = visible(site);
  const fields = {
    site: `${paint[color](symbol)} ${align(name, Math.max(siteWidth, widthOf(name)), 'left')}`,
    outcome: paint[color](siteWidth > 0 ? word.padEnd(WORD_COLUMN_CELLS) : word),
    status: status === null ? '' : `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
    outages: outages === null ? '' : count(outages, 'outage'),
    attempts: attempts === 0 ? '' : count(attempts, 'attempt'),
    time: attempts === 0 ? '' : toSeconds(elapsedMs),
    rule: receipt.cutoffInclusive ? 'cutoff included' : '',
    sha256: sha256 === null ? '' : paint.dim(`sha256 ${sha256.slice(0, 12)}…`),
  };
  const line = (): string => Object.values(fields).filter(Boolean).join(GAP);
  for (const optional of ['sha256', 'attempts', 'status'] as const) {
    if (columns > 0 && widthOf(line()) > columns) fields[optional] = '';
  }
  return `${line()}\n`;
}

/** Renders a JSON object on one line, with the keys in this order. */
export function renderJson(receipt: Receipt): string {
  const { site, status, outcome, outages, attempts, sha256, time, run, api, cutoff, cutoffInclusive, error } = receipt;
  const elapsedMs = Math.round(receipt.elapsedMs);
  const facts = {
    site,
    status,
    outcome,
    outages,
    attempts,
    sha256,
    elapsedMs,
    time,
    run,
    api,
    cutoff,
    cutoffInclusive,
  };
  return `${toJson({ ...facts, ...(error && { error }) })}\n`;
}

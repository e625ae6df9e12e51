import { STATUS_CODES } from 'node:http';

import type { Outcome, Receipt } from '../domain/receipt.ts';
import { toJson, visible } from '../util/text.ts';
import { createChalk } from './color.ts';
import type { ReceiptOptions } from './formats.ts';
import { align, widthOf } from './width.ts';
import { count, toSeconds } from './format-units.ts';

export const OUTCOME_STYLES = {
  accepted: { symbol: '✓', word: 'accepted', color: 'green' },
  refused: { symbol: '✗', word: 'refused', color: 'red' },
  failed: { symbol: '✗', word: 'failed', color: 'red' },
  unknown: { symbol: '?', word: 'unknown', color: 'yellow' },
  'not-sent': { symbol: '-', word: 'not sent', color: 'yellow' },
} as const satisfies Record<Outcome, object>;

const GAP = '  ';
const WIDEST_WORD = Math.max(...Object.values(OUTCOME_STYLES).map(({ word }) => word.length));

/** A line for people, and the error, where there is one, on a line below it. */
export function renderText(receipt: Receipt, options: ReceiptOptions): string {
  const { site, status, outages, attempts, sha256, elapsedMs, error } = receipt;
  const { symbol, word, color } = OUTCOME_STYLES[receipt.outcome];
  const { columns, siteWidth, tellsError } = options;
  const paint = createChalk(options.color);
  const name = visible(site);
  const facts = {
    site: `${paint[color](symbol)} ${align(name, Math.max(siteWidth, widthOf(name)), 'left')}`,
    outcome: paint[color](siteWidth > 0 ? word.padEnd(WIDEST_WORD) : word),
    status: status === null ? '' : `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
    outages: outages === null ? '' : count(outages, 'outage'),
    attempts: attempts === 0 ? '' : count(attempts, 'attempt'),
    time: attempts === 0 ? '' : toSeconds(elapsedMs),
    sha256: sha256 === null ? '' : paint.dim(`sha256 ${sha256.slice(0, 12)}…`),
  };
  const line = (): string => Object.values(facts).filter(Boolean).join(GAP);
  for (const spared of ['sha256', 'attempts', 'status'] as const) {
    if (columns > 0 && widthOf(line()) > columns) facts[spared] = '';
  }
  const reason = error && tellsError ? `  ${visible(error.message)}\n` : '';
  return `${line()}\n${reason}`;
}

/** One object a line; the keys stand in this order. */
export function renderJson(receipt: Receipt): string {
  const { site, status, outcome, outages, attempts, sha256, error } = receipt;
  const elapsedMs = Math.round(receipt.elapsedMs);
  return `${toJson({ site, status, outcome, outages, attempts, sha256, elapsedMs, ...(error && { error }) })}\n`;
}

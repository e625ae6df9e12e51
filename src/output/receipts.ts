import { STATUS_CODES } from 'node:http';

import type { Outcome, Receipt } from '../receipt.ts';
import { toJson, visible } from '../text.ts';
import { createChalk } from './color.ts';
import type { FormatOptions } from './format.ts';
import { count, toDuration } from './words.ts';

const LOOKS = {
  accepted: { symbol: '✓', word: 'accepted', color: 'green' },
  refused: { symbol: '✗', word: 'refused', color: 'red' },
  failed: { symbol: '✗', word: 'failed', color: 'red' },
  unknown: { symbol: '?', word: 'unknown', color: 'yellow' },
  'not-sent': { symbol: '-', word: 'not sent', color: 'yellow' },
} as const satisfies Record<Outcome, object>;

/** A line for people, and the error, where there is one, on a line below it. */
export function renderText(receipt: Receipt, options: FormatOptions): string {
  const { site, status, outages, attempts, sha256, elapsedMs, error } = receipt;
  const { symbol, word, color } = LOOKS[receipt.outcome];
  const paint = createChalk(options.color);
  const facts = [
    `${paint[color](symbol)} ${visible(site)}`,
    paint[color](word),
    ...(status === null ? [] : [`${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()]),
    ...(outages === null ? [] : [count(outages, 'outage')]),
    ...(attempts === 0 ? [] : [count(attempts, 'attempt'), toSeconds(elapsedMs)]),
    ...(sha256 === null ? [] : [paint.dim(`sha256 ${sha256.slice(0, 12)}…`)]),
  ];
  const reason = error ? `  ${visible(error.message)}\n` : '';
  return `${facts.join('  ')}\n${reason}`;
}

/** One object a line; the keys stand in this order. */
export function renderJson(receipt: Receipt): string {
  const { site, status, outcome, outages, attempts, sha256, error } = receipt;
  const elapsedMs = Math.round(receipt.elapsedMs);
  return `${toJson({ site, status, outcome, outages, attempts, sha256, elapsedMs, ...(error && { error }) })}\n`;
}

function toSeconds(milliseconds: number): string {
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(2)} s` : toDuration(milliseconds);
}

import type { Outcome } from '../domain/receipt.ts';

/** How each outcome is shown to people. */
export const OUTCOME_STYLES = {
  accepted: { symbol: '✓', word: 'accepted', color: 'green' },
  unchanged: { symbol: '=', word: 'unchanged', color: 'green' },
  refused: { symbol: '✗', word: 'refused', color: 'red' },
  failed: { symbol: '✗', word: 'failed', color: 'red' },
  unknown: { symbol: '?', word: 'unknown', color: 'yellow' },
  'not-sent': { symbol: '-', word: 'not sent', color: 'yellow' },
} as const satisfies Record<Outcome, object>;

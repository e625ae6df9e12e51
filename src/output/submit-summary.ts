import type { OutcomeCounts } from '../domain/events.ts';
import type { Outcome } from '../domain/receipt.ts';
import { OUTCOME_STYLES } from './receipts.ts';
import { count, grouped, toSeconds } from './format-units.ts';

/** The counts of a bar that are always there, so that it does not jump. */
const STEADY: readonly Outcome[] = ['accepted', 'refused', 'unknown'];
/** In cells. */
const NARROWEST_BAR = 8;
const WIDEST_BAR = 40;

/**
 * `████████░░░░ 1,200 accepted, 30 refused, 4 unknown, 1,766 waiting`; the bar takes what is left of the width.
 * @param of how many sites there are
 * @param columns in cells; the counts alone may be wider
 */
export function renderBar(tally: OutcomeCounts, of: number, columns: number): string {
  const done = totalOf(tally);
  const counts = [...countsOf(tally, STEADY), `${grouped(of - done)} waiting`].join(', ');
  const width = Math.min(columns - counts.length - 1, WIDEST_BAR);
  if (width < NARROWEST_BAR) return counts;
  const full = Math.floor((done / Math.max(1, of)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${counts}`;
}

/** `2,990 accepted, 10 refused of 3,000 sites in 1m 12s`. */
export function summarizeOutcomes(tally: OutcomeCounts, elapsedMs: number): string {
  return `${countsOf(tally, []).join(', ')} of ${count(totalOf(tally), 'site')} in ${toSeconds(elapsedMs)}`;
}

/** @param always what is listed although there is none of it */
function countsOf(tally: OutcomeCounts, always: readonly Outcome[]): readonly string[] {
  const outcomes: readonly Outcome[] = ['accepted', 'refused', 'failed', 'unknown', 'not-sent'];
  return outcomes
    .filter((outcome) => tally[outcome] > 0 || always.includes(outcome))
    .map((outcome) => `${grouped(tally[outcome])} ${OUTCOME_STYLES[outcome].word}`);
}

function totalOf(tally: OutcomeCounts): number {
  return Object.values(tally).reduce((sum, number) => sum + number, 0);
}

import type { OutcomeCounts } from '../domain/events.ts';
import type { Outcome } from '../domain/receipt.ts';
import { OUTCOME_STYLES } from './outcome-styles.ts';
import { count, grouped, toSeconds } from './format-units.ts';

const ALL_OUTCOMES: readonly Outcome[] = ['accepted', 'unchanged', 'refused', 'failed', 'unknown', 'not-sent'];
/** Outcomes that the bar lists even if there are none, so that it does not jump. */
const ALWAYS_LISTED: readonly Outcome[] = ['accepted', 'refused', 'unknown'];
const MIN_BAR_CELLS = 8;
const MAX_BAR_CELLS = 40;

/**
 * `████████░░░░ 1,200 accepted, 30 refused, 4 unknown, 1,766 waiting`; the bar takes the remaining width.
 * @param of number of sites
 * @param columns in cells; the counts alone may be wider
 */
export function renderBar(outcomes: OutcomeCounts, of: number, columns: number): string {
  const done = totalOf(outcomes);
  const counts = [...countsOf(outcomes, ALWAYS_LISTED), `${grouped(of - done)} waiting`].join(', ');
  const width = Math.min(columns - counts.length - 1, MAX_BAR_CELLS);
  if (width < MIN_BAR_CELLS) return counts;
  const full = Math.floor((done / Math.max(1, of)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${counts}`;
}

/** `2,990 accepted, 10 refused of 3,000 sites in 1m 12s`. */
export function summarizeOutcomes(outcomes: OutcomeCounts, elapsedMs: number): string {
  return `${countsOf(outcomes, []).join(', ')} of ${count(totalOf(outcomes), 'site')} in ${toSeconds(elapsedMs)}`;
}

/** @param always outcomes that are listed even if there are none */
function countsOf(counts: OutcomeCounts, always: readonly Outcome[]): readonly string[] {
  return ALL_OUTCOMES.filter((outcome) => counts[outcome] > 0 || always.includes(outcome)).map(
    (outcome) => `${grouped(counts[outcome])} ${OUTCOME_STYLES[outcome].word}`,
  );
}

function totalOf(counts: OutcomeCounts): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}

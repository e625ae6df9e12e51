import type { Outcome } from '../domain/receipt.ts';
import { toJson, visible } from '../util/text.ts';
import { count, grouped, toDuration } from './format-units.ts';
import { align, widthOf } from './width.ts';

/** A distributed run. */
export interface ShownRun {
  readonly run: string;
  readonly state: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly sites: number;
  /** Sites with a final receipt, by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/** @param now milliseconds since 1970 */
export type RunFormat = (runs: readonly ShownRun[], now: number) => string;

/** The formats of `runs`. */
export const RUN_FORMATS: Readonly<Record<'text' | 'json', RunFormat>> = { text: renderText, json: renderJson };

const GAP = '  ';

/** Renders one line per run. */
function renderText(runs: readonly ShownRun[], now: number): string {
  const rows = runs.map(({ run, state, createdAt, sites, outcomes }) => [
    visible(run),
    state,
    `${toDuration(Math.max(0, now - createdAt))} old`,
    count(sites, 'site'),
    Object.entries(outcomes)
      .map(([outcome, number]) => `${grouped(number)} ${outcome}`)
      .join(', '),
  ]);
  const width = (column: number): number => Math.max(...rows.map((row) => widthOf(row[column] ?? '')));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => align(cell, width(column), 'left'))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join('');
}

/** Renders one JSON object per line. */
function renderJson(runs: readonly ShownRun[], now: number): string {
  return runs
    .map(({ run, state, createdAt, sites, outcomes }) => {
      const ageMs = Math.max(0, now - createdAt);
      return `${toJson({ run, state, createdAt: new Date(createdAt).toISOString(), ageMs, sites, outcomes })}\n`;
    })
    .join('');
}

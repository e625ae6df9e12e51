import { InterruptedError, KrakenOutagesError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import type { CheckResult } from '../output/check-results.ts';

export interface Check<Subject> {
  readonly name: string;
  /** Returns a detail of the success; undefined if the check does not apply. @throws {KrakenOutagesError} if it fails */
  readonly attempt: (subject: Subject) => string | undefined | Promise<string | undefined>;
  /** Whether all later checks are skipped if it fails. */
  readonly isVital?: boolean;
}

/**
 * Runs the checks in order, and yields each result as soon as it is known.
 * @param subject undefined if an earlier check has failed, so that all of these are skipped
 * @throws {InterruptedError} and unexpected errors
 */
export async function* runChecks<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject | undefined,
): AsyncGenerator<CheckResult, void, undefined> {
  let isSkipping = subject === undefined;
  for (const { name: step, attempt, isVital = false } of checks) {
    if (subject === undefined || isSkipping) {
      yield { step, outcome: 'skipped' };
      continue;
    }
    try {
      const message = await attempt(subject);
      yield message === undefined ? { step, outcome: 'skipped' } : { step, outcome: 'ok', message };
    } catch (error) {
      if (!(error instanceof KrakenOutagesError) || error instanceof InterruptedError) throw error;
      const { message, hint } = error;
      yield { step, outcome: 'failed', message, ...(hint !== undefined && { hint }), code: exitCodeOf(error) };
      isSkipping = isVital;
    }
  }
}

/** `config check`: the steps from the configuration to the sites, each an entry of a list. */
import { InterruptedError, KrakenOutagesError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import type { CheckResult } from '../output/check-results.ts';

export interface Check<Subject> {
  readonly name: string;
  /** Resolves to what holds, in words; to undefined where that cannot be told. @throws what is wrong */
  readonly attempt: (subject: Subject) => string | undefined | Promise<string | undefined>;
  /** Whether no step after it can be tried where it fails. */
  readonly isVital?: boolean;
}

/**
 * Tries each step, and tells of each as soon as it is known.
 * @param subject undefined where a step before these has failed, so that all of them are skipped
 * @throws {InterruptedError} and what no step foresees
 */
export async function* runChecks<Subject>(
  steps: readonly Check<Subject>[],
  subject: Subject | undefined,
): AsyncGenerator<CheckResult, void, undefined> {
  let isLost = subject === undefined;
  for (const { name: step, attempt, isVital = false } of steps) {
    if (subject === undefined || isLost) {
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
      isLost = isVital;
    }
  }
}

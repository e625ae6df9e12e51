import type { Client } from '../api/client.ts';
import type { Submission } from '../api/submission.ts';
import {
  KeyRejectedError,
  KrakenOutagesError,
  messageOf,
  RefusedError,
  UnknownOutcomeError,
} from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { type BuiltList, hasList, type SiteResult } from './build-lists.ts';
import { createPayload } from './create-payload.ts';
import type { Journal } from './journal.ts';
import { explainRejectedList } from './messages.ts';

/** A receipt and its error, as an object. */
export interface SubmitResult {
  readonly receipt: Receipt;
  readonly error: unknown;
  /** Whether the error concerns the whole run and was reported already. */
  readonly isReported?: boolean;
  /** Number of the site's outages that begin exactly at the cutoff; absent if there are none. */
  readonly atCutoff?: number;
}

/** Facts that all receipts of a run share. */
export interface RunFacts {
  readonly id: string;
  /** Base URL of the API, or `sandbox`. */
  readonly api: string;
  /** Returns the wall clock, milliseconds since 1970. */
  readonly now: () => number;
}

export interface SubmitOptions {
  readonly run: RunFacts;
  readonly rule: Pick<CutoffRule, 'cutoffText' | 'cutoffInclusive'>;
  /** Returns milliseconds of a monotonic clock. */
  readonly monotonic: () => number;
  /** Deadline and interrupts. */
  readonly signal: AbortSignal;
  readonly journal?: Pick<Journal, 'wasAccepted' | 'failure'> | undefined;
}

/** Submits a site's list, if it has one. Never throws: every outcome has a receipt. */
export async function submitList(
  result: SiteResult,
  client: Pick<Client, 'submit'>,
  { run, rule, monotonic, signal, journal }: SubmitOptions,
): Promise<SubmitResult> {
  const { site } = result;
  const facts = (): Pick<Receipt, 'time' | 'run' | 'api' | 'cutoff' | 'cutoffInclusive'> => ({
    time: new Date(run.now()).toISOString(),
    run: run.id,
    api: run.api,
    cutoff: rule.cutoffText,
    cutoffInclusive: rule.cutoffInclusive,
  });
  const withoutList = (error: unknown): SubmitResult => {
    const nothing = {
      status: null,
      outcome: 'not-sent' as const,
      outages: null,
      attempts: 0,
      sha256: null,
      elapsedMs: 0,
    };
    return withError({ site, ...nothing, ...facts() }, error);
  };
  if (!hasList(result)) return withoutList(result.error);
  const { atCutoff } = result;
  const { outages } = result.list;
  let payload;
  try {
    payload = await createPayload(outages, signal);
  } catch (error) {
    // For example, a RangeError when a part of the list is too large to allocate.
    return withoutList(error);
  }
  const { sha256 } = payload;
  const unsent = (outcome: Outcome): Receipt => {
    return { site, status: null, outcome, outages: outages.length, attempts: 0, sha256, elapsedMs: 0, ...facts() };
  };
  const counted = (receipt: Receipt, error: unknown): SubmitResult => ({
    ...withError(receipt, error),
    ...(atCutoff > 0 && { atCutoff }),
  });
  if (journal?.wasAccepted(site, sha256)) return counted(unsent('unchanged'), undefined);
  // A submission that cannot be recorded would be sent again.
  const failure = journal?.failure();
  if (failure) return { ...withError(unsent('not-sent'), failure), isReported: true };
  const start = monotonic();
  const submission = await client.submit(site, payload);
  const receipt: Receipt = {
    site,
    status: submission.status ?? null,
    outcome: toOutcome(submission),
    outages: outages.length,
    attempts: submission.attempts,
    sha256,
    elapsedMs: submission.attempts === 0 ? 0 : Math.round(monotonic() - start),
    ...facts(),
  };
  return counted(receipt, toUserError(submission, result, rule));
}

function toOutcome({ error, wasAnswered, mayHaveBeenProcessed }: Submission): Outcome {
  if (error === undefined) return 'accepted';
  if (mayHaveBeenProcessed) return 'unknown';
  if (!wasAnswered) return 'not-sent';
  return error instanceof RefusedError || error instanceof KeyRejectedError ? 'refused' : 'failed';
}

function toUserError(
  { error, status, mayHaveBeenProcessed }: Submission,
  { atCutoff }: BuiltList,
  rule: SubmitOptions['rule'],
): unknown {
  if (error === undefined) return undefined;
  if (mayHaveBeenProcessed) {
    return new UnknownOutcomeError(`the list was sent, but whether it was accepted is unknown: ${messageOf(error)}`, {
      cause: error,
      hint: 'submit again: a list replaces the previous one, so sending it twice is safe',
    });
  }
  if (status === 400 && atCutoff > 0 && error instanceof RefusedError) {
    return new RefusedError(error.message, { cause: error, hint: explainRejectedList(atCutoff, rule) });
  }
  return error;
}

function withError(receipt: Receipt, error: unknown): SubmitResult {
  if (error === undefined) return { receipt, error };
  const message = messageOf(error);
  const hint = error instanceof KrakenOutagesError && error.hint !== undefined ? { hint: error.hint } : {};
  return { receipt: { ...receipt, error: { code: exitCodeOf(error), message, ...hint } }, error };
}

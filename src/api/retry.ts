import type { Environment } from '../platform/environment.ts';
import { abortable } from '../util/abort.ts';
import { AttemptError } from './attempt-error.ts';

/** The policy on what to do after a failed attempt. */
export interface RetryPolicy {
  /** Maximum number of attempts after the first. */
  readonly retries: number;
  /** When the whole run must have ended, on the monotonic clock, milliseconds. */
  readonly deadlineAt: number;
  /** Deadline and interrupts; its reason is thrown as it is. */
  readonly signal: AbortSignal;
}

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 20_000;

/**
 * Returns the milliseconds to wait after attempt number `attempt`: full-jitter exponential backoff, and never less than the
 * API asks for.
 * @param random from 0 (included) to 1 (excluded)
 */
export function backoff(attempt: number, random: number, retryAfter = 0): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
  return Math.max(retryAfter, Math.round(random * ceiling));
}

/**
 * Runs a task, one attempt at a time, until one succeeds or the policy gives up.
 * @param mayRepeat whether another attempt may succeed
 * @param failed is called with each failure, and the milliseconds until the next attempt if there is one
 * @throws what the last attempt threw; the signal's reason
 */
export async function withRetries<Result>(
  task: (attempt: number) => Promise<Result>,
  policy: RetryPolicy,
  environment: Pick<Environment, 'clock' | 'random'>,
  mayRepeat: (error: unknown) => boolean,
  failed: (error: unknown, attempt: number, repeatedIn: number | undefined) => void,
): Promise<Result> {
  let attempt = 0;
  for (;;) {
    attempt++;
    let error: unknown;
    try {
      return await task(attempt);
    } catch (failure) {
      error = failure;
    }
    const next = mayRepeat(error) ? nextAttempt(error, attempt, policy, environment) : { error };
    failed(error, attempt, next.wait);
    if (next.wait === undefined) throw next.error;
    await sleep(next.wait, policy.signal, environment);
  }
}

/** Returns how long to wait for the next attempt, or the error to end with. */
function nextAttempt(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
): { readonly wait: number } | { readonly wait?: undefined; readonly error: unknown } {
  if (attempt > policy.retries) return { error };
  const retryAfter = error instanceof AttemptError ? error.retryAfter : undefined;
  const wait = backoff(attempt, random(), retryAfter);
  if (clock.monotonic() + wait < policy.deadlineAt) return { wait };
  return {
    error:
      retryAfter !== undefined && error instanceof AttemptError
        ? retryAfterDeadline(error, retryAfter, clock.now())
        : error,
  };
}

function retryAfterDeadline(error: AttemptError, retryAfter: number, now: number): AttemptError {
  return new AttemptError(`${error.message}; the API asked to retry ${describeWait(retryAfter, now)}`, {
    phase: error.phase,
    ...(error.status !== undefined && { status: error.status }),
    retryAfter,
    cause: error,
    hint: "that is after the run's deadline: run it again then, or allow more time with --deadline",
  });
}

/** @param wait milliseconds; a `Retry-After` may be absurdly long */
function describeWait(wait: number, now: number): string {
  const date = new Date(now + wait);
  if (Number.isNaN(date.getTime())) return 'later than any date';
  return `after ${Math.ceil(wait / 1000)} s (at ${date.toISOString().replace(/\.\d+Z$/, 'Z')})`;
}

/** Waits. @throws the signal's reason, as soon as it is aborted */
async function sleep(milliseconds: number, signal: AbortSignal, { clock }: Pick<Environment, 'clock'>): Promise<void> {
  signal.throwIfAborted();
  let stopTimer: (() => void) | undefined;
  const elapsed = new Promise<void>((resolve) => (stopTimer = clock.after(milliseconds, resolve)));
  try {
    await abortable(elapsed, signal);
  } finally {
    stopTimer?.();
  }
}

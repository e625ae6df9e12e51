import type { Environment } from '../platform/environment.ts';
import { UnreachableError } from '../domain/errors.ts';
import { abortable } from '../util/abort.ts';
import { AttemptError } from './attempt-error.ts';

/** The one policy on what to do after a failed attempt (design, "Failure"). */
export interface RetryPolicy {
  /** Attempts after the first, at most. */
  readonly retries: number;
  /** When the whole run must have ended, on the monotonic clock, milliseconds. */
  readonly deadlineAt: number;
  /** Deadline and interrupts; its reason is thrown as it is. */
  readonly signal: AbortSignal;
}

const FIRST_BACKOFF = 500;
const LONGEST_BACKOFF = 20_000;

/**
 * Milliseconds to wait after attempt number `attempt`: full-jitter exponential backoff, and never less than what the API
 * asks for.
 * @param random from 0 (included) to 1 (excluded)
 */
export function backoff(attempt: number, random: number, retryAfter = 0): number {
  const ceiling = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
  return Math.max(retryAfter, Math.round(random * ceiling));
}

/**
 * Runs a task, an attempt at a time, until one succeeds or the policy says that it is enough.
 * @param mayRepeat whether another attempt may end better
 * @param failed told of each failure, and of the milliseconds until the next attempt where there is one
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

/** What follows a failed attempt: another one after so many milliseconds, or the end, with an error that says why. */
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
    error: retryAfter !== undefined && error instanceof AttemptError ? tooLate(error, retryAfter, clock.now()) : error,
  };
}

function tooLate(error: AttemptError, retryAfter: number, now: number): AttemptError {
  return new AttemptError(`${error.message}; it asks to come back ${describeWait(retryAfter, now)}`, {
    phase: error.phase,
    ...(error.status !== undefined && { status: error.status }),
    retryAfter,
    cause: error,
    hint: 'that is after the deadline of this run: come back then, or allow more time with --deadline',
  });
}

/** @param wait milliseconds, however many */
function describeWait(wait: number, now: number): string {
  const date = new Date(now + wait);
  if (Number.isNaN(date.getTime())) return 'later than any date';
  return `in ${Math.ceil(wait / 1000)} s, at ${date.toISOString().replace(/\.\d+Z$/, 'Z')}`;
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

/** What a run that took too long ends with. */
export function deadlineError(deadline: number): UnreachableError {
  return new UnreachableError(`the run did not end within its deadline of ${deadline / 1000} s`, {
    hint: 'allow more time with --deadline, or try again later',
  });
}

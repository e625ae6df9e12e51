import type { Environment } from '../platform/environment.ts';
import { abortable } from '../util/abort.ts';
import { AttemptError } from './attempt-error.ts';
import { isThrottled } from './throttling.ts';

/** The policy on what to do after a failed attempt. */
export interface RetryPolicy {
  /** Maximum number of attempts after the first. */
  readonly retries: number;
  /** Returns when the whole run must have ended, on the monotonic clock, milliseconds. */
  readonly deadlineAt: () => number;
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

/** What happens around the attempts at a request. */
export interface RetryHooks {
  /** Whether another attempt may succeed. */
  mayRepeat(error: unknown): boolean;
  /** Waits for the turn of the next attempt. @throws what the request then ends with */
  turn(isRetry: boolean): Promise<void>;
  /** Called with each failure, and the milliseconds until the next attempt if there is one. */
  failed(error: unknown, attempt: number, repeatedIn: number | undefined): void;
}

/**
 * Runs a task, one attempt at a time, until one succeeds or the policy gives up. A 429 counts as no retry: the next attempt
 * waits for its turn, and only the deadline ends that.
 * @throws what the last attempt threw; the signal's reason
 */
export async function withRetries<Result>(
  task: (attempt: number) => Promise<Result>,
  policy: RetryPolicy,
  hooks: RetryHooks,
  environment: Pick<Environment, 'clock' | 'random'>,
): Promise<Result> {
  let attempt = 0;
  let failures = 0;
  for (;;) {
    await hooks.turn(attempt > 0);
    attempt++;
    let error: unknown;
    try {
      return await task(attempt);
    } catch (failure) {
      error = failure;
    }
    const isFree = isThrottled(error) && policy.retries > 0;
    if (!isFree) failures++;
    const next = hooks.mayRepeat(error) ? nextAttempt(error, isFree ? 0 : failures, policy, environment) : { error };
    hooks.failed(error, attempt, next.wait);
    if (next.wait === undefined) throw next.error;
    if (!isFree) await sleep(next.wait, policy.signal, environment);
  }
}

/**
 * Returns how long to wait for the next attempt, or the error to end with.
 * @param failures attempts that count as failed; 0 if this one does not, and the API's `Retry-After` alone delays the next
 */
function nextAttempt(
  error: unknown,
  failures: number,
  policy: RetryPolicy,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
): { readonly wait: number } | { readonly wait?: undefined; readonly error: unknown } {
  if (failures > policy.retries) return { error };
  const retryAfter = error instanceof AttemptError ? error.retryAfter : undefined;
  const wait = failures === 0 ? (retryAfter ?? 0) : backoff(failures, random(), retryAfter);
  if (clock.monotonic() + wait < policy.deadlineAt()) return { wait };
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

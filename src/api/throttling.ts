import { UnreachableError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Clock } from '../platform/clock.ts';
import { formatRate } from '../util/text.ts';
import { AttemptError } from './attempt-error.ts';
import { createRateLimiter } from './rate-limiter.ts';

/** Shares one rate limiter among the requests of a run, and tells people what it costs. */
export interface Throttling {
  /** Waits for the turn of a request. @throws {UnreachableError} at the deadline; else the signal's reason */
  turn(isRetry: boolean, signal: AbortSignal): Promise<void>;
  /** Reports a response. @param startedAt when its request was sent, on the monotonic clock, milliseconds */
  passed(startedAt: number): void;
  /**
   * Reports a failed attempt. A `Retry-After` pauses all requests if it can be obeyed, which is before the deadline.
   * @param isRepeated whether there is another attempt
   */
  failed(error: unknown, startedAt: number, isRepeated: boolean): void;
  /** Reports that a request needs no further attempt. */
  finished(): void;
}

/** Returns whether the API asked to send fewer requests (429). */
export function isThrottled(error: unknown): error is AttemptError {
  return error instanceof AttemptError && error.status === 429;
}

/** @param planned number of requests of the whole run, to estimate its end; 0 if it is unknown */
export function createThrottling(
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  planned: number,
  emit: EventSink,
): Throttling {
  const limiter = createRateLimiter(clock, random);
  const startedAt = clock.monotonic();
  let finished = 0;

  /** Returns the seconds that the rest of the run takes at this rate; undefined if it is unknown. */
  const secondsLeft = (rate: number): number | undefined =>
    planned > finished ? Math.ceil((planned - finished) / rate) : undefined;

  function emitRate(pause = 0): void {
    const rate = limiter.rate();
    if (rate === Number.POSITIVE_INFINITY) return;
    const left = secondsLeft(rate);
    emit({
      type: 'rate-limit',
      perSecond: rate,
      ...(left !== undefined && { secondsLeft: left }),
      ...(pause > 0 && { pause }),
    });
  }

  /** Adds to the error of a run that exceeded its deadline that it waited for the API. */
  function explain(error: UnreachableError): UnreachableError {
    const rate = limiter.rate();
    const left = secondsLeft(rate);
    const elapsed = (clock.monotonic() - startedAt) / 1000;
    const enough = left === undefined ? 'more time' : `about ${Math.ceil(1.1 * (elapsed + left))}s`;
    return new UnreachableError(`${error.message}: the API limits the rate to about ${formatRate(rate)}`, {
      cause: error,
      hint: `allow ${enough} with --deadline, or submit fewer sites at once`,
    });
  }

  return {
    async turn(isRetry, signal) {
      try {
        await limiter.turn(isRetry, signal);
      } catch (error) {
        throw error instanceof UnreachableError ? explain(error) : error;
      }
    },
    passed(sentAt) {
      limiter.passed(sentAt);
      emitRate();
    },
    failed(error, sentAt, isRepeated) {
      if (isThrottled(error)) limiter.throttled(sentAt, isRepeated ? error.retryAfter : 0);
      else if (error instanceof AttemptError && error.status !== undefined) limiter.passed(sentAt);
      emitRate(isThrottled(error) ? error.retryAfter : 0);
    },
    finished() {
      finished++;
    },
  };
}

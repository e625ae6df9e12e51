import type { Clock } from '../platform/clock.ts';
import { abortable } from '../util/abort.ts';

/**
 * Adapts the rate of all requests of a run to the limit of the API, which shows in responses of status 429 only.
 *
 * It works as TCP CUBIC does (RFC 9438): each 429 lowers the rate by a factor, once per round trip. Then the rate rises
 * steeply at first, slowly near the rate that was too high before, and steeply again beyond it. For example, 20 requests a
 * second are one too many: the rate falls to 17, is back at 19.6 after 1 s and at 20 after 2 s; without another 429 it is at
 * 30 after 3 s.
 */
export interface RateLimiter {
  /** Waits for the turn of a request; retries go first. Returns at once until the first 429. @throws the signal's reason */
  turn(isRetry: boolean, signal: AbortSignal): Promise<void>;
  /** Reports a response that is not a 429. @param startedAt when its request was sent, on the monotonic clock, milliseconds */
  passed(startedAt: number): void;
  /** Reports a 429. @param retryAfter milliseconds during which the API wants no request at all */
  throttled(startedAt: number, retryAfter?: number): void;
  /** Returns the current rate, requests per second; Infinity before the first 429. */
  rate(): number;
}

/** Requests per second. */
const MIN_RATE = 0.3;
/** Share of the rate that a 429 leaves if requests have passed since the last one. */
const DECREASE = 0.85;
/** Share that it leaves if none has passed. */
const STEEP_DECREASE = 0.6;
/** Share that it leaves if none has passed and the limit is still unknown: the first estimate may be far too high. */
const SEARCH_DECREASE = 0.3;
/** The search does not go below this rate: a few requests would then take a long time to find out more. */
const MIN_SEARCH_RATE = 3;
/** While the limit is unknown, the rate rises by this factor each time so many requests have passed. */
const SEARCH_INCREASE = 1.5;
const SEARCH_REQUESTS = 2;
/** A decreased rate is back where it was after so many requests, but within these times. */
const RECOVERY_REQUESTS = 40;
const MIN_RECOVERY_MS = 1000;
const MAX_RECOVERY_MS = 6000;
/** Below this rate, that takes this time instead, as each 429 weighs more. */
const SLOW_RATE = 1.5;
const SLOW_RECOVERY_MS = 12_000;
/** Growth beyond the old rate, as a share of it, after one more recovery time. */
const PROBE_GROWTH = 4;
/** The time between two requests varies by this share, so that several processes do not fall into step. */
const JITTER = 0.03;
/** A timer that is late by up to this time is made up for by sending faster. */
const MAX_LATENESS_MS = 20;
const METER_MS = 1000;

export function createRateLimiter(clock: Clock, random: () => number): RateLimiter {
  const retries: (() => void)[] = [];
  const firsts: (() => void)[] = [];
  const meter = createMeter(clock);
  let isLimited = false;
  /** Until a rate passes and a higher one does not, the limit may be anywhere. */
  let isSearching = true;
  let hasIncreased = false;
  let passedSince = 0;
  let changedAt = 0;
  /** The rate right after the last change, and before the last decrease. */
  let base = Number.POSITIVE_INFINITY;
  let peak = Number.POSITIVE_INFINITY;
  let nextAt = 0;
  let stopTimer: (() => void) | undefined;

  function currentRate(): number {
    if (isSearching) return base;
    const longest = peak < SLOW_RATE ? SLOW_RECOVERY_MS : MAX_RECOVERY_MS;
    const recovery = Math.min(longest, Math.max(MIN_RECOVERY_MS, (RECOVERY_REQUESTS / peak) * 1000));
    const time = (clock.monotonic() - changedAt) / recovery - 1;
    return peak + (time < 0 ? peak - base : PROBE_GROWTH * peak) * time ** 3;
  }

  function decrease(): void {
    const rate = isLimited ? currentRate() : meter.rate();
    if (hasIncreased || (isLimited && rate <= MIN_SEARCH_RATE)) isSearching = false;
    const steep = isSearching ? SEARCH_DECREASE : STEEP_DECREASE;
    const factor = passedSince > 0 || !isLimited ? DECREASE : steep;
    // A rate that fails well below the old one shows a lower limit.
    const isLower = !isSearching && rate < 0.9 * peak;
    peak = Math.max(MIN_RATE, isLower ? (rate * (1 + DECREASE)) / 2 : rate);
    base = Math.max(isSearching ? MIN_SEARCH_RATE : MIN_RATE, rate * factor);
    peak = Math.max(peak, base);
    isLimited = true;
    hasIncreased = false;
    startRound();
    nextAt = Math.max(nextAt, changedAt + 1000 / base);
  }

  /** Requests that were sent before say nothing about the new rate. */
  function startRound(): void {
    changedAt = clock.monotonic();
    passedSince = 0;
  }

  /** Lets every request start whose turn has come, and sets the timer for the next one. */
  function dispatch(): void {
    stopTimer?.();
    stopTimer = undefined;
    const now = clock.monotonic();
    while (now >= nextAt) {
      const start = retries.shift() ?? firsts.shift();
      if (!start) return;
      const interval = (1000 / currentRate()) * (1 + JITTER * (2 * random() - 1));
      nextAt = Math.max(nextAt, now - MAX_LATENESS_MS) + interval;
      start();
    }
    if (retries.length + firsts.length > 0) stopTimer = clock.after(nextAt - now, dispatch);
  }

  return {
    async turn(isRetry, signal) {
      if (!isLimited) return;
      const queue = isRetry ? retries : firsts;
      let start = (): void => undefined;
      const turn = new Promise<void>((resolve) => {
        start = resolve;
      });
      queue.push(start);
      dispatch();
      try {
        await abortable(turn, signal);
      } finally {
        const position = queue.indexOf(start);
        if (position !== -1) queue.splice(position, 1);
        if (retries.length + firsts.length === 0) stopTimer?.();
      }
    },
    passed(startedAt) {
      if (!isLimited) {
        meter.count();
        return;
      }
      if (startedAt < changedAt) return;
      passedSince++;
      if (!isSearching || passedSince < SEARCH_REQUESTS) return;
      base *= SEARCH_INCREASE;
      hasIncreased = true;
      startRound();
    },
    throttled(startedAt, retryAfter = 0) {
      if (!isLimited || startedAt >= changedAt) decrease();
      nextAt = Math.max(nextAt, clock.monotonic() + retryAfter);
    },
    rate: currentRate,
  };
}

/** Measures the rate of events over the last second, or since its start; it counts one more, so that it is never 0. */
function createMeter(clock: Clock): { count(): void; rate(): number } {
  const startedAt = clock.monotonic();
  let period = 0;
  let current = 0;
  let previous = 0;

  /** Returns the share of the current period that is over. */
  function advance(): number {
    const elapsed = (clock.monotonic() - startedAt) / METER_MS;
    const now = Math.floor(elapsed);
    if (now > period) previous = now === period + 1 ? current : 0;
    if (now > period) current = 0;
    period = now;
    return elapsed - now;
  }

  return {
    count() {
      advance();
      current++;
    },
    rate() {
      const share = advance();
      const seconds = Math.min(METER_MS, Math.max(1, clock.monotonic() - startedAt)) / 1000;
      return (1 + current + previous * (1 - share)) / seconds;
    },
  };
}

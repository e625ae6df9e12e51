import { setMaxListeners } from 'node:events';

import { createRateLimiter } from '../../../src/api/rate-limiter.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { createConcurrencyLimit } from '../../../src/util/concurrency-limit.ts';
import { mapConcurrently } from '../../../src/util/concurrency.ts';

/** An API that allows `rate` requests per second, and `burst` of them at once, to all processes together. */
export interface ThrottledRun {
  readonly rate: number;
  readonly burst: number;
  /** Sites of each process, each with one site info and one list. */
  readonly sites: number;
  readonly concurrency: number | 'auto';
  /** Milliseconds. */
  readonly latency: number;
  readonly processes?: number;
  /** Factor by which the rate changes once half of the requests have passed. */
  readonly change?: number;
  readonly seed: number;
}

export interface ThrottledResult {
  /** Duration relative to a run at exactly the allowed rate. */
  readonly slowness: number;
  /** Share of the responses that are 429. */
  readonly throttled: number;
  /** The same after the first five seconds. */
  readonly throttledLate: number;
}

const SETTLED_MS = 5000;

/** Runs processes against the API, in virtual time. */
export async function runThrottled(options: ThrottledRun): Promise<ThrottledResult> {
  const { rate, burst, sites, concurrency, latency, processes = 1, change = 1, seed } = options;
  const time = createEventQueue();
  const random = createRandom(seed);
  const requests = processes * (2 * sites + 1);
  const counts = { all: 0, throttled: 0, late: 0, throttledLate: 0, passed: 0 };
  let tokens = burst;
  let filledAt = 0;

  /** Returns whether the API accepts a request now. */
  function accepts(): boolean {
    const now = time.clock.monotonic();
    const current = counts.passed >= requests / 2 ? rate * change : rate;
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * current);
    filledAt = now;
    const isAccepted = tokens >= 1;
    const isLate = now > SETTLED_MS;
    counts.all++;
    if (isLate) counts.late++;
    if (isAccepted) {
      tokens--;
      counts.passed++;
    } else {
      counts.throttled++;
      if (isLate) counts.throttledLate++;
    }
    return isAccepted;
  }

  async function runProcess(): Promise<void> {
    const limiter = createRateLimiter(time.clock, random);
    const limit = createConcurrencyLimit(concurrency, () => time.clock.monotonic());
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const travel = (): Promise<void> => time.wait(latency / 2 + (0.5 + 0.02 * latency) * random());
    const request = async (): Promise<void> => {
      for (let attempt = 0; ; attempt++) {
        await limiter.turn(attempt > 0, signal);
        const startedAt = time.clock.monotonic();
        await travel();
        const isAccepted = accepts();
        await travel();
        if (isAccepted) {
          limiter.passed(startedAt);
          return;
        }
        limiter.throttled(startedAt);
        limit.throttled();
      }
    };
    for (const count of [sites, 1, sites]) {
      const all = mapConcurrently(Array.from({ length: count }), limit, request);
      while ((await all.next()).done !== true);
    }
  }

  const running = Promise.all(Array.from({ length: processes }, runProcess));
  await time.runUntil(running);
  const ideal = requests / 2 / rate + requests / 2 / (rate * change);
  return {
    slowness: time.clock.monotonic() / 1000 / ideal,
    throttled: counts.throttled / counts.all,
    throttledLate: counts.throttledLate / Math.max(1, counts.late),
  };
}

/** Returns numbers from 0 to 1 that depend only on the seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface TimedEvent {
  readonly at: number;
  readonly callback: () => void;
}

/** Creates virtual time that jumps to the next event once no promise can continue. */
export function createEventQueue() {
  const events: TimedEvent[] = [];
  let now = 0;

  function add(milliseconds: number, callback: () => void): TimedEvent {
    const event = { at: now + Math.max(0, milliseconds), callback };
    let low = 0;
    let high = events.length;
    // Sorted by descending time; events with the same time in the order they were added.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle]?.at ?? 0) > event.at) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, event);
    return event;
  }

  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(milliseconds, callback) {
      const event = add(milliseconds, callback);
      return () => {
        const position = events.indexOf(event);
        if (position !== -1) events.splice(position, 1);
      };
    },
  };
  return {
    clock,
    wait: (milliseconds: number) =>
      new Promise<void>((resolve) => {
        add(milliseconds, resolve);
      }),
    runUntil: async (ended: Promise<unknown>): Promise<void> => {
      let isOver = false;
      void ended.finally(() => (isOver = true));
      const next = async (): Promise<TimedEvent | undefined> => {
        await new Promise((resolve) => setImmediate(resolve));
        return isOver ? undefined : events.pop();
      };
      for (let event = await next(); event; event = await next()) {
        now = event.at;
        event.callback();
      }
      await ended;
    },
  };
}

import { getEventListeners } from 'node:events';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createRateLimiter } from '../../src/api/rate-limiter.ts';
import { rejectionOf } from '../support/thrown.ts';
import { createEventQueue, type ThrottledRun, runThrottled } from './support/throttled-api.ts';
import '../support/unhandled.ts';

const NEVER = new AbortController().signal;

/** Runs the seeds 1 to 5, and returns the means of their results. */
async function meansOf(options: Omit<ThrottledRun, 'seed'>) {
  const results = await Promise.all([1, 2, 3, 4, 5].map((seed) => runThrottled({ ...options, seed })));
  const mean = (key: 'slowness' | 'throttled' | 'throttledLate'): number =>
    results.reduce((sum, result) => sum + result[key], 0) / results.length;
  return { slowness: mean('slowness'), throttled: mean('throttled'), throttledLate: mean('throttledLate') };
}

describe('the rate limiter', () => {
  it('lets every request start at once until the first 429', async () => {
    const { clock } = createEventQueue();
    const limiter = createRateLimiter(clock, () => 0.5);
    for (let count = 0; count < 1000; count++) await limiter.turn(count % 2 === 0, NEVER);
    expect(limiter.rate()).to.equal(Infinity);
  });

  it('spaces requests after a 429, and starts retries first', async () => {
    const { clock, wait, runUntil } = createEventQueue();
    const limiter = createRateLimiter(clock, () => 0.5);
    const order: string[] = [];
    const start = async (name: string, isRetry: boolean): Promise<void> => {
      await limiter.turn(isRetry, NEVER);
      order.push(`${name} ${Math.round(clock.monotonic())}`);
    };
    const run = async (): Promise<void> => {
      await wait(1000);
      for (let count = 0; count < 9; count++) limiter.passed(0);
      limiter.throttled(0);
      await Promise.all([start('a', false), start('b', false), start('c', true)]);
    };
    await runUntil(run());
    // 8.5 requests a second: 0.85 times the ten in the last second.
    expect(order).to.deep.equal(['c 1118', 'a 1235', 'b 1353']);
  });

  it('lowers the rate once for all requests in flight, and again for a later one', () => {
    const { clock } = createEventQueue();
    const limiter = createRateLimiter(clock, () => 0.5);
    limiter.throttled(0);
    const first = limiter.rate();
    for (let count = 0; count < 10; count++) limiter.throttled(-1);
    expect(limiter.rate()).to.equal(first);
    limiter.throttled(0);
    expect(limiter.rate()).to.be.lessThan(first / 2);
  });

  it('pauses all requests for Retry-After', async () => {
    const { clock, runUntil } = createEventQueue();
    const limiter = createRateLimiter(clock, () => 0.5);
    limiter.throttled(0, 7000);
    await runUntil(limiter.turn(true, NEVER));
    expect(clock.monotonic()).to.equal(7000);
  });

  it('never lowers the rate below 0.3 a second', async () => {
    const { clock, wait, runUntil } = createEventQueue();
    const limiter = createRateLimiter(clock, () => 0.5);
    const run = async (): Promise<void> => {
      for (let count = 0; count < 50; count++) {
        await wait(10);
        limiter.throttled(clock.monotonic());
      }
    };
    await runUntil(run());
    expect(limiter.rate()).to.be.closeTo(0.3, 0.01);
  });

  it('ends the wait when the signal is aborted, and leaves neither timer nor listener', async () => {
    const { clock } = createEventQueue();
    const limiter = createRateLimiter(clock, () => 0.5);
    limiter.throttled(0, 60_000);
    const controller = new AbortController();
    const waiting = rejectionOf(limiter.turn(false, controller.signal));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await waiting).to.equal(reason);
    expect(getEventListeners(controller.signal, 'abort')).to.deep.equal([]);
  });
});

describe('the rate limiter against a token bucket', () => {
  for (const rate of [1, 5, 20, 100, 500]) {
    for (const burst of [1, 5, 20, 50]) {
      for (const concurrency of [1, 8, 64, 'auto'] as const) {
        // One request at a time is too slow to reach this rate.
        if (rate > 150 && concurrency === 1) continue;
        it(`finishes at ${rate}/s, burst ${burst}, concurrency ${concurrency}`, async () => {
          const sites = Math.max(30, 15 * rate);
          const { slowness, throttled, throttledLate } = await meansOf({ rate, burst, sites, concurrency, latency: 5 });
          // Timers and latencies vary by more than the time between two requests at 500/s, which a burst of 1 does not allow.
          expect(slowness).to.be.at.most(rate === 500 && burst === 1 ? 1.5 : 1.25);
          if (rate < 5) return;
          expect(throttled).to.be.at.most(rate === 5 ? 0.2 : 0.15);
          expect(throttledLate).to.be.at.most(0.1);
        });
      }
    }
  }

  it('finishes 150 sites at 5/s in little more than a minute', async () => {
    const result = await meansOf({ rate: 5, burst: 1, sites: 150, concurrency: 8, latency: 5 });
    expect(result.slowness).to.be.at.most(1.25);
    expect(result.throttled).to.be.at.most(0.15);
  });

  for (const [rate, change] of [
    [50, 0.2],
    [10, 5],
    [200, 5],
  ] as const) {
    it(`finds a limit of ${rate}/s that changes to ${rate * change}/s`, async () => {
      const result = await meansOf({ rate, change, burst: 5, sites: 5 * rate + 200, concurrency: 8, latency: 5 });
      expect(result.slowness).to.be.at.most(1.25);
      expect(result.throttled).to.be.at.most(0.15);
    });
  }

  for (const [rate, burst, sites] of [
    [5, 5, 40],
    [20, 5, 200],
    [100, 20, 500],
  ] as const) {
    it(`lets three processes share ${rate}/s`, async () => {
      const result = await meansOf({ rate, burst, sites, processes: 3, concurrency: 8, latency: 5 });
      expect(result.slowness).to.be.at.most(1.5);
    });
  }
});

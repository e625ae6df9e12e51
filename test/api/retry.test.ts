import { getEventListeners } from 'node:events';

import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { AttemptError, isTransient } from '../../src/api/attempt-error.ts';
import { backoff, withRetries } from '../../src/api/retry.ts';
import { RefusedError } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../support/clock.ts';
import { rejectionOf, toldBy } from '../support/thrown.ts';
import '../support/unhandled.ts';

/** Almost the largest that there is, so that each wait shows its bound. */
const RANDOM = 0.9999999;

function failure(retryAfter?: number): AttemptError {
  return new AttemptError('down', { phase: 'status', status: 503, retryAfter });
}

/** A task that fails so often before it succeeds; what it went through, in words. */
function createRun(failures: readonly unknown[], options: { readonly random?: number } = {}) {
  const clock = createVirtualClock();
  const told: (readonly [attempt: number, repeatedIn: number | undefined])[] = [];
  const attempts: number[] = [];
  const start = clock.monotonic();
  const run = (policy: { retries?: number; deadline?: number; signal?: AbortSignal } = {}): Promise<string> =>
    withRetries(
      (attempt) => {
        attempts.push(attempt);
        const error = failures[attempt - 1];
        if (error instanceof Error) return Promise.reject(error);
        return Promise.resolve('done');
      },
      {
        retries: policy.retries ?? 5,
        deadlineAt: () => start + (policy.deadline ?? 120_000),
        signal: policy.signal ?? new AbortController().signal,
      },
      {
        mayRepeat: isTransient,
        turn: () => Promise.resolve(),
        failed: (_error, attempt, repeatedIn) => told.push([attempt, repeatedIn]),
      },
      { clock, random: () => options.random ?? RANDOM },
    );
  return { clock, told, attempts, run };
}

describe('backoff', () => {
  it('doubles its bound from 0.5 s to 20 s', () => {
    const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 50, 2000].map((attempt) => backoff(attempt, RANDOM));
    expect(bounds).to.deep.equal([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000]);
  });

  it('lies anywhere between nothing and its bound', () => {
    expect([0, 0.25, 0.5].map((random) => backoff(3, random))).to.deep.equal([0, 500, 1000]);
  });

  it('is never below what the API asks for, nor below nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
        (attempt, random, retryAfter) => {
          const wait = backoff(attempt, random, retryAfter);
          expect(wait).to.be.at.least(retryAfter ?? 0);
          expect(wait).to.be.at.most(Math.max(20_000, retryAfter ?? 0));
        },
      ),
    );
    expect(backoff(1, 0, 60_000)).to.equal(60_000);
    expect(backoff(5, RANDOM, 10)).to.equal(8000);
  });
});

describe('withRetries', () => {
  it('has no second attempt where the first succeeds', async () => {
    const { run, attempts, told, clock } = createRun([]);
    expect(await run()).to.equal('done');
    expect({ attempts, told, waits: clock.waits }).to.deep.equal({ attempts: [1], told: [], waits: [] });
  });

  it('waits ever longer, and tells of each failure', async () => {
    const { run, attempts, told, clock } = createRun([failure(), failure(), failure()]);
    expect(await run()).to.equal('done');
    expect(attempts).to.deep.equal([1, 2, 3, 4]);
    expect(clock.waits).to.deep.equal([500, 1000, 2000]);
    expect(told).to.deep.equal([
      [1, 500],
      [2, 1000],
      [3, 2000],
    ]);
    expect(clock.pending()).to.equal(0);
  });

  it('draws each wait anew', async () => {
    const { run, clock } = createRun([failure(), failure()], { random: 0.1 });
    await run();
    expect(clock.waits).to.deep.equal([50, 100]);
  });

  it('ends with the last error once the retries are used up', async () => {
    const last = failure();
    const { run, attempts, told } = createRun([failure(), failure(), last, failure()]);
    expect(await rejectionOf(run({ retries: 2 }))).to.equal(last);
    expect(attempts).to.deep.equal([1, 2, 3]);
    expect(told.at(-1)).to.deep.equal([3, undefined]);
  });

  it('takes no retries for none', async () => {
    const first = failure();
    const { run, attempts, clock } = createRun([first]);
    expect(await rejectionOf(run({ retries: 0 }))).to.equal(first);
    expect([attempts, clock.waits]).to.deep.equal([[1], []]);
  });

  it('does not repeat what would not end better', async () => {
    const refused = new RefusedError('no');
    const { run, attempts, told } = createRun([failure(), refused, failure()]);
    expect(await rejectionOf(run())).to.equal(refused);
    expect(attempts).to.deep.equal([1, 2]);
    expect(told).to.deep.equal([
      [1, 500],
      [2, undefined],
    ]);
  });

  it('waits as long as the API asks for', async () => {
    const { run, clock } = createRun([failure(7000), failure(10), failure(0)]);
    expect(await run()).to.equal('done');
    expect(clock.waits).to.deep.equal([7000, 1000, 2000]);
  });

  it('does not wait beyond the deadline, nor up to it', async () => {
    const last = failure();
    // After 500 and 1000, the third wait, of 2000, would end at 3500.
    for (const [deadline, attempts] of [
      [3501, 4],
      [3500, 3],
      [1, 1],
    ] as const) {
      const run = createRun([failure(), failure(), last, last]);
      const error = await rejectionOf(run.run({ deadline, retries: 3 }));
      expect([toldBy(error), run.attempts.length]).to.deep.equal([toldBy(last), attempts]);
      expect(run.told.at(-1)).to.deep.equal([attempts, undefined]);
    }
  });

  it('fails at once where the API asks to come back after the deadline, and says when', async () => {
    const asked = failure(200_500);
    const { run, clock, told } = createRun([asked]);
    const error = await rejectionOf(run());
    expect(toldBy(error)).to.deep.equal({
      type: 'AttemptError',
      message: 'down; the API asked to retry after 201 s (at 2026-01-02T03:07:26Z)',
      hint: "that is after the run's deadline: run it again then, or allow more time with --deadline",
    });
    expect(error).to.include({ phase: 'status', status: 503, retryAfter: 200_500, cause: asked });
    expect(clock.waits).to.deep.equal([]);
    expect(told).to.deep.equal([[1, undefined]]);
  });

  it('says so as well where that is beyond all calendars', async () => {
    for (const wait of [1e300, Infinity]) {
      const { run } = createRun([failure(wait)]);
      const message = 'down; the API asked to retry later than any date';
      expect(toldBy(await rejectionOf(run()))).to.include({ message });
    }
  });

  it('ends a wait as soon as the signal is aborted', async () => {
    const clock = createVirtualClock('all');
    const controller = new AbortController();
    const reason = new Error('stop');
    let attempts = 0;
    const run = withRetries(
      () => {
        attempts++;
        return Promise.reject(failure());
      },
      { retries: 5, deadlineAt: () => Infinity, signal: controller.signal },
      { mayRepeat: isTransient, turn: () => Promise.resolve(), failed: () => undefined },
      { clock, random: () => RANDOM },
    );
    await clock.held(500);
    expect(clock.pending()).to.equal(1);
    controller.abort(reason);
    expect(await rejectionOf(run)).to.equal(reason);
    expect([attempts, clock.pending()]).to.deep.equal([1, 0]);
  });

  it('leaves nothing with the signal once a wait is over', async () => {
    const { signal } = new AbortController();
    const { run } = createRun([failure()]);
    await run({ signal });
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('begins no wait where the signal was aborted before', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    const { run, clock, attempts } = createRun([failure()]);
    expect(await rejectionOf(run({ signal: controller.signal }))).to.equal(controller.signal.reason);
    expect([attempts, clock.waits, clock.pending()]).to.deep.equal([[1], [], 0]);
  });
});

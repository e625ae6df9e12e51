import { getEventListeners } from 'node:events';

import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { AttemptError, isTransient } from '../../src/api/attempt-error.ts';
import { backoff, withRetries } from '../../src/api/retry.ts';
import { RefusedError } from '../../src/domain/errors.ts';
import { createVirtualClock } from '../support/clock.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';

/** Close to the maximum, so that each wait is close to its upper bound. */
const RANDOM = 0.9999999;

function failure(retryAfter?: number): AttemptError {
  return new AttemptError('down', { phase: 'status', status: 503, retryAfter });
}

/** Creates a task that fails with these errors before it succeeds, and records its attempts. */
function createRun(failures: readonly unknown[], options: { readonly random?: number } = {}) {
  const clock = createVirtualClock();
  const reported: (readonly [attempt: number, repeatedIn: number | undefined])[] = [];
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
        failed: (_error, attempt, repeatedIn) => reported.push([attempt, repeatedIn]),
      },
      { clock, random: () => options.random ?? RANDOM },
    );
  return { clock, reported, attempts, run };
}

describe('backoff', () => {
  it('doubles its upper bound from 0.5 s to 20 s', () => {
    const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 50, 2000].map((attempt) => backoff(attempt, RANDOM));
    expect(bounds).to.deep.equal([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000]);
  });

  it('is between 0 and its upper bound', () => {
    expect([0, 0.25, 0.5].map((random) => backoff(3, random))).to.deep.equal([0, 500, 1000]);
  });

  it('is never below Retry-After, and never negative', () => {
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
  it('does not retry a success', async () => {
    const { run, attempts, reported, clock } = createRun([]);
    expect(await run()).to.equal('done');
    expect({ attempts, reported, waits: clock.waits }).to.deep.equal({ attempts: [1], reported: [], waits: [] });
  });

  it('waits longer after each failure, and reports each one', async () => {
    const { run, attempts, reported, clock } = createRun([failure(), failure(), failure()]);
    expect(await run()).to.equal('done');
    expect(attempts).to.deep.equal([1, 2, 3, 4]);
    expect(clock.waits).to.deep.equal([500, 1000, 2000]);
    expect(reported).to.deep.equal([
      [1, 500],
      [2, 1000],
      [3, 2000],
    ]);
    expect(clock.pending()).to.equal(0);
  });

  it('draws a random number for each wait', async () => {
    const { run, clock } = createRun([failure(), failure()], { random: 0.1 });
    await run();
    expect(clock.waits).to.deep.equal([50, 100]);
  });

  it('fails with the last error once the retries are used up', async () => {
    const last = failure();
    const { run, attempts, reported } = createRun([failure(), failure(), last, failure()]);
    expect(await rejectionOf(run({ retries: 2 }))).to.equal(last);
    expect(attempts).to.deep.equal([1, 2, 3]);
    expect(reported.at(-1)).to.deep.equal([3, undefined]);
  });

  it('does not retry with --retries 0', async () => {
    const first = failure();
    const { run, attempts, clock } = createRun([first]);
    expect(await rejectionOf(run({ retries: 0 }))).to.equal(first);
    expect([attempts, clock.waits]).to.deep.equal([[1], []]);
  });

  it('does not retry a permanent error', async () => {
    const refused = new RefusedError('no');
    const { run, attempts, reported } = createRun([failure(), refused, failure()]);
    expect(await rejectionOf(run())).to.equal(refused);
    expect(attempts).to.deep.equal([1, 2]);
    expect(reported).to.deep.equal([
      [1, 500],
      [2, undefined],
    ]);
  });

  it('waits as long as Retry-After says', async () => {
    const { run, clock } = createRun([failure(7000), failure(10), failure(0)]);
    expect(await run()).to.equal('done');
    expect(clock.waits).to.deep.equal([7000, 1000, 2000]);
  });

  it('does not start a wait that would reach the deadline', async () => {
    const last = failure();
    // After 500 and 1000, the third wait, of 2000, would end at 3500.
    for (const [deadline, attempts] of [
      [3501, 4],
      [3500, 3],
      [1, 1],
    ] as const) {
      const run = createRun([failure(), failure(), last, last]);
      const error = await rejectionOf(run.run({ deadline, retries: 3 }));
      expect([errorFields(error), run.attempts.length]).to.deep.equal([errorFields(last), attempts]);
      expect(run.reported.at(-1)).to.deep.equal([attempts, undefined]);
    }
  });

  it('fails at once if Retry-After is after the deadline, and says when to retry', async () => {
    const asked = failure(200_500);
    const { run, clock, reported } = createRun([asked]);
    const error = await rejectionOf(run());
    expect(errorFields(error)).to.deep.equal({
      type: 'AttemptError',
      message: 'down; the API asked to retry after 201 s (at 2026-01-02T03:07:26Z)',
      hint: "that is after the run's deadline: run it again then, or allow more time with --deadline",
    });
    expect(error).to.include({ phase: 'status', status: 503, retryAfter: 200_500, cause: asked });
    expect(clock.waits).to.deep.equal([]);
    expect(reported).to.deep.equal([[1, undefined]]);
  });

  it('fails at once if Retry-After is later than any date', async () => {
    for (const wait of [1e300, Infinity]) {
      const { run } = createRun([failure(wait)]);
      const message = 'down; the API asked to retry later than any date';
      expect(errorFields(await rejectionOf(run()))).to.include({ message });
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

  it('leaves no listener on the signal after a wait', async () => {
    const { signal } = new AbortController();
    const { run } = createRun([failure()]);
    await run({ signal });
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('does not wait if the signal is already aborted', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    const { run, clock, attempts } = createRun([failure()]);
    expect(await rejectionOf(run({ signal: controller.signal }))).to.equal(controller.signal.reason);
    expect([attempts, clock.waits, clock.pending()]).to.deep.equal([[1], [], 0]);
  });
});

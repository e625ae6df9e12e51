import { expect } from 'chai';
import { describe, it } from 'mocha';

import { AttemptError } from '../../src/api/attempt-error.ts';
import { createThrottling } from '../../src/api/throttling.ts';
import { InterruptedError, UnreachableError } from '../../src/domain/errors.ts';
import type { RunEvent } from '../../src/domain/events.ts';
import { rejectionOf } from '../support/thrown.ts';
import { createEventQueue } from './support/throttled-api.ts';
import '../support/unhandled.ts';

function throttled(retryAfter?: number): AttemptError {
  return new AttemptError('slow down', { phase: 'status', status: 429, retryAfter });
}

function create(planned: number) {
  const { clock } = createEventQueue();
  const events: RunEvent[] = [];
  const throttling = createThrottling({ clock, random: () => 0.5 }, planned, (event) => events.push(event));
  return { throttling, events };
}

/** Aborts a request that waits for the rate limiter, and returns its error. */
async function errorAfter(planned: number, reason: Error): Promise<unknown> {
  const { throttling } = create(planned);
  throttling.failed(throttled(60_000), 0, true);
  const controller = new AbortController();
  const waiting = rejectionOf(throttling.turn(true, controller.signal));
  controller.abort(reason);
  return waiting;
}

describe('throttling', () => {
  it('emits nothing before the first 429', () => {
    const { throttling, events } = create(10);
    throttling.passed(0);
    throttling.failed(new AttemptError('down', { phase: 'status', status: 503 }), 0, true);
    throttling.failed(new AttemptError('lost', { phase: 'response' }), 0, true);
    expect(events).to.deep.equal([]);
  });

  it('emits the rate and the time left afterwards', () => {
    const { throttling, events } = create(3);
    throttling.failed(throttled(), 0, true);
    throttling.finished();
    throttling.passed(0);
    throttling.finished();
    throttling.finished();
    throttling.passed(0);
    const seconds = events.map((event) => (event.type === 'rate-limit' ? event.secondsLeft : event));
    expect(seconds).to.deep.equal([1, 1, undefined]);
  });

  it('suggests a sufficient deadline, if it is known', async () => {
    const late = new UnreachableError('too late');
    expect(await errorAfter(10_000, late)).to.include({
      message: 'too late: the API limits the rate to about 850/s',
      hint: 'allow about 14s with --deadline, or submit fewer sites at once',
    });
    expect(await errorAfter(0, late)).to.include({
      hint: 'allow more time with --deadline, or submit fewer sites at once',
    });
  });

  it('passes on the reason of the signal', async () => {
    const reason = new InterruptedError('SIGINT');
    expect(await errorAfter(10, reason)).to.equal(reason);
  });
});
